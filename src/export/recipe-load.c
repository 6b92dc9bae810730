/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of recipe.json: paths become absolute, values texts. A file that has changed since the recipe was written is a
 * warning: the numbers may then differ. */
#include "export/recipe-private.h"

#include "base/error.h"
#include "files/decimal.h"
#include "files/json.h"
#include "files/output.h"

#include <string.h>

static const char *const reserved[] = { "smoothscope", "format", "command", "options", "parameters", NULL };

/* Compares the file with what the recipe says of it; a difference is a warning. */
static gboolean
check_file (const SmoothJson *json, const char *member, const char *base, SmoothReport *report, GError **error)
{
  g_autofree char *path_member = g_strdup_printf ("%s.path", member);
  g_autofree char *sum_member = g_strdup_printf ("%s.sha256", member);
  const char *relative, *expected = NULL;

  if (!smooth_json_get_string (json, path_member, SMOOTH_JSON_REQUIRED, &relative, error)
      || !smooth_json_get_string (json, sum_member, SMOOTH_JSON_OPTIONAL, &expected, error))
    return FALSE;
  if (expected == NULL)
    return TRUE;

  g_autofree char *path = g_canonicalize_filename (relative, base);
  g_autofree char *found = smooth_file_dup_sha256 (path, NULL, error);
  if (found == NULL)
    {
      g_prefix_error (error, "%s: %s: ", smooth_json_get_path (json), member);
      return FALSE;
    }
  if (strcmp (expected, found) != 0)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "%s has changed since the recipe was written (expected SHA-256 %.12s..., found %.12s...): results may differ",
                       path, expected, found);
  return TRUE;
}

