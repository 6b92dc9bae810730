/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ./dev bench [PART...]: times of the core beside their targets, and what they are compared with.
 *
 * 'CPU' is the time of one thread, 'wall' that with all of them, both best of several. Wall times are left out while other
 * programs run: they would be theirs. 'passes' is the CPU time in readings of the memory that the problem needs.
 */
#include "bench.h"

#include "base/isa.h"
#include "measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char *openblas_get_corename (void);
extern void openblas_set_num_threads (int n);

typedef struct
{
  const char *name;
  void (*run) (void);
  const char *what;
} Part;

static const Part parts[] = {
  { "deconvolution", bench_deconvolution,
    "P1 deconvolution, to a certified relative gap of 1e-6, and to a KKT residual of 1e-6 too" },
  { "edits", bench_edits, "P1 region edits, from the polygon to the proportions, to a certified gap and KKT residual of 1e-6" },
  { "live", bench_live, "P1 a moved slider, from the parameters to proportions; the targets are those of the window, which paints on top" },
  { "components", bench_components, "P2 spatial components, 2000 genes" },
  { "imputation", bench_imputation, "P3 imputation of 2000 genes" },
  { "train", bench_training, "P7 training of SpatialVAE, 2000 genes: milliseconds an epoch" },
  { "inverse", bench_inverse, "P4 diagonal of the inverse of Q for each rho" },
  { "neighbours", bench_neighbours, "P5 neighbours of 1,000,000 spots" },
  { "growth", bench_growth,
    "Growth with the number of spots: CPU ms, fitted exponent, peak memory over inputs, result and factor" },
  { "cancel", bench_cancel, "How long works on 100,000 spots go on after they were cancelled; by the clock" },
  { "reading", bench_reading, "Reading of counts beside what only unpacks the same file" },
  { "adam", bench_adam, "Adam on the objective of the deconvolution" },
  { "python", bench_python, "The same by scipy and scikit-learn, CPU ms" },
};

/* Whether no other thread of the system is running or ready: of a few looks one is enough. */
static gboolean
is_quiet (void)
{
  for (gint i = 0; i < 5; i++)
    {
      g_autofree char *line = NULL;
      int n_running = 1;
      if (!g_file_get_contents ("/proc/loadavg", &line, NULL, NULL) || sscanf (line, "%*f %*f %*f %d/", &n_running) != 1
          || n_running <= 1)
        return TRUE;
      g_usleep (2000);
    }
  return FALSE;
}

BenchTimes
bench_measure (BenchFunc prepare, BenchFunc func, gpointer data, gint n_repeats)
{
  BenchTimes best = { INFINITY, INFINITY, 0 };

  for (gint pass = 0; pass < 2 && (pass == 0 || is_quiet ()); pass++)
    {
      g_autoptr (SmoothRun) run = smooth_run_new (pass == 0 ? 1 : 0);
      openblas_set_num_threads (pass == 0 ? 1 : (int) g_get_num_processors ());
      for (gint i = 0; i < n_repeats; i++)
        {
          if (prepare != NULL)
            prepare (data, run);
          gboolean is_first = pass == 0 && i == 0; /* returning memory to the system takes time from those that follow */
          double before = is_first ? reset_peak_memory () : 0, cpu = process_cpu_ms (), wall = wall_ms ();
          func (data, run);
          if (pass == 0)
            best.cpu = MIN (best.cpu, process_cpu_ms () - cpu);
          else
            best.wall = MIN (best.wall, wall_ms () - wall);
          if (is_first)
            best.memory = peak_memory () - before;
        }
    }
  return best;
}

static void
print_head (void)
{
  printf ("%-36s %8s %9s %9s %7s  %-6s %8s\n", "", "spots", "CPU ms", "wall ms", "target", "", "passes");
}

void
bench_row (const char *problem, gint64 n, const BenchTimes *times, double target, gsize bytes)
{
  double least = MIN (times->cpu, times->wall);
  g_autofree char *wall = isfinite (times->wall) ? g_strdup_printf ("%.2f", times->wall) : g_strdup ("busy");
  g_autofree char *aim = target > 0 ? g_strdup_printf ("%g", target) : g_strdup ("");
  g_autofree char *ratio = target > 0 && least > target ? g_strdup_printf ("%.1f x", least / target) : NULL;
  g_autofree char *passes = bytes > 0 ? g_strdup_printf ("%.0f", times->cpu / streaming_read_ms (bytes)) : g_strdup ("");
  const char *verdict = ratio != NULL ? ratio : target > 0 ? "met" : "";

  printf ("%-36s %8d %9.2f %9s %7s  %-6s %8s\n", problem, (int) n, times->cpu, wall, aim, verdict, passes);
  fflush (stdout);
}

void
bench_require (gboolean done, GError *error)
{
  if (!done)
    g_error ("%s", error != NULL ? error->message : "out of memory");
}

gsize
bench_sparse_bytes (const SmoothSparse *sparse)
{
  return (gsize) smooth_sparse_get_nnz (sparse) * (sizeof (double) + sizeof (gint32))
         + (gsize) sparse->n_cols * sizeof (gint64);
}

static gboolean
is_wanted (const char *name, gint n_wanted, char **wanted)
{
  for (gint i = 0; i < n_wanted; i++)
    if (strcmp (wanted[i], name) == 0)
      return TRUE;
  return n_wanted == 0;
}

static int
usage (void)
{
  printf ("usage: ./dev bench [PART...]\n\n");
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    printf ("  %-14s %s\n", parts[i].name, parts[i].what);
  return 2;
}

int
main (int argc, char **argv)
{
  double load = 0;
  double start = wall_ms ();

  for (gint i = 1; i < argc; i++)
    {
      gboolean is_known = FALSE;
      for (gsize p = 0; p < G_N_ELEMENTS (parts); p++)
        is_known |= strcmp (argv[i], parts[p].name) == 0;
      if (!is_known)
        return usage ();
    }
  if (getloadavg (&load, 1) != 1)
    load = NAN;
  printf ("%u processors, load %.1f before; kernels %s (SMOOTHSCOPE_ISA), OpenBLAS core %s\n", g_get_num_processors (), load,
          smooth_i_isa_get_default (), openblas_get_corename ());
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (is_wanted (parts[i].name, argc - 1, argv + 1))
      {
        printf ("\n%s\n", parts[i].what);
        if (parts[i].run != bench_growth && parts[i].run != bench_cancel && parts[i].run != bench_reading && parts[i].run != bench_adam && parts[i].run != bench_python)
          print_head ();
        parts[i].run ();
      }
  printf ("\n%.0f s\n", (wall_ms () - start) / 1e3);
  return 0;
}
