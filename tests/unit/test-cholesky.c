/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the sparse Cholesky factor and of the selected inverse, against dense LAPACK. */
#include "base/error.h"
#include "base/isa.h"
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

static SmoothCholesky *
new_cholesky (const SmoothSparse *matrix, const double *coords)
{
  g_autoptr (SmoothSymbolic) symbolic = smooth_symbolic_new (matrix, coords, 2, NULL, NULL);

  return smooth_cholesky_new (symbolic);
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
  g_autoptr (SmoothSparse) found = smooth_cholesky_new_selected_inverse (cholesky, matrix, NULL, NULL);
  double *diagonal = smooth_cholesky_dup_inverse_diagonal (cholesky, NULL, NULL);

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
test_against_dense (gconstpointer with_places)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (gint repeat = 0; repeat < 12; repeat++)
    {
      gint64 n = g_rand_int_range (rand, 1, 400);
      g_autofree double *coords = g_new (double, 2 * n);
      g_autoptr (SmoothSparse) matrix = random_precision (rand, n, 0.99, 1.5 / sqrt ((double) n), coords);
      g_autoptr (SmoothCholesky) cholesky = new_cholesky (matrix, GPOINTER_TO_INT (with_places) ? coords : NULL);
      gboolean is_definite = FALSE;
      g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL, NULL));
      g_assert_true (is_definite);
      assert_inverse (cholesky, matrix);
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
  g_autoptr (SmoothCholesky) cholesky = new_cholesky (matrix, NULL);
  gboolean is_definite;

  for (gint64 i = 0; i < 3 * n; i++)
    x->values[i] = g_rand_double_range (rand, -1, 1);
  for (gint64 j = 0; j < 3; j++)
    smooth_sparse_multiply (matrix, smooth_matrix_column (x, j), smooth_matrix_column (b, j));
  g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL, NULL));
  g_assert_true (smooth_cholesky_solve (cholesky, b, NULL, NULL));
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
  g_autoptr (SmoothCholesky) cholesky = new_cholesky (matrix, NULL);

  for (gint repeat = 0; repeat < 3; repeat++)
    {
      gboolean is_definite = FALSE;
      g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL, NULL));
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
  g_autoptr (SmoothCholesky) cholesky = new_cholesky (matrix, NULL);
  SmoothLanes *lanes = smooth_i_try_alloc (n, sizeof (SmoothLanes), "lanes", NULL), forms;
  SmoothLanes *work = smooth_i_try_alloc (n, sizeof (SmoothLanes), "lanes", NULL);
  gboolean is_definite;

  g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL, NULL));
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
  g_assert_true (smooth_cholesky_solve (cholesky, x, NULL, NULL));
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
  g_autoptr (SmoothCholesky) cholesky = new_cholesky (matrix, NULL);
  g_autoptr (GError) error = NULL;
  gboolean is_definite = TRUE;

  g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL, &error));
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

/* Large enough for several threads, for nodes high up in the tree and for BLAS: any number of threads gives the same bits, with
 * every build of the kernels, and each variance is that of a solve. */
