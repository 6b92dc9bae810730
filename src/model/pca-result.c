/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every spatial PCA reports: scores, the terms of the objective from these, signs, and warnings. */
#include "model/pca-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/blas.h"

#include <math.h>
#include <string.h>

#define BLOCK 256 /* spots */
#define SMALL_GAP 1e-4

SmoothPca *
smooth_pca_ref (SmoothPca *pca)
{
  g_atomic_ref_count_inc (&pca->ref_count);
  return pca;
}

void
smooth_pca_unref (SmoothPca *pca)
{
  if (pca == NULL || !g_atomic_ref_count_dec (&pca->ref_count))
    return;
  smooth_matrix_unref (pca->loadings);
  smooth_matrix_unref (pca->scores);
  g_free (pca->means);
  g_free (pca->factors);
  g_free (pca->eigenvalues);
  smooth_report_unref (pca->report);
  g_free (pca);
}

SmoothPca *
smooth_i_pca_alloc (gint64 n_genes, gint64 n_spots)
{
  SmoothPca *pca = g_new0 (SmoothPca, 1);

  g_atomic_ref_count_init (&pca->ref_count);
  pca->report = smooth_report_new ();
  pca->n_genes = n_genes;
  pca->n_spots = n_spots;
  pca->next = pca->residual = pca->angle = NAN;
  pca->n_positive = -1;
  return pca;
}

typedef struct
{
  const SmoothSparse *expression;
  const double *rows;   /* H x n_genes: loadings times factors, transposed */
  const double *offset; /* H */
  SmoothMatrix *scores;
  SmoothRun *run;
} Projection;

static void
project_block (gint64 block, gint worker, gpointer data)
{
  const Projection *work = data;
  const SmoothSparse *y = work->expression;
  gint64 n_components = work->scores->n_rows, last = MIN ((block + 1) * BLOCK, y->n_cols);

  (void) worker;
  for (gint64 i = block * BLOCK; i < last && !smooth_run_is_cancelled (work->run); i++)
    {
      double *z = smooth_matrix_column (work->scores, i);
      for (gint64 k = 0; k < n_components; k++)
        z[k] = -work->offset[k];
      for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
        {
          const double *row = work->rows + y->rows[e] * n_components;
          for (gint64 k = 0; k < n_components; k++)
            z[k] += y->values[e] * row[k];
        }
    }
}

/**
 * smooth_i_project:
 * @loadings: n_genes x H
 *
 * O(nnz H); loadings once more as workspace.
 *
 * Returns: (transfer full): H x n_spots: U^T Y of the centred and scaled genes
 */
SmoothMatrix *
smooth_i_project (const SmoothSparse *expression, const SmoothMatrix *loadings, const SmoothGeneScale *scale, SmoothRun *run,
                  GError **error)
{
  gint64 n_components = loadings->n_cols;
  g_autoptr (SmoothMatrix) rows = smooth_matrix_new (n_components, loadings->n_rows, error);
  g_autoptr (SmoothMatrix) scores = rows != NULL ? smooth_matrix_new (n_components, expression->n_cols, error) : NULL;
  g_autofree double *offset = g_new0 (double, n_components);

  if (scores == NULL)
    return NULL;
  for (gint64 g = 0; g < loadings->n_rows; g++)
    for (gint64 k = 0; k < n_components; k++)
      {
        double value = scale->factors[g] * smooth_matrix_column (loadings, k)[g];
        smooth_matrix_column (rows, g)[k] = value;
        offset[k] += value * scale->means[g];
      }
  Projection work = { expression, rows->values, offset, scores, run };
  smooth_i_parallel (smooth_run_get_n_threads (run), (expression->n_cols + BLOCK - 1) / BLOCK, project_block, &work);
  return smooth_run_check (run, error) ? g_steal_pointer (&scores) : NULL;
}

void
smooth_i_pca_set_scale (SmoothPca *pca, const SmoothGeneScale *scale)
{
  pca->n_used = scale->n_used;
  pca->means = g_memdup2 (scale->means, (gsize) (scale->n_genes + 1) * sizeof (double));
  pca->factors = g_memdup2 (scale->factors, (gsize) (scale->n_genes + 1) * sizeof (double));
}

/* sums[k] = z_k Q z_k^T of a prior that is no matrix. */
static gboolean
sum_products (const SmoothPrecision *precision, const SmoothMatrix *scores, double *sums, GError **error)
{
  g_autoptr (SmoothMatrix) product = smooth_matrix_new (scores->n_rows, scores->n_cols, error);

  if (product == NULL || !smooth_precision_apply (precision, scores, product, NULL, error))
    return FALSE;
  memset (sums, 0, (gsize) scores->n_rows * sizeof (double));
  for (gint64 i = 0; i < scores->n_cols; i++)
    for (gint64 k = 0; k < scores->n_rows; k++)
      sums[k] += smooth_matrix_column (product, i)[k] * smooth_matrix_column (scores, i)[k];
  return TRUE;
}

