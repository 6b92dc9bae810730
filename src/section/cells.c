/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single cells as a reference: the mean of their expression over the cells of each label. */
#include "files/anndata.h"

#include "base/error.h"
#include "files/choice.h"
#include "section/genes-private.h"
#include "section/labels.h"
#include "section/section-private.h"
#include "section/signature-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MOST_LABEL_COLUMNS 200 /* of a table; a matrix of cells has more */

/* How much a column looks like cell types: 0 where it has one value, or nearly as many as there are cells. */
static gint
rate_labels (const SmoothAnnLabels *labels, gint64 n)
{
  static const char *const words[] = { "cluster", "label", "annot", "type" }; /* the better the later */
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *name = g_ascii_strdown (labels->name, -1);
  gint rate = 1;

  for (gint64 i = 0; i < n; i++)
    if (labels->labels[i] != NULL)
      g_hash_table_add (seen, labels->labels[i]);
  guint n_types = g_hash_table_size (seen);
  if (n_types < 2 || n_types > SMOOTH_I_MOST_TYPES || 2 * (gint64) n_types > n)
    return 0;
  for (gsize w = 0; w < G_N_ELEMENTS (words); w++)
    if (strstr (name, words[w]) != NULL)
      rate = 2 + (gint) w;
  return rate;
}

/* The column of this name, else the one that looks most like cell types; of equals the first, unless they are many. */
static const SmoothAnnLabels *
choose_labels (const SmoothAnnLabels *columns, gint64 n_columns, gint64 n_cells, const char *name, const char *path, GError **error)
{
  const SmoothAnnLabels *best = NULL;
  gint most = 0, n_equal = 0;

  for (gint64 k = 0; k < n_columns; k++)
    {
      gint rate = name != NULL ? g_str_equal (columns[k].name, name) : rate_labels (&columns[k], n_cells);
      n_equal = rate > most ? 1 : n_equal + (rate == most && rate > 0);
      if (rate <= most)
        continue;
      best = &columns[k];
      most = rate;
    }
  if (best != NULL && (name != NULL || most > 1 || n_equal == 1))
    return best;
  g_autofree char *names = smooth_i_dup_label_names (columns, n_columns);
  const char *found = *names != '\0' ? names : _("none");
  if (name != NULL)
    smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected a column of labels '%s', found %s", path, name, found);
  else
    smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                 "%s: expected labels of the cells, such as a column 'cell_type', found %s: add '#' and the name of the right one to the path",
                 path, found);
  return NULL;
}

/* Names that the section knows: symbols, else identifiers. */
static SmoothGeneMatch *
match_genes (SmoothSignature *signature, const SmoothSection *cells, const SmoothSection *section)
{
  g_autoptr (SmoothGeneIndex) index = smooth_i_gene_index_new (section);
  g_autoptr (SmoothGeneMatch) by_name = smooth_i_gene_match_new (index, signature->gene_names, signature->n_genes);
  g_autoptr (SmoothGeneMatch) by_id = smooth_i_gene_match_new (index, cells->gene_ids, cells->n_genes);

  if (by_id->n_matched <= by_name->n_matched)
    return g_steal_pointer (&by_name);
  g_strfreev (signature->gene_names);
  signature->gene_names = g_strdupv (cells->gene_ids);
  return g_steal_pointer (&by_id);
}

static gboolean
check_genes (SmoothSignature *signature, const SmoothSection *cells, const SmoothSection *section, GError **error)
{
  g_autoptr (SmoothGeneMatch) match = match_genes (signature, cells, section);

  if (match->n_matched == 0)
    {
      g_autofree char *ours = smooth_i_dup_examples (section->gene_names, section->n_genes, 3);
      g_autofree char *theirs = smooth_i_dup_examples (cells->gene_names, cells->n_genes, 3);
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "%s: expected genes of the section (%s), found none of them: genes are %s", signature->path, ours,
                        theirs);
      return FALSE;
    }
  smooth_report_count (signature->report, "signature_genes", signature->n_genes);
  smooth_report_count (signature->report, "signature_types", signature->n_types);
  smooth_report_count (signature->report, "matched_genes", match->n_matched);
  smooth_i_gene_match_report (match, signature->gene_names, signature->report);
  smooth_i_gene_match_warn (match, section->n_genes, signature->report);
  return TRUE;
}

/* The means of the cells of each label, with a note which labels these are. */
static SmoothSignature *
average (const SmoothSection *cells, const SmoothAnnLabels *labels, const char *path, const SmoothSection *section,
         SmoothReport *report, GError **error)
{
  g_autoptr (SmoothSignature) signature = smooth_signature_new_from_labels (cells, (const char *const *) labels->labels, 0.0, error);

  if (signature == NULL)
    return NULL;
  signature->path = g_strdup (path);
  smooth_report_append (signature->report, report);
  smooth_report_add (signature->report, SMOOTH_REPORT_NOTE,
                     "the types are those of the column '%s'; '#' and the name of another behind the path reads that", labels->name);
  return check_genes (signature, cells, section, error) ? g_steal_pointer (&signature) : NULL;
}

