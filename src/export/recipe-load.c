/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of recipes and sessions: paths become absolute, values texts. What this version does not know is named. */
#include "export/recipe-private.h"

#include "base/error.h"
#include "export/metadata.h"
#include "files/choice.h"
#include "files/decimal.h"
#include "files/json.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const reserved[] = { "smoothscope", "format", "command", "options", "parameters", "window", NULL };

/* One recipe that is being read. */
typedef struct
{
  SmoothRecipe *recipe;
  const SmoothJson *json;
  const char *base; /* of relative paths */
  SmoothReport *report;
} Reader;

/* ---- Inputs ------------------------------------------------------------------------------------------------ */

/* The members path, size and sha256 of the object @member. */
static gboolean
read_file (const Reader *reader, SmoothRecipeInput *input, const char *member, GError **error)
{
  g_autofree char *path_member = g_strdup_printf ("%s.path", member);
  g_autofree char *size_member = g_strdup_printf ("%s.size", member);
  g_autofree char *sum_member = g_strdup_printf ("%s.sha256", member);
  const char *relative, *sum = NULL;
  gint64 size = -1;

  if (!smooth_json_get_string (reader->json, path_member, SMOOTH_JSON_REQUIRED, &relative, error)
      || !smooth_json_get_integer (reader->json, size_member, SMOOTH_JSON_OPTIONAL, &size, error)
      || !smooth_json_get_string (reader->json, sum_member, SMOOTH_JSON_OPTIONAL, &sum, error))
    return FALSE;
  g_autofree char *choice = NULL;
  g_autofree char *path = g_canonicalize_filename (relative, reader->base);
  g_autofree char *plain = smooth_i_choice_split (path, &choice);
  SmoothRecipeFile *file = smooth_i_recipe_input_add_file (input, plain);
  file->size = size;
  file->sum = g_strdup (sum);
  return TRUE;
}

