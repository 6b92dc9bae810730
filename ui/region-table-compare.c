/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker tests; every choice, every newer outcome and, where it is one of the groups, every selection asks for it anew. */
#include "region-table-compare.h"

#include "access.h"
#include "help-topic.h"
#include "dialogs.h"
#include "number-table.h"
#include "worker.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_COLUMNS 11
#define P_SPATIAL 5 /* of the columns that are shown: what rows are sorted by */
#define P_PLAIN 8
#define SIGNIFICANT 0.05

/* Groups of spots that are no region, beside the numbers of those. */
typedef enum
{
  GROUP_OUTSIDE = -1,
  GROUP_OTHERS = -2,
  GROUP_SELECTED = -3,
} Group;

typedef enum
{
  WHAT_GENES,
  WHAT_TYPES,
} What;

typedef struct
{
  SmoothOutcome *outcome;
  ScopeSelection *selection; /* (nullable) */
  gint64 a, b;               /* regions, or Group */
  What what;
  char **genes;              /* names; none: all that are found */
} Request;

typedef struct
{
  SmoothOutcome *outcome;
  What what;
  SmoothComparison *comparison; /* NULL: an error */
  char **names;
  gint32 *genes;             /* (nullable): of the section */
  gint64 n_unknown;          /* names that are no genes */
  GError *error;
} Answer;

struct _ScopeRegionCompare
{
  GtkWindow parent_instance;
  GtkWidget *a, *b, *what, *genes, *search, *state, *cancel, *copy, *save, *table;
  ScopeDocument *document;
  ScopeWorker *worker;
  Answer *shown;
  gint64 *groups_a, *groups_b; /* what the lines of the lists stand for */
  gboolean is_updating;
  gboolean is_sorted;          /* rows were sorted once: the user's order stays */
};

G_DEFINE_FINAL_TYPE (ScopeRegionCompare, scope_region_compare, GTK_TYPE_WINDOW)

static void
request_free (gpointer data)
{
  Request *request = data;

  smooth_outcome_unref (request->outcome);
  g_clear_pointer (&request->selection, scope_selection_unref);
  g_strfreev (request->genes);
  g_free (request);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  smooth_outcome_unref (answer->outcome);
  smooth_comparison_unref (answer->comparison);
  g_strfreev (answer->names);
  g_free (answer->genes);
  g_clear_error (&answer->error);
  g_free (answer);
}

/* ---- On the worker's thread ---- */

static gboolean
is_in (const Request *request, gint64 group, gint64 s)
{
  if (group == GROUP_SELECTED)
    return scope_selection_has (request->selection, request->outcome->spots[s]);
  return request->outcome->labels[s] == group || (group == GROUP_OUTSIDE && request->outcome->labels[s] < 0);
}

/* A spot that is in both is in the first. */
static guint8 *
dup_groups (const Request *request)
{
  guint8 *groups = g_new0 (guint8, MAX (request->outcome->n_spots, 1));

  for (gint64 s = 0; s < request->outcome->n_spots; s++)
    if (is_in (request, request->a, s))
      groups[s] = SMOOTH_GROUP_A;
    else if (request->b == GROUP_OTHERS || is_in (request, request->b, s))
      groups[s] = SMOOTH_GROUP_B;
  return groups;
}

static int
compare_numbers (const void *a, const void *b)
{
  gint32 x = *(const gint32 *) a, y = *(const gint32 *) b;

  return (x > y) - (x < y);
}

