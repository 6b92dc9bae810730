/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles of TIFF and BigTIFF by libtiff, from the file itself: the first plane, grey or RGB, 8 or 16 bits. The levels are the
 * first picture, those below it and further pictures of its shape that are smaller.
 *
 * Strips are read in bands of BAND rows; the last band is kept, since the tiles of one row are asked for together. What is in
 * memory at any time is one tile, or one band and one strip.
 */
#include "files/tiff-private.h"
#include "files/tiles.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#define BAND 256                        /* pixels: a side of the tiles of pictures in strips; a multiple of MAX_FACTOR */
#define MAX_LEVELS 32
#define MAX_SIDE 300000
#define MAX_PART ((gint64) 1 << 28)     /* bytes of a strip or tile */
#define MAX_FACTOR 16                   /* by which a level is reduced at most: sides of TIFF tiles are multiples of it */

typedef struct
{
  SmoothTileLevel shape;
  toff_t offset; /* of its directory */
  guint32 rows;  /* of a strip; 0: it is in tiles */
} Level;

/* What libtiff calls back with. */
typedef struct
{
  SmoothTiffMessage said; /* first */
  int file;
  toff_t position, length;
} Input;

struct _SmoothTiles
{
  gatomicrefcount ref_count;
  char *path;
  gint n_levels;
  Level levels[MAX_LEVELS];
  guint16 bits, samples, n_channels; /* of all levels; channels are those that are looked at: 1 or 3 */
  gboolean is_separate, is_inverse;
  guint32 white;   /* the value that is white */

  GMutex lock;     /* guards what follows */
  Input input;
  TIFF *tiff;
  gint level;      /* that the file is at; -1: none */
  guint8 *band;    /* (nullable) samples of band_row, n_channels of `bits` each, contiguous */
  gint band_level, band_row;
};

static tmsize_t
on_read (thandle_t handle, void *to, tmsize_t size)
{
  Input *input = handle;
  tmsize_t n = pread (input->file, to, (size_t) MAX (size, 0), (off_t) input->position);

  input->position += (toff_t) MAX (n, 0);
  return n;
}

static tmsize_t
on_write (thandle_t handle, void *from, tmsize_t size)
{
  (void) handle;
  (void) from;
  (void) size;
  return 0;
}

static toff_t
on_seek (thandle_t handle, toff_t offset, int whence)
{
  Input *input = handle;

  input->position = (whence == SEEK_CUR ? input->position : whence == SEEK_END ? input->length : 0) + offset;
  return input->position;
}

static int
on_close (thandle_t handle)
{
  return close (((Input *) handle)->file);
}

static toff_t
on_size (thandle_t handle)
{
  return ((Input *) handle)->length;
}

/* With what libtiff said, where it said something. */
static gboolean
fail (const SmoothTiles *tiles, GError **error, const char *what)
{
  g_autofree char *reason = g_utf8_make_valid (tiles->input.said.message, -1);

  if (*reason != '\0')
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s: %s", tiles->path, _(what), reason);
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s", tiles->path, _(what));
  return FALSE;
}

