/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of counts in text tables, and of sections that are counts beside a table of coordinates. */
#include "base/error.h"
#include "section/section-private.h"

#include "../remove-tree.h"
#include "made-section.h"

#include <math.h>
#include <zlib.h>

static char *folder;

static char *
inside (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
write_text (const char *name, const char *text)
{
  g_autofree char *path = inside (name);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0777), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
start (void)
{
  remove_tree (folder);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
}

static SmoothCounts *
load_counts (const char *text)
{
  g_autofree char *path = inside ("counts.csv");
  g_autoptr (GError) error = NULL;

  start ();
  write_text ("counts.csv", text);
  SmoothCounts *counts = smooth_counts_load_table (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (smooth_sparse_check (counts->matrix, NULL));
  return counts;
}

/* The same two lines and three columns, however they are written. */
static void
test_counts (void)
{
  static const struct { const char *text; gboolean named; } cases[] = {
    { "gene,A,B,C\ns1,1,0,2.5\ns2,0,0,7\n", TRUE },
    { "\"\",\"A\",\"B\",\"C\"\n\"s1\",1,0,2.5\n\"s2\",0,0,7", TRUE },
    { "A\tB\tC\r\ns1\t1\t0\t2.5\r\ns2\t0\t0\t7\r\n", TRUE },
    { "\tA\tB\tC\n0\t1\t0.0\t2.5\n1\t0\t0\t7\n", TRUE },
    { "cell_id;A;B;C\n17;1;0;2.5\n18;0;0;7\n\n", TRUE },
    { "A B C\n1 0 2.5\n0 0 7\n", FALSE },
    { "  A   B C \n  1  0 2.5\n 0 0   7 \n", FALSE },
    { "A,B,C\n1,0,2.5\n0,0,7\n", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SmoothCounts) counts = load_counts (cases[i].text);
      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (counts->n_genes, ==, 3);
      g_assert_cmpint (counts->n_barcodes, ==, 2);
      g_assert_cmpstr (counts->gene_names[0], ==, "A");
      g_assert_cmpstr (counts->gene_ids[2], ==, "C");
      g_assert_true ((counts->barcodes != NULL) == cases[i].named);
      g_assert_cmpint (smooth_sparse_get_nnz (counts->matrix), ==, 3);
      g_assert_cmpint (counts->matrix->starts[1], ==, 2);
      g_assert_cmpint (counts->matrix->rows[1], ==, 2);
      g_assert_cmpfloat (counts->matrix->values[1], ==, 2.5);
      g_assert_cmpfloat (counts->matrix->values[2], ==, 7);
    }
  g_autoptr (SmoothCounts) quoted = load_counts ("id,\"a,b\",\"say \"\"x\"\"\"\ns,1,2\n");
  g_assert_cmpstr (quoted->gene_names[0], ==, "a,b");
  g_assert_cmpstr (quoted->gene_names[1], ==, "say \"x\"");
}

static void
test_turn (void)
{
  g_autoptr (SmoothCounts) counts = load_counts ("gene,s1,s2,s3\nA,1,0,2\nB,0,3,0\n");

  g_assert_true (smooth_i_counts_turn (counts, NULL));
  g_assert_cmpint (counts->n_genes, ==, 2);
  g_assert_cmpint (counts->n_barcodes, ==, 3);
  g_assert_cmpstr (counts->barcodes[2], ==, "s3");
  g_assert_cmpstr (counts->gene_names[1], ==, "B");
  g_assert_cmpfloat (counts->matrix->values[1], ==, 3);
  g_assert_cmpint (counts->matrix->rows[1], ==, 1);
}

static void
test_bad_counts (void)
{
  static const struct { const char *text, *message; } cases[] = {
    { "", "expected a table of counts, found an empty file" },
    { "gene,A,B\n", "found a single line" },
    { "gene,A,B\ns1,1,-2\n", ":2: column 'B': expected a count of 0 or more, found '-2'" },
    { "gene,A,B\ns1,1,2\ns2,x,2\n", ":3: column 'A': expected a count of 0 or more, found 'x'" },
    { "gene,A,B\ns1,1,\n", ":2: column 'B': expected a count of 0 or more, found ''" },
    { "gene,A,B\ns1,1,2\ns2,nan,2\n", ":3: column 'A': expected a count of 0 or more, found 'nan'" },
    { "gene,A,B\ns1,1,2\ns2,1\n", ":3: expected 2 counts, as there are names in the first line, found 1" },
    { "gene,A,B\ns1,1,2\ns2,1,2,3\n", ":3: expected 2 counts, as there are names in the first line, found 3" },
    { "gene,A,B\ns1,\"1\"\xc3\xa9,2\n", ":2: column 'A': expected a count of 0 or more, found '\"1\"\xc3\xa9'" },
    { "gene,A,B\ns1,1,2\n,1,2\n", ":3: expected a name, found an empty cell" },
    { "gene,A,B\ns1,1,2\ns\xff,1,2\n", ":3: expected UTF-8 text" },
  };
  g_autofree char *path = inside ("counts.csv");

  start ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      write_text ("counts.csv", cases[i].text);
      g_assert_null (smooth_counts_load_table (path, NULL, &error));
      if (error->domain != SMOOTH_ERROR || strstr (error->message, cases[i].message) == NULL || strstr (error->message, path) == NULL)
        g_error ("expected '%s' in '%s'", cases[i].message, error->message);
    }
}

static SmoothSection *
load_section (const char *name)
{
  g_autofree char *path = inside (name);
  g_autoptr (GError) error = NULL;
  SmoothSection *section = smooth_section_load (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (smooth_sparse_check (section->counts, NULL));
  return section;
}

static void
assert_refused (const char *name, const char *expected)
{
  g_autofree char *path = inside (name);
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_section_load (path, NULL, &error));
  if (error->domain != SMOOTH_ERROR || strstr (error->message, expected) == NULL)
    g_error ("expected '%s' in '%s'", expected, error->message);
}

#define COUNTS_BY_SPOT "cell,A,B\nb1,1,2\nb2,3,4\nb3,5,6\n"
#define COUNTS_BY_GENE "\"\",\"b1\",\"b2\",\"b3\"\n\"A\",1,3,5\n\"B\",2,4,6\n"

/* Three spots in another order than the counts: b3 at (10, 7), b1 at (20, 8), b2 at (30, 9). */
static void
assert_three (const SmoothSection *section)
{
  static const double coords[] = { 10, 7, 20, 8, 30, 9 }, totals[] = { 11, 3, 7 };

  g_assert_cmpint (section->n_spots, ==, 3);
  g_assert_cmpint (section->n_genes, ==, 2);
  g_assert_cmpstr (section->gene_names[0], ==, "A");
  for (gint i = 0; i < 3; i++)
    {
      g_assert_cmpfloat (section->coords[2 * i], ==, coords[2 * i]);
      g_assert_cmpfloat (section->coords[2 * i + 1], ==, coords[2 * i + 1]);
      g_assert_cmpfloat (section->total_counts[i], ==, totals[i]);
      g_assert_cmpint (section->spot_flags[i], ==, SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS);
    }
  g_assert_null (section->picture);
}

/* Both ways round, under all names that axes have. */
static void
test_roles (void)
{
  static const struct { const char *text, *x, *y; } tables[] = {
    { "barcode,x,y\nb3,10,7\nb1,20,8\nb2,30,9\n", "x", "y" },
    { "\"\",\"xcoord\",\"ycoord\"\n\"b3\",10,7\n\"b1\",20,8\n\"b2\",30,9\n", "xcoord", "ycoord" },
    { "xcoord\tycoord\nb3\t10\t7\nb1\t20\t8\nb2\t30\t9\n", "xcoord", "ycoord" },
    { "min_x,min_y,center_x,center_y,EntityID\n0,0,10,7,b3\n0,0,20,8,b1\n0,0,30,9,b2\n", "center_x", "center_y" },
    { "spot,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\nb3,1,1,7,10\nb1,2,2,8,20\nb2,3,3,9,30\n", "pxl_col_in_fullres",
      "pxl_row_in_fullres" },
    { "spot,row,col\nb3,7,10\nb1,8,20\nb2,9,30\n", "col", "row" },
    { "id,imagerow,imagecol,tissue\nb3,7,10,1\nb1,8,20,1\nb2,9,30,1\n", "imagecol", "imagerow" },
    { "y_um,x_um,spot\n7,10,b3\n8,20,b1\n9,30,b2\n", "x_um", "y_um" },
  };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (tables); i++)
    {
      start ();
      write_text ("expression.csv", i % 2 ? COUNTS_BY_SPOT : COUNTS_BY_GENE);
      write_text ("where.txt", tables[i / 2].text);
      write_text ("notes.txt", "nothing of use\n");
      write_text ("clusters.csv", "barcode,cluster\nb1,4\nb2,4\nb3,5\n");
      g_autoptr (SmoothSection) section = load_section ("");
      g_autofree char *said = g_strdup_printf ("where.txt: x is its column '%s', y is '%s'", tables[i / 2].x, tables[i / 2].y);
      assert_three (section);
      g_assert_true (report_has (section->report, SMOOTH_REPORT_NOTE, said));
      g_assert_true (report_has (section->report, SMOOTH_REPORT_NOTE,
                                 i % 2 ? "expression.csv (spots in its lines)" : "expression.csv (genes in its lines)"));
      g_assert_cmpuint (g_strv_length (section->input_files), ==, 2);
    }
}

