/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recipe is, and how it is written as recipe.json.
 *
 *     { "smoothscope": version of the program, "format": 1, "command": "deconvolve",
 *       "section":   { "path": folder, "files": [ { "path", "size", "sha256" }, ... ] },
 *       "signature": { "path", "size", "sha256", "scale": "counts" | "log1p" | ... },
 *       "regions":   { "path", "size", "sha256" },
 *       "options":    { name: text, ... },
 *       "parameters": { group: { name: value, ... }, ... } }
 *
 * Every file that a command reads is a member of the kind of "regions", named as its flag is. Paths are relative to the
 * folder of the recipe, so that a recipe moves together with its data. A recipe without "command" is one of deconvolve.
 */
#include "export/recipe-private.h"

#include "base/error.h"
#include "files/json-write.h"
#include "files/json.h"
#include "files/output.h"
#include "smooth-config.h"

#include <string.h>

/* ---- What it is -------------------------------------------------------------------------------------------- */

static void
input_free (gpointer data)
{
  SmoothRecipeInput *input = data;

  g_free (input->name);
  g_free (input->path);
  g_strfreev (input->files);
  g_free (input);
}

static void
value_free (gpointer data)
{
  SmoothRecipeValue *value = data;

  g_free (value->group);
  g_free (value->name);
  g_free (value->text);
  g_free (value);
}

/* Returns: (transfer full): a recipe of @command that holds nothing yet */
SmoothRecipe *
smooth_recipe_new (const char *command)
{
  SmoothRecipe *recipe = g_new0 (SmoothRecipe, 1);

  recipe->command = g_strdup (command);
  recipe->inputs = g_ptr_array_new_with_free_func (input_free);
  recipe->values = g_ptr_array_new_with_free_func (value_free);
  return recipe;
}

void
smooth_recipe_free (SmoothRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free (recipe->path);
  g_free (recipe->command);
  g_ptr_array_unref (recipe->inputs);
  g_ptr_array_unref (recipe->values);
  g_free (recipe);
}

/**
 * smooth_recipe_add_input:
 * @name: what it is: "section", "signature", or the flag that names it
 * @path: of a file, or of a folder
 * @files: (nullable): of a folder: every file in it that was read, %NULL-terminated
 */
void
smooth_recipe_add_input (SmoothRecipe *recipe, const char *name, const char *path, char *const *files)
{
  SmoothRecipeInput *input = g_new0 (SmoothRecipeInput, 1);

  input->name = g_strdup (name);
  input->path = g_canonicalize_filename (path, NULL);
  input->files = g_strdupv ((char **) files);
  g_ptr_array_add (recipe->inputs, input);
}

void
smooth_i_recipe_add_value (SmoothRecipe *recipe, const char *group, const char *name, const char *text)
{
  SmoothRecipeValue *value = g_new (SmoothRecipeValue, 1);

  *value = (SmoothRecipeValue){ g_strdup (group), g_strdup (name), g_strdup (text) };
  g_ptr_array_add (recipe->values, value);
}

/* A word that is no declared parameter: the name of a column, of a scale. */
void
smooth_recipe_add_option (SmoothRecipe *recipe, const char *name, const char *text)
{
  smooth_i_recipe_add_value (recipe, NULL, name, text);
}

/* All parameters of @table, those with their default too: a later version may have another. */
void
smooth_recipe_add_parameters (SmoothRecipe *recipe, const SmoothParamTable *table, gconstpointer settings)
{
  for (gsize i = 0; i < table->n_params; i++)
    {
      g_autofree char *text = smooth_param_dup_text (&table->params[i], smooth_param_get (&table->params[i], settings));
      smooth_i_recipe_add_value (recipe, table->name, table->params[i].name, text);
    }
}

/* Returns: (nullable): the absolute path of an input */
const char *
smooth_recipe_get_input (const SmoothRecipe *recipe, const char *name)
{
  for (guint i = 0; i < recipe->inputs->len; i++)
    {
      const SmoothRecipeInput *input = g_ptr_array_index (recipe->inputs, i);
      if (strcmp (input->name, name) == 0)
        return input->path;
    }
  return NULL;
}

/* Returns: (nullable): the text of an option */
const char *
smooth_recipe_get_option (const SmoothRecipe *recipe, const char *name)
{
  for (guint i = 0; i < recipe->values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (recipe->values, i);
      if (value->group == NULL && strcmp (value->name, name) == 0)
        return value->text;
    }
  return NULL;
}

