/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks for a file or folder to write to, then writes on a thread. */
#include "file-host.h"

#include "dialogs.h"
#include "session.h"

#include <glib/gi18n.h>
#include <string.h>

struct _ScopeFileHost
{
  GObject parent_instance;
  char *section, *signature, *regions; /* paths, or NULL */
  SmoothScale scale;
};

static void scope_file_host_init_host (ScopeHostInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ScopeFileHost, scope_file_host, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (SCOPE_TYPE_HOST, scope_file_host_init_host))

/* A delivery that is under way. */
typedef struct
{
  ScopeDeliveryKind kind;
  ScopeDelivery *delivery;
  char *path;
  SmoothReport *report; /* gets what could not be saved */
} Job;

static Job *
job_new (ScopeDeliveryKind kind, const ScopeDelivery *delivery)
{
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  job->delivery = scope_delivery_copy (delivery);
  job->report = smooth_report_new ();
  return job;
}

static void
job_free (gpointer data)
{
  Job *job = data;

  scope_delivery_free (job->delivery);
  g_free (job->path);
  smooth_report_unref (job->report);
  g_free (job);
}

/* On a page of its own. */
static gboolean
save_view (const Job *job, const char *path, GError **error)
{
  SmoothFigure panel = *job->delivery->figure;
  SmoothPage page = { .panels = &panel, .n_panels = 1, .title = panel.title };

  panel.title = NULL;
  smooth_params_init (&smooth_page_params, &page.settings);
  return smooth_page_save (&page, NULL, path, error);
}

/* What is on the screen came from wherever the sliders were before, and differs from a fresh run within the tolerance.
 * What is kept is computed from a cold start, so that the recipe gives the same bits again. */
static SmoothOutcome *
compute_afresh (const SmoothOutcome *outcome, GError **error)
{
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  return smooth_pipeline_compute (pipeline, &outcome->inputs, &outcome->parameters, NULL, NULL, smooth_run_get_current (), error);
}

static gboolean
save_tables (const Job *job, const SmoothOutcome *outcome, const char *folder, GError **error)
{
  g_autofree char *view = g_build_filename (folder, "view.png", NULL);

  smooth_run_report (smooth_run_get_current (), -1.0, _("Writing the tables"));
  for (guint i = 0; job->delivery->findings != NULL && i < job->delivery->findings->len; i++)
    if (!smooth_folder_make (folder, error) || !smooth_export_findings (job->delivery->findings->pdata[i], folder, error))
      return FALSE;
  return smooth_export_folder (outcome, -1.0, folder, error) && save_view (job, view, error);
}

static gboolean
save_result (Job *job, GError **error)
{
  g_autoptr (SmoothOutcome) outcome = compute_afresh (job->delivery->outcome, error);

  return outcome != NULL && save_tables (job, outcome, job->path, error);
}

/* The session of the delivery. */
static SmoothRecipe *
read_session (const Job *job, GError **error)
{
  g_autoptr (SmoothReport) report = smooth_report_new ();
  SmoothRecipe *session
    = smooth_recipe_new_from_json (job->delivery->session, strlen (job->delivery->session), "/session", report, error);

  if (session != NULL)
    session->flags = SMOOTH_RECIPE_ABSOLUTE;
  return session;
}

/* For colleagues with Python, with what analyses found. */
static gboolean
save_anndata (Job *job, const SmoothOutcome *outcome, const SmoothRecipe *recipe, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path), *text = smooth_recipe_dup_json (recipe, folder, error);
  g_autoptr (GPtrArray) layers = g_ptr_array_new ();

  smooth_run_report (smooth_run_get_current (), -1.0, _("Writing the .h5ad file"));
  for (guint i = 0; job->delivery->findings != NULL && i < job->delivery->findings->len; i++)
    {
      const SmoothFindings *findings = job->delivery->findings->pdata[i];
      for (guint l = 0; l < findings->layers->len; l++)
        g_ptr_array_add (layers, findings->layers->pdata[l]);
    }
  return text != NULL && smooth_export_anndata (outcome, (SmoothLayer *const *) layers->pdata, layers->len, text, path, job->report, error);
}

static gboolean
save_anndata_alone (Job *job, GError **error)
{
  g_autoptr (SmoothOutcome) outcome = compute_afresh (job->delivery->outcome, error);
  g_autoptr (SmoothRecipe) session = outcome != NULL ? read_session (job, error) : NULL;

  return session != NULL && save_anndata (job, outcome, session, job->path, error);
}

