/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often the values on the canvas occur, with limits of the colours that can be dragged. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_HISTOGRAM (scope_plot_histogram_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotHistogram, scope_plot_histogram, SCOPE, PLOT_HISTOGRAM, ScopePlotPanel)

GtkWidget *scope_plot_histogram_new (void);

G_END_DECLS
