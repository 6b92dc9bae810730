/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binomial thinning: every counted molecule goes to one of two halves by the toss of a coin.
 *
 * A Poisson count of mean m splits into two independent Poisson counts of mean m / 2, whatever m is; so what is fitted to
 * one half can be judged by the other, and no spot and no gene is held back. A. Neufeld, L. Gao, J. Popp, A. Battle,
 * D. Witten, Biostatistics 25 (2023) 270. Each half is a section of half the depth: with D / 2 in place of D
 *
 *     Y_gs = log (1 + (D / 2) c_gs / t_s),   t_s the half's own total,   and X at the same depth,
 *
 * so that a count of one has the same value as in the whole.
 */
#include "section/halves.h"

#include "base/error.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "section/prepare-private.h"

#include <math.h>

#define BLOCK 256          /* spots: each block has its own random stream */
#define LARGEST_COUNT 1e9  /* more tosses are no count */

/**
 * smooth_halves_are_possible:
 *
 * Returns: TRUE where every count of the section is a whole number; else the error names the first that is none
 */
gboolean
smooth_halves_are_possible (const SmoothSection *section, GError **error)
{
  const SmoothSparse *counts = section->counts;

  for (gint64 s = 0; s < counts->n_cols; s++)
    for (gint64 e = counts->starts[s]; e < counts->starts[s + 1]; e++)
      {
        double count = counts->values[e];
        if (count >= 0.0 && count <= LARGEST_COUNT && count == floor (count))
          continue;
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "counts can be split only where they are whole numbers: found %g for gene '%s' in spot '%s'",
                          count, section->gene_names[counts->rows[e]], section->barcodes[s]);
        return FALSE;
      }
  return TRUE;
}

/* Tosses, 32 of which come from one random word. */
typedef struct
{
  SmoothRng rng;
  guint32 bits;
  gint n_left;
} Coin;

/* How many of @n tosses are heads. */
static gint64
toss (Coin *coin, gint64 n)
{
  gint64 heads = 0;

  while (n > 0)
    {
      if (coin->n_left == 0)
        {
          coin->bits = smooth_i_rng_next (&coin->rng);
          coin->n_left = 32;
        }
      gint m = (gint) MIN (n, coin->n_left);
      guint32 taken = m == 32 ? coin->bits : coin->bits & ((1u << m) - 1);
      heads += __builtin_popcount (taken);
      coin->bits = m == 32 ? 0 : coin->bits >> m;
      coin->n_left -= m;
      n -= m;
    }
  return heads;
}

typedef struct
{
  const SmoothPreparation *preparation;
  guint64 seed;
  double *values; /* of each count of the section: the first half's, then the second's */
  double *totals; /* of each spot of the section */
  gboolean is_second;
} Split;

/* A spot that a half leaves without counts stays analysed, with a total of 1: its expression is 0 in all genes. */
static void
split_block (gint64 block, gint worker, gpointer data)
{
  const Split *split = data;
  const SmoothPreparation *preparation = split->preparation;
  const SmoothSparse *counts = preparation->section->counts;
  Coin coin = { .n_left = 0 };

  (void) worker;
  if (smooth_run_is_cancelled (preparation->run))
    return;
  smooth_i_rng_init (&coin.rng, split->seed, (guint64) block);
  for (gint64 s = block * BLOCK; s < MIN (preparation->n_spots, (block + 1) * BLOCK); s++)
    {
      gint32 spot = preparation->spots[s];
      double total = 0.0;
      for (gint64 e = counts->starts[spot]; e < counts->starts[spot + 1]; e++)
        {
          double count = counts->values[e];
          split->values[e] = split->is_second ? count - split->values[e] : (double) toss (&coin, (gint64) count);
          total += split->values[e];
        }
      split->totals[spot] = MAX (total, 1.0);
    }
}

