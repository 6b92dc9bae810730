/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of loading sections from Space Ranger folders that the tests write, whole and spoilt. */
#include "base/error.h"
#include "section/section-private.h"

#include "made-section.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define N_ROWS 6 /* of the lattice */
#define N_COLS 8
#define N_SPOTS (N_ROWS * N_COLS)
#define PIXELS_PER_UM 0.5
#define LOWRES 0.5
#define HIRES 1.0

static char *base; /* of all tests */
static char *root; /* the section of the present one */

static char *
inside (const char *name)
{
  return g_build_filename (root, name, NULL);
}

static void
write_text (const char *name, const char *text)
{
  g_autofree char *path = inside (name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
remove_path (const char *name)
{
  g_autofree char *path = inside (name);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_all (child);
    }
  g_remove (path);
}

/* Spot (row, i) of the lattice: its array position and its pixels. The inner ones are in the tissue. */
typedef struct
{
  gint array_row, array_col;
  double x, y;
  gboolean in_tissue;
  char barcode[16];
} Spot;

static Spot
make_spot (gint row, gint i)
{
  Spot spot = { .array_row = row, .array_col = 2 * i + row % 2 };

  spot.x = (60.0 + 50.0 * spot.array_col) * PIXELS_PER_UM;
  spot.y = (60.0 + 50.0 * sqrt (3.0) * row) * PIXELS_PER_UM;
  spot.in_tissue = row > 0 && row < N_ROWS - 1 && i > 0;
  for (gint k = 0, rest = row * N_COLS + i; k < 6; k++, rest /= 4)
    spot.barcode[k] = "ACGT"[rest % 4];
  strcpy (spot.barcode + 6, "-1");
  return spot;
}

static void
write_positions (gboolean header)
{
  g_autoptr (GString) text = g_string_new (header ? "barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\n" : NULL);

  for (gint row = 0; row < N_ROWS; row++)
    for (gint i = 0; i < N_COLS; i++)
      {
        Spot spot = make_spot (row, i);
        char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append_printf (text, "%s,%d,%d,%d,%s,%s\n", spot.barcode, spot.in_tissue, spot.array_row, spot.array_col,
                                g_ascii_dtostr (y, sizeof y, spot.y), g_ascii_dtostr (x, sizeof x, spot.x));
      }
  write_text (header ? "spatial/tissue_positions.csv" : "spatial/tissue_positions_list.csv", text->str);
}

/* Tissue is pink under the spots in it, and the glass is grey. */
static void
write_picture (const char *name, double scale, gboolean blank)
{
  g_autofree char *path = inside (name);
  g_autoptr (SmoothPicture) picture = smooth_picture_new ((gint) (500 * scale), (gint) (300 * scale), NULL);

  for (gint k = 0; k < picture->width * picture->height; k++)
    picture->pixels[k] = 0xffe0e0e0;
  for (gint row = 0; row < N_ROWS && !blank; row++)
    for (gint i = 0; i < N_COLS; i++)
      {
        Spot spot = make_spot (row, i);
        for (gint y = (gint) (spot.y * scale - 14 * scale); y < spot.y * scale + 14 * scale; y++)
          for (gint x = (gint) (spot.x * scale - 14 * scale); x < spot.x * scale + 14 * scale; x++)
            if (spot.in_tissue)
              picture->pixels[y * picture->width + x] = 0xffd060a0;
      }
  g_assert_true (smooth_picture_save_png (picture, path, NULL));
}

/* Gene g of the b-th spot in the tissue: b % 5 + g, gene 2 not at all. */
static void
write_matrix (const char *folder, const char *suffix)
{
  static const char *const genes[] = { "ENSG1\tPax6\tGene Expression\n", "ENSG2\tSox2\tGene Expression\n", "ENSG3\tsox2\tGene Expression\n",
                                       "ENSG4\tPax6\tGene Expression\n" };
  g_autoptr (GString) barcodes = g_string_new (NULL);
  g_autoptr (GString) features = g_string_new (NULL);
  g_autoptr (GString) entries = g_string_new (NULL);
  gint n_barcodes = 0, n_entries = 0;

  for (gint row = 0; row < N_ROWS; row++)
    for (gint i = 0; i < N_COLS; i++)
      {
        Spot spot = make_spot (row, i);
        if (!spot.in_tissue)
          continue;
        n_barcodes++;
        g_string_append_printf (barcodes, "%.6s%s\n", spot.barcode, suffix);
        for (gint g = 0; g < 4; g++)
          if (g != 2 && ++n_entries)
            g_string_append_printf (entries, "%d %d %d\n", g + 1, n_barcodes, (n_barcodes - 1) % 5 + g);
      }
  for (gint g = 0; g < 4; g++)
    g_string_append (features, genes[g]);
  g_autofree char *matrix = g_strdup_printf ("%%%%MatrixMarket matrix coordinate integer general\n4 %d %d\n%s", n_barcodes, n_entries, entries->str);
  g_autofree char *paths[] = { g_build_filename (folder, "matrix.mtx", NULL), g_build_filename (folder, "barcodes.tsv", NULL),
                               g_build_filename (folder, "features.tsv", NULL) };
  write_text (paths[0], matrix);
  write_text (paths[1], barcodes->str);
  write_text (paths[2], features->str);
  g_free (paths[1]);
  g_free (paths[2]);
}

static void
make_folder (const char *name)
{
  g_autofree char *path = inside (name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0777), ==, 0);
}

