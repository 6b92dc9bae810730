/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows come from the declared tables; a row that has no effect under the present choices is hidden. */
#include "analyses-section.h"

#include "access.h"
#include "analyses-extras.h"
#include "param-row.h"
#include "tip.h"

#include <glib/gi18n.h>
#include <math.h>

struct _ScopeAnalysesSection
{
  GtkBox parent_instance;
  GtkWidget *expander, *help, *is_on, *compute, *rows, *more, *expert_rows, *extras_place, *extras, *busy, *bar, *cancel, *state, *stale;

  SmoothAnalysisKind kind;
  ScopeDocument *document;
  ScopeAnalyses *analyses;
  GPtrArray *all_rows; /* of ScopeParamRow, borrowed */
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (ScopeAnalysesSection, scope_analyses_section, GTK_TYPE_BOX)

enum
{
  FAILED,
  TOLD,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Settings ---- */

/* A setting that matters only while another one has a certain value. */
static const struct
{
  const char *name, *master;
  double value;
} conditions[] = {
  { "clusters", "cluster-method", SMOOTH_CLUSTERS_K_MEANS },
  { "restarts", "cluster-method", SMOOTH_CLUSTERS_K_MEANS },
  { "cluster-iterations", "cluster-method", SMOOTH_CLUSTERS_K_MEANS },
  { "resolution", "cluster-method", SMOOTH_CLUSTERS_LEIDEN },
  { "cluster-neighbours", "cluster-method", SMOOTH_CLUSTERS_LEIDEN },
  { "imputation-lambda", "keep-observed", 0.0 },
};

static gboolean
has_effect (ScopeAnalysesSection *section, const ScopeParamRow *row, const SmoothAnalysisSettings *settings)
{
  const char *name = scope_param_row_get_param ((ScopeParamRow *) row)->name;
  const SmoothParameterGroup *group = scope_param_row_get_group ((ScopeParamRow *) row);
  gint graph = scope_document_get_parameters (section->document)->graph.kind;

  if (g_str_equal (name, "vary-neighbours") || g_str_equal (name, "vary-radius"))
    return (graph == SMOOTH_GRAPH_KNN) == g_str_equal (name, "vary-neighbours");
  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    if (g_str_equal (conditions[i].name, name))
      {
        const SmoothParam *master = smooth_params_find (group->table, conditions[i].master);
        return smooth_param_get (master, (const char *) settings + group->offset) == conditions[i].value;
      }
  return TRUE;
}

static void
show_settings (ScopeAnalysesSection *section)
{
  const SmoothAnalysisSettings *settings = scope_document_get_analyses (section->document);
  gboolean has_more = FALSE;

  section->is_updating = TRUE;
  gtk_check_button_set_active (GTK_CHECK_BUTTON (section->is_on), settings->switches.is_on[section->kind]);
  for (guint i = 0; i < section->all_rows->len; i++)
    {
      ScopeParamRow *row = section->all_rows->pdata[i];
      const SmoothParam *param = scope_param_row_get_param (row);
      gboolean is_shown = has_effect (section, row, settings);
      scope_param_row_set_value (row, smooth_param_get (param, (const char *) settings + scope_param_row_get_group (row)->offset));
      gtk_widget_set_visible (GTK_WIDGET (row), is_shown);
      has_more |= is_shown && (param->flags & SMOOTH_PARAM_EXPERT);
    }
  gtk_widget_set_visible (section->more, has_more);
  section->is_updating = FALSE;
}

static void
on_row_changed (ScopeAnalysesSection *section, double value, ScopeParamRow *row)
{
  SmoothAnalysisSettings settings = *scope_document_get_analyses (section->document);
  const SmoothParam *param = scope_param_row_get_param (row);
  g_autoptr (GError) error = NULL;

  if (smooth_param_set (param, (char *) &settings + scope_param_row_get_group (row)->offset, value, &error))
    scope_document_set_analyses (section->document, &settings, g_dgettext (GETTEXT_PACKAGE, param->label), param);
  else
    g_warning ("%s", error->message);
  show_settings (section);
}

static void
on_row_held (ScopeAnalysesSection *section, gboolean is_held)
{
  scope_document_set_held (section->document, is_held);
}

static void
add_rows (ScopeAnalysesSection *section)
{
  for (const SmoothParamTable *const *table = smooth_analyses[section->kind].tables; *table != NULL; table++)
    for (gsize i = 0; i < (*table)->n_params; i++)
      {
        const SmoothParam *param = &(*table)->params[i];
        GtkWidget *row = scope_param_row_new (smooth_analysis_find_group (*table), param);
        g_signal_connect_swapped (row, "changed", G_CALLBACK (on_row_changed), section);
        g_signal_connect_swapped (row, "held", G_CALLBACK (on_row_held), section);
        gtk_box_append (GTK_BOX (param->flags & SMOOTH_PARAM_EXPERT ? section->expert_rows : section->rows), row);
        g_ptr_array_add (section->all_rows, row);
      }
}

/* ---- State ---- */

static void
append_prior (GString *text, const SmoothParameters *p)
{
  const SmoothParam *kind = smooth_params_find (&smooth_precision_params, "prior");
  g_autofree char *prior = g_utf8_strup (kind->choices[p->prior.kind], -1);

  g_string_append_printf (text, "%s ρ %g", prior, p->prior.rho);
  if (p->graph.kind == SMOOTH_GRAPH_KNN)
    g_string_append_printf (text, ", k %d", p->graph.k);
  else if (p->graph.radius > 0.0)
    g_string_append_printf (text, ", %g µm", p->graph.radius);
}

/* 'Computed for ICAR ρ 0.99, k 6, λ 0.1': what the findings were made from. */
static char *
dup_origin (ScopeAnalysesSection *section, const SmoothFindings *findings, gboolean is_stale)
{
  const SmoothParameters *p = &findings->outcome->parameters;
  g_autoptr (GString) text = g_string_new (NULL);

  append_prior (text, p);
  if (smooth_analyses[section->kind].needs_signature)
    g_string_append_printf (text, ", λ %g", p->model.lambda);
  else if (section->kind == SMOOTH_ANALYSIS_COMPONENTS || section->kind == SMOOTH_ANALYSIS_CLUSTERS)
    g_string_append_printf (text, ", λ %g", findings->settings.pca.lambda);
  return g_strdup_printf (is_stale ? _("Out of date: computed for %s") : _("Computed for %s"), text->str);
}

static void
show_label (GtkWidget *label, const char *text)
{
  gtk_label_set_text (GTK_LABEL (label), text != NULL ? text : "");
  gtk_widget_set_visible (label, text != NULL && *text != '\0');
}

/* What the analysis waits for, if it is on and has nothing to show. */
static const char *
get_wait (ScopeAnalysesSection *section)
{
  SmoothOutcome *outcome = scope_document_get_outcome (section->document);
  const SmoothAnalysisSettings *settings = scope_document_get_analyses (section->document);

  if (!settings->switches.is_on[section->kind])
    return NULL;
  if (outcome == NULL)
    return _("Waits for a section.");
  if (smooth_analyses[section->kind].needs_signature && outcome->result == NULL)
    return _("Needs cell types: choose a reference above.");
  if (section->kind == SMOOTH_ANALYSIS_CLUSTERS && settings->cluster_source.source == SMOOTH_CLUSTER_PROPORTIONS && outcome->result == NULL)
    return _("Needs cell types: choose a reference above.");
  if (section->kind == SMOOTH_ANALYSIS_CLUSTERS && settings->cluster_source.source != SMOOTH_CLUSTER_PROPORTIONS
      && !settings->switches.is_on[SMOOTH_ANALYSIS_COMPONENTS])
    return _("Needs spatial components: switch them on.");
  return NULL;
}

static void
show_progress (ScopeAnalysesSection *section)
{
  ScopeAnalysisProgress progress = scope_analyses_get_progress (section->analyses, section->kind);
  gboolean has_findings = scope_analyses_get_findings (section->analyses, section->kind) != NULL;
  const char *what = progress.what != NULL ? progress.what : has_findings ? _("bringing up to date") : _("computing");
  g_autofree char *text = NULL;

  gtk_widget_set_visible (section->busy, progress.is_busy);
  if (!progress.is_busy)
    return;
  if (progress.seconds_left >= 90.0)
    text = g_strdup_printf (_("%.0f min left: %s"), ceil (progress.seconds_left / 60.0), what);
  else if (progress.seconds_left >= 0.0)
    text = g_strdup_printf (_("%.0f s left: %s"), ceil (progress.seconds_left), what);
  else
    text = g_strdup (what);
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (section->bar), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (section->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  if (progress.fraction >= 0.0)
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (section->bar), MIN (progress.fraction, 1.0));
  else
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (section->bar));
}

static char *
dup_state (ScopeAnalysesSection *section)
{
  const GError *failure = scope_analyses_get_failure (section->analyses, section->kind);
  const SmoothFindings *findings = scope_analyses_get_findings (section->analyses, section->kind);
  const char *wait = get_wait (section);
  GString *text = g_string_new (NULL);

  if (wait != NULL)
    g_string_append (text, wait);
  else if (failure != NULL)
    g_string_append_printf (text, _("Failed: %s"), failure->message);
  else if (findings != NULL)
    {
      g_string_append (text, findings->certificate);
      for (guint i = 0; i < smooth_report_get_n_lines (findings->report); i++)
        {
          SmoothReportLevel level;
          const char *line = smooth_report_get_line (findings->report, i, &level);
          if (level == SMOOTH_REPORT_WARNING)
            g_string_append_printf (text, "\n⚠ %s", line);
        }
    }
  return g_string_free (text, FALSE);
}

/* The button's own name would not say what it computes. */
static void
show_compute (ScopeAnalysesSection *section, const char *label)
{
  g_autofree char *name = g_strdup_printf (_("%s: compute"), g_dgettext (GETTEXT_PACKAGE, smooth_analyses[section->kind].label));

  if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (section->compute)), label) == 0)
    return;
  gtk_button_set_label (GTK_BUTTON (section->compute), label);
  scope_access_name (section->compute, name);
}

