/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much the prior counts for each type: more where abundances vary more over the section.
 *
 *     c_k = sd over spots of row k of argmin |X B - Y|, over the largest of them
 *
 * Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "precision/loss.h"

#include "base/error.h"
#include "linalg/blas.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define NEGLIGIBLE 1e-13 /* singular values below this share of the largest one count as 0 */

/* P = pseudo-inverse of X, K x G column-major; X is destroyed. Returns the rank, -1 with @error. */
static gint
invert (SmoothMatrix *x, SmoothMatrix *p, GError **error)
{
  int n_genes = (int) x->n_rows, n_types = (int) x->n_cols, n_small = MIN (n_genes, n_types), info = 0, lwork = -1, rank = 0;
  g_autoptr (SmoothMatrix) u = smooth_matrix_new (n_genes, n_small, error);
  g_autoptr (SmoothMatrix) vt = u != NULL ? smooth_matrix_new (n_small, n_types, error) : NULL;
  g_autofree double *s = g_new (double, n_small);
  g_autofree int *integers = g_new (int, 8 * n_small);
  double wanted = 1.0;

  if (vt == NULL)
    return -1;
  dgesdd_ ("S", &n_genes, &n_types, x->values, &n_genes, s, u->values, &n_genes, vt->values, &n_small, &wanted, &lwork, integers, &info, 1);
  lwork = (int) wanted;
  g_autofree double *work = smooth_i_try_new (double, lwork, "the singular values of the signature", error);
  if (work == NULL)
    return -1;
  dgesdd_ ("S", &n_genes, &n_types, x->values, &n_genes, s, u->values, &n_genes, vt->values, &n_small, work, &lwork, integers, &info, 1);
  if (info != 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                        "the singular values of the signature cannot be found (LAPACK dgesdd: %d)", info);
      return -1;
    }
  while (rank < n_small && s[rank] > NEGLIGIBLE * s[0])
    rank++;
  for (gint64 g = 0; g < n_genes; g++)
    for (gint r = 0; r < rank; r++)
      for (gint64 k = 0; k < n_types; k++)
        p->values[k + g * n_types] += vt->values[r + k * n_small] * u->values[g + r * (gint64) n_genes] / s[r];
  return rank;
}

/* sd (out): n_types: the unbiased standard deviation over spots of the rows of P Y, by updates of mean and square. */
static void
measure (const SmoothMatrix *p, const SmoothSparse *y, double *sd)
{
  gint64 n_types = p->n_rows, n = y->n_cols;
  g_autofree double *b = g_new (double, MAX (n_types, 1));
  g_autofree double *mean = g_new0 (double, MAX (n_types, 1));

  for (gint64 k = 0; k < n_types; k++)
    sd[k] = 0.0;
  for (gint64 i = 0; i < n; i++)
    {
      for (gint64 k = 0; k < n_types; k++)
        b[k] = 0.0;
      for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
        for (gint64 k = 0; k < n_types; k++)
          b[k] += smooth_matrix_column (p, y->rows[e])[k] * y->values[e];
      for (gint64 k = 0; k < n_types; k++)
        {
          double change = b[k] - mean[k];
          mean[k] += change / (double) (i + 1);
          sd[k] += change * (b[k] - mean[k]);
        }
    }
  for (gint64 k = 0; k < n_types; k++)
    sd[k] = n > 1 ? sqrt (MAX (sd[k], 0.0) / (double) (n - 1)) : 0.0;
}

/**
 * smooth_confidences_new:
 * @signature: X, G x K
 * @expression: Y, G x n_spots
 * @report: (nullable): told where types are collinear or nothing varies
 *
 * Collinear types get the solution of least norm. O(G K^2 + K nnz (Y)); G K doubles.
 *
 * Returns: (transfer full): K: at most 1; all 1 where nothing varies. An error names what does not match or is no number
 */
double *
smooth_confidences_new (const SmoothMatrix *signature, const SmoothSparse *expression, SmoothReport *report, GError **error)
{
  gint64 n_types = signature->n_cols;
  double largest = 0.0;

  if (signature->n_rows != expression->n_rows)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "the signature has %" PRId64 " genes, the expression has %" PRId64,
                        signature->n_rows, expression->n_rows);
      return NULL;
    }
  if (signature->n_rows < 1 || n_types < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "confidences need at least one gene and one type");
      return NULL;
    }
  if (!smooth_i_matrix_check (signature, N_("the signature: gene"), N_("type"), error) || !smooth_sparse_check (expression, error))
    return NULL;
  g_autoptr (SmoothMatrix) x = smooth_matrix_new_from_values (signature->n_rows, n_types, signature->values, error);
  g_autoptr (SmoothMatrix) inverse = x != NULL ? smooth_matrix_new (n_types, signature->n_rows, error) : NULL;
  gint rank = inverse != NULL ? invert (x, inverse, error) : -1;
  if (rank < 0)
    return NULL;
  if (report != NULL && rank < n_types)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "the signatures of %" PRId64
                       " types have rank %d: confidences are those of the solution of least norm",
                       n_types, rank);

  double *confidences = g_new (double, n_types);
  measure (inverse, expression, confidences);
  for (gint64 k = 0; k < n_types; k++)
    largest = MAX (largest, confidences[k]);
  if (report != NULL && !(largest > 0.0))
    smooth_report_add (report, SMOOTH_REPORT_WARNING, "no type varies over the spots: all confidences are 1");
  for (gint64 k = 0; k < n_types; k++)
    confidences[k] = largest > 0.0 ? confidences[k] / largest : 1.0;
  return confidences;
}
