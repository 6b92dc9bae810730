/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages, what each depends on, and the solver that is kept between computations.
 *
 *     section, signature, prepare settings -> prepared -> reduced (H, R) -----------------------------------------------+
 *     section, graph settings -> neighbours -> (likeness) -> base graph -> (regions, boundary) -> graph -> precision ---+-> solve -> result
 *
 * Inputs are immutable, so that an input has changed exactly if its address has. A stage runs again if one of its
 * inputs, its settings or the stage before it changed; it then drops what depends on it. The solver survives every
 * change that leaves H and R alone: it starts from its last iterate.
 *
 * A region edit costs what it touches: labels, weights, Q, iterate, certificate and result of the last computation are taken
 * over but for the spots that it reaches. What is taken over is the memory of the computation before the last, which is brought
 * up to date, as soon as nobody but the pipeline holds it: so two generations take turns, and nothing is copied.
 */
#include "pipeline/pipeline.h"

#include "base/error.h"
#include "linalg/matrix-pool.h"
#include "pipeline/labelling-private.h"
#include "pipeline/outcome-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SHOW_AFTER 6000 /* us of a solve until its first picture on the way */
#define LEAST_KEPT 8 /* a graph is edited while at most one spot in so many has another label */

struct _SmoothPipeline
{
  /* What the stages below were made from. */
  SmoothInputs inputs;
  SmoothParameters parameters;
  gboolean has_parameters;

  /* The stages; NULL: has to run. */
  gint64 n_spots;
  gint32 *spots; /* a box counted by reference */
  SmoothPrepared *prepared;
  SmoothPrecision **precisions;    /* of the types; NULL: not made yet, or all have the same */
  SmoothReport *prior_report;      /* of these */
  double *confidences;             /* of the types; NULL: not found yet, or none were given */
  SmoothReport *confidence_report; /* of their estimate */
  SmoothGraph *neighbours;
  gint has_faded; /* whether neighbours has a spot with faded weights alone; -1: not known */
  SmoothScaler *scaler;
  SmoothReport *likeness; /* of the scaling */
  SmoothGraph *base_graph;
  SmoothLabelling *labelling;
  SmoothGraph *graph;
  SmoothPrecision *precision;
  SmoothReduced *reduced;
  SmoothDeconvolver *solver;
  gboolean solver_has_precision;
  SmoothResult *result;
  SmoothMatrixPool pool; /* of the abundances and proportions of results that were given out */

  /* (nullable) Of the last regions and of those before, where nothing but regions has changed since. */
  SmoothGraph *last_graph, *spare_graph;
  SmoothPrecision *last_precision, *spare_precision;
  SmoothResult *last_result, *spare_result;
};

/* One call of smooth_pipeline_compute(). */
typedef struct
{
  SmoothPipeline *pipeline;
  SmoothRun *run;
  SmoothOutcomeFunc improved;
  gpointer improved_data;
  double seconds[SMOOTH_N_STAGES];
  gboolean ran[SMOOTH_N_STAGES];
} Computation;

static const char *const stage_names[SMOOTH_N_STAGES] = {
  [SMOOTH_STAGE_PREPARE] = "prepare",     [SMOOTH_STAGE_GRAPH] = "graph",   [SMOOTH_STAGE_SCALING] = "likeness", [SMOOTH_STAGE_REGIONS] = "regions",
  [SMOOTH_STAGE_PRECISION] = "precision", [SMOOTH_STAGE_REDUCE] = "reduce", [SMOOTH_STAGE_SOLVE] = "solve",
};

const char *
smooth_stage_get_name (SmoothStage stage)
{
  g_return_val_if_fail (stage < SMOOTH_N_STAGES, NULL);
  return stage_names[stage];
}

/**
 * smooth_pipeline_new:
 *
 * Its solves start from its last iterate where they can. What a new pipeline computes first depends, to the bit, on inputs
 * and parameters alone: that is what is worth keeping in a file.
 *
 * Returns: (transfer full): a pipeline that has computed nothing yet
 */
SmoothPipeline *
smooth_pipeline_new (void)
{
  SmoothPipeline *pipeline = g_new0 (SmoothPipeline, 1);

  pipeline->has_faded = -1;
  return pipeline;
}

