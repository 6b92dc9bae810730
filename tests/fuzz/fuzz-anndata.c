/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of AnnData files with sound HDF5 files whose parts do not fit each other.
 *
 * The input chooses the encodings, and for each list its kind, length, storage and elements. What is accepted must be a valid
 * matrix whose names are as many as its rows and columns, with a label or none for each observation.
 */
#include "files/anndata.h"

#include "h5-input.h"

#include <math.h>

static void
add_text_attribute (hid_t object, const char *name, const char *text)
{
  hid_t type = H5Tcopy (H5T_C_S1);
  hid_t space = H5Screate (H5S_SCALAR);

  H5Tset_size (type, strlen (text) + 1);
  hid_t attribute = H5Acreate2 (object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite (attribute, type, text);
  H5Aclose (attribute);
  H5Sclose (space);
  H5Tclose (type);
}

static hid_t
add_group (hid_t parent, const char *name)
{
  return H5Gcreate2 (parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

/* A matrix of 3 observations and 4 variables: by rows, by columns, or dense. */
static void
add_matrix (Input *input, hid_t parent, const char *name)
{
  static const guint8 starts[MAX_LENGTH] = { 0, 2, 3, 5 }, rows[MAX_LENGTH] = { 0, 2, 1, 0, 3 }, values[MAX_LENGTH] = { 3, 1, 2, 7, 5 },
                      col_starts[MAX_LENGTH] = { 0, 2, 3, 4, 5 }, cols[MAX_LENGTH] = { 0, 2, 1, 0, 2 };
  gint kind = take (input) % 3;

  if (kind == 2)
    {
      double dense[12] = { 3, 0, 1, 0, 0, 2, 0, 0, 7, 0, 0, 5 };
      hsize_t dims[2] = { (hsize_t) choose (input, 3, 5), (hsize_t) choose (input, 4, 4) };
      dense[take (input) % 12] = (double) take (input) - 3.5;
      hid_t space = H5Screate_simple (2, dims, NULL);
      hid_t list = H5Dcreate2 (parent, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      if (dims[0] * dims[1] <= 12)
        H5Dwrite (list, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, dense);
      H5Dclose (list);
      H5Sclose (space);
      return;
    }
  hid_t group = add_group (parent, name);
  add_text_attribute (group, take (input) % 2 ? "h5sparse_format" : "encoding-type", kind ? "csc_matrix" : "csr_matrix");
  add_list (input, group, "indptr", FALSE, kind ? col_starts : starts, kind ? 5 : 4);
  add_list (input, group, "indices", FALSE, kind ? cols : rows, 5);
  add_list (input, group, "data", FALSE, values, 5);
  H5Gclose (group);
}

/* A table as a group, with labels in one of their three encodings. */
static void
add_frame (Input *input, hid_t file, const char *name, gint n)
{
  static const guint8 codes[MAX_LENGTH] = { 0, 1, 0, 1 };
  gint kind = take (input) % 4;
  hid_t frame = add_group (file, name);

  add_text_attribute (frame, "_index", take (input) > 250 ? "other" : "names");
  add_list (input, frame, "names", TRUE, NULL, n);
  if (kind == 0)
    add_list (input, frame, "type", TRUE, NULL, n);
  if (kind == 1 || kind == 2)
    {
      hid_t group = add_group (frame, kind == 1 ? "type" : "__categories");
      add_list (input, kind == 1 ? group : frame, kind == 1 ? "codes" : "type", FALSE, codes, n);
      add_list (input, group, kind == 1 ? "categories" : "type", TRUE, NULL, 2);
      H5Gclose (group);
    }
  if (kind == 3)
    {
      hid_t group = add_group (frame, "type");
      add_list (input, group, "values", TRUE, NULL, n);
      add_list (input, group, "mask", FALSE, codes, n);
      H5Gclose (group);
    }
  if (take (input) % 2)
    add_list (input, frame, "in_tissue", FALSE, codes, n);
  H5Gclose (frame);
}

static void
add_numbers (Input *input, hid_t parent, const char *name, int rank, const hsize_t *usual)
{
  double values[65] = { 0 };
  hsize_t dims[3] = { 1, 1, 1 };

  for (gint i = 0; i < 65; i++)
    values[i] = i % 5 == 4 ? take (input) : i / 64.0;
  for (int d = 0; d < rank; d++)
    dims[d] = (hsize_t) choose (input, (gint) usual[d], 5);
  hid_t space = H5Screate_simple (rank, dims, NULL);
  hid_t list = H5Dcreate2 (parent, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (rank == 0 || H5Sget_simple_extent_npoints (space) <= 64)
    H5Dwrite (list, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values + 1);
  H5Dclose (list);
  H5Sclose (space);
}

static void
add_spatial (Input *input, hid_t file)
{
  hid_t obsm = add_group (file, "obsm"), uns = add_group (file, "uns"), spatial = add_group (uns, "spatial");
  hid_t library = add_group (spatial, "slide"), images = add_group (library, "images"), factors = add_group (library, "scalefactors");

  add_numbers (input, obsm, "spatial", 2, (const hsize_t[]){ 3, 2 });
  add_numbers (input, images, take (input) % 2 ? "lowres" : "hires", 3, (const hsize_t[]){ 4, 2, 3 });
  add_numbers (input, factors, "tissue_hires_scalef", 0, NULL);
  add_numbers (input, factors, "tissue_lowres_scalef", 0, NULL);
  H5Gclose (factors);
  H5Gclose (images);
  H5Gclose (library);
  H5Gclose (spatial);
  H5Gclose (uns);
  H5Gclose (obsm);
}

static hid_t
make_file (Input *input)
{
  hid_t file = h5_file_new ();
  guint8 parts = take (input);

  add_matrix (input, file, "X");
  add_frame (input, file, "obs", 3);
  add_frame (input, file, "var", 4);
  if (parts & 1)
    add_spatial (input, file);
  if (parts & 2)
    {
      hid_t layers = add_group (file, "layers");
      add_matrix (input, layers, "counts");
      H5Gclose (layers);
    }
  return file;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, size };

  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = h5_file_save (make_file (&input));
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (path, NULL, &error);
  fuzz_check_error (anndata != NULL, error);
  if (anndata == NULL)
    return 0;
  const SmoothCounts *counts = anndata->counts;
  FUZZ_CHECK (smooth_sparse_check (counts->matrix, NULL));
  FUZZ_CHECK (counts->matrix->n_rows == counts->n_genes && counts->matrix->n_cols == counts->n_barcodes);
  FUZZ_CHECK (g_strv_length (counts->gene_ids) == (guint) counts->n_genes && g_strv_length (counts->gene_names) == (guint) counts->n_genes);
  FUZZ_CHECK (g_strv_length (counts->barcodes) == (guint) counts->n_barcodes);
  for (gint64 i = 0; anndata->coords != NULL && i < 2 * counts->n_barcodes; i++)
    FUZZ_CHECK (isfinite (anndata->coords[i]));
  for (gint64 k = 0; k < anndata->n_labels; k++)
    for (gint64 i = 0; i < counts->n_barcodes; i++)
      FUZZ_CHECK (anndata->labels[k].labels[i] == NULL || g_utf8_validate (anndata->labels[k].labels[i], -1, NULL));
  return 0;
}
