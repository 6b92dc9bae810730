/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of files/table and files/number: quotes, separators, widths, places in errors, strict numbers. */
#include "base/error.h"
#include "files/table.h"

#include <math.h>
#include <string.h>

static SmoothTable *
parse (const char *text, GError **error)
{
  return smooth_table_new_from_text (g_strdup (text), strlen (text), "f.csv", error);
}

/* All cells, '|' behind each, '\n' behind each row. */
static void
assert_cells (const char *text, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothTable) table = parse (text, &error);
  g_autoptr (GString) all = g_string_new (NULL);

  g_assert_no_error (error);
  for (gint64 i = 0; i < smooth_table_get_n_rows (table); i++)
    {
      for (gint64 j = 0; j < smooth_table_get_n_cols (table); j++)
        g_string_append_printf (all, "%s|", smooth_table_get_text (table, i, j));
      g_string_append_c (all, '\n');
    }
  g_assert_cmpstr (all->str, ==, expected);
}

static void
assert_refused (const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothTable) table = parse (text, &error);

  g_assert_null (table);
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_quotes (void)
{
  assert_cells ("a,b\n1,2", "a|b|\n1|2|\n");
  assert_cells ("\"a\",\"b,c\"\n\"x \"\"y\"\"\",\"\"\n", "a|b,c|\nx \"y\"||\n");
  assert_cells ("a,\"two\nlines\"\r\n1,\"\"\"\"", "a|two\nlines|\n1|\"|\n");
  assert_cells ("a\"b,c\n1, \" x \" \n", "a\"b|c|\n1| x |\n");
  assert_cells ("a,b,\n , 1 ,\n", "a|b||\n|1||\n");
  assert_refused ("a,b\n1,\"x\ny\n", "f.csv:2: expected a closing quote, found the end of the file");
  assert_refused ("a,b\n1,\"x\"y\n", "f.csv:2: expected a separator behind the closing quote, found 'y'");
}

static void
test_line_ends (void)
{
  assert_cells ("\n\na,b\r\n\r\n1,2\r\n\n", "a|b|\n1|2|\n");
  assert_cells ("a,b\r1,2\r", "a|b|\n1|2|\n");
  assert_cells ("x", "x|\n");
  assert_cells ("x\ny z\n", "x|\ny z|\n");
  assert_refused ("", "f.csv: expected a table, found an empty file");
  assert_refused (" \n\r\n", "f.csv: expected a table, found an empty file");
}

static void
test_separators (void)
{
  assert_cells ("\"a\"\"b,c\",\"d\"\n1,2\n", "a\"b,c|d|\n1|2|\n");
  assert_cells ("a\tb, c\n1\t2,3\n", "a|b, c|\n1|2,3|\n");
  assert_cells ("a;b\n0,5;1,5\n", "a|b|\n0,5|1,5|\n");
  assert_cells ("  a   b \n1   2\n", "a|b|\n1|2|\n");
  assert_cells ("\"a b\" c\n1 2\n", "a b|c|\n1|2|\n");
  assert_cells ("barcode,cell type\nx,y z\n", "barcode|cell type|\nx|y z|\n");
  assert_cells ("T cell\tB cell\nx\ty\n", "T cell|B cell|\nx|y|\n");
  assert_cells ("a\t\tb\n\t2\t\n", "a||b|\n|2||\n");
}

static void
test_short_header (void)
{
  assert_cells ("\"A\" \"B\"\n\"g\" 1 2\n\"h\" 3 4\n", "|A|B|\ng|1|2|\nh|3|4|\n");
  assert_cells ("A\ng,1\n", "|A|\ng|1|\n");
  assert_refused ("a,b\n1,2,3\n1,2\n", "f.csv:3: expected 3 columns, found 2");
}

static void
test_widths (void)
{
  assert_refused ("a,b\n1,2\n\n1,2,3\n", "f.csv:4: expected 2 columns, found 3");
  assert_refused ("a,b\n1\n", "f.csv:2: expected 2 columns, found 1");
  assert_refused ("a,\"b\n\"\n1,2\n1\n", "f.csv:4: expected 2 columns, found 1");
}

