/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of feature matrices with sound HDF5 files whose lists do not fit each other.
 *
 * The input is a sequence of bytes that choose, for each list, its kind, length, storage and elements. What is accepted
 * must be a valid matrix whose names are as many as its rows and columns.
 */
#include "files/hdf5.h"
#include "fuzz.h"

#include <hdf5.h>
#include <string.h>

#define MAX_LENGTH 12

typedef struct
{
  const guint8 *data;
  gsize size;
} Input;

static guint8
take (Input *input)
{
  guint8 byte = input->size > 0 ? *input->data : 0;

  input->data += input->size > 0;
  input->size -= input->size > 0;
  return byte;
}

/* Mostly @usual, now and then something else. */
static gint
choose (Input *input, gint usual, gint n)
{
  guint8 byte = take (input);

  return byte < 200 ? usual : byte % n;
}

static hid_t
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

static void
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

static void
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

static hid_t
make_file (Input *input)
{
  static const guint8 shape[MAX_LENGTH] = { 4, 3 }, starts[MAX_LENGTH] = { 0, 2, 3, 5 }, rows[MAX_LENGTH] = { 0, 2, 1, 0, 3 },
                      values[MAX_LENGTH] = { 3, 1, 2, 7, 5 };
  hid_t access = H5Pcreate (H5P_FILE_ACCESS);

  H5Pset_fapl_core (access, 1 << 14, 0);
  hid_t file = H5Fcreate ("fuzz", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  gboolean old = take (input) % 4 == 3;
  hid_t matrix = H5Gcreate2 (file, old ? "hg19" : "matrix", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t features = H5Gcreate2 (matrix, "features", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  add_list (input, matrix, "shape", FALSE, shape, 2);
  add_list (input, matrix, "indptr", FALSE, starts, 4);
  add_list (input, matrix, "indices", FALSE, rows, 5);
  add_list (input, matrix, "data", FALSE, values, 5);
  add_list (input, matrix, "barcodes", TRUE, NULL, 3);
  add_list (input, old ? matrix : features, old ? "genes" : "id", TRUE, NULL, 4);
  add_list (input, old ? matrix : features, old ? "gene_names" : "name", TRUE, NULL, 4);
  guint8 more = take (input);
  if (more >= 200)
    add_list (input, features, "feature_type", TRUE, NULL, 4);
  if (more % 4 == 3)
    {
      add_list (input, features, "gene_id", TRUE, NULL, 4);
      add_list (input, features, "gene_name", TRUE, NULL, 4);
      add_list (input, features, "filtered_probes", FALSE, NULL, 4);
    }
  H5Gclose (features);
  H5Gclose (matrix);
  H5Pclose (access);
  H5Fflush (file, H5F_SCOPE_LOCAL);
  return file;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, size };

  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  hid_t file = make_file (&input);
  gssize length = H5Fget_file_image (file, NULL, 0);
  FUZZ_CHECK (length > 0);
  g_autofree guint8 *image = g_malloc ((gsize) length);
  H5Fget_file_image (file, image, (gsize) length);
  H5Fclose (file);

  g_autoptr (GError) error = NULL;
  g_autofree char *path = fuzz_file (image, (gsize) length);
  g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);
  fuzz_check_error (counts != NULL, error);
  if (counts == NULL)
    return 0;
  FUZZ_CHECK (smooth_sparse_check (counts->matrix, NULL));
  FUZZ_CHECK (counts->matrix->n_rows == counts->n_genes);
  FUZZ_CHECK (counts->matrix->n_cols == counts->n_barcodes);
  FUZZ_CHECK (g_strv_length (counts->gene_ids) == (guint) counts->n_genes);
  FUZZ_CHECK (g_strv_length (counts->gene_names) == (guint) counts->n_genes);
  FUZZ_CHECK (g_strv_length (counts->barcodes) == (guint) counts->n_barcodes);
  return 0;
}
