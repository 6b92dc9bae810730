/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of the spot layer and of figures against stored ones.
 *
 * Stored pictures are read from SMOOTH_RENDER_REFERENCE. What was drawn stays in SMOOTH_RENDER_DIR as NAME.png, with
 * NAME-difference.png beside it. With SMOOTH_RENDER_UPDATE=1 the stored pictures are replaced instead: look at them before
 * they are committed. Cases without text must agree closely; those with text are compared coarsely, for fonts differ between
 * systems.
 */
#include "compare.h"

#include "export/page.h"
#include "export/plot-histogram.h"
#include "export/plot.h"

#include "../section-fixture.h"

#include <math.h>

typedef struct
{
  const char *name;
  SmoothPicture *(*draw) (void);
  gint radius;    /* of the blur */
  double mean;    /* the most that is allowed */
  double largest;
} Case;

static SmoothPicture *
draw_spots (SmoothSpotShape shape, double opacity)
{
  enum { N = 14 };
  double coords[2 * N * N];
  guint32 colours[N * N];
  SmoothPicture *picture = smooth_picture_new (240, 240, NULL);

  for (gint i = 0; i < N * N; i++)
    {
      double x = (i % N - 0.5 * N) / N, y = (i / N - 0.5 * N) / N;
      coords[2 * i] = 120.0 + 260.0 * x * (0.7 + 0.6 * y * y);
      coords[2 * i + 1] = 120.0 + 260.0 * y * (0.7 + 0.6 * x * x);
      colours[i] = smooth_colourmap_get (i % SMOOTH_N_COLOURMAPS, (double) i / (N * N));
    }
  SmoothSpotLayer layer = { N * N, coords, colours, 13.0, shape, opacity };
  SmoothView view = { -6.0, 3.0, 1.02 };
  g_assert_true (smooth_raster_spots (&layer, &view, picture, NULL));
  return picture;
}

static SmoothPicture *
draw_discs (void)
{
  return draw_spots (SMOOTH_SPOT_DISC, 1.0);
}

static SmoothPicture *
draw_clear_squares (void)
{
  return draw_spots (SMOOTH_SPOT_SQUARE, 0.6);
}

static SmoothPicture *
draw_maps (void)
{
  SmoothPicture *picture = smooth_picture_new (256, 90, NULL);

  for (gint y = 0; y < 90; y++)
    for (gint x = 0; x < 256; x++)
      picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x]
        = y < 72 ? smooth_colourmap_get (y / 18, x / 255.0) : smooth_category_colour (x / 8);
  return picture;
}

/* 80 x 68 mm, 480 x 408 pixels. */
static SmoothPicture *
draw_figure (SmoothFigure *figure, const char *title, gboolean dark)
{
  SmoothPage page = { .panels = figure, .n_panels = 1, .title = title };
  g_autoptr (GError) error = NULL;

  smooth_params_init (&smooth_page_params, &page.settings);
  page.settings.theme = dark ? SMOOTH_PAGE_DARK : SMOOTH_PAGE_LIGHT;
  page.settings.width = 80.0;
  page.settings.height = 68.0;
  SmoothPicture *picture = smooth_page_dup_picture (&page, 152.4, &error);
  g_assert_no_error (error);
  return picture;
}

/* Values that rise to the right, and a region around the lower left part. */
static SmoothPicture *
draw_section (gboolean dark, gboolean has_text, gint n_entries)
{
  static const double star[] = { 900, 2600, 1300, 1500, 2300, 1700, 2700, 2700, 1800, 3500 };
  SmoothSection *section = fixture_section_new (20, FALSE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);
  SmoothLegendEntry entries[30];
  g_autoptr (SmoothRegions) none = smooth_regions_new ();
  g_autoptr (SmoothRegions) regions = smooth_regions_new_with (none, has_text ? "Tumour" : " ", 0xbe1d2c, star, 5);

  for (gint i = 0; i < 30; i++)
    entries[i] = (SmoothLegendEntry) { i % 3 ? "Fibroblast" : "Smooth muscle", smooth_category_colour (i) };
  for (gint64 s = 0; s < section->n_spots; s++)
    if (section->spot_flags[s] != 0)
      colours[s] = n_entries > 0 ? smooth_category_colour ((gint64) (section->coords[2 * s] / 500.0))
                                 : smooth_colourmap_get (SMOOTH_COLOURMAP_VIRIDIS, section->coords[2 * s] / 4800.0);
  SmoothFigure figure = {
    .section = section, .regions = regions, .colours = colours, .opacity = 0.9, .histology_opacity = dark ? 0.6 : 1.0,
    .value_name = has_text ? "proportion" : NULL,
    .map = SMOOTH_COLOURMAP_VIRIDIS, .low = 0.0, .high = has_text ? 1.0 : 0.0, .n_entries = n_entries, .entries = entries,
  };
  SmoothPicture *picture = draw_figure (&figure, has_text ? "Section, proportion of fibroblasts" : NULL, dark);
  fixture_section_free (section);
  if (!has_text) /* but for the scale bar */
    for (gint y = picture->height - 40; y < picture->height; y++)
      for (gint x = 0; x < picture->width; x++)
        picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x] = 0;
  return picture;
}

