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
 * p = 1: an interior point method. The loss is smoothed by barriers of weight mu (nusvr-loss.c); each step aims at the
 * optimum for the next, smaller mu: the gradient that it starts from is extrapolated along the path of optima, g + (mu' -
 * mu) dg/dmu. Spots that the step takes too far come back to their minimum each by itself, by damped Newton steps, so that
 * the rest need not wait for them. Where the path ends short of the tolerance, or is lost, the method of multipliers goes on
 * from there: it needs no smoothing to vanish, and its programmes are those of p = 2. With multipliers that are nearly right
 * few of them remain. (R. T. Rockafellar, Math. Oper. Res. 1 (1976) 97.)
 *
 * Certificate: a duality gap. For multipliers u (G x n) with sum_gi |u_gi| <= C nu n, with bias sum_g u_gi = 0, and for p =
 * 1 |u_gi| <= C / G, every term of n (objective - dual objective) is >= 0:
 *
 *     sum_gi loss (r_gi) + loss* (u_gi) - (u_gi r_gi - |u_gi| e)   +   e (C nu n - sum |u|)   +   sum_ik most of -(g t +
 * c_ik t^2 / 2)
 *
 * loss* = 0 for p = 1, G u^2 / (4 C) for p = 2; g = X'u + B / K + M o (B Q); c_ik = 1 / K + m_k slack_i (spots.c), t >=
 * -b_ik unless signed. The multipliers are the derivatives of the (smoothed) loss: positive and negative ones of a spot are
 * shrunk to one sum, then all of them to the tube's cost.
 *
 * Source: B. Schoelkopf et al., Neural Computation 12 (2000) 1207; with a prior: Su et al., Genome Biology 24 (2023) 291.
 */
#include "model/nusvr-private.h"
#include "model/spots-progress-private.h"

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
#define WILD 1e3            /* times the objective: rounding took a step anywhere */
#define MAX_SHORTER 12      /* trials */
#define FIRST_SMOOTHING 0.3 /* of the mean residual */
#define LAST_SHARE 0.8      /* of the tolerance, that the smoothing may take */
#define PERFECT_FIT 1e-6    /* of the loss at 0: kinks are not told apart below that */
#define SHARE 0.3           /* of the mean slope of all spots: what a spot's may be at the end of a step */
#define SLOWEST 0.5         /* factors of the smoothing from step to step */
#define FASTEST 0.02
#define FEW 0.1 /* shares of spots that a step left away from their minimum */
#define MANY 0.3
#define MANY_LONG 8 /* steps one after the other that were too long: the path is lost */
#define RETURN 1e4  /* factor of the smoothing then */
#define MOST_RETURNS 5
#define PATIENCE 12   /* steps at the last smoothing without progress, before multipliers take over */
#define MAX_IDLE 40   /* of their programmes, or steps back to the path, without progress */
#define MOST_SETTLING 60   /* steps for each programme */
#define STIFFNESS 1e4      /* scale over mean residual: at first */
#define STIFFER 5          /* times that where multipliers hardly move */
#define MOST_STIFF 1e10
#define MAX_ROUNDS 12 /* to bring spots back to their minimum */

typedef struct
{
  SmoothSpots *spots;
  SmoothMisfit *misfit;
  const SmoothDeconvolutionSettings *settings;
  SmoothProgress progress;
  SmoothTube loss;
  double cost;          /* of the tube: C nu n */
  double *drift;        /* length: (nullable) derivative of the gradient by the smoothing */
  double *model;        /* length: gradient of the quadratic programme */
  double *next;         /* length: where a step leads */
  double *old;          /* length: where it starts */
  guint8 *away;         /* n: spots away from their minimum */
  double *sums;         /* of the last pass */
  double data, spatial; /* n times the terms, not smoothed */
  double before;        /* n times the objective where a step starts */
  double rest;          /* slope at the end of the last whole step, of that at its start, with the other sign */
} Svr;

/* Adds mean (B^2) / 2, times n; returns it. */
static double
add_ridge (const Svr *svr, const double *x, double *gradient, gboolean with_blocks)
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

/* Constants and tube have a curvature of their own, that no step is without bounds; smoothed losses have it already. */
static void
add_curvature (const Svr *svr)
{
  SmoothSpots *spots = svr->spots;
  double n_genes = (double) svr->spots->problem->signature->n_rows;
  double most = svr->loss.multipliers != NULL ? svr->loss.stiffness * n_genes : svr->loss.is_absolute ? 0 : 2 * svr->settings->svr_cost;

  for (gint64 i = 0; i < spots->n && spots->size > spots->n_types; i++)
    spots->blocks[i * spots->n_packed + spots->n_packed - 1] += RIDGE * most;
  spots->corner += RIDGE * most * (double) spots->n;
}

