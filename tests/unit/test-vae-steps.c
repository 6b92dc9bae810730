/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of SpatialVAE against torch's, which tests/oracle/vae-steps.ini has: test-vae-steps.py made it.
 *
 * Compiled twice: as the program has the network, and with its files for doubles. */
#include "autoencoder-fixture.h"
#include "model/vae-private.h"

#ifdef SMOOTH_NET_DOUBLE
#define TOLERANCE 1e-8
#else
#define TOLERANCE 1e-5
#endif

#define STEP_SPOTS 9
#define STEP_GENES 5
#define STEP_DIMS 2

static void
compare_step (const GKeyFile *file, const char *group, const VaeShape *shape, const NetReal *params, double loss)
{
  g_autoptr (GError) error = NULL;

  for (gint p = 0; p < VAE_N_PARTS; p++)
    {
      gint64 n = shape->offsets[p + 1] - shape->offsets[p];
      gsize n_found = 0;
      if (n == 0)
        continue;
      g_autofree double *expected = g_key_file_get_double_list ((GKeyFile *) file, group, vae_part_get_name ((VaePart) p), &n_found, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (n_found, ==, (gsize) n);
      for (gint64 e = 0; e < n; e++)
        g_assert_cmpfloat_with_epsilon ((double) params[shape->offsets[p] + e], expected[e], TOLERANCE * (1.0 + fabs (expected[e])));
    }
  g_assert_cmpfloat_with_epsilon (loss, g_key_file_get_double ((GKeyFile *) file, group, "loss", &error), TOLERANCE * loss);
  g_assert_no_error (error);
}

/* As test-vae-steps.py has it. */
static void
set_step_params (const VaeShape *shape, NetReal *params)
{
  for (gint p = 0; p < VAE_N_PARTS; p++)
    for (gint64 e = 0; e < shape->offsets[p + 1] - shape->offsets[p]; e++)
      params[shape->offsets[p] + e] = (NetReal) (0.4 * sin (1.0 + 0.7 * (double) e + p) + (p == VAE_ENCODER_SCALE || p == VAE_DECODER_SCALE));
}

static SmoothSparse *
make_step_counts (void)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (STEP_GENES, STEP_SPOTS, NULL);

  for (gint i = 0; i < STEP_SPOTS; i++)
    for (gint g = 0; g < STEP_GENES; g++)
      smooth_matrix_column (dense, i)[g] = floor (MAX (9.0 * sin (3.1 * i + 1.7 * g + 0.5), 0.0));
  return smooth_sparse_new_from_dense (dense, NULL);
}

/* Parameters and loss after 1 and 10 steps against torch's, from the same weights, counts and noise. */
static void
test_steps (void)
{
  static const char *const names[] = { "nb", "zinb", "poisson", "gaussian" };
  g_autoptr (SmoothSparse) counts = make_step_counts ();
  g_autoptr (SmoothPrecision) precision = make_chain (STEP_SPOTS);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_key_file_load_from_file (file, SMOOTH_VAE_STEPS, G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  for (gint kind = 0; kind < 4; kind++)
    {
      g_auto (VaeData) data = { 0 };
      VaeShape shape = { .n_genes = STEP_GENES, .n_hidden = 4, .n_dims = STEP_DIMS, .likelihood = (NetLikelihood) kind, .is_logistic = kind == 2,
                         .is_joint = kind == 1, .lambda = 0.7 };
      vae_shape_set (&shape);
      gint64 n = shape.offsets[VAE_N_PARTS];
      g_assert_true (vae_data_init (&data, &shape, counts, precision, &error));
      g_autoptr (VaeWork) work = vae_work_new (&shape, &data, 2, &error);
      g_autofree NetReal *params = g_new (NetReal, n), *derivatives = g_new (NetReal, n), *first = g_new0 (NetReal, n), *second = g_new0 (NetReal, n);
      NetAdam adam = { .rate = 0.01, .epsilon = 0.01, .decay = 1e-6, .first = first, .second = second };
      set_step_params (&shape, params);
      for (gint step = 1; step <= 10; step++)
        {
          SmoothVaeEpoch epoch;
          g_autofree char *group = g_strdup_printf ("%s %d", names[kind], step);
          for (gint e = 0; e < STEP_SPOTS * STEP_DIMS; e++)
            work->noise[e] = (NetReal) (1.2 * cos (1.3 * (e / STEP_DIMS) + 2.1 * (e % STEP_DIMS) + step));
          g_assert_true (vae_pass (&shape, &data, work, params, NULL, TRUE, 0.0, 0.5, &epoch, derivatives, NULL, NULL));
          net_adam_step (&adam, n, params, derivatives);
          if (step == 1 || step == 10)
            compare_step (file, group, &shape, params, epoch.reconstruction + 0.5 * epoch.divergence + epoch.spatial);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vae-steps", test_steps);
  return g_test_run ();
}
