/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the sparse Cholesky factor and of the selected inverse, against dense LAPACK. */
#include "linalg/blas.h"
#include "linalg/cholesky.h"
#include "linalg/dissect.h"
#include "linalg/lanes.h"

#include <math.h>
#include <string.h>

/* D - rho W of a random graph of points near each other, scaled by random weights. */
static SmoothSparse *
random_precision (GRand *rand, gint64 n, double rho, double radius, double *coords)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (n, n, NULL);

  for (gint64 i = 0; i < 2 * n; i++)
    coords[i] = g_rand_double (rand);
  for (gint64 i = 0; i < n; i++)
    {
      smooth_matrix_column (dense, i)[i] += 0.1;
      for (gint64 j = 0; j < i; j++)
        {
          double w = g_rand_double_range (rand, 0.5, 1.0);
          if (hypot (coords[2 * i] - coords[2 * j], coords[2 * i + 1] - coords[2 * j + 1]) > radius)
            continue;
          smooth_matrix_column (dense, i)[j] = smooth_matrix_column (dense, j)[i] = -rho * w;
          smooth_matrix_column (dense, i)[i] += w;
          smooth_matrix_column (dense, j)[j] += w;
        }
    }
  return smooth_sparse_new_from_dense (dense, NULL);
}

static SmoothMatrix *
dense_inverse (const SmoothSparse *sparse, double *log_determinant)
{
  gint64 n = sparse->n_cols;
  SmoothMatrix *a = smooth_matrix_new (n, n, NULL);
  int order = (int) n, info;

  for (gint64 j = 0; j < n; j++)
    for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
      smooth_matrix_column (a, j)[sparse->rows[e]] = sparse->values[e];
  dpotrf_ ("L", &order, a->values, &order, &info);
  g_assert_cmpint (info, ==, 0);
  *log_determinant = 0.0;
  for (gint64 i = 0; i < n; i++)
    *log_determinant += 2.0 * log (smooth_matrix_column (a, i)[i]);
  dpotri_ ("L", &order, a->values, &order, &info);
  g_assert_cmpint (info, ==, 0);
  for (gint64 j = 0; j < n; j++)
    for (gint64 i = 0; i < j; i++)
      smooth_matrix_column (a, j)[i] = smooth_matrix_column (a, i)[j];
  return a;
}

static void
assert_inverse (SmoothCholesky *cholesky, const SmoothSparse *matrix)
{
  gint64 n = matrix->n_cols;
  double log_determinant;
  g_autoptr (SmoothMatrix) expected = dense_inverse (matrix, &log_determinant);
  g_autoptr (SmoothSparse) found = smooth_cholesky_new_selected_inverse (cholesky, matrix, NULL);
  double *diagonal = smooth_cholesky_dup_inverse_diagonal (cholesky, NULL);

  g_assert_cmpfloat_with_epsilon (smooth_cholesky_get_log_determinant (cholesky), log_determinant, 1e-9 * (1.0 + fabs (log_determinant)));
  for (gint64 j = 0; j < n; j++)
    {
      const double *column = smooth_matrix_column (expected, j);
      g_assert_cmpfloat_with_epsilon (diagonal[j], column[j], 1e-11 * column[j]);
      for (gint64 e = found->starts[j]; e < found->starts[j + 1]; e++)
        g_assert_cmpfloat_with_epsilon (found->values[e], column[found->rows[e]], 1e-11 * column[j]);
    }
  smooth_i_free (diagonal);
}

static void
test_against_dense (gconstpointer with_order)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (gint repeat = 0; repeat < 12; repeat++)
    {
      gint64 n = g_rand_int_range (rand, 1, 400);
      g_autofree double *coords = g_new (double, 2 * n);
      g_autoptr (SmoothSparse) matrix = random_precision (rand, n, 0.99, 1.5 / sqrt ((double) n), coords);
      gint32 *order = GPOINTER_TO_INT (with_order) ? smooth_i_dissect (matrix, coords, 2, NULL) : NULL;
      g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (matrix, order, NULL);
      gboolean is_definite = FALSE;
      g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL));
      g_assert_true (is_definite);
      assert_inverse (cholesky, matrix);
      smooth_i_free (order);
    }
}

static void
test_solve (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  gint64 n = 300;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autoptr (SmoothSparse) matrix = random_precision (rand, n, 0.9, 0.1, coords);
  g_autoptr (SmoothMatrix) x = smooth_matrix_new (n, 3, NULL);
  g_autoptr (SmoothMatrix) b = smooth_matrix_new (n, 3, NULL);
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (matrix, NULL, NULL);
  gboolean is_definite;

  for (gint64 i = 0; i < 3 * n; i++)
    x->values[i] = g_rand_double_range (rand, -1, 1);
  for (gint64 j = 0; j < 3; j++)
    smooth_sparse_multiply (matrix, smooth_matrix_column (x, j), smooth_matrix_column (b, j));
  g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL));
  g_assert_true (smooth_cholesky_solve (cholesky, b, NULL));
  for (gint64 i = 0; i < 3 * n; i++)
    g_assert_cmpfloat_with_epsilon (b->values[i], x->values[i], 1e-11);
}

/* One analysis serves many matrices: what was inverted before must not be handed out again. */
static void
test_factor_again (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  gint64 n = 200;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autoptr (SmoothSparse) matrix = random_precision (rand, n, 0.9, 0.1, coords);
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (matrix, NULL, NULL);

  for (gint repeat = 0; repeat < 3; repeat++)
    {
      gboolean is_definite = FALSE;
      g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL));
      g_assert_true (is_definite);
      assert_inverse (cholesky, matrix);
      for (gint64 j = 0; j < n; j++)
        for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1]; e++)
          matrix->values[e] *= matrix->rows[e] == j ? 1.5 : 0.75;
    }
}

