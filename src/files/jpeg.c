/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEG by libjpeg: grey, colour and the four-colour pictures of print programs become opaque ARGB.
 *
 * libjpeg leaves by longjmp() and only warns of missing or damaged data, filling in grey; here such warnings are errors.
 * The function that calls setjmp() owns nothing: what it works on lies in a struct of its caller.
 */
#include "files/picture-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <setjmp.h>
#include <stdio.h> /* before jpeglib.h, which needs it */
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#define MAX_SCANS 200 /* progressive files have about ten; a thousand empty ones are an attack */

typedef struct
{
  struct jpeg_error_mgr manager;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  struct jpeg_decompress_struct jpeg;
  const SmoothPictureSource *source;
  SmoothPicture *picture;
  guint8 *row; /* width x 4 bytes, where pixels must be converted */
  GError *error;
} Reader;

static void
fail (Reader *reader, gboolean is_cut, const char *detail)
{
  if (reader->error == NULL && is_cut)
    smooth_error_set (&reader->error, SMOOTH_ERROR_FORMAT, "%s: the JPEG picture is cut short: %s", reader->source->path, detail);
  else if (reader->error == NULL)
    smooth_error_set (&reader->error, SMOOTH_ERROR_FORMAT, "%s: the JPEG picture is damaged: %s", reader->source->path, detail);
  longjmp (reader->jump, 1);
}

static void
on_error (j_common_ptr jpeg)
{
  char message[JMSG_LENGTH_MAX];

  jpeg->err->format_message (jpeg, message);
  fail (jpeg->client_data, FALSE, message);
}

/* Level -1 is a warning; those that mean lost pixels are errors, those about odd but harmless markers are not. */
static void
on_message (j_common_ptr jpeg, int level)
{
  char message[JMSG_LENGTH_MAX];

  if (level >= 0)
    return;
  jpeg->err->format_message (jpeg, message);
  switch (jpeg->err->msg_code)
    {
    case JWRN_JPEG_EOF:
      fail (jpeg->client_data, TRUE, message);
      break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
      fail (jpeg->client_data, FALSE, message);
      break;
    default:
      break;
    }
}

static void
on_output (j_common_ptr jpeg)
{
  (void) jpeg;
}

static void
on_progress (j_common_ptr jpeg)
{
  Reader *reader = jpeg->client_data;

  if (jpeg->is_decompressor && reader->jpeg.input_scan_number > MAX_SCANS)
    fail (reader, FALSE, _("it has more than 200 scans"));
}

/* Chooses what libjpeg hands out: ARGB itself where this libjpeg can, else RGB; four colours stay four. */
static gboolean
choose_colours (Reader *reader)
{
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;

  if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)
    jpeg->out_color_space = JCS_CMYK;
#ifdef JCS_ALPHA_EXTENSIONS
  else
    jpeg->out_color_space = G_BYTE_ORDER == G_LITTLE_ENDIAN ? JCS_EXT_BGRA : JCS_EXT_ARGB;
  return jpeg->out_color_space != JCS_CMYK;
#else
  else
    jpeg->out_color_space = JCS_RGB;
  return FALSE;
#endif
}

/* Adobe's programs store CMYK inverted and mark their files; red = (1 - cyan) (1 - black) and so on. */
static void
convert_row (const Reader *reader, guint32 *pixels)
{
  const guint8 *from = reader->row;
  guint8 flip = reader->jpeg.saw_Adobe_marker ? 0 : 255;

  for (gint x = 0; x < reader->picture->width; x++)
    {
      guint32 rgb[3];
      if (reader->jpeg.output_components == 4)
        for (gint c = 0; c < 3; c++)
          rgb[c] = ((guint32) (from[c] ^ flip) * (guint32) (from[3] ^ flip) + 127) / 255;
      else
        for (gint c = 0; c < 3; c++)
          rgb[c] = from[c];
      from += reader->jpeg.output_components;
      pixels[x] = 0xff000000 | rgb[0] << 16 | rgb[1] << 8 | rgb[2];
    }
}

static gboolean
read_rows (Reader *reader, gboolean direct)
{
  while (reader->jpeg.output_scanline < reader->jpeg.output_height)
    {
      if (!smooth_run_check (reader->source->run, &reader->error))
        return FALSE;
      guint32 *pixels = reader->picture->pixels + (gsize) reader->jpeg.output_scanline * (reader->picture->stride / 4);
      JSAMPROW row = direct ? (JSAMPROW) pixels : reader->row;
      jpeg_read_scanlines (&reader->jpeg, &row, 1);
      if (!direct)
        convert_row (reader, pixels);
    }
  return TRUE;
}

static gboolean
read_jpeg (Reader *reader)
{
  struct jpeg_decompress_struct *jpeg = &reader->jpeg;

  if (setjmp (reader->jump))
    return FALSE;

  jpeg_create_decompress (jpeg);
  jpeg->client_data = reader;
  jpeg->progress = &reader->progress;
  jpeg_mem_src (jpeg, (unsigned char *) reader->source->data, reader->source->length);
  jpeg_read_header (jpeg, TRUE);
  if (!smooth_i_picture_check_size (reader->source, jpeg->image_width, jpeg->image_height, &reader->error))
    return FALSE;
  gboolean direct = choose_colours (reader);
  jpeg_start_decompress (jpeg);
  reader->picture = smooth_picture_new ((gint) jpeg->output_width, (gint) jpeg->output_height, &reader->error);
  if (reader->picture == NULL)
    return FALSE;
  reader->row = g_malloc ((gsize) jpeg->output_width * 4);
  if (!read_rows (reader, direct))
    return FALSE;
  jpeg_finish_decompress (jpeg);
  return TRUE;
}

/* Returns: (transfer full): the picture, opaque */
SmoothPicture *
smooth_i_jpeg_decode (const SmoothPictureSource *source, GError **error)
{
  Reader *reader = g_new0 (Reader, 1); /* on the heap: it outlives a longjmp() unharmed */
  SmoothPicture *picture = NULL;

  reader->source = source;
  reader->jpeg.err = jpeg_std_error (&reader->manager);
  reader->jpeg.client_data = reader;
  reader->manager.error_exit = on_error;
  reader->manager.emit_message = on_message;
  reader->manager.output_message = on_output;
  reader->progress.progress_monitor = on_progress;
  if (read_jpeg (reader))
    picture = g_steal_pointer (&reader->picture);
  else
    g_propagate_error (error, reader->error);
  jpeg_destroy_decompress (&reader->jpeg);
  smooth_picture_unref (reader->picture);
  g_free (reader->row);
  g_free (reader);
  return picture;
}
