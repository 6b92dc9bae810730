/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of export/raster: areas, tiling, order, culling, threads and cancellation. */
#include "export/raster.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define SIZE 300

typedef struct
{
  SmoothPicture picture;
  guint32 pixels[SIZE * SIZE];
} Canvas;

static Canvas *
canvas_new (void)
{
  Canvas *canvas = g_new0 (Canvas, 1);

  canvas->picture.width = canvas->picture.height = SIZE;
  canvas->picture.stride = SIZE * sizeof (guint32);
  canvas->picture.pixels = canvas->pixels;
  return canvas;
}

static double
alpha_sum (const Canvas *canvas)
{
  double sum = 0.0;
  for (gsize i = 0; i < SIZE * SIZE; i++)
    sum += (canvas->pixels[i] >> 24) / 255.0;
  return sum;
}

static const SmoothView plain_view = { 0.0, 0.0, 1.0 };

static void
test_area_of_a_disc (void)
{
  static const double diameters[] = { 1.0, 1.7, 3.0, 7.9, 8.1, 20.0, 47.0, 49.0, 120.0 };
  static const double centres[] = { 150.0, 150.5, 149.13, 151.77 };
  guint32 colour = 0xffffffff;

  for (gsize d = 0; d < G_N_ELEMENTS (diameters); d++)
    for (gsize c = 0; c < 16; c++)
      {
        g_autofree Canvas *canvas = canvas_new ();
        double coords[2] = { centres[c % 4], centres[c / 4] };
        SmoothSpotLayer layer = { 1, coords, &colour, diameters[d], SMOOTH_SPOT_DISC, 1.0 };
        double area = G_PI * diameters[d] * diameters[d] / 4.0;
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL));
        g_assert_cmpfloat_with_epsilon (alpha_sum (canvas), area, 0.004 * area + 0.02);
      }
}

/* A ring is its disc without the hole, whatever the size. */
static void
test_area_of_a_ring (void)
{
  static const double diameters[] = { 5.0, 9.0, 20.0, 47.0, 120.0 };
  guint32 colour = 0xffffffff;

  for (gsize d = 0; d < G_N_ELEMENTS (diameters); d++)
    {
      g_autofree Canvas *canvas = canvas_new ();
      double coords[2] = { 150.5, 150.5 }, hole = diameters[d] - 3.0;
      SmoothSpotLayer layer = { 1, coords, &colour, diameters[d], SMOOTH_SPOT_DISC, 1.0, hole };
      double area = G_PI * (diameters[d] * diameters[d] - hole * hole) / 4.0;
      g_assert_true (smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL));
      g_assert_cmpfloat_with_epsilon (alpha_sum (canvas), area, 0.01 * area + 0.05);
      g_assert_cmphex (canvas->pixels[150 * SIZE + 150] >> 24, ==, 0);
    }
}

/* How much of the canvas has a colour, mixed ones in parts. */
static double
sum_of_channel (const Canvas *canvas, gint shift)
{
  double sum = 0.0;
  for (gsize i = 0; i < SIZE * SIZE; i++)
    sum += ((canvas->pixels[i] >> shift) & 255) / 255.0;
  return sum;
}

