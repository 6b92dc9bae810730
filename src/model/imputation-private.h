/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear system of imputation, factored once: that of the prior's matrix, or of its covariance (imputation-covariance.c). */
#pragma once

#include "linalg/lanes.h"
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
  SmoothSparse *a;     /* n_unknown x n_unknown: Q_mm where values are kept, I_o + weight Q else; C where there is spread */
  SmoothSparse *coupling;   /* n_unknown x n_observed: times measured values: the right-hand side; NULL where there is spread */
  double *pull;             /* n_unknown: what is added to it for each 1 of the level that values are drawn towards; NULL as above */
  SmoothSparse *spread;     /* (nullable): n_unknown x n_observed: K_uo, of a prior with a sparse covariance K */
  SmoothCholesky *cholesky; /* (nullable): of a; NULL without unknowns */
  double *variances;        /* (nullable): n_unknown: of unknowns given what was measured, once they were needed */
};

/* The matrix of the bounded problem by its products: what one thread multiplies with. */
typedef struct
{
  const SmoothImputer *imputer;
  SmoothPrecisionWork *work;
  double *all, *product; /* n */
} SmoothImputerProduct;

gboolean smooth_i_imputer_init_covariance (SmoothImputer *imputer, const gint32 *observed, SmoothRun *run, GError **error);
void smooth_i_imputer_solve_covariance (const SmoothImputer *imputer, const SmoothLanes *values, const double *levels, SmoothLanes *x,
                                        SmoothLanes *work);
void smooth_i_imputer_multiply (const double *x, double *y, gpointer data);
void smooth_i_imputer_get_diagonal (const SmoothImputer *imputer, double *diagonal);
gint64 smooth_i_imputer_count_unreached (const SmoothImputer *imputer);
double *smooth_i_imputer_dup_covariance_variances (const SmoothImputer *imputer, GError **error);

double smooth_i_imputer_get_level (const SmoothImputer *imputer, const double *y);

G_END_DECLS
