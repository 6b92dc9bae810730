/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of SpatialAE: its parameters in one array, one pass forwards and backwards over all spots. */
#pragma once

#include "model/ae.h"
#include "model/net-private.h"

G_BEGIN_DECLS

#define AE_MOST_LAYERS 8  /* hidden ones, of encoder and decoder each */
#define AE_MAX_BLOCKS 32  /* each has its own sums of derivatives */
#define AE_TILE 128       /* spots that are decoded at a time */

/* A layer and, but for those that give the embedding and the genes, its normalisation; places in the array of parameters. */
typedef struct
{
  gint64 n_in, n_out;
  gint64 weights, bias; /* n_out x n_in, n_out */
  gint64 scale, shift;  /* n_out each, of hidden layers */
  gboolean is_hidden;
} AeLayer;

typedef struct
{
  gint64 n_genes, n_hidden, n_dims, n_layers;
  NetActivation activation;
  gboolean is_poisson, is_standard, is_contrastive;
  double lambda, orthogonality, dropout;
  SmoothContrastSettings contrast;

  /* ae_shape_set() sets these. */
  gint n_all;                            /* layers; the embedding comes from the one with the number n_layers */
  AeLayer layers[2 * AE_MOST_LAYERS + 2]; /* in the order of a pass */
  gint64 n_params;
} AeShape;

/* What does not change in training. */
typedef struct
{
  gint64 n_spots;
  SmoothSparse *inputs;        /* genes x spots: what is encoded */
  const SmoothSparse *targets; /* genes x spots: what is decoded */
  NetReal *depths;             /* n_spots: what decoded means are scaled by: the total over the mean total; 1 where no counts are */
  double log_factorials;       /* sum of log x! of counts */
  const SmoothPrecision *precision; /* (nullable) */
} AeData;

/* Buffers for a pass, owned by one thread, reused. d: units of a layer, h: dimensions, n: spots, G: genes. */
typedef struct
{
  gint64 n_blocks, block_size, n_threads, stride; /* stride: parameters of a block in partial */
  NetReal *inputs, *logits;    /* n_threads x G x tile */
  NetReal *before[2 * AE_MOST_LAYERS + 1], *after[2 * AE_MOST_LAYERS + 1]; /* d x n: of each layer but the last: before and after its normalisation */
  guint8 *kept[2 * AE_MOST_LAYERS + 1]; /* d x n: of dropout, of hidden layers */
  NetReal *slopes[2];          /* max (d, h) x n: derivatives by what comes out of a layer, and by what goes in */
  NetReal *statistics;         /* 2 x d, for each layer but the last */
  NetReal *ones, *unused;      /* h, 3 h: of the embedding's normalisation, which has no parameters */
  NetReal *partial;            /* n_blocks x parameters of an outer layer */
  double *losses;              /* n_blocks */
  double *gram, *lengths;      /* h x h, 2 h: of orthogonality */
  SmoothMatrix *embedding, *slope, *spatial_slope; /* h x n */
} AeWork;

void ae_shape_set (AeShape *shape);
void ae_init (const AeShape *shape, gint seed, NetReal *params);

gboolean ae_data_init (AeData *data, const AeShape *shape, const SmoothSparse *values, const SmoothPrecision *precision, GError **error);
void ae_data_clear (AeData *data);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AeData, ae_data_clear)

AeWork *ae_work_new (const AeShape *shape, const AeData *data, gint n_threads, GError **error);
void ae_work_free (AeWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AeWork, ae_work_free)

double ae_orthogonality (const SmoothMatrix *embedding, double *gram, double *lengths, double weight, SmoothMatrix *slope);
double ae_compare (gboolean is_poisson, const NetReal *targets, NetReal depth, gint64 n_genes, NetReal share, NetReal *logits);

void ae_draw_dropout (const AeShape *shape, const AeData *data, AeWork *work, gint seed, gint64 epoch);
gboolean ae_pass (const AeShape *shape, const AeData *data, AeWork *work, const NetReal *params, gboolean has_dropout, SmoothAeEpoch *epoch,
                  NetReal *derivatives, SmoothRun *run, GError **error);

G_END_DECLS
