/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pipeline, and then the analyses of the layers that were asked for, each once. */
#include "cli/setting.h"

#include "base/error.h"

#include <string.h>

static gboolean
find_analysis (const char *key, SmoothAnalysisKind *kind, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (gsize k = 0; k < SMOOTH_N_ANALYSES; k++)
    for (gsize i = 0; smooth_analyses[k].layers[i] != NULL; i++)
      {
        *kind = (SmoothAnalysisKind) k;
        if (strcmp (smooth_analyses[k].layers[i], key) == 0)
          return TRUE;
        g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", smooth_analyses[k].layers[i]);
      }
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "--panels: expected a layer that analyses find (%s), found '%s'", known->str, key);
  return FALSE;
}

static SmoothFindings *
find_of_kind (const CliSetting *setting, SmoothAnalysisKind kind)
{
  for (guint i = 0; i < setting->findings->len; i++)
    if (((SmoothFindings *) setting->findings->pdata[i])->kind == kind)
      return setting->findings->pdata[i];
  return NULL;
}

/* Clusters of components need these first. */
static gboolean
analyse (CliSetting *setting, CliJob *job, const SmoothAnalysisSettings *settings, SmoothAnalysisKind kind, GError **error)
{
  gboolean needs_components = kind == SMOOTH_ANALYSIS_CLUSTERS && settings->cluster_source.source != SMOOTH_CLUSTER_PROPORTIONS;
  g_autoptr (SmoothAnalyst) analyst = smooth_analyst_new (kind);

  if (find_of_kind (setting, kind) != NULL)
    return TRUE;
  if (smooth_analyses[kind].needs_signature && setting->outcome->result == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "--panels: expected a reference for %s, found none", smooth_analyses[kind].name);
      return FALSE;
    }
  if (needs_components && !analyse (setting, job, settings, SMOOTH_ANALYSIS_COMPONENTS, error))
    return FALSE;
  SmoothAnalysisInputs inputs = { setting->outcome, settings, find_of_kind (setting, SMOOTH_ANALYSIS_COMPONENTS), -1 };
  cli_job_begin_stage (job, smooth_analyses[kind].name);
  SmoothFindings *findings = smooth_analyst_compute (analyst, &inputs, NULL, NULL, job->run, error);
  cli_job_end_stage (job);
  if (findings == NULL)
    return FALSE;
  smooth_report_append (job->report, findings->report);
  g_ptr_array_add (setting->findings, findings);
  for (guint i = 0; i < findings->layers->len; i++)
    g_ptr_array_add (setting->layers, findings->layers->pdata[i]);
  return TRUE;
}

/**
 * cli_setting_compute:
 * @keys: NULL-terminated keys of the layers that are needed
 *
 * Returns: (transfer full): the outcome with these layers; its stages and its report are in the job
 */
CliSetting *
cli_setting_compute (CliJob *job, const SmoothInputs *inputs, const SmoothParameters *parameters, const SmoothAnalysisSettings *analyses,
                     char *const *keys, GError **error)
{
  g_autoptr (CliSetting) setting = g_new0 (CliSetting, 1);
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  setting->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_findings_unref);
  setting->layers = g_ptr_array_new ();
  cli_job_end_stage (job);
  setting->outcome = smooth_pipeline_compute (pipeline, inputs, parameters, NULL, NULL, job->run, error);
  if (setting->outcome == NULL)
    return NULL;
  cli_job_add_stages (job, setting->outcome);
  smooth_report_append (job->report, setting->outcome->report);
  if (setting->outcome->result != NULL)
    cli_job_set_status (job, &setting->outcome->result->info);
  for (gsize i = 0; keys[i] != NULL; i++)
    {
      SmoothAnalysisKind kind;
      if (!find_analysis (keys[i], &kind, error) || !analyse (setting, job, analyses, kind, error))
        return NULL;
    }
  return g_steal_pointer (&setting);
}

void
cli_setting_free (CliSetting *setting)
{
  if (setting == NULL)
    return;
  g_clear_pointer (&setting->outcome, smooth_outcome_unref);
  g_ptr_array_unref (setting->layers);
  g_ptr_array_unref (setting->findings);
  g_free (setting);
}
