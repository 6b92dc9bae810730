/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in space, indexed for neighbour searches by cells or, where these would be badly filled, by a tree. */
#include "graph/kernels-private.h"

#include <math.h>
#include <string.h>

/* Of the mean number of points in the cell of a point, relative to that for points at random. */
#define MAX_CROWDING 8.0

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
  smooth_i_free (points->scratch);
  g_free (points);
}

static gboolean
allocate (SmoothPoints *points, GError **error)
{
  gint64 n = points->n;
  const char *what = "sorted coordinates";

  for (gint d = 0; d < points->n_dims; d++)
    {
      points->coords[d] = smooth_i_try_alloc_raw (n + SMOOTH_PADDING, sizeof (double), what, error);
      if (points->coords[d] == NULL)
        return FALSE;
      memset (points->coords[d] + n, 0, SMOOTH_PADDING * sizeof (double));
    }
  points->ids = smooth_i_try_alloc_raw (n + SMOOTH_PADDING, sizeof (gint32), what, error);
  if (points->ids == NULL)
    return FALSE;
  memset (points->ids + n, 0, SMOOTH_PADDING * sizeof (gint32));
  points->positions = smooth_i_try_alloc_raw (n, sizeof (gint32), what, error);
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

/* The expected number of points that share a point's cell, itself included: crowd + 1 for points at random; relative to that. */
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
  return sum / (double) points->n / (points->crowd + 1.0);
}

/**
 * smooth_i_points_new:
 * @coords: @n x @n_dims, row-major, any unit; usable
 * @n_dims: 2 or 3
 * @k: how many neighbours will be looked for; 0: those within a radius. Only the time of searches depends on it
 *
 * Cells answer a search in constant time as long as points are spread evenly over their bounding box or over a good
 * part of it. Clusters, slanted lines and far outliers crowd most points into few cells: these get a balanced tree,
 * whose searches are logarithmic whatever the points. Both give identical results.
 *
 * O(n) time for cells, O(n log n) for a tree; about 30 bytes a point, and 32 as scratch.
 */
SmoothPoints *
smooth_i_points_new (const double *coords, gint64 n, gint n_dims, SmoothIndexKind kind, gint k, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothPoints) points = g_new0 (SmoothPoints, 1);

  points->n = n;
  points->n_dims = n_dims;
  points->kernels = smooth_i_graph_kernels ();
  if (!allocate (points, error))
    return NULL;
  find_box (points, coords);
  if (kind != SMOOTH_INDEX_TREE && !smooth_i_cells_init (points, coords, k, run, error))
    return NULL;
  if (kind == SMOOTH_INDEX_AUTO && points->starts != NULL && crowding (points) > MAX_CROWDING)
    g_clear_pointer (&points->starts, smooth_i_free);
  if (points->starts == NULL && !smooth_i_tree_init (points, coords, error))
    return NULL;
  return g_steal_pointer (&points);
}

/**
 * smooth_i_points_limit:
 * @rule: of nearest neighbours
 *
 * Sets the limits of the points at the positions first .. last - 1.
 *
 * Returns: FALSE where memory ran out
 */
gboolean
smooth_i_points_limit (const SmoothPoints *points, gint64 first, gint64 last, const SmoothSearchRule *rule, SmoothLimits *limits,
                       SmoothSearch *search)
{
  if (points->starts != NULL)
    return smooth_i_cells_limit (points, first, last, rule, limits, search);
  for (gint64 p = first; p < last; p++)
    {
      if (!smooth_i_tree_limit (points, p, rule, search))
        return FALSE;
      smooth_i_limits_take (limits, p, search);
    }
  return TRUE;
}

/* Whether q does not come after the limit of p, which lies at distance d2. */
static inline gboolean
is_within (const SmoothPoints *points, const SmoothLimits *limits, gint64 p, gint64 q, double d2)
{
  return d2 < limits->d2[p] || (d2 == limits->d2[p] && points->ids[q] <= limits->id[p]);
}

/* What a search of whole distances lets through and the rule does not: later ones of equal distances, other metrics. */
static void
sift (const SmoothPoints *points, gint64 p, const SmoothSearchRule *rule, const SmoothLimits *limits, gboolean mutual, SmoothSearch *search)
{
  gint64 kept = 0;

  for (gint64 t = 0; t < search->n_found; t++)
    {
      gint32 q = search->found[t];
      double d2 = smooth_i_points_d2 (points, p, q);
      gboolean stays = rule->k == 0 ? smooth_i_points_metric2 (points, rule->metric, p, q) <= rule->bound_d2
                                    : is_within (points, limits, p, q, d2) && (!mutual || is_within (points, limits, q, p, d2));
      search->found[kept] = q;
      kept += q == p || stays;
    }
  search->n_found = kept;
}

static gboolean
collect_one (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, const SmoothLimits *limits, gboolean mutual,
             SmoothSearch *search)
{
  double limit = rule->k > 0 ? limits->d2[position] : rule->bound_d2;
  const double *others = rule->k > 0 && mutual ? limits->d2 : NULL;

  search->n_found = 0;
  if (!(points->starts != NULL ? smooth_i_cells_collect (points, position, limit, others, search)
                               : smooth_i_tree_collect (points, position, limit, others, search)))
    return FALSE;
  if (rule->k > 0 ? limits->cut : rule->metric != SMOOTH_METRIC_EUCLIDEAN)
    sift (points, position, rule, limits, mutual, search);
  for (gint64 t = 0; t < search->n_found && rule->k > 0; t++)
    search->found[t] = points->ids[search->found[t]];
  search->of[0] = (SmoothFound){ search->n_found, search->found };
  return TRUE;
}

/**
 * smooth_i_points_collect:
 * @limits: of nearest neighbours; not looked at for a radius
 * @mutual: keep those only within whose limits the point is, too
 *
 * Finds the neighbours of the point at @first, itself among them, and of as many after it, before @last, as are found
 * together: search->of these. Nearest neighbours come by their numbers, those within a radius by their positions, in no order.
 *
 * Returns: of how many points; 0 where memory ran out
 */
gint
smooth_i_points_collect (const SmoothPoints *points, gint64 first, gint64 last, const SmoothSearchRule *rule, const SmoothLimits *limits,
                         gboolean mutual, SmoothSearch *search)
{
  gint n = 0;

  if (rule->k > 0 && points->starts != NULL && !limits->cut)
    n = smooth_i_cells_collect_group (points, first, last, limits->d2, mutual, search);
  return n > 0 ? n : collect_one (points, first, rule, limits, mutual, search);
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
  gint32 *found = g_try_realloc_n (search->found, (gsize) capacity + SMOOTH_PADDING, sizeof (gint32));
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
  g_clear_pointer (&search->lists, smooth_i_free);
  search->capacity = search->n_found = 0;
}

/* Appends those of the runs that are within the squared distance @limit and, if @limits, within their own. FALSE where memory
 * ran out. */
gboolean
smooth_i_search_append (SmoothSearch *search, const SmoothPoints *points, gint64 position, const SmoothRuns *runs, double limit,
                        const double *limits)
{
  if (!smooth_i_search_reserve (search, search->n_found + runs->n_candidates))
    return FALSE;
  search->n_found = points->kernels->append (points, position, runs, limit, limits, search->found, search->n_found);
  return TRUE;
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
