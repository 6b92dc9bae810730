/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far proportions move while lambda, rho and the graph vary over a small grid around their present values.
 *
 * Every combination of up to three values of each is solved, from the last solution on. The range of a type in a spot is the
 * largest less the smallest proportion that it had; a spot whose dominant type was not the same in all of them is flagged.
 * The graph varies slowest, lambda fastest: a new lambda costs a warm solve alone.
 */
#include "pipeline/analysis-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MOST 3

/* The different values that a parameter takes. */
typedef struct
{
  gint n;
  double values[MOST];
} Axis;

typedef struct
{
  Axis graph; /* k, or a radius in um */
  Axis rho;
  Axis lambda;
} Grid;

static void
axis_add (Axis *axis, double value)
{
  for (gint i = 0; i < axis->n; i++)
    if (axis->values[i] == value)
      return;
  axis->values[axis->n++] = value;
}

/* The present value comes first, and is kept where a limit leaves nothing else. */
static Axis
axis_of (double present, double low, double high, double min, double max)
{
  Axis axis = { 0 };

  axis_add (&axis, present);
  axis_add (&axis, CLAMP (low, min, max));
  axis_add (&axis, CLAMP (high, min, max));
  return axis;
}

static double
limit_of (const SmoothParamTable *table, const char *name, gboolean upper)
{
  const SmoothParam *param = smooth_params_find (table, name);

  return upper ? param->max : param->min;
}

/* 1 - rho = m goes to m factor and m / factor; at rho = 1 only down, from a thousandth. */
static Axis
axis_of_rho (double rho, double factor)
{
  double m = 1.0 - rho;

  if (factor <= 1.0)
    return axis_of (rho, rho, rho, rho, rho);
  if (m <= 0.0)
    return axis_of (rho, 1.0 - 1e-3 * factor, rho, 0.0, 1.0);
  return axis_of (rho, 1.0 - m * factor, 1.0 - m / factor, 0.0, 1.0);
}

static Grid
make_grid (const SmoothOutcome *outcome, const SmoothSensitivitySettings *settings)
{
  const SmoothParameters *p = &outcome->parameters;
  double radius = p->graph.radius > 0.0 ? p->graph.radius : 1.5 * outcome->inputs.section->pitch;
  Grid grid;

  if (p->graph.kind == SMOOTH_GRAPH_KNN)
    grid.graph = axis_of (p->graph.k, p->graph.k - settings->neighbours, p->graph.k + settings->neighbours, 1.0,
                          limit_of (&smooth_graph_params, "k", TRUE));
  else if (settings->radius_factor <= 1.0)
    grid.graph = axis_of (p->graph.radius, p->graph.radius, p->graph.radius, p->graph.radius, p->graph.radius);
  else
    grid.graph = axis_of (p->graph.radius, radius / settings->radius_factor, radius * settings->radius_factor, 0.0,
                          limit_of (&smooth_graph_params, "radius", TRUE));
  grid.rho = axis_of_rho (p->prior.rho, settings->range_factor);
  grid.lambda = axis_of (p->model.lambda, p->model.lambda / settings->lambda_factor, p->model.lambda * settings->lambda_factor, 0.0,
                         limit_of (&smooth_deconvolution_params, "lambda", TRUE));
  return grid;
}

/* What has been seen so far. */
typedef struct
{
  const SmoothOutcome *outcome;
  gint32 *dominant;     /* n_spots: at the present parameters */
  guint8 *changes;      /* n_spots */
  SmoothMatrix *lowest, *highest; /* n_types x n_spots */
  gint n_done, n_all, n_failed;
} Survey;

static void
survey_clear (Survey *survey)
{
  g_free (survey->dominant);
  g_free (survey->changes);
  g_clear_pointer (&survey->lowest, smooth_matrix_unref);
  g_clear_pointer (&survey->highest, smooth_matrix_unref);
}

static SmoothMatrix *
copy (const SmoothMatrix *matrix, GError **error)
{
  return smooth_matrix_new_from_values (matrix->n_rows, matrix->n_cols, matrix->values, error);
}

/* The present proportions are the first. */
static gboolean
survey_init (Survey *survey, const SmoothOutcome *outcome, const Grid *grid, GError **error)
{
  const SmoothResult *result = outcome->result;

  survey->outcome = outcome;
  survey->dominant = smooth_result_dup_dominant (result);
  survey->changes = g_new0 (guint8, MAX (result->n_spots, 1));
  survey->lowest = copy (result->proportions, error);
  survey->highest = survey->lowest != NULL ? copy (result->proportions, error) : NULL;
  survey->n_done = 1;
  survey->n_all = grid->graph.n * grid->rho.n * grid->lambda.n;
  return survey->highest != NULL;
}

static void
survey_take (Survey *survey, const SmoothResult *result)
{
  g_autofree gint32 *dominant = smooth_result_dup_dominant (result);

  for (gint64 e = 0; e < result->n_types * result->n_spots; e++)
    {
      survey->lowest->values[e] = MIN (survey->lowest->values[e], result->proportions->values[e]);
      survey->highest->values[e] = MAX (survey->highest->values[e], result->proportions->values[e]);
    }
  for (gint64 s = 0; s < result->n_spots; s++)
    survey->changes[s] |= dominant[s] != survey->dominant[s];
}

