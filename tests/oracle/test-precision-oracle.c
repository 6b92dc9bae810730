/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Precision matrices and the spatial loss against the formulas in dense arithmetic. */
#include "precision/loss.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

/* LAPACK; Fortran's interface */
extern void dsyev_ (const char *job, const char *triangle, const int *n, double *a, const int *lda, double *eigenvalues,
                    double *work, const int *n_work, int *info);

/* n x n, row-major: m[i * n + j]. */
typedef struct
{
  gint64 n;
  double *m;
} Dense;

static void
dense_clear (Dense *dense)
{
  g_free (dense->m);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Dense, dense_clear)

typedef enum
{
  PLAIN = 0,
  DIRECTED = 1 << 0,
  WEIGHTED = 1 << 1,
  NEGATIVE = 1 << 2,
  LONELY = 1 << 3, /* some spots have no neighbour */
  TINY = 1 << 4,   /* some spots have neighbours of weight 1e-20 only */
} Flags;

static Dense
random_weights (GRand *rand, gint64 n, Flags flags)
{
  Dense w = { .n = n, .m = g_new0 (double, n *n) };

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      {
        gboolean lonely = (flags & LONELY) && (i % 5 == 2 || j % 5 == 2);
        if (i == j || lonely || (!(flags & DIRECTED) && j < i) || g_rand_double (rand) > 4.0 / (double) n)
          continue;
        double value = (flags & WEIGHTED) ? g_rand_double_range (rand, 0.1, 2) : 1.0;
        if ((flags & NEGATIVE) && g_rand_double (rand) < 0.3)
          value = -value;
        if ((flags & TINY) && (i % 4 == 1 || j % 4 == 1))
          value = 1e-20;
        w.m[i * n + j] = value;
        if (!(flags & DIRECTED))
          w.m[j * n + i] = value;
      }
  return w;
}

/* Column i of a graph's weights holds row i of W. */
static SmoothGraph *
graph_of (const Dense *w)
{
  g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (w->n, w->n, w->m, NULL);
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_dense (matrix, NULL);
  g_autoptr (GError) error = NULL;
  SmoothGraph *graph = smooth_graph_new_from_weights (sparse, &error);

  g_assert_no_error (error);
  return graph;
}

/* What the formulas are applied to: isolated spots joined to themselves, no negative weights. */
static void
settle (Dense *w)
{
  for (gint64 i = 0; i < w->n; i++)
    {
      double largest = 0.0;
      for (gint64 j = 0; j < w->n; j++)
        largest = MAX (largest, w->m[i * w->n + j]);
      if (largest <= 0.0)
        w->m[i * w->n + i] = 1.0;
    }
  for (gint64 e = 0; e < w->n * w->n; e++)
    w->m[e] = MAX (w->m[e], 0.0);
}

static double
row_sum (const Dense *w, gint64 i)
{
  double sum = 0.0;

  for (gint64 j = 0; j < w->n; j++)
    sum += w->m[i * w->n + j];
  return sum;
}

/* V = D^-1 W without weights below 1e-12 of the largest. */
static Dense
divide_rows (const Dense *w)
{
  Dense v = { .n = w->n, .m = g_memdup2 (w->m, (gsize) (w->n * w->n) * sizeof (double)) };
  double largest = 0.0;

  for (gint64 e = 0; e < w->n * w->n; e++)
    largest = MAX (largest, w->m[e]);
  for (gint64 e = 0; e < w->n * w->n; e++)
    if (v.m[e] < 1e-12 * largest)
      v.m[e] = 0.0;
  settle (&v);
  for (gint64 i = 0; i < w->n; i++)
    {
      double sum = row_sum (&v, i);
      for (gint64 j = 0; j < w->n; j++)
        v.m[i * w->n + j] /= sum;
    }
  return v;
}

