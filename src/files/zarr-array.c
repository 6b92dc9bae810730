/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The description of an array in a Zarr store (.zarray of version 2, zarr.json of version 3) and what its chunks hold.
 *
 * A chunk is unpacked into no more than its shape allows; of texts, whose length is not known before, into ZARR_MAX_CHUNK.
 */
#include "files/zarr-private.h"

#include "base/error.h"

#include <blosc.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define MAX_ELEMENTS ((gint64) 1 << 40)
#define MAX_RATIO 4096 /* of texts to packed bytes, where a packer does not say how many there are */

void
zarr_array_clear (ZarrArray *array)
{
  g_free (array->type);
}

/* ---- The description ---- */

static gboolean
read_sides (const SmoothJson *json, const char *member, gint64 least, gint *rank, gint64 *sides, gint64 *product, GError **error)
{
  const char *path = smooth_json_get_path (json);
  JsonArray *array = NULL;

  if (!smooth_json_get_array (json, member, SMOOTH_JSON_REQUIRED, &array, error))
    return FALSE;
  *rank = (gint) MIN (json_array_get_length (array), (guint) G_MAXINT);
  *product = 1;
  if (*rank > ZARR_MAX_RANK)
    return smooth_i_refuse (path, error, "%s: expected at most %d dimensions, found %d", member, ZARR_MAX_RANK, *rank);
  for (gint d = 0; d < *rank; d++)
    {
      double side;
      if (!smooth_json_node_get_number (json_array_get_element (array, (guint) d), &side) || side != floor (side) || side < (double) least
          || side > (double) MAX_ELEMENTS || (*product > 0 && side > (double) (MAX_ELEMENTS / *product)))
        return smooth_i_refuse (path, error, "%s: expected whole numbers of a sensible size, found others", member);
      sides[d] = (gint64) side;
      *product *= sides[d];
    }
  return TRUE;
}

static gboolean
add_codec (ZarrArray *array, const SmoothJson *json, const char *name, GError **error)
{
  static const struct { const char *name; ZarrCodec codec; } known[]
      = { { "gzip", ZARR_GZIP }, { "zlib", ZARR_GZIP }, { "zstd", ZARR_ZSTD }, { "blosc", ZARR_BLOSC }, { "crc32c", ZARR_CRC32C },
          { "numcodecs.zlib", ZARR_GZIP } };

  for (gsize i = 0; i < G_N_ELEMENTS (known) && array->n_codecs < ZARR_MAX_CODECS; i++)
    if (g_str_equal (name, known[i].name))
      {
        for (gint k = array->n_codecs++; k > 0; k--) /* the last that packed is the first to unpack */
          array->codecs[k] = array->codecs[k - 1];
        array->codecs[0] = known[i].codec;
        return TRUE;
      }
  return smooth_i_refuse (smooth_json_get_path (json), error, "expected chunks packed by gzip, zlib, zstd or blosc, found '%s'", name);
}

static void
set_type (ZarrArray *array, char kind, gint64 bits)
{
  if ((kind == 'f' && (bits == 32 || bits == 64)) || (strchr ("iu", kind) != NULL && (bits == 8 || bits == 16 || bits == 32 || bits == 64)))
    {
      array->kind = kind;
      array->item = (gsize) bits / 8;
    }
}

static void
read_fill (ZarrArray *array, const SmoothJson *json)
{
  JsonNode *node = smooth_json_get_node (json, "fill_value");

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return;
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    array->fill = json_node_get_boolean (node) ? 1.0 : 0.0;
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    array->fill = g_str_equal (json_node_get_string (node), "NaN")         ? NAN
                  : g_str_equal (json_node_get_string (node), "Infinity")  ? INFINITY
                  : g_str_equal (json_node_get_string (node), "-Infinity") ? -INFINITY
                                                                           : 0.0;
  else
    smooth_json_node_get_number (node, &array->fill);
}

static gboolean
need_text (const SmoothJson *json, const char *member, const char *const *allowed, const char **value, GError **error)
{
  if (!smooth_json_get_string (json, member, SMOOTH_JSON_OPTIONAL, value, error))
    return FALSE;
  if (g_strv_contains (allowed, *value))
    return TRUE;
  g_autofree char *words = g_strjoinv (", ", (char **) allowed);
  return smooth_i_refuse (smooth_json_get_path (json), error, "%s: expected one of %s, found '%s'", member, words, *value);
}

