/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of section/regions and section/geojson: who lies where, lists that share, GeoJSON good and bad. */
#include "base/error.h"
#include "files/json.h"
#include "section/regions.h"

#include "../section-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static const double square[] = { 0, 0, 10, 0, 10, 10, 0, 10 };

static SmoothRegions *
load (const char *text, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("smooth-regions-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  SmoothRegions *regions = smooth_regions_load (path, NULL, error);
  g_remove (path);
  return regions;
}

static void
test_lists (void)
{
  g_autoptr (SmoothRegions) none = smooth_regions_new ();
  g_autoptr (SmoothRegions) one = smooth_regions_new_with (none, "A", 0x123456, square, 4);
  g_autoptr (SmoothRegions) two = smooth_regions_new_with (one, "B", smooth_regions_next_colour (one), square, 4);
  g_autoptr (SmoothRegions) renamed = smooth_regions_new_renamed (two, 0, "B", 0xffffff);
  g_autoptr (SmoothRegions) left = smooth_regions_new_without (two, 1);
  g_autoptr (SmoothRegions) line = smooth_regions_new_with (one, "L", 0, square, 2);

  g_assert_cmpint (smooth_regions_get_n (none), ==, 0);
  g_assert_cmpint (smooth_regions_get_n (two), ==, 2);
  g_assert_true (smooth_regions_get (one, 0) == smooth_regions_get (two, 0));
  g_assert_true (smooth_regions_equal (one, left));
  g_assert_true (smooth_regions_equal (one, line));
  g_assert_false (smooth_regions_equal (one, two));
  g_assert_false (smooth_regions_equal (two, renamed));
  g_assert_cmpstr (smooth_regions_get (renamed, 0)->name, ==, "B");
  g_assert_cmpstr (smooth_regions_get (two, 0)->name, ==, "A");

  g_auto (GStrv) names = smooth_regions_dup_categories (renamed);
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  guint32 next = smooth_regions_next_colour (two);
  g_assert_true (next != smooth_regions_get (two, 0)->colour && next != smooth_regions_get (two, 1)->colour);
}

static void
test_repeated_points (void)
{
  const double points[] = { 0, 0, 0, 0, 10, 0, 10, 10, 10, 10, 0, 10, 0, 0, 0, 0 };
  g_autoptr (SmoothRegions) a = smooth_regions_new_with (NULL, "A", 1, points, 8);
  g_autoptr (SmoothRegions) b = smooth_regions_new_with (NULL, "A", 1, square, 4);

  g_assert_true (smooth_regions_equal (a, b));
}

/* Where regions overlap the later one has the spot; regions of one name are one category. */
static void
test_label (void)
{
  const double right[] = { 5, 0, 15, 0, 15, 10, 5, 10 };
  const double far[] = { 100, 100, 110, 100, 105, 120 };
  const double coords[] = { 1, 1, 7, 5, 12, 5, 50, 50, 105, 105, -1, 5 };
  const gint32 expected[] = { 0, 1, 1, -1, 0, -1 };
  gint32 labels[6];
  g_autoptr (SmoothRegions) a = smooth_regions_new_with (NULL, "A", 1, square, 4);
  g_autoptr (SmoothRegions) b = smooth_regions_new_with (a, "B", 2, right, 4);
  g_autoptr (SmoothRegions) c = smooth_regions_new_with (b, "A", 1, far, 3);

  smooth_regions_label (c, coords, 6, labels);
  for (int i = 0; i < 6; i++)
    g_assert_cmpint (labels[i], ==, expected[i]);
}

/* Cells of a jittered grid: every point lies in exactly one of them, also on corners and edges. */
static void
test_partition (void)
{
  enum { N = 6 };
  double grid[N + 1][N + 1][2];
  g_autoptr (SmoothRegions) all = smooth_regions_new ();

  for (int i = 0; i <= N; i++)
    for (int j = 0; j <= N; j++)
      {
        gboolean border = i == 0 || j == 0 || i == N || j == N;
        grid[i][j][0] = i + (border ? 0.0 : g_test_rand_double_range (-0.3, 0.3));
        grid[i][j][1] = j + (border ? 0.0 : g_test_rand_double_range (-0.3, 0.3));
      }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      {
        double points[8];
        memcpy (points, grid[i][j], 16);
        memcpy (points + 2, grid[i + 1][j], 16);
        memcpy (points + 4, grid[i + 1][j + 1], 16);
        memcpy (points + 6, grid[i][j + 1], 16);
        SmoothRegions *more = smooth_regions_new_with (all, "cell", 0, points, 4);
        smooth_regions_unref (all);
        all = more;
      }

  for (int t = 0; t < 20000; t++)
    {
      int i = g_test_rand_int_range (1, N), j = g_test_rand_int_range (1, N);
      double w = t % 3 == 0 ? 0.0 : g_test_rand_double_range (0, 0.99);
      double x = grid[i][j][0] + (t % 2 ? w * (grid[i - 1][j][0] - grid[i][j][0]) : w * (grid[i][j - 1][0] - grid[i][j][0]));
      double y = grid[i][j][1] + (t % 2 ? w * (grid[i - 1][j][1] - grid[i][j][1]) : w * (grid[i][j - 1][1] - grid[i][j][1]));
      int n = 0;
      for (gint64 r = 0; r < smooth_regions_get_n (all); r++)
        n += smooth_region_contains (smooth_regions_get (all, r), x, y);
      g_assert_cmpint (n, ==, 1);
    }
}

static void
test_qupath (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRegions) regions
      = load ("{\"type\": \"FeatureCollection\", \"features\": ["
              "{\"type\": \"Feature\", \"id\": \"x\", \"geometry\": {\"type\": \"Polygon\", \"coordinates\": "
              "[[[0,0],[10,0],[10,10],[0,10],[0,0]], [[2,2],[4,2],[4,4],[2,4],[2,2]]]},"
              "\"properties\": {\"objectType\": \"annotation\", \"name\": \"own\", \"classification\": {\"name\": \"Tumor\", \"color\": [200, 0, 1]}}},"
              "{\"type\": \"Feature\", \"geometry\": {\"type\": \"MultiPolygon\", \"coordinates\": "
              "[[[[20,0,7],[30,0,7],[30,10,7],[20,0,7]]], [[[40,0],[50,0],[50,10]]]]},"
              "\"properties\": {\"name\": \"Stroma\", \"classification\": {\"colorRGB\": -3670016}}},"
              "{\"type\": \"Feature\", \"geometry\": {\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1,0],[1,1]]]}, \"properties\": null},"
              "{\"type\": \"Feature\", \"geometry\": {\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1,0]], [[5,5],[6,5],[6,6]]]},"
              "\"properties\": {\"classification\": \"Tumor\"}},"
              "{\"type\": \"Feature\", \"geometry\": {\"type\": \"Point\", \"coordinates\": [1,2]}, \"properties\": {}},"
              "{\"type\": \"Feature\", \"geometry\": null, \"properties\": {}}"
              "]}", &error);

  g_assert_no_error (error);
  g_assert_cmpint (smooth_regions_get_n (regions), ==, 4);
  const SmoothRegion *tumour = smooth_regions_get (regions, 0);
  g_assert_cmpstr (tumour->name, ==, "Tumor");
  g_assert_cmphex (tumour->colour, ==, 0xc80001);
  g_assert_cmpint (tumour->n_rings, ==, 2);
  g_assert_cmpint (tumour->rings[0].n_points, ==, 4);
  g_assert_true (smooth_region_contains (tumour, 1, 1));
  g_assert_false (smooth_region_contains (tumour, 3, 3));
  const SmoothRegion *stroma = smooth_regions_get (regions, 1);
  g_assert_cmpstr (stroma->name, ==, "Stroma");
  g_assert_cmphex (stroma->colour, ==, 0xc80000);
  g_assert_true (smooth_region_contains (stroma, 29, 1) && smooth_region_contains (stroma, 49, 1));
  g_assert_false (smooth_region_contains (stroma, 35, 5));
  g_assert_cmpstr (smooth_regions_get (regions, 2)->name, ==, "Region 3");
  g_assert_cmpint (smooth_regions_get (regions, 3)->n_rings, ==, 1);
  g_assert_cmphex (smooth_regions_get (regions, 3)->colour, ==, 0xc80001);

  SmoothReport *report = smooth_regions_get_report (regions);
  g_assert_cmpuint (smooth_report_get_n_lines (report), ==, 2);
  g_assert_nonnull (strstr (smooth_report_get_line (report, 0, NULL), "2 of 6 features are no Polygon"));
  g_assert_nonnull (strstr (smooth_report_get_line (report, 1, NULL), "1 rings have fewer than three"));
}

