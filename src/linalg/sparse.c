/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building, checking and multiplying compressed-column matrices. Every operation keeps rows sorted in each column. */
#include "linalg/sparse.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

struct _SmoothSparsePattern
{
  gatomicrefcount ref_count;
  gint64 *starts;
  gint32 *rows;
};

/* Room for columns; @rows: (transfer full). */
static struct _SmoothSparsePattern *
pattern_new_take (gint64 n_cols, gint32 *rows, GError **error)
{
  gint64 *starts = smooth_i_try_alloc (n_cols + 1, sizeof (gint64), "a sparse matrix", error);

  if (starts == NULL)
    {
      smooth_i_free (rows);
      return NULL;
    }
  struct _SmoothSparsePattern *pattern = g_new0 (struct _SmoothSparsePattern, 1);
  g_atomic_ref_count_init (&pattern->ref_count);
  pattern->starts = starts;
  pattern->rows = rows;
  return pattern;
}

static struct _SmoothSparsePattern *
pattern_ref (struct _SmoothSparsePattern *pattern)
{
  g_atomic_ref_count_inc (&pattern->ref_count);
  return pattern;
}

static void
pattern_unref (struct _SmoothSparsePattern *pattern)
{
  if (!g_atomic_ref_count_dec (&pattern->ref_count))
    return;
  smooth_i_free (pattern->starts);
  smooth_i_free (pattern->rows);
  g_free (pattern);
}

/* @pattern, @values: (transfer full) (nullable): without one of them there is no matrix */
static SmoothSparse *
new_take (gint64 n_rows, gint64 n_cols, struct _SmoothSparsePattern *pattern, double *values)
{
  if (pattern == NULL || values == NULL)
    {
      g_clear_pointer (&pattern, pattern_unref);
      smooth_i_free (values);
      return NULL;
    }
  SmoothSparse *sparse = g_new0 (SmoothSparse, 1);
  g_atomic_ref_count_init (&sparse->ref_count);
  sparse->n_rows = n_rows;
  sparse->n_cols = n_cols;
  sparse->pattern = pattern;
  sparse->starts = pattern->starts;
  sparse->rows = pattern->rows;
  sparse->values = values;
  smooth_i_edit_init (&sparse->edit);
  return sparse;
}

static double *
alloc_values (gint64 nnz, GError **error)
{
  return smooth_i_try_alloc_raw (nnz, sizeof (double), "a sparse matrix", error);
}

/**
 * smooth_i_sparse_new_raw:
 *
 * As smooth_sparse_new(), for a caller that writes all rows and values: these are not cleared.
 */
SmoothSparse *
smooth_i_sparse_new_raw (gint64 n_rows, gint64 n_cols, gint64 nnz, GError **error)
{
  g_return_val_if_fail (n_rows >= 0 && n_cols >= 0 && nnz >= 0, NULL);

  if (n_rows > G_MAXINT32 || n_cols > G_MAXINT32)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "a sparse matrix may have at most %d rows and columns, found %" PRId64 " x %" PRId64, G_MAXINT32,
                        n_rows, n_cols);
      return NULL;
    }

  gint32 *rows = smooth_i_try_alloc_raw (nnz, sizeof (gint32), "a sparse matrix", error);
  struct _SmoothSparsePattern *pattern = rows != NULL ? pattern_new_take (n_cols, rows, error) : NULL;
  return new_take (n_rows, n_cols, pattern, pattern != NULL ? alloc_values (nnz, error) : NULL);
}

/**
 * smooth_i_sparse_new_take:
 * @rows: (transfer full): of each entry; memory of malloc()
 * @values: (transfer full): likewise
 *
 * Returns: (transfer full): a matrix of these entries, whose starts, zeros now, the caller writes
 */
SmoothSparse *
smooth_i_sparse_new_take (gint64 n_rows, gint64 n_cols, gint32 *rows, double *values, GError **error)
{
  return new_take (n_rows, n_cols, pattern_new_take (n_cols, rows, error), values);
}

/**
 * smooth_sparse_new:
 * @nnz: room for so many entries
 *
 * Returns: (transfer full): an empty matrix whose arrays the caller fills until it shares it
 */
