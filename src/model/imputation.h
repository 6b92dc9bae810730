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
  gboolean centre;      /* draw values towards the mean of the measured ones; else towards 0 */
  double lambda;        /* weight of the prior against the measured values; without effect where they are fixed */
  double tolerance;     /* on the optimality conditions of non-negative problems */
  gint max_iterations;
} SmoothImputationSettings;

extern const SmoothParamTable smooth_imputation_params;

/* One prior, one set of measured spots and one factor, for any number of features. Owned by one thread. */
typedef struct _SmoothImputer SmoothImputer;

SmoothImputer *smooth_imputer_new (SmoothPrecision *precision, const gint32 *observed, gint64 n_observed,
                                   const SmoothImputationSettings *settings, SmoothReport *report, SmoothRun *run, GError **error);
void smooth_imputer_free (SmoothImputer *imputer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothImputer, smooth_imputer_free)

SmoothMatrix *smooth_imputer_solve (SmoothImputer *imputer, const SmoothMatrix *values, SmoothInfo *info, SmoothRun *run, GError **error);
double *smooth_imputer_dup_deviations (SmoothImputer *imputer, GError **error);
double *smooth_imputer_dup_scales (SmoothImputer *imputer, const SmoothMatrix *values, const SmoothMatrix *imputed, GError **error);

SmoothMatrix *smooth_impute (SmoothPrecision *precision, const gint32 *observed, const SmoothMatrix *values,
                             const SmoothImputationSettings *settings, SmoothInfo *info, SmoothReport *report, SmoothRun *run,
                             GError **error);

G_END_DECLS
