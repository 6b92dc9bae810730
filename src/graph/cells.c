/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A uniform grid of cells, a few points a cell: every neighbour search looks at a small block of cells around a point.
 *
 * Points are sorted by cell, cells row by row, so that a row of the block is one run of memory. A block of r rings
 * around the point's cell is enough once no point outside of it can be within the limit of the search. Points that follow each
 * other in a row of cells have nearly the same block: their nearest neighbours are looked for side by side, one point a lane
 * (graph/kernels.c); the few whose limit reaches beyond the block are looked at again, one by one.
 */
#include "graph/kernels-private.h"

#include <math.h>
#include <string.h>

#define FEW 3.0 /* points a cell where all within a radius are wanted */
#define GROUP_CELLS 4 /* the most cells that points looked at side by side may spread over, beside the first */

/* The mean number of points in a cell such that k neighbours are mostly no farther than one cell. */
static double
choose_crowd (gint n_dims, gint k)
{
  double enough = k + 2.0 * sqrt (k);

  return k == 0 ? FEW : n_dims == 3 ? enough / (4.0 / 3.0 * G_PI) : enough / G_PI;
}

/* The side of a cell such that the box has about n / crowd cells; flat directions have one. 0 if all are. */
static double
cell_size (const SmoothPoints *points)
{
  gboolean is_flat[3] = { FALSE, FALSE, FALSE };
  double wanted = MAX ((double) points->n / points->crowd, 1.0);

  for (;;)
    {
      double log_volume = 0.0;
      gint n_active = 0;
      for (gint d = 0; d < points->n_dims; d++)
        if (!is_flat[d] && points->high[d] > points->low[d])
          {
            log_volume += log (points->high[d] - points->low[d]);
            n_active++;
          }
      if (n_active == 0)
        return 0.0;

      double size = exp ((log_volume - log (wanted)) / n_active);
      gboolean settled = TRUE;
      for (gint d = 0; d < points->n_dims && n_active > 1; d++)
        if (!is_flat[d] && points->high[d] > points->low[d] && points->high[d] - points->low[d] < size)
          {
            is_flat[d] = TRUE;
            settled = FALSE;
          }
      if (settled)
        return size;
    }
}

/**
 * smooth_i_cells_init:
 *
 * Leaves starts at NULL where cells make no sense: all points in one place, or an extent at the edge of what doubles
 * can hold. O(n) time.
 */
gboolean
smooth_i_cells_init (SmoothPoints *points, const double *coords, gint k, SmoothRun *run, GError **error)
{
  double largest = 0.0;
  gint64 n_cells = 1;

  points->crowd = choose_crowd (points->n_dims, k);
  points->size = cell_size (points);
  if (points->size < G_MINDOUBLE * 1e10)
    return TRUE;
  for (gint d = 0; d < 3; d++)
    {
      double extent = points->high[d] - points->low[d];
      points->n_cells[d] = d < points->n_dims ? (gint64) (extent / points->size) + 1 : 1;
      n_cells *= points->n_cells[d];
      largest = MAX (largest, MAX (fabs (points->low[d]), fabs (points->high[d])));
    }
  points->slack = 16.0 * DBL_EPSILON * largest;
  points->per_size = 1.0 / points->size;

  points->starts = smooth_i_try_alloc_raw (n_cells + 1, sizeof (gint32), "a grid of cells", error);
  return points->starts != NULL && smooth_i_cells_sort (points, coords, run, error);
}

/* A block of cells, ends included. */
typedef struct
{
  gint64 first[3];
  gint64 last[3];
} Block;

static Block
block_around (const SmoothPoints *points, gint64 p, gint64 n_rings)
{
  Block block = { { 0 }, { 0 } };

  for (gint d = 0; d < points->n_dims; d++)
    {
      gint64 cell = smooth_i_cell_along (points, d, points->coords[d][p]);
      block.first[d] = MAX (cell - n_rings, 0);
      block.last[d] = MIN (cell + n_rings, points->n_cells[d] - 1);
    }
  return block;
}

