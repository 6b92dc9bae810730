/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chosen genes at spots without counts and on a finer lattice, as impute writes them. */
#include "pipeline/analysis-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
compare_numbers (const void *a, const void *b)
{
  gint32 x = *(const gint32 *) a, y = *(const gint32 *) b;

  return (x > y) - (x < y);
}

/* The genes that the settings name, each once and ascending; else the one that is looked at. */
static gint32 *
find_genes (const SmoothAnalysisInputs *inputs, gint64 *n_genes, GError **error)
{
  const SmoothSection *section = inputs->outcome->inputs.section;
  g_auto (GStrv) names = g_strsplit (inputs->settings->genes, ",", -1);
  g_autofree gint32 *genes = g_new (gint32, g_strv_length (names) + 1);
  gint64 n = 0, n_different = 0;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      if (*g_strstrip (names[i]) == '\0')
        continue;
      gint64 gene = smooth_section_find_gene (section, names[i]);
      if (gene < 0)
        {
          smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "expected genes of %s, found %s, which is none of them",
                            section->name, names[i]);
          return NULL;
        }
      genes[n++] = (gint32) gene;
    }
  if (n == 0 && inputs->gene >= 0 && inputs->gene < section->n_genes)
    genes[n++] = (gint32) inputs->gene;
  if (n == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "expected the name of a gene, or a gene that is looked at, found neither");
      return NULL;
    }
  qsort (genes, (gsize) n, sizeof *genes, compare_numbers);
  for (gint64 i = 0; i < n; i++)
    if (i == 0 || genes[i] != genes[i - 1])
      genes[n_different++] = genes[i];
  *n_genes = n_different;
  return g_steal_pointer (&genes);
}

/* n_spots x n_genes: the measured values, in the order of the spots. */
static SmoothMatrix *
dup_measured (const SmoothExpression *expression, GError **error)
{
  const SmoothSparse *values = expression->values;
  SmoothMatrix *measured = smooth_matrix_new (expression->n_spots, expression->n_genes, error);

  for (gint64 s = 0; measured != NULL && s < expression->n_spots; s++)
    for (gint64 e = values->starts[s]; e < values->starts[s + 1]; e++)
      smooth_matrix_column (measured, values->rows[e])[s] = values->values[e];
  return measured;
}

static SmoothPositions *
make_positions (const SmoothAnalysing *analysing, GError **error)
{
  const SmoothPositionSettings *settings = &analysing->inputs->settings->positions;
  g_autoptr (SmoothPositions) spots
      = smooth_positions_new (analysing->inputs->outcome->inputs.section, settings->with_missing, NULL, error);

  if (spots == NULL || settings->refine <= 1)
    return g_steal_pointer (&spots);
  return smooth_positions_new_finer (spots, settings->refine, analysing->run, error);
}

/* Weighed by the likeness of spots where the outcome's graph is. */
static SmoothGraph *
make_graph (const SmoothAnalysing *analysing, const SmoothPositions *positions, const SmoothGraphSettings *settings, SmoothReport *report,
            GError **error)
{
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  const SmoothInputs *inputs = &outcome->inputs;
  g_autofree const char **names = g_new0 (const char *, positions->n_positions + 1);
  SmoothPositionLikeness likeness = { inputs->likeness, names, inputs->section, &outcome->parameters.scaling, report };

  for (gint64 i = 0; i < positions->n_positions; i++)
    names[i] = positions->spots[i] >= 0 ? inputs->section->barcodes[positions->spots[i]] : "";
  return smooth_positions_new_graph_with (positions, settings, inputs->regions, inputs->likeness != NULL ? &likeness : NULL, analysing->run, error);
}

