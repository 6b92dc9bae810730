/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass of SpatialAE over all spots, for expression x (genes):
 *
 *   hidden layers   y = dropout (activation (norm (W x + b)))
 *   embedding       z = W y + b, standardised over the spots or not
 *   genes           softplus (W y + b)
 *
 *   loss = mean over genes and spots of the reconstruction's + orthogonality || Zn^T Zn - I || + lambda L (Z)
 *
 * L: the spatial loss, over the numbers of dimensions and spots. Without standardised dimensions a network can make it small by
 * small numbers alone, as the normalisation that follows makes them larger again. Genes x spots are never there as a whole:
 * tiles of spots are encoded, decoded, compared and taken back. Blocks of spots own their sums, which are added in the order of
 * the blocks.
 *
 * Source: J. Su and others, Genome Biology 24 (2023) 291.
 */
#include "model/ae-private.h"

#include "base/parallel.h"

#include <string.h>

typedef struct
{
  const AeShape *shape;
  const AeData *data;
  AeWork *work;
  const NetReal *params;
  gboolean has_dropout, wants_derivatives;
  SmoothRun *run;
} Pass;

static NetLinear
make_linear (const Pass *pass, gint l, NetReal *derivatives)
{
  const AeLayer *layer = &pass->shape->layers[l];

  return (NetLinear){ .n_in = layer->n_in, .n_out = layer->n_out, .weights = pass->params + layer->weights, .bias = pass->params + layer->bias,
                      .d_weights = derivatives != NULL ? derivatives + layer->weights : NULL,
                      .d_bias = derivatives != NULL ? derivatives + layer->bias : NULL };
}

/* That of the embedding has neither scale nor shift. */
static NetNorm
make_norm (const Pass *pass, gint l, NetReal *derivatives)
{
  const AeShape *shape = pass->shape;
  const AeLayer *layer = &shape->layers[l];
  AeWork *work = pass->work;
  NetReal *statistics = work->statistics + 2 * l * MAX (shape->n_hidden, shape->n_dims);
  NetNorm norm = { .d = layer->n_out, .n_threads = (gint) work->n_threads, .mean = statistics, .factor = statistics + layer->n_out };

  norm.activation = layer->is_hidden ? shape->activation : NET_IDENTITY;
  norm.scale = layer->is_hidden ? pass->params + layer->scale : work->ones;
  norm.shift = layer->is_hidden ? pass->params + layer->shift : work->unused;
  if (derivatives == NULL)
    return norm;
  norm.d_scale = layer->is_hidden ? derivatives + layer->scale : work->unused + layer->n_out;
  norm.d_shift = layer->is_hidden ? derivatives + layer->shift : work->unused + 2 * layer->n_out;
  return norm;
}

static const guint8 *
get_kept (const Pass *pass, gint l)
{
  return pass->has_dropout ? pass->work->kept[l] : NULL;
}

static NetReal
get_keep_factor (const Pass *pass, gint l)
{
  return get_kept (pass, l) != NULL ? (NetReal) (1.0 / (1.0 - pass->shape->dropout)) : 1;
}

/* ---- The outer layers, in blocks of spots ---- */

static gint64
block_end (const Pass *pass, gint64 block)
{
  return MIN ((block + 1) * pass->work->block_size, pass->data->n_spots);
}

static void
encode_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  NetLinear layer = make_linear (pass, 0, NULL);
  NetReal *inputs = pass->work->inputs + worker * layer.n_in * AE_TILE;

  for (gint64 i = block * pass->work->block_size; i < block_end (pass, block) && !smooth_run_is_cancelled (pass->run); i += AE_TILE)
    {
      gint64 n = MIN (AE_TILE, block_end (pass, block) - i);
      net_fill_tile (pass->data->inputs, i, n, inputs);
      net_linear_forward (&layer, inputs, n, pass->work->before[0] + i * layer.n_out);
    }
}

