/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Genes in the order of their total counts, so that of all matches those worth looking at come first. */
#include "gene-index.h"

#include <stdlib.h>
#include <string.h>

struct _ScopeGeneIndex
{
  gatomicrefcount ref_count;
  gint64 n_genes;
  double *totals; /* n_genes: counts over all spots */
  gint64 *order;  /* n_genes: descending totals */
  char **names;   /* n_genes: lower case */
  char **ids;     /* n_genes: lower case */
};

static int
compare_totals (gconstpointer a, gconstpointer b, gpointer data)
{
  const double *totals = data;
  gint64 i = *(const gint64 *) a, j = *(const gint64 *) b;

  if (totals[i] != totals[j])
    return totals[i] < totals[j] ? 1 : -1;
  return i < j ? -1 : 1;
}

static char **
lower (char **texts, gint64 n)
{
  char **copy = g_new0 (char *, n + 1);

  for (gint64 i = 0; i < n; i++)
    copy[i] = g_utf8_strdown (texts[i], -1);
  return copy;
}

/* O(counts + n_genes log n_genes); may be called on any thread. Where the run of that is cancelled, totals are wrong. */
ScopeGeneIndex *
scope_gene_index_new (SmoothSection *section)
{
  ScopeGeneIndex *index = g_new0 (ScopeGeneIndex, 1);
  const SmoothSparse *counts = section->counts;

  g_atomic_ref_count_init (&index->ref_count);
  index->n_genes = section->n_genes;
  index->totals = g_new0 (double, MAX (section->n_genes, 1));
  for (gint64 j = 0; j < counts->n_cols && !smooth_run_is_cancelled (smooth_run_get_current ()); j++)
    for (gint64 e = counts->starts[j]; e < counts->starts[j + 1]; e++)
      index->totals[counts->rows[e]] += counts->values[e];
  index->order = g_new (gint64, MAX (section->n_genes, 1));
  for (gint64 i = 0; i < section->n_genes; i++)
    index->order[i] = i;
  g_qsort_with_data (index->order, (gint) section->n_genes, sizeof *index->order, compare_totals, index->totals);
  index->names = lower (section->gene_names, section->n_genes);
  index->ids = lower (section->gene_ids, section->n_genes);
  return index;
}

ScopeGeneIndex *
scope_gene_index_ref (ScopeGeneIndex *index)
{
  g_atomic_ref_count_inc (&index->ref_count);
  return index;
}

void
scope_gene_index_unref (ScopeGeneIndex *index)
{
  if (!g_atomic_ref_count_dec (&index->ref_count))
    return;
  g_free (index->totals);
  g_free (index->order);
  g_strfreev (index->names);
  g_strfreev (index->ids);
  g_free (index);
}

/* 0: the name or identifier itself; 1: begins so; 2: holds it; 3: no match. */
static gint
rank_of (const ScopeGeneIndex *index, gint64 gene, const char *query)
{
  const char *name = index->names[gene], *id = index->ids[gene];

  if (strcmp (name, query) == 0 || strcmp (id, query) == 0)
    return 0;
  if (g_str_has_prefix (name, query) || g_str_has_prefix (id, query))
    return 1;
  return strstr (name, query) != NULL ? 2 : 3;
}

/**
 * scope_gene_index_find:
 * @query: what the user typed; upper and lower case are the same; empty: every gene matches
 * @genes: (out): n_max numbers of genes, the best matches first
 * @is_exact: (out): whether the first one is named so
 *
 * Returns: how many were found, at most @n_max
 */
gint64
scope_gene_index_find (const ScopeGeneIndex *index, const char *query, gint64 *genes, gint64 n_max, gboolean *is_exact)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (query));
  g_autofree char *wanted = g_utf8_strdown (trimmed, -1);
  g_autofree guint8 *ranks = g_new (guint8, MAX (index->n_genes, 1));
  gint64 n = 0;

  for (gint64 i = 0; i < index->n_genes; i++)
    ranks[i] = *wanted == '\0' ? 1 : (guint8) rank_of (index, i, wanted);
  for (guint8 rank = 0; rank < 3; rank++)
    for (gint64 i = 0; i < index->n_genes && n < n_max; i++)
      if (ranks[index->order[i]] == rank)
        genes[n++] = index->order[i];
  *is_exact = n > 0 && ranks[genes[0]] == 0;
  return n;
}

/* Returns: the counts of a gene over all spots */
double
scope_gene_index_get_total (const ScopeGeneIndex *index, gint64 gene)
{
  return index->totals[gene];
}
