/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures are alike by the correlation of their lightness, which brightness and contrast do not change. A part is looked for
 * everywhere in a small copy of the whole, then around the best place in larger and larger ones. */
#include "match-private.h"

#include <math.h>

#define COARSE 96        /* pixels of the longer side, where all places are tried */
#define REACH 2          /* pixels, around the place found before */
#define MAX_SAMPLES 60000 /* pixels that a place is judged by */
#define LEAST_PART 5     /* pixels of the shorter side in the smallest copy: less is like anything */

void
grey_free (Grey *grey)
{
  if (grey == NULL)
    return;
  g_free (grey->values);
  g_free (grey);
}

static Grey *
grey_new (gint width, gint height)
{
  Grey *grey = g_new0 (Grey, 1);

  grey->width = MAX (width, 1);
  grey->height = MAX (height, 1);
  grey->values = g_new0 (float, (gsize) grey->width * (gsize) grey->height);
  return grey;
}

/* What is clear is white, as glass is. */
Grey *
grey_new_from_picture (const SmoothPicture *picture)
{
  Grey *grey = grey_new (picture->width, picture->height);

  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      {
        guint32 c = smooth_picture_get_pixel (picture, x, y);
        grey->values[(gsize) y * (gsize) grey->width + (gsize) x]
            = 0.30f * (float) (c >> 16 & 255) + 0.59f * (float) (c >> 8 & 255) + 0.11f * (float) (c & 255) + (float) (255 - (c >> 24));
      }
  return grey;
}

/* How much of source pixel `i` belongs to a target pixel from `low` to `high`. */
static double
share (gint i, double low, double high)
{
  return MAX (MIN (high, i + 1.0) - MAX (low, (double) i), 0.0);
}

/* Mean over the source pixels that each target pixel covers; between them where there are fewer. */
static void
resize_line (const float *from, gint n, gsize step, float *to, gint n_to, gsize step_to)
{
  double ratio = (double) n / n_to;

  for (gint t = 0; t < n_to; t++)
    {
      double low = t * ratio, high = low + ratio, sum = 0.0, weight = 0.0;
      if (ratio < 1.0)
        {
          low = 0.5 * (low + high) - 0.5;
          high = low + 1.0;
        }
      for (gint i = (gint) floor (low); i < high; i++)
        {
          double s = share (i, low, high);
          sum += s * (double) from[(gsize) CLAMP (i, 0, n - 1) * step];
          weight += s;
        }
      to[(gsize) t * step_to] = (float) (sum / weight);
    }
}

Grey *
grey_new_resized (const Grey *grey, gint width, gint height)
{
  g_autoptr (Grey) wide = grey_new (width, grey->height);
  Grey *result = grey_new (width, height);

  for (gint y = 0; y < grey->height; y++)
    resize_line (grey->values + (gsize) y * (gsize) grey->width, grey->width, 1, wide->values + (gsize) y * (gsize) wide->width, wide->width, 1);
  for (gint x = 0; x < wide->width; x++)
    resize_line (wide->values + x, wide->height, (gsize) wide->width, result->values + x, result->height, (gsize) result->width);
  return result;
}

/* As the section would be seen after @turn: 1: mirrored left to right, 2: top to bottom, 4: rows and columns exchanged, first. */
Grey *
grey_new_turned (const Grey *grey, gint turn)
{
  gboolean exchanged = (turn & 4) != 0;
  Grey *result = grey_new (exchanged ? grey->height : grey->width, exchanged ? grey->width : grey->height);

  for (gint y = 0; y < result->height; y++)
    for (gint x = 0; x < result->width; x++)
      {
        gint u = turn & 1 ? result->width - 1 - x : x, v = turn & 2 ? result->height - 1 - y : y;
        result->values[(gsize) y * (gsize) result->width + (gsize) x]
            = exchanged ? grey->values[(gsize) u * (gsize) grey->width + (gsize) v] : grey->values[(gsize) v * (gsize) grey->width + (gsize) u];
      }
  return result;
}

