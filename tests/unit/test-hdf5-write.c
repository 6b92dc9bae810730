/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of files/hdf5-write: what was written reads back, the same content gives the same bytes, failures leave nothing. */
#include "files/hdf5-write.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <hdf5.h>
#include <string.h>

#define N 100000

static gboolean
write_file (const char *path, GError **error)
{
  g_autofree gint32 *narrow = g_new (gint32, N);
  g_autofree gint64 *wide = g_new (gint64, N);
  const char *const words[] = { "a", "Tumour", "" };

  for (gint i = 0; i < N; i++)
    {
      narrow[i] = i * 7 % 1000 - 500;
      wide[i] = (gint64) i << 33;
    }
  g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new ();
  smooth_hdf5_writer_add_text_attribute (writer, "filetype", "matrix");
  smooth_hdf5_writer_add_int_attribute (writer, "version", 2);
  smooth_hdf5_writer_add_group (writer, "matrix");
  smooth_hdf5_writer_add_int32 (writer, "matrix/data", narrow, N);
  smooth_hdf5_writer_add_int64 (writer, "matrix/indices", wide, N);
  smooth_hdf5_writer_add_strings (writer, "matrix/words", words, 3);
  smooth_hdf5_writer_add_int64 (writer, "matrix/nothing", wide, 0);
  return smooth_hdf5_writer_commit (writer, path, error);
}

static hsize_t
read_vector (hid_t file, const char *name, hid_t type, void *values)
{
  hid_t set = H5Dopen2 (file, name, H5P_DEFAULT);
  g_assert_cmpint (set, >=, 0);
  hid_t space = H5Dget_space (set);
  hsize_t n = 0;
  H5Sget_simple_extent_dims (space, &n, NULL);
  g_assert_cmpint (H5Dread (set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
  H5Sclose (space);
  H5Dclose (set);
  return n;
}

static void
test_round_trip (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smooth-hdf5-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.h5", NULL);
  g_autofree gint32 *narrow = g_new (gint32, N);
  g_autofree gint64 *wide = g_new (gint64, N);
  char words[18];
  g_autoptr (GError) error = NULL;

  g_assert_true (write_file (path, &error));
  g_assert_no_error (error);
  hid_t file = H5Fopen (path, H5F_ACC_RDONLY, H5P_DEFAULT);
  g_assert_cmpint (file, >=, 0);
  g_assert_cmpuint (read_vector (file, "matrix/data", H5T_NATIVE_INT32, narrow), ==, N);
  g_assert_cmpuint (read_vector (file, "matrix/indices", H5T_NATIVE_INT64, wide), ==, N);
  g_assert_cmpuint (read_vector (file, "matrix/nothing", H5T_NATIVE_INT64, wide), ==, 0);
  for (gint i = 0; i < N; i++)
    {
      g_assert_cmpint (narrow[i], ==, i * 7 % 1000 - 500);
      g_assert_cmpint (wide[i], ==, (gint64) i << 33);
    }
  hid_t type = H5Tcopy (H5T_C_S1);
  H5Tset_size (type, 6);
  H5Tset_strpad (type, H5T_STR_NULLPAD);
  g_assert_cmpuint (read_vector (file, "matrix/words", type, words), ==, 3);
  g_assert_cmpmem (words, 18, "a\0\0\0\0\0Tumour\0\0\0\0\0\0", 18);
  H5Tclose (type);
  g_assert_cmpint (H5Aexists (file, "filetype"), >, 0);
  g_assert_cmpint (H5Aexists (file, "version"), >, 0);
  H5Fclose (file);
  g_remove (path);
  g_rmdir (folder);
}

static void
test_same_bytes (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smooth-hdf5-XXXXXX", NULL);
  char *contents[2] = { NULL, NULL };
  gsize lengths[2];

  for (gint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%d.h5", folder, i);
      g_assert_true (write_file (path, NULL));
      g_assert_true (g_file_get_contents (path, &contents[i], &lengths[i], NULL));
      g_remove (path);
      if (i == 0)
        g_usleep (1100000); /* times in HDF5 files are whole seconds */
    }
  g_assert_cmpuint (lengths[0], ==, lengths[1]);
  g_assert_true (memcmp (contents[0], contents[1], lengths[0]) == 0);
  g_free (contents[0]);
  g_free (contents[1]);
  g_rmdir (folder);
}

static void
test_failures (void)
{
  const gint32 value = 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new ();

  g_assert_false (write_file ("/nowhere/at/all.h5", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_clear_error (&error);

  smooth_hdf5_writer_add_int32 (writer, "no/such/group", &value, 1);
  g_assert_false (smooth_hdf5_writer_commit (writer, "/nowhere/at/all.h5", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "no/such/group"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/hdf5-write/round-trip", test_round_trip);
  g_test_add_func ("/files/hdf5-write/same-bytes", test_same_bytes);
  g_test_add_func ("/files/hdf5-write/failures", test_failures);
  return g_test_run ();
}
