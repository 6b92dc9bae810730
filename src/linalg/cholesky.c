/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHOLMOD's supernodal factor behind our own types: analysis, factor, solves, log-determinant. */
#include "linalg/cholesky.h"

#include "base/error.h"
#include "linalg/blas.h"
#include "linalg/cholesky-private.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static gboolean
fail (SmoothCholesky *cholesky, const char *what, GError **error)
{
  if (cholesky->common.status == CHOLMOD_OUT_OF_MEMORY)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MEMORY,
                 "not enough memory to %s a sparse matrix of %" G_GINT64_FORMAT " rows and %" G_GINT64_FORMAT " entries", what,
                 cholesky->n, cholesky->nnz);
  else
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC, "cannot %s a sparse matrix of %" G_GINT64_FORMAT " rows (CHOLMOD status %d)",
                 what, cholesky->n, cholesky->common.status);
  return FALSE;
}

/* The upper triangle of @matrix in CHOLMOD's terms, written into cholesky->upper. */
static void
copy_upper (SmoothCholesky *cholesky, const SmoothSparse *matrix)
{
  SuiteSparse_long *starts = cholesky->upper->p, *rows = cholesky->upper->i;
  double *values = cholesky->upper->x;
  gint64 next = 0;

  for (gint64 j = 0; j < matrix->n_cols; j++)
    {
      starts[j] = next;
      for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1] && matrix->rows[e] <= j; e++)
        {
          rows[next] = matrix->rows[e];
          values[next++] = matrix->values[e];
        }
    }
  starts[matrix->n_cols] = next;
}

static gint64
count_upper (const SmoothSparse *matrix)
{
  gint64 n = 0;

  for (gint64 j = 0; j < matrix->n_cols; j++)
    for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1] && matrix->rows[e] <= j; e++)
      n++;
  return n;
}

static gboolean
analyse (SmoothCholesky *cholesky, const gint32 *order, GError **error)
{
  cholmod_common *common = &cholesky->common;
  g_autofree SuiteSparse_long *wide = NULL;

  common->supernodal = CHOLMOD_SUPERNODAL;
  common->nmethods = 1;
  common->method[0].ordering = order != NULL ? CHOLMOD_GIVEN : CHOLMOD_AMD;
  common->postorder = TRUE;
  if (order != NULL)
    {
      wide = smooth_i_try_new (SuiteSparse_long, cholesky->n, "an order of elimination", error);
      if (wide == NULL)
        return FALSE;
      for (gint64 i = 0; i < cholesky->n; i++)
        wide[i] = order[i];
    }
  cholesky->factor = cholmod_l_analyze_p (cholesky->upper, wide, NULL, 0, common);
  return cholesky->factor != NULL || fail (cholesky, "analyse", error);
}

/**
 * smooth_cholesky_new:
 * @pattern: n x n, symmetric, with both triangles and the whole diagonal stored; its values are not looked at
 * @order: (nullable): n: the row to eliminate k-th, as smooth_i_dissect() gives it; %NULL for minimum degree
 *
 * Returns: (transfer full): the analysis, without numbers yet
 */
SmoothCholesky *
smooth_cholesky_new (const SmoothSparse *pattern, const gint32 *order, GError **error)
{
  g_return_val_if_fail (pattern->n_rows == pattern->n_cols, NULL);

  g_autoptr (SmoothCholesky) cholesky = g_new0 (SmoothCholesky, 1);
  smooth_i_blas_init ();
  cholmod_l_start (&cholesky->common);
  cholesky->common.print = 0;
  cholesky->common.error_handler = NULL;
  cholesky->common.try_catch = TRUE;
  cholesky->n = pattern->n_cols;
  cholesky->nnz = smooth_sparse_get_nnz (pattern);
  cholesky->upper = cholmod_l_allocate_sparse ((gsize) cholesky->n, (gsize) cholesky->n, (gsize) count_upper (pattern), TRUE, TRUE, 1,
                                               CHOLMOD_REAL, &cholesky->common);
  if (cholesky->upper == NULL)
    {
      fail (cholesky, "hold", error);
      return NULL;
    }
  copy_upper (cholesky, pattern);
  return analyse (cholesky, order, error) ? g_steal_pointer (&cholesky) : NULL;
}

void
smooth_cholesky_free (SmoothCholesky *cholesky)
{
  if (cholesky == NULL)
    return;
  smooth_i_free (cholesky->inverse);
  smooth_i_free (cholesky->owner);
  if (cholesky->factor != NULL)
    cholmod_l_free_factor (&cholesky->factor, &cholesky->common);
  if (cholesky->upper != NULL)
    cholmod_l_free_sparse (&cholesky->upper, &cholesky->common);
  cholmod_l_finish (&cholesky->common);
  g_free (cholesky);
}

/* CHOLMOD's own OpenMP threads only copy, a few rows at each of many supernodes, and spin in between: they cost more than they do. */
static int
factor_alone (SmoothCholesky *cholesky)
{
  int n_levels = omp_get_max_active_levels ();

  omp_set_max_active_levels (0);
  int ok = cholmod_l_factorize (cholesky->upper, cholesky->factor, &cholesky->common);
  omp_set_max_active_levels (n_levels);
  return ok;
}

