/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prior as a sum of few matrices over spots, whose coefficients alone depend on rho:
 *
 *     ICAR      Q = D - rho S                       S = (W + W^T) / 2, D = diag (row sums of W)
 *     CAR       Q = I - rho S
 *     SAR       Q = I - 2 rho S + rho^2 W^T W
 *     ISAR      the same with V = D^-1 W for W
 *     given Q   Q = (Q + Q^T) / 2, or products with it where it is no matrix (SMA)
 *
 * Only the symmetric part of a prior matters here, as in every quadratic form.
 */
#include "model/pca-private.h"

#include "base/error.h"

#include <string.h>

/* Weights below this share of the largest one do not count as neighbours where rows are divided by their sums. */
#define NEGLIGIBLE 1e-12

static gboolean
has_negative (const SmoothSparse *weights)
{
  for (gint64 e = 0; e < smooth_sparse_get_nnz (weights); e++)
    if (weights->values[e] < 0.0)
      return TRUE;
  return FALSE;
}

/* W^T with negative weights taken as 0. */
static SmoothSparse *
copy_positive (const SmoothSparse *weights, GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (weights);
  SmoothSparse *copy = smooth_sparse_new (weights->n_rows, weights->n_cols, nnz, error);

  if (copy == NULL)
    return NULL;
  memcpy (copy->starts, weights->starts, (gsize) (weights->n_cols + 1) * sizeof (gint64));
  memcpy (copy->rows, weights->rows, (gsize) nnz * sizeof (gint32));
  for (gint64 e = 0; e < nnz; e++)
    copy->values[e] = MAX (weights->values[e], 0.0);
  return copy;
}

/* Divides the rows of W by their sums; a row without a weight that counts is isolated, v_ii = 1. Changes weights in place. */
static void
scale_rows (SmoothSparse *weights)
{
  double negligible = 0.0;

  for (gint64 e = 0; e < smooth_sparse_get_nnz (weights); e++)
    negligible = MAX (negligible, weights->values[e]);
  negligible *= NEGLIGIBLE;
  for (gint64 i = 0; i < weights->n_cols; i++)
    {
      double sum = 0.0;
      for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
        sum += weights->values[e] >= negligible ? weights->values[e] : 0.0;
      for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
        if (sum > 0.0)
          weights->values[e] = weights->values[e] >= negligible ? weights->values[e] / sum : 0.0;
        else
          weights->values[e] = weights->rows[e] == i ? 1.0 : 0.0;
    }
}

/* (A + A^T) / 2 */
static SmoothSparse *
new_symmetric_part (const SmoothSparse *matrix, GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (matrix), n = matrix->n_cols;
  gint32 *rows = smooth_i_try_alloc (4 * nnz, sizeof (gint32), "a symmetric matrix", error);
  double *values = rows != NULL ? smooth_i_try_alloc (2 * nnz, sizeof (double), "a symmetric matrix", error) : NULL;
  SmoothSparse *result = NULL;

  if (values != NULL)
    {
      gint32 *cols = rows + 2 * nnz;
      for (gint64 j = 0; j < n; j++)
        for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1]; e++)
          {
            rows[2 * e] = cols[2 * e + 1] = matrix->rows[e];
            cols[2 * e] = rows[2 * e + 1] = (gint32) j;
            values[2 * e] = values[2 * e + 1] = 0.5 * matrix->values[e];
          }
      result = smooth_sparse_new_from_triplets (n, n, 2 * nnz, rows, cols, values, error);
    }
  smooth_i_free (rows);
  smooth_i_free (values);
  return result;
}

/* Fills total and trace of every term that there is. */
static gboolean
measure_terms (SmoothTerms *terms, GError **error)
{
  gint64 n = terms->n_spots;
  double *sums = smooth_i_try_alloc (n, sizeof (double), "a prior", error);

  if (sums == NULL)
    return FALSE;
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    {
      if (!smooth_i_terms_has (terms, t))
        continue;
      smooth_i_terms_sum_rows (terms, t, sums);
      for (gint64 i = 0; i < n; i++)
        terms->total[t] += sums[i];
    }
  terms->trace[SMOOTH_TERM_IDENTITY] = (double) n;
  terms->trace[SMOOTH_TERM_DEGREE] = terms->total[SMOOTH_TERM_DEGREE];
  for (gint64 j = 0; j < n && terms->precision != NULL; j++)
    terms->trace[SMOOTH_TERM_NEIGHBOUR] += terms->precision->diagonal[j];
  for (gint64 j = 0; j < n && terms->symmetric != NULL; j++)
    for (gint64 e = terms->symmetric->starts[j]; e < terms->symmetric->starts[j + 1]; e++)
      terms->trace[SMOOTH_TERM_NEIGHBOUR] += terms->symmetric->rows[e] == j ? terms->symmetric->values[e] : 0.0;
  for (gint64 e = 0; terms->weights != NULL && e < smooth_sparse_get_nnz (terms->weights); e++)
    terms->trace[SMOOTH_TERM_SQUARE] += terms->weights->values[e] * terms->weights->values[e];
  smooth_i_free (sums);
  return TRUE;
}

