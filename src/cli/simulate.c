/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli simulate: a made-up section with a known truth. */
#include "cli/commands.h"

static const CliFlag flags[] = {
  { "output", "DIR", "the folder to write", TRUE },
  { "threads", "N", "threads to use; 0 is all [default 0]", FALSE },
  { NULL, NULL, NULL, FALSE },
};

static const SmoothParamTable *const tables[] = { &smooth_simulate_params, NULL };

const CliCommand cli_simulate_command = { "simulate", "write a made-up section with a known truth", NULL, flags, tables };

int
cli_simulate (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CliOptions) options = cli_options_parse (&cli_simulate_command, argc, argv, &error);
  SmoothSimulateSettings settings;
  gint n_threads;

  if (options == NULL)
    return error != NULL ? cli_fail (error) : CLI_DONE;
  smooth_params_init (&smooth_simulate_params, &settings);
  if (!cli_options_apply (options, &smooth_simulate_params, &settings, &error)
      || !cli_options_get_int (options, "threads", 0, 0, 1024, &n_threads, &error))
    return cli_fail (error);

  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
  if (!smooth_simulate (cli_options_get (options, "output"), &settings, run, &error))
    return cli_fail (error);
  g_print ("%s\n", cli_options_get (options, "output"));
  return CLI_DONE;
}
