/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of Zarr stores: both versions, each way of packing, stores of SpatialData, and stores that are damaged or lie.
 *
 * The stores are written here chunk by chunk, as zarr and anndata write them. */
#include "base/error.h"
#include "files/anndata.h"
#include "section/section-private.h"

#include "../remove-tree.h"
#include "made-section.h"

#include <blosc.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define N_OBS 4
#define N_VARS 3

typedef enum
{
  PLAIN,
  GZIP,
  ZSTD,
  BLOSC,
  N_PACKINGS
} Packing;

static char *root; /* the store; a folder around it belongs to the test */
static gboolean is_v3;
static Packing packing;
static gboolean slashes; /* between the numbers of a chunk's name */

static const double counts[N_OBS * N_VARS] = { 1, 0, 2, /**/ 0, 3, 0, /**/ 4, 0, 5, /**/ 0, 6, 7 };

static void
put_file (const char *name, const void *bytes, gssize n)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_unlink (path); /* what is not replaced is written over without cutting it */
  g_assert_true (g_file_set_contents_full (path, bytes, n, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

static void
put_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  put_file (path, text, -1);
}

static void
put_group (const char *name, const char *attributes)
{
  g_autofree char *text = g_strdup_printf ("{\"zarr_format\": 3, \"node_type\": \"group\", \"attributes\": %s}", attributes);

  if (is_v3)
    {
      put_text (name, "zarr.json", text);
      return;
    }
  put_text (name, ".zgroup", "{\"zarr_format\": 2}");
  put_text (name, ".zattrs", attributes);
}

/* The bytes of a chunk as they are stored. */
static GByteArray *
pack (const void *bytes, gsize n)
{
  GByteArray *packed = g_byte_array_new ();
  gsize room = n + 4096;

  g_byte_array_set_size (packed, (guint) room);
  if (packing == GZIP)
    {
      z_stream stream = { .next_in = (Bytef *) bytes, .avail_in = (uInt) n, .next_out = packed->data, .avail_out = (uInt) room };
      g_assert_cmpint (deflateInit2 (&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
      g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
      room = stream.total_out;
      deflateEnd (&stream);
    }
  else if (packing == ZSTD)
    room = ZSTD_compress (packed->data, room, bytes, n, 3);
  else if (packing == BLOSC)
    room = (gsize) blosc_compress_ctx (5, BLOSC_SHUFFLE, 4, n, bytes, packed->data, room, "lz4", 0, 1);
  else
    memcpy (packed->data, bytes, room = n);
  g_byte_array_set_size (packed, (guint) room);
  return packed;
}

static void
put_description (const char *name, const char *type, const char *shape, const char *chunk, const char *attributes)
{
  static const char *const compressors[] = { "null", "{\"id\": \"gzip\", \"level\": 5}", "{\"id\": \"zstd\", \"level\": 3}",
                                             "{\"id\": \"blosc\", \"cname\": \"lz4\", \"shuffle\": 1}" };
  static const char *const codecs[] = { "", ", {\"name\": \"gzip\"}", ", {\"name\": \"zstd\"}", ", {\"name\": \"blosc\"}" };
  gboolean texts = g_str_equal (type, "string");

  if (is_v3)
    {
      g_autofree char *text = g_strdup_printf (
          "{\"zarr_format\": 3, \"node_type\": \"array\", \"shape\": %s, \"data_type\": \"%s\", \"fill_value\": %s, \"attributes\": %s,"
          " \"chunk_grid\": {\"name\": \"regular\", \"configuration\": {\"chunk_shape\": %s}},"
          " \"chunk_key_encoding\": {\"name\": \"default\", \"configuration\": {\"separator\": \"%s\"}}, \"codecs\": [{\"name\": \"%s\"}%s]}",
          shape, type, texts ? "\"\"" : "0", attributes, chunk, slashes ? "/" : ".", texts ? "vlen-utf8" : "bytes", codecs[packing]);
      put_text (name, "zarr.json", text);
      return;
    }
  g_autofree char *text = g_strdup_printf (
      "{\"zarr_format\": 2, \"shape\": %s, \"chunks\": %s, \"dtype\": \"%s\", \"fill_value\": 0, \"order\": \"C\", \"dimension_separator\": \"%s\","
      " \"filters\": %s, \"compressor\": %s}",
      shape, chunk,
      texts ? "|O" : g_str_equal (type, "float64") ? "<f8" : g_str_equal (type, "int32") ? "<i4" : g_str_equal (type, "bool") ? "|b1" : type,
      slashes ? "/" : ".", texts ? "[{\"id\": \"vlen-utf8\"}]" : "null", compressors[packing]);
  put_text (name, ".zarray", text);
  put_text (name, ".zattrs", attributes);
}

/* Returns: (transfer full): the name of the file of a chunk within the store */
static char *
dup_chunk (const char *name, const char *first, const char *second)
{
  const char *separator = slashes ? "/" : ".";

  return g_strconcat (name, "/", is_v3 ? "c" : "", is_v3 ? separator : "", first, second != NULL ? separator : "", second, NULL);
}

static void
put_chunk (const char *name, const char *first, const char *second, const void *bytes, gsize n)
{
  g_autofree char *path = dup_chunk (name, first, second);
  g_autoptr (GByteArray) packed = pack (bytes, n);

  put_file (path, packed->data, (gssize) packed->len);
}

static void
put_texts (const char *name, gint n, const char *const *texts)
{
  g_autofree char *shape = g_strdup_printf ("[%d]", n);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint32 number = GUINT32_TO_LE (n);

  put_description (name, "string", shape, shape, "{\"encoding-type\": \"string-array\"}");
  g_byte_array_append (bytes, (const guint8 *) &number, 4);
  for (gint i = 0; i < n; i++)
    {
      number = GUINT32_TO_LE ((guint32) strlen (texts[i]));
      g_byte_array_append (bytes, (const guint8 *) &number, 4);
      g_byte_array_append (bytes, (const guint8 *) texts[i], (guint) strlen (texts[i]));
    }
  put_chunk (name, "0", NULL, bytes->data, bytes->len);
}

/* A matrix in chunks of 3 x 2, which reach over its edges. */
static void
put_matrix (const char *name)
{
  put_description (name, "float64", "[4, 3]", "[3, 2]", "{\"encoding-type\": \"array\"}");
  for (gint r = 0; r < 2; r++)
    for (gint c = 0; c < 2; c++)
      {
        double chunk[6] = { 99, 99, 99, 99, 99, 99 };
        for (gint i = 0; i < 3 && 3 * r + i < N_OBS; i++)
          for (gint j = 0; j < 2 && 2 * c + j < N_VARS; j++)
            chunk[2 * i + j] = counts[(3 * r + i) * N_VARS + 2 * c + j];
        put_chunk (name, r ? "1" : "0", c ? "1" : "0", chunk, sizeof chunk);
      }
}

/* @table: the path of the table within the store, with a slash behind it; or empty */
static void
put_table (const char *table)
{
  static const char *const names[] = { "c0", "c1", "c2", "c3" }, *const genes[] = { "Pax6", "Sox2", "Tgm3" }, *const words[] = { "B", "Zähne" };
  static const char *const groups[] = { "", "obs", "var", "obsm", "obs/type" };
  static const char *const attributes[] = { "{\"encoding-type\": \"anndata\"}", "{\"_index\": \"_index\", \"encoding-type\": \"dataframe\"}",
                                            "{\"_index\": \"_index\"}", "{}", "{\"encoding-type\": \"categorical\", \"ordered\": false}" };
  const gint32 codes[] = { 0, 1, 0, -1 };
  const guint8 in_tissue[] = { 1, 1 };
  double coords[2 * N_OBS];
  const char *places[] = { "obs/_index", "var/_index", "obs/type/categories", "obs/type/codes", "obs/in_tissue", "obsm/spatial", "X", "obsm/other" };
  char *paths[G_N_ELEMENTS (places)];

  remove_tree (root);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    paths[i] = g_strconcat (table, places[i], NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_autofree char *path = g_strconcat (table, groups[i], NULL);
      put_group (path, attributes[i]);
    }
  for (gint i = 0; i < 2 * N_OBS; i++)
    coords[i] = 10.0 * i + 0.25;
  put_texts (paths[0], N_OBS, names);
  put_texts (paths[1], N_VARS, genes);
  put_texts (paths[2], 2, words);
  put_description (paths[3], "int32", "[4]", "[4]", "{}");
  put_chunk (paths[3], "0", NULL, codes, sizeof codes);
  put_description (paths[4], "bool", "[4]", "[2]", "{}"); /* its second chunk is not stored: it is all FALSE */
  put_chunk (paths[4], "0", NULL, in_tissue, sizeof in_tissue);
  put_description (paths[5], "float64", "[4, 2]", "[4, 2]", "{}");
  put_chunk (paths[5], "0", "0", coords, sizeof coords);
  put_matrix (paths[6]);
  put_description (paths[7], "float64", "[1000000000000, 1]", "[10, 1]", "{}"); /* is not looked at */
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    g_free (paths[i]);
}

static guint32
sum_crc32c (const guint8 *bytes, gsize n)
{
  guint32 sum = 0xffffffffu;

  for (gsize i = 0; i < n; i++)
    for (gint k = (sum ^= bytes[i], 0); k < 8; k++)
      sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78u : 0);
  return ~sum;
}

static void
put_sharded (const char *name, const char *shape, const char *chunk, const char *part, const char *type, const char *location, gboolean has_sum)
{
  static const char *const codecs[] = { "", ", {\"name\": \"gzip\"}", ", {\"name\": \"zstd\"}", ", {\"name\": \"blosc\"}" };
  g_autofree char *text = g_strdup_printf (
      "{\"zarr_format\": 3, \"node_type\": \"array\", \"shape\": %s, \"data_type\": \"%s\", \"fill_value\": %s, \"attributes\": {},"
      " \"chunk_grid\": {\"name\": \"regular\", \"configuration\": {\"chunk_shape\": %s}}, \"codecs\": [{\"name\": \"sharding_indexed\","
      " \"configuration\": {\"chunk_shape\": %s, \"codecs\": [{\"name\": \"%s\"}%s], \"index_codecs\": [{\"name\": \"bytes\"}%s],"
      " \"index_location\": \"%s\"}}]}",
      shape, type, g_str_equal (type, "string") ? "\"\"" : "0", chunk, part, g_str_equal (type, "string") ? "vlen-utf8" : "bytes", codecs[packing],
      has_sum ? ", {\"name\": \"crc32c\"}" : "", location);

  put_text (name, "zarr.json", text);
}

/* Parts that are NULL are not stored. Returns: (transfer full): the bytes of a shard */
static GByteArray *
make_shard (gsize n, GByteArray *const *parts, gboolean index_is_first, gboolean has_sum)
{
  g_autoptr (GByteArray) index = g_byte_array_new ();
  GByteArray *shard = g_byte_array_new ();
  guint64 place = index_is_first ? 16 * n + (has_sum ? 4 : 0) : 0;

  for (gsize k = 0; k < n; k++)
    {
      const guint64 range[2] = { parts[k] != NULL ? GUINT64_TO_LE (place) : G_MAXUINT64, parts[k] != NULL ? GUINT64_TO_LE (parts[k]->len) : G_MAXUINT64 };
      g_byte_array_append (index, (const guint8 *) range, sizeof range);
      place += parts[k] != NULL ? parts[k]->len : 0;
    }
  if (has_sum)
    {
      guint32 sum = GUINT32_TO_LE (sum_crc32c (index->data, index->len));
      g_byte_array_append (index, (const guint8 *) &sum, sizeof sum);
    }
  if (index_is_first)
    g_byte_array_append (shard, index->data, index->len);
  for (gsize k = 0; k < n; k++)
    if (parts[k] != NULL)
      g_byte_array_append (shard, parts[k]->data, parts[k]->len);
  if (!index_is_first)
    g_byte_array_append (shard, index->data, index->len);
  return shard;
}

/* The matrix in one shard of 4 x 4, cut into parts of 2 x 2 of which one has only zeros and is not stored; names of genes in
 * two shards of two parts of one, the last of which is not stored. */
static void
put_shards (gboolean index_is_first, gboolean has_sum)
{
  static const char *const genes[] = { "Pax6", "Sox2", "Tgm3" };
  const char *location = index_is_first ? "start" : "end";
  GByteArray *parts[4] = { NULL };

  put_sharded ("X", "[4, 3]", "[4, 4]", "[2, 2]", "float64", location, has_sum);
  for (gint k = 0; k < 4; k++)
    {
      double part[4] = { 99, 99, 99, 99 };
      for (gint i = 0; i < 2; i++)
        for (gint j = 0; j < 2 && 2 * (k % 2) + j < N_VARS; j++)
          part[2 * i + j] = counts[(2 * (k / 2) + i) * N_VARS + 2 * (k % 2) + j];
      parts[k] = pack (part, sizeof part);
    }
  g_autoptr (GByteArray) matrix = make_shard (4, parts, index_is_first, has_sum);
  put_file ("X/c/0/0", matrix->data, (gssize) matrix->len);
  for (gint k = 0; k < 4; k++)
    g_byte_array_unref (parts[k]);

  put_sharded ("var/_index", "[3]", "[2]", "[1]", "string", location, has_sum);
  for (gint s = 0; s < 2; s++)
    {
      for (gint k = 0; k < 2; k++)
        {
          g_autoptr (GByteArray) text = g_byte_array_new ();
          const char *gene = 2 * s + k < N_VARS ? genes[2 * s + k] : NULL;
          const guint32 head[2] = { GUINT32_TO_LE (1), GUINT32_TO_LE (gene != NULL ? (guint32) strlen (gene) : 0) };
          g_byte_array_append (text, (const guint8 *) head, sizeof head);
          if (gene != NULL)
            g_byte_array_append (text, (const guint8 *) gene, (guint) strlen (gene));
          parts[k] = gene != NULL ? pack (text->data, text->len) : NULL;
        }
      g_autofree char *path = g_strdup_printf ("var/_index/c/%d", s);
      g_autoptr (GByteArray) shard = make_shard (2, parts, index_is_first, has_sum);
      put_file (path, shard->data, (gssize) shard->len);
      for (gint k = 0; k < 2; k++)
        g_clear_pointer (&parts[k], g_byte_array_unref);
    }
}

static void
check_table (const SmoothAnnData *anndata)
{
  const SmoothCounts *found = anndata->counts;

  g_assert_cmpint (found->n_barcodes, ==, N_OBS);
  g_assert_cmpint (found->n_genes, ==, N_VARS);
  g_assert_cmpstr (found->barcodes[3], ==, "c3");
  g_assert_cmpstr (found->gene_names[2], ==, "Tgm3");
  double dense[N_OBS * N_VARS] = { 0 };
  for (gint64 i = 0; i < N_OBS; i++)
    for (gint64 e = found->matrix->starts[i]; e < found->matrix->starts[i + 1]; e++)
      dense[i * N_VARS + found->matrix->rows[e]] = found->matrix->values[e];
  for (gint i = 0; i < N_OBS * N_VARS; i++)
    g_assert_cmpfloat (dense[i], ==, counts[i]);
  for (gint i = 0; i < 2 * N_OBS; i++)
    g_assert_cmpfloat (anndata->coords[i], ==, 10.0 * i + 0.25);
  for (gint i = 0; i < N_OBS; i++)
    g_assert_cmpfloat (anndata->in_tissue[i], ==, i < 2);
  g_assert_cmpint (anndata->n_labels, ==, 1);
  g_assert_cmpstr (anndata->labels[0].name, ==, "type");
  g_assert_cmpstr (anndata->labels[0].labels[1], ==, "Zähne");
  g_assert_null (anndata->labels[0].labels[3]);
}

static void
test_packings (void)
{
  for (gint k = 0; k < 4 * N_PACKINGS; k++)
    {
      is_v3 = k & 1;
      slashes = k >> 1 & 1;
      packing = (Packing) (k >> 2);
      put_table ("");
      g_assert_true (smooth_anndata_is_one (root));
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
      g_assert_no_error (error);
      check_table (anndata);
    }
}

static void
check_refused (const char *place, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (smooth_anndata_load (root, NULL, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, place) == NULL || strstr (error->message, expected) == NULL)
    g_error ("'%s' does not name '%s' and '%s'", error->message, place, expected);
}

/* Of a store of SpatialData the table is read; its other tables and images are reported, and its files are the inputs. */
static void
test_spatialdata (void)
{
  for (is_v3 = 0; is_v3 < 2; is_v3++)
    {
      put_table ("tables/spots/");
      put_group ("", "{}");
      put_group ("tables", "{}");
      put_group ("tables/zweite", "{}");
      put_group ("tables/zweite/obs", "{}");
      put_group ("tables/zweite/var", "{}");
      put_group ("images", "{}");
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
      g_assert_no_error (error);
      check_table (anndata);
      g_assert_true (report_has (anndata->report, SMOOTH_REPORT_NOTE, "of the store the table /tables/spots is read"));
      g_assert_true (report_has (anndata->report, SMOOTH_REPORT_WARNING, "the store has other tables, which are read where their own folder is opened: tables/zweite"));
      g_autoptr (SmoothSection) section = smooth_section_load (root, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (section->n_spots, ==, N_OBS);
      g_assert_cmpuint (g_strv_length (section->input_files), >, 10);
      for (gsize i = 0; section->input_files[i] != NULL; i++)
        g_assert_true (g_file_test (section->input_files[i], G_FILE_TEST_IS_REGULAR) && g_str_has_prefix (section->input_files[i], root));
    }
}

/* A store without a table is one all the same: the error says what it lacks. A folder that has no metadata is none. */
static void
test_without_table (void)
{
  is_v3 = TRUE;
  remove_tree (root);
  put_text ("tables", "a", "b");
  g_assert_false (smooth_anndata_is_one (root));
  put_group ("", "{}");
  g_assert_true (smooth_anndata_is_one (root));
  check_refused (root, "expected a Zarr store with a table (obs and var), found none");
}

#define AXES "[{\"name\": \"c\"}, {\"name\": \"y\"}, {\"name\": \"x\"}]"

static gboolean is_wide; /* images have 16 bits */

/* An image of two levels, 6 x 4 and 3 x 2 pixels of @n_channels, in chunks that reach over its edges; black where both chunks
 * of a row are not stored. @transformations: a JSON list */
static void
put_image (const char *name, gint n_channels, const char *transformations)
{
  g_autofree char *multiscales = g_strdup_printf (
      "\"multiscales\": [{\"axes\": " AXES ", \"coordinateTransformations\": %s, \"datasets\": ["
      "{\"path\": \"0\", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": [1, 1, 1]}]},"
      "{\"path\": \"1\", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": [1, 2, 2]}]}]}]", transformations);
  g_autofree char *attributes = g_strdup_printf (is_v3 ? "{\"ome\": {%s}}" : "{%s}", multiscales);

  put_group (name, attributes);
  for (gint level = 0; level < 2; level++)
    {
      gint width = level == 0 ? 6 : 3, height = level == 0 ? 4 : 2;
      g_autofree char *shape = g_strdup_printf ("[%d, %d, %d]", n_channels, height, width);
      g_autofree char *array = g_strdup_printf ("%s/%d", name, level);
      put_description (array, is_wide ? (is_v3 ? "uint16" : ">u2") : is_v3 ? "uint8" : "|u1", shape, "[1, 3, 4]", "{}");
      for (gint c = 0; c < n_channels; c++)
        for (gint x0 = 0; x0 < width; x0 += 4)
          {
            guint8 chunk[24] = { 0 };
            const char *separator = slashes ? "/" : ".";
            g_autofree char *first = g_strdup_printf ("%d%s0", c, separator), *second = g_strdup_printf ("%d", x0 / 4);
            for (gint y = 0; y < 3; y++)
              for (gint x = 0; x < 4; x++)
                {
                  gint i = 4 * y + x;
                  guint8 value = (guint8) (100 * level + 60 * c + 10 * y + x0 + x);
                  chunk[is_wide ? 2 * i + is_v3 : i] = value;
                  if (is_wide) /* 256 value + 128 */
                    chunk[2 * i + !is_v3] = 128;
                }
            put_chunk (array, first, second, chunk, is_wide ? 24 : 12);
          }
    }
}

