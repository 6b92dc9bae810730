/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse LU factors made by UMFPACK, and solves with many right-hand sides at once. */
#include "linalg/lu.h"

#include "base/error.h"

#include <suitesparse/umfpack.h>

/* Triangles in the order of the pivots; their diagonals are apart. */
typedef struct
{
  SuiteSparse_long *starts; /* n + 1 */
  SuiteSparse_long *indices;
  double *values;
} Triangle;

/* P diag (scale) A C = L U, L of unit diagonal. */
struct _SmoothLu
{
  gint64 n;
  SmoothSparse *matrix;
  double rcond;
  Triangle lower;                /* by rows */
  Triangle upper;                /* by columns */
  double *pivots;                /* n: reciprocals of U's diagonal */
  double *scale;                 /* n: of the rows of A */
  SuiteSparse_long *rows, *cols; /* n: which row and column of A is which pivot */
};

typedef double Lanes __attribute__ ((vector_size (SMOOTH_LU_LANES * sizeof (double))));

struct _SmoothLuWork
{
  Lanes *lanes;     /* n */
  double *residual; /* 2 n */
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
    smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory to factorise a sparse matrix of %" PRId64 " rows", n);
  else if (status == UMFPACK_WARNING_singular_matrix)
    smooth_error_set (error, SMOOTH_ERROR_NUMERIC, "a sparse matrix of %" PRId64 " rows is singular", n);
  else
    smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                      "cannot factorise a sparse matrix of %" PRId64 " rows (UMFPACK status %d)", n, (int) status);
  return FALSE;
}

