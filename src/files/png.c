/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PNG by libpng: every colour type and depth becomes premultiplied 8-bit ARGB, and back.
 *
 * libpng leaves by longjmp(). Therefore each function that calls setjmp() owns nothing: what it works on lies in a
 * struct of its caller, which releases it.
 */
#include "files/picture-private.h"

#include "base/error.h"
#include "files/output-private.h"

#include <glib/gi18n-lib.h>
#include <png.h>
#include <string.h>

#define CHECK_ROWS 16         /* between two looks at the run */
#define MAX_DEFLATE_RATIO 1032 /* of zlib's format: 258 bytes need at least two bits */

typedef struct
{
  const SmoothPictureSource *source;
  gsize position;
  png_structp png;
  png_infop info;
  SmoothPicture *picture;
  png_bytep *rows; /* of the picture */
  gboolean has_alpha;
  int n_passes; /* over all rows: those that are interlaced take several */
  GError *error;
} Reader;

static void
on_error (png_structp png, png_const_charp message)
{
  Reader *reader = png_get_error_ptr (png);

  if (reader->error == NULL)
    smooth_error_set (&reader->error, SMOOTH_ERROR_FORMAT, "%s: the PNG picture is damaged: %s", reader->source->path, message);
  png_longjmp (png, 1);
}

static void
on_warning (png_structp png, png_const_charp message)
{
  (void) png;
  (void) message;
}

static void
on_read (png_structp png, png_bytep to, size_t length)
{
  Reader *reader = png_get_io_ptr (png);

  if (length > reader->source->length - reader->position)
    {
      smooth_error_set (&reader->error, SMOOTH_ERROR_FORMAT,
                        "%s: the PNG picture is cut short: expected more data, found the end after %zu bytes",
                        reader->source->path, reader->source->length);
      png_error (png, "cut short");
    }
  memcpy (to, reader->source->data + reader->position, length);
  reader->position += length;
}

/* Asks libpng for 8-bit pixels in the byte order of a native 0xAARRGGBB. */
static void
set_transforms (Reader *reader)
{
  png_structp png = reader->png;
  int type = png_get_color_type (png, reader->info);

  reader->has_alpha = (type & PNG_COLOR_MASK_ALPHA) || png_get_valid (png, reader->info, PNG_INFO_tRNS);
  png_set_expand (png); /* palettes to RGB, few bits to 8, transparent colours to alpha */
  png_set_scale_16 (png);
  png_set_gray_to_rgb (png);
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  png_set_bgr (png);
  if (!reader->has_alpha)
    png_set_add_alpha (png, 0xff, PNG_FILLER_AFTER);
#else
  if (!reader->has_alpha)
    png_set_add_alpha (png, 0xff, PNG_FILLER_BEFORE);
  else
    png_set_swap_alpha (png);
#endif
  reader->n_passes = png_set_interlace_handling (png);
  png_read_update_info (png, reader->info);
}

/* The rows as stored cannot be larger than zlib can pack into the file. */
static gboolean
check_plausible (Reader *reader, guint32 height)
{
  guint64 stored = (guint64) png_get_rowbytes (reader->png, reader->info) * height;

  if (stored / MAX_DEFLATE_RATIO <= reader->source->length)
    return TRUE;
  smooth_error_set (&reader->error, SMOOTH_ERROR_FORMAT,
                    "%s: the PNG picture is cut short: expected %" PRIu64 " bytes of pixels, found a file of %zu bytes",
                    reader->source->path, stored, reader->source->length);
  return FALSE;
}

static gboolean
make_picture (Reader *reader, guint32 width, guint32 height)
{
  reader->picture = smooth_picture_new ((gint) width, (gint) height, &reader->error);
  if (reader->picture == NULL)
    return FALSE;
  reader->rows = g_new (png_bytep, height);
  for (guint32 y = 0; y < height; y++)
    reader->rows[y] = (png_bytep) reader->picture->pixels + y * reader->picture->stride;
  return TRUE;
}

