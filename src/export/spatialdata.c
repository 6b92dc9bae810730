/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes an outcome as SpatialData. What stands where:
 *
 *   tables/table     what smooth_export_anndata() writes; its obs has spatialdata_region and spatialdata_instance, too, which
 *                    lead to the circle of each row
 *   shapes/spots     centres and radii of the spots in full-resolution pixels
 *   images/hires     the picture, with its scale to these pixels
 *
 * All lie in the coordinate system 'global' of full-resolution pixels. The versions of the elements (container 0.1, images and
 * shapes 0.1, on Zarr 2) are those that every release of spatialdata can read; later ones keep shapes in Parquet files.
 *
 * Source: spatialdata's 'Design document' and the stores that spatialdata 0.7 writes in these versions. */
#include "export/spatialdata.h"

#include "base/error.h"
#include "files/anndata-write.h"
#include "files/output.h"
#include "files/zarr-write.h"
#include "smooth-config.h"

#include <glib/gstdio.h>

#define REGION_KEY "spatialdata_region"
#define INSTANCE_KEY "spatialdata_instance"
#define CIRCLES "spots"
#define IMAGE "hires"

#define AXIS_C "{\"name\": \"c\", \"type\": \"channel\"}"
#define AXIS_X "{\"name\": \"x\", \"type\": \"space\", \"unit\": \"unit\"}"
#define AXIS_Y "{\"name\": \"y\", \"type\": \"space\", \"unit\": \"unit\"}"

typedef struct
{
  const SmoothOutcome *outcome;
  SmoothLayer *const *layers;
  gsize n_layers;
  const char *recipe;
  SmoothReport *report;
} Job;

static gboolean
write_group (const char *root, const char *name, const char *attributes, GError **error)
{
  g_autofree char *folder = g_build_filename (root, name, NULL);
  g_autoptr (JsonNode) node = json_from_string (attributes, NULL);

  return smooth_zarr_write_group (folder, node, error);
}

/* ---- The table ---- */

/* Rows of the table: spots that have counts. */
static gint64
count_rows (const SmoothSection *section)
{
  gint64 n = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    n += (section->spot_flags[i] & SMOOTH_SPOT_HAS_COUNTS) != 0;
  return n;
}

static void
add_text_attributes (SmoothHdf5Writer *writer)
{
  static const struct { const char *name, *text; } attributes[]
      = { { "spatialdata-encoding-type", "ngff:regions_table" }, { "region", CIRCLES }, { "region_key", REGION_KEY },
          { "instance_key", INSTANCE_KEY }, { "version", "0.1" } };

  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    smooth_hdf5_writer_set_text_attribute (writer, "/", attributes[i].name, attributes[i].text);
}

/* Adds to the AnnData in @path which circle each of its rows is. */
static gboolean
add_instances (const char *path, gint64 n, GError **error)
{
  g_autoptr (SmoothHdf5Writer) writer = smooth_hdf5_writer_new_copy (path, path, error);
  g_autofree gint32 *codes = g_new0 (gint32, n + 1);
  g_autofree gint64 *instances = g_new (gint64, n + 1);
  const char *const names[] = { CIRCLES, NULL };

  if (writer == NULL)
    return FALSE;
  if (!smooth_anndata_add_to_frame (writer, "obs", REGION_KEY) || !smooth_anndata_add_to_frame (writer, "obs", INSTANCE_KEY))
    return smooth_i_refuse (path, error, "expected the table of spots in an encoding of 2020 or later, found one to which no column can be added");
  for (gint64 r = 0; r < n; r++)
    instances[r] = r;
  smooth_anndata_add_categories (writer, "obs/" REGION_KEY, codes, n, names);
  smooth_anndata_add_array (writer, "obs/" INSTANCE_KEY, SMOOTH_HDF5_INT64, instances, 1, &n);
  smooth_hdf5_writer_remove (writer, "uns/spatialdata_attrs");
  smooth_anndata_need_dict (writer, "uns/spatialdata_attrs");
  smooth_anndata_add_text (writer, "uns/spatialdata_attrs/region", CIRCLES);
  smooth_anndata_add_text (writer, "uns/spatialdata_attrs/region_key", REGION_KEY);
  smooth_anndata_add_text (writer, "uns/spatialdata_attrs/instance_key", INSTANCE_KEY);
  add_text_attributes (writer);
  return smooth_hdf5_writer_commit (writer, error);
}

static gboolean
write_table (const Job *job, const char *root, GError **error)
{
  g_autofree char *table = g_build_filename (root, "tables", "table", NULL);
  g_autofree char *file = g_build_filename (root, "table.h5ad", NULL); /* for now */

  gboolean good = write_group (root, "tables", "{}", error)
                  && smooth_export_anndata (job->outcome, job->layers, job->n_layers, job->recipe, file, job->report, error)
                  && add_instances (file, count_rows (job->outcome->inputs.section), error)
                  && smooth_zarr_write_hdf5 (table, file, NULL, error);
  (void) g_unlink (file);
  return good;
}

/* ---- Spots and picture ---- */

static gboolean
write_member (const char *group, const char *name, SmoothHdf5Type type, gconstpointer values, int rank, const gint64 *sizes, GError **error)
{
  g_autofree char *folder = g_build_filename (group, name, NULL);

  return smooth_zarr_write_array (folder, type, values, rank, sizes, error);
}

