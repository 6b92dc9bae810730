/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layers of networks, forwards and backwards, against central differences; optimisers against their formulas.
 *
 * The files of the network are compiled for doubles here. */
#include "base/error.h"
#include "base/rng.h"
#include "model/net-private.h"

#include <string.h>

#define MOST 64

static void
draw (SmoothRng *rng, gint64 n, NetReal *values)
{
  for (gint64 e = 0; e < n; e++)
    values[e] = smooth_i_rng_normal (rng);
}

/* A linear layer, a normalisation with activation and dropout, and a weighted sum of what comes out. */
typedef struct
{
  gint64 n_in, d, n;
  NetActivation activation;
  NetReal params[4 * MOST], x[MOST], weights[MOST]; /* linear weights, bias, scale and shift; inputs */
  guint8 kept[MOST];
  gboolean has_dropout;
} Layers;

static double
measure (const Layers *layers, NetReal *derivatives, NetReal *dx)
{
  const gint64 size = layers->n_in * layers->d, d = layers->d, n = layers->n;
  const NetReal *params = layers->params, keep = layers->has_dropout ? 1.5 : 1.0;
  const guint8 *kept = layers->has_dropout ? layers->kept : NULL;
  NetReal mean[MOST], factor[MOST], between[MOST], y[MOST], slope[MOST], unused[4 * MOST];
  NetReal *target = derivatives != NULL ? derivatives : unused;
  NetLinear linear = { .n_in = layers->n_in, .n_out = d, .weights = params, .bias = params + size, .d_weights = target, .d_bias = target + size };
  NetNorm norm = { .d = d, .activation = layers->activation, .scale = params + size + d, .shift = params + size + 2 * d,
                   .d_scale = target + size + d, .d_shift = target + size + 2 * d, .mean = mean, .factor = factor };
  double sum = 0.0;

  net_linear_forward (&linear, layers->x, n, between);
  net_norm_measure (&norm, between, n, NULL, NULL);
  net_norm_forward (&norm, between, kept, keep, n, y);
  for (gint64 e = 0; e < d * n; e++)
    {
      sum += layers->weights[e] * y[e] * y[e];
      slope[e] = 2.0 * layers->weights[e] * y[e];
    }
  if (derivatives == NULL)
    return sum;
  memset (derivatives, 0, sizeof unused);
  net_norm_backward (&norm, between, y, kept, keep, n, slope);
  net_linear_backward (&linear, layers->x, slope, n, dx);
  return sum;
}

static void
check_values (Layers *layers, gint64 n, NetReal *values, const NetReal *slopes, double largest)
{
  for (gint64 e = 0; e < n; e++)
    {
      double kept = values[e], step = 1e-5, sides[2];
      for (gint side = 0; side < 2; side++)
        {
          values[e] = kept + (side ? step : -step);
          sides[side] = measure (layers, NULL, NULL);
        }
      values[e] = kept;
      g_assert_cmpfloat_with_epsilon (slopes[e], (sides[1] - sides[0]) / (2.0 * step), 1e-6 * MAX (fabs (slopes[e]), 0.01 * largest));
    }
}

/* Each activation, with and without dropout, sizes of 1 to 7: by weights and by inputs. */
static void
test_layers (void)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, 17, 0);
  for (gint k = 0; k < 42; k++)
    {
      Layers layers = { .n_in = 1 + k % 7, .d = 1 + (3 * k) % 7, .n = 2 + (5 * k) % 6, .activation = (NetActivation) (k % 3), .has_dropout = (k / 3) % 2 };
      NetReal derivatives[4 * MOST], dx[MOST];
      gint64 n_params = layers.n_in * layers.d + 3 * layers.d;
      double largest = 1.0; /* of derivatives; all may be 0 where units are dropped */
      draw (&rng, n_params, layers.params);
      draw (&rng, layers.n_in * layers.n, layers.x);
      draw (&rng, layers.d * layers.n, layers.weights);
      for (gint64 e = 0; e < layers.d * layers.n; e++)
        layers.kept[e] = smooth_i_rng_uniform (&rng) < 0.7;
      measure (&layers, derivatives, dx);
      for (gint64 e = 0; e < n_params; e++)
        largest = MAX (largest, fabs (derivatives[e]));
      check_values (&layers, n_params, layers.params, derivatives, largest);
      check_values (&layers, layers.n_in * layers.n, layers.x, dx, largest);
    }
}

