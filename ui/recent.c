/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK's own list (GtkRecentManager) knows files by their type, and a section is a folder; it has no pictures, and shows what was
 * open here to every other program. So the list is $XDG_STATE_HOME/smoothscope/recent.json, and its pictures are beside it. The
 * desktop's wish to remember no files is heeded. */
#include "recent.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#define MOST 12

void
scope_recent_free (ScopeRecent *recent)
{
  g_free (recent->path);
  g_free (recent->name);
  g_free (recent->picture);
  g_free (recent);
}

static void
free_recent (gpointer recent)
{
  scope_recent_free (recent);
}

static char *
dup_folder (void)
{
  return g_build_filename (g_get_user_state_dir (), "smoothscope", NULL);
}

static char *
dup_list_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "smoothscope", "recent.json", NULL);
}

/* The picture of a path has the path's checksum as its name. */
static char *
dup_picture_path (const char *path)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, path, -1);
  g_autofree char *name = g_strdup_printf ("%.32s.png", sum);

  return g_build_filename (g_get_user_state_dir (), "smoothscope", "pictures", name, NULL);
}

static gboolean
is_wanted (void)
{
  gboolean wanted = TRUE;

  g_object_get (gtk_settings_get_default (), "gtk-recent-files-enabled", &wanted, NULL);
  return wanted;
}

static ScopeRecent *
read_one (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *path = object != NULL ? json_object_get_string_member_with_default (object, "path", NULL) : NULL;

  if (path == NULL || !g_path_is_absolute (path))
    return NULL;
  ScopeRecent *recent = g_new0 (ScopeRecent, 1);
  recent->path = g_strdup (path);
  recent->name = g_strdup (json_object_get_string_member_with_default (object, "name", path));
  recent->time = json_object_get_int_member_with_default (object, "time", 0);
  recent->picture = dup_picture_path (path);
  return recent;
}

/* Returns: (transfer full): of ScopeRecent, the latest first; a damaged list is an empty one */
GPtrArray *
scope_recent_load (void)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (free_recent);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = dup_list_path ();

  if (!is_wanted () || !json_parser_load_from_file (parser, path, NULL))
    return all;
  JsonNode *root = json_parser_get_root (parser);
  JsonArray *array = root != NULL && JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;
  for (guint i = 0; array != NULL && i < MIN (json_array_get_length (array), MOST); i++)
    {
      ScopeRecent *recent = read_one (json_array_get_element (array, i));
      if (recent != NULL)
        g_ptr_array_add (all, recent);
    }
  return all;
}

static void
save (const GPtrArray *all)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *path = dup_list_path ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < all->len; i++)
    {
      const ScopeRecent *recent = all->pdata[i];
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "path");
      json_builder_add_string_value (builder, recent->path);
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, recent->name);
      json_builder_set_member_name (builder, "time");
      json_builder_add_int_value (builder, recent->time);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  if (!g_file_set_contents (path, text, -1, NULL))
    g_debug ("%s cannot be written", path);
}

static void
save_picture (const char *path, GdkTexture *picture)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) == 0 && !gdk_texture_save_to_png (picture, path))
    g_debug ("%s cannot be written", path);
}

/**
 * scope_recent_add:
 * @path: absolute
 * @name: to be shown
 * @picture: (nullable): a small one; without it the one that is there stays
 *
 * A list that cannot be kept is no reason to trouble anybody.
 */
void
scope_recent_add (const char *path, const char *name, GdkTexture *picture)
{
  g_autoptr (GPtrArray) all = scope_recent_load ();
  g_autofree char *folder = dup_folder ();
  ScopeRecent *recent = g_new0 (ScopeRecent, 1);

  /* A name that is no UTF-8 is no JSON. */
  if (!is_wanted () || !g_utf8_validate (path, -1, NULL) || g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_free (recent);
      return;
    }
  recent->path = g_strdup (path);
  recent->name = g_utf8_make_valid (name, -1);
  recent->time = g_get_real_time () / G_USEC_PER_SEC;
  recent->picture = dup_picture_path (path);
  for (guint i = all->len; i-- > 0;)
    if (g_str_equal (((const ScopeRecent *) all->pdata[i])->path, path))
      g_ptr_array_remove_index (all, i);
  g_ptr_array_insert (all, 0, recent);
  while (all->len > MOST)
    {
      const ScopeRecent *last = all->pdata[all->len - 1];
      g_unlink (last->picture);
      g_ptr_array_remove_index (all, all->len - 1);
    }
  save (all);
  if (picture != NULL)
    save_picture (recent->picture, picture);
}

/* Forgets all, with their pictures. */
void
scope_recent_clear (void)
{
  g_autoptr (GPtrArray) all = scope_recent_load ();
  g_autofree char *path = dup_list_path ();

  for (guint i = 0; i < all->len; i++)
    g_unlink (((const ScopeRecent *) all->pdata[i])->picture);
  g_unlink (path);
}

/* Whether it can be opened. */
gboolean
scope_recent_is_there (const ScopeRecent *recent)
{
  const char *choice = g_strrstr (recent->path, "#");
  g_autofree char *plain = choice != NULL ? g_strndup (recent->path, (gsize) (choice - recent->path)) : NULL;

  return g_file_test (recent->path, G_FILE_TEST_EXISTS) || (plain != NULL && g_file_test (plain, G_FILE_TEST_EXISTS));
}
