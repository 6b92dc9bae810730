/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the canvas looks: centre and zoom, and the way between the section's pixels and the widget's. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The section's plane is in full-resolution pixels; the widget's in logical pixels. */
typedef struct
{
  double x, y; /* of the section: at the widget's centre */
  double zoom; /* logical pixels in one full-resolution pixel */
} ScopeView;

/* A view that may follow the size of the widget. */
typedef struct
{
  ScopeView view;
  gboolean is_fitted;  /* it does */
  gboolean fits_spots; /* to the spots, not the whole picture */
} ScopePlace;

/* A rectangle of the section's plane. */
typedef struct
{
  double x, y, width, height;
} ScopeExtents;

static inline void
scope_view_to_widget (const ScopeView *view, double width, double height, double x, double y, double *widget_x, double *widget_y)
{
  *widget_x = (x - view->x) * view->zoom + width / 2.0;
  *widget_y = (y - view->y) * view->zoom + height / 2.0;
}

static inline void
scope_view_from_widget (const ScopeView *view, double width, double height, double widget_x, double widget_y, double *x, double *y)
{
  *x = view->x + (widget_x - width / 2.0) / view->zoom;
  *y = view->y + (widget_y - height / 2.0) / view->zoom;
}

void scope_view_fit (ScopeView *view, const ScopeExtents *extents, double width, double height, double top);
void scope_view_zoom_at (ScopeView *view, double width, double height, double widget_x, double widget_y, double zoom);
gboolean scope_view_equal (const ScopeView *a, const ScopeView *b);

G_END_DECLS
