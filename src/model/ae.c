/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of SpatialAE: full batches, as the spatial prior couples all spots. The learning rate shrinks where the loss does not
 * become better any longer, and training ends where that lasts.
 *
 * What is kept is the state with the lowest loss: also where training diverges afterwards, which is an outcome and no error.
 * The same seed gives the same bits with any number of threads.
 */
#include "model/ae-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FIELD(name) G_STRUCT_OFFSET (SmoothAeSettings, name)
#define ADAM_EPSILON 1e-8 /* derivatives of a mean over genes and spots are small */

static const char *const losses[] = { "mse", "counts", NULL };
static const char *const activations[] = { "relu", "elu", NULL };
static const char *const spatial_losses[] = { "quadratic", "contrastive", NULL };
static const char *const optimisers[] = { "adam", "sgd", NULL };

static const SmoothParam params[] = {
  { "latent-dimensions", N_ ("Dimensions"), SMOOTH_PARAM_INT, FIELD (n_dims), 10, 1, 200, "", NULL,
    N_ ("A larger value keeps finer patterns, and more noise"), 0, 2, 30 },
  { "ae-lambda", N_ ("Smoothness of the embedding"), SMOOTH_PARAM_DOUBLE, FIELD (lambda), 0.1, 0, 1e6, "", NULL,
    N_ ("A larger value makes the embedding of neighbours more alike; 0 is the model without space"), SMOOTH_PARAM_LOG, 0.001, 10 },
  { "epochs", N_ ("Epochs"), SMOOTH_PARAM_INT, FIELD (n_epochs), 400, 1, 100000, "", NULL,
    N_ ("A larger value trains longer, in proportion slower"), 0, 50, 2000 },
  { "ae-seed", N_ ("Seed"), SMOOTH_PARAM_INT, FIELD (seed), 1, 0, G_MAXINT, "", NULL,
    N_ ("Another value, other first weights and random numbers"), 0, 0, 100 },
  { "reconstruction", N_ ("Reconstruction"), SMOOTH_PARAM_CHOICE, FIELD (loss), 0, 0, 1, "", losses,
    N_ ("mse: squared error of logarithms of depth-normalised counts; counts: Poisson likelihood of raw counts"), SMOOTH_PARAM_EXPERT },
  { "orthogonality", N_ ("Orthogonality"), SMOOTH_PARAM_DOUBLE, FIELD (orthogonality), 0.1, 0, 1e6, "", NULL,
    N_ ("A larger value makes the dimensions of the embedding less alike, as components are"), SMOOTH_PARAM_EXPERT | SMOOTH_PARAM_LOG, 0.001, 10 },
  { "standard-embedding", N_ ("Standardised embedding"), SMOOTH_PARAM_BOOL, FIELD (standard), 1, 0, 1, "", NULL,
    N_ ("Scales each dimension to mean 0 and variance 1 over the spots, so that small numbers are not taken for smooth ones"), SMOOTH_PARAM_EXPERT },
  { "spatial-loss", N_ ("Spatial loss"), SMOOTH_PARAM_CHOICE, FIELD (spatial_loss), 0, 0, 1, "", spatial_losses,
    N_ ("quadratic: neighbours must be alike; contrastive: more alike than shuffled spots are"), SMOOTH_PARAM_EXPERT },
  { "hidden-units", N_ ("Hidden units"), SMOOTH_PARAM_INT, FIELD (n_hidden), 128, 1, 4096, "", NULL,
    N_ ("A larger value lets the network follow more complicated relations, in proportion slower"), SMOOTH_PARAM_EXPERT, 16, 512 },
  { "hidden-layers", N_ ("Hidden layers"), SMOOTH_PARAM_INT, FIELD (n_layers), 1, 1, AE_MOST_LAYERS, "", NULL,
    N_ ("A larger value lets encoder and decoder follow more complicated relations, and makes them harder to train"), SMOOTH_PARAM_EXPERT },
  { "activation", N_ ("Activation"), SMOOTH_PARAM_CHOICE, FIELD (activation), 0, 0, 1, "", activations,
    N_ ("relu: units are 0 below a threshold; elu: they go on smoothly below it"), SMOOTH_PARAM_EXPERT },
  { "dropout", N_ ("Dropout"), SMOOTH_PARAM_DOUBLE, FIELD (dropout), 0.1, 0, 0.9, "", NULL,
    N_ ("A larger share of units left out in each step: less fitting of noise, slower training"), SMOOTH_PARAM_EXPERT },
  { "optimiser", N_ ("Optimiser"), SMOOTH_PARAM_CHOICE, FIELD (optimiser), 0, 0, 1, "", optimisers,
    N_ ("adam: steps of about the same length for all weights; sgd: gradient descent with momentum, which wants larger learning rates"),
    SMOOTH_PARAM_EXPERT },
  { "learning-rate", N_ ("Learning rate"), SMOOTH_PARAM_DOUBLE, FIELD (rate), 0.01, 1e-6, 1, "", NULL,
    N_ ("A larger value takes larger steps: faster, until training diverges"), SMOOTH_PARAM_EXPERT | SMOOTH_PARAM_LOG },
  { "momentum", N_ ("Momentum"), SMOOTH_PARAM_DOUBLE, FIELD (momentum), 0.9, 0, 0.999, "", NULL,
    N_ ("sgd: a larger value follows the earlier steps more"), SMOOTH_PARAM_EXPERT },
  { "weight-decay", N_ ("Weight decay"), SMOOTH_PARAM_DOUBLE, FIELD (decay), 1e-6, 0, 1, "", NULL,
    N_ ("A larger value draws weights more to 0"), SMOOTH_PARAM_EXPERT | SMOOTH_PARAM_LOG },
  { "tolerance", N_ ("Tolerance"), SMOOTH_PARAM_DOUBLE, FIELD (tolerance), 1e-4, 0, 1, "", NULL,
    N_ ("A larger value takes more epochs for no better than the best one before: the loss must be lower by this share of it"),
    SMOOTH_PARAM_EXPERT | SMOOTH_PARAM_LOG },
  { "plateau-patience", N_ ("Patience"), SMOOTH_PARAM_INT, FIELD (patience), 10, 1, 100000, "epochs", NULL,
    N_ ("A larger value waits longer for a better loss before the learning rate shrinks"), SMOOTH_PARAM_EXPERT, 1, 100 },
  { "plateau-factor", N_ ("Shrinking of the rate"), SMOOTH_PARAM_DOUBLE, FIELD (factor), 0.5, 0.001, 1, "", NULL,
    N_ ("A smaller value makes the learning rate shrink more at a time; 1 keeps it"), SMOOTH_PARAM_EXPERT },
  { "stop-patience", N_ ("Early stop"), SMOOTH_PARAM_INT, FIELD (stop), 50, 1, 100000, "epochs", NULL,
    N_ ("A larger value waits longer for a better loss before training ends"), SMOOTH_PARAM_EXPERT, 10, 500 },
};

