/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of spots that were not measured, and denoised values of those that were, under a spatial prior. */
#pragma once

#include "base/params.h"
#include "base/run.h"
#include "model/info.h"
#include "precision/precision.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean fixed;       /* measured values stay as they are; else they are denoised */
  gboolean nonnegative; /* no value below 0 */
  double lambda;        /* weight of the prior against the measured values; without effect where they are fixed */
  double tolerance;     /* on the optimality conditions of non-negative problems */
  gint max_iterations;
} SmoothImputationSettings;

extern const SmoothParamTable smooth_imputation_params;

SmoothMatrix *smooth_impute (const SmoothPrecision *precision, const gint32 *observed, const SmoothMatrix *values,
                             const SmoothImputationSettings *settings, SmoothInfo *info, SmoothReport *report, SmoothRun *run,
                             GError **error);

G_END_DECLS