/* Each part of a pie has its share of the area; wedges go clockwise from the top; a share that is not positive has none. */
static void
test_pies (void)
{
  static const double shares[] = { 0.5, 0.0, 0.125, 0.375, 2.0, -1.0, 1.0, 1.0 };
  static const guint32 palette[] = { 0xff0000, 0xffffff, 0x00ff00, 0x0000ff };
  static const double diameters[] = { 6.0, 9.3, 30.0, 80.0 };
  static const gint32 columns[] = { 0, 1, -1 };
  static const double coords[] = { 60.3, 150.7, 150.0, 150.0, 240.2, 150.9 };
  guint32 colours[] = { 0xff000000, 0xff000000, 0xff808080 };
  SmoothPies pies = { 4, shares, columns, palette };

  for (gsize d = 0; d < G_N_ELEMENTS (diameters); d++)
    for (gint square = 0; square < 2; square++)
      {
        g_autofree Canvas *canvas = canvas_new (), *plain = canvas_new ();
        SmoothSpotLayer layer = { 1, coords, colours, diameters[d], square ? SMOOTH_SPOT_SQUARE : SMOOTH_SPOT_DISC, 1.0, 0.0, &pies };
        double side = round (60.3 + diameters[d] / 2.0) - round (60.3 - diameters[d] / 2.0);
        double height = round (150.7 + diameters[d] / 2.0) - round (150.7 - diameters[d] / 2.0);
        double area = square ? side * height : G_PI * diameters[d] * diameters[d] / 4.0;
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL));
        g_assert_cmpfloat_with_epsilon (alpha_sum (canvas), area, 0.005 * area + 0.1);
        double slack = square ? 0.12 : 0.02; /* the wedge of a square is no sector */
        g_assert_cmpfloat_with_epsilon (sum_of_channel (canvas, 16), 0.5 * area, slack * area + 0.5);
        g_assert_cmpfloat_with_epsilon (sum_of_channel (canvas, 8), 0.125 * area, slack * area + 0.5);
        g_assert_cmpfloat_with_epsilon (sum_of_channel (canvas, 0), 0.375 * area, slack * area + 0.5);
        gint x = 60, y = 150, off = (gint) (diameters[d] / 4.0);
        g_assert_cmphex (canvas->pixels[(y - off) * SIZE + x + off] , ==, 0xffff0000); /* the right half */
        g_assert_cmphex (canvas->pixels[(y + off) * SIZE + x + off] , ==, 0xffff0000);
        g_assert_cmphex (canvas->pixels[(y - off) * SIZE + x - off] , ==, 0xff0000ff);

        layer.n_spots = 3;
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &plain->picture, NULL));
        g_assert_cmphex (plain->pixels[150 * SIZE + 240], ==, 0xff808080); /* is no pie */
        g_assert_cmphex (plain->pixels[(y - off) * SIZE + 150 + off], ==, 0xffff0000);
      }
}

/* Small spots are plain, in their own colour; the last number below the limit and the first on it. */
static void
test_least_pie (void)
{
  static const double shares[] = { 1.0 }, coords[] = { 150.0, 150.0 };
  static const guint32 palette[] = { 0x00ff00 };
  static const gint32 columns[] = { 0 };
  guint32 colour = 0xffff0000;
  SmoothPies pies = { 1, shares, columns, palette };

  for (gint is_pie = 0; is_pie < 2; is_pie++)
    {
      g_autofree Canvas *canvas = canvas_new ();
      SmoothSpotLayer layer = { 1, coords, &colour, SMOOTH_PIE_LEAST - (is_pie ? 0.0 : 0.01), SMOOTH_SPOT_DISC, 1.0, 0.0, &pies };
      g_assert_true (smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL));
      g_assert_cmphex (canvas->pixels[150 * SIZE + 150], ==, is_pie ? 0xff00ff00 : 0xffff0000);
    }
}

/* The frame of a square is the square without its hole. */
static void
test_frame_of_a_square (void)
{
  static const double coords[] = { 100.0, 100.0 };
  guint32 colour = 0xffffffff;
  g_autofree Canvas *canvas = canvas_new ();
  SmoothSpotLayer layer = { 1, coords, &colour, 20.0, SMOOTH_SPOT_SQUARE, 1.0, 16.0 };

  g_assert_true (smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL));
  g_assert_cmpfloat (alpha_sum (canvas), ==, 20.0 * 20.0 - 16.0 * 16.0);
  g_assert_cmphex (canvas->pixels[100 * SIZE + 91], ==, 0xffffffff);
  g_assert_cmphex (canvas->pixels[100 * SIZE + 92], ==, 0);
}

/* The centre of mass of what is drawn is where the spot is. */
static void
test_place_of_a_disc (void)
{
  guint32 colour = 0xff000000;

  for (gint i = 0; i < 40; i++)
    {
      g_autofree Canvas *canvas = canvas_new ();
      double coords[2] = { 100.0 + 0.37 * i, 200.0 - 0.61 * i };
      double diameter = 1.0 + 1.5 * i, sum[3] = { 0 };
      SmoothSpotLayer layer = { 1, coords, &colour, diameter, SMOOTH_SPOT_DISC, 1.0 };
      smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL);
      for (gint y = 0; y < SIZE; y++)
        for (gint x = 0; x < SIZE; x++)
          {
            double alpha = canvas->pixels[y * SIZE + x] >> 24;
            sum[0] += alpha;
            sum[1] += alpha * (x + 0.5);
            sum[2] += alpha * (y + 0.5);
          }
      g_assert_cmpfloat_with_epsilon (sum[1] / sum[0], coords[0], diameter <= 8.0 ? 0.07 : 0.13);
      g_assert_cmpfloat_with_epsilon (sum[2] / sum[0], coords[1], diameter <= 8.0 ? 0.07 : 0.13);
    }
}

