/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of export/colour: lightness of the maps, distances in the palette, limits, missing values. */
#include "export/colour.h"

#include <math.h>

static double
to_linear (guint32 channel)
{
  double s = channel / 255.0;
  return s <= 0.04045 ? s / 12.92 : pow ((s + 0.055) / 1.055, 2.4);
}

static void
linear_rgb (guint32 colour, double rgb[3])
{
  rgb[0] = to_linear ((colour >> 16) & 0xff);
  rgb[1] = to_linear ((colour >> 8) & 0xff);
  rgb[2] = to_linear (colour & 0xff);
}

static double
luminance (guint32 colour)
{
  double rgb[3];
  linear_rgb (colour, rgb);
  return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

static void
oklab (const double rgb[3], double lab[3])
{
  double l = cbrt (0.4122214708 * rgb[0] + 0.5363325363 * rgb[1] + 0.0514459929 * rgb[2]);
  double m = cbrt (0.2119034982 * rgb[0] + 0.6806995451 * rgb[1] + 0.1073969566 * rgb[2]);
  double s = cbrt (0.0883024619 * rgb[0] + 0.2817188376 * rgb[1] + 0.6299787005 * rgb[2]);

  lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
  lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
  lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

/* Linear RGB as seen by normal sight and by protanopes, deuteranopes, tritanopes (Machado et al. 2009, severity 1). */
static const double sights[4][9] = {
  { 1, 0, 0, 0, 1, 0, 0, 0, 1 },
  { 0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998 },
  { 0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881 },
  { 1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900 },
};

static double
distance (guint32 a, guint32 b, const double sight[9])
{
  double lab[2][3], sum = 0.0;

  for (gint i = 0; i < 2; i++)
    {
      double rgb[3], seen[3];
      linear_rgb (i == 0 ? a : b, rgb);
      for (gint c = 0; c < 3; c++)
        seen[c] = MAX (0.0, sight[3 * c] * rgb[0] + sight[3 * c + 1] * rgb[1] + sight[3 * c + 2] * rgb[2]);
      oklab (seen, lab[i]);
    }
  for (gint c = 0; c < 3; c++)
    sum += (lab[0][c] - lab[1][c]) * (lab[0][c] - lab[1][c]);
  return sqrt (sum);
}

static void
test_sequential_maps_rise (void)
{
  for (gint map = 0; map < SMOOTH_COLOURMAP_DIVERGING; map++)
    for (gint i = 1; i < 256; i++)
      {
        double before = luminance (smooth_colourmap_get (map, (i - 1) / 255.0));
        double after = luminance (smooth_colourmap_get (map, i / 255.0));
        g_assert_cmpfloat (after, >, before);
      }
}

/* Steps of equal size in t are steps of about equal size to the eye. */
static void
test_maps_are_even (void)
{
  for (gint map = 0; map < SMOOTH_N_COLOURMAPS; map++)
    {
      double smallest = 1e9, largest = 0.0;
      for (gint i = 0; i < 16; i++)
        {
          double d = distance (smooth_colourmap_get (map, i / 16.0), smooth_colourmap_get (map, (i + 1) / 16.0), sights[0]);
          smallest = MIN (smallest, d);
          largest = MAX (largest, d);
        }
      g_test_message ("%s: steps %.3f to %.3f", smooth_colourmap_get_name (map), smallest, largest);
      g_assert_cmpfloat (smallest, >, 0.02);
      g_assert_cmpfloat (largest, <, 3.6 * smallest);
    }
}

/* A few colours that everybody knows under these names. */
static void
test_maps_look_as_named (void)
{
  static const struct { SmoothColourmap map; double t; guint32 colour; } known[] = {
    { SMOOTH_COLOURMAP_VIRIDIS, 0.00, 0x440154 }, { SMOOTH_COLOURMAP_VIRIDIS, 0.25, 0x3b528b },
    { SMOOTH_COLOURMAP_VIRIDIS, 0.75, 0x5ec962 }, { SMOOTH_COLOURMAP_VIRIDIS, 1.00, 0xfde725 },
    { SMOOTH_COLOURMAP_MAGMA, 0.25, 0x51127c }, { SMOOTH_COLOURMAP_MAGMA, 0.75, 0xfc8961 },
    { SMOOTH_COLOURMAP_CIVIDIS, 0.25, 0x414d6b }, { SMOOTH_COLOURMAP_CIVIDIS, 0.75, 0xbcad6c },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_cmpfloat (distance (smooth_colourmap_get (known[i].map, known[i].t), known[i].colour, sights[0]), <, 0.02);
}

static void
test_diverging_is_balanced (void)
{
  double pale = luminance (smooth_colourmap_get (SMOOTH_COLOURMAP_DIVERGING, 0.5));

  g_assert_cmpfloat (pale, >, 0.8);
  for (gint i = 0; i < 127; i++)
    {
      guint32 blue = smooth_colourmap_get (SMOOTH_COLOURMAP_DIVERGING, i / 255.0);
      guint32 red = smooth_colourmap_get (SMOOTH_COLOURMAP_DIVERGING, 1.0 - i / 255.0);
      double b[3], r[3], rgb[3];
      linear_rgb (blue, rgb);
      oklab (rgb, b);
      linear_rgb (red, rgb);
      oklab (rgb, r);
      g_assert_cmpfloat (fabs (b[0] - r[0]), <, 0.012);
      g_assert_cmpfloat (luminance (blue), <, luminance (smooth_colourmap_get (SMOOTH_COLOURMAP_DIVERGING, (i + 1) / 255.0)));
      if (i < 100)
        {
          g_assert_cmpuint (blue & 0xff, >, (blue >> 16) & 0xff);
          g_assert_cmpuint (red & 0xff, <, (red >> 16) & 0xff);
        }
    }
}

static void
test_ends_are_held (void)
{
  guint32 first = smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 0.0), last = smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 1.0);

  g_assert_cmphex (smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, -3.0), ==, first);
  g_assert_cmphex (smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, NAN), ==, first);
  g_assert_cmphex (smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, INFINITY), ==, last);
}

