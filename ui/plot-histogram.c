/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker counts; drags of a limit go through the look of the document, as what is typed for it does. A drag elsewhere
 * selects the spots of a range of values, a click the spots of a category. */
#include "plot-histogram.h"

#include "worker.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_BINS 60
#define GRAB_REACH 7.0    /* logical pixels from a limit */
#define CLICK_REACH 4.0
#define KEY_STEP 0.02     /* of the range of the axis */
#define ROW_HEIGHT 15     /* logical pixels, at least: of a category */
#define LEAST_COUNT 0.7   /* where a logarithmic scale of counts begins */

typedef enum
{
  GRAB_NONE,
  GRAB_LOW,
  GRAB_HIGH,
  GRAB_RANGE,
} Grab;

typedef struct
{
  ScopeColouring *colouring;
  ScopeSelection *selection; /* (nullable) */
  gboolean has_log_counts;
} Request;

typedef struct
{
  ScopeColouring *colouring;
  SmoothHistogram *histogram;
  SmoothPlot *plot;
  char *summary;
} Answer;

struct _ScopePlotHistogram
{
  ScopePlotPanel parent_instance;
  GtkWidget *view, *scroller, *log_counts, *automatic;
  ScopeWorker *worker;
  Answer *shown; /* NULL: there is nothing to show */
  Grab grab;
  double press_x, press_y;
};

G_DEFINE_FINAL_TYPE (ScopePlotHistogram, scope_plot_histogram, SCOPE_TYPE_PLOT_PANEL)

static void
request_free (gpointer data)
{
  Request *request = data;

  scope_colouring_unref (request->colouring);
  g_clear_pointer (&request->selection, scope_selection_unref);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  scope_colouring_unref (answer->colouring);
  smooth_histogram_free (answer->histogram);
  smooth_plot_unref (answer->plot);
  g_free (answer->summary);
  g_free (answer);
}

/* ---- On the worker's thread ---- */

static gboolean
is_on_tissue (const SmoothSection *section, gint64 spot)
{
  return (section->spot_flags[spot] & SMOOTH_SPOT_IN_TISSUE) != 0;
}

static SmoothHistogram *
count (const Request *request)
{
  const ScopeColouring *colouring = request->colouring;
  gint64 n = colouring->section->n_spots;
  const guint8 *marked = request->selection != NULL ? scope_selection_get_flags (request->selection) : NULL;
  g_autofree guint8 *used = g_new (guint8, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    used[i] = is_on_tissue (colouring->section, i) ? 1 : 0;
  if (colouring->names != NULL)
    return smooth_histogram_new_of_categories (colouring->values, used, marked, n, g_strv_length (colouring->names));
  return smooth_histogram_new (colouring->values, used, marked, n, N_BINS, colouring->scale.is_log);
}

static guint32
colour_of_category (const ScopeColouring *colouring, gint64 category)
{
  for (gint64 e = 0; e < colouring->n_entries; e++)
    if (g_str_equal (colouring->entries[e].name, colouring->names[category]))
      return colouring->entries[e].colour;
  return smooth_category_colour (category);
}

/* Rows are the categories that a spot has, in their order: bin r of the histogram becomes row r. */
static void
drop_empty (SmoothHistogram *histogram, gint64 *categories)
{
  gint64 n = 0;

  for (gint64 k = 0; k < histogram->n_bins; k++)
    if (histogram->counts[k] > 0.0)
      {
        histogram->counts[n] = histogram->counts[k];
        histogram->selected[n] = histogram->selected[k];
        categories[n++] = k;
      }
  histogram->n_bins = n;
}

static void
add_rows (SmoothPlot *plot, const Request *request, SmoothHistogram *histogram)
{
  const ScopeColouring *colouring = request->colouring;
  g_autofree gint64 *categories = g_new (gint64, MAX (histogram->n_bins, 1));
  drop_empty (histogram, categories);
  gint64 n = histogram->n_bins;
  g_autofree const char **names = g_new (const char *, MAX (n, 1));
  g_autofree guint32 *colours = g_new (guint32, MAX (n, 1));
  gboolean is_log = request->has_log_counts;

  for (gint64 r = 0; r < n; r++)
    {
      names[r] = colouring->names[categories[r]];
      colours[r] = colour_of_category (colouring, categories[r]);
      histogram->edges[r] = (double) categories[r];
    }
  smooth_plot_set_rows (plot, names, n);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, _("spots"), is_log ? LEAST_COUNT : 0.0, 1.05 * smooth_histogram_get_most (histogram),
                        is_log ? SMOOTH_PLOT_LOG : SMOOTH_PLOT_LINEAR);
  smooth_plot_add_stacks (plot, histogram->counts, colours, n, 1);
  if (request->selection != NULL)
    smooth_plot_add_row_overlay (plot, NULL, histogram->selected, n);
}

