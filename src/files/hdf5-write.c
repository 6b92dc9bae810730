/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file is built under the temporary name of a SmoothOutput and renamed once it is closed and on the disk, so that a full
 * disk cannot leave half of one. Objects carry no times: the same content gives the same bytes. */
#include "files/hdf5-write-private.h"

#include "base/error.h"
#include "files/hdf5-private.h"
#include "files/output-private.h"

#include <string.h>

#define CHUNK_BYTES (1 << 18)
#define DEFLATE_LEVEL 4 /* level 6 takes twice the time of counts for 3 % less */
#define MAX_RANK 3
#define CHUNKS 4 /* to write between two looks at the run: some 20 ms */

struct _SmoothHdf5Writer
{
  SmoothOutput *output;
  hid_t file;    /* invalid once it is closed */
  char *failure; /* (nullable): what could not be written first */
  char *reason;  /* (nullable): why, in the library's words */
};

static void
note (SmoothHdf5Writer *writer, const char *name, gboolean ok)
{
  if (ok || writer->failure != NULL)
    return;
  writer->failure = g_strdup (name);
  writer->reason = smooth_i_hdf5_dup_message ();
}

/* Closes an object that was written: what it held back goes to the file only now. */
static void
note_close (SmoothHdf5Writer *writer, const char *name, hid_t id)
{
  note (writer, name, id < 0 || H5Idec_ref (id) >= 0);
}

/* ---- The file ---- */

/* The file at the temporary name: a new one, or one that is there. */
static SmoothHdf5Writer *
take_output (SmoothOutput *output, gboolean is_there)
{
  SmoothHdf5Writer *writer = g_new0 (SmoothHdf5Writer, 1);
  const char *path = smooth_i_output_get_temporary (output);

  writer->output = output;
  smooth_i_hdf5_lock ();
  hid_t creation = H5Pcreate (H5P_FILE_CREATE);
  H5Pset_obj_track_times (creation, FALSE);
  writer->file = is_there ? H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT) : H5Fcreate (path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
  note (writer, "the file", writer->file >= 0);
  hdf5_id_close (creation);
  smooth_i_hdf5_unlock ();
  return writer;
}

/**
 * smooth_hdf5_writer_new:
 * @path: the final name; it may exist, and then keeps its content until the commit
 *
 * Returns: (transfer full): an empty file
 */
SmoothHdf5Writer *
smooth_hdf5_writer_new (const char *path, GError **error)
{
  SmoothOutput *output = smooth_output_new (path, error);

  return output != NULL ? take_output (output, FALSE) : NULL;
}

/**
 * smooth_hdf5_writer_new_copy:
 * @original: an HDF5 file: all that is not removed from the copy stays as it is there
 *
 * Returns: (transfer full): a file with the content of @original
 */
SmoothHdf5Writer *
smooth_hdf5_writer_new_copy (const char *path, const char *original, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL || !smooth_i_output_write_file (output, original, error))
    return NULL;
  return take_output (g_steal_pointer (&output), TRUE);
}

/**
 * smooth_hdf5_writer_commit:
 * @writer: not to be added to afterwards
 * @error: SMOOTH_ERROR_FILE: the first thing that went wrong, at whichever call; the file has not changed then
 */
gboolean
smooth_hdf5_writer_commit (SmoothHdf5Writer *writer, GError **error)
{
  smooth_i_hdf5_lock ();
  if (writer->file >= 0)
    note (writer, "its end", H5Fclose (writer->file) >= 0);
  writer->file = H5I_INVALID_HID;
  smooth_i_hdf5_unlock ();
  if (writer->failure == NULL || !smooth_i_output_check (writer->output))
    return smooth_output_commit (writer->output, error);
  smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: the HDF5 file cannot be made: %s cannot be written: %s",
                    smooth_output_get_path (writer->output), writer->failure, writer->reason);
  return FALSE;
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
  smooth_output_free (writer->output);
  g_free (writer->failure);
  g_free (writer->reason);
  g_free (writer);
}

/* ---- Objects ---- */

/* Links that lead elsewhere, to another name or another file, are not followed: what they lead to is not ours to change. */
static gboolean
is_own (SmoothHdf5Writer *writer, const char *name)
{
  H5L_info_t info;

  return H5Lexists (writer->file, name, H5P_DEFAULT) > 0 && H5Lget_info (writer->file, name, &info, H5P_DEFAULT) >= 0
         && info.type == H5L_TYPE_HARD;
}

