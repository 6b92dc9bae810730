/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One GTask a file; all that needs more than a moment (the pyramid of the picture, the index of genes) is done there. */
#include "loader.h"

#include <math.h>
#include <string.h>

#define MAX_COARSE ((gint64) 1 << 25) /* pixels of a picture that are kept in memory: 128 MB, and a third more for its pyramid */

typedef struct
{
  char *path;
  ScopeProgress *progress;
  SmoothSection *section;
  SmoothScale scale;
  char *paths[SMOOTH_N_INPUT_FILES];
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
  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    g_free (job->paths[i]);
  g_free (job);
}

/* What a job reads ends where its progress is cancelled. Returns: the run before, to be set again */
static SmoothRun *
begin (const Job *job)
{
  return smooth_run_set_current (job->progress != NULL ? scope_progress_get_run (job->progress) : NULL);
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

/* All that the first picture needs. */
static ScopeLoaded *
read_section (const Job *job, GError **error)
{
  SmoothRun *run = smooth_run_get_current ();
  g_autoptr (ScopeLoaded) loaded = g_new0 (ScopeLoaded, 1);

  loaded->section = smooth_section_load (job->path, run, error);
  if (loaded->section == NULL)
    return NULL;
  if (loaded->section->picture != NULL)
    loaded->plate = scope_plate_new (loaded->section->picture, loaded->section->picture_scale);
  if (!smooth_run_check (run, error))
    return NULL;
  loaded->genes = scope_gene_index_new (loaded->section);
  return smooth_run_check (run, error) ? g_steal_pointer (&loaded) : NULL;
}

static void
load_section (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  SmoothRun *before = begin (job);
  ScopeLoaded *loaded = read_section (job, &error);

  smooth_run_set_current (before);
  if (loaded != NULL)
    g_task_return_pointer (task, loaded, free_loaded);
  else
    g_task_return_error (task, error);
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
  SmoothRun *before = begin (job);
  SmoothSignature *signature = smooth_signature_load (job->path, job->section, job->scale, &error);

  smooth_run_set_current (before);
  if (signature != NULL)
    g_task_return_pointer (task, signature, (GDestroyNotify) smooth_signature_unref);
  else
    g_task_return_error (task, error);
}

/**
 * scope_load_signature_async:
 * @path: a reference for @section
 * @progress: may cancel it
 */
void
scope_load_signature_async (const char *path, SmoothSection *section, SmoothScale scale, ScopeProgress *progress, GAsyncReadyCallback callback,
                            gpointer data)
{
  Job *job = job_new (path);

  job->section = smooth_section_ref (section);
  job->progress = g_object_ref (progress);
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
  SmoothRegions *regions = smooth_regions_load (job->path, job->section, &error);

  if (regions != NULL)
    g_task_return_pointer (task, regions, (GDestroyNotify) smooth_regions_unref);
  else
    g_task_return_error (task, error);
}

void
scope_load_regions_async (const char *path, SmoothSection *section, GAsyncReadyCallback callback, gpointer data)
{
  Job *job = job_new (path);

  job->section = smooth_section_ref (section);
  start (job, load_regions, callback, data);
}

SmoothRegions *
scope_load_regions_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Pictures in full resolution */

/* Where the picture of the section ends, in full-resolution pixels: as its own picture says, or else by its spots. */
static void
get_picture_size (const SmoothSection *section, double *width, double *height)
{
  *width = *height = 0.0;
  if (section->picture != NULL)
    {
      *width = section->picture->width / section->picture_scale;
      *height = section->picture->height / section->picture_scale;
      return;
    }
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      *width = MAX (*width, section->coords[2 * i]);
      *height = MAX (*height, section->coords[2 * i + 1]);
    }
}

/* Pixels of a picture in one full-resolution pixel: 1 where it is the one that the positions were found in. */
static double
find_scale (const SmoothSection *section, const SmoothTileLevel *first, const char *path, GError **error)
{
  double width, height;

  get_picture_size (section, &width, &height);
  double across = first->width / MAX (width, 1.0), down = first->height / MAX (height, 1.0);
  if (section->picture == NULL)
    {
      if (first->width >= width && first->height >= height)
        return 1.0;
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "%s: expected the picture that the positions belong to, at least %.0f x %.0f pixels, found %d x %d", path, width, height,
                        first->width, first->height);
      return 0.0;
    }
  if (fabs (across / down - 1.0) > 0.02)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "%s: expected the picture of this section, %.0f x %.0f pixels or of the same shape, found %d x %d", path, width, height,
                        first->width, first->height);
      return 0.0;
    }
  double scale = (across + down) / 2.0;
  return fabs (scale - 1.0) < 0.005 ? 1.0 : scale;
}

