/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a SpatialAE consists of: shapes and first values of its parameters, the data, the buffers of a pass. */
#include "model/ae-private.h"

#include "base/parallel.h"
#include "base/rng.h"
#include "model/likelihood-private.h"

/* ---- Shapes ---- */

/* Sets sizes and places of the layers from the numbers of genes, hidden units, layers and dimensions. */
void
ae_shape_set (AeShape *shape)
{
  gint64 n_in = shape->n_genes, place = 0;

  shape->n_all = (gint) (2 * shape->n_layers + 2);
  for (gint l = 0; l < shape->n_all; l++)
    {
      AeLayer *layer = &shape->layers[l];
      gboolean is_hidden = l != shape->n_layers && l != shape->n_all - 1;
      *layer = (AeLayer){ .n_in = n_in, .n_out = is_hidden ? shape->n_hidden : l == shape->n_layers ? shape->n_dims : shape->n_genes,
                          .is_hidden = is_hidden, .weights = place };
      layer->bias = layer->weights + layer->n_in * layer->n_out;
      layer->scale = layer->bias + layer->n_out;
      layer->shift = layer->scale + (is_hidden ? layer->n_out : 0);
      place = layer->shift + (is_hidden ? layer->n_out : 0);
      n_in = layer->n_out;
    }
  shape->n_params = place;
}

/* First values: uniform within 1/sqrt (inputs) for weights and biases, 1 and 0 for normalisations. */
void
ae_init (const AeShape *shape, gint seed, NetReal *params)
{
  for (gint l = 0; l < shape->n_all; l++)
    {
      const AeLayer *layer = &shape->layers[l];
      double bound = 1.0 / sqrt ((double) layer->n_in);
      net_draw_weights (seed, 2 * l, bound, layer->n_in * layer->n_out, params + layer->weights);
      net_draw_weights (seed, 2 * l + 1, bound, layer->n_out, params + layer->bias);
      for (gint64 k = 0; layer->is_hidden && k < layer->n_out; k++)
        {
          params[layer->scale + k] = 1;
          params[layer->shift + k] = 0;
        }
    }
}

/* ---- Data ---- */

/* Of counts: what is encoded is log (1 + x), and means are scaled to the totals of the spots. */
static void
use_counts (AeData *data)
{
  double total = 0.0;

  for (gint64 e = 0; e < data->inputs->starts[data->n_spots]; e++)
    {
      double count = data->targets->values[e];
      total += count;
      data->log_factorials += net_log_gamma_ratio (count, 1.0);
      data->inputs->values[e] = log1p (count);
    }
  for (gint64 i = 0; i < data->n_spots; i++)
    {
      double sum = 0.0;
      for (gint64 e = data->targets->starts[i]; e < data->targets->starts[i + 1]; e++)
        sum += data->targets->values[e];
      data->depths[i] = (NetReal) (total > 0.0 ? sum * (double) data->n_spots / total : 1.0);
    }
}

/* @values: finite, at least 0; borrowed, as @precision is */
gboolean
ae_data_init (AeData *data, const AeShape *shape, const SmoothSparse *values, const SmoothPrecision *precision, GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (values);

  *data = (AeData){ .n_spots = values->n_cols, .targets = values, .precision = precision };
  data->inputs = shape->is_poisson ? smooth_sparse_new (values->n_rows, values->n_cols, nnz, error) : smooth_sparse_ref ((SmoothSparse *) values);
  data->depths = data->inputs != NULL ? smooth_i_try_new (NetReal, values->n_cols, "the spots", error) : NULL;
  if (data->depths == NULL)
    return FALSE;
  for (gint64 i = 0; i < data->n_spots; i++)
    data->depths[i] = 1;
  if (!shape->is_poisson)
    return TRUE;
  for (gint64 i = 0; i <= data->n_spots; i++)
    data->inputs->starts[i] = values->starts[i];
  for (gint64 e = 0; e < nnz; e++)
    data->inputs->rows[e] = values->rows[e];
  use_counts (data);
  return TRUE;
}

void
ae_data_clear (AeData *data)
{
  g_clear_pointer (&data->inputs, smooth_sparse_unref);
  g_clear_pointer (&data->depths, g_free);
}

/* ---- Buffers ---- */

#define ALLOC(n, type) smooth_i_try_alloc ((n), sizeof (type), "the network", error)

static gboolean
alloc_layer (AeWork *work, const AeShape *shape, gint l, gint64 n, GError **error)
{
  const AeLayer *layer = &shape->layers[l];

  return (work->before[l] = ALLOC (layer->n_out * n, NetReal)) != NULL && (work->after[l] = ALLOC (layer->n_out * n, NetReal)) != NULL
         && (!layer->is_hidden || shape->dropout == 0.0 || (work->kept[l] = ALLOC (layer->n_out * n, guint8)) != NULL);
}