SmoothSparse *
smooth_sparse_new (gint64 n_rows, gint64 n_cols, gint64 nnz, GError **error)
{
  SmoothSparse *sparse = smooth_i_sparse_new_raw (n_rows, n_cols, nnz, error);

  if (sparse != NULL)
    {
      memset (sparse->rows, 0, (gsize) nnz * sizeof (gint32));
      memset (sparse->values, 0, (gsize) nnz * sizeof (double));
    }
  return sparse;
}

/* Returns: (transfer full): a matrix that shares the pattern of @like; its values are for the caller to write, all of them */
SmoothSparse *
smooth_i_sparse_new_like (const SmoothSparse *like, GError **error)
{
  double *values = alloc_values (smooth_sparse_get_nnz (like), error);
  return values != NULL ? new_take (like->n_rows, like->n_cols, pattern_ref (like->pattern), values) : NULL;
}

/**
 * smooth_i_sparse_new_edited:
 * @spare: (transfer full) (nullable): a matrix that @from was made of, the one before it
 * @cols: n_cols, ascending: of the columns whose values the caller will change
 *
 * If nobody else holds @spare it is brought up to date, at the cost of the columns that were changed; else all values are
 * copied.
 *
 * Returns: (transfer full): a matrix with the pattern and the values of @from, and sparse->edit set
 */
SmoothSparse *
smooth_i_sparse_new_edited (const SmoothSparse *from, SmoothSparse *spare, const gint32 *cols, gint64 n_cols, GError **error)
{
  SmoothSparse *sparse = NULL;

  if (spare != NULL && g_atomic_ref_count_compare (&spare->ref_count, 1) && spare->pattern == from->pattern
      && smooth_i_edit_is_from (&from->edit, spare->edit.version))
    {
      sparse = g_steal_pointer (&spare);
      for (gint64 i = 0; i < from->edit.n; i++)
        for (gint64 e = from->starts[from->edit.places[i]]; e < from->starts[from->edit.places[i] + 1]; e++)
          sparse->values[e] = from->values[e];
    }
  smooth_sparse_unref (spare);
  if (sparse == NULL)
    {
      sparse = smooth_i_sparse_new_like (from, error);
      if (sparse == NULL)
        return NULL;
      memcpy (sparse->values, from->values, (gsize) smooth_sparse_get_nnz (from) * sizeof (double));
    }
  smooth_i_edit_set (&sparse->edit, &from->edit, cols, n_cols);
  return sparse;
}

/**
 * smooth_i_sparse_spread:
 * @sparse: not shared yet, nor its pattern
 * @places: of each of its columns, ascending
 * @n_cols: the number of columns then
 *
 * Puts empty columns between those that are there. Entries stay where they are: O(n_cols).
 */
gboolean
smooth_i_sparse_spread (SmoothSparse *sparse, const gint32 *places, gint64 n_cols, GError **error)
{
  g_return_val_if_fail (g_atomic_ref_count_compare (&sparse->ref_count, 1), FALSE);
  g_return_val_if_fail (g_atomic_ref_count_compare (&sparse->pattern->ref_count, 1), FALSE);

  gint64 *starts = smooth_i_try_alloc (n_cols + 1, sizeof (gint64), "a sparse matrix", error);
  gint64 i = 0;
  if (starts == NULL)
    return FALSE;
  for (gint64 j = 0; j < sparse->n_cols; j++)
    while (i <= places[j])
      starts[i++] = sparse->starts[j];
  while (i <= n_cols)
    starts[i++] = sparse->starts[sparse->n_cols];
  smooth_i_free (sparse->starts);
  sparse->starts = sparse->pattern->starts = starts;
  sparse->n_cols = n_cols;
  return TRUE;
}

