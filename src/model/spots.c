/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of quadratic problems over spots, and products with their matrix.
 *
 * Spots are worked on in chunks of a fixed number, sums are those of the chunks in their order: the bits do not depend on
 * the number of threads. Of the prior, reach_i = sum_j |q_ij| and slack_i = q_ii - sum_{j != i} |q_ij| bracket Q between two
 * diagonal matrices, because what remains is diagonally dominant. A prior that is an operator (SMA) is positive
 * semidefinite, and reach is above its largest eigenvalue.
 */
#include "model/coarse-private.h"

#include "base/parallel.h"
#include "linalg/blas.h"
#include "linalg/lanczos.h"

#include <math.h>
#include <string.h>

#define CHUNK 64
#define LANCZOS_STEPS 60

static const SmoothPrecision *
precision_at (const SmoothSpots *spots, gint prior)
{
  return spots->problem->precisions[prior];
}

typedef struct
{
  const SmoothPrecision *precision;
  SmoothMatrix *x, *y;
} Operator;

static void
apply_operator (const double *x, double *y, gpointer data)
{
  Operator *operator= data;
  gsize bytes = (gsize) operator->x->n_cols * sizeof (double);

  memcpy (operator->x->values, x, bytes);
  if (!smooth_precision_apply (operator->precision, operator->x, operator->y, NULL, NULL))
    memset (operator->y->values, 0, bytes);
  memcpy (y, operator->y->values, bytes);
}

/* Where there are no entries: all of the spectrum is below the largest eigenvalue. */
static gboolean
bracket_operator (SmoothSpots *spots, gint prior, GError **error)
{
  const SmoothPrecision *precision = precision_at (spots, prior);
  g_autoptr (SmoothMatrix) x = smooth_matrix_new (1, spots->n, error);
  g_autoptr (SmoothMatrix) y = x != NULL ? smooth_matrix_new (1, spots->n, error) : NULL;
  SmoothSpectrum spectrum;

  if (y == NULL)
    return FALSE;
  Operator operator= { precision, x, y };
  if (!smooth_i_lanczos (apply_operator, &operator, spots->n, LANCZOS_STEPS, 0.01, &spectrum, spots->run, error))
    return FALSE;
  for (gint64 i = 0; i < spots->n; i++)
    {
      spots->diagonal[i * spots->n_priors + prior] = precision->diagonal[i];
      spots->reach[i * spots->n_priors + prior] = 1.02 * (spectrum.max + spectrum.max_error);
    }
  return TRUE;
}

static void
bracket_matrix (SmoothSpots *spots, gint prior)
{
  const SmoothPrecision *precision = precision_at (spots, prior);
  const SmoothSparse *q = precision->symmetric;
  double least = 0;

  for (gint64 i = 0; i < spots->n; i++)
    {
      gint64 at = i * spots->n_priors + prior;
      double sum = 0;
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        if (q->rows[e] != i)
          sum += fabs (q->values[e]);
        else
          spots->diagonal[at] = q->values[e];
      spots->reach[at] = spots->diagonal[at] + sum;
      spots->slack[at] = spots->diagonal[at] - sum;
      least = MIN (least, spots->slack[at]);
    }
  for (gint64 i = 0; i < spots->n && least < 0 && precision->is_semidefinite; i++)
    spots->slack[i * spots->n_priors + prior] = 0;
  spots->is_convex &= least >= 0 || precision->is_semidefinite;
}

