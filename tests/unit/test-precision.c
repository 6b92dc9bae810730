/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of precision/: patterns that outlive region edits, warnings in words, matrices given by the caller. */
#include "precision/precision.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/precision/pattern-outlives-regions", test_pattern_outlives_regions);
  g_test_add_func ("/precision/indefinite-car-says-so", test_indefinite_car_says_so);
  g_test_add_func ("/precision/notes", test_notes);
  g_test_add_func ("/precision/settings-are-checked", test_settings_are_checked);
  g_test_add_func ("/precision/from-matrix", test_from_matrix);
  return g_test_run ();
}
