/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of export/plot: counts of histograms, places of values, and what files of plots hold. */
#include "export/plot-histogram.h"
#include "export/plot.h"

#include "base/error.h"
#include "../remove-tree.h"

#include <math.h>
#include <string.h>

static void
test_bins (void)
{
  const double values[] = { 0.0, 0.26, 0.5, 0.51, 0.99, 1.0, NAN, INFINITY, 7.0 };
  const guint8 used[] = { 1, 1, 1, 1, 1, 1, 1, 1, 0 }, marked[] = { 1, 0, 0, 1, 0, 1, 1, 0, 1 };
  g_autoptr (SmoothHistogram) histogram = smooth_histogram_new (values, used, marked, G_N_ELEMENTS (values), 4, FALSE);

  g_assert_cmpint (histogram->n_bins, ==, 4);
  g_assert_cmpint (histogram->n_values, ==, 6);
  g_assert_cmpint (histogram->n_selected, ==, 3);
  g_assert_cmpfloat (histogram->edges[0], ==, 0.0);
  g_assert_cmpfloat (histogram->edges[4], ==, 1.0);
  const double counts[] = { 1, 1, 2, 2 }, selected[] = { 1, 0, 1, 1 };
  for (gint b = 0; b < 4; b++)
    {
      g_assert_cmpfloat (histogram->counts[b], ==, counts[b]);
      g_assert_cmpfloat (histogram->selected[b], ==, selected[b]);
    }
  g_assert_cmpint (smooth_histogram_find (histogram, 0.3), ==, 1);
  g_assert_cmpint (smooth_histogram_find (histogram, 1.0), ==, 3);
  g_assert_cmpint (smooth_histogram_find (histogram, 1.1), ==, -1);
  g_assert_cmpfloat (smooth_histogram_get_most (histogram), ==, 2.0);
}

/* Whole numbers: as many in each bin, so that no bin is fuller because of where its edges are. */
static void
test_whole_numbers (void)
{
  double values[100];

  for (gint i = 0; i < 100; i++)
    values[i] = i;
  g_autoptr (SmoothHistogram) histogram = smooth_histogram_new (values, NULL, NULL, 100, 60, FALSE);
  g_assert_cmpint (histogram->n_bins, ==, 50);
  for (gint b = 0; b < 50; b++)
    g_assert_cmpfloat (histogram->counts[b], ==, 2.0);
  g_assert_cmpfloat (histogram->edges[0], ==, -0.5);

  g_autoptr (SmoothHistogram) one = smooth_histogram_new (values + 7, NULL, NULL, 1, 60, FALSE);
  g_assert_cmpint (one->n_values, ==, 1);
  g_assert_cmpfloat (one->edges[0], <, one->edges[one->n_bins]);
  g_assert_null (smooth_histogram_new (values, NULL, NULL, 0, 60, FALSE));
}

static void
test_log_bins (void)
{
  const double values[] = { 0.0, -1.0, 1.0, 5.0, 10.0, 50.0, 100.0 };
  g_autoptr (SmoothHistogram) histogram = smooth_histogram_new (values, NULL, NULL, G_N_ELEMENTS (values), 2, TRUE);

  g_assert_cmpint (histogram->n_left_out, ==, 2);
  g_assert_cmpint (histogram->n_values, ==, 5);
  g_assert_cmpfloat_with_epsilon (histogram->edges[1], 10.0, 1e-9);
}

static void
test_categories (void)
{
  const double values[] = { 0.0, 2.0, 2.0, NAN, 5.0 };
  const guint8 marked[] = { 0, 1, 0, 1, 1 };
  g_autoptr (SmoothHistogram) histogram = smooth_histogram_new_of_categories (values, NULL, marked, G_N_ELEMENTS (values), 3);

  g_assert_cmpint (histogram->n_values, ==, 3);
  g_assert_cmpfloat (histogram->counts[0], ==, 1.0);
  g_assert_cmpfloat (histogram->counts[1], ==, 0.0);
  g_assert_cmpfloat (histogram->counts[2], ==, 2.0);
  g_assert_cmpfloat (histogram->selected[2], ==, 1.0);
}

static SmoothPlot *
made_plot (void)
{
  const double edges[] = { 1.0, 10.0, 100.0 }, heights[] = { 3.0, 1.0 };
  const guint32 colours[] = { 0xff0000, 0x00ff00 };
  SmoothPlot *plot = smooth_plot_new ("Title");

  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, "across", 1.0, 100.0, SMOOTH_PLOT_LOG);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, "up", 0.0, 4.0, SMOOTH_PLOT_LINEAR);
  smooth_plot_add_bars (plot, edges, heights, colours, 2);
  return plot;
}

