/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where each spot is held by its own data as well as by its neighbours: block Gauss-Seidel sweeps.
 *
 * A sweep solves each spot's block exactly, colour by colour, and goes beyond its minimum by a factor that follows from
 * how strongly the spots are coupled (successive over-relaxation; Young, Iterative Solution of Large Linear Systems, 1971),
 * which the sweeps themselves tell. What neighbourhoods have in common is dealt with before the first one (grid.c): sweeps bring
 * it from spot to spot. Where they are slow in spite of that, conjugate gradients on the face come in between.
 * The change of the last sweep predicts when a certificate is worth its gradient. What single precision cannot reach,
 * double does, in sweeps or by corrections.
 */
#include "model/grid-private.h"
#include "model/schedule-private.h"

#include <math.h>

#define MOST_COUPLING 0.95 /* that sweeps over-relax for */
#define LESS_NEXT 1.1      /* the same for the next sweep, when the factor was found to be too large */
#define GRID_WORK 100000   /* spots x types from which on these are worth their preparation, and ... */
#define GRID_PULL 10       /* ... pull of the prior, */
#define GRID_PULL_MANY 1   /* ... or with MANY_TYPES, whose sweeps are dear, */
#define GRID_PULL_COLD 1   /* ... or from 0, where all is still to be found; */
#define GRID_PULL_FEW 100  /* ... with less than FEW_TYPES, whose sweeps are cheap, */
#define FEW_TYPES 12
#define MANY_TYPES 24
#define SLOW 0.6           /* contraction of a sweep's squared change that is little */
#define MOST_SLOW 3        /* sweeps in a row with that, before steps on the face come in between */
#define SAFETY 0.5         /* a certificate is tried when the predicted bound is below this share of the tolerance */
#define FACE_ITERATIONS 12
#define REFINE_ITERATIONS 20
#define WELL_CONDITIONED 0.01  /* sigma from which on factors of few digits make good steps */
#define NEAR 2e-5              /* KKT residual from which on corrections are added in double precision */
#define SINGLE_NOISE 5e-15     /* squared change of an entry that is rounding */
#define MOST_STEPS 8           /* sweeps between certificates */
#define LOCAL_MOVES 1.0        /* KKT tolerances: moves below it are left to the certificate */
#define LOCAL_SHARE 0.3        /* of the tolerance on the gap, that tiles of average gap may take */
#define LOCAL_MOST 1e-5        /* and never larger moves than this */
#define LOCAL_ROUNDS 3         /* of local steps and certificates in each precision */

/* ---- sweeps ---- */

/* A certificate after a sweep tells how gap and residual follow from the sweep's change; the next ones are predicted. */
static Outcome
certify_sweep (Solve *solve)
{
  SmoothForecast *forecast = &solve->solver->forecast;
  Outcome outcome = smooth_i_schedule_certify (solve);

  if (outcome == OUTCOME_FAILED || solve->change <= 0)
    return outcome;
  forecast->objective = solve->certificate.objective;
  forecast->gap_by_change = solve->certificate.gap / solve->change;
  forecast->kkt_by_root = solve->certificate.kkt / sqrt (solve->change);
  return outcome;
}

/* Whether the change of the last sweep suggests that a certificate will be good enough, to stop or to go on with
 * corrections. */
static gboolean
looks_good (const Solve *solve)
{
  const SmoothForecast *forecast = &solve->solver->forecast;
  const SmoothReduced *reduced = solve->solver->reduced;

  if (forecast->objective <= 0)
    return solve->n_sweeps >= 2;
  if (solve->n_uncertified >= MOST_STEPS)
    return TRUE;
  double gap = forecast->gap_by_change * solve->change / smooth_i_schedule_objective_scale (solve, forecast->objective);
  double kkt = forecast->kkt_by_root * sqrt (solve->change);
  double goal = SAFETY * smooth_i_schedule_kkt_tolerance (solve);
  if (solve->kind == SMOOTH_LEVEL_SINGLE)
    {
      /* Below this the change is rounding. */
      if (solve->change <= SINGLE_NOISE * (double) (reduced->n_spots * reduced->n_types))
        return TRUE;
      goal = MAX (goal, SAFETY * NEAR);
    }
  return gap <= SAFETY * solve->settings->tolerance && kkt <= goal;
}

