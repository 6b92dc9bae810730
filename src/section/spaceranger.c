/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file of a Space Ranger folder plays which role, wherever in it the user points. */
#include "section/section-private.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/mtx.h"
#include "files/output.h"

#include <string.h>

#define MAX_LISTED 12
#define BINS "binned_outputs" /* of Visium HD: a folder for each size of bins */

void
smooth_i_spaceranger_free (SmoothSpaceRanger *files)
{
  if (files == NULL)
    return;
  g_free (files->root);
  g_free (files->path);
  g_free (files->counts);
  g_free (files->positions);
  g_free (files->scale_factors);
  g_free (files->hires);
  g_free (files->lowres);
  g_free (files->detected);
  smooth_report_unref (files->report);
  g_free (files);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer full): the names in @folder, for messages; NULL with an error where it cannot be read */
char *
smooth_i_folder_list (const char *folder, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &cause);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: the folder cannot be read: %s", folder, cause->message);
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

static const char *const position_names[]
    = { "tissue_positions.csv", "tissue_positions_list.csv", "tissue_positions.csv.gz", "tissue_positions_list.csv.gz",
        "tissue_positions.parquet", NULL };
static const char *const hires_names[] = { "tissue_hires_image.png", "tissue_hires_image.jpg", "tissue_hires_image.jpeg",
                                           "tissue_hires_image.tif", "tissue_hires_image.tiff", NULL };
static const char *const lowres_names[] = { "tissue_lowres_image.png", "tissue_lowres_image.jpg", "tissue_lowres_image.jpeg",
                                            "tissue_lowres_image.tif", "tissue_lowres_image.tiff", NULL };
static const char *const detected_names[] = { "detected_tissue_image.jpg", "detected_tissue_image.png", "aligned_fiducials.jpg",
                                              "aligned_tissue_image.jpg", NULL };
static const char *const factor_names[] = { "scalefactors_json.json", NULL };
/* Matrices by name, the best first: of spots under the tissue before those of all, of genes before those of probes. */
static const struct { const char *name; gboolean is_raw; } matrices[] = {
  { "filtered_feature_bc_matrix.h5", FALSE }, { "filtered_feature_bc_matrix", FALSE },
  { "filtered_gene_bc_matrices_h5.h5", FALSE }, { "filtered_gene_bc_matrices.h5", FALSE }, { "filtered_gene_bc_matrices", FALSE },
  { "raw_feature_bc_matrix.h5", TRUE },       { "raw_feature_bc_matrix", TRUE },
  { "raw_gene_bc_matrices_h5.h5", TRUE },     { "raw_gene_bc_matrices", TRUE },
  { "raw_probe_bc_matrix.h5", TRUE },
};

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

/* Whether a folder of that name may hold a matrix, or one for each genome. */
static gboolean
is_matrix_folder (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (matrices); i++)
    if (g_str_equal (name, matrices[i].name))
      return TRUE;
  return FALSE;
}

/* Returns: (transfer full): the folder of the bins of Visium HD in @folder, those of 8 um first; @folder itself where it has
 * none */
static char *
find_bins (const char *folder)
{
  static const char *const sizes[] = { "square_008um", "square_016um", "square_004um", "square_002um" };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      char *bins = g_build_filename (folder, BINS, sizes[i], NULL);
      if (has_spatial (bins))
        return bins;
      g_free (bins);
    }
  return g_strdup (folder);
}

/**
 * smooth_i_spaceranger_find_root:
 * @path: a file or folder that exists
 *
 * Returns: (transfer full) (nullable): the folder that has 'spatial': @path or the folder that it is in, its 'outs', or the
 *   one around a folder known to lie beside 'spatial'; that folder itself where positions lie in it; %NULL else. Of the bins
 *   of Visium HD those of 8 um, where @path does not lead to others
 */
