/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One section an analysis; what only one of them has - genes to impute, regions of clusters - is added to its section. */
#include "analyses-panel.h"

#include "analyses-section.h"
#include "help-topic.h"

#include <glib/gi18n.h>

struct _ScopeAnalysesPanel
{
  GtkBox parent_instance;
  ScopeAnalyses *analyses;
};

G_DEFINE_FINAL_TYPE (ScopeAnalysesPanel, scope_analyses_panel, GTK_TYPE_BOX)

enum
{
  FAILED,
  TOLD,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
on_failed (ScopeAnalysesPanel *panel, const char *text)
{
  g_signal_emit (panel, signals[FAILED], 0, text);
}

static void
on_told (ScopeAnalysesPanel *panel, const char *text)
{
  g_signal_emit (panel, signals[TOLD], 0, text);
}

void
scope_analyses_panel_set_document (ScopeAnalysesPanel *panel, ScopeDocument *document)
{
  g_return_if_fail (panel->analyses == NULL);
  panel->analyses = scope_analyses_new (document);
  for (guint kind = 0; kind < SMOOTH_N_ANALYSES; kind++)
    {
      GtkWidget *section = scope_analyses_section_new ((SmoothAnalysisKind) kind, document, panel->analyses);
      g_signal_connect_swapped (section, "failed", G_CALLBACK (on_failed), panel);
      g_signal_connect_swapped (section, "told", G_CALLBACK (on_told), panel);
      gtk_box_append (GTK_BOX (panel), scope_help_beside (section, smooth_analyses[kind].name, g_dgettext (GETTEXT_PACKAGE, smooth_analyses[kind].label)));
    }
}

/* Returns: (transfer none) */
ScopeAnalyses *
scope_analyses_panel_get_analyses (ScopeAnalysesPanel *panel)
{
  return panel->analyses;
}

static void
scope_analyses_panel_dispose (GObject *object)
{
  g_clear_object (&SCOPE_ANALYSES_PANEL (object)->analyses);
  G_OBJECT_CLASS (scope_analyses_panel_parent_class)->dispose (object);
}

static void
scope_analyses_panel_class_init (ScopeAnalysesPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_analyses_panel_dispose;

  /* failed (const char *text), told (const char *text): what the user should hear of */
  signals[FAILED] = g_signal_new ("failed", SCOPE_TYPE_ANALYSES_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[TOLD] = g_signal_new ("told", SCOPE_TYPE_ANALYSES_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
scope_analyses_panel_init (ScopeAnalysesPanel *panel)
{
  GtkWidget *heading = gtk_label_new (_("Analyses"));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (panel), GTK_ORIENTATION_VERTICAL);
  gtk_label_set_xalign (GTK_LABEL (heading), 0.0f);
  gtk_widget_add_css_class (heading, "heading");
  gtk_widget_add_css_class (heading, "panel-section");
  gtk_box_append (GTK_BOX (panel), heading);
}
