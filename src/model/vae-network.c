/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass of SpatialVAE over all spots, for counts x (genes), Q the spatial prior:
 *
 *   a = W1 log (1 + x) + b1,  y = dropout (ReLU (norm (a)))
 *   m = Wm y + bm,  v = exp (Wv y + bv) + 1e-4,  z = m + sqrt (v) noise  (or its softmax)
 *   f = W2 z + b2,  u = ReLU (norm (f)),  means of the counts = library softmax (W3 u + b3)
 *
 * (of the Gaussian x is what is encoded, and W3 u + b3 are the means). With batches b2, and b1 if it is asked for, have a part of each batch.
 *
 *   loss = mean over spots of [ -log p (x) + weight KL ] + (lambda / n) sum_k m_k^T Q m_k,   KL = 1/2 sum (m^2 + v - 1 - log v)
 *   or, where the spatial prior is that of all spots together,
 *   loss = mean over spots of -log p (x) + weight (lambda / 2 n) [ sum_k m_k^T Q m_k + sum (Q_ii v_ik - log v_ik) ]
 *
 * Genes x spots are never there as a whole: tiles of spots are decoded, compared and taken back at once. Blocks of spots own
 * their sums, which are added in the order of the blocks.
 *
 * Sources: R. Lopez and others, Nature Methods 15 (2018) 1053 (scVI); J. Su and others, Genome Biology 24 (2023) 291.
 */
#include "model/vae-private.h"

#include "base/parallel.h"
#include "base/rng.h"
#include "precision/loss.h"

#include <string.h>

typedef struct
{
  const VaeShape *shape;
  const VaeData *data;
  VaeWork *work;
  const NetReal *params;
  gboolean wants_derivatives;
  SmoothRun *run;
} Pass;

static const NetReal *
get_part (const Pass *pass, VaePart part)
{
  return pass->params + pass->shape->offsets[part];
}

static NetLinear
make_linear (const VaeShape *shape, VaePart weights, const NetReal *params, NetReal *derivatives)
{
  return (NetLinear){ .n_in = shape->n_cols[weights], .n_out = shape->n_rows[weights],
                      .weights = params + shape->offsets[weights], .bias = params + shape->offsets[weights + 1],
                      .d_weights = derivatives != NULL ? derivatives + shape->offsets[weights] : NULL,
                      .d_bias = derivatives != NULL ? derivatives + shape->offsets[weights + 1] : NULL };
}

/* @which: 0: of the encoder, 1: of the decoder */
static NetNorm
make_norm (const Pass *pass, gint which, NetReal *derivatives)
{
  const VaeShape *shape = pass->shape;
  VaePart scale = which == 0 ? VAE_ENCODER_SCALE : VAE_DECODER_SCALE;
  NetReal *statistics = pass->work->statistics + 2 * which * shape->n_hidden;

  return (NetNorm){ .d = shape->n_hidden, .n_threads = (gint) pass->work->n_threads, .scale = get_part (pass, scale), .shift = get_part (pass, scale + 1),
                    .d_scale = derivatives != NULL ? derivatives + shape->offsets[scale] : NULL,
                    .d_shift = derivatives != NULL ? derivatives + shape->offsets[scale + 1] : NULL,
                    .mean = statistics, .factor = statistics + shape->n_hidden };
}

/* ---- Spots ---- */

static gint64
block_end (const Pass *pass, gint64 block)
{
  return MIN ((block + 1) * pass->work->block_size, pass->data->n_spots);
}

/* What is encoded of a tile of spots, genes x spots. */
static NetReal *
fill_inputs (const Pass *pass, gint64 first, gint64 n, gint worker)
{
  const SmoothSparse *counts = pass->data->counts;
  gint64 n_genes = pass->shape->n_genes;
  NetReal *inputs = pass->work->inputs + worker * n_genes * VAE_TILE;

  memset (inputs, 0, (gsize) (n_genes * n) * sizeof *inputs);
  for (gint64 i = 0; i < n; i++)
    for (gint64 e = counts->starts[first + i]; e < counts->starts[first + i + 1]; e++)
      inputs[i * n_genes + counts->rows[e]] = pass->data->inputs[e];
  return inputs;
}

/* ---- Batches: one-hot, of which a layer takes a column ---- */

