/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MEX folders: matrix.mtx, barcodes.tsv and features.tsv (genes.tsv before Cell Ranger 3), each plain or gzip. */
#include "files/mtx.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/output.h"
#include "files/text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Returns: (transfer full): the first of the files @names[i] or @names[i].gz in @folder, or NULL */
static char *
find_file (const char *folder, const char *const *names)
{
  char *path = NULL;

  for (gsize i = 0; names[i] != NULL && path == NULL; i++)
    {
      g_autofree char *packed = g_strconcat (names[i], ".gz", NULL);
      const char *const forms[] = { names[i], packed, NULL };
      path = smooth_i_folder_find (folder, forms);
    }
  return path;
}

static char *
need_file (const char *folder, const char *const *names, GError **error)
{
  char *path = find_file (folder, names);

  if (path == NULL)
    {
      g_autofree char *list = g_strjoinv (" or ", (char **) names);
      smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: expected the file %s (plain or .gz), found none", folder, list);
    }
  return path;
}

static const char *const matrix_names[] = { "matrix.mtx", NULL };
static const char *const barcode_names[] = { "barcodes.tsv", NULL };
static const char *const feature_names[] = { "features.tsv", "genes.tsv", NULL };

/* Returns: (transfer full) (nullable): the path of the matrix in @folder, where there is one */
char *
smooth_mex_dup_matrix_path (const char *folder)
{
  return find_file (folder, matrix_names);
}

/**
 * read_columns:
 * @n_cols: how many tab-separated columns to keep, the first of which must not be empty
 * @columns: @n_cols empty lists to fill; a column that a line lacks is "" there
 * @n_found: (out): the least number of columns that a line has
 *
 * Returns: the number of lines, or -1 on error
 */
static gint64
read_columns (const char *path, gsize n_cols, GPtrArray **columns, gsize *n_found, GError **error)
{
  g_autoptr (SmoothText) text = smooth_text_open (path, error);
  if (text == NULL)
    return -1;

  g_autoptr (GError) cause = NULL;
  char *line;
  gint64 n = 0;
  *n_found = n_cols;
  while (smooth_text_next_line (text, &line, NULL, &cause))
    {
      gsize c = 0;
      if (line[0] == '\0' || line[0] == '\t')
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": expected a name, found an empty field", path,
                            smooth_text_get_line_number (text));
          return -1;
        }
      for (char *field = line; c < n_cols && field != NULL; c++)
        {
          char *tab = strchr (field, '\t');
          g_ptr_array_add (columns[c], g_strndup (field, tab != NULL ? (gsize) (tab - field) : strlen (field)));
          field = tab != NULL ? tab + 1 : NULL;
        }
      *n_found = MIN (*n_found, c);
      for (; c < n_cols; c++)
        g_ptr_array_add (columns[c], g_strdup (""));
      n++;
    }
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return -1;
    }
  return n;
}

static gboolean
check_length (gint64 found, const char *path, gint64 expected, const char *what, const char *matrix_path, GError **error)
{
  if (found == expected)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected %" PRId64 " lines, one for each %s of %s, found %" PRId64,
                    path, expected, _(what), matrix_path, found);
  return FALSE;
}

static gboolean
read_barcodes (SmoothCounts *counts, const char *path, const char *matrix_path, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  gsize n_found;
  gint64 n = read_columns (path, 1, &list, &n_found, error);
  gint64 first;

  if (n < 0 || !check_length (n, path, counts->matrix->n_cols, N_("column"), matrix_path, error))
    return FALSE;
  gint64 again = smooth_i_find_repeated ((char **) list->pdata, n, &first);
  if (again >= 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                        "%s:%" PRId64 ": expected every barcode once, found '%s' again (first on line %" PRId64 ")", path,
                        again + 1, (const char *) list->pdata[again], first + 1);
      return FALSE;
    }
  counts->n_barcodes = n;
  counts->barcodes = smooth_i_take_list (&list);
  return TRUE;
}

/* Columns: id, name, type; with one column the id is the name too. */
static gboolean
read_features (SmoothCounts *counts, const char *path, const char *matrix_path, const char *choice, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) types = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *columns[] = { ids, names, types };
  gsize n_found;
  gint64 n = read_columns (path, 3, columns, &n_found, error);

  if (n < 0 || !check_length (n, path, counts->matrix->n_rows, N_("row"), matrix_path, error))
    return FALSE;
  counts->n_genes = n;
  counts->gene_ids = smooth_i_take_list (&ids);
  if (n_found < 2)
    counts->gene_names = g_strdupv (counts->gene_ids);
  else
    counts->gene_names = smooth_i_take_list (&names);
  return smooth_i_counts_keep_genes (counts, n_found < 3 ? NULL : (char **) types->pdata, choice, error);
}

/**
 * smooth_mex_load:
 * @path: a folder of matrix.mtx, barcodes.tsv and features.tsv or genes.tsv, each plain or with .gz; a type of features may
 *   stand behind it: 'filtered_feature_bc_matrix#Antibody Capture'
 * @run: (nullable): progress and cancellation
 *
 * Names may have a prefix, as in 'GSM1_matrix.mtx.gz', where the folder has one such file. gzip is told by the content.
 *
 * Returns: (transfer full): the counts of the genes; other kinds of features are left out and reported
 */
SmoothCounts *
smooth_mex_load (const char *path, SmoothRun *run, GError **error)
{
  g_autofree char *choice = NULL;
  g_autofree char *folder = smooth_i_choice_split (path, &choice);
  g_autofree char *matrix_path = need_file (folder, matrix_names, error);
  g_autofree char *barcodes_path = matrix_path != NULL ? need_file (folder, barcode_names, error) : NULL;
  g_autofree char *features_path = barcodes_path != NULL ? need_file (folder, feature_names, error) : NULL;
  if (features_path == NULL)
    return NULL;

  g_autoptr (SmoothCounts) counts = smooth_i_counts_new (folder);
  counts->matrix = smooth_mtx_load (matrix_path, run, error);
  if (counts->matrix == NULL || !read_barcodes (counts, barcodes_path, matrix_path, error)
      || !read_features (counts, features_path, matrix_path, choice, error))
    return NULL;
  smooth_i_counts_add_file (counts, matrix_path);
  smooth_i_counts_add_file (counts, barcodes_path);
  smooth_i_counts_add_file (counts, features_path);
  return g_steal_pointer (&counts);
}
