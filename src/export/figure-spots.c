/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spots of a figure: as shapes, those of one colour in one path, or as the pixels that the window shows; pies, outlines and
 * hatching over them. */
#include "export/figure-private.h"

#include <math.h>

#define OVERLAP 1.04        /* of bins with their neighbours, so that no gap shines through */
#define OUTLINE 0xc0202020u /* as in the window */
#define OUTLINE_WIDTH 0.045 /* fonts */
#define LEAST_OUTLINED 6.0  /* widths of an outline: smaller spots would be outline only */
#define HATCH_STEP 0.30     /* fonts, from line to line */
#define HATCH_WIDTH 0.07    /* fonts */
#define PIE_SHAPES 5        /* that a pie counts for, against the limit of shapes */

static double
spot_diameter_pixels (const SmoothSection *section)
{
  return section->um_per_pixel > 0.0 ? section->spot_diameter / section->um_per_pixel : 0.0;
}

/* The spots that are seen, those of one colour together. */
typedef struct
{
  guint32 colour;
  gint64 spot;
} Seen;

static gint
compare_seen (gconstpointer a, gconstpointer b)
{
  const Seen *x = a, *y = b;

  if (x->colour != y->colour)
    return x->colour < y->colour ? -1 : 1;
  return x->spot < y->spot ? -1 : x->spot > y->spot;
}

static GArray *
list_seen (const SmoothSpotLayer *layer, const FigureBox *crop)
{
  GArray *seen = g_array_new (FALSE, FALSE, sizeof (Seen));
  double radius = 0.5 * layer->diameter;

  for (gint64 s = 0; s < layer->n_spots; s++)
    {
      double x = layer->coords[2 * s], y = layer->coords[2 * s + 1];
      Seen one = { layer->colours[s], s };
      if (one.colour >> 24 != 0 && x + radius > crop->x && x - radius < crop->x + crop->width && y + radius > crop->y
          && y - radius < crop->y + crop->height)
        g_array_append_val (seen, one);
    }
  return seen;
}

static gboolean
is_pie (const SmoothSpotLayer *layer, gint64 spot)
{
  return layer->pies != NULL && layer->pies->columns[spot] >= 0;
}

static void
draw_seen (const FigurePage *page, const SmoothSpotLayer *layer, GArray *seen, double scale, double radius, double opacity)
{
  cairo_t *cairo = page->cairo;

  g_array_sort (seen, compare_seen);
  for (guint i = 0, next; i < seen->len && !smooth_run_is_cancelled (smooth_run_get_current ()); i = next)
    {
      guint32 colour = g_array_index (seen, Seen, i).colour;
      cairo_new_path (cairo);
      for (next = i; next < seen->len && g_array_index (seen, Seen, next).colour == colour; next++)
        {
          gint64 s = g_array_index (seen, Seen, next).spot;
          double x = layer->coords[2 * s] * scale, y = layer->coords[2 * s + 1] * scale;
          if (is_pie (layer, s))
            continue;
          cairo_new_sub_path (cairo);
          if (layer->shape == SMOOTH_SPOT_SQUARE)
            cairo_rectangle (cairo, x - radius, y - radius, 2.0 * radius, 2.0 * radius);
          else
            cairo_arc (cairo, x, y, radius, 0, 2.0 * G_PI);
          cairo_close_path (cairo);
        }
      smooth_i_figure_set_colour (cairo, colour, opacity * (colour >> 24) / 255.0);
      cairo_fill (cairo);
    }
}

/* Wedges from 12 o'clock on, clockwise, over a disc of the largest share: no gap shines through between two wedges. */
static void
draw_pie (cairo_t *cairo, const SmoothPies *pies, gint32 column, double x, double y, double radius, double opacity)
{
  const double *shares = pies->shares + (gsize) column * (gsize) pies->n_parts;
  double total = 0.0, angle = -0.5 * G_PI;
  gint64 largest = 0;

  for (gint64 k = 0; k < pies->n_parts; k++)
    {
      total += MAX (shares[k], 0.0);
      largest = shares[k] > shares[largest] ? k : largest;
    }
  cairo_new_path (cairo);
  cairo_arc (cairo, x, y, radius, 0, 2.0 * G_PI);
  smooth_i_figure_set_colour (cairo, pies->palette[largest], opacity);
  cairo_fill (cairo);
  for (gint64 k = 0; k < pies->n_parts && total > 0.0; k++)
    {
      double width = MAX (shares[k], 0.0) / total * 2.0 * G_PI;
      if (k != largest && width > 0.01)
        {
          cairo_move_to (cairo, x, y);
          cairo_arc (cairo, x, y, radius, angle, angle + width);
          cairo_close_path (cairo);
          smooth_i_figure_set_colour (cairo, pies->palette[k], opacity);
          cairo_fill (cairo);
        }
      angle += width;
    }
}

