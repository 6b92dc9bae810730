/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Until somebody chooses, an axis shows the first or second of what tells most: components, else cell types, else genes. */
#include "plot-axis.h"

#include "access.h"
#include "choice.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_GENES_LISTED 50

struct _ScopePlotAxis
{
  GtkBox parent_instance;
  GtkWidget *button, *label, *search, *list;
  ScopeDocument *document;
  gint64 nth;            /* of what tells most */
  ScopePlotSource source;
  gboolean is_chosen;    /* by a user, for the present section */
  SmoothSection *section; /* borrowed, for comparison only */
  GListStore *choices;   /* of ScopeChoice: indices of sources */
  GArray *sources;       /* of ScopePlotSource */
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (ScopePlotAxis, scope_plot_axis, GTK_TYPE_BOX)

static guint chosen_signal;

ScopePlotSource
scope_plot_axis_get_source (ScopePlotAxis *axis)
{
  return axis->source;
}

static const SmoothSignature *
signature_of (ScopePlotAxis *axis)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (axis->document);

  return outcome != NULL && outcome->result != NULL ? scope_document_get_signature (axis->document) : NULL;
}

static gboolean
is_there (ScopePlotAxis *axis, const ScopePlotSource *source)
{
  const SmoothSection *section = scope_document_get_section (axis->document);
  const SmoothSignature *signature = signature_of (axis);
  const SmoothLayer *layer = source->layer != NULL ? scope_document_get_layer (axis->document, source->layer) : NULL;

  if (source->by == SCOPE_BY_GENE)
    return section != NULL && source->index < section->n_genes;
  if (source->by == SCOPE_BY_TYPE)
    return signature != NULL && source->index < signature->n_types;
  return source->by == SCOPE_BY_LAYER && layer != NULL && source->index < layer->n_columns;
}

static char *
dup_name (ScopePlotAxis *axis, const ScopePlotSource *source)
{
  if (!is_there (axis, source))
    return g_strdup (_("Choose…"));
  if (source->by == SCOPE_BY_GENE)
    return g_strdup (scope_document_get_section (axis->document)->gene_names[source->index]);
  if (source->by == SCOPE_BY_TYPE)
    return g_strdup (scope_document_get_signature (axis->document)->type_names[source->index]);
  const SmoothLayer *layer = scope_document_get_layer (axis->document, source->layer);
  return g_strdup_printf ("%s · %s", layer->title, layer->columns[source->index]);
}

static void
show_name (ScopePlotAxis *axis)
{
  g_autofree char *name = dup_name (axis, &axis->source);

  gtk_label_set_text (GTK_LABEL (axis->label), name);
}

static gboolean
has_plane (const SmoothLayer *layer)
{
  return layer->kind != SMOOTH_LAYER_CATEGORIES && layer->n_columns >= 2;
}

/* The first two columns of a signed layer (components), else the first types, else the genes with most counts. */
static ScopePlotSource
find_default (ScopePlotAxis *axis)
{
  const SmoothSignature *signature = signature_of (axis);
  ScopeGeneIndex *genes = scope_document_get_genes (axis->document);
  gint64 found[2] = { -1, -1 };
  gboolean is_exact;

  for (guint i = 0; i < scope_document_get_n_layers (axis->document); i++)
    {
      const SmoothLayer *layer = scope_document_get_nth_layer (axis->document, i);
      if (layer->kind == SMOOTH_LAYER_SIGNED && has_plane (layer))
        return (ScopePlotSource){ SCOPE_BY_LAYER, axis->nth, g_intern_string (layer->key) };
    }
  if (signature != NULL && signature->n_types > axis->nth)
    return (ScopePlotSource){ SCOPE_BY_TYPE, axis->nth, NULL };
  if (genes != NULL && scope_gene_index_find (genes, "", found, 2, &is_exact) > axis->nth)
    return (ScopePlotSource){ SCOPE_BY_GENE, found[axis->nth], NULL };
  return (ScopePlotSource){ SCOPE_BY_COUNTS, -1, NULL };
}

/* To be called when section, outcome or layers have changed. Returns: whether the axis shows something else now */
gboolean
scope_plot_axis_update (ScopePlotAxis *axis)
{
  ScopePlotSource before = axis->source;
  SmoothSection *section = scope_document_get_section (axis->document);

  if (section != axis->section)
    axis->is_chosen = FALSE;
  axis->section = section;
  if (!axis->is_chosen || !is_there (axis, &axis->source))
    {
      axis->source = find_default (axis);
      axis->is_chosen = FALSE;
    }
  show_name (axis);
  return before.by != axis->source.by || before.index != axis->source.index || before.layer != axis->source.layer;
}

static gboolean
name_matches (const char *name, const char *query)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);

  return strstr (folded, query) != NULL;
}

static void
add_choice (ScopePlotAxis *axis, const ScopePlotSource *source, const char *name, gint64 colour, const char *query)
{
  if (!name_matches (name, query))
    return;
  g_autoptr (ScopeChoice) choice = scope_choice_new (axis->sources->len, name, colour);
  g_array_append_val (axis->sources, *source);
  g_list_store_append (axis->choices, choice);
}

static void
list_layers (ScopePlotAxis *axis, const char *query)
{
  for (guint i = 0; i < scope_document_get_n_layers (axis->document); i++)
    {
      const SmoothLayer *layer = scope_document_get_nth_layer (axis->document, i);
      for (gint64 c = 0; c < layer->n_columns && layer->kind != SMOOTH_LAYER_CATEGORIES; c++)
        {
          ScopePlotSource source = { SCOPE_BY_LAYER, c, g_intern_string (layer->key) };
          g_autofree char *name = dup_name (axis, &source);
          add_choice (axis, &source, name, -1, query);
        }
    }
}

