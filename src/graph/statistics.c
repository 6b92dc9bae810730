/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics of a graph in one pass over its edges. */
#include "graph/statistics.h"

#include <math.h>
#include <stdlib.h>

/* The root of a spot's tree; halves the path on the way. */
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

/* The smaller number becomes the root, so that the outcome does not depend on the order of edges. */
static void
join (gint32 *parents, gint32 a, gint32 b)
{
  gint32 x = find_root (parents, a), y = find_root (parents, b);

  parents[MAX (x, y)] = MIN (x, y);
}

typedef struct
{
  gint64 size;
  gint32 root;
} Part;

static int
compare_parts (const void *a, const void *b)
{
  const Part *x = a, *y = b;

  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  return (x->root > y->root) - (x->root < y->root);
}

/* Numbers the trees by size. */
static void
number_components (SmoothGraphStatistics *statistics, gint32 *parents)
{
  gint64 n = statistics->n_spots, n_parts = 0;
  g_autofree Part *parts = g_new (Part, MAX (n, 1));
  g_autofree gint64 *sizes = g_new0 (gint64, MAX (n, 1));
  g_autofree gint32 *numbers = g_new (gint32, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    sizes[find_root (parents, (gint32) i)]++;
  for (gint64 i = 0; i < n; i++)
    if (sizes[i] > 0)
      parts[n_parts++] = (Part){ sizes[i], (gint32) i };
  if (n_parts > 0)
    qsort (parts, (gsize) n_parts, sizeof *parts, compare_parts);
  statistics->n_components = n_parts;
  statistics->component_sizes = g_new (gint64, MAX (n_parts, 1));
  for (gint64 p = 0; p < n_parts; p++)
    {
      statistics->component_sizes[p] = parts[p].size;
      numbers[parts[p].root] = (gint32) p;
    }
  for (gint64 i = 0; i < n; i++)
    statistics->components[i] = numbers[find_root (parents, (gint32) i)];
}

static double
square_distance (const double *coords, gint n_dims, gint64 i, gint64 j)
{
  double sum = 0.0;

  for (gint d = 0; d < n_dims; d++)
    sum += (coords[i * n_dims + d] - coords[j * n_dims + d]) * (coords[i * n_dims + d] - coords[j * n_dims + d]);
  return sum;
}

static void
count_degrees (SmoothGraphStatistics *statistics)
{
  for (gint64 i = 0; i < statistics->n_spots; i++)
    statistics->max_degree = MAX (statistics->max_degree, statistics->degrees[i]);
  statistics->histogram = g_new0 (gint64, statistics->max_degree + 1);
  for (gint64 i = 0; i < statistics->n_spots; i++)
    statistics->histogram[statistics->degrees[i]]++;
}

/**
 * smooth_graph_statistics_new:
 * @coords: n_spots x n_dims, row-major, um
 *
 * O(edges + n log n).
 *
 * Returns: (transfer full): the statistics
 */
SmoothGraphStatistics *
smooth_graph_statistics_new (const SmoothGraph *graph, const double *coords, gint n_dims)
{
  SmoothGraphStatistics *statistics = g_new0 (SmoothGraphStatistics, 1);
  const SmoothSparse *weights = graph->weights;
  gint64 n = graph->n_spots;
  g_autofree gint32 *parents = g_new (gint32, MAX (n, 1));
  double total = 0.0, moment = 0.0, least = INFINITY, most = 0.0;

  statistics->n_spots = n;
  statistics->degrees = g_new0 (gint32, MAX (n, 1));
  statistics->weight_sums = g_new0 (double, MAX (n, 1));
  statistics->components = g_new0 (gint32, MAX (n, 1));
  for (gint64 i = 0; i < n; i++)
    parents[i] = (gint32) i;
  for (gint64 i = 0; i < n; i++)
    for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
      {
        gint32 j = weights->rows[e];
        if (j == i || weights->values[e] <= 0.0)
          continue;
        double d2 = square_distance (coords, n_dims, i, j);
        statistics->degrees[i]++;
        statistics->weight_sums[i] += weights->values[e];
        total += weights->values[e];
        moment += weights->values[e] * d2;
        least = MIN (least, d2);
        most = MAX (most, d2);
        join (parents, (gint32) i, j);
      }
  statistics->effective_range = total > 0.0 ? sqrt (moment / total) : NAN;
  statistics->shortest = total > 0.0 ? sqrt (least) : NAN;
  statistics->longest = total > 0.0 ? sqrt (most) : NAN;
  count_degrees (statistics);
  number_components (statistics, parents);
  return statistics;
}

void
smooth_graph_statistics_free (SmoothGraphStatistics *statistics)
{
  if (statistics == NULL)
    return;
  g_free (statistics->degrees);
  g_free (statistics->weight_sums);
  g_free (statistics->components);
  g_free (statistics->component_sizes);
  g_free (statistics->histogram);
  g_free (statistics);
}