static void
test_other_roots (void)
{
  const char *ring = "\"type\": \"Polygon\", \"coordinates\": [[[0,0],[10,0],[10,10],[0,10],[0,0]]]";
  const char *forms[] = { "{%s}", "{\"type\": \"Feature\", \"geometry\": {%s}}", "[{\"type\": \"Feature\", \"geometry\": {%s}}]" };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_auto (GStrv) parts = g_strsplit (forms[i], "%s", 2);
      g_autofree char *text = g_strconcat (parts[0], ring, parts[1], NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothRegions) regions = load (text, &error);
      g_assert_no_error (error);
      g_assert_cmpint (smooth_regions_get_n (regions), ==, 1);
      g_assert_cmpstr (smooth_regions_get (regions, 0)->name, ==, "Region 1");
      g_assert_cmpint (smooth_regions_get (regions, 0)->rings[0].n_points, ==, 4);
    }

  g_autoptr (SmoothRegions) empty = load ("{\"type\": \"FeatureCollection\", \"features\": []}", NULL);
  g_assert_cmpint (smooth_regions_get_n (empty), ==, 0);
}

static void
test_refused (void)
{
  const struct
  {
    const char *text, *words;
  } cases[] = {
    { "{\"a\": 1}", "member type: expected a string, found no such member" },
    { "5", "member type: expected a string, found no such member" },
    { "[5]", "member [0].type: expected a string, found no such member" },
    { "{\"type\": 5}", "member type: expected a string, found a number" },
    { "{\"type\": \"FeatureCollection\"}", "member features: expected an array, found no such member" },
    { "{\"type\": \"FeatureCollection\", \"features\": {}}", "member features: expected an array, found an object" },
    { "{\"type\": \"Polygon\"}", "member coordinates: expected an array of rings, found no such member" },
    { "{\"type\": \"Polygon\", \"coordinates\": [5]}", "member coordinates[0]: expected an array of points, found a number" },
    { "{\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1,1],[2,\"x\"]]]}",
      "member coordinates[0][2]: expected a point of two finite numbers, found another array" },
    { "{\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1,1e999],[2,3]]]}", "member coordinates[0][1]: expected a point" },
    { "{\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1],[2,3]]]}", "member coordinates[0][1]: expected a point" },
    { "{\"type\": \"Polygon\", \"coordinates\": [[0,0],[1,1],[2,3]]}",
      "member coordinates[0][0]: expected a point of two finite numbers, found a number" },
    { "{\"type\": \"MultiPolygon\", \"coordinates\": [[[[0,0],[1,1],7]]]}", "member coordinates[0][0][2]: expected a point" },
    { "{\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1,1]]]}", "found only rings of fewer than three points" },
    { "{\"type\": \"Point\", \"coordinates\": [0,0]}", "expected a Polygon or a MultiPolygon, found Point" },
    { "{\"type\": \"Topology\"}", "expected a Polygon or a MultiPolygon, found Topology" },
    { "{\"type\": \"Feature\", \"geometry\": {\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1,0],[1,1]]]}, "
      "\"properties\": {\"classification\": {\"name\": 5}}}", "member properties.classification.name: expected a string, found a number" },
    { "{\"type\": \"Feature\", \"geometry\": {\"type\": \"Polygon\", \"coordinates\": [[[0,0],[1,0],[1,1]]]}, "
      "\"properties\": {\"classification\": {\"color\": [1, 2, 300]}}}",
      "member properties.classification.color: expected three numbers 0 to 255" },
    { "{\"type\": \"Polygon\", \"coordinates\": [[[0,NaN]]]}", ":1:" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothRegions) regions = load (cases[i].text, &error);
      g_assert_null (regions);
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
      if (strstr (error->message, cases[i].words) == NULL)
        g_error ("expected '%s' in: %s", cases[i].words, error->message);
    }
}

