/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed columns in HDF5, as Cell Ranger and AnnData keep them: a group of three lists that are checked throughout.
 *
 *   indptr    columns + 1 offsets into indices and data, ascending from 0
 *   indices   row of each entry, from 0
 *   data      value of each entry
 */
#include "files/hdf5-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>

#define CHECK_COLUMNS 256 /* between two looks at the run */

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
  smooth_run_report (run, 0.3, "Reading the counts");
  if (!smooth_i_hdf5_list_read (&indices, H5T_NATIVE_INT32, sparse->rows, run, error))
    return NULL;
  smooth_run_report (run, 0.6, "Reading the counts");
  if (!smooth_i_hdf5_list_read (&data, H5T_NATIVE_DOUBLE, sparse->values, run, error))
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

/* Checks rows and counts. *ordered: rows ascend strictly in every column. */
static gboolean
check_entries (const Hdf5Matrix *matrix, const SmoothSparse *sparse, gboolean *ordered, SmoothRun *run, GError **error)
{
  *ordered = TRUE;
  for (gint64 j = 0; j < sparse->n_cols; j++)
    {
      gint64 previous = -1;
      if (j % CHECK_COLUMNS == 0 && !smooth_run_check (run, error))
        return FALSE;
      for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
        {
          if (sparse->rows[e] < 0 || sparse->rows[e] >= sparse->n_rows
              || !(sparse->values[e] >= 0.0 && sparse->values[e] <= G_MAXDOUBLE))
            return fail_at_entry (matrix, sparse, j, e, error);
          *ordered &= sparse->rows[e] > previous;
          previous = sparse->rows[e];
        }
    }
  return TRUE;
}

/* Sorts the rows of each column; a row that occurs twice in one is an error. */
static SmoothSparse *
sort_rows (const Hdf5Matrix *matrix, const SmoothSparse *sparse, GError **error)
{
  g_autoptr (SmoothSparse) transposed = smooth_sparse_new_transpose (sparse, error);
  g_autoptr (SmoothSparse) sorted = transposed != NULL ? smooth_sparse_new_transpose (transposed, error) : NULL;
  if (sorted == NULL)
    return NULL;

  for (gint64 j = 0; j < sorted->n_cols; j++)
    for (gint64 e = sorted->starts[j] + 1; e < sorted->starts[j + 1]; e++)
      if (sorted->rows[e] == sorted->rows[e - 1])
        {
          g_autofree char *column = dup_column (matrix, j);
          smooth_i_refuse (matrix->place, error, "indices: %s: expected every %s once, found %s %d again", column,
                           _(matrix->row_word), _(matrix->row_word), sorted->rows[e]);
          return NULL;
        }
  return g_steal_pointer (&sorted);
}

/**
 * smooth_i_hdf5_matrix_read:
 * @matrix: what is to be read, and how many rows and columns it must have
 * @run: (nullable): progress and cancellation
 *
 * Returns: (transfer full): the matrix: finite, >= 0, rows ascending in every column whatever their order in the file
 */
SmoothSparse *
smooth_i_hdf5_matrix_read (const Hdf5Matrix *matrix, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSparse) sparse = read_lists (matrix, run, error);
  gboolean ordered;

  if (sparse == NULL || !check_entries (matrix, sparse, &ordered, run, error))
    return NULL;
  return ordered ? g_steal_pointer (&sparse) : sort_rows (matrix, sparse, error);
}
