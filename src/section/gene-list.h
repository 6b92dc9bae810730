/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of genes as it is typed or pasted: names or identifiers, between them spaces, commas, semicolons or lines. */
#pragma once

#include "section/section.h"

G_BEGIN_DECLS

gint64 *smooth_gene_list_find (const SmoothSection *section, const char *text, gint64 *n_genes, char ***unknown);

G_END_DECLS
