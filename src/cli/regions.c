/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli regions: what regions are made of, and how two of them differ. */
#include "cli/genes.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = {
  CLI_SIGNATURE_FLAGS,
  { "regions", "FILE", N_("regions as GeoJSON, or a table of barcodes and labels, as Loupe Browser writes it; smoothing respects their borders"), TRUE },
  { "without-types", NULL, N_("no reference: compare genes alone"), FALSE },
  { "compare", "NAME", N_("compare the spots of this region, or those outside of all, which are named outside"), FALSE },
  { "with", "NAME", N_("with the spots of this one [default: all other spots]"), FALSE },
  { "genes", "NAMES", N_("the genes to compare, by symbol or id, separated by commas [default: all that are found in the spots]"), FALSE },
  { "gene-list", "FILE", N_("the same from the first column of a file"), FALSE },
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[] = {
  &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, &smooth_deconvolution_params, NULL,
};

typedef struct
{
  CliJob *job;
  SmoothInputs inputs; /* owned here */
  SmoothParameters parameters;
  SmoothOutcome *outcome;
  guint8 *groups;            /* (nullable): nothing is compared */
  gint32 *genes;             /* of the section */
  gint64 n_genes;
  SmoothComparison *by_type; /* (nullable) */
  SmoothComparison *by_gene; /* (nullable) */
} Problem;

static gboolean
open_inputs (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  gboolean wants_types = cli_job_get_word (job, "without-types") == NULL;

  problem->inputs.section = cli_job_open_section (job, error);
  if (problem->inputs.section == NULL)
    return FALSE;
  problem->inputs.signature = wants_types ? cli_job_open_signature (job, problem->inputs.section, error) : NULL;
  return (!wants_types || problem->inputs.signature != NULL) && cli_job_open_regions (job, problem->inputs.section, &problem->inputs.regions, error);
}

static gboolean
compute_outcome (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  problem->outcome = smooth_pipeline_compute (pipeline, &problem->inputs, &problem->parameters, NULL, NULL, job->run, error);
  if (problem->outcome == NULL)
    return FALSE;
  cli_job_add_stages (job, problem->outcome);
  smooth_report_append (job->report, problem->outcome->report);
  smooth_json_add_int (job->numbers, "n_spots", problem->outcome->n_spots);
  smooth_json_add_int (job->numbers, "n_regions", g_strv_length (problem->outcome->categories));
  if (problem->outcome->result != NULL)
    cli_job_set_status (job, &problem->outcome->result->info);
  return TRUE;
}

static gboolean
choose_genes (Problem *problem, GError **error)
{
  CliJob *job = problem->job;

  if (cli_options_get (job->options, "genes") == NULL && cli_options_get (job->options, "gene-list") == NULL)
    {
      problem->genes = smooth_outcome_dup_found_genes (problem->outcome, problem->groups, &problem->n_genes);
      return TRUE;
    }
  SmoothExpressionSettings settings;
  smooth_params_init (&smooth_expression_params, &settings);
  g_autoptr (SmoothExpression) expression
    = cli_open_expression (job, problem->inputs.section, &problem->parameters.prepare, &settings, error);
  if (expression == NULL)
    return FALSE;
  problem->n_genes = expression->n_genes;
  problem->genes = g_memdup2 (expression->genes, (gsize) expression->n_genes * sizeof (gint32));
  return TRUE;
}

static gint64
count_below (const double *q, gint64 n)
{
  gint64 n_below = 0;

  for (gint64 i = 0; i < n; i++)
    n_below += q[i] < 0.05;
  return n_below;
}

static void
sum_up (CliJob *job, gboolean of_types, const SmoothComparison *comparison, gboolean is_first)
{
  g_string_append_printf (job->summary,
                          of_types ? _("%" PRId64 " types, %" PRId64 " and %" PRId64 " spots: %" PRId64 " differ at 5 %% if spots are "
                                       "independent, %" PRId64 " if they are as alike as the prior says\n")
                                   : _("%" PRId64 " genes, %" PRId64 " and %" PRId64 " spots: %" PRId64 " differ at 5 %% if spots are "
                                       "independent, %" PRId64 " if they are as alike as the prior says\n"),
                          comparison->n_variables, comparison->n_a, comparison->n_b,
                          count_below (comparison->q, comparison->n_variables),
                          count_below (comparison->q_spatial, comparison->n_variables));
  if (!is_first)
    return;
  smooth_json_add_int (job->numbers, "n_a", comparison->n_a);
  smooth_json_add_int (job->numbers, "n_b", comparison->n_b);
  smooth_json_add_boolean (job->numbers, "p_is_exact", comparison->is_exact);
  smooth_report_append (job->report, comparison->report);
}

