/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patches of pixels around spots. A patch that leaves the picture is padded: first missing rows by the mean over the rows that
 * are there (by column and channel), then missing columns by the mean over the columns (by row and channel, padded rows too).
 *
 * Source: Su et al., Genome Biology 24 (2023) 291, whose order of features is kept: row, column, channel.
 */
#include "section/patches.h"

#include "base/error.h"
#include "base/parallel.h"

#include <math.h>

#define BLOCK 16 /* spots */

/* The patch of one spot: what of it lies in the picture, and where that lies in the patch. */
typedef struct
{
  gint begin, end; /* in the picture */
  gint before;     /* missing ones before it */
} Span;

typedef struct
{
  const SmoothPixels *pixels;
  const double *centres;
  gint64 n_spots;
  gint half_width;
  gboolean mean_only;
  SmoothMatrix *result;
  guint8 *is_outside; /* n_spots */
  SmoothRun *run;
} Work;

void
smooth_pixels_init_from_picture (SmoothPixels *pixels, const SmoothPicture *picture)
{
  *pixels = (SmoothPixels){ .width = picture->width, .height = picture->height, .n_channels = 3, .picture = picture, .is_integer = TRUE };
}

static double
pixel (const SmoothPixels *pixels, gint x, gint y, gint channel)
{
  if (pixels->picture != NULL)
    return smooth_picture_get_pixel (pixels->picture, x, y) >> (16 - 8 * channel) & 0xff;
  return pixels->values[((gsize) y * (gsize) pixels->width + (gsize) x) * (gsize) pixels->n_channels + (gsize) channel];
}

/* Along one axis of so many pixels. FALSE where nothing of the patch is there. */
static gboolean
span_of (double centre, gint half_width, gint size, Span *span)
{
  double low = centre - half_width, high = centre + half_width;

  if (!(high >= 1.0) || !(low < size))
    return FALSE;
  span->begin = low > 0.0 ? (gint) low : 0;
  span->end = high < size ? (gint) high : size;
  gint missing = 2 * half_width - (span->end - span->begin);
  if (span->begin > 0)
    span->before = 0;
  else if (span->end < size)
    span->before = missing;
  else
    span->before = CLAMP ((gint) ceil (-low), 0, missing);
  return span->end > span->begin;
}

static double
settle (const SmoothPixels *pixels, double mean)
{
  return pixels->is_integer ? nearbyint (mean) : mean;
}

static double *
place (const Work *work, double *patch, gint row, gint col)
{
  return patch + ((gsize) row * (gsize) (2 * work->half_width) + (gsize) col) * (gsize) work->pixels->n_channels;
}

static void
fill_patch (const Work *work, const Span *xs, const Span *ys, double *patch)
{
  const SmoothPixels *pixels = work->pixels;
  gint side = 2 * work->half_width, n_rows = ys->end - ys->begin, n_cols = xs->end - xs->begin;

  for (gint y = 0; y < n_rows; y++)
    for (gint x = 0; x < n_cols; x++)
      for (gint c = 0; c < pixels->n_channels; c++)
        place (work, patch, ys->before + y, xs->before + x)[c] = pixel (pixels, xs->begin + x, ys->begin + y, c);
  for (gint x = xs->before; x < xs->before + n_cols && n_rows < side; x++)
    for (gint c = 0; c < pixels->n_channels; c++)
      {
        double sum = 0.0;
        for (gint y = ys->before; y < ys->before + n_rows; y++)
          sum += place (work, patch, y, x)[c];
        for (gint y = 0; y < side; y++)
          if (y < ys->before || y >= ys->before + n_rows)
            place (work, patch, y, x)[c] = settle (pixels, sum / n_rows);
      }
  for (gint y = 0; y < side && n_cols < side; y++)
    for (gint c = 0; c < pixels->n_channels; c++)
      {
        double sum = 0.0;
        for (gint x = xs->before; x < xs->before + n_cols; x++)
          sum += place (work, patch, y, x)[c];
        for (gint x = 0; x < side; x++)
          if (x < xs->before || x >= xs->before + n_cols)
            place (work, patch, y, x)[c] = settle (pixels, sum / n_cols);
      }
}

static void
fill_mean (const Work *work, const Span *xs, const Span *ys, double *mean)
{
  const SmoothPixels *pixels = work->pixels;
  double n = (double) (ys->end - ys->begin) * (double) (xs->end - xs->begin);

  for (gint c = 0; c < pixels->n_channels; c++)
    {
      double sum = 0.0;
      for (gint y = ys->begin; y < ys->end; y++)
        for (gint x = xs->begin; x < xs->end; x++)
          sum += pixel (pixels, x, y, c);
      mean[c] = sum / n;
    }
}

static void
fill_block (gint64 block, gint worker, gpointer data)
{
  const Work *work = data;

  (void) worker;
  for (gint64 i = block * BLOCK; i < MIN ((block + 1) * BLOCK, work->n_spots) && !smooth_run_is_cancelled (work->run); i++)
    {
      double *features = smooth_matrix_column (work->result, i);
      Span xs, ys;
      work->is_outside[i] = !span_of (work->centres[2 * i], work->half_width, work->pixels->width, &xs)
                            || !span_of (work->centres[2 * i + 1], work->half_width, work->pixels->height, &ys);
      if (work->is_outside[i])
        continue;
      if (work->mean_only)
        fill_mean (work, &xs, &ys, features);
      else
        fill_patch (work, &xs, &ys, features);
    }
}

/**
 * smooth_patches_new:
 * @centres: n_spots x 2, row-major: x and y in pixels of the picture
 * @half_width: pixels, 1 at least: patches are 2 half_width wide
 * @mean_only: the mean colour of the part inside, n_channels features, instead of (2 half_width)^2 n_channels
 * @n_outside: (out) (optional): spots of whose patch no pixel is in the picture; their features are 0
 *
 * O(pixels of all patches).
 *
 * Returns: (transfer full): features x n_spots
 */
SmoothMatrix *
smooth_patches_new (const SmoothPixels *pixels, const double *centres, gint64 n_spots, gint half_width, gboolean mean_only,
                    gint64 *n_outside, SmoothRun *run, GError **error)
{
  gint64 side = 2 * (gint64) half_width, n_features = mean_only ? pixels->n_channels : side * side * pixels->n_channels;

  if (half_width < 1 || half_width > 16384)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_VALUE,
          "patches of the picture are %d pixels from middle to side, expected 1 to 16384: choose another patch radius",
          half_width);
      return NULL;
    }
  g_autoptr (SmoothMatrix) result = smooth_matrix_new (n_features, n_spots, error);
  g_autofree guint8 *is_outside = g_new0 (guint8, MAX (n_spots, 1));
  Work work = { pixels, centres, n_spots, half_width, mean_only, result, is_outside, run };
  gint64 count = 0;

  if (result == NULL)
    return NULL;
  smooth_i_parallel (smooth_run_get_n_threads (run), (n_spots + BLOCK - 1) / BLOCK, fill_block, &work);
  if (!smooth_run_check (run, error))
    return NULL;
  for (gint64 i = 0; i < n_spots; i++)
    count += is_outside[i];
  if (n_outside != NULL)
    *n_outside = count;
  return g_steal_pointer (&result);
}
