/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the observations lie, and on which picture: obsm/spatial, and uns/spatial/LIBRARY as scanpy and squidpy keep it. */
#include "files/anndata-private.h"

#include "base/error.h"
#include "files/picture-private.h"

#include <math.h>
#include <string.h>

static gboolean
check_coords (const SmoothAnnData *anndata, const char *place, GError **error)
{
  for (gint64 i = 0; i < 2 * anndata->counts->n_barcodes; i++)
    if (!(fabs (anndata->coords[i]) <= 1e9))
      return smooth_i_refuse (place, error, "row %" PRId64 " ('%s'): expected a coordinate of at most 1e9, found %g", i / 2,
                              anndata->counts->barcodes[i / 2], anndata->coords[i]);
  return TRUE;
}

static gboolean
read_coords_grid (SmoothAnnData *anndata, hid_t obsm, const char *place, const char *name, GError **error)
{
  g_auto (Hdf5Grid) grid = { .id = H5I_INVALID_HID };
  gint64 n = anndata->counts->n_barcodes;

  if (!smooth_i_hdf5_grid_open (&grid, obsm, place, name, error))
    return FALSE;
  if (grid.rank != 2 || grid.n_rows != n || grid.n_cols < 2 || grid.n_cols > 16)
    return smooth_i_refuse (grid.name, error, "expected %" PRId64 " x 2 coordinates, found %" PRId64 " x %" PRId64, n,
                            grid.n_rows, grid.n_cols);
  g_autofree double *values = g_new (double, n * grid.n_cols + 1);
  if (!smooth_i_hdf5_grid_read (&grid, 0, n, values, error))
    return FALSE;
  anndata->coords = g_new (double, 2 * n + 1);
  for (gint64 i = 0; i < n; i++)
    memcpy (anndata->coords + 2 * i, values + i * grid.n_cols, 2 * sizeof (double));
  return check_coords (anndata, grid.name, error);
}

/* A table: its columns x and y, else its first two by name. */
static gboolean
read_coords_table (SmoothAnnData *anndata, hid_t obsm, const char *place, const char *name, GError **error)
{
  g_auto (AnnFrame) frame = { .id = H5I_INVALID_HID };

  if (!smooth_i_ann_frame_open (&frame, obsm, place, name, H5I_INVALID_HID, error))
    return FALSE;
  g_auto (GStrv) columns = smooth_i_ann_frame_dup_columns (&frame);
  gboolean named = g_strv_contains ((const char *const *) columns, "x") && g_strv_contains ((const char *const *) columns, "y");
  gint64 n = anndata->counts->n_barcodes;
  if (g_strv_length (columns) < 2 || frame.n_rows != n)
    return smooth_i_refuse (frame.place, error, "expected %" PRId64 " rows of 2 coordinates, found %" PRId64 " rows of %u",
                            n, frame.n_rows, g_strv_length (columns));
  anndata->coords = g_new (double, 2 * n + 1);
  for (gint k = 0; k < 2; k++)
    {
      g_autofree double *values = NULL;
      const char *column = named ? (k == 0 ? "x" : "y") : columns[k];
      if (!smooth_i_ann_frame_read_numbers (&frame, column, &values, error))
        return FALSE;
      if (values == NULL)
        return smooth_i_refuse (frame.place, error, "expected numbers in the column '%s', found none", column);
      for (gint64 i = 0; i < n; i++)
        anndata->coords[2 * i + k] = values[i];
    }
  return check_coords (anndata, frame.place, error);
}

static gboolean
read_coords (SmoothAnnData *anndata, hid_t file, const char *place, GError **error)
{
  static const char *const names[] = { "spatial", "X_spatial", "X_xy_coords" };
  g_autofree char *obsm_place = g_strconcat (place, "/obsm", NULL);

  if (!smooth_i_hdf5_has (file, "obsm", H5I_GROUP))
    return TRUE;
  g_auto (Hdf5Id) obsm = H5Gopen2 (file, "obsm", H5P_DEFAULT);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (smooth_i_hdf5_has (obsm, names[i], H5I_GROUP))
      return read_coords_table (anndata, obsm, obsm_place, names[i], error);
    else if (smooth_i_hdf5_has (obsm, names[i], H5I_DATASET))
      return read_coords_grid (anndata, obsm, obsm_place, names[i], error);
  return TRUE;
}

