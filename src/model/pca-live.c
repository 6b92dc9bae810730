/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spatial PCA while a slider moves: the best components within a small space that holds the exact ones of many settings.
 *
 * V, n_used x r and orthonormal, spans the exact components at a grid of lambda and rho (snapshots). With the centred and
 * scaled Gram matrices S_t the products S_t V and V^T S_t V are kept, so that for any lambda and rho
 *
 *     V^T M V = sum of weights_t V^T S_t V,   V^T M V c = theta c,   u = V c,   |M u - theta u| from S_t V c,   U^T Y = c^T V^T Y
 *
 * cost O(r^3 + (n_used + n) r H) and look at no large matrix. The residual is the one of the full M: the certificate is as good
 * as that of an exact solution. (The first singular vectors of Y do not serve: a large lambda wants directions that vary
 * little.)
 */
#include "model/pca-private.h"

#include "base/error.h"
#include "linalg/blas.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

#define MARGIN 6 /* components of a snapshot beyond those asked for */
#define MAX_RANK 200
#define SAME 1e-7 /* what is left of a unit vector that lies in the basis already */

static const double lambdas[] = { 0.0, 0.03, 0.1, 0.3, 0.7, 1.6, 4.0, 10.0, 25.0 };
static const double rhos[] = { 0.8, 1.0 };

struct _SmoothPcaBasis
{
  gatomicrefcount ref_count;
  SmoothGrams *grams;
  SmoothGeneScale scale;
  gboolean centre, scaled;
  SmoothMatrix *v;                        /* n_used x r */
  SmoothMatrix *products[SMOOTH_N_TERMS]; /* (nullable): n_used x r: S_t V */
  SmoothMatrix *reduced[SMOOTH_N_TERMS];  /* (nullable): r x r: V^T S_t V */
  SmoothMatrix *scores;                   /* r x n: V^T Y */
  double *sums;                           /* n_used: Y 1 of centred and scaled genes, for the contrast */
  SmoothReport *report;
};

SmoothPcaBasis *
smooth_pca_basis_ref (SmoothPcaBasis *basis)
{
  g_atomic_ref_count_inc (&basis->ref_count);
  return basis;
}

void
smooth_pca_basis_unref (SmoothPcaBasis *basis)
{
  if (basis == NULL || !g_atomic_ref_count_dec (&basis->ref_count))
    return;
  smooth_grams_unref (basis->grams);
  smooth_i_gene_scale_clear (&basis->scale);
  smooth_matrix_unref (basis->v);
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    {
      smooth_matrix_unref (basis->products[t]);
      smooth_matrix_unref (basis->reduced[t]);
    }
  smooth_matrix_unref (basis->scores);
  g_free (basis->sums);
  smooth_report_unref (basis->report);
  g_free (basis);
}

gint64
smooth_pca_basis_get_size (const SmoothPcaBasis *basis)
{
  return basis->v->n_cols;
}

/* Appends those of n columns that lie not in the span of the first *rank columns of v, orthonormal (Gram-Schmidt, twice). */
static void
append (SmoothMatrix *v, gint64 *rank, const double *columns, gint64 n)
{
  const int rows = (int) v->n_rows;
  g_autofree double *dots = g_new (double, v->n_cols);

  for (gint64 k = 0; k < n && *rank < v->n_cols; k++)
    {
      double *column = smooth_matrix_column (v, *rank);
      memcpy (column, columns + k * v->n_rows, (gsize) v->n_rows * sizeof (double));
      double before = cblas_dnrm2 (rows, column, 1);
      for (gint pass = 0; pass < 2 && *rank > 0; pass++)
        {
          cblas_dgemv (CblasColMajor, CblasTrans, rows, (int) *rank, 1.0, v->values, rows, column, 1, 0.0, dots, 1);
          cblas_dgemv (CblasColMajor, CblasNoTrans, rows, (int) *rank, -1.0, v->values, rows, dots, 1, 1.0, column, 1);
        }
      double norm = cblas_dnrm2 (rows, column, 1);
      if (!(norm > SAME * before) || before == 0.0)
        continue;
      cblas_dscal (rows, 1.0 / norm, column, 1);
      ++*rank;
    }
}

