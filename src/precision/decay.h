/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How correlation falls with distance: of a prior, and of data that it should match. */
#pragma once

#include "graph/features.h"
#include "precision/precision.h"

G_BEGIN_DECLS

#define SMOOTH_DECAY_N_QUANTILES 5 /* 10, 25, 50, 75 and 90 % */

typedef struct
{
  gint n_orders;         /* order 0: a spot with itself, j: with its j-th nearest spot */
  double *quantiles;     /* n_orders x 5, row-major, over spots */
  gboolean has_variances;
  double variances[SMOOTH_DECAY_N_QUANTILES]; /* of a prior: of diag (Q^-1) over all spots */
  double alpha, beta;    /* alpha exp (-beta j) fits the medians best in least squares */
  gint64 n_measured;     /* spots that the quantiles are over */
  SmoothReport *report;
} SmoothDecay;

SmoothDecay *smooth_decay_new_of_prior (const SmoothPrecision *precision, const double *coords, gint n_dims, gint max_order,
                                        gint64 max_spots, gint seed, SmoothRun *run, GError **error);
SmoothDecay *smooth_decay_new_of_features (const SmoothFeatures *features, const double *coords, gint n_dims, gint max_order,
                                           SmoothRun *run, GError **error);
void smooth_decay_free (SmoothDecay *decay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothDecay, smooth_decay_free)

double smooth_decay_get_mismatch (const SmoothDecay *a, const SmoothDecay *b, gint first, gint last);

G_END_DECLS