static gboolean
take_priors (SmoothSpots *spots, const SmoothDeconvolutionSettings *settings, GError **error)
{
  const SmoothProblem *problem = spots->problem;
  gint64 n = MAX (spots->n, 1);
  gboolean has_operator = FALSE;

  spots->n_priors = MAX (problem->n_precisions, 1);
  spots->m = g_new0 (double, MAX (spots->n_types, 1));
  for (gint k = 0; k < spots->n_types && problem->n_precisions > 0; k++)
    {
      spots->m[k] = 2 * settings->lambda * problem->confidences[k] / spots->n_types;
      spots->has_prior |= spots->m[k] > 0;
    }
  if (!spots->has_prior)
    return TRUE;
  spots->diagonal = smooth_i_try_alloc (3 * spots->n_priors * n, sizeof (double), "the prior", error);
  if (spots->diagonal == NULL)
    return FALSE;
  spots->reach = spots->diagonal + spots->n_priors * n;
  spots->slack = spots->reach + spots->n_priors * n;
  for (gint prior = 0; prior < spots->n_priors; prior++)
    if (smooth_precision_is_explicit (precision_at (spots, prior)))
      bracket_matrix (spots, prior);
    else if (!bracket_operator (spots, prior, error))
      return FALSE;
    else
      has_operator = TRUE;
  if (!has_operator)
    return TRUE;
  gint n_rows = problem->n_precisions == 1 ? spots->n_types : 1;
  spots->rows = smooth_matrix_new (n_rows, spots->n, error);
  spots->image = spots->rows != NULL ? smooth_matrix_new (n_rows, spots->n, error) : NULL;
  return spots->image != NULL;
}

static double *
take_vectors (gint64 count, gint64 length, GError **error)
{
  return smooth_i_try_alloc (count * length, sizeof (double), "a quadratic problem over spots", error);
}

/**
 * smooth_i_spots_new:
 * @is_bounded: whether abundances are >= 0
 * @has_tube: whether the last unknown is one, >= 0
 *
 * 2 n blocks of (K + 1) (K + 2) / 2 doubles and 7 vectors, a border of 2 more.
 */
SmoothSpots *
smooth_i_spots_new (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings, gboolean is_bounded,
                    gboolean has_tube, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSpots) spots = g_new0 (SmoothSpots, 1);

  smooth_i_blas_init ();
  spots->problem = problem;
  spots->run = run;
  spots->n_threads = smooth_run_get_n_threads (run);
  spots->n_types = (gint) problem->signature->n_cols;
  spots->size = spots->n_types + (settings->bias ? 1 : 0);
  spots->n_packed = spots->size * (spots->size + 1) / 2;
  spots->n = problem->expression->n_cols;
  spots->length = spots->size * spots->n + 1;
  spots->is_bounded = is_bounded;
  spots->is_convex = TRUE;
  spots->has_tube = has_tube;
  spots->scratch_size = 2 * spots->n_packed + 8 * spots->size + 16;

  if (!take_priors (spots, settings, error))
    return NULL;
  spots->blocks = take_vectors (2 * spots->n_packed, spots->n, error);
  spots->step = spots->blocks != NULL ? take_vectors (has_tube ? 8 : 6, spots->length, error) : NULL;
  spots->scratch = spots->step != NULL ? take_vectors (spots->n_threads, spots->scratch_size, error) : NULL;
  spots->is_free = spots->scratch != NULL ? smooth_i_try_alloc (spots->length, 1, "a face", error) : NULL;
  spots->sums = spots->is_free != NULL ? take_vectors (2, smooth_i_spots_count_chunks (spots, CHUNK) + 1, error) : NULL;
  if (spots->sums == NULL)
    return NULL;
  spots->factors = spots->blocks + spots->n_packed * spots->n;
  spots->product = spots->step + spots->length;
  spots->residual = spots->step + 2 * spots->length;
  spots->direction = spots->step + 3 * spots->length;
  spots->scaled = spots->step + 4 * spots->length;
  spots->trial = spots->step + 5 * spots->length;
  spots->border = has_tube ? spots->step + 6 * spots->length : NULL;
  spots->corrected = has_tube ? spots->step + 7 * spots->length : NULL;
  return g_steal_pointer (&spots);
}

