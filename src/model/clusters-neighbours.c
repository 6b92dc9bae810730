/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which spots lie near each other in an embedding of any dimension, as a weighted graph for community detection.
 *
 * Every spot names its k nearest others (Euclidean, of equally near ones the smaller number). Two spots are joined if one
 * names the other, by the overlap of their lists, each with the spot itself:  w_ij = |N_i n N_j| / |N_i u N_j|  (PhenoGraph:
 * J. Levine et al., Cell 162 (2015) 184).
 *
 * A k-d tree: node v halves its points at the median of its longest side, 2 v + 1 and 2 v + 2 are its children.
 */
#include "model/clusters-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAF 16
#define BLOCK 64 /* spots */

typedef struct
{
  const SmoothMatrix *points;
  gint depth;
  gint64 first_leaf; /* nodes from here on have no children */
  gint32 *order;     /* n: points by place in the tree */
  gint64 *starts;    /* of each node, and one more */
  gint64 *ends;
  double *boxes;     /* of each node: n_dims low, n_dims high */
  gint32 *lowest;    /* of each node: the smallest number of a point in it */
} Tree;

typedef struct
{
  double key;
  gint32 id;
} Keyed;

static int
compare_keyed (const void *a, const void *b)
{
  const Keyed *x = a, *y = b;

  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return (x->id > y->id) - (x->id < y->id);
}

static void
tree_clear (Tree *tree)
{
  g_free (tree->order);
  g_free (tree->starts);
  g_free (tree->ends);
  g_free (tree->boxes);
  g_free (tree->lowest);
}

/* Returns: the dimension in which the node is longest */
static gint64
bound_node (Tree *tree, gint64 node)
{
  gint64 n_dims = tree->points->n_rows, longest = 0;
  double *low = tree->boxes + node * 2 * n_dims, *high = low + n_dims;

  for (gint64 d = 0; d < n_dims; d++)
    {
      low[d] = INFINITY;
      high[d] = -INFINITY;
    }
  tree->lowest[node] = G_MAXINT32;
  for (gint64 p = tree->starts[node]; p < tree->ends[node]; p++)
    {
      const double *x = smooth_matrix_column (tree->points, tree->order[p]);
      tree->lowest[node] = MIN (tree->lowest[node], tree->order[p]);
      for (gint64 d = 0; d < n_dims; d++)
        {
          low[d] = MIN (low[d], x[d]);
          high[d] = MAX (high[d], x[d]);
        }
    }
  for (gint64 d = 1; d < n_dims; d++)
    if (high[d] - low[d] > high[longest] - low[longest])
      longest = d;
  return longest;
}

/* To be cleared on error too. */
static gboolean
tree_init (Tree *tree, const SmoothMatrix *points, GError **error)
{
  gint64 n = points->n_cols, n_nodes;
  g_autofree Keyed *keyed = smooth_i_try_new (Keyed, n, "neighbours in an embedding", error);

  *tree = (Tree){ .points = points };
  while ((n >> tree->depth) > LEAF)
    tree->depth++;
  tree->first_leaf = ((gint64) 1 << tree->depth) - 1;
  n_nodes = 2 * tree->first_leaf + 1;
  if (keyed != NULL)
    tree->order = smooth_i_try_new (gint32, n, "neighbours in an embedding", error);
  if (tree->order != NULL)
    tree->starts = smooth_i_try_new (gint64, n_nodes, "neighbours in an embedding", error);
  if (tree->starts != NULL)
    tree->ends = smooth_i_try_new (gint64, n_nodes, "neighbours in an embedding", error);
  if (tree->ends != NULL)
    tree->boxes = smooth_i_try_new (double, 2 * n_nodes * points->n_rows, "neighbours in an embedding", error);
  if (tree->boxes != NULL)
    tree->lowest = smooth_i_try_new (gint32, n_nodes, "neighbours in an embedding", error);
  if (tree->lowest == NULL)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    tree->order[i] = (gint32) i;
  tree->ends[0] = n;
  for (gint64 v = 0; v < n_nodes; v++)
    {
      gint64 dimension = bound_node (tree, v), first = tree->starts[v], size = tree->ends[v] - first;
      if (v >= tree->first_leaf)
        continue;
      for (gint64 p = 0; p < size; p++)
        keyed[p] = (Keyed){ smooth_matrix_column (points, tree->order[first + p])[dimension], tree->order[first + p] };
      qsort (keyed, (gsize) size, sizeof *keyed, compare_keyed);
      for (gint64 p = 0; p < size; p++)
        tree->order[first + p] = keyed[p].id;
      tree->starts[2 * v + 1] = first;
      tree->ends[2 * v + 1] = tree->starts[2 * v + 2] = first + size / 2;
      tree->ends[2 * v + 2] = first + size;
    }
  return TRUE;
}