/* Reads the present directory as a level; FALSE where it is none of this picture. */
static gboolean
read_level (SmoothTiles *tiles, TIFF *tiff, Level *level)
{
  guint32 width = 0, height = 0, tile_width = BAND, tile_height = BAND;
  guint16 bits = 0, samples = 0;

  TIFFGetField (tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField (tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || (tiles->n_levels > 0 && (bits != tiles->bits || samples != tiles->samples)))
    return FALSE;
  *level = (Level){ .offset = TIFFCurrentDirOffset (tiff) };
  if (TIFFIsTiled (tiff))
    {
      TIFFGetField (tiff, TIFFTAG_TILEWIDTH, &tile_width);
      TIFFGetField (tiff, TIFFTAG_TILELENGTH, &tile_height);
    }
  else
    {
      TIFFGetFieldDefaulted (tiff, TIFFTAG_ROWSPERSTRIP, &level->rows);
      level->rows = MIN (MAX (level->rows, 1), height);
    }
  gint64 part = (gint64) (level->rows > 0 ? width : tile_width) * (level->rows > 0 ? level->rows : tile_height) * samples * (bits / 8);
  if (tile_width < 1 || tile_height < 1 || tile_width > MAX_SIDE || tile_height > MAX_SIDE || part > MAX_PART)
    return FALSE;
  level->shape = (SmoothTileLevel){ (gint) width, (gint) height, 1.0, (gint) tile_width, (gint) tile_height,
                                    (gint) ((width + tile_width - 1) / tile_width), (gint) ((height + tile_height - 1) / tile_height) };
  return TRUE;
}

static gboolean
is_smaller_copy (const SmoothTileLevel *first, const SmoothTileLevel *last, const SmoothTileLevel *other)
{
  double ratio = (double) first->width / first->height / ((double) other->width / other->height);

  return other->width < last->width && other->width >= 16 && ratio > 0.97 && ratio < 1.03;
}

/* Takes the present directory as a further level, in the order of their sizes. */
static void
try_level (SmoothTiles *tiles, TIFF *tiff)
{
  Level level;
  Level *levels = tiles->levels;

  if (tiles->n_levels == MAX_LEVELS || !read_level (tiles, tiff, &level) || !is_smaller_copy (&levels[0].shape, &levels[0].shape, &level.shape))
    return;
  gint at = tiles->n_levels;
  for (; at > 1 && levels[at - 1].shape.width < level.shape.width; at--)
    levels[at] = levels[at - 1];
  level.shape.scale = (double) level.shape.width / levels[0].shape.width;
  levels[at] = level;
  tiles->n_levels++;
}

static gboolean
read_levels (SmoothTiles *tiles, GError **error)
{
  TIFF *tiff = tiles->tiff;
  guint16 photometric = PHOTOMETRIC_MINISBLACK, format = SAMPLEFORMAT_UINT, planar = PLANARCONFIG_CONTIG, compression = 0, n_below = 0;
  toff_t below[MAX_LEVELS], *offsets = NULL;

  TIFFGetFieldDefaulted (tiff, TIFFTAG_BITSPERSAMPLE, &tiles->bits);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLESPERPIXEL, &tiles->samples);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_PLANARCONFIG, &planar);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_COMPRESSION, &compression);
  TIFFGetField (tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  gboolean is_grey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
  gboolean is_colour = (photometric == PHOTOMETRIC_RGB || (photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG)) && tiles->samples >= 3;
  if ((tiles->bits != 8 && tiles->bits != 16) || format != SAMPLEFORMAT_UINT || !(is_grey || is_colour) || tiles->samples < 1 || tiles->samples > 16)
    return fail (tiles, error, "expected a grey or RGB TIFF picture of 8 or 16 bits, found another kind");
  if (!smooth_i_tiff_can_unpack (compression))
    return fail (tiles, error, "expected a TIFF picture packed by LZW, Deflate, JPEG, JPEG 2000, zstd or not at all, found another packing");
  tiles->n_channels = is_colour ? 3 : 1;
  tiles->is_separate = planar == PLANARCONFIG_SEPARATE && tiles->samples > 1;
  tiles->is_inverse = photometric == PHOTOMETRIC_MINISWHITE;
  if (!read_level (tiles, tiff, &tiles->levels[0]))
    return fail (tiles, error, "expected a TIFF picture in strips or tiles of at most 256 MB, found another one");
  tiles->n_levels = 1;
  if (TIFFGetField (tiff, TIFFTAG_SUBIFD, &n_below, &offsets) && offsets != NULL)
    memcpy (below, offsets, MIN (n_below, MAX_LEVELS) * sizeof *below);
  for (guint16 i = 0; i < MIN (n_below, MAX_LEVELS); i++)
    if (TIFFSetSubDirectory (tiff, below[i]))
      try_level (tiles, tiff);
  for (tdir_t i = 1; n_below == 0 && i < 4 * MAX_LEVELS && TIFFSetDirectory (tiff, i); i++)
    try_level (tiles, tiff);
  return TRUE;
}

