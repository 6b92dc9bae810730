/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AnnData: observations (spots, cells) x variables (genes), with tables about both.
 *
 * The counts are a layer with 'count' in its name, X, raw/X or another layer: the first of these, in this order, whose numbers
 * are whole; without any such the first that is nowhere negative. Numbers that are not whole and at most 25 are taken for
 * log (1 + normalised counts), as scanpy makes them, and the logarithm is undone.
 */
#include "files/anndata-private.h"

#include "base/error.h"
#include "files/choice.h"
#include "files/zarr.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define LARGEST_LOG 25.0 /* no logarithm of counts is larger */

/* What is open while a file is read. */
typedef struct
{
  const char *path, *choice;
  char *place; /* 'FILE: ', for messages */
  SmoothRun *run;
  Hdf5Id file, uns, raw;
} Reader;

static void
reader_clear (Reader *reader)
{
  hdf5_id_close (reader->raw);
  hdf5_id_close (reader->uns);
  hdf5_id_close (reader->file);
  g_free (reader->place);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

void
smooth_anndata_free (SmoothAnnData *anndata)
{
  if (anndata == NULL)
    return;
  for (gint64 k = 0; k < anndata->n_labels; k++)
    {
      for (gint64 i = 0; i < anndata->counts->n_barcodes; i++)
        g_free (anndata->labels[k].labels[i]);
      g_free (anndata->labels[k].labels);
      g_free (anndata->labels[k].name);
    }
  g_free (anndata->labels);
  smooth_counts_free (anndata->counts);
  g_free (anndata->unused_choice);
  g_free (anndata->coords);
  g_free (anndata->in_tissue);
  g_free (anndata->array_rows);
  g_free (anndata->array_cols);
  smooth_picture_unref (anndata->picture);
  smooth_report_unref (anndata->report);
  g_free (anndata);
}

static void
matrix_free (AnnMatrix *matrix)
{
  g_free (matrix->name);
  g_free (matrix->path);
  g_free (matrix);
}

static void
add_matrix (GPtrArray *list, const char *name, const char *path, gboolean is_raw)
{
  AnnMatrix *matrix = g_new (AnnMatrix, 1);

  *matrix = (AnnMatrix){ g_strdup (name), g_strdup (path), is_raw };
  g_ptr_array_add (list, matrix);
}

static herr_t
add_layer (hid_t group, const char *name, const H5L_info_t *info, void *list)
{
  (void) group;
  (void) info;
  if (g_utf8_validate (name, -1, NULL))
    {
      g_autofree char *path = g_strconcat ("layers/", name, NULL);
      add_matrix (list, name, path, FALSE);
    }
  return 0;
}

/* Matrices that are called counts come first. */
static int
compare_matrices (gconstpointer a, gconstpointer b)
{
  const AnnMatrix *x = *(const AnnMatrix *const *) a, *y = *(const AnnMatrix *const *) b;

  return (strstr (x->name, "count") == NULL) - (strstr (y->name, "count") == NULL);
}

/* Returns: (transfer full): all matrices of the file, the best first */
static GPtrArray *
list_matrices (const Reader *reader)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) matrix_free);

  if (H5Lexists (reader->file, "X", H5P_DEFAULT) > 0)
    add_matrix (list, "X", "X", FALSE);
  if (H5Lexists (reader->file, "raw.X", H5P_DEFAULT) > 0)
    add_matrix (list, "raw", "raw.X", TRUE);
  else if (reader->raw >= 0 && H5Lexists (reader->raw, "X", H5P_DEFAULT) > 0)
    add_matrix (list, "raw", "raw/X", TRUE);
  if (smooth_i_hdf5_has (reader->file, "layers", H5I_GROUP))
    {
      g_auto (Hdf5Id) group = H5Gopen2 (reader->file, "layers", H5P_DEFAULT);
      H5Literate (group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_layer, list);
    }
  g_ptr_array_sort (list, compare_matrices);
  return list;
}

static char *
join_matrices (const GPtrArray *matrices, const AnnMatrix *but)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < matrices->len; i++)
    if (matrices->pdata[i] != but)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", ((AnnMatrix *) matrices->pdata[i])->name);
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : g_strdup ("nothing");
}