/* The first of the directions that all snapshots share most: left singular vectors, n_used x up to MAX_RANK. */
static SmoothMatrix *
compress (const double *columns, gint64 n_rows, gint64 n_cols, SmoothRun *run, GError **error)
{
  gint64 n_wanted = MIN (n_cols, MIN (n_rows, MAX_RANK)), rank = 0;
  const int rows = (int) n_rows, cols = (int) n_cols;
  g_autoptr (SmoothMatrix) gram = smooth_matrix_new (n_cols, n_cols, error);
  g_autoptr (SmoothMatrix) vectors = gram != NULL ? smooth_matrix_new (n_cols, n_wanted, error) : NULL;
  g_autoptr (SmoothMatrix) left = vectors != NULL ? smooth_matrix_new (n_rows, n_wanted, error) : NULL;
  g_autoptr (SmoothMatrix) v = left != NULL ? smooth_matrix_new (n_rows, n_wanted, error) : NULL;
  g_autofree double *values = g_new (double, n_wanted);

  if (v == NULL)
    return NULL;
  cblas_dsyrk (CblasColMajor, CblasLower, CblasTrans, cols, rows, 1.0, columns, rows, 0.0, gram->values, cols);
  if (!smooth_i_eigen_top (gram, n_wanted, values, vectors, NULL, run, error))
    return NULL;
  while (rank < n_wanted && values[rank] > 1e-12 * values[0])
    rank++;
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, rows, (int) rank, cols, 1.0, columns, rows, vectors->values, cols, 0.0, left->values,
               rows);
  gint64 n_found = 0;
  append (v, &n_found, left->values, rank);
  return smooth_matrix_new_from_values (n_rows, n_found, v->values, error);
}

/* Exact components at every lambda and rho of the grid, side by side. */
static double *
take_snapshots (const SmoothPcaBasis *basis, gint n_components, double contrast, gint64 *n_cols, SmoothRun *run, GError **error)
{
  const SmoothGeneScale *scale = &basis->scale;
  gint64 n = MIN (n_components + MARGIN, scale->n_used), n_rhos = basis->grams->terms.prior < 0 ? 1 : G_N_ELEMENTS (rhos);
  g_autofree double *columns
      = smooth_i_try_new (double, scale->n_used * n * n_rhos * (gint64) G_N_ELEMENTS (lambdas), "components", error);
  g_autofree double *values = g_new (double, n);
  g_autoptr (SmoothMatrix) vectors = columns != NULL ? smooth_matrix_new (scale->n_used, n, error) : NULL;

  *n_cols = 0;
  for (gint64 r = 0; vectors != NULL && r < n_rhos; r++)
    for (gsize l = 0; l < G_N_ELEMENTS (lambdas); l++)
      {
        SmoothMix mix;
        if (r > 0 && lambdas[l] == 0.0)
          continue;
        smooth_i_terms_mix (&basis->grams->terms, lambdas[l], rhos[r], contrast, &mix);
        g_autoptr (SmoothMatrix) m = smooth_i_grams_form (basis->grams, &mix, scale, run, error);
        if (m == NULL || !smooth_i_eigen_top (m, n, values, vectors, NULL, run, error))
          return NULL;
        memcpy (columns + *n_cols * scale->n_used, vectors->values, (gsize) (scale->n_used * n) * sizeof (double));
        *n_cols += n;
        smooth_run_report (run, (double) *n_cols / (double) (n * n_rhos * (gint64) G_N_ELEMENTS (lambdas)), "components ahead of the slider");
      }
  return vectors != NULL ? g_steal_pointer (&columns) : NULL;
}

/* V is there: all that depends on it. */
static gboolean
reduce (SmoothPcaBasis *basis, SmoothRun *run, GError **error)
{
  const SmoothGeneScale *scale = &basis->scale;
  const int n = (int) scale->n_used, r = (int) basis->v->n_cols;
  g_autoptr (SmoothMatrix) all = smooth_matrix_new (scale->n_genes, r, error);

  for (gint t = 0; all != NULL && t < SMOOTH_N_TERMS; t++)
    {
      SmoothMix mix = { .weights = { 0 } };
      if (basis->grams->grams[t] == NULL)
        continue;
      mix.weights[t] = 1.0;
      g_autoptr (SmoothMatrix) gram = smooth_i_grams_form (basis->grams, &mix, scale, run, error);
      basis->products[t] = gram != NULL ? smooth_matrix_new (n, r, error) : NULL;
      basis->reduced[t] = basis->products[t] != NULL ? smooth_matrix_new (r, r, error) : NULL;
      if (basis->reduced[t] == NULL || !smooth_run_check (run, error))
        return FALSE;
      cblas_dsymm (CblasColMajor, CblasLeft, CblasLower, n, r, 1.0, gram->values, n, basis->v->values, n, 0.0, basis->products[t]->values, n);
      cblas_dgemm (CblasColMajor, CblasTrans, CblasNoTrans, r, r, n, 1.0, basis->v->values, n, basis->products[t]->values, n, 0.0,
                   basis->reduced[t]->values, r);
    }
  if (all == NULL)
    return FALSE;
  basis->sums = g_new (double, scale->n_used);
  for (gint64 l = 0; l < scale->n_used; l++)
    {
      gint32 g = scale->used[l];
      double plain = basis->grams->sums[SMOOTH_TERM_IDENTITY][g] - (double) basis->grams->n_spots * scale->means[g];
      basis->sums[l] = basis->centre ? 0.0 : plain * scale->factors[g];
      for (gint64 k = 0; k < r; k++)
        smooth_matrix_column (all, k)[g] = smooth_matrix_column (basis->v, k)[l];
    }
  basis->scores = smooth_i_project (basis->grams->expression, all, scale, run, error);
  return basis->scores != NULL;
}