static void
check_picture (const char *image, const char *transformations, const char *of_spots, gint n_channels, double scale)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *said = g_strdup_printf ("the picture is the image '%s' of the store", image);
  g_autofree char *attributes = g_strdup_printf ("{\"coordinateTransformations\": %s}", of_spots);

  put_table ("tables/spots/");
  put_group ("", "{}");
  put_group ("tables", "{}");
  put_group ("tables/spots", "{\"encoding-type\": \"anndata\", \"region\": \"circles\"}");
  put_group ("shapes", "{}");
  put_group ("shapes/circles", attributes);
  put_group ("shapes/tumour", "{}");
  put_group ("images", "{}");
  put_image ("images/a", n_channels, transformations);
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
  g_assert_no_error (error);
  check_table (anndata);
  g_assert_true (report_has (anndata->report, SMOOTH_REPORT_NOTE, "shapes of the store that are not read (regions are read from GeoJSON files): tumour"));
  if (scale == 0.0)
    {
      g_assert_null (anndata->picture);
      g_assert_true (report_has (anndata->report, SMOOTH_REPORT_WARNING, "images of the store that are not read"));
      return;
    }
  g_assert_true (report_has (anndata->report, SMOOTH_REPORT_NOTE, said));
  g_assert_cmpfloat_with_epsilon (anndata->picture_scale, scale, 1e-12 * scale);
  g_assert_cmpint (anndata->picture->width, ==, 6);
  g_assert_cmpint (anndata->picture->height, ==, 4);
  for (gint y = 0; y < 4; y++)
    for (gint x = 0; x < 6; x++)
      {
        guint32 expected = 0xff000000u;
        for (gint c = 0; c < 3 && y < 3; c++)
          expected |= (guint32) (60 * (n_channels == 1 ? 0 : c) + 10 * y + x) << (16 - 8 * c);
        g_assert_cmphex (smooth_picture_get_pixel (anndata->picture, x, y), ==, expected);
      }
}

