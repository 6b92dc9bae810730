/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of k-means: a random start, then centres and labels in turn until no label changes. */
#include "model/clusters-private.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

#define CHECK_INTERVAL 4096 /* spots between two looks at the run */

SmoothKMeans *
smooth_i_kmeans_new (const SmoothMatrix *points, gint n_clusters, GError **error)
{
  gint64 n = points->n_cols;
  SmoothKMeans *kmeans = g_new0 (SmoothKMeans, 1);

  kmeans->restart = -1;
  kmeans->sizes = g_new0 (gint64, n_clusters);
  kmeans->labels = smooth_i_try_alloc (n, sizeof (gint32), "clusters", error);
  if (kmeans->labels != NULL)
    kmeans->distance = smooth_i_try_alloc (n, sizeof (double), "clusters", error);
  if (kmeans->distance != NULL)
    kmeans->centres = smooth_i_try_alloc (2 * n_clusters * points->n_rows, sizeof (double), "clusters", error);
  if (kmeans->centres == NULL)
    {
      smooth_i_kmeans_free (kmeans);
      return NULL;
    }
  kmeans->sums = kmeans->centres + n_clusters * points->n_rows;
  return kmeans;
}

void
smooth_i_kmeans_free (SmoothKMeans *kmeans)
{
  if (kmeans == NULL)
    return;
  g_free (kmeans->sizes);
  smooth_i_free (kmeans->labels);
  smooth_i_free (kmeans->distance);
  smooth_i_free (kmeans->centres);
  g_free (kmeans);
}

static inline double
square_distance (const double *x, const double *y, gint64 n_dims)
{
  double sum = 0.0;

  for (gint64 d = 0; d < n_dims; d++)
    sum += (x[d] - y[d]) * (x[d] - y[d]);
  return sum;
}

/* The sum of distances to the nearest centre if @candidate becomes one. */
static double
potential (const SmoothKMeans *kmeans, const SmoothMatrix *points, gint64 candidate)
{
  const double *c = smooth_matrix_column (points, candidate);
  double sum = 0.0;

  for (gint64 i = 0; i < points->n_cols; i++)
    {
      double distance = square_distance (smooth_matrix_column (points, i), c, points->n_rows);
      sum += MIN (distance, kmeans->distance[i]);
    }
  return sum;
}

/* A spot drawn with a probability that is proportional to its distance. */
static gint64
draw (const SmoothKMeans *kmeans, gint64 n, double total, SmoothRng *rng)
{
  double target = smooth_i_rng_uniform (rng) * total, sum = 0.0;
  gint64 last = -1;

  for (gint64 i = 0; i < n; i++)
    {
      sum += kmeans->distance[i];
      if (kmeans->distance[i] > 0.0)
        last = i;
      if (sum >= target && last == i)
        return i;
    }
  return last; /* rounding */
}

static void
take_centre (SmoothKMeans *kmeans, const SmoothMatrix *points, gint64 spot)
{
  gint64 n_dims = points->n_rows;
  double *c = kmeans->centres + kmeans->n_found++ * n_dims;

  memcpy (c, smooth_matrix_column (points, spot), (gsize) n_dims * sizeof (double));
  for (gint64 i = 0; i < points->n_cols; i++)
    kmeans->distance[i] = MIN (kmeans->distance[i], square_distance (smooth_matrix_column (points, i), c, n_dims));
}

/* k-means++: each centre is the best of a few spots that are drawn far from the centres so far. */
static void
draw_centres (SmoothKMeans *kmeans, const SmoothMatrix *points, gint n_clusters, SmoothRng *rng, SmoothRun *run)
{
  gint64 n = points->n_cols;
  gint n_candidates = 2 + (gint) floor (smooth_i_log (n_clusters));

  for (gint64 i = 0; i < n; i++)
    kmeans->distance[i] = INFINITY;
  take_centre (kmeans, points, smooth_i_rng_index (rng, n));
  while (kmeans->n_found < n_clusters && !smooth_run_is_cancelled (run))
    {
      double total = 0.0, least = INFINITY;
      gint64 best = -1;
      for (gint64 i = 0; i < n; i++)
        total += kmeans->distance[i];
      for (gint t = 0; t < n_candidates && total > 0.0; t++)
        {
          gint64 spot = draw (kmeans, n, total, rng);
          double sum = potential (kmeans, points, spot);
          if (best < 0 || sum < least)
            {
              best = spot;
              least = sum;
            }
        }
      if (best < 0)
        return; /* every spot is a centre already */
      take_centre (kmeans, points, best);
    }
}