/* Reads one number that is a scalar or a list of one. FALSE where it is neither. */
gboolean
smooth_i_hdf5_read_scalar (hid_t parent, const char *name, double *value)
{
  if (!smooth_i_hdf5_has (parent, name, H5I_DATASET))
    return FALSE;
  g_auto (Hdf5Id) id = H5Dopen2 (parent, name, H5P_DEFAULT);
  g_auto (Hdf5Id) space = H5Dget_space (id);
  g_auto (Hdf5Id) type = H5Dget_type (id);
  H5T_class_t class = type >= 0 ? H5Tget_class (type) : H5T_NO_CLASS;

  return (class == H5T_INTEGER || class == H5T_FLOAT) && H5Sget_simple_extent_npoints (space) == 1
         && H5Dread (id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0 && *value > 0.0 && *value < 1e9;
}

static guint32
make_pixel (const double *values, gint64 depth, double scale)
{
  guint32 parts[4] = { 0, 0, 0, 255 };

  for (gint64 c = 0; c < depth; c++)
    parts[c] = (guint32) CLAMP (values[c] * scale + 0.5, 0.0, 255.0);
  for (gint c = 0; c < 3; c++)
    parts[c] = (parts[c] * parts[3] + 127) / 255;
  return parts[3] << 24 | parts[0] << 16 | parts[1] << 8 | parts[2];
}

/* The largest number of the picture: 1, 255 and 65535 are white in pictures of floats, bytes and 16 bits. */
static gboolean
find_white (const Hdf5Grid *grid, double *row, double *white, GError **error)
{
  double largest = 0.0;

  for (gint64 y = 0; y < grid->n_rows; y++)
    {
      if (!smooth_i_hdf5_grid_read (grid, y, 1, row, error))
        return FALSE;
      for (gint64 i = 0; i < grid->n_cols * grid->depth; i++)
        {
          if (!(row[i] >= 0.0 && row[i] <= 65535.0))
            return smooth_i_refuse (grid->name, error, "row %" PRId64 ": expected numbers of 0..65535, found %g", y, row[i]);
          largest = MAX (largest, row[i]);
        }
    }
  *white = grid->class == H5T_FLOAT && largest <= 1.0 ? 1.0 : largest <= 255.0 ? 255.0 : 65535.0;
  return TRUE;
}

static SmoothPicture *
read_picture (const Hdf5Grid *grid, GError **error)
{
  SmoothPictureSource source = { .path = grid->name, .max_pixels = SMOOTH_I_PICTURE_MAX_PIXELS };
  g_autofree double *row = NULL;
  double white = 1.0;

  if (!smooth_i_picture_check_size (&source, grid->n_cols, grid->n_rows, error))
    return NULL;
  row = g_new (double, grid->n_cols * grid->depth);
  if (!find_white (grid, row, &white, error))
    return NULL;
  g_autoptr (SmoothPicture) picture = smooth_picture_new ((gint) grid->n_cols, (gint) grid->n_rows, error);
  for (gint64 y = 0; picture != NULL && y < grid->n_rows; y++)
    {
      if (!smooth_i_hdf5_grid_read (grid, y, 1, row, error))
        return NULL;
      for (gint64 x = 0; x < grid->n_cols; x++)
        picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x] = make_pixel (row + x * grid->depth, grid->depth, 255.0 / white);
    }
  return g_steal_pointer (&picture);
}

/* Whether there is a picture of that name with three or four numbers a pixel; other things stand for an absent one. */
static gboolean
has_picture (hid_t images, const char *name)
{
  if (!smooth_i_hdf5_has (images, name, H5I_DATASET))
    return FALSE;
  g_auto (Hdf5Id) id = H5Dopen2 (images, name, H5P_DEFAULT);
  g_auto (Hdf5Id) space = H5Dget_space (id);
  hsize_t dims[3];

  return H5Sget_simple_extent_ndims (space) == 3 && H5Sget_simple_extent_dims (space, dims, NULL) == 3 && (dims[2] == 3 || dims[2] == 4)
         && dims[0] > 0 && dims[1] > 0;
}