/* Either file may be named; the other is found beside it. Of several the named one counts. */
static void
test_named (void)
{
  start ();
  write_text ("a.csv", COUNTS_BY_SPOT);
  write_text ("b.csv", "cell,A,B,C\nb1,1,2,0\nb2,3,4,0\nb3,5,6,1\n");
  write_text ("p.csv", "barcode,x,y\nb3,10,7\nb1,20,8\nb2,30,9\n");
  write_text ("q.csv", "barcode,x,y\nb3,1,7\nb1,2,8\nb2,3,9\n");
  g_autoptr (SmoothSection) small = load_section ("a.csv");
  assert_three (small);
  g_assert_true (g_str_has_suffix (small->path, "/a.csv"));
  g_autoptr (SmoothSection) large = load_section ("q.csv");
  g_assert_cmpint (large->n_genes, ==, 3);
  g_assert_cmpfloat (large->coords[0], ==, 1);
}

/* Coordinates whose names fit are taken, not the first ones. */
static void
test_best_coordinates (void)
{
  start ();
  write_text ("counts.csv", COUNTS_BY_GENE);
  write_text ("a_other.csv", "barcode,x,y\nz1,1,1\nz2,2,2\n");
  write_text ("b_mine.csv", "barcode,x,y\nb3-1,10,7\nb1-1,20,8\nb2-1,30,9\n");
  g_autoptr (SmoothSection) section = load_section ("");
  assert_three (section);
  g_assert_true (report_has (section->report, SMOOTH_REPORT_WARNING, "they were matched without their endings"));
}

