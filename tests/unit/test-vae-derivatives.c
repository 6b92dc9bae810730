/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives of SpatialVAE by all its parameters, and of its likelihoods, against central differences.
 *
 * The files of the network are compiled for doubles here. */
#include "base/rng.h"
#include "graph/graph.h"
#include "model/vae-private.h"

#include <string.h>

/* ---- Likelihoods ---- */

static double
dup_loss (NetLikelihood kind, gint64 n, const double *counts, double library, const double *log_thetas, const double *logits, const double *zeros)
{
  NetReal l[8], z[8], shares[8];
  double thetas[8], d_log_thetas[8] = { 0 };

  for (gint64 g = 0; g < n; g++)
    {
      l[g] = logits[g];
      z[g] = zeros[g];
      thetas[g] = exp (log_thetas[g]);
    }
  return net_count_loss (kind, counts, library, n, thetas, l, kind == NET_ZERO_INFLATED ? z : NULL, shares, d_log_thetas);
}

static void
check_slope (double slope, double found, double size, const char *what)
{
  if (!(fabs (slope - found) <= 1e-6 * MAX (size, 1e-3)))
    g_error ("%s: derivative %.12g, difference %.12g", what, slope, found);
}

/* Every likelihood at ordinary and extreme counts and dispersions: by logits, log odds of zeros and log theta. */
static void
test_likelihoods (void)
{
  static const double tops[] = { 0, 1, 7, 100, 1e4, 1e6 }, thetas[] = { 1e-4, 0.1, 1, 30, 1e4, 1e6 };
  SmoothRng rng;

  smooth_i_rng_init (&rng, 3, 0);
  for (gint kind = 0; kind < 3; kind++)
    for (gsize t = 0; t < G_N_ELEMENTS (tops); t++)
      for (gsize d = 0; d < G_N_ELEMENTS (thetas); d++)
        for (gint64 n = 1; n <= 7; n++)
          {
            double counts[8], logits[8], zeros[8], log_thetas[8], theta_values[8], d_log_thetas[8] = { 0 }, library = 0.0;
            NetReal l[8], z[8], shares[8];
            for (gint64 g = 0; g < n; g++)
              {
                counts[g] = floor (tops[t] * smooth_i_rng_uniform (&rng) + 0.5);
                library += counts[g];
                l[g] = logits[g] = 2.0 * smooth_i_rng_normal (&rng);
                z[g] = zeros[g] = 3.0 * smooth_i_rng_normal (&rng);
                log_thetas[g] = log (thetas[d]);
                theta_values[g] = thetas[d];
              }
            library = MAX (library, 1.0);
            double loss = net_count_loss ((NetLikelihood) kind, counts, library, n, theta_values, l, kind == NET_ZERO_INFLATED ? z : NULL, shares, d_log_thetas);
            g_assert_true (isfinite (loss));
            for (gint64 g = 0; g < n; g++)
              for (gint which = 0; which < 3; which++)
                {
                  double *value = which == 0 ? &logits[g] : which == 1 ? &zeros[g] : &log_thetas[g], kept = *value, step = 1e-4, sides[2];
                  double slope = which == 0 ? l[g] : which == 1 ? z[g] : d_log_thetas[g];
                  if ((which == 1 && kind != NET_ZERO_INFLATED) || (which == 2 && kind == NET_POISSON))
                    continue;
                  for (gint side = 0; side < 2; side++)
                    {
                      *value = kept + (side ? step : -step);
                      sides[side] = dup_loss ((NetLikelihood) kind, n, counts, library, log_thetas, logits, zeros);
                    }
                  *value = kept;
                  g_assert_true (isfinite (slope));
                  /* A difference of losses has the digits of the losses, and the error of its step. */
                  check_slope (slope, (sides[1] - sides[0]) / (2.0 * step), fabs (loss) + library, which == 0 ? "logit" : which == 1 ? "zero" : "log theta");
                }
          }
}