/**
 * smooth_i_terms_init:
 * @terms: (out): to be cleared also where this fails
 * @prior: a SmoothPriorKind
 *
 * O(nnz (W)); a copy of the weights unless they are symmetric and serve as they are.
 */
gboolean
smooth_i_terms_init (SmoothTerms *terms, const SmoothGraph *graph, gint prior, GError **error)
{
  gboolean is_product = prior == SMOOTH_PRIOR_SAR || prior == SMOOTH_PRIOR_ISAR;
  gboolean as_they_are = prior != SMOOTH_PRIOR_ISAR && !has_negative (graph->weights);
  g_autoptr (SmoothSparse) weights = as_they_are ? smooth_sparse_ref (graph->weights) : copy_positive (graph->weights, error);

  *terms = (SmoothTerms){ .prior = prior, .n_spots = graph->n_spots };
  if (prior == SMOOTH_PRIOR_SMA)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "spatial PCA: the prior sma is no sum of terms: expected icar, car, sar or isar, or Gram matrices "
                        "of a precision");
      return FALSE;
    }
  if (weights == NULL)
    return FALSE;
  if (prior == SMOOTH_PRIOR_ISAR)
    scale_rows (weights);
  if (prior == SMOOTH_PRIOR_ICAR)
    {
      terms->degrees = smooth_i_try_alloc (graph->n_spots, sizeof (double), "a prior", error);
      if (terms->degrees == NULL)
        return FALSE;
      for (gint64 i = 0; i < graph->n_spots; i++)
        for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
          terms->degrees[i] += weights->values[e];
    }
  terms->symmetric = graph->is_symmetric && prior != SMOOTH_PRIOR_ISAR ? smooth_sparse_ref (weights) : new_symmetric_part (weights, error);
  if (is_product)
    terms->weights = smooth_sparse_ref (weights);
  return terms->symmetric != NULL && measure_terms (terms, error);
}

/* Q 1 of a prior that is no matrix. */
static gboolean
sum_products (SmoothTerms *terms, GError **error)
{
  g_autoptr (SmoothMatrix) ones = smooth_matrix_new (1, terms->n_spots, error);
  g_autoptr (SmoothMatrix) sums = ones != NULL ? smooth_matrix_new (1, terms->n_spots, error) : NULL;

  if (sums == NULL)
    return FALSE;
  for (gint64 i = 0; i < terms->n_spots; i++)
    ones->values[i] = 1.0;
  if (!smooth_precision_apply (terms->precision, ones, sums, NULL, error))
    return FALSE;
  terms->row_sums = smooth_i_try_alloc (terms->n_spots, sizeof (double), "a prior", error);
  if (terms->row_sums != NULL)
    memcpy (terms->row_sums, sums->values, (gsize) terms->n_spots * sizeof (double));
  return terms->row_sums != NULL;
}

/**
 * smooth_i_terms_init_from_precision:
 * @terms: (out): to be cleared also where this fails
 *
 * The prior of @precision at its own rho: rho has no effect on what is made of these terms.
 */
gboolean
smooth_i_terms_init_from_precision (SmoothTerms *terms, const SmoothPrecision *precision, GError **error)
{
  *terms = (SmoothTerms){ .prior = -1, .n_spots = precision->n_spots };
  if (smooth_precision_is_explicit (precision))
    terms->symmetric = smooth_sparse_ref (precision->symmetric);
  else
    terms->precision = smooth_precision_ref ((SmoothPrecision *) precision);
  return (terms->precision == NULL || sum_products (terms, error)) && measure_terms (terms, error);
}

void
smooth_i_terms_clear (SmoothTerms *terms)
{
  smooth_i_free (terms->degrees);
  smooth_i_free (terms->row_sums);
  smooth_sparse_unref (terms->symmetric);
  smooth_precision_unref (terms->precision);
  smooth_sparse_unref (terms->weights);
  memset (terms, 0, sizeof *terms);
}

gboolean
smooth_i_terms_has (const SmoothTerms *terms, SmoothTerm term)
{
  switch (term)
    {
    case SMOOTH_TERM_DEGREE:
      return terms->degrees != NULL;
    case SMOOTH_TERM_NEIGHBOUR:
      return terms->symmetric != NULL || terms->precision != NULL;
    case SMOOTH_TERM_SQUARE:
      return terms->weights != NULL;
    case SMOOTH_TERM_IDENTITY:
    case SMOOTH_N_TERMS:
    default:
      return TRUE;
    }
}

