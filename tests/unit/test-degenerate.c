/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs at the edge of what makes sense: each has the answer that data/help/limits.md tells, and none is wrong in silence.
 */
#include "base/error.h"
#include "model/clusters.h"
#include "model/deconvolution.h"
#include "model/imputation.h"
#include "model/pca.h"
#include "model/uncertainty.h"
#include "precision/decay.h"
#include "precision/loss.h"

#include "../problem.h"

#include <math.h>
#include <string.h>

#define SIDE 8
#define N (SIDE * SIDE)
#define PITCH 100.0
#define N_GENES 12
#define N_TYPES 3

/* ---- What the tests share ---- */

/* The error is of this kind and says this; it is cleared. */
static void
assert_error (GError **error, gint code, const char *part)
{
  g_assert_error (*error, SMOOTH_ERROR, code);
  if (strstr ((*error)->message, part) == NULL)
    g_error ("expected '%s' in '%s'", part, (*error)->message);
  g_clear_error (error);
}

static void
assert_says (const SmoothReport *report, SmoothReportLevel level, const char *part)
{
  SmoothReportLevel found;

  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    if (strstr (smooth_report_get_line (report, i, &found), part) != NULL && found == level)
      return;
  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    g_test_message ("%s", smooth_report_get_line (report, i, NULL));
  g_error ("no line with '%s'", part);
}

static void
assert_no_warning (const SmoothReport *report)
{
  SmoothReportLevel level;

  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    {
      const char *line = smooth_report_get_line (report, i, &level);
      if (level == SMOOTH_REPORT_WARNING)
        g_error ("unexpected: %s", line);
    }
}

static void
assert_finite (const double *values, gint64 n)
{
  for (gint64 e = 0; e < n; e++)
    g_assert_true (isfinite (values[e]));
}

static void
fill_lattice (double *coords)
{
  for (gint i = 0; i < N; i++)
    {
      coords[2 * i] = PITCH * (i % SIDE);
      coords[2 * i + 1] = PITCH * (i / SIDE);
    }
}

static SmoothGraph *
lattice_graph (void)
{
  double coords[2 * N];

  fill_lattice (coords);
  return smooth_graph_new (coords, N, 2, PITCH, NULL, NULL, NULL);
}

static SmoothPrecision *
prior (const SmoothGraph *graph, gint kind, double rho, gboolean standardise, GError **error)
{
  SmoothPrecisionSettings settings = { .kind = kind, .rho = rho, .standardise = standardise };

  return smooth_precision_new (graph, &settings, NULL, error);
}

static SmoothMatrix *
random_matrix (gint64 n_rows, gint64 n_cols, guint64 seed)
{
  SmoothMatrix *matrix = smooth_matrix_new (n_rows, n_cols, NULL);
  SmoothRng rng;

  smooth_i_rng_init (&rng, seed, 0);
  for (gint64 e = 0; e < n_rows * n_cols; e++)
    matrix->values[e] = smooth_i_rng_uniform (&rng) + 0.1;
  return matrix;
}

static SmoothSparse *
to_sparse (const SmoothMatrix *matrix)
{
  return smooth_sparse_new_from_dense (matrix, NULL);
}

/* Values that are no data. */
static const double bad_values[] = { NAN, INFINITY, -INFINITY, 1e200 };

/* ---- Graphs ---- */

static void
test_graph_values (void)
{
  double coords[2 * N];
  g_autoptr (GError) error = NULL;

  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      fill_lattice (coords);
      coords[2 * 7 + 1] = bad_values[b];
      g_assert_null (smooth_graph_new (coords, N, 2, PITCH, NULL, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "coordinate y of spot 7");

      gint32 row = 1, col = 2;
      g_autoptr (SmoothSparse) weights = smooth_sparse_new_from_triplets (4, 4, 1, &row, &col, &bad_values[b], NULL);
      g_assert_null (smooth_graph_new_from_weights (weights, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "entry (1, 2)");
      g_assert_null (smooth_precision_new_from_matrix (weights, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "entry (1, 2)");
    }
  fill_lattice (coords);
  g_assert_null (smooth_graph_new (coords, 1, 2, PITCH, NULL, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "at least 2");
}

/* All spots at one place: no loops, nobody has more neighbours than ties allow, and priors stand it. */
static void
test_one_place (void)
{
  g_autofree double *coords = g_new0 (double, 2 * 300);
  SmoothGraphSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_graph_params, &settings);
  for (gint mutual = 0; mutual < 2; mutual++)
    {
      settings.mutual = mutual;
      g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, 300, 2, PITCH, &settings, NULL, &error);
      g_assert_no_error (error);
      for (gint64 i = 0; i < 300; i++)
        for (gint64 e = graph->weights->starts[i]; e < graph->weights->starts[i + 1]; e++)
          if (graph->weights->rows[e] == i)
            g_assert_cmpfloat (graph->weights->values[e], ==,
                               graph->weights->starts[i + 1] - graph->weights->starts[i] == 1 ? 1.0 : 0.0);
      /* The 4 k + 32 smallest numbers are everybody's neighbours; mutual edges are those among them and the next. */
      g_assert_cmpint (graph->n_isolated, ==, mutual ? 300 - 57 : 0);
      g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.99, TRUE, &error);
      g_assert_no_error (error);
      assert_finite (icar->diagonal, 300);
    }
  settings.kind = SMOOTH_GRAPH_RADIUS;
  g_autoptr (SmoothGraph) radius = smooth_graph_new (coords, 300, 2, PITCH, &settings, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (radius->n_edges, ==, 300 * 299 / 2);
  g_assert_null (smooth_graph_new (coords, 300, 2, 0.0, &settings, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "distance between spots");
}

/* Weights that underflow leave spots alone; those that nearly do make a prior that is still a prior. */
static void
test_tiny_bandwidth (void)
{
  double coords[2 * N];
  SmoothGraphSettings settings;
  g_autoptr (GError) error = NULL;
  gint n_refused = 0;

  fill_lattice (coords);
  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = SMOOTH_GRAPH_RADIUS;
  for (double bandwidth = 1.0; bandwidth < 4.0; bandwidth *= 1.01)
    {
      settings.bandwidth = bandwidth;
      g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, PITCH, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (graph->n_isolated, ==, exp (-PITCH * PITCH / (2.0 * bandwidth * bandwidth)) > 0.0 ? 0 : N);
      for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
        for (gint standardise = 0; standardise < 2; standardise++)
          {
            g_autoptr (SmoothPrecision) precision = prior (graph, kind, 0.9, standardise, &error);
            if (precision == NULL)
              {
                assert_error (&error, SMOOTH_ERROR_NUMERIC, "too weak");
                n_refused++;
                continue;
              }
            assert_finite (precision->q->values, smooth_sparse_get_nnz (precision->q));
            assert_finite (precision->diagonal, N);
          }
    }
  g_assert_cmpint (n_refused, >, 0);
}

/* ---- Priors ---- */

static void
test_rho (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (GError) error = NULL;
  const double outside[] = { -0.01, 1.01, NAN, INFINITY };

  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_SMA; kind++)
    for (gsize r = 0; r < G_N_ELEMENTS (outside); r++)
      {
        g_assert_null (prior (graph, kind, outside[r], FALSE, &error));
        assert_error (&error, SMOOTH_ERROR_VALUE, "rho");
      }
  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
    {
      g_autoptr (SmoothPrecision) zero = prior (graph, kind, 0.0, FALSE, &error);
      g_assert_no_error (error);
      assert_no_warning (zero->report);
      for (gint64 j = 0; j < N; j++)
        for (gint64 e = zero->q->starts[j]; e < zero->q->starts[j + 1]; e++)
          g_assert_true (zero->q->rows[e] == j || zero->q->values[e] == 0.0);
    }

  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 1.0, FALSE, NULL);
  assert_says (icar->report, SMOOTH_REPORT_NOTE, "one null vector each");
  g_autoptr (SmoothPrecision) standard = prior (graph, SMOOTH_PRIOR_ICAR, 1.0, TRUE, NULL);
  assert_says (standard->report, SMOOTH_REPORT_WARNING, "the prior is singular");
  g_autoptr (SmoothPrecision) car = prior (graph, SMOOTH_PRIOR_CAR, 1.0, FALSE, NULL);
  g_assert_false (car->is_semidefinite);
  assert_says (car->report, SMOOTH_REPORT_WARNING, "lies outside of the interval");
  g_assert_null (prior (graph, SMOOTH_PRIOR_CAR, 1.0, TRUE, &error));
  assert_error (&error, SMOOTH_ERROR_NUMERIC, "expected rho between");
  g_autoptr (SmoothPrecision) sma = prior (graph, SMOOTH_PRIOR_SMA, 1.0, FALSE, &error);
  g_assert_no_error (error);
  assert_says (sma->report, SMOOTH_REPORT_WARNING, "lies outside of the interval");
}

