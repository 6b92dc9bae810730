/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of SpatialVAE: full batches, as the spatial prior couples all spots, by Adam.
 *
 * The same seed gives the same bits with any number of threads. Where a loss is no number any longer training ends, and the state
 * of the last epoch that had one is the result.
 */
#include "model/vae-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FIELD(name) G_STRUCT_OFFSET (SmoothVaeSettings, name)

static const char *const latents[] = { "normal", "logistic-normal", NULL };
static const char *const likelihoods[] = { "nb", "zinb", "poisson", "gaussian", NULL };
static const char *const priors[] = { "beside", "joint", NULL };

static const SmoothParam params[] = {
  { "latent-dimensions", N_ ("Dimensions"), SMOOTH_PARAM_INT, FIELD (n_dims), 10, 1, 200, "", NULL,
    N_ ("A larger value keeps finer patterns, and more noise"), 0, 2, 30 },
  { "vae-lambda", N_ ("Smoothness of the latent means"), SMOOTH_PARAM_DOUBLE, FIELD (lambda), 0.1, 0, 1e6, "", NULL,
    N_ ("A larger value makes the latent means of neighbours more alike; 0 is the model without space"), SMOOTH_PARAM_LOG, 0.001, 10 },
  { "epochs", N_ ("Epochs"), SMOOTH_PARAM_INT, FIELD (n_epochs), 400, 1, 100000, "", NULL,
    N_ ("A larger value trains longer, in proportion slower"), 0, 50, 2000 },
  { "vae-seed", N_ ("Seed"), SMOOTH_PARAM_INT, FIELD (seed), 1, 0, G_MAXINT, "", NULL,
    N_ ("Another value, other first weights and random numbers"), 0, 0, 100 },
  { "spatial-prior", N_ ("Spatial prior"), SMOOTH_PARAM_CHOICE, FIELD (prior), 0, 0, 1, "", priors,
    N_ ("beside: smooth means beside a normal prior of each spot; joint: the spatial prior in its place, for means and variances"),
    SMOOTH_PARAM_EXPERT },
  { "likelihood", N_ ("Likelihood"), SMOOTH_PARAM_CHOICE, FIELD (likelihood), 0, 0, 3, "", likelihoods,
    N_ ("nb: counts that vary more than Poisson; zinb: with additional zeros; poisson: counting noise alone; gaussian: any numbers, as "
        "logarithms of depth-normalised counts, with a variance for each gene"),
    SMOOTH_PARAM_EXPERT },
  { "latent-space", N_ ("Latent space"), SMOOTH_PARAM_CHOICE, FIELD (latent), 0, 0, 1, "", latents,
    N_ ("normal: any numbers; logistic-normal: shares that sum to 1"), SMOOTH_PARAM_EXPERT },
  { "hidden-units", N_ ("Hidden units"), SMOOTH_PARAM_INT, FIELD (n_hidden), 128, 1, 4096, "", NULL,
    N_ ("A larger value lets the network follow more complicated relations, in proportion slower"), SMOOTH_PARAM_EXPERT, 16, 512 },
  { "encode-batches", N_ ("Batches to the encoder"), SMOOTH_PARAM_BOOL, FIELD (encodes_batches), 0, 0, 1, "", NULL,
    N_ ("The encoder is told the batch of a spot, as the decoder is; without batches it does nothing"), SMOOTH_PARAM_EXPERT },
  { "dropout", N_ ("Dropout"), SMOOTH_PARAM_DOUBLE, FIELD (dropout), 0.1, 0, 0.9, "", NULL,
    N_ ("A larger share of units left out in each step: less fitting of noise, slower training"), SMOOTH_PARAM_EXPERT },
  { "warm-up", N_ ("Warm-up"), SMOOTH_PARAM_INT, FIELD (n_warm_up), 400, 0, 100000, "epochs", NULL,
    N_ ("A larger value lets the prior of single spots (or, joint, of all) grow more slowly to its full weight"), SMOOTH_PARAM_EXPERT, 0, 1000 },
  { "learning-rate", N_ ("Learning rate"), SMOOTH_PARAM_DOUBLE, FIELD (rate), 0.01, 1e-6, 1, "", NULL,
    N_ ("A larger value takes larger steps: faster, until training diverges"), SMOOTH_PARAM_EXPERT | SMOOTH_PARAM_LOG },
  { "adam-epsilon", N_ ("Epsilon of Adam"), SMOOTH_PARAM_DOUBLE, FIELD (epsilon), 0.01, 1e-12, 1, "", NULL,
    N_ ("A larger value makes steps of weights with small derivatives smaller"), SMOOTH_PARAM_EXPERT | SMOOTH_PARAM_LOG },
  { "weight-decay", N_ ("Weight decay"), SMOOTH_PARAM_DOUBLE, FIELD (decay), 1e-6, 0, 1, "", NULL,
    N_ ("A larger value draws weights more to 0"), SMOOTH_PARAM_EXPERT | SMOOTH_PARAM_LOG },
};

