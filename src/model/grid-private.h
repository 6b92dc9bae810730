/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that move all spots of a neighbourhood alike, from neighbourhoods of a few spots up to all of a tissue. */
#pragma once

#include "model/deconvolution-private.h"

G_BEGIN_DECLS

void smooth_i_grid_free (SmoothGrid *grid);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGrid, smooth_i_grid_free)
gboolean smooth_i_grid_prepare (SmoothDeconvolver *solver, SmoothLevelKind kind, GError **error);
void smooth_i_grid_step (SmoothDeconvolver *solver, SmoothLevelKind kind);
double smooth_i_grid_add (SmoothDeconvolver *solver, const SmoothPass *pass, gboolean is_first);

G_END_DECLS