/* @y: d x @n: of the spots from @first on */
static void
add_batches (const Pass *pass, VaePart part, gint64 first, gint64 n, NetReal *y)
{
  gint64 d = pass->shape->n_rows[part];

  for (gint64 i = 0; i < n && d > 0; i++)
    {
      const NetReal *column = get_part (pass, part) + pass->data->batches[first + i] * d;
      for (gint64 k = 0; k < d; k++)
        y[i * d + k] += column[k];
    }
}

static void
take_back_batches (const Pass *pass, VaePart part, const NetReal *dy, NetReal *derivatives)
{
  gint64 d = pass->shape->n_rows[part];

  for (gint64 i = 0; i < pass->data->n_spots && d > 0; i++)
    {
      NetReal *column = derivatives + pass->shape->offsets[part] + pass->data->batches[i] * d;
      for (gint64 k = 0; k < d; k++)
        column[k] += dy[i * d + k];
    }
}

/* ---- Blocks of spots ---- */

static void
encode_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  NetLinear layer = make_linear (pass->shape, VAE_ENCODER, pass->params, NULL);

  for (gint64 i = block * pass->work->block_size; i < block_end (pass, block) && !smooth_run_is_cancelled (pass->run); i += VAE_TILE)
    {
      gint64 n = MIN (VAE_TILE, block_end (pass, block) - i);
      net_linear_forward (&layer, fill_inputs (pass, i, n, worker), n, pass->work->encoded + i * layer.n_out);
      add_batches (pass, VAE_ENCODER_BATCHES, i, n, pass->work->encoded + i * layer.n_out);
    }
}

static void
encode_back_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  const VaeShape *shape = pass->shape;
  NetLinear layer = make_linear (shape, VAE_ENCODER, pass->params, NULL);
  gint64 size = layer.n_out * layer.n_in;

  layer.d_weights = pass->work->partial + block * pass->work->stride;
  layer.d_bias = layer.d_weights + size;
  memset (layer.d_weights, 0, (gsize) (size + layer.n_out) * sizeof (NetReal));
  for (gint64 i = block * pass->work->block_size; i < block_end (pass, block) && !smooth_run_is_cancelled (pass->run); i += VAE_TILE)
    {
      gint64 n = MIN (VAE_TILE, block_end (pass, block) - i);
      net_linear_backward (&layer, fill_inputs (pass, i, n, worker), pass->work->d_hidden + i * layer.n_out, n, NULL);
    }
}

/* -log p of a tile; its logits become derivatives of the mean over all spots. */
static double
compare_tile (const Pass *pass, gint64 first, gint64 n, NetReal *logits, NetReal *zeros, double *d_log_thetas, gint worker)
{
  const SmoothSparse *counts = pass->data->counts;
  const NetGenes *genes = &pass->work->genes;
  gint64 n_genes = pass->shape->n_genes;
  double *scratch = pass->work->scratch + worker * net_genes_get_scratch_size (genes), loss = 0.0, share = 1.0 / (double) pass->data->n_spots;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 start = counts->starts[first + i], n_counts = counts->starts[first + i + 1] - start;
      loss += genes->kind == NET_GAUSSIAN
                  ? net_gaussian_loss (genes, counts->rows + start, counts->values + start, n_counts, share, logits + i * n_genes, d_log_thetas)
                  : net_count_loss (genes, scratch, counts->rows + start, counts->values + start, n_counts, pass->data->libraries[first + i], share,
                                    logits + i * n_genes, zeros != NULL ? zeros + i * n_genes : NULL, d_log_thetas);
    }
  return loss;
}

/* What gamma functions add to the loss, some genes a block. */
#define GENES_A_BLOCK 64

static void
tally_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  VaeWork *work = pass->work;

  (void) worker;
  for (gint64 g = block * GENES_A_BLOCK; g < MIN ((block + 1) * GENES_A_BLOCK, pass->shape->n_genes); g++)
    {
      work->gene_slopes[g] = 0.0;
      work->gene_losses[g] = net_tally_measure (&pass->data->tally, g, work->genes.thetas[g], &work->gene_slopes[g]);
    }
}