/* There and back again; a logarithm puts 10 in the middle of 1 and 100; y grows upwards, rows downwards. */
static void
test_places (void)
{
  g_autoptr (SmoothPlot) plot = made_plot ();
  SmoothPlotStyle style = { 10.0, FALSE, FALSE };
  SmoothPlotBox frame;

  smooth_plot_get_frame (plot, &style, 400.0, 300.0, &frame);
  g_assert_cmpfloat (frame.x, >, 10.0);
  g_assert_cmpfloat (frame.x + frame.width, <, 400.0);
  g_assert_cmpfloat (frame.y + frame.height, <, 290.0);
  g_assert_cmpfloat_with_epsilon (smooth_plot_get_place (plot, SMOOTH_PLOT_X, &frame, 10.0), frame.x + frame.width / 2.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (smooth_plot_get_place (plot, SMOOTH_PLOT_Y, &frame, 4.0), frame.y, 1e-9);
  g_assert_cmpfloat_with_epsilon (smooth_plot_get_value (plot, SMOOTH_PLOT_X, &frame, frame.x + frame.width), 100.0, 1e-9);
  g_assert_true (isnan (smooth_plot_get_place (plot, SMOOTH_PLOT_X, &frame, 0.0)));
  for (double value = 0.0; value <= 4.0; value += 0.5)
    g_assert_cmpfloat_with_epsilon (
        smooth_plot_get_value (plot, SMOOTH_PLOT_Y, &frame, smooth_plot_get_place (plot, SMOOTH_PLOT_Y, &frame, value)), value, 1e-9);

  const char *const names[] = { "first", "second" };
  smooth_plot_set_rows (plot, names, 2);
  smooth_plot_get_frame (plot, &style, 400.0, 300.0, &frame);
  g_assert_cmpfloat_with_epsilon (smooth_plot_get_place (plot, SMOOTH_PLOT_Y, &frame, 0.0), frame.y, 1e-9);
}

/* Limits that are no range become one. */
static void
test_limits (void)
{
  g_autoptr (SmoothPlot) plot = made_plot ();
  SmoothPlotBox frame = { 0.0, 0.0, 100.0, 100.0 };
  const double limits[][2] = { { 3.0, 3.0 }, { 0.0, 0.0 }, { NAN, 1.0 }, { 5.0, 2.0 }, { -2.0, -2.0 } };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    for (gint scale = SMOOTH_PLOT_LINEAR; scale <= SMOOTH_PLOT_PERCENT; scale++)
      {
        smooth_plot_set_axis (plot, SMOOTH_PLOT_X, NULL, limits[i][0], limits[i][1], (SmoothPlotScale) scale);
        double low = smooth_plot_get_value (plot, SMOOTH_PLOT_X, &frame, 0.0), high = smooth_plot_get_value (plot, SMOOTH_PLOT_X, &frame, 100.0);
        g_assert_true (isfinite (low) && isfinite (high) && high > low);
      }
}

static char *
saved (const SmoothPlot *plot, const char *folder, const char *name, gsize *length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_assert_true (smooth_plot_save (plot, FALSE, 80.0, 50.0, 150.0, path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, length, NULL));
  return text;
}

/* Files are what their names say; a document has vectors, and text that is no locale's. */
static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smoothscope-plot-XXXXXX", NULL);
  g_autoptr (SmoothPlot) plot = made_plot ();
  g_autoptr (GError) error = NULL;
  gsize length;
  double xy[2 * 300];
  guint32 colours[300];

  for (gint i = 0; i < 300; i++)
    {
      xy[2 * i] = 1.0 + i / 4.0;
      xy[2 * i + 1] = 4.0 * (i % 7) / 7.0;
      colours[i] = 0xff0000ffu;
    }
  smooth_plot_add_points (plot, xy, colours, 300, 3.0, 0.5);
  g_autofree char *png = saved (plot, folder, "plot.png", &length);
  g_assert_cmpmem (png, 8, "\x89PNG\r\n\x1a\n", 8);
  g_autofree char *pdf = saved (plot, folder, "plot.PDF", &length);
  g_assert_cmpmem (pdf, 5, "%PDF-", 5);
  g_autofree char *svg = saved (plot, folder, "plot.svg", &length);
  g_assert_nonnull (strstr (svg, "<svg"));
  g_assert_null (strstr (svg, "<image")); /* few points are vectors */
  g_assert_nonnull (strstr (svg, "</text>")); /* text is text */
  g_assert_null (strstr (svg, "<symbol"));    /* not outlines of letters */

  g_autofree char *other = g_build_filename (folder, "plot.gif", NULL);
  g_assert_false (smooth_plot_save (plot, FALSE, 80.0, 50.0, 150.0, other, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "plot.gif"));
  g_clear_error (&error);
  g_autofree char *large = g_build_filename (folder, "plot.png", NULL);
  g_assert_false (smooth_plot_save (plot, FALSE, 1e6, 50.0, 150.0, large, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  remove_tree (folder);
}

/* Many points are shown as their density: the more there are the denser, in the mean of their colours; faded ones count less. */
static void
test_density (void)
{
  enum { N = 60000 };
  g_autoptr (SmoothPlot) plot = smooth_plot_new (NULL);
  g_autofree double *xy = g_new (double, 2 * N);
  g_autofree guint32 *colours = g_new (guint32, N);
  SmoothPlotStyle style = { 11.0, FALSE, FALSE, FALSE };
  SmoothPlotBox frame;
  guint32 pixels[3];

  /* A heap of red and blue at 0.5, a few green at 0.75, none at 0.25. */
  for (gint i = 0; i < N; i++)
    {
      gboolean is_heap = i >= 100;
      xy[2 * i] = is_heap ? 0.5 : 0.75;
      xy[2 * i + 1] = 0.5;
      colours[i] = !is_heap ? 0xff00ff00u : i % 2 ? 0xffff0000u : 0xff0000ffu;
    }
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, "x", 0.0, 1.0, SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, "y", 0.0, 1.0, SMOOTH_PLOT_LINEAR);
  smooth_plot_add_density (plot, xy, colours, N, 4.0);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 400, 300);
  cairo_t *cairo = cairo_create (surface);
  smooth_plot_get_frame (plot, &style, 400.0, 300.0, &frame);
  g_assert_true (smooth_plot_render_points (plot, &style, 400.0, 300.0, 1.0, NULL));
  smooth_plot_draw (plot, &style, cairo, 400.0, 300.0);
  cairo_surface_flush (surface);
  for (gint i = 0; i < 3; i++)
    {
      gint x = (gint) smooth_plot_get_place (plot, SMOOTH_PLOT_X, &frame, 0.25 * (i + 1));
      gint y = (gint) smooth_plot_get_place (plot, SMOOTH_PLOT_Y, &frame, 0.5);
      pixels[i] = *(guint32 *) (gpointer) (cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface) + 4 * x);
    }
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  g_assert_true ((pixels[1] & 0xfefefe) == 0x7e007e || (pixels[1] & 0xfefefe) == 0x800080); /* as dense as it gets: the mean of red and blue */
  guint green = pixels[2] >> 8 & 255, red = pixels[2] >> 16 & 255;
  g_assert_true (green == 255 && red > 64 && red < 200); /* paper shines through */
  g_assert_true ((pixels[0] & 255) > 200);               /* nothing there but paper */
}

