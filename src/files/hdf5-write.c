/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file is built in memory by HDF5's core driver and written as one piece, so that a full disk cannot leave half of
 * one. Objects carry no times: the same content gives the same bytes. */
#include "files/hdf5-write.h"

#include "base/error.h"
#include "files/hdf5-private.h"
#include "files/output.h"

#include <string.h>

#define CHUNK_BYTES (1 << 18)
#define GROWTH (1 << 20) /* bytes by which the memory grows */
#define DEFLATE_LEVEL 6

struct _SmoothHdf5Writer
{
  hid_t file;
  char *failure; /* (nullable): what could not be added first */
};

static void
note (SmoothHdf5Writer *writer, const char *name, gboolean ok)
{
  if (!ok && writer->failure == NULL)
    writer->failure = g_strdup (name);
}

/**
 * smooth_hdf5_writer_new:
 *
 * Returns: (transfer full): an empty file in memory
 */
SmoothHdf5Writer *
smooth_hdf5_writer_new (void)
{
  SmoothHdf5Writer *writer = g_new0 (SmoothHdf5Writer, 1);

  smooth_i_hdf5_lock ();
  hid_t access = H5Pcreate (H5P_FILE_ACCESS);
  H5Pset_fapl_core (access, GROWTH, FALSE);
  hid_t creation = H5Pcreate (H5P_FILE_CREATE);
  H5Pset_obj_track_times (creation, FALSE);
  /* The name is never used on a disk, but open files must differ in it. */
  g_autofree char *name = g_strdup_printf ("memory-%p", (gpointer) writer);
  writer->file = H5Fcreate (name, H5F_ACC_TRUNC, creation, access);
  note (writer, "the file", writer->file >= 0);
  H5Pclose (creation);
  H5Pclose (access);
  smooth_i_hdf5_unlock ();
  return writer;
}

/**
 * smooth_hdf5_writer_add_group:
 * @name: with its path from the root: "matrix/features"
 */
void
smooth_hdf5_writer_add_group (SmoothHdf5Writer *writer, const char *name)
{
  smooth_i_hdf5_lock ();
  hid_t creation = H5Pcreate (H5P_GROUP_CREATE);
  H5Pset_obj_track_times (creation, FALSE);
  hid_t group = H5Gcreate2 (writer->file, name, H5P_DEFAULT, creation, H5P_DEFAULT);
  note (writer, name, group >= 0);
  if (group >= 0)
    H5Gclose (group);
  H5Pclose (creation);
  smooth_i_hdf5_unlock ();
}

