/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All parameters of the computation, group by group, as the core declares them. */
#pragma once

#include "document.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_PARAM_PANEL (scope_param_panel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeParamPanel, scope_param_panel, SCOPE, PARAM_PANEL, GtkBox)

void scope_param_panel_set_document (ScopeParamPanel *panel, ScopeDocument *document);

G_END_DECLS