/* The prior between the positions, factored for what was measured. */
static SmoothImputer *
make_imputer (const SmoothAnalysing *analysing, const SmoothPositions *positions, SmoothReport *report, GError **error)
{
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  SmoothGraphSettings graph_settings = outcome->parameters.graph;
  SmoothPrecisionSettings prior = outcome->parameters.prior;
  SmoothImputationSettings settings = analysing->inputs->settings->imputation;

  smooth_positions_scale_settings (positions, &graph_settings, &prior, &settings);
  smooth_run_report (analysing->run, -1.0, _("joining positions"));
  g_autoptr (SmoothGraph) graph = make_graph (analysing, positions, &graph_settings, report, error);
  g_autoptr (SmoothPrecision) precision = graph != NULL ? smooth_precision_new (graph, &prior, analysing->run, error) : NULL;
  if (precision == NULL)
    return NULL;
  smooth_report_append (report, precision->report);
  smooth_run_report (analysing->run, -1.0, _("imputing"));
  g_autofree gint32 *observed = g_new (gint32, MAX (positions->n_observed, 1));
  for (gint64 i = 0; i < positions->n_observed; i++)
    observed[i] = (gint32) i;
  return smooth_imputer_new (precision, observed, positions->n_observed, &settings, report, analysing->run, error);
}

/* n_positions x n_genes: standard deviations. */
static SmoothMatrix *
dup_deviations (SmoothImputer *imputer, const SmoothMatrix *measured, const SmoothMatrix *imputed, GError **error)
{
  g_autofree double *scales = smooth_imputer_dup_scales (imputer, measured, imputed, error);
  g_autofree double *deviations = scales != NULL ? smooth_imputer_dup_deviations (imputer, error) : NULL;
  SmoothMatrix *matrix = deviations != NULL ? smooth_matrix_new (imputed->n_rows, imputed->n_cols, error) : NULL;

  for (gint64 c = 0; matrix != NULL && c < imputed->n_cols; c++)
    for (gint64 i = 0; i < imputed->n_rows; i++)
      smooth_matrix_column (matrix, c)[i] = scales[c] * deviations[i];
  return matrix;
}

/* Spots take their values; a finer lattice becomes the points of the layer, spots included. */
static gboolean
fill_layer (SmoothLayer *layer, const SmoothSection *section, const SmoothPositions *positions, const SmoothMatrix *imputed, GError **error)
{
  gboolean is_finer = positions->factor > 1;
  double step = positions->pitch / positions->factor / section->um_per_pixel;

  if (is_finer && !smooth_layer_set_points (layer, positions->n_positions, step, error))
    return FALSE;
  for (gint64 i = 0; i < positions->n_positions; i++)
    {
      for (gint d = 0; is_finer && d < 2; d++)
        layer->points->coords[2 * i + d] = positions->coords[2 * i + d] / section->um_per_pixel;
      if (is_finer)
        layer->points->spots[i] = positions->spots[i];
      for (gint64 c = 0; c < layer->n_columns; c++)
        {
          double value = smooth_matrix_column (imputed, c)[i];
          if (positions->spots[i] >= 0)
            smooth_layer_column (layer, c)[positions->spots[i]] = value;
          if (is_finer)
            smooth_layer_points_column (layer, c)[i] = value;
        }
    }
  return TRUE;
}

/* Symbols; where the section has a symbol more than once, ids. */
static char **
dup_names (const SmoothSection *section, const gint32 *genes, gint64 n_genes)
{
  char **names = g_new0 (char *, n_genes + 1);

  for (gint64 i = 0; i < n_genes; i++)
    {
      gint n = 0;
      for (gint64 g = 0; g < section->n_genes; g++)
        n += strcmp (section->gene_names[g], section->gene_names[genes[i]]) == 0;
      names[i] = g_strdup (n == 1 ? section->gene_names[genes[i]] : section->gene_ids[genes[i]]);
    }
  return names;
}

/* What is known of the problem, and what is found. */
typedef struct
{
  const SmoothAnalysing *analysing;
  SmoothExpression *expression;
  SmoothPositions *positions;
  char **names;
  SmoothInfo info;
} Problem;

