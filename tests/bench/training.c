/* SPDX-License-Identifier: GPL-3.0-or-later */
/* P7: an epoch of SpatialVAE on 2000 genes, beside the same step by torch (train_torch.py), where python3 has it.
 *
 * SMOOTH_BENCH_PYTHON names another interpreter, that of a virtual environment for example.
 */
#include "../remove-tree.h"
#include "bench.h"
#include "measure.h"
#include "synthetic.h"

#include "base/rng.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>

#define N_GENES 2000
#define N_EPOCHS 5
#define SIDE 1024 /* of the product that tells what BLAS can do */
#define MOST_OF_TORCH 0.5

typedef struct
{
  const SmoothSparse *counts;
  const SmoothPrecision *precision;
  SmoothVaeSettings settings;
} Training;

/* About a quarter of the counts is above 0, as of the variable genes of Visium sections. */
static SmoothSparse *
make_counts (gint64 n_spots)
{
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new (N_GENES, n_spots, NULL);
  g_autofree double *means = g_new (double, N_GENES);
  SmoothRng rng;

  smooth_i_rng_init (&rng, 7, 0);
  for (gint g = 0; g < N_GENES; g++)
    means[g] = 0.2 * exp (1.5 * smooth_i_rng_normal (&rng));
  for (gint64 i = 0; i < n_spots; i++)
    for (gint g = 0; g < N_GENES; g++)
      smooth_matrix_column (dense, i)[g] = (double) smooth_i_rng_negative_binomial (&rng, means[g], 2.0);
  SmoothSparse *counts = smooth_sparse_new_from_dense (dense, NULL);
  bench_require (counts != NULL, NULL);
  return counts;
}

static void
train (gpointer data, SmoothRun *run)
{
  const Training *training = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothVae) vae = smooth_vae_fit (training->counts, NULL, training->precision, &training->settings, NULL, NULL, run, &error);

  bench_require (vae != NULL, error);
}

/* Of one epoch: what more of them cost beyond one. */
static BenchTimes
measure_epoch (Training *training)
{
  training->settings.n_epochs = 1;
  BenchTimes one = bench_measure (NULL, train, training, 3);
  training->settings.n_epochs = 1 + N_EPOCHS;
  BenchTimes all = bench_measure (NULL, train, training, 3);
  return (BenchTimes){ (all.cpu - one.cpu) / N_EPOCHS, isfinite (all.wall) && isfinite (one.wall) ? (all.wall - one.wall) / N_EPOCHS : INFINITY,
                       MAX (one.memory, all.memory) };
}

/* Milliseconds of one thread for the five products of an epoch, were they as fast as a large one. */
static double
measure_products (gint64 n_spots, gint64 n_hidden)
{
  g_autofree float *a = g_new0 (float, SIDE * SIDE), *b = g_new0 (float, SIDE * SIDE), *c = g_new0 (float, SIDE * SIDE);
  double best = INFINITY;

  for (gint k = 0; k < 5; k++)
    {
      double before = thread_cpu_ms ();
      cblas_sgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c, SIDE);
      best = MIN (best, thread_cpu_ms () - before);
    }
  return best * 5.0 * (double) n_spots * (double) n_hidden * N_GENES / ((double) SIDE * SIDE * SIDE);
}

/* ---- torch ---- */

static void
write_array (const char *folder, const char *name, gconstpointer data, gsize bytes)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  bench_require (g_file_set_contents (path, data, (gssize) bytes, &error), error);
}

