/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same sub-problems by scipy and scikit-learn (compare.py), where python3 has them: non-negative least squares without a
 * prior, imputation with kept values, nearest neighbours. Python's answers are compared with ours as well.
 *
 * SMOOTH_BENCH_PYTHON names another interpreter, that of a virtual environment for example.
 */
#include "../remove-tree.h"
#include "deconvolution.h"
#include "imputation.h"
#include "neighbours.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_SPOTS 3600
#define N_TYPES 15
#define N_GENES 1000
#define N_FEATURES 2000
#define N_NEIGHBOURS 100000

/* Ours: time, and the value that tells whether both have the same answer. */
typedef struct
{
  double ms, value;
} Ours;

static void
write_array (const char *folder, const char *name, gconstpointer data, gsize bytes)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  bench_require (g_file_set_contents (path, data, (gssize) bytes, &error), error);
}

typedef struct
{
  SmoothDeconvolver *solver;
  SmoothInfo info;
} Bounded;

static void
solve_bounded (gpointer data, SmoothRun *run)
{
  Bounded *bounded = data;

  smooth_deconvolver_reset (bounded->solver);
  deconvolution_solve (bounded->solver, 0, 1e-8, &bounded->info, run);
}

/* The reduction of the genes is part of the time, as it is of scipy's. */
static Ours
bounded (const char *folder)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (N_SPOTS, N_TYPES, N_GENES, 7);
  const gint64 shape[] = { N_GENES, N_TYPES, N_SPOTS };

  write_array (folder, "shape", shape, sizeof shape);
  write_array (folder, "signature", synthetic->signature->values, sizeof (double) * N_GENES * N_TYPES);
  write_array (folder, "expression", synthetic->expression->values, sizeof (double) * N_GENES * N_SPOTS);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (synthetic->signature, synthetic->expression, TRUE, run, NULL);
  double reduction = (double) (g_get_monotonic_time () - start) / 1e3;
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  Bounded problem = { .solver = solver };
  BenchTimes times = bench_measure (NULL, solve_bounded, &problem, 3);
  return (Ours){ times.cpu + reduction, problem.info.objective };
}

static Ours
imputed (const char *folder)
{
  g_autoptr (Synthetic) synthetic = synthetic_new (N_SPOTS, 2, 4, 7);
  g_autoptr (SmoothPrecision) precision = synthetic_precision (synthetic, 0.99, 0, NULL);
  const SmoothSparse *q = precision->symmetric;
  gsize nnz = (gsize) smooth_sparse_get_nnz (q);
  const gint64 shape[] = { N_SPOTS, N_FEATURES };
  g_auto (ImputationProblem) problem = { 0 };
  double sum = 0;

  imputation_init (&problem, precision, N_FEATURES);
  problem.settings.fixed = TRUE;
  problem.settings.centre = FALSE;
  write_array (folder, "imputation-shape", shape, sizeof shape);
  write_array (folder, "q", q->values, nnz * sizeof (double));
  write_array (folder, "q-rows", q->rows, nnz * sizeof (gint32));
  write_array (folder, "q-starts", q->starts, (N_SPOTS + 1) * sizeof (gint64));
  write_array (folder, "observed", problem.observed, (gsize) problem.n_observed * sizeof (gint32));
  write_array (folder, "values", problem.values->values, (gsize) problem.n_observed * N_FEATURES * sizeof (double));
  BenchTimes times = bench_measure (NULL, imputation_solve, &problem, 3);
  for (gint64 e = 0; e < N_SPOTS * N_FEATURES; e++)
    sum += problem.imputed->values[e] * problem.imputed->values[e];
  return (Ours){ times.cpu, sum };
}

static Ours
neighbours (const char *folder)
{
  g_autofree double *coords = neighbours_random (N_NEIGHBOURS);
  NeighboursProblem problem = { .coords = coords, .n = N_NEIGHBOURS };
  double sum = 0;

  smooth_params_init (&smooth_graph_params, &problem.settings);
  problem.settings.k = 6;
  problem.settings.ties = SMOOTH_TIES_STRICT;
  problem.settings.mutual = FALSE;
  write_array (folder, "coords", coords, 2 * N_NEIGHBOURS * sizeof (double));
  BenchTimes times = bench_measure (NULL, neighbours_build, &problem, 3);
  const SmoothSparse *w = problem.graph->weights;
  for (gint64 i = 0; i < N_NEIGHBOURS; i++)
    for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
      {
        const double *a = coords + 2 * i, *b = coords + 2 * (gint64) w->rows[e];
        sum += w->values[e] != 0 ? hypot (a[0] - b[0], a[1] - b[1]) : 0;
      }
  smooth_graph_unref (problem.graph);
  return (Ours){ times.cpu, sum };
}

static void
print_line (const char *line, const Ours *least_squares, const Ours *imputation, const Ours *nearest)
{
  const struct
  {
    const char *name, *what;
    const Ours *ours;
  } known[] = {
    { "nnls", "least squares >= 0, lambda 0: scipy.optimize.nnls a spot", least_squares },
    { "imputation", "imputation, 2000 genes, 3600 spots: scipy splu", imputation },
    { "sklearn", "6 neighbours, 100,000 spots: scikit-learn", nearest },
    { "ckdtree", "                             scipy cKDTree", nearest },
  };
  g_auto (GStrv) words = g_strsplit (line, " ", 3);

  if (g_strv_length (words) == 3 && strcmp (words[0], "versions") == 0)
    printf ("  scipy %s, scikit-learn %s\n", words[1], words[2]);
  for (gsize i = 0; i < G_N_ELEMENTS (known) && g_strv_length (words) == 3; i++)
    if (strcmp (words[0], known[i].name) == 0)
      {
        double ms = g_ascii_strtod (words[1], NULL), value = g_ascii_strtod (words[2], NULL);
        printf ("  %-58s %9.1f ms, ours %8.1f ms: %5.1f times; answers differ by %.0e\n", known[i].what, ms,
                known[i].ours->ms, ms / known[i].ours->ms, fabs (value - known[i].ours->value) / known[i].ours->value);
      }
}

void
bench_python (void)
{
  const char *python = g_getenv ("SMOOTH_BENCH_PYTHON") != NULL ? g_getenv ("SMOOTH_BENCH_PYTHON") : "python3";
  const char *const probe[] = { python, "-c", "import scipy, sklearn", NULL };
  gint status = 1;

  if (!g_spawn_sync (NULL, (char **) probe, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                     &status, NULL)
      || status != 0)
    {
      printf ("  skipped: %s has no scipy and scikit-learn (SMOOTH_BENCH_PYTHON names another one)\n", python);
      return;
    }

  g_autofree char *folder = g_dir_make_tmp ("smooth-bench-XXXXXX", NULL);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  Ours least_squares = bounded (folder), imputation = imputed (folder), nearest = neighbours (folder);
  const char *const call[] = { python, SMOOTH_BENCH_SCRIPT, folder, NULL };
  gboolean done = g_spawn_sync (NULL, (char **) call, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
  remove_tree (folder);
  bench_require (done, error);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (output), "\n", 0);
  for (gsize i = 0; lines[i] != NULL; i++)
    print_line (lines[i], &least_squares, &imputation, &nearest);
  if (status != 0)
    printf ("  compare.py failed\n");
}
