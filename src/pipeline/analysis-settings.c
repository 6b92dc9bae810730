/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record of the settings of all analyses, seen as the list of its declared groups; what each analysis takes of it. */
#include "pipeline/analysis.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SWITCH(kind) (G_STRUCT_OFFSET (SmoothAnalysisSwitches, is_on) + (kind) * sizeof (gboolean))

static const SmoothParam switches[] = {
  { "find-components", N_ ("Spatial components"), SMOOTH_PARAM_BOOL, SWITCH (SMOOTH_ANALYSIS_COMPONENTS), 0, 0, 1, "", NULL,
    N_ ("Find the components of expression, and follow the sliders"), 0 },
  { "find-clusters", N_ ("Clusters"), SMOOTH_PARAM_BOOL, SWITCH (SMOOTH_ANALYSIS_CLUSTERS), 0, 0, 1, "", NULL,
    N_ ("Group spots that are alike, and follow the sliders"), 0 },
  { "find-embedding", N_ ("Autoencoder"), SMOOTH_PARAM_BOOL, SWITCH (SMOOTH_ANALYSIS_AUTOENCODER), 0, 0, 1, "", NULL,
    N_ ("Keep the last embedding; it is trained when it is asked for"), 0 },
  { "find-deviations", N_ ("Uncertainty"), SMOOTH_PARAM_BOOL, SWITCH (SMOOTH_ANALYSIS_DEVIATIONS), 0, 0, 1, "", NULL,
    N_ ("Find how certain each proportion is, whenever the proportions have settled"), 0 },
  { "find-imputed", N_ ("Imputation"), SMOOTH_PARAM_BOOL, SWITCH (SMOOTH_ANALYSIS_IMPUTATION), 0, 0, 1, "", NULL,
    N_ ("Impute genes, whenever the prior has settled"), 0 },
  { "find-sensitivity", N_ ("Sensitivity"), SMOOTH_PARAM_BOOL, SWITCH (SMOOTH_ANALYSIS_SENSITIVITY), 0, 0, 1, "", NULL,
    N_ ("Keep the last sensitivity map; it is computed when it is asked for"), 0 },
};

const SmoothParamTable smooth_analysis_switch_params = {
  "analyses", N_ ("Analyses"), sizeof (SmoothAnalysisSwitches), switches, G_N_ELEMENTS (switches),
};

static const char *const sources[] = { "scores", "components", "proportions", NULL };

static const SmoothParam source_params[] = {
  { "cluster-source", N_ ("Of"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (SmoothClusterSourceSettings, source), SMOOTH_CLUSTER_SCORES, 0, 2, "",
    sources, N_ ("What spots are compared by: posterior scores of the spatial components, the components as they are, or proportions of cell types"),
    0 },
};

const SmoothParamTable smooth_cluster_source_params = {
  "cluster-source", N_ ("Clusters"), sizeof (SmoothClusterSourceSettings), source_params, G_N_ELEMENTS (source_params),
};

#define FIELD(name) G_STRUCT_OFFSET (SmoothSensitivitySettings, name)

static const SmoothParam sensitivity_params[] = {
  { "vary-lambda", N_ ("Vary λ by"), SMOOTH_PARAM_DOUBLE, FIELD (lambda_factor), 2, 1, 1000, "×", NULL,
    N_ ("λ is divided and multiplied by this: a larger value tries a wider range, 1 leaves λ alone"), SMOOTH_PARAM_LOG, 1, 10 },
  { "vary-rho", N_ ("Vary 1 − ρ by"), SMOOTH_PARAM_DOUBLE, FIELD (range_factor), 2, 1, 1000, "×", NULL,
    N_ ("1 − ρ is multiplied and divided by this: a larger value tries a wider range, 1 leaves ρ alone"), SMOOTH_PARAM_LOG, 1, 10 },
  { "vary-neighbours", N_ ("Vary k by"), SMOOTH_PARAM_INT, FIELD (neighbours), 2, 0, 50, N_ ("spots"), NULL,
    N_ ("The number of neighbours goes this far down and up, where the graph has one: 0 leaves it alone"), 0, 0, 10 },
  { "vary-radius", N_ ("Vary the radius by"), SMOOTH_PARAM_DOUBLE, FIELD (radius_factor), 1.5, 1, 100, "×", NULL,
    N_ ("The radius is divided and multiplied by this, where the graph has one: 1 leaves it alone"), SMOOTH_PARAM_LOG, 1, 4 },
};

const SmoothParamTable smooth_sensitivity_params = {
  "sensitivity", N_ ("Sensitivity"), sizeof (SmoothSensitivitySettings), sensitivity_params, G_N_ELEMENTS (sensitivity_params),
};

const SmoothParameterGroup smooth_analysis_groups[] = {
  { &smooth_analysis_switch_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, switches) },
  { &smooth_expression_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, expression) },
  { &smooth_pca_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, pca) },
  { &smooth_cluster_source_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, cluster_source) },
  { &smooth_cluster_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, clusters) },
  { &smooth_vae_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, vae) },
  { &smooth_uncertainty_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, uncertainty) },
  { &smooth_position_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, positions) },
  { &smooth_imputation_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, imputation) },
  { &smooth_sensitivity_params, G_STRUCT_OFFSET (SmoothAnalysisSettings, sensitivity) },
};