/* The squared distance of a point from a box. */
static double
get_box_distance (const Tree *tree, gint64 node, const double *x)
{
  gint64 n_dims = tree->points->n_rows;
  const double *low = tree->boxes + node * 2 * n_dims, *high = low + n_dims;
  double sum = 0.0;

  for (gint64 d = 0; d < n_dims; d++)
    {
      double out = x[d] < low[d] ? low[d] - x[d] : x[d] > high[d] ? x[d] - high[d] : 0.0;
      sum += out * out;
    }
  return sum;
}

/* Keeps the k smallest, sorted. */
static void
insert (Keyed *found, gint *n_found, gint k, Keyed candidate)
{
  gint at = *n_found;

  if (at == k && compare_keyed (&found[k - 1], &candidate) < 0)
    return;
  at = at == k ? k - 1 : at;
  for (; at > 0 && compare_keyed (&candidate, &found[at - 1]) < 0; at--)
    found[at] = found[at - 1];
  found[at] = candidate;
  *n_found = MIN (*n_found + 1, k);
}

/* Whether a node at this distance may hold a point that comes before the last one found. */
static gboolean
may_hold (const Tree *tree, gint64 node, double distance, gint k, const Keyed *found, gint n_found)
{
  if (n_found < k)
    return TRUE;
  return distance < found[k - 1].key || (distance == found[k - 1].key && tree->lowest[node] < found[k - 1].id);
}

static void
search_node (const Tree *tree, gint64 node, gint32 spot, gint k, Keyed *found, gint *n_found)
{
  gint64 n_dims = tree->points->n_rows;
  const double *x = smooth_matrix_column (tree->points, spot);

  if (node < tree->first_leaf)
    {
      gint64 near = 2 * node + 1, far = 2 * node + 2;
      double near_distance = get_box_distance (tree, near, x), far_distance = get_box_distance (tree, far, x);
      if (far_distance < near_distance || (far_distance == near_distance && tree->lowest[far] < tree->lowest[near]))
        {
          gint64 other = near;
          double distance = near_distance;
          near = far;
          near_distance = far_distance;
          far = other;
          far_distance = distance;
        }
      if (may_hold (tree, near, near_distance, k, found, *n_found))
        search_node (tree, near, spot, k, found, n_found);
      if (may_hold (tree, far, far_distance, k, found, *n_found))
        search_node (tree, far, spot, k, found, n_found);
      return;
    }
  for (gint64 p = tree->starts[node]; p < tree->ends[node]; p++)
    {
      gint32 id = tree->order[p];
      const double *y = smooth_matrix_column (tree->points, id);
      double sum = 0.0;
      for (gint64 d = 0; d < n_dims; d++)
        sum += (x[d] - y[d]) * (x[d] - y[d]);
      if (id != spot)
        insert (found, n_found, k, (Keyed){ sum, id });
    }
}

typedef struct
{
  const Tree *tree;
  gint k;
  gint32 *lists; /* n x (k + 1): ascending by number, the spot itself among them */
  SmoothRun *run;
} Work;

