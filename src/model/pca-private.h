/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside spatial PCA: the terms that a prior is made of, their Gram matrices, and what results share. */
#pragma once

#include "model/pca.h"

G_BEGIN_DECLS

/* Q = sum over terms of a coefficient, which depends on rho, times one of these. */
typedef enum
{
  SMOOTH_TERM_IDENTITY,
  SMOOTH_TERM_DEGREE,    /* D: row sums of W */
  SMOOTH_TERM_NEIGHBOUR, /* the symmetric part of W, or of a given Q */
  SMOOTH_TERM_SQUARE,    /* W^T W */
  SMOOTH_N_TERMS,
} SmoothTerm;

/* The terms as matrices over spots. */
typedef struct
{
  gint prior;    /* SmoothPriorKind; -1: a given Q */
  gint64 n_spots;
  double *degrees;         /* (nullable): n_spots */
  SmoothSparse *symmetric; /* (nullable): n_spots x n_spots */
  SmoothPrecision *precision; /* (nullable): a given Q that is no matrix: NEIGHBOUR is what its products give */
  double *row_sums;        /* (nullable): n_spots: of that */
  SmoothSparse *weights;   /* (nullable): W^T: column i holds the neighbours of spot i; for SQUARE */
  double total[SMOOTH_N_TERMS]; /* 1^T Q_t 1 */
  double trace[SMOOTH_N_TERMS];
} SmoothTerms;

gboolean smooth_i_terms_init (SmoothTerms *terms, const SmoothGraph *graph, gint prior, GError **error);
gboolean smooth_i_terms_init_from_precision (SmoothTerms *terms, const SmoothPrecision *precision, GError **error);
void smooth_i_terms_clear (SmoothTerms *terms);
gboolean smooth_i_terms_has (const SmoothTerms *terms, SmoothTerm term);
gboolean smooth_i_compute_implicit_gram (const SmoothSparse *expression, const SmoothPrecision *precision, SmoothMatrix *gram, SmoothRun *run,
                                         GError **error);
void smooth_i_terms_apply (const SmoothTerms *terms, SmoothTerm term, const SmoothMatrix *x, gint64 first, gint64 last,
                           SmoothMatrix *y);
void smooth_i_terms_sum_rows (const SmoothTerms *terms, SmoothTerm term, double *sums);

/* How M is made of its terms: M = sum of weights[t] S_t + shift (Y 1) (Y 1)^T. */
typedef struct
{
  double weights[SMOOTH_N_TERMS];
  double shift;
} SmoothMix;

gboolean smooth_i_terms_check_rho (const SmoothTerms *terms, double rho, GError **error);
void smooth_i_terms_mix (const SmoothTerms *terms, double lambda, double rho, double contrast, SmoothMix *mix);

struct _SmoothGrams
{
  gatomicrefcount ref_count;
  gint64 n_genes, n_spots;
  SmoothSparse *expression; /* n_genes x n_spots */
  SmoothTerms terms;
  SmoothMatrix *grams[SMOOTH_N_TERMS]; /* (nullable): n_genes x n_genes: Y Q_t Y^T, lower triangles; Y as it comes */
  double *sums[SMOOTH_N_TERMS];        /* (nullable): n_genes: Y Q_t 1 */
  double *means;                       /* n_genes */
  double *deviations;                  /* n_genes: unbiased standard deviations */
};

gboolean smooth_i_compute_grams (const SmoothSparse *expression, const SmoothTerms *terms, SmoothMatrix *const *grams,
                                 const gboolean *wanted, SmoothRun *run, GError **error);

/* Which genes are used, and how they are centred and scaled. */
typedef struct
{
  gint64 n_genes;
  gint64 n_used;
  gint32 *used;    /* n_used, ascending */
  double *means;   /* n_genes */
  double *factors; /* n_genes; 0 for genes that are not used */
} SmoothGeneScale;

gboolean smooth_i_measure_genes (const SmoothSparse *expression, double *means, double *deviations, GError **error);
gboolean smooth_i_gene_scale_init (SmoothGeneScale *scale, const double *means, const double *deviations, gint64 n_genes,
                                   const SmoothPcaSettings *settings, SmoothReport *report, GError **error);
void smooth_i_gene_scale_clear (SmoothGeneScale *scale);
SmoothMatrix *smooth_i_grams_form (const SmoothGrams *grams, const SmoothMix *mix, const SmoothGeneScale *scale, SmoothRun *run,
                                   GError **error);

SmoothPca *smooth_i_pca_alloc (gint64 n_genes, gint64 n_spots);
SmoothMatrix *smooth_i_project (const SmoothSparse *expression, const SmoothMatrix *loadings, const SmoothGeneScale *scale,
                                SmoothRun *run, GError **error);
void smooth_i_pca_set_scale (SmoothPca *pca, const SmoothGeneScale *scale);
gboolean smooth_i_pca_measure (SmoothPca *pca, const SmoothTerms *terms, const SmoothMix *mix, GError **error);
void smooth_i_fix_signs (SmoothMatrix *loadings);
void smooth_i_pca_warn (SmoothPca *pca, double lambda);

G_END_DECLS
