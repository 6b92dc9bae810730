/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paragraph for the methods section of a paper: what was computed, with which parameters, and whom to cite. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

char *smooth_methods_dup_text (const SmoothOutcome *outcome);
gboolean smooth_methods_save (const SmoothOutcome *outcome, const char *path, GError **error);

G_END_DECLS
