/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An outcome as an AnnData file (.h5ad) for anndata, scanpy and squidpy. */
#pragma once

#include "pipeline/pipeline.h"

G_BEGIN_DECLS

/* More columns about the spots of the section: components, scores, deviations. All pointers are borrowed. */
typedef struct
{
  const char *key;            /* of obsm: 'X_components' */
  gboolean is_frame;          /* a table with the names of its columns, else a plain array as scanpy expects embeddings */
  const char *const *columns; /* NULL-terminated names */
  const double *values;       /* n_columns x n_spots of the section, a column one after the other; NAN where missing */
} SmoothAnnTable;

gboolean smooth_export_anndata (const SmoothOutcome *outcome, const SmoothAnnTable *tables, gsize n_tables, const char *recipe,
                                const char *path, SmoothReport *report, GError **error);

G_END_DECLS