/* A ring, its hole, an island in the hole, and a ring elsewhere, in an order that is not that of the nesting. */
static void
test_save (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "smooth-regions-saved.geojson", NULL);
  g_autoptr (SmoothRegions) loaded
      = load ("{\"type\": \"MultiPolygon\", \"coordinates\": [[[[4,4],[6,4],[6,6],[4,6]]], [[[50.1,0],[60,0],[60,0.30000000000000004]]],"
              "[[[2,2],[8,2],[8,8],[2,8]]], [[[0,0],[10,0],[10,10],[0,10]]]]}", &error);
  g_assert_no_error (error);
  g_autoptr (SmoothRegions) named = smooth_regions_new_renamed (loaded, 0, "a \"b\"\n\xc3\xa9", 0x0180ff);
  g_autoptr (SmoothRegions) both = smooth_regions_new_with (named, "two", 7, square, 4);

  g_assert_true (smooth_regions_save (both, path, &error));
  g_assert_no_error (error);
  g_autoptr (SmoothRegions) again = smooth_regions_load (path, NULL, &error);
  g_assert_no_error (error);
  const SmoothRegion *a = smooth_regions_get (both, 0), *b = smooth_regions_get (again, 0);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmphex (a->colour, ==, b->colour);
  g_assert_cmpint (b->n_rings, ==, 4);
  for (double x = -0.5; x < 62; x += 1)
    for (double y = -0.5; y < 12; y += 1)
      g_assert_cmpint (smooth_region_contains (a, x, y), ==, smooth_region_contains (b, x, y));

  /* Once in the order of their nesting, rings stay as they are, to the bit. */
  g_assert_true (smooth_regions_save (again, path, &error));
  g_autoptr (SmoothRegions) third = smooth_regions_load (path, NULL, &error);
  g_assert_true (smooth_regions_equal (again, third));
  g_assert_cmpfloat (smooth_regions_get (third, 0)->rings[1].points[0], ==, 50.1);
  g_assert_cmpfloat (smooth_regions_get (third, 0)->rings[1].points[5], ==, 0.30000000000000004);

  /* Other programs need holes to be holes: three polygons, of which one has two rings. */
  g_autoptr (SmoothJson) json = smooth_json_load (path, &error);
  const char *type = NULL;
  JsonArray *polygons = NULL;
  guint n_rings = 0;
  g_assert_true (smooth_json_get_string (json, "features[0].geometry.type", SMOOTH_JSON_REQUIRED, &type, NULL));
  g_assert_cmpstr (type, ==, "MultiPolygon");
  g_assert_true (smooth_json_get_array (json, "features[0].geometry.coordinates", SMOOTH_JSON_REQUIRED, &polygons, NULL));
  g_assert_cmpuint (json_array_get_length (polygons), ==, 3);
  for (guint i = 0; i < 3; i++)
    n_rings = MAX (n_rings, json_array_get_length (json_array_get_array_element (polygons, i)));
  g_assert_cmpuint (n_rings, ==, 2);
  g_assert_true (smooth_json_get_string (json, "features[1].geometry.type", SMOOTH_JSON_REQUIRED, &type, NULL));
  g_assert_cmpstr (type, ==, "Polygon");
  g_remove (path);
}

