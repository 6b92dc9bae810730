/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nu support vector regression under a spatial prior: Newton's method over blocks, one tube for all spots.
 *
 *     C (nu e + mean of max (|X B + 1 b - Y| - e, 0)^p) + mean (B^2) / 2 + lambda/(K n) sum_k c_k b_k'Q_k b_k
 *     e >= 0;  p = 2 or 1;  B >= 0 unless signed
 *
 * p = 2: the objective is piecewise quadratic. Each step solves the bounded quadratic programme of the pieces at hand
 * (spots-bounded.c) and goes as far along its solution as the slope falls; the pieces settle after a few steps. Where steps
 * are cut short again and again (spots with fewer values beyond the tube than unknowns) values inside of the tube lend some of
 * their curvature: with all of it a step is never too long.
 * p = 1: an interior point method (nusvr-absolute.c), whose steps are such programmes as well.
 *
 * Certificate: a duality gap. For multipliers u (G x n) with sum_gi |u_gi| <= C nu n, with bias sum_g u_gi = 0, and for p =
 * 1 |u_gi| <= C / G, every term of n (objective - dual objective) is >= 0:
 *
 *     sum_gi loss (r_gi) + loss* (u_gi) - (u_gi r_gi - |u_gi| e)   +   e (C nu n - sum |u|)   +   sum_ik most of -(g t +
 * c_ik t^2 / 2)
 *
 * loss* = 0 for p = 1, G u^2 / (4 C) for p = 2; g = X'u + B / K + M o (B Q); c_ik = 1 / K + m_k slack_i (spots.c), t >=
 * -b_ik unless signed. The multipliers are the derivatives of the loss (p = 2) or those of the interior point: positive and
 * negative ones of a spot are shrunk to one sum, then all of them to the tube's cost.
 *
 * Source: B. Schoelkopf et al., Neural Computation 12 (2000) 1207; with a prior: Su et al., Genome Biology 24 (2023) 291.
 */
#include "model/nusvr-private.h"

#include <math.h>
#include <string.h>

#define NEAR 0.01      /* KKT residual from which a certificate is worth its pass */
#define REDUCTION 1e-3 /* of the violation, by the quadratic programme of a step */
#define MOST_INNER 300 /* iterations of it, and under a strong prior: */
#define MOST_INNER_STIFF 4000
#define RIDGE 1e-9     /* curvature of constants and tube where no value is beyond it, of the most they can have */
#define FIRST_DAMPING 1e-4 /* curvature that values inside of the tube lend */
#define LEAST_DAMPING 1e-9
#define RAISE 5 /* times that after a step that was too long; less after others */
#define OVERSHOOT 0.5  /* slope at the end of a step, of that at its start, with the other sign */
#define SHORTEST 0.1   /* steps from one trial to the next */
#define LONGEST 0.7
#define WILD 1e3     /* times the objective: rounding took a step anywhere */
#define MAX_SHORTER 12 /* trials */
#define MAX_IDLE 40 /* damped steps without progress */

/* Adds mean (B^2) / 2, times n; returns it. */
static double
add_ridge (const SmoothSvr *svr, const double *x, double *gradient, gboolean with_blocks)
{
  SmoothSpots *spots = svr->spots;
  gint K = spots->n_types;
  double sum = 0;

  for (gint64 i = 0; i < spots->n; i++)
    for (gint k = 0, at = 0; k < K; at += spots->size - k, k++)
      {
        double b = x[i * spots->size + k];
        gradient[i * spots->size + k] += b / K;
        if (with_blocks)
          spots->blocks[i * spots->n_packed + at] += 1.0 / K;
        sum += b * b / (2.0 * K);
      }
  return sum;
}

/* Constants and tube have a curvature of their own, that no step is without bounds; interior points have it already. */
static void
add_curvature (const SmoothSvr *svr)
{
  SmoothSpots *spots = svr->spots;
  double most = svr->loss.is_absolute ? 0 : 2 * svr->settings->svr_cost;

  for (gint64 i = 0; i < spots->n && spots->size > spots->n_types; i++)
    spots->blocks[i * spots->n_packed + spots->n_packed - 1] += RIDGE * most;
  spots->corner += RIDGE * most * (double) spots->n;
}

