/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TIFF by libtiff: the first plane of the first series, in strips or tiles of 8 or 16 bits; of a pyramid the largest level that
 * is not too large.
 *
 * libtiff calls back for its bytes, which lie in memory, and reports its errors to us. What a file declares is compared with
 * what it holds before memory is taken: no codec that is read packs better than MAX_RATIO.
 */
#include "files/picture-private.h"
#include "files/tiff-private.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <tiffio.h>

#define MAX_RATIO 2000                  /* of pixels to stored bytes */
#define MAX_LEVELS 64                   /* pictures in a file that are looked at */
#define LARGE ((gint64) 1 << 26)        /* pixels: a smaller level of a pyramid is taken before a larger one than this */
#define MOST ((gint64) 1 << 28)         /* pixels that are read: they take 10 bytes each for a while */
#define MAX_PART ((gint64) 1 << 28)     /* bytes of a strip or tile */

typedef struct
{
  SmoothTiffMessage said; /* first */
  const SmoothPictureSource *source;
  gsize position;
} Input;

/* One picture of the file. */
typedef struct
{
  guint32 width, height;
  guint16 bits, samples, photometric, compression, planar, format;
  gboolean is_tiled;
  guint32 part_width, part_height; /* of a strip or tile */
} Plane;

static tmsize_t
on_read (thandle_t handle, void *to, tmsize_t size)
{
  Input *input = handle;
  gsize n = MIN ((gsize) MAX (size, 0), input->source->length - input->position);

  memcpy (to, input->source->data + input->position, n);
  input->position += n;
  return (tmsize_t) n;
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
  toff_t base = whence == SEEK_CUR ? input->position : whence == SEEK_END ? input->source->length : 0;

  input->position = (gsize) MIN (base + offset, (toff_t) input->source->length);
  return input->position;
}

static toff_t
on_size (thandle_t handle)
{
  return ((Input *) handle)->source->length;
}

static int
on_close (thandle_t handle)
{
  (void) handle;
  return 0;
}

static int
on_map (thandle_t handle, void **base, toff_t *size)
{
  (void) handle;
  (void) base;
  (void) size;
  return 0;
}

static void
on_unmap (thandle_t handle, void *base, toff_t size)
{
  (void) handle;
  (void) base;
  (void) size;
}

G_GNUC_PRINTF (3, 4)
static gboolean
fail (const Input *input, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autoptr (GError) what = NULL;
  smooth_i_error_set_valist (&what, SMOOTH_ERROR_FORMAT, format, args);
  va_end (args);
  g_autofree char *reason = g_utf8_make_valid (input->said.message, -1);
  if (*reason != '\0')
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s: %s", input->source->path, smooth_error_say (what), reason);
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s", input->source->path, smooth_error_say (what));
  return FALSE;
}

static gboolean
read_plane (TIFF *tiff, Plane *plane)
{
  *plane = (Plane){ 0 };
  TIFFGetField (tiff, TIFFTAG_IMAGEWIDTH, &plane->width);
  TIFFGetField (tiff, TIFFTAG_IMAGELENGTH, &plane->height);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_BITSPERSAMPLE, &plane->bits);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLESPERPIXEL, &plane->samples);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_COMPRESSION, &plane->compression);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_PLANARCONFIG, &plane->planar);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLEFORMAT, &plane->format);
  if (!TIFFGetField (tiff, TIFFTAG_PHOTOMETRIC, &plane->photometric))
    plane->photometric = PHOTOMETRIC_MINISBLACK;
  plane->is_tiled = TIFFIsTiled (tiff);
  plane->part_width = plane->width;
  plane->part_height = plane->height;
  if (plane->is_tiled)
    {
      TIFFGetField (tiff, TIFFTAG_TILEWIDTH, &plane->part_width);
      TIFFGetField (tiff, TIFFTAG_TILELENGTH, &plane->part_height);
    }
  else
    TIFFGetFieldDefaulted (tiff, TIFFTAG_ROWSPERSTRIP, &plane->part_height);
  plane->part_height = MIN (plane->part_height, plane->is_tiled ? plane->part_height : plane->height);
  return plane->width > 0 && plane->height > 0;
}

