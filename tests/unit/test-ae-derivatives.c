/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives of SpatialAE by all its parameters, and of the parts of its loss, against central differences.
 *
 * The files of the network are compiled for doubles here. */
#include "model/ae-private.h"

#include "autoencoder-fixture.h"

#include <string.h>

/* ---- Parts of the loss ---- */

static void
check_slope (double slope, double difference, double size, const char *what)
{
  if (!(fabs (slope - difference) <= 1e-6 * MAX (fabs (difference), size)))
    g_error ("%s: derivative %.12g, difference %.12g", what, slope, difference);
}

/* Both losses against their formulas and differences, at ordinary and extreme numbers. */
static void
test_compare (void)
{
  static const double logits[] = { -700, -30, -3, -0.1, 0, 0.1, 2, 30, 700 }, targets[] = { 0, 1, 3, 1e3, 1e6 };

  for (gint poisson = 0; poisson < 2; poisson++)
    for (gsize a = 0; a < G_N_ELEMENTS (logits); a++)
      for (gsize b = 0; b < G_N_ELEMENTS (targets); b++)
        {
          const NetReal x = targets[b], depth = poisson ? 0.7 : 1.0;
          NetReal slope = logits[a], sides[2];
          double loss = ae_compare (poisson, &x, depth, 1, 2.0, &slope), value = log1p (exp (-fabs (logits[a]))) + MAX (logits[a], 0.0), step = 1e-5;
          double expected = poisson ? depth * value - x * log (depth * value + 1e-8) : (value - x) * (value - x);
          g_assert_true (isfinite (loss) && isfinite (slope));
          g_assert_cmpfloat_with_epsilon (loss, expected, 1e-12 * (1.0 + fabs (expected)));
          for (gint side = 0; side < 2; side++)
            {
              NetReal moved = logits[a] + (side ? step : -step);
              sides[side] = ae_compare (poisson, &x, depth, 1, 1.0, &moved);
            }
          check_slope (slope / 2.0, (sides[1] - sides[0]) / (2.0 * step), 1e-4 * fabs (loss) + 1e-3, poisson ? "Poisson" : "squared error");
        }
  /* Without counts, which is where a spot has none, nothing is lost and nothing moves. */
  const NetReal nothing = 0;
  NetReal slope = 0.3;
  g_assert_cmpfloat (ae_compare (TRUE, &nothing, 0, 1, 1, &slope), ==, 0.0);
  g_assert_cmpfloat (slope, ==, 0.0);
}

static double
measure_orthogonality (const SmoothMatrix *embedding, SmoothMatrix *slope)
{
  g_autofree double *gram = g_new (double, embedding->n_rows * embedding->n_rows), *lengths = g_new (double, 2 * embedding->n_rows);
  g_autoptr (SmoothMatrix) unused = smooth_matrix_new (embedding->n_rows, embedding->n_cols, NULL);

  return ae_orthogonality (embedding, gram, lengths, 0.8, slope != NULL ? slope : unused);
}