static gboolean
add_layer (const Problem *problem, SmoothFindings *findings, const char *key, const char *title, const SmoothMatrix *values, GError **error)
{
  SmoothLayer *layer = smooth_i_findings_add (findings, key, title, SMOOTH_LAYER_VALUES, (const char *const *) problem->names, error);

  if (layer == NULL || !fill_layer (layer, problem->analysing->inputs->outcome->inputs.section, problem->positions, values, error))
    return FALSE;
  layer->unit = g_strdup (problem->expression->depth > 0.0 ? N_ ("log-normalised") : N_ ("counts"));
  return TRUE;
}

static void
describe (const Problem *problem, SmoothFindings *findings)
{
  findings->seconds = (double) (g_get_monotonic_time () - problem->analysing->start) / G_USEC_PER_SEC;
  findings->certificate
      = g_strdup_printf (problem->info.status == SMOOTH_STATUS_CONVERGED ? _("%d positions, %d of them measured: converged, KKT %.1g")
                                                                         : _("%d positions, %d of them measured: stopped at KKT %.1g"),
                         (gint) problem->positions->n_positions, (gint) problem->positions->n_observed, problem->info.kkt_residual);
}

/* Values first: they can be looked at while it is found how certain they are. Where that cannot be told they stay alone. */
static SmoothFindings *
find (Problem *problem, const SmoothMatrix *measured, GError **error)
{
  const SmoothAnalysing *analysing = problem->analysing;
  g_autoptr (SmoothFindings) first = smooth_i_findings_new (analysing, FALSE);
  g_autoptr (SmoothImputer) imputer = make_imputer (analysing, problem->positions, first->report, error);
  g_autoptr (SmoothMatrix) imputed = imputer != NULL ? smooth_imputer_solve (imputer, measured, &problem->info, analysing->run, error) : NULL;
  g_autoptr (GError) untold = NULL;

  if (imputed == NULL || !add_layer (problem, first, "imputed", N_ ("Imputed"), imputed, error))
    return NULL;
  describe (problem, first);
  smooth_i_findings_tell (analysing, first);

  smooth_run_report (analysing->run, -1.0, _("finding how certain it is"));
  g_autoptr (SmoothMatrix) deviations = dup_deviations (imputer, measured, imputed, &untold);
  g_autoptr (SmoothFindings) findings = smooth_i_findings_new (analysing, TRUE);
  g_ptr_array_add (findings->layers, smooth_layer_ref (first->layers->pdata[0]));
  smooth_report_append (findings->report, first->report);
  smooth_report_append (findings->report, problem->positions->report);
  if (!smooth_run_check (analysing->run, error))
    return NULL;
  if (deviations == NULL)
    smooth_report_add (findings->report, SMOOTH_REPORT_WARNING, _("how certain imputed values are cannot be told: %s"), untold->message);
  else if (!add_layer (problem, findings, "imputed-deviations", N_ ("Uncertainty of imputed values"), deviations, error))
    return NULL;
  describe (problem, findings);
  return g_steal_pointer (&findings);
}

SmoothFindings *
smooth_i_find_imputed (const SmoothAnalysing *analysing, GError **error)
{
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  const SmoothSection *section = outcome->inputs.section;
  gint64 n_genes = 0;
  g_autofree gint32 *genes = find_genes (analysing->inputs, &n_genes, error);
  g_autoptr (SmoothExpression) expression
      = genes != NULL ? smooth_expression_new_of_genes (section, genes, n_genes, &outcome->parameters.prepare, analysing->run, error) : NULL;
  g_autoptr (SmoothMatrix) measured = expression != NULL ? dup_measured (expression, error) : NULL;
  g_autoptr (SmoothPositions) positions = measured != NULL ? make_positions (analysing, error) : NULL;

  if (positions == NULL)
    return NULL;
  g_auto (GStrv) names = dup_names (section, genes, n_genes);
  Problem problem = { .analysing = analysing, .expression = expression, .positions = positions, .names = names };
  return find (&problem, measured, error);
}
