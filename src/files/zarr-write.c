/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Version 2 is written, which zarr-python reads since 2.8 (2021) and 3.x does, with chunks packed by zstd. An array is cut
 * where it is longest until a chunk has at most CHUNK_BYTES; those at the ends are filled up with zeros or empty texts, as the
 * format wants it.
 *
 * Source: 'Zarr storage specification version 2'; codecs as numcodecs names them. */
#include "files/zarr-write.h"

#include "base/error.h"
#include "files/hdf5-private.h"
#include "files/json-write.h"
#include "files/output.h"
#include "files/zarr-private.h"

#include <string.h>
#include <zstd.h>

#define CHUNK_BYTES ((gint64) 1 << 22)
#define ZSTD_LEVEL 3
#define MAX_ATTRIBUTE 65536 /* elements */
#define MAX_DEPTH 32

/* ---- Descriptions ---- */

static gboolean
save_json (const char *folder, const char *name, JsonNode *root, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return smooth_json_save_node (root, path, error);
}

static gboolean
save_attributes (const char *folder, JsonNode *attributes, GError **error)
{
  return attributes == NULL || json_object_get_size (json_node_get_object (attributes)) == 0 || save_json (folder, ".zattrs", attributes, error);
}

/**
 * smooth_zarr_write_group:
 * @folder: made with those above it
 * @attributes: (nullable): an object
 */
gboolean
smooth_zarr_write_group (const char *folder, JsonNode *attributes, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();

  json_builder_begin_object (builder);
  smooth_json_add_int (builder, "zarr_format", 2);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return smooth_folder_make (folder, error) && save_json (folder, ".zgroup", root, error) && save_attributes (folder, attributes, error);
}

static void
add_sides (JsonBuilder *builder, const char *name, gint rank, const gint64 *sides)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (gint d = 0; d < rank; d++)
    json_builder_add_int_value (builder, sides[d]);
  json_builder_end_array (builder);
}

/* {"id": ID, ...} */
static void
begin_codec (JsonBuilder *builder, const char *id)
{
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "id", id);
}

static gboolean
save_description (const char *folder, const ZarrArray *array, JsonNode *attributes, GError **error)
{
  gboolean is_text = array->kind == 's';
  g_autofree char *type = is_text ? g_strdup ("|O") : g_strdup_printf ("%c%c%" PRIu64, array->item > 1 ? '<' : '|', array->kind, (guint64) array->item);
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();

  json_builder_begin_object (builder);
  smooth_json_add_int (builder, "zarr_format", 2);
  add_sides (builder, "shape", array->rank, array->shape);
  add_sides (builder, "chunks", array->rank, array->chunk);
  smooth_json_add_string (builder, "dtype", type);
  smooth_json_add_string (builder, "order", "C");
  smooth_json_add_string (builder, "dimension_separator", "/");
  json_builder_set_member_name (builder, "fill_value");
  if (is_text)
    json_builder_add_string_value (builder, "");
  else if (array->kind == 'b')
    json_builder_add_boolean_value (builder, FALSE);
  else
    json_builder_add_int_value (builder, 0);
  json_builder_set_member_name (builder, "compressor");
  begin_codec (builder, "zstd");
  smooth_json_add_int (builder, "level", ZSTD_LEVEL);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "filters");
  if (is_text)
    {
      json_builder_begin_array (builder);
      begin_codec (builder, "vlen-utf8");
      json_builder_end_object (builder);
      json_builder_end_array (builder);
    }
  else
    json_builder_add_null_value (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return smooth_folder_make (folder, error) && save_json (folder, ".zarray", root, error) && save_attributes (folder, attributes, error);
}

