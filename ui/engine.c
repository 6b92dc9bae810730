/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread owns one pipeline. A newer request cancels the older one, yet not before that one has given a picture:
 * else nothing would be seen while a slider moves faster than the first improvement comes. */
#include "engine.h"

#include "trace.h"
#include "worker.h"

/* After this long without any picture an outdated computation is not worth waiting for. */
#define PATIENCE_MS 250

typedef struct
{
  guint64 generation;
  SmoothInputs inputs; /* referenced */
  SmoothParameters parameters;
} Request;

typedef struct
{
  guint64 generation;
  SmoothOutcome *outcome; /* or */
  GError *error;
} Answer;

struct _ScopeEngine
{
  GObject parent_instance;
  ScopeWorker *worker;
  guint64 generation;     /* of the newest request */
  guint patience;         /* source: cancels what runs if it is outdated by then */
  gboolean is_finished;   /* the newest request has its final answer */
  SmoothInputs inputs;    /* borrowed, for comparison only: of the newest request */
};

G_DEFINE_FINAL_TYPE (ScopeEngine, scope_engine, G_TYPE_OBJECT)

enum
{
  OUTCOME,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
request_free (gpointer data)
{
  Request *request = data;

  smooth_inputs_clear (&request->inputs);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_clear_pointer (&answer->outcome, smooth_outcome_unref);
  g_clear_error (&answer->error);
  g_free (answer);
}

static gpointer
state_new (void)
{
  SmoothPipeline *pipeline = smooth_pipeline_new ();

  return pipeline;
}

static void
state_free (gpointer state)
{
  smooth_pipeline_free (state);
}

typedef struct
{
  ScopeWorker *worker;
  guint64 generation;
  SmoothRun *run;
} Stream;

static gboolean
is_final (const SmoothOutcome *outcome)
{
  return outcome->result == NULL || outcome->result->info.status != SMOOTH_STATUS_IMPROVING;
}

/* What the stages took, of the clock. */
static void
trace_outcome (const SmoothOutcome *outcome, guint64 generation)
{
  if (!scope_trace_is_on ())
    return;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "\"final\": %s", is_final (outcome) ? "true" : "false");
  for (guint stage = 0; stage < SMOOTH_N_STAGES; stage++)
    if (outcome->ran[stage])
      g_string_append_printf (text, ", \"%s_ms\": %.2f", smooth_stage_get_name (stage), 1e3 * outcome->seconds[stage]);
  scope_trace_step ("computed", generation, text->str);
}

static void
publish (ScopeWorker *worker, guint64 generation, SmoothOutcome *outcome, GError *error)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->generation = generation;
  answer->outcome = outcome != NULL ? smooth_outcome_ref (outcome) : NULL;
  answer->error = error;
  if (outcome != NULL)
    trace_outcome (outcome, generation);
  scope_worker_publish (worker, answer);
}

/* An outcome on the way: shown, and reason enough to stop where the user wants something else by now. */
static void
on_improved (SmoothOutcome *outcome, gpointer data)
{
  Stream *stream = data;

  publish (stream->worker, stream->generation, outcome, NULL);
  if (scope_worker_has_newer (stream->worker))
    smooth_run_cancel (stream->run);
}

static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  Request *request = data;
  Stream stream = { worker, request->generation, run };
  GError *error = NULL;
  scope_trace_step ("computing", request->generation, NULL);
  SmoothOutcome *outcome
    = smooth_pipeline_compute (state, &request->inputs, &request->parameters, on_improved, &stream, run, &error);

  if (outcome != NULL)
    publish (worker, request->generation, outcome, NULL);
  else if (g_error_matches (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    g_error_free (error);
  else
    publish (worker, request->generation, NULL, error);
  g_clear_pointer (&outcome, smooth_outcome_unref);
}

static void
deliver (gpointer data, gpointer owner)
{
  ScopeEngine *engine = owner;
  Answer *answer = data;

  if (answer->generation == engine->generation)
    engine->is_finished = answer->outcome == NULL || is_final (answer->outcome);
  g_object_ref (engine);
  if (answer->outcome != NULL)
    g_signal_emit (engine, signals[OUTCOME], 0, answer->outcome, answer->generation);
  else
    g_signal_emit (engine, signals[FAILED], 0, answer->error, answer->generation);
  g_object_unref (engine);
  answer_free (answer);
}

static const ScopeWorkerFuncs funcs = {
  .name = "engine",
  .state_new = state_new,
  .state_free = state_free,
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

static gboolean
lose_patience (gpointer data)
{
  ScopeEngine *engine = data;

  engine->patience = 0;
  scope_worker_cancel_outdated (engine->worker);
  return G_SOURCE_REMOVE;
}

/**
 * scope_engine_request:
 * @inputs: what to compute on; referenced
 * @parameters: copied
 *
 * Starts to compute, in the background. Answers arrive by the signals 'outcome' and 'failed'.
 *
 * Returns: the generation of the request, which its answers carry; later requests have larger ones
 */
guint64
scope_engine_request (ScopeEngine *engine, const SmoothInputs *inputs, const SmoothParameters *parameters)
{
  Request *request = g_new0 (Request, 1);

  request->generation = ++engine->generation;
  request->inputs = smooth_inputs_copy (inputs);
  request->parameters = *parameters;

  gboolean other_inputs = engine->inputs.section != inputs->section || engine->inputs.signature != inputs->signature;
  engine->inputs = *inputs;
  engine->is_finished = FALSE;

  scope_worker_request (engine->worker, request, other_inputs ? 0.0 : PATIENCE_MS / 1e3);
  g_clear_handle_id (&engine->patience, g_source_remove);
  engine->patience = g_timeout_add (PATIENCE_MS, lose_patience, engine);
  return engine->generation;
}

/* Whether the newest request waits for its final answer. */
gboolean
scope_engine_is_busy (ScopeEngine *engine)
{
  return !engine->is_finished;
}

/* Waits for the final answer of the newest request until @deadline (monotonic, us), where it is likely to come until
 * then. */
void
scope_engine_wait (ScopeEngine *engine, gint64 deadline)
{
  while (!engine->is_finished && scope_worker_wait (engine->worker, deadline))
    continue;
}

static void
scope_engine_dispose (GObject *object)
{
  ScopeEngine *engine = SCOPE_ENGINE (object);

  g_clear_handle_id (&engine->patience, g_source_remove);
  g_clear_pointer (&engine->worker, scope_worker_free);
  G_OBJECT_CLASS (scope_engine_parent_class)->dispose (object);
}

static void
scope_engine_class_init (ScopeEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_engine_dispose;

  /* outcome (SmoothOutcome *outcome, guint64 generation): borrowed; on the way or final */
  signals[OUTCOME] = g_signal_new ("outcome", SCOPE_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                   G_TYPE_POINTER, G_TYPE_UINT64);
  /* failed (GError *error, guint64 generation): borrowed */
  signals[FAILED] = g_signal_new ("failed", SCOPE_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_POINTER, G_TYPE_UINT64);
}

static void
scope_engine_init (ScopeEngine *engine)
{
  engine->is_finished = TRUE;
  engine->worker = scope_worker_new (&funcs, engine);
}

ScopeEngine *
scope_engine_new (void)
{
  return g_object_new (SCOPE_TYPE_ENGINE, NULL);
}
