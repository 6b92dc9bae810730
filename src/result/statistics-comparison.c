/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wilcoxon's rank-sum test of many variables, sparse ones in a time that grows with their entries.
 *
 *     U = sum over a of (number of b below + half of those equal),   delta = 2 U / (n_a n_b) - 1
 *     z = (|U - n_a n_b / 2| - 1/2) / sqrt (n_a n_b / 12 [(n + 1) - sum over ties (t^3 - t) / (n (n - 1))])
 *     var (U / n_a n_b) = S_a / n_a + S_b / n_b:  sample variances of the placements of each group in the other
 *
 * The entries that are stored are sorted; the zeros are one tie among them. Exact for small groups without ties: the number of
 * arrangements with each U is a coefficient of the Gaussian binomial. For spots that are like their neighbours z without the
 * 1/2 is divided by sqrt (v) (statistics-spatial.c) and compared with Student's t of n / v - 2 degrees of freedom.
 * Sources: Mann and Whitney, Ann. Math. Stat. 18 (1947) 50; Cliff, Psychol. Bull. 114 (1993) 494; DeLong, Biometrics 44 (1988) 837.
 */
#include "result/statistics-comparison.h"

#include "base/error.h"
#include "base/parallel.h"
#include "result/statistics-private.h"
#include "result/statistics.h"

#include <math.h>
#include <string.h>

#define BLOCK 16              /* variables */
#define MOST_EXACT 8          /* spots in the smaller group */
#define MOST_ARRANGEMENTS 100000 /* n_a n_b */
#define NORMAL_95 1.959963984540054
#define SHORT 16              /* sorted by insertion */

typedef struct
{
  double value;
  gint32 spot;
} Entry;

/* Of one thread. */
typedef struct
{
  Entry *entries;  /* n_spots */
  double *shifted; /* n_spots: rank minus the rank of zero; 0 between variables */
} Scratch;

typedef struct
{
  const SmoothSparse *values;
  const guint8 *groups;
  const SmoothSpotLikeness *likeness; /* (nullable) */
  double *exact;   /* (nullable): probability of U = 0, 1, ... */
  SmoothRun *run;
  Scratch *scratch; /* of each worker */
  SmoothComparison *comparison;
} Work;

/* What one pass over the sorted values gives. */
typedef struct
{
  double sum[2];          /* of the values, by group */
  double u;
  double ties;            /* sum of t^3 - t */
  double place[2], place_squared[2]; /* sums over each group of its placements in the other */
  double zero_rank;
  gboolean has_ties;
} Pass;

/* ---- Sorting: many equal values are the rule ---- */

static void
insert (Entry *entries, gint64 n)
{
  for (gint64 i = 1; i < n; i++)
    {
      Entry entry = entries[i];
      gint64 j = i;
      for (; j > 0 && entries[j - 1].value > entry.value; j--)
        entries[j] = entries[j - 1];
      entries[j] = entry;
    }
}

static inline double
middle_of (double a, double b, double c)
{
  return MAX (MIN (a, b), MIN (MAX (a, b), c));
}

/* Quicksort in three parts: below, equal, above. */
static void
sort (Entry *entries, gint64 n)
{
  while (n > SHORT)
    {
      double pivot = middle_of (entries[0].value, entries[n / 2].value, entries[n - 1].value);
      gint64 below = 0, above = n;
      for (gint64 i = 0; i < above;)
        {
          Entry entry = entries[i];
          if (entry.value < pivot)
            {
              entries[i++] = entries[below];
              entries[below++] = entry;
            }
          else if (entry.value > pivot)
            {
              entries[i] = entries[--above];
              entries[above] = entry;
            }
          else
            i++;
        }
      if (below < n - above)
        {
          sort (entries, below);
          entries += above;
          n -= above;
        }
      else
        {
          sort (entries + above, n - above);
          n = below;
        }
    }
  insert (entries, n);
}

/* ---- One variable ---- */

static gint
side_of (guint8 group)
{
  return group == SMOOTH_GROUP_A ? 0 : 1;
}

