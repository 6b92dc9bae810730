/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of an outcome as CSV files: numbers with a decimal point and all their digits, whatever the locale. */
#pragma once

#include "pipeline/pipeline.h"
#include "result/layer.h"

G_BEGIN_DECLS

gboolean smooth_export_types (const SmoothOutcome *outcome, const SmoothMatrix *values, const char *path, GError **error);
gboolean smooth_export_edges (const SmoothGraph *graph, const char *const *names, const char *path, GError **error);
gboolean smooth_export_graph (const SmoothOutcome *outcome, const char *path, GError **error);
gboolean smooth_export_layer (const SmoothLayer *layer, const SmoothSection *section, const char *path, GError **error);
gboolean smooth_export_regions (const SmoothOutcome *outcome, const char *path, GError **error);

G_END_DECLS
