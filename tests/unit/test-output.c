/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of writing: shortest numbers, CSV fields, and that no failure leaves half a file under the final name. */
#include "base/error.h"
#include "files/decimal.h"
#include "files/output.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder; /* of all tests, empty before and after each */

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* The number of files in the folder, hidden ones included. */
static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

/* The fewest significant digits with which printf() writes a text that reads back, and the nearest such number. */
static int
fewest_digits (double value)
{
  char text[64];

  for (int digits = 1; digits < 17; digits++)
    {
      g_snprintf (text, sizeof text, "%.*e", digits - 1, value);
      if (strtod (text, NULL) == value)
        return digits;
    }
  return 17;
}

static int
count_digits (const char *text)
{
  int n = 0;
  int zeros = 0; /* at the end, which may be place holders */
  gboolean leading = TRUE;

  for (; *text != '\0' && *text != 'e'; text++)
    if (g_ascii_isdigit (*text) && !(leading && *text == '0'))
      {
        leading = FALSE;
        n++;
        zeros = *text == '0' ? zeros + 1 : 0;
      }
  return MAX (n - zeros, 1);
}

static void
check_number (double value)
{
  char text[SMOOTH_I_DECIMAL_SIZE];
  gsize length = smooth_i_format_number (value, text);
  double back = g_ascii_strtod (text, NULL);

  g_assert_cmpuint (length, ==, strlen (text));
  g_assert_cmpuint (length, <, SMOOTH_I_DECIMAL_SIZE);
  if (memcmp (&back, &value, sizeof value) != 0)
    g_error ("%s is not %.17g", text, value);
  if (count_digits (text) > fewest_digits (value))
    g_error ("%s is not the shortest text of %.17g", text, value);
}

static void
test_number_texts (void)
{
  static const struct { double value; const char *text; } cases[] = {
    { 0.0, "0" }, { -0.0, "-0" }, { 1.0, "1" }, { -17.0, "-17" }, { 0.1, "0.1" }, { 100.0, "100" }, { 1e15, "1000000000000000" },
    { 1e16, "10000000000000000" }, { 1e17, "1e17" }, { 1e23, "1e23" }, { 9007199254740993.0, "9007199254740992" },
    { 0.0001, "0.0001" }, { 0.00001, "0.00001" }, { 0.000001, "1e-6" }, { 1.5e-7, "1.5e-7" }, { 12.34, "12.34" },
    { 5e-324, "5e-324" }, { 2.2250738585072014e-308, "2.2250738585072014e-308" }, { 1.7976931348623157e308, "1.7976931348623157e308" },
    { 9.5367431640625e-7, "9.5367431640625e-7" }, { 1.0 / 3.0, "0.3333333333333333" }, { 2.0 / 3.0, "0.6666666666666666" },
    { NAN, "nan" }, { INFINITY, "inf" }, { -INFINITY, "-inf" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char text[SMOOTH_I_DECIMAL_SIZE];
      smooth_i_format_number (cases[i].value, text);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_number_round_trip (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20240611);

  for (int e = -1074; e <= 1023; e++)
    {
      double power = ldexp (1.0, e);
      check_number (power);
      check_number (nextafter (power, 0.0));
      check_number (-nextafter (power, INFINITY));
    }
  for (int i = 0; i < 60000; i++)
    {
      guint64 bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);
      double value;
      memcpy (&value, &bits, sizeof value);
      if (isfinite (value))
        check_number (value);
      check_number (g_rand_double (random));
      check_number (floor (g_rand_double (random) * 1e6) / 1e4);
    }
}

static void
test_number_locale (void)
{
  static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", NULL };
  gsize i = 0;

  while (names[i] != NULL && setlocale (LC_NUMERIC, names[i]) == NULL)
    i++;
  if (names[i] == NULL)
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  char text[SMOOTH_I_DECIMAL_SIZE];
  smooth_i_format_number (0.5, text);
  g_assert_cmpstr (text, ==, "0.5");
  setlocale (LC_NUMERIC, "C");
}

static void
test_write (void)
{
  g_autofree char *path = in_folder ("a.csv");
  g_autoptr (GError) error = NULL;

  for (int round = 0; round < 2; round++) /* the second one replaces the first */
    {
      g_autoptr (SmoothOutput) output = smooth_output_new (path, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (smooth_output_get_path (output), ==, path);
      smooth_output_csv_field (output, "plain");
      smooth_output_text (output, ",");
      smooth_output_csv_field (output, "a,b");
      smooth_output_text (output, ",");
      smooth_output_csv_field (output, "say \"x\"");
      smooth_output_text (output, ",");
      smooth_output_csv_field (output, "two\nlines");
      smooth_output_printf (output, ",%d,", 42);
      smooth_output_number (output, 0.25);
      smooth_output_text (output, "\n");
      g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==, round > 0);
      g_assert_true (smooth_output_commit (output, &error));
      g_assert_no_error (error);
    }
  assert_content (path, "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",42,0.25\n");
  g_assert_cmpuint (count_files (), ==, 1);
  g_unlink (path);
}

static void
test_write_large (void)
{
  g_autofree char *path = in_folder ("large");
  gsize size = 1000003;
  g_autofree char *data = g_malloc (size);
  g_autofree char *back = NULL;
  gsize length;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < size; i++)
    data[i] = (char) (i * 7 + i / 1000);
  g_autoptr (SmoothOutput) output = smooth_output_new (path, &error);
  for (gsize at = 0, step = 1; at < size; at += step, step = MIN (step * 3, size - at))
    smooth_output_write (output, data + at, step);
  g_assert_true (smooth_output_commit (output, &error));
  g_assert_true (g_file_get_contents (path, &back, &length, NULL));
  g_assert_cmpuint (length, ==, size);
  g_assert_true (memcmp (back, data, size) == 0);
  g_unlink (path);
}

static void
test_abandon (void)
{
  g_autofree char *path = in_folder ("kept");

  g_file_set_contents (path, "old", -1, NULL);
  {
    g_autoptr (SmoothOutput) output = smooth_output_new (path, NULL);
    smooth_output_text (output, "new");
    g_assert_cmpuint (count_files (), ==, 2);
  }
  assert_content (path, "old");
  g_assert_cmpuint (count_files (), ==, 1);
  g_unlink (path);
}

/* The permissions of the replaced file stay, and a link stays a link. */
static void
test_replace_link (void)
{
  g_autofree char *path = in_folder ("file");
  g_autofree char *link_path = in_folder ("link");
  GStatBuf info;

  g_file_set_contents (path, "old", -1, NULL);
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  g_assert_cmpint (symlink ("file", link_path), ==, 0);
  g_autoptr (SmoothOutput) output = smooth_output_new (link_path, NULL);
  smooth_output_text (output, "new");
  g_assert_true (smooth_output_commit (output, NULL));
  assert_content (path, "new");
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);
  g_unlink (link_path);
  g_unlink (path);
}

