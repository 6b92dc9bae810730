/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GSettings, made safe: it ends a program whose schema is not installed or is that of another version.
 *
 * Where the desktop knows the schema, the desktop keeps the settings. Elsewhere (a build folder, a plug-in) the compiled
 * schema is taken from the program itself. Where settings could not be kept at all (GIO's backend 'memory', unless it was
 * asked for) they go into a file of their own. A key that is missing all the same reads as FALSE, 0 or "". */
#define G_SETTINGS_ENABLE_BACKEND
#include "settings.h"

#include <gio/gsettingsbackend.h>
#include <glib/gstdio.h>

#define SCHEMA "org.smoothscope.Smoothscope"
#define PATH "/org/smoothscope/Smoothscope/"
#define COMPILED "gschemas.compiled"

/* GIO reads compiled schemas from folders only. Returns: (nullable) */
static GSettingsSchema *
load_own_schema (void)
{
  g_autoptr (GBytes) bytes = g_resources_lookup_data (PATH COMPILED, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *folder = bytes != NULL ? g_dir_make_tmp ("smoothscope-XXXXXX", NULL) : NULL;
  GSettingsSchema *schema = NULL;

  if (folder == NULL)
    return NULL;
  g_autofree char *path = g_build_filename (folder, COMPILED, NULL);
  if (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL))
    {
      GSettingsSchemaSource *source = g_settings_schema_source_new_from_directory (folder, NULL, TRUE, NULL);
      schema = source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, FALSE) : NULL;
      g_clear_pointer (&source, g_settings_schema_source_unref);
    }
  g_unlink (path);
  g_rmdir (folder);
  return schema;
}

static GSettingsSchema *
load_schema (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  GSettingsSchema *schema = source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, TRUE) : NULL;

  return schema != NULL ? schema : load_own_schema ();
}

/* Returns: (transfer full) (nullable): NULL: GIO's own */
static GSettingsBackend *
make_backend (void)
{
  GSettingsBackend *backend = g_settings_backend_get_default ();
  g_autofree char *path = g_build_filename (g_get_user_config_dir (), "smoothscope", "settings.ini", NULL);

  if (g_getenv ("GSETTINGS_BACKEND") != NULL || !g_str_equal (G_OBJECT_TYPE_NAME (backend), "GMemorySettingsBackend"))
    return backend;
  g_object_unref (backend);
  return g_keyfile_settings_backend_new (path, PATH, "smoothscope");
}

static gpointer
make_settings (gpointer data)
{
  g_autoptr (GSettingsSchema) schema = load_schema ();
  g_autoptr (GSettingsBackend) backend = make_backend ();

  if (schema == NULL)
    return NULL;
  return g_settings_new_full (schema, backend, NULL);
}

/* Returns: (nullable): the settings where they have @key */
static GSettings *
settings_with (const char *key)
{
  static GOnce once = G_ONCE_INIT;
  GSettings *settings = g_once (&once, make_settings, NULL);
  g_autoptr (GSettingsSchema) schema = NULL;

  if (settings == NULL)
    return NULL;
  g_object_get (settings, "settings-schema", &schema, NULL);
  return g_settings_schema_has_key (schema, key) ? settings : NULL;
}

gboolean
scope_settings_get_boolean (const char *key)
{
  GSettings *settings = settings_with (key);

  return settings != NULL && g_settings_get_boolean (settings, key);
}

void
scope_settings_set_boolean (const char *key, gboolean value)
{
  GSettings *settings = settings_with (key);

  if (settings != NULL)
    g_settings_set_boolean (settings, key, value);
}

gint
scope_settings_get_int (const char *key)
{
  GSettings *settings = settings_with (key);

  return settings != NULL ? g_settings_get_int (settings, key) : 0;
}

/* A value out of the key's range is not kept. */
void
scope_settings_set_int (const char *key, gint value)
{
  GSettings *settings = settings_with (key);
  g_autoptr (GVariant) number = g_variant_ref_sink (g_variant_new_int32 (value));

  if (settings == NULL)
    return;
  g_autoptr (GSettingsSchema) schema = NULL;
  g_object_get (settings, "settings-schema", &schema, NULL);
  g_autoptr (GSettingsSchemaKey) declared = g_settings_schema_get_key (schema, key);
  if (g_settings_schema_key_range_check (declared, number))
    g_settings_set_value (settings, key, number);
}

/* Returns: (transfer full) */
char *
scope_settings_dup_string (const char *key)
{
  GSettings *settings = settings_with (key);

  return settings != NULL ? g_settings_get_string (settings, key) : g_strdup ("");
}

void
scope_settings_set_string (const char *key, const char *value)
{
  GSettings *settings = settings_with (key);

  if (settings != NULL)
    g_settings_set_string (settings, key, value);
}

/* Records: texts by group and name. */

