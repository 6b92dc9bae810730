/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The computation begins as the dialog opens; closing the dialog cancels it. The parameters cannot change meanwhile. */
#include "suggest.h"

#include "help-topic.h"
#include "param-row.h"
#include "plot-view.h"
#include "progress.h"

#include <glib/gi18n.h>
#include <math.h>

struct _ScopeSuggest
{
  GtkWindow parent_instance;
  GtkWidget *rows, *expert_rows, *compute, *plot_place, *busy, *bar, *cancel, *choice, *reasons, *apply, *plot;

  ScopeDocument *document;
  SmoothOutcome *outcome; /* that is suggested for */
  SmoothChooseSettings settings;
  SmoothParameterGroup group; /* of the settings alone */
  GPtrArray *all_rows;        /* of ScopeParamRow, borrowed */
  ScopeProgress *progress;    /* NULL: nothing is being computed */
  gint64 started;             /* us */
  SmoothChoice *found;        /* NULL: nothing yet */
};

G_DEFINE_FINAL_TYPE (ScopeSuggest, scope_suggest, GTK_TYPE_WINDOW)

/* ---- On the thread ---- */

typedef struct
{
  SmoothOutcome *outcome;
  SmoothChooseSettings settings;
  ScopeProgress *progress;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  smooth_outcome_unref (job->outcome);
  g_object_unref (job->progress);
  g_free (job);
}

static void
choose (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  const SmoothOutcome *outcome = job->outcome;
  GError *error = NULL;
  SmoothChooseInputs inputs = {
    .section = outcome->inputs.section,
    .signature = outcome->inputs.signature,
    .prepare = &outcome->parameters.prepare,
    .prepared = outcome->prepared,
    .graph = outcome->graph,
    .prior = &outcome->parameters.prior,
    .model = &outcome->parameters.model,
    .confidences = outcome->confidences,
  };
  SmoothChoice *choice = smooth_choose (&inputs, &job->settings, scope_progress_get_run (job->progress), &error);

  if (choice != NULL)
    g_task_return_pointer (task, choice, (GDestroyNotify) smooth_choice_free);
  else
    g_task_return_error (task, error);
}

/* ---- Words ---- */

static gint
get_unit (ScopeSuggest *suggest)
{
  return suggest->outcome->parameters.model.lambda_unit;
}

static void
append_point (GString *text, const SmoothChoicePoint *point, gint unit)
{
  double lambda = smooth_choice_point_get_lambda (point, unit);

  if (isfinite (lambda))
    g_string_append_printf (text, "λ %.3g, ", lambda);
  g_string_append_printf (text, "ρ %g", point->rho);
}

static char *
dup_choice (ScopeSuggest *suggest)
{
  const SmoothChoice *choice = suggest->found;
  const SmoothParameters *p = &suggest->outcome->parameters;
  g_autoptr (GString) chosen = g_string_new (NULL);

  append_point (chosen, &choice->points[choice->chosen], get_unit (suggest));
  return g_strdup_printf (_("Suggested: %s. Now: λ %g, ρ %g."), chosen->str, p->model.lambda, p->prior.rho);
}

static void
append_reason (ScopeSuggest *suggest, GString *text)
{
  const SmoothChoice *choice = suggest->found;
  g_autoptr (GString) best = g_string_new (NULL);

  append_point (best, &choice->points[choice->best], get_unit (suggest));
  switch (choice->method)
    {
    case SMOOTH_CHOOSE_DECAY:
      g_string_append_printf (text, _("The correlation of the prior falls off with the distance most as the likeness of expression does at %s."), best->str);
      break;
    case SMOOTH_CHOOSE_EVIDENCE:
      g_string_append_printf (text, _("Under a Gaussian model the data are most likely at %s."), best->str);
      break;
    case SMOOTH_CHOOSE_THINNING:
      g_string_append_printf (text, _("Fitted to one half of the counts, proportions explain the other half best at %s."), best->str);
      break;
    case SMOOTH_CHOOSE_GENES:
    default:
      g_string_append_printf (text, _("Fitted to one half of the genes, proportions explain the other half best at %s."), best->str);
      break;
    }
  if (choice->best != choice->chosen)
    g_string_append (text, _(" The suggestion is the largest λ that is as good within one standard error: of two that the data cannot tell apart the smoother one."));
  g_string_append_c (text, '\n');
}

/* Types that smoothing helps, and those that it does not, each beyond two standard errors. */
static void
append_types (const SmoothChoice *choice, GString *text)
{
  g_autoptr (GString) better = g_string_new (NULL), worse = g_string_new (NULL);

  for (gint64 k = 0; choice->type_gains != NULL && k < choice->n_types; k++)
    {
      GString *list = choice->type_gains[k] > 2.0 * choice->type_errors[k]    ? better
                      : choice->type_gains[k] < -2.0 * choice->type_errors[k] ? worse
                                                                              : NULL;
      if (list != NULL)
        g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", choice->type_names[k]);
    }
  if (better->len > 0)
    g_string_append_printf (text, _("Smoothing helps: %s.\n"), better->str);
  if (worse->len > 0)
    g_string_append_printf (text, _("Smoothing does harm to: %s.\n"), worse->str);
}

