/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which step when: block Gauss-Seidel sweeps, conjugate gradients on the face, the certificate, single or double.
 *
 *     F(B) = sum_i [b_i'H b_i / 2 - r_i'b_i] + sum_k m_k beta_k'Q beta_k / 2,  m_k = lambda c_k / K,  B >= 0
 *
 * A sweep solves each spot's block exactly, colour by colour, so that F falls monotonically. While the squared change
 * of the sweeps shrinks fast, sweeping goes on; else conjugate gradients on the face come in between. The change of
 * the last sweep predicts when a certificate is worth its gradient. What single precision cannot reach, double does.
 */
#include "base/error.h"
#include "model/deconvolution-private.h"
#include "model/spectrum-private.h"

#include <math.h>
#include <string.h>

#define SHOW_INTERVAL 9000 /* us between calls of the improved function */
#define SLOW 0.35          /* contraction of a sweep's squared change from which on the face is worth it */
#define SAFETY 0.5         /* a certificate is tried when the predicted bound is below this share of the tolerance */
#define FACE_ITERATIONS 12
#define MOST_STEPS 8       /* sweeps between certificates */
#define PATIENCE 12        /* certificates without progress before giving up in double precision */
#define KEEP_FACTORS (64 << 20) /* bytes of factors up to which sweeps keep them from the start */

typedef enum
{
  CONTINUE,
  CONVERGED,
  STOPPED,
  INDEFINITE,
  INTERRUPTED, /* by the callback */
  FAILED,      /* error is set */
} Outcome;

typedef struct
{
  SmoothDeconvolver *solver;
  const SmoothDeconvolutionSettings *settings;
  SmoothImprovedFunc improved;
  gpointer improved_data;
  SmoothInfo *info;
  GError **error;

  SmoothLevelKind kind;
  gint n_iterations;
  gint64 start, last_shown;

  SmoothCertificate certificate; /* the last */
  gboolean has_certificate;
  double certified_change; /* squared change of the sweep before it */
  double best_excess;      /* least of max (gap, kkt) over the tolerance */
  gint n_idle;             /* certificates since that fell */

  double change;       /* squared change of the last sweep */
  double contraction;  /* of the last sweep against the one before, if it directly followed */
  gint n_sweeps;       /* since the last step on the face */
  gint n_uncertified;  /* sweeps since the last certificate */
  gboolean is_slow;    /* the face was needed before */
} Solve;

/* ---- setting up ---- */

static void
set_lambda (SmoothDeconvolver *solver, double lambda)
{
  const SmoothReduced *reduced = solver->reduced;

  if (solver->lambda == lambda && solver->weights > 0)
    return;
  for (gint k = 0; k < reduced->n_types; k++)
    solver->m[k] = lambda * solver->confidences[k] / reduced->n_types / (reduced->scale[k] * reduced->scale[k]);
  solver->lambda = lambda;
  solver->weights++;
}

static gboolean
set_curvature (SmoothDeconvolver *solver, GError **error)
{
  const SmoothReduced *reduced = solver->reduced;
  gint n = reduced->n_types;
  double largest;

  solver->curvature = reduced->sigma;
  if (solver->shift == 0)
    return TRUE;
  g_autofree double *h = g_new (double, n * n);
  smooth_i_scale_symmetric (reduced->h, reduced->scale, n, h);
  for (gint k = 0; k < n; k++)
    h[k * n + k] += solver->shift * solver->m[k];
  return smooth_i_eigenvalue_range (h, n, &solver->curvature, &largest, error);
}

/* Brings a level up to date and makes it the one that holds the iterate. */
static gboolean
enter_level (Solve *solve, SmoothLevelKind kind)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevel *level = &solver->levels[kind];

  if (!smooth_i_level_prepare (solver, kind, solve->error))
    return FALSE;
  smooth_i_level_copy (solver, kind);
  solver->current = (gint) kind;
  /* Collinear signatures: a proximal term keeps the blocks well conditioned and leaves the optimum where it is. */
  double least = kind == SMOOTH_LEVEL_SINGLE ? 1e-5 : 1e-10;
  level->pass.ridge = solver->reduced->sigma < least ? least : 0;
  gsize bytes = smooth_i_kernels_get (kind == SMOOTH_LEVEL_SINGLE, solver->isa)->factor_size (solver->reduced->n_types)
                * (gsize) solver->layout->n_tiles;
  if (bytes <= KEEP_FACTORS && !smooth_i_level_prepare_factors (solver, kind, solve->error))
    return FALSE;
  solve->kind = kind;
  solve->n_sweeps = 0;
  return TRUE;
}

/* ---- what is known ---- */

