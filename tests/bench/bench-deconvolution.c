/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures the deconvolution solver on synthetic sections, against Adam and against one pass over its memory.
 *
 * CPU times are of one thread (CLOCK_THREAD_CPUTIME_ID), best of several; wall times are with all threads. 'gap' is
 * the time until the certificate bounds the relative gap by 1e-6, 'gap+KKT' until the KKT residual is below 1e-6 too.
 */
#include "adam.h"
#include "measure.h"
#include "model/deconvolution-private.h"
#include "synthetic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TOLERANCE 1e-6

extern char *openblas_get_corename (void);

typedef enum
{
  COLD,
  LAMBDA_MOVED,
  RHO_MOVED,
  REGION_CUT,
  N_MOVES,
} Move;

static const char *const move_names[] = { "cold", "lambda x 1.2", "rho .9 -> .92", "region r = .3" };

typedef struct
{
  gint64 n_spots;
  gint n_types;
  gint64 n_genes;
  gint n_repeats;
  const char *prototype[2][N_MOVES]; /* f32 ms on the study's machine, lambda 1 and 10 */
  const char *target[N_MOVES];
} Size;

static const Size sizes[] = {
  { 3600, 15, 1000, 9, { { "3.4", "1.4-2.5", "2.5", "2.4" }, { "6.4", "1.7", "2.0", "4.0" } }, { "5", "2", "2", "5" } },
  { 14000, 30, 1000, 5, { { "48", "18-22", "12", "7.9" }, { "98", "50", "32", "18" } }, { "", "20 (2 cores)", "20 (2 cores)", "5" } },
  { 100000, 15, 100, 3, { { "112", "33", "33", "6.7" }, { "275", "104", "76", "23" } },
    { "100 (2 cores)", "33 (2 cores)", "33 (2 cores)", "5" } },
};

typedef struct
{
  const Synthetic *synthetic;
  SmoothDeconvolver *solver;
  SmoothPrecision *usual, *before, *after, *cut; /* rho .99; .9; .92; .99 with a region cut out */
  double lambda;
} Bench;

static void
solve (const Bench *bench, double lambda, SmoothRun *run, SmoothInfo *info)
{
  SmoothDeconvolutionSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = lambda;
  settings.tolerance = TOLERANCE;
  if (!smooth_deconvolver_solve (bench->solver, &settings, NULL, NULL, info, run, &error))
    g_error ("%s", error->message);
}

static void
set_precision (const Bench *bench, SmoothPrecision *precision)
{
  g_autoptr (GError) error = NULL;
  if (!smooth_deconvolver_set_precision (bench->solver, precision, bench->synthetic->confidences, &error))
    g_error ("%s", error->message);
}

/* Brings the solver to where the move starts. */
static void
prepare (const Bench *bench, Move move, SmoothRun *run)
{
  SmoothInfo info;

  set_precision (bench, move == LAMBDA_MOVED || move == RHO_MOVED ? bench->before : bench->usual);
  if (move == COLD)
    smooth_deconvolver_reset (bench->solver);
  else
    solve (bench, bench->lambda, run, &info);
}

static void
make_move (const Bench *bench, Move move, SmoothRun *run, SmoothInfo *info)
{
  if (move == RHO_MOVED)
    set_precision (bench, bench->after);
  if (move == REGION_CUT)
    set_precision (bench, bench->cut);
  solve (bench, bench->lambda * (move == LAMBDA_MOVED ? 1.2 : 1), run, info);
}

/* Best of several moves, in CPU ms of the only thread or in wall ms. */
static double
measure (const Bench *bench, Move move, gboolean gap_only, gint n_threads, gint n_repeats, SmoothInfo *info)
{
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  double best = INFINITY;

  bench->solver->kkt_tolerance = gap_only ? 1 : 0;
  for (gint i = 0; i < n_repeats; i++)
    {
      prepare (bench, move, run);
      double start = n_threads == 1 ? thread_cpu_ms () : wall_ms ();
      make_move (bench, move, run, info);
      best = MIN (best, (n_threads == 1 ? thread_cpu_ms () : wall_ms ()) - start);
    }
  return best;
}

/* One reading of all that a solve in single precision with its certificate touches. */
static double
memory_pass_ms (const Bench *bench)
{
  const SmoothLayout *layout = bench->solver->layout;
  const SmoothPass *single = &bench->solver->levels[SMOOTH_LEVEL_SINGLE].pass;
  gsize positions = (gsize) layout->n_positions, nnz = (gsize) layout->starts[layout->n_positions];
  gsize vectors = single->x != NULL ? 8 : 2;

  return streaming_read_ms (positions * (gsize) single->stride * (vectors * sizeof (float) + 2 * sizeof (double))
                            + nnz * (sizeof (gint32) + sizeof (float) + sizeof (double)) + positions * 32);
}

