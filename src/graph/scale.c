/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to the weights of a graph once the pattern is known: regions, isolated spots, row sums, statistics. */
#include "graph/neighbours.h"

#include "base/error.h"
#include "base/parallel.h"

#include <string.h>

#define AHEAD 32 /* entries */
#define BLOCK_SIZE 4096

static gint64
n_blocks_of (gint64 n)
{
  return (n + BLOCK_SIZE - 1) / BLOCK_SIZE;
}

/* The place of the diagonal entry of column i, or -1. */
static gint64
find_diagonal (const SmoothSparse *weights, gint64 i)
{
  gint64 low = weights->starts[i], high = weights->starts[i + 1];

  while (low < high)
    {
      gint64 middle = low + (high - low) / 2;
      if (weights->rows[middle] < i)
        low = middle + 1;
      else
        high = middle;
    }
  return low < weights->starts[i + 1] && weights->rows[low] == i ? low : -1;
}

/* A spot whose row has no entry above 0 gets w_ii = 1. The diagonals must be stored. */
void
smooth_i_connect_isolated (SmoothSparse *weights, gint64 i)
{
  for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
    if (weights->values[e] > 0.0)
      return;
  weights->values[find_diagonal (weights, i)] = 1.0;
}

static void
scale_row (SmoothSparse *weights, gint64 i)
{
  double sum = 0.0;

  for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
    sum += weights->values[e];
  for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
    weights->values[e] /= sum;
}

/* Columns and rows are walked at once: entry (i, j) must meet the next entry of column i, which must be (j, i). */
gboolean
smooth_i_weights_check_symmetry (const SmoothSparse *weights, gboolean *is_symmetric, GError **error)
{
  gint64 n = weights->n_cols;
  g_autofree gint64 *next = smooth_i_try_new (gint64, n, "the symmetry of weights", error);

  if (next == NULL)
    return FALSE;
  *is_symmetric = FALSE;
  memcpy (next, weights->starts, (gsize) n * sizeof (gint64));
  for (gint64 j = 0; j < n; j++)
    for (gint64 e = weights->starts[j]; e < weights->starts[j + 1]; e++)
      {
        gint64 i = weights->rows[e];
        gint64 f = next[i]++;
        if (f >= weights->starts[i + 1] || weights->rows[f] != j || weights->values[f] != weights->values[e])
          return TRUE;
      }
  *is_symmetric = TRUE;
  return TRUE;
}

static gint32
find_root (gint32 *parents, gint32 i)
{
  while (parents[i] != i)
    {
      parents[i] = parents[parents[i]];
      i = parents[i];
    }
  return i;
}

/* Counts edges, isolated spots and components over weights > 0. O(nnz) nearly. */
static gboolean
count (SmoothGraph *graph, GError **error)
{
  const SmoothSparse *weights = graph->weights;
  gint64 n = graph->n_spots, nnz = smooth_sparse_get_nnz (weights), n_entries = 0;
  gint32 *parents = smooth_i_try_alloc (n, sizeof (gint32), "the components of a graph", error);

  if (parents == NULL)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    parents[i] = (gint32) i;
  graph->n_components = n;
  for (gint64 i = 0; i < n; i++)
    {
      gint64 before = n_entries;
      for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
        {
          gint32 j = weights->rows[e];
          __builtin_prefetch (&parents[weights->rows[MIN (e + AHEAD, nnz - 1)]]); /* spots may be in no order in space */
          if (!(weights->values[e] > 0.0) || j == i)
            continue;
          n_entries++;
          if (graph->is_symmetric && j > i)
            continue; /* met again from its other end */
          if (parents[j] == parents[i])
            continue; /* joined already: most edges */
          gint32 a = find_root (parents, (gint32) i), b = find_root (parents, j);
          graph->n_components -= a != b;
          parents[MAX (a, b)] = MIN (a, b);
        }
      graph->n_isolated += n_entries == before;
    }
  graph->n_edges = graph->is_symmetric ? n_entries / 2 : n_entries;
  graph->mean_degree = n > 0 ? (double) n_entries / (double) n : 0.0;
  smooth_i_free (parents);
  return TRUE;
}

/**
 * smooth_i_graph_new_take:
 * @weights: (transfer full): with every diagonal stored and the isolated rule applied
 * @known_symmetric: saves the check
 * @row_scale: divide each row by its sum, which is above 0 in every row
 * @analyses: (nullable): of the spots; %NULL, with @error set, fails
 */
SmoothGraph *
smooth_i_graph_new_take (SmoothSparse *weights, gboolean known_symmetric, gboolean row_scale, SmoothSymbolicCache *cache, GError **error)
{
  g_autoptr (SmoothGraph) graph = g_new0 (SmoothGraph, 1);

  g_atomic_ref_count_init (&graph->ref_count);
  graph->n_spots = weights->n_cols;
  graph->weights = weights;
  if (cache == NULL)
    return NULL;
  graph->symbolic = smooth_symbolic_cache_ref (cache);
  if (row_scale)
    for (gint64 i = 0; i < graph->n_spots; i++)
      scale_row (weights, i);
  graph->is_symmetric = known_symmetric && !row_scale;
  if (!graph->is_symmetric && !smooth_i_weights_check_symmetry (weights, &graph->is_symmetric, error))
    return NULL;
  return count (graph, error) ? g_steal_pointer (&graph) : NULL;
}

