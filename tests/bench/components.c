/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P2: exact spatial components, and the live ones that sliders move, of a Visium section of 2000 genes. */
#include "bench.h"
#include "synthetic.h"

#include <stdio.h>

#define N_SPOTS 3600
#define N_GENES 2000
#define RHO 0.95

typedef struct
{
  const SmoothSparse *expression;
  const SmoothGraph *graph;
  SmoothGrams *grams;
  SmoothPcaBasis *basis;
  SmoothPcaSettings settings;
  SmoothPca *last; /* (nullable): the frame before */
} Bench;

static void
make_grams (gpointer data, SmoothRun *run)
{
  Bench *bench = data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&bench->grams, smooth_grams_unref);
  bench->grams = smooth_grams_new (bench->expression, bench->graph, SMOOTH_PRIOR_ICAR, NULL, run, &error);
  bench_require (bench->grams != NULL, error);
}

static void
solve_exactly (gpointer data, SmoothRun *run)
{
  Bench *bench = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPca) pca = smooth_pca_new (bench->grams, &bench->settings, RHO, run, &error);

  bench_require (pca != NULL, error);
}

static void
make_basis (gpointer data, SmoothRun *run)
{
  Bench *bench = data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&bench->basis, smooth_pca_basis_unref);
  bench->basis = smooth_pca_basis_new (bench->grams, &bench->settings, run, &error);
  bench_require (bench->basis != NULL, error);
}

/* One frame of a drag: scores, alignment to the frame before and the residual of the full problem included. */
static void
move_slider (gpointer data, SmoothRun *run)
{
  Bench *bench = data;
  g_autoptr (GError) error = NULL;

  bench->settings.lambda *= 1.1;
  SmoothPca *pca = smooth_pca_basis_solve (bench->basis, &bench->settings, RHO, bench->last, run, &error);
  bench_require (pca != NULL, error);
  g_clear_pointer (&bench->last, smooth_pca_unref);
  bench->last = pca;
}

void
bench_components (void)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (N_SPOTS, 15, N_GENES, 7);
  g_autoptr (SmoothGraph) graph = smooth_graph_new (synthetic->coords, N_SPOTS, 2, 1, NULL, NULL, NULL);
  Bench bench = { .expression = synthetic->expression, .graph = graph };
  gsize gram = (gsize) N_GENES * N_GENES * sizeof (double);

  smooth_params_init (&smooth_pca_params, &bench.settings);
  BenchTimes grams = bench_measure (NULL, make_grams, &bench, 1);
  bench_row ("Gram matrices, once for each graph", N_SPOTS, &grams, 0, bench_sparse_bytes (bench.expression) + 3 * gram);
  BenchTimes exact = bench_measure (NULL, solve_exactly, &bench, 2);
  bench_row ("exact", N_SPOTS, &exact, 250, 3 * gram);
  BenchTimes basis = bench_measure (NULL, make_basis, &bench, 1);
  bench_row ("basis, once in the background", N_SPOTS, &basis, 0, 0);
  bench.settings.lambda = 0.3;
  BenchTimes live = bench_measure (NULL, move_slider, &bench, 7);
  bench_row ("slider, scores and residual included", N_SPOTS, &live, 8, 0);
  g_clear_pointer (&bench.last, smooth_pca_unref);
  g_clear_pointer (&bench.basis, smooth_pca_basis_unref);
  g_clear_pointer (&bench.grams, smooth_grams_unref);
}