static gboolean
compare (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  const char *a = cli_job_get_word (job, "compare"), *b = cli_job_get_word (job, "with");

  if (a == NULL && b != NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "--with: expected a region to compare with '%s' by --compare, found none",
                        b);
      return FALSE;
    }
  if (a == NULL)
    return TRUE;
  problem->groups = smooth_outcome_dup_groups (problem->outcome, a, b, error);
  if (problem->groups == NULL || !choose_genes (problem, error))
    return FALSE;
  cli_job_begin_stage (job, "comparison");
  if (problem->outcome->result != NULL)
    {
      problem->by_type = smooth_outcome_compare_types (problem->outcome, problem->groups, job->run, error);
      if (problem->by_type == NULL)
        return FALSE;
      sum_up (job, TRUE, problem->by_type, TRUE);
    }
  problem->by_gene = smooth_outcome_compare_genes (problem->outcome, problem->groups, problem->genes, problem->n_genes, job->run, error);
  if (problem->by_gene == NULL)
    return FALSE;
  sum_up (job, FALSE, problem->by_gene, problem->by_type == NULL);
  return TRUE;
}

static gboolean
save_table (const Problem *problem, GError **error)
{
  const SmoothOutcome *outcome = problem->outcome;
  guint n_regions = g_strv_length (outcome->categories);
  g_autofree const char **names = g_new (const char *, n_regions + 1);
  g_autofree double *counts = g_new (double, MAX (outcome->n_spots, 1));
  g_autofree char *path = cli_job_dup_path (problem->job, "regions.csv");

  for (guint r = 0; r < n_regions; r++)
    names[r] = outcome->categories[r];
  names[n_regions] = SMOOTH_OUTSIDE;
  for (gint64 s = 0; s < outcome->n_spots; s++)
    counts[s] = outcome->inputs.section->total_counts[outcome->spots[s]];
  g_autoptr (SmoothGroupTable) table = smooth_group_table_new (outcome->labels, outcome->n_spots, n_regions, counts, outcome->result);
  return smooth_export_group_table (table, names, outcome->result != NULL ? (const char *const *) outcome->result->type_names : NULL,
                                    "Total counts", path, error);
}

static gboolean
save (const Problem *problem, GError **error)
{
  const CliJob *job = problem->job;
  g_autofree char *types = cli_job_dup_path (job, "comparison-types.csv"), *genes = cli_job_dup_path (job, "comparison-genes.csv");
  g_auto (GStrv) gene_names = smooth_section_dup_gene_labels (problem->inputs.section, problem->genes, problem->n_genes);

  return save_table (problem, error)
         && (problem->by_type == NULL
             || smooth_export_comparison (problem->by_type, "type", (const char *const *) problem->outcome->result->type_names, types, error))
         && (problem->by_gene == NULL || smooth_export_comparison (problem->by_gene, "gene", (const char *const *) gene_names, genes, error));
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = cli_job_get_parameters (job, &problem.parameters, error) && open_inputs (&problem, error)
                  && compute_outcome (&problem, error) && compare (&problem, error) && cli_job_begin_output (job, error)
                  && save (&problem, error);

  smooth_comparison_unref (problem.by_type);
  smooth_comparison_unref (problem.by_gene);
  g_free (problem.groups);
  g_free (problem.genes);
  g_clear_pointer (&problem.outcome, smooth_outcome_unref);
  smooth_inputs_clear (&problem.inputs);
  return done;
}

const CliCommand cli_regions_command = {
  .name = "regions",
  .summary = N_("what regions are made of, and in which types and genes two of them differ"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