/* Dropping a stage drops all that depends on it. */

static void
drop_result (SmoothPipeline *pipeline)
{
  g_clear_pointer (&pipeline->result, smooth_result_unref);
  g_clear_pointer (&pipeline->last_result, smooth_result_unref);
  g_clear_pointer (&pipeline->spare_result, smooth_result_unref);
}

static void
drop_reduced (SmoothPipeline *pipeline)
{
  drop_result (pipeline);
  pipeline->solver_has_precision = FALSE;
  smooth_i_matrix_pool_clear (&pipeline->pool);
  g_clear_pointer (&pipeline->solver, smooth_deconvolver_free);
  g_clear_pointer (&pipeline->reduced, smooth_reduced_unref);
}

static void
clear_type_priors (SmoothPipeline *pipeline)
{
  pipeline->solver_has_precision = FALSE;
  for (gsize k = 0; pipeline->precisions != NULL && pipeline->precisions[k] != NULL; k++)
    smooth_precision_unref (pipeline->precisions[k]);
  g_clear_pointer (&pipeline->precisions, g_free);
  g_clear_pointer (&pipeline->prior_report, smooth_report_unref);
}

static void
drop_type_priors (SmoothPipeline *pipeline)
{
  drop_result (pipeline);
  clear_type_priors (pipeline);
}

static void
drop_confidences (SmoothPipeline *pipeline)
{
  drop_result (pipeline);
  pipeline->solver_has_precision = FALSE;
  g_clear_pointer (&pipeline->confidences, g_free);
  g_clear_pointer (&pipeline->confidence_report, smooth_report_unref);
}

static void
drop_prepared (SmoothPipeline *pipeline)
{
  drop_reduced (pipeline);
  drop_confidences (pipeline);
  drop_type_priors (pipeline);
  g_clear_pointer (&pipeline->prepared, smooth_prepared_unref);
}

static void
drop_precision (SmoothPipeline *pipeline)
{
  drop_type_priors (pipeline);
  g_clear_pointer (&pipeline->precision, smooth_precision_unref);
  g_clear_pointer (&pipeline->last_precision, smooth_precision_unref);
  g_clear_pointer (&pipeline->spare_precision, smooth_precision_unref);
}

static void
drop_regions (SmoothPipeline *pipeline)
{
  drop_precision (pipeline);
  g_clear_pointer (&pipeline->graph, smooth_graph_unref);
  g_clear_pointer (&pipeline->last_graph, smooth_graph_unref);
  g_clear_pointer (&pipeline->spare_graph, smooth_graph_unref);
}

