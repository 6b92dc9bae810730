/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of every analysis: what it starts from, what it gives, and what it keeps for the next time. */
#include "pipeline/analysis-private.h"

#include "base/error.h"

#include <string.h>

typedef SmoothFindings *(*FindFunc) (const SmoothAnalysing *analysing, GError **error);

static const FindFunc funcs[SMOOTH_N_ANALYSES] = {
  [SMOOTH_ANALYSIS_COMPONENTS] = smooth_i_find_components, [SMOOTH_ANALYSIS_CLUSTERS] = smooth_i_find_clusters,
  [SMOOTH_ANALYSIS_AUTOENCODER] = smooth_i_find_embedding,
  [SMOOTH_ANALYSIS_DEVIATIONS] = smooth_i_find_deviations, [SMOOTH_ANALYSIS_IMPUTATION] = smooth_i_find_imputed,
  [SMOOTH_ANALYSIS_SENSITIVITY] = smooth_i_find_sensitivity,
};

SmoothAnalyst *
smooth_analyst_new (SmoothAnalysisKind kind)
{
  SmoothAnalyst *analyst = g_new0 (SmoothAnalyst, 1);

  analyst->kind = kind;
  return analyst;
}

void
smooth_analyst_free (SmoothAnalyst *analyst)
{
  if (analyst == NULL)
    return;
  smooth_i_components_clear (&analyst->components);
  smooth_i_autoencoder_clear (&analyst->autoencoder);
  g_clear_pointer (&analyst->clusters.section, smooth_section_unref);
  g_free (analyst->clusters.labels);
  g_clear_pointer (&analyst->prepared, smooth_prepared_unref);
  g_clear_pointer (&analyst->reduced, smooth_reduced_unref);
  smooth_pipeline_free (analyst->pipeline);
  g_free (analyst);
}

/* ---- Findings ---- */

SmoothFindings *
smooth_findings_ref (SmoothFindings *findings)
{
  g_atomic_ref_count_inc (&findings->ref_count);
  return findings;
}

void
smooth_findings_unref (SmoothFindings *findings)
{
  if (findings == NULL || !g_atomic_ref_count_dec (&findings->ref_count))
    return;
  smooth_outcome_unref (findings->outcome);
  g_ptr_array_unref (findings->layers);
  g_free (findings->certificate);
  g_free (findings->losses);
  smooth_report_unref (findings->report);
  g_free (findings);
}

/* Returns: (nullable) (transfer none) */
SmoothLayer *
smooth_findings_get_layer (const SmoothFindings *findings, const char *key)
{
  for (guint i = 0; i < findings->layers->len; i++)
    if (strcmp (((SmoothLayer *) findings->layers->pdata[i])->key, key) == 0)
      return findings->layers->pdata[i];
  return NULL;
}

static void
layer_unref (gpointer layer)
{
  smooth_layer_unref (layer);
}

/* Returns: (transfer full): findings without a layer, made by what is being analysed */
SmoothFindings *
smooth_i_findings_new (const SmoothAnalysing *analysing, gboolean is_final)
{
  SmoothFindings *findings = g_new0 (SmoothFindings, 1);

  g_atomic_ref_count_init (&findings->ref_count);
  findings->kind = analysing->analyst->kind;
  findings->outcome = smooth_outcome_ref (analysing->inputs->outcome);
  findings->settings = *analysing->inputs->settings;
  findings->layers = g_ptr_array_new_with_free_func (layer_unref);
  findings->report = smooth_report_new ();
  findings->is_final = is_final;
  findings->seconds = (double) (g_get_monotonic_time () - analysing->start) / G_USEC_PER_SEC;
  return findings;
}

static void
add_texts (GPtrArray *texts, const SmoothParamTable *table, gconstpointer settings)
{
  for (gsize i = 0; i < table->n_params; i++)
    {
      const SmoothParam *param = &table->params[i];
      g_autofree char *text = smooth_param_dup_text (param, smooth_param_get (param, settings));
      g_ptr_array_add (texts, g_strdup_printf ("%s=%s", param->name, text));
    }
}

/* 'name=value' of everything that the findings depend on. */
static char **
dup_settings (const SmoothFindings *findings)
{
  const SmoothAnalysisInfo *analysis = &smooth_analyses[findings->kind];
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();

  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    if (analysis->needs_signature || smooth_parameter_groups[i].table != &smooth_deconvolution_params)
      add_texts (texts, smooth_parameter_groups[i].table,
                 (const char *) &findings->outcome->parameters + smooth_parameter_groups[i].offset);
  for (const SmoothParamTable *const *table = analysis->tables; *table != NULL; table++)
    add_texts (texts, *table, (const char *) &findings->settings + smooth_analysis_find_group (*table)->offset);
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
}

/* Returns: (transfer none): a new layer over all spots of the section, whose values are all missing */
SmoothLayer *
smooth_i_findings_add (SmoothFindings *findings, const char *key, const char *title, SmoothLayerKind kind, const char *const *columns,
                       GError **error)
{
  g_auto (GStrv) settings = dup_settings (findings);
  SmoothLayer *layer = smooth_layer_new (key, title, kind, findings->outcome->inputs.section->n_spots, columns,
                                         (const char *const *) settings, error);

  if (layer != NULL)
    g_ptr_array_add (findings->layers, layer);
  return layer;
}

void
smooth_i_findings_tell (const SmoothAnalysing *analysing, SmoothFindings *findings)
{
  if (analysing->improved != NULL)
    analysing->improved (findings, analysing->improved_data);
}

/* ---- Computations ---- */

static gboolean
check_settings (const SmoothAnalysisInputs *inputs, SmoothAnalysisKind kind, GError **error)
{
  for (const SmoothParamTable *const *table = smooth_analyses[kind].tables; *table != NULL; table++)
    if (!smooth_params_check (*table, (const char *) inputs->settings + smooth_analysis_find_group (*table)->offset, error))
      return FALSE;
  if (!smooth_analyses[kind].needs_signature || inputs->outcome->result != NULL)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected proportions of cell types, found none: they need a reference");
  return FALSE;
}

/**
 * smooth_analyst_compute:
 * @analyst: owned by the calling thread; keeps what the next call can use
 * @inputs: borrowed for the call
 * @improved: (nullable): told of findings on the way
 * @run: (nullable): cancellation and progress
 *
 * What a new analyst computes first depends on its inputs alone; later results keep the signs of components and the numbers of
 * clusters that were found before.
 *
 * Returns: (transfer full): the findings; an error says in words why there are none
 */
SmoothFindings *
smooth_analyst_compute (SmoothAnalyst *analyst, const SmoothAnalysisInputs *inputs, SmoothFindingsFunc improved, gpointer improved_data,
                        SmoothRun *run, GError **error)
{
  SmoothAnalysing analysing = { analyst, inputs, improved, improved_data, run, g_get_monotonic_time () };

  if (!check_settings (inputs, analyst->kind, error) || !smooth_run_check (run, error))
    return NULL;
  return funcs[analyst->kind] (&analysing, error);
}

/**
 * smooth_analyst_prepare:
 *
 * Does ahead what makes the next computations quick; for idle times. Components: as long as 17 exact solutions.
 *
 * Returns: FALSE where it was cancelled or failed; nothing is lost then
 */
gboolean
smooth_analyst_prepare (SmoothAnalyst *analyst, SmoothRun *run, GError **error)
{
  return analyst->kind != SMOOTH_ANALYSIS_COMPONENTS || smooth_i_prepare_components (&analyst->components, run, error);
}
