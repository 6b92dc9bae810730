/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed columns in HDF5, as Cell Ranger and AnnData keep them: a group of three lists that are checked throughout.
 *
 *   indptr    columns + 1 offsets into indices and data, ascending from 0
 *   indices   row of each entry, from 0
 *   data      value of each entry
 */
#include "files/hdf5-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <glib/gi18n-lib.h>
#include <stdatomic.h>
#include <stdlib.h>

#define COLUMNS 64 /* of a block: some milliseconds */

/* Where one thread sorts a column. */
typedef struct
{
  double *values;    /* n_rows */
  guint64 *is_there; /* a bit a row */
} Sorting;

/* Returns: whether the list holds numbers; @whole: integers (or flags, which are integers of two values) */
gboolean
smooth_i_hdf5_list_need_numbers (const Hdf5List *list, gboolean whole, GError **error)
{
  if (list->class == H5T_INTEGER || (!whole && list->class == H5T_FLOAT))
    return TRUE;
  return smooth_i_refuse (list->name, error, "expected %s, found %s", whole ? _("whole numbers") : _("numbers"),
                          list->class == H5T_STRING  ? _("texts")
                          : list->class == H5T_FLOAT ? _("floating-point numbers")
                                                     : _("other elements"));
}

/* Returns: whether the list has @expected elements; @why says what that number is */
gboolean
smooth_i_hdf5_list_need_length (const Hdf5List *list, gint64 expected, const char *why, GError **error)
{
  if (list->length == expected)
    return TRUE;
  return smooth_i_refuse (list->name, error, "expected %" PRId64 " elements (%s), found %" PRId64, expected, _(why),
                          list->length);
}

/* Offsets must ascend from 0 to the number of entries. */
static gboolean
check_starts (const Hdf5List *list, const SmoothSparse *sparse, gint64 nnz, GError **error)
{
  for (gint64 j = 0; j <= sparse->n_cols; j++)
    {
      gint64 least = j > 0 ? sparse->starts[j - 1] : 0;
      gint64 most = j > 0 ? nnz : 0;
      if (sparse->starts[j] < least || sparse->starts[j] > most)
        return smooth_i_refuse (list->name, error, "element %" PRId64 ": expected %" PRId64 "..%" PRId64 ", found %" PRId64,
                                j, least, most, sparse->starts[j]);
    }
  if (sparse->starts[sparse->n_cols] != nnz)
    return smooth_i_refuse (list->name, error,
                            "expected the last element to be the number of entries, %" PRId64 ", found %" PRId64, nnz,
                            sparse->starts[sparse->n_cols]);
  return TRUE;
}

/* Reads the three lists as they are; offsets are checked, entries not yet. */
static SmoothSparse *
read_lists (const Hdf5Matrix *matrix, SmoothRun *run, GError **error)
{
  g_auto (Hdf5List) indptr = { 0 };
  g_auto (Hdf5List) indices = { .id = H5I_INVALID_HID };
  g_auto (Hdf5List) data = { .id = H5I_INVALID_HID };
  const char *why = g_str_equal (matrix->col_word, "gene") ? N_("genes in shape, and 1") : N_("barcodes in shape, and 1");

  if (!smooth_i_hdf5_list_open (&indptr, matrix->group, matrix->place, "indptr", error)
      || !smooth_i_hdf5_list_need_numbers (&indptr, TRUE, error)
      || !smooth_i_hdf5_list_need_length (&indptr, matrix->n_cols + 1, why, error)
      || !smooth_i_hdf5_list_open (&data, matrix->group, matrix->place, "data", error)
      || !smooth_i_hdf5_list_need_numbers (&data, FALSE, error)
      || !smooth_i_hdf5_list_open (&indices, matrix->group, matrix->place, "indices", error)
      || !smooth_i_hdf5_list_need_numbers (&indices, TRUE, error)
      || !smooth_i_hdf5_list_need_length (&indices, data.length, N_("as many as data has"), error))
    return NULL;

  g_autoptr (SmoothSparse) sparse = smooth_i_sparse_new_raw (matrix->n_rows, matrix->n_cols, data.length, error);
  if (sparse == NULL || !smooth_i_hdf5_list_read (&indptr, H5T_NATIVE_INT64, sparse->starts, run, error)
      || !check_starts (&indptr, sparse, data.length, error))
    return NULL;
  if (!smooth_i_hdf5_list_read_numbers (&indices, HDF5_ROW, sparse->rows, run, error)
      || !smooth_i_hdf5_list_read_numbers (&data, HDF5_VALUE, sparse->values, run, error))
    return NULL;
  return g_steal_pointer (&sparse);
}