static void
test_by_order (void)
{
  start ();
  write_text ("counts.txt", "A B C\n5 6 0\n1 2 0\n3 4 0\n");
  write_text ("where.txt", "x y\n10 7\n20 8\n30 9\n");
  g_autoptr (SmoothSection) none = load_section ("");
  g_assert_cmpfloat (none->total_counts[0], ==, 11);
  g_assert_cmpstr (none->barcodes[2], ==, "3");
  g_assert_true (report_has (none->report, SMOOTH_REPORT_WARNING, "are matched in their order, the first with the first"));

  write_text ("where.txt", "id,x,y\nb3,10,7\nb1,20,8\nb2,30,9\n");
  g_autoptr (SmoothSection) counts = load_section ("");
  g_assert_cmpstr (counts->barcodes[0], ==, "b3");
  g_assert_cmpfloat (counts->total_counts[0], ==, 11);
  g_assert_true (report_has (counts->report, SMOOTH_REPORT_WARNING, "the counts have no names"));

  write_text ("where.txt", "x y\n10 7\n20 8\n");
  assert_refused ("", "the coordinates have no names, so there must be as many counts as coordinates: found 3 lines in");
}

/* Stated units count; else numbers that may be micrometres are; else neighbours are 100 um apart. */
static void
test_units (void)
{
  static const struct { const char *text; double um, pitch; gboolean known; const char *warning; } cases[] = {
    { "id,x_um,y_um\nb1,0,0\nb2,900,0\nb3,1800,0\n", 1, 900, TRUE, NULL },
    { "id,x_centroid,y_centroid,cell_area\nb1,0,0,78.5398\nb2,9,0,78.5398\nb3,18,0,78.5398\n", 1, 9, TRUE, NULL },
    { "id,x,y\nb1,0,0\nb2,9,0\nb3,18,0\n", 1, 9, FALSE, "are taken for micrometres, which puts neighbours 9 um apart" },
    { "id,x,y\nb1,0,0\nb2,900,0\nb3,1800,0\n", 1.0 / 9.0, 100, FALSE, "neighbours are taken to be 100 um apart" },
    { "id,pxl_col,pxl_row\nb1,0,0\nb2,9,0\nb3,18,0\n", 100.0 / 9.0, 100, FALSE, "neighbours are taken to be 100 um apart" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      start ();
      write_text ("counts.csv", COUNTS_BY_SPOT);
      write_text ("where.csv", cases[i].text);
      g_autoptr (SmoothSection) section = load_section ("");
      g_assert_cmpfloat_with_epsilon (section->um_per_pixel, cases[i].um, 1e-12);
      g_assert_cmpfloat_with_epsilon (section->pitch, cases[i].pitch, 1e-9);
      g_assert_cmpfloat_with_epsilon (section->spot_diameter, i == 1 ? 10.0 : cases[i].pitch / 2.0, 1e-4);
      g_assert_true (section->um_is_known == cases[i].known);
      g_assert_true (cases[i].warning == NULL || report_has (section->report, SMOOTH_REPORT_WARNING, cases[i].warning));
    }
}

/* Positions on the lattice beside coordinates in pixels state the scale, as in Seurat's tables; 'tissue' is in_tissue. */
static void
test_lattice (void)
{
  g_autoptr (GString) counts = g_string_new ("cell,A,B\n");
  GString *where = g_string_new ("barcode,tissue,row,col,imagerow,imagecol\n");

  for (gint i = 0; i < 30; i++)
    {
      gint row = i / 6, col = 2 * (i % 6) + row % 2;
      char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
      g_string_append_printf (counts, "s%d,1,2\n", i);
      g_string_append_printf (where, "s%d,%d,%d,%d,%s,%s\n", i, i > 0, row, col, g_ascii_dtostr (y, sizeof y, 7 + 4 * sqrt (3.0) * row),
                              g_ascii_dtostr (x, sizeof x, 9 + 4.0 * col));
    }
  start ();
  write_text ("counts.csv", counts->str);
  write_text ("where.csv", where->str);
  g_string_free (where, TRUE);
  g_autoptr (SmoothSection) section = load_section ("");
  g_assert_true (section->um_is_known);
  g_assert_cmpfloat_with_epsilon (section->um_per_pixel, 12.5, 1e-9);
  g_assert_cmpfloat (section->spot_diameter, ==, 55.0);
  g_assert_cmpint (section->array_cols[7], ==, 3);
  g_assert_cmpfloat (section->coords[2], ==, 17.0);
  g_assert_cmpint (section->spot_flags[0] & SMOOTH_SPOT_IN_TISSUE, ==, 0);
  g_assert_cmpint (smooth_report_get_count (section->report, "in_tissue"), ==, 29);
}

/* Spatial Transcriptomics before Visium: the names of the spots are their places. */
static void
test_places (void)
{
  static const char *const texts[] = { "\tA\tB\n2x7\t1\t2\n3x7.5\t3\t4\n2x8\t5\t6\n", "gene,X2x7,X3x7.5,X2x8\nA,1,3,5\nB,2,4,6\n" };

  for (gint i = 0; i < 2; i++)
    {
      start ();
      write_text ("counts.tsv", texts[i]);
      g_autoptr (SmoothSection) section = load_section ("");
      g_assert_cmpint (section->n_spots, ==, 3);
      g_assert_cmpstr (section->gene_names[1], ==, "B");
      g_assert_cmpfloat (section->coords[2], ==, 3.0);
      g_assert_cmpfloat (section->coords[3], ==, 7.5);
      g_assert_cmpfloat (section->total_counts[2], ==, 11.0);
      g_assert_cmpfloat (section->um_per_pixel, ==, 200.0);
      g_assert_cmpfloat (section->spot_diameter, ==, 100.0);
      g_assert_true (report_has (section->report, SMOOTH_REPORT_NOTE, "places on an array, taken to be 200 um apart"));
    }
  write_text ("counts.tsv", "\tA\tB\n2x7\t1\t2\n2x7\t3\t4\n");
  assert_refused ("", "counts.tsv: expected every spot once, found '2x7' again");
}

/* R makes dots of dashes. */
static void
test_dots (void)
{
  start ();
  write_text ("counts.csv", "gene,b1.1,b2.1,b3.1\nA,1,3,5\nB,2,4,6\n");
  write_text ("where.csv", "barcode,x,y\nb3-1,10,7\nb1-1,20,8\nb2-1,30,9\n");
  g_autoptr (SmoothSection) section = load_section ("");
  assert_three (section);
}

/* A MEX folder with the coordinates in it, or in the folder around it. */
static void
test_mex (void)
{
  for (gint inner = 0; inner < 2; inner++)
    {
      start ();
      write_text ("mex/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 3 6\n1 1 1\n2 1 2\n1 2 3\n2 2 4\n1 3 5\n2 3 6\n");
      write_text ("mex/barcodes.tsv", "b1\nb2\nb3\n");
      write_text ("mex/genes.tsv", "E1\tA\nE2\tB\n");
      write_text (inner ? "mex/where.csv" : "where.csv", "id,x,y\nb3,10,7\nb1,20,8\nb2,30,9\n");
      g_autoptr (SmoothSection) named = load_section ("mex");
      assert_three (named);
      if (inner)
        continue;
      g_autoptr (SmoothSection) around = load_section ("");
      assert_three (around);
      g_assert_cmpstr (around->gene_ids[1], ==, "E2");
    }
}

static void
test_refused (void)
{
  start ();
  assert_refused ("", "or counts and a table of coordinates, found: nothing");
  write_text ("where.csv", "id,x,y\nb3,10,7\n");
  assert_refused ("", "or counts and a table of coordinates, found: where.csv");
  write_text ("counts.csv", COUNTS_BY_SPOT);
  g_autofree char *where = inside ("where.csv");
  g_remove (where);
  assert_refused ("", "which have 2 genes and 3 barcodes; found: counts.csv");
  write_text ("where.csv", "id,x,y\nz1,10,7\nz2,1,1\n");
  assert_refused ("", "none of the 3 barcodes of ");
  write_text ("where.csv", "id,x,y\nb1,10,7\nb1,1,1\n");
  assert_refused ("", "where.csv:3: expected every barcode once, found 'b1' again (first on line 2)");
  write_text ("where.csv", "id,x,y\nb1,10,7\nb2,1,one\n");
  assert_refused ("", "where.csv:3: column 'y': expected a number, found 'one'");
  write_text ("where.csv", "id,x,y\nb1,10,7\nb2,1,2e9\n");
  assert_refused ("", "where.csv:3: column 'y': expected a coordinate of at most 1e9, found '2e9'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *base = g_dir_make_tmp ("smooth-tables-XXXXXX", NULL);
  folder = g_build_filename (base, "section", NULL);
  g_test_add_func ("/tables/counts", test_counts);
  g_test_add_func ("/tables/turn", test_turn);
  g_test_add_func ("/tables/bad-counts", test_bad_counts);
  g_test_add_func ("/tables/roles", test_roles);
  g_test_add_func ("/tables/named", test_named);
  g_test_add_func ("/tables/best-coordinates", test_best_coordinates);
  g_test_add_func ("/tables/by-order", test_by_order);
  g_test_add_func ("/tables/units", test_units);
  g_test_add_func ("/tables/lattice", test_lattice);
  g_test_add_func ("/tables/places", test_places);
  g_test_add_func ("/tables/dots", test_dots);
  g_test_add_func ("/tables/mex", test_mex);
  g_test_add_func ("/tables/refused", test_refused);
  int status = g_test_run ();
  remove_tree (base);
  g_free (folder);
  return status;
}
