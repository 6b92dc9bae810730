/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles of TIFF that are packed by JPEG 2000, as Xenium and Aperio write them: libtiff hands out their bytes, OpenJPEG unpacks them.
 */
#include "files/tiff-private.h"

#include <openjpeg.h>
#include <string.h>

/* The bytes of one tile. */
typedef struct
{
  const guint8 *data;
  gsize length, position;
} Bytes;

static OPJ_SIZE_T
on_read (void *to, OPJ_SIZE_T n, void *data)
{
  Bytes *bytes = data;
  gsize left = bytes->length - bytes->position;

  if (left == 0)
    return (OPJ_SIZE_T) -1;
  n = MIN (n, left);
  memcpy (to, bytes->data + bytes->position, n);
  bytes->position += n;
  return n;
}

static OPJ_OFF_T
on_skip (OPJ_OFF_T n, void *data)
{
  Bytes *bytes = data;

  if (n < 0 || (guint64) n > bytes->length - bytes->position)
    return -1;
  bytes->position += (gsize) n;
  return n;
}

static OPJ_BOOL
on_seek (OPJ_OFF_T to, void *data)
{
  Bytes *bytes = data;

  if (to < 0 || (guint64) to > bytes->length)
    return OPJ_FALSE;
  bytes->position = (gsize) to;
  return OPJ_TRUE;
}

static void
on_message (const char *text, void *data)
{
  SmoothTiffMessage *said = data;

  if (said->message[0] != '\0')
    return;
  g_strlcpy (said->message, text, sizeof said->message);
  g_strchomp (said->message);
}

/* Whether a picture is what its TIFF says: so many channels of so many bits, all of the size of the tile. */
static gboolean
is_as_said (const opj_image_t *image, const SmoothTiffPart *part)
{
  if (image->numcomps != part->n_samples)
    return FALSE;
  for (OPJ_UINT32 c = 0; c < image->numcomps; c++)
    {
      const opj_image_comp_t *channel = &image->comps[c];
      if (channel->w != part->width || channel->h != part->height || channel->dx != 1 || channel->dy != 1 || channel->sgnd != 0
          || channel->prec > part->bits)
        return FALSE;
    }
  return TRUE;
}

/* The channels side by side, as TIFF has them. */
static void
interleave (const opj_image_t *image, const SmoothTiffPart *part, void *samples)
{
  gsize n = (gsize) part->width * part->height, step = part->n_samples;
  gint32 most = (1 << part->bits) - 1;

  for (gsize c = 0; c < step; c++)
    for (gsize i = 0; i < n; i++)
      {
        gint32 value = CLAMP (image->comps[c].data[i], 0, most);
        if (part->bits == 8)
          ((guint8 *) samples)[i * step + c] = (guint8) value;
        else
          ((guint16 *) samples)[i * step + c] = (guint16) value;
      }
}

static opj_stream_t *
open_stream (Bytes *bytes)
{
  opj_stream_t *stream = opj_stream_default_create (OPJ_TRUE);

  opj_stream_set_read_function (stream, on_read);
  opj_stream_set_skip_function (stream, on_skip);
  opj_stream_set_seek_function (stream, on_seek);
  opj_stream_set_user_data (stream, bytes, NULL);
  opj_stream_set_user_data_length (stream, bytes->length);
  return stream;
}

/**
 * smooth_i_jpeg2000_decode:
 * @data: @length bytes of a code stream, or of a JP2 file
 * @part: what it has to hold
 * @samples: gets part->width x part->height x part->n_samples of 8 or 16 bits
 * @said: gets what the library says first
 *
 * The size is compared before anything is unpacked.
 */
gboolean
smooth_i_jpeg2000_decode (const guint8 *data, gsize length, const SmoothTiffPart *part, void *samples, SmoothTiffMessage *said)
{
  static const guint8 mark[] = { 0xff, 0x4f, 0xff, 0x51 };
  Bytes bytes = { data, length, 0 };
  opj_dparameters_t settings;
  opj_image_t *image = NULL;
  gboolean is_stream = length > sizeof mark && memcmp (data, mark, sizeof mark) == 0;
  opj_codec_t *codec = opj_create_decompress (is_stream ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
  opj_stream_t *stream = open_stream (&bytes);

  opj_set_default_decoder_parameters (&settings);
  opj_set_error_handler (codec, on_message, said);
  gboolean ok = opj_setup_decoder (codec, &settings) && opj_read_header (stream, codec, &image) && is_as_said (image, part)
                && opj_decode (codec, stream, image) && opj_end_decompress (codec, stream);
  for (gsize c = 0; ok && c < part->n_samples; c++)
    ok = image->comps[c].data != NULL;
  if (ok)
    interleave (image, part, samples);
  else if (image != NULL)
    on_message ("a JPEG 2000 tile is not what the TIFF says", said);
  opj_image_destroy (image);
  opj_stream_destroy (stream);
  opj_destroy_codec (codec);
  return ok;
}
