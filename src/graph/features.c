/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Features of spots and their principal components, exact and without a dense matrix of spots by spots.
 *
 * With z_gi = (f_gi - mean_g) / sd_g (unbiased sd, constant features dropped), the components of spot i are the i-th column of
 * diag (sqrt (theta)) V^T, where Z^T Z V = V diag (theta) with the largest theta; or the same from Z Z^T, whichever is smaller.
 * Small problems are solved by a dense eigensolver, others by Lanczos' iteration on products with F: Z is never formed.
 */
#include "graph/features.h"

#include "base/error.h"
#include "base/parallel.h"
#include "linalg/blas.h"
#include "linalg/eigen.h"
#include "linalg/lanczos.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#define BLOCK 512         /* spots */
#define CONSTANT 1e-13    /* an sd below this share of the mean is rounding */
#define SMALL 500         /* sides up to which a dense matrix is formed */
#define TOLERANCE 1e-9    /* on residuals of larger ones */

static SmoothFeatures *
features_alloc (gint64 n_features, gint64 n_spots)
{
  SmoothFeatures *features = g_new0 (SmoothFeatures, 1);

  g_atomic_ref_count_init (&features->ref_count);
  features->n_features = n_features;
  features->n_spots = n_spots;
  return features;
}

static gboolean
refuse (double value, gint64 feature, gint64 spot, GError **error)
{
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
                    "feature %" PRId64 " of spot %" PRId64 " is %g, expected a number of at most %g in size", feature + 1,
                    spot + 1, value, SMOOTH_MAX_VALUE);
  return FALSE;
}

/**
 * smooth_features_new_from_matrix:
 * @matrix: p x n; referenced
 *
 * Returns: (transfer full): an error names the first value that is no number, or too large to be squared
 */
SmoothFeatures *
smooth_features_new_from_matrix (const SmoothMatrix *matrix, GError **error)
{
  for (gint64 e = 0; e < matrix->n_rows * matrix->n_cols; e++)
    if (!smooth_i_is_usable (matrix->values[e]))
      {
        refuse (matrix->values[e], e % matrix->n_rows, e / matrix->n_rows, error);
        return NULL;
      }
  SmoothFeatures *features = features_alloc (matrix->n_rows, matrix->n_cols);
  features->dense = smooth_matrix_ref ((SmoothMatrix *) matrix);
  return features;
}

/**
 * smooth_features_new_from_sparse:
 * @sparse: p x n; referenced
 *
 * Returns: (transfer full): an error names the first value that is no number
 */
SmoothFeatures *
smooth_features_new_from_sparse (const SmoothSparse *sparse, GError **error)
{
  for (gint64 i = 0; i < sparse->n_cols; i++)
    for (gint64 e = sparse->starts[i]; e < sparse->starts[i + 1]; e++)
      if (!smooth_i_is_usable (sparse->values[e]))
        {
          refuse (sparse->values[e], sparse->rows[e], i, error);
          return NULL;
        }
  SmoothFeatures *features = features_alloc (sparse->n_rows, sparse->n_cols);
  features->sparse = smooth_sparse_ref ((SmoothSparse *) sparse);
  return features;
}

SmoothFeatures *
smooth_features_ref (SmoothFeatures *features)
{
  g_atomic_ref_count_inc (&features->ref_count);
  return features;
}

void
smooth_features_unref (SmoothFeatures *features)
{
  if (features == NULL || !g_atomic_ref_count_dec (&features->ref_count))
    return;
  smooth_matrix_unref (features->dense);
  smooth_sparse_unref (features->sparse);
  g_free (features);
}

/* ---- Z, as products ---- */

typedef struct
{
  const SmoothFeatures *features;
  double *means;   /* p */
  double *inverse; /* p: 1 / sd, 0 for a constant feature */
  double *by_feature; /* p: workspace */
  double *by_spot;    /* n: workspace */
  gboolean on_spots;  /* apply Z^T Z, else Z Z^T */
  gint n_threads;
  const double *w; /* of the pass at hand */
  double *out;
  double shift;
} Standard;

/* w (p) = F v. */
static void
multiply (const SmoothFeatures *features, const double *v, double *w)
{
  if (features->dense != NULL)
    {
      cblas_dgemv (CblasColMajor, CblasNoTrans, (int) features->n_features, (int) features->n_spots, 1.0, features->dense->values,
                   (int) features->n_features, v, 1, 0.0, w, 1);
      return;
    }
  const SmoothSparse *f = features->sparse;
  memset (w, 0, (gsize) features->n_features * sizeof (double));
  for (gint64 i = 0; i < f->n_cols; i++)
    for (gint64 e = f->starts[i]; e < f->starts[i + 1]; e++)
      w[f->rows[e]] += f->values[e] * v[i];
}

