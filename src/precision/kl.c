/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Kullback-Leibler prior: neighbours should have alike compositions p = softmax over groups.
 *
 *     weighted by a graph  sum_ij w_ij KL (p_i || p_j) / #(w_ij != 0);   without one  sum_ij KL (p_i || p_j) / n^2
 *
 * with 1e-20 added to every p, as the reference does. Over all pairs the sum falls apart into sums over spots, O(n K) instead
 * of O(n^2 K). Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "precision/loss.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define FLOOR 1e-20

typedef struct
{
  gint64 n_groups, n;
  SmoothMatrix *q;       /* p + FLOOR */
  SmoothMatrix *log_q;
  SmoothMatrix *slope;   /* dLoss / dq */
} Kl;

static void
take_softmax (Kl *kl, const SmoothMatrix *values)
{
  for (gint64 i = 0; i < kl->n; i++)
    {
      const double *b = smooth_matrix_column (values, i);
      double *q = smooth_matrix_column (kl->q, i), *l = smooth_matrix_column (kl->log_q, i), largest = -INFINITY, sum = 0.0;
      for (gint64 k = 0; k < kl->n_groups; k++)
        largest = MAX (largest, b[k]);
      for (gint64 k = 0; k < kl->n_groups; k++)
        sum += q[k] = exp (b[k] - largest);
      for (gint64 k = 0; k < kl->n_groups; k++)
        {
          q[k] = q[k] / sum + FLOOR;
          l[k] = log (q[k]);
        }
    }
}

static double
over_edges (Kl *kl, const SmoothSparse *weights)
{
  double loss = 0.0, count = 0.0;

  for (gint64 i = 0; i < kl->n; i++) /* column i holds w_ij of row i */
    for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
      {
        gint64 j = weights->rows[e];
        double w = weights->values[e], divergence = 0.0;
        const double *q_i = smooth_matrix_column (kl->q, i), *q_j = smooth_matrix_column (kl->q, j);
        const double *l_i = smooth_matrix_column (kl->log_q, i), *l_j = smooth_matrix_column (kl->log_q, j);
        double *s_i = smooth_matrix_column (kl->slope, i), *s_j = smooth_matrix_column (kl->slope, j);
        if (w == 0.0)
          continue;
        count++;
        for (gint64 k = 0; k < kl->n_groups; k++)
          {
            divergence += q_i[k] * (l_i[k] - l_j[k]);
            s_i[k] += w * (l_i[k] - l_j[k] + 1.0);
            s_j[k] -= w * q_i[k] / q_j[k];
          }
        loss += w * divergence;
      }
  if (count == 0.0)
    return 0.0;
  for (gint64 e = 0; e < kl->n * kl->n_groups; e++)
    kl->slope->values[e] /= count;
  return loss / count;
}

static double
over_all_pairs (Kl *kl)
{
  double n = (double) kl->n, loss = 0.0;

  for (gint64 k = 0; k < kl->n_groups; k++)
    {
      double sum_q = 0.0, sum_l = 0.0, sum_ql = 0.0;
      for (gint64 i = 0; i < kl->n; i++)
        {
          double q = kl->q->values[k + i * kl->n_groups], l = kl->log_q->values[k + i * kl->n_groups];
          sum_q += q;
          sum_l += l;
          sum_ql += q * l;
        }
      loss += n * sum_ql - sum_q * sum_l;
      for (gint64 i = 0; i < kl->n; i++)
        {
          double q = kl->q->values[k + i * kl->n_groups], l = kl->log_q->values[k + i * kl->n_groups];
          kl->slope->values[k + i * kl->n_groups] = (n * (l + 1.0) - sum_l - sum_q / q) / (n * n);
        }
    }
  return kl->n > 0 ? loss / (n * n) : 0.0;
}

/* From the derivative by q to that by the values: through the softmax. */
static void
pass_softmax (const Kl *kl, SmoothMatrix *gradient)
{
  for (gint64 i = 0; i < kl->n; i++)
    {
      const double *q = smooth_matrix_column (kl->q, i), *s = smooth_matrix_column (kl->slope, i);
      double *g = smooth_matrix_column (gradient, i), mean = 0.0;
      for (gint64 k = 0; k < kl->n_groups; k++)
        mean += (q[k] - FLOOR) * s[k];
      for (gint64 k = 0; k < kl->n_groups; k++)
        g[k] = (q[k] - FLOOR) * (s[k] - mean);
    }
}

/**
 * smooth_kl_loss:
 * @graph: (nullable): of the spots; its weights count with their signs; %NULL: all pairs of spots count alike
 * @values: K x n_spots, any numbers
 * @loss: (out) (nullable)
 * @gradient: (nullable): K x n_spots: by @values
 *
 * Not convex. O(K nnz (W)), or O(K n) without a graph; 3 K n_spots doubles.
 */
gboolean
smooth_kl_loss (const SmoothGraph *graph, const SmoothMatrix *values, double *loss, SmoothMatrix *gradient, GError **error)
{
  g_return_val_if_fail (graph == NULL || graph->n_spots == values->n_cols, FALSE);

  if (!smooth_i_matrix_check (values, N_("group"), N_("spot"), error))
    return FALSE;
  g_autoptr (SmoothMatrix) q = smooth_matrix_new (values->n_rows, values->n_cols, error);
  g_autoptr (SmoothMatrix) log_q = q != NULL ? smooth_matrix_new (values->n_rows, values->n_cols, error) : NULL;
  g_autoptr (SmoothMatrix) slope = log_q != NULL ? smooth_matrix_new (values->n_rows, values->n_cols, error) : NULL;
  Kl kl = { values->n_rows, values->n_cols, q, log_q, slope };
  double found;

  if (slope == NULL)
    return FALSE;
  take_softmax (&kl, values);
  found = graph != NULL ? over_edges (&kl, graph->weights) : over_all_pairs (&kl);
  if (loss != NULL)
    *loss = found;
  if (gradient != NULL)
    pass_softmax (&kl, gradient);
  return TRUE;
}
