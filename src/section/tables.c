/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections kept as counts and a table of coordinates: Xenium, Slide-seq, ST, MERFISH and what archives make of others.
 *
 * Which file plays which role is found by what is in it, and said in the report. Counts are, in this order: what the path
 * names; cell_feature_matrix.h5 or another HDF5 matrix; a MEX matrix in the folder or in one below; the largest text table
 * whose cells are numbers. Coordinates are the table with a pair of coordinate columns (see coordinates.c) whose names are
 * most often among those of the counts; without one, names such as 13x24 are places on the array of Spatial Transcriptomics.
 */
#include "section/section-private.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/hdf5.h"
#include "files/mtx.h"
#include "files/output.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define N_PEEKED 100 /* lines of a table that tell its role */

/* A file that may be counts or coordinates. */
typedef struct
{
  char *path;
  gint64 size;
  SmoothTable *head; /* its first lines, with the header taken; NULL where it is no table */
  gboolean has_coordinates, is_matrix;
  SmoothCoordinateColumns columns;
} Candidate;

static void
candidate_free (Candidate *candidate)
{
  g_free (candidate->path);
  smooth_table_free (candidate->head);
  g_free (candidate);
}

/* Whether everything behind the first column is a number, in the first row, and there are two such columns. */
static gboolean
is_matrix (const SmoothTable *table)
{
  gint64 n_cols = smooth_table_get_n_cols (table);
  double number;

  for (gint64 c = 1; c < n_cols; c++)
    if (!smooth_i_parse_number (smooth_table_get_text (table, 0, c), &number))
      return FALSE;
  return n_cols > 2;
}

/* Whether a file of this name may be a table of text or Parquet, gzip or not. */
gboolean
smooth_i_is_table_name (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  gsize length = strlen (lower);

  if (g_str_has_suffix (lower, ".gz"))
    lower[length - 3] = '\0';
  return g_str_has_suffix (lower, ".parquet") || g_str_has_suffix (lower, ".csv") || g_str_has_suffix (lower, ".tsv") || g_str_has_suffix (lower, ".txt")
         || g_str_has_suffix (lower, ".tab");
}

/* Files of transcripts and of outlines are large, and rows of theirs are no spots. */
static Candidate *
look_at (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf info;

  if (!smooth_i_is_table_name (name) || strstr (name, "transcripts") != NULL || strstr (name, "boundaries") != NULL || g_stat (path, &info) != 0)
    return NULL;
  SmoothTable *head = smooth_i_table_peek (path, N_PEEKED);
  if (head == NULL)
    return NULL;
  Candidate *candidate = g_new0 (Candidate, 1);
  candidate->path = g_steal_pointer (&path);
  candidate->size = info.st_size;
  candidate->head = head;
  smooth_table_take_header (head);
  if (smooth_table_get_n_rows (head) > 0)
    {
      candidate->has_coordinates = smooth_i_coordinates_find (head, &candidate->columns);
      candidate->is_matrix = !candidate->has_coordinates && is_matrix (head);
    }
  return candidate;
}

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const Candidate *const *) a)->path, (*(const Candidate *const *) b)->path);
}

/* Returns: (transfer full): the tables in @folder, by name */
static GPtrArray *
list_candidates (const char *folder)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) candidate_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      Candidate *candidate = name[0] != '.' ? look_at (folder, name) : NULL;
      if (candidate != NULL)
        g_ptr_array_add (list, candidate);
    }
  g_ptr_array_sort (list, compare_candidates);
  return list;
}

static Candidate *
find_candidate (const GPtrArray *candidates, const char *path)
{
  for (guint i = 0; i < candidates->len; i++)
    if (g_str_equal (((Candidate *) candidates->pdata[i])->path, path))
      return candidates->pdata[i];
  return NULL;
}