static void
add_bins (SmoothPlot *plot, const Request *request, const SmoothHistogram *histogram)
{
  const ScopeColouring *colouring = request->colouring;
  const SmoothColourScale *scale = &colouring->scale;
  gint64 n = histogram->n_bins;
  g_autofree guint32 *colours = g_new (guint32, MAX (n, 1));
  gboolean is_log = request->has_log_counts;

  for (gint64 b = 0; b < n; b++)
    {
      double middle = scale->is_log ? sqrt (histogram->edges[b] * histogram->edges[b + 1]) : 0.5 * (histogram->edges[b] + histogram->edges[b + 1]);
      double place = smooth_colour_scale_get_place (scale, middle);
      colours[b] = smooth_colour_scale_get_colour (scale, isnan (place) ? 0.0 : place) & 0xffffff;
    }
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, colouring->title, MIN (histogram->edges[0], scale->low),
                        MAX (histogram->edges[n], scale->high),
                        scale->is_log ? SMOOTH_PLOT_LOG : colouring->is_share ? SMOOTH_PLOT_PERCENT : SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, _("spots"), is_log ? LEAST_COUNT : 0.0, 1.05 * smooth_histogram_get_most (histogram),
                        is_log ? SMOOTH_PLOT_LOG : SMOOTH_PLOT_LINEAR);
  smooth_plot_add_bars (plot, histogram->edges, histogram->counts, colours, n);
  if (request->selection != NULL)
    smooth_plot_add_overlay (plot, NULL, histogram->edges, histogram->selected, n);
  smooth_plot_add_rule (plot, SMOOTH_PLOT_X, scale->low);
  smooth_plot_add_rule (plot, SMOOTH_PLOT_X, scale->high);
}

static char *
dup_number (const ScopeColouring *colouring, double value)
{
  if (colouring->is_share)
    return g_strdup_printf ("%.3g %%", 100.0 * value);
  return value == floor (value) && fabs (value) < 1e15 ? g_strdup_printf ("%'.0f", value) : g_strdup_printf ("%'.4g", value);
}

/* What a screen reader says: 'Histogram of Pax6, log-normalised: 1,500 spots from 0 to 3.2; colours from 0 to 3.' */
static char *
summarise (const ScopeColouring *colouring, const SmoothHistogram *histogram)
{
  gulong n = (gulong) histogram->n_values;

  if (colouring->names != NULL)
    return g_strdup_printf (ngettext ("%s: %'d spot in %d categories", "%s: %'d spots in %d categories", n), colouring->title, (int) n,
                            (int) histogram->n_bins);
  g_autofree char *first = dup_number (colouring, histogram->edges[0]);
  g_autofree char *last = dup_number (colouring, histogram->edges[histogram->n_bins]);
  g_autofree char *low = dup_number (colouring, colouring->scale.low), *high = dup_number (colouring, colouring->scale.high);
  return g_strdup_printf (ngettext ("%s: %'d spot from %s to %s; colours from %s to %s", "%s: %'d spots from %s to %s; colours from %s to %s", n),
                          colouring->title, (int) n, first, last, low, high);
}

static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  const Request *request = data;
  Answer *answer = g_new0 (Answer, 1);

  answer->colouring = scope_colouring_ref (request->colouring);
  answer->histogram = *request->colouring->title != '\0' ? count (request) : NULL;
  if (answer->histogram != NULL && answer->histogram->n_values > 0)
    {
      answer->plot = smooth_plot_new (NULL);
      if (request->colouring->names != NULL)
        add_rows (answer->plot, request, answer->histogram);
      else
        add_bins (answer->plot, request, answer->histogram);
      answer->summary = summarise (request->colouring, answer->histogram);
    }
  scope_worker_publish (worker, answer);
}

/* ---- On the main loop ---- */

static void
show_missing (ScopePlotHistogram *panel)
{
  gboolean has_section = scope_document_get_section (scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel))) != NULL;

  g_clear_pointer (&panel->shown, answer_free);
  scope_plot_view_show_missing (SCOPE_PLOT_VIEW (panel->view), has_section ? _("No spot has a value: choose what to colour by")
                                                                           : _("Open a section to see how its values are spread"));
}