/* The matrix that the path asks for: "X", "raw", or a layer. */
static const AnnMatrix *
find_asked (const Reader *reader, const GPtrArray *matrices)
{
  for (guint i = 0; i < matrices->len && reader->choice != NULL; i++)
    if (g_str_equal (reader->choice, ((AnnMatrix *) matrices->pdata[i])->name))
      return matrices->pdata[i];
  return NULL;
}

/* That, else the best by content. */
static const AnnMatrix *
choose_matrix (const Reader *reader, const GPtrArray *matrices, gboolean *is_whole, GError **error)
{
  const AnnMatrix *possible = NULL, *asked = find_asked (reader, matrices);
  g_autoptr (GError) cause = NULL; /* why the first that cannot be read cannot */
  gboolean whole = FALSE, negative = FALSE;

  *is_whole = FALSE;
  if (asked != NULL)
    return asked;
  for (guint i = 0; i < matrices->len; i++)
    {
      g_autoptr (GError) problem = NULL;
      gboolean can_read = smooth_i_ann_matrix_judge (reader->file, reader->place, matrices->pdata[i], &whole, &negative, &problem);
      if (problem != NULL && cause == NULL)
        cause = g_steal_pointer (&problem);
      if (!can_read || negative)
        continue;
      if (whole)
        {
          *is_whole = TRUE;
          return matrices->pdata[i];
        }
      if (possible == NULL)
        possible = matrices->pdata[i];
    }
  if (possible == NULL)
    {
      g_autofree char *names = join_matrices (matrices, NULL);
      if (cause != NULL)
        smooth_i_refuse (reader->path, error, "expected counts (numbers of 0 or more) in X, raw or a layer, found none in %s: %s",
                         names, smooth_error_say (cause));
      else
        smooth_i_refuse (reader->path, error, "expected counts (numbers of 0 or more) in X, raw or a layer, found none in %s", names);
    }
  return possible;
}

static void
report_matrix (const Reader *reader, SmoothReport *report, const AnnMatrix *matrix, const GPtrArray *matrices, gboolean is_whole)
{
  g_autofree char *others = join_matrices (matrices, matrix);
  gboolean asked = find_asked (reader, matrices) == matrix, is_only = matrices->len == 1;

  if (asked)
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "counts are those of %s, as asked for", matrix->name);
  else if (is_whole)
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "counts are those of %s, whose numbers are whole", matrix->name);
  else
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "counts are those of %s", matrix->name);
  if (!is_only)
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "to read other counts of the file, add '#' and one of these to the path: %s",
                       others);
}

/* Numbers that are no counts: undoes the logarithm where they may be one. */
static void
settle_scale (SmoothCounts *counts, const char *name, SmoothReport *report)
{
  SmoothSparse *matrix = counts->matrix;
  gint64 nnz = smooth_sparse_get_nnz (matrix);
  gboolean whole = TRUE;
  double largest = 0.0;

  for (gint64 e = 0; e < nnz; e++)
    {
      whole = whole && matrix->values[e] == floor (matrix->values[e]);
      largest = MAX (largest, matrix->values[e]);
    }
  if (whole)
    return;
  gboolean is_log = largest <= LARGEST_LOG;
  for (gint64 e = 0; is_log && e < nnz; e++)
    matrix->values[e] = expm1 (matrix->values[e]);
  smooth_report_add (report, SMOOTH_REPORT_WARNING,
                     is_log ? N_("%s holds no whole numbers, the largest is %.4g: they are taken for log (1 + normalised counts), "
                                 "and the logarithm was undone")
                            : N_("%s holds no whole numbers, the largest is %.4g: they are used as if they were counts"),
                     name, largest);
}

