/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P1: cold starts, moves of the sliders and cut regions, on synthetic sections of four sizes. */
#include "deconvolution.h"

#include <math.h>
#include <stdio.h>

#define TOLERANCE 1e-6
#define LARGE 200000 /* spots from which on one repetition to the gap alone is enough */

typedef enum
{
  COLD,
  LAMBDA_MOVED,
  RHO_MOVED,
  REGION_CUT,
  N_MOVES,
} Move;

typedef struct
{
  gint64 n_spots;
  gint n_types;
  gint64 n_genes;
  gint n_repeats;
  double radius; /* of the region, in radii of the section: some hundred cut edges */
  double target[N_MOVES];
} Size;

static const Size sizes[] = {
  { 3600, 15, 1000, 9, 0.3, { 5, 2, 2, 5 } },
  { 14000, 30, 1000, 4, 0.3, { 0, 20, 20, 5 } },
  { 100000, 15, 100, 3, 0.2, { 100, 33, 33, 5 } },
  { 700000, 10, 20, 1, 0.08, { 700, 250, 250, 5 } },
};

typedef struct
{
  const Size *size;
  const Synthetic *synthetic;
  SmoothDeconvolver *solver;
  SmoothPrecision *usual, *before, *after, *cut; /* rho .99; .9; .92; .99 with a region cut out */
  double lambda;
  Move move;
} Bench;

void
deconvolution_solve (SmoothDeconvolver *solver, double lambda, double tolerance, SmoothInfo *info, SmoothRun *run)
{
  SmoothDeconvolutionSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = lambda;
  settings.tolerance = tolerance;
  bench_require (smooth_deconvolver_solve (solver, &settings, NULL, NULL, info, run, &error), error);
}

void
deconvolution_set_precision (SmoothDeconvolver *solver, const Synthetic *synthetic, SmoothPrecision *precision)
{
  g_autoptr (GError) error = NULL;

  bench_require (smooth_deconvolver_set_precision (solver, precision, synthetic->confidences, &error), error);
}

/* One reading of all that a solve in single precision with its certificate touches. */
gsize
deconvolution_bytes (const SmoothDeconvolver *solver)
{
  const SmoothLayout *layout = solver->layout;
  const SmoothPass *single = &solver->levels[SMOOTH_LEVEL_SINGLE].pass;
  gsize positions = (gsize) layout->n_positions, nnz = (gsize) layout->starts[layout->n_positions];

  return positions * (gsize) single->stride * (2 * sizeof (float) + 2 * sizeof (double))
         + nnz * (sizeof (gint32) + sizeof (float) + sizeof (double)) + positions * 32;
}

/* Brings the solver to where the move starts. */
static void
prepare (gpointer data, SmoothRun *run)
{
  Bench *bench = data;
  gboolean is_slider = bench->move == LAMBDA_MOVED || bench->move == RHO_MOVED;
  SmoothInfo info;

  deconvolution_set_precision (bench->solver, bench->synthetic, is_slider ? bench->before : bench->usual);
  if (bench->move == COLD)
    smooth_deconvolver_reset (bench->solver);
  else
    deconvolution_solve (bench->solver, bench->lambda, TOLERANCE, &info, run);
}

static void
make_move (gpointer data, SmoothRun *run)
{
  Bench *bench = data;
  SmoothInfo info;

  if (bench->move == RHO_MOVED)
    deconvolution_set_precision (bench->solver, bench->synthetic, bench->after);
  if (bench->move == REGION_CUT)
    deconvolution_set_precision (bench->solver, bench->synthetic, bench->cut);
  deconvolution_solve (bench->solver, bench->lambda * (bench->move == LAMBDA_MOVED ? 1.2 : 1), TOLERANCE, &info, run);
}

static void
bench_moves (Bench *bench, gint64 n_cut)
{
  const Size *size = bench->size;
  g_autofree char *region = g_strdup_printf ("region, %d edges", (int) n_cut);
  const char *names[] = { "cold", "lambda x 1.2", "rho .9 -> .92", region };

  for (bench->move = COLD; bench->move < N_MOVES; bench->move++)
    {
      g_autofree char *name = g_strdup_printf ("lambda %g, %s", bench->lambda, names[bench->move]);
      bench->solver->kkt_tolerance = 1;
      BenchTimes gap = bench_measure (prepare, make_move, bench, size->n_repeats);
      bench_row (name, size->n_spots, &gap, size->target[bench->move], deconvolution_bytes (bench->solver));
      bench->solver->kkt_tolerance = 0;
      if (size->n_spots >= LARGE)
        continue;
      BenchTimes both = bench_measure (prepare, make_move, bench, size->n_repeats);
      bench_row ("           and KKT 1e-6", size->n_spots, &both, 0, deconvolution_bytes (bench->solver));
    }
}

static void
bench_size (const Size *size)
{
  gint64 n_cut;
  g_autoptr (Synthetic) synthetic = synthetic_new (size->n_spots, size->n_types, size->n_genes, 7);
  g_autoptr (SmoothPrecision) usual = synthetic_precision (synthetic, 0.99, 0, NULL);
  g_autoptr (SmoothPrecision) before = synthetic_precision (synthetic, 0.9, 0, NULL);
  g_autoptr (SmoothPrecision) after = synthetic_precision (synthetic, 0.92, 0, NULL);
  g_autoptr (SmoothPrecision) cut = synthetic_precision (synthetic, 0.99, size->radius, &n_cut);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (synthetic->signature, synthetic->expression, TRUE, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  Bench bench = { size, synthetic, solver, usual, before, after, cut, 0, COLD };

  printf ("%d types\n", size->n_types);
  for (bench.lambda = 1; bench.lambda <= 10; bench.lambda *= 10)
    bench_moves (&bench, n_cut);
}

void
bench_deconvolution (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    bench_size (&sizes[i]);
}
