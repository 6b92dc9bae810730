/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panel writes the document's look, and follows it where it changes elsewhere. */
#include "look-panel.h"

#include "access.h"
#include "choice.h"
#include "channel-name.h"
#include "palette.h"
#include "scale-box.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_GENES_LISTED 50 /* each line costs time; typing narrows the list */
#define DOMINANT (-1) /* index of the line that stands for all types */
#define COMPOSITION (-2) /* of the one for pies */
#define TYPING_MS 350 /* after this long without a key a list of genes is looked up */
/* Lines of layers are numbered by layer and column; those of categories, which are there for their colours, by a bit more. */
#define LAYER_STEP (1 << 20)
#define CATEGORY_BIT (1 << 19)

struct _ScopeLookPanel
{
  GtkBox parent_instance;
  GtkWidget *by_quality, *by_gene, *by_type, *by_region, *by_layer, *by_rgb, *stack;
  GtkWidget *one_gene, *mean_of_genes, *sum_of_genes, *gene_stack, *genes_view, *genes_found;
  GtkWidget *channels[SCOPE_N_CHANNELS], *channels_note;
  GtkWidget *by_counts, *by_detected, *by_mitochondrial;
  GtkWidget *size_scale;
  GtkWidget *gene_search, *gene_list, *type_search, *type_list, *layer_search, *layer_list;
  GtkWidget *map, *map_label, *scale_box, *show_graph, *show_regions, *show_legend, *show_scale_bar, *show_off_tissue;
  GtkWidget *has_outlines, *background;
  GtkAdjustment *opacity_adjustment, *histology_adjustment, *size_adjustment, *brightness_adjustment, *contrast_adjustment;

  ScopeDocument *document;
  GListStore *genes, *types, *layers; /* of ScopeChoice */
  GtkSingleSelection *gene_selection, *type_selection, *layer_selection;
  GtkFilter *type_filter, *layer_filter;
  char *layers_listed; /* what tells whether lines of layers have to be made anew */
  gint64 coloured_type; /* whose colour is being chosen */
  gint64 coloured_category;
  const char *layer_shown; /* that the list was last scrolled to */
  gint64 column_shown;
  gboolean is_updating; /* controls are being set, not used */
  gboolean genes_are_listed; /* for the present section */
  guint typing; /* source: looks up the list of genes */
};

G_DEFINE_FINAL_TYPE (ScopeLookPanel, scope_look_panel, GTK_TYPE_BOX)

/* Typed limits are kept from one gene to the next, but mean nothing to values of another kind. */
static void
set_by (ScopeLookPanel *panel, ScopeColourBy by, gint64 gene, gint64 type)
{
  ScopeLook look = *scope_document_get_look (panel->document);

  if (look.by != by && look.colours.limits == SMOOTH_LIMITS_TYPED)
    look.colours.limits = SMOOTH_LIMITS_AUTO;
  look.by = by;
  look.gene = gene;
  look.type = type;
  scope_document_set_look (panel->document, &look);
}

/* The line of an index in a list, or GTK_INVALID_LIST_POSITION. */
static guint
find_position (GListModel *model, gint64 index)
{
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ScopeChoice) choice = g_list_model_get_item (model, i);
      if (scope_choice_get_index (choice) == index)
        return i;
    }
  return GTK_INVALID_LIST_POSITION;
}

/* @exact: (out): the gene that is meant without doubt, or -1 */
static void
list_genes (ScopeLookPanel *panel, const char *query, gint64 *exact)
{
  ScopeGeneIndex *index = scope_document_get_genes (panel->document);
  const SmoothSection *section = scope_document_get_section (panel->document);
  gint64 found[MAX_GENES_LISTED];
  gboolean is_exact = FALSE;
  gint64 n = index != NULL ? scope_gene_index_find (index, query, found, MAX_GENES_LISTED, &is_exact) : 0;
  g_autoptr (GPtrArray) choices = g_ptr_array_new_with_free_func (g_object_unref);

  for (gint64 i = 0; i < n; i++)
    {
      ScopeChoice *choice = scope_choice_new (found[i], section->gene_names[found[i]], -1);
      g_autofree char *detail = g_strdup_printf ("%'.0f", scope_gene_index_get_total (index, found[i]));
      scope_choice_set_detail (choice, detail);
      g_ptr_array_add (choices, choice);
    }
  panel->is_updating = TRUE;
  g_list_store_splice (panel->genes, 0, g_list_model_get_n_items (G_LIST_MODEL (panel->genes)), choices->pdata, choices->len);
  gtk_single_selection_set_selected (
      panel->gene_selection, find_position (G_LIST_MODEL (panel->gene_selection), scope_document_get_look (panel->document)->gene));
  panel->is_updating = FALSE;
  *exact = is_exact || (n == 1 && *query != '\0') ? found[0] : -1;
}

/* The list is filled when it is first looked at. */
static void
need_genes (ScopeLookPanel *panel)
{
  gint64 exact;

  if (panel->genes_are_listed || scope_document_get_genes (panel->document) == NULL)
    return;
  panel->genes_are_listed = TRUE;
  panel->is_updating = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (panel->gene_search), "");
  panel->is_updating = FALSE;
  list_genes (panel, "", &exact);
}