static gboolean
read_files (const Reader *reader, SmoothRecipeInput *input, GError **error)
{
  g_autofree char *list = g_strdup_printf ("%s.files", input->name);
  JsonArray *files = NULL;

  if (!smooth_json_get_array (reader->json, list, SMOOTH_JSON_OPTIONAL, &files, error))
    return FALSE;
  input->is_listed = files != NULL;
  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++)
    {
      g_autofree char *member = g_strdup_printf ("%s[%u]", list, i);
      if (!read_file (reader, input, member, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_scale (const Reader *reader, GError **error)
{
  const char *text = NULL;
  SmoothScale scale;

  if (!smooth_json_get_string (reader->json, "signature.scale", SMOOTH_JSON_OPTIONAL, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (!smooth_scale_from_name (text, &scale, error))
    {
      smooth_error_prefix (error, "%s: signature.scale: ", reader->recipe->path);
      return FALSE;
    }
  smooth_recipe_add_option (reader->recipe, "signature-scale", text);
  return TRUE;
}

/* A file or a folder with a checksum: 'regions' too, unless they are in the recipe. */
static gboolean
read_input (const Reader *reader, const char *name, GError **error)
{
  g_autofree char *path_member = g_strdup_printf ("%s.path", name);
  g_autofree char *other_member = g_strdup_printf ("%s.absolute", name);
  const char *relative, *other = NULL;

  if (!smooth_json_get_string (reader->json, path_member, SMOOTH_JSON_REQUIRED, &relative, error)
      || !smooth_json_get_string (reader->json, other_member, SMOOTH_JSON_OPTIONAL, &other, error))
    return FALSE;
  g_autofree char *path = g_canonicalize_filename (relative, reader->base);
  SmoothRecipeInput *input = smooth_i_recipe_add_input (reader->recipe, name, path);
  if (other != NULL && g_path_is_absolute (other))
    input->other = g_canonicalize_filename (other, NULL);
  if (!read_files (reader, input, error) || (!input->is_listed && !read_file (reader, input, name, error)))
    return FALSE;
  return strcmp (name, "signature") != 0 || read_scale (reader, error);
}

static gboolean
read_regions (const Reader *reader, GError **error)
{
  g_autofree char *text = smooth_json_dup_text (smooth_json_get_node (reader->json, "regions.geojson"));
  g_autofree char *where = g_strdup_printf ("%s: regions.geojson", reader->recipe->path);

  reader->recipe->regions = smooth_regions_new_from_json (text, strlen (text), where, error);
  return reader->recipe->regions != NULL;
}

/* One member that is not reserved; null is none. */
static gboolean
read_member (const Reader *reader, const char *name, GError **error)
{
  static const char *const usual[] = { "section", "signature", "regions", NULL };
  g_autofree char *path_member = g_strdup_printf ("%s.path", name);
  JsonObject *object = NULL;

  if (!g_strv_contains (usual, name) && smooth_json_get_node (reader->json, path_member) == NULL)
    {
      JsonNode *node = smooth_json_get_node (reader->json, name); /* NULL: its name has a dot */
      if (node == NULL || !JSON_NODE_HOLDS_NULL (node))
        smooth_report_add (reader->report, SMOOTH_REPORT_WARNING, "%s: %s is not known to this version and is ignored",
                           reader->recipe->path, name);
      return TRUE;
    }
  if (!smooth_json_get_object (reader->json, name, SMOOTH_JSON_OPTIONAL, &object, error))
    return FALSE;
  if (object == NULL)
    return TRUE;
  if (strcmp (name, "regions") == 0 && smooth_json_get_node (reader->json, "regions.geojson") != NULL)
    return read_regions (reader, error);
  return read_input (reader, name, error);
}

static gboolean
read_members (const Reader *reader, GError **error)
{
  g_auto (GStrv) names = smooth_json_dup_unknown (reader->json, "", reserved);

  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    if (!read_member (reader, names[i], error))
      return FALSE;
  return TRUE;
}

/* ---- Values ------------------------------------------------------------------------------------------------ */

/* The value of a member as the text that a command line would have. @where: for messages */
static char *
dup_value (const SmoothJson *json, JsonNode *node, const char *where, const char *name, GError **error)
{
  char text[SMOOTH_I_DECIMAL_SIZE];
  double number;

  if (JSON_NODE_HOLDS_VALUE (node))
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
  smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s.%s: expected a number, true, false or a text, found %s",
                    smooth_json_get_path (json), where, name, _(smooth_json_get_kind (node)));
  return NULL;
}

/* The members of @object, whatever their names are; @group: what they belong to, NULL for options. */
static gboolean
read_values (const SmoothJson *json, JsonObject *object, const char *where, const char *group, GPtrArray *values, GError **error)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    {
      g_autofree char *text = dup_value (json, json_object_get_member (object, l->data), where, l->data, error);
      if (text == NULL)
        return FALSE;
      smooth_i_recipe_add_value (values, group, l->data, text);
    }
  return TRUE;
}

static gboolean
read_options (const SmoothJson *json, GPtrArray *values, GError **error)
{
  JsonObject *object = NULL;

  if (!smooth_json_get_object (json, "options", SMOOTH_JSON_OPTIONAL, &object, error))
    return FALSE;
  return object == NULL || read_values (json, object, "options", NULL, values, error);
}

/* An object of groups, whatever their names are. */
static gboolean
read_groups (const SmoothJson *json, const char *member, SmoothJsonNeed need, GPtrArray *values, GError **error)
{
  JsonObject *object = NULL;

  if (!smooth_json_get_object (json, member, need, &object, error))
    return FALSE;
  g_autoptr (GList) groups = object != NULL ? json_object_get_members (object) : NULL;
  for (GList *l = groups; l != NULL; l = l->next)
    {
      JsonNode *node = json_object_get_member (object, l->data);
      g_autofree char *where = g_strdup_printf ("%s.%s", member, (const char *) l->data);
      if (JSON_NODE_HOLDS_OBJECT (node) && !read_values (json, json_node_get_object (node), where, l->data, values, error))
        return FALSE;
      if (JSON_NODE_HOLDS_OBJECT (node) || JSON_NODE_HOLDS_NULL (node))
        continue;
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s: expected an object, found %s", smooth_json_get_path (json),
                        where, _(smooth_json_get_kind (node)));
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
  if (format >= 1 && format <= SMOOTH_RECIPE_FORMAT)
    return TRUE;
  if (format > SMOOTH_RECIPE_FORMAT)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                      "%s: expected a recipe of format %d or less, found format %" PRId64
                      "; a newer version of Smoothscope wrote it",
                      smooth_json_get_path (json), SMOOTH_RECIPE_FORMAT, format);
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected a recipe of format %d or less, found format %" PRId64,
                      smooth_json_get_path (json), SMOOTH_RECIPE_FORMAT, format);
  return FALSE;
}

/* ---- Whole recipes ----------------------------------------------------------------------------------------- */

static SmoothRecipe *
read_json (const SmoothJson *json, SmoothReport *report, GError **error)
{
  const char *path = smooth_json_get_path (json);
  const char *command = "deconvolve";

  if (!check_format (json, error) || !smooth_json_get_string (json, "command", SMOOTH_JSON_OPTIONAL, &command, error))
    return NULL;

  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_canonicalize_filename (folder, NULL);
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_new (command);
  Reader reader = { recipe, json, base, report };
  recipe->path = g_strdup (path);
  if (!read_members (&reader, error) || !read_options (json, recipe->values, error)
      || !read_groups (json, "parameters", SMOOTH_JSON_REQUIRED, recipe->values, error)
      || !read_groups (json, "window", SMOOTH_JSON_OPTIONAL, recipe->texts, error))
    return NULL;
  return g_steal_pointer (&recipe);
}

/**
 * smooth_recipe_new_from_json:
 * @text: of smooth_recipe_dup_json()
 * @path: of the file that holds it: for messages, and the base of paths
 * @report: told of what this version does not know
 *
 * Looks at no input: see smooth_recipe_check_input().
 *
 * Returns: (transfer full): the recipe
 */
SmoothRecipe *
smooth_recipe_new_from_json (const char *text, gsize length, const char *path, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothJson) json = smooth_json_new_from_text (text, length, path, error);

  return json != NULL ? read_json (json, report, error) : NULL;
}

