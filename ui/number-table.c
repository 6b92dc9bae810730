/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are numbers of lines of one shared block; text is made for those lines alone that can be seen. */
#include "number-table.h"

#include <math.h>
#include <string.h>

typedef struct
{
  char **names;    /* n_rows */
  char **folded;   /* n_rows: for searching */
  gint64 n_rows;
  gint n_columns;
  ScopeNumberFormat *formats; /* n_columns */
  double *values;  /* n_rows x n_columns, row-major */
} Block;

#define SCOPE_TYPE_NUMBER_ROW (scope_number_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeNumberRow, scope_number_row, SCOPE, NUMBER_ROW, GObject)

struct _ScopeNumberRow
{
  GObject parent_instance;
  Block *block; /* one reference of g_rc_box */
  gint64 row;
};

G_DEFINE_FINAL_TYPE (ScopeNumberRow, scope_number_row, G_TYPE_OBJECT)

struct _ScopeNumberTable
{
  GtkBox parent_instance;
  GtkWidget *view;
  GListStore *rows;
  GtkFilter *filter;
  GtkFilterListModel *filtered;
  GtkSortListModel *sorted;
  char *query; /* folded; NULL: everything */
};

G_DEFINE_FINAL_TYPE (ScopeNumberTable, scope_number_table, GTK_TYPE_BOX)

static guint activated_signal;

static void
block_clear (gpointer data)
{
  Block *block = data;

  g_strfreev (block->names);
  g_strfreev (block->folded);
  g_free (block->formats);
  g_free (block->values);
}

static void
scope_number_row_finalize (GObject *object)
{
  g_rc_box_release_full (SCOPE_NUMBER_ROW (object)->block, block_clear);
  G_OBJECT_CLASS (scope_number_row_parent_class)->finalize (object);
}

static void
scope_number_row_class_init (ScopeNumberRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = scope_number_row_finalize;
}

static void
scope_number_row_init (ScopeNumberRow *row)
{
}

static double
value_of (const ScopeNumberRow *row, gint column)
{
  return row->block->values[row->row * row->block->n_columns + column];
}

static char *
dup_text (const ScopeNumberRow *row, gint column)
{
  double value;

  if (column < 0)
    return g_strdup (row->block->names[row->row]);
  value = value_of (row, column);
  if (isnan (value))
    return g_strdup ("–");
  switch (row->block->formats[column])
    {
    case SCOPE_NUMBER_COUNT:
      return g_strdup_printf ("%'.0f", value);
    case SCOPE_NUMBER_SHARE:
      return g_strdup_printf ("%.1f %%", 100.0 * value);
    case SCOPE_NUMBER_SIGNED:
      return g_strdup_printf ("%+.3f", value);
    case SCOPE_NUMBER_LIMITED:
      return g_strdup_printf ("%+.2f (%+.2f, %+.2f)", value, value_of (row, column + 1), value_of (row, column + 2));
    case SCOPE_NUMBER_P:
      return value >= 0.001 ? g_strdup_printf ("%.3f", value) : value == 0.0 ? g_strdup ("< 1e-300") : g_strdup_printf ("%.1e", value);
    case SCOPE_NUMBER_PLAIN:
    case SCOPE_NUMBER_LIMIT:
    default:
      return g_strdup_printf ("%'.4g", value);
    }
}

static gint
column_of (gpointer object)
{
  return GPOINTER_TO_INT (g_object_get_data (object, "column"));
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);
  gboolean is_name = column_of (factory) < 0;

  gtk_label_set_xalign (GTK_LABEL (label), is_name ? 0.0f : 1.0f);
  if (is_name)
    {
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (label), 18);
    }
  else
    gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item)
{
  g_autofree char *text = dup_text (gtk_list_item_get_item (item), column_of (factory));

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

/* What is missing comes last. */
static int
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const ScopeNumberRow *x = a, *y = b;
  gint column = GPOINTER_TO_INT (data);

  if (column < 0)
    return g_utf8_collate (x->block->names[x->row], y->block->names[y->row]);
  double p = value_of (x, column), q = value_of (y, column);
  if (isnan (p) || isnan (q))
    return isnan (p) - isnan (q);
  return (p > q) - (p < q);
}

