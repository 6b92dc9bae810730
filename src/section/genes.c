/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matching of gene names: exactly by identifier or symbol first, then without regard to upper and lower case.
 *
 * Versions of Ensembl identifiers ('ENSG00000141510.18') are ignored. Where several genes of a section share a symbol, the
 * symbol means the first. Each gene is matched by one name at most: the first, exact matches before others.
 */
#include "section/genes-private.h"

#include "section/section-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FEW_GENES 50
#define FEW_SHARE 0.2
#define N_EXAMPLES 3

struct _SmoothGeneIndex
{
  gint64 n_genes;
  GHashTable *ids;     /* name to number of gene + 1 */
  GHashTable *symbols;
  GHashTable *folded;  /* lower case: symbols, then identifiers */
};

/* The length of a name without the version of an Ensembl identifier. */
static gsize
base_length (const char *name)
{
  gsize length = strlen (name);
  const char *dot = strrchr (name, '.');

  if (dot == NULL || dot[1] == '\0' || g_ascii_strncasecmp (name, "ENS", 3) != 0 || dot - name < 15)
    return length;
  return dot[1 + strspn (dot + 1, "0123456789")] == '\0' ? (gsize) (dot - name) : length;
}

/* Keeps the first gene of a name. Takes @name. */
static void
add_name (GHashTable *table, char *name, gint64 gene)
{
  if (*name == '\0' || g_hash_table_contains (table, name))
    g_free (name);
  else
    g_hash_table_insert (table, name, GINT_TO_POINTER ((gint) gene + 1));
}

/* Returns: (transfer full): the look-up of identifiers and symbols; O(genes) */
SmoothGeneIndex *
smooth_i_gene_index_new (const SmoothSection *section)
{
  SmoothGeneIndex *index = g_new0 (SmoothGeneIndex, 1);

  index->n_genes = section->n_genes;
  index->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  index->symbols = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  index->folded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gint64 i = 0; i < section->n_genes; i++)
    {
      add_name (index->ids, g_strndup (section->gene_ids[i], base_length (section->gene_ids[i])), i);
      add_name (index->symbols, g_strdup (section->gene_names[i]), i);
      add_name (index->folded, g_ascii_strdown (section->gene_names[i], -1), i);
    }
  for (gint64 i = 0; i < section->n_genes; i++)
    add_name (index->folded, g_ascii_strdown (section->gene_ids[i], (gssize) base_length (section->gene_ids[i])), i);
  return index;
}

void
smooth_i_gene_index_free (SmoothGeneIndex *index)
{
  if (index == NULL)
    return;
  g_hash_table_unref (index->ids);
  g_hash_table_unref (index->symbols);
  g_hash_table_unref (index->folded);
  g_free (index);
}

static gint64
look_up (GHashTable *table, const char *name)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (table, name)) - 1;
}

/* Matches one name exactly. */
static gint64
find_exact (const SmoothGeneIndex *index, const char *name, gboolean *by_id)
{
  g_autofree char *base = g_strndup (name, base_length (name));
  gint64 gene = look_up (index->ids, base);

  *by_id = gene >= 0;
  if (gene < 0)
    gene = look_up (index->symbols, name);
  else if (look_up (index->symbols, name) == gene)
    *by_id = FALSE; /* the section has one name for both */
  return gene;
}

/* Gives a gene to name number i, unless it is taken. */
static gboolean
take (SmoothGeneMatch *match, guint8 *taken, gint64 i, gint64 gene)
{
  if (taken[gene])
    {
      match->genes[i] = SMOOTH_I_GENE_REPEATED;
      match->n_repeated++;
      return FALSE;
    }
  taken[gene] = 1;
  match->genes[i] = (gint32) gene;
  match->n_matched++;
  return TRUE;
}

/**
 * smooth_i_gene_match_new:
 * @names: n_names names or identifiers
 *
 * Returns: (transfer full): the gene of each name; O(genes + names)
 */
SmoothGeneMatch *
smooth_i_gene_match_new (const SmoothGeneIndex *index, char **names, gint64 n_names)
{
  SmoothGeneMatch *match = g_new0 (SmoothGeneMatch, 1);
  g_autofree guint8 *taken = g_new0 (guint8, index->n_genes + 1);

  match->n_names = n_names;
  match->genes = g_new (gint32, n_names + 1);
  for (gint64 i = 0; i < n_names; i++)
    {
      gboolean by_id;
      gint64 gene = find_exact (index, names[i], &by_id);
      match->genes[i] = SMOOTH_I_GENE_UNKNOWN;
      if (gene >= 0 && take (match, taken, i, gene))
        match->n_by_id += by_id;
    }
  for (gint64 i = 0; i < n_names; i++)
    if (match->genes[i] == SMOOTH_I_GENE_UNKNOWN)
      {
        g_autofree char *folded = g_ascii_strdown (names[i], (gssize) base_length (names[i]));
        gint64 gene = look_up (index->folded, folded);
        if (gene >= 0 && take (match, taken, i, gene))
          match->n_by_case++;
      }
  return match;
}

