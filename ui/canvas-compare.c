/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two settings on one canvas: panes side by side that share their view, or one pane with a line that is dragged.
 *
 * Coordinates that are called 'of the pane' begin at its left edge; a pane is as high as the widget. Without a comparison,
 * and with a line, the one pane is the whole widget. */
#include "canvas-private.h"
#include "pen.h"

#include <glib/gi18n.h>
#include <math.h>

#define LINE_REACH 7.0   /* logical pixels beside the line where it is taken hold of */
#define HANDLE 13.0      /* radius of its handle */
#define LABEL_GAP 10.0   /* from the line to the labels */
#define LABEL_WIDTH 260.0

/* What is compared on the screen: what the look says, where there is an outcome of the setting A. */
SmoothCompareMode
scope_canvas_get_compare (ScopeCanvas *canvas)
{
  if (canvas->document == NULL || scope_document_get_pinned_outcome (canvas->document) == NULL
      || scope_document_get_outcome (canvas->document) == NULL)
    return SMOOTH_COMPARE_OFF;
  return scope_document_get_look (canvas->document)->colours.compare;
}

static gboolean
is_split (ScopeCanvas *canvas)
{
  return scope_canvas_get_compare (canvas) == SMOOTH_COMPARE_SPLIT;
}

/* In logical pixels, as all here. */
double
scope_canvas_get_pane_width (ScopeCanvas *canvas)
{
  gint width = gtk_widget_get_width (GTK_WIDGET (canvas));

  return is_split (canvas) ? width / 2 : width;
}

double
scope_canvas_get_pane_left (ScopeCanvas *canvas, ScopeSide side)
{
  gint width = gtk_widget_get_width (GTK_WIDGET (canvas));

  return is_split (canvas) && side == SCOPE_SIDE_B ? width - width / 2 : 0.0;
}

/* Where the two pictures meet. */
double
scope_canvas_get_line (ScopeCanvas *canvas)
{
  double width = gtk_widget_get_width (GTK_WIDGET (canvas));

  return is_split (canvas) ? round (width / 2.0) : round (width * scope_document_get_look (canvas->document)->swipe);
}

/* The picture that a point of the widget lies in. */
ScopeSide
scope_canvas_get_side_at (ScopeCanvas *canvas, double widget_x)
{
  SmoothCompareMode compare = scope_canvas_get_compare (canvas);

  if (compare != SMOOTH_COMPARE_SPLIT && compare != SMOOTH_COMPARE_SWIPE)
    return SCOPE_SIDE_B;
  return widget_x < scope_canvas_get_line (canvas) ? SCOPE_SIDE_A : SCOPE_SIDE_B;
}

gboolean
scope_canvas_is_over_line (ScopeCanvas *canvas, double widget_x)
{
  return scope_canvas_get_compare (canvas) == SMOOTH_COMPARE_SWIPE && fabs (widget_x - scope_canvas_get_line (canvas)) <= LINE_REACH;
}

void
scope_canvas_move_line (ScopeCanvas *canvas, double widget_x)
{
  ScopeLook look = *scope_document_get_look (canvas->document);

  look.swipe = CLAMP (widget_x / MAX (gtk_widget_get_width (GTK_WIDGET (canvas)), 1), 0.0, 1.0);
  scope_document_set_look (canvas->document, &look);
}

/* Moves it by a part of the width; nothing where there is none. */
void
scope_canvas_nudge_line (ScopeCanvas *canvas, double part)
{
  if (scope_canvas_get_compare (canvas) == SMOOTH_COMPARE_SWIPE)
    scope_canvas_move_line (canvas, scope_canvas_get_line (canvas) + part * gtk_widget_get_width (GTK_WIDGET (canvas)));
}

