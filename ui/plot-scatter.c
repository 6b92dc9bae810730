/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker finds the numbers and renders all points as one picture for the size of the view: drawing takes the same time for
 * a thousand spots as for half a million. A drag is filled once as a mask, in which every point is looked up. */
#include "plot-scatter.h"

#include "plot-axis.h"
#include "worker.h"

#include <cairo.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define CLICK_REACH 4.0  /* logical pixels: a drag that stays within is a click */
#define POINT_REACH 8.0  /* from a click or the pointer to a point */
#define LASSO_STEP 2.0
#define FEW 5000
#define MANY 50000        /* more points are shown as their density */
#define CELL 2.0          /* of that, logical pixels */
#define MOST_RINGS 5000  /* selected points; more are told by their colour alone */
#define FADED 0x30000000u
#define BORDER 0.04      /* of the range, around the points */

typedef struct
{
  ScopeColouring *colouring;
  SmoothOutcome *outcome;    /* (nullable) */
  ScopeSelection *selection; /* (nullable) */
  ScopePlotSource sources[2];
  SmoothLayer *layers[2];    /* (nullable) */
  SmoothPlotStyle style;
  int width, height, scale;
} Request;

typedef struct
{
  SmoothSection *section;
  SmoothPlot *plot;   /* NULL: nothing to show */
  double *xy;         /* n_spots x 2; NAN: not on the tissue, or without a value */
  gint64 n_points;
  char *names[2];
  gboolean are_shares[2];
  char *summary;
} Answer;

struct _ScopePlotScatter
{
  ScopePlotPanel parent_instance;
  GtkWidget *view, *axes[2], *rectangle, *correlation;
  ScopeWorker *worker;
  Answer *shown;
  GArray *path;   /* of double: x, y of the view */
  double press_x, press_y;
  gboolean has_axes;
};

G_DEFINE_FINAL_TYPE (ScopePlotScatter, scope_plot_scatter, SCOPE_TYPE_PLOT_PANEL)

static void
request_free (gpointer data)
{
  Request *request = data;

  scope_colouring_unref (request->colouring);
  g_clear_pointer (&request->outcome, smooth_outcome_unref);
  g_clear_pointer (&request->selection, scope_selection_unref);
  for (gint side = 0; side < 2; side++)
    g_clear_pointer (&request->layers[side], smooth_layer_unref);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  smooth_section_unref (answer->section);
  smooth_plot_unref (answer->plot);
  g_free (answer->xy);
  g_free (answer->names[0]);
  g_free (answer->names[1]);
  g_free (answer->summary);
  g_free (answer);
}

/* ---- On the worker's thread ---- */

/* The numbers of one axis, as they would be coloured. */
typedef struct
{
  ScopePlotSource source;
  gpointer outcome, layer; /* for comparison only */
  ScopeColouring *values;
} Axis;

static gpointer
axes_new (void)
{
  return g_new0 (Axis, 2);
}

static void
axes_free (gpointer data)
{
  Axis *axes = data;

  for (gint side = 0; side < 2; side++)
    g_clear_pointer (&axes[side].values, scope_colouring_unref);
  g_free (axes);
}

/* Kept while the selection or the colours change alone. */
static const ScopeColouring *
need_values (Axis *axis, const Request *request, gint side)
{
  const ScopePlotSource *source = &request->sources[side];
  ScopeLook look;

  if (axis->values != NULL && axis->source.by == source->by && axis->source.index == source->index && axis->source.layer == source->layer
      && axis->values->section == request->colouring->section && axis->outcome == request->outcome && axis->layer == request->layers[side])
    return axis->values;
  scope_look_init (&look);
  look.by = source->by;
  if (source->by == SCOPE_BY_GENE)
    look.gene = source->index;
  else if (source->by == SCOPE_BY_TYPE)
    look.type = source->index;
  else
    {
      look.layer = source->layer;
      look.column = source->index;
    }
  g_clear_pointer (&axis->values, scope_colouring_unref);
  axis->values = scope_colouring_new (request->colouring->section, request->outcome, request->layers[side], &look);
  axis->source = *source;
  axis->outcome = request->outcome;
  axis->layer = request->layers[side];
  return axis->values;
}

