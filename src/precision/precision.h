/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spatial prior: the precision (inverse covariance) matrix Q that a weighted graph gives. */
#pragma once

#include "base/report.h"
#include "graph/graph.h"
#include "linalg/cholesky.h"
#include "linalg/lu.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_PRIOR_ICAR,
  SMOOTH_PRIOR_CAR,
  SMOOTH_PRIOR_SAR,
  SMOOTH_PRIOR_ISAR,
  SMOOTH_PRIOR_SMA,
} SmoothPriorKind;

typedef struct
{
  gint kind; /* SmoothPriorKind */
  double rho;
  gboolean standardise; /* scale Q so that every spot has prior variance 1 */
} SmoothPrecisionSettings;

extern const SmoothParamTable smooth_precision_params;

typedef struct
{
  gint64 n_spots;
  SmoothSparse *q;          /* n_spots x n_spots, as the formula gives it: not symmetric where the weights are not; NULL: SMA */
  SmoothSparse *symmetric;  /* (Q + Q^T) / 2: all that a quadratic form sees; every diagonal entry is stored; NULL: SMA */
  SmoothSparse *covariance; /* n_spots x n_spots: Q^-1, both triangles, where it is the sparse one of the two: SMA; else NULL */
  double *diagonal;         /* n_spots: of Q */
  gboolean is_semidefinite; /* of the symmetric part; FALSE only where rho is outside of the interval below */
  double rho_min, rho_max;  /* of CAR, of SMA, and of ICAR where the weights are not symmetric: the admissible rho; else 0 and 1 */
  SmoothReport *report;     /* warnings: in words */

  /*< private >*/
  gatomicrefcount ref_count;
  SmoothLu *factor;         /* SMA: of I + rho W; else NULL */
  SmoothCholesky *cholesky; /* of covariance where there is no factor; else NULL */
  SmoothSymbolicCache *symbolic; /* those of the graph: of q, and of matrices made of it */
  SmoothPrecisionSettings settings;
  gpointer weights; /* (nullable): version of the graph's weights that it was made of */
} SmoothPrecision;

SmoothPrecision *
smooth_precision_new (const SmoothGraph *graph, const SmoothPrecisionSettings *settings, SmoothRun *run, GError **error);
SmoothPrecision *smooth_i_precision_new_edited (SmoothPrecision *last, SmoothPrecision *spare, const SmoothGraph *graph,
                                                const SmoothPrecisionSettings *settings, SmoothRun *run, GError **error);
SmoothPrecision *smooth_precision_new_from_matrix (const SmoothSparse *q, GError **error);
SmoothPrecision *smooth_precision_new_from_covariance (const SmoothSparse *covariance, GError **error);
SmoothPrecision *smooth_precision_ref (SmoothPrecision *precision);
void smooth_precision_unref (SmoothPrecision *precision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPrecision, smooth_precision_unref)

gboolean smooth_precision_is_explicit (const SmoothPrecision *precision);
double smooth_precision_get_lower_bound (const SmoothPrecision *precision);
/* What products with one vector after another need; owned by one thread. */
typedef struct _SmoothPrecisionWork SmoothPrecisionWork;

SmoothPrecisionWork *smooth_precision_work_new (const SmoothPrecision *precision, GError **error);
void smooth_precision_work_free (SmoothPrecisionWork *work);
void smooth_precision_apply_one (const SmoothPrecision *precision, const double *x, double *y, SmoothPrecisionWork *work);
gboolean smooth_precision_apply (const SmoothPrecision *precision, const SmoothMatrix *x, SmoothMatrix *y, SmoothRun *run,
                                 GError **error);

G_END_DECLS
