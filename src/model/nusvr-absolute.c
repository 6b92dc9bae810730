/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Absolute losses of nu support vector regression: an interior point method over blocks.
 *
 * Every value has a multiplier for each side of the tube, strictly between 0 and C/G (nusvr-steps.c). Each step solves
 * Newton's system towards a point of the path, whose smoothing is a share of the duality gap at hand: multipliers and slacks
 * eliminated it is a bounded quadratic programme over spots (spots-bounded.c), where abundances and tube reach 0 exactly.
 * What its solution makes of the multipliers is linear, so that X'u + ridge + prior is as small as the programme's residual
 * however little smoothing is left: that is what the certificate is made of.
 *
 * Two ways to go along a step. At first slacks follow the fit, the loss smoothed by them is convex, and a step is as long as
 * its slope allows: about 20 steps. Where the gap stops falling (values that are fitted nearly without a residual) slacks
 * become variables of their own, and a step ends before the first of them or of the multipliers: about 60 steps, from
 * anywhere.
 *
 * Sources: nusvr-steps.c; for steps of slacks that follow and multipliers that do not: A. Conn et al., SIAM J. Optimization
 * 10 (2000) 1039.
 */
#include "model/nusvr-private.h"

#include <math.h>
#include <string.h>

#define FIRST_SMOOTHING 0.3 /* of the mean residual */
#define PERFECT_FIT 1e-6    /* of the loss at 0: kinks are not told apart below that */
#define MAX_IDLE 40         /* steps at the last smoothing without progress */
#define REDUCTION 1e-3      /* of the violation, by the quadratic programme of a step */
#define INNER 0.03          /* of the KKT residual or the tolerance: the same */
#define OVERSHOOT 0.5       /* slope at the end of a step, of that at its start, with the other sign */
#define SHORTEST 0.05       /* share of a step where none of the lengths tried will do */
#define TO_BOUND 0.99       /* of the way to the first multiplier or slack that ends */
#define LAST_SHARE 0.3      /* of the tolerance, that the smoothing may take: at first */
#define LEAST_SHARE 1e-7    /* of it where the KKT residual needs less */
#define FIRST_AIM 0.5       /* shares of the gap that a step aims at */
#define LEAST_AIM 0.02
#define STALLED 0.9 /* of the gap before a step: it did not fall */
#define FAR 20      /* times the smoothing that was aimed at: gaps of points far from the path */
#define NEAR 3
#define FALL 0.3    /* of the least gap: progress */
#define PATIENCE 12 /* steps without, before slacks are set free */

typedef struct
{
  SmoothSvr *svr;
  double per_gap;    /* smoothing that goes with n times a gap */
  double first;      /* smoothing at the start */
  double mu;         /* mean product of multipliers and slacks */
  double last_share; /* of the tolerance, that the smoothing may take */
  double aim, least; /* share of the gap to aim at, and the least to try */
  double before;     /* gap before the step, as a smoothing */
  double least_gap;  /* so far */
  gint n_waiting;    /* steps since it fell */
} Interior;

/* A pass that leaves multipliers, slacks and sums alone. */
static gboolean
look (SmoothSvr *svr, SmoothMisfitFunc func, const double *x, const double *direction, GError **error)
{
  svr->misfit->direction = direction;
  gboolean done = smooth_i_misfit_run (svr->misfit, x, func, &svr->loss, SMOOTH_MISFIT_SUMS_ONLY, NULL, svr->sums, error);
  svr->misfit->direction = NULL;
  return done;
}

/* Derivative along the step of ridge, prior and tube: at the start and what the whole step adds. */
static gboolean
slopes_of_rest (SmoothSvr *svr, double *at_start, double *added, GError **error)
{
  SmoothSpots *spots = svr->spots;
  gint64 last = spots->length - 1;
  double *pull = svr->model, unused;

  for (gint part = 0; part < 2; part++)
    {
      const double *x = part == 0 ? svr->old : svr->step;
      for (gint64 e = 0; e < last; e++)
        pull[e] = e % spots->size < spots->n_types ? x[e] / spots->n_types : 0;
      pull[last] = part == 0 ? svr->cost : 0;
      if (!smooth_i_spots_add_prior (spots, x, pull, &unused, error))
        return FALSE;
      *(part == 0 ? at_start : added) = smooth_i_spots_dot (spots, pull, svr->step);
    }
  return TRUE;
}

