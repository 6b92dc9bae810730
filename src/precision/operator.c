/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prior as an operator: products with Q, whether it is a matrix or, for SMA, solves with sparse factors.
 *
 *     SMA  Q = (A A^T)^-1,  A = I + rho W;   Q x = A^-T (A^-1 x),   x^T Q x = |A^-1 x|^2
 *
 * Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "precision/precision-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/cholesky.h"

#include <math.h>

/* Workspaces of solves are one a thread. */
#define MAX_THREADS 8

gboolean
smooth_precision_is_explicit (const SmoothPrecision *precision)
{
  return precision->symmetric != NULL;
}

/**
 * smooth_precision_check_explicit:
 * @what: who asks, at the start of a sentence: "imputation"
 *
 * Returns: FALSE with @error set where Q is not there as a matrix
 */
gboolean
smooth_precision_check_explicit (const SmoothPrecision *precision, const char *what, GError **error)
{
  if (smooth_precision_is_explicit (precision))
    return TRUE;
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE,
               "%s: needs the entries of the precision matrix, which the prior sma does not have: expected icar, car, sar or isar", what);
  return FALSE;
}

typedef struct
{
  const SmoothPrecision *precision;
  const SmoothMatrix *x;
  SmoothMatrix *y;
  SmoothLuWork *work[MAX_THREADS];
} Product;

static void
multiply_block (gint64 block, gint worker, gpointer data)
{
  const Product *product = data;
  const SmoothSparse *q = product->precision->symmetric;
  gint64 last = MIN ((block + 1) * SMOOTH_COLUMN_BLOCK, q->n_cols), n_rows = product->x->n_rows;

  (void) worker;
  for (gint64 i = block * SMOOTH_COLUMN_BLOCK; i < last; i++)
    {
      double *y = smooth_matrix_column (product->y, i);
      for (gint64 k = 0; k < n_rows; k++)
        y[k] = 0.0;
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        {
          const double *x = smooth_matrix_column (product->x, q->rows[e]);
          for (gint64 k = 0; k < n_rows; k++)
            y[k] += q->values[e] * x[k];
        }
    }
}

/* Some rows of y = Q x. */
static void
solve_rows (gint64 block, gint worker, gpointer data)
{
  const Product *product = data;
  const SmoothLu *factor = product->precision->factor;
  gint64 n_rows = product->x->n_rows, first = block * SMOOTH_LU_LANES;
  double *y = product->y->values;

  smooth_lu_solve_many (factor, FALSE, n_rows, product->x->values, first, y, product->work[worker]);
  smooth_lu_solve_many (factor, TRUE, n_rows, y, first, y, product->work[worker]);
}

static gboolean
solve (Product *product, gint n_threads, GError **error)
{
  gint64 n_blocks = (product->x->n_rows + SMOOTH_LU_LANES - 1) / SMOOTH_LU_LANES;
  gint n_workers = (gint) CLAMP (n_blocks, 1, MIN (n_threads, MAX_THREADS));
  gboolean done = TRUE;

  for (gint i = 0; i < n_workers && done; i++)
    {
      product->work[i] = smooth_lu_work_new (product->precision->factor, error);
      done = product->work[i] != NULL;
    }
  if (done)
    smooth_i_parallel (n_workers, n_blocks, solve_rows, product);
  for (gint i = 0; i < n_workers; i++)
    smooth_lu_work_free (product->work[i]);
  return done;
}

/**
 * smooth_precision_apply:
 * @x: K x n_spots
 * @y: (out): K x n_spots, not @x: x (Q + Q^T) / 2; untouched on error
 * @run: (nullable): the number of threads, on which the bits do not depend
 * @error: lack of memory, SMA only
 *
 * O(K nnz (Q)) and no workspace; SMA: two solves a row, O(K nnz (factors)), and 10 n doubles a thread.
 */