const SmoothParamTable smooth_vae_params = { "vae", N_ ("Variational autoencoder"), sizeof (SmoothVaeSettings), params, G_N_ELEMENTS (params) };

/* ---- Input ---- */

static gboolean
check_numbers (const SmoothSparse *values, GError **error)
{
  for (gint64 i = 0; i < values->n_cols; i++)
    for (gint64 e = values->starts[i]; e < values->starts[i + 1]; e++)
      {
        if (fabs (values->values[e]) <= 1e9)
          continue;
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "spot %" PRId64 ", gene %d: expected a number of -1e9 to 1e9, found %g", i, values->rows[e],
                          values->values[e]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_input (const SmoothSparse *counts, const SmoothPrecision *precision, const SmoothVaeSettings *settings, GError **error)
{
  g_return_val_if_fail (precision == NULL || precision->n_spots == counts->n_cols, FALSE);
  if (counts->n_cols < 2 || counts->n_rows < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected at least 2 spots and 1 gene, found %" PRId64 " and %" PRId64, counts->n_cols, counts->n_rows);
      return FALSE;
    }
  if (settings->prior == 1 && (precision == NULL || !precision->is_semidefinite))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected a prior that is positive definite, found one that is not: a joint prior needs one");
      return FALSE;
    }
  return settings->likelihood == NET_GAUSSIAN ? check_numbers (counts, error) : net_check_counts (counts, error);
}

/* ---- Training ---- */

typedef struct
{
  VaeShape shape;
  VaeData data;
  VaeWork *work;
  VaeRunning running;
  double *statistics; /* 4 x hidden: what running points into */
  NetReal *params, *derivatives;
  double *good_statistics; /* as statistics and params: of the last epoch with a finite loss */
  NetReal *good_params;
  NetAdam adam;
} Trainer;

static void
trainer_clear (Trainer *trainer)
{
  vae_data_clear (&trainer->data);
  g_clear_pointer (&trainer->work, vae_work_free);
  g_free (trainer->statistics);
  g_free (trainer->good_statistics);
  smooth_i_free (trainer->good_params);
  smooth_i_free (trainer->params);
  smooth_i_free (trainer->derivatives);
  smooth_i_free (trainer->adam.first);
  smooth_i_free (trainer->adam.second);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trainer, trainer_clear)

static gboolean
trainer_init (Trainer *trainer, const SmoothSparse *counts, const SmoothVaeBatches *batches, const SmoothPrecision *precision,
              const SmoothVaeSettings *settings, gint n_threads, GError **error)
{
  VaeShape *shape = &trainer->shape;

  *shape = (VaeShape){ .n_genes = counts->n_rows, .n_hidden = settings->n_hidden, .n_dims = settings->n_dims, .likelihood = (NetLikelihood) settings->likelihood,
                       .is_logistic = settings->latent == 1, .is_joint = settings->prior == 1, .lambda = settings->lambda, .n_batches = batches != NULL ? batches->n_batches : 0,
                       .encodes_batches = settings->encodes_batches };
  vae_shape_set (shape);
  gint64 n = shape->offsets[VAE_N_PARTS], d = shape->n_hidden;
  trainer->adam = (NetAdam){ .rate = settings->rate, .epsilon = settings->epsilon, .decay = settings->decay };
  if (!vae_data_init (&trainer->data, shape, counts, precision, error) || (trainer->work = vae_work_new (shape, &trainer->data, n_threads, error)) == NULL
      || (trainer->params = smooth_i_try_alloc (n, sizeof (NetReal), "the network", error)) == NULL
      || (trainer->good_params = smooth_i_try_alloc (n, sizeof (NetReal), "the network", error)) == NULL
      || (trainer->derivatives = smooth_i_try_alloc (n, sizeof (NetReal), "the network", error)) == NULL
      || (trainer->adam.first = smooth_i_try_alloc (n, sizeof (NetReal), "the network", error)) == NULL
      || (trainer->adam.second = smooth_i_try_alloc (n, sizeof (NetReal), "the network", error)) == NULL)
    return FALSE;
  trainer->data.batches = batches != NULL ? batches->codes : NULL;
  trainer->statistics = g_new0 (double, 4 * d);
  trainer->good_statistics = g_new0 (double, 4 * d);
  for (gint k = 0; k < 2; k++)
    {
      trainer->running.mean[k] = trainer->statistics + 2 * k * d;
      trainer->running.variance[k] = trainer->running.mean[k] + d;
      for (gint64 u = 0; u < d; u++)
        trainer->running.variance[k][u] = 1.0;
    }
  vae_init (shape, settings->seed, trainer->params);
  return TRUE;
}

static gboolean
is_finite (const SmoothVaeEpoch *epoch)
{
  return isfinite (epoch->reconstruction) && isfinite (epoch->divergence) && isfinite (epoch->spatial);
}

/* Keeps what is trained, or takes it back. */
static void
keep_state (const Trainer *trainer, gboolean back)
{
  gsize n = (gsize) trainer->shape.offsets[VAE_N_PARTS] * sizeof (NetReal), n_statistics = (gsize) (4 * trainer->shape.n_hidden) * sizeof (double);

  memcpy (back ? trainer->params : trainer->good_params, back ? trainer->good_params : trainer->params, n);
  memcpy (back ? trainer->statistics : trainer->good_statistics, back ? trainer->good_statistics : trainer->statistics, n_statistics);
}

/* The loss of epoch @t, from 0, is no number: the state before it is the result, if there is one. */
static gboolean
end_diverged (const Trainer *trainer, const SmoothVaeSettings *settings, gint64 t, SmoothVae *vae, GError **error)
{
  if (t == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_NUMERIC, "training diverged at epoch 1 of %d: try a smaller lambda", settings->n_epochs);
      return FALSE;
    }
  keep_state (trainer, TRUE);
  vae->n_epochs = t;
  vae->has_diverged = TRUE;
  smooth_report_add (vae->report, SMOOTH_REPORT_WARNING,
                     "training diverged at epoch %" PRId64 " of %d; the state before is kept: try a smaller learning rate or lambda", t + 1,
                     settings->n_epochs);
  return TRUE;
}

