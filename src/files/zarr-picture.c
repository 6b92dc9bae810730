/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of a SpatialData store: one level of one image, put to uns/spatial of the HDF5 file that the table becomes.
 *
 * Images are OME-Zarr: levels of a pyramid with their scales, and transformations to coordinate systems. Where the circles (or
 * polygons) of the spots have a transformation to one of the same systems, both together say how many pixels of the level are
 * one unit of the spots' coordinates. Only scales can be used: a picture that is turned or shifted against the spots is left
 * out with a warning, as nothing is ever put where it does not lie.
 *
 * Source: 'Next-generation file formats' 0.4 and 0.5 (multiscales, axes, coordinateTransformations), and the transformations
 * that spatialdata adds to it (identity, scale, translation, affine, sequence, with the axes of input and output).
 * The width of circles is not read: its unit is not said, and for Visium the array tells it.
 */
#include "files/zarr-private.h"

#include "base/error.h"
#include "files/hdf5-private.h"

#include <math.h>
#include <string.h>

#define MAX_SIDE 4096     /* pixels of the level that is read, where there is one so small */
#define MAX_PIXELS ((gint64) 1 << 26)
#define MAX_DEPTH 4       /* of sequences of transformations */
#define TOLERANCE 0.01    /* of the two scales to each other */
#define MAX_SHIFT 1.0     /* of a picture against the spots, in its pixels */

/* (x, y) -> (scale[0] x + shift[0], scale[1] y + shift[1]) */
typedef struct
{
  double scale[2], shift[2];
} Mapping;

/* A level that can be read. */
typedef struct
{
  char *name;    /* of its image */
  char *folder;
  gint64 pixels;
  double scale;  /* its pixels in one unit of the spots' coordinates */
} Level;

