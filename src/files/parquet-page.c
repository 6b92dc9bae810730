/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages of one column of a Parquet file: unpacked, their levels and values decoded, and put into cells as texts.
 *
 * A chunk is a sequence of pages, each with a header in Thrift: at most one dictionary, then data. A data page holds, for
 * columns that may lack values, a level for each row (1: there is a value), and then the values that are there: plain, or
 * numbers of the dictionary. In pages of version 2 levels stand before what is compressed.
 *
 * Source: Apache Parquet, 'parquet.thrift' and 'Encodings.md'.
 */
#include "files/parquet-private.h"

#include "base/error.h"
#include "files/decimal.h"
#include "files/inflate.h"

#include <math.h>
#include <snappy-c.h>
#include <string.h>
#include <zstd.h>

#define MAX_PAGE ((gint64) 1 << 28)  /* bytes of a page once unpacked */
#define MAX_TEXT ((gsize) 1 << 31)   /* bytes of all cells */

enum { CODEC_NONE = 0, CODEC_SNAPPY = 1, CODEC_GZIP = 2, CODEC_ZSTD = 6 };
enum { PAGE_DATA = 0, PAGE_INDEX = 1, PAGE_DICTIONARY = 2, PAGE_DATA_2 = 3 };
enum { PLAIN = 0, PLAIN_DICTIONARY = 2, RLE = 3, RLE_DICTIONARY = 8 };

/* What the header of a page says; -1 for what it does not. */
typedef struct
{
  gint64 type, unpacked_size, packed_size;
  gint64 n_values, encoding, level_encoding, level_bytes, repetition_bytes;
  gboolean is_packed;
} PageHeader;

/* What is known while a chunk is read. */
typedef struct
{
  ParquetCells *cells;
  const ParquetColumn *column;
  gint64 col, codec;
  gint64 row, end_row; /* the next one, and the one behind the last */
  guint64 *words;      /* the dictionary: offsets of its texts */
  gint64 n_words;
} Chunk;

G_GNUC_PRINTF (3, 4)
static gboolean
fail (const Chunk *chunk, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  smooth_i_error_set_valist (error, SMOOTH_ERROR_FORMAT, format, args);
  va_end (args);
  smooth_error_prefix (error, "%s: column '%s', from row %" PRId64 ": ", chunk->cells->path, chunk->column->name, chunk->row);
  return FALSE;
}

static void
read_data_header (Thrift *thrift, PageHeader *header, gboolean second)
{
  ThriftField field = { THRIFT_STOP, 0 };

  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    {
      gboolean is_number = field.type >= THRIFT_BYTE && field.type <= THRIFT_I64;
      gint64 *value = NULL;
      if (field.id == 1)
        value = &header->n_values;
      else if (field.id == (second ? 4 : 2))
        value = &header->encoding;
      else if (field.id == 3 && !second)
        value = &header->level_encoding;
      else if (field.id == 5 && second)
        value = &header->level_bytes;
      else if (field.id == 6 && second)
        value = &header->repetition_bytes;
      if (field.id == 7 && second)
        header->is_packed = field.type != THRIFT_FALSE;
      if (value != NULL && is_number)
        *value = thrift_read_integer (thrift);
      else
        thrift_skip (thrift, field.type);
    }
}

static gboolean
read_header (const Chunk *chunk, Thrift *thrift, PageHeader *header, GError **error)
{
  ThriftField field = { THRIFT_STOP, 0 };

  *header = (PageHeader){ -1, -1, -1, -1, -1, -1, 0, 0, TRUE };
  while ((field = thrift_next_field (thrift, field.id)).type != THRIFT_STOP)
    if (field.id == 1 && field.type == THRIFT_I32)
      header->type = thrift_read_integer (thrift);
    else if (field.id == 2 && field.type == THRIFT_I32)
      header->unpacked_size = thrift_read_integer (thrift);
    else if (field.id == 3 && field.type == THRIFT_I32)
      header->packed_size = thrift_read_integer (thrift);
    else if ((field.id == 5 || field.id == 7) && field.type == THRIFT_STRUCT)
      read_data_header (thrift, header, FALSE);
    else if (field.id == 8 && field.type == THRIFT_STRUCT)
      read_data_header (thrift, header, TRUE);
    else
      thrift_skip (thrift, field.type);
  if (thrift->failed)
    return fail (chunk, error, "expected the header of a page, found other bytes");
  if (header->packed_size < 0 || header->packed_size > thrift->end - thrift->at)
    return fail (chunk, error, "expected a page of at most %" PRId64 " bytes, found one of %" PRId64,
                 (gint64) (thrift->end - thrift->at), header->packed_size);
  if (header->unpacked_size < 0 || header->unpacked_size > MAX_PAGE)
    return fail (chunk, error, "expected a page that unpacks to at most %" PRId64 " bytes, found %" PRId64, MAX_PAGE,
                 header->unpacked_size);
  return TRUE;
}

