/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the folder of a run, file by file; each appears under its name only when it is complete. */
#include "export/folder.h"

#include "export/panels.h"
#include "export/recipe.h"
#include "export/report.h"
#include "export/tables.h"
#include "files/output.h"

/* The dominant type of every spot; without cell types the total counts. */
static gboolean
save_figure (const SmoothOutcome *outcome, const char *path, GError **error)
{
  gboolean has_types = outcome->result != NULL;
  const char *const names[] = { has_types ? "dominant" : "counts", NULL };
  SmoothPanelSource source = { .section = outcome->inputs.section, .now = { .outcome = (SmoothOutcome *) outcome, .regions = outcome->inputs.regions },
                               .own.missing = SMOOTH_MISSING_COLOUR, .is_plain = TRUE };
  SmoothPage page = { .title = outcome->inputs.section->name };

  smooth_params_init (&smooth_page_params, &page.settings);
  smooth_params_init (&smooth_colour_params, &source.colours);
  g_autoptr (SmoothPanels) panels = smooth_panels_new (&source, names, &page.settings, error);
  if (panels == NULL)
    return FALSE;
  g_autofree char *title = g_strdup_printf ("%s: %s", page.title, panels->panels[0].value_name);
  if (has_types)
    page.title = title;
  page.panels = panels->panels;
  page.n_panels = panels->n_panels;
  return smooth_page_save (&page, NULL, path, error);
}

static gboolean
save_result_tables (const SmoothOutcome *outcome, const char *folder, GError **error)
{
  g_autofree char *proportions = g_build_filename (folder, "proportions.csv", NULL);
  g_autofree char *abundances = g_build_filename (folder, "abundances.csv", NULL);

  return smooth_export_types (outcome, outcome->result->proportions, proportions, error)
         && smooth_export_types (outcome, outcome->result->abundances, abundances, error);
}

static gboolean
has_outlines (const SmoothOutcome *outcome)
{
  return outcome->inputs.regions != NULL && smooth_regions_get_n (outcome->inputs.regions) > 0;
}

/**
 * smooth_export_tables:
 * @folder: made if need be; files in it of the same names are replaced
 *
 * Writes proportions.csv and abundances.csv (with a result), graph.csv, regions.csv, regions.geojson (with regions) and
 * figure.png.
 */
gboolean
smooth_export_tables (const SmoothOutcome *outcome, const char *folder, GError **error)
{
  g_autofree char *graph = g_build_filename (folder, "graph.csv", NULL);
  g_autofree char *regions = g_build_filename (folder, "regions.csv", NULL);
  g_autofree char *outlines = g_build_filename (folder, "regions.geojson", NULL);
  g_autofree char *figure = g_build_filename (folder, "figure.png", NULL);

  if (!smooth_folder_make (folder, error))
    return FALSE;
  if (outcome->result != NULL && !save_result_tables (outcome, folder, error))
    return FALSE;
  if (!smooth_export_graph (outcome, graph, error) || !smooth_export_regions (outcome, regions, error))
    return FALSE;
  if (has_outlines (outcome) && !smooth_regions_save (outcome->inputs.regions, outlines, error))
    return FALSE;
  return save_figure (outcome, figure, error);
}

/**
 * smooth_export_folder:
 * @outcome: what to write
 * @read_seconds: how long reading took, for the report; negative where not known
 * @folder: as of smooth_export_tables()
 *
 * Writes the files of smooth_export_tables(), recipe.json, which names the outlines written here, and report.json.
 */
gboolean
smooth_export_folder (const SmoothOutcome *outcome, double read_seconds, const char *folder, GError **error)
{
  g_autofree char *outlines = g_build_filename (folder, "regions.geojson", NULL);
  g_autofree char *recipe_path = g_build_filename (folder, "recipe.json", NULL);
  g_autofree char *report = g_build_filename (folder, "report.json", NULL);

  if (!smooth_export_tables (outcome, folder, error))
    return FALSE;
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new_of_outcome (outcome, has_outlines (outcome) ? outlines : NULL);
  return smooth_recipe_save (recipe, recipe_path, error) && smooth_export_report (outcome, read_seconds, report, error);
}