static void
test_threads (gconstpointer isa)
{
  gint side = 150;
  gint64 n = side * side;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autoptr (SmoothSparse) matrix = lattice_pattern (side, coords);
  g_autoptr (SmoothSymbolic) symbolic = smooth_symbolic_new (matrix, coords, 2, NULL, NULL);
  g_autoptr (SmoothMatrix) x = smooth_matrix_new (n, 3, NULL);
  double *first = NULL, determinant = 0.0;

  g_setenv ("SMOOTHSCOPE_ISA", isa, TRUE);
  for (gint n_threads = 1; n_threads <= 7; n_threads += 3)
    {
      g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
      g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (symbolic);
      gboolean is_definite = FALSE;
      g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, run, NULL));
      g_assert_true (is_definite);
      double *diagonal = smooth_cholesky_dup_inverse_diagonal (cholesky, run, NULL);
      g_autoptr (SmoothSparse) entries = smooth_cholesky_new_selected_inverse (cholesky, matrix, run, NULL);
      if (first == NULL)
        {
          first = g_steal_pointer (&diagonal);
          determinant = smooth_cholesky_get_log_determinant (cholesky);
          for (gint64 c = 0; c < 3; c++)
            smooth_matrix_column (x, c)[c * n / 3 + 17] = 1.0;
          g_assert_true (smooth_cholesky_solve (cholesky, x, run, NULL));
          for (gint64 c = 0; c < 3; c++)
            g_assert_cmpfloat_with_epsilon (smooth_matrix_column (x, c)[c * n / 3 + 17], first[c * n / 3 + 17], 1e-13);
        }
      else
        g_assert_true (memcmp (diagonal, first, (gsize) n * sizeof (double)) == 0
                       && smooth_cholesky_get_log_determinant (cholesky) == determinant);
      for (gint64 j = 0; j < n; j++)
        for (gint64 e = entries->starts[j]; e < entries->starts[j + 1]; e++)
          if (entries->rows[e] == j)
            g_assert_true (entries->values[e] == first[j]);
      smooth_i_free (diagonal);
    }
  g_unsetenv ("SMOOTHSCOPE_ISA");
  smooth_i_free (first);
}

