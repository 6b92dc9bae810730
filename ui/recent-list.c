/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is filled anew whenever it is shown: other windows have opened things meanwhile. A line opens by the action win.open-path. */
#include "recent-list.h"

#include "recent.h"

#include <glib/gi18n.h>
#include <string.h>

#define PICTURE_WIDTH 56
#define PICTURE_HEIGHT 42

struct _ScopeRecentList
{
  GtkBox parent_instance;
  GtkWidget *head, *list;
};

G_DEFINE_FINAL_TYPE (ScopeRecentList, scope_recent_list, GTK_TYPE_BOX)

static GtkWidget *
picture_new (const ScopeRecent *recent)
{
  g_autoptr (GdkTexture) texture = gdk_texture_new_from_filename (recent->picture, NULL);
  GtkWidget *picture = texture != NULL ? gtk_picture_new_for_paintable (GDK_PAINTABLE (texture))
                                       : gtk_image_new_from_icon_name ("image-missing-symbolic");

  gtk_widget_set_size_request (picture, PICTURE_WIDTH, PICTURE_HEIGHT);
  gtk_widget_add_css_class (picture, "recent-picture");
  if (texture == NULL)
    gtk_widget_add_css_class (picture, "dim-label");
  return picture;
}

static GtkWidget *
label_new (const char *text, PangoEllipsizeMode ellipsize, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), ellipsize);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 44);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

/* A folder below the home folder is written with '~'. */
static char *
dup_shown_path (const char *path)
{
  const char *home = g_get_home_dir ();
  gsize length = strlen (home);

  if (length > 1 && g_str_has_prefix (path, home) && path[length] == G_DIR_SEPARATOR)
    return g_strconcat ("~", path + length, NULL);
  return g_strdup (path);
}

static GtkWidget *
row_new (const ScopeRecent *recent)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10), *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gboolean is_there = scope_recent_is_there (recent);
  g_autofree char *shown = dup_shown_path (recent->path);
  g_autofree char *missing = g_strdup_printf (_("%s (not there)"), recent->name);
  const char *name = is_there ? recent->name : missing;

  gtk_box_append (GTK_BOX (texts), label_new (name, PANGO_ELLIPSIZE_END, "heading"));
  gtk_box_append (GTK_BOX (texts), label_new (shown, PANGO_ELLIPSIZE_MIDDLE, "dim-label"));
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), picture_new (recent));
  gtk_box_append (GTK_BOX (box), texts);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_sensitive (row, is_there);
  gtk_widget_set_tooltip_text (row, recent->path);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  recent->path, -1);
  g_object_set_data_full (G_OBJECT (row), "path", g_strdup (recent->path), g_free);
  return row;
}

static void
fill (ScopeRecentList *self)
{
  g_autoptr (GPtrArray) all = scope_recent_load ();
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  for (guint i = 0; i < all->len; i++)
    gtk_list_box_append (GTK_LIST_BOX (self->list), row_new (all->pdata[i]));
  gtk_widget_set_visible (self->head, all->len > 0);
  gtk_widget_set_visible (gtk_widget_get_ancestor (self->list, GTK_TYPE_SCROLLED_WINDOW), all->len > 0);
}

/* Closes the popover that it is in, if it is in one. */
static void
on_row (ScopeRecentList *self, GtkListBoxRow *row)
{
  const char *path = g_object_get_data (G_OBJECT (row), "path");
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_POPOVER);
  g_autofree char *kept = g_strdup (path);

  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-path", "s", kept);
  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
on_clear (ScopeRecentList *self)
{
  scope_recent_clear ();
  fill (self);
}

static GtkWidget *
head_new (ScopeRecentList *self)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *label = label_new (_("Recent"), PANGO_ELLIPSIZE_NONE, "heading");
  GtkWidget *clear = gtk_button_new_with_mnemonic (_("C_lear list"));

  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (clear, "flat");
  gtk_widget_set_tooltip_text (clear, _("Forget what was open, and its pictures"));
  g_signal_connect_swapped (clear, "clicked", G_CALLBACK (on_clear), self);
  gtk_box_append (GTK_BOX (head), label);
  gtk_box_append (GTK_BOX (head), clear);
  return head;
}

static void
scope_recent_list_class_init (ScopeRecentListClass *klass)
{
}

static void
scope_recent_list_init (ScopeRecentList *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->head = head_new (self);
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "recent-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Recent"), -1);
  g_signal_connect_swapped (self->list, "row-activated", G_CALLBACK (on_row), self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 320);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  gtk_box_append (GTK_BOX (self), self->head);
  gtk_box_append (GTK_BOX (self), scroller);
  g_signal_connect (self, "map", G_CALLBACK (fill), NULL);
}
