/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrices of AnnData: compressed rows or columns in a group, or a dense dataset, of observations x variables. */
#include "files/anndata-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define SAMPLE ((gint64) 200000) /* numbers that tell whether a matrix holds counts */
#define BLOCK ((gint64) 1 << 19) /* numbers of a dense matrix that are read at a time */

static void
judge (const double *values, gint64 n, gboolean *is_whole, gboolean *is_negative)
{
  *is_whole = TRUE;
  *is_negative = FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      *is_whole = *is_whole && values[i] == floor (values[i]);
      *is_negative = *is_negative || !(values[i] >= 0.0);
    }
}

/**
 * smooth_i_ann_matrix_judge:
 * @is_whole: (out): whether all of the first numbers are whole
 * @is_negative: (out): whether one of them is below 0, or not a number
 *
 * Returns: FALSE with an error where it cannot be read
 */
gboolean
smooth_i_ann_matrix_judge (hid_t file, const char *place, const AnnMatrix *matrix, gboolean *is_whole, gboolean *is_negative,
                           GError **error)
{
  g_autofree double *values = NULL;

  if (smooth_i_hdf5_has (file, matrix->path, H5I_GROUP))
    {
      g_auto (Hdf5Id) group = H5Gopen2 (file, matrix->path, H5P_DEFAULT);
      g_auto (Hdf5List) list = { .id = H5I_INVALID_HID };
      if (!smooth_i_hdf5_list_open (&list, group, place, "data", error) || !smooth_i_hdf5_list_need_numbers (&list, FALSE, error))
        return FALSE;
      list.length = MIN (list.length, SAMPLE);
      values = g_new (double, list.length + 1);
      if (!smooth_i_hdf5_list_read (&list, H5T_NATIVE_DOUBLE, values, NULL, error))
        return FALSE;
      judge (values, list.length, is_whole, is_negative);
      return TRUE;
    }
  g_auto (Hdf5Grid) grid = { .id = H5I_INVALID_HID };
  if (!smooth_i_hdf5_grid_open (&grid, file, place, matrix->path, error))
    return FALSE;
  if (grid.rank != 2)
    return smooth_i_refuse (grid.name, error, "expected 2 dimensions, found %d", grid.rank);
  gint64 n = CLAMP (SAMPLE / MAX (grid.n_cols, 1), MIN (1, grid.n_rows), grid.n_rows);
  values = g_try_new (double, n * grid.n_cols + 1);
  if (values == NULL)
    return smooth_i_refuse (grid.name, error, "not enough memory for %" PRId64 " rows", n);
  if (!smooth_i_hdf5_grid_read (&grid, 0, n, values, error))
    return FALSE;
  judge (values, n * grid.n_cols, is_whole, is_negative);
  return TRUE;
}

/* Takes the numbers of one observation that are not 0. */
static gboolean
add_row (const Hdf5Grid *grid, const double *values, const char *barcode, GArray *rows, GArray *counts, GError **error)
{
  for (gint32 g = 0; g < grid->n_cols; g++)
    {
      if (!(values[g] >= 0.0 && values[g] <= G_MAXDOUBLE))
        return smooth_i_refuse (grid->name, error, "barcode '%s', column %d: expected a count of 0 or more, found %g",
                                barcode, g, values[g]);
      if (values[g] > 0.0)
        {
          g_array_append_val (rows, g);
          g_array_append_val (counts, values[g]);
        }
    }
  if (rows->len < G_MAXUINT32 / 2)
    return TRUE;
  return smooth_i_refuse (grid->name, error, "expected fewer than 2,000,000,000 counts above 0, found more");
}