static double
excess (const Solve *solve)
{
  double objective = solve->certificate.objective;
  /* Where the data are fitted exactly the objective is rounding alone: it is measured against that at B = 0. */
  double least = 1e-14 * solve->solver->reduced->total / (double) solve->solver->reduced->n_spots;
  double gap = solve->certificate.gap > 0 ? solve->certificate.gap / MAX (objective, least) : 0;

  return MAX (gap, solve->certificate.kkt) / solve->settings->tolerance;
}

static void
fill_info (const Solve *solve, SmoothStatus status)
{
  const SmoothCertificate *certificate = &solve->certificate;
  SmoothInfo *info = solve->info;
  double least = 1e-14 * solve->solver->reduced->total / (double) solve->solver->reduced->n_spots;

  info->status = status;
  info->objective = certificate->objective;
  info->data_term = certificate->data;
  info->spatial_term = certificate->spatial;
  info->kkt_residual = certificate->kkt;
  info->relative_gap = NAN;
  if (certificate->gap <= 0)
    info->relative_gap = 0;
  else if (isfinite (certificate->gap))
    info->relative_gap = certificate->gap / MAX (certificate->objective, least);
  info->iterations = solve->n_iterations;
  info->seconds = (double) (g_get_monotonic_time () - solve->start) / G_USEC_PER_SEC;
}

static Outcome
certify (Solve *solve)
{
  if (!smooth_i_certify (solve->solver, &solve->certificate, solve->error))
    return FAILED;
  solve->has_certificate = TRUE;
  solve->certified_change = solve->change;
  solve->n_uncertified = 0;

  /* Both terms are sums of squares if Q is semidefinite: below 0 there is no minimum. */
  double zero = -1e-9 * solve->solver->reduced->total / (double) solve->solver->reduced->n_spots;
  if (!isfinite (solve->certificate.objective) || solve->certificate.objective < zero)
    return INDEFINITE;
  double now = excess (solve);
  if (now <= 1)
    return CONVERGED;
  if (!(now > 0.9 * solve->best_excess))
    {
      solve->best_excess = now;
      solve->n_idle = 0;
    }
  else
    solve->n_idle++;
  return CONTINUE;
}

/* Whether the change of the last sweep suggests that the tolerance is met. */
static gboolean
looks_converged (const Solve *solve)
{
  if (solve->change == 0)
    return TRUE;
  if (!solve->has_certificate)
    return solve->n_sweeps >= 2;
  if (solve->n_uncertified >= MOST_STEPS)
    return TRUE;
  double ratio = solve->change / solve->certified_change;
  SmoothCertificate predicted = solve->certificate;
  Solve guess = *solve;
  predicted.gap *= ratio;
  predicted.kkt *= sqrt (ratio);
  guess.certificate = predicted;
  return excess (&guess) <= SAFETY;
}

static Outcome
show (Solve *solve)
{
  gint64 now = g_get_monotonic_time ();

  if (solve->improved == NULL || now - solve->last_shown < SHOW_INTERVAL)
    return CONTINUE;
  Outcome outcome = solve->n_uncertified > 0 || !solve->has_certificate ? certify (solve) : CONTINUE;
  if (outcome != CONTINUE)
    return outcome;
  fill_info (solve, SMOOTH_STATUS_IMPROVING);
  gboolean go_on = solve->improved (solve->solver, solve->info, solve->improved_data);
  solve->last_shown = g_get_monotonic_time ();
  return go_on ? CONTINUE : INTERRUPTED;
}

/* ---- steps ---- */

static Outcome
sweep (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevel *level = &solver->levels[solve->kind];
  const SmoothLayout *layout = solver->layout;
  double n = solver->reduced->n_types, cost = 10 + 0.2 * n * n, previous = solve->change, n_bad = 0;
  SmoothPass pass = level->pass;

  pass.tiles = layout->all_tiles;
  solve->change = 0;
  for (gint c = 0; c < layout->n_colours; c++)
    {
      SmoothSums sums
          = smooth_i_pass_run (solver, level->kernels->sweep, &pass, layout->colour_tiles[c], layout->colour_tiles[c + 1], cost);
      if (!smooth_run_check (solver->run, solve->error))
        return FAILED;
      solve->change += sums.sums[0];
      n_bad += sums.sums[2];
    }
  solve->n_iterations++;
  solve->n_sweeps++;
  solve->n_uncertified++;
  solve->contraction = solve->n_sweeps > 1 && previous > 0 ? solve->change / previous : 0;
  return n_bad > 0 && solver->shift < 0 ? INDEFINITE : CONTINUE;
}

static gboolean
wants_face (const Solve *solve)
{
  if (solve->change == 0 || (!solve->is_slow && solve->n_sweeps < 2))
    return FALSE;
  return solve->is_slow || solve->contraction > SLOW;
}