static gboolean
is_same_picture (const Plane *first, const Plane *other)
{
  double ratio = (double) first->width / first->height / ((double) other->width / other->height);

  return other->samples == first->samples && other->bits == first->bits && ratio > 0.98 && ratio < 1.02;
}

static gint64
count_pixels (const Plane *plane)
{
  return (gint64) plane->width * plane->height;
}

/* Leaves the file at the first picture, or, where that is large, at the largest smaller level of its pyramid that is not:
 * further pictures of the same shape, or those below the first one. */
static gboolean
choose_level (TIFF *tiff, const Input *input, Plane *plane, GError **error)
{
  toff_t below[MAX_LEVELS], best = 0;
  guint16 n_below = 0;
  toff_t *offsets = NULL;
  Plane other;
  gint64 large = MIN (LARGE, input->source->max_pixels);

  if (!read_plane (tiff, plane))
    return fail (input, error, "expected a TIFF picture with a size, found none");
  if (count_pixels (plane) <= large)
    return TRUE;
  Plane first = *plane;
  gint64 most = 0;
  if (TIFFGetField (tiff, TIFFTAG_SUBIFD, &n_below, &offsets) && offsets != NULL)
    memcpy (below, offsets, MIN (n_below, MAX_LEVELS) * sizeof *below);
  n_below = MIN (n_below, MAX_LEVELS);
  for (gint i = 0; i < n_below; i++)
    if (TIFFSetSubDirectory (tiff, below[i]) && read_plane (tiff, &other) && is_same_picture (&first, &other)
        && count_pixels (&other) <= large && count_pixels (&other) > most)
      {
        most = count_pixels (&other);
        best = below[i];
      }
  for (tdir_t i = 1; n_below == 0 && i < MAX_LEVELS && TIFFSetDirectory (tiff, i); i++)
    if (read_plane (tiff, &other) && is_same_picture (&first, &other) && count_pixels (&other) <= large && count_pixels (&other) > most)
      {
        most = count_pixels (&other);
        best = TIFFCurrentDirOffset (tiff);
      }
  if (most > 0)
    return TIFFSetSubDirectory (tiff, best) && read_plane (tiff, plane) ? TRUE : fail (input, error, "expected a level of a pyramid, found none");
  return TIFFSetDirectory (tiff, 0) && read_plane (tiff, plane) ? TRUE : fail (input, error, "expected a picture, found none");
}

static gboolean
check_plane (const Plane *plane, const Input *input, GError **error)
{
  gint64 bytes = (gint64) plane->bits / 8 * plane->samples;

  SmoothPictureSource source = *input->source;

  source.max_pixels = MIN (source.max_pixels, MOST);
  if (!smooth_i_picture_check_size (&source, plane->width, plane->height, error))
    return FALSE;
  if (!smooth_i_tiff_can_unpack (plane->compression))
    return fail (input, error, "expected a TIFF picture packed by LZW, Deflate, JPEG, JPEG 2000, zstd or not at all, found the compression %u",
                 plane->compression);
  gboolean is_grey = plane->photometric == PHOTOMETRIC_MINISBLACK || plane->photometric == PHOTOMETRIC_MINISWHITE;
  gboolean is_colour = plane->photometric == PHOTOMETRIC_RGB || (plane->photometric == PHOTOMETRIC_YCBCR && plane->compression == COMPRESSION_JPEG);
  if ((plane->bits != 8 && plane->bits != 16) || plane->format != SAMPLEFORMAT_UINT || !(is_grey || is_colour)
      || (is_grey && plane->samples < 1) || (is_colour && plane->samples < 3) || plane->samples > 16)
    return fail (input, error, "expected a grey or RGB TIFF picture of 8 or 16 bits, found %u samples of %u bits (photometric %u)", plane->samples,
                 plane->bits, plane->photometric);
  if (count_pixels (plane) / MAX_RATIO * bytes > (gint64) input->source->length)
    return fail (input, error, "the TIFF picture is cut short: expected %u x %u pixels, found a file of %zu bytes",
                 plane->width, plane->height, input->source->length);
  if (plane->part_width < 1 || plane->part_height < 1 || plane->part_width > SMOOTH_I_PICTURE_MAX_SIDE * 2
      || (gint64) plane->part_height > MAX_PART / bytes / plane->part_width)
    return fail (input, error, "expected strips or tiles of at most %" PRId64 " bytes, found %u x %u pixels", MAX_PART,
                 plane->part_width, plane->part_height);
  return TRUE;
}

