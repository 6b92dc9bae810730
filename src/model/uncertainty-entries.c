/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of A^-1 on the active set: exactly, by one factor and its selected inverse, or one type at a time.
 *
 * Coupled: the unknowns are the active entries, spot by spot; A holds a dense block for each spot and m_k q_st between equal
 * types of neighbours. All entries of A^-1 within a spot lie on that pattern.
 *
 * Blocks: with S_s = H + diag (m) q_ss on the active types of a spot, its Schur complement e_ks = 1/(S_s^-1)_kk - m_k q_ss is
 * what the spot's data say of type k when the other types answer to their own prior there. Then
 * M_k = diag (e_k) + m_k Q over the spots that have type k gives the variances, and the correlations within a spot are those
 * of S_s^-1. Neighbours inform the other types only through the diagonal: variances come out somewhat too large.
 */
#include "linalg/blas.h"
#include "linalg/cholesky.h"
#include "model/uncertainty-private.h"

#include <math.h>
#include <string.h>

/* Inverts a symmetric positive definite matrix in place; FALSE where it is none. */
gboolean
smooth_i_invert_small (double *a, gint n)
{
  int info = 0;

  if (n == 0)
    return TRUE;
  smooth_i_blas_init ();
  dpotrf_ ("L", &n, a, &n, &info);
  for (gint i = 0; info == 0 && i < n; i++)
    if (!(a[i + i * n] * a[i + i * n] > 1e-13 * a[0] * a[0]))
      info = 1; /* a pivot of rounding errors */
  if (info == 0)
    dpotri_ ("L", &n, a, &n, &info);
  for (gint j = 0; j < n; j++)
    for (gint i = 0; i < j; i++)
      a[i + j * n] = a[j + i * n];
  return info == 0;
}

/* @block (n_active x n_active) <- S_s^-1; FALSE where S_s is singular. */
gboolean
smooth_i_posterior_local (const SmoothPosterior *posterior, gint64 spot, const gint *active, gint n_active, double *block)
{
  const SmoothReduced *reduced = posterior->reduced;
  double q = smooth_i_posterior_diagonal (posterior, spot);

  for (gint i = 0; i < n_active; i++)
    for (gint j = 0; j < n_active; j++)
      block[i + j * n_active] = reduced->h[active[i] * reduced->n_types + active[j]] + (i == j ? posterior->m[active[i]] * q : 0.0);
  return smooth_i_invert_small (block, n_active);
}

/* The active entries, numbered spot by spot. */
typedef struct
{
  gint64 n;
  gint32 *numbers; /* n_types x n_spots; -1 at the bound */
} Numbering;

static gboolean
number_entries (const SmoothPosterior *posterior, Numbering *numbering, GError **error)
{
  gint64 size = posterior->reduced->n_types * posterior->reduced->n_spots;

  numbering->n = 0;
  numbering->numbers = smooth_i_try_alloc (size, sizeof (gint32), "the active set", error);
  if (numbering->numbers == NULL)
    return FALSE;
  for (gint64 e = 0; e < size; e++)
    numbering->numbers[e] = posterior->abundances->values[e] > 0.0 ? (gint32) numbering->n++ : -1;
  return TRUE;
}

/* Appends the entries of column (k, s) of A to @matrix, or only counts them where it is NULL. Returns: how many */
static gint64
add_column (const SmoothPosterior *posterior, const Numbering *numbering, gint64 s, gint k, SmoothSparse *matrix, gint64 to)
{
  const SmoothReduced *reduced = posterior->reduced;
  const SmoothSparse *q = posterior->precision != NULL ? posterior->precision->symmetric : NULL;
  gint n = reduced->n_types;
  gint64 begin = q != NULL ? q->starts[s] : 0, end = q != NULL ? q->starts[s + 1] : 1, first = to;

  for (gint64 e = begin; e < end; e++)
    {
      gint64 t = q != NULL ? q->rows[e] : s;
      for (gint l = t == s ? 0 : k; l <= (t == s ? n - 1 : k); l++)
        {
          gint32 number = numbering->numbers[t * n + l];
          if (number < 0)
            continue;
          if (matrix != NULL)
            {
              matrix->rows[to] = number;
              matrix->values[to] = (t == s ? reduced->h[k * n + l] : 0.0) + (l == k && q != NULL ? posterior->m[k] * q->values[e] : 0.0);
            }
          to++;
        }
    }
  return to - first;
}