/* A complete name, and what no other gene is named like, is taken at once; otherwise Enter takes the first line. */
static void
on_gene_search (ScopeLookPanel *panel)
{
  gint64 exact;

  if (panel->is_updating)
    return;
  list_genes (panel, gtk_editable_get_text (GTK_EDITABLE (panel->gene_search)), &exact);
  if (exact >= 0)
    set_by (panel, SCOPE_BY_GENE, exact, scope_document_get_look (panel->document)->type);
}

static void
on_gene_activate (ScopeLookPanel *panel)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (panel->gene_selection)) > 0)
    gtk_single_selection_set_selected (panel->gene_selection, 0);
}

static void
on_gene_selected (ScopeLookPanel *panel)
{
  ScopeChoice *choice = gtk_single_selection_get_selected_item (panel->gene_selection);

  if (choice != NULL && !panel->is_updating)
    set_by (panel, SCOPE_BY_GENE, scope_choice_get_index (choice), scope_document_get_look (panel->document)->type);
}

static void
on_type_selected (ScopeLookPanel *panel)
{
  ScopeChoice *choice = gtk_single_selection_get_selected_item (panel->type_selection);
  gint64 gene = scope_document_get_look (panel->document)->gene;

  if (choice == NULL || panel->is_updating)
    return;
  gint64 type = scope_choice_get_index (choice);
  set_by (panel, type == DOMINANT ? SCOPE_BY_DOMINANT : type == COMPOSITION ? SCOPE_BY_COMPOSITION : SCOPE_BY_TYPE, gene, type);
}

/* 'Dominant type' and 'Composition' always match. */
static gboolean
type_matches (gpointer item, gpointer data)
{
  ScopeLookPanel *panel = data;
  ScopeChoice *choice = item;
  g_autofree char *query = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (panel->type_search)), -1);
  g_autofree char *name = g_utf8_casefold (scope_choice_get_name (choice), -1);

  return scope_choice_get_index (choice) < 0 || strstr (name, g_strstrip (query)) != NULL;
}

static void
on_type_search (ScopeLookPanel *panel)
{
  gtk_filter_changed (panel->type_filter, GTK_FILTER_CHANGE_DIFFERENT);
}

/* Cell types choose their colours */

static void
on_type_colour (ScopeLookPanel *panel, guint rgb)
{
  ScopeLook look = *scope_document_get_look (panel->document);

  if (panel->coloured_type < 0 || panel->coloured_type >= SMOOTH_N_OWN_COLOURS)
    return;
  look.own.types[panel->coloured_type] = 0xff000000u | rgb;
  scope_document_set_look (panel->document, &look);
}

static gboolean
unparent (gpointer popover)
{
  gtk_widget_unparent (popover);
  return G_SOURCE_REMOVE;
}

/* Later: the popover is still busy with closing. */
static void
on_palette_closed (GtkWidget *popover)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, unparent, g_object_ref (popover), g_object_unref);
}

static void
show_palette (ScopeLookPanel *panel, GtkWidget *swatch, GCallback chosen)
{
  GtkWidget *popover = gtk_popover_new (), *palette = scope_palette_new ();

  g_signal_connect_object (palette, "chosen", chosen, panel, G_CONNECT_SWAPPED);
  g_signal_connect (popover, "closed", G_CALLBACK (on_palette_closed), NULL);
  gtk_popover_set_child (GTK_POPOVER (popover), palette);
  gtk_widget_set_parent (popover, swatch);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
on_colour_asked (ScopeChoice *choice, GtkWidget *swatch, ScopeLookPanel *panel)
{
  panel->coloured_type = scope_choice_get_index (choice);
  show_palette (panel, swatch, G_CALLBACK (on_type_colour));
}

static void
list_types (ScopeLookPanel *panel)
{
  const SmoothSignature *signature = scope_document_get_signature (panel->document);
  const ScopeLook *look = scope_document_get_look (panel->document);
  ScopeChoice *dominant = scope_choice_new (DOMINANT, _("Dominant type"), -1);
  ScopeChoice *composition = scope_choice_new (COMPOSITION, _("All, as pies"), -1);

  panel->is_updating = TRUE;
  g_list_store_remove_all (panel->types);
  g_list_store_append (panel->types, dominant);
  g_object_unref (dominant);
  g_list_store_append (panel->types, composition);
  g_object_unref (composition);
  for (gint64 k = 0; signature != NULL && k < signature->n_types; k++)
    {
      g_autoptr (ScopeChoice) choice
        = scope_choice_new (k, signature->type_names[k], scope_look_get_type_colour (look, k) & 0xffffff);
      g_signal_connect_object (choice, "colour-asked", G_CALLBACK (on_colour_asked), panel, 0);
      g_list_store_append (panel->types, choice);
    }
  panel->is_updating = FALSE;
}

static void
show_type_colours (ScopeLookPanel *panel)
{
  const ScopeLook *look = scope_document_get_look (panel->document);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (panel->types)); i++)
    {
      g_autoptr (ScopeChoice) choice = g_list_model_get_item (G_LIST_MODEL (panel->types), i);
      if (scope_choice_get_index (choice) >= 0)
        scope_choice_set_colour (choice, scope_look_get_type_colour (look, scope_choice_get_index (choice)));
    }
}

