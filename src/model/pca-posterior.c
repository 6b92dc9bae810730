/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Posterior scores: with fixed orthonormal loadings the model Y = U Z + noise, Z ~ prior, has the posterior mean
 *
 *     argmin over Z of  |Z - U^T Y|^2 / (H n) + lambda / (H n) sum_k z_k Q z_k^T     =>     (I + lambda Q) Z^T = (U^T Y)^T
 *
 * Where not Q but its inverse K is sparse (SMA):  (K + lambda I) V = (U^T Y)^T,  Z^T = K V.
 */
#include "model/pca-private.h"

#include "base/error.h"
#include "linalg/cholesky.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* I + lambda Q, or K + lambda I, on the pattern of what is sparse, which has every diagonal entry. */
static SmoothSparse *
make_matrix (const SmoothPrecision *precision, double lambda, GError **error)
{
  gboolean is_explicit = smooth_precision_is_explicit (precision);
  const SmoothSparse *q = is_explicit ? precision->symmetric : precision->covariance;
  double factor = is_explicit ? lambda : 1.0, diagonal = is_explicit ? 1.0 : lambda;
  gint64 nnz = smooth_sparse_get_nnz (q);
  SmoothSparse *a = smooth_sparse_new (q->n_rows, q->n_cols, nnz, error);

  if (a == NULL)
    return NULL;
  memcpy (a->starts, q->starts, (gsize) (q->n_cols + 1) * sizeof (gint64));
  memcpy (a->rows, q->rows, (gsize) nnz * sizeof (gint32));
  for (gint64 j = 0; j < q->n_cols; j++)
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      a->values[e] = factor * q->values[e] + (q->rows[e] == j ? diagonal : 0.0);
  return a;
}

static SmoothMatrix *
new_transpose (const SmoothMatrix *matrix, GError **error)
{
  SmoothMatrix *result = smooth_matrix_new (matrix->n_cols, matrix->n_rows, error);

  for (gint64 j = 0; result != NULL && j < matrix->n_cols; j++)
    for (gint64 i = 0; i < matrix->n_rows; i++)
      smooth_matrix_column (result, i)[j] = smooth_matrix_column (matrix, j)[i];
  return result;
}

/* x (n x H) <- K x */
static gboolean
multiply_covariance (const SmoothSparse *covariance, SmoothMatrix *x, GError **error)
{
  g_autofree double *product = smooth_i_try_new (double, x->n_rows, "a workspace", error);

  for (gint64 k = 0; product != NULL && k < x->n_cols; k++)
    {
      smooth_sparse_multiply (covariance, smooth_matrix_column (x, k), product);
      memcpy (smooth_matrix_column (x, k), product, (gsize) x->n_rows * sizeof (double));
    }
  return product != NULL;
}

/* The largest |s - (I + lambda Q) z| / |s| over components; z and s: H x n. Returns: -1 with @error */
static double
measure (const SmoothPrecision *precision, double lambda, const SmoothMatrix *z, const SmoothMatrix *s, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothMatrix) product = smooth_matrix_new (z->n_rows, z->n_cols, error);
  double worst = 0.0;

  if (product == NULL || !smooth_precision_apply (precision, z, product, run, error))
    return -1.0;
  for (gint64 k = 0; k < z->n_rows; k++)
    {
      double sum = 0.0, norm = 0.0;
      for (gint64 i = 0; i < z->n_cols; i++)
        {
          double b = smooth_matrix_column (s, i)[k];
          double left = b - smooth_matrix_column (z, i)[k] - lambda * smooth_matrix_column (product, i)[k];
          sum += left * left;
          norm += b * b;
        }
      worst = MAX (worst, norm > 0.0 ? sqrt (sum / norm) : 0.0);
    }
  return worst;
}

/**
 * smooth_posterior_scores:
 * @scores: H x n_spots: U^T Y
 * @lambda: at least 0: more of it smooths more
 * @residual: (out) (optional): the largest |b - A z| / |b| of the components, recomputed
 *
 * One sparse factor, then O(nnz (L)) a component; two copies of @scores.
 *
 * Returns: (transfer full): H x n_spots. An indefinite prior may leave no minimum: an error
 */
SmoothMatrix *
smooth_posterior_scores (const SmoothPrecision *precision, const SmoothMatrix *scores, double lambda, double *residual, SmoothRun *run,
                         GError **error)
{
  gboolean is_definite = FALSE;

  if (scores->n_cols != precision->n_spots || !(lambda >= 0.0) || !isfinite (lambda))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "expected scores of %" PRId64 " spots and a lambda of 0 at least, found %" PRId64 " and %g",
                        precision->n_spots, scores->n_cols, lambda);
      return NULL;
    }
  if (!smooth_i_matrix_check (scores, N_("scores: component"), N_("spot"), error))
    return NULL;
  if (lambda == 0.0)
    {
      if (residual != NULL)
        *residual = 0.0;
      return smooth_matrix_new_from_values (scores->n_rows, scores->n_cols, scores->values, error);
    }
  g_autoptr (SmoothSparse) a = make_matrix (precision, lambda, error);
  g_autoptr (SmoothMatrix) x = a != NULL ? new_transpose (scores, error) : NULL;
  g_autoptr (SmoothCholesky) cholesky
    = x != NULL && smooth_run_check (run, error) ? smooth_cholesky_new_for (precision->symbolic, a, NULL, run, error) : NULL;
  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, a, &is_definite, run, error))
    return NULL;
  if (!is_definite)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_NUMERIC,
          "the prior is indefinite and lambda %g too large for it: there are no smoothest scores; choose a smaller rho",
          lambda);
      return NULL;
    }
  if (!smooth_cholesky_solve (cholesky, x, run, error))
    return NULL;
  if (!smooth_precision_is_explicit (precision) && !multiply_covariance (precision->covariance, x, error))
    return NULL;
  g_autoptr (SmoothMatrix) posterior = new_transpose (x, error);
  if (posterior != NULL && residual != NULL)
    *residual = measure (precision, lambda, posterior, scores, run, error);
  return posterior != NULL && (residual == NULL || *residual >= 0.0) ? g_steal_pointer (&posterior) : NULL;
}
