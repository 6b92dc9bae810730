/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of our own unpacking beside zlib's: all that zlib packs comes back, and nothing is taken that zlib refuses. */
#include "base/rng.h"
#include "files/inflate.h"

#include <string.h>
#include <zlib.h>

#define MAX_LENGTH 70000
#define N_STREAMS 600
#define N_DAMAGES 30

typedef struct
{
  SmoothRng rng;
  guint8 *bytes, *packed, *unpacked;
  gsize n, n_packed;
} Stream;

static guint
roll (Stream *stream, guint n)
{
  return smooth_i_rng_next (&stream->rng) % n;
}

/* Bytes of several kinds: noise, few symbols, mostly zeros, a zero end, repeats from far back, planes of ascending numbers. */
static void
fill (Stream *stream)
{
  guint kind = roll (stream, 6);

  stream->n = roll (stream, roll (stream, 8) == 0 ? MAX_LENGTH : 2000);
  for (gsize i = 0; i < stream->n; i++)
    {
      guint word = smooth_i_rng_next (&stream->rng) >> 8;
      guint8 byte = (guint8) word;
      switch (kind)
        {
        case 1: byte = (guint8) (word % 3); break;
        case 2: byte = word % 50 == 0 ? byte : 0; break;
        case 3: byte = i < stream->n / 4 ? byte : 0; break;
        case 4: byte = i > 500 && word % 9 != 0 ? stream->bytes[i - 500] : byte; break;
        case 5: byte = (guint8) (i / 5 + word % 2); break;
        default: break;
        }
      stream->bytes[i] = byte;
    }
}

/* By every strategy of zlib: stored, fixed and other codes. */
static void
pack (Stream *stream)
{
  z_stream z = { .next_in = stream->bytes, .avail_in = (uInt) stream->n, .next_out = stream->packed, .avail_out = 2 * MAX_LENGTH };

  g_assert_cmpint (deflateInit2 (&z, (int) roll (stream, 10), Z_DEFLATED, 15, 1 + (int) roll (stream, 9), (int) roll (stream, 5)), ==, Z_OK);
  g_assert_cmpint (deflate (&z, Z_FINISH), ==, Z_STREAM_END);
  stream->n_packed = z.total_out;
  deflateEnd (&z);
}

/* In memory of exactly that size, so that a step beyond is seen. */
static gboolean
unpack (Stream *stream, gsize n_packed, gsize n)
{
  g_autofree guint8 *from = g_memdup2 (stream->packed, MAX (n_packed, 1));
  g_autofree guint8 *to = g_malloc (MAX (n, 1));
  gboolean done = smooth_i_inflate (from, n_packed, to, n);

  memcpy (stream->unpacked, to, n);
  return done;
}

static void
test_streams (void)
{
  Stream stream = { .bytes = g_malloc (MAX_LENGTH), .packed = g_malloc (2 * MAX_LENGTH), .unpacked = g_malloc (MAX_LENGTH + 1) };

  for (guint i = 0; i < N_STREAMS; i++)
    {
      smooth_i_rng_init (&stream.rng, 5, i);
      fill (&stream);
      pack (&stream);
      g_assert_true (unpack (&stream, stream.n_packed, stream.n));
      g_assert_true (memcmp (stream.unpacked, stream.bytes, stream.n) == 0);
      g_assert_false (unpack (&stream, stream.n_packed, stream.n + 1));
      g_assert_false (stream.n > 0 && unpack (&stream, stream.n_packed, stream.n - 1));
      g_assert_false (unpack (&stream, stream.n_packed - 1, stream.n));
    }
  g_free (stream.bytes);
  g_free (stream.packed);
  g_free (stream.unpacked);
}

/* Some bits turned, or an end cut off: what is still accepted is what zlib makes of it. */
static void
test_damages (void)
{
  Stream stream = { .bytes = g_malloc (MAX_LENGTH), .packed = g_malloc (2 * MAX_LENGTH), .unpacked = g_malloc (MAX_LENGTH + 1) };

  gint n_ours = 0;

  for (guint i = 0; i < N_STREAMS; i++)
    for (gint k = 0; k < N_DAMAGES; k++)
      {
        smooth_i_rng_init (&stream.rng, 6, i);
        fill (&stream);
        pack (&stream);
        smooth_i_rng_init (&stream.rng, 7 + (guint64) k, i);
        for (guint flips = roll (&stream, 4); flips > 0; flips--)
          stream.packed[roll (&stream, (guint) stream.n_packed)] ^= (guint8) (1 << roll (&stream, 8));
        gsize n_packed = roll (&stream, 3) > 0 ? stream.n_packed : roll (&stream, (guint) stream.n_packed);
        uLongf n = stream.n;
        gboolean ours = unpack (&stream, n_packed, stream.n);
        gboolean zlibs = uncompress (stream.bytes, &n, stream.packed, n_packed) == Z_OK && n == stream.n;
        g_assert_true (zlibs || !ours);
        n_ours += ours;
        if (ours)
          g_assert_true (memcmp (stream.unpacked, stream.bytes, stream.n) == 0);
        if (stream.n > 5000)
          break;
      }
  g_assert_cmpint (n_ours, >, 1000); /* those without damage at least */
  g_free (stream.bytes);
  g_free (stream.packed);
  g_free (stream.unpacked);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/inflate/streams", test_streams);
  g_test_add_func ("/files/inflate/damages", test_damages);
  return g_test_run ();
}