/* A over the active set, or its blocks within spots alone. */
static SmoothSparse *
make_matrix (const SmoothPosterior *posterior, const Numbering *numbering, GError **error)
{
  gint n = posterior->reduced->n_types;
  gint64 nnz = 0;

  for (gint64 e = 0; e < n * posterior->reduced->n_spots; e++)
    if (numbering->numbers[e] >= 0)
      nnz += add_column (posterior, numbering, e / n, (gint) (e % n), NULL, 0);
  SmoothSparse *matrix = smooth_sparse_new (numbering->n, numbering->n, nnz, error);
  if (matrix == NULL)
    return NULL;
  gint64 to = 0;
  for (gint64 e = 0; e < n * posterior->reduced->n_spots; e++)
    if (numbering->numbers[e] >= 0)
      {
        to += add_column (posterior, numbering, e / n, (gint) (e % n), matrix, to);
        matrix->starts[numbering->numbers[e] + 1] = to;
      }
  return matrix;
}

/* Hands each spot its block of the inverse, which is block diagonal here. */
static void
hand_out (const SmoothPosterior *posterior, const SmoothSparse *inverse, SmoothSpotFunc func, gpointer data)
{
  gint n = posterior->reduced->n_types;
  g_autofree gint *active = g_new (gint, n);
  g_autofree double *block = g_new (double, n * n);
  gint64 first = 0;

  for (gint64 s = 0; s < posterior->reduced->n_spots; s++)
    {
      gint n_active = smooth_i_posterior_active (posterior, s, active);
      if (n_active > 0 && inverse != NULL)
        memcpy (block, inverse->values + inverse->starts[first], (gsize) (n_active * n_active) * sizeof (double));
      func (s, active, n_active, inverse != NULL ? block : NULL, data);
      first += n_active;
    }
}

/* Of a matrix over the active set, each entry of which lies where its spot does. */
static SmoothSymbolic *
analyse (const SmoothPosterior *posterior, const SmoothSparse *matrix, const Numbering *numbering, SmoothRun *run, GError **error)
{
  gint n = posterior->reduced->n_types;
  g_autofree gint32 *spots = smooth_i_try_new (gint32, numbering->n, "the active set", error);

  if (spots == NULL || posterior->precision == NULL)
    return spots != NULL ? smooth_symbolic_new (matrix, NULL, 0, run, error) : NULL;
  for (gint64 e = 0; e < n * posterior->reduced->n_spots; e++)
    if (numbering->numbers[e] >= 0)
      spots[numbering->numbers[e]] = (gint32) (e / n);
  return smooth_symbolic_cache_make (posterior->precision->symbolic, matrix, spots, run, error);
}

/**
 * smooth_i_posterior_coupled:
 * @most_entries: of the factor
 * @fits: (out): FALSE where it would have more; nothing was handed out then
 * @is_definite: (out): FALSE where A is singular: spots were handed NULL
 *
 * Three times the time of a factor with K-fold dense entries of a planar graph; its memory.
 */
