/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading a section from whatever layout its files have; small files first, so that their errors come at once. */
#include "section/section-private.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/hdf5.h"
#include "files/mtx.h"

#include <string.h>

/* Notes that @path was read. */
void
smooth_i_section_add_input (SmoothSection *section, const char *path)
{
  guint n = g_strv_length (section->input_files);

  section->input_files = g_renew (char *, section->input_files, n + 2);
  section->input_files[n] = g_strdup (path);
  section->input_files[n + 1] = NULL;
}

/* The name for titles: of the folder around 'outs', where it is called so; with the size of the bins of Visium HD. */
static char *
name_of (const char *root)
{
  g_autofree char *name = g_path_get_basename (root);
  g_autofree char *parent = g_path_get_dirname (root);

  if (g_str_has_suffix (parent, "/binned_outputs"))
    {
      g_autofree char *above = g_path_get_dirname (parent);
      g_autofree char *around = name_of (above);
      return g_strdup_printf ("%s %s", around, name);
    }
  return g_utf8_make_valid (g_str_equal (name, "outs") && strlen (parent) > 1 ? strrchr (parent, '/') + 1 : name, -1);
}

static gboolean
load_spots (SmoothSection *section, const SmoothSpaceRanger *files, SmoothScaleFactors *factors, SmoothRun *run, GError **error)
{
  if (!smooth_i_positions_load (section, files->positions, run, error))
    return FALSE;
  smooth_i_section_add_input (section, files->positions);
  if (files->scale_factors == NULL)
    return TRUE;
  smooth_i_section_add_input (section, files->scale_factors);
  return smooth_i_scale_factors_load (factors, files->scale_factors, error);
}

static gboolean
load_counts (SmoothSection *section, const SmoothSpaceRanger *files, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothCounts) counts = files->counts == NULL ? NULL
      : files->counts_are_mex ? smooth_mex_load (files->counts, run, error) : smooth_hdf5_load (files->counts, run, error);

  if (files->counts == NULL)
    return smooth_i_section_set_no_counts (section, error);
  if (counts == NULL)
    return FALSE;
  for (gsize i = 0; counts->files[i] != NULL; i++)
    smooth_i_section_add_input (section, counts->files[i]);
  return smooth_i_section_set_counts (section, counts, files->positions, run, error);
}

/* Loads a Space Ranger folder. */
static gboolean
load_space_ranger (SmoothSection *section, const char *path, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSpaceRanger) files = smooth_i_spaceranger_find (path, error);
  SmoothScaleFactors factors = { 0 };

  if (files == NULL)
    return FALSE;
  section->path = g_strdup (files->path);
  smooth_report_append (section->report, files->report);
  smooth_run_report (run, 0.0, "Reading the positions");
  if (!smooth_run_check (run, error) || !load_spots (section, files, &factors, run, error))
    return FALSE;
  smooth_i_section_set_scale (section, &factors);
  smooth_run_report (run, 0.0, "Reading the picture");
  return smooth_run_check (run, error) && smooth_i_section_set_picture (section, files, &factors, run, error)
         && smooth_run_check (run, error) && load_counts (section, files, run, error);
}

/**
 * smooth_section_load:
 * @path: a Space Ranger 'outs' folder, the folder around it, its 'spatial' folder, or a file in one of these; or a folder
 *   with counts and a table of coordinates, or one of these files; or an .h5ad file or Zarr store. A matrix that is named so is the one that is read; '#'
 *   and a name behind the path choose one of several genomes or kinds of features
 * @run: (nullable): progress and cancellation
 *
 * Of a Space Ranger folder counts come from filtered_feature_bc_matrix.h5, else from the MEX folder, else from the raw
 * matrix; positions from tissue_positions.csv or tissue_positions_list.csv, with or without a header; the picture is the
 * high-resolution one, else the other. Of other folders see tables.c. Whatever was chosen or left out, and why, is in the
 * report. Everything is checked; a file that is there and damaged is an error.
 *
 * Returns: (transfer full): the section
 */
SmoothSection *
smooth_section_load (const char *path, SmoothRun *run, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *choice = NULL;
  g_autofree char *file = smooth_i_choice_split (absolute, &choice);
  g_autofree char *root = NULL;
  g_autoptr (SmoothSection) section = smooth_i_section_new ();
  gboolean good;

  if (!g_file_test (file, G_FILE_TEST_EXISTS))
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: expected a section, found no such file or folder", absolute);
      return NULL;
    }
  gboolean is_anndata = smooth_anndata_is_one (file);
  root = is_anndata ? NULL : smooth_i_spaceranger_find_root (file);
  section->name = name_of (root != NULL ? root : file);
  if (is_anndata)
    good = smooth_i_anndata_section_load (section, absolute, run, error);
  else if (root != NULL)
    good = load_space_ranger (section, absolute, run, error);
  else
    good = smooth_i_tables_load (section, absolute, run, error);
  if (!good)
    return NULL;
  smooth_run_report (run, 1.0, "Reading the counts");
  return g_steal_pointer (&section);
}

/**
 * smooth_section_find_reference:
 * @path: as of smooth_section_load()
 *
 * Returns: (transfer full): the reference table that lies in the section's own folder, as simulated sections have one:
 *   reference/signature.csv; NULL with @error where there is none
 */
char *
smooth_section_find_reference (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *choice = NULL;
  g_autofree char *file = smooth_i_choice_split (absolute, &choice);
  g_autofree char *root = smooth_i_spaceranger_find_root (file);

  if (root == NULL)
    root = g_file_test (file, G_FILE_TEST_IS_DIR) ? g_strdup (file) : g_path_get_dirname (file);
  g_autofree char *reference = g_build_filename (root, "reference", "signature.csv", NULL);
  if (!g_file_test (reference, G_FILE_TEST_IS_REGULAR))
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s has no reference table of its own: expected reference/signature.csv",
                        root);
      return NULL;
    }
  return g_steal_pointer (&reference);
}
