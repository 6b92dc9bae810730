/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing and reading of recipe.json.
 *
 *     { "smoothscope": version of the program, "format": 1,
 *       "section":   { "path": folder, "files": [ { "path", "size", "sha256" }, ... ] },
 *       "signature": { "path", "size", "sha256", "scale": "counts" | "log1p" | ... },
 *       "regions":   { "path", "size", "sha256" },
 *       "parameters": { group: { name: value, ... }, ... } }
 *
 * Paths are relative to the folder of the recipe, so that a recipe moves together with its data. A file that has
 * changed since is a warning when the recipe is read: the numbers may then differ.
 */
#include "export/recipe.h"

#include "base/error.h"
#include "files/json-write.h"
#include "files/json.h"
#include "files/output.h"
#include "smooth-config.h"

#include <string.h>

#define RECIPE_FORMAT 1

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
add_section (JsonBuilder *builder, const char *base, const SmoothSection *section, GError **error)
{
  g_autofree char *relative = dup_relative_path (base, section->path);

  json_builder_set_member_name (builder, "section");
  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "path", relative);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (gsize i = 0; section->input_files[i] != NULL; i++)
    {
      json_builder_begin_object (builder);
      if (!add_file_members (builder, base, section->input_files[i], error))
        return FALSE;
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return TRUE;
}

static gboolean
add_signature (JsonBuilder *builder, const char *base, const SmoothSignature *signature, GError **error)
{
  json_builder_set_member_name (builder, "signature");
  json_builder_begin_object (builder);
  if (!add_file_members (builder, base, signature->path, error))
    return FALSE;
  smooth_json_add_string (builder, "scale", smooth_scale_get_name (signature->scale));
  json_builder_end_object (builder);
  return TRUE;
}

static gboolean
add_regions (JsonBuilder *builder, const char *base, const char *path, GError **error)
{
  json_builder_set_member_name (builder, "regions");
  json_builder_begin_object (builder);
  if (!add_file_members (builder, base, path, error))
    return FALSE;
  json_builder_end_object (builder);
  return TRUE;
}

static void
add_parameter (JsonBuilder *builder, const SmoothParam *param, double value)
{
  switch (param->type)
    {
    case SMOOTH_PARAM_BOOL:
      smooth_json_add_boolean (builder, param->name, value != 0.0);
      break;
    case SMOOTH_PARAM_CHOICE:
      smooth_json_add_string (builder, param->name, param->choices[(gint) value]);
      break;
    case SMOOTH_PARAM_INT:
      smooth_json_add_int (builder, param->name, (gint64) value);
      break;
    case SMOOTH_PARAM_DOUBLE:
    default:
      smooth_json_add_double (builder, param->name, value);
      break;
    }
}

static void
add_parameters (JsonBuilder *builder, const SmoothParameters *parameters)
{
  json_builder_set_member_name (builder, "parameters");
  json_builder_begin_object (builder);
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    {
      const SmoothParameterGroup *group = &smooth_parameter_groups[g];
      gconstpointer settings = (const char *) parameters + group->offset;
      json_builder_set_member_name (builder, group->table->name);
      json_builder_begin_object (builder);
      for (gsize i = 0; i < group->table->n_params; i++)
        add_parameter (builder, &group->table->params[i], smooth_param_get (&group->table->params[i], settings));
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}

/**
 * smooth_recipe_save:
 * @outcome: its inputs and parameters are written
 * @regions_path: (nullable): the GeoJSON file that holds the regions of the outcome
 * @path: of the recipe
 *
 * Reads every input file once more, for its checksum.
 */
gboolean
smooth_recipe_save (const SmoothOutcome *outcome, const char *regions_path, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *base = g_path_get_dirname (path);

  json_builder_begin_object (builder);
  smooth_json_add_string (builder, "smoothscope", SMOOTH_VERSION);
  smooth_json_add_int (builder, "format", RECIPE_FORMAT);
  if (!add_section (builder, base, outcome->inputs.section, error))
    return FALSE;
  if (outcome->inputs.signature != NULL && !add_signature (builder, base, outcome->inputs.signature, error))
    return FALSE;
  if (regions_path != NULL && !add_regions (builder, base, regions_path, error))
    return FALSE;
  add_parameters (builder, &outcome->parameters);
  json_builder_end_object (builder);
  return smooth_json_save (builder, path, error);
}

/* ---- Reading ----------------------------------------------------------------------------------------------- */

/* Reads the parameter; one that is absent keeps its default. */
static gboolean
read_parameter (const SmoothJson *json, const char *member, const SmoothParam *param, gpointer settings, GError **error)
{
  double value = smooth_param_get (param, settings);
  gboolean truth = value != 0.0;
  const char *text = NULL;

  if (param->type == SMOOTH_PARAM_CHOICE)
    {
      if (!smooth_json_get_string (json, member, SMOOTH_JSON_OPTIONAL, &text, error))
        return FALSE;
      return text == NULL || smooth_param_parse (param, settings, text, error);
    }
  if (param->type == SMOOTH_PARAM_BOOL)
    {
      if (!smooth_json_get_boolean (json, member, SMOOTH_JSON_OPTIONAL, &truth, error))
        return FALSE;
      value = truth;
    }
  else if (!smooth_json_get_number (json, member, SMOOTH_JSON_OPTIONAL, &value, error))
    return FALSE;
  return smooth_param_set (param, settings, value, error);
}

static gboolean
warn_of_unknown (const SmoothJson *json, const char *member, const SmoothParamTable *table, SmoothReport *report)
{
  g_autofree const char **known = g_new0 (const char *, table->n_params + 1);

  for (gsize i = 0; i < table->n_params; i++)
    known[i] = table->params[i].name;
  g_auto (GStrv) unknown = smooth_json_dup_unknown (json, member, known);
  for (gsize i = 0; unknown != NULL && unknown[i] != NULL; i++)
    smooth_report_add (report, SMOOTH_REPORT_WARNING, "%s: %s.%s is not known to this version and is ignored",
                       smooth_json_get_path (json), member, unknown[i]);
  return TRUE;
}

static gboolean
read_parameters (const SmoothJson *json, SmoothParameters *parameters, SmoothReport *report, GError **error)
{
  JsonObject *object;

  smooth_parameters_init (parameters);
  if (!smooth_json_get_object (json, "parameters", SMOOTH_JSON_REQUIRED, &object, error))
    return FALSE;
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    {
      const SmoothParameterGroup *group = &smooth_parameter_groups[g];
      g_autofree char *prefix = g_strdup_printf ("parameters.%s", group->table->name);
      if (!smooth_json_get_object (json, prefix, SMOOTH_JSON_OPTIONAL, &object, error))
        return FALSE;
      warn_of_unknown (json, prefix, group->table, report);
      for (gsize i = 0; i < group->table->n_params; i++)
        {
          const SmoothParam *param = &group->table->params[i];
          g_autofree char *member = g_strdup_printf ("%s.%s", prefix, param->name);
          if (!read_parameter (json, member, param, (char *) parameters + group->offset, error))
            {
              g_prefix_error (error, "%s: ", prefix);
              return FALSE;
            }
        }
    }
  return TRUE;
}

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
check_section_files (const SmoothJson *json, const char *base, SmoothReport *report, GError **error)
{
  JsonArray *files = NULL;

  if (!smooth_json_get_array (json, "section.files", SMOOTH_JSON_OPTIONAL, &files, error))
    return FALSE;
  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++)
    {
      g_autofree char *member = g_strdup_printf ("section.files[%u]", i);
      if (!check_file (json, member, base, report, error))
        return FALSE;
    }
  return TRUE;
}

