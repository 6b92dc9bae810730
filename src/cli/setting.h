/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one setting of the parameters gives: the outcome, and the layers that a figure is to show. */
#pragma once

#include "cli/job.h"

G_BEGIN_DECLS

typedef struct
{
  SmoothOutcome *outcome;
  GPtrArray *findings; /* of SmoothFindings */
  GPtrArray *layers;   /* of SmoothLayer; borrowed from these */
} CliSetting;

CliSetting *cli_setting_compute (CliJob *job, const SmoothInputs *inputs, const SmoothParameters *parameters,
                                 const SmoothAnalysisSettings *analyses, char *const *keys, GError **error);
void cli_setting_free (CliSetting *setting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliSetting, cli_setting_free)

G_END_DECLS