static void
test_least_diameter (void)
{
  guint32 colour = 0xffffffff;
  double coords[2] = { 10.5, 10.5 };

  for (gint shape = SMOOTH_SPOT_DISC; shape <= SMOOTH_SPOT_SQUARE; shape++)
    {
      g_autofree Canvas *canvas = canvas_new ();
      SmoothSpotLayer layer = { 1, coords, &colour, 0.001, shape, 1.0 };
      smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL);
      g_assert_cmpfloat (alpha_sum (canvas), >, 0.7);
      g_assert_cmpfloat (alpha_sum (canvas), <=, 1.0);
    }
}

/* Bins that tile the plane cover each pixel exactly once, at any scale: no seams and no overlaps. */
static void
test_squares_tile (void)
{
  g_autofree double *coords = g_new (double, 2 * 64 * 64);
  g_autofree guint32 *colours = g_new (guint32, 64 * 64);

  for (gint i = 0; i < 64 * 64; i++)
    {
      coords[2 * i] = 8.0 * (i % 64) + 4.0;
      coords[2 * i + 1] = 8.0 * (i / 64) + 4.0;
      colours[i] = 0x80ffffff;
    }
  for (double scale = 0.7; scale < 5.0; scale *= 1.13)
    {
      g_autofree Canvas *canvas = canvas_new ();
      SmoothSpotLayer layer = { 64 * 64, coords, colours, 8.0, SMOOTH_SPOT_SQUARE, 1.0 };
      SmoothView view = { 3.3, 5.9, scale };
      smooth_raster_spots (&layer, &view, &canvas->picture, NULL);
      for (gsize i = 0; i < SIZE * SIZE; i++)
        g_assert_cmphex (canvas->pixels[i], ==, 0x80808080);
    }
}

static void
test_colour_and_opacity (void)
{
  guint32 colours[2] = { 0xff204060, 0x80ff0000 };
  double coords[4] = { 150.0, 150.0, 150.0, 150.0 };
  g_autofree Canvas *canvas = canvas_new ();
  SmoothSpotLayer layer = { 1, coords, colours, 50.0, SMOOTH_SPOT_DISC, 1.0 };

  smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL);
  g_assert_cmphex (smooth_picture_get_pixel (&canvas->picture, 150, 150), ==, 0xff204060);

  layer.n_spots = 2; /* half-transparent red over blue */
  smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL);
  guint32 pixel = smooth_picture_get_pixel (&canvas->picture, 150, 150);
  g_assert_cmphex (pixel >> 24, ==, 0xff);
  g_assert_cmpint (ABS ((gint) ((pixel >> 16) & 0xff) - (0x80 + 0x10)), <=, 1);
  g_assert_cmpint (ABS ((gint) (pixel & 0xff) - 0x30), <=, 1);

  memset (canvas->pixels, 0, sizeof canvas->pixels);
  layer.n_spots = 1;
  layer.opacity = 0.5;
  smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL);
  g_assert_cmphex (smooth_picture_get_pixel (&canvas->picture, 150, 150), ==, 0x80102030);
}

static void
test_not_drawn (void)
{
  guint32 colours[6] = { 0x00ffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff };
  double coords[12] = { 50, 50, NAN, 50, 50, INFINITY, 1e300, 50, -1e300, 50, 50, -200 };

  for (gint shape = SMOOTH_SPOT_DISC; shape <= SMOOTH_SPOT_SQUARE; shape++)
    for (double diameter = 5.0; diameter < 200.0; diameter *= 5.0)
      {
        g_autofree Canvas *canvas = canvas_new ();
        SmoothSpotLayer layer = { 6, coords, colours, diameter, shape, 1.0 };
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &canvas->picture, NULL));
        g_assert_cmpfloat (alpha_sum (canvas), ==, 0.0);
      }
}

