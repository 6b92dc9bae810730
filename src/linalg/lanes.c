/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solves and quadratic forms for eight vectors side by side. */
#include "linalg/lanes.h"

#include "linalg/cholesky-private.h"
#include "linalg/kernels-private.h"

#include <string.h>

/**
 * smooth_i_lanes_solve:
 * @cholesky: factored
 * @x: n: eight right-hand sides on entry, the solutions on return
 * @work: n, workspace
 *
 * O(nnz(L)) vector operations. Several threads may solve with one factor at once.
 */
void
smooth_i_lanes_solve (const SmoothCholesky *cholesky, SmoothLanes *x, SmoothLanes *work)
{
  const SmoothSymbolic *symbolic = cholesky->symbolic;
  const SmoothLinalgKernels *kernels = smooth_i_linalg_kernels ();

  g_return_if_fail (cholesky->is_factored);
  for (gint64 k = 0; k < symbolic->n; k++)
    memcpy (work[k], x[symbolic->order[k]], sizeof *x);
  kernels->solve_forward (symbolic, cholesky->values, work);
  kernels->solve_backward (symbolic, cholesky->values, work);
  for (gint64 k = 0; k < symbolic->n; k++)
    memcpy (x[symbolic->order[k]], work[k], sizeof *x);
}

/**
 * smooth_i_lanes_measure:
 * @q: n x n, symmetric
 * @x: n
 * @forms: (out): SMOOTH_LANES: x^T Q x of each
 */
void
smooth_i_lanes_measure (const SmoothSparse *q, const SmoothLanes *x, double *forms)
{
  smooth_i_linalg_kernels ()->measure (q, x, forms);
}
