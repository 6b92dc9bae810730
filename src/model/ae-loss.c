/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the loss of SpatialAE, with their derivatives.
 *
 *   squared error   (s (l) - x)^2,  s (l) = log (1 + e^l): the softplus
 *   Poisson         m - x log m + log x!,  m = depth s (l); EPSILON is added to m under the logarithm
 *   orthogonality   F = || Zn^T Zn - I ||, the Frobenius norm; Zn: dimensions scaled to length 1. A dimension that is 0 has no slope
 *
 * Source of the terms: J. Su and others, Genome Biology 24 (2023) 291.
 */
#include "model/ae-private.h"

#define EPSILON ((NetReal) 1e-8)

#ifdef SMOOTH_NET_DOUBLE
#define EXP exp
#define log_of_sum log1p
#else
#define EXP expf

/* log (1 + small) of 0 to 1, to 1e-5 of it: log1pf would take thrice as long. */
static inline float
log_of_sum (float small)
{
  return small > 0.01f ? logf (1.0f + small) : small * (1.0f - small * (0.5f - small / 3.0f));
}
#endif

/**
 * ae_compare:
 * @targets: n_genes: of a spot
 * @share: what derivatives are multiplied by
 * @logits: n_genes: become the derivatives by them
 *
 * Returns: the loss of the spot, not multiplied, without log x!
 */
double
ae_compare (gboolean is_poisson, const NetReal *targets, NetReal depth, gint64 n_genes, NetReal share, NetReal *logits)
{
  double loss = 0.0;

  for (gint64 g = 0; g < n_genes; g++)
    {
      NetReal l = logits[g], x = targets[g], small = EXP (l > 0 ? -l : l), one = 1;
      NetReal value = (l > 0 ? l : 0) + log_of_sum (small), slope = (l > 0 ? one : small) / (one + small);
      if (is_poisson)
        {
          NetReal m = depth * value, above = m + EPSILON;
          loss += (double) m - (x > 0 ? (double) x * log ((double) above) : 0.0);
          logits[g] = share * depth * slope * (one - x / above);
          continue;
        }
      NetReal residual = value - x;
      loss += (double) residual * (double) residual;
      logits[g] = share * 2 * residual * slope;
    }
  return loss;
}

/**
 * ae_orthogonality:
 * @embedding: h x n
 * @gram: h x h; @lengths: 2 h: workspace
 * @slope: h x n: the derivatives of @weight F are added
 *
 * O(n h^2).
 *
 * Returns: @weight F
 */
double
ae_orthogonality (const SmoothMatrix *embedding, double *gram, double *lengths, double weight, SmoothMatrix *slope)
{
  const gint64 h = embedding->n_rows, n = embedding->n_cols;
  double *along = lengths + h, norm = 0.0; /* along: of the derivatives by Zn, with Zn */

  for (gint64 e = 0; e < h * h; e++)
    gram[e] = 0.0;
  for (gint64 i = 0; i < n; i++)
    {
      const double *z = embedding->values + i * h;
      for (gint64 k = 0; k < h; k++)
        for (gint64 l = 0; l <= k; l++)
          gram[k * h + l] += z[k] * z[l];
    }
  for (gint64 k = 0; k < h; k++)
    lengths[k] = sqrt (gram[k * h + k]);
  for (gint64 k = 0; k < h; k++)
    for (gint64 l = 0; l <= k; l++)
      {
        double product = lengths[k] * lengths[l], value = product > 0.0 ? gram[k * h + l] / product : 0.0;
        gram[k * h + l] = gram[l * h + k] = k != l ? value : product > 0.0 ? 0.0 : -1.0;
        norm += (k == l ? 1.0 : 2.0) * gram[k * h + l] * gram[k * h + l];
      }
  norm = sqrt (norm);
  if (norm == 0.0)
    return 0.0;
  /* dF / dZn = 2 Zn E, E = (Zn^T Zn - I) / F; what lies along Zn does not change directions. Diagonals are 0 but where Zn is. */
  for (gint64 k = 0; k < h; k++)
    {
      along[k] = 0.0;
      for (gint64 l = 0; l < h; l++)
        along[k] += k == l ? 0.0 : gram[k * h + l] * gram[k * h + l];
    }
  for (gint64 i = 0; i < n; i++)
    {
      const double *z = embedding->values + i * h;
      for (gint64 k = 0; k < h; k++)
        {
          double sum = 0.0;
          if (lengths[k] == 0.0)
            continue;
          for (gint64 l = 0; l < h; l++)
            if (l != k && lengths[l] > 0.0)
              sum += gram[k * h + l] * z[l] / lengths[l];
          slope->values[i * h + k] += weight * 2.0 / norm * (sum - along[k] * z[k] / lengths[k]) / lengths[k];
        }
    }
  return weight * norm;
}
