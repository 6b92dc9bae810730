/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of smooth_vae_fit(): it learns, the prior smooths, the same bits for any number of threads, bad input. */
#include "base/error.h"
#include "model/vae.h"

#include "autoencoder-fixture.h"

#include <math.h>
#include <string.h>

static void
get_settings (SmoothVaeSettings *settings)
{
  smooth_params_init (&smooth_vae_params, settings);
  settings->n_dims = 3;
  settings->n_hidden = 16;
  settings->n_epochs = 120;
  settings->n_warm_up = 60;
}

static SmoothVae *
fit (const SmoothSparse *counts, const SmoothPrecision *precision, const SmoothVaeSettings *settings, gint n_threads)
{
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  g_autoptr (GError) error = NULL;
  SmoothVae *vae = smooth_vae_fit (counts, NULL, precision, settings, NULL, NULL, run, &error);

  g_assert_no_error (error);
  return vae;
}

static void
test_fit (void)
{
  g_autoptr (SmoothSparse) counts = make_halves ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();

  for (gint k = 0; k < 6; k++)
    {
      SmoothVaeSettings settings;
      get_settings (&settings);
      settings.likelihood = k % 3;
      settings.prior = k / 3;
      settings.lambda = k / 3 ? 1.0 : 0.0;
      g_autoptr (SmoothVae) alone = fit (counts, precision, &settings, 1);
      settings.lambda = 3.0;
      settings.prior = 0;
      g_autoptr (SmoothVae) smooth = fit (counts, precision, &settings, 1);
      g_assert_cmpint (smooth->n_epochs, ==, 120);
      g_assert_cmpfloat (smooth->epochs[119].reconstruction, <, smooth->epochs[0].reconstruction);
      g_assert_cmpfloat (smooth->last.reconstruction, <, smooth->epochs[0].reconstruction);
      /* By the statistics met in training it does as well as in training. */
      g_assert_cmpfloat_with_epsilon (smooth->last.reconstruction, smooth->epochs[119].reconstruction, 0.05 * smooth->last.reconstruction);
      g_assert_cmpfloat (measure_contrast (alone->means), >, 0.7);
      g_assert_cmpfloat (measure_contrast (smooth->means), >, 0.7);
      for (gint64 e = 0; e < 3 * N_SPOTS; e++)
        g_assert_cmpfloat (smooth->variances->values[e], >, 0.0);
      if (k >= 3)
        continue;
      g_assert_cmpfloat (measure_roughness (smooth->means, precision), <, 0.9 * measure_roughness (alone->means, precision));
    }
}

/* Batch normalisation of a trained model goes by the means and variances that training met: with those it does as well as on its
 * last epochs; with those that it began with it would not. */
static void
test_running (void)
{
  g_autoptr (SmoothSparse) counts = make_halves ();
  SmoothVaeSettings settings;

  get_settings (&settings);
  settings.dropout = 0.0;
  settings.n_epochs = 700;
  g_autoptr (SmoothVae) vae = fit (counts, NULL, &settings, 1);
  double mean = 0.0;
  for (gint t = 600; t < 700; t++)
    mean += vae->epochs[t].reconstruction / 100.0;
  g_assert_cmpfloat_with_epsilon (vae->last.reconstruction, mean, 0.02 * mean);
  g_assert_cmpfloat_with_epsilon (vae->last.divergence, vae->epochs[699].divergence, 0.1 * vae->last.divergence);
}

/* The divergence counts with a weight that grows: the longer it takes, the further the latent numbers stray meanwhile. */
static void
test_warm_up (void)
{
  static const gint warm_ups[] = { 0, 240, 100000 };
  g_autoptr (SmoothSparse) counts = make_halves ();
  double divergences[3];
  SmoothVaeSettings settings;

  get_settings (&settings);
  for (gint k = 0; k < 3; k++)
    {
      settings.n_warm_up = warm_ups[k];
      g_autoptr (SmoothVae) vae = fit (counts, NULL, &settings, 1);
      divergences[k] = vae->epochs[vae->n_epochs - 1].divergence;
    }
  g_assert_cmpfloat (divergences[0], <, 0.9 * divergences[1]);
  g_assert_cmpfloat (divergences[1], <, 0.9 * divergences[2]);
}