/* A file that QuPath made. */
static void
test_real_file (void)
{
  const char *shared = g_getenv ("SMOOTH_SHARED_DIR");
  g_autofree char *path = g_build_filename (shared != NULL ? shared : "", "data", "format_zoo", "geojson",
                                            "qupath_polygon_bare_multipolygon.geojson", NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the shared data are not there");
      return;
    }
  g_autoptr (SmoothRegions) regions = smooth_regions_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_regions_get_n (regions), ==, 1);
  const SmoothRegion *region = smooth_regions_get (regions, 0);
  g_assert_cmpfloat (region->rings[0].points[0], ==, 7053.47);
  g_assert_cmpfloat (region->rings[0].points[1], ==, 53.42);
}

/* Rows of sorted edges give the same labels as all edges, on corners and borders too. */
static void
test_label_as_contains (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  double coords[2 * 21 * 21];
  gint32 labels[21 * 21];

  for (gint i = 0; i < 21 * 21; i++)
    {
      coords[2 * i] = i % 21;
      coords[2 * i + 1] = i / 21;
    }
  for (gint n = 0; n < 300; n++)
    {
      double points[2 * 9];
      for (gint i = 0; i < 18; i++)
        points[i] = n % 2 == 0 ? g_rand_int_range (rand, 0, 21) : g_rand_double_range (rand, -3.0, 24.0);
      g_autoptr (SmoothRegions) regions = smooth_regions_new_with (NULL, "A", 1, points, 9);
      smooth_regions_label (regions, coords, 21 * 21, labels);
      for (gint i = 0; i < 21 * 21; i++)
        {
          gboolean inside = smooth_region_contains (smooth_regions_get (regions, 0), coords[2 * i], coords[2 * i + 1]);
          g_assert_cmpint (labels[i], ==, inside ? 0 : -1);
        }
    }
}

