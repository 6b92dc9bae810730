/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of tables about spots: the column of barcodes is the one whose cells the section knows.
 *
 * Barcodes are compared exactly. Where none matches so, they are compared by their sequence alone, without what stands
 * behind it: 'AAACAAGTATCTCCCA-1.8' is then 'AAACAAGTATCTCCCA-1'.
 */
#include "section/labels.h"

#include "base/error.h"
#include "files/table.h"
#include "section/section-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MIN_SEQUENCE 8
#define N_EXAMPLES 3

/* Spots by barcode, and one table's way to them. */
typedef struct
{
  const SmoothTable *table;
  const SmoothSection *section;
  GHashTable *numbers; /* barcode to number + 1; 0 for one that means several spots */
  gboolean by_sequence;
  gint64 column;       /* of the barcodes in the table */
  gint64 n_matched;    /* rows whose barcode is in the section */
} Barcodes;

/* The sequence at the head of a barcode; where there is none, all before the last '-'. */
static char *
dup_sequence (const char *barcode)
{
  gsize length = strspn (barcode, "ACGTN");
  const char *dash = strrchr (barcode, '-');

  if (length >= MIN_SEQUENCE && (barcode[length] == '\0' || strchr ("-_.#", barcode[length]) != NULL))
    return g_strndup (barcode, length);
  return dash != NULL ? g_strndup (barcode, (gsize) (dash - barcode)) : g_strdup (barcode);
}

static char *
dup_key (const Barcodes *barcodes, const char *barcode)
{
  return barcodes->by_sequence ? dup_sequence (barcode) : g_strdup (barcode);
}

static void
index_spots (Barcodes *barcodes)
{
  const SmoothSection *section = barcodes->section;

  g_clear_pointer (&barcodes->numbers, g_hash_table_unref);
  barcodes->numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gint64 s = 0; s < section->n_spots; s++)
    {
      char *key = dup_key (barcodes, section->barcodes[s]);
      gboolean known = g_hash_table_contains (barcodes->numbers, key);
      g_hash_table_insert (barcodes->numbers, key, GINT_TO_POINTER (known ? 0 : (gint) s + 1));
    }
}

/* The spot of a cell, -1 where it is no barcode of the section. */
static gint64
find_spot (const Barcodes *barcodes, const char *cell)
{
  g_autofree char *key = barcodes->by_sequence ? dup_sequence (cell) : NULL;

  return GPOINTER_TO_INT (g_hash_table_lookup (barcodes->numbers, key != NULL ? key : cell)) - 1;
}

/* Sets the column in which most cells are barcodes. */
static void
find_column (Barcodes *barcodes)
{
  barcodes->n_matched = 0;
  barcodes->column = 0;
  for (gint64 col = 0; col < smooth_table_get_n_cols (barcodes->table); col++)
    {
      gint64 n = 0;
      for (gint64 row = 0; row < smooth_table_get_n_rows (barcodes->table); row++)
        n += find_spot (barcodes, smooth_table_get_text (barcodes->table, row, col)) >= 0;
      if (n > barcodes->n_matched)
        {
          barcodes->n_matched = n;
          barcodes->column = col;
        }
    }
}

static void
set_no_match_error (const Barcodes *barcodes, GError **error)
{
  gint64 n_rows = smooth_table_get_n_rows (barcodes->table);
  gint64 last = n_rows - 1;

  smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                    "%s: expected barcodes of the section such as %s, found none of them in %" PRId64
                    " rows; the last row begins with '%s'",
                    smooth_table_get_path (barcodes->table),
                    barcodes->section->n_spots > 0 ? barcodes->section->barcodes[0] : _("(none)"), n_rows,
                    smooth_table_get_text (barcodes->table, last, 0));
}

/* Finds the barcodes of a table, and takes its header where it has one. */
static gboolean
match_table (Barcodes *barcodes, SmoothTable *table, const SmoothSection *section, SmoothReport *report, GError **error)
{
  *barcodes = (Barcodes){ .table = table, .section = section };
  index_spots (barcodes);
  find_column (barcodes);
  if (barcodes->n_matched == 0)
    {
      barcodes->by_sequence = TRUE;
      index_spots (barcodes);
      find_column (barcodes);
      if (barcodes->n_matched > 0)
        smooth_report_add (report, SMOOTH_REPORT_WARNING,
                           "%s: barcodes match those of the section only without what stands behind their sequence",
                           smooth_table_get_path (table));
    }
  if (barcodes->n_matched == 0)
    {
      set_no_match_error (barcodes, error);
      return FALSE;
    }
  if (find_spot (barcodes, smooth_table_get_text (table, 0, barcodes->column)) < 0)
    smooth_table_take_header (table);
  return TRUE;
}

