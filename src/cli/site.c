/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens a section or a table of points, and makes the graph and the prior of either. */
#include "cli/site.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PITCH 100.0 /* um: of points of which no two lie apart */

/* ---- Points ---- */

/* The columns x, y and perhaps z, um. */
static gboolean
take_points (CliSite *site, GError **error)
{
  static const char *const axes[] = { "x", "y", "z" };
  const SmoothColumns *points = site->points;
  gint64 columns[3];

  for (gint d = 0; d < 3; d++)
    columns[d] = smooth_columns_find (points, axes[d]);
  if (columns[0] < 0 || columns[1] < 0)
    {
      g_autofree char *names = g_strjoinv (", ", points->column_names);
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected the columns x and y, and z in three dimensions, found %s",
                        points->path, names);
      return FALSE;
    }
  site->n_dims = columns[2] >= 0 ? 3 : 2;
  site->n_spots = points->n_rows;
  site->barcodes = (const char **) g_memdup2 (points->row_names, (gsize) (points->n_rows + 1) * sizeof (char *));
  site->coords = g_new (double, points->n_rows * site->n_dims);
  for (gint64 i = 0; i < points->n_rows; i++)
    for (gint d = 0; d < site->n_dims; d++)
      site->coords[i * site->n_dims + d] = smooth_matrix_column (points->values, i)[columns[d]];
  return TRUE;
}

static int
compare_numbers (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* @pitch: (out): the median distance to the nearest point, of those that have one elsewhere; PITCH without any */
gboolean
cli_site_find_pitch (const CliSite *site, CliJob *job, double *pitch, GError **error)
{
  SmoothGraphSettings settings;
  gint64 n = 0;

  smooth_params_init (&smooth_graph_params, &settings);
  settings.k = 1;
  settings.ties = SMOOTH_TIES_STRICT;
  settings.mutual = FALSE;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (site->coords, site->n_spots, site->n_dims, 1.0, &settings, job->run, error);
  if (graph == NULL)
    return FALSE;
  g_autofree double *nearest = g_new (double, site->n_spots);
  for (gint64 i = 0; i < site->n_spots; i++)
    for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
      {
        const double *a = site->coords + i * site->n_dims, *b = site->coords + graph->weights->rows[e] * site->n_dims;
        double distance = hypot (hypot (a[0] - b[0], a[1] - b[1]), site->n_dims == 3 ? a[2] - b[2] : 0.0);
        if (graph->weights->values[e] > 0.0 && distance > 0.0)
          nearest[n++] = distance;
      }
  if (n > 0)
    qsort (nearest, (gsize) n, sizeof *nearest, compare_numbers);
  *pitch = n > 0 ? nearest[n / 2] : PITCH;
  return TRUE;
}

static gboolean
is_scaled (const SmoothScalingSettings *scaling)
{
  return scaling->expression != SMOOTH_EXPRESSION_OFF || scaling->histology != SMOOTH_HISTOLOGY_OFF;
}

static gboolean
compute_points (CliSite *site, CliJob *job, const SmoothParameters *parameters, GError **error)
{
  double pitch;

  if (cli_options_get (job->options, "regions") != NULL || is_scaled (&parameters->scaling))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "--%s needs a section: points have no picture and no expression",
                        cli_options_get (job->options, "regions") != NULL         ? "regions"
                        : parameters->scaling.expression != SMOOTH_EXPRESSION_OFF ? "scale-by-expression"
                                                                                  : "scale-by-histology");
      return FALSE;
    }
  cli_job_begin_stage (job, "graph");
  if (!cli_site_find_pitch (site, job, &pitch, error))
    return FALSE;
  g_autoptr (SmoothLikeness) likeness = NULL;
  SmoothGraphSettings settings = parameters->graph;
  if (!cli_job_open_likeness (job, &likeness, error))
    return FALSE;
  settings.row_scale = settings.row_scale && likeness == NULL; /* rows are scaled last */
  g_autoptr (SmoothGraph) graph = smooth_graph_new (site->coords, site->n_spots, site->n_dims, pitch, &settings, job->run, error);
  if (graph == NULL)
    return FALSE;
  site->graph = likeness == NULL ? smooth_graph_ref (graph)
                                 : smooth_likeness_scale (likeness, graph, site->barcodes, NULL, &parameters->scaling,
                                                          parameters->graph.row_scale, job->report, job->run, error);
  if (site->graph == NULL)
    return FALSE;
  if (site->graph->n_isolated > 0)
    smooth_report_add (job->report, SMOOTH_REPORT_WARNING,
                       "%" PRId64 " of %" PRId64 " points have no neighbour and are not smoothed", site->graph->n_isolated,
                       site->n_spots);
  cli_job_begin_stage (job, "precision");
  site->precision = smooth_precision_new (site->graph, &parameters->prior, job->run, error);
  if (site->precision == NULL)
    return FALSE;
  smooth_report_append (job->report, site->precision->report);
  return TRUE;
}

/* ---- Sections ---- */

static gboolean
compute_section (CliSite *site, CliJob *job, const SmoothParameters *parameters, GError **error)
{
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();
  SmoothInputs inputs = { .section = site->section };
  gboolean opened = cli_job_open_regions (job, inputs.section, &inputs.regions, error) && cli_job_open_likeness (job, &inputs.likeness, error);

  cli_job_end_stage (job);
  site->outcome = opened ? smooth_pipeline_compute (pipeline, &inputs, parameters, NULL, NULL, job->run, error) : NULL;
  g_clear_pointer (&inputs.regions, smooth_regions_unref);
  g_clear_pointer (&inputs.likeness, smooth_likeness_unref);
  if (site->outcome == NULL)
    return FALSE;
  cli_job_add_stages (job, site->outcome);
  site->graph = smooth_graph_ref (site->outcome->graph);
  site->precision = smooth_precision_ref (site->outcome->precision);
  smooth_report_append (job->report, site->outcome->report);
  return TRUE;
}

