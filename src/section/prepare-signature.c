/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signature on the scale of the spots, and the choice of its markers.
 *
 * Spots are Y_gs = log (1 + D C_gs / t_s). A signature that was made by the same formula at the depth D is taken as it is.
 * All others are taken back to counts L (L = V, exp (V) - 1, or 2^V - 1) and brought to the spots' scale by
 *
 *   1. L_gk <- L_gk / sum_g L_gk over all genes of the table, where the table looks like a whole transcriptome (at least
 *      2,000 genes) or its sums are too unlike to be meant (the largest above 20 times the smallest);
 *   2. f = u / median_k sum_{g shared} L_gk, with u the median over spots of what the shared genes have at the depth D:
 *      one factor for all types, so that cells rich in RNA stay so;
 *   3. X_gk = log (1 + f L_gk).
 *
 * For raw counts the logarithms and D / t_s are left out: X = f L, u in counts.
 */
#include "section/prepare-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "section/depth-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define WHOLE_TRANSCRIPTOME 2000
#define LARGEST_RATIO 20.0
#define BLOCK 512 /* spots */

static double
to_counts (SmoothScale scale, double value)
{
  switch (scale)
    {
    case SMOOTH_SCALE_LOG1P:
      return expm1 (value);
    case SMOOTH_SCALE_LOG2:
      return exp2 (value) - 1.0;
    case SMOOTH_SCALE_COUNTS:
    case SMOOTH_SCALE_GUESS:
    default:
      return value;
    }
}

/* The sum of each type over all genes of the table, as counts. FALSE where one is not positive and finite. */
static gboolean
sum_types (const SmoothSignature *signature, double *sums, GError **error)
{
  for (gint64 k = 0; k < signature->n_types; k++)
    {
      const double *column = smooth_matrix_column (signature->values, k);
      for (gint64 i = 0; i < signature->n_genes; i++)
        sums[k] += to_counts (signature->scale, column[i]);
      if (sums[k] > 0.0 && isfinite (sums[k]))
        continue;
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        signature->scale == SMOOTH_SCALE_COUNTS
                          ? N_("the reference: expected expression of '%s', found a sum of %g over all genes")
                          : N_("the reference: expected expression of '%s', found a sum of %g over all genes: is the table on a "
                               "logarithmic scale?"),
                        signature->type_names[k], sums[k]);
      return FALSE;
    }
  return TRUE;
}

/* The shared genes of the signature as counts, by step 1. */
static SmoothMatrix *
new_linear (const SmoothPreparation *preparation, GError **error)
{
  const SmoothSignature *signature = preparation->signature;
  g_autofree double *sums = g_new0 (double, signature->n_types);
  double smallest = INFINITY, largest = 0.0;

  if (!sum_types (signature, sums, error))
    return NULL;
  for (gint64 k = 0; k < signature->n_types; k++)
    {
      smallest = MIN (smallest, sums[k]);
      largest = MAX (largest, sums[k]);
    }
  gboolean normalise = signature->n_genes >= WHOLE_TRANSCRIPTOME || largest > LARGEST_RATIO * smallest;

  SmoothMatrix *linear = smooth_matrix_new (preparation->n_shared, signature->n_types, error);
  for (gint64 k = 0; linear != NULL && k < signature->n_types; k++)
    {
      const double *from = smooth_matrix_column (signature->values, k);
      double *to = smooth_matrix_column (linear, k);
      for (gint64 i = 0; i < preparation->n_shared; i++)
        {
          to[i] = to_counts (signature->scale, from[preparation->rows[i]]);
          to[i] = normalise ? to[i] / sums[k] : to[i];
        }
    }
  return linear;
}

typedef struct
{
  const SmoothPreparation *preparation;
  const guint8 *is_shared; /* of each gene of the section */
  double *sums;            /* of each analysed spot */
} SharedSums;

