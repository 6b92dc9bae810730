/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of export/figure: round numbers, and that nothing overlaps or leaves the page, whatever the texts and sizes. */
#include "export/figure.h"

#include "base/error.h"
#include "export/page-private.h"

#include "../section-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static void
test_ticks (void)
{
  static const struct { double low, high; gint max_ticks, n, n_decimals; double first, step; } cases[] = {
    { 0.0, 1.0, 6, 6, 1, 0.0, 0.2 },
    { 0.0, 1.0, 5, 3, 1, 0.0, 0.5 },
    { -1.0, 1.0, 5, 5, 1, -1.0, 0.5 },
    { 0.003, 0.71, 7, 7, 1, 0.1, 0.1 },
    { 0.0, 8237.0, 5, 5, 0, 0.0, 2000.0 },
    { 1e-7, 9e-7, 5, 4, 7, 2e-7, 2e-7 },
    { 41.0, 47.0, 4, 4, 0, 42.0, 2.0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double ticks[8];
      gint n_decimals, n = smooth_i_nice_ticks (cases[i].low, cases[i].high, cases[i].max_ticks, ticks, &n_decimals);
      if (i == 6) /* 41..47: 42, 44, 46 */
        {
          g_assert_cmpint (n, ==, 3);
          g_assert_cmpfloat_with_epsilon (ticks[2], 46.0, 1e-12);
          continue;
        }
      g_assert_cmpint (n, ==, cases[i].n);
      g_assert_cmpint (n_decimals, ==, cases[i].n_decimals);
      for (gint t = 0; t < n; t++)
        g_assert_cmpfloat_with_epsilon (ticks[t], cases[i].first + t * cases[i].step, 1e-9 * cases[i].step);
    }
}

static void
test_ticks_without_a_range (void)
{
  static const double limits[][2] = { { 1, 1 }, { 2, 1 }, { NAN, 1 }, { 0, INFINITY }, { -1e308, 1e308 }, { 1, 1 + 1e-15 } };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      double ticks[8];
      gint n_decimals, n = smooth_i_nice_ticks (limits[i][0], limits[i][1], 6, ticks, &n_decimals);
      for (gint t = 0; t < n; t++)
        g_assert_true (ticks[t] >= limits[i][0] - 1e-12 && ticks[t] <= limits[i][1] + 1e-12);
      if (!(limits[i][1] > limits[i][0]))
        g_assert_cmpint (n, ==, 0);
    }
}

