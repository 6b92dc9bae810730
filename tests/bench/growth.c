/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How time and memory grow with the number of spots, on hexagonal lattices. */
#include "deconvolution.h"
#include "imputation.h"
#include "inverse.h"
#include "neighbours.h"

#include <math.h>
#include <stdio.h>

#define N_TYPES 10
#define N_GENES 60
#define N_FEATURES 16

static const gint64 sizes[] = { 4000, 16000, 64000, 256000, 700000 };

#define N_SIZES G_N_ELEMENTS (sizes)

typedef enum
{
  GRAPH,
  PRECISION,
  DECONVOLUTION,
  IMPUTATION,
  INVERSE,
  N_PROBLEMS,
} Kind;

static const char *const names[] = { "graph", "precision", "deconvolution, cold", "imputation, 16 features",
                                     "diagonal of inverse" };

typedef struct
{
  double ms, memory, needed; /* needed: bytes of inputs, result and factor */
} Cost;

static void
make_precision (gpointer data, SmoothRun *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (data, NULL, run, &error);

  bench_require (precision != NULL, error);
}

typedef struct
{
  const Synthetic *synthetic;
  SmoothPrecision *precision;
} Deconvolution;

/* From the expression to the abundances. */
static void
deconvolve (gpointer data, SmoothRun *run)
{
  const Deconvolution *problem = data;
  g_autoptr (SmoothReduced) reduced =
      smooth_reduced_new (problem->synthetic->signature, problem->synthetic->expression, TRUE, run, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  SmoothInfo info;

  deconvolution_set_precision (solver, problem->synthetic, problem->precision);
  deconvolution_solve (solver, 1, 1e-6, &info, run);
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (solver, NULL);
}

static void
analyse_and_invert (gpointer data, SmoothRun *run)
{
  inverse_analyse (data, run);
  inverse_solve (data, run);
}

static Cost
cost (BenchFunc func, gpointer data, gint64 n)
{
  BenchTimes times = bench_measure (NULL, func, data, n > 100000 ? 1 : 3);

  return (Cost){ .ms = times.cpu, .memory = times.memory };
}

static void
measure_graph_and_precision (const Synthetic *synthetic, Cost *costs)
{
  gint64 n = synthetic->n_spots;
  NeighboursProblem problem = { .coords = synthetic->coords, .n = n };

  smooth_params_init (&smooth_graph_params, &problem.settings);
  costs[GRAPH] = cost (neighbours_build, &problem, n);
  costs[GRAPH].needed = (double) (16 * (gsize) n + bench_sparse_bytes (problem.graph->weights));
  costs[PRECISION] = cost (make_precision, problem.graph, n);
  costs[PRECISION].needed = 3 * (double) bench_sparse_bytes (problem.graph->weights) + 8 * (double) n;
  g_clear_pointer (&problem.graph, smooth_graph_unref);
}

static void
measure_size (gint64 n, Cost *costs)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (n, N_TYPES, N_GENES, 7);
  g_autoptr (SmoothPrecision) precision = synthetic_precision (synthetic, 0.99, 0, NULL);
  double q = (double) bench_sparse_bytes (precision->symmetric);

  measure_graph_and_precision (synthetic, costs);

  Deconvolution deconvolution = { synthetic, precision };
  costs[DECONVOLUTION] = cost (deconvolve, &deconvolution, n);
  costs[DECONVOLUTION].needed =
      q + (double) bench_sparse_bytes (synthetic->expression) + N_TYPES * sizeof (double) * (double) n;

  InverseProblem inverse = { .q = precision->symmetric, .coords = synthetic->coords };
  costs[INVERSE] = cost (analyse_and_invert, &inverse, n);
  costs[INVERSE].needed = (double) inverse_bytes (&inverse);
  double factor = costs[INVERSE].needed - q;
  inverse_clear (&inverse);

  g_auto (ImputationProblem) imputation = { 0 };
  imputation_init (&imputation, precision, N_FEATURES);
  costs[IMPUTATION] = cost (imputation_solve, &imputation, n);
  costs[IMPUTATION].needed = q + factor + 1.5 * N_FEATURES * sizeof (double) * (double) n;
}

/* Slope of log ms over log n by least squares. */
static double
exponent (Cost costs[N_SIZES][N_PROBLEMS], Kind kind)
{
  double x = 0, y = 0, xx = 0, xy = 0;

  for (gsize i = 0; i < N_SIZES; i++)
    {
      double u = log ((double) sizes[i]), v = log (costs[i][kind].ms);
      x += u / N_SIZES;
      y += v / N_SIZES;
      xx += u * u / N_SIZES;
      xy += u * v / N_SIZES;
    }
  return (xy - x * y) / (xx - x * x);
}

void
bench_growth (void)
{
  Cost costs[N_SIZES][N_PROBLEMS];

  printf ("%-26s", "");
  for (gsize i = 0; i < N_SIZES; i++)
    printf (" %9d", (int) sizes[i]);
  printf ("  exponent  memory\n");
  for (gsize i = 0; i < N_SIZES; i++)
    measure_size (sizes[i], costs[i]);
  for (Kind kind = GRAPH; kind < N_PROBLEMS; kind++)
    {
      const Cost *largest = &costs[N_SIZES - 1][kind];
      printf ("%-26s", names[kind]);
      for (gsize i = 0; i < N_SIZES; i++)
        printf (" %9.2f", costs[i][kind].ms);
      printf ("  %8.2f  %5.1fx\n", exponent (costs, kind), largest->memory / largest->needed);
    }
}