static Dense
dense_precision (const Dense *w, SmoothPriorKind kind, double rho)
{
  gint64 n = w->n;
  Dense q = { .n = n, .m = g_new0 (double, n *n) };

  if (kind == SMOOTH_PRIOR_ICAR || kind == SMOOTH_PRIOR_CAR)
    {
      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j < n; j++)
          {
            double d = kind == SMOOTH_PRIOR_CAR ? 1.0 : row_sum (w, i);
            q.m[i * n + j] = (i == j ? d : 0.0) - rho * w->m[i * n + j];
          }
      return q;
    }

  g_auto (Dense) v = divide_rows (w);
  const Dense *base = kind == SMOOTH_PRIOR_ISAR ? &v : w;
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      for (gint64 l = 0; l < n; l++)
        q.m[i * n + j] +=
            ((l == i ? 1.0 : 0.0) - rho * base->m[l * n + i]) * ((l == j ? 1.0 : 0.0) - rho * base->m[l * n + j]);
  return q;
}

/* As row-major; asserts that the structure is sound. */
static Dense
to_dense (const SmoothSparse *sparse)
{
  Dense dense = { .n = sparse->n_cols, .m = g_new0 (double, sparse->n_rows * sparse->n_cols) };
  g_autoptr (GError) error = NULL;

  smooth_sparse_check (sparse, &error);
  g_assert_no_error (error);
  for (gint64 j = 0; j < sparse->n_cols; j++)
    for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
      dense.m[sparse->rows[e] * dense.n + j] = sparse->values[e];
  return dense;
}

static void
assert_diagonals_stored (const SmoothSparse *sparse)
{
  for (gint64 j = 0; j < sparse->n_cols; j++)
    {
      gboolean found = FALSE;
      for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
        found = found || sparse->rows[e] == j;
      g_assert_true (found);
    }
}

static void
assert_matrices (const SmoothPrecision *precision, const Dense *expected)
{
  gint64 n = expected->n;
  g_auto (Dense) q = to_dense (precision->q);
  g_auto (Dense) symmetric = to_dense (precision->symmetric);

  assert_diagonals_stored (precision->symmetric);
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      {
        double mean = 0.5 * (expected->m[i * n + j] + expected->m[j * n + i]);
        g_assert_cmpfloat_with_epsilon (q.m[i * n + j], expected->m[i * n + j], 1e-13);
        g_assert_cmpfloat_with_epsilon (symmetric.m[i * n + j], mean, 1e-13);
        g_assert_true (symmetric.m[i * n + j] == symmetric.m[j * n + i]);
      }
}

static const Flags all_flags[] = {
  PLAIN, WEIGHTED,        DIRECTED, DIRECTED | WEIGHTED, LONELY, NEGATIVE | WEIGHTED, NEGATIVE | DIRECTED | LONELY,
  TINY,  TINY | DIRECTED,
};

static void
test_formulas (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  const double rhos[] = { 0, 0.3, 0.99, 1 };

  for (gsize f = 0; f < G_N_ELEMENTS (all_flags); f++)
    for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
      for (gsize r = 0; r < G_N_ELEMENTS (rhos); r++)
        {
          g_auto (Dense) w = random_weights (rand, g_rand_int_range (rand, 2, 40), all_flags[f]);
          g_autoptr (SmoothGraph) graph = graph_of (&w);
          SmoothPrecisionSettings settings = { .kind = kind, .rho = rhos[r] };
          g_autoptr (GError) error = NULL;
          g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &settings, NULL, &error);
          g_assert_no_error (error);
          settle (&w);
          g_auto (Dense) expected = dense_precision (&w, kind, rhos[r]);
          assert_matrices (precision, &expected);
        }
}

