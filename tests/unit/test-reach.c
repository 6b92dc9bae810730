/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of graph/reach: against all paths tried one by one, and on two tissues with a noisy border. */
#include "graph/reach.h"

#include <math.h>

#define WIDTH 12
#define N (WIDTH * WIDTH)

static SmoothGraph *
lattice_new (void)
{
  SmoothGraphSettings settings;
  double coords[2 * N];
  g_autoptr (GError) error = NULL;

  for (gint i = 0; i < N; i++)
    {
      coords[2 * i] = 10.0 * (i % WIDTH);
      coords[2 * i + 1] = 10.0 * (i / WIDTH);
    }
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.radius = 11.0;
  SmoothGraph *graph = smooth_graph_new (coords, N, 2, 10.0, &settings, NULL, &error);
  g_assert_no_error (error);
  return graph;
}

static SmoothFeatures *
features_new (const double *values, gint64 n_features)
{
  g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (n_features, N, values, NULL);

  return smooth_features_new_from_matrix (matrix, NULL);
}

/* The definition, by relaxing every edge until nothing changes. */
static void
assert_reach (const SmoothGraph *graph, const double *values, gint64 seed, const double *reach)
{
  double means[N], expected[N];
  gboolean changed = TRUE;

  for (gint i = 0; i < N; i++)
    {
      double sum = values[i], n = 1.0;
      for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
        if (graph->weights->rows[e] != i)
          {
            sum += values[graph->weights->rows[e]];
            n += 1.0;
          }
      means[i] = sum / n;
      expected[i] = i == seed ? 0.0 : INFINITY;
    }
  while (changed)
    {
      changed = FALSE;
      for (gint i = 0; i < N; i++)
        for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
          {
            gint32 j = graph->weights->rows[e];
            double tolerance = MAX (expected[i], fabs (means[j] - means[seed]));
            if (j != i && tolerance < expected[j])
              {
                expected[j] = tolerance;
                changed = TRUE;
              }
          }
    }
  for (gint i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (reach[i], expected[i], 1e-12);
}

static void
test_definition (void)
{
  g_autoptr (SmoothGraph) graph = lattice_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (gint n = 0; n < 20; n++)
    {
      double values[N];
      gint64 seed = g_rand_int_range (rand, 0, N);
      for (gint i = 0; i < N; i++)
        values[i] = g_rand_double_range (rand, -1.0, 1.0);
      g_autoptr (SmoothFeatures) features = features_new (values, 1);
      g_autofree double *reach = smooth_graph_dup_reach (graph, features, seed);
      assert_reach (graph, values, seed, reach);
    }
}

/* Two halves of unlike tissue: the guess takes the seed's half, up to the spots at the border that see both. */
static void
test_guess (void)
{
  g_autoptr (SmoothGraph) graph = lattice_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  double values[3 * N];

  for (gint i = 0; i < N; i++)
    for (gint f = 0; f < 3; f++)
      values[3 * i + f] = (i % WIDTH < WIDTH / 2 ? 0.0 : 4.0 - f) + 0.6 * g_rand_double_range (rand, -1.0, 1.0);
  g_autoptr (SmoothFeatures) features = features_new (values, 3);
  g_autofree double *reach = smooth_graph_dup_reach (graph, features, 5 * WIDTH + 2);
  double guess = smooth_reach_guess (reach, N);

  g_assert_cmpfloat (guess, >, 0.0);
  for (gint i = 0; i < N; i++)
    if (i % WIDTH != WIDTH / 2 - 1 && i % WIDTH != WIDTH / 2)
      g_assert_cmpint (reach[i] <= guess, ==, i % WIDTH < WIDTH / 2);
}

static void
test_limits (void)
{
  g_autoptr (SmoothGraph) graph = lattice_new ();
  gint32 labels[N];
  double values[N] = { 0.0 };
  g_autoptr (GError) error = NULL;

  for (gint i = 0; i < N; i++)
    labels[i] = i % WIDTH < 4;
  g_autoptr (SmoothGraph) cut = smooth_graph_new_scaled_by_identity (graph, labels, 0.0, FALSE, FALSE, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothFeatures) features = features_new (values, 1);
  g_autofree double *reach = smooth_graph_dup_reach (cut, features, 0);
  for (gint i = 0; i < N; i++)
    g_assert_cmpfloat (reach[i], ==, i % WIDTH < 4 ? 0.0 : INFINITY); /* edges without weight are no way */
  g_assert_cmpfloat (smooth_reach_guess (reach, N), ==, 0.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reach/definition", test_definition);
  g_test_add_func ("/reach/guess", test_guess);
  g_test_add_func ("/reach/limits", test_limits);
  return g_test_run ();
}
