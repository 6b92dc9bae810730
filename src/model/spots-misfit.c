/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes over genes and spots: from a loss of every value to the gradient and the blocks of a quadratic problem.
 *
 *     fit = X b_i + constant,   gradient_i = X' slope_i,   H_i = X' diag (curvature_i) X
 *
 * A few spots at a time are made dense; their blocks come as one product of the table of all products of two columns of X
 * with the curvatures. Costs O(G K^2) a spot and six dense columns for each spot of a chunk and thread; nothing of genes x
 * spots is kept.
 */
#include "model/spots-private.h"

#include "base/parallel.h"
#include "linalg/blas.h"

#include <string.h>

#define DENSE_VALUES 32768 /* of an array of a chunk: all of them fit a cache */
#define MAX_CHUNK 64
#define N_ARRAYS 6

static void
fill_signature (SmoothMisfit *misfit)
{
  const SmoothMatrix *x = misfit->spots->problem->signature;

  memcpy (misfit->signature, x->values, (gsize) (x->n_rows * x->n_cols) * sizeof (double));
  for (gint64 g = 0; misfit->spots->size > misfit->spots->n_types && g < x->n_rows; g++)
    misfit->signature[x->n_rows * x->n_cols + g] = 1;
}

static void
fill_pairs (SmoothMisfit *misfit, gint64 n_genes)
{
  gint size = misfit->spots->size, n_packed = misfit->spots->n_packed;

  for (gint64 g = 0; g < n_genes; g++)
    {
      double *pair = misfit->pairs + g * n_packed;
      for (gint j = 0; j < size; j++)
        for (gint i = j; i < size; i++)
          *pair++ = misfit->signature[g + i * n_genes] * misfit->signature[g + j * n_genes];
    }
}

/**
 * smooth_i_misfit_new:
 * @spots: borrowed
 * @with_blocks: whether curvatures will be asked for
 *
 * G (K + 1) (K + 4) / 2 doubles with blocks.
 */
SmoothMisfit *
smooth_i_misfit_new (SmoothSpots *spots, gboolean with_blocks, GError **error)
{
  g_autoptr (SmoothMisfit) misfit = g_new0 (SmoothMisfit, 1);
  gint64 n_genes = spots->problem->signature->n_rows;

  misfit->spots = spots;
  misfit->n_in_chunk = (gint) CLAMP (DENSE_VALUES / MAX (n_genes, 1), 1, MAX_CHUNK);
  gint64 n_work = N_ARRAYS * n_genes * misfit->n_in_chunk;
  gint64 n_chunks = smooth_i_spots_count_chunks (spots, misfit->n_in_chunk);
  misfit->signature = smooth_i_try_alloc (n_genes * spots->size, sizeof (double), "the signature", error);
  misfit->pairs = misfit->signature != NULL ? smooth_i_try_alloc (with_blocks ? n_genes * spots->n_packed : 0,
                                                                  sizeof (double), "products of signatures", error)
                                            : NULL;
  misfit->work =
      misfit->pairs != NULL ? smooth_i_try_alloc (n_work * spots->n_threads, sizeof (double), "dense spots", error) : NULL;
  misfit->sums =
      misfit->work != NULL ? smooth_i_try_alloc (SMOOTH_MISFIT_SUMS * n_chunks, sizeof (double), "sums", error) : NULL;
  if (misfit->sums == NULL)
    return NULL;
  fill_signature (misfit);
  if (with_blocks)
    fill_pairs (misfit, n_genes);
  return g_steal_pointer (&misfit);
}

void
smooth_i_misfit_free (SmoothMisfit *misfit)
{
  if (misfit == NULL)
    return;
  smooth_i_free (misfit->signature);
  smooth_i_free (misfit->pairs);
  smooth_i_free (misfit->work);
  smooth_i_free (misfit->sums);
  g_free (misfit);
}

typedef struct
{
  SmoothMisfit *misfit;
  const double *x;
  SmoothMisfitFunc func;
  gconstpointer data;
  SmoothMisfitWant want;
  double *gradient;
} Pass;

static void
fill_values (const SmoothSparse *expression, gint64 first, gint n_spots, double *values)
{
  gint64 n_genes = expression->n_rows;

  memset (values, 0, (gsize) (n_genes * n_spots) * sizeof (double));
  for (gint i = 0; i < n_spots; i++)
    for (gint64 e = expression->starts[first + i]; e < expression->starts[first + i + 1]; e++)
      values[i * n_genes + expression->rows[e]] = expression->values[e];
}

