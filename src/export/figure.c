/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of a figure: title above, section on the left, legend on its right, scale bar below; and its PNG file.
 *
 * Every part is measured before any is placed, and what does not fit a small page is left out rather than cut: first
 * the legend, then the scale bar, then the title.
 */
#include "export/figure.h"

#include "base/error.h"
#include "export/figure-private.h"

#include <math.h>

#define LARGEST 30000 /* pixels: Cairo's own limit is 32767 */

/* Where everything goes. */
typedef struct
{
  FigureBox crop, section;
  FigureLegend legend;
  double legend_x, legend_y;
  PangoLayout *title; /* (nullable) */
  double title_x, title_y;
  double bar_x, bar_y, bar_width; /* width 0: no scale bar */
} Layout;

/* What is left between title and lower margin, and how the section is put there. */
typedef struct
{
  double left, right, top, bottom;
  double bar_height; /* under the section */
  double gap;        /* between section and legend */
} Space;

static Space
plan_title (const FigurePage *page, double width, double height, Layout *layout)
{
  double font = page->font, margin = MIN (1.3 * font, 0.05 * MIN (width, height));
  Space space = { margin, width - margin, margin, height - margin, height > 8.0 * font ? 2.6 * font : 0.0, 1.6 * font };
  const char *title = page->figure->title;

  if (title == NULL || title[0] == '\0' || height <= 9.0 * font)
    return space;
  layout->title = smooth_i_figure_text (page->cairo, title, 1.25 * font, FIGURE_TEXT_BOLD, width - 2.0 * margin, 2);
  layout->title_y = margin;
  space.top += smooth_i_figure_text_height (layout->title) + 0.7 * font;
  return space;
}

/* The largest section that leaves so much room on its right and below. */
static double
find_scale (const Layout *layout, const Space *space, double on_right, double below)
{
  double across = (space->right - space->left - on_right) / layout->crop.width;
  double down = (space->bottom - space->top - space->bar_height - below) / layout->crop.height;

  return MAX (MIN (across, down), 1e-9);
}

/* The legend goes to the right - or below, on a page so high that the section becomes larger by it. */
static double
plan_legend (const FigurePage *page, const Space *space, Layout *layout, gboolean *is_below)
{
  double width = space->right - space->left, height = space->bottom - space->top - space->bar_height;

  *is_below = FALSE;
  if (width <= 13.0 * page->font)
    return find_scale (layout, space, 0.0, 0.0);
  layout->legend = smooth_i_figure_plan_legend (page, 0.36 * width, height);
  double scale = find_scale (layout, space, layout->legend.width > 0.0 ? layout->legend.width + space->gap : 0.0, 0.0);
  if (page->figure->n_entries == 0)
    return scale;

  FigureLegend below = smooth_i_figure_plan_legend (page, width, 0.4 * height);
  double scale_below = find_scale (layout, space, 0.0, below.height + space->gap);
  if (below.width > 0.0 && below.n_shown >= layout->legend.n_shown && scale_below > 1.15 * scale)
    {
      *is_below = TRUE;
      layout->legend = below;
      scale = scale_below;
    }
  return scale;
}

static Layout
plan (const FigurePage *page, double width, double height)
{
  Layout layout = { .crop = smooth_i_figure_find_crop (page->figure->section) };
  Space space = plan_title (page, width, height, &layout);
  gboolean is_below;
  double scale = plan_legend (page, &space, &layout, &is_below);
  FigureBox *section = &layout.section;

  section->width = scale * layout.crop.width;
  section->height = scale * layout.crop.height;
  double used = section->width + (layout.legend.width > 0.0 && !is_below ? layout.legend.width + space.gap : 0.0);
  section->x = 0.5 * (width - used);
  section->y = space.top;
  layout.bar_x = section->x;
  layout.bar_y = section->y + section->height + space.bar_height;
  layout.bar_width = space.bar_height > 0.0 ? 0.28 * section->width : 0.0;
  layout.legend_x = is_below ? MIN (section->x, space.right - layout.legend.width) : section->x + section->width + space.gap;
  layout.legend_y = section->y + 0.5 * MAX (section->height - layout.legend.height, 0.0);
  if (is_below)
    layout.legend_y = layout.bar_y + space.gap;

  /* The title stands flush with the section where it is short enough. */
  layout.title_x = space.left;
  if (layout.title != NULL && section->x + smooth_i_figure_text_width (layout.title) <= space.right)
    layout.title_x = section->x;
  return layout;
}

/**
 * smooth_figure_draw:
 * @cairo: of any surface; what it shows of its clip is overpainted
 * @width: of the page, in units of @cairo; text is about a sixtieth of the page
 * @height: of the page
 *
 * Spots are vector shapes, the histology is resampled with a filter that suits its reduction. The section is cropped to
 * its tissue.
 */
void
smooth_figure_draw (const SmoothFigure *figure, cairo_t *cairo, double width, double height)
{
  g_return_if_fail (width > 0.0 && height > 0.0);

  FigurePage page = {
    .cairo = cairo,
    .figure = figure,
    .font = MAX (0.0170 * sqrt (width * height), 7.0),
    .ink = figure->dark ? 0xececec : 0x1c1c1e,
    .faint = figure->dark ? 0x9a9a9a : 0x6e6e73,
    .paper = figure->dark ? 0x1b1b1e : 0xffffff,
  };
  cairo_save (cairo);
  smooth_i_figure_set_colour (cairo, page.paper, 1.0);
  cairo_rectangle (cairo, 0, 0, width, height);
  cairo_fill (cairo);

  Layout layout = plan (&page, width, height);
  smooth_i_figure_draw_section (&page, &layout.crop, &layout.section);
  if (layout.legend.width > 0.0)
    smooth_i_figure_draw_legend (&page, &layout.legend, layout.legend_x, layout.legend_y);
  if (layout.title != NULL)
    smooth_i_figure_show_text (cairo, layout.title, layout.title_x, layout.title_y, page.ink);
  if (layout.bar_width > 0.0)
    smooth_i_figure_draw_scale_bar (cairo, layout.bar_x, layout.bar_y,
                                    figure->section->um_per_pixel * layout.crop.width / layout.section.width, layout.bar_width,
                                    page.font, page.ink, page.paper);
  g_clear_object (&layout.title);
  cairo_restore (cairo);
}

/**
 * smooth_figure_save_png:
 * @width: pixels, 1..30000
 * @height: pixels, 1..30000
 * @path: the file; it is replaced only once the new one is complete
 */
gboolean
smooth_figure_save_png (const SmoothFigure *figure, gint width, gint height, const char *path, GError **error)
{
  if (width < 1 || height < 1 || width > LARGEST || height > LARGEST)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "%s: expected a figure of 1 to %d pixels a side, found %d x %d", path,
                   LARGEST, width, height);
      return FALSE;
    }

  g_autoptr (SmoothPicture) picture = smooth_picture_new (width, height, error);
  if (picture == NULL)
    return FALSE;
  cairo_surface_t *surface
    = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, width, height, (gint) picture->stride);
  cairo_t *cairo = cairo_create (surface);
  smooth_figure_draw (figure, cairo, width, height);
  cairo_status_t status = cairo_status (cairo);
  cairo_destroy (cairo);
  cairo_surface_flush (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MEMORY, "%s: the figure cannot be drawn: %s", path, cairo_status_to_string (status));
      return FALSE;
    }
  return smooth_picture_save_png (picture, path, error);
}
