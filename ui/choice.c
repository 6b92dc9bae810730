/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Name, colour and detail of a line; colour and detail may change while the line is on the screen. */
#include "choice.h"

#include "palette.h"

#include <glib/gi18n.h>

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
  PROP_COLOUR,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint colour_asked_signal;

#define SWATCH_SIZE 12

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

/* @colour: 0xRRGGBB; what is above does not count */
void
scope_choice_set_colour (ScopeChoice *choice, guint32 colour)
{
  if (choice->colour == (gint64) (colour & 0xffffff))
    return;
  choice->colour = colour & 0xffffff;
  g_object_notify_by_pspec (G_OBJECT (choice), props[PROP_COLOUR]);
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
  else if (id == PROP_COLOUR)
    g_value_set_int64 (value, SCOPE_CHOICE (object)->colour);
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
  props[PROP_COLOUR] = g_param_spec_int64 ("colour", NULL, NULL, -1, 0xffffff, -1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, props);

  /* colour-asked (GtkWidget *swatch): the user wants another colour */
  colour_asked_signal = g_signal_new ("colour-asked", SCOPE_TYPE_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                      GTK_TYPE_WIDGET);
}

static void
scope_choice_init (ScopeChoice *choice)
{
}

/* The lines on the screen */

static void
on_swatch (GtkButton *button, GtkListItem *item)
{
  ScopeChoice *choice = gtk_list_item_get_item (item);

  if (choice != NULL)
    g_signal_emit (choice, colour_asked_signal, 0, button);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *swatch = gtk_button_new ();
  GtkWidget *name = gtk_label_new (NULL), *detail = gtk_label_new (NULL);

  gtk_button_set_child (GTK_BUTTON (swatch), scope_swatch_new (SWATCH_SIZE));
  gtk_widget_add_css_class (swatch, "flat");
  gtk_widget_add_css_class (swatch, "dot");
  gtk_widget_set_valign (swatch, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (swatch, _("Choose another colour"));
  g_signal_connect (swatch, "clicked", G_CALLBACK (on_swatch), item);
  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (detail, "dim-label");
  gtk_widget_add_css_class (detail, "numeric");
  gtk_box_append (GTK_BOX (box), swatch);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), detail);
  gtk_list_item_set_child (item, box);
}

static void
show_colour (ScopeChoice *choice, GParamSpec *spec, GtkListItem *item)
{
  GtkWidget *swatch = gtk_widget_get_first_child (gtk_list_item_get_child (item));

  gtk_widget_set_visible (swatch, choice->colour >= 0);
  scope_swatch_set_colour (gtk_button_get_child (GTK_BUTTON (swatch)), (guint32) MAX (choice->colour, 0));
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item)
{
  ScopeChoice *choice = gtk_list_item_get_item (item);
  GtkWidget *swatch = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *name = gtk_widget_get_next_sibling (swatch), *detail = gtk_widget_get_next_sibling (name);
  g_autofree char *label = g_strdup_printf (_("Colour of %s"), choice->name);

  gtk_label_set_text (GTK_LABEL (name), choice->name);
  gtk_widget_set_tooltip_text (name, choice->name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (swatch), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  show_colour (choice, NULL, item);
  g_signal_connect (choice, "notify::colour", G_CALLBACK (show_colour), item);
  g_object_set_data_full (G_OBJECT (item), "choice", g_object_ref (choice), g_object_unref);
  g_object_set_data_full (G_OBJECT (item), "detail",
                          g_object_bind_property (choice, "detail", detail, "label", G_BINDING_SYNC_CREATE), NULL);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *item)
{
  GBinding *binding = g_object_steal_data (G_OBJECT (item), "detail");
  g_autoptr (ScopeChoice) choice = g_object_steal_data (G_OBJECT (item), "choice"); /* the item may have let go of it */

  if (choice != NULL)
    g_signal_handlers_disconnect_by_func (choice, show_colour, item);
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