static void
test_lengths (void)
{
  static const double cases[][2] = { { 100, 100 }, { 99.9, 50 }, { 50, 50 }, { 49, 20 }, { 19.9, 10 }, { 1234, 1000 }, { 0.3, 0.2 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpfloat_with_epsilon (smooth_i_nice_length (cases[i][0]), cases[i][1], 1e-9);
}

/* A page of one panel in pixels, whose text grows with it. */
static void
draw_page (const SmoothFigure *figure, const char *title, gboolean dark, cairo_t *cairo, double width, double height)
{
  SmoothPage page = { .panels = figure, .n_panels = 1, .title = title };

  smooth_params_init (&smooth_page_params, &page.settings);
  page.settings.theme = dark ? SMOOTH_PAGE_DARK : SMOOTH_PAGE_LIGHT;
  smooth_i_page_draw (&page, cairo, width, height, MAX (0.0170 * sqrt (width * height), 7.0), 1.0, FALSE);
}

static SmoothPicture *
draw (const SmoothFigure *figure, const char *title, gboolean dark, gint width, gint height)
{
  SmoothPicture *picture = smooth_picture_new (width, height, NULL);
  cairo_surface_t *surface
    = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, width, height, (gint) picture->stride);
  cairo_t *cairo = cairo_create (surface);

  draw_page (figure, title, dark, cairo, width, height);
  g_assert_cmpint (cairo_status (cairo), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  return picture;
}

static gboolean
is_blank (const SmoothPicture *picture, gint x1, gint y1, gint x2, gint y2, guint32 paper)
{
  for (gint y = MAX (y1, 0); y < MIN (y2, picture->height); y++)
    for (gint x = MAX (x1, 0); x < MIN (x2, picture->width); x++)
      if (smooth_picture_get_pixel (picture, x, y) != paper)
        return FALSE;
  return TRUE;
}

/* The rectangle of the section: everything that has the ground's colour. */
static void
find_section (const SmoothPicture *picture, gint *left, gint *top, gint *right, gint *bottom)
{
  *left = *top = G_MAXINT;
  *right = *bottom = -1;
  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      if (smooth_picture_get_pixel (picture, x, y) == FIXTURE_GROUND)
        {
          *left = MIN (*left, x);
          *right = MAX (*right, x);
          *top = MIN (*top, y);
          *bottom = MAX (*bottom, y);
        }
}

static const gint sizes[][2] = { { 1600, 1200 }, { 900, 700 }, { 500, 1100 }, { 1300, 350 }, { 400, 400 }, { 220, 160 }, { 120, 90 } };

static void
check_page (const SmoothFigure *figure, const char *title, gboolean dark, gint width, gint height)
{
  g_autoptr (SmoothPicture) picture = draw (figure, title, dark, width, height);
  guint32 paper = dark ? 0xff1b1b1e : 0xffffffff;
  gint left, top, right, bottom;

  /* Nothing is cut by the page: its rim is empty. */
  g_assert_true (is_blank (picture, 0, 0, width, 2, paper));
  g_assert_true (is_blank (picture, 0, height - 2, width, height, paper));
  g_assert_true (is_blank (picture, 0, 0, 2, height, paper));
  g_assert_true (is_blank (picture, width - 2, 0, width, height, paper));

  /* Nothing touches the section: there is empty space all around it. */
  find_section (picture, &left, &top, &right, &bottom);
  g_assert_cmpint (right - left, >, MIN (width, height) / 4);
  g_assert_true (is_blank (picture, right + 2, top, right + 4, bottom, paper));
  g_assert_true (is_blank (picture, left - 4, top, left - 2, bottom, paper));
  g_assert_true (is_blank (picture, left, bottom + 2, right, bottom + 3, paper));
  g_assert_true (is_blank (picture, left, top - 3, right, top - 2, paper));
}

static const char long_text[]
  = "A title that does not fit any page: \346\270\205\345\271\263\346\273\221\350\202\214 section of the colon of patient 12, block B, "
    "dominant cell type by spatially smoothed deconvolution with an ICAR prior, rho 0.99 and lambda 0.1, drawn over the histology";

static void
test_pages_with_categories (void)
{
  SmoothSection *section = fixture_section_new (12, TRUE);
  SmoothLegendEntry entries[60];

  for (gint i = 0; i < 60; i++)
    entries[i] = (SmoothLegendEntry) { i % 7 == 3 ? "Tumour-infiltrating CD8+ exhausted T lymphocytes (GZMB+)" : "Fibroblast",
                                       smooth_category_colour (i) & 0xffffff };
  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (gint n = 1; n <= 60; n = n < 8 ? n + 7 : n + 26)
      {
        SmoothFigure figure = { .section = section, .histology_opacity = 1.0, .n_entries = n, .entries = entries };
        check_page (&figure, n % 2 ? "Short" : long_text, n == 8, sizes[s][0], sizes[s][1]);
      }
  fixture_section_free (section);
}

static void
test_pages_with_a_bar (void)
{
  static const double limits[][2] = { { 0, 1 }, { -0.00012, 0.00034 }, { 0, 1.5e9 }, { 1, 1 }, { NAN, NAN } };
  SmoothSection *section = fixture_section_new (12, TRUE);

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
      {
        SmoothFigure figure = { .section = section, .histology_opacity = 1.0, .map = SMOOTH_COLOURMAP_MAGMA,
                                .value_name = i % 2 ? long_text : "EPCAM", .low = limits[i][0], .high = limits[i][1] };
        check_page (&figure, long_text, FALSE, sizes[s][0], sizes[s][1]);
      }
  fixture_section_free (section);
}

/* On a page of a usual size every category is in the legend. */
static void
test_all_categories_are_shown (void)
{
  SmoothSection *section = fixture_section_new (12, TRUE);
  SmoothLegendEntry entries[30];

  for (gint i = 0; i < 30; i++)
    entries[i] = (SmoothLegendEntry) { "Smooth muscle cell", smooth_category_colour (i) & 0xffffff };
  for (gsize s = 0; s < 4; s++)
    {
      SmoothFigure figure = { .section = section, .histology_opacity = 1.0, .n_entries = 30, .entries = entries };
      g_autoptr (SmoothPicture) picture = draw (&figure, "Title", FALSE, sizes[s][0], sizes[s][1]);
      for (gint i = 0; i < 30; i++)
        {
          gint n = 0;
          for (gint y = 0; y < picture->height; y++)
            for (gint x = 0; x < picture->width; x++)
              n += smooth_picture_get_pixel (picture, x, y) == (0xff000000 | entries[i].colour);
          g_assert_cmpint (n, >, 10);
        }
    }
  fixture_section_free (section);
}

/* Names are cut only where there is no other way. */
static void
test_names_are_whole (void)
{
  SmoothSection *section = fixture_section_new (12, TRUE);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 10, 10);
  cairo_t *cairo = cairo_create (surface);
  SmoothLegendEntry entries[30];

  for (gint i = 0; i < 30; i++)
    entries[i] = (SmoothLegendEntry) { "Smooth muscle cell", 0 };
  for (gint n = 1; n <= 30; n++)
    {
      SmoothFigure figure = { .section = section, .n_entries = n, .entries = entries };
      FigurePage page = { .cairo = cairo, .figure = &figure, .font = 10.0 };
      FigureLegend legend = smooth_i_figure_plan_legend (&page, 300.0, 250.0);
      g_autoptr (PangoLayout) name = smooth_i_figure_text (cairo, "Smooth muscle cell", legend.font, FIGURE_TEXT_NORMAL, -1.0, 1);
      g_assert_cmpint (legend.n_shown, ==, n);
      g_assert_cmpfloat (legend.text_width, >=, smooth_i_figure_text_width (name));
      g_assert_cmpfloat (legend.width, <=, 300.0);
      g_assert_cmpfloat (legend.height, <=, 250.0);
    }
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  fixture_section_free (section);
}

/* Of the pixels of the section those that are nearer to a dark colour than to the pale ground. */
static gint
count_dark (const SmoothPicture *picture, gint left, gint top, gint right, gint bottom)
{
  gint n = 0;

  for (gint y = top; y <= bottom; y++)
    for (gint x = left; x <= right; x++)
      n += (smooth_picture_get_pixel (picture, x, y) >> 16 & 255) < 0xe8 / 2;
  return n;
}

static gint
count_colour (const SmoothPicture *picture, guint32 colour)
{
  gint n = 0;

  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      n += smooth_picture_get_pixel (picture, x, y) == colour;
  return n;
}

/* Spots have their true size: the covered area is that of so many discs of 55 um. */
static void
test_spots (void)
{
  SmoothSection *section = fixture_section_new (12, TRUE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);
  gint n_drawn = 0, left, top, right, bottom;

  for (gint64 s = 0; s < section->n_spots; s++)
    if ((section->spot_flags[s] & SMOOTH_SPOT_IN_TISSUE) != 0)
      {
        colours[s] = 0xff0040ff;
        n_drawn++;
      }
  SmoothFigure figure = { .section = section, .histology_opacity = 1.0, .colours = colours, .opacity = 1.0 };
  g_autoptr (SmoothPicture) picture = draw (&figure, NULL, FALSE, 1200, 1200);
  FigureBox crop = smooth_i_figure_find_crop (&figure);
  find_section (picture, &left, &top, &right, &bottom);
  double um_per_pixel = 0.5 * crop.width / (right - left + 1);
  double wanted = n_drawn * G_PI * 27.5 * 27.5 / (um_per_pixel * um_per_pixel);
  g_assert_cmpfloat_with_epsilon (count_dark (picture, left, top, right, bottom), wanted, 0.01 * wanted);

  figure.opacity = 0.0;
  g_autoptr (SmoothPicture) empty = draw (&figure, NULL, FALSE, 300, 300);
  g_assert_cmpint (count_colour (empty, 0xff0040ff), ==, 0);
  fixture_section_free (section);
}

/* The scale bar is as long as it says. */
static void
test_scale_bar (void)
{
  SmoothPicture *picture = smooth_picture_new (400, 60, NULL);
  cairo_surface_t *surface
    = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, 400, 60, (gint) picture->stride);
  cairo_t *cairo = cairo_create (surface);
  gint n = 0;

  smooth_draw_scale_bar (cairo, 20, 50, 2.0, 300, 0x112233); /* 600 um fit: 500 um are 250 units */
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  for (gint x = 0; x < 400; x++)
    n += smooth_picture_get_pixel (picture, x, 47) == 0xff112233;
  g_assert_cmpint (n, ==, 250);
  g_assert_true (is_blank (picture, 0, 51, 400, 60, 0));
  g_assert_true (is_blank (picture, 0, 0, 400, 15, 0));
  smooth_picture_unref (picture);
}

