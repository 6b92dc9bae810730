/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli train: an autoencoder of a section's expression, variational or plain, with an embedding that varies smoothly
 * over the tissue. */
#include "cli/genes.h"
#include "cli/labels.h"
#include "cli/site.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = {
  { "batches", "FILE", N_("batches of spots, whose differences the decoder of --model vae explains apart from the latent numbers: table with the columns barcode and batch"), FALSE },
  { "column", "NAME", N_("the column of the labels [default: the only other one]"), FALSE },
  { "h5ad", NULL, N_("write section.h5ad, too, for anndata, scanpy and squidpy: counts, picture, graph and regions, the embedding as X_autoencoder in obsm"), FALSE },
  CLI_GENE_FLAGS,
  CLI_REGIONS_FLAG,
  CLI_LIKENESS_FLAGS,
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

typedef enum
{
  TRAIN_VAE,
  TRAIN_AE,
} TrainModel;

typedef struct
{
  gint model; /* TrainModel */
} TrainSettings;

static const char *const models[] = { "vae", "ae", NULL };

static const SmoothParam params[] = {
  { "model", N_ ("Model"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (TrainSettings, model), TRAIN_VAE, 0, TRAIN_AE, "", models,
    N_ ("vae: the variational autoencoder of counts, SpatialVAE; ae: the plain one, SpatialAE, which shares latent-dimensions, epochs, hidden-units, "
        "dropout, learning-rate and weight-decay with it"), 0 },
};

static const SmoothParamTable params_table = { "train", N_ ("Model"), sizeof (TrainSettings), params, G_N_ELEMENTS (params) };

static const SmoothParamTable *const tables[]
    = { &params_table, &smooth_vae_params, &smooth_ae_params, &smooth_contrast_params, &smooth_expression_params, &smooth_graph_params,
        &smooth_scaling_params, &smooth_precision_params, NULL };
static const SmoothParamTable *const tables_of_vae[] = { &smooth_vae_params, NULL };
static const SmoothParamTable *const tables_of_ae[] = { &smooth_ae_params, &smooth_contrast_params, NULL };

typedef struct
{
  TrainSettings train;
  SmoothParameters parameters;
  SmoothExpressionSettings expression;
  SmoothVaeSettings vae;
  SmoothAeSettings ae;
  SmoothContrastSettings contrast;
} Settings;

static gboolean
has_parameter (const SmoothParamTable *const *some, const char *name)
{
  for (gsize t = 0; some[t] != NULL; t++)
    if (smooth_params_find (some[t], name) != NULL)
      return TRUE;
  return FALSE;
}

/* Parameters of the other model would have no effect. */
static gboolean
check_others (const CliJob *job, const SmoothParamTable *const *own, const SmoothParamTable *const *others, const char *model, GError **error)
{
  for (gsize t = 0; others[t] != NULL; t++)
    for (gsize i = 0; i < others[t]->n_params; i++)
      {
        const char *name = others[t]->params[i].name;
        if (cli_options_get (job->options, name) == NULL || has_parameter (own, name))
          continue;
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected parameters of --model %s, found --%s, which it does not have", model, name);
        return FALSE;
      }
  return TRUE;
}

static gboolean
get_settings (CliJob *job, Settings *settings, GError **error)
{
  if (!cli_job_get_parameters (job, &settings->parameters, error) || !cli_job_get_settings (job, &smooth_expression_params, &settings->expression, error)
      || !cli_job_get_settings (job, &params_table, &settings->train, error))
    return FALSE;
  if (settings->train.model == TRAIN_VAE)
    {
      if (!check_others (job, tables_of_vae, tables_of_ae, models[TRAIN_VAE], error)
          || !cli_job_get_settings (job, &smooth_vae_params, &settings->vae, error))
        return FALSE;
      settings->parameters.prepare.scale = settings->vae.likelihood == 3 ? SMOOTH_PREPARE_LOG1P : SMOOTH_PREPARE_COUNTS;
      return TRUE;
    }
  if (cli_options_get (job->options, "batches") != NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected parameters of --model %s, found --%s, which it does not have", models[TRAIN_AE], "batches");
      return FALSE;
    }
  if (!check_others (job, tables_of_ae, tables_of_vae, models[TRAIN_AE], error) || !cli_job_get_settings (job, &smooth_ae_params, &settings->ae, error)
      || !cli_job_get_settings (job, &smooth_contrast_params, &settings->contrast, error))
    return FALSE;
  settings->parameters.prepare.scale = settings->ae.loss == 1 ? SMOOTH_PREPARE_COUNTS : SMOOTH_PREPARE_LOG1P;
  return TRUE;
}

/* epochs.csv: what each had in training. @rows: n_epochs x n_columns, row-major */
static gboolean
save_epochs (const CliJob *job, gint64 n_epochs, const char *const *columns, gint64 n_columns, const double *rows, GError **error)
{
  g_autofree char *path = cli_job_dup_path (job, "epochs.csv");
  g_auto (GStrv) names = g_new0 (char *, n_epochs + 1);

  for (gint64 t = 0; t < n_epochs; t++)
    names[t] = g_strdup_printf ("%" G_GINT64_FORMAT, t + 1);
  return smooth_columns_save (path, "epoch", (const char *const *) names, n_epochs, columns, n_columns, rows, error);
}

static SmoothLayer *
new_layer (const CliSite *site, const char *key, const char *title, SmoothLayerKind kind, const char *const *names, const SmoothMatrix *values,
           GError **error)
{
  SmoothLayer *layer = smooth_layer_new (key, title, kind, site->section->n_spots, names, NULL, error);

  if (layer != NULL)
    smooth_layer_spread (layer, values, site->spots);
  return layer;
}

/* section.h5ad, if it was asked for. @variances: (nullable) */
static gboolean
save_anndata (CliJob *job, const CliSite *site, const char *const *names, const SmoothMatrix *embedding, const SmoothMatrix *variances, GError **error)
{
  if (cli_job_get_word (job, "h5ad") == NULL)
    return TRUE;
  g_autofree char *path = cli_job_dup_path (job, "section.h5ad");
  g_autofree char *recipe = smooth_recipe_dup_json (job->recipe, job->output, error);
  g_autoptr (SmoothLayer) first = recipe != NULL ? new_layer (site, "autoencoder", "Embedding", SMOOTH_LAYER_SIGNED, names, embedding, error) : NULL;
  g_autoptr (SmoothLayer) second = first != NULL && variances != NULL
                                       ? new_layer (site, "autoencoder_variances", "Variances", SMOOTH_LAYER_VALUES, names, variances, error) : NULL;
  SmoothLayer *layers[] = { first, second };

  if (first == NULL || (variances != NULL && second == NULL))
    return FALSE;
  return smooth_export_anndata (site->outcome, layers, second != NULL ? 2 : 1, recipe, path, job->report, error);
}

/* What both models report. */
static void
add_sizes (CliJob *job, const SmoothExpression *expression, gint64 n_dims, gint64 n_epochs, double reconstruction, double spatial)
{
  smooth_json_add_int (job->numbers, "n_genes_used", expression->n_genes);
  smooth_json_add_int (job->numbers, "n_dimensions", n_dims);
  smooth_json_add_int (job->numbers, "n_epochs", n_epochs);
  smooth_json_add_double (job->numbers, "reconstruction", reconstruction);
  smooth_json_add_double (job->numbers, "spatial", spatial);
}

static void
add_end (CliJob *job, const SmoothReport *report, gboolean has_diverged)
{
  smooth_report_append (job->report, report);
  if (!has_diverged)
    return;
  job->is_converged = FALSE;
  job->status = smooth_status_get_name (SMOOTH_STATUS_STOPPED);
}

/* ---- The variational autoencoder: per spot ---- */

static gboolean
save_vae (CliJob *job, const CliSite *site, const SmoothVae *vae, GError **error)
{
  static const char *const columns[] = { "reconstruction", "divergence", "spatial" };
  g_auto (GStrv) names = cli_dup_numbered_names ("Z", vae->n_dims);
  const char *const *dimensions = (const char *const *) names;
  g_autofree double *rows = g_new (double, 3 * vae->n_epochs + 1);

  for (gint64 t = 0; t < vae->n_epochs; t++)
    {
      rows[3 * t] = vae->epochs[t].reconstruction;
      rows[3 * t + 1] = vae->epochs[t].divergence;
      rows[3 * t + 2] = vae->epochs[t].spatial;
    }
  return cli_job_begin_output (job, error) && cli_site_save (site, job, "latent.csv", dimensions, vae->means, error)
         && cli_site_save (site, job, "latent-variances.csv", dimensions, vae->variances, error)
         && save_epochs (job, vae->n_epochs, columns, 3, rows, error) && save_anndata (job, site, dimensions, vae->means, vae->variances, error);
}

/* Numbers of the batches of the spots. NULL with @error. */
static gint32 *
load_batches (CliJob *job, const CliSite *site, const char *path, gint64 *n_batches, GError **error)
{
  g_autoptr (GHashTable) labels = cli_labels_load (path, cli_job_get_word (job, "column"), error);
  g_auto (GStrv) names = NULL;

  if (labels == NULL)
    return NULL;
  g_autofree gint32 *codes = cli_labels_dup_codes (labels, site->barcodes, site->n_spots, &names);
  for (gint64 i = 0; i < site->n_spots; i++)
    if (codes[i] < 0)
      {
        smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected a batch for each spot, found none for %s", path, site->barcodes[i]);
        return NULL;
      }
  *n_batches = g_strv_length (names);
  return g_steal_pointer (&codes);
}

static gboolean
train_vae (CliJob *job, const CliSite *site, const SmoothExpression *expression, const Settings *settings, GError **error)
{
  const char *path = cli_job_get_input (job, "batches");
  SmoothVaeBatches batches = { 0 };
  g_autofree gint32 *codes = path != NULL ? load_batches (job, site, path, &batches.n_batches, error) : NULL;

  if (path != NULL && codes == NULL)
    return FALSE;
  batches.codes = codes;
  g_autoptr (SmoothVae) vae = smooth_vae_fit (expression->values, codes != NULL ? &batches : NULL, site->precision, &settings->vae, NULL, NULL,
                                              job->run, error);
  if (vae == NULL)
    return FALSE;
  smooth_json_add_int (job->numbers, "n_batches", batches.n_batches);
  add_end (job, vae->report, vae->has_diverged);
  add_sizes (job, expression, vae->n_dims, vae->n_epochs, vae->last.reconstruction, vae->last.spatial);
  smooth_json_add_double (job->numbers, "divergence", vae->last.divergence);
  g_string_append_printf (job->summary,
                          _("%" PRId64 " dimensions of %" PRId64 " genes after %" PRId64 " epochs: reconstruction %.6g, divergence %.6g, spatial %.6g a spot\n"),
                          vae->n_dims, expression->n_genes, vae->n_epochs, vae->last.reconstruction, vae->last.divergence, vae->last.spatial);
  return save_vae (job, site, vae, error);
}

/* ---- The plain autoencoder: means over genes and spots ---- */

static gboolean
save_ae (CliJob *job, const CliSite *site, const SmoothAe *ae, GError **error)
{
  static const char *const columns[] = { "reconstruction", "orthogonality", "spatial", "rate" };
  g_auto (GStrv) names = cli_dup_numbered_names ("Z", ae->n_dims);
  g_autofree double *rows = g_new (double, 4 * ae->n_epochs + 1);

  for (gint64 t = 0; t < ae->n_epochs; t++)
    {
      rows[4 * t] = ae->epochs[t].reconstruction;
      rows[4 * t + 1] = ae->epochs[t].orthogonality;
      rows[4 * t + 2] = ae->epochs[t].spatial;
      rows[4 * t + 3] = ae->epochs[t].rate;
    }
  return cli_job_begin_output (job, error) && cli_site_save (site, job, "latent.csv", (const char *const *) names, ae->embedding, error)
         && save_epochs (job, ae->n_epochs, columns, 4, rows, error)
         && save_anndata (job, site, (const char *const *) names, ae->embedding, NULL, error);
}

static gboolean
train_ae (CliJob *job, const CliSite *site, const SmoothExpression *expression, const Settings *settings, GError **error)
{
  g_autoptr (SmoothAe) ae = smooth_ae_fit (expression->values, site->precision, &settings->ae, &settings->contrast, job->run, error);

  if (ae == NULL)
    return FALSE;
  add_end (job, ae->report, ae->end == SMOOTH_AE_DIVERGED);
  add_sizes (job, expression, ae->n_dims, ae->n_epochs, ae->last.reconstruction, ae->last.spatial);
  smooth_json_add_int (job->numbers, "best_epoch", ae->best + 1);
  smooth_json_add_double (job->numbers, "orthogonality", ae->last.orthogonality);
  g_string_append_printf (job->summary,
                          _("%" PRId64 " dimensions of %" PRId64 " genes after %" PRId64 " epochs, the best being %" PRId64
                            ": reconstruction %.6g, orthogonality %.6g, spatial %.6g\n"),
                          ae->n_dims, expression->n_genes, ae->n_epochs, ae->best + 1, ae->last.reconstruction, ae->last.orthogonality, ae->last.spatial);
  return save_ae (job, site, ae, error);
}

/* ---- The command ---- */

static gboolean
compute_site (CliJob *job, CliSite *site, Settings *settings, GError **error)
{
  if (!cli_site_open (site, job, error) || !cli_site_compute (site, job, &settings->parameters, error))
    return FALSE;
  g_autoptr (SmoothExpression) expression = cli_open_expression (job, site->section, &settings->parameters.prepare, &settings->expression, error);
  if (expression == NULL)
    return FALSE;
  cli_job_begin_stage (job, "training");
  return settings->train.model == TRAIN_AE ? train_ae (job, site, expression, settings, error) : train_vae (job, site, expression, settings, error);
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
  .summary = N_("an autoencoder of expression, with an embedding that varies smoothly over the tissue"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
