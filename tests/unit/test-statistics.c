/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the statistics of graphs on a few points whose numbers are known by hand. */
#include "graph/statistics.h"

#include <math.h>

/* Triplets (i, j, w): j is a neighbour of i. */
static SmoothGraph *
make_graph (gint64 n, gint64 nnz, const gint32 *of, const gint32 *neighbour, const double *values)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) weights = smooth_sparse_new_from_triplets (n, n, nnz, neighbour, of, values, &error);
  SmoothGraph *graph = smooth_graph_new_from_weights (weights, &error);

  g_assert_no_error (error);
  return graph;
}

/* 0 - 1 at distance 3 (weight 1) and 1 - 2 at distance 4 (weight 3); 3 - 4 at 1 (weight 1); 5 alone; an edge of weight 0 from 2 to 3. */
static void
test_numbers (void)
{
  static const gint32 of[] = { 0, 1, 1, 2, 3, 4, 5, 2, 3 }, neighbour[] = { 1, 0, 2, 1, 4, 3, 5, 3, 2 };
  static const double values[] = { 1, 1, 3, 3, 1, 1, 1, 0, 0 };
  static const double coords[] = { 0, 0, 3, 0, 3, 4, 50, 50, 50, 51, 99, 99 };
  g_autoptr (SmoothGraph) graph = make_graph (6, 9, of, neighbour, values);
  g_autoptr (SmoothGraphStatistics) statistics = smooth_graph_statistics_new (graph, coords, 2);

  g_assert_cmpint (statistics->n_components, ==, 3);
  g_assert_cmpmem (statistics->component_sizes, 3 * sizeof (gint64), ((gint64[]){ 3, 2, 1 }), 3 * sizeof (gint64));
  g_assert_cmpmem (statistics->components, 6 * sizeof (gint32), ((gint32[]){ 0, 0, 0, 1, 1, 2 }), 6 * sizeof (gint32));
  g_assert_cmpmem (statistics->degrees, 6 * sizeof (gint32), ((gint32[]){ 1, 2, 1, 1, 1, 0 }), 6 * sizeof (gint32));
  g_assert_cmpfloat (statistics->weight_sums[1], ==, 4.0);
  g_assert_cmpfloat (statistics->weight_sums[5], ==, 0.0);
  g_assert_cmpint (statistics->max_degree, ==, 2);
  g_assert_cmpmem (statistics->histogram, 3 * sizeof (gint64), ((gint64[]){ 1, 4, 1 }), 3 * sizeof (gint64));
  g_assert_cmpfloat (statistics->shortest, ==, 1.0);
  g_assert_cmpfloat (statistics->longest, ==, 4.0);
  /* (1 * 9 + 3 * 16 + 1 * 1) twice over (1 + 3 + 1) twice */
  g_assert_cmpfloat_with_epsilon (statistics->effective_range, sqrt (58.0 / 5.0), 1e-14);
}

/* Directed edges join parts all the same, and parts of one size keep the order of their first spots. */
static void
test_directed (void)
{
  static const gint32 of[] = { 0, 3, 1, 2 }, neighbour[] = { 3, 3, 1, 1 };
  static const double values[] = { 1, 1, 1, 2 };
  static const double coords[] = { 0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 0, 2 };
  g_autoptr (SmoothGraph) graph = make_graph (4, 4, of, neighbour, values);
  g_autoptr (SmoothGraphStatistics) statistics = smooth_graph_statistics_new (graph, coords, 3);

  g_assert_cmpint (statistics->n_components, ==, 2);
  g_assert_cmpmem (statistics->components, 4 * sizeof (gint32), ((gint32[]){ 0, 1, 1, 0 }), 4 * sizeof (gint32));
  g_assert_cmpfloat_with_epsilon (statistics->effective_range, sqrt ((1 * 4.0 + 2 * 4.0) / 3.0), 1e-14);
}

static void
test_no_edges (void)
{
  static const gint32 same[] = { 0, 1 };
  static const double values[] = { 1, 1 }, coords[] = { 0, 0, 5, 5 };
  g_autoptr (SmoothGraph) graph = make_graph (2, 2, same, same, values);
  g_autoptr (SmoothGraphStatistics) statistics = smooth_graph_statistics_new (graph, coords, 2);

  g_assert_cmpint (statistics->n_components, ==, 2);
  g_assert_cmpint (statistics->max_degree, ==, 0);
  g_assert_true (isnan (statistics->effective_range) && isnan (statistics->shortest) && isnan (statistics->longest));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/statistics/numbers", test_numbers);
  g_test_add_func ("/statistics/directed", test_directed);
  g_test_add_func ("/statistics/no-edges", test_no_edges);
  return g_test_run ();
}
