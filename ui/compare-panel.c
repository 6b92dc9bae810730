/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Before a setting is kept there is one button only; the rest appears with the setting A. */
#include "compare-panel.h"

#include <glib/gi18n.h>

struct _ScopeComparePanel
{
  GtkBox parent_instance;
  GtkWidget *kept, *setting, *modes[SMOOTH_COMPARE_DIFFERENCE + 1], *swipe_row;
  GtkAdjustment *swipe_adjustment;
  ScopeDocument *document;
  gboolean is_updating; /* controls are being set, not used */
};

G_DEFINE_FINAL_TYPE (ScopeComparePanel, scope_compare_panel, GTK_TYPE_BOX)

static void
on_mode (ScopeComparePanel *panel)
{
  ScopeLook look;

  if (panel->is_updating || panel->document == NULL)
    return;
  look = *scope_document_get_look (panel->document);
  for (guint i = 0; i < G_N_ELEMENTS (panel->modes); i++)
    if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (panel->modes[i])))
      look.colours.compare = i;
  scope_document_set_look (panel->document, &look);
}

static void
on_swipe (ScopeComparePanel *panel)
{
  ScopeLook look;

  if (panel->is_updating || panel->document == NULL)
    return;
  look = *scope_document_get_look (panel->document);
  look.swipe = gtk_adjustment_get_value (panel->swipe_adjustment) / 100.0;
  scope_document_set_look (panel->document, &look);
}

static void
update (ScopeComparePanel *panel)
{
  const ScopePin *pin = scope_document_get_pinned (panel->document);
  const ScopeLook *look = scope_document_get_look (panel->document);

  panel->is_updating = TRUE;
  gtk_widget_set_visible (panel->kept, pin != NULL);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (panel->modes[look->colours.compare]), TRUE);
  gtk_widget_set_visible (panel->swipe_row, look->colours.compare == SMOOTH_COMPARE_SWIPE);
  gtk_adjustment_set_value (panel->swipe_adjustment, 100.0 * look->swipe);
  if (pin != NULL)
    {
      g_autofree char *a = NULL, *b = NULL;
      scope_pin_describe (pin, scope_document_get_parameters (panel->document), scope_document_get_regions (panel->document), &a, &b);
      gboolean is_coming = scope_document_get_pinned_outcome (panel->document) == NULL;
      g_autofree char *text = g_strdup_printf (is_coming ? _("A: %s (computing…)\nB: %s") : _("A: %s\nB: %s"), a, b);
      gtk_label_set_text (GTK_LABEL (panel->setting), text);
    }
  panel->is_updating = FALSE;
}

static void
on_changed (ScopeComparePanel *panel, guint changes)
{
  if (changes & (SCOPE_CHANGED_PIN | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_PARAMETERS | SCOPE_CHANGED_REGIONS | SCOPE_CHANGED_SECTION))
    update (panel);
}

void
scope_compare_panel_set_document (ScopeComparePanel *panel, ScopeDocument *document)
{
  g_return_if_fail (panel->document == NULL);
  panel->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), panel, G_CONNECT_SWAPPED);
  update (panel);
}

static void
scope_compare_panel_dispose (GObject *object)
{
  g_clear_object (&SCOPE_COMPARE_PANEL (object)->document);
  G_OBJECT_CLASS (scope_compare_panel_parent_class)->dispose (object);
}

static void
scope_compare_panel_class_init (ScopeComparePanelClass *klass)
{
  static const char *const modes[] = { "off", "split", "swipe", "difference" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = scope_compare_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/compare-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeComparePanel, kept);
  gtk_widget_class_bind_template_child (widget_class, ScopeComparePanel, setting);
  gtk_widget_class_bind_template_child (widget_class, ScopeComparePanel, swipe_row);
  gtk_widget_class_bind_template_child (widget_class, ScopeComparePanel, swipe_adjustment);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    gtk_widget_class_bind_template_child_full (widget_class, modes[i], FALSE,
                                               (gssize) (G_STRUCT_OFFSET (ScopeComparePanel, modes) + i * sizeof (GtkWidget *)));
  gtk_widget_class_bind_template_callback (widget_class, on_mode);
  gtk_widget_class_bind_template_callback (widget_class, on_swipe);
}

static void
scope_compare_panel_init (ScopeComparePanel *panel)
{
  panel->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (panel));
  panel->is_updating = FALSE;
}