/* Mean proportions over the analysed spots stand beside the names. */
static void
show_means (ScopeLookPanel *panel)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (panel->document);
  const SmoothResult *result = outcome != NULL ? outcome->result : NULL;

  if (result == NULL || scope_document_is_busy (panel->document))
    return;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (panel->types)); i++)
    {
      g_autoptr (ScopeChoice) choice = g_list_model_get_item (G_LIST_MODEL (panel->types), i);
      gint64 type = scope_choice_get_index (choice);
      if (type < 0 || type >= result->n_types)
        continue;
      g_autofree char *detail = g_strdup_printf ("%.1f %%", 100.0 * MAX (result->means[type], 0.0));
      scope_choice_set_detail (choice, detail);
    }
}

/* Layers */

static void
set_by_layer (ScopeLookPanel *panel, const SmoothLayer *layer, gint64 column)
{
  ScopeLook look = *scope_document_get_look (panel->document);

  look.layer = layer != NULL ? g_intern_string (layer->key) : NULL;
  look.column = column;
  if (look.colours.limits == SMOOTH_LIMITS_TYPED)
    look.colours.limits = SMOOTH_LIMITS_AUTO;
  look.by = SCOPE_BY_LAYER;
  scope_document_set_look (panel->document, &look);
}

static void
on_layer_selected (ScopeLookPanel *panel)
{
  ScopeChoice *choice = gtk_single_selection_get_selected_item (panel->layer_selection);

  if (choice == NULL || panel->is_updating)
    return;
  gint64 index = scope_choice_get_index (choice), layer = index / LAYER_STEP, line = index % LAYER_STEP;
  set_by_layer (panel, scope_document_get_nth_layer (panel->document, (guint) layer), line < CATEGORY_BIT ? line : 0);
}

static gboolean
layer_matches (gpointer item, gpointer data)
{
  ScopeLookPanel *panel = data;
  g_autofree char *query = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (panel->layer_search)), -1);
  g_autofree char *name = g_utf8_casefold (scope_choice_get_name (item), -1);

  return strstr (name, g_strstrip (query)) != NULL;
}

static void
on_layer_search (ScopeLookPanel *panel)
{
  gtk_filter_changed (panel->layer_filter, GTK_FILTER_CHANGE_DIFFERENT);
}

static void
on_category_colour (ScopeLookPanel *panel, guint rgb)
{
  ScopeLook look = *scope_document_get_look (panel->document);

  if (panel->coloured_category < 0 || panel->coloured_category >= SMOOTH_N_OWN_COLOURS)
    return;
  look.own.categories[panel->coloured_category] = 0xff000000u | rgb;
  scope_document_set_look (panel->document, &look);
}

static void
on_category_colour_asked (ScopeChoice *choice, GtkWidget *swatch, ScopeLookPanel *panel)
{
  panel->coloured_category = scope_choice_get_index (choice) % LAYER_STEP - CATEGORY_BIT;
  show_palette (panel, swatch, G_CALLBACK (on_category_colour));
}

static void
append_layer_line (ScopeLookPanel *panel, gint64 index, const char *title, const char *name, gint64 colour)
{
  g_autofree char *text = name != NULL ? g_strdup_printf ("%s: %s", title, name) : g_strdup (title);
  g_autoptr (ScopeChoice) choice = scope_choice_new (index, text, colour);

  g_signal_connect_object (choice, "colour-asked", G_CALLBACK (on_category_colour_asked), panel, 0);
  g_list_store_append (panel->layers, choice);
}

/* A line a column; categories follow theirs, with their colours. */
static void
append_layer (ScopeLookPanel *panel, guint i)
{
  const SmoothLayer *layer = scope_document_get_nth_layer (panel->document, i);
  const ScopeLook *look = scope_document_get_look (panel->document);
  const char *title = g_dgettext (GETTEXT_PACKAGE, layer->title);

  for (gint64 c = 0; c < layer->n_columns; c++)
    append_layer_line (panel, (gint64) i * LAYER_STEP + c, title, layer->kind != SMOOTH_LAYER_CATEGORIES ? layer->columns[c] : NULL, -1);
  for (gint64 k = 0; layer->categories != NULL && layer->categories[k] != NULL; k++)
    append_layer_line (panel, (gint64) i * LAYER_STEP + CATEGORY_BIT + k, title, layer->categories[k],
                       scope_look_get_category_colour (look, k) & 0xffffff);
}

static char *
dup_layer_names (ScopeLookPanel *panel)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < scope_document_get_n_layers (panel->document); i++)
    {
      const SmoothLayer *layer = scope_document_get_nth_layer (panel->document, i);
      g_autofree char *columns = g_strjoinv ("\t", layer->columns);
      g_autofree char *categories = layer->categories != NULL ? g_strjoinv ("\t", layer->categories) : NULL;
      g_string_append_printf (text, "%s\n%s\n%s\n", layer->key, columns, categories != NULL ? categories : "");
    }
  return g_string_free (text, FALSE);
}

