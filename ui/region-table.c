/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker counts; the table shows it; copies and files have all digits. */
#include "region-table.h"

#include "access.h"
#include "dialogs.h"
#include "number-table.h"
#include "region-table-compare.h"
#include "spot-groups.h"
#include "worker.h"

#include <glib/gi18n.h>
#include <math.h>

typedef struct
{
  ScopeColouring *colouring;
  SmoothOutcome *outcome;
} Request;

typedef struct
{
  ScopeColouring *colouring;
  SmoothOutcome *outcome;
  ScopeSpotGroups *groups;
  SmoothGroupTable *table;
  gboolean has_values; /* and not categories */
} Answer;

struct _ScopeRegionTable
{
  ScopePlotPanel parent_instance;
  GtkWidget *stack, *missing, *table, *copy, *save, *compare;
  ScopeWorker *worker;
  Answer *shown;
};

G_DEFINE_FINAL_TYPE (ScopeRegionTable, scope_region_table, SCOPE_TYPE_PLOT_PANEL)

static void
request_free (gpointer data)
{
  Request *request = data;

  scope_colouring_unref (request->colouring);
  smooth_outcome_unref (request->outcome);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  scope_colouring_unref (answer->colouring);
  smooth_outcome_unref (answer->outcome);
  scope_spot_groups_free (answer->groups);
  smooth_group_table_free (answer->table);
  g_free (answer);
}

static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  const Request *request = data;
  const SmoothOutcome *outcome = request->outcome;
  g_autofree double *values = g_new (double, MAX (outcome->n_spots, 1));
  Answer *answer = g_new0 (Answer, 1);

  answer->colouring = scope_colouring_ref (request->colouring);
  answer->outcome = smooth_outcome_ref (request->outcome);
  answer->groups = scope_spot_groups_new (outcome, NULL);
  answer->has_values = request->colouring->names == NULL && *request->colouring->title != '\0';
  for (gint64 s = 0; s < outcome->n_spots; s++)
    values[s] = request->colouring->values[outcome->spots[s]];
  answer->table = smooth_group_table_new (answer->groups->groups, outcome->n_spots, answer->groups->n_groups,
                                          answer->has_values ? values : NULL, outcome->result);
  scope_worker_publish (worker, answer);
}

static char **
type_names_of (const Answer *answer)
{
  return answer->outcome->result != NULL ? answer->outcome->result->type_names : NULL;
}

/* Region, spots, mean and deviation of the shown value, cell types. */
static void
fill (ScopeRegionTable *panel)
{
  const Answer *shown = panel->shown;
  const SmoothGroupTable *table = shown->table;
  gint n_values = shown->has_values ? 2 : 0, n_columns = 1 + n_values + (gint) table->n_types;
  ScopeNumberFormat format = shown->colouring->is_share ? SCOPE_NUMBER_SHARE : SCOPE_NUMBER_PLAIN;
  g_autofree ScopeNumberColumn *columns = g_new0 (ScopeNumberColumn, n_columns);
  g_autofree double *values = g_new (double, table->n_groups * n_columns);
  g_autofree char *mean = g_strdup_printf (_("%s, mean"), shown->colouring->title);

  columns[0] = (ScopeNumberColumn){ _("Spots"), NULL, SCOPE_NUMBER_COUNT };
  if (shown->has_values)
    {
      columns[1] = (ScopeNumberColumn){ mean, NULL, format };
      columns[2] = (ScopeNumberColumn){ _("deviation"), NULL, format };
    }
  for (gint64 k = 0; k < table->n_types; k++)
    columns[1 + n_values + k] = (ScopeNumberColumn){ type_names_of (shown)[k], NULL, SCOPE_NUMBER_SHARE };
  for (gint64 g = 0; g < table->n_groups; g++)
    {
      double *row = values + g * n_columns;
      row[0] = (double) table->n_spots[g];
      if (shown->has_values)
        {
          row[1] = table->values[g].mean;
          row[2] = table->values[g].sd;
        }
      for (gint64 k = 0; k < table->n_types; k++)
        row[1 + n_values + k] = table->proportions[g * table->n_types + k];
    }
  scope_number_table_set (SCOPE_NUMBER_TABLE (panel->table), _("Region"), (const char *const *) shown->groups->names, table->n_groups, columns,
                          n_columns, values);
}

static void
deliver (gpointer data, gpointer owner)
{
  ScopeRegionTable *panel = owner;

  g_clear_pointer (&panel->shown, answer_free);
  panel->shown = data;
  fill (panel);
  gtk_stack_set_visible_child_name (GTK_STACK (panel->stack), "table");
}