/* Labels of spots, as Loupe Browser and we write them, become regions that hold just those spots. */
static void
test_labels (void)
{
  SmoothSection *section = fixture_section_new (20, TRUE);
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "smooth-labels.csv", NULL);
  g_autoptr (GString) text = g_string_new ("\"Barcode\",\"Layer \"\"x\"\"\"\r\n");
  g_autofree gint32 *labels = g_new (gint32, section->n_spots);
  g_autoptr (GError) error = NULL;
  static const char *const names[] = { "", "Tumour / \"edge\", left", "b" };

  section->barcodes = g_new0 (char *, section->n_spots + 1);
  for (gint64 s = 0; s < section->n_spots; s++)
    {
      section->barcodes[s] = g_strdup_printf ("AAACAAGTATCTC%03d-1", (int) s);
      gint k = s % 20 < 7 ? 1 : s % 20 < 9 ? 0 : s / 20 % 7 < 4 ? 2 : 0;
      if (k == 1)
        g_string_append_printf (text, "%s,\"Tumour / \"\"edge\"\", left\"\r\n", section->barcodes[s]);
      else if (k == 2 || s % 2 == 0)
        g_string_append_printf (text, "%s,%s\r\n", section->barcodes[s], names[k]);
    }
  g_assert_true (g_file_set_contents (path, text->str, -1, NULL));
  g_autoptr (SmoothRegions) regions = smooth_regions_load (path, section, &error);
  g_assert_no_error (error);
  g_assert_cmpint (smooth_regions_get_n (regions), ==, 2);
  g_assert_cmpstr (smooth_regions_get (regions, 0)->name, ==, names[1]);
  g_assert_cmpstr (smooth_regions_get (regions, 1)->name, ==, names[2]);
  g_assert_cmphex (smooth_regions_get (regions, 0)->colour, !=, smooth_regions_get (regions, 1)->colour);
  smooth_regions_label (regions, section->coords, section->n_spots, labels);
  g_auto (GStrv) categories = smooth_regions_dup_categories (regions);
  for (gint64 s = 0; s < section->n_spots; s++)
    {
      gint k = s % 20 < 7 ? 1 : s % 20 < 9 ? 0 : s / 20 % 7 < 4 ? 2 : 0;
      g_assert_cmpstr (labels[s] < 0 ? "" : categories[labels[s]], ==, names[k]);
    }

  /* Without a section to know the barcodes of, and with barcodes of another one. */
  g_assert_null (smooth_regions_load (path, NULL, &error));
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "Barcode,Region\nGGGGGGGGGGGGGGGG-1,a\n", -1, NULL));
  g_assert_null (smooth_regions_load (path, section, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_remove (path);
  g_strfreev (section->barcodes);
  fixture_section_free (section);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regions/lists", test_lists);
  g_test_add_func ("/regions/repeated-points", test_repeated_points);
  g_test_add_func ("/regions/label", test_label);
  g_test_add_func ("/regions/label-as-contains", test_label_as_contains);
  g_test_add_func ("/regions/partition", test_partition);
  g_test_add_func ("/regions/qupath", test_qupath);
  g_test_add_func ("/regions/other-roots", test_other_roots);
  g_test_add_func ("/regions/refused", test_refused);
  g_test_add_func ("/regions/save", test_save);
  g_test_add_func ("/regions/real-file", test_real_file);
  g_test_add_func ("/regions/labels", test_labels);
  return g_test_run ();
}
