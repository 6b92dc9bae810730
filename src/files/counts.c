/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of feature matrices share: names that must be unique, features that are no genes. */
#include "files/counts.h"

#include "base/error.h"

#include <string.h>

#define GENES "Gene Expression"

void
smooth_counts_free (SmoothCounts *counts)
{
  if (counts == NULL)
    return;
  g_free (counts->path);
  g_strfreev (counts->files);
  g_strfreev (counts->gene_ids);
  g_strfreev (counts->gene_names);
  g_strfreev (counts->barcodes);
  smooth_sparse_unref (counts->matrix);
  g_free (counts->others);
  g_free (counts);
}

/**
 * smooth_i_find_repeated:
 * @names: @n texts
 * @first: (out): where the repeated text occurs first
 *
 * Returns: the number of the first text that occurred before, or -1
 */
gint64
smooth_i_find_repeated (char *const *names, gint64 n, gint64 *first)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint64 i = 0; i < n; i++)
    if (!g_hash_table_insert (seen, names[i], GSIZE_TO_POINTER ((gsize) i)))
      {
        *first = 0;
        while (strcmp (names[*first], names[i]) != 0)
          ++*first;
        return i;
      }
  return -1;
}

/* Returns: (transfer full): "Antibody Capture (17), CRISPR Guide Capture (2)" */
static char *
describe_others (char *const *types, gint64 n)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (gint64 i = 0; i < n; i++)
    if (strcmp (types[i], GENES) != 0)
      {
        gsize count = GPOINTER_TO_SIZE (g_hash_table_lookup (counts, types[i]));
        if (count == 0)
          g_ptr_array_add (order, types[i]);
        g_hash_table_insert (counts, types[i], GSIZE_TO_POINTER (count + 1));
      }
  for (guint i = 0; i < order->len && i < 8; i++)
    g_string_append_printf (text, "%s%s (%" G_GSIZE_FORMAT ")", i > 0 ? ", " : "", (const char *) order->pdata[i],
                            GPOINTER_TO_SIZE (g_hash_table_lookup (counts, order->pdata[i])));
  if (order->len > 8)
    g_string_append (text, ", ...");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Leaves only the rows whose new number is not negative. */
static SmoothSparse *
keep_rows (const SmoothSparse *matrix, const gint32 *new_rows, gint64 n_rows, GError **error)
{
  gint64 nnz = 0;
  for (gint64 e = 0; e < smooth_sparse_get_nnz (matrix); e++)
    nnz += new_rows[matrix->rows[e]] >= 0;

  SmoothSparse *kept = smooth_sparse_new (n_rows, matrix->n_cols, nnz, error);
  if (kept == NULL)
    return NULL;
  nnz = 0;
  for (gint64 j = 0; j < matrix->n_cols; j++)
    {
      for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1]; e++)
        if (new_rows[matrix->rows[e]] >= 0)
          {
            kept->rows[nnz] = new_rows[matrix->rows[e]];
            kept->values[nnz++] = matrix->values[e];
          }
      kept->starts[j + 1] = nnz;
    }
  return kept;
}

/**
 * smooth_i_counts_keep_genes:
 * @types: (nullable): the type of each feature; NULL where the file knows none and all are genes
 *
 * Leaves out the features that are no gene expression (antibodies, guides, control probes) and notes what they were.
 */
gboolean
smooth_i_counts_keep_genes (SmoothCounts *counts, char *const *types, GError **error)
{
  g_autofree gint32 *new_rows = g_new (gint32, MAX (counts->n_genes, 1));
  gint64 n_kept = 0;

  if (types == NULL)
    return TRUE;
  for (gint64 i = 0; i < counts->n_genes; i++)
    new_rows[i] = strcmp (types[i], GENES) == 0 ? (gint32) n_kept++ : -1;
  if (n_kept == counts->n_genes)
    return TRUE;
  counts->others = describe_others (types, counts->n_genes);
  counts->n_others = counts->n_genes - n_kept;
  if (n_kept == 0)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT, "%s: expected features of type '" GENES "', found only %s", counts->path,
                   counts->others);
      return FALSE;
    }

  SmoothSparse *kept = keep_rows (counts->matrix, new_rows, n_kept, error);
  if (kept == NULL)
    return FALSE;
  smooth_sparse_unref (counts->matrix);
  counts->matrix = kept;
  for (gint64 i = 0; i < counts->n_genes; i++)
    if (new_rows[i] >= 0)
      {
        counts->gene_ids[new_rows[i]] = counts->gene_ids[i];
        counts->gene_names[new_rows[i]] = counts->gene_names[i];
      }
    else
      {
        g_free (counts->gene_ids[i]);
        g_free (counts->gene_names[i]);
      }
  counts->gene_ids[n_kept] = NULL;
  counts->gene_names[n_kept] = NULL;
  counts->n_genes = n_kept;
  return TRUE;
}
