/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reduces spots x genes to spots x types: all that least squares needs to know of the data.
 *
 *     Xt = X - 1 xbar',  H = Xt'Xt / G,  R = Xt'Y / G,  total = sum_i |Y_i - mean (Y_i)|^2 / G
 *
 * and without bias the same with xbar = mean = 0. Centring eliminates the free constant of each spot exactly: at the
 * optimum it is mean (Y_i) - xbar'b_i. The objective is then (2 F + total) / n with F = sum_i b_i'H b_i / 2 - r_i'b_i.
 */
#include "base/error.h"
#include "base/isa.h"
#include "base/parallel.h"
#include "model/deconvolution-private.h"
#include "model/spectrum-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define BLOCK 64 /* spots */
#define MOST_TYPES 5000 /* the cube of them is time, the square memory that is not asked for with care */
#define SMALL_PRODUCT (1 << 21) /* multiplications that are not worth a second thread */
#define NO_SIGNAL 1e-13 /* a signature whose variance is this share of its mean square is constant but for rounding */

static gboolean
check_inputs (const SmoothMatrix *signature, const SmoothSparse *expression, GError **error)
{
  if (signature->n_rows != expression->n_rows)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "the signature has %" PRId64 " genes, the expression has %" PRId64,
                        signature->n_rows, expression->n_rows);
      return FALSE;
    }
  if (signature->n_rows < 1 || signature->n_cols < 1 || expression->n_cols < 1)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "deconvolution needs at least one gene, one cell type and one spot, found %" PRId64
                        " genes, %" PRId64 " types, %" PRId64 " spots",
                        signature->n_rows, signature->n_cols, expression->n_cols);
      return FALSE;
    }
  if (signature->n_cols > MOST_TYPES)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "the signature has %" PRId64 " types, expected at most %d: are genes and types the wrong way round?",
                        signature->n_cols, MOST_TYPES);
      return FALSE;
    }
  return smooth_i_matrix_check (signature, N_("the signature: gene"), N_("type"), error);
}

/* table: n_genes x stride, row-major: the signatures, centred. */
static void
centre_signature (SmoothReduced *reduced, const SmoothMatrix *signature, gint stride, double *table)
{
  for (gint k = 0; k < reduced->n_types; k++)
    {
      const double *x = smooth_matrix_column (signature, k);
      double sum = 0;

      for (gint64 g = 0; g < reduced->n_genes; g++)
        sum += x[g];
      reduced->centre[k] = reduced->bias ? sum / (double) reduced->n_genes : 0;
      for (gint64 g = 0; g < reduced->n_genes; g++)
        table[g * stride + k] = x[g] - reduced->centre[k];
    }
}

/* H; a type without signal gets exact zeros. */
static void
multiply_signature (SmoothReduced *reduced, const double *table, gint stride)
{
  gint n = reduced->n_types;

  for (gint64 g = 0; g < reduced->n_genes; g++)
    for (gint k = 0; k < n; k++)
      for (gint l = 0; l <= k; l++)
        reduced->h[k * n + l] += table[g * stride + k] * table[g * stride + l];
  for (gint k = 0; k < n; k++)
    for (gint l = 0; l <= k; l++)
      reduced->h[k * n + l] = reduced->h[l * n + k] = reduced->h[k * n + l] / (double) reduced->n_genes;
  for (gint k = 0; k < n; k++)
    {
      double variance = reduced->h[k * n + k];
      gboolean has_signal = variance > NO_SIGNAL * (variance + reduced->centre[k] * reduced->centre[k]);
      reduced->scale[k] = has_signal ? sqrt (variance) : 1;
      for (gint l = 0; !has_signal && l < n; l++)
        reduced->h[k * n + l] = reduced->h[l * n + k] = 0;
    }
}

typedef struct
{
  SmoothReduced *reduced;
  const SmoothSparse *expression;
  const double *table;
  gint stride;
  const SmoothKernels *kernels;
  double *squares;     /* n_spots: mean square of each centred spot */
  gint64 *bad_columns; /* a block: column of a value that is no number, or -1 */
  SmoothRun *run;
} Reduction;