/* Sets the shape, and chunks of at most CHUNK_BYTES. */
static void
set_shape (ZarrArray *array, gint rank, const gint64 *shape)
{
  gint64 item = array->kind == 's' ? ZARR_TEXT_BYTES : (gint64) array->item;

  array->rank = rank;
  array->separator = '/';
  array->n_elements = array->chunk_elements = 1;
  for (gint d = 0; d < rank; d++)
    {
      array->shape[d] = shape[d];
      array->chunk[d] = MAX (shape[d], 1);
      array->n_elements *= shape[d];
      array->chunk_elements *= array->chunk[d];
    }
  while (array->chunk_elements > CHUNK_BYTES / item)
    {
      gint longest = 0;
      for (gint d = 1; d < rank; d++)
        if (array->chunk[d] > array->chunk[longest])
          longest = d;
      gint64 *side = &array->chunk[longest], other_sides = array->chunk_elements / *side;
      *side = (*side + 1) / 2;
      array->chunk_elements = other_sides * *side;
    }
}

/* ---- Chunks ---- */

static gboolean
save_chunk (const char *folder, const ZarrArray *array, const gint64 *at, const void *bytes, gsize n, GError **error)
{
  g_autofree char *path = smooth_i_zarr_dup_chunk_path (folder, array, at);
  g_autofree char *parent = g_path_get_dirname (path);
  gsize room = ZSTD_compressBound (n);
  g_autofree guint8 *packed = g_try_malloc (room);

  if (packed == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for a chunk of %" PRIu64 " bytes", path, (guint64) room);
      return FALSE;
    }
  gsize size = ZSTD_compress (packed, room, bytes, n, ZSTD_LEVEL);
  if (!smooth_folder_make (parent, error))
    return FALSE;
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;
  smooth_output_write (output, packed, size);
  return smooth_output_commit (output, error);
}

/* Fills the chunk at @at, which is zero, from where the array comes from. */
typedef gboolean (*FillFunc) (const ZarrArray *array, const gint64 *at, guint8 *chunk, const char *place, gpointer data, GError **error);

static gboolean
save_chunks (const char *folder, const ZarrArray *array, FillFunc fill, gpointer data, SmoothRun *run, GError **error)
{
  gint64 at[ZARR_MAX_RANK] = { 0 };
  gsize n_bytes = (gsize) array->chunk_elements * array->item;
  g_autofree guint8 *chunk = g_try_malloc (n_bytes);

  if (chunk == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: not enough memory for a chunk of %" PRIu64 " bytes", folder, (guint64) n_bytes);
      return FALSE;
    }
  do
    {
      if (!smooth_run_check (run, error))
        return FALSE;
      memset (chunk, 0, n_bytes);
      if (!fill (array, at, chunk, folder, data, error) || !save_chunk (folder, array, at, chunk, n_bytes, error))
        return FALSE;
    }
  while (smooth_i_zarr_step (array, at));
  return TRUE;
}

static gboolean
fill_from_memory (const ZarrArray *array, const gint64 *at, guint8 *chunk, const char *place, gpointer data, GError **error)
{
  (void) place;
  (void) error;
  smooth_i_zarr_copy_chunk (array, at, data, chunk, TRUE);
  return TRUE;
}

/**
 * smooth_zarr_write_array:
 * @folder: of the array; made with those above it
 * @values: its elements, row-major
 * @rank: 0 to 3
 *
 * Memory for two chunks.
 */
gboolean
smooth_zarr_write_array (const char *folder, SmoothHdf5Type type, gconstpointer values, int rank, const gint64 *sizes, GError **error)
{
  static const struct { char kind; gsize item; } types[]
      = { [SMOOTH_HDF5_BOOLEAN] = { 'b', 1 }, [SMOOTH_HDF5_INT8] = { 'i', 1 },  [SMOOTH_HDF5_UINT8] = { 'u', 1 }, [SMOOTH_HDF5_INT32] = { 'i', 4 },
          [SMOOTH_HDF5_INT64] = { 'i', 8 },   [SMOOTH_HDF5_FLOAT] = { 'f', 4 }, [SMOOTH_HDF5_DOUBLE] = { 'f', 8 } };
  g_auto (ZarrArray) array = { .kind = types[type].kind, .item = types[type].item };

  g_assert (G_BYTE_ORDER == G_LITTLE_ENDIAN);
  set_shape (&array, rank, sizes);
  return save_description (folder, &array, NULL, error)
         && (array.n_elements == 0 || save_chunks (folder, &array, fill_from_memory, (gpointer) values, NULL, error));
}

/* ---- From HDF5 ---- */

