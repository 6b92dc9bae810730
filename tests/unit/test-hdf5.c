/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the reader of Cell Ranger's HDF5 files: every way to store the lists, and every way to spoil them. */
#include "base/error.h"
#include "files/hdf5.h"

#include "made-section.h"

#include <glib/gstdio.h>
#include <hdf5.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#define N_GENES 4
#define N_BARCODES 3
#define N_ENTRIES 5

static char *path, *linked_path;

static const char *const barcodes[] = { "AAAC-1", "CCCG-1", "GGGT-1" };
static const char *const ids[] = { "ENSG01", "ENSG02", "ENSG03", "ENSG04" };
static const char *const names[] = { "Pax6", "Sox2", "Sox2", "Gr\xc3\xbc" };
static const char *const types[] = { "Gene Expression", "Gene Expression", "Gene Expression", "Gene Expression" };
static const double data[] = { 3, 1, 2, 7, 5 };
static const double indices[] = { 0, 2, 1, 0, 3 };
static const double indptr[] = { 0, 2, 3, 5 };
static const double shape[] = { N_GENES, N_BARCODES };

typedef enum
{
  TEXT_FIXED,
  TEXT_BLANKS,
  TEXT_VARIABLE,
  TEXT_VARIABLE_UTF8,
} TextKind;

