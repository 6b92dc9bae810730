/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in space, indexed for neighbour searches by cells or, where these would be badly filled, by a tree. */
#include "graph/neighbours.h"

#include <math.h>
#include <string.h>

/* The mean number of points in the cell of a point; 3 for points at random, 2 of which lie in a cell. */
#define MAX_CROWDING 24.0

void
smooth_i_points_free (SmoothPoints *points)
{
  if (points == NULL)
    return;
  for (gint d = 0; d < 3; d++)
    smooth_i_free (points->coords[d]);
  smooth_i_free (points->ids);
  smooth_i_free (points->positions);
  smooth_i_free (points->starts);
  smooth_i_free (points->boxes);
  smooth_i_free (points->lowest);
  g_free (points);
}

static gboolean
allocate (SmoothPoints *points, GError **error)
{
  for (gint d = 0; d < points->n_dims; d++)
    {
      points->coords[d] = smooth_i_try_alloc_raw (points->n, sizeof (double), "sorted coordinates", error);
      if (points->coords[d] == NULL)
        return FALSE;
    }
  points->ids = smooth_i_try_alloc_raw (points->n, sizeof (gint32), "sorted coordinates", error);
  points->positions = points->ids != NULL ? smooth_i_try_alloc_raw (points->n, sizeof (gint32), "sorted coordinates", error) : NULL;
  return points->positions != NULL;
}

static void
find_box (SmoothPoints *points, const double *coords)
{
  gint n_dims = points->n_dims;

  for (gint d = 0; d < n_dims; d++)
    points->low[d] = points->high[d] = coords[d];
  for (gint64 i = 1; i < points->n; i++)
    for (gint d = 0; d < n_dims; d++)
      {
        double c = coords[i * n_dims + d];
        points->low[d] = MIN (points->low[d], c);
        points->high[d] = MAX (points->high[d], c);
      }
}

/* The expected number of points that share a point's cell, itself included. */
static double
crowding (const SmoothPoints *points)
{
  gint64 n_cells = points->n_cells[0] * points->n_cells[1] * points->n_cells[2];
  double sum = 0.0;

  for (gint64 c = 0; c < n_cells; c++)
    {
      double count = points->starts[c + 1] - points->starts[c];
      sum += count * count;
    }
  return sum / (double) points->n;
}

/**
 * smooth_i_points_new:
 * @coords: @n x @n_dims, row-major, any unit; usable
 * @n_dims: 2 or 3
 *
 * Cells answer a search in constant time as long as points are spread evenly over their bounding box or over a good
 * part of it. Clusters, slanted lines and far outliers crowd most points into few cells: these get a balanced tree,
 * whose searches are logarithmic whatever the points. Both give identical results.
 *
 * O(n) time for cells, O(n log n) for a tree; about 35 bytes a point.
 */
SmoothPoints *
smooth_i_points_new (const double *coords, gint64 n, gint n_dims, SmoothIndexKind kind, GError **error)
{
  g_autoptr (SmoothPoints) points = g_new0 (SmoothPoints, 1);

  points->n = n;
  points->n_dims = n_dims;
  if (!allocate (points, error))
    return NULL;
  find_box (points, coords);
  if (kind != SMOOTH_INDEX_TREE && !smooth_i_cells_init (points, coords, error))
    return NULL;
  if (kind == SMOOTH_INDEX_AUTO && points->starts != NULL && crowding (points) > MAX_CROWDING)
    g_clear_pointer (&points->starts, smooth_i_free);
  if (points->starts == NULL && !smooth_i_tree_init (points, coords, error))
    return NULL;
  return g_steal_pointer (&points);
}

/**
 * smooth_i_points_search:
 *
 * Finds the neighbours of the point at @position, itself excluded, in no particular order.
 *
 * Returns: FALSE where memory ran out
 */
gboolean
smooth_i_points_search (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, SmoothSearch *search)
{
  if (points->starts != NULL)
    return smooth_i_cells_search (points, position, rule, search);
  return smooth_i_tree_search (points, position, rule, search);
}

/* The square of a distance in any metric; for the Euclidean one the same bits as smooth_i_points_d2(). */
double
smooth_i_points_metric2 (const SmoothPoints *points, SmoothMetric metric, gint64 p, gint64 q)
{
  double sum = 0.0;

  if (metric == SMOOTH_METRIC_EUCLIDEAN)
    return smooth_i_points_d2 (points, p, q);
  for (gint d = 0; d < points->n_dims; d++)
    sum += fabs (points->coords[d][q] - points->coords[d][p]);
  return sum * sum;
}

/* Room for @n results; the ones found so far are kept. FALSE where memory ran out. */
gboolean
smooth_i_search_reserve (SmoothSearch *search, gint64 n)
{
  if (n <= search->capacity)
    return TRUE;

  gint64 capacity = MAX (2 * search->capacity, MAX (n, 256));
  gint32 *found = g_try_realloc_n (search->found, (gsize) capacity, sizeof (gint32));
  if (found != NULL)
    search->found = found;
  double *d2 = found != NULL ? g_try_realloc_n (search->d2, (gsize) capacity, sizeof (double)) : NULL;
  if (d2 == NULL)
    return FALSE;
  search->d2 = d2;
  search->capacity = capacity;
  return TRUE;
}

void
smooth_i_search_clear (SmoothSearch *search)
{
  g_clear_pointer (&search->found, g_free);
  g_clear_pointer (&search->d2, g_free);
  search->capacity = search->n_found = 0;
}

/* Keeps the @most nearest of what was found, by (d2, id), and lowers the limit to the last of them. */
void
smooth_i_search_trim (SmoothSearch *search, const SmoothPoints *points, gint most)
{
  gint64 kept = 0;

  if (search->n_found <= most)
    return;
  for (gint64 t = 0; t < search->n_found; t++)
    {
      double d2 = search->d2[t];
      gint32 q = search->found[t];
      gint32 id = points->ids[q];
      gint64 s = kept;
      while (s > 0 && (search->d2[s - 1] > d2 || (search->d2[s - 1] == d2 && points->ids[search->found[s - 1]] > id)))
        s--;
      if (s == most)
        continue;
      if (kept < most)
        kept++;
      memmove (search->d2 + s + 1, search->d2 + s, (gsize) (kept - 1 - s) * sizeof (double));
      memmove (search->found + s + 1, search->found + s, (gsize) (kept - 1 - s) * sizeof (gint32));
      search->d2[s] = d2;
      search->found[s] = q;
    }
  search->n_found = kept;
  search->limit_d2 = search->d2[kept - 1];
  search->limit_id = points->ids[search->found[kept - 1]];
}
