/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli figure: a figure for a paper, and the paragraph that says how it was made. */
#include "cli/setting.h"

#include "export/look.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const CliFlag flags[] = {
  CLI_SIGNATURE_FLAGS,
  CLI_REGIONS_FLAG,
  CLI_LIKENESS_FLAGS,
  CLI_TYPES_FLAGS,
  { "panels", "LIST", N_("what to show, with commas or semicolons between: dominant, composition (pies), types (every cell type), region, counts, detected, mitochondrial, gene:NAME, genes:mean:NAMES, genes:sum:NAMES, type:NAME, layer:KEY/COLUMN, layer:KEY (every column), rgb:RED|GREEN|BLUE of these; layers are what analyses find: components, scores, clusters, deviations, imputed, imputed-deviations, sensitivity [default: dominant; counts without a reference]"), FALSE },
  { "title", "TEXT", N_("written above the panels [default: the name of the section; '' leaves it out]"), FALSE },
  { "crop", "X,Y,W,H", N_("the part of the section to show, in full-resolution pixels [default: the tissue]"), FALSE },
  { "type-colours", "LIST", N_("colours of cell types, as 'NAME=#rrggbb; NAME=#rrggbb' [default: a palette that colour-blind readers can tell apart]"), FALSE },
  { "category-colours", "LIST", N_("colours of the categories of layers, by number, as '1=#rrggbb; 2=#rrggbb' [default: of the palette]"), FALSE },
  { "impute-genes", "NAMES", N_("genes to impute, for layers of imputation, separated by commas [default: none]"), FALSE },
  { "a", "LIST", N_("the setting A that --compare shows beside what the other flags say: the parameters that differ, as 'NAME=VALUE; NAME=VALUE' [default: none]"), FALSE },
  { "a-regions", "FILE", N_("the regions of the setting A, as GeoJSON [default: those of --regions]"), FALSE },
  { "a-title", "TEXT", N_("written over A [default: A]"), FALSE },
  { "b-title", "TEXT", N_("written over B [default: B]"), FALSE },
  { "missing-colour", "#rrggbbaa", N_("colour of spots without a value [default: a clear grey]"), FALSE },
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[] = {
  &smooth_page_params,    &smooth_colour_params,    &smooth_prepare_params,       &smooth_graph_params,
  &smooth_scaling_params, &smooth_precision_params, &smooth_deconvolution_params, &smooth_expression_params,
  &smooth_pca_params,     &smooth_cluster_source_params, &smooth_cluster_params,   &smooth_uncertainty_params,
  &smooth_position_params, &smooth_imputation_params, &smooth_sensitivity_params, NULL,
};

/* What the command was given, and what it makes of it. */
typedef struct
{
  CliJob *job;
  SmoothInputs inputs; /* owned here */
  SmoothParameters parameters, a_parameters;
  SmoothPageSettings page;
  SmoothPanelSource source;
  SmoothAnalysisSettings analyses;
  CliSetting *now, *before; /* (nullable): the settings B and A */
  SmoothRegions *a_regions; /* (nullable) */
} Problem;

/* ---- Inputs ---- */

/* A reference that was named, or the section's own; there may be none. */
static gboolean
open_signature (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  gboolean is_given = cli_options_get (job->options, "signatures") != NULL;
  g_autofree char *own
    = is_given || cli_options_is_recipe (job->options) ? NULL : smooth_section_find_reference (problem->inputs.section->path, NULL);

  if (!is_given && own == NULL)
    return TRUE;
  problem->inputs.signature = cli_job_open_signature (job, problem->inputs.section, error);
  return problem->inputs.signature != NULL;
}

static gboolean
read_crop (Problem *problem, GError **error)
{
  const char *text = cli_job_get_word (problem->job, "crop");
  g_auto (GStrv) numbers = text != NULL ? g_strsplit (text, ",", -1) : NULL;

  for (gint i = 0; text != NULL && i < 4; i++)
    {
      char *end = NULL;
      gboolean is_there = g_strv_length (numbers) == 4;
      problem->source.crop[i] = is_there ? g_ascii_strtod (numbers[i], &end) : 0.0;
      if (is_there && end != numbers[i] && *end == '\0' && (i < 2 || problem->source.crop[i] > 0.0))
        continue;
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "--crop: expected x,y,width,height with width and height above 0, found '%s'", text);
      return FALSE;
    }
  return TRUE;
}

