/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the newest painting where it belongs in the present view; a painting for that view is on its way meanwhile. So
 * the picture follows the hand in every frame, and is sharp a few milliseconds later. */
#include "canvas-private.h"

#include "trace.h"

#include <glib/gi18n.h>
#include <math.h>

/* Paintings reach this far over the widget's border (logical pixels), so that panning does not uncover gaps at once. */
#define MARGIN 64
#define SMALL_SIZE 1024
#define LIGHT_BACKGROUND 0xfbfbfau
#define DARK_BACKGROUND 0x1c1d20u

G_DEFINE_FINAL_TYPE (ScopeCanvas, scope_canvas, GTK_TYPE_WIDGET)

/* Dark is what has light text. */
gboolean
scope_canvas_is_dark (ScopeCanvas *canvas)
{
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (canvas)), &colour);
  return 0.30 * (double) colour.red + 0.59 * (double) colour.green + 0.11 * (double) colour.blue > 0.5;
}

/* A box around the spots on the tissue. */
static ScopeExtents
get_spot_extents (const SmoothSection *section)
{
  double low[2] = { G_MAXDOUBLE, G_MAXDOUBLE }, high[2] = { -G_MAXDOUBLE, -G_MAXDOUBLE };
  double border = 2.0 * section->spot_diameter / section->um_per_pixel;

  for (gint64 i = 0; i < section->n_spots; i++)
    for (gint d = 0; d < 2 && (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE); d++)
      {
        low[d] = MIN (low[d], section->coords[2 * i + d]);
        high[d] = MAX (high[d], section->coords[2 * i + d]);
      }
  if (low[0] > high[0])
    return (ScopeExtents){ 0.0, 0.0, 1.0, 1.0 };
  return (ScopeExtents){ low[0] - border, low[1] - border, high[0] - low[0] + 2.0 * border, high[1] - low[1] + 2.0 * border };
}

/* The whole picture; without one, the spots. */
static ScopeExtents
get_extents (ScopeCanvas *canvas)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  ScopePlate *plate = scope_document_get_plate (canvas->document);
  ScopeExtents extents = { 0 };

  if (plate == NULL || canvas->fits_spots)
    return get_spot_extents (section);
  scope_plate_get_size (plate, &extents.width, &extents.height);
  return extents;
}

static void
request_painting (ScopeCanvas *canvas)
{
  GtkWidget *widget = GTK_WIDGET (canvas);
  SmoothSection *section = canvas->document != NULL ? scope_document_get_section (canvas->document) : NULL;
  gint width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  if (section == NULL || width <= 0 || height <= 0)
    return;

  gint factor = gtk_widget_get_scale_factor (widget);
  const ScopeView *view = &canvas->view;
  ScopeScene scene = {
    .section = section,
    .outcome = scope_document_get_outcome (canvas->document),
    .plate = scope_document_get_plate (canvas->document),
    .look = *scope_document_get_look (canvas->document),
    .view.x = view->x - (width / 2.0 + MARGIN) / view->zoom,
    .view.y = view->y - (height / 2.0 + MARGIN) / view->zoom,
    .view.scale = view->zoom * factor,
    .width = (width + 2 * MARGIN) * factor,
    .height = (height + 2 * MARGIN) * factor,
    .background = scope_canvas_is_dark (canvas) ? DARK_BACKGROUND : LIGHT_BACKGROUND,
    .generation = scope_document_get_generation (canvas->document),
  };
  scope_painter_request (canvas->painter, &scene);
}

/* What a screen reader says about the colours. */
static void
describe_colours (ScopeCanvas *canvas, const ScopeColouring *colouring)
{
  g_autofree char *text = *colouring->title != '\0' ? g_strdup_printf (_("Coloured by %s"), colouring->title) : g_strdup ("");

  if (g_strcmp0 (text, canvas->description) == 0)
    return;
  g_free (canvas->description);
  canvas->description = g_steal_pointer (&text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (canvas), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, canvas->description, -1);
}