/* The entries of the two groups that are not 0, sorted. */
static gint64
take_entries (const Work *work, gint64 variable, Scratch *scratch, double sum[2])
{
  gint64 n = 0;

  sum[0] = sum[1] = 0.0;
  for (gint64 e = work->values->starts[variable]; e < work->values->starts[variable + 1]; e++)
    {
      gint32 spot = work->values->rows[e];
      double value = work->values->values[e];
      if (work->groups[spot] == SMOOTH_GROUP_NONE || value == 0.0)
        continue;
      scratch->entries[n++] = (Entry){ value, spot };
      sum[side_of (work->groups[spot])] += value;
    }
  sort (scratch->entries, n);
  return n;
}

/* A block of @t[0] spots of a and @t[1] of b with one value, over @before[] smaller ones. Returns their rank. */
static double
pass_block (Pass *pass, const gint64 t[2], gint64 before[2], const gint64 n[2])
{
  double size = (double) (t[0] + t[1]), rank = (double) (before[0] + before[1]) + (size + 1.0) / 2.0;
  double below_a = ((double) before[1] + (double) t[1] / 2.0) / (double) n[1];           /* share of b below an a here */
  double above_b = ((double) (n[0] - before[0] - t[0]) + (double) t[0] / 2.0) / (double) n[0]; /* share of a above a b here */

  pass->u += (double) t[0] * ((double) before[1] + (double) t[1] / 2.0);
  pass->ties += size * size * size - size;
  pass->has_ties |= t[0] + t[1] > 1;
  pass->place[0] += (double) t[0] * below_a;
  pass->place_squared[0] += (double) t[0] * below_a * below_a;
  pass->place[1] += (double) t[1] * above_b;
  pass->place_squared[1] += (double) t[1] * above_b * above_b;
  before[0] += t[0];
  before[1] += t[1];
  return rank;
}

/* Ranks go into shifted[], the zeros' own to the pass. */
static void
pass_over (const Work *work, gint64 n_entries, Scratch *scratch, Pass *pass)
{
  const SmoothComparison *comparison = work->comparison;
  const gint64 n[2] = { comparison->n_a, comparison->n_b };
  gint64 before[2] = { 0, 0 }, zeros[2] = { n[0], n[1] };
  const Entry *entries = scratch->entries;
  gboolean have_zeros = FALSE;

  for (gint64 i = 0; i < n_entries; i++)
    zeros[side_of (work->groups[entries[i].spot])]--;
  for (gint64 i = 0, end = 0; i < n_entries || !have_zeros; i = end)
    {
      gint64 t[2] = { 0, 0 };
      if (!have_zeros && (i == n_entries || entries[i].value > 0.0))
        {
          have_zeros = TRUE;
          if (zeros[0] + zeros[1] > 0)
            pass->zero_rank = pass_block (pass, zeros, before, n);
          end = i;
          continue;
        }
      for (end = i; end < n_entries && entries[end].value == entries[i].value; end++)
        t[side_of (work->groups[entries[end].spot])]++;
      double rank = pass_block (pass, t, before, n);
      for (gint64 k = i; k < end; k++)
        scratch->shifted[entries[k].spot] = rank;
    }
  for (gint64 i = 0; i < n_entries; i++)
    scratch->shifted[entries[i].spot] -= pass->zero_rank;
}

/* v of the ranks: residuals from the groups' means, over all spots though only those without a zero are visited. */
static double
inflation (const Work *work, gint64 n_entries, const Scratch *scratch)
{
  const SmoothSpotLikeness *likeness = work->likeness;
  double n[2] = { (double) work->comparison->n_a, (double) work->comparison->n_b };
  double sums[2] = { 0 }, squares[2] = { 0 }, edges[2] = { 0 }, weighted[2] = { 0 }, all_edges = 0.0, all_squares = 0.0;

  for (gint64 i = 0; i < n_entries; i++)
    {
      gint32 spot = scratch->entries[i].spot;
      gint side = side_of (work->groups[spot]);
      double y = scratch->shifted[spot], around = 0.0;
      for (gint64 e = likeness->starts[spot]; e < likeness->starts[spot + 1]; e++)
        around += scratch->shifted[likeness->neighbours[e]];
      sums[side] += y;
      squares[side] += y * y;
      edges[side] += y * around;
      weighted[side] += y * (double) (likeness->starts[spot + 1] - likeness->starts[spot]);
    }
  for (gint side = 0; side < 2; side++)
    {
      double mean = sums[side] / n[side];
      all_edges += edges[side] - 2.0 * mean * weighted[side] + mean * mean * likeness->degrees[side];
      all_squares += squares[side] - n[side] * mean * mean;
    }
  return smooth_i_spot_likeness_inflate (likeness, all_edges, all_squares);
}

