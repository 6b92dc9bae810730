/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every element says in two attributes what it is: encoding-type and encoding-version.
 *
 * Source: 'On-disk format' in the documentation of anndata (dict 0.1.0, array 0.2.0, csr_matrix 0.1.0, dataframe 0.2.0,
 * categorical 0.2.0, string-array 0.2.0, string 0.2.0, numeric-scalar 0.2.0).
 */
#include "files/anndata-write.h"

#include "files/hdf5-write-private.h"

#include <string.h>

static void
set_encoding (SmoothHdf5Writer *writer, const char *name, const char *type, const char *version)
{
  smooth_hdf5_writer_set_text_attribute (writer, name, "encoding-type", type);
  smooth_hdf5_writer_set_text_attribute (writer, name, "encoding-version", version);
}

static char *
join (const char *group, const char *name)
{
  return g_strconcat (group, "/", name, NULL);
}

void
smooth_anndata_add_root (SmoothHdf5Writer *writer)
{
  set_encoding (writer, "/", "anndata", "0.1.0");
}

/**
 * smooth_anndata_need_dict:
 * @name: a group of named elements: made where the file has none; something else of that name is replaced
 */
void
smooth_anndata_need_dict (SmoothHdf5Writer *writer, const char *name)
{
  if (smooth_hdf5_writer_has (writer, name))
    return;
  smooth_hdf5_writer_remove (writer, name);
  smooth_hdf5_writer_add_group (writer, name);
  set_encoding (writer, name, "dict", "0.1.0");
}

void
smooth_anndata_add_text (SmoothHdf5Writer *writer, const char *name, const char *text)
{
  smooth_hdf5_writer_add_text (writer, name, text);
  set_encoding (writer, name, "string", "0.2.0");
}

void
smooth_anndata_add_number (SmoothHdf5Writer *writer, const char *name, double number)
{
  smooth_hdf5_writer_add_array (writer, name, SMOOTH_HDF5_DOUBLE, &number, 0, NULL);
  set_encoding (writer, name, "numeric-scalar", "0.2.0");
}

void
smooth_anndata_add_texts (SmoothHdf5Writer *writer, const char *name, const char *const *texts, gint64 n)
{
  smooth_hdf5_writer_add_texts (writer, name, texts, n);
  set_encoding (writer, name, "string-array", "0.2.0");
}

/* As smooth_hdf5_writer_add_array(). */
void
smooth_anndata_add_array (SmoothHdf5Writer *writer, const char *name, SmoothHdf5Type type, gconstpointer values, int rank,
                          const gint64 *sizes)
{
  smooth_hdf5_writer_add_array (writer, name, type, values, rank, sizes);
  set_encoding (writer, name, "array", "0.2.0");
}

/**
 * smooth_anndata_add_categories:
 * @codes: @n numbers of categories; -1: none
 * @categories: NULL-terminated
 */
void
smooth_anndata_add_categories (SmoothHdf5Writer *writer, const char *name, const gint32 *codes, gint64 n, const char *const *categories)
{
  g_autofree char *codes_name = join (name, "codes");
  g_autofree char *categories_name = join (name, "categories");
  const gint8 is_ordered = 0;

  smooth_hdf5_writer_add_group (writer, name);
  set_encoding (writer, name, "categorical", "0.2.0");
  smooth_hdf5_writer_set_attribute (writer, name, "ordered", SMOOTH_HDF5_BOOLEAN, &is_ordered, 0, NULL);
  smooth_anndata_add_array (writer, codes_name, SMOOTH_HDF5_INT32, codes, 1, &n);
  smooth_anndata_add_texts (writer, categories_name, categories, g_strv_length ((char **) categories));
}

/* In single precision, as is usual, where that loses nothing: counts to 2^24 are exact in it. */
static void
add_values (SmoothHdf5Writer *writer, const char *name, const double *values, gint64 n)
{
  gboolean is_exact = TRUE;

  for (gint64 i = 0; i < n && is_exact; i++)
    is_exact = (double) (float) values[i] == values[i];
  g_autofree float *narrow = is_exact ? g_try_malloc ((gsize) n * sizeof (float)) : NULL;
  for (gint64 i = 0; i < n && narrow != NULL; i++)
    narrow[i] = (float) values[i];
  if (narrow != NULL)
    smooth_hdf5_writer_add_vector (writer, name, SMOOTH_HDF5_FLOAT, narrow, n);
  else
    smooth_hdf5_writer_add_vector (writer, name, SMOOTH_HDF5_DOUBLE, values, n);
}

