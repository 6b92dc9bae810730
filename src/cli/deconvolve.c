/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli deconvolve: cell-type proportions of every analysed spot. */
#include "cli/job.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static const CliFlag flags[] = {
  CLI_SIGNATURE_FLAGS,
  CLI_REGIONS_FLAG,
  { "turn", "NAME", N_("turn the spots on the picture, where the report says that they would lie better so: mirror-x, mirror-y, half, exchange, clockwise, counter-clockwise or diagonal [default none]"), FALSE },
  CLI_LIKENESS_FLAGS,
  CLI_TYPES_FLAGS,
  { "deviations", NULL, N_("compute posterior standard deviations, too: deviations.csv of proportions, abundance-deviations.csv (model nnls)"), FALSE },
  { "h5ad", NULL, N_("write section.h5ad, too, for anndata, scanpy and squidpy: counts, picture, proportions, graph and regions; of a section that was read from an .h5ad file a copy of that file with these added"), FALSE },
  { "zarr", NULL, N_("write section.zarr, too, for spatialdata: the table as in section.h5ad, the spots as circles and the picture; a store of that name is replaced"), FALSE },
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[] = {
  &smooth_prepare_params,   &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, &smooth_deconvolution_params,
  &smooth_uncertainty_params, NULL,
};

/* What the command was given, and what it makes of it. */
typedef struct
{
  CliJob *job;
  SmoothInputs inputs; /* owned here */
  SmoothParameters parameters;
  SmoothUncertaintySettings uncertainty_settings;
  gboolean wants_deviations, wants_anndata, wants_spatialdata;
  SmoothOutcome *outcome;
  SmoothUncertainty *uncertainty; /* (nullable) */
} Problem;

/* ---- Inputs ---- */

static gboolean
open_types (Problem *problem, GError **error)
{
  if (!cli_job_open_types (problem->job, &problem->inputs, error))
    return FALSE;
  if (problem->inputs.type_priors == NULL || !problem->wants_deviations)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
                       "--deviations: expected one prior for all types, found --type-priors: give confidences alone");
  return FALSE;
}

/* The recipe of a window without a reference has none: then only graph and prior are made. */
static gboolean
open_inputs (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  gboolean wants_signature = !cli_options_is_recipe (job->options) || cli_options_get (job->options, "signatures") != NULL;

  problem->inputs.section = cli_job_open_section (job, error);
  if (problem->inputs.section == NULL)
    return FALSE;
  problem->inputs.signature = wants_signature ? cli_job_open_signature (job, problem->inputs.section, error) : NULL;
  return (!wants_signature || problem->inputs.signature != NULL) && cli_job_open_regions (job, problem->inputs.section, &problem->inputs.regions, error)
         && cli_job_open_likeness (job, &problem->inputs.likeness, error) && open_types (problem, error);
}

static gboolean
get_settings (Problem *problem, GError **error)
{
  problem->wants_deviations = cli_job_get_word (problem->job, "deviations") != NULL;
  problem->wants_anndata = cli_job_get_word (problem->job, "h5ad") != NULL;
  problem->wants_spatialdata = cli_job_get_word (problem->job, "zarr") != NULL;
  if (!cli_job_get_parameters (problem->job, &problem->parameters, error)
      || !cli_job_get_settings (problem->job, &smooth_uncertainty_params, &problem->uncertainty_settings, error))
    return FALSE;
  if (!problem->wants_deviations || problem->parameters.model.kind == SMOOTH_MODEL_NNLS)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "--deviations: expected the model nnls, found %s",
               smooth_model_get_name ((SmoothModelKind) problem->parameters.model.kind));
  return FALSE;
}

/* ---- Deviations ---- */

static gboolean
find_deviations (Problem *problem, GError **error)
{
  const SmoothOutcome *outcome = problem->outcome;
  const SmoothDeconvolutionSettings *model = &problem->parameters.model;
  double lambda = model->lambda;

  cli_job_begin_stage (problem->job, "deviations");
  g_autoptr (SmoothReduced) reduced
      = smooth_reduced_new (outcome->prepared->signature, outcome->prepared->expression, model->bias, problem->job->run, error);
  if (reduced == NULL)
    return FALSE;
  if (model->lambda_unit == SMOOTH_LAMBDA_RELATIVE)
    lambda *= smooth_strength_get_unit (reduced, model, outcome->precision, outcome->confidences);
  problem->uncertainty = smooth_uncertainty_new (reduced, outcome->precision, outcome->confidences, lambda, outcome->result->abundances,
                                                 &problem->uncertainty_settings, problem->job->run, error);
  return problem->uncertainty != NULL;
}

static gboolean
save_deviations (const Problem *problem, GError **error)
{
  g_autofree char *proportions = cli_job_dup_path (problem->job, "deviations.csv");
  g_autofree char *abundances = cli_job_dup_path (problem->job, "abundance-deviations.csv");

  return smooth_export_types (problem->outcome, problem->uncertainty->proportions, proportions, error)
         && smooth_export_types (problem->outcome, problem->uncertainty->abundances, abundances, error);
}