/* Types of version 2 are those of numpy: byte order, kind, bytes. */
static gboolean
parse_2 (ZarrArray *array, const SmoothJson *json, GError **error)
{
  const char *type = NULL, *order = "C", *separator = ".", *codec = NULL;
  JsonArray *filters = NULL;
  JsonNode *type_node = smooth_json_get_node (json, "dtype"), *compressor = smooth_json_get_node (json, "compressor");
  gint rank;

  if (type_node != NULL && JSON_NODE_HOLDS_ARRAY (type_node))
    array->type = g_strdup ("[...]"); /* compounds */
  else if (!smooth_json_get_string (json, "dtype", SMOOTH_JSON_REQUIRED, &type, error))
    return FALSE;
  else
    array->type = g_strdup (type);
  if (!read_sides (json, "shape", 0, &array->rank, array->shape, &array->n_elements, error)
      || !read_sides (json, "chunks", array->n_elements > 0, &rank, array->chunk, &array->chunk_elements, error))
    return FALSE;
  if (rank != array->rank)
    return smooth_i_refuse (smooth_json_get_path (json), error, "expected chunks of %d dimensions, as shape has, found %d", array->rank, rank);
  if (!need_text (json, "order", (const char *const[]){ "C", "F", NULL }, &order, error)
      || !need_text (json, "dimension_separator", (const char *const[]){ ".", "/", NULL }, &separator, error)
      || !smooth_json_get_array (json, "filters", SMOOTH_JSON_OPTIONAL, &filters, error))
    return FALSE;
  if (array->rank > 1 && *order == 'F')
    return smooth_i_refuse (smooth_json_get_path (json), error, "%s: expected one of %s, found '%s'", "order", "C", order);
  array->separator = *separator;
  if (filters != NULL && json_array_get_length (filters) > 0)
    {
      if (!smooth_json_get_string (json, "filters[0].id", SMOOTH_JSON_REQUIRED, &codec, error))
        return FALSE;
      if (json_array_get_length (filters) == 1 && g_str_equal (codec, "vlen-utf8"))
        array->kind = 's';
      else
        {
          g_free (array->type);
          array->type = g_strdup (codec);
        }
    }
  else if (type != NULL && strlen (type) >= 3 && strchr ("<>|", type[0]) != NULL)
    {
      array->is_big = type[0] == '>';
      if (g_str_equal (type, "|b1"))
        array->kind = 'b', array->item = 1;
      else
        set_type (array, type[1], 8 * CLAMP (g_ascii_strtoll (type + 2, NULL, 10), 0, 100));
    }
  if (compressor == NULL || JSON_NODE_HOLDS_NULL (compressor))
    return TRUE;
  return smooth_json_get_string (json, "compressor.id", SMOOTH_JSON_REQUIRED, &codec, error) && add_codec (array, json, codec, error);
}

