/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feature matrices of Cell Ranger 3: a group /matrix with compressed columns, one a barcode.
 *
 *   shape     (genes, barcodes)
 *   indptr    barcodes + 1 offsets into indices and data, ascending from 0
 *   indices   row (gene) of each entry, from 0
 *   data      count of each entry
 *   barcodes  texts
 *   features  a group of texts: id, name, feature_type, genome
 */
#include "files/hdf5.h"

#include "base/error.h"
#include "files/hdf5-private.h"

#include <math.h>
#include <string.h>

#define CHECK_COLUMNS 256 /* between two looks at the run */

/* What is open while a file is read. */
typedef struct
{
  const char *path;
  SmoothRun *run;
  Hdf5Id file, matrix, features;
  char *matrix_place, *features_place; /* 'FILE: /matrix', for messages */
  gint64 n_genes, n_barcodes;
} Reader;

static void
reader_clear (Reader *reader)
{
  hdf5_id_close (reader->features);
  hdf5_id_close (reader->matrix);
  hdf5_id_close (reader->file);
  g_free (reader->matrix_place);
  g_free (reader->features_place);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

G_GNUC_PRINTF (3, 4)
static gboolean
fail (const char *place, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT, "%s: %s", place, what);
  return FALSE;
}

static herr_t
add_genome (hid_t root, const char *name, const H5L_info_t *info, void *data)
{
  g_auto (Hdf5Id) group = H5Oopen (root, name, H5P_DEFAULT);

  (void) info;
  if (group >= 0 && H5Iget_type (group) == H5I_GROUP && smooth_i_hdf5_has (group, "indptr", H5I_DATASET)
      && smooth_i_hdf5_has (group, "genes", H5I_DATASET))
    {
      g_autofree char *valid = g_utf8_make_valid (name, -1);
      g_string_append_printf (data, "%s%s", ((GString *) data)->len > 0 ? ", " : "", valid);
    }
  return 0;
}

/* The file is no matrix of Cell Ranger 3: says what it is instead. */
static void
set_other_layout (const Reader *reader, GError **error)
{
  static const char expected[] = "expected a feature matrix of Cell Ranger 3 or later (a group /matrix)";
  g_autoptr (GString) genomes = g_string_new (NULL);
  g_autofree char *members = smooth_i_hdf5_dup_members (reader->file);

  H5Literate (reader->file, H5_INDEX_NAME, H5_ITER_INC, NULL, add_genome, genomes);
  if (genomes->len > 0)
    fail (reader->path, error, "%s, found one of Cell Ranger 2 (a group for each genome: %s), which cannot be read yet", expected,
          genomes->str);
  else if (smooth_i_hdf5_has (reader->file, "obs", H5I_GROUP) && smooth_i_hdf5_has (reader->file, "var", H5I_GROUP))
    fail (reader->path, error, "%s, found an AnnData file (groups %s)", expected, members);
  else
    fail (reader->path, error, "%s, found %s", expected, members);
}

static gboolean
open_groups (Reader *reader, GError **error)
{
  reader->file = smooth_i_hdf5_open (reader->path, error);
  if (reader->file < 0)
    return FALSE;
  if (!smooth_i_hdf5_has (reader->file, "matrix", H5I_GROUP))
    {
      set_other_layout (reader, error);
      return FALSE;
    }
  reader->matrix = H5Oopen (reader->file, "matrix", H5P_DEFAULT);
  if (!smooth_i_hdf5_has (reader->matrix, "features", H5I_GROUP))
    {
      g_autofree char *members = smooth_i_hdf5_dup_members (reader->matrix);
      return fail (reader->matrix_place, error, "expected a group 'features', found %s", members);
    }
  reader->features = H5Oopen (reader->matrix, "features", H5P_DEFAULT);
  return TRUE;
}

static gboolean
need_numbers (const Hdf5List *list, gboolean whole, GError **error)
{
  if (list->class == H5T_INTEGER || (!whole && list->class == H5T_FLOAT))
    return TRUE;
  return fail (list->name, error, "expected %s, found %s", whole ? "whole numbers" : "numbers",
               list->class == H5T_STRING ? "texts" : list->class == H5T_FLOAT ? "floating-point numbers" : "other elements");
}

static gboolean
need_length (const Hdf5List *list, gint64 expected, const char *why, GError **error)
{
  if (list->length == expected)
    return TRUE;
  return fail (list->name, error, "expected %" G_GINT64_FORMAT " elements (%s), found %" G_GINT64_FORMAT, expected, why, list->length);
}