/* Eight right-hand sides at once, with every build of the kernels: the same as one by one; so are their quadratic forms. */
static void
test_lanes (gconstpointer isa)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  gint64 n = 301;
  g_autofree double *coords = g_new (double, 2 * n), *product = g_new (double, n);
  g_autoptr (SmoothSparse) matrix = random_precision (rand, n, 0.9, 0.15, coords);
  g_autoptr (SmoothMatrix) x = smooth_matrix_new (n, SMOOTH_LANES, NULL);
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (matrix, NULL, NULL);
  SmoothLanes *lanes = smooth_i_try_alloc (n, sizeof (SmoothLanes), "lanes", NULL), forms;
  SmoothLanes *work = smooth_i_try_alloc (n, sizeof (SmoothLanes), "lanes", NULL);
  gboolean is_definite;

  g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL));
  for (gint64 i = 0; i < n * SMOOTH_LANES; i++)
    x->values[i] = g_rand_double_range (rand, -1, 1);
  for (gint64 i = 0; i < n * SMOOTH_LANES; i++)
    lanes[i % n][i / n] = x->values[i];
  g_setenv ("SMOOTHSCOPE_ISA", isa, TRUE);
  smooth_i_lanes_measure (matrix, lanes, forms);
  smooth_i_lanes_solve (cholesky, lanes, work);
  g_unsetenv ("SMOOTHSCOPE_ISA");
  for (gint64 l = 0; l < SMOOTH_LANES; l++)
    {
      double form = 0.0;
      smooth_sparse_multiply (matrix, smooth_matrix_column (x, l), product);
      for (gint64 i = 0; i < n; i++)
        form += product[i] * smooth_matrix_column (x, l)[i];
      g_assert_cmpfloat_with_epsilon (forms[l], form, 1e-13 * form);
    }
  g_assert_true (smooth_cholesky_solve (cholesky, x, NULL));
  for (gint64 i = 0; i < n * SMOOTH_LANES; i++)
    g_assert_cmpfloat_with_epsilon (lanes[i % n][i / n], x->values[i], 1e-12);
  smooth_i_free (lanes);
  smooth_i_free (work);
}

static void
test_indefinite_is_an_outcome (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autofree double *coords = g_new (double, 100);
  g_autoptr (SmoothSparse) matrix = random_precision (rand, 50, 3.0, 0.3, coords);
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (matrix, NULL, NULL);
  g_autoptr (GError) error = NULL;
  gboolean is_definite = TRUE;

  g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, &error));
  g_assert_no_error (error);
  g_assert_false (is_definite);
}

/* A square lattice of side x side points, eight neighbours each. */
static SmoothSparse *
lattice_pattern (gint side, double *coords)
{
  g_autofree gint32 *rows = g_new (gint32, 9 * side * side);
  g_autofree gint32 *cols = g_new (gint32, 9 * side * side);
  g_autofree double *values = g_new (double, 9 * side * side);
  gint64 nnz = 0;

  for (gint32 i = 0; i < side * side; i++)
    {
      coords[2 * i] = i % side;
      coords[2 * i + 1] = i / side;
      for (gint dy = -1; dy <= 1; dy++)
        for (gint dx = -1; dx <= 1; dx++)
          {
            gint x = i % side + dx, y = i / side + dy;
            gint32 j = y * side + x;
            if (x < 0 || y < 0 || x >= side || y >= side)
              continue;
            rows[nnz] = j;
            cols[nnz] = i;
            values[nnz++] = i == j ? 9.0 : -1.0;
          }
    }
  return smooth_sparse_new_from_triplets (side * side, side * side, nnz, rows, cols, values, NULL);
}

static void
test_order (void)
{
  gint64 n = 60 * 60;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autoptr (SmoothSparse) matrix = lattice_pattern (60, coords);
  gint32 *order = smooth_i_dissect (matrix, coords, 2, NULL);
  g_autofree gboolean *seen = g_new0 (gboolean, n);
  g_autoptr (SmoothCholesky) geometric = smooth_cholesky_new (matrix, order, NULL);
  g_autoptr (SmoothCholesky) minimum_degree = smooth_cholesky_new (matrix, NULL, NULL);

  for (gint64 i = 0; i < n; i++)
    {
      g_assert_cmpint (order[i], >=, 0);
      g_assert_cmpint (order[i], <, n);
      g_assert_false (seen[order[i]]);
      seen[order[i]] = TRUE;
    }
  /* It is worth having: hardly more fill than minimum degree here, and less on larger ones. */
  g_assert_cmpint (smooth_cholesky_get_nnz (geometric), <=, smooth_cholesky_get_nnz (minimum_degree) * 11 / 10);
  smooth_i_free (order);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cholesky/against-dense/minimum-degree", GINT_TO_POINTER (0), test_against_dense);
  g_test_add_data_func ("/cholesky/against-dense/dissected", GINT_TO_POINTER (1), test_against_dense);
  g_test_add_func ("/cholesky/solve", test_solve);
  g_test_add_func ("/cholesky/factor-again", test_factor_again);
  g_test_add_data_func ("/cholesky/lanes/baseline", "baseline", test_lanes);
  g_test_add_data_func ("/cholesky/lanes/v3", "v3", test_lanes);
  g_test_add_data_func ("/cholesky/lanes/avx512", "avx512", test_lanes);
  g_test_add_func ("/cholesky/indefinite", test_indefinite_is_an_outcome);
  g_test_add_func ("/cholesky/order", test_order);
  return g_test_run ();
}
