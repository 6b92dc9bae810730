/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of text: zlib tells gzip from plain by the content, lines are handed out from one growing buffer.
 *
 * What leaves this file is UTF-8 without NUL bytes, so that names may go to the window and to JSON as they are.
 */
#include "files/text.h"

#include "base/error.h"
#include "base/run.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define BUFFER_SIZE (1 << 19)
#define MAX_LINE ((gsize) 1 << 30)
#define MAX_READ ((gsize) 1 << 24) /* bytes between two looks at the run */

struct _SmoothText
{
  char *path;
  gzFile file;
  char *buffer;    /* capacity + 1 bytes: room for a NUL behind the last line */
  gsize capacity;
  gsize start;     /* of what is not yet handed out */
  gsize end;       /* of what was read */
  gboolean at_end; /* nothing is left in the file */
  gint64 line_number;
};

/* Says why gzread() or gzclose() failed. */
static void
set_read_error (gzFile file, const char *path, GError **error)
{
  int saved = errno;
  int code = Z_OK;
  const char *text = gzerror (file, &code);

  if (code == Z_BUF_ERROR)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: the compressed file is cut short: expected more data, found the end of the file", path);
  else if (code == Z_DATA_ERROR)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: the compressed file is damaged (%s)", path, text);
  else
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, g_strerror (saved));
}

static gzFile
open_file (const char *path, GError **error)
{
  errno = 0;
  gzFile file = gzopen (path, "rbe");

  if (file == NULL)
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be opened: %s", path, g_strerror (errno != 0 ? errno : ENOMEM));
  else
    gzbuffer (file, BUFFER_SIZE);
  return file;
}

/* Reads up to @wanted bytes. Returns: the number of bytes, 0 at the end of a complete file, -1 on error */
static gssize
read_some (gzFile file, const char *path, char *to, gsize wanted, GError **error)
{
  int code = Z_OK;

  if (!smooth_run_check (smooth_run_get_current (), error))
    return -1;
  errno = 0;
  int n = gzread (file, to, (unsigned) MIN (wanted, MAX_READ));
  if (n == 0)
    gzerror (file, &code); /* a file that is cut short also ends with 0 bytes */
  if (n < 0 || code != Z_OK)
    {
      set_read_error (file, path, error);
      return -1;
    }
  return n;
}

/* Returns: the number of bytes of a UTF-8 byte order mark at the head of @text */
static gsize
mark_length (const char *text, gsize length)
{
  return length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/**
 * smooth_i_text_check:
 * @text: @length bytes
 * @path: named by the error
 * @line: the number of the line in which @text starts
 *
 * Returns: TRUE where @text is UTF-8 without NUL bytes; the error tells the line of the first byte that is not
 */
gboolean
smooth_i_text_check (const char *text, gsize length, const char *path, gint64 line, GError **error)
{
  const char *bad = NULL;

  if (g_utf8_validate_len (text, length, &bad))
    return TRUE;
  for (const char *c = text; c < bad; c++)
    line += *c == '\n';
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": expected UTF-8 text, found the byte 0x%02x", path, line,
                    (unsigned char) *bad);
  return FALSE;
}

/**
 * smooth_text_open:
 * @path: a plain or gzip-compressed text file; its name does not matter
 *
 * Returns: (transfer full): a reader before the first line
 */
SmoothText *
smooth_text_open (const char *path, GError **error)
{
  gzFile file = open_file (path, error);
  if (file == NULL)
    return NULL;

  SmoothText *text = g_new0 (SmoothText, 1);
  text->path = g_strdup (path);
  text->file = file;
  text->capacity = BUFFER_SIZE;
  text->buffer = g_malloc (text->capacity + 1);
  return text;
}

/* Makes room behind the unread part and fills it. FALSE on error; at_end is set where nothing came. */
static gboolean
fill (SmoothText *text, GError **error)
{
  if (text->start > 0)
    {
      memmove (text->buffer, text->buffer + text->start, text->end - text->start);
      text->end -= text->start;
      text->start = 0;
    }
  if (text->end == text->capacity)
    {
      char *larger = text->capacity < MAX_LINE ? g_try_realloc (text->buffer, 2 * text->capacity + 1) : NULL;
      if (larger == NULL)
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": the line is too long: found more than %zu bytes",
                            text->path, text->line_number + 1, text->end);
          return FALSE;
        }
      text->buffer = larger;
      text->capacity *= 2;
    }

  gssize n = read_some (text->file, text->path, text->buffer + text->end, text->capacity - text->end, error);
  if (n < 0)
    return FALSE;
  text->at_end = n == 0;
  text->end += (gsize) n;
  return TRUE;
}

