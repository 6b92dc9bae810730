/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log-normal regression under a spatial prior: a local minimum, by Newton's method with curvatures kept positive.
 *
 *     1/(G n) sum_gi rho_gi^2 + lambda/(K n) sum_k c_k b_k'Q_k b_k,   rho = log (X B + 1 b + a) - log (Y + a),   B >= 0
 *
 * a: the offset. Defined where X B + 1 b + a > 0, which every iterate keeps to. The second derivative of rho^2 / 2 by the
 * fit is (1 - rho) / (fit + a)^2, negative where the fit is more than e times too large: max (1 - rho, 0.1) is taken there,
 * so that each step is a convex programme (spots-bounded.c), and near a minimum all but such values are exact. Steps that
 * would leave the domain are shortened spot by spot, then all together until the objective falls; where that takes short
 * steps, the blocks are damped as Levenberg and Marquardt do.
 *
 * There is no certificate: the problem is not convex. Converged means that the projected gradient vanishes.
 *
 * Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "model/lognormal-private.h"

#include "model/spots-progress-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define LEAST_CURVATURE 0.1
#define REDUCTION 1e-3 /* of the violation, by the quadratic programme of a step */
#define MOST_INNER 300 /* iterations of it */
#define DECREASE 1e-4  /* of the objective, of what the slope promises */
#define SHORTER 0.3    /* steps, from one trial to the next */
#define MAX_SHORTER 30
#define SHORT_STEP 0.2    /* from which steps blocks are damped */
#define FIRST_DAMPING 0.1 /* of their diagonal */
#define EASE 0.2          /* of the damping after a whole step */
#define NO_DAMPING 1e-3
#define MARGIN 1e-3 /* of the offset, that a start must be inside of the domain */

typedef struct
{
  double offset;
  double *lowest; /* (out): n: least fit + offset of each spot */
} Logs;

typedef struct
{
  SmoothSpots *spots;
  SmoothMisfit *misfit;
  SmoothProgress progress;
  Logs logs;
  double *model;        /* length: gradient of the quadratic programme */
  double *old;          /* length: where a step starts */
  double *direction;    /* length */
  double data, spatial; /* n times the terms */
  double damping;
} Lognormal;

/* One spot; returns the misfit, times n. */
static double
measure_logs (const Logs *logs, const SmoothMisfitBlock *block, gint64 at, double *lowest)
{
  double sum = 0, none = log (logs->offset), scale = 1 / (double) block->n_genes;

  for (gint64 g = at; g < at + block->n_genes; g++)
    {
      double argument = block->fit[g] + logs->offset, value = block->values[g], inverse = 1 / argument;
      double rho = log (argument) - (value == 0 ? none : log (value + logs->offset));

      *lowest = MIN (*lowest, argument);
      sum += rho * rho;
      block->slope[g] = 2 * scale * rho * inverse;
      if (block->wants_curvature)
        block->curvature[g] = 2 * scale * MAX (1 - rho, LEAST_CURVATURE) * inverse * inverse;
    }
  return sum * scale;
}

/* sums[0]: the misfit, times n; INFINITY outside of the domain. */
static void
misfit_of_logs (SmoothMisfitBlock *block, gconstpointer data)
{
  const Logs *logs = data;

  for (gint i = 0; i < block->n_spots; i++)
    {
      double lowest = INFINITY, sum = measure_logs (logs, block, i * block->n_genes, &lowest);
      block->sums[0] += lowest > 0 ? sum : INFINITY;
      logs->lowest[block->first + i] = lowest;
    }
}

/* Objective, gradient and quadratic model at x. */
static gboolean
evaluate (Lognormal *l, const double *x, double *gradient, SmoothMisfitWant want, GError **error)
{
  double sums[SMOOTH_MISFIT_SUMS];

  if (!smooth_i_misfit_run (l->misfit, x, misfit_of_logs, &l->logs, want, gradient, sums, error)
      || !smooth_i_spots_add_prior (l->spots, x, gradient, &l->spatial, error))
    return FALSE;
  l->data = sums[0];
  return TRUE;
}