void
smooth_i_gene_match_free (SmoothGeneMatch *match)
{
  if (match == NULL)
    return;
  g_free (match->genes);
  g_free (match);
}

/* Returns: (transfer full): the first @n_shown names: 'A, B, C, ...' */
char *
smooth_i_dup_examples (char **names, gint64 n_names, gint64 n_shown)
{
  GString *text = g_string_new (NULL);

  for (gint64 i = 0; i < MIN (n_names, n_shown); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", names[i]);
  if (n_names > n_shown)
    g_string_append (text, ", ...");
  return g_string_free (text, FALSE);
}

/* The first names whose gene is @which. */
static char *
dup_examples_of (const SmoothGeneMatch *match, char **names, gint32 which)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  for (gint64 i = 0; i < match->n_names && found->len <= N_EXAMPLES; i++)
    if (match->genes[i] == which)
      g_ptr_array_add (found, names[i]);
  return smooth_i_dup_examples ((char **) found->pdata, found->len, N_EXAMPLES);
}

/* Adds a warning where names and section share few genes: fewer than 50, or less than a fifth of the shorter list. */
void
smooth_i_gene_match_warn (const SmoothGeneMatch *match, gint64 n_section_genes, SmoothReport *report)
{
  gint64 shorter = MIN (match->n_names, n_section_genes);

  if (match->n_matched < FEW_GENES || (double) match->n_matched < FEW_SHARE * (double) shorter)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "the reference and the section share only %s genes, of %s genes of the reference and %s of the section: "
                       "results may be poor",
                       smooth_i_grouped (match->n_matched).text, smooth_i_grouped (match->n_names).text,
                       smooth_i_grouped (n_section_genes).text);
}

static const char *
get_comma (const GString *text)
{
  return text->len > 0 ? ", " : "";
}

/* 'N by symbol, M by identifier', without what is 0, in the language of what is being worded; in a text of the caller. */
static const char *
say_ways (const SmoothGeneMatch *match, GString *text)
{
  gint64 by_symbol = match->n_matched - match->n_by_id - match->n_by_case;

  g_string_truncate (text, 0);
  if (by_symbol > 0)
    g_string_append_printf (text, _("%s by symbol"), smooth_i_grouped (by_symbol).text);
  g_string_append (text, match->n_by_id > 0 ? get_comma (text) : "");
  if (match->n_by_id > 0)
    g_string_append_printf (text, _("%s by identifier"), smooth_i_grouped (match->n_by_id).text);
  g_string_append (text, match->n_by_case > 0 ? get_comma (text) : "");
  if (match->n_by_case > 0)
    g_string_append_printf (text, _("%s only without regard to upper and lower case"), smooth_i_grouped (match->n_by_case).text);
  return text->str;
}

/* Adds what of a reference was matched by what, and what was not, with some of the names. */
void
smooth_i_gene_match_report (const SmoothGeneMatch *match, char **names, SmoothReport *report)
{
  gint64 n_unknown = match->n_names - match->n_matched - match->n_repeated;
  g_autofree char *unknown = dup_examples_of (match, names, SMOOTH_I_GENE_UNKNOWN);
  g_autofree char *repeated = dup_examples_of (match, names, SMOOTH_I_GENE_REPEATED);
  g_autoptr (GString) ways = g_string_new (NULL);

  smooth_report_add (report, SMOOTH_REPORT_NOTE, "%s of %s genes of the reference are in the section: %s",
                     smooth_i_grouped (match->n_matched).text, smooth_i_grouped (match->n_names).text, say_ways (match, ways));
  if (n_unknown > 0)
    smooth_report_add_n (report, SMOOTH_REPORT_NOTE, n_unknown, "%s gene of the reference not in the section: %s",
                         "%s genes of the reference not in the section: %s", smooth_i_grouped (n_unknown).text, unknown);
  if (match->n_repeated > 0)
    smooth_report_add_n (report, SMOOTH_REPORT_WARNING, match->n_repeated,
                         "%s gene of the reference left out, as the same gene came before under this or another name: %s",
                         "%s genes of the reference left out, as the same gene came before under this or another name: %s",
                         smooth_i_grouped (match->n_repeated).text, repeated);
  if (2 * match->n_by_case > match->n_matched)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "most genes of the reference match only without regard to upper and lower case: is it of another species?");
}
