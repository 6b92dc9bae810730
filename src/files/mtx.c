/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix Market, coordinate layout: a header, comments, the sizes, then one 'row column value' a line, from 1.
 *
 * Source of the format: R. Boisvert, R. Pozo, K. Remington, 'The Matrix Market exchange formats', NISTIR 5935 (1996).
 */
#include "files/mtx.h"

#include "base/error.h"
#include "files/table.h"
#include "files/text.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define CHECK_LINES 16384 /* between two looks at the run: about 2 ms */
#define FIRST_CAPACITY ((gint64) 1 << 14)
#define LEAST_LINE 4           /* bytes of an entry: "1 1" and the end of the line */
#define MAX_DEFLATE_RATIO 1032

/* Where the entries of a column begin; those of the columns up to the next run, or of none, are empty. */
typedef struct
{
  gint64 first; /* entry */
  gint32 col;
} Run;

typedef struct
{
  SmoothText *text;
  gboolean has_values; /* FALSE: 'pattern', every entry counts as 1 */
  gint64 n_rows, n_cols;
  gint64 declared; /* number of entries, by the header */
  gint64 n;        /* entries read */
  gint64 capacity; /* of the arrays */
  gint32 *rows;
  double *values;
  GArray *runs;    /* of Run: so far columns ascend, and rows strictly ascend within them */
  gint32 *cols;    /* of each entry, instead of runs, once they do not; NULL before */
  gint64 first_line;  /* behind the sizes */
  GArray *blank;      /* gint64: for each blank line between entries, the number of entries before it */
} Reader;

