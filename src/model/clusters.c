/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of spots by k-means with many starts, or by communities: the settings, the best of the starts, and the numbering.
 *
 * k-means: minimise over labels and centres  sum_i |x_i - c_label(i)|^2;  Leiden: see clusters-leiden.c
 *
 * Every restart owns a random stream and runs on one thread, so that the best one does not depend on their number.
 */
#include "model/clusters-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define FIELD(name) G_STRUCT_OFFSET (SmoothClusterSettings, name)

static const char *const methods[] = { "k-means", "leiden", NULL };

static const SmoothParam params[] = {
  { "cluster-method", N_ ("Method"), SMOOTH_PARAM_CHOICE, FIELD (method), SMOOTH_CLUSTERS_K_MEANS, 0, 1, "", methods,
    N_ ("Divide spots into a given number of round groups, or let communities of neighbours in the embedding set the number"), 0 },
  { "clusters", N_ ("Clusters"), SMOOTH_PARAM_INT, FIELD (n_clusters), 7, 1, 1000, "", NULL,
    N_ ("Number of groups that spots are divided into: more of them show finer differences, real or not"), 0, 1, 30 },
  { "restarts", N_ ("Restarts"), SMOOTH_PARAM_INT, FIELD (n_restarts), 10, 1, 10000, "", NULL,
    N_ ("Number of random starts, of which the best counts: more of them miss the best grouping less often"), SMOOTH_PARAM_EXPERT, 1, 100 },
  { "cluster-iterations", N_ ("Iterations"), SMOOTH_PARAM_INT, FIELD (max_iterations), 300, 1, 1000000, "", NULL,
    N_ ("A larger value lets slow starts go on for longer"), SMOOTH_PARAM_EXPERT, 1, 1000 },
  { "cluster-seed", N_ ("Seed"), SMOOTH_PARAM_INT, FIELD (seed), 1, 0, G_MAXINT, "", NULL,
    N_ ("Another value draws other random starts"), SMOOTH_PARAM_EXPERT, 0, 100 },
  { "resolution", N_ ("Resolution"), SMOOTH_PARAM_DOUBLE, FIELD (resolution), 1, 1e-3, 1e3, "", NULL,
    N_ ("Leiden: a larger value gives more and smaller groups"), SMOOTH_PARAM_LOG, 0.1, 10 },
  { "cluster-neighbours", N_ ("Neighbours"), SMOOTH_PARAM_INT, FIELD (n_neighbours), 15, 1, 1000, N_ ("spots"), NULL,
    N_ ("Leiden: nearest spots in the embedding that each spot is joined to: more of them give fewer and coarser groups"), SMOOTH_PARAM_EXPERT, 1, 100 },
};

const SmoothParamTable smooth_cluster_params = {
  "clusters", N_ ("Clusters"), sizeof (SmoothClusterSettings), params, G_N_ELEMENTS (params),
};

SmoothClusters *
smooth_clusters_ref (SmoothClusters *clusters)
{
  g_atomic_ref_count_inc (&clusters->ref_count);
  return clusters;
}

void
smooth_clusters_unref (SmoothClusters *clusters)
{
  if (clusters == NULL || !g_atomic_ref_count_dec (&clusters->ref_count))
    return;
  g_free (clusters->labels);
  g_free (clusters->sizes);
  smooth_matrix_unref (clusters->centres);
  smooth_report_unref (clusters->report);
  g_free (clusters);
}

static gboolean
check_points (const SmoothMatrix *points, const SmoothMatrix *start, const SmoothClusterSettings *settings, GError **error)
{
  if (!smooth_i_matrix_check (points, N_("clusters: dimension"), N_("spot"), error)
      || (start != NULL && !smooth_i_matrix_check (start, N_("start of the clusters: dimension"), N_("cluster"), error)))
    return FALSE;
  if (points->n_cols < 1 || points->n_rows < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "clusters: expected at least one spot and one dimension, found %" PRId64 " and %" PRId64,
                        points->n_cols, points->n_rows);
      return FALSE;
    }
  if (settings->method == SMOOTH_CLUSTERS_K_MEANS && start != NULL && (start->n_rows != points->n_rows || start->n_cols != settings->n_clusters))
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "start of the clusters: expected %" PRId64 " x %d, found %" PRId64 " x %" PRId64, points->n_rows,
                        settings->n_clusters, start->n_rows, start->n_cols);
      return FALSE;
    }
  return TRUE;
}

typedef struct
{
  const SmoothMatrix *points;
  const SmoothMatrix *start; /* (nullable) */
  const SmoothClusterSettings *settings;
  SmoothRun *run;
  gint n_workers;
  SmoothKMeans **current; /* n_workers */
  SmoothKMeans **best;    /* n_workers; restart -1 where there is none yet */
} Search;