static SmoothPicture *
draw_figure_light (void)
{
  return draw_section (FALSE, FALSE, 0);
}

static SmoothPicture *
draw_figure_dark (void)
{
  return draw_section (TRUE, FALSE, 0);
}

static SmoothPicture *
draw_figure_with_bar (void)
{
  return draw_section (FALSE, TRUE, 0);
}

static SmoothPicture *
draw_figure_with_categories (void)
{
  return draw_section (TRUE, TRUE, 30);
}

/* 360 x 220 pixels. */
static SmoothPicture *
draw_plot (SmoothPlot *plot, gboolean dark)
{
  SmoothPicture *picture = smooth_picture_new (360, 220, NULL);
  SmoothPlotStyle style = { 11.0, dark, FALSE };
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guchar *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                                  picture->height, (int) picture->stride);
  cairo_t *cairo = cairo_create (surface);

  smooth_plot_draw (plot, &style, cairo, picture->width, picture->height);
  g_assert_cmpint (cairo_status (cairo), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  smooth_plot_unref (plot);
  return picture;
}

/* A bell with its selected half, counted on a logarithmic scale, and two limits. */
static SmoothPicture *
draw_plot_histogram (void)
{
  enum { N = 4000 };
  g_autofree double *values = g_new (double, N);
  g_autofree guint8 *marked = g_new0 (guint8, N);
  guint32 colours[40];

  for (gint i = 0; i < N; i++)
    {
      double t = (i + 0.5) / N;
      values[i] = 50.0 + 9.0 * (t < 0.5 ? -1.0 : 1.0) * sqrt (-log (2.0 * MIN (t, 1.0 - t)));
      marked[i] = values[i] > 50.0 && i % 3 == 0;
    }
  g_autoptr (SmoothHistogram) histogram = smooth_histogram_new (values, NULL, marked, N, 40, FALSE);
  for (gint64 b = 0; b < histogram->n_bins; b++)
    colours[b] = smooth_colourmap_get (SMOOTH_COLOURMAP_VIRIDIS, (double) b / 39.0) & 0xffffff;
  SmoothPlot *plot = smooth_plot_new ("Total counts");
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, "counts", histogram->edges[0], histogram->edges[histogram->n_bins], SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, "spots", 0.7, 1000.0, SMOOTH_PLOT_LOG);
  smooth_plot_add_bars (plot, histogram->edges, histogram->counts, colours, histogram->n_bins);
  smooth_plot_add_overlay (plot, "selected", histogram->edges, histogram->selected, histogram->n_bins);
  smooth_plot_add_rule (plot, SMOOTH_PLOT_X, 40.0);
  smooth_plot_add_rule (plot, SMOOTH_PLOT_X, 65.0);
  return draw_plot (plot, FALSE);
}

/* Rows of parts with a key beside them. */
static SmoothPicture *
draw_plot_composition (void)
{
  static const char *const names[] = { "Tumour (174)", "Outside of all regions (1326)", "Selected (98)" };
  static const char *const types[] = { "Tumour", "Fibroblast", "Epithelium", "T cell", "B cell", "Macrophage" };
  static const double parts[] = { 0.6, 0.1, 0.1, 0.1, 0.05, 0.05, 0.0, 0.3, 0.25, 0.2, 0.15, 0.1, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1 };
  SmoothPlot *plot = smooth_plot_new (NULL);
  guint32 colours[6];

  for (gint k = 0; k < 6; k++)
    {
      colours[k] = smooth_category_colour (k) & 0xffffff;
      smooth_plot_add_key (plot, types[k], colours[k]);
    }
  smooth_plot_set_rows (plot, names, 3);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, "mean proportion", 0.0, 1.0, SMOOTH_PLOT_PERCENT);
  smooth_plot_add_stacks (plot, parts, colours, 3, 6);
  return draw_plot (plot, FALSE);
}