static void
reader_clear (Reader *reader)
{
  smooth_text_close (reader->text);
  g_free (reader->rows);
  g_free (reader->cols);
  g_free (reader->values);
  g_clear_pointer (&reader->runs, g_array_unref);
  g_clear_pointer (&reader->blank, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

/* Returns: (transfer full): the beginning of a line, for messages */
static char *
quote (const char *line)
{
  return g_utf8_strlen (line, -1) > 60 ? g_utf8_substring (line, 0, 60) : g_strdup (line);
}

/* Reads the next line; its absence is an error that names what should have come. */
static gboolean
need_line (Reader *reader, const char *what, char **line, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (smooth_text_next_line (reader->text, line, NULL, &cause))
    return TRUE;
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else
    smooth_i_text_refuse (reader->text, error, "expected %s, found the end of the file", _(what));
  return FALSE;
}

static gboolean
read_header (Reader *reader, GError **error)
{
  const char *expected = N_("'%%MatrixMarket matrix coordinate' with integer, real or pattern, and general");
  char *line;

  if (!need_line (reader, expected, &line, error))
    return FALSE;
  g_autofree char *found = quote (line);
  g_autofree char *lower = g_ascii_strdown (line, -1);
  g_auto (GStrv) words = g_strsplit_set (g_strstrip (lower), " \t", -1);
  g_autoptr (GPtrArray) filled = g_ptr_array_new ();
  for (gsize i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      g_ptr_array_add (filled, words[i]);

  static const char *const start[] = { "%%matrixmarket", "matrix", "coordinate" };
  static const char *const kinds[] = { "integer", "real", "double", "pattern", NULL };
  gboolean good = filled->len == 5 && g_strv_contains (kinds, filled->pdata[3]) && g_str_equal (filled->pdata[4], "general");
  for (guint i = 0; good && i < G_N_ELEMENTS (start); i++)
    good = g_str_equal (filled->pdata[i], start[i]);
  if (!good)
    return smooth_i_text_refuse (reader->text, error, "expected %s, found '%s'", _(expected), found);
  reader->has_values = !g_str_equal (filled->pdata[3], "pattern");
  return TRUE;
}

/* Reads a whole number and the blanks around it; FALSE where there is none or it is beyond 10^17. */
static inline gboolean
scan_integer (const char **at, gint64 *value)
{
  const char *c = *at;
  gint64 number = 0;

  while (*c == ' ' || *c == '\t')
    c++;
  const char *first = c;
  while (g_ascii_isdigit (*c) && c - first < 17)
    number = 10 * number + (*c++ - '0');
  if (c == first || (*c != ' ' && *c != '\t' && *c != '\0'))
    return FALSE;
  *at = c;
  *value = number;
  return TRUE;
}

static inline gboolean
is_blank (const char *text)
{
  while (*text == ' ' || *text == '\t')
    text++;
  return *text == '\0';
}

/* Reads comments and the line 'rows columns entries'. */
static gboolean
read_sizes (Reader *reader, GError **error)
{
  char *line;

  do
    if (!need_line (reader, N_("the line 'rows columns entries'"), &line, error))
      return FALSE;
  while (line[0] == '%' || is_blank (line));

  const char *at = line;
  if (!scan_integer (&at, &reader->n_rows) || !scan_integer (&at, &reader->n_cols) || !scan_integer (&at, &reader->declared)
      || !is_blank (at))
    {
      g_autofree char *found = quote (line);
      return smooth_i_text_refuse (reader->text, error, "expected 'rows columns entries', found '%s'", found);
    }
  if (reader->n_rows >= G_MAXINT32 || reader->n_cols >= G_MAXINT32)
    return smooth_i_text_refuse (reader->text, error,
                                 "expected fewer than %d rows and columns, found %" PRId64 " x %" PRId64, G_MAXINT32,
                                 reader->n_rows, reader->n_cols);
  if (reader->declared > reader->n_rows * reader->n_cols)
    return smooth_i_text_refuse (
        reader->text, error, "expected at most %" PRId64 " entries in a %" PRId64 " x %" PRId64 " matrix, found %" PRId64,
        reader->n_rows * reader->n_cols, reader->n_rows, reader->n_cols, reader->declared);
  reader->first_line = smooth_text_get_line_number (reader->text) + 1;
  return TRUE;
}

static gboolean
fail_no_memory (const Reader *reader, gint64 n, GError **error)
{
  smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for %" PRId64 " entries",
                    smooth_text_get_path (reader->text), n);
  return FALSE;
}

static gboolean
grow (gpointer *array, gint64 capacity, gsize size)
{
  gpointer larger = g_try_realloc_n (*array, (gsize) capacity, size);

  *array = larger != NULL ? larger : *array;
  return larger != NULL;
}

/* The most entries that the file can hold: each takes a few bytes, which gzip may have packed. */
static gint64
count_plausible (const Reader *reader)
{
  GStatBuf info;

  return g_stat (smooth_text_get_path (reader->text), &info) == 0 ? info.st_size / LEAST_LINE * MAX_DEFLATE_RATIO : 0;
}

/* Makes room for as many entries as are declared and may be there: memory is taken when it is written to. Should there be more,
 * doubles the arrays: a wrong number in the header takes no memory. */
static gboolean
make_room (Reader *reader, GError **error)
{
  gint64 capacity = MAX (2 * reader->capacity, reader->capacity == 0 ? MAX (count_plausible (reader), FIRST_CAPACITY) : 0);

  capacity = MIN (capacity, MAX (reader->declared, 1));
  if (!grow ((gpointer *) &reader->rows, capacity, sizeof (gint32)) || !grow ((gpointer *) &reader->values, capacity, sizeof (double))
      || (reader->cols != NULL && !grow ((gpointer *) &reader->cols, capacity, sizeof (gint32))))
    return fail_no_memory (reader, capacity, error);
  reader->capacity = capacity;
  return TRUE;
}

/* Returns: the entry behind the last one of run @k */
static gint64
end_of_run (const Reader *reader, guint k)
{
  return k + 1 < reader->runs->len ? g_array_index (reader->runs, Run, k + 1).first : reader->n;
}

/* Entries do not come by columns: from now on each has its own. */
static gboolean
give_up_order (Reader *reader, GError **error)
{
  reader->cols = g_try_new (gint32, reader->capacity);
  if (reader->cols == NULL)
    return fail_no_memory (reader, reader->capacity, error);
  for (guint k = 0; k < reader->runs->len; k++)
    for (gint64 i = g_array_index (reader->runs, Run, k).first; i < end_of_run (reader, k); i++)
      reader->cols[i] = g_array_index (reader->runs, Run, k).col;
  g_array_set_size (reader->runs, 0);
  return TRUE;
}

/* Notes the column of entry reader->n, whose row is written. */
static gboolean
set_column (Reader *reader, gint32 col, GError **error)
{
  gint32 last = reader->runs->len > 0 ? g_array_index (reader->runs, Run, reader->runs->len - 1).col : -1;

  if (reader->cols == NULL && (col < last || (col == last && reader->rows[reader->n] <= reader->rows[reader->n - 1])) && !give_up_order (reader, error))
    return FALSE;
  if (reader->cols != NULL)
    reader->cols[reader->n] = col;
  else if (col != last)
    g_array_append_val (reader->runs, ((Run){ reader->n, col }));
  return TRUE;
}

/* Reads the value behind row and column: mostly a small whole number. */
static inline gboolean
scan_value (const char *at, double *value)
{
  gint64 whole;
  const char *rest = at;

  if (scan_integer (&rest, &whole) && is_blank (rest) && whole < (gint64) 1 << 53)
    {
      *value = (double) whole;
      return TRUE;
    }
  return smooth_i_parse_number (at, value);
}

static gboolean
read_entry (Reader *reader, const char *line, GError **error)
{
  gint64 row, col, i = reader->n;
  double value = 1.0;
  const char *at = line;

  if (!scan_integer (&at, &row) || !scan_integer (&at, &col) || (reader->has_values ? !scan_value (at, &value) : !is_blank (at)))
    {
      g_autofree char *found = quote (line);
      return smooth_i_text_refuse (reader->text, error, "expected '%s', found '%s'", reader->has_values ? "row column count" : "row column", found);
    }
  if (row < 1 || row > reader->n_rows || col < 1 || col > reader->n_cols)
    return smooth_i_text_refuse (reader->text, error,
                                 "expected a row of 1..%" PRId64 " and a column of 1..%" PRId64 ", found row %" PRId64
                                 ", column %" PRId64,
                                 reader->n_rows, reader->n_cols, row, col);
  if (value < 0.0)
    return smooth_i_text_refuse (reader->text, error, "expected a count of 0 or more, found %g", value);
  if (i == reader->declared)
    return smooth_i_text_refuse (reader->text, error, "expected the end after %" PRId64 " entries as declared, found more",
                                 reader->declared);
  if (i == reader->capacity && !make_room (reader, error))
    return FALSE;
  reader->rows[i] = (gint32) (row - 1);
  reader->values[i] = value;
  if (!set_column (reader, (gint32) (col - 1), error))
    return FALSE;
  reader->n++;
  return TRUE;
}

static gboolean
read_entries (Reader *reader, SmoothRun *run, GError **error)
{
  g_autoptr (GError) cause = NULL;
  char *line;

  for (gint64 n_lines = 0; smooth_text_next_line (reader->text, &line, NULL, &cause); n_lines++)
    {
      if (n_lines % CHECK_LINES == 0)
        {
          if (!smooth_run_check (run, error))
            return FALSE;
          smooth_run_report (run, (double) reader->n / (double) MAX (reader->declared, 1), "Reading the counts");
        }
      if (is_blank (line))
        g_array_append_val (reader->blank, reader->n);
      else if (!read_entry (reader, line, error))
        return FALSE;
    }
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  if (reader->n < reader->declared)
    return smooth_i_text_refuse (reader->text, error,
                                 "expected %" PRId64 " entries as declared, found the end of the file after %" PRId64,
                                 reader->declared, reader->n);
  return TRUE;
}

/* Returns: the number of the line that held entry @i */
static gint64
line_of_entry (const Reader *reader, gint64 i)
{
  gint64 line = reader->first_line + i;

  for (guint b = 0; b < reader->blank->len && g_array_index (reader->blank, gint64, b) <= i; b++)
    line++;
  return line;
}

/* Finds the entry that came before at the same place, and says where both are. */
static void
set_repeated (const Reader *reader, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (gint64 i = 0; i < reader->n; i++)
    {
      gint64 key = (gint64) reader->cols[i] << 32 | reader->rows[i];
      gpointer first;
      if (g_hash_table_lookup_extended (seen, &key, NULL, &first))
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "%s:%" PRId64
                            ": expected every place once, found row %d, column %d again (first on line %" PRId64 ")",
                            smooth_text_get_path (reader->text), line_of_entry (reader, i), reader->rows[i] + 1,
                            reader->cols[i] + 1, line_of_entry (reader, (gint64) GPOINTER_TO_SIZE (first)));
          return;
        }
      g_hash_table_insert (seen, g_memdup2 (&key, sizeof key), GSIZE_TO_POINTER ((gsize) i));
    }
}

