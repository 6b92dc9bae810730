/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where steps of single spots do not serve: conjugate gradients on one face after the other.
 *
 * A strong prior of differences, which hardly sees steps that all spots take together, is stiff. Without B >= 0
 * there is one face, all of it: a linear system. Where Q is known by its products alone there are no blocks to sweep; and where
 * not even colours are to be had, accelerated gradients are left (fista.c).
 */
#include "model/grid-private.h"
#include "model/schedule-private.h"

#include <math.h>

#define FIRST_ITERATIONS 3     /* on the first face, where sweeps cannot find the right one */
#define STIFF 200              /* stiffness from which on sweeps in single precision are not tried */
#define STIFF_SWEEPS 2         /* between steps on the face, where the prior is all but everything */
#define STIFF_ITERATIONS 2000  /* of such a step */
#define STIFF_PATIENCE 30      /* as SMOOTH_PATIENCE */

/* Conjugate gradients in double precision on one face after the other: few iterations until the faces stay the same. */
Outcome
smooth_i_schedule_run_faces (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  gint most = solver->is_free ? SMOOTH_FREE_ITERATIONS : FIRST_ITERATIONS;

  if (!smooth_i_schedule_enter_level (solve, SMOOTH_LEVEL_DOUBLE)
      || !smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error))
    return OUTCOME_FAILED;
  Outcome outcome = smooth_i_schedule_certify (solve);
  while (outcome == OUTCOME_CONTINUE)
    {
      double before = smooth_i_schedule_excess (solve), wanted = CLAMP (0.2 / before, 1e-8, 0.2);

      outcome = smooth_i_schedule_show (solve);
      if (outcome == OUTCOME_CONTINUE && (solve->n_iterations >= solve->settings->max_iterations || solve->n_idle >= SMOOTH_PATIENCE))
        outcome = OUTCOME_STOPPED;
      if (outcome != OUTCOME_CONTINUE)
        break;
      SmoothFaceResult result = smooth_i_face_step (solver, most, wanted * wanted, &solve->n_iterations);
      solve->n_iterations++;
      if (result == SMOOTH_FACE_INDEFINITE && solver->shift < 0)
        return OUTCOME_INDEFINITE;
      if (!smooth_run_check (solver->run, solve->error))
        return OUTCOME_FAILED;
      outcome = smooth_i_schedule_certify (solve);
      if (smooth_i_schedule_excess (solve) < 0.5 * before || solve->n_idle >= 2)
        most = MIN (2 * most, SMOOTH_FREE_ITERATIONS);
    }
  return outcome;
}

/* Where a strong prior leaves nothing but steps of all spots together: sweeps find the faces, conjugate gradients with constants
 * over the parts of the tissue minimise on them, all in double precision. */
Outcome
smooth_i_schedule_run_stiff (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  const SmoothLayout *layout = solver->layout;
  gboolean has_sweeps = !solver->is_free && layout->n_colours > 0;

  if (!smooth_i_schedule_enter_level (solve, SMOOTH_LEVEL_DOUBLE)
      || !smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error))
    return OUTCOME_FAILED;
  smooth_i_coarse_free (solver->coarse);
  solver->coarse = smooth_i_coarse_new (layout->n_positions, solver->reduced->n_types, layout->starts, layout->cols, solver->values,
                                        solve->error);
  if (solver->coarse == NULL || (layout->n_colours > 0 && !smooth_i_grid_prepare (solver, SMOOTH_LEVEL_DOUBLE, solve->error)))
    return OUTCOME_FAILED;
  solve->n_plain = G_MAXINT;
  solve->n_idle = 0;
  solve->best_excess = INFINITY;
  Outcome outcome = OUTCOME_CONTINUE;
  while (outcome == OUTCOME_CONTINUE)
    {
      for (gint i = 0; i < STIFF_SWEEPS && has_sweeps && outcome == OUTCOME_CONTINUE; i++)
        outcome = smooth_i_schedule_sweep (solve);
      if (outcome == OUTCOME_CONTINUE)
        outcome = smooth_i_schedule_certify (solve);
      if (outcome == OUTCOME_CONTINUE)
        outcome = smooth_i_schedule_show (solve);
      if (outcome == OUTCOME_CONTINUE && (solve->n_iterations >= solve->settings->max_iterations || solve->n_idle >= STIFF_PATIENCE))
        outcome = OUTCOME_STOPPED;
      if (outcome != OUTCOME_CONTINUE)
        break;
      double wanted = CLAMP (0.1 / smooth_i_schedule_excess (solve), 1e-8, 0.1);
      SmoothFaceResult result = smooth_i_face_step (solver, STIFF_ITERATIONS, wanted * wanted, &solve->n_iterations);
      solve->n_iterations++;
      if (result == SMOOTH_FACE_INDEFINITE && solver->shift < 0)
        return OUTCOME_INDEFINITE;
      if (!smooth_run_check (solver->run, solve->error))
        return OUTCOME_FAILED;
    }
  return outcome;
}

/* How much more the prior holds neighbours together than data, or what the prior has on top, hold a spot where it is. */
static double
stiffness (const SmoothDeconvolver *solver)
{
  double most = 0, diagonal = 0, slack = INFINITY;

  for (gint k = 0; k < solver->reduced->n_types; k++)
    most = MAX (most, solver->m[k]);
  for (gint64 i = 0; i < solver->reduced->n_spots; i++)
    {
      gint32 p = solver->layout->positions[i];
      diagonal = MAX (diagonal, solver->diagonal[p]);
      slack = MIN (slack, solver->slack[p]);
    }
  return most * diagonal / (1 + most * slack);
}

/* Whether steps of single spots are too slow from the start. */
gboolean
smooth_i_schedule_is_stiff (const SmoothDeconvolver *solver)
{
  gboolean has_steps = solver->is_free || solver->layout->n_colours > 0;

  return has_steps && solver->priors == NULL && solver->method != SMOOTH_METHOD_FISTA && stiffness (solver) > STIFF;
}

/* A linear system. */
Outcome
smooth_i_schedule_run_free (Solve *solve)
{
  if (solve->solver->priors != NULL || solve->solver->method == SMOOTH_METHOD_DOUBLE)
    return smooth_i_schedule_run_faces (solve);
  if (!smooth_i_schedule_enter_level (solve, SMOOTH_LEVEL_SINGLE) || !smooth_i_schedule_enter_level (solve, SMOOTH_LEVEL_DOUBLE))
    return OUTCOME_FAILED;
  Outcome outcome = smooth_i_schedule_refine (solve);
  return outcome == OUTCOME_CONTINUE ? smooth_i_schedule_run_faces (solve) : outcome;
}

Outcome
smooth_i_schedule_run_fista (Solve *solve)
{
  gint batch = 25;

  if (!smooth_i_schedule_enter_level (solve, SMOOTH_LEVEL_DOUBLE))
    return OUTCOME_FAILED;
  for (;;)
    {
      batch = MIN (batch, solve->settings->max_iterations - solve->n_iterations);
      if (!smooth_i_fista_run (solve->solver, batch, solve->error))
        return OUTCOME_FAILED;
      solve->n_iterations += batch;
      Outcome outcome = smooth_i_schedule_certify (solve);
      if (outcome == OUTCOME_CONTINUE && (solve->n_iterations >= solve->settings->max_iterations || solve->n_idle >= SMOOTH_PATIENCE))
        outcome = OUTCOME_STOPPED;
      if (outcome == OUTCOME_CONTINUE)
        outcome = smooth_i_schedule_show (solve);
      if (outcome != OUTCOME_CONTINUE)
        return outcome;
      batch = MIN (2 * batch, 400);
    }
}