/* Returns: (transfer full): @n_to bytes */
static guint8 *
unpack (const Chunk *chunk, const guint8 *from, gsize n_from, gsize n_to, GError **error)
{
  static const struct { gint64 codec; const char *name; } others[] = { { 3, "LZO" }, { 4, "Brotli" }, { 5, "LZ4" }, { 7, "LZ4" } };
  g_autofree guint8 *to = g_try_malloc (n_to + 1);
  size_t size = n_to;
  gboolean good = FALSE;

  if (to == NULL)
    fail (chunk, error, "not enough memory for a page of %zu bytes", n_to);
  else if (chunk->codec == CODEC_NONE || chunk->codec == CODEC_SNAPPY || chunk->codec == CODEC_GZIP || chunk->codec == CODEC_ZSTD)
    {
      if (chunk->codec == CODEC_NONE && n_from == n_to)
        good = memcpy (to, from, n_to) != NULL;
      else if (chunk->codec == CODEC_SNAPPY)
        good = snappy_uncompressed_length ((const char *) from, n_from, &size) == SNAPPY_OK && size == n_to
               && snappy_uncompress ((const char *) from, n_from, (char *) to, &size) == SNAPPY_OK;
      else if (chunk->codec == CODEC_ZSTD)
        good = ZSTD_decompress (to, n_to, from, n_from) == n_to;
      else if (chunk->codec == CODEC_GZIP)
        good = smooth_i_inflate_into (from, n_from, to, n_to);
      if (!good)
        fail (chunk, error, "expected a page that unpacks to %zu bytes, found a damaged one", n_to);
    }
  else
    {
      const char *name = "an unknown one";
      for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
        if (others[i].codec == chunk->codec)
          name = others[i].name;
      fail (chunk, error, "expected no compression, Snappy, gzip or zstd, found %s", name);
    }
  return good ? g_steal_pointer (&to) : NULL;
}

/**
 * smooth_i_unpack_runs:
 * @at: (inout): the runs
 * @width: bits of a number, 0 to 32
 * @values: (out): @n of them
 *
 * Runs of one repeated number and of packed ones, mixed. FALSE where they end too early.
 */
gboolean
smooth_i_unpack_runs (const guint8 **at, const guint8 *end, gint width, guint32 *values, gint64 n)
{
  Thrift input = { *at, end, FALSE };

  for (gint64 i = 0; i < n;)
    {
      gint64 zigzag = thrift_read_integer (&input); /* of which the plain number is wanted */
      guint64 head = ((guint64) zigzag << 1) ^ (guint64) (zigzag >> 63);
      guint64 bytes = head & 1 ? (head >> 1) * (guint64) width : (guint64) (width + 7) / 8;
      guint64 count = head & 1 ? (head >> 1) * 8 : head >> 1;
      if (input.failed || head >> 1 > G_MAXINT32 || count == 0)
        return FALSE;
      /* The last packed group may be cut where its numbers are not wanted. */
      if (bytes > (guint64) (input.end - input.at) && !(head & 1 && (guint64) (input.end - input.at) * 8 >= (guint64) (n - i) * (guint64) width))
        return FALSE;
      bytes = MIN (bytes, (guint64) (input.end - input.at));
      guint32 repeated = 0;
      for (guint64 b = 0; !(head & 1) && b < bytes; b++)
        repeated |= (guint32) input.at[b] << (8 * b);
      for (guint64 k = 0; k < count && i < n; k++, i++)
        {
          guint32 value = repeated;
          if (head & 1)
            {
              value = 0;
              for (gint b = 0; b < width; b++)
                {
                  guint64 bit = k * (guint64) width + (guint64) b;
                  value |= (guint32) (input.at[bit / 8] >> (bit % 8) & 1) << b;
                }
            }
          values[i] = value;
        }
      input.at += bytes;
    }
  *at = input.at;
  return TRUE;
}

