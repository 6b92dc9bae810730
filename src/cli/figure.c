/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli figure: a figure for a paper, and the paragraph that says how it was made. */
#include "cli/job.h"

#include <string.h>

static const CliFlag flags[] = {
  CLI_SIGNATURE_FLAGS,
  CLI_REGIONS_FLAG,
  { "panels", "LIST", "what to show, with commas or semicolons between: dominant, types (every cell type), region, counts, detected, mitochondrial, gene:NAME, type:NAME [default: dominant; counts without a reference]", FALSE },
  { "title", "TEXT", "written above the panels [default: the name of the section; '' leaves it out]", FALSE },
  { "crop", "X,Y,W,H", "the part of the section to show, in full-resolution pixels [default: the tissue]", FALSE },
  { "type-colours", "LIST", "colours of cell types, as 'NAME=#rrggbb; NAME=#rrggbb' [default: a palette that colour-blind readers can tell apart]", FALSE },
  { "missing-colour", "#rrggbbaa", "colour of spots without a value [default: a clear grey]", FALSE },
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[] = {
  &smooth_page_params,    &smooth_colour_params,    &smooth_prepare_params,       &smooth_graph_params,
  &smooth_scaling_params, &smooth_precision_params, &smooth_deconvolution_params, NULL,
};

/* What the command was given, and what it makes of it. */
typedef struct
{
  CliJob *job;
  SmoothInputs inputs; /* owned here */
  SmoothParameters parameters;
  SmoothPageSettings page;
  SmoothPanelSource source;
  SmoothOutcome *outcome;
  guint32 *type_colours; /* (nullable) */
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

/* "#rrggbb" or "#rrggbbaa" as 0xAARRGGBB. */
static gboolean
parse_colour (const char *flag, const char *text, guint32 *colour, GError **error)
{
  guint64 value = 0;
  gsize n = strlen (text);

  if (text[0] == '#' && (n == 7 || n == 9) && g_ascii_string_to_unsigned (text + 1, 16, 0, G_MAXUINT32, &value, NULL))
    {
      *colour = n == 7 ? 0xff000000u | (guint32) value : (guint32) (value << 24) | (guint32) (value >> 8);
      return TRUE;
    }
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "--%s: expected a colour like #d62728 or #d6272880, found '%s'", flag, text);
  return FALSE;
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
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "--crop: expected x,y,width,height with width and height above 0, found '%s'", text);
      return FALSE;
    }
  return TRUE;
}

/* Types that are not named keep the colour of the palette. */
static gboolean
read_type_colours (Problem *problem, GError **error)
{
  const char *text = cli_job_get_word (problem->job, "type-colours");
  g_auto (GStrv) pairs = text != NULL ? g_strsplit (text, ";", -1) : NULL;
  const SmoothResult *result = problem->outcome->result;

  if (text == NULL || result == NULL)
    return TRUE;
  problem->type_colours = g_new0 (guint32, result->n_types);
  problem->source.type_colours = problem->type_colours;
  problem->source.n_own_colours = result->n_types;
  for (gsize i = 0; pairs[i] != NULL; i++)
    {
      char *name = g_strstrip (pairs[i]), *equals = strrchr (name, '=');
      gint64 type = 0;
      if (*name == '\0')
        continue;
      if (equals != NULL)
        *equals = '\0';
      g_strchomp (name);
      while (type < result->n_types && strcmp (result->type_names[type], name) != 0)
        type++;
      if (equals == NULL || type == result->n_types)
        {
          g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "--type-colours: expected NAME=#rrggbb with a cell type of the reference, found '%s'", name);
          return FALSE;
        }
      if (!parse_colour ("type-colours", g_strchug (equals + 1), &problem->type_colours[type], error))
        return FALSE;
      problem->type_colours[type] |= 0xff000000u;
    }
  return TRUE;
}

static gboolean
get_settings (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  const char *missing = cli_job_get_word (job, "missing-colour");

  problem->source.missing = SMOOTH_MISSING_COLOUR;
  return cli_job_get_settings (job, &smooth_page_params, &problem->page, error)
         && cli_job_get_settings (job, &smooth_colour_params, &problem->source.colours, error)
         && cli_job_get_parameters (job, &problem->parameters, error) && read_crop (problem, error)
         && (missing == NULL || parse_colour ("missing-colour", missing, &problem->source.missing, error));
}

static gboolean
open_inputs (Problem *problem, GError **error)
{
  problem->inputs.section = cli_job_open_section (problem->job, error);
  return problem->inputs.section != NULL && open_signature (problem, error)
         && cli_job_open_regions (problem->job, &problem->inputs.regions, error);
}

/* ---- The command ---- */

static gboolean
compute_outcome (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  g_autoptr (SmoothPipeline) pipeline = smooth_pipeline_new ();

  cli_job_end_stage (job);
  problem->outcome = smooth_pipeline_compute (pipeline, &problem->inputs, &problem->parameters, NULL, NULL, job->run, error);
  if (problem->outcome == NULL)
    return FALSE;
  cli_job_add_stages (job, problem->outcome);
  smooth_report_append (job->report, problem->outcome->report);
  smooth_export_report_add (job->numbers, problem->outcome);
  if (problem->outcome->result != NULL)
    cli_job_set_status (job, &problem->outcome->result->info);
  problem->source.section = problem->inputs.section;
  problem->source.outcome = problem->outcome;
  problem->source.regions = problem->inputs.regions;
  return read_type_colours (problem, error);
}

static gboolean
save_figure (Problem *problem, GError **error)
{
  CliJob *job = problem->job;
  const char *list = cli_job_get_word (job, "panels"), *title = cli_job_get_word (job, "title");
  g_auto (GStrv) names = smooth_panels_split (list != NULL ? list : problem->outcome->result != NULL ? "dominant" : "counts");
  g_autoptr (SmoothPanels) panels = smooth_panels_new (&problem->source, (const char *const *) names, &problem->page, error);

  if (panels == NULL)
    return FALSE;
  SmoothPage page = {
    .settings = problem->page,
    .panels = panels->panels,
    .n_panels = panels->n_panels,
    .has_one_legend = panels->has_one_legend,
    .title = title != NULL ? title : problem->inputs.section->name,
  };
  g_autofree char *name = g_strconcat ("figure", smooth_page_get_suffix ((SmoothPageFormat) page.settings.format), NULL);
  g_autofree char *path = cli_job_dup_path (job, name);
  double width, height;
  smooth_page_get_size (&page, &width, &height);
  g_string_append_printf (job->summary, "%s: %" G_GINT64_FORMAT " panels, %.1f x %.1f mm\n", name, page.n_panels, width * 25.4 / 72.0,
                          height * 25.4 / 72.0);
  return cli_job_begin_output (job, error) && smooth_page_save (&page, job->recipe, path, error);
}

static gboolean
save_methods (const Problem *problem, GError **error)
{
  g_autofree char *path = cli_job_dup_path (problem->job, "methods.txt");

  return smooth_methods_save (problem->outcome, path, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  Problem problem = { .job = job };
  gboolean done = get_settings (&problem, error) && open_inputs (&problem, error) && compute_outcome (&problem, error)
                  && save_figure (&problem, error) && save_methods (&problem, error);

  g_free (problem.type_colours);
  g_clear_pointer (&problem.outcome, smooth_outcome_unref);
  smooth_inputs_clear (&problem.inputs);
  return done;
}

const CliCommand cli_figure_command = {
  .name = "figure",
  .summary = "a figure for a paper (PNG, PDF, SVG), one view or a grid, and the methods paragraph",
  .argument = "PATH",
  .role = "section",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