static gboolean
go_to (SmoothTiles *tiles, gint level)
{
  if (tiles->level == level)
    return TRUE;
  tiles->level = -1;
  if (!TIFFSetSubDirectory (tiles->tiff, tiles->levels[level].offset))
    return FALSE;
  guint16 compression = 0;
  TIFFGetFieldDefaulted (tiles->tiff, TIFFTAG_COMPRESSION, &compression);
  if (compression == COMPRESSION_JPEG)
    TIFFSetField (tiles->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  tiles->level = level;
  return TRUE;
}

/* The channels of `n` pixels of a part that holds `stride` samples a pixel, to contiguous ones. */
static void
gather (const SmoothTiles *tiles, const guint8 *part, gsize n, gint stride, gint first, gint n_taken, guint8 *to)
{
  gsize size = tiles->bits / 8u, from_step = (gsize) stride * size, to_step = tiles->n_channels * size;

  for (gsize i = 0; i < n; i++)
    memcpy (to + i * to_step + (gsize) first * size, part + i * from_step, (gsize) n_taken * size);
}

/* A whole tile as contiguous channels, or the band of a row of them. */
static gboolean
read_samples (SmoothTiles *tiles, const Level *level, gint column, gint row, guint8 *samples)
{
  const SmoothTileLevel *shape = &level->shape;
  gint n_passes = tiles->is_separate ? tiles->n_channels : 1, stride = tiles->is_separate ? 1 : tiles->samples;
  gint n_taken = tiles->is_separate ? 1 : tiles->n_channels;
  tmsize_t size = level->rows > 0 ? TIFFStripSize (tiles->tiff) : TIFFTileSize (tiles->tiff);
  gsize width = level->rows > 0 ? (gsize) shape->width : (gsize) shape->tile_width, pixel = (gsize) tiles->n_channels * (tiles->bits / 8u);
  gint64 least = (gint64) width * (level->rows > 0 ? level->rows : (guint32) shape->tile_height) * stride * (tiles->bits / 8);
  g_autofree guint8 *part = size > 0 && size <= 2 * MAX_PART ? g_try_malloc0 ((gsize) MAX (size, least)) : NULL;
  gint top = row * shape->tile_height, bottom = MIN (top + shape->tile_height, shape->height);

  for (gint pass = 0; pass < n_passes && part != NULL; pass++)
    {
      if (level->rows == 0)
        {
          SmoothTiffPart its = { (guint32) shape->tile_width, (guint32) shape->tile_height, tiles->bits, (guint16) stride };
          if (!smooth_i_tiff_read_tile (tiles->tiff, &its, part, (guint32) (column * shape->tile_width), (guint32) top, (guint16) pass,
                                        &tiles->input.said))
            return FALSE;
          gather (tiles, part, width * (gsize) shape->tile_height, stride, pass, n_taken, samples);
          continue;
        }
      for (gint y = top; y < bottom;)
        {
          gint strip = y / (gint) level->rows * (gint) level->rows, end = MIN (strip + (gint) level->rows, bottom);
          if (TIFFReadEncodedStrip (tiles->tiff, TIFFComputeStrip (tiles->tiff, (guint32) y, (guint16) pass), part, size) < 0)
            return FALSE;
          gather (tiles, part + (gsize) (y - strip) * width * (gsize) stride * (tiles->bits / 8u), width * (gsize) (end - y), stride, pass, n_taken,
                  samples + (gsize) (y - top) * width * pixel);
          y = end;
        }
    }
  return part != NULL;
}

static guint32
get_channel (const SmoothTiles *tiles, const guint8 *pixel, gint channel)
{
  guint32 value = tiles->bits == 8 ? pixel[channel] : ((const guint16 *) (gconstpointer) pixel)[channel];

  value = tiles->bits == 8 ? value : MIN (value * 255u / tiles->white, 255u);
  return tiles->is_inverse ? 255 - value : value;
}

/* Channels to the pixels of a tile that is `width` x `height` of them; @row_length pixels lie between rows of samples. */
static void
set_pixels (const SmoothTiles *tiles, const guint8 *samples, gsize row_length, SmoothPicture *tile)
{
  gsize step = (gsize) tiles->n_channels * (tiles->bits / 8u);

  for (gint y = 0; y < tile->height; y++)
    {
      const guint8 *from = samples + (gsize) y * row_length * step;
      guint32 *to = tile->pixels + (gsize) y * (tile->stride / 4);
      for (gint x = 0; x < tile->width; x++, from += step)
        {
          guint32 red = get_channel (tiles, from, 0);
          guint32 green = tiles->n_channels == 3 ? get_channel (tiles, from, 1) : red;
          guint32 blue = tiles->n_channels == 3 ? get_channel (tiles, from, 2) : red;
          to[x] = 0xff000000u | red << 16 | green << 8 | blue;
        }
    }
}

/* Makes sure that the band of a row is there. */
static gboolean
need_band (SmoothTiles *tiles, gint level, gint row)
{
  const Level *of = &tiles->levels[level];

  if (tiles->band != NULL && tiles->band_level == level && tiles->band_row == row)
    return TRUE;
  g_clear_pointer (&tiles->band, g_free);
  tiles->band = g_try_malloc0 ((gsize) of->shape.width * BAND * tiles->n_channels * (tiles->bits / 8u));
  tiles->band_level = level;
  tiles->band_row = row;
  if (tiles->band != NULL && read_samples (tiles, of, 0, row, tiles->band))
    return TRUE;
  g_clear_pointer (&tiles->band, g_free);
  return FALSE;
}

/* With the lock held. */
static gboolean
read_tile (SmoothTiles *tiles, gint level, gint column, gint row, SmoothPicture *tile)
{
  const Level *of = &tiles->levels[level];
  gsize pixel = (gsize) tiles->n_channels * (tiles->bits / 8u);

  if (!go_to (tiles, level))
    return FALSE;
  if (of->rows > 0)
    {
      if (!need_band (tiles, level, row))
        return FALSE;
      set_pixels (tiles, tiles->band + (gsize) column * BAND * pixel, (gsize) of->shape.width, tile);
      return TRUE;
    }
  g_autofree guint8 *samples = g_try_malloc0 ((gsize) of->shape.tile_width * (gsize) of->shape.tile_height * pixel);
  if (samples == NULL || !read_samples (tiles, of, column, row, samples))
    return FALSE;
  set_pixels (tiles, samples, (gsize) of->shape.tile_width, tile);
  return TRUE;
}

/* What is white: all bits of 8; of 16 the largest value of the smallest level, as microscopes use few of them. */
static gboolean
find_white (SmoothTiles *tiles)
{
  const Level *last = &tiles->levels[tiles->n_levels - 1];
  gsize width = (gsize) (last->rows > 0 ? last->shape.width : last->shape.tile_width);
  gsize n = width * (gsize) last->shape.tile_height * tiles->n_channels;
  guint32 largest = 0;

  tiles->white = 255;
  if (tiles->bits == 8)
    return TRUE;
  g_autofree guint16 *samples = g_try_new0 (guint16, n);
  if (samples == NULL || !go_to (tiles, tiles->n_levels - 1))
    return FALSE;
  for (gint row = 0; row < last->shape.n_down; row += MAX (last->shape.n_down / 8, 1))
    for (gint column = 0; column < last->shape.n_across; column += MAX (last->shape.n_across / 8, 1))
      {
        if (!read_samples (tiles, last, column, row, (guint8 *) samples))
          return FALSE;
        for (gsize i = 0; i < n; i++)
          largest = MAX (largest, samples[i]);
        if (last->rows > 0)
          break; /* the band has all columns */
      }
  tiles->white = MAX (largest, 1);
  return TRUE;
}

/**
 * smooth_tiles_open:
 * @path: a TIFF or BigTIFF, OME-TIFF too: its first plane
 *
 * Reads no pixels, but for the smallest level of 16-bit pictures.
 *
 * Returns: (transfer full): its levels, the largest first
 */
SmoothTiles *
smooth_tiles_open (const char *path, GError **error)
{
  struct stat info;
  int file = open (path, O_RDONLY | O_CLOEXEC);

  if (file < 0 || fstat (file, &info) != 0)
    {
      int code = errno;
      if (file >= 0)
        close (file);
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: %s", path, g_strerror (code));
      return NULL;
    }
  SmoothTiles *tiles = g_new0 (SmoothTiles, 1);
  g_atomic_ref_count_init (&tiles->ref_count);
  g_mutex_init (&tiles->lock);
  tiles->path = g_strdup (path);
  tiles->level = -1;
  tiles->input.file = file;
  tiles->input.length = (toff_t) info.st_size;
  smooth_i_tiff_set_handlers ();
  tiles->tiff = TIFFClientOpen (path, "rm", &tiles->input, on_read, on_write, on_seek, on_close, on_size, NULL, NULL);
  if (tiles->tiff == NULL)
    {
      close (file);
      fail (tiles, error, "expected a TIFF picture, found none that can be read");
    }
  else if (read_levels (tiles, error) && (find_white (tiles) || fail (tiles, error, "the TIFF picture is damaged or cut short")))
    return tiles;
  smooth_tiles_unref (tiles);
  return NULL;
}

SmoothTiles *
smooth_tiles_ref (SmoothTiles *tiles)
{
  g_atomic_ref_count_inc (&tiles->ref_count);
  return tiles;
}

void
smooth_tiles_unref (SmoothTiles *tiles)
{
  if (tiles == NULL || !g_atomic_ref_count_dec (&tiles->ref_count))
    return;
  if (tiles->tiff != NULL)
    TIFFClose (tiles->tiff);
  g_free (tiles->band);
  g_free (tiles->path);
  g_mutex_clear (&tiles->lock);
  g_free (tiles);
}

gint
smooth_tiles_get_n_levels (const SmoothTiles *tiles)
{
  return tiles->n_levels;
}

const SmoothTileLevel *
smooth_tiles_get_level (const SmoothTiles *tiles, gint level)
{
  return &tiles->levels[level].shape;
}

/**
 * smooth_tiles_read:
 * @level: 0 is the largest
 * @column: of the tile
 * @row: of the tile
 *
 * May be called on any thread. O(pixels of the tile); of pictures in strips O(pixels of a row of tiles) for the first of a row.
 *
 * Returns: (transfer full): the tile, as large as it is within the picture
 */
SmoothPicture *
smooth_tiles_read (SmoothTiles *tiles, gint level, gint column, gint row, GError **error)
{
  const SmoothTileLevel *shape = &tiles->levels[level].shape;

  g_return_val_if_fail (level >= 0 && level < tiles->n_levels && column >= 0 && column < shape->n_across && row >= 0 && row < shape->n_down, NULL);
  g_autoptr (SmoothPicture) tile = smooth_picture_new (MIN (shape->tile_width, shape->width - column * shape->tile_width),
                                                       MIN (shape->tile_height, shape->height - row * shape->tile_height), error);
  if (tile == NULL)
    return NULL;
  g_mutex_lock (&tiles->lock);
  gboolean is_read = read_tile (tiles, level, column, row, tile);
  g_mutex_unlock (&tiles->lock);
  if (!is_read && !fail (tiles, error, "the TIFF picture is damaged or cut short"))
    return NULL;
  return g_steal_pointer (&tile);
}

/* The mean of a block of @tile that begins at (@x, @y) and has at most @factor pixels a side. */
static guint32
mean_of_block (const SmoothPicture *tile, gint x, gint y, gint factor)
{
  gint right = MIN (x + factor, tile->width), bottom = MIN (y + factor, tile->height);
  guint32 n = (guint32) ((right - x) * (bottom - y)), sums[3] = { n / 2, n / 2, n / 2 };

  for (gint j = y; j < bottom; j++)
    for (gint i = x; i < right; i++)
      {
        guint32 pixel = smooth_picture_get_pixel (tile, i, j);
        sums[0] += pixel >> 16 & 255;
        sums[1] += pixel >> 8 & 255;
        sums[2] += pixel & 255;
      }
  return 0xff000000u | sums[0] / n << 16 | sums[1] / n << 8 | sums[2] / n;
}

/**
 * smooth_tiles_read_reduced:
 * @max_pixels: of the picture that comes out
 * @run: (nullable): progress and cancellation, after each tile
 *
 * The largest level that is small enough; where none is, the smallest one reduced by 2, 4, 8 or 16: the means of blocks. One tile
 * is in memory beside what comes out. O(pixels of that level).
 *
 * Returns: (transfer full): the whole picture
 */
SmoothPicture *
smooth_tiles_read_reduced (SmoothTiles *tiles, gint64 max_pixels, SmoothRun *run, GError **error)
{
  gint level = 0, factor = 1;
  const SmoothTileLevel *shape = &tiles->levels[0].shape;

  while (level + 1 < tiles->n_levels && (gint64) shape->width * shape->height > max_pixels)
    shape = &tiles->levels[++level].shape;
  while (factor < MAX_FACTOR && (gint64) ((shape->width + factor - 1) / factor) * ((shape->height + factor - 1) / factor) > max_pixels)
    factor *= 2;
  if (factor > 1 && (shape->tile_width % factor != 0 || shape->tile_height % factor != 0)
      && !fail (tiles, error, "expected tiles whose sides are multiples of 16 pixels, found others"))
    return NULL;
  g_autoptr (SmoothPicture) picture = smooth_picture_new ((shape->width + factor - 1) / factor, (shape->height + factor - 1) / factor, error);
  for (gint row = 0; row < shape->n_down && picture != NULL; row++)
    for (gint column = 0; column < shape->n_across; column++)
      {
        g_autoptr (SmoothPicture) tile = smooth_run_check (run, error) ? smooth_tiles_read (tiles, level, column, row, error) : NULL;
        if (tile == NULL)
          return NULL;
        for (gint y = 0; y < tile->height; y += factor)
          for (gint x = 0; x < tile->width; x += factor)
            picture->pixels[(gsize) ((row * shape->tile_height + y) / factor) * (picture->stride / 4)
                            + (gsize) ((column * shape->tile_width + x) / factor)]
                = factor == 1 ? smooth_picture_get_pixel (tile, x, y) : mean_of_block (tile, x, y, factor);
        smooth_run_report (run, (row + (column + 1.0) / shape->n_across) / shape->n_down, "picture");
      }
  return g_steal_pointer (&picture);
}
