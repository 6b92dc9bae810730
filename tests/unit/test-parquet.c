/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of Parquet: the same table in every compression, page version and encoding; damage of every kind. */
#include "base/error.h"
#include "files/parquet-private.h"
#include "files/table-private.h"

#include "made-section.h"

#define N_ROWS 100

static char *
dup_path (const char *name)
{
  return g_build_filename (g_getenv ("SMOOTH_TESTS_DIR") != NULL ? g_getenv ("SMOOTH_TESTS_DIR") : "..", "fuzz", "corpus", "parquet", name, NULL);
}

/* The cell that the makers of the files put there. */
static char *
dup_expected (gint col, gint i)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (col)
    {
    case 0:
      return g_strdup_printf ("s_008um_%05d_%05d-1", i / 10, i);
    case 1:
      return g_strdup_printf ("%d", i % 3 == 0);
    case 2:
      return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) i * 10000000000 - 5);
    case 3:
      return g_strdup_printf ("%u", G_MAXUINT32 - (guint) i);
    case 4:
      return g_strdup (g_ascii_dtostr (number, sizeof number, i * 0.25));
    case 5:
      return g_strdup (g_ascii_dtostr (number, sizeof number, i + 0.5));
    default:
      return g_strdup (i % 2 ? "True" : "False");
    }
}

static void
test_encodings (void)
{
  static const char *const names[] = { "snappy", "zstd-v2", "plain", "plain-v2-nulls", "nulls", "required", "groups", "required-v2" };
  static const char *const columns[] = { "barcode", "in_tissue", "big", "u", "x", "f", "flag" };

  for (gsize k = 0; k < G_N_ELEMENTS (names); k++)
    {
      gboolean has_nulls = strstr (names[k], "nulls") != NULL || g_str_equal (names[k], "groups");
      g_autofree char *path = dup_path (names[k]);
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothTable) table = smooth_table_load (path, &error);
      g_assert_no_error (error);
      smooth_table_take_header (table);
      g_assert_cmpint (smooth_table_get_n_rows (table), ==, N_ROWS);
      g_assert_cmpint (smooth_table_get_n_cols (table), ==, G_N_ELEMENTS (columns));
      for (gint col = 0; col < (gint) G_N_ELEMENTS (columns); col++)
        {
          g_assert_cmpstr (smooth_table_get_column_name (table, col), ==, columns[col]);
          for (gint i = 0; i < N_ROWS; i++)
            {
              g_autofree char *expected = has_nulls && i % 7 == 3 ? g_strdup ("") : dup_expected (col, i);
              if (g_strcmp0 (smooth_table_get_text (table, i, col), expected) != 0)
                g_error ("%s: %s of row %d: expected '%s', found '%s'", names[k], columns[col], i, expected, smooth_table_get_text (table, i, col));
            }
        }
    }
}

static void
test_others (void)
{
  g_autofree char *fixed = dup_path ("fixed");
  g_autofree char *empty = dup_path ("empty");
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothTable) table = smooth_table_load (fixed, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothTable) none = smooth_table_load (empty, &error);
  g_assert_no_error (error);

  g_assert_cmpstr (smooth_table_get_text (table, 2, 0), ==, "cd");
  g_assert_cmpstr (smooth_table_get_text (table, 1, 1), ==, "nan");
  g_assert_cmpstr (smooth_table_get_text (table, 2, 1), ==, "inf");
  g_assert_cmpint (smooth_table_get_n_rows (none), ==, 1);
}

