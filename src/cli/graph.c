/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli graph: who is a neighbour of whom, and what the graph is like. */
#include "cli/site.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const CliFlag flags[] = { CLI_SITE_FLAGS, CLI_JOB_FLAGS, CLI_END_OF_FLAGS };

static const SmoothParamTable *const tables[] = { &smooth_graph_params, &smooth_scaling_params, NULL };

/* barcode, x, y (and z), degree, weight_sum, component. */
static gboolean
save_spots (const CliJob *job, const CliSite *site, const SmoothGraphStatistics *statistics, GError **error)
{
  static const char *const names[2][7] = { { "x", "y", "degree", "weight_sum", "component" }, { "x", "y", "z", "degree", "weight_sum", "component" } };
  gint n_dims = site->n_dims, n_columns = n_dims + 3;
  g_autoptr (SmoothMatrix) values = smooth_matrix_new (n_columns, site->n_spots, error);

  if (values == NULL)
    return FALSE;
  for (gint64 i = 0; i < site->n_spots; i++)
    {
      double *row = smooth_matrix_column (values, i);
      memcpy (row, site->coords + i * n_dims, (gsize) n_dims * sizeof (double));
      row[n_dims] = statistics->degrees[i];
      row[n_dims + 1] = statistics->weight_sums[i];
      row[n_dims + 2] = statistics->components[i] + 1;
    }
  return cli_site_save (site, job, "spots.csv", names[n_dims - 2], values, error);
}

static void
add_numbers (CliJob *job, const CliSite *site, const SmoothGraphStatistics *statistics)
{
  JsonBuilder *numbers = job->numbers;

  smooth_json_add_boolean (numbers, "is_symmetric", site->graph->is_symmetric);
  smooth_json_add_int (numbers, "largest_component", statistics->n_components > 0 ? statistics->component_sizes[0] : 0);
  smooth_json_add_double (numbers, "shortest_edge_um", statistics->shortest);
  smooth_json_add_double (numbers, "longest_edge_um", statistics->longest);
  smooth_json_add_double (numbers, "effective_range_um", statistics->effective_range);
  json_builder_set_member_name (numbers, "degrees");
  json_builder_begin_array (numbers);
  for (gint d = 0; d <= statistics->max_degree; d++)
    json_builder_add_int_value (numbers, statistics->histogram[d]);
  json_builder_end_array (numbers);
  g_string_append_printf (job->summary,
                          _("%" PRId64 " spots, %" PRId64 " edges, mean degree %.3g, %" PRId64
                          " isolated, %" PRId64 " components, effective range %.4g um\n"),
                          site->n_spots, site->graph->n_edges, site->graph->mean_degree, site->graph->n_isolated, statistics->n_components,
                          statistics->effective_range);
}

static gboolean
compute_site (CliJob *job, CliSite *site, const SmoothParameters *parameters, GError **error)
{
  if (!cli_site_open (site, job, error) || !cli_site_compute (site, job, parameters, error))
    return FALSE;

  cli_job_begin_stage (job, "statistics");
  g_autoptr (SmoothGraphStatistics) statistics = smooth_graph_statistics_new (site->graph, site->coords, site->n_dims);
  g_autofree char *edges = cli_job_dup_path (job, "graph.csv");
  add_numbers (job, site, statistics);
  return cli_job_begin_output (job, error) && smooth_export_edges (site->graph, site->barcodes, edges, error)
         && save_spots (job, site, statistics, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  CliSite site = { 0 };
  SmoothParameters parameters;
  gboolean done = cli_job_get_parameters (job, &parameters, error) && compute_site (job, &site, &parameters, error);

  cli_site_clear (&site);
  return done;
}

const CliCommand cli_graph_command = {
  .name = "graph",
  .summary = N_("the graph of neighbouring spots and what it is like"),
  CLI_SITE_ARGUMENT,
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
