/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.json: what a run did, claims and warns of, for scripts. */
#include "export/report.h"

#include "smooth-config.h"

#include <math.h>
#include <sys/resource.h>

/* The most memory that this process ever had, in bytes (Linux counts in KiB). */
static gint64
peak_memory (void)
{
  struct rusage usage;

  return getrusage (RUSAGE_SELF, &usage) == 0 ? (gint64) usage.ru_maxrss * 1024 : -1;
}

/**
 * smooth_export_report_begin:
 *
 * Returns: (transfer full): a builder inside of the report's object, for the numbers of the command
 */
JsonBuilder *
smooth_export_report_begin (const char *command)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "smoothscope", SMOOTH_VERSION);
  smooth_json_add_string (builder, "command", command);
  return builder;
}

/**
 * smooth_export_report_end:
 * @builder: from smooth_export_report_begin()
 * @status: "done", or the name of a SmoothStatus
 * @path: of the JSON file
 *
 * Adds status, peak memory, counts, notes and warnings, and writes the file.
 */
gboolean
smooth_export_report_end (JsonBuilder *builder, const char *status, const SmoothReport *report, const char *path, GError **error)
{
  smooth_json_add_string (builder, "status", status);
  smooth_json_add_int (builder, "peak_memory_bytes", peak_memory ());
  smooth_json_add_report (builder, report);
  json_builder_end_object (builder);
  return smooth_json_save (builder, path, error);
}

static void
add_solution (JsonBuilder *builder, const SmoothOutcome *outcome)
{
  const SmoothInfo *info = &outcome->result->info;

  smooth_json_add_string (builder, "model", smooth_model_get_name ((SmoothModelKind) outcome->parameters.model.kind));
  smooth_json_add_string (builder, "optimum", info->is_local ? "local minimum" : "global minimum");
  smooth_json_add_double (builder, "objective", info->objective);
  json_builder_set_member_name (builder, "objective_terms");
  json_builder_begin_object (builder);
  smooth_json_add_double (builder, "data", info->data_term);
  smooth_json_add_double (builder, "spatial", info->spatial_term);
  json_builder_end_object (builder);
  smooth_json_add_double (builder, "kkt_residual", info->kkt_residual);
  smooth_json_add_double (builder, "relative_gap", info->relative_gap);
  smooth_json_add_int (builder, "iterations", info->iterations);
}

static void
add_sizes (JsonBuilder *builder, const SmoothOutcome *outcome)
{
  smooth_json_add_int (builder, "n_spots", outcome->n_spots);
  smooth_json_add_int (builder, "n_genes", outcome->inputs.section->n_genes);
  if (outcome->prepared != NULL)
    {
      smooth_json_add_int (builder, "n_genes_used", outcome->prepared->n_genes);
      smooth_json_add_int (builder, "n_types", outcome->prepared->n_types);
    }
  smooth_json_add_int (builder, "n_edges", outcome->graph->n_edges);
  smooth_json_add_int (builder, "n_isolated", outcome->graph->n_isolated);
  gint64 n_components = smooth_graph_count_components (outcome->graph, NULL);
  if (n_components >= 0)
    smooth_json_add_int (builder, "n_components", n_components);
  smooth_json_add_double (builder, "mean_degree", outcome->graph->mean_degree);
}

/* Adds what the outcome says of itself and its solution. */
void
smooth_export_report_add (JsonBuilder *builder, const SmoothOutcome *outcome)
{
  if (outcome->result != NULL)
    add_solution (builder, outcome);
  add_sizes (builder, outcome);
}

static void
add_seconds (JsonBuilder *builder, const SmoothOutcome *outcome, double read_seconds)
{
  json_builder_set_member_name (builder, "seconds");
  json_builder_begin_object (builder);
  if (read_seconds >= 0.0)
    smooth_json_add_double (builder, "read", read_seconds);
  for (gint i = 0; i < SMOOTH_N_STAGES; i++)
    if (outcome->ran[i])
      smooth_json_add_double (builder, smooth_stage_get_name (i), outcome->seconds[i]);
  json_builder_end_object (builder);
}

/**
 * smooth_export_report:
 * @read_seconds: how long reading took; negative where not known
 * @path: of the JSON file
 *
 * The members are listed in the manual page of smoothscope-cli. Seconds are given for the stages that ran.
 */
gboolean
smooth_export_report (const SmoothOutcome *outcome, double read_seconds, const char *path, GError **error)
{
  const SmoothResult *result = outcome->result;
  const char *status = result != NULL ? smooth_status_get_name (result->info.status) : "done";
  g_autoptr (JsonBuilder) builder = smooth_export_report_begin ("deconvolve");

  smooth_export_report_add (builder, outcome);
  add_seconds (builder, outcome, read_seconds);
  return smooth_export_report_end (builder, status, outcome->report, path, error);
}
