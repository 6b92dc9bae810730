/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels by barcode, of files that belong to no section: clusters, annotations. */
#pragma once

#include "cli/job.h"

G_BEGIN_DECLS

GHashTable *cli_labels_load (const char *path, const char *column, GError **error);
gint32 *cli_labels_dup_codes (GHashTable *labels, const char *const *barcodes, gint64 n, char ***names);
void cli_labels_add_agreement (CliJob *job, const gint32 *found, const gint32 *truth, gint64 n);

G_END_DECLS
