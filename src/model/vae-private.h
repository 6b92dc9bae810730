/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of SpatialVAE: its parameters in one array, one pass forwards and backwards over all spots. */
#pragma once

#include "model/likelihood-private.h"
#include "model/vae.h"

G_BEGIN_DECLS

#define VAE_VARIANCE_FLOOR 1e-4
#define VAE_MAX_BLOCKS 32 /* each has its own sums of derivatives */
#define VAE_TILE 128      /* spots that are decoded at a time */

/* Parts of the parameters. Matrices are n_out x n_in. */
typedef enum
{
  VAE_ENCODER, VAE_ENCODER_BIAS, VAE_ENCODER_SCALE, VAE_ENCODER_SHIFT,
  VAE_MEAN, VAE_MEAN_BIAS, VAE_VARIANCE, VAE_VARIANCE_BIAS,
  VAE_DECODER, VAE_DECODER_BIAS, VAE_DECODER_SCALE, VAE_DECODER_SHIFT,
  VAE_GENES, VAE_GENES_BIAS, VAE_LOG_THETA, /* of the Gaussian: log variances */
  VAE_ZEROS, VAE_ZEROS_BIAS, /* of the zero-inflated alone */
  VAE_ENCODER_BATCHES, VAE_DECODER_BATCHES, /* (nothing without batches): added to what the first layer of each gives */
  VAE_N_PARTS
} VaePart;

typedef struct
{
  gint64 n_genes, n_hidden, n_dims;
  gint64 n_batches;         /* 0: none */
  gboolean encodes_batches;
  NetLikelihood likelihood;
  gboolean is_logistic; /* latent numbers are shares */
  gboolean is_joint;    /* the spatial prior stands in place of that of single spots */
  double lambda;
  gint64 n_rows[VAE_N_PARTS], n_cols[VAE_N_PARTS], offsets[VAE_N_PARTS + 1]; /* offsets[VAE_N_PARTS]: the number of parameters */
} VaeShape;

/* What does not change in training. */
typedef struct
{
  gint64 n_spots;
  const SmoothSparse *counts; /* genes x spots; of the Gaussian: any numbers */
  double *libraries;          /* n_spots: sums of counts */
  double log_factorials;      /* sum of log x! */
  NetReal *inputs;            /* entries of counts: log (1 + x); of the Gaussian x */
  NetTally tally;             /* of the counts; of the negative binomials */
  const SmoothPrecision *precision; /* (nullable) */
  const gint32 *batches;      /* (nullable): n_spots */
} VaeData;

/* Buffers for a pass, owned by one thread, reused. d: hidden, h: dimensions, n: spots, G: genes. */
typedef struct
{
  gint64 n_blocks, block_size, n_threads;
  gint64 stride;                    /* parameters of a block in partial */
  NetReal *inputs;                  /* n_threads x G x tile */
  double *scratch;                  /* n_threads, of net_count_loss() */
  NetReal *logits, *zeros;          /* n_threads x G x tile */
  NetReal *encoded, *hidden, *d_hidden;             /* d x n */
  NetReal *means, *raws, *noise, *latent, *d_latent, *d_means, *d_raws; /* h x n */
  NetReal *decoded, *hidden_2, *d_hidden_2;         /* d x n */
  NetReal *statistics;              /* 4 x d: mean and factor of both norms */
  NetReal *partial;                 /* n_blocks x parameters of the outer layers */
  NetGenes genes;
  double *d_log_thetas;             /* n_blocks x n of genes */
  double *losses;                   /* n_blocks */
  double *gene_losses, *gene_slopes; /* G: of gamma functions */
  guint8 *kept;                     /* d x n: of dropout */
  SmoothMatrix *spatial, *spatial_slope; /* h x n */
} VaeWork;

/* Of the two batch normalisations, as met in training: mean and variance of d units each. */
typedef struct
{
  double *mean[2], *variance[2];
} VaeRunning;

void vae_shape_set (VaeShape *shape);
const char *vae_part_get_name (VaePart part);
void vae_init (const VaeShape *shape, gint seed, NetReal *params);

gboolean vae_data_init (VaeData *data, const VaeShape *shape, const SmoothSparse *counts, const SmoothPrecision *precision, GError **error);
void vae_data_clear (VaeData *data);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VaeData, vae_data_clear)

VaeWork *vae_work_new (const VaeShape *shape, const VaeData *data, gint n_threads, GError **error);
void vae_work_free (VaeWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VaeWork, vae_work_free)

void vae_draw_noise (const VaeShape *shape, const VaeData *data, VaeWork *work, gint seed, gint64 epoch, double dropout);
gboolean vae_pass (const VaeShape *shape, const VaeData *data, VaeWork *work, const NetReal *params, VaeRunning *running, gboolean is_training,
                   double dropout, double weight, SmoothVaeEpoch *epoch, NetReal *derivatives, SmoothRun *run, GError **error);

G_END_DECLS
