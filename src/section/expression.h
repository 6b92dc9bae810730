/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expression of a section's most variable genes: what embeddings and imputation of genes start from. */
#pragma once

#include "section/prepare.h"

G_BEGIN_DECLS

typedef struct
{
  gint n_genes; /* the most variable ones; 0: every gene that is found somewhere */
} SmoothExpressionSettings;

extern const SmoothParamTable smooth_expression_params;

/* Immutable once made. */
typedef struct
{
  gint64 n_spots; /* analysed spots */
  gint32 *spots;  /* n_spots: their numbers in the section, ascending */
  gint64 n_genes; /* used genes */
  gint32 *genes;  /* n_genes: their numbers in the section, ascending */
  double *variability; /* (nullable): n_genes: variance of the Pearson residuals of the counts: 1 is noise; NULL where the genes were given */
  double depth;        /* that spots were scaled to; 0 for raw counts */
  SmoothSparse *values; /* n_genes x n_spots */
  SmoothReport *report;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothExpression;

SmoothExpression *smooth_expression_new (const SmoothSection *section, const SmoothPrepareSettings *prepare,
                                         const SmoothExpressionSettings *settings, SmoothRun *run, GError **error);
SmoothExpression *smooth_expression_new_of_genes (const SmoothSection *section, const gint32 *genes, gint64 n_genes,
                                                  const SmoothPrepareSettings *prepare, SmoothRun *run, GError **error);
SmoothExpression *smooth_expression_ref (SmoothExpression *expression);
void smooth_expression_unref (SmoothExpression *expression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothExpression, smooth_expression_unref)

char **smooth_section_dup_gene_labels (const SmoothSection *section, const gint32 *genes, gint64 n_genes);
double *smooth_section_dup_variability (const SmoothSection *section, const gint32 *spots, gint64 n_spots, SmoothRun *run);

G_END_DECLS