static void
load_picture (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  g_autoptr (SmoothTiles) tiles = smooth_tiles_open (job->path, &error);
  double scale = tiles != NULL ? find_scale (job->section, smooth_tiles_get_level (tiles, 0), job->path, &error) : 0.0;
  g_autoptr (SmoothPicture) coarse
    = scale > 0.0 ? smooth_tiles_read_reduced (tiles, MAX_COARSE, scope_progress_get_run (job->progress), &error) : NULL;

  if (coarse == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  double coarse_scale = scale * coarse->width / smooth_tiles_get_level (tiles, 0)->width;
  g_task_return_pointer (task, scope_plate_new_tiled (coarse, coarse_scale, tiles, scale), (GDestroyNotify) scope_plate_unref);
}

/**
 * scope_load_picture_async:
 * @path: a TIFF of the tissue of @section, of any size
 * @section: it must have the shape of this one's picture
 *
 * What fits into memory is read, the rest when it is looked at.
 */
void
scope_load_picture_async (const char *path, SmoothSection *section, ScopeProgress *progress, GAsyncReadyCallback callback, gpointer data)
{
  Job *job = job_new (path);

  job->section = smooth_section_ref (section);
  job->progress = g_object_ref (progress);
  start (job, load_picture, callback, data);
}

ScopePlate *
scope_load_picture_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Categories */

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Labels as a layer: categories in the order of their names. */
static SmoothLayer *
layer_of_labels (const char *path, const SmoothSection *section, char **labels, GError **error)
{
  g_autofree char *base = g_path_get_basename (path), *key = g_strdup_printf ("file:%s", base);
  const char *columns[] = { base, NULL };
  const char *settings[] = { NULL };
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (gint64 i = 0; i < section->n_spots; i++)
    if (labels[i] != NULL && g_hash_table_add (numbers, labels[i]))
      g_ptr_array_add (names, labels[i]);
  g_ptr_array_sort (names, compare_names);
  for (guint k = 0; k < names->len; k++)
    g_hash_table_insert (numbers, names->pdata[k], GUINT_TO_POINTER (k));
  SmoothLayer *layer = smooth_layer_new (key, base, SMOOTH_LAYER_CATEGORIES, section->n_spots, columns, settings, error);
  if (layer == NULL)
    return NULL;
  for (gint64 i = 0; i < section->n_spots; i++)
    layer->values[i] = labels[i] != NULL ? (double) GPOINTER_TO_UINT (g_hash_table_lookup (numbers, labels[i])) : (double) NAN;
  g_ptr_array_add (names, NULL);
  layer->categories = g_strdupv ((char **) names->pdata);
  return layer;
}

static void
load_categories (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  char **labels = smooth_labels_load (job->path, job->section, NULL, report, &error);
  SmoothLayer *layer = labels != NULL ? layer_of_labels (job->path, job->section, labels, &error) : NULL;

  if (labels != NULL)
    smooth_labels_free (labels, job->section->n_spots);
  if (layer != NULL)
    g_task_return_pointer (task, layer, (GDestroyNotify) smooth_layer_unref);
  else
    g_task_return_error (task, error);
}

/* Reads a table of barcodes and labels for @section. */
void
scope_load_categories_async (const char *path, SmoothSection *section, GAsyncReadyCallback callback, gpointer data)
{
  Job *job = job_new (path);

  job->section = smooth_section_ref (section);
  start (job, load_categories, callback, data);
}

SmoothLayer *
scope_load_categories_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Tables of likeness, confidences and priors */

static void
load_files (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  SmoothInputFiles *files = smooth_input_files_load ((const char *const *) job->paths, &error);

  if (files != NULL)
    g_task_return_pointer (task, files, (GDestroyNotify) smooth_input_files_unref);
  else
    g_task_return_error (task, error);
}

/* @paths: (nullable) each; as of smooth_input_files_load() */
void
scope_load_files_async (const char *const paths[SMOOTH_N_INPUT_FILES], GAsyncReadyCallback callback, gpointer data)
{
  Job *job = job_new (NULL);

  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    job->paths[i] = g_strdup (paths[i]);
  start (job, load_files, callback, data);
}

SmoothInputFiles *
scope_load_files_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