/* Layers come anew with every move of a slider; their names rarely change. */
static void
list_layers (ScopeLookPanel *panel)
{
  g_autofree char *names = dup_layer_names (panel);

  if (g_strcmp0 (names, panel->layers_listed) == 0)
    return;
  g_free (panel->layers_listed);
  panel->layers_listed = g_steal_pointer (&names);
  panel->is_updating = TRUE;
  g_list_store_remove_all (panel->layers);
  for (guint i = 0; i < scope_document_get_n_layers (panel->document); i++)
    append_layer (panel, i);
  panel->is_updating = FALSE;
}

static gint64
index_of_layer (ScopeLookPanel *panel, const ScopeLook *look)
{
  for (guint i = 0; i < scope_document_get_n_layers (panel->document); i++)
    if (g_strcmp0 (scope_document_get_nth_layer (panel->document, i)->key, look->layer) == 0)
      return (gint64) i * LAYER_STEP + look->column;
  return -1;
}

/* What is looked at came into the list somewhere: it is to be seen. */
static void
scroll_to_layer (ScopeLookPanel *panel, const ScopeLook *look)
{
  guint position = find_position (G_LIST_MODEL (panel->layer_selection), index_of_layer (panel, look));

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  panel->layer_shown = look->layer;
  panel->column_shown = look->column;
  gtk_widget_activate_action (panel->layer_list, "list.scroll-to-item", "u", position);
}

static void
show_category_colours (ScopeLookPanel *panel)
{
  const ScopeLook *look = scope_document_get_look (panel->document);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (panel->layers)); i++)
    {
      g_autoptr (ScopeChoice) choice = g_list_model_get_item (G_LIST_MODEL (panel->layers), i);
      gint64 line = scope_choice_get_index (choice) % LAYER_STEP;
      if (line >= CATEGORY_BIT)
        scope_choice_set_colour (choice, scope_look_get_category_colour (look, line - CATEGORY_BIT));
    }
}

static gboolean
is_quality (ScopeColourBy by)
{
  return by == SCOPE_BY_COUNTS || by == SCOPE_BY_DETECTED || by == SCOPE_BY_MITOCHONDRIAL;
}

static const char *
page_of (ScopeLookPanel *panel, ScopeColourBy by)
{
  if (is_quality (by))
    return "quality";
  if (by == SCOPE_BY_GENE || by == SCOPE_BY_GENES)
    return "gene";
  if (by == SCOPE_BY_RGB)
    return "rgb";
  if (by == SCOPE_BY_REGION)
    return "region";
  if (by == SCOPE_BY_LAYER)
    return scope_document_get_n_layers (panel->document) > 0 ? "layer" : "no-layers";
  return scope_document_get_signature (panel->document) != NULL ? "type" : "no-types";
}

static ScopeColourBy
chosen_quality (ScopeLookPanel *panel)
{
  if (gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->by_detected)))
    return SCOPE_BY_DETECTED;
  if (gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->by_mitochondrial)))
    return SCOPE_BY_MITOCHONDRIAL;
  return SCOPE_BY_COUNTS;
}

static void
on_quality (ScopeLookPanel *panel)
{
  const ScopeLook *look;

  if (panel->is_updating || panel->document == NULL)
    return;
  look = scope_document_get_look (panel->document);
  set_by (panel, chosen_quality (panel), look->gene, look->type);
}

/* A list of genes */

static char *
dup_typed_genes (ScopeLookPanel *panel)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (panel->genes_view));
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

/* How many genes the list has, and which names are of none. */
static void
tell_genes (ScopeLookPanel *panel, const char *text)
{
  const SmoothSection *section = scope_document_get_section (panel->document);
  gint64 n = 0;
  g_auto (GStrv) unknown = NULL;

  if (section == NULL)
    return;
  g_autofree gint64 *genes = smooth_gene_list_find (section, text, &n, &unknown);
  g_autofree char *names = g_strjoinv (", ", unknown);
  g_autofree char *found = g_strdup_printf (ngettext ("%d gene", "%d genes", (gulong) n), (int) n);
  g_autofree char *told = *names != '\0' ? g_strdup_printf (_("%s; not in this section: %s"), found, names) : g_strdup (found);
  gtk_label_set_text (GTK_LABEL (panel->genes_found), genes != NULL && n + (gint64) g_strv_length (unknown) > 0
                                                          ? told
                                                          : _("Type or paste names of genes."));
  gtk_widget_set_tooltip_text (panel->genes_found, *names != '\0' ? told : NULL);
}

static void
take_genes (ScopeLookPanel *panel)
{
  ScopeLook look = *scope_document_get_look (panel->document);
  g_autofree char *text = dup_typed_genes (panel);

  g_clear_handle_id (&panel->typing, g_source_remove);
  tell_genes (panel, text);
  look.by = SCOPE_BY_GENES;
  look.genes = g_intern_string (g_strstrip (text));
  look.is_sum = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (panel->sum_of_genes));
  if (look.colours.limits == SMOOTH_LIMITS_TYPED)
    look.colours.limits = SMOOTH_LIMITS_AUTO;
  scope_document_set_look (panel->document, &look);
}

static gboolean
on_typed (gpointer data)
{
  ScopeLookPanel *panel = data;

  panel->typing = 0;
  take_genes (panel);
  return G_SOURCE_REMOVE;
}

