/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gram matrices of a section on a graph, and M for one lambda and rho from them.
 *
 * For centred genes, a the means and v = Y Q 1:   Yc Q Yc^T = Y Q Y^T - a v^T - v a^T + (1^T Q 1) a a^T.
 * It loses the digits of (mean / standard deviation)^2: genes that vary by less than a millionth of their mean are left out.
 */
#include "model/pca-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <math.h>
#include <string.h>

#define LEAST_VARIATION 1e-6 /* of the mean */
#define BLOCK 32             /* columns of M */

SmoothGrams *
smooth_grams_ref (SmoothGrams *grams)
{
  g_atomic_ref_count_inc (&grams->ref_count);
  return grams;
}

void
smooth_grams_unref (SmoothGrams *grams)
{
  if (grams == NULL || !g_atomic_ref_count_dec (&grams->ref_count))
    return;
  smooth_sparse_unref (grams->expression);
  smooth_i_terms_clear (&grams->terms);
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    {
      smooth_matrix_unref (grams->grams[t]);
      g_free (grams->sums[t]);
    }
  g_free (grams->means);
  g_free (grams->deviations);
  g_free (grams);
}

/**
 * smooth_i_measure_genes:
 * @means: (out): n_genes
 * @deviations: (out): n_genes: unbiased standard deviations, 0 of a single spot
 *
 * Refuses values that cannot be computed with. O(nnz + n_genes).
 */
gboolean
smooth_i_measure_genes (const SmoothSparse *expression, double *means, double *deviations, GError **error)
{
  gint64 n_genes = expression->n_rows, nnz = smooth_sparse_get_nnz (expression);
  double n = (double) expression->n_cols;
  g_autofree gint64 *counts = g_new0 (gint64, n_genes + 1);

  memset (means, 0, (gsize) n_genes * sizeof (double));
  memset (deviations, 0, (gsize) n_genes * sizeof (double));
  for (gint64 j = 0; j < expression->n_cols; j++)
    for (gint64 e = expression->starts[j]; e < expression->starts[j + 1]; e++)
      {
        if (!smooth_i_is_usable (expression->values[e]))
          {
            smooth_error_set (error, SMOOTH_ERROR_VALUE,
                              "gene %d of spot %" PRId64 ": expected a number of at most %g in size, found %g",
                              expression->rows[e] + 1, j + 1, SMOOTH_MAX_VALUE, expression->values[e]);
            return FALSE;
          }
        means[expression->rows[e]] += expression->values[e] / n;
        counts[expression->rows[e]]++;
      }
  for (gint64 e = 0; e < nnz; e++)
    deviations[expression->rows[e]] += pow (expression->values[e] - means[expression->rows[e]], 2.0);
  for (gint64 g = 0; g < n_genes; g++)
    {
      double sum = deviations[g] + (n - (double) counts[g]) * means[g] * means[g];
      deviations[g] = n > 1.0 ? sqrt (sum / (n - 1.0)) : 0.0;
    }
  return TRUE;
}

/**
 * smooth_i_gene_scale_init:
 * @scale: (out): to be cleared also where this fails
 * @report: told of genes that are left out
 *
 * Where genes are centred or scaled those that do not vary are left out, else those that are 0 everywhere.
 */
gboolean
smooth_i_gene_scale_init (SmoothGeneScale *scale, const double *means, const double *deviations, gint64 n_genes,
                          const SmoothPcaSettings *settings, SmoothReport *report, GError **error)
{
  *scale = (SmoothGeneScale){ .n_genes = n_genes };
  scale->used = g_new (gint32, n_genes + 1);
  scale->means = g_new0 (double, n_genes + 1);
  scale->factors = g_new0 (double, n_genes + 1);
  for (gint64 g = 0; g < n_genes; g++)
    {
      gboolean varies = deviations[g] > LEAST_VARIATION * fabs (means[g]);
      gboolean is_used = settings->centre || settings->scale ? varies : means[g] != 0.0 || deviations[g] > 0.0;
      if (!is_used)
        continue;
      scale->used[scale->n_used++] = (gint32) g;
      scale->means[g] = settings->centre ? means[g] : 0.0;
      scale->factors[g] = settings->scale ? 1.0 / deviations[g] : 1.0;
    }
  smooth_report_count (report, "pca_genes", scale->n_used);
  if (scale->n_used < n_genes)
    smooth_report_add (report, SMOOTH_REPORT_NOTE,
                       "%" PRId64 " of %" PRId64 " genes do not vary over the spots and are left out",
                       n_genes - scale->n_used, n_genes);
  if (scale->n_used > 0)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected genes that vary over the spots, found none among %" PRId64,
                    n_genes);
  return FALSE;
}

