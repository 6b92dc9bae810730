/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How two groups of spots differ in many variables: effects, tests, and what the spots' likeness leaves of them. */
#pragma once

#include "base/report.h"
#include "base/run.h"
#include "linalg/sparse.h"
#include "precision/precision.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_GROUP_NONE,
  SMOOTH_GROUP_A,
  SMOOTH_GROUP_B,
} SmoothGroup;

/* Arrays have one number a variable; NAN: not told. Immutable once made. */
typedef struct
{
  gint64 n_variables;
  gint64 n_a, n_b;      /* spots */
  double *mean_a, *mean_b;
  double *difference;   /* mean_a - mean_b */
  double *effect;       /* Cliff's delta, the rank-biserial correlation: P (a > b) - P (a < b), -1 .. 1 */
  double *effect_low, *effect_high; /* its confidence limits of 95 %, as wide as the effective number of spots says */
  double *p;            /* of Wilcoxon's rank-sum test as if spots were independent, two-sided */
  double *q;            /* the same after Benjamini and Hochberg */
  double *n_effective;  /* so many independent spots would tell as much; n_a + n_b without a prior */
  double *p_spatial;    /* of the same test for so many; NAN without a prior */
  double *q_spatial;
  gboolean is_exact;    /* p is exact where there are no ties: one group is small */
  SmoothReport *report;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothComparison;

SmoothComparison *smooth_comparison_new (const SmoothSparse *values, const guint8 *groups, const SmoothPrecision *precision,
                                         SmoothRun *run, GError **error);
SmoothComparison *smooth_comparison_ref (SmoothComparison *comparison);
void smooth_comparison_unref (SmoothComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothComparison, smooth_comparison_unref)

G_END_DECLS
