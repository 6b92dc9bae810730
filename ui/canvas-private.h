/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the canvas share: the widget, its input and its overlays. */
#pragma once

#include "canvas.h"
#include "painter.h"
#include "view.h"

G_BEGIN_DECLS

struct _ScopeCanvas
{
  GtkWidget parent_instance;

  ScopeDocument *document;
  ScopePainter *painter;
  ScopePainting *painting; /* the newest; NULL before the first of a section */
  ScopeScene asked;        /* borrowed, for comparison only: what the newest painting was asked for */
  ScopeSheet *small;       /* the whole histology, for where the painting does not reach */
  ScopeView view;
  gboolean is_fitted;      /* follows the size of the widget */
  gboolean fits_spots;     /* and shows the spots, not the whole picture */

  ScopeTool tool;
  GArray *drawing;         /* of double, x and y in full-resolution pixels: lasso or polygon in progress */
  double pointer_x, pointer_y; /* of the widget; negative while outside */
  gint64 hovered;          /* spot, or -1 */
  gboolean space_is_down;
  double pan_x, pan_y;     /* of the view, where a drag began */
  gboolean is_panning, is_lassoing;
  double pinch_zoom;       /* where a pinch began */

  GskRenderNode *outlines; /* of the regions, for outlines_view */
  ScopeView outlines_view;
  gboolean is_behind;      /* parameters, regions or look have changed since the last frame */
  gboolean frame_has_section; /* the frame that is being painted shows one */
  gulong before_paint, after_paint;
  char *description;       /* for screen readers: what the colours mean */
};

/* canvas.c */
void scope_canvas_view_changed (ScopeCanvas *canvas);
void scope_canvas_zoom_at (ScopeCanvas *canvas, double x, double y, double factor);
void scope_canvas_to_section (ScopeCanvas *canvas, double widget_x, double widget_y, double *x, double *y);

/* canvas-input.c */
void scope_canvas_add_input (ScopeCanvas *canvas);
void scope_canvas_update_cursor (ScopeCanvas *canvas);
void scope_canvas_update_hover (ScopeCanvas *canvas);

/* canvas-overlay.c */
void scope_canvas_snapshot_overlay (ScopeCanvas *canvas, GtkSnapshot *snapshot);
void scope_canvas_forget_outlines (ScopeCanvas *canvas);

/* canvas-cards.c */
void scope_canvas_snapshot_cards (ScopeCanvas *canvas, GtkSnapshot *snapshot);

G_END_DECLS