static void
multiply_transposed_block (gint64 block, gint worker, gpointer data)
{
  const Standard *z = data;
  const SmoothFeatures *features = z->features;
  gint64 last = MIN ((block + 1) * BLOCK, features->n_spots);

  (void) worker;
  for (gint64 i = block * BLOCK; i < last; i++)
    {
      double sum = 0.0;
      if (features->dense != NULL)
        sum = cblas_ddot ((int) features->n_features, smooth_matrix_column (features->dense, i), 1, z->w, 1);
      else
        for (gint64 e = features->sparse->starts[i]; e < features->sparse->starts[i + 1]; e++)
          sum += features->sparse->values[e] * z->w[features->sparse->rows[e]];
      z->out[i] = sum - z->shift;
    }
}

/* w (p) = Z v, v: n. */
static void
apply_z (const Standard *z, const double *v, double *w)
{
  double sum = 0.0;

  for (gint64 i = 0; i < z->features->n_spots; i++)
    sum += v[i];
  multiply (z->features, v, w);
  for (gint64 g = 0; g < z->features->n_features; g++)
    w[g] = (w[g] - z->means[g] * sum) * z->inverse[g];
}

/* v (n) = Z^T w, w: p, which is overwritten. */
static void
apply_z_transposed (Standard *z, double *w, double *v)
{
  z->shift = 0.0;
  for (gint64 g = 0; g < z->features->n_features; g++)
    {
      w[g] *= z->inverse[g];
      z->shift += z->means[g] * w[g];
    }
  z->w = w;
  z->out = v;
  smooth_i_parallel (z->n_threads, (z->features->n_spots + BLOCK - 1) / BLOCK, multiply_transposed_block, z);
}

/* SmoothApplyFunc: y = Z^T Z x or Z Z^T x. */
static void
apply_square (const double *x, double *y, gpointer data)
{
  Standard *z = data;

  if (z->on_spots)
    {
      apply_z (z, x, z->by_feature);
      apply_z_transposed (z, z->by_feature, y);
      return;
    }
  memcpy (z->by_feature, x, (gsize) z->features->n_features * sizeof (double));
  apply_z_transposed (z, z->by_feature, z->by_spot);
  apply_z (z, z->by_spot, y);
}

/* Means and deviations. Returns the number of features that vary. */
static gint64
standardise (Standard *z)
{
  const SmoothFeatures *f = z->features;
  gint64 p = f->n_features, n = f->n_spots, n_varying = 0;
  double *squares = z->inverse, *counts = z->by_feature;

  for (gint64 i = 0; i < n; i++)
    z->by_spot[i] = 1.0;
  multiply (f, z->by_spot, z->means);
  for (gint64 g = 0; g < p; g++)
    {
      z->means[g] /= (double) MAX (n, 1);
      squares[g] = counts[g] = 0.0;
    }
  for (gint64 i = 0; i < n && f->dense != NULL; i++)
    for (gint64 g = 0; g < p; g++)
      {
        double d = smooth_matrix_column (f->dense, i)[g] - z->means[g];
        squares[g] += d * d;
      }
  for (gint64 i = 0; i < n && f->sparse != NULL; i++)
    for (gint64 e = f->sparse->starts[i]; e < f->sparse->starts[i + 1]; e++)
      {
        gint32 g = f->sparse->rows[e];
        squares[g] += (f->sparse->values[e] - z->means[g]) * (f->sparse->values[e] - z->means[g]);
        counts[g]++;
      }
  for (gint64 g = 0; g < p; g++)
    {
      if (f->sparse != NULL)
        squares[g] += ((double) n - counts[g]) * z->means[g] * z->means[g];
      double sd = n > 1 ? sqrt (squares[g] / (double) (n - 1)) : 0.0;
      gboolean varies = sd > CONSTANT * fabs (z->means[g]);
      z->inverse[g] = varies ? 1.0 / sd : 0.0;
      n_varying += varies;
    }
  return n_varying;
}