static void
on_painted (ScopeCanvas *canvas, ScopePainting *painting)
{
  if (canvas->document == NULL || painting->colouring->section != scope_document_get_section (canvas->document))
    return;
  describe_colours (canvas, painting->colouring);
  g_clear_pointer (&canvas->painting, scope_painting_unref);
  canvas->painting = scope_painting_ref (painting);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* To be called whenever the view has changed. */
void
scope_canvas_view_changed (ScopeCanvas *canvas)
{
  scope_canvas_update_hover (canvas);
  request_painting (canvas);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

static void
fit (ScopeCanvas *canvas)
{
  ScopeExtents extents = get_extents (canvas);

  scope_view_fit (&canvas->view, &extents, gtk_widget_get_width (GTK_WIDGET (canvas)),
                  gtk_widget_get_height (GTK_WIDGET (canvas)));
}

/* Shows all spots, or if they are shown already the whole picture; goes on to do so when the size changes. */
void
scope_canvas_fit (ScopeCanvas *canvas)
{
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    return;
  canvas->fits_spots = !(canvas->is_fitted && canvas->fits_spots);
  canvas->is_fitted = TRUE;
  fit (canvas);
  scope_canvas_view_changed (canvas);
}

/* From an eighth of the fitted size to one spot that fills the widget. */
static double
limit_zoom (ScopeCanvas *canvas, double zoom)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  ScopeView whole;
  ScopeExtents extents = get_spot_extents (section);
  gint width = gtk_widget_get_width (GTK_WIDGET (canvas)), height = gtk_widget_get_height (GTK_WIDGET (canvas));

  scope_view_fit (&whole, &extents, width, height);
  double closest = MIN (width, height) / MAX (section->spot_diameter / section->um_per_pixel, 1e-6);
  return CLAMP (zoom, whole.zoom / 8.0, MAX (closest, 4.0 * whole.zoom));
}

/* Zooms about a point of the widget. */
void
scope_canvas_zoom_at (ScopeCanvas *canvas, double x, double y, double factor)
{
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    return;
  canvas->is_fitted = FALSE;
  scope_view_zoom_at (&canvas->view, gtk_widget_get_width (GTK_WIDGET (canvas)), gtk_widget_get_height (GTK_WIDGET (canvas)), x,
                      y, limit_zoom (canvas, canvas->view.zoom * factor));
  scope_canvas_view_changed (canvas);
}

/* Zooms about the pointer if it is over the canvas, else about the centre. */
void
scope_canvas_zoom_by (ScopeCanvas *canvas, double factor)
{
  gboolean inside = canvas->pointer_x >= 0.0;

  scope_canvas_zoom_at (canvas, inside ? canvas->pointer_x : gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0,
                        inside ? canvas->pointer_y : gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0, factor);
}

/* Moves the view by logical pixels. */
void
scope_canvas_pan_by (ScopeCanvas *canvas, double x, double y)
{
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    return;
  canvas->is_fitted = FALSE;
  canvas->view.x += x / canvas->view.zoom;
  canvas->view.y += y / canvas->view.zoom;
  scope_canvas_view_changed (canvas);
}

/* One pixel of the histology on one pixel of the screen. */
void
scope_canvas_one_to_one (ScopeCanvas *canvas)
{
  const SmoothSection *section = canvas->document != NULL ? scope_document_get_section (canvas->document) : NULL;

  if (section == NULL)
    return;
  double scale = section->picture != NULL ? section->picture_scale : 1.0;
  scope_canvas_zoom_by (canvas, scale / gtk_widget_get_scale_factor (GTK_WIDGET (canvas)) / canvas->view.zoom);
}

void
scope_canvas_to_section (ScopeCanvas *canvas, double widget_x, double widget_y, double *x, double *y)
{
  scope_view_from_widget (&canvas->view, gtk_widget_get_width (GTK_WIDGET (canvas)),
                          gtk_widget_get_height (GTK_WIDGET (canvas)), widget_x, widget_y, x, y);
}

static void
section_changed (ScopeCanvas *canvas)
{
  ScopePlate *plate = scope_document_get_plate (canvas->document);

  g_clear_pointer (&canvas->painting, scope_painting_unref);
  g_clear_object (&canvas->small);
  scope_canvas_cancel_drawing (canvas);
  canvas->hovered = -1;
  if (plate != NULL)
    {
      SmoothPicture *picture = smooth_picture_ref (scope_plate_get_small (plate, SMALL_SIZE));
      g_autoptr (GBytes) bytes
        = g_bytes_new_with_free_func (picture->pixels, (gsize) picture->height * picture->stride,
                                      (GDestroyNotify) smooth_picture_unref, picture);
      canvas->small
        = gdk_memory_texture_new (picture->width, picture->height, GDK_MEMORY_DEFAULT, bytes, picture->stride);
    }
  canvas->is_fitted = canvas->fits_spots = TRUE;
  if (gtk_widget_get_width (GTK_WIDGET (canvas)) > 0)
    fit (canvas);
}

/* What a screen reader says. */
static void
update_description (ScopeCanvas *canvas)
{
  const SmoothSection *section = scope_document_get_section (canvas->document);
  g_autofree char *label
    = section != NULL ? g_strdup_printf (_("Tissue section %s with %d spots"), section->name, (int) section->n_spots)
                      : g_strdup (_("Empty canvas"));

  gtk_accessible_update_property (GTK_ACCESSIBLE (canvas), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
on_changed (ScopeCanvas *canvas, guint changes)
{
  if (changes & SCOPE_CHANGED_SECTION)
    {
      section_changed (canvas);
      update_description (canvas);
    }
  if (changes & (SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_LOOK))
    scope_canvas_forget_outlines (canvas);
  if (changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_SIGNATURE))
    request_painting (canvas);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

void
scope_canvas_set_document (ScopeCanvas *canvas, ScopeDocument *document)
{
  g_return_if_fail (canvas->document == NULL);
  canvas->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), canvas, G_CONNECT_SWAPPED);
  update_description (canvas);
}

/* Returns: (nullable) (transfer none): the colours on the screen */
ScopeColouring *
scope_canvas_get_colouring (ScopeCanvas *canvas)
{
  return canvas->painting != NULL ? canvas->painting->colouring : NULL;
}

ScopeTool
scope_canvas_get_tool (ScopeCanvas *canvas)
{
  return canvas->tool;
}

void
scope_canvas_set_tool (ScopeCanvas *canvas, ScopeTool tool)
{
  if (tool != canvas->tool)
    scope_canvas_cancel_drawing (canvas);
  canvas->tool = tool;
  scope_canvas_update_cursor (canvas);
}

/* Returns: whether there was a lasso or polygon in progress */
gboolean
scope_canvas_cancel_drawing (ScopeCanvas *canvas)
{
  gboolean was_drawing = canvas->drawing->len > 0;

  g_array_set_size (canvas->drawing, 0);
  canvas->is_lassoing = FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
  return was_drawing;
}

/* Where a rectangle of the section's plane lies on the widget, without the dust of rounding. */
static graphene_rect_t
place (ScopeCanvas *canvas, double x, double y, double width, double height)
{
  double left, top, zoom = canvas->view.zoom;
  graphene_rect_t rect;

  scope_view_to_widget (&canvas->view, gtk_widget_get_width (GTK_WIDGET (canvas)),
                        gtk_widget_get_height (GTK_WIDGET (canvas)), x, y, &left, &top);
  graphene_rect_init (&rect, (float) (round (left * 64.0) / 64.0), (float) (round (top * 64.0) / 64.0),
                      (float) (round (width * zoom * 64.0) / 64.0), (float) (round (height * zoom * 64.0) / 64.0));
  return rect;
}

static void
snapshot_small (ScopeCanvas *canvas, GtkSnapshot *snapshot)
{
  ScopePlate *plate = scope_document_get_plate (canvas->document);
  double opacity = scope_document_get_look (canvas->document)->histology_opacity;
  double width, height;

  if (canvas->small == NULL || opacity <= 0.0)
    return;
  scope_plate_get_size (plate, &width, &height);
  graphene_rect_t rect = place (canvas, 0.0, 0.0, width, height);
  gtk_snapshot_push_opacity (snapshot, opacity);
  gtk_snapshot_append_texture (snapshot, canvas->small, &rect);
  gtk_snapshot_pop (snapshot);
}

static void
snapshot_section (ScopeCanvas *canvas, GtkSnapshot *snapshot, const graphene_rect_t *bounds)
{
  const ScopePainting *painting = canvas->painting;
  graphene_rect_t rect;

  if (painting != NULL)
    rect = place (canvas, painting->view.x, painting->view.y, gdk_texture_get_width (painting->texture) / painting->view.scale,
                  gdk_texture_get_height (painting->texture) / painting->view.scale);
  if (painting == NULL || !graphene_rect_contains_rect (&rect, bounds))
    snapshot_small (canvas, snapshot);
  if (painting != NULL)
    gtk_snapshot_append_texture (snapshot, painting->texture, &rect);
}

static void
scope_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeCanvas *canvas = SCOPE_CANVAS (widget);
  guint32 background = scope_canvas_is_dark (canvas) ? DARK_BACKGROUND : LIGHT_BACKGROUND;
  GdkRGBA colour = { (float) (background >> 16) / 255.0f, (float) ((background >> 8) & 255) / 255.0f,
                     (float) (background & 255) / 255.0f, 1.0f };
  graphene_rect_t bounds;

  graphene_rect_init (&bounds, 0.0f, 0.0f, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget));
  gtk_snapshot_append_color (snapshot, &colour, &bounds);
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    return;

  gtk_snapshot_push_clip (snapshot, &bounds);
  snapshot_section (canvas, snapshot, &bounds);
  scope_canvas_snapshot_overlay (canvas, snapshot);
  gtk_snapshot_pop (snapshot);
  canvas->frame_has_section = canvas->painting != NULL;
}