/* The ends of the spectrum of D^-1/2 S D^-1/2. */
static void
dense_spectrum (const Dense *w, SmoothPriorKind kind, double *lowest, double *highest)
{
  int n = (int) w->n, n_work = 8 * n, info = 0;
  g_autofree double *a = g_new (double, n *n);
  g_autofree double *eigenvalues = g_new (double, n);
  g_autofree double *work = g_new (double, n_work);

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      {
        double scale = kind == SMOOTH_PRIOR_CAR ? 1.0 : sqrt (row_sum (w, i) * row_sum (w, j));
        a[i * n + j] = 0.5 * (w->m[i * n + j] + w->m[j * n + i]) / scale;
      }
  dsyev_ ("N", "U", &n, a, &n, eigenvalues, work, &n_work, &info);
  g_assert_cmpint (info, ==, 0);
  *lowest = eigenvalues[0];
  *highest = eigenvalues[n - 1];
}

/* rho just inside of the true interval is accepted, just outside is not, and only the latter warns. */
static void
test_interval (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);

  for (gint repeat = 0; repeat < 60; repeat++)
    {
      SmoothPriorKind kind = repeat % 3 == 0 ? SMOOTH_PRIOR_ICAR : SMOOTH_PRIOR_CAR;
      g_auto (Dense) w =
          random_weights (rand, 30, DIRECTED | (repeat % 2 ? WEIGHTED : PLAIN) | (repeat % 5 == 0 ? LONELY : PLAIN));
      if (repeat % 3 == 1)
        for (gint64 i = 0; i < 30; i++)
          for (gint64 j = 0; j < i; j++)
            w.m[i * 30 + j] = w.m[j * 30 + i];
      g_autoptr (SmoothGraph) graph = graph_of (&w);
      settle (&w);
      double lowest, highest;
      dense_spectrum (&w, kind, &lowest, &highest);

      for (gint side = 0; side < 2; side++)
        {
          SmoothPrecisionSettings settings = { .kind = kind,
                                               .rho = side == 0 ? (1 - 1e-7) / highest : (1 + 1e-7) / highest };
          if (settings.rho > 1)
            continue;
          g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &settings, NULL, NULL);
          g_assert_nonnull (precision);
          g_assert_cmpfloat_with_epsilon (precision->rho_max, 1.0 / highest, 1e-8 / highest);
          g_assert_cmpfloat_with_epsilon (precision->rho_min, 1.0 / lowest, 1e-8 / fabs (lowest));
          g_assert_true (precision->is_semidefinite == (side == 0));
          gboolean warned = FALSE;
          for (guint line = 0; line < smooth_report_get_n_lines (precision->report); line++)
            {
              SmoothReportLevel level;
              smooth_report_get_line (precision->report, line, &level);
              warned = warned || level == SMOOTH_REPORT_WARNING;
            }
          g_assert_true (warned == (side == 1));
        }
    }
}

/* A larger graph, where the passes and the product have more than one block. */
static SmoothGraph *
lattice_graph (gint64 width)
{
  g_autofree double *coords = g_new (double, 2 * width * width);
  g_autofree gint32 *labels = g_new (gint32, width * width);

  for (gint64 i = 0; i < width * width; i++)
    {
      coords[2 * i] = (double) (i % width);
      coords[2 * i + 1] = (double) (i / width);
      labels[i] = (gint32) ((i % width) / 17);
    }
  SmoothGraphSettings settings = { .kind = SMOOTH_GRAPH_RADIUS, .radius = 1.5, .bandwidth = 1, .k = 6 };
  g_autoptr (SmoothGraph) base = smooth_graph_new (coords, width * width, 2, 1, &settings, NULL, NULL);
  return smooth_graph_new_scaled_by_identity (base, labels, 0.25, FALSE, FALSE, NULL);
}

