/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of linalg/ against dense loops. */
#include "base/error.h"
#include "linalg/lu.h"
#include "linalg/matrix-pool.h"
#include "linalg/sparse.h"

#include <math.h>
#include <string.h>

/* A random matrix with about `density` non-zeros. */
static SmoothMatrix *
random_dense (GRand *rand, gint64 n_rows, gint64 n_cols, double density)
{
  SmoothMatrix *matrix = smooth_matrix_new (n_rows, n_cols, NULL);

  for (gint64 i = 0; i < n_rows * n_cols; i++)
    if (g_rand_double (rand) < density)
      matrix->values[i] = g_rand_double_range (rand, -1, 1);
  return matrix;
}

static void
assert_equals_dense (const SmoothSparse *sparse, const SmoothMatrix *dense)
{
  g_autoptr (SmoothMatrix) copy = smooth_matrix_new (sparse->n_rows, sparse->n_cols, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (smooth_sparse_check (sparse, &error));
  g_assert_no_error (error);
  for (gint64 j = 0; j < sparse->n_cols; j++)
    for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
      smooth_matrix_column (copy, j)[sparse->rows[e]] = sparse->values[e];
  g_assert_cmpint (dense->n_rows, ==, sparse->n_rows);
  g_assert_cmpint (dense->n_cols, ==, sparse->n_cols);
  for (gint64 i = 0; i < dense->n_rows * dense->n_cols; i++)
    g_assert_cmpfloat_with_epsilon (copy->values[i], dense->values[i], 1e-14);
}

static void
test_product_and_transpose (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (gint repeat = 0; repeat < 20; repeat++)
    {
      gint64 m = g_rand_int_range (rand, 1, 30), k = g_rand_int_range (rand, 1, 30), n = g_rand_int_range (rand, 1, 30);
      g_autoptr (SmoothMatrix) a = random_dense (rand, m, k, 0.2);
      g_autoptr (SmoothMatrix) b = random_dense (rand, k, n, 0.2);
      g_autoptr (SmoothMatrix) ab = smooth_matrix_new (m, n, NULL);
      g_autoptr (SmoothMatrix) at = smooth_matrix_new (k, m, NULL);
      for (gint64 i = 0; i < m; i++)
        for (gint64 l = 0; l < k; l++)
          {
            smooth_matrix_column (at, i)[l] = smooth_matrix_column (a, l)[i];
            for (gint64 j = 0; j < n; j++)
              smooth_matrix_column (ab, j)[i] += smooth_matrix_column (a, l)[i] * smooth_matrix_column (b, j)[l];
          }
      g_autoptr (SmoothSparse) sa = smooth_sparse_new_from_dense (a, NULL);
      g_autoptr (SmoothSparse) sb = smooth_sparse_new_from_dense (b, NULL);
      g_autoptr (SmoothSparse) product = smooth_sparse_new_product (sa, sb, NULL);
      g_autoptr (SmoothSparse) transpose = smooth_sparse_new_transpose (sa, NULL);
      assert_equals_dense (product, ab);
      assert_equals_dense (transpose, at);
    }
}

static void
test_triplets (void)
{
  const gint32 rows[] = { 2, 0, 2, 1, 0 };
  const gint32 cols[] = { 1, 0, 1, 1, 2 };
  const double values[] = { 1, 2, 3, 4, 5 };
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (3, 3, NULL);
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_triplets (3, 3, 5, rows, cols, values, NULL);
  g_autoptr (GError) error = NULL;

  for (gsize e = 0; e < G_N_ELEMENTS (rows); e++)
    smooth_matrix_column (dense, cols[e])[rows[e]] += values[e];
  assert_equals_dense (sparse, dense);
  g_assert_cmpint (smooth_sparse_get_nnz (sparse), ==, 4);
  for (gint64 j = 0; j < 3; j++)
    for (gint64 i = 0; i < 3; i++)
      {
        gint64 e = smooth_sparse_find (sparse, i, j);
        g_assert_true ((e >= 0) == (smooth_matrix_column (dense, j)[i] != 0.0));
        g_assert_true (e < 0 || (sparse->rows[e] == i && e >= sparse->starts[j] && e < sparse->starts[j + 1]));
      }

  g_assert_null (smooth_sparse_new_from_triplets (2, 3, 5, rows, cols, values, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

static void
test_check_refuses (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (3, 2, NULL);
  g_autoptr (GError) error = NULL;

  for (gint i = 0; i < 6; i++)
    dense->values[i] = i + 1;
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_dense (dense, NULL);
  sparse->values[3] = NAN;
  g_assert_false (smooth_sparse_check (sparse, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  sparse->rows[1] = 0;
  g_assert_false (smooth_sparse_check (sparse, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
}

static void
test_no_memory_is_an_error (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_matrix_new (G_MAXINT64 / 2, 8, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MEMORY);
}

/* A random sparse matrix of rows of very different size, solved both ways for one and for many right-hand sides. */
static void
test_lu (void)
{
  const gint64 n_sides[] = { 1, 7, 8, 19 }, n = 60;
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothMatrix) dense = random_dense (rand, n, n, 0.1);

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      smooth_matrix_column (dense, j)[i] = (smooth_matrix_column (dense, j)[i] + 2 * (i == (j + 5) % n)) * pow (10, (double) (i % 3) - 1);
  g_autoptr (SmoothSparse) a = smooth_sparse_new_from_dense (dense, &error);
  g_autoptr (SmoothLu) lu = smooth_lu_new (a, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothLuWork) work = smooth_lu_work_new (lu, &error);
  g_assert_true (smooth_lu_get_matrix (lu) == a);
  g_assert_cmpfloat (smooth_lu_get_rcond (lu), >, 1e-4);

  for (gsize s = 0; s < G_N_ELEMENTS (n_sides); s++)
    for (gint transposed = 0; transposed <= 1; transposed++)
      {
        g_autoptr (SmoothMatrix) x = random_dense (rand, n_sides[s], n, 1);
        g_autoptr (SmoothMatrix) b = smooth_matrix_new (n_sides[s], n, NULL);
        g_autofree double *one = g_new (double, n), *solution = g_new (double, n);
        for (gint64 i = 0; i < n; i++)
          for (gint64 j = 0; j < n; j++)
            for (gint64 k = 0; k < n_sides[s]; k++)
              smooth_matrix_column (b, i)[k]
                  += (transposed ? smooth_matrix_column (dense, i)[j] : smooth_matrix_column (dense, j)[i]) * smooth_matrix_column (x, j)[k];
        for (gint64 k = 0; k < n_sides[s]; k++)
          {
            for (gint64 i = 0; i < n; i++)
              one[i] = smooth_matrix_column (b, i)[k];
            smooth_lu_solve (lu, transposed, one, solution, work);
            for (gint64 i = 0; i < n; i++)
              g_assert_cmpfloat_with_epsilon (solution[i], smooth_matrix_column (x, i)[k], 1e-10);
          }
        for (gint64 first = 0; first < n_sides[s]; first += SMOOTH_LU_LANES)
          smooth_lu_solve_many (lu, transposed, n_sides[s], b->values, first, b->values, work);
        for (gint64 e = 0; e < n_sides[s] * n; e++)
          g_assert_cmpfloat_with_epsilon (b->values[e], x->values[e], 1e-10);
      }

  for (gint64 j = 0; j < n; j++)
    smooth_matrix_column (dense, j)[4] = 0;
  g_autoptr (SmoothSparse) singular = smooth_sparse_new_from_dense (dense, NULL);
  g_assert_null (smooth_lu_new (singular, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC);
}

/* Empty columns before, between and behind those that are there; nothing else changes. */
static void
test_spread (void)
{
  static const gint32 places[] = { 1, 2, 5 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (SmoothMatrix) dense = random_dense (rand, 6, 3, 0.5);
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_dense (dense, NULL);
  g_autoptr (SmoothMatrix) wide = smooth_matrix_new (6, 7, NULL);

  for (gint j = 0; j < 3; j++)
    memcpy (smooth_matrix_column (wide, places[j]), smooth_matrix_column (dense, j), 6 * sizeof (double));
  g_autoptr (SmoothSparse) expected = smooth_sparse_new_from_dense (wide, NULL);
  g_assert_true (smooth_i_sparse_spread (sparse, places, 7, NULL));
  g_assert_true (smooth_sparse_check (sparse, NULL));
  g_assert_cmpint (sparse->n_cols, ==, 7);
  g_assert_true (smooth_i_sparse_same_pattern (sparse, expected));
  g_assert_true (memcmp (sparse->values, expected->values, (gsize) smooth_sparse_get_nnz (expected) * sizeof (double)) == 0);
}

/* Memory is used again where nobody else holds it, and never else. */
static void
test_matrix_pool (void)
{
  SmoothMatrixPool pool = { 0 };
  SmoothMatrix *held[SMOOTH_POOLED_MATRICES + 2];
  gint n = G_N_ELEMENTS (held);

  for (gint i = 0; i < n; i++)
    {
      held[i] = smooth_i_matrix_pool_get (&pool, 3, 5, NULL);
      for (gint e = 0; e < 15; e++)
        held[i]->values[e] = i;
    }
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < i; j++)
      g_assert_true (held[i] != held[j] && held[i]->values != held[j]->values);

  SmoothMatrix *last = held[n - 1];
  smooth_matrix_unref (last);
  g_autoptr (SmoothMatrix) other = smooth_i_matrix_pool_get (&pool, 5, 3, NULL);
  g_assert_true (other != last);
  g_assert_cmpint (other->n_rows, ==, 5);
  held[n - 1] = smooth_i_matrix_pool_get (&pool, 3, 5, NULL);
  g_assert_true (held[n - 1] == last);

  smooth_i_matrix_pool_clear (&pool);
  for (gint i = 0; i < n; i++)
    {
      g_assert_cmpfloat (held[i]->values[14], ==, i);
      smooth_matrix_unref (held[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/linalg/product-and-transpose", test_product_and_transpose);
  g_test_add_func ("/linalg/triplets", test_triplets);
  g_test_add_func ("/linalg/check", test_check_refuses);
  g_test_add_func ("/linalg/lu", test_lu);
  g_test_add_func ("/linalg/spread", test_spread);
  g_test_add_func ("/linalg/matrix-pool", test_matrix_pool);
  g_test_add_func ("/linalg/no-memory", test_no_memory_is_an_error);
  return g_test_run ();
}
