/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spots' expression of chosen genes: log (1 + D c / t) of the counts that are not 0, since log (1 + 0) = 0. */
#include "section/prepare-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 256  /* spots */
#define N_CACHED 32 /* counts whose logarithm a spot computes once */

typedef struct
{
  const SmoothPreparation *preparation;
  const gint32 *rows_of; /* of each gene of the section: its row in the result, -1 where it is not used */
  SmoothSparse *result;
} Work;

/* Counts the entries of each spot of a block into starts[s + 1]. */
static void
count_block (gint64 block, gint worker, gpointer data)
{
  const Work *work = data;
  const SmoothSparse *counts = work->preparation->section->counts;
  gint64 *starts = work->result->starts;

  (void) worker;
  if (smooth_run_is_cancelled (work->preparation->run))
    return;
  for (gint64 s = block * BLOCK; s < MIN (work->preparation->n_spots, (block + 1) * BLOCK); s++)
    {
      gint32 spot = work->preparation->spots[s];
      gint64 n = 0;
      for (gint64 e = counts->starts[spot]; e < counts->starts[spot + 1]; e++)
        n += work->rows_of[counts->rows[e]] >= 0 && counts->values[e] != 0.0;
      starts[s + 1] = n;
    }
}

/* Most counts are small whole numbers: each spot's logarithms of these are computed once. */
static double
cached_log (double *cache, double count, double total, double depth)
{
  if (count != floor (count) || count >= N_CACHED)
    return log1p (count / total * depth);

  double *cached = &cache[(gint) count];
  if (*cached == 0.0)
    *cached = log1p (count / total * depth);
  return *cached;
}

static void
fill_spot (const Work *work, gint64 s)
{
  const SmoothSparse *counts = work->preparation->section->counts;
  gint32 spot = work->preparation->spots[s];
  double total = work->preparation->section->total_counts[spot];
  double depth = work->preparation->depth;
  double cache[N_CACHED] = { 0.0 };
  gint64 to = work->result->starts[s];

  for (gint64 e = counts->starts[spot]; e < counts->starts[spot + 1]; e++)
    {
      gint32 row = work->rows_of[counts->rows[e]];
      double count = counts->values[e];
      if (row < 0 || count == 0.0)
        continue;
      work->result->rows[to] = row;
      work->result->values[to++] = depth > 0.0 ? cached_log (cache, count, total, depth) : count;
    }
}

static void
fill_block (gint64 block, gint worker, gpointer data)
{
  const Work *work = data;

  (void) worker;
  if (smooth_run_is_cancelled (work->preparation->run))
    return;
  for (gint64 s = block * BLOCK; s < MIN (work->preparation->n_spots, (block + 1) * BLOCK); s++)
    fill_spot (work, s);
}

/**
 * smooth_i_prepare_expression:
 * @genes: n_genes numbers of genes in the section, ascending
 *
 * Returns: (transfer full): n_genes x analysed spots; O(counts of the analysed spots). Blocks of spots are independent, so
 *   that the number of threads changes no bit
 */
SmoothSparse *
smooth_i_prepare_expression (const SmoothPreparation *preparation, const gint32 *genes, gint64 n_genes, GError **error)
{
  gint64 n = preparation->n_spots;
  gint64 n_blocks = (n + BLOCK - 1) / BLOCK;
  gint n_threads = smooth_run_get_n_threads (preparation->run);
  g_autofree gint32 *rows_of = g_new (gint32, preparation->section->n_genes + 1);
  g_autoptr (SmoothSparse) layout = smooth_sparse_new (n_genes, n, 0, error);

  if (layout == NULL)
    return NULL;
  for (gint64 g = 0; g < preparation->section->n_genes; g++)
    rows_of[g] = -1;
  for (gint64 i = 0; i < n_genes; i++)
    rows_of[genes[i]] = (gint32) i;

  Work work = { preparation, rows_of, layout };
  smooth_i_parallel (n_threads, n_blocks, count_block, &work);
  for (gint64 s = 0; s < n; s++)
    layout->starts[s + 1] += layout->starts[s];

  SmoothSparse *expression = smooth_sparse_new (n_genes, n, layout->starts[n], error);
  if (expression == NULL)
    return NULL;
  for (gint64 s = 0; s <= n; s++)
    expression->starts[s] = layout->starts[s];
  work.result = expression;
  smooth_i_parallel (n_threads, n_blocks, fill_block, &work);
  return expression;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/**
 * smooth_section_dup_expression:
 * @spots: n_spots numbers in the section
 * @depth: each spot is scaled to this total before the logarithm; 0: the median total of @spots
 *
 * O(counts of the spots).
 *
 * Returns: (transfer full): all genes x @spots: log (1 + counts scaled to the depth)
 */
SmoothSparse *
smooth_section_dup_expression (const SmoothSection *section, const gint32 *spots, gint64 n_spots, double depth, SmoothRun *run,
                               GError **error)
{
  g_autofree gint32 *genes = g_new (gint32, MAX (section->n_genes, 1));
  g_autofree double *totals = g_new (double, MAX (n_spots, 1));

  if (section->counts == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s has no counts: there is no expression to work with",
                        section->name);
      return NULL;
    }
  for (gint64 g = 0; g < section->n_genes; g++)
    genes[g] = (gint32) g;
  for (gint64 i = 0; i < n_spots; i++)
    totals[i] = section->total_counts[spots[i]];
  qsort (totals, (gsize) n_spots, sizeof (double), compare_doubles);
  if (depth == 0.0)
    depth = n_spots > 0 && totals[n_spots / 2] > 0.0 ? totals[n_spots / 2] : 1.0;
  SmoothPreparation preparation = { .section = section, .run = run, .n_spots = n_spots, .spots = (gint32 *) spots, .depth = depth };
  SmoothSparse *expression = smooth_i_prepare_expression (&preparation, genes, section->n_genes, error);
  if (expression != NULL && !smooth_run_check (run, error))
    g_clear_pointer (&expression, smooth_sparse_unref);
  return expression;
}
