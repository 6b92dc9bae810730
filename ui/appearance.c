/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK itself does not read the desktop's colour scheme; the settings portal tells it, and tells when it changes. Where
 * there is no portal the theme decides. What the user chose ("light", "dark") comes before both, and is remembered. */
#include "appearance.h"

#include "settings.h"

#include <gio/gio.h>

#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define PORTAL_SETTINGS "org.freedesktop.portal.Settings"
#define NAMESPACE "org.freedesktop.appearance"
#define KEY "color-scheme"
#define PREFERS_DARK 1
#define PREFER_DARK "gtk-application-prefer-dark-theme"
#define SETTING "appearance"

/* What the desktop asked for last. */
typedef enum
{
  NOT_ASKED,
  ASKED_LIGHT,
  ASKED_DARK,
} Asked;

/* Kept with GTK's settings, which live as long as the display. */
#define ASKED_KEY "scope-appearance-asked"

static void
show (void)
{
  GtkSettings *settings = gtk_settings_get_default ();
  g_autofree char *choice = scope_settings_dup_string (SETTING);
  Asked asked = (Asked) GPOINTER_TO_INT (g_object_get_data (G_OBJECT (settings), ASKED_KEY));

  if (g_str_equal (choice, "dark") || g_str_equal (choice, "light"))
    g_object_set (settings, PREFER_DARK, g_str_equal (choice, "dark"), NULL);
  else if (asked == NOT_ASKED)
    gtk_settings_reset_property (settings, PREFER_DARK);
  else
    g_object_set (settings, PREFER_DARK, asked == ASKED_DARK, NULL);
}

static void
apply (GVariant *value)
{
  g_autoptr (GVariant) inner = g_variant_ref (value);

  while (g_variant_is_of_type (inner, G_VARIANT_TYPE_VARIANT))
    {
      GVariant *next = g_variant_get_variant (inner);
      g_variant_unref (inner);
      inner = next;
    }
  if (!g_variant_is_of_type (inner, G_VARIANT_TYPE_UINT32))
    return;
  Asked asked = g_variant_get_uint32 (inner) == PREFERS_DARK ? ASKED_DARK : ASKED_LIGHT;
  g_object_set_data (G_OBJECT (gtk_settings_get_default ()), ASKED_KEY, GINT_TO_POINTER (asked));
  show ();
}

static void
on_setting_changed (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal,
                    GVariant *parameters, gpointer data)
{
  const char *namespace, *key;
  g_autoptr (GVariant) value = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ssv)")))
    return;
  g_variant_get (parameters, "(&s&sv)", &namespace, &key, &value);
  if (g_str_equal (namespace, NAMESPACE) && g_str_equal (key, KEY))
    apply (value);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GVariant) value = NULL;

  if (answer == NULL)
    return;
  g_variant_get (answer, "(v)", &value);
  apply (value);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  GDBusConnection *bus = g_bus_get_finish (result, NULL);

  if (bus == NULL)
    return;
  g_dbus_connection_signal_subscribe (bus, PORTAL, PORTAL_SETTINGS, "SettingChanged", PORTAL_PATH, NAMESPACE,
                                      G_DBUS_SIGNAL_FLAGS_NONE, on_setting_changed, NULL, NULL);
  g_dbus_connection_call (bus, PORTAL, PORTAL_PATH, PORTAL_SETTINGS, "Read", g_variant_new ("(ss)", NAMESPACE, KEY),
                          G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NONE, 2000, NULL, on_read, NULL);
  g_object_unref (bus);
}

/* Never waits: without an answer of the desktop everything stays as the theme has it. */
void
scope_appearance_start (void)
{
  show ();
  g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, NULL);
}

/* @choice: "desktop", "light" or "dark"; remembered */
void
scope_appearance_choose (const char *choice)
{
  scope_settings_set_string (SETTING, choice);
  show ();
}