static void
level_clear (Level *level)
{
  g_free (level->name);
  g_free (level->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Level, level_clear)

/* ---- JSON ---- */

static JsonNode *
get_member (JsonObject *object, const char *name)
{
  return object != NULL ? json_object_get_member (object, name) : NULL;
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  return smooth_json_node_get_object (get_member (object, name));
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  return smooth_json_node_get_array (get_member (object, name));
}

static const char *
get_text (JsonObject *object, const char *name)
{
  return smooth_json_node_get_string (get_member (object, name));
}

static JsonNode *
get_node (JsonArray *array, guint i)
{
  return array != NULL && i < json_array_get_length (array) ? json_array_get_element (array, i) : NULL;
}

static JsonObject *
get_element (JsonArray *array, guint i)
{
  return smooth_json_node_get_object (get_node (array, i));
}

static guint
get_length (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

static gboolean
get_number (JsonArray *array, gint i, double *value)
{
  return i >= 0 && (guint) i < get_length (array) && smooth_json_node_get_number (json_array_get_element (array, (guint) i), value) && isfinite (*value);
}

/* ---- Transformations ---- */

/* Where the axis is in a list of {"name": ...}, or -1. */
static gint
find_axis (JsonArray *axes, const char *name)
{
  for (guint i = 0; i < get_length (axes); i++)
    if (g_strcmp0 (get_text (get_element (axes, i), "name"), name) == 0)
      return (gint) i;
  return -1;
}

/* The axes of the input or output; where a transformation does not say, those of the image. */
static JsonArray *
get_axes (JsonObject *transformation, const char *side, JsonArray *axes)
{
  JsonArray *own = get_array (get_object (transformation, side), "axes");

  return own != NULL ? own : axes;
}

static gboolean
read_affine (JsonObject *transformation, JsonArray *axes, Mapping *mapping)
{
  static const char *const names[] = { "x", "y" };
  JsonArray *matrix = get_array (transformation, "affine"), *input = get_axes (transformation, "input", axes);
  JsonArray *output = get_axes (transformation, "output", axes);

  for (gint d = 0; d < 2; d++)
    {
      gint row = find_axis (output, names[d]);
      JsonArray *numbers = row >= 0 ? smooth_json_node_get_array (get_node (matrix, (guint) row)) : NULL;
      double other;
      if (!get_number (numbers, find_axis (input, names[d]), &mapping->scale[d]) || !get_number (numbers, find_axis (input, names[1 - d]), &other)
          || !get_number (numbers, (gint) get_length (input), &mapping->shift[d]) || fabs (other) > 1e-6 * fabs (mapping->scale[d]))
        return FALSE;
    }
  return TRUE;
}

/* FALSE where it is none of scales and shifts. @axes: (nullable) */
static gboolean
read_transformation (JsonObject *transformation, JsonArray *axes, gint depth, Mapping *mapping)
{
  static const char *const names[] = { "x", "y" };
  const char *type = get_text (transformation, "type");

  *mapping = (Mapping){ { 1.0, 1.0 }, { 0.0, 0.0 } };
  if (type == NULL || depth > MAX_DEPTH)
    return FALSE;
  if (g_str_equal (type, "identity"))
    return TRUE;
  if (g_str_equal (type, "affine"))
    return read_affine (transformation, axes, mapping);
  if (g_str_equal (type, "sequence"))
    {
      JsonArray *parts = get_array (transformation, "transformations");
      for (guint i = 0; i < get_length (parts); i++)
        {
          Mapping part;
          if (!read_transformation (get_element (parts, i), axes, depth + 1, &part))
            return FALSE;
          for (gint d = 0; d < 2; d++)
            {
              mapping->scale[d] *= part.scale[d];
              mapping->shift[d] = mapping->shift[d] * part.scale[d] + part.shift[d];
            }
        }
      return parts != NULL;
    }
  gboolean is_scale = g_str_equal (type, "scale");
  if (!is_scale && !g_str_equal (type, "translation"))
    return FALSE;
  for (gint d = 0; d < 2; d++)
    if (!get_number (get_array (transformation, type), find_axis (get_axes (transformation, "input", axes), names[d]),
                     is_scale ? &mapping->scale[d] : &mapping->shift[d]))
      return FALSE;
  return TRUE;
}

/* The transformation to a coordinate system. */
static gboolean
find_transformation (JsonArray *transformations, const char *system, JsonArray *axes, Mapping *mapping)
{
  for (guint i = 0; i < get_length (transformations); i++)
    {
      JsonObject *transformation = get_element (transformations, i);
      if (g_strcmp0 (get_text (get_object (transformation, "output"), "name"), system) == 0)
        return read_transformation (transformation, axes, 0, mapping);
    }
  return FALSE;
}

/* Pixels of a level in one unit of the spots, where both lie in one system. FALSE where a shift or unequal scales forbid it. */
static gboolean
relate (const Mapping *level, const Mapping *image, const Mapping *spots, double *scale)
{
  double scales[2];

  for (gint d = 0; d < 2; d++)
    {
      double of_image = (spots->shift[d] - image->shift[d]) / image->scale[d], of_level = level->shift[d] / level->scale[d];
      scales[d] = spots->scale[d] / (image->scale[d] * level->scale[d]);
      /* Half a pixel of a level that was made smaller is no shift. */
      if (!(scales[d] > 1e-9 && scales[d] < 1e9 && fabs (of_image) <= MAX_SHIFT && fabs (of_level) <= MAX_SHIFT))
        return FALSE;
    }
  *scale = (scales[0] + scales[1]) / 2.0;
  return fabs (scales[0] - scales[1]) <= TOLERANCE * *scale;
}

/* ---- Images and levels ---- */

/* Shapes that are none of the table's rows, as annotations are: they are not read. @region: (nullable): the rows */
static void
report_shapes (ZarrStore *store, const char *shapes, const char *region)
{
  g_autoptr (GPtrArray) names = smooth_i_zarr_list_folders (shapes);
  g_autoptr (GString) others = g_string_new (NULL);

  for (guint i = 0; i < names->len; i++)
    if (g_strcmp0 (names->pdata[i], region) != 0)
      g_string_append_printf (others, "%s%s", others->len > 0 ? ", " : "", (const char *) names->pdata[i]);
  if (others->len > 0)
    smooth_report_add (store->report, SMOOTH_REPORT_NOTE, "shapes of the store that are not read (regions are read from GeoJSON files): %s", others->str);
}

/* The circles (or polygons) that the table's rows are; without metadata where the store does not say. */
static gboolean
load_spots (ZarrStore *store, const char *path, ZarrNode *spots, GError **error)
{
  g_auto (ZarrNode) table = { 0 };

  if (!smooth_i_zarr_node_load (&table, store, store->root, error))
    return FALSE;
  const char *region = get_text (table.attributes, "region");
  g_autofree char *shapes = smooth_i_zarr_dup_member (path, "shapes", G_FILE_TEST_IS_DIR), *folder = NULL;
  if (region != NULL && *region != '\0' && *region != '.' && strchr (region, '/') == NULL && shapes != NULL)
    folder = smooth_i_zarr_dup_member (shapes, region, G_FILE_TEST_IS_DIR);
  if (shapes != NULL)
    report_shapes (store, shapes, region);
  return folder == NULL || smooth_i_zarr_node_load (spots, store, folder, error);
}

/* Whether it is an array of one, three or four numbers a pixel, of 8 or 16 bits, channels first. */
static gboolean
load_array (ZarrStore *store, const char *folder, ZarrArray *array, GError **error)
{
  g_auto (ZarrNode) node = { 0 };

  if (!smooth_i_zarr_node_load (&node, store, folder, error) || node.json == NULL || !node.is_array
      || !smooth_i_zarr_array_parse (array, node.json, node.is_v3, error))
    return FALSE;
  return array->kind == 'u' && array->item <= 2 && array->rank == 3 && (array->shape[0] == 1 || array->shape[0] == 3 || array->shape[0] == 4)
         && array->shape[1] > 0 && array->shape[2] > 0 && array->shape[1] <= MAX_PIXELS / array->shape[2];
}

/* The largest level with sides of at most MAX_SIDE, or the smallest of all, that can be read and lies on the spots. */
static gboolean
choose_level (ZarrStore *store, const char *folder, JsonObject *image, const Mapping *to_system, const Mapping *spots, Level *best)
{
  JsonArray *levels = get_array (image, "datasets"), *axes = get_array (image, "axes");
  gboolean found = FALSE, best_is_small = FALSE;

  if (get_length (axes) != 3 || find_axis (axes, "c") != 0 || find_axis (axes, "y") != 1 || find_axis (axes, "x") != 2)
    return FALSE;
  for (guint i = 0; i < get_length (levels); i++)
    {
      JsonObject *level = get_element (levels, i);
      const char *name = get_text (level, "path");
      Mapping to_image = { { 1.0, 1.0 }, { 0.0, 0.0 } };
      JsonArray *transformations = get_array (level, "coordinateTransformations");
      double scale;
      g_auto (ZarrArray) array = { 0 };
      if (name == NULL || *name == '\0' || *name == '.' || strchr (name, '/') != NULL)
        continue;
      if (get_length (transformations) > 0 && !read_transformation (get_element (transformations, 0), axes, 0, &to_image))
        continue;
      g_autofree char *place = smooth_i_zarr_dup_member (folder, name, G_FILE_TEST_IS_DIR);
      if (place == NULL || !relate (&to_image, to_system, spots, &scale) || !load_array (store, place, &array, NULL))
        continue;
      gint64 pixels = array.shape[1] * array.shape[2];
      gboolean is_small = array.shape[1] <= MAX_SIDE && array.shape[2] <= MAX_SIDE;
      if (found && (best_is_small ? !is_small || pixels <= best->pixels : !is_small && pixels >= best->pixels))
        continue;
      g_free (best->folder);
      *best = (Level){ best->name, g_steal_pointer (&place), pixels, scale };
      best_is_small = is_small;
      found = TRUE;
    }
  return found;
}

/* The level of an image in a system that the spots are in, too; spots without transformations have the units of 'global'. */
static gboolean
choose_in_image (ZarrStore *store, const char *folder, const ZarrNode *node, const ZarrNode *spots, Level *best)
{
  JsonObject *ome = get_object (node->attributes, "ome");
  JsonObject *image = get_element (get_array (ome != NULL ? ome : node->attributes, "multiscales"), 0);
  JsonArray *transformations = get_array (image, "coordinateTransformations");
  JsonArray *of_spots = get_array (spots->attributes, "coordinateTransformations");

  for (guint i = 0; i < get_length (transformations); i++)
    {
      Mapping to_system, from_spots = { { 1.0, 1.0 }, { 0.0, 0.0 } };
      const char *system = get_text (get_object (get_element (transformations, i), "output"), "name");
      if (system == NULL || !read_transformation (get_element (transformations, i), get_array (image, "axes"), 0, &to_system))
        continue;
      if (of_spots != NULL ? !find_transformation (of_spots, system, NULL, &from_spots) : !g_str_equal (system, "global"))
        continue;
      if (choose_level (store, folder, image, &to_system, &from_spots, best))
        return TRUE;
    }
  return FALSE;
}

/* The image with most pixels; @others gets the names of those that are not read. */
static gboolean
choose_image (ZarrStore *store, const char *images, const ZarrNode *spots, Level *best, GString *others, GError **error)
{
  g_autoptr (GPtrArray) names = smooth_i_zarr_list_folders (images);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *folder = g_build_filename (images, names->pdata[i], NULL);
      g_auto (ZarrNode) node = { 0 };
      g_auto (Level) level = { .name = g_strdup (names->pdata[i]) };
      const char *left_out = names->pdata[i];
      if (!smooth_i_zarr_node_load (&node, store, folder, error))
        return FALSE;
      if (choose_in_image (store, folder, &node, spots, &level) && level.pixels > best->pixels)
        {
          Level former = *best;
          *best = level;
          level = former;
          left_out = former.name;
        }
      if (left_out != NULL)
        g_string_append_printf (others, "%s%s", others->len > 0 ? ", " : "", left_out);
    }
  return TRUE;
}

/* ---- Into the HDF5 file ---- */

/* Chunks of planes become pixels: the file has y, x, channel. One channel becomes three alike. */
static gboolean
copy_pixels (ZarrStore *store, const char *folder, const ZarrArray *array, hid_t list, GError **error)
{
  gint64 at[ZARR_MAX_RANK] = { 0 };
  g_auto (Hdf5Id) space = H5Dget_space (list);
  g_auto (Hdf5Id) type = smooth_i_zarr_make_type (array);

  do
    {
      g_autoptr (GBytes) bytes = NULL;
      if (!smooth_i_zarr_read_chunk (store, folder, array, at, &bytes, error))
        return FALSE;
      if (bytes == NULL) /* black, as the list is */
        continue;
      const hsize_t chunk[3] = { (hsize_t) array->chunk[0], (hsize_t) array->chunk[1], (hsize_t) array->chunk[2] };
      g_auto (Hdf5Id) memory = H5Screate_simple (3, chunk, NULL);
      hsize_t first[3], n[3];
      for (gint d = 0; d < 3; d++)
        {
          first[d] = (hsize_t) (at[d] * array->chunk[d]);
          n[d] = (hsize_t) MIN (array->chunk[d], array->shape[d] - at[d] * array->chunk[d]);
        }
      for (hsize_t c = 0; c < n[0]; c++)
        for (hsize_t copy = 0; copy < (array->shape[0] == 1 ? 3 : 1); copy++)
          {
            const hsize_t from[3] = { c, 0, 0 }, one[3] = { 1, n[1], n[2] }, to[3] = { first[1], first[2], first[0] + c + copy }, size[3] = { n[1], n[2], 1 };
            if (H5Sselect_hyperslab (memory, H5S_SELECT_SET, from, NULL, one, NULL) < 0 || H5Sselect_hyperslab (space, H5S_SELECT_SET, to, NULL, size, NULL) < 0
                || H5Dwrite (list, type, memory, space, H5P_DEFAULT, g_bytes_get_data (bytes, NULL)) < 0)
              {
                g_autofree char *message = smooth_i_hdf5_dup_message ();
                return smooth_i_refuse (folder, error, "cannot be read: %s", message);
              }
          }
    }
  while (smooth_i_zarr_step (array, at));
  return TRUE;
}

/* Makes uns/spatial/NAME/images/hires and its scale factor. */
static gboolean
put_level (ZarrStore *store, const Level *level, hid_t file, GError **error)
{
  g_auto (ZarrArray) array = { 0 };

  if (!load_array (store, level->folder, &array, error) || !smooth_i_zarr_check_stored (store, level->folder, &array, error))
    return FALSE;
  const hsize_t sizes[3] = { (hsize_t) array.shape[1], (hsize_t) array.shape[2], (hsize_t) MAX (array.shape[0], 3) };
  g_auto (Hdf5Id) uns = H5Lexists (file, "uns", H5P_DEFAULT) > 0 ? H5Gopen2 (file, "uns", H5P_DEFAULT)
                                                                 : H5Gcreate2 (file, "uns", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_auto (Hdf5Id) spatial = H5Gcreate2 (uns, "spatial", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_auto (Hdf5Id) library = H5Gcreate2 (spatial, level->name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_auto (Hdf5Id) images = H5Gcreate2 (library, "images", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_auto (Hdf5Id) factors = H5Gcreate2 (library, "scalefactors", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_auto (Hdf5Id) scalar = H5Screate (H5S_SCALAR);
  g_auto (Hdf5Id) type = smooth_i_zarr_make_type (&array);
  g_auto (Hdf5Id) space = H5Screate_simple (3, sizes, NULL);
  g_auto (Hdf5Id) factor = H5Dcreate2 (factors, "tissue_hires_scalef", H5T_IEEE_F64LE, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  g_auto (Hdf5Id) list = H5Dcreate2 (images, "hires", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  if (list < 0 || factor < 0 || H5Dwrite (factor, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &level->scale) < 0)
    {
      g_autofree char *message = smooth_i_hdf5_dup_message ();
      return smooth_i_refuse (level->folder, error, "cannot be read: %s", message);
    }
  return copy_pixels (store, level->folder, &array, list, error);
}

/**
 * smooth_i_zarr_add_picture:
 * @store: of the table; its report gets which image is read, and which images and shapes are not
 * @path: of the SpatialData store
 * @file: what the table became; one that has uns/spatial is left as it is
 *
 * For whoever holds smooth_i_hdf5_lock(). O(pixels of the level), and their memory three times.
 */
gboolean
smooth_i_zarr_add_picture (ZarrStore *store, const char *path, hid_t file, GError **error)
{
  g_autofree char *images = smooth_i_zarr_dup_member (path, "images", G_FILE_TEST_IS_DIR);
  g_auto (ZarrNode) spots = { 0 };
  g_auto (Level) best = { 0 };
  g_autoptr (GString) others = g_string_new (NULL);

  if (!load_spots (store, path, &spots, error))
    return FALSE;
  if (images == NULL || (smooth_i_hdf5_has (file, "uns", H5I_GROUP) && H5Lexists (file, "uns/spatial", H5P_DEFAULT) > 0))
    return TRUE;
  if (!choose_image (store, images, &spots, &best, others, error))
    return FALSE;
  if (others->len > 0)
    smooth_report_add (store->report, best.folder != NULL ? SMOOTH_REPORT_NOTE : SMOOTH_REPORT_WARNING,
                       "images of the store that are not read (one of one, three or four numbers a pixel is, of 8 or 16 bits, which is not turned or shifted against the spots): %s",
                       others->str);
  if (best.folder == NULL)
    return TRUE;
  smooth_report_add (store->report, SMOOTH_REPORT_NOTE, "the picture is the image '%s' of the store", best.name);
  return put_level (store, &best, file, error);
}