static void
test_threads (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph (120);

  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
    {
      SmoothPrecisionSettings settings = { .kind = kind, .rho = 0.9 };
      g_autoptr (SmoothRun) single = smooth_run_new (1);
      g_autoptr (SmoothPrecision) expected = smooth_precision_new (graph, &settings, single, NULL);
      gsize nnz = (gsize) smooth_sparse_get_nnz (expected->symmetric);
      for (gint n_threads = 2; n_threads <= 8; n_threads++)
        {
          g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
          g_autoptr (SmoothGraph) copy = lattice_graph (120); /* has not remembered its spectrum */
          g_autoptr (SmoothPrecision) precision = smooth_precision_new (copy, &settings, run, NULL);
          g_assert_cmpint (smooth_sparse_get_nnz (precision->symmetric), ==, nnz);
          g_assert_true (memcmp (precision->symmetric->rows, expected->symmetric->rows, nnz * sizeof (gint32)) == 0);
          g_assert_true (memcmp (precision->symmetric->values, expected->symmetric->values, nnz * sizeof (double)) == 0);
          g_assert_true (precision->rho_max == expected->rho_max && precision->rho_min == expected->rho_min);
        }
    }
}

static void
test_loss (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);

  for (gint repeat = 0; repeat < 20; repeat++)
    {
      gint64 n = 25, n_types = 1 + repeat % 5;
      g_auto (Dense) w = random_weights (rand, n, repeat % 2 ? DIRECTED : WEIGHTED);
      g_autoptr (SmoothGraph) graph = graph_of (&w);
      SmoothPrecisionSettings settings = { .kind = repeat % 4, .rho = 0.8 };
      g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &settings, NULL, NULL);
      g_auto (Dense) q = to_dense (precision->q);
      g_autoptr (SmoothMatrix) b = smooth_matrix_new (n_types, n, NULL);
      g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (n_types, n, NULL);
      double confidences[5];
      for (gint64 e = 0; e < n_types * n; e++)
        b->values[e] = g_rand_double_range (rand, -1, 2);
      for (gint64 k = 0; k < n_types; k++)
        confidences[k] = g_rand_double (rand);
      gboolean normalised = repeat % 3 == 0;
      double scale = normalised ? 1.0 / (double) (n_types * n) : 1.0;

      double loss = 0.0, expected = 0.0, plain = 0.0, ones = 0.0;
      g_assert_true (smooth_spatial_loss (precision, b, confidences, normalised, &loss, gradient, NULL, NULL));
      for (gint64 k = 0; k < n_types; k++)
        for (gint64 i = 0; i < n; i++)
          {
            double slope = 0.0;
            for (gint64 j = 0; j < n; j++)
              {
                expected +=
                    scale * confidences[k] * b->values[k + i * n_types] * q.m[i * n + j] * b->values[k + j * n_types];
                slope += scale * confidences[k] * (q.m[i * n + j] + q.m[j * n + i]) * b->values[k + j * n_types];
              }
            g_assert_cmpfloat_with_epsilon (gradient->values[k + i * n_types], slope, 1e-11);
          }
      g_assert_cmpfloat_with_epsilon (loss, expected, 1e-10);

      for (gint64 k = 0; k < n_types; k++)
        confidences[k] = 1.0;
      g_assert_true (smooth_spatial_loss (precision, b, NULL, normalised, &plain, NULL, NULL, NULL));
      g_assert_true (smooth_spatial_loss (precision, b, confidences, normalised, &ones, NULL, NULL, NULL));
      g_assert_cmpfloat_with_epsilon (plain, ones, 1e-12);
    }
}