static void
place_points (Answer *answer, const ScopeColouring *const values[2], double low[2], double high[2])
{
  const SmoothSection *section = answer->section;

  for (gint side = 0; side < 2; side++)
    {
      low[side] = G_MAXDOUBLE;
      high[side] = -G_MAXDOUBLE;
    }
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double x = values[0]->values[i], y = values[1]->values[i];
      gboolean is_point = (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) && isfinite (x) && isfinite (y);
      answer->xy[2 * i] = is_point ? x : NAN;
      answer->xy[2 * i + 1] = is_point ? y : NAN;
      if (!is_point)
        continue;
      answer->n_points++;
      low[0] = MIN (low[0], x);
      high[0] = MAX (high[0], x);
      low[1] = MIN (low[1], y);
      high[1] = MAX (high[1], y);
    }
}

static double
correlate (const Answer *answer)
{
  g_autofree double *x = g_new (double, MAX (answer->n_points, 1)), *y = g_new (double, MAX (answer->n_points, 1));
  gint64 n = 0;

  for (gint64 i = 0; i < answer->section->n_spots; i++)
    if (!isnan (answer->xy[2 * i]))
      {
        x[n] = answer->xy[2 * i];
        y[n++] = answer->xy[2 * i + 1];
      }
  return smooth_score_correlation (x, y, n);
}

/* Where something is selected, all else is faded. */
static void
add_points (Answer *answer, const Request *request)
{
  const ScopeColouring *colouring = request->colouring;
  const ScopeSelection *selection = request->selection;
  gint64 n = answer->section->n_spots;
  double diameter = answer->n_points <= FEW ? 5.0 : answer->n_points <= MANY ? 3.0 : CELL;
  double opacity = answer->n_points <= FEW ? 0.85 : answer->n_points <= MANY ? 0.6 : 0.4;
  g_autofree guint32 *colours = g_new (guint32, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    {
      colours[i] = 0xff000000u | (colouring->colours[i] & 0xffffff);
      if (selection != NULL && !scope_selection_has (selection, i))
        colours[i] = FADED | (colours[i] & 0xffffff);
    }
  if (answer->n_points > MANY)
    smooth_plot_add_density (answer->plot, answer->xy, colours, n, CELL);
  else
    smooth_plot_add_points (answer->plot, answer->xy, colours, n, diameter, opacity);
  if (selection == NULL)
    return;
  for (gint64 i = 0; i < n; i++)
    colours[i] = scope_selection_has (selection, i) ? colours[i] | 0xff000000u : 0;
  smooth_plot_add_points (answer->plot, answer->xy, colours, n, diameter, 1.0);
  if (selection->n_selected <= MOST_RINGS)
    smooth_plot_add_rings (answer->plot, answer->xy, colours, n, diameter);
}

static void
set_axis (Answer *answer, gint side, double low, double high)
{
  double border = BORDER * (high - low);
  gboolean from_zero = low == 0.0; /* nothing lies below */

  smooth_plot_set_axis (answer->plot, side == 0 ? SMOOTH_PLOT_X : SMOOTH_PLOT_Y, answer->names[side], from_zero ? -border / 2.0 : low - border,
                        high + border, answer->are_shares[side] ? SMOOTH_PLOT_PERCENT : SMOOTH_PLOT_LINEAR);
}

static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  const Request *request = data;
  Axis *axes = state;
  const ScopeColouring *values[2] = { need_values (&axes[0], request, 0), need_values (&axes[1], request, 1) };
  Answer *answer = g_new0 (Answer, 1);
  double low[2], high[2];

  answer->section = smooth_section_ref (request->colouring->section);
  answer->xy = g_new (double, MAX (2 * answer->section->n_spots, 1));
  for (gint side = 0; side < 2; side++)
    {
      answer->names[side] = g_strdup (values[side]->title);
      answer->are_shares[side] = values[side]->is_share;
    }
  place_points (answer, values, low, high);
  if (answer->n_points > 0)
    {
      double r = correlate (answer);
      answer->plot = smooth_plot_new (NULL);
      set_axis (answer, 0, low[0], high[0]);
      set_axis (answer, 1, low[1], high[1]);
      add_points (answer, request);
      answer->summary = g_strdup_printf (ngettext ("%s against %s: %'d spot, correlation %.2f", "%s against %s: %'d spots, correlation %.2f",
                                                   (gulong) answer->n_points),
                                         answer->names[1], answer->names[0], (int) answer->n_points, r);
      if (!smooth_plot_render_points (answer->plot, &request->style, request->width, request->height, request->scale, run))
        {
          answer_free (answer);
          return;
        }
    }
  scope_worker_publish (worker, answer);
}

/* ---- On the main loop ---- */

static void
show_missing (ScopePlotScatter *panel)
{
  gboolean has_section = scope_document_get_section (scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel))) != NULL;

  g_clear_pointer (&panel->shown, answer_free);
  gtk_label_set_text (GTK_LABEL (panel->correlation), "");
  scope_plot_view_show_missing (SCOPE_PLOT_VIEW (panel->view), has_section
                                                                 ? _("Choose two components, cell types or genes that spots have numbers of")
                                                                 : _("Open a section to plot its spots by two numbers"));
}

