/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parsing of delimited text in place: cells become NUL-terminated strings inside the one buffer that was read.
 *
 * Quoting is that of RFC 4180: a cell that begins with '"' ends at the next single '"', may hold separators and line
 * ends, and '""' in it is a quote. Empty lines are skipped; blanks around cells without quotes are dropped. Lines end
 * by LF, CR LF or CR.
 */
#include "files/table-private.h"

#include "base/error.h"
#include "base/run.h"
#include "files/text.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define MAX_BYTES ((gsize) 1 << 31)
#define MAX_PEEKED ((gsize) 1 << 24)
#define BLANKS ' ' /* the separator that stands for a run of blanks and tabs */

struct _SmoothTable
{
  char *path;
  char *text;    /* holds all cells; some may share theirs */
  char **cells;  /* (n_rows + has_header) x n_cols, row-major */
  gint64 *lines; /* of each row: the line in which it begins */
  gint64 n_rows; /* without the header */
  gint64 n_cols;
  gboolean has_header;
};

typedef struct
{
  const char *path;
  char separator;
  char *next; /* what is read next */
  gint64 line;
  char **cells;
  gint64 n_cells, max_cells;
  gint64 *lines;
  gint64 n_rows, max_rows;
} Parser;

static gboolean
is_line_end (char c)
{
  return c == '\n' || c == '\r' || c == '\0';
}

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static gboolean
is_separator (char separator, char c)
{
  return c == separator || (separator == BLANKS && c == '\t');
}

/* Steps over one line end, be it CR, LF or CR LF. */
static char *
skip_line_end (char *c)
{
  if (c[0] == '\r' && c[1] == '\n')
    return c + 2;
  return *c != '\0' ? c + 1 : c;
}

/* The separators of one line outside of quotes; *after is set to the head of the next line. */
static gint64
count_separators (char *c, char separator, char **after)
{
  gint64 n = 0;
  gboolean quoted = FALSE;
  gboolean at_head = TRUE; /* of a cell: only there a quote opens */

  while (separator == BLANKS && is_blank (*c))
    c++;
  for (; *c != '\0' && (quoted || !is_line_end (*c)); c++)
    {
      if (quoted && c[0] == '"' && c[1] == '"')
        c++; /* a quote in the cell */
      else if (*c == '"')
        quoted = !quoted && at_head;
      at_head = !quoted && (is_separator (separator, *c) || (at_head && is_blank (*c)));
      if (quoted || !is_separator (separator, *c))
        continue;
      /* A run of blanks counts once, and not at all at the end of the line. */
      n += separator != BLANKS || (!is_blank (c[1]) && !is_line_end (c[1]));
    }
  *after = skip_line_end (c);
  return n;
}

/* Returns: the separator with which the first two lines agree in their number of cells, R's short header allowed; where
 * there is none, the one that the first line has at all */
char
smooth_i_table_detect_separator (char *text)
{
  const char candidates[] = { '\t', ',', ';', BLANKS };
  char found = '\0';

  while (*text != '\0' && is_line_end (*text))
    text++;
  for (gsize i = 0; i < G_N_ELEMENTS (candidates); i++)
    {
      char *second = NULL, *third = NULL;
      gint64 n1 = count_separators (text, candidates[i], &second);
      while (*second != '\0' && is_line_end (*second))
        second++;
      gint64 n2 = *second != '\0' ? count_separators (second, candidates[i], &third) : n1;
      gboolean agree = n1 == n2 || (n1 + 1 == n2 && (n1 > 0 || candidates[i] != BLANKS));
      if (n2 > 0 && agree)
        return candidates[i];
      if (found == '\0' && n1 > 0 && candidates[i] != BLANKS)
        found = candidates[i];
    }
  return found != '\0' ? found : ',';
}

/* Room for one more element of 8 bytes. Returns: @array, moved where it grew; NULL, with @array kept, without memory */
static gpointer
reserve (gpointer array, gint64 n, gint64 *max, GError **error)
{
  if (n < *max)
    return array;

  gint64 wanted = MAX (1024, 2 * *max);
  gpointer larger = g_try_realloc_n (array, (gsize) wanted, 8);
  if (larger == NULL)
    smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory for a table of %" PRId64 " cells", wanted);
  else
    *max = wanted;
  return larger;
}