/* All names of the header but that of the barcodes. */
static char *
dup_column_names (const Barcodes *barcodes)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (gint64 col = 0; col < smooth_table_get_n_cols (barcodes->table); col++)
    if (col != barcodes->column)
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", smooth_table_get_column_name (barcodes->table, col));
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static gboolean
is_missing (const char *cell)
{
  static const char *const words[] = { "", "NA", "N/A", "NaN", "nan", "<NA>", NULL };

  return g_strv_contains (words, cell);
}

/* Whether a column holds words: a cell that is neither a number nor missing. */
static gboolean
is_text_column (const SmoothTable *table, gint64 col)
{
  for (gint64 row = 0; row < smooth_table_get_n_rows (table); row++)
    {
      const char *cell = smooth_table_get_text (table, row, col);
      double value;
      if (!is_missing (cell) && !smooth_i_parse_number (cell, &value))
        return TRUE;
    }
  return FALSE;
}

/* The column of labels: by its name; else the only other one; else the last one of words. -1 with an error. */
static gint64
find_label_column (const Barcodes *barcodes, const char *name, GError **error)
{
  gint64 n_cols = smooth_table_get_n_cols (barcodes->table);
  gint64 found = -1;

  if (name != NULL)
    found = smooth_table_find_column (barcodes->table, name);
  else if (n_cols == 2)
    found = 1 - barcodes->column;
  else
    for (gint64 col = 0; col < n_cols; col++)
      if (col != barcodes->column && is_text_column (barcodes->table, col))
        found = col;
  if (found >= 0)
    return found;

  g_autofree char *names = dup_column_names (barcodes);
  const char *path = smooth_table_get_path (barcodes->table);
  if (name != NULL)
    smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected a column '%s', found the columns %s", path, name, names);
  else if (n_cols == 1)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected barcodes and labels, found one column", path);
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected a column of words as labels, found only numbers: name the column, one of %s", path,
                      names);
  return -1;
}

/* Puts the labels of all rows to their spots. Returns: the number of spots with a label; -1 on error */
static gint64
assign_labels (const Barcodes *barcodes, gint64 column, char **labels, GError **error)
{
  const SmoothTable *table = barcodes->table;
  g_autofree gint64 *lines = g_new0 (gint64, barcodes->section->n_spots + 1);
  gint64 n_labelled = 0;

  for (gint64 row = 0; row < smooth_table_get_n_rows (table); row++)
    {
      const char *label = smooth_table_get_text (table, row, column);
      gint64 spot = find_spot (barcodes, smooth_table_get_text (table, row, barcodes->column));
      gint64 line = smooth_table_get_line (table, row);
      if (spot < 0)
        continue;
      if (lines[spot] > 0)
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "%s:%" PRId64 ": expected every barcode once, found %s again (first in line %" PRId64 ")",
                            smooth_table_get_path (table), line, barcodes->section->barcodes[spot], lines[spot]);
          return -1;
        }
      lines[spot] = line;
      if (is_missing (label))
        continue;
      labels[spot] = g_strdup (label);
      n_labelled++;
    }
  return n_labelled;
}

/* Frees an array of n_spots labels of which some are NULL. */
void
smooth_labels_free (char **labels, gint64 n_spots)
{
  for (gint64 s = 0; labels != NULL && s < n_spots; s++)
    g_free (labels[s]);
  g_free (labels);
}

static void
report_labels (const Barcodes *barcodes, gint64 column, gint64 n_labelled, SmoothReport *report)
{
  gint64 n_rows = smooth_table_get_n_rows (barcodes->table);
  const char *name = smooth_table_get_column_name (barcodes->table, column);

  smooth_report_count (report, "label_rows", n_rows);
  smooth_report_count (report, "labelled_spots", n_labelled);
  g_autofree char *place = *name != '\0' ? g_strdup_printf ("'%s'", name) : g_strdup_printf ("%" G_GINT64_FORMAT, column + 1);
  smooth_report_add (report, SMOOTH_REPORT_NOTE,
                     "labels from column %s: %s of %s rows have a barcode of the section, %s of its spots have a label", place,
                     smooth_i_grouped (barcodes->n_matched).text, smooth_i_grouped (n_rows).text,
                     smooth_i_grouped (n_labelled).text);
}

/**
 * smooth_labels_load:
 * @path: a table with one row a spot, with or without a header; or an .h5ad file
 * @column: (nullable): the name of the column of labels; NULL: the only column beside the barcodes, else the last one that
 *   holds words
 * @report: gets what was matched
 *
 * An empty label and NA are none. Rows of other barcodes are counted and left out.
 *
 * Returns: (transfer full): n_spots labels, NULL for spots without one; smooth_labels_free() frees them. Errors: no barcode
 *   matches, one comes twice, there is no such column
 */
