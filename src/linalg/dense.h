/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dense matrix: column-major doubles, shared by reference, not changed once it is shared. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 n_rows;
  gint64 n_cols;
  double *values; /* n_rows x n_cols, column-major: element (i, j) is values[i + j * n_rows]; 64-byte aligned */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothMatrix;

SmoothMatrix *smooth_matrix_new (gint64 n_rows, gint64 n_cols, GError **error);
SmoothMatrix *smooth_i_matrix_new_raw (gint64 n_rows, gint64 n_cols, GError **error);
SmoothMatrix *smooth_matrix_new_from_values (gint64 n_rows, gint64 n_cols, const double *values, GError **error);
SmoothMatrix *smooth_matrix_ref (SmoothMatrix *matrix);
void smooth_matrix_unref (SmoothMatrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothMatrix, smooth_matrix_unref)

/* The largest size of a value in any input: products of four of them, summed, stay finite. */
#define SMOOTH_MAX_VALUE 1e70

/* FALSE for NaN and infinities too. */
static inline gboolean
smooth_i_is_usable (double value)
{
  return value >= -SMOOTH_MAX_VALUE && value <= SMOOTH_MAX_VALUE;
}

gboolean smooth_i_matrix_check (const SmoothMatrix *matrix, const char *row, const char *column, GError **error);

/* The j-th column: n_rows doubles. */
static inline double *
smooth_matrix_column (const SmoothMatrix *matrix, gint64 j)
{
  return matrix->values + j * matrix->n_rows;
}

/* 64-byte aligned memory for arrays of any size; zeroed, or for a caller that writes all of it. To be freed with smooth_i_free(). */
gpointer smooth_i_try_alloc (gint64 n, gsize size, const char *what, GError **error);
gpointer smooth_i_try_alloc_raw (gint64 n, gsize size, const char *what, GError **error);
void smooth_i_free (gpointer memory);

/* Room for n elements on the heap of GLib, for arrays that g_autofree or g_free() end; zeroed. */
#define smooth_i_try_new(Type, n, what, error) ((Type *) smooth_i_try_malloc (n, sizeof (Type), what, error))
gpointer smooth_i_try_malloc (gint64 n, gsize size, const char *what, GError **error);

G_END_DECLS
