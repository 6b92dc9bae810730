/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the newest painting where it belongs in the present view; a painting for that view is on its way meanwhile. So
 * the picture follows the hand in every frame, and is sharp a few milliseconds later. */
#include "canvas-private.h"

#include "trace.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Paintings reach this far over the widget's border (logical pixels); panning asks for another one before it uncovers
 * what they lack. */
#define MARGIN 96
#define LEAST_MARGIN 32
/* A frame waits this long (us) for a picture of new parameters, if that is likely to come in time: with what the frame
 * itself takes it is still over before the next one. */
#define FRAME_WAIT 9000
#define SMALL_SIZE 1024
#define LIGHT_BACKGROUND 0xfbfbfau
#define DARK_BACKGROUND 0x1c1d20u

G_DEFINE_FINAL_TYPE (ScopeCanvas, scope_canvas, GTK_TYPE_WIDGET)

static guint failed_signal, coloured_signal;

/* Dark is what has light text. */
gboolean
scope_canvas_is_dark (ScopeCanvas *canvas)
{
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (canvas)), &colour);
  return 0.30 * (double) colour.red + 0.59 * (double) colour.green + 0.11 * (double) colour.blue > 0.5;
}

/* What lies below the tissue, 0xRRGGBB. */
static guint32
get_background (ScopeCanvas *canvas)
{
  ScopeBackground background = canvas->document != NULL ? scope_document_get_look (canvas->document)->background : SCOPE_BACKGROUND_THEME;

  if (background == SCOPE_BACKGROUND_THEME)
    return scope_canvas_is_dark (canvas) ? DARK_BACKGROUND : LIGHT_BACKGROUND;
  return background == SCOPE_BACKGROUND_WHITE ? 0xffffffu : 0x000000u;
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

/* Generations tell outcomes apart. */
static gboolean
scenes_equal (const ScopeScene *a, const ScopeScene *b)
{
  return a->section == b->section && memcmp (&a->source, &b->source, sizeof a->source) == 0
         && memcmp (&a->pinned, &b->pinned, sizeof a->pinned) == 0 && a->generation == b->generation && a->plate == b->plate
         && memcmp (&a->look, &b->look, sizeof a->look) == 0 && memcmp (&a->view, &b->view, sizeof a->view) == 0
         && a->width == b->width && a->height == b->height && a->background == b->background && a->marked == b->marked
         && a->selection == b->selection;
}

/* Touched spots take the colour of their region to be; what is erased goes pale. */
static guint32
get_mark_colour (ScopeCanvas *canvas)
{
  SmoothRegions *regions = scope_document_get_regions (canvas->document);

  if (canvas->tool == SCOPE_TOOL_ERASER)
    return 0xffffff;
  if (canvas->tool == SCOPE_TOOL_BRUSH && canvas->painted_region >= 0 && canvas->painted_region < smooth_regions_get_n (regions))
    return smooth_regions_get (regions, canvas->painted_region)->colour;
  return smooth_regions_next_colour (regions);
}

/* Asks for a painting of what is to be seen now, unless it was asked for. */
void
scope_canvas_request_painting (ScopeCanvas *canvas)
{
  GtkWidget *widget = GTK_WIDGET (canvas);
  SmoothSection *section = canvas->document != NULL ? scope_document_get_section (canvas->document) : NULL;
  gint width = (gint) scope_canvas_get_pane_width (canvas), height = gtk_widget_get_height (widget);
  SmoothCompareMode compare = scope_canvas_get_compare (canvas);

  if (section == NULL || width <= 0 || height <= 0)
    return;

  gint factor = gtk_widget_get_scale_factor (widget);
  const ScopeView *view = &canvas->view;
  ScopeScene scene = {
    .section = section,
    .plate = scope_document_get_plate (canvas->document),
    .look = *scope_document_get_look (canvas->document),
    .view.x = view->x - (width / 2.0 + MARGIN) / view->zoom,
    .view.y = view->y - (height / 2.0 + MARGIN) / view->zoom,
    .view.scale = view->zoom * factor,
    .width = (width + 2 * MARGIN) * factor,
    .height = (height + 2 * MARGIN) * factor,
    .background = get_background (canvas),
    .generation = scope_document_get_generation (canvas->document),
    .marked = canvas->marked,
    .mark_colour = get_mark_colour (canvas),
    .selection = scope_document_get_selection (canvas->document),
    .line = factor,
  };
  scope_document_get_source (canvas->document, &scene.source);
  if (compare != SMOOTH_COMPARE_OFF)
    scope_document_get_pinned_source (canvas->document, &scene.pinned);
  scene.look.colours.compare = compare;
  /* Are drawn here. */
  scene.look.swipe = 0.0;
  scene.look.show_legend = scene.look.show_scale_bar = FALSE;
  memset (scene.look.card_places, 0, sizeof scene.look.card_places);
  scene.serial = canvas->asked.serial + 1;
  if (scenes_equal (&scene, &canvas->asked))
    return;
  canvas->asked = scene;
  scope_painter_request (canvas->painter, &scene);
}

/* Whether the newest painting that was asked for will do for the present view: sharp, and some way beyond the border. */
static gboolean
reaches (ScopeCanvas *canvas)
{
  const ScopeView *view = &canvas->view;
  const SmoothView *asked = &canvas->asked.view;
  double half_width = scope_canvas_get_pane_width (canvas) / 2.0 + LEAST_MARGIN;
  double half_height = gtk_widget_get_height (GTK_WIDGET (canvas)) / 2.0 + LEAST_MARGIN;
  double factor = gtk_widget_get_scale_factor (GTK_WIDGET (canvas));

  if (asked->scale != view->zoom * factor)
    return FALSE;
  half_width /= view->zoom;
  half_height /= view->zoom;
  return view->x - half_width >= asked->x && view->x + half_width <= asked->x + canvas->asked.width / asked->scale
         && view->y - half_height >= asked->y && view->y + half_height <= asked->y + canvas->asked.height / asked->scale;
}

/* What a screen reader says about the colours. */
static void
describe_colours (ScopeCanvas *canvas, const ScopePainting *painting)
{
  const char *title = painting->colouring->title;
  g_autofree char *text = NULL;

  if (*title == '\0')
    text = g_strdup ("");
  else if (painting->compare == SMOOTH_COMPARE_SPLIT)
    text = g_strdup_printf (_("A and B side by side, coloured by %s"), title);
  else if (painting->compare == SMOOTH_COMPARE_SWIPE)
    text = g_strdup_printf (_("A left of a line, B right of it, coloured by %s"), title);
  else
    text = g_strdup_printf (_("Coloured by %s"), title);

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
  describe_colours (canvas, painting);
  if (canvas->painting != NULL)
    {
      scope_sheet_inherit (painting->sheet, canvas->painting->sheet);
      scope_sheet_inherit (painting->sheet_a, canvas->painting->sheet_a);
    }
  gboolean is_new = canvas->painting == NULL || canvas->painting->colouring != painting->colouring;
  g_clear_pointer (&canvas->painting, scope_painting_unref);
  canvas->painting = scope_painting_ref (painting);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
  if (is_new)
    g_signal_emit (canvas, coloured_signal, 0);
}

/* To be called whenever the view has changed. */
void
scope_canvas_view_changed (ScopeCanvas *canvas)
{
  scope_canvas_update_hover (canvas);
  if (!reaches (canvas))
    scope_canvas_request_painting (canvas);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

static void
fit (ScopeCanvas *canvas)
{
  ScopeExtents extents = get_extents (canvas);

  scope_view_fit (&canvas->view, &extents, scope_canvas_get_pane_width (canvas), gtk_widget_get_height (GTK_WIDGET (canvas)),
                  SCOPE_CANVAS_TOP);
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

/* Where it looks. */
ScopePlace
scope_canvas_get_place (ScopeCanvas *canvas)
{
  return (ScopePlace){ canvas->view, canvas->is_fitted, canvas->fits_spots };
}

/* Looks there again; for a section that is there. */
void
scope_canvas_set_place (ScopeCanvas *canvas, const ScopePlace *place)
{
  canvas->is_fitted = place->is_fitted;
  canvas->fits_spots = place->fits_spots;
  if (!place->is_fitted)
    canvas->view = place->view;
  else if (gtk_widget_get_width (GTK_WIDGET (canvas)) > 0)
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
  double width = scope_canvas_get_pane_width (canvas), height = gtk_widget_get_height (GTK_WIDGET (canvas));

  scope_view_fit (&whole, &extents, width, height, SCOPE_CANVAS_TOP);
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
  scope_view_zoom_at (&canvas->view, scope_canvas_get_pane_width (canvas), gtk_widget_get_height (GTK_WIDGET (canvas)), x,
                      y, limit_zoom (canvas, canvas->view.zoom * factor));
  scope_canvas_view_changed (canvas);
}

/* Zooms about the pointer if it is over the canvas, else about the centre. */
void
scope_canvas_zoom_by (ScopeCanvas *canvas, double factor)
{
  gboolean inside = canvas->pointer_x >= 0.0;

  scope_canvas_zoom_at (canvas, inside ? canvas->pointer_x : scope_canvas_get_pane_width (canvas) / 2.0,
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
  scope_view_from_widget (&canvas->view, scope_canvas_get_pane_width (canvas),
                          gtk_widget_get_height (GTK_WIDGET (canvas)), widget_x, widget_y, x, y);
}

/* The whole histology, as bright as it is to be seen. */
static void
make_small (ScopeCanvas *canvas)
{
  ScopePlate *plate = scope_document_get_plate (canvas->document);
  const ScopeLook *look = scope_document_get_look (canvas->document);

  g_clear_pointer (&canvas->small, scope_sheet_free);
  canvas->small_brightness = look->colours.brightness;
  canvas->small_contrast = look->colours.contrast;
  if (plate == NULL)
    return;
  SmoothPicture *small = scope_plate_get_small (plate, SMALL_SIZE);
  g_autoptr (SmoothPicture) adjusted = look->colours.brightness != 0.0 || look->colours.contrast != 0.0
                                           ? scope_plate_dup_adjusted (small, look->colours.brightness, look->colours.contrast)
                                           : NULL;
  canvas->small = scope_sheet_new (adjusted != NULL ? adjusted : small);
}

static void
section_changed (ScopeCanvas *canvas)
{
  g_clear_pointer (&canvas->painting, scope_painting_unref);
  canvas->asked = (ScopeScene){ .serial = canvas->asked.serial };
  scope_canvas_cancel_drawing (canvas);
  g_clear_pointer (&canvas->likeness, smooth_features_unref);
  canvas->likeness_is_coming = FALSE;
  scope_canvas_tool_prepare (canvas);
  canvas->hovered = canvas->hovered_point = -1;
  make_small (canvas);
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

/* A fitted picture follows the width of its pane. */
static void
follow_panes (ScopeCanvas *canvas)
{
  double width = scope_canvas_get_pane_width (canvas);

  if (width == canvas->pane_width || scope_document_get_section (canvas->document) == NULL)
    return;
  canvas->pane_width = width;
  scope_canvas_forget_outlines (canvas);
  if (canvas->is_fitted)
    fit (canvas);
}

static void
on_changed (ScopeCanvas *canvas, guint changes)
{
  if (changes & SCOPE_CHANGED_SECTION)
    {
      section_changed (canvas);
      update_description (canvas);
    }
  if (changes & SCOPE_CHANGED_PLATE)
    make_small (canvas);
  if (changes & SCOPE_CHANGED_LOOK)
    {
      const ScopeLook *look = scope_document_get_look (canvas->document);
      if (look->colours.brightness != canvas->small_brightness || look->colours.contrast != canvas->small_contrast)
        make_small (canvas);
    }
  if (changes & (SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_PIN))
    scope_canvas_forget_outlines (canvas);
  if (changes & (SCOPE_CHANGED_LOOK | SCOPE_CHANGED_PIN | SCOPE_CHANGED_OUTCOME))
    follow_panes (canvas);
  if (changes & (SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_OUTCOME))
    canvas->is_behind = TRUE;
  if (changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_PLATE | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_SELECTION
                 | SCOPE_CHANGED_PIN | SCOPE_CHANGED_LAYERS))
    scope_canvas_request_painting (canvas);
  if (changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_PIN
                 | SCOPE_CHANGED_PARAMETERS))
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
  scope_canvas_forget_outlines (canvas);
  scope_canvas_tool_prepare (canvas);
  scope_canvas_update_cursor (canvas);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Returns: whether there was something in progress */
gboolean
scope_canvas_cancel_drawing (ScopeCanvas *canvas)
{
  gboolean was_drawing = canvas->drawing->len > 0 || canvas->is_drawing;

  canvas->is_lassoing = FALSE;
  scope_canvas_tool_forget (canvas);
  return was_drawing;
}

/* Tells the user what a tool could not do. */
void
scope_canvas_fail (ScopeCanvas *canvas, const char *text)
{
  g_signal_emit (canvas, failed_signal, 0, text);
}

/* Where a rectangle of the section's plane lies on the widget, without the dust of rounding. */
static graphene_rect_t
place (ScopeCanvas *canvas, double x, double y, double width, double height)
{
  double left, top, zoom = canvas->view.zoom;
  graphene_rect_t rect;

  scope_view_to_widget (&canvas->view, scope_canvas_get_pane_width (canvas),
                        gtk_widget_get_height (GTK_WIDGET (canvas)), x, y, &left, &top);
  graphene_rect_init (&rect, (float) (round (left * 64.0) / 64.0), (float) (round (top * 64.0) / 64.0),
                      (float) (round (width * zoom * 64.0) / 64.0), (float) (round (height * zoom * 64.0) / 64.0));
  return rect;
}

/* A painting of the present zoom lies on whole device pixels: moved by a part of one it would be blurred. */
static graphene_rect_t
place_painting (ScopeCanvas *canvas, const ScopePainting *painting)
{
  gint width, height;

  scope_sheet_get_size (painting->sheet, &width, &height);
  graphene_rect_t rect = place (canvas, painting->view.x, painting->view.y, width / painting->view.scale, height / painting->view.scale);
  float factor = (float) gtk_widget_get_scale_factor (GTK_WIDGET (canvas));
  if (painting->view.scale == canvas->view.zoom * (double) factor)
    graphene_rect_init (&rect, roundf (rect.origin.x * factor) / factor, roundf (rect.origin.y * factor) / factor,
                        (float) width / factor, (float) height / factor);
  return rect;
}

static void
snapshot_small (ScopeCanvas *canvas, GtkSnapshot *snapshot, GskRenderer *renderer, const graphene_rect_t *bounds)
{
  ScopePlate *plate = scope_document_get_plate (canvas->document);
  double opacity = scope_document_get_look (canvas->document)->colours.histology_opacity;
  double width, height;

  if (canvas->small == NULL || opacity <= 0.0)
    return;
  scope_plate_get_size (plate, &width, &height);
  graphene_rect_t rect = place (canvas, 0.0, 0.0, width, height);
  gtk_snapshot_push_opacity (snapshot, opacity);
  scope_sheet_append (canvas->small, snapshot, renderer, &rect, bounds);
  gtk_snapshot_pop (snapshot);
}

/* What the painting covers needs nothing below it. */
static void
snapshot_section (ScopeCanvas *canvas, GtkSnapshot *snapshot, ScopeSide side, const GdkRGBA *background, const graphene_rect_t *bounds)
{
  GskRenderer *renderer = gtk_native_get_renderer (gtk_widget_get_native (GTK_WIDGET (canvas)));
  const ScopePainting *painting = canvas->painting;
  graphene_rect_t rect = GRAPHENE_RECT_INIT (0.0f, 0.0f, 0.0f, 0.0f);

  if (painting != NULL)
    rect = place_painting (canvas, painting);
  if (painting == NULL || !graphene_rect_contains_rect (&rect, bounds))
    {
      gtk_snapshot_append_color (snapshot, background, bounds);
      snapshot_small (canvas, snapshot, renderer, bounds);
    }
  if (painting != NULL)
    scope_sheet_append (side == SCOPE_SIDE_A && painting->sheet_a != NULL ? painting->sheet_a : painting->sheet, snapshot, renderer, &rect, bounds);
}

/* What is to be seen of one side: @bounds is a part of its pane. */
static void
snapshot_side (ScopeCanvas *canvas, GtkSnapshot *snapshot, ScopeSide side, const GdkRGBA *background, const graphene_rect_t *bounds)
{
  graphene_point_t corner = GRAPHENE_POINT_INIT ((float) scope_canvas_get_pane_left (canvas, side), 0.0f);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &corner);
  gtk_snapshot_push_clip (snapshot, bounds);
  snapshot_section (canvas, snapshot, side, background, bounds);
  scope_canvas_snapshot_overlay (canvas, snapshot, side);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_restore (snapshot);
}

static void
snapshot_sides (ScopeCanvas *canvas, GtkSnapshot *snapshot, const GdkRGBA *background)
{
  SmoothCompareMode compare = scope_canvas_get_compare (canvas);
  float width = (float) scope_canvas_get_pane_width (canvas), height = (float) gtk_widget_get_height (GTK_WIDGET (canvas));
  float line = compare == SMOOTH_COMPARE_SWIPE ? (float) scope_canvas_get_line (canvas) : 0.0f;
  graphene_rect_t a = GRAPHENE_RECT_INIT (0.0f, 0.0f, compare == SMOOTH_COMPARE_SWIPE ? line : width, height);
  graphene_rect_t b = GRAPHENE_RECT_INIT (line, 0.0f, width - line, height);

  if (compare == SMOOTH_COMPARE_SPLIT || line > 0.0f)
    snapshot_side (canvas, snapshot, SCOPE_SIDE_A, background, &a);
  if (b.size.width > 0.0f)
    snapshot_side (canvas, snapshot, SCOPE_SIDE_B, background, &b);
}

static void
scope_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeCanvas *canvas = SCOPE_CANVAS (widget);
  guint32 background = get_background (canvas);
  GdkRGBA colour = { (float) (background >> 16) / 255.0f, (float) ((background >> 8) & 255) / 255.0f,
                     (float) (background & 255) / 255.0f, 1.0f };
  graphene_rect_t bounds;

  graphene_rect_init (&bounds, 0.0f, 0.0f, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget));
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    {
      gtk_snapshot_append_color (snapshot, &colour, &bounds);
      return;
    }

  gtk_snapshot_push_clip (snapshot, &bounds);
  snapshot_sides (canvas, snapshot, &colour);
  scope_canvas_snapshot_top (canvas, snapshot);
  gtk_snapshot_pop (snapshot);
  canvas->frame_has_section = canvas->painting != NULL;
}

/* Whether the painting that was asked for last is there. */
static gboolean
is_painted (ScopeCanvas *canvas)
{
  return canvas->painting != NULL && canvas->painting->serial == canvas->asked.serial;
}

/* A moved slider asks for this frame, too, and so do the numbers of an outcome. Where its picture comes within milliseconds
 * the frame shows it; else it would have to wait for the next one. */
static void
on_before_paint (ScopeCanvas *canvas)
{
  gint64 deadline = g_get_monotonic_time () + FRAME_WAIT;

  scope_trace_frame_begins ();
  if (!canvas->is_behind || canvas->document == NULL)
    return;
  scope_document_wait (canvas->document, deadline - scope_painter_get_pace (canvas->painter));
  while (!is_painted (canvas) && scope_painter_wait (canvas->painter, deadline))
    continue;
  canvas->is_behind = FALSE;
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
  GdkFrameClock *clock = gtk_widget_get_frame_clock (widget);
  canvas->before_paint = g_signal_connect_swapped (clock, "before-paint", G_CALLBACK (on_before_paint), widget);
  canvas->after_paint = g_signal_connect_swapped (clock, "after-paint", G_CALLBACK (on_after_paint), widget);
}

static void
scope_canvas_unrealize (GtkWidget *widget)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (widget);

  g_clear_signal_handler (&SCOPE_CANVAS (widget)->before_paint, clock);
  g_clear_signal_handler (&SCOPE_CANVAS (widget)->after_paint, clock);
  GTK_WIDGET_CLASS (scope_canvas_parent_class)->unrealize (widget);
}