char **
smooth_labels_load (const char *path, const SmoothSection *section, const char *column, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothTable) table
      = smooth_anndata_is_one (path) ? smooth_i_anndata_load_labels (path, error) : smooth_table_load (path, error);
  Barcodes barcodes = { .numbers = NULL };
  char **labels = NULL;

  if (table == NULL)
    return NULL;
  if (match_table (&barcodes, table, section, report, error))
    {
      gint64 label_column = find_label_column (&barcodes, column, error);
      gint64 n_labelled = -1;
      labels = g_new0 (char *, section->n_spots + 1);
      if (label_column >= 0)
        n_labelled = assign_labels (&barcodes, label_column, labels, error);
      if (n_labelled >= 0)
        report_labels (&barcodes, label_column, n_labelled, report);
      else
        {
          smooth_labels_free (labels, section->n_spots);
          labels = NULL;
        }
    }
  g_hash_table_unref (barcodes.numbers);
  return labels;
}

/* Returns: (transfer full): "leiden, region"; "" where there are none */
char *
smooth_i_dup_label_names (const SmoothAnnLabels *columns, gint64 n_columns)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gint64 k = 0; k < n_columns; k++)
    g_string_append_printf (text, "%s%s", k > 0 ? ", " : "", columns[k].name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
dup_column_name (const SmoothTable *table, gint64 column)
{
  const char *name = smooth_table_get_column_name (table, column);

  return *name != '\0' ? g_strdup (name) : g_strdup_printf ("%" G_GINT64_FORMAT, column + 1);
}

/**
 * smooth_i_labels_load_all:
 * @path: a table with one row a cell
 *
 * Returns: (transfer full) (nullable): SmoothAnnLabels: every column of words beside the barcodes, their labels by cell of
 *   @section, named by its number where it has no name; NULL where no barcode matches, or one comes twice
 */
GArray *
smooth_i_labels_load_all (const char *path, const SmoothSection *section, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  Barcodes barcodes = { .numbers = NULL };
  GArray *columns = NULL;
  gboolean ok = TRUE;

  if (table == NULL)
    return NULL;
  if (match_table (&barcodes, table, section, report, error))
    {
      columns = g_array_new (FALSE, FALSE, sizeof (SmoothAnnLabels));
      for (gint64 c = 0; ok && c < smooth_table_get_n_cols (table); c++)
        if (c != barcodes.column && is_text_column (table, c))
          {
            SmoothAnnLabels labels = { dup_column_name (table, c), g_new0 (char *, section->n_spots + 1) };
            ok = assign_labels (&barcodes, c, labels.labels, error) >= 0;
            g_array_append_val (columns, labels);
          }
    }
  g_hash_table_unref (barcodes.numbers);
  if (ok)
    return columns;
  smooth_i_label_columns_free (columns, section->n_spots);
  return NULL;
}

/* Frees what smooth_i_labels_load_all() gave for @n_cells cells; NULL is nothing. */
void
smooth_i_label_columns_free (GArray *columns, gint64 n_cells)
{
  for (guint k = 0; columns != NULL && k < columns->len; k++)
    {
      SmoothAnnLabels *labels = &g_array_index (columns, SmoothAnnLabels, k);
      smooth_labels_free (labels->labels, n_cells);
      g_free (labels->name);
    }
  if (columns != NULL)
    g_array_unref (columns);
}

/**
 * smooth_barcodes_load:
 * @path: barcodes, one a line, or a table with a column of them
 * @report: gets how many match
 *
 * Returns: (transfer full): n_spots values: TRUE where the spot's barcode is listed. No match at all is an error
 */
gboolean *
smooth_barcodes_load (const char *path, const SmoothSection *section, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  Barcodes barcodes = { .numbers = NULL };
  gboolean *listed = NULL;

  if (table == NULL)
    return NULL;
  if (match_table (&barcodes, table, section, report, error))
    {
      gint64 n_rows = smooth_table_get_n_rows (table);
      listed = g_new0 (gboolean, section->n_spots + 1);
      for (gint64 row = 0; row < n_rows; row++)
        {
          gint64 spot = find_spot (&barcodes, smooth_table_get_text (table, row, barcodes.column));
          if (spot >= 0)
            listed[spot] = TRUE;
        }
      smooth_report_count (report, "listed_spots", barcodes.n_matched);
      smooth_report_add (report, SMOOTH_REPORT_NOTE, "%s: %" PRId64 " of %" PRId64 " barcodes are in the section", path,
                         barcodes.n_matched, n_rows);
    }
  g_hash_table_unref (barcodes.numbers);
  return listed;
}
