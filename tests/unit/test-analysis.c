/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analyses of outcomes: their numbers are those of the command line on the same data, cancelling ends them at once, and what is
 * kept between two of them changes no number beyond the tolerance. */
#include "../remove-tree.h"
#include "smooth.h"

#include <glib/gstdio.h>
#include <math.h>

static char *sample, *folder;
static SmoothSection *section;
static SmoothSignature *signature;
static SmoothOutcome *outcome;

static SmoothOutcome *
compute_outcome (double rho)
{
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();
  g_autoptr (GError) error = NULL;
  SmoothInputs inputs = { .section = section, .signature = signature };
  SmoothParameters parameters;

  smooth_parameters_init (&parameters);
  parameters.prior.rho = rho;
  SmoothOutcome *result = smooth_pipeline_compute (pipeline, &inputs, &parameters, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static SmoothFindings *
find (SmoothAnalyst *analyst, SmoothOutcome *of, const SmoothAnalysisSettings *settings, SmoothFindings *components, gint64 gene)
{
  g_autoptr (GError) error = NULL;
  SmoothAnalysisInputs inputs = { of, settings, components, gene };
  SmoothFindings *findings = smooth_analyst_compute (analyst, &inputs, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (findings->is_final);
  g_assert_nonnull (findings->certificate);
  return findings;
}

static SmoothFindings *
find_first (SmoothAnalysisKind kind, const SmoothAnalysisSettings *settings, SmoothFindings *components, gint64 gene)
{
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (kind);

  return find (analyst, outcome, settings, components, gene);
}

/* Runs the program with the words, and reads a table that it wrote. */
static SmoothColumns *
run (const char *table, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *output = g_build_filename (folder, words[0], NULL), *path = g_build_filename (output, table, NULL);
  g_autofree char *text = NULL, *complaints = NULL;
  gint status = -1;

  g_ptr_array_add (argv, (gpointer) g_getenv ("SMOOTHSCOPE_CLI"));
  for (gsize i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) words[i]);
  g_ptr_array_add (argv, (gpointer) "--output");
  g_ptr_array_add (argv, output);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &text, &complaints, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  SmoothColumns *columns = smooth_columns_load (path, &error);
  g_assert_no_error (error);
  return columns;
}

/* Every row of the table is a spot of the layer, with the same numbers. */
static void
assert_equal (const SmoothLayer *layer, const SmoothColumns *columns, double tolerance)
{
  g_assert_nonnull (layer);
  g_assert_cmpint (columns->n_columns, ==, layer->n_columns);
  g_assert_cmpint (columns->n_rows, >=, 1000);
  for (gint64 row = 0; row < columns->n_rows; row++)
    {
      gint64 spot = smooth_section_find_spot (section, columns->row_names[row]);
      g_assert_cmpint (spot, >=, 0);
      for (gint64 c = 0; c < layer->n_columns; c++)
        {
          g_assert_cmpstr (layer->columns[c], ==, columns->column_names[c]);
          g_assert_cmpfloat_with_epsilon (smooth_layer_column (layer, c)[spot], smooth_matrix_column (columns->values, row)[c], tolerance);
        }
    }
}

static void
test_components (void)
{
  SmoothAnalysisSettings settings;

  smooth_analysis_settings_init (&settings);
  settings.pca.n_components = 4;
  g_autoptr (SmoothFindings) findings = find_first (SMOOTH_ANALYSIS_COMPONENTS, &settings, NULL, -1);
  const char *const words[] = { "pca", sample, "--components", "4", NULL };
  g_autoptr (SmoothColumns) scores = run ("scores.csv", words), posterior = run ("posterior-scores.csv", words);
  assert_equal (smooth_findings_get_layer (findings, "components"), scores, 1e-12);
  assert_equal (smooth_findings_get_layer (findings, "scores"), posterior, 1e-12);
  g_assert_true (g_strv_contains ((const char *const *) smooth_findings_get_layer (findings, "scores")->settings, "components=4"));
  g_assert_true (g_strv_contains ((const char *const *) smooth_findings_get_layer (findings, "scores")->settings, "rho=0.99"));
}

/* What was prepared for sliders gives what a new analyst finds, but for signs, which follow the last picture. */
static void
test_sliders (void)
{
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_COMPONENTS);
  g_autoptr (SmoothOutcome) other = compute_outcome (0.9);
  SmoothAnalysisSettings settings;

  smooth_analysis_settings_init (&settings);
  settings.pca.n_components = 3;
  g_autoptr (SmoothFindings) first = find (analyst, outcome, &settings, NULL, -1);
  g_assert_true (smooth_analyst_prepare (analyst, NULL, NULL));
  settings.pca.lambda = 0.05;
  g_autoptr (SmoothFindings) moved = find (analyst, other, &settings, NULL, -1);
  g_autoptr (SmoothAnalyst) new = smooth_analyst_new (SMOOTH_ANALYSIS_COMPONENTS);
  g_autoptr (SmoothFindings) afresh = find (new, other, &settings, NULL, -1);
  const SmoothLayer *a = smooth_findings_get_layer (moved, "components"), *b = smooth_findings_get_layer (afresh, "components");
  const SmoothLayer *before = smooth_findings_get_layer (first, "components");
  for (gint64 c = 0; c < 3; c++)
    {
      double along = 0.0, difference = 0.0, size = 0.0;
      for (gint64 i = 0; i < a->n_spots; i++)
        if (!isnan (smooth_layer_column (a, c)[i]))
          {
            double x = smooth_layer_column (a, c)[i], y = smooth_layer_column (b, c)[i];
            along += x * smooth_layer_column (before, c)[i];
            difference += (fabs (x) - fabs (y)) * (fabs (x) - fabs (y));
            size += y * y;
          }
      g_assert_cmpfloat (along, >, 0.0); /* the colours did not flip */
      g_assert_cmpfloat (difference, <=, 1e-8 * size);
    }
}

/* The sum of products of column @c of two layers. */
static double
multiply (const SmoothLayer *a, const SmoothLayer *b, gint64 c)
{
  double sum = 0.0;

  for (gint64 i = 0; i < a->n_spots; i++)
    if (!isnan (smooth_layer_column (a, c)[i]))
      sum += smooth_layer_column (a, c)[i] * smooth_layer_column (b, c)[i];
  return sum;
}

/* Other genes, scaled and not, give other loadings: signs follow the last picture all the same. */
static void
test_signs (void)
{
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_COMPONENTS);
  SmoothAnalysisSettings settings;
  gint n_flipped = 0;

  smooth_analysis_settings_init (&settings);
  settings.pca.n_components = 6;
  g_autoptr (SmoothFindings) last = find (analyst, outcome, &settings, NULL, -1);
  for (gint n_genes = 240; n_genes >= 8; n_genes /= 2)
    {
      settings.expression.n_genes = n_genes;
      settings.pca.scale = !settings.pca.scale;
      g_autoptr (SmoothFindings) moved = find (analyst, outcome, &settings, NULL, -1);
      g_autoptr (SmoothFindings) afresh = find_first (SMOOTH_ANALYSIS_COMPONENTS, &settings, NULL, -1);
      const SmoothLayer *now = smooth_findings_get_layer (moved, "components"), *before = smooth_findings_get_layer (last, "components");
      for (gint64 c = 0; c < 3; c++) /* the others are too much alike to keep their places */
        {
          g_assert_cmpfloat (multiply (now, before, c), >, 0.0);
          n_flipped += multiply (now, smooth_findings_get_layer (afresh, "components"), c) < 0.0;
        }
      smooth_findings_unref (last);
      last = g_steal_pointer (&moved);
    }
  g_test_message ("%d components would have flipped", n_flipped);
  g_assert_cmpint (n_flipped, >, 0);
}

