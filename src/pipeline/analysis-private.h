/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the analyses share: the frame of a computation, the making of findings, and what each keeps. */
#pragma once

#include "pipeline/analysis.h"

G_BEGIN_DECLS

/* Of components. */
typedef struct
{
  SmoothSection *section;  /* of the expression */
  SmoothPrepareSettings prepare;
  SmoothExpressionSettings genes;
  SmoothExpression *expression;
  SmoothGraph *graph;         /* of the Gram matrices */
  SmoothPrecision *precision; /* (nullable): of the Gram matrices, where the prior is standardised */
  gint prior;
  SmoothGrams *grams;
  SmoothPcaSettings basis_settings;
  SmoothPcaBasis *basis; /* (nullable): not made yet */
  SmoothMatrix *signs;   /* (nullable): loadings by gene of the section whose signs new ones follow */
} SmoothComponentsState;

/* Of the autoencoder. */
typedef struct
{
  SmoothSection *section; /* of the expression */
  SmoothExpressionSettings genes;
  SmoothExpression *expression; /* counts */
} SmoothAutoencoderState;

/* Of clusters. */
typedef struct
{
  SmoothSection *section;
  gint32 *labels; /* n: of the last picture, which new ones resemble */
  gint64 n;
} SmoothClustersState;

struct _SmoothAnalyst
{
  SmoothAnalysisKind kind;
  SmoothComponentsState components;
  SmoothClustersState clusters;
  SmoothAutoencoderState autoencoder;
  SmoothPrepared *prepared; /* of the deviations' data term */
  gboolean bias;
  SmoothReduced *reduced;   /* of the deviations */
  SmoothPipeline *pipeline; /* of the sensitivity */
};

/* One call of smooth_analyst_compute(). */
typedef struct
{
  SmoothAnalyst *analyst;
  const SmoothAnalysisInputs *inputs;
  SmoothFindingsFunc improved;
  gpointer improved_data;
  SmoothRun *run;
  gint64 start;
} SmoothAnalysing;

SmoothFindings *smooth_i_findings_new (const SmoothAnalysing *analysing, gboolean is_final);
SmoothLayer *smooth_i_findings_add (SmoothFindings *findings, const char *key, const char *title, SmoothLayerKind kind,
                                    const char *const *columns, GError **error);
void smooth_i_findings_tell (const SmoothAnalysing *analysing, SmoothFindings *findings);

SmoothFindings *smooth_i_find_components (const SmoothAnalysing *analysing, GError **error);
gboolean smooth_i_prepare_components (SmoothComponentsState *state, SmoothRun *run, GError **error);
void smooth_i_components_clear (SmoothComponentsState *state);
SmoothFindings *smooth_i_find_clusters (const SmoothAnalysing *analysing, GError **error);
SmoothFindings *smooth_i_find_embedding (const SmoothAnalysing *analysing, GError **error);
void smooth_i_autoencoder_clear (SmoothAutoencoderState *state);
SmoothFindings *smooth_i_find_deviations (const SmoothAnalysing *analysing, GError **error);
SmoothFindings *smooth_i_find_imputed (const SmoothAnalysing *analysing, GError **error);
SmoothFindings *smooth_i_find_sensitivity (const SmoothAnalysing *analysing, GError **error);

G_END_DECLS
