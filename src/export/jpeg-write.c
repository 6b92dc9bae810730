/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEG by libjpeg, into memory. libjpeg leaves by longjmp(): the function that calls setjmp() owns nothing. */
#include "export/jpeg-write.h"

#include <setjmp.h>
#include <stdio.h> /* before jpeglib.h, which needs it */
#include <stdlib.h>

#include <jpeglib.h>

#define QUALITY 93

typedef struct
{
  struct jpeg_error_mgr manager;
  jmp_buf jump;
  struct jpeg_compress_struct jpeg;
  const guint8 *pixels;
  gint width, height, stride;
  guint8 *row; /* width x 3 */
  unsigned char *data;
  unsigned long length;
} Writer;

static void
on_error (j_common_ptr jpeg)
{
  longjmp (((Writer *) jpeg->client_data)->jump, 1);
}

static void
on_message (j_common_ptr jpeg, int level)
{
  (void) jpeg;
  (void) level;
}

static void
fill_row (Writer *writer, gint y)
{
  const guint32 *pixels = (const guint32 *) (gconstpointer) (writer->pixels + (gsize) y * (gsize) writer->stride);

  for (gint x = 0; x < writer->width; x++)
    {
      writer->row[3 * x] = pixels[x] >> 16 & 255;
      writer->row[3 * x + 1] = pixels[x] >> 8 & 255;
      writer->row[3 * x + 2] = pixels[x] & 255;
    }
}

/* Full colour resolution: stains are thin lines of colour. */
static gboolean
write_jpeg (Writer *writer)
{
  struct jpeg_compress_struct *jpeg = &writer->jpeg;

  jpeg->err = jpeg_std_error (&writer->manager);
  jpeg->client_data = writer;
  writer->manager.error_exit = on_error;
  writer->manager.emit_message = on_message;
  if (setjmp (writer->jump))
    return FALSE;
  jpeg_create_compress (jpeg);
  jpeg_mem_dest (jpeg, &writer->data, &writer->length);
  jpeg->image_width = (JDIMENSION) writer->width;
  jpeg->image_height = (JDIMENSION) writer->height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults (jpeg);
  jpeg_set_quality (jpeg, QUALITY, TRUE);
  jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
  jpeg->optimize_coding = TRUE;
  jpeg_start_compress (jpeg, TRUE);
  for (gint y = 0; y < writer->height; y++)
    {
      fill_row (writer, y);
      jpeg_write_scanlines (jpeg, &writer->row, 1);
    }
  jpeg_finish_compress (jpeg);
  return TRUE;
}

/**
 * smooth_i_surface_attach_jpeg:
 * @surface: an image of CAIRO_FORMAT_RGB24, complete
 *
 * Returns: FALSE where it cannot be made: the surface then goes into files as it is
 */
gboolean
smooth_i_surface_attach_jpeg (cairo_surface_t *surface)
{
  Writer writer = { .width = cairo_image_surface_get_width (surface), .height = cairo_image_surface_get_height (surface) };

  cairo_surface_flush (surface);
  writer.pixels = cairo_image_surface_get_data (surface);
  writer.stride = cairo_image_surface_get_stride (surface);
  if (writer.pixels == NULL)
    return FALSE;
  writer.row = g_malloc (3 * (gsize) writer.width);
  gboolean done = write_jpeg (&writer);
  jpeg_destroy_compress (&writer.jpeg);
  g_free (writer.row);
  /* The data are libjpeg's, by malloc(). */
  if (done && cairo_surface_set_mime_data (surface, CAIRO_MIME_TYPE_JPEG, writer.data, writer.length, free, writer.data) == CAIRO_STATUS_SUCCESS)
    return TRUE;
  free (writer.data);
  return FALSE;
}