/* Two-sided, from the exact distribution. */
static double
exact_p (const double *probabilities, double u, double pairs)
{
  double beyond = 0.0;

  for (gint64 i = 0; i <= (gint64) (MIN (u, pairs - u) + 0.25); i++)
    beyond += probabilities[i];
  return MIN (2.0 * beyond, 1.0);
}

static void
test_variable (const Work *work, gint64 variable, Scratch *scratch)
{
  SmoothComparison *comparison = work->comparison;
  double n_a = (double) comparison->n_a, n_b = (double) comparison->n_b, n = n_a + n_b, pairs = n_a * n_b;
  Pass pass = { 0 };
  gint64 n_entries = take_entries (work, variable, scratch, pass.sum);

  pass_over (work, n_entries, scratch, &pass);
  double spread = sqrt (pairs / 12.0 * (n + 1.0 - pass.ties / (n * (n - 1.0)))), off = fabs (pass.u - pairs / 2.0);
  gboolean varies = spread > 1e-9 * sqrt (pairs * n);
  double v = work->likeness != NULL && varies ? inflation (work, n_entries, scratch) : 1.0;
  double variance = 0.0;
  for (gint side = 0; side < 2; side++)
    {
      double count = side == 0 ? n_a : n_b, mean = pass.place[side] / count;
      if (count > 1.0)
        variance += MAX (pass.place_squared[side] / count - mean * mean, 0.0) / (count - 1.0);
    }
  double half = NORMAL_95 * 2.0 * sqrt (variance * v);

  comparison->mean_a[variable] = pass.sum[0] / n_a;
  comparison->mean_b[variable] = pass.sum[1] / n_b;
  comparison->difference[variable] = pass.sum[0] / n_a - pass.sum[1] / n_b;
  comparison->effect[variable] = 2.0 * pass.u / pairs - 1.0;
  comparison->effect_low[variable] = MAX (comparison->effect[variable] - half, -1.0);
  comparison->effect_high[variable] = MIN (comparison->effect[variable] + half, 1.0);
  comparison->n_effective[variable] = n / v;
  if (!varies)
    comparison->p[variable] = 1.0;
  else if (work->exact != NULL && !pass.has_ties)
    comparison->p[variable] = exact_p (work->exact, pass.u, pairs);
  else
    comparison->p[variable] = MIN (erfc (MAX (off - 0.5, 0.0) / spread * G_SQRT2 / 2.0), 1.0);
  if (work->likeness != NULL)
    comparison->p_spatial[variable] = varies ? smooth_student_p (off / spread / sqrt (v), MAX (n / v - 2.0, 1.0)) : 1.0;
  for (gint64 i = 0; i < n_entries; i++)
    scratch->shifted[scratch->entries[i].spot] = 0.0;
}

static void
test_block (gint64 block, gint worker, gpointer data)
{
  const Work *work = data;

  for (gint64 v = block * BLOCK; v < MIN ((block + 1) * BLOCK, work->values->n_cols); v++)
    if (!smooth_run_is_cancelled (work->run))
      test_variable (work, v, &work->scratch[worker]);
}

/* ---- All of them ---- */

/* Coefficients of (1 - q^(m + 1)) ... (1 - q^(m + k)) / ((1 - q) ... (1 - q^k)), over their sum. */
static double *
exact_new (gint64 n_a, gint64 n_b)
{
  gint64 k = MIN (n_a, n_b), m = MAX (n_a, n_b), n = n_a * n_b;
  double sum = 0.0;

  if (k > MOST_EXACT || n > MOST_ARRANGEMENTS)
    return NULL;
  double *counts = g_new0 (double, n + 1);
  counts[0] = 1.0;
  for (gint64 i = 1; i <= k; i++)
    {
      for (gint64 u = n; u >= m + i; u--)
        counts[u] -= counts[u - m - i];
      for (gint64 u = i; u <= n; u++)
        counts[u] += counts[u - i];
    }
  for (gint64 u = 0; u <= n; u++)
    sum += counts[u];
  for (gint64 u = 0; u <= n; u++)
    counts[u] /= sum;
  return counts;
}