static gboolean
read_png (Reader *reader)
{
  if (setjmp (png_jmpbuf (reader->png)))
    return FALSE;

  png_set_read_fn (reader->png, reader, on_read);
  png_set_user_limits (reader->png, 0x7fffffff, 0x7fffffff); /* our own limits have better words */
  png_set_chunk_malloc_max (reader->png, 1 << 24);
  png_set_benign_errors (reader->png, 1);
  png_read_info (reader->png, reader->info);

  guint32 width = png_get_image_width (reader->png, reader->info);
  guint32 height = png_get_image_height (reader->png, reader->info);
  if (!smooth_i_picture_check_size (reader->source, width, height, &reader->error) || !check_plausible (reader, height))
    return FALSE;
  set_transforms (reader);
  if (!make_picture (reader, width, height))
    return FALSE;
  for (int pass = 0; pass < reader->n_passes; pass++)
    for (guint32 y = 0; y < height; y++)
      {
        if (y % CHECK_ROWS == 0 && !smooth_run_check (reader->source->run, &reader->error))
          return FALSE;
        png_read_row (reader->png, reader->rows[y], NULL);
      }
  png_read_end (reader->png, NULL);
  return TRUE;
}

/* x * a / 255, rounded. */
static inline guint32
scale (guint32 x, guint32 a)
{
  guint32 product = x * a + 128;

  return (product + (product >> 8)) >> 8;
}

static void
premultiply (SmoothPicture *picture)
{
  gsize n = (gsize) picture->width * (gsize) picture->height;

  for (gsize i = 0; i < n; i++)
    {
      guint32 pixel = picture->pixels[i];
      guint32 a = pixel >> 24;
      if (a < 255)
        picture->pixels[i] = a << 24 | scale (pixel >> 16 & 255, a) << 16 | scale (pixel >> 8 & 255, a) << 8 | scale (pixel & 255, a);
    }
}