/* What the shared genes have in each spot of a block, at the depth, or in counts. */
static void
sum_shared_block (gint64 block, gint worker, gpointer data)
{
  const SharedSums *work = data;
  const SmoothPreparation *preparation = work->preparation;
  const SmoothSparse *counts = preparation->section->counts;

  (void) worker;
  if (smooth_run_is_cancelled (preparation->run))
    return;
  for (gint64 s = block * BLOCK; s < MIN (preparation->n_spots, (block + 1) * BLOCK); s++)
    {
      gint32 spot = preparation->spots[s];
      double sum = 0.0;
      for (gint64 e = counts->starts[spot]; e < counts->starts[spot + 1]; e++)
        if (work->is_shared[counts->rows[e]])
          sum += counts->values[e];
      work->sums[s] = preparation->depth > 0.0 ? sum / preparation->section->total_counts[spot] * preparation->depth : sum;
    }
}

/* u of step 2: the median; the mean, with a warning, where the shared genes are so rare that the median is 0. */
static double
typical_sum (const SmoothPreparation *preparation)
{
  gint64 n = preparation->n_spots;
  g_autofree guint8 *is_shared = g_new0 (guint8, preparation->section->n_genes + 1);
  g_autofree double *sums = g_new0 (double, n + 1);
  SharedSums work = { preparation, is_shared, sums };
  double mean = 0.0;

  for (gint64 i = 0; i < preparation->n_shared; i++)
    is_shared[preparation->shared[i]] = 1;
  smooth_i_parallel (smooth_run_get_n_threads (preparation->run), (n + BLOCK - 1) / BLOCK, sum_shared_block, &work);
  for (gint64 s = 0; s < n; s++)
    mean += sums[s] / (double) n;

  double median = smooth_i_median (sums, n);
  if (median > 0.0)
    return median;
  if (mean > 0.0)
    smooth_report_add (preparation->report, SMOOTH_REPORT_WARNING,
                       "more than half of the spots have no counts in the genes that they share with the reference");
  return mean;
}

/* f of step 2; 0 with an error. */
static double
common_factor (const SmoothPreparation *preparation, const SmoothMatrix *linear, GError **error)
{
  g_autofree double *sums = g_new0 (double, linear->n_cols);
  double mean = 0.0;

  for (gint64 k = 0; k < linear->n_cols; k++)
    {
      const double *column = smooth_matrix_column (linear, k);
      for (gint64 i = 0; i < linear->n_rows; i++)
        sums[k] += column[i];
      mean += sums[k] / (double) linear->n_cols;
    }

  double typical = typical_sum (preparation);
  double median = smooth_i_median (sums, linear->n_cols);
  double factor = typical / (median > 0.0 ? median : mean);
  if (typical > 0.0 && mean > 0.0 && isfinite (factor) && factor > 0.0)
    return factor;
  smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                    typical > 0.0 ? N_("the %" PRId64 " genes that the section and the reference share: expected expression in both, "
                                       "found none in the reference")
                                  : N_("the %" PRId64 " genes that the section and the reference share: expected expression in both, "
                                       "found none in the section"),
                    preparation->n_shared);
  return 0.0;
}

/* A signature by the very formula of the spots: as it is, or moved to another depth. */
static SmoothMatrix *
new_same_scale (const SmoothPreparation *preparation, GError **error)
{
  const SmoothSignature *signature = preparation->signature;
  double ratio = preparation->depth / signature->depth;
  SmoothMatrix *result = smooth_matrix_new (preparation->n_shared, signature->n_types, error);

  if (result == NULL)
    return NULL;
  if (ratio != 1.0)
    smooth_report_add (preparation->report, SMOOTH_REPORT_WARNING,
                       "the reference was made at a depth of %.10g and is moved to %.10g, which is not exact", signature->depth,
                       preparation->depth);
  for (gint64 k = 0; k < signature->n_types; k++)
    {
      const double *from = smooth_matrix_column (signature->values, k);
      double *to = smooth_matrix_column (result, k);
      for (gint64 i = 0; i < preparation->n_shared; i++)
        {
          double value = from[preparation->rows[i]];
          to[i] = ratio == 1.0 ? value : log1p (expm1 (value) * ratio);
        }
    }
  return result;
}

/**
 * smooth_i_prepare_signature:
 *
 * Returns: (transfer full): the shared genes x types on the scale of the spots, by the formulas above;
 *   O(genes x types + counts)
 */
