/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights that count for less where two neighbours are not alike. */
#pragma once

#include "graph/features.h"
#include "graph/graph.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_SIMILARITY_COSINE,    /* max (0, cos (f_i, f_j)); 0 for a zero vector */
  SMOOTH_SIMILARITY_EUCLIDEAN, /* exp (-d^2 / (2 h^2)), of features divided by their largest absolute value */
} SmoothSimilarity;

#define SMOOTH_SIMILARITY_BANDWIDTH 0.1

double *smooth_graph_dup_similarities (const SmoothGraph *graph, const SmoothFeatures *features, SmoothSimilarity metric, double *bandwidth,
                                       double shift, SmoothRun *run, GError **error);
double *smooth_graph_dup_given_similarities (const SmoothGraph *graph, const SmoothSparse *given, GError **error);
SmoothGraph *smooth_graph_new_scaled (const SmoothGraph *graph, const double *factors, gboolean row_scale, GError **error);

G_END_DECLS
