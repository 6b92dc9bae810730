/* SPDX-License-Identifier: GPL-3.0-or-later */
/* F1 opens the page of what the hand is at: of the part under the pointer, or of the one that has the keyboard where keys are
 * used. A part without a page of its own has that of what it lies in. */
#include "help-topic.h"

#include "access.h"

#include <glib/gi18n.h>

#define TOPIC "scope-help-topic"
#define BY_KEYS "scope-help-by-keys" /* of a window: the keyboard was used last */

const ScopeHelpTopic scope_help_topics[] = {
  { "look", "picture#What spots are coloured by" },
  { "compare", "picture#Two settings" },
  { "canvas", "picture#How they are shown" },
  { "regions", "regions" },
  { "reference", "tables#Tables to give" },
  { "selection", "plots#Selecting spots" },
  { "plots", "plots#The plots" },
  { "figure", "figures" },
  { "methods", "figures#The methods paragraph" },
  { "suggest", "choosing" },
  { "region-comparison", "comparison" },
  { "prepare", "preparation" },
  { "graph", "graphs#The graph" },
  { "scaling", "graphs#Edges by likeness" },
  { "prior", "priors" },
  { "model", "deconvolution" },
  { "row rho", "priors#Which ρ" },
  { "row lambda", "strength#Which strength" },
  { "row boundary", "regions" },
  { "components", "components#In the window" },
  { "clusters", "clusters#In the window" },
  { "autoencoder", "autoencoder#In the window" },
  { "deviations", "uncertainty#In the window" },
  { "imputation", "imputation#In the window" },
  { "sensitivity", "sensitivity#In the window" },
};

const gsize scope_n_help_topics = G_N_ELEMENTS (scope_help_topics);

static const char *
topic_of_place (const char *place)
{
  for (gsize i = 0; i < scope_n_help_topics; i++)
    if (g_str_equal (scope_help_topics[i].place, place))
      return scope_help_topics[i].topic;
  return NULL;
}

/* @place: of scope_help_topics; one that is not there leaves the widget to what it lies in. */
void
scope_help_set_place (GtkWidget *widget, const char *place)
{
  g_object_set_data (G_OBJECT (widget), TOPIC, (gpointer) topic_of_place (place));
}

static const char *
find_above (GtkWidget *widget)
{
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    {
      const char *topic = g_object_get_data (G_OBJECT (widget), TOPIC);
      if (topic != NULL)
        return topic;
    }
  return NULL;
}

static GtkWidget *
find_under_pointer (GtkWindow *window)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (GTK_WIDGET (window)));
  GdkDevice *pointer = seat != NULL ? gdk_seat_get_pointer (seat) : NULL;
  double x, y, left, top;

  if (surface == NULL || pointer == NULL || !gdk_surface_get_device_position (surface, pointer, &x, &y, NULL))
    return NULL;
  gtk_native_get_surface_transform (GTK_NATIVE (window), &left, &top);
  return gtk_widget_pick (GTK_WIDGET (window), x - left, y - top, GTK_PICK_INSENSITIVE);
}

/* The keyboard went somewhere after the pointer did. */
static void
on_focus (GtkWindow *window)
{
  g_object_set_data (G_OBJECT (window), BY_KEYS, GINT_TO_POINTER (TRUE));
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, GtkWindow *window)
{
  g_object_set_data (G_OBJECT (window), BY_KEYS, NULL);
}

/* From now on it is known whether the pointer or the keyboard was used last. */
void
scope_help_watch (GtkWindow *window)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  gtk_event_controller_set_propagation_phase (motion, GTK_PHASE_CAPTURE);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), window);
  gtk_widget_add_controller (GTK_WIDGET (window), motion);
  g_signal_connect (window, "notify::focus-widget", G_CALLBACK (on_focus), NULL);
}

/* Returns: (nullable): the topic of what the hand is at */
const char *
scope_help_find_topic (GtkWindow *window)
{
  gboolean uses_keys = g_object_get_data (G_OBJECT (window), BY_KEYS) != NULL;

  return find_above (uses_keys ? gtk_window_get_focus (window) : find_under_pointer (window));
}

/**
 * scope_help_beside:
 * @section: with a heading at its top
 * @name: of the section, for the button's own name
 *
 * Returns: the section with a button at the end of its heading that opens its page
 */
GtkWidget *
scope_help_beside (GtkWidget *section, const char *place, const char *name)
{
  GtkWidget *overlay = gtk_overlay_new (), *button = gtk_button_new_with_label ("?");
  g_autofree char *text = g_strdup_printf (_("Help about %s (F1)"), name);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "help-button");
  gtk_widget_set_halign (button, GTK_ALIGN_END);
  gtk_widget_set_valign (button, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (button, text);
  scope_access_name (button, text);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "app.help-at");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", topic_of_place (place));
  gtk_overlay_set_child (GTK_OVERLAY (overlay), section);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), button);
  scope_help_set_place (overlay, place);
  return overlay;
}