/* Images lie where the transformations of image and spots to one system say; where that is no scale, there is no picture. */
static void
test_picture (void)
{
#define TO(system, what) "{\"output\": {\"name\": \"" system "\"}, " what "}"
#define IDENTITY "\"type\": \"identity\""
#define SCALE(s) "\"type\": \"scale\", \"scale\": [1, " s ", " s "]"
#define INPUT_XY "\"input\": {\"axes\": [{\"name\": \"x\"}, {\"name\": \"y\"}]}, \"output\": {\"name\": \"global\", \"axes\": [{\"name\": \"x\"}, {\"name\": \"y\"}]}"
#define AFFINE(xx, xy, yx, yy, shift) "{" INPUT_XY ", \"type\": \"affine\", \"affine\": [[" xx ", " xy ", " shift "], [" yx ", " yy ", 0], [0, 0, 1]]}"
  static const struct { const char *image, *spots; gint n_channels; double scale; } cases[]
      = { { "[" TO ("global", SCALE ("4")) "]", "[" TO ("global", IDENTITY) "]", 3, 0.25 },
          { "[" TO ("global", SCALE ("4")) "]", "[" TO ("global", IDENTITY) "]", 1, 0.25 },
          { "[" TO ("other", IDENTITY) ", " TO ("hires", IDENTITY) "]",
            "[" TO ("hires", "\"type\": \"scale\", \"scale\": [0.2, 0.2], \"input\": {\"axes\": [{\"name\": \"x\"}, {\"name\": \"y\"}]}") "]", 3, 0.2 },
          { "[" AFFINE ("5", "0", "0", "5", "0") "]", "[" TO ("global", IDENTITY) "]", 3, 0.2 },
          { "[" TO ("global", "\"type\": \"sequence\", \"transformations\": [{" SCALE ("2") "}, {" SCALE ("4") "}, {\"type\": \"translation\", \"translation\": [0, 4, 4]}]") "]",
            "[" TO ("global", IDENTITY) "]", 3, 0.125 },
          { "[" TO ("global", "\"type\": \"sequence\", \"transformations\": [{" SCALE ("2") "}, {\"type\": \"translation\", \"translation\": [0, 4, 4]}]") "]",
            "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" AFFINE ("0", "5", "5", "0", "0") "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" AFFINE ("5", "2", "2", "5", "0") "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" AFFINE ("-5", "0", "0", "5", "0") "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" AFFINE ("5", "0", "0", "6", "0") "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" AFFINE ("5", "0", "0", "5", "100") "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" TO ("elsewhere", IDENTITY) "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" TO ("global", "\"type\": \"rotation\"") "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" TO ("global", SCALE ("0")) "]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[3, null, {}]", "[" TO ("global", IDENTITY) "]", 3, 0.0 },
          { "[" TO ("global", IDENTITY) "]", "[" TO ("global", IDENTITY) "]", 2, 0.0 } };

  for (gsize k = 0; k < 4 * G_N_ELEMENTS (cases); k++)
    {
      is_v3 = k & 1;
      is_wide = (k & 2) != 0;
      slashes = TRUE;
      packing = ZSTD;
      check_picture ("a", cases[k / 4].image, cases[k / 4].spots, cases[k / 4].n_channels, cases[k / 4].scale);
    }
  is_wide = FALSE;
}

