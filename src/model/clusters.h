/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of spots that are alike, and how well two groupings agree. */
#pragma once

#include "base/params.h"
#include "base/report.h"
#include "base/run.h"
#include "linalg/dense.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_CLUSTERS_K_MEANS,
  SMOOTH_CLUSTERS_LEIDEN,
} SmoothClusterMethod;

typedef struct
{
  gint method;         /* SmoothClusterMethod */
  gint n_clusters;     /* k-means */
  gint n_restarts;     /* k-means */
  gint max_iterations; /* of one restart */
  gint seed;
  double resolution;   /* Leiden: of the modularity */
  gint n_neighbours;   /* Leiden: of the graph of near spots */
} SmoothClusterSettings;

extern const SmoothParamTable smooth_cluster_params;

/* Clusters are numbered by size, the largest is 0. Immutable once made. */
typedef struct
{
  gint64 n_spots;
  gint n_clusters;
  gint32 *labels;        /* n_spots: 0 .. n_clusters - 1 */
  gint64 *sizes;         /* n_clusters */
  SmoothMatrix *centres; /* n_dims x n_clusters */
  double inertia;        /* sum over spots of the squared distance to their centre */
  gint n_iterations;     /* of the best restart, or of Leiden */
  gboolean is_converged; /* the best restart ended with labels that no step changes; Leiden: the last iteration gained nothing */
  SmoothReport *report;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothClusters;

SmoothClusters *smooth_clusters_new (const SmoothMatrix *points, const SmoothMatrix *start, const SmoothClusterSettings *settings,
                                     SmoothRun *run, GError **error);
SmoothClusters *smooth_clusters_ref (SmoothClusters *clusters);
void smooth_clusters_unref (SmoothClusters *clusters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothClusters, smooth_clusters_unref)

gint32 *smooth_labels_dup_codes (char **labels, gint64 n_labels, char ***names);
double smooth_labels_get_ari (const gint32 *a, const gint32 *b, gint64 n_labels);
double smooth_labels_get_nmi (const gint32 *a, const gint32 *b, gint64 n_labels);
gint32 *smooth_labels_dup_aligned (const gint32 *labels, const gint32 *reference, gint64 n_labels);

G_END_DECLS
