/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recipe is computed as the command line does it, with what was drawn in the image in place of its own regions, and shown as the
 * recipe says: by its first panel, by the look of a session, or by the dominant type. */
#include "batch.h"

#include "site.h"

#include <glib/gi18n.h>

/* ---- What was drawn ---- */

/* Returns: (transfer full): the regions of the image in full-resolution pixels */
static SmoothRegions *
read_regions (gint32 image, const cairo_matrix_t *placement, GError **error)
{
  g_autoptr (GPtrArray) drawn = calls_image_list_drawn (image);
  g_autoptr (GPtrArray) shapes = g_ptr_array_new_with_free_func ((GDestroyNotify) bridge_shape_free);

  for (guint i = 0; i < drawn->len; i++)
    {
      BridgeShape *shape = calls_image_read_drawn (image, drawn->pdata[i], error);
      if (shape == NULL)
        return NULL;
      g_ptr_array_add (shapes, shape);
    }
  return bridge_regions_new (shapes, placement, error);
}

static gboolean
place (gint32 image, const SmoothSection *section, cairo_matrix_t *placement, GError **error)
{
  g_autoptr (SiteLook) look = site_look_new (image, error);
  g_autofree char *how = NULL;

  return look != NULL && site_look_place (look, section, placement, &how, error);
}

/* ---- Recipes ---- */

struct _BatchJob
{
  SmoothRecipe *recipe;
  SmoothReport *report;
  SmoothInputs inputs; /* owned here */
  SmoothParameters parameters;
  SmoothLook look;
  SmoothPipeline *pipeline;
};

/* Warnings: an input that has changed since, a value that this version does not know. */
static void
tell_warnings (const SmoothReport *report)
{
  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    {
      SmoothReportLevel level;
      const char *text = smooth_report_get_line (report, i, &level);
      if (level == SMOOTH_REPORT_WARNING)
        calls_tell (text);
    }
}

void
batch_job_free (BatchJob *job)
{
  if (job == NULL)
    return;
  tell_warnings (job->report);
  smooth_inputs_clear (&job->inputs);
  smooth_look_clear (&job->look);
  smooth_report_unref (job->report);
  g_clear_pointer (&job->recipe, smooth_recipe_free);
  smooth_pipeline_free (job->pipeline);
  g_free (job);
}

static SmoothSection *
open_section (const SmoothRecipe *recipe, GError **error)
{
  const char *path = smooth_recipe_get_input (recipe, "section"), *name = smooth_recipe_get_option (recipe, "turn");
  gint turn = 0;

  if (name != NULL && !smooth_turn_from_name (name, &turn, error))
    {
      smooth_error_prefix (error, "%s: options.turn: ", recipe->path);
      return NULL;
    }
  g_autoptr (SmoothSection) read = smooth_section_load (path, NULL, error);
  return read != NULL ? smooth_section_new_turned (read, turn) : NULL;
}

static gboolean
open_signature (BatchJob *job, GError **error)
{
  const char *path = smooth_recipe_get_input (job->recipe, "signature"), *name = smooth_recipe_get_option (job->recipe, "signature-scale");
  SmoothScale scale = SMOOTH_SCALE_GUESS;

  if (path == NULL)
    return TRUE;
  if (name != NULL && !smooth_scale_from_name (name, &scale, error))
    {
      smooth_error_prefix (error, "%s: options.signature-scale: ", job->recipe->path);
      return FALSE;
    }
  job->inputs.signature = smooth_signature_load (path, job->inputs.section, scale, error);
  return job->inputs.signature != NULL;
}

static gboolean
open_regions (BatchJob *job, GError **error)
{
  const char *path = smooth_recipe_get_input (job->recipe, "regions");

  if (job->recipe->regions != NULL)
    job->inputs.regions = smooth_regions_ref (job->recipe->regions);
  else if (path != NULL)
    job->inputs.regions = smooth_regions_load (path, job->inputs.section, error);
  return path == NULL || job->inputs.regions != NULL;
}

/* Likeness, confidences and priors by type. */
static gboolean
open_files (BatchJob *job, GError **error)
{
  g_autoptr (SmoothInputFiles) files = smooth_recipe_load_files (job->recipe, error);

  if (files == NULL)
    return FALSE;
  job->inputs.likeness = files->likeness != NULL ? smooth_likeness_ref (files->likeness) : NULL;
  job->inputs.confidences = files->confidences != NULL ? smooth_type_confidences_ref (files->confidences) : NULL;
  job->inputs.type_priors = files->type_priors != NULL ? smooth_type_priors_ref (files->type_priors) : NULL;
  return TRUE;
}

static gboolean
read_look (BatchJob *job, GError **error)
{
  const SmoothSignature *signature = job->inputs.signature;

  return smooth_look_read (&job->look, job->recipe, signature != NULL ? signature->type_names : NULL, job->report, error);
}

static gboolean
job_open (BatchJob *job, const char *path, GError **error)
{
  job->recipe = smooth_recipe_load (path, job->report, error);
  if (job->recipe == NULL || !smooth_recipe_get_parameters (job->recipe, &job->parameters, error))
    return FALSE;
  job->inputs.section = open_section (job->recipe, error);
  return job->inputs.section != NULL && open_signature (job, error) && open_regions (job, error) && open_files (job, error)
         && read_look (job, error);
}