static void
list_genes (ScopePlotAxis *axis, const char *query)
{
  ScopeGeneIndex *index = scope_document_get_genes (axis->document);
  const SmoothSection *section = scope_document_get_section (axis->document);
  gint64 found[MAX_GENES_LISTED];
  gboolean is_exact;
  gint64 n = index != NULL ? scope_gene_index_find (index, query, found, MAX_GENES_LISTED, &is_exact) : 0;

  for (gint64 i = 0; i < n; i++)
    {
      ScopePlotSource source = { SCOPE_BY_GENE, found[i], NULL };
      add_choice (axis, &source, section->gene_names[found[i]], -1, "");
    }
}

/* Components and types by any part of their name, genes as the search of genes finds them. */
static void
list_choices (ScopePlotAxis *axis)
{
  const SmoothSignature *signature = signature_of (axis);
  const ScopeLook *look = scope_document_get_look (axis->document);
  g_autofree char *query = g_strstrip (g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (axis->search)), -1));

  axis->is_updating = TRUE;
  g_list_store_remove_all (axis->choices);
  g_array_set_size (axis->sources, 0);
  list_layers (axis, query);
  for (gint64 k = 0; signature != NULL && k < signature->n_types; k++)
    {
      ScopePlotSource source = { SCOPE_BY_TYPE, k, NULL };
      add_choice (axis, &source, signature->type_names[k], scope_look_get_type_colour (look, k) & 0xffffff, query);
    }
  list_genes (axis, query);
  axis->is_updating = FALSE;
}

static void
on_activated (GtkListView *list, guint position, ScopePlotAxis *axis)
{
  g_autoptr (ScopeChoice) choice = g_list_model_get_item (G_LIST_MODEL (axis->choices), position);

  if (choice == NULL)
    return;
  axis->source = g_array_index (axis->sources, ScopePlotSource, scope_choice_get_index (choice));
  axis->is_chosen = TRUE;
  show_name (axis);
  gtk_menu_button_popdown (GTK_MENU_BUTTON (axis->button));
  g_signal_emit (axis, chosen_signal, 0);
}

/* Enter takes the first line. */
static void
on_search_activate (ScopePlotAxis *axis)
{
  on_activated (NULL, 0, axis);
}

static void
on_shown (GtkWidget *popover, ScopePlotAxis *axis)
{
  gtk_editable_set_text (GTK_EDITABLE (axis->search), "");
  list_choices (axis);
  gtk_widget_grab_focus (axis->search);
}

/* @nth: 0 or 1: which of what tells most is shown at first */
void
scope_plot_axis_set_document (ScopePlotAxis *axis, ScopeDocument *document, gint64 nth)
{
  axis->document = g_object_ref (document);
  axis->nth = nth;
  scope_plot_axis_update (axis);
}

static void
scope_plot_axis_dispose (GObject *object)
{
  ScopePlotAxis *axis = SCOPE_PLOT_AXIS (object);

  g_clear_object (&axis->document);
  g_clear_object (&axis->choices);
  g_clear_pointer (&axis->sources, g_array_unref);
  G_OBJECT_CLASS (scope_plot_axis_parent_class)->dispose (object);
}

static void
scope_plot_axis_class_init (ScopePlotAxisClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_plot_axis_dispose;
  /* chosen: another source was chosen */
  chosen_signal = g_signal_new ("chosen", SCOPE_TYPE_PLOT_AXIS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_plot_axis_init (ScopePlotAxis *axis)
{
  GtkWidget *popover = gtk_popover_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *scroller = gtk_scrolled_window_new ();
  g_autoptr (GtkListItemFactory) factory = scope_choice_factory_new ();

  axis->choices = g_list_store_new (SCOPE_TYPE_CHOICE);
  axis->sources = g_array_new (FALSE, FALSE, sizeof (ScopePlotSource));
  axis->source = (ScopePlotSource){ SCOPE_BY_COUNTS, -1, NULL };
  axis->search = gtk_search_entry_new ();
  axis->list = gtk_list_view_new (NULL, g_object_ref (factory));
  g_autoptr (GtkSelectionModel) selection = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (axis->choices))));
  gtk_list_view_set_model (GTK_LIST_VIEW (axis->list), selection);
  gtk_list_view_set_single_click_activate (GTK_LIST_VIEW (axis->list), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), axis->list);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_set_size_request (scroller, 240, 260);
  gtk_box_append (GTK_BOX (box), axis->search);
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  axis->label = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (axis->label), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (axis->label), 7);
  gtk_label_set_max_width_chars (GTK_LABEL (axis->label), 20);
  axis->button = gtk_menu_button_new ();
  gtk_menu_button_set_child (GTK_MENU_BUTTON (axis->button), axis->label);
  gtk_menu_button_set_always_show_arrow (GTK_MENU_BUTTON (axis->button), TRUE);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (axis->button), popover);
  gtk_box_append (GTK_BOX (axis), axis->button);
  g_signal_connect (popover, "show", G_CALLBACK (on_shown), axis);
  g_signal_connect (axis->list, "activate", G_CALLBACK (on_activated), axis);
  g_signal_connect_swapped (axis->search, "search-changed", G_CALLBACK (list_choices), axis);
  g_signal_connect_swapped (axis->search, "activate", G_CALLBACK (on_search_activate), axis);
}

/* @name: what a screen reader calls it */
GtkWidget *
scope_plot_axis_new (const char *name)
{
  ScopePlotAxis *axis = g_object_new (SCOPE_TYPE_PLOT_AXIS, NULL);

  scope_access_name (axis->button, name);
  gtk_widget_set_tooltip_text (axis->button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (axis->search), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Component, cell type or gene"), -1);
  return GTK_WIDGET (axis);
}
