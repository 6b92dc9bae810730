/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses beyond a tube of half-width e, their derivatives, and the multipliers that a certificate is made of.
 *
 *     squared   C/G max (|r| - e, 0)^2             r = fit - value
 *     absolute  C/G max (|r| - e, 0): a slope where there is one; curvatures are those of interior point steps
 * (nusvr-steps.c)
 */
#include "model/nusvr-private.h"

#include <math.h>

/* One copy for each instruction set; the best that the processor has is taken at start. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define EACH_ISA __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EACH_ISA
#endif

/* One spot of n genes. The loops of this file are compiled to vectors (meson.build): no branches, and sums apart. */
EACH_ISA static void
measure_absolute (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, double *sums)
{
  const double *restrict fit = block->fit + at, *restrict values = block->values + at;
  double *restrict slope = block->slope + at;
  double tube = block->tube, scale = loss->scale, beyond = 0, slopes = 0, sizes = 0;

#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = fit[g] - values[g], size = fabs (r), is_out = size > tube ? 1 : 0;

      beyond += is_out * (size - tube);
      slopes += is_out;
      sizes += size;
      slope[g] = (r < 0 ? -scale : scale) * is_out;
    }
  sums[SMOOTH_TUBE_LOSS] = scale * beyond;
  sums[SMOOTH_TUBE_SLOPE] = scale * slopes;
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

static void
measure (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, double *sums)
{
  if (loss->is_absolute)
    measure_absolute (loss, block, at, sums);
  else
    measure_squared (loss, block, at, sums);
}

/**
 * smooth_i_tube_misfit:
 * @tube: a #SmoothTube: positive and negative are set for the block's spots
 *
 * An absolute loss has no curvature.
 */
void
smooth_i_tube_misfit (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;

  for (gint i = 0; i < block->n_spots; i++)
    {
      gint64 at = i * block->n_genes;
      double sums[SMOOTH_MISFIT_SUMS] = { 0 }, total = 0, positive = 0;

      measure (loss, block, at, sums);
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

/* One spot: the slopes become allowed multipliers u. Of each value: loss (r) + its conjugate at u + the tube's share |u| e,
 * less u r:
 * >= 0. */
EACH_ISA static void
certify_spot (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, const double *shrink, double *sums)
{
  const double *restrict fit = block->fit + at, *restrict values = block->values + at;
  double *restrict slope = block->slope + at;
  double tube = block->tube, scale = loss->scale, up = shrink[0], down = shrink[1], half = 0.5 / scale,
         is_squared = loss->is_absolute ? 0 : 1;
  double gap = 0, total = 0, losses = 0;

#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = fit[g] - values[g], beyond = fabs (r) - tube, u = slope[g] * (slope[g] > 0 ? up : down), size = fabs (u);
      beyond = beyond > 0 ? beyond : 0;
      /* scale max (beyond, 0)^2 - (u r - |u| e) + u^2 / (4 scale), with u = 0 inside of the tube */
      double rest = beyond - size * half, of_squares = scale * rest * rest,
             of_sizes = scale * beyond - (u * r - size * tube);

      slope[g] = u;
      gap += is_squared > 0 ? of_squares : of_sizes;
      total += size;
      losses += scale * beyond * (is_squared > 0 ? beyond : 1);
    }
  sums[0] += gap;
  sums[1] += total;
  sums[2] += losses;
}

/* The slopes that multipliers stand for. */
static void
take_shares (const SmoothTube *loss, const SmoothMisfitBlock *block, gint i)
{
  const double *restrict above = loss->shares + 2 * (block->first + i) * block->n_genes;
  const double *restrict below = above + block->n_genes;
  double *restrict slope = block->slope + i * block->n_genes;

  for (gint64 g = 0; g < block->n_genes; g++)
    slope[g] = loss->scale * (above[g] - below[g]);
}

/**
 * smooth_i_tube_certify:
 * @tube: a #SmoothTube: shrink is used
 *
 * The multipliers, or else the slopes, become the multipliers that the dual problem allows. sums[0]: the gap of these
 * values, sums[1]: sum of |multipliers|, sums[2]: loss.
 */
void
smooth_i_tube_certify (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;
  double unused[SMOOTH_MISFIT_SUMS];

  for (gint i = 0; i < block->n_spots; i++)
    {
      gint64 at = i * block->n_genes;
      if (loss->shares != NULL)
        take_shares (loss, block, i);
      else
        measure (loss, block, at, unused);
      certify_spot (loss, block, at, loss->shrink + 2 * (block->first + i), block->sums);
    }
}