/* A card with 'A: ...' that ends at the line, or with 'B: ...' that begins there; not wider than its side. */
static void
snapshot_label (ScopeCanvas *canvas, GtkSnapshot *snapshot, ScopeSide side, const char *text, double line)
{
  double room = (side == SCOPE_SIDE_A ? line : gtk_widget_get_width (GTK_WIDGET (canvas)) - line) - LABEL_GAP - SCOPE_EDGE;
  g_autoptr (PangoLayout) layout = scope_layout_new (GTK_WIDGET (canvas), 0.9, text);
  gboolean dark = scope_canvas_is_dark (canvas);

  if (room < 40.0)
    return;
  scope_layout_limit (layout, MIN (LABEL_WIDTH, room - 2.0 * SCOPE_PADDING));
  double width = scope_layout_width (layout) + 2.0 * SCOPE_PADDING, height = scope_layout_height (layout) + SCOPE_PADDING;
  double x = floor (side == SCOPE_SIDE_A ? line - LABEL_GAP - width : line + LABEL_GAP);
  cairo_t *cairo = scope_append_cairo (snapshot, x, SCOPE_CANVAS_TOP, width, height);
  scope_draw_card (cairo, x, SCOPE_CANVAS_TOP, width, height, dark);
  scope_draw_layout (cairo, layout, x + SCOPE_PADDING, SCOPE_CANVAS_TOP + SCOPE_PADDING / 2.0, scope_text_colour (dark), 1.0);
  cairo_destroy (cairo);
}

/* The line between the pictures, with a handle where it can be dragged. */
static void
snapshot_line (ScopeCanvas *canvas, GtkSnapshot *snapshot, double line, gboolean has_handle)
{
  double height = gtk_widget_get_height (GTK_WIDGET (canvas)), middle = floor (height / 2.0);
  cairo_t *cairo = scope_append_cairo (snapshot, line - HANDLE - 2.0, 0.0, 2.0 * HANDLE + 4.0, height);

  cairo_move_to (cairo, line, 0.0);
  cairo_line_to (cairo, line, height);
  scope_stroke_with_halo (cairo, 0x202020, 1.5);
  if (has_handle)
    {
      cairo_new_path (cairo);
      cairo_arc (cairo, line, middle, HANDLE, 0.0, 2.0 * G_PI);
      scope_set_colour (cairo, 0xffffff, 0.95);
      cairo_fill_preserve (cairo);
      scope_set_colour (cairo, 0x202020, 1.0);
      cairo_set_line_width (cairo, 1.5);
      cairo_stroke (cairo);
      for (gint way = -1; way <= 1; way += 2)
        {
          cairo_move_to (cairo, line + way * 3.0, middle - 4.0);
          cairo_line_to (cairo, line + way * 7.0, middle);
          cairo_line_to (cairo, line + way * 3.0, middle + 4.0);
        }
      cairo_stroke (cairo);
    }
  cairo_destroy (cairo);
}

/* Line and labels. */
void
scope_canvas_snapshot_comparison (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  SmoothCompareMode compare = scope_canvas_get_compare (canvas);
  const ScopePin *pin = scope_document_get_pinned (canvas->document);
  g_autofree char *a = NULL, *b = NULL;

  if (compare == SMOOTH_COMPARE_OFF || pin == NULL)
    return;
  scope_pin_describe (pin, scope_document_get_parameters (canvas->document), scope_document_get_regions (canvas->document), &a, &b);
  g_autofree char *a_text = g_strdup_printf (_("A: %s"), a), *b_text = g_strdup_printf (_("B: %s"), b);
  if (compare == SMOOTH_COMPARE_DIFFERENCE)
    {
      g_autofree char *both = g_strdup_printf ("%s\n%s", a_text, b_text);
      snapshot_label (canvas, snapshot, SCOPE_SIDE_B, both, SCOPE_EDGE - LABEL_GAP);
      return;
    }
  double line = scope_canvas_get_line (canvas);
  snapshot_line (canvas, snapshot, line, compare == SMOOTH_COMPARE_SWIPE);
  snapshot_label (canvas, snapshot, SCOPE_SIDE_A, a_text, line);
  snapshot_label (canvas, snapshot, SCOPE_SIDE_B, b_text, line);
}