static gboolean
add_cell (Parser *parser, char *cell, GError **error)
{
  gpointer cells = reserve (parser->cells, parser->n_cells, &parser->max_cells, error);

  if (cells == NULL)
    return FALSE;
  parser->cells = cells;
  parser->cells[parser->n_cells++] = cell;
  return TRUE;
}

static gboolean
add_row (Parser *parser, GError **error)
{
  gpointer lines = reserve (parser->lines, parser->n_rows, &parser->max_rows, error);

  if (lines == NULL)
    return FALSE;
  parser->lines = lines;
  parser->lines[parser->n_rows++] = parser->line;
  return TRUE;
}

/* Reads a cell in quotes and moves its content to its head: '""' shrinks to '"'. Returns: its end; NULL on error */
static char *
parse_quoted (Parser *parser, GError **error)
{
  gint64 first_line = parser->line;
  char *from = parser->next + 1;
  char *to = parser->next;

  for (;; from++)
    {
      if (*from == '\0')
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "%s:%" PRId64 ": expected a closing quote, found the end of the file", parser->path, first_line);
          return NULL;
        }
      if (*from == '"' && *++from != '"')
        break;
      parser->line += *from == '\n' || (*from == '\r' && from[1] != '\n');
      *to++ = *from;
    }
  while (is_blank (*from) && !is_separator (parser->separator, *from))
    from++;
  if (!is_line_end (*from) && !is_separator (parser->separator, *from))
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                        "%s:%" PRId64 ": expected a separator behind the closing quote, found '%c'", parser->path,
                        parser->line, g_ascii_isprint (*from) ? *from : '?');
      return NULL;
    }
  parser->next = from;
  return to;
}

/* Reads a cell without quotes. Returns: its end */
static char *
parse_plain (Parser *parser)
{
  char *first = parser->next;

  while (!is_line_end (*parser->next) && !is_separator (parser->separator, *parser->next))
    parser->next++;

  char *end = parser->next;
  while (end > first && is_blank (end[-1]))
    end--;
  return end;
}

/* Reads one cell and what ends it. *last tells whether it was the last of its row. */
static gboolean
parse_cell (Parser *parser, gboolean *last, GError **error)
{
  while (is_blank (*parser->next) && (parser->separator == BLANKS || !is_separator (parser->separator, *parser->next)))
    parser->next++;
  if (!add_cell (parser, parser->next, error))
    return FALSE;

  char *end = *parser->next == '"' ? parse_quoted (parser, error) : parse_plain (parser);
  if (end == NULL)
    return FALSE;
  while (parser->separator == BLANKS && is_blank (*parser->next) && (is_blank (parser->next[1]) || is_line_end (parser->next[1])))
    parser->next++;
  *last = is_line_end (*parser->next);
  if (*last)
    {
      parser->line += *parser->next != '\0';
      parser->next = skip_line_end (parser->next);
    }
  else
    parser->next++;
  *end = '\0'; /* only now: it may be where the separator was */
  return TRUE;
}

/* The header that R's write.table makes has no cell above the row names: give it an empty one. */
static gboolean
complete_header (Parser *parser, GError **error)
{
  static char empty[] = "";

  if (!add_cell (parser, empty, error))
    return FALSE;
  memmove (parser->cells + 1, parser->cells, (gsize) (parser->n_cells - 1) * sizeof (char *));
  parser->cells[0] = empty;
  return TRUE;
}

/* Reads one row; *n_cols is the width that all rows must have, 0 before the first. */
static gboolean
parse_row (Parser *parser, gint64 *n_cols, GError **error)
{
  gint64 first = parser->n_cells;
  gboolean last = FALSE;

  if (!add_row (parser, error))
    return FALSE;
  while (!last)
    if (!parse_cell (parser, &last, error))
      return FALSE;

  gint64 width = parser->n_cells - first;
  if (parser->n_rows == 1)
    *n_cols = width;
  if (parser->n_rows == 2 && width == *n_cols + 1)
    {
      *n_cols = width;
      return complete_header (parser, error);
    }
  if (width != *n_cols)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": expected %" PRId64 " columns, found %" PRId64,
                        parser->path, parser->lines[parser->n_rows - 1], *n_cols, width);
      return FALSE;
    }
  return TRUE;
}

/* TRUE at a line without any text: it is stepped over. */
static gboolean
skip_empty_line (Parser *parser)
{
  char *c = parser->next;

  while (is_blank (*c) && (parser->separator == BLANKS || !is_separator (parser->separator, *c)))
    c++;
  if (!is_line_end (*c))
    return FALSE;
  parser->line += *c != '\0';
  parser->next = skip_line_end (c);
  return TRUE;
}