/* A good section. */
static void
set_up (void)
{
  remove_all (root);
  make_folder ("spatial");
  make_folder ("filtered_feature_bc_matrix");
  write_positions (TRUE);
  write_text ("spatial/scalefactors_json.json",
              "{\"spot_diameter_fullres\": 32.5, \"tissue_hires_scalef\": 1.0, \"fiducial_diameter_fullres\": 50, \"tissue_lowres_scalef\": 0.5}");
  write_picture ("spatial/tissue_hires_image.png", HIRES, FALSE);
  write_picture ("spatial/tissue_lowres_image.png", LOWRES, FALSE);
  write_matrix ("filtered_feature_bc_matrix", "-1");
}

static SmoothSection *
load_from (const char *path)
{
  g_autoptr (GError) error = NULL;
  SmoothSection *section = smooth_section_load (path, NULL, &error);

  g_assert_no_error (error);
  return section;
}

static void
assert_refused_from (const char *path, gint code, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);

  g_assert_null (section);
  g_assert_error (error, SMOOTH_ERROR, code);
  if (strstr (error->message, expected) == NULL)
    g_error ("expected '%s' in '%s'", expected, error->message);
}

static void
assert_refused (gint code, const char *expected)
{
  assert_refused_from (root, code, expected);
}

/* The number of lines of the report at that level, which must have one with @text. */
static guint
count_lines (const SmoothSection *section, SmoothReportLevel wanted, const char *text)
{
  guint n = 0;
  gboolean found = text == NULL;

  for (guint i = 0; i < smooth_report_get_n_lines (section->report); i++)
    {
      SmoothReportLevel level;
      const char *line = smooth_report_get_line (section->report, i, &level);
      n += level == wanted;
      found |= level == wanted && text != NULL && strstr (line, text) != NULL;
      if (level == wanted)
        g_test_message ("%s", line);
    }
  if (!found)
    g_error ("the report does not say '%s'", text);
  return n;
}

static void
assert_count (const SmoothSection *section, const char *name, gint64 expected)
{
  g_test_message ("%s", name);
  g_assert_cmpint (smooth_report_get_count (section->report, name), ==, expected);
}

#define N_TISSUE ((N_ROWS - 2) * (N_COLS - 1))

static void
assert_whole (const SmoothSection *section)
{
  gint64 n_analysed;
  g_autofree gint32 *analysed = smooth_section_dup_analysed (section, &n_analysed);

  g_assert_cmpint (section->n_spots, ==, N_SPOTS);
  g_assert_cmpint (n_analysed, ==, N_TISSUE);
  g_assert_cmpint (section->n_genes, ==, 4);
  for (gint s = 0, b = 0; s < N_SPOTS; s++)
    {
      Spot spot = make_spot (s / N_COLS, s % N_COLS);
      g_assert_cmpstr (section->barcodes[s], ==, spot.barcode);
      g_assert_cmpint (section->array_rows[s], ==, spot.array_row);
      g_assert_cmpint (section->array_cols[s], ==, spot.array_col);
      g_assert_cmpfloat_with_epsilon (section->coords[2 * s], spot.x, 1e-9);
      g_assert_cmpfloat_with_epsilon (section->coords[2 * s + 1], spot.y, 1e-9);
      g_assert_cmpint (section->spot_flags[s], ==, spot.in_tissue ? SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS : 0);
      g_assert_cmpfloat (section->total_counts[s], ==, spot.in_tissue ? 3.0 * (b % 5) + 4.0 : 0.0);
      b += spot.in_tissue;
    }
  g_assert_true (smooth_sparse_check (section->counts, NULL));
}

static void
test_load (void)
{
  set_up ();
  g_autoptr (SmoothSection) section = load_from (root);
  assert_whole (section);
  g_assert_cmpstr (section->path, ==, root);
  g_assert_cmpstr (section->name, ==, "section");
  g_assert_true (section->um_is_known);
  g_assert_cmpfloat_with_epsilon (section->um_per_pixel, 1.0 / PIXELS_PER_UM, 1e-9);
  g_assert_cmpfloat_with_epsilon (section->pitch, 100.0, 1e-6);
  g_assert_cmpfloat (section->spot_diameter, ==, 55.0);
  g_assert_cmpint (section->picture->width, ==, 500);
  g_assert_cmpfloat (section->picture_scale, ==, HIRES);
  g_assert_cmpuint (g_strv_length (section->input_files), ==, 6);
  g_assert_cmpuint (count_lines (section, SMOOTH_REPORT_WARNING, NULL), ==, 0);
  assert_count (section, "positions_rows", N_SPOTS);
  assert_count (section, "in_tissue", N_TISSUE);
  assert_count (section, "matrix_barcodes", N_TISSUE);
  assert_count (section, "matched", N_TISSUE);
  assert_count (section, "analysed", N_TISSUE);
  assert_count (section, "without_counts", 0);
  assert_count (section, "empty", 0);
  assert_count (section, "genes", 4);
  assert_count (section, "matrix_entries", 3 * N_TISSUE);

  g_autoptr (SmoothSection) again = smooth_section_ref (section);
  g_assert_true (again == section);
}

