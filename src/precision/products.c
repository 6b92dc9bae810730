/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse algebra that keeps patterns: the symmetric part of a matrix, and M^T M with the entries that cancel. */
#include "precision/precision-private.h"

#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 8

/* Merges column j of a and of b, rows ascending; writes where to is given. Returns: the number of entries. */
static gint64
merge_column (const SmoothSparse *a, const SmoothSparse *b, gint64 j, gint32 *rows, double *values)
{
  gint64 e = a->starts[j], f = b->starts[j], n = 0;
  gint64 e_end = a->starts[j + 1], f_end = b->starts[j + 1];
  gboolean has_diagonal = FALSE;

  while (e < e_end || f < f_end || !has_diagonal)
    {
      gint64 row_a = e < e_end ? a->rows[e] : G_MAXINT64, row_b = f < f_end ? b->rows[f] : G_MAXINT64;
      gint64 row = MIN (row_a, row_b);
      if (!has_diagonal && row >= j)
        {
          row = j;
          has_diagonal = TRUE;
        }
      double sum = 0.0;
      if (row_a == row)
        sum += a->values[e++];
      if (row_b == row)
        sum += b->values[f++];
      if (rows != NULL)
        {
          rows[n] = (gint32) row;
          values[n] = 0.5 * sum;
        }
      n++;
    }
  return n;
}

/**
 * smooth_i_symmetric_part:
 * @matrix: n x n
 *
 * O(nnz).
 *
 * Returns: (transfer full): (A + A^T) / 2 on the union of both patterns and the diagonal
 */
SmoothSparse *
smooth_i_symmetric_part (const SmoothSparse *matrix, GError **error)
{
  g_autoptr (SmoothSparse) transposed = smooth_sparse_new_transpose (matrix, error);
  if (transposed == NULL)
    return NULL;

  gint64 n = matrix->n_cols, nnz = 0;
  for (gint64 j = 0; j < n; j++)
    nnz += merge_column (matrix, transposed, j, NULL, NULL);
  SmoothSparse *result = smooth_sparse_new (n, n, nnz, error);
  if (result == NULL)
    return NULL;
  for (gint64 j = 0; j < n; j++)
    {
      gint64 to = result->starts[j];
      result->starts[j + 1] = to + merge_column (matrix, transposed, j, result->rows + to, result->values + to);
    }
  return result;
}

/* Q = M^T M: column j is the sum over the entries l of column j of M of M_lj times row l of M. */
typedef struct
{
  const SmoothSparse *columns; /* M */
  const SmoothSparse *rows;    /* M^T */
  SmoothSparse *result;
  gint64 **marks; /* of each worker: the last column + 1 that met this row */
  double **sums;
  SmoothRun *run;
} Gram;

static void
count_block (gint64 block, gint worker, gpointer data)
{
  Gram *gram = data;
  gint64 *marks = gram->marks[worker];
  gint64 last = MIN ((block + 1) * SMOOTH_COLUMN_BLOCK, gram->rows->n_cols);

  for (gint64 j = block * SMOOTH_COLUMN_BLOCK; j < last; j++)
    {
      gint64 count = 0;
      for (gint64 e = gram->columns->starts[j]; e < gram->columns->starts[j + 1]; e++)
        {
          gint64 l = gram->columns->rows[e];
          for (gint64 f = gram->rows->starts[l]; f < gram->rows->starts[l + 1]; f++)
            {
              count += marks[gram->rows->rows[f]] != j + 1;
              marks[gram->rows->rows[f]] = j + 1;
            }
        }
      gram->result->starts[j + 1] = count;
    }
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  gint32 x = *(const gint32 *) a, y = *(const gint32 *) b;

  return (x > y) - (x < y);
}

static void
sort_rows (gint32 *rows, gint64 n)
{
  if (n > 48)
    {
      qsort (rows, (gsize) n, sizeof (gint32), compare_rows);
      return;
    }
  for (gint64 t = 1; t < n; t++)
    {
      gint32 row = rows[t];
      gint64 s = t;
      for (; s > 0 && rows[s - 1] > row; s--)
        rows[s] = rows[s - 1];
      rows[s] = row;
    }
}