static SmoothSparse *
read_dense (const Hdf5Grid *grid, char *const *barcodes, SmoothRun *run, GError **error)
{
  gint64 step = MAX (BLOCK / MAX (grid->n_cols, 1), 1);
  g_autofree double *block = NULL;
  g_autofree gint64 *starts = g_new0 (gint64, grid->n_rows + 1);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) counts = g_array_new (FALSE, FALSE, sizeof (double));

  step = MIN (step < grid->block ? grid->block : step - step % grid->block, MAX (grid->n_rows, 1));
  block = g_try_new (double, step * grid->n_cols + 1);
  if (block == NULL)
    {
      smooth_i_refuse (grid->name, error, "not enough memory for %" PRId64 " rows", step);
      return NULL;
    }
  for (gint64 first = 0; first < grid->n_rows; first += step)
    {
      gint64 n = MIN (step, grid->n_rows - first);
      if (!smooth_run_check (run, error) || !smooth_i_hdf5_grid_read (grid, first, n, block, error))
        return NULL;
      for (gint64 i = 0; i < n; i++)
        {
          if (!add_row (grid, block + i * grid->n_cols, barcodes[first + i], rows, counts, error))
            return NULL;
          starts[first + i + 1] = rows->len;
        }
    }
  SmoothSparse *matrix = smooth_sparse_new (grid->n_cols, grid->n_rows, rows->len, error);
  if (matrix == NULL)
    return NULL;
  memcpy (matrix->starts, starts, (gsize) (grid->n_rows + 1) * sizeof (gint64));
  if (rows->len > 0)
    {
      memcpy (matrix->rows, rows->data, rows->len * sizeof (gint32));
      memcpy (matrix->values, counts->data, counts->len * sizeof (double));
    }
  return matrix;
}

/* Compressed rows of observations are compressed columns of ours; compressed columns are turned. */
static SmoothSparse *
read_compressed (hid_t group, const char *place, char *const *barcodes, gint64 n_obs, gint64 n_vars, SmoothRun *run, GError **error)
{
  g_autofree char *type = smooth_i_hdf5_dup_text_attribute (group, "encoding-type");
  g_autofree char *format = type != NULL ? g_strdup (type) : smooth_i_hdf5_dup_text_attribute (group, "h5sparse_format");
  gboolean by_var = format != NULL && g_str_has_prefix (format, "csc");

  if (!by_var && (format == NULL || !g_str_has_prefix (format, "csr")))
    {
      smooth_i_refuse (place, error, "expected a csr or csc matrix, found %s",
                       format != NULL ? format : _("a group without an encoding-type"));
      return NULL;
    }
  if (!by_var)
    {
      Hdf5Matrix matrix = { group, place, n_vars, n_obs, barcodes, N_("gene"), N_("barcode") };
      return smooth_i_hdf5_matrix_read (&matrix, run, error);
    }
  Hdf5Matrix matrix = { group, place, n_obs, n_vars, NULL, N_("barcode"), N_("gene") };
  g_autoptr (SmoothSparse) turned = smooth_i_hdf5_matrix_read (&matrix, run, error);
  return turned != NULL ? smooth_sparse_new_transpose (turned, error) : NULL;
}

/**
 * smooth_i_ann_matrix_read:
 * @barcodes: @n_obs names, for messages
 *
 * Returns: (transfer full): n_vars x n_obs: finite, >= 0
 */
SmoothSparse *
smooth_i_ann_matrix_read (hid_t file, const char *place, const AnnMatrix *matrix, char *const *barcodes, gint64 n_obs, gint64 n_vars,
                          SmoothRun *run, GError **error)
{
  if (smooth_i_hdf5_has (file, matrix->path, H5I_GROUP))
    {
      g_auto (Hdf5Id) group = H5Gopen2 (file, matrix->path, H5P_DEFAULT);
      g_autofree char *name = g_strdup_printf ("%s/%s", place, matrix->path);
      return read_compressed (group, name, barcodes, n_obs, n_vars, run, error);
    }
  g_auto (Hdf5Grid) grid = { .id = H5I_INVALID_HID };
  if (!smooth_i_hdf5_grid_open (&grid, file, place, matrix->path, error))
    return NULL;
  if (grid.rank != 2 || grid.n_rows != n_obs || grid.n_cols != n_vars)
    {
      smooth_i_refuse (grid.name, error,
                       "expected %" PRId64 " observations x %" PRId64 " variables, found %" PRId64 " x %" PRId64, n_obs,
                       n_vars, grid.n_rows, grid.n_cols);
      return NULL;
    }
  return read_dense (&grid, barcodes, run, error);
}
