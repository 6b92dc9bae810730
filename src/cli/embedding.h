/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spatial components of a section: what pca writes and cluster groups. */
#pragma once

#include "cli/genes.h"
#include "cli/site.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean choose; /* let hidden spots choose the lambdas of pca */
} CliSmoothness;

typedef struct
{
  SmoothParameters parameters;
  SmoothExpressionSettings expression;
  SmoothPcaSettings pca;
  SmoothPcaChooseSettings choosing;
  CliSmoothness smoothness;
} CliEmbeddingSettings;

typedef struct
{
  SmoothExpression *expression;
  SmoothPca *pca;
  SmoothPcaChoice *choice; /* (nullable) */
  SmoothMatrix *posterior; /* n_components x n_spots */
  double residual;         /* of the posterior scores */
} CliEmbedding;

/* The tables of the settings above. */
#define CLI_EMBEDDING_TABLES                                                                                                           \
  &smooth_pca_params, &cli_embedding_params, &smooth_pca_choose_params, &smooth_expression_params, &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params,                \
    &smooth_precision_params
extern const SmoothParamTable cli_embedding_params;
extern const char *const cli_embedding_without[]; /* parameters of these tables that have no effect */

gboolean cli_embedding_get_settings (CliJob *job, CliEmbeddingSettings *settings, GError **error);
gboolean cli_embedding_compute (CliEmbedding *embedding, CliJob *job, CliSite *site, CliEmbeddingSettings *settings, GError **error);
void cli_embedding_clear (CliEmbedding *embedding);

G_END_DECLS