/* @a, @b: (nullable). O(1) where one was made of the other, else O(nnz). */
gboolean
smooth_i_sparse_same_pattern (const SmoothSparse *a, const SmoothSparse *b)
{
  if (a == b || (a != NULL && b != NULL && a->pattern == b->pattern))
    return TRUE;
  if (a == NULL || b == NULL || a->n_cols != b->n_cols || smooth_sparse_get_nnz (a) != smooth_sparse_get_nnz (b))
    return FALSE;
  return memcmp (a->starts, b->starts, (gsize) (a->n_cols + 1) * sizeof (gint64)) == 0
         && memcmp (a->rows, b->rows, (gsize) smooth_sparse_get_nnz (a) * sizeof (gint32)) == 0;
}

SmoothSparse *
smooth_sparse_ref (SmoothSparse *sparse)
{
  g_atomic_ref_count_inc (&sparse->ref_count);
  return sparse;
}

void
smooth_sparse_unref (SmoothSparse *sparse)
{
  if (sparse == NULL || !g_atomic_ref_count_dec (&sparse->ref_count))
    return;
  pattern_unref (sparse->pattern);
  smooth_i_free (sparse->values);
  smooth_i_edit_clear (&sparse->edit);
  g_free (sparse);
}

/* Counts per column become offsets: starts[j + 1] holds the number of entries of column j on entry. */
static void
accumulate (gint64 *starts, gint64 n)
{
  for (gint64 j = 0; j < n; j++)
    starts[j + 1] += starts[j];
}

/* Scatters triplets by column, in the order given; returns a matrix whose columns are not yet sorted. */
static SmoothSparse *
scatter (gint64 n_rows, gint64 n_cols, gint64 nnz, const gint32 *rows, const gint32 *cols, const double *values, GError **error)
{
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new (n_rows, n_cols, nnz, error);
  g_autofree gint64 *next = sparse != NULL ? smooth_i_try_new (gint64, n_cols + 1, "a sparse matrix", error) : NULL;
  if (next == NULL)
    return NULL;

  for (gint64 e = 0; e < nnz; e++)
    sparse->starts[cols[e] + 1]++;
  accumulate (sparse->starts, n_cols);
  memcpy (next, sparse->starts, (gsize) (n_cols + 1) * sizeof (gint64));
  for (gint64 e = 0; e < nnz; e++)
    {
      gint64 to = next[cols[e]]++;
      sparse->rows[to] = rows[e];
      sparse->values[to] = values[e];
    }
  return g_steal_pointer (&sparse);
}

/* Adds up entries of the same place; rows must ascend within columns. */
static void
sum_duplicates (SmoothSparse *sparse)
{
  gint64 kept = 0;
  gint64 begin = 0;

  for (gint64 j = 0; j < sparse->n_cols; j++)
    {
      gint64 end = sparse->starts[j + 1];
      gint64 first = kept;
      for (gint64 e = begin; e < end; e++)
        {
          if (kept > first && sparse->rows[kept - 1] == sparse->rows[e])
            {
              sparse->values[kept - 1] += sparse->values[e];
              continue;
            }
          sparse->rows[kept] = sparse->rows[e];
          sparse->values[kept] = sparse->values[e];
          kept++;
        }
      begin = end;
      sparse->starts[j + 1] = kept;
    }
}

/**
 * smooth_sparse_new_from_triplets:
 * @rows: nnz row numbers
 * @cols: nnz column numbers
 * @values: nnz values; those of the same place are added up
 *
 * O(nnz + n_rows + n_cols) time, one copy of the entries as workspace.
 */
SmoothSparse *
smooth_sparse_new_from_triplets (gint64 n_rows, gint64 n_cols, gint64 nnz, const gint32 *rows, const gint32 *cols,
                                 const double *values, GError **error)
{
  for (gint64 e = 0; e < nnz; e++)
    if (rows[e] < 0 || rows[e] >= n_rows || cols[e] < 0 || cols[e] >= n_cols)
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "entry %" PRId64 " is at (%d, %d), outside a %" PRId64 " x %" PRId64 " matrix", e, rows[e],
                          cols[e], n_rows, n_cols);
        return NULL;
      }

  /* Two scatters sort: by row, then stably by column. */
  g_autoptr (SmoothSparse) by_row = scatter (n_cols, n_rows, nnz, cols, rows, values, error);
  if (by_row == NULL)
    return NULL;
  SmoothSparse *sparse = smooth_sparse_new_transpose (by_row, error);
  if (sparse != NULL)
    sum_duplicates (sparse);
  return sparse;
}

