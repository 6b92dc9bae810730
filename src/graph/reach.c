/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spot's own features are noise for the most part: everything is measured on means over a spot and its neighbours, m_i.
 * The seed s reaches spot i by a path of edges at the tolerance
 *
 *     t_i = min over paths s = j_0, j_1, ..., j_k = i of  max over l of  |m_{j_l} - m_s|,
 *
 * so that { i : t_i <= t } is, for each t, the connected region around s of spots that differ by at most t. Found for all i
 * at once by E. Dijkstra's algorithm (1959) with maxima in place of sums.
 */
#include "graph/reach.h"

#include <math.h>

/* A binary heap of spots, the nearest on top. */
typedef struct
{
  gint64 n;
  gint32 *spots;
  gint64 *places;      /* of spots in the heap; -1: not in it */
  const double *reach; /* by spot */
} Heap;

static void
heap_put (Heap *heap, gint64 place, gint32 spot)
{
  heap->spots[place] = spot;
  heap->places[spot] = place;
}

static void
heap_rise (Heap *heap, gint32 spot)
{
  gint64 place = heap->places[spot];

  while (place > 0 && heap->reach[heap->spots[(place - 1) / 2]] > heap->reach[spot])
    {
      heap_put (heap, place, heap->spots[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
  heap_put (heap, place, spot);
}

static gint32
heap_take (Heap *heap)
{
  gint32 top = heap->spots[0], last = heap->spots[--heap->n];
  gint64 place = 0;

  heap->places[top] = -1;
  while (2 * place + 1 < heap->n)
    {
      gint64 child = 2 * place + 1;
      child += child + 1 < heap->n && heap->reach[heap->spots[child + 1]] < heap->reach[heap->spots[child]];
      if (heap->reach[heap->spots[child]] >= heap->reach[last])
        break;
      heap_put (heap, place, heap->spots[child]);
      place = child;
    }
  if (heap->n > 0)
    heap_put (heap, place, last);
  return top;
}

/* The mean over a spot and its neighbours; p doubles. */
static void
mean_around (const SmoothGraph *graph, const SmoothMatrix *features, gint64 spot, double *mean)
{
  const SmoothSparse *weights = graph->weights;
  gint64 n = 0;

  for (gint64 f = 0; f < features->n_rows; f++)
    mean[f] = 0.0;
  for (gint64 e = weights->starts[spot]; e < weights->starts[spot + 1]; e++)
    if (weights->values[e] > 0.0 || weights->rows[e] == spot)
      {
        const double *column = smooth_matrix_column (features, weights->rows[e]);
        for (gint64 f = 0; f < features->n_rows; f++)
          mean[f] += column[f];
        n++;
      }
  for (gint64 f = 0; f < features->n_rows; f++)
    mean[f] /= (double) n;
}

/* |m_i - m_seed| for all spots. */
static double *
dup_distances (const SmoothGraph *graph, const SmoothMatrix *features, gint64 seed)
{
  double *distances = g_new (double, graph->n_spots);
  g_autofree double *seed_mean = g_new (double, features->n_rows);
  g_autofree double *mean = g_new (double, features->n_rows);

  mean_around (graph, features, seed, seed_mean);
  for (gint64 i = 0; i < graph->n_spots; i++)
    {
      double square = 0.0;
      mean_around (graph, features, i, mean);
      for (gint64 f = 0; f < features->n_rows; f++)
        square += (mean[f] - seed_mean[f]) * (mean[f] - seed_mean[f]);
      distances[i] = sqrt (square);
    }
  return distances;
}

/**
 * smooth_graph_dup_reach:
 * @graph: its edges of weight > 0 are followed
 * @features: dense, of the graph's spots
 * @seed: the spot to grow from
 *
 * O(nnz p + n log n); 5 n doubles.
 *
 * Returns: (transfer full): n_spots: t_i, 0 for the seed; INFINITY where no path leads
 */
double *
smooth_graph_dup_reach (const SmoothGraph *graph, const SmoothFeatures *features, gint64 seed)
{
  g_return_val_if_fail (features->dense != NULL && features->n_spots == graph->n_spots, NULL);
  g_return_val_if_fail (seed >= 0 && seed < graph->n_spots, NULL);

  const SmoothSparse *weights = graph->weights;
  gint64 n = graph->n_spots;
  g_autofree double *distances = dup_distances (graph, features->dense, seed);
  g_autofree gint32 *spots = g_new (gint32, n);
  g_autofree gint64 *places = g_new (gint64, n);
  double *reach = g_new (double, n);
  Heap heap = { 0, spots, places, reach };

  for (gint64 i = 0; i < n; i++)
    {
      reach[i] = INFINITY;
      places[i] = -1;
    }
  reach[seed] = 0.0;
  heap_put (&heap, heap.n++, (gint32) seed);
  while (heap.n > 0)
    {
      gint32 i = heap_take (&heap);
      for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
        {
          gint32 j = weights->rows[e];
          double tolerance = MAX (reach[i], distances[j]);
          if (!(weights->values[e] > 0.0) || tolerance >= reach[j])
            continue;
          reach[j] = tolerance;
          if (places[j] < 0)
            heap_put (&heap, heap.n++, j);
          heap_rise (&heap, j);
        }
    }
  return reach;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* N. Otsu's threshold (1979): of sorted values, the number of those below it. */
static gint64
split (const double *sorted, gint64 n)
{
  double sum = 0.0, low_sum = 0.0, best = -1.0;
  gint64 at = n;

  for (gint64 i = 0; i < n; i++)
    sum += sorted[i];
  for (gint64 i = 1; i < n; i++)
    {
      low_sum += sorted[i - 1];
      double low = low_sum / (double) i, high = (sum - low_sum) / (double) (n - i);
      double between = (double) i * (double) (n - i) * (high - low) * (high - low);
      if (between > best && sorted[i] > sorted[i - 1])
        {
          best = between;
          at = i;
        }
    }
  return at;
}

/**
 * smooth_reach_guess:
 * @reach: n_spots: of smooth_graph_dup_reach()
 *
 * Splits the spots into those that are reached easily and the others so that both kinds differ as much as they can.
 * O(n log n); n doubles.
 *
 * Returns: a tolerance to begin with; 0 where all spots are as easily reached
 */
double
smooth_reach_guess (const double *reach, gint64 n_spots)
{
  g_autofree double *sorted = g_new (double, MAX (n_spots, 1));
  gint64 n = 0;

  for (gint64 i = 0; i < n_spots; i++)
    if (isfinite (reach[i]))
      sorted[n++] = reach[i];
  qsort (sorted, (gsize) n, sizeof (double), compare);
  gint64 at = split (sorted, n);
  return at < n ? (sorted[at - 1] + sorted[at]) / 2.0 : 0.0;
}
