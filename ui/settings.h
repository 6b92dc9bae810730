/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program remembers of one window for the next: sizes, folders, choices of dialogs.
 *
 *     scope_settings_get_int ("window-width")                 a key that data/…gschema.xml declares, with its default there
 *     scope_settings_load_table (&table, &settings)           a struct with a declared table: no key needs to be declared
 *     scope_settings_dup_text ("export", "kind")              a word of one's own (nullable): nor here
 */
#pragma once

#include <gio/gio.h>
#include <smooth.h>

G_BEGIN_DECLS

gboolean scope_settings_get_boolean (const char *key);
void scope_settings_set_boolean (const char *key, gboolean value);
gint scope_settings_get_int (const char *key);
void scope_settings_set_int (const char *key, gint value);
char *scope_settings_dup_string (const char *key);
void scope_settings_set_string (const char *key, const char *value);

void scope_settings_load_table (const SmoothParamTable *table, gpointer settings);
void scope_settings_save_table (const SmoothParamTable *table, gconstpointer settings);

char *scope_settings_dup_text (const char *group, const char *name);
void scope_settings_set_text (const char *group, const char *name, const char *text);

char *scope_settings_dup_folder (const char *kind);
void scope_settings_set_folder (const char *kind, const char *folder);

G_END_DECLS
