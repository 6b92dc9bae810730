/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conjugate gradients on the face of active types, where block Gauss-Seidel is slow: far-reaching smooth corrections.
 *
 * The face is that of the block factors of the last sweep, which serve as preconditioner (block Jacobi) and keep all
 * vectors on the face by their zeros. The step is projected to B >= 0 and taken only if the objective falls; the next
 * sweeps repair the active sets. (The idea is that of More, Toraldo, SIAM J. Optim. 1 (1991), with exact blocks.)
 */
#include "model/deconvolution-private.h"

#define APPLY_COST 10    /* ns a spot, for the choice of threads */
#define UPDATE_COST 15
#define STREAM_COST 2
#define REDUCTION 0.01   /* of residual . P residual: a tenth of the residual */
#define LEAST_GAIN 1e-3  /* of the best decrease of one iteration */

typedef struct
{
  SmoothDeconvolver *solver;
  const SmoothKernels *kernels;
  SmoothPass pass;
} Face;

static SmoothSums
run (Face *face, SmoothKernel kernel, double cost)
{
  return smooth_i_pass_run (face->solver, kernel, &face->pass, 0, face->solver->layout->n_tiles, cost);
}

/* Moves along x, cut at the bounds. */
static SmoothFaceResult
take_step (Face *face)
{
  const double steps[] = { 1, 0.35, 0.12 };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      face->pass.step = steps[i];
      SmoothSums projected = run (face, face->kernels->project, STREAM_COST);
      gboolean lower = i == 0 && projected.sums[1] == 0;
      if (!lower)
        {
          face->pass.in = face->pass.z;
          face->pass.out = face->pass.ad;
          SmoothSums applied = run (face, face->kernels->apply, APPLY_COST);
          lower = projected.sums[0] + 0.5 * applied.sums[0] < 0;
        }
      if (smooth_run_is_cancelled (face->solver->run))
        return SMOOTH_FACE_STUCK;
      if (lower)
        {
          run (face, face->kernels->accept, STREAM_COST);
          return SMOOTH_FACE_MOVED;
        }
    }
  return SMOOTH_FACE_STUCK;
}

/**
 * smooth_i_face_solve:
 * @kind: a level with directions and with factors, all of the present weights
 * @max_iterations: of conjugate gradients
 * @target: stop when the objective F falls by less than this
 * @n_iterations: (inout): counts them
 */
SmoothFaceResult
smooth_i_face_solve (SmoothDeconvolver *solver, SmoothLevelKind kind, gint max_iterations, double target, gint *n_iterations)
{
  Face face = { .solver = solver, .kernels = solver->levels[kind].kernels, .pass = solver->levels[kind].pass };

  face.pass.tiles = solver->layout->all_tiles;
  face.pass.in = face.pass.b;
  face.pass.out = face.pass.gradient;
  run (&face, face.kernels->gradient, APPLY_COST);
  double rz = run (&face, face.kernels->cg_start, UPDATE_COST).sums[0];
  double goal = REDUCTION * rz, best = 0;

  face.pass.in = face.pass.d;
  face.pass.out = face.pass.ad;
  for (gint i = 0; i < max_iterations && rz > 0; i++)
    {
      double curvature = run (&face, face.kernels->apply, APPLY_COST).sums[0];
      if (smooth_run_is_cancelled (solver->run))
        return SMOOTH_FACE_STUCK;
      if (!(curvature > 0))
        return rz > target ? SMOOTH_FACE_INDEFINITE : SMOOTH_FACE_STUCK;
      ++*n_iterations;
      face.pass.step = rz / curvature;
      double gain = 0.5 * rz * face.pass.step;
      double next = run (&face, face.kernels->cg_update, UPDATE_COST).sums[0];
      best = MAX (best, gain);
      if (next <= goal || gain < LEAST_GAIN * best || gain < target)
        break;
      face.pass.step = next / rz;
      rz = next;
      run (&face, face.kernels->cg_direction, STREAM_COST);
    }
  return take_step (&face);
}
