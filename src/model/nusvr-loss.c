/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses beyond a tube of half-width e, their derivatives, and the multipliers that a certificate is made of.
 *
 *     squared   C/G max (|r| - e, 0)^2             r = fit - value
 *     absolute  C/G max (|r| - e, 0), smoothed: max (t, 0) is min s with s >= 0 and s >= t; both bounds by barriers of
 * weight mu, phi (t) = min over s of s - mu log s - mu log (s - t),   a = phi' = mu / (s - t) in (0, 1) p = sqrt (t^2 + 4
 * mu^2) + |t|;   a = p / (p + 2 mu) for t > 0, else 2 mu / (p + 2 mu);   b = 1 - a da/dt = (a b)^2 / (mu (a^2 + b^2)),
 * da/dmu = a b (b - a) / (mu (a^2 + b^2))
 *
 * and |r| - e > 0 is r - e > 0 or -r - e > 0: both sides are smoothed. phi is convex and, over mu, self-concordant: Newton's
 * method gets along with it however small mu is.
 *
 *     with multipliers   each side's a of before and a stiffness s: the slope is a + s t, cut to 0 .. C/G
 *
 * which is the derivative of the loss's augmented Lagrangian: quadratic in pieces, as the squared loss is.
 */
#include "model/nusvr-private.h"

#include <math.h>

/* One copy for each instruction set; the best that the processor has is taken at start. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define EACH_ISA __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EACH_ISA
#endif

/* phi (t) for one side of the tube: a, da/dt and da/dmu. */
typedef struct
{
  double a, by_t, by_mu;
} Side;

__attribute__ ((always_inline)) static inline Side
smooth_side (double t, double mu, double inverse)
{
  double p = sqrt (t * t + 4 * mu * mu) + fabs (t);
  double share = 1 / (p + 2 * mu), high = p * share, low = 2 * mu * share;
  double a = t > 0 ? high : low, b = t > 0 ? low : high, product = high * low;
  double factor = product * inverse / (high * high + low * low);

  return (Side){ a, product * factor, factor * (b - a) };
}

/* One spot of n genes. The loops of this file are compiled to vectors (meson.build): no branches, and sums apart. */
EACH_ISA static void
measure_absolute (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, double *sums)
{
  const double *restrict fit = block->fit + at, *restrict values = block->values + at;
  double *restrict slope = block->slope + at, *restrict curvature = block->curvature + at;
  double *restrict cross = block->cross + at, *restrict drift = block->drift + at;
  double mu = loss->smoothing, inverse = 1 / mu, tube = block->tube, scale = loss->scale;
  double beyond = 0, slopes = 0, corner = 0, drifts = 0, sizes = 0;

#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = fit[g] - values[g], size = fabs (r), sign = r < 0 ? -scale : scale;
      Side out = smooth_side (size - tube, mu, inverse), in = smooth_side (-size - tube, mu, inverse);

      beyond += size > tube ? size - tube : 0;
      slopes += out.a + in.a;
      corner += out.by_t + in.by_t;
      drifts += out.by_mu + in.by_mu;
      sizes += size;
      slope[g] = sign * (out.a - in.a);
      curvature[g] = scale * (out.by_t + in.by_t);
      cross[g] = -sign * (out.by_t - in.by_t);
      drift[g] = sign * (out.by_mu - in.by_mu);
    }
  sums[SMOOTH_TUBE_LOSS] = scale * beyond;
  sums[SMOOTH_TUBE_SLOPE] = scale * slopes;
  sums[SMOOTH_TUBE_CORNER] = scale * corner;
  sums[SMOOTH_TUBE_DRIFT] = scale * drifts;
  sums[SMOOTH_TUBE_SIZE] = scale * sizes;
}

/* The same with multipliers, of the spot's genes. */
EACH_ISA static void
measure_augmented (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, const double *restrict multipliers, double *sums)
{
  const double *restrict fit = block->fit + at, *restrict values = block->values + at;
  const double *restrict above = multipliers, *restrict below = multipliers + block->n_genes;
  double *restrict slope = block->slope + at, *restrict curvature = block->curvature + at;
  double *restrict cross = block->cross + at;
  double stiffness = loss->stiffness, tube = block->tube, scale = loss->scale;
  double beyond = 0, slopes = 0, corner = 0, sizes = 0;

#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = fit[g] - values[g], size = fabs (r);
      double a = above[g] + stiffness * (r - tube), b = below[g] + stiffness * (-r - tube);
      double in_a = a > 0 && a < scale ? stiffness : 0, in_b = b > 0 && b < scale ? stiffness : 0;
      a = a < 0 ? 0 : a > scale ? scale : a;
      b = b < 0 ? 0 : b > scale ? scale : b;

      beyond += size > tube ? size - tube : 0;
      slopes += a + b;
      corner += in_a + in_b;
      sizes += size;
      slope[g] = a - b;
      curvature[g] = in_a + in_b;
      cross[g] = in_b - in_a;
    }
  sums[SMOOTH_TUBE_LOSS] = scale * beyond;
  sums[SMOOTH_TUBE_SLOPE] = slopes;
  sums[SMOOTH_TUBE_CORNER] = corner;
  sums[SMOOTH_TUBE_SIZE] = scale * sizes;
}