static gboolean
allocate (SmoothLu *lu, SuiteSparse_long nnz_lower, SuiteSparse_long nnz_upper, GError **error)
{
  const struct
  {
    gpointer *array;
    gint64 n;
    gsize size;
  } arrays[] = {
    { (gpointer *) &lu->lower.starts, lu->n + 1, sizeof (SuiteSparse_long) },
    { (gpointer *) &lu->lower.indices, nnz_lower, sizeof (SuiteSparse_long) },
    { (gpointer *) &lu->lower.values, nnz_lower, sizeof (double) },
    { (gpointer *) &lu->upper.starts, lu->n + 1, sizeof (SuiteSparse_long) },
    { (gpointer *) &lu->upper.indices, nnz_upper, sizeof (SuiteSparse_long) },
    { (gpointer *) &lu->upper.values, nnz_upper, sizeof (double) },
    { (gpointer *) &lu->pivots, lu->n, sizeof (double) },
    { (gpointer *) &lu->scale, lu->n, sizeof (double) },
    { (gpointer *) &lu->rows, lu->n, sizeof (SuiteSparse_long) },
    { (gpointer *) &lu->cols, lu->n, sizeof (SuiteSparse_long) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    {
      *arrays[i].array = smooth_i_try_alloc (MAX (arrays[i].n, 1), arrays[i].size, "the factors of a sparse matrix", error);
      if (*arrays[i].array == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Leaves out the diagonal, which is the last entry of each row of L and of each column of U. */
static void
drop_diagonal (Triangle *triangle, gint64 n)
{
  gint64 to = 0;

  for (gint64 i = 0, from = 0; i < n; i++)
    {
      gint64 end = triangle->starts[i + 1];
      triangle->starts[i] = to;
      for (gint64 e = from; e < end - 1; e++, to++)
        {
          triangle->indices[to] = triangle->indices[e];
          triangle->values[to] = triangle->values[e];
        }
      from = end;
    }
  triangle->starts[n] = to;
}

/* Takes the factors out of UMFPACK's object, whose own solves are for one right-hand side at a time. */
static gboolean
take_factors (SmoothLu *lu, void *numeric, GError **error)
{
  SuiteSparse_long nnz_lower, nnz_upper, n_rows, n_cols, n_diagonal, are_reciprocals = 0;

  umfpack_dl_get_lunz (&nnz_lower, &nnz_upper, &n_rows, &n_cols, &n_diagonal, numeric);
  if (!allocate (lu, nnz_lower, nnz_upper, error))
    return FALSE;
  SuiteSparse_long status
      = umfpack_dl_get_numeric (lu->lower.starts, lu->lower.indices, lu->lower.values, lu->upper.starts, lu->upper.indices,
                                lu->upper.values, lu->rows, lu->cols, lu->pivots, &are_reciprocals, lu->scale, numeric);
  if (status != UMFPACK_OK)
    return fail (lu->n, status, error);
  drop_diagonal (&lu->lower, lu->n);
  drop_diagonal (&lu->upper, lu->n);
  for (gint64 i = 0; i < lu->n; i++)
    {
      lu->pivots[i] = 1.0 / lu->pivots[i];
      if (!are_reciprocals)
        lu->scale[i] = 1.0 / lu->scale[i];
    }
  return TRUE;
}

static gboolean
factor (SmoothLu *lu, const SuiteSparse_long *rows, GError **error)
{
  const SuiteSparse_long *starts = starts_of (lu->matrix);
  double control[UMFPACK_CONTROL], info[UMFPACK_INFO];
  void *symbolic = NULL, *numeric = NULL;
  SuiteSparse_long status;

  umfpack_dl_defaults (control);
  status = umfpack_dl_symbolic (lu->n, lu->n, starts, rows, lu->matrix->values, &symbolic, control, info);
  if (status == UMFPACK_OK)
    status = umfpack_dl_numeric (starts, rows, lu->matrix->values, symbolic, &numeric, control, info);
  umfpack_dl_free_symbolic (&symbolic);
  gboolean done = status == UMFPACK_OK ? take_factors (lu, numeric, error) : fail (lu->n, status, error);
  umfpack_dl_free_numeric (&numeric);
  lu->rcond = info[UMFPACK_RCOND];
  return done;
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
  SuiteSparse_long *rows =
      smooth_i_try_alloc (MAX (nnz, 1), sizeof (SuiteSparse_long), "row numbers of a sparse matrix", error);
  if (rows == NULL)
    return NULL;
  for (gint64 e = 0; e < nnz; e++)
    rows[e] = matrix->rows[e];
  gboolean done = factor (lu, rows, error);
  smooth_i_free (rows);
  return done ? g_steal_pointer (&lu) : NULL;
}

static void
triangle_clear (Triangle *triangle)
{
  smooth_i_free (triangle->starts);
  smooth_i_free (triangle->indices);
  smooth_i_free (triangle->values);
}

void
smooth_lu_free (SmoothLu *lu)
{
  if (lu == NULL)
    return;
  triangle_clear (&lu->lower);
  triangle_clear (&lu->upper);
  smooth_i_free (lu->pivots);
  smooth_i_free (lu->scale);
  smooth_i_free (lu->rows);
  smooth_i_free (lu->cols);
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

/* 10 n numbers. */
SmoothLuWork *
smooth_lu_work_new (const SmoothLu *lu, GError **error)
{
  g_autoptr (SmoothLuWork) work = g_new0 (SmoothLuWork, 1);

  work->lanes = smooth_i_try_alloc (MAX (lu->n, 1), sizeof (Lanes), "a workspace", error);
  if (work->lanes != NULL)
    work->residual = smooth_i_try_alloc (MAX (2 * lu->n, 1), sizeof (double), "a workspace", error);
  return work->residual != NULL ? g_steal_pointer (&work) : NULL;
}

void
smooth_lu_work_free (SmoothLuWork *work)
{
  if (work == NULL)
    return;
  smooth_i_free (work->lanes);
  smooth_i_free (work->residual);
  g_free (work);
}

/* w = L^-1 w by rows, w = U^-1 w by columns. */
static void
solve_lanes (const SmoothLu *lu, Lanes *w)
{
  for (gint64 k = 0; k < lu->n; k++)
    {
      Lanes sum = w[k];
      for (gint64 e = lu->lower.starts[k]; e < lu->lower.starts[k + 1]; e++)
        sum -= w[lu->lower.indices[e]] * lu->lower.values[e];
      w[k] = sum;
    }
  for (gint64 k = lu->n - 1; k >= 0; k--)
    {
      Lanes x = w[k] * lu->pivots[k];
      w[k] = x;
      for (gint64 e = lu->upper.starts[k]; e < lu->upper.starts[k + 1]; e++)
        w[lu->upper.indices[e]] -= x * lu->upper.values[e];
    }
}

/* w = U^-T w by rows of U^T, w = L^-T w by its columns. */
static void
solve_lanes_transposed (const SmoothLu *lu, Lanes *w)
{
  for (gint64 k = 0; k < lu->n; k++)
    {
      Lanes sum = w[k];
      for (gint64 e = lu->upper.starts[k]; e < lu->upper.starts[k + 1]; e++)
        sum -= w[lu->upper.indices[e]] * lu->upper.values[e];
      w[k] = sum * lu->pivots[k];
    }
  for (gint64 k = lu->n - 1; k >= 0; k--)
    {
      Lanes x = w[k];
      for (gint64 e = lu->lower.starts[k]; e < lu->lower.starts[k + 1]; e++)
        w[lu->lower.indices[e]] -= x * lu->lower.values[e];
    }
}

/* The same for one right-hand side in the first lane. */
static void
solve_one (const SmoothLu *lu, gboolean transposed, double *w)
{
  const Triangle *first = transposed ? &lu->upper : &lu->lower, *second = transposed ? &lu->lower : &lu->upper;

  for (gint64 k = 0; k < lu->n; k++)
    {
      double sum = w[k];
      for (gint64 e = first->starts[k]; e < first->starts[k + 1]; e++)
        sum -= w[first->indices[e]] * first->values[e];
      w[k] = transposed ? sum * lu->pivots[k] : sum;
    }
  for (gint64 k = lu->n - 1; k >= 0; k--)
    {
      double x = transposed ? w[k] : w[k] * lu->pivots[k];
      w[k] = x;
      for (gint64 e = second->starts[k]; e < second->starts[k + 1]; e++)
        w[second->indices[e]] -= x * second->values[e];
    }
}

/**
 * smooth_lu_solve_many:
 * @n_sides: how many right-hand sides
 * @b: n_sides x n, column-major: a row is one of them
 * @first: the first right-hand side that is solved for, and with it up to SMOOTH_LU_LANES in all
 * @x: (out): n_sides x n, may be @b: these of A x = b, or of A^T x = b where @transposed, without iterative refinement
 *
 * O(nnz (L) + nnz (U)) vector operations.
 */
void
smooth_lu_solve_many (const SmoothLu *lu, gboolean transposed, gint64 n_sides, const double *b, gint64 first, double *x,
                      SmoothLuWork *work)
{
  const SuiteSparse_long *in = transposed ? lu->cols : lu->rows, *out = transposed ? lu->rows : lu->cols;
  gint64 n = MIN (SMOOTH_LU_LANES, n_sides - first);

  for (gint64 k = 0; k < lu->n; k++)
    {
      double scale = transposed ? 1.0 : lu->scale[in[k]];
      double *w = (double *) &work->lanes[k];
      for (gint64 l = 0; l < SMOOTH_LU_LANES; l++)
        w[l] = l < n ? scale * b[in[k] * n_sides + first + l] : 0.0;
    }
  if (transposed)
    solve_lanes_transposed (lu, work->lanes);
  else
    solve_lanes (lu, work->lanes);
  for (gint64 k = 0; k < lu->n; k++)
    {
      double scale = transposed ? lu->scale[out[k]] : 1.0;
      const double *w = (const double *) &work->lanes[k];
      for (gint64 l = 0; l < n; l++)
        x[out[k] * n_sides + first + l] = scale * w[l];
    }
}

/* x = A^-1 b or A^-T b. */
static void
solve_plain (const SmoothLu *lu, gboolean transposed, const double *b, double *x, SmoothLuWork *work)
{
  const SuiteSparse_long *in = transposed ? lu->cols : lu->rows, *out = transposed ? lu->rows : lu->cols;
  double *w = (double *) work->lanes;

  for (gint64 k = 0; k < lu->n; k++)
    w[k] = b[in[k]] * (transposed ? 1.0 : lu->scale[in[k]]);
  solve_one (lu, transposed, w);
  for (gint64 k = 0; k < lu->n; k++)
    x[out[k]] = w[k] * (transposed ? lu->scale[out[k]] : 1.0);
}

/**
 * smooth_lu_solve:
 * @b: n
 * @x: (out): n, not @b; solves A x = b, or A^T x = b where @transposed, with a step of iterative refinement
 *
 * O(nnz (L) + nnz (U)).
 */
void
smooth_lu_solve (const SmoothLu *lu, gboolean transposed, const double *b, double *x, SmoothLuWork *work)
{
  const SmoothSparse *a = lu->matrix;
  double *residual = work->residual, *correction = work->residual + lu->n;

  solve_plain (lu, transposed, b, x, work);
  for (gint64 i = 0; i < lu->n; i++)
    residual[i] = b[i];
  for (gint64 j = 0; j < lu->n; j++)
    for (gint64 e = a->starts[j]; e < a->starts[j + 1]; e++)
      if (transposed)
        residual[j] -= a->values[e] * x[a->rows[e]];
      else
        residual[a->rows[e]] -= a->values[e] * x[j];
  solve_plain (lu, transposed, residual, correction, work);
  for (gint64 i = 0; i < lu->n; i++)
    x[i] += correction[i];
}