/* Mean and mean square about it; FALSE where a value is no number. */
static gboolean
reduce_spot (const Reduction *reduction, gint64 i)
{
  SmoothReduced *reduced = reduction->reduced;
  const SmoothSparse *y = reduction->expression;
  double n = (double) reduced->n_genes, sum = 0, square = 0;
  gint64 begin = y->starts[i], end = y->starts[i + 1];

  for (gint64 e = begin; e < end; e++)
    sum += y->values[e];
  if (!isfinite (sum))
    return FALSE;
  double mean = reduced->bias ? sum / n : 0;
  for (gint64 e = begin; e < end; e++)
    square += (y->values[e] - mean) * (y->values[e] - mean);
  square += (n - (double) (end - begin)) * mean * mean;
  reduced->mean[i] = mean;
  reduction->squares[i] = square / n;
  return isfinite (square);
}

static void
reduce_block (gint64 number, gint worker, gpointer data)
{
  const Reduction *reduction = data;
  SmoothReduced *reduced = reduction->reduced;
  const SmoothSparse *y = reduction->expression;
  gint64 begin = number * BLOCK, end = MIN (begin + BLOCK, reduced->n_spots);
  g_autofree double *out = NULL;

  (void) worker;
  reduction->bad_columns[number] = -1;
  if (smooth_run_is_cancelled (reduction->run))
    return;
  out = g_new (double, BLOCK * reduction->stride);
  reduction->kernels->multiply (y->starts, y->rows, y->values, reduction->table, reduction->stride, begin, end, out);
  for (gint64 i = begin; i < end; i++)
    {
      if (!reduce_spot (reduction, i))
        {
          reduction->bad_columns[number] = i;
          return;
        }
      for (gint k = 0; k < reduced->n_types; k++)
        {
          gboolean has_signal = reduced->h[k * reduced->n_types + k] > 0;
          reduced->r[i * reduced->n_types + k]
              = has_signal ? out[(i - begin) * reduction->stride + k] / (double) reduced->n_genes : 0;
        }
    }
}

static gboolean
check_values (const SmoothSparse *expression, gint64 column, GError **error)
{
  for (gint64 e = expression->starts[column]; e < expression->starts[column + 1]; e++)
    if (!isfinite (expression->values[e]))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "the expression holds %g for gene %d of spot %" PRId64 ", expected a number",
                          expression->values[e], expression->rows[e] + 1, column + 1);
        return FALSE;
      }
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "the expression of spot %" PRId64 " is too large: its squares overflow",
                    column + 1);
  return FALSE;
}

/* R, the means and the total, in blocks of spots. */
static gboolean
multiply_expression (SmoothReduced *reduced, const SmoothSparse *expression, const double *table, gint stride, SmoothRun *run,
                     GError **error)
{
  gint64 n_blocks = (reduced->n_spots + BLOCK - 1) / BLOCK;
  g_autofree gint64 *bad_columns = smooth_i_try_new (gint64, n_blocks, "the reduced data", error);
  g_autofree double *squares = bad_columns != NULL ? smooth_i_try_new (double, reduced->n_spots, "the reduced data", error) : NULL;
  if (squares == NULL)
    return FALSE;
  Reduction reduction = {
    .reduced = reduced,
    .expression = expression,
    .table = table,
    .stride = stride,
    .kernels = smooth_i_kernels_get (FALSE, smooth_i_isa_get_default ()),
    .squares = squares,
    .bad_columns = bad_columns,
    .run = run,
  };
  gboolean is_small = smooth_sparse_get_nnz (expression) * reduced->n_types < SMALL_PRODUCT;

  smooth_i_parallel (is_small ? 1 : smooth_run_get_n_threads (run), n_blocks, reduce_block, &reduction);
  if (!smooth_run_check (run, error))
    return FALSE;
  for (gint64 b = 0; b < n_blocks; b++)
    if (bad_columns[b] >= 0)
      return check_values (expression, bad_columns[b], error);
  for (gint64 i = 0; i < reduced->n_spots; i++)
    reduced->total += squares[i];
  return TRUE;
}