static void
assert_no_number (const SmoothTable *table, gint64 row, gint64 col, const char *message)
{
  g_autoptr (GError) error = NULL;
  double value = 42.0;

  g_assert_false (smooth_table_get_number (table, row, col, &value, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_cmpfloat (value, ==, 42.0);
}

static void
test_numbers_in_cells (void)
{
  g_autoptr (SmoothTable) table = parse ("id,\"x\ny\",z\na,1.5,nan\n\nb,,\"0,5\"\n", NULL);
  double value = 0.0;

  assert_no_number (table, 0, 0, "f.csv:1: column 1: expected a number, found 'id'");
  smooth_table_take_header (table);
  g_assert_cmpint (smooth_table_get_n_rows (table), ==, 2);
  g_assert_cmpint (smooth_table_get_line (table, 0), ==, 3);
  g_assert_cmpint (smooth_table_get_line (table, 1), ==, 5);
  g_assert_cmpint (smooth_table_find_column (table, "z"), ==, 2);
  g_assert_cmpint (smooth_table_find_column (table, "ID"), ==, 0);
  g_assert_cmpint (smooth_table_find_column (table, "no"), ==, -1);
  g_assert_true (smooth_table_get_number (table, 0, 1, &value, NULL));
  g_assert_cmpfloat (value, ==, 1.5);
  assert_no_number (table, 0, 2, "f.csv:3: column 'z': expected a number, found 'nan'");
  assert_no_number (table, 1, 1, "f.csv:5: column 'x\ny': expected a number, found an empty cell");
  assert_no_number (table, 1, 2, "f.csv:5: column 'z': expected a number, found '0,5'");
}

static void
test_numbers (void)
{
  const char *good[] = { "0",      "-0",     "1.5",   "+2",   ".5",     "5.",   "1e3",   "1E-3", "9007199254740993", "0.1",
                         "1e22",   "1e23",   "1e-22", "2.2250738585072014e-308", "5e-324", "1.7976931348623157e308",
                         "123456789012345678901234567890", "0.000000000000000000000000000001234", " 7 ",
                         "3.14159265358979323846", "1e-400", "8.41e21", "9007199254740992e22" };
  const char *bad[] = { "", " ", "-", ".", "e5", "1e", "1e+", "nan", "NaN", "inf", "-inf", "0x10", "1,5", "1 2", "1.2.3", "--1",
                        "1e400", "1d5", "NA", "1_000" };
  double value;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (smooth_i_parse_number (good[i], &value));
      double expected = g_ascii_strtod (good[i], NULL);
      g_assert_cmpfloat (value, ==, expected);
      g_assert_cmpint (signbit (value) != 0, ==, signbit (expected) != 0);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (smooth_i_parse_number (bad[i], &value))
      g_error ("'%s' was read as %g", bad[i], value);
}

/* The short way and the C library agree to the bit. */
static void
test_numbers_random (void)
{
  for (int i = 0; i < 200000; i++)
    {
      char text[64];
      double value;
      g_snprintf (text, sizeof text, "%.*g", g_test_rand_int_range (1, 18),
                  g_test_rand_double_range (-1, 1) * pow (10, g_test_rand_int_range (-25, 25)));
      g_assert_true (smooth_i_parse_number (text, &value));
      g_assert_cmpfloat (value, ==, g_ascii_strtod (text, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/table/quotes", test_quotes);
  g_test_add_func ("/table/line-ends", test_line_ends);
  g_test_add_func ("/table/separators", test_separators);
  g_test_add_func ("/table/short-header", test_short_header);
  g_test_add_func ("/table/widths", test_widths);
  g_test_add_func ("/table/numbers-in-cells", test_numbers_in_cells);
  g_test_add_func ("/table/numbers", test_numbers);
  g_test_add_func ("/table/numbers-random", test_numbers_random);
  return g_test_run ();
}
