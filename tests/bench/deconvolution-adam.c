/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain Adam beside the solver, on the same objective, in the same machine time. */
#include "adam.h"
#include "deconvolution.h"
#include "measure.h"

#include <math.h>
#include <stdio.h>

#define N_SPOTS 3600
#define N_TYPES 15
#define N_GENES 1000
#define LAMBDA 1
#define TOLERANCE 1e-6
#define MOST_EPOCHS 10000

static void
solve_cold (gpointer data, SmoothRun *run)
{
  SmoothInfo info;

  smooth_deconvolver_reset (data);
  deconvolution_solve (data, LAMBDA, TOLERANCE, &info, run);
}

static void
print_rate (const AdamProblem *problem, double rate, double best, double ours)
{
  AdamResult stopped = adam_run (problem, rate, TRUE, 100000, best);
  AdamResult equal = adam_run (problem, rate, FALSE, MOST_EPOCHS, best * (1 + TOLERANCE));

  printf ("  rate %g: its stop rule ends after %d epochs, %.0f ms, %.1e above the optimum: %.0f times our %.1f ms to 1e-6\n",
          rate, stopped.n_epochs, stopped.cpu_ms, (stopped.objective - best) / best, stopped.cpu_ms / ours, ours);
  if (isnan (equal.ms_to_accuracy))
    printf ("           1e-6 not reached in %d epochs, %.0f ms: over %.0f times our time; then %.1e above\n", equal.n_epochs,
            equal.cpu_ms, equal.cpu_ms / ours, (equal.objective - best) / best);
  else
    printf ("           1e-6 after %d epochs, %.0f ms: %.0f times our time\n", equal.n_epochs, equal.ms_to_accuracy,
            equal.ms_to_accuracy / ours);
}

void
bench_adam (void)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (N_SPOTS, N_TYPES, N_GENES, 7);
  g_autoptr (SmoothPrecision) precision = synthetic_precision (synthetic, 0.99, 0, NULL);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (synthetic->signature, synthetic->expression, TRUE, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  AdamProblem problem = { reduced->n_types, reduced->n_spots,       reduced->h,          reduced->r, reduced->total,
                          LAMBDA,           synthetic->confidences, precision->symmetric };
  SmoothInfo info;

  deconvolution_set_precision (solver, synthetic, precision);
  solver->kkt_tolerance = 1;
  BenchTimes cold = bench_measure (NULL, solve_cold, solver, 9);
  solver->kkt_tolerance = 0;
  deconvolution_solve (solver, LAMBDA, 1e-10, &info, NULL);
  printf ("  %d spots, %d types, lambda %d; genes eliminated: an epoch of the reference costs about %.0f times more\n",
          N_SPOTS, N_TYPES, LAMBDA, 2.0 * (double) reduced->n_genes / (reduced->n_types + 7));
  for (double rate = 1e-2; rate > 5e-4; rate /= 10)
    print_rate (&problem, rate, info.objective, cold.cpu);
}
