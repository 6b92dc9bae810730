/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that move a type by one constant over all of a connected part of the tissue. */
#pragma once

#include "model/kernels-private.h"
#include "model/spots-private.h"

G_BEGIN_DECLS

/* Owned by one solve. */
SmoothCoarse *smooth_i_coarse_new (gint64 n, gint n_types, const gint64 *starts, const gint32 *cols, const double *values,
                                   GError **error);
void smooth_i_coarse_free (SmoothCoarse *coarse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothCoarse, smooth_i_coarse_free)
void smooth_i_coarse_prepare (SmoothCoarse *coarse, const SmoothPass *pass);
void smooth_i_coarse_prepare_spots (SmoothCoarse *coarse, const SmoothSpots *spots);
double smooth_i_coarse_add (SmoothCoarse *coarse, gint stride, const double *residual, double *z, double *also);

G_END_DECLS