static void
decode_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  const VaeShape *shape = pass->shape;
  VaeWork *work = pass->work;
  gboolean has_zeros = shape->likelihood == NET_ZERO_INFLATED;
  gint64 n_genes = shape->n_genes, d = shape->n_hidden, size = n_genes * d;
  NetLinear genes = make_linear (shape, VAE_GENES, pass->params, NULL), nothing = make_linear (shape, has_zeros ? VAE_ZEROS : VAE_GENES, pass->params, NULL);
  NetReal *logits = work->logits + worker * n_genes * VAE_TILE, *zeros = has_zeros ? work->zeros + worker * n_genes * VAE_TILE : NULL;
  double *d_log_thetas = work->d_log_thetas + block * work->genes.n, loss = 0.0;

  genes.d_weights = work->partial + block * work->stride;
  genes.d_bias = genes.d_weights + size;
  nothing.d_weights = genes.d_bias + n_genes;
  nothing.d_bias = nothing.d_weights + size;
  memset (genes.d_weights, 0, (gsize) ((has_zeros ? 2 : 1) * (size + n_genes)) * sizeof (NetReal));
  memset (d_log_thetas, 0, (gsize) work->genes.n * sizeof *d_log_thetas);
  for (gint64 i = block * work->block_size; i < block_end (pass, block) && !smooth_run_is_cancelled (pass->run); i += VAE_TILE)
    {
      gint64 n = MIN (VAE_TILE, block_end (pass, block) - i);
      const NetReal *hidden = work->hidden_2 + i * d;
      NetReal *d_hidden = work->d_hidden_2 + i * d;
      net_linear_forward (&genes, hidden, n, logits);
      if (has_zeros)
        net_linear_forward (&nothing, hidden, n, zeros);
      loss += compare_tile (pass, i, n, logits, zeros, d_log_thetas, worker);
      if (!pass->wants_derivatives)
        continue;
      net_linear_backward (&genes, hidden, logits, n, d_hidden);
      if (!has_zeros)
        continue;
      net_gemm (TRUE, FALSE, d, n, n_genes, 1, nothing.weights, n_genes, zeros, n_genes, 1, d_hidden, d);
      net_linear_backward (&nothing, hidden, zeros, n, NULL);
    }
  work->losses[block] = loss;
}

/* Adds what the blocks have of @n parameters that stand at @place of each. */
static void
add_partials (const Pass *pass, gint64 place, gint64 n, NetReal *derivatives)
{
  const VaeWork *work = pass->work;

  net_add_partials ((gint) work->n_threads, work->partial + place, work->n_blocks, work->stride, n, derivatives);
}

/* ---- The latent numbers ---- */

static void
sample (const Pass *pass)
{
  VaeWork *work = pass->work;
  gint64 h = pass->shape->n_dims;

  for (gint64 i = 0; i < pass->data->n_spots; i++)
    {
      NetReal *z = work->latent + i * h;
      for (gint64 k = 0; k < h; k++)
        z[k] = work->means[i * h + k]
               + (NetReal) sqrt (exp ((double) work->raws[i * h + k]) + VAE_VARIANCE_FLOOR) * work->noise[i * h + k];
      if (!pass->shape->is_logistic)
        continue;
      NetReal largest = z[0], sum = 0;
      for (gint64 k = 1; k < h; k++)
        largest = MAX (largest, z[k]);
      for (gint64 k = 0; k < h; k++)
        sum += z[k] = (NetReal) exp ((double) (z[k] - largest));
      for (gint64 k = 0; k < h; k++)
        z[k] /= sum;
    }
}

/* The spatial loss of the means: sum_k m_k^T Q m_k, and 2 Q m; NAN where training has diverged. */
static gboolean
measure_spatial (const Pass *pass, double *loss, GError **error)
{
  VaeWork *work = pass->work;

  *loss = 0.0;
  if (pass->data->precision == NULL || pass->shape->lambda == 0.0)
    return TRUE;
  for (gint64 e = 0; e < pass->data->n_spots * pass->shape->n_dims; e++)
    {
      work->spatial->values[e] = (double) work->means[e];
      if (smooth_i_is_usable (work->spatial->values[e]))
        continue;
      *loss = NAN;
      return TRUE;
    }
  return smooth_spatial_loss (pass->data->precision, work->spatial, NULL, FALSE, loss, work->spatial_slope, pass->run, error);
}