static void
deliver (gpointer data, gpointer owner)
{
  ScopePlotScatter *panel = owner;
  Answer *answer = data;

  if (answer->plot == NULL || answer->section != scope_document_get_section (scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel))))
    {
      answer_free (answer);
      show_missing (panel);
      return;
    }
  g_clear_pointer (&panel->shown, answer_free);
  panel->shown = answer;
  scope_plot_view_show (SCOPE_PLOT_VIEW (panel->view), answer->plot, answer->summary);
  const char *number = strrchr (answer->summary, ' ');
  g_autofree char *text = g_strdup_printf ("r =%s", number != NULL ? number : "");
  gtk_label_set_text (GTK_LABEL (panel->correlation), text);
}

static const ScopeWorkerFuncs funcs = {
  .name = "scatter",
  .state_new = axes_new,
  .state_free = axes_free,
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

static void
ask (ScopePlotScatter *panel)
{
  ScopePlotPanel *base = SCOPE_PLOT_PANEL (panel);
  ScopeDocument *document = scope_plot_panel_get_document (base);
  ScopeColouring *colouring = scope_plot_panel_get_colouring (base);
  SmoothOutcome *outcome = scope_document_get_outcome (document);
  ScopeSelection *selection = scope_document_get_selection (document);
  int width = gtk_widget_get_width (panel->view), height = gtk_widget_get_height (panel->view);

  if (colouring == NULL || width <= 0 || height <= 0)
    return;
  Request *request = g_new0 (Request, 1);
  request->colouring = scope_colouring_ref (colouring);
  request->outcome = outcome != NULL && outcome->inputs.section == colouring->section ? smooth_outcome_ref (outcome) : NULL;
  request->selection = selection != NULL ? scope_selection_ref (selection) : NULL;
  for (gint side = 0; side < 2; side++)
    {
      request->sources[side] = scope_plot_axis_get_source (SCOPE_PLOT_AXIS (panel->axes[side]));
      const char *key = request->sources[side].layer;
      SmoothLayer *layer = key != NULL ? scope_document_get_layer (document, key) : NULL;
      request->layers[side] = layer != NULL ? smooth_layer_ref (layer) : NULL;
    }
  request->style = scope_plot_view_get_style (SCOPE_PLOT_VIEW (panel->view));
  request->width = width;
  request->height = height;
  request->scale = gtk_widget_get_scale_factor (panel->view);
  scope_worker_request (panel->worker, request, 0.2);
}

static void
scope_plot_scatter_refresh (ScopePlotPanel *base, guint changes)
{
  ScopePlotScatter *panel = SCOPE_PLOT_SCATTER (base);
  ScopeDocument *document = scope_plot_panel_get_document (base);

  if (!panel->has_axes)
    for (gint side = 0; side < 2; side++)
      scope_plot_axis_set_document (SCOPE_PLOT_AXIS (panel->axes[side]), document, side);
  panel->has_axes = TRUE;
  for (gint side = 0; side < 2; side++)
    scope_plot_axis_update (SCOPE_PLOT_AXIS (panel->axes[side]));
  if (scope_plot_panel_get_colouring (base) == NULL)
    show_missing (panel);
  else if (changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SELECTION | SCOPE_CHANGED_LAYERS | SCOPE_PLOT_CHANGED_COLOURS))
    ask (panel);
}

/* ---- Selecting ---- */

/* The point nearest to a place of the view, within reach; -1: none. */
static gint64
find_point (ScopePlotScatter *panel, double x, double y)
{
  const Answer *shown = panel->shown;
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  double x0 = smooth_plot_get_value (shown->plot, SMOOTH_PLOT_X, &frame, x), y0 = smooth_plot_get_value (shown->plot, SMOOTH_PLOT_Y, &frame, y);
  double per_x = smooth_plot_get_value (shown->plot, SMOOTH_PLOT_X, &frame, x + 1.0) - x0;
  double per_y = smooth_plot_get_value (shown->plot, SMOOTH_PLOT_Y, &frame, y + 1.0) - y0, best = POINT_REACH * POINT_REACH;
  gint64 nearest = -1;

  for (gint64 i = 0; i < shown->section->n_spots; i++)
    {
      double dx = (shown->xy[2 * i] - x0) / per_x, dy = (shown->xy[2 * i + 1] - y0) / per_y, square = dx * dx + dy * dy;
      if (square <= best) /* FALSE for NAN */
        {
          best = square;
          nearest = i;
        }
    }
  return nearest;
}

