/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli simulate: a made-up section with a known truth. */
#include "cli/commands.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = {
  { "output", "DIR", N_("the folder to write"), TRUE },
  { "threads", "N", N_("threads to use; 0 is all [default 0]"), FALSE },
  { NULL, NULL, NULL, FALSE },
};

static const SmoothParamTable *const tables[] = { &smooth_simulate_params, NULL };

static int
run (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  SmoothSimulateSettings settings;
  gint n_threads;

  smooth_params_init (&smooth_simulate_params, &settings);
  if (!cli_options_apply (options, &smooth_simulate_params, &settings, &error)
      || !cli_options_get_threads (options, &n_threads, &error))
    return cli_fail (error);

  g_autoptr (SmoothRun) work = smooth_run_new (n_threads);
  if (!smooth_simulate (cli_options_get (options, "output"), &settings, work, &error))
    return cli_fail (error);
  g_print ("%s\n", cli_options_get (options, "output"));
  return CLI_DONE;
}

const CliCommand cli_simulate_command = {
  .name = "simulate",
  .summary = N_("write a made-up section with a known truth"),
  .flags = flags,
  .tables = tables,
  .run = run,
};
