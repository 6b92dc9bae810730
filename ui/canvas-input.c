/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What pointer, fingers and keys do on the canvas. */
#include "canvas-private.h"

#include <math.h>

#define WHEEL_FACTOR 1.2
#define LASSO_STEP 3.0 /* logical pixels between two points of a lasso */
#define CLICK_REACH 4.0 /* logical pixels: a drag that stays within is a click */
#define CLOSING_DISTANCE 9.0 /* a click this near to a polygon's first point closes it */

static gboolean
pans (ScopeCanvas *canvas, GtkGesture *gesture)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));

  return button == GDK_BUTTON_MIDDLE || (button == GDK_BUTTON_PRIMARY && (canvas->tool == SCOPE_TOOL_PAN || canvas->space_is_down));
}

/* A point of a lasso, polygon or rectangle. */
void
scope_canvas_append_point (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  double point[2];

  scope_canvas_to_section (canvas, widget_x, widget_y, &point[0], &point[1]);
  g_array_append_vals (canvas->drawing, point, 2);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* The distance from a point of the drawing, in logical pixels. */
static double
distance_to (ScopeCanvas *canvas, guint point, double widget_x, double widget_y)
{
  double x, y;

  scope_view_to_widget (&canvas->view, scope_canvas_get_pane_width (canvas), gtk_widget_get_height (GTK_WIDGET (canvas)),
                        g_array_index (canvas->drawing, double, 2 * point),
                        g_array_index (canvas->drawing, double, 2 * point + 1), &x, &y);
  return hypot (x - widget_x, y - widget_y);
}

/* What was drawn becomes a region. */
void
scope_canvas_finish_drawing (ScopeCanvas *canvas)
{
  guint n_points = canvas->drawing->len / 2;
  g_autoptr (GArray) drawing = g_array_copy (canvas->drawing);

  scope_canvas_cancel_drawing (canvas);
  if (n_points >= 3)
    scope_region_draw (canvas->document, (const double *) (gconstpointer) drawing->data, n_points);
}

/* From the widget to the pane that the pointer is in, or was when a drag began. */
static double
to_pane (ScopeCanvas *canvas, double widget_x)
{
  return widget_x - scope_canvas_get_pane_left (canvas, canvas->side);
}

static void
on_drag_begin (GtkGesture *gesture, double x, double y, ScopeCanvas *canvas)
{
  gboolean is_primary = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)) == GDK_BUTTON_PRIMARY;

  gtk_widget_grab_focus (GTK_WIDGET (canvas));
  canvas->is_panning = canvas->is_lassoing = canvas->is_drawing = canvas->is_swiping = FALSE;
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    return;
  gint card = is_primary && canvas->drawing->len == 0 ? scope_canvas_find_card (canvas, x, y) : -1;
  if (card >= 0)
    {
      scope_canvas_take_card (canvas, card, x, y);
      gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
      scope_canvas_update_cursor (canvas);
      return;
    }
  canvas->is_swiping = is_primary && scope_canvas_is_over_line (canvas, x);
  canvas->side = scope_canvas_get_side_at (canvas, x);
  x = to_pane (canvas, x);
  if (canvas->is_swiping)
    gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  else if (pans (canvas, gesture))
    {
      canvas->is_panning = TRUE;
      canvas->pan_x = canvas->view.x;
      canvas->pan_y = canvas->view.y;
    }
  else if (is_primary && canvas->tool == SCOPE_TOOL_LASSO)
    {
      scope_canvas_cancel_drawing (canvas);
      canvas->is_lassoing = TRUE;
      scope_canvas_append_point (canvas, x, y);
    }
  else if (is_primary)
    canvas->is_drawing = scope_canvas_tool_begin (canvas, x, y);
  scope_canvas_update_cursor (canvas);
}

static void
append_lasso_point (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  if (distance_to (canvas, canvas->drawing->len / 2 - 1, widget_x, widget_y) >= LASSO_STEP)
    scope_canvas_append_point (canvas, widget_x, widget_y);
}

typedef void (*PointFunc) (ScopeCanvas *canvas, double widget_x, double widget_y);

/* Motion arrives once a frame; where the pointer was in between is in the event's history. */
static void
follow_history (ScopeCanvas *canvas, GtkGesture *gesture, PointFunc func)
{
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (gesture));
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (canvas));
  double left, top;
  guint n = 0;

  if (event == NULL || native == NULL || gdk_event_get_event_type (event) != GDK_MOTION_NOTIFY)
    return;
  g_autofree GdkTimeCoord *history = gdk_event_get_history (event, &n);
  gtk_native_get_surface_transform (native, &left, &top);
  for (guint i = 0; i < n; i++)
    {
      graphene_point_t point, here;
      graphene_point_init (&point, (float) (history[i].axes[GDK_AXIS_X] - left), (float) (history[i].axes[GDK_AXIS_Y] - top));
      if (gtk_widget_compute_point (GTK_WIDGET (native), GTK_WIDGET (canvas), &point, &here))
        func (canvas, to_pane (canvas, (double) here.x), (double) here.y);
    }
}