static void
write_problem (const char *folder, const Training *training)
{
  const SmoothSparse *counts = training->counts, *q = training->precision->symmetric;
  gsize n = (gsize) counts->n_cols, nnz = (gsize) smooth_sparse_get_nnz (q);
  const gint64 shape[] = { counts->n_cols, N_GENES, training->settings.n_hidden, training->settings.n_dims };
  g_autofree float *dense = g_new0 (float, n * N_GENES);

  for (gint64 i = 0; i < counts->n_cols; i++)
    for (gint64 e = counts->starts[i]; e < counts->starts[i + 1]; e++)
      dense[i * N_GENES + counts->rows[e]] = (float) counts->values[e];
  write_array (folder, "shape", shape, sizeof shape);
  write_array (folder, "counts", dense, n * N_GENES * sizeof *dense);
  write_array (folder, "q", q->values, nnz * sizeof (double));
  write_array (folder, "q-rows", q->rows, nnz * sizeof (gint32));
  write_array (folder, "q-starts", q->starts, (n + 1) * sizeof (gint64));
}

/* The times of torch's epoch; 0 where there is none. */
static BenchTimes
run_torch (const Training *training, const char *python, gint n_threads)
{
  g_autofree char *folder = g_dir_make_tmp ("smooth-bench-XXXXXX", NULL), *output = NULL, *threads = g_strdup_printf ("%d", n_threads);
  const char *const call[] = { python, SMOOTH_BENCH_TORCH, folder, threads, NULL };
  g_autoptr (GError) error = NULL;
  BenchTimes times = { 0 };
  gint status = 1;

  write_problem (folder, training);
  gboolean done = g_spawn_sync (NULL, (char **) call, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
  remove_tree (folder);
  bench_require (done, error);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (output), "\n", 0);
  for (gsize i = 0; lines[i] != NULL; i++)
    if (sscanf (lines[i], "epoch %lf %lf", &times.cpu, &times.wall) != 2 && n_threads == 1)
      printf ("  %s\n", lines[i]);
  if (status != 0)
    printf ("  train_torch.py failed\n");
  return times;
}

static void
compare (const char *what, double ours, double torch)
{
  if (torch > 0)
    printf ("  torch, %-12s %9.1f ms, ours %8.1f ms: %.2f of it, target %g: %s\n", what, torch, ours, ours / torch, MOST_OF_TORCH,
            ours <= MOST_OF_TORCH * torch ? "met" : "not met");
}

void
bench_training (void)
{
  static const gint64 sizes[] = { 3600, 14000 };
  const char *python = g_getenv ("SMOOTH_BENCH_PYTHON") != NULL ? g_getenv ("SMOOTH_BENCH_PYTHON") : "python3";
  const char *const probe[] = { python, "-c", "import torch, numpy", NULL };
  gint status = 1;
  gboolean has_torch = g_spawn_sync (NULL, (char **) probe, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                                     NULL, NULL, NULL, &status, NULL)
                       && status == 0;

  if (!has_torch)
    printf ("  not compared: %s has no torch and numpy (SMOOTH_BENCH_PYTHON names another one)\n", python);
  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (Synthetic) synthetic = synthetic_new (sizes[s], 2, 4, 7);
      g_autoptr (SmoothPrecision) precision = synthetic_precision (synthetic, 0.95, 0, NULL);
      g_autoptr (SmoothSparse) counts = make_counts (sizes[s]);
      Training training = { .counts = counts, .precision = precision };

      smooth_params_init (&smooth_vae_params, &training.settings);
      training.settings.dropout = 0.0;
      BenchTimes times = measure_epoch (&training);
      bench_row ("an epoch", sizes[s], &times, 0, 0);
      double dense = (double) sizes[s] * N_GENES * sizeof (float), nnz = (double) smooth_sparse_get_nnz (counts);
      printf ("  %.0f %% of the counts are above 0; five dense products at the speed of BLAS: %.0f %% of the CPU time; memory %.2f of the dense input\n",
              100.0 * nnz / ((double) sizes[s] * N_GENES), 100.0 * measure_products (sizes[s], training.settings.n_hidden) / times.cpu, times.memory / dense);
      if (!has_torch)
        continue;
      compare ("one thread", times.cpu, run_torch (&training, python, 1).cpu);
      if (isfinite (times.wall))
        compare ("all threads", times.wall, run_torch (&training, python, (gint) g_get_num_processors ()).wall);
    }
}
