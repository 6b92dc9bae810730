/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse Cholesky factors of symmetric matrices: solves, log-determinant and entries of the inverse. */
#pragma once

#include "linalg/sparse.h"

G_BEGIN_DECLS

/* P A P^T = L L^T, supernodal, by CHOLMOD. The analysis is done once and serves every matrix of the same pattern.
 * Owned by one thread. */
typedef struct _SmoothCholesky SmoothCholesky;

SmoothCholesky *smooth_cholesky_new (const SmoothSparse *pattern, const gint32 *order, GError **error);
void smooth_cholesky_free (SmoothCholesky *cholesky);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothCholesky, smooth_cholesky_free)

gboolean smooth_cholesky_factor (SmoothCholesky *cholesky, const SmoothSparse *matrix, gboolean *is_definite, GError **error);
gint64 smooth_cholesky_get_nnz (const SmoothCholesky *cholesky);
double smooth_cholesky_get_rcond (const SmoothCholesky *cholesky);
double smooth_cholesky_get_log_determinant (const SmoothCholesky *cholesky);
gboolean smooth_cholesky_solve (SmoothCholesky *cholesky, SmoothMatrix *x, GError **error);
double *smooth_cholesky_dup_inverse_diagonal (SmoothCholesky *cholesky, GError **error);
SmoothSparse *smooth_cholesky_new_selected_inverse (SmoothCholesky *cholesky, const SmoothSparse *pattern, GError **error);

G_END_DECLS
