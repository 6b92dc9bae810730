/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deconvolution under a spatial prior: which models and settings there are, and one solver for all of them. */
#pragma once

#include "base/params.h"
#include "base/report.h"
#include "base/run.h"
#include "model/info.h"
#include "precision/precision.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_LAMBDA_REFERENCE, /* as it stands in the objective */
  SMOOTH_LAMBDA_RELATIVE,  /* as a share of the data's curvature, see strength.h */
} SmoothLambdaUnit;

typedef enum
{
  SMOOTH_MODEL_NNLS,      /* least squares, abundances >= 0 */
  SMOOTH_MODEL_LINEAR,    /* least squares, abundances of any sign */
  SMOOTH_MODEL_DWLS,      /* dampened weighted least squares */
  SMOOTH_MODEL_NUSVR,     /* nu support vector regression */
  SMOOTH_MODEL_LOGNORMAL, /* least squares of logarithms: not convex */
} SmoothModelKind;

typedef enum
{
  SMOOTH_SVR_SQUARED,  /* squares beyond the tube */
  SMOOTH_SVR_ABSOLUTE, /* distances beyond the tube */
} SmoothSvrLoss;

typedef struct
{
  gint kind;         /* SmoothModelKind */
  double lambda;     /* weight of the spatial prior */
  gint lambda_unit;  /* SmoothLambdaUnit */
  gboolean bias;     /* a free constant per spot */
  gboolean is_signed; /* DWLS and nu-SVR: abundances of any sign; NNLS and log-normal never, linear always */
  double dwls_cap;   /* DWLS: largest weight, m */
  gint svr_loss;     /* nu-SVR: SmoothSvrLoss */
  double svr_cost;   /* nu-SVR: C */
  double svr_nu;     /* nu-SVR: cost of the width of the tube */
  double log_offset; /* log-normal: added before the logarithm */
  double tolerance;  /* on the relative gap and on the KKT residual */
  gint max_iterations;
} SmoothDeconvolutionSettings;

extern const SmoothParamTable smooth_deconvolution_params;

const char *smooth_model_get_name (SmoothModelKind kind);

/* The data term, reduced once: independent of genes from here on. Immutable, may be shared between threads. */
typedef struct _SmoothReduced SmoothReduced;

SmoothReduced *smooth_reduced_new (const SmoothMatrix *signature, const SmoothSparse *expression, gboolean bias, SmoothRun *run,
                                   GError **error);
SmoothReduced *smooth_reduced_ref (SmoothReduced *reduced);
void smooth_reduced_unref (SmoothReduced *reduced);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothReduced, smooth_reduced_unref)
void smooth_reduced_report (const SmoothReduced *reduced, const char *const *type_names, SmoothReport *report);

/* A solver with its workspace and its present iterate: owned by one thread, kept between solves for warm starts. */
typedef struct _SmoothDeconvolver SmoothDeconvolver;

/* Called after an improvement worth showing, on the solver's thread; reads the iterate by
 * smooth_deconvolver_dup_abundances(). Return FALSE to stop early (the status is then SMOOTH_STATUS_IMPROVING). */
typedef gboolean (*SmoothImprovedFunc) (SmoothDeconvolver *solver, const SmoothInfo *info, gpointer data);

SmoothDeconvolver *smooth_deconvolver_new (SmoothReduced *reduced);
void smooth_deconvolver_free (SmoothDeconvolver *solver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothDeconvolver, smooth_deconvolver_free)

gboolean smooth_deconvolver_set_precision (SmoothDeconvolver *solver, SmoothPrecision *precision, const double *confidences,
                                           GError **error);
gboolean smooth_deconvolver_set_precisions (SmoothDeconvolver *solver, SmoothPrecision *const *precisions, const double *confidences,
                                            GError **error);
gboolean smooth_deconvolver_solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings,
                                   SmoothImprovedFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run,
                                   GError **error);
void smooth_i_deconvolver_show_after (SmoothDeconvolver *solver, gint64 us);
void smooth_deconvolver_reset (SmoothDeconvolver *solver);
gboolean smooth_deconvolver_set_abundances (SmoothDeconvolver *solver, const SmoothMatrix *abundances, GError **error);
SmoothMatrix *smooth_deconvolver_dup_abundances (const SmoothDeconvolver *solver, GError **error);
SmoothMatrix *smooth_i_deconvolver_dup_moved (SmoothDeconvolver *solver, gint32 **spots, GError **error);
void smooth_i_deconvolver_read (const SmoothDeconvolver *solver, gint64 begin, gint64 end, SmoothMatrix *abundances);
void smooth_i_deconvolver_note_read (SmoothDeconvolver *solver);
double *smooth_deconvolver_dup_bias (const SmoothDeconvolver *solver);

G_END_DECLS
