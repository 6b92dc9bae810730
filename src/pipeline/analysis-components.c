/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spatial components that follow sliders: a small basis answers at once, with a certificate; where that is not good enough an
 * exact solution follows and joins the basis. Signs follow those of the last picture, so that colours do not flip. */
#include "pipeline/analysis-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define EXACT_ANGLE 1e-5 /* radians: what no picture and no cluster shows */

static void
drop_basis (SmoothComponentsState *state)
{
  g_clear_pointer (&state->basis, smooth_pca_basis_unref);
}

static void
drop_grams (SmoothComponentsState *state)
{
  g_clear_pointer (&state->graph, smooth_graph_unref);
  g_clear_pointer (&state->precision, smooth_precision_unref);
}

static void
drop_expression (SmoothComponentsState *state)
{
  drop_basis (state);
  drop_grams (state);
  g_clear_pointer (&state->grams, smooth_grams_unref);
  g_clear_pointer (&state->expression, smooth_expression_unref);
}

void
smooth_i_components_clear (SmoothComponentsState *state)
{
  drop_expression (state);
  g_clear_pointer (&state->signs, smooth_matrix_unref);
  g_clear_pointer (&state->section, smooth_section_unref);
}

static gboolean
need_expression (SmoothComponentsState *state, const SmoothAnalysing *analysing, GError **error)
{
  const SmoothAnalysisInputs *inputs = analysing->inputs;
  SmoothSection *section = inputs->outcome->inputs.section;
  const SmoothPrepareSettings *prepare = &inputs->outcome->parameters.prepare;

  if (state->expression != NULL && state->section == section && smooth_params_equal (&smooth_prepare_params, &state->prepare, prepare)
      && smooth_params_equal (&smooth_expression_params, &state->genes, &inputs->settings->expression))
    return TRUE;
  if (state->section != section)
    smooth_i_components_clear (state);
  drop_expression (state);
  smooth_run_report (analysing->run, -1.0, _("choosing variable genes"));
  state->expression = smooth_expression_new (section, prepare, &inputs->settings->expression, analysing->run, error);
  if (state->expression == NULL)
    return FALSE;
  if (state->section == NULL)
    state->section = smooth_section_ref (section);
  state->prepare = *prepare;
  state->genes = inputs->settings->expression;
  return TRUE;
}

static gboolean
grams_fit (const SmoothComponentsState *state, const SmoothOutcome *outcome)
{
  const SmoothPrecisionSettings *prior = &outcome->parameters.prior;

  if (state->graph != outcome->graph || state->prior != prior->kind)
    return FALSE;
  return prior->standardise ? state->precision == outcome->precision : state->precision == NULL;
}

/* Gram matrices of another graph take over what does not depend on it, and the basis goes with them. */
static gboolean
need_grams (SmoothComponentsState *state, const SmoothAnalysing *analysing, GError **error)
{
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  const SmoothPrecisionSettings *prior = &outcome->parameters.prior;

  if (grams_fit (state, outcome))
    return TRUE;
  smooth_run_report (analysing->run, -1.0, _("comparing genes"));
  g_autoptr (SmoothGrams) grams
      = prior->standardise
            ? smooth_grams_new_from_precision (state->expression->values, outcome->precision, state->grams, analysing->run, error)
            : smooth_grams_new (state->expression->values, outcome->graph, prior->kind, state->grams, analysing->run, error);
  if (grams == NULL)
    return FALSE;
  g_autoptr (SmoothPcaBasis) basis
      = state->basis != NULL ? smooth_pca_basis_new_with (state->basis, grams, NULL, analysing->run, error) : NULL;
  if (state->basis != NULL && basis == NULL)
    return FALSE;
  drop_basis (state);
  drop_grams (state);
  g_clear_pointer (&state->grams, smooth_grams_unref);
  state->basis = g_steal_pointer (&basis);
  state->grams = g_steal_pointer (&grams);
  state->graph = smooth_graph_ref (outcome->graph);
  state->precision = prior->standardise ? smooth_precision_ref (outcome->precision) : NULL;
  state->prior = prior->kind;
  return TRUE;
}

/* The products of one component's loadings with those of a component of the last picture. */
static double
resemble (const SmoothComponentsState *state, const double *loadings, gint64 before)
{
  const double *old = smooth_matrix_column (state->signs, before);
  double dot = 0.0;

  for (gint64 g = 0; g < state->expression->n_genes; g++)
    dot += old[state->expression->genes[g]] * loadings[g];
  return dot;
}

/* -1 for a component whose loadings point away from that of the last picture which it resembles most: components may have changed
 * places. */
static double *
dup_signs (const SmoothComponentsState *state, const SmoothPca *pca)
{
  double *signs = g_new (double, MAX (pca->n_components, 1));

  for (gint64 k = 0; k < pca->n_components; k++)
    {
      double best = 0.0;
      for (gint64 j = 0; state->signs != NULL && j < state->signs->n_cols; j++)
        {
          double dot = resemble (state, smooth_matrix_column (pca->loadings, k), j);
          best = fabs (dot) > fabs (best) ? dot : best;
        }
      signs[k] = best < 0.0 ? -1.0 : 1.0;
    }
  return signs;
}

