/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows facts about the loaded table; choosing files is left to the window's actions. */
#include "reference-panel.h"

#include "access.h"

#include <glib/gi18n.h>

struct _ScopeReferencePanel
{
  GtkBox parent_instance;
  GtkWidget *stack, *file, *facts, *scale;
  ScopeDocument *document;
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (ScopeReferencePanel, scope_reference_panel, GTK_TYPE_BOX)

static guint scale_asked_signal;

static char *
dup_facts (ScopeReferencePanel *panel, const SmoothSignature *signature)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (panel->document);
  const char *scale = signature->scale == SMOOTH_SCALE_LOG1P ? _("log-normalised") : _("counts");

  if (outcome == NULL || outcome->prepared == NULL)
    return g_strdup_printf (_("%d types, %'d genes; %s"), (int) signature->n_types, (int) signature->n_genes, scale);
  return g_strdup_printf (_("%d types, %'d genes, of which %'d are used; %s"), (int) signature->n_types,
                          (int) signature->n_genes, (int) outcome->prepared->n_genes, scale);
}

static void
update (ScopeReferencePanel *panel)
{
  const SmoothSignature *signature = scope_document_get_signature (panel->document);

  gtk_stack_set_visible_child_name (GTK_STACK (panel->stack), signature != NULL ? "loaded" : "none");
  if (signature == NULL)
    return;

  g_autofree char *name = signature->path != NULL ? g_path_get_basename (signature->path) : g_strdup (_("Reference"));
  g_autofree char *facts = dup_facts (panel, signature);
  panel->is_updating = TRUE;
  gtk_label_set_text (GTK_LABEL (panel->file), name);
  gtk_widget_set_tooltip_text (panel->file, signature->path);
  gtk_label_set_text (GTK_LABEL (panel->facts), facts);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (panel->scale), scope_document_get_asked_scale (panel->document));
  panel->is_updating = FALSE;
}

static void
on_scale (ScopeReferencePanel *panel)
{
  guint scale = gtk_drop_down_get_selected (GTK_DROP_DOWN (panel->scale));

  if (!panel->is_updating && panel->document != NULL && scale <= SMOOTH_SCALE_LOG1P)
    g_signal_emit (panel, scale_asked_signal, 0, scale);
}

static void
on_changed (ScopeReferencePanel *panel, guint changes)
{
  if (changes & (SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME))
    update (panel);
}

void
scope_reference_panel_set_document (ScopeReferencePanel *panel, ScopeDocument *document)
{
  g_return_if_fail (panel->document == NULL);
  panel->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), panel, G_CONNECT_SWAPPED);
  update (panel);
}

static void
scope_reference_panel_dispose (GObject *object)
{
  g_clear_object (&SCOPE_REFERENCE_PANEL (object)->document);
  G_OBJECT_CLASS (scope_reference_panel_parent_class)->dispose (object);
}

static void
scope_reference_panel_class_init (ScopeReferencePanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_reference_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/reference-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeReferencePanel, stack);
  gtk_widget_class_bind_template_child (widget_class, ScopeReferencePanel, file);
  gtk_widget_class_bind_template_child (widget_class, ScopeReferencePanel, facts);
  gtk_widget_class_bind_template_child (widget_class, ScopeReferencePanel, scale);
  gtk_widget_class_bind_template_callback (widget_class, on_scale);

  /* scale-asked (guint scale): a SmoothScale, to read the table with */
  scale_asked_signal = g_signal_new ("scale-asked", SCOPE_TYPE_REFERENCE_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
scope_reference_panel_init (ScopeReferencePanel *panel)
{
  panel->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (panel));
  scope_access_name (panel->scale, _("Scale of the reference"));
  panel->is_updating = FALSE;
}
