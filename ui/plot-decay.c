/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker measures both. Expression is measured once a section and scale; the prior again with every outcome, so that its
 * curve follows the hand on the slider. */
#include "plot-decay.h"

#include "worker.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_ORDERS 20      /* nearest spots */
#define LEAST_SPOTS 3
#define N_MEASURED 200   /* spots, of the prior */
#define N_COMPONENTS 20  /* that expression is compared in */
#define SEED 1
#define PATIENCE 60.0    /* seconds: expression is measured to its end, whatever moves meanwhile; */
#define IMPATIENCE 0.1   /* the prior of a large section is not */
#define PRIOR_COLOUR 0x3584e4u
#define DATA_COLOUR 0xe66100u
#define MEDIAN 2         /* of the quantiles */

typedef struct
{
  SmoothOutcome *outcome;
} Request;

typedef struct
{
  SmoothOutcome *outcome;
  SmoothPlot *plot;
  double prior[N_ORDERS + 1], data[N_ORDERS + 1]; /* medians; NAN: none */
  gint n_orders;
  char *summary;
} Answer;

/* What the worker keeps. */
typedef struct
{
  SmoothSection *section; /* of the data */
  gint scale;
  double depth;
  SmoothDecay *data;      /* NULL: there is none */
  char *why;              /* it is not there */
} Memory;

struct _ScopePlotDecay
{
  ScopePlotPanel parent_instance;
  GtkWidget *view;
  ScopeWorker *worker;
  Answer *shown;
};

G_DEFINE_FINAL_TYPE (ScopePlotDecay, scope_plot_decay, SCOPE_TYPE_PLOT_PANEL)

static void
request_free (gpointer data)
{
  smooth_outcome_unref (((Request *) data)->outcome);
  g_free (data);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  smooth_outcome_unref (answer->outcome);
  smooth_plot_unref (answer->plot);
  g_free (answer->summary);
  g_free (answer);
}

/* ---- On the worker's thread ---- */

static gpointer
memory_new (void)
{
  return g_new0 (Memory, 1);
}

static void
forget (Memory *memory)
{
  g_clear_pointer (&memory->section, smooth_section_unref);
  g_clear_pointer (&memory->data, smooth_decay_free);
  g_clear_pointer (&memory->why, g_free);
}

static void
memory_free (gpointer data)
{
  forget (data);
  g_free (data);
}

static gint
count_orders (const SmoothOutcome *outcome)
{
  return (gint) MIN (N_ORDERS, outcome->n_spots - 1);
}

static SmoothDecay *
measure_data (const SmoothOutcome *outcome, const double *coords, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothExpression) expression
    = smooth_expression_new (outcome->inputs.section, &outcome->parameters.prepare, NULL, run, error);
  g_autoptr (SmoothFeatures) genes = expression != NULL ? smooth_features_new_from_sparse (expression->values, error) : NULL;
  g_autoptr (SmoothFeatures) components
    = genes != NULL ? smooth_features_new_principal (genes, N_COMPONENTS, NULL, run, error) : NULL;

  return components != NULL ? smooth_decay_new_of_features (components, coords, 2, count_orders (outcome), run, error) : NULL;
}

