/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A balanced tree over points, for those that a grid would crowd into few cells: clusters, slanted lines, outliers.
 *
 * Each node halves its points by (coordinate, id) along the longest side of their box, so that the tree is balanced
 * whatever the points, even where all share one place. A node remembers the smallest id in it: among equal distances
 * smaller ids win, and a search need not open thousands of nodes that lie at distance 0 once it has enough of these.
 */
#include "graph/neighbours.h"

#include <math.h>
#include <string.h>

#define LEAF_SIZE 8

typedef struct
{
  const SmoothPoints *points;
  const double *input; /* n x n_dims, row-major */
  gint32 *order;       /* the ids by position */
} Build;

static inline gboolean
is_before (const Build *build, gint d, gint32 a, gint32 b)
{
  gint n_dims = build->points->n_dims;
  double ca = build->input[(gint64) a * n_dims + d], cb = build->input[(gint64) b * n_dims + d];

  return ca < cb || (ca == cb && a < b);
}

static inline void
swap (gint32 *a, gint32 *b)
{
  gint32 t = *a;

  *a = *b;
  *b = t;
}

/* The middle one of three, by (coordinate, id). */
static gint32
median (const Build *build, gint d, gint32 a, gint32 b, gint32 c)
{
  if (is_before (build, d, b, a))
    swap (&a, &b);
  if (is_before (build, d, c, b))
    b = is_before (build, d, c, a) ? a : c;
  return b;
}

/* Hoare's selection: afterwards order[first .. middle - 1] come before order[middle .. last - 1]. */
static void
split (Build *build, gint d, gint64 first, gint64 middle, gint64 last)
{
  gint32 *order = build->order;

  while (last - first > 1)
    {
      gint32 pivot = median (build, d, order[first], order[first + (last - first) / 2], order[last - 1]);
      gint64 i = first, j = last - 1;
      while (i <= j)
        {
          while (is_before (build, d, order[i], pivot))
            i++;
          while (is_before (build, d, pivot, order[j]))
            j--;
          if (i <= j)
            swap (&order[i++], &order[j--]);
        }
      if (middle <= j)
        last = j + 1;
      else if (middle >= i)
        first = i;
      else
        return;
    }
}

static void
fill_node (Build *build, gint64 node, gint64 first, gint64 last)
{
  const SmoothPoints *points = build->points;
  double *box = points->boxes + 6 * node;

  points->lowest[node] = G_MAXINT32;
  for (gint d = 0; d < 3; d++)
    {
      box[d] = d < points->n_dims ? INFINITY : 0.0;
      box[3 + d] = d < points->n_dims ? -INFINITY : 0.0;
    }
  for (gint64 p = first; p < last; p++)
    {
      points->lowest[node] = MIN (points->lowest[node], build->order[p]);
      for (gint d = 0; d < points->n_dims; d++)
        {
          double c = build->input[(gint64) build->order[p] * points->n_dims + d];
          box[d] = MIN (box[d], c);
          box[3 + d] = MAX (box[3 + d], c);
        }
    }
}

static void
build_node (Build *build, gint64 node, gint depth, gint64 first, gint64 last)
{
  gint longest = 0;

  fill_node (build, node, first, last);
  if (depth == build->points->depth)
    return;

  const double *box = build->points->boxes + 6 * node;
  for (gint d = 1; d < build->points->n_dims; d++)
    if (box[3 + d] - box[d] > box[3 + longest] - box[longest])
      longest = d;
  gint64 middle = first + (last - first) / 2;
  split (build, longest, first, middle, last);
  build_node (build, 2 * node + 1, depth + 1, first, middle);
  build_node (build, 2 * node + 2, depth + 1, middle, last);
}

/**
 * smooth_i_tree_init:
 *
 * O(n log n) time; 10 bytes a point.
 */
gboolean
smooth_i_tree_init (SmoothPoints *points, const double *coords, GError **error)
{
  while (points->n >> points->depth > LEAF_SIZE)
    points->depth++;

  gint64 n_nodes = ((gint64) 2 << points->depth) - 1;
  points->boxes = smooth_i_try_alloc (6 * n_nodes, sizeof (double), "a tree of points", error);
  points->lowest = points->boxes != NULL ? smooth_i_try_alloc (n_nodes, sizeof (gint32), "a tree of points", error) : NULL;
  if (points->lowest == NULL)
    return FALSE;

  Build build = { .points = points, .input = coords, .order = points->ids };
  for (gint64 i = 0; i < points->n; i++)
    points->ids[i] = (gint32) i;
  build_node (&build, 0, 0, 0, points->n);
  for (gint64 p = 0; p < points->n; p++)
    {
      points->positions[points->ids[p]] = (gint32) p;
      for (gint d = 0; d < points->n_dims; d++)
        points->coords[d][p] = coords[(gint64) points->ids[p] * points->n_dims + d];
    }
  return TRUE;
}