static void
append_report (const SmoothReport *report, GString *text)
{
  for (guint pass = 0; report != NULL && pass < 2; pass++)
    for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
      {
        SmoothReportLevel level;
        const char *line = smooth_report_get_line (report, i, &level);
        if ((level == SMOOTH_REPORT_WARNING) == (pass == 0))
          g_string_append_printf (text, pass == 0 ? "⚠ %s\n" : "%s\n", line);
      }
}

static void
show_found (ScopeSuggest *suggest)
{
  const SmoothChoice *choice = suggest->found;
  gboolean is_decay = choice->method == SMOOTH_CHOOSE_DECAY;
  SmoothChoiceWords words = {
    .title = _("Suggestion"),
    .x = is_decay                                        ? _("Steps between spots")
         : get_unit (suggest) == SMOOTH_LAMBDA_RELATIVE ? _("λ, relative")
                                                         : _("λ"),
    .y = is_decay                                   ? _("Correlation")
         : choice->method == SMOOTH_CHOOSE_EVIDENCE ? _("− log likelihood per spot")
                                                    : _("Unexplained in the other half"),
    .plain = _("no smoothing"),
    .data = _("likeness of expression"),
  };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *chosen = dup_choice (suggest);
  g_autoptr (SmoothPlot) plot
    = smooth_plot_new_of_choice (choice, get_unit (suggest), suggest->outcome->parameters.model.lambda, &words);

  append_reason (suggest, text);
  append_types (choice, text);
  append_report (choice->report, text);
  scope_plot_view_show (SCOPE_PLOT_VIEW (suggest->plot), plot, chosen);
  gtk_label_set_text (GTK_LABEL (suggest->choice), chosen);
  gtk_label_set_text (GTK_LABEL (suggest->reasons), text->str);
}

/* ---- The computation ---- */

static void
show_busy (ScopeSuggest *suggest)
{
  gboolean is_busy = suggest->progress != NULL;

  gtk_widget_set_visible (suggest->busy, is_busy);
  gtk_widget_set_sensitive (suggest->compute, !is_busy);
  gtk_widget_set_sensitive (suggest->apply, !is_busy && suggest->found != NULL);
  if (!is_busy)
    return;
  g_autofree char *what = scope_progress_dup_text (suggest->progress);
  double fraction = scope_progress_get_fraction (suggest->progress);
  double seconds = (double) (g_get_monotonic_time () - suggest->started) / G_USEC_PER_SEC;
  g_autofree char *text = fraction > 0.05 ? g_strdup_printf (_("%.0f s left: %s"), ceil (seconds * (1.0 - fraction) / fraction), what)
                                          : g_strdup (what);
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (suggest->bar), text);
  if (fraction >= 0.0)
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (suggest->bar), MIN (fraction, 1.0));
  else
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (suggest->bar));
}

static void
stop (ScopeSuggest *suggest)
{
  if (suggest->progress == NULL)
    return;
  g_signal_handlers_disconnect_by_data (suggest->progress, suggest);
  scope_progress_cancel (suggest->progress);
  g_clear_object (&suggest->progress);
}

static void
on_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  ScopeSuggest *suggest = SCOPE_SUGGEST (source);
  const Job *job = g_task_get_task_data (G_TASK (result));
  gboolean is_newest = suggest->progress == job->progress;
  g_autoptr (GError) error = NULL;
  SmoothChoice *choice = g_task_propagate_pointer (G_TASK (result), &error);

  if (!is_newest)
    {
      smooth_choice_free (choice);
      return;
    }
  stop (suggest);
  if (choice != NULL)
    {
      g_clear_pointer (&suggest->found, smooth_choice_free);
      suggest->found = choice;
      show_found (suggest);
    }
  else
    {
      gtk_label_set_text (GTK_LABEL (suggest->choice), _("No suggestion"));
      gtk_label_set_text (GTK_LABEL (suggest->reasons), error->message);
    }
  show_busy (suggest);
}

static void
start (ScopeSuggest *suggest)
{
  Job *job = g_new0 (Job, 1);
  g_autoptr (GTask) task = g_task_new (suggest, NULL, on_chosen, NULL);

  stop (suggest);
  g_clear_pointer (&suggest->found, smooth_choice_free);
  suggest->progress = scope_progress_new (_("Trying values of λ"));
  suggest->started = g_get_monotonic_time ();
  g_signal_connect_object (suggest->progress, "changed", G_CALLBACK (show_busy), suggest, G_CONNECT_SWAPPED);
  job->outcome = smooth_outcome_ref (suggest->outcome);
  job->settings = suggest->settings;
  job->progress = g_object_ref (suggest->progress);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, choose);
  gtk_label_set_text (GTK_LABEL (suggest->choice), "");
  gtk_label_set_text (GTK_LABEL (suggest->reasons), "");
  scope_plot_view_show_missing (SCOPE_PLOT_VIEW (suggest->plot), _("The curve is being computed"));
  show_busy (suggest);
}

static void
on_compute (ScopeSuggest *suggest)
{
  start (suggest);
}

