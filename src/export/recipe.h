/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recipe: a command with all that it was given, so that it gives the same bits again; with a look, a session. */
#pragma once

#include "pipeline/input-files.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_RECIPE_ABSOLUTE = 1 << 0, /* write absolute paths beside the relative ones, for inputs that stay where they are */
  SMOOTH_RECIPE_QUICK = 1 << 1,    /* write the checksums that are known, read no file for others */
} SmoothRecipeFlags;

/* What a command was given: files to read, words, and declared parameters as texts. Paths are absolute.
 * Input "section" is the folder of a section, "signature" a reference (its scale is the option "signature-scale"). */
typedef struct
{
  char *path;    /* (nullable): where it was read */
  char *command; /* "deconvolve", "graph", ... */
  SmoothRecipeFlags flags; /* how it is written */
  SmoothRegions *regions;  /* (nullable): written into the recipe, in place of an input "regions" */

  /*< private >*/
  GPtrArray *inputs;
  GPtrArray *values;
  GPtrArray *texts;
} SmoothRecipe;

SmoothRecipe *smooth_recipe_new (const char *command);
SmoothRecipe *smooth_recipe_new_of_outcome (const SmoothOutcome *outcome, const char *regions_path);
SmoothRecipe *smooth_recipe_new_of_inputs (const SmoothInputs *inputs, const SmoothParameters *parameters);
SmoothInputFiles *smooth_recipe_load_files (const SmoothRecipe *recipe, GError **error);
void smooth_recipe_free (SmoothRecipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothRecipe, smooth_recipe_free)

void smooth_recipe_add_input (SmoothRecipe *recipe, const char *name, const char *path, char *const *files);
void smooth_recipe_add_section (SmoothRecipe *recipe, const SmoothSection *section);
void smooth_recipe_add_option (SmoothRecipe *recipe, const char *name, const char *text);
void smooth_recipe_add_parameters (SmoothRecipe *recipe, const SmoothParamTable *table, gconstpointer settings);
void smooth_recipe_set_regions (SmoothRecipe *recipe, SmoothRegions *regions);

const char *smooth_recipe_get_input (const SmoothRecipe *recipe, const char *name);
const char *smooth_recipe_get_option (const SmoothRecipe *recipe, const char *name);
gboolean smooth_recipe_get_parameters (const SmoothRecipe *recipe, SmoothParameters *parameters, GError **error);

/* Called for every input ("section", absolute path), option and parameter; where is "parameters.graph", "" for the others. */
typedef void (*SmoothRecipeFunc) (const char *name, const char *text, const char *where, gpointer data);
void smooth_recipe_foreach (const SmoothRecipe *recipe, SmoothRecipeFunc func, gpointer data);

/* What a window shows: no command reads it. */
void smooth_recipe_add_text (SmoothRecipe *recipe, const char *group, const char *name, const char *text);
void smooth_recipe_add_texts (SmoothRecipe *recipe, const char *group, const SmoothParamTable *table, gconstpointer settings);
const char *smooth_recipe_get_text (const SmoothRecipe *recipe, const char *group, const char *name);
void smooth_recipe_get_texts (const SmoothRecipe *recipe, const char *group, const SmoothParamTable *table, gpointer settings,
                              SmoothReport *report);
gboolean smooth_recipe_has_texts (const SmoothRecipe *recipe, const char *group);
void smooth_recipe_keep_unknown (SmoothRecipe *recipe, const SmoothRecipe *from, const char *const *known);

/* Files */
char *smooth_recipe_dup_json (const SmoothRecipe *recipe, const char *base, GError **error);
gboolean smooth_recipe_save (const SmoothRecipe *recipe, const char *path, GError **error);
SmoothRecipe *smooth_recipe_new_from_json (const char *text, gsize length, const char *path, SmoothReport *report, GError **error);
SmoothRecipe *smooth_recipe_read (const char *path, SmoothReport *report, GError **error);
SmoothRecipe *smooth_recipe_load (const char *path, SmoothReport *report, GError **error);

/* Where the inputs are now */
typedef enum
{
  SMOOTH_INPUT_SAME,    /* it is there, with the bytes that the recipe was made from, as far as that is known */
  SMOOTH_INPUT_CHANGED, /* it is there, with other bytes */
  SMOOTH_INPUT_MISSING, /* it, or a file of it, is not there */
} SmoothInputState;

SmoothInputState smooth_recipe_check_input (SmoothRecipe *recipe, const char *name, char **what);
gboolean smooth_recipe_find_input (SmoothRecipe *recipe, const char *name, const char *folder);
void smooth_recipe_move_input (SmoothRecipe *recipe, const char *name, const char *path);
void smooth_recipe_remove_input (SmoothRecipe *recipe, const char *name);
gboolean smooth_recipe_input_is_folder (const SmoothRecipe *recipe, const char *name);
void smooth_recipe_take_sums (SmoothRecipe *recipe, const SmoothRecipe *from);

G_END_DECLS