SmoothMatrix *
smooth_i_prepare_signature (const SmoothPreparation *preparation, GError **error)
{
  const SmoothSignature *signature = preparation->signature;

  if (preparation->depth > 0.0 && signature->scale == SMOOTH_SCALE_LOG1P && signature->depth > 0.0)
    return new_same_scale (preparation, error);

  g_autoptr (SmoothMatrix) linear = new_linear (preparation, error);
  if (linear == NULL)
    return NULL;
  double factor = common_factor (preparation, linear, error);
  if (factor == 0.0)
    return NULL;
  for (gint64 i = 0; i < linear->n_rows * linear->n_cols; i++)
    linear->values[i] = preparation->depth > 0.0 ? log1p (linear->values[i] * factor) : linear->values[i] * factor;
  return g_steal_pointer (&linear);
}

typedef struct
{
  double lead; /* of the gene in its type over the mean of the other types */
  gint64 gene;
} Lead;

/* The largest lead first; of equal ones the earlier gene. */
static int
compare_leads (const void *a, const void *b)
{
  const Lead *x = a, *y = b;

  if (x->lead != y->lead)
    return x->lead > y->lead ? -1 : 1;
  return (x->gene > y->gene) - (x->gene < y->gene);
}

/* Marks the genes of largest positive lead in type @k, @most at most. @best: room for 2 @most leads. It is sorted only
 * whenever it is full, and what cannot be among the first any more is not put in. */
static void
mark_leaders (const SmoothMatrix *signature, gint64 k, const double *sums, gint64 most, Lead *best, guint8 *chosen)
{
  const double *column = smooth_matrix_column (signature, k);
  double n_types = (double) signature->n_cols;
  double least = 0.0; /* a lead must be larger */
  gint64 n = 0;

  for (gint64 i = 0; i < signature->n_rows; i++)
    {
      double lead = (n_types * column[i] - sums[i]) / (n_types - 1.0);
      if (!(lead > least))
        continue;
      best[n++] = (Lead){ lead, i };
      if (n < 2 * most)
        continue;
      qsort (best, (gsize) n, sizeof (Lead), compare_leads);
      n = most;
      least = best[most - 1].lead; /* of equal leads the earlier gene stays */
    }
  qsort (best, (gsize) n, sizeof (Lead), compare_leads);
  for (gint64 i = 0; i < MIN (n, most); i++)
    chosen[best[i].gene] = 1;
}

/**
 * smooth_i_choose_markers:
 * @signature: genes x types, on the scale of the spots
 * @per_type: M; 0: all genes
 * @n_chosen: (out): how many genes
 *
 * A gene's lead in a type is its value less the mean of its values in the other types. Each type takes the M genes of
 * largest positive lead, of equal ones the earlier. Of a single type all genes are taken.
 *
 * Returns: (transfer full): the rows of the chosen genes, ascending; O(types x genes) where M is small
 */
gint32 *
smooth_i_choose_markers (const SmoothMatrix *signature, gint per_type, gint64 *n_chosen)
{
  gint64 n_genes = signature->n_rows;
  gint64 n_types = signature->n_cols;
  gint64 most = MIN (per_type, n_genes);
  gboolean all = per_type == 0 || n_types == 1;
  g_autofree guint8 *chosen = g_new0 (guint8, n_genes + 1);
  g_autofree double *sums = g_new0 (double, n_genes + 1);
  g_autofree Lead *best = g_new (Lead, 2 * most + 1);
  gint32 *rows = g_new (gint32, n_genes + 1);

  for (gint64 k = 0; k < n_types; k++)
    for (gint64 i = 0; i < n_genes; i++)
      sums[i] += smooth_matrix_column (signature, k)[i];
  for (gint64 k = 0; k < n_types && !all; k++)
    mark_leaders (signature, k, sums, most, best, chosen);

  *n_chosen = 0;
  for (gint64 i = 0; i < n_genes; i++)
    if (all || chosen[i])
      rows[(*n_chosen)++] = (gint32) i;
  return rows;
}
