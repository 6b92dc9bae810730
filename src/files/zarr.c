/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of SpatialData and AnnData in Zarr stores of version 2 and 3: folders with a file for each chunk.
 *
 * What a section or a reference needs of the table (X, raw, layers, obs, var, obsm/spatial, uns/spatial) becomes an HDF5 file
 * in memory with the same groups, lists and texts in attributes, which the reader of .h5ad files reads. So both have one meaning.
 *
 * A picture of SpatialData stands there as if it were in uns/spatial. */
#include "files/zarr.h"

#include "base/error.h"
#include "files/hdf5-private.h"
#include "files/zarr-private.h"

#include <string.h>

#define MAX_DEPTH 16

/* ---- Arrays ---- */

/* Elements of a chunk that is not stored: texts are empty. */
static GBytes *
fill_chunk (const ZarrArray *array, hid_t type)
{
  gsize size = H5Tget_size (type);
  guint8 *bytes = g_malloc0 ((gsize) array->chunk_elements * size + sizeof (double));

  if (array->kind != 's' && array->fill != 0.0)
    {
      guint8 one[sizeof (double)];
      smooth_i_zarr_get_fill (array, one);
      for (gint64 i = 0; i < array->chunk_elements; i++)
        memcpy (bytes + (gsize) i * size, one, size);
    }
  return g_bytes_new_take (bytes, (gsize) array->chunk_elements * size);
}

/* Writes the part of a chunk that is within the shape. */
static gboolean
write_chunk (hid_t list, hid_t type, const ZarrArray *array, const gint64 *at, const void *elements, const char *path, GError **error)
{
  g_auto (Hdf5Id) memory = H5I_INVALID_HID;
  g_auto (Hdf5Id) space = H5I_INVALID_HID;

  if (smooth_i_zarr_select (array, at, list, &memory, &space) && H5Dwrite (list, type, memory, space, H5P_DEFAULT, elements) >= 0)
    return TRUE;
  g_autofree char *message = smooth_i_hdf5_dup_message (); /* before anything is closed, which makes the library forget */
  return smooth_i_refuse (path, error, "cannot be read: %s", message);
}

static gboolean
copy_chunk (ZarrStore *store, hid_t list, hid_t type, const char *folder, const ZarrArray *array, const gint64 *at, GError **error)
{
  g_autofree char *path = smooth_i_zarr_dup_chunk_path (folder, array, at);
  g_autoptr (GBytes) bytes = NULL;
  g_auto (GStrv) texts = NULL;

  if (!smooth_i_zarr_read_chunk (store, folder, array, at, &bytes, error))
    return FALSE;
  if (array->kind == 's')
    {
      if (bytes != NULL && (texts = smooth_i_zarr_dup_texts (bytes, array->chunk_elements, path, error)) == NULL)
        return FALSE;
      if (texts == NULL)
        {
          texts = g_new0 (char *, array->chunk_elements + 1);
          for (gint64 i = 0; i < array->chunk_elements; i++)
            texts[i] = g_strdup ("");
        }
    }
  else if (bytes == NULL)
    bytes = fill_chunk (array, type);
  return write_chunk (list, type, array, at, array->kind == 's' ? (const void *) texts : g_bytes_get_data (bytes, NULL), path, error);
}

static gboolean
copy_array (ZarrStore *store, const char *folder, const ZarrArray *array, hid_t parent, const char *name, hid_t *made, GError **error)
{
  hsize_t dims[ZARR_MAX_RANK];
  gint64 at[ZARR_MAX_RANK] = { 0 };
  g_auto (Hdf5Id) type = smooth_i_zarr_make_type (array);

  for (gint d = 0; d < array->rank; d++)
    dims[d] = (hsize_t) array->shape[d];
  if (array->n_elements > 0 && !smooth_i_zarr_check_stored (store, folder, array, error))
    return FALSE;
  g_auto (Hdf5Id) space = array->rank > 0 ? H5Screate_simple (array->rank, dims, NULL) : H5Screate (H5S_SCALAR);
  *made = H5Dcreate2 (parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (*made < 0)
    {
      g_autofree char *message = smooth_i_hdf5_dup_message ();
      return smooth_i_refuse (folder, error, "cannot be read: %s", message);
    }
  if (array->n_elements == 0)
    return TRUE;
  do
    if (!copy_chunk (store, *made, type, folder, array, at, error))
      return FALSE;
  while (smooth_i_zarr_step (array, at));
  return TRUE;
}

/* ---- Groups ---- */

/* Attributes that are texts; the reader of .h5ad files asks for no others. */
static void
copy_attributes (hid_t object, JsonObject *attributes)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  g_auto (Hdf5Id) type = H5Tcopy (H5T_C_S1);
  g_auto (Hdf5Id) space = H5Screate (H5S_SCALAR);
  H5Tset_size (type, H5T_VARIABLE);
  H5Tset_cset (type, H5T_CSET_UTF8);
  json_object_iter_init (&iter, attributes);
  while (json_object_iter_next (&iter, &name, &value))
    {
      if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING || *name == '\0')
        continue;
      const char *text = json_node_get_string (value);
      g_auto (Hdf5Id) attribute = H5Acreate2 (object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
      if (attribute >= 0)
        H5Awrite (attribute, type, &text);
    }
}

