/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on the tissue: region outlines and the drawing in progress. */
#include "canvas-private.h"
#include "pen.h"

#include <glib/gi18n.h>
#include <math.h>

static void
trace_ring (ScopeCanvas *canvas, cairo_t *cairo, const double *points, gint64 n_points, gboolean closed)
{
  double width = scope_canvas_get_pane_width (canvas), height = gtk_widget_get_height (GTK_WIDGET (canvas));

  for (gint64 i = 0; i < n_points; i++)
    {
      double x, y;
      scope_view_to_widget (&canvas->view, width, height, points[2 * i], points[2 * i + 1], &x, &y);
      if (i == 0)
        cairo_move_to (cairo, x, y);
      else
        cairo_line_to (cairo, x, y);
    }
  if (closed)
    cairo_close_path (cairo);
}

/* The box around a region, in the pane's coordinates, and its topmost point. FALSE for one without outlines. */
static gboolean
find_box (ScopeCanvas *canvas, const SmoothRegion *region, double low[2], double high[2], double *top_x)
{
  double width = scope_canvas_get_pane_width (canvas), height = gtk_widget_get_height (GTK_WIDGET (canvas));

  *top_x = 0.0;
  low[0] = low[1] = G_MAXDOUBLE;
  high[0] = high[1] = -G_MAXDOUBLE;
  for (gint64 r = 0; r < region->n_rings; r++)
    for (gint64 i = 0; i < region->rings[r].n_points; i++)
      {
        double x, y;
        scope_view_to_widget (&canvas->view, width, height, region->rings[r].points[2 * i], region->rings[r].points[2 * i + 1], &x, &y);
        if (y < low[1])
          *top_x = x;
        low[0] = MIN (low[0], x);
        low[1] = MIN (low[1], y);
        high[0] = MAX (high[0], x);
        high[1] = MAX (high[1], y);
      }
  return low[1] < G_MAXDOUBLE;
}

/* The name stands on a tab over the topmost point; where that is hidden, as near to it as can be seen, as long as any of the
 * region can. */
static void
draw_region_name (ScopeCanvas *canvas, cairo_t *cairo, const SmoothRegion *region)
{
  int text_width, text_height;
  double low[2], high[2], top_x;

  if (*region->name == '\0' || !find_box (canvas, region, low, high, &top_x))
    return;

  g_autoptr (PangoLayout) layout = scope_layout_new (GTK_WIDGET (canvas), 0.85, region->name);
  scope_layout_limit (layout, 180.0);
  pango_layout_get_pixel_size (layout, &text_width, &text_height);
  double width = text_width + 12.0, height = text_height + 4.0, pane = scope_canvas_get_pane_width (canvas);
  double x = CLAMP (top_x - width / 2.0, MIN (2.0, high[0] - width), MAX (pane - width - 2.0, low[0]));
  double y = MAX (low[1] - height - 4.0, MIN (SCOPE_CANVAS_TOP, high[1] - height));
  double light = 0.30 * (region->colour >> 16 & 255) + 0.59 * (region->colour >> 8 & 255) + 0.11 * (region->colour & 255);
  scope_trace_rounded (cairo, x, y, width, height, 4.0);
  scope_set_colour (cairo, region->colour, 0.95);
  cairo_fill (cairo);
  scope_draw_layout (cairo, layout, x + 6.0, y + 2.0, light > 150.0 ? 0x101010 : 0xffffff, 1.0);
}

/* A small square on each corner that may be dragged. */
static void
draw_corners (ScopeCanvas *canvas, cairo_t *cairo, const SmoothRegion *region)
{
  double width = scope_canvas_get_pane_width (canvas), height = gtk_widget_get_height (GTK_WIDGET (canvas));

  for (gint64 r = 0; r < region->n_rings; r++)
    for (gint64 i = 0; i < region->rings[r].n_points && scope_canvas_has_corners (&region->rings[r]); i++)
      {
        double x, y;
        scope_view_to_widget (&canvas->view, width, height, region->rings[r].points[2 * i], region->rings[r].points[2 * i + 1],
                              &x, &y);
        cairo_rectangle (cairo, x - 3.5, y - 3.5, 7.0, 7.0);
      }
  scope_set_colour (cairo, 0xffffff, 1.0);
  cairo_fill_preserve (cairo);
  scope_set_colour (cairo, region->colour, 1.0);
  cairo_set_line_width (cairo, 1.5);
  cairo_stroke (cairo);
}

