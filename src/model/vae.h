/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SpatialVAE: a variational autoencoder of counts whose latent means vary smoothly over the tissue. */
#pragma once

#include "base/params.h"
#include "precision/precision.h"

G_BEGIN_DECLS

typedef struct
{
  gint n_dims;        /* of the latent space */
  gint n_hidden;      /* units of the hidden layers */
  gint latent;        /* 0: normal, 1: logistic-normal (shares that sum to 1) */
  gint likelihood;    /* 0: negative binomial, 1: zero-inflated, 2: Poisson, 3: Gaussian, of any numbers */
  gint prior;         /* 0: beside the KL divergence, 1: in its place */
  double lambda;      /* of the spatial prior */
  gboolean encodes_batches; /* the encoder is told the batches, too */
  double dropout;     /* share of hidden units of the encoder that are dropped in each step */
  gint n_epochs;
  gint n_warm_up;     /* epochs in which the weight of the KL divergence grows to 1 */
  double rate, epsilon, decay; /* of Adam */
  gint seed;
} SmoothVaeSettings;

extern const SmoothParamTable smooth_vae_params;

/* What an epoch had, per spot; the sum of these, the KL divergence times its weight, is what is minimised. */
typedef struct
{
  double reconstruction; /* -log p of the counts, or numbers */
  double divergence;     /* KL (q || prior), or what the spatial prior has in its place */
  double spatial;        /* lambda / n sum over dimensions of m^T Q m; 0 where it is in the divergence */
} SmoothVaeEpoch;

/* Spots that were measured alike: what differs between batches is the decoder's to explain, not the latent numbers'. */
typedef struct
{
  gint64 n_batches;
  const gint32 *codes; /* n_spots: 0 .. n_batches - 1 */
} SmoothVaeBatches;

/* Immutable once made. */
typedef struct
{
  gint64 n_spots, n_dims;
  SmoothMatrix *means;     /* n_dims x n_spots: latent, of the trained encoder */
  SmoothMatrix *variances; /* n_dims x n_spots */
  gint64 n_epochs;         /* that were trained */
  SmoothVaeEpoch *epochs;  /* n_epochs, in training */
  SmoothVaeEpoch last;     /* of the trained model, without dropout; while it is trained, of the last epoch */
  gboolean has_diverged;   /* the loss was no number any longer; what there is is of the epoch before */
  SmoothReport *report;    /* a warning where training diverged */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothVae;

/* Called on the training thread after each epoch, with the model so far: its latent numbers are those that the epoch met, with
 * dropout. Borrowed for the call. */
typedef void (*SmoothVaeFunc) (const SmoothVae *vae, gpointer data);

SmoothVae *smooth_vae_fit (const SmoothSparse *counts, const SmoothVaeBatches *batches, const SmoothPrecision *precision,
                           const SmoothVaeSettings *settings, SmoothVaeFunc trained, gpointer trained_data,
                           SmoothRun *run, GError **error);
SmoothVae *smooth_vae_ref (SmoothVae *vae);
void smooth_vae_unref (SmoothVae *vae);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothVae, smooth_vae_unref)

G_END_DECLS
