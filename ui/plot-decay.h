/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How correlation falls off with distance: in the prior, and in the expression that it should suit. */
#pragma once

#include "plot-panel.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_DECAY (scope_plot_decay_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotDecay, scope_plot_decay, SCOPE, PLOT_DECAY, ScopePlotPanel)

GtkWidget *scope_plot_decay_new (void);

G_END_DECLS