void
smooth_recipe_foreach (const SmoothRecipe *recipe, SmoothRecipeFunc func, gpointer data)
{
  for (guint i = 0; i < recipe->inputs->len; i++)
    {
      const SmoothRecipeInput *input = g_ptr_array_index (recipe->inputs, i);
      func (input->name, input->path, "", data);
    }
  for (guint i = 0; i < recipe->values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (recipe->values, i);
      g_autofree char *where = value->group != NULL ? g_strdup_printf ("parameters.%s", value->group) : g_strdup ("");
      func (value->name, value->text, where, data);
    }
}

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
add_file_members (JsonBuilder *builder, const char *base, const char *path, GError **error)
{
  gint64 size = 0;
  g_autofree char *sum = smooth_file_dup_sha256 (path, &size, error);
  g_autofree char *relative = dup_relative_path (base, path);

  if (sum == NULL)
    return FALSE;
  smooth_json_add_string (builder, "path", relative);
  smooth_json_add_int (builder, "size", size);
  smooth_json_add_string (builder, "sha256", sum);
  return TRUE;
}

static gboolean
add_files (JsonBuilder *builder, const char *base, char *const *files, GError **error)
{
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (gsize i = 0; files[i] != NULL; i++)
    {
      json_builder_begin_object (builder);
      if (!add_file_members (builder, base, files[i], error))
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
  if (input->files != NULL)
    {
      g_autofree char *relative = dup_relative_path (base, input->path);
      smooth_json_add_string (builder, "path", relative);
      if (!add_files (builder, base, input->files, error))
        return FALSE;
    }
  else if (!add_file_members (builder, base, input->path, error))
    return FALSE;
  if (scale != NULL && strcmp (input->name, "signature") == 0)
    smooth_json_add_string (builder, "scale", scale);
  json_builder_end_object (builder);
  return TRUE;
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

/* As what the text of a parameter looks like: a truth, a number, or the name of a choice. */
static void
add_parameter (JsonBuilder *builder, const SmoothRecipeValue *value)
{
  gint64 whole;
  char *end = NULL;
  double number = g_ascii_strtod (value->text, &end);

  if (strcmp (value->text, "true") == 0 || strcmp (value->text, "false") == 0)
    smooth_json_add_boolean (builder, value->name, *value->text == 't');
  else if (g_ascii_string_to_signed (value->text, 10, G_MININT64, G_MAXINT64, &whole, NULL))
    smooth_json_add_int (builder, value->name, whole);
  else if (end != value->text && *end == '\0')
    smooth_json_add_double (builder, value->name, number);
  else
    smooth_json_add_string (builder, value->name, value->text);
}

/* Parameters of one group stand together. */
static void
add_parameters (JsonBuilder *builder, const SmoothRecipe *recipe)
{
  const char *group = NULL;

  json_builder_set_member_name (builder, "parameters");
  json_builder_begin_object (builder);
  for (guint i = 0; i < recipe->values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (recipe->values, i);
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
      add_parameter (builder, value);
    }
  if (group != NULL)
    json_builder_end_object (builder);
  json_builder_end_object (builder);
}

/**
 * smooth_recipe_save:
 * @path: of the recipe
 *
 * Reads every input file once more, for its checksum.
 */
gboolean
smooth_recipe_save (const SmoothRecipe *recipe, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *base = g_path_get_dirname (path);

  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "smoothscope", SMOOTH_VERSION);
  smooth_json_add_int (builder, "format", SMOOTH_RECIPE_FORMAT);
  smooth_json_add_string (builder, "command", recipe->command);
  for (guint i = 0; i < recipe->inputs->len; i++)
    if (!add_input (builder, base, recipe, g_ptr_array_index (recipe->inputs, i), error))
      return FALSE;
  add_options (builder, recipe);
  add_parameters (builder, recipe);
  json_builder_end_object (builder);
  return smooth_json_save (builder, path, error);
}

/**
 * smooth_recipe_new_of_outcome:
 * @regions_path: (nullable): the GeoJSON file that holds the regions of the outcome
 *
 * Returns: (transfer full): the recipe of deconvolve with the inputs and parameters of the outcome
 */
SmoothRecipe *
smooth_recipe_new_of_outcome (const SmoothOutcome *outcome, const char *regions_path)
{
  const SmoothSection *section = outcome->inputs.section;
  const SmoothSignature *signature = outcome->inputs.signature;
  SmoothRecipe *recipe = smooth_recipe_new ("deconvolve");

  smooth_recipe_add_input (recipe, "section", section->path, section->input_files);
  if (signature != NULL)
    {
      smooth_recipe_add_input (recipe, "signature", signature->path, NULL);
      smooth_recipe_add_option (recipe, "signature-scale", smooth_scale_get_name (signature->scale));
    }
  if (regions_path != NULL)
    smooth_recipe_add_input (recipe, "regions", regions_path, NULL);
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    smooth_recipe_add_parameters (recipe, smooth_parameter_groups[g].table,
                                  (const char *) &outcome->parameters + smooth_parameter_groups[g].offset);
  return recipe;
}