static void
on_cancel (ScopeSuggest *suggest)
{
  stop (suggest);
  scope_plot_view_show_missing (SCOPE_PLOT_VIEW (suggest->plot), _("The computation was cancelled"));
  show_busy (suggest);
}

/* One step of undo. */
static void
on_apply (ScopeSuggest *suggest)
{
  SmoothParameters parameters = *scope_document_get_parameters (suggest->document);

  if (suggest->found == NULL)
    return;
  const SmoothChoicePoint *chosen = &suggest->found->points[suggest->found->chosen];
  double lambda = smooth_choice_point_get_lambda (chosen, get_unit (suggest));
  if (isfinite (lambda))
    parameters.model.lambda = lambda;
  parameters.prior.rho = chosen->rho;
  scope_document_set_parameters (suggest->document, &parameters, _("suggestion"));
  gtk_window_close (GTK_WINDOW (suggest));
}

/* ---- The dialog ---- */

static void
show_settings (ScopeSuggest *suggest)
{
  for (guint i = 0; i < suggest->all_rows->len; i++)
    {
      ScopeParamRow *row = suggest->all_rows->pdata[i];
      const SmoothParam *param = scope_param_row_get_param (row);
      gboolean is_of_lambda = !g_str_equal (param->name, "method");
      scope_param_row_set_value (row, smooth_param_get (param, &suggest->settings));
      gtk_widget_set_visible (GTK_WIDGET (row), !is_of_lambda || suggest->settings.method != SMOOTH_CHOOSE_DECAY);
    }
}

static void
on_row_changed (ScopeSuggest *suggest, double value, ScopeParamRow *row)
{
  if (!smooth_param_set (scope_param_row_get_param (row), &suggest->settings, value, NULL))
    gtk_widget_error_bell (GTK_WIDGET (row));
  show_settings (suggest);
}

static void
add_rows (ScopeSuggest *suggest)
{
  suggest->group = (SmoothParameterGroup){ &smooth_choose_params, 0 };
  for (gsize i = 0; i < smooth_choose_params.n_params; i++)
    {
      const SmoothParam *param = &smooth_choose_params.params[i];
      GtkWidget *row = scope_param_row_new (&suggest->group, param);
      g_signal_connect_swapped (row, "changed", G_CALLBACK (on_row_changed), suggest);
      gtk_box_append (GTK_BOX (param->flags & SMOOTH_PARAM_EXPERT ? suggest->expert_rows : suggest->rows), row);
      g_ptr_array_add (suggest->all_rows, row);
    }
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, ScopeSuggest *suggest)
{
  if (key != GDK_KEY_Escape)
    return FALSE;
  gtk_window_close (GTK_WINDOW (suggest));
  return TRUE;
}

/**
 * scope_suggest_new:
 * @document: has an outcome with proportions, which is suggested for
 * @method: to begin with
 *
 * Begins to compute.
 */
GtkWidget *
scope_suggest_new (GtkWindow *parent, ScopeDocument *document, SmoothChooseMethod method)
{
  ScopeSuggest *suggest = g_object_new (SCOPE_TYPE_SUGGEST, "transient-for", parent, NULL);

  suggest->document = g_object_ref (document);
  suggest->outcome = smooth_outcome_ref (scope_document_get_outcome (document));
  smooth_params_init (&smooth_choose_params, &suggest->settings);
  suggest->settings.method = (gint) method;
  add_rows (suggest);
  show_settings (suggest);
  start (suggest);
  return GTK_WIDGET (suggest);
}

static void
scope_suggest_dispose (GObject *object)
{
  ScopeSuggest *suggest = SCOPE_SUGGEST (object);

  stop (suggest);
  g_clear_pointer (&suggest->found, smooth_choice_free);
  g_clear_pointer (&suggest->outcome, smooth_outcome_unref);
  g_clear_pointer (&suggest->all_rows, g_ptr_array_unref);
  g_clear_object (&suggest->document);
  G_OBJECT_CLASS (scope_suggest_parent_class)->dispose (object);
}

static void
scope_suggest_class_init (ScopeSuggestClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_suggest_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/suggest.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, rows);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, expert_rows);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, compute);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, plot_place);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, busy);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, bar);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, cancel);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, choice);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, reasons);
  gtk_widget_class_bind_template_child (widget_class, ScopeSuggest, apply);
  gtk_widget_class_bind_template_callback (widget_class, on_compute);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_apply);
  gtk_widget_class_bind_template_callback (widget_class, gtk_window_close);
}

static void
scope_suggest_init (ScopeSuggest *suggest)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  suggest->all_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (suggest));
  scope_help_set_place (GTK_WIDGET (suggest), "suggest");
  suggest->plot = scope_plot_view_new (_("Curve of the suggestion"));
  gtk_widget_set_vexpand (suggest->plot, TRUE);
  gtk_widget_set_size_request (suggest->plot, 400, 260);
  gtk_box_append (GTK_BOX (suggest->plot_place), suggest->plot);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), suggest);
  gtk_widget_add_controller (GTK_WIDGET (suggest), keys);
}