/* A lower sum is better, and of equal ones the earlier restart. */
static gboolean
is_better (const SmoothKMeans *a, const SmoothKMeans *b)
{
  return b->restart < 0 || a->inertia < b->inertia || (a->inertia == b->inertia && a->restart < b->restart);
}

static void
run_restart (gint64 restart, gint worker, gpointer data)
{
  Search *search = data;
  SmoothKMeans *current = search->current[worker];

  if (smooth_run_is_cancelled (search->run))
    return;
  smooth_i_kmeans_run (current, search->points, search->start, search->settings, (gint) restart, search->run);
  if (smooth_run_is_cancelled (search->run) || !is_better (current, search->best[worker]))
    return;
  search->current[worker] = search->best[worker];
  search->best[worker] = current;
}

static gboolean
allocate_workers (Search *search, GError **error)
{
  for (gint w = 0; w < search->n_workers; w++)
    {
      search->current[w] = smooth_i_kmeans_new (search->points, search->settings->n_clusters, error);
      if (search->current[w] == NULL)
        return FALSE;
      search->best[w] = smooth_i_kmeans_new (search->points, search->settings->n_clusters, error);
      if (search->best[w] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Largest cluster first; of equal ones the one that comes first among the spots. Fills order: the old number of each new one.
 *
 * Returns: the number of clusters that have spots */
static gint
order_clusters (const gint32 *labels, const gint64 *sizes, gint k, gint64 n, gint32 *order)
{
  g_autofree gint64 *first = g_new (gint64, k + 1);

  for (gint c = 0; c < k; c++)
    {
      order[c] = c;
      first[c] = n;
    }
  for (gint64 i = n - 1; i >= 0; i--)
    first[labels[i]] = i;
  for (gint c = 1; c < k; c++)
    for (gint b = c; b > 0; b--)
      {
        gint32 x = order[b - 1], y = order[b];
        if (sizes[x] > sizes[y] || (sizes[x] == sizes[y] && first[x] < first[y]))
          break;
        order[b - 1] = y;
        order[b] = x;
      }
  while (k > 0 && sizes[order[k - 1]] == 0)
    k--;
  return k;
}

/* Labels 0 .. k - 1 in the order of the result, with sizes; centres and inertia are left open. */
static SmoothClusters *
new_numbered (const gint32 *labels, gint k, const SmoothMatrix *points, gint32 *order, GError **error)
{
  gint64 n = points->n_cols;
  g_autoptr (SmoothClusters) clusters = g_new0 (SmoothClusters, 1);
  g_autofree gint64 *sizes = g_new0 (gint64, k + 1);
  g_autofree gint32 *number = g_new (gint32, k + 1);

  for (gint64 i = 0; i < n; i++)
    sizes[labels[i]]++;
  k = order_clusters (labels, sizes, k, n, order);
  g_atomic_ref_count_init (&clusters->ref_count);
  clusters->report = smooth_report_new ();
  clusters->n_spots = n;
  clusters->n_clusters = k;
  clusters->centres = smooth_matrix_new (points->n_rows, k, error);
  if (clusters->centres == NULL)
    return NULL;
  clusters->sizes = g_new (gint64, k);
  clusters->labels = smooth_i_try_new (gint32, n, "clusters", error);
  if (clusters->labels == NULL)
    return NULL;
  for (gint c = 0; c < k; c++)
    {
      number[order[c]] = c;
      clusters->sizes[c] = sizes[order[c]];
    }
  for (gint64 i = 0; i < n; i++)
    clusters->labels[i] = number[labels[i]];
  return g_steal_pointer (&clusters);
}

static SmoothClusters *
make_result (const SmoothKMeans *kmeans, const SmoothMatrix *points, const SmoothClusterSettings *settings, GError **error)
{
  g_autofree gint32 *order = g_new (gint32, kmeans->n_found + 1);
  g_autoptr (SmoothClusters) clusters = new_numbered (kmeans->labels, kmeans->n_found, points, order, error);

  if (clusters == NULL)
    return NULL;
  clusters->inertia = kmeans->inertia;
  clusters->n_iterations = kmeans->n_iterations;
  clusters->is_converged = kmeans->is_converged;
  for (gint c = 0; c < clusters->n_clusters; c++)
    memcpy (smooth_matrix_column (clusters->centres, c), kmeans->centres + order[c] * points->n_rows,
            (gsize) points->n_rows * sizeof (double));
  if (clusters->n_clusters < settings->n_clusters)
    smooth_report_add (clusters->report, SMOOTH_REPORT_WARNING, "%d clusters were asked for, yet only %d different spots exist",
                       settings->n_clusters, clusters->n_clusters);
  if (!clusters->is_converged)
    smooth_report_add (clusters->report, SMOOTH_REPORT_WARNING, "clusters still changed after %d iterations", settings->max_iterations);
  return g_steal_pointer (&clusters);
}

/* Means of the spots of each cluster, and the sum of squares around them. */
static void
measure_centres (SmoothClusters *clusters, const SmoothMatrix *points)
{
  for (gint64 i = 0; i < points->n_cols; i++)
    for (gint64 d = 0; d < points->n_rows; d++)
      smooth_matrix_column (clusters->centres, clusters->labels[i])[d]
          += smooth_matrix_column (points, i)[d] / (double) clusters->sizes[clusters->labels[i]];
  for (gint64 i = 0; i < points->n_cols; i++)
    for (gint64 d = 0; d < points->n_rows; d++)
      clusters->inertia += pow (smooth_matrix_column (points, i)[d] - smooth_matrix_column (clusters->centres, clusters->labels[i])[d], 2.0);
}

/* Communities of the graph of near spots. */
static SmoothClusters *
find_communities (const SmoothMatrix *points, const SmoothClusterSettings *settings, SmoothRun *run, GError **error)
{
  gint64 n = points->n_cols, n_edges = 0;
  g_autofree gint32 *ends = NULL, *labels = smooth_i_try_new (gint32, n, "communities", error);
  g_autofree gint32 *order = labels != NULL ? smooth_i_try_new (gint32, n + 1, "communities", error) : NULL;
  g_autofree double *weights = NULL;
  gint n_iterations = 0, k = 0;
  gboolean is_converged = TRUE;

  if (order == NULL)
    return NULL;
  if (n > 1
      && (!smooth_i_overlap_graph (points, settings->n_neighbours, &n_edges, &ends, &weights, run, error)
          || !smooth_i_leiden_run (n, ends, weights, n_edges, settings, labels, &n_iterations, &is_converged, run, error)))
    return NULL;
  for (gint64 i = 0; i < n; i++)
    k = MAX (k, labels[i] + 1);
  g_autoptr (SmoothClusters) clusters = new_numbered (labels, k, points, order, error);
  if (clusters == NULL)
    return NULL;
  clusters->n_iterations = n_iterations;
  clusters->is_converged = is_converged;
  measure_centres (clusters, points);
  smooth_report_count (clusters->report, "cluster_edges", n_edges);
  if (!is_converged)
    smooth_report_add (clusters->report, SMOOTH_REPORT_WARNING, "communities still changed after %d iterations", settings->max_iterations);
  return g_steal_pointer (&clusters);
}

/**
 * smooth_clusters_new:
 * @points: n_dims x n_spots, finite: an embedding or proportions, one column a spot
 * @start: (nullable): n_dims x n_clusters: centres to go on from, as those of the last picture, instead of random ones;
 *   there is then one run
 * @settings: (nullable): %NULL for the defaults
 *
 * k-means: D. Arthur, S. Vassilvitskii, 'k-means++' (2007) for the starts, with the best of 2 + log k candidates for each
 * centre, then S. Lloyd's iteration (1982) to the end. A cluster that loses all its spots gets the one farthest from its centre.
 *
 * O(restarts iterations n_spots n_clusters n_dims); 24 n_spots bytes a thread.
 *
 * Leiden: communities of the graph of near spots (clusters-neighbours.c, clusters-leiden.c); the resolution sets how many, and
 * @start is not looked at. Centres are means.
 *
 * Returns: (transfer full): the best of the restarts, or the communities
 */
SmoothClusters *
smooth_clusters_new (const SmoothMatrix *points, const SmoothMatrix *start, const SmoothClusterSettings *settings, SmoothRun *run,
                     GError **error)
{
  SmoothClusterSettings defaults;

  smooth_params_init (&smooth_cluster_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_cluster_params, settings, error) || !check_points (points, start, settings, error))
    return NULL;

  if (settings->method == SMOOTH_CLUSTERS_LEIDEN)
    return find_communities (points, settings, run, error);
  gint n_restarts = start != NULL ? 1 : settings->n_restarts;
  gint n_workers = MIN (smooth_run_get_n_threads (run), n_restarts);
  g_autofree SmoothKMeans **current = g_new0 (SmoothKMeans *, n_workers);
  g_autofree SmoothKMeans **best = g_new0 (SmoothKMeans *, n_workers);
  Search search = { points, start, settings, run, n_workers, current, best };
  SmoothClusters *clusters = NULL;

  if (allocate_workers (&search, error))
    {
      smooth_i_parallel (n_workers, n_restarts, run_restart, &search);
      gint winner = 0;
      for (gint w = 1; w < n_workers; w++)
        if (best[w]->restart >= 0 && is_better (best[w], best[winner]))
          winner = w;
      if (smooth_run_check (run, error))
        clusters = make_result (best[winner], points, settings, error);
    }
  for (gint w = 0; w < n_workers; w++)
    {
      smooth_i_kmeans_free (current[w]);
      smooth_i_kmeans_free (best[w]);
    }
  return clusters;
}
