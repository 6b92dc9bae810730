/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One GTask a file; all that needs more than a moment (the pyramid of the picture, the index of genes) is done there. */
#include "loader.h"

typedef struct
{
  char *path;
  ScopeProgress *progress;
  SmoothSection *section;
  SmoothScale scale;
} Job;

static Job *
job_new (const char *path)
{
  Job *job = g_new0 (Job, 1);

  job->path = g_strdup (path);
  return job;
}

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->path);
  g_clear_object (&job->progress);
  g_clear_pointer (&job->section, smooth_section_unref);
  g_free (job);
}

static void
start (Job *job, GTaskThreadFunc func, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_priority (task, G_PRIORITY_DEFAULT);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, func);
}

void
scope_loaded_free (ScopeLoaded *loaded)
{
  g_clear_pointer (&loaded->section, smooth_section_unref);
  g_clear_pointer (&loaded->plate, scope_plate_unref);
  g_clear_pointer (&loaded->genes, scope_gene_index_unref);
  g_free (loaded);
}

static void
free_loaded (gpointer loaded)
{
  scope_loaded_free (loaded);
}

static void
load_section (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  g_autoptr (ScopeLoaded) loaded = g_new0 (ScopeLoaded, 1);

  loaded->section = smooth_section_load (job->path, scope_progress_get_run (job->progress), &error);
  if (loaded->section == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (loaded->section->picture != NULL)
    loaded->plate = scope_plate_new (loaded->section->picture, loaded->section->picture_scale);
  loaded->genes = scope_gene_index_new (loaded->section);
  g_task_return_pointer (task, g_steal_pointer (&loaded), free_loaded);
}

/**
 * scope_load_section_async:
 * @path: a folder of Space Ranger, or a file in it
 * @progress: is told how far it is, and may cancel it
 */
void
scope_load_section_async (const char *path, ScopeProgress *progress, GAsyncReadyCallback callback, gpointer data)
{
  Job *job = job_new (path);

  job->progress = g_object_ref (progress);
  start (job, load_section, callback, data);
}

ScopeLoaded *
scope_load_section_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
load_signature (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  SmoothSignature *signature = smooth_signature_load (job->path, job->section, job->scale, &error);

  if (signature != NULL)
    g_task_return_pointer (task, signature, (GDestroyNotify) smooth_signature_unref);
  else
    g_task_return_error (task, error);
}

/* Reads a reference for @section. */
void
scope_load_signature_async (const char *path, SmoothSection *section, SmoothScale scale, GAsyncReadyCallback callback,
                            gpointer data)
{
  Job *job = job_new (path);

  job->section = smooth_section_ref (section);
  job->scale = scale;
  start (job, load_signature, callback, data);
}

SmoothSignature *
scope_load_signature_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
load_regions (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  SmoothRegions *regions = smooth_regions_load (job->path, &error);

  if (regions != NULL)
    g_task_return_pointer (task, regions, (GDestroyNotify) smooth_regions_unref);
  else
    g_task_return_error (task, error);
}

void
scope_load_regions_async (const char *path, GAsyncReadyCallback callback, gpointer data)
{
  start (job_new (path), load_regions, callback, data);
}

SmoothRegions *
scope_load_regions_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
