/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli: the core without a window, for batches and clusters. */
#include "cli/job.h"

#include "smooth-config.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <string.h>

static const CliCommand *const commands[] = {
  &cli_info_command,
  &cli_deconvolve_command,
  &cli_figure_command,
  &cli_suggest_command,
  &cli_sensitivity_command,
  &cli_pca_command,
  &cli_train_command,
  &cli_impute_command,
  &cli_cluster_command,
  &cli_graph_command,
  &cli_precision_command,
  &cli_loss_command,
  &cli_decay_command,
  &cli_evaluate_command,
  &cli_regions_command,
  &cli_run_command,
  &cli_signature_command,
  &cli_simulate_command,
};

static void
print_usage (void)
{
  g_print (_("Usage:\n  smoothscope-cli COMMAND ...\n\nSpatial priors for tissue sections: cell-type deconvolution solved to a proven "
             "optimum.\n\nCommands:\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-12s %s\n", commands[i]->name, _(commands[i]->summary));
  g_print (_("\n  smoothscope-cli COMMAND --help lists the flags of a command.\n  smoothscope-cli --version prints the version.\n\n"
             "Exit codes: 0 done, 1 computed but not converged, 2 bad input or usage.\n"));
}

/* Returns: (nullable): the command of that name */
const CliCommand *
cli_find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (name, commands[i]->name) == 0)
      return commands[i];
  return NULL;
}

/* Prints @error where users look for errors. */
int
cli_fail (const GError *error)
{
  g_printerr ("smoothscope-cli: %s\n", error->message);
  return CLI_BAD_INPUT;
}

void
cli_print_report (const SmoothReport *report)
{
  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    {
      SmoothReportLevel level;
      const char *line = smooth_report_get_line (report, i, &level);
      g_printerr ("%s%s\n", level == SMOOTH_REPORT_WARNING ? _("warning: ") : "", line);
    }
}

static int
run_command (const CliCommand *command, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CliOptions) options = cli_options_parse (command, argc, argv, &error);
  gint n_threads;

  if (options == NULL)
    return error != NULL ? cli_fail (error) : CLI_DONE;
  if (command->run != NULL)
    return command->run (options);
  if (!cli_options_get_threads (options, &n_threads, &error))
    return cli_fail (error);
  return cli_job_run (options, n_threads, NULL);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers have a decimal point, in and out */
  smooth_language_bind ();

  if (argc < 2)
    {
      print_usage ();
      return CLI_BAD_INPUT;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0)
    {
      print_usage ();
      return CLI_DONE;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      g_print ("smoothscope %s\n", SMOOTH_VERSION);
      return CLI_DONE;
    }
  const CliCommand *command = cli_find_command (argv[1]);
  if (command != NULL)
    return run_command (command, argc - 1, argv + 1);

  g_printerr (_("smoothscope-cli: '%s' is no command; smoothscope-cli --help lists them\n"), argv[1]);
  return CLI_BAD_INPUT;
}