/**
 * cli_site_open:
 * @site: of zeros; to be cleared also where this fails
 *
 * Reads the section that is the argument of the command, or the points that --coordinates names.
 */
gboolean
cli_site_open (CliSite *site, CliJob *job, GError **error)
{
  const char *path = cli_job_get_input (job, "coordinates");

  if (path != NULL)
    {
      site->points = smooth_columns_load (path, error);
      return site->points != NULL && take_points (site, error);
    }
  site->section = cli_job_open_section (job, error);
  if (site->section == NULL)
    return FALSE;
  site->spots = smooth_section_dup_analysed (site->section, &site->n_spots);
  site->n_dims = 2;
  site->coords = smooth_section_dup_coords_um (site->section, site->spots, site->n_spots);
  site->barcodes = g_new0 (const char *, site->n_spots + 1);
  for (gint64 s = 0; s < site->n_spots; s++)
    site->barcodes[s] = site->section->barcodes[site->spots[s]];
  return TRUE;
}

/* Makes the graph and the prior, and puts the numbers of the graph into the report. */
gboolean
cli_site_compute (CliSite *site, CliJob *job, const SmoothParameters *parameters, GError **error)
{
  if (site->points != NULL ? !compute_points (site, job, parameters, error) : !compute_section (site, job, parameters, error))
    return FALSE;
  gint64 n_components = smooth_graph_count_components (site->graph, error);
  if (n_components < 0)
    return FALSE;
  smooth_json_add_int (job->numbers, "n_spots", site->n_spots);
  smooth_json_add_int (job->numbers, "n_edges", site->graph->n_edges);
  smooth_json_add_int (job->numbers, "n_isolated", site->graph->n_isolated);
  smooth_json_add_int (job->numbers, "n_components", n_components);
  smooth_json_add_double (job->numbers, "mean_degree", site->graph->mean_degree);
  return TRUE;
}

void
cli_site_clear (CliSite *site)
{
  g_clear_pointer (&site->section, smooth_section_unref);
  g_clear_pointer (&site->outcome, smooth_outcome_unref);
  g_clear_pointer (&site->points, smooth_columns_free);
  g_clear_pointer (&site->spots, g_free);
  g_clear_pointer (&site->barcodes, g_free);
  g_clear_pointer (&site->coords, g_free);
  g_clear_pointer (&site->graph, smooth_graph_unref);
  g_clear_pointer (&site->precision, smooth_precision_unref);
}

/* ---- Tables of spots ---- */

/* Whether there is such a spot, analysed or not. */
static gboolean
knows_spot (const CliSite *site, GHashTable *names, const char *barcode)
{
  if (site->section != NULL)
    return smooth_section_find_spot (site->section, barcode) >= 0;
  return g_hash_table_contains (names, barcode);
}

/**
 * cli_site_load_columns:
 * @flag: names the file
 *
 * Returns: (transfer full): the table; an error names a row that is no spot here
 */
SmoothColumns *
cli_site_load_columns (const CliSite *site, CliJob *job, const char *flag, GError **error)
{
  g_autoptr (SmoothColumns) columns = smooth_columns_load (cli_job_get_input (job, flag), error);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  if (columns == NULL)
    return NULL;
  for (gint64 i = 0; i < site->n_spots; i++)
    g_hash_table_add (names, (gpointer) site->barcodes[i]);
  for (gint64 row = 0; row < columns->n_rows; row++)
    if (!knows_spot (site, names, columns->row_names[row]))
      {
        smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                          "%s: expected barcodes such as %s, found '%s', which is no spot of %s", columns->path,
                          site->n_spots > 0 ? site->barcodes[0] : _("(none)"), columns->row_names[row],
                          site->section != NULL ? site->section->name : site->points->path);
        return NULL;
      }
  return g_steal_pointer (&columns);
}

/* Returns: (transfer full): n_columns x n_spots; a spot without a row is an error, rows of other spots a note */
SmoothMatrix *
cli_site_dup_values (const CliSite *site, CliJob *job, const SmoothColumns *columns, GError **error)
{
  SmoothMatrix *values = smooth_columns_dup_rows (columns, site->barcodes, site->n_spots, "analysed spot", error);

  if (values != NULL && columns->n_rows > site->n_spots)
    smooth_report_add (job->report, SMOOTH_REPORT_NOTE, "%s: %" PRId64 " rows of spots that are not analysed are left out",
                       columns->path, columns->n_rows - site->n_spots);
  return values;
}

/* Writes @values, n_columns x n_spots, as the table @name of the output folder. */
gboolean
cli_site_save (const CliSite *site, const CliJob *job, const char *name, const char *const *column_names, const SmoothMatrix *values,
               GError **error)
{
  g_autofree char *path = cli_job_dup_path (job, name);

  return smooth_columns_save (path, "barcode", site->barcodes, site->n_spots, column_names, values->n_rows, values->values, error);
}

/* Returns: (transfer full): @prefix and 1, 2, ... */
char **
cli_dup_numbered_names (const char *prefix, gint64 n)
{
  char **names = g_new0 (char *, n + 1);

  for (gint64 k = 0; k < n; k++)
    names[k] = g_strdup_printf ("%s%" G_GINT64_FORMAT, prefix, k + 1);
  return names;
}