void
smooth_i_spots_free (SmoothSpots *spots)
{
  if (spots == NULL)
    return;
  smooth_i_coarse_free (spots->coarse);
  g_free (spots->m);
  smooth_i_free (spots->diagonal);
  smooth_i_free (spots->blocks);
  smooth_i_free (spots->step);
  smooth_i_free (spots->scratch);
  smooth_i_free (spots->is_free);
  smooth_i_free (spots->sums);
  smooth_matrix_unref (spots->rows);
  smooth_matrix_unref (spots->image);
  g_free (spots);
}

typedef struct
{
  SmoothSpots *spots;
  const double *x;
  double *y;
  gboolean on_face;
} Product;

/* y_i += m o (Q x)_i for one explicit prior of types begin .. end - 1. */
static void
add_prior (const SmoothSpots *spots, const SmoothSparse *q, gint begin, gint end, gint64 i, const double *x, double *y)
{
  double *sum = y + begin;
  gint count = end - begin;

  for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
    {
      const double *from = x + (gint64) q->rows[e] * spots->size + begin;
      double value = q->values[e];
      for (gint k = 0; k < count; k++)
        sum[k] += value * from[k];
    }
  for (gint k = 0; k < count; k++)
    sum[k] *= spots->m[begin + k];
}

/* Of explicit priors alone; y is set. */
static void
multiply_prior (const SmoothSpots *spots, gint64 i, const double *x, double *y)
{
  memset (y, 0, (gsize) spots->size * sizeof (double));
  for (gint prior = 0; spots->has_prior && prior < spots->n_priors; prior++)
    if (smooth_precision_is_explicit (precision_at (spots, prior)))
      add_prior (spots, precision_at (spots, prior)->symmetric, spots->n_priors == 1 ? 0 : prior,
                 spots->n_priors == 1 ? spots->n_types : prior + 1, i, x, y);
}

static void
prior_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Product *product = data;
  const SmoothSpots *spots = product->spots;

  (void) worker;
  for (gint64 i = chunk * CHUNK; i < MIN ((chunk + 1) * CHUNK, spots->n); i++)
    multiply_prior (spots, i, product->x, product->y + i * spots->size);
}

/* y += m o Q x for one prior that is an operator, of types begin .. end - 1. */
static gboolean
add_operator (SmoothSpots *spots, const SmoothPrecision *precision, gint begin, gint end, const double *x, double *y,
              GError **error)
{
  gint count = end - begin;

  for (gint64 i = 0; i < spots->n; i++)
    memcpy (spots->rows->values + i * count, x + i * spots->size + begin, (gsize) count * sizeof (double));
  if (!smooth_precision_apply (precision, spots->rows, spots->image, spots->run, error))
    return FALSE;
  for (gint64 i = 0; i < spots->n; i++)
    for (gint k = 0; k < count; k++)
      y[i * spots->size + begin + k] += spots->m[begin + k] * spots->image->values[i * count + k];
  return TRUE;
}

static gboolean
add_operators (SmoothSpots *spots, const double *x, double *y, GError **error)
{
  if (spots->rows == NULL)
    return TRUE;
  for (gint prior = 0; prior < spots->n_priors; prior++)
    if (!smooth_precision_is_explicit (precision_at (spots, prior))
        && !add_operator (spots, precision_at (spots, prior), spots->n_priors == 1 ? 0 : prior,
                          spots->n_priors == 1 ? spots->n_types : prior + 1, x, y, error))
      return FALSE;
  return TRUE;
}

/**
 * smooth_i_spots_add_prior:
 * @gradient: (inout): length: raised by that of the prior, M o Q x
 * @spatial: (out): x'(M o Q) x / 2: n times the spatial term
 *
 * Uses spots->product.
 */
gboolean
smooth_i_spots_add_prior (SmoothSpots *spots, const double *x, double *gradient, double *spatial, GError **error)
{
  Product product = { .spots = spots, .x = x, .y = spots->product };

  *spatial = 0;
  if (!spots->has_prior)
    return TRUE;
  smooth_i_parallel (spots->n_threads, smooth_i_spots_count_chunks (spots, CHUNK), prior_chunk, &product);
  spots->product[spots->length - 1] = 0;
  if (!add_operators (spots, x, spots->product, error))
    return FALSE;
  for (gint64 e = 0; e < spots->length; e++)
    gradient[e] += spots->product[e];
  *spatial = 0.5 * smooth_i_spots_dot (spots, x, spots->product);
  return TRUE;
}