char *
smooth_i_spaceranger_find_root (const char *path)
{
  g_autofree char *folder = g_file_test (path, G_FILE_TEST_IS_DIR) ? g_strdup (path) : g_path_get_dirname (path);
  g_autofree char *outs = g_build_filename (folder, "outs", NULL);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *above = g_path_get_dirname (parent);
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *parent_name = g_path_get_basename (parent);

  if (has_spatial (folder))
    return find_bins (folder);
  if (has_spatial (outs))
    return find_bins (outs);
  if (has (folder, BINS, G_FILE_TEST_IS_DIR) || g_str_equal (name, BINS))
    return find_bins (g_str_equal (name, BINS) ? parent : folder);
  if (has (outs, BINS, G_FILE_TEST_IS_DIR))
    return find_bins (outs);
  if (g_str_equal (name, "spatial") || (is_matrix_folder (name) && has_spatial (parent)))
    return g_steal_pointer (&parent);
  if (is_matrix_folder (parent_name) && has_spatial (above)) /* a genome in filtered_gene_bc_matrices */
    return g_steal_pointer (&above);
  g_autofree char *positions = smooth_i_folder_find (folder, position_names);
  return positions != NULL ? g_steal_pointer (&folder) : NULL;
}

/* The folder in @folder with the matrix of a genome: that of @choice, else the one with the most entries. NULL where there is
 * none, and with an error where there is none of that name. */
static char *
find_genome (SmoothSpaceRanger *files, const char *folder, const char *choice, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) genomes = g_ptr_array_new_with_free_func (g_free);
  const char *name, *chosen = NULL;
  gint64 most = -1;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *genome = g_build_filename (folder, name, NULL);
      g_autofree char *matrix = smooth_mex_dup_matrix_path (genome);
      if (matrix != NULL)
        g_ptr_array_add (genomes, g_strdup (name));
    }
  g_ptr_array_sort (genomes, compare_names);
  for (guint i = 0; i < genomes->len; i++)
    {
      g_autofree char *genome = g_build_filename (folder, genomes->pdata[i], NULL);
      g_autofree char *matrix = smooth_mex_dup_matrix_path (genome);
      gint64 n = smooth_i_mtx_count_entries (matrix);
      if (choice != NULL ? g_str_equal (choice, genomes->pdata[i]) : chosen == NULL || n > most)
        {
          chosen = genomes->pdata[i];
          most = n;
        }
    }
  if (genomes->len > 0 && chosen == NULL)
    smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: expected the genome '%s', found '%s' and %u others", folder, choice,
                      (const char *) genomes->pdata[0], genomes->len - 1);
  if (genomes->len > 1 && chosen != NULL)
    smooth_report_add (files->report, SMOOTH_REPORT_NOTE,
                       "the counts of genome %s are read, of %u in %s: open another's folder to read that instead", chosen, genomes->len,
                       folder);
  return chosen != NULL ? g_build_filename (folder, chosen, NULL) : NULL;
}

/* Takes a matrix where there is one at @path. FALSE with an error where it has another genome than was asked for. */
static gboolean
take_counts (SmoothSpaceRanger *files, const char *path, const char *choice, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      files->counts = smooth_i_choice_join (path, choice);
      return TRUE;
    }
  g_autofree char *matrix = smooth_mex_dup_matrix_path (path);
  g_autoptr (GError) cause = NULL;
  if (matrix != NULL)
    files->counts = smooth_i_choice_join (path, choice);
  else if (g_file_test (path, G_FILE_TEST_IS_DIR))
    files->counts = find_genome (files, path, choice, &cause);
  files->counts_are_mex = files->counts != NULL;
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* The best matrix in the folder. */
static gboolean
find_best (SmoothSpaceRanger *files, const char *choice, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (matrices) && files->counts == NULL; i++)
    {
      const char *const names[] = { matrices[i].name, NULL };
      g_autofree char *path = smooth_i_folder_find (files->root, names);
      if (path != NULL && !take_counts (files, path, choice, error))
        return FALSE;
      if (files->counts != NULL && matrices[i].is_raw)
        smooth_report_add (files->report, SMOOTH_REPORT_NOTE, "there is no filtered matrix: the counts are those of %s", path);
    }
  return files->counts != NULL || take_counts (files, files->root, choice, error);
}

static gboolean
warn_no_counts (SmoothSpaceRanger *files, GError **error)
{
  g_autofree char *listing = smooth_i_folder_list (files->root, error);

  if (listing == NULL)
    return FALSE;
  smooth_report_add (files->report, SMOOTH_REPORT_WARNING,
                     "there are no counts, so nothing can be computed: expected filtered_feature_bc_matrix.h5 or a folder "
                     "filtered_feature_bc_matrix (matrix.mtx, barcodes.tsv, features.tsv) in %s, found: %s", files->root, listing);
  return TRUE;
}

