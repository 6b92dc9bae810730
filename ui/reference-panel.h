/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reference: which table of cell types is used, on which scale, and what to do while there is none. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_REFERENCE_PANEL (scope_reference_panel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeReferencePanel, scope_reference_panel, SCOPE, REFERENCE_PANEL, GtkBox)

void scope_reference_panel_set_document (ScopeReferencePanel *panel, ScopeDocument *document);

G_END_DECLS