static guint64
read_little (const guint8 *bytes, gint n)
{
  guint64 value = 0;

  for (gint i = 0; i < n; i++)
    value |= (guint64) bytes[i] << (8 * i);
  return value;
}

static double
read_float (const guint8 *bytes, gboolean is_double)
{
  guint64 bits = read_little (bytes, is_double ? 8 : 4);
  guint32 half = (guint32) bits;
  double value;
  float single;

  memcpy (&value, &bits, sizeof value);
  memcpy (&single, &half, sizeof single);
  return is_double ? value : single;
}

static void
format_number (const ParquetColumn *column, const guint8 *bytes, char text[SMOOTH_I_DECIMAL_SIZE])
{
  gboolean is_wide = column->type == PARQUET_INT64;
  guint64 bits = column->type == PARQUET_INT32 || is_wide ? read_little (bytes, is_wide ? 8 : 4) : 0;

  if (column->type == PARQUET_FLOAT || column->type == PARQUET_DOUBLE)
    {
      double value = read_float (bytes, column->type == PARQUET_DOUBLE);
      if (isfinite (value))
        smooth_i_format_number (value, text);
      else
        g_strlcpy (text, isnan (value) ? "nan" : value > 0.0 ? "inf" : "-inf", SMOOTH_I_DECIMAL_SIZE);
    }
  else if (column->is_unsigned)
    g_snprintf (text, SMOOTH_I_DECIMAL_SIZE, "%" G_GUINT64_FORMAT, bits);
  else
    g_snprintf (text, SMOOTH_I_DECIMAL_SIZE, "%" G_GINT64_FORMAT, is_wide ? (gint64) bits : (gint64) (gint32) bits);
}

/* Appends a text to the buffer. Returns: its offset; 0 with an error */
static guint64
add_text (const Chunk *chunk, const char *text, gsize length, GError **error)
{
  GString *buffer = chunk->cells->text;
  guint64 offset = buffer->len;

  if (!g_utf8_validate_len (text, length, NULL))
    return (guint64) fail (chunk, error, "expected UTF-8 text, found other bytes");
  if (length == 0)
    return 0;
  if (length > MAX_TEXT - buffer->len)
    return (guint64) fail (chunk, error, "expected at most 2 GB of text, found more");
  g_string_append_len (buffer, text, (gssize) length);
  g_string_append_c (buffer, '\0');
  return offset;
}

/* Bytes of a plain value; 0 where each has its own. */
static gint64
get_width (const ParquetColumn *column)
{
  static const gint64 widths[] = { [PARQUET_INT32] = 4, [PARQUET_INT64] = 8, [PARQUET_FLOAT] = 4, [PARQUET_DOUBLE] = 8 };

  if (column->type == PARQUET_FIXED)
    return column->width;
  return column->type >= 0 && column->type < (gint64) G_N_ELEMENTS (widths) ? widths[column->type] : 0;
}

