/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One worker an analysis. Components follow every new prior, clusters follow what they are made of, uncertainty and
 * imputation wait until the outcome has settled, and sensitivity, which takes longest, waits until it is asked for. */
#include "analyses.h"

#include "trace.h"
#include "worker.h"

#include <string.h>

#define PATIENCE 0.25 /* seconds that an outdated computation has to show something */

/* What a computation starts from; what it was asked for is compared by this. */
typedef struct
{
  SmoothOutcome *outcome;     /* referenced */
  SmoothFindings *components; /* (nullable): referenced */
  SmoothAnalysisSettings settings;
  gint64 gene;
} Basis;

typedef struct
{
  ScopeAnalyses *analyses; /* borrowed: outlives the worker */
  SmoothAnalysisKind kind;
  guint64 generation;
  Basis basis;
} Request;

typedef struct
{
  SmoothAnalysisKind kind;
  guint64 generation;
  Basis basis;
  SmoothFindings *findings; /* (nullable) */
  GError *error;            /* (nullable) */
  gboolean is_done;         /* nothing more will come */
} Answer;

typedef struct
{
  ScopeWorker *worker; /* NULL: was never needed */
  guint64 generation;  /* of the newest request */
  guint64 least;       /* answers of earlier generations are too late */
  Basis asked;         /* of the newest request; outcome NULL: none */
  gboolean is_busy;
  gboolean shows;      /* the canvas is to show what comes: it was just switched on */
  SmoothFindings *findings;
  Basis made;          /* of the findings */
  GError *failure;     /* of the newest request */

  /* Of the computation that runs, told from any thread: guarded by the lock of the analyses. */
  double fraction;
  gint64 started; /* us: when the fraction began to grow */
  char *what;
} Analysis;

struct _ScopeAnalyses
{
  GObject parent_instance;
  ScopeDocument *document;
  Analysis all[SMOOTH_N_ANALYSES];
  char *what; /* of the last scope_analyses_get_progress() */

  GMutex lock;
  guint idle; /* will tell of progress */
};

G_DEFINE_FINAL_TYPE (ScopeAnalyses, scope_analyses, G_TYPE_OBJECT)

static guint changed_signal;

static void refresh_all (ScopeAnalyses *analyses);

/* ---- What computations start from ---- */

static void
basis_clear (Basis *basis)
{
  g_clear_pointer (&basis->outcome, smooth_outcome_unref);
  g_clear_pointer (&basis->components, smooth_findings_unref);
}

static Basis
basis_copy (const Basis *basis)
{
  Basis copy = *basis;

  smooth_outcome_ref (copy.outcome);
  if (copy.components != NULL)
    smooth_findings_ref (copy.components);
  return copy;
}

/* Whether two outcomes have the prior, and all that it was made from, in common. */
static gboolean
same_prior (const SmoothOutcome *a, const SmoothOutcome *b)
{
  return a->inputs.section == b->inputs.section && a->graph == b->graph && a->precision == b->precision
         && smooth_params_equal (&smooth_prepare_params, &a->parameters.prepare, &b->parameters.prepare);
}

/* Whether two settled outcomes were computed from the same: a parameter that went and came back gives another outcome, which
 * differs by less than the tolerance. */
static gboolean
same_problem (const SmoothOutcome *a, const SmoothOutcome *b)
{
  const SmoothInputs *x = &a->inputs, *y = &b->inputs;

  return x->section == y->section && x->signature == y->signature
         && (x->regions == y->regions || (x->regions != NULL && y->regions != NULL && smooth_regions_equal (x->regions, y->regions)))
         && smooth_parameters_equal (&a->parameters, &b->parameters);
}

static gboolean
needs_components (const SmoothAnalysisSettings *settings)
{
  return settings->cluster_source.source != SMOOTH_CLUSTER_PROPORTIONS;
}