/**
 * smooth_sparse_new_from_dense:
 *
 * Returns: (transfer full): @matrix without its zeros
 */
SmoothSparse *
smooth_sparse_new_from_dense (const SmoothMatrix *matrix, GError **error)
{
  gint64 n = matrix->n_rows * matrix->n_cols;
  gint64 nnz = 0;

  for (gint64 i = 0; i < n; i++)
    nnz += matrix->values[i] != 0.0;

  SmoothSparse *sparse = smooth_sparse_new (matrix->n_rows, matrix->n_cols, nnz, error);
  if (sparse == NULL)
    return NULL;
  nnz = 0;
  for (gint64 j = 0; j < matrix->n_cols; j++)
    {
      const double *column = smooth_matrix_column (matrix, j);
      for (gint64 i = 0; i < matrix->n_rows; i++)
        if (column[i] != 0.0)
          {
            sparse->rows[nnz] = (gint32) i;
            sparse->values[nnz++] = column[i];
          }
      sparse->starts[j + 1] = nnz;
    }
  return sparse;
}

/**
 * smooth_sparse_check:
 *
 * Validates the structure fully: offsets ascend, rows are inside and ascend strictly, values are at most SMOOTH_MAX_VALUE in size. O(nnz).
 */
gboolean
smooth_sparse_check (const SmoothSparse *sparse, GError **error)
{
  if (sparse->starts[0] != 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "sparse matrix: expected first offset 0, found %" PRId64,
                        sparse->starts[0]);
      return FALSE;
    }
  for (gint64 j = 0; j < sparse->n_cols; j++)
    {
      if (sparse->starts[j + 1] < sparse->starts[j])
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "sparse matrix: offsets of column %" PRId64 " run backwards (%" PRId64 " after %" PRId64 ")", j,
                            sparse->starts[j + 1], sparse->starts[j]);
          return FALSE;
        }
      gint64 previous = -1;
      for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
        {
          if (sparse->rows[e] <= previous || sparse->rows[e] >= sparse->n_rows)
            {
              smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                                "sparse matrix: column %" PRId64 " has row %d after %" PRId64
                                ", expected ascending rows below %" PRId64,
                                j, sparse->rows[e], previous, sparse->n_rows);
              return FALSE;
            }
          if (!smooth_i_is_usable (sparse->values[e]))
            {
              smooth_error_set (error, SMOOTH_ERROR_VALUE,
                                "sparse matrix: entry (%d, %" PRId64 ") is %g, expected a number of at most %g in size",
                                sparse->rows[e], j, sparse->values[e], SMOOTH_MAX_VALUE);
              return FALSE;
            }
          previous = sparse->rows[e];
        }
    }
  return TRUE;
}

/**
 * smooth_sparse_new_transpose:
 *
 * O(nnz + n_rows + n_cols). The columns of the result are sorted even where those of @sparse are not.
 */
SmoothSparse *
smooth_sparse_new_transpose (const SmoothSparse *sparse, GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (sparse);
  g_autoptr (SmoothSparse) result = smooth_sparse_new (sparse->n_cols, sparse->n_rows, nnz, error);
  g_autofree gint64 *next = result != NULL ? smooth_i_try_new (gint64, result->n_cols + 1, "a sparse matrix", error) : NULL;
  if (next == NULL)
    return NULL;

  for (gint64 e = 0; e < nnz; e++)
    result->starts[sparse->rows[e] + 1]++;
  accumulate (result->starts, result->n_cols);

  memcpy (next, result->starts, (gsize) (result->n_cols + 1) * sizeof (gint64));
  for (gint64 j = 0; j < sparse->n_cols; j++)
    for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
      {
        gint64 to = next[sparse->rows[e]]++;
        result->rows[to] = (gint32) j;
        result->values[to] = sparse->values[e];
      }
  return g_steal_pointer (&result);
}

