/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The largest eigenvalues and eigenvectors of a symmetric operator, by Lanczos' iteration with full reorthogonalisation.
 *
 *     A V_m = V_m T_m + beta_m v_(m+1) e_m^T,   T_m s = theta s:   |A (V s) - theta (V s)| = beta_m |s_m|
 *
 * Every new vector is made orthogonal to all before it, twice, so that no eigenvalue comes more than once and each pair is known
 * to its residual. Where an invariant subspace is exhausted the iteration goes on from a new start. Cheap where few pairs at a
 * well separated end are wanted; memory n m doubles. Source: Lanczos (1950); Parlett, The Symmetric Eigenvalue Problem.
 */
#include "linalg/lanczos.h"

#include "base/error.h"
#include "base/rng.h"
#include "linalg/blas.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#define CHECK_EVERY 8

void dstev_ (const char *job, const int *n, double *d, double *e, double *z, const int *ldz, double *work, int *info, gsize job_length);

typedef struct
{
  SmoothApplyFunc apply;
  gpointer data;
  gint64 n, n_wanted, max_steps;
  double tolerance;
  SmoothMatrix *basis;  /* n x (max_steps + 1) */
  double *alpha, *beta; /* max_steps */
  double *values;       /* max_steps: of T, rising */
  SmoothMatrix *s;      /* max_steps x max_steps: its vectors */
  SmoothRng rng;
} Lanczos;

static void
orthogonalise (Lanczos *lanczos, double *w, gint64 n_basis)
{
  g_autofree double *along = g_new (double, MAX (n_basis, 1));
  int n = (int) lanczos->n, m = (int) n_basis;

  for (gint pass = 0; pass < 2 && m > 0; pass++)
    {
      cblas_dgemv (CblasColMajor, CblasTrans, n, m, 1.0, lanczos->basis->values, n, w, 1, 0.0, along, 1);
      cblas_dgemv (CblasColMajor, CblasNoTrans, n, m, -1.0, lanczos->basis->values, n, along, 1, 1.0, w, 1);
    }
}

/* A unit vector orthogonal to the first n_basis ones; FALSE where these span everything. */
static gboolean
start_anew (Lanczos *lanczos, gint64 n_basis)
{
  double *v = smooth_matrix_column (lanczos->basis, n_basis);

  if (n_basis >= lanczos->n)
    return FALSE;
  for (gint64 i = 0; i < lanczos->n; i++)
    v[i] = smooth_i_rng_normal (&lanczos->rng);
  double before = cblas_dnrm2 ((int) lanczos->n, v, 1);
  orthogonalise (lanczos, v, n_basis);
  double norm = cblas_dnrm2 ((int) lanczos->n, v, 1);
  if (!(norm > 1e-10 * before))
    return FALSE;
  cblas_dscal ((int) lanczos->n, 1.0 / norm, v, 1);
  return TRUE;
}

/* Values and vectors of T after m steps. */
static gboolean
solve_tridiagonal (Lanczos *lanczos, gint64 m, GError **error)
{
  int size = (int) m, ld = (int) lanczos->max_steps, info = 0;
  g_autofree double *e = g_new (double, MAX (m, 1));
  g_autofree double *work = g_new (double, MAX (2 * m, 1));

  memcpy (lanczos->values, lanczos->alpha, (gsize) m * sizeof (double));
  memcpy (e, lanczos->beta, (gsize) m * sizeof (double));
  dstev_ ("V", &size, lanczos->values, e, lanczos->s->values, &ld, work, &info, 1);
  if (info == 0)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                    "the eigenvalues of a %d x %d tridiagonal matrix cannot be found (LAPACK dstev: %d)", size, size, info);
  return FALSE;
}

/* Whether the wanted pairs at the upper end are good, from the last row of the vectors. */
static gboolean
is_converged (const Lanczos *lanczos, gint64 m)
{
  double largest = MAX (fabs (lanczos->values[m - 1]), fabs (lanczos->values[0]));

  for (gint64 k = 0; k < lanczos->n_wanted; k++)
    if (lanczos->beta[m - 1] * fabs (smooth_matrix_column (lanczos->s, m - 1 - k)[m - 1]) > lanczos->tolerance * largest)
      return FALSE;
  return TRUE;
}