static int
compare_ids (const void *a, const void *b)
{
  return (*(const gint32 *) a > *(const gint32 *) b) - (*(const gint32 *) a < *(const gint32 *) b);
}

static void
search_block (gint64 block, gint worker, gpointer data)
{
  const Work *work = data;
  gint64 n = work->tree->points->n_cols;
  g_autofree Keyed *found = g_new (Keyed, work->k + 1);

  (void) worker;
  for (gint64 i = block * BLOCK; i < MIN (n, (block + 1) * BLOCK) && !smooth_run_is_cancelled (work->run); i++)
    {
      gint n_found = 0;
      gint32 *list = work->lists + i * (work->k + 1);
      search_node (work->tree, 0, (gint32) i, work->k, found, &n_found);
      list[0] = (gint32) i;
      for (gint j = 0; j < work->k; j++)
        list[j + 1] = found[j].id;
      qsort (list, (gsize) work->k + 1, sizeof *list, compare_ids);
    }
}

static gboolean
has_id (const gint32 *list, gint n, gint32 id)
{
  return bsearch (&id, list, (gsize) n, sizeof id, compare_ids) != NULL;
}

static double
get_overlap (const gint32 *a, const gint32 *b, gint n)
{
  gint shared = 0;

  for (gint i = 0, j = 0; i < n && j < n;)
    {
      shared += a[i] == b[j];
      gint32 x = a[i], y = b[j];
      i += x <= y;
      j += y <= x;
    }
  return (double) shared / (double) (2 * n - shared);
}

/**
 * smooth_i_overlap_graph:
 * @points: n_dims x n, finite, n >= 2
 * @k: 1 or more; at most n - 1 of them are used
 * @n_edges: (out):
 * @ends: (out) (transfer full): 2 n_edges: both ends of each edge, the smaller number first
 * @weights: (out) (transfer full): n_edges: above 0
 *
 * Edges come in the order of their ends. The same for any number of threads. O(n log^2 n + n k log n) where the points lie in
 * few dimensions, up to O(n^2 n_dims) where they fill many.
 */
gboolean
smooth_i_overlap_graph (const SmoothMatrix *points, gint k, gint64 *n_edges, gint32 **ends, double **weights, SmoothRun *run, GError **error)
{
  gint64 n = points->n_cols, count = 0;
  Tree tree;

  k = (gint) MIN (k, n - 1);
  g_autofree gint32 *lists = smooth_i_try_new (gint32, n * (k + 1), "neighbours in an embedding", error);
  if (lists == NULL)
    return FALSE;
  Work work = { &tree, k, lists, run };
  gboolean done = tree_init (&tree, points, error);
  if (done)
    smooth_i_parallel (smooth_run_get_n_threads (run), (n + BLOCK - 1) / BLOCK, search_block, &work);
  tree_clear (&tree);
  if (!done || !smooth_run_check (run, error))
    return FALSE;

  *ends = smooth_i_try_new (gint32, 2 * n * k, "neighbours in an embedding", error);
  *weights = *ends != NULL ? smooth_i_try_new (double, n * k, "neighbours in an embedding", error) : NULL;
  if (*weights == NULL)
    {
      g_clear_pointer (ends, g_free);
      return FALSE;
    }
  for (gint64 i = 0; i < n; i++)
    for (gint j = 0; j <= k; j++)
      {
        const gint32 *own = lists + i * (k + 1), *other = lists + own[j] * (gint64) (k + 1);
        if (own[j] == i || (own[j] < i && has_id (other, k + 1, (gint32) i)))
          continue; /* listed by the other end */
        (*ends)[2 * count] = (gint32) MIN (i, own[j]);
        (*ends)[2 * count + 1] = (gint32) MAX (i, own[j]);
        (*weights)[count++] = get_overlap (own, other, k + 1);
      }
  *n_edges = count;
  return TRUE;
}