/* The scales that make H's diagonal and the largest right-hand side 1, and the range of H's eigenvalues then. */
static gboolean
scale_problem (SmoothReduced *reduced, GError **error)
{
  gint n = reduced->n_types;
  g_autofree double *scaled = g_new (double, n * n);
  double unit = 0, largest = 0;

  for (gint64 i = 0; i < reduced->n_spots; i++)
    for (gint k = 0; k < n; k++)
      {
        double r = fabs (reduced->r[i * n + k]);
        largest = MAX (largest, r);
        unit = MAX (unit, r / reduced->scale[k]);
      }
  reduced->unit = unit > 0 ? unit : 1;
  reduced->largest = largest > 0 ? largest : 1;

  smooth_i_scale_symmetric (reduced->h, reduced->scale, n, scaled);
  double smallest;
  if (!smooth_i_eigenvalue_range (scaled, n, &smallest, &reduced->lipschitz, error))
    return FALSE;
  /* Rounding may make a singular matrix look definite. */
  reduced->sigma = MAX (smallest - 1e-14 * n, 0);
  return TRUE;
}

/**
 * smooth_reduced_new:
 * @signature: n_genes x n_types; referenced, for the models that need every gene
 * @expression: n_genes x n_spots, in the same units and with the same genes; referenced
 * @bias: whether each spot has a free constant
 * @run: (nullable): cancellation and threads
 *
 * O((nnz (expression) + n_genes * n_types) * n_types) time, (n_types + 2) * n_spots doubles of memory. Types whose
 * signature is zero (with bias: constant) carry no signal: their abundance will be 0.
 *
 * Returns: (transfer full): the data term, or %NULL where sizes do not match, a value is not finite, or on cancellation
 */
SmoothReduced *
smooth_reduced_new (const SmoothMatrix *signature, const SmoothSparse *expression, gboolean bias, SmoothRun *run, GError **error)
{
  if (!check_inputs (signature, expression, error))
    return NULL;

  gint n = (gint) signature->n_cols;
  gint stride = (n + 7) / 8 * 8;
  double *table = smooth_i_try_alloc (signature->n_rows * stride, sizeof (double), "the signature", error);
  if (table == NULL)
    return NULL;

  g_autoptr (SmoothReduced) reduced = g_new0 (SmoothReduced, 1);
  g_atomic_ref_count_init (&reduced->ref_count);
  reduced->n_types = n;
  reduced->n_genes = signature->n_rows;
  reduced->n_spots = expression->n_cols;
  reduced->bias = bias;
  reduced->signature = smooth_matrix_ref ((SmoothMatrix *) signature);
  reduced->expression = smooth_sparse_ref ((SmoothSparse *) expression);
  reduced->h = g_new0 (double, n * n);
  reduced->centre = g_new0 (double, n);
  reduced->scale = g_new0 (double, n);
  reduced->mean = smooth_i_try_alloc (reduced->n_spots, sizeof (double), "the reduced data", error);
  if (reduced->mean != NULL)
    reduced->r = smooth_i_try_alloc (reduced->n_spots * n, sizeof (double), "the reduced data", error);

  gboolean done = reduced->r != NULL;
  if (done)
    {
      centre_signature (reduced, signature, stride, table);
      multiply_signature (reduced, table, stride);
      done = multiply_expression (reduced, expression, table, stride, run, error) && scale_problem (reduced, error);
    }
  smooth_i_free (table);
  return done ? g_steal_pointer (&reduced) : NULL;
}

SmoothReduced *
smooth_reduced_ref (SmoothReduced *reduced)
{
  g_atomic_ref_count_inc (&reduced->ref_count);
  return reduced;
}

void
smooth_reduced_unref (SmoothReduced *reduced)
{
  if (reduced == NULL || !g_atomic_ref_count_dec (&reduced->ref_count))
    return;
  smooth_matrix_unref (reduced->signature);
  smooth_sparse_unref (reduced->expression);
  g_free (reduced->h);
  g_free (reduced->centre);
  g_free (reduced->scale);
  smooth_i_free (reduced->mean);
  smooth_i_free (reduced->r);
  g_free (reduced);
}