static gboolean
read_shape (Reader *reader, GError **error)
{
  g_auto (Hdf5List) list = { 0 };
  gint64 shape[2];

  if (!smooth_i_hdf5_list_open (&list, reader->matrix, reader->matrix_place, "shape", error) || !need_numbers (&list, TRUE, error)
      || !need_length (&list, 2, "genes and barcodes", error) || !smooth_i_hdf5_list_read (&list, H5T_NATIVE_INT64, shape, NULL, error))
    return FALSE;
  for (gint i = 0; i < 2; i++)
    if (shape[i] < 0 || shape[i] >= G_MAXINT32)
      return fail (list.name, error, "expected numbers of 0..%d, found %" G_GINT64_FORMAT, G_MAXINT32 - 1, shape[i]);
  reader->n_genes = shape[0];
  reader->n_barcodes = shape[1];
  return TRUE;
}

/* Returns: (transfer full): @n texts of a list that must be there */
static char **
read_texts (hid_t group, const char *place, const char *name, gint64 n, const char *why, GError **error)
{
  g_auto (Hdf5List) list = { 0 };

  if (!smooth_i_hdf5_list_open (&list, group, place, name, error) || !need_length (&list, n, why, error))
    return NULL;
  return smooth_i_hdf5_list_dup_texts (&list, error);
}

/* Offsets must ascend from 0 to the number of entries. */
static gboolean
check_starts (const Hdf5List *list, const SmoothSparse *sparse, gint64 nnz, GError **error)
{
  for (gint64 j = 0; j <= sparse->n_cols; j++)
    {
      gint64 least = j > 0 ? sparse->starts[j - 1] : 0;
      gint64 most = j > 0 ? nnz : 0;
      if (sparse->starts[j] < least || sparse->starts[j] > most)
        return fail (list->name, error, "element %" G_GINT64_FORMAT ": expected %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT
                     ", found %" G_GINT64_FORMAT, j, least, most, sparse->starts[j]);
    }
  if (sparse->starts[sparse->n_cols] != nnz)
    return fail (list->name, error, "expected the last element to be the number of entries, %" G_GINT64_FORMAT
                 ", found %" G_GINT64_FORMAT, nnz, sparse->starts[sparse->n_cols]);
  return TRUE;
}

/* Reads the three lists as they are; offsets are checked, entries not yet. */
static SmoothSparse *
read_lists (Reader *reader, GError **error)
{
  g_auto (Hdf5List) indptr = { 0 };
  g_auto (Hdf5List) indices = { .id = H5I_INVALID_HID };
  g_auto (Hdf5List) data = { .id = H5I_INVALID_HID };

  if (!smooth_i_hdf5_list_open (&indptr, reader->matrix, reader->matrix_place, "indptr", error)
      || !need_numbers (&indptr, TRUE, error) || !need_length (&indptr, reader->n_barcodes + 1, "barcodes in shape, and 1", error)
      || !smooth_i_hdf5_list_open (&data, reader->matrix, reader->matrix_place, "data", error) || !need_numbers (&data, FALSE, error)
      || !smooth_i_hdf5_list_open (&indices, reader->matrix, reader->matrix_place, "indices", error)
      || !need_numbers (&indices, TRUE, error) || !need_length (&indices, data.length, "as many as data has", error))
    return NULL;

  g_autoptr (SmoothSparse) sparse = smooth_sparse_new (reader->n_genes, reader->n_barcodes, data.length, error);
  if (sparse == NULL || !smooth_i_hdf5_list_read (&indptr, H5T_NATIVE_INT64, sparse->starts, reader->run, error)
      || !check_starts (&indptr, sparse, data.length, error))
    return NULL;
  smooth_run_report (reader->run, 0.3, "Reading the counts");
  if (!smooth_i_hdf5_list_read (&indices, H5T_NATIVE_INT32, sparse->rows, reader->run, error))
    return NULL;
  smooth_run_report (reader->run, 0.6, "Reading the counts");
  if (!smooth_i_hdf5_list_read (&data, H5T_NATIVE_DOUBLE, sparse->values, reader->run, error))
    return NULL;
  return g_steal_pointer (&sparse);
}

/* Checks rows and counts. *ordered: rows ascend strictly in every column. */
static gboolean
check_entries (const Reader *reader, const SmoothSparse *sparse, char *const *barcodes, gboolean *ordered, GError **error)
{
  *ordered = TRUE;
  for (gint64 j = 0; j < sparse->n_cols; j++)
    {
      gint64 previous = -1;
      if (j % CHECK_COLUMNS == 0 && !smooth_run_check (reader->run, error))
        return FALSE;
      for (gint64 e = sparse->starts[j]; e < sparse->starts[j + 1]; e++)
        {
          if (sparse->rows[e] < 0 || sparse->rows[e] >= sparse->n_rows)
            return fail (reader->matrix_place, error, "indices: element %" G_GINT64_FORMAT " (barcode '%s'): expected 0..%"
                         G_GINT64_FORMAT ", found %d", e, barcodes[j], sparse->n_rows - 1, sparse->rows[e]);
          if (!(sparse->values[e] >= 0.0 && sparse->values[e] <= G_MAXDOUBLE))
            return fail (reader->matrix_place, error, "data: element %" G_GINT64_FORMAT
                         " (barcode '%s'): expected a count of 0 or more, found %g", e, barcodes[j], sparse->values[e]);
          *ordered &= sparse->rows[e] > previous;
          previous = sparse->rows[e];
        }
    }
  return TRUE;
}

