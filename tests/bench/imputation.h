/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imputation in the benchmarks. */
#pragma once

#include "bench.h"
#include "synthetic.h"

G_BEGIN_DECLS

typedef struct
{
  SmoothPrecision *precision;
  gint32 *observed; /* n_observed: about half of the spots */
  gint64 n_observed;
  SmoothMatrix *values; /* n_observed x features */
  SmoothImputationSettings settings;
  SmoothMatrix *imputed; /* of the last solve */
} ImputationProblem;

void imputation_init (ImputationProblem *problem, SmoothPrecision *precision, gint64 n_features);
void imputation_clear (ImputationProblem *problem);
void imputation_solve (gpointer problem, SmoothRun *run); /* factor included */

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ImputationProblem, imputation_clear)

G_END_DECLS