/* Returns: the number of steps made, -1 with @error. */
static gint64
iterate (Lanczos *lanczos, SmoothRun *run, GError **error)
{
  int n = (int) lanczos->n;

  start_anew (lanczos, 0);
  for (gint64 m = 1; m <= lanczos->max_steps; m++)
    {
      double *v = smooth_matrix_column (lanczos->basis, m - 1), *w = smooth_matrix_column (lanczos->basis, m);
      if (!smooth_run_check (run, error))
        return -1;
      lanczos->apply (v, w, lanczos->data);
      lanczos->alpha[m - 1] = cblas_ddot (n, v, 1, w, 1);
      double before = cblas_dnrm2 (n, w, 1);
      orthogonalise (lanczos, w, m);
      double norm = cblas_dnrm2 (n, w, 1);
      gboolean is_exhausted = !(norm > 1e-14 * before);
      lanczos->beta[m - 1] = is_exhausted ? 0.0 : norm;
      if (!is_exhausted)
        cblas_dscal (n, 1.0 / norm, w, 1);
      gboolean is_last = m == lanczos->max_steps || (is_exhausted && !start_anew (lanczos, m));
      if (!is_last && (m < lanczos->n_wanted || m % CHECK_EVERY != 0))
        continue;
      if (!solve_tridiagonal (lanczos, m, error))
        return -1;
      if (is_last || is_converged (lanczos, m))
        return m;
    }
  return lanczos->max_steps;
}

/**
 * smooth_i_lanczos_top:
 * @n: size of the operator, which is symmetric
 * @n_wanted: 1 .. n
 * @tolerance: on residuals, relative to the largest eigenvalue
 * @values: (out): n_wanted: falling
 * @vectors: n x n_wanted: orthonormal
 * @n_found: (out): how many pairs meet the tolerance; n_wanted where all is well
 *
 * Starts from fixed random numbers: the same operator gives the same bits. Up to 20 n_wanted + 300 products, n at most.
 */
gboolean
smooth_i_lanczos_top (SmoothApplyFunc apply, gpointer data, gint64 n, gint64 n_wanted, double tolerance, double *values,
                      SmoothMatrix *vectors, gint64 *n_found, SmoothRun *run, GError **error)
{
  gint64 max_steps = MIN (n, 20 * n_wanted + 300);
  g_autoptr (SmoothMatrix) basis = smooth_matrix_new (n, max_steps + 1, error);
  g_autoptr (SmoothMatrix) s = basis != NULL ? smooth_matrix_new (max_steps, max_steps, error) : NULL;
  g_autofree double *scratch = g_new0 (double, 3 * max_steps);
  Lanczos lanczos = { apply, data, n, n_wanted, max_steps, tolerance, basis, scratch, scratch + max_steps, scratch + 2 * max_steps, s };

  if (s == NULL)
    return FALSE;
  smooth_i_blas_init ();
  smooth_i_rng_init (&lanczos.rng, 20, 0);
  gint64 m = iterate (&lanczos, run, error);
  if (m < 0)
    return FALSE;
  *n_found = 0;
  double largest = MAX (fabs (lanczos.values[m - 1]), fabs (lanczos.values[0]));
  for (gint64 k = 0; k < n_wanted; k++)
    {
      const double *column = smooth_matrix_column (s, m - 1 - k);
      values[k] = lanczos.values[m - 1 - k];
      cblas_dgemv (CblasColMajor, CblasNoTrans, (int) n, (int) m, 1.0, basis->values, (int) n, column, 1, 0.0,
                   smooth_matrix_column (vectors, k), 1);
      *n_found += lanczos.beta[m - 1] * fabs (column[m - 1]) <= tolerance * largest;
    }
  return TRUE;
}
