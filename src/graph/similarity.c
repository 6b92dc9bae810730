/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Similarities of neighbours on the existing edges, and graphs scaled by them: w_ij <- w_ij s_ij.
 *
 * Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "graph/similarity.h"

#include "graph/neighbours.h"

#include "base/error.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 1024 /* spots */
#define LEAST_NORM 1e-8

typedef struct
{
  const SmoothGraph *graph;
  const SmoothFeatures *features;
  SmoothSimilarity metric;
  double scale;   /* of the features: 1 / largest absolute value */
  double shift;
  double *norms;  /* n: for the cosine */
  double *values; /* nnz: cosines, or squared distances */
} Work;

static double
dot (const SmoothFeatures *f, gint64 i, gint64 j)
{
  double sum = 0.0;

  if (f->dense != NULL)
    {
      const double *x = smooth_matrix_column (f->dense, i), *y = smooth_matrix_column (f->dense, j);
      for (gint64 g = 0; g < f->n_features; g++)
        sum += x[g] * y[g];
      return sum;
    }
  const SmoothSparse *s = f->sparse;
  gint64 a = s->starts[i], b = s->starts[j];
  while (a < s->starts[i + 1] && b < s->starts[j + 1])
    {
      if (s->rows[a] == s->rows[b])
        sum += s->values[a++] * s->values[b++];
      else if (s->rows[a] < s->rows[b])
        a++;
      else
        b++;
    }
  return sum;
}

/* |scale (f_i - f_j) + shift|^2. */
static double
distance (const SmoothFeatures *f, gint64 i, gint64 j, double scale, double shift)
{
  double sum = 0.0;

  if (f->dense != NULL)
    {
      const double *x = smooth_matrix_column (f->dense, i), *y = smooth_matrix_column (f->dense, j);
      for (gint64 g = 0; g < f->n_features; g++)
        {
          double d = scale * (x[g] - y[g]) + shift;
          sum += d * d;
        }
      return sum;
    }
  const SmoothSparse *s = f->sparse;
  gint64 a = s->starts[i], b = s->starts[j], n_met = 0;
  while (a < s->starts[i + 1] || b < s->starts[j + 1])
    {
      gint32 row_a = a < s->starts[i + 1] ? s->rows[a] : G_MAXINT32, row_b = b < s->starts[j + 1] ? s->rows[b] : G_MAXINT32;
      double x = row_a <= row_b ? s->values[a++] : 0.0, y = row_b <= row_a ? s->values[b++] : 0.0;
      double d = scale * (x - y) + shift;
      sum += d * d;
      n_met++;
    }
  return sum + (double) (f->n_features - n_met) * shift * shift;
}

static void
norm_block (gint64 block, gint worker, gpointer data)
{
  const Work *work = data;

  (void) worker;
  for (gint64 i = block * BLOCK; i < MIN ((block + 1) * BLOCK, work->graph->n_spots); i++)
    work->norms[i] = sqrt (dot (work->features, i, i));
}

static void
compare_block (gint64 block, gint worker, gpointer data)
{
  const Work *work = data;
  const SmoothSparse *w = work->graph->weights;

  (void) worker;
  for (gint64 i = block * BLOCK; i < MIN ((block + 1) * BLOCK, w->n_cols); i++)
    for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
      {
        gint64 j = w->rows[e];
        if (work->metric == SMOOTH_SIMILARITY_EUCLIDEAN)
          work->values[e] = distance (work->features, i, j, work->scale, work->shift);
        else
          work->values[e] = MAX (dot (work->features, i, j) / MAX (work->norms[i] * work->norms[j], LEAST_NORM), 0.0);
      }
}