const SmoothParamTable smooth_ae_params = { "ae", N_ ("Autoencoder"), sizeof (SmoothAeSettings), params, G_N_ELEMENTS (params) };

/* ---- Input ---- */

static gboolean
check_values (const SmoothSparse *values, GError **error)
{
  for (gint64 i = 0; i < values->n_cols; i++)
    for (gint64 e = values->starts[i]; e < values->starts[i + 1]; e++)
      if (!(values->values[e] >= 0.0 && values->values[e] <= 1e9))
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE, "spot %" PRId64 ", gene %d: expected a number from 0 to 1e9, found %g", i, values->rows[e],
                            values->values[e]);
          return FALSE;
        }
  return TRUE;
}

static gboolean
check_input (const SmoothSparse *values, const SmoothPrecision *precision, const SmoothAeSettings *settings, GError **error)
{
  g_return_val_if_fail (precision == NULL || precision->n_spots == values->n_cols, FALSE);
  if (values->n_cols < 2 || values->n_rows < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected at least 2 spots and 1 gene, found %" PRId64 " and %" PRId64, values->n_cols, values->n_rows);
      return FALSE;
    }
  return settings->loss == 1 ? net_check_counts (values, error) : check_values (values, error);
}

/* ---- Training ---- */

typedef struct
{
  AeShape shape;
  AeData data;
  AeWork *work;
  NetReal *params, *derivatives, *best; /* best: parameters of the lowest loss */
  gboolean is_adam;
  NetAdam adam;
  NetSgd sgd;
  double lowest; /* loss */
  NetPlateau plateau;
} Trainer;

