/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a comparison knows of the likeness of its spots. */
#pragma once

#include "result/statistics-comparison.h"

G_BEGIN_DECLS

/* Traces of the covariance R of the prior, scaled to variances of 1, and of independence I, between which every variable is
 * placed. One owner. */
typedef struct
{
  gint64 n_spots;
  gint64 *starts;        /* n_spots + 1 */
  gint32 *neighbours;    /* of each spot: those in its own group; both directions */
  double degrees[2];     /* sum over the spots of each group of the number of neighbours */
  double edges_r, edges_i;         /* E r'Wr, summed over groups, for R and for I */
  double squares_r, squares_i;     /* E r'r */
  double contrast_r, contrast_i;   /* c'Rc and c'Ic of the difference of means c */
  double pooled_r;                 /* E of the pooled variance for R; that for I is 1 */
} SmoothSpotLikeness;

SmoothSpotLikeness *smooth_i_spot_likeness_new (const SmoothPrecision *precision, const guint8 *groups, SmoothReport *report,
                                                SmoothRun *run, GError **error);
void smooth_i_spot_likeness_free (SmoothSpotLikeness *likeness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSpotLikeness, smooth_i_spot_likeness_free)

double smooth_i_spot_likeness_inflate (const SmoothSpotLikeness *likeness, double edges, double squares);

G_END_DECLS