static void
on_drag_update (GtkGesture *gesture, double offset_x, double offset_y, ScopeCanvas *canvas)
{
  double x, y;

  gtk_gesture_drag_get_start_point (GTK_GESTURE_DRAG (gesture), &x, &y);
  if (canvas->moved_card >= 0)
    {
      scope_canvas_move_card (canvas, x + offset_x, y + offset_y);
      return;
    }
  if (canvas->is_swiping)
    {
      scope_canvas_move_line (canvas, x + offset_x);
      return;
    }
  x = to_pane (canvas, x);
  if (canvas->is_panning)
    {
      canvas->is_fitted = FALSE;
      canvas->view.x = canvas->pan_x - offset_x / canvas->view.zoom;
      canvas->view.y = canvas->pan_y - offset_y / canvas->view.zoom;
      scope_canvas_view_changed (canvas);
    }
  else if (canvas->is_lassoing)
    {
      follow_history (canvas, gesture, append_lasso_point);
      append_lasso_point (canvas, x + offset_x, y + offset_y);
    }
  else if (canvas->is_drawing)
    {
      if (canvas->touched != NULL && canvas->tool != SCOPE_TOOL_WAND)
        follow_history (canvas, gesture, scope_canvas_tool_move);
      scope_canvas_tool_move (canvas, x + offset_x, y + offset_y);
    }
}

/* A click of the pan tool on a spot selects it; with Shift it is added to the others, or taken from them. */
static void
select_spot (ScopeCanvas *canvas, GtkGesture *gesture)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  double x, y;

  gtk_gesture_drag_get_start_point (GTK_GESTURE_DRAG (gesture), &x, &y);
  gint64 spot = scope_canvas_find_spot (canvas, to_pane (canvas, x), y);
  if (spot < 0)
    return;
  guint8 *flags = g_malloc0 ((gsize) section->n_spots);
  flags[spot] = 1;
  g_autoptr (ScopeSelection) selection = scope_selection_new (flags, section->n_spots);
  scope_document_select (canvas->document, selection, state & GDK_SHIFT_MASK ? SCOPE_SELECT_TOGGLE : SCOPE_SELECT_ONLY);
}

static void
on_drag_end (GtkGesture *gesture, double offset_x, double offset_y, ScopeCanvas *canvas)
{
  gboolean was_lassoing = canvas->is_lassoing, was_drawing = canvas->is_drawing;
  gboolean was_click = canvas->is_panning && hypot (offset_x, offset_y) < CLICK_REACH && canvas->tool == SCOPE_TOOL_PAN
                       && gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)) == GDK_BUTTON_PRIMARY;

  canvas->is_panning = canvas->is_lassoing = canvas->is_drawing = canvas->is_swiping = FALSE;
  canvas->moved_card = -1;
  if (was_lassoing)
    scope_canvas_finish_drawing (canvas);
  else if (was_drawing)
    scope_canvas_tool_end (canvas);
  else if (was_click)
    select_spot (canvas, gesture);
  scope_canvas_update_cursor (canvas);
}

static void
on_drag_cancel (GtkGesture *gesture, GdkEventSequence *sequence, ScopeCanvas *canvas)
{
  if (canvas->is_lassoing || canvas->is_drawing)
    scope_canvas_cancel_drawing (canvas);
  canvas->is_panning = canvas->is_swiping = FALSE;
  canvas->moved_card = -1;
  scope_canvas_update_cursor (canvas);
}

/* A polygon: each click a corner; a double click, or one on the first corner, closes it. On a corner of a region that is
 * there a drag begins instead. */
static void
on_pressed (GtkGesture *gesture, int n_press, double x, double y, ScopeCanvas *canvas)
{
  if (canvas->tool != SCOPE_TOOL_POLYGON || canvas->space_is_down || canvas->document == NULL
      || scope_document_get_section (canvas->document) == NULL || scope_canvas_is_over_line (canvas, x)
      || (canvas->drawing->len == 0 && scope_canvas_find_card (canvas, x, y) >= 0))
    return;
  canvas->side = scope_canvas_get_side_at (canvas, x);
  x = to_pane (canvas, x);
  guint n_points = canvas->drawing->len / 2;
  gint64 corner[3];
  if (n_points == 0 && scope_canvas_find_corner (canvas, x, y, corner))
    return;
  if (n_points >= 3 && (n_press >= 2 || distance_to (canvas, 0, x, y) <= CLOSING_DISTANCE))
    scope_canvas_finish_drawing (canvas);
  else if (n_press == 1)
    scope_canvas_append_point (canvas, x, y);
}

