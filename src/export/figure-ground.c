/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The histology of a figure: resampled once to what the page can show, and shared by all of its panels. */
#include "export/figure-private.h"

#include "export/jpeg-write.h"
#include "export/tone.h"

#include <math.h>

static gboolean
is_kept (const FigureGround *ground, const FigurePage *page, const FigureBox *crop, double scale)
{
  return ground->surface != NULL && ground->section == page->figure->section && ground->scale == scale
         && ground->opacity == page->figure->histology_opacity && ground->brightness == page->figure->brightness
         && ground->contrast == page->figure->contrast && ground->crop.x == crop->x && ground->crop.y == crop->y
         && ground->crop.width == crop->width && ground->crop.height == crop->height;
}

/* The part of the crop that the picture covers, in full-resolution pixels; FALSE where there is none. */
static gboolean
find_place (const SmoothSection *section, const FigureBox *crop, FigureBox *place)
{
  double width = section->picture->width / section->picture_scale, height = section->picture->height / section->picture_scale;
  double x1 = CLAMP (crop->x, 0.0, width), x2 = CLAMP (crop->x + crop->width, 0.0, width);
  double y1 = CLAMP (crop->y, 0.0, height), y2 = CLAMP (crop->y + crop->height, 0.0, height);

  *place = (FigureBox){ x1, y1, x2 - x1, y2 - y1 };
  return x2 > x1 && y2 > y1;
}

/* The picture from @place on, as large as @surface. */
static void
resample (const SmoothSection *section, const FigureBox *place, cairo_surface_t *surface)
{
  const SmoothPicture *picture = section->picture;
  cairo_surface_t *source = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                                 picture->height, (gint) picture->stride);
  cairo_t *cairo = cairo_create (surface);

  cairo_scale (cairo, cairo_image_surface_get_width (surface) / place->width, cairo_image_surface_get_height (surface) / place->height);
  cairo_translate (cairo, -place->x, -place->y);
  cairo_scale (cairo, 1.0 / section->picture_scale, 1.0 / section->picture_scale);
  cairo_set_source_surface (cairo, source, 0, 0);
  /* Averages where it becomes smaller; where it becomes larger, between pixels: the best filter shows them as squares. */
  gboolean is_smaller = cairo_image_surface_get_width (surface) < place->width * section->picture_scale;
  cairo_pattern_set_filter (cairo_get_source (cairo), is_smaller ? CAIRO_FILTER_BEST : CAIRO_FILTER_BILINEAR);
  cairo_pattern_set_extend (cairo_get_source (cairo), CAIRO_EXTEND_PAD);
  cairo_paint (cairo);
  cairo_destroy (cairo);
  cairo_surface_destroy (source);
}

static void
adjust (const SmoothFigure *figure, cairo_surface_t *surface)
{
  if (figure->brightness == 0.0 && figure->contrast == 0.0)
    return;
  cairo_surface_flush (surface);
  smooth_i_pixels_adjust ((guint32 *) (gpointer) cairo_image_surface_get_data (surface), cairo_image_surface_get_width (surface),
                          cairo_image_surface_get_height (surface), (gsize) cairo_image_surface_get_stride (surface), figure->brightness,
                          figure->contrast);
  cairo_surface_mark_dirty (surface);
}

/* The picture from @place on, over paper: @scale pixels in one full-resolution pixel. */
static cairo_surface_t *
draw_ground (const FigurePage *page, const FigureBox *place, double scale)
{
  gint width = (gint) CLAMP (round (place->width * scale), 1.0, 30000.0), height = (gint) CLAMP (round (place->height * scale), 1.0, 30000.0);
  cairo_surface_t *alone = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cairo = cairo_create (surface);

  resample (page->figure->section, place, alone);
  adjust (page->figure, alone);
  smooth_i_figure_set_colour (cairo, page->paper, 1.0);
  cairo_paint (cairo);
  cairo_set_source_surface (cairo, alone, 0, 0);
  cairo_paint_with_alpha (cairo, MIN (page->figure->histology_opacity, 1.0));
  cairo_destroy (cairo);
  cairo_surface_destroy (alone);
  if (page->is_vector) /* files keep it as JPEG: a tenth of the size */
    smooth_i_surface_attach_jpeg (surface);
  return surface;
}

/**
 * smooth_i_figure_get_ground:
 * @crop: what the panel shows, in full-resolution pixels
 * @scale: units of the page in one full-resolution pixel
 *
 * Never finer than the picture itself. Where it lies is in the place of the page's ground.
 *
 * Returns: (nullable) (transfer none): the histology over paper; NULL where there is none
 */
cairo_surface_t *
smooth_i_figure_get_ground (const FigurePage *page, const FigureBox *crop, double scale)
{
  const SmoothSection *section = page->figure->section;
  FigureGround *ground = page->ground;

  if (section->picture == NULL || !(section->picture_scale > 0.0) || !(page->figure->histology_opacity > 0.0))
    return NULL;
  if (is_kept (ground, page, crop, scale))
    return ground->surface;
  smooth_i_figure_clear_ground (ground);
  if (!find_place (section, crop, &ground->place))
    return NULL;
  double wanted = scale * page->resolution;
  ground->surface = draw_ground (page, &ground->place, page->is_vector ? MIN (wanted, section->picture_scale) : wanted);
  ground->crop = *crop;
  ground->scale = scale;
  ground->opacity = page->figure->histology_opacity;
  ground->brightness = page->figure->brightness;
  ground->contrast = page->figure->contrast;
  ground->section = section;
  return ground->surface;
}

void
smooth_i_figure_clear_ground (FigureGround *ground)
{
  g_clear_pointer (&ground->surface, cairo_surface_destroy);
}
