/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives of SpatialVAE by all its parameters, and of its likelihoods, against central differences.
 *
 * The files of the network are compiled for doubles here. */
#include "base/isa.h"
#include "model/vae-private.h"

#include "autoencoder-fixture.h"

#include <string.h>

/* ---- Likelihoods ---- */

/* Of one spot, with what gamma functions add: derivatives go to @logits, @zeros and @d_log_thetas. */
static double
measure_spot (NetLikelihood kind, gint64 n, const double *counts, double library, const double *log_thetas, double *logits, double *zeros,
              double *d_log_thetas)
{
  const gint32 rows[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
  NetGenes genes;
  double loss = 0.0, slopes[8] = { 0 };

  g_assert_true (net_genes_init (&genes, kind, n, NULL));
  net_genes_set (&genes, log_thetas);
  double *scratch = net_genes_new_scratch (&genes, 1, NULL);
  loss = net_count_loss (&genes, scratch, rows, counts, n, library, 1.0, logits, kind == NET_ZERO_INFLATED ? zeros : NULL, slopes);
  for (gint64 g = 0; kind != NET_POISSON && g < n; g++)
    {
      double theta = exp (log_thetas[g]);
      loss -= net_log_gamma_ratio (counts[g], theta);
      d_log_thetas[g] = slopes[g] - theta * net_digamma_difference (counts[g], theta);
    }
  smooth_i_free (scratch);
  net_genes_clear (&genes);
  return loss;
}

static double
dup_loss (NetLikelihood kind, gint64 n, const double *counts, double library, const double *log_thetas, const double *logits, const double *zeros)
{
  NetReal l[8], z[8];
  double d_log_thetas[8];

  memcpy (l, logits, sizeof l);
  memcpy (z, zeros, sizeof z);
  return measure_spot (kind, n, counts, library, log_thetas, l, z, d_log_thetas);
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
            double counts[8], logits[8] = { 0 }, zeros[8] = { 0 }, log_thetas[8], d_log_thetas[8] = { 0 }, library = 0.0;
            NetReal l[8], z[8];
            for (gint64 g = 0; g < n; g++)
              {
                counts[g] = floor (tops[t] * smooth_i_rng_uniform (&rng) + 0.5);
                library += counts[g];
                l[g] = logits[g] = 2.0 * smooth_i_rng_normal (&rng);
                z[g] = zeros[g] = 3.0 * smooth_i_rng_normal (&rng);
                log_thetas[g] = log (thetas[d]);
              }
            library = MAX (library, 1.0);
            double loss = measure_spot ((NetLikelihood) kind, n, counts, library, log_thetas, l, z, d_log_thetas);
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

/* ---- The inner loops ---- */

#define N_VALUES 4096

static void
check_close (double found, long double exact, double tolerance, const char *what, double at)
{
  if (!(fabsl ((long double) found - exact) <= tolerance * fabsl (exact)))
    g_error ("%s of %.17g: found %.17g, expected %.17Lg", what, at, found, exact);
}

/* e^x and log (1 + x) over all their range against long doubles; infinities and NaN; each instruction set has the same bits. */
static void
test_functions (void)
{
  const char *const *isas = smooth_i_isa_list ();
  g_autofree double *x = g_new (double, N_VALUES), *y = g_new (double, N_VALUES), *first = g_new0 (double, 2 * N_VALUES);

  for (gsize k = 0; isas[k] != NULL; k++)
    {
      const NetKernels *kernels = net_kernels_get (isas[k]);
      for (gint e = 0; e < N_VALUES; e++)
        x[e] = e == 0 ? 0.0 : exp (-700.0 + 1400.0 * e / N_VALUES) * (1.0 + 0.3 * sin (e));
      kernels->log1p (N_VALUES, x, y);
      for (gint e = 0; e < N_VALUES; e++)
        check_close (y[e], log1pl ((long double) x[e]), 5e-16, "log (1 + x)", x[e]);
      if (k == 0)
        memcpy (first, y, N_VALUES * sizeof *y);
      g_assert_cmpint (memcmp (first, y, N_VALUES * sizeof *y), ==, 0);
      for (gint e = 0; e < N_VALUES; e++)
        x[e] = y[e] = 3.0 - 708.0 * e / N_VALUES - 0.1 * sin (e);
      double sum = kernels->exponentials (N_VALUES, 3.0, y);
      for (gint e = 0; e < N_VALUES; e++)
        check_close (y[e], expl ((long double) (x[e] - 3.0)), 5e-16, "e^x", x[e] - 3.0);
      if (k == 0)
        memcpy (first + N_VALUES, y, N_VALUES * sizeof *y);
      g_assert_cmpint (memcmp (first + N_VALUES, y, N_VALUES * sizeof *y), ==, 0);
      g_assert_cmpfloat (sum, >, 1.0);
      double odd[NET_LANES] = { -INFINITY, -1e300, NAN, 0.0, -800.0, -5.0, -1.0, -0.5 };
      g_assert_true (isnan (kernels->exponentials (NET_LANES, 0.0, odd)));
      g_assert_true (odd[0] < 1e-300 && odd[1] < 1e-300 && isnan (odd[2]) && odd[3] == 1.0 && odd[4] < 1e-300);
      double large[NET_LANES] = { NAN, 1e308, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0 };
      kernels->log1p (NET_LANES, large, odd);
      g_assert_true (isnan (odd[0]) && isfinite (odd[1]) && odd[2] == 0.0);
    }
}

/* -log p of a count without log x!, in long doubles; gamma functions by lgammal(). */
static long double
get_exact (NetLikelihood kind, long double x, long double m, long double t, long double zero)
{
  const long double eps = NET_EPSILON;

  if (kind == NET_POISSON)
    return m - x * logl (m + eps);
  long double loss = t * log1pl (m / (t + eps)) + x * log1pl (t / (m + eps)) - lgammal (x + t) + lgammal (t);
  if (kind == NET_NEGATIVE_BINOMIAL)
    return loss;
  long double odds = log1pl (expl (-fabsl (zero))) + MAX (zero, 0.0L);
  if (x > 0)
    return odds + loss;
  return odds - MAX (zero, -loss) - log1pl (expl (-fabsl (zero + loss)));
}

/* Two genes, one of which has the count: counts to 1e6, dispersions 1e-6 .. 1e6, means from next to nothing to 1e6. */
static void
test_extremes (void)
{
  static const double counts[] = { 0, 1, 2, 31, 33, 1000, 1e6 }, means[] = { 1e-6, 0.1, 1, 50, 1e6 };
  const char *const *isas = smooth_i_isa_list ();

  for (gint kind = 0; kind < 3; kind++)
    for (gsize c = 0; c < G_N_ELEMENTS (counts); c++)
      for (gsize m = 0; m < G_N_ELEMENTS (means); m++)
        for (double exponent = -6.0; exponent <= 6.0; exponent += 1.0)
          {
            double x[8] = { counts[c], 0.0 }, log_thetas[8] = { exponent * log (10.0), 0.0 }, library = means[m] + 1.0, first[5] = { 0 };
            long double exact = 0.0;
            for (gint g = 0; g < 2; g++)
              exact += get_exact ((NetLikelihood) kind, x[g], g == 0 ? means[m] : 1.0, expl ((long double) log_thetas[g]), g == 0 ? -2.0 : 0.5);
            for (gsize k = 0; isas[k] != NULL; k++)
              {
                double logits[8] = { log (means[m]), 0.0 }, zeros[8] = { -2.0, 0.5 }, slopes[8] = { 0 };
                g_setenv ("SMOOTHSCOPE_ISA", isas[k], TRUE);
                double loss = measure_spot ((NetLikelihood) kind, 2, x, library, log_thetas, logits, zeros, slopes);
                double all[5] = { loss, logits[0], zeros[0], slopes[0], logits[1] };
                for (gint e = 0; e < 5; e++)
                  g_assert_true (isfinite (all[e]));
                /* Its terms are up to counts times logarithms. */
                g_assert_cmpfloat_with_epsilon (loss, (double) exact, 1e-13 * (fabs ((double) exact) + 30.0 * (counts[c] + means[m] + 1.0)) + 1e-15 * exp (log_thetas[0]));
                if (k == 0)
                  memcpy (first, all, sizeof first);
                g_assert_cmpint (memcmp (first, all, sizeof first), ==, 0);
              }
            g_unsetenv ("SMOOTHSCOPE_ISA");
          }
}

/* What all spots have of gamma functions, from different counts and how many spots have them, against the sum over spots. */
static void
test_tally (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (3, 200, NULL);
  NetTally tally;
  SmoothRng rng;

  smooth_i_rng_init (&rng, 21, 0);
  for (gint64 i = 0; i < 200; i++)
    {
      smooth_matrix_column (dense, i)[0] = (double) smooth_i_rng_poisson (&rng, 2.0);
      smooth_matrix_column (dense, i)[2] = floor (exp (14.0 * smooth_i_rng_uniform (&rng)));
    }
  g_autoptr (SmoothSparse) counts = smooth_sparse_new_from_dense (dense, NULL);
  g_assert_true (net_tally_init (&tally, counts, NULL));
  for (double theta = 1e-6; theta < 2e6; theta *= 10.0)
    for (gint g = 0; g < 3; g++)
      {
        long double loss = 0.0, slope = 0.0;
        double found = 0.0, sum = net_tally_measure (&tally, g, theta, &found);
        for (gint64 i = 0; i < 200; i++)
          {
            long double x = (long double) smooth_matrix_column (dense, i)[g], t = (long double) theta;
            loss -= lgammal (x + t) - lgammal (t);
            for (long double j = 0; j < x; j += 1)
              slope -= t / (t + j);
          }
        g_assert_cmpfloat_with_epsilon (sum, (double) loss, 1e-12 * fabs ((double) loss) + 1e-14 * theta);
        g_assert_cmpfloat_with_epsilon (found, (double) slope, 1e-12 * fabs ((double) slope) + 1e-300);
      }
  net_tally_clear (&tally);
}

/* ---- The network ---- */

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
  for (gint k = 0; k < 32; k++)
    {
      g_auto (VaeData) data = { 0 };
      g_autoptr (GError) error = NULL;
      gint64 n_spots = k == 31 ? 600 : 2 + k % 6, n_genes = 1 + (k * 5) % 7;
      g_autoptr (SmoothSparse) counts = make_few_counts (n_genes, n_spots, &rng);
      g_autoptr (SmoothPrecision) precision = make_chain (n_spots);
      Net net = { .shape = { .n_genes = n_genes, .n_hidden = k == 31 ? 2 : 1 + (k * 3) % 7, .n_dims = 1 + k % 4, .likelihood = (NetLikelihood) (k < 24 ? k % 3 : k < 31 ? NET_GAUSSIAN : NET_ZERO_INFLATED),
                             .is_logistic = (k / 3) % 2, .is_joint = (k / 6) % 2, .lambda = k % 5 == 0 ? 0.0 : 0.7 },
                  .dropout = k % 4 == 3 ? 0.3 : 0.0, .weight = 0.25 * (1 + k % 4) };
      if (net.shape.is_joint && net.shape.lambda == 0.0)
        net.shape.lambda = 0.2;
      gint32 batches[7];
      for (gint i = 0; i < 7; i++)
        batches[i] = (i * i) % 3;
      net.shape.n_batches = k % 7 >= 4 && k < 31 ? 3 : 0;
      net.shape.encodes_batches = k % 2;
      vae_shape_set (&net.shape);
      g_assert_true (vae_data_init (&data, &net.shape, counts, precision, &error));
      data.batches = batches;
      net.data = data;
      net.work = vae_work_new (&net.shape, &data, 2, &error);
      g_assert_no_error (error);
      vae_draw_noise (&net.shape, &data, net.work, 5, k, net.dropout);
      if (k == 31)
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
  g_test_add_func ("/vae-derivatives/functions", test_functions);
  g_test_add_func ("/vae-derivatives/extremes", test_extremes);
  g_test_add_func ("/vae-derivatives/tally", test_tally);
  g_test_add_func ("/vae-derivatives/likelihoods", test_likelihoods);
  g_test_add_func ("/vae-derivatives/network", test_network);
  return g_test_run ();
}
