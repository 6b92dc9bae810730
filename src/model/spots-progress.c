/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The iterate of a solver over spots, what is said of it, and when it stops. */
#include "model/spots-progress-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define SAME 1e-9     /* difference of objectives, of themselves */
#define PROGRESS 1e-6 /* fall of the objective, of itself */
#define EXACT 1e-12   /* an objective below this share of that of B = 0 is rounding */

/**
 * smooth_i_progress_init:
 * @info: (out): reset
 *
 * Three vectors. The iterate is taken by smooth_i_progress_load() only.
 */
gboolean
smooth_i_progress_init (SmoothProgress *progress, SmoothSpots *spots, const SmoothDeconvolutionSettings *settings,
                        SmoothIterate *iterate, SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info,
                        GError **error)
{
  *info = (SmoothInfo){ .status = SMOOTH_STATUS_IMPROVING, .relative_gap = NAN };
  *progress = (SmoothProgress){ .spots = spots,
                                .settings = settings,
                                .iterate = iterate,
                                .improved = improved,
                                .improved_data = improved_data,
                                .info = info,
                                .perfect = 1e-14,
                                .max_idle = 6,
                                .rest = INFINITY,
                                .least = G_MAXDOUBLE,
                                .start = g_get_monotonic_time () };
  progress->x = smooth_i_try_alloc (3 * spots->length, sizeof (double), "an iterate", error);
  if (progress->x == NULL)
    return FALSE;
  progress->gradient = progress->x + spots->length;
  progress->best = progress->x + 2 * spots->length;
  return TRUE;
}

void
smooth_i_progress_clear (SmoothProgress *progress)
{
  g_clear_pointer (&progress->x, smooth_i_free);
}

/* Starts from the caller's iterate. */
void
smooth_i_progress_load (SmoothProgress *progress)
{
  smooth_i_spots_load (progress->spots, progress->iterate, progress->x);
  progress->is_loaded = TRUE;
}

/* What the gap is measured against: the objective, but where the data are fitted exactly it is rounding alone. */
static double
scale_of (const SmoothProgress *progress)
{
  double n = (double) MAX (progress->spots->n, 1);

  return MAX (progress->info->objective, progress->perfect * progress->at_zero / n);
}

/* Less, or the same but for rounding and nearer to an optimum. */
static gboolean
is_better (const SmoothInfo *info, const SmoothInfo *best)
{
  if (!(fabs (info->objective - best->objective) <= SAME * fabs (best->objective)))
    return info->objective < best->objective;
  if (isnan (info->relative_gap) != isnan (best->relative_gap))
    return isnan (best->relative_gap);
  return info->kkt_residual <= best->kkt_residual;
}

/**
 * smooth_i_progress_set:
 * @data, @spatial: n times the terms of the objective at progress->x
 * @gap: n times a bound on what is to be gained; not finite: none
 * @kkt: as info.h defines it
 */
void
smooth_i_progress_set (SmoothProgress *progress, double data, double spatial, double gap, double kkt)
{
  SmoothInfo *info = progress->info;
  double n = (double) MAX (progress->spots->n, 1);

  info->data_term = data / n;
  info->spatial_term = spatial / n;
  info->objective = info->data_term + info->spatial_term;
  info->kkt_residual = kkt;
  info->relative_gap = NAN;
  /* Of collinear types that fit the data exactly no bound below rounding can be shown. */
  gboolean is_rounding = data + spatial <= EXACT * progress->at_zero && gap <= 4 * DBL_EPSILON * progress->at_zero;
  if (isfinite (gap))
    info->relative_gap = gap > 0 && !is_rounding ? gap / n / scale_of (progress) : 0;
  info->seconds = (double) (g_get_monotonic_time () - progress->start) / G_USEC_PER_SEC;
  if (progress->has_best && !is_better (info, &progress->best_info))
    return;
  progress->has_best = TRUE;
  progress->best_info = *info;
  memcpy (progress->best, progress->x, (gsize) progress->spots->length * sizeof (double));
}

/* Forgets that there was no progress: the problem at hand has changed. */
void
smooth_i_progress_restart (SmoothProgress *progress)
{
  progress->n_idle = 0;
  progress->rest = INFINITY;
}

static double
excess_of (const SmoothProgress *progress)
{
  const SmoothInfo *info = progress->info;
  double gap = progress->is_local ? 0 : isnan (info->relative_gap) ? INFINITY : info->relative_gap;

  return MAX (gap, info->kkt_residual) / progress->settings->tolerance;
}

/* A prior that is not semidefinite may reward roughness without bound. */
static gboolean
is_indefinite (const SmoothProgress *progress)
{
  const SmoothInfo *info = progress->info;
  double scale = progress->at_zero / (double) MAX (progress->spots->n, 1) + fabs (info->data_term);

  return !isfinite (info->objective) || info->spatial_term < -(progress->spots->is_convex ? 1e-9 : 1e3) * scale;
}

/**
 * smooth_i_progress_goes_on:
 *
 * Shows the iterate and decides on the status.
 *
 * Returns: FALSE at the end
 */
gboolean
smooth_i_progress_goes_on (SmoothProgress *progress)
{
  SmoothInfo *info = progress->info;
  double excess = excess_of (progress);

  info->status = SMOOTH_STATUS_IMPROVING;
  double rest = isinf (excess) ? info->kkt_residual / progress->settings->tolerance : excess;
  gboolean has_moved = rest < 0.9 * progress->rest || info->objective < progress->least - PROGRESS * fabs (progress->least);
  progress->n_idle = has_moved ? 0 : progress->n_idle + 1;
  progress->rest = MIN (progress->rest, rest);
  progress->least = MIN (progress->least, info->objective);
  if (is_indefinite (progress))
    info->status = SMOOTH_STATUS_INDEFINITE;
  else if (excess <= 1)
    info->status = SMOOTH_STATUS_CONVERGED;
  else if (progress->n_idle >= progress->max_idle || info->iterations >= progress->settings->max_iterations)
    info->status = progress->spots->is_convex ? SMOOTH_STATUS_STOPPED : SMOOTH_STATUS_INDEFINITE;
  if (info->status != SMOOTH_STATUS_IMPROVING)
    return FALSE;
  if (progress->improved == NULL)
    return TRUE;
  smooth_i_spots_store (progress->spots, progress->x, progress->iterate);
  return progress->improved (progress->iterate, info, progress->improved_data);
}

/* Gives the best iterate to the caller, on errors too. */
void
smooth_i_progress_finish (SmoothProgress *progress)
{
  SmoothInfo *info = progress->info;

  if (!progress->is_loaded)
    return;
  if (progress->has_best && info->status != SMOOTH_STATUS_CONVERGED)
    {
      SmoothStatus status = info->status;
      gint iterations = info->iterations;
      *info = progress->best_info;
      info->status = status;
      info->iterations = iterations;
      memcpy (progress->x, progress->best, (gsize) progress->spots->length * sizeof (double));
    }
  smooth_i_spots_store (progress->spots, progress->x, progress->iterate);
  info->seconds = (double) (g_get_monotonic_time () - progress->start) / G_USEC_PER_SEC;
}
