/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spots by two numbers, coloured as on the canvas: drags around points select their spots. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_SCATTER (scope_plot_scatter_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotScatter, scope_plot_scatter, SCOPE, PLOT_SCATTER, ScopePlotPanel)

GtkWidget *scope_plot_scatter_new (void);

G_END_DECLS