static gboolean
keep_signs (SmoothComponentsState *state, const SmoothPca *pca, const double *signs, GError **error)
{
  g_autoptr (SmoothMatrix) loadings = smooth_matrix_new (state->section->n_genes, pca->n_components, error);

  if (loadings == NULL)
    return FALSE;
  for (gint64 k = 0; k < pca->n_components; k++)
    for (gint64 g = 0; g < state->expression->n_genes; g++)
      smooth_matrix_column (loadings, k)[state->expression->genes[g]] = signs[k] * smooth_matrix_column (pca->loadings, k)[g];
  g_clear_pointer (&state->signs, smooth_matrix_unref);
  state->signs = g_steal_pointer (&loadings);
  return TRUE;
}

static gboolean
add_layer (SmoothFindings *findings, const char *key, const char *title, const SmoothMatrix *scores, const double *signs,
           const gint32 *spots, GError **error)
{
  g_auto (GStrv) columns = g_new0 (char *, scores->n_rows + 1);

  for (gint64 k = 0; k < scores->n_rows; k++)
    columns[k] = g_strdup_printf ("PC%" G_GINT64_FORMAT, k + 1);
  SmoothLayer *layer = smooth_i_findings_add (findings, key, title, SMOOTH_LAYER_SIGNED, (const char *const *) columns, error);
  if (layer == NULL)
    return FALSE;
  smooth_layer_spread (layer, scores, spots);
  for (gint64 k = 0; k < layer->n_columns; k++)
    for (gint64 i = 0; signs[k] < 0.0 && i < layer->n_spots; i++)
      smooth_layer_column (layer, k)[i] *= -1.0;
  return TRUE;
}

static char *
dup_certificate (const SmoothPca *pca, gboolean is_exact)
{
  if (!isfinite (pca->angle))
    return g_strdup_printf (_("%d components of %d genes"), (gint) pca->n_components, (gint) pca->n_used);
  return g_strdup_printf (is_exact ? _("%d components of %d genes, exact: within %.1g rad of the optimum")
                                   : _("%d components of %d genes, within %.1g rad of the optimum"),
                          (gint) pca->n_components, (gint) pca->n_used, pca->angle);
}

static SmoothFindings *
make_findings (SmoothComponentsState *state, const SmoothAnalysing *analysing, const SmoothPca *pca, gboolean is_final, GError **error)
{
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  g_autofree double *signs = dup_signs (state, pca);
  g_autoptr (SmoothMatrix) posterior
      = smooth_posterior_scores (outcome->precision, pca->scores, analysing->inputs->settings->pca.score_lambda, NULL, analysing->run, error);

  if (posterior == NULL || !keep_signs (state, pca, signs, error))
    return NULL;
  g_autoptr (SmoothFindings) findings = smooth_i_findings_new (analysing, is_final);
  if (!add_layer (findings, "components", N_ ("Components"), pca->scores, signs, outcome->spots, error)
      || !add_layer (findings, "scores", N_ ("Posterior scores"), posterior, signs, outcome->spots, error))
    return NULL;
  findings->certificate = dup_certificate (pca, is_final);
  smooth_report_append (findings->report, state->expression->report);
  if (pca->report != NULL)
    smooth_report_append (findings->report, pca->report);
  return g_steal_pointer (&findings);
}

/* The basis serves settings that differ in lambda alone, and fewer components. */
static gboolean
basis_fits (const SmoothComponentsState *state, const SmoothPcaSettings *settings)
{
  const SmoothPcaSettings *made = &state->basis_settings;

  return state->basis != NULL && settings->n_components <= made->n_components && settings->centre == made->centre
         && settings->scale == made->scale && settings->contrast == made->contrast;
}

SmoothFindings *
smooth_i_find_components (const SmoothAnalysing *analysing, GError **error)
{
  SmoothComponentsState *state = &analysing->analyst->components;
  const SmoothPcaSettings *settings = &analysing->inputs->settings->pca;
  double rho = analysing->inputs->outcome->parameters.prior.rho;

  if (!need_expression (state, analysing, error) || !need_grams (state, analysing, error))
    return NULL;
  if (!basis_fits (state, settings))
    drop_basis (state);
  state->basis_settings = *settings;
  if (state->basis != NULL)
    {
      g_autoptr (SmoothPca) quick = smooth_pca_basis_solve (state->basis, settings, rho, NULL, analysing->run, error);
      gboolean is_good = quick != NULL && quick->angle <= EXACT_ANGLE;
      g_autoptr (SmoothFindings) findings = quick != NULL ? make_findings (state, analysing, quick, is_good, error) : NULL;
      if (findings == NULL || is_good)
        return g_steal_pointer (&findings);
      smooth_i_findings_tell (analysing, findings);
    }
  smooth_run_report (analysing->run, -1.0, _("finding exact components"));
  g_autoptr (SmoothPca) pca = smooth_pca_new (state->grams, settings, rho, analysing->run, error);
  if (pca == NULL)
    return NULL;
  if (state->basis != NULL)
    {
      SmoothPcaBasis *grown = smooth_pca_basis_new_with (state->basis, state->grams, pca, analysing->run, NULL);
      if (grown != NULL)
        {
          drop_basis (state);
          state->basis = grown;
        }
    }
  return make_findings (state, analysing, pca, TRUE, error);
}

gboolean
smooth_i_prepare_components (SmoothComponentsState *state, SmoothRun *run, GError **error)
{
  if (state->grams == NULL || state->basis != NULL)
    return TRUE;
  state->basis = smooth_pca_basis_new (state->grams, &state->basis_settings, run, error);
  return state->basis != NULL;
}
