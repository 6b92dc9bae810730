/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prior as an operator: products with Q, whether it is a matrix or, where the covariance is the sparse one, solves with factors.
 *
 *     SMA         Q = (A A^T)^-1,  A = I + rho W;   Q x = A^-T (A^-1 x),   x^T Q x = |A^-1 x|^2
 *     covariance  Q = K^-1;                         Q x by the Cholesky factor of K
 *
 * Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "precision/precision-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/lanes.h"

#include <math.h>
#include <string.h>

/* Workspaces of solves are one a thread. */
#define MAX_THREADS 8

gboolean
smooth_precision_is_explicit (const SmoothPrecision *precision)
{
  return precision->symmetric != NULL;
}

typedef struct
{
  const SmoothPrecision *precision;
  const SmoothMatrix *x;
  SmoothMatrix *y;
  SmoothLuWork *work[MAX_THREADS];  /* with an LU factor */
  SmoothLanes *lanes[MAX_THREADS]; /* 2 n, with a Cholesky factor */
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

/* The same with the factor of the covariance. */
static void
solve_lanes (gint64 block, gint worker, gpointer data)
{
  const Product *product = data;
  gint64 n = product->precision->n_spots, n_rows = product->x->n_rows, first = block * SMOOTH_LANES, n_lanes = MIN (SMOOTH_LANES, n_rows - first);
  SmoothLanes *lanes = product->lanes[worker];

  for (gint64 i = 0; i < n; i++)
    for (gint64 l = 0; l < SMOOTH_LANES; l++)
      lanes[i][l] = l < n_lanes ? smooth_matrix_column (product->x, i)[first + l] : 0.0;
  smooth_i_lanes_solve (product->precision->cholesky, lanes, lanes + n);
  for (gint64 i = 0; i < n; i++)
    memcpy (smooth_matrix_column (product->y, i) + first, lanes[i], (gsize) n_lanes * sizeof (double));
}

G_STATIC_ASSERT (SMOOTH_LANES == SMOOTH_LU_LANES);

static gboolean
allocate_work (Product *product, gint worker, GError **error)
{
  const SmoothPrecision *precision = product->precision;

  if (precision->factor != NULL)
    product->work[worker] = smooth_lu_work_new (precision->factor, error);
  else
    product->lanes[worker] = smooth_i_try_alloc (MAX (2 * precision->n_spots, 1), sizeof (SmoothLanes), "a workspace", error);
  return product->work[worker] != NULL || product->lanes[worker] != NULL;
}

static gboolean
solve (Product *product, gint n_threads, GError **error)
{
  gint64 n_blocks = (product->x->n_rows + SMOOTH_LU_LANES - 1) / SMOOTH_LU_LANES;
  gint n_workers = (gint) CLAMP (n_blocks, 1, MIN (n_threads, MAX_THREADS));
  gboolean done = TRUE;

  for (gint i = 0; i < n_workers && done; i++)
    done = allocate_work (product, i, error);
  if (done)
    smooth_i_parallel (n_workers, n_blocks, product->precision->factor != NULL ? solve_rows : solve_lanes, product);
  for (gint i = 0; i < n_workers; i++)
    {
      smooth_lu_work_free (product->work[i]);
      smooth_i_free (product->lanes[i]);
    }
  return done;
}

/**
 * smooth_precision_apply:
 * @x: K x n_spots
 * @y: (out): K x n_spots, not @x: x (Q + Q^T) / 2; untouched on error
 * @run: (nullable): the number of threads, on which the bits do not depend
 * @error: lack of memory, only where Q is no matrix
 *
 * O(K nnz (Q)) and no workspace; where Q is no matrix: two solves a row, O(K nnz (factors)), and 16 n doubles a thread.
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

struct _SmoothPrecisionWork
{
  SmoothLuWork *lu;   /* with an LU factor */
  double *half;       /* n, the same: A^-1 x */
  SmoothLanes *lanes; /* 2 n, with a Cholesky factor */
};