gboolean
smooth_i_posterior_coupled (const SmoothPosterior *posterior, double most_entries, gboolean *fits, gboolean *is_definite,
                            SmoothSpotFunc func, gpointer data, SmoothRun *run, GError **error)
{
  SmoothPosterior alone = *posterior;
  Numbering numbering = { 0 };
  gboolean done = FALSE;

  *fits = *is_definite = TRUE;
  if (posterior->precision != NULL && !smooth_precision_is_explicit (posterior->precision))
    return smooth_i_posterior_coupled_covariance (posterior, most_entries, fits, func, data, run, error);
  alone.precision = NULL; /* the pattern within spots */
  if (!number_entries (posterior, &numbering, error))
    return FALSE;
  g_autoptr (SmoothSparse) matrix = make_matrix (posterior, &numbering, error);
  g_autoptr (SmoothSparse) within = matrix != NULL ? make_matrix (&alone, &numbering, error) : NULL;
  *fits = matrix == NULL || (double) smooth_sparse_get_nnz (matrix) <= most_entries;
  if (within != NULL && *fits && numbering.n > 0)
    {
      g_autoptr (SmoothSymbolic) symbolic = analyse (posterior, matrix, &numbering, run, error);
      *fits = symbolic == NULL || (double) smooth_symbolic_get_nnz (symbolic) <= most_entries;
      done = symbolic != NULL && smooth_run_check (run, error);
      if (done && *fits)
        {
          g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (symbolic);
          done = smooth_cholesky_factor (cholesky, matrix, is_definite, run, error);
          *is_definite = done && *is_definite && smooth_cholesky_get_rcond (cholesky) > 1e-13;
          g_autoptr (SmoothSparse) inverse = *is_definite ? smooth_cholesky_new_selected_inverse (cholesky, within, run, error) : NULL;
          done = done && (!*is_definite || inverse != NULL);
          if (done)
            hand_out (posterior, inverse, func, data);
        }
    }
  else if (within != NULL)
    done = TRUE;
  smooth_i_free (numbering.numbers);
  return done;
}

/* M_k of one type over the spots that have it, from the Schur complements in @own; then own <- the diagonal of its inverse. */
static gboolean
invert_type (const SmoothPosterior *posterior, gint k, double *own, SmoothRun *run, GError **error)
{
  gint64 n_spots = posterior->reduced->n_spots, n = 0, nnz = 0;
  const SmoothSparse *q = posterior->precision->symmetric;
  g_autofree gint32 *numbers = smooth_i_try_new (gint32, n_spots, "the numbers of spots", error);
  g_autofree gint32 *spots = numbers != NULL ? smooth_i_try_new (gint32, n_spots, "the numbers of spots", error) : NULL;

  if (spots == NULL)
    return FALSE;
  for (gint64 s = 0; s < n_spots; s++)
    {
      spots[n] = (gint32) s;
      numbers[s] = isfinite (own[s]) ? (gint32) n++ : -1;
    }
  for (gint64 s = 0; s < n_spots; s++)
    for (gint64 e = q->starts[s]; numbers[s] >= 0 && e < q->starts[s + 1]; e++)
      nnz += numbers[q->rows[e]] >= 0;
  g_autoptr (SmoothSparse) matrix = smooth_sparse_new (n, n, nnz, error);
  if (matrix == NULL || n == 0)
    return matrix != NULL;
  nnz = 0;
  for (gint64 s = 0; s < n_spots; s++)
    {
      for (gint64 e = q->starts[s]; numbers[s] >= 0 && e < q->starts[s + 1]; e++)
        if (numbers[q->rows[e]] >= 0)
          {
            matrix->rows[nnz] = numbers[q->rows[e]];
            matrix->values[nnz++] = posterior->m[k] * q->values[e] + (q->rows[e] == s ? own[s] : 0.0);
          }
      if (numbers[s] >= 0)
        matrix->starts[numbers[s] + 1] = nnz;
    }
  g_autoptr (SmoothSymbolic) symbolic = smooth_symbolic_cache_make (posterior->precision->symbolic, matrix, spots, run, error);
  g_autoptr (SmoothCholesky) cholesky = symbolic != NULL ? smooth_cholesky_new (symbolic) : NULL;
  gboolean is_factored = FALSE;
  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, matrix, &is_factored, run, error))
    return FALSE;
  double *diagonal = is_factored ? smooth_cholesky_dup_inverse_diagonal (cholesky, run, error) : NULL;
  if (is_factored && diagonal == NULL)
    return FALSE;
  for (gint64 s = 0; s < n_spots; s++)
    own[s] = numbers[s] >= 0 && is_factored ? diagonal[numbers[s]] : NAN;
  smooth_i_free (diagonal);
  return TRUE;
}