static void
test_palette (void)
{
  static const guint32 stain[] = { 0xe6bcd2, 0xd39cc0, 0xb678aa, 0x8d62a8 };

  for (gint sight = 0; sight < 4; sight++)
    for (gint i = 0; i < 14; i++)
      for (gint j = 0; j < i; j++)
        {
          double d = distance (smooth_category_colour (i), smooth_category_colour (j), sights[sight]);
          g_assert_cmpfloat (d, >, sight == 0 ? 0.12 : 0.075);
        }
  for (gint i = 0; i < 14; i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (stain); j++)
        g_assert_cmpfloat (distance (smooth_category_colour (i), stain[j], sights[0]), >, 0.08);
      g_assert_cmpfloat (luminance (smooth_category_colour (i)), >, 0.08);
    }
  for (gint i = 0; i < 60; i++)
    for (gint j = 0; j < i; j++)
      g_assert_cmphex (smooth_category_colour (i), !=, smooth_category_colour (j));
  g_assert_cmphex (smooth_category_colour (-1) >> 24, ==, 0xff);
}

static void
test_limits (void)
{
  double values[1001], low, high;

  for (gint i = 0; i <= 1000; i++)
    values[(i * 379) % 1001] = i;
  smooth_value_limits (values, 1001, 1, 99.05, &low, &high);
  g_assert_cmpfloat_with_epsilon (low, 10.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (high, 990.5, 1e-9);
  smooth_value_limits (values, 1001, 0, 100, &low, &high);
  g_assert_cmpfloat (low, ==, 0.0);
  g_assert_cmpfloat (high, ==, 1000.0);
}

static void
test_limits_of_odd_values (void)
{
  static const struct { double values[6]; gint64 n; double low, high; } cases[] = {
    { { NAN, 2, NAN, 4, INFINITY, -INFINITY }, 6, 2, 4 },
    { { NAN, NAN }, 2, 0, 1 },
    { { 0 }, 0, 0, 1 },
    { { 0, 0, 0 }, 3, 0, 1 },
    { { 5, 5, NAN }, 3, 0, 5 },
    { { -5, -5 }, 2, -5, 0 },
    { { 3 }, 1, 0, 3 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double low, high;
      smooth_value_limits (cases[i].values, cases[i].n, 0, 100, &low, &high);
      g_assert_cmpfloat (low, ==, cases[i].low);
      g_assert_cmpfloat (high, ==, cases[i].high);
    }
}

/* A gene that is seen in 1 spot of 1,000: both percentiles are 0, yet the spot must not look like the others. */
static void
test_limits_of_a_rare_gene (void)
{
  double values[1000] = { 0 }, low, high;

  values[123] = 7.0;
  smooth_value_limits (values, 1000, 1, 99, &low, &high);
  g_assert_cmpfloat (low, ==, 0.0);
  g_assert_cmpfloat (high, ==, 7.0);
}

static void
test_colour_values (void)
{
  const double values[] = { -1.0, 0.0, 0.5, 1.0, 9.0, NAN };
  guint32 colours[6];

  smooth_colour_values (SMOOTH_COLOURMAP_CIVIDIS, values, 6, 0.0, 1.0, 0x12345678, colours);
  g_assert_cmphex (colours[0], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_CIVIDIS, 0.0));
  g_assert_cmphex (colours[1], ==, colours[0]);
  g_assert_cmphex (colours[2], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_CIVIDIS, 0.5));
  g_assert_cmphex (colours[3], ==, smooth_colourmap_get (SMOOTH_COLOURMAP_CIVIDIS, 1.0));
  g_assert_cmphex (colours[4], ==, colours[3]);
  g_assert_cmphex (colours[5], ==, 0x12345678);
}

