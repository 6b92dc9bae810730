/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli run: a recipe once more, to the last bit. */
#include "cli/job.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = { CLI_JOB_FLAGS, CLI_END_OF_FLAGS };

static int
run (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothReport) notes = smooth_report_new ();
  const char *path = cli_options_get_argument (options);
  gint n_threads;

  if (!cli_options_get_threads (options, &n_threads, &error))
    return cli_fail (error);
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_load (path, notes, &error);
  if (recipe == NULL)
    return cli_fail (error);
  const CliCommand *command = cli_find_command (recipe->command);
  if (command == NULL || command->compute == NULL)
    {
      smooth_error_set (&error, SMOOTH_ERROR_VALUE, "%s: command: expected a command that computes, found '%s'", path,
                        recipe->command);
      return cli_fail (error);
    }
  g_autoptr (CliOptions) recipe_options = cli_options_new_from_recipe (command, recipe, cli_options_get (options, "output"), notes, &error);
  return recipe_options != NULL ? cli_job_run (recipe_options, n_threads, notes) : cli_fail (error);
}

const CliCommand cli_run_command = {
  .name = "run",
  .summary = N_("run a recipe that an earlier run or the window wrote, or the one within a figure"),
  .argument = "RECIPE.json|FIGURE",
  .flags = flags,
  .run = run,
};
