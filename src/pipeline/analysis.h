/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be found beyond proportions, from an outcome: components, clusters, uncertainty, imputed genes, sensitivity. */
#pragma once

#include "model/clusters.h"
#include "model/pca.h"
#include "model/positions.h"
#include "model/uncertainty.h"
#include "model/vae.h"
#include "pipeline/pipeline.h"
#include "result/layer.h"
#include "section/expression.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_ANALYSIS_COMPONENTS,  /* layers 'components' and 'scores' */
  SMOOTH_ANALYSIS_CLUSTERS,    /* layer 'clusters' */
  SMOOTH_ANALYSIS_AUTOENCODER, /* layer 'embedding' */
  SMOOTH_ANALYSIS_DEVIATIONS,  /* layer 'deviations' */
  SMOOTH_ANALYSIS_IMPUTATION,  /* layer 'imputed' */
  SMOOTH_ANALYSIS_SENSITIVITY, /* layer 'sensitivity' */
  SMOOTH_N_ANALYSES
} SmoothAnalysisKind;

/* Which analyses are made. */
typedef struct
{
  gboolean is_on[SMOOTH_N_ANALYSES];
} SmoothAnalysisSwitches;

extern const SmoothParamTable smooth_analysis_switch_params;

typedef enum
{
  SMOOTH_CLUSTER_SCORES,      /* posterior scores of spatial components */
  SMOOTH_CLUSTER_COMPONENTS,  /* scores of spatial components */
  SMOOTH_CLUSTER_PROPORTIONS, /* of cell types */
} SmoothClusterSource;

typedef struct
{
  gint source; /* SmoothClusterSource */
} SmoothClusterSourceSettings;

extern const SmoothParamTable smooth_cluster_source_params;

/* A small grid around the present parameters: three values of each, the middle one the present. */
typedef struct
{
  double lambda_factor;  /* lambda is divided and multiplied by it */
  double range_factor;   /* 1 - rho is multiplied and divided by it */
  gint neighbours;       /* k goes this far down and up */
  double radius_factor;  /* a radius is divided and multiplied by it */
} SmoothSensitivitySettings;

extern const SmoothParamTable smooth_sensitivity_params;

/* The settings of all analyses: one plain record, compared and copied by value. */
typedef struct
{
  SmoothAnalysisSwitches switches;
  SmoothExpressionSettings expression;
  SmoothPcaSettings pca;
  SmoothClusterSourceSettings cluster_source;
  SmoothClusterSettings clusters;
  SmoothVaeSettings vae;
  SmoothUncertaintySettings uncertainty;
  SmoothPositionSettings positions;
  SmoothImputationSettings imputation;
  SmoothSensitivitySettings sensitivity;
  const char *genes; /* to impute: names separated by commas; interned; empty: the gene that is looked at */
} SmoothAnalysisSettings;

/* The declared tables with the place of their struct in SmoothAnalysisSettings. */
extern const SmoothParameterGroup smooth_analysis_groups[];
extern const gsize smooth_n_analysis_groups;

#define SMOOTH_MOST_ANALYSIS_GROUPS 2

/* What an analysis is called and what it takes. */
typedef struct
{
  const char *name;  /* "components": of its switch, of files */
  const char *label; /* marked for translation */
  const char *help;  /* one sentence; marked for translation */
  const char *command; /* of the command line that does the same */
  const SmoothParamTable *tables[SMOOTH_MOST_ANALYSIS_GROUPS + 1]; /* NULL-terminated; of smooth_analysis_groups */
  const char *layers[3]; /* keys; NULL-terminated */
  gboolean needs_signature;
  gboolean is_on_demand; /* takes long: computed when it is asked for, not with every change */
} SmoothAnalysisInfo;

extern const SmoothAnalysisInfo smooth_analyses[SMOOTH_N_ANALYSES];

void smooth_analysis_settings_init (SmoothAnalysisSettings *settings);
gboolean smooth_analysis_settings_equal (const SmoothAnalysisSettings *a, const SmoothAnalysisSettings *b);
gboolean smooth_analysis_settings_agree (const SmoothAnalysisSettings *a, const SmoothAnalysisSettings *b, SmoothAnalysisKind kind);
const SmoothParameterGroup *smooth_analysis_find_group (const SmoothParamTable *table);

/* What an analysis found. Immutable, shared by reference. */
typedef struct
{
  SmoothAnalysisKind kind;
  SmoothOutcome *outcome;          /* referenced: what it was made from */
  SmoothAnalysisSettings settings; /* that it was made with */
  GPtrArray *layers;               /* of SmoothLayer */
  char *certificate;               /* in words: how exact the result is */
  gboolean is_final;               /* FALSE: more is to come */
  gint64 n_epochs;                 /* of training; 0: nothing is trained */
  double *losses;                  /* (nullable): n_epochs: what each had of what is minimised, a spot */
  SmoothReport *report;
  double seconds;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothFindings;

SmoothFindings *smooth_findings_ref (SmoothFindings *findings);
void smooth_findings_unref (SmoothFindings *findings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothFindings, smooth_findings_unref)

SmoothLayer *smooth_findings_get_layer (const SmoothFindings *findings, const char *key);

/* What an analysis starts from. All borrowed. */
typedef struct
{
  SmoothOutcome *outcome;
  const SmoothAnalysisSettings *settings;
  SmoothFindings *components; /* (nullable): clusters of these */
  gint64 gene;                /* imputation where the settings name no gene; -1: none */
} SmoothAnalysisInputs;

/* Called on the analyst's thread with findings that are worth showing already. */
typedef void (*SmoothFindingsFunc) (SmoothFindings *findings, gpointer data);

/* Keeps what is costly from one computation to the next. Owned by one thread. */
typedef struct _SmoothAnalyst SmoothAnalyst;

SmoothAnalyst *smooth_analyst_new (SmoothAnalysisKind kind);
void smooth_analyst_free (SmoothAnalyst *analyst);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothAnalyst, smooth_analyst_free)

SmoothFindings *smooth_analyst_compute (SmoothAnalyst *analyst, const SmoothAnalysisInputs *inputs, SmoothFindingsFunc improved,
                                        gpointer improved_data, SmoothRun *run, GError **error);
gboolean smooth_analyst_prepare (SmoothAnalyst *analyst, SmoothRun *run, GError **error);

G_END_DECLS
