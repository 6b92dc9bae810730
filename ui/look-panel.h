/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the spots are coloured by, and how the picture looks. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_LOOK_PANEL (scope_look_panel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeLookPanel, scope_look_panel, SCOPE, LOOK_PANEL, GtkBox)

void scope_look_panel_set_document (ScopeLookPanel *panel, ScopeDocument *document);
void scope_look_panel_focus_genes (ScopeLookPanel *panel);

G_END_DECLS
