/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all panels of the plot area share: they follow the document while they can be seen, and only then. */
#pragma once

#include "canvas.h"
#include "document.h"
#include "plot-view.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_PANEL (scope_plot_panel_get_type ())
G_DECLARE_DERIVABLE_TYPE (ScopePlotPanel, scope_plot_panel, SCOPE, PLOT_PANEL, GtkBox)

/* Beside the changes of the document: the colours on the canvas. */
#define SCOPE_PLOT_CHANGED_COLOURS (1u << 30)
#define SCOPE_PLOT_CHANGED_ALL (~0u)

struct _ScopePlotPanelClass
{
  GtkBoxClass parent_class;

  /* The panel can be seen, and this has changed since it was refreshed last. */
  void (*refresh) (ScopePlotPanel *panel, guint changes);
};

void scope_plot_panel_set_document (ScopePlotPanel *panel, ScopeDocument *document, ScopeCanvas *canvas);
void scope_plot_panel_refresh (ScopePlotPanel *panel, guint changes);
void scope_plot_panel_add_option (ScopePlotPanel *panel, GtkWidget *option);
void scope_plot_panel_set_content (ScopePlotPanel *panel, GtkWidget *content);

ScopeDocument *scope_plot_panel_get_document (ScopePlotPanel *panel);
ScopeColouring *scope_plot_panel_get_colouring (ScopePlotPanel *panel);

G_END_DECLS