static gboolean
save_session (const SmoothRecipe *session, const SmoothOutcome *outcome, const char *folder, GError **error)
{
  g_autofree char *name = g_strconcat (outcome->inputs.section->name, SCOPE_SESSION_SUFFIX, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return smooth_recipe_save (session, path, error);
}

/* A SmoothFolderFunc: all files, in a folder beside that which is to be. */
static gboolean
fill_folder (const char *folder, gpointer data, GError **error)
{
  Job *job = data;
  g_autofree char *anndata = g_build_filename (folder, "section.h5ad", NULL);
  g_autoptr (SmoothOutcome) outcome = compute_afresh (job->delivery->outcome, error);

  if (outcome == NULL || !save_tables (job, outcome, folder, error))
    return FALSE;
  g_autoptr (SmoothRecipe) session = read_session (job, error);
  return session != NULL && save_session (session, outcome, folder, error) && save_anndata (job, outcome, session, anndata, error);
}

static gboolean
save_all (Job *job, GError **error)
{
  return smooth_folder_write (job->path, NULL, fill_folder, job, error);
}

/* What to tell the user: the place, and what could not be saved there. */
static char *
dup_success (const Job *job)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text,
                   job->kind == SCOPE_DELIVER_ALL       ? _("Everything was saved in %s.")
                   : job->kind == SCOPE_DELIVER_ANNDATA ? _("The section and its results were saved as %s.")
                                                        : _("Tables, regions, figures and recipe were saved in %s."),
                   job->path);
  for (guint i = 0; i < smooth_report_get_n_lines (job->report); i++)
    g_string_append_printf (text, "\n%s", smooth_report_get_line (job->report, i, NULL));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
write_job (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  SmoothRun *before = smooth_run_set_current (job->delivery->run);

  smooth_run_report (job->delivery->run, -1.0, _("Computing the numbers to be saved"));
  if ((job->kind == SCOPE_DELIVER_ALL       ? save_all
       : job->kind == SCOPE_DELIVER_ANNDATA ? save_anndata_alone
                                            : save_result) (job, &error))
    g_task_return_pointer (task, dup_success (job), g_free);
  else
    g_task_return_error (task, error);
  smooth_run_set_current (before);
}

static void
on_place_chosen (const char *path, gpointer data)
{
  g_autoptr (GTask) task = data;
  Job *job = g_task_get_task_data (task);

  if (path == NULL)
    {
      g_task_return_pointer (task, NULL, NULL);
      return;
    }
  gboolean lacks_suffix = job->kind == SCOPE_DELIVER_ANNDATA && !g_str_has_suffix (path, ".h5ad");
  job->path = g_strconcat (path, lacks_suffix ? ".h5ad" : "", NULL);
  g_task_run_in_thread (task, write_job);
}

static void
scope_file_host_deliver_async (ScopeHost *host, ScopeDeliveryKind kind, const ScopeDelivery *delivery, GtkWindow *parent,
                               GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (host, NULL, callback, data);

  g_task_set_priority (task, G_PRIORITY_DEFAULT);
  g_task_set_task_data (task, job_new (kind, delivery), job_free);
  if (kind == SCOPE_DELIVER_ALL)
    {
      g_autofree char *folder = g_strdup_printf (_("%s results"), delivery->outcome->inputs.section->name);
      scope_dialog_save (parent, _("Export everything into a new folder"), folder, on_place_chosen, task);
    }
  else if (kind == SCOPE_DELIVER_ANNDATA)
    {
      g_autofree char *name = g_strconcat (delivery->outcome->inputs.section->name, ".h5ad", NULL);
      scope_dialog_save (parent, _("Export AnnData"), name, on_place_chosen, task);
    }
  else
    scope_dialog_open (parent, _("Export tables into a folder"), SCOPE_DIALOG_EXPORT_FOLDER, on_place_chosen, task);
}

static char *
scope_file_host_deliver_finish (ScopeHost *host, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static char *
scope_file_host_dup_section_path (ScopeHost *host)
{
  return g_strdup (SCOPE_FILE_HOST (host)->section);
}

static char *
scope_file_host_dup_signature_path (ScopeHost *host, SmoothScale *scale)
{
  *scale = SCOPE_FILE_HOST (host)->scale;
  return g_strdup (SCOPE_FILE_HOST (host)->signature);
}

static SmoothRegions *
scope_file_host_load_regions (ScopeHost *host, SmoothSection *section, GError **error)
{
  const char *path = SCOPE_FILE_HOST (host)->regions;

  return path != NULL ? smooth_regions_load (path, section, error) : NULL;
}

static void
scope_file_host_finalize (GObject *object)
{
  ScopeFileHost *host = SCOPE_FILE_HOST (object);

  g_free (host->section);
  g_free (host->signature);
  g_free (host->regions);
  G_OBJECT_CLASS (scope_file_host_parent_class)->finalize (object);
}

static void
scope_file_host_init_host (ScopeHostInterface *interface)
{
  interface->dup_section_path = scope_file_host_dup_section_path;
  interface->dup_signature_path = scope_file_host_dup_signature_path;
  interface->load_regions = scope_file_host_load_regions;
  interface->deliver_async = scope_file_host_deliver_async;
  interface->deliver_finish = scope_file_host_deliver_finish;
}

static void
scope_file_host_class_init (ScopeFileHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = scope_file_host_finalize;
}

static void
scope_file_host_init (ScopeFileHost *host)
{
}

/**
 * scope_file_host_new:
 * @section: (nullable): path of the section to open first
 * @signature: (nullable): path of its reference
 * @scale: of the reference
 * @regions: (nullable): path of a GeoJSON file
 */
ScopeHost *
scope_file_host_new (const char *section, const char *signature, SmoothScale scale, const char *regions)
{
  ScopeFileHost *host = g_object_new (SCOPE_TYPE_FILE_HOST, NULL);

  host->section = g_strdup (section);
  host->signature = g_strdup (signature);
  host->scale = scale;
  host->regions = g_strdup (regions);
  return SCOPE_HOST (host);
}