static void
bench_moves (Bench *bench, const Size *size, gint which_lambda)
{
  for (Move move = COLD; move < N_MOVES; move++)
    {
      SmoothInfo info, full;
      double gap = measure (bench, move, TRUE, 1, size->n_repeats, &info);
      double both = measure (bench, move, FALSE, 1, size->n_repeats, &full);
      double wall = measure (bench, move, TRUE, 0, size->n_repeats, &info);
      double memory = memory_pass_ms (bench);

      printf ("%6d x %2d  %6g  %-14s %9.2f %9.2f %9.2f %5d %5d  %8s  %13s %8.0f  %.0e %.0e\n", (int) size->n_spots, size->n_types,
              bench->lambda, move_names[move], gap, both, wall, info.iterations, full.iterations,
              size->prototype[which_lambda][move], size->target[move], gap / memory, full.relative_gap, full.kkt_residual);
      fflush (stdout);
    }
}

static void
bench_adam (Bench *bench)
{
  const SmoothReduced *reduced = bench->solver->reduced;
  AdamProblem problem = { reduced->n_types, reduced->n_spots, reduced->h, reduced->r, reduced->total, bench->lambda,
                          bench->synthetic->confidences, bench->usual->symmetric };
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  double cold = measure (bench, COLD, TRUE, 1, 9, &info);
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = bench->lambda;
  settings.tolerance = 1e-10;
  bench->solver->kkt_tolerance = 0;
  smooth_deconvolver_solve (bench->solver, &settings, NULL, NULL, &info, NULL, NULL);
  double best = info.objective;

  printf ("\nAdam on the same objective, lambda %g, genes eliminated (one epoch of the reference costs about %.0f times more)\n",
          bench->lambda, 2.0 * (double) reduced->n_genes / (reduced->n_types + 7));
  for (double rate = 1e-2; rate > 5e-4; rate /= 10)
    {
      AdamResult stopped = adam_run (&problem, rate, TRUE, 100000, best);
      double reached = (stopped.objective - best) / best;
      AdamResult equal = adam_run (&problem, rate, FALSE, 20000, best * (1 + TOLERANCE));
      printf ("  rate %g: its stop rule ends after %d epochs, %.0f ms, %.1e above the optimum: %.0f times our time to 1e-6\n", rate,
              stopped.n_epochs, stopped.cpu_ms, reached, stopped.cpu_ms / cold);
      if (isnan (equal.ms_to_accuracy))
        printf ("           1e-6 not reached in %d epochs, %.0f ms: over %.0f times our time; then %.1e above\n", equal.n_epochs,
                equal.cpu_ms, equal.cpu_ms / cold, (equal.objective - best) / best);
      else
        printf ("           1e-6 after %d epochs, %.0f ms: %.0f times our time\n", equal.n_epochs, equal.ms_to_accuracy,
                equal.ms_to_accuracy / cold);
    }
}

static void
bench_size (const Size *size, gboolean with_adam)
{
  const double lambdas[] = { 1, 10 };
  g_autoptr (Synthetic) synthetic = synthetic_new (size->n_spots, size->n_types, size->n_genes, 7);
  g_autoptr (SmoothPrecision) usual = synthetic_precision (synthetic, 0.99, 0, NULL);
  g_autoptr (SmoothPrecision) before = synthetic_precision (synthetic, 0.9, 0, NULL);
  g_autoptr (SmoothPrecision) after = synthetic_precision (synthetic, 0.92, 0, NULL);
  g_autoptr (SmoothPrecision) cut = synthetic_precision (synthetic, 0.99, 0.3, NULL);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  double start = thread_cpu_ms ();
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (synthetic->signature, synthetic->expression, TRUE, run, NULL);
  double reduction = thread_cpu_ms () - start;
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  Bench bench = { synthetic, solver, usual, before, after, cut, 0 };

  for (gint l = 0; l < 2; l++)
    {
      bench.lambda = lambdas[l];
      bench_moves (&bench, size, l);
    }
  printf ("%6d x %2d  once: reduction of %d genes (dense) %.1f ms\n", (int) size->n_spots, size->n_types, (int) size->n_genes,
          reduction);
  if (with_adam)
    {
      bench.lambda = 1;
      set_precision (&bench, usual);
      bench_adam (&bench);
    }
}

int
main (int argc, char **argv)
{
  gsize n_sizes = argc > 1 ? (gsize) CLAMP (atoi (argv[1]), 1, (int) G_N_ELEMENTS (sizes)) : G_N_ELEMENTS (sizes);

  printf ("deconvolution to a certified relative gap of %g; kernels %s (SMOOTHSCOPE_ISA), %u processors, OpenBLAS core %s\n", TOLERANCE,
          smooth_i_kernels_get_default (), g_get_num_processors (), openblas_get_corename ());
  printf ("times in ms; CPU: one thread; wall: all threads, to the gap; prototype: single precision, another machine (solvers.md)\n\n");
  printf ("    size     lambda  move             CPU gap   gap+KKT  wall gap    iterations prototype     target  x memory  gap   KKT\n");
  for (gsize i = 0; i < n_sizes; i++)
    bench_size (&sizes[i], i == 0);
  return 0;
}
