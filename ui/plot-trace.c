/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every outcome that a solve hands over on its way is a point; a solve that is done at once has one, which is told in words. */
#include "plot-trace.h"

#include <glib/gi18n.h>
#include <math.h>

#define ABOVE_COLOUR 0x3584e4u
#define GAP_COLOUR 0xe66100u
#define LEAST_GAP 1e-16

typedef struct
{
  double ms;
  double objective;
  double gap; /* bound on how far the objective is above the optimum, relative; NAN: none */
} Point;

struct _ScopePlotTrace
{
  ScopePlotPanel parent_instance;
  GtkWidget *view;
  GArray *points;     /* of Point: of one generation */
  guint64 generation;
};

G_DEFINE_FINAL_TYPE (ScopePlotTrace, scope_plot_trace, SCOPE_TYPE_PLOT_PANEL)

static const Point *
get (const ScopePlotTrace *panel, guint i)
{
  return &g_array_index (panel->points, Point, i);
}

/* Takes the newest outcome, if it is new. Returns whether it was. */
static gboolean
take_point (ScopePlotTrace *panel, ScopeDocument *document)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (document);
  guint64 generation = scope_document_get_generation (document);

  if (outcome == NULL || outcome->result == NULL)
    {
      gboolean had_points = panel->points->len > 0;
      g_array_set_size (panel->points, 0);
      return had_points;
    }
  const SmoothInfo *info = &outcome->result->info;
  Point point = { 1e3 * info->seconds, info->objective, info->relative_gap };
  if (generation != panel->generation)
    g_array_set_size (panel->points, 0);
  panel->generation = generation;
  if (isnan (point.objective) || (panel->points->len > 0 && get (panel, panel->points->len - 1)->ms >= point.ms))
    return FALSE;
  g_array_append_val (panel->points, point);
  return TRUE;
}

static double
last_objective (const ScopePlotTrace *panel)
{
  return get (panel, panel->points->len - 1)->objective;
}

/* How far above the newest objective, relative; NAN where it is not. */
static double
above_last (const ScopePlotTrace *panel, guint i)
{
  double last = last_objective (panel), above = (get (panel, i)->objective - last) / MAX (fabs (last), 1e-300);

  return above > 0.0 ? MAX (above, LEAST_GAP) : NAN;
}

static char *
summarise (const ScopePlotTrace *panel)
{
  const Point *last = get (panel, panel->points->len - 1);
  g_autofree char *gap = isfinite (last->gap) ? g_strdup_printf (_(", at most %.1e above the optimum"), last->gap) : g_strdup ("");

  return g_strdup_printf (ngettext ("%u step in %.0f ms: objective %.6g%s", "%u steps in %.0f ms: objective %.6g%s", panel->points->len),
                          panel->points->len, last->ms, last->objective, gap);
}

static SmoothPlot *
make_plot (const ScopePlotTrace *panel)
{
  guint n = panel->points->len;
  g_autofree double *ms = g_new (double, n), *above = g_new (double, n), *gaps = g_new (double, n);
  double low = 1.0, high = LEAST_GAP;
  SmoothPlot *plot = smooth_plot_new (NULL);
  gboolean has_gaps = FALSE;

  for (guint i = 0; i < n; i++)
    {
      ms[i] = get (panel, i)->ms;
      above[i] = above_last (panel, i);
      gaps[i] = isfinite (get (panel, i)->gap) ? MAX (get (panel, i)->gap, LEAST_GAP) : NAN;
      has_gaps |= !isnan (gaps[i]);
      low = fmin (low, fmin (above[i], gaps[i])); /* of a number and NAN: the number */
      high = fmax (high, fmax (above[i], gaps[i]));
    }
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, _("milliseconds of the solver"), 0.0, 1.05 * ms[n - 1], SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, _("relative"), low / 2.0, high * 2.0, SMOOTH_PLOT_LOG);
  smooth_plot_add_line (plot, _("objective above the last"), ms, above, n, ABOVE_COLOUR);
  if (has_gaps)
    smooth_plot_add_line (plot, _("proven gap"), ms, gaps, n, GAP_COLOUR);
  return plot;
}

static void
show (ScopePlotTrace *panel)
{
  if (panel->points->len == 0)
    {
      scope_plot_view_show_missing (SCOPE_PLOT_VIEW (panel->view), _("Add a reference to see how its solve converges"));
      return;
    }
  g_autofree char *summary = summarise (panel);
  if (panel->points->len == 1)
    {
      g_autofree char *text = g_strdup_printf (_("%s. The solve was too quick for steps in between."), summary);
      scope_plot_view_show_missing (SCOPE_PLOT_VIEW (panel->view), text);
      return;
    }
  g_autoptr (SmoothPlot) plot = make_plot (panel);
  scope_plot_view_show (SCOPE_PLOT_VIEW (panel->view), plot, summary);
}

static void
scope_plot_trace_refresh (ScopePlotPanel *base, guint changes)
{
  ScopePlotTrace *panel = SCOPE_PLOT_TRACE (base);

  if (!(changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME)))
    return;
  if (take_point (panel, scope_plot_panel_get_document (base)) || changes == SCOPE_PLOT_CHANGED_ALL || panel->points->len == 0)
    show (panel);
}

/* The point next to a time. */
static char *
hover (double x, double y, gpointer data)
{
  const ScopePlotTrace *panel = data;
  guint best = 0;

  if (panel->points->len == 0)
    return NULL;
  for (guint i = 1; i < panel->points->len; i++)
    if (fabs (get (panel, i)->ms - x) < fabs (get (panel, best)->ms - x))
      best = i;
  const Point *point = get (panel, best);
  g_autofree char *gap = isfinite (point->gap) ? g_strdup_printf (_("\ngap %.1e"), point->gap) : g_strdup ("");
  return g_strdup_printf (_("%.0f ms\nobjective %.6g%s"), point->ms, point->objective, gap);
}

static void
scope_plot_trace_finalize (GObject *object)
{
  g_array_unref (SCOPE_PLOT_TRACE (object)->points);
  G_OBJECT_CLASS (scope_plot_trace_parent_class)->finalize (object);
}

static void
scope_plot_trace_class_init (ScopePlotTraceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = scope_plot_trace_finalize;
  SCOPE_PLOT_PANEL_CLASS (klass)->refresh = scope_plot_trace_refresh;
}

static void
scope_plot_trace_init (ScopePlotTrace *panel)
{
  panel->points = g_array_new (FALSE, FALSE, sizeof (Point));
  panel->view = scope_plot_view_new (_("Convergence of the newest solve"));
  scope_plot_view_set_hover_func (SCOPE_PLOT_VIEW (panel->view), hover, panel);
  scope_plot_panel_set_content (SCOPE_PLOT_PANEL (panel), panel->view);
}

GtkWidget *
scope_plot_trace_new (void)
{
  return g_object_new (SCOPE_TYPE_PLOT_TRACE, NULL);
}
