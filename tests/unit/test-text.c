/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of files/text: line ends, long lines, gzip, and every way in which a file can be broken. */
#include "base/error.h"
#include "files/text.h"

#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>

static char *folder;

/* Writes a file into the test's folder. Returns: (transfer full): its path */
static char *
put (const char *name, const char *data, gsize length)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, data, (gssize) length, NULL));
  return path;
}

static char *
put_gzip (const char *name, const char *data, gsize length, const char *mode)
{
  char *path = g_build_filename (folder, name, NULL);
  gzFile file = gzopen (path, mode);

  g_assert_nonnull (file);
  g_assert_cmpint (gzwrite (file, data, (unsigned) length), ==, (int) length);
  g_assert_cmpint (gzclose (file), ==, Z_OK);
  return path;
}

/* All lines of a file joined by '|', or the error. */
static char *
read_lines (const char *path, GError **error)
{
  g_autoptr (SmoothText) text = smooth_text_open (path, error);
  if (text == NULL)
    return NULL;

  g_autoptr (GString) all = g_string_new (NULL);
  g_autoptr (GError) failure = NULL;
  char *line;
  gsize length;
  gint64 n = 0;
  while (smooth_text_next_line (text, &line, &length, &failure))
    {
      g_assert_cmpuint (length, ==, strlen (line));
      g_assert_cmpint (smooth_text_get_line_number (text), ==, ++n);
      g_string_append_printf (all, "%s|", line);
    }
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  g_assert_false (smooth_text_next_line (text, &line, &length, NULL)); /* the end stays the end */
  return g_string_free (g_steal_pointer (&all), FALSE);
}

static void
assert_lines (const char *data, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = put ("plain.txt", data, strlen (data));
  g_autofree char *packed = put_gzip ("packed.txt", data, strlen (data), "wb");
  g_autofree char *a = read_lines (plain, &error);
  g_assert_no_error (error);
  g_autofree char *b = read_lines (packed, &error);
  g_assert_no_error (error);

  g_assert_cmpstr (a, ==, expected);
  g_assert_cmpstr (b, ==, expected);
}

static void
test_line_ends (void)
{
  assert_lines ("", "");
  assert_lines ("\n", "|");
  assert_lines ("a", "a|");
  assert_lines ("a\nbc\n", "a|bc|");
  assert_lines ("a\r\n\r\nbc", "a||bc|");
  assert_lines ("a\rb\r\r\n", "a\rb\r|");
  assert_lines ("\xef\xbb\xbf" "a\n\xef\xbb\xbf" "b", "a|\xef\xbb\xbf" "b|");
  assert_lines ("\xef\xbb\xbf", "|");
}

/* Lines around the size of the buffer, and one of several buffers. */
static void
test_long_lines (void)
{
  const gsize sizes[] = { 0, 1, (1 << 19) - 1, 1 << 19, (1 << 19) + 1, 3000000, 5 };
  g_autoptr (GString) data = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *line = g_strnfill (sizes[i], (char) ('a' + i));
      g_string_append_printf (data, "%s\n", line);
    }

  g_autofree char *path = put ("long.txt", data->str, data->len);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothText) text = smooth_text_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (smooth_text_get_path (text), ==, path);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      char *line;
      gsize length;
      g_assert_true (smooth_text_next_line (text, &line, &length, &error));
      g_assert_cmpuint (length, ==, sizes[i]);
      g_assert_true (length == 0 || (line[0] == (char) ('a' + i) && line[length - 1] == (char) ('a' + i)));
    }
}

static void
assert_fails (const char *path, SmoothError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = read_lines (path, &error);

  g_assert_null (lines);
  g_assert_error (error, SMOOTH_ERROR, (gint) code);
  if (strstr (error->message, path) == NULL || strstr (error->message, words) == NULL)
    g_error ("expected the path and '%s' in: %s", words, error->message);

  g_clear_error (&error);
  gsize length;
  g_autofree char *whole = smooth_i_text_load (path, 1 << 30, &length, &error);
  g_assert_null (whole);
  g_assert_error (error, SMOOTH_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_broken_files (void)
{
  g_autoptr (GString) data = g_string_new (NULL);
  g_autofree char *packed = NULL;
  gsize length;

  for (int i = 0; i < 20000; i++)
    g_string_append_printf (data, "%d\t%d\n", i, i * i);
  g_autofree char *good = put_gzip ("good.gz", data->str, data->len, "wb");
  g_assert_true (g_file_get_contents (good, &packed, &length, NULL));

  const gsize cuts[] = { 3, 12, length / 2, length - 1 };
  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_autofree char *cut = put ("cut.gz", packed, cuts[i]);
      assert_fails (cut, SMOOTH_ERROR_FORMAT, "cut short");
    }
  packed[length / 2] ^= 0x55;
  g_autofree char *damaged = put ("damaged.gz", packed, length);
  assert_fails (damaged, SMOOTH_ERROR_FORMAT, "damaged");

  g_autofree char *nul = put ("nul.txt", "a\nb\0c\n", 6);
  assert_fails (nul, SMOOTH_ERROR_FORMAT, "nul.txt:2: expected UTF-8 text, found the byte 0x00");
  g_autofree char *latin = put ("latin.txt", "a\n\nM\xfcller\n", 10);
  assert_fails (latin, SMOOTH_ERROR_FORMAT, "latin.txt:3: expected UTF-8 text, found the byte 0xfc");

  g_autofree char *absent = g_build_filename (folder, "absent", NULL);
  assert_fails (absent, SMOOTH_ERROR_FILE, "No such file");
  assert_fails (folder, SMOOTH_ERROR_FILE, "directory");
}

/* Several gzip members behind each other, as bgzip and cat make them, are one text. */
static void
test_members (void)
{
  g_autofree char *first = put_gzip ("members.gz", "a\nb", 3, "wb");
  g_autofree char *second = put_gzip ("members.gz", "c\nd\n", 4, "ab");
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = read_lines (first, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, "a|bc|d|");
}

static void
test_load (void)
{
  g_autofree char *path = put ("load.txt", "\xef\xbb\xbf" "hello\n", 9);
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  g_autofree char *whole = smooth_i_text_load (path, 100, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (whole, ==, "hello\n");
  g_assert_cmpuint (length, ==, 6);
  g_assert_null (smooth_i_text_load (path, 5, &length, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "too large"));
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_remove (path);
    }
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("smooth-text-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_test_add_func ("/text/line-ends", test_line_ends);
  g_test_add_func ("/text/long-lines", test_long_lines);
  g_test_add_func ("/text/broken-files", test_broken_files);
  g_test_add_func ("/text/members", test_members);
  g_test_add_func ("/text/load", test_load);
  int status = g_test_run ();
  remove_folder ();
  return status;
}