/* The priors' part of the loss; @spatial: of measure_spatial() */
static void
measure_priors (const Pass *pass, double spatial, SmoothVaeEpoch *epoch)
{
  const VaeWork *work = pass->work;
  gint64 h = pass->shape->n_dims, n = pass->data->n_spots;
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    for (gint64 k = 0; k < h; k++)
      {
        double m = (double) work->means[i * h + k], v = exp ((double) work->raws[i * h + k]) + VAE_VARIANCE_FLOOR;
        sum += pass->shape->is_joint ? pass->data->precision->diagonal[i] * v - log (v) : m * m + v - 1.0 - log (v);
      }
  if (pass->shape->is_joint)
    epoch->divergence = 0.5 * pass->shape->lambda * (spatial + sum) / (double) n;
  else
    epoch->divergence = 0.5 * sum / (double) n;
  epoch->spatial = pass->shape->is_joint ? 0.0 : pass->shape->lambda * spatial / (double) n;
}

/* From derivatives by the latent numbers to those by means and raw variances, with the priors' own. */
static void
take_back_sample (const Pass *pass, double weight)
{
  VaeWork *work = pass->work;
  const VaeShape *shape = pass->shape;
  gint64 h = shape->n_dims, n = pass->data->n_spots;
  gboolean has_spatial = pass->data->precision != NULL && shape->lambda > 0.0;
  double factor = weight / (double) n, spatial_factor = shape->is_joint ? 0.5 * factor * shape->lambda : shape->lambda / (double) n;

  for (gint64 i = 0; i < n; i++)
    {
      NetReal *dz = work->d_latent + i * h;
      const NetReal *z = work->latent + i * h;
      NetReal along = 0;
      for (gint64 k = 0; shape->is_logistic && k < h; k++)
        along += dz[k] * z[k];
      for (gint64 k = 0; shape->is_logistic && k < h; k++)
        dz[k] = z[k] * (dz[k] - along);
      for (gint64 k = 0; k < h; k++)
        {
          gint64 e = i * h + k;
          double m = (double) work->means[e], grown = exp ((double) work->raws[e]), v = grown + VAE_VARIANCE_FLOOR;
          double by_mean = (double) dz[k], by_variance = (double) (dz[k] * work->noise[e]) * 0.5 / sqrt (v);
          if (shape->is_joint)
            by_variance += 0.5 * factor * shape->lambda * (pass->data->precision->diagonal[i] - 1.0 / v);
          else
            {
              by_mean += factor * m;
              by_variance += 0.5 * factor * (1.0 - 1.0 / v);
            }
          if (has_spatial)
            by_mean += spatial_factor * work->spatial_slope->values[e];
          work->d_means[e] = (NetReal) by_mean;
          work->d_raws[e] = (NetReal) (by_variance * grown);
        }
    }
}

/* ---- The pass ---- */

static void
run_norm (const Pass *pass, gint which, const NetReal *x, VaeRunning *running, gboolean is_training, double dropout, NetReal *y)
{
  NetNorm norm = make_norm (pass, which, NULL);

  if (is_training)
    net_norm_measure (&norm, x, pass->data->n_spots, running != NULL ? running->mean[which] : NULL, running != NULL ? running->variance[which] : NULL);
  else
    net_norm_use (&norm, running->mean[which], running->variance[which]);
  net_norm_forward (&norm, x, dropout > 0.0 ? pass->work->kept : NULL, (NetReal) (1.0 / (1.0 - dropout)), pass->data->n_spots, y);
}

