/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recipe as an attachment of a PDF document, which every viewer lists and `pdfdetach` takes out.
 *
 * Cairo 1.16 writes no attachments and no metadata of one's own. The document is therefore extended as the format foresees
 * (ISO 32000-1, 7.5.6, incremental updates): new objects, a new version of the catalog that names them, and a table of
 * where these are, which points to the one before. Cairo's documents of version 1.4 have the plain tables that this needs.
 *
 * Reading looks for the embedded file itself: its dictionary is always in plain text, whatever program wrote the document
 * anew, unless it is encrypted.
 */
#include "export/metadata-private.h"

#include <glib/gi18n-lib.h>
#include <stdarg.h>
#include <string.h>

#define DICTIONARY_REACH 2048 /* bytes before 'stream' in which its dictionary begins */

/* ---- Places ---- */

/* The last place of @word in [from, to), or NULL. */
static const guint8 *
find_last (const guint8 *from, const guint8 *to, const char *word)
{
  gsize n = strlen (word);

  for (gsize left = (gsize) (to - from); left >= n; left--)
    if (memcmp (from + left - n, word, n) == 0)
      return from + left - n;
  return NULL;
}

static const guint8 *
find_first (const guint8 *from, const guint8 *to, const char *word)
{
  gsize n = strlen (word);

  while (from < to && (gsize) (to - from) >= n)
    {
      const guint8 *p = memchr (from, word[0], (gsize) (to - from) - n + 1);
      if (p == NULL)
        return NULL;
      if (memcmp (p, word, n) == 0)
        return p;
      from = p + 1;
    }
  return NULL;
}

/* The whole number that stands at @p, after spaces; -1 where there is none. */
static gint64
read_number (const guint8 *p, const guint8 *to)
{
  gint64 number = 0;
  gint n = 0;

  while (p < to && g_ascii_isspace (*p))
    p++;
  for (; p < to && g_ascii_isdigit (*p) && n < 15; p++, n++)
    number = 10 * number + (*p - '0');
  return n > 0 ? number : -1;
}

/* The number that follows @key in [from, to); -1 where there is none. */
static gint64
read_entry (const guint8 *from, const guint8 *to, const char *key)
{
  const guint8 *p = find_first (from, to, key);

  return p != NULL ? read_number (p + strlen (key), to) : -1;
}

/* ---- Writing ---- */

