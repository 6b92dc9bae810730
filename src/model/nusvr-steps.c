/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interior point steps of absolute losses, value by value: each side of the tube has a multiplier (its share, a, of C/G) and
 * slacks.
 *
 *     max (t, 0) = min s with s >= 0, s - t >= 0        t = r - e above, -r - e below
 *     the path   (s - t) a = mu,  s (1 - a) = mu          smoothed slope: phi'(t) = the a for which both hold
 *     a step     a + da = phi'(t) + w dt,  w = a (1 - a) / ((s - t) (1 - a) + s a)
 *
 * Either the slacks are those that are best for t and mu, whatever the multiplier (then da is as above, w from the
 * multiplier: where t is far from its path only multipliers know on which side it will end), or they are variables of their
 * own, as in S. Mehrotra, SIAM J. Optimization 2 (1992) 575 without the corrector; R. Koenker, S. Portnoy, Statistical
 * Science 12 (1997) 279 for the box of multipliers.
 */
#include "model/nusvr-private.h"

#include <math.h>

#define KEPT 0.005 /* of a multiplier's way to a bound */
#define LEAST_SHARE 1e-300
#define LEAST_REST 1e-15
#define LEAST_SLACK 1e-3 /* of mu: below it is rounding */

/* One copy for each instruction set; the best that the processor has is taken at start. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define EACH_ISA __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EACH_ISA
#endif

/* phi'(t), and the slacks s - t and s that go with it. */
typedef struct
{
  double a, above, below;
} Slack;

__attribute__ ((always_inline)) static inline Slack
smooth_slack (double t, double mu)
{
  double p = sqrt (t * t + 4 * mu * mu) + fabs (t), whole = p + 2 * mu, share = 1 / whole;
  double far = 0.5 * whole, near = mu + 2 * mu * mu / p;

  return t > 0 ? (Slack){ p * share, near, far } : (Slack){ 2 * mu * share, far, near };
}

/* Residuals, to where slopes go: the loops below have to see the same bits, and sums in any order might give each its own.
 * With the least smoothing a difference of one bit is one in the fourth digit of a multiplier. */
static void
take_residuals (const SmoothMisfitBlock *block, gint64 at)
{
  for (gint64 g = at; g < at + block->n_genes; g++)
    block->slope[g] = block->fit[g] - block->values[g];
}

/* How a multiplier's share changes with t, where it is @share. */
__attribute__ ((always_inline)) static inline double
bend (Slack slack, double share)
{
  double rest = 1 - share;

  return share * rest / (slack.above * rest + slack.below * share);
}

/* The programme of a step: slopes of the smoothed loss, curvatures of the multipliers. */
EACH_ISA static void
plan_shares (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, const double *restrict shares, double *sums)
{
  const double *restrict highs = shares, *restrict lows = shares + block->n_genes;
  double *restrict slope = block->slope + at, *restrict curvature = block->curvature + at;
  double *restrict cross = block->cross + at;
  double mu = loss->smoothing, tube = block->tube, scale = loss->scale, slopes = 0, corner = 0;

  take_residuals (block, at);
#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = slope[g];
      Slack above = smooth_slack (r - tube, mu), below = smooth_slack (-r - tube, mu);
      double by_above = scale * bend (above, highs[g]), by_below = scale * bend (below, lows[g]);

      slopes += above.a + below.a;
      corner += by_above + by_below;
      slope[g] = scale * (above.a - below.a);
      curvature[g] = by_above + by_below;
      cross[g] = by_below - by_above;
    }
  sums[SMOOTH_TUBE_SLOPE] += scale * slopes;
  sums[SMOOTH_TUBE_CORNER] += corner;
}

/* The slope of the smoothed loss along a step, at a share of it. */
EACH_ISA static double
probe_shares (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at)
{
  const double *restrict residual = block->slope + at, *restrict change = block->change + at;
  double mu = loss->smoothing, tube = block->tube, by = loss->tube_step, length = loss->length, slope = 0;

  take_residuals (block, at);
#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = residual[g], dt = change[g] - by, du = -change[g] - by;

      slope += smooth_slack (r - tube + length * dt, mu).a * dt + smooth_slack (-r - tube + length * du, mu).a * du;
    }
  return loss->scale * slope;
}

/* The share after a step of t, held back on its way to 0 or 1. */
__attribute__ ((always_inline)) static inline double
move_share (Slack slack, double share, double step, double length)
{
  double next = slack.a + bend (slack, share) * step, least = KEPT * share, most = 1 - KEPT * (1 - share);

  next = next < least ? least : next > most ? most : next;
  next = share + length * (next - share);
  return next < LEAST_SHARE ? LEAST_SHARE : next > 1 - LEAST_REST ? 1 - LEAST_REST : next;
}