static void
assert_refused (const guint8 *data, gsize length, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *exact = g_memdup2 (data, length); /* not one byte more */

  g_assert_null (smooth_i_parquet_read (exact, length, "table", &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
  if (strstr (error->message, expected) == NULL || !g_str_has_prefix (error->message, "table: "))
    g_error ("expected '%s' in '%s'", expected, error->message);
}

static guint8 *
load_file (const char *name, gsize *length)
{
  g_autofree char *path = dup_path (name);
  char *data = NULL;

  g_assert_true (g_file_get_contents (path, &data, length, NULL));
  return (guint8 *) data;
}

static void
test_refused (void)
{
  static const struct { const char *name, *message; } cases[] = {
    { "lz4", "column 'a', from row 0: expected no compression, Snappy, gzip or zstd, found LZ4" },
    { "delta", "column 'a', from row 0: expected plain values or a dictionary, found the encoding 5" },
    { "nested", "expected a flat table of 1 to 4096 columns, found one that nests or repeats" },
    { "bytes", "column 'b', from row 0: expected UTF-8 text, found other bytes" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length;
      g_autofree guint8 *data = load_file (cases[i].name, &length);
      assert_refused (data, length, cases[i].message);
    }
}

/* Cut anywhere, a file is refused; with its end put back, so that only pages are missing, too. */
static void
test_cut (void)
{
  gsize length;
  g_autofree guint8 *data = load_file ("plain", &length);

  for (gsize cut = 0; cut < length; cut += 1 + cut / 50)
    assert_refused (data, cut, "expected a Parquet file that ends with 'PAR1', found one that is cut short");

  gsize description = (gsize) data[length - 8] | (gsize) data[length - 7] << 8;
  gsize tail = description + 8;
  for (gsize cut = 4; cut < length - tail; cut += 97)
    {
      g_autofree guint8 *shorter = g_malloc (cut + tail);
      memcpy (shorter, data, cut);
      memcpy (shorter + cut, data + length - tail, tail);
      assert_refused (shorter, cut + tail, "column '");
    }
  memset (data + length - 8, 0xff, 4);
  assert_refused (data, length, "expected a description of at most");
}

/* Any one byte changed: an error, or a table of the same size. */
static void
test_flipped (void)
{
  static const char *const names[] = { "groups", "zstd-v2", "required-v2" };

  for (gsize k = 0; k < G_N_ELEMENTS (names); k++)
    {
      gsize length;
      g_autofree guint8 *data = load_file (names[k], &length);
      for (gsize i = 0; i < length; i++)
        for (gint bit = 0; bit < 8; bit += 3)
          {
            g_autoptr (GError) error = NULL;
            data[i] ^= (guint8) (1 << bit);
            g_autoptr (SmoothTable) table = smooth_i_parquet_read (data, length, "table", &error);
            g_assert_true ((table != NULL) == (error == NULL));
            data[i] ^= (guint8) (1 << bit);
          }
    }
}

static void
test_runs (void)
{
  /* 5 times 3; then 8 packed numbers of 3 bits, 0 to 7; then 2 times 1 */
  static const guint8 runs[] = { 5 << 1, 3, 1 << 1 | 1, 0x88, 0xc6, 0xfa, 2 << 1, 1 };
  static const guint32 expected[] = { 3, 3, 3, 3, 3, 0, 1, 2, 3, 4, 5, 6, 7, 1, 1 };
  guint32 values[16];
  const guint8 *at = runs;

  g_assert_true (smooth_i_unpack_runs (&at, runs + sizeof runs, 3, values, 15));
  g_assert_true (at == runs + sizeof runs);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpuint (values[i], ==, expected[i]);
  at = runs;
  g_assert_false (smooth_i_unpack_runs (&at, runs + sizeof runs, 3, values, 16));
  at = runs;
  g_assert_false (smooth_i_unpack_runs (&at, runs + 4, 3, values, 15));
}

/* Deep or endless input is refused by the skipping of fields. */
static void
test_thrift (void)
{
  guint8 deep[200], endless[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 }, map[] = { 0xff, 0xff, 0xff, 0xff, 0x7f, 0x11 };
  Thrift thrift = { deep, deep + sizeof deep, FALSE };

  memset (deep, 0x1c, sizeof deep); /* a struct in a struct in a struct */
  thrift_skip (&thrift, THRIFT_STRUCT);
  g_assert_true (thrift.failed);
  thrift = (Thrift){ endless, endless + sizeof endless, FALSE };
  thrift_read_integer (&thrift);
  g_assert_true (thrift.failed);
  thrift = (Thrift){ map, map + sizeof map, FALSE };
  thrift_skip (&thrift, THRIFT_MAP);
  g_assert_true (thrift.failed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parquet/encodings", test_encodings);
  g_test_add_func ("/parquet/others", test_others);
  g_test_add_func ("/parquet/refused", test_refused);
  g_test_add_func ("/parquet/cut", test_cut);
  g_test_add_func ("/parquet/flipped", test_flipped);
  g_test_add_func ("/parquet/runs", test_runs);
  g_test_add_func ("/parquet/thrift", test_thrift);
  return g_test_run ();
}