/* own (n_spots x n_types) <- e_ks, NAN where a type is at its bound or cannot be told apart. */
static void
take_complements (const SmoothPosterior *posterior, SmoothMatrix *own)
{
  gint n = posterior->reduced->n_types;
  g_autofree gint *active = g_new (gint, n);
  g_autofree double *block = g_new (double, n * n);

  for (gint64 s = 0; s < posterior->reduced->n_spots; s++)
    {
      gint n_active = smooth_i_posterior_active (posterior, s, active);
      gboolean good = smooth_i_posterior_local (posterior, s, active, n_active, block);
      for (gint k = 0; k < n; k++)
        smooth_matrix_column (own, k)[s] = NAN;
      for (gint i = 0; good && i < n_active; i++)
        smooth_matrix_column (own, active[i])[s]
            = MAX (1.0 / block[i + i * n_active] - posterior->m[active[i]] * smooth_i_posterior_diagonal (posterior, s), 0.0);
    }
}

/* Returns: whether every spot's block was known */
static gboolean
hand_out_types (const SmoothPosterior *posterior, const SmoothMatrix *own, SmoothSpotFunc func, gpointer data)
{
  gint n = posterior->reduced->n_types;
  gboolean all_known = TRUE;
  g_autofree gint *active = g_new (gint, n);
  g_autofree double *block = g_new (double, n * n), *root = g_new (double, n);

  for (gint64 s = 0; s < posterior->reduced->n_spots; s++)
    {
      gint n_active = smooth_i_posterior_active (posterior, s, active);
      gboolean good = smooth_i_posterior_local (posterior, s, active, n_active, block);
      for (gint i = 0; i < n_active; i++)
        {
          double variance = own != NULL ? smooth_matrix_column (own, active[i])[s] : block[i + i * n_active];
          good = good && isfinite (variance);
          root[i] = good ? sqrt (variance / block[i + i * n_active]) : NAN;
        }
      for (gint i = 0; i < n_active && good; i++)
        for (gint j = 0; j < n_active; j++)
          block[i + j * n_active] *= root[i] * root[j];
      func (s, active, n_active, good ? block : NULL, data);
      all_known = all_known && good;
    }
  return all_known;
}

/**
 * smooth_i_posterior_blocks:
 * @is_definite: (out): FALSE where some spot's types cannot be told apart: it was handed NULL
 *
 * K factors over the spots that have the type and the diagonals of their inverses; K n doubles.
 */
gboolean
smooth_i_posterior_blocks (const SmoothPosterior *posterior, gboolean *is_definite, SmoothSpotFunc func, gpointer data,
                           SmoothRun *run, GError **error)
{
  const SmoothReduced *reduced = posterior->reduced;

  if (posterior->precision == NULL)
    {
      *is_definite = hand_out_types (posterior, NULL, func, data);
      return TRUE;
    }
  g_autoptr (SmoothMatrix) own = smooth_matrix_new (reduced->n_spots, reduced->n_types, error);
  if (own == NULL)
    return FALSE;
  take_complements (posterior, own);
  for (gint k = 0; k < reduced->n_types; k++)
    {
      double *column = smooth_matrix_column (own, k);
      if (!smooth_run_check (run, error)
          || !(smooth_precision_is_explicit (posterior->precision)
                   ? invert_type (posterior, k, column, run, error)
                   : smooth_i_posterior_invert_type_covariance (posterior, k, column, run, error)))
        return FALSE;
      smooth_run_report (run, (double) (k + 1) / reduced->n_types, "standard deviations");
    }
  *is_definite = hand_out_types (posterior, own, func, data);
  return TRUE;
}