/* Whether all parents of an object are groups of the file itself. Called with the lock held. */
static gboolean
has_parents (SmoothHdf5Writer *writer, const char *name)
{
  for (const char *slash = strchr (name, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *parent = g_strndup (name, (gsize) (slash - name));
      if (*parent != '\0' && !(is_own (writer, parent) && smooth_i_hdf5_has (writer->file, parent, H5I_GROUP)))
        return FALSE;
    }
  return TRUE;
}

/* Whether the file itself has the object. */
gboolean
smooth_hdf5_writer_has (SmoothHdf5Writer *writer, const char *name)
{
  smooth_i_hdf5_lock ();
  gboolean has = has_parents (writer, name) && is_own (writer, name);
  smooth_i_hdf5_unlock ();
  return has;
}

/* Removes an object with all in it, or a link, where there is one. */
void
smooth_hdf5_writer_remove (SmoothHdf5Writer *writer, const char *name)
{
  smooth_i_hdf5_lock ();
  if (has_parents (writer, name) && H5Lexists (writer->file, name, H5P_DEFAULT) > 0)
    note (writer, name, H5Ldelete (writer->file, name, H5P_DEFAULT) >= 0);
  smooth_i_hdf5_unlock ();
}

/* Adds a group in a group that is there. */
void
smooth_hdf5_writer_add_group (SmoothHdf5Writer *writer, const char *name)
{
  smooth_i_hdf5_lock ();
  hid_t creation = H5Pcreate (H5P_GROUP_CREATE);
  H5Pset_obj_track_times (creation, FALSE);
  hid_t group = H5Gcreate2 (writer->file, name, H5P_DEFAULT, creation, H5P_DEFAULT);
  note (writer, name, group >= 0);
  note_close (writer, name, group);
  H5Pclose (creation);
  smooth_i_hdf5_unlock ();
}

/* Returns: (transfer full): the type as it stands in the file */
static hid_t
make_type (SmoothHdf5Type type)
{
  const gint8 no = 0, yes = 1;

  switch (type)
    {
    case SMOOTH_HDF5_BOOLEAN:
      {
        hid_t boolean = H5Tenum_create (H5T_STD_I8LE);
        H5Tenum_insert (boolean, "FALSE", &no);
        H5Tenum_insert (boolean, "TRUE", &yes);
        return boolean;
      }
    case SMOOTH_HDF5_INT8: return H5Tcopy (H5T_STD_I8LE);
    case SMOOTH_HDF5_UINT8: return H5Tcopy (H5T_STD_U8LE);
    case SMOOTH_HDF5_INT32: return H5Tcopy (H5T_STD_I32LE);
    case SMOOTH_HDF5_INT64: return H5Tcopy (H5T_STD_I64LE);
    case SMOOTH_HDF5_FLOAT: return H5Tcopy (H5T_IEEE_F32LE);
    case SMOOTH_HDF5_DOUBLE: break;
    }
  return H5Tcopy (H5T_IEEE_F64LE);
}

/* Returns: (transfer full): texts of any length in UTF-8 */
static hid_t
make_text_type (void)
{
  hid_t type = H5Tcopy (H5T_C_S1);

  H5Tset_size (type, H5T_VARIABLE);
  H5Tset_cset (type, H5T_CSET_UTF8);
  return type;
}

/* Whole rows of about CHUNK_BYTES, compressed, bytes of equal weight together. */
static void
set_chunks (hid_t creation, int rank, const hsize_t *lengths, gsize row_bytes)
{
  hsize_t chunk[MAX_RANK];

  memcpy (chunk, lengths, (gsize) rank * sizeof *chunk);
  chunk[0] = CLAMP (CHUNK_BYTES / row_bytes, 1, lengths[0]);
  H5Pset_chunk (creation, rank, chunk);
  H5Pset_shuffle (creation);
  H5Pset_deflate (creation, DEFLATE_LEVEL);
}

/* Writes all rows, some chunks at a time. */
static void
write_rows (SmoothHdf5Writer *writer, const char *name, hid_t set, hid_t type, const char *values, int rank, const hsize_t *lengths,
            gsize row_bytes)
{
  g_auto (Hdf5Id) in_file = H5Dget_space (set);
  hsize_t start[MAX_RANK] = { 0 }, counts[MAX_RANK], step = MAX (CHUNK_BYTES / row_bytes, 1) * CHUNKS;

  memcpy (counts, lengths, (gsize) rank * sizeof *counts);
  for (start[0] = 0; start[0] < lengths[0]; start[0] += step)
    {
      counts[0] = MIN (step, lengths[0] - start[0]);
      g_auto (Hdf5Id) in_memory = H5Screate_simple (rank, counts, NULL);
      if (!smooth_i_output_check (writer->output))
        return; /* the commit tells why */
      if (H5Sselect_hyperslab (in_file, H5S_SELECT_SET, start, NULL, counts, NULL) >= 0
          && H5Dwrite (set, type, in_memory, in_file, H5P_DEFAULT, values + start[0] * row_bytes) >= 0)
        continue;
      note (writer, name, FALSE); /* before the next call of the library, which forgets why */
      return;
    }
}

/* Adds an array of any type; those longer than a few elements are compressed, texts apart. Called with the lock held. */
static void
add_array (SmoothHdf5Writer *writer, const char *name, hid_t type, gconstpointer values, int rank, const gint64 *sizes)
{
  g_auto (Hdf5Id) creation = H5Pcreate (H5P_DATASET_CREATE);
  hsize_t lengths[MAX_RANK] = { 0 };
  gsize n = 1;

  for (int i = 0; i < rank; i++)
    {
      lengths[i] = (hsize_t) sizes[i];
      n *= (gsize) sizes[i];
    }
  H5Pset_obj_track_times (creation, FALSE);
  if (n > 64 && H5Tis_variable_str (type) <= 0)
    set_chunks (creation, rank, lengths, n / lengths[0] * H5Tget_size (type));
  g_auto (Hdf5Id) space = rank > 0 ? H5Screate_simple (rank, lengths, NULL) : H5Screate (H5S_SCALAR);
  hid_t set = H5Dcreate2 (writer->file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  note (writer, name, set >= 0 && (n == 0 || rank > 0 || H5Dwrite (set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0));
  if (set >= 0 && n > 0 && rank > 0)
    write_rows (writer, name, set, type, values, rank, lengths, n / lengths[0] * H5Tget_size (type));
  note_close (writer, name, set);
}

/**
 * smooth_hdf5_writer_add_array:
 * @values: the product of @sizes, row-major, in the machine's byte order, which is little-endian wherever we run
 * @rank: 0 (one number) to 3
 * @sizes: @rank of them
 */
void
smooth_hdf5_writer_add_array (SmoothHdf5Writer *writer, const char *name, SmoothHdf5Type type, gconstpointer values, int rank,
                              const gint64 *sizes)
{
  g_return_if_fail (rank >= 0 && rank <= MAX_RANK);

  smooth_i_hdf5_lock ();
  hid_t made = make_type (type);
  add_array (writer, name, made, values, rank, sizes);
  H5Tclose (made);
  smooth_i_hdf5_unlock ();
}

void
smooth_hdf5_writer_add_vector (SmoothHdf5Writer *writer, const char *name, SmoothHdf5Type type, gconstpointer values, gint64 n)
{
  smooth_hdf5_writer_add_array (writer, name, type, values, 1, &n);
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
  add_array (writer, name, type, bytes, 1, &n);
  H5Tclose (type);
  smooth_i_hdf5_unlock ();
}

/**
 * smooth_hdf5_writer_add_texts:
 * @texts: @n texts in UTF-8
 *
 * Texts of any length: as h5py and AnnData write them.
 */
void
smooth_hdf5_writer_add_texts (SmoothHdf5Writer *writer, const char *name, const char *const *texts, gint64 n)
{
  smooth_i_hdf5_lock ();
  hid_t type = make_text_type ();
  add_array (writer, name, type, texts, 1, &n);
  H5Tclose (type);
  smooth_i_hdf5_unlock ();
}

void
smooth_hdf5_writer_add_text (SmoothHdf5Writer *writer, const char *name, const char *text)
{
  smooth_i_hdf5_lock ();
  hid_t type = make_text_type ();
  add_array (writer, name, type, &text, 0, NULL);
  H5Tclose (type);
  smooth_i_hdf5_unlock ();
}

/* ---- Attributes: one that is there is replaced ---- */

static void
set_attribute (SmoothHdf5Writer *writer, const char *object, const char *name, hid_t type, gconstpointer values, int rank,
               const gint64 *sizes)
{
  hsize_t lengths[MAX_RANK] = { 0 };
  gsize n = 1;

  for (int i = 0; i < rank; i++)
    {
      lengths[i] = (hsize_t) sizes[i];
      n *= (gsize) sizes[i];
    }
  hid_t owner = H5Oopen (writer->file, object, H5P_DEFAULT);
  if (owner >= 0 && H5Aexists (owner, name) > 0)
    H5Adelete (owner, name);
  g_auto (Hdf5Id) space = rank > 0 ? H5Screate_simple (rank, lengths, NULL) : H5Screate (H5S_SCALAR);
  hid_t attribute = owner >= 0 ? H5Acreate2 (owner, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : H5I_INVALID_HID;
  note (writer, object, attribute >= 0 && (n == 0 || H5Awrite (attribute, type, values) >= 0));
  note_close (writer, object, attribute);
  note_close (writer, object, owner);
}

/**
 * smooth_hdf5_writer_set_attribute:
 * @values, @rank, @sizes: as of smooth_hdf5_writer_add_array()
 */
void
smooth_hdf5_writer_set_attribute (SmoothHdf5Writer *writer, const char *object, const char *name, SmoothHdf5Type type,
                                  gconstpointer values, int rank, const gint64 *sizes)
{
  g_return_if_fail (rank >= 0 && rank <= MAX_RANK);

  smooth_i_hdf5_lock ();
  hid_t made = make_type (type);
  set_attribute (writer, object, name, made, values, rank, sizes);
  H5Tclose (made);
  smooth_i_hdf5_unlock ();
}

void
smooth_hdf5_writer_set_text_attribute (SmoothHdf5Writer *writer, const char *object, const char *name, const char *text)
{
  smooth_i_hdf5_lock ();
  hid_t type = make_text_type ();
  set_attribute (writer, object, name, type, &text, 0, NULL);
  H5Tclose (type);
  smooth_i_hdf5_unlock ();
}

void
smooth_hdf5_writer_set_texts_attribute (SmoothHdf5Writer *writer, const char *object, const char *name, const char *const *texts,
                                        gint64 n)
{
  smooth_i_hdf5_lock ();
  hid_t type = make_text_type ();
  set_attribute (writer, object, name, type, texts, 1, &n);
  H5Tclose (type);
  smooth_i_hdf5_unlock ();
}

/* The texts of an attribute of rank 1, or NULL. Called with the lock held. */
static char **
dup_texts (hid_t attribute)
{
  g_auto (Hdf5Id) type = H5Aget_type (attribute);
  g_auto (Hdf5Id) space = H5Aget_space (attribute);
  g_auto (Hdf5Id) memory = make_text_type ();
  hssize_t n = H5Sget_simple_extent_npoints (space);

  if (H5Tget_class (type) != H5T_STRING && n != 0) /* h5py writes an empty list as one of numbers */
    return NULL;
  char **texts = g_new0 (char *, (gsize) MAX (n, 0) + 1);
  if (n <= 0)
    return texts;
  H5Tset_cset (memory, H5Tget_cset (type));
  g_autofree char **loaned = g_new0 (char *, (gsize) n);
  gboolean good = H5Tis_variable_str (type) > 0 && H5Aread (attribute, memory, loaned) >= 0;
  for (hssize_t i = 0; i < n; i++)
    texts[i] = g_strdup (loaned[i] != NULL ? loaned[i] : "");
  if (good)
    H5Dvlen_reclaim (memory, space, H5P_DEFAULT, loaned);
  else
    g_clear_pointer (&texts, g_strfreev);
  return texts;
}

/* Returns: (transfer full) (nullable): a list of texts in an attribute; NULL where there is none */
char **
smooth_i_hdf5_writer_dup_texts_attribute (SmoothHdf5Writer *writer, const char *object, const char *name)
{
  char **texts = NULL;

  if (!smooth_hdf5_writer_has (writer, object))
    return NULL;
  smooth_i_hdf5_lock ();
  {
    g_auto (Hdf5Id) owner = H5Oopen (writer->file, object, H5P_DEFAULT);
    g_auto (Hdf5Id) attribute
        = owner >= 0 && H5Aexists (owner, name) > 0 ? H5Aopen (owner, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute >= 0)
      texts = dup_texts (attribute);
  }
  smooth_i_hdf5_unlock ();
  return texts;
}