/* log G (x + t) - log G (t) and the digamma of it against lgamma() and against sums over all terms. */
static void
test_gamma (void)
{
  static const double thetas[] = { 1e-4, 0.3, 1, 7.5, 1e3, 1e6 };

  for (gsize d = 0; d < G_N_ELEMENTS (thetas); d++)
    for (double x = 0.0; x <= 3000.0; x = x < 40.0 ? x + 1.0 : floor (1.3 * x))
      {
        double sum = 0.0, slope = 0.0;
        for (double j = 0.0; j < x; j += 1.0)
          {
            sum += log (thetas[d] + j);
            slope += 1.0 / (thetas[d] + j);
          }
        g_assert_cmpfloat_with_epsilon (net_log_gamma_ratio (x, thetas[d]), sum, 1e-10 * (fabs (sum) + thetas[d] * 1e-3 + 1.0));
        g_assert_cmpfloat_with_epsilon (net_digamma_difference (x, thetas[d]), slope, 1e-11 * (slope + 1.0));
      }
  g_assert_cmpfloat_with_epsilon (net_log_gamma_ratio (2.5, 1.5), lgamma (4.0) - lgamma (1.5), 1e-13);
  g_assert_cmpfloat_with_epsilon (net_log_gamma_ratio (1e6, 1.0), lgamma (1e6 + 1.0), 1e-6);
}

/* ---- The network ---- */

static SmoothSparse *
make_counts (gint64 n_genes, gint64 n_spots, SmoothRng *rng)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (n_genes, n_spots, NULL);
  g_autoptr (GError) error = NULL;

  for (gint64 e = 0; e < n_genes * n_spots; e++)
    {
      gint64 drawn = smooth_i_rng_poisson (rng, 2.0) - 1, least = e % n_genes == 0;
      dense->values[e] = (double) MAX (drawn, least);
    }
  SmoothSparse *counts = smooth_sparse_new_from_dense (dense, &error);
  g_assert_no_error (error);
  return counts;
}

/* The precision of a chain of spots. */
static SmoothPrecision *
make_precision (gint64 n)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (n, n, NULL);
  g_autoptr (GError) error = NULL;

  for (gint64 i = 0; i < n; i++)
    {
      smooth_matrix_column (dense, i)[i] = 1.3 + 0.1 * (double) (i % 3);
      if (i > 0)
        smooth_matrix_column (dense, i)[i - 1] = smooth_matrix_column (dense, i - 1)[i] = -0.4;
    }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_dense (dense, &error);
  SmoothPrecision *precision = smooth_precision_new_from_matrix (q, &error);
  g_assert_no_error (error);
  return precision;
}

typedef struct
{
  VaeShape shape;
  VaeData data;
  VaeWork *work;
  double dropout, weight;
} Net;

static double
measure (Net *net, const NetReal *params, NetReal *derivatives)
{
  SmoothVaeEpoch epoch;

  g_assert_true (vae_pass (&net->shape, &net->data, net->work, params, NULL, TRUE, net->dropout, net->weight, &epoch, derivatives, NULL, NULL));
  return epoch.reconstruction + net->weight * epoch.divergence + epoch.spatial;
}

