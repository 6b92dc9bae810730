/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of written Zarr stores: chunks put together again, an HDF5 file and its store read alike, what has no place in a store. */
#include "base/error.h"
#include "files/anndata-write.h"
#include "files/anndata.h"
#include "files/zarr-private.h"
#include "files/zarr-write.h"

#include "../remove-tree.h"

#include <hdf5.h>
#include <string.h>

static char *folder; /* belongs to the test */

static char *
dup_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static GBytes *
load (const char *path)
{
  char *bytes;
  gsize n;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  return g_bytes_new_take (bytes, n);
}

static void
parse (ZarrArray *array, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *description = g_build_filename (path, ".zarray", NULL);
  g_autoptr (GBytes) text = load (description);
  g_autoptr (SmoothJson) json = smooth_json_new_from_text (g_bytes_get_data (text, NULL), g_bytes_get_size (text), description, &error);

  g_assert_no_error (error);
  g_assert_true (smooth_i_zarr_array_parse (array, json, FALSE, &error));
  g_assert_no_error (error);
}

/* Element by element, each found in the chunk that must have it. */
static void
check_array (const char *path, char kind, gsize item, gint rank, const gint64 *sizes, const guint8 *expected)
{
  g_auto (ZarrArray) array = { 0 };
  gint64 at[3] = { 0 }, n_chunks = 0, n_seen = 0;

  parse (&array, path);
  g_assert_cmpint (array.kind, ==, kind);
  g_assert_cmpuint (array.item, ==, item);
  g_assert_cmpint (array.rank, ==, rank);
  for (gint d = 0; d < rank; d++)
    g_assert_cmpint (array.shape[d], ==, sizes[d]);
  do
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *chunk_path = smooth_i_zarr_dup_chunk_path (path, &array, at);
      g_autoptr (GBytes) packed = load (chunk_path);
      g_autoptr (GBytes) chunk = smooth_i_zarr_unpack (&array, packed, chunk_path, &error);
      g_assert_no_error (error);
      const guint8 *bytes = g_bytes_get_data (chunk, NULL);
      for (gint64 i = 0; i < array.chunk_elements; i++)
        {
          gint64 rest = i, place = 0, stride = 1;
          gboolean is_inside = TRUE;
          for (gint d = rank - 1; d >= 0; d--)
            {
              gint64 k = at[d] * array.chunk[d] + rest % array.chunk[d];
              rest /= array.chunk[d];
              is_inside &= k < sizes[d];
              place += k * stride;
              stride *= sizes[d];
            }
          n_seen += is_inside;
          for (gsize b = 0; b < item; b++)
            if (bytes[(gsize) i * item + b] != (is_inside ? expected[(gsize) place * item + b] : 0))
              g_error ("%s: element %" PRId64 " of a chunk differs", chunk_path, i);
        }
      n_chunks++;
    }
  while (smooth_i_zarr_step (&array, at));
  g_assert_cmpint (n_seen, ==, array.n_elements);
  if (array.n_elements * (gint64) item > 1 << 22)
    g_assert_cmpint (n_chunks, >, 1);
}

static void
test_arrays (void)
{
  static const struct { SmoothHdf5Type type; char kind; gsize item; gint rank; gint64 sizes[3]; } cases[]
      = { { SMOOTH_HDF5_UINT8, 'u', 1, 3, { 3, 1301, 1153 } }, { SMOOTH_HDF5_DOUBLE, 'f', 8, 2, { 400001, 2 } }, { SMOOTH_HDF5_DOUBLE, 'f', 8, 2, { 3, 700001 } },
          { SMOOTH_HDF5_INT64, 'i', 8, 1, { 7 } },            { SMOOTH_HDF5_FLOAT, 'f', 4, 0, { 0 } },        { SMOOTH_HDF5_INT32, 'i', 4, 1, { 1 } },
          { SMOOTH_HDF5_INT8, 'i', 1, 3, { 1, 2, 3 } },       { SMOOTH_HDF5_BOOLEAN, 'b', 1, 1, { 5 } } };

  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = dup_path ("array");
      gsize n = cases[k].item;
      for (gint d = 0; d < cases[k].rank; d++)
        n *= (gsize) cases[k].sizes[d];
      g_autofree guint8 *values = g_malloc (n);
      for (gsize i = 0; i < n; i++)
        values[i] = (guint8) (cases[k].kind == 'b' ? i & 1 : i * 2654435761u >> 13);
      g_assert_true (smooth_zarr_write_array (path, cases[k].type, values, cases[k].rank, cases[k].sizes, &error));
      g_assert_no_error (error);
      check_array (path, cases[k].kind, cases[k].item, cases[k].rank, cases[k].sizes, values);
      remove_tree (path);
    }
}

