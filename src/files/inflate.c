/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deflate, for chunks of numbers: input and output lie in memory as a whole, and most of the output are long runs of zeros,
 * which are set at once. On chunks of counts that is several times faster than zlib, which works piece by piece.
 *
 * A stream is a sequence of blocks of symbols: bytes, the end, and lengths, each followed by a distance: so many bytes are
 * repeated from so far back. Symbols have Huffman codes of up to 15 bits, which a block states by their lengths alone. Codes
 * of up to TABLE_BITS bits are found in a table by the next bits of the input, longer ones bit by bit.
 *
 * Sources: P. Deutsch, J.-L. Gailly, 'ZLIB Compressed Data Format Specification', RFC 1950 (1996); P. Deutsch, 'DEFLATE
 * Compressed Data Format Specification', RFC 1951 (1996).
 */
#include "files/inflate.h"

#include <string.h>
#include <zlib.h>

#define MAX_BITS 15
#define TABLE_BITS 10
#define N_LITERALS 288 /* with two that are never used */
#define N_DISTANCES 32 /* likewise */
#define END 256        /* of a block */

typedef struct
{
  guint16 table[1 << TABLE_BITS]; /* symbol << 4 | bits of its code, at every index that begins with the code; 0: a longer one */
  guint16 counts[MAX_BITS + 1];   /* codes of each length */
  guint16 symbols[N_LITERALS];    /* in the order of their codes */
} Code;

typedef struct
{
  const guint8 *next, *end; /* input */
  guint64 bits;             /* that were read, the next lowest */
  guint n_bits;
  guint n_beyond;           /* bytes behind the end that were taken for zeros */
  guint8 *start, *to, *limit; /* output: all, the next byte, and behind the last */
  Code literals, distances;
} Inflater;

/* ---- Bits ---- */

/* Has at least 56 bits afterwards. */
static inline void
refill (Inflater *in)
{
  guint64 word;

  if (G_LIKELY (in->end - in->next >= 8))
    {
      memcpy (&word, in->next, sizeof word);
      in->bits |= GUINT64_FROM_LE (word) << in->n_bits;
      in->next += (63 - in->n_bits) >> 3;
      in->n_bits |= 56;
      return;
    }
  for (; in->n_bits < 56; in->n_bits += 8)
    if (in->next < in->end)
      in->bits |= (guint64) *in->next++ << in->n_bits;
    else
      in->n_beyond++;
}

/* @n: at most 32, of bits that are there */
static inline guint
take (Inflater *in, guint n)
{
  guint value = (guint) (in->bits & (((guint64) 1 << n) - 1));

  in->bits >>= n;
  in->n_bits -= n;
  return value;
}

/* Whether no bit was used that the input does not have. */
static inline gboolean
is_within (const Inflater *in)
{
  return in->n_beyond * 8 <= in->n_bits;
}

/* ---- Codes ---- */

/* FALSE where lengths leave codes over, or need more than there are. */
static gboolean
make_code (Code *code, const guint8 *lengths, gint n)
{
  guint16 firsts[MAX_BITS + 2] = { 0 }; /* place among symbols of the first with a code of that length */
  guint next[MAX_BITS + 2] = { 0 };     /* code of each length */
  gint left = 1;

  memset (code->counts, 0, sizeof code->counts);
  for (gint i = 0; i < n; i++)
    code->counts[lengths[i]]++;
  code->counts[0] = 0;
  for (gint b = 1; b <= MAX_BITS; b++)
    {
      left = 2 * left - code->counts[b];
      if (left < 0)
        return FALSE;
      firsts[b + 1] = (guint16) (firsts[b] + code->counts[b]);
      next[b + 1] = (next[b] + code->counts[b]) << 1;
    }
  if (left != 0)
    return FALSE;
  memset (code->table, 0, sizeof code->table);
  for (gint i = 0; i < n; i++)
    {
      guint b = lengths[i], reversed = 0;
      if (b == 0)
        continue;
      code->symbols[firsts[b]++] = (guint16) i;
      guint word = next[b]++;
      for (guint k = 0; k < b; k++)
        reversed |= (word >> k & 1) << (b - 1 - k);
      for (guint at = reversed; b <= TABLE_BITS && at < 1 << TABLE_BITS; at += 1U << b)
        code->table[at] = (guint16) ((guint) i << 4 | b);
    }
  return TRUE;
}