static void
append_value (GString *text, const char *name, gboolean is_share, double value)
{
  g_string_append_printf (text, is_share ? "\n%s: %.1f %%" : "\n%s: %.3g", name, is_share ? 100.0 * value : value);
}

static char *
hover (double x, double y, gpointer data)
{
  ScopePlotScatter *panel = data;
  const Answer *shown = panel->shown;

  if (shown == NULL || panel->path->len > 0)
    return NULL;
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  gint64 spot = find_point (panel, smooth_plot_get_place (shown->plot, SMOOTH_PLOT_X, &frame, x),
                            smooth_plot_get_place (shown->plot, SMOOTH_PLOT_Y, &frame, y));
  if (spot < 0)
    return NULL;
  GString *text = g_string_new (shown->section->barcodes[spot]);
  for (gint side = 0; side < 2; side++)
    append_value (text, shown->names[side], shown->are_shares[side], shown->xy[2 * spot + side]);
  return g_string_free (text, FALSE);
}

/* What the path encloses, a byte a pixel; even-odd. */
static cairo_surface_t *
mask_new (ScopePlotScatter *panel)
{
  cairo_surface_t *mask = cairo_image_surface_create (CAIRO_FORMAT_A8, gtk_widget_get_width (panel->view), gtk_widget_get_height (panel->view));
  cairo_t *cairo = cairo_create (mask);

  cairo_set_antialias (cairo, CAIRO_ANTIALIAS_NONE);
  cairo_set_fill_rule (cairo, CAIRO_FILL_RULE_EVEN_ODD);
  for (guint i = 0; i < panel->path->len / 2; i++)
    cairo_line_to (cairo, g_array_index (panel->path, double, 2 * i), g_array_index (panel->path, double, 2 * i + 1));
  cairo_close_path (cairo);
  cairo_fill (cairo);
  cairo_destroy (cairo);
  cairo_surface_flush (mask);
  return mask;
}

/* Returns: (nullable): the spots whose points lie within the path */
static ScopeSelection *
enclosed (ScopePlotScatter *panel)
{
  const Answer *shown = panel->shown;
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  cairo_surface_t *mask = mask_new (panel);
  const guchar *pixels = cairo_image_surface_get_data (mask);
  int width = cairo_image_surface_get_width (mask), height = cairo_image_surface_get_height (mask), stride = cairo_image_surface_get_stride (mask);
  double x0 = smooth_plot_get_place (shown->plot, SMOOTH_PLOT_X, &frame, 0.0), y0 = smooth_plot_get_place (shown->plot, SMOOTH_PLOT_Y, &frame, 0.0);
  double per_x = smooth_plot_get_place (shown->plot, SMOOTH_PLOT_X, &frame, 1.0) - x0;
  double per_y = smooth_plot_get_place (shown->plot, SMOOTH_PLOT_Y, &frame, 1.0) - y0;
  gint64 n = shown->section->n_spots;
  guint8 *flags = g_malloc0 ((gsize) MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    {
      double x = x0 + per_x * shown->xy[2 * i], y = y0 + per_y * shown->xy[2 * i + 1];
      if (x >= 0.0 && y >= 0.0 && x < width && y < height)
        flags[i] = pixels[(int) y * stride + (int) x] != 0;
    }
  cairo_surface_destroy (mask);
  return scope_selection_new (flags, n);
}

static void
show_path (ScopePlotScatter *panel)
{
  scope_plot_view_set_outline (SCOPE_PLOT_VIEW (panel->view), (const double *) (gconstpointer) panel->path->data, panel->path->len / 2);
}

static void
append (ScopePlotScatter *panel, double x, double y)
{
  double point[2] = { x, y };

  g_array_append_vals (panel->path, point, 2);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, ScopePlotScatter *panel)
{
  gtk_widget_grab_focus (panel->view);
  panel->press_x = x;
  panel->press_y = y;
  g_array_set_size (panel->path, 0);
}

static void
on_drag_update (GtkGestureDrag *gesture, double offset_x, double offset_y, ScopePlotScatter *panel)
{
  double x = panel->press_x + offset_x, y = panel->press_y + offset_y;
  guint n = panel->path->len;

  if (panel->shown == NULL || (n == 0 && hypot (offset_x, offset_y) < CLICK_REACH))
    return;
  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (panel->rectangle)))
    {
      g_array_set_size (panel->path, 0);
      append (panel, panel->press_x, panel->press_y);
      append (panel, x, panel->press_y);
      append (panel, x, y);
      append (panel, panel->press_x, y);
    }
  else
    {
      if (n == 0)
        append (panel, panel->press_x, panel->press_y);
      n = panel->path->len;
      if (hypot (g_array_index (panel->path, double, n - 2) - x, g_array_index (panel->path, double, n - 1) - y) >= LASSO_STEP)
        append (panel, x, y);
    }
  show_path (panel);
}

