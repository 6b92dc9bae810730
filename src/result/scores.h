/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How near found numbers come to true ones. */
#pragma once

#include "linalg/dense.h"

G_BEGIN_DECLS

/* NAN: not told, as where nothing varies or no type is present. */
typedef struct
{
  double r;    /* Pearson's correlation */
  double rmse; /* root mean square of the differences */
  double jsd;  /* Jensen-Shannon divergence in bits, 0 to 1 */
  double aupr; /* area under the curve of precision over recall, for the question whether a type is there */
} SmoothScores;

double smooth_score_correlation (const double *found, const double *truth, gint64 n);
double smooth_score_rmse (const double *found, const double *truth, gint64 n);
double smooth_score_divergence (const double *found, const double *truth, gint64 n);
double smooth_score_aupr (const double *found, const double *truth, gint64 n, double present);

gboolean smooth_scores_compute (const SmoothMatrix *found, const SmoothMatrix *truth, double present, SmoothScores *by_row,
                                SmoothScores *all, GError **error);

G_END_DECLS
