/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layers of neural networks, forwards and backwards.
 *
 * Arrays are column-major with a column for each spot: an activation of d units is d x n. Numbers are floats; the tests compile
 * the same files for doubles, in which derivatives can be compared with differences. */
#pragma once

#include "linalg/blas.h"
#include "linalg/sparse.h"

#include <math.h>

G_BEGIN_DECLS

#ifdef SMOOTH_NET_DOUBLE
typedef double NetReal;
#else
typedef float NetReal;
#endif

#define NET_BATCH_EPSILON 1e-3  /* added to variances: as scvi-tools has it */
#define NET_BATCH_MOMENTUM 0.01 /* of the running means and variances */

/* C = alpha op(A) op(B) + beta C: op(A) is m x k, op(B) k x n. */
static inline void
net_gemm (gboolean transpose_a, gboolean transpose_b, gint64 m, gint64 n, gint64 k, NetReal alpha, const NetReal *a, gint64 lda, const NetReal *b,
          gint64 ldb, NetReal beta, NetReal *c, gint64 ldc)
{
  const CBLAS_TRANSPOSE of_a = transpose_a ? CblasTrans : CblasNoTrans, of_b = transpose_b ? CblasTrans : CblasNoTrans;

#ifdef SMOOTH_NET_DOUBLE
  cblas_dgemm (CblasColMajor, of_a, of_b, (int) m, (int) n, (int) k, alpha, a, (int) lda, b, (int) ldb, beta, c, (int) ldc);
#else
  cblas_sgemm (CblasColMajor, of_a, of_b, (int) m, (int) n, (int) k, alpha, a, (int) lda, b, (int) ldb, beta, c, (int) ldc);
#endif
}

/* A layer y = W x + b; W: n_out x n_in. */
typedef struct
{
  gint64 n_in, n_out;
  const NetReal *weights, *bias;
  NetReal *d_weights, *d_bias; /* (nullable): derivatives of the loss, which are added to */
} NetLinear;

void net_draw_weights (gint seed, gint stream, double bound, gint64 n, NetReal *params);
void net_fill_tile (const SmoothSparse *x, gint64 first, gint64 n, NetReal *tile);
gboolean net_check_counts (const SmoothSparse *counts, GError **error);
void net_add_partials (gint n_threads, const NetReal *partial, gint64 n_partials, gint64 stride, gint64 n, NetReal *derivatives);
void net_linear_forward (const NetLinear *layer, const NetReal *x, gint64 n, NetReal *y);
void net_linear_backward (const NetLinear *layer, const NetReal *x, const NetReal *dy, gint64 n, NetReal *dx);

/* What follows a normalisation. */
typedef enum
{
  NET_RELU,
  NET_ELU, /* x, or exp (x) - 1 below 0 */
  NET_IDENTITY,
} NetActivation;

/* Batch normalisation, an activation and dropout of d units over n spots. */
typedef struct
{
  gint64 d;
  gint n_threads;                /* 0: as 1 */
  NetActivation activation;
  const NetReal *scale, *shift;  /* d */
  NetReal *d_scale, *d_shift;    /* d; added to */
  NetReal *mean, *factor;        /* d: of this pass: x_hat = (x - mean) factor */
} NetNorm;

void net_norm_measure (const NetNorm *norm, const NetReal *x, gint64 n, double *running_mean, double *running_variance);
void net_norm_use (const NetNorm *norm, const double *running_mean, const double *running_variance);
void net_norm_forward (const NetNorm *norm, const NetReal *x, const guint8 *kept, NetReal keep_factor, gint64 n, NetReal *y);
void net_norm_backward (const NetNorm *norm, const NetReal *x, const NetReal *y, const guint8 *kept, NetReal keep_factor, gint64 n, NetReal *dy);

/* Adam with the weights' decay added to the derivative: as torch.optim.Adam does it. */
typedef struct
{
  double rate, epsilon, decay;
  gint64 n_steps;
  NetReal *first, *second; /* moments */
} NetAdam;

void net_adam_step (NetAdam *adam, gint64 n, NetReal *params, const NetReal *derivatives);

/* Stochastic gradient descent with momentum, as torch.optim.SGD does it. */
typedef struct
{
  double rate, momentum, decay;
  NetReal *velocity;
} NetSgd;

void net_sgd_step (const NetSgd *sgd, gint64 n, NetReal *params, const NetReal *derivatives);

/* Watches losses: how long none has been better than the best by the tolerance, relative to it. */
typedef struct
{
  double tolerance;
  double best;       /* INFINITY to begin with */
  gint64 n_waited;   /* epochs since then */
  gint64 n_plateau;  /* since then, or since the plateau was last said to be one */
} NetPlateau;

gboolean net_plateau_step (NetPlateau *plateau, double loss, gint patience);

G_END_DECLS
