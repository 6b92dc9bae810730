/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The committed sample: made again it has the same numbers, it loads without a warning, and smoothing brings it nearer to
 * its truth. */
#include "smooth.h"

#include "files/table.h"
#include "../remove-tree.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *sample; /* the committed folder */

static SmoothTable *
load_table (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  SmoothTable *table = smooth_table_load (path, &error);

  g_assert_no_error (error);
  return table;
}

/* Numbers by value, all else as text. */
static void
compare_tables (const char *again, const char *name, double tolerance)
{
  g_autoptr (SmoothTable) a = load_table (sample, name);
  g_autoptr (SmoothTable) b = load_table (again, name);

  g_assert_cmpint (smooth_table_get_n_rows (a), ==, smooth_table_get_n_rows (b));
  g_assert_cmpint (smooth_table_get_n_cols (a), ==, smooth_table_get_n_cols (b));
  for (gint64 row = 0; row < smooth_table_get_n_rows (a); row++)
    for (gint64 col = 0; col < smooth_table_get_n_cols (a); col++)
      {
        double x, y;
        if (smooth_i_parse_number (smooth_table_get_text (a, row, col), &x)
            && smooth_i_parse_number (smooth_table_get_text (b, row, col), &y))
          g_assert_cmpfloat (fabs (x - y), <=, tolerance * MAX (1.0, fabs (x)));
        else
          g_assert_cmpstr (smooth_table_get_text (a, row, col), ==, smooth_table_get_text (b, row, col));
      }
}

static SmoothSection *
load_section (const char *folder)
{
  g_autoptr (GError) error = NULL;
  SmoothSection *section = smooth_section_load (folder, NULL, &error);

  g_assert_no_error (error);
  return section;
}

static void
compare_counts (const SmoothSection *a, const SmoothSection *b)
{
  gint64 nnz = smooth_sparse_get_nnz (a->counts);

  g_assert_cmpint (a->n_spots, ==, b->n_spots);
  g_assert_cmpint (a->n_genes, ==, b->n_genes);
  g_assert_cmpint (nnz, ==, smooth_sparse_get_nnz (b->counts));
  g_assert_true (memcmp (a->counts->starts, b->counts->starts, (gsize) (a->n_spots + 1) * sizeof (gint64)) == 0);
  g_assert_true (memcmp (a->counts->rows, b->counts->rows, (gsize) nnz * sizeof (gint32)) == 0);
  g_assert_true (memcmp (a->counts->values, b->counts->values, (gsize) nnz * sizeof (double)) == 0);
}

/* Drawings may differ by a shade between versions of Cairo, not by what they show. */
static void
compare_pictures (const SmoothPicture *a, const SmoothPicture *b)
{
  double sum = 0.0;

  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  for (gint y = 0; y < a->height; y++)
    for (gint x = 0; x < a->width; x++)
      {
        guint32 p = smooth_picture_get_pixel (a, x, y), q = smooth_picture_get_pixel (b, x, y);
        for (gint shift = 0; shift < 24; shift += 8)
          sum += ABS ((gint) (p >> shift & 0xff) - (gint) (q >> shift & 0xff));
      }
  g_assert_cmpfloat (sum / (3.0 * a->width * a->height), <, 1.0);
}

static void
test_made_again (void)
{
  g_autofree char *again = g_dir_make_tmp ("smooth-sample-XXXXXX", NULL);
  g_autoptr (SmoothRun) run = smooth_run_new (1); /* the committed one was made with two */
  g_autoptr (GError) error = NULL;

  g_assert_true (smooth_simulate (again, NULL, run, &error));
  g_assert_no_error (error);
  compare_tables (again, "spatial/tissue_positions.csv", 0.0);
  compare_tables (again, "reference/signature.csv", 1e-9);
  compare_tables (again, "reference/cells/cell_types.csv", 0.0);
  compare_tables (again, "truth/proportions.csv", 1.5e-6);

  g_autoptr (SmoothSection) a = load_section (sample);
  g_autoptr (SmoothSection) b = load_section (again);
  compare_counts (a, b);
  compare_pictures (a->picture, b->picture);
  remove_tree (again);
}

static void
test_loads_without_warnings (void)
{
  g_autoptr (SmoothSection) section = load_section (sample);
  gint64 n_analysed;
  g_autofree gint32 *analysed = smooth_section_dup_analysed (section, &n_analysed);

  for (guint i = 0; i < smooth_report_get_n_lines (section->report); i++)
    {
      SmoothReportLevel level;
      const char *line = smooth_report_get_line (section->report, i, &level);
      g_test_message ("%s", line);
      g_assert_cmpint (level, ==, SMOOTH_REPORT_NOTE);
    }
  g_assert_cmpint (n_analysed, ==, 1500);
  g_assert_cmpint (section->n_spots, >, 2000);
  g_assert_cmpfloat_with_epsilon (section->um_per_pixel, 0.5, 0.001);
  g_assert_cmpfloat_with_epsilon (section->spot_diameter, 55.0, 0.5);
  g_assert_cmpfloat_with_epsilon (section->pitch, 100.0, 0.5);
  g_assert_cmpint (MAX (section->picture->width, section->picture->height), ==, 2000);
  g_assert_cmpfloat (smooth_section_get_tissue_contrast (section), >, 0.1);
}

