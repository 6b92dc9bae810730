/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages: their settings, their size, and how they are drawn, in points of 1/72 inch. */
#include "export/page-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define POINTS_PER_MM (72.0 / 25.4)
#define LARGEST 30000 /* pixels: Cairo's own limit is 32767 */

static const char *const formats[] = { "png", "pdf", "svg", NULL };
static const char *const themes[] = { "light", "dark", NULL };

#define FIELD(name) .offset = G_STRUCT_OFFSET (SmoothPageSettings, name)

static const SmoothParam params[] = {
  { .name = "format",
    .label = N_ ("Format"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (format),
    .initial = SMOOTH_PAGE_PNG,
    .max = SMOOTH_PAGE_SVG,
    .unit = "",
    .choices = formats,
    .help = N_ ("Pixels (png), or text and spots as shapes over the tissue's picture (pdf, svg)") },
  { .name = "width",
    .label = N_ ("Width"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (width),
    .initial = 180,
    .min = 20,
    .max = 1200,
    .unit = "mm",
    .help = N_ ("Larger leaves the text as it is and the sections more room; journals have columns of about 85 and pages of 180 mm"),
    .slider_min = 40,
    .slider_max = 240 },
  { .name = "height",
    .label = N_ ("Height"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (height),
    .max = 1200,
    .unit = "mm",
    .help = N_ ("Larger leaves the sections more room; 0 takes what they need at this width"),
    .slider_max = 240 },
  { .name = "dpi",
    .label = N_ ("Resolution"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (dpi),
    .initial = 300,
    .min = 36,
    .max = 2400,
    .unit = "dpi",
    .help = N_ ("More dots an inch make the picture finer and the file larger; journals ask for 300"),
    .slider_min = 72,
    .slider_max = 600 },
  { .name = "font-size",
    .label = N_ ("Text"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (font),
    .initial = 7,
    .min = 4,
    .max = 72,
    .unit = "pt",
    .help = N_ ("Larger text leaves the sections less room; most journals ask for 5 to 8 points"),
    .slider_min = 5,
    .slider_max = 14 },
  { .name = "theme",
    .label = N_ ("Page"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (theme),
    .max = SMOOTH_PAGE_DARK,
    .unit = "",
    .choices = themes,
    .help = N_ ("Dark text on white (light), for print, or light text on a dark page (dark), for slides") },
  { .name = "columns",
    .label = N_ ("Columns"),
    .type = SMOOTH_PARAM_INT,
    FIELD (columns),
    .max = 40,
    .unit = "",
    .help = N_ ("More columns of panels make each smaller and the page lower; 0 finds a number"),
    .slider_max = 10 },
  { .name = "letters",
    .label = N_ ("Letters"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (letters),
    .max = 1,
    .unit = "",
    .help = N_ ("Puts a, b, c … before the names of panels") },
  { .name = "scale-bar",
    .label = N_ ("Scale bar"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (scale_bar),
    .initial = 1,
    .max = 1,
    .unit = "",
    .help = N_ ("Draws a bar of a round length in micrometres under the sections") },
  { .name = "legend",
    .label = N_ ("Legend"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (legend),
    .initial = 1,
    .max = 1,
    .unit = "",
    .help = N_ ("Says what the colours mean") },
  { .name = "same-limits",
    .label = N_ ("Same colours in all panels"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (same_limits),
    .initial = 1,
    .max = 1,
    .unit = "",
    .help = N_ ("Gives all panels one scale of colours and one legend, so that they can be compared; otherwise each has its own") },
  { .name = "outlines",
    .label = N_ ("Outlines of regions"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (outlines),
    .initial = 1,
    .max = 1,
    .unit = "",
    .help = N_ ("Draws the borders of regions over the spots") },
  { .name = "labels",
    .label = N_ ("Names of regions"),
    .type = SMOOTH_PARAM_BOOL,
    FIELD (labels),
    .initial = 1,
    .max = 1,
    .unit = "",
    .help = N_ ("Writes the names of regions beside their borders") },
  { .name = "vector-spots",
    .label = N_ ("Most spots as shapes"),
    .type = SMOOTH_PARAM_INT,
    FIELD (vector_spots),
    .initial = 20000,
    .max = 1000000,
    .unit = N_ ("spots"),
    .help = N_ ("pdf, svg: more spots than this become a picture, which keeps the file small; fewer stay shapes"),
    .flags = SMOOTH_PARAM_LOG,
    .slider_max = 200000 },
};

const SmoothParamTable smooth_page_params = {
  .name = "page",
  .label = N_ ("Page"),
  .size = sizeof (SmoothPageSettings),
  .params = params,
  .n_params = G_N_ELEMENTS (params),
};

/* Of file names, with the point: ".pdf". */
const char *
smooth_page_get_suffix (SmoothPageFormat format)
{
  static const char *const suffixes[] = { ".png", ".pdf", ".svg" };

  g_return_val_if_fail ((guint) format < G_N_ELEMENTS (suffixes), "");
  return suffixes[format];
}

/* a .. z, then aa, ab. */
static char *
dup_letter (gint64 i)
{
  return i < 26 ? g_strdup_printf ("%c", (char) ('a' + i)) : g_strdup_printf ("%c%c", (char) ('a' + i / 26 - 1), (char) ('a' + i % 26));
}

static void
draw_title (const FigurePage *page, const char *title, double left, double right, double bottom)
{
  if (title == NULL || left + page->font > right)
    return;
  g_autoptr (PangoLayout) text = smooth_i_figure_text (page->cairo, title, page->font, FIGURE_TEXT_NORMAL, right - left, 1);
  smooth_i_figure_show_text (page->cairo, text, left, bottom - smooth_i_figure_text_height (text), page->ink);
}

/* Where two settings share a section each has its title on its side of the line. */
static void
draw_heading (const FigurePage *page, const SmoothPage *what, const FigureLayout *layout, gint64 i, double x, double y)
{
  double left = x, bottom = y - 0.35 * page->font, width = layout->panel_width + layout->own_legend;

  if (what->settings.letters)
    {
      g_autofree char *letter = dup_letter (i);
      g_autoptr (PangoLayout) text = smooth_i_figure_text (page->cairo, letter, 1.15 * page->font, FIGURE_TEXT_BOLD, -1.0, 1);
      smooth_i_figure_show_text (page->cairo, text, left, bottom - smooth_i_figure_text_height (text), page->ink);
      left += smooth_i_figure_text_width (text) + 0.5 * page->font;
    }
  if (page->figure->left != NULL)
    {
      double line = x + (smooth_i_figure_find_line (page->figure, &layout->crop) - layout->crop.x) * layout->panel_width / layout->crop.width;
      draw_title (page, page->figure->left->title, left, line - 0.4 * page->font, bottom);
      left = MAX (left, line + 0.4 * page->font);
    }
  draw_title (page, page->figure->title, left, x + width, bottom);
}

static void
draw_panel (const FigurePage *page, const SmoothPage *what, const FigureLayout *layout, gint64 i)
{
  double x = layout->x + (double) (i % layout->n_columns) * layout->step_x;
  double y = layout->y + (double) (i / layout->n_columns) * layout->step_y;
  FigureBox box = { x, y, layout->panel_width, layout->panel_height };

  smooth_i_figure_draw_section (page, &layout->crop, &box);
  if (layout->heading > 0.0)
    draw_heading (page, what, layout, i, x, y);
  if (layout->own_legend <= 0.0)
    return;
  FigureLegend legend
    = smooth_i_figure_plan_legend (page, layout->own_legend - 0.6 * page->font, MIN (layout->panel_height, 14.0 * page->font));
  if (legend.width > 0.0)
    smooth_i_figure_draw_legend (page, &legend, x + layout->panel_width + 0.6 * page->font,
                                 y + 0.5 * (layout->panel_height - legend.height));
}

static FigurePage
page_init (const SmoothPage *what, cairo_t *cairo, double font)
{
  gboolean dark = what->settings.theme == SMOOTH_PAGE_DARK;

  return (FigurePage){
    .cairo = cairo,
    .figure = what->panels,
    .font = font,
    .least_font = MIN (FIGURE_LEAST_FONT, font),
    .ink = dark ? 0xececec : 0x1c1c1e,
    .faint = dark ? 0x9a9a9a : 0x6e6e73,
    .paper = dark ? 0x1b1b1e : 0xffffff,
    .max_vector_spots = what->settings.vector_spots / MAX (what->n_panels, 1),
  };
}

/* Draws the page in units of its own, at a size of text and a resolution in pixels a unit; @height of 0: as high as it needs. */
void
smooth_i_page_draw (const SmoothPage *what, cairo_t *cairo, double width, double height, double font, double resolution, gboolean is_vector)
{
  FigureGround ground = { NULL };
  FigurePage page = page_init (what, cairo, font);

  page.resolution = resolution;
  page.is_vector = is_vector;
  page.ground = &ground;
  cairo_save (cairo);
  smooth_i_figure_set_colour (cairo, page.paper, 1.0);
  FigureLayout layout = smooth_i_page_plan (&page, what, width, height);
  cairo_rectangle (cairo, 0, 0, layout.width, layout.height);
  cairo_fill (cairo);
  for (gint64 i = 0; i < what->n_panels && !smooth_run_is_cancelled (smooth_run_get_current ()); i++)
    {
      page.figure = &what->panels[i];
      draw_panel (&page, what, &layout, i);
    }
  page.figure = what->panels;
  if (layout.legend.width > 0.0)
    smooth_i_figure_draw_legend (&page, &layout.legend, layout.legend_x, layout.legend_y);
  if (layout.title != NULL)
    smooth_i_figure_show_text (cairo, layout.title, layout.title_x, layout.title_y, page.ink);
  if (layout.bar_width > 0.0)
    smooth_i_figure_draw_scale_bar (cairo, layout.bar_x, layout.bar_y, page.figure->section->um_per_pixel * layout.crop.width / layout.panel_width,
                                    layout.bar_width, page.font, page.ink, -1);
  g_clear_object (&layout.title);
  smooth_i_figure_clear_ground (&ground);
  cairo_restore (cairo);
}

/**
 * smooth_page_get_size:
 * @width: (out): in points
 * @height: (out): in points, also where the settings leave it open
 */
void
smooth_page_get_size (const SmoothPage *page, double *width, double *height)
{
  *width = page->settings.width * POINTS_PER_MM;
  *height = page->settings.height * POINTS_PER_MM;
  if (*height > 0.0)
    return;

  cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, NULL);
  cairo_t *cairo = cairo_create (surface);
  FigurePage measuring = page_init (page, cairo, page->settings.font);
  FigureLayout layout = smooth_i_page_plan (&measuring, page, *width, 0.0);
  *height = layout.height;
  g_clear_object (&layout.title);
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
}

/**
 * smooth_page_draw:
 * @cairo: of any surface, in points; what lies under the page is overpainted
 *
 * On surfaces that keep shapes (PDF, SVG) spots are shapes, unless there are too many; else they are drawn as in the window.
 */
void
smooth_page_draw (const SmoothPage *page, cairo_t *cairo)
{
  cairo_surface_type_t type = cairo_surface_get_type (cairo_get_target (cairo));
  gboolean is_vector = type == CAIRO_SURFACE_TYPE_PDF || type == CAIRO_SURFACE_TYPE_SVG;
  double x = 1.0, y = 0.0;

  g_return_if_fail (page->n_panels > 0);
  cairo_user_to_device_distance (cairo, &x, &y);
  smooth_i_page_draw (page, cairo, page->settings.width * POINTS_PER_MM, page->settings.height * POINTS_PER_MM, page->settings.font,
                      is_vector ? page->settings.dpi / 72.0 : hypot (x, y), is_vector);
}

/**
 * smooth_page_dup_picture:
 * @dpi: dots an inch
 *
 * Returns: (transfer full): the page as pixels; an error where they are too many
 */
SmoothPicture *
smooth_page_dup_picture (const SmoothPage *page, double dpi, GError **error)
{
  double width, height;

  smooth_page_get_size (page, &width, &height);
  double across = MAX (round (width * dpi / 72.0), 1.0), down = MAX (round (height * dpi / 72.0), 1.0);
  if (!(across <= LARGEST) || !(down <= LARGEST))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "expected a figure of at most %d pixels a side, found %.0f x %.0f; fewer dots an inch make fewer",
                        LARGEST, across, down);
      return NULL;
    }
  SmoothPicture *picture = smooth_picture_new ((gint) across, (gint) down, error);
  if (picture == NULL)
    return NULL;
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                                  picture->height, (gint) picture->stride);
  cairo_t *cairo = cairo_create (surface);
  smooth_i_figure_set_colour (cairo, page->settings.theme == SMOOTH_PAGE_DARK ? 0x1b1b1e : 0xffffff, 1.0); /* a part of a pixel */
  cairo_paint (cairo);
  cairo_scale (cairo, dpi / 72.0, dpi / 72.0);
  smooth_page_draw (page, cairo);
  cairo_status_t status = cairo_status (cairo);
  cairo_destroy (cairo);
  cairo_surface_flush (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return picture;
  smooth_error_set (error, SMOOTH_ERROR_MEMORY, "the figure cannot be drawn: %s", cairo_status_to_string (status));
  smooth_picture_unref (picture);
  return NULL;
}
