/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spatial components of a section, from its own genes or with given loadings, and their posterior scores. */
#include "cli/embedding.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *const cli_embedding_without[] = { "markers", NULL };

static const SmoothParam params[] = {
  { "choose-smoothness", N_("Choose the smoothness"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (CliSmoothness, choose), 0, 0, 1, "", NULL,
    N_("Lets hidden spots choose pca-lambda and score-lambda in place of those given"), 0 },
};

const SmoothParamTable cli_embedding_params = { "smoothness", N_("Smoothness"), sizeof (CliSmoothness), params, G_N_ELEMENTS (params) };

gboolean
cli_embedding_get_settings (CliJob *job, CliEmbeddingSettings *settings, GError **error)
{
  return cli_job_get_parameters (job, &settings->parameters, error)
         && cli_job_get_settings (job, &smooth_expression_params, &settings->expression, error)
         && cli_job_get_settings (job, &smooth_pca_params, &settings->pca, error)
         && cli_job_get_settings (job, &cli_embedding_params, &settings->smoothness, error)
         && cli_job_get_settings (job, &smooth_pca_choose_params, &settings->choosing, error);
}

/* ---- Given loadings ---- */

/* The loadings in the order of the used genes: n_genes x H. */
static SmoothMatrix *
arrange_loadings (const SmoothColumns *table, const SmoothSection *section, const SmoothExpression *expression, GError **error)
{
  SmoothMatrix *loadings = smooth_matrix_new (expression->n_genes, table->n_columns, error);
  g_autofree gint64 *places = g_new (gint64, section->n_genes + 1);

  if (loadings == NULL)
    return NULL;
  for (gint64 i = 0; i < expression->n_genes; i++)
    places[expression->genes[i]] = i;
  for (gint64 row = 0; row < table->n_rows; row++)
    {
      gint64 gene = smooth_section_find_gene (section, table->row_names[row]);
      for (gint64 k = 0; gene >= 0 && k < table->n_columns; k++)
        smooth_matrix_column (loadings, k)[places[gene]] = smooth_matrix_column (table->values, row)[k];
    }
  return loadings;
}

/* The genes are those of the table that the section has. */
static gboolean
use_loadings (CliEmbedding *embedding, CliJob *job, CliSite *site, const CliEmbeddingSettings *settings, const char *path, GError **error)
{
  g_autoptr (SmoothColumns) table = smooth_columns_load (path, error);
  gint64 n_genes;

  if (table == NULL)
    return FALSE;
  g_autofree gint32 *genes = cli_find_genes (site->section, (const char *const *) table->row_names, path, job->report, &n_genes, error);
  if (genes == NULL)
    return FALSE;
  embedding->expression = smooth_expression_new_of_genes (site->section, genes, n_genes, &settings->parameters.prepare, job->run, error);
  if (embedding->expression == NULL)
    return FALSE;
  g_autoptr (SmoothMatrix) loadings = arrange_loadings (table, site->section, embedding->expression, error);
  if (loadings == NULL)
    return FALSE;
  embedding->pca = smooth_pca_new_from_loadings (embedding->expression->values, site->precision, loadings, &settings->pca, job->run, error);
  return embedding->pca != NULL;
}

/* ---- Own components ---- */

/* Sets both lambdas. */
static gboolean
choose_smoothness (CliEmbedding *embedding, CliJob *job, CliSite *site, CliEmbeddingSettings *settings, GError **error)
{
  cli_job_begin_stage (job, "choice");
  embedding->choice
      = smooth_pca_choose (embedding->expression->values, site->precision, &settings->pca, &settings->choosing, job->run, error);
  if (embedding->choice == NULL)
    return FALSE;
  smooth_report_append (job->report, embedding->choice->report);
  const SmoothPcaChoicePoint *chosen = &embedding->choice->points[embedding->choice->chosen];
  settings->pca.lambda = chosen->lambda;
  settings->pca.score_lambda = chosen->score_lambda;
  smooth_json_add_double (job->numbers, "chosen_pca_lambda", chosen->lambda);
  smooth_json_add_double (job->numbers, "chosen_score_lambda", chosen->score_lambda);
  g_string_append_printf (job->summary, _("chosen: pca-lambda %g, score-lambda %g\n"), chosen->lambda, chosen->score_lambda);
  return TRUE;
}

static gboolean
find_components (CliEmbedding *embedding, CliJob *job, CliSite *site, CliEmbeddingSettings *settings, GError **error)
{
  const SmoothPrecisionSettings *prior = &settings->parameters.prior;

  embedding->expression = cli_open_expression (job, site->section, &settings->parameters.prepare, &settings->expression, error);
  if (embedding->expression == NULL || (settings->smoothness.choose && !choose_smoothness (embedding, job, site, settings, error)))
    return FALSE;
  cli_job_begin_stage (job, "components");
  g_autoptr (SmoothGrams) grams
      = prior->standardise || prior->kind == SMOOTH_PRIOR_SMA
          ? smooth_grams_new_from_precision (embedding->expression->values, site->precision, NULL, job->run, error)
                           : smooth_grams_new (embedding->expression->values, site->graph, prior->kind, NULL, job->run, error);
  embedding->pca = grams != NULL ? smooth_pca_new (grams, &settings->pca, prior->rho, job->run, error) : NULL;
  return embedding->pca != NULL;
}

/**
 * cli_embedding_compute:
 * @embedding: of zeros; to be cleared also where this fails
 * @site: open, with a section; its graph and prior are made here
 *
 * With --loadings the components are those of the table, in the order of its columns. @settings tell what was chosen afterwards.
 */
gboolean
cli_embedding_compute (CliEmbedding *embedding, CliJob *job, CliSite *site, CliEmbeddingSettings *settings, GError **error)
{
  const char *path = cli_job_get_input (job, "loadings");

  if (path != NULL && settings->smoothness.choose)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected --loadings or --choose-smoothness true, found both");
      return FALSE;
    }

  if (path != NULL && (cli_options_get (job->options, "genes") != NULL || cli_options_get (job->options, "gene-list") != NULL))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "expected --loadings, which name their genes, or --genes and --gene-list, found both");
      return FALSE;
    }
  if (!cli_site_compute (site, job, &settings->parameters, error))
    return FALSE;
  cli_job_begin_stage (job, "components");
  if (path != NULL ? !use_loadings (embedding, job, site, settings, path, error) : !find_components (embedding, job, site, settings, error))
    return FALSE;
  if (embedding->pca->report != NULL)
    smooth_report_append (job->report, embedding->pca->report);
  cli_job_begin_stage (job, "scores");
  embedding->posterior
      = smooth_posterior_scores (site->precision, embedding->pca->scores, settings->pca.score_lambda, &embedding->residual, job->run, error);
  return embedding->posterior != NULL;
}

void
cli_embedding_clear (CliEmbedding *embedding)
{
  g_clear_pointer (&embedding->expression, smooth_expression_unref);
  g_clear_pointer (&embedding->pca, smooth_pca_unref);
  g_clear_pointer (&embedding->choice, smooth_pca_choice_free);
  g_clear_pointer (&embedding->posterior, smooth_matrix_unref);
}
