/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse Cholesky factors of symmetric matrices: solves, log-determinant and entries of the inverse. */
#pragma once

#include "base/run.h"
#include "linalg/symbolic.h"

G_BEGIN_DECLS

/* P A P^T = L L^T. One analysis serves every matrix of its pattern. Owned by one thread; the results do not depend on how many a
 * run may use. */
typedef struct _SmoothCholesky SmoothCholesky;

SmoothCholesky *smooth_cholesky_new (SmoothSymbolic *symbolic);
SmoothCholesky *smooth_cholesky_new_for (SmoothSymbolicCache *cache, const SmoothSparse *pattern, const gint32 *spots, SmoothRun *run,
                                         GError **error);
void smooth_cholesky_free (SmoothCholesky *cholesky);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothCholesky, smooth_cholesky_free)

gboolean smooth_cholesky_factor (SmoothCholesky *cholesky, const SmoothSparse *matrix, gboolean *is_definite, SmoothRun *run,
                                 GError **error);
double smooth_cholesky_get_rcond (const SmoothCholesky *cholesky);
double smooth_cholesky_get_log_determinant (const SmoothCholesky *cholesky);
gboolean smooth_cholesky_solve (const SmoothCholesky *cholesky, SmoothMatrix *x, SmoothRun *run, GError **error);
double *smooth_cholesky_dup_inverse_diagonal (const SmoothCholesky *cholesky, SmoothRun *run, GError **error);
SmoothSparse *smooth_cholesky_new_selected_inverse (const SmoothCholesky *cholesky, const SmoothSparse *pattern, SmoothRun *run,
                                                    GError **error);

G_END_DECLS