/* Spots that have the same cluster in both. */
static gint64
count_same (const SmoothFindings *a, const SmoothFindings *b)
{
  const SmoothLayer *x = smooth_findings_get_layer (a, "clusters"), *y = smooth_findings_get_layer (b, "clusters");
  gint64 n = 0;

  for (gint64 i = 0; i < x->n_spots; i++)
    n += smooth_layer_column (x, 0)[i] == smooth_layer_column (y, 0)[i];
  return n;
}

static void
test_clusters (void)
{
  SmoothAnalysisSettings settings;

  smooth_analysis_settings_init (&settings);
  settings.clusters.n_clusters = 5;
  g_autoptr (SmoothFindings) components = find_first (SMOOTH_ANALYSIS_COMPONENTS, &settings, NULL, -1);
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_CLUSTERS);
  g_autoptr (SmoothFindings) findings = find (analyst, outcome, &settings, components, -1);
  const char *const words[] = { "cluster", sample, "--clusters", "5", NULL };
  g_autoptr (SmoothColumns) table = run ("clusters.csv", words);
  const SmoothLayer *layer = smooth_findings_get_layer (findings, "clusters");
  g_assert_cmpuint (g_strv_length (layer->categories), ==, 5);
  for (gint64 row = 0; row < table->n_rows; row++)
    {
      gint64 spot = smooth_section_find_spot (section, table->row_names[row]);
      gint64 label = (gint64) smooth_layer_column (layer, 0)[spot];
      g_assert_cmpfloat (g_ascii_strtod (layer->categories[label], NULL), ==, *smooth_matrix_column (table->values, row));
    }

  /* Other numbers of clusters: spots keep their number where a new analyst, which knows no last picture, would give another. */
  g_autoptr (SmoothFindings) last = smooth_findings_ref (findings);
  gint64 n_gained = 0;
  for (gint n = 3; n <= 9; n++)
    {
      settings.clusters.n_clusters = n;
      g_autoptr (SmoothFindings) next = find (analyst, outcome, &settings, components, -1);
      g_autoptr (SmoothFindings) afresh = find_first (SMOOTH_ANALYSIS_CLUSTERS, &settings, components, -1);
      gint64 n_kept = count_same (last, next), n_by_size = count_same (last, afresh);
      g_assert_cmpint (n_kept, >=, n_by_size);
      n_gained += n_kept - n_by_size;
      smooth_findings_unref (last);
      last = smooth_findings_ref (next);
    }
  g_assert_cmpint (n_gained, >, outcome->n_spots / 2);

  settings.cluster_source.source = SMOOTH_CLUSTER_PROPORTIONS;
  g_autoptr (SmoothFindings) shares = find_first (SMOOTH_ANALYSIS_CLUSTERS, &settings, NULL, -1);
  g_assert_nonnull (smooth_findings_get_layer (shares, "clusters"));
}

