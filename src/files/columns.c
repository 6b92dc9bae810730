/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing of tables of numbers by name. */
#include "files/columns.h"

#include "base/error.h"
#include "files/output.h"
#include "files/table.h"

#include <string.h>

/* A first row without a single word above the numbers is no header. */
static gboolean
check_header (const SmoothTable *table, GError **error)
{
  double value;

  if (smooth_table_get_n_cols (table) < 2)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                        "%s: expected names and at least one column of numbers, found one column",
                        smooth_table_get_path (table));
      return FALSE;
    }
  for (gint64 col = 1; col < smooth_table_get_n_cols (table); col++)
    if (!smooth_i_parse_number (smooth_table_get_text (table, 0, col), &value))
      return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                    "%s:%" PRId64 ": expected a header with the names of the columns, found numbers",
                    smooth_table_get_path (table), smooth_table_get_line (table, 0));
  return FALSE;
}

static gboolean
read_names (SmoothColumns *columns, const SmoothTable *table, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint64 col = 0; col < columns->n_columns; col++)
    columns->column_names[col] = g_strdup (smooth_table_get_column_name (table, col + 1));
  for (gint64 row = 0; row < columns->n_rows; row++)
    {
      columns->row_names[row] = g_strdup (smooth_table_get_text (table, row, 0));
      if (!g_hash_table_insert (seen, columns->row_names[row], GSIZE_TO_POINTER ((gsize) row)))
        {
          gint64 first = 0;
          while (strcmp (columns->row_names[first], columns->row_names[row]) != 0)
            first++;
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "%s:%" PRId64 ": expected every row once, found '%s' again (first in line %" PRId64 ")",
                            columns->path, smooth_table_get_line (table, row), columns->row_names[row],
                            smooth_table_get_line (table, first));
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * smooth_columns_load:
 * @path: a text table, plain or gzip, with a header
 *
 * O(cells).
 *
 * Returns: (transfer full): the table. Errors name line and column: no header, a row that comes twice, a cell that is no number
 */
SmoothColumns *
smooth_columns_load (const char *path, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);

  if (table == NULL || !check_header (table, error))
    return NULL;
  smooth_table_take_header (table);
  if (smooth_table_get_n_rows (table) == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected rows below the header, found none", path);
      return NULL;
    }

  g_autoptr (SmoothColumns) columns = g_new0 (SmoothColumns, 1);
  columns->path = g_strdup (path);
  columns->n_rows = smooth_table_get_n_rows (table);
  columns->n_columns = smooth_table_get_n_cols (table) - 1;
  columns->row_names = g_new0 (char *, columns->n_rows + 1);
  columns->column_names = g_new0 (char *, columns->n_columns + 1);
  columns->values = smooth_matrix_new (columns->n_columns, columns->n_rows, error);
  if (columns->values == NULL || !read_names (columns, table, error))
    return NULL;
  for (gint64 row = 0; row < columns->n_rows; row++)
    for (gint64 col = 0; col < columns->n_columns; col++)
      if (!smooth_table_get_number (table, row, col + 1, smooth_matrix_column (columns->values, row) + col, error))
        return NULL;
  return g_steal_pointer (&columns);
}

void
smooth_columns_free (SmoothColumns *columns)
{
  if (columns == NULL)
    return;
  g_free (columns->path);
  g_strfreev (columns->row_names);
  g_strfreev (columns->column_names);
  smooth_matrix_unref (columns->values);
  g_free (columns);
}

/* Returns: the number of the column of exactly that name, -1 where there is none */
gint64
smooth_columns_find (const SmoothColumns *columns, const char *name)
{
  for (gint64 col = 0; col < columns->n_columns; col++)
    if (strcmp (columns->column_names[col], name) == 0)
      return col;
  return -1;
}

/**
 * smooth_columns_dup_rows:
 * @names: n_names names of rows that are wanted, in this order
 * @what: what they are, for the error: "spot"
 *
 * O(n_rows + cells).
 *
 * Returns: (transfer full): n_columns x n_names; an error names the first row that is missing, and how many are
 */
SmoothMatrix *
smooth_columns_dup_rows (const SmoothColumns *columns, const char *const *names, gint64 n_names, const char *what, GError **error)
{
  g_autoptr (GHashTable) rows = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (SmoothMatrix) values = smooth_matrix_new (columns->n_columns, n_names, error);
  gint64 n_missing = 0, missing = 0;

  if (values == NULL)
    return NULL;
  for (gint64 row = 0; row < columns->n_rows; row++)
    g_hash_table_insert (rows, columns->row_names[row], GSIZE_TO_POINTER ((gsize) row + 1));
  for (gint64 i = 0; i < n_names; i++)
    {
      gint64 row = (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (rows, names[i])) - 1;
      if (row >= 0)
        memcpy (smooth_matrix_column (values, i), smooth_matrix_column (columns->values, row), (gsize) columns->n_columns * sizeof (double));
      else if (n_missing++ == 0)
        missing = i;
    }
  if (n_missing == 0)
    return g_steal_pointer (&values);
  smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                    "%s: expected a row for every %s, found none for %" PRId64 " of %" PRId64 ", the first being %s",
                    columns->path, what, n_missing, n_names, names[missing]);
  return NULL;
}

/**
 * smooth_columns_save:
 * @corner: the first cell: what rows are, "barcode"
 * @values: n_columns x n_rows, column-major; NAN is written as an empty cell
 *
 * Writes a CSV file whose numbers read back to the bit.
 */
gboolean
smooth_columns_save (const char *path, const char *corner, const char *const *row_names, gint64 n_rows, const char *const *column_names,
                     gint64 n_columns, const double *values, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;

  smooth_output_csv_field (output, corner);
  for (gint64 col = 0; col < n_columns; col++)
    {
      smooth_output_text (output, ",");
      smooth_output_csv_field (output, column_names[col]);
    }
  smooth_output_text (output, "\n");
  for (gint64 row = 0; row < n_rows; row++)
    {
      smooth_output_csv_field (output, row_names[row]);
      for (gint64 col = 0; col < n_columns; col++)
        {
          double value = values[row * n_columns + col];
          smooth_output_text (output, ",");
          if (value == value)
            smooth_output_number (output, value);
        }
      smooth_output_text (output, "\n");
    }
  return smooth_output_commit (output, error);
}
