/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conjugate gradients on the face of active types, where block Gauss-Seidel is slow: far-reaching smooth corrections.
 *
 * The face is that of the block factors of the last sweep, which serve as preconditioner (block Jacobi) and keep all
 * vectors on the face by their zeros. The step is projected to B >= 0 and taken only if the objective falls; the next
 * sweeps repair the active sets. (The idea is that of More, Toraldo, SIAM J. Optim. 1 (1991), with exact blocks.)
 */
#include "model/grid-private.h"

#include <string.h>

#define REDUCTION 0.01  /* of residual . P residual: a tenth of the residual */
#define LEAST_GAIN 1e-3 /* of the best decrease of one iteration */

typedef struct
{
  SmoothDeconvolver *solver;
  const SmoothKernels *kernels;
  SmoothPass pass;
  double least_gain; /* of the best decrease of one iteration of conjugate gradients: below it they end */
  SmoothCoarse *coarse; /* (nullable): adds to the preconditioner */
} Face;

static SmoothSums
run (Face *face, SmoothKernel kernel, double cost)
{
  return smooth_i_pass_run (face->solver, kernel, &face->pass, 0, face->solver->layout->n_tiles, cost);
}

/* The kernels that multiply by A. */
static SmoothSums
run_product (Face *face, SmoothKernel kernel)
{
  smooth_i_priors_multiply (face->solver, &face->pass, face->pass.in);
  return run (face, kernel, SMOOTH_APPLY_COST);
}

static Face
face_of (SmoothDeconvolver *solver, SmoothLevelKind kind)
{
  Face face = {
    .solver = solver, .kernels = solver->levels[kind].kernels, .pass = solver->levels[kind].pass, .least_gain = LEAST_GAIN
  };

  face.pass.tiles = solver->layout->all_tiles;
  return face;
}

/* Moves along x, cut at the bounds; where that lowers the objective for no length tried, along the last cut step as far as
 * it falls. */
static SmoothFaceResult
take_step (Face *face)
{
  const double steps[] = { 1, 0.35, 0.12 };
  double slope = 0, curvature = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      face->pass.step = steps[i];
      SmoothSums projected = run (face, face->kernels->project, SMOOTH_STREAM_COST);
      gboolean lower = i == 0 && projected.sums[1] == 0;
      if (!lower)
        {
          face->pass.in = face->pass.z;
          face->pass.out = face->pass.ad;
          curvature = run_product (face, face->kernels->apply).sums[0];
          slope = projected.sums[0];
          lower = slope + 0.5 * curvature < 0;
        }
      if (smooth_run_is_cancelled (face->solver->run))
        return SMOOTH_FACE_STUCK;
      if (lower)
        {
          face->pass.step = 1;
          run (face, face->kernels->accept, SMOOTH_STREAM_COST);
          return SMOOTH_FACE_MOVED;
        }
    }
  if (!(slope < 0 && curvature > 0))
    return SMOOTH_FACE_STUCK;
  face->pass.step = -slope / curvature;
  run (face, face->kernels->accept, SMOOTH_STREAM_COST);
  return SMOOTH_FACE_MOVED;
}

/* Adds the far-reaching part of the preconditioner to z, and to d as well; returns what it adds to residual . z. */
static double
add_coarse (Face *face, gboolean is_first)
{
  const SmoothPass *pass = &face->pass;

  if (face->coarse == NULL)
    return 0;
  double product = smooth_i_coarse_add (face->coarse, pass->stride, pass->residual, pass->z, is_first ? pass->d : NULL);
  return product + smooth_i_grid_add (face->solver, pass, is_first);
}

/* x = an approximate solution of A x = -gradient on the face. FALSE at a direction of negative curvature. */
static gboolean
conjugate_gradients (Face *face, gint max_iterations, double reduction, double target, gint *n_iterations)
{
  double rz = run (face, face->kernels->cg_start, SMOOTH_SOLVE_COST).sums[0];
  rz += add_coarse (face, TRUE);
  double goal = reduction * rz, best = 0;

  face->pass.in = face->pass.d;
  face->pass.out = face->pass.ad;
  for (gint i = 0; i < max_iterations && rz > 0; i++)
    {
      double curvature = run_product (face, face->kernels->apply).sums[0];
      if (smooth_run_is_cancelled (face->solver->run))
        return TRUE;
      if (!(curvature > 0))
        return FALSE;
      ++*n_iterations;
      face->pass.step = rz / curvature;
      double gain = 0.5 * rz * face->pass.step;
      double next = run (face, face->kernels->cg_update, SMOOTH_SOLVE_COST).sums[0];
      next += add_coarse (face, FALSE);
      best = MAX (best, gain);
      if (next <= goal || gain < face->least_gain * best || gain < target)
        break;
      face->pass.step = next / rz;
      rz = next;
      run (face, face->kernels->cg_direction, SMOOTH_STREAM_COST);
    }
  return TRUE;
}

/**
 * smooth_i_face_solve:
 * @kind: a level with directions and factors; exact ones are of the last sweep and of the present weights
 * @max_iterations: of conjugate gradients
 * @target: stop when the objective F falls by less than this
 * @n_iterations: (inout): counts them
 */
