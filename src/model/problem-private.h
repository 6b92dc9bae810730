/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One deconvolution as all models see it, and the solvers of those whose misfit does not reduce to H and R. */
#pragma once

#include "model/deconvolution.h"

G_BEGIN_DECLS

/* All borrowed. G genes, K types, n spots. */
typedef struct
{
  const SmoothMatrix *signature;      /* G x K: X */
  const SmoothSparse *expression;     /* G x n: Y */
  SmoothPrecision *const *precisions; /* n_precisions */
  gint n_precisions;                  /* 0: no prior; 1: the same for all types; K: one for each type */
  const double *confidences;          /* K, >= 0 */
} SmoothProblem;

/* Where a solver starts and ends. */
typedef struct
{
  SmoothMatrix *abundances; /* K x n */
  double *bias;             /* n; 0 without bias */
  double tube;              /* nu-SVR: half its width */
} SmoothIterate;

/* Told of iterates worth showing, on the solver's thread; FALSE stops early (SMOOTH_STATUS_IMPROVING). */
typedef gboolean (*SmoothIterateFunc) (const SmoothIterate *iterate, const SmoothInfo *info, gpointer data);

/* Each starts from the iterate (which is made feasible first) and leaves the best one there, on errors too. settings->lambda is
 * as in the objective: its unit has been applied. They return FALSE on cancellation and lack of memory alone. */
gboolean smooth_i_dwls_solve (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, SmoothIterate *iterate,
                              SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run, GError **error);
gboolean smooth_i_nusvr_solve (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, SmoothIterate *iterate,
                               SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run, GError **error);
gboolean smooth_i_lognormal_solve (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, SmoothIterate *iterate,
                                   SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info, SmoothRun *run, GError **error);

G_END_DECLS
