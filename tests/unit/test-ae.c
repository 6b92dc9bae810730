/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of smooth_ae_fit(): it learns, the prior smooths, the rate shrinks, training stops, the same bits for any number of
 * threads, bad input, what is kept where training diverges. */
#include "base/error.h"
#include "model/ae.h"
#include "model/vae.h"

#include "autoencoder-fixture.h"

#include <math.h>
#include <string.h>

static void
get_settings (SmoothAeSettings *settings)
{
  smooth_params_init (&smooth_ae_params, settings);
  settings->n_dims = 3;
  settings->n_hidden = 16;
  settings->n_epochs = 120;
  settings->dropout = 0.0;
}

static SmoothAe *
fit (const SmoothSparse *values, const SmoothPrecision *precision, const SmoothAeSettings *settings, gint n_threads)
{
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  g_autoptr (GError) error = NULL;
  SmoothAe *ae = smooth_ae_fit (values, precision, settings, NULL, run, &error);

  g_assert_no_error (error);
  return ae;
}

/* Logarithms of the counts. */
static SmoothSparse *
make_values (void)
{
  SmoothSparse *values = make_halves ();

  for (gint64 e = 0; e < values->starts[values->n_cols]; e++)
    values->values[e] = log1p (values->values[e]);
  return values;
}

static double
get_loss (const SmoothAeEpoch *epoch)
{
  return epoch->reconstruction + epoch->orthogonality + epoch->spatial;
}

static void
test_fit (void)
{
  g_autoptr (SmoothSparse) counts = make_halves (), values = make_values ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();

  for (gint k = 0; k < 8; k++)
    {
      SmoothAeSettings settings;
      get_settings (&settings);
      settings.loss = k % 2;
      settings.activation = k / 2 % 2;
      settings.n_layers = 1 + k / 4;
      settings.lambda = 0.0;
      const SmoothSparse *used = settings.loss == 1 ? counts : values;
      g_autoptr (SmoothAe) alone = fit (used, precision, &settings, 1);
      settings.lambda = 0.3;
      settings.spatial_loss = k == 6;
      g_autoptr (SmoothAe) smooth = fit (used, precision, &settings, 1);
      g_assert_cmpfloat (alone->last.spatial, ==, 0.0);
      g_assert_cmpfloat (alone->last.reconstruction, <, 0.8 * alone->epochs[0].reconstruction);
      /* What is kept is the best epoch, which without dropout is the same again. */
      for (gint64 t = 0; t < smooth->n_epochs; t++)
        g_assert_cmpfloat (get_loss (&smooth->epochs[t]), >=, get_loss (&smooth->epochs[smooth->best]));
      g_assert_cmpfloat_with_epsilon (get_loss (&smooth->last), get_loss (&smooth->epochs[smooth->best]), 1e-12);
      g_assert_cmpfloat (measure_contrast (alone->embedding), >, 0.3);
      g_assert_cmpfloat (measure_contrast (smooth->embedding), >, 0.3);
      g_assert_cmpfloat (measure_roughness (smooth->embedding, precision), <, 0.8 * measure_roughness (alone->embedding, precision));
      for (gint64 d = 0; d < 3; d++)
        {
          double sum = 0.0, squares = 0.0;
          for (gint i = 0; i < N_SPOTS; i++)
            {
              double z = smooth_matrix_column (smooth->embedding, i)[d];
              sum += z / N_SPOTS;
              squares += z * z / N_SPOTS;
            }
          g_assert_cmpfloat_with_epsilon (sum, 0.0, 1e-4);
          g_assert_true (squares > 0.5 && squares < 1.0001);
        }
    }
}