static void
draw_pies (const FigurePage *page, const SmoothSpotLayer *layer, GArray *seen, double scale, double radius)
{
  if (layer->opacity < 1.0)
    cairo_push_group (page->cairo);
  for (guint i = 0; i < seen->len && !smooth_run_is_cancelled (smooth_run_get_current ()); i++)
    {
      gint64 s = g_array_index (seen, Seen, i).spot;
      if (is_pie (layer, s))
        draw_pie (page->cairo, layer->pies, layer->pies->columns[s], layer->coords[2 * s] * scale, layer->coords[2 * s + 1] * scale, radius, 1.0);
    }
  if (layer->opacity < 1.0)
    {
      cairo_pop_group_to_source (page->cairo);
      cairo_paint_with_alpha (page->cairo, layer->opacity);
    }
}

static void
draw_outlines (const FigurePage *page, const SmoothSpotLayer *layer, GArray *seen, double scale, double radius)
{
  cairo_t *cairo = page->cairo;
  double width = OUTLINE_WIDTH * page->font, inner = radius - 0.5 * width;

  if (2.0 * radius < LEAST_OUTLINED * width)
    return;
  cairo_new_path (cairo);
  for (guint i = 0; i < seen->len; i++)
    {
      gint64 s = g_array_index (seen, Seen, i).spot;
      double x = layer->coords[2 * s] * scale, y = layer->coords[2 * s + 1] * scale;
      cairo_new_sub_path (cairo);
      if (layer->shape == SMOOTH_SPOT_SQUARE)
        cairo_rectangle (cairo, x - inner, y - inner, 2.0 * inner, 2.0 * inner);
      else
        cairo_arc (cairo, x, y, inner, 0, 2.0 * G_PI);
      cairo_close_path (cairo);
    }
  cairo_set_line_width (cairo, width);
  smooth_i_figure_set_colour (cairo, OUTLINE & 0xffffff, layer->opacity * (OUTLINE >> 24) / 255.0);
  cairo_stroke (cairo);
}

/* Lines through flagged spots, black or white, whichever the colour differs more from; those of all spots are in one pattern. */
static void
draw_hatching (const FigurePage *page, const SmoothSpotLayer *layer, const FigureBox *crop, double scale)
{
  cairo_t *cairo = page->cairo;
  double radius = MAX (0.5 * layer->diameter * scale, 0.15 * page->font), step = HATCH_STEP * page->font;

  cairo_set_line_width (cairo, HATCH_WIDTH * page->font);
  for (gint is_dark = 0; is_dark < 2; is_dark++)
    {
      cairo_new_path (cairo);
      for (gint64 s = 0; s < layer->n_spots; s++)
        {
          guint32 c = layer->colours[s];
          double x = layer->coords[2 * s], y = layer->coords[2 * s + 1];
          if (!page->figure->hatched[s] || c >> 24 == 0 || x < crop->x || y < crop->y || x > crop->x + crop->width || y > crop->y + crop->height
              || (0.30 * (c >> 16 & 255) + 0.59 * (c >> 8 & 255) + 0.11 * (c & 255) > 115.0) != (is_dark == 1))
            continue;
          /* A line x + y = at is at the distance (at - centre) / sqrt (2) from the centre. */
          double centre = (x + y) * scale, reach = G_SQRT2 * radius;
          for (double at = ceil ((centre - reach) / step) * step; at < centre + reach; at += step)
            {
              double away = (at - centre) / 2.0, half = sqrt (MAX (0.5 * radius * radius - away * away, 0.0));
              cairo_move_to (cairo, x * scale + away - half, y * scale + away + half);
              cairo_line_to (cairo, x * scale + away + half, y * scale + away - half);
            }
        }
      smooth_i_figure_set_colour (cairo, is_dark ? 0x000000 : 0xffffff, 0.9);
      cairo_stroke (cairo);
    }
}