static gboolean
bases_agree (const Basis *a, const Basis *b, SmoothAnalysisKind kind)
{
  if (a->outcome == NULL || b->outcome == NULL || !smooth_analysis_settings_agree (&a->settings, &b->settings, kind))
    return FALSE;
  switch (kind)
    {
    case SMOOTH_ANALYSIS_COMPONENTS:
      return same_prior (a->outcome, b->outcome);
    case SMOOTH_ANALYSIS_CLUSTERS:
      return needs_components (&a->settings) ? a->components == b->components : same_problem (a->outcome, b->outcome);
    case SMOOTH_ANALYSIS_IMPUTATION:
      return same_prior (a->outcome, b->outcome) && (*a->settings.genes != '\0' || a->gene == b->gene);
    case SMOOTH_ANALYSIS_AUTOENCODER:
      return a->outcome->inputs.section == b->outcome->inputs.section && a->outcome->precision == b->outcome->precision;
    case SMOOTH_ANALYSIS_DEVIATIONS:
    case SMOOTH_ANALYSIS_SENSITIVITY:
    case SMOOTH_N_ANALYSES:
    default:
      return same_problem (a->outcome, b->outcome);
    }
}

/* What the document has now; borrowed. */
static Basis
present_basis (ScopeAnalyses *analyses)
{
  return (Basis){
    .outcome = scope_document_get_outcome (analyses->document),
    .components = analyses->all[SMOOTH_ANALYSIS_COMPONENTS].findings,
    .settings = *scope_document_get_analyses (analyses->document),
    .gene = scope_document_get_look (analyses->document)->gene,
  };
}

/* ---- On the threads ---- */

static void
request_free (gpointer data)
{
  Request *request = data;

  basis_clear (&request->basis);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  basis_clear (&answer->basis);
  g_clear_pointer (&answer->findings, smooth_findings_unref);
  g_clear_error (&answer->error);
  g_free (answer);
}

static gpointer
state_new (void)
{
  return g_new0 (SmoothAnalyst *, 1);
}

static void
state_free (gpointer state)
{
  smooth_analyst_free (*(SmoothAnalyst **) state);
  g_free (state);
}

static gboolean
tell_progress (gpointer data)
{
  ScopeAnalyses *analyses = data;

  g_mutex_lock (&analyses->lock);
  analyses->idle = 0;
  g_mutex_unlock (&analyses->lock);
  for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
    if (analyses->all[kind].is_busy)
      g_signal_emit (analyses, changed_signal, 0, kind);
  return G_SOURCE_REMOVE;
}

/* Steps within a step say nothing of how far the whole is. */
static void
on_report (double fraction, const char *what, gpointer data)
{
  const Request *request = data;
  ScopeAnalyses *analyses = request->analyses;
  Analysis *analysis = &analyses->all[request->kind];

  g_mutex_lock (&analyses->lock);
  if (fraction >= 0.0 || analysis->fraction < 0.0)
    {
      if (fraction >= 0.0 && !(analysis->fraction >= 0.0 && fraction >= analysis->fraction))
        analysis->started = g_get_monotonic_time ();
      analysis->fraction = fraction;
      if (what != NULL && g_strcmp0 (what, analysis->what) != 0)
        {
          g_free (analysis->what);
          analysis->what = g_strdup (what);
        }
      if (analyses->idle == 0)
        analyses->idle = g_idle_add (tell_progress, analyses);
    }
  g_mutex_unlock (&analyses->lock);
}

typedef struct
{
  ScopeWorker *worker;
  const Request *request;
} Stream;

/* Takes over @error. */
static void
publish (const Stream *stream, SmoothFindings *findings, GError *error, gboolean is_done)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->kind = stream->request->kind;
  answer->generation = stream->request->generation;
  answer->basis = basis_copy (&stream->request->basis);
  answer->findings = findings != NULL ? smooth_findings_ref (findings) : NULL;
  answer->error = error;
  answer->is_done = is_done;
  scope_worker_publish (stream->worker, answer);
}

static void
on_improved (SmoothFindings *findings, gpointer data)
{
  publish (data, findings, NULL, FALSE);
}