/* Entries that came in the order of the result are those of the result. */
static SmoothSparse *
take_ordered (Reader *reader, GError **error)
{
  if (reader->n == 0)
    return smooth_sparse_new (reader->n_rows, reader->n_cols, 0, error);
  SmoothSparse *sparse = smooth_i_sparse_new_take (reader->n_rows, reader->n_cols, g_steal_pointer (&reader->rows),
                                                   g_steal_pointer (&reader->values), error);
  if (sparse == NULL)
    return NULL;
  for (guint k = 0; k < reader->runs->len; k++)
    sparse->starts[g_array_index (reader->runs, Run, k).col + 1] = end_of_run (reader, k);
  for (gint64 j = 0; j < reader->n_cols; j++)
    sparse->starts[j + 1] = MAX (sparse->starts[j + 1], sparse->starts[j]);
  return sparse;
}

/**
 * smooth_mtx_load:
 * @path: a Matrix Market file, plain or gzip: coordinate, general, of integers, reals or a pattern (ones)
 * @run: (nullable): progress and cancellation
 *
 * Counts are finite and >= 0, every place occurs at most once, and there are as many entries as declared: anything else
 * is an error with its line. O(entries); entries that are not in the order of columns take a second copy of the matrix as
 * workspace.
 *
 * Returns: (transfer full): the matrix
 */
