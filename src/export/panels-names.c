/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of panels become choices of values.
 *
 *     counts, detected, mitochondrial, dominant, composition, region    one panel each
 *     gene:NAME, genes:mean:NAMES, genes:sum:NAMES, type:NAME,
 *     layer:KEY/COLUMN, rgb:RED|GREEN|BLUE                              one panel each
 *     types, layer:KEY                                                  a panel of every cell type, of every column
 */
#include "export/panels-private.h"

#include "base/error.h"
#include "section/gene-list.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/**
 * smooth_panels_split:
 * @text: names with commas between them, or with semicolons where names have commas
 *
 * Returns: (transfer full): the names without spaces around them
 */
char **
smooth_panels_split (const char *text)
{
  char **names = g_strsplit (text, strchr (text, ';') != NULL ? ";" : ",", -1);
  gsize n = 0;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      char *name = names[i];
      if (*g_strstrip (name) == '\0')
        g_free (name);
      else
        names[n++] = name;
    }
  names[n] = NULL;
  return names;
}

static void
choice_clear (gpointer data)
{
  g_free (((PanelChoice *) data)->column.genes);
}

static GArray *
choices_new (void)
{
  GArray *choices = g_array_new (FALSE, FALSE, sizeof (PanelChoice));

  g_array_set_clear_func (choices, choice_clear);
  return choices;
}

static PanelChoice *
add (GArray *choices, SmoothColourBy by, gint64 item, const SmoothLayer *layer)
{
  PanelChoice choice = { .column = { .by = by, .item = item, .layer = layer } };

  g_array_append_val (choices, choice);
  return &g_array_index (choices, PanelChoice, choices->len - 1);
}

static gboolean add_choices (const SmoothPanelSource *source, const char *name, GArray *choices, GError **error);

static gboolean
fail (GError **error, const char *name, const char *found)
{
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "panel '%s': expected %s", name, _(found));
  return FALSE;
}

static gint64
find_name (char *const *names, const char *name)
{
  for (gint64 i = 0; names[i] != NULL; i++)
    if (g_ascii_strcasecmp (names[i], name) == 0)
      return i;
  return -1;
}

static gboolean
add_gene (const SmoothPanelSource *source, const char *name, const char *gene, GArray *choices, GError **error)
{
  gint64 item = smooth_section_find_gene (source->section, gene);

  if (item < 0)
    return fail (error, name, "a gene of the section by symbol or id, found none of that name");
  add (choices, SMOOTH_BY_GENE, item, NULL);
  return TRUE;
}

/* @type: NULL for all. */
static gboolean
add_types (const SmoothPanelSource *source, const char *name, const char *type, GArray *choices, GError **error)
{
  const SmoothResult *result = source->now.outcome != NULL ? source->now.outcome->result : NULL;
  gint64 only = result != NULL && type != NULL ? find_name (result->type_names, type) : -1;

  if (result == NULL)
    return fail (error, name, "cell types, found no reference");
  if (type != NULL && only < 0)
    {
      g_autofree char *known = g_strjoinv (", ", result->type_names);
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "panel '%s': expected a cell type of the reference (%s), found none of that name", name, known);
      return FALSE;
    }
  for (gint64 k = 0; k < result->n_types; k++)
    if (type == NULL || k == only)
      add (choices, SMOOTH_BY_TYPE, k, NULL);
  return TRUE;
}

/* @text: 'KEY' or 'KEY/COLUMN'. */
static gboolean
add_layer (const SmoothPanelSource *source, const char *name, const char *text, GArray *choices, GError **error)
{
  const char *slash = strchr (text, '/');
  g_autofree char *key = slash != NULL ? g_strndup (text, (gsize) (slash - text)) : g_strdup (text);
  const SmoothLayer *layer = NULL;

  for (gint64 i = 0; i < source->now.n_layers; i++)
    if (g_str_equal (source->now.layers[i]->key, key))
      layer = source->now.layers[i];
  if (layer == NULL)
    return fail (error, name, "the key of a layer that was computed, found none of that name");
  gint64 only = slash != NULL ? smooth_layer_find_column (layer, slash + 1) : -1;
  if (slash != NULL && only < 0)
    return fail (error, name, "a column of the layer behind the slash, found none of that name");
  for (gint64 c = 0; c < layer->n_columns; c++)
    if (slash == NULL || c == only)
      add (choices, SMOOTH_BY_LAYER, c, layer);
  return TRUE;
}

/* @text: 'mean:A, B' or 'sum:A, B'. */
static gboolean
add_genes (const SmoothPanelSource *source, const char *name, const char *text, GArray *choices, GError **error)
{
  gboolean is_sum = g_str_has_prefix (text, "sum:");
  g_auto (GStrv) unknown = NULL;
  gint64 n = 0;

  if (!is_sum && !g_str_has_prefix (text, "mean:"))
    return fail (error, name, "genes:mean:NAMES or genes:sum:NAMES");
  text = strchr (text, ':') + 1;
  g_free (smooth_gene_list_find (source->section, text, &n, &unknown));
  if (n == 0)
    return fail (error, name, "genes of the section by symbol or id, found none of these names");
  PanelChoice *choice = add (choices, SMOOTH_BY_GENES, -1, NULL);
  choice->column.genes = g_strdup (text);
  choice->column.is_sum = is_sum;
  return TRUE;
}

