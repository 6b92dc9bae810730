/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources: S. Ioffe, C. Szegedy, ICML 2015 (batch normalisation); D. Kingma, J. Ba, ICLR 2015 (Adam). Sums over spots are
 * taken in double precision and in the order of the spots, so that any number of threads gives the same bits. */
#include "model/net-private.h"

#include <string.h>

/* ---- Linear layers ---- */

void
net_linear_forward (const NetLinear *layer, const NetReal *x, gint64 n, NetReal *y)
{
  for (gint64 i = 0; i < n; i++)
    memcpy (y + i * layer->n_out, layer->bias, (gsize) layer->n_out * sizeof *y);
  net_gemm (FALSE, FALSE, layer->n_out, n, layer->n_in, 1, layer->weights, layer->n_out, x, layer->n_in, 1, y, layer->n_out);
}

/* @dx: (nullable): gets the derivatives by the inputs */
void
net_linear_backward (const NetLinear *layer, const NetReal *x, const NetReal *dy, gint64 n, NetReal *dx)
{
  net_gemm (FALSE, TRUE, layer->n_out, layer->n_in, n, 1, dy, layer->n_out, x, layer->n_in, 1, layer->d_weights, layer->n_out);
  for (gint64 i = 0; i < n; i++)
    for (gint64 k = 0; k < layer->n_out; k++)
      layer->d_bias[k] += dy[i * layer->n_out + k];
  if (dx != NULL)
    net_gemm (TRUE, FALSE, layer->n_in, n, layer->n_out, 1, layer->weights, layer->n_out, dy, layer->n_out, 0, dx, layer->n_in);
}

/* ---- Batch normalisation, ReLU, dropout ---- */

/**
 * net_norm_measure:
 * @running_mean: (nullable): d: moves towards the mean of these spots
 * @running_variance: (nullable): d: moves towards their unbiased variance
 *
 * Mean and factor become those of the n spots.
 */
void
net_norm_measure (const NetNorm *norm, const NetReal *x, gint64 n, double *running_mean, double *running_variance)
{
  for (gint64 k = 0; k < norm->d; k++)
    {
      double sum = 0.0, squares = 0.0;
      for (gint64 i = 0; i < n; i++)
        sum += x[i * norm->d + k];
      double mean = sum / (double) n;
      for (gint64 i = 0; i < n; i++)
        squares += (x[i * norm->d + k] - mean) * (x[i * norm->d + k] - mean);
      norm->mean[k] = (NetReal) mean;
      norm->factor[k] = (NetReal) (1.0 / sqrt (squares / (double) n + NET_BATCH_EPSILON));
      if (running_mean == NULL)
        continue;
      running_mean[k] += NET_BATCH_MOMENTUM * (mean - running_mean[k]);
      running_variance[k] += NET_BATCH_MOMENTUM * (squares / (double) MAX (n - 1, 1) - running_variance[k]);
    }
}

/* Mean and factor become those that were met in training. */
void
net_norm_use (const NetNorm *norm, const double *running_mean, const double *running_variance)
{
  for (gint64 k = 0; k < norm->d; k++)
    {
      norm->mean[k] = (NetReal) running_mean[k];
      norm->factor[k] = (NetReal) (1.0 / sqrt (running_variance[k] + NET_BATCH_EPSILON));
    }
}

/**
 * net_norm_forward:
 * @kept: (nullable): d x n: 0 where a unit is dropped
 * @keep_factor: of units that are kept: 1 / (1 - the share that is dropped)
 */
void
net_norm_forward (const NetNorm *norm, const NetReal *x, const guint8 *kept, NetReal keep_factor, gint64 n, NetReal *y)
{
  for (gint64 i = 0; i < n; i++)
    for (gint64 k = 0; k < norm->d; k++)
      {
        gint64 e = i * norm->d + k;
        NetReal value = norm->scale[k] * (x[e] - norm->mean[k]) * norm->factor[k] + norm->shift[k];
        y[e] = value > 0 && (kept == NULL || kept[e]) ? value * keep_factor : 0;
      }
}

/**
 * net_norm_backward:
 * @x: as for net_norm_forward(), of all spots that were measured; @y: what it gave
 * @dy: d x n: derivatives by y; become those by x
 */
void
net_norm_backward (const NetNorm *norm, const NetReal *x, const NetReal *y, const guint8 *kept, NetReal keep_factor, gint64 n, NetReal *dy)
{
  for (gint64 k = 0; k < norm->d; k++)
    {
      double sum = 0.0, product = 0.0; /* of the derivatives by the normalised value, and with it */
      for (gint64 i = 0; i < n; i++)
        {
          gint64 e = i * norm->d + k;
          NetReal slope = y[e] > 0 && (kept == NULL || kept[e]) ? dy[e] * keep_factor : 0;
          dy[e] = slope;
          sum += slope;
          product += slope * ((x[e] - norm->mean[k]) * norm->factor[k]);
        }
      norm->d_shift[k] += (NetReal) sum;
      norm->d_scale[k] += (NetReal) product;
      NetReal mean = (NetReal) (sum / (double) n), along = (NetReal) (product / (double) n), factor = norm->scale[k] * norm->factor[k];
      for (gint64 i = 0; i < n; i++)
        {
          gint64 e = i * norm->d + k;
          dy[e] = factor * (dy[e] - mean - (x[e] - norm->mean[k]) * norm->factor[k] * along);
        }
    }
}

/* ---- Adam ---- */

void
net_adam_step (NetAdam *adam, gint64 n, NetReal *params, const NetReal *derivatives)
{
  const double b1 = 0.9, b2 = 0.999;

  adam->n_steps++;
  double first = 1.0 - pow (b1, (double) adam->n_steps), second = 1.0 - pow (b2, (double) adam->n_steps);
  const NetReal step = (NetReal) (adam->rate / first), root = (NetReal) (1.0 / sqrt (second)), epsilon = (NetReal) adam->epsilon;
  const NetReal decay = (NetReal) adam->decay, c1 = (NetReal) b1, c2 = (NetReal) b2;
  for (gint64 i = 0; i < n; i++)
    {
      NetReal slope = derivatives[i] + decay * params[i];
      adam->first[i] = c1 * adam->first[i] + (1 - c1) * slope;
      adam->second[i] = c2 * adam->second[i] + (1 - c2) * slope * slope;
      params[i] -= step * adam->first[i] / ((NetReal) sqrt ((double) adam->second[i]) * root + epsilon);
    }
}