/* The value of a sample of one part: parts hold all samples of a pixel together, or one alone. */
static guint32
get_sample (const Plane *plane, const void *part, gsize pixel, guint16 sample)
{
  guint16 stride = plane->planar == PLANARCONFIG_CONTIG ? plane->samples : 1;
  gsize at = pixel * stride + (plane->planar == PLANARCONFIG_CONTIG ? sample : 0);

  return plane->bits == 8 ? ((const guint8 *) part)[at] : ((const guint16 *) part)[at];
}

/* Takes the samples of a part into the 16-bit channels of the picture. */
static void
take_part (const Plane *plane, const guint8 *part, guint32 left, guint32 top, guint16 first_sample, guint16 n_samples, guint16 n_channels,
           guint16 *channels)
{
  guint32 right = MIN (left + plane->part_width, plane->width), bottom = MIN (top + plane->part_height, plane->height);

  for (guint32 y = top; y < bottom; y++)
    for (guint32 x = left; x < right; x++)
      for (guint16 s = 0; s < n_samples; s++)
        channels[((gsize) y * plane->width + x) * n_channels + first_sample + s]
            = (guint16) get_sample (plane, part, (gsize) (y - top) * plane->part_width + (x - left), s);
}

static gboolean
read_parts (TIFF *tiff, const Plane *plane, Input *input, guint16 n_channels, guint16 *channels, GError **error)
{
  tmsize_t size = plane->is_tiled ? TIFFTileSize (tiff) : TIFFStripSize (tiff);
  gint64 least = (gint64) plane->part_width * plane->part_height * plane->bits / 8 * (plane->planar == PLANARCONFIG_CONTIG ? plane->samples : 1);
  g_autofree guint8 *part = size > 0 && size <= 2 * MAX_PART ? g_try_malloc0 ((gsize) MAX (size, least)) : NULL;
  guint16 n_passes = plane->planar == PLANARCONFIG_CONTIG ? 1 : n_channels;
  SmoothTiffPart shape = { plane->part_width, plane->part_height, plane->bits, plane->planar == PLANARCONFIG_CONTIG ? plane->samples : 1 };

  if (part == NULL)
    return fail (input, error, "not enough memory for a strip or tile of %" PRId64 " bytes", (gint64) size);
  for (guint16 pass = 0; pass < n_passes; pass++)
    for (guint32 top = 0; top < plane->height; top += plane->part_height)
      for (guint32 left = 0; left < plane->width; left += plane->part_width)
        {
          if (!smooth_run_check (input->source->run, error))
            return FALSE;
          gboolean ok = plane->is_tiled ? smooth_i_tiff_read_tile (tiff, &shape, part, left, top, pass, &input->said)
                                        : TIFFReadEncodedStrip (tiff, TIFFComputeStrip (tiff, top, pass), part, size) >= 0;
          if (!ok)
            return fail (input, error, "the TIFF picture is damaged or cut short");
          take_part (plane, part, left, top, pass, n_passes == 1 ? n_channels : 1, n_channels, channels);
        }
  return TRUE;
}

/* What is white: all bits of 8, and of 16 the largest value that there is, as microscopes use few of them. */
static guint32
find_white (const Plane *plane, const guint16 *channels, gsize n)
{
  guint32 largest = 1;

  if (plane->bits == 8)
    return 255;
  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, channels[i]);
  return largest;
}

