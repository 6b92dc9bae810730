/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two passes of a box blur on each channel of the difference, with its sign: what cancels within the radius is no difference. */
#include "compare.h"

#include <math.h>

/* One pass along lines of @n values that are @step apart; what lies outside counts as the nearest inside. */
static void
blur_line (double *values, gint n, gint step, gint radius, double *scratch)
{
  for (gint i = 0; i < n; i++)
    scratch[i] = values[(gsize) i * (gsize) step];
  for (gint i = 0; i < n; i++)
    {
      double sum = 0.0;
      for (gint j = i - radius; j <= i + radius; j++)
        sum += scratch[CLAMP (j, 0, n - 1)];
      values[(gsize) i * (gsize) step] = sum / (2 * radius + 1);
    }
}

static void
blur (double *values, gint width, gint height, gint radius)
{
  g_autofree double *scratch = g_new (double, (gsize) MAX (width, height));

  for (gint pass = 0; pass < 2; pass++)
    {
      for (gint y = 0; y < height; y++)
        blur_line (values + (gsize) y * (gsize) width, width, 1, radius, scratch);
      for (gint x = 0; x < width; x++)
        blur_line (values + x, height, width, radius, scratch);
    }
}

/**
 * compare_pictures:
 * @a: a picture
 * @b: another of the same size
 * @radius: of the blur, pixels
 * @shown: (out) (transfer full): grey where they agree, brighter and darker where they do not, eight times enlarged
 */
Difference
compare_pictures (const SmoothPicture *a, const SmoothPicture *b, gint radius, SmoothPicture **shown)
{
  gint width = a->width, height = a->height;
  gsize n = (gsize) width * (gsize) height;
  g_autofree double *values = g_new (double, n);
  Difference difference = { 0.0, 0.0 };

  *shown = smooth_picture_new (width, height, NULL);
  for (gint shift = 0; shift < 32; shift += 8)
    {
      for (gsize i = 0; i < n; i++)
        {
          gint x = (gint) (i % (gsize) width), y = (gint) (i / (gsize) width);
          values[i] = (double) (smooth_picture_get_pixel (a, x, y) >> shift & 0xff)
                      - (double) (smooth_picture_get_pixel (b, x, y) >> shift & 0xff);
        }
      blur (values, width, height, radius);
      for (gsize i = 0; i < n; i++)
        {
          difference.mean += fabs (values[i]) / (4.0 * (double) n);
          difference.largest = MAX (difference.largest, fabs (values[i]));
          guint32 *pixel = &(*shown)->pixels[i / (gsize) width * ((*shown)->stride / 4) + i % (gsize) width];
          if (shift < 24)
            *pixel |= (guint32) CLAMP (128.0 + 8.0 * values[i], 0.0, 255.0) << shift;
          else
            *pixel |= 0xff000000;
        }
    }
  return difference;
}
