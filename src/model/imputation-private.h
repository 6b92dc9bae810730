/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear system of imputation, factored once. */
#pragma once

#include "linalg/cholesky.h"
#include "model/imputation.h"

G_BEGIN_DECLS

struct _SmoothImputer
{
  SmoothPrecision *precision;
  SmoothImputationSettings settings;
  gint64 n, n_observed, n_unknown;
  gint32 *observation; /* n: row of values, or -1 */
  gint32 *unknown;     /* n: number among the unknowns, or -1 */
  double weight;       /* lambda n_o / n */
  SmoothSparse *a;     /* n_unknown x n_unknown: Q_mm where values are kept, I_o + weight Q else */
  SmoothSparse *coupling;   /* n_unknown x n_observed: times measured values: the right-hand side */
  double *pull;             /* n_unknown: what is added to it for each 1 of the level that values are drawn towards */
  SmoothCholesky *cholesky; /* (nullable): of a; NULL without unknowns */
  double *variances;        /* (nullable): n_unknown: the diagonal of a^-1, once it was needed */
};

double smooth_i_imputer_get_level (const SmoothImputer *imputer, const double *y);

G_END_DECLS