EACH_ISA static void
move_shares (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, double *restrict shares, double *positive,
             double *negative)
{
  const double *restrict residual = block->slope + at, *restrict change = block->change + at;
  double *restrict highs = shares, *restrict lows = shares + block->n_genes;
  double mu = loss->smoothing, tube = block->tube, by = loss->tube_step, length = loss->length, up = 0, down = 0;

  take_residuals (block, at);
#pragma GCC ivdep
  for (gint64 g = 0; g < block->n_genes; g++)
    {
      double r = residual[g];
      double high = move_share (smooth_slack (r - tube, mu), highs[g], change[g] - by, length);
      double low = move_share (smooth_slack (-r - tube, mu), lows[g], -change[g] - by, length);

      up += high > low ? high - low : 0;
      down += high < low ? low - high : 0;
      highs[g] = high;
      lows[g] = low;
    }
  *positive = loss->scale * up;
  *negative = loss->scale * down;
}

/* One value's side of the tube: what is beyond it, the multiplier's share and its rest, both slacks, and how Newton's method
 * takes the share along with a step of t: to share + by_t step + jump. */
typedef struct
{
  double share, rest, above, below, by_t, jump;
} Side;

__attribute__ ((always_inline)) static inline Side
take_side (double t, double share, double slack, double mu)
{
  double rest = 1 - share, above = slack - t, least = LEAST_SLACK * mu;
  above = above > least ? above : least;
  double product = share * rest, inverse = 1 / (above * rest + slack * share);

  return (Side){ share, rest, above, slack, product * inverse, (product * t + mu * (rest - share)) * inverse };
}

/* The programme of a step, with slacks. */
EACH_ISA static void
plan_slacks (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, const double *restrict shares,
             const double *restrict slacks, double *sums)
{
  gint64 n = block->n_genes;
  const double *restrict highs = shares, *restrict lows = shares + n, *restrict tops = slacks,
                         *restrict bottoms = slacks + n;
  double *restrict slope = block->slope + at, *restrict curvature = block->curvature + at;
  double *restrict cross = block->cross + at;
  double mu = loss->smoothing, tube = block->tube, scale = loss->scale, slopes = 0, corner = 0;

  take_residuals (block, at);
#pragma GCC ivdep
  for (gint64 g = 0; g < n; g++)
    {
      double r = slope[g];
      Side above = take_side (r - tube, highs[g], tops[g], mu), below = take_side (-r - tube, lows[g], bottoms[g], mu);
      double to_above = above.share + above.jump, to_below = below.share + below.jump;

      slopes += to_above + to_below;
      corner += above.by_t + below.by_t;
      slope[g] = scale * (to_above - to_below);
      curvature[g] = scale * (above.by_t + below.by_t);
      cross[g] = scale * (below.by_t - above.by_t);
    }
  sums[SMOOTH_TUBE_SLOPE] += scale * slopes;
  sums[SMOOTH_TUBE_CORNER] += scale * corner;
}

/* How far a side may go at most: the inverse of it. */
__attribute__ ((always_inline)) static inline double
speed_of (Side side, double step, double mu)
{
  double change = side.by_t * step + side.jump;
  double by_slack = (mu + side.below * change) / side.rest - side.below, by_above = by_slack - step;
  double speed = change < 0 ? -change / side.share : change / side.rest;
  double slacks = -by_slack / side.below, others = -by_above / side.above;

  speed = slacks > speed ? slacks : speed;
  return others > speed ? others : speed;
}

/* One over the length at which the first multiplier or slack of a spot ends. */
EACH_ISA static double
probe_slacks (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, const double *restrict shares,
              const double *restrict slacks)
{
  gint64 n = block->n_genes;
  const double *restrict residual = block->slope + at, *restrict change = block->change + at;
  const double *restrict highs = shares, *restrict lows = shares + n, *restrict tops = slacks,
                         *restrict bottoms = slacks + n;
  double mu = loss->smoothing, tube = block->tube, by = loss->tube_step, most = 0;

  take_residuals (block, at);
#pragma GCC ivdep
  for (gint64 g = 0; g < n; g++)
    {
      double r = residual[g];
      double above = speed_of (take_side (r - tube, highs[g], tops[g], mu), change[g] - by, mu);
      double below = speed_of (take_side (-r - tube, lows[g], bottoms[g], mu), -change[g] - by, mu);

      most = above > most ? above : most;
      most = below > most ? below : most;
    }
  return most;
}

/* Moves share and slack of a side; returns the products that are to become mu. */
__attribute__ ((always_inline)) static inline double
move_side (Side side, double t, double step, double mu, double length, double *share, double *slack)
{
  double change = side.by_t * step + side.jump;
  double by_slack = (mu + side.below * change) / side.rest - side.below;
  double next = side.share + length * change, below = side.below + length * by_slack, above = below - t - length * step;

  next = next < LEAST_SHARE ? LEAST_SHARE : next > 1 - LEAST_REST ? 1 - LEAST_REST : next;
  *share = next;
  *slack = below;
  return next * above + (1 - next) * below;
}

