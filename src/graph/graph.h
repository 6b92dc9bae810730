/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A weighted neighbour graph over spots. */
#pragma once

#include "base/params.h"
#include "base/run.h"
#include "linalg/symbolic.h"

G_BEGIN_DECLS

#define SMOOTH_GRAPH_MAX_K 100

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
  gint ties;          /* SmoothTies */
  gboolean mutual;    /* keep a kNN edge only if both ends name each other */
  double radius;      /* um; 0: 1.5 pitches */
  double bandwidth;   /* um; 0: 1 pitch */
  gboolean row_scale; /* divide each row by its sum; for exchange */
  double boundary;    /* connectivity between regions, 0..1 */
  gboolean boundary_replaces; /* edges between regions weigh the connectivity, not it times their weight; for exchange */
  gboolean scaled_units;      /* the bandwidth is a share of the section's extent; for exchange */
} SmoothGraphSettings;

extern const SmoothParamTable smooth_graph_params;

/* The neighbours of spot i, with their weights w_ij, are column i of the weights: the transpose of the matrix W whose row i
 * belongs to spot i. A spot without a neighbour of weight > 0 has itself, with weight w_ii = 1.
 *
 * The pattern (starts and rows) always holds all n diagonal entries, 0 where a spot has neighbours, and keeps the entries
 * that regions have set to zero. So it depends on the positions of spots and the graph settings alone, never on labels:
 * who holds something made from the pattern may keep it while regions are edited. Skip weights of 0 when listing edges. */
typedef struct
{
  gint64 n_spots;
  SmoothSparse *weights; /* n_spots x n_spots, column i = neighbours of spot i */
  gboolean is_symmetric;
  gint64 n_edges;      /* undirected edges between different spots (directed ones where not symmetric) with weight > 0 */
  gint64 n_isolated;   /* spots without a neighbour of weight > 0 */
  double mean_degree;

  /*< private >*/
  gatomicrefcount ref_count;
  SmoothSymbolicCache *symbolic; /* of matrices over these spots; one for all graphs that are made of one another */
  gpointer spectrum;        /* atomic; (nullable): extreme eigenvalues, kept by precision/ once they were needed */
  gint64 components;        /* atomic; 0: not counted yet */
} SmoothGraph;

SmoothGraph *smooth_graph_new (const double *coords, gint64 n_spots, gint n_dims, double pitch,
                               const SmoothGraphSettings *settings, SmoothRun *run, GError **error);
SmoothGraph *smooth_graph_new_scaled_by_identity (const SmoothGraph *graph, const gint32 *labels, double boundary,
                                                  gboolean replace, gboolean row_scale, GError **error);
SmoothGraph *smooth_i_graph_new_relabelled (const SmoothGraph *last, SmoothGraph *spare, const SmoothGraph *graph,
                                            const gint32 *labels, const gint32 *spots, gint64 n_relabelled, double boundary,
                                            gboolean replace, GError **error);
gint64 smooth_graph_count_components (const SmoothGraph *graph, GError **error);
SmoothGraph *smooth_graph_new_from_weights (const SmoothSparse *weights, GError **error);
SmoothGraph *smooth_graph_ref (SmoothGraph *graph);
void smooth_graph_unref (SmoothGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGraph, smooth_graph_unref)

G_END_DECLS
