/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrices of single cells, which lie nowhere: what signatures are made from. */
#include "section/section-private.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/hdf5.h"
#include "files/mtx.h"

/* The matrix in a folder: its own three files, or what Cell Ranger calls so. */
static SmoothCounts *
load_folder (const char *path, SmoothRun *run, GError **error)
{
  g_autofree char *matrix = smooth_mex_dup_matrix_path (path);
  g_autofree char *hdf5 = g_build_filename (path, "filtered_feature_bc_matrix.h5", NULL);
  g_autofree char *mex = g_build_filename (path, "filtered_feature_bc_matrix", NULL);

  if (matrix != NULL && g_file_test (matrix, G_FILE_TEST_IS_REGULAR))
    return smooth_mex_load (path, run, error);
  if (g_file_test (hdf5, G_FILE_TEST_IS_REGULAR))
    return smooth_hdf5_load (hdf5, run, error);
  if (g_file_test (mex, G_FILE_TEST_IS_DIR))
    return smooth_mex_load (mex, run, error);
  smooth_error_set (
      error, SMOOTH_ERROR_FILE,
      "%s: expected a matrix of cells: matrix.mtx with barcodes and features, or filtered_feature_bc_matrix, found none",
      path);
  return NULL;
}

static void
fill_cells (SmoothSection *cells, const SmoothCounts *counts)
{
  gint64 n = cells->n_spots = counts->n_barcodes;

  cells->barcodes = g_strdupv (counts->barcodes);
  cells->spot_flags = g_new0 (guint8, n + 1);
  cells->array_rows = g_new (gint32, n + 1);
  cells->array_cols = g_new (gint32, n + 1);
  cells->coords = g_new0 (double, 2 * n + 1);
  cells->total_counts = g_new0 (double, n + 1);
  for (gint64 i = 0; i < n; i++)
    {
      cells->spot_flags[i] = SMOOTH_SPOT_IN_TISSUE;
      cells->array_rows[i] = cells->array_cols[i] = -1;
    }
  cells->um_per_pixel = cells->pitch = cells->spot_diameter = 1.0;
}

/* A file: of HDF5, the matrix of a folder of three files, or a table. */
static SmoothCounts *
load_file (const char *path, gboolean genes_are_rows, SmoothRun *run, GError **error)
{
  g_autofree char *choice = NULL, *file = smooth_i_choice_split (path, &choice);
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *matrix = smooth_mex_dup_matrix_path (folder);

  if (g_strcmp0 (matrix, file) == 0)
    return smooth_mex_load (folder, run, error);
  if (!smooth_i_is_table_name (file))
    return smooth_hdf5_load (path, run, error);
  g_autoptr (SmoothCounts) counts = smooth_counts_load_table (file, run, error);
  if (counts == NULL || (genes_are_rows && !smooth_i_counts_turn (counts, error)))
    return NULL;
  return g_steal_pointer (&counts);
}

/**
 * smooth_i_cells_load:
 * @path: as in smooth_section_load_cells(), or a table of counts, or the matrix among the files of a folder
 * @genes_are_rows: of a table; else its columns are
 */
SmoothSection *
smooth_i_cells_load (const char *path, gboolean genes_are_rows, SmoothRun *run, GError **error)
{
  gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autoptr (SmoothCounts) counts = is_folder ? load_folder (path, run, error) : load_file (path, genes_are_rows, run, error);
  g_autoptr (SmoothSection) cells = smooth_i_section_new ();

  if (counts == NULL)
    return NULL;
  cells->name = g_path_get_basename (path);
  cells->path = g_strdup (path);
  for (gsize i = 0; counts->files[i] != NULL; i++)
    smooth_i_section_add_input (cells, counts->files[i]);
  fill_cells (cells, counts);
  return smooth_i_section_set_counts (cells, counts, path, run, error) ? g_steal_pointer (&cells) : NULL;
}

/**
 * smooth_section_load_cells:
 * @path: a matrix of single cells: an H5 file of Cell Ranger, a folder of matrix, barcodes and features, or a folder with
 *   filtered_feature_bc_matrix in it
 *
 * Returns: (transfer full): a section whose spots are the cells; they lie nowhere, so that it is good for labels and signatures only
 */
SmoothSection *
smooth_section_load_cells (const char *path, SmoothRun *run, GError **error)
{
  return smooth_i_cells_load (path, FALSE, run, error);
}