/* The longest of the shares tried where the slope is hardly against the step. */
static gboolean
choose_length_by_slope (SmoothSvr *svr, double slope, GError **error)
{
  static const double lengths[] = { 1, 0.5, 0.25, 0.1 };
  double at_start, added;

  if (!slopes_of_rest (svr, &at_start, &added, error))
    return FALSE;
  for (gsize l = 0; l < G_N_ELEMENTS (lengths); l++)
    {
      svr->loss.length = lengths[l];
      if (!look (svr, smooth_i_tube_probe, svr->old, svr->step, error))
        return FALSE;
      if (svr->sums[0] + at_start + lengths[l] * added <= OVERSHOOT * slope)
        return TRUE;
    }
  svr->loss.length = SHORTEST;
  return TRUE;
}

/* Before the first multiplier or slack ends. */
static gboolean
choose_length_by_bounds (SmoothSvr *svr, GError **error)
{
  double speed = 0;

  if (!look (svr, smooth_i_tube_probe, svr->old, svr->step, error))
    return FALSE;
  for (gint64 i = 0; i < svr->spots->n; i++)
    speed = MAX (speed, svr->loss.positive[i]);
  svr->loss.length = MIN (1, TO_BOUND / speed);
  return TRUE;
}

/* One step towards the path with the smoothing at hand. */
static gboolean
take_step (Interior *interior, GError **error)
{
  SmoothSvr *svr = interior->svr;
  SmoothSpots *spots = svr->spots;
  SmoothProgress *progress = &svr->progress;
  double tolerance = progress->settings->tolerance, slope;

  if (!smooth_i_svr_evaluate (svr, smooth_i_tube_plan, error))
    return FALSE;
  memcpy (svr->model, progress->gradient, (gsize) spots->length * sizeof (double));
  double goal = MIN (REDUCTION * smooth_i_spots_measure (spots, progress->x, progress->gradient),
                     INNER * progress->info->kkt_residual * progress->largest);
  if (!smooth_i_svr_plan (svr, MAX (goal, INNER * tolerance * progress->largest), &slope, error))
    return FALSE;
  svr->loss.tube_step = svr->step[spots->length - 1];
  if (!(svr->loss.slacks != NULL ? choose_length_by_bounds (svr, error) : choose_length_by_slope (svr, slope, error))
      || !look (svr, smooth_i_tube_move, svr->old, svr->step, error))
    return FALSE;
  smooth_i_svr_place (svr, svr->loss.length);
  if (svr->loss.slacks != NULL)
    interior->mu = svr->sums[0] / (4.0 * (double) spots->n * (double) spots->problem->signature->n_rows);
  return TRUE;
}

/* Less after steps that came near the path, more where the gap did not fall. */
static void
choose_aim (Interior *interior, double gap)
{
  double smoothing = interior->svr->loss.smoothing;

  if (gap > STALLED * interior->before)
    {
      interior->aim = CLAMP (4 * interior->aim, 0.3, 0.7);
      interior->least = CLAMP (3 * interior->least, 0.1, 0.5);
    }
  else if (gap > FAR * smoothing)
    interior->aim = MIN (2 * interior->aim, 0.5);
  else if (gap < NEAR * smoothing)
    {
      interior->aim = MAX (0.3 * interior->aim, interior->least);
      interior->least = MAX (0.8 * interior->least, LEAST_AIM);
    }
}

/* The same from the share of the last step that was taken, with slacks of their own. */
static double
aim_by_length (double length)
{
  return length > 0.99 ? 0.05 : length > 0.9 ? 0.1 : length > 0.7 ? 0.2 : length > 0.4 ? 0.4 : length > 0.1 ? 0.7 : 0.95;
}

