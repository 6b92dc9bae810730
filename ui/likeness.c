/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The most variable genes, and of these as many components as tissues commonly have kinds. */
#include "likeness.h"

#define N_GENES 1000
#define N_DIMS 15

typedef struct
{
  SmoothSection *section;
  SmoothPrepareSettings prepare;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  smooth_section_unref (job->section);
  g_free (job);
}

static void
compute (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  SmoothExpressionSettings settings;
  GError *error = NULL;
  g_autoptr (SmoothFeatures) features = NULL;
  SmoothFeatures *principal = NULL;

  smooth_params_init (&smooth_expression_params, &settings);
  settings.n_genes = (gint) MIN (N_GENES, job->section->n_genes);
  SmoothExpression *expression = smooth_expression_new (job->section, &job->prepare, &settings, NULL, &error);
  if (expression != NULL)
    features = smooth_features_new_from_sparse (expression->values, &error);
  if (features != NULL)
    {
      g_autoptr (SmoothReport) report = smooth_report_new ();
      gint64 most = MIN (features->n_features, features->n_spots);
      principal = smooth_features_new_principal (features, (gint) MIN (N_DIMS, most), report, NULL, &error);
    }
  if (principal != NULL)
    g_task_return_pointer (task, principal, (GDestroyNotify) smooth_features_unref);
  else
    g_task_return_error (task, error);
  if (expression != NULL)
    smooth_expression_unref (expression);
}

/* Features of the analysed spots of @section. */
void
scope_likeness_compute_async (SmoothSection *section, const SmoothPrepareSettings *prepare, GAsyncReadyCallback callback,
                              gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  Job *job = g_new0 (Job, 1);

  job->section = smooth_section_ref (section);
  job->prepare = *prepare;
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, compute);
}

/* @section: (out) (transfer none): that was asked about; lives as long as the task */
SmoothFeatures *
scope_likeness_compute_finish (GAsyncResult *result, const SmoothSection **section, GError **error)
{
  const Job *job = g_task_get_task_data (G_TASK (result));

  *section = job->section;
  return g_task_propagate_pointer (G_TASK (result), error);
}
