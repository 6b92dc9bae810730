/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tools that are dragged: rectangle, brush, eraser, wand, and the corners of polygons. Spots that a tool has touched are
 * marked by the painter; the regions change once, when the hand lets go. */
#include "canvas-private.h"

#include "likeness.h"

#include <glib/gi18n.h>
#include <math.h>

#define LEAST_BRUSH 0.5 /* pitches */
#define LARGEST_BRUSH 40.0
#define CORNER_REACH 9.0     /* logical pixels */
#define MAX_CORNERS 64       /* a lasso has more points than a hand could take hold of */
#define TOLERANCE_STEP 100.0 /* logical pixels of drag that double the tolerance of the wand */

/* Spots */

static void
mark (ScopeCanvas *canvas)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);

  g_clear_pointer (&canvas->marked, g_bytes_unref);
  if (canvas->touched != NULL)
    canvas->marked = g_bytes_new (canvas->touched, (gsize) section->n_spots);
  scope_canvas_request_painting (canvas);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

static void
start_touching (ScopeCanvas *canvas)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);

  g_free (canvas->touched);
  canvas->touched = g_malloc0 ((gsize) MAX (section->n_spots, 1));
  canvas->n_touched = 0;
}

/* Touches the spots on the tissue that lie under the brush on its way to (x, y). */
static void
touch_to (ScopeCanvas *canvas, double x, double y)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  double radius = canvas->brush * section->pitch / section->um_per_pixel;
  double dx = x - canvas->brush_x, dy = y - canvas->brush_y, square = dx * dx + dy * dy;
  gint64 n_before = canvas->n_touched;

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double px = section->coords[2 * i] - canvas->brush_x, py = section->coords[2 * i + 1] - canvas->brush_y;
      double along = square > 0.0 ? CLAMP ((px * dx + py * dy) / square, 0.0, 1.0) : 0.0;
      double away_x = px - along * dx, away_y = py - along * dy;
      if (canvas->touched[i] || !(away_x * away_x + away_y * away_y <= radius * radius)
          || !(section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE))
        continue;
      canvas->touched[i] = 1;
      canvas->n_touched++;
    }
  canvas->brush_x = x;
  canvas->brush_y = y;
  if (canvas->n_touched > n_before)
    mark (canvas);
}

