/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of smoothscope-cli. Each returns the exit code and has printed its error. */
#pragma once

#include "cli/options.h"

G_BEGIN_DECLS

enum
{
  CLI_DONE = 0,
  CLI_NOT_CONVERGED = 1,
  CLI_BAD_INPUT = 2,
};

extern const CliCommand cli_deconvolve_command;
extern const CliCommand cli_info_command;
extern const CliCommand cli_run_command;
extern const CliCommand cli_signature_command;
extern const CliCommand cli_simulate_command;

int cli_deconvolve (int argc, char **argv);
int cli_info (int argc, char **argv);
int cli_run (int argc, char **argv);
int cli_signature (int argc, char **argv);
int cli_simulate (int argc, char **argv);

int cli_fail (const GError *error);
void cli_print_report (const SmoothReport *report);

G_END_DECLS
