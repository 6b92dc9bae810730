/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting and zooming of a view. */
#include "view.h"

/* Looks at all of @extents, with a narrow border; @top: logical pixels that something covers at the upper edge. */
void
scope_view_fit (ScopeView *view, const ScopeExtents *extents, double width, double height, double top)
{
  const double border = 12.0, above = MAX (top, border);
  double w = MAX (width - 2.0 * border, 16.0), h = MAX (height - above - border, 16.0);

  view->zoom = MIN (w / MAX (extents->width, 1e-6), h / MAX (extents->height, 1e-6));
  view->x = extents->x + extents->width / 2.0;
  view->y = extents->y + extents->height / 2.0 - (above - border) / 2.0 / view->zoom;
}

/* Sets the zoom; what is under the widget's point (@widget_x, @widget_y) stays there. */
void
scope_view_zoom_at (ScopeView *view, double width, double height, double widget_x, double widget_y, double zoom)
{
  double x, y;

  scope_view_from_widget (view, width, height, widget_x, widget_y, &x, &y);
  view->zoom = zoom;
  view->x = x - (widget_x - width / 2.0) / zoom;
  view->y = y - (widget_y - height / 2.0) / zoom;
}

gboolean
scope_view_equal (const ScopeView *a, const ScopeView *b)
{
  return a->x == b->x && a->y == b->y && a->zoom == b->zoom;
}
