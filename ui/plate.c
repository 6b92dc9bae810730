/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each level of the pyramid is the one before it averaged over 2 x 2 pixels, so that a view never skips pixels of the
 * level that it is drawn from, whatever the size of the picture. */
#include "plate.h"

#include <cairo.h>
#include <math.h>
#include <string.h>

#define MAX_LEVELS 16
#define SMALLEST 64

struct _ScopePlate
{
  gatomicrefcount ref_count;
  double scale; /* pixels of level 0 in one full-resolution pixel */
  gint n_levels;
  SmoothPicture *levels[MAX_LEVELS];
};

/* The mean of four pixels, two bytes at a time; rounds up. */
static inline guint32
mean_of_four (guint32 a, guint32 b, guint32 c, guint32 d)
{
  const guint32 mask = 0x00ff00ff;
  guint32 even = (a & mask) + (b & mask) + (c & mask) + (d & mask) + 0x00020002;
  guint32 odd = ((a >> 8) & mask) + ((b >> 8) & mask) + ((c >> 8) & mask) + ((d >> 8) & mask) + 0x00020002;

  return ((even >> 2) & mask) | (((odd >> 2) & mask) << 8);
}

static const guint32 *
row_of (const SmoothPicture *picture, gint y)
{
  return picture->pixels + (gsize) y * (picture->stride / 4);
}

/* Odd sizes round up: the last row or column then stands for itself. */
static SmoothPicture *
halve (const SmoothPicture *picture)
{
  gint width = (picture->width + 1) / 2, height = (picture->height + 1) / 2;
  SmoothPicture *half = smooth_picture_new (width, height, NULL);

  if (half == NULL)
    return NULL;
  for (gint y = 0; y < height; y++)
    {
      const guint32 *top = row_of (picture, 2 * y);
      const guint32 *bottom = row_of (picture, MIN (2 * y + 1, picture->height - 1));
      guint32 *out = half->pixels + (gsize) y * (half->stride / 4);
      for (gint x = 0; x < width; x++)
        {
          gint left = 2 * x, right = MIN (2 * x + 1, picture->width - 1);
          out[x] = mean_of_four (top[left], top[right], bottom[left], bottom[right]);
        }
    }
  return half;
}

/**
 * scope_plate_new:
 * @picture: level 0; referenced
 * @picture_scale: its pixels in one full-resolution pixel
 *
 * O(pixels); a third of the picture's memory. May be called on any thread. Where memory is short there are fewer levels.
 */
ScopePlate *
scope_plate_new (SmoothPicture *picture, double picture_scale)
{
  ScopePlate *plate = g_new0 (ScopePlate, 1);

  g_atomic_ref_count_init (&plate->ref_count);
  plate->scale = picture_scale;
  plate->levels[0] = smooth_picture_ref (picture);
  plate->n_levels = 1;
  while (plate->n_levels < MAX_LEVELS)
    {
      SmoothPicture *last = plate->levels[plate->n_levels - 1];
      SmoothPicture *next = MAX (last->width, last->height) > SMALLEST ? halve (last) : NULL;
      if (next == NULL)
        break;
      plate->levels[plate->n_levels++] = next;
    }
  return plate;
}

ScopePlate *
scope_plate_ref (ScopePlate *plate)
{
  g_atomic_ref_count_inc (&plate->ref_count);
  return plate;
}

void
scope_plate_unref (ScopePlate *plate)
{
  if (!g_atomic_ref_count_dec (&plate->ref_count))
    return;
  for (gint i = 0; i < plate->n_levels; i++)
    smooth_picture_unref (plate->levels[i]);
  g_free (plate);
}

/* The scale of a level along one axis: sizes round up, so that it is not exactly a power of two. */
static double
level_scale (const ScopePlate *plate, gint level, gboolean across)
{
  const SmoothPicture *first = plate->levels[0], *picture = plate->levels[level];

  return plate->scale
         * (across ? (double) picture->width / first->width : (double) picture->height / first->height);
}

/* The level that suits the view. */
static void
draw_level (const ScopePlate *plate, const SmoothView *view, double opacity, SmoothPicture *target)
{
  gint level = 0;

  while (level + 1 < plate->n_levels && level_scale (plate, level + 1, TRUE) >= view->scale)
    level++;

  SmoothPicture *picture = plate->levels[level];
  cairo_surface_t *source = cairo_image_surface_create_for_data ((guchar *) picture->pixels, CAIRO_FORMAT_ARGB32,
                                                                 picture->width, picture->height, (int) picture->stride);
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guchar *) target->pixels, CAIRO_FORMAT_ARGB32, target->width,
                                                                  target->height, (int) target->stride);
  cairo_t *cairo = cairo_create (surface);

  cairo_scale (cairo, view->scale, view->scale);
  cairo_translate (cairo, -view->x, -view->y);
  cairo_scale (cairo, 1.0 / level_scale (plate, level, TRUE), 1.0 / level_scale (plate, level, FALSE));
  cairo_set_source_surface (cairo, source, 0.0, 0.0);
  cairo_pattern_set_filter (cairo_get_source (cairo), CAIRO_FILTER_BILINEAR);
  cairo_rectangle (cairo, 0.0, 0.0, picture->width, picture->height);
  cairo_clip (cairo);
  cairo_paint_with_alpha (cairo, opacity);

  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  cairo_surface_destroy (source);
}

