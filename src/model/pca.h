/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spatial PCA: the components that explain most and vary smoothly, exact or with given loadings; posterior scores. */
#pragma once

#include "base/params.h"
#include "base/report.h"
#include "precision/precision.h"

G_BEGIN_DECLS

typedef struct
{
  gint n_components;
  double lambda;
  gboolean centre;     /* subtract the mean of each gene */
  gboolean scale;      /* divide each gene by its standard deviation */
  double contrast;     /* share of the expected loss of shuffled spots that is taken off the spatial loss */
  double score_lambda; /* of the posterior scores */
} SmoothPcaSettings;

extern const SmoothParamTable smooth_pca_params;

/* Gram matrices of the genes of one section on one graph, from which every lambda and rho is a small eigenproblem.
 * Immutable. */
typedef struct _SmoothGrams SmoothGrams;

SmoothGrams *smooth_grams_new (const SmoothSparse *expression, const SmoothGraph *graph, gint prior, const SmoothGrams *earlier,
                               SmoothRun *run, GError **error);
SmoothGrams *smooth_grams_new_from_precision (const SmoothSparse *expression, const SmoothPrecision *precision,
                                              const SmoothGrams *earlier, SmoothRun *run, GError **error);
SmoothGrams *smooth_grams_ref (SmoothGrams *grams);
void smooth_grams_unref (SmoothGrams *grams);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothGrams, smooth_grams_unref)

/* U, G x H, maximises  tr (U^T Y (I - lambda Q) Y^T U) / (H n)  among orthonormal ones; Y: centred and scaled. Immutable. */
typedef struct
{
  gint64 n_genes;      /* G */
  gint64 n_spots;      /* n */
  gint64 n_components; /* H */
  gint64 n_used;       /* genes that vary; the others have loadings 0 */
  SmoothMatrix *loadings; /* G x H: U, orthonormal; the largest entry of each column is positive */
  SmoothMatrix *scores;   /* H x n: U^T Y */
  double *means;          /* G: subtracted from each gene; 0 where genes are not centred */
  double *factors;        /* G: that each gene is then multiplied by; 1 where genes are not scaled */

  double *eigenvalues; /* H: u_k^T M u_k; falling unless the components are aligned or given */
  double next;         /* the (H + 1)-th eigenvalue; NAN where there is none, or where loadings are given */
  gint64 n_positive;   /* all eigenvalues above 0; -1 where loadings are given */
  double objective;    /* data_term - spatial_term, from the scores */
  double data_term;    /* |U^T Y|^2 / (H n) */
  double spatial_term; /* lambda L (U^T Y), less the contrast */
  double residual;     /* largest |M u_k - theta_k u_k|; NAN where it is not known */
  double angle;        /* about: the angle to the exact subspace in radians, |residuals| / gap, 2 at most; NAN as residual */
  gboolean is_aligned; /* rotated within its subspace to resemble another result */
  SmoothReport *report;

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothPca;

SmoothPca *smooth_pca_new (const SmoothGrams *grams, const SmoothPcaSettings *settings, double rho, SmoothRun *run, GError **error);
SmoothPca *smooth_pca_new_from_loadings (const SmoothSparse *expression, const SmoothPrecision *precision, const SmoothMatrix *loadings,
                                         const SmoothPcaSettings *settings, SmoothRun *run, GError **error);
SmoothPca *smooth_pca_new_aligned (const SmoothPca *pca, const SmoothPca *reference, GError **error);
SmoothPca *smooth_pca_ref (SmoothPca *pca);
void smooth_pca_unref (SmoothPca *pca);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPca, smooth_pca_unref)

/* What lets sliders move: components within a space that holds the exact ones of many lambda and rho. Immutable. */
typedef struct _SmoothPcaBasis SmoothPcaBasis;

SmoothPcaBasis *smooth_pca_basis_new (const SmoothGrams *grams, const SmoothPcaSettings *settings, SmoothRun *run, GError **error);
SmoothPcaBasis *smooth_pca_basis_new_with (const SmoothPcaBasis *basis, const SmoothGrams *grams, const SmoothPca *pca, SmoothRun *run,
                                           GError **error);
SmoothPcaBasis *smooth_pca_basis_ref (SmoothPcaBasis *basis);
void smooth_pca_basis_unref (SmoothPcaBasis *basis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPcaBasis, smooth_pca_basis_unref)
gint64 smooth_pca_basis_get_size (const SmoothPcaBasis *basis);
SmoothPca *smooth_pca_basis_solve (const SmoothPcaBasis *basis, const SmoothPcaSettings *settings, double rho, const SmoothPca *reference,
                                   SmoothRun *run, GError **error);

SmoothMatrix *smooth_posterior_scores (const SmoothPrecision *precision, const SmoothMatrix *scores, double lambda, double *residual,
                                       SmoothRun *run, GError **error);

G_END_DECLS