static void
deliver (gpointer data, gpointer owner)
{
  ScopePlotHistogram *panel = owner;
  Answer *answer = data;

  if (answer->plot == NULL)
    {
      answer_free (answer);
      show_missing (panel);
      return;
    }
  g_clear_pointer (&panel->shown, answer_free);
  panel->shown = answer;
  gboolean has_rows = answer->colouring->names != NULL;
  gtk_widget_set_size_request (panel->view, -1, has_rows ? (int) answer->histogram->n_bins * ROW_HEIGHT + 50 : -1);
  gtk_widget_set_sensitive (panel->automatic, !has_rows);
  scope_plot_view_show (SCOPE_PLOT_VIEW (panel->view), answer->plot, answer->summary);
}

static const ScopeWorkerFuncs funcs = {
  .name = "histogram",
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

static void
scope_plot_histogram_refresh (ScopePlotPanel *base, guint changes)
{
  ScopePlotHistogram *panel = SCOPE_PLOT_HISTOGRAM (base);
  ScopeColouring *colouring = scope_plot_panel_get_colouring (base);

  if (!(changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SELECTION | SCOPE_PLOT_CHANGED_COLOURS)))
    return;
  if (colouring == NULL)
    {
      show_missing (panel);
      return;
    }
  ScopeSelection *selection = scope_document_get_selection (scope_plot_panel_get_document (base));
  Request *request = g_new0 (Request, 1);
  request->colouring = scope_colouring_ref (colouring);
  request->selection = selection != NULL ? scope_selection_ref (selection) : NULL;
  request->has_log_counts = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->log_counts));
  scope_worker_request (panel->worker, request, 1.0);
}

static void
on_log_counts (ScopePlotHistogram *panel)
{
  scope_plot_panel_refresh (SCOPE_PLOT_PANEL (panel), SCOPE_PLOT_CHANGED_COLOURS);
}

static char *
hover (double x, double y, gpointer data)
{
  ScopePlotHistogram *panel = data;
  const Answer *shown = panel->shown;

  if (shown == NULL)
    return NULL;
  const SmoothHistogram *histogram = shown->histogram;
  gboolean has_rows = shown->colouring->names != NULL;
  gint64 bin = has_rows ? (gint64) floor (y) : smooth_histogram_find (histogram, x);
  if (bin < 0 || bin >= histogram->n_bins)
    return NULL;
  gulong n = (gulong) histogram->counts[bin];
  GString *text = g_string_new (NULL);
  if (has_rows)
    g_string_append (text, shown->colouring->names[(gint64) histogram->edges[bin]]);
  else
    {
      /* Bins of whole numbers lie between them. */
      double inset = histogram->edges[bin] - floor (histogram->edges[bin]) == 0.5 && !shown->colouring->is_share ? 0.5 : 0.0;
      g_autofree char *from = dup_number (shown->colouring, histogram->edges[bin] + inset);
      g_autofree char *to = dup_number (shown->colouring, histogram->edges[bin + 1] - inset);
      g_string_append_printf (text, _("%s to %s"), from, to);
    }
  g_string_append_c (text, '\n');
  g_string_append_printf (text, ngettext ("%'d spot", "%'d spots", n), (int) n);
  if (histogram->n_selected > 0)
    g_string_append_printf (text, _(", %'d selected"), (int) histogram->selected[bin]);
  return g_string_free (text, FALSE);
}

/* ---- Limits ---- */

/* Three digits are enough for a hand. */
static double
round_digits (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (buffer, sizeof buffer, "%.2e", value);
  return g_ascii_strtod (buffer, NULL);
}

/* The limits stay a range. */
static void
set_limit (ScopePlotHistogram *panel, Grab which, double value)
{
  ScopeDocument *document = scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel));
  ScopeLook look = *scope_document_get_look (document);
  const SmoothColourScale *scale = &panel->shown->colouring->scale;
  double low = look.colours.limits == SMOOTH_LIMITS_TYPED ? look.colours.typed[0] : scale->low;
  double high = look.colours.limits == SMOOTH_LIMITS_TYPED ? look.colours.typed[1] : scale->high;

  value = round_digits (value);
  if (!isfinite (value) || (scale->is_log && value <= 0.0))
    return;
  if (which == GRAB_LOW && value < high)
    low = value;
  else if (which == GRAB_HIGH && value > low)
    high = value;
  look.colours.limits = SMOOTH_LIMITS_TYPED;
  look.colours.typed[0] = low;
  look.colours.typed[1] = high;
  scope_document_set_look (document, &look);
}

