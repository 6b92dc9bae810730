/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pattern of a symmetric matrix alone tells of its Cholesky factor, and who keeps it. */
#pragma once

#include "base/run.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

/* The order of elimination, the columns of L that are handled together, and the tree in which they depend on each other.
 * Immutable, shared by reference. */
typedef struct _SmoothSymbolic SmoothSymbolic;

SmoothSymbolic *smooth_symbolic_new (const SmoothSparse *pattern, const double *coords, gint n_dims, SmoothRun *run, GError **error);
SmoothSymbolic *smooth_symbolic_ref (SmoothSymbolic *symbolic);
void smooth_symbolic_unref (SmoothSymbolic *symbolic);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSymbolic, smooth_symbolic_unref)

gint64 smooth_symbolic_get_nnz (const SmoothSymbolic *symbolic);
gboolean smooth_i_symbolic_fits (const SmoothSymbolic *symbolic, const SmoothSparse *matrix);

/* Where spots lie, as far as it is known, and the analyses that were made last of matrices over them: shared by all graphs of
 * these spots and all that is made of them, so that another rho, lambda or weight finds its analysis made. Thread-safe. */
typedef struct _SmoothSymbolicCache SmoothSymbolicCache;

SmoothSymbolicCache *smooth_symbolic_cache_new (const double *coords, gint64 n_spots, gint n_dims, GError **error);
SmoothSymbolicCache *smooth_symbolic_cache_ref (SmoothSymbolicCache *cache);
void smooth_symbolic_cache_unref (SmoothSymbolicCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSymbolicCache, smooth_symbolic_cache_unref)

SmoothSymbolic *smooth_symbolic_cache_get (SmoothSymbolicCache *cache, const SmoothSparse *pattern, const gint32 *spots, SmoothRun *run,
                                           GError **error);
SmoothSymbolic *smooth_symbolic_cache_make (const SmoothSymbolicCache *cache, const SmoothSparse *pattern, const gint32 *spots,
                                            SmoothRun *run, GError **error);

G_END_DECLS