void
smooth_i_schedule_lower_coupling (SmoothDeconvolver *solver, double factor)
{
  solver->coupling = MAX (1 - factor * (1 - MIN (solver->coupling, MOST_COUPLING)), 0);
}

/* What a sweep's contraction tells of the coupling, by Young's relation (t + w - 1)^2 = t w^2 coupling between the
 * contraction t of the error and the factor w. At t <= w - 1 the factor is too large for it to tell anything. */
static void
learn_coupling (Solve *solve, double factor)
{
  SmoothDeconvolver *solver = solve->solver;
  double t = sqrt (solve->contraction), excess = t + factor - 1;

  if (factor != solve->relaxation || solve->n_sweeps < 3 || !(t > 0 && t < 1))
    return;
  if (t > factor - 1 + 0.01)
    solver->coupling = MIN (MAX (solver->coupling, excess * excess / (factor * factor * t)), MOST_COUPLING);
  else
    smooth_i_schedule_lower_coupling (solver, LESS_NEXT);
}

Outcome
smooth_i_schedule_sweep (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevel *level = &solver->levels[solve->kind];
  double previous = solve->change;
  SmoothPass pass = level->pass;

  pass.tiles = solver->layout->all_tiles;
  pass.relaxation = solve->n_sweeps < solve->n_plain ? 1 : smooth_i_relaxation (solver);
  SmoothSums sums = smooth_i_pass_run_steps (solver, solver->layout, level->kernels->sweep, &pass, FALSE, SMOOTH_SWEEP_COST);
  if (!smooth_run_check (solver->run, solve->error))
    return OUTCOME_FAILED;
  solve->change = sums.sums[0];
  solve->n_iterations++;
  solve->n_sweeps++;
  solve->n_uncertified++;
  solve->contraction = solve->n_sweeps > 1 && previous > 0 ? solve->change / previous : 0;
  solve->n_slow = solver->coupling >= MOST_COUPLING && solve->contraction > SLOW ? solve->n_slow + 1 : 0;
  learn_coupling (solve, pass.relaxation);
  solve->relaxation = pass.relaxation;
  return sums.sums[2] > 0 && solver->shift < 0 ? OUTCOME_INDEFINITE : OUTCOME_CONTINUE;
}

/* ---- steps in between ---- */

/* How much more the prior holds types to their neighbours than data hold the least certain mixture of them. */
static double
pull (const SmoothDeconvolver *solver)
{
  double diagonal = 0, m = 0;

  for (gint64 i = 0; i < solver->reduced->n_spots; i++)
    diagonal += solver->diagonal[solver->layout->positions[i]] / (double) solver->reduced->n_spots;
  for (gint k = 0; k < solver->reduced->n_types; k++)
    m += solver->m[k] / solver->reduced->n_types;
  return m * diagonal / MAX (solver->reduced->sigma, 1e-6);
}

static gboolean
wants_grid (const SmoothDeconvolver *solver)
{
  gboolean is_cold = solver->current < 0 && solver->abundances == NULL;
  gint n_types = solver->reduced->n_types;
  double least = is_cold ? GRID_PULL_COLD : n_types >= MANY_TYPES ? GRID_PULL_MANY : GRID_PULL;

  if (n_types < FEW_TYPES)
    least = GRID_PULL_FEW;
  return solver->reduced->n_spots * n_types >= GRID_WORK && pull (solver) >= least;
}

static Outcome
step_on_grid (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;

  if (!smooth_i_grid_prepare (solver, solve->kind, solve->error))
    return OUTCOME_FAILED;
  smooth_i_grid_step (solver, solve->kind);
  if (!smooth_run_check (solver->run, solve->error))
    return OUTCOME_FAILED;
  solve->n_iterations++;
  solve->n_uncertified++;
  return OUTCOME_CONTINUE;
}

static gboolean
wants_face (const Solve *solve)
{
  if (solve->change == 0)
    return FALSE;
  return solve->is_slow || solve->n_slow >= MOST_SLOW;
}

