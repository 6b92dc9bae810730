/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dampened weighted least squares: a bounded quadratic programme with blocks that differ by spot.
 *
 *     1/(G n) sum_gi u_gi (X B + 1 b - Y)_gi^2 + lambda/(K n) sum_k c_k b_k'Q_k b_k,   B >= 0 unless signed
 *     u_gi = min (y_gi^-2, m^2), divided by its least over the genes of the spot, at most m
 *
 * The weights do not depend on B. One pass over the genes gives H_i = 2/G X' diag (u_i) X, the programme is solved without
 * looking at genes again (spots-bounded.c), and a last pass computes objective and gradient anew.
 *
 * Certificate: H = blockdiag (H_i + diag (m_k slack_i)) is at most the Hessian A (slack: spots.c), so that for g = grad F
 * (B)
 *
 *     F (B) - F* <= max over Z >= 0 of g'(B - Z) - (Z - B)'H (Z - B) / 2
 *
 * which is a small programme for each spot, bounded from above by its dual: any D with B + D >= 0 and g + H D >= 0.
 *
 * Source of the weights: D. Tsoucas et al., Nature Communications 10 (2019) 2975; of the model with a prior: Su et al.,
 * Genome Biology 24 (2023) 291.
 */
#include "model/spots-progress-private.h"

#include <math.h>
#include <string.h>

#define NEAR 0.1             /* KKT residual from which a bound is worth its cost */
#define FIRST_REDUCTION 0.03 /* of the violation, before objective and gradient are computed anew: a picture soon */
#define REDUCTION 1e-6
#define SAFETY 0.3

/* u_gi from |y_gi| >= 1/m: (largest / y)^2, at most m. */
static void
weigh (const double *values, gint64 n_genes, double cap, double *weights)
{
  double largest = 1 / cap;

  for (gint64 g = 0; g < n_genes; g++)
    largest = MAX (largest, fabs (values[g]));
  for (gint64 g = 0; g < n_genes; g++)
    {
      double ratio = largest / MAX (fabs (values[g]), 1 / cap);
      weights[g] = MIN (ratio * ratio, cap);
    }
}

/* One spot: weights become slopes; returns the misfit, times n. */
static double
weigh_residuals (const double *fit, const double *values, gint64 n_genes, double *slope)
{
  double sum = 0, scale = 2 / (double) n_genes;

  for (gint64 g = 0; g < n_genes; g++)
    {
      double residual = fit[g] - values[g];
      slope[g] *= scale * residual;
      sum += 0.5 * slope[g] * residual;
    }
  return sum;
}

/* sums[0]: the misfit, times n. */
static void
misfit_of_squares (SmoothMisfitBlock *block, gconstpointer data)
{
  double cap = *(const double *) data;

  for (gint i = 0; i < block->n_spots; i++)
    {
      gint64 at = i * block->n_genes;
      weigh (block->values + at, block->n_genes, cap, block->slope + at);
      for (gint64 g = 0; block->wants_curvature && g < block->n_genes; g++)
        block->curvature[at + g] = 2 * block->slope[at + g] / (double) block->n_genes;
      block->sums[0] += weigh_residuals (block->fit + at, block->values + at, block->n_genes, block->slope + at);
    }
}

/* The largest derivative by an abundance where all are 0 and constants are the best for that. */
static double
largest_gradient (const SmoothSpots *spots, const double *gradient)
{
  gint size = spots->size;
  double largest = 0;

  for (gint64 i = 0; i < spots->n; i++)
    {
      const double *block = spots->blocks + i * spots->n_packed;
      double bias = size > spots->n_types ? -gradient[i * size + size - 1] / block[spots->n_packed - 1] : 0;
      for (gint k = 0, at = 0; k < spots->n_types; at += size - k, k++)
        {
          double cross = size > spots->n_types ? block[at + size - 1 - k] : 0;
          largest = MAX (largest, fabs (gradient[i * size + k] + bias * cross));
        }
    }
  return largest;
}

/* Objective, gradient and certificate at the iterate. */
static gboolean
evaluate (SmoothProgress *progress, SmoothMisfit *misfit, const double *cap, GError **error)
{
  SmoothSpots *spots = misfit->spots;
  double sums[SMOOTH_MISFIT_SUMS], spatial;

  if (!smooth_i_misfit_run (misfit, progress->x, misfit_of_squares, cap, SMOOTH_MISFIT_SLOPES, progress->gradient,
                            sums, error)
      || !smooth_i_spots_add_prior (spots, progress->x, progress->gradient, &spatial, error))
    return FALSE;
  double kkt = smooth_i_spots_kkt (spots, progress->x, progress->gradient, progress->largest);
  double gap = kkt < NEAR ? smooth_i_spots_bound (spots, progress->x, progress->gradient) : INFINITY;
  smooth_i_progress_set (progress, sums[0], spatial, gap, kkt);
  return TRUE;
}

static gboolean
solve (SmoothProgress *progress, SmoothMisfit *misfit, const double *cap, GError **error)
{
  SmoothSpots *spots = misfit->spots;
  double sums[SMOOTH_MISFIT_SUMS];

  /* progress->x is still 0 here. */
  if (!smooth_i_misfit_run (misfit, progress->x, misfit_of_squares, cap, SMOOTH_MISFIT_CURVATURES, progress->gradient,
                            sums, error))
    return FALSE;
  progress->largest = largest_gradient (spots, progress->gradient);
  progress->at_zero = sums[0];
  smooth_i_progress_load (progress);

  for (gint outer = 0; evaluate (progress, misfit, cap, error); outer++)
    {
      if (!smooth_i_progress_goes_on (progress))
        return TRUE;
      double goal =
          (outer == 0 ? FIRST_REDUCTION : REDUCTION) * smooth_i_spots_measure (spots, progress->x, progress->gradient);
      if (outer > 0 && outer < 3)
        goal = MAX (goal, SAFETY * progress->settings->tolerance * progress->largest);
      if (!smooth_i_spots_minimise (spots, progress->x, progress->gradient, NULL, goal, progress->settings->max_iterations,
                                    &progress->info->iterations, error))
        return FALSE;
    }
  return FALSE;
}

/**
 * smooth_i_dwls_solve:
 *
 * O(G n K^2) once, O(n K^2 + K nnz (Q)) an iteration; blocks of (K + 1) (K + 2) doubles and about 10 (K + 1) a spot.
 */
gboolean
smooth_i_dwls_solve (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, SmoothIterate *iterate,
                     SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSpots) spots = smooth_i_spots_new (problem, settings, !settings->is_signed, FALSE, run, error);
  g_autoptr (SmoothMisfit) misfit = spots != NULL ? smooth_i_misfit_new (spots, TRUE, error) : NULL;
  g_auto (SmoothProgress) progress = { 0 };

  if (misfit == NULL || !smooth_i_progress_init (&progress, spots, settings, iterate, improved, improved_data, info, error))
    return FALSE;
  gboolean done = solve (&progress, misfit, &settings->dwls_cap, error);
  smooth_i_progress_finish (&progress);
  return done;
}