/* The named genes, ascending and each once. */
static gint32 *
find_genes (const Request *request, Answer *answer, gint64 *n_genes)
{
  const SmoothSection *section = request->outcome->inputs.section;
  gint32 *genes = g_new (gint32, g_strv_length (request->genes) + 1);
  gint64 n = 0, n_found = 0;

  for (gsize i = 0; request->genes[i] != NULL; i++)
    {
      gint64 gene = smooth_section_find_gene (section, request->genes[i]);
      if (gene >= 0)
        genes[n_found++] = (gint32) gene;
      else
        answer->n_unknown++;
    }
  qsort (genes, (gsize) n_found, sizeof *genes, compare_numbers);
  for (gint64 i = 0; i < n_found; i++)
    if (i == 0 || genes[i] != genes[i - 1])
      genes[n++] = genes[i];
  *n_genes = n;
  return genes;
}

static void
compare_genes (const Request *request, Answer *answer, const guint8 *groups, SmoothRun *run)
{
  gint64 n_genes;

  answer->genes = request->genes[0] != NULL ? find_genes (request, answer, &n_genes)
                                            : smooth_outcome_dup_found_genes (request->outcome, groups, &n_genes);
  answer->names = smooth_section_dup_gene_labels (request->outcome->inputs.section, answer->genes, n_genes);
  answer->comparison = smooth_outcome_compare_genes (request->outcome, groups, answer->genes, n_genes, run, &answer->error);
}

static void
work (ScopeWorker *worker, gpointer data, SmoothRun *run, gpointer state)
{
  const Request *request = data;
  g_autofree guint8 *groups = dup_groups (request);
  Answer *answer = g_new0 (Answer, 1);

  answer->outcome = smooth_outcome_ref (request->outcome);
  answer->what = request->what;
  if (request->what == WHAT_GENES)
    compare_genes (request, answer, groups, run);
  else
    {
      answer->comparison = smooth_outcome_compare_types (request->outcome, groups, run, &answer->error);
      answer->names = request->outcome->result != NULL ? g_strdupv (request->outcome->result->type_names) : g_new0 (char *, 1);
    }
  scope_worker_publish (worker, answer);
}

/* ---- On the main loop ---- */

static gint64
count_below (const double *q, gint64 n)
{
  gint64 n_below = 0;

  for (gint64 i = 0; i < n; i++)
    n_below += q[i] < SIGNIFICANT;
  return n_below;
}

static void
show_state (ScopeRegionCompare *window)
{
  const SmoothComparison *comparison = window->shown->comparison;
  SmoothReportLevel level;
  GString *text = g_string_new (NULL);
  gint n = (gint) comparison->n_variables;

  g_string_append_printf (text, _("%'d and %'d spots. "), (int) comparison->n_a, (int) comparison->n_b);
  if (n > 0 && !isnan (comparison->q_spatial[0]))
    g_string_append_printf (text, _("%'d of %'d differ (q below 0.05) for spots as alike as the prior says; %'d as if spots were independent."),
                            (int) count_below (comparison->q_spatial, n), n, (int) count_below (comparison->q, n));
  else
    g_string_append_printf (text, _("%'d of %'d differ (q below 0.05) as if spots were independent, which they are not."),
                            (int) count_below (comparison->q, n), n);
  if (window->shown->n_unknown > 0)
    g_string_append_printf (text, ngettext (" %d name is no gene of the section.", " %d names are no genes of the section.",
                                            (gulong) window->shown->n_unknown),
                            (int) window->shown->n_unknown);
  for (guint i = 0; i < smooth_report_get_n_lines (comparison->report); i++)
    g_string_append_printf (text, " %s.", smooth_report_get_line (comparison->report, i, &level));
  gtk_label_set_text (GTK_LABEL (window->state), text->str);
  g_string_free (text, TRUE);
}

