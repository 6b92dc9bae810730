/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli deconvolve: cell-type proportions of every analysed spot. */
#include "cli/job.h"

static const CliFlag flags[] = { CLI_SIGNATURE_FLAGS, CLI_REGIONS_FLAG, CLI_JOB_FLAGS, CLI_END_OF_FLAGS };

static const SmoothParamTable *const tables[] = {
  &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, &smooth_deconvolution_params, NULL,
};

/* The recipe of a window without a reference has none: then only graph and prior are made. */
static gboolean
open_inputs (CliJob *job, SmoothInputs *inputs, GError **error)
{
  gboolean wants_signature = !cli_options_is_recipe (job->options) || cli_options_get (job->options, "signatures") != NULL;

  inputs->section = cli_job_open_section (job, error);
  if (inputs->section == NULL)
    return FALSE;
  inputs->signature = wants_signature ? cli_job_open_signature (job, inputs->section, error) : NULL;
  return (!wants_signature || inputs->signature != NULL) && cli_job_open_regions (job, &inputs->regions, error);
}

static void
clear_inputs (SmoothInputs *inputs)
{
  g_clear_pointer (&inputs->section, smooth_section_unref);
  g_clear_pointer (&inputs->signature, smooth_signature_unref);
  g_clear_pointer (&inputs->regions, smooth_regions_unref);
}

static void
sum_up (CliJob *job, const SmoothOutcome *outcome)
{
  const SmoothGraph *graph = outcome->graph;

  smooth_report_append (job->report, outcome->report);
  g_string_append_printf (job->summary, "%" G_GINT64_FORMAT " spots, %" G_GINT64_FORMAT " edges, %" G_GINT64_FORMAT " isolated\n",
                          outcome->n_spots, graph->n_edges, graph->n_isolated);
  if (outcome->result == NULL)
    return;
  const SmoothInfo *info = &outcome->result->info;
  cli_job_set_status (job, info);
  g_string_append_printf (job->summary, "%s%s after %d iterations: objective %.12g (data %.6g, spatial %.6g), KKT %.2g, relative gap %.2g\n",
                          job->status, info->is_local ? " at a local minimum" : "", info->iterations, info->objective, info->data_term, info->spatial_term, info->kkt_residual,
                          info->relative_gap);
}

static gboolean
compute_outcome (CliJob *job, const SmoothInputs *inputs, const SmoothParameters *parameters, GError **error)
{
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();
  double read_seconds = cli_job_get_seconds (job, "read");
  g_autoptr (SmoothOutcome) outcome = smooth_pipeline_compute (pipeline, inputs, parameters, NULL, NULL, job->run, error);

  if (outcome == NULL || !smooth_export_folder (outcome, read_seconds, job->output, error))
    return FALSE;
  job->is_exported = TRUE;
  sum_up (job, outcome);
  return TRUE;
}

static gboolean
compute (CliJob *job, GError **error)
{
  SmoothInputs inputs = { 0 };
  SmoothParameters parameters;
  gboolean done = cli_job_get_parameters (job, &parameters, error) && open_inputs (job, &inputs, error)
                  && compute_outcome (job, &inputs, &parameters, error);

  clear_inputs (&inputs);
  return done;
}

const CliCommand cli_deconvolve_command = {
  .name = "deconvolve",
  .summary = "cell-type proportions of every spot, smoothed in space",
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