/* After an edit of the regions: what depends on them runs again, from where it was. */
#define RETIRE(pipeline, what, unref)                            \
  if ((pipeline)->what != NULL)                                  \
    {                                                            \
      g_clear_pointer (&(pipeline)->spare_##what, unref);        \
      (pipeline)->spare_##what = (pipeline)->last_##what;        \
      (pipeline)->last_##what = g_steal_pointer (&(pipeline)->what); \
    }

static void
retire_regions (SmoothPipeline *pipeline)
{
  clear_type_priors (pipeline);
  RETIRE (pipeline, graph, smooth_graph_unref)
  RETIRE (pipeline, precision, smooth_precision_unref)
  RETIRE (pipeline, result, smooth_result_unref)
}

static void
drop_scaling (SmoothPipeline *pipeline)
{
  drop_regions (pipeline);
  g_clear_pointer (&pipeline->base_graph, smooth_graph_unref);
  g_clear_pointer (&pipeline->likeness, smooth_report_unref);
}

static void
drop_graph (SmoothPipeline *pipeline)
{
  drop_scaling (pipeline);
  pipeline->has_faded = -1;
  g_clear_pointer (&pipeline->neighbours, smooth_graph_unref);
}

static void
drop_section (SmoothPipeline *pipeline)
{
  drop_prepared (pipeline);
  drop_graph (pipeline);
  g_clear_pointer (&pipeline->scaler, smooth_scaler_free);
  g_clear_pointer (&pipeline->labelling, smooth_i_labelling_free);
  g_clear_pointer (&pipeline->spots, g_atomic_rc_box_release);
}

void
smooth_pipeline_free (SmoothPipeline *pipeline)
{
  if (pipeline == NULL)
    return;
  drop_section (pipeline);
  smooth_inputs_clear (&pipeline->inputs);
  g_free (pipeline);
}

/* The boundary belongs to the stage of the regions, not to that of the graph. */
static gboolean
graph_settings_equal (SmoothGraphSettings a, SmoothGraphSettings b)
{
  a.boundary = b.boundary;
  a.boundary_replaces = b.boundary_replaces;
  return smooth_params_equal (&smooth_graph_params, &a, &b);
}

static void
drop_stages_of_changed_inputs (SmoothPipeline *pipeline, const SmoothInputs *inputs)
{
  if (pipeline->inputs.section != inputs->section)
    drop_section (pipeline);
  if (pipeline->inputs.signature != inputs->signature)
    drop_prepared (pipeline);
  if (pipeline->inputs.regions != inputs->regions)
    retire_regions (pipeline);
  if (pipeline->inputs.confidences != inputs->confidences)
    drop_confidences (pipeline);
  if (pipeline->inputs.type_priors != inputs->type_priors)
    {
      drop_confidences (pipeline);
      drop_type_priors (pipeline);
    }
  if (pipeline->inputs.likeness != inputs->likeness)
    drop_scaling (pipeline);
}

static void
drop_stages_of_changed_parameters (SmoothPipeline *pipeline, const SmoothParameters *new)
{
  const SmoothParameters *old = &pipeline->parameters;

  if (!smooth_params_equal (&smooth_prepare_params, &old->prepare, &new->prepare))
    drop_prepared (pipeline);
  if (!graph_settings_equal (old->graph, new->graph))
    drop_graph (pipeline);
  if (!smooth_params_equal (&smooth_scaling_params, &old->scaling, &new->scaling))
    drop_scaling (pipeline);
  if (old->graph.boundary != new->graph.boundary || old->graph.boundary_replaces != new->graph.boundary_replaces)
    drop_regions (pipeline);
  if (!smooth_params_equal (&smooth_precision_params, &old->prior, &new->prior))
    drop_precision (pipeline);
  if (old->model.bias != new->model.bias)
    drop_reduced (pipeline);
  if (!smooth_params_equal (&smooth_deconvolution_params, &old->model, &new->model))
    drop_result (pipeline);
}

static void
take_inputs (SmoothPipeline *pipeline, const SmoothInputs *inputs, const SmoothParameters *parameters)
{
  SmoothInputs copy = smooth_inputs_copy (inputs);

  drop_stages_of_changed_inputs (pipeline, inputs);
  if (pipeline->has_parameters)
    drop_stages_of_changed_parameters (pipeline, parameters);
  smooth_inputs_clear (&pipeline->inputs);
  pipeline->inputs = copy;
  pipeline->parameters = *parameters;
  pipeline->has_parameters = TRUE;
}

/* The stages. Each leaves its result in the pipeline, or an error and nothing. */

static gboolean
prepare (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;

  pipeline->prepared = smooth_prepared_new (pipeline->inputs.section, pipeline->inputs.signature, &pipeline->parameters.prepare,
                                            computation->run, error);
  return pipeline->prepared != NULL;
}

static gboolean
make_graph (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;
  const SmoothSection *section = pipeline->inputs.section;
  SmoothGraphSettings settings = pipeline->parameters.graph;
  g_autofree double *coords = smooth_section_dup_coords_um (section, pipeline->spots, pipeline->n_spots);

  settings.row_scale = FALSE; /* rows are scaled last, after the regions */
  pipeline->neighbours = smooth_graph_new (coords, pipeline->n_spots, 2, section->pitch, &settings, computation->run, error);
  return pipeline->neighbours != NULL;
}

/* Likeness that was given, on top of what was computed. */
static gboolean
apply_likeness (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;
  const SmoothSection *section = pipeline->inputs.section;
  g_autofree const char **barcodes = g_new (const char *, pipeline->n_spots + 1);

  for (gint64 s = 0; s < pipeline->n_spots; s++)
    barcodes[s] = section->barcodes[pipeline->spots[s]];
  SmoothGraph *scaled = smooth_likeness_scale (pipeline->inputs.likeness, pipeline->base_graph, barcodes, section,
                                               &pipeline->parameters.scaling, FALSE, pipeline->likeness, computation->run, error);
  smooth_graph_unref (pipeline->base_graph);
  pipeline->base_graph = scaled;
  return scaled != NULL;
}

static gboolean
compare_neighbours (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;

  if (pipeline->scaler == NULL)
    pipeline->scaler = smooth_scaler_new (pipeline->inputs.section, pipeline->spots, pipeline->n_spots, error);
  if (pipeline->scaler == NULL)
    return FALSE;
  g_clear_pointer (&pipeline->likeness, smooth_report_unref);
  pipeline->likeness = smooth_report_new ();
  pipeline->base_graph = smooth_scaler_scale (pipeline->scaler, pipeline->neighbours, &pipeline->parameters.scaling, pipeline->likeness,
                                              computation->run, error);
  return pipeline->base_graph != NULL && (pipeline->inputs.likeness == NULL || apply_likeness (computation, error));
}

/* Whether the graph of the last regions serves for those at hand. */
static gboolean
can_edit_graph (const SmoothPipeline *pipeline)
{
  gint64 n;

  smooth_i_labelling_get_changes (pipeline->labelling, &n);
  return pipeline->last_graph != NULL && pipeline->base_graph->is_symmetric && !pipeline->parameters.graph.row_scale
         && n * LEAST_KEPT <= pipeline->n_spots;
}

static gboolean
apply_regions (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;
  const SmoothGraphSettings *settings = &pipeline->parameters.graph;
  gint64 n;

  if (pipeline->labelling == NULL)
    pipeline->labelling = smooth_i_labelling_new (pipeline->inputs.section, pipeline->spots, pipeline->n_spots);
  smooth_i_labelling_set (pipeline->labelling, pipeline->inputs.regions);
  const gint32 *labels = smooth_i_labelling_get_labels (pipeline->labelling);
  const gint32 *changes = smooth_i_labelling_get_changes (pipeline->labelling, &n);
  pipeline->graph = can_edit_graph (pipeline)
                        ? smooth_i_graph_new_relabelled (pipeline->last_graph, g_steal_pointer (&pipeline->spare_graph),
                                                         pipeline->base_graph, labels, changes, n, settings->boundary,
                                                         settings->boundary_replaces, error)
                        : smooth_graph_new_scaled_by_identity (pipeline->base_graph, labels, settings->boundary,
                                                               settings->boundary_replaces, settings->row_scale, error);
  if (pipeline->graph == NULL)
    drop_regions (pipeline);
  return pipeline->graph != NULL;
}

static gboolean
make_precision (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;

  if (pipeline->last_precision != NULL)
    pipeline->precision = smooth_i_precision_new_edited (pipeline->last_precision, g_steal_pointer (&pipeline->spare_precision),
                                                         pipeline->graph, &pipeline->parameters.prior, computation->run, error);
  else
    pipeline->precision = smooth_precision_new (pipeline->graph, &pipeline->parameters.prior, computation->run, error);
  return pipeline->precision != NULL;
}

static gboolean
reduce (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;

  pipeline->reduced = smooth_reduced_new (pipeline->prepared->signature, pipeline->prepared->expression,
                                          pipeline->parameters.model.bias, computation->run, error);
  if (pipeline->reduced != NULL)
    pipeline->solver = smooth_deconvolver_new (pipeline->reduced);
  if (pipeline->solver != NULL)
    smooth_i_deconvolver_show_after (pipeline->solver, SHOW_AFTER);
  return pipeline->solver != NULL;
}

static void
read_spots (gint64 begin, gint64 end, SmoothMatrix *abundances, gconstpointer solver)
{
  smooth_i_deconvolver_read (solver, begin, end, abundances);
}

static SmoothResult *
read_result (const Computation *computation, const SmoothInfo *info, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;
  gint64 n_types = pipeline->prepared->n_types, n_spots = pipeline->n_spots;
  g_autoptr (SmoothMatrix) abundances = smooth_i_matrix_pool_get (&pipeline->pool, n_types, n_spots, error);
  g_autoptr (SmoothMatrix) proportions
      = abundances != NULL ? smooth_i_matrix_pool_get (&pipeline->pool, n_types, n_spots, error) : NULL;

  if (proportions == NULL)
    return NULL;
  return smooth_i_result_new_filled (abundances, proportions, (const char *const *) pipeline->prepared->type_names, info, read_spots,
                                     pipeline->solver, smooth_run_get_n_threads (computation->run));
}

/* The result of a finished solve: the solver knows what has moved since the last. What is edited later has to be held by
 * its results alone. */
static SmoothResult *
read_last_result (const Computation *computation, const SmoothInfo *info, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;
  g_autofree gint32 *spots = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (SmoothMatrix) moved = NULL;
  SmoothResult *result = NULL;

  if (pipeline->last_result != NULL)
    moved = smooth_i_deconvolver_dup_moved (pipeline->solver, &spots, &failure);
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  else if (moved != NULL)
    {
      smooth_i_matrix_pool_clear (&pipeline->pool);
      result = smooth_i_result_new_edited (pipeline->last_result, g_steal_pointer (&pipeline->spare_result), moved, spots, info, error);
    }
  else
    result = read_result (computation, info, error);
  if (result != NULL)
    smooth_i_deconvolver_note_read (pipeline->solver);
  return result;
}

/* Whether some spot has neighbours within the radius whose weights are all 0. */
static gboolean
has_faded (const SmoothGraph *graph)
{
  const SmoothSparse *w = graph->weights;

  for (gint64 i = 0; i < graph->n_spots; i++)
    {
      gboolean is_lonely = w->starts[i + 1] - w->starts[i] > 1;
      for (gint64 e = w->starts[i]; is_lonely && e < w->starts[i + 1]; e++)
        is_lonely = w->rows[e] == i || w->values[e] == 0.0;
      if (is_lonely)
        return TRUE;
    }
  return FALSE;
}

/* What would give neighbours to spots without. */
static const char *
advise_lonely (SmoothPipeline *pipeline)
{
  if (pipeline->base_graph->n_isolated > pipeline->neighbours->n_isolated)
    return _("none of theirs is like them; a larger bandwidth, or fewer comparisons, would keep some");
  if (pipeline->has_faded < 0)
    pipeline->has_faded = has_faded (pipeline->neighbours);
  if (pipeline->has_faded)
    return _("those within the radius lie so many bandwidths off that their weights are 0; a larger bandwidth would keep some");
  return pipeline->parameters.graph.kind == SMOOTH_GRAPH_RADIUS ? _("a larger radius would reach one")
                                                                : _("a larger k, or mutual = false, would give them some");
}

static SmoothReport *
gather_report (SmoothPipeline *pipeline)
{
  SmoothReport *report = smooth_report_new ();

  if (pipeline->inputs.section->report != NULL)
    smooth_report_append (report, pipeline->inputs.section->report);
  if (pipeline->inputs.signature != NULL && pipeline->inputs.signature->report != NULL)
    smooth_report_append (report, pipeline->inputs.signature->report);
  if (pipeline->inputs.regions != NULL)
    smooth_report_append (report, smooth_regions_get_report (pipeline->inputs.regions));
  if (pipeline->prepared != NULL && pipeline->prepared->report != NULL)
    smooth_report_append (report, pipeline->prepared->report);
  if (pipeline->reduced != NULL)
    smooth_reduced_report (pipeline->reduced, (const char *const *) pipeline->prepared->type_names, report);
  if (pipeline->confidence_report != NULL)
    smooth_report_append (report, pipeline->confidence_report);
  smooth_report_append (report, pipeline->likeness);
  if (pipeline->precision->report != NULL)
    smooth_report_append (report, pipeline->precision->report);
  if (pipeline->prior_report != NULL)
    smooth_report_append (report, pipeline->prior_report);
  if (pipeline->graph->n_isolated > 0)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "%" PRId64 " of %" PRId64 " spots have no neighbour and are not smoothed: %s",
                       pipeline->graph->n_isolated, pipeline->n_spots, advise_lonely (pipeline));
  return report;
}

