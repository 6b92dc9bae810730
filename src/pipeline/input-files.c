/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tables there are, and how they are read together. */
#include "pipeline/input-files.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>

const SmoothInputFileInfo smooth_input_files[SMOOTH_N_INPUT_FILES] = {
  [SMOOTH_FILE_FEATURES]
  = { "features", N_ ("Features"), N_ ("A table of numbers by spot, with a column barcode: neighbours that are unlike in them are joined less, as metric and bandwidth of expression say"),
      &smooth_scaling_params, FALSE },
  [SMOOTH_FILE_SIMILARITY]
  = { "similarity", N_ ("Similarities"), N_ ("A table with the columns from, to and similarity, by which weights are multiplied; pairs of spots without a row are not joined"),
      &smooth_scaling_params, FALSE },
  [SMOOTH_FILE_CONFIDENCES]
  = { "confidences", N_ ("Confidences"), N_ ("How strongly each type is smoothed beside the others: a table of types and one column of numbers, or estimated from how much a type varies"),
      &smooth_deconvolution_params, TRUE },
  [SMOOTH_FILE_TYPE_PRIORS]
  = { "type-priors", N_ ("Priors by type"), N_ ("A prior for each type: a table with the column type and one or more of prior, rho and confidence; what is left empty is as the panel says"),
      &smooth_deconvolution_params, FALSE },
};

static gboolean
read (SmoothInputFiles *files, GError **error)
{
  const char *features = files->paths[SMOOTH_FILE_FEATURES], *similarity = files->paths[SMOOTH_FILE_SIMILARITY];
  const char *confidences = files->paths[SMOOTH_FILE_CONFIDENCES], *priors = files->paths[SMOOTH_FILE_TYPE_PRIORS];

  if (features != NULL || similarity != NULL)
    files->likeness = smooth_likeness_load (features, similarity, error);
  if ((features != NULL || similarity != NULL) && files->likeness == NULL)
    return FALSE;
  if (confidences != NULL)
    files->confidences = g_str_equal (confidences, SMOOTH_ESTIMATE) ? smooth_type_confidences_new_estimated ()
                                                                    : smooth_type_confidences_load (confidences, error);
  if (confidences != NULL && files->confidences == NULL)
    return FALSE;
  if (priors != NULL)
    files->type_priors = smooth_type_priors_load (priors, error);
  if (priors != NULL && files->type_priors == NULL)
    return FALSE;
  if (files->type_priors == NULL || files->confidences == NULL || !files->type_priors->has_confidences)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected confidences in a table of their own or in the column confidence, found both",
               priors);
  return FALSE;
}

/**
 * smooth_input_files_load:
 * @paths: (nullable) each; copied. SMOOTH_ESTIMATE where estimation is possible
 *
 * Errors: as of the files; confidences from two of them.
 *
 * Returns: (transfer full): the tables
 */
SmoothInputFiles *
smooth_input_files_load (const char *const paths[SMOOTH_N_INPUT_FILES], GError **error)
{
  g_autoptr (SmoothInputFiles) files = g_new0 (SmoothInputFiles, 1);

  g_atomic_ref_count_init (&files->ref_count);
  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    files->paths[i] = g_strdup (paths[i]);
  return read (files, error) ? g_steal_pointer (&files) : NULL;
}

SmoothInputFiles *
smooth_input_files_ref (SmoothInputFiles *files)
{
  g_atomic_ref_count_inc (&files->ref_count);
  return files;
}

void
smooth_input_files_unref (SmoothInputFiles *files)
{
  if (!g_atomic_ref_count_dec (&files->ref_count))
    return;
  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    g_free (files->paths[i]);
  g_clear_pointer (&files->likeness, smooth_likeness_unref);
  g_clear_pointer (&files->confidences, smooth_type_confidences_unref);
  g_clear_pointer (&files->type_priors, smooth_type_priors_unref);
  g_free (files);
}

/* @files: (nullable): none. Returns: (nullable): the path, or SMOOTH_ESTIMATE */
const char *
smooth_input_files_get_path (const SmoothInputFiles *files, SmoothInputFile file)
{
  return files != NULL ? files->paths[file] : NULL;
}

/* @files: (nullable): none. @inputs: (inout): borrows the tables */
void
smooth_input_files_fill (const SmoothInputFiles *files, SmoothInputs *inputs)
{
  inputs->likeness = files != NULL ? files->likeness : NULL;
  inputs->confidences = files != NULL ? files->confidences : NULL;
  inputs->type_priors = files != NULL ? files->type_priors : NULL;
}
