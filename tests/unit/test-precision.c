/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of precision/: patterns that outlive region edits, warnings in words, matrices given by the caller. */
#include "precision/decay.h"
#include "precision/loss.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define WIDTH 12
#define N (WIDTH * WIDTH)

static SmoothGraph *
lattice_graph (const gint32 *labels, gboolean row_scale)
{
  double coords[2 * N];

  for (gint i = 0; i < N; i++)
    {
      coords[2 * i] = i % WIDTH + 0.5 * (i / WIDTH % 2);
      coords[2 * i + 1] = sqrt (0.75) * (i / WIDTH);
    }
  g_autoptr (SmoothGraph) base = smooth_graph_new (coords, N, 2, 1, NULL, NULL, NULL);
  return smooth_graph_new_scaled_by_identity (base, labels, 0, FALSE, row_scale, NULL);
}

static const char *
find_line (const SmoothPrecision *precision, SmoothReportLevel wanted)
{
  for (guint i = 0; i < smooth_report_get_n_lines (precision->report); i++)
    {
      SmoothReportLevel level;
      const char *line = smooth_report_get_line (precision->report, i, &level);
      if (level == wanted)
        return line;
    }
  return NULL;
}

static void
test_pattern_outlives_regions (void)
{
  gint32 none[N] = { 0 }, some[N], all[N];

  for (gint i = 0; i < N; i++)
    {
      some[i] = i % WIDTH < 5;
      all[i] = i;
    }
  SmoothGraph *graphs[] = { lattice_graph (none, FALSE), lattice_graph (some, FALSE), lattice_graph (all, FALSE) };
  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind++)
    {
      SmoothPrecisionSettings settings = { .kind = kind, .rho = 0.1 };
      g_autoptr (SmoothPrecision) first = smooth_precision_new (graphs[0], &settings, NULL, NULL);
      gsize nnz = (gsize) smooth_sparse_get_nnz (first->symmetric);
      for (gint g = 1; g < 3; g++)
        {
          g_autoptr (SmoothPrecision) other = smooth_precision_new (graphs[g], &settings, NULL, NULL);
          g_assert_cmpint (smooth_sparse_get_nnz (other->symmetric), ==, nnz);
          g_assert_true (memcmp (first->symmetric->rows, other->symmetric->rows, nnz * sizeof (gint32)) == 0);
          g_assert_true (memcmp (first->symmetric->starts, other->symmetric->starts, (N + 1) * sizeof (gint64)) == 0);
        }
      if (kind <= SMOOTH_PRIOR_CAR)
        g_assert_cmpint (nnz, ==, smooth_sparse_get_nnz (graphs[0]->weights));
    }
  for (gsize g = 0; g < G_N_ELEMENTS (graphs); g++)
    smooth_graph_unref (graphs[g]);
}

static void
test_indefinite_car_says_so (void)
{
  gint32 labels[N] = { 0 };
  g_autoptr (SmoothGraph) graph = lattice_graph (labels, FALSE);
  SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_CAR, .rho = 0.99 };
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &settings, NULL, NULL);
  const char *line = find_line (precision, SMOOTH_REPORT_WARNING);

  g_assert_false (precision->is_semidefinite);
  g_assert_nonnull (line);
  g_assert_nonnull (strstr (line, "CAR"));
  g_assert_nonnull (strstr (line, "0.99"));
  g_assert_nonnull (strstr (line, "choose a rho of at most 0.1"));
  g_assert_cmpfloat (precision->rho_max, >, 1.0 / 6.0);
  g_assert_cmpfloat (precision->rho_max, <, 0.18);

  settings.rho = 0.16;
  g_autoptr (SmoothPrecision) inside = smooth_precision_new (graph, &settings, NULL, NULL);
  g_assert_true (inside->is_semidefinite);
  g_assert_null (find_line (inside, SMOOTH_REPORT_WARNING));
  g_assert_true (inside->rho_max == precision->rho_max);
}

static void
test_notes (void)
{
  gint32 labels[N];
  SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_ICAR, .rho = 1 };

  for (gint i = 0; i < N; i++)
    labels[i] = i % WIDTH < 5;
  g_autoptr (SmoothGraph) graph = lattice_graph (labels, FALSE);
  g_autoptr (SmoothPrecision) singular = smooth_precision_new (graph, &settings, NULL, NULL);
  g_assert_nonnull (strstr (find_line (singular, SMOOTH_REPORT_NOTE), "2 connected components"));
  g_assert_null (find_line (singular, SMOOTH_REPORT_WARNING));

  settings.rho = 0.99;
  g_autoptr (SmoothPrecision) regular = smooth_precision_new (graph, &settings, NULL, NULL);
  g_assert_null (find_line (regular, SMOOTH_REPORT_NOTE));

  g_autoptr (SmoothGraph) scaled = lattice_graph (labels, TRUE);
  g_autoptr (SmoothPrecision) directed = smooth_precision_new (scaled, &settings, NULL, NULL);
  g_assert_nonnull (strstr (find_line (directed, SMOOTH_REPORT_NOTE), "not symmetric"));
}

