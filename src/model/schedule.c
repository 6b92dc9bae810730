/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A solve from its start to what it reached: brings the solver up to date, and chooses between sweeps and faces.
 *
 *     F(B) = sum_i [b_i'H b_i / 2 - r_i'b_i] + sum_k m_k beta_k'Q beta_k / 2,  m_k = lambda c_k / K,  B >= 0
 *
 * schedule-sweeps.c tells how it is minimised by steps of single spots, which suits most sections; schedule-faces.c how by
 * conjugate gradients, where these would be too slow.
 */
#include "model/schedule-private.h"
#include "model/spectrum-private.h"

#include <math.h>

#define LESS_TO_START 1.5  /* short ways see less coupling than the last one ended with: so far from 1 they start */
#define KEEP_FACTORS (4 << 20) /* bytes of factors up to which keeping them beats making them again: they stay in cache */
#define MANY_TYPES 24          /* from which on making them costs more than fetching them from memory, up to */
#define KEEP_LARGE_FACTORS (64 << 20)

static void
set_lambda (SmoothDeconvolver *solver, double lambda)
{
  const SmoothReduced *reduced = solver->reduced;

  if (solver->lambda == lambda && solver->weights > 0)
    return;
  if (solver->coupling > 0 && lambda > 0 && solver->lambda > 0)
    {
      /* A block's diagonal is h + lambda d, its coupling lambda d: the square of lambda d / (h + lambda d). */
      double own = (1 / sqrt (solver->coupling) - 1) * solver->lambda / lambda;
      solver->coupling = 1 / ((1 + own) * (1 + own));
    }
  for (gint k = 0; k < reduced->n_types; k++)
    solver->m[k] = lambda * solver->confidences[k] * smooth_i_priors_get_scale (solver, k) / reduced->n_types
                   / (reduced->scale[k] * reduced->scale[k]);
  solver->lambda = lambda;
  solver->weights++;
  solver->is_settled = FALSE;
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
  g_autofree double *h = g_new (double, n *n);
  smooth_i_scale_symmetric (reduced->h, reduced->scale, n, h);
  for (gint k = 0; k < n; k++)
    h[k * n + k] += solver->shift * solver->m[k];
  return smooth_i_eigenvalue_range (h, n, &solver->curvature, &largest, error);
}

/* Brings a level up to date and makes it the one that holds the iterate. */
gboolean
smooth_i_schedule_enter_level (Solve *solve, SmoothLevelKind kind)
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
  gsize bytes = level->kernels->factor_size (solver->reduced->n_types) * (gsize) solver->layout->n_tiles;
  gsize most = solver->reduced->n_types < MANY_TYPES ? KEEP_FACTORS : KEEP_LARGE_FACTORS;
  if (bytes <= most && !smooth_i_level_prepare_factors (solver, kind, TRUE, solve->error))
    return FALSE;
  solve->kind = kind;
  solve->n_sweeps = 0;
  return TRUE;
}

static SmoothStatus
status_of (const Solve *solve, Outcome outcome)
{
  gboolean is_certain = solve->solver->shift == 0 || solve->solver->curvature > 0;

  if (outcome == OUTCOME_INDEFINITE || !is_certain)
    return SMOOTH_STATUS_INDEFINITE;
  if (outcome == OUTCOME_INTERRUPTED)
    return SMOOTH_STATUS_IMPROVING;
  return outcome == OUTCOME_CONVERGED ? SMOOTH_STATUS_CONVERGED : SMOOTH_STATUS_STOPPED;
}

static Outcome
run (Solve *solve)
{
  const SmoothDeconvolver *solver = solve->solver;

  if (smooth_i_schedule_is_stiff (solver))
    return smooth_i_schedule_run_stiff (solve);
  if (solver->is_free)
    return smooth_i_schedule_run_free (solve);
  if (solver->priors != NULL)
    return smooth_i_schedule_run_faces (solve);
  gboolean has_blocks = solver->layout->n_colours > 0 && solver->method != SMOOTH_METHOD_FISTA;
  if (!has_blocks)
    return smooth_i_schedule_run_fista (solve);
  Outcome outcome = smooth_i_schedule_run_blocks (solve);
  gboolean is_short = outcome == OUTCOME_STOPPED && solve->n_iterations < solve->settings->max_iterations;
  return is_short ? smooth_i_schedule_run_stiff (solve) : outcome;
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
    .n_plain = solver->coupling > 0 ? 0 : 2,
    .knew_moves = solver->knows_moves,
  };

  solve.next_shown = solve.start + solver->show_after;
  set_lambda (solver, settings->lambda);
  solver->knows_moves = FALSE;
  if (!smooth_i_local_pays (solver))
    {
      solver->has_shares = solver->has_gradient = FALSE;
      smooth_i_schedule_lower_coupling (solver, LESS_TO_START);
    }
  if (!set_curvature (solver, error) || !smooth_i_pass_prepare (solver, smooth_run_get_n_threads (solver->run), error))
    return FALSE;
  Outcome outcome = run (&solve);
  g_clear_pointer (&solver->coarse, smooth_i_coarse_free);
  smooth_i_local_clear (solver);
  solver->is_settled = outcome == OUTCOME_CONVERGED;
  if (outcome == OUTCOME_FAILED)
    return FALSE;
  if ((!solve.has_certificate || solve.n_uncertified > 0) && smooth_i_schedule_certify (&solve) == OUTCOME_FAILED)
    return FALSE;
  smooth_i_schedule_fill_info (&solve, status_of (&solve, outcome));
  return TRUE;
}