/* What each of the 256 values of a channel becomes: stretched about the middle, then shifted. */
static void
make_curve (double brightness, double contrast, guint8 curve[256])
{
  double slope = tan ((CLAMP (contrast, -1.0, 0.98) + 1.0) * G_PI / 4.0);

  for (gint i = 0; i < 256; i++)
    curve[i] = (guint8) (CLAMP ((i - 127.5) * slope + 127.5 + 127.5 * brightness, 0.0, 255.0) + 0.5);
}

/* A premultiplied pixel through a curve; it must not come out above its alpha. */
static inline guint32
adjust_pixel (guint32 pixel, const guint8 curve[256])
{
  guint32 alpha = pixel >> 24, adjusted = alpha << 24;

  if (alpha == 255)
    return adjusted | (guint32) curve[pixel >> 16 & 255] << 16 | (guint32) curve[pixel >> 8 & 255] << 8 | curve[pixel & 255];
  for (guint shift = 0; shift <= 16 && alpha > 0; shift += 8)
    adjusted |= curve[MIN ((pixel >> shift & 255) * 255 / alpha, 255)] * alpha / 255 << shift;
  return adjusted;
}

static void
adjust (SmoothPicture *picture, double brightness, double contrast)
{
  guint8 curve[256];

  make_curve (brightness, contrast, curve);
  for (gint y = 0; y < picture->height; y++)
    {
      guint32 *row = picture->pixels + (gsize) y * (picture->stride / 4);
      for (gint x = 0; x < picture->width; x++)
        row[x] = adjust_pixel (row[x], curve);
    }
}

/* Returns: (transfer full) (nullable): the same picture, brighter and with more contrast: both -1..1; NULL without memory */
SmoothPicture *
scope_plate_dup_adjusted (const SmoothPicture *picture, double brightness, double contrast)
{
  SmoothPicture *copy = smooth_picture_new (picture->width, picture->height, NULL);

  if (copy == NULL)
    return NULL;
  for (gint y = 0; y < picture->height; y++)
    memcpy (copy->pixels + (gsize) y * (copy->stride / 4), row_of (picture, y), (gsize) picture->width * 4);
  adjust (copy, brightness, contrast);
  return copy;
}

static void
blend (const SmoothPicture *picture, double opacity, SmoothPicture *target)
{
  cairo_surface_t *source = cairo_image_surface_create_for_data ((guchar *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                                 picture->height, (int) picture->stride);
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guchar *) target->pixels, CAIRO_FORMAT_ARGB32, target->width,
                                                                  target->height, (int) target->stride);
  cairo_t *cairo = cairo_create (surface);

  cairo_set_source_surface (cairo, source, 0.0, 0.0);
  cairo_paint_with_alpha (cairo, opacity);
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  cairo_surface_destroy (source);
}

/**
 * scope_plate_draw:
 * @view: which part of the plane @target shows
 * @opacity: 0..1, over what @target holds
 * @brightness: -1..1, 0: as it is
 * @contrast: -1..1, 0: as it is
 *
 * O(pixels of the target).
 */
void
scope_plate_draw (const ScopePlate *plate, const SmoothView *view, double opacity, double brightness, double contrast,
                  SmoothPicture *target)
{
  g_autoptr (SmoothPicture) alone
    = brightness != 0.0 || contrast != 0.0 ? smooth_picture_new (target->width, target->height, NULL) : NULL;

  if (alone == NULL)
    {
      draw_level (plate, view, opacity, target);
      return;
    }
  draw_level (plate, view, 1.0, alone);
  adjust (alone, brightness, contrast);
  blend (alone, opacity, target);
}

/* Returns: (transfer none): the largest level of which no side is over @largest pixels */
SmoothPicture *
scope_plate_get_small (const ScopePlate *plate, gint largest)
{
  gint level = 0;

  while (level + 1 < plate->n_levels && MAX (plate->levels[level]->width, plate->levels[level]->height) > largest)
    level++;
  return plate->levels[level];
}

/* The size in full-resolution pixels. */
void
scope_plate_get_size (const ScopePlate *plate, double *width, double *height)
{
  *width = plate->levels[0]->width / plate->scale;
  *height = plate->levels[0]->height / plate->scale;
}
