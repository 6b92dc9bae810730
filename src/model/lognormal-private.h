/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The objective of log-normal regression, for tests. */
#pragma once

#include "model/problem-private.h"

G_BEGIN_DECLS

gboolean smooth_i_lognormal_evaluate (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings,
                                      const SmoothIterate *iterate, SmoothInfo *info, SmoothMatrix *gradient,
                                      double *bias_gradient, SmoothRun *run, GError **error);

G_END_DECLS
