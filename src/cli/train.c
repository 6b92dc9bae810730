/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli train: a variational autoencoder of a section's counts, with latent means that vary smoothly over the tissue. */
#include "cli/genes.h"
#include "cli/site.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = {
  CLI_GENE_FLAGS,
  CLI_REGIONS_FLAG,
  CLI_LIKENESS_FLAGS,
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[]
    = { &smooth_vae_params, &smooth_expression_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, NULL };

typedef struct
{
  SmoothParameters parameters;
  SmoothExpressionSettings expression;
  SmoothVaeSettings vae;
} Settings;

static gboolean
get_settings (CliJob *job, Settings *settings, GError **error)
{
  if (!cli_job_get_parameters (job, &settings->parameters, error) || !cli_job_get_settings (job, &smooth_expression_params, &settings->expression, error)
      || !cli_job_get_settings (job, &smooth_vae_params, &settings->vae, error))
    return FALSE;
  settings->parameters.prepare.scale = SMOOTH_PREPARE_COUNTS;
  return TRUE;
}

/* epochs.csv: what each had in training, per spot. */
static gboolean
save_epochs (const CliJob *job, const SmoothVae *vae, GError **error)
{
  static const char *const columns[] = { "reconstruction", "divergence", "spatial" };
  g_autofree char *path = cli_job_dup_path (job, "epochs.csv");
  g_auto (GStrv) names = g_new0 (char *, vae->n_epochs + 1);
  g_autofree double *rows = g_new (double, 3 * vae->n_epochs + 1);

  for (gint64 t = 0; t < vae->n_epochs; t++)
    {
      names[t] = g_strdup_printf ("%" G_GINT64_FORMAT, t + 1);
      rows[3 * t] = vae->epochs[t].reconstruction;
      rows[3 * t + 1] = vae->epochs[t].divergence;
      rows[3 * t + 2] = vae->epochs[t].spatial;
    }
  return smooth_columns_save (path, "epoch", (const char *const *) names, vae->n_epochs, columns, 3, rows, error);
}

static gboolean
save (CliJob *job, const CliSite *site, const SmoothVae *vae, GError **error)
{
  g_auto (GStrv) names = cli_dup_numbered_names ("Z", vae->n_dims);
  const char *const *dimensions = (const char *const *) names;

  return cli_job_begin_output (job, error) && cli_site_save (site, job, "latent.csv", dimensions, vae->means, error)
         && cli_site_save (site, job, "latent-variances.csv", dimensions, vae->variances, error) && save_epochs (job, vae, error);
}

static void
add_numbers (CliJob *job, const SmoothExpression *expression, const SmoothVae *vae)
{
  smooth_json_add_int (job->numbers, "n_genes_used", expression->n_genes);
  smooth_json_add_int (job->numbers, "n_dimensions", vae->n_dims);
  smooth_json_add_int (job->numbers, "n_epochs", vae->n_epochs);
  smooth_json_add_double (job->numbers, "reconstruction", vae->last.reconstruction);
  smooth_json_add_double (job->numbers, "divergence", vae->last.divergence);
  smooth_json_add_double (job->numbers, "spatial", vae->last.spatial);
  g_string_append_printf (job->summary,
                          _("%" PRId64 " dimensions of %" PRId64 " genes after %" PRId64 " epochs: reconstruction %.6g, divergence %.6g, spatial %.6g a spot\n"),
                          vae->n_dims, expression->n_genes, vae->n_epochs, vae->last.reconstruction, vae->last.divergence, vae->last.spatial);
}

static gboolean
compute_site (CliJob *job, CliSite *site, Settings *settings, GError **error)
{
  if (!cli_site_open (site, job, error) || !cli_site_compute (site, job, &settings->parameters, error))
    return FALSE;
  g_autoptr (SmoothExpression) expression = cli_open_expression (job, site->section, &settings->parameters.prepare, &settings->expression, error);
  if (expression == NULL)
    return FALSE;
  cli_job_begin_stage (job, "training");
  g_autoptr (SmoothVae) vae = smooth_vae_fit (expression->values, site->precision, &settings->vae, job->run, error);
  if (vae == NULL)
    return FALSE;
  add_numbers (job, expression, vae);
  return save (job, site, vae, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  CliSite site = { 0 };
  Settings settings;
  gboolean done = get_settings (job, &settings, error) && compute_site (job, &site, &settings, error);

  cli_site_clear (&site);
  return done;
}

const CliCommand cli_train_command = {
  .name = "train",
  .summary = N_("a variational autoencoder of counts, with latent means that vary smoothly over the tissue"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
