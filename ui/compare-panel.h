/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panel that keeps a setting as A, and chooses how it is compared with the present one. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_COMPARE_PANEL (scope_compare_panel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeComparePanel, scope_compare_panel, SCOPE, COMPARE_PANEL, GtkBox)

void scope_compare_panel_set_document (ScopeComparePanel *panel, ScopeDocument *document);

G_END_DECLS
