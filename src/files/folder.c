/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums of files, and the making of folders. */
#include "files/output.h"

#include "base/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>

#define BLOCK_SIZE (1 << 18)

/**
 * smooth_file_dup_sha256:
 * @path: a file of any size: it is read in blocks
 * @size: (out) (optional): its size in bytes
 *
 * Returns: (transfer full): the SHA-256 of its content, in 64 lower-case hexadecimal digits
 */
char *
smooth_file_dup_sha256 (const char *path, gint64 *size, GError **error)
{
  FILE *file = g_fopen (path, "rbe");
  if (file == NULL)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: cannot be opened: %s", path, g_strerror (errno));
      return NULL;
    }

  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *block = g_malloc (BLOCK_SIZE);
  gint64 total = 0;
  gsize n;
  errno = 0;
  while ((n = fread (block, 1, BLOCK_SIZE, file)) > 0)
    {
      g_checksum_update (checksum, block, (gssize) n);
      total += (gint64) n;
    }
  int code = ferror (file) ? errno : 0;
  (void) fclose (file);
  if (code != 0)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, g_strerror (code));
      return NULL;
    }
  if (size != NULL)
    *size = total;
  return g_strdup (g_checksum_get_string (checksum));
}

/* Returns: (transfer full): the longest part of @path that exists and is not a folder, or NULL */
static char *
find_obstacle (const char *path)
{
  g_autofree char *part = g_strdup (path);
  GStatBuf info;

  while (g_stat (part, &info) != 0)
    {
      char *parent = g_path_get_dirname (part);
      gboolean at_root = g_strcmp0 (parent, part) == 0;
      g_free (part);
      part = parent;
      if (at_root)
        return NULL;
    }
  return S_ISDIR (info.st_mode) ? NULL : g_steal_pointer (&part);
}

/**
 * smooth_folder_make:
 *
 * Makes the folder @path, and those above it, where they do not exist.
 */
gboolean
smooth_folder_make (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;

  int code = errno;
  g_autofree char *obstacle = find_obstacle (path);
  if (obstacle != NULL)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: the folder cannot be made: expected a folder, found the file %s",
                 path, obstacle);
  else
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: the folder cannot be made: %s", path, g_strerror (code));
  return FALSE;
}
