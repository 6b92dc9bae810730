/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli impute: values where none were measured, on a finer lattice, or at any positions. */
#include "cli/genes.h"
#include "cli/site.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static const SmoothParamTable *const tables[] = {
  &smooth_position_params, &smooth_imputation_params, &smooth_expression_params, &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params,
  &smooth_precision_params, NULL,
};
static const char *const without[] = {
  "markers",        "scale-by-expression", "expression-dims", "scale-by-histology", "histology-metric", "histology-dims", "histology-bandwidth",
  "patch-radius", NULL,
};

static const CliFlag flags[] = {
  { "values", "FILE", N_("the measured values: table with the columns barcode and any others; spots without a row are imputed [default: expression of genes]"), FALSE },
  CLI_GENE_FLAGS,
  { "mask", "FILE", N_("barcodes, in the first column of a file, whose values are taken to be missing and imputed"), FALSE },
  { "at", "FILE", N_("positions to impute at: table with the columns name, x and y, and z for points in three dimensions, um"), FALSE },
  CLI_SITE_FLAGS,
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

/* All that the command was given, what it reads, and what it makes of it. */
typedef struct
{
  CliJob *job;
  SmoothPositionSettings settings;
  SmoothImputationSettings imputation;
  SmoothExpressionSettings expression;
  SmoothParameters parameters;

  CliSite site;
  SmoothRegions *regions;
  SmoothColumns *at;
  gboolean *is_measured;  /* n_spots of the site */
  SmoothPositions *positions;
  char **names;           /* n_positions, NULL-terminated: barcodes, and names of the others */
  char **features;        /* n_features, NULL-terminated */
  SmoothMatrix *values;   /* n_observed x n_features */
  SmoothMatrix *imputed;  /* n_positions x n_features */
  SmoothMatrix *deviations; /* the same: standard deviations; NAN where nothing can be said */
} Problem;

static void
problem_clear (Problem *problem)
{
  cli_site_clear (&problem->site);
  g_clear_pointer (&problem->regions, smooth_regions_unref);
  g_clear_pointer (&problem->at, smooth_columns_free);
  g_clear_pointer (&problem->is_measured, g_free);
  g_clear_pointer (&problem->positions, smooth_positions_unref);
  g_clear_pointer (&problem->names, g_strfreev);
  g_clear_pointer (&problem->features, g_strfreev);
  g_clear_pointer (&problem->values, smooth_matrix_unref);
  g_clear_pointer (&problem->imputed, smooth_matrix_unref);
  g_clear_pointer (&problem->deviations, smooth_matrix_unref);
}

/* ---- What is measured ---- */

/* Takes the barcodes of the mask away; a header is no barcode, any other stranger is an error. */
static gboolean
apply_mask (Problem *problem, const char *path, GError **error)
{
  const CliSite *site = &problem->site;
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 n_masked = 0;

  if (table == NULL)
    return FALSE;
  for (gint64 s = 0; s < site->n_spots; s++)
    g_hash_table_insert (places, (gpointer) site->barcodes[s], GSIZE_TO_POINTER ((gsize) s + 1));
  for (gint64 row = 0; row < smooth_table_get_n_rows (table); row++)
    {
      const char *barcode = smooth_table_get_text (table, row, 0);
      gint64 spot = (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (places, barcode)) - 1;
      if (spot >= 0)
        {
          n_masked += problem->is_measured[spot];
          problem->is_measured[spot] = FALSE;
        }
      else if (row > 0 && (site->section == NULL || smooth_section_find_spot (site->section, barcode) < 0))
        {
          smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s:%" PRId64 ": expected barcodes such as %s, found '%s'", path,
                            smooth_table_get_line (table, row), site->n_spots > 0 ? site->barcodes[0] : _("(none)"), barcode);
          return FALSE;
        }
    }
  smooth_report_count (problem->job->report, "masked_spots", n_masked);
  return TRUE;
}