/* The matrix that the user points at, else the best in the folder; none is a warning. */
static gboolean
find_counts (SmoothSpaceRanger *files, const char *path, const char *folder, const char *choice, GError **error)
{
  g_autofree char *matrix = smooth_mex_dup_matrix_path (folder);
  gboolean is_h5 = g_str_has_suffix (path, ".h5");
  const char *named = is_h5 ? path : matrix != NULL ? folder : NULL;

  files->report = smooth_report_new ();
  if (!find_best (files, named == NULL ? choice : NULL, error))
    return FALSE;
  g_autofree char *best = g_strdup (files->counts);
  if (named != NULL)
    {
      g_clear_pointer (&files->counts, g_free);
      smooth_report_unref (files->report);
      files->report = smooth_report_new ();
      if (!take_counts (files, named, choice, error))
        return FALSE;
    }
  if (named == NULL || (choice == NULL && g_strcmp0 (best, files->counts) == 0))
    files->path = smooth_i_choice_join (files->root, choice);
  else
    files->path = smooth_i_choice_join (named, choice);
  return files->counts != NULL || warn_no_counts (files, error);
}

static gboolean
find_spatial (SmoothSpaceRanger *files, GError **error)
{
  g_autofree char *spatial = has_spatial (files->root) ? g_build_filename (files->root, "spatial", NULL) : g_strdup (files->root);
  g_autofree char *listing = smooth_i_folder_list (spatial, error);

  if (listing == NULL)
    return FALSE;
  files->positions = smooth_i_folder_find (spatial, position_names);
  if (files->positions == NULL)
    {
      smooth_error_set (
          error, SMOOTH_ERROR_FILE,
          "%s: expected tissue_positions.csv, tissue_positions_list.csv or tissue_positions.parquet, found: %s", spatial,
          listing);
      return FALSE;
    }
  files->scale_factors = smooth_i_folder_find (spatial, factor_names);
  files->hires = smooth_i_folder_find (spatial, hires_names);
  files->lowres = smooth_i_folder_find (spatial, lowres_names);
  files->detected = smooth_i_folder_find (spatial, detected_names);
  return TRUE;
}

/* Other sizes of bins beside those that are read. */
static void
report_bins (const SmoothSpaceRanger *files)
{
  g_autofree char *bins = g_path_get_dirname (files->root);
  g_autofree char *name = g_path_get_basename (bins);
  g_autofree char *listing = NULL;

  if (!g_str_equal (name, BINS))
    return;
  listing = smooth_i_folder_list (bins, NULL);
  g_autofree char *own = g_path_get_basename (files->root);
  smooth_report_add (files->report, SMOOTH_REPORT_NOTE, "the bins are those of %s, of %s: open another folder in %s to read others", own,
                     listing != NULL ? listing : "?", bins);
}

/**
 * smooth_i_spaceranger_find:
 * @path: one that smooth_i_spaceranger_find_root() knows, with '#' and a choice where one is made
 *
 * Counts are those of the H5 or MEX matrix that @path names, else of the best in the folder. '#' and a name behind @path
 * choose a genome or a kind of features. Names may have a prefix, as files from archives do.
 *
 * Returns: (transfer full): the files; those that a section cannot do without exist
 */
SmoothSpaceRanger *
smooth_i_spaceranger_find (const char *path, GError **error)
{
  g_autofree char *choice = NULL;
  g_autofree char *file = smooth_i_choice_split (path, &choice);
  g_autofree char *absolute = g_canonicalize_filename (file, NULL);
  gboolean is_folder = g_file_test (absolute, G_FILE_TEST_IS_DIR);
  g_autofree char *folder = is_folder ? g_strdup (absolute) : g_path_get_dirname (absolute);
  g_autoptr (SmoothSpaceRanger) files = g_new0 (SmoothSpaceRanger, 1);

  files->root = smooth_i_spaceranger_find_root (absolute);
  g_return_val_if_fail (files->root != NULL, NULL);
  if (!find_spatial (files, error) || !find_counts (files, absolute, folder, choice, error))
    return NULL;
  report_bins (files);
  return g_steal_pointer (&files);
}
