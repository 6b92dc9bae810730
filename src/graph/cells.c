/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A uniform grid of cells, two points a cell: every neighbour search looks at a small block of cells around a point.
 *
 * Points are sorted by cell, cells row by row, so that a row of the block is one run of memory. A block of r rings
 * around the point's cell is enough once no point outside of it can be within the limit of the search.
 */
#include "graph/neighbours.h"

#include <math.h>
#include <string.h>

#define POINTS_PER_CELL 2.0

/* The side of a cell such that the box has about n / POINTS_PER_CELL cells; flat directions have one. 0 if all are. */
static double
cell_size (const SmoothPoints *points)
{
  gboolean is_flat[3] = { FALSE, FALSE, FALSE };
  double wanted = MAX ((double) points->n / POINTS_PER_CELL, 1.0);

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

static inline gint64
cell_along (const SmoothPoints *points, gint d, double c)
{
  gint64 cell = (gint64) ((c - points->low[d]) * points->per_size);

  return MIN (cell, points->n_cells[d] - 1);
}

static gint64
cell_of (const SmoothPoints *points, const double *c)
{
  gint64 cell = points->n_dims == 3 ? cell_along (points, 2, c[2]) : 0;

  cell = cell * points->n_cells[1] + cell_along (points, 1, c[1]);
  return cell * points->n_cells[0] + cell_along (points, 0, c[0]);
}

/* Counting sort by cell, stable in the id. */
static void
sort_points (SmoothPoints *points, const double *coords, gint64 n_cells)
{
  gint32 *cells = points->positions; /* until they are known */
  gint n_dims = points->n_dims;

  for (gint64 i = 0; i < points->n; i++)
    {
      cells[i] = (gint32) cell_of (points, coords + i * n_dims);
      points->starts[cells[i]]++;
    }
  gint32 sum = 0;
  for (gint64 c = 0; c <= n_cells; c++)
    {
      gint32 count = points->starts[c];
      points->starts[c] = sum;
      sum += count;
    }
  for (gint64 i = 0; i < points->n; i++)
    {
      gint32 p = points->starts[cells[i]]++;
      points->positions[i] = p;
      points->ids[p] = (gint32) i;
      for (gint d = 0; d < n_dims; d++)
        points->coords[d][p] = coords[i * n_dims + d];
    }
  memmove (points->starts + 1, points->starts, (gsize) n_cells * sizeof (gint32));
  points->starts[0] = 0;
}

/**
 * smooth_i_cells_init:
 *
 * Leaves starts at NULL where cells make no sense: all points in one place, or an extent at the edge of what doubles
 * can hold. O(n) time.
 */
gboolean
smooth_i_cells_init (SmoothPoints *points, const double *coords, GError **error)
{
  double largest = 0.0;
  gint64 n_cells = 1;

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

  points->starts = smooth_i_try_alloc (n_cells + 1, sizeof (gint32), "a grid of cells", error);
  if (points->starts != NULL)
    sort_points (points, coords, n_cells);
  return points->starts != NULL;
}

/* A block of cells, ends included, and how near a point outside of it can be. */
typedef struct
{
  gint64 first[3];
  gint64 last[3];
  double border;
} Block;

static Block
block_around (const SmoothPoints *points, gint64 p, gint64 n_rings)
{
  Block block = { .border = INFINITY };

  for (gint d = 0; d < points->n_dims; d++)
    {
      double c = points->coords[d][p];
      gint64 cell = cell_along (points, d, c);
      block.first[d] = MAX (cell - n_rings, 0);
      block.last[d] = MIN (cell + n_rings, points->n_cells[d] - 1);
      if (block.first[d] > 0)
        block.border = MIN (block.border, c - (points->low[d] + (double) block.first[d] * points->size));
      if (block.last[d] < points->n_cells[d] - 1)
        block.border = MIN (block.border, points->low[d] + (double) (block.last[d] + 1) * points->size - c);
    }
  block.border = MAX (block.border - points->slack, 0.0);
  return block;
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

/* v sinks into a sorted list: the smaller of both stays, the larger one goes on. Doubles that are not negative sort like the
 * integers of the same bits, and of integers compilers take a minimum without a branch, which would be a coin toss here. */
#define SINK(b)                                                                                                             \
  do                                                                                                                        \
    {                                                                                                                       \
      guint64 low = MIN (v, b);                                                                                             \
      v = MAX (v, b);                                                                                                       \
      b = low;                                                                                                              \
    }                                                                                                                       \
  while (0)

#define BITS_OF_INFINITY 0x7ff0000000000000

static inline guint64
bits_of (double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static inline double
value_of (guint64 bits)
{
  double value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* The k-th smallest of n values >= 0, k <= 4. Those k of the list that count come last; the others stay at 0. */
static double
kth_of_4 (const double *values, gint64 n, gint k)
{
  guint64 b3 = BITS_OF_INFINITY, b2 = k < 2 ? 0 : b3, b1 = k < 3 ? 0 : b3, b0 = k < 4 ? 0 : b3;

  for (gint64 t = 0; t < n; t++)
    {
      guint64 v = bits_of (values[t]);
      SINK (b0);
      SINK (b1);
      SINK (b2);
      SINK (b3);
    }
  return value_of (b3);
}

/* The same for 4 < k <= 6, the default. */
static double
kth_of_6 (const double *values, gint64 n, gint k)
{
  guint64 b5 = BITS_OF_INFINITY, b4 = b5, b3 = b5, b2 = b5, b1 = b5, b0 = k < 6 ? 0 : b5;

  for (gint64 t = 0; t < n; t++)
    {
      guint64 v = bits_of (values[t]);
      SINK (b0);
      SINK (b1);
      SINK (b2);
      SINK (b3);
      SINK (b4);
      SINK (b5);
    }
  return value_of (b5);
}

/* The k-th smallest of n values, any k: insertion into a sorted list. */
static double
large_kth (const double *values, gint64 n, gint k, double *best)
{
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

static double
kth (const double *values, gint64 n, gint k)
{
  double best[SMOOTH_GRAPH_MAX_K];

  if (k <= 4)
    return kth_of_4 (values, n, k);
  return k <= 6 ? kth_of_6 (values, n, k) : large_kth (values, n, k, best);
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

/* How many rings hold k points at the mean density, on average. */
static gint64
first_rings (const SmoothPoints *points, gint k)
{
  double reach = points->n_dims == 3 ? cbrt (3.0 * k / (4.0 * G_PI * POINTS_PER_CELL)) : sqrt (k / (G_PI * POINTS_PER_CELL));

  return MAX ((gint64) ceil (reach - 0.25), 1);
}

static gboolean
search_nearest (const SmoothPoints *points, gint64 p, const SmoothSearchRule *rule, SmoothSearch *search)
{
  gint64 n_rings = first_rings (points, rule->k);

  search->limit_id = G_MAXINT32;
  for (;;)
    {
      Block block = block_around (points, p, n_rings);
      if (!gather (points, p, &block, search))
        return FALSE;
      search->limit_d2 = rule->tie * kth (search->d2, search->n_found, rule->k);
      if (search->limit_d2 < block.border * block.border || block.border == INFINITY)
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

static gboolean
search_radius (const SmoothPoints *points, gint64 p, const SmoothSearchRule *rule, SmoothSearch *search)
{
  double reach = (sqrt (rule->bound_d2) + points->slack) / points->size;
  Block block = block_around (points, p, (gint64) MIN (ceil (reach), 1e9));

  if (!gather (points, p, &block, search))
    return FALSE;
  if (rule->metric != SMOOTH_METRIC_EUCLIDEAN)
    for (gint64 t = 0; t < search->n_found; t++)
      if (search->found[t] != p)
        search->d2[t] = smooth_i_points_metric2 (points, rule->metric, p, search->found[t]);
  search->limit_d2 = rule->bound_d2;
  search->limit_id = G_MAXINT32;
  keep_within (search);
  return TRUE;
}

/**
 * smooth_i_cells_search:
 *
 * On points spread evenly: constant time; no allocation once the scratch has grown.
 */
gboolean
smooth_i_cells_search (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, SmoothSearch *search)
{
  return rule->k > 0 ? search_nearest (points, position, rule, search) : search_radius (points, position, rule, search);
}