/* A vector of n elements; compressed in chunks, bytes of equal weight together, where it is long. */
static void
add_vector (SmoothHdf5Writer *writer, const char *name, hid_t file_type, hid_t memory_type, const void *values, gint64 n)
{
  hsize_t length = (hsize_t) n, chunk = MIN (length, CHUNK_BYTES / H5Tget_size (file_type));
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  H5Pset_obj_track_times (creation, FALSE);
  if (n > 64)
    {
      H5Pset_chunk (creation, 1, &chunk);
      H5Pset_shuffle (creation);
      H5Pset_deflate (creation, DEFLATE_LEVEL);
    }
  hid_t space = H5Screate_simple (1, &length, NULL);
  hid_t set = H5Dcreate2 (writer->file, name, file_type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  note (writer, name, set >= 0 && (n == 0 || H5Dwrite (set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0));
  if (set >= 0)
    H5Dclose (set);
  H5Sclose (space);
  H5Pclose (creation);
}

void
smooth_hdf5_writer_add_int32 (SmoothHdf5Writer *writer, const char *name, const gint32 *values, gint64 n)
{
  smooth_i_hdf5_lock ();
  add_vector (writer, name, H5T_STD_I32LE, H5T_NATIVE_INT32, values, n);
  smooth_i_hdf5_unlock ();
}

void
smooth_hdf5_writer_add_int64 (SmoothHdf5Writer *writer, const char *name, const gint64 *values, gint64 n)
{
  smooth_i_hdf5_lock ();
  add_vector (writer, name, H5T_STD_I64LE, H5T_NATIVE_INT64, values, n);
  smooth_i_hdf5_unlock ();
}

/**
 * smooth_hdf5_writer_add_strings:
 * @strings: @n strings
 *
 * Strings of one length, that of the longest, padded with zeros: as Cell Ranger writes them.
 */
void
smooth_hdf5_writer_add_strings (SmoothHdf5Writer *writer, const char *name, const char *const *strings, gint64 n)
{
  gsize width = 1;

  for (gint64 i = 0; i < n; i++)
    width = MAX (width, strlen (strings[i]));
  g_autofree char *bytes = g_malloc0 (width * (gsize) MAX (n, 1));
  for (gint64 i = 0; i < n; i++)
    memcpy (bytes + (gsize) i * width, strings[i], strlen (strings[i]));

  smooth_i_hdf5_lock ();
  hid_t type = H5Tcopy (H5T_C_S1);
  H5Tset_size (type, width);
  H5Tset_strpad (type, H5T_STR_NULLPAD);
  add_vector (writer, name, type, type, bytes, n);
  H5Tclose (type);
  smooth_i_hdf5_unlock ();
}

static void
add_attribute (SmoothHdf5Writer *writer, const char *name, hid_t file_type, hid_t memory_type, const void *value)
{
  hid_t space = H5Screate (H5S_SCALAR);
  hid_t attribute = H5Acreate2 (writer->file, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);

  note (writer, name, attribute >= 0 && H5Awrite (attribute, memory_type, value) >= 0);
  if (attribute >= 0)
    H5Aclose (attribute);
  H5Sclose (space);
}

/**
 * smooth_hdf5_writer_add_text_attribute:
 *
 * Adds an attribute of the root.
 */
void
smooth_hdf5_writer_add_text_attribute (SmoothHdf5Writer *writer, const char *name, const char *text)
{
  smooth_i_hdf5_lock ();
  hid_t type = H5Tcopy (H5T_C_S1);
  H5Tset_size (type, MAX (strlen (text), 1));
  H5Tset_strpad (type, H5T_STR_NULLPAD);
  add_attribute (writer, name, type, type, text);
  H5Tclose (type);
  smooth_i_hdf5_unlock ();
}

/**
 * smooth_hdf5_writer_add_int_attribute:
 *
 * Adds an attribute of the root.
 */
void
smooth_hdf5_writer_add_int_attribute (SmoothHdf5Writer *writer, const char *name, gint64 value)
{
  smooth_i_hdf5_lock ();
  add_attribute (writer, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
  smooth_i_hdf5_unlock ();
}

/* The bytes of the file, or NULL. Called with the lock held. */
static guint8 *
dup_image (SmoothHdf5Writer *writer, gsize *length)
{
  if (writer->file < 0 || H5Fflush (writer->file, H5F_SCOPE_GLOBAL) < 0)
    return NULL;
  ssize_t size = H5Fget_file_image (writer->file, NULL, 0);
  guint8 *image = size > 0 ? g_try_malloc ((gsize) size) : NULL;
  if (image == NULL || H5Fget_file_image (writer->file, image, (size_t) size) != size)
    {
      g_free (image);
      return NULL;
    }
  *length = (gsize) size;
  return image;
}

/**
 * smooth_hdf5_writer_commit:
 * @writer: not to be added to afterwards
 * @path: the file; it is replaced only once the new one is complete
 * @error: SMOOTH_ERROR_FILE
 */
gboolean
smooth_hdf5_writer_commit (SmoothHdf5Writer *writer, const char *path, GError **error)
{
  gsize length = 0;

  smooth_i_hdf5_lock ();
  g_autofree guint8 *image = dup_image (writer, &length);
  smooth_i_hdf5_unlock ();
  if (writer->failure != NULL || image == NULL)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: the HDF5 file cannot be made: %s cannot be added", path,
                   writer->failure != NULL ? writer->failure : "its end");
      return FALSE;
    }

  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;
  smooth_output_write (output, image, length);
  return smooth_output_commit (output, error);
}

void
smooth_hdf5_writer_free (SmoothHdf5Writer *writer)
{
  if (writer == NULL)
    return;
  smooth_i_hdf5_lock ();
  if (writer->file >= 0)
    H5Fclose (writer->file);
  smooth_i_hdf5_unlock ();
  g_free (writer->failure);
  g_free (writer);
}
