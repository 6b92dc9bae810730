/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of a list to choose from: a gene or a cell type. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_CHOICE (scope_choice_get_type ())
G_DECLARE_FINAL_TYPE (ScopeChoice, scope_choice, SCOPE, CHOICE, GObject)

ScopeChoice *scope_choice_new (gint64 index, const char *name, gint64 colour);
gint64 scope_choice_get_index (ScopeChoice *choice);
const char *scope_choice_get_name (ScopeChoice *choice);
void scope_choice_set_colour (ScopeChoice *choice, guint32 colour);
void scope_choice_set_detail (ScopeChoice *choice, const char *detail);

GtkListItemFactory *scope_choice_factory_new (void);

G_END_DECLS