/* The gradient at the origin: what KKT residuals are measured against. */
static gboolean
measure_origin (Lognormal *l, GError **error)
{
  SmoothSpots *spots = l->spots;
  SmoothProgress *progress = &l->progress;

  if (!evaluate (l, progress->x, progress->gradient, SMOOTH_MISFIT_SLOPES, error))
    return FALSE;
  progress->at_zero = l->data;
  for (gint64 e = 0; e < spots->length - 1; e++)
    if (e % spots->size < spots->n_types)
      progress->largest = MAX (progress->largest, fabs (progress->gradient[e]));
  return TRUE;
}

/* Moves spots into the domain, by their constant where there is one, else to 0. */
static gboolean
enter_domain (Lognormal *l, GError **error)
{
  SmoothSpots *spots = l->spots;
  double *x = l->progress.x;

  if (!evaluate (l, x, l->progress.gradient, SMOOTH_MISFIT_SLOPES, error))
    return FALSE;
  for (gint64 i = 0; i < spots->n; i++)
    {
      double *unknowns = x + i * spots->size;
      if (l->logs.lowest[i] >= MARGIN * l->logs.offset)
        continue;
      if (spots->size > spots->n_types && isfinite (l->logs.lowest[i]))
        unknowns[spots->n_types] += l->logs.offset - l->logs.lowest[i];
      else
        memset (unknowns, 0, (gsize) spots->size * sizeof (double));
    }
  return TRUE;
}

static void
damp (const Lognormal *l)
{
  SmoothSpots *spots = l->spots;

  for (gint64 i = 0; i < spots->n && l->damping > 0; i++)
    for (gint k = 0, at = 0; k < spots->size; at += spots->size - k, k++)
      spots->blocks[i * spots->n_packed + at] *= 1 + l->damping;
}

/* x = old + direction, where spots outside of the domain have gone back; returns whether there were any. */
static gboolean
shorten_outside (Lognormal *l)
{
  SmoothSpots *spots = l->spots;
  gboolean is_outside = FALSE;

  for (gint64 i = 0; i < spots->n; i++)
    if (!(l->logs.lowest[i] > 0))
      {
        is_outside = TRUE;
        for (gint64 e = i * spots->size; e < (i + 1) * spots->size; e++)
          l->progress.x[e] = l->old[e] + (l->direction[e] *= SHORTER);
      }
  return is_outside;
}

/* One step from where the evaluation is. Where nothing lowers the objective, the iterate stays. */
static gboolean
take_step (Lognormal *l, GError **error)
{
  SmoothSpots *spots = l->spots;
  SmoothProgress *progress = &l->progress;
  gint64 length = spots->length;
  double *x = progress->x, before = l->data + l->spatial, step = 1;
  gint limit = (gint) MIN ((gint64) progress->info->iterations + MOST_INNER, progress->settings->max_iterations);

  damp (l);
  memcpy (l->old, x, (gsize) length * sizeof (double));
  memcpy (l->model, progress->gradient, (gsize) length * sizeof (double));
  double goal = REDUCTION * smooth_i_spots_measure (spots, x, l->model);
  if (!smooth_i_spots_minimise (spots, x, l->model, NULL, goal, limit, &progress->info->iterations, error))
    return FALSE;
  for (gint64 e = 0; e < length; e++)
    l->direction[e] = x[e] - l->old[e];
  memcpy (l->model, progress->gradient, (gsize) length * sizeof (double));
  progress->info->iterations++;

  for (gint k = 0; k < MAX_SHORTER; k++)
    {
      if (!evaluate (l, x, progress->gradient, SMOOTH_MISFIT_CURVATURES, error))
        return FALSE;
      double after = l->data + l->spatial, slope = smooth_i_spots_dot (spots, l->model, l->direction);
      if (after <= before + DECREASE * step * slope || (isfinite (after) && after <= before * (1 + 4 * DBL_EPSILON)))
        break;
      if (shorten_outside (l))
        continue;
      step *= SHORTER;
      for (gint64 e = 0; e < length; e++)
        x[e] = l->old[e] + step * l->direction[e];
    }
  if (step < SHORT_STEP)
    l->damping = MAX (FIRST_DAMPING, 4 * l->damping);
  else if (step == 1)
    l->damping = l->damping > NO_DAMPING ? EASE * l->damping : 0;
  return TRUE;
}