/* Makes the brush larger or smaller. */
void
scope_canvas_scale_brush (ScopeCanvas *canvas, double factor)
{
  canvas->brush = CLAMP (canvas->brush * factor, LEAST_BRUSH, LARGEST_BRUSH);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* A stroke that begins in a region enlarges it; one that begins outside of all makes a new one. */
static void
begin_stroke (ScopeCanvas *canvas, double x, double y)
{
  start_touching (canvas);
  canvas->painted_region = scope_region_find (canvas->document, x, y);
  canvas->brush_x = x;
  canvas->brush_y = y;
  touch_to (canvas, x, y);
}

/* Rectangle */

static void
span_rectangle (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  g_array_set_size (canvas->drawing, 0);
  scope_canvas_append_point (canvas, canvas->press_x, canvas->press_y);
  scope_canvas_append_point (canvas, widget_x, canvas->press_y);
  scope_canvas_append_point (canvas, widget_x, widget_y);
  scope_canvas_append_point (canvas, canvas->press_x, widget_y);
}

/* Corners */

/* Whether the corners of a ring may be dragged. */
gboolean
scope_canvas_has_corners (const SmoothRing *ring)
{
  return ring->n_points <= MAX_CORNERS;
}

/* The nearest corner within reach of a point of the widget: region, ring, point. */
gboolean
scope_canvas_find_corner (ScopeCanvas *canvas, double widget_x, double widget_y, gint64 corner[3])
{
  SmoothRegions *regions = scope_document_get_regions (canvas->document);
  double width = scope_canvas_get_pane_width (canvas), height = gtk_widget_get_height (GTK_WIDGET (canvas));
  double nearest = CORNER_REACH;

  corner[0] = -1;
  for (gint64 i = 0; i < smooth_regions_get_n (regions); i++)
    for (gint64 r = 0; r < smooth_regions_get (regions, i)->n_rings; r++)
      {
        const SmoothRing *ring = &smooth_regions_get (regions, i)->rings[r];
        for (gint64 p = 0; p < ring->n_points && scope_canvas_has_corners (ring); p++)
          {
            double x, y;
            scope_view_to_widget (&canvas->view, width, height, ring->points[2 * p], ring->points[2 * p + 1], &x, &y);
            if (hypot (x - widget_x, y - widget_y) > nearest)
              continue;
            nearest = hypot (x - widget_x, y - widget_y);
            corner[0] = i;
            corner[1] = r;
            corner[2] = p;
          }
      }
  return corner[0] >= 0;
}

static void
move_corner (ScopeCanvas *canvas, double x, double y)
{
  SmoothRegions *regions = scope_document_get_regions (canvas->document);

  g_clear_pointer (&canvas->preview, smooth_regions_unref);
  if (canvas->corner[0] < smooth_regions_get_n (regions))
    canvas->preview = smooth_regions_new_moved (regions, canvas->corner[0], canvas->corner[1], canvas->corner[2], x, y);
  scope_canvas_forget_outlines (canvas);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Wand */

static void
on_likeness (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ScopeCanvas) canvas = data;
  g_autoptr (GError) error = NULL;
  const SmoothSection *section;
  g_autoptr (SmoothFeatures) likeness = scope_likeness_compute_finish (result, &section, &error);

  if (canvas->document == NULL || scope_document_get_section (canvas->document) != section)
    return;
  canvas->likeness_is_coming = FALSE;
  g_clear_pointer (&canvas->likeness, smooth_features_unref);
  canvas->likeness = g_steal_pointer (&likeness);
  if (error != NULL)
    scope_canvas_fail (canvas, error->message);
  scope_canvas_update_cursor (canvas);
}

/* Starts to compute what the tool needs. */
void
scope_canvas_tool_prepare (ScopeCanvas *canvas)
{
  SmoothSection *section = canvas->document != NULL ? scope_document_get_section (canvas->document) : NULL;

  if (canvas->tool != SCOPE_TOOL_WAND || section == NULL || canvas->likeness != NULL || canvas->likeness_is_coming)
    return;
  canvas->likeness_is_coming = TRUE;
  scope_likeness_compute_async (section, &scope_document_get_parameters (canvas->document)->prepare, on_likeness,
                                g_object_ref (canvas));
}

static void
touch_within (ScopeCanvas *canvas, const SmoothOutcome *outcome, double tolerance)
{
  start_touching (canvas);
  for (gint64 i = 0; i < outcome->n_spots; i++)
    if (canvas->reach[i] <= tolerance)
      {
        canvas->touched[outcome->spots[i]] = 1;
        canvas->n_touched++;
      }
  mark (canvas);
}

/* The nearest analysed spot within a pitch of a point of the section's plane; its number among the analysed ones, or -1. */
static gint64
find_seed (const SmoothOutcome *outcome, double x, double y)
{
  const SmoothSection *section = outcome->inputs.section;
  double nearest = section->pitch / section->um_per_pixel;
  gint64 seed = -1;

  for (gint64 i = 0; i < outcome->n_spots; i++)
    {
      const double *at = section->coords + 2 * (gsize) outcome->spots[i];
      double distance = hypot (at[0] - x, at[1] - y);
      if (distance <= nearest)
        {
          nearest = distance;
          seed = i;
        }
    }
  return seed;
}

/* Regions do not stop the wand: it grows over the graph as it was before they cut it. */
static gboolean
begin_wand (ScopeCanvas *canvas, double x, double y)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (canvas->document);
  gint64 seed = outcome != NULL ? find_seed (outcome, x, y) : -1;

  if (seed < 0 || canvas->likeness == NULL || canvas->likeness->n_spots != outcome->n_spots)
    return FALSE;
  g_free (canvas->reach);
  canvas->reach = smooth_graph_dup_reach (outcome->base_graph, canvas->likeness, seed);
  canvas->tolerance = smooth_reach_guess (canvas->reach, outcome->n_spots);
  touch_within (canvas, outcome, canvas->tolerance);
  return TRUE;
}

