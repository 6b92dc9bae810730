/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources: S. Ioffe, C. Szegedy, ICML 2015 (batch normalisation); D. Kingma, J. Ba, ICLR 2015 (Adam). Sums over spots are
 * taken in double precision and in the order of the spots, so that any number of threads gives the same bits. */
#include "model/net-private.h"

#include "base/error.h"
#include "base/parallel.h"
#include "base/rng.h"

#include <string.h>

/* ---- Inputs ---- */

/* The columns @first .. @first + @n - 1 of @x with their zeros: n_rows x n. */
void
net_fill_tile (const SmoothSparse *x, gint64 first, gint64 n, NetReal *tile)
{
  memset (tile, 0, (gsize) (x->n_rows * n) * sizeof *tile);
  for (gint64 i = 0; i < n; i++)
    for (gint64 e = x->starts[first + i]; e < x->starts[first + i + 1]; e++)
      tile[i * x->n_rows + x->rows[e]] = (NetReal) x->values[e];
}

/* FALSE with @error where a value is no whole number of 0 to 1e9. */
gboolean
net_check_counts (const SmoothSparse *counts, GError **error)
{
  for (gint64 i = 0; i < counts->n_cols; i++)
    for (gint64 e = counts->starts[i]; e < counts->starts[i + 1]; e++)
      {
        double value = counts->values[e];
        if (value >= 0.0 && value <= 1e9 && value == floor (value))
          continue;
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "spot %" PRId64 ", gene %d: expected a count (a whole number from 0 to 1e9), found %g; give raw counts, not logarithms", i,
                          counts->rows[e], value);
        return FALSE;
      }
  return TRUE;
}

/* ---- Linear layers ---- */

/* Uniform numbers of -@bound .. @bound, from a stream of the seed of their own. */
void
net_draw_weights (gint seed, gint stream, double bound, gint64 n, NetReal *params)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, (guint64) seed, (guint64) stream);
  for (gint64 e = 0; e < n; e++)
    params[e] = (NetReal) (bound * (2.0 * smooth_i_rng_uniform (&rng) - 1.0));
}

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

/* ---- Sums of blocks ---- */

#define PARAMS_A_BLOCK 8192

typedef struct
{
  const NetReal *partial;
  gint64 n_partials, stride, n;
  NetReal *derivatives;
} Addition;

static void
add_block (gint64 block, gint worker, gpointer data)
{
  const Addition *addition = data;
  gint64 first = block * PARAMS_A_BLOCK, n = MIN (PARAMS_A_BLOCK, addition->n - first);
  NetReal *derivatives = addition->derivatives + first;

  (void) worker;
  for (gint64 b = 0; b < addition->n_partials; b++)
    {
      const NetReal *partial = addition->partial + b * addition->stride + first;
      for (gint64 e = 0; e < n; e++)
        derivatives[e] += partial[e];
    }
}

/* Adds @n_partials arrays of @n numbers, @stride apart, to @derivatives, in their order for any number of threads. */
void
net_add_partials (gint n_threads, const NetReal *partial, gint64 n_partials, gint64 stride, gint64 n, NetReal *derivatives)
{
  Addition addition = { partial, n_partials, stride, n, derivatives };

  smooth_i_parallel (n_threads, (n + PARAMS_A_BLOCK - 1) / PARAMS_A_BLOCK, add_block, &addition);
}

/* ---- Batch normalisation, activation, dropout ---- */

static inline NetReal
activate (NetActivation activation, NetReal x)
{
  if (x > 0 || activation == NET_IDENTITY)
    return x;
  return activation == NET_ELU ? (NetReal) expm1 ((double) x) : 0;
}

/* The slope by what went in, from what came out times @factor. */
static inline NetReal
activation_slope (NetActivation activation, NetReal y, NetReal factor)
{
  if (y > 0 || activation == NET_IDENTITY)
    return factor;
  return activation == NET_ELU ? y + factor : 0;
}

/* Units are taken in strips that caches and vectors like; threads take strips, so that each unit has its sums in the order of the
 * spots. */
#define STRIP 16

typedef struct
{
  const NetNorm *norm;
  const NetReal *x, *y;
  const guint8 *kept;
  NetReal keep_factor;
  gint64 n;
  NetReal *to;
  double *running_mean, *running_variance;
} NormPass;

static void
run_strips (const NormPass *pass, SmoothBlockFunc func)
{
  smooth_i_parallel (MAX (pass->norm->n_threads, 1), (pass->norm->d + STRIP - 1) / STRIP, func, (gpointer) pass);
}

