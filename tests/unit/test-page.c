/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of export/page and export/metadata: grids of every shape stay on the page, recipes come back from every format. */
#include "export/page-private.h"

#include "base/error.h"
#include "export/metadata-private.h"

#include "../remove-tree.h"
#include "../section-fixture.h"

#include <math.h>
#include <string.h>

static SmoothPage
page_new (const SmoothFigure *panels, gint64 n, double width, double height)
{
  SmoothPage page = { .panels = panels, .n_panels = n, .has_one_legend = TRUE, .title = "A title" };

  smooth_params_init (&smooth_page_params, &page.settings);
  page.settings.width = width;
  page.settings.height = height;
  return page;
}

static SmoothFigure
figure_new (SmoothSection *section, const char *title)
{
  return (SmoothFigure){ .section = section, .histology_opacity = 1.0, .title = title, .value_name = "proportion", .high = 1.0 };
}

static gboolean
is_blank (const SmoothPicture *picture, gint x1, gint y1, gint x2, gint y2, guint32 paper)
{
  for (gint y = y1; y < y2; y++)
    for (gint x = x1; x < x2; x++)
      if (smooth_picture_get_pixel (picture, x, y) != paper)
        return FALSE;
  return TRUE;
}

/* Nothing is cut by the page: its rim is empty. */
static void
check_rim (const SmoothPicture *picture, guint32 paper)
{
  gint w = picture->width, h = picture->height;

  g_assert_true (is_blank (picture, 0, 0, w, 1, paper) && is_blank (picture, 0, h - 1, w, h, paper));
  g_assert_true (is_blank (picture, 0, 0, 1, h, paper) && is_blank (picture, w - 1, 0, w, h, paper));
}

/* How many separate sections there are: columns and rows of the ground's colour. */
static gint
count_sections (const SmoothPicture *picture)
{
  gint n = 0;

  for (gint y = 1; y < picture->height; y++)
    for (gint x = 1; x < picture->width; x++)
      n += smooth_picture_get_pixel (picture, x, y) == FIXTURE_GROUND && smooth_picture_get_pixel (picture, x - 1, y) != FIXTURE_GROUND
           && smooth_picture_get_pixel (picture, x, y - 1) != FIXTURE_GROUND;
  return n;
}

static void
test_grids (void)
{
  SmoothSection *section = fixture_section_new (12, TRUE);
  SmoothFigure panels[30];

  for (gint i = 0; i < 30; i++)
    panels[i] = figure_new (section, i % 4 == 2 ? "Tumour-infiltrating CD8+ exhausted T lymphocytes (GZMB+)" : "B cell");
  for (gint n = 1; n <= 30; n = n < 4 ? n + 1 : n + 9)
    for (gint columns = 0; columns <= 6; columns += 3)
      for (gint height = 0; height <= 140; height += 70)
        for (gint shared = 0; shared < 2; shared++)
          {
            SmoothPage page = page_new (panels, n, height == 70 ? 85.0 : 180.0, height);
            page.settings.columns = columns;
            page.settings.letters = n % 2;
            page.settings.theme = shared ? SMOOTH_PAGE_DARK : SMOOTH_PAGE_LIGHT;
            page.has_one_legend = shared;
            g_autoptr (SmoothPicture) picture = smooth_page_dup_picture (&page, 72.0, NULL);
            double width_pt, height_pt;
            smooth_page_get_size (&page, &width_pt, &height_pt);
            g_test_message ("%d panels, %d columns, height %d, shared %d", n, columns, height, shared);
            g_assert_cmpint (picture->height, ==, (gint) round (height_pt));
            check_rim (picture, shared ? 0xff1b1b1e : 0xffffffff);
            g_assert_cmpint (count_sections (picture), ==, n);
          }
  fixture_section_free (section);
}

/* A page that takes what it needs leaves no band of paper below. */
static void
test_free_height (void)
{
  SmoothSection *section = fixture_section_new (12, TRUE);
  SmoothFigure figure = figure_new (section, NULL);
  SmoothPage page = page_new (&figure, 1, 85.0, 0.0);
  double width, height;

  page.settings.scale_bar = FALSE;
  page.settings.legend = FALSE;
  page.title = NULL;
  smooth_page_get_size (&page, &width, &height);
  g_assert_cmpfloat_with_epsilon (width, 85.0 * 72.0 / 25.4, 1e-9);
  g_autoptr (SmoothPicture) picture = smooth_page_dup_picture (&page, 72.0, NULL);
  g_assert_false (is_blank (picture, 0, picture->height - 16, picture->width, picture->height - 8, 0xffffffff));
  page.settings.width = 20.0;
  for (gint n = 1; n < 400; n *= 4)
    {
      g_autofree SmoothFigure *many = g_new (SmoothFigure, n);
      for (gint i = 0; i < n; i++)
        many[i] = figure;
      page.panels = many;
      page.n_panels = n;
      smooth_page_get_size (&page, &width, &height);
      g_assert_cmpfloat (height, <=, 700.0);
    }
  fixture_section_free (section);
}

