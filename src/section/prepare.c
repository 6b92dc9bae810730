/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a section and a signature to the matrices of a deconvolution. */
#include "section/prepare-private.h"

#include "base/error.h"
#include "section/depth-private.h"
#include "section/genes-private.h"
#include "section/section-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static const char *const scales[] = { "log1p", "counts", NULL };

static const SmoothParam params[] = {
  { "scale", N_ ("Scale"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (SmoothPrepareSettings, scale), SMOOTH_PREPARE_LOG1P, 0, 1, "", scales,
    N_ ("Compare logarithms of depth-normalised counts, in which rare genes weigh too, or raw counts, which few abundant genes rule"),
    0 },
  { "depth", N_ ("Depth"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothPrepareSettings, depth), 0, 0, 1e9, N_ ("counts"), NULL,
    N_ ("Total that every spot is scaled to before the logarithm: larger values stretch small counts; 0 takes the median of the spots, "
        "or the depth that the reference was made at"),
    SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "markers", N_ ("Markers"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothPrepareSettings, markers_per_type), 75, 0, 100000,
    N_ ("genes per type"), NULL,
    N_ ("Genes in which each type leads most that are used: more of them give less noise and less contrast between types; 0 uses all"),
    SMOOTH_PARAM_LOG, 5, 500 },
};

const SmoothParamTable smooth_prepare_params = {
  "prepare", N_ ("Preparation"), sizeof (SmoothPrepareSettings), params, G_N_ELEMENTS (params),
};

SmoothPrepared *
smooth_prepared_ref (SmoothPrepared *prepared)
{
  g_atomic_ref_count_inc (&prepared->ref_count);
  return prepared;
}

void
smooth_prepared_unref (SmoothPrepared *prepared)
{
  if (prepared == NULL || !g_atomic_ref_count_dec (&prepared->ref_count))
    return;
  g_free (prepared->spots);
  g_free (prepared->genes);
  g_strfreev (prepared->type_names);
  smooth_matrix_unref (prepared->signature);
  smooth_sparse_unref (prepared->expression);
  smooth_report_unref (prepared->report);
  g_free (prepared);
}

void
smooth_i_preparation_clear (SmoothPreparation *preparation)
{
  g_free (preparation->spots);
  g_free (preparation->shared);
  g_free (preparation->rows);
}

/* Finds the genes that section and signature share, in the order of the section. */
static gboolean
share_genes (SmoothPreparation *preparation, GError **error)
{
  const SmoothSection *section = preparation->section;
  const SmoothSignature *signature = preparation->signature;
  g_autoptr (SmoothGeneIndex) index = smooth_i_gene_index_new (section);
  g_autoptr (SmoothGeneMatch) match = smooth_i_gene_match_new (index, signature->gene_names, signature->n_genes);
  g_autofree gint32 *row_of = g_new (gint32, section->n_genes + 1);

  for (gint64 g = 0; g < section->n_genes; g++)
    row_of[g] = -1;
  for (gint64 i = 0; i < signature->n_genes; i++)
    if (match->genes[i] >= 0)
      row_of[match->genes[i]] = (gint32) i;
  preparation->shared = g_new (gint32, match->n_matched + 1);
  preparation->rows = g_new (gint32, match->n_matched + 1);
  for (gint64 g = 0; g < section->n_genes; g++)
    if (row_of[g] >= 0)
      {
        preparation->shared[preparation->n_shared] = (gint32) g;
        preparation->rows[preparation->n_shared++] = row_of[g];
      }
  if (preparation->n_shared == 0)
    {
      g_autofree char *ours = smooth_i_dup_examples (section->gene_names, section->n_genes, 3);
      g_autofree char *theirs = smooth_i_dup_examples (signature->gene_names, signature->n_genes, 3);
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "expected genes that section and reference share, found none: the section has %s, the reference %s",
                        ours, theirs);
      return FALSE;
    }

  g_autoptr (SmoothReport) few = smooth_report_new ();
  smooth_i_gene_match_warn (match, section->n_genes, few);
  if (smooth_report_get_n_lines (few) > 0 && !smooth_report_has (signature->report, few, 0))
    smooth_report_append (preparation->report, few);
  return TRUE;
}

