/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two ways of packing chunks that the library of HDF5 lacks and AnnData files use: LZF, which h5py brings, and zstd. They are
 * built in for reading, since filters are not loaded from outside.
 *
 * LZF is a sequence of runs: a byte c < 32 stands before c + 1 bytes that are taken as they are; else its upper three bits are
 * a length (7: plus the next byte) and its lower five with another byte a distance: that many bytes and two are taken from so
 * far back, and one more.
 */
#include "files/hdf5-private.h"

#include <string.h>
#include <zstd.h>

#define LZF 32000
#define LZF_RATIO 264 /* of 3 bytes: more than it can reach */
#define ZSTD 32015
#define MAX_CHUNK ((gsize) 1 << 28)

/**
 * smooth_i_unpack_lzf:
 * @to: (out): room for @n_to bytes
 *
 * Returns: the number of bytes that came out; 0 where the input is damaged or there is not enough room
 */
gsize
smooth_i_unpack_lzf (const guint8 *from, gsize n_from, guint8 *to, gsize n_to)
{
  const guint8 *end = from + n_from;
  gsize n = 0;

  while (from < end)
    {
      guint8 head = *from++;
      if (head < 32)
        {
          gsize length = (gsize) head + 1;
          if (length > (gsize) (end - from) || length > n_to - n)
            return 0;
          memcpy (to + n, from, length);
          from += length;
          n += length;
          continue;
        }
      gsize length = head >> 5, distance = (gsize) (head & 31) << 8;
      if (length == 7 && from < end)
        length += *from++;
      if (from >= end)
        return 0;
      distance += *from++;
      if (distance + 1 > n || length + 2 > n_to - n)
        return 0;
      for (gsize i = 0; i < length + 2; i++, n++) /* the source may overlap what is written */
        to[n] = to[n - distance - 1];
    }
  return n;
}

/* Gives the unpacked bytes to the library, which frees both. */
static size_t
hand_over (void *unpacked, size_t n, size_t room, size_t *size, void **buffer)
{
  if (n == 0)
    {
      H5free_memory (unpacked);
      return 0;
    }
  H5free_memory (*buffer);
  *buffer = unpacked;
  *size = room;
  return n;
}

/* The size of an unpacked chunk is a hint that is too small for texts. */
static size_t
filter_lzf (unsigned flags, size_t n_values, const unsigned values[], size_t n, size_t *size, void **buffer)
{
  gsize most = MIN (n * LZF_RATIO, MAX_CHUNK), room = n_values >= 3 && values[2] > 0 ? values[2] : n;
  gsize out = 0;
  guint8 *unpacked = NULL;

  if (!(flags & H5Z_FLAG_REVERSE))
    return 0;
  for (room = MIN (room, MAX_CHUNK); out == 0; room = MIN (2 * room, most))
    {
      H5free_memory (unpacked);
      unpacked = H5allocate_memory (room, FALSE);
      out = unpacked != NULL ? smooth_i_unpack_lzf (*buffer, n, unpacked, room) : 0;
      if (out > 0 || room >= most || unpacked == NULL)
        break;
    }
  return hand_over (unpacked, out, room, size, buffer);
}

static size_t
filter_zstd (unsigned flags, size_t n_values, const unsigned values[], size_t n, size_t *size, void **buffer)
{
  unsigned long long room = ZSTD_getFrameContentSize (*buffer, n);
  guint8 *unpacked = (flags & H5Z_FLAG_REVERSE) && room > 0 && room <= MAX_CHUNK ? H5allocate_memory (room, FALSE) : NULL;

  (void) n_values;
  (void) values;
  if (unpacked == NULL)
    return 0;
  size_t out = ZSTD_decompress (unpacked, room, *buffer, n);
  return hand_over (unpacked, ZSTD_isError (out) ? 0 : out, room, size, buffer);
}

/* Makes both known to the library; to be called once. They say that they can pack, since a test makes files of packed chunks,
 * and fail when asked to. */
void
smooth_i_hdf5_add_filters (void)
{
  static const H5Z_class2_t filters[] = {
    { H5Z_CLASS_T_VERS, LZF, 1, 1, "LZF, reading only", NULL, NULL, filter_lzf },
    { H5Z_CLASS_T_VERS, ZSTD, 1, 1, "zstd, reading only", NULL, NULL, filter_zstd },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    if (H5Zfilter_avail (filters[i].id) <= 0)
      H5Zregister (&filters[i]);
}