static void
trainer_clear (Trainer *trainer)
{
  ae_data_clear (&trainer->data);
  g_clear_pointer (&trainer->work, ae_work_free);
  smooth_i_free (trainer->params);
  smooth_i_free (trainer->derivatives);
  smooth_i_free (trainer->best);
  smooth_i_free (trainer->adam.first);
  smooth_i_free (trainer->adam.second);
  smooth_i_free (trainer->sgd.velocity);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trainer, trainer_clear)

static gboolean
trainer_init (Trainer *trainer, const SmoothSparse *values, const SmoothPrecision *precision, const SmoothAeSettings *settings,
              const SmoothContrastSettings *contrast, gint n_threads, GError **error)
{
  AeShape *shape = &trainer->shape;

  *shape = (AeShape){ .n_genes = values->n_rows, .n_hidden = settings->n_hidden, .n_dims = settings->n_dims, .n_layers = settings->n_layers,
                      .activation = settings->activation == 1 ? NET_ELU : NET_RELU, .is_poisson = settings->loss == 1, .is_standard = settings->standard,
                      .is_contrastive = settings->spatial_loss == 1, .lambda = settings->lambda, .orthogonality = settings->orthogonality,
                      .dropout = settings->dropout, .contrast = *contrast };
  ae_shape_set (shape);
  NetReal **arrays[] = { &trainer->params, &trainer->derivatives, &trainer->best, &trainer->adam.first, &trainer->adam.second, &trainer->sgd.velocity };
  trainer->is_adam = settings->optimiser == 0;
  trainer->adam = (NetAdam){ .rate = settings->rate, .epsilon = ADAM_EPSILON, .decay = settings->decay };
  trainer->sgd = (NetSgd){ .rate = settings->rate, .momentum = settings->momentum, .decay = settings->decay };
  trainer->lowest = INFINITY;
  trainer->plateau = (NetPlateau){ .tolerance = settings->tolerance, .best = INFINITY };
  if (!ae_data_init (&trainer->data, shape, values, precision, error) || (trainer->work = ae_work_new (shape, &trainer->data, n_threads, error)) == NULL)
    return FALSE;
  for (gsize a = 0; a < G_N_ELEMENTS (arrays); a++)
    if ((*arrays[a] = smooth_i_try_alloc (shape->n_params, sizeof (NetReal), "the network", error)) == NULL)
      return FALSE;
  ae_init (shape, settings->seed, trainer->params);
  return TRUE;
}

static double
sum_loss (const SmoothAeEpoch *epoch)
{
  return epoch->reconstruction + epoch->orthogonality + epoch->spatial;
}

/* Moves the parameters of epoch @t, whose loss is a number. Returns: whether training goes on */
static gboolean
step (Trainer *trainer, const SmoothAeSettings *settings, gint64 t, double loss, SmoothAe *ae)
{
  gint64 n = trainer->shape.n_params;

  if (loss < trainer->lowest)
    {
      trainer->lowest = loss;
      ae->best = t;
      memcpy (trainer->best, trainer->params, (gsize) n * sizeof (NetReal));
    }
  if (net_plateau_step (&trainer->plateau, loss, settings->patience))
    trainer->adam.rate = trainer->sgd.rate = trainer->adam.rate * settings->factor;
  if (trainer->plateau.n_waited >= settings->stop)
    {
      ae->end = SMOOTH_AE_STOPPED;
      return FALSE;
    }
  if (trainer->is_adam)
    net_adam_step (&trainer->adam, n, trainer->params, trainer->derivatives);
  else
    net_sgd_step (&trainer->sgd, n, trainer->params, trainer->derivatives);
  return TRUE;
}

/* Where the loss is no number: an error in the first epoch, later an outcome. */
static gboolean
end_diverged (SmoothAe *ae, const SmoothAeSettings *settings, gint64 t, GError **error)
{
  if (t == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_NUMERIC, "training diverged at epoch 1 of %d: try a smaller lambda", settings->n_epochs);
      return FALSE;
    }
  smooth_report_add (ae->report, SMOOTH_REPORT_WARNING,
                     "training diverged at epoch %" PRId64 " of %d; the state of epoch %" PRId64 ", which has the lowest loss, is kept: try a smaller "
                     "learning rate or lambda",
                     t + 1, settings->n_epochs, ae->best + 1);
  ae->end = SMOOTH_AE_DIVERGED;
  return TRUE;
}