/* How near to p a point outside of a block that p is in can be; INFINITY where there is none. */
static inline double
border_of (const SmoothPoints *points, gint64 p, const Block *block)
{
  double border = INFINITY;

  for (gint d = 0; d < points->n_dims; d++)
    {
      double c = points->coords[d][p];
      if (block->first[d] > 0)
        border = MIN (border, c - (points->low[d] + (double) block->first[d] * points->size));
      if (block->last[d] < points->n_cells[d] - 1)
        border = MIN (border, points->low[d] + (double) (block->last[d] + 1) * points->size - c);
    }
  return MAX (border - points->slack, 0.0);
}

/* Positions and squared distances of one run of points. */
static void
gather_run (const SmoothPoints *points, gint64 p, gint64 first, gint64 last, SmoothSearch *search)
{
  double *restrict d2 = search->d2 + search->n_found;
  gint32 *restrict found = search->found + search->n_found;
  const double *xs = points->coords[0] + first, *ys = points->coords[1] + first;
  double x = points->coords[0][p], y = points->coords[1][p];

  for (gint64 t = 0; t < last - first; t++)
    {
      double dx = xs[t] - x, dy = ys[t] - y;
      d2[t] = dx * dx + dy * dy;
      found[t] = (gint32) (first + t);
    }
  if (points->n_dims == 3)
    {
      const double *zs = points->coords[2] + first;
      double z = points->coords[2][p];
      for (gint64 t = 0; t < last - first; t++)
        d2[t] += (zs[t] - z) * (zs[t] - z);
    }
  if (p >= first && p < last)
    d2[p - first] = INFINITY; /* nobody is a neighbour of itself */
  search->n_found += last - first;
}

static gboolean
gather (const SmoothPoints *points, gint64 p, const Block *block, SmoothSearch *search)
{
  search->n_found = 0;
  for (gint64 z = block->first[2]; z <= block->last[2]; z++)
    for (gint64 y = block->first[1]; y <= block->last[1]; y++)
      {
        const gint32 *row = points->starts + (z * points->n_cells[1] + y) * points->n_cells[0];
        gint64 first = row[block->first[0]], last = row[block->last[0] + 1];
        if (!smooth_i_search_reserve (search, search->n_found + last - first))
          return FALSE;
        gather_run (points, p, first, last, search);
      }
  return TRUE;
}

/* The k-th smallest of n values, by insertion into a sorted list. */
static double
kth (const double *values, gint64 n, gint k)
{
  double best[SMOOTH_GRAPH_MAX_K];

  for (gint s = 0; s < k; s++)
    best[s] = INFINITY;
  for (gint64 t = 0; t < n; t++)
    {
      gint s = k - 1;
      if (values[t] >= best[s])
        continue;
      for (; s > 0 && best[s - 1] > values[t]; s--)
        best[s] = best[s - 1];
      best[s] = values[t];
    }
  return best[k - 1];
}

/* Drops what lies beyond the limit. */
static void
keep_within (SmoothSearch *search)
{
  gint64 kept = 0;

  for (gint64 t = 0; t < search->n_found; t++)
    {
      double d2 = search->d2[t];
      search->found[kept] = search->found[t];
      search->d2[kept] = d2;
      kept += d2 <= search->limit_d2;
    }
  search->n_found = kept;
}

static gboolean
search_nearest (const SmoothPoints *points, gint64 p, const SmoothSearchRule *rule, SmoothSearch *search)
{
  gint64 n_rings = 1;

  search->limit_id = G_MAXINT32;
  for (;;)
    {
      Block block = block_around (points, p, n_rings);
      if (!gather (points, p, &block, search))
        return FALSE;
      search->limit_d2 = rule->tie * kth (search->d2, search->n_found, rule->k);
      double border = border_of (points, p, &block);
      if (search->limit_d2 < border * border || border == INFINITY)
        break;
      /* Once k points are known, so is how far to look; before that, look twice as far. */
      gint64 wanted =
          isfinite (search->limit_d2) ? (gint64) MIN (ceil (sqrt (search->limit_d2) / points->size), 1e9) : 2 * n_rings;
      n_rings = MAX (n_rings + 1, wanted);
    }
  keep_within (search);
  smooth_i_search_trim (search, points, rule->most);
  return TRUE;
}

