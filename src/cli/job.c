/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `deconvolve` and `run` have in common: read, compute from a cold start, write, sum up. */
#include "cli/job.h"

static gboolean
load_inputs (const SmoothRecipe *recipe, SmoothRun *run, SmoothInputs *inputs, GError **error)
{
  inputs->section = smooth_section_load (recipe->section, run, error);
  if (inputs->section == NULL)
    return FALSE;
  if (recipe->signature != NULL)
    {
      inputs->signature = smooth_signature_load (recipe->signature, inputs->section, recipe->signature_scale, error);
      if (inputs->signature == NULL)
        return FALSE;
    }
  if (recipe->regions != NULL)
    {
      inputs->regions = smooth_regions_load (recipe->regions, error);
      if (inputs->regions == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
clear_inputs (SmoothInputs *inputs)
{
  g_clear_pointer (&inputs->section, smooth_section_unref);
  g_clear_pointer (&inputs->signature, smooth_signature_unref);
  g_clear_pointer (&inputs->regions, smooth_regions_unref);
}

static void
print_summary (const SmoothOutcome *outcome, const char *output)
{
  const SmoothGraph *graph = outcome->graph;

  cli_print_report (outcome->report);
  g_print ("%" G_GINT64_FORMAT " spots, %" G_GINT64_FORMAT " edges, %" G_GINT64_FORMAT " isolated\n", outcome->n_spots,
           graph->n_edges, graph->n_isolated);
  if (outcome->result != NULL)
    {
      const SmoothInfo *info = &outcome->result->info;
      g_print ("%s after %d iterations: objective %.12g (data %.6g, spatial %.6g), KKT %.2g, relative gap %.2g\n",
               smooth_status_get_name (info->status), info->iterations, info->objective, info->data_term, info->spatial_term,
               info->kkt_residual, info->relative_gap);
    }
  g_print ("written to %s\n", output);
}

static SmoothOutcome *
compute (const SmoothInputs *inputs, const SmoothRecipe *recipe, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  return smooth_pipeline_compute (pipeline, inputs, &recipe->parameters, NULL, NULL, run, error);
}

/**
 * cli_run_job:
 * @recipe: what to read and how to compute
 * @notes: (nullable): printed before the report of the run
 * @output: the folder to write
 *
 * Returns: the exit code: CLI_BAD_INPUT with @error set
 */
int
cli_run_job (const SmoothRecipe *recipe, SmoothReport *notes, gint n_threads, const char *output, GError **error)
{
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  SmoothInputs inputs = { 0 };
  int code = CLI_BAD_INPUT;
  gint64 start = g_get_monotonic_time ();

  if (load_inputs (recipe, run, &inputs, error))
    {
      double read_seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
      g_autoptr (SmoothOutcome) outcome = compute (&inputs, recipe, run, error);
      if (outcome != NULL && smooth_export_folder (outcome, read_seconds, output, error))
        {
          if (notes != NULL)
            cli_print_report (notes);
          print_summary (outcome, output);
          gboolean converged = outcome->result == NULL || outcome->result->info.status == SMOOTH_STATUS_CONVERGED;
          code = converged ? CLI_DONE : CLI_NOT_CONVERGED;
        }
    }
  clear_inputs (&inputs);
  return code;
}