static void
show_state (ScopeAnalysesSection *section)
{
  const SmoothFindings *findings = scope_analyses_get_findings (section->analyses, section->kind);
  gboolean is_on = scope_document_get_analyses (section->document)->switches.is_on[section->kind];
  gboolean is_busy = scope_analyses_get_progress (section->analyses, section->kind).is_busy;
  gboolean is_stale = scope_analyses_is_stale (section->analyses, section->kind);
  g_autofree char *text = is_on ? dup_state (section) : NULL;
  g_autofree char *origin = is_on && findings != NULL ? dup_origin (section, findings, is_stale) : NULL;

  show_label (section->state, text);
  show_label (section->stale, origin);
  if (is_stale && !is_busy)
    gtk_widget_add_css_class (section->stale, "warning");
  else
    gtk_widget_remove_css_class (section->stale, "warning");
  if (is_on && scope_analyses_get_failure (section->analyses, section->kind) != NULL)
    gtk_widget_add_css_class (section->state, "error");
  else
    gtk_widget_remove_css_class (section->state, "error");
  gtk_widget_set_visible (section->compute, smooth_analyses[section->kind].is_on_demand && is_on);
  gtk_widget_set_sensitive (section->compute, !is_busy);
  show_compute (section, findings != NULL ? _("Compute again") : _("Compute"));
  show_progress (section);
}

