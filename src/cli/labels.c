/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads labels by barcode, and tells how well two labellings agree. */
#include "cli/labels.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static gint64
find_column (const SmoothTable *table, const char *name, GError **error)
{
  gint64 n_cols = smooth_table_get_n_cols (table), found = name != NULL ? smooth_table_find_column (table, name) : n_cols == 2 ? 1 : -1;

  if (found > 0)
    return found;
  g_autoptr (GString) names = g_string_new (NULL);
  for (gint64 col = 1; col < n_cols; col++)
    g_string_append_printf (names, "%s%s", col > 1 ? ", " : "", smooth_table_get_column_name (table, col));
  if (name != NULL)
    smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected a column '%s', found %s", smooth_table_get_path (table),
                      name, names->str);
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected barcodes and one column of labels, found the columns %s: name one by --column",
                      smooth_table_get_path (table), n_cols > 1 ? names->str : _("(none)"));
  return -1;
}

static gboolean
is_missing (const char *cell)
{
  static const char *const words[] = { "", "NA", "N/A", "NaN", "nan", "<NA>", NULL };

  return g_strv_contains (words, cell);
}

/**
 * cli_labels_load:
 * @path: a table with a header and barcodes in its first column
 * @column: (nullable): of the labels; %NULL: the only other one
 *
 * Empty cells and NA are no label.
 *
 * Returns: (transfer full): label by barcode
 */
GHashTable *
cli_labels_load (const char *path, const char *column, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);
  g_autoptr (GHashTable) labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  if (table == NULL)
    return NULL;
  smooth_table_take_header (table);
  gint64 col = find_column (table, column, error);
  if (col < 0)
    return NULL;
  for (gint64 row = 0; row < smooth_table_get_n_rows (table); row++)
    {
      const char *barcode = smooth_table_get_text (table, row, 0), *label = smooth_table_get_text (table, row, col);
      if (g_hash_table_contains (labels, barcode))
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": expected every barcode once, found %s again", path,
                            smooth_table_get_line (table, row), barcode);
          return NULL;
        }
      if (!is_missing (label))
        g_hash_table_insert (labels, g_strdup (barcode), g_strdup (label));
    }
  if (g_hash_table_size (labels) > 0)
    return g_steal_pointer (&labels);
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected labels, found none in %" PRId64 " rows", path,
                    smooth_table_get_n_rows (table));
  return NULL;
}

/* Returns: (transfer full): numbers of the labels of @n barcodes, -1 without; @names (out): of the numbers */
gint32 *
cli_labels_dup_codes (GHashTable *labels, const char *const *barcodes, gint64 n, char ***names)
{
  g_autofree char **words = g_new0 (char *, n + 1);

  for (gint64 i = 0; i < n; i++)
    words[i] = g_hash_table_lookup (labels, barcodes[i]);
  return smooth_labels_dup_codes (words, n, names);
}

/* ARI and NMI into the report and the summary. */
void
cli_labels_add_agreement (CliJob *job, const gint32 *found, const gint32 *truth, gint64 n)
{
  double ari = smooth_labels_get_ari (found, truth, n), nmi = smooth_labels_get_nmi (found, truth, n);
  gint64 n_both = 0;

  for (gint64 i = 0; i < n; i++)
    n_both += found[i] >= 0 && truth[i] >= 0;
  smooth_json_add_int (job->numbers, "n_labelled", n_both);
  smooth_json_add_double (job->numbers, "ari", ari);
  smooth_json_add_double (job->numbers, "nmi", nmi);
  g_string_append_printf (job->summary, _("%" PRId64 " spots with both labels: ARI %.4f, NMI %.4f\n"), n_both, ari, nmi);
}
