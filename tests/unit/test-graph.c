/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of graph/: defaults, errors, scaling by regions, exchange and cancellation. */
#include "graph/neighbours.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define WIDTH 9
#define N (WIDTH * WIDTH)

/* A square lattice of pitch 8 um. */
static void
fill_lattice (double *coords)
{
  for (gint i = 0; i < N; i++)
    {
      coords[2 * i] = 8.0 * (i % WIDTH);
      coords[2 * i + 1] = 8.0 * (i / WIDTH);
    }
}

static double
weight_of (const SmoothGraph *graph, gint64 i, gint64 j)
{
  for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
    if (graph->weights->rows[e] == j)
      return graph->weights->values[e];
  return 0.0;
}

static void
assert_same_pattern (const SmoothGraph *a, const SmoothGraph *b)
{
  gsize nnz = (gsize) smooth_sparse_get_nnz (a->weights);

  g_assert_true (memcmp (a->weights->starts, b->weights->starts, (gsize) (a->n_spots + 1) * sizeof (gint64)) == 0);
  g_assert_true (memcmp (a->weights->rows, b->weights->rows, nnz * sizeof (gint32)) == 0);
}

static void
test_defaults (void)
{
  double coords[2 * N];
  g_autoptr (GError) error = NULL;

  fill_lattice (coords);
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, 8, NULL, NULL, &error);
  g_assert_no_error (error);
  /* k = 6 with ties takes the whole second shell of a square lattice: eight neighbours inside. */
  g_assert_cmpint (graph->weights->starts[4 * WIDTH + 5] - graph->weights->starts[4 * WIDTH + 4], ==, 9);
  g_assert_cmpint (smooth_graph_count_components (graph, NULL), ==, 1);
  g_assert_cmpint (graph->n_isolated, ==, 0);
  g_assert_true (graph->is_symmetric);
}

static void
test_radius_in_pitches (void)
{
  double coords[2 * N];
  SmoothGraphSettings settings;

  fill_lattice (coords);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, 8, &settings, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (weight_of (graph, 40, 41), exp (-0.5), 1e-15);
  g_assert_cmpfloat_with_epsilon (weight_of (graph, 40, 40 + WIDTH + 1), exp (-1.0), 1e-15);
  g_assert_cmpfloat (weight_of (graph, 40, 42), ==, 0);

  /* The radius itself belongs to the graph. */
  settings.radius = 16;
  settings.bandwidth = 8;
  g_autoptr (SmoothGraph) wide = smooth_graph_new (coords, N, 2, 8, &settings, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (weight_of (wide, 40, 42), exp (-2.0), 1e-15);

  settings.bandwidth = 0;
  g_autoptr (GError) error = NULL;
  g_assert_null (smooth_graph_new (coords, N, 2, 0, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "bandwidth"));
}

/* Weights that underflow leave every spot alone, as far radius and no edge would. */
static void
test_tiny_bandwidth (void)
{
  double coords[2 * N];
  SmoothGraphSettings settings;

  fill_lattice (coords);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.bandwidth = 1e-3;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, 8, &settings, NULL, NULL);
  g_assert_cmpint (graph->n_isolated, ==, N);
  g_assert_cmpint (smooth_graph_count_components (graph, NULL), ==, N);
  g_assert_cmpint (graph->n_edges, ==, 0);
  g_assert_cmpfloat (weight_of (graph, 3, 3), ==, 1);
}

