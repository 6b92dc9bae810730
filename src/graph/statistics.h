/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a graph is like: degrees, parts, and how far its edges reach. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

/* Counts edges of positive weight between different spots; a spot's neighbours are those in its own column. One owner. */
typedef struct
{
  gint64 n_spots;
  gint32 *degrees;      /* n_spots: neighbours */
  double *weight_sums;  /* n_spots: sum of the weights of the neighbours */
  gint32 *components;   /* n_spots: number of the connected component, the largest being 0; of equal ones the first spot's first */
  gint64 n_components;
  gint64 *component_sizes; /* n_components, falling */
  gint32 max_degree;
  gint64 *histogram;    /* max_degree + 1: how many spots have so many neighbours */
  double shortest, longest; /* um: of an edge; NAN without any */
  double effective_range;   /* um: sqrt (sum w d^2 / sum w) over all edges: how far one step of smoothing reaches; NAN */
} SmoothGraphStatistics;

SmoothGraphStatistics *smooth_graph_statistics_new (const SmoothGraph *graph, const double *coords, gint n_dims);
void smooth_graph_statistics_free (SmoothGraphStatistics *statistics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGraphStatistics, smooth_graph_statistics_free)

G_END_DECLS
