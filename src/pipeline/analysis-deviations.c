/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How certain proportions are: posterior standard deviations, as deconvolve --deviations writes them. */
#include "pipeline/analysis-private.h"

#include "base/error.h"
#include "model/strength.h"

#include <glib/gi18n-lib.h>

/* The data term is kept while lambda and rho move. */
static gboolean
need_reduced (SmoothAnalyst *analyst, const SmoothOutcome *outcome, SmoothRun *run, GError **error)
{
  gboolean bias = outcome->parameters.model.bias;

  if (analyst->reduced != NULL && analyst->prepared == outcome->prepared && analyst->bias == bias)
    return TRUE;
  g_clear_pointer (&analyst->reduced, smooth_reduced_unref);
  g_clear_pointer (&analyst->prepared, smooth_prepared_unref);
  analyst->reduced = smooth_reduced_new (outcome->prepared->signature, outcome->prepared->expression, bias, run, error);
  analyst->prepared = analyst->reduced != NULL ? smooth_prepared_ref (outcome->prepared) : NULL;
  analyst->bias = bias;
  return analyst->reduced != NULL;
}

static SmoothUncertainty *
compute (const SmoothAnalysing *analysing, GError **error)
{
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  const SmoothDeconvolutionSettings *model = &outcome->parameters.model;
  double lambda = model->lambda;

  if (model->kind != SMOOTH_MODEL_NNLS)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "expected the model nnls, of which alone the posterior is known, found %s",
                        smooth_model_get_name (model->kind));
      return NULL;
    }
  if (outcome->precisions != NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                           "expected one prior for all types, of which alone the posterior is known, found priors by type: give confidences alone");
      return NULL;
    }
  if (!need_reduced (analysing->analyst, outcome, analysing->run, error))
    return NULL;
  if (model->lambda_unit == SMOOTH_LAMBDA_RELATIVE)
    lambda *= smooth_strength_get_unit (analysing->analyst->reduced, model, outcome->precision, outcome->confidences);
  return smooth_uncertainty_new (analysing->analyst->reduced, outcome->precision, outcome->confidences, lambda,
                                 outcome->result->abundances, &analysing->inputs->settings->uncertainty, analysing->run, error);
}

SmoothFindings *
smooth_i_find_deviations (const SmoothAnalysing *analysing, GError **error)
{
  const SmoothOutcome *outcome = analysing->inputs->outcome;
  g_autoptr (SmoothUncertainty) uncertainty = compute (analysing, error);

  if (uncertainty == NULL)
    return NULL;
  g_autoptr (SmoothFindings) findings = smooth_i_findings_new (analysing, TRUE);
  SmoothLayer *layer = smooth_i_findings_add (findings, "deviations", N_ ("Posterior uncertainty"), SMOOTH_LAYER_DEVIATIONS,
                                              (const char *const *) outcome->result->type_names, error);
  if (layer == NULL)
    return NULL;
  smooth_layer_spread (layer, uncertainty->proportions, outcome->spots);
  findings->certificate
      = g_strdup_printf (uncertainty->is_exact ? _("Exact within the model; noise of a gene in a spot %.3g")
                                               : _("One type at a time: an approximation; noise of a gene in a spot %.3g"),
                         uncertainty->noise);
  if (uncertainty->report != NULL)
    smooth_report_append (findings->report, uncertainty->report);
  return g_steal_pointer (&findings);
}
