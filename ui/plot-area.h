/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plots below the section: each can be shown or hidden, all follow the document. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_AREA (scope_plot_area_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotArea, scope_plot_area, SCOPE, PLOT_AREA, GtkBox)

gboolean scope_plot_area_save (ScopePlotArea *area, const char *folder, guint *n_saved, GError **error);
void scope_plot_area_set_document (ScopePlotArea *area, ScopeDocument *document, ScopeCanvas *canvas);

G_END_DECLS