/* Q of SMA is known by what it undoes: (I + rho W) (I + rho W)^T Q = I. */
static void
test_sma (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (gint repeat = 0; repeat < 12; repeat++)
    {
      gint64 n = 30;
      double rho = repeat % 3 == 0 ? 0.1 : 0.05;
      g_auto (Dense) w = random_weights (rand, n, repeat % 2 ? DIRECTED : WEIGHTED);
      g_autoptr (SmoothGraph) graph = graph_of (&w);
      SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_SMA, .rho = rho };
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &settings, NULL, &error);
      g_autoptr (SmoothMatrix) unit = smooth_matrix_new (n, n, NULL);
      g_autoptr (SmoothMatrix) q = smooth_matrix_new (n, n, NULL);
      g_assert_no_error (error);
      settle (&w);
      g_assert_false (smooth_precision_is_explicit (precision));
      for (gint64 i = 0; i < n; i++)
        unit->values[i + i * n] = 1.0;
      g_assert_true (smooth_precision_apply (precision, unit, q, NULL, &error));

      g_autofree double *a = g_new0 (double, n * n), *gram = g_new0 (double, n * n);
      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j < n; j++)
          a[i * n + j] = (i == j) + rho * MAX (w.m[i * n + j], 0.0);
      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j < n; j++)
          for (gint64 l = 0; l < n; l++)
            gram[i * n + j] += a[i * n + l] * a[j * n + l];
      double largest = 1.0;
      for (gint64 e = 0; e < n * n; e++)
        largest = MAX (largest, fabs (q->values[e]));
      for (gint64 i = 0; i < n; i++)
        for (gint64 j = 0; j < n; j++)
          {
            double sum = 0.0;
            for (gint64 l = 0; l < n; l++)
              sum += gram[i * n + l] * q->values[l + j * n];
            g_assert_cmpfloat_with_epsilon (sum, i == j, 1e-13 * largest);
            g_assert_cmpfloat_with_epsilon (q->values[i + j * n], q->values[j + i * n], 1e-11 * largest);
          }
      for (gint64 i = 0; i < n; i++)
        g_assert_cmpfloat_with_epsilon (precision->diagonal[i], q->values[i + i * n], 1e-9 * q->values[i + i * n]);
    }
}

/* The inverse of a dense matrix by Gauss and Jordan with pivoting; FALSE where a pivot vanishes. */
static gboolean
invert (double *a, gint64 n)
{
  g_autofree double *b = g_new0 (double, n * n);

  for (gint64 i = 0; i < n; i++)
    b[i * n + i] = 1.0;
  for (gint64 k = 0; k < n; k++)
    {
      gint64 pivot = k;
      for (gint64 i = k + 1; i < n; i++)
        if (fabs (a[i * n + k]) > fabs (a[pivot * n + k]))
          pivot = i;
      if (fabs (a[pivot * n + k]) < 1e-12)
        return FALSE;
      for (gint64 j = 0; j < n; j++)
        {
          double t = a[k * n + j], u = b[k * n + j];
          a[k * n + j] = a[pivot * n + j];
          a[pivot * n + j] = t;
          b[k * n + j] = b[pivot * n + j];
          b[pivot * n + j] = u;
        }
      double by = 1.0 / a[k * n + k];
      for (gint64 j = 0; j < n; j++)
        {
          a[k * n + j] *= by;
          b[k * n + j] *= by;
        }
      for (gint64 i = 0; i < n; i++)
        {
          double factor = i == k ? 0.0 : a[i * n + k];
          for (gint64 j = 0; j < n && factor != 0.0; j++)
            {
              a[i * n + j] -= factor * a[k * n + j];
              b[i * n + j] -= factor * b[k * n + j];
            }
        }
    }
  memcpy (a, b, sizeof (double) * (gsize) (n * n));
  return TRUE;
}

