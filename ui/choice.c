/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Name and detail of a line; the detail may change while the line is on the screen. */
#include "choice.h"

struct _ScopeChoice
{
  GObject parent_instance;
  gint64 index;  /* of the gene or type; negative: all of them */
  gint64 colour; /* 0xRRGGBB, or negative: none */
  char *name;
  char *detail;
};

G_DEFINE_FINAL_TYPE (ScopeChoice, scope_choice, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_DETAIL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

ScopeChoice *
scope_choice_new (gint64 index, const char *name, gint64 colour)
{
  ScopeChoice *choice = g_object_new (SCOPE_TYPE_CHOICE, NULL);

  choice->index = index;
  choice->colour = colour;
  choice->name = g_strdup (name);
  return choice;
}

gint64
scope_choice_get_index (ScopeChoice *choice)
{
  return choice->index;
}

const char *
scope_choice_get_name (ScopeChoice *choice)
{
  return choice->name;
}

void
scope_choice_set_detail (ScopeChoice *choice, const char *detail)
{
  if (g_strcmp0 (choice->detail, detail) == 0)
    return;
  g_free (choice->detail);
  choice->detail = g_strdup (detail);
  g_object_notify_by_pspec (G_OBJECT (choice), props[PROP_DETAIL]);
}

static void
scope_choice_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_DETAIL)
    g_value_set_string (value, SCOPE_CHOICE (object)->detail);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
scope_choice_finalize (GObject *object)
{
  g_free (SCOPE_CHOICE (object)->name);
  g_free (SCOPE_CHOICE (object)->detail);
  G_OBJECT_CLASS (scope_choice_parent_class)->finalize (object);
}

static void
scope_choice_class_init (ScopeChoiceClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = scope_choice_get_property;
  G_OBJECT_CLASS (klass)->finalize = scope_choice_finalize;
  props[PROP_DETAIL] = g_param_spec_string ("detail", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, props);
}

static void
scope_choice_init (ScopeChoice *choice)
{
}

/* The lines on the screen */

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = gtk_label_new (NULL), *detail = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (detail, "dim-label");
  gtk_widget_add_css_class (detail, "numeric");
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), detail);
  gtk_list_item_set_child (item, box);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item)
{
  ScopeChoice *choice = gtk_list_item_get_item (item);
  GtkWidget *name = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *detail = gtk_widget_get_last_child (gtk_list_item_get_child (item));
  g_autofree char *markup = choice->colour < 0
                                ? g_markup_escape_text (choice->name, -1)
                                : g_markup_printf_escaped ("<span foreground=\"#%06x\">●</span>  %s", (guint) choice->colour,
                                                           choice->name);

  gtk_label_set_markup (GTK_LABEL (name), markup);
  gtk_widget_set_tooltip_text (name, choice->name);
  g_object_set_data_full (G_OBJECT (item), "detail",
                          g_object_bind_property (choice, "detail", detail, "label", G_BINDING_SYNC_CREATE), NULL);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *item)
{
  GBinding *binding = g_object_steal_data (G_OBJECT (item), "detail");

  if (binding != NULL)
    g_binding_unbind (binding);
}

GtkListItemFactory *
scope_choice_factory_new (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  return factory;
}
