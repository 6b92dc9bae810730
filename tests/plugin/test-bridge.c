/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of plugin/: masks and paths become the regions that were drawn, pictures are placed where they lie, and layers lie over the
 * spots that they show. */
#include "bridge.h"

#include "../section-fixture.h"

#include <string.h>

/* ---- Regions ---- */

static gboolean
is_inside (const SmoothRegions *regions, gint64 i, double x, double y)
{
  return smooth_region_contains (smooth_regions_get (regions, i), x, y);
}

static SmoothRegions *
take (BridgeShape *first, BridgeShape *second, const cairo_matrix_t *placement)
{
  g_autoptr (GPtrArray) shapes = g_ptr_array_new_with_free_func ((GDestroyNotify) bridge_shape_free);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (shapes, first);
  if (second != NULL)
    g_ptr_array_add (shapes, second);
  SmoothRegions *regions = bridge_regions_new (shapes, placement, &error);
  g_assert_no_error (error);
  return regions;
}

/* A feathered ring with a hole, and an island: pixels are in or out at half. */
static void
test_mask (void)
{
  enum { SIZE = 60 };
  guint8 mask[SIZE * SIZE] = { 0 };
  cairo_matrix_t placement;

  for (gint y = 0; y < SIZE; y++)
    for (gint x = 0; x < SIZE; x++)
      {
        double r = hypot (x + 0.5 - 30.0, y + 0.5 - 30.0), edge = MIN (20.0 - r, r - 8.0); /* feathered over 10 pixels */
        mask[y * SIZE + x] = (guint8) CLAMP (127.5 + 25.5 * edge, 0.0, 255.0);
      }
  mask[2 * SIZE + 2] = mask[2 * SIZE + 3] = 255;
  mask[5 * SIZE + 5] = BRIDGE_THRESHOLD - 1;
  cairo_matrix_init (&placement, 0.5, 0.0, 0.0, 0.5, 10.0, -20.0);
  g_autoptr (SmoothRegions) regions = take (bridge_shape_new_mask ("Tumour", 0x123456, 100, 200, SIZE, SIZE, mask), NULL, &placement);

  g_assert_cmpint (smooth_regions_get_n (regions), ==, 1);
  g_assert_cmpstr (smooth_regions_get (regions, 0)->name, ==, "Tumour");
  g_assert_cmphex (smooth_regions_get (regions, 0)->colour, ==, 0x123456);
  g_assert_cmpint (smooth_regions_get (regions, 0)->n_rings, ==, 3);
  gint n_wrong = 0;
  for (gint y = 0; y < SIZE; y++)
    for (gint x = 0; x < SIZE; x++)
      {
        double full_x = (100 + x + 0.5 - 10.0) / 0.5, full_y = (200 + y + 0.5 + 20.0) / 0.5;
        double r = hypot (x + 0.5 - 30.0, y + 0.5 - 30.0);
        gboolean near_edge = fabs (r - 20.0) < 1.0 || fabs (r - 8.0) < 1.0;
        n_wrong += is_inside (regions, 0, full_x, full_y) != (mask[y * SIZE + x] >= BRIDGE_THRESHOLD) && !near_edge;
      }
  g_assert_cmpint (n_wrong, ==, 0);
}

/* An ellipse as a host interpolates it, with another inside: a hole. The later shape has the spot. */
static void
test_path (void)
{
  double outer[2 * 200], inner[2 * 200];
  cairo_matrix_t placement;

  for (gint i = 0; i < 200; i++)
    {
      double a = i * G_PI / 100.0;
      outer[2 * i] = 300.0 + 100.0 * cos (a);
      outer[2 * i + 1] = 200.0 + 60.0 * sin (a);
      inner[2 * i] = 300.0 + 40.0 * cos (a);
      inner[2 * i + 1] = 200.0 + 20.0 * sin (a);
    }
  BridgeShape *path = bridge_shape_new_outline ("Duct", -1), *other = bridge_shape_new_outline ("Later", -1);
  bridge_shape_add_ring (path, outer, 200);
  bridge_shape_add_ring (path, inner, 200);
  bridge_shape_add_ring (other, inner, 200);
  cairo_matrix_init (&placement, 0.0, 0.2, -0.2, 0.0, 1000.0, 0.0); /* a turn by a right angle */
  g_autoptr (SmoothRegions) regions = take (path, other, &placement);

  g_assert_cmpint (smooth_regions_get_n (regions), ==, 2);
  g_assert_cmphex (smooth_regions_get (regions, 0)->colour, !=, smooth_regions_get (regions, 1)->colour);
  /* image (300, 200 + 40) is full-resolution (240 / 0.2, (1000 - 300) / 0.2) */
  g_assert_true (is_inside (regions, 0, 1200.0, 3500.0));
  g_assert_false (is_inside (regions, 0, 1000.0, 3500.0)); /* the hole */
  g_assert_true (is_inside (regions, 1, 1000.0, 3500.0));
  g_assert_false (is_inside (regions, 0, 1320.0, 3500.0)); /* 64 pixels down */
}