/* Shapes and pixels show the same. */
static void
test_vector_spots (void)
{
  SmoothSection *section = fixture_section_new (12, TRUE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);

  for (gint64 s = 0; s < section->n_spots; s++)
    if ((section->spot_flags[s] & SMOOTH_SPOT_IN_TISSUE) != 0)
      colours[s] = s % 2 ? 0xff0040ff : 0xff00a000;
  for (gint has_bins = 0; has_bins < 2; has_bins++)
    for (gint opaque = 0; opaque < 2; opaque++)
      {
        gint n[2] = { 0, 0 };
        section->has_bins = has_bins;
        for (gint vector = 0; vector < 2; vector++)
          {
            SmoothFigure figure = figure_new (section, NULL);
            figure.colours = colours;
            figure.opacity = opaque ? 1.0 : 0.7;
            figure.has_outlines = TRUE;
            SmoothPage page = page_new (&figure, 1, 85.0, 85.0);
            g_autoptr (SmoothPicture) picture = smooth_picture_new (900, 900, NULL);
            cairo_surface_t *surface = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, 900, 900,
                                                                            (gint) picture->stride);
            cairo_t *cairo = cairo_create (surface);
            smooth_i_page_draw (&page, cairo, 900, 900, 20.0, 1.0, vector);
            g_assert_cmpint (cairo_status (cairo), ==, CAIRO_STATUS_SUCCESS);
            cairo_destroy (cairo);
            cairo_surface_destroy (surface);
            for (gint i = 0; i < 900 * 900; i++)
              n[vector] += (smooth_picture_get_pixel (picture, i % 900, i / 900) >> 16 & 255) < 0x90;
          }
        g_assert_cmpint (n[0], >, 20000);
        g_assert_cmpint (abs (n[1] - n[0]), <, n[0] / (has_bins ? 8 : 20)); /* bins overlap as shapes */
      }
  section->has_bins = FALSE;
  fixture_section_free (section);
}

/* Pies are as large as the spots, and their parts as large as the shares. */
static void
test_pies (void)
{
  SmoothSection *section = fixture_section_new (6, TRUE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);
  g_autofree gint32 *columns = g_new0 (gint32, section->n_spots);
  const double shares[] = { 0.75, 0.25 };
  const guint32 palette[] = { 0x0000ff, 0x00ff00 };
  SmoothPies pies = { 2, shares, columns, palette };
  gint n[2][2] = { { 0, 0 }, { 0, 0 } };

  for (gint64 s = 0; s < section->n_spots; s++)
    if ((section->spot_flags[s] & SMOOTH_SPOT_IN_TISSUE) != 0)
      colours[s] = 0xff0000ff;
  for (gint vector = 0; vector < 2; vector++)
    {
      SmoothFigure figure = figure_new (section, NULL);
      figure.colours = colours;
      figure.opacity = 1.0;
      figure.pies = &pies;
      SmoothPage page = page_new (&figure, 1, 85.0, 85.0);
      page.settings.legend = FALSE;
      g_autoptr (SmoothPicture) picture = smooth_picture_new (900, 900, NULL);
      cairo_surface_t *surface
        = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, 900, 900, (gint) picture->stride);
      cairo_t *cairo = cairo_create (surface);
      smooth_i_page_draw (&page, cairo, 900, 900, 20.0, 1.0, vector);
      cairo_destroy (cairo);
      cairo_surface_destroy (surface);
      for (gint i = 0; i < 900 * 900; i++)
        {
          guint32 pixel = smooth_picture_get_pixel (picture, i % 900, i / 900);
          n[vector][0] += pixel == 0xff0000ff;
          n[vector][1] += pixel == 0xff00ff00;
        }
      g_assert_cmpfloat_with_epsilon ((double) n[vector][0] / n[vector][1], 3.0, 0.3);
    }
  g_assert_cmpfloat_with_epsilon ((double) n[1][0] / n[0][0], 1.0, 0.06);
  fixture_section_free (section);
}

/* Lines go over flagged spots alone. */
static void
test_hatching (void)
{
  SmoothSection *section = fixture_section_new (6, TRUE);
  g_autofree guint32 *colours = g_new0 (guint32, section->n_spots);
  g_autofree guint8 *flags = g_new0 (guint8, section->n_spots);
  gint n[2];

  for (gint64 s = 0; s < section->n_spots; s++)
    if ((section->spot_flags[s] & SMOOTH_SPOT_IN_TISSUE) != 0)
      colours[s] = 0xffffffff;
  for (gint flagged = 0; flagged < 2; flagged++)
    {
      memset (flags, flagged, section->n_spots);
      SmoothFigure figure = figure_new (section, NULL);
      figure.colours = colours;
      figure.opacity = 1.0;
      figure.hatched = flags;
      SmoothPage page = page_new (&figure, 1, 60.0, 60.0);
      page.title = NULL;
      page.settings.legend = page.settings.scale_bar = FALSE;
      g_autoptr (SmoothPicture) picture = smooth_page_dup_picture (&page, 300.0, NULL);
      n[flagged] = 0;
      for (gint y = 0; y < picture->height; y++)
        for (gint x = 0; x < picture->width; x++)
          n[flagged] += (smooth_picture_get_pixel (picture, x, y) & 255) < 0x60;
    }
  g_assert_cmpint (n[0], ==, 0);
  g_assert_cmpint (n[1], >, 1000);
  fixture_section_free (section);
}