/* A spot that is larger than the view, at scales where its radius is no integer any more. */
static void
test_huge_spots (void)
{
  guint32 colour = 0xff123456;
  double coords[2] = { 7.0, 7.0 };

  for (gint shape = SMOOTH_SPOT_DISC; shape <= SMOOTH_SPOT_SQUARE; shape++)
    for (double scale = 1e4; scale < 1e15; scale *= 100.0)
      {
        g_autofree Canvas *canvas = canvas_new ();
        SmoothSpotLayer layer = { 1, coords, &colour, 10.0, shape, 1.0 };
        SmoothView view = { 8.0, 8.0, scale };
        g_assert_true (smooth_raster_spots (&layer, &view, &canvas->picture, NULL));
        g_assert_cmphex (canvas->pixels[0], ==, 0xff123456);
        g_assert_cmphex (canvas->pixels[SIZE * SIZE - 1], ==, 0xff123456);
      }
}

static void
test_threads_agree (void)
{
  gint64 n = 3000;
  g_autofree double *coords = g_new (double, 2 * n);
  g_autofree guint32 *colours = g_new (guint32, n);
  g_autofree gint32 *columns = g_new0 (gint32, n);
  static const double shares[] = { 0.3, 0.7 };
  static const guint32 palette[] = { 0x112233, 0x445566 };
  SmoothPies pies = { 2, shares, columns, palette };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (gint64 i = 0; i < n; i++)
    {
      coords[2 * i] = g_rand_double_range (rand, -20, SIZE + 20);
      coords[2 * i + 1] = g_rand_double_range (rand, -20, SIZE + 20);
      colours[i] = g_rand_int (rand);
    }
  for (gint shape = SMOOTH_SPOT_DISC; shape <= SMOOTH_SPOT_SQUARE; shape++)
    for (double diameter = 1.0; diameter < 100.0; diameter *= 2.3)
      {
        g_autofree Canvas *one = canvas_new ();
        g_autofree Canvas *many = canvas_new ();
        g_autoptr (SmoothRun) alone = smooth_run_new (1);
        g_autoptr (SmoothRun) together = smooth_run_new (4);
        SmoothSpotLayer layer = { n, coords, colours, diameter, shape, 0.8, 0.0, diameter < 20.0 ? &pies : NULL };
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &one->picture, alone));
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &many->picture, together));
        g_assert_cmpmem (one->pixels, sizeof one->pixels, many->pixels, sizeof many->pixels);
      }
}

/* Colours here and there are others than before, and some spots come or go: rows that are brought up to date are those of a
 * picture that is drawn anew, and the other rows are left alone. */
static void
test_changed (void)
{
  enum { N = 400 };
  static const double diameters[] = { 1.0, 7.3, 30.0, 70.0 };

  for (gsize d = 0; d < 2 * G_N_ELEMENTS (diameters); d++)
    for (gint n_threads = 1; n_threads <= 3; n_threads += 2)
      {
        g_autofree Canvas *below = canvas_new (), *whole = canvas_new (), *patched = canvas_new ();
        g_autoptr (SmoothRun) run = smooth_run_new (n_threads);
        g_autoptr (GRand) random = g_rand_new_with_seed (7 + (guint32) d);
        double coords[2 * N];
        guint32 before[N], after[N];

        for (gsize i = 0; i < SIZE * SIZE; i++)
          below->pixels[i] = 0xff000000u | g_rand_int (random);
        for (gint i = 0; i < N; i++)
          {
            coords[2 * i] = g_rand_double_range (random, -40.0, SIZE + 40.0);
            coords[2 * i + 1] = g_rand_double_range (random, -40.0, SIZE + 40.0);
            before[i] = g_rand_int (random);
            before[i] = i % 5 == 0 ? before[i] & 0xffffff : before[i];
            after[i] = before[i];
            if (fabs (coords[2 * i + 1] - 150.0) < 12.0) /* in bands 2, from row 128 on, and its neighbours */
              after[i] ^= i % 3 == 0 ? 0xff000000u : 0x00ffffffu;
          }
        SmoothSpotLayer layer = { N, coords, before, diameters[d / 2], d % 2 == 0 ? SMOOTH_SPOT_DISC : SMOOTH_SPOT_SQUARE, 0.7 };
        SmoothSpotOrder *order = n_threads > 1 ? smooth_spot_order_new () : NULL; /* made with one picture, used with the other */
        memcpy (whole->pixels, below->pixels, sizeof below->pixels);
        memcpy (patched->pixels, below->pixels, sizeof below->pixels);
        layer.order = order;
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &patched->picture, run));
        layer.order = NULL;
        patched->pixels[0] ^= 1; /* in a row that no change reaches */
        layer.colours = after;
        g_assert_true (smooth_raster_spots (&layer, &plain_view, &whole->picture, run));
        layer.order = order;
        g_assert_true (smooth_raster_changed_spots (&layer, before, &below->picture, &plain_view, &patched->picture, run));
        g_assert_cmpint (memcmp (patched->pixels + 1, whole->pixels + 1, sizeof whole->pixels - sizeof *whole->pixels), ==, 0);
        g_assert_cmphex (patched->pixels[0], ==, whole->pixels[0] ^ 1);
        smooth_spot_order_free (order);
      }
}

