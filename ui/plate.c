/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each level of the pyramid is the one before it averaged over 2 x 2 pixels, so that a view never skips pixels of the
 * level that it is drawn from, whatever the size of the picture. */
#include "plate.h"

#include "tile-cache.h"

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
  ScopeTileCache *tiles; /* (nullable): what is finer than level 0, read as it is needed */
  double tiles_scale;    /* pixels of its first level in one full-resolution pixel */
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

/**
 * scope_plate_new_tiled:
 * @coarse: the whole picture, small enough for memory; referenced
 * @coarse_scale: its pixels in one full-resolution pixel
 * @tiles: the same picture; referenced
 * @tiles_scale: pixels of its first level in one full-resolution pixel
 *
 * As scope_plate_new(); what is finer is read by scope_plate_load_tile().
 */
ScopePlate *
scope_plate_new_tiled (SmoothPicture *coarse, double coarse_scale, SmoothTiles *tiles, double tiles_scale)
{
  ScopePlate *plate = scope_plate_new (coarse, coarse_scale);

  plate->tiles = scope_tile_cache_new (tiles);
  plate->tiles_scale = tiles_scale;
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
  g_clear_pointer (&plate->tiles, scope_tile_cache_free);
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

/* Tiles */

/* The tiles of one level that a view needs. */
typedef struct
{
  gint level;
  double scale; /* pixels of the level in one full-resolution pixel */
  gint columns[2], rows[2]; /* from, and to before */
} Wanted;

/* Of one axis: what lies in @size pixels of a view from @start on. */
static void
find_span (double start, double size, double view_scale, double scale, gint tile, gint n, gint span[2])
{
  double from = start * scale / tile, to = (start + size / view_scale) * scale / tile;

  span[0] = (gint) CLAMP (floor (from), 0.0, n);
  span[1] = (gint) CLAMP (ceil (to), span[0], n);
}

/* The coarsest level that is as fine as the view, if what it takes has room; else a coarser one. FALSE where what is in memory
 * is as fine. */
static gboolean
find_wanted (const ScopePlate *plate, const SmoothView *view, gint width, gint height, Wanted *wanted)
{
  SmoothTiles *tiles = plate->tiles != NULL ? scope_tile_cache_get_tiles (plate->tiles) : NULL;
  gint n_levels = tiles != NULL ? smooth_tiles_get_n_levels (tiles) : 0, level = 0;

  while (level + 1 < n_levels && smooth_tiles_get_level (tiles, level + 1)->scale * plate->tiles_scale >= view->scale)
    level++;
  for (; level < n_levels; level++)
    {
      const SmoothTileLevel *shape = smooth_tiles_get_level (tiles, level);
      wanted->level = level;
      wanted->scale = shape->scale * plate->tiles_scale;
      if (plate->scale >= MIN (view->scale, wanted->scale * 0.99))
        return FALSE;
      find_span (view->x, width, view->scale, wanted->scale, shape->tile_width, shape->n_across, wanted->columns);
      find_span (view->y, height, view->scale, wanted->scale, shape->tile_height, shape->n_down, wanted->rows);
      gsize n = (gsize) (wanted->columns[1] - wanted->columns[0]) * (gsize) (wanted->rows[1] - wanted->rows[0]);
      if (n * (gsize) shape->tile_width * (gsize) shape->tile_height * 4 <= SCOPE_TILE_CACHE_BYTES / 4 * 3)
        return n > 0;
    }
  return FALSE;
}

/* Edges are not antialiased: each pixel of the target is of one tile. */
static void
draw_tile (cairo_t *cairo, const SmoothPicture *tile, double x, double y)
{
  cairo_surface_t *source = cairo_image_surface_create_for_data ((guchar *) tile->pixels, CAIRO_FORMAT_ARGB32, tile->width, tile->height,
                                                                 (int) tile->stride);
  cairo_matrix_t matrix;

  cairo_get_matrix (cairo, &matrix);
  cairo_set_source_surface (cairo, source, x, y);
  cairo_pattern_set_filter (cairo_get_source (cairo), matrix.xx < 0.5 ? CAIRO_FILTER_GOOD : CAIRO_FILTER_BILINEAR);
  cairo_pattern_set_extend (cairo_get_source (cairo), CAIRO_EXTEND_PAD);
  cairo_rectangle (cairo, x, y, tile->width, tile->height);
  cairo_fill (cairo);
  cairo_surface_destroy (source);
}

/* Those that are there, over what is coarser. */
static void
draw_tiles (const ScopePlate *plate, const SmoothView *view, SmoothPicture *target)
{
  Wanted wanted;

  if (!find_wanted (plate, view, target->width, target->height, &wanted))
    return;
  const SmoothTileLevel *shape = smooth_tiles_get_level (scope_tile_cache_get_tiles (plate->tiles), wanted.level);
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guchar *) target->pixels, CAIRO_FORMAT_ARGB32, target->width,
                                                                  target->height, (int) target->stride);
  cairo_t *cairo = cairo_create (surface);
  cairo_scale (cairo, view->scale, view->scale);
  cairo_translate (cairo, -view->x, -view->y);
  cairo_scale (cairo, 1.0 / wanted.scale, 1.0 / wanted.scale);
  cairo_set_antialias (cairo, CAIRO_ANTIALIAS_NONE);
  for (gint row = wanted.rows[0]; row < wanted.rows[1]; row++)
    for (gint column = wanted.columns[0]; column < wanted.columns[1]; column++)
      {
        g_autoptr (SmoothPicture) tile = scope_tile_cache_get (plate->tiles, wanted.level, column, row);
        if (tile != NULL)
          draw_tile (cairo, tile, (double) column * shape->tile_width, (double) row * shape->tile_height);
      }
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
}