/* Version 3: the codecs are a row of array to bytes ('bytes', or 'vlen-utf8' for texts) and bytes to bytes. */
static gboolean
parse_codecs (ZarrArray *array, const SmoothJson *json, GError **error)
{
  JsonArray *codecs = NULL;

  if (!smooth_json_get_array (json, "codecs", SMOOTH_JSON_REQUIRED, &codecs, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (codecs); i++)
    {
      g_autofree char *member = g_strdup_printf ("codecs[%u].name", i);
      g_autofree char *endian_member = g_strdup_printf ("codecs[%u].configuration.endian", i);
      const char *name = NULL, *endian = "little";
      if (!smooth_json_get_string (json, member, SMOOTH_JSON_REQUIRED, &name, error))
        return FALSE;
      if (i == 0 && g_str_equal (name, "sharding_indexed"))
        return smooth_i_refuse (smooth_json_get_path (json), error,
                                "expected chunks in a file each, found several in one (sharding), which is not read");
      if (i == 0 && g_str_equal (name, array->kind == 's' ? "vlen-utf8" : "bytes"))
        {
          if (array->kind != 's' && smooth_json_get_node (json, endian_member) != NULL
              && !need_text (json, endian_member, (const char *const[]){ "little", "big", NULL }, &endian, error))
            return FALSE;
          array->is_big = *endian == 'b';
        }
      else if (i == 0)
        return smooth_i_refuse (smooth_json_get_path (json), error, "%s: expected one of %s, found '%s'", member,
                                array->kind == 's' ? "vlen-utf8" : "bytes", name);
      else if (!add_codec (array, json, name, error))
        return FALSE;
    }
  if (json_array_get_length (codecs) == 0)
    return smooth_i_refuse (smooth_json_get_path (json), error, "%s: expected one of %s, found '%s'", "codecs",
                            array->kind == 's' ? "vlen-utf8" : "bytes", "");
  return TRUE;
}

static gboolean
parse_3 (ZarrArray *array, const SmoothJson *json, GError **error)
{
  static const struct { const char *name; char kind; } kinds[] = { { "float", 'f' }, { "int", 'i' }, { "uint", 'u' } };
  const char *type = NULL, *grid = "", *keys = "default", *separator = NULL;
  JsonNode *type_node = smooth_json_get_node (json, "data_type");
  gint rank;

  if (type_node != NULL && !JSON_NODE_HOLDS_VALUE (type_node))
    array->type = g_strdup ("{...}"); /* one of the extensions */
  else if (!smooth_json_get_string (json, "data_type", SMOOTH_JSON_REQUIRED, &type, error))
    return FALSE;
  else
    array->type = g_strdup (type);
  if (type == NULL)
    return TRUE;
  if (g_str_equal (type, "string"))
    array->kind = 's';
  else if (g_str_equal (type, "bool"))
    array->kind = 'b', array->item = 1;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (type, kinds[i].name))
      set_type (array, kinds[i].kind, CLAMP (g_ascii_strtoll (type + strlen (kinds[i].name), NULL, 10), 0, 1000));
  if (array->kind == 0)
    return TRUE;
  if (!need_text (json, "chunk_grid.name", (const char *const[]){ "regular", NULL }, &grid, error)
      || !read_sides (json, "shape", 0, &array->rank, array->shape, &array->n_elements, error)
      || !read_sides (json, "chunk_grid.configuration.chunk_shape", array->n_elements > 0, &rank, array->chunk, &array->chunk_elements, error))
    return FALSE;
  if (rank != array->rank)
    return smooth_i_refuse (smooth_json_get_path (json), error, "expected chunks of %d dimensions, as shape has, found %d", array->rank, rank);
  if (smooth_json_get_node (json, "chunk_key_encoding") != NULL
      && !need_text (json, "chunk_key_encoding.name", (const char *const[]){ "default", "v2", NULL }, &keys, error))
    return FALSE;
  array->has_c = *keys == 'd';
  separator = array->has_c ? "/" : ".";
  if (smooth_json_get_node (json, "chunk_key_encoding.configuration") != NULL
      && !need_text (json, "chunk_key_encoding.configuration.separator", (const char *const[]){ ".", "/", NULL }, &separator, error))
    return FALSE;
  array->separator = *separator;
  return parse_codecs (array, json, error);
}

/**
 * smooth_i_zarr_array_parse:
 * @array: (out): cleared by its cleanup even on error; its kind is 0 where elements are of a type that is not read
 * @json: .zarray, or zarr.json where @is_v3
 */
gboolean
smooth_i_zarr_array_parse (ZarrArray *array, const SmoothJson *json, gboolean is_v3, GError **error)
{
  *array = (ZarrArray){ 0 };
  if (!(is_v3 ? parse_3 (array, json, error) : parse_2 (array, json, error)))
    return FALSE;
  read_fill (array, json);
  gsize item = array->kind == 's' ? ZARR_TEXT_BYTES : MAX (array->item, 4);
  if (array->kind != 0 && (gsize) array->chunk_elements > ZARR_MAX_CHUNK / item)
    return smooth_i_refuse (smooth_json_get_path (json), error, "expected chunks of at most %" PRIu64 " bytes, found %" PRId64 " elements in one",
                            (guint64) ZARR_MAX_CHUNK, array->chunk_elements);
  return TRUE;
}