static Outcome
step_on_face (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;

  if (!smooth_i_level_prepare_directions (solver, solve->kind, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, solve->kind, FALSE, solve->error))
    return OUTCOME_FAILED;
  SmoothFaceResult result = smooth_i_face_solve (solver, solve->kind, FACE_ITERATIONS, 0, &solve->n_iterations);
  if (!smooth_run_check (solver->run, solve->error))
    return OUTCOME_FAILED;
  solve->n_sweeps = 0;
  solve->n_plain = MAX (solve->n_plain, 1);
  solve->is_slow = TRUE;
  return result == SMOOTH_FACE_INDEFINITE && solver->shift < 0 ? OUTCOME_INDEFINITE : OUTCOME_CONTINUE;
}

/* ---- near the optimum ---- */

/* Whether sweeps along the face converge soon: the factors have few digits. */
static gboolean
can_sweep_face (const SmoothDeconvolver *solver)
{
  return !solver->is_free && solver->priors == NULL && solver->layout->n_colours > 0
         && solver->reduced->sigma >= WELL_CONDITIONED && solver->coupling < MOST_COUPLING;
}

/* Near the optimum: corrections from single precision, added in double. Goes on to sweeps in double precision when
 * they do not help any more. */
Outcome
smooth_i_schedule_refine (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  gint n_poor = 0;

  if (!smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_SINGLE, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, SMOOTH_LEVEL_SINGLE, FALSE, solve->error)
      || !smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, TRUE, solve->error))
    return OUTCOME_FAILED;
  solver->current = SMOOTH_LEVEL_DOUBLE; /* where certify() has copied it */
  Outcome outcome = solver->has_gradient ? OUTCOME_CONTINUE : smooth_i_schedule_certify (solve);
  while (outcome == OUTCOME_CONTINUE && n_poor < 2)
    {
      double before = smooth_i_schedule_excess (solve), wanted = CLAMP (0.2 / before, 1e-3, 0.2);

      outcome = smooth_i_schedule_show (solve);
      if (outcome == OUTCOME_CONTINUE && solve->n_iterations >= solve->settings->max_iterations)
        outcome = OUTCOME_STOPPED;
      if (outcome != OUTCOME_CONTINUE)
        break;
      gboolean by_sweeps = n_poor == 0 && can_sweep_face (solver);
      gint most = solver->is_free ? SMOOTH_FREE_ITERATIONS : REFINE_ITERATIONS;
      SmoothFaceResult result = smooth_i_face_refine (solver, by_sweeps, most, wanted * wanted, &solve->n_iterations);
      if (!smooth_run_check (solver->run, solve->error))
        return OUTCOME_FAILED;
      outcome = smooth_i_schedule_certify (solve);
      n_poor += result != SMOOTH_FACE_MOVED ? 2 : smooth_i_schedule_excess (solve) > 0.5 * before;
    }
  if (outcome != OUTCOME_CONTINUE)
    return outcome;
  solve->n_idle = 0;
  return smooth_i_schedule_enter_level (solve, SMOOTH_LEVEL_DOUBLE) ? OUTCOME_CONTINUE : OUTCOME_FAILED;
}

/* After a certificate that is not good enough: goes on in double precision, or not at all. */
static Outcome
reconsider (Solve *solve)
{
  if (solve->n_iterations >= solve->settings->max_iterations)
    return OUTCOME_STOPPED;
  if (solve->n_idle >= 1)
    solve->n_plain = G_MAXINT; /* each plain sweep lowers the objective */
  if (solve->kind == SMOOTH_LEVEL_SINGLE && (solve->n_idle >= 2 || solve->change == 0 || solve->certificate.kkt < NEAR))
    return smooth_i_schedule_refine (solve);
  return solve->n_idle >= SMOOTH_PATIENCE || solve->change == 0 ? OUTCOME_STOPPED : OUTCOME_CONTINUE;
}

/* ---- few rows of Q have changed ---- */

/* The level to sweep in from now on. */
static gboolean
enter_first_level (Solve *solve)
{
  gboolean alone = solve->solver->method == SMOOTH_METHOD_DOUBLE;

  return smooth_i_schedule_enter_level (solve, alone ? SMOOTH_LEVEL_DOUBLE : SMOOTH_LEVEL_SINGLE);
}

