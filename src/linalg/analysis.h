/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pattern of a symmetric matrix alone tells of its Cholesky factor, and who keeps it. */
#pragma once

#include "linalg/sparse.h"

G_BEGIN_DECLS

/* The order of elimination, the columns of L that are handled together, and the tree in which they depend on each other.
 * Immutable, shared by reference. */
typedef struct _SmoothAnalysis SmoothAnalysis;

SmoothAnalysis *smooth_analysis_new (const SmoothSparse *pattern, const double *coords, gint n_dims, GError **error);
SmoothAnalysis *smooth_analysis_ref (SmoothAnalysis *analysis);
void smooth_analysis_unref (SmoothAnalysis *analysis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothAnalysis, smooth_analysis_unref)

gint64 smooth_analysis_get_nnz (const SmoothAnalysis *analysis);
gboolean smooth_i_analysis_fits (const SmoothAnalysis *analysis, const SmoothSparse *matrix);

/* Where spots lie, as far as it is known, and the analyses that were made last of matrices over them: shared by all graphs of
 * these spots and all that is made of them, so that another rho, lambda or weight finds its analysis made. Thread-safe. */
typedef struct _SmoothAnalyses SmoothAnalyses;

SmoothAnalyses *smooth_analyses_new (const double *coords, gint64 n_spots, gint n_dims, GError **error);
SmoothAnalyses *smooth_analyses_ref (SmoothAnalyses *analyses);
void smooth_analyses_unref (SmoothAnalyses *analyses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothAnalyses, smooth_analyses_unref)

SmoothAnalysis *smooth_analyses_get (SmoothAnalyses *analyses, const SmoothSparse *pattern, const gint32 *spots, GError **error);
SmoothAnalysis *smooth_analyses_make (const SmoothAnalyses *analyses, const SmoothSparse *pattern, const gint32 *spots, GError **error);

G_END_DECLS