/* Reads the plain value at *@at. FALSE with an error where it is cut short, or no text. */
static gboolean
read_plain (const Chunk *chunk, const guint8 **at, const guint8 *end, guint64 *offset, GError **error)
{
  const ParquetColumn *column = chunk->column;
  gboolean is_text = column->type == PARQUET_BYTES || column->type == PARQUET_FIXED;
  gint64 width = get_width (column), left = end - *at;
  g_autoptr (GError) cause = NULL;
  char number[SMOOTH_I_DECIMAL_SIZE];

  if (column->type == PARQUET_BYTES)
    {
      width = left >= 4 ? (gint64) read_little (*at, 4) : left;
      *at += MIN (left, 4);
      left -= 4;
    }
  if (left < width)
    return fail (chunk, error, "expected a value of %" PRId64 " bytes, found %" PRId64, width, MAX (left, 0));
  if (!is_text)
    format_number (column, *at, number);
  *offset = add_text (chunk, is_text ? (const char *) *at : number, is_text ? (gsize) width : strlen (number), &cause);
  *at += width;
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gboolean
read_dictionary (Chunk *chunk, const PageHeader *header, const guint8 *at, const guint8 *end, GError **error)
{
  if (chunk->words != NULL || (header->encoding != PLAIN && header->encoding != PLAIN_DICTIONARY))
    return fail (chunk, error, "expected one plain dictionary, found another");
  if (header->n_values < 0 || header->n_values > end - at)
    return fail (chunk, error, "expected a dictionary of at most %" PRId64 " values, found %" PRId64, (gint64) (end - at),
                 header->n_values);
  chunk->words = g_new0 (guint64, header->n_values + 1);
  chunk->n_words = header->n_values;
  for (gint64 i = 0; i < chunk->n_words; i++)
    if (!read_plain (chunk, &at, end, &chunk->words[i], error))
      return FALSE;
  return TRUE;
}

static void
set_cell (const Chunk *chunk, gint64 row, guint64 offset)
{
  chunk->cells->cells[row * chunk->cells->n_cols + chunk->col] = offset;
}

/* Values of two kinds: bits in bytes, or runs of them. */
static gboolean
read_booleans (const Chunk *chunk, const PageHeader *header, const guint32 *levels, const guint8 *at, const guint8 *end, gint64 n_present,
               GError **error)
{
  g_autofree guint32 *bits = g_new0 (guint32, n_present + 1);
  guint64 words[2] = { add_text (chunk, "False", 5, NULL), add_text (chunk, "True", 4, NULL) };
  gboolean is_short = header->encoding == PLAIN ? (end - at) * 8 < n_present : end - at < 4;
  gint64 next = 0;

  if (is_short || (header->encoding != PLAIN && header->encoding != RLE))
    return fail (chunk, error, "expected %" PRId64 " booleans, found %" PRId64 " bytes", n_present, (gint64) (end - at));
  for (gint64 i = 0; header->encoding == PLAIN && i < n_present; i++)
    bits[i] = at[i / 8] >> (i % 8) & 1;
  at += 4; /* the number of bytes */
  if (header->encoding == RLE && !smooth_i_unpack_runs (&at, end, 1, bits, n_present))
    return fail (chunk, error, "expected runs of booleans, found too few");
  for (gint64 i = 0; i < header->n_values; i++)
    if (levels[i] == 1)
      set_cell (chunk, chunk->row + i, words[bits[next++] & 1]);
  return TRUE;
}

static gboolean
read_numbered (const Chunk *chunk, const PageHeader *header, const guint32 *levels, const guint8 *at, const guint8 *end, gint64 n_present,
               GError **error)
{
  g_autofree guint32 *numbers = g_new0 (guint32, n_present + 1);
  gint width = at < end ? *at++ : 0;
  gint64 next = 0;

  if (width > 32 || !smooth_i_unpack_runs (&at, end, width, numbers, n_present))
    return fail (chunk, error, "expected %" PRId64 " numbers of the dictionary, found fewer", n_present);
  for (gint64 i = 0; i < header->n_values; i++)
    {
      if (levels[i] != 1)
        continue;
      guint32 number = numbers[next++];
      if (number >= chunk->n_words)
        return fail (chunk, error, "expected a number of the dictionary below %" PRId64 ", found %u", chunk->n_words,
                     number);
      set_cell (chunk, chunk->row + i, chunk->words[number]);
    }
  return TRUE;
}

/* The values of a data page behind their levels. */
static gboolean
read_values (const Chunk *chunk, const PageHeader *header, const guint32 *levels, const guint8 *at, const guint8 *end, GError **error)
{
  gint64 n_present = 0;

  for (gint64 i = 0; i < header->n_values; i++)
    n_present += levels[i] == 1;
  if (n_present == 0)
    return TRUE;
  if (header->encoding == RLE_DICTIONARY || header->encoding == PLAIN_DICTIONARY)
    return read_numbered (chunk, header, levels, at, end, n_present, error);
  if (chunk->column->type == PARQUET_BOOLEAN)
    return read_booleans (chunk, header, levels, at, end, n_present, error);
  if (header->encoding != PLAIN)
    return fail (chunk, error, "expected plain values or a dictionary, found the encoding %" PRId64, header->encoding);
  for (gint64 i = 0; i < header->n_values; i++)
    {
      guint64 offset = 0;
      if (levels[i] == 1 && !read_plain (chunk, &at, end, &offset, error))
        return FALSE;
      set_cell (chunk, chunk->row + i, offset);
    }
  return TRUE;
}

/* Levels of a page of version 1 have their number of bytes before them. */
static gboolean
read_levels (const Chunk *chunk, const PageHeader *header, const guint8 **at, const guint8 *end, guint32 *levels, GError **error)
{
  gint64 n_bytes = header->level_bytes;

  for (gint64 i = 0; i < header->n_values; i++)
    levels[i] = 1;
  if (header->type == PAGE_DATA && chunk->column->is_optional)
    {
      if (header->level_encoding != RLE || end - *at < 4)
        return fail (chunk, error, "expected levels in runs, found others");
      n_bytes = (gint64) read_little (*at, 4);
      *at += 4;
    }
  if (n_bytes < 0 || n_bytes > end - *at)
    return fail (chunk, error, "expected levels of at most %" PRId64 " bytes, found %" PRId64, (gint64) (end - *at),
                 n_bytes);
  const guint8 *runs = *at;
  *at += n_bytes;
  if (chunk->column->is_optional && !smooth_i_unpack_runs (&runs, *at, 1, levels, header->n_values))
    return fail (chunk, error, "expected %" PRId64 " levels, found fewer", header->n_values);
  return TRUE;
}

static gboolean
read_data (Chunk *chunk, const PageHeader *header, const guint8 *page, GError **error)
{
  const guint8 *at = page, *end = page + header->packed_size;
  gboolean second = header->type == PAGE_DATA_2;
  g_autofree guint8 *unpacked = NULL;
  g_autofree guint32 *levels = NULL;

  if (header->n_values < 0 || header->n_values > chunk->end_row - chunk->row)
    return fail (chunk, error, "expected at most %" PRId64 " values, found %" PRId64, chunk->end_row - chunk->row,
                 header->n_values);
  if (header->repetition_bytes != 0)
    return fail (chunk, error, "expected a flat table, found repeated values");
  levels = g_try_new (guint32, header->n_values + 1);
  if (levels == NULL)
    return fail (chunk, error, "not enough memory for %" PRId64 " levels", header->n_values);
  if (second && !read_levels (chunk, header, &at, end, levels, error))
    return FALSE;
  if (!second || header->is_packed)
    {
      gint64 n_levels = second ? at - page : 0;
      if (header->unpacked_size < n_levels)
        return fail (chunk, error, "expected a page of more than its levels, found %" PRId64 " bytes",
                     header->unpacked_size);
      unpacked = unpack (chunk, at, (gsize) (end - at), (gsize) (header->unpacked_size - n_levels), error);
      if (unpacked == NULL)
        return FALSE;
      at = unpacked;
      end = unpacked + (header->unpacked_size - n_levels);
    }
  if (!second && !read_levels (chunk, header, &at, end, levels, error))
    return FALSE;
  if (!read_values (chunk, header, levels, at, end, error))
    return FALSE;
  chunk->row += header->n_values;
  return TRUE;
}

static gboolean
read_page (Chunk *chunk, Thrift *thrift, GError **error)
{
  PageHeader header;

  if (!read_header (chunk, thrift, &header, error))
    return FALSE;
  const guint8 *page = thrift->at;
  thrift->at += header.packed_size;
  if (header.type == PAGE_DATA || header.type == PAGE_DATA_2)
    return read_data (chunk, &header, page, error);
  if (header.type != PAGE_DICTIONARY)
    return TRUE;
  g_autofree guint8 *unpacked = unpack (chunk, page, (gsize) header.packed_size, (gsize) header.unpacked_size, error);
  return unpacked != NULL && read_dictionary (chunk, &header, unpacked, unpacked + header.unpacked_size, error);
}

/**
 * smooth_i_parquet_read_chunk:
 * @cells: gets the texts of @n_rows cells of column @col from row @first_row on; a missing value is an empty text
 * @codec: of the compression
 * @data: the pages
 */
gboolean
smooth_i_parquet_read_chunk (ParquetCells *cells, const ParquetColumn *column, gint64 col, gint64 codec, const guint8 *data,
                             gsize length, gint64 first_row, gint64 n_rows, GError **error)
{
  Chunk chunk = { .cells = cells, .column = column, .col = col, .codec = codec, .row = first_row, .end_row = first_row + n_rows };
  Thrift thrift = { data, data + length, FALSE };
  gboolean good = TRUE;

  while (good && chunk.row < chunk.end_row)
    good = thrift.at < thrift.end ? read_page (&chunk, &thrift, error)
                                  : fail (&chunk, error, "expected %" PRId64 " rows more, found the end of the column",
                                          chunk.end_row - chunk.row);
  g_free (chunk.words);
  return good;
}