/* The true proportions in the layout of a result: n_types x n_spots. */
static double *
dup_truth (const SmoothOutcome *outcome)
{
  g_autoptr (SmoothTable) table = load_table (sample, "truth/proportions.csv");
  g_autoptr (GHashTable) rows = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 n_types = outcome->result->n_types;
  double *truth = g_new (double, (gsize) (n_types * outcome->n_spots));

  smooth_table_take_header (table);
  for (gint64 row = 0; row < smooth_table_get_n_rows (table); row++)
    g_hash_table_insert (rows, (gpointer) smooth_table_get_text (table, row, 0), GINT_TO_POINTER ((gint) row));
  for (gint64 s = 0; s < outcome->n_spots; s++)
    {
      const char *barcode = outcome->inputs.section->barcodes[outcome->spots[s]];
      gpointer row;
      g_assert_true (g_hash_table_lookup_extended (rows, barcode, NULL, &row));
      for (gint64 k = 0; k < n_types; k++)
        {
          gint64 col = smooth_table_find_column (table, outcome->result->type_names[k]);
          g_assert_true (smooth_table_get_number (table, GPOINTER_TO_INT (row), col, &truth[k + s * n_types], NULL));
        }
    }
  return truth;
}

static double
correlation (const double *x, const double *y, gint64 n)
{
  double mx = 0.0, my = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      mx += x[i] / (double) n;
      my += y[i] / (double) n;
    }
  for (gint64 i = 0; i < n; i++)
    {
      xx += (x[i] - mx) * (x[i] - mx);
      yy += (y[i] - my) * (y[i] - my);
      xy += (x[i] - mx) * (y[i] - my);
    }
  return xy / sqrt (xx * yy);
}

static double
recovery (SmoothPipeline *pipeline, const SmoothInputs *inputs, double lambda)
{
  SmoothParameters parameters;
  g_autoptr (GError) error = NULL;

  smooth_parameters_init (&parameters);
  parameters.model.lambda = lambda;
  g_autoptr (SmoothOutcome) outcome = smooth_pipeline_compute (pipeline, inputs, &parameters, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autofree double *truth = dup_truth (outcome);
  double r = correlation (outcome->result->proportions->values, truth, outcome->result->n_types * outcome->n_spots);
  g_test_message ("lambda %g: r %.3f", lambda, r);
  return r;
}

static void
test_smoothing_helps (void)
{
  g_autofree char *path = g_build_filename (sample, "reference", "signature.csv", NULL);
  g_autoptr (SmoothSection) section = load_section (sample);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSignature) signature = smooth_signature_load (path, section, SMOOTH_SCALE_GUESS, &error);
  g_assert_no_error (error);
  SmoothInputs inputs = { .section = section, .signature = signature };
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  g_assert_cmpint (signature->scale, ==, SMOOTH_SCALE_COUNTS);
  double alone = recovery (pipeline, &inputs, 0.0);
  double smooth = recovery (pipeline, &inputs, 1.0);
  double too_smooth = recovery (pipeline, &inputs, 300.0);
  g_assert_cmpfloat (alone, >, 0.87);
  g_assert_cmpfloat (alone, <, 0.94); /* noisy enough to be worth smoothing */
  g_assert_cmpfloat (smooth, >, alone + 0.02);
  g_assert_cmpfloat (too_smooth, <, smooth - 0.02);
}

static void
test_regions (void)
{
  g_autofree char *path = g_build_filename (sample, "truth", "regions.geojson", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRegions) regions = smooth_regions_load (path, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothSection) section = load_section (sample);
  g_autofree gint32 *labels = g_new (gint32, section->n_spots);
  gint64 n_inside = 0;

  g_assert_cmpint (smooth_regions_get_n (regions), ==, 1);
  g_assert_cmpstr (smooth_regions_get (regions, 0)->name, ==, "Tumour");
  smooth_regions_label (regions, section->coords, section->n_spots, labels);
  for (gint64 s = 0; s < section->n_spots; s++)
    n_inside += labels[s] >= 0;
  g_assert_cmpint (n_inside, >, 100);
  g_assert_cmpint (n_inside, <, 400);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample = g_build_filename (g_getenv ("SMOOTH_TESTS_DIR"), "..", "data", "sample", NULL);
  g_test_add_func ("/regression/sample/made-again", test_made_again);
  g_test_add_func ("/regression/sample/loads-without-warnings", test_loads_without_warnings);
  g_test_add_func ("/regression/sample/smoothing-helps", test_smoothing_helps);
  g_test_add_func ("/regression/sample/regions", test_regions);
  gint status = g_test_run ();
  g_free (sample);
  return status;
}