SmoothSparse *
smooth_mtx_load (const char *path, SmoothRun *run, GError **error)
{
  g_auto (Reader) reader = { .text = smooth_text_open (path, error) };

  if (reader.text == NULL)
    return NULL;
  reader.blank = g_array_new (FALSE, FALSE, sizeof (gint64));
  reader.runs = g_array_new (FALSE, FALSE, sizeof (Run));
  if (!read_header (&reader, error) || !read_sizes (&reader, error) || !read_entries (&reader, run, error))
    return NULL;
  if (reader.cols == NULL)
    return take_ordered (&reader, error);

  SmoothSparse *sparse
      = smooth_sparse_new_from_triplets (reader.n_rows, reader.n_cols, reader.n, reader.rows, reader.cols, reader.values, error);
  if (sparse != NULL && smooth_sparse_get_nnz (sparse) < reader.n) /* places that occur twice were added up */
    {
      g_clear_pointer (&sparse, smooth_sparse_unref);
      set_repeated (&reader, error);
    }
  return sparse;
}

/* Returns: the number of entries that the head of the file declares; -1 where it is no Matrix Market file */
gint64
smooth_i_mtx_count_entries (const char *path)
{
  g_auto (Reader) reader = { .text = smooth_text_open (path, NULL) };

  return reader.text != NULL && read_header (&reader, NULL) && read_sizes (&reader, NULL) ? reader.declared : -1;
}