static void
measure_strip (gint64 block, gint worker, gpointer data)
{
  const NormPass *pass = data;
  const NetNorm *norm = pass->norm;
  gint64 first = block * STRIP, width = MIN (STRIP, norm->d - first);
  double means[STRIP] = { 0 }, squares[STRIP] = { 0 };

  (void) worker;
  for (gint64 i = 0; i < pass->n; i++)
    for (gint64 k = 0; k < width; k++)
      means[k] += pass->x[i * norm->d + first + k];
  for (gint64 k = 0; k < width; k++)
    means[k] /= (double) pass->n;
  for (gint64 i = 0; i < pass->n; i++)
    for (gint64 k = 0; k < width; k++)
      squares[k] += (pass->x[i * norm->d + first + k] - means[k]) * (pass->x[i * norm->d + first + k] - means[k]);
  for (gint64 k = 0; k < width; k++)
    {
      norm->mean[first + k] = (NetReal) means[k];
      norm->factor[first + k] = (NetReal) (1.0 / sqrt (squares[k] / (double) pass->n + NET_BATCH_EPSILON));
      if (pass->running_mean == NULL)
        continue;
      double *mean = pass->running_mean + first + k, *variance = pass->running_variance + first + k;
      *mean += NET_BATCH_MOMENTUM * (means[k] - *mean);
      *variance += NET_BATCH_MOMENTUM * (squares[k] / (double) MAX (pass->n - 1, 1) - *variance);
    }
}

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
  run_strips (&(NormPass){ .norm = norm, .x = x, .n = n, .running_mean = running_mean, .running_variance = running_variance }, measure_strip);
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

static void
forward_strip (gint64 block, gint worker, gpointer data)
{
  const NormPass *pass = data;
  const NetNorm *norm = pass->norm;
  gint64 first = block * STRIP, end = MIN (first + STRIP, norm->d);

  (void) worker;
  for (gint64 i = 0; i < pass->n; i++)
    for (gint64 k = first; k < end; k++)
      {
        gint64 e = i * norm->d + k;
        NetReal value = norm->scale[k] * (pass->x[e] - norm->mean[k]) * norm->factor[k] + norm->shift[k];
        pass->to[e] = pass->kept == NULL || pass->kept[e] ? activate (norm->activation, value) * pass->keep_factor : 0;
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
  run_strips (&(NormPass){ .norm = norm, .x = x, .kept = kept, .keep_factor = keep_factor, .n = n, .to = y }, forward_strip);
}

static void
backward_strip (gint64 block, gint worker, gpointer data)
{
  const NormPass *pass = data;
  const NetNorm *norm = pass->norm;
  gint64 first = block * STRIP, width = MIN (STRIP, norm->d - first);
  double sums[STRIP] = { 0 }, products[STRIP] = { 0 }; /* of the derivatives by the normalised value, and with it */
  NetReal means[STRIP], alongs[STRIP];

  (void) worker;
  for (gint64 i = 0; i < pass->n; i++)
    for (gint64 k = 0; k < width; k++)
      {
        gint64 e = i * norm->d + first + k;
        gboolean is_kept = pass->kept == NULL || pass->kept[e];
        NetReal slope = is_kept ? pass->to[e] * activation_slope (norm->activation, pass->y[e], pass->keep_factor) : 0;
        pass->to[e] = slope;
        sums[k] += slope;
        products[k] += slope * ((pass->x[e] - norm->mean[first + k]) * norm->factor[first + k]);
      }
  for (gint64 k = 0; k < width; k++)
    {
      norm->d_shift[first + k] += (NetReal) sums[k];
      norm->d_scale[first + k] += (NetReal) products[k];
      means[k] = (NetReal) (sums[k] / (double) pass->n);
      alongs[k] = (NetReal) (products[k] / (double) pass->n);
    }
  for (gint64 i = 0; i < pass->n; i++)
    for (gint64 k = 0; k < width; k++)
      {
        gint64 e = i * norm->d + first + k;
        NetReal normalised = (pass->x[e] - norm->mean[first + k]) * norm->factor[first + k];
        pass->to[e] = norm->scale[first + k] * norm->factor[first + k] * (pass->to[e] - means[k] - normalised * alongs[k]);
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
  run_strips (&(NormPass){ .norm = norm, .x = x, .y = y, .kept = kept, .keep_factor = keep_factor, .n = n, .to = dy }, backward_strip);
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

/* ---- Gradient descent, and when to slow down ---- */

void
net_sgd_step (const NetSgd *sgd, gint64 n, NetReal *params, const NetReal *derivatives)
{
  const NetReal rate = (NetReal) sgd->rate, momentum = (NetReal) sgd->momentum, decay = (NetReal) sgd->decay;

  for (gint64 i = 0; i < n; i++)
    {
      sgd->velocity[i] = momentum * sgd->velocity[i] + derivatives[i] + decay * params[i];
      params[i] -= rate * sgd->velocity[i];
    }
}

/* Returns: TRUE where @loss is the @patience-th in turn that is no better; counting begins anew then */
gboolean
net_plateau_step (NetPlateau *plateau, double loss, gint patience)
{
  gboolean is_better = !(loss >= plateau->best - plateau->tolerance * fabs (plateau->best)) || isinf (plateau->best);

  if (is_better)
    plateau->best = loss;
  plateau->n_waited = is_better ? 0 : plateau->n_waited + 1;
  plateau->n_plateau = is_better ? 0 : plateau->n_plateau + 1;
  if (plateau->n_plateau < patience)
    return FALSE;
  plateau->n_plateau = 0;
  return TRUE;
}