/* ---- Points side by side ---- */

/* The cell along x. */
static inline gint64
column_of (const SmoothPoints *points, gint64 p)
{
  return smooth_i_cell_along (points, 0, points->coords[0][p]);
}

/* The block of one ring around the cells of n points that follow each other in one row of cells. */
static Block
block_around_group (const SmoothPoints *points, gint64 first, gint n, SmoothRuns *runs)
{
  Block block = block_around (points, first, 1);

  block.last[0] = MIN (column_of (points, first + n - 1) + 1, points->n_cells[0] - 1);
  runs->n = 0;
  runs->n_candidates = 0;
  for (gint64 z = block.first[2]; z <= block.last[2]; z++)
    for (gint64 y = block.first[1]; y <= block.last[1]; y++)
      {
        const gint32 *row = points->starts + (z * points->n_cells[1] + y) * points->n_cells[0];
        smooth_i_runs_add (runs, row[block.first[0]], row[block.last[0] + 1]);
      }
  return block;
}

/* How many points from p on, before @last, are in p's row of cells and not far from p. */
static gint
measure_group (const SmoothPoints *points, gint64 p, gint64 last, gint n_lanes)
{
  gint64 row = points->n_dims == 3 ? smooth_i_cell_along (points, 2, points->coords[2][p]) : 0, column = column_of (points, p);

  row = row * points->n_cells[1] + smooth_i_cell_along (points, 1, points->coords[1][p]);
  column = MIN (column + GROUP_CELLS, points->n_cells[0] - 1);
  return (gint) MIN (MIN (last, points->starts[row * points->n_cells[0] + column + 1]) - p, n_lanes);
}

static gboolean
limit_one (const SmoothPoints *points, gint64 p, const SmoothSearchRule *rule, SmoothLimits *limits, SmoothSearch *search)
{
  if (!search_nearest (points, p, rule, search))
    return FALSE;
  smooth_i_limits_take (limits, p, search);
  return TRUE;
}

/**
 * smooth_i_cells_limit:
 *
 * On points spread evenly: constant time for each; no allocation once the scratch has grown.
 */
gboolean
smooth_i_cells_limit (const SmoothPoints *points, gint64 first, gint64 last, const SmoothSearchRule *rule, SmoothLimits *limits,
                      SmoothSearch *search)
{
  const SmoothGraphKernels *kernels = points->kernels;
  SmoothRuns runs;

  for (gint64 p = first, next; p < last; p = next)
    {
      gint n = measure_group (points, p, last, kernels->n_lanes);
      gint64 counts[SMOOTH_GROUP_LANES];
      Block block = block_around_group (points, p, n, &runs);
      gboolean is_grouped = rule->k <= SMOOTH_GROUP_K && runs.n_candidates <= SMOOTH_GROUP_CANDIDATES;
      if (is_grouped)
        kernels->limit (points, p, n, &runs, rule->k, rule->tie, rule->most + 1, limits->d2 + p, counts);
      next = p + n;
      for (gint l = 0; l < n; l++)
        {
          double border = is_grouped ? border_of (points, p + l, &block) : 0.0;
          limits->id[p + l] = G_MAXINT32;
          if ((!is_grouped || limits->d2[p + l] >= border * border || counts[l] > rule->most)
              && !limit_one (points, p + l, rule, limits, search))
            return FALSE;
        }
    }
  return TRUE;
}