static void
scope_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeCanvas *canvas = SCOPE_CANVAS (widget);

  GTK_WIDGET_CLASS (scope_canvas_parent_class)->size_allocate (widget, width, height, baseline);
  if (canvas->document == NULL || scope_document_get_section (canvas->document) == NULL)
    return;
  canvas->pane_width = scope_canvas_get_pane_width (canvas);
  if (canvas->is_fitted)
    fit (canvas);
  scope_canvas_forget_outlines (canvas);
  scope_canvas_request_painting (canvas);
}

static void
scope_canvas_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_canvas_parent_class)->css_changed (widget, change);
  scope_canvas_request_painting (SCOPE_CANVAS (widget));
  gtk_widget_queue_draw (widget);
}

static void
scope_canvas_dispose (GObject *object)
{
  ScopeCanvas *canvas = SCOPE_CANVAS (object);

  g_clear_object (&canvas->painter);
  g_clear_pointer (&canvas->painting, scope_painting_unref);
  g_clear_pointer (&canvas->small, scope_sheet_free);
  scope_canvas_forget_outlines (canvas);
  g_clear_pointer (&canvas->drawing, g_array_unref);
  g_clear_pointer (&canvas->description, g_free);
  g_clear_pointer (&canvas->touched, g_free);
  g_clear_pointer (&canvas->marked, g_bytes_unref);
  g_clear_pointer (&canvas->preview, smooth_regions_unref);
  g_clear_pointer (&canvas->likeness, smooth_features_unref);
  g_clear_pointer (&canvas->reach, g_free);
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
  /* failed (const char *text): what a tool could not do */
  failed_signal = g_signal_new ("failed", SCOPE_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /* coloured: there are other colours than before */
  coloured_signal = g_signal_new ("coloured", SCOPE_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "scopecanvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_canvas_init (ScopeCanvas *canvas)
{
  canvas->drawing = g_array_new (FALSE, FALSE, sizeof (double));
  canvas->moved_card = -1;
  canvas->hovered = canvas->hovered_point = canvas->corner[0] = canvas->painted_region = -1;
  canvas->brush = 1.5;
  canvas->pointer_x = canvas->pointer_y = -1.0;
  canvas->view.zoom = 1.0;
  canvas->painter = scope_painter_new ();
  g_signal_connect_object (canvas->painter, "painted", G_CALLBACK (on_painted), canvas, G_CONNECT_SWAPPED);
  gtk_widget_set_focusable (GTK_WIDGET (canvas), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (canvas), GTK_OVERFLOW_HIDDEN);
  g_signal_connect (canvas, "notify::scale-factor", G_CALLBACK (scope_canvas_view_changed), NULL);
  scope_canvas_add_input (canvas);
}