/* Of levels with more than 4,096 pixels on a side the next smaller one is read, with its own scale. */
static void
test_levels (void)
{
  g_autoptr (GError) error = NULL;

  is_v3 = TRUE;
  packing = PLAIN;
  put_table ("tables/spots/");
  put_group ("", "{}");
  put_group ("tables", "{}");
  put_group ("images", "{}");
  put_image ("images/a", 3, "[" TO ("global", SCALE ("4")) "]");
  put_description ("images/a/0", "uint8", "[3, 5000, 4]", "[1, 5000, 4]", "{}");
  put_description ("images/a/1", "uint8", "[3, 2500, 2]", "[1, 2500, 2]", "{}");
  g_autofree char *first = g_build_filename (root, "images", "a", "0", "c", NULL), *second = g_build_filename (root, "images", "a", "1", "c", NULL);
  remove_tree (first);
  remove_tree (second);
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (anndata->picture->height, ==, 2500);
  g_assert_cmpfloat_with_epsilon (anndata->picture_scale, 0.125, 1e-12);
}

/* Chunks that are cut short, too long, of another size or lost. */
static void
test_bad_chunks (void)
{
  static const char *const names[] = { "", "gzip", "zstd", "blosc" };

  for (gint k = 0; k < 2 * N_PACKINGS; k++)
    {
      is_v3 = k & 1;
      packing = (Packing) (k >> 1);
      put_table ("");
      g_autofree char *chunk = dup_chunk ("X", "1", "0"), *path = g_build_filename (root, chunk, NULL);
      g_autofree char *texts = dup_chunk ("obs/_index", "0", NULL);
      g_autofree char *bytes = NULL;
      gsize n;
      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      for (gsize cut = 0; cut < n; cut++) /* wherever it is cut */
        {
          put_file (chunk, bytes, (gssize) cut);
          check_refused (chunk, packing != PLAIN ? names[packing] : "expected a chunk of 48 bytes, found ");
        }
      const double longer[7] = { 0 };
      put_chunk ("X", "1", "0", longer, sizeof longer);
      check_refused (chunk, "expected a chunk of 48 bytes, found 56");
      put_chunk ("X", "1", "0", longer, 40);
      check_refused (chunk, "expected a chunk of 48 bytes, found 40");
      put_table ("");
      put_chunk ("obs/_index", "0", NULL, "\4\0\0\0\2\0\0\0c0\xff\xff\xff\xff", 14);
      check_refused (texts, "expected 4 texts, found 1");
      put_chunk ("obs/_index", "0", NULL, "\3\0\0\0\0\0\0\0", 8);
      check_refused (texts, "expected 4 texts, found 3");
      put_table ("");
      g_assert_cmpint (g_unlink (path), ==, 0); /* zeros then */
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (smooth_sparse_get_nnz (anndata->counts->matrix), ==, 6); /* of 7, without the 6 of the last row */
    }
}