/* Returns: (transfer full): the type of elements in the store and in the HDF5 file alike */
hid_t
smooth_i_zarr_make_type (const ZarrArray *array)
{
  const hid_t sized[2][4] = { { H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE }, { H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE } };
  hid_t type;

  if (array->kind == 's')
    {
      type = H5Tcopy (H5T_C_S1);
      H5Tset_size (type, H5T_VARIABLE);
      H5Tset_cset (type, H5T_CSET_UTF8);
      return type;
    }
  if (array->kind == 'f')
    type = H5Tcopy (array->item == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE);
  else
    type = H5Tcopy (sized[array->kind != 'i'][array->item == 1 ? 0 : array->item == 2 ? 1 : array->item == 4 ? 2 : 3]);
  if (array->is_big)
    H5Tset_order (type, H5T_ORDER_BE);
  return type;
}

/* ---- Chunks ---- */

/* Returns: (transfer full): the file of the chunk at @at (numbers of chunks) in the folder of its array */
char *
smooth_i_zarr_dup_chunk_path (const char *folder, const ZarrArray *array, const gint64 *at)
{
  g_autoptr (GString) path = g_string_new (folder);

  g_string_append (path, array->has_c ? "/c" : "/");
  for (gint d = 0; d < array->rank; d++)
    {
      if (d > 0 || array->has_c)
        g_string_append_c (path, array->separator);
      g_string_append_printf (path, "%" PRId64, at[d]);
    }
  if (array->rank == 0 && !array->has_c)
    g_string_append_c (path, '0');
  return g_string_free (g_steal_pointer (&path), FALSE);
}

/* Moves on to the next chunk; FALSE behind the last. */
gboolean
smooth_i_zarr_step (const ZarrArray *array, gint64 *at)
{
  for (gint d = array->rank - 1; d >= 0; d--)
    {
      if ((++at[d]) * array->chunk[d] < array->shape[d])
        return TRUE;
      at[d] = 0;
    }
  return FALSE;
}


static guint32
sum_crc32c (const guint8 *bytes, gsize n)
{
  guint32 table[256], sum = 0xffffffffu;

  for (guint32 i = 0; i < 256; i++)
    {
      table[i] = i;
      for (gint k = 0; k < 8; k++)
        table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78u : 0);
    }
  for (gsize i = 0; i < n; i++)
    sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 255];
  return ~sum;
}

/* gzip and zlib: grows as it unpacks. NULL where the input is damaged or longer than @most. */
static GBytes *
unpack_gzip (const guint8 *from, gsize n, gsize most)
{
  z_stream stream = { .next_in = (Bytef *) from, .avail_in = (uInt) n };
  g_autoptr (GByteArray) to = g_byte_array_new ();
  guint8 block[16384];
  int code = Z_OK;

  if (inflateInit2 (&stream, 15 + 32) != Z_OK)
    return NULL;
  while (code == Z_OK && to->len <= most)
    {
      stream.next_out = block;
      stream.avail_out = sizeof block;
      code = inflate (&stream, Z_NO_FLUSH);
      g_byte_array_append (to, block, (guint) (sizeof block - stream.avail_out));
    }
  inflateEnd (&stream);
  return code == Z_STREAM_END && to->len <= most ? g_byte_array_free_to_bytes (g_steal_pointer (&to)) : NULL;
}

static GBytes *
unpack_zstd (const guint8 *from, gsize n, gsize most)
{
  unsigned long long stated = ZSTD_getFrameContentSize (from, n);
  gsize room = stated == ZSTD_CONTENTSIZE_UNKNOWN ? MIN (most, n * MAX_RATIO) : (gsize) MIN (stated, (unsigned long long) G_MAXSIZE);
  g_autofree guint8 *to = stated != ZSTD_CONTENTSIZE_ERROR && room <= most ? g_try_malloc (room + 1) : NULL;
  gsize out = to != NULL ? ZSTD_decompress (to, room, from, n) : 0;

  return to != NULL && !ZSTD_isError (out) ? g_bytes_new_take (g_steal_pointer (&to), out) : NULL;
}