/* Numbers of any sign, with a gene that never varies: the halves are found. */
static void
test_gaussian (void)
{
  g_autoptr (SmoothSparse) counts = make_halves ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  SmoothVaeSettings settings;

  for (gint64 e = 0; e < counts->starts[N_SPOTS]; e++)
    counts->values[e] = counts->rows[e] == 0 ? -2.5 : log1p (counts->values[e]) - 1.2;
  get_settings (&settings);
  settings.likelihood = 3;
  g_autoptr (SmoothVae) vae = fit (counts, precision, &settings, 2);
  g_assert_false (vae->has_diverged);
  g_assert_cmpfloat (vae->last.reconstruction, <, vae->epochs[0].reconstruction);
  g_assert_cmpfloat (measure_contrast (vae->means), >, 0.7);
}

/* Of every other row half of the genes are counted twenty times as well. Latent numbers say so, in both halves alike or not; told of the
 * batches, the model leaves that to the decoder. Also where a batch is a single spot. */
static void
test_batches (void)
{
  g_autoptr (SmoothSparse) counts = make_halves ();
  gint32 codes[N_SPOTS], crossed[N_SPOTS];
  SmoothVaeBatches batches = { 2, codes };
  double losses[3], shares[3];
  SmoothVaeSettings settings;

  for (gint i = 0; i < N_SPOTS; i++)
    {
      codes[i] = i / SIDE % 2;
      crossed[i] = codes[i] ^ (i % SIDE < SIDE / 2);
      for (gint64 e = counts->starts[i]; e < counts->starts[i + 1]; e++)
        counts->values[e] *= codes[i] == 1 && counts->rows[e] % 2 == 0 ? 20.0 : 1.0;
    }
  get_settings (&settings);
  settings.n_epochs = 300;
  settings.n_dims = 1;
  for (gint k = 0; k < 3; k++)
    {
      settings.encodes_batches = k == 2;
      g_autoptr (SmoothVae) vae = smooth_vae_fit (counts, k == 0 ? NULL : &batches, NULL, &settings, NULL, NULL, NULL, NULL);
      losses[k] = vae->last.reconstruction;
      shares[k] = measure_explained (vae->means, codes) + measure_explained (vae->means, crossed);
      g_test_message ("batches explain %g of the latent number, halves %g; loss %g", shares[k], measure_contrast (vae->means), losses[k]);
      g_assert_cmpfloat (measure_contrast (vae->means), >, k == 0 ? 0.5 : 0.8);
    }
  for (gint k = 1; k < 3; k++)
    {
      g_assert_cmpfloat (shares[k], <, 0.2 * shares[0]);
      g_assert_cmpfloat (losses[k], <, losses[0] - 1.0);
    }
  for (gint i = 0; i < N_SPOTS; i++)
    codes[i] = i == 5;
  settings.n_epochs = 20;
  g_autoptr (SmoothVae) single = smooth_vae_fit (counts, &batches, NULL, &settings, NULL, NULL, NULL, NULL);
  g_assert_false (single->has_diverged);
}

static void
test_bits (void)
{
  g_autoptr (SmoothSparse) counts = make_halves ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  SmoothVaeSettings settings;

  get_settings (&settings);
  settings.n_epochs = 15;
  g_autoptr (SmoothVae) a = fit (counts, precision, &settings, 1);
  g_autoptr (SmoothVae) b = fit (counts, precision, &settings, 3);
  settings.seed = 2;
  g_autoptr (SmoothVae) c = fit (counts, precision, &settings, 1);
  g_assert_cmpint (memcmp (a->means->values, b->means->values, 3 * N_SPOTS * sizeof (double)), ==, 0);
  g_assert_cmpint (memcmp (a->variances->values, b->variances->values, 3 * N_SPOTS * sizeof (double)), ==, 0);
  g_assert_cmpint (memcmp (a->means->values, c->means->values, 3 * N_SPOTS * sizeof (double)), !=, 0);
}

static void
check_refused (const SmoothSparse *counts, const SmoothPrecision *precision, const SmoothVaeSettings *settings, SmoothRun *run, gint code,
               const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothVae) vae = smooth_vae_fit (counts, NULL, precision, settings, NULL, NULL, run, &error);

  g_assert_null (vae);
  g_assert_error (error, SMOOTH_ERROR, code);
  if (strstr (error->message, says) == NULL)
    g_error ("'%s' does not say '%s'", error->message, says);
}

