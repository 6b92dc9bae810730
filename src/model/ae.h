/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SpatialAE: an autoencoder of expression whose embedding varies smoothly over the tissue. */
#pragma once

#include "base/params.h"
#include "precision/loss.h"
#include "precision/precision.h"

G_BEGIN_DECLS

typedef struct
{
  gint n_dims;       /* of the embedding */
  gint n_hidden;     /* units of the hidden layers */
  gint n_layers;     /* hidden layers of the encoder, and of the decoder */
  gint loss;         /* 0: squared error of prepared expression, 1: Poisson, of counts */
  gint activation;   /* 0: ReLU, 1: ELU */
  gboolean standard; /* each dimension of the embedding is scaled to mean 0 and variance 1 over the spots */
  double lambda;     /* of the spatial loss */
  gint spatial_loss; /* 0: quadratic, 1: contrastive */
  double orthogonality; /* weight of the dimensions' likeness */
  double dropout;    /* share of hidden units that are dropped in each step */
  gint n_epochs;
  gint optimiser;    /* 0: Adam, 1: gradient descent with momentum */
  double rate, momentum, decay;
  double tolerance;  /* relative: a loss is better by more than this, or it is not */
  gint patience;     /* epochs without a better loss until the rate shrinks */
  double factor;     /* by which it shrinks */
  gint stop;         /* epochs without a better loss until training ends */
  gint seed;
} SmoothAeSettings;

extern const SmoothParamTable smooth_ae_params;

/* What an epoch had; the sum of the three is what is minimised. */
typedef struct
{
  double reconstruction; /* mean over genes and spots of the squared error, or of -log p of a count */
  double orthogonality;  /* weight times || Zn^T Zn - I ||, Zn: the embedding, dimensions scaled to length 1 */
  double spatial;        /* lambda times the spatial loss of the embedding */
  double rate;           /* of learning, in this epoch */
} SmoothAeEpoch;

typedef enum
{
  SMOOTH_AE_EPOCHS,   /* all epochs were trained */
  SMOOTH_AE_STOPPED,  /* the loss did not become better any longer */
  SMOOTH_AE_DIVERGED, /* the loss was no number any longer */
} SmoothAeEnd;

/* Immutable once made. */
typedef struct
{
  gint64 n_spots, n_dims;
  SmoothMatrix *embedding; /* n_dims x n_spots: of the epoch with the lowest loss, without dropout */
  gint64 n_epochs;         /* that were trained */
  gint64 best;             /* the epoch with the lowest loss, from 0 */
  SmoothAeEpoch *epochs;   /* n_epochs, in training */
  SmoothAeEpoch last;      /* of the embedding, without dropout */
  SmoothAeEnd end;
  SmoothReport *report;    /* a warning where training diverged */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothAe;

SmoothAe *smooth_ae_fit (const SmoothSparse *values, const SmoothPrecision *precision, const SmoothAeSettings *settings,
                         const SmoothContrastSettings *contrast, SmoothRun *run, GError **error);
SmoothAe *smooth_ae_ref (SmoothAe *ae);
void smooth_ae_unref (SmoothAe *ae);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothAe, smooth_ae_unref)

G_END_DECLS