/* Bins overlap a little, and are made clear together: otherwise they would show where they do. */
static void
draw_shapes (const FigurePage *page, const SmoothSpotLayer *layer, GArray *seen, double scale)
{
  double radius = MAX (0.5 * layer->diameter * scale, 0.1);
  gboolean is_clear = layer->opacity < 1.0;

  if (layer->shape == SMOOTH_SPOT_DISC)
    draw_seen (page, layer, seen, scale, radius, layer->opacity);
  else
    {
      if (is_clear)
        cairo_push_group (page->cairo);
      draw_seen (page, layer, seen, scale, OVERLAP * radius, 1.0);
      if (is_clear)
        {
          cairo_pop_group_to_source (page->cairo);
          cairo_paint_with_alpha (page->cairo, layer->opacity);
        }
    }
  if (layer->pies != NULL)
    draw_pies (page, layer, seen, scale, radius);
  if (page->figure->has_outlines)
    draw_outlines (page, layer, seen, scale, radius);
}

/* The same as pixels: rings. */
static void
draw_outline_pixels (const FigurePage *page, const SmoothSpotLayer *layer, const SmoothView *view, SmoothPicture *picture)
{
  g_autofree guint32 *colours = g_new (guint32, MAX (layer->n_spots, 1));
  double width = OUTLINE_WIDTH * page->font * page->resolution / view->scale;
  SmoothSpotLayer rings = *layer;

  if (layer->diameter < LEAST_OUTLINED * width)
    return;
  for (gint64 i = 0; i < layer->n_spots; i++)
    colours[i] = layer->colours[i] >> 24 != 0 ? OUTLINE : 0;
  rings.colours = colours;
  rings.pies = NULL;
  rings.hole = MAX (layer->diameter - 2.0 * width, 0.0);
  smooth_raster_spots (&rings, view, picture, smooth_run_get_current ());
}

/* By the code that paints the window: the same pixels. */
static void
draw_pixels (const FigurePage *page, const SmoothSpotLayer *layer, const FigureBox *crop, double scale)
{
  double width = crop->width * scale * page->resolution, height = crop->height * scale * page->resolution;
  g_autoptr (SmoothPicture) picture
    = smooth_picture_new ((gint) CLAMP (round (width), 1.0, 30000.0), (gint) CLAMP (round (height), 1.0, 30000.0), NULL);

  if (picture == NULL)
    return;
  SmoothView view = { crop->x, crop->y, picture->width / crop->width };
  smooth_raster_spots (layer, &view, picture, smooth_run_get_current ());
  if (page->figure->has_outlines)
    draw_outline_pixels (page, layer, &view, picture);
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                                  picture->height, (gint) picture->stride);
  cairo_save (page->cairo);
  cairo_translate (page->cairo, crop->x * scale, crop->y * scale);
  cairo_scale (page->cairo, crop->width * scale / picture->width, crop->height * scale / picture->height);
  cairo_set_source_surface (page->cairo, surface, 0, 0);
  cairo_paint (page->cairo);
  cairo_restore (page->cairo);
  cairo_surface_finish (surface); /* a vector surface has its own copy; the pixels are freed now */
  cairo_surface_destroy (surface);
}

/* The spots, or the points in place of them. */
static SmoothSpotLayer
find_layer (const SmoothFigure *figure)
{
  const SmoothSection *section = figure->section;
  double spot_scale = figure->spot_scale > 0.0 ? figure->spot_scale : 1.0;
  SmoothSpotLayer layer = {
    .n_spots = section->n_spots,
    .coords = section->coords,
    .colours = figure->colours,
    .diameter = spot_diameter_pixels (section) * spot_scale,
    .shape = section->has_bins ? SMOOTH_SPOT_SQUARE : SMOOTH_SPOT_DISC,
    .opacity = CLAMP (figure->opacity, 0.0, 1.0),
    .pies = figure->pies,
  };

  if (figure->n_points > 0)
    {
      layer.n_spots = figure->n_points;
      layer.coords = figure->points;
      layer.colours = figure->point_colours;
      layer.diameter = figure->point_diameter * spot_scale;
      layer.pies = NULL;
      layer.shape = SMOOTH_SPOT_DISC;
    }
  return layer;
}

void
smooth_i_figure_draw_spots (const FigurePage *page, const FigureBox *crop, double scale)
{
  SmoothSpotLayer layer = find_layer (page->figure);

  if (layer.colours == NULL || layer.n_spots == 0 || !(layer.opacity > 0.0))
    return;
  g_autoptr (GArray) seen = page->is_vector ? list_seen (&layer, crop) : NULL;
  if (seen != NULL && (gint64) seen->len * (layer.pies != NULL ? PIE_SHAPES : 1) <= page->max_vector_spots)
    draw_shapes (page, &layer, seen, scale);
  else
    draw_pixels (page, &layer, crop, scale);
  if (page->figure->hatched != NULL && page->figure->n_points == 0)
    draw_hatching (page, &layer, crop, scale);
}