/* An outcome of the present stages with @result, which it takes over. */
static SmoothOutcome *
make_outcome (const Computation *computation, SmoothResult *result)
{
  SmoothPipeline *pipeline = computation->pipeline;
  SmoothOutcome *outcome = smooth_i_outcome_new ();

  outcome->parameters = pipeline->parameters;
  outcome->inputs = smooth_inputs_copy (&pipeline->inputs);
  outcome->n_spots = pipeline->n_spots;
  outcome->spots = g_atomic_rc_box_acquire (pipeline->spots);
  outcome->labels = smooth_i_labelling_ref_labels (pipeline->labelling);
  outcome->categories = g_strdupv (smooth_i_labelling_get_categories (pipeline->labelling));
  outcome->prepared = pipeline->prepared != NULL ? smooth_prepared_ref (pipeline->prepared) : NULL;
  outcome->graph = smooth_graph_ref (pipeline->graph);
  outcome->base_graph = smooth_graph_ref (pipeline->base_graph);
  outcome->precision = smooth_precision_ref (pipeline->precision);
  if (pipeline->precisions != NULL)
    {
      outcome->precisions = g_new0 (SmoothPrecision *, pipeline->prepared->n_types + 1);
      for (gint64 k = 0; k < pipeline->prepared->n_types; k++)
        outcome->precisions[k] = smooth_precision_ref (pipeline->precisions[k]);
    }
  if (pipeline->confidences != NULL)
    outcome->confidences = g_memdup2 (pipeline->confidences, (gsize) pipeline->prepared->n_types * sizeof (double));
  outcome->result = result;
  outcome->report = gather_report (pipeline);
  memcpy (outcome->seconds, computation->seconds, sizeof outcome->seconds);
  memcpy (outcome->ran, computation->ran, sizeof outcome->ran);
  return outcome;
}