/* What the next moves of a slider need is prepared when there is time; that it fails or is cancelled costs nothing. */
static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  Request *request = data;
  SmoothAnalyst **analyst = state;
  Stream stream = { worker, request };
  GError *error = NULL;
  SmoothAnalysisInputs inputs = { request->basis.outcome, &request->basis.settings, request->basis.components, request->basis.gene };

  if (*analyst == NULL)
    *analyst = smooth_analyst_new (request->kind);
  smooth_run_set_progress (run, on_report, request);
  g_autoptr (SmoothFindings) findings = smooth_analyst_compute (*analyst, &inputs, on_improved, &stream, run, &error);
  if (findings != NULL)
    {
      publish (&stream, findings, NULL, FALSE);
      smooth_analyst_prepare (*analyst, run, NULL);
    }
  if (g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED)) /* by who knows it */
    g_error_free (error);
  else
    publish (&stream, findings, error, TRUE);
  smooth_run_set_progress (run, NULL, NULL);
}

static void deliver (gpointer data, gpointer owner);

static const ScopeWorkerFuncs funcs = {
  .name = "analysis",
  .state_new = state_new,
  .state_free = state_free,
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

/* ---- On the main loop ---- */

static void
forget_findings (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  Analysis *analysis = &analyses->all[kind];

  g_clear_pointer (&analysis->findings, smooth_findings_unref);
  g_clear_error (&analysis->failure);
  basis_clear (&analysis->asked);
  basis_clear (&analysis->made);
}

/* The column that says more of what is looked at: of the same cell type, or the same column as before; else the first. */
static gint64
find_column (ScopeAnalyses *analyses, const SmoothLayer *layer)
{
  const ScopeLook *look = scope_document_get_look (analyses->document);
  const SmoothSignature *signature = scope_document_get_signature (analyses->document);
  const SmoothLayer *before = scope_document_get_looked_at_layer (analyses->document);
  const char *name = NULL;

  if (look->by == SCOPE_BY_TYPE && signature != NULL && look->type >= 0 && look->type < signature->n_types)
    name = signature->type_names[look->type];
  else if (before != NULL && look->column < before->n_columns)
    name = before->columns[look->column];
  return name != NULL ? MAX (smooth_layer_find_column (layer, name), 0) : 0;
}

/* Colours the spots by what was found. */
void
scope_analyses_show (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  const SmoothFindings *findings = analyses->all[kind].findings;
  ScopeLook look = *scope_document_get_look (analyses->document);

  if (findings == NULL)
    return;
  const SmoothLayer *layer = findings->layers->pdata[0];
  look.by = SCOPE_BY_LAYER;
  look.layer = g_intern_string (layer->key);
  look.column = find_column (analyses, layer);
  look.colours.limits = SMOOTH_LIMITS_AUTO;
  scope_document_set_look (analyses->document, &look);
}

static void
take_findings (ScopeAnalyses *analyses, const Answer *answer)
{
  Analysis *analysis = &analyses->all[answer->kind];
  SmoothFindings *findings = answer->findings;
  gboolean is_new = analysis->findings != findings;

  smooth_findings_ref (findings);
  basis_clear (&analysis->made);
  analysis->made = basis_copy (&answer->basis);
  g_clear_pointer (&analysis->findings, smooth_findings_unref);
  analysis->findings = findings;
  if (!is_new || findings->outcome->inputs.section != scope_document_get_section (analyses->document))
    return;
  for (guint i = 0; i < findings->layers->len; i++)
    scope_document_set_layer (analyses->document, findings->layers->pdata[i]);
  scope_trace ("analysis", NULL);
  if (analysis->shows)
    {
      analysis->shows = FALSE;
      scope_analyses_show (analyses, answer->kind);
    }
}

static void
deliver (gpointer data, gpointer owner)
{
  g_autoptr (ScopeAnalyses) analyses = g_object_ref (owner);
  Answer *answer = data;
  Analysis *analysis = &analyses->all[answer->kind];

  if (answer->generation >= analysis->least)
    {
      if (answer->generation == analysis->generation)
        {
          analysis->is_busy = !answer->is_done;
          g_clear_error (&analysis->failure);
          analysis->failure = g_steal_pointer (&answer->error);
        }
      if (answer->findings != NULL)
        take_findings (analyses, answer);
      g_signal_emit (analyses, changed_signal, 0, (guint) answer->kind);
      refresh_all (analyses);
    }
  answer_free (answer);
}

static void
request (ScopeAnalyses *analyses, SmoothAnalysisKind kind, const Basis *basis)
{
  Analysis *analysis = &analyses->all[kind];
  Request *wanted = g_new0 (Request, 1);

  wanted->analyses = analyses;
  wanted->kind = kind;
  wanted->generation = ++analysis->generation;
  wanted->basis = basis_copy (basis);
  basis_clear (&analysis->asked);
  analysis->asked = basis_copy (basis);
  analysis->is_busy = TRUE;
  g_mutex_lock (&analyses->lock);
  analysis->fraction = -1.0;
  analysis->started = g_get_monotonic_time ();
  g_clear_pointer (&analysis->what, g_free);
  g_mutex_unlock (&analyses->lock);
  if (analysis->worker == NULL)
    analysis->worker = scope_worker_new (&funcs, analyses);
  scope_worker_request (analysis->worker, wanted, PATIENCE);
  g_signal_emit (analyses, changed_signal, 0, (guint) kind);
}

static void
stop (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  Analysis *analysis = &analyses->all[kind];

  if (analysis->worker != NULL)
    scope_worker_cancel (analysis->worker);
  analysis->least = ++analysis->generation;
  analysis->is_busy = FALSE;
}

static void
switch_off (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  if (analyses->all[kind].findings == NULL && analyses->all[kind].asked.outcome == NULL)
    return;
  stop (analyses, kind);
  forget_findings (analyses, kind);
  for (const char *const *key = smooth_analyses[kind].layers; *key != NULL; key++)
    scope_document_remove_layer (analyses->document, *key);
  g_signal_emit (analyses, changed_signal, 0, (guint) kind);
}

/* Whether what an analysis needs is there, and is not about to change. */
static gboolean
is_ready (ScopeAnalyses *analyses, SmoothAnalysisKind kind, const Basis *basis)
{
  if (basis->outcome == NULL || basis->outcome->inputs.section != scope_document_get_section (analyses->document))
    return FALSE;
  if (smooth_analyses[kind].needs_signature && basis->outcome->result == NULL)
    return FALSE;
  if (kind == SMOOTH_ANALYSIS_COMPONENTS)
    return TRUE;
  if (kind == SMOOTH_ANALYSIS_CLUSTERS && needs_components (&basis->settings))
    return basis->components != NULL;
  return !scope_document_is_busy (analyses->document);
}

static void
refresh (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  Basis basis = present_basis (analyses);

  if (!basis.settings.switches.is_on[kind])
    switch_off (analyses, kind);
  else if (!smooth_analyses[kind].is_on_demand && is_ready (analyses, kind, &basis)
           && !bases_agree (&basis, &analyses->all[kind].asked, kind))
    request (analyses, kind, &basis);
}

static void
refresh_all (ScopeAnalyses *analyses)
{
  for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
    refresh (analyses, kind);
}

static void
on_changed (ScopeAnalyses *analyses, guint changes)
{
  if (changes & SCOPE_CHANGED_SECTION)
    for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
      {
        stop (analyses, kind);
        forget_findings (analyses, kind);
      }
  if (changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_ANALYSES | SCOPE_CHANGED_LOOK))
    {
      refresh_all (analyses);
      for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
        g_signal_emit (analyses, changed_signal, 0, kind);
    }
}

