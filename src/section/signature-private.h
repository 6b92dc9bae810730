/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of making a signature that are shared by its readers. */
#pragma once

#include "section/signature.h"

G_BEGIN_DECLS

#define SMOOTH_I_MOST_TYPES 500 /* a table of more columns or rows than this holds cells, not types */

SmoothSignature *smooth_i_signature_new (gint64 n_genes, gint64 n_types, GError **error);
SmoothSignature *smooth_i_signature_load_anndata (const char *path, const SmoothSection *section, GError **error);
SmoothSignature *smooth_i_signature_load_cells (const char *path, gboolean genes_are_rows, const SmoothSection *section, GError **error);
SmoothScale smooth_i_scale_guess (const SmoothMatrix *values, SmoothWording *reason);
char *smooth_i_scale_dup_tag (SmoothScale scale, double depth);
gboolean smooth_i_scale_read_tag (const char *cell, const char *path, SmoothScale *scale, double *depth, GError **error);

G_END_DECLS
