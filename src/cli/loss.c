/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli loss: the spatial loss of any numbers by spot, and its gradient. */
#include "cli/site.h"

#include <glib/gi18n-lib.h>

typedef enum
{
  LOSS_QUADRATIC,
  LOSS_CONTRASTIVE,
  LOSS_KL,
} LossKind;

typedef struct
{
  gint kind; /* LossKind */
  gboolean normalise;
} Settings;

static const char *const kinds[] = { "quadratic", "contrastive", "kl", NULL };

static const SmoothParam params[] = {
  { "loss", N_("Loss"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (Settings, kind), LOSS_QUADRATIC, 0, LOSS_KL, "", kinds,
    N_("b'Qb by the prior (quadratic), the same less that of shuffled spots (contrastive), or the divergence of the columns' shares between "
    "neighbours (kl, without prior)"), 0 },
  { "normalise", N_("Normalise"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (Settings, normalise), 1, 0, 1, "", NULL,
    N_("Divides loss and gradient by the number of columns times the number of spots; kl is always a mean over edges"), 0 },
};

static const SmoothParamTable params_table = { "loss", N_("Loss"), sizeof (Settings), params, G_N_ELEMENTS (params) };

static const SmoothParamTable *const tables[] = {
  &params_table, &smooth_contrast_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, NULL,
};

static const CliFlag flags[] = {
  { "values", "FILE", N_("the numbers: table with the columns barcode and any others, one row a spot"), TRUE },
  { "confidences", "FILE", N_("weight of each column's loss: table with the rows of these columns and one column of numbers [default: 1]"), FALSE },
  CLI_SITE_FLAGS,
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

/* Everything that the command was given. */
typedef struct
{
  Settings settings;
  SmoothContrastSettings contrast;
  SmoothParameters parameters;
} Given;

/* What is computed on. */
typedef struct
{
  CliJob *job;
  const Given *given;
  CliSite *site;
  SmoothColumns *columns;
  SmoothMatrix *values;   /* K x n_spots */
  double *confidences;    /* (nullable): K */
  SmoothMatrix *gradient; /* K x n_spots */
} Problem;

static gboolean
open_problem (Problem *problem, GError **error)
{
  CliJob *job = problem->job;

  if (!cli_site_open (problem->site, job, error))
    return FALSE;
  problem->columns = cli_site_load_columns (problem->site, job, "values", error);
  problem->values = problem->columns != NULL ? cli_site_dup_values (problem->site, job, problem->columns, error) : NULL;
  if (problem->values == NULL
      || !cli_job_load_confidences (job, problem->columns->column_names, problem->columns->n_columns, &problem->confidences, error))
    return FALSE;
  if (problem->given->settings.kind == LOSS_KL && problem->confidences != NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "--confidences have no meaning for --loss kl, whose columns are shares of one whole");
      return FALSE;
    }
  return TRUE;
}

static void
add_loss (CliJob *job, double loss)
{
  smooth_json_add_double (job->numbers, "loss", loss);
  g_string_append_printf (job->summary, _("loss %.12g\n"), loss);
}

/* Loss of all columns, with the gradient. */
static gboolean
measure (Problem *problem, GError **error)
{
  const Given *given = problem->given;
  CliJob *job = problem->job;
  SmoothContrast contrast;
  double loss;

  if (given->settings.kind == LOSS_CONTRASTIVE)
    {
      if (!smooth_contrastive_loss (problem->site->precision, problem->values, problem->confidences, &given->contrast, NULL,
                                    given->settings.normalise, &contrast, problem->gradient, job->run, error))
        return FALSE;
      add_loss (job, contrast.loss);
      smooth_json_add_double (job->numbers, "positive", contrast.positive);
      smooth_json_add_double (job->numbers, "negative", contrast.negative);
      smooth_json_add_boolean (job->numbers, "is_clamped", contrast.is_clamped);
      return TRUE;
    }
  if (given->settings.kind == LOSS_KL ? !smooth_kl_loss (problem->site->graph, problem->values, &loss, problem->gradient, error)
                                      : !smooth_spatial_loss (problem->site->precision, problem->values, problem->confidences,
                                                              given->settings.normalise, &loss, problem->gradient, job->run, error))
    return FALSE;
  add_loss (job, loss);
  return TRUE;
}

/* One column alone: its row of losses.csv. */
static gboolean
measure_column (const Problem *problem, gint64 k, double *row, GError **error)
{
  const Given *given = problem->given;
  const double *confidence = problem->confidences != NULL ? problem->confidences + k : NULL;
  gint64 n = problem->site->n_spots;
  g_autoptr (SmoothMatrix) column = smooth_matrix_new (1, n, error);
  SmoothContrast contrast;

  if (column == NULL)
    return FALSE;
  for (gint64 s = 0; s < n; s++)
    column->values[s] = smooth_matrix_column (problem->values, s)[k];
  row[0] = confidence != NULL ? *confidence : 1.0;
  if (given->settings.kind == LOSS_QUADRATIC)
    return smooth_spatial_loss (problem->site->precision, column, confidence, given->settings.normalise, &row[1], NULL, problem->job->run,
                                error);
  if (!smooth_contrastive_loss (problem->site->precision, column, confidence, &given->contrast, NULL, given->settings.normalise, &contrast,
                                NULL, problem->job->run, error))
    return FALSE;
  row[1] = contrast.positive;
  row[2] = contrast.negative;
  return TRUE;
}

static gboolean
save_columns (const Problem *problem, GError **error)
{
  static const char *const plain[] = { "confidence", "loss" }, *const contrasted[] = { "confidence", "positive", "negative" };
  gboolean is_plain = problem->given->settings.kind == LOSS_QUADRATIC;
  gint64 n_columns = is_plain ? 2 : 3, n_rows = problem->columns->n_columns;
  g_autofree char *path = cli_job_dup_path (problem->job, "losses.csv");
  g_autofree double *values = g_new (double, n_rows * n_columns);

  for (gint64 k = 0; k < n_rows; k++)
    if (!measure_column (problem, k, values + k * n_columns, error))
      return FALSE;
  return smooth_columns_save (path, "column", (const char *const *) problem->columns->column_names, n_rows, is_plain ? plain : contrasted,
                              n_columns, values, error);
}

static gboolean
compute_problem (Problem *problem, GError **error)
{
  CliJob *job = problem->job;

  if (!open_problem (problem, error) || !cli_site_compute (problem->site, job, &problem->given->parameters, error))
    return FALSE;
  cli_job_begin_stage (job, "loss");
  problem->gradient = smooth_matrix_new (problem->values->n_rows, problem->values->n_cols, error);
  smooth_json_add_int (job->numbers, "n_columns", problem->columns->n_columns);
  if (problem->gradient == NULL || !measure (problem, error) || !cli_job_begin_output (job, error))
    return FALSE;
  if (problem->given->settings.kind != LOSS_KL && !save_columns (problem, error))
    return FALSE;
  return cli_site_save (problem->site, job, "gradient.csv", (const char *const *) problem->columns->column_names, problem->gradient, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  CliSite site = { 0 };
  Given given;
  Problem problem = { .job = job, .given = &given, .site = &site };
  gboolean done = cli_job_get_settings (job, &params_table, &given.settings, error)
                  && cli_job_get_settings (job, &smooth_contrast_params, &given.contrast, error)
                  && cli_job_get_parameters (job, &given.parameters, error) && compute_problem (&problem, error);

  smooth_columns_free (problem.columns);
  g_clear_pointer (&problem.values, smooth_matrix_unref);
  g_clear_pointer (&problem.gradient, smooth_matrix_unref);
  g_free (problem.confidences);
  cli_site_clear (&site);
  return done;
}

const CliCommand cli_loss_command = {
  .name = "loss",
  .summary = N_("the spatial loss of any numbers by spot, and its gradient"),
  CLI_SITE_ARGUMENT,
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