/* As the user does: one step of undo. Clusters of components need these, too. */
void
scope_analyses_switch (ScopeAnalyses *analyses, SmoothAnalysisKind kind, gboolean is_on)
{
  SmoothAnalysisSettings settings = *scope_document_get_analyses (analyses->document);

  settings.switches.is_on[kind] = is_on;
  if (is_on && kind == SMOOTH_ANALYSIS_CLUSTERS && needs_components (&settings))
    settings.switches.is_on[SMOOTH_ANALYSIS_COMPONENTS] = TRUE;
  analyses->all[kind].shows = is_on;
  scope_document_set_analyses (analyses->document, &settings, g_dgettext (GETTEXT_PACKAGE, smooth_analyses[kind].label), NULL);
}

/* Computes an analysis now, also where nothing has changed. */
void
scope_analyses_compute (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  Basis basis = present_basis (analyses);

  if (is_ready (analyses, kind, &basis))
    request (analyses, kind, &basis);
}

/* What was found stays. */
void
scope_analyses_cancel (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  stop (analyses, kind);
  g_signal_emit (analyses, changed_signal, 0, (guint) kind);
}

/* Returns: (nullable) (transfer none): the newest */
SmoothFindings *
scope_analyses_get_findings (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  return analyses->all[kind].findings;
}