/**
 * smooth_i_signature_load_anndata:
 * @path: an .h5ad file or Zarr store of single cells, with '#' and the name of the column of their types, or of the matrix of their counts,
 *   where one is chosen
 * @section: its genes tell by which names genes are known
 *
 * Returns: (transfer full): the mean of log (1 + depth-normalised counts) of each type, on the scale log1p
 */
SmoothSignature *
smooth_i_signature_load_anndata (const char *path, const SmoothSection *section, GError **error)
{
  g_autoptr (SmoothAnnData) anndata = smooth_anndata_load (path, smooth_run_get_current (), error);
  const SmoothAnnLabels *labels = anndata != NULL ? choose_labels (anndata->labels, anndata->n_labels, anndata->counts->n_barcodes,
                                                                   anndata->unused_choice, anndata->counts->path, error)
                                                  : NULL;
  g_autoptr (SmoothSection) cells = NULL;
  g_autoptr (SmoothSignature) signature = NULL;

  if (labels == NULL)
    return NULL;
  g_auto (GStrv) files = g_strdupv (anndata->counts->files);
  cells = smooth_i_section_new ();
  cells->name = g_path_get_basename (anndata->counts->path);
  cells->path = g_strdup (path);
  smooth_i_anndata_fill_spots (cells, anndata);
  for (gint64 i = 0; i < cells->n_spots; i++)
    cells->spot_flags[i] = SMOOTH_SPOT_IN_TISSUE;
  if (!smooth_i_section_set_counts (cells, anndata->counts, path, smooth_run_get_current (), error))
    return NULL;
  signature = average (cells, labels, path, section, anndata->report, error);
  if (signature != NULL && signature->input_files == NULL)
    signature->input_files = g_steal_pointer (&files);
  return g_steal_pointer (&signature);
}

/* ---- Matrices with a table of labels beside them ---- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Whether the first lines of a file look like labels of cells: several columns, far fewer than a matrix has. */
static gboolean
may_be_labels (const char *path)
{
  g_autoptr (SmoothTable) head = smooth_i_is_table_name (path) ? smooth_i_table_peek (path, 100) : NULL;

  return head != NULL && smooth_table_get_n_cols (head) >= 2 && smooth_table_get_n_cols (head) <= MOST_LABEL_COLUMNS;
}

/* Returns: (transfer full): paths of tables in @folder that may hold labels, by name */
static GPtrArray *
list_tables (const char *folder)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      if (*name != '.' && may_be_labels (path))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  g_ptr_array_sort (paths, compare_names);
  return paths;
}

/* The columns of the table in @folder that knows the cells; the first that has any. Its path is added to the inputs of @cells. */
static GArray *
find_labels (const char *folder, SmoothSection *cells, SmoothReport *report, GError **error)
{
  g_autoptr (GPtrArray) paths = list_tables (folder);
  g_autoptr (GError) cause = NULL;

  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = paths->pdata[i];
      g_autoptr (SmoothReport) said = smooth_report_new ();
      g_autoptr (GError) problem = NULL;
      GArray *columns = smooth_i_labels_load_all (path, cells, said, &problem);
      if (columns != NULL && columns->len > 0)
        {
          smooth_i_section_add_input (cells, path);
          smooth_report_append (report, said);
          smooth_report_add (report, SMOOTH_REPORT_NOTE, "labels of the cells are those of %s", path);
          return columns;
        }
      smooth_i_label_columns_free (columns, cells->n_spots);
      if (cause == NULL)
        cause = g_steal_pointer (&problem);
    }
  smooth_error_set (error, SMOOTH_ERROR_FILE,
               "%s: expected a table of barcodes and labels of the cells beside their matrix, such as cell_types.csv, found none%s%s", folder,
               cause != NULL ? ": " : "", cause != NULL ? cause->message : "");
  return NULL;
}

/**
 * smooth_i_signature_load_cells:
 * @path: a matrix of single cells, as smooth_i_cells_load() reads it, with '#' and the name of the column of their types where
 *   one is chosen; a table in the same folder tells the types
 * @genes_are_rows: of a matrix that is a table
 * @section: its genes tell by which names genes are known
 *
 * Returns: (transfer full): as smooth_i_signature_load_anndata()
 */
SmoothSignature *
smooth_i_signature_load_cells (const char *path, gboolean genes_are_rows, const SmoothSection *section, GError **error)
{
  g_autofree char *column = NULL, *file = smooth_i_choice_split (path, &column);
  g_autofree char *folder = g_file_test (file, G_FILE_TEST_IS_DIR) ? g_strdup (file) : g_path_get_dirname (file);
  g_autoptr (SmoothSection) cells = smooth_i_cells_load (file, genes_are_rows, smooth_run_get_current (), error);
  g_autoptr (SmoothReport) report = smooth_report_new ();
  g_autoptr (SmoothSignature) signature = NULL;

  if (cells == NULL)
    return NULL;
  GArray *columns = find_labels (folder, cells, report, error);
  const SmoothAnnLabels *labels
      = columns != NULL
            ? choose_labels (&g_array_index (columns, SmoothAnnLabels, 0), columns->len, cells->n_spots, column, file, error)
            : NULL;
  if (labels != NULL)
    signature = average (cells, labels, path, section, report, error);
  smooth_i_label_columns_free (columns, cells->n_spots);
  if (signature != NULL)
    signature->input_files = g_strdupv (cells->input_files);
  return g_steal_pointer (&signature);
}