/* The symbol of a code that is longer than the table. */
static guint
take_long (Inflater *in, const Code *code)
{
  guint word = 0, first = 0, place = 0;

  for (gint b = 1; b <= MAX_BITS; b++)
    {
      word |= take (in, 1);
      guint count = code->counts[b];
      if (word - first < count)
        return code->symbols[place + (word - first)];
      place += count;
      first = (first + count) << 1;
      word <<= 1;
    }
  return G_MAXUINT; /* not with codes that are complete */
}

static inline guint
take_symbol (Inflater *in, const Code *code)
{
  guint entry = code->table[in->bits & ((1 << TABLE_BITS) - 1)];

  if (G_UNLIKELY (entry == 0))
    return take_long (in, code);
  (void) take (in, entry & 15);
  return entry >> 4;
}

/* ---- Blocks ---- */

static void
set_fixed_codes (Inflater *in)
{
  guint8 lengths[N_LITERALS];

  memset (lengths, 8, 144);
  memset (lengths + 144, 9, 112);
  memset (lengths + 256, 7, 24);
  memset (lengths + 280, 8, 8);
  (void) make_code (&in->literals, lengths, N_LITERALS);
  memset (lengths, 5, N_DISTANCES);
  (void) make_code (&in->distances, lengths, N_DISTANCES);
}

/* The lengths of both codes, which have a code of their own. */
static gboolean
read_codes (Inflater *in)
{
  static const guint8 order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
  guint8 lengths[N_LITERALS + N_DISTANCES] = { 0 };

  refill (in);
  guint n_literals = take (in, 5) + 257, n_distances = take (in, 5) + 1, n_lengths = take (in, 4) + 4;
  if (n_literals > N_LITERALS || n_distances > N_DISTANCES)
    return FALSE;
  for (guint i = 0; i < n_lengths; i++)
    {
      refill (in);
      lengths[order[i]] = (guint8) take (in, 3);
    }
  if (!make_code (&in->literals, lengths, 19))
    return FALSE;
  memset (lengths, 0, sizeof lengths);
  for (guint i = 0; i < n_literals + n_distances;)
    {
      refill (in);
      guint symbol = take_symbol (in, &in->literals), n = 1;
      guint8 length = symbol < 16 ? (guint8) symbol : 0;
      if (symbol == 16)
        {
          if (i == 0)
            return FALSE;
          length = lengths[i - 1];
          n = 3 + take (in, 2);
        }
      else if (symbol >= 17)
        n = symbol == 17 ? 3 + take (in, 3) : 11 + take (in, 7);
      if (n > n_literals + n_distances - i || !is_within (in))
        return FALSE;
      memset (lengths + i, length, n);
      i += n;
    }
  return make_code (&in->distances, lengths + n_literals, (gint) n_distances) && make_code (&in->literals, lengths, (gint) n_literals);
}

/* Repeats @n bytes from @distance bytes back: more than there are between, too. */
static inline void
repeat (guint8 *to, gsize distance, gsize n)
{
  const guint8 *from = to - distance;

  if (distance == 1)
    memset (to, *from, n);
  else if (distance >= n)
    memcpy (to, from, n);
  else
    while (n-- > 0)
      *to++ = *from++;
}

