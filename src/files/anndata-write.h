/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The elements of AnnData files (.h5ad) in the encoding of anndata 0.8 and later, on an HDF5 writer. */
#pragma once

#include "files/hdf5-write.h"
#include "linalg/sparse.h"

G_BEGIN_DECLS

void smooth_anndata_add_root (SmoothHdf5Writer *writer);
void smooth_anndata_need_dict (SmoothHdf5Writer *writer, const char *name);
void smooth_anndata_add_text (SmoothHdf5Writer *writer, const char *name, const char *text);
void smooth_anndata_add_number (SmoothHdf5Writer *writer, const char *name, double number);
void smooth_anndata_add_texts (SmoothHdf5Writer *writer, const char *name, const char *const *texts, gint64 n);
void smooth_anndata_add_array (SmoothHdf5Writer *writer, const char *name, SmoothHdf5Type type, gconstpointer values, int rank,
                               const gint64 *sizes);
void smooth_anndata_add_categories (SmoothHdf5Writer *writer, const char *name, const gint32 *codes, gint64 n,
                                    const char *const *categories);
void smooth_anndata_add_matrix (SmoothHdf5Writer *writer, const char *name, const SmoothSparse *columns);
void smooth_anndata_add_frame (SmoothHdf5Writer *writer, const char *name, const char *const *index, gint64 n,
                               const char *const *columns);
gboolean smooth_anndata_add_to_frame (SmoothHdf5Writer *writer, const char *frame, const char *column);
char *smooth_anndata_dup_key (const char *name);

G_END_DECLS