/* A recipe goes into each format and comes out as it was, with its words in any script. */
static void
test_recipes (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smooth-page-XXXXXX", NULL);
  SmoothSection *section = fixture_section_new (6, FALSE);
  SmoothFigure figure = figure_new (section, NULL);
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new ("figure");
  section->name = (char *) "made";

  smooth_recipe_add_option (recipe, "title", "<\316\273> & ]]> \"\346\270\205\" endstream endobj");
  for (gint format = SMOOTH_PAGE_PNG; format <= SMOOTH_PAGE_SVG; format++)
    {
      SmoothPage page = page_new (&figure, 1, 40.0, 0.0);
      g_autofree char *name = g_strconcat ("figure", smooth_page_get_suffix (format), NULL);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (SmoothReport) report = smooth_report_new ();
      g_autoptr (GError) error = NULL;

      page.settings.format = format;
      page.settings.dpi = 72.0;
      page.title = "A & B <C>";
      g_assert_true (smooth_page_save (&page, recipe, path, &error));
      g_assert_no_error (error);
      g_assert_true (smooth_metadata_is_figure (path));
      g_autoptr (SmoothRecipe) back = smooth_recipe_load (path, report, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (back->command, ==, "figure");
      g_assert_cmpstr (smooth_recipe_get_option (back, "title"), ==, smooth_recipe_get_option (recipe, "title"));

      g_assert_true (smooth_page_save (&page, NULL, path, &error));
      g_assert_null (smooth_recipe_load (path, report, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, "without a recipe"));
      g_clear_error (&error);
      g_autofree char *nowhere = g_build_filename (folder, "no", name, NULL);
      g_assert_false (smooth_page_save (&page, recipe, nowhere, &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE);
    }
  section->name = NULL;
  fixture_section_free (section);
  remove_tree (folder);
}

/* Every prefix of a figure, and many with a changed byte: a text or an error, and never a recipe of another length. */
static void
test_damage (void)
{
  g_autofree char *folder = g_dir_make_tmp ("smooth-page-XXXXXX", NULL);
  SmoothSection *section = fixture_section_new (6, FALSE);
  SmoothFigure figure = figure_new (section, NULL);
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new ("figure");
  section->name = (char *) "made";

  figure.histology_opacity = 0.0;
  for (gint format = SMOOTH_PAGE_PNG; format <= SMOOTH_PAGE_SVG; format++)
    {
      SmoothPage page = page_new (&figure, 1, 20.0, 0.0);
      g_autofree char *path = g_build_filename (folder, "figure", NULL);
      g_autofree char *data = NULL;
      gsize length;
      gint n_found = 0;

      page.settings.format = format;
      page.settings.dpi = 36.0;
      page.title = NULL;
      g_assert_true (smooth_page_save (&page, recipe, path, NULL));
      g_assert_true (g_file_get_contents (path, &data, &length, NULL));
      for (gsize n = 0; n < length; n += 1 + n / 400)
        {
          g_autofree guint8 *part = g_memdup2 (data, n); /* so that reading beyond it is seen */
          g_autoptr (GError) error = NULL;
          g_autofree char *text = smooth_i_metadata_dup (part, n, "figure", &error);
          g_assert_true ((text == NULL) == (error != NULL));
          n_found += text != NULL;
        }
      g_test_message ("%s: %d of the parts have the recipe", smooth_page_get_suffix (format), n_found);
      for (gsize i = 0; i < length; i += 1 + length / 500)
        {
          g_autofree guint8 *changed = g_memdup2 (data, length);
          g_autoptr (GError) error = NULL;
          changed[i] ^= 0x55;
          g_autofree char *text = smooth_i_metadata_dup (changed, length, "figure", &error);
          g_assert_true ((text == NULL) == (error != NULL));
        }
    }
  section->name = NULL;
  fixture_section_free (section);
  remove_tree (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/page/grids", test_grids);
  g_test_add_func ("/export/page/free-height", test_free_height);
  g_test_add_func ("/export/page/vector-spots", test_vector_spots);
  g_test_add_func ("/export/page/pies", test_pies);
  g_test_add_func ("/export/page/hatching", test_hatching);
  g_test_add_func ("/export/metadata/recipes", test_recipes);
  g_test_add_func ("/export/metadata/damage", test_damage);
  return g_test_run ();
}
