/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli pca: spatial components of the expression of a section. */
#include "cli/embedding.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const CliFlag flags[] = {
  CLI_GENE_FLAGS,
  { "loadings", "FILE", N_("components of another model: table of genes x components; their scores are taken, no components are sought"), FALSE },
  CLI_REGIONS_FLAG,
  CLI_LIKENESS_FLAGS,
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[] = { CLI_EMBEDDING_TABLES, NULL };

/* loadings.csv: gene x components, as --loadings reads it; genes.csv: what each gene is centred and scaled by. */
static gboolean
save_genes (const CliJob *job, const CliSite *site, const CliEmbedding *embedding, const char *const *components, GError **error)
{
  static const char *const columns[] = { "mean", "factor" };
  const SmoothPca *pca = embedding->pca;
  gint64 n = pca->n_components;
  g_auto (GStrv) genes = cli_dup_gene_names (site->section, embedding->expression);
  const char *const *names = (const char *const *) genes;
  g_autofree double *loadings = g_new (double, pca->n_genes * n + 1), *scales = g_new (double, 2 * pca->n_genes + 1);
  g_autofree char *loadings_path = cli_job_dup_path (job, "loadings.csv");
  g_autofree char *genes_path = cli_job_dup_path (job, "genes.csv");

  for (gint64 g = 0; g < pca->n_genes; g++)
    {
      scales[2 * g] = pca->means[g];
      scales[2 * g + 1] = pca->factors[g];
      for (gint64 k = 0; k < n; k++)
        loadings[g * n + k] = smooth_matrix_column (pca->loadings, k)[g];
    }
  return smooth_columns_save (loadings_path, "gene", names, pca->n_genes, components, n, loadings, error)
         && smooth_columns_save (genes_path, "gene", names, pca->n_genes, columns, 2, scales, error);
}

/* choice.csv: the surface of what hidden spots leave unexplained; flags of the point that was chosen. */
static gboolean
save_choice (CliJob *job, const SmoothPcaChoice *choice, GError **error)
{
  static const char *const columns[] = { "lambda", "score_lambda", "unexplained", "difference", "difference_error", "chosen" };
  g_autofree char *path = cli_job_dup_path (job, "choice.csv");
  g_autofree double *rows = g_new (double, 6 * choice->n_points);
  g_auto (GStrv) names = g_new0 (char *, choice->n_points + 1);

  for (gint64 p = 0; p < choice->n_points; p++)
    {
      const SmoothPcaChoicePoint *point = &choice->points[p];
      const double row[] = { point->lambda, point->score_lambda, point->unexplained, point->difference, point->difference_error,
                             p == choice->chosen };
      memcpy (rows + 6 * p, row, sizeof row);
      names[p] = g_strdup_printf ("%" G_GINT64_FORMAT, p + 1);
    }
  return smooth_columns_save (path, "point", (const char *const *) names, choice->n_points, columns, 6, rows, error);
}

static gboolean
save (CliJob *job, const CliSite *site, const CliEmbedding *embedding, GError **error)
{
  static const char *const eigenvalue[] = { "eigenvalue" };
  const SmoothPca *pca = embedding->pca;
  g_auto (GStrv) names = cli_dup_numbered_names ("PC", pca->n_components);
  const char *const *components = (const char *const *) names;
  g_autofree char *path = cli_job_dup_path (job, "eigenvalues.csv");

  return cli_job_begin_output (job, error) && save_genes (job, site, embedding, components, error)
         && (embedding->choice == NULL || save_choice (job, embedding->choice, error))
         && cli_site_save (site, job, "scores.csv", components, pca->scores, error)
         && cli_site_save (site, job, "posterior-scores.csv", components, embedding->posterior, error)
         && smooth_columns_save (path, "component", components, pca->n_components, eigenvalue, 1, pca->eigenvalues, error);
}

static void
add_numbers (CliJob *job, const CliEmbedding *embedding)
{
  const SmoothPca *pca = embedding->pca;
  JsonBuilder *numbers = job->numbers;

  smooth_json_add_int (numbers, "n_genes_used", pca->n_used);
  smooth_json_add_int (numbers, "n_components", pca->n_components);
  smooth_json_add_double (numbers, "objective", pca->objective);
  smooth_json_add_double (numbers, "data_term", pca->data_term);
  smooth_json_add_double (numbers, "spatial_term", pca->spatial_term);
  smooth_json_add_double (numbers, "next_eigenvalue", pca->next);
  smooth_json_add_double (numbers, "residual", pca->residual);
  smooth_json_add_double (numbers, "angle", pca->angle);
  smooth_json_add_double (numbers, "score_residual", embedding->residual);
  g_string_append_printf (job->summary, _("%" PRId64 " components of %" PRId64 " genes: objective %.8g (data %.6g, spatial %.6g)\n"),
                          pca->n_components, pca->n_used, pca->objective, pca->data_term, pca->spatial_term);
}

static gboolean
compute_site (CliJob *job, CliSite *site, CliEmbedding *embedding, CliEmbeddingSettings *settings, GError **error)
{
  if (!cli_site_open (site, job, error) || !cli_embedding_compute (embedding, job, site, settings, error))
    return FALSE;
  add_numbers (job, embedding);
  return save (job, site, embedding, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  CliSite site = { 0 };
  CliEmbedding embedding = { 0 };
  CliEmbeddingSettings settings;
  gboolean done = cli_embedding_get_settings (job, &settings, error) && compute_site (job, &site, &embedding, &settings, error);

  cli_embedding_clear (&embedding);
  cli_site_clear (&site);
  return done;
}

const CliCommand cli_pca_command = {
  .name = "pca",
  .summary = N_("components of expression that vary smoothly over the tissue"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .without = cli_embedding_without,
  .compute = compute,
};