static Outcome
step_on_face (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevel *level = &solver->levels[solve->kind];

  if (!smooth_i_level_prepare_directions (solver, solve->kind, solve->error))
    return FAILED;
  if (level->pass.factors == NULL)
    {
      if (!smooth_i_level_prepare_factors (solver, solve->kind, solve->error))
        return FAILED;
      Outcome outcome = sweep (solve); /* which fills them */
      if (outcome != CONTINUE)
        return outcome;
    }
  SmoothFaceResult result = smooth_i_face_solve (solver, solve->kind, FACE_ITERATIONS, 0, &solve->n_iterations);
  if (!smooth_run_check (solver->run, solve->error))
    return FAILED;
  solve->n_sweeps = 0;
  solve->is_slow = TRUE;
  return result == SMOOTH_FACE_INDEFINITE && solver->shift < 0 ? INDEFINITE : CONTINUE;
}

/* ---- the loop ---- */

/* After a certificate that is not good enough: goes on in double precision, or not at all. */
static Outcome
reconsider (Solve *solve)
{
  if (solve->n_iterations >= solve->settings->max_iterations)
    return STOPPED;
  if (solve->kind == SMOOTH_LEVEL_SINGLE && (solve->n_idle >= 2 || solve->change == 0))
    {
      solve->n_idle = 0;
      return enter_level (solve, SMOOTH_LEVEL_DOUBLE) ? CONTINUE : FAILED;
    }
  return solve->n_idle >= PATIENCE || solve->change == 0 ? STOPPED : CONTINUE;
}

static Outcome
run_blocks (Solve *solve)
{
  gboolean alone = solve->solver->method == SMOOTH_METHOD_DOUBLE;

  if (!enter_level (solve, alone ? SMOOTH_LEVEL_DOUBLE : SMOOTH_LEVEL_SINGLE))
    return FAILED;
  for (;;)
    {
      Outcome outcome = sweep (solve);
      if (outcome == CONTINUE && (looks_converged (solve) || solve->n_iterations >= solve->settings->max_iterations))
        {
          outcome = certify (solve);
          if (outcome == CONTINUE)
            outcome = reconsider (solve);
        }
      if (outcome == CONTINUE)
        outcome = show (solve);
      if (outcome == CONTINUE && wants_face (solve))
        outcome = step_on_face (solve);
      if (outcome != CONTINUE)
        return outcome;
    }
}

static Outcome
run_fista (Solve *solve)
{
  gint batch = 25;

  if (!enter_level (solve, SMOOTH_LEVEL_DOUBLE))
    return FAILED;
  for (;;)
    {
      batch = MIN (batch, solve->settings->max_iterations - solve->n_iterations);
      if (!smooth_i_fista_run (solve->solver, batch, solve->error))
        return FAILED;
      solve->n_iterations += batch;
      Outcome outcome = certify (solve);
      if (outcome == CONTINUE && (solve->n_iterations >= solve->settings->max_iterations || solve->n_idle >= PATIENCE))
        outcome = STOPPED;
      if (outcome == CONTINUE)
        outcome = show (solve);
      if (outcome != CONTINUE)
        return outcome;
      batch = MIN (2 * batch, 400);
    }
}

static SmoothStatus
status_of (const Solve *solve, Outcome outcome)
{
  gboolean is_certain = solve->solver->shift == 0 || solve->solver->curvature > 0;

  if (outcome == INDEFINITE || !is_certain)
    return SMOOTH_STATUS_INDEFINITE;
  if (outcome == INTERRUPTED)
    return SMOOTH_STATUS_IMPROVING;
  return outcome == CONVERGED ? SMOOTH_STATUS_CONVERGED : SMOOTH_STATUS_STOPPED;
}

/**
 * smooth_i_schedule_solve:
 *
 * Solves from the present iterate; the solver has a layout and Q.
 */
gboolean
smooth_i_schedule_solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings, SmoothImprovedFunc improved,
                         gpointer improved_data, SmoothInfo *info, GError **error)
{
  Solve solve = {
    .solver = solver,
    .settings = settings,
    .improved = improved,
    .improved_data = improved_data,
    .info = info,
    .error = error,
    .start = g_get_monotonic_time (),
    .best_excess = INFINITY,
  };

  set_lambda (solver, settings->lambda);
  if (!set_curvature (solver, error) || !smooth_i_pass_prepare (solver, smooth_run_get_n_threads (solver->run), error))
    return FALSE;
  gboolean has_blocks = solver->layout->n_colours > 0 && solver->method != SMOOTH_METHOD_FISTA;
  Outcome outcome = has_blocks ? run_blocks (&solve) : run_fista (&solve);
  if (outcome == FAILED)
    return FALSE;
  if ((!solve.has_certificate || solve.n_uncertified > 0) && certify (&solve) == FAILED)
    return FALSE;
  fill_info (&solve, status_of (&solve, outcome));
  return TRUE;
}