/* The latent means and variances of the last pass. */
static void
take_latent (const Trainer *trainer, SmoothVae *vae)
{
  for (gint64 e = 0; e < trainer->data.n_spots * trainer->shape.n_dims; e++)
    {
      vae->means->values[e] = (double) trainer->work->means[e];
      vae->variances->values[e] = exp ((double) trainer->work->raws[e]) + VAE_VARIANCE_FLOOR;
    }
}

static gboolean
train (Trainer *trainer, const SmoothVaeSettings *settings, SmoothVae *vae, SmoothVaeFunc trained, gpointer trained_data, SmoothRun *run,
       GError **error)
{
  for (gint64 t = 0; t < settings->n_epochs; t++)
    {
      double weight = settings->n_warm_up > 0 ? MIN ((double) t / settings->n_warm_up, 1.0) : 1.0;
      vae_draw_noise (&trainer->shape, &trainer->data, trainer->work, settings->seed, t, settings->dropout);
      if (!vae_pass (&trainer->shape, &trainer->data, trainer->work, trainer->params, &trainer->running, TRUE, settings->dropout, weight,
                     &vae->epochs[t], trainer->derivatives, run, error))
        return FALSE;
      if (!is_finite (&vae->epochs[t]))
        return end_diverged (trainer, settings, t, vae, error);
      keep_state (trainer, FALSE);
      net_adam_step (&trainer->adam, trainer->shape.offsets[VAE_N_PARTS], trainer->params, trainer->derivatives);
      vae->n_epochs = t + 1;
      vae->last = vae->epochs[t];
      if (trained != NULL)
        {
          take_latent (trainer, vae);
          trained (vae, trained_data);
        }
      smooth_run_report (run, (double) (t + 1) / settings->n_epochs, _("training the autoencoder"));
    }
  return TRUE;
}

