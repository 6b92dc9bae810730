/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of feature matrices with sound HDF5 files whose lists do not fit each other.
 *
 * The input is a sequence of bytes that choose, for each list, its kind, length, storage and elements. What is accepted
 * must be a valid matrix whose names are as many as its rows and columns.
 */
#include "files/hdf5.h"

#include "h5-input.h"

static hid_t
make_file (Input *input)
{
  static const guint8 shape[MAX_LENGTH] = { 4, 3 }, starts[MAX_LENGTH] = { 0, 2, 3, 5 }, rows[MAX_LENGTH] = { 0, 2, 1, 0, 3 },
                      values[MAX_LENGTH] = { 3, 1, 2, 7, 5 };
  hid_t file = h5_file_new ();
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
  return file;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, size };

  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = h5_file_save (make_file (&input));
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