static void
go_back (Pass *pass, double dropout, double weight, NetReal *derivatives)
{
  const VaeShape *shape = pass->shape;
  VaeWork *work = pass->work;
  gint64 n = pass->data->n_spots, d = shape->n_hidden, size = shape->n_genes * d;
  NetNorm norm = make_norm (pass, 1, derivatives), norm_1 = make_norm (pass, 0, derivatives);
  NetLinear decoder = make_linear (shape, VAE_DECODER, pass->params, derivatives), mean = make_linear (shape, VAE_MEAN, pass->params, derivatives);
  NetLinear variance = make_linear (shape, VAE_VARIANCE, pass->params, derivatives);

  add_partials (pass, 0, size + shape->n_genes, derivatives + shape->offsets[VAE_GENES]);
  if (shape->likelihood == NET_ZERO_INFLATED)
    add_partials (pass, size + shape->n_genes, size + shape->n_genes, derivatives + shape->offsets[VAE_ZEROS]);
  if (shape->likelihood != NET_POISSON)
    for (gint64 g = 0; g < shape->n_genes; g++)
      {
        double sum = work->gene_slopes[g];
        for (gint64 block = 0; block < work->n_blocks; block++)
          sum += work->d_log_thetas[block * work->genes.n + g];
        derivatives[shape->offsets[VAE_LOG_THETA] + g] += (NetReal) (sum / (double) n);
      }
  net_norm_backward (&norm, work->decoded, work->hidden_2, NULL, 1, n, work->d_hidden_2);
  take_back_batches (pass, VAE_DECODER_BATCHES, work->d_hidden_2, derivatives);
  net_linear_backward (&decoder, work->latent, work->d_hidden_2, n, work->d_latent);
  take_back_sample (pass, weight);
  net_linear_backward (&mean, work->hidden, work->d_means, n, work->d_hidden);
  net_gemm (TRUE, FALSE, d, n, shape->n_dims, 1, variance.weights, shape->n_dims, work->d_raws, shape->n_dims, 1, work->d_hidden, d);
  net_linear_backward (&variance, work->hidden, work->d_raws, n, NULL);
  net_norm_backward (&norm_1, work->encoded, work->hidden, dropout > 0.0 ? work->kept : NULL, (NetReal) (1.0 / (1.0 - dropout)), n, work->d_hidden);
  take_back_batches (pass, VAE_ENCODER_BATCHES, work->d_hidden, derivatives);
  smooth_i_parallel ((gint) work->n_threads, work->n_blocks, encode_back_block, pass);
  add_partials (pass, 0, size, derivatives + shape->offsets[VAE_ENCODER]);
  add_partials (pass, size, d, derivatives + shape->offsets[VAE_ENCODER_BIAS]);
}

/**
 * vae_pass:
 * @work: its noise and, with dropout, its kept units are set
 * @running: (nullable): with @is_training moved on, else what is normalised by
 * @dropout: share of the encoder's units; 0 where all are kept
 * @weight: of the KL divergence
 * @derivatives: (nullable): of all parameters: set
 *
 * O(entries of genes x hidden x spots); no memory.
 */
gboolean
vae_pass (const VaeShape *shape, const VaeData *data, VaeWork *work, const NetReal *params, VaeRunning *running, gboolean is_training,
          double dropout, double weight, SmoothVaeEpoch *epoch, NetReal *derivatives, SmoothRun *run, GError **error)
{
  Pass pass = { shape, data, work, params, derivatives != NULL, run };
  NetLinear mean = make_linear (shape, VAE_MEAN, params, NULL), variance = make_linear (shape, VAE_VARIANCE, params, NULL);
  NetLinear decoder = make_linear (shape, VAE_DECODER, params, NULL);
  double spatial, loss = 0.0;

  if (shape->likelihood != NET_POISSON)
    net_genes_set (&work->genes, params + shape->offsets[VAE_LOG_THETA]);
  smooth_i_parallel ((gint) work->n_threads, work->n_blocks, encode_block, &pass);
  if (!smooth_run_check (run, error))
    return FALSE;
  run_norm (&pass, 0, work->encoded, running, is_training, dropout, work->hidden);
  net_linear_forward (&mean, work->hidden, data->n_spots, work->means);
  net_linear_forward (&variance, work->hidden, data->n_spots, work->raws);
  if (!measure_spatial (&pass, &spatial, error))
    return FALSE;
  measure_priors (&pass, spatial, epoch);
  sample (&pass);
  net_linear_forward (&decoder, work->latent, data->n_spots, work->decoded);
  add_batches (&pass, VAE_DECODER_BATCHES, 0, data->n_spots, work->decoded);
  run_norm (&pass, 1, work->decoded, running, is_training, 0.0, work->hidden_2);
  smooth_i_parallel ((gint) work->n_threads, work->n_blocks, decode_block, &pass);
  if (!smooth_run_check (run, error))
    return FALSE;
  if (net_has_gamma (shape->likelihood))
    smooth_i_parallel ((gint) work->n_threads, (shape->n_genes + GENES_A_BLOCK - 1) / GENES_A_BLOCK, tally_block, &pass);
  for (gint64 g = 0; net_has_gamma (shape->likelihood) && g < shape->n_genes; g++)
    loss += work->gene_losses[g];
  for (gint64 block = 0; block < work->n_blocks; block++)
    loss += work->losses[block];
  epoch->reconstruction = (loss + data->log_factorials) / (double) data->n_spots;
  if (derivatives == NULL)
    return TRUE;
  memset (derivatives, 0, (gsize) shape->offsets[VAE_N_PARTS] * sizeof *derivatives);
  go_back (&pass, dropout, weight, derivatives);
  return smooth_run_check (run, error);
}
