/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sparse matrix in compressed columns: shared by reference, not changed once it is shared. */
#pragma once

#include "base/edit.h"
#include "linalg/dense.h"

G_BEGIN_DECLS

/* Within a column rows ascend and none occurs twice. Offsets are 64 bits wide, row numbers 32: no dimension that we
 * meet reaches 2^31, while the number of entries does, and narrow row numbers save a third of the memory. */
typedef struct
{
  gint64 n_rows;
  gint64 n_cols;
  gint64 *starts; /* n_cols + 1 offsets; starts[n_cols] is the number of entries */
  gint32 *rows;   /* of each entry */
  double *values; /* of each entry */

  /*< private >*/
  gatomicrefcount ref_count;
  struct _SmoothSparsePattern *pattern; /* owns starts and rows, which edited matrices share */
  SmoothEdit edit;                      /* by columns */
} SmoothSparse;

SmoothSparse *smooth_sparse_new (gint64 n_rows, gint64 n_cols, gint64 nnz, GError **error);
SmoothSparse *smooth_i_sparse_new_raw (gint64 n_rows, gint64 n_cols, gint64 nnz, GError **error);
SmoothSparse *smooth_sparse_new_from_triplets (gint64 n_rows, gint64 n_cols, gint64 nnz, const gint32 *rows,
                                               const gint32 *cols, const double *values, GError **error);
SmoothSparse *smooth_sparse_new_from_dense (const SmoothMatrix *matrix, GError **error);
SmoothSparse *smooth_sparse_ref (SmoothSparse *sparse);
void smooth_sparse_unref (SmoothSparse *sparse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSparse, smooth_sparse_unref)

gboolean smooth_sparse_check (const SmoothSparse *sparse, GError **error);

SmoothSparse *smooth_sparse_new_transpose (const SmoothSparse *sparse, GError **error);
SmoothSparse *smooth_sparse_new_product (const SmoothSparse *a, const SmoothSparse *b, GError **error);
SmoothSparse *smooth_sparse_new_columns (const SmoothSparse *sparse, const gint32 *cols, gint64 n_cols, GError **error);
SmoothSparse *smooth_i_sparse_new_take (gint64 n_rows, gint64 n_cols, gint32 *rows, double *values, GError **error);
SmoothSparse *smooth_i_sparse_new_like (const SmoothSparse *like, GError **error);
SmoothSparse *smooth_i_sparse_new_edited (const SmoothSparse *from, SmoothSparse *spare, const gint32 *cols, gint64 n_cols,
                                          GError **error);
gboolean smooth_i_sparse_spread (SmoothSparse *sparse, const gint32 *places, gint64 n_cols, GError **error);
gboolean smooth_i_sparse_same_pattern (const SmoothSparse *a, const SmoothSparse *b);
void smooth_sparse_multiply (const SmoothSparse *sparse, const double *x, double *y);

static inline gint64
smooth_sparse_get_nnz (const SmoothSparse *sparse)
{
  return sparse->starts[sparse->n_cols];
}

/* Returns: the place of entry (@row, @col) among rows and values, or -1 where it is not stored; O(log of the column's entries) */
static inline gint64
smooth_sparse_find (const SmoothSparse *sparse, gint64 row, gint64 col)
{
  gint64 low = sparse->starts[col], end = sparse->starts[col + 1];

  for (gint64 high = end; low < high;)
    {
      gint64 middle = low + (high - low) / 2;
      if (sparse->rows[middle] < row)
        low = middle + 1;
      else
        high = middle;
    }
  return low < end && sparse->rows[low] == row ? low : -1;
}

G_END_DECLS
