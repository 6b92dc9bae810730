/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of k-means, and its memory; the graph of near spots and its communities. */
#pragma once

#include "model/clusters.h"

G_BEGIN_DECLS

/* Owned by one thread. */
typedef struct
{
  gint n_found;     /* clusters: fewer than asked for where there are fewer different points */
  gint32 *labels;   /* n */
  gint64 *sizes;    /* n_clusters */
  double *centres;  /* n_dims x n_clusters */
  double *sums;     /* n_dims x n_clusters: scratch */
  double *distance; /* n: squared, to the own centre */
  double inertia;
  gint n_iterations;
  gboolean is_converged;
  gint restart; /* its number; -1 before the first run */
} SmoothKMeans;

SmoothKMeans *smooth_i_kmeans_new (const SmoothMatrix *points, gint n_clusters, GError **error);
void smooth_i_kmeans_free (SmoothKMeans *kmeans);
void smooth_i_kmeans_run (SmoothKMeans *kmeans, const SmoothMatrix *points, const SmoothMatrix *start,
                          const SmoothClusterSettings *settings, gint restart, SmoothRun *run);

gboolean smooth_i_overlap_graph (const SmoothMatrix *points, gint k, gint64 *n_edges, gint32 **ends, double **weights, SmoothRun *run,
                                 GError **error);
gboolean smooth_i_leiden_run (gint64 n, const gint32 *ends, const double *weights, gint64 n_edges, const SmoothClusterSettings *settings,
                              gint32 *labels, gint *n_iterations, gboolean *is_converged, SmoothRun *run, GError **error);

G_END_DECLS
