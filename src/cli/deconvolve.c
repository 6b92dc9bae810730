/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli deconvolve: cell-type proportions of every analysed spot. */
#include "cli/job.h"

static const CliFlag flags[] = {
  { "signatures", "FILE", "reference table: mean expression of cell types, genes x types or types x genes, CSV or TSV, .gz too [default: reference/signature.csv in the folder]", FALSE },
  { "signature-scale", "NAME", "scale of that table: counts, log1p, log2 or guess [default guess; a table that smoothscope wrote says itself]", FALSE },
  { "regions", "FILE", "regions as GeoJSON; smoothing respects their borders", FALSE },
  { "threads", "N", "threads to use; 0 is all; the result does not depend on it [default 0]", FALSE },
  { "output", "DIR", "the folder to write", TRUE },
  { NULL, NULL, NULL, FALSE },
};

static const SmoothParamTable *const tables[] = {
  &smooth_prepare_params, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, &smooth_deconvolution_params, NULL,
};

const CliCommand cli_deconvolve_command = { "deconvolve", "cell-type proportions of every spot, smoothed in space", "PATH", flags, tables };

static gboolean
read_scale (const char *text, SmoothScale *scale, GError **error)
{
  *scale = SMOOTH_SCALE_GUESS;
  if (text == NULL || smooth_scale_from_name (text, scale, error))
    return TRUE;
  g_prefix_error (error, "--signature-scale: ");
  return FALSE;
}

static gboolean
read_parameters (const CliOptions *options, SmoothParameters *parameters, GError **error)
{
  smooth_parameters_init (parameters);
  for (gsize i = 0; i < smooth_n_parameter_groups; i++)
    {
      const SmoothParameterGroup *group = &smooth_parameter_groups[i];
      if (!cli_options_apply (options, group->table, (char *) parameters + group->offset, error))
        return FALSE;
    }
  return TRUE;
}

static char *
find_signatures (const CliOptions *options, GError **error)
{
  const char *given = cli_options_get (options, "signatures");
  char *found;

  if (given != NULL)
    return g_strdup (given);
  found = smooth_section_find_reference (cli_options_get_argument (options), error);
  if (found == NULL)
    g_prefix_error (error, "without --signatures: ");
  return found;
}

int
cli_deconvolve (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CliOptions) options = cli_options_parse (&cli_deconvolve_command, argc, argv, &error);
  gint n_threads;

  if (options == NULL)
    return error != NULL ? cli_fail (error) : CLI_DONE;

  g_autoptr (SmoothRecipe) recipe = g_new0 (SmoothRecipe, 1);
  recipe->section = g_strdup (cli_options_get_argument (options));
  recipe->signature = find_signatures (options, &error);
  recipe->regions = g_strdup (cli_options_get (options, "regions"));
  if (recipe->signature == NULL || !read_scale (cli_options_get (options, "signature-scale"), &recipe->signature_scale, &error)
      || !read_parameters (options, &recipe->parameters, &error)
      || !cli_options_get_int (options, "threads", 0, 0, 1024, &n_threads, &error))
    return cli_fail (error);

  int code = cli_run_job (recipe, NULL, n_threads, cli_options_get (options, "output"), &error);
  return error != NULL ? cli_fail (error) : code;
}
