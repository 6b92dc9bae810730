/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graphs of sections, weighted by how alike neighbours are in expression and in the tissue picture. */
#pragma once

#include "base/params.h"
#include "graph/similarity.h"
#include "section/section.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_EXPRESSION_OFF,
  SMOOTH_EXPRESSION_ALL, /* log-normalised expression of every gene */
  SMOOTH_EXPRESSION_PCA, /* its principal components */
} SmoothExpressionScaling;

typedef enum
{
  SMOOTH_HISTOLOGY_OFF,
  SMOOTH_HISTOLOGY_MEAN,   /* mean colour of the patch around a spot */
  SMOOTH_HISTOLOGY_PCA,    /* principal components of its pixels */
  SMOOTH_HISTOLOGY_PIXELS, /* its pixels */
} SmoothHistologyScaling;

typedef struct
{
  gint expression;             /* SmoothExpressionScaling */
  gint expression_metric;      /* SmoothSimilarity */
  gint expression_dims;
  double expression_bandwidth; /* 0: the median distance of neighbours */
  gint histology;              /* SmoothHistologyScaling */
  gint histology_metric;       /* SmoothSimilarity */
  gint histology_dims;
  double histology_bandwidth;  /* 0: the median distance of neighbours */
  double patch_radius;         /* um; 0: the radius of a spot */
} SmoothScalingSettings;

extern const SmoothParamTable smooth_scaling_params;

/* Features of the analysed spots of a section, kept while metrics and bandwidths change. Owned by one thread. */
typedef struct _SmoothScaler SmoothScaler;

SmoothScaler *smooth_scaler_new (const SmoothSection *section, const gint32 *spots, gint64 n_spots, GError **error);
void smooth_scaler_free (SmoothScaler *scaler);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothScaler, smooth_scaler_free)

SmoothGraph *smooth_scaler_scale (SmoothScaler *scaler, SmoothGraph *graph, const SmoothScalingSettings *settings, SmoothReport *report,
                                  SmoothRun *run, GError **error);

G_END_DECLS