static gboolean
fill_from_hdf5 (const ZarrArray *array, const gint64 *at, guint8 *chunk, const char *place, gpointer data, GError **error)
{
  hid_t list = *(const hid_t *) data;
  g_auto (Hdf5Id) stored = H5Dget_type (list);
  g_auto (Hdf5Id) type = array->kind == 'b' ? H5Tcopy (stored) : smooth_i_zarr_make_type (array);
  g_auto (Hdf5Id) memory = H5I_INVALID_HID;
  g_auto (Hdf5Id) space = H5I_INVALID_HID;

  if (smooth_i_zarr_select (array, at, list, &memory, &space) && H5Dread (list, type, memory, space, H5P_DEFAULT, chunk) >= 0)
    return TRUE;
  g_autofree char *message = smooth_i_hdf5_dup_message ();
  return smooth_i_refuse (place, error, "cannot be read: %s", message);
}

/* The texts of a list, or the one text of a scalar. Returns: (transfer full) (nullable): NULL-terminated */
static char **
dup_texts (hid_t object, const char *place, gint rank, const char *name, hid_t parent, GError **error)
{
  g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };

  if (rank == 1)
    return smooth_i_hdf5_list_open (&list, parent, place, name, error) ? smooth_i_hdf5_list_dup_texts (&list, error) : NULL;
  g_auto (Hdf5Id) type = H5Dget_type (object);
  gsize size = H5Tget_size (type);
  char *loaned = NULL;
  g_autofree char *fixed = g_try_malloc0 (size + 1);
  gboolean is_variable = H5Tis_variable_str (type) > 0;
  gboolean good = rank == 0 && fixed != NULL && H5Dread (object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, is_variable ? (void *) &loaned : fixed) >= 0;
  const char *text = is_variable ? loaned != NULL ? loaned : "" : fixed;
  char **texts = NULL;

  good = good && g_utf8_validate (text, -1, NULL);
  if (good)
    {
      texts = g_new0 (char *, 2);
      texts[0] = g_strdup (text);
    }
  else
    smooth_i_refuse (place, error, "%s: expected a text or a list of texts in UTF-8, found others", name);
  H5free_memory (loaned);
  return texts;
}

static void
append_number (GByteArray *bytes, gsize number)
{
  guint32 word = GUINT32_TO_LE ((guint32) number);

  g_byte_array_append (bytes, (const guint8 *) &word, sizeof word);
}

/* A chunk of texts: their number, then of each its length and its bytes. */
static gboolean
save_texts (const char *folder, const ZarrArray *array, char *const *texts, SmoothRun *run, GError **error)
{
  gint64 at[ZARR_MAX_RANK] = { 0 };
  gint64 n = array->n_elements;

  do
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      gint64 first = array->rank > 0 ? at[0] * array->chunk[0] : 0;
      if (!smooth_run_check (run, error))
        return FALSE;
      append_number (bytes, (gsize) array->chunk_elements);
      for (gint64 i = first; i < first + array->chunk_elements; i++)
        {
          const char *text = i < n ? texts[i] : "";
          append_number (bytes, strlen (text));
          g_byte_array_append (bytes, (const guint8 *) text, (guint) strlen (text));
        }
      if (!save_chunk (folder, array, at, bytes->data, bytes->len, error))
        return FALSE;
    }
  while (smooth_i_zarr_step (array, at));
  return TRUE;
}

/* Sets what elements are; the kind is 0 of those that are not written. */
static void
set_kind (ZarrArray *array, hid_t type)
{
  H5T_class_t class = H5Tget_class (type);
  gsize size = H5Tget_size (type);

  array->item = size;
  if (class == H5T_STRING)
    array->kind = 's';
  else if (class == H5T_FLOAT && (size == 4 || size == 8))
    array->kind = 'f';
  else if (class == H5T_INTEGER && (size == 1 || size == 2 || size == 4 || size == 8))
    array->kind = H5Tget_sign (type) == H5T_SGN_NONE ? 'u' : 'i';
  else if (class == H5T_ENUM && size == 1 && H5Tget_nmembers (type) == 2)
    array->kind = 'b';
}