/* Types and categories that are not named keep the colour of the palette. */
static gboolean
read_own_colours (Problem *problem, GError **error)
{
  const SmoothResult *result = problem->now->outcome->result;

  return smooth_own_colours_parse (&problem->source.own, cli_job_get_word (problem->job, "type-colours"),
                                   cli_job_get_word (problem->job, "category-colours"), result != NULL ? result->type_names : NULL, error);
}

/* The parameters of the setting A: those of B, but for those that are listed. */
static gboolean
read_a (Problem *problem, GError **error)
{
  const char *text = cli_job_get_word (problem->job, "a");
  g_auto (GStrv) pairs = g_strsplit (text != NULL ? text : "", ";", -1);

  problem->a_parameters = problem->parameters;
  for (gsize i = 0; pairs[i] != NULL; i++)
    {
      char *name = g_strstrip (pairs[i]), *equals = strchr (name, '=');
      const SmoothParameterGroup *group = NULL;
      if (*name == '\0')
        continue;
      if (equals != NULL)
        *equals = '\0';
      const SmoothParam *param = smooth_parameters_find (g_strchomp (name), &group);
      if (equals == NULL || param == NULL)
        {
          smooth_error_set (error, SMOOTH_ERROR_VALUE, "--a: expected NAME=VALUE with a parameter of graph, prior or model, found '%s'", name);
          return FALSE;
        }
      if (!smooth_param_parse (param, (char *) &problem->a_parameters + group->offset, g_strchug (equals + 1), error))
        {
          smooth_error_prefix (error, "--a: ");
          return FALSE;
        }
    }
  return smooth_parameters_check (&problem->a_parameters, error);
}

static gboolean
get_analyses (Problem *problem, GError **error)
{
  const char *genes = cli_job_get_word (problem->job, "impute-genes");

  smooth_analysis_settings_init (&problem->analyses);
  if (genes != NULL)
    problem->analyses.genes = g_intern_string (genes);
  for (gsize g = 0; g < smooth_n_analysis_groups; g++)
    if (smooth_analysis_groups[g].table != &smooth_analysis_switch_params
        && !cli_job_get_settings (problem->job, smooth_analysis_groups[g].table, (char *) &problem->analyses + smooth_analysis_groups[g].offset, error))
      return FALSE;
  return TRUE;
}

static gboolean
get_settings (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  const char *missing = cli_job_get_word (job, "missing-colour");

  problem->source.own.missing = SMOOTH_MISSING_COLOUR;
  problem->source.is_plain = TRUE;
  return cli_job_get_settings (job, &smooth_page_params, &problem->page, error)
         && cli_job_get_settings (job, &smooth_colour_params, &problem->source.colours, error)
         && cli_job_get_parameters (job, &problem->parameters, error) && get_analyses (problem, error) && read_a (problem, error)
         && read_crop (problem, error) && (missing == NULL || smooth_colour_parse ("missing-colour", missing, &problem->source.own.missing, error));
}

/* Those of A in a file; in a recipe they may be the text itself. */
static gboolean
open_a_regions (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  const char *text = cli_options_get (job->options, "a-regions");

  if (text == NULL)
    problem->a_regions = problem->inputs.regions != NULL ? smooth_regions_ref (problem->inputs.regions) : NULL;
  else if (*text == '{' && cli_options_is_recipe (job->options))
    problem->a_regions = smooth_regions_new_from_json (cli_job_get_word (job, "a-regions"), strlen (text), "a-regions", error);
  else
    problem->a_regions = smooth_regions_load (cli_job_get_input (job, "a-regions"), problem->inputs.section, error);
  return text == NULL || problem->a_regions != NULL;
}

