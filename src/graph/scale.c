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

/* A spot whose row has no entry above 0 gets w_ii = 1. The diagonals must be stored. */
void
smooth_i_connect_isolated (SmoothSparse *weights, gint64 i)
{
  for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
    if (weights->values[e] > 0.0)
      return;
  weights->values[smooth_sparse_find (weights, i, i)] = 1.0;
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

/**
 * smooth_graph_count_components:
 *
 * O(nnz) nearly, once a graph.
 *
 * Returns: the number of connected components over weights > 0; -1 where memory is short
 */
gint64
smooth_graph_count_components (const SmoothGraph *graph, GError **error)
{
  const SmoothSparse *weights = graph->weights;
  gint64 n = graph->n_spots, nnz = smooth_sparse_get_nnz (weights), known = __atomic_load_n (&graph->components, __ATOMIC_RELAXED);
  gint32 *parents = known == 0 ? smooth_i_try_alloc (n, sizeof (gint32), "the components of a graph", error) : NULL;

  if (parents == NULL)
    return known == 0 ? -1 : known;
  for (gint64 i = 0; i < n; i++)
    parents[i] = (gint32) i;
  gint64 n_components = n;
  for (gint64 i = 0; i < n; i++)
    for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
      {
        gint32 j = weights->rows[e];
        __builtin_prefetch (&parents[weights->rows[MIN (e + AHEAD, nnz - 1)]]); /* spots may be in no order in space */
        if (!(weights->values[e] > 0.0) || (graph->is_symmetric && j > i))
          continue; /* or met again from its other end */
        if (parents[j] == parents[i])
          continue; /* joined already: most edges */
        gint32 a = find_root (parents, (gint32) i), b = find_root (parents, j);
        n_components -= a != b;
        parents[MAX (a, b)] = MIN (a, b);
      }
  smooth_i_free (parents);
  __atomic_store_n ((gint64 *) &graph->components, n_components, __ATOMIC_RELAXED);
  return n_components;
}

/* Entries above 0 of column i beside the diagonal. */
static gint64
count_neighbours (const SmoothSparse *weights, gint64 i)
{
  gint64 n = 0;

  for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
    n += weights->values[e] > 0.0 && weights->rows[e] != i;
  return n;
}

/* From the number of neighbours of all spots together. */
static void
set_counts (SmoothGraph *graph, gint64 n_entries)
{
  graph->n_edges = graph->is_symmetric ? n_entries / 2 : n_entries;
  graph->mean_degree = graph->n_spots > 0 ? (double) n_entries / (double) graph->n_spots : 0.0;
}

static void
count (SmoothGraph *graph, const SmoothLinks *links)
{
  gint64 n_entries = links != NULL ? links->n_linked : 0;

  graph->n_isolated = links != NULL ? links->n_isolated : 0;
  for (gint64 i = 0; links == NULL && i < graph->n_spots; i++)
    {
      gint64 n = count_neighbours (graph->weights, i);
      n_entries += n;
      graph->n_isolated += n == 0;
    }
  set_counts (graph, n_entries);
}

/**
 * smooth_i_graph_new_take:
 * @weights: (transfer full): with every diagonal stored and the isolated rule applied
 * @known_symmetric: saves the check
 * @row_scale: divide each row by its sum, which is above 0 in every row
 * @links: (nullable): what was counted, of the weights as they will be
 * @cache: (nullable): of the spots; %NULL, with @error set, fails
 */
SmoothGraph *
smooth_i_graph_new_take (SmoothSparse *weights, gboolean known_symmetric, gboolean row_scale, const SmoothLinks *links,
                         SmoothSymbolicCache *cache, GError **error)
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
  count (graph, links);
  return g_steal_pointer (&graph);
}

typedef struct
{
  const SmoothSparse *from;
  SmoothSparse *to;
  const gint32 *labels;
  double boundary;
  gboolean replace;
} Scaling;

/* The weights of column i of the scaled graph. */
static void
scale_column (const Scaling *s, gint64 i, double *values)
{
  gint64 start = s->from->starts[i], n = s->from->starts[i + 1] - start, diagonal = -1;
  gboolean is_isolated = TRUE;

  for (gint64 e = 0; e < n; e++)
    {
      gint32 j = s->from->rows[start + e];
      double w = s->from->values[start + e];
      if (s->labels[j] != s->labels[i])
        w = s->replace ? s->boundary : w * s->boundary;
      values[e] = w;
      is_isolated &= !(w > 0.0);
      diagonal = j == i ? e : diagonal;
    }
  if (is_isolated)
    values[diagonal] = 1.0;
}

static void
scale_block (gint64 block, gint worker, gpointer data)
{
  const Scaling *s = data;
  gint64 last = MIN ((block + 1) * BLOCK_SIZE, s->from->n_cols);

  (void) worker;
  for (gint64 i = block * BLOCK_SIZE; i < last; i++)
    scale_column (s, i, s->to->values + s->from->starts[i]);
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
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "boundary: expected a number 0 to 1, found %g", boundary);
      return NULL;
    }

  const SmoothSparse *from = graph->weights;
  SmoothSparse *to = smooth_i_sparse_new_like (from, error);
  if (to == NULL)
    return NULL;
  Scaling scaling = { .from = from, .to = to, .labels = labels, .boundary = boundary, .replace = replace };
  smooth_i_parallel (smooth_run_get_n_threads (NULL), n_blocks_of (from->n_cols), scale_block, &scaling);
  return smooth_i_graph_new_take (to, graph->is_symmetric, row_scale, NULL, graph->symbolic, error);
}

