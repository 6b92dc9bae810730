/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P1, a slider under the hand: rho is moved back and forth, from the parameters to the first improved outcome and to the last,
 * through the pipeline. What the window needs on top, to colour and to paint, is measured there. */
#include "deconvolution.h"
#include "measure.h"

#include <stdio.h>

#define N_MOVES 8
#define N_WARM 2 /* moves until memory has been given out once */

typedef struct
{
  gint64 n_spots;
  gint n_types;
  gint64 n_genes;
  double first, last; /* targets, ms, of the window with its painting */
} Size;

static const Size sizes[] = { { 3600, 15, 300, 20, 33 }, { 100000, 15, 60, 50, 150 }, { 700000, 10, 20, 150, 1000 } };

typedef struct
{
  SmoothInputs inputs;
  SmoothParameters parameters;
  SmoothPipeline *pipeline;
  SmoothOutcome *outcome; /* (nullable) the last */
  gint move;
  gboolean stops_early; /* at the first improved outcome */
  SmoothRun *run;
} Live;

static void
on_improved (SmoothOutcome *outcome, gpointer data)
{
  Live *live = data;

  (void) outcome;
  if (live->stops_early)
    smooth_run_cancel (live->run);
}

static void
compute (gpointer data, SmoothRun *run)
{
  Live *live = data;
  g_autoptr (SmoothRun) own = smooth_run_new (smooth_run_get_n_threads (run));
  g_autoptr (GError) error = NULL;

  live->run = own;
  SmoothOutcome *outcome = smooth_pipeline_compute (live->pipeline, &live->inputs, &live->parameters, on_improved, live, own, &error);
  bench_require (outcome != NULL || live->stops_early, error);
  if (outcome == NULL)
    return;
  g_clear_pointer (&live->outcome, smooth_outcome_unref);
  live->outcome = outcome;
}

/* The optimum of one rho; then another is set. */
static void
prepare (gpointer data, SmoothRun *run)
{
  Live *live = data;
  gboolean stops_early = live->stops_early;

  live->stops_early = FALSE;
  compute (live, run);
  live->stops_early = stops_early;
  live->parameters.prior.rho = live->move++ % 2 == 0 ? 0.9 : 0.92;
}

static void
bench_size (const Size *size)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (size->n_spots, size->n_types, size->n_genes, 7);
  Live live = { .pipeline = smooth_pipeline_new () };

  live.inputs.section = synthetic_dup_section (synthetic);
  live.inputs.signature = synthetic_dup_signature (synthetic);
  live.inputs.regions = smooth_regions_new ();
  smooth_parameters_init (&live.parameters);
  live.parameters.prepare.scale = SMOOTH_PREPARE_COUNTS;
  live.parameters.model.lambda = 1;
  for (gint i = 0; i < N_WARM; i++)
    prepare (&live, NULL);
  live.stops_early = TRUE;
  BenchTimes first = bench_measure (prepare, compute, &live, N_MOVES);
  live.stops_early = FALSE;
  BenchTimes last = bench_measure (prepare, compute, &live, N_MOVES);
  printf ("%d types\n", size->n_types);
  bench_row ("rho moved, first improved outcome", size->n_spots, &first, size->first, 0);
  bench_row ("           converged", size->n_spots, &last, size->last, 0);
  g_clear_pointer (&live.outcome, smooth_outcome_unref);
  smooth_pipeline_free (live.pipeline);
  smooth_inputs_clear (&live.inputs);
}

void
bench_live (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    bench_size (&sizes[i]);
}