/* The correlation of a part with what lies under it at (x, y), by every step-th row and column; 0 where one is of one shade. */
static double
compare_at (const Grey *part, const Grey *whole, gint x, gint y, gint step)
{
  double n = 0.0, a1 = 0.0, b1 = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;

  for (gint r = 0; r < part->height; r += step)
    for (gint c = 0; c < part->width; c += step)
      {
        double a = (double) part->values[(gsize) r * (gsize) part->width + (gsize) c];
        double b = (double) whole->values[(gsize) (y + r) * (gsize) whole->width + (gsize) (x + c)];
        n += 1.0;
        a1 += a;
        b1 += b;
        aa += a * a;
        bb += b * b;
        ab += a * b;
      }
  double va = aa - a1 * a1 / n, vb = bb - b1 * b1 / n;
  return va > n && vb > n ? (ab - a1 * b1 / n) / sqrt (va * vb) : 0.0;
}

/* Returns: the likeness of two pictures of one shape, -1..1; 0 where one is of one shade */
double
grey_compare (const Grey *a, const Grey *b)
{
  gint width = MIN (MIN (a->width, b->width), COARSE), height = MIN (MIN (a->height, b->height), COARSE);
  g_autoptr (Grey) small_a = grey_new_resized (a, width, height);
  g_autoptr (Grey) small_b = grey_new_resized (b, width, height);

  return compare_at (small_a, small_b, 0, 0, 1);
}

/* Tries all places between two corners. */
static Match
scan (const Grey *part, const Grey *whole, gint x1, gint y1, gint x2, gint y2)
{
  gint step = (gint) ceil (sqrt ((double) part->width * part->height / MAX_SAMPLES));
  Match best = { 0.0, 0.0, -1.0, -1.0 };

  for (gint y = MAX (y1, 0); y <= MIN (y2, whole->height - part->height); y++)
    for (gint x = MAX (x1, 0); x <= MIN (x2, whole->width - part->width); x++)
      {
        double likeness = compare_at (part, whole, x, y, MAX (step, 1));
        if (likeness > best.likeness)
          best = (Match){ x, y, likeness, -1.0 };
      }
  return best;
}

/* The best place that is not beside the best of all. */
static double
find_second (const Grey *part, const Grey *whole, const Match *best)
{
  double second = -1.0, apart = 4.0;

  for (gint y = 0; y <= whole->height - part->height; y++)
    for (gint x = 0; x <= whole->width - part->width; x++)
      if (hypot (x - best->x, y - best->y) > apart)
        second = MAX (second, compare_at (part, whole, x, y, 1));
  return second;
}

/**
 * grey_find:
 * @part: as large as it would be in @whole
 * @is_quick: only in the smallest copy, to some pixels
 *
 * Returns: where it is most alike, to a pixel of @whole; a likeness of -1 where it does not fit in, or is too small to tell
 */
Match
grey_find (const Grey *part, const Grey *whole, gboolean is_quick)
{
  Match match = { 0.0, 0.0, -1.0, -1.0 };
  double longest = MAX (whole->width, whole->height);

  if (part->width > whole->width || part->height > whole->height)
    return match;
  for (double size = MIN (COARSE, longest); ; size = MIN (2.0 * size, longest))
    {
      double f = size / longest;
      gboolean is_first = match.likeness < 0.0;
      g_autoptr (Grey) small = grey_new_resized (whole, (gint) round (whole->width * f), (gint) round (whole->height * f));
      g_autoptr (Grey) piece = grey_new_resized (part, MIN ((gint) round (part->width * f), small->width),
                                                 MIN ((gint) round (part->height * f), small->height));
      if (is_first && MIN (piece->width, piece->height) < LEAST_PART)
        {
          if (size >= longest)
            return match;
          continue;
        }
      gint x = (gint) round (match.x * f), y = (gint) round (match.y * f);
      Match here = is_first ? scan (piece, small, 0, 0, small->width, small->height)
                            : scan (piece, small, x - REACH, y - REACH, x + REACH, y + REACH);
      here.second = is_first ? find_second (piece, small, &here) : match.second;
      here.x /= f;
      here.y /= f;
      match = here;
      if (size >= longest || match.likeness < 0.0 || is_quick)
        return match;
    }
}
