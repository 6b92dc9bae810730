/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of A^-1 on the active set F under a prior whose covariance K = Q^-1 is the sparse one (SMA).
 *
 * Coupled: A_F = H_F + M^1/2 (I x Q)_F M^1/2, H_F block diagonal over spots, M = diag (m). By Woodbury's identity
 *
 *     A_F^-1 = H_F^-1 - H_F^-1 M^1/2 C^-1 M^1/2 H_F^-1,    C = I x K + M^1/2 H_F^-1 M^1/2 (0 outside of F),
 *
 * C over all spots of the types that there are: sparse, positive definite, and needed within spots alone. Where the types of
 * some spot cannot be told apart by its data alone there is no H_F^-1, and one type at a time is what remains.
 *
 * Blocks: M_k = diag (e_k) + m_k Q over the spots of type k has the inverse 1/e - (m/e^2) (K + diag (m/e))^-1 on its diagonal.
 */
#include "linalg/cholesky.h"
#include "model/uncertainty-private.h"

#include <math.h>
#include <string.h>

/* What data say of a type is not taken to be less than this share of what the prior says: 1/e is to stay a number. */
#define LEAST_OWN 1e-8

/* The types that the prior couples: above 0 somewhere, and with a weight. */
typedef struct
{
  gint n;
  gint *types;   /* n */
  gint *numbers; /* n_types: among these, or -1 */
  double *roots; /* n_types: sqrt (m) */
} Coupled;

static void
coupled_init (Coupled *coupled, const SmoothPosterior *posterior)
{
  gint n = posterior->reduced->n_types;

  *coupled = (Coupled){ .types = g_new (gint, n), .numbers = g_new (gint, n), .roots = g_new (double, n) };
  for (gint k = 0; k < n; k++)
    {
      gboolean occurs = FALSE;
      for (gint64 s = 0; s < posterior->reduced->n_spots && !occurs; s++)
        occurs = smooth_matrix_column (posterior->abundances, s)[k] > 0.0;
      coupled->roots[k] = sqrt (posterior->m[k]);
      coupled->numbers[k] = occurs && posterior->m[k] > 0.0 ? coupled->n : -1;
      if (coupled->numbers[k] >= 0)
        coupled->types[coupled->n++] = k;
    }
}

static void
coupled_clear (Coupled *coupled)
{
  g_free (coupled->types);
  g_free (coupled->numbers);
  g_free (coupled->roots);
}

/* block (n_active x n_active) <- the inverse of a spot's own H; FALSE where it is singular. */
static gboolean
invert_data (const SmoothPosterior *posterior, const gint *active, gint n_active, double *block)
{
  const SmoothReduced *reduced = posterior->reduced;

  for (gint i = 0; i < n_active; i++)
    for (gint j = 0; j < n_active; j++)
      block[i + j * n_active] = reduced->h[active[i] * reduced->n_types + active[j]];
  return smooth_i_invert_small (block, n_active);
}

