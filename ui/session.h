/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session: a recipe that also says how the section is looked at. What a document holds becomes texts, and again itself. */
#pragma once

#include "document.h"
#include "view.h"

G_BEGIN_DECLS

#define SCOPE_SESSION_SUFFIX ".smoothscope"

/* What recipes call the files of categories. */
extern const char *const scope_session_categories[SCOPE_MOST_CATEGORIES];

SmoothRecipe *scope_session_new_recipe (ScopeDocument *document, const ScopePlace *place, const SmoothRecipe *opened);
gboolean scope_session_is_in (const SmoothRecipe *recipe);

gboolean scope_session_read_state (const SmoothRecipe *recipe, const SmoothSection *section, SmoothSignature *signature,
                                   SmoothInputFiles *files, ScopeState *state, SmoothReport *report, GError **error);
void scope_session_read_look (const SmoothRecipe *recipe, const SmoothSection *section, const SmoothSignature *signature,
                              ScopeLook *look, SmoothReport *report);
gboolean scope_session_read_place (const SmoothRecipe *recipe, ScopePlace *place);
SmoothScale scope_session_read_scale (const SmoothRecipe *recipe);

G_END_DECLS
