/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accelerated projected gradients in a diagonal metric: the fallback that needs neither colours nor blocks.
 *
 * metric_ik = lambda_max (H) + m_k sum_j |q_ij| is at least the Hessian, so that each step lowers the objective. The
 * momentum restarts when it points uphill (O'Donoghue, Candes, Found. Comput. Math. 15 (2015)).
 */
#include "model/deconvolution-private.h"

#include <math.h>
#include <string.h>

/**
 * smooth_i_fista_run:
 *
 * Does some iterations in double precision, whose level holds the iterate, from there and without momentum.
 */
gboolean
smooth_i_fista_run (SmoothDeconvolver *solver, gint n_iterations, GError **error)
{
  SmoothLevel *level = &solver->levels[SMOOTH_LEVEL_DOUBLE];
  gint64 n_tiles = solver->layout->n_tiles;
  double momentum = 1;

  if (!smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, TRUE, error))
    return FALSE;
  SmoothPass pass = level->pass;
  pass.tiles = solver->layout->all_tiles;
  pass.lipschitz = solver->reduced->lipschitz * (1 + 1e-12);
  pass.in = pass.x;
  pass.out = pass.gradient;
  memcpy (pass.x, pass.b, (gsize) (solver->layout->n_positions * pass.stride) * sizeof (double));

  for (gint i = 0; i < n_iterations; i++)
    {
      smooth_i_pass_run (solver, level->kernels->gradient, &pass, 0, n_tiles, SMOOTH_APPLY_COST);
      SmoothSums sums = smooth_i_pass_run (solver, level->kernels->fista_step, &pass, 0, n_tiles, SMOOTH_STREAM_COST);
      if (!smooth_run_check (solver->run, error))
        return FALSE;
      if (sums.sums[0] > 0)
        momentum = 1;
      double next = (1 + sqrt (1 + 4 * momentum * momentum)) / 2;
      pass.step = (momentum - 1) / next;
      momentum = next;
      smooth_i_pass_run (solver, level->kernels->fista_extrapolate, &pass, 0, n_tiles, SMOOTH_STREAM_COST);
    }
  return TRUE;
}