/* Two halves and a spot alone: every prior sees three parts, and says how many levels are free. */
static void
test_disconnected (void)
{
  g_autoptr (SmoothGraph) whole = lattice_graph ();
  gint32 labels[N];
  g_autoptr (GError) error = NULL;

  for (gint i = 0; i < N; i++)
    labels[i] = i == 0 ? 2 : i % SIDE < SIDE / 2;
  g_autoptr (SmoothGraph) graph = smooth_graph_new_scaled_by_identity (whole, labels, 0.0, FALSE, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_graph_count_components (graph, NULL), ==, 3);
  g_assert_cmpint (graph->n_isolated, ==, 1);
  g_autoptr (SmoothPrecision) singular = prior (graph, SMOOTH_PRIOR_ICAR, 1.0, FALSE, NULL);
  assert_says (singular->report, SMOOTH_REPORT_NOTE, "each of the 3 connected components");

  g_autoptr (SmoothMatrix) values = random_matrix (1, N, 3);
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.9, FALSE, NULL);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (SmoothMatrix) measured = smooth_matrix_new (4, 1, NULL);
  const gint32 observed[] = { 1, 2, 9, 10 }; /* all in one half */
  SmoothInfo info;
  for (gint i = 0; i < 4; i++)
    measured->values[i] = 1.0;
  g_autoptr (SmoothMatrix) filled = smooth_impute (icar, observed, measured, NULL, &info, report, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_report_get_count (report, "unidentifiable"), ==, 1 + N / 2);
  assert_says (report, SMOOTH_REPORT_WARNING, "connected to no measured spot");
  g_assert_cmpfloat (filled->values[0], ==, 0.0);
  g_assert_null (smooth_impute (singular, observed, measured, NULL, &info, NULL, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_NUMERIC, "singular");
}

/* ---- Losses ---- */