/* 'largest' and then one column a type: the range of its proportion. */
static SmoothLayer *
add_layer (SmoothFindings *findings, const SmoothResult *result, GError **error)
{
  g_autofree const char **columns = g_new0 (const char *, result->n_types + 2);

  columns[0] = "largest";
  for (gint64 k = 0; k < result->n_types; k++)
    columns[k + 1] = result->type_names[k];
  SmoothLayer *layer = smooth_i_findings_add (findings, "sensitivity", N_ ("Sensitivity"), SMOOTH_LAYER_SHARES, columns, error);
  if (layer == NULL)
    return NULL;
  layer->flag = g_strdup (N_ ("dominant type changes"));
  layer->flags = g_new0 (guint8, MAX (layer->n_spots, 1));
  return layer;
}

static SmoothFindings *
survey_dup_findings (const Survey *survey, const SmoothAnalysing *analysing, GError **error)
{
  const SmoothOutcome *outcome = survey->outcome;
  g_autoptr (SmoothFindings) findings = smooth_i_findings_new (analysing, survey->n_done + survey->n_failed >= survey->n_all);
  SmoothLayer *layer = add_layer (findings, outcome->result, error);
  gint64 n_types = outcome->result->n_types, n_changes = 0;

  if (layer == NULL)
    return NULL;
  for (gint64 s = 0; s < outcome->n_spots; s++)
    {
      gint32 spot = outcome->spots[s];
      double largest = 0.0;
      for (gint64 k = 0; k < n_types; k++)
        {
          double range = survey->highest->values[s * n_types + k] - survey->lowest->values[s * n_types + k];
          smooth_layer_column (layer, k + 1)[spot] = range;
          largest = MAX (largest, range);
        }
      smooth_layer_column (layer, 0)[spot] = largest;
      layer->flags[spot] = survey->changes[s];
      n_changes += survey->changes[s];
    }
  findings->certificate = g_strdup_printf (_("%d of %d settings; the dominant type changes in %d of %d spots (%.1f %%)"), survey->n_done,
                                           survey->n_all, (gint) n_changes, (gint) outcome->n_spots,
                                           100.0 * (double) n_changes / (double) MAX (outcome->n_spots, 1));
  if (survey->n_failed > 0)
    smooth_report_add (findings->report, SMOOTH_REPORT_WARNING, "%d of %d settings have no solution and are left out", survey->n_failed,
                       survey->n_all);
  return g_steal_pointer (&findings);
}

static SmoothParameters
parameters_at (const SmoothOutcome *outcome, const Grid *grid, gint g, gint r, gint l)
{
  SmoothParameters parameters = outcome->parameters;

  if (parameters.graph.kind == SMOOTH_GRAPH_KNN)
    parameters.graph.k = (gint) grid->graph.values[g];
  else
    parameters.graph.radius = grid->graph.values[g];
  parameters.prior.rho = grid->rho.values[r];
  parameters.model.lambda = grid->lambda.values[l];
  return parameters;
}

/* A setting without a solution is left out; only cancelling ends the survey. */
static gboolean
visit (Survey *survey, const SmoothAnalysing *analysing, const SmoothParameters *parameters, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (SmoothOutcome) outcome = smooth_pipeline_compute (analysing->analyst->pipeline, &survey->outcome->inputs, parameters, NULL, NULL,
                                                               analysing->run, &failure);

  if (outcome == NULL && g_error_matches (failure, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (outcome == NULL)
    survey->n_failed++;
  else
    {
      survey_take (survey, outcome->result);
      survey->n_done++;
    }
  smooth_run_report (analysing->run, (double) (survey->n_done + survey->n_failed) / survey->n_all, _("varying the settings"));
  return TRUE;
}

/* After each graph and rho there is something to be seen. */
static gboolean
survey_all (Survey *survey, const SmoothAnalysing *analysing, const Grid *grid, GError **error)
{
  for (gint g = 0; g < grid->graph.n; g++)
    for (gint r = 0; r < grid->rho.n; r++)
      {
        for (gint l = 0; l < grid->lambda.n; l++)
          {
            SmoothParameters parameters = parameters_at (survey->outcome, grid, g, r, l);
            if (g + r + l > 0 && !visit (survey, analysing, &parameters, error))
              return FALSE;
          }
        g_autoptr (SmoothFindings) findings = survey_dup_findings (survey, analysing, error);
        if (findings == NULL)
          return FALSE;
        smooth_i_findings_tell (analysing, findings);
      }
  return TRUE;
}

SmoothFindings *
smooth_i_find_sensitivity (const SmoothAnalysing *analysing, GError **error)
{
  SmoothAnalyst *analyst = analysing->analyst;
  Grid grid = make_grid (analysing->inputs->outcome, &analysing->inputs->settings->sensitivity);
  Survey survey = { 0 };
  SmoothFindings *findings = NULL;

  if (analyst->pipeline == NULL)
    analyst->pipeline = smooth_pipeline_new ();
  if (survey_init (&survey, analysing->inputs->outcome, &grid, error) && survey_all (&survey, analysing, &grid, error))
    findings = survey_dup_findings (&survey, analysing, error);
  survey_clear (&survey);
  return findings;
}
