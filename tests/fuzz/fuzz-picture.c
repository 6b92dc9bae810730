/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the PNG, JPEG and TIFF decoders: what they accept must be a premultiplied picture of the promised size. */
#include "files/picture-private.h"
#include "fuzz.h"

#define MAX_PIXELS (1 << 20) /* large ones only cost time */

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SmoothPictureSource source = { .data = data, .length = size, .path = "input", .max_pixels = MAX_PIXELS };
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothPicture) picture = smooth_i_picture_decode (&source, NULL, &error);

  fuzz_check_error (picture != NULL, error);
  if (picture == NULL)
    return 0;
  FUZZ_CHECK ((gint64) picture->width * picture->height <= MAX_PIXELS);
  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      {
        guint32 pixel = smooth_picture_get_pixel (picture, x, y);
        for (gint shift = 0; shift < 24; shift += 8)
          FUZZ_CHECK ((pixel >> shift & 255) <= pixel >> 24);
      }
  return 0;
}