/* Without a normalisation, which takes any bias away: derivatives are added to what is there. */
static void
test_linear (void)
{
  const NetReal weights[6] = { 1, 2, 3, 4, 5, 6 }, bias[2] = { 0.5, -0.5 }, x[6] = { 1, 0, -1, 2, 1, 0 }, dy[4] = { 1, 10, 2, 20 };
  NetReal d_weights[6] = { 100 }, d_bias[2] = { 0, 100 }, y[4], dx[6];
  const NetLinear linear = { .n_in = 3, .n_out = 2, .weights = weights, .bias = bias, .d_weights = d_weights, .d_bias = d_bias };
  const double expected[] = { -3.5, -4.5, 5.5, 7.5 }, by_weights[] = { 105, 50, 2, 20, -1, -10 }, by_x[] = { 21, 43, 65, 42, 86, 130 };

  net_linear_forward (&linear, x, 2, y);
  net_linear_backward (&linear, x, dy, 2, dx);
  for (gint e = 0; e < 4; e++)
    g_assert_cmpfloat (y[e], ==, expected[e]);
  for (gint e = 0; e < 6; e++)
    g_assert_true (d_weights[e] == by_weights[e] && dx[e] == by_x[e]);
  g_assert_true (d_bias[0] == 3.0 && d_bias[1] == 130.0);
}

/* What the activations are, at numbers of which the normalisation is known: -1 and 1 over sqrt (1 + 1e-3). */
static void
test_activations (void)
{
  const NetReal one = 1.0, zero = 0.0, x[2] = { -1.0, 1.0 }, size = 1.0 / sqrt (1.0 + NET_BATCH_EPSILON);
  const double below[] = { 0.0, expm1 (-size), -size };
  double running_mean = 0.5, running_variance = 1.0;

  for (gint k = 0; k < 3; k++)
    {
      NetReal mean, factor, y[2];
      NetNorm norm = { .d = 1, .activation = (NetActivation) k, .scale = &one, .shift = &zero, .mean = &mean, .factor = &factor };
      net_norm_measure (&norm, x, 2, k == 0 ? &running_mean : NULL, k == 0 ? &running_variance : NULL);
      net_norm_forward (&norm, x, NULL, 1.0, 2, y);
      g_assert_cmpfloat_with_epsilon (y[0], below[k], 1e-15);
      g_assert_cmpfloat_with_epsilon (y[1], size, 1e-15);
    }
  g_assert_cmpfloat_with_epsilon (running_mean, 0.495, 1e-15);
  g_assert_cmpfloat_with_epsilon (running_variance, 1.01, 1e-15);
}

static void
test_optimisers (void)
{
  NetReal params[2] = { 1.0, -2.0 }, velocity[2] = { 0 }, first[2] = { 0 }, second[2] = { 0 };
  const NetReal slopes[2] = { 0.5, 3.0 };
  NetSgd sgd = { .rate = 0.1, .momentum = 0.9, .decay = 0.01, .velocity = velocity };
  NetAdam adam = { .rate = 0.1, .epsilon = 1e-8, .first = first, .second = second };

  net_sgd_step (&sgd, 2, params, slopes);
  g_assert_cmpfloat_with_epsilon (params[0], 1.0 - 0.1 * 0.51, 1e-15);
  g_assert_cmpfloat_with_epsilon (params[1], -2.0 - 0.1 * 2.98, 1e-15);
  net_sgd_step (&sgd, 2, params, slopes);
  g_assert_cmpfloat_with_epsilon (params[0], 0.949 - 0.1 * (0.9 * 0.51 + 0.5 + 0.00949), 1e-15);
  /* The first steps of Adam have the length of the rate, whatever the slopes are. */
  params[0] = params[1] = 0.0;
  net_adam_step (&adam, 2, params, slopes);
  net_adam_step (&adam, 2, params, slopes);
  g_assert_cmpfloat_with_epsilon (params[0], -0.2, 1e-7);
  g_assert_cmpfloat_with_epsilon (params[1], -0.2, 1e-7);
}

