/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two groups of spots of an outcome compared: in the proportions of types, or in the expression of genes. */
#pragma once

#include "pipeline/pipeline.h"
#include "result/statistics-comparison.h"

G_BEGIN_DECLS

#define SMOOTH_OUTSIDE "outside" /* names the spots of no region, unless a region has that name */

guint8 *smooth_outcome_dup_groups (const SmoothOutcome *outcome, const char *a, const char *b, GError **error);
SmoothComparison *smooth_outcome_compare_types (const SmoothOutcome *outcome, const guint8 *groups, SmoothRun *run, GError **error);
gint32 *smooth_outcome_dup_found_genes (const SmoothOutcome *outcome, const guint8 *groups, gint64 *n_genes);
SmoothComparison *smooth_outcome_compare_genes (const SmoothOutcome *outcome, const guint8 *groups, const gint32 *genes, gint64 n_genes,
                                                SmoothRun *run, GError **error);

G_END_DECLS
