/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of buttons, one a plot, and the plots that are pressed side by side. Which ones is remembered. */
#include "plot-area.h"

#include "plot-composition.h"
#include "plot-decay.h"
#include "plot-histogram.h"
#include "plot-scatter.h"
#include "plot-trace.h"
#include "region-table.h"
#include "selection-panel.h"
#include "settings.h"

#include <glib/gi18n.h>

#define GROUP "plots"

typedef struct
{
  const char *name;   /* in settings */
  const char *label;
  const char *tip;
  GtkWidget *(*panel_new) (void);
  gboolean is_shown;  /* at first */
} Kind;

static const Kind kinds[] = {
  { "histogram", N_ ("Histogram"), N_ ("How the shown values are spread; its limits can be dragged"), scope_plot_histogram_new, TRUE },
  { "scatter", N_ ("Scatter"), N_ ("Spots by two components, cell types or genes; drag around points to select their spots"), scope_plot_scatter_new, TRUE },
  { "composition", N_ ("Composition"), N_ ("What regions are made of; click one to select its spots"), scope_plot_composition_new, TRUE },
  { "decay", N_ ("Decay"), N_ ("How far the prior correlates spots, beside how far their expression is alike"), scope_plot_decay_new, FALSE },
  { "selection", N_ ("Selection"), N_ ("The selected spots beside all others"), scope_selection_panel_new, FALSE },
  { "regions", N_ ("Regions"), N_ ("Regions as a table, and tests of how two of them differ"), scope_region_table_new, FALSE },
  { "trace", N_ ("Convergence"), N_ ("How the newest solve came to its optimum"), scope_plot_trace_new, FALSE },
};

struct _ScopePlotArea
{
  GtkBox parent_instance;
  GtkWidget *buttons, *panels, *none;
  GtkWidget *panel[G_N_ELEMENTS (kinds)];
};

G_DEFINE_FINAL_TYPE (ScopePlotArea, scope_plot_area, GTK_TYPE_BOX)

static void
show_none (ScopePlotArea *area)
{
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    any |= gtk_widget_get_visible (area->panel[i]);
  gtk_widget_set_visible (area->none, !any);
}

static void
on_toggled (GtkToggleButton *button, ScopePlotArea *area)
{
  gsize i = GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (button), "kind"));
  gboolean is_shown = gtk_toggle_button_get_active (button);

  gtk_widget_set_visible (area->panel[i], is_shown);
  scope_settings_set_text (GROUP, kinds[i].name, is_shown ? "shown" : "hidden");
  show_none (area);
}

static gboolean
is_remembered (const Kind *kind)
{
  g_autofree char *text = scope_settings_dup_text (GROUP, kind->name);

  return text != NULL ? g_str_equal (text, "shown") : kind->is_shown;
}

static void
add_kind (ScopePlotArea *area, gsize i)
{
  GtkWidget *button = gtk_toggle_button_new_with_label (_(kinds[i].label));
  gboolean is_shown = is_remembered (&kinds[i]);

  area->panel[i] = kinds[i].panel_new ();
  gtk_widget_set_visible (area->panel[i], is_shown);
  gtk_box_append (GTK_BOX (area->panels), area->panel[i]);
  gtk_widget_set_tooltip_text (button, _(kinds[i].tip));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), is_shown);
  g_object_set_data (G_OBJECT (button), "kind", GSIZE_TO_POINTER (i));
  g_signal_connect (button, "toggled", G_CALLBACK (on_toggled), area);
  gtk_box_append (GTK_BOX (area->buttons), button);
}

/* Returns: (nullable): the plot in a widget, or in what it holds */
static ScopePlotView *
find_view (GtkWidget *widget)
{
  ScopePlotView *view = SCOPE_IS_PLOT_VIEW (widget) ? SCOPE_PLOT_VIEW (widget) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && view == NULL; child = gtk_widget_get_next_sibling (child))
    view = find_view (child);
  return view;
}

static gboolean
save_view (ScopePlotView *view, const char *folder, const char *name, GError **error)
{
  static const char *const ends[] = { "pdf", "svg", "png" };

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *file = g_strdup_printf ("%s.%s", name, ends[i]);
      g_autofree char *path = g_build_filename (folder, file, NULL);
      if (!scope_plot_view_save (view, path, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * scope_plot_area_save:
 * @n_saved: (out): plots
 *
 * Saves every plot that is shown and has something to show: NAME.pdf, .svg and .png.
 */
gboolean
scope_plot_area_save (ScopePlotArea *area, const char *folder, guint *n_saved, GError **error)
{
  *n_saved = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      ScopePlotView *view = gtk_widget_get_visible (area->panel[i]) ? find_view (area->panel[i]) : NULL;
      if (view == NULL || scope_plot_view_get_plot (view) == NULL)
        continue;
      if (!save_view (view, folder, kinds[i].name, error))
        return FALSE;
      (*n_saved)++;
    }
  return TRUE;
}

void
scope_plot_area_set_document (ScopePlotArea *area, ScopeDocument *document, ScopeCanvas *canvas)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    scope_plot_panel_set_document (SCOPE_PLOT_PANEL (area->panel[i]), document, canvas);
}

static void
scope_plot_area_class_init (ScopePlotAreaClass *klass)
{
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "plotarea");
}

static void
scope_plot_area_init (ScopePlotArea *area)
{
  GtkWidget *scroller = gtk_scrolled_window_new (), *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *button_scroller = gtk_scrolled_window_new ();
  GtkWidget *close = gtk_button_new_from_icon_name ("window-close-symbolic");

  gtk_orientable_set_orientation (GTK_ORIENTABLE (area), GTK_ORIENTATION_VERTICAL);
  area->buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  area->panels = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  area->none = gtk_label_new (_("Press one of the buttons above to see a plot"));
  gtk_widget_add_css_class (area->buttons, "linked");
  gtk_widget_add_css_class (head, "plot-head");
  gtk_widget_add_css_class (close, "flat");
  gtk_widget_add_css_class (area->none, "dim-label");
  gtk_box_set_homogeneous (GTK_BOX (area->panels), TRUE);
  gtk_widget_set_hexpand (area->none, TRUE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (close), "win.plots");
  gtk_widget_set_tooltip_text (close, _("Hide the plots (F8)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (close), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Hide the plots"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (area->buttons), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Plots"), -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (button_scroller), GTK_POLICY_AUTOMATIC, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (button_scroller), area->buttons);
  gtk_widget_set_hexpand (button_scroller, TRUE);
  gtk_box_append (GTK_BOX (head), button_scroller);
  gtk_box_append (GTK_BOX (head), close);
  gtk_box_append (GTK_BOX (area->panels), area->none);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), area->panels);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (area), head);
  gtk_box_append (GTK_BOX (area), scroller);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    add_kind (area, i);
  show_none (area);
}
