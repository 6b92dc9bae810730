/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recipe holds. */
#pragma once

#include "export/recipe.h"

G_BEGIN_DECLS

#define SMOOTH_RECIPE_FORMAT 1

typedef struct
{
  char *name;
  char *path;   /* absolute */
  char **files; /* (nullable): of a folder: every file of it that was read */
} SmoothRecipeInput;

typedef struct
{
  char *group; /* of a parameter; NULL: an option */
  char *name;
  char *text;
} SmoothRecipeValue;

void smooth_i_recipe_add_value (SmoothRecipe *recipe, const char *group, const char *name, const char *text);

G_END_DECLS
