/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drawing is one node, made again when plot, size or theme change; what follows the pointer lies over it. */
#include "plot-view.h"

#include "dialogs.h"
#include "pen.h"

#include <glib/gi18n.h>
#include <math.h>

/* Millimetres: a column of a paper. */
#define FILE_WIDTH 89.0
#define FILE_HEIGHT 62.0
#define FILE_DPI 300.0
#define LEAST_WIDTH 220
#define LEAST_HEIGHT 120

struct _ScopePlotView
{
  GtkWidget parent_instance;

  SmoothPlot *plot;  /* NULL: there is none, and why */
  char *missing;
  GskRenderNode *node;
  int node_width, node_height;
  gboolean node_is_dark;
  double pointer_x, pointer_y; /* negative while outside */
  ScopePlotHoverFunc hover_func;
  gpointer hover_data;
  GArray *outline;   /* of double: x, y of the widget */
  GMenu *menu;
  GtkWidget *popover;
};

G_DEFINE_FINAL_TYPE (ScopePlotView, scope_plot_view, GTK_TYPE_WIDGET)

static guint resized_signal;

static gboolean
is_dark (ScopePlotView *view)
{
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (view)), &colour);
  return 0.30 * (double) colour.red + 0.59 * (double) colour.green + 0.11 * (double) colour.blue > 0.5;
}

/* In the size of the widget's font. */
SmoothPlotStyle
scope_plot_view_get_style (ScopePlotView *view)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (view));
  PangoFontDescription *font = pango_context_get_font_description (context);
  double size = pango_font_description_get_size (font) / (double) PANGO_SCALE;

  if (!pango_font_description_get_size_is_absolute (font))
    size *= pango_cairo_context_get_resolution (context) > 0.0 ? pango_cairo_context_get_resolution (context) / 72.0 : 96.0 / 72.0;
  return (SmoothPlotStyle){ MAX (0.82 * size, 8.0), is_dark (view), TRUE, TRUE };
}

/* The place of the marks on the widget; of no size without a plot. */
SmoothPlotBox
scope_plot_view_get_frame (ScopePlotView *view)
{
  SmoothPlotStyle style = scope_plot_view_get_style (view);
  SmoothPlotBox frame = { 0 };

  if (view->plot != NULL)
    smooth_plot_get_frame (view->plot, &style, gtk_widget_get_width (GTK_WIDGET (view)), gtk_widget_get_height (GTK_WIDGET (view)), &frame);
  return frame;
}

/* Returns: (nullable) (transfer none) */
SmoothPlot *
scope_plot_view_get_plot (ScopePlotView *view)
{
  return view->plot;
}