static void
fill (ScopeRegionCompare *window)
{
  const SmoothComparison *c = window->shown->comparison;
  ScopeNumberFormat format = window->shown->what == WHAT_TYPES ? SCOPE_NUMBER_SHARE : SCOPE_NUMBER_PLAIN;
  const ScopeNumberColumn columns[N_COLUMNS] = {
    { _("Mean"), NULL, format },           { _("Mean, other"), NULL, format },      { _("Difference"), NULL, format },
    { _("Effect (95 %)"), NULL, SCOPE_NUMBER_LIMITED }, { NULL, NULL, SCOPE_NUMBER_LIMIT }, { NULL, NULL, SCOPE_NUMBER_LIMIT },
    { _("p, alike"), NULL, SCOPE_NUMBER_P }, { _("q, alike"), NULL, SCOPE_NUMBER_P }, { _("n effective"), NULL, SCOPE_NUMBER_COUNT },
    { _("p, independent"), NULL, SCOPE_NUMBER_P }, { _("q, independent"), NULL, SCOPE_NUMBER_P },
  };
  const double *numbers[N_COLUMNS] = { c->mean_a, c->mean_b, c->difference, c->effect, c->effect_low, c->effect_high,
                                       c->p_spatial, c->q_spatial, c->n_effective, c->p, c->q };
  g_autofree double *values = g_new (double, MAX (c->n_variables * N_COLUMNS, 1));

  for (gint64 v = 0; v < c->n_variables; v++)
    for (gint k = 0; k < N_COLUMNS; k++)
      values[v * N_COLUMNS + k] = numbers[k][v];
  scope_number_table_set (SCOPE_NUMBER_TABLE (window->table), window->shown->what == WHAT_TYPES ? _("Cell type") : _("Gene"),
                          (const char *const *) window->shown->names, c->n_variables, columns, N_COLUMNS, values);
  if (!window->is_sorted && c->n_variables > 0)
    scope_number_table_sort (SCOPE_NUMBER_TABLE (window->table), isnan (c->p_spatial[0]) ? P_PLAIN : P_SPATIAL);
  window->is_sorted = TRUE;
}

static void
show_busy (ScopeRegionCompare *window, gboolean is_busy)
{
  gtk_widget_set_visible (window->cancel, is_busy);
  if (is_busy)
    gtk_label_set_text (GTK_LABEL (window->state), _("Comparing…"));
}

static void
set_usable (ScopeRegionCompare *window, gboolean is_usable)
{
  gtk_widget_set_sensitive (window->copy, is_usable);
  gtk_widget_set_sensitive (window->save, is_usable);
  gtk_widget_set_sensitive (window->table, is_usable);
}

static void
deliver (gpointer data, gpointer owner)
{
  ScopeRegionCompare *window = owner;
  Answer *answer = data;

  if (g_error_matches (answer->error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED))
    {
      answer_free (answer);
      return;
    }
  show_busy (window, FALSE);
  set_usable (window, answer->error == NULL);
  if (answer->error != NULL)
    {
      gtk_label_set_text (GTK_LABEL (window->state), answer->error->message);
      answer_free (answer);
      return;
    }
  g_clear_pointer (&window->shown, answer_free);
  window->shown = answer;
  fill (window);
  show_state (window);
}

static const ScopeWorkerFuncs funcs = {
  .name = "comparison",
  .work = work,
  .deliver = deliver,
  .request_free = request_free,
  .answer_free = answer_free,
};

static char **
split_genes (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " ,;\t\n", -1);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (gsize i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_ptr_array_add (names, g_strdup (parts[i]));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static void
ask (ScopeRegionCompare *window)
{
  SmoothOutcome *outcome = scope_document_get_outcome (window->document);
  ScopeSelection *selection = scope_document_get_selection (window->document);

  if (window->is_updating || outcome == NULL || outcome->inputs.section != scope_document_get_section (window->document))
    return;
  Request *request = g_new0 (Request, 1);
  request->outcome = smooth_outcome_ref (outcome);
  request->selection = selection != NULL ? scope_selection_ref (selection) : NULL;
  request->a = window->groups_a[MIN (gtk_drop_down_get_selected (GTK_DROP_DOWN (window->a)), g_strv_length (outcome->categories) + 1)];
  request->b = window->groups_b[MIN (gtk_drop_down_get_selected (GTK_DROP_DOWN (window->b)), g_strv_length (outcome->categories) + 2)];
  request->what = (What) gtk_drop_down_get_selected (GTK_DROP_DOWN (window->what));
  request->genes = split_genes (gtk_editable_get_text (GTK_EDITABLE (window->genes)));
  gtk_widget_set_visible (window->genes, request->what == WHAT_GENES);
  show_busy (window, TRUE);
  scope_worker_request (window->worker, request, 0.0);
}

static void
set_list (GtkWidget *list, char **categories, const char *const *rest, guint chosen)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new ((const char *const *) categories);

  for (gsize i = 0; rest[i] != NULL; i++)
    gtk_string_list_append (names, rest[i]);
  gtk_drop_down_set_model (GTK_DROP_DOWN (list), G_LIST_MODEL (names));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (list), MIN (chosen, g_list_model_get_n_items (G_LIST_MODEL (names)) - 1));
}

