/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An outcome as a SpatialData store (.zarr): picture, spots as circles, and the table of AnnData. */
#pragma once

#include "export/anndata.h"

G_BEGIN_DECLS

gboolean smooth_export_spatialdata (const SmoothOutcome *outcome, SmoothLayer *const *layers, gsize n_layers, const char *recipe,
                                    const char *path, SmoothReport *report, GError **error);

G_END_DECLS
