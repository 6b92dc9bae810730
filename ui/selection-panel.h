/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The selected spots beside all others: how many, their values, their cell types; and what can be done with them. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_SELECTION_PANEL (scope_selection_panel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSelectionPanel, scope_selection_panel, SCOPE, SELECTION_PANEL, ScopePlotPanel)

GtkWidget *scope_selection_panel_new (void);

G_END_DECLS
