/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of unpacking: all that zlib packs comes back, and nothing that is cut, longer or shorter than it is said to be. */
#include "base/rng.h"
#include "files/inflate.h"

#include <string.h>
#include <zlib.h>

#define MAX_LENGTH 70000
#define N_STREAMS 600

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
  gboolean done = smooth_i_inflate_into (from, n_packed, to, n);

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

/* What is longer than it may be is refused, and so is what is none; a 0 stands behind the end. */
static void
test_bounds (void)
{
  Stream stream = { .bytes = g_malloc0 (MAX_LENGTH), .packed = g_malloc (2 * MAX_LENGTH), .n = 5000 };
  gsize n;

  for (gint is_gzip = 0; is_gzip < 2; is_gzip++)
    {
      z_stream z = { .next_in = stream.bytes, .avail_in = (uInt) stream.n, .next_out = stream.packed, .avail_out = 2 * MAX_LENGTH };
      g_assert_cmpint (deflateInit2 (&z, 9, Z_DEFLATED, 15 + 16 * is_gzip, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
      g_assert_cmpint (deflate (&z, Z_FINISH), ==, Z_STREAM_END);
      stream.n_packed = z.total_out;
      deflateEnd (&z);
      g_autofree guint8 *whole = smooth_i_inflate (stream.packed, stream.n_packed, stream.n, &n), *more = smooth_i_inflate (stream.packed, stream.n_packed, G_MAXSIZE, &n);
      g_assert_cmpuint (n, ==, stream.n);
      g_assert_true (memcmp (whole, stream.bytes, stream.n + 1) == 0 && memcmp (more, stream.bytes, stream.n + 1) == 0);
      g_assert_null (smooth_i_inflate (stream.packed, stream.n_packed, stream.n - 1, &n));
      for (gsize cut = 0; cut < stream.n_packed; cut++)
        g_assert_null (smooth_i_inflate (stream.packed, cut, stream.n, &n));
    }
  g_free (stream.bytes);
  g_free (stream.packed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/inflate/streams", test_streams);
  g_test_add_func ("/files/inflate/bounds", test_bounds);
  return g_test_run ();
}