/* Sorts the rows of each column; a row that occurs twice in one is an error. */
static SmoothSparse *
sort_rows (const Reader *reader, const SmoothSparse *sparse, char *const *barcodes, GError **error)
{
  g_autoptr (SmoothSparse) transposed = smooth_sparse_new_transpose (sparse, error);
  g_autoptr (SmoothSparse) sorted = transposed != NULL ? smooth_sparse_new_transpose (transposed, error) : NULL;
  if (sorted == NULL)
    return NULL;

  for (gint64 j = 0; j < sorted->n_cols; j++)
    for (gint64 e = sorted->starts[j] + 1; e < sorted->starts[j + 1]; e++)
      if (sorted->rows[e] == sorted->rows[e - 1])
        {
          fail (reader->matrix_place, error, "indices: barcode '%s': expected every gene once, found gene %d again", barcodes[j],
                sorted->rows[e]);
          return NULL;
        }
  return g_steal_pointer (&sorted);
}

static SmoothSparse *
read_matrix (Reader *reader, char *const *barcodes, GError **error)
{
  g_autoptr (SmoothSparse) sparse = read_lists (reader, error);
  gboolean ordered;

  if (sparse == NULL || !check_entries (reader, sparse, barcodes, &ordered, error))
    return NULL;
  return ordered ? g_steal_pointer (&sparse) : sort_rows (reader, sparse, barcodes, error);
}

static gboolean
read_barcodes (Reader *reader, SmoothCounts *counts, GError **error)
{
  gint64 first;

  counts->barcodes
      = read_texts (reader->matrix, reader->matrix_place, "barcodes", reader->n_barcodes, "barcodes in shape", error);
  if (counts->barcodes == NULL)
    return FALSE;
  counts->n_barcodes = reader->n_barcodes;
  for (gint64 i = 0; i < counts->n_barcodes; i++)
    if (counts->barcodes[i][0] == '\0')
      return fail (reader->matrix_place, error, "barcodes: element %" G_GINT64_FORMAT ": expected a barcode, found an empty text", i);
  gint64 again = smooth_i_find_repeated (counts->barcodes, counts->n_barcodes, &first);
  if (again >= 0)
    return fail (reader->matrix_place, error,
                 "barcodes: expected every barcode once, found '%s' as elements %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT,
                 counts->barcodes[again], first, again);
  return TRUE;
}

static gboolean
read_all (Reader *reader, SmoothCounts *counts, GError **error)
{
  static const char why[] = "genes in shape";
  g_auto (GStrv) types = NULL;

  if (!open_groups (reader, error) || !read_shape (reader, error) || !read_barcodes (reader, counts, error))
    return FALSE;
  counts->n_genes = reader->n_genes;
  counts->gene_ids = read_texts (reader->features, reader->features_place, "id", reader->n_genes, why, error);
  if (counts->gene_ids == NULL)
    return FALSE;
  counts->gene_names = read_texts (reader->features, reader->features_place, "name", reader->n_genes, why, error);
  if (counts->gene_names == NULL)
    return FALSE;
  if (smooth_i_hdf5_has (reader->features, "feature_type", H5I_DATASET))
    {
      types = read_texts (reader->features, reader->features_place, "feature_type", reader->n_genes, why, error);
      if (types == NULL)
        return FALSE;
    }
  counts->matrix = read_matrix (reader, counts->barcodes, error);
  return counts->matrix != NULL && smooth_i_counts_keep_genes (counts, types, error);
}

/**
 * smooth_hdf5_load:
 * @path: an HDF5 file that Cell Ranger 3, Space Ranger or a later version wrote
 * @run: (nullable): progress and cancellation
 *
 * Every list is checked against the others and against what the file stores. Only one thread reads HDF5 at a time.
 *
 * Returns: (transfer full): the counts of the genes; other kinds of features are left out and named
 */
SmoothCounts *
smooth_hdf5_load (const char *path, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothCounts) counts = g_new0 (SmoothCounts, 1);
  gboolean good;

  counts->path = g_strdup (path);
  counts->files = g_new0 (char *, 2);
  counts->files[0] = g_strdup (path);
  smooth_i_hdf5_lock ();
  {
    g_auto (Reader) reader = { .path = path, .run = run, .file = H5I_INVALID_HID, .matrix = H5I_INVALID_HID,
                               .features = H5I_INVALID_HID };
    reader.matrix_place = g_strconcat (path, ": /matrix", NULL);
    reader.features_place = g_strconcat (path, ": /matrix/features", NULL);
    good = read_all (&reader, counts, error);
  }
  smooth_i_hdf5_unlock ();
  return good ? g_steal_pointer (&counts) : NULL;
}