EACH_ISA static void
move_slacks (const SmoothTube *loss, const SmoothMisfitBlock *block, gint64 at, double *restrict shares,
             double *restrict slacks, double *sums, double *positive, double *negative)
{
  gint64 n = block->n_genes;
  const double *restrict residual = block->slope + at, *restrict change = block->change + at;
  double *restrict highs = shares, *restrict lows = shares + n, *restrict tops = slacks, *restrict bottoms = slacks + n;
  double mu = loss->smoothing, tube = block->tube, by = loss->tube_step, length = loss->length, up = 0, down = 0,
         products = 0;

  take_residuals (block, at);
#pragma GCC ivdep
  for (gint64 g = 0; g < n; g++)
    {
      double r = residual[g], t = r - tube, u = -r - tube, high, low, top, bottom;

      products += move_side (take_side (t, highs[g], tops[g], mu), t, change[g] - by, mu, length, &high, &top);
      products += move_side (take_side (u, lows[g], bottoms[g], mu), u, -change[g] - by, mu, length, &low, &bottom);
      up += high > low ? high - low : 0;
      down += high < low ? low - high : 0;
      highs[g] = high;
      lows[g] = low;
      tops[g] = top;
      bottoms[g] = bottom;
    }
  sums[0] += products;
  *positive = loss->scale * up;
  *negative = loss->scale * down;
}

static double *
of_spot (double *values, const SmoothMisfitBlock *block, gint i)
{
  return values + 2 * (block->first + i) * block->n_genes;
}

/**
 * smooth_i_tube_start:
 * @tube: a #SmoothTube: positive and negative are set for the block's spots
 *
 * Puts multipliers, and slacks if there are any, to the path for the residuals at hand.
 */
void
smooth_i_tube_start (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;
  gint64 n = block->n_genes;

  for (gint i = 0; i < block->n_spots; i++)
    {
      double *shares = of_spot (loss->shares, block, i),
             *slacks = loss->slacks != NULL ? of_spot (loss->slacks, block, i) : NULL;
      double up = 0, down = 0;
      for (gint64 g = 0; g < n; g++)
        {
          double r = block->fit[i * n + g] - block->values[i * n + g];
          Slack above = smooth_slack (r - block->tube, loss->smoothing),
                below = smooth_slack (-r - block->tube, loss->smoothing);
          shares[g] = above.a;
          shares[g + n] = below.a;
          up += MAX (above.a - below.a, 0);
          down += MAX (below.a - above.a, 0);
          if (slacks == NULL)
            continue;
          slacks[g] = above.below;
          slacks[g + n] = below.below;
        }
      loss->positive[block->first + i] = loss->scale * up;
      loss->negative[block->first + i] = loss->scale * down;
    }
}

/**
 * smooth_i_tube_plan:
 * @tube: a #SmoothTube with multipliers
 *
 * Slopes and curvatures of a step's quadratic programme.
 */
void
smooth_i_tube_plan (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;

  for (gint i = 0; i < block->n_spots; i++)
    if (loss->slacks != NULL)
      plan_slacks (loss, block, i * block->n_genes, of_spot (loss->shares, block, i), of_spot (loss->slacks, block, i),
                   block->sums);
    else
      plan_shares (loss, block, i * block->n_genes, of_spot (loss->shares, block, i), block->sums);
}

/**
 * smooth_i_tube_probe:
 * @block: where a step starts, with the change of the fit
 * @tube: a #SmoothTube with multipliers
 *
 * Without slacks sums[0] is the slope of the smoothed loss along the step, at its length. With slacks positive is set for
 * the block's spots: one over the length at which the first multiplier or slack ends.
 */
void
smooth_i_tube_probe (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;

  for (gint i = 0; i < block->n_spots; i++)
    if (loss->slacks != NULL)
      loss->positive[block->first + i] =
          probe_slacks (loss, block, i * block->n_genes, of_spot (loss->shares, block, i), of_spot (loss->slacks, block, i));
    else
      block->sums[0] += probe_shares (loss, block, i * block->n_genes);
}

/**
 * smooth_i_tube_move:
 * @block: where a step starts, with the change of the fit
 * @tube: a #SmoothTube with multipliers: positive and negative are set for the block's spots
 *
 * Takes multipliers and slacks along with a step. With slacks sums[0]: the products that are to become the smoothing, two of
 * each side of each value.
 */
void
smooth_i_tube_move (SmoothMisfitBlock *block, gconstpointer tube)
{
  const SmoothTube *loss = tube;

  for (gint i = 0; i < block->n_spots; i++)
    {
      double *positive = &loss->positive[block->first + i], *negative = &loss->negative[block->first + i];
      double *shares = of_spot (loss->shares, block, i);
      if (loss->slacks != NULL)
        move_slacks (loss, block, i * block->n_genes, shares, of_spot (loss->slacks, block, i), block->sums, positive,
                     negative);
      else
        move_shares (loss, block, i * block->n_genes, shares, positive, negative);
    }
}
