/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a SpatialVAE consists of: shapes and first values of its parameters, the data, the buffers of a pass. */
#include "model/vae-private.h"

#include "base/parallel.h"
#include "base/rng.h"

/* ---- Shapes ---- */

const char *
vae_part_get_name (VaePart part)
{
  static const char *const names[VAE_N_PARTS]
      = { "encoder/weight", "encoder/bias", "encoder_norm/weight", "encoder_norm/bias", "mean/weight",  "mean/bias",  "variance/weight", "variance/bias",
          "decoder/weight", "decoder/bias", "decoder_norm/weight", "decoder_norm/bias", "genes/weight", "genes/bias", "log_theta",       "zeros/weight", "zeros/bias",
          "encoder_batches/weight", "decoder_batches/weight" };

  return names[part];
}

/* Sets sizes and places of the parts from the numbers of genes, hidden units and dimensions, and the likelihood. */
void
vae_shape_set (VaeShape *shape)
{
  const gint64 g = shape->n_genes, d = shape->n_hidden, h = shape->n_dims, z = shape->likelihood == NET_ZERO_INFLATED ? g : 0;
  const gint64 b = shape->n_batches, of_encoder = shape->encodes_batches && b > 0 ? d : 0, of_decoder = b > 0 ? d : 0;
  const gint64 t = shape->likelihood == NET_POISSON ? 0 : g;
  const gint64 sizes[VAE_N_PARTS][2] = { { d, g }, { d, 1 }, { d, 1 }, { d, 1 }, { h, d }, { h, 1 }, { h, d }, { h, 1 }, { d, h },
                                         { d, 1 }, { d, 1 }, { d, 1 }, { g, d }, { g, 1 }, { t, 1 }, { z, d }, { z, 1 }, { of_encoder, b }, { of_decoder, b } };

  for (gint p = 0; p < VAE_N_PARTS; p++)
    {
      shape->n_rows[p] = sizes[p][0];
      shape->n_cols[p] = sizes[p][1];
      shape->offsets[p + 1] = shape->offsets[p] + sizes[p][0] * sizes[p][1];
    }
}

/* First values: uniform within 1/sqrt (inputs) for layers, as torch has them; normal for log theta; 1 and 0 for norms. */
void
vae_init (const VaeShape *shape, gint seed, NetReal *params)
{
  for (gint p = 0; p < VAE_N_PARTS; p++)
    {
      NetReal *values = params + shape->offsets[p];
      gboolean is_norm = p == VAE_ENCODER_SCALE || p == VAE_ENCODER_SHIFT || p == VAE_DECODER_SCALE || p == VAE_DECODER_SHIFT;
      gboolean is_bias = shape->n_cols[p] == 1 && p > 0;
      double bound = 1.0 / sqrt ((double) shape->n_cols[is_bias && p != VAE_LOG_THETA ? p - 1 : p]);
      gint64 n = shape->offsets[p + 1] - shape->offsets[p];
      SmoothRng rng;
      smooth_i_rng_init (&rng, (guint64) seed, (guint64) p);
      if (!is_norm && p != VAE_LOG_THETA)
        net_draw_weights (seed, p, bound, n, values);
      else
        for (gint64 e = 0; e < n; e++)
          values[e] = (NetReal) (p == VAE_LOG_THETA ? smooth_i_rng_normal (&rng) : p == VAE_ENCODER_SCALE || p == VAE_DECODER_SCALE ? 1.0 : 0.0);
    }
}

/* ---- Data ---- */

/* @counts: at least 0, but for the Gaussian; borrowed, as @precision is */
gboolean
vae_data_init (VaeData *data, const VaeShape *shape, const SmoothSparse *counts, const SmoothPrecision *precision, GError **error)
{
  *data = (VaeData){ .n_spots = counts->n_cols, .counts = counts, .precision = precision };
  data->libraries = smooth_i_try_new (double, counts->n_cols, "the spots", error);
  data->inputs = smooth_i_try_new (NetReal, counts->starts[counts->n_cols], "the spots", error);
  if (data->libraries == NULL || data->inputs == NULL)
    return FALSE;
  for (gint64 i = 0; i < counts->n_cols; i++)
    for (gint64 e = counts->starts[i]; e < counts->starts[i + 1]; e++)
      {
        data->inputs[e] = (NetReal) (shape->likelihood == NET_GAUSSIAN ? counts->values[e] : log1p (counts->values[e]));
        if (shape->likelihood == NET_GAUSSIAN)
          continue;
        data->libraries[i] += counts->values[e];
        data->log_factorials += net_log_gamma_ratio (counts->values[e], 1.0);
      }
  return !net_has_gamma (shape->likelihood) || net_tally_init (&data->tally, counts, error);
}

void
vae_data_clear (VaeData *data)
{
  g_free (data->libraries);
  g_free (data->inputs);
  net_tally_clear (&data->tally);
}

/* ---- Buffers ---- */

#define NET_ALLOC(n) smooth_i_try_alloc ((n), sizeof (NetReal), "the network", error)