/* Two curves with bands, dark. */
static SmoothPicture *
draw_plot_decay (void)
{
  SmoothPlot *plot = smooth_plot_new (NULL);

  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, "nearest spot", 0.5, 20.5, SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, "correlation", 0.0, 1.0, SMOOTH_PLOT_LINEAR);
  for (gint curve = 0; curve < 2; curve++)
    {
      double x[20], low[20], middle[20], high[20];
      guint32 colour = curve == 0 ? 0xe66100 : 0x3584e4;
      for (gint j = 0; j < 20; j++)
        {
          x[j] = j + 1;
          middle[j] = exp (-(0.05 + 0.1 * curve) * (j + 1));
          low[j] = 0.8 * middle[j];
          high[j] = MIN (1.15 * middle[j], 1.0);
        }
      smooth_plot_add_band (plot, x, low, high, 20, colour);
      smooth_plot_add_line (plot, curve == 0 ? "expression" : "prior", x, middle, 20, colour);
    }
  return draw_plot (plot, TRUE);
}

/* A spiral of points, a few of them with rings. */
static SmoothPicture *
draw_plot_scatter (void)
{
  enum { N = 600 };
  double xy[2 * N];
  guint32 colours[N], ringed[N];
  SmoothPlot *plot = smooth_plot_new (NULL);

  for (gint i = 0; i < N; i++)
    {
      double turn = 0.05 * i;
      xy[2 * i] = 0.5 + 0.5 * turn / 30.0 * cos (turn);
      xy[2 * i + 1] = turn / 30.0 * sin (turn);
      colours[i] = 0xff000000u | smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, (double) i / N);
      ringed[i] = i % 40 == 0 ? colours[i] : 0;
    }
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, "B cell, proportion", 0.0, 1.0, SMOOTH_PLOT_PERCENT);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, "component 1", -1.1, 1.1, SMOOTH_PLOT_LINEAR);
  smooth_plot_add_points (plot, xy, colours, N, 5.0, 0.8);
  smooth_plot_add_rings (plot, xy, ringed, N, 5.0);
  return draw_plot (plot, FALSE);
}

/* Six panels of one scale on a dark page, with letters; without text they would all look alike. */
static SmoothPicture *
draw_grid (void)
{
  SmoothSection *section = fixture_section_new (20, FALSE);
  g_autofree guint32 *colours = g_new0 (guint32, 6 * section->n_spots);
  SmoothFigure panels[6];
  SmoothPage page = { .panels = panels, .n_panels = 6, .has_one_legend = TRUE, .title = "Six cell types" };
  g_autoptr (GError) error = NULL;

  for (gint i = 0; i < 6; i++)
    {
      guint32 *own = colours + i * section->n_spots;
      for (gint64 s = 0; s < section->n_spots; s++)
        if (section->spot_flags[s] != 0)
          own[s] = smooth_colourmap_get (SMOOTH_COLOURMAP_MAGMA, 0.5 + 0.5 * sin (section->coords[2 * s + i % 2] / (400.0 + 100.0 * i)));
      panels[i] = (SmoothFigure){ .section = section, .colours = own, .opacity = 0.9, .histology_opacity = 0.7, .title = "Fibroblast", .has_outlines = i == 5,
                                  .spot_scale = i == 4 ? 1.6 : 1.0, .brightness = 0.05 * i, .value_name = "proportion", .map = SMOOTH_COLOURMAP_MAGMA,
                                  .high = 1.0, .missing_name = "no value", .missing = 0x5a909498 };
    }
  smooth_params_init (&smooth_page_params, &page.settings);
  page.settings.width = 85.0;
  page.settings.letters = TRUE;
  page.settings.theme = SMOOTH_PAGE_DARK;
  SmoothPicture *picture = smooth_page_dup_picture (&page, 150.0, &error);
  g_assert_no_error (error);
  fixture_section_free (section);
  return picture;
}

/* Square bins without gaps, clear. */
static SmoothPicture *
draw_bins (void)
{
  SmoothSection *section = fixture_section_new (20, FALSE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);

  for (gint64 s = 0; s < section->n_spots; s++)
    {
      section->coords[2 * s] = 200.0 * (double) (s % 20) + 500.0;
      section->coords[2 * s + 1] = 200.0 * (double) (s / 20) + 400.0;
      if (section->spot_flags[s] != 0)
        colours[s] = smooth_colourmap_get (SMOOTH_COLOURMAP_CIVIDIS, (double) (s % 7) / 6.0);
    }
  section->spot_diameter = section->pitch;
  section->has_bins = TRUE;
  SmoothFigure figure = { .section = section, .colours = colours, .opacity = 0.7, .histology_opacity = 1.0 };
  SmoothPicture *picture = draw_figure (&figure, NULL, FALSE);
  fixture_section_free (section);
  for (gint y = picture->height - 40; y < picture->height; y++) /* the scale bar has text */
    for (gint x = 0; x < picture->width; x++)
      picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x] = 0;
  return picture;
}

