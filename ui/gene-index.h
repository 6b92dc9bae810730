/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds genes by what a user types. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

/* Immutable. */
typedef struct _ScopeGeneIndex ScopeGeneIndex;

ScopeGeneIndex *scope_gene_index_new (SmoothSection *section);
ScopeGeneIndex *scope_gene_index_ref (ScopeGeneIndex *index);
void scope_gene_index_unref (ScopeGeneIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeGeneIndex, scope_gene_index_unref)

gint64 scope_gene_index_find (const ScopeGeneIndex *index, const char *query, gint64 *genes, gint64 n_max, gboolean *is_exact);
double scope_gene_index_get_total (const ScopeGeneIndex *index, gint64 gene);

G_END_DECLS
