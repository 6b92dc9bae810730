/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts in a text table, line by line, so that only what is not zero takes memory: Slide-seq, MERFISH and many archives
 * keep them so. The separator is found as for any table; cells may stand in quotes, but not reach over line ends.
 */
#include "files/counts.h"

#include "base/error.h"
#include "files/table.h"
#include "files/text.h"
#include "linalg/dense.h"

#include <string.h>

#define CHECK_LINES 64 /* between two looks at the run */

typedef struct
{
  SmoothText *text;
  char separator;
  GPtrArray *names;  /* of the lines; empty where they have none */
  GPtrArray *header; /* names of the columns */
  gboolean is_named; /* whether lines begin with a name */
  GArray *rows;      /* gint32: the column of each entry, which is its row in the result */
  GArray *values;    /* double */
  GArray *starts;    /* gint64 */
} Reader;

static void
reader_clear (Reader *reader)
{
  smooth_text_close (reader->text);
  g_clear_pointer (&reader->names, g_ptr_array_unref);
  g_clear_pointer (&reader->header, g_ptr_array_unref);
  g_clear_pointer (&reader->rows, g_array_unref);
  g_clear_pointer (&reader->values, g_array_unref);
  g_clear_pointer (&reader->starts, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static gboolean
is_separator (char separator, char c)
{
  return c == separator || (separator == ' ' && c == '\t');
}

/* The quote that closes the cell at @cell, where a separator or the end is behind it; NULL else: then it is no quoted cell. */
static char *
find_closing_quote (char separator, char *cell)
{
  char *c = cell + 1;

  if (*cell != '"')
    return NULL;
  while (*c != '\0' && !(c[0] == '"' && c[1] != '"'))
    c += c[0] == '"' ? 2 : 1; /* '""' is a quote in the cell */
  if (*c == '\0' || !(c[1] == '\0' || is_separator (separator, c[1])))
    return NULL;
  return c;
}

/* Cuts the next cell out of *@at, in place. Returns: the cell; NULL behind the last one */
static char *
next_cell (char separator, char **at)
{
  char *cell = *at;

  if (cell == NULL)
    return NULL;
  while (*cell == ' ' || (*cell == '\t' && separator != '\t'))
    cell++;
  char *closing = find_closing_quote (separator, cell), *end = cell, *stop = cell;
  if (closing != NULL)
    {
      for (char *from = cell + 1; from < closing; from++)
        {
          from += from[0] == '"';
          *end++ = *from;
        }
      stop = closing + 1;
    }
  else
    {
      while (*stop != '\0' && !is_separator (separator, *stop))
        stop++;
      end = stop;
      while (end > cell && is_blank (end[-1]))
        end--;
    }
  while (separator == ' ' && is_blank (*stop) && (is_blank (stop[1]) || stop[1] == '\0'))
    stop++;
  *at = *stop != '\0' ? stop + 1 : NULL;
  *end = '\0';
  return cell;
}

/* Whether the first cell of @line, the first line behind the header, is a name rather than a count. */
static gboolean
find_names (const Reader *reader, const char *line)
{
  g_autofree char *copy = g_strdup (line);
  char *at = copy, *cell;
  guint n = 0;
  double number;
  gboolean first_is_number = FALSE;

  while ((cell = next_cell (reader->separator, &at)) != NULL)
    if (n++ == 0)
      first_is_number = smooth_i_parse_number (cell, &number);
  if (n != reader->header->len || !first_is_number)
    return TRUE;
  /* Numbers as names have a heading that says so. */
  static const char *const headings[] = { "", "cell", "cell_id", "cellid", "barcode", "barcodes", "id", "index", "spot", "bead", "entityid", NULL };
  g_autofree char *heading = g_ascii_strdown (reader->header->pdata[0], -1);
  return g_strv_contains (headings, heading);
}

/* Reads the header and the line behind it, which it returns. */
static char *
read_head (Reader *reader, GError **error)
{
  g_autoptr (GError) cause = NULL;
  char *line, *cell;

  if (!smooth_text_next_line (reader->text, &line, NULL, &cause))
    {
      if (cause != NULL)
        g_propagate_error (error, g_steal_pointer (&cause));
      else
        smooth_i_text_refuse (reader->text, error, "expected a table of counts, found an empty file");
      return NULL;
    }
  g_autofree char *header = g_strdup (line);
  if (!smooth_text_next_line (reader->text, &line, NULL, &cause))
    {
      if (cause != NULL)
        g_propagate_error (error, g_steal_pointer (&cause));
      else
        smooth_i_text_refuse (reader->text, error, "expected names and then counts, found a single line");
      return NULL;
    }
  g_autofree char *both = g_strconcat (header, "\n", line, "\n", NULL);
  reader->separator = smooth_i_table_detect_separator (both);
  char *at = header;
  while ((cell = next_cell (reader->separator, &at)) != NULL)
    g_ptr_array_add (reader->header, g_strdup (cell));
  reader->is_named = find_names (reader, line);

  /* R's header has no cell above the names. */
  g_autofree char *copy = g_strdup (line);
  guint n = 0;
  for (at = copy; next_cell (reader->separator, &at) != NULL;)
    n++;
  if (reader->is_named && n == reader->header->len)
    g_ptr_array_remove_index (reader->header, 0);
  return line;
}

static gboolean
add_count (Reader *reader, guint col, const char *cell, GError **error)
{
  double value;

  if (cell[0] == '0' && cell[1] == '\0')
    return TRUE;
  if (!smooth_i_parse_number (cell, &value) || value < 0.0 || !smooth_i_is_usable (value))
    {
      g_autofree char *found = g_utf8_strlen (cell, -1) > 40 ? g_utf8_substring (cell, 0, 40) : g_strdup (cell);
      return smooth_i_text_refuse (reader->text, error, "column '%s': expected a count of 0 or more, found '%s'", (const char *) reader->header->pdata[col],
                                   found);
    }
  gint32 row = (gint32) col;
  if (value > 0.0)
    {
      g_array_append_val (reader->rows, row);
      g_array_append_val (reader->values, value);
    }
  return TRUE;
}

static gboolean
read_line (Reader *reader, char *line, GError **error)
{
  char *at = line, *cell;
  guint n = 0;

  if (*line == '\0')
    return TRUE;
  if (reader->is_named)
    {
      char *name = next_cell (reader->separator, &at);
      if (*name == '\0')
        return smooth_i_text_refuse (reader->text, error, "expected a name, found an empty cell");
      g_ptr_array_add (reader->names, g_strdup (name));
    }
  for (; (cell = next_cell (reader->separator, &at)) != NULL; n++)
    if (n < reader->header->len && !add_count (reader, n, cell, error))
      return FALSE;
  if (n != reader->header->len)
    return smooth_i_text_refuse (reader->text, error, "expected %u counts, as there are names in the first line, found %u", reader->header->len, n);
  gint64 end = reader->rows->len;
  g_array_append_val (reader->starts, end);
  return TRUE;
}

static gboolean
read_lines (Reader *reader, SmoothRun *run, GError **error)
{
  g_autoptr (GError) cause = NULL;
  char *line = read_head (reader, error);

  if (line == NULL || !read_line (reader, line, error))
    return FALSE;
  while (smooth_text_next_line (reader->text, &line, NULL, &cause))
    {
      if (reader->starts->len % CHECK_LINES == 0 && !smooth_run_check (run, error))
        return FALSE;
      if (!read_line (reader, line, error))
        return FALSE;
      if (reader->rows->len > G_MAXUINT32 / 2 || reader->starts->len >= G_MAXINT32)
        return smooth_i_text_refuse (reader->text, error, "expected fewer than 2,000,000,000 counts above 0, found more");
    }
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static SmoothSparse *
make_matrix (const Reader *reader, GError **error)
{
  gint64 n_lines = reader->starts->len - 1;
  SmoothSparse *matrix = smooth_sparse_new (reader->header->len, n_lines, reader->rows->len, error);

  if (matrix == NULL)
    return NULL;
  memcpy (matrix->starts, reader->starts->data, (gsize) (n_lines + 1) * sizeof (gint64));
  if (reader->rows->len > 0)
    {
      memcpy (matrix->rows, reader->rows->data, reader->rows->len * sizeof (gint32));
      memcpy (matrix->values, reader->values->data, reader->values->len * sizeof (double));
    }
  return matrix;
}

/**
 * smooth_counts_load_table:
 * @path: a text table, plain or gzip: names in the first line, then counts, with or without a name before them
 * @run: (nullable): cancellation
 *
 * Which side has the genes cannot be told from the table alone: lines are taken for barcodes; smooth_i_counts_turn() changes
 * that. O(cells) time, 12 bytes for each count above 0 twice.
 *
 * Returns: (transfer full): the counts; barcodes are %NULL where the lines have no names
 */
SmoothCounts *
smooth_counts_load_table (const char *path, SmoothRun *run, GError **error)
{
  g_auto (Reader) reader = { .text = smooth_text_open (path, error) };
  gint64 zero = 0;

  if (reader.text == NULL)
    return NULL;
  reader.names = g_ptr_array_new_with_free_func (g_free);
  reader.header = g_ptr_array_new_with_free_func (g_free);
  reader.rows = g_array_new (FALSE, FALSE, sizeof (gint32));
  reader.values = g_array_new (FALSE, FALSE, sizeof (double));
  reader.starts = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_array_append_val (reader.starts, zero);
  if (!read_lines (&reader, run, error))
    return NULL;

  g_autoptr (SmoothCounts) counts = smooth_i_counts_new (path);
  smooth_i_counts_add_file (counts, path);
  counts->matrix = make_matrix (&reader, error);
  if (counts->matrix == NULL)
    return NULL;
  counts->n_genes = reader.header->len;
  counts->n_barcodes = counts->matrix->n_cols;
  counts->gene_ids = smooth_i_take_list (&reader.header);
  counts->gene_names = g_strdupv (counts->gene_ids);
  if (reader.is_named)
    counts->barcodes = smooth_i_take_list (&reader.names);
  return g_steal_pointer (&counts);
}

/**
 * smooth_i_counts_turn:
 * @counts: of a table whose lines have names
 *
 * Makes genes of barcodes and barcodes of genes.
 */
gboolean
smooth_i_counts_turn (SmoothCounts *counts, GError **error)
{
  SmoothSparse *turned = smooth_sparse_new_transpose (counts->matrix, error);
  char **genes = counts->barcodes;

  g_return_val_if_fail (genes != NULL, FALSE);
  if (turned == NULL)
    return FALSE;
  smooth_sparse_unref (counts->matrix);
  counts->matrix = turned;
  counts->barcodes = counts->gene_ids;
  g_strfreev (counts->gene_names);
  counts->gene_ids = genes;
  counts->gene_names = g_strdupv (genes);
  counts->n_genes = turned->n_rows;
  counts->n_barcodes = turned->n_cols;
  return TRUE;
}