/* The columns that relabelled spots may change: their own and their neighbours', whose new values differ from the last. */
static GArray *
find_changed (const Scaling *scaling, const SmoothSparse *last, const gint32 *spots, gint64 n_relabelled, GError **error)
{
  const SmoothSparse *from = scaling->from;
  gint64 n = from->n_cols, most = 0;
  guint8 *touched = smooth_i_try_alloc (n, sizeof (guint8), "the edit of a graph", error);

  if (touched == NULL)
    return NULL;
  for (gint64 s = 0; s < n_relabelled; s++)
    for (gint64 e = from->starts[spots[s]]; e < from->starts[spots[s] + 1]; e++)
      {
        gint32 i = from->rows[e]; /* the spot itself is among them */
        touched[i] = 1;
        most = MAX (most, from->starts[i + 1] - from->starts[i]);
      }
  GArray *changed = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autofree double *values = g_new (double, most);
  for (gint32 i = 0; i < n; i++)
    {
      guint64 eight = 1;
      if (i + 8 <= n)
        memcpy (&eight, touched + i, sizeof eight);
      if (eight == 0)
        i += 7;
      else if (touched[i])
        {
          gint64 start = from->starts[i];
          scale_column (scaling, i, values);
          if (memcmp (values, last->values + start, (gsize) (from->starts[i + 1] - start) * sizeof (double)) != 0)
            g_array_append_val (changed, i);
        }
    }
  smooth_i_free (touched);
  return changed;
}

/**
 * smooth_i_graph_new_relabelled:
 * @last: what smooth_graph_new_scaled_by_identity() or this function made of @graph, without row_scale
 * @spare: (transfer full) (nullable): what @last was made of by this function: if nobody else holds it its memory is used
 * @graph: symmetric
 * @labels: as @last had them, but for
 * @spots: n_relabelled spots with other labels
 * @boundary, @replace: as @last has them
 *
 * As smooth_graph_new_scaled_by_identity(), in the time of the spots that were relabelled and their neighbours (and a pass
 * over one byte a spot), and that of a copy of the weights where @spare does not serve.
 */
SmoothGraph *
smooth_i_graph_new_relabelled (const SmoothGraph *last, SmoothGraph *spare, const SmoothGraph *graph, const gint32 *labels,
                               const gint32 *spots, gint64 n_relabelled, double boundary, gboolean replace, GError **error)
{
  Scaling scaling = { .from = graph->weights, .labels = labels, .boundary = boundary, .replace = replace };
  gboolean is_alone = spare != NULL && g_atomic_ref_count_compare (&spare->ref_count, 1);
  SmoothSparse *weights = is_alone ? smooth_sparse_ref (spare->weights) : NULL;
  g_autoptr (GArray) changed = find_changed (&scaling, last->weights, spots, n_relabelled, error);

  g_return_val_if_fail (graph->is_symmetric && last->is_symmetric, NULL);
  smooth_graph_unref (spare);
  if (changed != NULL)
    weights = smooth_i_sparse_new_edited (last->weights, weights, (const gint32 *) (gpointer) changed->data, changed->len, error);
  if (changed == NULL || weights == NULL)
    return NULL;

  SmoothGraph *result = g_new0 (SmoothGraph, 1);
  gint64 n_entries = 2 * last->n_edges;
  g_atomic_ref_count_init (&result->ref_count);
  result->n_spots = graph->n_spots;
  result->symbolic = smooth_symbolic_cache_ref (graph->symbolic);
  result->weights = weights;
  result->is_symmetric = TRUE;
  result->n_isolated = last->n_isolated;
  for (guint c = 0; c < changed->len; c++)
    {
      gint32 i = g_array_index (changed, gint32, c);
      gint64 before = count_neighbours (last->weights, i);
      scale_column (&scaling, i, weights->values + weights->starts[i]);
      gint64 after = count_neighbours (weights, i);
      n_entries += after - before;
      result->n_isolated += (after == 0) - (before == 0);
    }
  set_counts (result, n_entries);
  return result;
}

/* A copy with every diagonal entry stored, 0 where there was none. */
static SmoothSparse *
copy_with_diagonal (const SmoothSparse *from, GError **error)
{
  gint64 n = from->n_cols, nnz = smooth_sparse_get_nnz (from);
  gint64 k = 0;

  for (gint64 i = 0; i < n; i++)
    nnz += smooth_sparse_find (from, i, i) < 0;
  SmoothSparse *to = smooth_sparse_new (n, n, nnz, error);
  if (to == NULL)
    return NULL;
  for (gint64 i = 0; i < n; i++)
    {
      gboolean met = smooth_sparse_find (from, i, i) >= 0;
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
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "weights of a graph: expected as many rows as columns, found %" PRId64 " x %" PRId64,
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
  return smooth_i_graph_new_take (copy, FALSE, FALSE, NULL, cache, error);
}
