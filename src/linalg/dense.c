/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of dense matrices and of large arrays: aligned for vector code, and a failed allocation is an error. */
#include "linalg/dense.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define PAGE ((gsize) 4096) /* or a multiple on some machines, where this asks for nothing */
#define HUGE_PAGE (2 << 20)

static void
set_memory_error (gint64 n, gsize size, const char *what, GError **error)
{
  smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory for %s: %" PRId64 " elements of %zu bytes", _(what), n,
                    size);
}

/**
 * smooth_i_try_alloc_raw:
 * @n: number of elements, >= 0
 * @size: of one element, in bytes
 * @what: what the memory is for, for the error message
 *
 * Large arrays ask for huge pages, the largest are aligned to them: first touch is then several times faster. Aligning smaller
 * ones would waste address space.
 *
 * Returns: (transfer full): memory that the caller writes before it reads; never %NULL for a successful call, also where @n is 0
 */
gpointer
smooth_i_try_alloc_raw (gint64 n, gsize size, const char *what, GError **error)
{
  gsize bytes = 0;
  gpointer memory = NULL;

  if (n >= 0 && !__builtin_mul_overflow ((gsize) n, size, &bytes) && bytes < G_MAXSSIZE - HUGE_PAGE)
    {
      gsize alignment = bytes >= 4 * HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
      gsize rounded = (MAX (bytes, 1) + alignment - 1) / alignment * alignment;

      memory = aligned_alloc (alignment, rounded);
      if (memory != NULL && bytes >= 2 * HUGE_PAGE)
        {
          gsize skip = -GPOINTER_TO_SIZE (memory) % PAGE;
          (void) madvise ((char *) memory + skip, rounded - skip, MADV_HUGEPAGE);
        }
    }
  if (memory == NULL)
    set_memory_error (n, size, what, error);
  return memory;
}

/**
 * smooth_i_try_alloc:
 *
 * As smooth_i_try_alloc_raw(), zeroed.
 */
gpointer
smooth_i_try_alloc (gint64 n, gsize size, const char *what, GError **error)
{
  gpointer memory = smooth_i_try_alloc_raw (n, size, what, error);

  if (memory != NULL)
    memset (memory, 0, (gsize) n * size);
  return memory;
}

void
smooth_i_free (gpointer memory)
{
  free (memory);
}

/**
 * smooth_i_try_malloc:
 *
 * As smooth_i_try_alloc(), for memory that g_free() ends. What grows with the data is allocated by one of these two: g_new()
 * ends the program where there is not enough memory.
 */
gpointer
smooth_i_try_malloc (gint64 n, gsize size, const char *what, GError **error)
{
  gsize bytes = 0;
  gpointer memory = NULL;

  if (n >= 0 && !__builtin_mul_overflow ((gsize) MAX (n, 1), size, &bytes) && bytes < G_MAXSSIZE)
    memory = g_try_malloc0 (bytes);
  if (memory == NULL)
    set_memory_error (n, size, what, error);
  return memory;
}

static SmoothMatrix *
new_matrix (gint64 n_rows, gint64 n_cols, gpointer (*alloc) (gint64, gsize, const char *, GError **), GError **error)
{
  gint64 n;

  g_return_val_if_fail (n_rows >= 0 && n_cols >= 0, NULL);
  if (__builtin_mul_overflow (n_rows, n_cols, &n))
    n = -1;

  double *values = alloc (n, sizeof (double), "a matrix", error);
  if (values == NULL)
    return NULL;

  SmoothMatrix *matrix = g_new0 (SmoothMatrix, 1);
  matrix->n_rows = n_rows;
  matrix->n_cols = n_cols;
  matrix->values = values;
  g_atomic_ref_count_init (&matrix->ref_count);
  return matrix;
}

/**
 * smooth_matrix_new:
 *
 * Returns: (transfer full): a zero matrix that the caller may fill until it shares it
 */
SmoothMatrix *
smooth_matrix_new (gint64 n_rows, gint64 n_cols, GError **error)
{
  return new_matrix (n_rows, n_cols, smooth_i_try_alloc, error);
}

/**
 * smooth_i_matrix_new_raw:
 *
 * Returns: (transfer full): a matrix whose values the caller writes, all of them, before it shares it
 */
SmoothMatrix *
smooth_i_matrix_new_raw (gint64 n_rows, gint64 n_cols, GError **error)
{
  return new_matrix (n_rows, n_cols, smooth_i_try_alloc_raw, error);
}

/**
 * smooth_matrix_new_from_values:
 * @values: n_rows x n_cols, column-major; copied
 */
SmoothMatrix *
smooth_matrix_new_from_values (gint64 n_rows, gint64 n_cols, const double *values, GError **error)
{
  SmoothMatrix *matrix = smooth_matrix_new (n_rows, n_cols, error);

  if (matrix != NULL && n_rows * n_cols > 0)
    memcpy (matrix->values, values, (gsize) (n_rows * n_cols) * sizeof (double));
  return matrix;
}

/**
 * smooth_i_matrix_check:
 * @row: what a row is: "group"
 * @column: what a column is: "spot"
 *
 * Returns: TRUE where all values can be computed with; an error names the first that cannot, counting from 1
 */
gboolean
smooth_i_matrix_check (const SmoothMatrix *matrix, const char *row, const char *column, GError **error)
{
  for (gint64 j = 0; j < matrix->n_cols; j++)
    for (gint64 i = 0; i < matrix->n_rows; i++)
      if (!smooth_i_is_usable (smooth_matrix_column (matrix, j)[i]))
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE,
                            "%s %" PRId64 " of %s %" PRId64 ": expected a number of at most %g in size, found %g", _(row),
                            i + 1, _(column), j + 1, SMOOTH_MAX_VALUE, smooth_matrix_column (matrix, j)[i]);
          return FALSE;
        }
  return TRUE;
}

SmoothMatrix *
smooth_matrix_ref (SmoothMatrix *matrix)
{
  g_atomic_ref_count_inc (&matrix->ref_count);
  return matrix;
}

void
smooth_matrix_unref (SmoothMatrix *matrix)
{
  if (matrix == NULL || !g_atomic_ref_count_dec (&matrix->ref_count))
    return;
  smooth_i_free (matrix->values);
  g_free (matrix);
}
