/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The losses of nu support vector regression, and what its solvers share. */
#pragma once

#include "model/spots-progress-private.h"

G_BEGIN_DECLS

/* What a pass computes with, and what it leaves about every spot. */
typedef struct
{
  double scale; /* C / G */
  gboolean is_absolute;
  double smoothing; /* mu, > 0: of interior point steps */
  double damping;   /* curvature of squares inside of the tube, of that outside */
  double *shares;   /* (nullable): of absolute losses: for each spot n_genes of values above the tube and n_genes of values
                     * below:   multipliers / scale, in 0 .. 1 */
  double *slacks;   /* (nullable): the same of slacks that are variables of their own: >= 0 and >= what is beyond the tube */
  double tube_step; /* change of the tube along a step */
  double length;    /* share of the step to probe or to take */
  double *positive; /* (out): n: sum over genes of multipliers > 0 */
  double *negative; /* (out): n: of -multipliers > 0 */
  double *shrink;   /* 2 n: what certify() scales the positive and the negative multipliers of a spot by */
} SmoothTube;

/* The sums of smooth_i_tube_misfit(), all times n; smooth_i_tube_plan() sets slope and corner. */
enum
{
  SMOOTH_TUBE_LOSS,   /* what is beyond the tube */
  SMOOTH_TUBE_SLOPE,  /* minus its derivative by the tube */
  SMOOTH_TUBE_CORNER, /* second derivative */
  SMOOTH_TUBE_SIZE,   /* |residuals|, times scale */
};

/* nusvr-loss.c */
void smooth_i_tube_misfit (SmoothMisfitBlock *block, gconstpointer tube);
void smooth_i_tube_certify (SmoothMisfitBlock *block, gconstpointer tube);

/* nusvr-steps.c */
void smooth_i_tube_start (SmoothMisfitBlock *block, gconstpointer tube);
void smooth_i_tube_plan (SmoothMisfitBlock *block, gconstpointer tube);
void smooth_i_tube_probe (SmoothMisfitBlock *block, gconstpointer tube);
void smooth_i_tube_move (SmoothMisfitBlock *block, gconstpointer tube);

/* nusvr.c */
typedef struct
{
  SmoothSpots *spots;
  SmoothMisfit *misfit;
  const SmoothDeconvolutionSettings *settings;
  SmoothProgress progress;
  SmoothTube loss;
  double cost;          /* of the tube: C nu n */
  double *model;        /* length: gradient of the quadratic programme */
  double *step;         /* length: where a step leads, less where it starts */
  double *old;          /* length: where it starts */
  double *start;        /* length: gradient of the programme there */
  double *sums;         /* of the last pass */
  double data, spatial; /* n times the terms */
  double gap;           /* n times the last certificate's bound on what is to be gained */
} SmoothSvr;

gboolean smooth_i_svr_evaluate (SmoothSvr *svr, SmoothMisfitFunc func, GError **error);
gboolean smooth_i_svr_certify (SmoothSvr *svr, GError **error);
gboolean smooth_i_svr_plan (SmoothSvr *svr, double goal, double *slope, GError **error);
void smooth_i_svr_place (SmoothSvr *svr, double share);

/* nusvr-absolute.c */
gboolean smooth_i_svr_solve_absolute (SmoothSvr *svr, GError **error);

G_END_DECLS