/* The expression of one half; @values and @totals are overwritten. */
static SmoothSparse *
make_half (const SmoothPreparation *whole, const SmoothPrepared *prepared, Split *split, GError **error)
{
  SmoothSparse counts = *whole->section->counts;
  SmoothSection section = *whole->section; /* borrows all but counts and totals */
  SmoothPreparation half = *whole;

  smooth_i_parallel (smooth_run_get_n_threads (whole->run), (whole->n_spots + BLOCK - 1) / BLOCK, split_block, split);
  if (!smooth_run_check (whole->run, error))
    return NULL;
  counts.values = split->values;
  section.counts = &counts;
  section.total_counts = split->totals;
  half.section = &section;
  return smooth_i_prepare_expression (&half, prepared->genes, prepared->n_genes, error);
}

/* The signature of the used genes at half the depth; raw counts halve. */
static SmoothMatrix *
make_signature (const SmoothPreparation *preparation, const SmoothPrepared *prepared, GError **error)
{
  g_autoptr (SmoothMatrix) shared = smooth_i_prepare_signature (preparation, error);
  SmoothMatrix *used = shared != NULL ? smooth_matrix_new (prepared->n_genes, shared->n_cols, error) : NULL;
  double factor = preparation->depth > 0.0 ? 1.0 : 0.5;

  for (gint64 k = 0; used != NULL && k < used->n_cols; k++)
    for (gint64 i = 0, g = 0; i < preparation->n_shared && g < used->n_rows; i++)
      if (preparation->shared[i] == prepared->genes[g])
        smooth_matrix_column (used, k)[g++] = factor * smooth_matrix_column (shared, k)[i];
  return used;
}

static gboolean
make_parts (SmoothHalves *halves, const SmoothPreparation *preparation, const SmoothPrepared *whole, guint64 seed, GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (preparation->section->counts);
  Split split = { .preparation = preparation, .seed = seed };

  halves->signature = make_signature (preparation, whole, error);
  if (halves->signature == NULL)
    return FALSE;
  split.values = smooth_i_try_alloc (nnz, sizeof (double), "split counts", error);
  if (split.values == NULL)
    return FALSE;
  split.totals = g_new0 (double, preparation->section->n_spots + 1);
  for (gint h = 0; h < 2 && (h == 0 || halves->expression[0] != NULL); h++)
    {
      split.is_second = h == 1;
      halves->expression[h] = make_half (preparation, whole, &split, error);
    }
  smooth_i_free (split.values);
  g_free (split.totals);
  return halves->expression[1] != NULL;
}

/**
 * smooth_halves_new:
 * @settings: (nullable): those that @whole was prepared with
 * @whole: the section as prepared: its spots, genes and depth
 * @seed: another seed, another split
 * @run: (nullable): cancels, and tells how many threads may be used; they change no bit
 *
 * Returns: (transfer full): two prepared halves. Errors: counts that are no whole numbers, those of smooth_prepared_new(),
 *   lack of memory. O(sum of all counts / 32 + counts), a double for each count
 */
SmoothHalves *
smooth_halves_new (const SmoothSection *section, const SmoothSignature *signature, const SmoothPrepareSettings *settings,
                   const SmoothPrepared *whole, guint64 seed, SmoothRun *run, GError **error)
{
  SmoothPrepareSettings at_half;
  g_autoptr (SmoothReport) unread = smooth_report_new ();

  if (!smooth_halves_are_possible (section, error))
    return NULL;
  smooth_params_init (&smooth_prepare_params, &at_half);
  if (settings != NULL)
    at_half = *settings;
  at_half.depth = 0.5 * whole->depth;

  g_autoptr (SmoothHalves) halves = g_new0 (SmoothHalves, 1);
  SmoothPreparation preparation = {
    .section = section, .signature = signature, .settings = &at_half, .report = unread, .run = run,
  };
  halves->depth = at_half.depth;
  gboolean good = smooth_i_preparation_begin (&preparation, error) && make_parts (halves, &preparation, whole, seed, error);
  smooth_i_preparation_clear (&preparation);
  return good ? g_steal_pointer (&halves) : NULL;
}

void
smooth_halves_free (SmoothHalves *halves)
{
  if (halves == NULL)
    return;
  smooth_matrix_unref (halves->signature);
  smooth_sparse_unref (halves->expression[0]);
  smooth_sparse_unref (halves->expression[1]);
  g_free (halves);
}
