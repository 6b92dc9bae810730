/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recipe is: inputs, options, parameters, regions, and the texts of a window. */
#include "export/recipe-private.h"

#include "base/error.h"
#include "files/choice.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
file_free (gpointer data)
{
  SmoothRecipeFile *file = data;

  g_free (file->path);
  g_free (file->sum);
  g_free (file);
}

static void
input_free (gpointer data)
{
  SmoothRecipeInput *input = data;

  g_free (input->name);
  g_free (input->path);
  g_free (input->other);
  g_ptr_array_unref (input->files);
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
  recipe->texts = g_ptr_array_new_with_free_func (value_free);
  return recipe;
}

void
smooth_recipe_free (SmoothRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free (recipe->path);
  g_free (recipe->command);
  g_clear_pointer (&recipe->regions, smooth_regions_unref);
  g_ptr_array_unref (recipe->inputs);
  g_ptr_array_unref (recipe->values);
  g_ptr_array_unref (recipe->texts);
  g_free (recipe);
}

/* ---- Inputs ------------------------------------------------------------------------------------------------ */

SmoothRecipeFile *
smooth_i_recipe_input_add_file (SmoothRecipeInput *input, const char *path)
{
  SmoothRecipeFile *file = g_new0 (SmoothRecipeFile, 1);

  file->path = g_canonicalize_filename (path, NULL);
  file->size = -1;
  g_ptr_array_add (input->files, file);
  return file;
}

/* An input without files. */
SmoothRecipeInput *
smooth_i_recipe_add_input (SmoothRecipe *recipe, const char *name, const char *path)
{
  SmoothRecipeInput *input = g_new0 (SmoothRecipeInput, 1);

  input->name = g_strdup (name);
  input->path = g_canonicalize_filename (path, NULL);
  input->files = g_ptr_array_new_with_free_func (file_free);
  g_ptr_array_add (recipe->inputs, input);
  return input;
}

/**
 * smooth_recipe_add_input:
 * @name: what it is: "section", "signature", or the flag that names it
 * @path: of a file, or of a folder; 'FILE#NAME' too
 * @files: (nullable): of a folder: every file in it that was read, %NULL-terminated
 */
void
smooth_recipe_add_input (SmoothRecipe *recipe, const char *name, const char *path, char *const *files)
{
  SmoothRecipeInput *input = smooth_i_recipe_add_input (recipe, name, path);

  input->is_listed = files != NULL;
  for (gsize i = 0; files != NULL && files[i] != NULL; i++)
    smooth_i_recipe_input_add_file (input, files[i]);
  if (files == NULL)
    {
      g_autofree char *choice = NULL;
      g_autofree char *file = smooth_i_choice_split (input->path, &choice);
      smooth_i_recipe_input_add_file (input, file);
    }
}

/* Returns: (nullable) */
SmoothRecipeInput *
smooth_i_recipe_find_input (const SmoothRecipe *recipe, const char *name)
{
  for (guint i = 0; i < recipe->inputs->len; i++)
    {
      SmoothRecipeInput *input = g_ptr_array_index (recipe->inputs, i);
      if (strcmp (input->name, name) == 0)
        return input;
    }
  return NULL;
}

/* Returns: (nullable): the absolute path of an input */
const char *
smooth_recipe_get_input (const SmoothRecipe *recipe, const char *name)
{
  const SmoothRecipeInput *input = smooth_i_recipe_find_input (recipe, name);

  return input != NULL ? input->path : NULL;
}

/* @regions: (nullable): referenced; written into the recipe itself, and none where there are none */
void
smooth_recipe_set_regions (SmoothRecipe *recipe, SmoothRegions *regions)
{
  if (regions != NULL)
    smooth_regions_ref (regions);
  g_clear_pointer (&recipe->regions, smooth_regions_unref);
  recipe->regions = regions;
}

/* ---- Values ------------------------------------------------------------------------------------------------ */

void
smooth_i_recipe_add_value (GPtrArray *values, const char *group, const char *name, const char *text)
{
  SmoothRecipeValue *value = g_new (SmoothRecipeValue, 1);

  *value = (SmoothRecipeValue){ g_strdup (group), g_strdup (name), g_strdup (text) };
  g_ptr_array_add (values, value);
}