static void
on_analysis_changed (ScopeAnalysesSection *section, guint kind)
{
  if (kind == section->kind)
    show_state (section);
}

static void
on_document_changed (ScopeAnalysesSection *section, guint changes)
{
  if (changes & (SCOPE_CHANGED_ANALYSES | SCOPE_CHANGED_PARAMETERS))
    show_settings (section);
  if (changes & (SCOPE_CHANGED_ANALYSES | SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_SECTION | SCOPE_CHANGED_OUTCOME))
    show_state (section);
}

static void
on_switch (ScopeAnalysesSection *section)
{
  if (section->is_updating || section->document == NULL)
    return;
  scope_analyses_switch (section->analyses, section->kind, gtk_check_button_get_active (GTK_CHECK_BUTTON (section->is_on)));
  if (smooth_analyses[section->kind].is_on_demand && gtk_check_button_get_active (GTK_CHECK_BUTTON (section->is_on)))
    scope_analyses_compute (section->analyses, section->kind);
}

static void
on_compute (ScopeAnalysesSection *section)
{
  scope_analyses_compute (section->analyses, section->kind);
}

static void
on_cancel (ScopeAnalysesSection *section)
{
  scope_analyses_cancel (section->analyses, section->kind);
}

static void
on_extras_failed (ScopeAnalysesSection *section, const char *text)
{
  g_signal_emit (section, signals[FAILED], 0, text);
}