static void
check_network (Net *net)
{
  gint64 n = net->shape.offsets[VAE_N_PARTS];
  g_autofree NetReal *params = g_new (NetReal, n), *derivatives = g_new (NetReal, n);
  double largest = 0.0;

  vae_init (&net->shape, 7, params);
  for (gint64 e = 0; e < n; e++)
    params[e] += 0.01 * sin ((double) e); /* norms too are anything */
  measure (net, params, derivatives);
  for (gint64 e = 0; e < n; e++)
    largest = MAX (largest, fabs (derivatives[e]));
  g_assert_cmpfloat (largest, >, 1e-3);
  for (gint p = 0; p < VAE_N_PARTS; p++)
    for (gint64 e = net->shape.offsets[p]; e < net->shape.offsets[p + 1]; e++)
      {
        double kept = params[e], step = 1e-5, sides[2];
        for (gint side = 0; side < 2; side++)
          {
            params[e] = kept + (side ? step : -step);
            sides[side] = measure (net, params, NULL);
          }
        params[e] = kept;
        double difference = (sides[1] - sides[0]) / (2.0 * step);
        if (!(fabs (difference - derivatives[e]) <= 1e-6 * MAX (fabs (difference), 0.01 * largest)))
          g_error ("%s[%d] of %d genes, %d spots: derivative %.12g, difference %.12g", vae_part_get_name ((VaePart) p), (int) (e - net->shape.offsets[p]),
                   (int) net->shape.n_genes, (int) net->data.n_spots, derivatives[e], difference);
      }
}

/* The derivatives do not depend on how spots are parted, nor, to the bit, on the number of threads. */
static void
check_blocks (Net *net)
{
  gint64 n = net->shape.offsets[VAE_N_PARTS];
  g_autofree NetReal *params = g_new (NetReal, n), *parted = g_new (NetReal, n), *again = g_new (NetReal, n), *whole = g_new (NetReal, n);

  vae_init (&net->shape, 7, params);
  g_assert_cmpint (net->work->n_blocks, >, 1);
  double loss = measure (net, params, parted);
  net->work->n_threads = 1;
  g_assert_cmpfloat (measure (net, params, again), ==, loss);
  g_assert_cmpint (memcmp (parted, again, (gsize) n * sizeof *parted), ==, 0);
  net->work->n_blocks = 1;
  net->work->block_size = net->data.n_spots;
  g_assert_cmpfloat_with_epsilon (measure (net, params, whole), loss, 1e-12 * loss);
  for (gint64 e = 0; e < n; e++)
    g_assert_cmpfloat_with_epsilon (whole[e], parted[e], 1e-12 * (1.0 + fabs (whole[e])));
}

/* All likelihoods, latent spaces and priors; sizes of 1 to 7; with dropout; several blocks of spots. */
static void
test_network (void)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, 11, 0);
  for (gint k = 0; k < 24; k++)
    {
      g_auto (VaeData) data = { 0 };
      g_autoptr (GError) error = NULL;
      gint64 n_spots = k == 23 ? 600 : 2 + k % 6, n_genes = 1 + (k * 5) % 7;
      g_autoptr (SmoothSparse) counts = make_counts (n_genes, n_spots, &rng);
      g_autoptr (SmoothPrecision) precision = make_precision (n_spots);
      Net net = { .shape = { .n_genes = n_genes, .n_hidden = k == 23 ? 2 : 1 + (k * 3) % 7, .n_dims = 1 + k % 4, .likelihood = (NetLikelihood) (k % 3),
                             .is_logistic = (k / 3) % 2, .is_joint = (k / 6) % 2, .lambda = k % 5 == 0 ? 0.0 : 0.7 },
                  .dropout = k % 4 == 3 ? 0.3 : 0.0, .weight = 0.25 * (1 + k % 4) };
      if (net.shape.is_joint && net.shape.lambda == 0.0)
        net.shape.lambda = 0.2;
      vae_shape_set (&net.shape);
      g_assert_true (vae_data_init (&data, counts, precision, &error));
      net.data = data;
      net.work = vae_work_new (&net.shape, &data, 2, &error);
      g_assert_no_error (error);
      vae_draw_noise (&net.shape, &data, net.work, 5, k, net.dropout);
      if (k == 23)
        check_blocks (&net);
      else
        check_network (&net);
      vae_work_free (net.work);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vae-derivatives/gamma", test_gamma);
  g_test_add_func ("/vae-derivatives/likelihoods", test_likelihoods);
  g_test_add_func ("/vae-derivatives/network", test_network);
  return g_test_run ();
}