const gsize smooth_n_analysis_groups = G_N_ELEMENTS (smooth_analysis_groups);

const SmoothAnalysisInfo smooth_analyses[SMOOTH_N_ANALYSES] = {
  [SMOOTH_ANALYSIS_COMPONENTS]
  = { "components", N_ ("Spatial components"), N_ ("Patterns of expression that vary smoothly over the tissue, by spatial PCA"), "pca",
      { &smooth_pca_params, &smooth_expression_params }, { "components", "scores" }, FALSE, FALSE },
  [SMOOTH_ANALYSIS_CLUSTERS]
  = { "clusters", N_ ("Clusters"), N_ ("Groups of spots that are alike: domains of the tissue"), "cluster",
      { &smooth_cluster_source_params, &smooth_cluster_params }, { "clusters" }, FALSE, FALSE },
  [SMOOTH_ANALYSIS_AUTOENCODER]
  = { "autoencoder", N_ ("Autoencoder"), N_ ("An embedding of the counts by a network, SpatialVAE, that varies smoothly over the tissue"), "train",
      { &smooth_vae_params, &smooth_expression_params }, { "embedding" }, FALSE, TRUE },
  [SMOOTH_ANALYSIS_DEVIATIONS]
  = { "deviations", N_ ("Uncertainty"), N_ ("Posterior standard deviation of each proportion, within the model"), "deconvolve",
      { &smooth_uncertainty_params }, { "deviations" }, TRUE, FALSE },
  [SMOOTH_ANALYSIS_IMPUTATION]
  = { "imputation", N_ ("Imputation"), N_ ("Genes at spots without counts, and on a lattice finer than the spots"), "impute",
      { &smooth_position_params, &smooth_imputation_params }, { "imputed", "imputed-deviations" }, FALSE, FALSE },
  [SMOOTH_ANALYSIS_SENSITIVITY]
  = { "sensitivity", N_ ("Sensitivity"), N_ ("How far each proportion moves while λ, ρ and the graph vary around their present values"),
      "sensitivity", { &smooth_sensitivity_params }, { "sensitivity" }, TRUE, TRUE },
};

/* Sets every setting to its default: no analysis is on. */
void
smooth_analysis_settings_init (SmoothAnalysisSettings *settings)
{
  memset (settings, 0, sizeof *settings);
  for (gsize i = 0; i < smooth_n_analysis_groups; i++)
    smooth_params_init (smooth_analysis_groups[i].table, (char *) settings + smooth_analysis_groups[i].offset);
  settings->genes = g_intern_static_string ("");
}

static gboolean
group_equal (const SmoothParameterGroup *group, const SmoothAnalysisSettings *a, const SmoothAnalysisSettings *b)
{
  return smooth_params_equal (group->table, (const char *) a + group->offset, (const char *) b + group->offset);
}

gboolean
smooth_analysis_settings_equal (const SmoothAnalysisSettings *a, const SmoothAnalysisSettings *b)
{
  for (gsize i = 0; i < smooth_n_analysis_groups; i++)
    if (!group_equal (&smooth_analysis_groups[i], a, b))
      return FALSE;
  return a->genes == b->genes;
}

/* Returns: (nullable): the group of a table of smooth_analysis_groups */
const SmoothParameterGroup *
smooth_analysis_find_group (const SmoothParamTable *table)
{
  for (gsize i = 0; i < smooth_n_analysis_groups; i++)
    if (smooth_analysis_groups[i].table == table)
      return &smooth_analysis_groups[i];
  return NULL;
}

/* Whether both mean the same to one analysis, switched on or not. */
gboolean
smooth_analysis_settings_agree (const SmoothAnalysisSettings *a, const SmoothAnalysisSettings *b, SmoothAnalysisKind kind)
{
  for (const SmoothParamTable *const *table = smooth_analyses[kind].tables; *table != NULL; table++)
    if (!group_equal (smooth_analysis_find_group (*table), a, b))
      return FALSE;
  return kind != SMOOTH_ANALYSIS_IMPUTATION || a->genes == b->genes;
}