static void
test_losses (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.9, FALSE, NULL);
  SmoothPrecision *both[] = { icar, icar };
  g_autoptr (SmoothMatrix) gradient = smooth_matrix_new (2, N, NULL);
  SmoothContrast contrast;
  double loss = 3.0;
  g_autoptr (GError) error = NULL;

  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      g_autoptr (SmoothMatrix) values = random_matrix (2, N, 1);
      double confidences[] = { 1.0, bad_values[b] };
      g_assert_false (smooth_spatial_loss (icar, values, confidences, TRUE, &loss, gradient, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "confidence of group 2");
      g_assert_false (smooth_spatial_loss_by_group (both, values, confidences, TRUE, &loss, gradient, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "confidence of group 2");
      values->values[1 + 2 * 5] = bad_values[b];
      g_assert_false (smooth_spatial_loss (icar, values, NULL, TRUE, &loss, gradient, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "group 2 of spot 6: expected a number");
      g_assert_false (smooth_spatial_loss_by_group (both, values, NULL, TRUE, &loss, gradient, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "group 2 of spot 6: expected a number");
      g_assert_false (smooth_contrastive_loss (icar, values, NULL, NULL, NULL, TRUE, &contrast, gradient, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "group 2 of spot 6: expected a number");
      g_assert_false (smooth_kl_loss (graph, values, &loss, gradient, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "group 2 of spot 6: expected a number");
    }
  g_assert_cmpfloat (loss, ==, 3.0); /* outputs are untouched on error */
  for (gint64 e = 0; e < 2 * N; e++)
    g_assert_cmpfloat (gradient->values[e], ==, 0.0);

  /* The largest values that are accepted still have a finite loss. */
  g_autoptr (SmoothMatrix) large = smooth_matrix_new (2, N, NULL);
  for (gint64 e = 0; e < 2 * N; e++)
    large->values[e] = e % 3 == 0 ? SMOOTH_MAX_VALUE : -SMOOTH_MAX_VALUE;
  g_assert_true (smooth_spatial_loss (icar, large, NULL, FALSE, &loss, gradient, NULL, &error));
  g_assert_true (isfinite (loss) && loss > 0.0);
  g_assert_true (smooth_kl_loss (graph, large, &loss, gradient, &error));
  g_assert_true (isfinite (loss));
  assert_finite (gradient->values, 2 * N);

  /* One group has nothing to compare: no divergence. */
  g_autoptr (SmoothMatrix) single = random_matrix (1, N, 2);
  g_assert_true (smooth_kl_loss (NULL, single, &loss, NULL, &error));
  g_assert_cmpfloat (fabs (loss), <, 1e-15);
}

/* Seeded permutations that are made one at a time are those of the public call. */
static void
test_permutations (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.9, FALSE, NULL);
  g_autoptr (SmoothMatrix) values = random_matrix (2, N, 1);
  g_autoptr (GError) error = NULL;
  SmoothContrastSettings settings;
  SmoothContrast seeded, given;

  smooth_params_init (&smooth_contrast_params, &settings);
  settings.n_permutations = 5;
  settings.seed = 9;
  g_autofree gint32 *permutations = smooth_permutations_new (N, 5, 9, &error);
  g_assert_no_error (error);
  g_assert_true (smooth_contrastive_loss (icar, values, NULL, &settings, NULL, TRUE, &seeded, NULL, NULL, &error));
  g_assert_true (smooth_contrastive_loss (icar, values, NULL, &settings, permutations, TRUE, &given, NULL, NULL, &error));
  g_assert_cmpfloat (seeded.negative, ==, given.negative);
  g_assert_cmpfloat (seeded.negative, !=, seeded.positive);

  permutations[3] = permutations[4];
  g_assert_false (smooth_contrastive_loss (icar, values, NULL, &settings, permutations, TRUE, &given, NULL, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "permutation 1");
  g_assert_null (smooth_permutations_new (G_MAXINT32, G_MAXINT32, 1, &error));
  assert_error (&error, SMOOTH_ERROR_MEMORY, "not enough memory");
}

static void
test_confidences (void)
{
  g_autoptr (SmoothMatrix) signature = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;

  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
      y->values[4] = bad_values[b];
      g_autoptr (SmoothSparse) expression = to_sparse (y);
      g_assert_null (smooth_confidences_new (signature, expression, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "entry (4, 0)");
      g_autoptr (SmoothMatrix) x = random_matrix (N_GENES, N_TYPES, 1);
      x->values[N_GENES + 2] = bad_values[b];
      g_assert_null (smooth_confidences_new (x, expression, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "the signature: gene 3 of type 2");
    }
  g_autoptr (SmoothSparse) nothing = smooth_sparse_new (N_GENES, N, 0, NULL);
  g_autofree double *ones = smooth_confidences_new (signature, nothing, report, &error);
  assert_says (report, SMOOTH_REPORT_WARNING, "no type varies");
  for (gint k = 0; k < N_TYPES; k++)
    g_assert_cmpfloat (ones[k], ==, 1.0);
}

static void
test_decay (void)
{
  double coords[2 * N];
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (GError) error = NULL;

  fill_lattice (coords);
  g_autoptr (SmoothPrecision) singular = prior (graph, SMOOTH_PRIOR_ICAR, 1.0, FALSE, NULL);
  g_assert_null (smooth_decay_new_of_prior (singular, coords, 2, 5, 0, 1, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_NUMERIC, "singular or indefinite");
  g_autoptr (SmoothPrecision) indefinite = prior (graph, SMOOTH_PRIOR_CAR, 0.9, FALSE, NULL);
  g_assert_null (smooth_decay_new_of_prior (indefinite, coords, 2, 5, 0, 1, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_NUMERIC, "singular or indefinite");
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.9, FALSE, NULL);
  g_assert_null (smooth_decay_new_of_prior (icar, coords, 2, N, 0, 1, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "orders of neighbours: expected 1 to 63 of 64 spots, found 64");
  coords[3] = NAN;
  g_assert_null (smooth_decay_new_of_prior (icar, coords, 2, 5, 0, 1, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "coordinate y of spot 1");
  fill_lattice (coords);

  /* rho 0: spots are independent. */
  g_autoptr (SmoothPrecision) independent = prior (graph, SMOOTH_PRIOR_ICAR, 0.0, FALSE, NULL);
  g_autoptr (SmoothDecay) flat = smooth_decay_new_of_prior (independent, coords, 2, 5, 0, 1, NULL, &error);
  g_assert_no_error (error);
  for (gint j = 1; j <= 5; j++)
    g_assert_cmpfloat (flat->quantiles[5 * j + 2], ==, 0.0);
  g_assert_true (isfinite (flat->alpha) && isfinite (flat->beta));

  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      g_autoptr (SmoothMatrix) f = random_matrix (4, N, 1);
      f->values[4 * 2 + 1] = bad_values[b];
      g_assert_null (smooth_features_new_from_matrix (f, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "feature 2 of spot 3");
      g_autoptr (SmoothSparse) sparse = to_sparse (f);
      g_assert_null (smooth_features_new_from_sparse (sparse, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "feature 2 of spot 3");
    }
  /* Spots without expression resemble nobody. */
  g_autoptr (SmoothMatrix) zeros = smooth_matrix_new (4, N, NULL);
  g_autoptr (SmoothFeatures) features = smooth_features_new_from_matrix (zeros, NULL);
  g_autoptr (SmoothDecay) none = smooth_decay_new_of_features (features, coords, 2, 5, NULL, &error);
  g_assert_no_error (error);
  assert_finite (none->quantiles, 6 * SMOOTH_DECAY_N_QUANTILES);
  g_assert_cmpfloat (none->quantiles[5 * 3 + 2], ==, 0.0);
}

/* ---- Deconvolution ---- */

typedef struct
{
  SmoothReduced *reduced;
  SmoothMatrix *abundances;
  SmoothInfo info;
} Solution;

static void
solution_clear (Solution *solution)
{
  g_clear_pointer (&solution->reduced, smooth_reduced_unref);
  g_clear_pointer (&solution->abundances, smooth_matrix_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Solution, solution_clear)

/* Solves; the answer is finite, not negative, and of converged ones the residual is what the tolerance asks for. */
static Solution
solve (const SmoothMatrix *signature, const SmoothMatrix *y, SmoothPrecision *precision, double lambda, gboolean bias)
{
  g_autoptr (SmoothSparse) expression = to_sparse (y);
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  Solution solution = { .reduced = smooth_reduced_new (signature, expression, bias, NULL, &error) };

  g_assert_no_error (error);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (solution.reduced);
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = lambda;
  g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, &error));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &solution.info, NULL, &error));
  g_assert_no_error (error);
  solution.abundances = smooth_deconvolver_dup_abundances (solver, NULL);
  for (gint64 e = 0; e < y->n_cols * signature->n_cols; e++)
    g_assert_true (isfinite (solution.abundances->values[e]) && solution.abundances->values[e] >= 0.0);
  g_assert_true (isfinite (solution.info.objective));
  if (solution.info.status == SMOOTH_STATUS_CONVERGED)
    {
      g_assert_cmpfloat (solution.info.kkt_residual, <=, settings.tolerance);
      g_assert_cmpfloat (solution.info.relative_gap, <=, settings.tolerance);
    }
  return solution;
}

static double
largest_abundance (const Solution *solution)
{
  double largest = 0.0;

  for (gint64 e = 0; e < solution->abundances->n_rows * solution->abundances->n_cols; e++)
    largest = MAX (largest, solution->abundances->values[e]);
  return largest;
}

static void
test_deconvolution_values (void)
{
  g_autoptr (GError) error = NULL;

  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      g_autoptr (SmoothMatrix) x = random_matrix (N_GENES, N_TYPES, 1);
      g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
      y->values[N_GENES * 3 + 5] = bad_values[b];
      g_autoptr (SmoothSparse) expression = to_sparse (y);
      g_assert_null (smooth_reduced_new (x, expression, TRUE, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "spot 4");
      x->values[N_GENES + 5] = bad_values[b];
      g_assert_null (smooth_reduced_new (x, expression, TRUE, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "the signature: gene 6 of type 2");
    }
}

static void
test_too_many_types (void)
{
  g_autoptr (SmoothMatrix) x = random_matrix (1, 5001, 1);
  g_autoptr (SmoothMatrix) y = random_matrix (1, 2, 2);
  g_autoptr (SmoothSparse) expression = to_sparse (y);
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_reduced_new (x, expression, TRUE, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "5001 types, expected at most 5000");
}

/* Genes that do not vary and spots without any expression do not disturb the others. */
static void
test_empty_genes_and_spots (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.99, FALSE, NULL);
  g_autoptr (SmoothMatrix) x = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);

  for (gint k = 0; k < N_TYPES; k++)
    x->values[k * N_GENES] = 0.0;
  for (gint i = 0; i < N; i++)
    {
      y->values[i * N_GENES] = 0.0;
      for (gint g = 0; g < N_GENES && i % 10 == 0; g++)
        y->values[i * N_GENES + g] = 0.0;
    }
  g_auto (Solution) alone = solve (x, y, NULL, 0.0, TRUE);
  g_assert_cmpint (alone.info.status, ==, SMOOTH_STATUS_CONVERGED);
  for (gint k = 0; k < N_TYPES; k++)
    g_assert_cmpfloat (alone.abundances->values[10 * N_TYPES + k], ==, 0.0);
  g_auto (Solution) smooth = solve (x, y, icar, 0.1, TRUE);
  g_assert_cmpint (smooth.info.status, ==, SMOOTH_STATUS_CONVERGED);

  /* Nothing at all: zero, optimal, and without a division by zero. */
  g_autoptr (SmoothMatrix) zeros = smooth_matrix_new (N_GENES, N, NULL);
  g_auto (Solution) nothing = solve (x, zeros, icar, 0.1, TRUE);
  g_assert_cmpint (nothing.info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (largest_abundance (&nothing), ==, 0.0);
  g_assert_cmpfloat (nothing.info.objective, ==, 0.0);
}

/* lambda at both ends: no smoothing at all, and all the smoothing there can be. */
static void
test_lambda (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothMatrix) x = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
    {
      double rho = kind == SMOOTH_PRIOR_CAR ? 0.1 : 1.0;
      g_autoptr (SmoothPrecision) precision = prior (graph, kind, rho, FALSE, NULL);
      g_auto (Solution) none = solve (x, y, precision, 0.0, TRUE);
      g_assert_cmpint (none.info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_cmpfloat (none.info.spatial_term, ==, 0.0);
      g_auto (Solution) most = solve (x, y, precision, 1e6, TRUE);
      g_assert_cmpint (most.info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_cmpfloat (most.info.data_term, >, none.info.data_term);
      for (gint64 i = 1; kind == SMOOTH_PRIOR_ICAR && i < N; i++) /* differences are all that it looks at */
        for (gint k = 0; k < N_TYPES; k++)
          g_assert_cmpfloat (fabs (most.abundances->values[i * N_TYPES + k] - most.abundances->values[k]), <, 1e-3);
    }
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.9, FALSE, NULL);
  g_autoptr (SmoothSparse) expression = to_sparse (y);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (x, expression, TRUE, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  const double outside[] = { -1.0, 1.1e6, NAN, INFINITY };
  for (gsize l = 0; l < G_N_ELEMENTS (outside); l++)
    {
      smooth_params_init (&smooth_deconvolution_params, &settings);
      settings.lambda = outside[l];
      g_assert_false (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "lambda: expected");
    }
  g_autoptr (SmoothPrecision) car = prior (graph, SMOOTH_PRIOR_CAR, 1.0, FALSE, NULL);
  g_auto (Solution) indefinite = solve (x, y, car, 1e3, TRUE);
  g_assert_cmpint (indefinite.info.status, ==, SMOOTH_STATUS_INDEFINITE);
}

/* Types that cannot be told apart, or not be seen at all, are named. */
static void
test_signatures (void)
{
  const char *names[] = { "Oak", "Elm", "Ash" };
  g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
  g_autoptr (SmoothMatrix) x = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothReport) good = smooth_report_new ();
  g_autoptr (SmoothReport) same = smooth_report_new ();
  g_autoptr (SmoothReport) mixed = smooth_report_new ();
  g_autoptr (SmoothReport) flat = smooth_report_new ();
  g_autoptr (SmoothReport) few = smooth_report_new ();

  g_auto (Solution) plain = solve (x, y, NULL, 0.0, TRUE);
  smooth_reduced_report (plain.reduced, names, good);
  assert_no_warning (good);

  for (gint g = 0; g < N_GENES; g++)
    x->values[2 * N_GENES + g] = 3.0 * x->values[g] + 1.0;
  g_auto (Solution) twins = solve (x, y, NULL, 0.0, TRUE);
  g_assert_cmpint (twins.info.status, ==, SMOOTH_STATUS_CONVERGED);
  smooth_reduced_report (twins.reduced, names, same);
  assert_says (same, SMOOTH_REPORT_WARNING, "'Oak' and 'Ash' have the same signature but for a factor and a constant");

  for (gint g = 0; g < N_GENES; g++)
    x->values[2 * N_GENES + g] = x->values[g] + x->values[N_GENES + g];
  g_auto (Solution) sum = solve (x, y, NULL, 0.0, FALSE);
  g_assert_cmpint (sum.info.status, ==, SMOOTH_STATUS_CONVERGED);
  smooth_reduced_report (sum.reduced, names, mixed);
  assert_says (mixed, SMOOTH_REPORT_WARNING, "the signatures of the 3 types are not independent");

  for (gint g = 0; g < N_GENES; g++)
    x->values[2 * N_GENES + g] = 0.7;
  g_auto (Solution) constant = solve (x, y, NULL, 0.0, TRUE);
  smooth_reduced_report (constant.reduced, names, flat);
  assert_says (flat, SMOOTH_REPORT_WARNING, "1 of 3 types have no signal");
  for (gint64 i = 0; i < N; i++)
    g_assert_cmpfloat (constant.abundances->values[i * N_TYPES + 2], ==, 0.0);

  /* One gene: the constant of a spot explains it all. Without constants one type of three can do so. */
  g_autoptr (SmoothMatrix) gene = random_matrix (1, N_TYPES, 1);
  g_autoptr (SmoothMatrix) counts = random_matrix (1, N, 2);
  g_auto (Solution) blind = solve (gene, counts, NULL, 0.0, TRUE);
  smooth_reduced_report (blind.reduced, names, few);
  assert_says (few, SMOOTH_REPORT_WARNING, "3 of 3 types have no signal");
  g_assert_cmpfloat (largest_abundance (&blind), ==, 0.0);
  g_auto (Solution) seeing = solve (gene, counts, NULL, 0.0, FALSE);
  g_assert_cmpint (seeing.info.status, ==, SMOOTH_STATUS_CONVERGED);
  g_assert_cmpfloat (seeing.info.objective, <, 1e-6);
  g_autoptr (SmoothReport) short_of_genes = smooth_report_new ();
  smooth_reduced_report (seeing.reduced, names, short_of_genes);
  assert_says (short_of_genes, SMOOTH_REPORT_WARNING, "have the same signature but for a factor");
}

/* One type, one spot, and both. */
static void
test_ones (void)
{
  g_autoptr (SmoothMatrix) type = random_matrix (N_GENES, 1, 1);
  g_autoptr (SmoothMatrix) types = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothMatrix) spots = random_matrix (N_GENES, N, 2);
  g_autoptr (SmoothMatrix) spot = smooth_matrix_new_from_values (N_GENES, 1, types->values, NULL);
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.99, FALSE, NULL);
  g_autoptr (SmoothSparse) nothing = smooth_sparse_new (1, 1, 0, NULL);
  g_autoptr (SmoothGraph) lonely = smooth_graph_new_from_weights (nothing, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (lonely->n_isolated, ==, 1);
  g_auto (Solution) one_type = solve (type, spots, icar, 0.1, TRUE);
  g_assert_cmpint (one_type.info.status, ==, SMOOTH_STATUS_CONVERGED);
  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
    {
      g_autoptr (SmoothPrecision) precision = prior (lonely, kind, 0.9, FALSE, &error);
      g_assert_no_error (error);
      g_auto (Solution) one_spot = solve (types, spot, precision, 0.0, TRUE);
      g_assert_cmpint (one_spot.info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_cmpfloat (fabs (one_spot.abundances->values[0] - 1.0), <, 1e-4); /* the spot is pure type 1 */
      g_auto (Solution) both = solve (type, spot, precision, 0.1, FALSE);
      g_assert_cmpint (both.info.status, ==, SMOOTH_STATUS_CONVERGED);
    }
}

/* ---- Every model ---- */

typedef struct
{
  const char *name;
  SmoothMatrix *x, *y;
} Data;

static SmoothMatrix *
copy (const SmoothMatrix *matrix)
{
  return smooth_matrix_new_from_values (matrix->n_rows, matrix->n_cols, matrix->values, NULL);
}

/* Signatures and expression that are odd in one way each. */
static void
make_data (Data *data)
{
  SmoothMatrix *x = random_matrix (N_GENES, N_TYPES, 1), *y = random_matrix (N_GENES, N, 2);

  data[0] = (Data){ "plain", x, y };
  data[1] = (Data){ "empty spots", smooth_matrix_ref (x), copy (y) };
  for (gint e = 0; e < 10 * N_GENES; e++)
    data[1].y->values[e] = 0.0;
  data[2] = (Data){ "nothing", smooth_matrix_ref (x), smooth_matrix_new (N_GENES, N, NULL) };
  data[3] = (Data){ "empty genes", copy (x), copy (y) };
  for (gint g = 0; g < 3; g++)
    {
      for (gint k = 0; k < N_TYPES; k++)
        data[3].x->values[k * N_GENES + g] = 0.0;
      for (gint i = 0; i < N && g > 0; i++)
        data[3].y->values[i * N_GENES + g] = 0.0;
    }
  data[4] = (Data){ "twins", copy (x), smooth_matrix_ref (y) };
  memcpy (data[4].x->values + N_GENES, x->values, N_GENES * sizeof (double));
  data[5] = (Data){ "no signal", copy (x), smooth_matrix_ref (y) };
  memset (data[5].x->values + N_GENES, 0, N_GENES * sizeof (double));
  data[6] = (Data){ "one type", random_matrix (N_GENES, 1, 1), smooth_matrix_ref (y) };
  data[7] = (Data){ "one gene", random_matrix (1, N_TYPES, 1), random_matrix (1, N, 2) };
  data[8] = (Data){ "large", copy (x), copy (y) };
  for (gint e = 0; e < N_GENES * N; e++)
    data[8].y->values[e] *= 1e12;
  data[9] = (Data){ "small", smooth_matrix_ref (x), copy (y) };
  for (gint e = 0; e < N_GENES * N; e++)
    data[9].y->values[e] *= 1e-12;
}

enum
{
  PLAIN = 0,
  NOTHING = 2,
  NO_SIGNAL = 5,
  LARGE = 8,
  N_DATA = 10,
};

/* Solves; whatever the data there is an optimum, and it is reached (lognormal: a local one). */
static SmoothMatrix *
solve_model (const Data *data, SmoothPrecision *precision, gint kind, gboolean bias, double lambda)
{
  SmoothDeconvolutionSettings settings;
  SmoothInfo info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothSparse) expression = to_sparse (data->y);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (data->x, expression, bias, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.kind = kind;
  settings.bias = bias;
  settings.lambda = lambda;
  g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, NULL));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
  SmoothMatrix *b = smooth_deconvolver_dup_abundances (solver, NULL);
  assert_finite (b->values, b->n_rows * b->n_cols);
  for (gint64 e = 0; kind != SMOOTH_MODEL_LINEAR && e < b->n_rows * b->n_cols; e++)
    g_assert_cmpfloat (b->values[e], >=, 0.0);
  /* nu-SVR measures residuals against its cost and the squares of abundances: numbers that dwarf both are beyond it, and it
   * says so. */
  if (kind == SMOOTH_MODEL_NUSVR && info.status == SMOOTH_STATUS_STOPPED && strcmp (data->name, "large") == 0)
    return b;
  /* log (1 + 1e-12) has four digits, which is as far as lognormal comes, and it says so. */
  if (kind == SMOOTH_MODEL_LOGNORMAL && info.status == SMOOTH_STATUS_STOPPED && strcmp (data->name, "small") == 0)
    return b;
  if (info.status != SMOOTH_STATUS_CONVERGED || !(info.kkt_residual <= settings.tolerance)
      || (kind != SMOOTH_MODEL_LOGNORMAL && !(info.relative_gap <= settings.tolerance)) || !(info.objective >= 0.0))
    g_error ("%s, %s, bias %d, lambda %g: %s, objective %g, KKT %g, gap %g", smooth_model_get_name (kind), data->name, bias,
             lambda, smooth_status_get_name (info.status), info.objective, info.kkt_residual, info.relative_gap);
  return b;
}

static void
test_models (void)
{
  Data data[N_DATA];
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.99, FALSE, NULL);
  const double lambdas[] = { 0.0, 0.1, 1e6 };

  make_data (data);
  for (gint kind = SMOOTH_MODEL_NNLS; kind <= SMOOTH_MODEL_LOGNORMAL; kind++)
    for (gint c = 0; c < 6; c++)
      {
        SmoothMatrix *b[N_DATA];
        for (gint d = 0; d < N_DATA; d++)
          b[d] = solve_model (&data[d], icar, kind, c % 2, lambdas[c / 2]);
        for (gint64 e = 0; e < N_TYPES * N; e++)
          {
            g_assert_cmpfloat (b[NOTHING]->values[e], ==, 0.0);
            if (e % N_TYPES == 1)
              g_assert_cmpfloat (b[NO_SIGNAL]->values[e], ==, 0.0);
            if (kind < SMOOTH_MODEL_DWLS) /* weights and costs of the others depend on the scale */
              g_assert_cmpfloat (fabs (1e-12 * b[LARGE]->values[e] - b[PLAIN]->values[e]), <, 1e-5);
          }
        for (gint d = 0; d < N_DATA; d++)
          smooth_matrix_unref (b[d]);
      }
  for (gint d = 0; d < N_DATA; d++)
    {
      smooth_matrix_unref (data[d].x);
      smooth_matrix_unref (data[d].y);
    }
}

/* Values without a logarithm are refused, with the gene, the spot and what would do; the solver goes on working. */
static void
test_logarithms (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.99, FALSE, NULL);
  g_autoptr (SmoothMatrix) x = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
  const double values[] = { -0.999, -1.0, -7.5 };
  g_autoptr (GError) error = NULL;
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;

  for (gsize v = 0; v < G_N_ELEMENTS (values); v++)
    {
      y->values[N_GENES * 3 + 5] = values[v];
      g_autoptr (SmoothSparse) expression = to_sparse (y);
      g_autoptr (SmoothReduced) reduced = smooth_reduced_new (x, expression, TRUE, NULL, NULL);
      g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
      g_assert_true (smooth_deconvolver_set_precision (solver, icar, NULL, NULL));
      smooth_params_init (&smooth_deconvolution_params, &settings);
      settings.kind = SMOOTH_MODEL_LOGNORMAL;
      gboolean done = smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error);
      if (v == 0)
        {
          g_assert_no_error (error);
          g_assert_true (done && info.status == SMOOTH_STATUS_CONVERGED);
          continue;
        }
      g_assert_false (done);
      g_autofree char *needed = g_strdup_printf ("choose a log-offset above %g", -values[v]);
      g_assert_nonnull (strstr (error->message, needed));
      assert_error (&error, SMOOTH_ERROR_VALUE, "gene 6 of spot 4 has the value");
      settings.log_offset = 8.0;
      g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_true (isfinite (info.objective));
      settings.kind = SMOOTH_MODEL_NNLS;
      g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, &error));
    }
}