static void
on_after_paint (ScopeCanvas *canvas)
{
  scope_trace_frame ();
  if (!canvas->frame_has_section || canvas->painting == NULL)
    return;
  canvas->frame_has_section = FALSE;
  scope_trace_painted (canvas->painting->generation, canvas->painting->colouring->outcome, canvas->small != NULL);
}

static void
scope_canvas_realize (GtkWidget *widget)
{
  ScopeCanvas *canvas = SCOPE_CANVAS (widget);

  GTK_WIDGET_CLASS (scope_canvas_parent_class)->realize (widget);
  canvas->after_paint
    = g_signal_connect_swapped (gtk_widget_get_frame_clock (widget), "after-paint", G_CALLBACK (on_after_paint), widget);
}

static void
scope_canvas_unrealize (GtkWidget *widget)
{
  g_clear_signal_handler (&SCOPE_CANVAS (widget)->after_paint, gtk_widget_get_frame_clock (widget));
  GTK_WIDGET_CLASS (scope_canvas_parent_class)->unrealize (widget);
}

static void
scope_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeCanvas *canvas = SCOPE_CANVAS (widget);

  GTK_WIDGET_CLASS (scope_canvas_parent_class)->size_allocate (widget, width, height, baseline);
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    return;
  if (canvas->is_fitted)
    fit (canvas);
  scope_canvas_forget_outlines (canvas);
  request_painting (canvas);
}

