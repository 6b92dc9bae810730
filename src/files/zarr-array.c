/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The description of an array in a Zarr store (.zarray of version 2, zarr.json of version 3) and what its chunks hold.
 *
 * A chunk is unpacked into no more than its shape allows; of texts, whose length is not known before, into ZARR_MAX_CHUNK.
 * A chunk of version 3 may be cut into smaller ones that lie in one file, a shard, with an index of their places.
 *
 * Source: 'Zarr core specification' 2 and 3, codecs 'sharding-indexed', 'bytes', 'vlen-utf8', 'crc32c'.
 */
#include "files/zarr-private.h"

#include "base/error.h"
#include "files/hdf5-private.h"
#include "files/inflate.h"

#include <blosc.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <zstd.h>

#define MAX_ELEMENTS ((gint64) 1 << 40)
#define MAX_RATIO 4096 /* of texts to packed bytes, where a packer does not say how many there are */

void
zarr_array_clear (ZarrArray *array)
{
  if (array->shard != NULL)
    zarr_array_clear (array->shard);
  g_free (array->shard);
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

/* The float whose bits are written in hexadecimal. */
static double
read_bits (const char *digits, gsize item)
{
  guint64 bits = g_ascii_strtoull (digits, NULL, 16);
  guint32 half = (guint32) bits;
  double wide = 0.0;
  float narrow = 0.0f;

  memcpy (&wide, &bits, sizeof wide);
  memcpy (&narrow, &half, sizeof narrow);
  return item == sizeof narrow ? (double) narrow : wide;
}

static void
read_fill (ZarrArray *array, const SmoothJson *json)
{
  JsonNode *node = smooth_json_get_node (json, "fill_value");

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return;
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    array->fill = json_node_get_boolean (node) ? 1.0 : 0.0;
  else if (json_node_get_value_type (node) == G_TYPE_STRING && g_str_has_prefix (json_node_get_string (node), "0x"))
    array->fill = read_bits (json_node_get_string (node) + 2, array->item);
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    array->fill = g_str_equal (json_node_get_string (node), "NaN")         ? NAN
                  : g_str_equal (json_node_get_string (node), "Infinity")  ? INFINITY
                  : g_str_equal (json_node_get_string (node), "-Infinity") ? -INFINITY
                                                                           : 0.0;
  else
    smooth_json_node_get_number (node, &array->fill);
}

/* @value: (inout): what an absent member stands for; NULL: it is required */
static gboolean
need_text (const SmoothJson *json, const char *member, const char *const *allowed, const char **value, GError **error)
{
  if (!smooth_json_get_string (json, member, *value != NULL ? SMOOTH_JSON_OPTIONAL : SMOOTH_JSON_REQUIRED, value, error))
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

static gboolean parse_codecs (ZarrArray *array, const SmoothJson *json, const char *list, GError **error);

/* The index is a list of places and lengths, 64 bits wide. */
static gboolean
parse_index (ZarrArray *array, const SmoothJson *json, const char *place, GError **error)
{
  static const char *const names[] = { "bytes", "crc32c" };
  g_autofree char *list = g_strconcat (place, ".index_codecs", NULL), *where = g_strconcat (place, ".index_location", NULL);
  const char *location = "end";
  JsonArray *codecs = NULL;

  if (!smooth_json_get_array (json, list, SMOOTH_JSON_REQUIRED, &codecs, error)
      || (smooth_json_get_node (json, where) != NULL && !need_text (json, where, (const char *const[]){ "end", "start", NULL }, &location, error)))
    return FALSE;
  guint n = json_array_get_length (codecs);
  for (guint i = 0; i < n && i < 2; i++)
    {
      g_autofree char *member = g_strdup_printf ("%s[%u].name", list, i);
      const char *name = NULL;
      if (!need_text (json, member, (const char *const[]){ names[i], NULL }, &name, error))
        return FALSE;
    }
  if (n < 1 || n > 2)
    return smooth_i_refuse (smooth_json_get_path (json), error, "%s: expected one of %s, found '%s'", list, "bytes, bytes + crc32c", n < 1 ? "" : "...");
  array->index_is_first = *location == 's';
  array->index_has_sum = n == 2;
  return TRUE;
}

/* @place: the configuration of the codec */
static gboolean
parse_shard (ZarrArray *array, const SmoothJson *json, const char *place, GError **error)
{
  g_autofree char *shape = g_strconcat (place, ".chunk_shape", NULL), *codecs = g_strconcat (place, ".codecs", NULL);
  ZarrArray *shard = g_new0 (ZarrArray, 1);
  gint rank;

  array->shard = shard;
  shard->kind = array->kind;
  shard->item = array->item;
  shard->rank = array->rank;
  shard->n_elements = array->chunk_elements;
  memcpy (shard->shape, array->chunk, sizeof shard->shape);
  if (!read_sides (json, shape, 1, &rank, shard->chunk, &shard->chunk_elements, error) || !parse_codecs (shard, json, codecs, error)
      || !parse_index (array, json, place, error))
    return FALSE;
  if (rank != array->rank)
    return smooth_i_refuse (smooth_json_get_path (json), error, "expected chunks of %d dimensions, as shape has, found %d", array->rank, rank);
  for (gint d = 0; d < rank; d++)
    if (array->chunk[d] % shard->chunk[d] != 0)
      return smooth_i_refuse (smooth_json_get_path (json), error, "%s: expected a divisor of %" PRId64 ", the side of the shard, found %" PRId64, shape,
                              array->chunk[d], shard->chunk[d]);
  if (array->kind == 's' && rank != 1)
    return smooth_i_refuse (smooth_json_get_path (json), error, "expected shards of texts of 1 dimension, found %d", rank);
  array->is_big = shard->is_big;
  return TRUE;
}

/* Version 3: the codecs are a row of array to bytes ('bytes', 'vlen-utf8' for texts, or the cutting into a shard) and bytes to
 * bytes. @list: where they stand */
static gboolean
parse_codecs (ZarrArray *array, const SmoothJson *json, const char *list, GError **error)
{
  JsonArray *codecs = NULL;

  if (!smooth_json_get_array (json, list, SMOOTH_JSON_REQUIRED, &codecs, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (codecs); i++)
    {
      g_autofree char *member = g_strdup_printf ("%s[%u].name", list, i);
      g_autofree char *place = g_strdup_printf ("%s[%u].configuration", list, i);
      g_autofree char *endian_member = g_strconcat (place, ".endian", NULL);
      const char *name = NULL, *endian = "little";
      if (!smooth_json_get_string (json, member, SMOOTH_JSON_REQUIRED, &name, error))
        return FALSE;
      if (i == 0 && g_str_equal (name, "sharding_indexed") && g_str_equal (list, "codecs")) /* but not a shard in a shard */
        {
          if (!parse_shard (array, json, place, error))
            return FALSE;
        }
      else if (i == 0 && g_str_equal (name, array->kind == 's' ? "vlen-utf8" : "bytes"))
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
    return smooth_i_refuse (smooth_json_get_path (json), error, "%s: expected one of %s, found '%s'", list,
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
  return parse_codecs (array, json, "codecs", error);
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
  if (array->shard != NULL)
    array->shard->fill = array->fill;
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

/* The element of chunks that are not stored, as bytes of the store; room for 8 */
void
smooth_i_zarr_get_fill (const ZarrArray *array, guint8 *element)
{
  g_auto (Hdf5Id) type = smooth_i_zarr_make_type (array);

  memcpy (element, &array->fill, sizeof array->fill);
  H5Tconvert (H5T_NATIVE_DOUBLE, type, 1, element, NULL, H5P_DEFAULT);
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

/* What each byte adds to a sum. Returns: (transfer none): 256 numbers, made once */
static const guint32 *
get_crc32c_table (void)
{
  static guint32 table[256];
  static gsize is_made = 0;

  if (g_once_init_enter (&is_made))
    {
      for (guint32 i = 0; i < 256; i++)
        {
          table[i] = i;
          for (gint k = 0; k < 8; k++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78u : 0);
        }
      g_once_init_leave (&is_made, 1);
    }
  return table;
}

static guint32
sum_crc32c (const guint8 *bytes, gsize n)
{
  const guint32 *table = get_crc32c_table ();
  guint32 sum = 0xffffffffu;

  for (gsize i = 0; i < n; i++)
    sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 255];
  return ~sum;
}

static GBytes *
unpack_gzip (const guint8 *from, gsize n, gsize most)
{
  gsize size;
  guint8 *to = smooth_i_inflate (from, n, most, &size);

  return to != NULL ? g_bytes_new_take (to, size) : NULL;
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

/* Copies what the chunk at @at and the @whole of an array in memory have in common, row by row of the last dimension. */
void
smooth_i_zarr_copy_chunk (const ZarrArray *array, const gint64 *at, guint8 *whole, guint8 *chunk, gboolean to_chunk)
{
  gint64 shape[ZARR_MAX_RANK] = { 1, 1, 1 }, side[ZARR_MAX_RANK] = { 1, 1, 1 }, first[ZARR_MAX_RANK] = { 0 }, n[ZARR_MAX_RANK];

  for (gint d = 0, k = ZARR_MAX_RANK - array->rank; d < array->rank; d++, k++)
    {
      shape[k] = array->shape[d];
      side[k] = array->chunk[d];
      first[k] = at[d] * array->chunk[d];
    }
  for (gint k = 0; k < ZARR_MAX_RANK; k++)
    n[k] = MIN (side[k], shape[k] - first[k]);
  for (gint64 a = 0; a < n[0]; a++)
    for (gint64 b = 0; b < n[1]; b++)
      {
        guint8 *in_chunk = chunk + (gsize) ((a * side[1] + b) * side[2]) * array->item;
        guint8 *in_whole = whole + (gsize) (((first[0] + a) * shape[1] + first[1] + b) * shape[2] + first[2]) * array->item;
        memcpy (to_chunk ? in_chunk : in_whole, to_chunk ? in_whole : in_chunk, (gsize) n[2] * array->item);
      }
}

/**
 * smooth_i_zarr_select:
 * @list: of HDF5, with the shape of @array
 * @memory: (out): the part of a chunk that is within the shape; H5S_ALL of a scalar
 * @space: (out): where it is in the list; H5S_ALL of a scalar
 *
 * Both are to be closed by the caller, whatever comes back.
 */
gboolean
smooth_i_zarr_select (const ZarrArray *array, const gint64 *at, hid_t list, hid_t *memory, hid_t *space)
{
  hsize_t start[ZARR_MAX_RANK], count[ZARR_MAX_RANK], side[ZARR_MAX_RANK], zero[ZARR_MAX_RANK] = { 0 };

  *memory = *space = H5S_ALL;
  if (array->rank == 0)
    return TRUE;
  for (gint d = 0; d < array->rank; d++)
    {
      start[d] = (hsize_t) (at[d] * array->chunk[d]);
      count[d] = (hsize_t) MIN (array->chunk[d], array->shape[d] - at[d] * array->chunk[d]);
      side[d] = (hsize_t) array->chunk[d];
    }
  *memory = H5Screate_simple (array->rank, side, NULL);
  *space = H5Dget_space (list);
  return *memory >= 0 && *space >= 0 && H5Sselect_hyperslab (*memory, H5S_SELECT_SET, zero, NULL, count, NULL) >= 0
         && H5Sselect_hyperslab (*space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0;
}

/* ---- Shards ---- */

/* Appends the texts of a chunk as they are packed, without their number; empty ones where it is not stored. */
static gboolean
put_texts (const ZarrArray *shard, GBytes *chunk, GByteArray *whole, const char *place, GError **error)
{
  const guint8 empty[4] = { 0 };
  gsize n = 0;
  const guint8 *data = chunk != NULL ? g_bytes_get_data (chunk, &n) : NULL;
  g_auto (GStrv) texts = chunk != NULL ? smooth_i_zarr_dup_texts (chunk, shard->chunk_elements, place, error) : NULL;

  if (chunk != NULL && texts == NULL)
    return FALSE;
  if (chunk != NULL)
    g_byte_array_append (whole, data + 4, (guint) (n - 4));
  for (gint64 i = 0; chunk == NULL && i < shard->chunk_elements; i++)
    g_byte_array_append (whole, empty, sizeof empty);
  if (whole->len <= ZARR_MAX_CHUNK)
    return TRUE;
  return smooth_i_refuse (place, error, "expected a chunk of at most %" PRIu64 " bytes, found more", (guint64) ZARR_MAX_CHUNK);
}

/* The chunk within the shard whose place is the one of number @k in the index; NULL where it is not stored. */
static gboolean
read_part (const ZarrArray *array, GBytes *bytes, const guint8 *index, gint64 k, GBytes **part, const char *place, GError **error)
{
  gsize n = g_bytes_get_size (bytes);
  guint64 range[2];

  *part = NULL;
  memcpy (range, index + 16 * (gsize) k, sizeof range);
  guint64 start = GUINT64_FROM_LE (range[0]), length = GUINT64_FROM_LE (range[1]);
  if (start == G_MAXUINT64 && length == G_MAXUINT64)
    return TRUE;
  if (start > n || length > n - start)
    return smooth_i_refuse (place, error, "expected chunk %" PRId64 " of the shard within its %" PRIu64 " bytes, found it at %" PRIu64, k, (guint64) n, start);
  g_autoptr (GBytes) packed = g_bytes_new_from_bytes (bytes, start, length);
  *part = smooth_i_zarr_unpack (array->shard, packed, place, error);
  return *part != NULL;
}

/* Puts the chunks of a shard together to one. */
static GBytes *
unpack_shard (const ZarrArray *array, GBytes *bytes, const char *place, GError **error)
{
  const ZarrArray *shard = array->shard;
  gint64 at[ZARR_MAX_RANK] = { 0 }, n_parts = 1;
  gsize n, whole_size = (gsize) array->chunk_elements * array->item;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  guint8 fill[sizeof (double)];

  for (gint d = 0; d < shard->rank; d++)
    n_parts *= shard->shape[d] / shard->chunk[d];
  gsize index_size = 16 * (gsize) n_parts, sum_size = array->index_has_sum ? 4 : 0;
  gsize index_start = array->index_is_first || n < index_size + sum_size ? 0 : n - index_size - sum_size;
  g_autoptr (GBytes) index = n >= index_size + sum_size ? g_bytes_new_from_bytes (bytes, index_start, index_size + sum_size) : NULL;
  g_autoptr (GBytes) checked = index == NULL || !array->index_has_sum ? NULL : check_crc32c (index);
  if (index == NULL || (array->index_has_sum && checked == NULL))
    {
      smooth_i_refuse (place, error, "expected a shard with an index of %" PRId64 " chunks, found %" PRIu64 " bytes, or a damaged index", n_parts, (guint64) n);
      return NULL;
    }
  g_autoptr (GByteArray) texts = g_byte_array_new ();
  g_autofree guint8 *whole = g_try_malloc (whole_size + 1);
  if (whole == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for a chunk of %" PRIu64 " bytes", place, (guint64) whole_size);
      return NULL;
    }
  if (array->kind == 's')
    {
      guint32 number = GUINT32_TO_LE ((guint32) array->chunk_elements);
      g_byte_array_append (texts, (const guint8 *) &number, sizeof number);
    }
  else
    {
      smooth_i_zarr_get_fill (array, fill);
      for (gint64 i = 0; i < array->chunk_elements; i++)
        memcpy (whole + (gsize) i * array->item, fill, array->item);
    }
  gint64 k = 0;
  do
    {
      g_autoptr (GBytes) part = NULL;
      if (!read_part (array, bytes, data + index_start, k++, &part, place, error))
        return NULL;
      if (array->kind == 's' && !put_texts (shard, part, texts, place, error))
        return NULL;
      if (array->kind != 's' && part != NULL)
        smooth_i_zarr_copy_chunk (shard, at, whole, (guint8 *) g_bytes_get_data (part, NULL), FALSE);
    }
  while (smooth_i_zarr_step (shard, at));
  return array->kind == 's' ? g_byte_array_free_to_bytes (g_steal_pointer (&texts)) : g_bytes_new_take (g_steal_pointer (&whole), whole_size);
}

/* ---- Unpacking ---- */

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
  gsize most = array->kind == 's' || array->shard != NULL ? ZARR_MAX_CHUNK : whole + (gsize) array->n_codecs * 1024; /* packed twice it may grow */
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
  if (array->shard != NULL)
    return unpack_shard (array, bytes, place, error);
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