/* ---- Uncertainty ---- */

static void
test_uncertainty (void)
{
  g_autoptr (SmoothMatrix) x = random_matrix (N_GENES, N_TYPES, 1);
  g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.99, FALSE, NULL);
  g_autoptr (GError) error = NULL;

  g_auto (Solution) good = solve (x, y, icar, 0.1, TRUE);
  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      double confidences[] = { 1.0, 1.0, bad_values[b] };
      g_assert_null (smooth_uncertainty_new (good.reduced, icar, confidences, 0.1, good.abundances, NULL, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "confidence of group 3");
      g_autoptr (SmoothMatrix) bad = smooth_matrix_new_from_values (N_TYPES, N, good.abundances->values, NULL);
      bad->values[N_TYPES + 1] = bad_values[b];
      g_assert_null (smooth_uncertainty_new (good.reduced, icar, NULL, 0.1, bad, NULL, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "for type 2 in spot 2");
      if (b < 3)
        {
          g_assert_null (
              smooth_uncertainty_new (good.reduced, icar, NULL, bad_values[b], good.abundances, NULL, NULL, &error));
          assert_error (&error, SMOOTH_ERROR_VALUE, "lambda");
        }
    }
  /* lambda 0 and 1e6. */
  const double ends[] = { 0.0, 1e6 };
  for (gsize l = 0; l < 2; l++)
    {
      g_auto (Solution) end = solve (x, y, icar, ends[l], TRUE);
      g_autoptr (SmoothUncertainty) known =
          smooth_uncertainty_new (end.reduced, icar, NULL, ends[l], end.abundances, NULL, NULL, &error);
      g_assert_no_error (error);
      assert_finite (known->abundances->values, N_TYPES * N);
    }
  /* Types that are alike, without a prior: NAN, and it is said. */
  memcpy (x->values + N_GENES, x->values, N_GENES * sizeof (double));
  g_autoptr (SmoothMatrix) halves = smooth_matrix_new (N_TYPES, N, NULL);
  for (gint64 e = 0; e < N_TYPES * N; e++)
    halves->values[e] = 0.5;
  g_autoptr (SmoothSparse) expression = to_sparse (y);
  g_autoptr (SmoothReduced) twins = smooth_reduced_new (x, expression, TRUE, NULL, NULL);
  g_autoptr (SmoothUncertainty) torn = smooth_uncertainty_new (twins, NULL, NULL, 0.0, halves, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_says (torn->report, SMOOTH_REPORT_WARNING, "cannot be told apart");
  g_assert_true (isnan (torn->abundances->values[0]));

  /* One gene: no noise can be told. */
  g_autoptr (SmoothMatrix) gene = random_matrix (1, 1, 1);
  g_autoptr (SmoothMatrix) counts = random_matrix (1, N, 2);
  g_auto (Solution) exact = solve (gene, counts, NULL, 0.0, FALSE);
  g_autoptr (SmoothUncertainty) unknown =
      smooth_uncertainty_new (exact.reduced, NULL, NULL, 0.0, exact.abundances, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_says (unknown->report, SMOOTH_REPORT_WARNING, "noise cannot be told");
  g_assert_true (isnan (unknown->abundances->values[0]));
}

/* ---- PCA ---- */

static void
test_pca (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothMatrix) y = random_matrix (N_GENES, N, 2);
  g_autoptr (GError) error = NULL;
  SmoothPcaSettings settings;
  const double rhos[] = { -0.1, 1.1, NAN };

  for (gint i = 0; i < N; i++)
    y->values[i * N_GENES + 3] = 0.4; /* a gene without variance */
  for (gint g = 0; g < N_GENES; g++)
    y->values[5 * N_GENES + g] = 0.0; /* a spot without expression */
  for (gint i = 0; i < N; i++)
    y->values[i * N_GENES + 4] = 0.0;
  g_autoptr (SmoothSparse) expression = to_sparse (y);
  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
    {
      g_autoptr (SmoothGrams) grams = smooth_grams_new (expression, graph, kind, NULL, NULL, &error);
      g_assert_no_error (error);
      smooth_params_init (&smooth_pca_params, &settings);
      settings.n_components = 4;
      for (gsize r = 0; r < G_N_ELEMENTS (rhos); r++)
        {
          g_assert_null (smooth_pca_new (grams, &settings, rhos[r], NULL, &error));
          assert_error (&error, SMOOTH_ERROR_VALUE, "rho");
        }
      for (gint end = 0; end < 4; end++)
        {
          settings.lambda = end & 1 ? 1e6 : 0.0;
          g_autoptr (SmoothPca) pca = smooth_pca_new (grams, &settings, end & 2 ? 1.0 : 0.0, NULL, &error);
          g_assert_no_error (error);
          assert_says (pca->report, SMOOTH_REPORT_NOTE, "do not vary");
          assert_finite (pca->scores->values, 4 * N);
          g_assert_cmpfloat (pca->loadings->values[4], ==, 0.0);
        }
    }
  g_autoptr (SmoothMatrix) one = random_matrix (1, N, 1);
  g_autoptr (SmoothSparse) gene = to_sparse (one);
  g_autoptr (SmoothGrams) small = smooth_grams_new (gene, graph, SMOOTH_PRIOR_ICAR, NULL, NULL, NULL);
  g_autoptr (SmoothPca) single = smooth_pca_new (small, NULL, 0.9, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (single->n_components, ==, 1);
  assert_says (single->report, SMOOTH_REPORT_WARNING, "only 1 genes vary");

  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      expression->values[2] = bad_values[b];
      g_assert_null (smooth_grams_new (expression, graph, SMOOTH_PRIOR_ICAR, NULL, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "of spot 1: expected a number");
    }
}

static void
test_posterior_scores (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 1.0, FALSE, NULL);
  g_autoptr (GError) error = NULL;
  double residual;

  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      g_autoptr (SmoothMatrix) scores = random_matrix (2, N, 1);
      if (b < 3)
        {
          g_assert_null (smooth_posterior_scores (icar, scores, bad_values[b], NULL, NULL, &error));
          assert_error (&error, SMOOTH_ERROR_VALUE, "lambda");
        }
      scores->values[2 * 9] = bad_values[b];
      g_assert_null (smooth_posterior_scores (icar, scores, 1.0, NULL, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "scores: component 1 of spot 10");
    }
  g_autoptr (SmoothMatrix) scores = random_matrix (2, N, 1);
  g_autoptr (SmoothMatrix) same = smooth_posterior_scores (icar, scores, 0.0, &residual, NULL, &error);
  g_assert_no_error (error);
  for (gint64 e = 0; e < 2 * N; e++)
    g_assert_cmpfloat (fabs (same->values[e] - scores->values[e]), <, 1e-14);
  g_autoptr (SmoothMatrix) level = smooth_posterior_scores (icar, scores, 1e6, &residual, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (residual, <, 1e-8);
  for (gint64 i = 0; i < N; i++)
    g_assert_cmpfloat (fabs (level->values[2 * i] - level->values[0]), <, 1e-5);
}

/* ---- Imputation ---- */

static void
test_imputation (void)
{
  g_autoptr (SmoothGraph) graph = lattice_graph ();
  g_autoptr (SmoothPrecision) icar = prior (graph, SMOOTH_PRIOR_ICAR, 0.9, FALSE, NULL);
  g_autoptr (GError) error = NULL;
  gint32 observed[N];
  SmoothImputationSettings settings;
  SmoothInfo info;

  for (gint i = 0; i < N; i++)
    observed[i] = i;
  for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
    {
      g_autoptr (SmoothMatrix) values = random_matrix (5, 2, 1);
      values->values[5 + 3] = bad_values[b];
      g_assert_null (smooth_impute (icar, observed, values, NULL, &info, NULL, NULL, &error));
      assert_error (&error, SMOOTH_ERROR_VALUE, "measured values: spot 4 of feature 2");
    }
  g_autoptr (SmoothMatrix) none = smooth_matrix_new (0, 2, NULL);
  g_assert_null (smooth_impute (icar, observed, none, NULL, &info, NULL, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "at least one measured spot and one feature, found 0 and 2");
  g_autoptr (SmoothMatrix) empty = smooth_matrix_new (5, 0, NULL);
  g_assert_null (smooth_impute (icar, observed, empty, NULL, &info, NULL, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_VALUE, "found 5 and 0");

  /* Everything measured: nothing to do, or everything to denoise. */
  g_autoptr (SmoothMatrix) all = random_matrix (N, 2, 1);
  g_autoptr (SmoothMatrix) kept = smooth_impute (icar, observed, all, NULL, &info, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (kept->values, 2 * N * sizeof (double), all->values, 2 * N * sizeof (double));
  smooth_params_init (&smooth_imputation_params, &settings);
  settings.fixed = FALSE;
  const double ends[] = { 1e-6, 1e6 };
  for (gsize l = 0; l < 2; l++)
    {
      settings.lambda = ends[l];
      g_autoptr (SmoothMatrix) smooth = smooth_impute (icar, observed, all, &settings, &info, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
      g_assert_true (l == 0 ? info.data_term < 1e-3 : info.data_term > 0.1);
    }
  /* One measured spot. */
  g_autoptr (SmoothMatrix) one = random_matrix (1, 1, 1);
  g_autoptr (SmoothMatrix) spread = smooth_impute (icar, observed, one, NULL, &info, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_finite (spread->values, N);
  g_autoptr (SmoothPrecision) car = prior (graph, SMOOTH_PRIOR_CAR, 1.0, FALSE, NULL);
  g_assert_null (smooth_impute (car, observed, one, NULL, &info, NULL, NULL, &error));
  assert_error (&error, SMOOTH_ERROR_NUMERIC, "singular or indefinite");
}

/* ---- Clusters ---- */

static void
test_clusters (void)
{
  SmoothClusterSettings settings;
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_cluster_params, &settings);
  for (gint method = SMOOTH_CLUSTERS_K_MEANS; method <= SMOOTH_CLUSTERS_LEIDEN; method++)
    {
      settings.method = method;
      for (gsize b = 0; b < G_N_ELEMENTS (bad_values); b++)
        {
          g_autoptr (SmoothMatrix) points = random_matrix (3, N, 1);
          points->values[3 * 6 + 2] = bad_values[b];
          g_assert_null (smooth_clusters_new (points, NULL, &settings, NULL, &error));
          assert_error (&error, SMOOTH_ERROR_VALUE, "clusters: dimension 3 of spot 7");
        }
      /* All spots alike, and one spot alone. */
      g_autoptr (SmoothMatrix) same = smooth_matrix_new (3, N, NULL);
      g_autoptr (SmoothClusters) flat = smooth_clusters_new (same, NULL, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (flat->inertia, ==, 0.0);
      if (method == SMOOTH_CLUSTERS_K_MEANS)
        {
          g_assert_cmpint (flat->n_clusters, ==, 1);
          assert_says (flat->report, SMOOTH_REPORT_WARNING, "only 1 different spots");
        }
      g_autoptr (SmoothMatrix) one = random_matrix (3, 1, 1);
      g_autoptr (SmoothClusters) single = smooth_clusters_new (one, NULL, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (single->n_clusters, ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/degenerate/graph-values", test_graph_values);
  g_test_add_func ("/degenerate/one-place", test_one_place);
  g_test_add_func ("/degenerate/tiny-bandwidth", test_tiny_bandwidth);
  g_test_add_func ("/degenerate/rho", test_rho);
  g_test_add_func ("/degenerate/disconnected", test_disconnected);
  g_test_add_func ("/degenerate/losses", test_losses);
  g_test_add_func ("/degenerate/permutations", test_permutations);
  g_test_add_func ("/degenerate/confidences", test_confidences);
  g_test_add_func ("/degenerate/decay", test_decay);
  g_test_add_func ("/degenerate/deconvolution-values", test_deconvolution_values);
  g_test_add_func ("/degenerate/too-many-types", test_too_many_types);
  g_test_add_func ("/degenerate/empty-genes-and-spots", test_empty_genes_and_spots);
  g_test_add_func ("/degenerate/lambda", test_lambda);
  g_test_add_func ("/degenerate/signatures", test_signatures);
  g_test_add_func ("/degenerate/ones", test_ones);
  g_test_add_func ("/degenerate/models", test_models);
  g_test_add_func ("/degenerate/logarithms", test_logarithms);
  g_test_add_func ("/degenerate/uncertainty", test_uncertainty);
  g_test_add_func ("/degenerate/pca", test_pca);
  g_test_add_func ("/degenerate/posterior-scores", test_posterior_scores);
  g_test_add_func ("/degenerate/imputation", test_imputation);
  g_test_add_func ("/degenerate/clusters", test_clusters);
  return g_test_run ();
}