/**
 * scope_plate_load_tile:
 * @view: which part of the plane is to be drawn
 * @width: of the target, pixels
 * @height: of the target
 *
 * Reads the tile that is nearest to the middle of what is missing. May be called on any thread; takes as long as a tile takes.
 *
 * Returns: FALSE where nothing was missing
 */
gboolean
scope_plate_load_tile (ScopePlate *plate, const SmoothView *view, gint width, gint height)
{
  Wanted wanted;
  gint best[2] = { -1, -1 };
  double nearest = G_MAXDOUBLE;

  if (!find_wanted (plate, view, width, height, &wanted))
    return FALSE;
  double middle[2] = { (wanted.columns[0] + wanted.columns[1] - 1) / 2.0, (wanted.rows[0] + wanted.rows[1] - 1) / 2.0 };
  for (gint row = wanted.rows[0]; row < wanted.rows[1]; row++)
    for (gint column = wanted.columns[0]; column < wanted.columns[1]; column++)
      {
        double distance = hypot (column - middle[0], row - middle[1]);
        if (distance >= nearest || scope_tile_cache_has (plate->tiles, wanted.level, column, row))
          continue;
        nearest = distance;
        best[0] = column;
        best[1] = row;
      }
  if (best[0] < 0)
    return FALSE;
  scope_tile_cache_load (plate->tiles, wanted.level, best[0], best[1]);
  return TRUE;
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
  smooth_picture_adjust (copy, brightness, contrast);
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
  gboolean is_plain = brightness == 0.0 && contrast == 0.0 && (plate->tiles == NULL || opacity >= 1.0);
  g_autoptr (SmoothPicture) alone = is_plain ? NULL : smooth_picture_new (target->width, target->height, NULL);

  if (alone == NULL)
    {
      draw_level (plate, view, opacity, target);
      draw_tiles (plate, view, target);
      return;
    }
  draw_level (plate, view, 1.0, alone);
  draw_tiles (plate, view, alone);
  if (brightness != 0.0 || contrast != 0.0)
    smooth_picture_adjust (alone, brightness, contrast);
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
