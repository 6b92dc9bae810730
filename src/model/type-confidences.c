/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of confidences by name, and bringing them into the order of the types of a model. */
#include "model/type-confidences.h"

#include "base/error.h"
#include "files/columns.h"
#include "precision/loss.h"

#include <string.h>

static SmoothTypeConfidences *
confidences_alloc (void)
{
  SmoothTypeConfidences *confidences = g_new0 (SmoothTypeConfidences, 1);

  g_atomic_ref_count_init (&confidences->ref_count);
  return confidences;
}

/* Returns: (transfer full): confidences that are estimated once the data are known, see smooth_confidences_new() */
SmoothTypeConfidences *
smooth_type_confidences_new_estimated (void)
{
  return confidences_alloc ();
}

/**
 * smooth_type_confidences_load:
 * @path: a table with a header: names, and one column of numbers of at least 0
 *
 * Returns: (transfer full): the confidences
 */
SmoothTypeConfidences *
smooth_type_confidences_load (const char *path, GError **error)
{
  g_autoptr (SmoothColumns) columns = smooth_columns_load (path, error);

  if (columns == NULL)
    return NULL;
  if (columns->n_columns != 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                        "%s: expected names and one column of confidences, found %" PRId64 " columns", path,
                        columns->n_columns);
      return NULL;
    }
  for (gint64 i = 0; i < columns->n_rows; i++)
    if (columns->values->values[i] < 0.0)
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: '%s': expected a confidence of at least 0, found %g", path,
                          columns->row_names[i], columns->values->values[i]);
        return NULL;
      }
  SmoothTypeConfidences *confidences = confidences_alloc ();
  confidences->path = g_strdup (path);
  confidences->n_types = columns->n_rows;
  confidences->names = g_strdupv (columns->row_names);
  confidences->values = g_memdup2 (columns->values->values, (gsize) columns->n_rows * sizeof (double));
  return confidences;
}

SmoothTypeConfidences *
smooth_type_confidences_ref (SmoothTypeConfidences *confidences)
{
  g_atomic_ref_count_inc (&confidences->ref_count);
  return confidences;
}

void
smooth_type_confidences_unref (SmoothTypeConfidences *confidences)
{
  if (confidences == NULL || !g_atomic_ref_count_dec (&confidences->ref_count))
    return;
  g_free (confidences->path);
  g_strfreev (confidences->names);
  g_free (confidences->values);
  g_free (confidences);
}

/**
 * smooth_type_confidences_dup_of:
 * @confidences: read from a file
 * @names: of n_names types, or columns
 *
 * Returns: (transfer full): their confidences, in their order; an error names the first that has none
 */
double *
smooth_type_confidences_dup_of (const SmoothTypeConfidences *confidences, const char *const *names, gint64 n_names, GError **error)
{
  g_autofree double *values = g_new (double, MAX (n_names, 1));

  for (gint64 k = 0; k < n_names; k++)
    {
      gint64 i = 0;
      while (i < confidences->n_types && strcmp (confidences->names[i], names[k]) != 0)
        i++;
      if (i == confidences->n_types)
        {
          smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                            "%s: expected a confidence of '%s', found those of %" PRId64 " others", confidences->path,
                            names[k], confidences->n_types);
          return NULL;
        }
      values[k] = confidences->values[i];
    }
  return g_steal_pointer (&values);
}

/**
 * smooth_type_confidences_dup_for:
 * @report: (nullable): told what an estimate has to say
 *
 * Returns: (transfer full): the confidences of the types of @prepared, in their order
 */
double *
smooth_type_confidences_dup_for (const SmoothTypeConfidences *confidences, const SmoothPrepared *prepared, SmoothReport *report, GError **error)
{
  if (confidences->path == NULL)
    return smooth_confidences_new (prepared->signature, prepared->expression, report, error);
  return smooth_type_confidences_dup_of (confidences, (const char *const *) prepared->type_names, prepared->n_types, error);
}
