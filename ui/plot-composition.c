/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row a region and one for all other spots; one more for the spots that are selected. A click on a row selects its spots. */
#include "plot-composition.h"

#include "access.h"
#include "spot-groups.h"
#include "worker.h"

#include <glib/gi18n.h>
#include <math.h>

#define ROW_HEIGHT 17 /* logical pixels, at least */

typedef struct
{
  SmoothOutcome *outcome;
  SmoothLayer *layer;        /* (nullable): regions */
  ScopeSelection *selection; /* (nullable) */
  ScopeLook look;
} Request;

typedef struct
{
  SmoothOutcome *outcome;
  ScopeSpotGroups *groups;
  gint64 n_rows;       /* groups that have spots, and perhaps the selected spots */
  gint64 *row_groups;  /* n_rows: group; n_groups: outside; n_groups + 1: the selection */
  gint64 *n_spots;     /* n_rows */
  double *parts;       /* n_rows x n_types */
  SmoothPlot *plot;
  char *summary;
} Answer;

struct _ScopePlotComposition
{
  ScopePlotPanel parent_instance;
  GtkWidget *view, *by;
  ScopeWorker *worker;
  Answer *shown;
  GPtrArray *keys;      /* of char: the layers that can be chosen; their first is NULL: regions */
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (ScopePlotComposition, scope_plot_composition, SCOPE_TYPE_PLOT_PANEL)

static void
request_free (gpointer data)
{
  Request *request = data;

  smooth_outcome_unref (request->outcome);
  g_clear_pointer (&request->layer, smooth_layer_unref);
  g_clear_pointer (&request->selection, scope_selection_unref);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  smooth_outcome_unref (answer->outcome);
  scope_spot_groups_free (answer->groups);
  g_free (answer->row_groups);
  g_free (answer->n_spots);
  g_free (answer->parts);
  smooth_plot_unref (answer->plot);
  g_free (answer->summary);
  g_free (answer);
}

/* ---- On the worker's thread ---- */

static void
add_row (Answer *answer, gint64 group, gint64 n_spots, const double *shares)
{
  gint64 n_types = answer->outcome->result->n_types;

  answer->row_groups[answer->n_rows] = group;
  answer->n_spots[answer->n_rows] = n_spots;
  for (gint64 k = 0; k < n_types; k++)
    answer->parts[answer->n_rows * n_types + k] = shares[k];
  answer->n_rows++;
}

static void
add_rows (Answer *answer, const Request *request)
{
  const SmoothOutcome *outcome = request->outcome;
  const ScopeSpotGroups *groups = answer->groups;
  gint64 n_types = outcome->result->n_types;
  g_autofree gint32 *selected = g_new (gint32, MAX (outcome->n_spots, 1));
  g_autoptr (SmoothGroupTable) table
    = smooth_group_table_new (groups->groups, outcome->n_spots, groups->n_groups, NULL, outcome->result);

  answer->row_groups = g_new (gint64, table->n_groups + 1);
  answer->n_spots = g_new (gint64, table->n_groups + 1);
  answer->parts = g_new (double, MAX ((table->n_groups + 1) * n_types, 1));
  for (gint64 g = 0; g < table->n_groups; g++)
    if (table->n_spots[g] > 0)
      add_row (answer, g, table->n_spots[g], table->proportions + g * n_types);
  for (gint64 s = 0; s < outcome->n_spots; s++)
    selected[s] = scope_selection_has (request->selection, outcome->spots[s]) ? 0 : -1;
  g_autoptr (SmoothGroupTable) chosen = smooth_group_table_new (selected, outcome->n_spots, 1, NULL, outcome->result);
  if (chosen->n_spots[0] > 0)
    add_row (answer, groups->n_groups + 1, chosen->n_spots[0], chosen->proportions);
}

static char *
dup_row_name (const Answer *answer, gint64 row)
{
  gint64 group = answer->row_groups[row];

  return g_strdup_printf ("%s (%'d)", group <= answer->groups->n_groups ? answer->groups->names[group] : _("Selected"),
                          (int) answer->n_spots[row]);
}

static gint64
largest_part (const Answer *answer, gint64 row)
{
  gint64 n_types = answer->outcome->result->n_types, best = 0;

  for (gint64 k = 1; k < n_types; k++)
    if (answer->parts[row * n_types + k] > answer->parts[row * n_types + best])
      best = k;
  return best;
}

/* 'Tumour (174): most Tumour, 59 %. Outside of all regions (1,326): most Fibroblast, 26 %.' */
static char *
summarise (const Answer *answer)
{
  GString *text = g_string_new (NULL);
  gint64 n_types = answer->outcome->result->n_types;

  for (gint64 r = 0; r < answer->n_rows; r++)
    {
      g_autofree char *name = dup_row_name (answer, r);
      gint64 most = largest_part (answer, r);
      g_string_append_printf (text, _("%s%s: most %s, %.0f %%"), r > 0 ? "; " : "", name, answer->outcome->result->type_names[most],
                              100.0 * answer->parts[r * n_types + most]);
    }
  return g_string_free (text, FALSE);
}

static void
make_plot (Answer *answer, const ScopeLook *look)
{
  const SmoothResult *result = answer->outcome->result;
  g_auto (GStrv) names = g_new0 (char *, answer->n_rows + 1);
  g_autofree guint32 *colours = g_new (guint32, MAX (MAX (result->n_types, answer->n_rows), 1));

  for (gint64 r = 0; r < answer->n_rows; r++)
    names[r] = dup_row_name (answer, r);
  for (gint64 k = 0; k < MAX (result->n_types, answer->n_rows); k++)
    colours[k] = scope_look_get_type_colour (look, result->n_types == 1 ? 0 : k) & 0xffffff;
  answer->plot = smooth_plot_new (NULL);
  smooth_plot_set_rows (answer->plot, (const char *const *) names, answer->n_rows);
  smooth_plot_set_axis (answer->plot, SMOOTH_PLOT_X, _("mean proportion"), 0.0, 1.0, SMOOTH_PLOT_PERCENT);
  smooth_plot_add_stacks (answer->plot, answer->parts, colours, answer->n_rows, result->n_types);
  for (gint64 k = 0; k < result->n_types; k++)
    smooth_plot_add_key (answer->plot, result->type_names[k], colours[k]);
}

static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  const Request *request = data;
  Answer *answer = g_new0 (Answer, 1);

