/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recipe holds. */
#pragma once

#include "export/recipe.h"

G_BEGIN_DECLS

#define SMOOTH_RECIPE_FORMAT 2 /* 1 had no regions and no window within it */

typedef struct
{
  char *path;  /* absolute */
  gint64 size; /* bytes; -1: not known */
  gint64 time; /* of the last change, us, when the checksum was computed; 0: it was not computed here */
  char *sum;   /* (nullable): SHA-256 */
} SmoothRecipeFile;

typedef struct
{
  char *name;
  char *path;         /* absolute; 'FILE#NAME' too */
  char *other;        /* (nullable): another absolute path, to be tried where path is none any more */
  gboolean is_listed; /* files are those of a folder that were read; else the one that path names */
  GPtrArray *files;   /* of SmoothRecipeFile */
} SmoothRecipeInput;

typedef struct
{
  char *group; /* of a parameter or of a text of the window; NULL: an option */
  char *name;
  char *text;
} SmoothRecipeValue;

SmoothRecipeInput *smooth_i_recipe_add_input (SmoothRecipe *recipe, const char *name, const char *path);
SmoothInputState smooth_i_recipe_word_input (SmoothRecipe *recipe, const char *name, SmoothWording *what);
SmoothRecipeInput *smooth_i_recipe_find_input (const SmoothRecipe *recipe, const char *name);
SmoothRecipeFile *smooth_i_recipe_input_add_file (SmoothRecipeInput *input, const char *path);
void smooth_i_recipe_add_value (GPtrArray *values, const char *group, const char *name, const char *text);
gboolean smooth_i_recipe_file_sum (SmoothRecipeFile *file, GError **error);

G_END_DECLS