static gboolean
count_measured (Problem *problem, GError **error)
{
  gint64 n = 0;

  for (gint64 s = 0; s < problem->site.n_spots; s++)
    n += problem->is_measured[s];
  if (n > 0)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "expected spots with values, found none that the mask leaves");
  return FALSE;
}

/* The values of all spots of the site, n_features x n_spots, those that are not measured included; sets what is measured. */
static SmoothMatrix *
open_table (Problem *problem, GError **error)
{
  CliSite *site = &problem->site;
  g_autoptr (SmoothColumns) columns = cli_site_load_columns (site, problem->job, "values", error);
  g_autoptr (GHashTable) rows = g_hash_table_new (g_str_hash, g_str_equal);
  SmoothMatrix *values = columns != NULL ? smooth_matrix_new (columns->n_columns, site->n_spots, error) : NULL;

  if (values == NULL)
    return NULL;
  for (gint64 row = 0; row < columns->n_rows; row++)
    g_hash_table_insert (rows, columns->row_names[row], GSIZE_TO_POINTER ((gsize) row + 1));
  for (gint64 s = 0; s < site->n_spots; s++)
    {
      gint64 row = (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (rows, site->barcodes[s])) - 1;
      problem->is_measured[s] = row >= 0;
      if (row >= 0)
        memcpy (smooth_matrix_column (values, s), smooth_matrix_column (columns->values, row), (gsize) columns->n_columns * sizeof (double));
    }
  problem->features = g_strdupv (columns->column_names);
  return values;
}

static SmoothMatrix *
open_genes (Problem *problem, GError **error)
{
  CliSite *site = &problem->site;

  if (site->section == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "--coordinates need --values: points have no expression");
      return NULL;
    }
  g_autoptr (SmoothExpression) expression
      = cli_open_expression (problem->job, site->section, &problem->parameters.prepare, &problem->expression, error);
  SmoothMatrix *values = expression != NULL ? smooth_matrix_new (expression->n_genes, site->n_spots, error) : NULL;
  if (values == NULL)
    return NULL;
  for (gint64 s = 0; s < site->n_spots; s++)
    {
      problem->is_measured[s] = TRUE;
      for (gint64 e = expression->values->starts[s]; e < expression->values->starts[s + 1]; e++)
        smooth_matrix_column (values, s)[expression->values->rows[e]] = expression->values->values[e];
    }
  problem->features = cli_dup_gene_names (site->section, expression);
  return values;
}

/* Reads the values and keeps those that are measured: n_observed x n_features, in the order of the spots. */
static gboolean
open_values (Problem *problem, GError **error)
{
  const char *mask = cli_job_get_input (problem->job, "mask");
  gint64 n = problem->site.n_spots, n_observed = 0;

  problem->is_measured = g_new0 (gboolean, MAX (n, 1));
  g_autoptr (SmoothMatrix) all
      = cli_options_get (problem->job->options, "values") != NULL ? open_table (problem, error) : open_genes (problem, error);
  if (all == NULL || (mask != NULL && !apply_mask (problem, mask, error)) || !count_measured (problem, error))
    return FALSE;
  for (gint64 s = 0; s < n; s++)
    n_observed += problem->is_measured[s];
  problem->values = smooth_matrix_new (n_observed, all->n_rows, error);
  if (problem->values == NULL)
    return FALSE;
  gint64 row = 0;
  for (gint64 s = 0; s < n; s++)
    {
      for (gint64 f = 0; problem->is_measured[s] && f < all->n_rows; f++)
        smooth_matrix_column (problem->values, f)[row] = smooth_matrix_column (all, s)[f];
      row += problem->is_measured[s];
    }
  return TRUE;
}

/* ---- Where values are wanted ---- */