/* The block's own derivatives of a layer: zeros to begin with. */
static void
begin_partial (const Pass *pass, gint64 block, NetLinear *layer)
{
  gint64 size = layer->n_out * layer->n_in;

  layer->d_weights = pass->work->partial + block * pass->work->stride;
  layer->d_bias = layer->d_weights + size;
  memset (layer->d_weights, 0, (gsize) (size + layer->n_out) * sizeof (NetReal));
}

static void
encode_back_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  NetLinear layer = make_linear (pass, 0, NULL);
  NetReal *inputs = pass->work->inputs + worker * layer.n_in * AE_TILE;

  begin_partial (pass, block, &layer);
  for (gint64 i = block * pass->work->block_size; i < block_end (pass, block) && !smooth_run_is_cancelled (pass->run); i += AE_TILE)
    {
      gint64 n = MIN (AE_TILE, block_end (pass, block) - i);
      net_fill_tile (pass->data->inputs, i, n, inputs);
      net_linear_backward (&layer, inputs, pass->work->slopes[0] + i * layer.n_out, n, NULL);
    }
}

static void
decode_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  AeWork *work = pass->work;
  const gint last = pass->shape->n_all - 1;
  NetLinear layer = make_linear (pass, last, NULL);
  NetReal *targets = work->inputs + worker * layer.n_out * AE_TILE, *logits = work->logits + worker * layer.n_out * AE_TILE;
  const NetReal share = (NetReal) (1.0 / ((double) layer.n_out * (double) pass->data->n_spots));
  double loss = 0.0;

  begin_partial (pass, block, &layer);
  for (gint64 i = block * work->block_size; i < block_end (pass, block) && !smooth_run_is_cancelled (pass->run); i += AE_TILE)
    {
      gint64 n = MIN (AE_TILE, block_end (pass, block) - i);
      const NetReal *hidden = work->after[last - 1] + i * layer.n_in;
      net_linear_forward (&layer, hidden, n, logits);
      net_fill_tile (pass->data->targets, i, n, targets);
      for (gint64 j = 0; j < n; j++)
        loss += ae_compare (pass->shape->is_poisson, targets + j * layer.n_out, pass->data->depths[i + j], layer.n_out, share, logits + j * layer.n_out);
      if (pass->wants_derivatives)
        net_linear_backward (&layer, hidden, logits, n, work->slopes[0] + i * layer.n_in);
    }
  work->losses[block] = loss;
}

/* Adds what the blocks have of an outer layer. */
static void
add_partials (const Pass *pass, gint l, NetReal *derivatives)
{
  const AeLayer *layer = &pass->shape->layers[l];
  const AeWork *work = pass->work;

  net_add_partials ((gint) work->n_threads, work->partial, work->n_blocks, work->stride, layer->n_out * (layer->n_in + 1), derivatives + layer->weights);
}

/* ---- The embedding ---- */

/* The terms of the embedding, and their slopes; NAN where training has diverged. */
static gboolean
measure_embedding (const Pass *pass, SmoothAeEpoch *epoch, GError **error)
{
  const AeShape *shape = pass->shape;
  AeWork *work = pass->work;
  gint64 size = pass->data->n_spots * shape->n_dims;
  SmoothContrast contrast;

  epoch->spatial = epoch->orthogonality = 0.0;
  for (gint64 e = 0; e < size; e++)
    {
      work->embedding->values[e] = (double) work->after[shape->n_layers][e];
      work->slope->values[e] = 0.0;
      if (smooth_i_is_usable (work->embedding->values[e]))
        continue;
      epoch->spatial = NAN;
      return TRUE;
    }
  if (shape->orthogonality > 0.0)
    epoch->orthogonality = ae_orthogonality (work->embedding, work->gram, work->lengths, shape->orthogonality, work->slope);
  if (pass->data->precision == NULL || shape->lambda == 0.0)
    return TRUE;
  if (shape->is_contrastive ? !smooth_contrastive_loss (pass->data->precision, work->embedding, NULL, &shape->contrast, NULL, TRUE, &contrast,
                                                        work->spatial_slope, pass->run, error)
                            : !smooth_spatial_loss (pass->data->precision, work->embedding, NULL, TRUE, &contrast.loss, work->spatial_slope, pass->run, error))
    return FALSE;
  epoch->spatial = shape->lambda * contrast.loss;
  for (gint64 e = 0; e < size; e++)
    work->slope->values[e] += shape->lambda * work->spatial_slope->values[e];
  return TRUE;
}