static void
test_empty (void)
{
  guint8 mask[16] = { 0 };
  cairo_matrix_t placement;

  cairo_matrix_init_identity (&placement);
  g_autoptr (SmoothRegions) regions
    = take (bridge_shape_new_mask ("Nothing", -1, 0, 0, 4, 4, mask), bridge_shape_new_outline ("Nothing", -1), &placement);
  g_assert_cmpint (smooth_regions_get_n (regions), ==, 0);
}

/* ---- Placement ---- */

/* A picture that is nowhere like itself elsewhere. */
static void
paint (SmoothPicture *picture)
{
  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      {
        double v = 120.0 + 60.0 * sin (x * 0.021 + 1.3 * sin (y * 0.013)) * cos (y * 0.031 + 0.7 * sin (x * 0.007))
                   + 40.0 * sin (0.00021 * x * y) + 0.03 * x;
        picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x] = 0xff000000u + 0x010101u * (guint32) CLAMP (v, 0.0, 255.0);
      }
}

static SmoothSection *
section_new (gint width, gint height)
{
  SmoothSection *section = fixture_section_new (20, TRUE);

  smooth_picture_unref (section->picture);
  section->picture = smooth_picture_new (width, height, NULL);
  section->picture_scale = 0.25;
  section->name = (char *) "test";
  section->um_is_known = TRUE;
  paint (section->picture);
  return section;
}

/* The picture as a host would have it: pixel (x, y) shows what lies under it. */
static SmoothPicture *
picture_new (const SmoothSection *section, const cairo_matrix_t *placement, gint width, gint height)
{
  SmoothPicture *picture = smooth_picture_new (width, height, NULL);
  cairo_matrix_t inverse = *placement;

  g_assert_cmpint (cairo_matrix_invert (&inverse), ==, CAIRO_STATUS_SUCCESS);
  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      {
        double u = x + 0.5, v = y + 0.5;
        cairo_matrix_transform_point (&inverse, &u, &v);
        gint c = (gint) floor (u * section->picture_scale), r = (gint) floor (v * section->picture_scale);
        gboolean is_in = c >= 0 && r >= 0 && c < section->picture->width && r < section->picture->height;
        picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x] = is_in ? smooth_picture_get_pixel (section->picture, c, r) : 0xffffffff;
      }
  return picture;
}

/* Within @slack pixels of the image at all corners of the section's picture. */
static void
assert_near (const SmoothSection *section, const cairo_matrix_t *found, const cairo_matrix_t *expected, double slack)
{
  for (gint i = 0; i < 4; i++)
    {
      double x = (i & 1) * section->picture->width / section->picture_scale, y = (i >> 1) * section->picture->height / section->picture_scale;
      double u = x, v = y;
      cairo_matrix_transform_point (found, &x, &y);
      cairo_matrix_transform_point (expected, &u, &v);
      g_assert_cmpfloat (hypot (x - u, y - v), <=, slack);
    }
}