static void
on_genes_typed (ScopeLookPanel *panel)
{
  if (panel->is_updating || scope_document_get_section (panel->document) == NULL)
    return;
  g_clear_handle_id (&panel->typing, g_source_remove);
  panel->typing = g_timeout_add (TYPING_MS, on_typed, panel);
}

/* One gene, or the mean or sum of the list. */
static void
on_genes (ScopeLookPanel *panel)
{
  const ScopeLook *look;
  gboolean is_one = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (panel->one_gene));

  gtk_stack_set_visible_child_name (GTK_STACK (panel->gene_stack), is_one ? "one" : "list");
  if (panel->is_updating || panel->document == NULL || scope_document_get_section (panel->document) == NULL)
    return;
  look = scope_document_get_look (panel->document);
  if (is_one)
    {
      need_genes (panel);
      g_autoptr (ScopeChoice) first = g_list_model_get_item (G_LIST_MODEL (panel->gene_selection), 0);
      set_by (panel, SCOPE_BY_GENE, look->gene < 0 && first != NULL ? scope_choice_get_index (first) : look->gene, look->type);
    }
  else
    take_genes (panel);
}

static void
show_genes (ScopeLookPanel *panel, const ScopeLook *look)
{
  g_autofree char *typed = dup_typed_genes (panel);
  GtkWidget *kind = look->is_sum ? panel->sum_of_genes : panel->mean_of_genes;

  if (look->by == SCOPE_BY_GENE)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (panel->one_gene), TRUE);
  if (look->by != SCOPE_BY_GENES)
    return;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (kind), TRUE);
  if (panel->typing == 0 && look->genes != NULL && !g_str_equal (g_strstrip (typed), look->genes))
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (panel->genes_view)), look->genes, -1);
  if (panel->typing == 0)
    tell_genes (panel, look->genes);
}

/* Red, green and blue */

/* The three most abundant types, or else the genes with the most counts. */
static void
choose_channels (ScopeLookPanel *panel, ScopeLook *look)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (panel->document);
  gint64 found[SCOPE_N_CHANNELS] = { -1, -1, -1 };
  gboolean is_exact;

  if (outcome != NULL && outcome->result != NULL)
    scope_channel_find_top_types (outcome->result, found);
  ScopeChannelKind kind = found[0] >= 0 ? SCOPE_CHANNEL_TYPE : SCOPE_CHANNEL_GENE;
  if (kind == SCOPE_CHANNEL_GENE)
    scope_gene_index_find (scope_document_get_genes (panel->document), "", found, SCOPE_N_CHANNELS, &is_exact);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    look->channels[c] = (ScopeChannel){ found[c] >= 0 ? kind : SCOPE_CHANNEL_NONE, MAX (found[c], 0), NULL };
}

static void
colour_by_channels (ScopeLookPanel *panel)
{
  ScopeLook look = *scope_document_get_look (panel->document);
  gboolean has_any = FALSE;

  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    has_any |= look.channels[c].kind != SCOPE_CHANNEL_NONE;
  if (!has_any && scope_document_get_section (panel->document) != NULL)
    choose_channels (panel, &look);
  look.by = SCOPE_BY_RGB;
  scope_document_set_look (panel->document, &look);
}

/* What cannot be found leaves its channel as it was, and is told. */
static void
on_channel (ScopeLookPanel *panel)
{
  ScopeLook look;
  GString *note = g_string_new (NULL);

  if (panel->is_updating || panel->document == NULL || scope_document_get_section (panel->document) == NULL)
    {
      g_string_free (note, TRUE);
      return;
    }
  look = *scope_document_get_look (panel->document);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      const char *name = gtk_editable_get_text (GTK_EDITABLE (panel->channels[c]));
      if (scope_channel_find (panel->document, name, &look.channels[c]))
        continue;
      g_autofree char *near = scope_channel_dup_suggestions (panel->document, name);
      g_string_append_printf (note, *near != '\0' ? _("%s“%s” is not there. Near: %s") : _("%s“%s” is not there."), note->len > 0 ? "\n" : "",
                              name, near);
    }
  gtk_label_set_text (GTK_LABEL (panel->channels_note), note->str);
  g_string_free (note, TRUE);
  scope_document_set_look (panel->document, &look);
}

/* A field that is being typed in is left alone. */
static void
show_channels (ScopeLookPanel *panel, const ScopeLook *look)
{
  if (look->by != SCOPE_BY_RGB)
    return;
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      g_autofree char *name = scope_channel_dup_name (panel->document, &look->channels[c]);
      GtkWidget *focus = gtk_widget_get_focus_child (panel->channels[c]);
      if (focus == NULL && !g_str_equal (gtk_editable_get_text (GTK_EDITABLE (panel->channels[c])), name))
        gtk_editable_set_text (GTK_EDITABLE (panel->channels[c]), name);
    }
}