/* Regions, then outside, others and the selection. What was chosen stays where its place is the same. */
static void
list_groups (ScopeRegionCompare *window)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (window->document);
  const char *const rest_a[] = { _("Outside of all regions"), _("Selected spots"), NULL };
  const char *const rest_b[] = { _("Outside of all regions"), _("Selected spots"), _("All other spots"), NULL };
  guint n = outcome != NULL ? g_strv_length (outcome->categories) : 0;
  gboolean is_first = window->groups_a == NULL;
  guint a = is_first ? (n > 0 ? 0 : 1) : gtk_drop_down_get_selected (GTK_DROP_DOWN (window->a));
  guint b = is_first ? n + 2 : gtk_drop_down_get_selected (GTK_DROP_DOWN (window->b));
  char *none[] = { NULL };

  g_free (window->groups_a);
  g_free (window->groups_b);
  window->groups_a = g_new (gint64, n + 2);
  window->groups_b = g_new (gint64, n + 3);
  for (guint i = 0; i < n; i++)
    window->groups_a[i] = window->groups_b[i] = i;
  window->groups_a[n] = window->groups_b[n] = GROUP_OUTSIDE;
  window->groups_a[n + 1] = window->groups_b[n + 1] = GROUP_SELECTED;
  window->groups_b[n + 2] = GROUP_OTHERS;
  window->is_updating = TRUE;
  set_list (window->a, outcome != NULL ? outcome->categories : none, rest_a, a);
  set_list (window->b, outcome != NULL ? outcome->categories : none, rest_b, b);
  window->is_updating = FALSE;
}

static gboolean
uses_selection (ScopeRegionCompare *window)
{
  const SmoothOutcome *outcome = scope_document_get_outcome (window->document);
  guint n = outcome != NULL ? g_strv_length (outcome->categories) : 0;

  return gtk_drop_down_get_selected (GTK_DROP_DOWN (window->a)) == n + 1 || gtk_drop_down_get_selected (GTK_DROP_DOWN (window->b)) == n + 1;
}

static void
on_changed (ScopeRegionCompare *window, guint changes)
{
  gboolean has_outcome = (changes & SCOPE_CHANGED_OUTCOME) && !scope_document_is_busy (window->document);

  if (has_outcome)
    list_groups (window);
  if (has_outcome || ((changes & SCOPE_CHANGED_SELECTION) && uses_selection (window)))
    ask (window);
}

/* ---- What can be done with it ---- */

/* A row that is activated colours the section. */
static void
on_activated (ScopeNumberTable *table, guint row, ScopeRegionCompare *window)
{
  ScopeLook look = *scope_document_get_look (window->document);
  const Answer *shown = window->shown;

  if (shown == NULL || shown->outcome->inputs.section != scope_document_get_section (window->document))
    return;
  look.colours.limits = SMOOTH_LIMITS_AUTO;
  if (shown->what == WHAT_TYPES)
    {
      look.by = SCOPE_BY_TYPE;
      look.type = row;
    }
  else
    {
      look.by = SCOPE_BY_GENE;
      look.gene = shown->genes[row];
    }
  scope_document_set_look (window->document, &look);
}

