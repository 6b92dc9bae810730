/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing a region from a spot: how much unlikeness has to be put up with until each other spot is reached. */
#pragma once

#include "graph/features.h"
#include "graph/graph.h"

G_BEGIN_DECLS

double *smooth_graph_dup_reach (const SmoothGraph *graph, const SmoothFeatures *features, gint64 seed);
double smooth_reach_guess (const double *reach, gint64 n_spots);

G_END_DECLS