/* ---- The pass ---- */

/* Through a layer whose linear part is done. */
static void
run_norm (const Pass *pass, gint l)
{
  AeWork *work = pass->work;
  gint64 n = pass->data->n_spots;
  NetNorm norm = make_norm (pass, l, NULL);

  if (l == pass->shape->n_layers && !pass->shape->is_standard)
    {
      memcpy (work->after[l], work->before[l], (gsize) (norm.d * n) * sizeof (NetReal));
      return;
    }
  net_norm_measure (&norm, work->before[l], n, NULL, NULL);
  net_norm_forward (&norm, work->before[l], get_kept (pass, l), get_keep_factor (pass, l), n, work->after[l]);
}

/* From slopes[0], by what comes out of layer @l, to the same of the layer before. */
static void
go_back (const Pass *pass, gint l, NetReal *derivatives)
{
  AeWork *work = pass->work;
  gint64 n = pass->data->n_spots;
  NetReal *slope = work->slopes[0];

  for (gint64 e = 0; l == pass->shape->n_layers && e < n * pass->shape->n_dims; e++)
    slope[e] += (NetReal) work->slope->values[e];
  if (l != pass->shape->n_layers || pass->shape->is_standard)
    {
      NetNorm norm = make_norm (pass, l, derivatives);
      net_norm_backward (&norm, work->before[l], work->after[l], get_kept (pass, l), get_keep_factor (pass, l), n, slope);
    }
  if (l == 0)
    return;
  NetLinear linear = make_linear (pass, l, derivatives);
  net_linear_backward (&linear, work->after[l - 1], slope, n, work->slopes[1]);
  work->slopes[0] = work->slopes[1];
  work->slopes[1] = slope;
}

/**
 * ae_pass:
 * @has_dropout: leave out what ae_draw_dropout() has drawn
 * @epoch: its losses are set
 * @derivatives: (nullable): of all parameters: set
 *
 * All spots are normalised by their own means and variances. O(genes x hidden x spots); no memory but what the spatial loss takes.
 */
gboolean
ae_pass (const AeShape *shape, const AeData *data, AeWork *work, const NetReal *params, gboolean has_dropout, SmoothAeEpoch *epoch,
         NetReal *derivatives, SmoothRun *run, GError **error)
{
  Pass pass = { shape, data, work, params, has_dropout, derivatives != NULL, run };
  const gint last = shape->n_all - 1;
  double loss = 0.0;

  smooth_i_parallel ((gint) work->n_threads, work->n_blocks, encode_block, &pass);
  for (gint l = 0; l < last; l++)
    {
      NetLinear linear = make_linear (&pass, l, NULL);
      if (l > 0)
        net_linear_forward (&linear, work->after[l - 1], data->n_spots, work->before[l]);
      run_norm (&pass, l);
    }
  if (!smooth_run_check (run, error) || !measure_embedding (&pass, epoch, error))
    return FALSE;
  smooth_i_parallel ((gint) work->n_threads, work->n_blocks, decode_block, &pass);
  if (!smooth_run_check (run, error))
    return FALSE;
  for (gint64 block = 0; block < work->n_blocks; block++)
    loss += work->losses[block];
  epoch->reconstruction = (loss + data->log_factorials) / ((double) shape->n_genes * (double) data->n_spots);
  if (derivatives == NULL)
    return TRUE;
  memset (derivatives, 0, (gsize) shape->n_params * sizeof *derivatives);
  add_partials (&pass, last, derivatives);
  for (gint l = last - 1; l >= 0; l--)
    go_back (&pass, l, derivatives);
  smooth_i_parallel ((gint) work->n_threads, work->n_blocks, encode_back_block, &pass);
  add_partials (&pass, 0, derivatives);
  return smooth_run_check (run, error);
}