/* An order that is kept serves as long as spots, view and size are the same, and is made anew where they are not. */
static void
test_kept_order (void)
{
  enum { N = 500 };
  SmoothSpotOrder *order = smooth_spot_order_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (9);
  double coords[4 * N];
  guint32 colours[N];
  static const struct { double x, y, scale, diameter; gint other; } steps[] = {
    { 0.0, 0.0, 1.0, 5.0, 0 }, { 0.0, 0.0, 1.0, 5.0, 0 }, { 0.0, 70.0, 1.0, 5.0, 0 },  { 80.0, 70.0, 1.0, 5.0, 0 },
    { 80.0, 70.0, 2.5, 5.0, 0 }, { 80.0, 70.0, 2.5, 40.0, 0 }, { 80.0, 70.0, 2.5, 40.0, 1 }, { 80.0, 70.0, 2.5, 40.0, 1 },
  };

  for (gint i = 0; i < 4 * N; i++)
    coords[i] = g_rand_double_range (random, -20.0, SIZE + 20.0);
  for (gsize s = 0; s < G_N_ELEMENTS (steps); s++)
    {
      g_autofree Canvas *kept = canvas_new (), *fresh = canvas_new ();
      SmoothView view = { steps[s].x, steps[s].y, steps[s].scale };
      SmoothSpotLayer layer = { N, coords + 2 * N * steps[s].other, colours, steps[s].diameter, SMOOTH_SPOT_DISC, 0.8 };
      for (gint i = 0; i < N; i++)
        colours[i] = i % 4 == (gint) s % 4 ? 0 : g_rand_int (random);
      g_assert_true (smooth_raster_spots (&layer, &view, &fresh->picture, NULL));
      layer.order = order;
      g_assert_true (smooth_raster_spots (&layer, &view, &kept->picture, NULL));
      g_assert_cmpmem (kept->pixels, sizeof kept->pixels, fresh->pixels, sizeof fresh->pixels);
    }
  smooth_spot_order_free (order);
}

static void
test_cancelled (void)
{
  guint32 colour = 0xffffffff;
  double coords[2] = { 10, 10 };
  g_autofree Canvas *canvas = canvas_new ();
  g_autoptr (SmoothRun) run = smooth_run_new (2);
  SmoothSpotLayer layer = { 1, coords, &colour, 5.0, SMOOTH_SPOT_DISC, 1.0 };

  smooth_run_cancel (run);
  g_assert_false (smooth_raster_spots (&layer, &plain_view, &canvas->picture, run));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/raster/area-of-a-disc", test_area_of_a_disc);
  g_test_add_func ("/export/raster/area-of-a-ring", test_area_of_a_ring);
  g_test_add_func ("/export/raster/pies", test_pies);
  g_test_add_func ("/export/raster/least-pie", test_least_pie);
  g_test_add_func ("/export/raster/frame-of-a-square", test_frame_of_a_square);
  g_test_add_func ("/export/raster/place-of-a-disc", test_place_of_a_disc);
  g_test_add_func ("/export/raster/least-diameter", test_least_diameter);
  g_test_add_func ("/export/raster/squares-tile", test_squares_tile);
  g_test_add_func ("/export/raster/colour-and-opacity", test_colour_and_opacity);
  g_test_add_func ("/export/raster/not-drawn", test_not_drawn);
  g_test_add_func ("/export/raster/huge-spots", test_huge_spots);
  g_test_add_func ("/export/raster/threads-agree", test_threads_agree);
  g_test_add_func ("/export/raster/changed", test_changed);
  g_test_add_func ("/export/raster/kept-order", test_kept_order);
  g_test_add_func ("/export/raster/cancelled", test_cancelled);
  return g_test_run ();
}
