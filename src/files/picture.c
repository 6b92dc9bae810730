/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures in memory; the first bytes of a file, not its name, tell which decoder reads it. */
#include "files/picture-private.h"

#include "base/error.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FILE ((gint64) 1 << 33)

/**
 * smooth_picture_new:
 * @width: 1 .. 40000
 * @height: 1 .. 40000
 *
 * Returns: (transfer full): a transparent picture that the caller fills until it shares it
 */
SmoothPicture *
smooth_picture_new (gint width, gint height, GError **error)
{
  g_return_val_if_fail (width > 0 && height > 0, NULL);

  /* calloc() leaves pages untouched until a row is written: a damaged file costs no memory. */
  gsize stride = (gsize) width * 4;
  guint32 *pixels = calloc ((gsize) height, stride);
  if (pixels == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory for a picture of %d x %d pixels", width, height);
      return NULL;
    }

  SmoothPicture *picture = g_new0 (SmoothPicture, 1);
  g_atomic_ref_count_init (&picture->ref_count);
  picture->width = width;
  picture->height = height;
  picture->stride = stride;
  picture->pixels = pixels;
  return picture;
}

/* Returns: (transfer full) (nullable): the same pixels, for the caller to change; %NULL without memory */
SmoothPicture *
smooth_picture_copy (const SmoothPicture *picture)
{
  gsize stride = (gsize) picture->width * 4;
  guint32 *pixels = malloc ((gsize) picture->height * stride);

  if (pixels == NULL)
    return NULL;
  SmoothPicture *copy = g_new0 (SmoothPicture, 1);
  g_atomic_ref_count_init (&copy->ref_count);
  copy->width = picture->width;
  copy->height = picture->height;
  copy->stride = stride;
  copy->pixels = pixels;
  if (picture->stride == stride)
    memcpy (pixels, picture->pixels, (gsize) picture->height * stride);
  else
    for (gint y = 0; y < picture->height; y++)
      memcpy (pixels + (gsize) y * (gsize) picture->width, picture->pixels + (gsize) y * (picture->stride / 4), stride);
  return copy;
}

SmoothPicture *
smooth_picture_ref (SmoothPicture *picture)
{
  g_atomic_ref_count_inc (&picture->ref_count);
  return picture;
}

void
smooth_picture_unref (SmoothPicture *picture)
{
  if (picture == NULL || !g_atomic_ref_count_dec (&picture->ref_count))
    return;
  free (picture->pixels);
  g_free (picture);
}

/* Refuses sizes that no section has, before anything is allocated. */
gboolean
smooth_i_picture_check_size (const SmoothPictureSource *source, gint64 width, gint64 height, GError **error)
{
  if (width < 1 || height < 1 || width > SMOOTH_I_PICTURE_MAX_SIDE || height > SMOOTH_I_PICTURE_MAX_SIDE)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected a picture of 1 to %d pixels a side, found %" PRId64 " x %" PRId64, source->path,
                      SMOOTH_I_PICTURE_MAX_SIDE, width, height);
  else if (width * height > source->max_pixels)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected a picture of at most %" PRId64 " pixels, found %" PRId64 " x %" PRId64, source->path,
                      source->max_pixels, width, height);
  else
    return TRUE;
  return FALSE;
}

/* Says what the bytes look like instead. */
static void
set_unknown (const SmoothPictureSource *source, GError **error)
{
  static const struct { const char *magic; gsize length; const char *name; } kinds[] = {
    { "GIF8", 4, "a GIF picture" },
    { "BM", 2, "a BMP picture" },        { "RIFF", 4, "a WebP picture" },   { "%PDF", 4, "a PDF document" },
    { "\x1f\x8b", 2, "a gzip file" },    { "PK", 2, "a ZIP file" },         { "\x89HDF", 4, "an HDF5 file" },
    { "<", 1, "text in angle brackets" },
  };
  g_autoptr (GString) found = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds) && found->len == 0; i++)
    if (source->length >= kinds[i].length && memcmp (source->data, kinds[i].magic, kinds[i].length) == 0)
      g_string_assign (found, kinds[i].name);
  if (found->len == 0)
    g_string_assign (found, source->length == 0 ? "an empty file (0 bytes)" : "the bytes");
  if (g_str_equal (found->str, "the bytes"))
    for (gsize i = 0; i < MIN (source->length, 4); i++)
      g_string_append_printf (found, " %02x", source->data[i]);
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected a PNG, JPEG or TIFF picture, found %s", source->path,
                    found->str);
}