static gboolean
check_files (const SmoothJson *json, const char *name, const char *base, SmoothReport *report, GError **error)
{
  g_autofree char *list = g_strdup_printf ("%s.files", name);
  JsonArray *files = NULL;

  if (!smooth_json_get_array (json, list, SMOOTH_JSON_OPTIONAL, &files, error))
    return FALSE;
  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++)
    {
      g_autofree char *member = g_strdup_printf ("%s[%u]", list, i);
      if (!check_file (json, member, base, report, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_scale (SmoothRecipe *recipe, const SmoothJson *json, GError **error)
{
  const char *text = NULL;
  SmoothScale scale;

  if (!smooth_json_get_string (json, "signature.scale", SMOOTH_JSON_OPTIONAL, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (!smooth_scale_from_name (text, &scale, error))
    {
      g_prefix_error (error, "%s: signature.scale: ", recipe->path);
      return FALSE;
    }
  smooth_recipe_add_option (recipe, "signature-scale", text);
  return TRUE;
}

/* One input; null is none. */
static gboolean
read_input (SmoothRecipe *recipe, const SmoothJson *json, const char *name, const char *base, SmoothReport *report, GError **error)
{
  g_autofree char *member = g_strdup_printf ("%s.path", name);
  JsonObject *object = NULL;
  const char *relative;

  if (!smooth_json_get_object (json, name, SMOOTH_JSON_OPTIONAL, &object, error))
    return FALSE;
  if (object == NULL)
    return TRUE;
  if (!smooth_json_get_string (json, member, SMOOTH_JSON_REQUIRED, &relative, error) || !check_file (json, name, base, report, error)
      || !check_files (json, name, base, report, error))
    return FALSE;
  g_autofree char *path = g_canonicalize_filename (relative, base);
  smooth_recipe_add_input (recipe, name, path, NULL);
  return strcmp (name, "signature") != 0 || read_scale (recipe, json, error);
}

static gboolean
read_inputs (SmoothRecipe *recipe, const SmoothJson *json, SmoothReport *report, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (recipe->path);
  g_autofree char *base = g_canonicalize_filename (folder, NULL);
  g_auto (GStrv) names = smooth_json_dup_unknown (json, "", reserved);

  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    if (!read_input (recipe, json, names[i], base, report, error))
      return FALSE;
  return TRUE;
}

/* The value of a member as the text that a command line would have. */
static char *
dup_value (const SmoothJson *json, const char *member, GError **error)
{
  JsonNode *node = smooth_json_get_node (json, member);
  char text[SMOOTH_I_DECIMAL_SIZE];
  double number;

  if (node != NULL && JSON_NODE_HOLDS_VALUE (node))
    {
      if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
        return g_strdup (json_node_get_boolean (node) ? "true" : "false");
      if (json_node_get_value_type (node) == G_TYPE_STRING)
        return g_strdup (json_node_get_string (node));
      if (smooth_json_node_get_number (node, &number))
        {
          text[smooth_i_format_number (number, text)] = '\0';
          return g_strdup (text);
        }
    }
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT, "%s: %s: expected a number, true, false or a text, found %s",
               smooth_json_get_path (json), member, smooth_json_get_kind (node));
  return NULL;
}

/* The members of the object @where; @group: what they belong to, NULL for options. */
static gboolean
read_values (SmoothRecipe *recipe, const SmoothJson *json, const char *where, const char *group, GError **error)
{
  static const char *const none[] = { NULL };
  JsonObject *object = NULL;

  if (!smooth_json_get_object (json, where, SMOOTH_JSON_OPTIONAL, &object, error))
    return FALSE;
  g_auto (GStrv) names = object != NULL ? smooth_json_dup_unknown (json, where, none) : NULL;
  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *member = g_strdup_printf ("%s.%s", where, names[i]);
      g_autofree char *text = dup_value (json, member, error);
      if (text == NULL)
        return FALSE;
      smooth_i_recipe_add_value (recipe, group, names[i], text);
    }
  return TRUE;
}

static gboolean
read_parameters (SmoothRecipe *recipe, const SmoothJson *json, GError **error)
{
  static const char *const none[] = { NULL };
  JsonObject *object;

  if (!smooth_json_get_object (json, "parameters", SMOOTH_JSON_REQUIRED, &object, error))
    return FALSE;
  g_auto (GStrv) groups = smooth_json_dup_unknown (json, "parameters", none);
  for (gsize g = 0; groups != NULL && groups[g] != NULL; g++)
    {
      g_autofree char *where = g_strdup_printf ("parameters.%s", groups[g]);
      if (!read_values (recipe, json, where, groups[g], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_format (const SmoothJson *json, GError **error)
{
  gint64 format;

  if (!smooth_json_get_integer (json, "format", SMOOTH_JSON_REQUIRED, &format, error))
    return FALSE;
  if (format == SMOOTH_RECIPE_FORMAT)
    return TRUE;
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT, "%s: expected a recipe of format %d, found format %" G_GINT64_FORMAT,
               smooth_json_get_path (json), SMOOTH_RECIPE_FORMAT, format);
  return FALSE;
}

/**
 * smooth_recipe_load:
 * @report: warnings go here: changed inputs
 *
 * Whether a command knows the parameters, and allows their values, is looked at by who uses them.
 *
 * Returns: (transfer full): the recipe; a missing input file or a wrong type is an error
 */
SmoothRecipe *
smooth_recipe_load (const char *path, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothJson) json = smooth_json_load (path, error);
  const char *command = "deconvolve";

  if (json == NULL || !check_format (json, error) || !smooth_json_get_string (json, "command", SMOOTH_JSON_OPTIONAL, &command, error))
    return NULL;

  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new (command);
  recipe->path = g_strdup (path);
  if (!read_inputs (recipe, json, report, error) || !read_values (recipe, json, "options", NULL, error)
      || !read_parameters (recipe, json, error))
    return NULL;
  return g_steal_pointer (&recipe);
}

/**
 * smooth_recipe_get_parameters:
 * @parameters: (out): the defaults where the recipe says nothing; untouched on error
 *
 * Of a recipe of deconvolve; parameters that are not known are stepped over. Errors: another command, no section,
 * confidences, which parameters do not hold, a value out of range.
 */
gboolean
smooth_recipe_get_parameters (const SmoothRecipe *recipe, SmoothParameters *parameters, GError **error)
{
  SmoothParameters found;

  if (strcmp (recipe->command, "deconvolve") != 0 || smooth_recipe_get_input (recipe, "section") == NULL)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH,
                   "%s: expected a recipe of 'deconvolve' with a section, found one of '%s'%s; 'smoothscope-cli run' repeats those of every "
                   "command",
                   recipe->path, recipe->command, smooth_recipe_get_input (recipe, "section") == NULL ? " without" : "");
      return FALSE;
    }
  if (smooth_recipe_get_input (recipe, "confidences") != NULL || smooth_recipe_get_option (recipe, "confidences") != NULL)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH, "%s: expected a recipe without confidences, which 'smoothscope-cli run' knows alone",
                   recipe->path);
      return FALSE;
    }
  smooth_parameters_init (&found);
  for (guint i = 0; i < recipe->values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (recipe->values, i);
      const SmoothParameterGroup *group;
      const SmoothParam *param = value->group != NULL ? smooth_parameters_find (value->name, &group) : NULL;
      if (param != NULL && !smooth_param_parse (param, (char *) &found + group->offset, value->text, error))
        {
          g_prefix_error (error, "%s: parameters.%s: ", recipe->path, value->group);
          return FALSE;
        }
    }
  *parameters = found;
  return TRUE;
}