static gboolean
matches (gpointer item, gpointer data)
{
  const ScopeNumberTable *table = data;
  const ScopeNumberRow *row = item;

  return table->query == NULL || strstr (row->block->folded[row->row], table->query) != NULL;
}

static void
add_column (ScopeNumberTable *table, const char *title, gint column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) view_column = NULL;
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_rows, GINT_TO_POINTER (column), NULL));

  g_object_set_data (G_OBJECT (factory), "column", GINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  view_column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_sorter (view_column, sorter);
  gtk_column_view_column_set_resizable (view_column, TRUE);
  gtk_column_view_column_set_expand (view_column, column < 0);
  gtk_column_view_append_column (GTK_COLUMN_VIEW (table->view), view_column);
}

static void
clear_columns (ScopeNumberTable *table)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (table->view));

  for (guint n = g_list_model_get_n_items (columns); n > 0; n--)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, 0);
      gtk_column_view_remove_column (GTK_COLUMN_VIEW (table->view), column);
    }
}

/* Columns stay, with their widths and the order that was chosen, where their titles are the same. */
static void
need_columns (ScopeNumberTable *table, const char *names_title, const ScopeNumberColumn *columns, gint n_columns)
{
  GListModel *there = gtk_column_view_get_columns (GTK_COLUMN_VIEW (table->view));
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();
  gboolean are_same;

  g_ptr_array_add (titles, (gpointer) names_title);
  for (gint c = 0; c < n_columns; c++)
    if (columns[c].format != SCOPE_NUMBER_LIMIT)
      g_ptr_array_add (titles, (gpointer) columns[c].title);
  are_same = g_list_model_get_n_items (there) == titles->len;
  for (guint c = 0; c < titles->len && are_same; c++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (there, c);
      are_same = g_strcmp0 (gtk_column_view_column_get_title (column), g_ptr_array_index (titles, c)) == 0;
    }
  if (are_same)
    return;
  clear_columns (table);
  add_column (table, names_title, -1);
  for (gint c = 0; c < n_columns; c++)
    if (columns[c].format != SCOPE_NUMBER_LIMIT)
      add_column (table, columns[c].title, c);
}

/**
 * scope_number_table_set:
 * @names_title: of the first column, which holds @names
 * @values: n_rows x n_columns, row-major; NAN: missing
 *
 * Everything is copied.
 */
void
scope_number_table_set (ScopeNumberTable *table, const char *names_title, const char *const *names, gint64 n_rows,
                        const ScopeNumberColumn *columns, gint n_columns, const double *values)
{
  Block *block = g_rc_box_new0 (Block);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_full ((guint) n_rows, g_object_unref);

  block->n_rows = n_rows;
  block->n_columns = n_columns;
  block->names = g_new0 (char *, n_rows + 1);
  block->folded = g_new0 (char *, n_rows + 1);
  block->formats = g_new (ScopeNumberFormat, MAX (n_columns, 1));
  block->values = g_memdup2 (values, (gsize) MAX (n_rows * n_columns, 1) * sizeof *values);
  for (gint c = 0; c < n_columns; c++)
    block->formats[c] = columns[c].format;
  for (gint64 r = 0; r < n_rows; r++)
    {
      ScopeNumberRow *row = g_object_new (SCOPE_TYPE_NUMBER_ROW, NULL);
      row->block = g_rc_box_acquire (block);
      row->row = r;
      block->names[r] = g_strdup (names[r]);
      block->folded[r] = g_utf8_casefold (names[r], -1);
      g_ptr_array_add (rows, row);
    }
  g_list_store_remove_all (table->rows);
  need_columns (table, names_title, columns, n_columns);
  g_list_store_splice (table->rows, 0, 0, rows->pdata, rows->len);
  g_rc_box_release_full (block, block_clear);
}