/* Whether what was found belongs to other parameters than the present ones. */
gboolean
scope_analyses_is_stale (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  const Analysis *analysis = &analyses->all[kind];
  const SmoothFindings *findings = analysis->findings;
  Basis present = present_basis (analyses);

  if (findings == NULL)
    return FALSE;
  if (kind == SMOOTH_ANALYSIS_CLUSTERS && needs_components (&present.settings)
      && scope_analyses_is_stale (analyses, SMOOTH_ANALYSIS_COMPONENTS))
    return TRUE;
  if (scope_document_is_busy (analyses->document)
      && !smooth_parameters_equal (&findings->outcome->parameters, scope_document_get_parameters (analyses->document)))
    return TRUE;
  return !bases_agree (&analysis->made, &present, kind) || (!findings->is_final && !analysis->is_busy);
}

/* Returns: (transfer full): of SmoothFindings: all that belong to the present parameters */
GPtrArray *
scope_analyses_dup_findings (ScopeAnalyses *analyses)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_findings_unref);

  for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
    if (analyses->all[kind].findings != NULL && !scope_analyses_is_stale (analyses, (SmoothAnalysisKind) kind))
      g_ptr_array_add (all, smooth_findings_ref (analyses->all[kind].findings));
  return all;
}

/* Returns: (nullable): why the newest computation has found nothing */
const GError *
scope_analyses_get_failure (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  return analyses->all[kind].failure;
}

ScopeAnalysisProgress
scope_analyses_get_progress (ScopeAnalyses *analyses, SmoothAnalysisKind kind)
{
  const Analysis *analysis = &analyses->all[kind];
  ScopeAnalysisProgress progress = { .is_busy = analysis->is_busy, .seconds_left = -1.0 };

  g_mutex_lock (&analyses->lock);
  progress.fraction = analysis->fraction;
  double seconds = (double) (g_get_monotonic_time () - analysis->started) / G_USEC_PER_SEC;
  if (analysis->fraction > 0.05 && seconds > 0.5)
    progress.seconds_left = seconds * (1.0 - analysis->fraction) / analysis->fraction;
  g_free (analyses->what);
  progress.what = analyses->what = g_strdup (analysis->what);
  g_mutex_unlock (&analyses->lock);
  return progress;
}

static void
scope_analyses_dispose (GObject *object)
{
  ScopeAnalyses *analyses = SCOPE_ANALYSES (object);

  if (analyses->document != NULL)
    g_signal_handlers_disconnect_by_data (analyses->document, analyses);
  for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
    {
      g_clear_pointer (&analyses->all[kind].worker, scope_worker_free);
      forget_findings (analyses, kind);
      g_clear_pointer (&analyses->all[kind].what, g_free);
    }
  g_clear_handle_id (&analyses->idle, g_source_remove);
  g_clear_object (&analyses->document);
  G_OBJECT_CLASS (scope_analyses_parent_class)->dispose (object);
}

static void
scope_analyses_finalize (GObject *object)
{
  g_free (SCOPE_ANALYSES (object)->what);
  g_mutex_clear (&SCOPE_ANALYSES (object)->lock);
  G_OBJECT_CLASS (scope_analyses_parent_class)->finalize (object);
}

static void
scope_analyses_class_init (ScopeAnalysesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_analyses_dispose;
  G_OBJECT_CLASS (klass)->finalize = scope_analyses_finalize;

  /* changed (guint kind): findings, failure, staleness or progress of an analysis */
  changed_signal = g_signal_new ("changed", SCOPE_TYPE_ANALYSES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
scope_analyses_init (ScopeAnalyses *analyses)
{
  g_mutex_init (&analyses->lock);
}

/* @document: referenced */
ScopeAnalyses *
scope_analyses_new (ScopeDocument *document)
{
  ScopeAnalyses *analyses = g_object_new (SCOPE_TYPE_ANALYSES, NULL);

  analyses->document = g_object_ref (document);
  g_signal_connect_swapped (document, "changed", G_CALLBACK (on_changed), analyses);
  return analyses;
}
