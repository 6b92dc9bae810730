/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The losses of nu support vector regression. */
#pragma once

#include "model/spots-private.h"

G_BEGIN_DECLS

/* What a pass computes with, and what it leaves about every spot. */
typedef struct
{
  double scale; /* C / G */
  gboolean is_absolute;
  double smoothing;    /* mu, > 0: of absolute losses */
  double damping;      /* curvature of squares inside of the tube, of that outside */
  double stiffness;    /* of absolute losses with multipliers */
  double *multipliers; /* (nullable): for each spot n_genes of values above the tube and n_genes of values below, 0 .. scale */
  double *positive; /* (out): n: sum over genes of multipliers > 0 */
  double *negative; /* (out): n: of -multipliers > 0 */
  double *shrink;   /* 2 n: what certify() scales the positive and the negative multipliers of a spot by */
} SmoothTube;

/* The sums of smooth_i_tube_misfit(), all times n. */
enum
{
  SMOOTH_TUBE_LOSS,   /* what is beyond the tube, not smoothed */
  SMOOTH_TUBE_SLOPE,  /* minus its derivative by the tube */
  SMOOTH_TUBE_CORNER, /* second derivative */
  SMOOTH_TUBE_DRIFT,  /* derivative of the slope by the smoothing */
  SMOOTH_TUBE_SIZE,   /* |residuals|, times scale */
};

void smooth_i_tube_misfit (SmoothMisfitBlock *block, gconstpointer tube);
void smooth_i_tube_take (SmoothMisfitBlock *block, gconstpointer tube);
void smooth_i_tube_certify (SmoothMisfitBlock *block, gconstpointer tube);

G_END_DECLS