static gboolean
solve (Lognormal *l, GError **error)
{
  SmoothProgress *progress = &l->progress;

  progress->is_local = TRUE;
  if (!measure_origin (l, error))
    return FALSE;
  smooth_i_progress_load (progress);
  if (!enter_domain (l, error) || !evaluate (l, progress->x, progress->gradient, SMOOTH_MISFIT_CURVATURES, error))
    return FALSE;
  for (;;)
    {
      double kkt = smooth_i_spots_kkt (l->spots, progress->x, progress->gradient, progress->largest);
      smooth_i_progress_set (progress, l->data, l->spatial, INFINITY, kkt);
      if (!smooth_i_progress_goes_on (progress))
        return TRUE;
      if (!take_step (l, error))
        return FALSE;
    }
}

static gboolean
lognormal_init (Lognormal *l, SmoothSpots *spots, SmoothMisfit *misfit, double offset, GError **error)
{
  l->spots = spots;
  l->misfit = misfit;
  l->logs.offset = offset;
  l->model = smooth_i_try_alloc (3 * spots->length + spots->n, sizeof (double), "steps", error);
  if (l->model == NULL)
    return FALSE;
  l->old = l->model + spots->length;
  l->direction = l->model + 2 * spots->length;
  l->logs.lowest = l->model + 3 * spots->length;
  return TRUE;
}

/**
 * smooth_i_lognormal_evaluate:
 * @iterate: in the domain
 * @info: (out): objective and its terms; the objective is INFINITY outside of the domain
 * @gradient: (out): n_types x n: of the objective by the abundances
 * @bias_gradient: (out): n: by the constants; untouched without bias
 */
gboolean
smooth_i_lognormal_evaluate (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings,
                             const SmoothIterate *iterate, SmoothInfo *info, SmoothMatrix *gradient, double *bias_gradient,
                             SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSpots) spots = smooth_i_spots_new (problem, settings, FALSE, FALSE, run, error);
  g_autoptr (SmoothMisfit) misfit = spots != NULL ? smooth_i_misfit_new (spots, FALSE, error) : NULL;
  Lognormal l = { 0 };

  if (misfit == NULL || !lognormal_init (&l, spots, misfit, settings->log_offset, error))
    return FALSE;
  double n = (double) MAX (spots->n, 1);
  smooth_i_spots_load (spots, iterate, l.old);
  gboolean done = evaluate (&l, l.old, l.model, SMOOTH_MISFIT_SLOPES, error);
  *info = (SmoothInfo){ .data_term = l.data / n, .spatial_term = l.spatial / n, .relative_gap = NAN };
  info->objective = info->data_term + info->spatial_term;
  for (gint64 i = 0; i < spots->n && done; i++)
    {
      for (gint k = 0; k < spots->n_types; k++)
        smooth_matrix_column (gradient, i)[k] = l.model[i * spots->size + k] / n;
      if (spots->size > spots->n_types)
        bias_gradient[i] = l.model[i * spots->size + spots->n_types] / n;
    }
  smooth_i_free (l.model);
  return done;
}

/**
 * smooth_i_lognormal_solve:
 *
 * Values must be above -offset. O(G n K^2) a step, of which there are about 10; blocks of (K + 1) (K + 2) doubles and about
 * 12 (K + 1) a spot. The gap is NAN.
 */
gboolean
smooth_i_lognormal_solve (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, SmoothIterate *iterate,
                          SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run,
                          GError **error)
{
  g_autoptr (SmoothSpots) spots = smooth_i_spots_new (problem, settings, TRUE, FALSE, run, error);
  g_autoptr (SmoothMisfit) misfit = spots != NULL ? smooth_i_misfit_new (spots, TRUE, error) : NULL;
  Lognormal l = { 0 };

  if (misfit == NULL || !lognormal_init (&l, spots, misfit, settings->log_offset, error))
    return FALSE;
  gboolean done = smooth_i_progress_init (&l.progress, spots, settings, iterate, improved, improved_data, info, error);
  if (done)
    {
      done = solve (&l, error);
      smooth_i_progress_finish (&l.progress);
    }
  smooth_i_progress_clear (&l.progress);
  smooth_i_free (l.model);
  return done;
}