/* A picture that is none is left out with a warning: the spots can be used without it. */
static void
read_library (SmoothAnnData *anndata, hid_t library, const char *place)
{
  static const struct { const char *picture, *factor; } pictures[] = { { "hires", "tissue_hires_scalef" }, { "lowres", "tissue_lowres_scalef" } };

  if (!smooth_i_hdf5_has (library, "scalefactors", H5I_GROUP))
    return;
  g_auto (Hdf5Id) factors = H5Gopen2 (library, "scalefactors", H5P_DEFAULT);
  smooth_i_hdf5_read_scalar (factors, "spot_diameter_fullres", &anndata->spot_diameter);
  if (!smooth_i_hdf5_has (library, "images", H5I_GROUP))
    return;
  g_auto (Hdf5Id) images = H5Gopen2 (library, "images", H5P_DEFAULT);
  for (gsize i = 0; i < G_N_ELEMENTS (pictures) && anndata->picture == NULL; i++)
    {
      double scale;
      g_auto (Hdf5Grid) grid = { .id = H5I_INVALID_HID };
      if (!has_picture (images, pictures[i].picture) || !smooth_i_hdf5_read_scalar (factors, pictures[i].factor, &scale))
        continue;
      g_autoptr (GError) cause = NULL;
      if (smooth_i_hdf5_grid_open (&grid, images, place, pictures[i].picture, &cause))
        anndata->picture = read_picture (&grid, &cause);
      if (cause != NULL)
        smooth_report_add (anndata->report, SMOOTH_REPORT_WARNING, "a picture is left out: %s", smooth_error_say (cause));
      anndata->picture_scale = scale;
    }
}

static herr_t
add_library (hid_t group, const char *name, const H5L_info_t *info, void *names)
{
  (void) info;
  if (g_utf8_validate (name, -1, NULL) && smooth_i_hdf5_has (group, name, H5I_GROUP))
    g_ptr_array_add (names, g_strdup (name));
  return 0;
}

/**
 * smooth_i_ann_read_spatial:
 * @anndata: has its counts; gets coordinates, picture and scale, as far as they are there
 * @place: 'FILE: ', for messages
 *
 * Of several libraries the first is read and the others are reported.
 */
gboolean
smooth_i_ann_read_spatial (SmoothAnnData *anndata, hid_t file, const char *place, GError **error)
{
  g_autoptr (GPtrArray) libraries = g_ptr_array_new_with_free_func (g_free);

  if (!read_coords (anndata, file, place, error))
    return FALSE;
  if (!smooth_i_hdf5_has (file, "uns", H5I_GROUP))
    return TRUE;
  g_auto (Hdf5Id) uns = H5Gopen2 (file, "uns", H5P_DEFAULT);
  if (!smooth_i_hdf5_has (uns, "spatial", H5I_GROUP))
    return TRUE;
  g_auto (Hdf5Id) spatial = H5Gopen2 (uns, "spatial", H5P_DEFAULT);
  H5Literate (spatial, H5_INDEX_NAME, H5_ITER_INC, NULL, add_library, libraries);
  if (libraries->len == 0)
    return TRUE;
  if (libraries->len > 1)
    smooth_report_add (anndata->report, SMOOTH_REPORT_WARNING,
                       "the file has pictures of %u sections: that of '%s' is laid under all spots, which is right for its own alone",
                       libraries->len, (const char *) libraries->pdata[0]);
  g_autofree char *name = g_strdup_printf ("%s/uns/spatial/%s", place, (const char *) libraries->pdata[0]);
  g_auto (Hdf5Id) library = H5Gopen2 (spatial, libraries->pdata[0], H5P_DEFAULT);
  read_library (anndata, library, name);
  return TRUE;
}