/* Gradient and quadratic programme at progress->x, and with smooth_i_tube_misfit() the objective. */
gboolean
smooth_i_svr_evaluate (SmoothSvr *svr, SmoothMisfitFunc func, GError **error)
{
  SmoothSpots *spots = svr->spots;
  const double *x = svr->progress.x;
  double *gradient = svr->progress.gradient;
  gint64 last = spots->length - 1;

  if (!smooth_i_misfit_run (svr->misfit, x, func, &svr->loss, SMOOTH_MISFIT_CURVATURES, gradient, svr->sums, error)
      || !smooth_i_spots_add_prior (spots, x, gradient, &svr->spatial, error))
    return FALSE;
  svr->data = svr->sums[SMOOTH_TUBE_LOSS] + svr->cost * x[last] + add_ridge (svr, x, gradient, TRUE);
  gradient[last] = svr->cost - svr->sums[SMOOTH_TUBE_SLOPE];
  spots->corner = svr->sums[SMOOTH_TUBE_CORNER];
  add_curvature (svr);
  return TRUE;
}

/* How much multipliers must shrink to be allowed. */
static void
shrink_multipliers (SmoothSvr *svr)
{
  SmoothTube *loss = &svr->loss;
  double sum = 0;

  for (gint64 i = 0; i < svr->spots->n; i++)
    {
      double positive = loss->positive[i], negative = loss->negative[i], least = MIN (positive, negative);
      gboolean has_bias = svr->settings->bias;
      loss->shrink[2 * i] = has_bias && positive > 0 ? least / positive : 1;
      loss->shrink[2 * i + 1] = has_bias && negative > 0 ? least / negative : 1;
      sum += loss->shrink[2 * i] * positive + loss->shrink[2 * i + 1] * negative;
    }
  double all = sum > svr->cost ? svr->cost / sum : 1;
  for (gint64 i = 0; i < 2 * svr->spots->n; i++)
    loss->shrink[i] *= all;
}

/* The last sum of the certificate. */
static double
gap_of_abundances (const SmoothSvr *svr, const double *x, const double *gradient)
{
  const SmoothSpots *spots = svr->spots;
  double sum = 0;

  for (gint64 i = 0; i < spots->n; i++)
    for (gint k = 0; k < spots->n_types; k++)
      {
        double b = x[i * spots->size + k], g = gradient[i * spots->size + k];
        double c = 1.0 / spots->n_types + smooth_i_spots_prior_at (spots, spots->slack, k, i);
        if (!(c > 0))
          return INFINITY;
        double t = spots->is_bounded ? MAX (-b, -g / c) : -g / c;
        sum -= t * (g + 0.5 * c * t);
      }
  return sum;
}

/* Objective, duality gap and KKT residual at progress->x, for the multipliers at hand, or else the slopes of the last evaluation there;
 * svr->model is overwritten. */
gboolean
smooth_i_svr_certify (SmoothSvr *svr, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  const double *x = progress->x;
  double sums[SMOOTH_MISFIT_SUMS], tube = x[spots->length - 1], n = (double) MAX (spots->n, 1);

  shrink_multipliers (svr);
  if (!smooth_i_misfit_run (svr->misfit, x, smooth_i_tube_certify, &svr->loss, SMOOTH_MISFIT_SLOPES, svr->model, sums, error)
      || !smooth_i_spots_add_prior (spots, x, svr->model, &svr->spatial, error))
    return FALSE;
  svr->data = sums[2] + svr->cost * tube + add_ridge (svr, x, svr->model, FALSE);
  double rest = MAX (svr->cost - sums[1], 0);
  double kkt = smooth_i_spots_kkt (spots, x, svr->model, progress->largest);
  kkt = MAX (kkt, MIN (rest / n / svr->settings->svr_cost, tube));
  svr->gap = sums[0] + tube * rest + gap_of_abundances (svr, x, svr->model);
  smooth_i_progress_set (progress, svr->data, svr->spatial, svr->gap, kkt);
  return TRUE;
}

/* Without a certificate: what the gradient alone tells. */
static void
report (SmoothSvr *svr)
{
  SmoothProgress *progress = &svr->progress;

  smooth_i_progress_set (progress, svr->data, svr->spatial, INFINITY,
                         smooth_i_spots_kkt (svr->spots, progress->x, progress->gradient, progress->largest));
}