static gboolean
on_improved (SmoothDeconvolver *solver, const SmoothInfo *info, gpointer data)
{
  Computation *computation = data;
  (void) solver;
  SmoothResult *result = read_result (computation, info, NULL);

  if (result != NULL)
    {
      g_autoptr (SmoothOutcome) outcome = make_outcome (computation, result);
      computation->improved (outcome, computation->improved_data);
    }
  return TRUE;
}

static gboolean
find_confidences (SmoothPipeline *pipeline, GError **error)
{
  if (pipeline->inputs.type_priors != NULL && pipeline->confidences == NULL)
    pipeline->confidences = smooth_type_priors_dup_confidences (
        pipeline->inputs.type_priors, (const char *const *) pipeline->prepared->type_names, pipeline->prepared->n_types);
  if (pipeline->inputs.confidences == NULL || pipeline->confidences != NULL)
    return TRUE;
  pipeline->confidence_report = smooth_report_new ();
  pipeline->confidences
      = smooth_type_confidences_dup_for (pipeline->inputs.confidences, pipeline->prepared, pipeline->confidence_report, error);
  if (pipeline->confidences == NULL)
    drop_confidences (pipeline);
  return pipeline->confidences != NULL;
}

static gboolean
find_type_priors (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;

  if (pipeline->inputs.type_priors == NULL || pipeline->precisions != NULL)
    return TRUE;
  pipeline->prior_report = smooth_report_new ();
  pipeline->precisions = smooth_type_priors_dup_precisions (
      pipeline->inputs.type_priors, (const char *const *) pipeline->prepared->type_names, pipeline->prepared->n_types, pipeline->graph,
      &pipeline->parameters.prior, pipeline->precision, pipeline->prior_report, computation->run, error);
  if (pipeline->precisions == NULL)
    drop_type_priors (pipeline);
  return pipeline->precisions != NULL;
}

