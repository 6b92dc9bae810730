/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One headless computation: from paths and parameters to a folder of results. */
#pragma once

#include "cli/commands.h"

G_BEGIN_DECLS

int cli_run_job (const SmoothRecipe *recipe, SmoothReport *notes, gint n_threads, const char *output, GError **error);

G_END_DECLS