/**
 * smooth_i_cells_collect:
 *
 * See smooth_i_search_append(). Time as the cells that the limit reaches.
 */
gboolean
smooth_i_cells_collect (const SmoothPoints *points, gint64 position, double limit, const double *limits, SmoothSearch *search)
{
  double reach = sqrt (limit) * (1.0 + 16.0 * DBL_EPSILON) + points->slack;
  gint64 first[3] = { 0 }, last[3] = { 0 };
  SmoothRuns runs = { 0 };

  for (gint d = 0; d < points->n_dims; d++)
    {
      double c = points->coords[d][position];
      first[d] = smooth_i_cell_along (points, d, c - reach);
      last[d] = smooth_i_cell_along (points, d, c + reach);
    }
  for (gint64 z = first[2]; z <= last[2]; z++)
    for (gint64 y = first[1]; y <= last[1]; y++)
      {
        const gint32 *row = points->starts + (z * points->n_cells[1] + y) * points->n_cells[0];
        smooth_i_runs_add (&runs, row[first[0]], row[last[0] + 1]);
        if (runs.n < SMOOTH_MAX_RUNS && (y < last[1] || z < last[2]))
          continue;
        if (!smooth_i_search_append (search, points, position, &runs, limit, limits))
          return FALSE;
        runs.n = 0;
        runs.n_candidates = 0;
      }
  return TRUE;
}

/* The box that the limits of n points reach. */
static void
reach_around_group (const SmoothPoints *points, gint64 p, gint n, const double *limits, gint64 *first, gint64 *last)
{
  double reach[SMOOTH_GROUP_LANES];

  for (gint l = 0; l < n; l++)
    reach[l] = sqrt (limits[p + l]) * (1.0 + 16.0 * DBL_EPSILON) + points->slack;
  for (gint d = 0; d < points->n_dims; d++)
    {
      const double *c = points->coords[d] + p;
      double low = c[0] - reach[0], high = c[0] + reach[0];
      for (gint l = 1; l < n; l++)
        {
          low = MIN (low, c[l] - reach[l]);
          high = MAX (high, c[l] + reach[l]);
        }
      first[d] = smooth_i_cell_along (points, d, low);
      last[d] = smooth_i_cell_along (points, d, high);
    }
}

/**
 * smooth_i_cells_collect_group:
 *
 * See smooth_i_points_collect().
 *
 * Returns: of how many points; 0 where they are not to be found together
 */
gint
smooth_i_cells_collect_group (const SmoothPoints *points, gint64 first, gint64 last, const double *limits, gboolean mutual,
                              SmoothSearch *search)
{
  gint n = measure_group (points, first, last, points->kernels->n_lanes);
  gint64 low[3] = { 0 }, high[3] = { 0 }, counts[SMOOTH_GROUP_LANES];
  SmoothRuns runs = { 0 };

  if (search->lists == NULL)
    search->lists = smooth_i_try_alloc (SMOOTH_GROUP_LANES * SMOOTH_GROUP_ROOM, sizeof (gint32), "neighbour lists", NULL);
  reach_around_group (points, first, n, limits, low, high);
  if (search->lists == NULL || (high[1] - low[1] + 1) * (high[2] - low[2] + 1) > SMOOTH_MAX_RUNS)
    return 0;
  for (gint64 z = low[2]; z <= high[2]; z++)
    for (gint64 y = low[1]; y <= high[1]; y++)
      {
        const gint32 *row = points->starts + (z * points->n_cells[1] + y) * points->n_cells[0];
        smooth_i_runs_add (&runs, row[low[0]], row[high[0] + 1]);
      }
  if (runs.n_candidates > SMOOTH_GROUP_CANDIDATES)
    return 0;
  points->kernels->collect (points, first, n, &runs, limits, mutual, search->lists, counts);
  for (gint l = 0; l < n; l++)
    search->of[l] = (SmoothFound){ counts[l], search->lists + l * SMOOTH_GROUP_ROOM };
  return n;
}