/* Symbols and identifiers: the one is the index, the other a column by one of its usual names. */
static gboolean
read_genes (const AnnFrame *var, SmoothCounts *counts, GError **error)
{
  static const char *const ids[] = { "gene_ids", "gene_id", "ensembl_id", "ensembl", "ENSEMBL", "feature_id" };
  static const char *const symbols[] = { "gene_symbols", "gene_symbol", "gene_names", "gene_name", "gene_short_name", "feature_name", "symbol", "SYMBOL" };
  char **others = NULL;
  gboolean are_ids = TRUE;

  counts->gene_ids = smooth_i_ann_frame_dup_index (var, error);
  if (counts->gene_ids == NULL)
    return FALSE;
  counts->n_genes = var->n_rows;
  for (gsize i = 0; i < G_N_ELEMENTS (ids) + G_N_ELEMENTS (symbols) && others == NULL; i++)
    {
      are_ids = i < G_N_ELEMENTS (ids);
      const char *name = are_ids ? ids[i] : symbols[i - G_N_ELEMENTS (ids)];
      if (!g_str_equal (name, var->index) && !smooth_i_ann_frame_read_labels (var, name, &others, error))
        return FALSE;
    }
  for (gint64 i = 0; others != NULL && i < var->n_rows; i++)
    if (others[i] == NULL)
      others[i] = g_strdup (counts->gene_ids[i]);
  counts->gene_names = others != NULL ? others : g_strdupv (counts->gene_ids);
  if (others != NULL && are_ids)
    {
      counts->gene_names = counts->gene_ids;
      counts->gene_ids = others;
    }
  return TRUE;
}

/* The types of features, where the file knows them and has gene expression. */
static gboolean
keep_genes (const AnnFrame *var, SmoothCounts *counts, GError **error)
{
  char **types = NULL;
  gboolean has_genes = FALSE;

  if (!smooth_i_ann_frame_read_labels (var, "feature_types", &types, error))
    return FALSE;
  for (gint64 i = 0; types != NULL && i < var->n_rows; i++)
    {
      if (types[i] == NULL)
        types[i] = g_strdup ("");
      has_genes |= g_str_equal (types[i], SMOOTH_I_GENE_EXPRESSION);
    }
  gboolean good = !has_genes || smooth_i_counts_keep_genes (counts, types, NULL, error);
  g_strfreev (types);
  return good;
}

static gboolean
read_counts (const Reader *reader, SmoothAnnData *anndata, const AnnFrame *obs, GError **error)
{
  g_autoptr (GPtrArray) matrices = list_matrices (reader);
  g_auto (AnnFrame) var = { .id = H5I_INVALID_HID };
  SmoothCounts *counts = anndata->counts;
  gboolean is_whole = FALSE;
  gint64 first;

  const AnnMatrix *matrix = choose_matrix (reader, matrices, &is_whole, error);
  if (matrix == NULL)
    return FALSE;
  gboolean old_raw = matrix->is_raw && g_str_equal (matrix->path, "raw.X");
  g_autofree char *raw_place = g_strconcat (reader->place, "/raw", NULL);
  if (!smooth_i_ann_frame_open (&var, matrix->is_raw && !old_raw ? reader->raw : reader->file, matrix->is_raw && !old_raw ? raw_place : reader->place,
                                old_raw ? "raw.var" : "var", reader->uns, error)
      || !read_genes (&var, counts, error))
    return FALSE;
  counts->n_barcodes = obs->n_rows;
  counts->barcodes = smooth_i_ann_frame_dup_index (obs, error);
  if (counts->barcodes == NULL)
    return FALSE;
  gint64 again = smooth_i_find_repeated (counts->barcodes, counts->n_barcodes, &first);
  if (again >= 0)
    return smooth_i_refuse (obs->place, error, "expected every name once, found '%s' as elements %" PRId64 " and %" PRId64,
                            counts->barcodes[again], first, again);
  counts->matrix = smooth_i_ann_matrix_read (reader->file, reader->place, matrix, counts->barcodes, obs->n_rows, var.n_rows, reader->run, error);
  if (counts->matrix == NULL)
    return FALSE;
  if (find_asked (reader, matrices) == NULL)
    anndata->unused_choice = g_strdup (reader->choice);
  report_matrix (reader, anndata->report, matrix, matrices, is_whole);
  settle_scale (counts, matrix->name, anndata->report);
  return keep_genes (&var, counts, error);
}

static gboolean
read_labels (const AnnFrame *obs, SmoothAnnData *anndata, GError **error)
{
  g_auto (GStrv) columns = smooth_i_ann_frame_dup_columns (obs);

  anndata->labels = g_new0 (SmoothAnnLabels, g_strv_length (columns) + 1);
  for (gsize i = 0; columns[i] != NULL; i++)
    {
      char **labels = NULL;
      if (!smooth_i_ann_frame_read_labels (obs, columns[i], &labels, error))
        return FALSE;
      if (labels != NULL)
        anndata->labels[anndata->n_labels++] = (SmoothAnnLabels){ g_strdup (columns[i]), labels };
    }
  return TRUE;
}