/* Whether every type has the same prior: then one matrix does, which is several times faster. */
static gboolean
have_one_prior (const SmoothPipeline *pipeline)
{
  for (gint64 k = 0; pipeline->precisions != NULL && k < pipeline->prepared->n_types; k++)
    if (pipeline->precisions[k] != pipeline->precisions[0])
      return FALSE;
  return TRUE;
}

static gboolean
set_prior (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;

  if (!find_confidences (pipeline, error) || !find_type_priors (computation, error))
    return FALSE;
  if (!have_one_prior (pipeline))
    return smooth_deconvolver_set_precisions (pipeline->solver, pipeline->precisions, pipeline->confidences, error);
  return smooth_deconvolver_set_precision (pipeline->solver, pipeline->precisions != NULL ? pipeline->precisions[0] : pipeline->precision,
                                           pipeline->confidences, error);
}

static gboolean
solve (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;
  SmoothInfo info = { 0 };

  if (!pipeline->solver_has_precision)
    {
      if (!set_prior (computation, error))
        return FALSE;
      pipeline->solver_has_precision = TRUE;
    }
  if (!smooth_deconvolver_solve (pipeline->solver, &pipeline->parameters.model, computation->improved ? on_improved : NULL,
                                 computation, &info, computation->run, error))
    return FALSE;
  pipeline->result = read_last_result (computation, &info, error);
  return pipeline->result != NULL;
}