/* A cancelled run ends in an error, and the factor can be made after all. */
static void
test_cancel (void)
{
  gint64 n = 40 * 40;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autoptr (SmoothSparse) matrix = lattice_pattern (40, coords);
  g_autoptr (SmoothCholesky) cholesky = new_cholesky (matrix, coords);
  g_autoptr (SmoothRun) run = smooth_run_new (2);
  g_autoptr (GError) error = NULL;
  gboolean is_definite = FALSE;

  smooth_run_cancel (run);
  g_assert_false (smooth_cholesky_factor (cholesky, matrix, &is_definite, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL, NULL) && is_definite);
  g_assert_null (smooth_cholesky_dup_inverse_diagonal (cholesky, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

/* Many spots without a neighbour, and pieces that do not touch: a forest, most of it of single nodes. */
static void
test_pieces (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  gint64 n = 400;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autoptr (SmoothSparse) matrix = random_precision (rand, n, 0.9, 0.03, coords);
  g_autoptr (SmoothSparse) empty = smooth_sparse_new (0, 0, 0, NULL);

  for (gint with_places = 0; with_places < 2; with_places++)
    {
      g_autoptr (SmoothCholesky) cholesky = new_cholesky (matrix, with_places ? coords : NULL);
      g_autoptr (SmoothCholesky) nothing = new_cholesky (empty, with_places ? coords : NULL);
      gboolean is_definite = FALSE;
      g_assert_true (smooth_cholesky_factor (cholesky, matrix, &is_definite, NULL, NULL) && is_definite);
      assert_inverse (cholesky, matrix);
      g_assert_true (smooth_cholesky_factor (nothing, empty, &is_definite, NULL, NULL) && is_definite);
      double *diagonal = smooth_cholesky_dup_inverse_diagonal (nothing, NULL, NULL);
      g_assert_nonnull (diagonal);
      smooth_i_free (diagonal);
    }
}

/* An analysis is found again by its pattern alone, whatever the values; the ones used last are kept. */
static void
test_analyses (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (10);
  g_autofree double *coords = g_new (double, 2 * 120), *other_coords = g_new (double, 2 * 120);
  g_autoptr (SmoothSparse) a = random_precision (rand, 120, 0.9, 0.2, coords);
  g_autoptr (SmoothSparse) b = random_precision (rand, 120, 0.9, 0.2, other_coords);
  g_autoptr (SmoothSymbolicCache) cache = smooth_symbolic_cache_new (coords, 120, 2, NULL);
  g_autoptr (SmoothSymbolic) first = smooth_symbolic_cache_get (cache, a, NULL, NULL, NULL);
  g_autofree gint32 *spots = g_new (gint32, 120);

  for (gint64 e = 0; e < smooth_sparse_get_nnz (a); e++)
    a->values[e] *= 2.0;
  for (gint32 size = 10; size < 16; size++)
    {
      g_autoptr (SmoothMatrix) dense = smooth_matrix_new (size, size, NULL);
      for (gint32 i = 0; i < size; i++)
        {
          spots[i] = 7 * i;
          smooth_matrix_column (dense, i)[i] = 1.0;
        }
      g_autoptr (SmoothSparse) part = smooth_sparse_new_from_dense (dense, NULL);
      g_autoptr (SmoothSymbolic) of_part = smooth_symbolic_cache_get (cache, part, spots, NULL, NULL);
      g_autoptr (SmoothSymbolic) again = smooth_symbolic_cache_get (cache, a, NULL, NULL, NULL);
      g_assert_true (again == first && of_part != first);
    }
  g_autoptr (SmoothSymbolic) second = smooth_symbolic_cache_get (cache, b, NULL, NULL, NULL);
  g_assert_true (second != first && smooth_i_symbolic_fits (second, b) && !smooth_i_symbolic_fits (first, b));
  g_autoptr (SmoothSymbolic) apart = smooth_symbolic_cache_make (cache, a, NULL, NULL, NULL);
  g_assert_true (apart != first && smooth_i_symbolic_fits (apart, a));
}

static void
test_order (void)
{
  gint64 n = 60 * 60;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autoptr (SmoothSparse) matrix = lattice_pattern (60, coords);
  gint32 *order = smooth_i_dissect (matrix, coords, 2, NULL, NULL);
  g_autofree gboolean *seen = g_new0 (gboolean, n);
  g_autoptr (SmoothSymbolic) geometric = smooth_symbolic_new (matrix, coords, 2, NULL, NULL);
  g_autoptr (SmoothSymbolic) minimum_degree = smooth_symbolic_new (matrix, NULL, 0, NULL, NULL);

  for (gint64 i = 0; i < n; i++)
    {
      g_assert_cmpint (order[i], >=, 0);
      g_assert_cmpint (order[i], <, n);
      g_assert_false (seen[order[i]]);
      seen[order[i]] = TRUE;
    }
  /* It is worth having: hardly more fill than minimum degree here, and less on larger ones. */
  g_assert_cmpint (smooth_symbolic_get_nnz (geometric), <=, smooth_symbolic_get_nnz (minimum_degree) * 11 / 10);
  smooth_i_free (order);
}

/* An analysis is given up where its run is cancelled, with an order by places and without. */
static void
test_cancel_analysis (void)
{
  g_autofree double *coords = g_new (double, 2 * 60 * 60);
  g_autoptr (SmoothSparse) matrix = lattice_pattern (60, coords);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) first = NULL, second = NULL, third = NULL;

  smooth_run_cancel (run);
  g_assert_null (smooth_i_dissect (matrix, coords, 2, run, &first));
  g_assert_error (first, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_assert_null (smooth_symbolic_new (matrix, coords, 2, run, &second));
  g_assert_error (second, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_assert_null (smooth_symbolic_new (matrix, NULL, 0, run, &third));
  g_assert_error (third, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cholesky/against-dense/minimum-degree", GINT_TO_POINTER (0), test_against_dense);
  g_test_add_data_func ("/cholesky/against-dense/dissected", GINT_TO_POINTER (1), test_against_dense);
  g_test_add_func ("/cholesky/solve", test_solve);
  g_test_add_func ("/cholesky/factor-again", test_factor_again);
  g_test_add_func ("/cholesky/indefinite", test_indefinite_is_an_outcome);
  g_test_add_func ("/cholesky/order", test_order);
  for (const char *const *isa = smooth_i_isa_list (); *isa != NULL; isa++)
    {
      g_autofree char *threads = g_strdup_printf ("/cholesky/threads/%s", *isa), *lanes = g_strdup_printf ("/cholesky/lanes/%s", *isa);
      g_test_add_data_func (threads, *isa, test_threads);
      g_test_add_data_func (lanes, *isa, test_lanes);
    }
  g_test_add_func ("/cholesky/cancel", test_cancel);
  g_test_add_func ("/cholesky/cancel-analysis", test_cancel_analysis);
  g_test_add_func ("/cholesky/pieces", test_pieces);
  g_test_add_func ("/cholesky/cache", test_analyses);
  return g_test_run ();
}