/* Objective, gradient (smoothed) and quadratic model at x. */
static gboolean
evaluate (Svr *svr, const double *x, double *gradient, GError **error)
{
  SmoothSpots *spots = svr->spots;
  gint64 last = spots->length - 1;

  if (!smooth_i_misfit_run (svr->misfit, x, smooth_i_tube_misfit, &svr->loss, SMOOTH_MISFIT_CURVATURES, gradient, svr->drift,
                            svr->sums, error)
      || !smooth_i_spots_add_prior (spots, x, gradient, &svr->spatial, error))
    return FALSE;
  svr->data = svr->sums[SMOOTH_TUBE_LOSS] + svr->cost * x[last] + add_ridge (svr, x, gradient, TRUE);
  gradient[last] = svr->cost - svr->sums[SMOOTH_TUBE_SLOPE];
  if (svr->drift != NULL)
    svr->drift[last] = -svr->sums[SMOOTH_TUBE_DRIFT];
  spots->corner = svr->sums[SMOOTH_TUBE_CORNER];
  add_curvature (svr);
  return TRUE;
}

/* How much multipliers must shrink to be allowed. */
static void
shrink_multipliers (Svr *svr)
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
gap_of_abundances (const Svr *svr, const double *x, const double *gradient)
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

/* Duality gap and KKT residual at progress->x, whose evaluation was the last; svr->model is overwritten. */
static gboolean
certify (Svr *svr, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  const double *x = progress->x;
  double sums[SMOOTH_MISFIT_SUMS], spatial, tube = x[spots->length - 1], n = (double) MAX (spots->n, 1);

  shrink_multipliers (svr);
  if (!smooth_i_misfit_run (svr->misfit, x, smooth_i_tube_certify, &svr->loss, SMOOTH_MISFIT_SLOPES, svr->model, NULL, sums,
                            error)
      || !smooth_i_spots_add_prior (spots, x, svr->model, &spatial, error))
    return FALSE;
  add_ridge (svr, x, svr->model, FALSE);
  double rest = MAX (svr->cost - sums[1], 0);
  double kkt = smooth_i_spots_kkt (spots, x, svr->model, progress->largest);
  kkt = MAX (kkt, MIN (rest / n / svr->settings->svr_cost, tube));
  smooth_i_progress_set (progress, svr->data, svr->spatial, sums[0] + tube * rest + gap_of_abundances (svr, x, svr->model),
                         kkt);
  return TRUE;
}

/* Without a certificate: what the gradient alone tells. */
static void
report (Svr *svr)
{
  SmoothProgress *progress = &svr->progress;

  smooth_i_progress_set (progress, svr->data, svr->spatial, INFINITY,
                         smooth_i_spots_kkt (svr->spots, progress->x, progress->gradient, progress->largest));
}

/* The gradient at the origin: what KKT residuals are measured against. */
static gboolean
measure_origin (Svr *svr, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;

  svr->loss.smoothing = 1e-300;
  if (!smooth_i_misfit_run (svr->misfit, progress->x, smooth_i_tube_misfit, &svr->loss, SMOOTH_MISFIT_SLOPES,
                            progress->gradient, NULL, svr->sums, error))
    return FALSE;
  progress->at_zero = svr->sums[SMOOTH_TUBE_LOSS];
  for (gint64 e = 0; e < spots->length - 1; e++)
    if (e % spots->size < spots->n_types)
      progress->largest = MAX (progress->largest, fabs (progress->gradient[e]));
  return TRUE;
}

/* Marks spots that the step took beyond their minimum, by more than the smoothing's scale; returns how many. */
static gint64
mark_spots (Svr *svr, double slope)
{
  const SmoothSpots *spots = svr->spots;
  double allowed = MIN (SHARE * slope / (double) spots->n, svr->loss.smoothing * svr->loss.scale);
  gint64 n_marked = 0;

  for (gint64 i = 0; i < spots->n; i++)
    {
      double end = 0;
      for (gint64 e = i * spots->size; e < (i + 1) * spots->size; e++)
        end += svr->progress.gradient[e] * svr->next[e];
      svr->away[i] = end > allowed;
      n_marked += svr->away[i];
    }
  return n_marked;
}