  answer->outcome = smooth_outcome_ref (request->outcome);
  answer->groups = scope_spot_groups_new (request->outcome, request->layer);
  add_rows (answer, request);
  make_plot (answer, &request->look);
  answer->summary = summarise (answer);
  scope_worker_publish (worker, answer);
}

/* ---- On the main loop ---- */

static void
deliver (gpointer data, gpointer owner)
{
  ScopePlotComposition *panel = owner;

  g_clear_pointer (&panel->shown, answer_free);
  panel->shown = data;
  gtk_widget_set_size_request (panel->view, -1, (int) panel->shown->n_rows * ROW_HEIGHT + 50);
  scope_plot_view_show (SCOPE_PLOT_VIEW (panel->view), panel->shown->plot, panel->shown->summary);
}

static const ScopeWorkerFuncs funcs = {
  .name = "composition",
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

/* Regions, and every layer of categories. */
static void
list_layers (ScopePlotComposition *panel)
{
  ScopeDocument *document = scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel));
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint chosen = gtk_drop_down_get_selected (GTK_DROP_DOWN (panel->by)), position = 0;
  g_autofree char *key = chosen < panel->keys->len ? g_strdup (g_ptr_array_index (panel->keys, chosen)) : NULL;

  panel->is_updating = TRUE;
  g_ptr_array_set_size (panel->keys, 0);
  g_ptr_array_add (panel->keys, NULL);
  gtk_string_list_append (names, _("Regions"));
  for (guint i = 0; i < scope_document_get_n_layers (document); i++)
    {
      SmoothLayer *layer = scope_document_get_nth_layer (document, i);
      if (layer->kind != SMOOTH_LAYER_CATEGORIES || layer->categories == NULL)
        continue;
      if (g_strcmp0 (key, layer->key) == 0)
        position = panel->keys->len;
      g_ptr_array_add (panel->keys, g_strdup (layer->key));
      gtk_string_list_append (names, layer->title);
    }
  gtk_drop_down_set_model (GTK_DROP_DOWN (panel->by), G_LIST_MODEL (names));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (panel->by), position);
  gtk_widget_set_sensitive (panel->by, panel->keys->len > 1);
  panel->is_updating = FALSE;
}

static SmoothLayer *
chosen_layer (ScopePlotComposition *panel)
{
  guint chosen = gtk_drop_down_get_selected (GTK_DROP_DOWN (panel->by));
  const char *key = chosen < panel->keys->len ? g_ptr_array_index (panel->keys, chosen) : NULL;

  return key != NULL ? scope_document_get_layer (scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel)), key) : NULL;
}

