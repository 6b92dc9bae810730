/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which gene of a section a name means. */
#pragma once

#include "section/section.h"

G_BEGIN_DECLS

#define SMOOTH_I_GENE_UNKNOWN (-1)  /* the section has no such gene */
#define SMOOTH_I_GENE_REPEATED (-2) /* an earlier name already stands for the gene */

/* All names of a section's genes, for look-up. */
typedef struct _SmoothGeneIndex SmoothGeneIndex;

typedef struct
{
  gint64 n_names;
  gint32 *genes;       /* n_names: the section's number, or one of the above */
  gint64 n_matched;
  gint64 n_by_id;      /* of the matched: by identifier, not by symbol */
  gint64 n_by_case;    /* of the matched: only when upper and lower case are the same */
  gint64 n_repeated;
} SmoothGeneMatch;

SmoothGeneIndex *smooth_i_gene_index_new (const SmoothSection *section);
void smooth_i_gene_index_free (SmoothGeneIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGeneIndex, smooth_i_gene_index_free)

SmoothGeneMatch *smooth_i_gene_match_new (const SmoothGeneIndex *index, char **names, gint64 n_names);
void smooth_i_gene_match_free (SmoothGeneMatch *match);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGeneMatch, smooth_i_gene_match_free)

void smooth_i_gene_match_report (const SmoothGeneMatch *match, char **names, SmoothReport *report);
void smooth_i_gene_match_warn (const SmoothGeneMatch *match, gint64 n_section_genes, SmoothReport *report);
char *smooth_i_dup_examples (char **names, gint64 n_names, gint64 n_shown);

G_END_DECLS