static double *
missing_new (gint64 n)
{
  double *values = g_new (double, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    values[i] = NAN;
  return values;
}

static SmoothComparison *
comparison_new (gint64 n, gint64 n_a, gint64 n_b)
{
  SmoothComparison *comparison = g_new0 (SmoothComparison, 1);
  double **arrays[] = { &comparison->mean_a, &comparison->mean_b, &comparison->difference, &comparison->effect, &comparison->effect_low,
                        &comparison->effect_high, &comparison->p, &comparison->q, &comparison->n_effective, &comparison->p_spatial,
                        &comparison->q_spatial };

  g_atomic_ref_count_init (&comparison->ref_count);
  comparison->n_variables = n;
  comparison->n_a = n_a;
  comparison->n_b = n_b;
  comparison->report = smooth_report_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    *arrays[i] = missing_new (n);
  return comparison;
}

SmoothComparison *
smooth_comparison_ref (SmoothComparison *comparison)
{
  g_atomic_ref_count_inc (&comparison->ref_count);
  return comparison;
}

void
smooth_comparison_unref (SmoothComparison *comparison)
{
  if (comparison == NULL || !g_atomic_ref_count_dec (&comparison->ref_count))
    return;
  double *arrays[] = { comparison->mean_a, comparison->mean_b, comparison->difference, comparison->effect, comparison->effect_low,
                       comparison->effect_high, comparison->p, comparison->q, comparison->n_effective, comparison->p_spatial,
                       comparison->q_spatial };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_free (arrays[i]);
  smooth_report_unref (comparison->report);
  g_free (comparison);
}

static gboolean
run_tests (Work *work)
{
  gint n_threads = smooth_run_get_n_threads (work->run);
  gint64 n = work->values->n_rows;

  work->scratch = g_new (Scratch, n_threads);
  for (gint t = 0; t < n_threads; t++)
    work->scratch[t] = (Scratch){ g_new (Entry, MAX (n, 1)), g_new0 (double, MAX (n, 1)) };
  smooth_i_parallel (n_threads, (work->values->n_cols + BLOCK - 1) / BLOCK, test_block, work);
  for (gint t = 0; t < n_threads; t++)
    {
      g_free (work->scratch[t].entries);
      g_free (work->scratch[t].shifted);
    }
  g_free (work->scratch);
  return !smooth_run_is_cancelled (work->run);
}

/**
 * smooth_comparison_new:
 * @values: n_spots x n_variables: a column is one variable
 * @groups: n_spots: SmoothGroup
 * @precision: (nullable): the prior of these spots; NULL: spots count as independent
 *
 * O(nnz log n) and for a prior one factor of it. The result does not depend on the number of threads.
 *
 * Returns: (transfer full): the comparison; an error where a group has no spots
 */
SmoothComparison *
smooth_comparison_new (const SmoothSparse *values, const guint8 *groups, const SmoothPrecision *precision, SmoothRun *run, GError **error)
{
  gint64 n_of[3] = { 0, 0, 0 };
  GError *failure = NULL;

  g_return_val_if_fail (precision == NULL || precision->n_spots == values->n_rows, NULL);
  for (gint64 i = 0; i < values->n_rows; i++)
    n_of[MIN (groups[i], SMOOTH_GROUP_B)]++;
  if (n_of[SMOOTH_GROUP_A] == 0 || n_of[SMOOTH_GROUP_B] == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "a comparison needs spots in both groups: found %" PRId64 " and %" PRId64,
                        n_of[SMOOTH_GROUP_A], n_of[SMOOTH_GROUP_B]);
      return NULL;
    }
  g_autoptr (SmoothComparison) comparison = comparison_new (values->n_cols, n_of[SMOOTH_GROUP_A], n_of[SMOOTH_GROUP_B]);
  g_autoptr (SmoothSpotLikeness) likeness
    = precision != NULL ? smooth_i_spot_likeness_new (precision, groups, comparison->report, run, &failure) : NULL;
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return NULL;
    }
  g_autofree double *exact = exact_new (comparison->n_a, comparison->n_b);
  Work work = { .values = values, .groups = groups, .likeness = likeness, .exact = exact, .run = run, .comparison = comparison };
  comparison->is_exact = exact != NULL;
  if (!run_tests (&work))
    {
      smooth_run_check (run, error);
      return NULL;
    }
  smooth_adjust_p (comparison->p, comparison->n_variables, comparison->q);
  smooth_adjust_p (comparison->p_spatial, comparison->n_variables, comparison->q_spatial);
  return g_steal_pointer (&comparison);
}
