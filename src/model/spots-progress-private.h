/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What solvers over spots have in common: the iterate, what they say of it, and when they stop. */
#pragma once

#include "model/spots-private.h"

G_BEGIN_DECLS

typedef struct
{
  SmoothSpots *spots;
  const SmoothDeconvolutionSettings *settings;
  SmoothIterate *iterate; /* the caller's */
  SmoothIterateFunc improved;
  gpointer improved_data;
  SmoothInfo *info;

  double *x, *gradient; /* spots->length; 0 at the start */
  double *best;         /* spots->length: of those evaluated, the one with the least objective */
  gboolean is_loaded;   /* x holds what the caller gave, or better */
  double largest;       /* |gradient| at the origin, times n */
  double at_zero;       /* n times the objective there */
  double perfect;       /* share of it below which an objective is rounding alone: gaps are measured against that then */
  gboolean is_local;    /* not convex: there is no gap to wait for */

  SmoothInfo best_info;
  gboolean has_best;
  gint n_idle;   /* evaluations since the rest or the objective fell */
  gint max_idle; /* of them: then rounding allows no more */
  double rest;   /* least of gap (where there is one) and KKT residual over the tolerance */
  double least;  /* objective so far */
  gint64 start;
} SmoothProgress;

gboolean smooth_i_progress_init (SmoothProgress *progress, SmoothSpots *spots, const SmoothDeconvolutionSettings *settings,
                                 SmoothIterate *iterate, SmoothIterateFunc improved, gpointer improved_data,
                                 SmoothInfo *info, GError **error);
void smooth_i_progress_clear (SmoothProgress *progress);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SmoothProgress, smooth_i_progress_clear)
void smooth_i_progress_load (SmoothProgress *progress);
void smooth_i_progress_set (SmoothProgress *progress, double data, double spatial, double gap, double kkt);
void smooth_i_progress_restart (SmoothProgress *progress);
gboolean smooth_i_progress_goes_on (SmoothProgress *progress);
void smooth_i_progress_finish (SmoothProgress *progress);

G_END_DECLS
