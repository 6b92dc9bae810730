/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker summarises; a table of labels shows it. */
#include "selection-panel.h"

#include "help-topic.h"
#include "region-tools.h"
#include "worker.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_TOP 5

typedef struct
{
  ScopeColouring *colouring;
  ScopeSelection *selection;
  SmoothOutcome *outcome; /* (nullable) */
} Request;

typedef struct
{
  gint64 n[2];            /* selected, others: on the tissue */
  SmoothSummary values[2];
  gboolean has_values;    /* and not categories */
  gboolean is_share;
  char *title;
  gint n_top;
  char *top_names[N_TOP];
  double top[N_TOP][2];   /* mean proportion, selected and others */
} Answer;

struct _ScopeSelectionPanel
{
  ScopePlotPanel parent_instance;
  GtkWidget *stack, *missing, *grid, *make_region, *copy, *invert, *clear;
  ScopeWorker *worker;
};

G_DEFINE_FINAL_TYPE (ScopeSelectionPanel, scope_selection_panel, SCOPE_TYPE_PLOT_PANEL)

static void
request_free (gpointer data)
{
  Request *request = data;

  scope_colouring_unref (request->colouring);
  scope_selection_unref (request->selection);
  g_clear_pointer (&request->outcome, smooth_outcome_unref);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  for (gint i = 0; i < answer->n_top; i++)
    g_free (answer->top_names[i]);
  g_free (answer->title);
  g_free (answer);
}

/* ---- On the worker's thread ---- */

/* The types that the selection has most of. */
static void
find_top (Answer *answer, const Request *request)
{
  const SmoothOutcome *outcome = request->outcome;
  const SmoothResult *result = outcome->result;
  g_autofree gint32 *groups = g_new (gint32, MAX (outcome->n_spots, 1));
  g_autofree gboolean *taken = g_new0 (gboolean, MAX (result->n_types, 1));

  for (gint64 s = 0; s < outcome->n_spots; s++)
    groups[s] = scope_selection_has (request->selection, outcome->spots[s]) ? 0 : -1;
  g_autoptr (SmoothGroupTable) table = smooth_group_table_new (groups, outcome->n_spots, 1, NULL, result);
  if (table->n_spots[0] == 0)
    return;
  for (; answer->n_top < MIN (N_TOP, result->n_types); answer->n_top++)
    {
      gint64 best = -1;
      for (gint64 k = 0; k < result->n_types; k++)
        if (!taken[k] && (best < 0 || table->proportions[k] > table->proportions[best]))
          best = k;
      taken[best] = TRUE;
      answer->top_names[answer->n_top] = g_strdup (result->type_names[best]);
      answer->top[answer->n_top][0] = table->proportions[best];
      answer->top[answer->n_top][1] = table->proportions[result->n_types + best];
    }
}

static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  const Request *request = data;
  const ScopeColouring *colouring = request->colouring;
  const SmoothSection *section = colouring->section;
  g_autofree gint32 *groups = g_new (gint32, MAX (section->n_spots, 1));
  Answer *answer = g_new0 (Answer, 1);

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      gboolean is_on_tissue = (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) != 0;
      groups[i] = !is_on_tissue ? -1 : scope_selection_has (request->selection, i) ? 0 : 1;
      if (groups[i] >= 0)
        answer->n[groups[i]]++;
    }
  answer->has_values = colouring->names == NULL && *colouring->title != '\0';
  answer->is_share = colouring->is_share;
  answer->title = g_strdup (colouring->title);
  for (gint32 side = 0; side < 2; side++)
    answer->values[side] = smooth_summary_new (colouring->values, groups, side, section->n_spots);
  if (request->outcome != NULL && request->outcome->result != NULL)
    find_top (answer, request);
  scope_worker_publish (worker, answer);
}

/* ---- On the main loop ---- */

static void
put (ScopeSelectionPanel *panel, int column, int row, const char *text, gboolean is_number)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), is_number ? 1.0f : 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), is_number ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, !is_number);
  if (is_number)
    gtk_widget_add_css_class (label, "numeric");
  if (row == 0)
    gtk_widget_add_css_class (label, "heading");
  gtk_grid_attach (GTK_GRID (panel->grid), label, column, row, 1, 1);
}

