/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the unpacking of chunks. The first two bytes say how long what comes out shall be, the others are the stream; what is
 * accepted must be what zlib makes of it. */
#include "files/inflate.h"

#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  if (size < 2)
    return 0;
  gsize n = data[0] | (gsize) data[1] << 8;
  g_autofree guint8 *from = g_memdup2 (data + 1, size - 1); /* one byte more than the stream, before it */
  g_autofree guint8 *ours = g_malloc (n + 1), *zlibs = g_malloc (n + 1);
  uLongf length = n + 1;

  if (!smooth_i_inflate (from + 1, size - 2, ours, n))
    return 0;
  if (uncompress (zlibs, &length, from + 1, size - 2) != Z_OK || length != n || memcmp (ours, zlibs, n) != 0)
    g_error ("zlib disagrees");
  return 0;
}