static void
choose_smoothing (Interior *interior, double goal)
{
  SmoothSvr *svr = interior->svr;
  double gap = isfinite (svr->gap) ? svr->gap * interior->per_gap : interior->mu;

  interior->n_waiting = gap < FALL * interior->least_gap ? 0 : interior->n_waiting + 1;
  interior->least_gap = interior->n_waiting == 0 ? gap : interior->least_gap;
  if (svr->loss.slacks != NULL)
    {
      svr->loss.smoothing = MAX (aim_by_length (svr->loss.length) * interior->mu, goal);
      return;
    }
  if (isfinite (interior->before))
    choose_aim (interior, gap);
  interior->before = gap;
  svr->loss.smoothing = interior->mu = CLAMP (interior->aim * gap, goal, MAX (interior->first, goal));
}

/* Slacks become variables of their own. Without memory for them nothing is done. */
static gboolean
free_slacks (Interior *interior, gint64 n_values, GError **error)
{
  SmoothSvr *svr = interior->svr;

  svr->loss.slacks = smooth_i_try_alloc (n_values, sizeof (double), "slacks", NULL);
  if (svr->loss.slacks == NULL)
    return TRUE;
  svr->loss.smoothing = interior->mu =
      MIN (isfinite (svr->gap) ? svr->gap * interior->per_gap : interior->mu, interior->first);
  svr->loss.length = 0.5;
  return look (svr, smooth_i_tube_start, svr->progress.x, NULL, error);
}

/* From multipliers at hand to the end. */
static gboolean
go_on (Interior *interior, gint64 n_values, GError **error)
{
  SmoothSvr *svr = interior->svr;
  SmoothProgress *progress = &svr->progress;
  double tolerance = progress->settings->tolerance;

  for (;;)
    {
      if (!smooth_i_svr_certify (svr, error))
        return FALSE;
      double scale = MAX (svr->data + svr->spatial, progress->perfect * progress->at_zero);
      if (progress->info->relative_gap <= tolerance && progress->info->kkt_residual > tolerance)
        interior->last_share = MAX (0.1 * interior->last_share, LEAST_SHARE);
      double goal = interior->last_share * tolerance * scale * interior->per_gap;
      if (interior->mu > 2 * goal)
        smooth_i_progress_restart (progress); /* the smoothing falls still */
      if (!smooth_i_progress_goes_on (progress))
        return TRUE;
      choose_smoothing (interior, goal);
      if (interior->n_waiting > PATIENCE && svr->loss.slacks == NULL)
        {
          if (!free_slacks (interior, n_values, error))
            return FALSE;
          interior->n_waiting = svr->loss.slacks != NULL ? 0 : G_MININT;
        }
      if (!take_step (interior, error))
        return FALSE;
    }
}

/**
 * smooth_i_svr_solve_absolute:
 *
 * From progress->x. 2 G doubles a spot for multipliers, 4 G where slacks are variables of their own.
 */
gboolean
smooth_i_svr_solve_absolute (SmoothSvr *svr, GError **error)
{
  SmoothProgress *progress = &svr->progress;
  gint64 n_values = 2 * svr->spots->n * svr->spots->problem->signature->n_rows;
  double size_of_cost = svr->settings->svr_cost * (double) MAX (svr->spots->n, 1);
  Interior interior = { .svr = svr,
                        .per_gap = 0.5 / size_of_cost,
                        .last_share = LAST_SHARE,
                        .aim = FIRST_AIM,
                        .least = LEAST_AIM,
                        .before = INFINITY,
                        .least_gap = INFINITY };

  progress->perfect = PERFECT_FIT;
  progress->max_idle = MAX_IDLE;
  if (!look (svr, smooth_i_tube_misfit, progress->x, NULL, error))
    return FALSE;
  double size = svr->sums[SMOOTH_TUBE_SIZE] / size_of_cost;
  svr->loss.smoothing = interior.mu = interior.first = size > 0 ? FIRST_SMOOTHING * size : 1;
  svr->loss.shares = smooth_i_try_alloc (n_values, sizeof (double), "multipliers", error);
  if (svr->loss.shares == NULL)
    return FALSE;
  gboolean done = look (svr, smooth_i_tube_start, progress->x, NULL, error) && go_on (&interior, n_values, error);
  g_clear_pointer (&svr->loss.shares, smooth_i_free);
  g_clear_pointer (&svr->loss.slacks, smooth_i_free);
  return done;
}
