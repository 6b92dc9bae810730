/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that describe groups of spots: how large they are, their values, and what they are made of. */
#pragma once

#include "result/result.h"

G_BEGIN_DECLS

/* Of the values that are numbers. NAN: not told: of no values; the deviation of a single one. */
typedef struct
{
  gint64 n;
  double mean;
  double sd;     /* sqrt (sum (x - mean)^2 / (n - 1)) */
  double median;
} SmoothSummary;

SmoothSummary smooth_summary_new (const double *values, const gint32 *groups, gint32 group, gint64 n);

/* One row a group, the last of them 'outside of all groups'. One owner. */
typedef struct
{
  gint64 n_groups;         /* and outside */
  gint64 *n_spots;         /* n_groups */
  SmoothSummary *values;   /* n_groups: of the values that were given */
  gint64 n_types;          /* 0 without a result */
  double *proportions;     /* n_groups x n_types, row-major: means; NAN of a group without spots */
} SmoothGroupTable;

SmoothGroupTable *smooth_group_table_new (const gint32 *groups, gint64 n_spots, gint64 n_groups, const double *values,
                                          const SmoothResult *result);
void smooth_group_table_free (SmoothGroupTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGroupTable, smooth_group_table_free)

void smooth_adjust_p (const double *p, gint64 n, double *q);
double smooth_student_p (double t, double freedom);

G_END_DECLS
