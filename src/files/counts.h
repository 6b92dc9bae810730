/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A feature matrix as its files hold it: genes x barcodes with the names of both. */
#pragma once

#include "base/report.h"
#include "base/run.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

#define SMOOTH_I_GENE_EXPRESSION "Gene Expression" /* the type of features that are genes */

/* Owned by one thread; freed by smooth_counts_free(). */
typedef struct
{
  char *path;   /* the file, or the folder of files */
  char **files; /* NULL-terminated: every file that was read */

  gint64 n_genes;
  char **gene_ids;   /* n_genes, NULL-terminated */
  char **gene_names; /* n_genes, NULL-terminated; several genes may share a name */
  gint64 n_barcodes;
  char **barcodes;   /* n_barcodes, NULL-terminated; no two alike, none empty */
  SmoothSparse *matrix; /* n_genes x n_barcodes; finite, >= 0 */

  gint64 n_others;      /* features left out because they are of another kind than those that are read */
  SmoothReport *report; /* what was chosen, added up and left out */
} SmoothCounts;

void smooth_counts_free (SmoothCounts *counts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothCounts, smooth_counts_free)

SmoothCounts *smooth_counts_load_table (const char *path, SmoothRun *run, GError **error);
gboolean smooth_i_counts_turn (SmoothCounts *counts, GError **error);

SmoothCounts *smooth_i_counts_new (const char *path);
void smooth_i_counts_add_file (SmoothCounts *counts, const char *path);
char **smooth_i_take_list (GPtrArray **list);
gint64 smooth_i_find_repeated (char *const *names, gint64 n, gint64 *first);
gboolean smooth_i_counts_keep_genes (SmoothCounts *counts, char *const *types, const char *wanted, GError **error);
gboolean smooth_i_counts_sum_probes (SmoothCounts *counts, char *const *gene_ids, char *const *gene_names, const gboolean *used,
                                     GError **error);

G_END_DECLS