static void
on_extras_told (ScopeAnalysesSection *section, const char *text)
{
  g_signal_emit (section, signals[TOLD], 0, text);
}

static void
describe (ScopeAnalysesSection *section)
{
  const SmoothAnalysisInfo *analysis = &smooth_analyses[section->kind];
  const char *label = g_dgettext (GETTEXT_PACKAGE, analysis->label);
  const char *tip = g_dgettext (GETTEXT_PACKAGE, smooth_analysis_switch_params.params[section->kind].help);
  g_autofree char *is_on = g_strdup_printf (_("%s: switched on"), label);
  g_autofree char *compute = g_strdup_printf (_("%s: compute"), label);
  g_autofree char *cancel = g_strdup_printf (_("%s: cancel"), label);

  gtk_expander_set_label (GTK_EXPANDER (section->expander), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (section->expander), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_label_set_text (GTK_LABEL (section->help), g_dgettext (GETTEXT_PACKAGE, analysis->help));
  scope_tip_set (section->is_on, tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (section->is_on), GTK_ACCESSIBLE_PROPERTY_LABEL, is_on, -1);
  scope_access_name (section->compute, compute);
  scope_access_name (section->cancel, cancel);
}

static void
scope_analyses_section_dispose (GObject *object)
{
  ScopeAnalysesSection *section = SCOPE_ANALYSES_SECTION (object);

  g_clear_object (&section->document);
  g_clear_object (&section->analyses);
  g_clear_pointer (&section->all_rows, g_ptr_array_unref);
  G_OBJECT_CLASS (scope_analyses_section_parent_class)->dispose (object);
}

static void
scope_analyses_section_class_init (ScopeAnalysesSectionClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_analyses_section_dispose;
  /* failed (const char *text), told (const char *text): what the user should hear of */
  signals[FAILED] = g_signal_new ("failed", SCOPE_TYPE_ANALYSES_SECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[TOLD] = g_signal_new ("told", SCOPE_TYPE_ANALYSES_SECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/analyses-section.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, expander);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, help);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, is_on);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, compute);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, rows);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, more);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, expert_rows);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, extras_place);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, busy);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, bar);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, cancel);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, state);
  gtk_widget_class_bind_template_child (widget_class, ScopeAnalysesSection, stale);
  gtk_widget_class_bind_template_callback (widget_class, on_switch);
  gtk_widget_class_bind_template_callback (widget_class, on_compute);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
}

static void
scope_analyses_section_init (ScopeAnalysesSection *section)
{
  section->all_rows = g_ptr_array_new ();
  section->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (section));
  section->is_updating = FALSE;
}

GtkWidget *
scope_analyses_section_new (SmoothAnalysisKind kind, ScopeDocument *document, ScopeAnalyses *analyses)
{
  ScopeAnalysesSection *section = g_object_new (SCOPE_TYPE_ANALYSES_SECTION, NULL);

  section->kind = kind;
  section->document = g_object_ref (document);
  section->analyses = g_object_ref (analyses);
  describe (section);
  add_rows (section);
  section->extras = scope_analyses_extras_new (kind, document, analyses);
  gtk_box_append (GTK_BOX (section->extras_place), section->extras);
  g_signal_connect_object (section->extras, "failed", G_CALLBACK (on_extras_failed), section, G_CONNECT_SWAPPED);
  g_signal_connect_object (section->extras, "told", G_CALLBACK (on_extras_told), section, G_CONNECT_SWAPPED);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_document_changed), section, G_CONNECT_SWAPPED);
  g_signal_connect_object (analyses, "changed", G_CALLBACK (on_analysis_changed), section, G_CONNECT_SWAPPED);
  show_settings (section);
  show_state (section);
  return GTK_WIDGET (section);
}