/* What each setting is for: dimensions that are less alike, gradient descent, dropout, and no standard. */
static void
test_settings (void)
{
  g_autoptr (SmoothSparse) values = make_values ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  SmoothAeSettings settings;

  get_settings (&settings);
  settings.orthogonality = 0.0;
  g_autoptr (SmoothAe) alike = fit (values, precision, &settings, 1);
  settings.orthogonality = 1e-9; /* measured, and of no weight */
  g_autoptr (SmoothAe) measured = fit (values, precision, &settings, 1);
  settings.orthogonality = 1.0;
  g_autoptr (SmoothAe) orthogonal = fit (values, precision, &settings, 1);
  g_assert_cmpfloat (alike->last.orthogonality, ==, 0.0);
  g_assert_cmpfloat (orthogonal->last.orthogonality, <, 0.5 * measured->last.orthogonality / 1e-9);

  get_settings (&settings);
  settings.optimiser = 1;
  settings.rate = 1.0;
  g_autoptr (SmoothAe) descent = fit (values, precision, &settings, 1);
  g_assert_cmpfloat (get_loss (&descent->last), <, 0.8 * get_loss (&descent->epochs[0]));
  settings.momentum = 0.0;
  g_autoptr (SmoothAe) slower = fit (values, precision, &settings, 1);
  g_assert_cmpfloat (get_loss (&slower->last), >, get_loss (&descent->last));

  get_settings (&settings);
  settings.dropout = 0.2;
  g_autoptr (SmoothAe) dropped = fit (values, precision, &settings, 1);
  g_assert_cmpfloat (dropped->last.reconstruction, <, dropped->epochs[dropped->best].reconstruction);

  get_settings (&settings);
  settings.standard = FALSE;
  settings.lambda = 10.0;
  g_autoptr (SmoothAe) free_ae = fit (values, precision, &settings, 1);
  settings.standard = TRUE;
  g_autoptr (SmoothAe) standard = fit (values, precision, &settings, 1);
  g_assert_cmpfloat (free_ae->last.spatial, <, 0.1 * standard->last.spatial); /* by small numbers */
}

static void
test_schedule (void)
{
  g_autoptr (SmoothSparse) values = make_values ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  SmoothAeSettings settings;

  get_settings (&settings);
  settings.n_epochs = 2000;
  settings.patience = 5;
  settings.stop = 23;
  settings.factor = 0.25;
  g_autoptr (SmoothAe) ae = fit (values, precision, &settings, 1);
  g_assert_cmpint (ae->end, ==, SMOOTH_AE_STOPPED);
  g_assert_cmpint (ae->n_epochs, <, 2000);
  g_assert_cmpint (ae->n_epochs, >, 24);
  for (gint64 t = 1; t < ae->n_epochs; t++)
    {
      double ratio = ae->epochs[t].rate / ae->epochs[t - 1].rate;
      g_assert_true (ratio == 1.0 || ratio == 0.25);
    }
  /* Of the last 23 epochs, and of no more, none was better: the rate has shrunk after 5, 10, 15 and 20 of them. */
  double best = INFINITY;
  gint64 last = 0;
  for (gint64 t = 0; t < ae->n_epochs; t++)
    if (t == 0 || get_loss (&ae->epochs[t]) < best - 1e-4 * best)
      {
        best = get_loss (&ae->epochs[t]);
        last = t;
      }
  g_assert_cmpint (ae->n_epochs - 1 - last, ==, 23);
  double ratio = ae->epochs[ae->n_epochs - 1].rate / ae->epochs[ae->n_epochs - 24].rate;
  g_assert_cmpfloat (ratio, ==, 0.25 * 0.25 * 0.25 * 0.25);

  settings.n_epochs = 20;
  g_autoptr (SmoothAe) shorter = fit (values, precision, &settings, 1);
  g_assert_cmpint (shorter->end, ==, SMOOTH_AE_EPOCHS);
  g_assert_cmpint (shorter->n_epochs, ==, 20);
}

static void
test_bits (void)
{
  g_autoptr (SmoothSparse) values = make_values ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  SmoothAeSettings settings;
  gsize size = 3 * N_SPOTS * sizeof (double);

  get_settings (&settings);
  settings.n_epochs = 15;
  settings.dropout = 0.2;
  g_autoptr (SmoothAe) a = fit (values, precision, &settings, 1);
  g_autoptr (SmoothAe) b = fit (values, precision, &settings, 3);
  settings.seed = 2;
  g_autoptr (SmoothAe) c = fit (values, precision, &settings, 1);
  g_assert_cmpint (memcmp (a->embedding->values, b->embedding->values, size), ==, 0);
  g_assert_cmpint (memcmp (a->embedding->values, c->embedding->values, size), !=, 0);
}

static void
check_refused (const SmoothSparse *values, const SmoothPrecision *precision, const SmoothAeSettings *settings, SmoothRun *run, gint code,
               const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothAe) ae = smooth_ae_fit (values, precision, settings, NULL, run, &error);

  g_assert_null (ae);
  g_assert_error (error, SMOOTH_ERROR, code);
  if (strstr (error->message, says) == NULL)
    g_error ("'%s' does not say '%s'", error->message, says);
}