static void
on_search (ScopeRegionCompare *window)
{
  scope_number_table_search (SCOPE_NUMBER_TABLE (window->table), gtk_editable_get_text (GTK_EDITABLE (window->search)));
}

static const char *
corner_of (const Answer *shown)
{
  return shown->what == WHAT_TYPES ? "type" : "gene";
}

static void
on_copy (ScopeRegionCompare *window)
{
  if (window->shown == NULL)
    return;
  g_autofree char *text
    = smooth_comparison_dup_text (window->shown->comparison, corner_of (window->shown), (const char *const *) window->shown->names, '\t');
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (window)), text);
}

static void
on_path (const char *path, gpointer data)
{
  g_autoptr (ScopeRegionCompare) window = data;
  g_autoptr (GError) error = NULL;

  if (path == NULL || window->shown == NULL)
    return;
  smooth_export_comparison (window->shown->comparison, corner_of (window->shown), (const char *const *) window->shown->names, path, &error);
  g_autofree char *text = error != NULL ? g_strdup (error->message) : g_strdup_printf (_("The table was saved as %s."), path);
  gtk_label_set_text (GTK_LABEL (window->state), text);
}

static void
on_save (ScopeRegionCompare *window)
{
  scope_dialog_save (GTK_WINDOW (window), _("Save comparison"), "comparison.csv", on_path, g_object_ref (window));
}

static void
on_cancel (ScopeRegionCompare *window)
{
  scope_worker_cancel (window->worker);
  show_busy (window, FALSE);
  gtk_label_set_text (GTK_LABEL (window->state), _("Cancelled. Any choice above compares again."));
}

/* ---- The window ---- */

static GtkWidget *
choices_new (ScopeRegionCompare *window)
{
  const char *const whats[] = { _("Genes"), _("Cell types"), NULL };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  window->a = gtk_drop_down_new (NULL, NULL);
  window->b = gtk_drop_down_new (NULL, NULL);
  window->what = gtk_drop_down_new_from_strings (whats);
  window->genes = gtk_entry_new ();
  scope_access_name (window->a, _("First group of spots"));
  scope_access_name (window->b, _("Other group of spots"));
  scope_access_name (window->what, _("What to compare"));
  scope_access_name (window->genes, _("Genes to compare"));
  gtk_entry_set_placeholder_text (GTK_ENTRY (window->genes), _("All genes that are found, or names"));
  gtk_widget_set_hexpand (window->genes, TRUE);
  gtk_box_append (GTK_BOX (box), window->a);
  gtk_box_append (GTK_BOX (box), gtk_label_new (_("against")));
  gtk_box_append (GTK_BOX (box), window->b);
  gtk_box_append (GTK_BOX (box), gtk_label_new (_("in")));
  gtk_box_append (GTK_BOX (box), window->what);
  gtk_box_append (GTK_BOX (box), window->genes);
  g_signal_connect_swapped (window->a, "notify::selected", G_CALLBACK (ask), window);
  g_signal_connect_swapped (window->b, "notify::selected", G_CALLBACK (ask), window);
  g_signal_connect_swapped (window->what, "notify::selected", G_CALLBACK (ask), window);
  g_signal_connect_swapped (window->genes, "activate", G_CALLBACK (ask), window);
  return box;
}

static GtkWidget *
button_new (ScopeRegionCompare *window, const char *label, GCallback func)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  g_signal_connect_swapped (button, "clicked", func, window);
  return button;
}

