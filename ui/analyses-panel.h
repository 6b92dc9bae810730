/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analyses of the section: a section each, with its settings, what it found and how far it is. */
#pragma once

#include "analyses.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_ANALYSES_PANEL (scope_analyses_panel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAnalysesPanel, scope_analyses_panel, SCOPE, ANALYSES_PANEL, GtkBox)

void scope_analyses_panel_set_document (ScopeAnalysesPanel *panel, ScopeDocument *document);
ScopeAnalyses *scope_analyses_panel_get_analyses (ScopeAnalysesPanel *panel);

G_END_DECLS