/* C, or within spots alone its pattern (@within). NULL without an error: some spot's data do not tell its types apart. */
static SmoothSparse *
make_matrix (const SmoothPosterior *posterior, const Coupled *coupled, gboolean within, GError **error)
{
  const SmoothSparse *k = posterior->precision->covariance;
  gint n = coupled->n;
  gint64 n_spots = posterior->reduced->n_spots, next = 0;
  gint64 nnz = (within ? 0 : n * smooth_sparse_get_nnz (k)) + (gint64) n * n * n_spots;
  g_autofree gint *active = g_new (gint, posterior->reduced->n_types), *place = g_new (gint, posterior->reduced->n_types);
  g_autofree double *block = g_new (double, posterior->reduced->n_types * posterior->reduced->n_types);
  g_autoptr (SmoothSparse) c = smooth_sparse_new (n * n_spots, n * n_spots, nnz, error);

  for (gint64 s = 0; c != NULL && s < n_spots; s++)
    {
      gint n_active = smooth_i_posterior_active (posterior, s, active);
      if (!invert_data (posterior, active, n_active, block))
        return NULL;
      for (gint l = 0; l < posterior->reduced->n_types; l++)
        place[l] = -1;
      for (gint i = 0; i < n_active; i++)
        place[active[i]] = i;
      for (gint a = 0; a < n; a++)
        {
          gint type = coupled->types[a];
          for (gint64 e = k->starts[s]; e < k->starts[s + 1]; e++)
            for (gint b = k->rows[e] == s ? 0 : a; b < n && (k->rows[e] == s || b == a); b++)
              {
                gint other = coupled->types[b];
                gboolean both = k->rows[e] == s && place[type] >= 0 && place[other] >= 0;
                if (!(both || b == a) || (within && k->rows[e] != s))
                  continue;
                c->rows[next] = (gint32) (k->rows[e] * n + b);
                c->values[next++] = (b == a ? k->values[e] : 0.0)
                                    + (both ? coupled->roots[type] * coupled->roots[other] * block[place[type] + place[other] * n_active] : 0.0);
              }
          c->starts[s * n + a + 1] = next;
        }
    }
  return g_steal_pointer (&c);
}

/* Covariances of every spot from C^-1 within spots. */
static void
hand_out (const SmoothPosterior *posterior, const Coupled *coupled, const SmoothSparse *inverse, SmoothSpotFunc func, gpointer data)
{
  gint n_types = posterior->reduced->n_types, n = coupled->n;
  g_autofree gint *active = g_new (gint, n_types);
  g_autofree double *block = g_new (double, n_types * n_types), *half = g_new (double, n_types * n_types);
  g_autofree double *covariance = g_new (double, n_types * n_types);
  g_autofree gint *rank = g_new (gint, n_types); /* among the active and coupled types: where the entry is in its column */

  for (gint64 s = 0; s < posterior->reduced->n_spots; s++)
    {
      gint n_active = smooth_i_posterior_active (posterior, s, active);
      gint n_coupled = 0;
      for (gint i = 0; i < n_active; i++)
        rank[i] = coupled->numbers[active[i]] >= 0 ? n_coupled++ : -1;
      invert_data (posterior, active, n_active, block);
      /* half <- M^1/2 C^-1 M^1/2 H^-1 */
      for (gint i = 0; i < n_active; i++)
        for (gint j = 0; j < n_active; j++)
          {
            gint a = coupled->numbers[active[i]];
            double sum = 0.0;
            for (gint l = 0; l < n_active && a >= 0; l++)
              if (rank[l] >= 0)
                sum += coupled->roots[active[i]] * coupled->roots[active[l]] * inverse->values[inverse->starts[s * n + a] + rank[l]]
                       * block[l + j * n_active];
            half[i + j * n_active] = sum;
          }
      for (gint i = 0; i < n_active; i++)
        for (gint j = 0; j < n_active; j++)
          {
            double sum = block[i + j * n_active];
            for (gint l = 0; l < n_active; l++)
              sum -= block[i + l * n_active] * half[l + j * n_active];
            covariance[i + j * n_active] = sum;
          }
      func (s, active, n_active, covariance, data);
    }
}

/* Of C, each row of which lies where its spot does. */
static SmoothSymbolic *
analyse (const SmoothPosterior *posterior, const Coupled *coupled, const SmoothSparse *c, SmoothRun *run, GError **error)
{
  g_autofree gint32 *spots = smooth_i_try_new (gint32, c->n_cols, "the numbers of spots", error);

  for (gint64 i = 0; spots != NULL && i < c->n_cols; i++)
    spots[i] = (gint32) (i / coupled->n);
  return spots != NULL ? smooth_symbolic_cache_make (posterior->precision->symbolic, c, spots, run, error) : NULL;
}