static void
test_settings_are_checked (void)
{
  gint32 labels[N] = { 0 };
  g_autoptr (SmoothGraph) graph = lattice_graph (labels, FALSE);
  SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_ICAR, .rho = 1.01 };
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_precision_new (graph, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);

  g_autoptr (SmoothPrecision) defaults = smooth_precision_new (graph, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (defaults);
}

static void
test_from_matrix (void)
{
  const gint32 rows[] = { 0, 2 }, cols[] = { 1, 2 };
  const double values[] = { -3, 2 };
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_triplets (3, 3, 2, rows, cols, values, NULL);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new_from_matrix (sparse, NULL);
  g_autoptr (GError) error = NULL;

  /* (0,1) and (1,0) at -1.5, and all three diagonals. */
  g_assert_cmpint (smooth_sparse_get_nnz (precision->symmetric), ==, 5);
  g_assert_cmpfloat (precision->symmetric->values[1], ==, -1.5);
  g_assert_cmpfloat (precision->symmetric->values[4], ==, 2);

  sparse->values[0] = NAN;
  g_assert_null (smooth_precision_new_from_matrix (sparse, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_autoptr (SmoothSparse) wide = smooth_sparse_new (3, 4, 0, NULL);
  g_assert_null (smooth_precision_new_from_matrix (wide, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
}

static SmoothPrecision *
lattice_precision (gint kind, double rho, double *coords, GError **error)
{
  g_autoptr (SmoothGraph) graph = NULL;
  gint32 none[N] = { 0 };
  SmoothPrecisionSettings settings = { .kind = kind, .rho = rho };

  for (gint i = 0; i < N; i++)
    {
      coords[2 * i] = i % WIDTH + 0.5 * (i / WIDTH % 2) + 1e-3 * (i % 7);
      coords[2 * i + 1] = sqrt (0.75) * (i / WIDTH);
    }
  graph = lattice_graph (none, FALSE);
  return smooth_precision_new (graph, &settings, NULL, error);
}

/* A sample of spots tells about the same; singular priors have no correlations; too many orders are refused. */
static void
test_decay (void)
{
  double coords[2 * N];
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPrecision) precision = lattice_precision (SMOOTH_PRIOR_ICAR, 0.95, coords, NULL);
  g_autoptr (SmoothDecay) all = smooth_decay_new_of_prior (precision, coords, 2, 12, 0, 1, NULL, &error);
  g_autoptr (SmoothDecay) some = smooth_decay_new_of_prior (precision, coords, 2, 12, 100, 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (all->n_measured, ==, N);
  g_assert_cmpint (some->n_measured, ==, 100);
  g_assert_cmpuint (smooth_report_get_n_lines (some->report), ==, 1);
  g_assert_cmpfloat (smooth_decay_get_mismatch (all, some, 1, 12), <, 1e-3);
  g_assert_cmpfloat (smooth_decay_get_mismatch (all, all, 1, 12), ==, 0);
  g_assert_cmpfloat (all->quantiles[2], ==, 1);
  for (gint j = 0; j <= 12; j++)
    for (gint q = 1; q < SMOOTH_DECAY_N_QUANTILES; q++)
      g_assert_cmpfloat (all->quantiles[j * SMOOTH_DECAY_N_QUANTILES + q], >=, all->quantiles[j * SMOOTH_DECAY_N_QUANTILES + q - 1]);
  g_assert_true (all->alpha > 0 && all->beta > 0 && all->variances[2] > 0);

  g_autoptr (SmoothPrecision) singular = lattice_precision (SMOOTH_PRIOR_ICAR, 1, coords, NULL);
  g_assert_null (smooth_decay_new_of_prior (singular, coords, 2, 12, 0, 1, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC);
  g_clear_error (&error);
  g_assert_null (smooth_decay_new_of_prior (precision, coords, 2, N, 0, 1, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

/* SMA says where a moving average cannot be told back, and refuses where it is singular; and how to make a sound one. */
static void
test_sma (void)
{
  double coords[2 * N];
  const double pair[] = { 0, 1, 1, 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPrecision) good = lattice_precision (SMOOTH_PRIOR_SMA, 0.2, coords, NULL);
  g_assert_null (find_line (good, SMOOTH_REPORT_WARNING));
  g_assert_cmpfloat (good->rho_max, >, 0.3);
  g_autoptr (SmoothPrecision) beyond = lattice_precision (SMOOTH_PRIOR_SMA, 0.9, coords, NULL);
  g_assert_nonnull (strstr (find_line (beyond, SMOOTH_REPORT_WARNING), "alternate"));
  g_autofree char *most = g_strdup_printf ("choose a rho of at most %.3g", floor (beyond->rho_max * 1e3) / 1e3);
  g_assert_nonnull (strstr (find_line (beyond, SMOOTH_REPORT_WARNING), most));
  g_assert_nonnull (strstr (find_line (beyond, SMOOTH_REPORT_WARNING), "row-scale"));

  g_autoptr (SmoothMatrix) matrix = smooth_matrix_new_from_values (2, 2, pair, NULL);
  g_autoptr (SmoothSparse) weights = smooth_sparse_new_from_dense (matrix, NULL);
  g_autoptr (SmoothGraph) graph = smooth_graph_new_from_weights (weights, NULL);
  SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_SMA, .rho = 1 };
  g_assert_null (smooth_precision_new (graph, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC);
  g_assert_nonnull (strstr (error->message, "singular"));
}

/* A standardised prior: said in words where there is no variance to make equal. */
static void
test_standardise (void)
{
  double coords[2 * N];
  gint32 none[N] = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothGraph) graph = lattice_graph (none, FALSE);
  SmoothPrecisionSettings settings = { .kind = SMOOTH_PRIOR_ICAR, .rho = 1, .standardise = TRUE };
  g_autoptr (SmoothPrecision) singular = smooth_precision_new (graph, &settings, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (find_line (singular, SMOOTH_REPORT_WARNING), "singular"));
  for (gint i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (singular->diagonal[i], 1, 1e-12);

  settings = (SmoothPrecisionSettings){ .kind = SMOOTH_PRIOR_CAR, .rho = 0.9, .standardise = TRUE };
  g_assert_null (smooth_precision_new (graph, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC);
  g_assert_nonnull (strstr (error->message, "expected rho between"));
  g_autoptr (SmoothPrecision) plain = lattice_precision (SMOOTH_PRIOR_ICAR, 0.5, coords, NULL);
  settings = (SmoothPrecisionSettings){ .kind = SMOOTH_PRIOR_ICAR, .rho = 0.5, .standardise = TRUE };
  g_autoptr (SmoothPrecision) standard = smooth_precision_new (graph, &settings, NULL, NULL);
  g_assert_cmpint (smooth_sparse_get_nnz (plain->symmetric), ==, smooth_sparse_get_nnz (standard->symmetric));
}

/* Equal types, a type that never varies, and nothing at all. */
static void
test_confidences (void)
{
  const double x[] = { 1, 0, 0, 1, 1, 0, 1, 0, 0 }, y[] = { 1, 5, 0, 3, 5, 0, 2, 5, 0 };
  g_autoptr (SmoothMatrix) signature = smooth_matrix_new_from_values (3, 2, x, NULL);
  g_autoptr (SmoothMatrix) dense = smooth_matrix_new_from_values (3, 3, y, NULL);
  g_autoptr (SmoothSparse) expression = smooth_sparse_new_from_dense (dense, NULL);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (GError) error = NULL;
  g_autofree double *c = smooth_confidences_new (signature, expression, report, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (c[0], 1, 1e-12); /* 1, 3 and 2 less 5: the second type is 5 everywhere */
  g_assert_cmpfloat_with_epsilon (c[1], 0, 1e-12);

  const double same[] = { 1, 0, 0, 1, 0, 0 };
  g_autoptr (SmoothMatrix) twice = smooth_matrix_new_from_values (3, 2, same, NULL);
  g_autofree double *equal = smooth_confidences_new (twice, expression, report, &error);
  g_assert_cmpfloat_with_epsilon (equal[0], 1, 1e-12);
  g_assert_cmpfloat_with_epsilon (equal[1], 1, 1e-12);
  g_assert_nonnull (strstr (smooth_report_get_line (report, 0, NULL), "rank 1"));

  g_autoptr (SmoothSparse) empty = smooth_sparse_new (3, 3, 0, NULL);
  g_autofree double *ones = smooth_confidences_new (signature, empty, report, &error);
  g_assert_true (ones[0] == 1 && ones[1] == 1);
  twice->values[1] = NAN;
  g_assert_null (smooth_confidences_new (twice, expression, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/precision/pattern-outlives-regions", test_pattern_outlives_regions);
  g_test_add_func ("/precision/indefinite-car-says-so", test_indefinite_car_says_so);
  g_test_add_func ("/precision/notes", test_notes);
  g_test_add_func ("/precision/settings-are-checked", test_settings_are_checked);
  g_test_add_func ("/precision/from-matrix", test_from_matrix);
  g_test_add_func ("/precision/decay", test_decay);
  g_test_add_func ("/precision/sma", test_sma);
  g_test_add_func ("/precision/standardise", test_standardise);
  g_test_add_func ("/precision/confidences", test_confidences);
  return g_test_run ();
}