static void
scope_canvas_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_canvas_parent_class)->css_changed (widget, change);
  request_painting (SCOPE_CANVAS (widget));
  gtk_widget_queue_draw (widget);
}

static void
scope_canvas_dispose (GObject *object)
{
  ScopeCanvas *canvas = SCOPE_CANVAS (object);

  g_clear_object (&canvas->painter);
  g_clear_pointer (&canvas->painting, scope_painting_unref);
  g_clear_object (&canvas->small);
  scope_canvas_forget_outlines (canvas);
  g_clear_pointer (&canvas->drawing, g_array_unref);
  g_clear_pointer (&canvas->description, g_free);
  g_clear_object (&canvas->document);
  G_OBJECT_CLASS (scope_canvas_parent_class)->dispose (object);
}

static void
scope_canvas_class_init (ScopeCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_canvas_dispose;
  widget_class->snapshot = scope_canvas_snapshot;
  widget_class->size_allocate = scope_canvas_size_allocate;
  widget_class->realize = scope_canvas_realize;
  widget_class->unrealize = scope_canvas_unrealize;
  widget_class->css_changed = scope_canvas_css_changed;
  gtk_widget_class_set_css_name (widget_class, "scopecanvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_canvas_init (ScopeCanvas *canvas)
{
  canvas->drawing = g_array_new (FALSE, FALSE, sizeof (double));
  canvas->hovered = -1;
  canvas->pointer_x = canvas->pointer_y = -1.0;
  canvas->view.zoom = 1.0;
  canvas->painter = scope_painter_new ();
  g_signal_connect_object (canvas->painter, "painted", G_CALLBACK (on_painted), canvas, G_CONNECT_SWAPPED);
  gtk_widget_set_focusable (GTK_WIDGET (canvas), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (canvas), GTK_OVERFLOW_HIDDEN);
  g_signal_connect (canvas, "notify::scale-factor", G_CALLBACK (scope_canvas_view_changed), NULL);
  scope_canvas_add_input (canvas);
}
