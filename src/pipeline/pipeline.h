/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From parameters to a result: keeps every stage and reruns only those that depend on what changed. */
#pragma once

#include "graph/likeness.h"
#include "model/deconvolution.h"
#include "model/type-confidences.h"
#include "model/type-priors.h"
#include "result/result.h"
#include "section/prepare.h"
#include "section/regions.h"

G_BEGIN_DECLS

/* All parameters of a computation: one plain record, compared and copied by value. */
typedef struct
{
  SmoothPrepareSettings prepare;
  SmoothGraphSettings graph;
  SmoothScalingSettings scaling;
  SmoothPrecisionSettings prior;
  SmoothDeconvolutionSettings model;
} SmoothParameters;

/* The declared tables with the place of their struct in SmoothParameters; one entry a group, in arrow order. */
typedef struct
{
  const SmoothParamTable *table;
  gsize offset;
} SmoothParameterGroup;

extern const SmoothParameterGroup smooth_parameter_groups[];
extern const gsize smooth_n_parameter_groups;

void smooth_parameters_init (SmoothParameters *parameters);
gboolean smooth_parameters_check (const SmoothParameters *parameters, GError **error);
gboolean smooth_parameters_equal (const SmoothParameters *a, const SmoothParameters *b);
const SmoothParam *smooth_parameters_find (const char *name, const SmoothParameterGroup **group);

/* What is computed on. Borrowed members are referenced by the pipeline while it needs them. */
typedef struct
{
  SmoothSection *section;
  SmoothSignature *signature; /* (nullable): without it only the graph and the prior are made */
  SmoothRegions *regions;     /* (nullable): none */
  SmoothTypeConfidences *confidences; /* (nullable): 1 for every type */
  SmoothTypePriors *type_priors;      /* (nullable): one prior for all types; its confidences and those above exclude each other */
  SmoothLikeness *likeness;           /* (nullable): neighbours are as alike as they come */
} SmoothInputs;

SmoothInputs smooth_inputs_copy (const SmoothInputs *inputs);
void smooth_inputs_clear (SmoothInputs *inputs);

typedef enum
{
  SMOOTH_STAGE_PREPARE,   /* scale and genes */
  SMOOTH_STAGE_GRAPH,     /* neighbours */
  SMOOTH_STAGE_SCALING,   /* their likeness in expression and histology */
  SMOOTH_STAGE_REGIONS,   /* labels, and the graph scaled by them */
  SMOOTH_STAGE_PRECISION, /* Q */
  SMOOTH_STAGE_REDUCE,    /* H = X'X / G, R = X'Y / G */
  SMOOTH_STAGE_SOLVE,
  SMOOTH_N_STAGES
} SmoothStage;

const char *smooth_stage_get_name (SmoothStage stage);

/* Everything that one computation gave: immutable, shared by reference. */
typedef struct
{
  SmoothParameters parameters;
  SmoothInputs inputs;        /* referenced */
  gint64 n_spots;             /* analysed */
  gint32 *spots;              /* n_spots: numbers in the section; shared with other outcomes, as labels are */
  gint32 *labels;             /* n_spots: category of each analysed spot in categories, -1 outside of all regions */
  char **categories;          /* NULL-terminated names */
  SmoothPrepared *prepared;   /* (nullable) without a signature */
  SmoothGraph *graph;         /* scaled by the regions */
  SmoothGraph *base_graph;    /* before that: by positions and likeness */
  SmoothPrecision *precision;
  SmoothPrecision **precisions; /* (nullable): n_types, NULL-terminated: of each type, where they have priors of their own */
  double *confidences;        /* (nullable): n_types: NULL where none were given */
  SmoothResult *result;       /* (nullable) without a signature */
  SmoothReport *report;       /* notes and warnings of all stages */
  double seconds[SMOOTH_N_STAGES]; /* 0 for a stage that did not run again */
  gboolean ran[SMOOTH_N_STAGES];

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothOutcome;

SmoothOutcome *smooth_outcome_ref (SmoothOutcome *outcome);
void smooth_outcome_unref (SmoothOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothOutcome, smooth_outcome_unref)

const char **smooth_outcome_dup_barcodes (const SmoothOutcome *outcome);

/* Called on the pipeline's thread with an outcome whose status is SMOOTH_STATUS_IMPROVING. */
typedef void (*SmoothOutcomeFunc) (SmoothOutcome *outcome, gpointer data);

/* Owned by one thread. */
typedef struct _SmoothPipeline SmoothPipeline;

SmoothPipeline *smooth_pipeline_new (void);
void smooth_pipeline_free (SmoothPipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPipeline, smooth_pipeline_free)

SmoothOutcome *smooth_pipeline_compute (SmoothPipeline *pipeline, const SmoothInputs *inputs, const SmoothParameters *parameters,
                                        SmoothOutcomeFunc improved, gpointer improved_data, SmoothRun *run, GError **error);

G_END_DECLS
