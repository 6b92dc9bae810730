/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file of a Space Ranger folder plays which role, wherever in it the user points. */
#include "section/section-private.h"

#include "base/error.h"
#include "files/mtx.h"

#include <string.h>

#define MAX_LISTED 12

void
smooth_i_spaceranger_free (SmoothSpaceRanger *files)
{
  if (files == NULL)
    return;
  g_free (files->root);
  g_free (files->counts);
  g_free (files->positions);
  g_free (files->scale_factors);
  g_free (files->hires);
  g_free (files->lowres);
  g_free (files->detected);
  g_free (files);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer full): the names in @folder, for messages; NULL with an error where it cannot be read */
static char *
list_folder (const char *folder, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &cause);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: the folder cannot be read: %s", folder, cause->message);
      return NULL;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (names, g_utf8_make_valid (name, -1));
  g_ptr_array_sort (names, compare_names);

  GString *text = g_string_new (NULL);
  for (guint i = 0; i < names->len && i < MAX_LISTED; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (const char *) names->pdata[i]);
  if (names->len > MAX_LISTED)
    g_string_append_printf (text, " and %u more", names->len - MAX_LISTED);
  if (names->len == 0)
    g_string_append (text, "nothing");
  return g_string_free (text, FALSE);
}

/* Returns: (transfer full) (nullable): the first of @names that exists in @folder */
static char *
find_first (const char *folder, const char *const *names)
{
  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static const char *const position_names[]
    = { "tissue_positions.csv", "tissue_positions_list.csv", "tissue_positions.csv.gz", "tissue_positions_list.csv.gz", NULL };
static const char *const hires_names[] = { "tissue_hires_image.png", "tissue_hires_image.jpg", "tissue_hires_image.jpeg", NULL };
static const char *const lowres_names[] = { "tissue_lowres_image.png", "tissue_lowres_image.jpg", "tissue_lowres_image.jpeg", NULL };
static const char *const detected_names[] = { "detected_tissue_image.jpg", "detected_tissue_image.png", "aligned_fiducials.jpg",
                                              "aligned_tissue_image.jpg", NULL };
static const char *const factor_names[] = { "scalefactors_json.json", NULL };
static const char *const matrix_folders[] = { "filtered_feature_bc_matrix", "raw_feature_bc_matrix", NULL };

static gboolean
has (const char *folder, const char *name, GFileTest kind)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, kind);
}

static gboolean
has_spatial (const char *folder)
{
  return has (folder, "spatial", G_FILE_TEST_IS_DIR);
}

/* Returns: (transfer full): the folder that has 'spatial': @folder, its 'outs', or the one around a folder known to lie
 * beside 'spatial'; @folder itself where positions lie in it; NULL with an error else */
static char *
find_root (const char *folder, GError **error)
{
  g_autofree char *outs = g_build_filename (folder, "outs", NULL);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *listing = list_folder (folder, error);

  if (listing == NULL)
    return NULL;
  if (has_spatial (folder))
    return g_strdup (folder);
  if (has_spatial (outs))
    return g_steal_pointer (&outs);
  if (g_str_equal (name, "spatial") || (g_strv_contains (matrix_folders, name) && has_spatial (parent)))
    return g_steal_pointer (&parent);
  g_autofree char *positions = find_first (folder, position_names);
  if (positions != NULL)
    return g_strdup (folder);
  if (has (folder, "binned_outputs", G_FILE_TEST_IS_DIR))
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE,
                 "%s: expected a Space Ranger folder, found a Visium HD one: open a folder in its binned_outputs", folder);
  else
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE,
                 "%s: expected a Space Ranger folder (with a folder 'spatial'), found: %s", folder, listing);
  return NULL;
}

/* The matrix that the user points at, else the filtered one. */
static gboolean
find_counts (SmoothSpaceRanger *files, const char *path, const char *folder, GError **error)
{
  static const char *const names[] = { "filtered_feature_bc_matrix.h5", NULL };
  g_autofree char *folder_name = g_path_get_basename (folder);
  g_autofree char *matrix_folder = g_build_filename (files->root, matrix_folders[0], NULL);

  if (g_str_has_suffix (path, ".h5"))
    {
      files->counts = g_strdup (path);
      return TRUE;
    }
  if (!g_strv_contains (matrix_folders, folder_name))
    files->counts = find_first (files->root, names);
  else if (!g_str_equal (folder_name, matrix_folders[0]))
    {
      g_free (matrix_folder);
      matrix_folder = g_strdup (folder);
    }
  if (files->counts != NULL)
    return TRUE;
  if (g_file_test (matrix_folder, G_FILE_TEST_IS_DIR))
    {
      files->counts = g_steal_pointer (&matrix_folder);
      files->counts_are_mex = TRUE;
      return TRUE;
    }
  g_autofree char *listing = list_folder (files->root, error);
  if (listing != NULL)
    g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE,
                 "%s: expected the counts as filtered_feature_bc_matrix.h5 or in a folder filtered_feature_bc_matrix (matrix.mtx, "
                 "barcodes.tsv, features.tsv), found: %s", files->root, listing);
  return FALSE;
}

static gboolean
find_spatial (SmoothSpaceRanger *files, GError **error)
{
  g_autofree char *spatial = has_spatial (files->root) ? g_build_filename (files->root, "spatial", NULL) : g_strdup (files->root);
  g_autofree char *listing = list_folder (spatial, error);

  if (listing == NULL)
    return FALSE;
  files->positions = find_first (spatial, position_names);
  if (files->positions == NULL)
    {
      gboolean parquet = has (spatial, "tissue_positions.parquet", G_FILE_TEST_EXISTS);
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: expected tissue_positions.csv or tissue_positions_list.csv, found%s: %s",
                   spatial, parquet ? " only a Parquet file, which cannot be read yet" : "", listing);
      return FALSE;
    }
  files->scale_factors = find_first (spatial, factor_names);
  files->hires = find_first (spatial, hires_names);
  files->lowres = find_first (spatial, lowres_names);
  files->detected = find_first (spatial, detected_names);
  return TRUE;
}

/**
 * smooth_i_spaceranger_find:
 * @path: an 'outs' folder, the folder around it, its 'spatial' or matrix folder, or any file in one of these
 *
 * Counts are those of the H5 or MEX matrix that @path names, else filtered_feature_bc_matrix.h5, else the MEX folder
 * filtered_feature_bc_matrix.
 *
 * Returns: (transfer full): the files; those that a section cannot do without exist
 */
SmoothSpaceRanger *
smooth_i_spaceranger_find (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  gboolean is_folder = g_file_test (absolute, G_FILE_TEST_IS_DIR);
  g_autofree char *folder = is_folder ? g_strdup (absolute) : g_path_get_dirname (absolute);
  g_autoptr (SmoothSpaceRanger) files = g_new0 (SmoothSpaceRanger, 1);

  if (!g_file_test (absolute, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FILE, "%s: expected a Space Ranger folder, found no such file or folder", absolute);
      return NULL;
    }
  files->root = find_root (folder, error);
  if (files->root == NULL || !find_spatial (files, error) || !find_counts (files, absolute, folder, error))
    return NULL;
  return g_steal_pointer (&files);
}
