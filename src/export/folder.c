/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the folder of a run, file by file; each appears under its name only when it is complete. */
#include "export/folder.h"

#include "export/figure.h"
#include "export/recipe.h"
#include "export/report.h"
#include "export/tables.h"
#include "files/output.h"

#include <math.h>

/* Long enough for print at a column's width, 300 dots an inch. */
#define FIGURE_WIDTH 2000
#define FIGURE_HEIGHT 1600

/* Spots take the colour of their dominant type; those that were not analysed stay clear. */
static guint32 *
dup_dominant_colours (const SmoothOutcome *outcome)
{
  g_autofree gint32 *dominant = smooth_result_dup_dominant (outcome->result);
  guint32 *colours = g_new0 (guint32, MAX (outcome->inputs.section->n_spots, 1));

  for (gint64 s = 0; s < outcome->n_spots; s++)
    if (dominant[s] >= 0)
      colours[outcome->spots[s]] = 0xff000000u | smooth_category_colour (dominant[s]);
  return colours;
}

static gboolean
save_dominant_figure (const SmoothOutcome *outcome, const char *path, GError **error)
{
  const SmoothResult *result = outcome->result;
  g_autofree guint32 *colours = dup_dominant_colours (outcome);
  g_autofree SmoothLegendEntry *entries = g_new (SmoothLegendEntry, MAX (result->n_types, 1));
  g_autofree char *title = g_strdup_printf ("%s: dominant cell type", outcome->inputs.section->name);

  for (gint64 k = 0; k < result->n_types; k++)
    entries[k] = (SmoothLegendEntry){ result->type_names[k], smooth_category_colour (k) };

  SmoothFigure figure = {
    .section = outcome->inputs.section,
    .regions = outcome->inputs.regions,
    .colours = colours,
    .opacity = 0.85,
    .histology_opacity = 1.0,
    .title = title,
    .n_entries = result->n_types,
    .entries = entries,
  };
  return smooth_figure_save_png (&figure, FIGURE_WIDTH, FIGURE_HEIGHT, path, error);
}

static gboolean
save_count_figure (const SmoothOutcome *outcome, const char *path, GError **error)
{
  SmoothSection *section = outcome->inputs.section;
  g_autofree guint32 *colours = g_new0 (guint32, MAX (section->n_spots, 1));
  g_autofree double *values = g_new (double, MAX (section->n_spots, 1));
  double low, high;

  for (gint64 i = 0; i < section->n_spots; i++)
    values[i] = NAN;
  for (gint64 s = 0; s < outcome->n_spots; s++)
    values[outcome->spots[s]] = section->total_counts[outcome->spots[s]];
  smooth_value_limits (values, section->n_spots, 1.0, 99.0, &low, &high);
  smooth_colour_values (SMOOTH_COLOURMAP_VIRIDIS, values, section->n_spots, low, high, 0, colours);

  SmoothFigure figure = {
    .section = section,
    .regions = outcome->inputs.regions,
    .colours = colours,
    .opacity = 0.85,
    .histology_opacity = 1.0,
    .title = section->name,
    .value_name = "total counts",
    .map = SMOOTH_COLOURMAP_VIRIDIS,
    .low = low,
    .high = high,
  };
  return smooth_figure_save_png (&figure, FIGURE_WIDTH, FIGURE_HEIGHT, path, error);
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
  return (outcome->result != NULL ? save_dominant_figure : save_count_figure) (outcome, figure, error);
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
