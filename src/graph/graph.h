/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A weighted neighbour graph over spots. */
#pragma once

#include "base/params.h"
#include "base/run.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_GRAPH_KNN,
  SMOOTH_GRAPH_RADIUS,
} SmoothGraphKind;

typedef enum
{
  SMOOTH_TIES_INCLUSIVE, /* every neighbour within 1 % of the k-th distance */
  SMOOTH_TIES_STRICT,    /* exactly k, ties to the smaller index */
} SmoothTies;

typedef struct
{
  gint kind; /* SmoothGraphKind */
  gint k;
  gint ties;         /* SmoothTies */
  gboolean mutual;   /* keep a kNN edge only if both ends name each other */
  double radius;     /* um; 0: 1.5 pitches */
  double bandwidth;  /* um; 0: 1 pitch */
  gboolean row_scale; /* divide each row by its sum; for exchange */
  double boundary;   /* connectivity between regions, 0..1 */
} SmoothGraphSettings;

extern const SmoothParamTable smooth_graph_params;

/* Row i of the weights holds the neighbours of spot i; they are stored by columns of the transpose, that is
 * weights->rows of column i are the neighbours of i. A spot without neighbours has itself, with weight 1. */
typedef struct
{
  gint64 n_spots;
  SmoothSparse *weights; /* n_spots x n_spots, column i = neighbours of spot i */
  gboolean is_symmetric;
  gint64 n_edges;      /* undirected edges between different spots (directed ones where not symmetric) with weight > 0 */
  gint64 n_isolated;   /* spots without a neighbour of weight > 0 */
  gint64 n_components; /* connected components over edges of weight > 0 */
  double mean_degree;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothGraph;

SmoothGraph *smooth_graph_new (const double *coords, gint64 n_spots, gint n_dims, double pitch,
                               const SmoothGraphSettings *settings, SmoothRun *run, GError **error);
SmoothGraph *smooth_graph_new_scaled_by_identity (const SmoothGraph *graph, const gint32 *labels, double boundary,
                                                  gboolean replace, gboolean row_scale, GError **error);
SmoothGraph *smooth_graph_new_from_weights (const SmoothSparse *weights, GError **error);
SmoothGraph *smooth_graph_ref (SmoothGraph *graph);
void smooth_graph_unref (SmoothGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGraph, smooth_graph_unref)

G_END_DECLS