/* Means and variances of the trained encoder, by the statistics met in training, without dropout. */
static gboolean
embed (Trainer *trainer, const SmoothVaeSettings *settings, SmoothVae *vae, SmoothRun *run, GError **error)
{
  vae_draw_noise (&trainer->shape, &trainer->data, trainer->work, settings->seed, settings->n_epochs, 0.0);
  if (!vae_pass (&trainer->shape, &trainer->data, trainer->work, trainer->params, &trainer->running, FALSE, 0.0, 1.0, &vae->last, NULL, run, error))
    return FALSE;
  take_latent (trainer, vae);
  return TRUE;
}

/**
 * smooth_vae_fit:
 * @counts: genes x spots: whole numbers, but for the Gaussian likelihood; of spots without any the priors alone tell the latent numbers
 * @batches: (nullable): of the spots
 * @precision: (nullable): of the spots; NULL: no spatial prior
 * @settings: (nullable): NULL: defaults
 * @trained: (nullable): told of each epoch
 * @error: SMOOTH_ERROR_VALUE for numbers that are no counts; SMOOTH_ERROR_NUMERIC where the first epoch has no finite loss.
 *   Where a later one has none training ends with the state before, and a warning in the report
 *
 * O(epochs x genes x hidden units x spots); memory for 256 spots x genes a thread, and for the parameters some 20 times.
 */
SmoothVae *
smooth_vae_fit (const SmoothSparse *counts, const SmoothVaeBatches *batches, const SmoothPrecision *precision, const SmoothVaeSettings *settings,
                SmoothVaeFunc trained, gpointer trained_data, SmoothRun *run, GError **error)
{
  SmoothVaeSettings defaults;
  g_auto (Trainer) trainer = { 0 };
  g_autoptr (SmoothVae) vae = g_new0 (SmoothVae, 1);

  g_atomic_ref_count_init (&vae->ref_count);
  smooth_params_init (&smooth_vae_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_vae_params, settings, error) || !check_input (counts, precision, settings, error)
      || !trainer_init (&trainer, counts, batches, precision, settings, smooth_run_get_n_threads (run), error))
    return NULL;
  vae->report = smooth_report_new ();
  vae->n_spots = counts->n_cols;
  vae->n_dims = settings->n_dims;
  vae->epochs = g_new0 (SmoothVaeEpoch, settings->n_epochs);
  if ((vae->means = smooth_matrix_new (settings->n_dims, counts->n_cols, error)) == NULL
      || (vae->variances = smooth_matrix_new (settings->n_dims, counts->n_cols, error)) == NULL
      || !train (&trainer, settings, vae, trained, trained_data, run, error) || !embed (&trainer, settings, vae, run, error))
    return NULL;
  return g_steal_pointer (&vae);
}

SmoothVae *
smooth_vae_ref (SmoothVae *vae)
{
  g_atomic_ref_count_inc (&vae->ref_count);
  return vae;
}

void
smooth_vae_unref (SmoothVae *vae)
{
  if (!g_atomic_ref_count_dec (&vae->ref_count))
    return;
  g_clear_pointer (&vae->means, smooth_matrix_unref);
  g_clear_pointer (&vae->variances, smooth_matrix_unref);
  g_clear_pointer (&vae->report, smooth_report_unref);
  g_free (vae->epochs);
  g_free (vae);
}
