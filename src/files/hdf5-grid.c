/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grids of numbers in HDF5 (datasets of rank 2 or 3), behind the same checks as lists, read by rows. */
#include "files/hdf5-private.h"

#include "base/error.h"

#define MAX_SIDE ((hsize_t) 1 << 40)

void
hdf5_grid_clear (Hdf5Grid *grid)
{
  hdf5_id_close (grid->id);
  g_free (grid->name);
}

/**
 * smooth_i_hdf5_grid_open:
 * @grid: (out): cleared by its cleanup even on error
 * @place: of the group, for messages
 *
 * Opens a dataset of rank 2 (depth is 1 then) or 3 of numbers, and compares its claim with what the file stores.
 */
gboolean
smooth_i_hdf5_grid_open (Hdf5Grid *grid, hid_t group, const char *place, const char *name, GError **error)
{
  hsize_t dims[3] = { 0, 0, 1 };

  *grid = (Hdf5Grid){ .id = H5I_INVALID_HID, .name = g_strdup_printf ("%s/%s", place, name) };
  if (!smooth_i_hdf5_has (group, name, H5I_DATASET))
    return smooth_i_refuse (grid->name, error, "expected a grid of numbers, found none");
  grid->id = H5Oopen (group, name, H5P_DEFAULT);
  g_auto (Hdf5Id) space = H5Dget_space (grid->id);
  g_auto (Hdf5Id) type = H5Dget_type (grid->id);
  int rank = space >= 0 ? H5Sget_simple_extent_ndims (space) : -1;
  if (rank != 2 && rank != 3)
    return smooth_i_refuse (grid->name, error, "expected 2 or 3 dimensions, found %d", rank);
  H5Sget_simple_extent_dims (space, dims, NULL);
  grid->class = type >= 0 ? H5Tget_class (type) : H5T_NO_CLASS;
  if (grid->class != H5T_INTEGER && grid->class != H5T_FLOAT)
    return smooth_i_refuse (grid->name, error, "expected numbers, found other elements");
  if (dims[0] > MAX_SIDE || dims[1] >= (hsize_t) G_MAXINT32 || dims[2] > 4 || (dims[1] > 0 && dims[0] > MAX_SIDE / dims[1]))
    return smooth_i_refuse (grid->name, error,
                            "expected a grid of a sensible size, found %" PRIu64 " x %" PRIu64 " x %" PRIu64,
                            (guint64) dims[0], (guint64) dims[1], (guint64) dims[2]);
  grid->rank = rank;
  grid->n_rows = (gint64) dims[0];
  grid->n_cols = (gint64) dims[1];
  grid->depth = (gint64) dims[2];
  grid->block = 1;
  return smooth_i_hdf5_check_stored (grid->id, grid->name, rank, grid->n_rows * grid->n_cols * grid->depth, (gint64) H5Tget_size (type),
                                     &grid->block, error);
}

/**
 * smooth_i_hdf5_grid_read:
 * @first: the first row
 * @n: the number of rows
 * @values: (out): n x n_cols x depth, row-major
 */
gboolean
smooth_i_hdf5_grid_read (const Hdf5Grid *grid, gint64 first, gint64 n, double *values, GError **error)
{
  hsize_t start[3] = { (hsize_t) first, 0, 0 };
  hsize_t count[3] = { (hsize_t) n, (hsize_t) grid->n_cols, (hsize_t) grid->depth };
  g_auto (Hdf5Id) file_space = H5Dget_space (grid->id);
  g_auto (Hdf5Id) memory_space = H5Screate_simple (grid->rank, count, NULL);

  if (n == 0 || grid->n_cols == 0)
    return TRUE;
  if (memory_space >= 0 && H5Sselect_hyperslab (file_space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0
      && H5Dread (grid->id, H5T_NATIVE_DOUBLE, memory_space, file_space, H5P_DEFAULT, values) >= 0)
    return TRUE;
  g_autofree char *message = smooth_i_hdf5_dup_message ();
  return smooth_i_refuse (grid->name, error, "cannot be read: %s", message);
}