/* sums (n_spots) <- Q_t 1 */
void
smooth_i_terms_sum_rows (const SmoothTerms *terms, SmoothTerm term, double *sums)
{
  const SmoothSparse *w = terms->weights, *s = terms->symmetric;

  for (gint64 i = 0; i < terms->n_spots; i++)
    sums[i] = term == SMOOTH_TERM_IDENTITY ? 1.0 : term == SMOOTH_TERM_DEGREE ? terms->degrees[i] : 0.0;
  if (term == SMOOTH_TERM_NEIGHBOUR && terms->precision != NULL)
    memcpy (sums, terms->row_sums, (gsize) terms->n_spots * sizeof (double));
  else if (term == SMOOTH_TERM_NEIGHBOUR)
    for (gint64 j = 0; j < terms->n_spots; j++)
      for (gint64 e = s->starts[j]; e < s->starts[j + 1]; e++)
        sums[j] += s->values[e];
  if (term == SMOOTH_TERM_SQUARE)
    for (gint64 i = 0; i < terms->n_spots; i++)
      {
        double sum = 0.0;
        for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
          sum += w->values[e];
        for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
          sums[w->rows[e]] += w->values[e] * sum;
      }
}

/**
 * smooth_i_terms_apply:
 * @x: m x n_spots
 * @first: the first spot of the result
 * @last: the spot after its last one
 * @y: m x (last - first) at least: set to these columns of X Q_t; of X W^T for SMOOTH_TERM_SQUARE, whose product with itself
 *   is X Q_t X^T. Not for a prior that is no matrix
 */
void
smooth_i_terms_apply (const SmoothTerms *terms, SmoothTerm term, const SmoothMatrix *x, gint64 first, gint64 last, SmoothMatrix *y)
{
  gint64 m = x->n_rows;
  const SmoothSparse *s = term == SMOOTH_TERM_SQUARE ? terms->weights : terms->symmetric;

  for (gint64 i = first; i < last; i++)
    {
      double *to = smooth_matrix_column (y, i - first);
      const double *own = smooth_matrix_column (x, i);
      if (term == SMOOTH_TERM_IDENTITY || term == SMOOTH_TERM_DEGREE)
        {
          double factor = term == SMOOTH_TERM_DEGREE ? terms->degrees[i] : 1.0;
          for (gint64 k = 0; k < m; k++)
            to[k] = factor * own[k];
          continue;
        }
      memset (to, 0, (gsize) m * sizeof (double));
      for (gint64 e = s->starts[i]; e < s->starts[i + 1]; e++)
        {
          const double *from = smooth_matrix_column (x, s->rows[e]);
          double value = s->values[e];
          for (gint64 k = 0; k < m; k++)
            to[k] += value * from[k];
        }
    }
}

/* The coefficients of the terms of Q at this rho. */
static void
get_coefficients (const SmoothTerms *terms, double rho, double *c)
{
  gboolean is_product = terms->prior == SMOOTH_PRIOR_SAR || terms->prior == SMOOTH_PRIOR_ISAR;

  memset (c, 0, SMOOTH_N_TERMS * sizeof (double));
  if (terms->prior < 0)
    {
      c[SMOOTH_TERM_NEIGHBOUR] = 1.0;
      return;
    }
  c[terms->prior == SMOOTH_PRIOR_ICAR ? SMOOTH_TERM_DEGREE : SMOOTH_TERM_IDENTITY] = 1.0;
  c[SMOOTH_TERM_NEIGHBOUR] = is_product ? -2.0 * rho : -rho;
  c[SMOOTH_TERM_SQUARE] = is_product ? rho * rho : 0.0;
}

/* Where the terms are those of a precision rho is not looked at. */
gboolean
smooth_i_terms_check_rho (const SmoothTerms *terms, double rho, GError **error)
{
  SmoothPrecisionSettings settings;

  smooth_params_init (&smooth_precision_params, &settings);
  settings.rho = rho;
  return terms->prior < 0 || smooth_params_check (&smooth_precision_params, &settings, error);
}

/**
 * smooth_i_terms_mix:
 * @contrast: r: the share of the expected loss over all permutations of the spots that is taken off
 * @mix: (out)
 *
 * M = Y (I - lambda (Q - r E)) Y^T with  E = q0 / n I + q1 / (n (n - 1)) (1 1^T - I),  q0 the trace of Q, q1 the sum of its
 * other entries: the mean of P Q P^T over all permutations P. Where genes are centred Y 1 = 0, so that E acts as a multiple of
 * I: the contrast then does what a smaller lambda does,  lambda / (1 + lambda r (q0 - q1 / (n - 1)) / n).
 */
void
smooth_i_terms_mix (const SmoothTerms *terms, double lambda, double rho, double contrast, SmoothMix *mix)
{
  double c[SMOOTH_N_TERMS], trace = 0.0, total = 0.0, n = (double) terms->n_spots;

  get_coefficients (terms, rho, c);
  for (gint t = 0; t < SMOOTH_N_TERMS; t++)
    {
      trace += c[t] * terms->trace[t];
      total += c[t] * terms->total[t];
      mix->weights[t] = -lambda * c[t];
    }
  double between = terms->n_spots > 1 ? (total - trace) / (n * (n - 1.0)) : 0.0;
  mix->weights[SMOOTH_TERM_IDENTITY] += 1.0 + lambda * contrast * (trace / n - between);
  mix->shift = lambda * contrast * between;
}