static void
draw_regions (ScopeCanvas *canvas, cairo_t *cairo, SmoothRegions *regions)
{
  for (gint64 i = 0; i < smooth_regions_get_n (regions); i++)
    {
      const SmoothRegion *region = smooth_regions_get (regions, i);
      cairo_new_path (cairo);
      for (gint64 r = 0; r < region->n_rings; r++)
        trace_ring (canvas, cairo, region->rings[r].points, region->rings[r].n_points, TRUE);
      scope_stroke_with_halo (cairo, region->colour, 2.0);
      cairo_new_path (cairo);
      if (canvas->tool == SCOPE_TOOL_POLYGON)
        draw_corners (canvas, cairo, region);
    }
  for (gint64 i = 0; i < smooth_regions_get_n (regions); i++)
    draw_region_name (canvas, cairo, smooth_regions_get (regions, i));
}

void
scope_canvas_forget_outlines (ScopeCanvas *canvas)
{
  g_clear_pointer (&canvas->outlines[SCOPE_SIDE_A], gsk_render_node_unref);
  g_clear_pointer (&canvas->outlines[SCOPE_SIDE_B], gsk_render_node_unref);
}

static SmoothRegions *
get_regions (ScopeCanvas *canvas, ScopeSide side)
{
  const ScopePin *pin = scope_document_get_pinned (canvas->document);

  if (side == SCOPE_SIDE_A && pin != NULL)
    return pin->regions;
  return canvas->preview != NULL ? canvas->preview : scope_document_get_regions (canvas->document);
}

/* The outlines are one node, made again only when the regions or the view have changed. */
static void
snapshot_regions (ScopeCanvas *canvas, GtkSnapshot *snapshot, ScopeSide side)
{
  SmoothRegions *regions = get_regions (canvas, side);
  GskRenderNode **outlines = &canvas->outlines[side];

  if (smooth_regions_get_n (regions) == 0 || !scope_document_get_look (canvas->document)->show_regions)
    return;
  if (*outlines == NULL || !scope_view_equal (&canvas->view, &canvas->outlines_view[side]))
    {
      graphene_rect_t bounds;
      g_clear_pointer (outlines, gsk_render_node_unref);
      graphene_rect_init (&bounds, 0.0f, 0.0f, (float) scope_canvas_get_pane_width (canvas),
                          (float) gtk_widget_get_height (GTK_WIDGET (canvas)));
      *outlines = gsk_cairo_node_new (&bounds);
      canvas->outlines_view[side] = canvas->view;
      cairo_t *cairo = gsk_cairo_node_get_draw_context (*outlines);
      draw_regions (canvas, cairo, regions);
      cairo_destroy (cairo);
    }
  gtk_snapshot_append_node (snapshot, *outlines);
}