static const Case cases[] = {
  { "colour-maps", draw_maps, 1, 0.3, 3.0 },
  { "spots-discs", draw_discs, 1, 0.3, 4.0 },
  { "spots-squares", draw_clear_squares, 1, 0.3, 4.0 },
  { "figure-light", draw_figure_light, 2, 0.8, 16.0 },
  { "figure-dark", draw_figure_dark, 2, 0.8, 16.0 },
  { "figure-bar", draw_figure_with_bar, 8, 4.0, 60.0 },
  { "figure-bins", draw_bins, 2, 0.8, 16.0 },
  { "figure-grid", draw_grid, 8, 5.0, 70.0 },
  { "figure-categories", draw_figure_with_categories, 8, 5.0, 70.0 },
  { "plot-histogram", draw_plot_histogram, 6, 3.0, 40.0 },
  { "plot-composition", draw_plot_composition, 6, 3.0, 40.0 },
  { "plot-decay", draw_plot_decay, 6, 3.0, 40.0 },
  { "plot-scatter", draw_plot_scatter, 6, 3.0, 40.0 },
};

static char *
dup_path (const char *variable, const char *name, const char *end)
{
  g_autofree char *file = g_strconcat (name, end, NULL);
  return g_build_filename (g_getenv (variable), file, NULL);
}

static void
save (const SmoothPicture *picture, const char *path)
{
  g_autoptr (GError) error = NULL;
  smooth_picture_save_png (picture, path, &error);
  g_assert_no_error (error);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autofree char *drawn_path = dup_path ("SMOOTH_RENDER_DIR", c->name, ".png");
  g_autofree char *shown_path = dup_path ("SMOOTH_RENDER_DIR", c->name, "-difference.png");
  g_autofree char *stored_path = dup_path ("SMOOTH_RENDER_REFERENCE", c->name, ".png");
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPicture) drawn = c->draw ();

  if (g_getenv ("SMOOTH_RENDER_UPDATE") != NULL)
    {
      save (drawn, stored_path);
      g_test_skip ("the stored picture was replaced");
      return;
    }
  save (drawn, drawn_path);
  g_autoptr (SmoothPicture) stored = smooth_picture_load (stored_path, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothPicture) back = smooth_picture_load (drawn_path, &error); /* as a PNG keeps it */
  g_assert_no_error (error);
  g_assert_cmpint (back->width, ==, stored->width);
  g_assert_cmpint (back->height, ==, stored->height);

  SmoothPicture *shown;
  Difference difference = compare_pictures (back, stored, c->radius, &shown);
  save (shown, shown_path);
  smooth_picture_unref (shown);
  g_test_message ("%s: mean %.3f of %.3f, largest %.1f of %.1f", c->name, difference.mean, c->mean, difference.largest, c->largest);
  g_assert_cmpfloat (difference.mean, <=, c->mean);
  g_assert_cmpfloat (difference.largest, <=, c->largest);
}

/* The comparison itself notices a spot of another colour, and does not mind one that is shifted by a quarter of a pixel. */
static void
test_comparison (void)
{
  double coords[4] = { 60, 60, 150, 120 };
  guint32 colours[2] = { 0xff005cc5, 0xfff3be08 };
  SmoothSpotLayer layer = { 2, coords, colours, 20.0, SMOOTH_SPOT_DISC, 1.0 };
  SmoothView view = { 0, 0, 1 }, shifted = { 0.25, 0, 1 };
  g_autoptr (SmoothPicture) a = smooth_picture_new (240, 240, NULL);
  g_autoptr (SmoothPicture) b = smooth_picture_new (240, 240, NULL);
  g_autoptr (SmoothPicture) c = smooth_picture_new (240, 240, NULL);
  SmoothPicture *shown;

  smooth_raster_spots (&layer, &view, a, NULL);
  smooth_raster_spots (&layer, &shifted, b, NULL);
  colours[1] = 0xff972288;
  smooth_raster_spots (&layer, &view, c, NULL);
  Difference small = compare_pictures (a, b, 2, &shown);
  smooth_picture_unref (shown);
  Difference large = compare_pictures (a, c, 2, &shown);
  smooth_picture_unref (shown);
  g_test_message ("shifted: %.3f, %.1f; recoloured: %.3f, %.1f", small.mean, small.largest, large.mean, large.largest);
  g_assert_cmpfloat (small.largest, <, 16.0);
  g_assert_cmpfloat (large.largest, >, 60.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/comparison", test_comparison);
  gboolean has_folders = g_getenv ("SMOOTH_RENDER_DIR") != NULL && g_getenv ("SMOOTH_RENDER_REFERENCE") != NULL;
  for (gsize i = 0; has_folders && i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/render/", cases[i].name, NULL);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