/* Under a standardised prior every spot has variance 1; the scaled matrix is S Q S. */
static void
test_standardised (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_SMA; kind++)
    for (gint repeat = 0; repeat < 6; repeat++)
      {
        gint64 n = 24;
        g_auto (Dense) w = random_weights (rand, n, repeat % 2 ? WEIGHTED : PLAIN);
        g_autoptr (SmoothGraph) graph = graph_of (&w);
        SmoothPrecisionSettings settings = { .kind = kind, .rho = kind == SMOOTH_PRIOR_CAR || kind == SMOOTH_PRIOR_SMA ? 0.05 : 0.7 };
        g_autoptr (GError) error = NULL;
        g_autoptr (SmoothPrecision) plain = smooth_precision_new (graph, &settings, NULL, &error);
        settings.standardise = TRUE;
        g_autoptr (SmoothPrecision) standard = smooth_precision_new (graph, &settings, NULL, &error);
        g_assert_no_error (error);

        g_autoptr (SmoothMatrix) unit = smooth_matrix_new (n, n, NULL);
        g_autoptr (SmoothMatrix) q = smooth_matrix_new (n, n, NULL);
        g_autoptr (SmoothMatrix) scaled = smooth_matrix_new (n, n, NULL);
        for (gint64 i = 0; i < n; i++)
          unit->values[i + i * n] = 1.0;
        g_assert_true (smooth_precision_apply (plain, unit, q, NULL, NULL) && smooth_precision_apply (standard, unit, scaled, NULL, NULL));
        g_autofree double *inverse = g_memdup2 (q->values, sizeof (double) * (gsize) (n * n));
        g_autofree double *covariance = g_memdup2 (scaled->values, sizeof (double) * (gsize) (n * n));
        g_assert_true (invert (inverse, n) && invert (covariance, n));
        for (gint64 i = 0; i < n; i++)
          {
            g_assert_cmpfloat_with_epsilon (covariance[i * n + i], 1.0, 1e-10);
            g_assert_cmpfloat_with_epsilon (standard->diagonal[i], scaled->values[i + i * n], 1e-11 * scaled->values[i + i * n]);
            for (gint64 j = 0; j < n; j++)
              g_assert_cmpfloat_with_epsilon (scaled->values[i + j * n],
                                              sqrt (inverse[i * n + i] * inverse[j * n + j]) * q->values[i + j * n],
                                              2e-12 * sqrt (scaled->values[i + i * n] * scaled->values[j + j * n]));
          }
      }
}

/* All permutations of a few spots, one after another (in the order of a dictionary). */
static void
next_permutation (gint32 *places, gint64 n)
{
  gint64 i = n - 2, j = n - 1;

  while (i >= 0 && places[i] > places[i + 1])
    i--;
  if (i < 0)
    return;
  while (places[j] < places[i])
    j--;
  gint32 t = places[i];
  places[i] = places[j];
  places[j] = t;
  for (gint64 a = i + 1, b = n - 1; a < b; a++, b--)
    {
      t = places[a];
      places[a] = places[b];
      places[b] = t;
    }
}

