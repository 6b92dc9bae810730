/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of tables of numbers by name, and of the Matrix Market files that are written. */
#include "base/error.h"
#include "files/columns.h"
#include "files/mtx.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *path;

static SmoothColumns *
load (const char *text, GError **error)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return smooth_columns_load (path, error);
}

static void
test_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothColumns) columns = load ("barcode,a,\"b, c\"\nS2,1,2.5\nS1,-3e-2,4\n", &error);

  g_assert_no_error (error);
  g_assert_cmpint (columns->n_rows, ==, 2);
  g_assert_cmpint (columns->n_columns, ==, 2);
  g_assert_cmpstr (columns->row_names[0], ==, "S2");
  g_assert_cmpint (smooth_columns_find (columns, "b, c"), ==, 1);
  g_assert_cmpint (smooth_columns_find (columns, "B, c"), ==, -1);
  g_assert_cmpfloat (smooth_matrix_column (columns->values, 1)[0], ==, -0.03);
  g_assert_cmpfloat (smooth_matrix_column (columns->values, 0)[1], ==, 2.5);
}

static void
test_rows (void)
{
  static const char *const wanted[] = { "S1", "S3" }, *const lacking[] = { "S1", "S9", "S8" };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothColumns) columns = load ("barcode,a\nS2,2\nS3,3\nS1,1\n", &error);
  g_autoptr (SmoothMatrix) values = smooth_columns_dup_rows (columns, wanted, 2, "spot", &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (values->values[0], ==, 1.0);
  g_assert_cmpfloat (values->values[1], ==, 3.0);
  g_assert_null (smooth_columns_dup_rows (columns, lacking, 3, "spot", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "2 of 3, the first being S9"));
}

/* What is refused, and what the message holds. */
static void
test_bad (void)
{
  static const struct
  {
    const char *text, *says;
  } cases[] = {
    { "", "empty" },
    { "barcode\nS1\n", "found one column" },
    { "S1,1,2\nS2,3,4\n", ":1: expected a header" },
    { "barcode,a\n", "found none" },
    { "barcode,a\nS1,1\nS2,2\nS1,3\n", ":4: expected every row once, found 'S1' again (first in line 2)" },
    { "barcode,a,b\nS1,1,2\nS2,nan,3\n", ":3: column 'a': expected a number, found 'nan'" },
    { "barcode,a,b\nS1,1,2\nS2,3\n", ":3: expected 3 columns, found 2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (load (cases[i].text, &error));
      g_assert_nonnull (strstr (error->message, path));
      if (strstr (error->message, cases[i].says) == NULL)
        g_error ("expected '%s' in '%s'", cases[i].says, error->message);
    }
}

static void
test_save (void)
{
  static const char *const rows[] = { "S1", "a,b" };
  static const char *const names[] = { "x", "y" };
  static const double values[] = { 0.1, 1.0 / 3.0, -1e-300, 7.0 }, missing[] = { NAN, 1.0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (smooth_columns_save (path, "barcode", rows, 2, names, 2, values, &error));
  g_autoptr (SmoothColumns) columns = smooth_columns_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (columns->values->values, sizeof values, values, sizeof values);
  g_assert_cmpstr (columns->row_names[1], ==, "a,b");
  g_assert_true (smooth_columns_save (path, "barcode", rows, 1, names, 2, missing, &error));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "barcode,x,y\nS1,,1\n");
}

/* An entry of 0 is left out; of a symmetric matrix the upper triangle too. */
static void
test_mtx (void)
{
  static const gint32 rows[] = { 0, 1, 2, 0, 1, 2, 2 }, cols[] = { 0, 0, 0, 1, 1, 1, 2 };
  static const double values[] = { 2.0, -0.1, 0.0, -0.1, 3.0, 0.25, 1.0 / 3.0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) matrix = smooth_sparse_new_from_triplets (3, 3, 7, rows, cols, values, &error);
  g_autofree char *general = NULL, *symmetric = NULL;

  g_assert_no_error (error);
  g_assert_true (smooth_mtx_save (matrix, FALSE, "a comment", path, &error));
  g_assert_true (g_file_get_contents (path, &general, NULL, NULL));
  g_assert_cmpstr (general, ==,
                   "%%MatrixMarket matrix coordinate real general\n% a comment\n3 3 6\n1 1 2\n2 1 -0.1\n1 2 -0.1\n2 2 3\n3 2 0.25\n"
                   "3 3 0.3333333333333333\n");
  g_assert_true (smooth_mtx_save (matrix, TRUE, NULL, path, &error));
  g_assert_true (g_file_get_contents (path, &symmetric, NULL, NULL));
  g_assert_cmpstr (symmetric, ==,
                   "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 2\n2 1 -0.1\n2 2 3\n3 2 0.25\n3 3 0.3333333333333333\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("smooth-columns-XXXXXX", NULL);
  path = g_build_filename (folder, "table.csv", NULL);
  g_test_add_func ("/columns/load", test_load);
  g_test_add_func ("/columns/rows", test_rows);
  g_test_add_func ("/columns/bad", test_bad);
  g_test_add_func ("/columns/save", test_save);
  g_test_add_func ("/mtx/save", test_mtx);
  int status = g_test_run ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  return status;
}