/* sums[k] = z_k M z_k^T of one term, z_k the rows of the scores. */
static gboolean
sum_squares (const SmoothTerms *terms, SmoothTerm term, const SmoothMatrix *scores, double *sums, GError **error)
{
  gint64 n_components = scores->n_rows;
  g_autoptr (SmoothMatrix) applied = smooth_matrix_new (n_components, BLOCK, error);

  if (applied == NULL)
    return FALSE;
  memset (sums, 0, (gsize) n_components * sizeof (double));
  for (gint64 first = 0; first < scores->n_cols; first += BLOCK)
    {
      gint64 last = MIN (first + BLOCK, scores->n_cols);
      smooth_i_terms_apply (terms, term, scores, first, last, applied);
      for (gint64 i = first; i < last; i++)
        for (gint64 k = 0; k < n_components; k++)
          {
            double y = smooth_matrix_column (applied, i - first)[k];
            sums[k] += y * (term == SMOOTH_TERM_SQUARE ? y : smooth_matrix_column (scores, i)[k]);
          }
    }
  return TRUE;
}

/**
 * smooth_i_pca_measure:
 *
 * Sets eigenvalues to u_k^T M u_k and the terms of the objective, all from the scores alone: no Gram matrix is looked at.
 */
gboolean
smooth_i_pca_measure (SmoothPca *pca, const SmoothTerms *terms, const SmoothMix *mix, GError **error)
{
  gint64 n_components = pca->n_components;
  double size = (double) n_components * (double) pca->n_spots;
  g_autofree double *sums = g_new0 (double, n_components);

  pca->eigenvalues = g_new0 (double, n_components);
  pca->data_term = pca->objective = 0.0;
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    {
      if (!smooth_i_terms_has (terms, t))
        continue;
      gboolean is_implicit = t == SMOOTH_TERM_NEIGHBOUR && terms->precision != NULL;
      if (is_implicit ? !sum_products (terms->precision, pca->scores, sums, error) : !sum_squares (terms, t, pca->scores, sums, error))
        return FALSE;
      for (gint64 k = 0; k < n_components; k++)
        {
          pca->eigenvalues[k] += mix->weights[t] * sums[k];
          pca->data_term += t == SMOOTH_TERM_IDENTITY ? sums[k] / size : 0.0;
        }
    }
  for (gint64 k = 0; k < n_components; k++)
    {
      double sum = 0.0;
      for (gint64 i = 0; i < pca->n_spots; i++)
        sum += smooth_matrix_column (pca->scores, i)[k];
      pca->eigenvalues[k] += mix->shift * sum * sum;
      pca->objective += pca->eigenvalues[k] / size;
    }
  pca->spatial_term = pca->data_term - pca->objective;
  return TRUE;
}

/* The largest entry of each column of loadings becomes positive. */
void
smooth_i_fix_signs (SmoothMatrix *loadings)
{
  for (gint64 k = 0; k < loadings->n_cols; k++)
    {
      double *u = smooth_matrix_column (loadings, k);
      gint64 largest = 0;
      for (gint64 g = 1; g < loadings->n_rows; g++)
        if (fabs (u[g]) > fabs (u[largest]))
          largest = g;
      double sign = u[largest] < 0.0 ? -1.0 : 1.0;
      for (gint64 g = 0; g < loadings->n_rows; g++)
        u[g] *= sign;
    }
}

/* Tells of components that the data do not determine. */
void
smooth_i_pca_warn (SmoothPca *pca, double lambda)
{
  gint64 n_determined = 0;

  for (gint64 k = 0; k < pca->n_components; k++)
    n_determined += pca->eigenvalues[k] > 0.0;
  smooth_report_count (pca->report, "positive_eigenvalues", pca->n_positive);
  if (n_determined < pca->n_components)
    smooth_report_add (
        pca->report, SMOOTH_REPORT_WARNING,
        "only %" PRId64 " of %" PRId64 " components have a positive eigenvalue at lambda %g: the others "
        "cost more in roughness than they explain, and which ones they are means little; choose a smaller lambda or fewer "
        "components",
        n_determined, pca->n_components, lambda);
  double gap = pca->eigenvalues[pca->n_components - 1] - pca->next;
  if (isfinite (gap) && gap <= SMALL_GAP * fabs (pca->eigenvalues[0] - pca->next))
    smooth_report_add (pca->report, SMOOTH_REPORT_WARNING,
                       "component %" PRId64
                       " is hardly better than the next one (eigenvalues %.6g and %.6g): the data do not "
                       "determine which of them belongs to the result",
                       pca->n_components, pca->eigenvalues[pca->n_components - 1], pca->next);
}