/* to = X' from, for some spots. */
static void
gather (const SmoothMisfit *misfit, const SmoothMisfitBlock *block, const double *from, double *to)
{
  int n_genes = (int) block->n_genes, size = misfit->spots->size;

  cblas_dgemm (CblasColMajor, CblasTrans, CblasNoTrans, size, block->n_spots, n_genes, 1, misfit->signature, n_genes, from,
               n_genes, 0, to + block->first * size, size);
}

/* Some spots that follow each other; their sums are added. */
static void
run_spots (const Pass *pass, gint64 first, gint n_spots, double *work, double *sums)
{
  SmoothMisfit *misfit = pass->misfit;
  SmoothSpots *spots = misfit->spots;
  int n_genes = (int) spots->problem->expression->n_rows, size = spots->size;
  gint64 array = (gint64) n_genes * misfit->n_in_chunk;
  SmoothMisfitBlock block = { .n_genes = n_genes,
                              .first = first,
                              .n_spots = n_spots,
                              .fit = work,
                              .values = work + array,
                              .tube = pass->x[spots->length - 1],
                              .wants_curvature = pass->want == SMOOTH_MISFIT_CURVATURES,
                              .slope = work + 2 * array,
                              .curvature = work + 3 * array,
                              .cross = work + 4 * array,
                              .change = work + 5 * array };

  fill_values (spots->problem->expression, first, n_spots, work + array);
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, n_genes, n_spots, size, 1, misfit->signature, n_genes,
               pass->x + first * size, size, 0, work, n_genes);
  if (misfit->direction != NULL)
    cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, n_genes, n_spots, size, 1, misfit->signature, n_genes,
                 misfit->direction + first * size, size, 0, work + 5 * array, n_genes);
  pass->func (&block, pass->data);
  if (pass->want != SMOOTH_MISFIT_SUMS_ONLY)
    gather (misfit, &block, block.slope, pass->gradient);
  if (block.wants_curvature)
    cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, spots->n_packed, n_spots, n_genes, 1, misfit->pairs,
                 spots->n_packed, block.curvature, n_genes, 0, spots->blocks + first * spots->n_packed, spots->n_packed);
  if (block.wants_curvature && spots->has_tube)
    gather (misfit, &block, block.cross, spots->border);
  for (gint s = 0; s < SMOOTH_MISFIT_SUMS; s++)
    sums[s] += block.sums[s];
}

static void
misfit_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Pass *pass = data;
  const SmoothMisfit *misfit = pass->misfit;
  const SmoothSpots *spots = misfit->spots;
  double *work = misfit->work + worker * N_ARRAYS * spots->problem->expression->n_rows * misfit->n_in_chunk;
  double *sums = misfit->sums + SMOOTH_MISFIT_SUMS * chunk;
  gint64 i = chunk * misfit->n_in_chunk, end = MIN (i + misfit->n_in_chunk, spots->n);

  memset (sums, 0, SMOOTH_MISFIT_SUMS * sizeof (double));
  if (!smooth_run_is_cancelled (spots->run))
    run_spots (pass, i, (gint) (end - i), work, sums);
}

/**
 * smooth_i_misfit_run:
 * @x: length
 * @func: computes the loss and its derivatives for some spots
 * @gradient: (out) (nullable): length: of the misfit, 0 for the tube; not for sums only
 * @sums: (out): SMOOTH_MISFIT_SUMS: those of all chunks
 *
 * With %SMOOTH_MISFIT_CURVATURES, sets the blocks and the border. Where misfit->direction is set, @func sees the
 * change of the fit along it.
 *
 * Returns: FALSE on cancellation
 */
gboolean
smooth_i_misfit_run (SmoothMisfit *misfit, const double *x, SmoothMisfitFunc func, gconstpointer data, SmoothMisfitWant want,
                     double *gradient, double *sums, GError **error)
{
  SmoothSpots *spots = misfit->spots;
  Pass pass = { misfit, x, func, data, want, gradient };
  gint64 n_chunks = smooth_i_spots_count_chunks (spots, misfit->n_in_chunk);

  smooth_i_parallel (spots->n_threads, n_chunks, misfit_chunk, &pass);
  if (!smooth_run_check (spots->run, error))
    return FALSE;
  if (want != SMOOTH_MISFIT_SUMS_ONLY)
    gradient[spots->length - 1] = 0;
  if (want == SMOOTH_MISFIT_CURVATURES && spots->has_tube)
    spots->border[spots->length - 1] = 0;
  memset (sums, 0, SMOOTH_MISFIT_SUMS * sizeof (double));
  for (gint64 chunk = 0; chunk < n_chunks; chunk++)
    for (gint s = 0; s < SMOOTH_MISFIT_SUMS; s++)
      sums[s] += misfit->sums[SMOOTH_MISFIT_SUMS * chunk + s];
  return TRUE;
}