/* Local steps in one precision until the certificate holds, or until what is left is everywhere. */
static Outcome
step_locally (Solve *solve, double threshold)
{
  SmoothDeconvolver *solver = solve->solver;

  for (gint round = 0; round < LOCAL_ROUNDS; round++, threshold *= 0.1)
    {
      if (!smooth_i_local_sweep (solver, solve->kind, threshold, &solve->n_iterations, solve->error)
          || !smooth_i_certify_changes (solver, &solve->certificate, solve->error))
        return OUTCOME_FAILED;
      Outcome outcome = smooth_i_schedule_judge (solve);
      double gap = smooth_i_schedule_objective_scale (solve, solve->certificate.objective) * solve->settings->tolerance;
      if (solver->n_dirty > 0) /* too many visits */
        smooth_i_local_clear (solver);
      else if (outcome == OUTCOME_CONTINUE && smooth_i_certificate_find_worst (solver, 0.5 * smooth_i_schedule_kkt_tolerance (solve), LOCAL_SHARE * gap))
        continue;
      return outcome;
    }
  return OUTCOME_CONTINUE;
}

/* From an optimum of which few rows of Q have changed: steps around these, in the precision that the iterate has, and where it
 * takes more in double. */
static Outcome
run_local (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevelKind kind = solver->current == SMOOTH_LEVEL_DOUBLE ? SMOOTH_LEVEL_DOUBLE : SMOOTH_LEVEL_SINGLE;
  /* A sweep contracts errors by the relaxation less 1 at best: so far beyond its last move the optimum is. */
  double threshold = (2 - smooth_i_local_relaxation (solver)) * MIN (LOCAL_MOVES * smooth_i_schedule_kkt_tolerance (solve), LOCAL_MOST);

  solver->knows_moves = solve->knew_moves;
  if (!smooth_i_schedule_enter_level (solve, kind))
    return OUTCOME_FAILED;
  Outcome outcome = step_locally (solve, threshold);
  if (outcome == OUTCOME_CONTINUE && kind == SMOOTH_LEVEL_SINGLE && solver->n_dirty > 0)
    {
      solver->current = SMOOTH_LEVEL_DOUBLE; /* where the certificate has copied it */
      if (!smooth_i_schedule_enter_level (solve, SMOOTH_LEVEL_DOUBLE))
        return OUTCOME_FAILED;
      outcome = step_locally (solve, 0.1 * threshold);
    }
  if (outcome != OUTCOME_CONTINUE)
    return outcome;
  smooth_i_local_clear (solver);
  solver->knows_moves = FALSE;
  if (!enter_first_level (solve))
    return OUTCOME_FAILED;
  return solve->kind == SMOOTH_LEVEL_SINGLE && solve->certificate.kkt < NEAR ? smooth_i_schedule_refine (solve) : OUTCOME_CONTINUE;
}

/* ---- the loop ---- */

Outcome
smooth_i_schedule_run_blocks (Solve *solve)
{
  Outcome outcome = OUTCOME_CONTINUE;

  if (smooth_i_local_pays (solve->solver))
    outcome = run_local (solve);
  else
    {
      gboolean has_grid = wants_grid (solve->solver);
      if (!enter_first_level (solve))
        return OUTCOME_FAILED;
      if (has_grid)
        outcome = step_on_grid (solve);
    }
  while (outcome == OUTCOME_CONTINUE)
    {
      outcome = smooth_i_schedule_sweep (solve);
      if (outcome == OUTCOME_CONTINUE)
        outcome = smooth_i_schedule_show (solve);
      if (outcome == OUTCOME_CONTINUE && (looks_good (solve) || solve->n_iterations >= solve->settings->max_iterations))
        {
          outcome = certify_sweep (solve);
          if (outcome == OUTCOME_CONTINUE)
            outcome = reconsider (solve);
        }
      if (outcome == OUTCOME_CONTINUE && wants_face (solve))
        outcome = step_on_face (solve);
    }
  return outcome;
}
