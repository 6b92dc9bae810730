/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all overlays are drawn with: colours, cards, text, lines that show on any tissue. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Logical pixels. */
#define SCOPE_EDGE 12.0   /* from the widget's border to cards */
#define SCOPE_PADDING 9.0 /* within a card */

void scope_set_colour (cairo_t *cairo, guint32 colour, double alpha);
cairo_t *scope_append_cairo (GtkSnapshot *snapshot, double x, double y, double width, double height);
void scope_trace_rounded (cairo_t *cairo, double x, double y, double width, double height, double radius);
void scope_draw_card (cairo_t *cairo, double x, double y, double width, double height, gboolean dark);
void scope_stroke_with_halo (cairo_t *cairo, guint32 colour, double width);
guint32 scope_text_colour (gboolean dark);

PangoLayout *scope_layout_new (GtkWidget *widget, double scale, const char *text);
void scope_layout_limit (PangoLayout *layout, double width);
double scope_layout_width (PangoLayout *layout);
double scope_layout_height (PangoLayout *layout);
void scope_draw_layout (cairo_t *cairo, PangoLayout *layout, double x, double y, guint32 colour, double alpha);

G_END_DECLS
