/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli: the core without a window, for batches and clusters. */
#include "cli/commands.h"

#include "smooth-config.h"

#include <locale.h>

static const struct
{
  const CliCommand *command;
  int (*run) (int argc, char **argv);
} commands[] = {
  { &cli_info_command, cli_info },           { &cli_deconvolve_command, cli_deconvolve },
  { &cli_run_command, cli_run },             { &cli_signature_command, cli_signature },
  { &cli_simulate_command, cli_simulate },
};

static void
print_usage (void)
{
  g_print ("Usage:\n  smoothscope-cli COMMAND ...\n\nSpatial priors for tissue sections: cell-type deconvolution solved to a proven optimum.\n\nCommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-12s %s\n", commands[i].command->name, commands[i].command->summary);
  g_print ("\n  smoothscope-cli COMMAND --help lists the flags of a command.\n  smoothscope-cli --version prints the version.\n\n"
           "Exit codes: 0 done, 1 computed but not converged, 2 bad input or usage.\n");
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
      g_printerr ("%s%s\n", level == SMOOTH_REPORT_WARNING ? "warning: " : "", line);
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers have a decimal point, in and out */

  if (argc < 2)
    {
      print_usage ();
      return CLI_BAD_INPUT;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || g_str_equal (argv[1], "help"))
    {
      print_usage ();
      return CLI_DONE;
    }
  if (g_str_equal (argv[1], "--version"))
    {
      g_print ("smoothscope %s\n", SMOOTH_VERSION);
      return CLI_DONE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].command->name))
      return commands[i].run (argc - 1, argv + 1);

  g_printerr ("smoothscope-cli: '%s' is no command; smoothscope-cli --help lists them\n", argv[1]);
  return CLI_BAD_INPUT;
}
