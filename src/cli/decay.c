/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli decay: how correlation falls off with distance, in the prior and in the data. */
#include "cli/genes.h"
#include "cli/site.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  gint orders;
  gint measured;
  gint seed;
  gint components;
} Settings;

static const SmoothParam params[] = {
  { "orders", N_("Nearest spots"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (Settings, orders), 50, 1, 100, N_("spots"), NULL,
    N_("Correlations are told between a spot and its nearest, second nearest, ... spot, up to this one"), 0 },
  { "measured", N_("Measured spots"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (Settings, measured), 1000, 0, G_MAXINT32, N_("spots"), NULL,
    N_("Correlations of the prior are measured from so many spots at most, drawn by the seed: more take longer and are less random; 0 measures "
    "all"), 0 },
  { "decay-seed", N_("Seed"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (Settings, seed), 1, 0, G_MAXINT32, "", NULL,
    N_("Another number draws other spots"), 0 },
  { "decay-components", N_("Components"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (Settings, components), 20, 0, 1000, "", NULL,
    N_("Likeness of the data is the cosine of so many principal components: fewer leave out noise; 0 takes the numbers as they are"), 0 },
};

static const SmoothParamTable params_table = { "decay", N_("Decay"), sizeof (Settings), params, G_N_ELEMENTS (params) };

static const SmoothParamTable *const tables[] = {
  &params_table, &smooth_expression_params, &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, NULL,
};
static const char *const without[] = { "markers", NULL };

static const CliFlag flags[] = {
  { "values", "FILE", N_("data to compare: table with the columns barcode and any others [default: expression of genes; of points none]"), FALSE },
  CLI_GENE_FLAGS,
  CLI_SITE_FLAGS,
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

typedef struct
{
  CliJob *job;
  Settings settings;
  SmoothExpressionSettings expression;
  SmoothParameters parameters;
  CliSite site;
  SmoothDecay *prior;
  SmoothDecay *data; /* (nullable): without data */
} Problem;

static SmoothFeatures *
open_features (Problem *problem, GError **error)
{
  CliSite *site = &problem->site;

  if (cli_options_get (problem->job->options, "values") != NULL)
    {
      g_autoptr (SmoothColumns) columns = cli_site_load_columns (site, problem->job, "values", error);
      g_autoptr (SmoothMatrix) values = columns != NULL ? cli_site_dup_values (site, problem->job, columns, error) : NULL;
      return values != NULL ? smooth_features_new_from_matrix (values, error) : NULL;
    }
  g_autoptr (SmoothExpression) expression
      = cli_open_expression (problem->job, site->section, &problem->parameters.prepare, &problem->expression, error);
  return expression != NULL ? smooth_features_new_from_sparse (expression->values, error) : NULL;
}

static gboolean
measure_data (Problem *problem, GError **error)
{
  gint n_dims = problem->settings.components;
  g_autoptr (SmoothFeatures) features = open_features (problem, error);

  if (features == NULL)
    return FALSE;
  g_autoptr (SmoothFeatures) compared
      = n_dims > 0 ? smooth_features_new_principal (features, n_dims, problem->job->report, problem->job->run, error) : smooth_features_ref (features);
  if (compared != NULL)
    problem->data = smooth_decay_new_of_features (compared, problem->site.coords, problem->site.n_dims, problem->settings.orders,
                                                  problem->job->run, error);
  return problem->data != NULL;
}

static void
add_fit (CliJob *job, const char *name, const SmoothDecay *decay)
{
  json_builder_set_member_name (job->numbers, name);
  json_builder_begin_object (job->numbers);
  smooth_json_add_double (job->numbers, "alpha", decay->alpha);
  smooth_json_add_double (job->numbers, "beta", decay->beta);
  smooth_json_add_int (job->numbers, "n_measured", decay->n_measured);
  json_builder_end_object (job->numbers);
  g_string_append_printf (job->summary, _("%s: median correlation about %.4g exp (-%.4g j), measured from %" PRId64 " spots\n"), name,
                          decay->alpha, decay->beta, decay->n_measured);
  if (decay->report != NULL)
    smooth_report_append (job->report, decay->report);
}

static gboolean
save_decay (const CliJob *job, const char *name, const SmoothDecay *decay, GError **error)
{
  static const char *const columns[] = { "q10", "q25", "q50", "q75", "q90" };
  g_autofree char *path = cli_job_dup_path (job, name);
  g_auto (GStrv) orders = g_new0 (char *, decay->n_orders + 1);

  for (gint j = 0; j < decay->n_orders; j++)
    orders[j] = g_strdup_printf ("%d", j);
  return smooth_columns_save (path, "order", (const char *const *) orders, decay->n_orders, columns, SMOOTH_DECAY_N_QUANTILES,
                              decay->quantiles, error);
}

static gboolean
measure (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  CliSite *site = &problem->site;

  if (!cli_site_open (site, job, error) || !cli_site_compute (site, job, &problem->parameters, error))
    return FALSE;
  if (problem->settings.orders > site->n_spots - 1 && site->n_spots > 1)
    {
      problem->settings.orders = (gint) site->n_spots - 1;
      smooth_report_add (job->report, SMOOTH_REPORT_NOTE, "%d orders are told: there are no more spots", problem->settings.orders);
    }
  gboolean has_data = site->section != NULL || cli_options_get (job->options, "values") != NULL;
  cli_job_begin_stage (job, "data");
  if (has_data && !measure_data (problem, error))
    return FALSE;
  cli_job_begin_stage (job, "prior");
  problem->prior = smooth_decay_new_of_prior (site->precision, site->coords, site->n_dims, problem->settings.orders, problem->settings.measured,
                                              problem->settings.seed, job->run, error);
  return problem->prior != NULL;
}

static gboolean
save (Problem *problem, GError **error)
{
  CliJob *job = problem->job;

  add_fit (job, "prior", problem->prior);
  if (problem->data != NULL)
    {
      add_fit (job, "data", problem->data);
      smooth_json_add_double (job->numbers, "mismatch", smooth_decay_get_mismatch (problem->prior, problem->data, 1, SMOOTH_CHOICE_DEGREES));
    }
  return cli_job_begin_output (job, error) && save_decay (job, "prior-decay.csv", problem->prior, error)
         && (problem->data == NULL || save_decay (job, "data-decay.csv", problem->data, error));
}

static gboolean
get_settings (Problem *problem, GError **error)
{
  return cli_job_get_settings (problem->job, &params_table, &problem->settings, error)
         && cli_job_get_settings (problem->job, &smooth_expression_params, &problem->expression, error)
         && cli_job_get_parameters (problem->job, &problem->parameters, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = get_settings (&problem, error) && measure (&problem, error) && save (&problem, error);

  smooth_decay_free (problem.prior);
  smooth_decay_free (problem.data);
  cli_site_clear (&problem.site);
  return done;
}

const CliCommand cli_decay_command = {
  .name = "decay",
  .summary = N_("how correlation falls off with distance, in the prior and in the data"),
  CLI_SITE_ARGUMENT,
  .flags = flags,
  .tables = tables,
  .without = without,
  .compute = compute,
};