/* Writes a list of @n numbers as @type; chunk > 0: in gzip chunks of so many. */
static void
put_numbers (hid_t group, const char *name, hid_t type, const double *values, hsize_t n, hsize_t chunk)
{
  hid_t space = H5Screate_simple (1, &n, NULL);
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  if (chunk > 0)
    {
      H5Pset_chunk (creation, 1, &chunk);
      H5Pset_shuffle (creation);
      H5Pset_deflate (creation, 4);
    }
  hid_t list = H5Dcreate2 (group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (list, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
  H5Dclose (list);
  H5Pclose (creation);
  H5Sclose (space);
}

static void
put_texts (hid_t group, const char *name, TextKind kind, const char *const *texts, hsize_t n)
{
  gsize width = 20;
  hid_t space = H5Screate_simple (1, &n, NULL);
  hid_t type = H5Tcopy (H5T_C_S1);
  g_autofree char *fixed = g_malloc0 (n * width);

  H5Tset_size (type, kind >= TEXT_VARIABLE ? H5T_VARIABLE : width);
  H5Tset_strpad (type, kind == TEXT_BLANKS ? H5T_STR_SPACEPAD : kind == TEXT_FIXED ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
  H5Tset_cset (type, kind == TEXT_VARIABLE_UTF8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
  memset (fixed, kind == TEXT_BLANKS ? ' ' : 0, n * width);
  for (hsize_t i = 0; i < n; i++)
    memcpy (fixed + i * width, texts[i], strlen (texts[i]));
  hid_t list = H5Dcreate2 (group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_assert_cmpint (H5Dwrite (list, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, kind >= TEXT_VARIABLE ? (const void *) texts : fixed), >=, 0);
  H5Dclose (list);
  H5Tclose (type);
  H5Sclose (space);
}

/* A good file of Cell Ranger 3, as the parameters say; left open to be spoilt. */
static hid_t
write_matrix (hid_t number, hid_t offset, TextKind kind, hsize_t chunk)
{
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t matrix = H5Gcreate2 (file, "matrix", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t features = H5Gcreate2 (matrix, "features", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  put_numbers (matrix, "data", number, data, N_ENTRIES, chunk);
  put_numbers (matrix, "indices", offset, indices, N_ENTRIES, chunk);
  put_numbers (matrix, "indptr", offset, indptr, N_BARCODES + 1, chunk);
  put_numbers (matrix, "shape", offset, shape, 2, 0);
  put_texts (matrix, "barcodes", kind, barcodes, N_BARCODES);
  put_texts (features, "id", kind, ids, N_GENES);
  put_texts (features, "name", kind, names, N_GENES);
  put_texts (features, "feature_type", kind, types, N_GENES);
  H5Gclose (features);
  H5Gclose (matrix);
  return file;
}

static hid_t
write_default (void)
{
  return write_matrix (H5T_STD_I32LE, H5T_STD_I64LE, TEXT_FIXED, 0);
}

static void
assert_counts (void)
{
  static const double expected[N_BARCODES][N_GENES] = { { 3, 0, 1, 0 }, { 0, 2, 0, 0 }, { 7, 0, 0, 5 } };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (smooth_sparse_check (counts->matrix, NULL));
  g_assert_cmpint (smooth_sparse_get_nnz (counts->matrix), ==, N_ENTRIES);
  for (gint64 j = 0; j < N_BARCODES; j++)
    for (gint64 e = counts->matrix->starts[j]; e < counts->matrix->starts[j + 1]; e++)
      g_assert_cmpfloat (counts->matrix->values[e], ==, expected[j][counts->matrix->rows[e]]);
  g_assert_cmpint (counts->n_genes, ==, N_GENES);
  g_assert_cmpint (counts->n_barcodes, ==, N_BARCODES);
  for (gint i = 0; i < N_GENES; i++)
    {
      g_assert_cmpstr (counts->gene_ids[i], ==, ids[i]);
      g_assert_cmpstr (counts->gene_names[i], ==, names[i]);
    }
  for (gint i = 0; i < N_BARCODES; i++)
    g_assert_cmpstr (counts->barcodes[i], ==, barcodes[i]);
  g_assert_cmpstr (counts->files[0], ==, path);
}

static void
test_storage (void)
{
  const hid_t numbers[] = { H5T_STD_I32LE, H5T_STD_I64BE, H5T_STD_U8LE, H5T_IEEE_F32LE, H5T_IEEE_F64BE };
  const hid_t offsets[] = { H5T_STD_I64LE, H5T_STD_U32LE, H5T_STD_I32BE, H5T_STD_U64LE, H5T_STD_U8LE };

  for (gsize n = 0; n < G_N_ELEMENTS (numbers); n++)
    for (TextKind kind = TEXT_FIXED; kind <= TEXT_VARIABLE_UTF8; kind++)
      for (hsize_t chunk = 0; chunk < 6; chunk += 3)
        {
          H5Fclose (write_matrix (numbers[n], offsets[n], kind, chunk));
          assert_counts ();
        }
}

/* Without a list of types all features are genes. */
static void
test_no_types (void)
{
  hid_t file = write_default ();

  H5Ldelete (file, "/matrix/features/feature_type", H5P_DEFAULT);
  H5Fclose (file);
  assert_counts ();
}

static void
replace_numbers (hid_t file, const char *name, hid_t type, const double *values, hsize_t n)
{
  H5Ldelete (file, name, H5P_DEFAULT);
  put_numbers (file, name, type, values, n, 0);
}

static void
replace_texts (hid_t file, const char *name, const char *const *texts, hsize_t n)
{
  H5Ldelete (file, name, H5P_DEFAULT);
  put_texts (file, name, TEXT_FIXED, texts, n);
}

static void
test_other_features (void)
{
  static const char *const kinds[] = { "Gene Expression", "Antibody Capture", "Gene Expression", "CRISPR Guide Capture" };
  g_autoptr (GError) error = NULL;
  hid_t file = write_default ();

  replace_texts (file, "/matrix/features/feature_type", kinds, N_GENES);
  H5Fclose (file);
  g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts->n_genes, ==, 2);
  g_assert_cmpint (counts->n_others, ==, 2);
  g_assert_true (report_has (counts->report, SMOOTH_REPORT_NOTE,
                             "no gene expression were left out: Antibody Capture (1), CRISPR Guide Capture (1); to read some"));
  g_assert_cmpstr (counts->gene_ids[1], ==, "ENSG03");
  g_assert_cmpint (smooth_sparse_get_nnz (counts->matrix), ==, 3);
  g_assert_cmpint (counts->matrix->n_rows, ==, 2);
  g_assert_true (smooth_sparse_check (counts->matrix, NULL));
}

static void
assert_refused (gint code, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);

  g_assert_null (counts);
  g_assert_error (error, SMOOTH_ERROR, code);
  if (strstr (error->message, expected) == NULL || strstr (error->message, path) == NULL)
    g_error ("expected '%s' and '%s' in '%s'", expected, path, error->message);
}

/* Another kind of features is read where the path asks for it. */
static void
test_chosen_features (void)
{
  static const char *const kinds[] = { "Gene Expression", "Antibody Capture", "Gene Expression", "Antibody Capture" };
  g_autofree char *antibodies = g_strconcat (path, "#Antibody Capture", NULL);
  g_autofree char *guides = g_strconcat (path, "#Guides", NULL);
  g_autoptr (GError) error = NULL;
  hid_t file = write_default ();

  replace_texts (file, "/matrix/features/feature_type", kinds, N_GENES);
  H5Fclose (file);
  g_autoptr (SmoothCounts) counts = smooth_hdf5_load (antibodies, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts->n_genes, ==, 2);
  g_assert_cmpstr (counts->gene_names[0], ==, "Sox2");
  g_assert_cmpstr (counts->gene_names[1], ==, "Gr\xc3\xbc");
  g_assert_cmpstr (counts->path, ==, path);
  g_assert_true (report_has (counts->report, SMOOTH_REPORT_NOTE, "no Antibody Capture were left out: Gene Expression (2)"));
  g_assert_null (smooth_hdf5_load (guides, NULL, &error));
  g_assert_nonnull (strstr (error->message, "expected features of type 'Guides', found only Gene Expression (2), Antibody Capture (2)"));
}

/* A genome of Cell Ranger 2 with the first @n_entries of the entries. */
static void
put_genome (hid_t file, const char *name, gint n_entries)
{
  double starts[] = { 0, MIN (2, n_entries), MIN (3, n_entries), n_entries };
  hid_t group = H5Gcreate2 (file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  put_numbers (group, "data", H5T_STD_I32LE, data, (hsize_t) n_entries, 3);
  put_numbers (group, "indices", H5T_STD_I64LE, indices, (hsize_t) n_entries, 3);
  put_numbers (group, "indptr", H5T_STD_I64LE, starts, N_BARCODES + 1, 0);
  put_numbers (group, "shape", H5T_STD_I32LE, shape, 2, 0);
  put_texts (group, "barcodes", TEXT_FIXED, barcodes, N_BARCODES);
  put_texts (group, "genes", TEXT_FIXED, ids, N_GENES);
  put_texts (group, "gene_names", TEXT_FIXED, names, N_GENES);
  H5Gclose (group);
}

/* Cell Ranger 1 and 2: one genome is read as it is; of several the largest, or the one that is asked for. */
static void
test_genomes (void)
{
  g_autofree char *small = g_strconcat (path, "#hg19", NULL);
  g_autofree char *none = g_strconcat (path, "#rn6", NULL);
  g_autoptr (GError) error = NULL;
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  put_genome (file, "mm10", N_ENTRIES);
  H5Fclose (file);
  assert_counts ();

  file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  put_genome (file, "hg19", 3);
  H5Gclose (H5Gcreate2 (file, "notes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose (file);
  assert_counts ();
  g_autoptr (SmoothCounts) largest = smooth_hdf5_load (path, NULL, NULL);
  g_assert_true (report_has (largest->report, SMOOTH_REPORT_NOTE,
                             "the counts of genome mm10 are read, which has the most; the file also has those of hg19"));
  g_autoptr (SmoothCounts) asked = smooth_hdf5_load (small, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_sparse_get_nnz (asked->matrix), ==, 3);
  g_assert_true (report_has (asked->report, SMOOTH_REPORT_NOTE, "genome hg19 are read, as asked for; the file also has those of mm10"));
  g_assert_null (smooth_hdf5_load (none, NULL, &error));
  g_assert_nonnull (strstr (error->message, "expected the genome 'rn6', found hg19, mm10"));
}

static hid_t
make_flag_type (void)
{
  hid_t type = H5Tenum_create (H5T_NATIVE_INT8);

  for (gint8 value = 0; value < 2; value++)
    H5Tenum_insert (type, value ? "TRUE" : "FALSE", &value);
  return type;
}

/* Probes of one gene are added up; those that are filtered out do not count. */
static void
test_probes (void)
{
  static const char *const genes[] = { "E1", "E2", "E1", "E3" };
  static const char *const symbols[] = { "Pax6", "Sox2", "Pax6", "Tgm3" };
  const gint8 flags[] = { 1, 1, 1, 0 };
  hsize_t n = N_GENES;

  for (gint kind = 0; kind < 3; kind++) /* no flags; integers; booleans */
    {
      g_autoptr (GError) error = NULL;
      hid_t file = write_default ();
      hid_t type = kind == 1 ? H5Tcopy (H5T_NATIVE_INT8) : make_flag_type ();
      hid_t space = H5Screate_simple (1, &n, NULL);
      put_texts (file, "/matrix/features/gene_id", TEXT_FIXED, genes, N_GENES);
      put_texts (file, "/matrix/features/gene_name", TEXT_FIXED, symbols, N_GENES);
      if (kind > 0)
        {
          hid_t list = H5Dcreate2 (file, "/matrix/features/filtered_probes", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
          H5Dwrite (list, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, flags);
          H5Dclose (list);
        }
      H5Tclose (type);
      H5Sclose (space);
      H5Fclose (file);

      g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (smooth_sparse_check (counts->matrix, NULL));
      g_assert_cmpint (counts->n_genes, ==, kind > 0 ? 2 : 3);
      g_assert_cmpint (counts->matrix->n_rows, ==, counts->n_genes);
      g_assert_cmpstr (counts->gene_ids[0], ==, "E1");
      g_assert_cmpstr (counts->gene_names[1], ==, "Sox2");
      g_assert_cmpfloat (counts->matrix->values[0], ==, 4); /* 3 and 1 of the first barcode */
      g_assert_cmpint (smooth_sparse_get_nnz (counts->matrix), ==, kind > 0 ? 3 : 4);
      g_assert_true (report_has (counts->report, SMOOTH_REPORT_NOTE,
                                 kind > 0 ? "3 of 4 were added up to 2 genes, the others are filtered" : "4 of 4 were added up to 3 genes"));
    }
}

/* A file whose /matrix is a link into the file at `path`: made before the library is told to know no such links. */
static void
make_linked (void)
{
  hid_t file = H5Fcreate (linked_path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  g_assert_cmpint (H5Lcreate_external (path, "/matrix", file, "matrix", H5P_DEFAULT, H5P_DEFAULT), >=, 0);
  H5Fclose (file);
}

/* A link into another file is not followed: what it leads to counts as absent. */
static void
test_external_link (void)
{
  g_autoptr (GError) error = NULL;

  H5Fclose (write_default ());
  assert_counts ();
  g_assert_null (smooth_hdf5_load (linked_path, NULL, &error));
  g_assert_nonnull (strstr (error->message, "or one for each genome), found matrix"));
}

/* Rows in any order are sorted. */
static void
test_unsorted (void)
{
  hid_t file = write_default ();

  replace_numbers (file, "/matrix/indices", H5T_STD_I64LE, (const double[]){ 2, 0, 1, 3, 0 }, N_ENTRIES);
  replace_numbers (file, "/matrix/data", H5T_STD_I32LE, (const double[]){ 1, 3, 2, 5, 7 }, N_ENTRIES);
  H5Fclose (file);
  assert_counts ();
}

static void
test_bad_numbers (void)
{
  static const struct { const char *name; double values[6]; hsize_t n; const char *message; } cases[] = {
    { "/matrix/indices", { 0, 2, 1, 0, 4 }, 5, "indices: element 4 (barcode 'GGGT-1'): expected 0..3, found 4" },
    { "/matrix/indices", { 0, 2, -1, 0, 3 }, 5, "indices: element 2 (barcode 'CCCG-1'): expected 0..3, found -1" },
    { "/matrix/indices", { 0, 4294967298.0, 1, 0, 3 }, 5, "indices: element 1 (barcode 'AAAC-1'): expected 0..3, found 2147483647" },
    { "/matrix/indices", { 0, 0, 1, 0, 3 }, 5, "barcode 'AAAC-1': expected every gene once, found gene 0 again" },
    { "/matrix/indices", { 0, 2, 1, 0 }, 4, "/matrix/indices: expected 5 elements (as many as data has), found 4" },
    { "/matrix/indptr", { 0, 2, 3 }, 3, "/matrix/indptr: expected 4 elements (barcodes in shape, and 1), found 3" },
    { "/matrix/indptr", { 1, 2, 3, 5 }, 4, "/matrix/indptr: element 0: expected 0..0, found 1" },
    { "/matrix/indptr", { 0, 3, 2, 5 }, 4, "/matrix/indptr: element 2: expected 3..5, found 2" },
    { "/matrix/indptr", { 0, 2, 6, 5 }, 4, "/matrix/indptr: element 2: expected 2..5, found 6" },
    { "/matrix/indptr", { 0, 2, 3, 4 }, 4, "expected the last element to be the number of entries, 5, found 4" },
    { "/matrix/shape", { 4, 3, 1 }, 3, "/matrix/shape: expected 2 elements (genes and barcodes), found 3" },
    { "/matrix/shape", { -4, 3 }, 2, "/matrix/shape: expected numbers of 0..2147483646, found -4" },
    { "/matrix/shape", { 4, 3e12 }, 2, "/matrix/shape: expected numbers of 0..2147483646, found 3000000000000" },
    { "/matrix/shape", { 4, 2 }, 2, "/matrix/barcodes: expected 2 elements (barcodes in shape), found 3" },
    { "/matrix/shape", { 3, 3 }, 2, "/matrix/features/id: expected 3 elements (genes in shape), found 4" },
    { "/matrix/data", { 3, 1, -2, 7, 5 }, 5, "data: element 2 (barcode 'CCCG-1'): expected a count of 0 or more, found -2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hid_t file = write_default ();
      replace_numbers (file, cases[i].name, H5T_STD_I64LE, cases[i].values, cases[i].n);
      H5Fclose (file);
      assert_refused (SMOOTH_ERROR_FORMAT, cases[i].message);
    }
}

static void
test_bad_counts (void)
{
  const double bad[] = { NAN, INFINITY, -1.5 };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      double values[N_ENTRIES] = { 3, 1, bad[i], 7, 5 };
      hid_t file = write_default ();
      replace_numbers (file, "/matrix/data", H5T_IEEE_F64LE, values, N_ENTRIES);
      H5Fclose (file);
      assert_refused (SMOOTH_ERROR_FORMAT, "data: element 2 (barcode 'CCCG-1'): expected a count of 0 or more, found");
    }
}

static void
test_bad_texts (void)
{
  static const struct { const char *name; const char *texts[4]; hsize_t n; const char *message; } cases[] = {
    { "/matrix/barcodes", { "AAAC-1", "CCCG-1", "AAAC-1" }, 3, "barcodes: expected every barcode once, found 'AAAC-1' as elements 0 and 2" },
    { "/matrix/barcodes", { "AAAC-1", "", "GGGT-1" }, 3, "barcodes: element 1: expected a barcode, found an empty text" },
    { "/matrix/barcodes", { "AAAC-1", "C\xff", "GGGT-1" }, 3, "/matrix/barcodes: element 1: expected UTF-8 text, found other bytes" },
    { "/matrix/features/name", { "a", "b", "c" }, 3, "/matrix/features/name: expected 4 elements (genes in shape), found 3" },
    { "/matrix/features/feature_type", { "a" }, 1, "/matrix/features/feature_type: expected 4 elements" },
    { "/matrix/features/feature_type", { "a", "b", "b", "b" }, 4, "expected features of type 'Gene Expression', found only a (1), b (3)" },
    { "/matrix/data", { "3", "1", "2" }, 3, "/matrix/data: expected numbers, found texts" },
    { "/matrix/indices", { "3", "1", "2" }, 3, "/matrix/indices: expected whole numbers, found texts" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hid_t file = write_default ();
      replace_texts (file, cases[i].name, cases[i].texts, cases[i].n);
      H5Fclose (file);
      assert_refused (SMOOTH_ERROR_FORMAT, cases[i].message);
    }
}

/* What is missing, or of another kind. */
static void
test_bad_structure (void)
{
  static const char *const lists[] = { "shape", "barcodes", "indptr", "data", "indices", "features/id", "features/name" };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autofree char *name = g_strconcat ("/matrix/", lists[i], NULL);
      g_autofree char *missing = g_strconcat (name, ": expected a list, found none (there are: ", NULL);
      g_autofree char *group = g_strconcat (name, ": expected a list, found a group", NULL);
      g_autofree char *flat = g_strconcat (name, ": expected a list (1 dimension), found 2 dimensions", NULL);
      const hsize_t dims[2] = { 2, 2 };

      hid_t file = write_default ();
      H5Ldelete (file, name, H5P_DEFAULT);
      H5Fclose (file);
      assert_refused (SMOOTH_ERROR_FORMAT, missing);

      file = write_default ();
      H5Ldelete (file, name, H5P_DEFAULT);
      H5Gclose (H5Gcreate2 (file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
      H5Fclose (file);
      assert_refused (SMOOTH_ERROR_FORMAT, group);

      file = write_default ();
      H5Ldelete (file, name, H5P_DEFAULT);
      hid_t space = H5Screate_simple (2, dims, NULL);
      H5Dclose (H5Dcreate2 (file, name, H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
      H5Sclose (space);
      H5Fclose (file);
      assert_refused (SMOOTH_ERROR_FORMAT, flat);
    }
  hid_t file = write_default ();
  H5Ldelete (file, "/matrix/features", H5P_DEFAULT);
  H5Fclose (file);
  assert_refused (SMOOTH_ERROR_FORMAT, "/matrix: expected a group 'features', found barcodes, data, indices, indptr, shape");

  file = write_default ();
  replace_numbers (file, "/matrix/indices", H5T_IEEE_F64LE, indices, N_ENTRIES);
  H5Fclose (file);
  assert_refused (SMOOTH_ERROR_FORMAT, "/matrix/indices: expected whole numbers, found floating-point numbers");
  file = write_default ();
  replace_numbers (file, "/matrix/barcodes", H5T_IEEE_F64LE, indices, N_BARCODES);
  H5Fclose (file);
  assert_refused (SMOOTH_ERROR_FORMAT, "/matrix/barcodes: expected texts, found numbers");
}

/* Lists that claim 10^12 elements: never written, in chunks of one, or in one absurd chunk. */
static void
test_huge_claims (void)
{
  static const char *const lists[] = { "/matrix/data", "/matrix/indices", "/matrix/indptr", "/matrix/shape" };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    for (gint kind = 0; kind < 3; kind++)
      {
        hsize_t n = (hsize_t) 1000000000000;
        hsize_t chunk = kind == 1 ? 1 : 400000000;
        hid_t file = write_default ();
        hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
        hid_t space;

        H5Ldelete (file, lists[i], H5P_DEFAULT);
        if (kind > 0)
          H5Pset_chunk (creation, 1, &chunk);
        if (kind == 2)
          n = 4;
        space = H5Screate_simple (1, &n, kind == 2 ? &(hsize_t){ H5S_UNLIMITED } : NULL);
        hid_t list = H5Dcreate2 (file, lists[i], H5T_STD_I32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
        g_assert_cmpint (list, >=, 0);
        H5Dclose (list);
        H5Pclose (creation);
        H5Sclose (space);
        H5Fclose (file);
        assert_refused (SMOOTH_ERROR_FORMAT, kind < 2 ? "expected 1000000000000 elements, found only 0 stored bytes"
                                                      : "expected chunks of a sensible size, found 400000000 elements");
      }
}

static void
test_other_files (void)
{
  hid_t file;

  file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose (H5Gcreate2 (file, "obs", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Gclose (H5Gcreate2 (file, "var", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose (file);
  assert_refused (SMOOTH_ERROR_FORMAT, "found an AnnData file (obs, var)");

  file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose (file);
  assert_refused (SMOOTH_ERROR_FORMAT, "(a group /matrix, or one for each genome), found nothing");

  g_file_set_contents (path, "", 0, NULL);
  assert_refused (SMOOTH_ERROR_FORMAT, "expected an HDF5 file, found an empty file (0 bytes)");
  g_file_set_contents (path, "barcode,x,y\n", -1, NULL);
  assert_refused (SMOOTH_ERROR_FORMAT, "expected an HDF5 file, found the bytes 62 61 72 63");
  g_unlink (path);
  assert_refused (SMOOTH_ERROR_FILE, "cannot be opened");
}

/* Every cut is an error, with the library's own reason, and nothing is printed or leaked. */
static void
test_cut_short (void)
{
  g_autofree char *bytes = NULL;
  gsize length;

  H5Fclose (write_matrix (H5T_STD_I32LE, H5T_STD_I64LE, TEXT_FIXED, 3));
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize cut = 1; cut < length; cut += 1 + cut / 10)
    {
      g_file_set_contents (path, bytes, (gssize) cut, NULL);
      assert_refused (SMOOTH_ERROR_FORMAT, cut < 8 ? "expected an HDF5 file" : "cannot be read: ");
    }
  g_file_set_contents (path, bytes, (gssize) length - 1, NULL);
  assert_refused (SMOOTH_ERROR_FORMAT, "truncated file");
}

static void
test_cancelled (void)
{
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  H5Fclose (write_default ());
  smooth_run_cancel (run);
  g_assert_null (smooth_hdf5_load (path, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  assert_counts (); /* the library is free again */
}

static gpointer
load_often (gpointer failures)
{
  for (gint i = 0; i < 20; i++)
    {
      g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, NULL);
      if (counts == NULL || counts->n_genes != N_GENES)
        g_atomic_int_inc ((gint *) failures);
    }
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[4];
  gint failures = 0;

  H5Fclose (write_matrix (H5T_STD_I32LE, H5T_STD_I64LE, TEXT_VARIABLE, 3));
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("load", load_often, &failures);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (failures, ==, 0);
}

#define N_MANY 5000 /* entries of one barcode, each a gene: some chunks */

/* How the lists of a file are stored. */
typedef struct
{
  hsize_t chunk;
  gboolean shuffled, deflated;
  gsize left_out; /* chunk that is not written: its elements are zero */
  gboolean is_plain; /* the first chunk is stored without its filters, as its mask says */
} Storage;

static void
put_stored (hid_t group, const char *name, hid_t type, hid_t native, gconstpointer values, const Storage *storage)
{
  hsize_t n = N_MANY, first = 0;
  gsize size = H5Tget_size (native);
  hid_t space = H5Screate_simple (1, &n, NULL), creation = H5Pcreate (H5P_DATASET_CREATE);

  H5Pset_chunk (creation, 1, &storage->chunk);
  if (storage->shuffled)
    H5Pset_shuffle (creation);
  if (storage->deflated)
    H5Pset_deflate (creation, 6);
  hid_t list = H5Dcreate2 (group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  for (gsize c = 0; first < n; c++, first += storage->chunk)
    {
      hsize_t count = MIN (storage->chunk, n - first);
      hid_t memory = H5Screate_simple (1, &count, NULL);
      const guint8 *from = (const guint8 *) values + first * size;
      H5Sselect_hyperslab (space, H5S_SELECT_SET, &first, NULL, &count, NULL);
      if (storage->is_plain && c == 0 && H5Tequal (type, native) > 0)
        g_assert_cmpint (H5Dwrite_chunk (list, H5P_DEFAULT, (1 << (storage->shuffled + storage->deflated)) - 1, &first, count * size, from), >=, 0);
      else if (storage->left_out == 0 || c != storage->left_out)
        g_assert_cmpint (H5Dwrite (list, native, memory, space, H5P_DEFAULT, from), >=, 0);
      H5Sclose (memory);
    }
  H5Dclose (list);
  H5Pclose (creation);
  H5Sclose (space);
}

/* A file of one barcode and N_MANY genes, opened for more to be done. */
static hid_t
write_many (hid_t row_type, hid_t value_type, const Storage *storage, const double *values)
{
  static gint64 rows[N_MANY];
  static const double starts[] = { 0, N_MANY }, sizes[] = { N_MANY, 1 };
  g_autofree char **texts = g_new (char *, N_MANY);
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t matrix = H5Gcreate2 (file, "matrix", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t features = H5Gcreate2 (matrix, "features", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const Storage whole = { storage->chunk, storage->shuffled, storage->deflated, 0, storage->is_plain };

  for (gint64 i = 0; i < N_MANY; i++)
    {
      rows[i] = i;
      texts[i] = g_strdup_printf ("G%d", (int) i);
    }
  put_stored (matrix, "indices", row_type, H5T_NATIVE_INT64, rows, &whole);
  put_stored (matrix, "data", value_type, H5T_NATIVE_DOUBLE, values, storage);
  put_numbers (matrix, "indptr", H5T_STD_I64LE, starts, 2, 0);
  put_numbers (matrix, "shape", H5T_STD_I64LE, sizes, 2, 0);
  put_texts (matrix, "barcodes", TEXT_FIXED, barcodes, 1);
  put_texts (features, "id", TEXT_FIXED, (const char *const *) texts, N_MANY);
  put_texts (features, "name", TEXT_FIXED, (const char *const *) texts, N_MANY);
  for (gint64 i = 0; i < N_MANY; i++)
    g_free (texts[i]);
  H5Gclose (features);
  H5Gclose (matrix);
  return file;
}

/* Every type and every packing that is read by chunks gives the numbers that the library gives. */
static void
test_chunks (void)
{
  const hid_t row_types[] = { H5T_STD_U16LE, H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_U32LE, H5T_STD_I64LE, H5T_STD_U64LE, H5T_STD_I32BE };
  const hid_t value_types[] = { H5T_STD_U8LE, H5T_STD_I8LE, H5T_STD_U16LE, H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U64LE, H5T_IEEE_F32LE,
                                H5T_IEEE_F64LE, H5T_IEEE_F32BE };
  static const Storage storages[] = { { 700, FALSE, FALSE, 0, FALSE }, { 700, FALSE, TRUE, 0, FALSE }, { 700, TRUE, TRUE, 0, FALSE },
                                      { N_MANY, TRUE, TRUE, 0, FALSE }, { 37, TRUE, TRUE, 0, FALSE },    { 1000, TRUE, FALSE, 3, TRUE },
                                      { 700, TRUE, TRUE, 2, TRUE } };
  static double values[N_MANY];

  for (gsize v = 0; v < G_N_ELEMENTS (value_types); v++)
    for (gsize s = 0; s < G_N_ELEMENTS (storages); s++)
      {
        gsize size = H5Tget_size (value_types[v]);
        gboolean is_real = H5Tget_class (value_types[v]) == H5T_FLOAT;
        g_autoptr (GError) error = NULL;
        for (gint64 i = 0; i < N_MANY; i++)
          values[i] = (double) (i % 7 == 0 ? (size == 1 ? 100 : size == 2 ? 60000 : 2000000011) : i % 3) + (is_real ? 0.25 : 0.0);
        H5Fclose (write_many (row_types[(v + s) % G_N_ELEMENTS (row_types)], value_types[v], &storages[s], values));
        g_autoptr (SmoothCounts) counts = smooth_hdf5_load (path, NULL, &error);
        g_assert_no_error (error);
        g_assert_cmpint (smooth_sparse_get_nnz (counts->matrix), ==, N_MANY);
        for (gint64 i = 0; i < N_MANY; i++)
          {
            gboolean is_there = storages[s].left_out == 0 || (gsize) i / storages[s].chunk != storages[s].left_out;
            double expected = is_real && size == 4 ? (double) (float) values[i] : values[i];
            g_assert_cmpint (counts->matrix->rows[i], ==, i);
            g_assert_cmpfloat (counts->matrix->values[i], ==, is_there ? expected : 0.0);
          }
      }
}

/* A number below zero or beyond 32 bits is told as it is, whichever way it was read. */
static void
test_chunk_limits (void)
{
  static const Storage storage = { 700, TRUE, TRUE, 0, FALSE };
  static double values[N_MANY];
  g_autoptr (GError) error = NULL;
  gint64 huge = (gint64) 1 << 40;
  hsize_t first = 4000, one = 1;

  values[4321] = -3;
  H5Fclose (write_many (H5T_STD_I32LE, H5T_STD_I16LE, &storage, values));
  g_assert_null (smooth_hdf5_load (path, NULL, &error));
  g_assert_nonnull (strstr (error->message, "element 4321"));
  g_assert_nonnull (strstr (error->message, "found -3"));
  g_clear_error (&error);

  values[4321] = 3;
  hid_t file = write_many (H5T_STD_I64LE, H5T_STD_I16LE, &storage, values);
  hid_t list = H5Dopen2 (file, "matrix/indices", H5P_DEFAULT), space = H5Dget_space (list), memory = H5Screate_simple (1, &one, NULL);
  H5Sselect_hyperslab (space, H5S_SELECT_SET, &first, NULL, &one, NULL);
  g_assert_cmpint (H5Dwrite (list, H5T_NATIVE_INT64, memory, space, H5P_DEFAULT, &huge), >=, 0);
  H5Sclose (memory);
  H5Sclose (space);
  H5Dclose (list);
  H5Fclose (file);
  g_assert_null (smooth_hdf5_load (path, NULL, &error));
  g_assert_nonnull (strstr (error->message, "element 4000"));
  g_assert_nonnull (strstr (error->message, "found 2147483647"));
}

/* Stored bytes that are no deflated chunk, too few, or too many, are errors. */
static void
test_chunk_damage (void)
{
  static const Storage storage = { 700, TRUE, TRUE, 0, FALSE };
  static double values[N_MANY];
  static guint8 bytes[6000];
  hsize_t first = 1400;

  for (gint kind = 0; kind < 3; kind++)
    {
      uLongf length = sizeof bytes;
      g_autoptr (GError) error = NULL;
      hid_t file = write_many (H5T_STD_I32LE, H5T_STD_I32LE, &storage, values);
      hid_t list = H5Dopen2 (file, "matrix/data", H5P_DEFAULT);
      if (kind == 0)
        memset (bytes, 0x5a, length = 500);
      else
        {
          g_autofree guint8 *zeros = g_malloc0 (5600);
          g_assert_cmpint (compress (bytes, &length, zeros, 2800), ==, Z_OK);
          length = kind == 1 ? length / 2 : length;
          if (kind == 2)
            bytes[length - 1] ^= 1; /* of the checksum */
        }
      g_assert_cmpint (H5Dwrite_chunk (list, H5P_DEFAULT, 0, &first, length, bytes), >=, 0);
      H5Dclose (list);
      H5Fclose (file);
      g_assert_null (smooth_hdf5_load (path, NULL, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, "/matrix/data: cannot be read"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("smooth-hdf5-XXXXXX", NULL);
  path = g_build_filename (folder, "m.h5", NULL);
  linked_path = g_build_filename (folder, "linked.h5", NULL);
  H5open ();
  make_linked ();
  g_test_add_func ("/hdf5/storage", test_storage);
  g_test_add_func ("/hdf5/no-types", test_no_types);
  g_test_add_func ("/hdf5/other-features", test_other_features);
  g_test_add_func ("/hdf5/chosen-features", test_chosen_features);
  g_test_add_func ("/hdf5/genomes", test_genomes);
  g_test_add_func ("/hdf5/probes", test_probes);
  g_test_add_func ("/hdf5/external-link", test_external_link);
  g_test_add_func ("/hdf5/unsorted", test_unsorted);
  g_test_add_func ("/hdf5/bad-numbers", test_bad_numbers);
  g_test_add_func ("/hdf5/bad-counts", test_bad_counts);
  g_test_add_func ("/hdf5/bad-texts", test_bad_texts);
  g_test_add_func ("/hdf5/bad-structure", test_bad_structure);
  g_test_add_func ("/hdf5/huge-claims", test_huge_claims);
  g_test_add_func ("/hdf5/other-files", test_other_files);
  g_test_add_func ("/hdf5/cut-short", test_cut_short);
  g_test_add_func ("/hdf5/cancelled", test_cancelled);
  g_test_add_func ("/hdf5/threads", test_threads);
  g_test_add_func ("/hdf5/chunks", test_chunks);
  g_test_add_func ("/hdf5/chunk-limits", test_chunk_limits);
  g_test_add_func ("/hdf5/chunk-damage", test_chunk_damage);
  int status = g_test_run ();
  g_unlink (path);
  g_unlink (linked_path);
  g_rmdir (folder);
  g_free (path);
  g_free (linked_path);
  return status;
}
