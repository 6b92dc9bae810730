/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the canvas share: the widget, its input and its overlays. */
#pragma once

#include "canvas.h"
#include "painter.h"
#include "region-tools.h"
#include "view.h"

G_BEGIN_DECLS

#define SCOPE_CANVAS_TOP 56.0 /* logical pixels that the tools cover at the upper edge */

/* Which of the two settings. Where nothing is compared all is B. */
typedef enum
{
  SCOPE_SIDE_A,
  SCOPE_SIDE_B,
} ScopeSide;

struct _ScopeCanvas
{
  GtkWidget parent_instance;

  ScopeDocument *document;
  ScopePainter *painter;
  ScopePainting *painting; /* the newest; NULL before the first of a section */
  ScopeScene asked;        /* borrowed, for comparison only: what the newest painting was asked for */
  ScopeSheet *small;       /* the whole histology, for where the painting does not reach */
  double small_brightness, small_contrast;
  ScopeView view;
  gboolean is_fitted;      /* follows the size of the widget */
  gboolean fits_spots;     /* and shows the spots, not the whole picture */
  double pane_width;       /* that the view was last fitted to */

  ScopeTool tool;
  GArray *drawing;         /* of double, x and y in full-resolution pixels: lasso or polygon in progress */
  double pointer_x, pointer_y; /* of the pane that it is over; negative while outside */
  ScopeSide side;          /* the pane that the pointer is over, or was when a drag began */
  gboolean is_swiping;     /* the line between A and B is being dragged */
  gint64 hovered;          /* spot, or -1 */
  gint64 hovered_point;    /* of the layer whose points are drawn in place of the spots; or -1 */
  gboolean space_is_down;
  double pan_x, pan_y;     /* of the view, where a drag began */
  gboolean is_panning, is_lassoing;
  gboolean is_drawing;     /* a tool other than the lasso is being dragged */
  double pinch_zoom;       /* where a pinch began */

  double brush;            /* radius, in pitches */
  double brush_x, brush_y; /* of the section: where the stroke has come to */
  guint8 *touched;         /* of all spots: by the stroke or wand that is being dragged; NULL: none is */
  gint64 n_touched;
  GBytes *marked;          /* a copy for the painter; NULL: nothing is touched */
  gint64 painted_region;   /* that the stroke paints; -1: a new one */
  double press_x, press_y; /* of the widget: where the drag began */
  gint64 corner[3];        /* that is being dragged: region, ring, point; -1: none */
  SmoothRegions *preview;  /* the regions with that corner where the pointer is; NULL: as they are */

  SmoothFeatures *likeness; /* what the wand compares; NULL: not computed yet */
  gboolean likeness_is_coming;
  double *reach;           /* of the analysed spots, from where the wand was pressed */
  double tolerance;

  GskRenderNode *outlines[2]; /* of the regions of either side, for outlines_view */
  ScopeView outlines_view[2];
  graphene_rect_t cards[SCOPE_N_CARDS]; /* where they were drawn, in the widget; empty: they were not */
  gint moved_card;         /* that is being dragged; -1: none */
  double grip_x, grip_y;   /* where it is held, from its corner */

  gboolean is_behind;      /* parameters, regions, look or outcome have changed since the last frame */
  gboolean frame_has_section; /* the frame that is being painted shows one */
  gulong before_paint, after_paint;
  char *description;       /* for screen readers: what the colours mean */
};

/* canvas.c */
void scope_canvas_view_changed (ScopeCanvas *canvas);
void scope_canvas_request_painting (ScopeCanvas *canvas);
void scope_canvas_fail (ScopeCanvas *canvas, const char *text);
void scope_canvas_zoom_at (ScopeCanvas *canvas, double x, double y, double factor);
void scope_canvas_to_section (ScopeCanvas *canvas, double widget_x, double widget_y, double *x, double *y);

/* canvas-input.c */
void scope_canvas_add_input (ScopeCanvas *canvas);
void scope_canvas_update_cursor (ScopeCanvas *canvas);
void scope_canvas_update_hover (ScopeCanvas *canvas);

void scope_canvas_append_point (ScopeCanvas *canvas, double widget_x, double widget_y);
void scope_canvas_finish_drawing (ScopeCanvas *canvas);
gint64 scope_canvas_find_spot (ScopeCanvas *canvas, double widget_x, double widget_y);

/* canvas-tools.c */
gboolean scope_canvas_tool_begin (ScopeCanvas *canvas, double widget_x, double widget_y);
void scope_canvas_tool_move (ScopeCanvas *canvas, double widget_x, double widget_y);
void scope_canvas_tool_end (ScopeCanvas *canvas);
void scope_canvas_tool_forget (ScopeCanvas *canvas);
void scope_canvas_tool_prepare (ScopeCanvas *canvas);
gboolean scope_canvas_find_corner (ScopeCanvas *canvas, double widget_x, double widget_y, gint64 corner[3]);
gboolean scope_canvas_has_corners (const SmoothRing *ring);

/* canvas-compare.c */
SmoothCompareMode scope_canvas_get_compare (ScopeCanvas *canvas);
double scope_canvas_get_pane_width (ScopeCanvas *canvas);
double scope_canvas_get_pane_left (ScopeCanvas *canvas, ScopeSide side);
ScopeSide scope_canvas_get_side_at (ScopeCanvas *canvas, double widget_x);
double scope_canvas_get_line (ScopeCanvas *canvas);
gboolean scope_canvas_is_over_line (ScopeCanvas *canvas, double widget_x);
void scope_canvas_move_line (ScopeCanvas *canvas, double widget_x);
void scope_canvas_snapshot_comparison (ScopeCanvas *canvas, GtkSnapshot *snapshot);

/* canvas-overlay.c */
void scope_canvas_snapshot_overlay (ScopeCanvas *canvas, GtkSnapshot *snapshot, ScopeSide side);
void scope_canvas_snapshot_top (ScopeCanvas *canvas, GtkSnapshot *snapshot);
void scope_canvas_forget_outlines (ScopeCanvas *canvas);

/* canvas-cards.c */
gint scope_canvas_find_card (ScopeCanvas *canvas, double widget_x, double widget_y);
void scope_canvas_take_card (ScopeCanvas *canvas, gint card, double widget_x, double widget_y);
void scope_canvas_move_card (ScopeCanvas *canvas, double widget_x, double widget_y);
void scope_canvas_snapshot_cards (ScopeCanvas *canvas, GtkSnapshot *snapshot);

G_END_DECLS
