/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lanczos' iteration against LAPACK, against known spectra and at its edges. */
#include "linalg/lanczos.h"
#include "linalg/dense.h"

#include "base/error.h"

#include <math.h>

/* LAPACK; Fortran's interface */
extern void dsyev_ (const char *job, const char *triangle, const int *n, double *a, const int *lda, double *eigenvalues,
                    double *work, const int *n_work, int *info);

static void
apply_dense (const double *x, double *y, gpointer data)
{
  const SmoothMatrix *a = data;

  for (gint64 i = 0; i < a->n_rows; i++)
    {
      y[i] = 0.0;
      for (gint64 j = 0; j < a->n_cols; j++)
        y[i] += smooth_matrix_column (a, i)[j] * x[j];
    }
}

static void
test_against_lapack (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (gint repeat = 0; repeat < 40; repeat++)
    {
      int n = g_rand_int_range (rand, 1, 60), n_work = 4 * 60, info = 0;
      g_autoptr (SmoothMatrix) a = smooth_matrix_new (n, n, NULL);
      for (gint i = 0; i < n; i++)
        for (gint j = 0; j <= i; j++)
          if (repeat % 2 == 0 || g_rand_double (rand) < 0.1)
            a->values[i + j * n] = a->values[j + i * n] = g_rand_double_range (rand, -1, 2);

      SmoothSpectrum spectrum;
      g_autoptr (GError) error = NULL;
      smooth_i_lanczos (apply_dense, a, n, 300, 1e-12, &spectrum, NULL, &error);
      g_assert_no_error (error);

      g_autofree double *expected = g_new (double, n);
      g_autofree double *work = g_new (double, n_work);
      dsyev_ ("N", "U", &n, a->values, &n, expected, work, &n_work, &info);
      g_assert_cmpint (info, ==, 0);
      double scale = MAX (fabs (expected[0]), fabs (expected[n - 1]));
      g_assert_cmpfloat_with_epsilon (spectrum.min, expected[0], 1e-11 * scale);
      g_assert_cmpfloat_with_epsilon (spectrum.max, expected[n - 1], 1e-11 * scale);
    }
}

/* The Laplacian of a path of n points: eigenvalues 2 - 2 cos (pi k / n). */
static void
apply_path (const double *x, double *y, gpointer data)
{
  gint64 n = *(const gint64 *) data;

  for (gint64 i = 0; i < n; i++)
    y[i] = (i > 0 ? x[i] - x[i - 1] : 0.0) + (i < n - 1 ? x[i] - x[i + 1] : 0.0);
}

/* A dense end: the error that is claimed must hold, long before anything has converged. */
static void
test_error_holds (void)
{
  gint64 n = 20000;
  double largest = 2.0 - 2.0 * cos (G_PI * (double) (n - 1) / (double) n);

  for (gint steps = 5; steps <= 300; steps *= 2)
    {
      SmoothSpectrum spectrum;
      g_assert_true (smooth_i_lanczos (apply_path, &n, n, steps, 1e-9, &spectrum, NULL, NULL));
      g_assert_cmpint (spectrum.n_steps, ==, steps);
      g_assert_cmpfloat (spectrum.max, <=, largest + 1e-12);
      g_assert_cmpfloat (spectrum.max + spectrum.max_error, >=, largest - 1e-12);
      g_assert_cmpfloat (spectrum.min, >=, -1e-12);
      g_assert_cmpfloat (spectrum.min - spectrum.min_error, <=, 1e-12);
      g_assert_cmpfloat (spectrum.max_error, >, 0);
    }
}

static void
apply_multiple (const double *x, double *y, gpointer data)
{
  const double *factor = data;

  for (gint64 i = 0; i < 9; i++)
    y[i] = *factor * x[i];
}

/* The first vector spans an invariant space: one step is enough, and nothing is divided by zero. */
static void
test_multiples_of_identity (void)
{
  const double factors[] = { 0, 3, -2 };

  for (gsize i = 0; i < G_N_ELEMENTS (factors); i++)
    {
      double factor = factors[i];
      SmoothSpectrum spectrum;
      g_assert_true (smooth_i_lanczos (apply_multiple, &factor, 9, 50, 1e-9, &spectrum, NULL, NULL));
      g_assert_cmpfloat_with_epsilon (spectrum.min, factor, 1e-14);
      g_assert_cmpfloat_with_epsilon (spectrum.max, factor, 1e-14);
      g_assert_cmpfloat (spectrum.max_error, <, 1e-13);
    }
}

static void
test_cancel (void)
{
  gint64 n = 100;
  SmoothSpectrum spectrum;
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  smooth_run_cancel (run);
  g_assert_false (smooth_i_lanczos (apply_path, &n, n, 50, 1e-9, &spectrum, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lanczos/lapack", test_against_lapack);
  g_test_add_func ("/lanczos/error-holds", test_error_holds);
  g_test_add_func ("/lanczos/multiples-of-identity", test_multiples_of_identity);
  g_test_add_func ("/lanczos/cancel", test_cancel);
  return g_test_run ();
}
