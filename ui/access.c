/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK 4.8 gives expanders no name, and reads the mark of a mnemonic with the text; newer ones call a button by its text, a drop-down
 * list by what is chosen in it, and lines of menus by nothing. */
#include "access.h"

/* Returns: (nullable): the text of the first label in @widget */
static const char *
find_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_text (GTK_LABEL (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      const char *text = find_text (child);
      if (text != NULL)
        return text;
    }
  return NULL;
}

/* Whether the name that GTK gives @widget would have the mark of a mnemonic in it. */
static gboolean
has_mark (GtkWidget *widget)
{
  return (GTK_IS_BUTTON (widget) && gtk_button_get_use_underline (GTK_BUTTON (widget)))
         || (GTK_IS_CHECK_BUTTON (widget) && gtk_check_button_get_use_underline (GTK_CHECK_BUTTON (widget)))
         || (GTK_IS_MENU_BUTTON (widget) && gtk_menu_button_get_use_underline (GTK_MENU_BUTTON (widget)));
}

static void
name_by_text (GtkWidget *widget, GtkWidget *label)
{
  const char *text = find_text (label);

  if (text != NULL)
    scope_access_name (widget, text);
}

/* Whether @widget is the text in a line of a menu, which GTK 4.18 names by a relation to it, and hides it from that very relation. */
static gboolean
is_hidden_text (GtkWidget *widget)
{
  return GTK_IS_LABEL (widget) && gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget)) == GTK_ACCESSIBLE_ROLE_PRESENTATION
         && g_str_equal (G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)), "GtkModelButton");
}

/* Before anybody has asked for its role: it is fixed then. */
static void
show_text (GtkLabel *label)
{
  g_object_set (label, "accessible-role", GTK_ACCESSIBLE_ROLE_LABEL, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_label_get_text (label), -1);
}

/* @widget is called @name, whatever it shows. In GTK 4.18 a relation to the text of a button or of a list goes before a name: it is
 * taken away. A new text of a button brings it back. */
void
scope_access_name (GtkWidget *widget, const char *name)
{
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* Gives a name to all in @root that has a text and no name. To be called before @root is shown. */
void
scope_access_name_parts (GtkWidget *root)
{
  if (GTK_IS_EXPANDER (root))
    name_by_text (root, gtk_expander_get_label_widget (GTK_EXPANDER (root)));
  else if (has_mark (root))
    name_by_text (root, root);
  else if (is_hidden_text (root))
    show_text (GTK_LABEL (root));
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    scope_access_name_parts (child);
}

/* Shows a new window or dialog, with names. */
void
scope_access_present (GtkWindow *window)
{
  scope_access_name_parts (GTK_WIDGET (window));
  gtk_window_present (window);
}

/* @widget is called by the text of @label, whatever is chosen in it. */
void
scope_access_name_by (GtkWidget *widget, GtkWidget *label)
{
  gtk_accessible_update_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
}

static gboolean
is_open (GtkWidget *pane)
{
  return gtk_widget_get_mapped (pane) && gtk_widget_is_sensitive (pane);
}

/* The pane that has the focus, or n_panes. */
static gsize
find_focus (GtkWidget *const *panes, gsize n_panes)
{
  GtkRoot *root = gtk_widget_get_root (panes[0]);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  gsize i = 0;

  while (i < n_panes && (focus == NULL || (focus != panes[i] && !gtk_widget_is_ancestor (focus, panes[i]))))
    i++;
  return i;
}

/**
 * scope_access_focus_next:
 * @panes: in the order of the round
 *
 * Gives the keyboard to the next pane that is shown and takes it. Returns: FALSE where none does
 */
gboolean
scope_access_focus_next (GtkWidget *const *panes, gsize n_panes, gboolean forward)
{
  gsize at = find_focus (panes, n_panes);

  if (at == n_panes)
    at = forward ? n_panes - 1 : 0;
  for (gsize i = 1; i <= n_panes; i++)
    {
      GtkWidget *pane = panes[(forward ? at + i : at + n_panes - i) % n_panes];
      if (is_open (pane) && (gtk_widget_grab_focus (pane) || gtk_widget_child_focus (pane, GTK_DIR_TAB_FORWARD)))
        return TRUE;
    }
  return FALSE;
}