/**
 * smooth_cholesky_factor:
 * @matrix: of the pattern that was analysed
 * @is_definite: (out): FALSE where a pivot was not positive; there is then no factor
 *
 * That a matrix is not positive definite is an outcome, not an error.
 */
gboolean
smooth_cholesky_factor (SmoothCholesky *cholesky, const SmoothSparse *matrix, gboolean *is_definite, GError **error)
{
  g_return_val_if_fail (matrix->n_cols == cholesky->n && smooth_sparse_get_nnz (matrix) == cholesky->nnz, FALSE);

  cholesky->is_inverted = FALSE;
  copy_upper (cholesky, matrix);
  int ok = factor_alone (cholesky);
  int status = cholesky->common.status;
  cholesky->is_factored = ok && status == CHOLMOD_OK;
  if (!ok || (status != CHOLMOD_OK && status != CHOLMOD_NOT_POSDEF))
    return fail (cholesky, "factor", error);
  *is_definite = cholesky->is_factored;
  return TRUE;
}

/* The number of entries of L, with the explicit zeros of its supernodes. */
gint64
smooth_cholesky_get_nnz (const SmoothCholesky *cholesky)
{
  return (gint64) cholesky->factor->xsize;
}

/* The pivot of the i-th column of L; calls func for each. */
static void
for_each_pivot (const SmoothCholesky *cholesky, void (*func) (double pivot, double *state), double *state)
{
  const cholmod_factor *factor = cholesky->factor;
  const SuiteSparse_long *super = factor->super, *pi = factor->pi, *px = factor->px;
  const double *x = factor->x;

  for (gsize s = 0; s < factor->nsuper; s++)
    for (SuiteSparse_long j = 0; j < super[s + 1] - super[s]; j++)
      func (x[px[s] + j * (pi[s + 1] - pi[s]) + j], state);
}

static void
take_extremes (double pivot, double *state)
{
  state[0] = MIN (state[0], pivot);
  state[1] = MAX (state[1], pivot);
}

static void
add_logarithm (double pivot, double *state)
{
  *state += 2.0 * log (pivot);
}

/**
 * smooth_cholesky_get_rcond:
 *
 * Returns: the square of smallest over largest pivot: a cheap upper bound on the reciprocal condition number
 */
double
smooth_cholesky_get_rcond (const SmoothCholesky *cholesky)
{
  double extremes[2] = { INFINITY, 0.0 };

  g_return_val_if_fail (cholesky->is_factored, 0.0);
  for_each_pivot (cholesky, take_extremes, extremes);
  return cholesky->n == 0 ? 1.0 : extremes[0] * extremes[0] / (extremes[1] * extremes[1]);
}

double
smooth_cholesky_get_log_determinant (const SmoothCholesky *cholesky)
{
  double sum = 0.0;

  g_return_val_if_fail (cholesky->is_factored, NAN);
  for_each_pivot (cholesky, add_logarithm, &sum);
  return sum;
}

static gboolean
solve (SmoothCholesky *cholesky, SmoothMatrix *x, cholmod_dense **solution, cholmod_dense **work, cholmod_dense **more_work)
{
  cholmod_common *common = &cholesky->common;
  cholmod_dense right = {
    .nrow = (gsize) x->n_rows,
    .ncol = (gsize) x->n_cols,
    .nzmax = (gsize) (x->n_rows * x->n_cols),
    .d = (gsize) x->n_rows,
    .x = x->values,
    .xtype = CHOLMOD_REAL,
    .dtype = CHOLMOD_DOUBLE,
  };
  /* CHOLMOD itself would not notice that it has no memory for the first of its workspaces. */
  if (cholmod_l_ensure_dense (work, right.nrow, right.ncol, right.d, CHOLMOD_REAL, common) == NULL)
    return FALSE;
  if (!cholmod_l_solve2 (CHOLMOD_A, cholesky->factor, &right, NULL, solution, NULL, work, more_work, common))
    return FALSE;
  memcpy (x->values, (*solution)->x, (gsize) (x->n_rows * x->n_cols) * sizeof (double));
  return TRUE;
}

/**
 * smooth_cholesky_solve:
 * @x: n x any: the right-hand sides on entry, the solutions on return
 *
 * O(nnz(L)) a column; two copies of @x as workspace.
 */
gboolean
smooth_cholesky_solve (SmoothCholesky *cholesky, SmoothMatrix *x, GError **error)
{
  cholmod_dense *parts[3] = { NULL, NULL, NULL };

  g_return_val_if_fail (cholesky->is_factored && x->n_rows == cholesky->n, FALSE);

  gboolean good = solve (cholesky, x, &parts[0], &parts[1], &parts[2]);
  for (gint p = 0; p < 3; p++)
    cholmod_l_free_dense (&parts[p], &cholesky->common);
  return good || fail (cholesky, "solve with", error);
}