static void
assert_refused (const char *path, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_output_new (path, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_refused_targets (void)
{
  g_autofree char *missing = g_build_filename (folder, "missing", "file", NULL);

  assert_refused (folder, "found a folder");
  assert_refused ("/dev/null", "found a device");
  assert_refused (missing, g_strerror (ENOENT));
}

/* A full disk, as seen by a process: write() fails after so many bytes. */
static void
test_full_disk (void)
{
  static const gsize limits[] = { 0, 1000, 70000, 199999 };
  struct rlimit old;
  g_autofree char *path = in_folder ("full");
  g_autofree char *data = g_strnfill (200000, 'x');

  getrlimit (RLIMIT_FSIZE, &old);
  signal (SIGXFSZ, SIG_IGN);
  g_file_set_contents (path, "old", -1, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    for (int pieces = 0; pieces < 2; pieces++)
      {
        g_autoptr (GError) error = NULL;
        struct rlimit small = { limits[i], old.rlim_max };
        g_autoptr (SmoothOutput) output = smooth_output_new (path, &error);
        g_assert_no_error (error);
        setrlimit (RLIMIT_FSIZE, &small);
        for (gsize at = 0; at < 200000; at += pieces ? 1000 : 200000)
          smooth_output_write (output, data, pieces ? 1000 : 200000);
        gboolean done = smooth_output_commit (output, &error);
        setrlimit (RLIMIT_FSIZE, &old);
        g_assert_false (done);
        g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
        g_assert_nonnull (strstr (error->message, path));
        g_assert_nonnull (strstr (error->message, g_strerror (EFBIG)));
        g_clear_pointer (&output, smooth_output_free);
        assert_content (path, "old");
        g_assert_cmpuint (count_files (), ==, 1);
      }
  g_unlink (path);
}

static void
test_checksum (void)
{
  g_autofree char *path = in_folder ("abc");
  g_autofree char *missing = in_folder ("missing");
  g_autoptr (GError) error = NULL;
  gint64 size;

  g_file_set_contents (path, "abc", -1, NULL);
  g_autofree char *sum = smooth_file_dup_sha256 (path, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (size, ==, 3);
  g_assert_cmpstr (sum, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_assert_null (smooth_file_dup_sha256 (missing, &size, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, missing));
  g_clear_error (&error);
  g_assert_null (smooth_file_dup_sha256 (folder, &size, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_unlink (path);
}

static void
test_folder_make (void)
{
  g_autofree char *deep = g_build_filename (folder, "a", "b", "c", NULL);
  g_autofree char *file = g_build_filename (folder, "a", "file", NULL);
  g_autofree char *below = g_build_filename (file, "x", "y", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (smooth_folder_make (deep, &error));
  g_assert_true (smooth_folder_make (deep, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (deep, G_FILE_TEST_IS_DIR));

  g_file_set_contents (file, "", -1, NULL);
  g_assert_false (smooth_folder_make (below, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_autofree char *found = g_strdup_printf ("found the file %s", file);
  g_assert_nonnull (strstr (error->message, found));
  g_unlink (file);
  for (int i = 0; i < 3; i++)
    {
      g_rmdir (deep);
      char *parent = g_path_get_dirname (deep);
      g_free (deep);
      deep = parent;
    }
}

static gboolean
fill (const char *path, gpointer data, GError **error)
{
  const gboolean *fails = data;
  g_autofree char *sub = g_build_filename (path, "sub", NULL), *file = g_build_filename (sub, "a", NULL);

  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "a", -1, NULL));
  if (*fails)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "on purpose");
  return !*fails;
}

/* What lies in the folder of the test. */
static guint
count_entries (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* A folder is there as a whole or not at all, and takes no other's place. */
static void
test_folder_write (void)
{
  g_autofree char *path = g_build_filename (folder, "all", NULL), *file = g_build_filename (path, "sub", "a", NULL);
  g_autofree char *sub = g_build_filename (path, "sub", NULL), *other = g_build_filename (path, "b", NULL);
  g_autoptr (GError) error = NULL;
  gboolean fails = TRUE;

  g_assert_false (smooth_folder_write (path, NULL, fill, &fails, &error));
  g_assert_cmpstr (error->message, ==, "on purpose");
  g_assert_cmpuint (count_entries (), ==, 0);
  g_clear_error (&error);
  fails = FALSE;
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0); /* empty */
  g_assert_true (smooth_folder_write (path, NULL, fill, &fails, &error));
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpuint (count_entries (), ==, 1);
  g_assert_false (smooth_folder_write (path, NULL, fill, &fails, &error));
  g_assert_nonnull (strstr (error->message, "a folder with files"));
  g_clear_error (&error);
  g_assert_false (smooth_folder_write (path, "other", fill, &fails, &error));
  g_assert_nonnull (strstr (error->message, "a folder with files"));
  g_clear_error (&error);

  /* One with the marker is replaced, and stays where the new one fails. */
  g_assert_true (g_file_set_contents (other, "b", -1, NULL));
  fails = TRUE;
  g_assert_false (smooth_folder_write (path, "sub", fill, &fails, &error));
  g_assert_true (g_file_test (other, G_FILE_TEST_IS_REGULAR));
  g_clear_error (&error);
  fails = FALSE;
  g_assert_true (smooth_folder_write (path, "sub", fill, &fails, &error));
  g_assert_false (g_file_test (other, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpuint (count_entries (), ==, 1);
  g_assert_false (smooth_folder_write (file, NULL, fill, &fails, &error));
  g_assert_nonnull (strstr (error->message, "found a file"));
  g_assert_cmpuint (count_entries (), ==, 1);
  g_remove (file);
  g_rmdir (sub);
  g_rmdir (path);
}

/* Writing fails once the run of the thread is cancelled: the old file stays, and nothing else. */
static void
test_cancelled (void)
{
  g_autofree char *path = in_folder ("table.csv");
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;
  gint64 size;

  g_assert_true (g_file_set_contents (path, "old", -1, NULL));
  g_assert_null (smooth_run_set_current (run));
  g_assert_true (smooth_run_get_current () == run);
  for (gint is_late = 0; is_late < 2; is_late++)
    {
      g_autoptr (SmoothOutput) output = smooth_output_new (path, &error);
      g_assert_no_error (error);
      for (gint i = 0; i < 40000; i++)
        {
          smooth_output_text (output, "some text\n");
          if (i == 20000 && !is_late)
            smooth_run_cancel (run);
        }
      if (is_late)
        smooth_run_cancel (run);
      g_assert_false (smooth_output_commit (output, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
      g_clear_error (&error);
      g_clear_pointer (&output, smooth_output_free);
      g_assert_cmpuint (count_files (), ==, 1);
      assert_content (path, "old");
      g_assert_null (smooth_file_dup_sha256 (path, &size, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
      g_clear_error (&error);
      SmoothRun *next = smooth_run_new (1);
      g_assert_true (smooth_run_set_current (next) == run);
      smooth_run_unref (run);
      run = next;
    }
  g_assert_true (smooth_run_set_current (NULL) == run);
  g_autofree char *sum = smooth_file_dup_sha256 (path, &size, &error);
  g_assert_no_error (error);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("smooth-output-XXXXXX", NULL);
  g_test_add_func ("/output/number/texts", test_number_texts);
  g_test_add_func ("/output/number/round-trip", test_number_round_trip);
  g_test_add_func ("/output/number/locale", test_number_locale);
  g_test_add_func ("/output/write", test_write);
  g_test_add_func ("/output/write-large", test_write_large);
  g_test_add_func ("/output/abandon", test_abandon);
  g_test_add_func ("/output/replace-link", test_replace_link);
  g_test_add_func ("/output/refused-targets", test_refused_targets);
  g_test_add_func ("/output/full-disk", test_full_disk);
  g_test_add_func ("/output/checksum", test_checksum);
  g_test_add_func ("/output/cancelled", test_cancelled);
  g_test_add_func ("/output/folder-make", test_folder_make);
  g_test_add_func ("/output/folder-write", test_folder_write);
  int status = g_test_run ();
  if (g_rmdir (folder) != 0 && status == 0)
    status = 1; /* something was left behind */
  g_free (folder);
  return status;
}