/* Returns: (transfer full): the texts of a group by name */
static GVariantDict *
load_group (const char *group)
{
  GSettings *settings = settings_with ("records");
  g_autoptr (GVariant) all = settings != NULL ? g_settings_get_value (settings, "records") : NULL;
  g_autoptr (GVariant) texts = all != NULL ? g_variant_lookup_value (all, group, G_VARIANT_TYPE ("a{ss}")) : NULL;
  GVariantDict *dict = g_variant_dict_new (NULL);
  const char *name, *text;
  GVariantIter iter;

  if (texts == NULL)
    return dict;
  g_variant_iter_init (&iter, texts);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &text))
    g_variant_dict_insert (dict, name, "s", text);
  return dict;
}

/* Takes over @dict. */
static void
save_group (const char *group, GVariantDict *dict)
{
  GSettings *settings = settings_with ("records");
  g_autoptr (GVariant) texts = g_variant_ref_sink (g_variant_dict_end (dict));
  g_autoptr (GVariant) all = settings != NULL ? g_settings_get_value (settings, "records") : NULL;
  GVariantBuilder groups, members;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_dict_unref (dict);
  if (all == NULL)
    return;
  g_variant_builder_init (&groups, G_VARIANT_TYPE ("a{sa{ss}}"));
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_next (&iter, "{&s@a{ss}}", &name, &value))
    {
      if (!g_str_equal (name, group))
        g_variant_builder_add (&groups, "{s@a{ss}}", name, value);
      g_variant_unref (value);
    }
  g_variant_builder_init (&members, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, texts);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_variant_builder_add (&members, "{ss}", name, g_variant_get_string (value, NULL));
      g_variant_unref (value);
    }
  g_variant_builder_add (&groups, "{sa{ss}}", group, &members);
  g_settings_set_value (settings, "records", g_variant_builder_end (&groups));
}

/**
 * scope_settings_load_table:
 * @settings: (out): a struct of @table: what was saved of it, the declared defaults for the rest; a text that the table no
 *   longer allows is a default, too
 */
void
scope_settings_load_table (const SmoothParamTable *table, gpointer settings)
{
  GVariantDict *texts = load_group (table->name);

  smooth_params_init (table, settings);
  for (gsize i = 0; i < table->n_params; i++)
    {
      g_autofree char *text = NULL;
      if (g_variant_dict_lookup (texts, table->params[i].name, "s", &text))
        smooth_param_parse (&table->params[i], settings, text, NULL);
    }
  g_variant_dict_unref (texts);
}

/* Keeps all of a struct of @table for next time, under the name of the table. */
void
scope_settings_save_table (const SmoothParamTable *table, gconstpointer settings)
{
  GVariantDict *texts = load_group (table->name);

  for (gsize i = 0; i < table->n_params; i++)
    {
      g_autofree char *text = smooth_param_dup_text (&table->params[i], smooth_param_get (&table->params[i], settings));
      g_variant_dict_insert (texts, table->params[i].name, "s", text);
    }
  save_group (table->name, texts);
}

/* Returns: (transfer full) (nullable): NULL where nothing was set */
char *
scope_settings_dup_text (const char *group, const char *name)
{
  GVariantDict *texts = load_group (group);
  char *text = NULL;

  g_variant_dict_lookup (texts, name, "s", &text);
  g_variant_dict_unref (texts);
  return text;
}

/* @text: (nullable): NULL forgets it */
void
scope_settings_set_text (const char *group, const char *name, const char *text)
{
  GVariantDict *texts = load_group (group);

  if (text != NULL)
    g_variant_dict_insert (texts, name, "s", text);
  else
    g_variant_dict_remove (texts, name);
  save_group (group, texts);
}

/* Folders */

/**
 * scope_settings_dup_folder:
 * @kind: of a dialog: "section", "figure", ...
 *
 * Returns: (transfer full) (nullable): the folder that a dialog of this kind showed last, where it still exists
 */
char *
scope_settings_dup_folder (const char *kind)
{
  GSettings *settings = settings_with ("folders");
  g_autoptr (GVariant) folders = settings != NULL ? g_settings_get_value (settings, "folders") : NULL;
  g_autofree char *folder = NULL;

  if (folders == NULL || !g_variant_lookup (folders, kind, "s", &folder) || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return NULL;
  return g_steal_pointer (&folder);
}

void
scope_settings_set_folder (const char *kind, const char *folder)
{
  GSettings *settings = settings_with ("folders");
  g_autoptr (GVariant) old = settings != NULL ? g_settings_get_value (settings, "folders") : NULL;
  GVariantBuilder folders;
  GVariantIter iter;
  const char *its_kind, *its_folder;

  /* The name of a folder need not be UTF-8; a setting must be. */
  if (old == NULL || !g_utf8_validate (folder, -1, NULL))
    return;
  g_variant_builder_init (&folders, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, old);
  while (g_variant_iter_next (&iter, "{&s&s}", &its_kind, &its_folder))
    if (!g_str_equal (its_kind, kind))
      g_variant_builder_add (&folders, "{ss}", its_kind, its_folder);
  g_variant_builder_add (&folders, "{ss}", kind, folder);
  g_settings_set_value (settings, "folders", g_variant_builder_end (&folders));
}