static void
append (GByteArray *pdf, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
append (GByteArray *pdf, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_byte_array_append (pdf, (const guint8 *) text, (guint) strlen (text));
}

/* What is known of a document: where its table is, what its trailer and catalog say. */
typedef struct
{
  gint64 table, size, root, info;
  char *catalog; /* between the brackets */
} Document;

/* The text of object @number, found by a table of one section that begins with object 0. */
static char *
dup_dictionary (const GByteArray *pdf, gint64 table, gint64 number)
{
  const guint8 *start = pdf->data, *end = pdf->data + pdf->len;
  const guint8 *line = find_first (start + table, end, "\n0 ");
  const guint8 *entries = line != NULL ? find_first (line + 1, end, "\n") : NULL;

  if (entries == NULL || number >= read_number (line + 3, end) || (gint64) (end - entries) < 1 + 20 * (number + 1))
    return NULL;
  gint64 offset = read_number (entries + 1 + 20 * number, end);
  if (offset < 0 || offset >= (gint64) pdf->len)
    return NULL;
  const guint8 *object_end = find_first (start + offset, end, "endobj");
  const guint8 *open = object_end != NULL ? find_first (start + offset, object_end, "<<") : NULL;
  const guint8 *close = open != NULL ? find_last (open + 2, object_end, ">>") : NULL;
  return close != NULL ? g_strndup ((const char *) open + 2, (gsize) (close - open) - 2) : NULL;
}

static gboolean
read_document (const GByteArray *pdf, Document *document)
{
  const guint8 *start = pdf->data, *end = pdf->data + pdf->len;
  const guint8 *last = find_last (start, end, "startxref");

  document->table = last != NULL ? read_number (last + 9, end) : -1;
  if (document->table < 0 || document->table + 4 > (gint64) pdf->len || memcmp (start + document->table, "xref", 4) != 0)
    return FALSE;
  const guint8 *trailer = find_first (start + document->table, end, "trailer");
  if (trailer == NULL)
    return FALSE;
  document->size = read_entry (trailer, last, "/Size");
  document->root = read_entry (trailer, last, "/Root");
  document->info = read_entry (trailer, last, "/Info");
  if (document->size <= 0 || document->root <= 0)
    return FALSE;
  document->catalog = dup_dictionary (pdf, document->table, document->root);
  return document->catalog != NULL && strstr (document->catalog, "/Names") == NULL;
}

/**
 * smooth_i_metadata_add_to_pdf:
 * @pdf: a document of version 1.4 as Cairo writes it
 * @text: the recipe
 *
 * Returns: FALSE, and @pdf as it was, where the document is not as expected
 */
gboolean
smooth_i_metadata_add_to_pdf (GByteArray *pdf, const char *text)
{
  Document document = { 0 };
  gsize length = strlen (text);

  if (!read_document (pdf, &document))
    {
      g_free (document.catalog);
      return FALSE;
    }
  gint64 file = document.size, stream = document.size + 1;
  guint catalog_at, file_at, stream_at, table_at;

  append (pdf, "\n");
  catalog_at = pdf->len;
  append (pdf, "%" G_GINT64_FORMAT " 0 obj\n<<%s   /Names << /EmbeddedFiles << /Names [ (" METADATA_FILE ") %" G_GINT64_FORMAT " 0 R ] >> >>\n>>\nendobj\n",
          document.root, document.catalog, file);
  file_at = pdf->len;
  append (pdf, "%" G_GINT64_FORMAT " 0 obj\n<< /Type /Filespec /F (" METADATA_FILE ") /UF (" METADATA_FILE ") /Desc (How Smoothscope made this figure)\n"
          "   /EF << /F %" G_GINT64_FORMAT " 0 R >> >>\nendobj\n", file, stream);
  stream_at = pdf->len;
  append (pdf, "%" G_GINT64_FORMAT " 0 obj\n<< /Type /EmbeddedFile /Subtype /application#2Fjson /Length %" G_GSIZE_FORMAT
          " /Params << /Size %" G_GSIZE_FORMAT " >> >>\nstream\n", stream, length, length);
  g_byte_array_append (pdf, (const guint8 *) text, (guint) length);
  append (pdf, "\nendstream\nendobj\n");
  table_at = pdf->len;
  append (pdf, "xref\n%" G_GINT64_FORMAT " 1\n%010u 00000 n \n%" G_GINT64_FORMAT " 2\n%010u 00000 n \n%010u 00000 n \n", document.root, catalog_at,
          file, file_at, stream_at);
  append (pdf, "trailer\n<< /Size %" G_GINT64_FORMAT " /Root %" G_GINT64_FORMAT " 0 R /Prev %" G_GINT64_FORMAT, stream + 1, document.root,
          document.table);
  if (document.info > 0)
    append (pdf, " /Info %" G_GINT64_FORMAT " 0 R", document.info);
  append (pdf, " >>\nstartxref\n%u\n%%%%EOF\n", table_at);
  g_free (document.catalog);
  return TRUE;
}

/* ---- Reading ---- */

/* The stream whose dictionary is [open, stream): as it is, or by the one filter that programs use for text. */
static char *
read_stream (const guint8 *open, const guint8 *stream, const guint8 *end)
{
  const guint8 *data = stream + 6, *key = find_first (open, stream, "/Length");
  gint64 length = key != NULL ? read_number (key + 7, stream) : -1;
  const guint8 *number_end = key != NULL ? key + 7 : stream;

  data += data < end && *data == '\r';
  data += data < end && *data == '\n';
  while (number_end < stream && (g_ascii_isspace (*number_end) || g_ascii_isdigit (*number_end)))
    number_end++;
  /* The length may be an object of its own: '12 0 R'. */
  const guint8 *stream_end = find_first (data, end, "endstream");
  if (stream_end == NULL)
    return NULL;
  if (length < 0 || length > (gint64) (end - data) || (number_end < stream && *number_end == 'R'))
    length = (gint64) (stream_end - data);
  if ((gsize) length > METADATA_LARGEST)
    return NULL;
  if (find_first (open, stream, "/Filter") == NULL)
    return g_strndup ((const char *) data, (gsize) length);
  return find_first (open, stream, "/FlateDecode") != NULL ? smooth_i_metadata_inflate (data, (gsize) length) : NULL;
}

/* The last one counts: an update comes after what it replaces. */
char *
smooth_i_metadata_dup_from_pdf (const guint8 *data, gsize length, const char **what)
{
  const guint8 *end = data + length;
  char *found = NULL;

  *what = N_("without a recipe");
  for (const guint8 *p = find_first (data, end, "/EmbeddedFile"); p != NULL; p = find_first (p + 1, end, "/EmbeddedFile"))
    {
      if (p + 13 < end && g_ascii_isalpha (p[13])) /* /EmbeddedFiles */
        continue;
      const guint8 *reach = end - p > DICTIONARY_REACH ? p + DICTIONARY_REACH : end;
      const guint8 *stream = find_first (p, reach, "stream");
      const guint8 *open = find_last (p - data > DICTIONARY_REACH ? p - DICTIONARY_REACH : data, p, "obj");
      if (stream == NULL || open == NULL)
        continue;
      char *text = read_stream (open, stream, end);
      if (text != NULL && strstr (text, "\"smoothscope\"") != NULL)
        {
          g_free (found);
          found = text;
          continue;
        }
      g_free (text);
      *what = N_("with a damaged attachment, or with others than a recipe");
    }
  return found;
}