/* Warns of types that the shared genes do not show. */
static void
warn_of_silent_types (const SmoothPreparation *preparation, const SmoothMatrix *signature)
{
  for (gint64 k = 0; k < signature->n_cols; k++)
    {
      const double *column = smooth_matrix_column (signature, k);
      gboolean silent = TRUE;
      for (gint64 i = 0; i < signature->n_rows && silent; i++)
        silent = column[i] == 0.0;
      if (silent)
        smooth_report_add (preparation->report, SMOOTH_REPORT_WARNING, "the type '%s' has no expression in the shared genes and cannot be found",
                           preparation->signature->type_names[k]);
    }
}

/* As many genes as types are needed at least, and more are wanted. */
static gboolean
check_gene_number (const SmoothPreparation *preparation, gint64 n_used, GError **error)
{
  gint64 n_types = preparation->signature->n_types;

  if (n_used < n_types)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "expected at least as many genes as types (%" PRId64 "), found %" PRId64 " of the %" PRId64
                        " shared genes in which a type leads",
                        n_types, n_used, preparation->n_shared);
      return FALSE;
    }
  if (n_used < 2 * n_types)
    smooth_report_add (preparation->report, SMOOTH_REPORT_WARNING,
                       "only %" PRId64 " genes tell %" PRId64 " types apart: results may be poor", n_used, n_types);
  return TRUE;
}

/* The depth that spots are scaled to; 0 for raw counts. */
static double
find_depth (const SmoothSection *section, const SmoothSignature *signature, const SmoothPrepareSettings *settings,
            const gint32 *spots, gint64 n_spots)
{
  if (settings->scale == SMOOTH_PREPARE_COUNTS)
    return 0.0;
  if (settings->depth > 0.0)
    return settings->depth;
  if (signature != NULL && signature->scale == SMOOTH_SCALE_LOG1P && signature->depth > 0.0)
    return signature->depth;
  return smooth_i_auto_depth (section, spots, n_spots);
}

/**
 * smooth_prepare_get_depth:
 * @signature: (nullable): none yet
 *
 * O(n_spots log n_spots) where the depth is the median of the spots.
 *
 * Returns: the total that spots are scaled to before the logarithm: as set, as the signature was made with, or the median
 *   of the analysed spots; 0 for raw counts
 */
double
smooth_prepare_get_depth (const SmoothSection *section, const SmoothSignature *signature, const SmoothPrepareSettings *settings)
{
  gint64 n_spots;
  g_autofree gint32 *spots = smooth_section_dup_analysed (section, &n_spots);

  return find_depth (section, signature, settings, spots, n_spots);
}

/* Finds spots, depth and shared genes. What it leaves is to be freed by smooth_i_preparation_clear(), after an error too. */
gboolean
smooth_i_preparation_begin (SmoothPreparation *preparation, GError **error)
{
  preparation->spots = smooth_section_dup_analysed (preparation->section, &preparation->n_spots);
  if (preparation->n_spots < 2)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected at least 2 spots in the tissue with counts, found %" PRId64,
                        preparation->section->name, preparation->n_spots);
      return FALSE;
    }
  preparation->depth = find_depth (preparation->section, preparation->signature, preparation->settings, preparation->spots,
                                   preparation->n_spots);
  return share_genes (preparation, error);
}

/* The rows of a matrix that are listed. */
static SmoothMatrix *
new_rows (const SmoothMatrix *matrix, const gint32 *rows, gint64 n_rows, GError **error)
{
  SmoothMatrix *result = smooth_matrix_new (n_rows, matrix->n_cols, error);

  for (gint64 k = 0; result != NULL && k < matrix->n_cols; k++)
    for (gint64 i = 0; i < n_rows; i++)
      smooth_matrix_column (result, k)[i] = smooth_matrix_column (matrix, k)[rows[i]];
  return result;
}

static const char *
get_depth_reason (const SmoothPreparation *preparation)
{
  if (preparation->settings->depth > 0.0)
    return _("as asked for");
  if (preparation->signature->scale == SMOOTH_SCALE_LOG1P && preparation->signature->depth > 0.0)
    return _("as for the reference");
  return _("their median");
}