static void
scope_plot_composition_refresh (ScopePlotPanel *base, guint changes)
{
  ScopePlotComposition *panel = SCOPE_PLOT_COMPOSITION (base);
  ScopeDocument *document = scope_plot_panel_get_document (base);
  SmoothOutcome *outcome = scope_document_get_outcome (document);
  SmoothLayer *layer;

  if (changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_LAYERS))
    list_layers (panel);
  if (!(changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SIGNATURE | SCOPE_CHANGED_OUTCOME | SCOPE_CHANGED_LOOK | SCOPE_CHANGED_SELECTION
                   | SCOPE_CHANGED_LAYERS)))
    return;
  if (outcome == NULL || outcome->result == NULL)
    {
      g_clear_pointer (&panel->shown, answer_free);
      scope_plot_view_show_missing (SCOPE_PLOT_VIEW (panel->view), _("Add a reference to see which cell types regions are made of"));
      return;
    }
  layer = chosen_layer (panel);
  Request *request = g_new0 (Request, 1);
  request->outcome = smooth_outcome_ref (outcome);
  request->layer = layer != NULL && layer->n_spots == outcome->inputs.section->n_spots ? smooth_layer_ref (layer) : NULL;
  request->selection = scope_document_get_selection (document);
  if (request->selection != NULL)
    scope_selection_ref (request->selection);
  request->look = *scope_document_get_look (document);
  scope_worker_request (panel->worker, request, 1.0);
}

static void
on_by (ScopePlotComposition *panel)
{
  if (!panel->is_updating)
    scope_plot_panel_refresh (SCOPE_PLOT_PANEL (panel), SCOPE_CHANGED_LOOK);
}

/* The part of a row at a share. */
static gint64
find_part (const Answer *shown, gint64 row, double share)
{
  gint64 n_types = shown->outcome->result->n_types;

  for (gint64 k = 0; k < n_types; k++)
    {
      share -= shown->parts[row * n_types + k];
      if (share < 0.0)
        return k;
    }
  return -1;
}

static char *
hover (double x, double y, gpointer data)
{
  const Answer *shown = ((ScopePlotComposition *) data)->shown;
  gint64 row = (gint64) floor (y), part;

  if (shown == NULL || row < 0 || row >= shown->n_rows || (part = find_part (shown, row, x)) < 0)
    return NULL;
  g_autofree char *name = dup_row_name (shown, row);
  return g_strdup_printf ("%s\n%s: %.1f %%", name, shown->outcome->result->type_names[part],
                          100.0 * shown->parts[row * shown->outcome->result->n_types + part]);
}

static void
on_released (GtkGestureClick *gesture, int n_press, double x, double y, ScopePlotComposition *panel)
{
  ScopeDocument *document = scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel));
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  SmoothPlotBox frame = scope_plot_view_get_frame (SCOPE_PLOT_VIEW (panel->view));
  const Answer *shown = panel->shown;

  gtk_widget_grab_focus (panel->view);
  if (shown == NULL || shown->outcome->inputs.section != scope_document_get_section (document))
    return;
  gint64 row = (gint64) floor (smooth_plot_get_value (shown->plot, SMOOTH_PLOT_Y, &frame, y));
  if (row < 0 || row >= shown->n_rows || shown->row_groups[row] > shown->groups->n_groups)
    return;
  ScopeSelection *selection = scope_spot_groups_select (shown->groups, shown->outcome, shown->row_groups[row]);
  scope_document_select (document, selection, state & GDK_SHIFT_MASK ? SCOPE_SELECT_ADD : SCOPE_SELECT_ONLY);
  g_clear_pointer (&selection, scope_selection_unref);
}

static void
scope_plot_composition_dispose (GObject *object)
{
  ScopePlotComposition *panel = SCOPE_PLOT_COMPOSITION (object);

  g_clear_pointer (&panel->worker, scope_worker_free);
  g_clear_pointer (&panel->shown, answer_free);
  g_clear_pointer (&panel->keys, g_ptr_array_unref);
  G_OBJECT_CLASS (scope_plot_composition_parent_class)->dispose (object);
}

static void
scope_plot_composition_class_init (ScopePlotCompositionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_plot_composition_dispose;
  SCOPE_PLOT_PANEL_CLASS (klass)->refresh = scope_plot_composition_refresh;
}

static void
scope_plot_composition_init (ScopePlotComposition *panel)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  panel->worker = scope_worker_new (&funcs, panel);
  panel->keys = g_ptr_array_new_with_free_func (g_free);
  panel->view = scope_plot_view_new (_("Composition of regions"));
  panel->by = gtk_drop_down_new (NULL, NULL);
  scope_access_name (panel->by, _("Rows of the composition"));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), panel->view);
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), gtk_label_new (_("Composition of")));
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), panel->by);
  scope_plot_panel_set_content (SCOPE_PLOT_PANEL (panel), scroller);
  scope_plot_view_set_hover_func (SCOPE_PLOT_VIEW (panel->view), hover, panel);
  g_signal_connect_swapped (panel->by, "notify::selected", G_CALLBACK (on_by), panel);
  g_signal_connect (click, "released", G_CALLBACK (on_released), panel);
  gtk_widget_add_controller (panel->view, GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
scope_plot_composition_new (void)
{
  return g_object_new (SCOPE_TYPE_PLOT_COMPOSITION, NULL);
}