static GBytes *
unpack_blosc (const guint8 *from, gsize n, gsize most)
{
  gsize room = 0;
  gboolean good = n >= BLOSC_MIN_HEADER_LENGTH && blosc_cbuffer_validate (from, n, &room) >= 0 && room <= most;
  g_autofree guint8 *to = good ? g_try_malloc (room + 1) : NULL;

  /* Not all room may be written where the input is damaged, and then less than all comes out. */
  if (to == NULL || (room > 0 && blosc_decompress_ctx (from, to, room, 1) != (int) room))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&to), room);
}

static GBytes *
check_crc32c (GBytes *bytes)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  guint32 stated;

  if (n < sizeof stated)
    return NULL;
  memcpy (&stated, data + n - sizeof stated, sizeof stated);
  return sum_crc32c (data, n - sizeof stated) == GUINT32_FROM_LE (stated) ? g_bytes_new_from_bytes (bytes, 0, n - sizeof stated) : NULL;
}

/**
 * smooth_i_zarr_unpack:
 * @packed: what the file of a chunk holds, at most ZARR_MAX_CHUNK
 * @place: its path, for messages
 *
 * Returns: (transfer full): the bytes of the chunk: of numbers as many as its shape says
 */
GBytes *
smooth_i_zarr_unpack (const ZarrArray *array, GBytes *packed, const char *place, GError **error)
{
  static const char *const names[] = { "gzip", "zstd", "blosc", "crc32c" };
  gsize whole = (gsize) array->chunk_elements * array->item;
  gsize most = array->kind == 's' ? ZARR_MAX_CHUNK : whole + (gsize) array->n_codecs * 1024; /* packed twice it may grow */
  g_autoptr (GBytes) bytes = g_bytes_ref (packed);

  for (gint k = 0; k < array->n_codecs; k++)
    {
      gsize n;
      const guint8 *data = g_bytes_get_data (bytes, &n);
      GBytes *next = array->codecs[k] == ZARR_GZIP    ? unpack_gzip (data, n, most)
                     : array->codecs[k] == ZARR_ZSTD  ? unpack_zstd (data, n, most)
                     : array->codecs[k] == ZARR_BLOSC ? unpack_blosc (data, n, most)
                                                      : check_crc32c (bytes);
      if (next == NULL)
        {
          smooth_i_refuse (place, error, "expected a whole chunk packed by %s, found %" PRIu64 " bytes that are damaged or unpack to more than %" PRIu64,
                           names[array->codecs[k]], (guint64) n, (guint64) most);
          return NULL;
        }
      g_bytes_unref (bytes);
      bytes = next;
    }
  if (array->kind != 's' && g_bytes_get_size (bytes) != whole)
    {
      smooth_i_refuse (place, error, "expected a chunk of %" PRIu64 " bytes, found %" PRIu64, (guint64) whole, (guint64) g_bytes_get_size (bytes));
      return NULL;
    }
  return g_steal_pointer (&bytes);
}

/**
 * smooth_i_zarr_dup_texts:
 * @unpacked: their number, then of each its length and its bytes (32 bits, little-endian)
 * @n: how many there must be
 *
 * Returns: (transfer full): @n texts, NULL-terminated
 */
char **
smooth_i_zarr_dup_texts (GBytes *unpacked, gint64 n, const char *place, GError **error)
{
  gsize left;
  const guint8 *data = g_bytes_get_data (unpacked, &left);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  guint32 number = 0;

  if (left >= 4)
    memcpy (&number, data, 4);
  if (left < 4 || GUINT32_FROM_LE (number) != n)
    {
      smooth_i_refuse (place, error, "expected %" PRId64 " texts, found %u", n, GUINT32_FROM_LE (number));
      return NULL;
    }
  for (data += 4, left -= 4; (gint64) texts->len < n;)
    {
      if (left >= 4)
        memcpy (&number, data, 4);
      gsize length = GUINT32_FROM_LE (number);
      if (left < 4 || length > left - 4 || memchr (data + 4, '\0', length) != NULL || !g_utf8_validate ((const char *) data + 4, (gssize) length, NULL))
        {
          smooth_i_refuse (place, error, "expected %" PRId64 " texts, found %u", n, texts->len);
          return NULL;
        }
      g_ptr_array_add (texts, g_strndup ((const char *) data + 4, length));
      data += 4 + length;
      left -= 4 + length;
    }
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
}