static void
set_automatic (ScopePlotHistogram *panel)
{
  ScopeDocument *document = scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel));
  ScopeLook look = *scope_document_get_look (document);

  look.colours.limits = SMOOTH_LIMITS_AUTO;
  scope_document_set_look (document, &look);
}

/* The limit within reach of a place of the widget. */
static Grab
find_limit (ScopePlotHistogram *panel, double x)
{
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  const SmoothColourScale *scale;

  if (panel->shown == NULL || panel->shown->colouring->names != NULL)
    return GRAB_NONE;
  scale = &panel->shown->colouring->scale;
  double low = fabs (smooth_plot_get_place (panel->shown->plot, SMOOTH_PLOT_X, &frame, scale->low) - x);
  double high = fabs (smooth_plot_get_place (panel->shown->plot, SMOOTH_PLOT_X, &frame, scale->high) - x);
  if (MIN (low, high) > GRAB_REACH)
    return GRAB_NONE;
  return low < high ? GRAB_LOW : GRAB_HIGH;
}

/* ---- Selecting ---- */

/* Spots whose value is from @low up to, and with, @high. */
static void
select_values (ScopePlotHistogram *panel, double low, double high, GdkModifierType state)
{
  const ScopeColouring *colouring = panel->shown->colouring;
  const SmoothSection *section = colouring->section;
  guint8 *flags = g_malloc0 ((gsize) MAX (section->n_spots, 1));

  for (gint64 i = 0; i < section->n_spots; i++)
    flags[i] = is_on_tissue (section, i) && colouring->values[i] >= low && colouring->values[i] <= high ? 1 : 0;
  ScopeSelection *selection = scope_selection_new (flags, section->n_spots);
  scope_document_select (scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel)), selection,
                         state & GDK_SHIFT_MASK ? SCOPE_SELECT_ADD : SCOPE_SELECT_ONLY);
  g_clear_pointer (&selection, scope_selection_unref);
}

static double
value_at (ScopePlotHistogram *panel, double x)
{
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));

  return smooth_plot_get_value (panel->shown->plot, SMOOTH_PLOT_X, &frame, CLAMP (x, frame.x, frame.x + frame.width));
}

static void
show_range (ScopePlotHistogram *panel, double from, double to)
{
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  double left = CLAMP (MIN (from, to), frame.x, frame.x + frame.width), right = CLAMP (MAX (from, to), frame.x, frame.x + frame.width);
  double points[] = { left, frame.y, right, frame.y, right, frame.y + frame.height, left, frame.y + frame.height };

  scope_plot_view_set_outline (SCOPE_PLOT_VIEW (panel->view), points, 4);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, ScopePlotHistogram *panel)
{
  gtk_widget_grab_focus (panel->view);
  panel->press_x = x;
  panel->press_y = y;
  panel->grab = find_limit (panel, x);
  if (panel->grab == GRAB_NONE && panel->shown != NULL && panel->shown->colouring->names == NULL)
    panel->grab = GRAB_RANGE;
}

static void
on_drag_update (GtkGestureDrag *gesture, double offset_x, double offset_y, ScopePlotHistogram *panel)
{
  if (panel->shown == NULL || fabs (offset_x) < 1.0)
    return;
  if (panel->grab == GRAB_LOW || panel->grab == GRAB_HIGH)
    set_limit (panel, panel->grab, value_at (panel, panel->press_x + offset_x));
  else if (panel->grab == GRAB_RANGE && fabs (offset_x) >= CLICK_REACH)
    show_range (panel, panel->press_x, panel->press_x + offset_x);
}

/* A click on a row selects the spots of its category. */
static void
select_row (ScopePlotHistogram *panel, double y, GdkModifierType state)
{
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  gint64 row = (gint64) floor (smooth_plot_get_value (panel->shown->plot, SMOOTH_PLOT_Y, &frame, y));

  if (row >= 0 && row < panel->shown->histogram->n_bins)
    select_values (panel, panel->shown->histogram->edges[row], panel->shown->histogram->edges[row], state);
}

