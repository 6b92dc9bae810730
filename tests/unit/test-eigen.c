/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the largest eigenvalues of dense matrices: matrices made backwards from a known spectrum, residuals recomputed. */
#include "base/error.h"
#include "base/rng.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

/* H diag (values) H for a Householder reflection H = I - 2 v v^T, twice with different v. */
static SmoothMatrix *
make_matrix (const double *values, gint64 n, guint64 seed)
{
  SmoothMatrix *a = smooth_matrix_new (n, n, NULL);
  g_autofree double *v = g_new (double, n);
  g_autofree double *y = g_new (double, n);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  for (gint64 i = 0; i < n; i++)
    a->values[i + i * n] = values[i];
  for (gint pass = 0; pass < 2; pass++)
    {
      double norm = 0.0;
      for (gint64 i = 0; i < n; i++)
        {
          v[i] = smooth_i_rng_normal (&rng);
          norm += v[i] * v[i];
        }
      for (gint64 i = 0; i < n; i++)
        v[i] /= sqrt (norm);
      for (gint side = 0; side < 2; side++)
        for (gint64 j = 0; j < n; j++)
          {
            double dot = 0.0;
            gint64 step = side ? 1 : n, start = side ? j * n : j;
            for (gint64 i = 0; i < n; i++)
              dot += v[i] * a->values[start + i * step];
            for (gint64 i = 0; i < n; i++)
              a->values[start + i * step] -= 2.0 * dot * v[i];
          }
    }
  return a;
}

static int
compare_falling (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x < y) - (x > y);
}

/* |A u - theta u| and orthonormality, by plain loops. */
static void
check_pairs (const SmoothMatrix *a, const double *values, const SmoothMatrix *u, double scale)
{
  gint64 n = a->n_rows;

  for (gint64 k = 0; k < u->n_cols; k++)
    {
      for (gint64 i = 0; i < n; i++)
        {
          double sum = -values[k] * smooth_matrix_column (u, k)[i];
          for (gint64 j = 0; j < n; j++)
            sum += a->values[MAX (i, j) + MIN (i, j) * n] * smooth_matrix_column (u, k)[j];
          g_assert_cmpfloat (fabs (sum), <=, 1e-12 * scale);
        }
      for (gint64 l = 0; l <= k; l++)
        {
          double dot = 0.0;
          for (gint64 i = 0; i < n; i++)
            dot += smooth_matrix_column (u, k)[i] * smooth_matrix_column (u, l)[i];
          g_assert_cmpfloat (fabs (dot - (k == l)), <=, 1e-12);
        }
    }
}

static void
check_spectrum (double *values, gint64 n, gint64 n_wanted)
{
  double scale = 0.0;
  gint64 n_positive = 0, found_positive = -1;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothMatrix) a = make_matrix (values, n, 1);
  g_autoptr (SmoothMatrix) copy = smooth_matrix_new_from_values (n, n, a->values, NULL);
  g_autoptr (SmoothMatrix) vectors = smooth_matrix_new (n, MAX (n_wanted - 1, 1), NULL);
  g_autofree double *found = g_new (double, n_wanted);

  qsort (values, (gsize) n, sizeof (double), compare_falling);
  for (gint64 i = 0; i < n; i++)
    {
      scale = MAX (scale, fabs (values[i]));
      n_positive += values[i] > 0.0;
    }
  for (gint64 j = 0; j < n; j++)
    for (gint64 i = 0; i < j; i++)
      copy->values[i + j * n] = NAN; /* the upper triangle is not to be looked at */
  g_assert_true (smooth_i_eigen_top (copy, n_wanted, found, vectors, &found_positive, NULL, &error));
  g_assert_no_error (error);
  for (gint64 k = 0; k < n_wanted; k++)
    g_assert_cmpfloat (fabs (found[k] - values[k]), <=, 1e-13 * scale * sqrt ((double) n));
  g_assert_cmpint (found_positive, ==, n_positive);
  check_pairs (a, found, vectors, scale);
}

static void
test_spectra (void)
{
  static const gint64 sizes[] = { 1, 2, 3, 40, 64, 65, 97, 300, 600 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      gint64 n = sizes[s];
      g_autofree double *values = g_new (double, n);
      for (gint64 i = 0; i < n; i++)
        values[i] = 3.03 - 5.0 * (double) i / (double) n;
      check_spectrum (values, n, MIN (n, 11));
      for (gint64 i = 0; i < n; i++) /* a long tail below, wanted ones that are close */
        values[i] = i < 20 ? 1.0 - 1e-4 * (double) i : -pow (10.0, 5.0 * (double) i / (double) n);
      check_spectrum (values, n, MIN (n, 11));
      for (gint64 i = 0; i < n; i++) /* multiple ones */
        values[i] = i < n / 2 ? 2.0 : -1.0;
      check_spectrum (values, n, MIN (n, 11));
    }
}

static void
test_all (void)
{
  double values[50];

  for (gint i = 0; i < 50; i++)
    values[i] = sin (i + 0.5);
  check_spectrum (values, 50, 50);
}

static void
test_threads (void)
{
  g_autofree double *values = g_new (double, 700);
  g_autoptr (SmoothMatrix) first = NULL;

  for (gint i = 0; i < 700; i++)
    values[i] = cos (i);
  g_autoptr (SmoothMatrix) a = make_matrix (values, 700, 2);
  for (gint n_threads = 1; n_threads <= 5; n_threads += 2)
    {
      double found[5];
      g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
      g_autoptr (SmoothMatrix) copy = smooth_matrix_new_from_values (700, 700, a->values, NULL);
      g_autoptr (SmoothMatrix) vectors = smooth_matrix_new (700, 5, NULL);
      g_assert_true (smooth_i_eigen_top (copy, 5, found, vectors, NULL, run, NULL));
      if (first == NULL)
        first = smooth_matrix_ref (vectors);
      g_assert_cmpmem (first->values, 3500 * sizeof (double), vectors->values, 3500 * sizeof (double));
    }
}

static void
test_cancelled (void)
{
  g_autofree double *values = g_new0 (double, 200);
  double found[1];
  g_autoptr (SmoothMatrix) a = make_matrix (values, 200, 2);
  g_autoptr (SmoothMatrix) vectors = smooth_matrix_new (200, 1, NULL);
  g_autoptr (SmoothRun) run = smooth_run_new (2);
  g_autoptr (GError) error = NULL;

  smooth_run_cancel (run);
  g_assert_false (smooth_i_eigen_top (a, 1, found, vectors, NULL, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/eigen/spectra", test_spectra);
  g_test_add_func ("/eigen/all", test_all);
  g_test_add_func ("/eigen/threads", test_threads);
  g_test_add_func ("/eigen/cancelled", test_cancelled);
  return g_test_run ();
}
