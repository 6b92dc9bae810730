/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much more a gene varies between spots than counting alone explains.
 *
 * Analytic Pearson residuals (J. Lause, P. Berens, D. Kobak, Genome Biology 22 (2021) 258): with the share p_g of gene g in
 * all counts and the total t_s of spot s, mu = p_g t_s and
 *
 *     z_gs = (c_gs - mu) / sqrt (mu + mu^2 / 100),   cut to [-sqrt n, sqrt n];   variability_g = variance of z_g over spots.
 *
 * A gene that differs between spots by sampling alone has about 1. Most counts are 0, and their residuals depend on the total
 * of the spot alone: spots are sorted by total into N_GROUPS groups, whose mean total stands for each of them there.
 */
#include "section/expression.h"

#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

#define N_GROUPS 1024
#define GENE_BLOCK 64
#define DISPERSION 100.0

typedef struct
{
  double total;
  gint64 spot;
} Depth;

typedef struct
{
  gint64 n_spots, n_groups;
  double *group_totals; /* n_groups: means */
  gint64 *group_starts; /* n_groups + 1: spots by falling rank */
  double *shares;       /* n_genes */
  double *sums, *squares; /* n_genes: of residuals; to begin with those of counts that are not 0, less what their zeros would add */
  SmoothRun *run;
  gint64 n_genes;
} Work;

static int
compare_depths (const void *a, const void *b)
{
  const Depth *x = a, *y = b;

  if (x->total != y->total)
    return x->total < y->total ? -1 : 1;
  return (x->spot > y->spot) - (x->spot < y->spot);
}

static double
get_residual (double count, double mu, double limit)
{
  return CLAMP ((count - mu) / sqrt (mu + mu * mu / DISPERSION), -limit, limit);
}

/* Adds the residuals of all spots as if each count were 0. */
static void
add_zeros (gint64 block, gint worker, gpointer data)
{
  Work *work = data;
  double limit = sqrt ((double) work->n_spots);

  (void) worker;
  for (gint64 g = block * GENE_BLOCK; g < MIN (work->n_genes, (block + 1) * GENE_BLOCK); g++)
    {
      if (work->shares[g] <= 0.0 || smooth_run_is_cancelled (work->run))
        continue;
      for (gint64 k = 0; k < work->n_groups; k++)
        {
          double z = get_residual (0.0, work->shares[g] * work->group_totals[k], limit);
          double n = (double) (work->group_starts[k + 1] - work->group_starts[k]);
          work->sums[g] += n * z;
          work->squares[g] += n * z * z;
        }
    }
}

/* Sorts spots into groups; group_of: of each spot (place in the list). */
static void
group_spots (Work *work, const SmoothSection *section, const gint32 *spots, gint64 *group_of)
{
  g_autofree Depth *depths = g_new (Depth, work->n_spots + 1);

  for (gint64 s = 0; s < work->n_spots; s++)
    depths[s] = (Depth){ section->total_counts[spots[s]], s };
  qsort (depths, (gsize) work->n_spots, sizeof *depths, compare_depths);
  work->n_groups = MIN (work->n_spots, N_GROUPS);
  work->group_totals = g_new0 (double, work->n_groups + 1);
  work->group_starts = g_new0 (gint64, work->n_groups + 1);
  for (gint64 k = 0; k < work->n_groups; k++)
    {
      gint64 first = k * work->n_spots / work->n_groups, last = (k + 1) * work->n_spots / work->n_groups;
      work->group_starts[k + 1] = last;
      for (gint64 s = first; s < last; s++)
        {
          work->group_totals[k] += depths[s].total / (double) (last - first);
          group_of[depths[s].spot] = k;
        }
    }
}

/* Puts the true residuals of counts other than 0 in the place of those that add_zeros() gave them. */
static void
add_counts (Work *work, const SmoothSection *section, const gint32 *spots, const gint64 *group_of)
{
  const SmoothSparse *counts = section->counts;
  double limit = sqrt ((double) work->n_spots);

  for (gint64 s = 0; s < work->n_spots && !smooth_run_is_cancelled (work->run); s++)
    for (gint64 e = counts->starts[spots[s]]; e < counts->starts[spots[s] + 1]; e++)
      {
        gint32 g = counts->rows[e];
        if (counts->values[e] == 0.0 || work->shares[g] <= 0.0)
          continue;
        double z = get_residual (counts->values[e], work->shares[g] * section->total_counts[spots[s]], limit);
        double zero = get_residual (0.0, work->shares[g] * work->group_totals[group_of[s]], limit);
        work->sums[g] += z - zero;
        work->squares[g] += z * z - zero * zero;
      }
}

/**
 * smooth_section_dup_variability:
 * @spots: n_spots numbers of spots with counts, at least one
 * @run: (nullable): where it is cancelled the result is of no use
 *
 * O(counts + genes min (n_spots, 1024)); the same bits for any number of threads.
 *
 * Returns: (transfer full): n_genes of the section; 0 for genes that are found nowhere
 */
double *
smooth_section_dup_variability (const SmoothSection *section, const gint32 *spots, gint64 n_spots, SmoothRun *run)
{
  gint64 n_genes = section->n_genes;
  double total = 0.0, n = (double) n_spots;
  g_autofree gint64 *group_of = g_new0 (gint64, n_spots + 1);
  g_autofree double *shares = g_new0 (double, n_genes + 1), *sums = g_new0 (double, n_genes + 1);
  double *squares = g_new0 (double, n_genes + 1);
  Work work = { .n_spots = n_spots, .shares = shares, .sums = sums, .squares = squares, .run = run, .n_genes = n_genes };

  for (gint64 s = 0; s < n_spots; s++)
    for (gint64 e = section->counts->starts[spots[s]]; e < section->counts->starts[spots[s] + 1]; e++)
      shares[section->counts->rows[e]] += section->counts->values[e];
  for (gint64 s = 0; s < n_spots; s++)
    total += section->total_counts[spots[s]];
  for (gint64 g = 0; g < n_genes && total > 0.0; g++)
    shares[g] /= total;

  group_spots (&work, section, spots, group_of);
  smooth_i_parallel (smooth_run_get_n_threads (run), (n_genes + GENE_BLOCK - 1) / GENE_BLOCK, add_zeros, &work);
  add_counts (&work, section, spots, group_of);
  for (gint64 g = 0; g < n_genes; g++)
    squares[g] = shares[g] > 0.0 ? MAX (squares[g] / n - (sums[g] / n) * (sums[g] / n), 0.0) : 0.0;
  g_free (work.group_totals);
  g_free (work.group_starts);
  return squares;
}