static gboolean
open_inputs (Problem *problem, GError **error)
{
  problem->inputs.section = cli_job_open_section (problem->job, error);
  return problem->inputs.section != NULL && open_signature (problem, error)
         && cli_job_open_regions (problem->job, problem->inputs.section, &problem->inputs.regions, error)
         && cli_job_open_likeness (problem->job, &problem->inputs.likeness, error) && cli_job_open_types (problem->job, &problem->inputs, error)
         && open_a_regions (problem, error);
}

/* ---- The command ---- */

/* Names of panels, as they were given. */
static char **
dup_names (Problem *problem)
{
  const char *list = cli_job_get_word (problem->job, "panels");

  return smooth_panels_split (list != NULL ? list : problem->inputs.signature != NULL ? "dominant" : "counts");
}

static SmoothPanelSide
side_of (const CliSetting *setting, const char *title)
{
  return (SmoothPanelSide){
    .outcome = setting->outcome,
    .regions = setting->outcome->inputs.regions,
    .layers = (SmoothLayer *const *) setting->layers->pdata,
    .n_layers = setting->layers->len,
    .title = title,
  };
}

/* A before B: the numbers of the report are those of B. */
static gboolean
compute_settings (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  g_auto (GStrv) names = dup_names (problem);
  g_auto (GStrv) keys = smooth_panels_list_layers ((const char *const *) names);
  const char *a_title = cli_job_get_word (job, "a-title"), *b_title = cli_job_get_word (job, "b-title");
  SmoothInputs a_inputs = problem->inputs;

  a_inputs.regions = problem->a_regions;
  problem->source.section = problem->inputs.section;
  if (problem->source.colours.compare != SMOOTH_COMPARE_OFF)
    {
      problem->before = cli_setting_compute (job, &a_inputs, &problem->a_parameters, &problem->analyses, keys, error);
      if (problem->before == NULL)
        {
          smooth_error_prefix (error, "setting A: ");
          return FALSE;
        }
      problem->source.before = side_of (problem->before, a_title != NULL ? a_title : "A");
    }
  problem->now = cli_setting_compute (job, &problem->inputs, &problem->parameters, &problem->analyses, keys, error);
  if (problem->now == NULL)
    return FALSE;
  problem->source.now = side_of (problem->now, b_title != NULL ? b_title : "B");
  smooth_export_report_add (job->numbers, problem->now->outcome);
  return read_own_colours (problem, error);
}

static gboolean
save_figure (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  const char *title = cli_job_get_word (job, "title");
  g_auto (GStrv) names = dup_names (problem);
  g_autoptr (SmoothPanels) panels = smooth_panels_new (&problem->source, (const char *const *) names, &problem->page, error);

  if (panels == NULL)
    return FALSE;
  SmoothPage page = { .title = title != NULL ? title : problem->inputs.section->name };
  smooth_panels_fill_page (panels, &problem->page, &page);
  g_autofree char *name = g_strconcat ("figure", smooth_page_get_suffix ((SmoothPageFormat) page.settings.format), NULL);
  g_autofree char *path = cli_job_dup_path (job, name);
  double width, height;
  smooth_page_get_size (&page, &width, &height);
  g_string_append_printf (job->summary, _("%s: %" PRId64 " panels, %.1f x %.1f mm\n"), name, page.n_panels, width * 25.4 / 72.0,
                          height * 25.4 / 72.0);
  return cli_job_begin_output (job, error) && smooth_page_save (&page, job->recipe, path, error);
}

static gboolean
save_methods (const Problem *problem, GError **error)
{
  g_autofree char *path = cli_job_dup_path (problem->job, "methods.txt");

  return smooth_methods_save (problem->now->outcome, path, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = get_settings (&problem, error) && open_inputs (&problem, error) && compute_settings (&problem, error)
                  && save_figure (&problem, error) && save_methods (&problem, error);

  g_clear_pointer (&problem.now, cli_setting_free);
  g_clear_pointer (&problem.before, cli_setting_free);
  g_clear_pointer (&problem.a_regions, smooth_regions_unref);
  smooth_inputs_clear (&problem.inputs);
  return done;
}

const CliCommand cli_figure_command = {
  .name = "figure",
  .summary = N_("a figure for a paper (PNG, PDF, SVG), one view or a grid, and the methods paragraph"),
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