static gboolean
read_symbols (Inflater *in)
{
  static const guint16 lengths[29] = { 3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258 };
  static const guint8 length_bits[29] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
  static const guint16 distances[30] = { 1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                         193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577 };
  static const guint8 distance_bits[30] = { 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13 };

  for (;;)
    {
      refill (in);
      guint symbol = take_symbol (in, &in->literals);
      for (gint i = 0; i < 2 && symbol < END && in->to < in->limit; i++) /* 45 bits are there */
        {
          *in->to++ = (guint8) symbol;
          symbol = take_symbol (in, &in->literals);
        }
      if (symbol < END)
        {
          if (in->to == in->limit || !is_within (in))
            return FALSE;
          *in->to++ = (guint8) symbol;
          continue;
        }
      if (symbol == END)
        return is_within (in);
      if (symbol - (END + 1) >= G_N_ELEMENTS (lengths))
        return FALSE;
      refill (in); /* 5 + 15 + 13 bits at most */
      gsize n = lengths[symbol - (END + 1)] + take (in, length_bits[symbol - (END + 1)]);
      symbol = take_symbol (in, &in->distances);
      if (symbol >= G_N_ELEMENTS (distances))
        return FALSE;
      gsize distance = distances[symbol] + take (in, distance_bits[symbol]);
      if (distance > (gsize) (in->to - in->start) || n > (gsize) (in->limit - in->to) || !is_within (in))
        return FALSE;
      repeat (in->to, distance, n);
      in->to += n;
    }
}

/* Goes back to whole bytes that were not used. */
static gboolean
align (Inflater *in)
{
  if (!is_within (in))
    return FALSE;
  (void) take (in, in->n_bits & 7);
  in->next -= in->n_bits / 8 - in->n_beyond;
  in->bits = 0;
  in->n_bits = in->n_beyond = 0;
  return TRUE;
}

/* Bytes as they are. */
static gboolean
read_stored (Inflater *in)
{
  if (!align (in) || in->end - in->next < 4)
    return FALSE;
  gsize n = in->next[0] | (gsize) in->next[1] << 8, check = in->next[2] | (gsize) in->next[3] << 8;
  in->next += 4;
  if ((n ^ check) != 0xffff || n > (gsize) (in->end - in->next) || n > (gsize) (in->limit - in->to))
    return FALSE;
  memcpy (in->to, in->next, n);
  in->next += n;
  in->to += n;
  return TRUE;
}

static gboolean
read_blocks (Inflater *in)
{
  for (gboolean is_last = FALSE; !is_last;)
    {
      refill (in);
      is_last = take (in, 1) != 0;
      guint kind = take (in, 2);
      if (kind == 0 && !read_stored (in))
        return FALSE;
      if (kind == 1)
        set_fixed_codes (in);
      if (kind == 3 || (kind == 2 && !read_codes (in)) || (kind != 0 && !read_symbols (in)))
        return FALSE;
    }
  return align (in);
}

/**
 * smooth_i_inflate:
 * @from: @n_from bytes: a stream of zlib and nothing else
 * @to: (out): room for @n_to bytes
 *
 * For streams that are as expected; of others zlib knows more, also what is wrong with them.
 *
 * Returns: whether that is what they unpack to, by their checksum
 */
gboolean
smooth_i_inflate (const guint8 *from, gsize n_from, guint8 *to, gsize n_to)
{
  if (n_from < 6 || (from[0] & 15) != Z_DEFLATED || (from[1] & 32) != 0 || (from[0] << 8 | from[1]) % 31 != 0)
    return FALSE;

  Inflater in;
  in.next = from + 2;
  in.end = from + n_from - 4;
  in.bits = 0;
  in.n_bits = in.n_beyond = 0;
  in.start = in.to = to;
  in.limit = to + n_to;
  if (!read_blocks (&in) || in.to != in.limit || in.next != in.end)
    return FALSE;
  guint32 sum;
  memcpy (&sum, in.end, sizeof sum);
  return GUINT32_FROM_BE (sum) == (guint32) adler32_z (adler32 (0, NULL, 0), to, n_to);
}