/* Returns: (transfer full) (nullable): the HDF5 or MEX matrix in @folder */
static char *
find_matrix (const char *folder)
{
  static const char *const names[] = { "cell_feature_matrix.h5", "filtered_feature_bc_matrix.h5", "raw_feature_bc_matrix.h5",
                                       "cell_feature_matrix", "filtered_feature_bc_matrix", NULL };
  g_autofree char *own = smooth_mex_dup_matrix_path (folder);
  char *path = own != NULL ? g_strdup (folder) : smooth_i_folder_find (folder, names);
  g_autoptr (GDir) dir = path == NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;

  while (path == NULL && dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (folder, name, NULL);
      g_autofree char *matrix = smooth_mex_dup_matrix_path (child);
      if (g_str_has_suffix (name, ".h5") || matrix != NULL)
        path = g_steal_pointer (&child);
    }
  return path;
}

/* Returns: (transfer full) (nullable): the file or folder of the counts */
static char *
find_counts (const char *path, const char *folder, const GPtrArray *candidates)
{
  Candidate *named = find_candidate (candidates, path), *largest = NULL;
  gboolean is_h5 = g_str_has_suffix (path, ".h5");

  if (is_h5 || (named != NULL && named->is_matrix))
    return g_strdup (path);
  char *matrix = find_matrix (folder);
  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = candidates->pdata[i];
      if (candidate->is_matrix && (largest == NULL || candidate->size > largest->size))
        largest = candidate;
    }
  return matrix != NULL ? matrix : largest != NULL ? g_strdup (largest->path) : NULL;
}

static SmoothCounts *
load_counts (const char *path, const char *choice, SmoothRun *run, GError **error)
{
  g_autofree char *joined = smooth_i_choice_join (path, choice);

  if (g_str_has_suffix (path, ".h5"))
    return smooth_hdf5_load (joined, run, error);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return smooth_mex_load (joined, run, error);
  return smooth_counts_load_table (path, run, error);
}

/* How many of the first rows of @candidate have a name of @names. */
static gint64
count_shared (const Candidate *candidate, GHashTable *names)
{
  gint64 n = 0;

  for (gint64 i = 0; candidate->columns.barcode >= 0 && i < smooth_table_get_n_rows (candidate->head); i++)
    {
      const char *name = smooth_table_get_text (candidate->head, i, candidate->columns.barcode);
      g_autofree char *stem = smooth_i_dup_stem (name);
      n += g_hash_table_contains (names, stem);
    }
  return n;
}

static GHashTable *
index_stems (char *const *names)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gint64 i = 0; names != NULL && names[i] != NULL; i++)
    g_hash_table_add (table, smooth_i_dup_stem (names[i]));
  return table;
}

/* The table of coordinates that @path names, else the one that shares most names with the counts; *by_column: those are the
 * names of the counts' columns, so that genes are in the lines. */
static Candidate *
find_coordinates (const GPtrArray *candidates, const char *path, const SmoothCounts *counts, gboolean *by_column)
{
  g_autoptr (GHashTable) barcodes = index_stems (counts->barcodes);
  g_autoptr (GHashTable) columns = index_stems (counts->gene_ids);
  Candidate *named = find_candidate (candidates, path), *best = NULL;
  gint64 most = -1;

  if (named != NULL && !named->has_coordinates)
    named = NULL;
  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = candidates->pdata[i];
      if (!candidate->has_coordinates || (named != NULL && candidate != named))
        continue;
      gint64 in_lines = count_shared (candidate, barcodes), in_columns = count_shared (candidate, columns);
      if (MAX (in_lines, in_columns) <= most)
        continue;
      best = candidate;
      most = MAX (in_lines, in_columns);
      *by_column = in_columns > in_lines;
    }
  return best;
}

