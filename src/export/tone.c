/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One curve for all channels: stretched about the middle, then shifted. */
#include "export/tone.h"

#include <math.h>

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

/* Of premultiplied pixels, in rows of @stride bytes. */
void
smooth_i_pixels_adjust (guint32 *pixels, gint width, gint height, gsize stride, double brightness, double contrast)
{
  guint8 curve[256];

  make_curve (brightness, contrast, curve);
  for (gint y = 0; y < height; y++)
    {
      guint32 *row = pixels + (gsize) y * (stride / 4);
      for (gint x = 0; x < width; x++)
        row[x] = adjust_pixel (row[x], curve);
    }
}

/**
 * smooth_picture_adjust:
 * @picture: not shared yet
 * @brightness: -1..1, 0: as it is
 * @contrast: -1..1, 0: as it is
 */
void
smooth_picture_adjust (SmoothPicture *picture, double brightness, double contrast)
{
  smooth_i_pixels_adjust (picture->pixels, picture->width, picture->height, picture->stride, brightness, contrast);
}