/* Brings marked spots back to their minimum, each by itself, the tube held. Leaves the evaluation. */
static gboolean
settle_spots (Svr *svr, GError **error)
{
  SmoothProgress *progress = &svr->progress;
  double unit = svr->loss.smoothing * svr->loss.scale;
  gint64 n_marked = smooth_i_spots_step_apart (svr->spots, progress->x, progress->gradient, unit, svr->away);

  for (gint round = 0; round < MAX_ROUNDS && n_marked > 0; round++)
    {
      svr->misfit->only = svr->away;
      gboolean done = evaluate (svr, progress->x, progress->gradient, error);
      svr->misfit->only = NULL;
      if (!done)
        return FALSE;
      n_marked = smooth_i_spots_step_apart (svr->spots, progress->x, progress->gradient, unit, svr->away);
    }
  return evaluate (svr, progress->x, progress->gradient, error);
}

/* Evaluates where a step leads, with spots that it took too far brought back. @rest: the slope there, of that at the start,
 * -@slope. */
static gboolean
try_step (Svr *svr, double slope, double step, double *share, double *rest, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  gint64 n_marked = 0;

  if (!evaluate (svr, progress->x, progress->gradient, error))
    return FALSE;
  if (svr->loss.is_absolute && svr->loss.multipliers == NULL)
    n_marked = mark_spots (svr, slope);
  if (n_marked > 0 && !settle_spots (svr, error))
    return FALSE;
  *share = (double) n_marked / (double) MAX (spots->n, 1);
  for (gint64 e = 0; e < spots->length; e++)
    svr->model[e] = progress->x[e] - svr->old[e];
  *rest = slope > 0 ? smooth_i_spots_dot (spots, progress->gradient, svr->model) / (step * slope) : 0;
  if (!(svr->data + svr->spatial <= WILD * (svr->before + progress->at_zero)))
    *rest = WILD;
  return TRUE;
}

/* One step towards the optimum of the model at svr->model, which is evaluated with the smoothing at hand: the whole of it
 * where the objective does not rise again along it, else less. Leaves the evaluation of where it ends; @share: of spots that
 * had to be brought back from the whole step, 1 where it was too long altogether. */
