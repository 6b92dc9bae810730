/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda and rho by the evidence: how likely the data are when abundances are drawn from the prior.
 *
 * Model, without bounds: Yt = Xt B + noise of variance s^2, row k of B ~ N (mu_k 1, (tau' c_k Q)^-1) with mu_k free (flat),
 * tau' = G lambda / (K s^2), so that the posterior mode is the minimum of the linear objective with each row centred on
 * its own mean. With C^-1/2 H C^-1/2 = V diag (a) V', Z = V' C^-1/2 R and tau = lambda / K the posterior falls into K
 * problems over spots,
 *
 *     M_k = a_k I + tau Q~,   Q~ = Q - q q'/s,   q = Q 1,  s = 1'q       (rank-one: Sherman-Morrison, determinant lemma),
 *     - 2 log p = N log s^2 + sum_k [ log |M_k| - (n - 1) log tau - log |Q| + log s ] + const,
 *     s^2 = (G/N) (sum |Yt|^2/G - sum_k z_k' M_k^-1 z_k),      N = (G - 1 where there is a bias) n - K.
 *
 * Where Q is singular its null vectors, one constant per connected component, take the place of 1: M_k = a_k I + tau Q,
 * and |Q| - which for rho -> 1 and one component is s times that - is the determinant without one row of each component.
 * Where not Q but its inverse K is sparse (SMA): M_k^-1 = (a_k K + tau I)^-1 K and log |M_k| - log |Q| = log |a_k K + tau I|.
 *
 * Harville, JASA 72 (1977) 320 for the free means. The score is - log p / n up to a constant, with s^2 at its maximum.
 */
#include "base/error.h"
#include "linalg/cholesky.h"
#include "linalg/eigen.h"
#include "model/choose-private.h"
#include "model/deconvolution-private.h"
#include "model/strength.h"

#include <math.h>
#include <string.h>

#define NO_SIGNAL 1e-12 /* directions of types below this share of the largest eigenvalue say nothing: prior and posterior are the same */
#define NULL_VECTOR 1e-10

typedef struct
{
  SmoothChoosing *choosing;
  gint64 n_spots;
  gint n_types;
  double *a;        /* n_types: eigenvalues, falling */
  gint n_used;      /* of them with signal */
  SmoothMatrix *z;  /* n_spots x n_used */
  gint64 n_done;
} Evidence;

/* One prior: its factor's analysis, its determinant and its constant vector. */
typedef struct
{
  const SmoothPrecision *precision;
  const SmoothSparse *q;     /* or its inverse K, where that is what there is */
  gboolean is_inverse;
  SmoothSparse *shifted;     /* a I + tau Q, or a K + tau I, of the same pattern */
  SmoothCholesky *cholesky;
  double *row_sums;          /* n: Q 1 */
  double sum;                /* 1'Q 1 */
  double log_determinant;    /* of Q; of a singular one without a row of each component */
  gint64 n_null;             /* null vectors of Q; 0: the free mean of a type is 1 */
} Prior;

static void
prior_clear (Prior *prior)
{
  smooth_sparse_unref (prior->shifted);
  smooth_cholesky_free (prior->cholesky);
  g_free (prior->row_sums);
}

/* C^-1/2 H C^-1/2 and Z. */
static gboolean
diagonalise (Evidence *evidence, GError **error)
{
  const SmoothReduced *reduced = evidence->choosing->reduced;
  const double *confidences = evidence->choosing->inputs->confidences;
  gint n = evidence->n_types;
  g_autoptr (SmoothMatrix) h = smooth_matrix_new (n, n, error);
  g_autoptr (SmoothMatrix) v = smooth_matrix_new (n, n, error);
  g_autofree double *root = g_new (double, n);

  if (h == NULL || v == NULL)
    return FALSE;
  for (gint k = 0; k < n; k++)
    {
      root[k] = sqrt (confidences != NULL ? confidences[k] : 1.0);
      if (root[k] > 0.0)
        continue;
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "the evidence: expected a confidence above 0 for every type, found 0 for '%s'; thinning takes it",
                        evidence->choosing->choice->type_names[k]);
      return FALSE;
    }
  for (gint k = 0; k < n; k++)
    for (gint l = 0; l < n; l++)
      h->values[k * n + l] = reduced->h[k * n + l] / (root[k] * root[l]);
  if (!smooth_i_eigen_top (h, n, evidence->a, v, NULL, evidence->choosing->run, error))
    return FALSE;
  while (evidence->n_used < n && evidence->a[evidence->n_used] > NO_SIGNAL * evidence->a[0])
    evidence->n_used++;
  evidence->z = smooth_matrix_new (evidence->n_spots, MAX (evidence->n_used, 1), error);
  for (gint j = 0; evidence->z != NULL && j < evidence->n_used; j++)
    for (gint64 s = 0; s < evidence->n_spots; s++)
      {
        double sum = 0.0;
        for (gint k = 0; k < n; k++)
          sum += smooth_matrix_column (v, j)[k] * reduced->r[s * n + k] / root[k];
        smooth_matrix_column (evidence->z, j)[s] = sum;
      }
  return evidence->z != NULL;
}

/* shifted <- a I + tau Q, or a K + tau I */
static void
shift (Prior *prior, double a, double tau)
{
  double factor = prior->is_inverse ? a : tau, diagonal = prior->is_inverse ? tau : a;

  for (gint64 i = 0; i < prior->q->n_cols; i++)
    for (gint64 e = prior->q->starts[i]; e < prior->q->starts[i + 1]; e++)
      prior->shifted->values[e] = factor * prior->q->values[e] + (prior->q->rows[e] == i ? diagonal : 0.0);
}

/* Takes the first spot of each connected component out of shifted: its row becomes that of the identity. */
static gint64
pin_components (Prior *prior)
{
  const SmoothSparse *q = prior->q;
  g_autofree gboolean *seen = g_new0 (gboolean, q->n_cols);
  g_autofree gboolean *pinned = g_new0 (gboolean, q->n_cols);
  g_autofree gint64 *stack = g_new (gint64, q->n_cols + 1);
  gint64 n_components = 0;

  for (gint64 root = 0; root < q->n_cols; root++)
    {
      gint64 n_stack = 0;
      if (seen[root])
        continue;
      pinned[root] = seen[root] = TRUE;
      for (stack[n_stack++] = root; n_stack > 0;)
        {
          gint64 i = stack[--n_stack];
          for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
            if (q->values[e] != 0.0 && !seen[q->rows[e]])
              {
                seen[q->rows[e]] = TRUE;
                stack[n_stack++] = q->rows[e];
              }
        }
      n_components++;
    }
  for (gint64 i = 0; i < q->n_cols; i++)
    for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
      if (pinned[i] || pinned[q->rows[e]])
        prior->shifted->values[e] = q->rows[e] == i;
  return n_components;
}

/* row_sums and sum. */
static gboolean
sum_rows (Prior *prior, GError **error)
{
  gint64 n = prior->q->n_cols;
  g_autoptr (SmoothMatrix) ones = smooth_matrix_new (1, n, error);
  g_autoptr (SmoothMatrix) sums = ones != NULL ? smooth_matrix_new (1, n, error) : NULL;

  if (sums == NULL)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    ones->values[i] = 1.0;
  if (!smooth_precision_apply (prior->precision, ones, sums, NULL, error))
    return FALSE;
  prior->row_sums = g_memdup2 (sums->values, (gsize) n * sizeof (double));
  for (gint64 i = 0; i < n; i++)
    prior->sum += prior->row_sums[i];
  return TRUE;
}

/* Sets @usable to FALSE where Q is singular in a way that is not known here. */
static gboolean
prior_init (Prior *prior, const SmoothPrecision *precision, gboolean *usable, SmoothRun *run, GError **error)
{
  double largest = 0.0, most = 0.0;

  prior->precision = precision;
  prior->is_inverse = !smooth_precision_is_explicit (precision);
  prior->q = prior->is_inverse ? precision->covariance : precision->symmetric;
  prior->shifted = smooth_sparse_new (prior->q->n_rows, prior->q->n_cols, smooth_sparse_get_nnz (prior->q), error);
  if (prior->shifted == NULL)
    return FALSE;
  memcpy (prior->shifted->starts, prior->q->starts, (gsize) (prior->q->n_cols + 1) * sizeof (gint64));
  memcpy (prior->shifted->rows, prior->q->rows, (gsize) smooth_sparse_get_nnz (prior->q) * sizeof (gint32));
  prior->cholesky = smooth_cholesky_new_for (precision->symbolic, prior->q, NULL, run, error);
  if (prior->cholesky == NULL || !sum_rows (prior, error))
    return FALSE;
  for (gint64 i = 0; i < prior->q->n_cols; i++)
    {
      for (gint64 e = prior->q->starts[i]; e < prior->q->starts[i + 1]; e++)
        largest = MAX (largest, fabs (prior->q->values[e]));
      most = MAX (most, fabs (prior->row_sums[i]));
    }
  shift (prior, prior->is_inverse ? 1.0 : 0.0, prior->is_inverse ? 0.0 : 1.0);
  if (most <= NULL_VECTOR * largest && !prior->is_inverse)
    prior->n_null = pin_components (prior);
  if (!smooth_cholesky_factor (prior->cholesky, prior->shifted, usable, run, error))
    return FALSE;
  if (*usable && !prior->is_inverse)
    prior->log_determinant += smooth_cholesky_get_log_determinant (prior->cholesky);
  *usable = *usable && (prior->n_null > 0 || prior->sum > 0.0);
  return TRUE;
}

/* One k: adds log |M_k| less the prior's part to *logs, and z'M^-1 z to *explained. FALSE with or without an error. */
static gboolean
add_direction (const Evidence *evidence, Prior *prior, gint k, double tau, double *logs, double *explained, GError **error)
{
  gint64 n = evidence->n_spots;
  const double *z = smooth_matrix_column (evidence->z, k);
  g_autoptr (SmoothMatrix) x = smooth_matrix_new (n, 2, error);
  gboolean is_definite = FALSE;
  double zz = 0.0, zq = 0.0, ones = 0.0;

  if (x == NULL)
    return FALSE;
  shift (prior, evidence->a[k], tau);
  if (!smooth_cholesky_factor (prior->cholesky, prior->shifted, &is_definite, evidence->choosing->run, error) || !is_definite)
    return FALSE;
  if (prior->is_inverse)
    smooth_sparse_multiply (prior->q, z, x->values);
  else
    memcpy (x->values, z, (gsize) n * sizeof (double));
  for (gint64 i = 0; i < n; i++)
    x->values[n + i] = prior->is_inverse ? 1.0 : prior->row_sums[i];
  if (!smooth_cholesky_solve (prior->cholesky, x, evidence->choosing->run, error))
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      zz += z[i] * x->values[i];
      zq += z[i] * x->values[n + i];
      ones += x->values[n + i];
    }
  *logs += smooth_cholesky_get_log_determinant (prior->cholesky) - prior->log_determinant;
  *explained += zz;
  if (prior->n_null > 0)
    {
      *logs -= (double) (n - prior->n_null) * log (tau);
      return TRUE;
    }
  /* 1 - (tau/s) q'M^-1 q without cancellation: tau M^-1 q = 1 - a M^-1 1, so it is (a/s) 1'M^-1 q. */
  double rest = evidence->a[k] * ones / prior->sum;
  *logs += log (rest) - (double) (n - 1) * log (tau) + log (prior->sum);
  *explained += tau / prior->sum * zq * zq / rest;
  return isfinite (*logs);
}

/* Returns: - log p / n up to a constant; NAN where the numbers fail */
static double
score (const Evidence *evidence, Prior *prior, double lambda, GError **error)
{
  const SmoothReduced *reduced = evidence->choosing->reduced;
  double n = (double) evidence->n_spots, tau = lambda / evidence->n_types, logs = 0.0, explained = 0.0;
  double n_free = (double) MAX (prior->n_null, 1) * evidence->n_used;
  double n_values = ((double) reduced->n_genes - (reduced->bias ? 1.0 : 0.0)) * n - n_free;

  for (gint k = 0; k < evidence->n_used; k++)
    {
      if (!smooth_run_check (evidence->choosing->run, error))
        return NAN;
      if (!add_direction (evidence, prior, k, tau, &logs, &explained, error))
        return NAN;
    }
  double variance = (reduced->total - explained) * (double) reduced->n_genes / n_values;
  return variance > 0.0 && n_values > 0.0 ? 0.5 * (n_values * log (variance) + logs) / n : NAN;
}

static gboolean
score_rho (Evidence *evidence, gint64 r, GError **error)
{
  SmoothChoosing *choosing = evidence->choosing;
  SmoothChoice *choice = choosing->choice;
  Prior prior = { 0 };
  gboolean usable = FALSE;
  /* Of the linear model, whatever the one that is asked for: one strength means much the same in all of them. */
  double unit = smooth_strength_get_unit (choosing->reduced, NULL, choosing->precisions[r], choosing->inputs->confidences);

  gboolean good = prior_init (&prior, choosing->precisions[r], &usable, choosing->run, error);
  if (good && !usable)
    smooth_report_add (choice->report, SMOOTH_REPORT_WARNING, "rho %g was left out: the prior is singular there", choosing->rhos[r]);
  for (gint64 i = 0; good && usable && i < choosing->n_strengths; i++)
    {
      GError *failure = NULL;
      gint64 p = smooth_i_choosing_point (choosing, r, i);
      choice->points[p].score = score (evidence, &prior, choice->points[p].strength * unit, &failure);
      smooth_run_report (choosing->run, (double) ++evidence->n_done / (double) (choice->n_points - 1), "computing the evidence");
      if (failure == NULL)
        continue;
      g_propagate_error (error, failure);
      good = FALSE;
    }
  prior_clear (&prior);
  return good;
}

/* The point of least score, and differences to it. */
static gboolean
find_best (SmoothChoosing *choosing, GError **error)
{
  SmoothChoice *choice = choosing->choice;

  choice->best = 0;
  for (gint64 p = 1; p < choice->n_points; p++)
    if (isfinite (choice->points[p].score) && (choice->best == 0 || choice->points[p].score < choice->points[choice->best].score))
      choice->best = p;
  if (choice->best == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_NUMERIC, "the evidence cannot be computed at any lambda and rho of the grid");
      return FALSE;
    }
  choice->chosen = choice->best;
  for (gint64 p = 0; p < choice->n_points; p++)
    choice->points[p].difference = choice->points[p].score - choice->points[choice->best].score;
  smooth_report_add (choice->report, SMOOTH_REPORT_NOTE,
                     "the evidence knows no bounds and has no value at lambda = 0; whether smoothing helps each type is not told");
  return TRUE;
}

/**
 * smooth_i_choose_by_evidence:
 *
 * K factorisations of an n x n matrix of Q's pattern for each point, two solves each; K n doubles of workspace.
 */
gboolean
smooth_i_choose_by_evidence (SmoothChoosing *choosing, GError **error)
{
  Evidence evidence = { .choosing = choosing, .n_spots = choosing->prepared->n_spots, .n_types = (gint) choosing->prepared->n_types };

  evidence.a = g_new0 (double, evidence.n_types);
  gboolean good = diagonalise (&evidence, error);
  for (gint64 r = 0; good && r < choosing->n_rhos; r++)
    if (choosing->precisions[r]->is_semidefinite)
      good = score_rho (&evidence, r, error);
  smooth_matrix_unref (evidence.z);
  g_free (evidence.a);
  return good && find_best (choosing, error);
}
