/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nested dissection of a sparse symmetric matrix whose rows are points in space. */
#pragma once

#include "base/run.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

gint32 *smooth_i_dissect (const SmoothSparse *pattern, const double *coords, gint n_dims, SmoothRun *run, GError **error);

G_END_DECLS