static void
test_plateau (void)
{
  const double losses[] = { 10, 9, 8.9995, 9.1, 9, 8.9, 8.9, 9, 9, 9 };
  const gboolean expected[] = { FALSE, FALSE, FALSE, FALSE, TRUE, FALSE, FALSE, FALSE, TRUE, FALSE };
  NetPlateau plateau = { .tolerance = 1e-4, .best = INFINITY };

  for (gsize t = 0; t < G_N_ELEMENTS (losses); t++)
    g_assert_cmpint (net_plateau_step (&plateau, losses[t], 3), ==, expected[t]);
  g_assert_cmpfloat (plateau.best, ==, 8.9);
  g_assert_cmpint (plateau.n_waited, ==, 4);
}

static void
test_inputs (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (3, 4, NULL);
  g_autoptr (GError) error = NULL;
  NetReal tile[6], weights[100], again[100], largest = 0.0;

  for (gint e = 0; e < 12; e++)
    dense->values[e] = e % 2 == 0 ? e : 0.0;
  g_autoptr (SmoothSparse) x = smooth_sparse_new_from_dense (dense, &error);
  g_assert_no_error (error);
  net_fill_tile (x, 1, 2, tile);
  for (gint e = 0; e < 6; e++)
    g_assert_cmpfloat (tile[e], ==, dense->values[3 + e]);
  g_assert_true (net_check_counts (x, &error));
  x->values[0] = 2.5;
  g_assert_false (net_check_counts (x, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "spot 0, gene 2: expected a count"));

  net_draw_weights (3, 5, 0.25, 100, weights);
  net_draw_weights (3, 5, 0.25, 100, again);
  g_assert_cmpint (memcmp (weights, again, sizeof weights), ==, 0);
  net_draw_weights (3, 6, 0.25, 100, again);
  g_assert_cmpint (memcmp (weights, again, sizeof weights), !=, 0);
  for (gint e = 0; e < 100; e++)
    largest = MAX (largest, fabs (weights[e]));
  g_assert_true (largest > 0.2 && largest <= 0.25);
}

/* Sums of blocks that are longer than what a thread takes at a time. */
static void
test_partials (void)
{
  const gint64 n = 20000, stride = 20010;
  g_autofree NetReal *partial = g_new (NetReal, 3 * stride), *sums = g_new0 (NetReal, n + 1);

  for (gint64 e = 0; e < 3 * stride; e++)
    partial[e] = (double) (e % 1000);
  sums[0] = 0.5;
  net_add_partials (2, partial, 3, stride, n, sums);
  for (gint64 e = 0; e < n; e++)
    g_assert_cmpfloat (sums[e], ==, (e == 0 ? 0.5 : 0.0) + partial[e] + partial[stride + e] + partial[2 * stride + e]);
  g_assert_cmpfloat (sums[n], ==, 0.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/layers", test_layers);
  g_test_add_func ("/net/linear", test_linear);
  g_test_add_func ("/net/activations", test_activations);
  g_test_add_func ("/net/optimisers", test_optimisers);
  g_test_add_func ("/net/plateau", test_plateau);
  g_test_add_func ("/net/inputs", test_inputs);
  g_test_add_func ("/net/partials", test_partials);
  return g_test_run ();
}
