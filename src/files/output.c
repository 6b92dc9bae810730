/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing beside the final name, with one sticky error, and a rename at the very end.
 *
 * That the thread's run (smooth_run_set_current()) was cancelled is such an error.
 *
 * Whatever goes wrong (a full disk, a crash, a pulled plug), the final name holds the whole new file or what it held
 * before. Writers need no error handling of their own: the first failure is kept and smooth_output_commit() reports it.
 */
#include "files/output-private.h"

#include "base/error.h"
#include "files/decimal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (1 << 16)
#define MOST_AT_ONCE ((gsize) 1 << 22) /* bytes */

struct _SmoothOutput
{
  char *path;      /* as given, for messages */
  char *target;    /* what is replaced: @path with symbolic links resolved */
  char *temporary; /* NULL once it is renamed or removed */
  int fd;          /* -1 once it is closed */
  gsize used;      /* bytes of buffer */
  GError *failure; /* the first one */
  char buffer[BUFFER_SIZE];
};

static void
set_failure (SmoothOutput *output, const char *what, int code)
{
  if (output->failure == NULL)
    smooth_error_set (&output->failure, SMOOTH_ERROR_FILE, "%s: %s: %s", output->path, _(what), g_strerror (code));
}

/* Returns: FALSE where something went wrong or the run was cancelled: what comes now is thrown away */
gboolean
smooth_i_output_check (SmoothOutput *output)
{
  return output->failure == NULL && smooth_run_check (smooth_run_get_current (), &output->failure);
}

/* Writes all of @data to the file itself, unless a failure came before. */
static void
write_through (SmoothOutput *output, const char *data, gsize length)
{
  while (length > 0 && smooth_i_output_check (output))
    {
      ssize_t n = write (output->fd, data, MIN (length, MOST_AT_ONCE));
      if (n < 0 && errno != EINTR)
        set_failure (output, N_("cannot be written"), errno);
      if (n > 0)
        {
          data += n;
          length -= (gsize) n;
        }
    }
}

static void
flush (SmoothOutput *output)
{
  write_through (output, output->buffer, output->used);
  output->used = 0;
}

/* Only a regular file, or nothing, may be replaced. *mode is that of the file, or -1. */
static gboolean
check_target (const char *target, const char *path, int *mode, GError **error)
{
  GStatBuf info;

  *mode = -1;
  if (g_stat (target, &info) != 0)
    return TRUE;
  if (S_ISREG (info.st_mode))
    *mode = (int) (info.st_mode & 0777);
  else
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be written: expected a file, found %s", path,
                      S_ISDIR (info.st_mode) ? _("a folder") : _("a device or pipe"));
  return S_ISREG (info.st_mode);
}

/**
 * smooth_output_new:
 * @path: the final name; it may exist, and then keeps its content until the commit
 *
 * The new content goes to a hidden file in the same folder. A file that is replaced passes on its permissions; a symbolic
 * link stays one.
 *
 * Returns: (transfer full): an empty output
 */
SmoothOutput *
smooth_output_new (const char *path, GError **error)
{
  g_autofree char *real = realpath (path, NULL); /* NULL where there is no such file yet */
  const char *target = real != NULL ? real : path;
  int mode;

  if (!check_target (target, path, &mode, error))
    return NULL;

  g_autofree char *folder = g_path_get_dirname (target);
  g_autofree char *temporary = g_build_filename (folder, ".smoothscope-XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    {
      int code = errno;
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be written: %s", path, g_strerror (code));
      return NULL;
    }
  if (mode >= 0)
    (void) fchmod (fd, (mode_t) mode);

  SmoothOutput *output = g_new (SmoothOutput, 1);
  output->path = g_strdup (path);
  output->target = g_strdup (target);
  output->temporary = g_steal_pointer (&temporary);
  output->fd = fd;
  output->used = 0;
  output->failure = NULL;
  return output;
}

void
smooth_output_write (SmoothOutput *output, const void *data, gsize length)
{
  if (length > BUFFER_SIZE - output->used)
    flush (output);
  if (length > BUFFER_SIZE)
    {
      write_through (output, data, length);
      return;
    }
  memcpy (output->buffer + output->used, data, length);
  output->used += length;
}