/* A lasso closes as soon as the button is let go, a polygon by a click on its first corner: both show how. */
static void
snapshot_drawing (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  const double *points = (const double *) (gconstpointer) canvas->drawing->data;
  guint n_points = canvas->drawing->len / 2;
  guint32 colour = smooth_regions_next_colour (scope_document_get_regions (canvas->document));
  double width = scope_canvas_get_pane_width (canvas), height = gtk_widget_get_height (GTK_WIDGET (canvas));

  if (n_points == 0)
    return;
  cairo_t *cairo = scope_append_cairo (snapshot, 0.0, 0.0, width, height);
  trace_ring (canvas, cairo, points, n_points, canvas->tool == SCOPE_TOOL_RECTANGLE);
  if (canvas->tool == SCOPE_TOOL_POLYGON && canvas->pointer_x >= 0.0)
    cairo_line_to (cairo, canvas->pointer_x, canvas->pointer_y);
  cairo_path_t *path = cairo_copy_path (cairo);
  scope_set_colour (cairo, colour, 0.18);
  cairo_fill (cairo);
  cairo_append_path (cairo, path);
  cairo_path_destroy (path);
  scope_stroke_with_halo (cairo, colour, 2.0);
  for (guint i = 0; i < n_points && canvas->tool == SCOPE_TOOL_POLYGON; i++)
    {
      double x, y;
      scope_view_to_widget (&canvas->view, width, height, points[2 * i], points[2 * i + 1], &x, &y);
      cairo_arc (cairo, x, y, i == 0 ? 5.0 : 3.0, 0.0, 2.0 * G_PI);
      scope_set_colour (cairo, 0xffffff, 1.0);
      cairo_fill_preserve (cairo);
      scope_set_colour (cairo, colour, 1.0);
      cairo_set_line_width (cairo, 1.5);
      cairo_stroke (cairo);
    }
  cairo_destroy (cairo);
}

/* The circle that brush and eraser reach. */
static void
snapshot_brush (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  double radius = canvas->brush * section->pitch / section->um_per_pixel * canvas->view.zoom;
  double x = canvas->pointer_x, y = canvas->pointer_y;

  if ((canvas->tool != SCOPE_TOOL_BRUSH && canvas->tool != SCOPE_TOOL_ERASER) || x < 0.0 || canvas->is_panning)
    return;
  cairo_t *cairo = scope_append_cairo (snapshot, x - radius - 3.0, y - radius - 3.0, 2.0 * radius + 6.0, 2.0 * radius + 6.0);
  cairo_arc (cairo, x, y, radius, 0.0, 2.0 * G_PI);
  scope_stroke_with_halo (cairo, 0x101010, 1.0);
  cairo_destroy (cairo);
}

/* How many spots the tool has taken, beside the pointer. */
static void
snapshot_touched (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  gulong n = (gulong) canvas->n_touched;
  double width = gtk_widget_get_width (GTK_WIDGET (canvas)), height = gtk_widget_get_height (GTK_WIDGET (canvas));

  if (!canvas->is_drawing || canvas->touched == NULL)
    return;
  g_autofree char *text = g_strdup_printf (ngettext ("%'d spot", "%'d spots", n), (int) n);
  g_autoptr (PangoLayout) layout = scope_layout_new (GTK_WIDGET (canvas), 0.85, text);
  double card_width = scope_layout_width (layout) + 2.0 * SCOPE_PADDING, card_height = scope_layout_height (layout) + SCOPE_PADDING;
  double x = floor (CLAMP (scope_canvas_get_pane_left (canvas, canvas->side) + canvas->pointer_x + 18.0, 0.0, MAX (width - card_width, 0.0)));
  double y = floor (CLAMP (canvas->pointer_y + 18.0, 0.0, MAX (height - card_height, 0.0)));
  gboolean dark = scope_canvas_is_dark (canvas);
  cairo_t *cairo = scope_append_cairo (snapshot, x, y, card_width, card_height);
  scope_draw_card (cairo, x, y, card_width, card_height, dark);
  scope_draw_layout (cairo, layout, x + SCOPE_PADDING, y + SCOPE_PADDING / 2.0, scope_text_colour (dark), 1.0);
  cairo_destroy (cairo);
}

/* Draws what lies on the tissue of one side, in the pane's coordinates. */
void
scope_canvas_snapshot_overlay (ScopeCanvas *canvas, GtkSnapshot *snapshot, ScopeSide side)
{
  snapshot_regions (canvas, snapshot, side);
  snapshot_drawing (canvas, snapshot);
  snapshot_brush (canvas, snapshot);
}

/* Draws what lies over both sides: line, labels, cards. */
void
scope_canvas_snapshot_top (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  scope_canvas_snapshot_comparison (canvas, snapshot);
  snapshot_touched (canvas, snapshot);
  scope_canvas_snapshot_cards (canvas, snapshot);
}