VaeWork *
vae_work_new (const VaeShape *shape, const VaeData *data, gint n_threads, GError **error)
{
  g_autoptr (VaeWork) work = g_new0 (VaeWork, 1);
  gint64 n = data->n_spots, g = shape->n_genes, d = shape->n_hidden, h = shape->n_dims, tile = g * VAE_TILE * n_threads;

  work->n_threads = n_threads;
  work->block_size = MAX (2 * VAE_TILE, (n + VAE_MAX_BLOCKS - 1) / VAE_MAX_BLOCKS);
  work->n_blocks = (n + work->block_size - 1) / work->block_size;
  work->stride = (shape->likelihood == NET_ZERO_INFLATED ? 2 : 1) * (g * d + MAX (g, d));
  if (!net_genes_init (&work->genes, shape->likelihood, g, error) || (work->inputs = NET_ALLOC (tile)) == NULL
      || (work->scratch = net_genes_new_scratch (&work->genes, n_threads, error)) == NULL
      || (work->logits = NET_ALLOC (tile)) == NULL || (shape->likelihood == NET_ZERO_INFLATED && (work->zeros = NET_ALLOC (tile)) == NULL)
      || (work->encoded = NET_ALLOC (n * d)) == NULL || (work->hidden = NET_ALLOC (n * d)) == NULL
      || (work->d_hidden = NET_ALLOC (n * d)) == NULL || (work->means = NET_ALLOC (n * h)) == NULL || (work->raws = NET_ALLOC (n * h)) == NULL
      || (work->noise = NET_ALLOC (n * h)) == NULL || (work->latent = NET_ALLOC (n * h)) == NULL || (work->d_latent = NET_ALLOC (n * h)) == NULL
      || (work->d_means = NET_ALLOC (n * h)) == NULL || (work->d_raws = NET_ALLOC (n * h)) == NULL || (work->decoded = NET_ALLOC (n * d)) == NULL
      || (work->hidden_2 = NET_ALLOC (n * d)) == NULL || (work->d_hidden_2 = NET_ALLOC (n * d)) == NULL || (work->statistics = NET_ALLOC (4 * d)) == NULL
      || (work->partial = NET_ALLOC (work->n_blocks * work->stride)) == NULL
      || (work->d_log_thetas = smooth_i_try_alloc (work->n_blocks * work->genes.n, sizeof (double), "the network", error)) == NULL
      || (work->losses = smooth_i_try_alloc (work->n_blocks, sizeof (double), "the network", error)) == NULL
      || (work->gene_losses = smooth_i_try_alloc (g, sizeof (double), "the network", error)) == NULL
      || (work->gene_slopes = smooth_i_try_alloc (g, sizeof (double), "the network", error)) == NULL
      || (work->kept = smooth_i_try_alloc (n * d, 1, "the network", error)) == NULL || (work->spatial = smooth_matrix_new (h, n, error)) == NULL
      || (work->spatial_slope = smooth_matrix_new (h, n, error)) == NULL)
    return NULL;
  return g_steal_pointer (&work);
}

void
vae_work_free (VaeWork *work)
{
  gpointer buffers[] = { work->inputs,  work->scratch, work->logits, work->zeros, work->encoded, work->hidden,       work->d_hidden,
                         work->means,   work->raws,    work->noise,  work->latent, work->d_latent, work->d_means, work->d_raws,       work->decoded,
                         work->hidden_2, work->d_hidden_2, work->statistics, work->partial, work->d_log_thetas, work->losses, work->gene_losses, work->gene_slopes, work->kept };

  for (gsize i = 0; i < G_N_ELEMENTS (buffers); i++)
    smooth_i_free (buffers[i]);
  net_genes_clear (&work->genes);
  g_clear_pointer (&work->spatial, smooth_matrix_unref);
  g_clear_pointer (&work->spatial_slope, smooth_matrix_unref);
  g_free (work);
}

typedef struct
{
  const VaeShape *shape;
  const VaeData *data;
  VaeWork *work;
  gint seed;
  gint64 epoch;
  double dropout;
} Draw;

static void
draw_block (gint64 block, gint worker, gpointer data)
{
  const Draw *draw = data;
  gint64 first = block * draw->work->block_size, end = MIN (first + draw->work->block_size, draw->data->n_spots);
  SmoothRng rng;

  (void) worker;
  smooth_i_rng_init (&rng, (guint64) draw->seed, (guint64) (VAE_N_PARTS + draw->epoch * VAE_MAX_BLOCKS + block));
  for (gint64 e = first * draw->shape->n_dims; e < end * draw->shape->n_dims; e++)
    draw->work->noise[e] = (NetReal) smooth_i_rng_normal (&rng);
  for (gint64 e = first * draw->shape->n_hidden; draw->dropout > 0.0 && e < end * draw->shape->n_hidden; e++)
    draw->work->kept[e] = smooth_i_rng_uniform (&rng) >= draw->dropout;
}

/* Random numbers of an epoch, in a stream of their own for each block of spots. */
void
vae_draw_noise (const VaeShape *shape, const VaeData *data, VaeWork *work, gint seed, gint64 epoch, double dropout)
{
  Draw draw = { shape, data, work, seed, epoch, dropout };

  smooth_i_parallel ((gint) work->n_threads, work->n_blocks, draw_block, &draw);
}