/* @text: names of one panel each for red, green and blue, with | between; an empty one is dark. */
static gboolean
add_channels (const SmoothPanelSource *source, const char *name, const char *text, GArray *choices, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "|", -1);
  PanelChoice mixed = { .column = { .by = SMOOTH_BY_RGB, .item = -1 } };

  if (g_strv_length (parts) != SMOOTH_N_CHANNELS)
    return fail (error, name, "rgb:RED|GREEN|BLUE, each gene:NAME, type:NAME, layer:KEY/COLUMN or empty");
  for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
    {
      g_autoptr (GArray) found = choices_new ();
      if (*g_strstrip (parts[c]) == '\0')
        continue;
      if (!add_choices (source, parts[c], found, error))
        return FALSE;
      const PanelChoice *one = &g_array_index (found, PanelChoice, 0);
      gboolean is_value = one->column.by == SMOOTH_BY_GENE || one->column.by == SMOOTH_BY_TYPE
                          || (one->column.by == SMOOTH_BY_LAYER && one->column.layer->kind != SMOOTH_LAYER_CATEGORIES);
      if (found->len != 1 || !is_value)
        return fail (error, name, "one column of numbers for each of red, green and blue");
      mixed.channels[c] = one->column;
      mixed.has_channel[c] = TRUE;
    }
  g_array_append_val (choices, mixed);
  return TRUE;
}

static gboolean
add_choices (const SmoothPanelSource *source, const char *name, GArray *choices, GError **error)
{
  static const struct { const char *name; SmoothColourBy by; } words[] = {
    { "counts", SMOOTH_BY_COUNTS },     { "detected", SMOOTH_BY_DETECTED }, { "mitochondrial", SMOOTH_BY_MITOCHONDRIAL },
    { "dominant", SMOOTH_BY_DOMINANT }, { "region", SMOOTH_BY_REGION },
    { "composition", SMOOTH_BY_COMPOSITION },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (name, words[i].name))
      {
        gboolean has_types = source->now.outcome != NULL && source->now.outcome->result != NULL;
        if ((words[i].by == SMOOTH_BY_DOMINANT || words[i].by == SMOOTH_BY_COMPOSITION) && !has_types)
          return fail (error, name, "cell types, found no reference");
        add (choices, words[i].by, -1, NULL);
        return TRUE;
      }
  if (g_str_equal (name, "types"))
    return add_types (source, name, NULL, choices, error);
  if (g_str_has_prefix (name, "gene:"))
    return add_gene (source, name, name + 5, choices, error);
  if (g_str_has_prefix (name, "type:"))
    return add_types (source, name, name + 5, choices, error);
  if (g_str_has_prefix (name, "layer:"))
    return add_layer (source, name, name + 6, choices, error);
  if (g_str_has_prefix (name, "genes:"))
    return add_genes (source, name, name + 6, choices, error);
  if (g_str_has_prefix (name, "rgb:"))
    return add_channels (source, name, name + 4, choices, error);
  return fail (error, name, "counts, detected, mitochondrial, dominant, composition, region, types, gene:NAME, genes:mean:NAMES, type:NAME, "
                            "layer:KEY/COLUMN or rgb:RED|GREEN|BLUE");
}

/* Returns: (transfer full): an array of PanelChoice; an error where a name is not known, or there is none */
GArray *
smooth_i_panel_choices_new (const SmoothPanelSource *source, const char *const *names, GError **error)
{
  g_autoptr (GArray) choices = choices_new ();

  for (gsize i = 0; names[i] != NULL; i++)
    if (!add_choices (source, names[i], choices, error))
      return NULL;
  if (choices->len > 0)
    return g_steal_pointer (&choices);
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected the name of a panel, found none");
  return NULL;
}

static void
list_layer (GPtrArray *keys, const char *text)
{
  g_autofree char *key = g_strndup (text, strcspn (text, "/|"));

  if (!g_ptr_array_find_with_equal_func (keys, key, g_str_equal, NULL))
    g_ptr_array_add (keys, g_steal_pointer (&key));
}

/* Returns: (transfer full): keys of the layers that panels of these names need */
char **
smooth_panels_list_layers (const char *const *names)
{
  GPtrArray *keys = g_ptr_array_new ();

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (g_str_has_prefix (names[i], "rgb:") ? names[i] + 4 : names[i], "|", -1);
      for (gsize c = 0; parts[c] != NULL; c++)
        if (g_str_has_prefix (g_strstrip (parts[c]), "layer:"))
          list_layer (keys, parts[c] + 6);
    }
  g_ptr_array_add (keys, NULL);
  return (char **) g_ptr_array_free (keys, FALSE);
}