void
smooth_i_gene_scale_clear (SmoothGeneScale *scale)
{
  g_free (scale->used);
  g_free (scale->means);
  g_free (scale->factors);
}

/* Fills Gram matrices and sums; the terms are there. */
static gboolean
compute (SmoothGrams *grams, const SmoothGrams *earlier, SmoothRun *run, GError **error)
{
  gboolean wanted[SMOOTH_N_TERMS] = { FALSE };
  gint64 n_genes = grams->n_genes;
  double *rows = smooth_i_try_alloc (grams->n_spots, sizeof (double), "Gram matrices", error);

  if (rows == NULL)
    return FALSE;
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    {
      wanted[t] = smooth_i_terms_has (&grams->terms, t);
      if (!wanted[t])
        continue;
      grams->sums[t] = g_new (double, n_genes + 1);
      smooth_i_terms_sum_rows (&grams->terms, t, rows);
      smooth_sparse_multiply (grams->expression, rows, grams->sums[t]);
      if (t == SMOOTH_TERM_IDENTITY && earlier != NULL && earlier->expression == grams->expression)
        {
          grams->grams[t] = smooth_matrix_ref (earlier->grams[t]);
          wanted[t] = FALSE;
        }
      else
        grams->grams[t] = smooth_matrix_new (n_genes, n_genes, error);
      if (grams->grams[t] == NULL)
        break;
    }
  smooth_i_free (rows);
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    if (wanted[t] && grams->grams[t] == NULL)
      return FALSE;
  if (grams->terms.precision != NULL)
    {
      wanted[SMOOTH_TERM_NEIGHBOUR] = FALSE;
      if (!smooth_i_compute_implicit_gram (grams->expression, grams->terms.precision, grams->grams[SMOOTH_TERM_NEIGHBOUR], run, error))
        return FALSE;
    }
  return smooth_i_compute_grams (grams->expression, &grams->terms, grams->grams, wanted, run, error);
}

static SmoothGrams *
grams_alloc (const SmoothSparse *expression, gint64 n_spots, GError **error)
{
  if (expression->n_cols != n_spots || expression->n_rows < 1 || n_spots < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "expected expression of at least one gene in %" PRId64 " spots, found %" PRId64 " genes in %" PRId64
                        " spots",
                        n_spots, expression->n_rows, expression->n_cols);
      return NULL;
    }
  SmoothGrams *grams = g_new0 (SmoothGrams, 1);
  g_atomic_ref_count_init (&grams->ref_count);
  grams->n_genes = expression->n_rows;
  grams->n_spots = n_spots;
  grams->expression = smooth_sparse_ref ((SmoothSparse *) expression);
  grams->means = g_new (double, grams->n_genes);
  grams->deviations = g_new (double, grams->n_genes);
  return grams;
}

/**
 * smooth_grams_new:
 * @expression: n_genes x n_spots, finite; referenced
 * @graph: of the same spots
 * @prior: a SmoothPriorKind
 * @earlier: (nullable): of the same @expression on another graph: what does not depend on the graph is taken from it
 *
 * Y Y^T and what the prior needs of Y D Y^T, Y W Y^T and (Y W^T) (Y W^T)^T; see smooth_i_compute_grams() for the cost.
 *
 * Returns: (transfer full): good for any lambda and rho, centred and scaled or not
 */