static void
on_by (GtkToggleButton *button, ScopeLookPanel *panel)
{
  const ScopeLook *look;

  if (panel->is_updating || !gtk_toggle_button_get_active (button))
    return;
  look = scope_document_get_look (panel->document);
  if (GTK_WIDGET (button) == panel->by_quality)
    set_by (panel, chosen_quality (panel), look->gene, look->type);
  else if (GTK_WIDGET (button) == panel->by_region)
    set_by (panel, SCOPE_BY_REGION, look->gene, look->type);
  else if (GTK_WIDGET (button) == panel->by_layer)
    {
      const SmoothLayer *layer = scope_document_get_layer (panel->document, look->layer);
      if (layer == NULL && scope_document_get_n_layers (panel->document) > 0)
        set_by_layer (panel, scope_document_get_nth_layer (panel->document, 0), 0);
      else
        set_by_layer (panel, layer, layer != NULL ? MIN (look->column, layer->n_columns - 1) : 0);
    }
  else if (GTK_WIDGET (button) == panel->by_rgb)
    colour_by_channels (panel);
  else if (GTK_WIDGET (button) == panel->by_gene && !gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (panel->one_gene)))
    on_genes (panel);
  else if (GTK_WIDGET (button) == panel->by_gene)
    {
      need_genes (panel);
      ScopeChoice *first = g_list_model_get_item (G_LIST_MODEL (panel->gene_selection), 0);
      set_by (panel, SCOPE_BY_GENE, look->gene < 0 && first != NULL ? scope_choice_get_index (first) : look->gene, look->type);
      g_clear_object (&first);
      gtk_widget_grab_focus (panel->gene_search);
    }
  else
    set_by (panel, look->type >= 0 ? SCOPE_BY_TYPE : look->type == COMPOSITION ? SCOPE_BY_COMPOSITION : SCOPE_BY_DOMINANT, look->gene, look->type);
}

static void
on_display (ScopeLookPanel *panel)
{
  ScopeLook look;

  if (panel->is_updating || panel->document == NULL)
    return;
  look = *scope_document_get_look (panel->document);
  look.colours.map = (gint) gtk_drop_down_get_selected (GTK_DROP_DOWN (panel->map));
  look.colours.opacity = gtk_adjustment_get_value (panel->opacity_adjustment) / 100.0;
  look.colours.histology_opacity = gtk_adjustment_get_value (panel->histology_adjustment) / 100.0;
  look.colours.edges = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->show_graph));
  look.show_regions = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->show_regions));
  look.show_legend = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->show_legend));
  look.show_scale_bar = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->show_scale_bar));
  look.colours.spot_scale = gtk_adjustment_get_value (panel->size_adjustment) / 100.0;
  look.colours.has_outlines = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->has_outlines));
  look.colours.brightness = gtk_adjustment_get_value (panel->brightness_adjustment) / 100.0;
  look.colours.contrast = gtk_adjustment_get_value (panel->contrast_adjustment) / 100.0;
  look.background = (ScopeBackground) gtk_drop_down_get_selected (GTK_DROP_DOWN (panel->background));
  look.colours.off_tissue = gtk_check_button_get_active (GTK_CHECK_BUTTON (panel->show_off_tissue));
  scope_document_set_look (panel->document, &look);
}

/* Categories have colours of their own, and values about 0 a map of their own. */
static gboolean
has_map (ScopeLookPanel *panel, const ScopeLook *look)
{
  const SmoothLayer *layer = scope_document_get_looked_at_layer (panel->document);

  if (layer != NULL)
    return layer->kind != SMOOTH_LAYER_CATEGORIES && layer->kind != SMOOTH_LAYER_SIGNED;
  return look->by != SCOPE_BY_DOMINANT && look->by != SCOPE_BY_REGION && look->by != SCOPE_BY_COMPOSITION && look->by != SCOPE_BY_RGB;
}

/* Sets all controls to the document's look. */
static void
show_look (ScopeLookPanel *panel)
{
  const ScopeLook *look = scope_document_get_look (panel->document);
  GtkWidget *by = is_quality (look->by)            ? panel->by_quality
                  : look->by == SCOPE_BY_GENE || look->by == SCOPE_BY_GENES ? panel->by_gene
                  : look->by == SCOPE_BY_RGB       ? panel->by_rgb
                  : look->by == SCOPE_BY_REGION    ? panel->by_region
                  : look->by == SCOPE_BY_LAYER     ? panel->by_layer
                                                   : panel->by_type;
  GtkWidget *quality = look->by == SCOPE_BY_DETECTED        ? panel->by_detected
                       : look->by == SCOPE_BY_MITOCHONDRIAL ? panel->by_mitochondrial
                                                            : panel->by_counts;

  if (look->by == SCOPE_BY_GENE)
    need_genes (panel);
  panel->is_updating = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (by), TRUE);
  if (is_quality (look->by))
    gtk_check_button_set_active (GTK_CHECK_BUTTON (quality), TRUE);
  gtk_stack_set_visible_child_name (GTK_STACK (panel->stack), page_of (panel, look->by));
  gtk_single_selection_set_selected (panel->gene_selection,
                                     find_position (G_LIST_MODEL (panel->gene_selection), look->gene));
  gtk_single_selection_set_selected (
      panel->type_selection,
      find_position (G_LIST_MODEL (panel->type_selection), look->by == SCOPE_BY_DOMINANT      ? DOMINANT
                                                           : look->by == SCOPE_BY_COMPOSITION ? COMPOSITION
                                                                                              : look->type));
  show_genes (panel, look);
  show_channels (panel, look);
  gtk_single_selection_set_selected (panel->layer_selection,
                                     find_position (G_LIST_MODEL (panel->layer_selection), index_of_layer (panel, look)));
  if (look->by == SCOPE_BY_LAYER && (look->layer != panel->layer_shown || look->column != panel->column_shown))
    scroll_to_layer (panel, look);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (panel->map), look->colours.map);
  gtk_widget_set_sensitive (panel->map, has_map (panel, look));
  gtk_adjustment_set_value (panel->opacity_adjustment, 100.0 * look->colours.opacity);
  gtk_adjustment_set_value (panel->histology_adjustment, 100.0 * look->colours.histology_opacity);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (panel->show_graph), look->colours.edges);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (panel->show_regions), look->show_regions);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (panel->show_legend), look->show_legend);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (panel->show_scale_bar), look->show_scale_bar);
  gtk_adjustment_set_value (panel->size_adjustment, 100.0 * look->colours.spot_scale);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (panel->has_outlines), look->colours.has_outlines);
  gtk_adjustment_set_value (panel->brightness_adjustment, 100.0 * look->colours.brightness);
  gtk_adjustment_set_value (panel->contrast_adjustment, 100.0 * look->colours.contrast);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (panel->background), look->background);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (panel->show_off_tissue), look->colours.off_tissue);
  panel->is_updating = FALSE;
}

