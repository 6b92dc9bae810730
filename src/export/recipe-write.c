/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a recipe is written: recipe.json, or a session.
 *
 *     { "smoothscope": version of the program, "format": 2, "command": "deconvolve",
 *       "section":   { "path": folder, "files": [ { "path", "size", "sha256" }, ... ] },
 *       "signature": { "path", "size", "sha256", "scale": "counts" | "log1p" | ... },
 *       "regions":   { "path", "size", "sha256" } | { "geojson": a collection of features },
 *       "options":    { name: text, ... },
 *       "parameters": { group: { name: value, ... }, ... },
 *       "window":     { group: { name: value, ... }, ... } }
 *
 * Every file that a command reads is a member of the kind of "regions", named as its flag is. Paths are relative to the
 * folder of the recipe, so that a recipe moves together with its data; "absolute" beside "path" is where the file was. A
 * recipe without "command" is one of deconvolve. "window" is what a session has more than a recipe; no command reads it.
 */
#include "export/recipe-private.h"

#include "files/decimal.h"
#include "files/json-write.h"
#include "files/json.h"
#include "section/regions-json.h"
#include "smooth-config.h"

#include <math.h>
#include <string.h>

/* ---- Paths ------------------------------------------------------------------------------------------------- */

/* The path that leads from the folder @base to @path; both are made absolute first. */
static char *
dup_relative_path (const char *base, const char *path)
{
  g_autofree char *from = g_canonicalize_filename (base, NULL);
  g_autofree char *to = g_canonicalize_filename (path, NULL);
  g_auto (GStrv) a = g_strsplit (from, G_DIR_SEPARATOR_S, -1);
  g_auto (GStrv) b = g_strsplit (to, G_DIR_SEPARATOR_S, -1);
  g_autoptr (GString) relative = g_string_new (NULL);
  guint common = 0;

  while (a[common] != NULL && b[common] != NULL && g_str_equal (a[common], b[common]))
    common++;
  for (guint i = common; a[i] != NULL; i++)
    if (*a[i] != '\0')
      g_string_append (relative, ".." G_DIR_SEPARATOR_S);
  for (guint i = common; b[i] != NULL; i++)
    g_string_append_printf (relative, "%s%s", b[i], b[i + 1] != NULL ? G_DIR_SEPARATOR_S : "");
  if (relative->len == 0)
    g_string_append_c (relative, '.');
  return g_string_free (g_steal_pointer (&relative), FALSE);
}

/* ---- Writing ----------------------------------------------------------------------------------------------- */

static gboolean
add_file_members (JsonBuilder *builder, const char *base, const SmoothRecipe *recipe, SmoothRecipeFile *file, const char *path,
                  GError **error)
{
  g_autofree char *relative = dup_relative_path (base, path);

  if (file->sum == NULL && !(recipe->flags & SMOOTH_RECIPE_QUICK) && !smooth_i_recipe_file_sum (file, error))
    return FALSE;
  smooth_json_add_string (builder, "path", relative);
  if (file->size >= 0)
    smooth_json_add_int (builder, "size", file->size);
  if (file->sum != NULL)
    smooth_json_add_string (builder, "sha256", file->sum);
  return TRUE;
}

static gboolean
add_files (JsonBuilder *builder, const char *base, const SmoothRecipe *recipe, const SmoothRecipeInput *input, GError **error)
{
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (guint i = 0; i < input->files->len; i++)
    {
      SmoothRecipeFile *file = g_ptr_array_index (input->files, i);
      json_builder_begin_object (builder);
      if (!add_file_members (builder, base, recipe, file, file->path, error))
        return FALSE;
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  return TRUE;
}

static gboolean
add_input (JsonBuilder *builder, const char *base, const SmoothRecipe *recipe, const SmoothRecipeInput *input, GError **error)
{
  const char *scale = smooth_recipe_get_option (recipe, "signature-scale");

  json_builder_set_member_name (builder, input->name);
  json_builder_begin_object (builder);
  if (input->is_listed)
    {
      g_autofree char *relative = dup_relative_path (base, input->path);
      smooth_json_add_string (builder, "path", relative);
      if (!add_files (builder, base, recipe, input, error))
        return FALSE;
    }
  else if (!add_file_members (builder, base, recipe, g_ptr_array_index (input->files, 0), input->path, error))
    return FALSE;
  if (recipe->flags & SMOOTH_RECIPE_ABSOLUTE)
    smooth_json_add_string (builder, "absolute", input->path);
  if (scale != NULL && strcmp (input->name, "signature") == 0)
    smooth_json_add_string (builder, "scale", scale);
  json_builder_end_object (builder);
  return TRUE;
}

static void
add_regions (JsonBuilder *builder, const SmoothRegions *regions)
{
  json_builder_set_member_name (builder, "regions");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "geojson");
  smooth_i_regions_add_json (regions, builder);
  json_builder_end_object (builder);
}