static void
set_pixels (const Plane *plane, const guint16 *channels, guint16 n_channels, SmoothPicture *picture)
{
  gsize n = (gsize) plane->width * plane->height;
  guint32 white = find_white (plane, channels, n * n_channels);
  gboolean is_inverse = plane->photometric == PHOTOMETRIC_MINISWHITE;

  for (gsize i = 0; i < n; i++)
    {
      guint32 rgb[3];
      for (gint c = 0; c < 3; c++)
        {
          guint32 value = channels[i * n_channels + (n_channels == 3 ? (gsize) c : 0)] * 255U / white;
          rgb[c] = is_inverse ? 255 - value : value;
        }
      picture->pixels[i / plane->width * (picture->stride / 4) + i % plane->width] = 0xff000000U | rgb[0] << 16 | rgb[1] << 8 | rgb[2];
    }
}

static SmoothPicture *
read_picture (TIFF *tiff, Input *input, GError **error)
{
  Plane plane;

  if (!choose_level (tiff, input, &plane, error) || !check_plane (&plane, input, error))
    return NULL;
  if (plane.compression == COMPRESSION_JPEG)
    {
      TIFFSetField (tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      if (plane.bits != 8)
        {
          fail (input, error, "expected a JPEG in TIFF of 8 bits, found %u", plane.bits);
          return NULL;
        }
    }
  guint16 n_channels = plane.photometric == PHOTOMETRIC_RGB || plane.photometric == PHOTOMETRIC_YCBCR ? 3 : 1;
  g_autofree guint16 *channels = g_try_malloc_n ((gsize) count_pixels (&plane) * n_channels, sizeof *channels);
  if (channels == NULL)
    {
      fail (input, error, "not enough memory for %u x %u pixels", plane.width, plane.height);
      return NULL;
    }
  if (!read_parts (tiff, &plane, input, n_channels, channels, error))
    return NULL;
  SmoothPicture *picture = smooth_picture_new ((gint) plane.width, (gint) plane.height, error);
  if (picture != NULL)
    set_pixels (&plane, channels, n_channels, picture);
  return picture;
}

/* Micrometres in a pixel of the first picture, as OME-XML in its description states them; 0 where it does not. */
static double
read_um (TIFF *tiff)
{
  static const char name[] = " PhysicalSizeX=\"", unit_name[] = " PhysicalSizeXUnit=\"";
  const char *text = NULL;

  if (!TIFFGetField (tiff, TIFFTAG_IMAGEDESCRIPTION, &text) || text == NULL)
    return 0.0;
  const char *found = strstr (text, name), *unit = strstr (text, unit_name);
  double um = found != NULL ? g_ascii_strtod (found + strlen (name), NULL) : 0.0;
  if (unit != NULL && strncmp (unit + strlen (unit_name), "nm\"", 3) == 0)
    um /= 1000.0;
  else if (unit != NULL && strncmp (unit + strlen (unit_name), "mm\"", 3) == 0)
    um *= 1000.0;
  return um > 1e-6 && um < 1e6 ? um : 0.0;
}

/**
 * smooth_i_tiff_decode:
 * @um_per_pixel: (out) (optional): micrometres in a pixel of the picture, where OME-XML states them; else 0
 *
 * Grey and RGB pictures of 8 or 16 bits, in strips or tiles, packed as smooth_i_tiff_can_unpack() tells; the first plane of
 * OME-TIFF. 16-bit pictures are stretched to their largest value. At most 2^28 pixels.
 *
 * Returns: (transfer full): the picture
 */
SmoothPicture *
smooth_i_tiff_decode (const SmoothPictureSource *source, double *um_per_pixel, GError **error)
{
  Input input = { .source = source };
  guint32 width = 0;

  smooth_i_tiff_set_handlers ();
  TIFF *tiff = TIFFClientOpen (source->path, "rm", &input, on_read, on_write, on_seek, on_close, on_size, on_map, on_unmap);
  if (tiff == NULL)
    {
      fail (&input, error, "the TIFF picture is damaged");
      return NULL;
    }
  double um = read_um (tiff);
  TIFFGetField (tiff, TIFFTAG_IMAGEWIDTH, &width);
  SmoothPicture *picture = read_picture (tiff, &input, error);
  TIFFClose (tiff);
  if (picture != NULL && um_per_pixel != NULL)
    *um_per_pixel = um * width / picture->width;
  return picture;
}
