/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names are taken as they are first, then in capitals: lists in papers are written either way. */
#include "section/gene-list.h"

static gint64
find_gene (const SmoothSection *section, const char *name)
{
  gint64 gene = smooth_section_find_gene (section, name);

  if (gene < 0)
    {
      g_autofree char *upper = g_ascii_strup (name, -1);
      gene = smooth_section_find_gene (section, upper);
    }
  return gene;
}

/**
 * smooth_gene_list_find:
 * @text: (nullable): the list
 * @n_genes: (out): how many different ones there are
 * @unknown: (out) (optional) (transfer full): NULL-terminated names that no gene of the section has
 *
 * Returns: (transfer full): numbers of genes, in the order of the list, each once. O(length)
 */
gint64 *
smooth_gene_list_find (const SmoothSection *section, const char *text, gint64 *n_genes, char ***unknown)
{
  g_auto (GStrv) names = g_strsplit_set (text != NULL ? text : "", " \t\r\n,;\"'", -1);
  g_autoptr (GArray) genes = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_free);
  gsize n = g_strv_length (names);

  g_array_set_size (genes, (guint) n); /* so that what is in the table does not move */
  g_array_set_size (genes, 0);
  for (gsize i = 0; i < n; i++)
    {
      gint64 gene = *names[i] != '\0' ? find_gene (section, names[i]) : 0;
      if (*names[i] == '\0')
        continue;
      if (gene < 0)
        g_ptr_array_add (others, g_strdup (names[i]));
      else if (!g_hash_table_contains (seen, &gene))
        {
          g_array_append_val (genes, gene);
          g_hash_table_add (seen, &g_array_index (genes, gint64, genes->len - 1));
        }
    }
  *n_genes = genes->len;
  if (unknown != NULL)
    {
      g_ptr_array_add (others, NULL);
      *unknown = (char **) g_ptr_array_free (g_steal_pointer (&others), FALSE);
    }
  return (gint64 *) (gpointer) g_array_free (g_steal_pointer (&genes), FALSE);
}