/**
 * smooth_table_new_from_text:
 * @text: (transfer full): @length bytes, UTF-8, and a NUL behind them; also freed on error
 * @path: what errors name
 *
 * The separator (tab, comma, semicolon, or blanks) is found from the first two lines. Every row must have the cells of
 * the first one; the first one alone may lack one cell, as in R's write.table: an empty cell is put before it.
 * O(length) time; 8 bytes a cell beside the text.
 *
 * Returns: (transfer full): a table of at least one row and one column, without a header
 */
SmoothTable *
smooth_table_new_from_text (char *text, gsize length, const char *path, GError **error)
{
  g_autoptr (SmoothTable) table = g_new0 (SmoothTable, 1);
  table->text = text;
  table->path = g_strdup (path);
  if (strlen (text) != length)
    {
      smooth_i_text_check (text, length, path, 1, error);
      return NULL;
    }

  Parser parser = { .path = table->path, .separator = smooth_i_table_detect_separator (text), .next = text, .line = 1 };
  gboolean good = TRUE;
  while (good && *parser.next != '\0')
    if (!skip_empty_line (&parser))
      good = smooth_run_check (smooth_run_get_current (), error) && parse_row (&parser, &table->n_cols, error);
  table->cells = parser.cells;
  table->lines = parser.lines;
  table->n_rows = parser.n_rows;
  if (!good)
    return NULL;
  if (table->n_rows == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected a table, found an empty file", path);
      return NULL;
    }
  return g_steal_pointer (&table);
}

/**
 * smooth_i_table_new_from_cells:
 * @text: (transfer full): NUL-terminated texts
 * @offsets: @n_rows x @n_cols, row-major: where in @text each cell begins
 *
 * Returns: (transfer full): the table, without a header; rows count as lines
 */
SmoothTable *
smooth_i_table_new_from_cells (char *text, const guint64 *offsets, gint64 n_rows, gint64 n_cols, const char *path, GError **error)
{
  g_autoptr (SmoothTable) table = g_new0 (SmoothTable, 1);

  table->text = text;
  table->path = g_strdup (path);
  table->cells = g_try_new (char *, n_rows * n_cols);
  table->lines = g_try_new (gint64, n_rows);
  if (table->cells == NULL || table->lines == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for a table of %" PRId64 " cells", path,
                        n_rows * n_cols);
      return NULL;
    }
  for (gint64 i = 0; i < n_rows * n_cols; i++)
    table->cells[i] = text + offsets[i];
  for (gint64 i = 0; i < n_rows; i++)
    table->lines[i] = i + 1;
  table->n_rows = n_rows;
  table->n_cols = n_cols;
  return g_steal_pointer (&table);
}

/* By its first bytes. */
static gboolean
is_parquet (const char *path)
{
  FILE *file = g_fopen (path, "rbe");
  char head[4] = "";
  gboolean is_one = file != NULL && fread (head, 1, sizeof head, file) == sizeof head && memcmp (head, "PAR1", sizeof head) == 0;

  if (file != NULL)
    (void) fclose (file);
  return is_one;
}

static SmoothTable *
load_parquet (const char *path, GError **error)
{
  g_autofree char *data = NULL;
  g_autoptr (GError) cause = NULL;
  GStatBuf info;
  gsize length;

  if (g_stat (path, &info) == 0 && (gsize) info.st_size > MAX_BYTES)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected a table of at most 2 GB, found %" PRId64 " bytes", path,
                        (gint64) info.st_size);
      return NULL;
    }
  if (!g_file_get_contents (path, &data, &length, &cause))
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, cause->message);
      return NULL;
    }
  return smooth_i_parquet_read ((const guint8 *) data, length, path, error);
}

/**
 * smooth_table_load:
 * @path: a text table, plain or gzip-compressed, or a flat Parquet file, of up to 2 GB
 *
 * Returns: (transfer full): as smooth_table_new_from_text(); the first row of a Parquet file are the names of its columns
 */
SmoothTable *
smooth_table_load (const char *path, GError **error)
{
  if (is_parquet (path))
    return load_parquet (path, error);

  gsize length = 0;
  char *text = smooth_i_text_load (path, MAX_BYTES, &length, error);

  return text != NULL ? smooth_table_new_from_text (text, length, path, error) : NULL;
}

