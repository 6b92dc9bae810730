/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums of files; what folders hold, and the making of them. */
#include "files/output.h"

#include "base/error.h"
#include "files/choice.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_SIZE (1 << 18)

/**
 * smooth_file_dup_sha256:
 * @path: a file of any size: it is read in blocks; a choice behind it ('#NAME') does not matter
 * @size: (out) (optional): its size in bytes
 *
 * Returns: (transfer full): the SHA-256 of its content, in 64 lower-case hexadecimal digits
 */
char *
smooth_file_dup_sha256 (const char *path, gint64 *size, GError **error)
{
  g_autofree char *choice = NULL;
  g_autofree char *name = smooth_i_choice_split (path, &choice);
  FILE *file = g_fopen (name, "rbe");
  if (file == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be opened: %s", path, g_strerror (errno));
      return NULL;
    }

  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *block = g_malloc (BLOCK_SIZE);
  gint64 total = 0;
  gsize n;
  errno = 0;
  while (!smooth_run_is_cancelled (smooth_run_get_current ()) && (n = fread (block, 1, BLOCK_SIZE, file)) > 0)
    {
      g_checksum_update (checksum, block, (gssize) n);
      total += (gint64) n;
    }
  int code = ferror (file) ? errno : 0;
  (void) fclose (file);
  if (code != 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, g_strerror (code));
      return NULL;
    }
  if (!smooth_run_check (smooth_run_get_current (), error))
    return NULL;
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
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: the folder cannot be made: expected a folder, found the file %s", path,
                      obstacle);
  else
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: the folder cannot be made: %s", path, g_strerror (code));
  return FALSE;
}

/* The one file of @folder whose name is @name behind a prefix and a mark: 'GSM1_tissue_positions.csv'. NULL where there is
 * none, and where there are several, of which none is meant more than another. */
static char *
find_prefixed (const char *folder, const char *name)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *found = NULL;
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      gsize length = strlen (entry), tail = strlen (name);
      if (entry[0] == '.' || length < tail + 2 || !g_str_has_suffix (entry, name) || strchr ("_-. ", entry[length - tail - 1]) == NULL)
        continue;
      if (found != NULL)
        return NULL;
      found = g_strdup (entry);
    }
  return found != NULL ? g_build_filename (folder, found, NULL) : NULL;
}

/**
 * smooth_i_folder_find:
 * @names: NULL-terminated, the best first
 *
 * Returns: (transfer full) (nullable): the path of the first of @names that is in @folder; where none is, of the first that
 *   is there once behind a prefix
 */
char *
smooth_i_folder_find (const char *folder, const char *const *names)
{
  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  for (gsize i = 0; names[i] != NULL; i++)
    {
      char *path = find_prefixed (folder, names[i]);
      if (path != NULL)
        return path;
    }
  return NULL;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        (void) g_unlink (child);
    }
  (void) g_rmdir (path);
}

/* Whether a folder can be put there: nothing is, an empty folder, or one with @marker in it. */
static gboolean
check_place (const char *path, const char *marker, GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  g_autofree char *mark = folder != NULL && marker != NULL ? g_build_filename (path, marker, NULL) : NULL;

  if (folder == NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (folder != NULL && (g_dir_read_name (folder) == NULL || (mark != NULL && g_file_test (mark, G_FILE_TEST_EXISTS))))
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_FILE,
                    "%s: expected a name that is free, or an empty folder, found %s; choose another name", path,
                    folder != NULL ? _("a folder with files") : _("a file"));
  return FALSE;
}

/* Renames @temporary to @path. What is at @path is moved aside before, and back where that fails. */
static gboolean
put_in_place (const char *temporary, const char *path, GError **error)
{
  g_autofree char *aside = g_strconcat (temporary, ".old", NULL);
  gboolean is_aside = g_file_test (path, G_FILE_TEST_EXISTS) && g_rename (path, aside) == 0;

  if (g_rename (temporary, path) == 0)
    {
      if (is_aside)
        remove_tree (aside);
      return TRUE;
    }
  smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be renamed to: %s", path, g_strerror (errno));
  if (is_aside)
    (void) g_rename (aside, path);
  return FALSE;
}

/**
 * smooth_folder_write:
 * @path: of the new folder: nothing is there, or an empty folder, or one with the file @marker, which is replaced
 * @marker: (nullable): a file that all folders of this kind have
 * @func: writes its files
 *
 * The folder is filled beside its place and renamed once it is complete: it is there as a whole, or not at all. Its folder is
 * made if need be.
 */
gboolean
smooth_folder_write (const char *path, const char *marker, SmoothFolderFunc func, gpointer data, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *parent = g_path_get_dirname (absolute), *name = g_path_get_basename (absolute);
  g_autofree char *pattern = g_strdup_printf (".%s.XXXXXX", name);
  g_autofree char *temporary = g_build_filename (parent, pattern, NULL);

  if (!check_place (absolute, marker, error) || !smooth_folder_make (parent, error))
    return FALSE;
  if (g_mkdtemp_full (temporary, 0777) == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: no folder can be made there: %s", parent, g_strerror (errno));
      return FALSE;
    }
  if (func (temporary, data, error) && put_in_place (temporary, absolute, error))
    return TRUE;
  remove_tree (temporary);
  return FALSE;
}
