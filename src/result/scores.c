/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of found numbers against true ones.
 *
 *     r     sum (x - mean x)(y - mean y) / sqrt (sum (x - mean x)^2  sum (y - mean y)^2)
 *     RMSE  sqrt (sum (x - y)^2 / n)
 *     JSD   sum p log2 (p / m) / 2 + sum q log2 (q / m) / 2,  m = (p + q) / 2, p and q divided by their sums
 *     AUPR  sum over falling thresholds t of  (recall (t) - recall (t before)) precision (t)
 */
#include "result/scores.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* Returns: r; NAN where one side does not vary */
double
smooth_score_correlation (const double *found, const double *truth, gint64 n)
{
  double x = 0.0, y = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      x += found[i] / (double) n;
      y += truth[i] / (double) n;
    }
  for (gint64 i = 0; i < n; i++)
    {
      xx += (found[i] - x) * (found[i] - x);
      yy += (truth[i] - y) * (truth[i] - y);
      xy += (found[i] - x) * (truth[i] - y);
    }
  return xx > 0.0 && yy > 0.0 ? xy / sqrt (xx * yy) : NAN;
}

/* Returns: the root mean square difference; NAN where n is 0 */
double
smooth_score_rmse (const double *found, const double *truth, gint64 n)
{
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum += (found[i] - truth[i]) * (found[i] - truth[i]);
  return n > 0 ? sqrt (sum / (double) n) : NAN;
}

static double
sum_positive (const double *x, gint64 n)
{
  double sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum += MAX (x[i], 0.0);
  return sum;
}

static double
half_divergence (double p, double m)
{
  return p > 0.0 ? 0.5 * p * log2 (p / m) : 0.0;
}

/**
 * smooth_score_divergence:
 * @found: n numbers; negative ones count as 0
 *
 * Returns: 0 for the same shares, 1 for shares that never meet; NAN where one side has nothing
 */
double
smooth_score_divergence (const double *found, const double *truth, gint64 n)
{
  double x = sum_positive (found, n), y = sum_positive (truth, n), sum = 0.0;

  if (x <= 0.0 || y <= 0.0)
    return NAN;
  for (gint64 i = 0; i < n; i++)
    {
      double p = MAX (found[i], 0.0) / x, q = MAX (truth[i], 0.0) / y;
      sum += half_divergence (p, 0.5 * (p + q)) + half_divergence (q, 0.5 * (p + q));
    }
  return CLAMP (sum, 0.0, 1.0);
}

typedef struct
{
  double found;
  gboolean is_present;
} Ranked;

static int
compare_falling (const void *a, const void *b)
{
  const Ranked *x = a, *y = b;

  return (x->found < y->found) - (x->found > y->found);
}

/**
 * smooth_score_aupr:
 * @present: a type is there where its true number is above this
 *
 * Equal found numbers are one threshold. O(n log n).
 *
 * Returns: the area; the share of what is there for found numbers that tell nothing; NAN where it is nowhere
 */
double
smooth_score_aupr (const double *found, const double *truth, gint64 n, double present)
{
  g_autofree Ranked *ranked = g_new (Ranked, MAX (n, 1));
  gint64 n_present = 0, n_right = 0;
  double area = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      ranked[i] = (Ranked){ found[i], truth[i] > present };
      n_present += ranked[i].is_present;
    }
  if (n_present == 0)
    return NAN;
  qsort (ranked, (gsize) n, sizeof *ranked, compare_falling);
  for (gint64 i = 0; i < n;)
    {
      gint64 first = i, before = n_right;
      for (; i < n && ranked[i].found == ranked[first].found; i++)
        n_right += ranked[i].is_present;
      area += (double) (n_right - before) / (double) n_present * (double) n_right / (double) i;
    }
  return area;
}

/* Row @k of a matrix. */
static void
copy_row (const SmoothMatrix *matrix, gint64 k, double *row)
{
  for (gint64 s = 0; s < matrix->n_cols; s++)
    row[s] = matrix->values[k + s * matrix->n_rows];
}

/* The mean over spots of the divergence of their types; spots with nothing on one side do not count. */
static double
mean_divergence (const SmoothMatrix *found, const SmoothMatrix *truth)
{
  double sum = 0.0;
  gint64 n = 0;

  for (gint64 s = 0; s < found->n_cols; s++)
    {
      double divergence = smooth_score_divergence (smooth_matrix_column (found, s), smooth_matrix_column (truth, s), found->n_rows);
      if (isnan (divergence))
        continue;
      sum += divergence;
      n++;
    }
  return n > 0 ? sum / (double) n : NAN;
}

/**
 * smooth_scores_compute:
 * @found: n_types x n_spots
 * @truth: the same types and spots
 * @present: a type is in a spot where its true number is above this
 * @by_row: (out): n_types: of each type over the spots; its JSD compares how the type is spread over them
 * @all: (out): of all types and spots at once; its JSD is the mean over spots of that between their types
 *
 * O(n log n) of n numbers.
 */
gboolean
smooth_scores_compute (const SmoothMatrix *found, const SmoothMatrix *truth, double present, SmoothScores *by_row, SmoothScores *all,
                       GError **error)
{
  gint64 n = found->n_rows * found->n_cols;

  if (found->n_rows != truth->n_rows || found->n_cols != truth->n_cols)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "found numbers are %" PRId64 " x %" PRId64 ", true ones %" PRId64 " x %" PRId64, found->n_rows,
                        found->n_cols, truth->n_rows, truth->n_cols);
      return FALSE;
    }
  g_autofree double *x = g_new (double, MAX (found->n_cols, 1));
  g_autofree double *y = g_new (double, MAX (found->n_cols, 1));
  for (gint64 k = 0; k < found->n_rows; k++)
    {
      copy_row (found, k, x);
      copy_row (truth, k, y);
      by_row[k] = (SmoothScores){
        smooth_score_correlation (x, y, found->n_cols), smooth_score_rmse (x, y, found->n_cols),
        smooth_score_divergence (x, y, found->n_cols), smooth_score_aupr (x, y, found->n_cols, present),
      };
    }
  *all = (SmoothScores){
    smooth_score_correlation (found->values, truth->values, n), smooth_score_rmse (found->values, truth->values, n),
    mean_divergence (found, truth), smooth_score_aupr (found->values, truth->values, n, present),
  };
  return TRUE;
}