/* Whatever part of the folder the user points at. */
static void
test_paths (void)
{
  static const char *const names[] = { "spatial", "filtered_feature_bc_matrix", "spatial/tissue_positions.csv", "spatial/tissue_lowres_image.png",
                                       "filtered_feature_bc_matrix/matrix.mtx", "spatial/", "spatial/../spatial" };

  set_up ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = inside (names[i]);
      g_autoptr (SmoothSection) section = load_from (path);
      assert_whole (section);
      g_assert_cmpstr (section->path, ==, root);
    }
  g_autofree char *outs = g_build_filename (base, "sample 7", "outs", NULL);
  g_autofree char *sample = g_path_get_dirname (outs);
  g_assert_cmpint (g_mkdir (sample, 0777), ==, 0);
  g_assert_cmpint (g_rename (root, outs), ==, 0);
  g_autoptr (SmoothSection) section = load_from (sample);
  g_assert_cmpstr (section->name, ==, "sample 7");
  g_assert_cmpstr (section->path, ==, outs);
  remove_all (sample);
}

static void
move (const char *from, const char *to)
{
  g_autofree char *source = inside (from);
  g_autofree char *target = inside (to);

  g_assert_cmpint (g_rename (source, target), ==, 0);
}

/* Cell Ranger 2 has a folder for each genome: the one with the most entries is read, or the one that is asked for. */
static void
test_genome_folders (void)
{
  set_up ();
  make_folder ("filtered_gene_bc_matrices/hg19");
  move ("filtered_feature_bc_matrix", "filtered_gene_bc_matrices/mm10");
  g_autoptr (SmoothSection) one = load_from (root);
  assert_whole (one);

  write_text ("filtered_gene_bc_matrices/hg19/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 1 1\n1 1 7\n");
  write_text ("filtered_gene_bc_matrices/hg19/barcodes.tsv", "AAAAAA-1\n");
  write_text ("filtered_gene_bc_matrices/hg19/genes.tsv", "ENSG1\tPAX6\nENSG2\tSOX2\n");
  g_autoptr (SmoothSection) largest = load_from (root);
  assert_whole (largest);
  g_assert_cmpstr (largest->path, ==, root);
  g_assert_true (report_has (largest->report, SMOOTH_REPORT_NOTE, "the counts of genome mm10 are read, of 2 in"));

  g_autofree char *asked = g_strconcat (root, "#hg19", NULL);
  g_autofree char *folder = inside ("filtered_gene_bc_matrices/hg19");
  const char *const paths[] = { asked, folder };
  for (gint i = 0; i < 2; i++)
    {
      g_autoptr (SmoothSection) section = load_from (paths[i]);
      g_assert_cmpint (section->n_genes, ==, 2);
      g_assert_cmpstr (section->path, ==, paths[i]);
    }
  g_autofree char *none = g_strconcat (root, "#rn6", NULL);
  assert_refused_from (none, SMOOTH_ERROR_FILE, "expected the genome 'rn6', found 'hg19' and 1 others");
}

/* Files from archives have a prefix; where only the raw matrix is there, it is read and said so; what was named is kept. */
static void
test_other_names (void)
{
  set_up ();
  move ("spatial/tissue_positions.csv", "spatial/GSM1_tissue_positions.csv");
  move ("spatial/scalefactors_json.json", "spatial/GSM1_scalefactors_json.json");
  move ("spatial/tissue_hires_image.png", "spatial/GSM1_tissue_hires_image.png");
  move ("filtered_feature_bc_matrix", "GSM1_filtered_feature_bc_matrix");
  g_autoptr (SmoothSection) prefixed = load_from (root);
  assert_whole (prefixed);
  g_assert_cmpint (prefixed->picture->width, ==, 500);

  set_up ();
  move ("filtered_feature_bc_matrix", "raw_feature_bc_matrix");
  g_autoptr (SmoothSection) raw = load_from (root);
  assert_whole (raw);
  g_assert_true (report_has (raw->report, SMOOTH_REPORT_NOTE, "there is no filtered matrix: the counts are those of "));

  make_folder ("filtered_feature_bc_matrix");
  write_matrix ("filtered_feature_bc_matrix", "-1");
  g_autofree char *named = inside ("raw_feature_bc_matrix");
  g_autoptr (SmoothSection) second = load_from (named);
  g_assert_cmpstr (second->path, ==, named);
  g_assert_false (report_has (second->report, SMOOTH_REPORT_NOTE, "there is no filtered matrix"));
}

