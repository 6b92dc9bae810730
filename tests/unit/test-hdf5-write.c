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
  const gint64 version = 2;

  for (gint i = 0; i < N; i++)
    {
      narrow[i] = i * 7 % 1000 - 500;
      wide[i] = (gint64) i << 33;
    }
  g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new (path, error);
  if (writer == NULL)
    return FALSE;
  smooth_hdf5_writer_set_text_attribute (writer, "/", "filetype", "matrix");
  smooth_hdf5_writer_set_attribute (writer, "/", "version", SMOOTH_HDF5_INT64, &version, 0, NULL);
  smooth_hdf5_writer_add_group (writer, "matrix");
  smooth_hdf5_writer_add_vector (writer, "matrix/data", SMOOTH_HDF5_INT32, narrow, N);
  smooth_hdf5_writer_add_vector (writer, "matrix/indices", SMOOTH_HDF5_INT64, wide, N);
  smooth_hdf5_writer_add_strings (writer, "matrix/words", words, 3);
  smooth_hdf5_writer_add_vector (writer, "matrix/nothing", SMOOTH_HDF5_INT64, wide, 0);
  return smooth_hdf5_writer_commit (writer, error);
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
  g_autofree char *folder = g_dir_make_tmp ("smooth-hdf5-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.h5", NULL);
  const gint32 value = 1;
  g_autoptr (GError) error = NULL;

  g_assert_false (write_file ("/nowhere/at/all.h5", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, "before", -1, NULL));
  {
    g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new (path, &error);
    g_assert_no_error (error);
    smooth_hdf5_writer_add_vector (writer, "no/such/group", SMOOTH_HDF5_INT32, &value, 1);
    g_assert_false (smooth_hdf5_writer_commit (writer, &error));
    g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
    g_assert_nonnull (strstr (error->message, "no/such/group"));
  }
  g_autofree char *content = NULL;
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "before");
  g_remove (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0); /* nothing half written is left */
}

/* A copy keeps what is not removed, and takes what is added. */
static void
test_copy (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smooth-hdf5-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.h5", NULL);
  g_autofree char *copy = g_build_filename (folder, "b.h5", NULL);
  const double grid[6] = { 1.0, 2.0, 3.0, 4.0, 5.0, 6.0 };
  const gint64 sizes[2] = { 2, 3 };
  double read[6] = { 0.0 };
  g_autofree gint32 *narrow = g_new (gint32, N);
  g_autoptr (GError) error = NULL;

  g_assert_true (write_file (path, NULL));
  g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new_copy (copy, path, &error);
  g_assert_no_error (error);
  g_assert_true (smooth_hdf5_writer_has (writer, "matrix/words"));
  g_assert_false (smooth_hdf5_writer_has (writer, "nothing/here"));
  smooth_hdf5_writer_remove (writer, "matrix/words");
  smooth_hdf5_writer_remove (writer, "nothing/here");
  g_assert_false (smooth_hdf5_writer_has (writer, "matrix/words"));
  smooth_hdf5_writer_add_array (writer, "matrix/grid", SMOOTH_HDF5_DOUBLE, grid, 2, sizes);
  smooth_hdf5_writer_set_text_attribute (writer, "/", "filetype", "another");
  g_assert_true (smooth_hdf5_writer_commit (writer, &error));
  g_assert_no_error (error);

  hid_t file = H5Fopen (copy, H5F_ACC_RDONLY, H5P_DEFAULT);
  g_assert_cmpuint (read_vector (file, "matrix/data", H5T_NATIVE_INT32, narrow), ==, N);
  g_assert_cmpint (narrow[3], ==, 21 - 500);
  hid_t set = H5Dopen2 (file, "matrix/grid", H5P_DEFAULT);
  g_assert_cmpint (H5Dread (set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, read), >=, 0);
  g_assert_cmpmem (read, sizeof read, grid, sizeof grid);
  H5Dclose (set);
  H5Fclose (file);

  g_assert_null (smooth_hdf5_writer_new_copy (copy, "/nowhere/at/all.h5", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
  g_remove (path);
  g_remove (copy);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/hdf5-write/round-trip", test_round_trip);
  g_test_add_func ("/files/hdf5-write/same-bytes", test_same_bytes);
  g_test_add_func ("/files/hdf5-write/failures", test_failures);
  g_test_add_func ("/files/hdf5-write/copy", test_copy);
  return g_test_run ();
}
