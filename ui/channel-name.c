/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cell types come first, then columns of layers, then genes: there are few of the former, and a gene that is called as one of
 * them has an identifier too. */
#include "channel-name.h"

#include <string.h>

#define N_SUGGESTIONS 4

/* Whether two names are one but for the case. */
static gboolean
same_name (const char *a, const char *b)
{
  g_autofree char *folded_a = g_utf8_casefold (a, -1), *folded_b = g_utf8_casefold (b, -1);

  return g_str_equal (folded_a, folded_b);
}

static gboolean
find_type (ScopeDocument *document, const char *name, ScopeChannel *channel)
{
  const SmoothSignature *signature = scope_document_get_signature (document);

  for (gint64 k = 0; signature != NULL && k < signature->n_types; k++)
    if (same_name (signature->type_names[k], name))
      {
        *channel = (ScopeChannel){ SCOPE_CHANNEL_TYPE, k, NULL };
        return TRUE;
      }
  return FALSE;
}

static gboolean
find_column (ScopeDocument *document, const char *name, ScopeChannel *channel)
{
  for (guint i = 0; i < scope_document_get_n_layers (document); i++)
    {
      const SmoothLayer *layer = scope_document_get_nth_layer (document, i);
      for (gint64 j = 0; layer->kind != SMOOTH_LAYER_CATEGORIES && j < layer->n_columns; j++)
        if (same_name (layer->columns[j], name))
          {
            *channel = (ScopeChannel){ SCOPE_CHANNEL_LAYER, j, g_intern_string (layer->key) };
            return TRUE;
          }
    }
  return FALSE;
}

static gboolean
find_gene (ScopeDocument *document, const char *name, ScopeChannel *channel)
{
  ScopeGeneIndex *index = scope_document_get_genes (document);
  gboolean is_exact = FALSE;
  gint64 gene;

  if (index == NULL || scope_gene_index_find (index, name, &gene, 1, &is_exact) == 0 || !is_exact)
    return FALSE;
  *channel = (ScopeChannel){ SCOPE_CHANNEL_GENE, gene, NULL };
  return TRUE;
}

/**
 * scope_channel_find:
 * @name: of a cell type, a column of a layer or a gene, in any case; empty: nothing is to be shown
 * @channel: (out): untouched where there is no such name
 */
gboolean
scope_channel_find (ScopeDocument *document, const char *name, ScopeChannel *channel)
{
  g_autofree char *stripped = g_strstrip (g_strdup (name));

  if (*stripped == '\0')
    {
      *channel = (ScopeChannel){ 0 };
      return TRUE;
    }
  return find_type (document, stripped, channel) || find_column (document, stripped, channel) || find_gene (document, stripped, channel);
}

/* Returns: (transfer full): the name that finds it; empty where there is none */
char *
scope_channel_dup_name (ScopeDocument *document, const ScopeChannel *channel)
{
  const SmoothSection *section = scope_document_get_section (document);
  const SmoothSignature *signature = scope_document_get_signature (document);
  const SmoothLayer *layer = scope_document_get_layer (document, channel->layer);

  if (channel->kind == SCOPE_CHANNEL_GENE && section != NULL && channel->index < section->n_genes)
    return g_strdup (section->gene_names[channel->index]);
  if (channel->kind == SCOPE_CHANNEL_TYPE && signature != NULL && channel->index < signature->n_types)
    return g_strdup (signature->type_names[channel->index]);
  if (channel->kind == SCOPE_CHANNEL_LAYER && layer != NULL && channel->index < layer->n_columns)
    return g_strdup (layer->columns[channel->index]);
  return g_strdup ("");
}

/* Returns: (transfer full): some names that hold what was typed; empty where there are none */
char *
scope_channel_dup_suggestions (ScopeDocument *document, const char *name)
{
  const SmoothSection *section = scope_document_get_section (document);
  const SmoothSignature *signature = scope_document_get_signature (document);
  g_autofree char *folded = g_utf8_casefold (name, -1);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  gint64 genes[N_SUGGESTIONS];
  gboolean is_exact;

  for (gint64 k = 0; signature != NULL && k < signature->n_types && found->len < N_SUGGESTIONS; k++)
    {
      g_autofree char *type = g_utf8_casefold (signature->type_names[k], -1);
      if (strstr (type, folded) != NULL)
        g_ptr_array_add (found, signature->type_names[k]);
    }
  ScopeGeneIndex *index = scope_document_get_genes (document);
  gint64 n = index != NULL ? scope_gene_index_find (index, name, genes, N_SUGGESTIONS, &is_exact) : 0;
  for (gint64 i = 0; i < n && found->len < N_SUGGESTIONS; i++)
    g_ptr_array_add (found, section->gene_names[genes[i]]);
  g_ptr_array_add (found, NULL);
  return g_strjoinv (", ", (char **) found->pdata);
}

/* The types with the largest mean proportions; -1 where there are fewer. */
void
scope_channel_find_top_types (const SmoothResult *result, gint64 types[SCOPE_N_CHANNELS])
{
  g_autofree double *sums = g_new0 (double, MAX (result->n_types, 1));

  for (gint64 k = 0; k < result->n_types; k++)
    sums[k] = MAX (result->means[k], 0.0);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      types[c] = -1;
      for (gint64 k = 0; k < result->n_types; k++)
        if (sums[k] >= 0.0 && (types[c] < 0 || sums[k] > sums[types[c]]))
          types[c] = k;
      if (types[c] >= 0)
        sums[types[c]] = -1.0; /* taken */
    }
}