/* Visium HD: a folder for each size of bins, positions in Parquet, micrometres stated. */
static void
test_bins (void)
{
  static const char *const sizes[] = { "binned_outputs/square_008um", "binned_outputs/square_016um" };
  g_autofree char *parquet = g_build_filename (g_getenv ("SMOOTH_TESTS_DIR") != NULL ? g_getenv ("SMOOTH_TESTS_DIR") : "..", "fuzz", "corpus",
                                               "parquet", "positions", NULL);
  g_autofree char *data = NULL;
  gsize length;

  remove_all (root);
  g_assert_true (g_file_get_contents (parquet, &data, &length, NULL));
  for (gint k = 0; k < 2; k++)
    {
      g_autofree char *spatial = g_build_filename (sizes[k], "spatial", NULL);
      g_autofree char *mex = g_build_filename (sizes[k], "filtered_feature_bc_matrix", NULL);
      g_autofree char *files[] = { g_build_filename (spatial, "tissue_positions.parquet", NULL), g_build_filename (spatial, "scalefactors_json.json", NULL),
                                   g_build_filename (mex, "matrix.mtx", NULL), g_build_filename (mex, "barcodes.tsv", NULL),
                                   g_build_filename (mex, "features.tsv", NULL) };
      g_autofree char *positions = inside (files[0]);
      make_folder (spatial);
      make_folder (mex);
      g_assert_true (g_file_set_contents (positions, data, (gssize) length, NULL));
      write_text (files[1], k == 0 ? "{\"bin_size_um\": 8, \"microns_per_pixel\": 0.25, \"spot_diameter_fullres\": 32}"
                                   : "{\"bin_size_um\": 16, \"microns_per_pixel\": 0.5, \"spot_diameter_fullres\": 32}");
      write_text (files[2], "%%MatrixMarket matrix coordinate integer general\n1 3 3\n1 1 4\n1 2 5\n1 3 6\n");
      write_text (files[3], "s_008um_00001_00002-1\ns_008um_00003_00003-1\ns_008um_00301_00321-1\n");
      write_text (files[4], "E1\tA\tGene Expression\n");
      for (gsize i = 1; i < G_N_ELEMENTS (files); i++)
        g_free (files[i]);
    }
  g_autofree char *bins = inside ("binned_outputs");
  g_autofree char *eight = inside (sizes[0]);
  g_autofree char *sixteen = inside (sizes[1]);
  const char *const paths[] = { root, bins, eight, sixteen };
  for (gint i = 0; i < 4; i++)
    {
      g_autoptr (SmoothSection) section = load_from (paths[i]);
      g_assert_cmpstr (section->path, ==, i < 3 ? eight : sixteen);
      g_assert_cmpstr (section->name, ==, i < 3 ? "section square_008um" : "section square_016um");
      g_assert_cmpint (section->n_spots, ==, 16);
      g_assert_cmpfloat (section->um_per_pixel, ==, i < 3 ? 0.25 : 0.5);
      g_assert_cmpfloat (section->pitch, ==, i < 3 ? 8.0 : 16.0);
      g_assert_cmpfloat (section->spot_diameter, ==, i < 3 ? 8.0 : 16.0);
      g_assert_cmpfloat (section->coords[2 * 6], ==, 84.0);
      g_assert_cmpfloat (section->coords[2 * 6 + 1], ==, 42.0);
      g_assert_cmpfloat (section->total_counts[6], ==, 4.0);
      g_assert_cmpint (section->spot_flags[0], ==, 0);
      g_assert_cmpint (section->array_cols[6], ==, 2);
      assert_count (section, "analysed", 2);
      g_assert_true (report_has (section->report, SMOOTH_REPORT_WARNING,
                                 "barcodes of the counts that match the positions: 2 of 3; the others were left out: 's_008um_00301_00321-1'"));
      g_assert_true (report_has (section->report, SMOOTH_REPORT_NOTE, "of square_008um, square_016um: open another folder"));
    }
}

static void
test_without_header (void)
{
  set_up ();
  remove_path ("spatial/tissue_positions.csv");
  write_positions (FALSE);
  g_autoptr (SmoothSection) section = load_from (root);
  assert_whole (section);
}

/* Columns are found by their names. */
static void
test_header_order (void)
{
  set_up ();
  write_text ("spatial/tissue_positions.csv",
              "pxl_col_in_fullres,barcode,array_col,array_row,in_tissue,pxl_row_in_fullres\n7.5,CAAAAA-1,1,2,1,9\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSection) section = smooth_section_load (root, NULL, &error);
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH); /* CAAAAA-1 is off the tissue, so not in the counts */
  g_clear_error (&error);
  Spot spot = make_spot (1, 1);
  g_autofree char *text = g_strdup_printf ("pxl_col_in_fullres,barcode,array_col,array_row,in_tissue,pxl_row_in_fullres\n7.5,%s,1,2,1,9\n",
                                           spot.barcode);
  write_text ("spatial/tissue_positions.csv", text);
  section = load_from (root);
  g_assert_cmpfloat (section->coords[0], ==, 7.5);
  g_assert_cmpfloat (section->coords[1], ==, 9.0);
  g_assert_cmpint (section->array_rows[0], ==, 2);
}

