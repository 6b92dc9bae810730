/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli suggest: which lambda and rho suit a section, with the whole curve. */
#include "cli/site.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static const CliFlag flags[] = { CLI_SIGNATURE_FLAGS, CLI_REGIONS_FLAG, CLI_LIKENESS_FLAGS, CLI_JOB_FLAGS, CLI_END_OF_FLAGS };

static const SmoothParamTable *const tables[] = {
  &smooth_choose_params, &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params,
  &smooth_deconvolution_params, NULL,
};
static const char *const without[] = { "lambda", "lambda-unit", NULL };

typedef struct
{
  CliJob *job;
  SmoothChooseSettings settings;
  SmoothParameters parameters;
  CliSite site;
  SmoothSignature *signature;
  SmoothChoice *choice;
} Problem;

static const char *const method_names[] = {
  [SMOOTH_CHOOSE_AUTO] = "auto",         [SMOOTH_CHOOSE_GENES] = "genes", [SMOOTH_CHOOSE_THINNING] = "thinning",
  [SMOOTH_CHOOSE_EVIDENCE] = "evidence", [SMOOTH_CHOOSE_DECAY] = "decay",
};

static void
add_point (CliJob *job, const char *name, const SmoothChoicePoint *point)
{
  json_builder_set_member_name (job->numbers, name);
  json_builder_begin_object (job->numbers);
  smooth_json_add_double (job->numbers, "lambda", point->lambda);
  smooth_json_add_double (job->numbers, "strength", point->strength);
  smooth_json_add_double (job->numbers, "rho", point->rho);
  smooth_json_add_double (job->numbers, "score", point->score);
  json_builder_end_object (job->numbers);
}

static void
add_numbers (Problem *problem)
{
  const SmoothChoice *choice = problem->choice;
  const SmoothChoicePoint *chosen = &choice->points[choice->chosen];

  smooth_json_add_string (problem->job->numbers, "method", method_names[choice->method]);
  smooth_json_add_int (problem->job->numbers, "n_points", choice->n_points);
  add_point (problem->job, "chosen", chosen);
  add_point (problem->job, "best", &choice->points[choice->best]);
  if (isfinite (chosen->lambda))
    g_string_append_printf (problem->job->summary, _("by %s: --lambda %.6g --rho %g (strength %.4g)\n"), method_names[choice->method], chosen->lambda,
                            chosen->rho, chosen->strength);
  else
    g_string_append_printf (problem->job->summary, _("by %s: --rho %g\n"), method_names[choice->method], chosen->rho);
  if (choice->report != NULL)
    smooth_report_append (problem->job->report, choice->report);
}

/* point, lambda, strength, rho, score, its error, difference to the best, its error, chosen. */
static gboolean
save_curve (const CliJob *job, const SmoothChoice *choice, GError **error)
{
  static const char *const columns[] = { "lambda", "strength", "rho", "score", "score_error", "difference", "difference_error", "is_chosen" };
  g_autofree char *path = cli_job_dup_path (job, "curve.csv");
  g_autofree double *rows = g_new (double, 8 * choice->n_points);
  g_auto (GStrv) names = g_new0 (char *, choice->n_points + 1);

  for (gint64 i = 0; i < choice->n_points; i++)
    {
      const SmoothChoicePoint *p = &choice->points[i];
      const double row[8] = { p->lambda, p->strength, p->rho, p->score, p->score_error, p->difference, p->difference_error, i == choice->chosen };
      for (gint c = 0; c < 8; c++)
        rows[8 * i + c] = row[c];
      names[i] = g_strdup_printf ("%" G_GINT64_FORMAT, i + 1);
    }
  return smooth_columns_save (path, "point", (const char *const *) names, choice->n_points, columns, 8, rows, error);
}

static gboolean
save_types (const CliJob *job, const SmoothChoice *choice, GError **error)
{
  static const char *const columns[] = { "gain", "gain_error" };
  g_autofree char *path = cli_job_dup_path (job, "types.csv");
  g_autofree double *rows = g_new (double, 2 * choice->n_types);

  for (gint64 k = 0; k < choice->n_types; k++)
    {
      rows[2 * k] = choice->type_gains[k];
      rows[2 * k + 1] = choice->type_errors[k];
    }
  return smooth_columns_save (path, "type", (const char *const *) choice->type_names, choice->n_types, columns, 2, rows, error);
}

/* Of decay: degree, likeness of expression, and the prior's correlation at every rho. */
static gboolean
save_correlations (const CliJob *job, const SmoothChoice *choice, GError **error)
{
  gint64 n = choice->n_points + 1;
  g_autofree char *path = cli_job_dup_path (job, "correlations.csv");
  g_autofree double *rows = g_new (double, SMOOTH_CHOICE_DEGREES * n);
  g_auto (GStrv) degrees = g_new0 (char *, SMOOTH_CHOICE_DEGREES + 1), columns = g_new0 (char *, n + 1);

  columns[0] = g_strdup ("expression");
  for (gint64 r = 0; r < choice->n_points; r++)
    columns[r + 1] = g_strdup_printf ("rho %g", choice->points[r].rho);
  for (gint j = 0; j < SMOOTH_CHOICE_DEGREES; j++)
    {
      degrees[j] = g_strdup_printf ("%d", j + 1);
      rows[j * n] = choice->similarity[j];
      for (gint64 r = 0; r < choice->n_points; r++)
        rows[j * n + r + 1] = choice->correlations[r * SMOOTH_CHOICE_DEGREES + j];
    }
  return smooth_columns_save (path, "degree", (const char *const *) degrees, SMOOTH_CHOICE_DEGREES, (const char *const *) columns, n, rows, error);
}

static gboolean
save (Problem *problem, GError **error)
{
  const SmoothChoice *choice = problem->choice;

  add_numbers (problem);
  return cli_job_begin_output (problem->job, error) && save_curve (problem->job, choice, error)
         && (choice->method == SMOOTH_CHOOSE_DECAY || choice->n_types == 0 || save_types (problem->job, choice, error))
         && (choice->correlations == NULL || save_correlations (problem->job, choice, error));
}

static gboolean
choose (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  SmoothChooseInputs inputs = { .prepare = &problem->parameters.prepare, .prior = &problem->parameters.prior, .model = &problem->parameters.model };

  if (!cli_site_open (&problem->site, job, error))
    return FALSE;
  problem->signature = cli_job_open_signature (job, problem->site.section, error);
  if (problem->signature == NULL || !cli_site_compute (&problem->site, job, &problem->parameters, error))
    return FALSE;
  if (problem->signature->report != NULL)
    smooth_report_append (job->report, problem->signature->report);
  cli_job_begin_stage (job, "choose");
  inputs.section = problem->site.section;
  inputs.signature = problem->signature;
  inputs.graph = problem->site.graph;
  problem->choice = smooth_choose (&inputs, &problem->settings, job->run, error);
  return problem->choice != NULL;
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = cli_job_get_settings (job, &smooth_choose_params, &problem.settings, error)
                  && cli_job_get_parameters (job, &problem.parameters, error) && choose (&problem, error) && save (&problem, error);

  smooth_choice_free (problem.choice);
  smooth_signature_unref (problem.signature);
  cli_site_clear (&problem.site);
  return done;
}

const CliCommand cli_suggest_command = {
  .name = "suggest",
  .summary = N_("the lambda and rho that suit a section, with the whole curve"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .without = without,
  .compute = compute,
};
