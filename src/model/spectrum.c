/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenvalue range of the types x types matrix H: how well the data tell types apart. */
#include "model/spectrum-private.h"

#include "base/error.h"

#include <string.h>

/* LAPACK: all eigenvalues of a symmetric matrix, which is destroyed. */
extern void dsyev_ (const char *job, const char *triangle, const int *n, double *a, const int *lda, double *w, double *work,
                    const int *lwork, int *info, size_t job_length, size_t triangle_length);

/**
 * smooth_i_scale_symmetric:
 * @h: n x n
 * @scale: n
 * @scaled: n x n: h_kl / (scale_k scale_l), with diagonal 1 where h's is 0
 */
void
smooth_i_scale_symmetric (const double *h, const double *scale, gint n, double *scaled)
{
  for (gint k = 0; k < n; k++)
    for (gint l = 0; l < n; l++)
      scaled[k * n + l] = k == l ? 1 : h[k * n + l] / (scale[k] * scale[l]);
}

static gboolean
fail (gint n, int info, GError **error)
{
  smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                    "the eigenvalues of the %d x %d matrix of the signatures cannot be found (LAPACK dsyev: %d)", n, n,
                    info);
  return FALSE;
}

/**
 * smooth_i_eigenvalue_range:
 * @matrix: n x n, symmetric
 *
 * O(n^3) time, n^2 doubles of workspace.
 */
gboolean
smooth_i_eigenvalue_range (const double *matrix, gint n, double *smallest, double *largest, GError **error)
{
  int size = n, lwork = 34 * n, info = 0;
  g_autofree double *copy = g_new (double, n * n);
  g_autofree double *values = g_new (double, n);
  g_autofree double *work = g_new (double, lwork);

  memcpy (copy, matrix, (gsize) (n * n) * sizeof (double));
  dsyev_ ("N", "L", &size, copy, &size, values, work, &lwork, &info, 1, 1);
  if (info != 0)
    return fail (n, info, error);
  *smallest = values[0];
  *largest = values[n - 1];
  return TRUE;
}

/**
 * smooth_i_pseudo_inverse:
 * @matrix: n x n, symmetric positive semidefinite
 * @inverse: (out): n x n
 *
 * Eigenvalues below 1e-12 of the largest one count as 0. O(n^3).
 */
gboolean
smooth_i_pseudo_inverse (const double *matrix, gint n, double *inverse, GError **error)
{
  int size = n, lwork = 34 * n, info = 0;
  g_autofree double *vectors = g_new (double, n * n);
  g_autofree double *values = g_new (double, n);
  g_autofree double *work = g_new (double, lwork);

  memcpy (vectors, matrix, (gsize) (n * n) * sizeof (double));
  dsyev_ ("V", "L", &size, vectors, &size, values, work, &lwork, &info, 1, 1);
  if (info != 0)
    return fail (n, info, error);
  memset (inverse, 0, (gsize) (n * n) * sizeof (double));
  for (gint e = 0; e < n; e++)
    for (gint k = 0; k < n && values[e] > 1e-12 * values[n - 1]; k++)
      for (gint l = 0; l < n; l++)
        inverse[k * n + l] += vectors[e * n + k] * vectors[e * n + l] / values[e];
  return TRUE;
}

/**
 * smooth_i_positive_image:
 * @h: n x n, rows of @stride, symmetric positive semidefinite with diagonal 1
 * @v: (out): n: H v is near 1 in every entry as far as H's rank allows it
 *
 * Solves (H + 1e-9) v = 1 by elimination. Whether H v is positive is for the caller to see.
 */
void
smooth_i_positive_image (const double *h, gint n, gint stride, double *v)
{
  g_autofree double *a = g_new (double, n * n);

  for (gint k = 0; k < n; k++)
    {
      for (gint l = 0; l < n; l++)
        a[k * n + l] = h[k * stride + l] + (k == l ? 1e-9 : 0);
      v[k] = 1;
    }
  for (gint k = 0; k < n; k++)
    for (gint i = k + 1; i < n; i++)
      {
        double factor = a[i * n + k] / a[k * n + k];
        for (gint l = k; l < n; l++)
          a[i * n + l] -= factor * a[k * n + l];
        v[i] -= factor * v[k];
      }
  for (gint k = n - 1; k >= 0; k--)
    {
      for (gint l = k + 1; l < n; l++)
        v[k] -= a[k * n + l] * v[l];
      v[k] /= a[k * n + k];
    }
}