static GtkWidget *
tools_new (ScopeRegionCompare *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  window->search = gtk_search_entry_new ();
  window->state = gtk_label_new (NULL);
  window->cancel = button_new (window, _("Cancel"), G_CALLBACK (on_cancel));
  window->copy = button_new (window, _("Copy"), G_CALLBACK (on_copy));
  window->save = button_new (window, _("Save…"), G_CALLBACK (on_save));
  scope_access_name (window->search, _("Search by name"));
  gtk_label_set_wrap (GTK_LABEL (window->state), TRUE);
  gtk_label_set_xalign (GTK_LABEL (window->state), 0.0f);
  gtk_widget_set_hexpand (window->state, TRUE);
  gtk_widget_set_valign (window->search, GTK_ALIGN_START);
  gtk_widget_set_valign (window->cancel, GTK_ALIGN_START);
  gtk_widget_set_valign (window->copy, GTK_ALIGN_START);
  gtk_widget_set_valign (window->save, GTK_ALIGN_START);
  g_signal_connect_swapped (window->search, "search-changed", G_CALLBACK (on_search), window);
  gtk_box_append (GTK_BOX (box), window->search);
  gtk_box_append (GTK_BOX (box), window->state);
  gtk_box_append (GTK_BOX (box), window->cancel);
  gtk_box_append (GTK_BOX (box), window->copy);
  gtk_box_append (GTK_BOX (box), window->save);
  return box;
}

static GtkWidget *
words_new (void)
{
  GtkWidget *label
    = gtk_label_new (_("Effect: Cliff’s delta (rank-biserial correlation) with limits of 95 %: +1 means that every spot of the first group has more "
                       "than every spot of the other, −1 less. p: Wilcoxon’s rank-sum test; q: after Benjamini and Hochberg. Neighbouring spots "
                       "are not independent: the columns “alike” count as many independent spots as the correlation of the prior leaves "
                       "(n effective). Report those. A double click on a row colours the section by it."));

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_widget_add_css_class (label, "dim-label");
  return label;
}

static void
scope_region_compare_dispose (GObject *object)
{
  ScopeRegionCompare *window = SCOPE_REGION_COMPARE (object);

  g_clear_pointer (&window->worker, scope_worker_free);
  g_clear_pointer (&window->shown, answer_free);
  g_clear_pointer (&window->groups_a, g_free);
  g_clear_pointer (&window->groups_b, g_free);
  g_clear_object (&window->document);
  G_OBJECT_CLASS (scope_region_compare_parent_class)->dispose (object);
}

static void
scope_region_compare_class_init (ScopeRegionCompareClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_region_compare_dispose;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
scope_region_compare_init (ScopeRegionCompare *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);

  scope_help_set_place (GTK_WIDGET (window), "region-comparison");
  window->worker = scope_worker_new (&funcs, window);
  window->is_updating = TRUE;
  window->table = scope_number_table_new (_("Comparison"));
  gtk_window_set_title (GTK_WINDOW (window), _("Compare regions"));
  gtk_window_set_default_size (GTK_WINDOW (window), 980, 600);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  gtk_widget_add_css_class (box, "compare-window");
  gtk_box_append (GTK_BOX (box), choices_new (window));
  gtk_box_append (GTK_BOX (box), tools_new (window));
  gtk_box_append (GTK_BOX (box), window->table);
  gtk_box_append (GTK_BOX (box), words_new ());
  gtk_window_set_child (GTK_WINDOW (window), box);
  g_signal_connect (window->table, "activated", G_CALLBACK (on_activated), window);
  set_usable (window, FALSE);
  window->is_updating = FALSE;
}

/* Begins at once to compare the first region with all other spots. */
GtkWidget *
scope_region_compare_new (GtkWindow *parent, ScopeDocument *document)
{
  ScopeRegionCompare *window = g_object_new (SCOPE_TYPE_REGION_COMPARE, "transient-for", parent, NULL);

  window->document = g_object_ref (document);
  g_signal_connect_object (document, "changed", G_CALLBACK (on_changed), window, G_CONNECT_SWAPPED);
  list_groups (window);
  ask (window);
  return GTK_WIDGET (window);
}
