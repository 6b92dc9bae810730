/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gram matrices Y Q Y^T of a prior that is no matrix (SMA): some genes at a time are multiplied by Q, by solves with its factors,
 * and then by all genes. Rows of genes belong to one thread each and see the spots in one order, so that the number of threads
 * changes no bit. */
#include "model/pca-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <string.h>

#define LANES 8
#define CHUNK 64 /* genes that are multiplied by Q at a time */

typedef double Lanes __attribute__ ((vector_size (LANES * sizeof (double))));

typedef struct
{
  const SmoothSparse *y;
  const SmoothMatrix *product; /* CHUNK x n_spots: rows of Y Q */
  gint64 first, n;             /* the genes of these rows */
  Lanes *sums;                 /* n_genes x CHUNK / LANES */
  SmoothMatrix *gram;
} Multiplication;

/* LANES columns of the Gram matrix, from their diagonals on. */
static void
multiply_block (gint64 block, gint worker, gpointer data)
{
  const Multiplication *work = data;
  const SmoothSparse *y = work->y;
  Lanes *sums = work->sums + block * y->n_rows;
  gint64 first = work->first + block * LANES;

  (void) worker;
  memset (sums, 0, (gsize) y->n_rows * sizeof (Lanes));
  for (gint64 j = 0; j < y->n_cols; j++)
    {
      Lanes z;
      memcpy (&z, smooth_matrix_column (work->product, j) + block * LANES, sizeof z);
      for (gint64 e = y->starts[j + 1] - 1; e >= y->starts[j] && y->rows[e] >= first; e--)
        sums[y->rows[e]] += y->values[e] * z;
    }
  for (gint64 g = first; g < MIN (first + LANES, work->first + work->n); g++)
    for (gint64 h = g; h < y->n_rows; h++)
      smooth_matrix_column (work->gram, g)[h] = sums[h][g - first];
}

/* Unpacks genes first .. first + n - 1 as rows; those after them are 0. */
static void
unpack (const SmoothSparse *genes, gint64 first, gint64 n, SmoothMatrix *rows)
{
  memset (rows->values, 0, (gsize) (rows->n_rows * rows->n_cols) * sizeof (double));
  for (gint64 l = 0; l < n; l++)
    for (gint64 e = genes->starts[first + l]; e < genes->starts[first + l + 1]; e++)
      smooth_matrix_column (rows, genes->rows[e])[l] = genes->values[e];
}

/**
 * smooth_i_compute_implicit_gram:
 * @expression: Y, n_genes x n_spots
 * @gram: (out): n_genes x n_genes: the lower triangle of Y Q Y^T
 *
 * Two sparse solves a gene and n_genes nnz (Y) operations; 128 n_spots + 64 n_genes doubles.
 */
gboolean
smooth_i_compute_implicit_gram (const SmoothSparse *expression, const SmoothPrecision *precision, SmoothMatrix *gram, SmoothRun *run,
                                GError **error)
{
  gint64 n_genes = expression->n_rows, n = expression->n_cols;
  g_autoptr (SmoothSparse) genes = smooth_sparse_new_transpose (expression, error);
  g_autoptr (SmoothMatrix) rows = genes != NULL ? smooth_matrix_new (CHUNK, n, error) : NULL;
  g_autoptr (SmoothMatrix) product = rows != NULL ? smooth_matrix_new (CHUNK, n, error) : NULL;
  Lanes *sums = product != NULL ? smooth_i_try_alloc (n_genes * (CHUNK / LANES), sizeof (Lanes), "Gram matrices", error) : NULL;
  gboolean good = sums != NULL;

  for (gint64 first = 0; good && first < n_genes; first += CHUNK)
    {
      Multiplication work = { expression, product, first, MIN (CHUNK, n_genes - first), sums, gram };
      unpack (genes, first, work.n, rows);
      good = smooth_precision_apply (precision, rows, product, run, error);
      if (good)
        smooth_i_parallel (smooth_run_get_n_threads (run), (work.n + LANES - 1) / LANES, multiply_block, &work);
      smooth_run_report (run, (double) first / (double) n_genes, "Gram matrices");
      good = good && smooth_run_check (run, error);
    }
  smooth_i_free (sums);
  return good;
}