/* Returns: FALSE where it was cancelled */
static gboolean
need_data (Memory *memory, const SmoothOutcome *outcome, const double *coords, SmoothRun *run)
{
  const SmoothPrepareSettings *prepare = &outcome->parameters.prepare;
  g_autoptr (GError) error = NULL;

  if (memory->section == outcome->inputs.section && memory->scale == prepare->scale && memory->depth == prepare->depth)
    return TRUE;
  forget (memory);
  memory->data = measure_data (outcome, coords, run, &error);
  if (g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    return FALSE;
  memory->section = smooth_section_ref (outcome->inputs.section);
  memory->scale = prepare->scale;
  memory->depth = prepare->depth;
  memory->why = error != NULL ? g_strdup (error->message) : NULL;
  return TRUE;
}

static void
copy_medians (const SmoothDecay *decay, double *medians)
{
  for (gint j = 0; j <= N_ORDERS; j++)
    medians[j] = decay != NULL && j < decay->n_orders ? decay->quantiles[j * SMOOTH_DECAY_N_QUANTILES + MEDIAN] : NAN;
}

/* The median, and the 10 and 90 % quantiles around it. */
static void
add_curve (SmoothPlot *plot, const SmoothDecay *decay, const char *name, guint32 colour)
{
  double x[N_ORDERS], low[N_ORDERS], middle[N_ORDERS], high[N_ORDERS];
  gint n = 0;

  if (decay == NULL)
    return;
  for (gint j = 1; j < decay->n_orders; j++, n++)
    {
      const double *quantiles = decay->quantiles + j * SMOOTH_DECAY_N_QUANTILES;
      x[n] = j;
      low[n] = quantiles[0];
      middle[n] = quantiles[MEDIAN];
      high[n] = quantiles[SMOOTH_DECAY_N_QUANTILES - 1];
    }
  smooth_plot_add_band (plot, x, low, high, n, colour);
  smooth_plot_add_line (plot, name, x, middle, n, colour);
}

static double
least_of (const SmoothDecay *decay, double least)
{
  for (gint j = 1; decay != NULL && j < decay->n_orders; j++)
    least = MIN (least, decay->quantiles[j * SMOOTH_DECAY_N_QUANTILES]);
  return least;
}

static char *
dup_prior_name (const SmoothOutcome *outcome)
{
  g_autofree char *kind = smooth_param_dup_text (smooth_parameters_find ("prior", NULL), outcome->parameters.prior.kind);
  g_autofree char *upper = g_ascii_strup (kind, -1);

  return g_strdup_printf (_("prior %s, ρ %.4g"), upper, outcome->parameters.prior.rho);
}

static char *
summarise (const Answer *answer, const SmoothDecay *prior, const SmoothDecay *data, const char *why)
{
  gint last = answer->n_orders;

  if (prior == NULL || data == NULL)
    return g_strdup (why != NULL ? why : "");
  return g_strdup_printf (_("Correlation with the nearest spot: prior %.2f, expression %.2f; with the %dth nearest: prior %.2f, expression %.2f; mean "
                            "difference %.3f"),
                          answer->prior[1], answer->data[1], last, answer->prior[last], answer->data[last],
                          sqrt (smooth_decay_get_mismatch (prior, data, 1, last)));
}

static void
work (ScopeWorker *worker, gpointer request_data, SmoothRun *run, gpointer state)
{
  SmoothOutcome *outcome = ((Request *) request_data)->outcome;
  Memory *memory = state;
  g_autofree double *coords = smooth_section_dup_coords_um (outcome->inputs.section, outcome->spots, outcome->n_spots);
  g_autoptr (GError) error = NULL;

  if (!need_data (memory, outcome, coords, run))
    return;
  g_autoptr (SmoothDecay) prior
    = smooth_decay_new_of_prior (outcome->precision, coords, 2, count_orders (outcome), N_MEASURED, SEED, run, &error);
  if (g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    return;
  Answer *answer = g_new0 (Answer, 1);
  const char *why = error != NULL ? error->message : memory->why;
  g_autofree char *prior_name = dup_prior_name (outcome);
  answer->outcome = smooth_outcome_ref (outcome);
  answer->n_orders = count_orders (outcome);
  copy_medians (prior, answer->prior);
  copy_medians (memory->data, answer->data);
  answer->plot = smooth_plot_new (why);
  smooth_plot_set_axis (answer->plot, SMOOTH_PLOT_X, _("nearest, second nearest, … spot"), 0.5, answer->n_orders + 0.5, SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (answer->plot, SMOOTH_PLOT_Y, _("correlation"), least_of (prior, least_of (memory->data, 0.0)), 1.0, SMOOTH_PLOT_LINEAR);
  add_curve (answer->plot, memory->data, _("expression"), DATA_COLOUR);
  add_curve (answer->plot, prior, prior_name, PRIOR_COLOUR);
  answer->summary = summarise (answer, prior, memory->data, why);
  scope_worker_publish (worker, answer);
}

/* ---- On the main loop ---- */

static void
deliver (gpointer data, gpointer owner)
{
  ScopePlotDecay *panel = owner;
  Answer *answer = data;

  if (answer->outcome->inputs.section != scope_document_get_section (scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel))))
    {
      answer_free (answer);
      return;
    }
  g_clear_pointer (&panel->shown, answer_free);
  panel->shown = answer;
  scope_plot_view_show (SCOPE_PLOT_VIEW (panel->view), answer->plot, answer->summary);
}

static const ScopeWorkerFuncs funcs = {
  .name = "decay",
  .state_new = memory_new,
  .state_free = memory_free,
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

/* Whether the expression of an outcome was measured. */
static gboolean
has_data (const ScopePlotDecay *panel, const SmoothOutcome *outcome)
{
  return panel->shown != NULL && panel->shown->outcome->inputs.section == outcome->inputs.section
         && panel->shown->outcome->parameters.prepare.scale == outcome->parameters.prepare.scale
         && panel->shown->outcome->parameters.prepare.depth == outcome->parameters.prepare.depth;
}

/* Says why there is nothing to show, unless what is shown belongs to the outcome's section. */
static void
show_missing (ScopePlotDecay *panel, ScopeDocument *document, const SmoothOutcome *outcome)
{
  const GError *failure = scope_document_get_failure (document);
  const char *text = _("Measuring how far expression is alike…");

  if (panel->shown != NULL && outcome != NULL && panel->shown->outcome->inputs.section == outcome->inputs.section)
    return;
  if (scope_document_get_section (document) == NULL)
    text = _("Open a section to see how far its spots are alike, and how far the prior smooths");
  else if (outcome != NULL && outcome->n_spots < LEAST_SPOTS)
    text = _("There are too few spots to measure how far they are alike");
  else if (outcome == NULL && failure != NULL)
    text = failure->message;
  g_clear_pointer (&panel->shown, answer_free);
  scope_plot_view_show_missing (SCOPE_PLOT_VIEW (panel->view), text);
}

/* Outcomes that share the prior share the curve. */
static void
scope_plot_decay_refresh (ScopePlotPanel *base, guint changes)
{
  ScopePlotDecay *panel = SCOPE_PLOT_DECAY (base);
  ScopeDocument *document = scope_plot_panel_get_document (base);
  SmoothOutcome *outcome = scope_document_get_outcome (document);

  if (!(changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_OUTCOME)))
    return;
  show_missing (panel, document, outcome);
  if (outcome == NULL || outcome->precision == NULL || outcome->n_spots < LEAST_SPOTS
      || (has_data (panel, outcome) && panel->shown->outcome->precision == outcome->precision))
    return;
  Request *request = g_new0 (Request, 1);
  request->outcome = smooth_outcome_ref (outcome);
  scope_worker_request (panel->worker, request, has_data (panel, outcome) ? IMPATIENCE : PATIENCE);
}

static char *
hover (double x, double y, gpointer data)
{
  const Answer *shown = ((ScopePlotDecay *) data)->shown;
  gint order = (gint) lround (x);

  if (shown == NULL || order < 1 || order > shown->n_orders)
    return NULL;
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, _("neighbour %d"), order);
  if (!isnan (shown->prior[order]))
    g_string_append_printf (text, _("\nprior %.3f"), shown->prior[order]);
  if (!isnan (shown->data[order]))
    g_string_append_printf (text, _("\nexpression %.3f"), shown->data[order]);
  return g_string_free (text, FALSE);
}

static void
scope_plot_decay_dispose (GObject *object)
{
  ScopePlotDecay *panel = SCOPE_PLOT_DECAY (object);

  g_clear_pointer (&panel->worker, scope_worker_free);
  g_clear_pointer (&panel->shown, answer_free);
  G_OBJECT_CLASS (scope_plot_decay_parent_class)->dispose (object);
}

static void
scope_plot_decay_class_init (ScopePlotDecayClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_plot_decay_dispose;
  SCOPE_PLOT_PANEL_CLASS (klass)->refresh = scope_plot_decay_refresh;
}

static void
scope_plot_decay_init (ScopePlotDecay *panel)
{
  panel->worker = scope_worker_new (&funcs, panel);
  panel->view = scope_plot_view_new (_("Decay of correlation"));
  scope_plot_view_set_hover_func (SCOPE_PLOT_VIEW (panel->view), hover, panel);
  scope_plot_panel_set_content (SCOPE_PLOT_PANEL (panel), panel->view);
}

GtkWidget *
scope_plot_decay_new (void)
{
  return g_object_new (SCOPE_TYPE_PLOT_DECAY, NULL);
}