static void
on_changed (ScopeLookPanel *panel, guint changes)
{
  if (changes & SCOPE_CHANGED_SECTION)
    panel->genes_are_listed = FALSE;
  if (changes & SCOPE_CHANGED_SIGNATURE)
    list_types (panel);
  if (changes & SCOPE_CHANGED_LAYERS)
    list_layers (panel);
  if (changes & SCOPE_CHANGED_LOOK)
    {
      show_type_colours (panel);
      show_category_colours (panel);
    }
  if (changes & (SCOPE_CHANGED_LOOK | SCOPE_CHANGED_LAYERS | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_SECTION))
    show_look (panel);
  if (changes & SCOPE_CHANGED_OUTCOME)
    show_means (panel);
}

void
scope_look_panel_set_document (ScopeLookPanel *panel, ScopeDocument *document)
{
  g_return_if_fail (panel->document == NULL);
  panel->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), panel, G_CONNECT_SWAPPED);
  list_types (panel);
  list_layers (panel);
  show_look (panel);
  scope_scale_box_set_document (SCOPE_SCALE_BOX (panel->scale_box), document);
}

/* Goes to the search of genes. */
void
scope_look_panel_focus_genes (ScopeLookPanel *panel)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (panel->by_gene), TRUE);
  gtk_widget_grab_focus (panel->gene_search);
}

/* Colour maps */

static void
on_map_setup (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *picture = gtk_picture_new (), *name = gtk_label_new (NULL);

  gtk_widget_set_size_request (picture, 56, 10);
  gtk_picture_set_content_fit (GTK_PICTURE (picture), GTK_CONTENT_FIT_FILL);
  gtk_widget_set_valign (picture, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), name);
  gtk_list_item_set_child (item, box);
}

static GdkTexture *
map_texture_new (SmoothColourmap map)
{
  const gint width = 56;
  guint32 pixels[56];

  for (gint x = 0; x < width; x++)
    pixels[x] = 0xff000000u | smooth_colourmap_get (map, (x + 0.5) / width);
  g_autoptr (GBytes) bytes = g_bytes_new (pixels, sizeof pixels);
  return gdk_memory_texture_new (width, 1, GDK_MEMORY_DEFAULT, bytes, sizeof pixels);
}

static void
on_map_bind (GtkListItemFactory *factory, GtkListItem *item)
{
  SmoothColourmap map = (SmoothColourmap) gtk_list_item_get_position (item);
  GtkWidget *box = gtk_list_item_get_child (item);
  g_autoptr (GdkTexture) texture = map_texture_new (map);
  const char *name = gtk_string_object_get_string (gtk_list_item_get_item (item));

  gtk_picture_set_paintable (GTK_PICTURE (gtk_widget_get_first_child (box)), GDK_PAINTABLE (texture));
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (box)), name);
}

static void
add_maps (ScopeLookPanel *panel)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  for (gint i = 0; i < SMOOTH_N_COLOURMAPS; i++)
    gtk_string_list_append (names, smooth_colourmap_get_name ((SmoothColourmap) i));
  g_signal_connect (factory, "setup", G_CALLBACK (on_map_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_map_bind), NULL);
  panel->is_updating = TRUE;
  gtk_drop_down_set_factory (GTK_DROP_DOWN (panel->map), factory);
  gtk_drop_down_set_model (GTK_DROP_DOWN (panel->map), G_LIST_MODEL (names));
  panel->is_updating = FALSE;
}

static GtkSingleSelection *
add_list (GtkWidget *list, GListModel *model)
{
  g_autoptr (GtkListItemFactory) factory = scope_choice_factory_new ();
  GtkSingleSelection *selection = gtk_single_selection_new (model);

  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_single_selection_set_selected (selection, GTK_INVALID_LIST_POSITION);
  gtk_list_view_set_factory (GTK_LIST_VIEW (list), factory);
  gtk_list_view_set_model (GTK_LIST_VIEW (list), GTK_SELECTION_MODEL (selection));
  return selection;
}

