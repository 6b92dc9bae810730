/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse convex quadratic programmes over the non-negative orthant. */
#pragma once

#include "base/run.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

/* Memory for problems of one size: owned by one thread. */
typedef struct _SmoothBounded SmoothBounded;

SmoothBounded *smooth_i_bounded_new (gint64 n, GError **error);
void smooth_i_bounded_free (SmoothBounded *bounded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothBounded, smooth_i_bounded_free)

/* y <- A x */
typedef void (*SmoothBoundedFunc) (const double *x, double *y, gpointer data);

double smooth_i_bounded_minimise (SmoothBounded *bounded, const SmoothSparse *a, const double *b, double *x, double tolerance,
                                  gint max_iterations, SmoothRun *run);
double smooth_i_bounded_minimise_operator (SmoothBounded *bounded, SmoothBoundedFunc multiply_func, gpointer data, const double *diagonal,
                                           const double *b, double *x, double tolerance, gint max_iterations, SmoothRun *run);

G_END_DECLS