/**
 * batch_job_new:
 * @path: of a recipe of deconvolve, of figure, or of a session of the window
 *
 * Returns: (transfer full): the recipe with its inputs
 */
BatchJob *
batch_job_new (const char *path, GError **error)
{
  BatchJob *job = g_new0 (BatchJob, 1);

  job->report = smooth_report_new ();
  job->pipeline = smooth_pipeline_new ();
  if (job_open (job, path, error))
    return job;
  batch_job_free (job);
  return NULL;
}

/* ---- What is shown ---- */

/* Returns: the name of the panel; none that analyses would have to be run for */
static const char *
choose_panel (const BatchJob *job, const SmoothOutcome *outcome)
{
  const char *usual = outcome->result != NULL ? "dominant" : "counts";
  const char *const names[] = { job->look.panel, NULL };
  g_auto (GStrv) layers = smooth_panels_list_layers (names);

  if (layers[0] != NULL)
    smooth_report_add (job->report, SMOOTH_REPORT_WARNING, "%s: expected values that need no analysis, found '%s': showing '%s' instead",
                       job->recipe->path, job->look.panel, usual);
  return job->look.panel != NULL && layers[0] == NULL ? job->look.panel : usual;
}

static BridgeGroup *
draw (const BatchJob *job, SmoothOutcome *outcome, const cairo_matrix_t *placement, gint width, gint height, GError **error)
{
  SmoothPanelSource source = { .section = job->inputs.section, .now = { .outcome = outcome, .regions = job->inputs.regions },
                               .colours = job->look.colours, .own = job->look.own };
  const char *const names[] = { choose_panel (job, outcome), NULL };
  SmoothPageSettings page;

  smooth_params_init (&smooth_page_params, &page);
  page.outlines = job->look.shows_regions;
  g_autoptr (SmoothPanels) panels = smooth_panels_new (&source, names, &page, error);
  return panels != NULL ? bridge_group_new (panels->panels, outcome, placement, width, height, error) : NULL;
}

/* A SmoothProgressFunc; this thread waits for the work meanwhile, so GIMP hears one call at a time. */
static void
show_progress (double fraction, const char *what, gpointer data)
{
  calls_progress_update (fraction);
}

static SmoothOutcome *
compute (BatchJob *job, GError **error)
{
  g_autoptr (SmoothRun) run = smooth_run_new (0);

  smooth_run_set_progress (run, show_progress, NULL);
  SmoothOutcome *outcome = smooth_pipeline_compute (job->pipeline, &job->inputs, &job->parameters, NULL, NULL, run, error);
  smooth_run_set_progress (run, NULL, NULL);
  return outcome;
}

/**
 * batch_job_run:
 *
 * What was drawn in the image takes the place of the recipe's regions, if there is anything. A second run begins from what the
 * first one found.
 *
 * Returns: the number of the layer group; -1 with an error
 */
gint32
batch_job_run (BatchJob *job, gint32 image, GError **error)
{
  cairo_matrix_t placement;
  gint width, height;

  if (!place (image, job->inputs.section, &placement, error))
    return -1;
  g_autoptr (SmoothRegions) drawn = read_regions (image, &placement, error);
  if (drawn == NULL)
    return -1;
  if (smooth_regions_get_n (drawn) > 0)
    {
      g_clear_pointer (&job->inputs.regions, smooth_regions_unref);
      job->inputs.regions = smooth_regions_ref (drawn);
    }
  g_autoptr (SmoothOutcome) outcome = compute (job, error);
  if (outcome == NULL)
    return -1;
  calls_image_get_size (image, &width, &height);
  g_autoptr (BridgeGroup) group = draw (job, outcome, &placement, width, height, error);
  calls_progress_end ();
  return group != NULL ? calls_image_put_group (image, group, error) : -1;
}

/* Writes what was drawn in the image as GeoJSON, in full-resolution pixels of the section that the image belongs to. */
gboolean
batch_export_regions (gint32 image, const char *path, GError **error)
{
  g_autofree char *section_path = site_dup_section_path (image);
  cairo_matrix_t placement;

  if (section_path == NULL)
    {
      g_autofree char *file = calls_image_dup_path (image);
      smooth_error_set (error, SMOOTH_ERROR_FILE,
                   "%s: expected an image in the 'spatial' folder of a section, found none of its files there: open the picture from that folder",
                   file != NULL ? file : _("the image without a file"));
      return FALSE;
    }
  g_autoptr (SmoothSection) section = smooth_section_load (section_path, NULL, error);
  if (section == NULL || !place (image, section, &placement, error))
    return FALSE;
  g_autoptr (SmoothRegions) regions = read_regions (image, &placement, error);
  if (regions == NULL)
    return FALSE;
  if (smooth_regions_get_n (regions) > 0)
    return smooth_regions_save (regions, path, error);
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "the image has no selection, no channel and no path: there are no regions to write to %s", path);
  return FALSE;
}
