/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.json: the frame that every command fills with its own numbers. */
#pragma once

#include "files/json-write.h"
#include "pipeline/pipeline.h"

G_BEGIN_DECLS

JsonBuilder *smooth_export_report_begin (const char *command);
gboolean smooth_export_report_end (JsonBuilder *builder, const char *status, const SmoothReport *report, const char *path, GError **error);
void smooth_export_report_add (JsonBuilder *builder, const SmoothOutcome *outcome);
gboolean smooth_export_report (const SmoothOutcome *outcome, double read_seconds, const char *path, GError **error);

G_END_DECLS