static void
test_deviations (void)
{
  SmoothAnalysisSettings settings;

  smooth_analysis_settings_init (&settings);
  g_autoptr (SmoothFindings) findings = find_first (SMOOTH_ANALYSIS_DEVIATIONS, &settings, NULL, -1);
  const char *const words[] = { "deconvolve", sample, "--deviations", NULL };
  g_autoptr (SmoothColumns) table = run ("deviations.csv", words);
  assert_equal (smooth_findings_get_layer (findings, "deviations"), table, 1e-12);
}

static void
test_imputation (void)
{
  SmoothAnalysisSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_analysis_settings_init (&settings);
  settings.positions.refine = 2;
  settings.imputation.fixed = FALSE;
  g_autofree char *genes = g_strdup_printf ("%s, %s", section->gene_names[7], section->gene_names[3]);
  settings.genes = g_intern_string (genes);
  g_autoptr (SmoothFindings) findings = find_first (SMOOTH_ANALYSIS_IMPUTATION, &settings, NULL, -1);
  const SmoothLayer *layer = smooth_findings_get_layer (findings, "imputed");
  const char *const words[] = { "impute", sample, "--genes", genes, "--refine", "2", "--keep-observed", "false", NULL };
  g_autoptr (SmoothColumns) table = run ("imputed.csv", words), positions = run ("positions.csv", words);
  g_autoptr (SmoothColumns) spread = run ("deviations.csv", words);
  const SmoothLayer *deviations = smooth_findings_get_layer (findings, "imputed-deviations");
  g_assert_cmpint (layer->points->n_points, ==, table->n_rows);
  g_assert_cmpint (layer->points->n_points, >, 3 * outcome->n_spots);
  for (gint64 row = 0; row < table->n_rows; row++)
    for (gint64 c = 0; c < 2; c++)
      {
        double place = layer->points->coords[2 * row + c] * section->um_per_pixel;
        g_assert_cmpfloat_with_epsilon (place, smooth_matrix_column (positions->values, row)[c], 1e-6);
        g_assert_cmpfloat_with_epsilon (smooth_layer_points_column (layer, c)[row], smooth_matrix_column (table->values, row)[c], 1e-12);
        g_assert_cmpfloat_with_epsilon (smooth_layer_points_column (deviations, c)[row], smooth_matrix_column (spread->values, row)[c], 1e-9);
        g_assert_cmpfloat (smooth_layer_points_column (deviations, c)[row], >, 0.0);
      }

  /* The table of the layer is that of the command line, with the positions in it. */
  g_autofree char *path = g_build_filename (folder, "layer.csv", NULL);
  g_assert_true (smooth_export_layer (layer, section, path, &error));
  g_autoptr (SmoothColumns) exported = smooth_columns_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (exported->n_rows, ==, table->n_rows);
  g_assert_cmpstr (exported->row_names[exported->n_rows - 1], ==, table->row_names[table->n_rows - 1]);
  g_assert_cmpstr (exported->column_names[0], ==, "x");

  /* Without names it is the gene that is looked at; a name that is none is an error in words. */
  settings.genes = g_intern_string ("");
  settings.positions.refine = 1;
  g_autoptr (SmoothFindings) one = find_first (SMOOTH_ANALYSIS_IMPUTATION, &settings, NULL, 7);
  g_assert_cmpstr (smooth_findings_get_layer (one, "imputed")->columns[0], ==, section->gene_names[7]);
  g_assert_null (smooth_findings_get_layer (one, "imputed")->points);
  settings.genes = g_intern_string ("no-such-gene");
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_IMPUTATION);
  SmoothAnalysisInputs inputs = { outcome, &settings, NULL, 7 };
  g_assert_null (smooth_analyst_compute (analyst, &inputs, NULL, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, "no-such-gene"));
}