static SmoothPcaBasis *
basis_alloc (const SmoothGrams *grams, const SmoothPcaSettings *settings, GError **error)
{
  g_autoptr (SmoothPcaBasis) basis = g_new0 (SmoothPcaBasis, 1);

  g_atomic_ref_count_init (&basis->ref_count);
  basis->grams = smooth_grams_ref ((SmoothGrams *) grams);
  basis->centre = settings->centre;
  basis->scaled = settings->scale;
  basis->report = smooth_report_new ();
  smooth_i_blas_init ();
  if (!smooth_i_gene_scale_init (&basis->scale, grams->means, grams->deviations, grams->n_genes, settings, basis->report, error))
    return NULL;
  return g_steal_pointer (&basis);
}

/**
 * smooth_pca_basis_new:
 * @grams: good for any lambda and rho; referenced
 * @settings: (nullable): %NULL for the defaults; the number of components, centring, scaling and contrast are used
 * @run: (nullable): this takes as long as 17 exact solutions, so that it belongs into the background
 *
 * (8 r + 24 r) n_used bytes beside the scores, 8 r n_spots, r up to 200.
 *
 * Returns: (transfer full): immutable, for any number of threads
 */
SmoothPcaBasis *
smooth_pca_basis_new (const SmoothGrams *grams, const SmoothPcaSettings *settings, SmoothRun *run, GError **error)
{
  SmoothPcaSettings defaults;
  gint64 n_cols = 0;

  smooth_params_init (&smooth_pca_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_pca_params, settings, error))
    return NULL;
  g_autoptr (SmoothPcaBasis) basis = basis_alloc (grams, settings, error);
  if (basis == NULL)
    return NULL;
  g_autofree double *columns = take_snapshots (basis, settings->n_components, settings->contrast, &n_cols, run, error);
  basis->v = columns != NULL ? compress (columns, basis->scale.n_used, n_cols, run, error) : NULL;
  return basis->v != NULL && reduce (basis, run, error) ? g_steal_pointer (&basis) : NULL;
}

/**
 * smooth_pca_basis_new_with:
 * @grams: of the same genes as @basis: its own, or those of an edited graph
 * @pca: (nullable): an exact solution, whose components join the basis
 *
 * The basis on another graph, or grown by what was solved exactly. About 6 n_used^2 r operations a term.
 *
 * Returns: (transfer full): another basis
 */
