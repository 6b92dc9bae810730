/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli sensitivity: how far proportions move while lambda, rho and the graph vary around what is given. */
#include "cli/job.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = { CLI_SIGNATURE_FLAGS, CLI_REGIONS_FLAG, CLI_JOB_FLAGS, CLI_END_OF_FLAGS };

static const SmoothParamTable *const tables[] = {
  &smooth_sensitivity_params, &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params,
  &smooth_deconvolution_params, NULL,
};

typedef struct
{
  CliJob *job;
  SmoothAnalysisSettings settings;
  SmoothParameters parameters;
  SmoothInputs inputs;
  SmoothOutcome *outcome;
  SmoothFindings *findings;
} Problem;

static gboolean
get_settings (Problem *problem, GError **error)
{
  smooth_analysis_settings_init (&problem->settings);
  return cli_job_get_settings (problem->job, &smooth_sensitivity_params, &problem->settings.sensitivity, error)
         && cli_job_get_parameters (problem->job, &problem->parameters, error);
}

static gboolean
open_inputs (Problem *problem, GError **error)
{
  problem->inputs.section = cli_job_open_section (problem->job, error);
  if (problem->inputs.section == NULL)
    return FALSE;
  problem->inputs.signature = cli_job_open_signature (problem->job, problem->inputs.section, error);
  return problem->inputs.signature != NULL && cli_job_open_regions (problem->job, problem->inputs.section, &problem->inputs.regions, error);
}

static gboolean
vary (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (SMOOTH_ANALYSIS_SENSITIVITY);

  cli_job_end_stage (job);
  problem->outcome = smooth_pipeline_compute (pipeline, &problem->inputs, &problem->parameters, NULL, NULL, job->run, error);
  if (problem->outcome == NULL)
    return FALSE;
  cli_job_add_stages (job, problem->outcome);
  smooth_report_append (job->report, problem->outcome->report);
  cli_job_set_status (job, &problem->outcome->result->info);
  cli_job_begin_stage (job, "vary");
  SmoothAnalysisInputs inputs = { problem->outcome, &problem->settings, NULL, -1 };
  problem->findings = smooth_analyst_compute (analyst, &inputs, NULL, NULL, job->run, error);
  return problem->findings != NULL;
}

static void
add_numbers (Problem *problem)
{
  const SmoothLayer *layer = smooth_findings_get_layer (problem->findings, "sensitivity");
  gint64 n_changes = 0;

  for (gint64 i = 0; i < layer->n_spots; i++)
    n_changes += layer->flags[i];
  smooth_json_add_int (problem->job->numbers, "n_spots", problem->outcome->n_spots);
  smooth_json_add_int (problem->job->numbers, "n_dominant_type_changes", n_changes);
  smooth_report_append (problem->job->report, problem->findings->report);
  g_string_append_printf (problem->job->summary, "%s\n", problem->findings->certificate);
}

/* sensitivity.csv: barcode, the largest range, the range of each type, and whether the dominant type changes. */
static gboolean
save (Problem *problem, GError **error)
{
  g_autofree char *path = cli_job_dup_path (problem->job, "sensitivity.csv");

  add_numbers (problem);
  return cli_job_begin_output (problem->job, error)
         && smooth_export_layer (smooth_findings_get_layer (problem->findings, "sensitivity"), problem->inputs.section, path, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = get_settings (&problem, error) && open_inputs (&problem, error) && vary (&problem, error) && save (&problem, error);

  smooth_findings_unref (problem.findings);
  smooth_outcome_unref (problem.outcome);
  smooth_inputs_clear (&problem.inputs);
  return done;
}

const CliCommand cli_sensitivity_command = {
  .name = "sensitivity",
  .summary = N_("how far proportions move with lambda, rho and the graph"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