/**
 * smooth_anndata_add_matrix:
 * @columns: compressed columns; they become the compressed rows of the transpose in the file: a matrix of genes x spots
 *   stands there as spots x genes, as AnnData has it
 */
void
smooth_anndata_add_matrix (SmoothHdf5Writer *writer, const char *name, const SmoothSparse *columns)
{
  g_autofree char *data = join (name, "data");
  g_autofree char *indices = join (name, "indices");
  g_autofree char *starts = join (name, "indptr");
  const gint64 shape[2] = { columns->n_cols, columns->n_rows };
  const gint64 two = 2, nnz = smooth_sparse_get_nnz (columns);

  smooth_hdf5_writer_add_group (writer, name);
  set_encoding (writer, name, "csr_matrix", "0.1.0");
  smooth_hdf5_writer_set_attribute (writer, name, "shape", SMOOTH_HDF5_INT64, shape, 1, &two);
  add_values (writer, data, columns->values, nnz);
  smooth_hdf5_writer_add_vector (writer, indices, SMOOTH_HDF5_INT32, columns->rows, nnz);

  /* scipy widens the row numbers of a matrix whose offsets are wide. */
  g_autofree gint32 *narrow = nnz <= G_MAXINT32 ? g_new (gint32, columns->n_cols + 1) : NULL;
  for (gint64 i = 0; i <= columns->n_cols && narrow != NULL; i++)
    narrow[i] = (gint32) columns->starts[i];
  if (narrow != NULL)
    smooth_hdf5_writer_add_vector (writer, starts, SMOOTH_HDF5_INT32, narrow, columns->n_cols + 1);
  else
    smooth_hdf5_writer_add_vector (writer, starts, SMOOTH_HDF5_INT64, columns->starts, columns->n_cols + 1);
}

/**
 * smooth_anndata_add_frame:
 * @index: @n names of the rows
 * @columns: NULL-terminated names of the columns in their order; the caller adds each as NAME/COLUMN
 */
void
smooth_anndata_add_frame (SmoothHdf5Writer *writer, const char *name, const char *const *index, gint64 n, const char *const *columns)
{
  g_autofree char *index_name = join (name, "_index");

  smooth_hdf5_writer_add_group (writer, name);
  set_encoding (writer, name, "dataframe", "0.2.0");
  smooth_hdf5_writer_set_text_attribute (writer, name, "_index", "_index");
  smooth_hdf5_writer_set_texts_attribute (writer, name, "column-order", columns, g_strv_length ((char **) columns));
  smooth_anndata_add_texts (writer, index_name, index, n);
}

/**
 * smooth_anndata_add_to_frame:
 * @column: a new column, which the caller adds as FRAME/COLUMN; one of that name is removed
 *
 * Returns: FALSE where the frame has an encoding before that of 2020, which cannot be added to; nothing is changed then
 */
gboolean
smooth_anndata_add_to_frame (SmoothHdf5Writer *writer, const char *frame, const char *column)
{
  g_auto (GStrv) order = smooth_i_hdf5_writer_dup_texts_attribute (writer, frame, "column-order");
  g_autofree char *name = join (frame, column);

  if (order == NULL)
    return FALSE;
  smooth_hdf5_writer_remove (writer, name);
  if (g_strv_contains ((const char *const *) order, column))
    return TRUE;
  gsize n = g_strv_length (order);
  order = g_renew (char *, order, n + 2);
  order[n] = g_strdup (column);
  order[n + 1] = NULL;
  smooth_hdf5_writer_set_texts_attribute (writer, frame, "column-order", (const char *const *) order, (gint64) n + 1);
  return TRUE;
}

/* Returns: (transfer full): @name as a key: a slash would make a group of it */
char *
smooth_anndata_dup_key (const char *name)
{
  return g_strdelimit (g_strdup (*name != '\0' ? name : "_"), "/", '_');
}