/* A file has points of its own: it is the same whether or not a screen has rendered some for another size. */
static void
test_rendered (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smoothscope-plot-XXXXXX", NULL);
  const double xy[] = { 2.0, 1.0, 50.0, 3.0, 20.0, 2.0 };
  const guint32 colours[] = { 0xff0000ffu, 0xffff0000u, 0xff00ff00u };
  SmoothPlotStyle style = { 11.0, FALSE, TRUE, TRUE };
  gsize lengths[2];
  char *files[2];

  for (gint i = 0; i < 2; i++)
    {
      g_autoptr (SmoothPlot) plot = made_plot ();
      smooth_plot_add_points (plot, xy, colours, 3, 5.0, 0.8);
      smooth_plot_add_rings (plot, xy, colours, 3, 5.0);
      if (i == 1)
        g_assert_true (smooth_plot_render_points (plot, &style, 700.0, 120.0, 1.0, NULL));
      files[i] = saved (plot, folder, "plot.png", &lengths[i]);
    }
  g_assert_cmpuint (lengths[0], ==, lengths[1]);
  g_assert_true (memcmp (files[0], files[1], lengths[0]) == 0);
  g_free (files[0]);
  g_free (files[1]);
  remove_tree (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/plot/bins", test_bins);
  g_test_add_func ("/export/plot/whole-numbers", test_whole_numbers);
  g_test_add_func ("/export/plot/log-bins", test_log_bins);
  g_test_add_func ("/export/plot/categories", test_categories);
  g_test_add_func ("/export/plot/places", test_places);
  g_test_add_func ("/export/plot/limits", test_limits);
  g_test_add_func ("/export/plot/files", test_files);
  g_test_add_func ("/export/plot/density", test_density);
  g_test_add_func ("/export/plot/rendered", test_rendered);
  return g_test_run ();
}