gboolean
smooth_precision_apply (const SmoothPrecision *precision, const SmoothMatrix *x, SmoothMatrix *y, SmoothRun *run, GError **error)
{
  Product product = { .precision = precision, .x = x, .y = y };
  gint n_threads = smooth_run_get_n_threads (run);

  g_return_val_if_fail (x->n_cols == precision->n_spots && y->n_cols == x->n_cols && y->n_rows == x->n_rows && x != y, FALSE);
  if (!smooth_precision_is_explicit (precision))
    return solve (&product, n_threads, error);
  smooth_i_parallel (n_threads, (precision->n_spots + SMOOTH_COLUMN_BLOCK - 1) / SMOOTH_COLUMN_BLOCK, multiply_block, &product);
  return TRUE;
}

/**
 * smooth_precision_get_lower_bound:
 * @precision: SMA
 *
 * Returns: what no eigenvalue of Q = (A A^T)^-1 is below: 1 / (|A|_1 |A|_inf), or 0 where there is not enough memory. O(nnz (A))
 */
double
smooth_precision_get_lower_bound (const SmoothPrecision *precision)
{
  g_return_val_if_fail (precision->factor != NULL, 0.0);

  const SmoothSparse *a = smooth_lu_get_matrix (precision->factor);
  g_autofree double *rows = smooth_i_try_new (double, a->n_rows, "row sums", NULL);
  double by_column = 0.0, by_row = 0.0;

  if (rows == NULL)
    return 0.0;
  for (gint64 j = 0; j < a->n_cols; j++)
    {
      double sum = 0.0;
      for (gint64 e = a->starts[j]; e < a->starts[j + 1]; e++)
        {
          sum += fabs (a->values[e]);
          rows[a->rows[e]] += fabs (a->values[e]);
        }
      by_column = MAX (by_column, sum);
    }
  for (gint64 i = 0; i < a->n_rows; i++)
    by_row = MAX (by_row, rows[i]);
  return 1.0 / (by_column * by_row);
}

/* The diagonal of (A A^T)^-1 entry by entry, |A^-1 e_i|^2: slow, but it stands a condition that Cholesky does not. */
static gboolean
solve_diagonal (const SmoothLu *factor, gint64 n, double *diagonal, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothLuWork) work = smooth_lu_work_new (factor, error);
  double *vectors = work != NULL ? smooth_i_try_alloc (MAX (2 * n, 1), sizeof (double), "a workspace", error) : NULL;
  gboolean go_on = vectors != NULL;

  for (gint64 i = 0; i < n && go_on; i++)
    {
      double *unit = vectors, *x = vectors + n, sum = 0.0;
      unit[i] = 1.0;
      smooth_lu_solve (factor, FALSE, unit, x, work);
      unit[i] = 0.0;
      for (gint64 j = 0; j < n; j++)
        sum += x[j] * x[j];
      diagonal[i] = sum;
      go_on = smooth_run_check (run, error);
    }
  smooth_i_free (vectors);
  return go_on;
}

/**
 * smooth_i_inverse_gram_diagonal:
 * @a: n x n
 * @factor: of @a
 * @diagonal: (out): n: of (A A^T)^-1
 *
 * One sparse Cholesky factor of A A^T and its selected inverse.
 */
gboolean
smooth_i_inverse_gram_diagonal (const SmoothSparse *a, const SmoothLu *factor, double *diagonal, SmoothRun *run, GError **error)
{
  gboolean is_definite = FALSE;
  g_autoptr (SmoothSparse) gram = smooth_i_gram (a, run, error);
  g_autoptr (SmoothCholesky) cholesky = gram != NULL ? smooth_cholesky_new (gram, NULL, error) : NULL;

  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, gram, &is_definite, error))
    return FALSE;
  if (!is_definite)
    return solve_diagonal (factor, a->n_cols, diagonal, run, error);
  double *found = smooth_cholesky_dup_inverse_diagonal (cholesky, error);
  if (found == NULL)
    return FALSE;
  for (gint64 i = 0; i < a->n_cols; i++)
    diagonal[i] = found[i];
  smooth_i_free (found);
  return TRUE;
}
