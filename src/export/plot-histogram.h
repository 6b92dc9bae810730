/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often values occur: in bins of one width, or by category. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One owner. */
typedef struct
{
  gint64 n_bins;
  double *edges;     /* n_bins + 1, rising; on a logarithmic scale their quotients are equal */
  double *counts;    /* n_bins: of all values */
  double *selected;  /* n_bins: of those that are marked */
  gint64 n_values;   /* that are in a bin */
  gint64 n_selected;
  gint64 n_left_out; /* not above 0, on a logarithmic scale */
} SmoothHistogram;

SmoothHistogram *smooth_histogram_new (const double *values, const guint8 *used, const guint8 *marked, gint64 n, gint64 n_bins,
                                       gboolean is_log);
SmoothHistogram *smooth_histogram_new_of_categories (const double *values, const guint8 *used, const guint8 *marked, gint64 n,
                                                     gint64 n_categories);
void smooth_histogram_free (SmoothHistogram *histogram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothHistogram, smooth_histogram_free)

gint64 smooth_histogram_find (const SmoothHistogram *histogram, double value);
double smooth_histogram_get_most (const SmoothHistogram *histogram);

G_END_DECLS