static gboolean
is_tiff (const SmoothPictureSource *source)
{
  static const char *const marks[] = { "II*\0", "MM\0*", "II+\0", "MM\0+" }; /* the last two of BigTIFF */

  for (gsize i = 0; i < G_N_ELEMENTS (marks) && source->length >= 4; i++)
    if (memcmp (source->data, marks[i], 4) == 0)
      return TRUE;
  return FALSE;
}

/**
 * smooth_i_picture_decode:
 * @um_per_pixel: (out) (optional): where the file states it; else 0
 *
 * Returns: (transfer full): the picture that @source holds, PNG, JPEG or TIFF by its first bytes
 */
SmoothPicture *
smooth_i_picture_decode (const SmoothPictureSource *source, double *um_per_pixel, GError **error)
{
  if (um_per_pixel != NULL)
    *um_per_pixel = 0.0;
  if (is_tiff (source))
    return smooth_i_tiff_decode (source, um_per_pixel, error);
  if (source->length >= 8 && memcmp (source->data, "\x89PNG\r\n\x1a\n", 8) == 0)
    return smooth_i_png_decode (source, error);
  if (source->length >= 3 && memcmp (source->data, "\xff\xd8\xff", 3) == 0)
    return smooth_i_jpeg_decode (source, error);
  set_unknown (source, error);
  return NULL;
}

/* Reads all of an open file. Returns: (transfer full): its @length bytes; NULL on error */
static guint8 *
read_all (FILE *file, const char *path, gsize *length, GError **error)
{
  struct stat info;

  if (fstat (fileno (file), &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > MAX_FILE)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: expected a file of at most 8 GB, found %s", path,
                        S_ISDIR (info.st_mode)   ? _("a folder")
                        : S_ISREG (info.st_mode) ? _("a larger one")
                                                 : _("a device or pipe"));
      return NULL;
    }
  g_autofree guint8 *data = g_try_malloc ((gsize) info.st_size + 1);
  if (data == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for %" PRId64 " bytes", path,
                        (gint64) info.st_size);
      return NULL;
    }
  errno = 0;
  *length = fread (data, 1, (gsize) info.st_size, file);
  if (ferror (file))
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be read: %s", path, g_strerror (errno));
      return NULL;
    }
  return g_steal_pointer (&data);
}

/**
 * smooth_picture_load:
 * @path: a PNG, JPEG or TIFF file; its name does not matter
 *
 * A picture that is cut short or damaged is an error, never a picture with grey rows. Colour profiles and the orientation
 * tag of cameras are not applied. Of TIFF see smooth_i_tiff_decode().
 *
 * Returns: (transfer full): the picture, of at most 40000 pixels a side and 2^31 in all
 */
SmoothPicture *
smooth_picture_load (const char *path, GError **error)
{
  return smooth_picture_load_measured (path, NULL, NULL, error);
}

/**
 * smooth_picture_load_measured:
 * @path: as of smooth_picture_load()
 * @um_per_pixel: (out) (optional): micrometres in a pixel, where the file states them (OME-TIFF); else 0
 * @run: (nullable): cancellation
 *
 * Returns: (transfer full): as smooth_picture_load()
 */
SmoothPicture *
smooth_picture_load_measured (const char *path, double *um_per_pixel, SmoothRun *run, GError **error)
{
  SmoothPictureSource source = { .path = path, .max_pixels = SMOOTH_I_PICTURE_MAX_PIXELS, .run = run };
  FILE *file = g_fopen (path, "rbe");

  if (file == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: cannot be opened: %s", path, g_strerror (errno));
      return NULL;
    }
  g_autofree guint8 *data = read_all (file, path, &source.length, error);
  (void) fclose (file);
  if (data == NULL)
    return NULL;
  source.data = data;
  return smooth_i_picture_decode (&source, um_per_pixel, error);
}