static void
describe (ScopePlotView *view, const char *text)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
set_plot (ScopePlotView *view, SmoothPlot *plot, const char *missing)
{
  if (plot != NULL)
    smooth_plot_ref (plot);
  g_clear_pointer (&view->plot, smooth_plot_unref);
  view->plot = plot;
  g_free (view->missing);
  view->missing = g_strdup (missing);
  g_clear_pointer (&view->node, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

/* @summary: what a screen reader says of it */
void
scope_plot_view_show (ScopePlotView *view, SmoothPlot *plot, const char *summary)
{
  set_plot (view, plot, NULL);
  describe (view, summary);
}

/* Says in place of a plot what is needed for it. */
void
scope_plot_view_show_missing (ScopePlotView *view, const char *text)
{
  if (view->plot == NULL && g_strcmp0 (text, view->missing) == 0)
    return;
  set_plot (view, NULL, text);
  describe (view, text);
}

void
scope_plot_view_set_hover_func (ScopePlotView *view, ScopePlotHoverFunc func, gpointer data)
{
  view->hover_func = func;
  view->hover_data = data;
}

/* A line that is being drawn over the plot, closed: n_points x 2, of the widget; none to take it away. */
void
scope_plot_view_set_outline (ScopePlotView *view, const double *points, guint n_points)
{
  g_array_set_size (view->outline, 0);
  if (n_points > 0)
    g_array_append_vals (view->outline, points, 2 * n_points);
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

/* Adds a line to the context menu. */
void
scope_plot_view_add_menu_item (ScopePlotView *view, const char *label, const char *action)
{
  g_menu_append (view->menu, label, action);
}

/* ---- Drawing ---- */

static void
snapshot_missing (ScopePlotView *view, GtkSnapshot *snapshot, double width, double height)
{
  g_autoptr (PangoLayout) layout = scope_layout_new (GTK_WIDGET (view), 0.95, view->missing != NULL ? view->missing : "");

  pango_layout_set_width (layout, (int) (MAX (width - 24.0, 20.0) * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  cairo_t *cairo = scope_append_cairo (snapshot, 0.0, 0.0, width, height);
  scope_draw_layout (cairo, layout, 12.0, MAX ((height - scope_layout_height (layout)) / 2.0, 0.0), scope_text_colour (is_dark (view)), 0.65);
  cairo_destroy (cairo);
}

static void
need_node (ScopePlotView *view, int width, int height)
{
  SmoothPlotStyle style = scope_plot_view_get_style (view);
  graphene_rect_t bounds;

  if (view->node != NULL && view->node_width == width && view->node_height == height && view->node_is_dark == style.dark)
    return;
  g_clear_pointer (&view->node, gsk_render_node_unref);
  graphene_rect_init (&bounds, 0.0f, 0.0f, (float) width, (float) height);
  view->node = gsk_cairo_node_new (&bounds);
  view->node_width = width;
  view->node_height = height;
  view->node_is_dark = style.dark;
  cairo_t *cairo = gsk_cairo_node_get_draw_context (view->node);
  smooth_plot_draw (view->plot, &style, cairo, width, height);
  cairo_destroy (cairo);
}

static void
snapshot_outline (ScopePlotView *view, GtkSnapshot *snapshot, double width, double height)
{
  const double *points = (const double *) (gconstpointer) view->outline->data;

  if (view->outline->len < 4)
    return;
  cairo_t *cairo = scope_append_cairo (snapshot, 0.0, 0.0, width, height);
  for (guint i = 0; i < view->outline->len / 2; i++)
    cairo_line_to (cairo, points[2 * i], points[2 * i + 1]);
  cairo_close_path (cairo);
  scope_set_colour (cairo, scope_text_colour (is_dark (view)), 0.12);
  cairo_fill_preserve (cairo);
  scope_set_colour (cairo, scope_text_colour (is_dark (view)), 0.9);
  cairo_set_line_width (cairo, 1.25);
  cairo_stroke (cairo);
  cairo_destroy (cairo);
}

static void
snapshot_hover (ScopePlotView *view, GtkSnapshot *snapshot, double width, double height)
{
  SmoothPlotBox frame = scope_plot_view_get_frame (view);
  double x = view->pointer_x, y = view->pointer_y;

  if (view->hover_func == NULL || x < frame.x || y < frame.y || x > frame.x + frame.width || y > frame.y + frame.height)
    return;
  g_autofree char *text = view->hover_func (smooth_plot_get_value (view->plot, SMOOTH_PLOT_X, &frame, x),
                                            smooth_plot_get_value (view->plot, SMOOTH_PLOT_Y, &frame, y), view->hover_data);
  if (text == NULL)
    return;
  g_autoptr (PangoLayout) layout = scope_layout_new (GTK_WIDGET (view), 0.85, text);
  double card_width = scope_layout_width (layout) + 2.0 * SCOPE_PADDING, card_height = scope_layout_height (layout) + SCOPE_PADDING;
  double left = floor (x + 14.0 + card_width > width ? MAX (x - 8.0 - card_width, 0.0) : x + 14.0);
  double top = floor (CLAMP (y - card_height - 6.0, 0.0, MAX (height - card_height, 0.0)));
  cairo_t *cairo = scope_append_cairo (snapshot, left, top, card_width, card_height);
  scope_draw_card (cairo, left, top, card_width, card_height, is_dark (view));
  scope_draw_layout (cairo, layout, left + SCOPE_PADDING, top + SCOPE_PADDING / 2.0, scope_text_colour (is_dark (view)), 1.0);
  cairo_destroy (cairo);
}

static void
scope_plot_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopePlotView *view = SCOPE_PLOT_VIEW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  if (width <= 0 || height <= 0)
    return;
  if (view->plot == NULL)
    {
      snapshot_missing (view, snapshot, width, height);
      return;
    }
  need_node (view, width, height);
  gtk_snapshot_append_node (snapshot, view->node);
  snapshot_outline (view, snapshot, width, height);
  snapshot_hover (view, snapshot, width, height);
}

static void
scope_plot_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? LEAST_WIDTH : LEAST_HEIGHT;
}

static void
scope_plot_view_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_plot_view_parent_class)->css_changed (widget, change);
  g_clear_pointer (&SCOPE_PLOT_VIEW (widget)->node, gsk_render_node_unref);
  gtk_widget_queue_draw (widget);
  g_signal_emit (widget, resized_signal, 0);
}

/* ---- Menu ---- */

static GtkWindow *
window_of (ScopePlotView *view)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (view));

  return root != NULL && GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

/* Saves the plot, which there must be, on light paper; the end of the name says how. */
gboolean
scope_plot_view_save (ScopePlotView *view, const char *path, GError **error)
{
  return smooth_plot_save (view->plot, FALSE, FILE_WIDTH, FILE_HEIGHT, FILE_DPI, path, error);
}