/* A table of features weighs the edges between positions, as it does on the command line; of a finer lattice nobody knows any. */
static void
test_imputation_likeness (void)
{
  g_autofree char *path = g_build_filename (folder, "features.csv", NULL);
  g_autoptr (GString) text = g_string_new ("barcode,a,b\n");
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();
  g_autoptr (GError) error = NULL;
  SmoothAnalysisSettings settings;
  SmoothParameters parameters;

  for (gint64 i = 0; i < section->n_spots; i++)
    g_string_append_printf (text, "%s,%d,%d\n", section->barcodes[i], (gint) (i * 7 % 31), (gint) (i * 5 % 17));
  g_file_set_contents (path, text->str, -1, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothLikeness) likeness = smooth_likeness_load (path, NULL, &error);
  g_assert_no_error (error);
  SmoothInputs inputs = { .section = section, .signature = signature, .likeness = likeness };
  smooth_parameters_init (&parameters);
  g_autoptr (SmoothOutcome) weighed = smooth_pipeline_compute (pipeline, &inputs, &parameters, NULL, NULL, NULL, &error);
  g_assert_no_error (error);

  smooth_analysis_settings_init (&settings);
  settings.genes = section->gene_names[7];
  settings.imputation.fixed = FALSE;
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_IMPUTATION);
  g_autoptr (SmoothFindings) findings = find (analyst, weighed, &settings, NULL, -1);
  g_autoptr (SmoothFindings) plain = find_first (SMOOTH_ANALYSIS_IMPUTATION, &settings, NULL, -1);
  const char *const words[] = { "impute", sample, "--genes", settings.genes, "--keep-observed", "false", "--features", path, NULL };
  g_autoptr (SmoothColumns) table = run ("imputed.csv", words);
  const SmoothLayer *layer = smooth_findings_get_layer (findings, "imputed"), *without = smooth_findings_get_layer (plain, "imputed");
  double difference = 0.0;
  assert_equal (layer, table, 1e-9);
  for (gint64 i = 0; i < layer->n_spots; i++)
    difference = fmax (difference, fabs (smooth_layer_column (layer, 0)[i] - smooth_layer_column (without, 0)[i]));
  g_assert_cmpfloat (difference, >, 1e-3);

  settings.positions.refine = 2;
  SmoothAnalysisInputs finer = { weighed, &settings, NULL, -1 };
  g_assert_null (smooth_analyst_compute (analyst, &finer, NULL, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

static void
test_sensitivity (void)
{
  SmoothAnalysisSettings settings;

  smooth_analysis_settings_init (&settings);
  g_autoptr (SmoothFindings) findings = find_first (SMOOTH_ANALYSIS_SENSITIVITY, &settings, NULL, -1);
  const SmoothLayer *layer = smooth_findings_get_layer (findings, "sensitivity");
  const char *const words[] = { "sensitivity", sample, NULL };
  g_autoptr (SmoothColumns) table = run ("sensitivity.csv", words);
  gint64 n_flagged = 0;
  g_assert_cmpint (table->n_columns, ==, layer->n_columns + 1);
  for (gint64 row = 0; row < table->n_rows; row++)
    {
      gint64 spot = smooth_section_find_spot (section, table->row_names[row]);
      const double *numbers = smooth_matrix_column (table->values, row);
      for (gint64 c = 0; c < layer->n_columns; c++)
        g_assert_cmpfloat_with_epsilon (smooth_layer_column (layer, c)[spot], numbers[c], 1e-12);
      g_assert_cmpfloat (numbers[layer->n_columns], ==, layer->flags[spot]);
      n_flagged += layer->flags[spot];
    }
  g_assert_cmpint (n_flagged, >, 0);
  g_assert_cmpint (n_flagged, <, outcome->n_spots / 4);

  /* A wider range holds a narrower one. */
  settings.sensitivity.lambda_factor = 4.0;
  g_autoptr (SmoothFindings) wider = find_first (SMOOTH_ANALYSIS_SENSITIVITY, &settings, NULL, -1);
  double sums[2] = { 0.0, 0.0 };
  for (gint64 s = 0; s < outcome->n_spots; s++)
    {
      sums[0] += smooth_layer_column (layer, 0)[outcome->spots[s]];
      sums[1] += smooth_layer_column (smooth_findings_get_layer (wider, "sensitivity"), 0)[outcome->spots[s]];
    }
  g_assert_cmpfloat (sums[1], >, 1.05 * sums[0]);
}

/* Cancels after the first of the findings on the way. */
static void
cancel (SmoothFindings *findings, gpointer run)
{
  g_assert_false (findings->is_final);
  smooth_run_cancel (run);
}

static void
test_cancelled (void)
{
  SmoothAnalysisSettings settings;
  SmoothAnalysisInputs inputs = { outcome, &settings, NULL, 7 };

  smooth_analysis_settings_init (&settings);
  for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
    {
      g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new ((SmoothAnalysisKind) kind);
      g_autoptr (SmoothRun) stopped = smooth_run_new (0);
      g_autoptr (GError) error = NULL;
      smooth_run_cancel (stopped);
      g_assert_null (smooth_analyst_compute (analyst, &inputs, NULL, NULL, stopped, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
    }
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_SENSITIVITY);
  g_autoptr (SmoothRun) stopping = smooth_run_new (0);
  g_autoptr (GError) error = NULL;
  g_assert_null (smooth_analyst_compute (analyst, &inputs, cancel, stopping, stopping, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_autoptr (SmoothFindings) again = find (analyst, outcome, &settings, NULL, -1);
  g_assert_true (again->is_final);
}

/* Exports the findings, runs their recipe and compares a table of both. */
static void
assert_repeats (const SmoothFindings *findings, const char *ours, const char *theirs)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("%s-recipe.json", smooth_analyses[findings->kind].name);
  g_autofree char *recipe = g_build_filename (folder, name, NULL), *written = g_build_filename (folder, ours, NULL);
  const char *const words[] = { "run", recipe, NULL };

  g_assert_true (smooth_export_findings (findings, folder, &error));
  g_autoptr (SmoothColumns) found = run (theirs, words), told = smooth_columns_load (written, &error);
  g_assert_no_error (error);
  g_assert_cmpint (found->n_rows, ==, told->n_rows);
  g_assert_cmpint (found->n_columns, ==, told->n_columns);
  for (gint64 row = 0; row < found->n_rows; row++)
    {
      g_assert_cmpstr (found->row_names[row], ==, told->row_names[row]);
      for (gint64 c = 0; c < found->n_columns; c++)
        {
          double a = smooth_matrix_column (found->values, row)[c], b = smooth_matrix_column (told->values, row)[c];
          g_assert_true ((isnan (a) && isnan (b)) || fabs (a - b) <= 1e-12 * MAX (fabs (b), 1.0));
        }
    }
}

/* Recipes say what the command line needs to find the same. */
static void
test_recipes (void)
{
  SmoothAnalysisSettings settings;

  smooth_analysis_settings_init (&settings);
  settings.pca.n_components = 4;
  settings.cluster_source.source = SMOOTH_CLUSTER_COMPONENTS;
  g_autoptr (SmoothFindings) components = find_first (SMOOTH_ANALYSIS_COMPONENTS, &settings, NULL, -1);
  assert_repeats (components, "components.csv", "scores.csv");
  g_autoptr (SmoothFindings) clusters = find_first (SMOOTH_ANALYSIS_CLUSTERS, &settings, components, -1);
  assert_repeats (clusters, "clusters.csv", "clusters.csv");
  g_autoptr (SmoothFindings) deviations = find_first (SMOOTH_ANALYSIS_DEVIATIONS, &settings, NULL, -1);
  assert_repeats (deviations, "deviations.csv", "deviations.csv");
  g_autoptr (SmoothFindings) imputed = find_first (SMOOTH_ANALYSIS_IMPUTATION, &settings, NULL, 7);
  assert_repeats (imputed, "imputed.csv", "imputed.csv");
  g_autoptr (SmoothFindings) sensitivity = find_first (SMOOTH_ANALYSIS_SENSITIVITY, &settings, NULL, -1);
  assert_repeats (sensitivity, "sensitivity.csv", "sensitivity.csv");
}

/* What matters of a curve is within its frame: the choice, the best, no smoothing and the present lambda; not the worst. */
static void
test_curve (void)
{
  SmoothChoicePoint points[] = {
    { 0.0, 0.0, 0.9, 1.00, 0.1, 0.10, 0.01 },  { 0.1, 0.01, 0.9, 0.95, 0.1, 0.05, 0.01 }, { 1.0, 0.1, 0.9, 0.90, 0.1, 0.0, 0.0 },
    { 10.0, 1.0, 0.9, 0.91, 0.1, 0.01, 0.02 }, { 1.0, 0.1, 0.5, 0.93, 0.1, 0.03, 0.01 },  { 10.0, 1.0, 0.5, 9.0, 0.1, 8.1, 0.1 },
  };
  SmoothChoice choice = { .method = SMOOTH_CHOOSE_GENES, .n_points = 6, .points = points, .best = 2, .chosen = 3 };
  SmoothChoiceWords words = { "Suggestion", "lambda", "score", "no smoothing", "data" };
  SmoothPlotStyle style = { .font = 9.0 };

  for (gint unit = SMOOTH_LAMBDA_REFERENCE; unit <= SMOOTH_LAMBDA_RELATIVE; unit++)
    {
      g_autoptr (SmoothPlot) plot = smooth_plot_new_of_choice (&choice, unit, 0.001, &words);
      SmoothPlotBox frame;
      smooth_plot_get_frame (plot, &style, 400.0, 300.0, &frame);
      double present = smooth_plot_get_place (plot, SMOOTH_PLOT_X, &frame, 0.001);
      g_assert_true (present > frame.x && present < frame.x + frame.width);
      for (gint i = 1; i < 5; i++)
        {
          double x = smooth_plot_get_place (plot, SMOOTH_PLOT_X, &frame, smooth_choice_point_get_lambda (&points[i], unit));
          double y = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, &frame, points[i].score);
          g_assert_true (x > present && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height);
        }
      g_assert_cmpfloat (smooth_plot_get_place (plot, SMOOTH_PLOT_Y, &frame, points[0].score), >, frame.y);
      g_assert_cmpfloat (smooth_plot_get_place (plot, SMOOTH_PLOT_Y, &frame, points[5].score), <, frame.y);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  sample = g_build_filename (g_getenv ("SMOOTH_TESTS_DIR"), "..", "data", "sample", NULL);
  folder = g_dir_make_tmp ("smoothscope-analysis-XXXXXX", NULL);
  g_autofree char *table = smooth_section_find_reference (sample, NULL);
  section = smooth_section_load (sample, NULL, &error);
  g_assert_no_error (error);
  signature = smooth_signature_load (table, section, SMOOTH_SCALE_GUESS, &error);
  g_assert_no_error (error);
  outcome = compute_outcome (0.99);

  g_test_add_func ("/analysis/components", test_components);
  g_test_add_func ("/analysis/sliders", test_sliders);
  g_test_add_func ("/analysis/clusters", test_clusters);
  g_test_add_func ("/analysis/deviations", test_deviations);
  g_test_add_func ("/analysis/signs", test_signs);
  g_test_add_func ("/analysis/imputation", test_imputation);
  g_test_add_func ("/analysis/imputation-likeness", test_imputation_likeness);
  g_test_add_func ("/analysis/sensitivity", test_sensitivity);
  g_test_add_func ("/analysis/cancelled", test_cancelled);
  g_test_add_func ("/analysis/recipes", test_recipes);
  g_test_add_func ("/analysis/curve", test_curve);
  int status = g_test_run ();

  smooth_outcome_unref (outcome);
  smooth_signature_unref (signature);
  smooth_section_unref (section);
  remove_tree (folder);
  g_free (folder);
  g_free (sample);
  return status;
}