/* The gradient at the origin: what KKT residuals are measured against. */
static gboolean
measure_origin (SmoothSvr *svr, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;

  if (!smooth_i_misfit_run (svr->misfit, progress->x, smooth_i_tube_misfit, &svr->loss, SMOOTH_MISFIT_SLOPES,
                            progress->gradient, svr->sums, error))
    return FALSE;
  progress->at_zero = svr->sums[SMOOTH_TUBE_LOSS];
  for (gint64 e = 0; e < spots->length - 1; e++)
    if (e % spots->size < spots->n_types)
      progress->largest = MAX (progress->largest, fabs (progress->gradient[e]));
  return TRUE;
}

/**
 * smooth_i_svr_plan:
 * @goal: on what is left of the violation
 * @slope: (out): minus the derivative of the objective at the start, along the step
 *
 * Solves the bounded quadratic programme at progress->x whose gradient there is svr->model: progress->x becomes svr->old +
 * svr->step, where the step itself has no rounding of x.
 */
gboolean
smooth_i_svr_plan (SmoothSvr *svr, double goal, double *slope, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  gsize bytes = (gsize) spots->length * sizeof (double);
  gint most = smooth_i_spots_is_stiff (spots) ? MOST_INNER_STIFF : MOST_INNER;
  gint limit = (gint) MIN ((gint64) progress->info->iterations + most, progress->settings->max_iterations);

  memcpy (svr->old, progress->x, bytes);
  memcpy (svr->start, svr->model, bytes);
  memset (svr->step, 0, bytes);
  if (!smooth_i_spots_minimise (spots, progress->x, svr->model, svr->step, goal, limit, &progress->info->iterations, error))
    return FALSE;
  progress->info->iterations++;
  *slope = -smooth_i_spots_dot (spots, svr->start, svr->step);
  return TRUE;
}

/* Puts progress->x to a share of the step that was planned, where it is when that is all of it. */
void
smooth_i_svr_place (SmoothSvr *svr, double share)
{
  const SmoothSpots *spots = svr->spots;
  gint64 last = spots->length - 1;

  for (gint64 e = 0; share < 1 && e <= last; e++)
    {
      double x = svr->old[e] + share * svr->step[e];
      gboolean is_bounded = e == last || (spots->is_bounded && e % spots->size < spots->n_types);
      svr->progress.x[e] = is_bounded ? MAX (x, 0) : x;
    }
}

/* Evaluates where a share of the step leads. @rest: the slope there, of that at the start, -@slope. */
static gboolean
try_step (SmoothSvr *svr, double slope, double share, double before, double *rest, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;

  smooth_i_svr_place (svr, share);
  if (!smooth_i_svr_evaluate (svr, smooth_i_tube_misfit, error))
    return FALSE;
  *rest = slope > 0 ? smooth_i_spots_dot (spots, progress->gradient, svr->step) / slope : 0;
  if (!(svr->data + svr->spatial <= WILD * (before + progress->at_zero)))
    *rest = WILD;
  return TRUE;
}

/* One step towards the optimum of the pieces at hand: the whole of it where the objective does not rise again along it, else
 * less. Leaves the evaluation of where it ends. @whole: (out): slope at the end of the whole step, of that at its start, with the
 * other sign. */
static gboolean
take_step (SmoothSvr *svr, double *whole, GError **error)
{
  SmoothProgress *progress = &svr->progress;
  double before = svr->data + svr->spatial, slope, share = 1;

  memcpy (svr->model, progress->gradient, (gsize) svr->spots->length * sizeof (double));
  if (!smooth_i_svr_plan (svr, REDUCTION * smooth_i_spots_measure (svr->spots, progress->x, svr->model), &slope, error)
      || !try_step (svr, slope, share, before, whole, error))
    return FALSE;
  double rest = *whole;
  for (gint k = 0; k < MAX_SHORTER && rest > OVERSHOOT; k++)
    {
      share *= CLAMP (1 / (1 + rest), SHORTEST, LONGEST);
      if (!try_step (svr, slope, share, before, &rest, error))
        return FALSE;
    }
  return rest < WILD || try_step (svr, slope, 0, before, &rest, error);
}

/* More after a whole step that was too long, less where the slope hardly fell. */
static double
choose_damping (double damping, double rest)
{
  if (rest > OVERSHOOT)
    return MIN (RAISE * damping, 1);
  return MAX (damping / (rest < -OVERSHOOT ? RAISE : 2), LEAST_DAMPING);
}