/* Sections without anything that is usually there. */
static void
test_poor_sections (void)
{
  SmoothSection empty = { .um_per_pixel = 1.0 };
  double one[2] = { 5.0, 5.0 }, bad[2] = { NAN, 1.0 };
  guint8 flag = SMOOTH_SPOT_IN_TISSUE;
  SmoothFigure figure = { .section = &empty, .low = 0, .high = 1 };

  g_autoptr (SmoothPicture) nothing = draw (&figure, "\xff no UTF-8", FALSE, 300, 200);
  g_assert_cmpint (nothing->width, ==, 300);
  empty.n_spots = 1;
  empty.coords = one;
  empty.spot_flags = &flag;
  g_autoptr (SmoothPicture) alone = draw (&figure, "\xff no UTF-8", FALSE, 300, 200);
  g_assert_cmpint (alone->width, ==, 300);
  empty.coords = bad;
  empty.um_per_pixel = 0.0;
  g_autoptr (SmoothPicture) nowhere = draw (&figure, NULL, FALSE, 1, 1);
  g_assert_cmpint (nowhere->width, ==, 1);
}

static void
test_log_ticks (void)
{
  static const struct
  {
    double low, high;
    gint max_ticks, n, n_decimals;
    double first, second, last;
  } cases[] = {
    { 1.0, 100.0, 7, 7, 0, 1.0, 2.0, 100.0 },      { 1.0, 100.0, 5, 5, 0, 1.0, 3.0, 100.0 },
    { 0.01, 1000.0, 7, 6, 2, 0.01, 0.1, 1000.0 },  { 1e-3, 1e9, 5, 5, 3, 1e-3, 1.0, 1e9 },
    { 210.0, 480.0, 5, 5, 0, 250.0, 300.0, 450.0 }, /* no power of ten: linear */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double ticks[7];
      gint n_decimals, n = smooth_i_log_ticks (cases[i].low, cases[i].high, cases[i].max_ticks, ticks, &n_decimals);
      g_test_message ("%g to %g", cases[i].low, cases[i].high);
      g_assert_cmpint (n, ==, cases[i].n);
      g_assert_cmpint (n_decimals, ==, cases[i].n_decimals);
      g_assert_cmpfloat_with_epsilon (ticks[0], cases[i].first, 1e-9 * cases[i].first);
      g_assert_cmpfloat_with_epsilon (ticks[1], cases[i].second, 1e-9 * cases[i].second);
      g_assert_cmpfloat_with_epsilon (ticks[n - 1], cases[i].last, 1e-9 * cases[i].last);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/figure/ticks", test_ticks);
  g_test_add_func ("/export/figure/ticks-without-a-range", test_ticks_without_a_range);
  g_test_add_func ("/export/figure/lengths", test_lengths);
  g_test_add_func ("/export/figure/pages-with-categories", test_pages_with_categories);
  g_test_add_func ("/export/figure/pages-with-a-bar", test_pages_with_a_bar);
  g_test_add_func ("/export/figure/all-categories-are-shown", test_all_categories_are_shown);
  g_test_add_func ("/export/figure/names-are-whole", test_names_are_whole);
  g_test_add_func ("/export/figure/spots", test_spots);
  g_test_add_func ("/export/figure/scale-bar", test_scale_bar);
  g_test_add_func ("/export/figure/poor-sections", test_poor_sections);
  g_test_add_func ("/figure/log-ticks", test_log_ticks);
  return g_test_run ();
}
