/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an analysis found as files: a table for each layer, and the recipe with which the command line finds the same. */
#pragma once

#include "export/recipe.h"
#include "pipeline/analysis.h"

G_BEGIN_DECLS

SmoothRecipe *smooth_recipe_new_of_findings (const SmoothFindings *findings, const char *regions_path, const char *table_path);
gboolean smooth_export_findings (const SmoothFindings *findings, const char *folder, GError **error);

G_END_DECLS
