/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two passes: the range, then the counts. Whole numbers of a small range get a bin each. */
#include "export/plot-histogram.h"

#include <math.h>

static gboolean
is_counted (const double *values, const guint8 *used, gint64 i, gboolean is_log)
{
  return (used == NULL || used[i]) && isfinite (values[i]) && (!is_log || values[i] > 0.0);
}

static SmoothHistogram *
histogram_new (gint64 n_bins)
{
  SmoothHistogram *histogram = g_new0 (SmoothHistogram, 1);

  histogram->n_bins = n_bins;
  histogram->edges = g_new0 (double, n_bins + 1);
  histogram->counts = g_new0 (double, MAX (n_bins, 1));
  histogram->selected = g_new0 (double, MAX (n_bins, 1));
  return histogram;
}

static void
set_edges (SmoothHistogram *histogram, double low, double high, gboolean is_log)
{
  gint64 n = histogram->n_bins;

  for (gint64 b = 0; b <= n; b++)
    {
      double t = (double) b / (double) n;
      histogram->edges[b] = is_log ? low * pow (high / low, t) : low + t * (high - low);
    }
  histogram->edges[n] = high;
}

/* The number of bins so that each holds as many whole numbers as the others, or @n_bins where that is not what the values are. */
static gint64
fit_bins (const double *values, const guint8 *used, gint64 n, double *low, double *high, gint64 n_bins)
{
  gint64 n_whole = (gint64) (*high - *low) + 1, each = (n_whole + n_bins - 1) / n_bins;

  if (!(*high - *low < 1e9))
    return n_bins;
  for (gint64 i = 0; i < n; i++)
    if (is_counted (values, used, i, FALSE) && values[i] != floor (values[i]))
      return n_bins;
  *low -= 0.5;
  *high = *low + (double) (((n_whole + each - 1) / each) * each);
  return (n_whole + each - 1) / each;
}

/**
 * smooth_histogram_new:
 * @values: n: those that are no finite numbers are left out
 * @used: (nullable): n: 1 where a value counts; NULL: all do
 * @marked: (nullable): n: 1 for those that are counted a second time by themselves
 * @n_bins: at most so many
 * @is_log: values not above 0 are left out
 *
 * O(n).
 *
 * Returns: (transfer full) (nullable): NULL where there is nothing to count
 */
SmoothHistogram *
smooth_histogram_new (const double *values, const guint8 *used, const guint8 *marked, gint64 n, gint64 n_bins, gboolean is_log)
{
  double low = G_MAXDOUBLE, high = -G_MAXDOUBLE;

  for (gint64 i = 0; i < n; i++)
    if (is_counted (values, used, i, is_log))
      {
        low = MIN (low, values[i]);
        high = MAX (high, values[i]);
      }
  if (low > high)
    return NULL;
  if (!is_log)
    n_bins = fit_bins (values, used, n, &low, &high, n_bins);
  if (!(high > low))
    {
      double slack = is_log ? 0.0 : MAX (fabs (low) * 0.5, 0.5);
      high = is_log ? low * 2.0 : low + slack;
      low = is_log ? low / 2.0 : low - slack;
    }

  SmoothHistogram *histogram = histogram_new (n_bins);
  set_edges (histogram, low, high, is_log);
  double base = is_log ? log (low) : low, per_unit = (double) n_bins / ((is_log ? log (high) : high) - base);
  for (gint64 i = 0; i < n; i++)
    {
      if (!is_counted (values, used, i, is_log))
        {
          histogram->n_left_out += is_log && is_counted (values, used, i, FALSE);
          continue;
        }
      gint64 bin = CLAMP ((gint64) (((is_log ? log (values[i]) : values[i]) - base) * per_unit), 0, n_bins - 1);
      gboolean is_marked = marked != NULL && marked[i];
      histogram->counts[bin] += 1.0;
      histogram->selected[bin] += is_marked;
      histogram->n_values++;
      histogram->n_selected += is_marked;
    }
  return histogram;
}

/* Values are numbers of categories, 0 .. n_categories - 1; bin k is [k, k + 1). Others are left out. */
SmoothHistogram *
smooth_histogram_new_of_categories (const double *values, const guint8 *used, const guint8 *marked, gint64 n, gint64 n_categories)
{
  SmoothHistogram *histogram = histogram_new (n_categories);

  for (gint64 b = 0; b <= n_categories; b++)
    histogram->edges[b] = (double) b;
  for (gint64 i = 0; i < n; i++)
    {
      gboolean is_marked = marked != NULL && marked[i];
      if (!is_counted (values, used, i, FALSE) || values[i] < 0.0 || values[i] >= (double) n_categories)
        continue;
      histogram->counts[(gint64) values[i]] += 1.0;
      histogram->selected[(gint64) values[i]] += is_marked;
      histogram->n_values++;
      histogram->n_selected += is_marked;
    }
  return histogram;
}

void
smooth_histogram_free (SmoothHistogram *histogram)
{
  if (histogram == NULL)
    return;
  g_free (histogram->edges);
  g_free (histogram->counts);
  g_free (histogram->selected);
  g_free (histogram);
}

/* Returns: the bin that holds @value, or -1 */
gint64
smooth_histogram_find (const SmoothHistogram *histogram, double value)
{
  gint64 low = 0, high = histogram->n_bins;

  if (!(value >= histogram->edges[0]) || !(value <= histogram->edges[high]))
    return -1;
  while (high - low > 1)
    {
      gint64 middle = (low + high) / 2;
      if (value >= histogram->edges[middle])
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* Returns: the count of the fullest bin */
double
smooth_histogram_get_most (const SmoothHistogram *histogram)
{
  double most = 0.0;

  for (gint64 b = 0; b < histogram->n_bins; b++)
    most = MAX (most, histogram->counts[b]);
  return most;
}
