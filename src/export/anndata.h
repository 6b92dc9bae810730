/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An outcome as an AnnData file (.h5ad) for anndata, scanpy and squidpy. */
#pragma once

#include "pipeline/pipeline.h"
#include "result/layer.h"

G_BEGIN_DECLS

gboolean smooth_export_anndata (const SmoothOutcome *outcome, SmoothLayer *const *layers, gsize n_layers, const char *recipe,
                                const char *path, SmoothReport *report, GError **error);

G_END_DECLS