/* || Zn^T Zn - I || by its formula, and its slopes; of one dimension, and of orthogonal ones, there is none. */
static void
test_orthogonality (void)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, 13, 0);
  for (gint64 h = 1; h <= 7; h++)
    for (gint64 n = 2; n <= 7; n++)
      {
        g_autoptr (SmoothMatrix) z = smooth_matrix_new (h, n, NULL), slope = smooth_matrix_new (h, n, NULL);
        double sum = 0.0, lengths[7] = { 0 };
        for (gint64 e = 0; e < h * n; e++)
          z->values[e] = 0.3 + smooth_i_rng_normal (&rng);
        for (gint64 e = 0; e < h * n; e++)
          lengths[e % h] += z->values[e] * z->values[e];
        for (gint64 k = 0; k < h; k++)
          for (gint64 l = 0; l < h; l++)
            {
              double product = 0.0;
              for (gint64 i = 0; i < n; i++)
                product += z->values[i * h + k] * z->values[i * h + l] / sqrt (lengths[k] * lengths[l]);
              sum += (product - (k == l)) * (product - (k == l));
            }
        g_assert_cmpfloat_with_epsilon (measure_orthogonality (z, slope), 0.8 * sqrt (sum), 1e-7);
        for (gint64 e = 0; e < h * n; e++)
          {
            double kept = z->values[e], step = 1e-5, sides[2];
            for (gint side = 0; side < 2; side++)
              {
                z->values[e] = kept + (side ? step : -step);
                sides[side] = measure_orthogonality (z, NULL);
              }
            z->values[e] = kept;
            check_slope (slope->values[e], (sides[1] - sides[0]) / (2.0 * step), 1e-2, "orthogonality");
          }
      }
  g_autoptr (SmoothMatrix) z = smooth_matrix_new (2, 4, NULL), slope = smooth_matrix_new (2, 4, NULL);
  z->values[0] = z->values[3] = 2.0;
  g_assert_cmpfloat (measure_orthogonality (z, slope), ==, 0.0);
  z->values[3] = 0.0; /* a dimension that is 0 */
  g_assert_cmpfloat (measure_orthogonality (z, slope), ==, 0.8);
  for (gint e = 0; e < 8; e++)
    g_assert_cmpfloat (slope->values[e], ==, 0.0);
}

/* ---- The network ---- */

/* Of counts logarithms are encoded, and decoded means are scaled by the totals of the spots; other numbers are as they are. */
static void
test_data (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (2, 3, NULL);
  g_autoptr (GError) error = NULL;
  AeShape shape = { .is_poisson = TRUE };
  g_auto (AeData) counts = { 0 };
  g_auto (AeData) values = { 0 };

  dense->values[0] = 3.0;
  dense->values[1] = dense->values[4] = 1.0;
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_dense (dense, &error);
  g_assert_true (ae_data_init (&counts, &shape, sparse, NULL, &error));
  shape.is_poisson = FALSE;
  g_assert_true (ae_data_init (&values, &shape, sparse, NULL, &error));
  for (gint e = 0; e < 3; e++)
    {
      g_assert_cmpfloat (counts.inputs->values[e], ==, log1p (e == 0 ? 3.0 : 1.0));
      g_assert_cmpfloat (counts.targets->values[e], ==, e == 0 ? 3.0 : 1.0);
      g_assert_true (values.inputs->values[e] == values.targets->values[e] && values.targets == sparse);
      g_assert_true (values.depths[e] == 1.0 && counts.inputs->rows[e] == sparse->rows[e]);
    }
  g_assert_cmpfloat_with_epsilon (counts.depths[0], 4.0 * 3.0 / 5.0, 1e-15);
  g_assert_cmpfloat (counts.depths[1], ==, 0.0);
  g_assert_cmpfloat_with_epsilon (counts.log_factorials, log (6.0), 1e-14);
}

typedef struct
{
  AeShape shape;
  AeData data;
  AeWork *work;
} Net;

static double
measure (Net *net, const NetReal *params, NetReal *derivatives)
{
  SmoothAeEpoch epoch;

  g_assert_true (ae_pass (&net->shape, &net->data, net->work, params, TRUE, &epoch, derivatives, NULL, NULL));
  return epoch.reconstruction + epoch.orthogonality + epoch.spatial;
}

static void
check_network (Net *net)
{
  gint64 n = net->shape.n_params;
  g_autofree NetReal *params = g_new (NetReal, n), *derivatives = g_new (NetReal, n);
  double largest = 0.0;

  ae_init (&net->shape, 7, params);
  for (gint64 e = 0; e < n; e++)
    params[e] += 0.01 * sin ((double) e); /* normalisations too are anything */
  measure (net, params, derivatives);
  for (gint64 e = 0; e < n; e++)
    largest = MAX (largest, fabs (derivatives[e]));
  g_assert_cmpfloat (largest, >, 1e-3);
  for (gint64 e = 0; e < n; e++)
    {
      double kept = params[e], step = 1e-5, sides[4];
      gint l = 0;
      for (gint side = 0; side < 4; side++)
        {
          params[e] = kept + (side < 2 ? side - 2 : side - 1) * step;
          sides[side] = measure (net, params, NULL);
        }
      params[e] = kept;
      while (l + 1 < net->shape.n_all && e >= net->shape.layers[l + 1].weights)
        l++;
      /* Few spots are normalised by a small variance: losses are curved, and a difference of two would not do. */
      double difference = (8.0 * (sides[2] - sides[1]) - (sides[3] - sides[0])) / (12.0 * step);
      if (!(fabs (difference - derivatives[e]) <= 1e-6 * MAX (fabs (difference), 0.01 * largest)))
        g_error ("layer %d of %d, number %d, of %d genes, %d spots: derivative %.12g, difference %.12g", l, net->shape.n_all,
                 (int) (e - net->shape.layers[l].weights), (int) net->shape.n_genes, (int) net->data.n_spots, derivatives[e], difference);
    }
}