/* A bomb: a small file that unpacks to far more than its chunk holds. */
static void
test_bomb (void)
{
  gsize n = (gsize) 1 << 24;
  g_autofree guint8 *zeros = g_malloc0 (n);

  is_v3 = TRUE;
  for (packing = GZIP; packing < N_PACKINGS; packing++)
    {
      put_table ("");
      put_chunk ("X", "0", "0", zeros, n);
      g_autofree char *chunk = dup_chunk ("X", "0", "0");
      check_refused (chunk, "unpack to more than");
    }
}

/* Descriptions that claim too much, or what is not read. */
static void
test_bad_descriptions (void)
{
  static const struct { const char *shape, *chunk, *said; } shapes[] = {
    { "[1000000000000, 1000000]", "[3, 2]", "expected whole numbers of a sensible size" },
    { "[1e300, 2]", "[3, 2]", "expected whole numbers of a sensible size" },
    { "[-4, 3]", "[3, 2]", "expected whole numbers of a sensible size" },
    { "[4, 3]", "[0, 2]", "expected whole numbers of a sensible size" },
    { "[4, 3]", "[3]", "expected chunks of 2 dimensions, as shape has, found 1" },
    { "[4, 3, 1, 1]", "[3, 2, 1, 1]", "expected at most 3 dimensions, found 4" },
    { "[4, 3]", "[100000, 100000]", "elements in one" },
    { "[100000, 100000]", "[1000, 1000]", "claims 80000000000 bytes" },
    { "[1000000, 3]", "[1, 1]", "expected at most 65536 chunks" },
  };

  packing = ZSTD;
  for (is_v3 = 0; is_v3 < 2; is_v3++)
    {
      put_table ("");
      for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
        {
          put_description ("X", "float64", shapes[i].shape, shapes[i].chunk, "{}");
          check_refused ("X", shapes[i].said);
        }
      put_text ("X", is_v3 ? "zarr.json" : ".zarray", "{\"node_type\": \"array\", \"shape\": [4");
      check_refused (is_v3 ? "X/zarr.json" : "X/.zarray", "");
    }
  is_v3 = FALSE;
  put_table ("");
  put_text ("X", ".zarray", "{\"shape\": [4, 3], \"chunks\": [3, 2], \"dtype\": \"<f8\", \"compressor\": {\"id\": \"lzma\"}}");
  check_refused ("X/.zarray", "expected chunks packed by gzip, zlib, zstd or blosc, found 'lzma'");
  put_text ("X", ".zarray", "{\"shape\": [4, 3], \"chunks\": [3, 2], \"dtype\": \"<f8\", \"order\": \"F\", \"compressor\": null}");
  check_refused ("X/.zarray", "order: expected one of C, found 'F'");
  is_v3 = TRUE;
  put_table ("");
  put_text ("X", "zarr.json", "{\"node_type\": \"array\", \"shape\": [4, 3], \"data_type\": \"float64\", \"chunk_grid\": {\"name\": \"regular\","
                              " \"configuration\": {\"chunk_shape\": [3, 2]}}, \"codecs\": [{\"name\": \"sharding_indexed\"}]}");
  check_refused ("X/zarr.json", "codecs[0].configuration.chunk_shape");
  put_sharded ("X", "[4, 3]", "[3, 2]", "[2, 2]", "float64", "end", TRUE);
  check_refused ("X/zarr.json", "expected a divisor of 3, the side of the shard, found 2");
  put_sharded ("X", "[4, 3]", "[4, 2]", "[2]", "float64", "end", TRUE);
  check_refused ("X/zarr.json", "expected chunks of 2 dimensions, as shape has, found 1");
  put_sharded ("X", "[4, 3]", "[4, 2]", "[2, 0]", "float64", "end", TRUE);
  check_refused ("X/zarr.json", "chunk_shape: expected whole numbers");
  put_sharded ("X", "[4, 3]", "[4, 2]", "[2, 2]", "float64", "middle", TRUE);
  check_refused ("X/zarr.json", "index_location: expected one of end, start, found 'middle'");
  put_table (""); /* a chunk of texts that is not stored would take memory for all of them */
  put_text ("obs/_index", "zarr.json", "{\"node_type\": \"array\", \"shape\": [4], \"data_type\": \"string\", \"chunk_grid\": {\"name\": \"regular\","
                                       " \"configuration\": {\"chunk_shape\": [33554432]}}, \"codecs\": [{\"name\": \"vlen-utf8\"}]}");
  check_refused ("obs/_index/zarr.json", "33554432 elements in one");
}

