/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of feature matrices share: names that must be unique, features that are no genes. */
#include "files/counts.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

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
  smooth_report_unref (counts->report);
  g_free (counts);
}

/* Returns: (transfer full): counts without anything, to be filled by their reader */
SmoothCounts *
smooth_i_counts_new (const char *path)
{
  SmoothCounts *counts = g_new0 (SmoothCounts, 1);

  counts->path = g_strdup (path);
  counts->files = g_new0 (char *, 1);
  counts->report = smooth_report_new ();
  return counts;
}

/* Notes that @path was read. */
void
smooth_i_counts_add_file (SmoothCounts *counts, const char *path)
{
  guint n = g_strv_length (counts->files);

  counts->files = g_renew (char *, counts->files, n + 2);
  counts->files[n] = g_strdup (path);
  counts->files[n + 1] = NULL;
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

/* Returns: (transfer full): the texts of *@list, NULL-terminated; the list itself is freed */
char **
smooth_i_take_list (GPtrArray **list)
{
  g_ptr_array_add (*list, NULL);
  char **names = (char **) (*list)->pdata;

  g_ptr_array_set_free_func (*list, NULL);
  g_ptr_array_free (g_steal_pointer (list), FALSE);
  return names;
}

static int
compare_rows (const void *a, const void *b)
{
  return (*(const gint32 *) a > *(const gint32 *) b) - (*(const gint32 *) a < *(const gint32 *) b);
}

/* Returns: (transfer full): all types but @wanted: "Antibody Capture (17), CRISPR Guide Capture (2)" */
static char *
describe_others (char *const *types, gint64 n, const char *wanted)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (gint64 i = 0; i < n; i++)
    if (strcmp (types[i], wanted) != 0)
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

/* Leaves only the rows whose new number is not negative, in place; new numbers ascend with the old ones. */
static void
drop_rows (SmoothSparse *matrix, const gint32 *new_rows, gint64 n_rows)
{
  gint64 nnz = 0, first = 0;

  for (gint64 j = 0; j < matrix->n_cols; j++)
    {
      gint64 end = matrix->starts[j + 1];
      for (gint64 e = first; e < end; e++)
        if (new_rows[matrix->rows[e]] >= 0)
          {
            matrix->values[nnz] = matrix->values[e];
            matrix->rows[nnz++] = new_rows[matrix->rows[e]];
          }
      matrix->starts[j + 1] = nnz;
      first = end;
    }
  matrix->n_rows = n_rows;
}

/* The same where rows that get one number are added up, which takes a new matrix. */
static gboolean
sum_rows (SmoothCounts *counts, const gint32 *new_rows, gint64 n_rows, GError **error)
{
  const SmoothSparse *matrix = counts->matrix;
  g_autofree double *sums = g_new0 (double, MAX (n_rows, 1)); /* of one column */
  g_autofree gboolean *is_touched = g_new0 (gboolean, MAX (n_rows, 1));
  g_autofree gint32 *touched = g_new (gint32, MAX (n_rows, 1));
  g_autoptr (SmoothSparse) kept = smooth_sparse_new (n_rows, matrix->n_cols, smooth_sparse_get_nnz (matrix), error);
  gint64 nnz = 0;

  if (kept == NULL)
    return FALSE;
  for (gint64 j = 0; j < matrix->n_cols; j++)
    {
      gint64 n_touched = 0;
      for (gint64 e = matrix->starts[j]; e < matrix->starts[j + 1]; e++)
        {
          gint32 row = new_rows[matrix->rows[e]];
          if (row >= 0 && !is_touched[row])
            touched[n_touched++] = row;
          if (row >= 0)
            {
              is_touched[row] = TRUE;
              sums[row] += matrix->values[e];
            }
        }
      qsort (touched, (gsize) n_touched, sizeof *touched, compare_rows);
      for (gint64 k = 0; k < n_touched; k++)
        {
          kept->rows[nnz] = touched[k];
          kept->values[nnz++] = sums[touched[k]];
          sums[touched[k]] = 0.0;
          is_touched[touched[k]] = FALSE;
        }
      kept->starts[j + 1] = nnz;
    }
  smooth_sparse_unref (counts->matrix);
  counts->matrix = g_steal_pointer (&kept);
  return TRUE;
}

static void
set_other_type (const SmoothCounts *counts, char *const *types, const char *wanted, gboolean asked, GError **error)
{
  g_autofree char *others = describe_others (types, counts->n_genes, wanted);

  if (asked)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected features of type '%s', found only %s", counts->path, wanted,
                      others);
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected features of type '%s', found only %s (to read one of these, add '#' and its type to the path)",
                      counts->path, wanted, others);
}