static void
on_drag_end (GtkGestureDrag *gesture, double offset_x, double offset_y, ScopePlotHistogram *panel)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  Grab grab = panel->grab;

  panel->grab = GRAB_NONE;
  scope_plot_view_set_outline (SCOPE_PLOT_VIEW (panel->view), NULL, 0);
  if (panel->shown == NULL)
    return;
  if (panel->shown->colouring->names != NULL)
    select_row (panel, panel->press_y, state);
  else if (grab == GRAB_RANGE && fabs (offset_x) >= CLICK_REACH)
    {
      double a = value_at (panel, panel->press_x), b = value_at (panel, panel->press_x + offset_x);
      select_values (panel, MIN (a, b), MAX (a, b), state);
    }
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, ScopePlotHistogram *panel)
{
  if (n_press == 2 && panel->shown != NULL && panel->shown->colouring->names == NULL)
    set_automatic (panel);
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, ScopePlotHistogram *panel)
{
  gtk_widget_set_cursor_from_name (panel->view, find_limit (panel, x) != GRAB_NONE ? "col-resize" : NULL);
}

/* Left and right move the upper limit, with Shift the lower one. */
static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, ScopePlotHistogram *panel)
{
  Grab which = state & GDK_SHIFT_MASK ? GRAB_LOW : GRAB_HIGH;
  double step = key == GDK_KEY_Left ? -1.0 : key == GDK_KEY_Right ? 1.0 : 0.0;

  if (panel->shown == NULL || panel->shown->colouring->names != NULL)
    return FALSE;
  if (key == GDK_KEY_Home)
    {
      set_automatic (panel);
      return TRUE;
    }
  if (step == 0.0)
    return FALSE;
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  const SmoothColourScale *scale = &panel->shown->colouring->scale;
  double place = smooth_plot_get_place (panel->shown->plot, SMOOTH_PLOT_X, &frame, which == GRAB_LOW ? scale->low : scale->high);
  set_limit (panel, which, smooth_plot_get_value (panel->shown->plot, SMOOTH_PLOT_X, &frame, place + step * KEY_STEP * frame.width));
  return TRUE;
}

static void
add_input (ScopePlotHistogram *panel)
{
  GtkGesture *drag = gtk_gesture_drag_new (), *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new (), *keys = gtk_event_controller_key_new ();

  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), panel);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), panel);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), panel);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), panel);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), panel);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), panel);
  gtk_widget_add_controller (panel->view, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (panel->view, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (panel->view, motion);
  gtk_widget_add_controller (panel->view, keys);
}

static void
scope_plot_histogram_dispose (GObject *object)
{
  ScopePlotHistogram *panel = SCOPE_PLOT_HISTOGRAM (object);

  g_clear_pointer (&panel->worker, scope_worker_free);
  g_clear_pointer (&panel->shown, answer_free);
  G_OBJECT_CLASS (scope_plot_histogram_parent_class)->dispose (object);
}

static void
scope_plot_histogram_class_init (ScopePlotHistogramClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_plot_histogram_dispose;
  SCOPE_PLOT_PANEL_CLASS (klass)->refresh = scope_plot_histogram_refresh;
}

static void
scope_plot_histogram_init (ScopePlotHistogram *panel)
{
  panel->worker = scope_worker_new (&funcs, panel);
  panel->log_counts = gtk_check_button_new_with_label (_("Log counts"));
  panel->automatic = gtk_button_new_with_label (_("Automatic limits"));
  panel->view = scope_plot_view_new (_("Histogram of the shown values"));
  panel->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (panel->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (panel->scroller), panel->view);
  gtk_widget_set_tooltip_text (panel->automatic,
                               _("Drag the dashed lines to set the limits of the colours, or move them with the arrow keys (with Shift the lower "
                                 "one); this button, a double click or Home makes them automatic again"));
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), panel->log_counts);
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), panel->automatic);
  scope_plot_panel_set_content (SCOPE_PLOT_PANEL (panel), panel->scroller);
  scope_plot_view_set_hover_func (SCOPE_PLOT_VIEW (panel->view), hover, panel);
  g_signal_connect_swapped (panel->log_counts, "toggled", G_CALLBACK (on_log_counts), panel);
  g_signal_connect_swapped (panel->automatic, "clicked", G_CALLBACK (set_automatic), panel);
  add_input (panel);
}

GtkWidget *
scope_plot_histogram_new (void)
{
  return g_object_new (SCOPE_TYPE_PLOT_HISTOGRAM, NULL);
}
