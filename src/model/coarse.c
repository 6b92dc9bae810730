/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that move a type by one constant over all of a connected part of the tissue, for priors that hardly see them.
 *
 * A prior of differences (rho 1) does not see such a step, and a strong one sees nothing else: block steps, which move spots
 * against their neighbours, then take for ever. With Z the indicators of parts and types on the face, Z (Z'A Z)^-1 Z' is added to
 * the preconditioner of conjugate gradients (two-level additive Schwarz: M. Dryja, O. Widlund, 1987). Parts are apart, so
 * Z'A Z is one K x K block for each.
 */
#include "model/coarse-private.h"

#include <string.h>

struct _SmoothCoarse
{
  gint64 n;           /* spots, or positions */
  gint n_types;
  gint n_packed;      /* entries of a block's triangle */
  gint32 n_parts;     /* of two spots or more: a spot alone is a block of its own already */
  gint32 *parts;      /* n: number of the part; -1: none */
  guint8 *on_face;    /* n x n_types */
  guint8 *is_there;   /* n_types: workspace */
  double *factors;    /* n_packed x n_parts */
  double *sums;       /* n_types x n_parts */
};

/* Numbers the part of @start. @queue: n: workspace. */
static void
flood (const gint64 *starts, const gint32 *cols, const double *values, gint32 start, gint32 part, gint32 *parts, gint32 *queue)
{
  gint64 n = 0;

  parts[start] = part;
  queue[n++] = start;
  for (gint64 head = 0; head < n; head++)
    for (gint64 e = starts[queue[head]]; e < starts[queue[head] + 1]; e++)
      if (values[e] != 0 && parts[cols[e]] < 0)
        {
          parts[cols[e]] = part;
          queue[n++] = cols[e];
        }
}

static gboolean
find_parts (SmoothCoarse *coarse, const gint64 *starts, const gint32 *cols, const double *values, GError **error)
{
  g_autofree gint32 *queue = smooth_i_try_new (gint32, coarse->n, "the parts of the tissue", error);

  if (queue == NULL)
    return FALSE;
  memset (coarse->parts, -1, (gsize) coarse->n * sizeof (gint32));
  for (gint32 p = 0; p < coarse->n; p++)
    {
      gboolean has_edges = FALSE;
      for (gint64 e = starts[p]; e < starts[p + 1] && !has_edges; e++)
        has_edges = values[e] != 0 && cols[e] != p;
      if (has_edges && coarse->parts[p] < 0)
        flood (starts, cols, values, p, coarse->n_parts++, coarse->parts, queue);
    }
  return TRUE;
}

/**
 * smooth_i_coarse_new:
 * @n: spots, or positions of them
 * @starts: n + 1: entries of Q of each, whose neighbours are @cols; with its diagonal or without
 *
 * Finds the connected parts of Q as it is: edges that are cut, with explicit zeros, connect nothing. O(n K + nnz) time and
 * n (K + 4) bytes.
 */
SmoothCoarse *
smooth_i_coarse_new (gint64 n, gint n_types, const gint64 *starts, const gint32 *cols, const double *values, GError **error)
{
  const char *what = "the parts of the tissue";
  g_autoptr (SmoothCoarse) coarse = g_new0 (SmoothCoarse, 1);

  coarse->n = n;
  coarse->n_types = n_types;
  coarse->n_packed = coarse->n_types * (coarse->n_types + 1) / 2;
  coarse->is_there = g_new0 (guint8, coarse->n_types);
  coarse->parts = smooth_i_try_new (gint32, n, what, error);
  if (coarse->parts == NULL || !find_parts (coarse, starts, cols, values, error))
    return NULL;
  coarse->on_face = smooth_i_try_new (guint8, n * coarse->n_types, what, error);
  if (coarse->on_face != NULL)
    coarse->factors = smooth_i_try_new (double, coarse->n_packed * (gint64) MAX (coarse->n_parts, 1), what, error);
  if (coarse->factors != NULL)
    coarse->sums = smooth_i_try_new (double, coarse->n_types * (gint64) MAX (coarse->n_parts, 1), what, error);
  return coarse->sums != NULL ? g_steal_pointer (&coarse) : NULL;
}

void
smooth_i_coarse_free (SmoothCoarse *coarse)
{
  if (coarse == NULL)
    return;
  g_free (coarse->parts);
  g_free (coarse->on_face);
  g_free (coarse->is_there);
  g_free (coarse->factors);
  g_free (coarse->sums);
  g_free (coarse);
}

static void
clear (SmoothCoarse *coarse)
{
  memset (coarse->factors, 0, (gsize) (coarse->n_packed * (gint64) coarse->n_parts) * sizeof (double));
}

static void
factorise (SmoothCoarse *coarse)
{
  memset (coarse->is_there, TRUE, (gsize) coarse->n_types);
  for (gint64 part = 0; part < coarse->n_parts; part++)
    smooth_i_block_factor (coarse->n_types, coarse->is_there, coarse->factors + part * coarse->n_packed);
}

/* The face of the kernels: what is positive or wants to be. */
static void
read_face (SmoothCoarse *coarse, const SmoothPass *pass)
{
  const double *b = pass->b, *g = pass->gradient;

  for (gint64 p = 0; p < coarse->n; p++)
    for (gint k = 0; k < coarse->n_types; k++)
      coarse->on_face[p * coarse->n_types + k] = pass->is_free || b[p * pass->stride + k] > 0 || g[p * pass->stride + k] < 0;
}

/* What position p adds to Z'A Z of its part. */
static void
add_position (SmoothCoarse *coarse, const SmoothPass *pass, gint64 p, double *block)
{
  const double *h = pass->h, *q = pass->q, *m = pass->m, *diagonal = pass->diagonal;
  gint n = coarse->n_types;
  const guint8 *mine = coarse->on_face + p * n;

  for (gint k = 0; k < n; block += n - k, k++)
    {
      if (!mine[k])
        continue;
      for (gint l = k; l < n; l++)
        block[l - k] += mine[l] ? h[k * pass->stride + l] : 0;
      double sum = diagonal[p];
      for (gint64 e = pass->starts[p]; e < pass->starts[p + 1]; e++)
        sum += coarse->on_face[(gint64) pass->cols[e] * n + k] ? q[e] : 0;
      block[0] += m[k] * sum;
    }
}

/**
 * smooth_i_coarse_prepare:
 * @pass: of double precision: the iterate and its gradient
 *
 * Takes over the face and factorises Z'A Z on it. O(n K^2 + K nnz).
 */
void
smooth_i_coarse_prepare (SmoothCoarse *coarse, const SmoothPass *pass)
{
  read_face (coarse, pass);
  clear (coarse);
  for (gint64 p = 0; p < coarse->n; p++)
    if (coarse->parts[p] >= 0)
      add_position (coarse, pass, p, coarse->factors + coarse->parts[p] * (gint64) coarse->n_packed);
  factorise (coarse);
}

/* What spot i adds to Z'A Z of its part; the constants of spots are no part of it. */
static void
add_spot (SmoothCoarse *coarse, const SmoothSpots *spots, const SmoothSparse *q, gint64 i, double *block)
{
  const double *own = spots->blocks + i * spots->n_packed;
  const guint8 *mine = coarse->on_face + i * coarse->n_types;
  gint n = coarse->n_types;

  for (gint k = 0; k < n; block += n - k, own += spots->size - k, k++)
    {
      if (!mine[k])
        continue;
      double sum = 0;
      for (gint l = k; l < n; l++)
        block[l - k] += mine[l] ? own[l - k] : 0;
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        sum += coarse->on_face[(gint64) q->rows[e] * n + k] ? q->values[e] : 0;
      block[0] += spots->m[k] * sum;
    }
}

/**
 * smooth_i_coarse_prepare_spots:
 *
 * The same for quadratic problems over spots and the face at hand, under one prior that is known by its entries.
 */
void
smooth_i_coarse_prepare_spots (SmoothCoarse *coarse, const SmoothSpots *spots)
{
  for (gint64 i = 0; i < coarse->n; i++)
    memcpy (coarse->on_face + i * coarse->n_types, spots->is_free + i * spots->size, (gsize) coarse->n_types);
  clear (coarse);
  for (gint64 i = 0; i < coarse->n; i++)
    if (coarse->parts[i] >= 0)
      add_spot (coarse, spots, spots->problem->precisions[0]->symmetric, i,
                coarse->factors + coarse->parts[i] * (gint64) coarse->n_packed);
  factorise (coarse);
}

/**
 * smooth_i_coarse_add:
 * @residual: n x stride
 * @z: (inout): likewise: raised by Z (Z'A Z)^-1 Z' residual
 * @also: (nullable) (inout): likewise
 *
 * Returns: residual'Z (Z'A Z)^-1 Z' residual
 */
double
smooth_i_coarse_add (SmoothCoarse *coarse, gint stride, const double *residual, double *z, double *also)
{
  gint n = coarse->n_types;
  gint64 n_sums = n * (gint64) coarse->n_parts;
  double product = 0;

  memset (coarse->sums, 0, (gsize) n_sums * sizeof (double));
  for (gint64 p = 0; p < coarse->n; p++)
    for (gint k = 0; coarse->parts[p] >= 0 && k < n; k++)
      if (coarse->on_face[p * n + k])
        coarse->sums[coarse->parts[p] * (gint64) n + k] += residual[p * stride + k];
  for (gint64 part = 0; part < coarse->n_parts; part++)
    smooth_i_block_solve (n, coarse->factors + part * coarse->n_packed, coarse->sums + part * n);
  for (gint64 p = 0; p < coarse->n; p++)
    for (gint k = 0; coarse->parts[p] >= 0 && k < n; k++)
      if (coarse->on_face[p * n + k])
        {
          double step = coarse->sums[coarse->parts[p] * (gint64) n + k];
          product += step * residual[p * stride + k];
          z[p * stride + k] += step;
          if (also != NULL)
            also[p * stride + k] += step;
        }
  return product;
}