/* A wheel zooms at the pointer; two fingers on a touch pad pan, or zoom with Control. */
static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, ScopeCanvas *canvas)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean is_pad = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_SURFACE;

  if (is_pad && !(state & GDK_CONTROL_MASK))
    scope_canvas_pan_by (canvas, dx, dy);
  else
    scope_canvas_zoom_by (canvas, pow (WHEEL_FACTOR, is_pad ? -dy / 20.0 : -dy));
  return GDK_EVENT_STOP;
}

static void
on_pinch_begin (GtkGesture *gesture, GdkEventSequence *sequence, ScopeCanvas *canvas)
{
  canvas->pinch_zoom = canvas->view.zoom;
}

static void
on_pinch (GtkGestureZoom *gesture, double scale, ScopeCanvas *canvas)
{
  double x, y;

  if (gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y) && canvas->pinch_zoom > 0.0)
    scope_canvas_zoom_at (canvas, to_pane (canvas, x), y, canvas->pinch_zoom * scale / canvas->view.zoom);
}

/* The spot at a point of the widget, among those that are drawn, or -1. */
gint64
scope_canvas_find_spot (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  const ScopeColouring *colouring = scope_canvas_get_colouring (canvas);
  double x, y;
  gint64 nearest = -1;

  if (colouring == NULL || colouring->section != section)
    return -1;
  scope_canvas_to_section (canvas, widget_x, widget_y, &x, &y);
  double scale = scope_document_get_look (canvas->document)->colours.spot_scale;
  double reach = MAX (section->spot_diameter / section->um_per_pixel * scale / 2.0, 3.0 / canvas->view.zoom);
  double best = reach * reach;
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double dx = section->coords[2 * i] - x, dy = section->coords[2 * i + 1] - y;
      double square = dx * dx + dy * dy;
      if (square <= best && colouring->colours[i] >> 24 != 0)
        {
          best = square;
          nearest = i;
        }
    }
  return nearest;
}

/* The point of a finer lattice at a point of the widget, or -1: also where spots are drawn. */
static gint64
find_point (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  const ScopeColouring *colouring = scope_canvas_get_colouring (canvas);
  double x, y;
  gint64 nearest = -1;

  if (colouring == NULL || colouring->point_colours == NULL || colouring->section != scope_document_get_section (canvas->document))
    return -1;
  const SmoothLayerPoints *points = colouring->layer->points;
  scope_canvas_to_section (canvas, widget_x, widget_y, &x, &y);
  double reach = MAX (points->diameter * scope_document_get_look (canvas->document)->colours.spot_scale * 0.7, 3.0 / canvas->view.zoom);
  double best = reach * reach;
  for (gint64 i = 0; i < points->n_points; i++)
    {
      double dx = points->coords[2 * i] - x, dy = points->coords[2 * i + 1] - y, square = dx * dx + dy * dy;
      if (square <= best && colouring->point_colours[i] >> 24 != 0)
        {
          best = square;
          nearest = i;
        }
    }
  return nearest;
}