/* Returns: (transfer full): "barcode 'AAAC-1'", or its number where names are not known */
static char *
dup_column (const Hdf5Matrix *matrix, gint64 j)
{
  if (matrix->col_names == NULL)
    return g_strdup_printf ("%s %" G_GINT64_FORMAT, _(matrix->col_word), j);
  return g_strdup_printf ("%s '%s'", _(matrix->col_word), matrix->col_names[j]);
}

static gboolean
fail_at_entry (const Hdf5Matrix *matrix, const SmoothSparse *sparse, gint64 j, gint64 e, GError **error)
{
  g_autofree char *column = dup_column (matrix, j);

  if (sparse->rows[e] < 0 || sparse->rows[e] >= sparse->n_rows)
    return smooth_i_refuse (matrix->place, error, "indices: element %" PRId64 " (%s): expected 0..%" PRId64 ", found %d", e,
                            column, sparse->n_rows - 1, sparse->rows[e]);
  return smooth_i_refuse (matrix->place, error, "data: element %" PRId64 " (%s): expected a count of 0 or more, found %g", e,
                          column, sparse->values[e]);
}

/* Of the entries, by blocks of columns on all threads. */
typedef struct
{
  const Hdf5Matrix *matrix;
  SmoothSparse *sparse;
  SmoothRun *run;
  _Atomic gboolean is_unordered; /* rows do not ascend strictly in some column */
  _Atomic gint64 bad;            /* the first column with a bad entry, or that has a row twice; n_cols: none */
  Sorting *sortings;             /* one a thread */
} Check;

static void
note_bad (Check *check, gint64 j)
{
  gint64 known = check->bad;

  while (j < known && !atomic_compare_exchange_weak (&check->bad, &known, j))
    ;
}

static inline gboolean
is_good (const SmoothSparse *sparse, gint64 e)
{
  return (guint64) (gint64) sparse->rows[e] < (guint64) sparse->n_rows && sparse->values[e] >= 0.0 && sparse->values[e] <= G_MAXDOUBLE;
}

/* Checks rows and counts of a block of columns. */
static void
check_block (gint64 block, gint worker, gpointer data)
{
  Check *check = data;
  const SmoothSparse *sparse = check->sparse;
  gboolean ordered = TRUE;

  (void) worker;
  if (smooth_run_is_cancelled (check->run))
    return;
  for (gint64 j = block * COLUMNS; j < MIN ((block + 1) * COLUMNS, sparse->n_cols); j++)
    {
      gint32 previous = -1;
      gboolean good = TRUE;
      for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
        {
          good &= is_good (sparse, e);
          ordered &= sparse->rows[e] > previous;
          previous = sparse->rows[e];
        }
      if (!good)
        {
          note_bad (check, j);
          return;
        }
    }
  if (!ordered)
    check->is_unordered = TRUE;
}

/* Calls @func for each block of columns. Returns: FALSE where the run was cancelled */
static gboolean
for_blocks (Check *check, SmoothBlockFunc func, GError **error)
{
  check->bad = check->sparse->n_cols;
  smooth_i_parallel (smooth_run_get_n_threads (check->run), (check->sparse->n_cols + COLUMNS - 1) / COLUMNS, func, check);
  return smooth_run_check (check->run, error);
}

static gboolean
check_entries (Check *check, GError **error)
{
  const SmoothSparse *sparse = check->sparse;

  if (!for_blocks (check, check_block, error))
    return FALSE;
  if (check->bad == sparse->n_cols)
    return TRUE;
  gint64 e = sparse->starts[check->bad];
  while (is_good (sparse, e))
    e++;
  return fail_at_entry (check->matrix, sparse, check->bad, e, error);
}

/* ---- Order of rows ---- */

/* Sorts the rows of one column by putting its values where they belong among all rows. FALSE where a row occurs twice: then
 * the column is as it was. */
