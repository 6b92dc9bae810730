/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recipe of an outcome: everything that is needed to get the same bits again. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

/* A recipe as it was read: paths are absolute. */
typedef struct
{
  char *section;   /* path */
  char *signature; /* (nullable) path */
  SmoothScale signature_scale;
  char *regions;   /* (nullable) path of a GeoJSON file */
  SmoothParameters parameters;
} SmoothRecipe;

gboolean smooth_recipe_save (const SmoothOutcome *outcome, const char *regions_path, const char *path, GError **error);
SmoothRecipe *smooth_recipe_load (const char *path, SmoothReport *report, GError **error);
void smooth_recipe_free (SmoothRecipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothRecipe, smooth_recipe_free)

G_END_DECLS
