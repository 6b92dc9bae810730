/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of regions that were drawn or loaded. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_REGIONS_PANEL (scope_regions_panel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeRegionsPanel, scope_regions_panel, SCOPE, REGIONS_PANEL, GtkBox)

void scope_regions_panel_set_document (ScopeRegionsPanel *panel, ScopeDocument *document);

G_END_DECLS
