/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recipe: a command with all that it was given, so that it gives the same bits again. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

/* What a command was given: files to read, words, and declared parameters as texts. Paths are absolute.
 * Input "section" is the folder of a section, "signature" a reference (its scale is the option "signature-scale"). */
typedef struct
{
  char *path;    /* (nullable): where it was read */
  char *command; /* "deconvolve", "graph", ... */

  /*< private >*/
  GPtrArray *inputs;
  GPtrArray *values;
} SmoothRecipe;

SmoothRecipe *smooth_recipe_new (const char *command);
SmoothRecipe *smooth_recipe_new_of_outcome (const SmoothOutcome *outcome, const char *regions_path);
SmoothRecipe *smooth_recipe_load (const char *path, SmoothReport *report, GError **error);
void smooth_recipe_free (SmoothRecipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothRecipe, smooth_recipe_free)

void smooth_recipe_add_input (SmoothRecipe *recipe, const char *name, const char *path, char *const *files);
void smooth_recipe_add_option (SmoothRecipe *recipe, const char *name, const char *text);
void smooth_recipe_add_parameters (SmoothRecipe *recipe, const SmoothParamTable *table, gconstpointer settings);
gboolean smooth_recipe_save (const SmoothRecipe *recipe, const char *path, GError **error);

const char *smooth_recipe_get_input (const SmoothRecipe *recipe, const char *name);
const char *smooth_recipe_get_option (const SmoothRecipe *recipe, const char *name);
gboolean smooth_recipe_get_parameters (const SmoothRecipe *recipe, SmoothParameters *parameters, GError **error);

/* Called for every input ("section", absolute path), option and parameter; where is "parameters.graph", "" for the others. */
typedef void (*SmoothRecipeFunc) (const char *name, const char *text, const char *where, gpointer data);
void smooth_recipe_foreach (const SmoothRecipe *recipe, SmoothRecipeFunc func, gpointer data);

G_END_DECLS