/* The top pairs of the smaller square of Z. */
static gboolean
find_pairs (Standard *z, gint64 side, gint64 n_dims, double *values, SmoothMatrix *vectors, SmoothReport *report, SmoothRun *run, GError **error)
{
  gint64 n_found = n_dims;

  if (side > SMALL)
    {
      if (!smooth_i_lanczos_top (apply_square, z, side, n_dims, TOLERANCE, values, vectors, &n_found, run, error))
        return FALSE;
      if (n_found < n_dims && report != NULL)
        smooth_report_add (report, SMOOTH_REPORT_WARNING,
                           "%" PRId64 " of %" PRId64 " principal components are known to fewer digits than wanted",
                           n_dims - n_found, n_dims);
      return TRUE;
    }
  g_autoptr (SmoothMatrix) square = smooth_matrix_new (side, side, error);
  g_autofree double *unit = g_new0 (double, MAX (side, 1));
  for (gint64 j = 0; square != NULL && j < side; j++)
    {
      unit[j] = 1.0;
      apply_square (unit, smooth_matrix_column (square, j), z);
      unit[j] = 0.0;
    }
  return square != NULL && smooth_i_eigen_top (square, n_dims, values, vectors, NULL, run, error);
}

/* Scores: n_dims x n. Signs: the largest entry of each row is positive, which no similarity sees. */
static SmoothMatrix *
make_scores (Standard *z, gint64 n_dims, const double *values, const SmoothMatrix *vectors, GError **error)
{
  gint64 n = z->features->n_spots;
  SmoothMatrix *scores = smooth_matrix_new (n_dims, n, error);

  for (gint64 k = 0; scores != NULL && k < n_dims; k++)
    {
      const double *vector = smooth_matrix_column (vectors, k);
      double factor = 1.0, largest = 0.0;
      if (z->on_spots)
        {
          memcpy (z->by_spot, vector, (gsize) n * sizeof (double));
          factor = sqrt (MAX (values[k], 0.0));
        }
      else
        {
          memcpy (z->by_feature, vector, (gsize) z->features->n_features * sizeof (double));
          apply_z_transposed (z, z->by_feature, z->by_spot);
        }
      for (gint64 i = 0; i < n; i++)
        if (fabs (z->by_spot[i]) > fabs (largest))
          largest = z->by_spot[i];
      for (gint64 i = 0; i < n; i++)
        scores->values[k + i * n_dims] = (largest < 0.0 ? -factor : factor) * z->by_spot[i];
    }
  return scores;
}

/**
 * smooth_features_new_principal:
 * @features: p x n
 * @n_dims: as many components, or as many as there are features that vary and spots, where these are fewer
 * @report: (nullable): told of constant features
 *
 * Z-scored features on their top right singular directions: exact, not a random sketch. About (20 n_dims + 300) products with F
 * at most; min (p, n) (20 n_dims + 300) doubles.
 *
 * Returns: (transfer full): n_dims x n; one row of zeros where nothing varies
 */
SmoothFeatures *
smooth_features_new_principal (const SmoothFeatures *features, gint n_dims, SmoothReport *report, SmoothRun *run, GError **error)
{
  gint64 p = features->n_features, n = features->n_spots, side = MIN (p, n);
  double *space = smooth_i_try_alloc (MAX (3 * p + n, 1), sizeof (double), "principal components", error);
  Standard z = { .features = features, .on_spots = n <= p, .n_threads = smooth_run_get_n_threads (run) };
  SmoothFeatures *result = NULL;

  g_return_val_if_fail (n_dims >= 1, NULL);
  if (space == NULL)
    return NULL;
  z.means = space;
  z.inverse = space + p;
  z.by_feature = space + 2 * p;
  z.by_spot = space + 3 * p;
  smooth_i_blas_init ();
  gint64 n_varying = standardise (&z), n_used = MAX (MIN (MIN (n_dims, n_varying), side), 1);
  if (report != NULL && n_varying < p)
    smooth_report_add (report, SMOOTH_REPORT_NOTE,
                       "%" PRId64 " of %" PRId64 " features do not vary over the spots and do not count", p - n_varying, p);

  g_autofree double *values = g_new (double, n_used);
  g_autoptr (SmoothMatrix) vectors = smooth_matrix_new (side, n_used, error);
  g_autoptr (SmoothMatrix) scores = NULL;
  if (vectors != NULL && n_varying == 0)
    scores = smooth_matrix_new (1, n, error);
  else if (vectors != NULL && find_pairs (&z, side, n_used, values, vectors, report, run, error))
    scores = make_scores (&z, n_used, values, vectors, error);
  if (scores != NULL)
    result = smooth_features_new_from_matrix (scores, error);
  smooth_i_free (space);
  return result;
}