/* Reads the path of an input that the recipe may have, as an absolute path. */
static gboolean
read_input (const SmoothJson *json, const char *name, SmoothJsonNeed need, const char *base, SmoothReport *report, char **path,
            GError **error)
{
  g_autofree char *member = g_strdup_printf ("%s.path", name);
  JsonObject *object = NULL;
  const char *relative;

  if (!smooth_json_get_object (json, name, need, &object, error))
    return FALSE;
  if (object == NULL)
    return TRUE;
  if (!smooth_json_get_string (json, member, SMOOTH_JSON_REQUIRED, &relative, error) || !check_file (json, name, base, report, error))
    return FALSE;
  *path = g_canonicalize_filename (relative, base);
  return TRUE;
}

static gboolean
read_signature_scale (const SmoothJson *json, SmoothScale *scale, GError **error)
{
  const char *text = NULL;

  if (smooth_json_get_node (json, "signature") == NULL)
    return TRUE;
  if (!smooth_json_get_string (json, "signature.scale", SMOOTH_JSON_OPTIONAL, &text, error))
    return FALSE;
  if (text == NULL || smooth_scale_from_name (text, scale, error))
    return TRUE;
  g_prefix_error (error, "%s: signature.scale: ", smooth_json_get_path (json));
  return FALSE;
}

static gboolean
check_format (const SmoothJson *json, GError **error)
{
  gint64 format;

  if (!smooth_json_get_integer (json, "format", SMOOTH_JSON_REQUIRED, &format, error))
    return FALSE;
  if (format == RECIPE_FORMAT)
    return TRUE;
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT, "%s: expected a recipe of format %d, found format %" G_GINT64_FORMAT,
               smooth_json_get_path (json), RECIPE_FORMAT, format);
  return FALSE;
}

/**
 * smooth_recipe_load:
 * @report: warnings go here: changed inputs, unknown parameters
 *
 * Returns: (transfer full): the recipe; a missing input file, a wrong type or a value out of range is an error
 */
SmoothRecipe *
smooth_recipe_load (const char *path, SmoothReport *report, GError **error)
{
  g_autoptr (SmoothJson) json = smooth_json_load (path, error);
  g_autoptr (SmoothRecipe) recipe = g_new0 (SmoothRecipe, 1);

  if (json == NULL || !check_format (json, error))
    return NULL;

  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_canonicalize_filename (folder, NULL);
  recipe->signature_scale = SMOOTH_SCALE_GUESS;
  if (!read_input (json, "section", SMOOTH_JSON_REQUIRED, base, report, &recipe->section, error)
      || !check_section_files (json, base, report, error)
      || !read_input (json, "signature", SMOOTH_JSON_OPTIONAL, base, report, &recipe->signature, error)
      || !read_signature_scale (json, &recipe->signature_scale, error)
      || !read_input (json, "regions", SMOOTH_JSON_OPTIONAL, base, report, &recipe->regions, error)
      || !read_parameters (json, &recipe->parameters, report, error))
    return NULL;
  return g_steal_pointer (&recipe);
}

void
smooth_recipe_free (SmoothRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free (recipe->section);
  g_free (recipe->signature);
  g_free (recipe->regions);
  g_free (recipe);
}