typedef struct
{
  const SmoothPoints *points;
  const SmoothSearchRule *rule; /* (nullable): of nearest ones; else all within the limit are collected ... */
  SmoothSearch *search;
  gint64 position;
  const double *limits; /* (nullable): ... and within their own */
  gboolean failed;
} Visit;

/* The least squared distance from the point to the box of a node; exact enough to never exceed that of a point in it. */
static double
box_d2 (const Visit *visit, gint64 node)
{
  const SmoothPoints *points = visit->points;
  const double *box = points->boxes + 6 * node;
  double d2 = 0.0;

  for (gint d = 0; d < points->n_dims; d++)
    {
      double c = points->coords[d][visit->position];
      double gap = MAX (MAX (box[d] - c, c - box[3 + d]), 0.0);
      d2 += gap * gap;
    }
  return d2;
}

static inline gboolean
is_beyond (const SmoothSearch *search, double d2, gint32 id)
{
  return d2 > search->limit_d2 || (d2 == search->limit_d2 && id > search->limit_id);
}

/* Puts a point into the sorted list of the nearest ones and draws the limit in. */
static void
insert (Visit *visit, gint64 q, double d2)
{
  SmoothSearch *search = visit->search;
  const gint32 *ids = visit->points->ids;
  gint64 s = search->n_found;

  while (s > 0 && (search->d2[s - 1] > d2 || (search->d2[s - 1] == d2 && ids[search->found[s - 1]] > ids[q])))
    s--;
  if (search->n_found == visit->rule->most)
    search->n_found--; /* the last one goes: it comes after the new one, which is within the limit */
  memmove (search->d2 + s + 1, search->d2 + s, (gsize) (search->n_found - s) * sizeof (double));
  memmove (search->found + s + 1, search->found + s, (gsize) (search->n_found - s) * sizeof (gint32));
  search->d2[s] = d2;
  search->found[s] = (gint32) q;
  search->n_found++;

  if (search->n_found < visit->rule->k)
    return;
  search->limit_d2 = visit->rule->tie * search->d2[visit->rule->k - 1];
  search->limit_id = G_MAXINT32;
  while (search->d2[search->n_found - 1] > search->limit_d2)
    search->n_found--;
  if (search->n_found == visit->rule->most)
    {
      search->limit_d2 = search->d2[search->n_found - 1];
      search->limit_id = ids[search->found[search->n_found - 1]];
    }
}

static void
visit_leaf (Visit *visit, gint64 first, gint64 last)
{
  if (visit->rule == NULL)
    {
      SmoothRuns runs = { .n = 1, .first = { first }, .last = { last }, .n_candidates = last - first };
      visit->failed = visit->failed
                      || !smooth_i_search_append (visit->search, visit->points, visit->position, &runs, visit->search->limit_d2, visit->limits);
      return;
    }
  for (gint64 q = first; q < last; q++)
    {
      double d2 = smooth_i_points_d2 (visit->points, visit->position, q);
      if (q != visit->position && !is_beyond (visit->search, d2, visit->points->ids[q]))
        insert (visit, q, d2);
    }
}

static void
visit_node (Visit *visit, gint64 node, gint depth, gint64 first, gint64 last)
{
  if (depth == visit->points->depth)
    {
      visit_leaf (visit, first, last);
      return;
    }

  gint64 left = 2 * node + 1, right = left + 1, middle = first + (last - first) / 2;
  const gint32 *lowest = visit->points->lowest;
  double left_d2 = box_d2 (visit, left), right_d2 = box_d2 (visit, right);
  gboolean left_first = left_d2 < right_d2 || (left_d2 == right_d2 && lowest[left] < lowest[right]);

  for (gint turn = 0; turn < 2; turn++)
    {
      gboolean is_left = (turn == 0) == left_first;
      gint64 child = is_left ? left : right;
      if (!is_beyond (visit->search, is_left ? left_d2 : right_d2, lowest[child]))
        visit_node (visit, child, depth + 1, is_left ? first : middle, is_left ? middle : last);
    }
}

/**
 * smooth_i_tree_limit:
 *
 * O(log n + most): sets the limit of @search.
 */
gboolean
smooth_i_tree_limit (const SmoothPoints *points, gint64 position, const SmoothSearchRule *rule, SmoothSearch *search)
{
  Visit visit = { .points = points, .rule = rule, .search = search, .position = position };

  search->n_found = 0;
  search->limit_d2 = INFINITY;
  search->limit_id = G_MAXINT32;
  if (!smooth_i_search_reserve (search, rule->most + 1))
    return FALSE;
  visit_node (&visit, 0, 0, 0, points->n);
  return TRUE;
}

/**
 * smooth_i_tree_collect:
 *
 * See smooth_i_search_append(). O(log n + what is within the limit).
 */
gboolean
smooth_i_tree_collect (const SmoothPoints *points, gint64 position, double limit, const double *limits, SmoothSearch *search)
{
  Visit visit = { .points = points, .search = search, .position = position, .limits = limits };

  search->limit_d2 = limit;
  search->limit_id = G_MAXINT32;
  visit_node (&visit, 0, 0, 0, points->n);
  return !visit.failed;
}