/* To be called when the pointer or the view has moved. */
void
scope_canvas_update_hover (ScopeCanvas *canvas)
{
  gboolean looks = canvas->pointer_x >= 0.0 && !canvas->is_panning && !canvas->is_lassoing && !canvas->is_drawing && !canvas->is_swiping
                   && canvas->document != NULL && scope_document_get_section (canvas->document) != NULL;
  gint64 point = looks ? find_point (canvas, canvas->pointer_x, canvas->pointer_y) : -1;
  gint64 hovered = point >= 0 ? scope_canvas_get_colouring (canvas)->layer->points->spots[point]
                   : looks    ? scope_canvas_find_spot (canvas, canvas->pointer_x, canvas->pointer_y)
                              : -1;

  if (hovered >= 0 || canvas->hovered >= 0 || point >= 0 || canvas->hovered_point >= 0)
    gtk_widget_queue_draw (GTK_WIDGET (canvas));
  canvas->hovered = hovered;
  canvas->hovered_point = point;
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, ScopeCanvas *canvas)
{
  if (!canvas->is_panning && !canvas->is_lassoing && !canvas->is_drawing)
    canvas->side = scope_canvas_get_side_at (canvas, x);
  canvas->pointer_x = MAX (to_pane (canvas, x), 0.0);
  canvas->pointer_y = MAX (y, 0.0);
  scope_canvas_update_hover (canvas);
  if (canvas->tool == SCOPE_TOOL_POLYGON || scope_canvas_get_compare (canvas) == SMOOTH_COMPARE_SWIPE)
    scope_canvas_update_cursor (canvas);
  if (canvas->drawing->len > 0 || canvas->is_drawing || canvas->tool == SCOPE_TOOL_BRUSH || canvas->tool == SCOPE_TOOL_ERASER)
    gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

static void
on_leave (GtkEventControllerMotion *controller, ScopeCanvas *canvas)
{
  canvas->pointer_x = canvas->pointer_y = -1.0;
  scope_canvas_update_hover (canvas);
}

static gboolean
is_over_corner (ScopeCanvas *canvas)
{
  gint64 corner[3];

  return canvas->tool == SCOPE_TOOL_POLYGON && canvas->drawing->len == 0 && canvas->pointer_x >= 0.0 && canvas->document != NULL
         && (canvas->is_drawing || scope_canvas_find_corner (canvas, canvas->pointer_x, canvas->pointer_y, corner));
}

/* A hand over what can be moved, a cross over what can be drawn on. */
void
scope_canvas_update_cursor (ScopeCanvas *canvas)
{
  const char *name = "crosshair";

  if (canvas->moved_card >= 0)
    name = "grabbing";
  else if (canvas->is_swiping || (canvas->pointer_x >= 0.0 && scope_canvas_is_over_line (canvas, canvas->pointer_x)))
    name = "col-resize";
  else if (canvas->is_panning)
    name = "grabbing";
  else if (canvas->tool == SCOPE_TOOL_PAN || canvas->space_is_down)
    name = "grab";
  else if (canvas->tool == SCOPE_TOOL_WAND && canvas->likeness_is_coming)
    name = "wait";
  else if (is_over_corner (canvas))
    name = "move";
  gtk_widget_set_cursor_from_name (GTK_WIDGET (canvas), name);
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, ScopeCanvas *canvas)
{
  const double step = 48.0;

  switch (key)
    {
    case GDK_KEY_Left:
      scope_canvas_pan_by (canvas, -step, 0.0);
      return TRUE;
    case GDK_KEY_Right:
      scope_canvas_pan_by (canvas, step, 0.0);
      return TRUE;
    case GDK_KEY_Up:
      scope_canvas_pan_by (canvas, 0.0, -step);
      return TRUE;
    case GDK_KEY_Down:
      scope_canvas_pan_by (canvas, 0.0, step);
      return TRUE;
    case GDK_KEY_comma:
      scope_canvas_nudge_line (canvas, -0.02);
      return TRUE;
    case GDK_KEY_period:
      scope_canvas_nudge_line (canvas, 0.02);
      return TRUE;
    case GDK_KEY_space:
      canvas->space_is_down = TRUE;
      scope_canvas_update_cursor (canvas);
      return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      if (canvas->tool == SCOPE_TOOL_POLYGON && canvas->drawing->len >= 6)
        scope_canvas_finish_drawing (canvas);
      return TRUE;
    case GDK_KEY_BackSpace:
      if (canvas->tool == SCOPE_TOOL_POLYGON && canvas->drawing->len >= 2)
        g_array_set_size (canvas->drawing, canvas->drawing->len - 2);
      gtk_widget_queue_draw (GTK_WIDGET (canvas));
      return TRUE;
    default:
      return FALSE;
    }
}

static void
on_key_released (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, ScopeCanvas *canvas)
{
  if (key == GDK_KEY_space)
    canvas->space_is_down = FALSE;
  scope_canvas_update_cursor (canvas);
}

static void
on_focus_out (GtkEventControllerFocus *controller, ScopeCanvas *canvas)
{
  canvas->space_is_down = FALSE;
  scope_canvas_update_cursor (canvas);
}

static void
add_pointer_input (ScopeCanvas *canvas)
{
  GtkWidget *widget = GTK_WIDGET (canvas);
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), canvas);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), canvas);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), canvas);
  g_signal_connect (drag, "cancel", G_CALLBACK (on_drag_cancel), canvas);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), canvas);
  g_signal_connect (pinch, "begin", G_CALLBACK (on_pinch_begin), canvas);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), canvas);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), canvas);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), canvas);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), canvas);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
}

void
scope_canvas_add_input (ScopeCanvas *canvas)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  add_pointer_input (canvas);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key_pressed), canvas);
  g_signal_connect (keys, "key-released", G_CALLBACK (on_key_released), canvas);
  g_signal_connect (focus, "leave", G_CALLBACK (on_focus_out), canvas);
  gtk_widget_add_controller (GTK_WIDGET (canvas), keys);
  gtk_widget_add_controller (GTK_WIDGET (canvas), focus);
  scope_canvas_update_cursor (canvas);
}