/* Several chunks in a file: all ways of packing and of the index; a file that is cut anywhere, an index that lies. */
static void
test_shards (void)
{
  is_v3 = TRUE;
  slashes = TRUE;
  for (gint k = 0; k < 4 * N_PACKINGS; k++)
    {
      gboolean index_is_first = k & 1, has_sum = k >> 1 & 1;
      g_autoptr (GError) error = NULL;
      packing = (Packing) (k >> 2);
      put_table ("");
      put_shards (index_is_first, has_sum);
      g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
      g_assert_no_error (error);
      check_table (anndata);

      g_autofree char *path = g_build_filename (root, "X", "c", "0", "0", NULL), *bytes = NULL;
      gsize n;
      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      for (gsize cut = (gsize) k % 5; cut < n; cut += 5) /* all of them within the ways of packing */
        {
          put_file ("X/c/0/0", bytes, (gssize) cut);
          check_refused ("X/c/0/0", "");
        }
      if (has_sum) /* any bit of the index */
        for (gsize i = (gsize) k % 5; i < 68; i += 5)
          {
            gsize at = index_is_first ? i : n - 68 + i;
            bytes[at] ^= 1;
            put_file ("X/c/0/0", bytes, (gssize) n);
            check_refused ("X/c/0/0", "damaged index");
            bytes[at] ^= 1;
          }
      else
        {
          gsize at = index_is_first ? 0 : n - 64;
          bytes[at + 7] = 0x7f;
          put_file ("X/c/0/0", bytes, (gssize) n);
          check_refused ("X/c/0/0", "expected chunk 0 of the shard within its");
          memset (bytes + at, 0xff, 16); /* not stored: zeros */
          put_file ("X/c/0/0", bytes, (gssize) n);
          g_autoptr (SmoothAnnData) without = smooth_anndata_load (root, NULL, &error);
          g_assert_no_error (error);
          g_assert_cmpint (without->counts->matrix->starts[2], ==, 1); /* of 1, 2, 3 only the 2 is left */
        }
    }
}