static char *
dup_number (const Answer *answer, double value)
{
  if (isnan (value))
    return g_strdup ("–");
  return answer->is_share ? g_strdup_printf ("%.1f %%", 100.0 * value) : g_strdup_printf ("%'.4g", value);
}

static void
put_row (ScopeSelectionPanel *panel, int row, const char *name, const char *here, const char *others)
{
  put (panel, 0, row, name, FALSE);
  put (panel, 1, row, here, TRUE);
  put (panel, 2, row, others, TRUE);
}

static void
put_values (ScopeSelectionPanel *panel, int *row, const Answer *answer)
{
  const char *const names[] = { _("mean"), _("standard deviation"), _("median") };

  for (gint i = 0; i < 3 && answer->has_values; i++)
    {
      double numbers[2];
      for (gint side = 0; side < 2; side++)
        numbers[side] = i == 0 ? answer->values[side].mean : i == 1 ? answer->values[side].sd : answer->values[side].median;
      g_autofree char *name = g_strdup_printf ("%s, %s", answer->title, names[i]);
      g_autofree char *here = dup_number (answer, numbers[0]), *others = dup_number (answer, numbers[1]);
      put_row (panel, (*row)++, name, here, others);
    }
}

static void
deliver (gpointer data, gpointer owner)
{
  ScopeSelectionPanel *panel = owner;
  Answer *answer = data;
  GtkWidget *child;
  int row = 0;

  while ((child = gtk_widget_get_first_child (panel->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (panel->grid), child);
  put_row (panel, row++, "", _("selected"), _("others"));
  g_autofree char *n_here = g_strdup_printf ("%'d", (int) answer->n[0]), *n_others = g_strdup_printf ("%'d", (int) answer->n[1]);
  put_row (panel, row++, _("spots"), n_here, n_others);
  put_values (panel, &row, answer);
  for (gint i = 0; i < answer->n_top; i++)
    {
      g_autofree char *here = g_strdup_printf ("%.1f %%", 100.0 * answer->top[i][0]);
      g_autofree char *others = isnan (answer->top[i][1]) ? g_strdup ("–") : g_strdup_printf ("%.1f %%", 100.0 * answer->top[i][1]);
      put_row (panel, row++, answer->top_names[i], here, others);
    }
  gtk_stack_set_visible_child_name (GTK_STACK (panel->stack), "table");
  answer_free (answer);
}

static const ScopeWorkerFuncs funcs = {
  .name = "selection",
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

static void
scope_selection_panel_refresh (ScopePlotPanel *base, guint changes)
{
  ScopeSelectionPanel *panel = SCOPE_SELECTION_PANEL (base);
  ScopeDocument *document = scope_plot_panel_get_document (base);
  ScopeSelection *selection = scope_document_get_selection (document);
  ScopeColouring *colouring = scope_plot_panel_get_colouring (base);
  SmoothOutcome *outcome = scope_document_get_outcome (document);

  gtk_widget_set_sensitive (panel->make_region, selection != NULL);
  gtk_widget_set_sensitive (panel->copy, selection != NULL);
  gtk_widget_set_sensitive (panel->invert, selection != NULL);
  gtk_widget_set_sensitive (panel->clear, selection != NULL);
  if (selection == NULL || colouring == NULL)
    {
      gtk_stack_set_visible_child_name (GTK_STACK (panel->stack), "missing");
      return;
    }
  if (!(changes & (SCOPE_CHANGED_SECTION | SCOPE_CHANGED_SELECTION | SCOPE_CHANGED_OUTCOME | SCOPE_PLOT_CHANGED_COLOURS)))
    return;
  Request *request = g_new0 (Request, 1);
  request->colouring = scope_colouring_ref (colouring);
  request->selection = scope_selection_ref (selection);
  request->outcome = outcome != NULL ? smooth_outcome_ref (outcome) : NULL;
  scope_worker_request (panel->worker, request, 1.0);
}

static ScopeDocument *
document_of (ScopeSelectionPanel *panel)
{
  return scope_plot_panel_get_document (SCOPE_PLOT_PANEL (panel));
}

static void
on_make_region (ScopeSelectionPanel *panel)
{
  ScopeSelection *selection = scope_document_get_selection (document_of (panel));

  if (selection != NULL)
    scope_region_of_spots (document_of (panel), scope_selection_get_flags (selection));
}

/* One barcode a line. */
static void
on_copy (ScopeSelectionPanel *panel)
{
  const ScopeSelection *selection = scope_document_get_selection (document_of (panel));
  const SmoothSection *section = scope_document_get_section (document_of (panel));
  GString *text = g_string_new (NULL);

  for (gint64 i = 0; selection != NULL && i < selection->n_spots; i++)
    if (scope_selection_has (selection, i))
      g_string_append_printf (text, "%s\n", section->barcodes[i]);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (panel)), text->str);
  g_string_free (text, TRUE);
}

/* All spots on the tissue that were not. */
static void
on_invert (ScopeSelectionPanel *panel)
{
  const ScopeSelection *before = scope_document_get_selection (document_of (panel));
  const SmoothSection *section = scope_document_get_section (document_of (panel));
  guint8 *flags = g_malloc0 ((gsize) MAX (section->n_spots, 1));

  for (gint64 i = 0; i < section->n_spots; i++)
    flags[i] = (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) != 0 && !scope_selection_has (before, i);
  ScopeSelection *selection = scope_selection_new (flags, section->n_spots);
  scope_document_set_selection (document_of (panel), selection);
  g_clear_pointer (&selection, scope_selection_unref);
}

static void
on_clear (ScopeSelectionPanel *panel)
{
  scope_document_set_selection (document_of (panel), NULL);
}

static GtkWidget *
add_button (ScopeSelectionPanel *panel, const char *label, const char *tip, GCallback func)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_tooltip_text (button, tip);
  g_signal_connect_swapped (button, "clicked", func, panel);
  scope_plot_panel_add_option (SCOPE_PLOT_PANEL (panel), button);
  return button;
}

