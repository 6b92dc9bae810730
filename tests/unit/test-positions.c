/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of positions to impute at: finer lattices against a count over the whole plane, missing spots, points, graphs over them. */
#include "base/error.h"
#include "graph/lattice.h"
#include "model/positions.h"
#include "precision/precision.h"

#include <math.h>
#include <string.h>

#define PITCH 100.0

/* A piece of a lattice: rows x columns in a slanted frame, turned, with holes. */
typedef struct
{
  gint kind;
  double angle;
  gint64 n;
  double coords[2 * 4000];
  gboolean filled[64][64];
} Tissue;

static void
get_place (const Tissue *tissue, double u, double v, double point[2])
{
  double between = tissue->kind == SMOOTH_LATTICE_SQUARE ? G_PI / 2.0 : G_PI / 3.0;

  point[0] = 5000.0 + PITCH * (u * cos (tissue->angle) + v * cos (tissue->angle + between));
  point[1] = 3000.0 + PITCH * (u * sin (tissue->angle) + v * sin (tissue->angle + between));
}

/* Whether there is a spot at the place. Two discs that do not touch, with a hole of one spot and a larger one. */
static gboolean
is_tissue (const Tissue *tissue, gint u, gint v)
{
  double a[2], b[2], c[2], d[2];

  get_place (tissue, u, v, a);
  get_place (tissue, 12, 12, b);
  get_place (tissue, 30, 24, c);
  get_place (tissue, 15, 12, d);
  if (u == 9 && v == 12)
    return FALSE;
  if (hypot (a[0] - d[0], a[1] - d[1]) < 1.9 * PITCH)
    return FALSE;
  return hypot (a[0] - b[0], a[1] - b[1]) < 7.2 * PITCH || hypot (a[0] - c[0], a[1] - c[1]) < 4.1 * PITCH;
}

static void
make_tissue (Tissue *tissue, gint kind, double angle, double jitter)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  memset (tissue, 0, sizeof *tissue);
  tissue->kind = kind;
  tissue->angle = angle;
  for (gint u = 0; u < 64; u++)
    for (gint v = 0; v < 64; v++)
      if (is_tissue (tissue, u, v))
        {
          double *point = tissue->coords + 2 * tissue->n++;
          tissue->filled[u][v] = TRUE;
          get_place (tissue, u, v, point);
          for (gint c = 0; c < 2; c++)
            point[c] += g_rand_double_range (rand, -jitter, jitter);
        }
}

/* By distances alone: whether a spot is among the places that are nearest to the point x, y steps from the first. */
static gboolean
is_nearest_to_tissue (const Tissue *tissue, double x, double y)
{
  double nearest = INFINITY, nearest_spot = INFINITY, point[2];

  get_place (tissue, x, y, point);
  for (gint u = MAX ((gint) x - 2, 0); u < MIN (x + 3.0, 64); u++)
    for (gint v = MAX ((gint) y - 2, 0); v < MIN (y + 3.0, 64); v++)
      {
        double place[2];
        get_place (tissue, u, v, place);
        double distance = hypot (point[0] - place[0], point[1] - place[1]);
        nearest = MIN (nearest, distance);
        if (tissue->filled[u][v])
          nearest_spot = MIN (nearest_spot, distance);
      }
  return nearest_spot <= nearest + 1e-6;
}