/**
 * smooth_i_posterior_coupled_covariance:
 * @fits: (out): FALSE where the factor would have more than @most_entries, or there is no H_F^-1; nothing was handed out then
 *
 * Time of a factor with K-fold dense entries of two steps of the graph, three times; the factor's memory.
 */
gboolean
smooth_i_posterior_coupled_covariance (const SmoothPosterior *posterior, double most_entries, gboolean *fits, SmoothSpotFunc func,
                                       gpointer data, SmoothRun *run, GError **error)
{
  Coupled coupled;
  GError *failure = NULL;
  gboolean is_definite = TRUE;

  coupled_init (&coupled, posterior);
  g_autoptr (SmoothSparse) c = make_matrix (posterior, &coupled, FALSE, &failure);
  *fits = c != NULL && (double) smooth_sparse_get_nnz (c) <= most_entries;
  g_autoptr (SmoothSymbolic) symbolic = *fits ? analyse (posterior, &coupled, c, run, &failure) : NULL;
  *fits = *fits && symbolic != NULL && (double) smooth_symbolic_get_nnz (symbolic) <= most_entries;
  gboolean done = failure == NULL && smooth_run_check (run, &failure);
  if (done && *fits)
    {
      g_autoptr (SmoothSparse) inverse = NULL;
      g_autoptr (SmoothSparse) within = make_matrix (posterior, &coupled, TRUE, &failure);
      g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (symbolic);
      done = within != NULL && smooth_cholesky_factor (cholesky, c, &is_definite, run, &failure);
      *fits = is_definite;
      inverse = done && is_definite ? smooth_cholesky_new_selected_inverse (cholesky, within, run, &failure) : NULL;
      done = done && (inverse != NULL || !is_definite);
      if (inverse != NULL)
        hand_out (posterior, &coupled, inverse, func, data);
    }
  coupled_clear (&coupled);
  if (failure != NULL)
    g_propagate_error (error, failure);
  return done;
}

/**
 * smooth_i_posterior_invert_type_covariance:
 * @own: n_spots: e_k, NAN where the type is at its bound; then the diagonal of M_k^-1
 */
gboolean
smooth_i_posterior_invert_type_covariance (const SmoothPosterior *posterior, gint k, double *own, SmoothRun *run, GError **error)
{
  const SmoothSparse *covariance = posterior->precision->covariance;
  double m = posterior->m[k];
  gboolean is_definite = FALSE;
  g_autoptr (SmoothSparse) c = smooth_sparse_new (covariance->n_rows, covariance->n_cols, smooth_sparse_get_nnz (covariance), error);

  if (c == NULL)
    return FALSE;
  memcpy (c->starts, covariance->starts, (gsize) (c->n_cols + 1) * sizeof (gint64));
  memcpy (c->rows, covariance->rows, (gsize) smooth_sparse_get_nnz (c) * sizeof (gint32));
  for (gint64 s = 0; s < c->n_cols; s++)
    {
      if (isfinite (own[s]))
        own[s] = 1.0 / MAX (own[s], MAX (LEAST_OWN * m * posterior->precision->diagonal[s], G_MINDOUBLE));
      for (gint64 e = c->starts[s]; e < c->starts[s + 1]; e++)
        c->values[e] = covariance->values[e] + (c->rows[e] == s && isfinite (own[s]) ? m * own[s] : 0.0);
    }
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new_for (posterior->precision->symbolic, c, NULL, run, error);
  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, c, &is_definite, run, error))
    return FALSE;
  double *diagonal = is_definite ? smooth_cholesky_dup_inverse_diagonal (cholesky, run, error) : NULL;
  if (is_definite && diagonal == NULL)
    return FALSE;
  for (gint64 s = 0; s < c->n_cols; s++)
    own[s] = is_definite ? own[s] - m * own[s] * own[s] * diagonal[s] : NAN;
  smooth_i_free (diagonal);
  return TRUE;
}