/* Sorts by a column that is shown, the least first; 0: by name. */
void
scope_number_table_sort (ScopeNumberTable *table, gint column)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (table->view));
  g_autoptr (GtkColumnViewColumn) view_column = g_list_model_get_item (columns, (guint) column);

  if (view_column != NULL)
    gtk_column_view_sort_by_column (GTK_COLUMN_VIEW (table->view), view_column, GTK_SORT_ASCENDING);
}

/* Shows the rows alone whose name holds @text. */
void
scope_number_table_search (ScopeNumberTable *table, const char *text)
{
  g_autofree char *folded = g_strstrip (g_utf8_casefold (text, -1));

  g_free (table->query);
  table->query = *folded != '\0' ? g_steal_pointer (&folded) : NULL;
  gtk_filter_changed (table->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

guint
scope_number_table_get_n_shown (ScopeNumberTable *table)
{
  return g_list_model_get_n_items (G_LIST_MODEL (table->filtered));
}

/* Sorting moves rows, and the view with them: what comes first is to be seen. */
static void
on_sorting (ScopeNumberTable *table)
{
  if (gtk_sort_list_model_get_pending (table->sorted) == 0)
    gtk_adjustment_set_value (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (table->view)), 0.0);
}

static void
on_activate (GtkColumnView *view, guint position, ScopeNumberTable *table)
{
  g_autoptr (ScopeNumberRow) row = g_list_model_get_item (G_LIST_MODEL (table->sorted), position);

  if (row != NULL)
    g_signal_emit (table, activated_signal, 0, (guint) row->row);
}

static void
scope_number_table_dispose (GObject *object)
{
  ScopeNumberTable *table = SCOPE_NUMBER_TABLE (object);

  if (table->filter != NULL)
    gtk_custom_filter_set_filter_func (GTK_CUSTOM_FILTER (table->filter), NULL, NULL, NULL);
  g_clear_object (&table->filter);
  g_clear_object (&table->filtered);
  g_clear_object (&table->sorted);
  g_clear_object (&table->rows);
  g_clear_pointer (&table->query, g_free);
  G_OBJECT_CLASS (scope_number_table_parent_class)->dispose (object);
}

static void
scope_number_table_class_init (ScopeNumberTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_number_table_dispose;
  /* activated (guint row): in the order in which rows were given */
  activated_signal = g_signal_new ("activated", SCOPE_TYPE_NUMBER_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
scope_number_table_init (ScopeNumberTable *table)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  table->view = gtk_column_view_new (NULL);
  table->rows = g_list_store_new (SCOPE_TYPE_NUMBER_ROW);
  table->filter = GTK_FILTER (gtk_custom_filter_new (matches, table, NULL));
  table->filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (table->rows)), g_object_ref (table->filter));
  GtkSorter *sorter = gtk_column_view_get_sorter (GTK_COLUMN_VIEW (table->view));
  table->sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (table->filtered)), g_object_ref (sorter));
  gtk_sort_list_model_set_incremental (table->sorted, TRUE);
  g_signal_connect_object (table->sorted, "notify::pending", G_CALLBACK (on_sorting), table, G_CONNECT_SWAPPED);
  GtkSingleSelection *selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (table->sorted)));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_column_view_set_model (GTK_COLUMN_VIEW (table->view), GTK_SELECTION_MODEL (selection));
  g_object_unref (selection);
  gtk_column_view_set_show_row_separators (GTK_COLUMN_VIEW (table->view), TRUE);
  gtk_widget_add_css_class (table->view, "number-table");
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), table->view);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_widget_set_hexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (table), scroller);
  g_signal_connect (table->view, "activate", G_CALLBACK (on_activate), table);
}

/* @name: what a screen reader calls it */
GtkWidget *
scope_number_table_new (const char *name)
{
  ScopeNumberTable *table = g_object_new (SCOPE_TYPE_NUMBER_TABLE, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (table->view), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return GTK_WIDGET (table);
}