/* Points of a table, the measured ones first. Names are borrowed until extend_names() copies them. */
static SmoothPositions *
order_points (Problem *problem, GPtrArray *names, GError **error)
{
  const CliSite *site = &problem->site;
  gint n_dims = site->n_dims;
  g_autofree double *coords = g_new (double, n_dims * site->n_spots);
  gint64 n = 0;
  double pitch;

  if (!cli_site_find_pitch (site, problem->job, &pitch, error))
    return NULL;
  for (gint pass = 0; pass < 2; pass++)
    for (gint64 s = 0; s < site->n_spots; s++)
      if (problem->is_measured[s] == (pass == 0))
        {
          memcpy (coords + n_dims * n++, site->coords + n_dims * s, (gsize) n_dims * sizeof (double));
          g_ptr_array_add (names, g_strdup (site->barcodes[s]));
        }
  return smooth_positions_new_from_coords (coords, n_dims, problem->values->n_rows, n, pitch, error);
}

static SmoothPositions *
order_spots (Problem *problem, GPtrArray *names, GError **error)
{
  const CliSite *site = &problem->site;
  g_autofree gboolean *distrusted = g_new0 (gboolean, site->section->n_spots + 1);

  for (gint64 s = 0; s < site->n_spots; s++)
    distrusted[site->spots[s]] = !problem->is_measured[s];
  smooth_report_append (problem->job->report, site->section->report);
  SmoothPositions *positions = smooth_positions_new (site->section, problem->settings.with_missing, distrusted, error);
  for (gint64 i = 0; positions != NULL && i < positions->n_positions; i++)
    g_ptr_array_add (names, g_strdup (site->section->barcodes[positions->spots[i]]));
  return positions;
}

static SmoothPositions *
add_given (Problem *problem, const SmoothPositions *spots, GPtrArray *names, GError **error)
{
  const SmoothColumns *at = problem->at;
  static const char *const axes[] = { "x", "y", "z" };
  gint n_dims = spots->n_dims;
  g_autofree double *coords = g_new (double, n_dims * at->n_rows);

  for (gint d = 0; d < n_dims; d++)
    if (smooth_columns_find (at, axes[d]) < 0)
      {
        g_autofree char *found = g_strjoinv (", ", at->column_names);
        smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected the columns %s, found %s", at->path,
                          n_dims == 3 ? _("x, y and z") : _("x and y"), found);
        return NULL;
      }
  for (gint64 i = 0; i < at->n_rows; i++)
    {
      for (gint d = 0; d < n_dims; d++)
        coords[n_dims * i + d] = smooth_matrix_column (at->values, i)[smooth_columns_find (at, axes[d])];
      g_ptr_array_add (names, g_strdup (at->row_names[i]));
    }
  return smooth_positions_new_with (spots, coords, at->n_rows, error);
}

static gboolean
make_positions (Problem *problem, GError **error)
{
  const char *path = cli_job_get_input (problem->job, "at");
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (path != NULL && problem->settings.refine > 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected --at or --refine, found both");
      return FALSE;
    }
  problem->at = path != NULL ? smooth_columns_load (path, error) : NULL;
  if (path != NULL && problem->at == NULL)
    return FALSE;
  g_autoptr (SmoothPositions) spots = problem->site.section != NULL ? order_spots (problem, names, error) : order_points (problem, names, error);
  if (spots == NULL)
    return FALSE;
  if (path != NULL)
    problem->positions = add_given (problem, spots, names, error);
  else if (problem->settings.refine > 1)
    problem->positions = smooth_positions_new_finer (spots, problem->settings.refine, problem->job->run, error);
  else
    problem->positions = smooth_positions_ref (spots);
  if (problem->positions == NULL)
    return FALSE;
  for (gint64 i = names->len; i < problem->positions->n_positions; i++)
    g_ptr_array_add (names, g_strdup_printf ("lattice-%" G_GINT64_FORMAT, i - problem->positions->n_spots + 1));
  g_ptr_array_add (names, NULL);
  g_ptr_array_set_free_func (names, NULL);
  problem->names = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
  if (problem->positions->report != NULL)
    smooth_report_append (problem->job->report, problem->positions->report);
  return TRUE;
}