static void
check_found (const SmoothSection *section, const cairo_matrix_t *expected, gint width, gint height, double slack, const char *words)
{
  g_autoptr (SmoothPicture) picture = picture_new (section, expected, width, height);
  BridgeImage image = { width, height, picture };
  g_autoptr (GError) error = NULL;
  g_autofree char *how = NULL;
  cairo_matrix_t found;

  bridge_placement_find (section, &image, &found, &how, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (how, ==, words);
  assert_near (section, &found, expected, slack);
}

static void
test_whole (void)
{
  SmoothSection *section = section_new (640, 480);
  cairo_matrix_t m;

  cairo_matrix_init_scale (&m, 0.25, 0.25);
  check_found (section, &m, 640, 480, 1e-9, "the picture of the section");
  cairo_matrix_init_scale (&m, 1.0, 1.0);
  check_found (section, &m, 2560, 1920, 1e-9, "the full-resolution picture of the section");
  cairo_matrix_init_scale (&m, 0.1, 0.1);
  check_found (section, &m, 256, 192, 1e-9, "the picture of the section at another size");
  cairo_matrix_init (&m, -0.25, 0.0, 0.0, -0.25, 640.0, 480.0);
  check_found (section, &m, 640, 480, 1e-9, "the picture of the section, turned by 180 degrees");
  cairo_matrix_init (&m, 0.0, 0.25, -0.25, 0.0, 480.0, 0.0);
  check_found (section, &m, 480, 640, 1e-9, "the picture of the section, turned by 90 degrees");
  cairo_matrix_init (&m, 0.0, -0.25, 0.25, 0.0, 0.0, 640.0);
  check_found (section, &m, 480, 640, 1e-9, "the picture of the section, turned by 270 degrees");
  cairo_matrix_init (&m, -0.25, 0.0, 0.0, 0.25, 640.0, 0.0);
  check_found (section, &m, 640, 480, 1e-9, "the picture of the section, mirrored left to right");
  cairo_matrix_init (&m, 0.0, 0.25, 0.25, 0.0, 0.0, 0.0);
  check_found (section, &m, 480, 640, 1e-9, "the picture of the section, mirrored along its diagonal");
  fixture_section_free (section);
}

static void
test_part (void)
{
  SmoothSection *section = section_new (640, 480);
  cairo_matrix_t m;

  cairo_matrix_init (&m, 0.25, 0.0, 0.0, 0.25, -133.0, -87.0);
  check_found (section, &m, 300, 250, 1.0, "a part of the picture of the section");
  cairo_matrix_init (&m, 1.0, 0.0, 0.0, 1.0, -800.0, -400.0); /* the section's picture is coarser: 4 pixels */
  check_found (section, &m, 1000, 900, 4.0 * G_SQRT2, "a part of the full-resolution picture of the section");
  cairo_matrix_init (&m, 0.0, 0.25, -0.25, 0.0, 400.0, -100.0);
  check_found (section, &m, 300, 320, 1.0, "a part of the picture of the section, turned by 90 degrees");
  fixture_section_free (section);
}

/* Nothing is placed that does not look alike, or looks alike in two ways. */
static void
test_refused (void)
{
  SmoothSection *section = section_new (640, 480);
  g_autoptr (SmoothPicture) other = smooth_picture_new (640, 480, NULL);
  g_autofree char *how = NULL;
  g_autoptr (GError) error = NULL;
  cairo_matrix_t m;

  for (gint y = 0; y < 480; y++)
    for (gint x = 0; x < 640; x++)
      other->pixels[(gsize) y * (other->stride / 4) + (gsize) x] = 0xff000000u + 0x010101u * (guint32) (x * 255 / 640);
  BridgeImage image = { 640, 480, other };
  g_assert_false (bridge_placement_find (section, &image, &m, &how, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "640 x 480"));
  g_assert_nonnull (strstr (error->message, "three matching points"));
  g_clear_error (&error);

  for (gint y = 0; y < 480; y++) /* of one shape both ways */
    for (gint x = 0; x < 640; x++)
      section->picture->pixels[(gsize) y * (section->picture->stride / 4) + (gsize) x]
          = 0xff000000u + 0x010101u * (guint32) MIN (hypot (x - 319.5, y - 239.5) / 2.0, 255.0);
  image.picture = section->picture;
  g_assert_false (bridge_placement_find (section, &image, &m, &how, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  fixture_section_free (section);
}

static void
test_points (void)
{
  const double from[6] = { 100.0, 200.0, 2100.0, 300.0, 900.0, 1500.0 }, line[6] = { 0.0, 0.0, 10.0, 10.0, 20.0, 20.0 };
  cairo_matrix_t m, found;
  g_autoptr (GError) error = NULL;
  double to[6];

  cairo_matrix_init_rotate (&m, 0.6);
  cairo_matrix_scale (&m, 0.3, -0.3);
  cairo_matrix_translate (&m, 50.0, 70.0);
  memcpy (to, from, sizeof to);
  for (gint i = 0; i < 3; i++)
    cairo_matrix_transform_point (&m, &to[2 * i], &to[2 * i + 1]);
  g_assert_true (bridge_placement_new_of_points (from, to, &found, &error));
  g_assert_cmpfloat (fabs (found.xx - m.xx) + fabs (found.xy - m.xy) + fabs (found.yx - m.yx) + fabs (found.yy - m.yy), <, 1e-12);
  g_assert_cmpfloat (hypot (found.x0 - m.x0, found.y0 - m.y0), <, 1e-9);
  g_assert_false (bridge_placement_new_of_points (from, line, &found, &error));
  g_assert_nonnull (strstr (error->message, "on a line"));
  g_clear_error (&error);
  to[4] += 60.0;
  g_assert_false (bridge_placement_new_of_points (from, to, &found, &error));
  g_assert_nonnull (strstr (error->message, "do not match"));
}

/* ---- Layers ---- */

/* Each spot has its colour in its middle, and only there. */
static void
test_spots (void)
{
  SmoothSection *section = fixture_section_new (20, TRUE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);
  const double placements[][6] = { { 0.25, 0, 3, 0, 0.25, -5 }, { 0, -0.2, 900, 0.2, 0, 40 }, { 0.17, 0.1, 0, -0.1, 0.17, 400 } };

  for (gint64 i = 0; i < section->n_spots; i++)
    colours[i] = section->spot_flags[i] ? 0xff000000u | (guint32) (i * 2654435761u >> 8) : 0;
  section->um_is_known = TRUE;
  SmoothFigure figure = { .section = section, .colours = colours, .opacity = 0.6, .value_name = "Pax6", .high = 4.0 };
  for (gsize p = 0; p < G_N_ELEMENTS (placements); p++)
    {
      const double *m = placements[p];
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) overlays = smooth_overlays_draw (&figure, m, 1000, 1000, &error);
      g_assert_no_error (error);
      g_assert_cmpint (overlays->len, ==, 3); /* spots, legend, scale bar */
      const SmoothOverlay *spots = overlays->pdata[0];
      g_assert_cmpint (spots->part, ==, SMOOTH_OVERLAY_SPOTS);
      g_assert_cmpfloat (spots->opacity, ==, 0.6);
      gint n = 0;
      for (gint64 i = 0; i < section->n_spots; i++)
        {
          double x = m[0] * section->coords[2 * i] + m[1] * section->coords[2 * i + 1] + m[2];
          double y = m[3] * section->coords[2 * i] + m[4] * section->coords[2 * i + 1] + m[5];
          gint c = (gint) floor (x) - spots->x, r = (gint) floor (y) - spots->y;
          if (c < 0 || r < 0 || c >= spots->picture->width || r >= spots->picture->height || colours[i] == 0)
            continue;
          g_assert_cmphex (smooth_picture_get_pixel (spots->picture, c, r), ==, colours[i]);
          n++;
        }
      g_assert_cmpint (n, >, 200);
    }
  fixture_section_free (section);
}

/* Legend and scale bar do not lie on each other, are within the image, and the bar is as long as it says. */
static void
test_cards (void)
{
  SmoothSection *section = fixture_section_new (20, TRUE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);
  const SmoothLegendEntry entries[] = { { "B cell", 0xff0000 }, { "T cell", 0x00ff00 } };
  const double m[6] = { 0.25, 0, 0, 0, 0.25, 0 };
  g_autoptr (GError) error = NULL;

  section->um_is_known = TRUE;
  SmoothFigure figure = { .section = section, .colours = colours, .opacity = 1.0, .entries = entries, .n_entries = 2 };
  g_autoptr (GPtrArray) overlays = smooth_overlays_draw (&figure, m, 1200, 1200, &error);
  g_assert_no_error (error);
  g_assert_cmpint (overlays->len, ==, 2);
  const SmoothOverlay *legend = overlays->pdata[0], *bar = overlays->pdata[1];
  g_assert_cmpint (legend->part, ==, SMOOTH_OVERLAY_LEGEND);
  g_assert_cmpint (bar->part, ==, SMOOTH_OVERLAY_SCALE_BAR);
  for (guint i = 0; i < 2; i++)
    {
      const SmoothOverlay *card = overlays->pdata[i];
      g_assert_cmpint (card->x, >=, 0);
      g_assert_cmpint (card->y, >=, 0);
      g_assert_cmpint (card->x + card->picture->width, <=, 1200);
      g_assert_cmpint (card->y + card->picture->height, <=, 1200);
    }
  g_assert_true (legend->x > bar->x + bar->picture->width || legend->y > bar->y + bar->picture->height || bar->y > legend->y + legend->picture->height);
  gint longest = 0; /* of dark pixels: 2 um each, 500 um is the longest bar within a quarter of 2400 um */
  for (gint y = 0; y < bar->picture->height; y++)
    for (gint x = 0, run = 0; x < bar->picture->width; x++)
      {
        run = (smooth_picture_get_pixel (bar->picture, x, y) & 0xff) < 0x40 ? run + 1 : 0;
        longest = MAX (longest, run);
      }
  g_assert_cmpint (ABS (longest - 250), <=, 1);
  section->um_is_known = FALSE;
  g_autoptr (GPtrArray) without = smooth_overlays_draw (&figure, m, 1200, 1200, &error);
  g_assert_cmpint (without->len, ==, 1);
  fixture_section_free (section);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge/mask", test_mask);
  g_test_add_func ("/bridge/path", test_path);
  g_test_add_func ("/bridge/empty", test_empty);
  g_test_add_func ("/bridge/whole", test_whole);
  g_test_add_func ("/bridge/part", test_part);
  g_test_add_func ("/bridge/refused", test_refused);
  g_test_add_func ("/bridge/points", test_points);
  g_test_add_func ("/bridge/spots", test_spots);
  g_test_add_func ("/bridge/cards", test_cards);
  return g_test_run ();
}