/* The document itself, or the one within a figure. */
static SmoothJson *
load_document (const char *path, GError **error)
{
  if (!smooth_metadata_is_figure (path))
    return smooth_json_load (path, error);
  g_autofree char *text = smooth_metadata_load (path, error);
  return text != NULL ? smooth_json_new_from_text (text, strlen (text), path, error) : NULL;
}

/* The same of a file: of a recipe, or of a figure (PNG, PDF, SVG) that has one within. */
SmoothRecipe *
smooth_recipe_read (const char *path, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothJson) json = load_document (path, error);

  return json != NULL ? read_json (json, report, error) : NULL;
}

/* A file that has changed is a warning: the numbers may then differ. */
static gboolean
check_inputs (SmoothRecipe *recipe, SmoothReport *report, GError **error)
{
  for (guint i = 0; i < recipe->inputs->len; i++)
    {
      const SmoothRecipeInput *input = g_ptr_array_index (recipe->inputs, i);
      g_autofree char *before = g_strdup (input->path);
      SmoothWording what = { NULL };
      SmoothInputState state = smooth_i_recipe_word_input (recipe, input->name, &what);
      if (state == SMOOTH_INPUT_MISSING)
        {
          smooth_error_set (error, SMOOTH_ERROR_FILE, "%s: %s: expected an input file, found none: %s", recipe->path,
                            input->name, smooth_i_wording_say (&what));
          smooth_i_wording_clear (&what);
          return FALSE;
        }
      if (state == SMOOTH_INPUT_CHANGED)
        smooth_report_add (report, SMOOTH_REPORT_WARNING, "%s: results may differ", smooth_i_wording_say (&what));
      smooth_i_wording_clear (&what);
      if (strcmp (before, input->path) != 0)
        smooth_report_add (report, SMOOTH_REPORT_NOTE, "%s: %s is not at %s; the same bytes were read at %s", recipe->path, input->name,
                           before, input->path);
    }
  return TRUE;
}

/**
 * smooth_recipe_load:
 * @report: warnings go here: changed inputs, what this version does not know
 *
 * Whether a command knows the parameters, and allows their values, is looked at by who uses them.
 *
 * Returns: (transfer full): the recipe; a missing input file or a wrong type is an error
 */
SmoothRecipe *
smooth_recipe_load (const char *path, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothRecipe) recipe = smooth_recipe_read (path, report, error);

  if (recipe == NULL || !check_inputs (recipe, report, error))
    return NULL;
  return g_steal_pointer (&recipe);
}

/**
 * smooth_recipe_get_parameters:
 * @parameters: (out): the defaults where the recipe says nothing; untouched on error
 *
 * Of a recipe of deconvolve or figure; parameters that are not known are stepped over. Tables that change the result, too, are
 * those of smooth_recipe_load_files(). Errors: another command, no section, a value out of range.
 */
gboolean
smooth_recipe_get_parameters (const SmoothRecipe *recipe, SmoothParameters *parameters, GError **error)
{
  SmoothParameters found;
  gboolean is_one = strcmp (recipe->command, "deconvolve") == 0 || strcmp (recipe->command, "figure") == 0;

  if (!is_one || smooth_recipe_get_input (recipe, "section") == NULL)
    {
      if (smooth_recipe_get_input (recipe, "section") == NULL)
        smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                          "%s: expected a recipe of 'deconvolve' or 'figure' with a section, found one of '%s' without; "
                          "'smoothscope-cli run' repeats those of every command",
                          recipe->path, recipe->command);
      else
        smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                          "%s: expected a recipe of 'deconvolve' or 'figure' with a section, found one of '%s'; "
                          "'smoothscope-cli run' repeats those of every command",
                          recipe->path, recipe->command);
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
          smooth_error_prefix (error, "%s: parameters.%s: ", recipe->path, value->group);
          return FALSE;
        }
    }
  *parameters = found;
  return TRUE;
}
