/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plot on the screen: drawn as in files, with what is under the pointer, and a picture that can be saved. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_VIEW (scope_plot_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotView, scope_plot_view, SCOPE, PLOT_VIEW, GtkWidget)

/* What is said about a place of the plot, given in values of its axes; (nullable): nothing. */
typedef char *(*ScopePlotHoverFunc) (double x, double y, gpointer data);

GtkWidget *scope_plot_view_new (const char *name);
void scope_plot_view_show (ScopePlotView *view, SmoothPlot *plot, const char *summary);
void scope_plot_view_show_missing (ScopePlotView *view, const char *text);
void scope_plot_view_set_hover_func (ScopePlotView *view, ScopePlotHoverFunc func, gpointer data);
void scope_plot_view_set_outline (ScopePlotView *view, const double *points, guint n_points);
gboolean scope_plot_view_save (ScopePlotView *view, const char *path, GError **error);
void scope_plot_view_add_menu_item (ScopePlotView *view, const char *label, const char *action);

SmoothPlot *scope_plot_view_get_plot (ScopePlotView *view);
SmoothPlotStyle scope_plot_view_get_style (ScopePlotView *view);
SmoothPlotBox scope_plot_view_get_frame (ScopePlotView *view);

G_END_DECLS