static void
test_one_spot (void)
{
  Spot spot = make_spot (1, 1);
  g_autofree char *text = g_strdup_printf ("%s,1,1,3,10,20\n", spot.barcode);

  set_up ();
  write_text ("spatial/tissue_positions.csv", text);
  g_autoptr (SmoothSection) section = load_from (root);
  g_assert_cmpint (section->n_spots, ==, 1);
  g_assert_false (section->um_is_known);
  g_assert_cmpfloat (section->um_per_pixel, ==, 2.0); /* 65 um / 32.5 pixels */
  g_assert_cmpfloat (section->pitch, ==, 100.0);
  assert_count (section, "analysed", 1);
  assert_count (section, "without_position", N_TISSUE - 1);
  count_lines (section, SMOOTH_REPORT_WARNING, "only one spot can be analysed, while a graph needs at least two spots");
  count_lines (section, SMOOTH_REPORT_WARNING, "barcodes of the counts that match the positions: 1 of 28; the others were left out: '");
  g_assert_true (isnan (smooth_section_get_tissue_contrast (section)));
}

static void
test_flags (void)
{
  g_autoptr (GString) barcodes = g_string_new (NULL);
  Spot off = make_spot (0, 0), on = make_spot (2, 2), empty = make_spot (2, 3);

  set_up ();
  g_string_append_printf (barcodes, "%s\n%s\n%s\n", off.barcode, on.barcode, empty.barcode);
  write_text ("filtered_feature_bc_matrix/barcodes.tsv", barcodes->str);
  write_text ("filtered_feature_bc_matrix/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n4 3 3\n1 1 3\n2 2 4\n1 3 0\n");
  g_autoptr (SmoothSection) section = load_from (root);
  assert_count (section, "matched", 3);
  assert_count (section, "analysed", 1);
  assert_count (section, "empty", 1);
  assert_count (section, "without_counts", N_TISSUE - 2);
  assert_count (section, "off_tissue_with_counts", 1);
  count_lines (section, SMOOTH_REPORT_WARNING, "26 spots on the tissue have no counts");
  count_lines (section, SMOOTH_REPORT_WARNING, "1 spot on the tissue has counts that are all zero");
  g_assert_cmpint (section->spot_flags[0], ==, SMOOTH_SPOT_HAS_COUNTS);
  g_assert_cmpint (section->spot_flags[2 * N_COLS + 3], ==, SMOOTH_SPOT_IN_TISSUE | SMOOTH_SPOT_HAS_COUNTS | SMOOTH_SPOT_EMPTY);
  g_assert_cmpint (section->spot_flags[2 * N_COLS + 4], ==, SMOOTH_SPOT_IN_TISSUE);
}

static void
test_endings (void)
{
  set_up ();
  write_matrix ("filtered_feature_bc_matrix", "-1.8");
  g_autoptr (SmoothSection) section = load_from (root);
  assert_whole (section);
  count_lines (section, SMOOTH_REPORT_WARNING, "they were matched without their endings");

  /* Two barcodes that differ by their endings alone cannot be matched so. */
  g_autofree char *path = inside ("filtered_feature_bc_matrix/barcodes.tsv");
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  memcpy (strchr (text, '\n') + 1, text, 6);
  text[strlen ("AAAAAA-1.8\nAAAAAA-1.")] = '9';
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  assert_refused (SMOOTH_ERROR_MISMATCH, "the counts and the positions belong to different sections");
}

static void
test_mismatch (void)
{
  set_up ();
  write_matrix ("filtered_feature_bc_matrix", "TTTTTT-1");
  Spot first = make_spot (1, 1);
  g_autofree char *theirs = g_strdup_printf ("('%.6sTTTTTT-1', '", first.barcode);
  assert_refused (SMOOTH_ERROR_MISMATCH, theirs);
  assert_refused (SMOOTH_ERROR_MISMATCH, "is among the 48 of ");
  assert_refused (SMOOTH_ERROR_MISMATCH, "('AAAAAA-1', 'CAAAAA-1')");
}

static void
test_missing_files (void)
{
  g_autofree char *missing = g_build_filename (base, "missing", NULL);
  g_autofree char *spatial = inside ("spatial");

  set_up ();
  assert_refused_from (missing, SMOOTH_ERROR_FILE, "found no such file or folder");
  assert_refused_from (base, SMOOTH_ERROR_FILE, "expected a Space Ranger folder (with a folder 'spatial'), or counts and a table of coordinates, found: section");
  remove_path ("spatial/tissue_positions.csv");
  assert_refused (SMOOTH_ERROR_FILE, "spatial: expected tissue_positions.csv, tissue_positions_list.csv or tissue_positions.parquet, found: scalefactors_json.json");
  write_text ("spatial/tissue_positions.parquet", "PAR1");
  assert_refused (SMOOTH_ERROR_FORMAT, "tissue_positions.parquet: expected a Parquet file that ends with 'PAR1', found one that is cut short");
  set_up ();
  remove_path ("filtered_feature_bc_matrix/barcodes.tsv");
  assert_refused (SMOOTH_ERROR_FILE, "expected the file barcodes.tsv (plain or .gz), found none");
  set_up ();
  g_autofree char *matrix = inside ("filtered_feature_bc_matrix");
  remove_all (matrix);
  g_autoptr (SmoothSection) section = load_from (root);
  g_assert_cmpint (section->n_genes, ==, 0);
  g_assert_cmpint (section->n_spots, ==, N_SPOTS);
  g_assert_cmpint (section->counts->n_cols, ==, N_SPOTS);
  assert_count (section, "analysed", 0);
  assert_count (section, "in_tissue", N_TISSUE);
  g_assert_true (report_has (section->report, SMOOTH_REPORT_WARNING, "there are no counts, so nothing can be computed: expected filtered_fea"));
  g_assert_true (report_has (section->report, SMOOTH_REPORT_WARNING, "found: spatial"));
  write_text ("filtered_feature_bc_matrix.h5", "no HDF5");
  assert_refused (SMOOTH_ERROR_FORMAT, "filtered_feature_bc_matrix.h5: expected an HDF5 file, found the bytes");
}

