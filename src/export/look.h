/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recipe shows, and in which colours: that of a figure says it by its options, a session by what the window showed. */
#pragma once

#include "export/panels.h"
#include "export/recipe.h"

G_BEGIN_DECLS

typedef struct
{
  char *panel; /* (nullable): the name of the first panel, as smooth_panels_new() has it; NULL: the recipe says nothing */
  SmoothColourSettings colours;
  SmoothOwnColours own;
  gboolean shows_regions;
} SmoothLook;

gboolean smooth_look_read (SmoothLook *look, const SmoothRecipe *recipe, char *const *type_names, SmoothReport *report, GError **error);
void smooth_look_clear (SmoothLook *look);

/* Of flags and options */
gboolean smooth_colour_parse (const char *flag, const char *text, guint32 *colour, GError **error);
gboolean smooth_own_colours_parse (SmoothOwnColours *own, const char *types, const char *categories, char *const *type_names, GError **error);

/* Of sessions */
void smooth_session_add_colours (SmoothRecipe *session, const SmoothColourSettings *colours, const SmoothOwnColours *own,
                                 char *const *type_names);
void smooth_session_read_colours (const SmoothRecipe *session, SmoothColourSettings *colours, SmoothOwnColours *own,
                                  char *const *type_names, SmoothReport *report);

G_END_DECLS
