/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two readers of TIFF share: the messages of libtiff, the packings that are read, and those that libtiff does not know. */
#include "files/tiff-private.h"

#include <stdio.h>

#define JP2000 34712     /* as Xenium writes it */
#define JP2000_RGB 33005 /* as Aperio does */
#define MAX_PACKED ((guint64) 1 << 28) /* bytes of a tile */

static void
on_error (thandle_t handle, const char *module, const char *format, va_list args)
{
  SmoothTiffMessage *said = handle;

  (void) module;
  if (said != NULL && said->message[0] == '\0')
    vsnprintf (said->message, sizeof said->message, format, args);
}

/* libtiff's handlers are the process's: they are quiet, and tell the reader whose handle comes with the message. */
void
smooth_i_tiff_set_handlers (void)
{
  static gsize is_done = 0;

  if (g_once_init_enter (&is_done))
    {
      TIFFSetErrorHandler (NULL);
      TIFFSetWarningHandler (NULL);
      TIFFSetErrorHandlerExt (on_error);
      g_once_init_leave (&is_done, 1);
    }
}

static gboolean
is_jpeg2000 (guint16 compression)
{
  return compression == JP2000 || compression == JP2000_RGB;
}

/* Packings that bombs cannot be made of: none packs better than some thousand to one. */
gboolean
smooth_i_tiff_can_unpack (guint16 compression)
{
  static const guint16 codecs[] = { COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE, COMPRESSION_PACKBITS,
                                    COMPRESSION_JPEG, COMPRESSION_ZSTD };

  for (gsize i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (compression == codecs[i])
      return TIFFIsCODECConfigured (compression);
  return is_jpeg2000 (compression);
}

static gboolean
read_jpeg2000 (TIFF *tiff, guint32 tile, const SmoothTiffPart *part, guint8 *samples, SmoothTiffMessage *said)
{
  guint64 size = TIFFGetStrileByteCount (tiff, tile);
  g_autofree guint8 *packed = size > 0 && size <= MAX_PACKED ? g_try_malloc (size) : NULL;

  return packed != NULL && TIFFReadRawTile (tiff, tile, packed, (tmsize_t) size) == (tmsize_t) size
         && smooth_i_jpeg2000_decode (packed, size, part, samples, said);
}

/**
 * smooth_i_tiff_read_tile:
 * @part: the tiles of the present picture
 * @samples: gets the tile that holds the pixel (@left, @top) of the samples @pass, or of all where they lie together
 * @said: gets what a library says first
 */
gboolean
smooth_i_tiff_read_tile (TIFF *tiff, const SmoothTiffPart *part, guint8 *samples, guint32 left, guint32 top, guint16 pass,
                         SmoothTiffMessage *said)
{
  guint16 compression = COMPRESSION_NONE;

  TIFFGetFieldDefaulted (tiff, TIFFTAG_COMPRESSION, &compression);
  if (is_jpeg2000 (compression))
    return read_jpeg2000 (tiff, TIFFComputeTile (tiff, left, top, 0, pass), part, samples, said);
  return TIFFReadTile (tiff, samples, left, top, 0, pass) >= 0;
}