static gboolean
take_step (Svr *svr, double *share, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  gint64 length = spots->length;
  double *x = progress->x, *direction = svr->next;
  double goal = REDUCTION * smooth_i_spots_measure (spots, x, svr->model);
  gint most = smooth_i_spots_is_stiff (spots) ? MOST_INNER_STIFF : MOST_INNER;
  gint limit = (gint) MIN ((gint64) progress->info->iterations + most, progress->settings->max_iterations);

  svr->before = svr->data + svr->spatial;
  memcpy (svr->old, x, (gsize) length * sizeof (double));
  memcpy (direction, svr->model, (gsize) length * sizeof (double));
  if (!smooth_i_spots_minimise (spots, x, svr->model, goal, limit, &progress->info->iterations, error))
    return FALSE;
  progress->info->iterations++;
  double slope = 0, step = 1, rest;
  for (gint64 e = 0; e < length; e++)
    {
      double start = direction[e];
      direction[e] = x[e] - svr->old[e];
      slope -= start * direction[e];
    }
  if (!try_step (svr, slope, step, share, &rest, error))
    return FALSE;
  svr->rest = rest;
  for (gint k = 0; k < MAX_SHORTER && rest > OVERSHOOT; k++)
    {
      double unused;
      *share = 1;
      step *= CLAMP (1 / (1 + rest), SHORTEST, LONGEST);
      for (gint64 e = 0; e < length; e++)
        x[e] = svr->old[e] + step * direction[e];
      if (!try_step (svr, slope, step, &unused, &rest, error))
        return FALSE;
    }
  if (rest < WILD)
    return TRUE;
  memcpy (x, svr->old, (gsize) length * sizeof (double));
  return evaluate (svr, x, progress->gradient, error);
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
solve_squared (Svr *svr, GError **error)
{
  SmoothProgress *progress = &svr->progress;
  gboolean is_damped = FALSE;
  double unused;

  if (!evaluate (svr, progress->x, progress->gradient, error))
    return FALSE;
  for (;;)
    {
      report (svr);
      if (progress->info->kkt_residual <= NEAR && !certify (svr, error))
        return FALSE;
      if (!smooth_i_progress_goes_on (progress))
        {
          if (progress->info->status != SMOOTH_STATUS_STOPPED || is_damped)
            return TRUE;
          is_damped = TRUE;
          svr->rest = 0;
          svr->loss.damping = FIRST_DAMPING;
          progress->max_idle = MAX_IDLE;
          smooth_i_progress_restart (progress);
        }
      if (is_damped)
        {
          svr->loss.damping = choose_damping (svr->loss.damping, svr->rest);
          if (!evaluate (svr, progress->x, progress->gradient, error))
            return FALSE;
        }
      memcpy (svr->model, progress->gradient, (gsize) svr->spots->length * sizeof (double));
      if (!take_step (svr, &unused, error))
        return FALSE;
    }
}

/* How much smaller the smoothing may become, from the share of spots that the last step took too far. */
static double
choose_factor (double factor, double share)
{
  if (share == 1)
    return 1; /* back to the path first */
  if (factor == 1)
    return SLOWEST;
  if (share > MANY)
    return MIN (1.5 * factor, SLOWEST);
  return share < FEW ? MAX (0.4 * factor, FASTEST) : factor;
}

/* The optimum for the multipliers at hand. */
static gboolean
settle (Svr *svr, double goal, GError **error)
{
  SmoothProgress *progress = &svr->progress;
  double unused;

  if (!evaluate (svr, progress->x, progress->gradient, error))
    return FALSE;
  for (gint k = 0; k < MOST_SETTLING && progress->info->iterations < progress->settings->max_iterations; k++)
    {
      double kkt = smooth_i_spots_kkt (svr->spots, progress->x, progress->gradient, progress->largest);
      double tube = progress->x[svr->spots->length - 1];
      double slope = fabs (MIN (progress->gradient[svr->spots->length - 1] / svr->cost, tube));
      if (MAX (kkt, slope) <= goal)
        break;
      memcpy (svr->model, progress->gradient, (gsize) svr->spots->length * sizeof (double));
      if (!take_step (svr, &unused, error))
        return FALSE;
    }
  return TRUE;
}

/* The method of multipliers, from the smoothed slopes at hand. Without memory for it nothing is done. */
static gboolean
polish (Svr *svr, double size, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  gint64 n_values = 2 * spots->n * spots->problem->signature->n_rows;
  double last = INFINITY, sums[SMOOTH_MISFIT_SUMS];
  gboolean done = TRUE;

  svr->loss.multipliers = smooth_i_try_alloc (n_values, sizeof (double), "multipliers", NULL);
  if (svr->loss.multipliers == NULL)
    return TRUE;
  svr->drift = NULL;
  svr->loss.stiffness = 0;
  done = smooth_i_misfit_run (svr->misfit, progress->x, smooth_i_tube_take, &svr->loss, SMOOTH_MISFIT_SLOPES, svr->model, NULL,
                              sums, error);
  svr->loss.stiffness = STIFFNESS * svr->loss.scale / size;
  smooth_i_progress_restart (progress);
  while (done)
    {
      done = settle (svr, 0.03 * progress->settings->tolerance, error) && certify (svr, error);
      if (!done || !smooth_i_progress_goes_on (progress))
        break;
      double rest = MAX (progress->info->relative_gap, progress->info->kkt_residual);
      done = smooth_i_misfit_run (svr->misfit, progress->x, smooth_i_tube_take, &svr->loss, SMOOTH_MISFIT_SLOPES, svr->model, NULL,
                                  sums, error);
      if (rest > 0.3 * last && svr->loss.stiffness < MOST_STIFF * svr->loss.scale / size)
        svr->loss.stiffness *= STIFFER;
      last = rest;
    }
  smooth_i_free (svr->loss.multipliers);
  svr->loss.multipliers = NULL;
  return done;
}

static gboolean
solve_absolute (Svr *svr, GError **error)
{
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  double n = (double) MAX (spots->n, 1), cost = svr->settings->svr_cost, factor = SLOWEST, share;
  gint n_long = 0, n_returns = 0;

  progress->perfect = PERFECT_FIT;
  progress->max_idle = MAX_IDLE;
  svr->loss.smoothing = 1;
  if (!evaluate (svr, progress->x, progress->gradient, error))
    return FALSE;
  double size = svr->sums[SMOOTH_TUBE_SIZE] / (cost * n);
  double first = size > 0 ? FIRST_SMOOTHING * size : 1;
  svr->loss.smoothing = first;
  if (!evaluate (svr, progress->x, progress->gradient, error))
    return FALSE;
  for (;;)
    {
      double mu = svr->loss.smoothing;
      double scale = MAX (svr->data + svr->spatial, progress->perfect * progress->at_zero);
      double goal = LAST_SHARE * progress->settings->tolerance * scale / (2 * cost * n);
      report (svr);
      if (mu > 1.1 * goal)
        smooth_i_progress_restart (progress); /* the smoothing falls still */
      if ((mu <= 1.1 * goal || svr->data + svr->spatial == 0) && !certify (svr, error))
        return FALSE;
      if (!smooth_i_progress_goes_on (progress))
        return progress->info->status != SMOOTH_STATUS_STOPPED || polish (svr, size, error);
      if (progress->n_idle > PATIENCE && size > 0)
        return polish (svr, size, error);
      double next = MIN (MAX (factor * mu, goal), mu);
      for (gint64 e = 0; e < spots->length; e++)
        svr->model[e] = progress->gradient[e] + (next - mu) * svr->drift[e];
      svr->loss.smoothing = next;
      if (!take_step (svr, &share, error))
        return FALSE;
      factor = choose_factor (factor, share);
      n_long = share == 1 ? n_long + 1 : 0;
      if (n_long < MANY_LONG || n_returns == MOST_RETURNS)
        continue;
      /* Lost: back to where the path is wide. */
      n_returns++;
      n_long = 0;
      factor = SLOWEST;
      svr->loss.smoothing = MIN (RETURN * svr->loss.smoothing, first);
      if (!evaluate (svr, progress->x, progress->gradient, error))
        return FALSE;
    }
}

/* A tube that costs nothing takes in every value. */
static gboolean
solve_free_tube (Svr *svr, GError **error)
{
  const SmoothSparse *y = svr->spots->problem->expression;
  double *x = svr->progress.x, *tube = &x[svr->spots->length - 1];

  memset (x, 0, (gsize) svr->spots->length * sizeof (double));
  for (gint64 e = 0; e < smooth_sparse_get_nnz (y); e++)
    *tube = MAX (*tube, fabs (y->values[e]));
  if (!evaluate (svr, x, svr->progress.gradient, error) || !certify (svr, error))
    return FALSE;
  smooth_i_progress_goes_on (&svr->progress);
  return TRUE;
}

static gboolean
solve (Svr *svr, GError **error)
{
  if (!measure_origin (svr, error))
    return FALSE;
  smooth_i_progress_load (&svr->progress);
  if (svr->settings->svr_nu == 0)
    return solve_free_tube (svr, error);
  return svr->loss.is_absolute ? solve_absolute (svr, error) : solve_squared (svr, error);
}

/**
 * smooth_i_nusvr_solve:
 *
 * O(G n K^2) a step, of which there are about 10 for squares, 30 for distances (three passes each); blocks of (K + 1) (K +
 * 2) doubles and about 16 (K + 1) a spot; where multipliers have to finish 2 G a spot as well. KKT residuals are those of the
 * dual multipliers.
 */
gboolean
smooth_i_nusvr_solve (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, SmoothIterate *iterate,
                      SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSpots) spots = smooth_i_spots_new (problem, settings, !settings->is_signed, TRUE, run, error);
  g_autoptr (SmoothMisfit) misfit = spots != NULL ? smooth_i_misfit_new (spots, TRUE, error) : NULL;
  gboolean is_absolute = settings->svr_loss == SMOOTH_SVR_ABSOLUTE;
  double sums[SMOOTH_MISFIT_SUMS];
  Svr svr = { .spots = spots, .misfit = misfit, .settings = settings, .sums = sums };

  if (misfit == NULL)
    return FALSE;
  double *memory = smooth_i_try_alloc (4 * spots->length + 5 * spots->n, sizeof (double), "steps", error);
  if (memory == NULL
      || !smooth_i_progress_init (&svr.progress, spots, settings, iterate, improved, improved_data, info, error))
    {
      smooth_i_free (memory);
      return FALSE;
    }
  svr.model = memory;
  svr.next = memory + spots->length;
  svr.old = memory + 2 * spots->length;
  svr.drift = is_absolute ? memory + 3 * spots->length : NULL;
  svr.cost = settings->svr_cost * settings->svr_nu * (double) spots->n;
  svr.loss = (SmoothTube){ .scale = settings->svr_cost / (double) MAX (problem->signature->n_rows, 1),
                           .is_absolute = is_absolute,
                           .positive = memory + 4 * spots->length,
                           .negative = memory + 4 * spots->length + spots->n,
                           .shrink = memory + 4 * spots->length + 2 * spots->n };
  svr.away = (guint8 *) (memory + 4 * spots->length + 4 * spots->n);
  gboolean done = solve (&svr, error);
  smooth_i_progress_finish (&svr.progress);
  smooth_i_progress_clear (&svr.progress);
  smooth_i_free (memory);
  return done;
}