AeWork *
ae_work_new (const AeShape *shape, const AeData *data, gint n_threads, GError **error)
{
  g_autoptr (AeWork) work = g_new0 (AeWork, 1);
  gint64 n = data->n_spots, g = shape->n_genes, d = shape->n_hidden, h = shape->n_dims, tile = g * AE_TILE * n_threads, widest = MAX (d, h);

  work->n_threads = n_threads;
  work->block_size = MAX (2 * AE_TILE, (n + AE_MAX_BLOCKS - 1) / AE_MAX_BLOCKS);
  work->n_blocks = (n + work->block_size - 1) / work->block_size;
  work->stride = g * d + MAX (g, d);
  for (gint l = 0; l + 1 < shape->n_all; l++)
    if (!alloc_layer (work, shape, l, n, error))
      return NULL;
  if ((work->inputs = ALLOC (tile, NetReal)) == NULL || (work->logits = ALLOC (tile, NetReal)) == NULL
      || (work->slopes[0] = ALLOC (widest * n, NetReal)) == NULL || (work->slopes[1] = ALLOC (widest * n, NetReal)) == NULL
      || (work->statistics = ALLOC (2 * widest * shape->n_all, NetReal)) == NULL || (work->ones = ALLOC (h, NetReal)) == NULL
      || (work->unused = ALLOC (3 * h, NetReal)) == NULL || (work->partial = ALLOC (work->n_blocks * work->stride, NetReal)) == NULL
      || (work->losses = ALLOC (work->n_blocks, double)) == NULL || (work->gram = ALLOC (h * h, double)) == NULL
      || (work->lengths = ALLOC (2 * h, double)) == NULL || (work->embedding = smooth_matrix_new (h, n, error)) == NULL
      || (work->slope = smooth_matrix_new (h, n, error)) == NULL || (work->spatial_slope = smooth_matrix_new (h, n, error)) == NULL)
    return NULL;
  for (gint64 k = 0; k < h; k++)
    work->ones[k] = 1;
  return g_steal_pointer (&work);
}

void
ae_work_free (AeWork *work)
{
  gpointer buffers[] = { work->inputs, work->logits, work->slopes[0], work->slopes[1], work->statistics, work->ones, work->unused, work->partial,
                         work->losses, work->gram, work->lengths };

  for (gsize i = 0; i < G_N_ELEMENTS (buffers); i++)
    smooth_i_free (buffers[i]);
  for (gsize l = 0; l < G_N_ELEMENTS (work->before); l++)
    {
      smooth_i_free (work->before[l]);
      smooth_i_free (work->after[l]);
      smooth_i_free (work->kept[l]);
    }
  g_clear_pointer (&work->embedding, smooth_matrix_unref);
  g_clear_pointer (&work->slope, smooth_matrix_unref);
  g_clear_pointer (&work->spatial_slope, smooth_matrix_unref);
  g_free (work);
}

typedef struct
{
  const AeShape *shape;
  const AeData *data;
  AeWork *work;
  gint seed;
  gint64 epoch;
} Draw;

static void
draw_block (gint64 block, gint worker, gpointer data)
{
  const Draw *draw = data;
  AeWork *work = draw->work;
  const gint64 n_layers = draw->shape->n_all, first_stream = 2 * n_layers;
  gint64 first = block * work->block_size, end = MIN (first + work->block_size, draw->data->n_spots);

  (void) worker;
  for (gint64 l = 0; l + 1 < n_layers; l++)
    {
      gint64 d = draw->shape->layers[l].n_out;
      SmoothRng rng;
      smooth_i_rng_init (&rng, (guint64) draw->seed, (guint64) (first_stream + (draw->epoch * n_layers + l) * AE_MAX_BLOCKS + block));
      for (gint64 e = first * d; work->kept[l] != NULL && e < end * d; e++)
        work->kept[l][e] = smooth_i_rng_uniform (&rng) >= draw->shape->dropout;
    }
}

/* Which units an epoch keeps, in a stream of its own for each layer and block of spots. */
void
ae_draw_dropout (const AeShape *shape, const AeData *data, AeWork *work, gint seed, gint64 epoch)
{
  Draw draw = { shape, data, work, seed, epoch };

  if (shape->dropout > 0.0)
    smooth_i_parallel ((gint) work->n_threads, work->n_blocks, draw_block, &draw);
}