/* ---- Imputation ---- */

static gboolean
find_deviations (Problem *problem, SmoothImputer *imputer, GError **error)
{
  g_autofree double *scales = smooth_imputer_dup_scales (imputer, problem->values, problem->imputed, error);
  g_autofree double *deviations = scales != NULL ? smooth_imputer_dup_deviations (imputer, error) : NULL;

  problem->deviations = deviations != NULL ? smooth_matrix_new (problem->imputed->n_rows, problem->imputed->n_cols, error) : NULL;
  if (problem->deviations == NULL)
    return FALSE;
  for (gint64 f = 0; f < problem->imputed->n_cols; f++)
    for (gint64 i = 0; i < problem->imputed->n_rows; i++)
      smooth_matrix_column (problem->deviations, f)[i] = scales[f] * deviations[i];
  return TRUE;
}

static void
add_numbers (Problem *problem, const SmoothGraph *graph, const SmoothInfo *info)
{
  JsonBuilder *numbers = problem->job->numbers;

  smooth_json_add_int (numbers, "n_positions", problem->positions->n_positions);
  smooth_json_add_int (numbers, "n_observed", problem->positions->n_observed);
  smooth_json_add_int (numbers, "n_features", problem->imputed->n_cols);
  smooth_json_add_int (numbers, "n_edges", graph->n_edges);
  smooth_json_add_int (numbers, "n_isolated", graph->n_isolated);
  smooth_json_add_double (numbers, "objective", info->objective);
  smooth_json_add_double (numbers, "data_term", info->data_term);
  smooth_json_add_double (numbers, "spatial_term", info->spatial_term);
  smooth_json_add_double (numbers, "kkt_residual", info->kkt_residual);
  smooth_json_add_int (numbers, "iterations", info->iterations);
  cli_job_set_status (problem->job, info);
  g_string_append_printf (problem->job->summary,
                          _("%" PRId64 " features at %" PRId64 " positions, %" PRId64 " of them measured: %s, KKT %.2g\n"),
                          problem->imputed->n_cols, problem->positions->n_positions, problem->positions->n_observed, _(problem->job->status),
                          info->kkt_residual);
}

/* The graph of the positions, weighed by likeness where that was given: of all of them, by name. */
static SmoothGraph *
make_graph (Problem *problem, const SmoothGraphSettings *settings, GError **error)
{
  CliJob *job = problem->job;
  g_autoptr (SmoothLikeness) likeness = NULL;

  if (!cli_job_open_likeness (job, &likeness, error))
    return NULL;
  SmoothPositionLikeness given = { likeness, (const char *const *) problem->names, problem->site.section, &problem->parameters.scaling, job->report };
  SmoothGraph *graph
      = smooth_positions_new_graph_with (problem->positions, settings, problem->regions, likeness != NULL ? &given : NULL, job->run, error);
  if (graph == NULL && likeness != NULL && problem->settings.refine > 1)
    smooth_error_prefix (error, "%s: ", "--refine");
  return graph;
}

static gboolean
impute (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  SmoothGraphSettings graph_settings = problem->parameters.graph;
  SmoothPrecisionSettings prior = problem->parameters.prior;
  SmoothImputationSettings settings = problem->imputation;
  SmoothInfo info = { 0 };

  smooth_positions_scale_settings (problem->positions, &graph_settings, &prior, &settings);
  cli_job_begin_stage (job, "graph");
  g_autoptr (SmoothGraph) graph = make_graph (problem, &graph_settings, error);
  if (graph == NULL)
    return FALSE;
  cli_job_begin_stage (job, "precision");
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &prior, job->run, error);
  if (precision == NULL)
    return FALSE;
  smooth_report_append (job->report, precision->report);
  cli_job_begin_stage (job, "impute");
  g_autofree gint32 *observed = g_new (gint32, MAX (problem->positions->n_observed, 1));
  for (gint64 i = 0; i < problem->positions->n_observed; i++)
    observed[i] = (gint32) i;
  g_autoptr (SmoothImputer) imputer
      = smooth_imputer_new (precision, observed, problem->positions->n_observed, &settings, job->report, job->run, error);
  problem->imputed = imputer != NULL ? smooth_imputer_solve (imputer, problem->values, &info, job->run, error) : NULL;
  if (problem->imputed == NULL)
    return FALSE;
  add_numbers (problem, graph, &info);
  cli_job_begin_stage (job, "deviations");
  return find_deviations (problem, imputer, error);
}

