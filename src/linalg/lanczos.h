/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ends of the spectrum of a symmetric operator. */
#pragma once

#include "base/run.h"
#include "linalg/dense.h"

G_BEGIN_DECLS

/* y = A x; x and y: n doubles each. */
typedef void (*SmoothApplyFunc) (const double *x, double *y, gpointer data);

typedef struct
{
  double min, max;             /* estimates from inside: never below the smallest or above the largest eigenvalue */
  double min_error, max_error; /* an eigenvalue lies within so much of the estimate */
  gint n_steps;
} SmoothSpectrum;

gboolean smooth_i_lanczos (SmoothApplyFunc apply, gpointer data, gint64 n, gint max_steps, double tolerance,
                           SmoothSpectrum *spectrum, SmoothRun *run, GError **error);

gboolean smooth_i_lanczos_top (SmoothApplyFunc apply, gpointer data, gint64 n, gint64 n_wanted, double tolerance, double *values,
                               SmoothMatrix *vectors, gint64 *n_found, SmoothRun *run, GError **error);

G_END_DECLS