/* y (rows x H) <- x R, R: H x H */
static SmoothMatrix *
multiply (const SmoothMatrix *x, gboolean transposed, const double *r, GError **error)
{
  SmoothMatrix *y = smooth_matrix_new (x->n_rows, x->n_cols, error);
  int n_components = (int) (transposed ? x->n_rows : x->n_cols);

  if (y == NULL)
    return NULL;
  if (transposed)
    cblas_dgemm (CblasColMajor, CblasTrans, CblasNoTrans, n_components, (int) x->n_cols, n_components, 1.0, r, n_components, x->values,
                 n_components, 0.0, y->values, n_components);
  else
    cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, (int) x->n_rows, n_components, n_components, 1.0, x->values, (int) x->n_rows, r,
                 n_components, 0.0, y->values, (int) x->n_rows);
  return y;
}

/* The rotation R nearest to C = U^T V, from C = P S Q^T: R = P Q^T. */
static gboolean
find_rotation (const SmoothMatrix *u, const SmoothMatrix *v, double *r, GError **error)
{
  const int h = (int) u->n_cols, n = (int) u->n_rows, n_work = 16 * h * h + 64 * h;
  g_autofree double *memory = g_new0 (double, 3 * h * h + h + n_work);
  g_autofree int *integers = g_new (int, 8 * h);
  double *c = memory, *p = c + h * h, *qt = p + h * h, *s = qt + h * h, *work = s + h;
  int info = 0;

  smooth_i_blas_init ();
  cblas_dgemm (CblasColMajor, CblasTrans, CblasNoTrans, h, h, n, 1.0, u->values, n, v->values, n, 0.0, c, h);
  dgesdd_ ("A", &h, &h, c, &h, s, p, &h, qt, &h, work, &n_work, integers, &info, 1);
  if (info != 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_NUMERIC, "no rotation found between two sets of components (LAPACK status %d)",
                        info);
      return FALSE;
    }
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, h, h, h, 1.0, p, h, qt, h, 0.0, r, h);
  return TRUE;
}

/**
 * smooth_pca_new_aligned:
 * @pca: from smooth_pca_new()
 * @reference: of the same genes with as many components, such as the last picture
 *
 * Rotates components within their subspace to come as near to those of @reference as they can (orthogonal Procrustes: P.
 * Schoenemann, 1966), so that colours do not jump when a slider moves. Objective and subspace stay; eigenvalues become those
 * of the rotated components, u_k^T M u_k, and need no longer fall. O((n_genes + n_spots) H^2)
 */
SmoothPca *
smooth_pca_new_aligned (const SmoothPca *pca, const SmoothPca *reference, GError **error)
{
  gint64 n_components = pca->n_components;

  g_return_val_if_fail (!pca->is_aligned && pca->n_positive >= 0, NULL);
  if (reference->n_genes != pca->n_genes || reference->n_components != n_components)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "expected a reference of %" PRId64 " genes and %" PRId64 " components, found %" PRId64
                        " and %" PRId64,
                        pca->n_genes, n_components, reference->n_genes, reference->n_components);
      return NULL;
    }
  g_autofree double *r = g_new (double, n_components * n_components);
  if (!find_rotation (pca->loadings, reference->loadings, r, error))
    return NULL;

  g_autoptr (SmoothPca) aligned = smooth_i_pca_alloc (pca->n_genes, pca->n_spots);
  g_autoptr (SmoothReport) own = aligned->report;
  gatomicrefcount ref_count = aligned->ref_count;
  *aligned = *pca;
  aligned->ref_count = ref_count;
  aligned->report = smooth_report_ref (pca->report);
  aligned->means = g_memdup2 (pca->means, (gsize) (pca->n_genes + 1) * sizeof (double));
  aligned->factors = g_memdup2 (pca->factors, (gsize) (pca->n_genes + 1) * sizeof (double));
  aligned->eigenvalues = g_new0 (double, n_components);
  for (gint64 k = 0; k < n_components; k++)
    for (gint64 l = 0; l < n_components; l++)
      aligned->eigenvalues[k] += pca->eigenvalues[l] * r[l + k * n_components] * r[l + k * n_components];
  aligned->is_aligned = TRUE;
  aligned->scores = NULL;
  aligned->loadings = multiply (pca->loadings, FALSE, r, error);
  if (aligned->loadings != NULL)
    aligned->scores = multiply (pca->scores, TRUE, r, error);
  return aligned->scores != NULL ? g_steal_pointer (&aligned) : NULL;
}
