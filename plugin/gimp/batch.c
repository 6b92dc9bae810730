/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recipe is computed as the command line does it, with what was drawn in the image in place of its own regions, and shown as the
 * recipe says: by its first panel, by the look of a session, or by the dominant type. */
#include "batch.h"

#include "site.h"

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

/* What a recipe asks for. */
typedef struct
{
  SmoothRecipe *recipe;
  SmoothReport *report;
  SmoothInputs inputs; /* owned here */
  SmoothParameters parameters;
  SmoothLook look;
} Order;

static void
order_clear (Order *order)
{
  smooth_inputs_clear (&order->inputs);
  smooth_look_clear (&order->look);
  smooth_report_unref (order->report);
  g_clear_pointer (&order->recipe, smooth_recipe_free);
}

static SmoothSection *
open_section (const SmoothRecipe *recipe, GError **error)
{
  const char *path = smooth_recipe_get_input (recipe, "section"), *name = smooth_recipe_get_option (recipe, "turn");
  gint turn = 0;

  if (name != NULL && !smooth_turn_from_name (name, &turn, error))
    {
      g_prefix_error (error, "%s: options.turn: ", recipe->path);
      return NULL;
    }
  g_autoptr (SmoothSection) read = smooth_section_load (path, NULL, error);
  return read != NULL ? smooth_section_new_turned (read, turn) : NULL;
}

static gboolean
open_signature (Order *order, GError **error)
{
  const char *path = smooth_recipe_get_input (order->recipe, "signature"), *name = smooth_recipe_get_option (order->recipe, "signature-scale");
  SmoothScale scale = SMOOTH_SCALE_GUESS;

  if (path == NULL)
    return TRUE;
  if (name != NULL && !smooth_scale_from_name (name, &scale, error))
    {
      g_prefix_error (error, "%s: options.signature-scale: ", order->recipe->path);
      return FALSE;
    }
  order->inputs.signature = smooth_signature_load (path, order->inputs.section, scale, error);
  return order->inputs.signature != NULL;
}

static gboolean
open_regions (Order *order, GError **error)
{
  const char *path = smooth_recipe_get_input (order->recipe, "regions");

  if (order->recipe->regions != NULL)
    order->inputs.regions = smooth_regions_ref (order->recipe->regions);
  else if (path != NULL)
    order->inputs.regions = smooth_regions_load (path, order->inputs.section, error);
  return path == NULL || order->inputs.regions != NULL;
}

/* Likeness, confidences and priors by type. */
static gboolean
open_files (Order *order, GError **error)
{
  g_autoptr (SmoothInputFiles) files = smooth_recipe_load_files (order->recipe, error);

  if (files == NULL)
    return FALSE;
  order->inputs.likeness = files->likeness != NULL ? smooth_likeness_ref (files->likeness) : NULL;
  order->inputs.confidences = files->confidences != NULL ? smooth_type_confidences_ref (files->confidences) : NULL;
  order->inputs.type_priors = files->type_priors != NULL ? smooth_type_priors_ref (files->type_priors) : NULL;
  return TRUE;
}

static gboolean
read_look (Order *order, GError **error)
{
  const SmoothSignature *signature = order->inputs.signature;

  return smooth_look_read (&order->look, order->recipe, signature != NULL ? signature->type_names : NULL, order->report, error);
}

static gboolean
order_open (Order *order, const char *path, GError **error)
{
  *order = (Order){ .report = smooth_report_new () };
  order->recipe = smooth_recipe_load (path, order->report, error);
  if (order->recipe == NULL || !smooth_recipe_get_parameters (order->recipe, &order->parameters, error))
    return FALSE;
  order->inputs.section = open_section (order->recipe, error);
  return order->inputs.section != NULL && open_signature (order, error) && open_regions (order, error) && open_files (order, error) && read_look (order, error);
}

/* ---- What is shown ---- */

/* Returns: the name of the panel; none that analyses would have to be run for */
static const char *
choose_panel (const Order *order, const SmoothOutcome *outcome)
{
  const char *usual = outcome->result != NULL ? "dominant" : "counts";
  const char *const names[] = { order->look.panel, NULL };
  g_auto (GStrv) layers = smooth_panels_list_layers (names);

  if (layers[0] != NULL)
    smooth_report_add (order->report, SMOOTH_REPORT_WARNING, "%s: expected values that need no analysis, found '%s': showing '%s' instead",
                       order->recipe->path, order->look.panel, usual);
  return order->look.panel != NULL && layers[0] == NULL ? order->look.panel : usual;
}

static BridgeGroup *
draw (const Order *order, SmoothOutcome *outcome, const cairo_matrix_t *placement, gint width, gint height, GError **error)
{
  SmoothPanelSource source = { .section = order->inputs.section, .now = { .outcome = outcome, .regions = order->inputs.regions },
                               .colours = order->look.colours, .own = order->look.own };
  const char *const names[] = { choose_panel (order, outcome), NULL };
  SmoothPageSettings page;

  smooth_params_init (&smooth_page_params, &page);
  page.outlines = order->look.shows_regions;
  g_autoptr (SmoothPanels) panels = smooth_panels_new (&source, names, &page, error);
  return panels != NULL ? bridge_group_new (panels->panels, outcome, placement, width, height, error) : NULL;
}

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

static gboolean
overlay (Order *order, gint32 image, gint32 *group_id, GError **error)
{
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();
  cairo_matrix_t placement;
  gint width, height;

  if (!place (image, order->inputs.section, &placement, error))
    return FALSE;
  g_autoptr (SmoothRegions) drawn = read_regions (image, &placement, error);
  if (drawn == NULL)
    return FALSE;
  if (smooth_regions_get_n (drawn) > 0)
    {
      g_clear_pointer (&order->inputs.regions, smooth_regions_unref);
      order->inputs.regions = smooth_regions_ref (drawn);
    }
  g_autoptr (SmoothOutcome) outcome = smooth_pipeline_compute (pipeline, &order->inputs, &order->parameters, NULL, NULL, NULL, error);
  if (outcome == NULL)
    return FALSE;
  calls_image_get_size (image, &width, &height);
  g_autoptr (BridgeGroup) group = draw (order, outcome, &placement, width, height, error);
  if (group == NULL)
    return FALSE;
  *group_id = calls_image_put_group (image, group, error);
  return *group_id >= 0;
}

/**
 * batch_overlay:
 * @recipe_path: of deconvolve, of figure, or a session of the window
 * @group: (out): the number of the layer group
 *
 * What was drawn in the image takes the place of the recipe's regions, if there is anything.
 */
gboolean
batch_overlay (gint32 image, const char *recipe_path, gint32 *group, GError **error)
{
  Order order;
  gboolean done = order_open (&order, recipe_path, error) && overlay (&order, image, group, error);

  tell_warnings (order.report);
  order_clear (&order);
  return done;
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
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE,
                   "%s: expected an image in the 'spatial' folder of a section, found none of its files there: open the picture from that folder",
                   file != NULL ? file : "the image without a file");
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
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "the image has no selection, no channel and no path: there are no regions to write to %s", path);
  return FALSE;
}