/**
 * smooth_text_next_line:
 * @line: (out) (transfer none): the line, NUL-terminated, without its line end; valid, and free to be written to,
 *   until the next call
 * @length: (out) (optional): its length in bytes
 * @error: set where the file cannot be read to its end or the line is not UTF-8 text
 *
 * A byte order mark is skipped. The last line needs no line end. Lines may have up to 1 GB.
 *
 * Returns: TRUE with a line; FALSE at the end of the file, or on error
 */
gboolean
smooth_text_next_line (SmoothText *text, char **line, gsize *length, GError **error)
{
  gsize scanned = 0; /* bytes behind start that are known to hold no line end */
  char *stop = NULL;

  while ((stop = memchr (text->buffer + text->start + scanned, '\n', text->end - text->start - scanned)) == NULL
         && !text->at_end)
    {
      scanned = text->end - text->start;
      if (!fill (text, error))
        return FALSE;
    }
  if (stop == NULL && text->start == text->end)
    return FALSE;

  char *first = text->buffer + text->start;
  if (stop == NULL)
    stop = text->buffer + text->end;
  text->start = MIN ((gsize) (stop - text->buffer) + 1, text->end);
  if (text->line_number++ == 0)
    first += mark_length (first, (gsize) (stop - first));
  if (stop > first && stop[-1] == '\r')
    stop--;
  *stop = '\0';
  if (!smooth_i_text_check (first, (gsize) (stop - first), text->path, text->line_number, error))
    return FALSE;
  *line = first;
  if (length != NULL)
    *length = (gsize) (stop - first);
  return TRUE;
}

/* Returns: the number of the line that was handed out last, the first being 1; 0 before that */
gint64
smooth_text_get_line_number (const SmoothText *text)
{
  return text->line_number;
}

const char *
smooth_text_get_path (const SmoothText *text)
{
  return text->path;
}

void
smooth_text_close (SmoothText *text)
{
  if (text == NULL)
    return;
  gzclose_r (text->file);
  g_free (text->buffer);
  g_free (text->path);
  g_free (text);
}

/* Grows *buffer (capacity + 1 bytes) towards @limit; FALSE where that is not enough or there is no memory. */
static gboolean
grow (char **buffer, gsize *capacity, gsize limit, const char *path, GError **error)
{
  gsize wanted = *capacity <= limit / 2 ? 2 * *capacity : limit;

  if (wanted == *capacity)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: the file is too large: expected at most %zu bytes", path, limit);
      return FALSE;
    }
  char *larger = g_try_realloc (*buffer, wanted + 1);
  if (larger == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for %zu bytes", path, wanted);
      return FALSE;
    }
  *buffer = larger;
  *capacity = wanted;
  return TRUE;
}

/**
 * smooth_i_text_load:
 * @path: a plain or gzip-compressed text file
 * @limit: the most bytes to accept, once unpacked; a file that unpacks to more is an error, not a full memory
 * @length: (out): the number of bytes
 *
 * Returns: (transfer full): the whole text, without a byte order mark, NUL-terminated, checked to be UTF-8
 */
char *
smooth_i_text_load (const char *path, gsize limit, gsize *length, GError **error)
{
  gzFile file = open_file (path, error);
  if (file == NULL)
    return NULL;

  gsize capacity = MIN (BUFFER_SIZE, limit);
  gsize end = 0;
  gssize n = 0;
  g_autofree char *buffer = g_malloc (capacity + 1);
  do
    {
      if (end == capacity && !grow (&buffer, &capacity, limit, path, error))
        n = -1;
      else if ((n = read_some (file, path, buffer + end, capacity - end, error)) > 0)
        end += (gsize) n;
    }
  while (n > 0);
  gzclose_r (file);
  if (n < 0)
    return NULL;

  gsize skip = mark_length (buffer, end);
  end -= skip;
  memmove (buffer, buffer + skip, end);
  buffer[end] = '\0';
  if (!smooth_i_text_check (buffer, end, path, 1, error))
    return NULL;
  *length = end;
  return g_steal_pointer (&buffer);
}

/**
 * smooth_i_text_refuse:
 * @format: what was expected and what was found
 *
 * Returns: FALSE, with an error that names the file and the present line
 */
gboolean
smooth_i_text_refuse (const SmoothText *text, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  smooth_i_error_set_valist (error, SMOOTH_ERROR_FORMAT, format, args);
  va_end (args);
  smooth_error_prefix (error, "%s:%" PRId64 ": ", smooth_text_get_path (text), MAX (smooth_text_get_line_number (text), 1));
  return FALSE;
}