static void
test_unreadable (void)
{
  g_autofree char *spatial = inside ("spatial");

  if (geteuid () == 0)
    {
      g_test_skip ("root may read everything");
      return;
    }
  set_up ();
  g_chmod (spatial, 0);
  assert_refused (SMOOTH_ERROR_FILE, "the folder cannot be read");
  g_chmod (spatial, 0755);
  g_chmod (root, 0);
  assert_refused (SMOOTH_ERROR_FILE, "cannot be read");
  g_chmod (root, 0755);
}

#define HEAD "barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\n"

static void
test_bad_positions (void)
{
  static const struct { const char *text, *message; } cases[] = {
    { HEAD "A-1,1,0,0,nan,5\n", "tissue_positions.csv:2: column 'pxl_row_in_fullres'" },
    { HEAD "A-1,1,0,0,1,5\nB-1,1,0,2,1,inf\n", "tissue_positions.csv:3: column 'pxl_col_in_fullres'" },
    { HEAD "A-1,1,0,0,,5\n", "tissue_positions.csv:2:" },
    { HEAD "A-1,2,0,0,1,5\n", "expected a whole number of 0 to 1, found '2'" },
    { HEAD "A-1,1,0.5,0,1,5\n", "expected a whole number of -1 to 2147483647, found '0.5'" },
    { HEAD "A-1,1,0,0,1,1e12\n", "expected a number of -1000000000 to 1000000000, found '1e12'" },
    { HEAD "A-1,1,0,0,1,5\nB-1,1,0,2,1,7\nA-1,1,0,4,1,9\n",
      "tissue_positions.csv:4: expected every barcode once, found 'A-1' again (first on line 2)" },
    { HEAD ",1,0,0,1,5\n", "tissue_positions.csv:2: expected a barcode, found an empty cell" },
    { HEAD, "tissue_positions.csv: expected 1 to 2147483646 spots, found 0" },
    { "A-1,1,0,0,1\n", "found 5 columns" },
    { "x\ny\n", "found 1 columns" },
    { "barcode,in_tissue,row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\nA-1,1,0,0,1,5\n", "expected a column 'array_row' in the header" },
    { "", "tissue_positions.csv" },
    { "A-1,1,0,0,1,5\nB-1,1,0\n", "tissue_positions.csv:2" },
    { "A-1,1,0,0,1,5\nB\xff-1,1,0,2,1,7\n", "tissue_positions.csv:2" },
  };

  set_up ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      write_text ("spatial/tissue_positions.csv", cases[i].text);
      g_autoptr (SmoothSection) section = smooth_section_load (root, NULL, &error);
      g_assert_null (section);
      g_assert_true (error->domain == SMOOTH_ERROR);
      if (strstr (error->message, cases[i].message) == NULL)
        g_error ("case %d: expected '%s' in '%s'", (int) i, cases[i].message, error->message);
    }
}

static void
test_scale_factors (void)
{
  static const struct { const char *text, *message; } cases[] = {
    { "{\"tissue_hires_scalef\": \"big\"}", "tissue_hires_scalef" },
    { "{\"tissue_hires_scalef\": [1]}", "tissue_hires_scalef" },
    { "{\"tissue_hires_scalef\": -1}", "expected a number above 0 and below 1e9, found -1" },
    { "{\"tissue_lowres_scalef\": 0.5}", "expected the member tissue_hires_scalef for the picture" },
    { "[1, 2]", "scalefactors_json.json" },
    { "{\"tissue_hires_scalef\": 1.0", "scalefactors_json.json:1" },
    { "", "scalefactors_json.json" },
  };

  set_up ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      write_text ("spatial/scalefactors_json.json", cases[i].text);
      g_autoptr (SmoothSection) section = smooth_section_load (root, NULL, &error);
      g_assert_null (section);
      if (strstr (error->message, cases[i].message) == NULL || strstr (error->message, "scalefactors_json.json") == NULL)
        g_error ("case %d: expected '%s' in '%s'", (int) i, cases[i].message, error->message);
    }

  write_text ("spatial/scalefactors_json.json", "{\"tissue_hires_scalef\": 1, \"spot_diameter_fullres\": 1000}");
  g_autoptr (SmoothSection) odd = load_from (root);
  count_lines (odd, SMOOTH_REPORT_WARNING, "the scale factors give spots of 1e+03 pixels, which are 2e+03 um");

  remove_path ("spatial/scalefactors_json.json");
  g_autoptr (SmoothSection) section = load_from (root);
  g_assert_null (section->picture);
  g_assert_true (section->um_is_known);
  count_lines (section, SMOOTH_REPORT_WARNING, "scalefactors_json.json is missing: the picture cannot be laid under the spots");
}