/* @values: n_positions x n_features. */
static gboolean
save_table (const Problem *problem, const char *name, const SmoothMatrix *values, GError **error)
{
  g_autofree char *path = cli_job_dup_path (problem->job, name);
  g_autofree double *rows = g_try_new (double, MAX (values->n_rows * values->n_cols, 1));

  if (rows == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory to write %s", name);
      return FALSE;
    }
  for (gint64 f = 0; f < values->n_cols; f++)
    for (gint64 i = 0; i < values->n_rows; i++)
      rows[i * values->n_cols + f] = smooth_matrix_column (values, f)[i];
  return smooth_columns_save (path, "barcode", (const char *const *) problem->names, values->n_rows, (const char *const *) problem->features,
                              values->n_cols, rows, error);
}

/* barcode, x, y and perhaps z (um), is_spot, is_measured. */
static gboolean
save_positions (const Problem *problem, GError **error)
{
  static const char *const columns[] = { "x", "y", "is_spot", "is_measured" }, *const deep[] = { "x", "y", "z", "is_spot", "is_measured" };
  const SmoothPositions *positions = problem->positions;
  gint n_dims = positions->n_dims, n_columns = n_dims + 2;
  g_autofree char *path = cli_job_dup_path (problem->job, "positions.csv");
  g_autofree double *rows = g_new (double, MAX (n_columns * positions->n_positions, 1));

  for (gint64 i = 0; i < positions->n_positions; i++)
    {
      double *row = rows + n_columns * i;
      memcpy (row, positions->coords + n_dims * i, (gsize) n_dims * sizeof (double));
      row[n_dims] = i < positions->n_spots;
      row[n_dims + 1] = i < positions->n_observed;
    }
  return smooth_columns_save (path, "barcode", (const char *const *) problem->names, positions->n_positions, n_dims == 3 ? deep : columns,
                              n_columns, rows, error);
}

static gboolean
open_problem (Problem *problem, GError **error)
{
  CliJob *job = problem->job;

  if (!cli_site_open (&problem->site, job, error))
    return FALSE;
  if (problem->site.section == NULL && cli_options_get (job->options, "regions") != NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "--regions needs a section");
      return FALSE;
    }
  return cli_job_open_regions (job, problem->site.section, &problem->regions, error) && open_values (problem, error) && make_positions (problem, error);
}

static gboolean
get_settings (Problem *problem, GError **error)
{
  return cli_job_get_settings (problem->job, &smooth_position_params, &problem->settings, error)
         && cli_job_get_settings (problem->job, &smooth_imputation_params, &problem->imputation, error)
         && cli_job_get_settings (problem->job, &smooth_expression_params, &problem->expression, error)
         && cli_job_get_parameters (problem->job, &problem->parameters, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = get_settings (&problem, error) && open_problem (&problem, error) && impute (&problem, error) && cli_job_begin_output (job, error)
                  && save_table (&problem, "imputed.csv", problem.imputed, error)
                  && save_table (&problem, "deviations.csv", problem.deviations, error) && save_positions (&problem, error);

  problem_clear (&problem);
  return done;
}

const CliCommand cli_impute_command = {
  .name = "impute",
  .summary = N_("values where none were measured, on a finer lattice or anywhere"),
  CLI_SITE_ARGUMENT,
  .flags = flags,
  .tables = tables,
  .without = without,
  .compute = compute,
};