/* Every point of the finer lattice in the tissue is there once, and no other. */
static void
check_finer (gint kind, double angle, gint factor)
{
  static Tissue tissue;
  g_autoptr (GError) error = NULL;
  gint64 n_expected = 0;

  make_tissue (&tissue, kind, angle, 0.0);
  g_autoptr (SmoothPositions) spots = smooth_positions_new_from_coords (tissue.coords, 2, tissue.n, tissue.n, PITCH, &error);
  g_autoptr (SmoothPositions) finer = smooth_positions_new_finer (spots, factor, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (finer->factor, ==, factor);
  for (gint i = 0; i < 40 * factor; i++)
    for (gint j = 0; j < 40 * factor; j++)
      {
        double point[2], best = INFINITY, near = 0.4 * PITCH / factor;
        gint64 n_near = 0;
        if (!is_nearest_to_tissue (&tissue, (double) i / factor, (double) j / factor))
          continue;
        get_place (&tissue, (double) i / factor, (double) j / factor, point);
        n_expected++;
        for (gint64 k = 0; k < finer->n_positions; k++)
          {
            double dx = finer->coords[2 * k] - point[0], dy = finer->coords[2 * k + 1] - point[1],
                   square = dx * dx + dy * dy;
            best = MIN (best, square);
            n_near += square < near * near;
          }
        g_assert_cmpfloat (best, <, 1e-12);
        g_assert_cmpint (n_near, ==, 1);
      }
  g_assert_cmpint (finer->n_positions, ==, n_expected);
}

static void
test_finer (void)
{
  for (gint factor = 2; factor <= 6; factor++)
    {
      check_finer (SMOOTH_LATTICE_HEXAGONAL, 0.1 * factor, factor);
      check_finer (SMOOTH_LATTICE_SQUARE, 0.3 - 0.2 * factor, factor);
    }
}

/* Positions that were rounded, as pixels are: spots stay where they are, the lattice between them is regular. */
static void
test_rounded (void)
{
  static Tissue tissue;
  g_autoptr (GError) error = NULL;

  for (gint kind = 0; kind < 2; kind++)
    {
      make_tissue (&tissue, kind, 0.4, 4.0);
      g_autoptr (SmoothPositions) spots =
          smooth_positions_new_from_coords (tissue.coords, 2, tissue.n, tissue.n, PITCH, &error);
      g_autoptr (SmoothPositions) finer = smooth_positions_new_finer (spots, 3, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (memcmp (finer->coords, tissue.coords, (gsize) (2 * tissue.n) * sizeof (double)), ==, 0);
      for (gint64 k = tissue.n; k < finer->n_positions; k += 7)
        {
          double point[2], best = INFINITY;
          for (gint i = 0; i < 40 * 3; i++)
            for (gint j = 0; j < 40 * 3; j++)
              {
                get_place (&tissue, i / 3.0, j / 3.0, point);
                double dx = finer->coords[2 * k] - point[0], dy = finer->coords[2 * k + 1] - point[1];
                best = MIN (best, dx * dx + dy * dy);
              }
          g_assert_cmpfloat (best, <, 1.5 * 1.5);
        }
    }
}

static void
test_no_lattice (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GError) error = NULL;
  double coords[400];
  static Tissue tissue;

  for (gint i = 0; i < 400; i++)
    coords[i] = g_rand_double_range (rand, 0.0, 1400.0);
  g_autoptr (SmoothPositions) spots = smooth_positions_new_from_coords (coords, 2, 200, 200, PITCH, NULL);
  g_assert_null (smooth_positions_new_finer (spots, 2, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);

  make_tissue (&tissue, SMOOTH_LATTICE_HEXAGONAL, 0.0, 0.0);
  tissue.coords[0] += 0.4 * PITCH;
  g_autoptr (SmoothPositions) moved = smooth_positions_new_from_coords (tissue.coords, 2, tissue.n, tissue.n, PITCH, NULL);
  g_assert_null (smooth_positions_new_finer (moved, 2, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

static void
test_bad_input (void)
{
  g_autoptr (GError) error = NULL;
  const double coords[] = { 0, 0, 100, 0, 50, 86.6 }, infinite[] = { 1.0, INFINITY };

  g_assert_null (smooth_positions_new_from_coords (coords, 2, 0, 3, PITCH, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_null (smooth_positions_new_from_coords (coords, 2, 3, 3, 0.0, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_autoptr (SmoothPositions) spots = smooth_positions_new_from_coords (coords, 2, 2, 3, PITCH, &error);
  g_assert_no_error (error);
  g_assert_null (smooth_positions_new_with (spots, infinite, 1, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "position 1 of 1: expected a finite y"));
  g_clear_error (&error);
  g_assert_null (smooth_positions_new_finer (spots, 7, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_autoptr (SmoothPositions) more = smooth_positions_new_with (spots, coords, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (more->n_positions, ==, 4);
  g_assert_cmpint (more->spots[2], ==, 2);
  g_assert_cmpint (more->spots[3], ==, -1);
  g_assert_cmpint (smooth_report_get_count (more->report, "missing-spots"), ==, 1);
  g_assert_cmpint (smooth_report_get_count (more->report, "other-positions"), ==, 1);
  g_assert_null (smooth_positions_new_finer (more, 2, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
}

/* A graph over the finer positions joins them as the lattice does, and a border cuts it in two. */
static void
test_graph (void)
{
  static Tissue tissue;
  g_autoptr (GError) error = NULL;
  SmoothGraphSettings settings;
  double line[2];

  make_tissue (&tissue, SMOOTH_LATTICE_HEXAGONAL, 0.2, 0.5);
  g_autoptr (SmoothPositions) spots = smooth_positions_new_from_coords (tissue.coords, 2, tissue.n, tissue.n, PITCH, &error);
  g_autoptr (SmoothPositions) finer = smooth_positions_new_finer (spots, 3, NULL, &error);
  smooth_params_init (&smooth_graph_params, &settings);
  g_autoptr (SmoothGraph) graph = smooth_positions_new_graph (finer, &settings, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_graph_count_components (graph, NULL), ==, 2);
  g_assert_cmpint (graph->n_isolated, ==, 0);
  g_assert_cmpfloat (graph->mean_degree, >, 5.5);
  g_assert_cmpfloat (graph->mean_degree, <=, 6.0);

  get_place (&tissue, 12, 12, line);
  const double ring[] = { -1e5, -1e5, line[0], -1e5, line[0], 1e5, -1e5, 1e5 };
  g_autoptr (SmoothRegions) none = smooth_regions_new ();
  g_autoptr (SmoothRegions) regions = smooth_regions_new_with (none, "left", 0, ring, 4);
  settings.boundary = 0.0;
  g_autofree gint32 *labels = smooth_positions_dup_labels (finer, regions, &error);
  g_autoptr (SmoothGraph) cut = smooth_positions_new_graph (finer, &settings, regions, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_graph_count_components (cut, NULL), ==, 3);
  for (gint64 i = 0; i < finer->n_positions; i++)
    {
      g_assert_cmpint (labels[i], ==, finer->coords[2 * i] < line[0] ? 0 : -1);
      for (gint64 e = cut->weights->starts[i]; e < cut->weights->starts[i + 1]; e++)
        g_assert_true (cut->weights->values[e] == 0.0 || labels[cut->weights->rows[e]] == labels[i]);
    }

  settings.kind = SMOOTH_GRAPH_RADIUS;
  settings.boundary = 0.3;
  settings.boundary_replaces = TRUE;
  g_autoptr (SmoothGraph) replaced = smooth_positions_new_graph (finer, &settings, regions, NULL, &error);
  for (gint64 i = 0; i < finer->n_positions; i++)
    for (gint64 e = replaced->weights->starts[i]; e < replaced->weights->starts[i + 1]; e++)
      if (labels[replaced->weights->rows[e]] != labels[i])
        g_assert_cmpfloat (replaced->weights->values[e], ==, 0.3);
}

/* lambda times the mean of x_i (Q x)_i over positions far from the edge, x a wave of @length um (0: a constant): two of its lengths. */
static double
get_roughness (const SmoothPositions *positions, gint kind, gint graph_kind, double length)
{
  SmoothGraphSettings settings;
  SmoothPrecisionSettings prior = { .kind = kind, .rho = 0.95 };
  SmoothImputationSettings imputation;
  double sum = 0.0;
  gint64 n = 0;

  smooth_params_init (&smooth_graph_params, &settings);
  settings.kind = graph_kind;
  settings.radius = 1.2 * PITCH;
  settings.bandwidth = PITCH;
  smooth_params_init (&smooth_imputation_params, &imputation);
  smooth_positions_scale_settings (positions, &settings, &prior, &imputation);
  g_autoptr (SmoothGraph) graph = smooth_positions_new_graph (positions, &settings, NULL, NULL, NULL);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &prior, NULL, NULL);
  g_autofree double *x = g_new (double, positions->n_positions), *product = g_new (double, positions->n_positions);
  for (gint64 i = 0; i < positions->n_positions; i++)
    x[i] = length > 0.0 ? cos (2.0 * G_PI * positions->coords[2 * i] / length) : 1.0;
  smooth_sparse_multiply (precision->symmetric, x, product);
  for (gint64 i = 0; i < positions->n_positions; i++)
    {
      const double *point = positions->coords + 2 * i;
      if (point[0] < 5.2 * PITCH || point[0] > 31.2 * PITCH || point[1] < 5.0 * PITCH || point[1] > 29.0 * PITCH)
        continue;
      sum += x[i] * product[i];
      n++;
    }
  return imputation.lambda * sum / (double) n;
}

/* Constant and wave cost the same on every lattice, but for the half pitch that the tissue grows by and the steps of the wave. */
static void
test_scale (void)
{
  const gint size = 40;
  g_autofree double *coords = g_new (double, 2 * size * size);
  g_autoptr (GError) error = NULL;

  for (gint i = 0; i < size * size; i++)
    {
      coords[2 * i] = PITCH * (i % size + (i / size % 2) * 0.5);
      coords[2 * i + 1] = PITCH * sqrt (0.75) * (i / size);
    }
  g_autoptr (SmoothPositions) spots = smooth_positions_new_from_coords (coords, 2, size * size, size * size, PITCH, &error);
  for (gint factor = 2; factor <= 4; factor++)
    {
      g_autoptr (SmoothPositions) finer = smooth_positions_new_finer (spots, factor, NULL, &error);
      g_assert_no_error (error);
      for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_ISAR; kind += SMOOTH_PRIOR_ISAR - SMOOTH_PRIOR_ICAR)
        for (gint graph = SMOOTH_GRAPH_KNN; graph <= SMOOTH_GRAPH_RADIUS; graph++)
          for (gint wave = 0; wave < 2; wave++)
            {
              double length = wave ? 13.0 * PITCH : 0.0;
              double ratio = get_roughness (finer, kind, graph, length) / get_roughness (spots, kind, graph, length);
              g_test_message ("factor %d, %s, %s graph, %s: %.4f", factor, kind == SMOOTH_PRIOR_ICAR ? "ICAR" : "ISAR",
                              graph == SMOOTH_GRAPH_KNN ? "knn" : "radius", wave ? "wave" : "constant", ratio);
              g_assert_cmpfloat (fabs (ratio - 1.0), <, 0.08);
            }
    }
}

/* Spots in the tissue without counts are missing, distrusted ones too; on a real section where it lies beside the project. */
static void
test_section (void)
{
  const char *shared = g_getenv ("SMOOTH_SHARED_DIR");
  g_autofree char *path = g_build_filename (shared != NULL ? shared : "../shared", "data", "human_lymph_node_V1", NULL);
  g_autoptr (GError) error = NULL;
  gint64 n_analysed;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("human_lymph_node_V1 is absent");
      return;
    }
  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
  g_assert_no_error (error);
  g_autofree gint32 *spots = smooth_section_dup_analysed (section, &n_analysed);
  g_autofree gboolean *distrusted = g_new0 (gboolean, section->n_spots);
  distrusted[spots[5]] = TRUE;
  g_autoptr (SmoothPositions) measured = smooth_positions_new (section, FALSE, NULL, &error);
  g_autoptr (SmoothPositions) all = smooth_positions_new (section, TRUE, distrusted, &error);
  g_assert_no_error (error);
  g_assert_cmpint (measured->n_positions, ==, 1000);
  g_assert_cmpint (n_analysed, ==, 1000);
  g_assert_cmpint (memcmp (measured->spots, spots, 1000 * sizeof (gint32)), ==, 0);
  g_assert_cmpint (all->n_observed, ==, 999);
  g_assert_cmpint (all->n_spots, ==, 4039);
  g_assert_cmpint (all->spots[5], ==, spots[6]);
  for (gint64 i = 0; i < all->n_positions; i++)
    for (gint c = 0; c < 2; c++)
      g_assert_cmpfloat (fabs (all->coords[2 * i + c] - section->coords[2 * all->spots[i] + c] * section->um_per_pixel), <,
                         1e-9);
  g_autoptr (SmoothPositions) finer = smooth_positions_new_finer (all, 3, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%" G_GINT64_FORMAT " spots, %" G_GINT64_FORMAT " positions on a lattice three times finer",
                  all->n_positions, finer->n_positions);
  g_assert_cmpint (finer->n_positions, >, 9 * all->n_positions);
  g_assert_cmpint (finer->n_positions, <, 12 * all->n_positions);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/positions/finer", test_finer);
  g_test_add_func ("/positions/rounded", test_rounded);
  g_test_add_func ("/positions/no-lattice", test_no_lattice);
  g_test_add_func ("/positions/bad-input", test_bad_input);
  g_test_add_func ("/positions/graph", test_graph);
  g_test_add_func ("/positions/scale", test_scale);
  g_test_add_func ("/positions/section", test_section);
  return g_test_run ();
}