/* The second epoch has no finite loss: the state of the first is kept, and said to be. */
static void
check_diverged (const SmoothSparse *counts, const SmoothPrecision *cliff, const SmoothVaeSettings *settings)
{
  SmoothVaeSettings single = *settings;

  g_autoptr (SmoothVae) vae = fit (counts, cliff, settings, 1);
  g_assert_true (vae->has_diverged);
  g_assert_cmpint (vae->n_epochs, ==, 1);
  g_assert_cmpuint (smooth_report_get_n_lines (vae->report), ==, 1);
  g_assert_nonnull (strstr (smooth_report_get_line (vae->report, 0, NULL), "diverged at epoch 2 of 120"));
  for (gint64 e = 0; e < vae->n_dims * vae->n_spots; e++)
    g_assert_true (isfinite (vae->means->values[e]) && vae->variances->values[e] > 0.0);
  /* Of the first weights, which an epoch with a rate of nearly nothing leaves as well. */
  single.n_epochs = 1;
  single.rate = 1e-6;
  single.lambda = 0.0;
  g_autoptr (SmoothVae) untrained = fit (counts, cliff, &single, 1);
  for (gint64 e = 0; e < vae->n_dims * vae->n_spots; e++)
    g_assert_cmpfloat_with_epsilon (vae->means->values[e], untrained->means->values[e], 1e-2);
}

static void
test_bad_input (void)
{
  g_autoptr (SmoothSparse) counts = make_halves (), wrong = make_halves (), one = smooth_sparse_new (N_GENES, 1, 0, NULL);
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  SmoothVaeSettings settings;

  get_settings (&settings);
  wrong->values[wrong->starts[7]] = 0.5;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "spot 7, gene 0: expected a count");
  wrong->values[wrong->starts[7]] = -1.0;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "found -1");
  wrong->values[wrong->starts[7]] = NAN;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "expected a count");
  settings.likelihood = 3;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "expected a number");
  settings.likelihood = 0;
  check_refused (one, NULL, &settings, NULL, SMOOTH_ERROR_VALUE, "expected at least 2 spots");
  settings.prior = 1;
  check_refused (counts, NULL, &settings, NULL, SMOOTH_ERROR_VALUE, "positive definite");
  settings.prior = 0;
  settings.n_dims = 0;
  check_refused (counts, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "latent-dimensions");
  get_settings (&settings);
  g_autoptr (SmoothMatrix) huge = smooth_matrix_new (N_SPOTS, N_SPOTS, NULL); /* whose slopes are no floats */
  for (gint i = 0; i < N_SPOTS; i++)
    smooth_matrix_column (huge, i)[i] = 1e60;
  g_autoptr (SmoothSparse) steep = smooth_sparse_new_from_dense (huge, NULL);
  g_autoptr (SmoothPrecision) cliff = smooth_precision_new_from_matrix (steep, NULL);
  check_diverged (counts, cliff, &settings);
  smooth_run_cancel (run);
  get_settings (&settings);
  check_refused (counts, precision, &settings, run, SMOOTH_ERROR_CANCELLED, "");
}

/* A spot without counts, and genes that never vary: the result has no NaN. */
static void
test_empty (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (4, 5, NULL);
  g_autoptr (GError) error = NULL;
  SmoothVaeSettings settings;

  for (gint i = 1; i < 5; i++)
    for (gint g = 0; g < 2; g++)
      smooth_matrix_column (dense, i)[g] = g == 0 ? 3.0 : 1e6 * i;
  g_autoptr (SmoothSparse) counts = smooth_sparse_new_from_dense (dense, &error);
  get_settings (&settings);
  for (gint k = 0; k < 4; k++)
    {
      settings.likelihood = k;
      settings.latent = k % 2;
      g_autoptr (SmoothVae) vae = fit (counts, NULL, &settings, 1);
      for (gint e = 0; e < 15; e++)
        g_assert_true (isfinite (vae->means->values[e]) && isfinite (vae->variances->values[e]));
      g_assert_true (isfinite (vae->last.reconstruction));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vae/fit", test_fit);
  g_test_add_func ("/vae/running", test_running);
  g_test_add_func ("/vae/warm-up", test_warm_up);
  g_test_add_func ("/vae/gaussian", test_gaussian);
  g_test_add_func ("/vae/batches", test_batches);
  g_test_add_func ("/vae/bits", test_bits);
  g_test_add_func ("/vae/bad-input", test_bad_input);
  g_test_add_func ("/vae/empty", test_empty);
  return g_test_run ();
}
