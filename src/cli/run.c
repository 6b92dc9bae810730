/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli run: a recipe once more, to the last bit. */
#include "cli/job.h"

static const CliFlag flags[] = {
  { "threads", "N", "threads to use; 0 is all; the result does not depend on it [default 0]", FALSE },
  { "output", "DIR", "the folder to write", TRUE },
  { NULL, NULL, NULL, FALSE },
};

const CliCommand cli_run_command = { "run", "run a recipe that an earlier run or the window wrote", "RECIPE.json", flags, NULL };

int
cli_run (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CliOptions) options = cli_options_parse (&cli_run_command, argc, argv, &error);
  g_autoptr (SmoothReport) notes = smooth_report_new ();
  gint n_threads;

  if (options == NULL)
    return error != NULL ? cli_fail (error) : CLI_DONE;
  if (!cli_options_get_int (options, "threads", 0, 0, 1024, &n_threads, &error))
    return cli_fail (error);

  g_autoptr (SmoothRecipe) recipe = smooth_recipe_load (cli_options_get_argument (options), notes, &error);
  if (recipe == NULL)
    return cli_fail (error);
  int code = cli_run_job (recipe, notes, n_threads, cli_options_get (options, "output"), &error);
  return error != NULL ? cli_fail (error) : code;
}