typedef gboolean (*StageFunc) (Computation *computation, GError **error);

/* Runs a stage and takes its time. */
static gboolean
run_stage (Computation *computation, SmoothStage stage, StageFunc func, GError **error)
{
  gint64 start = g_get_monotonic_time ();

  if (!smooth_run_check (computation->run, error))
    return FALSE;
  smooth_run_report (computation->run, -1.0, stage_names[stage]);
  gboolean ok = func (computation, error);
  computation->seconds[stage] = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  computation->ran[stage] = TRUE;
  return ok;
}

static void
take_spots (SmoothPipeline *pipeline)
{
  g_autofree gint32 *spots = smooth_section_dup_analysed (pipeline->inputs.section, &pipeline->n_spots);

  pipeline->spots = g_atomic_rc_box_dup ((gsize) MAX (pipeline->n_spots, 1) * sizeof (gint32), spots);
}

/* Runs every stage that is missing, in the order of the data flow. */
static gboolean
run_stages (Computation *computation, GError **error)
{
  SmoothPipeline *pipeline = computation->pipeline;
  gboolean has_model = pipeline->inputs.signature != NULL;

  if (pipeline->spots == NULL)
    take_spots (pipeline);
  if (has_model && pipeline->prepared == NULL && !run_stage (computation, SMOOTH_STAGE_PREPARE, prepare, error))
    return FALSE;
  if (pipeline->neighbours == NULL && !run_stage (computation, SMOOTH_STAGE_GRAPH, make_graph, error))
    return FALSE;
  if (pipeline->base_graph == NULL && !run_stage (computation, SMOOTH_STAGE_SCALING, compare_neighbours, error))
    return FALSE;
  if (pipeline->graph == NULL && !run_stage (computation, SMOOTH_STAGE_REGIONS, apply_regions, error))
    return FALSE;
  if (pipeline->precision == NULL && !run_stage (computation, SMOOTH_STAGE_PRECISION, make_precision, error))
    return FALSE;
  if (has_model && pipeline->solver == NULL && !run_stage (computation, SMOOTH_STAGE_REDUCE, reduce, error))
    return FALSE;
  if (has_model && pipeline->result == NULL && !run_stage (computation, SMOOTH_STAGE_SOLVE, solve, error))
    return FALSE;
  return TRUE;
}

/**
 * smooth_pipeline_compute:
 * @pipeline: owned by the calling thread
 * @inputs: what to compute on; the pipeline takes its own references
 * @parameters: copied
 * @improved: (nullable): told of each iterate that is worth showing
 * @run: (nullable): cancellation and threads
 *
 * Runs the stages that depend on what changed since the last call. A cancelled call keeps the stages that it
 * finished and the solver's iterate, so that the next call goes on from there.
 *
 * Returns: (transfer full): the outcome; its result's info tells whether it converged
 */
SmoothOutcome *
smooth_pipeline_compute (SmoothPipeline *pipeline, const SmoothInputs *inputs, const SmoothParameters *parameters,
                         SmoothOutcomeFunc improved, gpointer improved_data, SmoothRun *run, GError **error)
{
  Computation computation = { .pipeline = pipeline, .run = run, .improved = improved, .improved_data = improved_data };

  g_return_val_if_fail (inputs->section != NULL, NULL);
  if (!smooth_parameters_check (parameters, error))
    return NULL;

  take_inputs (pipeline, inputs, parameters);
  if (!run_stages (&computation, error))
    return NULL;
  return make_outcome (&computation, pipeline->result != NULL ? smooth_result_ref (pipeline->result) : NULL);
}
