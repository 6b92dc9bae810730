/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of smoothscope-cli. */
#pragma once

#include "cli/options.h"

G_BEGIN_DECLS

/* Exit codes. */
enum
{
  CLI_DONE = 0,
  CLI_NOT_CONVERGED = 1,
  CLI_BAD_INPUT = 2,
};

extern const CliCommand cli_cluster_command;
extern const CliCommand cli_decay_command;
extern const CliCommand cli_deconvolve_command;
extern const CliCommand cli_evaluate_command;
extern const CliCommand cli_figure_command;
extern const CliCommand cli_graph_command;
extern const CliCommand cli_impute_command;
extern const CliCommand cli_info_command;
extern const CliCommand cli_loss_command;
extern const CliCommand cli_pca_command;
extern const CliCommand cli_precision_command;
extern const CliCommand cli_regions_command;
extern const CliCommand cli_run_command;
extern const CliCommand cli_sensitivity_command;
extern const CliCommand cli_signature_command;
extern const CliCommand cli_simulate_command;
extern const CliCommand cli_suggest_command;
extern const CliCommand cli_train_command;

const CliCommand *cli_find_command (const char *name);
int cli_fail (const GError *error);
void cli_print_report (const SmoothReport *report);

G_END_DECLS