/* Returns: (transfer full): 11 to 16 n doubles where Q is no matrix */
SmoothPrecisionWork *
smooth_precision_work_new (const SmoothPrecision *precision, GError **error)
{
  SmoothPrecisionWork *work = g_new0 (SmoothPrecisionWork, 1);
  gint64 n = MAX (precision->n_spots, 1);

  if (precision->factor != NULL)
    {
      work->lu = smooth_lu_work_new (precision->factor, error);
      work->half = work->lu != NULL ? smooth_i_try_alloc (n, sizeof (double), "a workspace", error) : NULL;
    }
  else if (precision->cholesky != NULL)
    work->lanes = smooth_i_try_alloc (2 * n, sizeof (SmoothLanes), "a workspace", error);
  if (smooth_precision_is_explicit (precision) || work->half != NULL || work->lanes != NULL)
    return work;
  smooth_precision_work_free (work);
  return NULL;
}

void
smooth_precision_work_free (SmoothPrecisionWork *work)
{
  if (work == NULL)
    return;
  smooth_lu_work_free (work->lu);
  smooth_i_free (work->half);
  smooth_i_free (work->lanes);
  g_free (work);
}

/**
 * smooth_precision_apply_one:
 * @x: n_spots
 * @y: (out): n_spots, not @x: (Q + Q^T) / 2 x
 *
 * For many products one after the other: nothing is allocated, one thread.
 */
void
smooth_precision_apply_one (const SmoothPrecision *precision, const double *x, double *y, SmoothPrecisionWork *work)
{
  gint64 n = precision->n_spots;

  if (smooth_precision_is_explicit (precision))
    {
      smooth_sparse_multiply (precision->symmetric, x, y);
      return;
    }
  if (work->lu != NULL)
    {
      smooth_lu_solve (precision->factor, FALSE, x, work->half, work->lu);
      smooth_lu_solve (precision->factor, TRUE, work->half, y, work->lu);
      return;
    }
  memset (work->lanes, 0, (gsize) n * sizeof (SmoothLanes));
  for (gint64 i = 0; i < n; i++)
    work->lanes[i][0] = x[i];
  smooth_i_lanes_solve (precision->cholesky, work->lanes, work->lanes + n);
  for (gint64 i = 0; i < n; i++)
    y[i] = work->lanes[i][0];
}

/**
 * smooth_precision_get_lower_bound:
 * @precision: of a sparse covariance
 *
 * Returns: what no eigenvalue of Q is below: one over the largest sum of a column's sizes in the covariance. O(nnz)
 */
double
smooth_precision_get_lower_bound (const SmoothPrecision *precision)
{
  const SmoothSparse *covariance = precision->covariance;
  double largest = G_MINDOUBLE;

  g_return_val_if_fail (covariance != NULL, 0.0);

  for (gint64 j = 0; j < covariance->n_cols; j++)
    {
      double sum = 0.0;
      for (gint64 e = covariance->starts[j]; e < covariance->starts[j + 1]; e++)
        sum += fabs (covariance->values[e]);
      largest = MAX (largest, sum);
    }
  return 1.0 / largest;
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
 * smooth_i_invert_diagonal:
 * @precision: with its covariance A A^T and the factor of A; its diagonal, that of the inverse of A A^T, is filled in
 *
 * One sparse Cholesky factor and its selected inverse.
 */
gboolean
smooth_i_invert_diagonal (SmoothPrecision *precision, SmoothRun *run, GError **error)
{
  const SmoothSparse *covariance = precision->covariance;
  gboolean is_definite = FALSE;
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new_for (precision->symbolic, covariance, NULL, run, error);

  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, covariance, &is_definite, run, error))
    return FALSE;
  if (!is_definite)
    return solve_diagonal (precision->factor, covariance->n_cols, precision->diagonal, run, error);
  double *found = smooth_cholesky_dup_inverse_diagonal (cholesky, run, error);
  if (found == NULL)
    return FALSE;
  memcpy (precision->diagonal, found, (gsize) covariance->n_cols * sizeof (double));
  smooth_i_free (found);
  return TRUE;
}