static void
expect_error (const double *coords, gint64 n, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_graph_new (coords, n, 2, 8, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  if (strstr (error->message, part) == NULL)
    g_error ("expected '%s' in '%s'", part, error->message);
}

static void
test_errors (void)
{
  double coords[2 * N];

  fill_lattice (coords);
  expect_error (coords, 1, "found 1");
  coords[2 * 17 + 1] = NAN;
  expect_error (coords, N, "coordinate y of spot 17");
  coords[2 * 17 + 1] = -INFINITY;
  expect_error (coords, N, "-inf");
  coords[2 * 17 + 1] = 1e200;
  expect_error (coords, N, "1e+200");
}

static void
test_too_many_edges (void)
{
  gint64 n = 40000;
  g_autofree double *coords = g_new0 (double, 2 * n);
  SmoothGraphSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.radius = settings.bandwidth = 10;
  g_assert_null (smooth_graph_new (coords, n, 2, 8, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "too many edges"));
}

static void
test_cancel (void)
{
  double coords[2 * N];
  g_autoptr (SmoothRun) run = smooth_run_new (2);
  g_autoptr (GError) error = NULL;

  fill_lattice (coords);
  smooth_run_cancel (run);
  g_assert_null (smooth_graph_new (coords, N, 2, 8, NULL, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
}

static SmoothGraph *
lattice_graph (void)
{
  double coords[2 * N];
  SmoothGraphSettings settings;

  fill_lattice (coords);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.radius = 8;
  settings.bandwidth = 8;
  return smooth_graph_new (coords, N, 2, 8, &settings, NULL, NULL);
}

static void
test_regions (void)
{
  g_autoptr (SmoothGraph) base = lattice_graph ();
  gint32 labels[N];

  for (gint i = 0; i < N; i++)
    labels[i] = i % WIDTH < 4 ? -1 : 7;
  g_autoptr (SmoothGraph) cut = smooth_graph_new_scaled_by_identity (base, labels, 0, FALSE, FALSE, NULL);
  g_autoptr (SmoothGraph) weak = smooth_graph_new_scaled_by_identity (base, labels, 0.25, FALSE, FALSE, NULL);
  g_autoptr (SmoothGraph) replaced = smooth_graph_new_scaled_by_identity (base, labels, 0.25, TRUE, FALSE, NULL);
  g_autoptr (SmoothGraph) rows = smooth_graph_new_scaled_by_identity (base, labels, 0.25, FALSE, TRUE, NULL);

  assert_same_pattern (cut, base);
  assert_same_pattern (weak, base);
  g_assert_cmpint (smooth_graph_count_components (cut, NULL), ==, 2);
  g_assert_cmpint (cut->n_edges, ==, base->n_edges - WIDTH);
  g_assert_cmpint (smooth_graph_count_components (weak, NULL), ==, 1);
  g_assert_cmpfloat (weight_of (weak, 3, 4), ==, 0.25 * weight_of (base, 3, 4));
  g_assert_cmpfloat (weight_of (replaced, 3, 4), ==, 0.25);
  g_assert_cmpfloat (weight_of (weak, 2, 3), ==, weight_of (base, 2, 3));
  g_assert_true (weak->is_symmetric);
  g_assert_false (rows->is_symmetric);
  double sum = 0.0;
  for (gint64 e = rows->weights->starts[3]; e < rows->weights->starts[4]; e++)
    sum += rows->weights->values[e];
  g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-15);
}

/* A spot that is a region of its own is alone; the pattern still is that of the base. */
static void
test_region_of_one (void)
{
  g_autoptr (SmoothGraph) base = lattice_graph ();
  gint32 labels[N] = { 0 };
  g_autoptr (GError) error = NULL;

  labels[40] = 1;
  g_autoptr (SmoothGraph) cut = smooth_graph_new_scaled_by_identity (base, labels, 0, FALSE, FALSE, NULL);
  assert_same_pattern (cut, base);
  g_assert_cmpint (cut->n_isolated, ==, 1);
  g_assert_cmpfloat (weight_of (cut, 40, 40), ==, 1);
  g_assert_cmpfloat (weight_of (cut, 41, 41), ==, 0);
  g_assert_null (smooth_graph_new_scaled_by_identity (base, labels, 1.5, FALSE, FALSE, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

static void
test_from_weights (void)
{
  /* 0 <-> 1, 1 -> 2, 3 alone; triplets (neighbour, spot). */
  const gint32 rows[] = { 1, 0, 2 }, cols[] = { 0, 1, 1 };
  const double values[] = { 0.5, 0.5, -2 };
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_triplets (4, 4, 3, rows, cols, values, NULL);
  g_autoptr (SmoothSparse) wide = smooth_sparse_new_from_triplets (5, 4, 3, rows, cols, values, NULL);
  g_autoptr (SmoothGraph) graph = smooth_graph_new_from_weights (sparse, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpfloat (weight_of (graph, 1, 2), ==, -2);
  g_assert_cmpfloat (weight_of (graph, 3, 3), ==, 1);
  g_assert_cmpfloat (weight_of (graph, 2, 2), ==, 1);
  g_assert_cmpint (graph->n_isolated, ==, 2);
  g_assert_cmpint (smooth_graph_count_components (graph, NULL), ==, 3);
  g_assert_false (graph->is_symmetric);
  g_assert_null (smooth_graph_new_from_weights (wide, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_clear_error (&error);
  sparse->values[0] = INFINITY;
  g_assert_null (smooth_graph_new_from_weights (sparse, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

/* The unit of the input does not matter where coordinates are scaled; the metric does. */
static void
test_exchange (void)
{
  double coords[2 * N];
  SmoothGraphSettings settings;

  fill_lattice (coords);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.radius = 16;
  settings.bandwidth = 0.25;
  g_autoptr (SmoothGraph) graph = smooth_i_graph_new_scaled (coords, N, 2, &settings, SMOOTH_METRIC_CITYBLOCK, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (weight_of (graph, 40, 42), exp (-0.5), 1e-14); /* 16 of 64 um */
  g_assert_cmpfloat_with_epsilon (weight_of (graph, 40, 40 + WIDTH + 1), exp (-0.5), 1e-14);
  g_assert_cmpfloat (weight_of (graph, 40, 40 + WIDTH + 2), ==, 0);
}

/* The same by settings: the radius in um, the bandwidth as a share of the 64 um; 0 is a tenth. */
static void
test_scaled_units (void)
{
  double coords[2 * N];
  SmoothGraphSettings settings;
  g_autoptr (GError) error = NULL;

  fill_lattice (coords);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.radius = 16;
  settings.scaled_units = TRUE;
  for (gint given = 0; given <= 1; given++)
    {
      settings.bandwidth = given ? 0.25 : 0.0;
      double h = given ? 16.0 : 6.4;
      g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, NAN, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat_with_epsilon (weight_of (graph, 40, 42), exp (-256.0 / (2.0 * h * h)), 1e-14);
      g_assert_cmpfloat_with_epsilon (weight_of (graph, 40, 41 + WIDTH), exp (-128.0 / (2.0 * h * h)), 1e-14);
      g_assert_cmpfloat (weight_of (graph, 40, 43), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graph/defaults", test_defaults);
  g_test_add_func ("/graph/radius-in-pitches", test_radius_in_pitches);
  g_test_add_func ("/graph/tiny-bandwidth", test_tiny_bandwidth);
  g_test_add_func ("/graph/errors", test_errors);
  g_test_add_func ("/graph/too-many-edges", test_too_many_edges);
  g_test_add_func ("/graph/cancel", test_cancel);
  g_test_add_func ("/graph/regions", test_regions);
  g_test_add_func ("/graph/region-of-one", test_region_of_one);
  g_test_add_func ("/graph/from-weights", test_from_weights);
  g_test_add_func ("/graph/exchange", test_exchange);
  g_test_add_func ("/graph/scaled-units", test_scaled_units);
  return g_test_run ();
}