/* The number of distinct rows in column j of a * b; marks[i] == j where row i was met. */
static gint64
count_product_column (const SmoothSparse *a, const SmoothSparse *b, gint64 j, gint64 *marks)
{
  gint64 count = 0;

  for (gint64 e = b->starts[j]; e < b->starts[j + 1]; e++)
    for (gint64 f = a->starts[b->rows[e]]; f < a->starts[b->rows[e] + 1]; f++)
      if (marks[a->rows[f]] != j)
        {
          marks[a->rows[f]] = j;
          count++;
        }
  return count;
}

/**
 * smooth_sparse_new_product:
 *
 * Gustavson's algorithm, column by column. Sums run in the order of b's rows, so the result is reproducible.
 *
 * Returns: (transfer full): @a @b, with the entries that cancel kept as explicit zeros
 */
SmoothSparse *
smooth_sparse_new_product (const SmoothSparse *a, const SmoothSparse *b, GError **error)
{
  g_return_val_if_fail (a->n_cols == b->n_rows, NULL);

  g_autofree gint64 *marks = smooth_i_try_new (gint64, a->n_rows, "a sparse product", error);
  gint64 nnz = 0;
  if (marks == NULL)
    return NULL;
  for (gint64 i = 0; i < a->n_rows; i++)
    marks[i] = -1;
  for (gint64 j = 0; j < b->n_cols; j++)
    nnz += count_product_column (a, b, j, marks);

  g_autoptr (SmoothSparse) product = smooth_sparse_new (a->n_rows, b->n_cols, nnz, error);
  if (product == NULL)
    return NULL;
  for (gint64 i = 0; i < a->n_rows; i++)
    marks[i] = -1; /* now: where row i of the present column is kept */

  gint64 next = 0;
  for (gint64 j = 0; j < b->n_cols; j++)
    {
      gint64 first = next;
      for (gint64 e = b->starts[j]; e < b->starts[j + 1]; e++)
        for (gint64 f = a->starts[b->rows[e]]; f < a->starts[b->rows[e] + 1]; f++)
          {
            gint64 i = a->rows[f];
            if (marks[i] < first)
              {
                marks[i] = next;
                product->rows[next] = (gint32) i;
                product->values[next++] = 0.0;
              }
            product->values[marks[i]] += a->values[f] * b->values[e];
          }
      product->starts[j + 1] = next;
    }

  g_autoptr (SmoothSparse) transposed = smooth_sparse_new_transpose (product, error);
  return transposed != NULL ? smooth_sparse_new_transpose (transposed, error) : NULL; /* twice: sorts the rows */
}

/**
 * smooth_sparse_new_columns:
 * @cols: @n_cols column numbers, in the order wanted
 *
 * Returns: (transfer full): the chosen columns of @sparse
 */
SmoothSparse *
smooth_sparse_new_columns (const SmoothSparse *sparse, const gint32 *cols, gint64 n_cols, GError **error)
{
  gint64 nnz = 0;

  for (gint64 j = 0; j < n_cols; j++)
    nnz += sparse->starts[cols[j] + 1] - sparse->starts[cols[j]];

  SmoothSparse *result = smooth_sparse_new (sparse->n_rows, n_cols, nnz, error);
  if (result == NULL)
    return NULL;
  for (gint64 j = 0; j < n_cols; j++)
    {
      gint64 from = sparse->starts[cols[j]];
      gint64 length = sparse->starts[cols[j] + 1] - from;
      gint64 to = result->starts[j];
      if (length > 0)
        {
          memcpy (result->rows + to, sparse->rows + from, (gsize) length * sizeof (gint32));
          memcpy (result->values + to, sparse->values + from, (gsize) length * sizeof (double));
        }
      result->starts[j + 1] = to + length;
    }
  return result;
}

/**
 * smooth_sparse_multiply:
 * @x: n_cols doubles
 * @y: n_rows doubles; set to @sparse @x
 */
void
smooth_sparse_multiply (const SmoothSparse *sparse, const double *x, double *y)
{
  memset (y, 0, (gsize) sparse->n_rows * sizeof (double));
  for (gint64 j = 0; j < sparse->n_cols; j++)
    for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
      y[sparse->rows[e]] += sparse->values[e] * x[j];
}
