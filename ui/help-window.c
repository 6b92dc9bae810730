/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list shows which page is read; what was read before is a stack of pages. */
#include "help-window.h"

#include "help-markdown.h"
#include "help-pages.h"
#include "help-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define HEADING_GAP 12.0 /* logical pixels above a heading that was asked for */

struct _ScopeHelpWindow
{
  GtkWindow parent_instance;
  GtkWidget *search, *list, *none, *page, *back;
  char *folder;
  GPtrArray *pages;             /* of ScopeHelpPage */
  const ScopeHelpPage *current; /* NULL: none is installed */
  GPtrArray *visited;           /* of pages, not owned: the last one is where Back goes */
};

G_DEFINE_FINAL_TYPE (ScopeHelpWindow, scope_help_window, GTK_TYPE_WINDOW)

static const ScopeHelpPage *
page_of (ScopeHelpWindow *window, GtkListBoxRow *row)
{
  return window->pages->pdata[gtk_list_box_row_get_index (row)];
}

static gboolean on_link (GtkLabel *label, const char *address, ScopeHelpWindow *window);

static void
show_widget (ScopeHelpWindow *window, GtkWidget *widget)
{
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (window->page));
  GtkWidget *viewport = gtk_viewport_new (NULL, NULL), *focus = gtk_window_get_focus (GTK_WINDOW (window));

  /* The keyboard stays in the page when the link that it was on goes. */
  if (focus != NULL && gtk_widget_is_ancestor (focus, window->page))
    gtk_widget_grab_focus (window->page);

  /* Pictures keep their height: their smallest one is nothing. */
  gtk_scrollable_set_vscroll_policy (GTK_SCROLLABLE (viewport), GTK_SCROLL_NATURAL);
  gtk_viewport_set_child (GTK_VIEWPORT (viewport), widget);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (window->page), viewport);
  gtk_adjustment_set_value (place, 0.0);
}

static void
show_page (ScopeHelpWindow *window, const ScopeHelpPage *page)
{
  if (page == window->current)
    return;
  window->current = page;
  show_widget (window, scope_help_markdown_new (page->text, window->folder, G_CALLBACK (on_link), window));
  gtk_accessible_update_property (GTK_ACCESSIBLE (window->page), GTK_ACCESSIBLE_PROPERTY_LABEL, page->title, -1);
  gtk_widget_set_sensitive (window->back, window->visited->len > 0);
  for (int i = 0; i < (int) window->pages->len; i++)
    if (window->pages->pdata[i] == page)
      gtk_list_box_select_row (GTK_LIST_BOX (window->list), gtk_list_box_get_row_at_index (GTK_LIST_BOX (window->list), i));
}

/* Shows a page that the reader chose, from which Back leads to this one. */
static void
visit (ScopeHelpWindow *window, const ScopeHelpPage *page)
{
  if (page == NULL || page == window->current)
    return;
  if (window->current != NULL)
    g_ptr_array_add (window->visited, (gpointer) window->current);
  show_page (window, page);
}

static void
go_back (ScopeHelpWindow *window)
{
  if (window->visited->len > 0)
    show_page (window, g_ptr_array_steal_index (window->visited, window->visited->len - 1));
}

typedef struct
{
  ScopeHelpWindow *window; /* owned */
  const ScopeHelpPage *page;
} Step;

static gboolean
on_step (gpointer data)
{
  Step *step = data;

  visit (step->window, step->page);
  return G_SOURCE_REMOVE;
}

static void
step_free (gpointer data)
{
  g_object_unref (((Step *) data)->window);
  g_free (data);
}

/* Links to pages stay in the window, all others are the desktop's. The label goes with its page: after it has told of the
 * link. */
static gboolean
on_link (GtkLabel *label, const char *address, ScopeHelpWindow *window)
{
  const char *end = g_strrstr (address, ".md");

  if (end == NULL || strstr (address, "://") != NULL)
    return FALSE;
  g_autofree char *name = g_strndup (address, (gsize) (end - address));
  Step *step = g_new0 (Step, 1);

  step->window = g_object_ref (window);
  step->page = scope_help_pages_find (window->pages, name);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_step, step, step_free);
  return TRUE;
}

static void
on_row (ScopeHelpWindow *window, GtkListBoxRow *row)
{
  if (row != NULL)
    visit (window, page_of (window, row));
}

/* Rows of other pages are hidden, not filtered: the accessibility bus hears of that. */
static void
on_search (ScopeHelpWindow *window)
{
  const char *words = gtk_editable_get_text (GTK_EDITABLE (window->search));
  gboolean is_found = FALSE;
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (window->list), i)) != NULL; i++)
    {
      gboolean holds = scope_help_page_holds (page_of (window, row), words);

      gtk_widget_set_visible (GTK_WIDGET (row), holds);
      is_found = is_found || holds;
    }
  gtk_widget_set_visible (window->none, window->pages->len > 0 && !is_found);
}