static gboolean
train (Trainer *trainer, const SmoothAeSettings *settings, SmoothAe *ae, SmoothRun *run, GError **error)
{
  for (gint64 t = 0; t < settings->n_epochs; t++)
    {
      SmoothAeEpoch *epoch = &ae->epochs[t];
      epoch->rate = trainer->adam.rate;
      ae_draw_dropout (&trainer->shape, &trainer->data, trainer->work, settings->seed, t);
      if (!ae_pass (&trainer->shape, &trainer->data, trainer->work, trainer->params, settings->dropout > 0.0, epoch, trainer->derivatives, run, error))
        return FALSE;
      if (!isfinite (sum_loss (epoch)))
        return end_diverged (ae, settings, t, error);
      ae->n_epochs = t + 1;
      if (!step (trainer, settings, t, sum_loss (epoch), ae))
        return TRUE;
      smooth_run_report (run, (double) (t + 1) / settings->n_epochs, _("training the autoencoder"));
    }
  return TRUE;
}

/* The embedding of the state that is kept, without dropout. */
static gboolean
embed (Trainer *trainer, SmoothAe *ae, SmoothRun *run, GError **error)
{
  if (!ae_pass (&trainer->shape, &trainer->data, trainer->work, trainer->best, FALSE, &ae->last, NULL, run, error))
    return FALSE;
  ae->last.rate = ae->epochs[ae->best].rate;
  ae->embedding = smooth_matrix_ref (trainer->work->embedding);
  return TRUE;
}

/**
 * smooth_ae_fit:
 * @values: genes x spots: prepared expression, numbers of at least 0; with the loss of counts, whole numbers
 * @precision: (nullable): of the spots; NULL: no spatial loss
 * @settings: (nullable): NULL: defaults
 * @contrast: (nullable): of the contrastive loss; NULL: defaults
 * @error: SMOOTH_ERROR_VALUE for numbers that are none of these; SMOOTH_ERROR_NUMERIC where the first loss is no number
 *
 * O(epochs x genes x hidden units x spots); memory for 256 spots x genes a thread, for some ten times hidden units x spots a layer,
 * and for the parameters of the outer layers up to 32 times.
 */
SmoothAe *
smooth_ae_fit (const SmoothSparse *values, const SmoothPrecision *precision, const SmoothAeSettings *settings,
               const SmoothContrastSettings *contrast, SmoothRun *run, GError **error)
{
  SmoothAeSettings defaults;
  SmoothContrastSettings contrast_defaults;
  g_auto (Trainer) trainer = { 0 };
  g_autoptr (SmoothAe) ae = g_new0 (SmoothAe, 1);

  g_atomic_ref_count_init (&ae->ref_count);
  smooth_params_init (&smooth_ae_params, &defaults);
  smooth_params_init (&smooth_contrast_params, &contrast_defaults);
  settings = settings != NULL ? settings : &defaults;
  contrast = contrast != NULL ? contrast : &contrast_defaults;
  if (!smooth_params_check (&smooth_ae_params, settings, error) || !smooth_params_check (&smooth_contrast_params, contrast, error)
      || !check_input (values, precision, settings, error)
      || !trainer_init (&trainer, values, precision, settings, contrast, smooth_run_get_n_threads (run), error))
    return NULL;
  ae->n_spots = values->n_cols;
  ae->n_dims = settings->n_dims;
  ae->epochs = g_new0 (SmoothAeEpoch, settings->n_epochs);
  ae->report = smooth_report_new ();
  if (!train (&trainer, settings, ae, run, error) || !embed (&trainer, ae, run, error))
    return NULL;
  return g_steal_pointer (&ae);
}

SmoothAe *
smooth_ae_ref (SmoothAe *ae)
{
  g_atomic_ref_count_inc (&ae->ref_count);
  return ae;
}

void
smooth_ae_unref (SmoothAe *ae)
{
  if (!g_atomic_ref_count_dec (&ae->ref_count))
    return;
  g_clear_pointer (&ae->embedding, smooth_matrix_unref);
  g_clear_pointer (&ae->report, smooth_report_unref);
  g_free (ae->epochs);
  g_free (ae);
}
