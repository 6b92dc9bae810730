/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The largest eigenvalues of a dense symmetric matrix, and their eigenvectors. */
#pragma once

#include "base/run.h"
#include "linalg/dense.h"

G_BEGIN_DECLS

gboolean smooth_i_eigen_top (SmoothMatrix *a, gint64 n_wanted, double *values, SmoothMatrix *vectors, gint64 *n_positive,
                             SmoothRun *run, GError **error);

G_END_DECLS
