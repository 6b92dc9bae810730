/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5 files made in memory from a sequence of bytes that choose the kind, length, storage and elements of each list. */
#pragma once

#include "fuzz.h"

#include <hdf5.h>
#include <string.h>

#define MAX_LENGTH 12

typedef struct
{
  const guint8 *data;
  gsize size;
} Input;

static inline guint8
take (Input *input)
{
  guint8 byte = input->size > 0 ? *input->data : 0;

  input->data += input->size > 0;
  input->size -= input->size > 0;
  return byte;
}

/* Mostly @usual, now and then something else. */
static inline gint
choose (Input *input, gint usual, gint n)
{
  guint8 byte = take (input);

  return byte < 200 ? usual : byte % n;
}

static inline hid_t
choose_type (Input *input, gboolean text)
{
  const hid_t numbers[] = { H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_U64BE, H5T_IEEE_F64LE, H5T_IEEE_F32BE };
  gint kind = choose (input, text ? 6 : 1, 9);
  hid_t type = H5Tcopy (kind < 6 ? numbers[kind] : H5T_C_S1);

  if (kind >= 6)
    H5Tset_size (type, kind == 6 ? 4 : kind == 7 ? 1 : H5T_VARIABLE);
  if (kind == 6)
    H5Tset_strpad (type, take (input) % 2 ? H5T_STR_SPACEPAD : H5T_STR_NULLPAD);
  return type;
}

static inline void
write_elements (Input *input, hid_t list, hid_t type, const guint8 *usual, hsize_t n)
{
  char texts[MAX_LENGTH * MAX_LENGTH][8] = { { 0 } };
  char *pointers[MAX_LENGTH * MAX_LENGTH] = { NULL };
  char fixed[MAX_LENGTH * MAX_LENGTH * 4] = { 0 };
  double numbers[MAX_LENGTH * MAX_LENGTH] = { 0 };

  for (hsize_t i = 0; i < n; i++)
    {
      guint8 value = take (input);
      numbers[i] = value < 200 && usual != NULL ? usual[i % MAX_LENGTH] : value == 255 ? -1.0 : value == 254 ? 1e300 : value;
      g_snprintf (texts[i], sizeof texts[i], "%c%d", value < 250 ? 'g' : value, value < 200 ? (int) i : value % 7);
      pointers[i] = value == 253 ? NULL : texts[i];
      memcpy (fixed + 4 * i, texts[i], 4);
    }
  if (H5Tget_class (type) != H5T_STRING)
    H5Dwrite (list, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
  else
    H5Dwrite (list, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, H5Tis_variable_str (type) > 0 ? (const void *) pointers : fixed);
}

static inline void
add_list (Input *input, hid_t group, const char *name, gboolean text, const guint8 *usual, gint length)
{
  gint rank = choose (input, 1, 3);
  hsize_t dims[2] = { (hsize_t) choose (input, length, MAX_LENGTH), 2 };
  hsize_t chunk[2] = { 3, 2 };
  hid_t type = choose_type (input, text);
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
  guint8 storage = take (input);

  if (storage == 255) /* is absent */
    rank = -1;
  if (storage == 254) /* claims far more than it holds */
    dims[0] = (hsize_t) 1 << (20 + take (input) % 40);
  if (rank > 0 && storage % 2)
    H5Pset_chunk (creation, rank, chunk);
  if (rank > 0 && storage % 4 == 3)
    H5Pset_deflate (creation, 1);
  hid_t space = rank > 0 ? H5Screate_simple (rank, dims, (hsize_t[]){ H5S_UNLIMITED, H5S_UNLIMITED }) : H5Screate (H5S_SCALAR);
  if (rank > 0 && !(storage % 2))
    H5Sset_extent_simple (space, rank, dims, NULL);
  hid_t list = rank >= 0 ? H5Dcreate2 (group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT) : -1;
  if (list >= 0 && storage != 254 && storage != 253)
    write_elements (input, list, type, usual, rank == 0 ? 1 : rank == 1 ? dims[0] : 2 * dims[0]);
  if (list >= 0)
    H5Dclose (list);
  H5Sclose (space);
  H5Pclose (creation);
  H5Tclose (type);
}

/* A new file in memory; nothing touches the disk. */
static inline hid_t
h5_file_new (void)
{
  hid_t access = H5Pcreate (H5P_FILE_ACCESS);

  H5Pset_fapl_core (access, 1 << 14, 0);
  hid_t file = H5Fcreate ("fuzz", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  H5Pclose (access);
  return file;
}

/* Closes a file made so. Returns: (transfer full): its path on the disk */
static inline char *
h5_file_save (hid_t file)
{
  H5Fflush (file, H5F_SCOPE_LOCAL);
  gssize length = H5Fget_file_image (file, NULL, 0);
  FUZZ_CHECK (length > 0);
  g_autofree guint8 *image = g_malloc ((gsize) length);
  H5Fget_file_image (file, image, (gsize) length);
  H5Fclose (file);
  return fuzz_file (image, (gsize) length);
}