SmoothGrams *
smooth_grams_new (const SmoothSparse *expression, const SmoothGraph *graph, gint prior, const SmoothGrams *earlier, SmoothRun *run,
                  GError **error)
{
  g_autoptr (SmoothGrams) grams = grams_alloc (expression, graph->n_spots, error);

  if (grams == NULL || !smooth_i_measure_genes (expression, grams->means, grams->deviations, error)
      || !smooth_i_terms_init (&grams->terms, graph, prior, error) || !compute (grams, earlier, run, error))
    return NULL;
  return g_steal_pointer (&grams);
}

/**
 * smooth_grams_new_from_precision:
 *
 * As smooth_grams_new() for a prior as it is: good for any lambda, at the rho of @precision.
 */
SmoothGrams *
smooth_grams_new_from_precision (const SmoothSparse *expression, const SmoothPrecision *precision, const SmoothGrams *earlier,
                                 SmoothRun *run, GError **error)
{
  g_autoptr (SmoothGrams) grams = grams_alloc (expression, precision->n_spots, error);

  if (grams == NULL || !smooth_i_measure_genes (expression, grams->means, grams->deviations, error)
      || !smooth_i_terms_init_from_precision (&grams->terms, precision, error) || !compute (grams, earlier, run, error))
    return NULL;
  return g_steal_pointer (&grams);
}

typedef struct
{
  const SmoothGrams *grams;
  const SmoothMix *mix;
  const SmoothGeneScale *scale;
  const double *sums; /* n_genes: sum over terms of weight times Y Q_t 1 */
  double total;
  SmoothMatrix *result;
} Form;

static void
form_block (gint64 block, gint worker, gpointer data)
{
  const Form *form = data;
  const SmoothGeneScale *scale = form->scale;
  const double *a = scale->means, *v = form->sums, *plain = form->grams->sums[SMOOTH_TERM_IDENTITY];
  double n = (double) form->grams->n_spots;
  gint64 last = MIN ((block + 1) * BLOCK, scale->n_used);

  (void) worker;
  for (gint64 k = block * BLOCK; k < last; k++)
    {
      gint32 g = scale->used[k];
      double *column = smooth_matrix_column (form->result, k);
      for (gint64 l = k; l < scale->n_used; l++)
        {
          gint32 h = scale->used[l];
          double sum = 0.0;
          for (gint t = 0; t < SMOOTH_N_TERMS; t++)
            if (form->grams->grams[t] != NULL && form->mix->weights[t] != 0.0)
              sum += form->mix->weights[t] * smooth_matrix_column (form->grams->grams[t], g)[h];
          sum += form->total * a[g] * a[h] - a[g] * v[h] - v[g] * a[h];
          sum += form->mix->shift * (plain[g] - n * a[g]) * (plain[h] - n * a[h]);
          column[l] = sum * scale->factors[g] * scale->factors[h];
        }
    }
}

/**
 * smooth_i_grams_form:
 *
 * O(n_used^2).
 *
 * Returns: (transfer full): n_used x n_used: M of the used genes, lower triangle
 */
SmoothMatrix *
smooth_i_grams_form (const SmoothGrams *grams, const SmoothMix *mix, const SmoothGeneScale *scale, SmoothRun *run, GError **error)
{
  g_autofree double *sums = g_new0 (double, grams->n_genes);
  Form form = { grams, mix, scale, sums, 0.0, smooth_matrix_new (scale->n_used, scale->n_used, error) };

  if (form.result == NULL)
    return NULL;
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    {
      if (grams->grams[t] == NULL)
        continue;
      form.total += mix->weights[t] * grams->terms.total[t];
      for (gint64 g = 0; g < grams->n_genes; g++)
        sums[g] += mix->weights[t] * grams->sums[t][g];
    }
  smooth_i_parallel (smooth_run_get_n_threads (run), (scale->n_used + BLOCK - 1) / BLOCK, form_block, &form);
  return form.result;
}
