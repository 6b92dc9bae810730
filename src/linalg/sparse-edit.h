/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrices that differ from an earlier one in few columns: the pattern is shared, and which columns differ is known. */
#pragma once

#include "linalg/sparse.h"

G_BEGIN_DECLS

SmoothSparse *smooth_i_sparse_new_edited (const SmoothSparse *from, SmoothSparse *spare, const gint32 *cols, gint64 n_cols,
                                          GError **error);
gboolean smooth_i_sparse_same_pattern (const SmoothSparse *a, const SmoothSparse *b);
const gint32 *smooth_i_sparse_get_edit (const SmoothSparse *sparse, const SmoothSparse *from, gint64 *n_cols);
gpointer smooth_i_sparse_ref_version (const SmoothSparse *sparse);
void smooth_i_sparse_unref_version (gpointer version);
const gint32 *smooth_i_sparse_get_changes (const SmoothSparse *sparse, gconstpointer version, gint64 *n_cols);
void smooth_i_sparse_drop_lineage (SmoothSparse *sparse);

G_END_DECLS