/* Gives each spot to its nearest centre, of equally near ones the first. Returns: the number of spots that changed. */
static gint64
assign (SmoothKMeans *kmeans, const SmoothMatrix *points, SmoothRun *run)
{
  gint64 n_dims = points->n_rows, n_changed = 0;

  memset (kmeans->sizes, 0, (gsize) kmeans->n_found * sizeof (gint64));
  kmeans->inertia = 0.0;
  for (gint64 i = 0; i < points->n_cols; i++)
    {
      const double *x = smooth_matrix_column (points, i);
      double least = INFINITY;
      gint32 label = 0;
      if (i % CHECK_INTERVAL == 0 && smooth_run_is_cancelled (run))
        return 0;
      for (gint32 c = 0; c < kmeans->n_found; c++)
        {
          double distance = square_distance (x, kmeans->centres + c * n_dims, n_dims);
          if (distance < least)
            {
              least = distance;
              label = c;
            }
        }
      n_changed += kmeans->labels[i] != label;
      kmeans->labels[i] = label;
      kmeans->sizes[label]++;
      kmeans->distance[i] = least;
      kmeans->inertia += least;
    }
  return n_changed;
}

/* Moves the spot that is farthest from its centre into the empty cluster c. Returns: FALSE where every spot lies on its centre,
 * so that the cluster stays empty. */
static gboolean
fill_empty (SmoothKMeans *kmeans, gint64 n, gint32 c)
{
  gint64 farthest = -1;
  double most = 0.0;

  for (gint64 i = 0; i < n; i++)
    if (kmeans->distance[i] > most && kmeans->sizes[kmeans->labels[i]] > 1)
      {
        farthest = i;
        most = kmeans->distance[i];
      }
  if (farthest < 0)
    return FALSE;
  kmeans->sizes[kmeans->labels[farthest]]--;
  kmeans->labels[farthest] = c;
  kmeans->sizes[c] = 1;
  kmeans->distance[farthest] = 0.0;
  return TRUE;
}

/* Returns: TRUE where an empty cluster had to be filled */
static gboolean
move_centres (SmoothKMeans *kmeans, const SmoothMatrix *points)
{
  gint64 n_dims = points->n_rows;
  gboolean filled = FALSE;

  for (gint32 c = 0; c < kmeans->n_found; c++)
    if (kmeans->sizes[c] == 0)
      filled |= fill_empty (kmeans, points->n_cols, c);
  memset (kmeans->sums, 0, (gsize) (kmeans->n_found * n_dims) * sizeof (double));
  for (gint64 i = 0; i < points->n_cols; i++)
    {
      const double *x = smooth_matrix_column (points, i);
      double *sum = kmeans->sums + kmeans->labels[i] * n_dims;
      for (gint64 d = 0; d < n_dims; d++)
        sum[d] += x[d];
    }
  for (gint32 c = 0; c < kmeans->n_found; c++)
    for (gint64 d = 0; kmeans->sizes[c] > 0 && d < n_dims; d++)
      kmeans->centres[c * n_dims + d] = kmeans->sums[c * n_dims + d] / (double) kmeans->sizes[c];
  return filled;
}

/* Centres that are given may coincide or lie far from all spots: those without a spot get one. */
static void
take_start (SmoothKMeans *kmeans, const SmoothMatrix *start)
{
  kmeans->n_found = (gint) start->n_cols;
  memcpy (kmeans->centres, start->values, (gsize) (start->n_rows * start->n_cols) * sizeof (double));
}

/**
 * smooth_i_kmeans_run:
 * @start: (nullable): centres to start from
 * @restart: the number of the random stream
 *
 * Leaves early, with no use of what is there, where the run is cancelled.
 */
void
smooth_i_kmeans_run (SmoothKMeans *kmeans, const SmoothMatrix *points, const SmoothMatrix *start, const SmoothClusterSettings *settings,
                     gint restart, SmoothRun *run)
{
  gint64 n = points->n_cols;
  SmoothRng rng;

  smooth_i_rng_init (&rng, (guint64) settings->seed, (guint64) restart);
  kmeans->restart = restart;
  kmeans->n_found = 0;
  kmeans->is_converged = FALSE;
  if (start != NULL && start->n_cols <= n)
    take_start (kmeans, start);
  else
    draw_centres (kmeans, points, settings->n_clusters, &rng, run);

  for (gint64 i = 0; i < n; i++)
    kmeans->labels[i] = -1;
  gboolean filled = FALSE;
  for (kmeans->n_iterations = 1; !smooth_run_is_cancelled (run); kmeans->n_iterations++)
    {
      gint64 n_changed = assign (kmeans, points, run);
      kmeans->is_converged = n_changed == 0 && !filled;
      if (kmeans->is_converged || kmeans->n_iterations >= settings->max_iterations)
        break;
      filled = move_centres (kmeans, points);
    }
}