static void
apply_chunk (gint64 chunk, gint worker, gpointer data)
{
  const Product *product = data;
  const SmoothSpots *spots = product->spots;
  gint size = spots->size;
  double tube = product->x[spots->length - 1], sum = 0;

  (void) worker;
  for (gint64 i = chunk * CHUNK; i < MIN ((chunk + 1) * CHUNK, spots->n); i++)
    {
      const double *x = product->x + i * size;
      double *y = product->y + i * size;
      multiply_prior (spots, i, product->x, y);
      smooth_i_block_multiply (size, spots->blocks + i * spots->n_packed, x, y);
      for (gint k = 0; spots->has_tube && k < size; k++)
        {
          y[k] += spots->border[i * size + k] * tube;
          sum += spots->border[i * size + k] * x[k];
        }
    }
  spots->sums[chunk] = sum;
}

/**
 * smooth_i_spots_apply:
 * @y: (out): A x; not @x
 * @on_face: whether to put 0 where the face has no unknown
 *
 * O(n K^2 + K nnz (Q)).
 */
gboolean
smooth_i_spots_apply (SmoothSpots *spots, const double *x, double *y, gboolean on_face, GError **error)
{
  Product product = { .spots = spots, .x = x, .y = y };
  gint64 n_chunks = smooth_i_spots_count_chunks (spots, CHUNK), last = spots->length - 1;

  if (!smooth_run_check (spots->run, error))
    return FALSE;
  smooth_i_parallel (spots->n_threads, n_chunks, apply_chunk, &product);
  y[last] = spots->has_tube ? smooth_i_spots_sum (spots->sums, n_chunks) + spots->corner * x[last] : 0;
  if (!add_operators (spots, x, y, error))
    return FALSE;
  for (gint64 e = 0; on_face && e < spots->length; e++)
    if (!spots->is_free[e])
      y[e] = 0;
  return TRUE;
}

double
smooth_i_spots_dot (SmoothSpots *spots, const double *x, const double *y)
{
  gint64 per_chunk = CHUNK * spots->size, n_chunks = smooth_i_spots_count_chunks (spots, CHUNK), last = spots->length - 1;
  double sum = spots->has_tube ? x[last] * y[last] : 0;

  for (gint64 chunk = 0; chunk < n_chunks; chunk++)
    {
      gint64 begin = chunk * per_chunk;
      sum += cblas_ddot ((int) (MIN (begin + per_chunk, last) - begin), x + begin, 1, y + begin, 1);
    }
  return sum;
}

/* From abundances, constants and tube to one vector, made feasible. */
void
smooth_i_spots_load (const SmoothSpots *spots, const SmoothIterate *iterate, double *x)
{
  gint K = spots->n_types;

  for (gint64 i = 0; i < spots->n; i++)
    {
      for (gint k = 0; k < K; k++)
        {
          double b = iterate->abundances->values[i * K + k];
          x[i * spots->size + k] = spots->is_bounded ? MAX (b, 0) : b;
        }
      if (spots->size > K)
        x[i * spots->size + K] = iterate->bias[i];
    }
  x[spots->length - 1] = spots->has_tube ? MAX (iterate->tube, 0) : 0;
}

void
smooth_i_spots_store (const SmoothSpots *spots, const double *x, SmoothIterate *iterate)
{
  gint K = spots->n_types;

  for (gint64 i = 0; i < spots->n; i++)
    {
      memcpy (iterate->abundances->values + i * K, x + i * spots->size, (gsize) K * sizeof (double));
      iterate->bias[i] = spots->size > K ? x[i * spots->size + K] : 0;
    }
  iterate->tube = x[spots->length - 1];
}