static gboolean
solve_squared (SmoothSvr *svr, GError **error)
{
  SmoothProgress *progress = &svr->progress;
  gboolean is_damped = FALSE;
  double rest = 0;

  if (!smooth_i_svr_evaluate (svr, smooth_i_tube_misfit, error))
    return FALSE;
  for (;;)
    {
      report (svr);
      if (progress->info->kkt_residual <= NEAR && !smooth_i_svr_certify (svr, error))
        return FALSE;
      if (!smooth_i_progress_goes_on (progress))
        {
          if (progress->info->status != SMOOTH_STATUS_STOPPED || is_damped)
            return TRUE;
          is_damped = TRUE;
          rest = 0;
          svr->loss.damping = FIRST_DAMPING;
          progress->max_idle = MAX_IDLE;
          smooth_i_progress_restart (progress);
        }
      if (is_damped)
        {
          svr->loss.damping = choose_damping (svr->loss.damping, rest);
          if (!smooth_i_svr_evaluate (svr, smooth_i_tube_misfit, error))
            return FALSE;
        }
      if (!take_step (svr, &rest, error))
        return FALSE;
    }
}

/* A tube that costs nothing takes in every value. */
static gboolean
solve_free_tube (SmoothSvr *svr, GError **error)
{
  const SmoothSparse *y = svr->spots->problem->expression;
  double *x = svr->progress.x, *tube = &x[svr->spots->length - 1];

  memset (x, 0, (gsize) svr->spots->length * sizeof (double));
  for (gint64 e = 0; e < smooth_sparse_get_nnz (y); e++)
    *tube = MAX (*tube, fabs (y->values[e]));
  if (!smooth_i_misfit_run (svr->misfit, x, smooth_i_tube_misfit, &svr->loss, SMOOTH_MISFIT_SLOPES, svr->model, svr->sums, error)
      || !smooth_i_svr_certify (svr, error))
    return FALSE;
  smooth_i_progress_goes_on (&svr->progress);
  return TRUE;
}

static gboolean
solve (SmoothSvr *svr, GError **error)
{
  if (!measure_origin (svr, error))
    return FALSE;
  smooth_i_progress_load (&svr->progress);
  if (svr->settings->svr_nu == 0)
    return solve_free_tube (svr, error);
  return svr->loss.is_absolute ? smooth_i_svr_solve_absolute (svr, error) : solve_squared (svr, error);
}

/**
 * smooth_i_nusvr_solve:
 *
 * O(G n K^2) a step, of which there are about 10 for squares, 20 for distances (four passes each), at worst 100; blocks of (K + 1)
 * (K + 2) doubles and about 17 (K + 1) a spot, for distances 2 G, at worst 4 G, as well. KKT residuals are those of the dual multipliers.
 */
gboolean
smooth_i_nusvr_solve (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, SmoothIterate *iterate,
                      SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSpots) spots = smooth_i_spots_new (problem, settings, !settings->is_signed, TRUE, run, error);
  g_autoptr (SmoothMisfit) misfit = spots != NULL ? smooth_i_misfit_new (spots, TRUE, error) : NULL;
  gboolean is_absolute = settings->svr_loss == SMOOTH_SVR_ABSOLUTE;
  double sums[SMOOTH_MISFIT_SUMS];
  SmoothSvr svr = { .spots = spots, .misfit = misfit, .settings = settings, .sums = sums };

  if (misfit == NULL)
    return FALSE;
  double *memory = smooth_i_try_alloc (4 * spots->length + 4 * spots->n, sizeof (double), "steps", error);
  if (memory == NULL
      || !smooth_i_progress_init (&svr.progress, spots, settings, iterate, improved, improved_data, info, error))
    {
      smooth_i_free (memory);
      return FALSE;
    }
  svr.model = memory;
  svr.step = memory + spots->length;
  svr.old = memory + 2 * spots->length;
  svr.start = memory + 3 * spots->length;
  svr.cost = settings->svr_cost * settings->svr_nu * (double) spots->n;
  svr.loss = (SmoothTube){ .scale = settings->svr_cost / (double) MAX (problem->signature->n_rows, 1),
                           .is_absolute = is_absolute,
                           .positive = memory + 4 * spots->length,
                           .negative = memory + 4 * spots->length + spots->n,
                           .shrink = memory + 4 * spots->length + 2 * spots->n };
  gboolean done = solve (&svr, error);
  smooth_i_progress_finish (&svr.progress);
  smooth_i_progress_clear (&svr.progress);
  smooth_i_free (memory);
  return done;
}