static void
test_bad_input (void)
{
  g_autoptr (SmoothSparse) wrong = make_values (), one = smooth_sparse_new (N_GENES, 1, 0, NULL);
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  SmoothAeSettings settings;

  get_settings (&settings);
  double kept = wrong->values[wrong->starts[7]];
  wrong->values[wrong->starts[7]] = -1.0;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "spot 7, gene 0: expected a number from 0 to 1e9, found -1");
  wrong->values[wrong->starts[7]] = NAN;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "spot 7, gene 0");
  wrong->values[wrong->starts[7]] = INFINITY;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "found inf");
  wrong->values[wrong->starts[7]] = kept;
  settings.loss = 1;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "expected a count");
  settings.loss = 0;
  check_refused (one, NULL, &settings, NULL, SMOOTH_ERROR_VALUE, "expected at least 2 spots");
  settings.n_layers = 9;
  check_refused (wrong, precision, &settings, NULL, SMOOTH_ERROR_VALUE, "hidden-layers");
  get_settings (&settings);
  smooth_run_cancel (run);
  check_refused (wrong, precision, &settings, run, SMOOTH_ERROR_CANCELLED, "");
}

/* A loss that is no number: an outcome with the best state and a warning, or, where there is none, an error. */
static void
test_divergence (void)
{
  g_autoptr (SmoothSparse) values = make_values ();
  g_autoptr (SmoothPrecision) precision = make_lattice ();
  g_autoptr (SmoothMatrix) huge = smooth_matrix_new (N_SPOTS, N_SPOTS, NULL); /* whose slopes are no floats */
  SmoothAeSettings settings;

  get_settings (&settings);
  for (gint i = 0; i < N_SPOTS; i++)
    smooth_matrix_column (huge, i)[i] = 1e60;
  g_autoptr (SmoothPrecision) cliff = precision_from_dense (huge);
  settings.optimiser = 1;
  g_autoptr (SmoothAe) ae = fit (values, cliff, &settings, 1);
  g_assert_cmpint (ae->end, ==, SMOOTH_AE_DIVERGED);
  g_assert_cmpint (ae->n_epochs, ==, 1);
  g_assert_cmpint (ae->best, ==, 0);
  g_assert_cmpint (smooth_report_get_n_lines (ae->report), ==, 1);
  for (gint e = 0; e < 3 * N_SPOTS; e++)
    g_assert_true (isfinite (ae->embedding->values[e]));
  g_assert_cmpfloat_with_epsilon (ae->last.reconstruction, ae->epochs[0].reconstruction, 1e-9);
}

/* Spots without anything, genes that never vary, and no spots that differ: the result has no NaN. */
static void
test_empty (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (4, 5, NULL), flat = smooth_matrix_new (4, 5, NULL);
  g_autoptr (GError) error = NULL;
  SmoothAeSettings settings;

  for (gint i = 1; i < 5; i++)
    for (gint g = 0; g < 2; g++)
      smooth_matrix_column (dense, i)[g] = g == 0 ? 3.0 : 1e6 * i;
  for (gint e = 0; e < 20; e++)
    flat->values[e] = 2.0;
  g_autoptr (SmoothSparse) some = smooth_sparse_new_from_dense (dense, &error), none = smooth_sparse_new (4, 5, 0, &error);
  g_autoptr (SmoothSparse) same = smooth_sparse_new_from_dense (flat, &error);
  const SmoothSparse *all[] = { some, none, same };
  get_settings (&settings);
  for (gint k = 0; k < 12; k++)
    {
      settings.loss = k % 2;
      settings.standard = k / 2 % 2;
      g_autoptr (SmoothAe) ae = fit (all[k / 4], NULL, &settings, 1);
      for (gint e = 0; e < 15; e++)
        g_assert_true (isfinite (ae->embedding->values[e]));
      g_assert_true (isfinite (ae->last.reconstruction));
      g_assert_cmpint (ae->end, !=, SMOOTH_AE_DIVERGED);
    }
}

/* Parameters that both autoencoders have are one flag: they must be the same. */
static void
test_shared (void)
{
  gint n_shared = 0;

  for (gsize i = 0; i < smooth_ae_params.n_params; i++)
    {
      const SmoothParam *own = &smooth_ae_params.params[i], *other = smooth_params_find (&smooth_vae_params, own->name);
      if (other == NULL)
        continue;
      n_shared++;
      g_assert_cmpstr (own->label, ==, other->label);
      g_assert_cmpstr (own->help, ==, other->help);
      g_assert_true (own->type == other->type && own->initial == other->initial && own->min == other->min && own->max == other->max);
    }
  g_assert_cmpint (n_shared, ==, 6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ae/fit", test_fit);
  g_test_add_func ("/ae/settings", test_settings);
  g_test_add_func ("/ae/schedule", test_schedule);
  g_test_add_func ("/ae/bits", test_bits);
  g_test_add_func ("/ae/bad-input", test_bad_input);
  g_test_add_func ("/ae/divergence", test_divergence);
  g_test_add_func ("/ae/empty", test_empty);
  g_test_add_func ("/ae/shared", test_shared);
  return g_test_run ();
}