/* Enter opens the first page with the words in its title, or else anywhere. */
static void
on_search_done (ScopeHelpWindow *window)
{
  const char *words = gtk_editable_get_text (GTK_EDITABLE (window->search));
  const ScopeHelpPage *chosen = NULL;

  for (guint i = 0; i < window->pages->len; i++)
    {
      const ScopeHelpPage *page = window->pages->pdata[i];

      if (scope_help_page_is_titled (page, words))
        {
          chosen = page;
          break;
        }
      if (chosen == NULL && scope_help_page_holds (page, words))
        chosen = page;
    }
  visit (window, chosen);
}

/* Escape clears the search, then closes the window. */
static void
on_search_stop (ScopeHelpWindow *window)
{
  if (*gtk_editable_get_text (GTK_EDITABLE (window->search)) != '\0')
    gtk_editable_set_text (GTK_EDITABLE (window->search), "");
  else
    gtk_window_close (GTK_WINDOW (window));
}

static void
fill_list (ScopeHelpWindow *window)
{
  for (guint i = 0; i < window->pages->len; i++)
    {
      const ScopeHelpPage *page = window->pages->pdata[i];
      GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", page->title, "xalign", 0.0, "wrap", TRUE, NULL);
      GtkWidget *row = gtk_list_box_row_new ();

      gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, page->title, -1);
      gtk_list_box_append (GTK_LIST_BOX (window->list), row);
    }
}

static void
show_nothing (ScopeHelpWindow *window)
{
  g_autofree char *words =
      g_strdup_printf (_ ("The pages of help are not installed: there are none in the folder %s."), window->folder);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", words, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR, NULL);

  gtk_widget_add_css_class (label, "help-page");
  show_widget (window, label);
}

/* The pages are read once for each window. It closes with the last other window: see ScopeApp. */
GtkWidget *
scope_help_window_new (GtkApplication *application)
{
  return g_object_new (SCOPE_TYPE_HELP_WINDOW, "application", application, NULL);
}

/* A heading of the page that is shown, or NULL. */
static GtkWidget *
find_heading (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_has_css_class (widget, "help-heading") && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_heading (child, text);
      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Once the page has its size: the heading comes to the top. */
static gboolean
on_tick (GtkWidget *page, GdkFrameClock *clock, gpointer data)
{
  GtkWidget *heading = find_heading (page, data), *viewport = gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (page));
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (page));
  double x, y;

  if (heading == NULL)
    return G_SOURCE_REMOVE;
  if (gtk_widget_get_height (heading) == 0 || gtk_adjustment_get_upper (place) <= 1.0
      || !gtk_widget_translate_coordinates (heading, viewport, 0.0, 0.0, &x, &y))
    return G_SOURCE_CONTINUE;
  gtk_adjustment_set_value (place, gtk_adjustment_get_value (place) + y - HEADING_GAP);
  return G_SOURCE_REMOVE;
}

/* Shows the page of that name, 'NAME' or 'NAME#HEADING' with the English heading; stays where it is where there is none. */
void
scope_help_window_show_page (ScopeHelpWindow *window, const char *name)
{
  const char *mark = strchr (name, '#');
  g_autofree char *page = mark != NULL ? g_strndup (name, (gsize) (mark - name)) : g_strdup (name);

  visit (window, scope_help_pages_find (window->pages, page));
  if (mark != NULL)
    gtk_widget_add_tick_callback (window->page, on_tick, g_strdup (scope_help_text_say (mark + 1)), g_free);
}

static gboolean
on_back_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  go_back (SCOPE_HELP_WINDOW (widget));
  return TRUE;
}

static gboolean
on_find_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  return gtk_widget_grab_focus (SCOPE_HELP_WINDOW (widget)->search);
}

static void
scope_help_window_finalize (GObject *object)
{
  ScopeHelpWindow *window = SCOPE_HELP_WINDOW (object);

  g_free (window->folder);
  g_ptr_array_unref (window->visited);
  g_ptr_array_unref (window->pages);
  G_OBJECT_CLASS (scope_help_window_parent_class)->finalize (object);
}

static void
scope_help_window_class_init (ScopeHelpWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = scope_help_window_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/smoothscope/Smoothscope/help-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeHelpWindow, search);
  gtk_widget_class_bind_template_child (widget_class, ScopeHelpWindow, list);
  gtk_widget_class_bind_template_child (widget_class, ScopeHelpWindow, none);
  gtk_widget_class_bind_template_child (widget_class, ScopeHelpWindow, page);
  gtk_widget_class_bind_template_child (widget_class, ScopeHelpWindow, back);
  gtk_widget_class_bind_template_callback (widget_class, go_back);
  gtk_widget_class_bind_template_callback (widget_class, on_row);
  gtk_widget_class_bind_template_callback (widget_class, on_search);
  gtk_widget_class_bind_template_callback (widget_class, on_search_done);
  gtk_widget_class_bind_template_callback (widget_class, on_search_stop);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, GDK_ALT_MASK, on_back_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_f, GDK_CONTROL_MASK, on_find_key, NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
scope_help_window_init (ScopeHelpWindow *window)
{
  window->folder = scope_help_dup_folder ();
  window->pages = scope_help_pages_read (window->folder);
  window->visited = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (window));
  fill_list (window);
  if (window->pages->len > 0)
    show_page (window, window->pages->pdata[0]);
  else
    show_nothing (window);
}