typedef struct
{
  const SmoothSparse *from;
  SmoothSparse *to;
  const gint32 *labels;
  double boundary;
  gboolean replace;
} Scaling;

static void
scale_block (gint64 block, gint worker, gpointer data)
{
  const Scaling *s = data;
  gint64 last = MIN ((block + 1) * BLOCK_SIZE, s->from->n_cols);

  (void) worker;
  for (gint64 i = block * BLOCK_SIZE; i < last; i++)
    {
      s->to->starts[i + 1] = s->from->starts[i + 1];
      for (gint64 e = s->from->starts[i]; e < s->from->starts[i + 1]; e++)
        {
          gint32 j = s->from->rows[e];
          double w = s->from->values[e];
          s->to->rows[e] = j;
          if (s->labels[j] != s->labels[i])
            w = s->replace ? s->boundary : w * s->boundary;
          s->to->values[e] = w;
        }
      smooth_i_connect_isolated (s->to, i);
    }
}

/**
 * smooth_graph_new_scaled_by_identity:
 * @graph: the unscaled graph, made without row_scale
 * @labels: one a spot; spots of equal labels belong together, whatever the numbers
 * @boundary: 0..1
 * @replace: as the reference does: weights between regions become @boundary instead of @boundary times themselves
 * @row_scale: divide each row by its sum afterwards
 *
 * Always starts from @graph, so that regions may be edited in any order. The pattern is that of @graph, with explicit
 * zeros where edges are cut: it is the same for all labels. A spot that loses all its neighbours has w_ii = 1.
 *
 * O(nnz) time; the result takes as much memory as @graph.
 *
 * Returns: (transfer full): the scaled graph
 */
SmoothGraph *
smooth_graph_new_scaled_by_identity (const SmoothGraph *graph, const gint32 *labels, double boundary, gboolean replace,
                                     gboolean row_scale, GError **error)
{
  if (!(boundary >= 0.0 && boundary <= 1.0))
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "boundary: expected a number 0 to 1, found %g", boundary);
      return NULL;
    }

  const SmoothSparse *from = graph->weights;
  SmoothSparse *to = smooth_sparse_new (from->n_rows, from->n_cols, smooth_sparse_get_nnz (from), error);
  if (to == NULL)
    return NULL;
  Scaling scaling = { .from = from, .to = to, .labels = labels, .boundary = boundary, .replace = replace };
  smooth_i_parallel (smooth_run_get_n_threads (NULL), n_blocks_of (from->n_cols), scale_block, &scaling);
  return smooth_i_graph_new_take (to, graph->is_symmetric, row_scale, graph->symbolic, error);
}

/* A copy with every diagonal entry stored, 0 where there was none. */
static SmoothSparse *
copy_with_diagonal (const SmoothSparse *from, GError **error)
{
  gint64 n = from->n_cols, nnz = smooth_sparse_get_nnz (from);
  gint64 k = 0;

  for (gint64 i = 0; i < n; i++)
    nnz += find_diagonal (from, i) < 0;
  SmoothSparse *to = smooth_sparse_new (n, n, nnz, error);
  if (to == NULL)
    return NULL;
  for (gint64 i = 0; i < n; i++)
    {
      gboolean met = find_diagonal (from, i) >= 0;
      for (gint64 e = from->starts[i]; e < from->starts[i + 1]; e++)
        {
          if (!met && from->rows[e] > i)
            {
              met = TRUE;
              to->rows[k++] = (gint32) i;
            }
          to->rows[k] = from->rows[e];
          to->values[k++] = from->values[e];
        }
      if (!met)
        to->rows[k++] = (gint32) i;
      to->starts[i + 1] = k;
    }
  return to;
}

/**
 * smooth_graph_new_from_weights:
 * @weights: n x n, column i = neighbours of spot i: the transpose of the weight matrix W; finite
 *
 * Values are kept as they are, negative ones too (priors take them as 0); missing diagonal entries are added as zeros,
 * and a row without any weight > 0 gets w_ii = 1.
 *
 * Returns: (transfer full): a graph with a copy of @weights; an error names the entry that is not finite
 */
SmoothGraph *
smooth_graph_new_from_weights (const SmoothSparse *weights, GError **error)
{
  if (weights->n_rows != weights->n_cols)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH,
                   "weights of a graph: expected as many rows as columns, found %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT,
                   weights->n_rows, weights->n_cols);
      return NULL;
    }
  if (!smooth_sparse_check (weights, error))
    return NULL;

  SmoothSparse *copy = copy_with_diagonal (weights, error);
  if (copy == NULL)
    return NULL;
  for (gint64 i = 0; i < copy->n_cols; i++)
    smooth_i_connect_isolated (copy, i);
  g_autoptr (SmoothSymbolicCache) cache = smooth_symbolic_cache_new (NULL, copy->n_cols, 0, error);
  return smooth_i_graph_new_take (copy, FALSE, FALSE, cache, error);
}