/* Returns: (transfer full) (nullable): the first @n_lines lines of a file as a table (of a Parquet file all); NULL where they
 * are none */
SmoothTable *
smooth_i_table_peek (const char *path, gint64 n_lines)
{
  if (is_parquet (path))
    return load_parquet (path, NULL);

  g_autoptr (SmoothText) file = smooth_text_open (path, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  char *line;
  gsize length;

  while (file != NULL && n_lines-- > 0 && text->len < MAX_PEEKED && smooth_text_next_line (file, &line, &length, NULL))
    {
      g_string_append_len (text, line, (gssize) length);
      g_string_append_c (text, '\n');
    }
  length = text->len;
  return length > 0 ? smooth_table_new_from_text (g_string_free (g_steal_pointer (&text), FALSE), length, path, NULL) : NULL;
}

void
smooth_table_free (SmoothTable *table)
{
  if (table == NULL)
    return;
  g_free (table->path);
  g_free (table->text);
  g_free (table->cells);
  g_free (table->lines);
  g_free (table);
}

/* Declares the first row to be the header: it leaves the rows and names the columns. To be called once at most. */
void
smooth_table_take_header (SmoothTable *table)
{
  g_return_if_fail (!table->has_header);
  table->has_header = TRUE;
  table->n_rows--;
}

gint64
smooth_table_get_n_rows (const SmoothTable *table)
{
  return table->n_rows;
}

gint64
smooth_table_get_n_cols (const SmoothTable *table)
{
  return table->n_cols;
}

const char *
smooth_table_get_path (const SmoothTable *table)
{
  return table->path;
}

/* Returns: the cell of the header above column @col, "" without a header */
const char *
smooth_table_get_column_name (const SmoothTable *table, gint64 col)
{
  g_return_val_if_fail (col >= 0 && col < table->n_cols, "");
  return table->has_header ? table->cells[col] : "";
}

/* Returns: the first column of that name, exactly, else but for the case of letters; -1 where there is none */
gint64
smooth_table_find_column (const SmoothTable *table, const char *name)
{
  gint64 similar = -1;

  for (gint64 col = 0; col < table->n_cols; col++)
    {
      const char *other = smooth_table_get_column_name (table, col);
      if (strcmp (other, name) == 0)
        return col;
      if (similar < 0 && g_ascii_strcasecmp (other, name) == 0)
        similar = col;
    }
  return similar;
}

/* Returns: the number of the line in which row @row begins, the first line of the file being 1 */
gint64
smooth_table_get_line (const SmoothTable *table, gint64 row)
{
  g_return_val_if_fail (row >= 0 && row < table->n_rows, 0);
  return table->lines[row + table->has_header];
}

const char *
smooth_table_get_text (const SmoothTable *table, gint64 row, gint64 col)
{
  g_return_val_if_fail (row >= 0 && row < table->n_rows && col >= 0 && col < table->n_cols, "");
  return table->cells[(row + table->has_header) * table->n_cols + col];
}

/* Returns: (transfer full): "FILE:LINE: column 'NAME'", or 'column 3' where it has no name */
char *
smooth_table_dup_place (const SmoothTable *table, gint64 row, gint64 col)
{
  const char *name = smooth_table_get_column_name (table, col);
  gint64 line = smooth_table_get_line (table, row);

  if (*name != '\0')
    return g_strdup_printf (_("%s:%" PRId64 ": column '%s'"), table->path, line, name);
  return g_strdup_printf (_("%s:%" PRId64 ": column %" PRId64), table->path, line, col + 1);
}

/**
 * smooth_table_get_number:
 * @value: (out): the number in that cell; untouched on error
 * @error: names file, line and column, and what was found
 *
 * Empty cells, NaN, infinity and numbers with a decimal comma are errors.
 */
gboolean
smooth_table_get_number (const SmoothTable *table, gint64 row, gint64 col, double *value, GError **error)
{
  const char *text = smooth_table_get_text (table, row, col);

  if (smooth_i_parse_number (text, value))
    return TRUE;

  g_autofree char *place = smooth_table_dup_place (table, row, col);
  g_autofree char *excerpt = g_utf8_strlen (text, -1) > 40 ? g_utf8_substring (text, 0, 40) : g_strdup (text);
  if (*text == '\0')
    smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected a number, found an empty cell", place);
  else
    smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected a number, found '%s'", place, excerpt);
  return FALSE;
}