static void
test_pictures (void)
{
  set_up ();
  remove_path ("spatial/tissue_hires_image.png");
  g_autoptr (SmoothSection) lowres = load_from (root);
  g_assert_cmpint (lowres->picture->width, ==, 250);
  g_assert_cmpfloat (lowres->picture_scale, ==, LOWRES);

  write_picture ("spatial/tissue_hires_image.png", HIRES, TRUE);
  g_autoptr (SmoothSection) blank = load_from (root);
  g_assert_cmpint (blank->picture->width, ==, 250);
  count_lines (blank, SMOOTH_REPORT_WARNING, "tissue_hires_image.png is blank (all one colour)");

  write_picture ("spatial/tissue_lowres_image.png", LOWRES, TRUE);
  g_autoptr (SmoothSection) both = load_from (root);
  g_assert_cmpint (both->picture->width, ==, 500);
  count_lines (both, SMOOTH_REPORT_WARNING, "tissue_hires_image.png is blank");

  write_text ("spatial/tissue_hires_image.png", "");
  assert_refused (SMOOTH_ERROR_FORMAT, "tissue_hires_image.png: expected a PNG, JPEG or TIFF picture, found an empty file (0 bytes)");

  remove_path ("spatial/tissue_hires_image.png");
  remove_path ("spatial/tissue_lowres_image.png");
  g_autoptr (SmoothSection) none = load_from (root);
  g_assert_null (none->picture);
  count_lines (none, SMOOTH_REPORT_WARNING, "there is no tissue picture");
  g_assert_true (isnan (smooth_section_get_tissue_contrast (none)));

  write_picture ("spatial/detected_tissue_image.jpg", 2.0, FALSE); /* 1000 pixels where 600 are 0.5 of the full size: 0.8333 */
  g_autoptr (SmoothSection) detected = load_from (root);
  g_assert_cmpint (detected->picture->width, ==, 1000);
  g_assert_cmpfloat_with_epsilon (detected->picture_scale, 1000.0 / 1200.0, 1e-12);
  count_lines (detected, SMOOTH_REPORT_WARNING, "which has marks drawn on it");
}

/* Positions that are no lattice: the scale is a guess; bins and stated scales are taken as they are. */
static void
test_scale (void)
{
  set_up ();
  g_autofree char *path = inside ("spatial/tissue_positions.csv");
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) square = g_string_new (NULL);
  for (gint i = 1; i <= N_SPOTS; i++)
    g_string_append_printf (square, "%.8s,1,%d,%d,%d,%d\n", lines[i], (i - 1) / N_COLS, (i - 1) % N_COLS, 30 + 20 * ((i - 1) / N_COLS),
                            30 + 20 * ((i - 1) % N_COLS));
  write_text ("spatial/tissue_positions.csv", square->str);
  g_autoptr (SmoothSection) guess = load_from (root);
  g_assert_false (guess->um_is_known);
  g_assert_cmpfloat_with_epsilon (guess->um_per_pixel, 5.0, 1e-12);
  count_lines (guess, SMOOTH_REPORT_WARNING, "neighbours are taken to be 100 um apart");

  write_text ("spatial/scalefactors_json.json", "{\"tissue_hires_scalef\": 1, \"bin_size_um\": 16, \"spot_diameter_fullres\": 20}");
  g_autoptr (SmoothSection) bins = load_from (root);
  g_assert_true (bins->um_is_known);
  g_assert_cmpfloat_with_epsilon (bins->um_per_pixel, 0.8, 1e-12);
  g_assert_cmpfloat (bins->spot_diameter, ==, 16.0);

  write_text ("spatial/scalefactors_json.json", "{\"tissue_hires_scalef\": 1, \"microns_per_pixel\": 0.25, \"bin_size_um\": 5}");
  g_autoptr (SmoothSection) stated = load_from (root);
  g_assert_true (stated->um_is_known);
  g_assert_cmpfloat (stated->um_per_pixel, ==, 0.25);
  g_assert_cmpfloat_with_epsilon (stated->pitch, 5.0, 1e-12);
}

static void
test_nearest (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (gint round = 0; round < 40; round++)
    {
      gint n = 2 + round * 5;
      g_autofree double *coords = g_new (double, 2 * n);
      g_autofree gint32 *spots = g_new (gint32, n);
      g_autoptr (GArray) distances = g_array_new (FALSE, FALSE, sizeof (double));
      for (gint i = 0; i < n; i++)
        {
          spots[i] = i;
          coords[2 * i] = round % 4 == 0 ? 3.0 : g_rand_double_range (random, -10, round % 3 == 0 ? 1e6 : 10);
          coords[2 * i + 1] = floor (g_rand_double_range (random, 0, 50));
        }
      for (gint i = 0; i < n; i++)
        {
          double best = INFINITY;
          for (gint j = 0; j < n; j++)
            if (j != i)
              best = MIN (best, hypot (coords[2 * i] - coords[2 * j], coords[2 * i + 1] - coords[2 * j + 1]));
          gint at = 0;
          while (at < i && g_array_index (distances, double, at) < best)
            at++;
          g_array_insert_val (distances, at, best);
        }
      g_assert_cmpfloat_with_epsilon (smooth_i_median_nearest (coords, spots, n), g_array_index (distances, double, n / 2), 1e-9);
    }
}

