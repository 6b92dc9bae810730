/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P5: graphs of the 6 nearest neighbours of a million spots, spread at random or on a lattice. */
#include "neighbours.h"

#include "base/rng.h"

#include <math.h>

#define N_SPOTS 1000000

void
neighbours_build (gpointer data, SmoothRun *run)
{
  NeighboursProblem *problem = data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&problem->graph, smooth_graph_unref);
  problem->graph = smooth_graph_new (problem->coords, problem->n, 2, 1, &problem->settings, run, &error);
  bench_require (problem->graph != NULL, error);
}

double *
neighbours_random (gint64 n)
{
  double *coords = g_new (double, 2 * n);
  double side = sqrt ((double) n);
  SmoothRng rng;

  smooth_i_rng_init (&rng, 3, 0);
  for (gint64 e = 0; e < 2 * n; e++)
    coords[e] = side * smooth_i_rng_uniform (&rng);
  return coords;
}

void
bench_neighbours (void)
{
  g_autofree double *random = neighbours_random (N_SPOTS);
  g_autoptr (Synthetic) synthetic = synthetic_new (N_SPOTS, 1, 1, 7);
  NeighboursProblem problem = { .n = N_SPOTS };
  gsize bytes = (gsize) N_SPOTS * (2 * sizeof (double) + 7 * (sizeof (gint32) + sizeof (double)));

  smooth_params_init (&smooth_graph_params, &problem.settings);
  problem.coords = random;
  BenchTimes spread = bench_measure (NULL, neighbours_build, &problem, 2);
  bench_row ("at random", N_SPOTS, &spread, 120, bytes);
  problem.coords = synthetic->coords;
  BenchTimes lattice = bench_measure (NULL, neighbours_build, &problem, 2);
  bench_row ("hexagonal lattice", N_SPOTS, &lattice, 40, bytes);
  g_clear_pointer (&problem.graph, smooth_graph_unref);
}