static gboolean
read_all (Reader *reader, SmoothAnnData *anndata, GError **error)
{
  g_auto (AnnFrame) obs = { .id = H5I_INVALID_HID };

  if (g_file_test (reader->path, G_FILE_TEST_IS_DIR))
    {
      g_autofree char *table = smooth_i_zarr_find_table (reader->path, anndata->report);
      if (table == NULL)
        return smooth_i_refuse (reader->path, error, "expected a Zarr store with a table (obs and var), found none");
      reader->file = smooth_i_zarr_open (reader->path, table, anndata->counts, anndata->report, reader->run, error);
    }
  else
    {
      smooth_i_counts_add_file (anndata->counts, reader->path);
      reader->file = smooth_i_hdf5_open (reader->path, error);
    }
  if (reader->file < 0)
    return FALSE;
  if (smooth_i_hdf5_has (reader->file, "uns", H5I_GROUP))
    reader->uns = H5Gopen2 (reader->file, "uns", H5P_DEFAULT);
  if (smooth_i_hdf5_has (reader->file, "raw", H5I_GROUP))
    reader->raw = H5Gopen2 (reader->file, "raw", H5P_DEFAULT);
  return smooth_i_ann_frame_open (&obs, reader->file, reader->place, "obs", reader->uns, error)
         && read_counts (reader, anndata, &obs, error) && read_labels (&obs, anndata, error)
         && smooth_i_ann_frame_read_numbers (&obs, "in_tissue", &anndata->in_tissue, error)
         && smooth_i_ann_frame_read_numbers (&obs, "array_row", &anndata->array_rows, error)
         && smooth_i_ann_frame_read_numbers (&obs, "array_col", &anndata->array_cols, error)
         && smooth_i_ann_read_spatial (anndata, reader->file, reader->place, error);
}

/* Whether @path (a '#' and a choice may stand behind it) is an HDF5 file with tables of observations and variables, or a Zarr
 * store that has such a table, or a place for them. */
gboolean
smooth_anndata_is_one (const char *path)
{
  g_autofree char *choice = NULL;
  g_autofree char *name = smooth_i_choice_split (path, &choice);
  gboolean is_one = FALSE;

  if (g_file_test (name, G_FILE_TEST_IS_DIR))
    return smooth_i_zarr_is_store (name);
  if (!g_file_test (name, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  smooth_i_hdf5_lock ();
  {
    g_auto (Hdf5Id) file = smooth_i_hdf5_open (name, NULL);
    is_one = file >= 0 && H5Lexists (file, "obs", H5P_DEFAULT) > 0 && H5Lexists (file, "var", H5P_DEFAULT) > 0;
  }
  smooth_i_hdf5_unlock ();
  return is_one;
}

/**
 * smooth_anndata_load:
 * @path: an .h5ad file, or the folder of a Zarr store of AnnData or SpatialData; '#' and a name behind it choose the matrix: X, raw or a layer. A choice that names no matrix is left to
 *   the caller
 * @run: (nullable): progress and cancellation
 *
 * Every list is checked against the others and against what the file stores.
 *
 * Returns: (transfer full): all that a section or a reference needs
 */
SmoothAnnData *
smooth_anndata_load (const char *path, SmoothRun *run, GError **error)
{
  g_autofree char *choice = NULL;
  g_autofree char *file = smooth_i_choice_split (path, &choice);
  g_autoptr (SmoothAnnData) anndata = g_new0 (SmoothAnnData, 1);
  gboolean good;

  anndata->counts = smooth_i_counts_new (file);
  anndata->report = smooth_report_new ();
  smooth_i_hdf5_lock ();
  {
    g_auto (Reader) reader = { .path = file, .choice = choice, .run = run, .file = H5I_INVALID_HID, .uns = H5I_INVALID_HID, .raw = H5I_INVALID_HID };
    reader.place = g_strconcat (file, ": ", NULL);
    good = read_all (&reader, anndata, error);
  }
  smooth_i_hdf5_unlock ();
  return good ? g_steal_pointer (&anndata) : NULL;
}