/* Counts or coordinates without names of spots: as many of one as of the other are matched in their order. */
static gboolean
match_by_order (SmoothSection *section, SmoothCounts *counts, gboolean named, GError **error)
{
  if (named && counts->barcodes != NULL)
    return TRUE;
  if (counts->n_barcodes != section->n_spots)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        named ? N_("the counts have no names, so there must be as many counts as coordinates: found %" PRId64
                                   " lines in %s and %" PRId64 " coordinates")
                              : N_("the coordinates have no names, so there must be as many counts as coordinates: found %" PRId64
                                   " lines in %s and %" PRId64 " coordinates"),
                        counts->n_barcodes, counts->path, section->n_spots);
      return FALSE;
    }
  smooth_report_add (section->report, SMOOTH_REPORT_WARNING,
                     named ? N_("the counts have no names: counts and coordinates are matched in their order, the first with the first")
                           : N_("the coordinates have no names: counts and coordinates are matched in their order, the first with the "
                                "first"));
  g_strfreev (named ? counts->barcodes : section->barcodes);
  if (named)
    counts->barcodes = g_strdupv (section->barcodes);
  else if (counts->barcodes == NULL)
    {
      section->barcodes = g_new0 (char *, section->n_spots + 1);
      for (gint64 i = 0; i < section->n_spots; i++)
        section->barcodes[i] = g_strdup_printf ("%" G_GINT64_FORMAT, i + 1);
      counts->barcodes = g_strdupv (section->barcodes);
    }
  else
    section->barcodes = g_strdupv (counts->barcodes);
  return TRUE;
}

static void
report_roles (const SmoothSection *section, const SmoothCounts *counts, const SmoothTable *table, const Candidate *coordinates,
              gboolean turned)
{
  gboolean is_table = g_file_test (counts->path, G_FILE_TEST_IS_REGULAR) && !g_str_has_suffix (counts->path, ".h5");

  smooth_report_add (section->report, SMOOTH_REPORT_NOTE,
                     !is_table ? N_("counts are those of %s")
                     : turned  ? N_("counts are those of %s (genes in its lines)")
                               : N_("counts are those of %s (spots in its lines)"),
                     counts->path);
  smooth_report_add (section->report, SMOOTH_REPORT_NOTE, "coordinates are those of %s: x is its column '%s', y is '%s', growing downwards",
                     coordinates->path, smooth_table_get_column_name (table, coordinates->columns.x),
                     smooth_table_get_column_name (table, coordinates->columns.y));
}

static gboolean
fail_roles (const char *folder, const SmoothCounts *counts, GError **error)
{
  g_autofree char *listing = smooth_i_folder_list (folder, error);

  if (listing == NULL)
    return FALSE;
  if (counts == NULL)
    smooth_error_set (
        error, SMOOTH_ERROR_FILE,
        "%s: expected a Space Ranger folder (with a folder 'spatial'), or counts and a table of coordinates, found: %s",
        folder, listing);
  else
    smooth_error_set (error, SMOOTH_ERROR_FILE,
                      "%s: expected a table of coordinates (a header with x and y, or with row and col) beside the counts "
                      "of %s, which have %" PRId64 " genes and %" PRId64 " barcodes; found: %s",
                      folder, counts->path, counts->n_genes, counts->n_barcodes, listing);
  return FALSE;
}

/* Where the counts lie in a folder of their own, the coordinates may lie in the one around it. */
static gboolean
has_any_coordinates (const GPtrArray *candidates)
{
  for (guint i = 0; i < candidates->len; i++)
    if (((Candidate *) candidates->pdata[i])->has_coordinates)
      return TRUE;
  return FALSE;
}

static gboolean
load_spots (SmoothSection *section, SmoothCounts *counts, const Candidate *coordinates, gboolean turned, GError **error)
{
  SmoothCoordinateColumns columns;
  g_autoptr (SmoothTable) table = smooth_table_load (coordinates->path, error);

  if (table == NULL)
    return FALSE;
  smooth_table_take_header (table);
  if (!smooth_i_coordinates_find (table, &columns) || !smooth_i_coordinates_load (section, table, &columns, error)
      || (turned && !smooth_i_counts_turn (counts, error)) || !match_by_order (section, counts, columns.barcode >= 0, error))
    return FALSE;
  report_roles (section, counts, table, coordinates, turned);
  smooth_i_section_add_input (section, coordinates->path);
  smooth_i_coordinates_set_scale (section, columns.unit, smooth_i_coordinates_get_diameter (table, &columns));
  return TRUE;
}

