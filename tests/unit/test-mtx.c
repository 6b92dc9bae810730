/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of Matrix Market files and MEX folders: what is read, and that each fault is told with its file and line. */
#include "base/error.h"
#include "files/mtx.h"

#include "made-section.h"

#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>

#define INTEGER "%%MatrixMarket matrix coordinate integer general\n"

static char *folder;

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
write_packed (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gzFile file = gzopen (path, "wb");

  g_assert_cmpint (gzwrite (file, text, (unsigned) strlen (text)), ==, (int) strlen (text));
  g_assert_cmpint (gzclose (file), ==, Z_OK);
}

static void
remove_file (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_unlink (path);
}

static SmoothSparse *
load (const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "m.mtx", NULL);

  write_file ("m.mtx", text);
  return smooth_mtx_load (path, NULL, error);
}

/* Each entry of the triplets must be in the matrix, and nothing else. */
static void
assert_entries (const SmoothSparse *sparse, gint64 n, const double (*triplets)[3])
{
  g_assert_true (smooth_sparse_check (sparse, NULL));
  g_assert_cmpint (smooth_sparse_get_nnz (sparse), ==, n);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 col = (gint64) triplets[i][1];
      gboolean found = FALSE;
      for (gint64 e = sparse->starts[col]; e < sparse->starts[col + 1]; e++)
        found |= sparse->rows[e] == (gint32) triplets[i][0] && sparse->values[e] == triplets[i][2];
      g_assert_true (found);
    }
}

static void
test_ordered (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) sparse = load (INTEGER "% a comment\n%\n3 4 4\n1 1 5\n3 1 2\n2 3 7\n3 4 1\n", &error);

  g_assert_no_error (error);
  g_assert_cmpint (sparse->n_rows, ==, 3);
  g_assert_cmpint (sparse->n_cols, ==, 4);
  assert_entries (sparse, 4, (const double[][3]){ { 0, 0, 5 }, { 2, 0, 2 }, { 1, 2, 7 }, { 2, 3, 1 } });
}

static void
test_unordered (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) sparse
      = load ("%%matrixmarket MATRIX coordinate  Real general\r\n\n3 4 4\r\n3 4 1.5\r\n\r\n 2\t3 7e-1 \r\n3 1 2\r\n1 1 +5.0", &error);

  g_assert_no_error (error);
  assert_entries (sparse, 4, (const double[][3]){ { 0, 0, 5 }, { 2, 0, 2 }, { 1, 2, 0.7 }, { 2, 3, 1.5 } });
}

static void
test_pattern (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) sparse = load ("%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n2 1\n", &error);

  g_assert_no_error (error);
  assert_entries (sparse, 2, (const double[][3]){ { 0, 1, 1 }, { 1, 0, 1 } });
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) sparse = load (INTEGER "5 3 0\n\n\n", &error);

  g_assert_no_error (error);
  g_assert_cmpint (smooth_sparse_get_nnz (sparse), ==, 0);
  g_assert_cmpint (sparse->n_rows, ==, 5);
}