/**
 * smooth_i_counts_keep_genes:
 * @types: (nullable): the type of each feature; NULL where the file knows none and all are genes
 * @wanted: (nullable): the type to keep; NULL: gene expression
 *
 * Leaves out the features of other types (antibodies, guides, control probes) and reports what they were.
 */
gboolean
smooth_i_counts_keep_genes (SmoothCounts *counts, char *const *types, const char *wanted, GError **error)
{
  g_autofree gint32 *new_rows = g_new (gint32, MAX (counts->n_genes, 1));
  gboolean asked = wanted != NULL;
  gint64 n_kept = 0;

  if (types == NULL && asked)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected features of type '%s', found features without a type",
                      counts->path, wanted);
  if (types == NULL)
    return !asked;
  wanted = asked ? wanted : SMOOTH_I_GENE_EXPRESSION;
  for (gint64 i = 0; i < counts->n_genes; i++)
    new_rows[i] = strcmp (types[i], wanted) == 0 ? (gint32) n_kept++ : -1;
  if (n_kept == counts->n_genes)
    return TRUE;
  if (n_kept == 0)
    {
      set_other_type (counts, types, wanted, asked, error);
      return FALSE;
    }
  drop_rows (counts->matrix, new_rows, n_kept);

  g_autofree char *others = describe_others (types, counts->n_genes, wanted);
  counts->n_others = counts->n_genes - n_kept;
  smooth_report_add (counts->report, SMOOTH_REPORT_NOTE,
                     "features that are no %s were left out: %s; to read some of these instead, add '#' and their type to the path",
                     asked ? wanted : _("gene expression"), others);
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

/**
 * smooth_i_counts_sum_probes:
 * @gene_ids: the gene of each row, which is a probe
 * @gene_names: likewise
 * @used: whether a probe counts at all
 *
 * Adds up the probes of each gene; genes come in the order of their first probe that counts.
 */
gboolean
smooth_i_counts_sum_probes (SmoothCounts *counts, char *const *gene_ids, char *const *gene_names, const gboolean *used,
                            GError **error)
{
  gint64 n_probes = counts->n_genes, n_genes = 0, n_used = 0;
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree gint32 *new_rows = g_new (gint32, MAX (n_probes, 1));
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (gint64 i = 0; i < n_probes; i++)
    {
      gpointer number;
      gboolean known = g_hash_table_lookup_extended (numbers, gene_ids[i], NULL, &number);
      new_rows[i] = -1;
      if (!used[i])
        continue;
      n_used++;
      if (!known)
        {
          number = GINT_TO_POINTER ((gint) n_genes++);
          g_hash_table_insert (numbers, gene_ids[i], number);
          g_ptr_array_add (ids, g_strdup (gene_ids[i]));
          g_ptr_array_add (names, g_strdup (gene_names[i]));
        }
      new_rows[i] = GPOINTER_TO_INT (number);
    }
  if (!sum_rows (counts, new_rows, n_genes, error))
    return FALSE;
  g_strfreev (counts->gene_ids);
  g_strfreev (counts->gene_names);
  counts->gene_ids = smooth_i_take_list (&ids);
  counts->gene_names = smooth_i_take_list (&names);
  counts->n_genes = n_genes;
  smooth_report_add (counts->report, SMOOTH_REPORT_NOTE,
                     n_used < n_probes
                       ? N_("rows are probes: %" PRId64 " of %" PRId64 " were added up to %" PRId64
                            " genes, the others are filtered out in the file, or no gene expression")
                       : N_("rows are probes: %" PRId64 " of %" PRId64 " were added up to %" PRId64 " genes"),
                     n_used, n_probes, n_genes);
  return TRUE;
}