/* To the right for more. */
static void
move_wand (ScopeCanvas *canvas, double widget_x)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (canvas->document);

  if (canvas->reach != NULL && outcome != NULL && canvas->likeness != NULL && canvas->likeness->n_spots == outcome->n_spots)
    touch_within (canvas, outcome, canvas->tolerance * pow (2.0, (widget_x - canvas->press_x) / TOLERANCE_STEP));
}

/* All of them */

/* Returns: whether a drag of the present tool begins here */
gboolean
scope_canvas_tool_begin (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  double x, y;

  canvas->press_x = widget_x;
  canvas->press_y = widget_y;
  scope_canvas_to_section (canvas, widget_x, widget_y, &x, &y);
  switch (canvas->tool)
    {
    case SCOPE_TOOL_RECTANGLE:
      return TRUE;
    case SCOPE_TOOL_BRUSH:
    case SCOPE_TOOL_ERASER:
      begin_stroke (canvas, x, y);
      return TRUE;
    case SCOPE_TOOL_WAND:
      return begin_wand (canvas, x, y);
    case SCOPE_TOOL_POLYGON:
      return canvas->drawing->len == 0 && scope_canvas_find_corner (canvas, widget_x, widget_y, canvas->corner);
    case SCOPE_TOOL_PAN:
    case SCOPE_TOOL_LASSO:
    default:
      return FALSE;
    }
}

void
scope_canvas_tool_move (ScopeCanvas *canvas, double widget_x, double widget_y)
{
  double x, y;

  scope_canvas_to_section (canvas, widget_x, widget_y, &x, &y);
  if (canvas->tool == SCOPE_TOOL_RECTANGLE)
    span_rectangle (canvas, widget_x, widget_y);
  else if (canvas->tool == SCOPE_TOOL_POLYGON)
    move_corner (canvas, x, y);
  else if (canvas->tool == SCOPE_TOOL_WAND)
    move_wand (canvas, widget_x);
  else if (canvas->touched != NULL)
    touch_to (canvas, x, y);
}

static gboolean
is_large_enough (ScopeCanvas *canvas)
{
  const double *points = (const double *) (gconstpointer) canvas->drawing->data;

  return canvas->drawing->len == 8 && fabs (points[4] - points[0]) * canvas->view.zoom >= 2.0
         && fabs (points[5] - points[1]) * canvas->view.zoom >= 2.0;
}

/* The hand lets go: the regions change. */
void
scope_canvas_tool_end (ScopeCanvas *canvas)
{
  g_autofree guint8 *touched = canvas->n_touched > 0 ? g_steal_pointer (&canvas->touched) : NULL;
  g_autoptr (SmoothRegions) preview = g_steal_pointer (&canvas->preview);
  gint64 painted = canvas->painted_region;

  if (canvas->tool == SCOPE_TOOL_RECTANGLE && is_large_enough (canvas))
    {
      scope_canvas_finish_drawing (canvas);
      return;
    }
  scope_canvas_tool_forget (canvas);
  if (canvas->tool == SCOPE_TOOL_POLYGON && preview != NULL)
    scope_document_edit_regions (canvas->document, preview, _("move corner"));
  else if (canvas->tool == SCOPE_TOOL_BRUSH && touched != NULL)
    scope_region_paint (canvas->document, painted, touched);
  else if (canvas->tool == SCOPE_TOOL_ERASER && touched != NULL)
    scope_region_erase (canvas->document, touched);
  else if (canvas->tool == SCOPE_TOOL_WAND && touched != NULL)
    scope_region_grow (canvas->document, touched);
}

/* Gives up what is being dragged. */
void
scope_canvas_tool_forget (ScopeCanvas *canvas)
{
  canvas->is_drawing = FALSE;
  canvas->corner[0] = -1;
  canvas->n_touched = 0;
  g_array_set_size (canvas->drawing, 0);
  g_clear_pointer (&canvas->touched, g_free);
  g_clear_pointer (&canvas->reach, g_free);
  if (canvas->preview != NULL)
    scope_canvas_forget_outlines (canvas);
  g_clear_pointer (&canvas->preview, smooth_regions_unref);
  if (canvas->marked != NULL)
    {
      g_clear_pointer (&canvas->marked, g_bytes_unref);
      scope_canvas_request_painting (canvas);
    }
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}