static void
test_scale (void)
{
  SmoothColourScale scale = { SMOOTH_COLOURMAP_MAGMA, 1.0, 1000.0, FALSE, FALSE };

  g_assert_cmpfloat_with_epsilon (smooth_colour_scale_get_place (&scale, 100.0), 99.0 / 999.0, 1e-15);
  g_assert_true (isnan (smooth_colour_scale_get_place (&scale, NAN)));
  g_assert_cmphex (smooth_colour_scale_get_colour (&scale, 0.2), ==, smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 0.2));
  scale.is_log = scale.is_reversed = TRUE;
  g_assert_cmpfloat_with_epsilon (smooth_colour_scale_get_place (&scale, 100.0), 2.0 / 3.0, 1e-15);
  g_assert_cmpfloat (smooth_colour_scale_get_place (&scale, 0.0), <, 0.0);
  g_assert_true (isnan (smooth_colour_scale_get_place (&scale, NAN)));
  g_assert_cmphex (smooth_colour_scale_get_colour (&scale, 0.2), ==, smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 0.8));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/colour/sequential-maps-rise", test_sequential_maps_rise);
  g_test_add_func ("/export/colour/maps-are-even", test_maps_are_even);
  g_test_add_func ("/export/colour/maps-look-as-named", test_maps_look_as_named);
  g_test_add_func ("/export/colour/diverging-is-balanced", test_diverging_is_balanced);
  g_test_add_func ("/export/colour/ends-are-held", test_ends_are_held);
  g_test_add_func ("/export/colour/palette", test_palette);
  g_test_add_func ("/export/colour/limits", test_limits);
  g_test_add_func ("/export/colour/limits-of-odd-values", test_limits_of_odd_values);
  g_test_add_func ("/export/colour/limits-of-a-rare-gene", test_limits_of_a_rare_gene);
  g_test_add_func ("/export/colour/values", test_colour_values);
  g_test_add_func ("/colour/scale", test_scale);
  return g_test_run ();
}
