/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The positions file: one spot a row, with a header (Space Ranger 2 and later) or without (before). */
#include "section/section-private.h"

#include "base/error.h"
#include "files/table.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MAX_PIXEL 1e9
#define CHECK_ROWS 4096 /* between two looks at the run */

typedef enum
{
  BARCODE,
  IN_TISSUE,
  ARRAY_ROW,
  ARRAY_COL,
  PIXEL_ROW,
  PIXEL_COL,
  N_COLUMNS
} Column;

/* The names in the header, which are also the order without one. */
static const char *const names[N_COLUMNS]
    = { "barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres" };

/* By content: a first row that has a number nowhere but perhaps in its first cell is a header. */
static gboolean
has_header (const SmoothTable *table)
{
  double number;

  for (gint64 c = 1; c < smooth_table_get_n_cols (table); c++)
    if (smooth_i_parse_number (smooth_table_get_text (table, 0, c), &number))
      return FALSE;
  return TRUE;
}

/* Finds the table's column of each role. */
static gboolean
find_columns (SmoothTable *table, gint64 columns[N_COLUMNS], GError **error)
{
  gint64 n_cols = smooth_table_get_n_cols (table);
  gboolean header = n_cols > 1 && has_header (table);

  if (n_cols < N_COLUMNS)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                        "%s:1: expected the columns barcode, in_tissue, array_row, array_col, pxl_row_in_fullres and "
                        "pxl_col_in_fullres, found %" PRId64 " columns",
                        smooth_table_get_path (table), n_cols);
      return FALSE;
    }
  if (header)
    smooth_table_take_header (table);
  for (gint c = 0; c < N_COLUMNS; c++)
    {
      columns[c] = header ? smooth_table_find_column (table, names[c]) : c;
      if (columns[c] < 0)
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "%s:1: expected a column '%s' in the header, found none (the first is '%s')",
                            smooth_table_get_path (table), names[c], smooth_table_get_column_name (table, 0));
          return FALSE;
        }
    }
  return TRUE;
}

/* Reads a number of least..most; whole: without a fraction. */
static gboolean
read_number (const SmoothTable *table, gint64 row, gint64 col, gboolean whole, double least, double most, double *value,
             GError **error)
{
  if (!smooth_table_get_number (table, row, col, value, error))
    return FALSE;
  if (*value >= least && *value <= most && (!whole || *value == floor (*value)))
    return TRUE;
  g_autofree char *place = smooth_table_dup_place (table, row, col);
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
                    whole ? N_("%s: expected a whole number of %.0f to %.0f, found '%s'")
                          : N_("%s: expected a number of %.0f to %.0f, found '%s'"),
                    place, least, most, smooth_table_get_text (table, row, col));
  return FALSE;
}

static gboolean
read_row (SmoothSection *section, const SmoothTable *table, const gint64 columns[N_COLUMNS], gint64 i, GError **error)
{
  const char *barcode = smooth_table_get_text (table, i, columns[BARCODE]);
  double in_tissue, row, col;

  if (barcode[0] == '\0')
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": expected a barcode, found an empty cell",
                        smooth_table_get_path (table), smooth_table_get_line (table, i));
      return FALSE;
    }
  if (!read_number (table, i, columns[IN_TISSUE], TRUE, 0, 1, &in_tissue, error)
      || !read_number (table, i, columns[ARRAY_ROW], TRUE, -1, G_MAXINT32, &row, error)
      || !read_number (table, i, columns[ARRAY_COL], TRUE, -1, G_MAXINT32, &col, error)
      || !read_number (table, i, columns[PIXEL_COL], FALSE, -MAX_PIXEL, MAX_PIXEL, &section->coords[2 * i], error)
      || !read_number (table, i, columns[PIXEL_ROW], FALSE, -MAX_PIXEL, MAX_PIXEL, &section->coords[2 * i + 1], error))
    return FALSE;
  section->barcodes[i] = g_strdup (barcode);
  section->spot_flags[i] = in_tissue > 0.0 ? SMOOTH_SPOT_IN_TISSUE : 0;
  section->array_rows[i] = (gint32) row;
  section->array_cols[i] = (gint32) col;
  return TRUE;
}

/* Returns: whether every spot, one a row of @table, has a barcode of its own */
gboolean
smooth_i_section_check_barcodes (const SmoothSection *section, const SmoothTable *table, GError **error)
{
  gint64 first;
  gint64 again = smooth_i_find_repeated (section->barcodes, section->n_spots, &first);

  if (again < 0)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                    "%s:%" PRId64 ": expected every barcode once, found '%s' again (first on line %" PRId64 ")",
                    smooth_table_get_path (table), smooth_table_get_line (table, again), section->barcodes[again],
                    smooth_table_get_line (table, first));
  return FALSE;
}

/* Takes memory for @n spots. */
void
smooth_i_section_alloc_spots (SmoothSection *section, gint64 n)
{
  section->n_spots = n;
  section->barcodes = g_new0 (char *, n + 1);
  section->spot_flags = g_new0 (guint8, n);
  section->array_rows = g_new0 (gint32, n);
  section->array_cols = g_new0 (gint32, n);
  section->coords = g_new0 (double, 2 * n);
  section->total_counts = g_new0 (double, n);
}

/**
 * smooth_i_positions_load:
 * @section: an empty one; gets its spots: barcodes, flags, array positions, coordinates
 * @path: a positions file
 */
gboolean
smooth_i_positions_load (SmoothSection *section, const char *path, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  gint64 columns[N_COLUMNS];

  if (table == NULL || !smooth_run_check (run, error) || !find_columns (table, columns, error))
    return FALSE;
  gint64 n = smooth_table_get_n_rows (table);
  if (n == 0 || n >= G_MAXINT32)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected 1 to %d spots, found %" PRId64, path, G_MAXINT32 - 1, n);
      return FALSE;
    }
  smooth_i_section_alloc_spots (section, n);
  for (gint64 i = 0; i < n; i++)
    if ((i % CHECK_ROWS == 0 && !smooth_run_check (run, error)) || !read_row (section, table, columns, i, error))
      return FALSE;
  return smooth_i_section_check_barcodes (section, table, error);
}
