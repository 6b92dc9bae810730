/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P4: the diagonal of the inverse of Q when rho moves: numeric factor and selected inverse; the analysis is done once. */
#include "inverse.h"

#include <stdio.h>

void
inverse_analyse (gpointer data, SmoothRun *run)
{
  InverseProblem *problem = data;
  g_autoptr (GError) error = NULL;

  (void) run;
  inverse_clear (problem);
  problem->symbolic = smooth_symbolic_new (problem->q, problem->coords, 2, NULL, &error);
  bench_require (problem->symbolic != NULL, error);
  problem->cholesky = smooth_cholesky_new (problem->symbolic);
}

void
inverse_clear (InverseProblem *problem)
{
  g_clear_pointer (&problem->cholesky, smooth_cholesky_free);
  g_clear_pointer (&problem->symbolic, smooth_symbolic_unref);
}

void
inverse_solve (gpointer data, SmoothRun *run)
{
  InverseProblem *problem = data;
  g_autoptr (GError) error = NULL;
  gboolean is_definite = FALSE;

  bench_require (smooth_cholesky_factor (problem->cholesky, problem->q, &is_definite, run, &error) && is_definite, error);
  g_autofree double *diagonal = smooth_cholesky_dup_inverse_diagonal (problem->cholesky, run, &error);
  bench_require (diagonal != NULL, error);
}

gsize
inverse_bytes (const InverseProblem *problem)
{
  return bench_sparse_bytes (problem->q) + (gsize) smooth_symbolic_get_nnz (problem->symbolic) * sizeof (double);
}

void
bench_inverse (void)
{
  const gint64 sizes[] = { 3600, 14000, 700000 };
  const double targets[] = { 2, 10, 700 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (Synthetic) synthetic = synthetic_new (sizes[i], 2, 4, 7);
      g_autoptr (SmoothPrecision) precision = synthetic_precision (synthetic, 0.99, 0, NULL);
      InverseProblem problem = { .q = precision->symmetric, .coords = synthetic->coords };
      gint n_repeats = sizes[i] > 100000 ? 1 : 5;
      BenchTimes symbolic = bench_measure (NULL, inverse_analyse, &problem, n_repeats);
      BenchTimes inverse = bench_measure (NULL, inverse_solve, &problem, n_repeats);
      bench_row ("analysis, once for each graph", sizes[i], &symbolic, 0, bench_sparse_bytes (problem.q));
      bench_row ("factor and diagonal of the inverse", sizes[i], &inverse, targets[i], inverse_bytes (&problem));
      inverse_clear (&problem);
    }
}