static void
report_numbers (const SmoothPreparation *preparation, const SmoothPrepared *prepared)
{
  SmoothReport *report = preparation->report;

  smooth_report_count (report, "signature_genes", preparation->signature->n_genes);
  smooth_report_count (report, "matched_genes", preparation->n_shared);
  smooth_report_count (report, "used_genes", prepared->n_genes);
  if (prepared->n_genes == preparation->n_shared)
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "all %s shared genes are used", smooth_i_grouped (preparation->n_shared).text);
  else
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "%s of %s shared genes are used: up to %d markers of each type",
                       smooth_i_grouped (prepared->n_genes).text, smooth_i_grouped (preparation->n_shared).text,
                       preparation->settings->markers_per_type);
  if (preparation->depth > 0.0)
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "spots are scaled to %.10g counts, %s", preparation->depth,
                       get_depth_reason (preparation));
}

/* Fills what is chosen and computed. */
static gboolean
compute (const SmoothPreparation *preparation, SmoothPrepared *prepared, GError **error)
{
  g_autoptr (SmoothMatrix) signature = smooth_i_prepare_signature (preparation, error);
  if (signature == NULL || !smooth_run_check (preparation->run, error))
    return FALSE;
  warn_of_silent_types (preparation, signature);

  g_autofree gint32 *chosen = smooth_i_choose_markers (signature, preparation->settings->markers_per_type, &prepared->n_genes);
  if (!check_gene_number (preparation, prepared->n_genes, error))
    return FALSE;
  prepared->genes = g_new (gint32, prepared->n_genes + 1);
  for (gint64 i = 0; i < prepared->n_genes; i++)
    prepared->genes[i] = preparation->shared[chosen[i]];
  prepared->signature = new_rows (signature, chosen, prepared->n_genes, error);
  if (prepared->signature == NULL)
    return FALSE;
  prepared->expression = smooth_i_prepare_expression (preparation, prepared->genes, prepared->n_genes, error);
  return prepared->expression != NULL && smooth_run_check (preparation->run, error);
}

/**
 * smooth_prepared_new:
 * @settings: (nullable): NULL: the defaults
 * @run: (nullable): cancels, and tells how many threads may be used
 *
 * Analysed spots become Y_gs = log (1 + D C_gs / t_s), t_s being the total over all genes, or stay raw counts. The depth D is
 * the one of @settings; where that is 0, the one that @signature was made at; where it tells none, the median of t_s. The
 * signature is brought to the same scale (see prepare-signature.c), and of the genes that it shares with the section the
 * markers of its types are used (smooth_i_choose_markers()).
 *
 * Returns: (transfer full): the matrices and a report of the numbers of genes. Errors: fewer than two analysed spots, no
 *   shared genes, fewer used genes than types, a type without expression. O(counts + types x genes log genes)
 */
SmoothPrepared *
smooth_prepared_new (const SmoothSection *section, const SmoothSignature *signature, const SmoothPrepareSettings *settings,
                     SmoothRun *run, GError **error)
{
  SmoothPrepareSettings defaults;

  smooth_params_init (&smooth_prepare_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_prepare_params, settings, error))
    return NULL;

  g_autoptr (SmoothPrepared) prepared = g_new0 (SmoothPrepared, 1);
  g_atomic_ref_count_init (&prepared->ref_count);
  prepared->report = smooth_report_new ();
  SmoothPreparation preparation = {
    .section = section, .signature = signature, .settings = settings, .report = prepared->report, .run = run,
  };
  gboolean good = smooth_i_preparation_begin (&preparation, error) && smooth_run_check (run, error) && compute (&preparation, prepared, error);
  if (good)
    {
      prepared->n_spots = preparation.n_spots;
      prepared->spots = g_steal_pointer (&preparation.spots);
      prepared->n_types = signature->n_types;
      prepared->type_names = g_strdupv (signature->type_names);
      prepared->depth = preparation.depth;
      report_numbers (&preparation, prepared);
    }
  smooth_i_preparation_clear (&preparation);
  return good ? g_steal_pointer (&prepared) : NULL;
}
