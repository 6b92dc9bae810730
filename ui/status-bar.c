/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Never shows a number beside parameters that it does not belong to: both come from the outcome on the screen. */
#include "status-bar.h"

#include <glib/gi18n.h>
#include <math.h>

struct _ScopeStatusBar
{
  GtkBox parent_instance;
  GtkWidget *dot, *state, *parameters, *claims, *selection, *graph;
  ScopeDocument *document;
};

G_DEFINE_FINAL_TYPE (ScopeStatusBar, scope_status_bar, GTK_TYPE_BOX)

static const char *const dot_classes[] = { "good", "busy", "bad", NULL };

static void
set_state (ScopeStatusBar *bar, const char *dot_class, const char *text)
{
  for (gsize i = 0; dot_classes[i] != NULL; i++)
    gtk_widget_remove_css_class (bar->dot, dot_classes[i]);
  if (dot_class != NULL)
    gtk_widget_add_css_class (bar->dot, dot_class);
  gtk_widget_set_visible (bar->dot, dot_class != NULL);
  gtk_label_set_text (GTK_LABEL (bar->state), text);
}

/* 'NNLS · ICAR ρ 0.99 · λ 0.03 · k 6' */
static char *
dup_parameters (const SmoothOutcome *outcome)
{
  const SmoothParameters *parameters = &outcome->parameters;
  const SmoothParam *prior = smooth_parameters_find ("prior", NULL);
  g_autofree char *name = smooth_param_dup_text (prior, parameters->prior.kind);
  g_autofree char *upper = g_ascii_strup (name, -1);
  g_autofree char *model = g_ascii_strup (smooth_model_get_name ((SmoothModelKind) parameters->model.kind), -1);
  GString *text = g_string_new (NULL);

  if (outcome->result != NULL)
    g_string_append_printf (text, "%s · ", model);
  g_string_append_printf (text, "%s ρ %.4g", upper, parameters->prior.rho);
  if (outcome->result != NULL)
    g_string_append_printf (text, " · λ %.4g", parameters->model.lambda);
  if (parameters->graph.kind == SMOOTH_GRAPH_KNN)
    g_string_append_printf (text, parameters->graph.mutual ? _(" · k %d mutual") : " · k %d", parameters->graph.k);
  else if (parameters->graph.radius > 0.0)
    g_string_append_printf (text, _(" · radius %.4g µm"), parameters->graph.radius);
  else
    g_string_append (text, _(" · radius 1.5 pitches"));
  if (parameters->graph.boundary > 0.0 && *outcome->categories != NULL)
    g_string_append_printf (text, _(" · boundary %.3g"), parameters->graph.boundary);
  return g_string_free (text, FALSE);
}

static double
total_ms (const SmoothOutcome *outcome)
{
  double seconds = 0.0;

  for (gint i = 0; i < SMOOTH_N_STAGES; i++)
    seconds += outcome->seconds[i];
  return 1e3 * seconds;
}

static char *
dup_claims (const SmoothOutcome *outcome)
{
  const SmoothInfo *info = &outcome->result->info;
  GString *text = g_string_new (NULL);

  if (isnan (info->objective))
    {
      g_string_free (text, TRUE);
      return g_strdup_printf (_("objective not known yet · %.0f ms"), total_ms (outcome));
    }
  g_string_append_printf (text, _("objective %.6g · KKT %.1e"), info->objective, info->kkt_residual);
  if (isfinite (info->relative_gap))
    g_string_append_printf (text, _(" · gap %.1e"), info->relative_gap);
  g_string_append_printf (text, _(" · %.0f ms"), total_ms (outcome));
  return g_string_free (text, FALSE);
}

static char *
dup_graph (const SmoothOutcome *outcome)
{
  const SmoothGraph *graph = outcome->graph;

  if (graph->n_isolated > 0)
    return g_strdup_printf (_("%'d spots · %'d edges · %'d isolated"), (int) outcome->n_spots, (int) graph->n_edges,
                            (int) graph->n_isolated);
  return g_strdup_printf (_("%'d spots · %'d edges"), (int) outcome->n_spots, (int) graph->n_edges);
}

static void
show_state (ScopeStatusBar *bar, const SmoothOutcome *outcome)
{
  const GError *failure = scope_document_get_failure (bar->document);

  if (failure != NULL)
    set_state (bar, "bad", _("Failed"));
  else if (scope_document_is_busy (bar->document))
    {
      gboolean is_stale = outcome == NULL
                          || !smooth_parameters_equal (&outcome->parameters, scope_document_get_parameters (bar->document))
                          || outcome->inputs.regions != scope_document_get_regions (bar->document);
      set_state (bar, "busy", outcome == NULL ? _("Computing…") : is_stale ? _("Stale, updating…") : _("Improving…"));
    }
  else if (outcome == NULL)
    set_state (bar, NULL, "");
  else if (outcome->result == NULL)
    set_state (bar, "good", _("Graph ready, no reference"));
  else if (outcome->result->info.status == SMOOTH_STATUS_CONVERGED)
    set_state (bar, "good", outcome->result->info.is_local ? _("Converged to a local minimum") : _("Converged"));
  else if (outcome->result->info.status == SMOOTH_STATUS_INDEFINITE)
    set_state (bar, "bad", _("No certified optimum"));
  else
    set_state (bar, "bad", _("Not converged"));
}

static void
set_text (GtkWidget *label, char *text)
{
  gtk_label_set_text (GTK_LABEL (label), text != NULL ? text : "");
  g_free (text);
}

static void
update (ScopeStatusBar *bar)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (bar->document);

  show_state (bar, outcome);
  set_text (bar->parameters, outcome != NULL ? dup_parameters (outcome) : NULL);
  set_text (bar->claims, outcome != NULL && outcome->result != NULL ? dup_claims (outcome) : NULL);
  set_text (bar->graph, outcome != NULL ? dup_graph (outcome) : NULL);
  if (scope_document_get_section (bar->document) == NULL)
    set_state (bar, NULL, _("No section"));
}

static void
show_selection (ScopeStatusBar *bar)
{
  const ScopeSelection *selection = scope_document_get_selection (bar->document);
  gulong n = selection != NULL ? (gulong) selection->n_selected : 0;

  set_text (bar->selection, g_strdup_printf (ngettext ("%'d spot selected", "%'d spots selected", n), (int) n));
  gtk_widget_set_visible (bar->selection, n > 0);
}

static void
on_changed (ScopeStatusBar *bar, guint changes)
{
  if (changes & SCOPE_CHANGED_SELECTION)
    show_selection (bar);
  if (changes & ~(guint) (SCOPE_CHANGED_LOOK | SCOPE_CHANGED_SELECTION))
    update (bar);
}

void
scope_status_bar_set_document (ScopeStatusBar *bar, ScopeDocument *document)
{
  g_return_if_fail (bar->document == NULL);
  bar->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), bar, G_CONNECT_SWAPPED);
  update (bar);
}

static void
scope_status_bar_dispose (GObject *object)
{
  g_clear_object (&SCOPE_STATUS_BAR (object)->document);
  G_OBJECT_CLASS (scope_status_bar_parent_class)->dispose (object);
}

static void
scope_status_bar_class_init (ScopeStatusBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_status_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/status-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusBar, dot);
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusBar, state);
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusBar, parameters);
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusBar, claims);
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusBar, selection);
  gtk_widget_class_bind_template_child (widget_class, ScopeStatusBar, graph);
}

static void
scope_status_bar_init (ScopeStatusBar *bar)
{
  gtk_widget_init_template (GTK_WIDGET (bar));
}