SmoothPcaBasis *
smooth_pca_basis_new_with (const SmoothPcaBasis *basis, const SmoothGrams *grams, const SmoothPca *pca, SmoothRun *run, GError **error)
{
  SmoothPcaSettings settings;

  smooth_params_init (&smooth_pca_params, &settings);
  settings.centre = basis->centre;
  settings.scale = basis->scaled;
  if (grams->n_genes != basis->grams->n_genes || (pca != NULL && pca->n_genes != grams->n_genes))
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "expected %" PRId64 " genes, found %" PRId64, basis->grams->n_genes,
                        pca != NULL ? pca->n_genes : grams->n_genes);
      return NULL;
    }
  g_autoptr (SmoothPcaBasis) other = basis_alloc (grams, &settings, error);
  if (other == NULL)
    return NULL;
  gint64 n_more = pca != NULL ? pca->n_components : 0, n_used = other->scale.n_used, rank = 0;
  gint64 n_most = MIN (basis->v->n_cols + n_more, n_used);
  g_autoptr (SmoothMatrix) v = smooth_matrix_new (n_used, n_most, error);
  g_autofree double *columns = g_new0 (double, n_used * (basis->v->n_cols + n_more));
  g_autofree double *genes = g_new (double, grams->n_genes);
  for (gint64 k = 0; k < basis->v->n_cols + n_more; k++)
    {
      memset (genes, 0, (gsize) grams->n_genes * sizeof (double));
      for (gint64 l = 0; k < basis->v->n_cols && l < basis->scale.n_used; l++)
        genes[basis->scale.used[l]] = smooth_matrix_column (basis->v, k)[l];
      if (k >= basis->v->n_cols)
        memcpy (genes, smooth_matrix_column (pca->loadings, k - basis->v->n_cols), (gsize) grams->n_genes * sizeof (double));
      for (gint64 l = 0; l < n_used; l++)
        columns[k * n_used + l] = genes[other->scale.used[l]];
    }
  if (v == NULL)
    return NULL;
  append (v, &rank, columns + basis->v->n_cols * n_used, n_more);
  append (v, &rank, columns, basis->v->n_cols);
  other->v = smooth_matrix_new_from_values (n_used, rank, v->values, error);
  return other->v != NULL && reduce (other, run, error) ? g_steal_pointer (&other) : NULL;
}

/* V^T M V. */
static SmoothMatrix *
form_reduced (const SmoothPcaBasis *basis, const SmoothMix *mix, GError **error)
{
  const int r = (int) basis->v->n_cols, n = (int) basis->v->n_rows;
  SmoothMatrix *m = smooth_matrix_new (r, r, error);
  g_autofree double *sums = g_new0 (double, r);

  for (gint t = 0; m != NULL && t < SMOOTH_N_TERMS; t++)
    if (basis->reduced[t] != NULL && mix->weights[t] != 0.0)
      cblas_daxpy (r * r, mix->weights[t], basis->reduced[t]->values, 1, m->values, 1);
  if (m != NULL && mix->shift != 0.0)
    {
      cblas_dgemv (CblasColMajor, CblasTrans, n, r, 1.0, basis->v->values, n, basis->sums, 1, 0.0, sums, 1);
      cblas_dger (CblasColMajor, r, r, mix->shift, sums, 1, sums, 1, m->values, r);
    }
  return m;
}

/* u = V c of the used genes, and |M u_k - theta_k u_k|. */
static SmoothMatrix *
lift (SmoothPca *pca, const SmoothPcaBasis *basis, const SmoothMix *mix, const SmoothMatrix *c, const double *theta, GError **error)
{
  const int n = (int) basis->v->n_rows, r = (int) basis->v->n_cols, h = (int) c->n_cols;
  g_autoptr (SmoothMatrix) u = smooth_matrix_new (n, h, error);
  g_autoptr (SmoothMatrix) residuals = u != NULL ? smooth_matrix_new (n, h, error) : NULL;
  double sum = 0.0;

  if (residuals == NULL)
    return NULL;
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, n, h, r, 1.0, basis->v->values, n, c->values, r, 0.0, u->values, n);
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    if (basis->products[t] != NULL && mix->weights[t] != 0.0)
      cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, n, h, r, mix->weights[t], basis->products[t]->values, n, c->values, r, 1.0,
                   residuals->values, n);
  pca->residual = 0.0;
  for (gint64 k = 0; k < h; k++)
    {
      double *column = smooth_matrix_column (residuals, k), *own = smooth_matrix_column (u, k);
      if (mix->shift != 0.0)
        cblas_daxpy (n, mix->shift * cblas_ddot (n, basis->sums, 1, own, 1), basis->sums, 1, column, 1);
      cblas_daxpy (n, -theta[k], own, 1, column, 1);
      double norm = cblas_dnrm2 (n, column, 1);
      pca->residual = MAX (pca->residual, norm);
      sum += norm * norm;
    }
  if (isfinite (pca->next))
    pca->angle = MIN (sqrt (sum) / MAX (theta[h - 1] - pca->next, G_MINDOUBLE), 2.0);
  return g_steal_pointer (&u);
}