static void
test_bad_matrices (void)
{
  static const struct { const char *text, *place, *message; } cases[] = {
    { "", ":1:", "expected '%%MatrixMarket matrix coordinate' with integer, real or pattern, and general, found the end" },
    { "barcode,x\n", ":1:", "found 'barcode,x'" },
    { "%%MatrixMarket matrix array real general\n2 2\n", ":1:", "found '%%MatrixMarket matrix array real general'" },
    { "%%MatrixMarket matrix coordinate complex general\n", ":1:", "expected" },
    { "%%MatrixMarket matrix coordinate real symmetric\n", ":1:", "expected" },
    { "%%MatrixMarket matrix coordinate real general more\n", ":1:", "expected" },
    { INTEGER "%\n%\n", ":3:", "expected the line 'rows columns entries', found the end of the file" },
    { INTEGER "2 2\n", ":2:", "expected 'rows columns entries', found '2 2'" },
    { INTEGER "2 2 1 1\n", ":2:", "expected 'rows columns entries', found '2 2 1 1'" },
    { INTEGER "-2 2 1\n", ":2:", "expected 'rows columns entries'" },
    { INTEGER "2.0 2 1\n", ":2:", "expected 'rows columns entries'" },
    { INTEGER "99999999999999999999 2 1\n", ":2:", "expected 'rows columns entries'" },
    { INTEGER "2147483647 2 1\n", ":2:", "expected fewer than 2147483647 rows and columns" },
    { INTEGER "2 2 5\n", ":2:", "expected at most 4 entries in a 2 x 2 matrix, found 5" },
    { INTEGER "2 2 1\n1 x 1\n", ":3:", "expected 'row column count', found '1 x 1'" },
    { INTEGER "2 2 1\n1 1\n", ":3:", "expected 'row column count', found '1 1'" },
    { INTEGER "2 2 1\n1 1 1 1\n", ":3:", "expected 'row column count', found '1 1 1 1'" },
    { INTEGER "2 2 1\n1 1 nan\n", ":3:", "expected 'row column count', found '1 1 nan'" },
    { INTEGER "2 2 1\n1 1 inf\n", ":3:", "found '1 1 inf'" },
    { INTEGER "2 2 1\n1 1 0x10\n", ":3:", "found '1 1 0x10'" },
    { INTEGER "2 2 1\n1 1 1,5\n", ":3:", "found '1 1 1,5'" },
    { INTEGER "2 2 1\n1 1 -3\n", ":3:", "expected a count of 0 or more, found -3" },
    { INTEGER "2 2 1\n1 1 -1e-9\n", ":3:", "expected a count of 0 or more, found -1e-09" },
    { INTEGER "2 2 1\n0 1 1\n", ":3:", "expected a row of 1..2 and a column of 1..2, found row 0, column 1" },
    { INTEGER "2 2 1\n1 3 1\n", ":3:", "found row 1, column 3" },
    { INTEGER "2 2 1\n1 4294967297 1\n", ":3:", "found row 1, column 4294967297" },
    { INTEGER "2 2 2\n1 1 1\n", ":3:", "expected 2 entries as declared, found the end of the file after 1" },
    { INTEGER "2 2 1\n1 1 1\n2 2 1\n", ":4:", "expected the end after 1 entries as declared, found more" },
    { INTEGER "2 2 3\n1 1 1\n\n2 2 1\n1 1 1\n", ":6:", "expected every place once, found row 1, column 1 again (first on line 3)" },
    { INTEGER "2 2 2\n1 1 1\n1 1 1\n", ":4:", "found row 1, column 1 again (first on line 3)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothSparse) sparse = load (cases[i].text, &error);
      g_autofree char *place = g_strconcat ("m.mtx", cases[i].place, NULL);
      g_assert_null (sparse);
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
      if (strstr (error->message, place) == NULL || strstr (error->message, cases[i].message) == NULL)
        g_error ("case %d: expected '%s' and '%s' in '%s'", (int) i, place, cases[i].message, error->message);
    }
}

/* A header that promises 4 * 10^18 entries must not cost memory. */
static void
test_huge_promise (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load (INTEGER "2000000000 2000000000 3999999999999999999\n1 1 1\n", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (load (INTEGER "2000000000 2000000000 3999999999999999\n1 1 1\n", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "found the end of the file after 1"));
}

static void
test_cancelled (void)
{
  g_autofree char *path = g_build_filename (folder, "m.mtx", NULL);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  write_file ("m.mtx", INTEGER "2 2 1\n1 1 1\n");
  smooth_run_cancel (run);
  g_assert_null (smooth_mtx_load (path, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

static const char matrix[] = INTEGER "3 2 3\n1 1 4\n3 1 5\n2 2 6\n";

static void
remove_mex (void)
{
  static const char *const names[] = { "matrix.mtx", "matrix.mtx.gz", "barcodes.tsv", "barcodes.tsv.gz", "features.tsv",
                                       "features.tsv.gz", "genes.tsv", "m.mtx" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    remove_file (names[i]);
}

static void
test_mex (void)
{
  g_autoptr (GError) error = NULL;

  write_packed ("matrix.mtx.gz", matrix);
  write_packed ("barcodes.tsv.gz", "AAA-1\nCCC-1\n");
  write_packed ("features.tsv.gz", "E1\tPax6\tGene Expression\nE2\tPax6\tGene Expression\nE3\tSox2\tGene Expression\textra\n");
  g_autoptr (SmoothCounts) counts = smooth_mex_load (folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts->n_genes, ==, 3);
  g_assert_cmpint (counts->n_barcodes, ==, 2);
  g_assert_cmpstr (counts->barcodes[1], ==, "CCC-1");
  g_assert_cmpstr (counts->gene_ids[1], ==, "E2");
  g_assert_cmpstr (counts->gene_names[1], ==, "Pax6");
  g_assert_cmpuint (g_strv_length (counts->files), ==, 3);
  g_assert_cmpint (counts->n_others, ==, 0);
  assert_entries (counts->matrix, 3, (const double[][3]){ { 0, 0, 4 }, { 2, 0, 5 }, { 1, 1, 6 } });
  remove_mex ();
}

/* Before Cell Ranger 3: no types, another name. One column of names is enough. */
static void
test_mex_old (void)
{
  g_autoptr (GError) error = NULL;

  write_file ("matrix.mtx", matrix);
  write_file ("barcodes.tsv", "AAA-1\r\nCCC-1");
  write_file ("genes.tsv", "Pax6\nHes1\tx\nSox2\n");
  g_autoptr (SmoothCounts) counts = smooth_mex_load (folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (counts->gene_names[1], ==, "Hes1");
  g_assert_cmpstr (counts->gene_ids[2], ==, "Sox2");
  g_assert_cmpstr (counts->barcodes[0], ==, "AAA-1");
  remove_mex ();
}

/* Files from archives have prefixes and endings that lie; of several with a prefix none is meant more than another. */
static void
test_mex_names (void)
{
  g_autoptr (GError) error = NULL;

  write_packed ("GSM1_matrix.mtx", matrix);
  write_file ("GSM1_barcodes.tsv.gz", "AAA-1\nCCC-1\n");
  write_packed ("GSM1-genes.tsv.gz", "E1\tPax6\nE2\tHes1\nE3\tSox2\n");
  g_autoptr (SmoothCounts) counts = smooth_mex_load (folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts->n_genes, ==, 3);
  g_assert_cmpstr (counts->gene_names[2], ==, "Sox2");
  g_assert_true (g_str_has_suffix (counts->files[1], "GSM1_barcodes.tsv.gz"));

  write_file ("GSM2_barcodes.tsv.gz", "AAA-1\nCCC-1\n");
  g_assert_null (smooth_mex_load (folder, NULL, &error));
  g_assert_nonnull (strstr (error->message, "expected the file barcodes.tsv (plain or .gz), found none"));
  remove_file ("GSM1_matrix.mtx");
  remove_file ("GSM1_barcodes.tsv.gz");
  remove_file ("GSM2_barcodes.tsv.gz");
  remove_file ("GSM1-genes.tsv.gz");
}

static void
test_mex_other_features (void)
{
  g_autoptr (GError) error = NULL;

  write_file ("matrix.mtx", matrix);
  write_file ("barcodes.tsv", "AAA-1\nCCC-1\n");
  write_file ("features.tsv", "E1\tCD4\tAntibody Capture\nE2\tPax6\tGene Expression\nE3\tSox2\tGene Expression\n");
  g_autoptr (SmoothCounts) counts = smooth_mex_load (folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts->n_genes, ==, 2);
  g_assert_cmpint (counts->n_others, ==, 1);
  g_assert_true (report_has (counts->report, SMOOTH_REPORT_NOTE, "no gene expression were left out: Antibody Capture (1);"));
  g_assert_cmpstr (counts->gene_names[0], ==, "Pax6");
  g_assert_null (counts->gene_names[2]);
  assert_entries (counts->matrix, 2, (const double[][3]){ { 1, 0, 5 }, { 0, 1, 6 } });

  write_file ("features.tsv", "E1\ta\tPeaks\nE2\tb\tAntibody Capture\nE3\tc\tPeaks\n");
  g_assert_null (smooth_mex_load (folder, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "found only Peaks (2), Antibody Capture (1)"));
  remove_mex ();
}

static void
assert_mex_refused (gint code, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_mex_load (folder, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, code);
  if (strstr (error->message, expected) == NULL || strstr (error->message, folder) == NULL)
    g_error ("expected '%s' and '%s' in '%s'", expected, folder, error->message);
}

static void
test_bad_mex (void)
{
  assert_mex_refused (SMOOTH_ERROR_FILE, "expected the file matrix.mtx (plain or .gz), found none");
  write_file ("matrix.mtx", matrix);
  assert_mex_refused (SMOOTH_ERROR_FILE, "expected the file barcodes.tsv");
  write_file ("barcodes.tsv", "AAA-1\nCCC-1\n");
  assert_mex_refused (SMOOTH_ERROR_FILE, "expected the file features.tsv or genes.tsv (plain or .gz), found none");
  write_file ("features.tsv", "E1\na\n");
  assert_mex_refused (SMOOTH_ERROR_MISMATCH, "expected 3 lines, one for each row of");
  write_file ("features.tsv", "E1\n\nE2\n");
  assert_mex_refused (SMOOTH_ERROR_FORMAT, "features.tsv:2: expected a name, found an empty field");
  write_file ("features.tsv", "E1\nE2\nE3\n");
  write_file ("barcodes.tsv", "AAA-1\nCCC-1\nGGG-1\n");
  assert_mex_refused (SMOOTH_ERROR_MISMATCH, "barcodes.tsv: expected 2 lines, one for each column of");
  write_file ("barcodes.tsv", "AAA-1\nAAA-1\n");
  assert_mex_refused (SMOOTH_ERROR_FORMAT, "barcodes.tsv:2: expected every barcode once, found 'AAA-1' again (first on line 1)");
  write_file ("barcodes.tsv", "AAA-1\nCC\xff-1\n");
  assert_mex_refused (SMOOTH_ERROR_FORMAT, "barcodes.tsv:2:");
  remove_mex ();
}

static void
test_cut_gzip (void)
{
  g_autofree char *path = g_build_filename (folder, "matrix.mtx.gz", NULL);
  g_autofree char *data = NULL;
  gsize length;

  write_packed ("matrix.mtx.gz", matrix);
  write_file ("barcodes.tsv", "AAA-1\nCCC-1\n");
  write_file ("features.tsv", "E1\nE2\nE3\n");
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  for (gsize cut = 20; cut < length; cut++)
    {
      g_assert_true (g_file_set_contents (path, data, (gssize) cut, NULL));
      assert_mex_refused (SMOOTH_ERROR_FORMAT, "matrix.mtx.gz");
    }
  remove_mex ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("smooth-mtx-XXXXXX", NULL);
  g_test_add_func ("/mtx/ordered", test_ordered);
  g_test_add_func ("/mtx/unordered", test_unordered);
  g_test_add_func ("/mtx/pattern", test_pattern);
  g_test_add_func ("/mtx/empty", test_empty);
  g_test_add_func ("/mtx/bad-matrices", test_bad_matrices);
  g_test_add_func ("/mtx/huge-promise", test_huge_promise);
  g_test_add_func ("/mtx/cancelled", test_cancelled);
  g_test_add_func ("/mex/plain", test_mex);
  g_test_add_func ("/mex/old", test_mex_old);
  g_test_add_func ("/mex/other-features", test_mex_other_features);
  g_test_add_func ("/mex/names", test_mex_names);
  g_test_add_func ("/mex/bad", test_bad_mex);
  g_test_add_func ("/mex/cut-gzip", test_cut_gzip);
  int status = g_test_run ();
  remove_mex ();
  if (g_rmdir (folder) != 0 && status == 0)
    status = 1;
  g_free (folder);
  return status;
}