SmoothFaceResult
smooth_i_face_solve (SmoothDeconvolver *solver, SmoothLevelKind kind, gint max_iterations, double target, gint *n_iterations)
{
  Face face = face_of (solver, kind);

  face.pass.in = face.pass.b;
  face.pass.out = face.pass.gradient;
  run_product (&face, face.kernels->gradient);
  if (face.pass.factors == NULL)
    run (&face, face.kernels->face, SMOOTH_SOLVE_COST);
  if (!conjugate_gradients (&face, max_iterations, REDUCTION, target, n_iterations))
    return SMOOTH_FACE_INDEFINITE;
  if (smooth_run_is_cancelled (solver->run))
    return SMOOTH_FACE_STUCK;
  return take_step (&face);
}

/* The same by over-relaxed sweeps along the face, which need fewer and cheaper passes, where blocks and colours serve. */
static void
sweep_face (Face *face, gint max_iterations, double reduction, gint *n_iterations)
{
  const SmoothLayout *layout = face->solver->layout;
  SmoothPass pass = face->pass;
  double first = 0;

  memset (pass.x, 0, (gsize) (layout->n_positions * pass.stride) * face->kernels->real_size);
  face->pass.b = pass.x;
  face->pass.z = pass.gradient;
  face->pass.x = pass.residual;
  face->pass.step = -1;
  run (face, face->kernels->fista_extrapolate, SMOOTH_STREAM_COST); /* residual = -gradient */
  face->pass = pass;
  pass.b = pass.x;
  pass.r = pass.residual;
  pass.relaxation = smooth_i_relaxation (face->solver);
  for (gint i = 0; i < max_iterations && !smooth_run_is_cancelled (face->solver->run); i++)
    {
      double change = smooth_i_pass_run_steps (face->solver, layout, face->kernels->face_sweep, &pass, FALSE, SMOOTH_SOLVE_COST).sums[0];
      ++*n_iterations;
      first = i == 0 ? change : first;
      if (change <= reduction * first)
        return;
    }
}

/**
 * smooth_i_face_refine:
 * @by_sweeps: or by conjugate gradients, which serve always
 * @max_iterations: of either
 * @reduction: of the squared residual, until which they go on
 *
 * Corrects an iterate of double precision, whose gradient is in the double level's array, by a step that single
 * precision finds: the correction needs few digits, its right-hand side and the sum have all of them. The face here
 * also has the types that want to grow.
 */
SmoothFaceResult
smooth_i_face_refine (SmoothDeconvolver *solver, gboolean by_sweeps, gint max_iterations, double reduction,
                      gint *n_iterations)
{
  Face rough = face_of (solver, SMOOTH_LEVEL_SINGLE), fine = face_of (solver, SMOOTH_LEVEL_DOUBLE);

  smooth_i_level_convert (solver, SMOOTH_LEVEL_DOUBLE, fine.pass.b, SMOOTH_LEVEL_SINGLE, rough.pass.b);
  smooth_i_level_convert (solver, SMOOTH_LEVEL_DOUBLE, fine.pass.gradient, SMOOTH_LEVEL_SINGLE, rough.pass.gradient);
  run (&rough, rough.kernels->face, SMOOTH_SOLVE_COST);
  if (by_sweeps)
    sweep_face (&rough, max_iterations, reduction, n_iterations);
  else if (!conjugate_gradients (&rough, max_iterations, reduction, 0, n_iterations))
    return SMOOTH_FACE_STUCK;
  if (smooth_run_is_cancelled (solver->run))
    return SMOOTH_FACE_STUCK;
  smooth_i_level_convert (solver, SMOOTH_LEVEL_SINGLE, rough.pass.x, SMOOTH_LEVEL_DOUBLE, fine.pass.x);
  return take_step (&fine);
}

/* x = -gradient over the diagonal of A: cut at the bounds it still points downhill, as no direction of the face need do. */
static void
point_downhill (Face *face)
{
  const SmoothPass *pass = &face->pass;
  const double *g = pass->gradient, *m = pass->m, *diagonal = pass->diagonal;
  double *x = pass->x;

  for (gint64 p = 0; p < face->solver->layout->n_positions; p++)
    for (gint k = 0; k < pass->stride; k++)
      x[p * pass->stride + k] = -g[p * pass->stride + k] / (1 + m[k] * diagonal[p]);
}

/**
 * smooth_i_face_step:
 * @max_iterations: of conjugate gradients
 * @reduction: of the squared residual, until which they go on
 *
 * The same in double precision alone, whose level has directions and factors and the gradient in its array.
 */
SmoothFaceResult
smooth_i_face_step (SmoothDeconvolver *solver, gint max_iterations, double reduction, gint *n_iterations)
{
  Face face = face_of (solver, SMOOTH_LEVEL_DOUBLE);

  face.least_gain = 0;
  face.coarse = solver->coarse;
  run (&face, face.kernels->face, SMOOTH_SOLVE_COST);
  if (face.coarse != NULL)
    smooth_i_coarse_prepare (face.coarse, &face.pass);
  /* Without curvature to rounding alone, what was found so far is worth its step. */
  if (!conjugate_gradients (&face, max_iterations, reduction, 0, n_iterations) && solver->shift < 0)
    return SMOOTH_FACE_INDEFINITE;
  if (smooth_run_is_cancelled (solver->run))
    return SMOOTH_FACE_STUCK;
  SmoothFaceResult result = take_step (&face);
  if (result != SMOOTH_FACE_STUCK || solver->is_free)
    return result;
  point_downhill (&face);
  return take_step (&face);
}
