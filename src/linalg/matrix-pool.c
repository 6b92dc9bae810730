/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fresh memory costs more than what is written to it: the system clears every page at its first touch. So the pool holds on to
 * the latest matrices, and gives one out again as soon as it is the only one that holds it. */
#include "linalg/matrix-pool.h"

static gboolean
is_free (const SmoothMatrix *matrix, gint64 n_rows, gint64 n_cols)
{
  return matrix != NULL && g_atomic_ref_count_compare ((gatomicrefcount *) &matrix->ref_count, 1) && matrix->n_rows == n_rows
         && matrix->n_cols == n_cols;
}

/**
 * smooth_i_matrix_pool_get:
 *
 * O(1), where there is one of that shape which nobody else holds.
 *
 * Returns: (transfer full): a matrix whose values the caller writes, all of them, before it shares it
 */
SmoothMatrix *
smooth_i_matrix_pool_get (SmoothMatrixPool *pool, gint64 n_rows, gint64 n_cols, GError **error)
{
  for (gint i = 0; i < SMOOTH_POOLED_MATRICES; i++)
    if (is_free (pool->matrices[i], n_rows, n_cols))
      return smooth_matrix_ref (pool->matrices[i]);

  SmoothMatrix *matrix = smooth_i_matrix_new_raw (n_rows, n_cols, error);
  if (matrix == NULL)
    return NULL;
  g_clear_pointer (&pool->matrices[pool->next], smooth_matrix_unref);
  pool->matrices[pool->next] = smooth_matrix_ref (matrix);
  pool->next = (pool->next + 1) % SMOOTH_POOLED_MATRICES;
  return matrix;
}

/* Whoever has matrices of the pool keeps them, alone. */
void
smooth_i_matrix_pool_clear (SmoothMatrixPool *pool)
{
  for (gint i = 0; i < SMOOTH_POOLED_MATRICES; i++)
    g_clear_pointer (&pool->matrices[i], smooth_matrix_unref);
}