static double
largest_value (const SmoothFeatures *features)
{
  double largest = 0.0;
  gint64 n = features->dense != NULL ? features->n_features * features->n_spots : smooth_sparse_get_nnz (features->sparse);
  const double *values = features->dense != NULL ? features->dense->values : features->sparse->values;

  for (gint64 e = 0; e < n; e++)
    largest = MAX (largest, fabs (values[e]));
  return largest;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The median distance over edges between different spots; 1 where there is none above 0. Returns: -1 with @error */
static double
median_distance (const SmoothSparse *w, const double *squares, GError **error)
{
  g_autofree double *sorted = smooth_i_try_new (double, smooth_sparse_get_nnz (w), "distances of neighbours", error);
  gint64 n = 0;

  if (sorted == NULL)
    return -1.0;
  for (gint64 i = 0; i < w->n_cols; i++)
    for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
      if (w->rows[e] != i && w->values[e] > 0.0)
        sorted[n++] = squares[e];
  qsort (sorted, (gsize) n, sizeof (double), compare_doubles);
  return n > 0 && sorted[n / 2] > 0.0 ? sqrt (sorted[n / 2]) : 1.0;
}

/**
 * smooth_graph_dup_similarities:
 * @features: of the same spots
 * @bandwidth: (inout) (nullable): h of the Euclidean metric, %NULL: 0.1; 0 is set to the median distance of neighbours
 * @shift: added to every difference of the Euclidean metric: 0; 1e-6 is what the reference's library does
 *
 * O(p nnz) for dense features, O(nnz times entries of a spot) for sparse ones; nnz + n doubles.
 *
 * Returns: (transfer full): one similarity in 0..1 for each stored entry of the graph's weights, in their order; that of spot i
 *   with j stands where w_ij does
 */
double *
smooth_graph_dup_similarities (const SmoothGraph *graph, const SmoothFeatures *features, SmoothSimilarity metric, double *bandwidth,
                               double shift, SmoothRun *run, GError **error)
{
  gint64 n = graph->n_spots, nnz = smooth_sparse_get_nnz (graph->weights), n_blocks = (n + BLOCK - 1) / BLOCK;
  gint n_threads = smooth_run_get_n_threads (run);
  double h = bandwidth != NULL ? *bandwidth : SMOOTH_SIMILARITY_BANDWIDTH, largest = largest_value (features);

  if (features->n_spots != n)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "the graph has %" PRId64 " spots, the features that scale it have %" PRId64, n, features->n_spots);
      return NULL;
    }
  g_autofree double *norms = smooth_i_try_new (double, n, "similarities of neighbours", error);
  g_autofree double *values = norms != NULL ? smooth_i_try_new (double, nnz, "similarities of neighbours", error) : NULL;
  if (values == NULL)
    return NULL;
  Work work = { graph, features, metric, largest > 0.0 ? 1.0 / largest : 1.0, shift, norms, values };
  if (metric == SMOOTH_SIMILARITY_COSINE)
    smooth_i_parallel (n_threads, n_blocks, norm_block, &work);
  smooth_i_parallel (n_threads, n_blocks, compare_block, &work);
  if (metric == SMOOTH_SIMILARITY_COSINE)
    return g_steal_pointer (&values);

  if (h == 0.0)
    h = median_distance (graph->weights, values, error);
  if (h < 0.0)
    return NULL;
  if (bandwidth != NULL)
    *bandwidth = h;
  for (gint64 e = 0; e < nnz; e++)
    values[e] = exp (-values[e] / (2.0 * h * h));
  return g_steal_pointer (&values);
}

/**
 * smooth_graph_dup_given_similarities:
 * @given: n_spots x n_spots: column i holds the similarities of spot i with others, as the weights of a graph do; entries between
 *   spots that are no neighbours do not matter, and one that is missing is 0
 *
 * O(entries of both).
 *
 * Returns: (transfer full): as smooth_graph_dup_similarities(); an error names an entry that is negative or not finite
 */
double *
smooth_graph_dup_given_similarities (const SmoothGraph *graph, const SmoothSparse *given, GError **error)
{
  const SmoothSparse *weights = graph->weights;

  if (given->n_rows != graph->n_spots || given->n_cols != graph->n_spots)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "the graph has %" PRId64 " spots, the similarities that scale it are %" PRId64 " x %" PRId64,
                        graph->n_spots, given->n_rows, given->n_cols);
      return NULL;
    }
  if (!smooth_sparse_check (given, error))
    return NULL;
  double *values = smooth_i_try_new (double, smooth_sparse_get_nnz (weights), "similarities of neighbours", error);
  for (gint64 i = 0; values != NULL && i < weights->n_cols; i++)
    for (gint64 e = weights->starts[i], f = given->starts[i]; e < weights->starts[i + 1]; e++)
      {
        while (f < given->starts[i + 1] && given->rows[f] < weights->rows[e])
          f++;
        if (f < given->starts[i + 1] && given->rows[f] == weights->rows[e])
          values[e] = given->values[f];
      }
  return values;
}

/**
 * smooth_graph_new_scaled:
 * @graph: not scaled by rows
 * @factors: one for each stored entry of the weights, finite and not negative
 * @row_scale: divide each row by its sum afterwards
 *
 * Scalings compose: multiply their factors. The pattern stays; a spot that loses all its neighbours has w_ii = 1.
 *
 * Returns: (transfer full): w_ij times the factor
 */
SmoothGraph *
smooth_graph_new_scaled (const SmoothGraph *graph, const double *factors, gboolean row_scale, GError **error)
{
  const SmoothSparse *from = graph->weights;
  gint64 nnz = smooth_sparse_get_nnz (from);

  for (gint64 e = 0; e < nnz; e++)
    if (!(factors[e] >= 0.0) || !isfinite (factors[e]))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "the similarity of two neighbours is %g, expected a number of at least 0", factors[e]);
        return NULL;
      }
  SmoothSparse *to = smooth_sparse_new (from->n_rows, from->n_cols, nnz, error);
  if (to == NULL)
    return NULL;
  memcpy (to->starts, from->starts, (gsize) (from->n_cols + 1) * sizeof (gint64));
  memcpy (to->rows, from->rows, (gsize) nnz * sizeof (gint32));
  for (gint64 e = 0; e < nnz; e++)
    to->values[e] = from->values[e] * factors[e];
  for (gint64 i = 0; i < to->n_cols; i++)
    smooth_i_connect_isolated (to, i);
  return smooth_i_graph_new_take (to, FALSE, row_scale, NULL, graph->symbolic, error);
}