/* Names long enough in all to need several chunks. */
#define N_GENES 200001

static void
write_anndata (const char *path, gboolean has_compound)
{
  static const char *const obs[] = { "s-1", "s-2", NULL }, *const columns[] = { "flag", "part", NULL }, *const parts[] = { "", "Zähne", NULL };
  const gint64 n = 2, none = 0, shape[2] = { 2, N_GENES }, grid[2] = { 2, 2 };
  const gint8 flags[] = { 0, 1 };
  const gint32 codes[] = { 1, -1 };
  const double coords[] = { 1.5, 2.5, -3.5, 1e8 };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) genes = g_new0 (char *, N_GENES + 1);
  g_autofree double *counts = g_new0 (double, 2 * N_GENES);
  g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new (path, &error);

  g_assert_no_error (error);
  for (gint g = 0; g < N_GENES; g++)
    {
      genes[g] = g_strdup_printf ("gene %d", g);
      counts[g] = g % 7;
      counts[N_GENES + g] = g % 3;
    }
  smooth_anndata_add_root (writer);
  smooth_hdf5_writer_set_attribute (writer, "/", "sizes", SMOOTH_HDF5_INT64, grid, 1, &n);
  smooth_hdf5_writer_set_attribute (writer, "/", "none", SMOOTH_HDF5_DOUBLE, coords, 1, &none);
  smooth_hdf5_writer_set_attribute (writer, "/", "half", SMOOTH_HDF5_DOUBLE, coords, 0, NULL);
  smooth_hdf5_writer_set_attribute (writer, "/", "yes", SMOOTH_HDF5_BOOLEAN, &flags[1], 0, NULL);
  smooth_hdf5_writer_set_texts_attribute (writer, "/", "words", parts, n);
  smooth_anndata_add_frame (writer, "obs", obs, n, columns);
  smooth_anndata_add_array (writer, "obs/flag", SMOOTH_HDF5_BOOLEAN, flags, 1, &n);
  smooth_anndata_add_categories (writer, "obs/part", codes, n, parts);
  smooth_anndata_add_frame (writer, "var", (const char *const *) genes, N_GENES, columns + 2);
  smooth_anndata_add_array (writer, "X", SMOOTH_HDF5_DOUBLE, counts, 2, shape);
  smooth_anndata_need_dict (writer, "obsm");
  smooth_anndata_add_array (writer, "obsm/spatial", SMOOTH_HDF5_DOUBLE, coords, 2, grid);
  smooth_anndata_need_dict (writer, "uns");
  smooth_anndata_add_text (writer, "uns/text", "ein Wort");
  smooth_anndata_add_number (writer, "uns/number", 0.1);
  smooth_anndata_add_array (writer, "uns/empty", SMOOTH_HDF5_INT32, codes, 1, &none);
  g_assert_true (smooth_hdf5_writer_commit (writer, &error));
  g_assert_no_error (error);

  hid_t file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT), null = H5Screate (H5S_NULL);
  H5Dclose (H5Dcreate2 (file, "uns/nothing", H5T_STD_I8LE, null, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  if (has_compound)
    {
      hid_t type = H5Tcreate (H5T_COMPOUND, 8), one = H5Screate (H5S_SCALAR);
      H5Tinsert (type, "a", 0, H5T_STD_I64LE);
      H5Dclose (H5Dcreate2 (file, "uns/pair", type, one, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
      H5Tclose (type);
      H5Sclose (one);
    }
  H5Sclose (null);
  H5Fclose (file);
}

static void
check_alike (const SmoothAnnData *a, const SmoothAnnData *b)
{
  g_assert_cmpint (b->counts->n_barcodes, ==, 2);
  g_assert_cmpint (b->counts->n_genes, ==, N_GENES);
  for (gint64 g = 0; g < N_GENES; g++)
    g_assert_cmpstr (b->counts->gene_names[g], ==, a->counts->gene_names[g]);
  g_assert_cmpint (b->counts->matrix->starts[2], ==, a->counts->matrix->starts[2]);
  for (gint64 e = 0; e < a->counts->matrix->starts[2]; e++)
    {
      g_assert_cmpint (b->counts->matrix->rows[e], ==, a->counts->matrix->rows[e]);
      g_assert_cmpfloat (b->counts->matrix->values[e], ==, a->counts->matrix->values[e]);
    }
  for (gint i = 0; i < 4; i++)
    g_assert_cmpfloat (b->coords[i], ==, a->coords[i]);
  g_assert_cmpint (b->n_labels, ==, a->n_labels);
  g_assert_cmpint (b->n_labels, ==, 1);
  g_assert_cmpstr (b->labels[0].labels[0], ==, "Zähne");
  g_assert_null (b->labels[0].labels[1]);
}

static void
check_texts (const char *path, const char *expected)
{
  g_auto (ZarrArray) array = { 0 };
  g_autoptr (GError) error = NULL;

  parse (&array, path);
  const gint64 at[3] = { 0 };
  g_autofree char *chunk = smooth_i_zarr_dup_chunk_path (path, &array, at);
  g_autoptr (GBytes) packed = load (chunk);
  g_autoptr (GBytes) bytes = smooth_i_zarr_unpack (&array, packed, chunk, &error);
  g_auto (GStrv) texts = smooth_i_zarr_dup_texts (bytes, array.chunk_elements, chunk, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (texts[0], ==, expected);
}

/* The store of a file says the same as the file. */
static void
test_hdf5 (void)
{
  g_autofree char *file = dup_path ("a.h5ad"), *store = dup_path ("a.zarr"), *attributes = g_build_filename (store, ".zattrs", NULL);
  g_autofree char *text = g_build_filename (store, "uns", "text", NULL), *number = g_build_filename (store, "uns", "number", NULL);
  g_autofree char *empty = g_build_filename (store, "uns", "empty", NULL), *nothing = g_build_filename (store, "uns", "nothing", NULL);
  g_autofree char *genes = g_build_filename (store, "var", "_index", NULL);
  const double tenth = 0.1;
  g_autoptr (GError) error = NULL;

  write_anndata (file, FALSE);
  g_assert_true (smooth_zarr_write_hdf5 (store, file, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (SmoothAnnData) a = smooth_anndata_load (file, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothAnnData) b = smooth_anndata_load (store, NULL, &error);
  g_assert_no_error (error);
  check_alike (a, b);
  check_texts (text, "ein Wort");
  check_array (number, 'f', 8, 0, NULL, (const guint8 *) &tenth);
  g_auto (ZarrArray) none = { 0 }, null = { 0 }, names = { 0 };
  parse (&none, empty);
  g_assert_cmpint (none.n_elements, ==, 0);
  parse (&null, nothing);
  g_assert_cmpint (null.rank, ==, 0);
  parse (&names, genes);
  g_assert_cmpint (names.chunk[0], <, N_GENES);

  g_autoptr (SmoothJson) json = smooth_json_load (attributes, &error);
  g_assert_no_error (error);
  g_autofree char *said = json_to_string (smooth_json_get_node (json, ""), FALSE);
  g_assert_cmpstr (said, ==, "{\"encoding-type\":\"anndata\",\"encoding-version\":\"0.1.0\",\"half\":1.5,\"none\":[],\"sizes\":[2,2],"
                             "\"words\":[\"\",\"Zähne\"],\"yes\":true}");
  remove_tree (store);
}

static void
check_refused (const char *store, const char *file, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (smooth_zarr_write_hdf5 (store, file, NULL, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, expected) == NULL)
    g_error ("'%s' does not say '%s'", error->message, expected);
}

static void
test_refused (void)
{
  g_autofree char *file = dup_path ("b.h5ad"), *store = dup_path ("b.zarr"), *below = g_build_filename (file, "store", NULL), *gone = dup_path ("c.h5ad");
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  write_anndata (file, TRUE);
  check_refused (store, file, "b.h5ad: pair: expected numbers, flags or texts in at most 3 dimensions, found others");
  check_refused (below, file, "b.h5ad");
  check_refused (store, gone, "c.h5ad");
  smooth_run_cancel (run);
  g_assert_false (smooth_zarr_write_hdf5 (store, file, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("smooth-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_test_add_func ("/zarr-write/arrays", test_arrays);
  g_test_add_func ("/zarr-write/hdf5", test_hdf5);
  g_test_add_func ("/zarr-write/refused", test_refused);
  int code = g_test_run ();
  remove_tree (folder);
  g_free (folder);
  return code;
}