static SmoothLayer *
new_deviations (const Problem *problem, GError **error)
{
  const SmoothOutcome *outcome = problem->outcome;
  SmoothLayer *layer = smooth_layer_new ("deviations", "Deviations", SMOOTH_LAYER_DEVIATIONS, outcome->inputs.section->n_spots,
                                         (const char *const *) outcome->result->type_names, NULL, error);

  if (layer != NULL)
    smooth_layer_spread (layer, problem->uncertainty->proportions, outcome->spots);
  return layer;
}

typedef gboolean (*StoreFunc) (const SmoothOutcome *outcome, SmoothLayer *const *layers, gsize n_layers, const char *recipe, const char *path,
                               SmoothReport *report, GError **error);

static gboolean
save_store (const Problem *problem, StoreFunc func, const char *name, GError **error)
{
  g_autofree char *path = cli_job_dup_path (problem->job, name);
  g_autofree char *recipe = smooth_recipe_dup_json (problem->job->recipe, problem->job->output, error);
  g_autoptr (SmoothLayer) deviations = NULL;

  if (recipe == NULL || (problem->uncertainty != NULL && (deviations = new_deviations (problem, error)) == NULL))
    return FALSE;
  return func (problem->outcome, &deviations, deviations != NULL, recipe, path, problem->job->report, error);
}

static void
add_deviations (CliJob *job, const SmoothUncertainty *uncertainty)
{
  smooth_json_add_boolean (job->numbers, "deviations_are_exact", uncertainty->is_exact);
  smooth_json_add_double (job->numbers, "noise", uncertainty->noise);
  smooth_json_add_double (job->numbers, "freedom", uncertainty->freedom);
  g_string_append_printf (job->summary, _("noise %.4g of a gene in a spot, %.4g effective parameters\n"), uncertainty->noise, uncertainty->freedom);
  if (uncertainty->report != NULL)
    smooth_report_append (job->report, uncertainty->report);
}

/* ---- The command ---- */

static void
add_confidences (CliJob *job, const SmoothOutcome *outcome)
{
  json_builder_set_member_name (job->numbers, "confidences");
  json_builder_begin_object (job->numbers);
  for (gint64 k = 0; k < outcome->result->n_types; k++)
    smooth_json_add_double (job->numbers, outcome->result->type_names[k], outcome->confidences[k]);
  json_builder_end_object (job->numbers);
}

static void
sum_up (CliJob *job, const SmoothOutcome *outcome)
{
  const SmoothGraph *graph = outcome->graph;

  smooth_report_append (job->report, outcome->report);
  smooth_export_report_add (job->numbers, outcome);
  g_string_append_printf (job->summary, _("%" PRId64 " spots, %" PRId64 " edges, %" PRId64 " isolated\n"),
                          outcome->n_spots, graph->n_edges, graph->n_isolated);
  if (outcome->result == NULL)
    return;
  const SmoothInfo *info = &outcome->result->info;
  cli_job_set_status (job, info);
  if (outcome->confidences != NULL)
    add_confidences (job, outcome);
  g_string_append_printf (job->summary, _("%s after %d iterations: objective %.12g (data %.6g, spatial %.6g), KKT %.2g, "), _(job->status),
                          info->iterations, info->objective, info->data_term, info->spatial_term, info->kkt_residual);
  if (info->is_local)
    g_string_append (job->summary, _("a local minimum\n"));
  else if (isfinite (info->relative_gap))
    g_string_append_printf (job->summary, _("relative gap %.2g\n"), info->relative_gap);
  else
    g_string_append (job->summary, _("no bound on the gap is known\n"));
}

static gboolean
compute_outcome (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  cli_job_end_stage (job);
  problem->outcome = smooth_pipeline_compute (pipeline, &problem->inputs, &problem->parameters, NULL, NULL, job->run, error);
  if (problem->outcome == NULL)
    return FALSE;
  cli_job_add_stages (job, problem->outcome);
  sum_up (job, problem->outcome);
  if (!problem->wants_deviations || problem->outcome->result == NULL)
    return TRUE;
  if (!find_deviations (problem, error))
    return FALSE;
  add_deviations (job, problem->uncertainty);
  return TRUE;
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = get_settings (&problem, error) && open_inputs (&problem, error) && compute_outcome (&problem, error)
                  && cli_job_begin_output (job, error) && smooth_export_tables (problem.outcome, job->output, error)
                  && (problem.uncertainty == NULL || save_deviations (&problem, error))
                  && (!problem.wants_anndata || save_store (&problem, smooth_export_anndata, "section.h5ad", error))
                  && (!problem.wants_spatialdata || save_store (&problem, smooth_export_spatialdata, "section.zarr", error));

  smooth_uncertainty_free (problem.uncertainty);
  g_clear_pointer (&problem.outcome, smooth_outcome_unref);
  smooth_inputs_clear (&problem.inputs);
  return done;
}

const CliCommand cli_deconvolve_command = {
  .name = "deconvolve",
  .summary = N_("cell-type proportions of every spot, smoothed in space"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