static void
select_point (ScopePlotScatter *panel, GdkModifierType state)
{
  gint64 spot = find_point (panel, panel->press_x, panel->press_y), n = panel->shown->section->n_spots;

  if (spot < 0)
    return;
  guint8 *flags = g_malloc0 ((gsize) n);
  flags[spot] = 1;
  g_autoptr (ScopeSelection) selection = scope_selection_new (flags, n);
  scope_document_select (scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel)), selection,
                         state & GDK_SHIFT_MASK ? SCOPE_SELECT_TOGGLE : SCOPE_SELECT_ONLY);
}

static void
on_drag_end (GtkGestureDrag *gesture, double offset_x, double offset_y, ScopePlotScatter *panel)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  ScopeDocument *document = scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel));

  if (panel->shown != NULL && panel->path->len >= 6)
    {
      ScopeSelection *selection = enclosed (panel);
      scope_document_select (document, selection, state & GDK_SHIFT_MASK ? SCOPE_SELECT_ADD : SCOPE_SELECT_ONLY);
      g_clear_pointer (&selection, scope_selection_unref);
    }
  else if (panel->shown != NULL && panel->path->len == 0)
    select_point (panel, state);
  g_array_set_size (panel->path, 0);
  show_path (panel);
}

static void
on_drag_cancel (GtkGesture *gesture, GdkEventSequence *sequence, ScopePlotScatter *panel)
{
  g_array_set_size (panel->path, 0);
  show_path (panel);
}

static void
scope_plot_scatter_dispose (GObject *object)
{
  ScopePlotScatter *panel = SCOPE_PLOT_SCATTER (object);

  g_clear_pointer (&panel->worker, scope_worker_free);
  g_clear_pointer (&panel->shown, answer_free);
  g_clear_pointer (&panel->path, g_array_unref);
  G_OBJECT_CLASS (scope_plot_scatter_parent_class)->dispose (object);
}

static void
scope_plot_scatter_class_init (ScopePlotScatterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_plot_scatter_dispose;
  SCOPE_PLOT_PANEL_CLASS (klass)->refresh = scope_plot_scatter_refresh;
}

static void
add_options (ScopePlotScatter *panel)
{
  const char *const names[] = { _("Across"), _("Up") };

  for (gint side = 0; side < 2; side++)
    {
      panel->axes[side] = scope_plot_axis_new (names[side]);
      scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), panel->axes[side]);
      g_signal_connect_swapped (panel->axes[side], "chosen", G_CALLBACK (ask), panel);
    }
  panel->rectangle = gtk_toggle_button_new ();
  gtk_button_set_icon_name (GTK_BUTTON (panel->rectangle), "scope-rectangle-symbolic");
  gtk_widget_set_tooltip_text (panel->rectangle, _("Drags select a rectangle, not a lasso"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->rectangle), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Select by rectangle"), -1);
  panel->correlation = gtk_label_new (NULL);
  gtk_widget_set_tooltip_text (panel->correlation, _("Pearson’s correlation over the spots"));
  gtk_widget_add_css_class (panel->correlation, "dim-label");
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), panel->rectangle);
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), panel->correlation);
}

static void
scope_plot_scatter_init (ScopePlotScatter *panel)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  panel->worker = scope_worker_new (&funcs, panel);
  panel->path = g_array_new (FALSE, FALSE, sizeof (double));
  panel->view = scope_plot_view_new (_("Scatter plot of spots"));
  add_options (panel);
  scope_plot_panel_set_content (SCOPE_PLOT_PANEL (panel), panel->view);
  scope_plot_view_set_hover_func (SCOPE_PLOT_VIEW (panel->view), hover, panel);
  gtk_widget_set_cursor_from_name (panel->view, "crosshair");
  g_signal_connect_swapped (panel->view, "resized", G_CALLBACK (ask), panel);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), panel);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), panel);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), panel);
  g_signal_connect (drag, "cancel", G_CALLBACK (on_drag_cancel), panel);
  gtk_widget_add_controller (panel->view, GTK_EVENT_CONTROLLER (drag));
}

GtkWidget *
scope_plot_scatter_new (void)
{
  return g_object_new (SCOPE_TYPE_PLOT_SCATTER, NULL);
}