/* ---- Attributes ---- */

static void
add_attribute_texts (JsonArray *values, hid_t attribute, hid_t type, hid_t space, hssize_t n)
{
  gsize size = H5Tget_size (type);

  if (H5Tis_variable_str (type) > 0)
    {
      g_autofree char **loaned = g_new0 (char *, (gsize) n + 1);
      if (H5Aread (attribute, type, loaned) < 0)
        return;
      for (hssize_t i = 0; i < n; i++)
        json_array_add_string_element (values, loaned[i] != NULL && g_utf8_validate (loaned[i], -1, NULL) ? loaned[i] : "");
      H5Dvlen_reclaim (type, space, H5P_DEFAULT, loaned);
      return;
    }
  g_autofree char *fixed = g_try_malloc0 ((gsize) n * size + 1);
  if (fixed == NULL || H5Aread (attribute, type, fixed) < 0)
    return;
  for (hssize_t i = 0; i < n; i++)
    {
      g_autofree char *text = g_strndup (fixed + (gsize) i * size, size);
      json_array_add_string_element (values, g_utf8_validate (text, -1, NULL) ? text : "");
    }
}

static void
add_attribute_numbers (JsonArray *values, hid_t attribute, char kind, hssize_t n)
{
  gboolean is_float = kind == 'f';
  g_autofree double *numbers = g_new0 (double, (gsize) n + 1);
  g_autofree gint64 *wholes = g_new0 (gint64, (gsize) n + 1);

  if (H5Aread (attribute, is_float ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, is_float ? (void *) numbers : wholes) < 0)
    return;
  for (hssize_t i = 0; i < n; i++)
    if (is_float)
      json_array_add_double_element (values, numbers[i]);
    else
      json_array_add_int_element (values, wholes[i]);
}

static void
add_attribute_flags (JsonArray *values, hid_t attribute, hid_t type, hssize_t n)
{
  g_autofree gint8 *flags = g_new0 (gint8, (gsize) n + 1);

  if (H5Aread (attribute, type, flags) >= 0)
    for (hssize_t i = 0; i < n; i++)
      json_array_add_boolean_element (values, flags[i] != 0);
}

/* An H5A_operator2_t. What is no text, number or flag, as a reference to an object, has no place in JSON and is left out. */
static herr_t
add_attribute (hid_t object, const char *name, const H5A_info_t *info, void *data)
{
  JsonObject *attributes = data;
  g_auto (Hdf5Id) attribute = H5Aopen (object, name, H5P_DEFAULT);
  g_auto (Hdf5Id) type = attribute >= 0 ? H5Aget_type (attribute) : H5I_INVALID_HID;
  g_auto (Hdf5Id) space = attribute >= 0 ? H5Aget_space (attribute) : H5I_INVALID_HID;
  g_autoptr (JsonArray) values = json_array_new ();
  ZarrArray kind = { 0 };

  (void) info;
  if (space < 0)
    return 0;
  hssize_t n = H5Sget_simple_extent_npoints (space);
  gboolean is_scalar = H5Sget_simple_extent_type (space) == H5S_SCALAR;
  if (n < 0 || n > MAX_ATTRIBUTE)
    return 0;
  set_kind (&kind, type);
  if (kind.kind == 's' && n > 0)
    add_attribute_texts (values, attribute, type, space, n);
  else if (kind.kind == 'b' && n > 0)
    add_attribute_flags (values, attribute, type, n);
  else if (kind.kind != 0 && n > 0)
    add_attribute_numbers (values, attribute, kind.kind, n);
  if ((hssize_t) json_array_get_length (values) != n)
    return 0;
  if (is_scalar && n == 1)
    json_object_set_member (attributes, name, json_array_dup_element (values, 0));
  else
    json_object_set_array_member (attributes, name, json_array_ref (values));
  return 0;
}

static JsonNode *
dup_attributes (hid_t object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, json_object_new ());
  H5Aiterate2 (object, H5_INDEX_NAME, H5_ITER_INC, NULL, add_attribute, json_node_get_object (node));
  return node;
}

/* ---- Objects ---- */