EACH_ISA static void
measure_squared (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, double *sums)
{
  const double *restrict fit = block->fit + at, *restrict values = block->values + at;
  double *restrict slope = block->slope + at, *restrict curvature = block->curvature + at;
  double *restrict cross = block->cross + at;
  double tube = block->tube, scale = 2 * loss->scale, damping = loss->damping;
  double squares = 0, slopes = 0, corner = 0, sizes = 0;

#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = fit[g] - values[g], size = fabs (r), sign = r < 0 ? -scale : scale;
      double beyond = size > tube ? size - tube : 0, is_out = size > tube ? 1 : damping;

      squares += beyond * beyond;
      slopes += beyond;
      corner += is_out;
      sizes += size;
      slope[g] = sign * beyond;
      curvature[g] = scale * is_out;
      cross[g] = -sign * is_out;
    }
  sums[SMOOTH_TUBE_LOSS] = 0.5 * scale * squares;
  sums[SMOOTH_TUBE_SLOPE] = scale * slopes;
  sums[SMOOTH_TUBE_CORNER] = scale * corner;
  sums[SMOOTH_TUBE_SIZE] = scale * sizes;
}

static double *
multipliers_of (const SmoothTube *loss, const SmoothMisfitBlock *block, gint i)
{
  return loss->multipliers + 2 * (block->first + i) * block->n_genes;
}

static void
measure (const SmoothTube *loss, const SmoothMisfitBlock *block, gint i, double *sums)
{
  gint64 at = i * block->n_genes;

  if (!loss->is_absolute)
    measure_squared (loss, block, at, sums);
  else if (loss->multipliers != NULL)
    measure_augmented (loss, block, at, multipliers_of (loss, block, i), sums);
  else
    measure_absolute (loss, block, at, sums);
}

/**
 * smooth_i_tube_take:
 * @tube: a #SmoothTube with multipliers
 *
 * The slopes at hand become the multipliers; those of the smoothed loss where the stiffness is 0.
 */
void
smooth_i_tube_take (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;
  double scale = loss->scale, mu = loss->smoothing, stiffness = loss->stiffness;

  for (gint i = 0; i < block->n_spots; i++)
    {
      double *above = multipliers_of (loss, block, i), *below = above + block->n_genes;
      for (gint64 g = 0; g < block->n_genes; g++)
        {
          double r = block->fit[i * block->n_genes + g] - block->values[i * block->n_genes + g];
          double t = r - block->tube, u = -r - block->tube;
          above[g] = stiffness > 0 ? CLAMP (above[g] + stiffness * t, 0, scale) : scale * smooth_side (t, mu, 1 / mu).a;
          below[g] = stiffness > 0 ? CLAMP (below[g] + stiffness * u, 0, scale) : scale * smooth_side (u, mu, 1 / mu).a;
          block->slope[i * block->n_genes + g] = above[g] - below[g];
        }
    }
}

/**
 * smooth_i_tube_misfit:
 * @tube: a #SmoothTube: positive and negative are set for the block's spots
 */
void
smooth_i_tube_misfit (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;

  for (gint i = 0; i < block->n_spots; i++)
    {
      gint64 at = i * block->n_genes;
      double sums[SMOOTH_MISFIT_SUMS] = { 0 }, total = 0, positive = 0;

      measure (loss, block, i, sums);
      const double *restrict slope = block->slope + at;
      for (gint64 g = 0; g < block->n_genes; g++)
        {
          total += fabs (slope[g]);
          positive += slope[g] > 0 ? slope[g] : 0;
        }
      loss->positive[block->first + i] = positive;
      loss->negative[block->first + i] = total - positive;
      for (gint s = 0; s < SMOOTH_MISFIT_SUMS; s++)
        block->sums[s] += sums[s];
    }
}

/* loss (r) + its conjugate at the multiplier u + the tube's share |u| e, less u r: >= 0. */
static inline double
gap_of_value (const SmoothTube *loss, double r, double tube, double u)
{
  double beyond = fabs (r) - tube, size = fabs (u);

  if (loss->is_absolute)
    return loss->scale * MAX (beyond, 0) - (u * r - size * tube);
  /* scale max (beyond, 0)^2 - (u r - |u| e) + u^2 / (4 scale), with u = 0 inside of the tube */
  double rest = MAX (beyond, 0) - size / (2 * loss->scale);
  return loss->scale * rest * rest;
}

/**
 * smooth_i_tube_certify:
 * @tube: a #SmoothTube: shrink is used
 *
 * The slopes become the multipliers that the dual problem allows. sums[0]: the gap of these values, sums[1]: sum of
 * |multipliers|.
 */
void
smooth_i_tube_certify (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;
  double unused[SMOOTH_MISFIT_SUMS];

  for (gint i = 0; i < block->n_spots; i++)
    {
      gint64 at = i * block->n_genes;
      const double *shrink = loss->shrink + 2 * (block->first + i);
      measure (loss, block, i, unused);
      for (gint64 g = at; g < at + block->n_genes; g++)
        {
          double u = block->slope[g] *= block->slope[g] > 0 ? shrink[0] : shrink[1];
          block->sums[0] += gap_of_value (loss, block->fit[g] - block->values[g], block->tube, u);
          block->sums[1] += fabs (u);
        }
    }
}