/* The derivatives do not depend on how spots are parted, nor, to the bit, on the number of threads. */
static void
check_blocks (Net *net)
{
  gint64 n = net->shape.n_params;
  g_autofree NetReal *params = g_new (NetReal, n), *parted = g_new (NetReal, n), *again = g_new (NetReal, n), *whole = g_new (NetReal, n);

  ae_init (&net->shape, 7, params);
  g_assert_cmpint (net->work->n_blocks, >, 1);
  double loss = measure (net, params, parted);
  net->work->n_threads = 1;
  g_assert_cmpfloat (measure (net, params, again), ==, loss);
  g_assert_cmpint (memcmp (parted, again, (gsize) n * sizeof *parted), ==, 0);
  net->work->n_blocks = 1;
  net->work->block_size = net->data.n_spots;
  g_assert_cmpfloat_with_epsilon (measure (net, params, whole), loss, 1e-12 * fabs (loss));
  for (gint64 e = 0; e < n; e++)
    g_assert_cmpfloat_with_epsilon (whole[e], parted[e], 1e-12 * (1.0 + fabs (whole[e])));
}

/* Both losses, activations and spatial losses, one to three layers, with and without each term; sizes of 1 to 7; several blocks. */
static void
test_network (void)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, 11, 0);
  for (gint k = 0; k < 33; k++)
    {
      g_auto (AeData) data = { 0 };
      g_autoptr (GError) error = NULL;
      gint64 n_spots = k == 32 ? 600 : 2 + k % 6, n_genes = 1 + (k * 5) % 7;
      g_autoptr (SmoothSparse) counts = make_few_counts (n_genes, n_spots, &rng);
      g_autoptr (SmoothPrecision) precision = make_chain (n_spots);
      Net net = { .shape = { .n_genes = n_genes, .n_hidden = k == 32 ? 2 : 1 + (k * 3) % 7, .n_dims = 1 + k % 4, .n_layers = 1 + k % 3,
                             .activation = (NetActivation) (k / 2 % 2), .is_poisson = k % 2, .is_standard = k / 3 % 2, .is_contrastive = k / 4 % 2,
                             .lambda = k % 5 == 0 ? 0.0 : 0.7, .orthogonality = k % 7 == 0 ? 0.0 : 0.3, .dropout = k % 4 == 3 ? 0.3 : 0.0 } };
      smooth_params_init (&smooth_contrast_params, &net.shape.contrast);
      net.shape.contrast.lower_bound = -100.0;
      net.shape.contrast.n_permutations = k % 8 == 5 ? 2 : 0;
      ae_shape_set (&net.shape);
      g_assert_true (ae_data_init (&data, &net.shape, counts, precision, &error));
      net.data = data;
      net.work = ae_work_new (&net.shape, &data, 2, &error);
      g_assert_no_error (error);
      ae_draw_dropout (&net.shape, &data, net.work, 5, k);
      if (k == 32)
        check_blocks (&net);
      else
        check_network (&net);
      ae_work_free (net.work);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ae-derivatives/compare", test_compare);
  g_test_add_func ("/ae-derivatives/orthogonality", test_orthogonality);
  g_test_add_func ("/ae-derivatives/data", test_data);
  g_test_add_func ("/ae-derivatives/network", test_network);
  return g_test_run ();
}