/* What is not stored is the fill value, also one whose bits are given. */
static void
test_fill (void)
{
  static const char *const values[] = { "2", "\"0x4000000000000000\"" };

  is_v3 = TRUE;
  slashes = TRUE;
  packing = PLAIN;
  for (gsize k = 0; k < G_N_ELEMENTS (values); k++)
    {
      g_autofree char *text = g_strdup_printf ("{\"zarr_format\": 3, \"node_type\": \"array\", \"shape\": [4, 3], \"data_type\": \"float64\","
                                               " \"fill_value\": %s, \"chunk_grid\": {\"name\": \"regular\", \"configuration\": {\"chunk_shape\": [9, 9]}},"
                                               " \"codecs\": [{\"name\": \"bytes\"}]}", values[k]);
      g_autoptr (GError) error = NULL;
      put_table ("");
      g_autofree char *chunks = g_build_filename (root, "X", "c", NULL);
      remove_tree (chunks);
      put_text ("X", "zarr.json", text);
      g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (anndata->counts->matrix->starts[N_OBS], ==, N_OBS * N_VARS);
      for (gint i = 0; i < N_OBS * N_VARS; i++)
        g_assert_cmpfloat (anndata->counts->matrix->values[i], ==, 2.0);
    }
}

/* Nothing outside of the store is read through a link; elements of unknown types are left out and named. */
static void
test_links_and_types (void)
{
  g_autofree char *outside = g_strconcat (root, ".outside", NULL);

  slashes = TRUE;
  packing = PLAIN;
  for (is_v3 = 0; is_v3 < 2; is_v3++)
    {
      put_table ("");
      g_autofree char *chunk = dup_chunk ("X", "0", "0"), *path = g_build_filename (root, chunk, NULL), *folder = g_path_get_dirname (path);
      g_assert_cmpint (rename (path, outside), ==, 0);
      g_assert_cmpint (symlink (outside, path), ==, 0);
      check_refused (chunk, "found a link");
      g_unlink (path);
      g_unlink (outside);
      put_table ("");
      g_assert_cmpint (rename (folder, outside), ==, 0);
      g_assert_cmpint (symlink (outside, folder), ==, 0);
      check_refused ("X/", "found a link");
      g_unlink (folder);
      remove_tree (outside);

      put_table ("");
      put_description ("obs/when", is_v3 ? "complex64" : "<M8[ns]", "[4]", "[4]", "{}");
      g_autoptr (GError) error = NULL;
      g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (root, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (report_has (anndata->report, SMOOTH_REPORT_WARNING, is_v3 ? "obs/when is left out: its elements are of the type complex64"
                                              : "obs/when is left out: its elements are of the type <M8[ns]"));
    }
  slashes = FALSE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("smooth-zarr-XXXXXX", NULL);
  root = g_build_filename (folder, "a.zarr", NULL);
  g_test_add_func ("/zarr/packings", test_packings);
  g_test_add_func ("/zarr/spatialdata", test_spatialdata);
  g_test_add_func ("/zarr/without-table", test_without_table);
  g_test_add_func ("/zarr/picture", test_picture);
  g_test_add_func ("/zarr/levels", test_levels);
  g_test_add_func ("/zarr/bad-chunks", test_bad_chunks);
  g_test_add_func ("/zarr/bomb", test_bomb);
  g_test_add_func ("/zarr/shards", test_shards);
  g_test_add_func ("/zarr/fill", test_fill);
  g_test_add_func ("/zarr/bad-descriptions", test_bad_descriptions);
  g_test_add_func ("/zarr/links-and-types", test_links_and_types);
  int status = g_test_run ();
  remove_tree (folder);
  g_free (root);
  return status;
}
