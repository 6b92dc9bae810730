/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spatial losses of any variable over spots: put a prior on your own model. Groups (types, components) are rows, spots columns. */
#pragma once

#include "base/params.h"
#include "precision/precision.h"

G_BEGIN_DECLS

gboolean smooth_spatial_loss (const SmoothPrecision *precision, const SmoothMatrix *values, const double *confidences,
                              gboolean normalised, double *loss, SmoothMatrix *gradient, SmoothRun *run, GError **error);
gboolean smooth_spatial_loss_by_group (SmoothPrecision *const *precisions, const SmoothMatrix *values, const double *confidences,
                                       gboolean normalised, double *loss, SmoothMatrix *gradient, SmoothRun *run, GError **error);

gboolean smooth_i_check_confidences (const double *confidences, gint64 n, GError **error);

typedef struct
{
  double ratio;        /* of the loss of shuffled spots, which is taken off */
  double lower_bound;  /* the loss is not below; times K n_spots where not normalised */
  gint n_permutations; /* 0: the exact expectation over all of them */
  gint seed;
} SmoothContrastSettings;

extern const SmoothParamTable smooth_contrast_params;

typedef struct
{
  double loss;     /* max (positive - ratio negative, bound) */
  double positive; /* L(B) */
  double negative; /* of shuffled spots: mean over permutations, or expectation */
  gboolean is_clamped;
} SmoothContrast;

gint32 *smooth_permutations_new (gint64 n_spots, gint n_permutations, gint seed, GError **error);
gboolean smooth_contrastive_loss (const SmoothPrecision *precision, const SmoothMatrix *values, const double *confidences,
                                  const SmoothContrastSettings *settings, const gint32 *permutations, gboolean normalised,
                                  SmoothContrast *contrast, SmoothMatrix *gradient, SmoothRun *run, GError **error);

gboolean smooth_kl_loss (const SmoothGraph *graph, const SmoothMatrix *values, double *loss, SmoothMatrix *gradient, GError **error);

double *smooth_confidences_new (const SmoothMatrix *signature, const SmoothSparse *expression, SmoothReport *report, GError **error);

G_END_DECLS