static void
test_lookups (void)
{
  set_up ();
  g_autoptr (SmoothSection) section = load_from (root);
  g_assert_cmpint (smooth_section_find_gene (section, "Pax6"), ==, 0);
  g_assert_cmpint (smooth_section_find_gene (section, "ENSG4"), ==, 3);
  g_assert_cmpint (smooth_section_find_gene (section, "sox2"), ==, 2);
  g_assert_cmpint (smooth_section_find_gene (section, "SOX2"), ==, 1);
  g_assert_cmpint (smooth_section_find_gene (section, "ensg3"), ==, 2);
  g_assert_cmpint (smooth_section_find_gene (section, "Pax"), ==, -1);
  g_assert_cmpint (smooth_section_find_gene (section, ""), ==, -1);
  g_assert_cmpint (smooth_section_find_spot (section, section->barcodes[17]), ==, 17);
  g_assert_cmpint (smooth_section_find_spot (section, "AAAAAA"), ==, -1);

  g_autofree double *values = smooth_section_dup_gene_values (section, 3);
  g_autofree double *absent = smooth_section_dup_gene_values (section, 2);
  for (gint s = 0, b = 0; s < N_SPOTS; s++)
    if (section->spot_flags[s] & SMOOTH_SPOT_HAS_COUNTS)
      {
        g_assert_cmpfloat (values[s], ==, b++ % 5 + 3);
        g_assert_cmpfloat (absent[s], ==, 0.0);
      }
    else
      g_assert_true (isnan (values[s]) && isnan (absent[s]));

  gint32 spots[] = { 9, 10 };
  g_autofree double *um = smooth_section_dup_coords_um (section, spots, 2);
  g_autofree double *all = smooth_section_dup_coords_um (section, NULL, N_SPOTS);
  g_assert_cmpfloat_with_epsilon (um[2] - um[0], 100.0, 1e-6);
  g_assert_cmpfloat (all[20], ==, um[2]);
}

static gpointer
find_genes (gpointer section)
{
  return GSIZE_TO_POINTER ((gsize) smooth_section_find_gene (section, "ENSG2"));
}

static void
test_threads (void)
{
  GThread *threads[8];

  set_up ();
  g_autoptr (SmoothSection) section = load_from (root);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("find", find_genes, section);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_cmpint ((gint64) GPOINTER_TO_SIZE (g_thread_join (threads[i])), ==, 1);
}

static void
test_contrast (void)
{
  set_up ();
  g_autoptr (SmoothSection) section = load_from (root);
  double saturation = (208.0 - 96.0) / 208.0;
  g_autofree double *mirrored = g_new (double, 2 * N_SPOTS);

  g_assert_cmpfloat_with_epsilon (smooth_section_get_tissue_contrast (section), saturation, 0.01);
  for (gint i = 0; i < N_SPOTS; i++)
    {
      mirrored[2 * i] = 500.0 - section->coords[2 * i];
      mirrored[2 * i + 1] = section->coords[2 * i + 1];
    }
  g_assert_cmpfloat (smooth_i_section_contrast (section, mirrored), <, 0.8 * saturation);
}

static void
test_cancelled (void)
{
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  g_autoptr (GError) error = NULL;

  set_up ();
  smooth_run_cancel (run);
  g_assert_null (smooth_section_load (root, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  static const struct { const char *name; void (*func) (void); } tests[] = {
    { "load", test_load },         { "paths", test_paths },
    { "genome-folders", test_genome_folders }, { "other-names", test_other_names },
    { "bins", test_bins },
    { "without-header", test_without_header }, { "header-order", test_header_order },
    { "one-spot", test_one_spot }, { "flags", test_flags },
    { "endings", test_endings },   { "mismatch", test_mismatch },
    { "missing-files", test_missing_files },   { "unreadable", test_unreadable },
    { "bad-positions", test_bad_positions },   { "scale-factors", test_scale_factors },
    { "pictures", test_pictures }, { "scale", test_scale },
    { "nearest", test_nearest },   { "lookups", test_lookups },
    { "threads", test_threads },   { "contrast", test_contrast },
    { "cancelled", test_cancelled },
  };

  g_test_init (&argc, &argv, NULL);
  base = g_dir_make_tmp ("smooth-section-XXXXXX", NULL);
  root = g_build_filename (base, "section", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/section/", tests[i].name, NULL);
      g_test_add_func (path, tests[i].func);
    }
  int status = g_test_run ();
  remove_all (base);
  g_free (root);
  g_free (base);
  return status;
}