static const ScopeWorkerFuncs funcs = {
  .name = "regions",
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

static void
scope_region_table_refresh (ScopePlotPanel *base, guint changes)
{
  ScopeRegionTable *panel = SCOPE_REGION_TABLE (base);
  ScopeColouring *colouring = scope_plot_panel_get_colouring (base);
  SmoothOutcome *outcome = scope_document_get_outcome (scope_plot_panel_get_document (base));
  gboolean is_ready = colouring != NULL && outcome != NULL && outcome->inputs.section == colouring->section;

  gtk_widget_set_sensitive (panel->copy, is_ready);
  gtk_widget_set_sensitive (panel->save, is_ready);
  gtk_widget_set_sensitive (panel->compare, is_ready);
  if (!is_ready)
    {
      gtk_stack_set_visible_child_name (GTK_STACK (panel->stack), "missing");
      return;
    }
  if (!(changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_OUTCOME | SCOPE_PLOT_CHANGED_COLOURS)))
    return;
  Request *request = g_new0 (Request, 1);
  request->colouring = scope_colouring_ref (colouring);
  request->outcome = smooth_outcome_ref (outcome);
  scope_worker_request (panel->worker, request, 1.0);
}

static void
on_copy (ScopeRegionTable *panel)
{
  const Answer *shown = panel->shown;

  if (shown == NULL)
    return;
  g_autofree char *text
    = smooth_group_table_dup_text (shown->table, (const char *const *) shown->groups->names, (const char *const *) type_names_of (shown),
                                   shown->has_values ? shown->colouring->title : NULL, '\t');
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (panel)), text);
}

static void
on_path (const char *path, gpointer data)
{
  g_autoptr (ScopeRegionTable) panel = data;
  g_autoptr (GError) error = NULL;
  const Answer *shown = panel->shown;

  if (path == NULL || shown == NULL)
    return;
  smooth_export_group_table (shown->table, (const char *const *) shown->groups->names, (const char *const *) type_names_of (shown),
                             shown->has_values ? shown->colouring->title : NULL, path, &error);
  g_autofree char *text = error != NULL ? g_strdup (error->message) : g_strdup_printf (_("The table was saved as %s."), path);
  gtk_widget_activate_action (GTK_WIDGET (panel), "win.tell", "(bs)", error != NULL, text);
}

static void
on_save (ScopeRegionTable *panel)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (panel));

  scope_dialog_save (GTK_WINDOW (root), _("Save table of regions"), "regions-table.csv", on_path, g_object_ref (panel));
}

static void
on_compare (ScopeRegionTable *panel)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (panel));

  scope_access_present (GTK_WINDOW (scope_region_compare_new (GTK_WINDOW (root), scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel)))));
}

/* A row that is activated selects its spots. */
static void
on_activated (ScopeNumberTable *table, guint row, ScopeRegionTable *panel)
{
  ScopeDocument *document = scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel));
  const Answer *shown = panel->shown;

  if (shown == NULL || shown->outcome->inputs.section != scope_document_get_section (document))
    return;
  ScopeSelection *selection = scope_spot_groups_select (shown->groups, shown->outcome, row);
  scope_document_set_selection (document, selection);
  g_clear_pointer (&selection, scope_selection_unref);
}

static GtkWidget *
add_button (ScopeRegionTable *panel, const char *label, const char *tip, GCallback func)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_tooltip_text (button, tip);
  g_signal_connect_swapped (button, "clicked", func, panel);
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), button);
  return button;
}

static void
scope_region_table_dispose (GObject *object)
{
  ScopeRegionTable *panel = SCOPE_REGION_TABLE (object);

  g_clear_pointer (&panel->worker, scope_worker_free);
  g_clear_pointer (&panel->shown, answer_free);
  G_OBJECT_CLASS (scope_region_table_parent_class)->dispose (object);
}

static void
scope_region_table_class_init (ScopeRegionTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_region_table_dispose;
  SCOPE_PLOT_PANEL_CLASS (klass)->refresh = scope_region_table_refresh;
}

static void
scope_region_table_init (ScopeRegionTable *panel)
{
  panel->worker = scope_worker_new (&funcs, panel);
  panel->compare = add_button (panel, _("Compare…"), _("Test how two regions, or the selected spots and others, differ"), G_CALLBACK (on_compare));
  panel->copy = add_button (panel, _("Copy"), _("Copy the table, with all digits, for a spreadsheet"), G_CALLBACK (on_copy));
  panel->save = add_button (panel, _("Save…"), _("Save the table as CSV"), G_CALLBACK (on_save));
  panel->table = scope_number_table_new (_("Table of regions"));
  panel->missing = gtk_label_new (_("Open a section and draw regions to see what they are made of"));
  gtk_label_set_wrap (GTK_LABEL (panel->missing), TRUE);
  gtk_label_set_justify (GTK_LABEL (panel->missing), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (panel->missing, "dim-label");
  panel->stack = gtk_stack_new ();
  gtk_widget_set_vexpand (panel->stack, TRUE);
  gtk_stack_add_named (GTK_STACK (panel->stack), panel->missing, "missing");
  gtk_stack_add_named (GTK_STACK (panel->stack), panel->table, "table");
  g_signal_connect (panel->table, "activated", G_CALLBACK (on_activated), panel);
  scope_plot_panel_set_content (SCOPE_PLOT_PANEL (panel), panel->stack);
}

GtkWidget *
scope_region_table_new (void)
{
  return g_object_new (SCOPE_TYPE_REGION_TABLE, NULL);
}
