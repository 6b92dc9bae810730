/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder with all that a run gives: tables, figure, regions, recipe and report. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

gboolean smooth_export_tables (const SmoothOutcome *outcome, const char *folder, GError **error);
gboolean smooth_export_folder (const SmoothOutcome *outcome, double read_seconds, const char *folder, GError **error);

G_END_DECLS
