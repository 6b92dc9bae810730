/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expression that a command works on: the most variable genes, or those that were named. */
#pragma once

#include "cli/job.h"

G_BEGIN_DECLS

#define CLI_GENE_FLAGS                                                                                                                 \
  { "genes", "NAMES", N_("the genes to use, by symbol or id, separated by commas [default: the most variable ones]"), FALSE },         \
  { "gene-list", "FILE", N_("the same from the first column of a file"), FALSE }

gint32 *cli_find_genes (const SmoothSection *section, const char *const *names, const char *source, SmoothReport *report, gint64 *n_genes,
                        GError **error);
SmoothExpression *cli_open_expression (CliJob *job, const SmoothSection *section, const SmoothPrepareSettings *prepare,
                                       const SmoothExpressionSettings *settings, GError **error);
char **cli_dup_gene_names (const SmoothSection *section, const SmoothExpression *expression);

G_END_DECLS