static void
add_lists (ScopeLookPanel *panel)
{
  panel->genes = g_list_store_new (SCOPE_TYPE_CHOICE);
  panel->types = g_list_store_new (SCOPE_TYPE_CHOICE);
  panel->layers = g_list_store_new (SCOPE_TYPE_CHOICE);
  panel->type_filter = GTK_FILTER (gtk_custom_filter_new (type_matches, panel, NULL));
  GtkFilterListModel *filtered
    = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (panel->types)), g_object_ref (panel->type_filter));
  panel->layer_filter = GTK_FILTER (gtk_custom_filter_new (layer_matches, panel, NULL));
  GtkFilterListModel *filtered_layers
    = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (panel->layers)), g_object_ref (panel->layer_filter));
  panel->gene_selection = add_list (panel->gene_list, G_LIST_MODEL (g_object_ref (panel->genes)));
  panel->type_selection = add_list (panel->type_list, G_LIST_MODEL (filtered));
  panel->layer_selection = add_list (panel->layer_list, G_LIST_MODEL (filtered_layers));
  g_signal_connect_object (panel->gene_selection, "notify::selected", G_CALLBACK (on_gene_selected), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (panel->type_selection, "notify::selected", G_CALLBACK (on_type_selected), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (panel->layer_selection, "notify::selected", G_CALLBACK (on_layer_selected), panel, G_CONNECT_SWAPPED);
}

static void
scope_look_panel_dispose (GObject *object)
{
  ScopeLookPanel *panel = SCOPE_LOOK_PANEL (object);

  g_clear_handle_id (&panel->typing, g_source_remove);
  if (panel->type_filter != NULL)
    gtk_custom_filter_set_filter_func (GTK_CUSTOM_FILTER (panel->type_filter), NULL, NULL, NULL);
  if (panel->layer_filter != NULL)
    gtk_custom_filter_set_filter_func (GTK_CUSTOM_FILTER (panel->layer_filter), NULL, NULL, NULL);
  g_clear_object (&panel->type_filter);
  g_clear_object (&panel->layer_filter);
  g_clear_pointer (&panel->layers_listed, g_free);
  g_clear_object (&panel->gene_selection);
  g_clear_object (&panel->type_selection);
  g_clear_object (&panel->layer_selection);
  g_clear_object (&panel->layers);
  g_clear_object (&panel->genes);
  g_clear_object (&panel->types);
  g_clear_object (&panel->document);
  G_OBJECT_CLASS (scope_look_panel_parent_class)->dispose (object);
}

static void
bind_more (GtkWidgetClass *widget_class)
{
  static const char *const channels[SCOPE_N_CHANNELS] = { "red", "green", "blue" };

  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_rgb);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, one_gene);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, mean_of_genes);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, sum_of_genes);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, gene_stack);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, genes_view);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, genes_found);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, channels_note);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, show_scale_bar);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, has_outlines);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, background);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, size_adjustment);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, brightness_adjustment);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, contrast_adjustment);
  for (guint c = 0; c < SCOPE_N_CHANNELS; c++)
    gtk_widget_class_bind_template_child_full (widget_class, channels[c], FALSE,
                                               (gssize) (G_STRUCT_OFFSET (ScopeLookPanel, channels) + c * sizeof (GtkWidget *)));
}

static void
scope_look_panel_class_init (ScopeLookPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_look_panel_dispose;
  g_type_ensure (SCOPE_TYPE_SCALE_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/look-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_quality);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_counts);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_detected);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_mitochondrial);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_region);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, scale_box);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_gene);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_type);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, by_layer);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, layer_search);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, layer_list);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, stack);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, size_scale);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, gene_search);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, gene_list);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, type_search);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, type_list);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, map);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, map_label);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, opacity_adjustment);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, histology_adjustment);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, show_graph);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, show_regions);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, show_legend);
  gtk_widget_class_bind_template_child (widget_class, ScopeLookPanel, show_off_tissue);
  bind_more (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_by);
  gtk_widget_class_bind_template_callback (widget_class, on_genes);
  gtk_widget_class_bind_template_callback (widget_class, on_channel);
  gtk_widget_class_bind_template_callback (widget_class, on_quality);
  gtk_widget_class_bind_template_callback (widget_class, on_display);
  gtk_widget_class_bind_template_callback (widget_class, on_gene_search);
  gtk_widget_class_bind_template_callback (widget_class, on_gene_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_type_search);
  gtk_widget_class_bind_template_callback (widget_class, on_layer_search);
}

/* In percent, which the scale itself does not say. */
static char *
format_percent (GtkScale *scale, double value, gpointer data)
{
  return g_strdup_printf ("%.0f %%", value);
}

static void
scope_look_panel_init (ScopeLookPanel *panel)
{
  panel->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (panel));
  gtk_scale_set_format_value_func (GTK_SCALE (panel->size_scale), format_percent, NULL, NULL);
  scope_access_name (panel->map, _("Colour map"));
  scope_access_name (panel->background, _("Background"));
  panel->is_updating = FALSE;
  g_signal_connect_object (gtk_text_view_get_buffer (GTK_TEXT_VIEW (panel->genes_view)), "changed", G_CALLBACK (on_genes_typed), panel,
                           G_CONNECT_SWAPPED);
  add_maps (panel);
  add_lists (panel);
}
