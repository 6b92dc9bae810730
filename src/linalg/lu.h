/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse LU factors of square matrices, symmetric or not. */
#pragma once

#include "linalg/sparse.h"

G_BEGIN_DECLS

/* P R A C = L U by UMFPACK. Immutable once made: several threads may solve at once, each with its own workspace. */
typedef struct _SmoothLu SmoothLu;

/* Owned by one thread. */
typedef struct _SmoothLuWork SmoothLuWork;

SmoothLu *smooth_lu_new (const SmoothSparse *matrix, GError **error);
void smooth_lu_free (SmoothLu *lu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothLu, smooth_lu_free)

const SmoothSparse *smooth_lu_get_matrix (const SmoothLu *lu);
double smooth_lu_get_rcond (const SmoothLu *lu);

SmoothLuWork *smooth_lu_work_new (const SmoothLu *lu, GError **error);
void smooth_lu_work_free (SmoothLuWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothLuWork, smooth_lu_work_free)

void smooth_lu_solve (const SmoothLu *lu, gboolean transposed, const double *b, double *x, SmoothLuWork *work);

G_END_DECLS