/* Whether a part of the table is of use to sections and references; @place is its path from the table. */
static gboolean
is_wanted (const char *place)
{
  static const char *const parts[] = { "X", "raw", "layers", "obs", "var", "obsm/spatial", "uns/spatial" };
  static const char *const around[] = { "obsm", "uns", NULL };

  if (g_str_has_prefix (place, "raw/varm"))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (g_str_has_prefix (place, parts[i]) && strchr ("/", place[strlen (parts[i])]) != NULL)
      return TRUE;
  return g_strv_contains (around, place);
}

static gboolean copy_node (ZarrStore *store, const char *place, hid_t parent, const char *name, gint depth, GError **error);

static gboolean
copy_members (ZarrStore *store, const char *folder, const char *place, hid_t group, gint depth, GError **error)
{
  g_autoptr (GPtrArray) names = smooth_i_zarr_list_folders (folder);

  if (depth > MAX_DEPTH)
    return smooth_i_refuse (folder, error, "expected at most %d folders inside each other, found more", MAX_DEPTH);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *below = *place != '\0' ? g_strconcat (place, "/", names->pdata[i], NULL) : g_strdup (names->pdata[i]);
      if (is_wanted (below) && !copy_node (store, below, group, names->pdata[i], depth + 1, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
copy_group (ZarrStore *store, const char *folder, const char *place, JsonObject *attributes, hid_t parent, const char *name, gint depth,
            GError **error)
{
  g_auto (Hdf5Id) group = name != NULL ? H5Gcreate2 (parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) : H5Gopen2 (parent, "/", H5P_DEFAULT);

  if (attributes != NULL)
    copy_attributes (group, attributes);
  return copy_members (store, folder, place, group, depth, error);
}

/* Elements of a type that is not read, as dates, are left out with a warning. */
static gboolean
copy_described (ZarrStore *store, const char *folder, const char *place, const SmoothJson *json, gboolean is_v3, JsonObject *attributes, hid_t parent,
                const char *name, GError **error)
{
  g_auto (ZarrArray) array = { 0 };
  g_auto (Hdf5Id) made = H5I_INVALID_HID;

  if (!smooth_i_zarr_array_parse (&array, json, is_v3, error))
    return FALSE;
  if (array.kind == 0)
    {
      smooth_report_add (store->report, SMOOTH_REPORT_WARNING, "%s is left out: its elements are of the type %s, which is not read", place,
                         array.type);
      return TRUE;
    }
  if (!copy_array (store, folder, &array, parent, name, &made, error))
    return FALSE;
  if (attributes != NULL)
    copy_attributes (made, attributes);
  return TRUE;
}

/* A group or an array; a folder without metadata is none of the store. @name: NULL for the table itself */
static gboolean
copy_node (ZarrStore *store, const char *place, hid_t parent, const char *name, gint depth, GError **error)
{
  g_autofree char *folder = *place != '\0' ? g_build_filename (store->root, place, NULL) : g_strdup (store->root);
  g_auto (ZarrNode) node = { 0 };

  if (!smooth_i_zarr_node_load (&node, store, folder, error))
    return FALSE;
  if (node.json == NULL)
    return TRUE;
  if (node.is_array && name != NULL)
    return copy_described (store, folder, place, node.json, node.is_v3, node.attributes, parent, name, error);
  return copy_group (store, folder, place, node.attributes, parent, name, depth, error);
}

/* ---- The table ---- */

static const char *const table_places[] = { "tables", "table" }; /* of a store; the second until 2023 */

static gboolean
is_node (const char *folder)
{
  g_autofree char *path_3 = smooth_i_zarr_dup_member (folder, "zarr.json", G_FILE_TEST_IS_REGULAR);
  g_autofree char *path_2 = smooth_i_zarr_dup_member (folder, ".zgroup", G_FILE_TEST_IS_REGULAR);

  return path_3 != NULL || path_2 != NULL;
}

static gboolean
is_table (const char *folder)
{
  g_autofree char *obs = smooth_i_zarr_dup_member (folder, "obs", G_FILE_TEST_IS_DIR);
  g_autofree char *var = smooth_i_zarr_dup_member (folder, "var", G_FILE_TEST_IS_DIR);

  return obs != NULL && var != NULL && is_node (folder) && is_node (obs) && is_node (var);
}

/* Whether a folder is such a table, or a store with a place for tables, which smooth_i_zarr_find_table() looks into. */
gboolean
smooth_i_zarr_is_store (const char *path)
{
  gboolean is_one = is_table (path);

  for (gsize k = 0; k < G_N_ELEMENTS (table_places) && !is_one; k++)
    {
      g_autofree char *folder = smooth_i_zarr_dup_member (path, table_places[k], G_FILE_TEST_IS_DIR);
      is_one = folder != NULL && is_node (path);
    }
  return is_one;
}

/**
 * smooth_i_zarr_find_table:
 * @path: a folder
 * @report: gets what else is in the store
 *
 * Returns: (transfer full) (nullable): the folder of a table of observations and variables: @path itself, or the first of
 *   those in its 'tables' (of SpatialData), or the one that was called 'table' there until 2023; NULL where it is no such store
 */
char *
smooth_i_zarr_find_table (const char *path, SmoothReport *report)
{
  g_autofree char *found = NULL;
  g_autoptr (GString) others = g_string_new (NULL);

  if (is_table (path))
    return g_strdup (path);
  for (gsize k = 0; k < G_N_ELEMENTS (table_places) && is_node (path); k++)
    {
      g_autofree char *folder = smooth_i_zarr_dup_member (path, table_places[k], G_FILE_TEST_IS_DIR);
      g_autoptr (GPtrArray) names = folder != NULL ? smooth_i_zarr_list_folders (folder) : g_ptr_array_new ();
      for (guint i = 0; i < names->len; i++)
        {
          g_autofree char *table = g_build_filename (folder, names->pdata[i], NULL);
          if (!is_table (table))
            continue;
          if (found == NULL)
            found = g_steal_pointer (&table);
          else
            g_string_append_printf (others, "%s%s/%s", others->len > 0 ? ", " : "", table_places[k], (const char *) names->pdata[i]);
        }
    }
  if (found != NULL)
    {
      g_autofree char *place = g_strdup (found + strlen (path));
      smooth_report_add (report, SMOOTH_REPORT_NOTE, "of the store the table %s is read, with the coordinates in its obsm/spatial", place);
      if (others->len > 0)
        smooth_report_add (report, SMOOTH_REPORT_WARNING, "the store has other tables, which are read where their own folder is opened: %s",
                           others->str);
    }
  return g_steal_pointer (&found);
}

/**
 * smooth_i_zarr_open:
 * @path: the folder that the user named: a table, or a store of SpatialData, whose picture is read, too
 * @table: as smooth_i_zarr_find_table() found it there
 * @counts: gets the files that were read
 *
 * For whoever holds smooth_i_hdf5_lock(). Takes memory for all that is read of the table, unpacked.
 *
 * Returns: an HDF5 file in memory, or H5I_INVALID_HID with an error
 */
hid_t
smooth_i_zarr_open (const char *path, const char *table, SmoothCounts *counts, SmoothReport *report, SmoothRun *run, GError **error)
{
  ZarrStore store = { .root = table, .counts = counts, .report = report, .run = run };
  g_auto (Hdf5Id) access = H5Pcreate (H5P_FILE_ACCESS);

  H5Pset_fapl_core (access, (size_t) 1 << 20, FALSE); /* grows by so much, and is never written to the disk */
  g_auto (Hdf5Id) file = H5Fcreate (table, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (file < 0)
    {
      g_autofree char *message = smooth_i_hdf5_dup_message ();
      smooth_i_refuse (table, error, "cannot be read: %s", message);
      return H5I_INVALID_HID;
    }
  if (!copy_node (&store, "", file, NULL, 0, error) || (!g_str_equal (path, table) && !smooth_i_zarr_add_picture (&store, path, file, error)))
    return H5I_INVALID_HID;
  hid_t open = file;
  file = H5I_INVALID_HID;
  return open;
}