static void
scope_selection_panel_dispose (GObject *object)
{
  g_clear_pointer (&SCOPE_SELECTION_PANEL (object)->worker, scope_worker_free);
  G_OBJECT_CLASS (scope_selection_panel_parent_class)->dispose (object);
}

static void
scope_selection_panel_class_init (ScopeSelectionPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_selection_panel_dispose;
  SCOPE_PLOT_PANEL_CLASS (klass)->refresh = scope_selection_panel_refresh;
}

static void
scope_selection_panel_init (ScopeSelectionPanel *panel)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  scope_help_set_place (GTK_WIDGET (panel), "selection");
  panel->worker = scope_worker_new (&funcs, panel);
  panel->make_region = add_button (panel, _("Make region"), _("Make a region of the selected spots"), G_CALLBACK (on_make_region));
  panel->copy = add_button (panel, _("Copy barcodes"), _("Copy the barcodes of the selected spots, one a line"), G_CALLBACK (on_copy));
  panel->invert = add_button (panel, _("Invert"), _("Select all spots on the tissue that are not selected"), G_CALLBACK (on_invert));
  panel->clear = add_button (panel, _("Clear"), _("Select no spot (Esc)"), G_CALLBACK (on_clear));
  panel->grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (panel->grid), 14);
  gtk_grid_set_row_spacing (GTK_GRID (panel->grid), 2);
  gtk_widget_add_css_class (panel->grid, "plot-table");
  panel->missing = gtk_label_new (_("Click a spot, or drag over a plot, to select spots; hold Shift to add to them"));
  gtk_label_set_wrap (GTK_LABEL (panel->missing), TRUE);
  gtk_label_set_justify (GTK_LABEL (panel->missing), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (panel->missing, "dim-label");
  panel->stack = gtk_stack_new ();
  gtk_widget_set_vexpand (panel->stack, TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), panel->grid);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_stack_add_named (GTK_STACK (panel->stack), panel->missing, "missing");
  gtk_stack_add_named (GTK_STACK (panel->stack), scroller, "table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->grid), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Selected spots beside all others"), -1);
  scope_plot_panel_set_content (SCOPE_PLOT_PANEL (panel), panel->stack);
}

GtkWidget *
scope_selection_panel_new (void)
{
  return g_object_new (SCOPE_TYPE_SELECTION_PANEL, NULL);
}