/* Names of spots that are places on an array stand for coordinates. */
static gboolean
load_named_spots (SmoothSection *section, SmoothCounts *counts, GError **error)
{
  gboolean in_lines = counts->barcodes != NULL && smooth_i_coordinates_are_names (counts->barcodes);

  if (!in_lines && !smooth_i_counts_turn (counts, error))
    return FALSE;
  smooth_i_coordinates_load_names (section, counts->barcodes, counts->n_barcodes);
  smooth_report_add (section->report, SMOOTH_REPORT_NOTE,
                     "coordinates are the names of the spots, such as %s: places on an array, taken to be 200 um apart; y grows downwards",
                     section->barcodes[0]);
  gint64 first, again = smooth_i_find_repeated (section->barcodes, section->n_spots, &first);
  if (again < 0)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected every spot once, found '%s' again", counts->path,
                    section->barcodes[again]);
  return FALSE;
}

static gboolean
are_places (const SmoothCounts *counts)
{
  return counts->barcodes != NULL
         && (smooth_i_coordinates_are_names (counts->barcodes) || smooth_i_coordinates_are_names (counts->gene_ids));
}

/* The picture of a Xenium folder, which says its own scale. One that cannot be read is left out with a warning. */
static void
load_picture (SmoothSection *section, const char *folder, SmoothRun *run)
{
  static const char *const names[] = { "morphology_focus.ome.tif", "morphology_mip.ome.tif", NULL };
  g_autofree char *path = smooth_i_folder_find (folder, names);
  g_autoptr (GError) error = NULL;
  double um = 0.0;

  if (path == NULL)
    return;
  g_autoptr (SmoothPicture) picture = smooth_picture_load_measured (path, &um, run, &error);
  if (picture == NULL)
    smooth_report_add (section->report, SMOOTH_REPORT_WARNING, "a picture is left out: %s", smooth_error_say (error));
  else if (um == 0.0)
    smooth_report_add (section->report, SMOOTH_REPORT_WARNING, "a picture is left out: %s does not say how large its pixels are", path);
  if (um == 0.0)
    return;
  section->picture = g_steal_pointer (&picture);
  section->picture_scale = section->um_per_pixel / um;
  smooth_i_section_add_input (section, path);
  smooth_i_section_report_picture (section);
}

/**
 * smooth_i_tables_load:
 * @section: an empty one; gets a picture only where one lies in the folder that says its scale
 * @path: a folder with counts and coordinates, or one of these files, with '#' and a choice where one is made
 * @run: (nullable): progress and cancellation
 */
gboolean
smooth_i_tables_load (SmoothSection *section, const char *path, SmoothRun *run, GError **error)
{
  g_autofree char *choice = NULL;
  g_autofree char *file = smooth_i_choice_split (path, &choice);
  g_autofree char *folder = g_file_test (file, G_FILE_TEST_IS_DIR) ? g_strdup (file) : g_path_get_dirname (file);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *matrix = smooth_mex_dup_matrix_path (folder);
  g_autoptr (GPtrArray) candidates = list_candidates (folder);
  g_autofree char *counts_path = find_counts (file, folder, candidates);
  gboolean turned = FALSE;

  if (counts_path == NULL)
    return fail_roles (folder, NULL, error);
  g_autoptr (SmoothCounts) counts = load_counts (counts_path, choice, run, error);
  if (counts == NULL)
    return FALSE;
  if (matrix != NULL && !has_any_coordinates (candidates))
    {
      g_ptr_array_unref (candidates);
      candidates = list_candidates (parent);
    }
  const Candidate *coordinates = find_coordinates (candidates, file, counts, &turned);
  if (coordinates == NULL && !are_places (counts))
    return fail_roles (folder, counts, error);
  for (gsize i = 0; counts->files[i] != NULL; i++)
    smooth_i_section_add_input (section, counts->files[i]);
  section->path = g_strdup (path);
  if (coordinates == NULL)
    return load_named_spots (section, counts, error) && smooth_i_section_set_counts (section, counts, counts->path, run, error);
  if (!load_spots (section, counts, coordinates, turned, error))
    return FALSE;
  if (section->um_is_known)
    load_picture (section, folder, run);
  return smooth_i_section_set_counts (section, counts, coordinates->path, run, error);
}