/* The closed form is the mean over all 120 permutations of five spots, values and gradients, for matrices and for SMA. */
static void
test_expectation (void)
{
  enum { N = 5, N_ALL = 120, K = 2 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autofree gint32 *all = g_new (gint32, N_ALL * N);
  const double confidences[K] = { 1.0, 0.3 };

  for (gint32 i = 0; i < N; i++)
    all[i] = i;
  for (gint t = 1; t < N_ALL; t++)
    {
      memcpy (all + t * N, all + (t - 1) * N, sizeof (gint32) * N);
      next_permutation (all + t * N, N);
    }
  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_SMA; kind++)
    {
      g_auto (Dense) w = random_weights (rand, N, WEIGHTED);
      g_autoptr (SmoothGraph) graph = graph_of (&w);
      SmoothPrecisionSettings prior = { .kind = kind, .rho = 0.1 };
      g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &prior, NULL, NULL);
      SmoothContrastSettings settings = { .ratio = 0.4, .lower_bound = -1e6, .n_permutations = N_ALL };
      g_autoptr (SmoothMatrix) b = smooth_matrix_new (K, N, NULL);
      g_autoptr (SmoothMatrix) slope = smooth_matrix_new (K, N, NULL);
      g_autoptr (SmoothMatrix) expected_slope = smooth_matrix_new (K, N, NULL);
      SmoothContrast found, expected;
      for (gint e = 0; e < K * N; e++)
        b->values[e] = g_rand_double_range (rand, -1, 2);
      g_assert_true (smooth_contrastive_loss (precision, b, confidences, &settings, all, kind % 2, &expected, expected_slope, NULL, NULL));
      settings.n_permutations = 0;
      g_assert_true (smooth_contrastive_loss (precision, b, confidences, &settings, NULL, kind % 2, &found, slope, NULL, NULL));
      g_assert_cmpfloat_with_epsilon (found.negative, expected.negative, 1e-10);
      g_assert_cmpfloat_with_epsilon (found.loss, expected.loss, 1e-10);
      for (gint e = 0; e < K * N; e++)
        g_assert_cmpfloat_with_epsilon (slope->values[e], expected_slope->values[e], 1e-10);

      settings.lower_bound = found.positive + 1.0;
      g_assert_true (smooth_contrastive_loss (precision, b, confidences, &settings, NULL, TRUE, &found, slope, NULL, NULL));
      g_assert_true (found.is_clamped && found.loss == settings.lower_bound);
      for (gint e = 0; e < K * N; e++)
        g_assert_cmpfloat (slope->values[e], ==, 0.0);

      all[3] = all[2]; /* no permutation any more */
      settings.n_permutations = N_ALL;
      g_autoptr (GError) error = NULL;
      g_assert_false (smooth_contrastive_loss (precision, b, NULL, &settings, all, TRUE, &found, NULL, NULL, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
      all[3] = 3;
    }
}

/* KL pair by pair, its gradient by differences. */
static double
kl_by_pairs (const Dense *w, const SmoothMatrix *b)
{
  gint64 n = b->n_cols, n_groups = b->n_rows;
  double sum = 0.0, count = 0.0;

  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      {
        double weight = w != NULL ? w->m[i * n + j] : 1.0, z_i = 0.0, z_j = 0.0, part = 0.0;
        for (gint64 k = 0; k < n_groups; k++)
          {
            z_i += exp (b->values[k + i * n_groups]);
            z_j += exp (b->values[k + j * n_groups]);
          }
        for (gint64 k = 0; k < n_groups; k++)
          {
            double p = exp (b->values[k + i * n_groups]) / z_i, q = exp (b->values[k + j * n_groups]) / z_j;
            part += p * log (p / q);
          }
        sum += weight * part;
        count += weight != 0.0;
      }
  return sum / count;
}

static void
test_kl (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  gint64 n = 12, n_groups = 3;

  for (gint repeat = 0; repeat < 6; repeat++)
    {
      g_auto (Dense) w = random_weights (rand, n, DIRECTED | WEIGHTED);
      g_autoptr (SmoothGraph) graph = graph_of (&w);
      settle (&w);
      const Dense *used = repeat % 2 ? &w : NULL;
      g_autoptr (SmoothMatrix) b = smooth_matrix_new (n_groups, n, NULL);
      g_autoptr (SmoothMatrix) slope = smooth_matrix_new (n_groups, n, NULL);
      double loss = 0.0;
      for (gint64 e = 0; e < n_groups * n; e++)
        b->values[e] = g_rand_double_range (rand, -2, 2);
      g_assert_true (smooth_kl_loss (used != NULL ? graph : NULL, b, &loss, slope, NULL));
      g_assert_cmpfloat_with_epsilon (loss, kl_by_pairs (used, b), 1e-11);
      for (gint64 e = 0; e < n_groups * n; e++)
        {
          double value = b->values[e], step = 1e-5, above, below;
          b->values[e] = value + step;
          above = kl_by_pairs (used, b);
          b->values[e] = value - step;
          below = kl_by_pairs (used, b);
          b->values[e] = value;
          g_assert_cmpfloat_with_epsilon (slope->values[e], (above - below) / (2.0 * step), 1e-8);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/oracle/precision/formulas", test_formulas);
  g_test_add_func ("/oracle/precision/interval", test_interval);
  g_test_add_func ("/oracle/precision/threads", test_threads);
  g_test_add_func ("/oracle/precision/loss", test_loss);
  g_test_add_func ("/oracle/precision/sma", test_sma);
  g_test_add_func ("/oracle/precision/standardised", test_standardised);
  g_test_add_func ("/oracle/precision/expectation", test_expectation);
  g_test_add_func ("/oracle/precision/kl", test_kl);
  return g_test_run ();
}