static gboolean
write_circles (const SmoothSection *section, const char *root, GError **error)
{
  static const char attributes[]
      = "{\"encoding-type\": \"ngff:shapes\", \"axes\": [\"x\", \"y\"],"
        " \"spatialdata_attrs\": {\"geos\": {\"name\": \"POINT\", \"type\": 0}, \"version\": \"0.1\"},"
        " \"coordinateTransformations\": [{\"type\": \"identity\","
        " \"input\": {\"name\": \"xy\", \"axes\": [" AXIS_X ", " AXIS_Y "]},"
        " \"output\": {\"name\": \"global\", \"axes\": [" AXIS_X ", " AXIS_Y "]}}]}";
  g_autofree char *folder = g_build_filename (root, "shapes", CIRCLES, NULL);
  const gint64 sizes[2] = { count_rows (section), 2 };
  g_autofree double *coords = g_new (double, 2 * sizes[0] + 1);
  g_autofree double *radii = g_new (double, sizes[0] + 1);
  g_autofree gint64 *index = g_new (gint64, sizes[0] + 1);
  gint64 r = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      if ((section->spot_flags[i] & SMOOTH_SPOT_HAS_COUNTS) == 0)
        continue;
      coords[2 * r] = section->coords[2 * i];
      coords[2 * r + 1] = section->coords[2 * i + 1];
      radii[r] = section->spot_diameter / section->um_per_pixel / 2.0;
      index[r] = r;
      r++;
    }
  return write_group (root, "shapes", "{}", error) && write_group (root, "shapes/" CIRCLES, attributes, error)
         && write_member (folder, "coords", SMOOTH_HDF5_DOUBLE, coords, 2, sizes, error)
         && write_member (folder, "radius", SMOOTH_HDF5_DOUBLE, radii, 1, sizes, error)
         && write_member (folder, "Index", SMOOTH_HDF5_INT64, index, 1, sizes, error);
}

/* Returns: (transfer full): red, green and blue, each a plane */
static guint8 *
dup_planes (const SmoothPicture *picture)
{
  gsize n = (gsize) picture->width * (gsize) picture->height, p = 0;
  guint8 *planes = g_malloc (3 * n + 1);

  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++, p++)
      {
        guint32 pixel = smooth_picture_get_pixel (picture, x, y);
        for (guint c = 0; c < 3; c++)
          planes[c * n + p] = (guint8) (pixel >> (16 - 8 * c));
      }
  return planes;
}

static gboolean
write_image (const SmoothSection *section, const char *root, GError **error)
{
  const SmoothPicture *picture = section->picture;
  char scale[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (scale, sizeof scale, 1.0 / section->picture_scale);
  g_autofree char *attributes = g_strdup_printf (
      "{\"multiscales\": [{\"version\": \"0.4\", \"name\": \"/images/" IMAGE "\","
      " \"axes\": [" AXIS_C ", {\"name\": \"y\", \"type\": \"space\"}, {\"name\": \"x\", \"type\": \"space\"}],"
      " \"datasets\": [{\"path\": \"s0\", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": [1.0, 1.0, 1.0]}]}],"
      " \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": [1.0, %s, %s],"
      " \"input\": {\"name\": \"cyx\", \"axes\": [" AXIS_C ", " AXIS_Y ", " AXIS_X "]},"
      " \"output\": {\"name\": \"global\", \"axes\": [" AXIS_C ", " AXIS_Y ", " AXIS_X "]}}]}],"
      " \"omero\": {\"channels\": [{\"label\": \"r\"}, {\"label\": \"g\"}, {\"label\": \"b\"}]},"
      " \"spatialdata_attrs\": {\"version\": \"0.1\"}}", scale, scale);
  g_autofree char *folder = g_build_filename (root, "images", IMAGE, NULL);
  g_autofree guint8 *planes = dup_planes (picture);
  const gint64 sizes[3] = { 3, picture->height, picture->width };

  return write_group (root, "images", "{}", error) && write_group (root, "images/" IMAGE, attributes, error)
         && write_member (folder, "s0", SMOOTH_HDF5_UINT8, planes, 3, sizes, error);
}

/* A SmoothFolderFunc. */
static gboolean
fill_store (const char *root, gpointer data, GError **error)
{
  const Job *job = data;
  const SmoothSection *section = job->outcome->inputs.section;

  return write_group (root, "", "{\"spatialdata_attrs\": {\"version\": \"0.1\", \"spatialdata_software_version\": \"smoothscope " SMOOTH_VERSION "\"}}",
                      error)
         && write_table (job, root, error) && write_circles (section, root, error) && (section->picture == NULL || write_image (section, root, error));
}

/**
 * smooth_export_spatialdata:
 * @path: of the store; one that is there is replaced, any other folder with files is refused
 *
 * Else as smooth_export_anndata(). Rows of the table, and circles, are the spots that have counts, in the order of the section.
 * Takes the memory of smooth_export_anndata(), and a file of that size beside the store for a while.
 */
gboolean
smooth_export_spatialdata (const SmoothOutcome *outcome, SmoothLayer *const *layers, gsize n_layers, const char *recipe, const char *path,
                           SmoothReport *report, GError **error)
{
  Job job = { outcome, layers, n_layers, recipe, report };

  return smooth_folder_write (path, ".zgroup", fill_store, &job, error);
}