static void
on_path (const char *path, gpointer data)
{
  g_autoptr (ScopePlotView) view = data;
  g_autoptr (GError) error = NULL;

  if (path == NULL || view->plot == NULL)
    return;
  gboolean has_kind = g_str_has_suffix (path, ".png") || g_str_has_suffix (path, ".pdf") || g_str_has_suffix (path, ".svg");
  g_autofree char *whole = has_kind ? g_strdup (path) : g_strconcat (path, ".png", NULL);
  scope_plot_view_save (view, whole, &error);
  g_autofree char *text = error != NULL ? g_strdup (error->message) : g_strdup_printf (_("The plot was saved as %s."), whole);
  gtk_widget_activate_action (GTK_WIDGET (view), "win.tell", "(bs)", error != NULL, text);
}

static void
on_save (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ScopePlotView *view = SCOPE_PLOT_VIEW (widget);

  if (view->plot != NULL)
    scope_dialog_save (window_of (view), _("Save plot"), "plot.png", on_path, g_object_ref (view));
}

static void
pop_up (ScopePlotView *view, double x, double y)
{
  GdkRectangle at = { (int) x, (int) y, 1, 1 };

  gtk_widget_action_set_enabled (GTK_WIDGET (view), "plot.save", view->plot != NULL);
  gtk_popover_set_pointing_to (GTK_POPOVER (view->popover), &at);
  gtk_popover_popup (GTK_POPOVER (view->popover));
}

static void
on_menu (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pop_up (SCOPE_PLOT_VIEW (widget), gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0);
}

static void
on_secondary (GtkGesture *gesture, int n_press, double x, double y, ScopePlotView *view)
{
  pop_up (view, x, y);
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, ScopePlotView *view)
{
  view->pointer_x = x;
  view->pointer_y = y;
  if (view->hover_func != NULL)
    gtk_widget_queue_draw (GTK_WIDGET (view));
}

static void
on_leave (GtkEventControllerMotion *controller, ScopePlotView *view)
{
  view->pointer_x = view->pointer_y = -1.0;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

static void
scope_plot_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GTK_WIDGET_CLASS (scope_plot_view_parent_class)->size_allocate (widget, width, height, baseline);
  gtk_popover_present (GTK_POPOVER (SCOPE_PLOT_VIEW (widget)->popover));
  g_signal_emit (widget, resized_signal, 0);
}

static void
scope_plot_view_dispose (GObject *object)
{
  ScopePlotView *view = SCOPE_PLOT_VIEW (object);

  g_clear_pointer (&view->popover, gtk_widget_unparent);
  g_clear_object (&view->menu);
  g_clear_pointer (&view->plot, smooth_plot_unref);
  g_clear_pointer (&view->missing, g_free);
  g_clear_pointer (&view->node, gsk_render_node_unref);
  g_clear_pointer (&view->outline, g_array_unref);
  G_OBJECT_CLASS (scope_plot_view_parent_class)->dispose (object);
}

static void
scope_plot_view_class_init (ScopePlotViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_plot_view_dispose;
  widget_class->snapshot = scope_plot_view_snapshot;
  widget_class->measure = scope_plot_view_measure;
  widget_class->size_allocate = scope_plot_view_size_allocate;
  widget_class->css_changed = scope_plot_view_css_changed;
  /* resized: size or theme has changed: points have to be rendered again */
  resized_signal = g_signal_new ("resized", SCOPE_TYPE_PLOT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "scopeplot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_install_action (widget_class, "plot.save", NULL, on_save);
  gtk_widget_class_install_action (widget_class, "menu.popup", NULL, on_menu);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "menu.popup", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "menu.popup", NULL);
}

static void
scope_plot_view_init (ScopePlotView *view)
{
  GtkGesture *secondary = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();

  view->pointer_x = view->pointer_y = -1.0;
  view->outline = g_array_new (FALSE, FALSE, sizeof (double));
  view->menu = g_menu_new ();
  g_menu_append (view->menu, _("Save plot…"), "plot.save");
  view->popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (view->menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (view->popover), FALSE);
  gtk_widget_set_halign (view->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (view->popover, GTK_WIDGET (view));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (secondary), GDK_BUTTON_SECONDARY);
  g_signal_connect (secondary, "pressed", G_CALLBACK (on_secondary), view);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), view);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), view);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (secondary));
  gtk_widget_add_controller (GTK_WIDGET (view), motion);
  gtk_widget_set_focusable (GTK_WIDGET (view), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (view), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (view), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (view), GTK_OVERFLOW_HIDDEN);
}

/* @name: what a screen reader calls it */
GtkWidget *
scope_plot_view_new (const char *name)
{
  GtkWidget *view = g_object_new (SCOPE_TYPE_PLOT_VIEW, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  describe (SCOPE_PLOT_VIEW (view), ""); /* GTK 4.8 has no answer for one that was never described */
  return view;
}