/* Returns: (transfer full): the picture, premultiplied */
SmoothPicture *
smooth_i_png_decode (const SmoothPictureSource *source, GError **error)
{
  Reader reader = { .source = source };
  gboolean done = FALSE;

  reader.png = png_create_read_struct (PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
  if (reader.png != NULL)
    reader.info = png_create_info_struct (reader.png);
  if (reader.info == NULL)
    smooth_error_set (&reader.error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for the PNG decoder", source->path);
  else
    done = read_png (&reader);
  png_destroy_read_struct (&reader.png, &reader.info, NULL);
  g_free (reader.rows);
  if (!done)
    {
      g_propagate_error (error, reader.error);
      g_clear_pointer (&reader.picture, smooth_picture_unref);
      return NULL;
    }
  if (reader.has_alpha)
    premultiply (reader.picture);
  return reader.picture;
}

typedef struct
{
  const SmoothPicture *picture;
  const SmoothPictureNotes *notes;
  SmoothOutput *output;
  png_structp png;
  png_infop info;
  guint8 *row; /* width x 3 or 4 bytes */
  gboolean has_alpha;
  char *message;
} Writer;

static void
on_write_error (png_structp png, png_const_charp message)
{
  Writer *writer = png_get_error_ptr (png);

  if (writer->message == NULL)
    writer->message = g_strdup (message);
  png_longjmp (png, 1);
}

static void
on_write (png_structp png, png_bytep data, size_t length)
{
  Writer *writer = png_get_io_ptr (png);

  smooth_output_write (writer->output, data, length);
}

static void
on_flush (png_structp png)
{
  (void) png;
}

/* The row as bytes R, G, B and, where the picture has transparent pixels, A; not premultiplied. */
static void
fill_row (Writer *writer, gint y)
{
  const guint32 *pixels = writer->picture->pixels + (gsize) y * (writer->picture->stride / 4);
  guint8 *to = writer->row;

  for (gint x = 0; x < writer->picture->width; x++)
    {
      guint32 a = pixels[x] >> 24;
      for (gint shift = 16; shift >= 0; shift -= 8)
        {
          guint32 c = pixels[x] >> shift & 255;
          if (writer->has_alpha && a < 255)
            c = a == 0 ? 0 : MIN ((c * 255 + a / 2) / a, 255);
          *to++ = (guint8) c;
        }
      if (writer->has_alpha)
        *to++ = (guint8) a;
    }
}

/* Texts are UTF-8, before the pixels, where readers find them at once. */
static void
write_text (Writer *writer, const char *key, const char *text)
{
  png_text chunk = { .compression = PNG_ITXT_COMPRESSION_NONE, .key = (png_charp) key, .text = (png_charp) text, .lang = (png_charp) "" };

  if (key != NULL && text != NULL)
    png_set_text (writer->png, writer->info, &chunk, 1);
}

static void
write_notes (Writer *writer)
{
  const SmoothPictureNotes *notes = writer->notes;
  png_uint_32 per_metre = (png_uint_32) (notes->dpi / 0.0254 + 0.5);

  if (per_metre > 0)
    png_set_pHYs (writer->png, writer->info, per_metre, per_metre, PNG_RESOLUTION_METER);
  write_text (writer, "Title", notes->title);
  write_text (writer, "Software", notes->software);
  write_text (writer, notes->key, notes->text);
}

static gboolean
write_png (Writer *writer)
{
  if (setjmp (png_jmpbuf (writer->png)))
    return FALSE;

  png_set_write_fn (writer->png, writer, on_write, on_flush);
  png_set_IHDR (writer->png, writer->info, (png_uint_32) writer->picture->width, (png_uint_32) writer->picture->height, 8,
                writer->has_alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB (writer->png, writer->info, PNG_sRGB_INTENT_PERCEPTUAL);
  write_notes (writer);
  png_write_info (writer->png, writer->info);
  for (gint y = 0; y < writer->picture->height; y++)
    {
      if (!smooth_i_output_check (writer->output))
        return FALSE;
      fill_row (writer, y);
      png_write_row (writer->png, writer->row);
    }
  png_write_end (writer->png, writer->info);
  return TRUE;
}

static gboolean
has_transparent_pixels (const SmoothPicture *picture)
{
  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      if (smooth_picture_get_pixel (picture, x, y) >> 24 < 255)
        return TRUE;
  return FALSE;
}

/**
 * smooth_picture_save_png:
 *
 * Writes 8-bit RGB, or RGBA where a pixel is not opaque, marked as sRGB. The file appears under its name only when complete.
 */
gboolean
smooth_picture_save_png (const SmoothPicture *picture, const char *path, GError **error)
{
  SmoothPictureNotes none = { 0 };

  return smooth_picture_save_png_noted (picture, &none, path, error);
}

/* As smooth_picture_save_png(), with the resolution (pHYs) and texts (iTXt). */
gboolean
smooth_picture_save_png_noted (const SmoothPicture *picture, const SmoothPictureNotes *notes, const char *path, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;

  Writer writer = { .picture = picture, .notes = notes, .output = output, .has_alpha = has_transparent_pixels (picture) };
  gboolean done = FALSE;
  writer.png = png_create_write_struct (PNG_LIBPNG_VER_STRING, &writer, on_write_error, on_warning);
  if (writer.png != NULL)
    writer.info = png_create_info_struct (writer.png);
  writer.row = g_malloc ((gsize) picture->width * 4);
  if (writer.info != NULL)
    done = write_png (&writer);
  png_destroy_write_struct (&writer.png, &writer.info);
  g_free (writer.row);
  gboolean is_ours = !done && smooth_i_output_check (output); /* else the commit tells what went wrong */
  if (is_ours)
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: the PNG picture cannot be made: %s", path,
                      writer.message != NULL ? writer.message : _("not enough memory"));
  g_free (writer.message);
  return !is_ours && smooth_output_commit (output, error);
}
