/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an array of a Zarr store: its version, 2 or 3, its description up to a NUL, and the file of a chunk. What is unpacked has
 * the size that the description gives. */
#include "files/zarr-private.h"

#include "fuzz.h"

#include <string.h>

#define LARGEST ((gsize) 1 << 20) /* bytes of a chunk that is unpacked: larger ones only take time */

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const uint8_t *end = size > 1 ? memchr (data + 1, '\0', size - 1) : NULL;
  g_autoptr (GError) error = NULL;
  g_auto (ZarrArray) array = { 0 };

  if (end == NULL)
    return 0;
  g_autofree char *text = g_strndup ((const char *) data + 1, (gsize) (end - data - 1));
  g_autoptr (SmoothJson) json = smooth_json_new_from_text (text, strlen (text), "input", &error);
  gboolean good = json != NULL && smooth_i_zarr_array_parse (&array, json, data[0] == '3', &error);
  fuzz_check_error (good, error);
  if (!good || array.kind == 0)
    return 0;
  FUZZ_CHECK (array.rank >= 0 && array.rank <= ZARR_MAX_RANK && array.n_codecs >= 0 && array.n_codecs <= ZARR_MAX_CODECS);
  for (gint d = 0; d < array.rank; d++)
    FUZZ_CHECK (array.shape[d] >= 0 && (array.chunk[d] > 0 || array.n_elements == 0));

  if ((gsize) array.chunk_elements * MAX (array.item, 1) > LARGEST)
    return 0;
  g_autoptr (GBytes) packed = g_bytes_new (end + 1, size - (gsize) (end + 1 - data));
  g_autoptr (GBytes) bytes = smooth_i_zarr_unpack (&array, packed, "chunk", &error);
  fuzz_check_error (bytes != NULL, error);
  if (bytes == NULL)
    return 0;
  if (array.kind != 's')
    {
      FUZZ_CHECK (g_bytes_get_size (bytes) == (gsize) array.chunk_elements * array.item);
      return 0;
    }
  FUZZ_CHECK (g_bytes_get_size (bytes) <= ZARR_MAX_CHUNK);
  g_auto (GStrv) texts = smooth_i_zarr_dup_texts (bytes, array.chunk_elements, "chunk", &error);
  fuzz_check_error (texts != NULL, error);
  FUZZ_CHECK (texts == NULL || (gint64) g_strv_length (texts) == array.chunk_elements);
  return 0;
}