typedef struct
{
  const char *file;
  SmoothRun *run;
} Source;

static gboolean
copy_list (const Source *source, hid_t parent, hid_t list, const char *name, const char *folder, GError **error)
{
  hsize_t dims[H5S_MAX_RANK];
  gint64 shape[ZARR_MAX_RANK] = { 0 };
  g_auto (ZarrArray) array = { 0 };
  g_auto (GStrv) texts = NULL;
  g_auto (Hdf5Id) type = H5Dget_type (list);
  g_auto (Hdf5Id) space = H5Dget_space (list);
  g_autoptr (JsonNode) attributes = dup_attributes (list);
  gint rank = H5Sget_simple_extent_ndims (space);
  gboolean is_null = H5Sget_simple_extent_type (space) == H5S_NULL; /* h5py's Empty, by which anndata says None */

  set_kind (&array, type);
  if (is_null)
    {
      array.kind = 'b';
      array.item = 1;
      set_shape (&array, 0, NULL);
      return save_description (folder, &array, attributes, error);
    }
  if (array.kind == 0 || rank < 0 || rank > ZARR_MAX_RANK || (array.kind == 's' && rank > 1))
    return smooth_i_refuse (source->file, error,
                            "%s: expected numbers, flags or texts in at most %d dimensions, found others, for which the store has no place", name,
                            array.kind == 's' ? 1 : ZARR_MAX_RANK);
  H5Sget_simple_extent_dims (space, dims, NULL);
  for (gint d = 0; d < rank; d++)
    shape[d] = (gint64) dims[d];
  set_shape (&array, rank, shape);
  if (array.kind == 's' && array.n_elements > 0 && (texts = dup_texts (list, source->file, rank, name, parent, error)) == NULL)
    return FALSE;
  if (!save_description (folder, &array, attributes, error))
    return FALSE;
  if (array.n_elements == 0)
    return TRUE;
  return texts != NULL ? save_texts (folder, &array, texts, source->run, error)
                       : save_chunks (folder, &array, fill_from_hdf5, &list, source->run, error);
}

/* An H5L_iterate_t: links to other names and files are left out. */
static herr_t
add_name (hid_t group, const char *name, const H5L_info_t *info, void *data)
{
  (void) group;
  if (info->type == H5L_TYPE_HARD && strchr (name, '/') == NULL && *name != '.' && g_utf8_validate (name, -1, NULL))
    g_ptr_array_add (data, g_strdup (name));
  return 0;
}

static gboolean
copy_group (const Source *source, hid_t group, const char *folder, gint depth, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (JsonNode) attributes = dup_attributes (group);

  if (depth > MAX_DEPTH)
    return smooth_i_refuse (source->file, error, "expected at most %d groups inside each other, found more", MAX_DEPTH);
  if (!smooth_zarr_write_group (folder, attributes, error))
    return FALSE;
  H5Literate (group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, names);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];
      g_autofree char *below = g_build_filename (folder, name, NULL);
      g_auto (Hdf5Id) object = H5Oopen (group, name, H5P_DEFAULT);
      H5I_type_t kind = object >= 0 ? H5Iget_type (object) : H5I_BADID;
      if (kind == H5I_GROUP && !copy_group (source, object, below, depth + 1, error))
        return FALSE;
      if (kind == H5I_DATASET && !copy_list (source, group, object, name, below, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * smooth_zarr_write_hdf5:
 * @folder: of a group that gets all that @file holds: groups, numbers, flags and texts with their attributes; made with those
 *   above it
 * @error: also SMOOTH_ERROR_FORMAT where the file has elements of other types, as tables of anndata before 2020
 *
 * Takes memory for two chunks, and for a list of texts. O(bytes of the file, unpacked).
 */
gboolean
smooth_zarr_write_hdf5 (const char *folder, const char *file, SmoothRun *run, GError **error)
{
  const Source source = { file, run };

  smooth_i_hdf5_lock ();
  hid_t root = smooth_i_hdf5_open (file, error);
  gboolean good = root >= 0 && copy_group (&source, root, folder, 0, error);
  hdf5_id_close (root);
  smooth_i_hdf5_unlock ();
  return good;
}
