/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What regions, or clusters, are made of: mean proportions of cell types, stacked. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_COMPOSITION (scope_plot_composition_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotComposition, scope_plot_composition, SCOPE, PLOT_COMPOSITION, ScopePlotPanel)

GtkWidget *scope_plot_composition_new (void);

G_END_DECLS