static gboolean
sort_column (SmoothSparse *sparse, gint64 j, Sorting *sorting)
{
  gint64 first = sparse->starts[j], end = sparse->starts[j + 1], n_words = (sparse->n_rows + 63) / 64;
  guint64 twice = 0;

  for (gint64 e = first; e < end; e++)
    {
      gint32 row = sparse->rows[e];
      guint64 bit = (guint64) 1 << row % 64;
      twice |= sorting->is_there[row / 64] & bit;
      sorting->is_there[row / 64] |= bit;
      sorting->values[row] = sparse->values[e];
    }
  for (gint64 w = 0, e = first; w < n_words; w++)
    for (; sorting->is_there[w] != 0; sorting->is_there[w] &= sorting->is_there[w] - 1)
      if (twice == 0)
        {
          gint64 row = 64 * w + __builtin_ctzll (sorting->is_there[w]);
          sparse->rows[e] = (gint32) row;
          sparse->values[e++] = sorting->values[row];
        }
  return twice == 0;
}

static gboolean
is_ascending (const SmoothSparse *sparse, gint64 j)
{
  for (gint64 e = sparse->starts[j] + 1; e < sparse->starts[j + 1]; e++)
    if (sparse->rows[e] <= sparse->rows[e - 1])
      return FALSE;
  return TRUE;
}

static void
sort_block (gint64 block, gint worker, gpointer data)
{
  Check *check = data;

  if (smooth_run_is_cancelled (check->run))
    return;
  for (gint64 j = block * COLUMNS; j < MIN ((block + 1) * COLUMNS, check->sparse->n_cols); j++)
    if (!is_ascending (check->sparse, j) && !sort_column (check->sparse, j, &check->sortings[worker]))
      note_bad (check, j);
}

static int
compare_rows (const void *a, const void *b)
{
  return (*(const gint32 *) a > *(const gint32 *) b) - (*(const gint32 *) a < *(const gint32 *) b);
}

/* A column that has a row twice. */
static gboolean
fail_twice (const Hdf5Matrix *matrix, SmoothSparse *sparse, gint64 j, GError **error)
{
  g_autofree char *column = dup_column (matrix, j);
  gint32 *rows = sparse->rows + sparse->starts[j];

  qsort (rows, (gsize) (sparse->starts[j + 1] - sparse->starts[j]), sizeof *rows, compare_rows);
  while (rows[0] != rows[1])
    rows++;
  return smooth_i_refuse (matrix->place, error, "indices: %s: expected every %s once, found %s %d again", column,
                          _(matrix->row_word), _(matrix->row_word), rows[0]);
}

/* Sorts the rows of each column; a row that occurs twice in one is an error. */
static gboolean
sort_rows (Check *check, GError **error)
{
  gint n_threads = smooth_run_get_n_threads (check->run);
  gint64 n_rows = check->sparse->n_rows;
  gboolean good = TRUE;

  check->sortings = g_new0 (Sorting, n_threads);
  for (gint i = 0; good && i < n_threads; i++)
    {
      check->sortings[i].values = smooth_i_try_new (double, n_rows, "a sparse matrix", error);
      if (check->sortings[i].values != NULL)
        check->sortings[i].is_there = smooth_i_try_new (guint64, (n_rows + 63) / 64, "a sparse matrix", error);
      good = check->sortings[i].is_there != NULL;
    }
  good = good && for_blocks (check, sort_block, error);
  for (gint i = 0; i < n_threads; i++)
    {
      g_free (check->sortings[i].values);
      g_free (check->sortings[i].is_there);
    }
  g_free (check->sortings);
  if (good && check->bad < check->sparse->n_cols)
    return fail_twice (check->matrix, check->sparse, check->bad, error);
  return good;
}

/**
 * smooth_i_hdf5_matrix_read:
 * @matrix: what is to be read, and how many rows and columns it must have
 * @run: (nullable): progress and cancellation
 *
 * O(entries), on all threads; where rows are out of order, O(n_rows) of each thread as workspace.
 *
 * Returns: (transfer full): the matrix: finite, >= 0, rows ascending in every column whatever their order in the file
 */
SmoothSparse *
smooth_i_hdf5_matrix_read (const Hdf5Matrix *matrix, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSparse) sparse = read_lists (matrix, run, error);
  Check check = { .matrix = matrix, .sparse = sparse, .run = run };

  if (sparse == NULL || !check_entries (&check, error) || (check.is_unordered && !sort_rows (&check, error)))
    return NULL;
  return g_steal_pointer (&sparse);
}