/* For text and whole numbers: printf() writes other numbers with the decimal sign of the user's language. */
void
smooth_output_printf (SmoothOutput *output, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  smooth_output_text (output, text);
}

void
smooth_output_text (SmoothOutput *output, const char *text)
{
  smooth_output_write (output, text, strlen (text));
}

/* Writes the shortest text that reads back to the same double: '0.1', '1e-7', 'nan', 'inf'. About 50 ns. */
void
smooth_output_number (SmoothOutput *output, double value)
{
  char text[SMOOTH_I_DECIMAL_SIZE];

  smooth_output_write (output, text, smooth_i_format_number (value, text));
}

/* Writes @text as one field of a CSV file (RFC 4180): in quotes where it holds a comma, a quote or a line end. */
void
smooth_output_csv_field (SmoothOutput *output, const char *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      smooth_output_text (output, text);
      return;
    }
  smooth_output_text (output, "\"");
  for (const char *quote; (quote = strchr (text, '"')) != NULL; text = quote + 1)
    {
      smooth_output_write (output, text, (gsize) (quote - text));
      smooth_output_text (output, "\"\"");
    }
  smooth_output_text (output, text);
  smooth_output_text (output, "\"");
}

const char *
smooth_output_get_path (const SmoothOutput *output)
{
  return output->path;
}

/* Where the new content is until the commit: for libraries that open files by name. What they write there is brought to the
 * disk by the commit, if they have closed it by then. */
const char *
smooth_i_output_get_temporary (const SmoothOutput *output)
{
  return output->temporary;
}

/**
 * smooth_i_output_write_file:
 * @path: a file, all of whose bytes are written
 * @error: where it cannot be read; failures to write are kept for the commit
 */
gboolean
smooth_i_output_write_file (SmoothOutput *output, const char *path, GError **error)
{
  g_autofree char *piece = g_malloc (BUFFER_SIZE);
  int from = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = from >= 0 ? 1 : -1;

  while (n > 0 && smooth_i_output_check (output))
    {
      n = read (from, piece, BUFFER_SIZE);
      if (n > 0)
        smooth_output_write (output, piece, (gsize) n);
      if (n < 0 && errno == EINTR)
        n = 1;
    }
  if (n < 0)
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, g_strerror (errno));
  if (from >= 0)
    close (from);
  flush (output);
  return n >= 0;
}

/* Closes the file; also close() may be the one to tell that the disk is full. */
static void
close_file (SmoothOutput *output)
{
  if (output->fd >= 0 && close (output->fd) != 0)
    set_failure (output, N_("cannot be written"), errno);
  output->fd = -1;
}

/* Makes the rename itself survive a power failure; that some file systems cannot do so is no failure of ours. */
static void
sync_folder (const char *target)
{
  g_autofree char *folder = g_path_get_dirname (target);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  (void) fsync (fd);
  (void) close (fd);
}

/**
 * smooth_output_commit:
 *
 * Brings everything to the disk and gives it its final name. To be called once; @output is to be freed afterwards too.
 *
 * Returns: TRUE where the file is complete under its name; else nothing has changed there and the error tells the first
 *   thing that went wrong, at whichever call
 */
gboolean
smooth_output_commit (SmoothOutput *output, GError **error)
{
  g_return_val_if_fail (output->temporary != NULL && output->fd >= 0, FALSE);

  flush (output);
  if (smooth_i_output_check (output) && fsync (output->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
    set_failure (output, N_("cannot be written"), errno);
  close_file (output);
  if (output->failure == NULL && g_rename (output->temporary, output->target) != 0)
    set_failure (output, N_("cannot be renamed to"), errno);
  if (output->failure != NULL)
    {
      if (error != NULL)
        *error = g_error_copy (output->failure);
      return FALSE;
    }
  g_clear_pointer (&output->temporary, g_free);
  sync_folder (output->target);
  return TRUE;
}

/* Without a successful commit the new content is removed and the final name left alone. */
void
smooth_output_free (SmoothOutput *output)
{
  if (output == NULL)
    return;
  close_file (output);
  if (output->temporary != NULL)
    (void) g_unlink (output->temporary);
  g_clear_error (&output->failure);
  g_free (output->temporary);
  g_free (output->target);
  g_free (output->path);
  g_free (output);
}
