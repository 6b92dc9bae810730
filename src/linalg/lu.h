/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse LU factors of square matrices, symmetric or not. */
#pragma once

#include "linalg/sparse.h"

G_BEGIN_DECLS

/* Immutable once made: several threads may solve at once, each with its own workspace. */
typedef struct _SmoothLu SmoothLu;

/* So many right-hand sides are solved for at once. */
#define SMOOTH_LU_LANES 8

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
void smooth_lu_solve_many (const SmoothLu *lu, gboolean transposed, gint64 n_sides, const double *b, gint64 first, double *x,
                           SmoothLuWork *work);

G_END_DECLS
