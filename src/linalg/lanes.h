/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eight right-hand sides or vectors side by side, row-major: what one of them needs is loaded for all. */
#pragma once

#include "linalg/cholesky.h"

G_BEGIN_DECLS

#define SMOOTH_LANES 8

/* Arrays of these are to be aligned to their size, as smooth_i_try_alloc() does. */
typedef double SmoothLanes[SMOOTH_LANES];

void smooth_i_lanes_solve (const SmoothCholesky *cholesky, SmoothLanes *x, SmoothLanes *work);
void smooth_i_lanes_measure (const SmoothSparse *q, const SmoothLanes *x, double *forms);

G_END_DECLS