static const char *
find_value (const GPtrArray *values, const char *group, const char *name)
{
  for (guint i = 0; i < values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (values, i);
      if (g_strcmp0 (value->group, group) == 0 && strcmp (value->name, name) == 0)
        return value->text;
    }
  return NULL;
}

static void
add_table (GPtrArray *values, const char *group, const SmoothParamTable *table, gconstpointer settings)
{
  for (gsize i = 0; i < table->n_params; i++)
    {
      g_autofree char *text = smooth_param_dup_text (&table->params[i], smooth_param_get (&table->params[i], settings));
      smooth_i_recipe_add_value (values, group, table->params[i].name, text);
    }
}

/* A word that is no declared parameter: the name of a column, of a scale. */
void
smooth_recipe_add_option (SmoothRecipe *recipe, const char *name, const char *text)
{
  smooth_i_recipe_add_value (recipe->values, NULL, name, text);
}

/* All parameters of @table, those with their default too: a later version may have another. */
void
smooth_recipe_add_parameters (SmoothRecipe *recipe, const SmoothParamTable *table, gconstpointer settings)
{
  add_table (recipe->values, table->name, table, settings);
}

/* Returns: (nullable): the text of an option */
const char *
smooth_recipe_get_option (const SmoothRecipe *recipe, const char *name)
{
  return find_value (recipe->values, NULL, name);
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

/* ---- The window -------------------------------------------------------------------------------------------- */

/* One text of what a window shows, by group ("look") and name. */
void
smooth_recipe_add_text (SmoothRecipe *recipe, const char *group, const char *name, const char *text)
{
  smooth_i_recipe_add_value (recipe->texts, group, name, text);
}

/* All of a struct that @table declares, as texts of @group. */
void
smooth_recipe_add_texts (SmoothRecipe *recipe, const char *group, const SmoothParamTable *table, gconstpointer settings)
{
  add_table (recipe->texts, group, table, settings);
}

/* Returns: (nullable) */
const char *
smooth_recipe_get_text (const SmoothRecipe *recipe, const char *group, const char *name)
{
  return find_value (recipe->texts, group, name);
}

/**
 * smooth_recipe_get_texts:
 * @settings: (out): the defaults where the recipe says nothing, or nothing that @table allows
 * @report: told of what was not allowed
 */
void
smooth_recipe_get_texts (const SmoothRecipe *recipe, const char *group, const SmoothParamTable *table, gpointer settings,
                         SmoothReport *report)
{
  smooth_params_init (table, settings);
  for (gsize i = 0; i < table->n_params; i++)
    {
      const char *text = find_value (recipe->texts, group, table->params[i].name);
      g_autoptr (GError) error = NULL;
      if (text != NULL && !smooth_param_parse (&table->params[i], settings, text, &error))
        smooth_report_add (report, SMOOTH_REPORT_WARNING, "%s: window.%s: %s", recipe->path != NULL ? recipe->path : _("recipe"), group,
                           smooth_error_say (error));
    }
}

gboolean
smooth_recipe_has_texts (const SmoothRecipe *recipe, const char *group)
{
  for (guint i = 0; i < recipe->texts->len; i++)
    if (g_strcmp0 (((const SmoothRecipeValue *) g_ptr_array_index (recipe->texts, i))->group, group) == 0)
      return TRUE;
  return FALSE;
}

/**
 * smooth_recipe_keep_unknown:
 * @from: what was read, perhaps of a later version
 * @known: %NULL-terminated: the groups of texts that the writer of @recipe knows
 *
 * Adds groups of texts that are not @known, options, and parameters that @recipe has not, so that to open and save loses
 * nothing.
 */
void
smooth_recipe_keep_unknown (SmoothRecipe *recipe, const SmoothRecipe *from, const char *const *known)
{
  for (guint i = 0; i < from->texts->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (from->texts, i);
      if (!g_strv_contains (known, value->group))
        smooth_i_recipe_add_value (recipe->texts, value->group, value->name, value->text);
    }
  for (guint i = 0; i < from->values->len; i++)
    {
      const SmoothRecipeValue *value = g_ptr_array_index (from->values, i);
      gboolean is_of_input = value->group == NULL && (strcmp (value->name, "signature-scale") == 0 || strcmp (value->name, "turn") == 0);
      if (!is_of_input && find_value (recipe->values, value->group, value->name) == NULL)
        smooth_i_recipe_add_value (recipe->values, value->group, value->name, value->text);
    }
}

/* The section with its files, and how its spots were turned. */
void
smooth_recipe_add_section (SmoothRecipe *recipe, const SmoothSection *section)
{
  smooth_recipe_add_input (recipe, "section", section->path, section->input_files);
  if (section->turn != 0)
    smooth_recipe_add_option (recipe, "turn", smooth_turn_get_name (section->turn));
}

/* ---- Of a computation -------------------------------------------------------------------------------------- */

static void
add_inputs (SmoothRecipe *recipe, const SmoothInputs *inputs)
{
  smooth_recipe_add_section (recipe, inputs->section);
  if (inputs->signature == NULL)
    return;
  smooth_recipe_add_input (recipe, "signature", inputs->signature->path, inputs->signature->input_files);
  smooth_recipe_add_option (recipe, "signature-scale", smooth_scale_get_name (inputs->signature->scale));
}

/* The tables beside these. */
static void
add_tables (SmoothRecipe *recipe, const SmoothInputs *inputs)
{
  const SmoothLikeness *likeness = inputs->likeness;
  const SmoothTypeConfidences *confidences = inputs->confidences;

  if (likeness != NULL && likeness->features != NULL)
    smooth_recipe_add_input (recipe, "features", likeness->features->path, NULL);
  if (likeness != NULL && likeness->path != NULL)
    smooth_recipe_add_input (recipe, "similarity", likeness->path, NULL);
  if (confidences != NULL && confidences->path != NULL)
    smooth_recipe_add_input (recipe, "confidences", confidences->path, NULL);
  else if (confidences != NULL)
    smooth_recipe_add_option (recipe, "confidences", SMOOTH_ESTIMATE);
  if (inputs->type_priors != NULL)
    smooth_recipe_add_input (recipe, "type-priors", inputs->type_priors->path, NULL);
}

/**
 * smooth_recipe_load_files:
 *
 * Returns: (transfer full): the tables that the recipe names, read; without any, one without tables
 */
SmoothInputFiles *
smooth_recipe_load_files (const SmoothRecipe *recipe, GError **error)
{
  const char *paths[SMOOTH_N_INPUT_FILES];

  for (gint i = 0; i < SMOOTH_N_INPUT_FILES; i++)
    {
      paths[i] = smooth_recipe_get_input (recipe, smooth_input_files[i].name);
      if (paths[i] == NULL && smooth_input_files[i].can_estimate && smooth_recipe_get_option (recipe, smooth_input_files[i].name) != NULL)
        paths[i] = SMOOTH_ESTIMATE;
    }
  return smooth_input_files_load (paths, error);
}

static void
add_groups (SmoothRecipe *recipe, const SmoothParameters *parameters)
{
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    smooth_recipe_add_parameters (recipe, smooth_parameter_groups[g].table,
                                  (const char *) parameters + smooth_parameter_groups[g].offset);
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
  SmoothRecipe *recipe = smooth_recipe_new ("deconvolve");

  add_inputs (recipe, &outcome->inputs);
  add_tables (recipe, &outcome->inputs);
  if (regions_path != NULL)
    smooth_recipe_add_input (recipe, "regions", regions_path, NULL);
  add_groups (recipe, &outcome->parameters);
  return recipe;
}

/**
 * smooth_recipe_new_of_inputs:
 * @inputs: files that were read; regions are written into the recipe
 *
 * Returns: (transfer full): the recipe of deconvolve that needs no file but those of section and reference
 */
SmoothRecipe *
smooth_recipe_new_of_inputs (const SmoothInputs *inputs, const SmoothParameters *parameters)
{
  SmoothRecipe *recipe = smooth_recipe_new ("deconvolve");

  add_inputs (recipe, inputs);
  add_tables (recipe, inputs);
  smooth_recipe_set_regions (recipe, inputs->regions);
  add_groups (recipe, parameters);
  return recipe;
}
