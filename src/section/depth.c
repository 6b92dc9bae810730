/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Medians, and the median total of a section's spots as the depth that changes most of them least. */
#include "section/depth-private.h"

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The median of n finite values, which are sorted; of an even number the mean of the middle two. 0 of none. */
double
smooth_i_median (double *values, gint64 n)
{
  if (n == 0)
    return 0.0;
  qsort (values, (gsize) n, sizeof (double), compare_doubles);
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

/* The median over @spots of their totals over all measured genes. */
double
smooth_i_auto_depth (const SmoothSection *section, const gint32 *spots, gint64 n_spots)
{
  g_autofree double *totals = g_new (double, n_spots + 1);

  for (gint64 s = 0; s < n_spots; s++)
    totals[s] = section->total_counts[spots[s]];
  return smooth_i_median (totals, n_spots);
}
