/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries of groups, and what tests need: corrected p-values and the t distribution.
 *
 *     Benjamini-Hochberg   q_(i) = min over j >= i of min (1, p_(j) n / j),  p sorted
 *     Student              P (|T| > t) = I_x (f / 2, 1 / 2),  x = f / (f + t^2)
 *
 * I is the regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8), evaluated from
 * below by Lentz's method.
 */
#include "result/statistics.h"

#include <math.h>
#include <stdlib.h>

#define MAX_TERMS 500
#define TINY 1e-300

static int
compare_doubles (const void *a, const void *b)
{
  const double *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

/* @values: n, sorted here. */
static double
take_median (double *values, gint64 n)
{
  if (n == 0)
    return NAN;
  qsort (values, (gsize) n, sizeof *values, compare_doubles);
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

/**
 * smooth_summary_new:
 * @values: n; what is no finite number does not count
 * @groups: (nullable): n: the group of each
 * @group: the one to describe
 *
 * O(n log n); n doubles.
 */
SmoothSummary
smooth_summary_new (const double *values, const gint32 *groups, gint32 group, gint64 n)
{
  SmoothSummary summary = { 0, NAN, NAN, NAN };
  g_autofree double *kept = g_new (double, MAX (n, 1));
  double sum = 0.0, squares = 0.0;

  for (gint64 i = 0; i < n; i++)
    if ((groups == NULL || groups[i] == group) && isfinite (values[i]))
      {
        kept[summary.n++] = values[i];
        sum += values[i];
      }
  if (summary.n == 0)
    return summary;
  summary.mean = sum / (double) summary.n;
  for (gint64 i = 0; i < summary.n; i++)
    squares += (kept[i] - summary.mean) * (kept[i] - summary.mean);
  if (summary.n > 1)
    summary.sd = sqrt (squares / (double) (summary.n - 1));
  summary.median = take_median (kept, summary.n);
  return summary;
}

static void
add_proportions (SmoothGroupTable *table, const gint32 *groups, gint64 n_spots, const SmoothResult *result)
{
  table->n_types = result->n_types;
  table->proportions = g_new0 (double, MAX (table->n_groups * result->n_types, 1));
  for (gint64 s = 0; s < n_spots; s++)
    {
      gint64 group = groups[s] >= 0 && groups[s] < table->n_groups - 1 ? groups[s] : table->n_groups - 1;
      const double *shares = smooth_matrix_column (result->proportions, s);
      for (gint64 k = 0; k < result->n_types; k++)
        table->proportions[group * result->n_types + k] += shares[k];
    }
  for (gint64 g = 0; g < table->n_groups; g++)
    for (gint64 k = 0; k < result->n_types; k++)
      table->proportions[g * result->n_types + k] /= (double) table->n_spots[g]; /* 0 / 0: NAN */
}

/**
 * smooth_group_table_new:
 * @groups: n_spots: the group of each spot; -1: outside of all
 * @n_groups: without outside
 * @values: (nullable): n_spots
 * @result: (nullable): of the same spots
 *
 * O(n_spots (n_groups + n_types)), and the sorting of values for medians.
 *
 * Returns: (transfer full): n_groups + 1 rows
 */
SmoothGroupTable *
smooth_group_table_new (const gint32 *groups, gint64 n_spots, gint64 n_groups, const double *values, const SmoothResult *result)
{
  SmoothGroupTable *table = g_new0 (SmoothGroupTable, 1);
  g_autofree gint32 *rows = g_new (gint32, MAX (n_spots, 1));

  table->n_groups = n_groups + 1;
  table->n_spots = g_new0 (gint64, table->n_groups);
  table->values = g_new (SmoothSummary, table->n_groups);
  for (gint64 s = 0; s < n_spots; s++)
    {
      rows[s] = groups[s] >= 0 && groups[s] < n_groups ? groups[s] : (gint32) n_groups;
      table->n_spots[rows[s]]++;
    }
  for (gint64 g = 0; g < table->n_groups; g++)
    table->values[g] = values != NULL ? smooth_summary_new (values, rows, (gint32) g, n_spots) : (SmoothSummary){ 0, NAN, NAN, NAN };
  if (result != NULL)
    add_proportions (table, rows, n_spots, result);
  return table;
}

void
smooth_group_table_free (SmoothGroupTable *table)
{
  if (table == NULL)
    return;
  g_free (table->n_spots);
  g_free (table->values);
  g_free (table->proportions);
  g_free (table);
}

typedef struct
{
  double p;
  gint64 place;
} Placed;

static int
compare_placed (const void *a, const void *b)
{
  const Placed *x = a, *y = b;

  return (x->p > y->p) - (x->p < y->p);
}

/**
 * smooth_adjust_p:
 * @p: n; NAN: not tested
 * @q: (out): n: after Benjamini and Hochberg, for as many tests as were made; NAN where p is; may be @p
 */
void
smooth_adjust_p (const double *p, gint64 n, double *q)
{
  g_autofree Placed *sorted = g_new (Placed, MAX (n, 1));
  gint64 n_tests = 0;
  double least = 1.0;

  for (gint64 i = 0; i < n; i++)
    {
      if (!isnan (p[i]))
        sorted[n_tests++] = (Placed){ p[i], i };
      q[i] = NAN;
    }
  qsort (sorted, (gsize) n_tests, sizeof *sorted, compare_placed);
  for (gint64 i = n_tests - 1; i >= 0; i--)
    {
      least = MIN (least, sorted[i].p * (double) n_tests / (double) (i + 1));
      q[sorted[i].place] = least;
    }
}

static double
away_from_zero (double x)
{
  return fabs (x) < TINY ? TINY : x;
}

/* The continued fraction of the incomplete beta function. */
static double
beta_fraction (double x, double a, double b)
{
  double c = 1.0, d = 1.0 / away_from_zero (1.0 - (a + b) * x / (a + 1.0)), fraction = d;

  for (gint m = 1; m <= MAX_TERMS; m++)
    {
      double before = fraction;
      for (gint odd = 0; odd < 2; odd++)
        {
          double term = odd ? -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
                            : m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
          d = 1.0 / away_from_zero (1.0 + term * d);
          c = away_from_zero (1.0 + term / c);
          fraction *= c * d;
        }
      if (fabs (fraction - before) <= 1e-15 * fabs (fraction))
        break;
    }
  return fraction;
}

static double
incomplete_beta (double x, double a, double b)
{
  if (x <= 0.0 || x >= 1.0)
    return x <= 0.0 ? 0.0 : 1.0;
  double front = exp (lgamma (a + b) - lgamma (a) - lgamma (b) + a * log (x) + b * log1p (-x));
  if (x < (a + 1.0) / (a + b + 2.0))
    return front * beta_fraction (x, a, b) / a;
  return 1.0 - front * beta_fraction (1.0 - x, b, a) / b;
}

/**
 * smooth_student_p:
 * @freedom: degrees of freedom, above 0; of many the normal distribution is used
 *
 * Returns: the probability of a value at least as far from 0 as @t
 */
double
smooth_student_p (double t, double freedom)
{
  if (isnan (t) || !(freedom > 0.0))
    return NAN;
  if (freedom > 1e7)
    return erfc (fabs (t) * G_SQRT2 / 2.0);
  return incomplete_beta (freedom / (freedom + t * t), 0.5 * freedom, 0.5);
}
