/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UMFPACK's LU factors behind our own types. */
#include "linalg/lu.h"

#include "base/error.h"

#include <math.h>
#include <suitesparse/umfpack.h>

struct _SmoothLu
{
  gint64 n;
  SmoothSparse *matrix;
  SuiteSparse_long *rows; /* of the entries of matrix, as wide as UMFPACK wants them */
  void *numeric;
  double control[UMFPACK_CONTROL];
  double rcond;
};

struct _SmoothLuWork
{
  SuiteSparse_long *integers; /* n */
  double *reals;              /* 5 n: with room for iterative refinement */
};

G_STATIC_ASSERT (sizeof (SuiteSparse_long) == sizeof (gint64));

/* Of the offsets, which are 64 bits wide by another name. */
static const SuiteSparse_long *
starts_of (const SmoothSparse *matrix)
{
  return (const SuiteSparse_long *) matrix->starts;
}

static gboolean
fail (gint64 n, SuiteSparse_long status, GError **error)
{
  if (status == UMFPACK_ERROR_out_of_memory)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MEMORY,
                 "not enough memory to factorise a sparse matrix of %" G_GINT64_FORMAT " rows", n);
  else if (status == UMFPACK_WARNING_singular_matrix)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC, "a sparse matrix of %" G_GINT64_FORMAT " rows is singular", n);
  else
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC,
                 "cannot factorise a sparse matrix of %" G_GINT64_FORMAT " rows (UMFPACK status %d)", n, (int) status);
  return FALSE;
}

static gboolean
factor (SmoothLu *lu, GError **error)
{
  const SuiteSparse_long *starts = starts_of (lu->matrix);
  double info[UMFPACK_INFO];
  void *symbolic = NULL;
  SuiteSparse_long status;

  umfpack_dl_defaults (lu->control);
  status = umfpack_dl_symbolic (lu->n, lu->n, starts, lu->rows, lu->matrix->values, &symbolic, lu->control, info);
  if (status == UMFPACK_OK)
    status = umfpack_dl_numeric (starts, lu->rows, lu->matrix->values, symbolic, &lu->numeric, lu->control, info);
  umfpack_dl_free_symbolic (&symbolic);
  if (status != UMFPACK_OK)
    return fail (lu->n, status, error);
  lu->rcond = info[UMFPACK_RCOND];
  return TRUE;
}

/**
 * smooth_lu_new:
 * @matrix: n x n, finite; referenced. Entries that are stored as 0 do no harm
 *
 * Time and memory as the factors grow: about n^1.5 and n log n on planar graphs.
 *
 * Returns: (transfer full): the factors; a singular matrix is an error
 */
SmoothLu *
smooth_lu_new (const SmoothSparse *matrix, GError **error)
{
  g_return_val_if_fail (matrix->n_rows == matrix->n_cols, NULL);

  g_autoptr (SmoothLu) lu = g_new0 (SmoothLu, 1);
  gint64 nnz = smooth_sparse_get_nnz (matrix);
  lu->n = matrix->n_cols;
  lu->matrix = smooth_sparse_ref ((SmoothSparse *) matrix);
  lu->rows = smooth_i_try_alloc (MAX (nnz, 1), sizeof (SuiteSparse_long), "row numbers of a sparse matrix", error);
  if (lu->rows == NULL)
    return NULL;
  for (gint64 e = 0; e < nnz; e++)
    lu->rows[e] = matrix->rows[e];
  return factor (lu, error) ? g_steal_pointer (&lu) : NULL;
}

void
smooth_lu_free (SmoothLu *lu)
{
  if (lu == NULL)
    return;
  umfpack_dl_free_numeric (&lu->numeric);
  smooth_i_free (lu->rows);
  smooth_sparse_unref (lu->matrix);
  g_free (lu);
}

/* What was factorised; borrowed. */
const SmoothSparse *
smooth_lu_get_matrix (const SmoothLu *lu)
{
  return lu->matrix;
}

/* A rough estimate of the reciprocal condition number: the smallest over the largest pivot. */
double
smooth_lu_get_rcond (const SmoothLu *lu)
{
  return lu->rcond;
}

/* 6 n numbers. */
SmoothLuWork *
smooth_lu_work_new (const SmoothLu *lu, GError **error)
{
  g_autoptr (SmoothLuWork) work = g_new0 (SmoothLuWork, 1);

  work->integers = smooth_i_try_alloc (MAX (lu->n, 1), sizeof (SuiteSparse_long), "a workspace", error);
  if (work->integers != NULL)
    work->reals = smooth_i_try_alloc (MAX (5 * lu->n, 1), sizeof (double), "a workspace", error);
  return work->reals != NULL ? g_steal_pointer (&work) : NULL;
}

void
smooth_lu_work_free (SmoothLuWork *work)
{
  if (work == NULL)
    return;
  smooth_i_free (work->integers);
  smooth_i_free (work->reals);
  g_free (work);
}

/**
 * smooth_lu_solve:
 * @b: n
 * @x: (out): n, not @b; solves A x = b, or A^T x = b where @transposed, with up to two steps of iterative refinement
 *
 * O(nnz (L) + nnz (U)).
 */
void
smooth_lu_solve (const SmoothLu *lu, gboolean transposed, const double *b, double *x, SmoothLuWork *work)
{
  double info[UMFPACK_INFO];

  umfpack_dl_wsolve (transposed ? UMFPACK_At : UMFPACK_A, starts_of (lu->matrix), lu->rows, lu->matrix->values, x, b, lu->numeric,
                     lu->control, info, work->integers, work->reals);
}