static void
fill_block (gint64 block, gint worker, gpointer data)
{
  Gram *gram = data;
  gint64 *marks = gram->marks[worker];
  double *sums = gram->sums[worker];
  gint64 last = MIN ((block + 1) * SMOOTH_COLUMN_BLOCK, gram->rows->n_cols);

  for (gint64 j = block * SMOOTH_COLUMN_BLOCK; j < last && !smooth_run_is_cancelled (gram->run); j++)
    {
      gint32 *rows = gram->result->rows + gram->result->starts[j];
      gint64 n = 0;
      for (gint64 e = gram->columns->starts[j]; e < gram->columns->starts[j + 1]; e++)
        {
          gint64 l = gram->columns->rows[e];
          double value = gram->columns->values[e];
          for (gint64 f = gram->rows->starts[l]; f < gram->rows->starts[l + 1]; f++)
            {
              gint32 i = gram->rows->rows[f];
              if (marks[i] != -(j + 1))
                {
                  marks[i] = -(j + 1);
                  sums[i] = 0.0;
                  rows[n++] = i;
                }
              sums[i] += gram->rows->values[f] * value;
            }
        }
      sort_rows (rows, n);
      for (gint64 t = 0; t < n; t++)
        gram->result->values[gram->result->starts[j] + t] = sums[rows[t]];
    }
}

static gboolean
allocate_scratch (Gram *gram, gint n_threads, GError **error)
{
  gint64 n = gram->rows->n_cols;

  for (gint t = 0; t < n_threads; t++)
    {
      gram->marks[t] = smooth_i_try_alloc (n, sizeof (gint64), "a sparse product", error);
      if (gram->marks[t] == NULL)
        return FALSE;
      gram->sums[t] = smooth_i_try_alloc (n, sizeof (double), "a sparse product", error);
      if (gram->sums[t] == NULL)
        return FALSE;
    }
  return TRUE;
}

static SmoothSparse *
multiply (Gram *gram, gint n_threads, GError **error)
{
  gint64 n = gram->rows->n_cols, n_blocks = (n + SMOOTH_COLUMN_BLOCK - 1) / SMOOTH_COLUMN_BLOCK;
  g_autoptr (SmoothSparse) counts = smooth_sparse_new (n, n, 0, error);

  if (counts == NULL)
    return NULL;
  gram->result = counts;
  smooth_i_parallel (n_threads, n_blocks, count_block, gram);
  for (gint64 j = 0; j < n; j++)
    counts->starts[j + 1] += counts->starts[j];

  g_autoptr (SmoothSparse) result = smooth_sparse_new (n, n, counts->starts[n], error);
  if (result == NULL)
    return NULL;
  memcpy (result->starts, counts->starts, (gsize) (n + 1) * sizeof (gint64));
  gram->result = result;
  smooth_i_parallel (n_threads, n_blocks, fill_block, gram);
  return smooth_run_check (gram->run, error) ? g_steal_pointer (&result) : NULL;
}

/**
 * smooth_i_gram:
 * @transposed: M^T, n x n: column l is row l of M
 *
 * Entries that cancel stay, as zeros, so that the pattern depends on the pattern of M alone. Q_ij and Q_ji are sums of the
 * same products in the same order: the result is symmetric to the bit.
 *
 * O(sum over rows of M of the square of their length) time; 16 n bytes a thread, 8 threads at most.
 *
 * Returns: (transfer full): M^T M
 */
SmoothSparse *
smooth_i_gram (const SmoothSparse *transposed, SmoothRun *run, GError **error)
{
  gint64 *marks[MAX_THREADS] = { NULL };
  double *sums[MAX_THREADS] = { NULL };
  gint n_threads = MIN (smooth_run_get_n_threads (run), MAX_THREADS);
  g_autoptr (SmoothSparse) columns = smooth_sparse_new_transpose (transposed, error);
  if (columns == NULL)
    return NULL;

  Gram gram = { .columns = columns, .rows = transposed, .marks = marks, .sums = sums, .run = run };
  SmoothSparse *result = allocate_scratch (&gram, n_threads, error) ? multiply (&gram, n_threads, error) : NULL;
  for (gint t = 0; t < n_threads; t++)
    {
      smooth_i_free (marks[t]);
      smooth_i_free (sums[t]);
    }
  return result;
}
