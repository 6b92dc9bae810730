/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings beside the tables of their outcome. */
#include "export/findings.h"

#include "export/folder.h"
#include "export/tables.h"

#include <string.h>

static void
add_group (SmoothRecipe *recipe, const SmoothParamTable *table, gconstpointer settings)
{
  smooth_recipe_add_parameters (recipe, table, settings);
}

static void
add_section (SmoothRecipe *recipe, const SmoothFindings *findings, const char *regions_path)
{
  const SmoothInputs *inputs = &findings->outcome->inputs;

  smooth_recipe_add_section (recipe, inputs->section);
  if (smooth_analyses[findings->kind].needs_signature && inputs->signature != NULL)
    {
      smooth_recipe_add_input (recipe, "signature", inputs->signature->path, inputs->signature->input_files);
      smooth_recipe_add_option (recipe, "signature-scale", smooth_scale_get_name (inputs->signature->scale));
    }
  if (regions_path != NULL)
    smooth_recipe_add_input (recipe, "regions", regions_path, NULL);
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    {
      const SmoothParameterGroup *group = &smooth_parameter_groups[g];
      gboolean is_model = group->table == &smooth_deconvolution_params, is_scaling = group->table == &smooth_scaling_params;
      gboolean is_preparation = group->table == &smooth_prepare_params;
      if ((!is_model || smooth_analyses[findings->kind].needs_signature) && (!is_scaling || findings->kind != SMOOTH_ANALYSIS_IMPUTATION)
          && (!is_preparation || findings->kind != SMOOTH_ANALYSIS_AUTOENCODER))
        add_group (recipe, group->table, (const char *) &findings->outcome->parameters + group->offset);
    }
}

/* The names of the imputed genes, which are those of the layer's columns. */
static void
add_genes (SmoothRecipe *recipe, const SmoothFindings *findings)
{
  const SmoothLayer *layer = smooth_findings_get_layer (findings, "imputed");
  g_autofree char *names = g_strjoinv (",", layer->columns);

  smooth_recipe_add_option (recipe, "genes", names);
}

/* Clusters of plain components are those of posterior scores that are not smoothed. */
static void
add_embedding (SmoothRecipe *recipe, const SmoothFindings *findings)
{
  SmoothPcaSettings pca = findings->settings.pca;

  if (findings->settings.cluster_source.source == SMOOTH_CLUSTER_COMPONENTS)
    pca.score_lambda = 0.0;
  add_group (recipe, &smooth_pca_params, &pca);
  add_group (recipe, &smooth_expression_params, &findings->settings.expression);
}

/**
 * smooth_recipe_new_of_findings:
 * @regions_path: (nullable): the GeoJSON file that holds the regions of the outcome
 * @table_path: (nullable): the table of proportions, which clusters may be of
 *
 * Returns: (transfer full): the recipe of the command that finds the same
 */
SmoothRecipe *
smooth_recipe_new_of_findings (const SmoothFindings *findings, const char *regions_path, const char *table_path)
{
  const SmoothAnalysisInfo *analysis = &smooth_analyses[findings->kind];
  gboolean is_clusters = findings->kind == SMOOTH_ANALYSIS_CLUSTERS;
  gboolean is_of_table = is_clusters && findings->settings.cluster_source.source == SMOOTH_CLUSTER_PROPORTIONS && table_path != NULL;
  SmoothRecipe *recipe = smooth_recipe_new (analysis->command);

  if (is_of_table)
    smooth_recipe_add_input (recipe, "table", table_path, NULL);
  else
    add_section (recipe, findings, regions_path);
  if (is_clusters && !is_of_table)
    add_embedding (recipe, findings);
  for (const SmoothParamTable *const *table = analysis->tables; *table != NULL; table++)
    if (*table != &smooth_cluster_source_params)
      add_group (recipe, *table, (const char *) &findings->settings + smooth_analysis_find_group (*table)->offset);
  if (findings->kind == SMOOTH_ANALYSIS_IMPUTATION)
    add_genes (recipe, findings);
  if (findings->kind == SMOOTH_ANALYSIS_DEVIATIONS)
    smooth_recipe_add_option (recipe, "deviations", "");
  return recipe;
}

/**
 * smooth_export_findings:
 * @folder: exists, and holds what smooth_export_folder() writes of the same outcome
 *
 * Writes one table a layer, named by its key (components.csv), and the recipe, named by the analysis (clusters-recipe.json).
 */
gboolean
smooth_export_findings (const SmoothFindings *findings, const char *folder, GError **error)
{
  g_autofree char *regions = g_build_filename (folder, "regions.geojson", NULL);
  g_autofree char *proportions = g_build_filename (folder, "proportions.csv", NULL);
  g_autofree char *name = g_strdup_printf ("%s-recipe.json", smooth_analyses[findings->kind].name);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  SmoothRegions *outlines = findings->outcome->inputs.regions;
  gboolean has_regions = outlines != NULL && smooth_regions_get_n (outlines) > 0;
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new_of_findings (findings, has_regions ? regions : NULL, proportions);

  for (guint i = 0; i < findings->layers->len; i++)
    {
      const SmoothLayer *layer = findings->layers->pdata[i];
      g_autofree char *table = g_strdup_printf ("%s.csv", layer->key);
      g_autofree char *table_path = g_build_filename (folder, table, NULL);
      if (!smooth_export_layer (layer, findings->outcome->inputs.section, table_path, error))
        return FALSE;
    }
  return smooth_recipe_save (recipe, path, error);
}