/* Loadings of all genes with fixed signs, which c follows; scores, terms. */
static gboolean
finish (SmoothPca *pca, const SmoothPcaBasis *basis, const SmoothMatrix *u, SmoothMatrix *c, GError **error)
{
  const int r = (int) c->n_rows, h = (int) c->n_cols;
  double size = (double) h * (double) pca->n_spots;
  g_autofree double *product = g_new (double, r);

  pca->loadings = smooth_matrix_new (pca->n_genes, h, error);
  pca->scores = pca->loadings != NULL ? smooth_matrix_new (h, pca->n_spots, error) : NULL;
  if (pca->scores == NULL)
    return FALSE;
  for (gint64 k = 0; k < h; k++)
    for (gint64 l = 0; l < basis->scale.n_used; l++)
      smooth_matrix_column (pca->loadings, k)[basis->scale.used[l]] = smooth_matrix_column (u, k)[l];
  smooth_i_fix_signs (pca->loadings);
  for (gint64 k = 0; k < h; k++)
    {
      const double *own = smooth_matrix_column (u, k), *fixed = smooth_matrix_column (pca->loadings, k);
      gint64 at = (gint64) cblas_idamax ((int) u->n_rows, own, 1);
      if (fixed[basis->scale.used[at]] * own[at] < 0.0)
        cblas_dscal (r, -1.0, smooth_matrix_column (c, k), 1);
      cblas_dgemv (CblasColMajor, CblasNoTrans, r, r, 1.0, basis->reduced[SMOOTH_TERM_IDENTITY]->values, r, smooth_matrix_column (c, k), 1, 0.0,
                   product, 1);
      pca->data_term += cblas_ddot (r, product, 1, smooth_matrix_column (c, k), 1) / size;
      pca->objective += pca->eigenvalues[k] / size;
    }
  pca->spatial_term = pca->data_term - pca->objective;
  for (gint64 first = 0; first < pca->n_spots; first += G_MAXINT / 2)
    cblas_dgemm (CblasColMajor, CblasTrans, CblasNoTrans, h, (int) MIN (pca->n_spots - first, G_MAXINT / 2), r, 1.0, c->values, r,
                 smooth_matrix_column (basis->scores, first), r, 0.0, smooth_matrix_column (pca->scores, first), h);
  return TRUE;
}

/**
 * smooth_pca_basis_solve:
 * @settings: (nullable): lambda, contrast and the number of components may differ from those that @basis was made with
 * @reference: (nullable): the last picture: components are rotated to resemble it, see smooth_pca_new_aligned()
 *
 * O(r^3 + (n_used + n_spots) r H): milliseconds on a Visium section.
 *
 * Returns: (transfer full): components within the basis: not exact; `residual` and `angle` tell how far from it. `next` and
 *   `n_positive` are those of the basis: at most the exact ones
 */
SmoothPca *
smooth_pca_basis_solve (const SmoothPcaBasis *basis, const SmoothPcaSettings *settings, double rho, const SmoothPca *reference,
                        SmoothRun *run, GError **error)
{
  SmoothPcaSettings defaults;
  SmoothMix mix;

  smooth_params_init (&smooth_pca_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_pca_params, settings, error) || !smooth_i_terms_check_rho (&basis->grams->terms, rho, error))
    return NULL;
  if (!settings->centre != !basis->centre || !settings->scale != !basis->scaled)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "the basis was made for genes that are centred and scaled otherwise");
      return NULL;
    }
  gint64 r = basis->v->n_cols, n_components = MIN (settings->n_components, r), n_wanted = MIN (n_components + 1, r);
  smooth_i_terms_mix (&basis->grams->terms, settings->lambda, rho, settings->contrast, &mix);
  g_autoptr (SmoothPca) pca = smooth_i_pca_alloc (basis->grams->n_genes, basis->grams->n_spots);
  g_autoptr (SmoothMatrix) m = form_reduced (basis, &mix, error);
  g_autoptr (SmoothMatrix) c = m != NULL ? smooth_matrix_new (r, n_components, error) : NULL;
  g_autofree double *theta = g_new (double, n_wanted);
  if (c == NULL || !smooth_i_eigen_top (m, n_wanted, theta, c, &pca->n_positive, run, error))
    return NULL;
  pca->n_components = n_components;
  if (n_wanted > n_components)
    pca->next = theta[n_components];
  pca->eigenvalues = g_memdup2 (theta, (gsize) n_components * sizeof (double));
  smooth_i_pca_set_scale (pca, &basis->scale);
  smooth_report_append (pca->report, basis->report);
  g_autoptr (SmoothMatrix) u = lift (pca, basis, &mix, c, theta, error);
  if (u == NULL || !finish (pca, basis, u, c, error))
    return NULL;
  smooth_i_pca_warn (pca, settings->lambda);
  if (reference != NULL && reference->n_components == n_components && reference->n_genes == pca->n_genes)
    return smooth_pca_new_aligned (pca, reference, error);
  return g_steal_pointer (&pca);
}
