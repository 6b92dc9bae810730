/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P1, region edits: a region of at most 500 cut edges is drawn, from the polygon to the proportions, through the pipeline; and
 * beside it the same with labels, graph, Q, certificate and result made anew and sweeps over all spots. */
#include "deconvolution.h"
#include "measure.h"

#include <math.h>
#include <stdio.h>

#define TARGET 5
#define N_EDITS 8
#define CORNERS 48
#define RADIUS 34.0 /* pitches, at most: 500 cut edges */

typedef struct
{
  gint64 n_spots;
  gint n_types;
  gint64 n_genes;
} Size;

static const Size sizes[] = { { 3600, 15, 300 }, { 14000, 30, 300 }, { 100000, 15, 60 }, { 700000, 10, 20 } };

/* What is edited, and both ways of computing it. */
typedef struct
{
  Synthetic *synthetic;
  SmoothInputs inputs;
  SmoothParameters parameters;
  SmoothPipeline *pipeline;
  SmoothOutcome *outcome;     /* the last */
  SmoothDeconvolver *solver;  /* of the way anew */
  double radius;
  gint edit;
} Edits;

/* The regions with one more circle; its place runs around the section. */
static void
draw_region (Edits *edits)
{
  double extent = sqrt ((double) edits->synthetic->n_spots * sqrt (3) / 2 / G_PI), points[2 * CORNERS];
  double angle = 2.4 * edits->edit, away = extent * 0.55;
  g_autofree char *name = g_strdup_printf ("region %d", edits->edit++);
  SmoothRegions *before = edits->inputs.regions;

  for (gint c = 0; c < CORNERS; c++)
    {
      points[2 * c] = away * cos (angle) + edits->radius * cos (2 * G_PI * c / CORNERS);
      points[2 * c + 1] = away * sin (angle) + edits->radius * sin (2 * G_PI * c / CORNERS);
    }
  edits->inputs.regions = smooth_regions_new_with (before, name, 0xcc0000, points, CORNERS);
  if (before != NULL)
    smooth_regions_unref (before);
}

static void
compute (Edits *edits, SmoothRun *run)
{
  g_autoptr (GError) error = NULL;
  SmoothOutcome *outcome = smooth_pipeline_compute (edits->pipeline, &edits->inputs, &edits->parameters, NULL, NULL, run, &error);

  bench_require (outcome != NULL && outcome->result->info.status == SMOOTH_STATUS_CONVERGED, error);
  if (edits->outcome != NULL)
    smooth_outcome_unref (edits->outcome);
  edits->outcome = outcome;
}

/* No region, and the optimum for that; then one more is drawn. */
static void
prepare_edit (gpointer data, SmoothRun *run)
{
  Edits *edits = data;

  smooth_regions_unref (edits->inputs.regions);
  edits->inputs.regions = smooth_regions_new ();
  compute (edits, run);
  draw_region (edits);
}

static void
compute_edit (gpointer data, SmoothRun *run)
{
  compute (data, run);
}

/* Brings the solver of the way anew to the optimum before the edit. */
static void
prepare_anew (gpointer data, SmoothRun *run)
{
  Edits *edits = data;
  SmoothInfo info;

  prepare_edit (edits, run);
  bench_require (smooth_deconvolver_set_precision (edits->solver, edits->outcome->precision, NULL, NULL)
                     && smooth_deconvolver_solve (edits->solver, &edits->parameters.model, NULL, NULL, &info, run, NULL),
                 NULL);
}

static void
compute_anew (gpointer data, SmoothRun *run)
{
  Edits *edits = data;
  const SmoothOutcome *last = edits->outcome;
  const Synthetic *synthetic = edits->synthetic;
  g_autofree gint32 *labels = g_new (gint32, synthetic->n_spots);
  g_autoptr (GError) error = NULL;
  SmoothInfo info;

  smooth_regions_label (edits->inputs.regions, edits->inputs.section->coords, synthetic->n_spots, labels);
  g_autoptr (SmoothGraph) graph = smooth_graph_new_scaled_by_identity (last->base_graph, labels, 0, FALSE, FALSE, &error);
  bench_require (graph != NULL, error);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &edits->parameters.prior, run, &error);
  bench_require (precision != NULL && smooth_deconvolver_set_precision (edits->solver, precision, NULL, &error), error);
  edits->solver->is_settled = FALSE;
  bench_require (smooth_deconvolver_solve (edits->solver, &edits->parameters.model, NULL, NULL, &info, run, &error), error);
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (edits->solver, &error);
  bench_require (abundances != NULL, error);
  g_autoptr (SmoothResult) result = smooth_result_new (abundances, (const char *const *) last->prepared->type_names, &info, &error);
  bench_require (result != NULL, error);
}

/* Of a region: the edges that it cuts. */
static gint64
count_cut (Edits *edits)
{
  prepare_edit (edits, NULL);
  gint64 before = edits->outcome->graph->n_edges;
  compute (edits, NULL);
  return before - edits->outcome->graph->n_edges;
}

static void
bench_lambda (Edits *edits, double lambda)
{
  edits->parameters.model.lambda = lambda;
  compute (edits, NULL);
  gint64 n_cut = count_cut (edits); /* and two generations of memory from here on */
  g_autofree char *name = g_strdup_printf ("lambda %g, region of %d edges", lambda, (int) n_cut);
  BenchTimes edit = bench_measure (prepare_edit, compute_edit, edits, N_EDITS);
  bench_row (name, edits->synthetic->n_spots, &edit, TARGET, 0);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (edits->outcome->prepared->signature, edits->outcome->prepared->expression,
                                                          edits->parameters.model.bias, NULL, NULL);
  edits->solver = smooth_deconvolver_new (reduced);
  BenchTimes anew = bench_measure (prepare_anew, compute_anew, edits, edits->synthetic->n_spots > 200000 ? 1 : 3);
  bench_row ("           all made anew", edits->synthetic->n_spots, &anew, 0, 0);
  g_clear_pointer (&edits->solver, smooth_deconvolver_free);
}

static void
bench_size (const Size *size)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (size->n_spots, size->n_types, size->n_genes, 7);
  Edits edits = { .synthetic = synthetic, .pipeline = smooth_pipeline_new () };

  edits.radius = MIN (RADIUS, 0.3 * sqrt ((double) size->n_spots * sqrt (3) / 2 / G_PI));
  edits.inputs.section = synthetic_dup_section (synthetic);
  edits.inputs.signature = synthetic_dup_signature (synthetic);
  edits.inputs.regions = smooth_regions_new ();
  smooth_parameters_init (&edits.parameters);
  edits.parameters.prepare.scale = SMOOTH_PREPARE_COUNTS;
  printf ("%d types\n", size->n_types);
  for (double lambda = 1; lambda <= 10; lambda *= 10)
    bench_lambda (&edits, lambda);
  smooth_outcome_unref (edits.outcome);
  smooth_pipeline_free (edits.pipeline);
  smooth_inputs_clear (&edits.inputs);
}

void
bench_edits (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    bench_size (&sizes[i]);
}