static void
add_options (JsonBuilder *builder, const SmoothRecipe *recipe)
{
  json_builder_set_member_name (builder, "options");
  json_builder_begin_object (builder);
  for (guint i = 0; i < recipe->values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (recipe->values, i);
      if (value->group == NULL && strcmp (value->name, "signature-scale") != 0)
        smooth_json_add_string (builder, value->name, value->text);
    }
  json_builder_end_object (builder);
}

/* Whether the text can be a JSON number: of a declared parameter where it is one; else only where that reads back as the very
 * text, since a gene may be called 1e5. */
static gboolean
is_number (const char *text, gboolean is_declared, double *number)
{
  char again[SMOOTH_I_DECIMAL_SIZE];
  char *end = NULL;

  *number = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !isfinite (*number))
    return FALSE;
  if (is_declared)
    return TRUE;
  again[smooth_i_format_number (*number, again)] = '\0';
  return strcmp (again, text) == 0;
}

/* As what the text looks like: a truth, a number, or a word such as the name of a choice. */
static void
add_value (JsonBuilder *builder, const SmoothRecipeValue *value, gboolean is_declared)
{
  gint64 whole;
  double number;

  if (strcmp (value->text, "true") == 0 || strcmp (value->text, "false") == 0)
    smooth_json_add_boolean (builder, value->name, *value->text == 't');
  else if (!is_number (value->text, is_declared, &number))
    smooth_json_add_string (builder, value->name, value->text);
  else if (g_ascii_string_to_signed (value->text, 10, G_MININT64, G_MAXINT64, &whole, NULL))
    smooth_json_add_int (builder, value->name, whole);
  else
    smooth_json_add_double (builder, value->name, number);
}

/* Values of one group stand together. */
static void
add_groups (JsonBuilder *builder, const char *member, const GPtrArray *values, gboolean are_declared)
{
  const char *group = NULL;

  json_builder_set_member_name (builder, member);
  json_builder_begin_object (builder);
  for (guint i = 0; i < values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (values, i);
      if (value->group == NULL)
        continue;
      if (g_strcmp0 (value->group, group) != 0)
        {
          if (group != NULL)
            json_builder_end_object (builder);
          group = value->group;
          json_builder_set_member_name (builder, group);
          json_builder_begin_object (builder);
        }
      add_value (builder, value, are_declared);
    }
  if (group != NULL)
    json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static gboolean
build (JsonBuilder *builder, const SmoothRecipe *recipe, const char *base, GError **error)
{
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "smoothscope", SMOOTH_VERSION);
  smooth_json_add_int (builder, "format", SMOOTH_RECIPE_FORMAT);
  smooth_json_add_string (builder, "command", recipe->command);
  for (guint i = 0; i < recipe->inputs->len; i++)
    if (!add_input (builder, base, recipe, g_ptr_array_index (recipe->inputs, i), error))
      return FALSE;
  if (recipe->regions != NULL && smooth_regions_get_n (recipe->regions) > 0)
    add_regions (builder, recipe->regions);
  add_options (builder, recipe);
  add_groups (builder, "parameters", recipe->values, TRUE);
  if (recipe->texts->len > 0)
    add_groups (builder, "window", recipe->texts, FALSE);
  json_builder_end_object (builder);
  return TRUE;
}

/**
 * smooth_recipe_dup_json:
 * @base: the folder that paths are relative to
 *
 * Reads every input file whose checksum is not known, unless the flags of @recipe say otherwise.
 *
 * Returns: (transfer full): the text, for a place within another file
 */
char *
smooth_recipe_dup_json (const SmoothRecipe *recipe, const char *base, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (!build (builder, recipe, base, error))
    return NULL;
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return smooth_json_dup_text (root);
}

/**
 * smooth_recipe_save:
 * @path: of the recipe; written beside and renamed
 *
 * Reads input files as smooth_recipe_dup_json() does.
 */
gboolean
smooth_recipe_save (const SmoothRecipe *recipe, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *base = g_path_get_dirname (path);

  return build (builder, recipe, base, error) && smooth_json_save (builder, path, error);
}
