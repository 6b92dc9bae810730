/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the newest solve came to its optimum: the objective and its gap over time. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_TRACE (scope_plot_trace_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotTrace, scope_plot_trace, SCOPE, PLOT_TRACE, ScopePlotPanel)

GtkWidget *scope_plot_trace_new (void);

G_END_DECLS
