/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The groups of texts: look, colours, type-colours, category-colours, view, reference; pin, with the parameters of the setting A in
 * pin.GROUP; analysis, with the settings of analyses in analysis.GROUP. Genes, types and columns go by their names: their
 * numbers may be others next time. */
#include "session.h"

#include <string.h>

#define NO_LIMIT 1e300 /* of a coordinate, in pixels */

static const SmoothParam place_fields[] = {
  { "x", "x", SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (ScopePlace, view.x), 0, -NO_LIMIT, NO_LIMIT, "", NULL, "" },
  { "y", "y", SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (ScopePlace, view.y), 0, -NO_LIMIT, NO_LIMIT, "", NULL, "" },
  { "zoom", "zoom", SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (ScopePlace, view.zoom), 1, 1e-9, 1e9, "", NULL, "" },
  { "fitted", "fitted", SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (ScopePlace, is_fitted), 1, 0, 1, "", NULL, "" },
  { "fits-spots", "fits spots", SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (ScopePlace, fits_spots), 1, 0, 1, "", NULL, "" },
};

static const SmoothParamTable place_table = { "view", "View", sizeof (ScopePlace), place_fields, G_N_ELEMENTS (place_fields) };

/* ---- Writing ----------------------------------------------------------------------------------------------- */

const char *const scope_session_categories[SCOPE_MOST_CATEGORIES]
  = { "categories", "categories-2", "categories-3", "categories-4", "categories-5", "categories-6", "categories-7", "categories-8" };

static const char *const channel_names[SCOPE_N_CHANNELS] = { "red", "green", "blue" };

/* Red, green and blue: 'gene:Pax6', 'type:B cells', 'layer:components:2'. */
static void
add_channels (SmoothRecipe *recipe, ScopeDocument *document, const ScopeLook *look)
{
  const SmoothSection *section = scope_document_get_section (document);
  const SmoothSignature *signature = scope_document_get_signature (document);

  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      const ScopeChannel *channel = &look->channels[c];
      g_autofree char *text = NULL;
      if (channel->kind == SCOPE_CHANNEL_GENE && channel->index >= 0 && channel->index < section->n_genes)
        text = g_strdup_printf ("gene:%s", section->gene_names[channel->index]);
      else if (channel->kind == SCOPE_CHANNEL_TYPE && signature != NULL && channel->index >= 0 && channel->index < signature->n_types)
        text = g_strdup_printf ("type:%s", signature->type_names[channel->index]);
      else if (channel->kind == SCOPE_CHANNEL_LAYER && channel->layer != NULL)
        text = g_strdup_printf ("layer:%s:%" G_GINT64_FORMAT, channel->layer, channel->index);
      if (text != NULL)
        smooth_recipe_add_text (recipe, "look", channel_names[c], text);
    }
}

static void
add_names (SmoothRecipe *recipe, ScopeDocument *document, const ScopeLook *look)
{
  const SmoothSection *section = scope_document_get_section (document);
  const SmoothSignature *signature = scope_document_get_signature (document);
  const SmoothLayer *layer = scope_document_get_layer (document, look->layer);

  if (look->gene >= 0 && look->gene < section->n_genes)
    {
      smooth_recipe_add_text (recipe, "look", "gene", section->gene_names[look->gene]);
      smooth_recipe_add_text (recipe, "look", "gene-id", section->gene_ids[look->gene]);
    }
  if (signature != NULL && look->type >= 0 && look->type < signature->n_types)
    smooth_recipe_add_text (recipe, "look", "type", signature->type_names[look->type]);
  if (look->genes != NULL)
    smooth_recipe_add_text (recipe, "look", "genes", look->genes);
  add_channels (recipe, document, look);
  if (look->layer == NULL)
    return;
  g_autofree char *column = g_strdup_printf ("%" G_GINT64_FORMAT, look->column);
  smooth_recipe_add_text (recipe, "look", "layer", look->layer);
  smooth_recipe_add_text (recipe, "look", "column", column);
  if (layer != NULL && look->column >= 0 && look->column < layer->n_columns)
    smooth_recipe_add_text (recipe, "look", "column-name", layer->columns[look->column]);
}

static void
add_look (SmoothRecipe *recipe, ScopeDocument *document)
{
  const ScopeLook *look = scope_document_get_look (document);
  const SmoothSignature *signature = scope_document_get_signature (document);

  smooth_recipe_add_texts (recipe, "look", &scope_look_params, look);
  add_names (recipe, document, look);
  smooth_session_add_colours (recipe, &look->colours, &look->own, signature != NULL ? signature->type_names : NULL);
}

static void
add_pin (SmoothRecipe *recipe, const ScopePin *pin)
{
  g_autofree char *regions = smooth_regions_dup_json (pin->regions);

  smooth_recipe_add_text (recipe, "pin", "regions", regions);
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    {
      g_autofree char *group = g_strconcat ("pin.", smooth_parameter_groups[g].table->name, NULL);
      smooth_recipe_add_texts (recipe, group, smooth_parameter_groups[g].table,
                               (const char *) &pin->parameters + smooth_parameter_groups[g].offset);
    }
}

static void
add_analyses (SmoothRecipe *recipe, const SmoothAnalysisSettings *settings)
{
  for (gsize g = 0; g < smooth_n_analysis_groups; g++)
    {
      g_autofree char *group = g_strconcat ("analysis.", smooth_analysis_groups[g].table->name, NULL);
      smooth_recipe_add_texts (recipe, group, smooth_analysis_groups[g].table,
                               (const char *) settings + smooth_analysis_groups[g].offset);
    }
  if (settings->genes != NULL)
    smooth_recipe_add_text (recipe, "analysis", "genes", settings->genes);
}

/* Whether this version writes the texts of a group itself. */
static void
keep_unknown (SmoothRecipe *recipe, const SmoothRecipe *opened)
{
  g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_free);
  static const char *const groups[] = { "look", "colours", "type-colours", "category-colours", "view", "reference", "pin", "analysis",
                                        "journal" };

  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    g_ptr_array_add (known, g_strdup (groups[i]));
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    g_ptr_array_add (known, g_strconcat ("pin.", smooth_parameter_groups[g].table->name, NULL));
  for (gsize g = 0; g < smooth_n_analysis_groups; g++)
    g_ptr_array_add (known, g_strconcat ("analysis.", smooth_analysis_groups[g].table->name, NULL));
  g_ptr_array_add (known, NULL);
  smooth_recipe_keep_unknown (recipe, opened, (const char *const *) known->pdata);
}

/**
 * scope_session_new_recipe:
 * @document: has a section that was read from a file
 * @place: (nullable): where the canvas looks
 * @opened: (nullable): what was opened: checksums that are known need not be computed again, and what this version does not
 *   know stays
 *
 * Returns: (transfer full): the session, for smooth_recipe_save(): on any thread
 */
SmoothRecipe *
scope_session_new_recipe (ScopeDocument *document, const ScopePlace *place, const SmoothRecipe *opened)
{
  const ScopeState *state = scope_document_get_state (document);
  gboolean has_file = state->signature != NULL && state->signature->path != NULL;
  SmoothInputs inputs = { .section = scope_document_get_section (document),
                          .signature = has_file ? state->signature : NULL,
                          .regions = state->regions };
  smooth_input_files_fill (state->files, &inputs);
  SmoothRecipe *recipe = smooth_recipe_new_of_inputs (&inputs, &state->parameters);

  recipe->flags = SMOOTH_RECIPE_ABSOLUTE;
  if (scope_document_get_plate_path (document) != NULL)
    smooth_recipe_add_input (recipe, "picture", scope_document_get_plate_path (document), NULL);
  for (guint i = 0; i < scope_document_get_category_files (document)->len; i++)
    smooth_recipe_add_input (recipe, scope_session_categories[i], scope_document_get_category_files (document)->pdata[i], NULL);
  add_look (recipe, document);
  if (place != NULL)
    smooth_recipe_add_texts (recipe, "view", &place_table, place);
  if (has_file)
    smooth_recipe_add_text (recipe, "reference", "scale", smooth_scale_get_name (state->asked_scale));
  if (state->pin != NULL)
    add_pin (recipe, state->pin);
  add_analyses (recipe, &state->analyses);
  if (opened != NULL)
    {
      smooth_recipe_take_sums (recipe, opened);
      keep_unknown (recipe, opened);
    }
  return recipe;
}

/* ---- Reading ----------------------------------------------------------------------------------------------- */

/* Whether a recipe says how the section is looked at, too. */
gboolean
scope_session_is_in (const SmoothRecipe *recipe)
{
  return smooth_recipe_has_texts (recipe, "look");
}

/* Returns: what the user said about the scale of the reference */
SmoothScale
scope_session_read_scale (const SmoothRecipe *recipe)
{
  const char *asked = smooth_recipe_get_text (recipe, "reference", "scale");
  const char *text = asked != NULL ? asked : smooth_recipe_get_option (recipe, "signature-scale");
  SmoothScale scale;

  return text != NULL && smooth_scale_from_name (text, &scale, NULL) ? scale : SMOOTH_SCALE_GUESS;
}

static ScopePin *
read_pin (const SmoothRecipe *recipe, SmoothReport *report)
{
  const char *text = smooth_recipe_get_text (recipe, "pin", "regions");
  g_autofree char *where = g_strdup_printf ("%s: window.pin.regions", recipe->path);
  g_autoptr (GError) error = NULL;
  SmoothParameters parameters;

  if (text == NULL)
    return NULL;
  g_autoptr (SmoothRegions) regions = smooth_regions_new_from_json (text, strlen (text), where, &error);
  if (regions == NULL)
    {
      smooth_report_add (report, SMOOTH_REPORT_WARNING, "%s", smooth_error_say (error));
      return NULL;
    }
  for (gsize g = 0; g < smooth_n_parameter_groups; g++)
    {
      g_autofree char *group = g_strconcat ("pin.", smooth_parameter_groups[g].table->name, NULL);
      smooth_recipe_get_texts (recipe, group, smooth_parameter_groups[g].table,
                               (char *) &parameters + smooth_parameter_groups[g].offset, report);
    }
  return scope_pin_new (&parameters, regions);
}

static void
read_analyses (const SmoothRecipe *recipe, SmoothAnalysisSettings *settings, SmoothReport *report)
{
  const char *genes = smooth_recipe_get_text (recipe, "analysis", "genes");

  smooth_analysis_settings_init (settings);
  for (gsize g = 0; g < smooth_n_analysis_groups; g++)
    {
      g_autofree char *group = g_strconcat ("analysis.", smooth_analysis_groups[g].table->name, NULL);
      smooth_recipe_get_texts (recipe, group, smooth_analysis_groups[g].table, (char *) settings + smooth_analysis_groups[g].offset,
                               report);
    }
  if (genes != NULL)
    settings->genes = g_intern_string (genes);
}

/**
 * scope_session_read_state:
 * @section: that was read for the recipe
 * @signature: (nullable): that was read for it; referenced
 * @files: (nullable): the same of its tables
 * @state: (out): for scope_document_open(); to be cleared
 * @report: told of what cannot be taken over
 *
 * Errors: as of smooth_recipe_get_parameters(). Regions in a file of their own are read.
 */
gboolean
scope_session_read_state (const SmoothRecipe *recipe, const SmoothSection *section, SmoothSignature *signature, SmoothInputFiles *files,
                          ScopeState *state, SmoothReport *report, GError **error)
{
  const char *path = smooth_recipe_get_input (recipe, "regions"), *turn_name = smooth_recipe_get_option (recipe, "turn");
  SmoothParameters parameters;
  gint turn = 0;

  if (!smooth_recipe_get_parameters (recipe, &parameters, error))
    return FALSE;
  if (turn_name != NULL && !smooth_turn_from_name (turn_name, &turn, error))
    {
      smooth_error_prefix (error, "%s: options.turn: ", recipe->path);
      return FALSE;
    }
  g_autoptr (SmoothRegions) regions = recipe->regions != NULL ? smooth_regions_ref (recipe->regions)
                                      : path != NULL          ? smooth_regions_load (path, section, error)
                                                              : smooth_regions_new ();
  if (regions == NULL)
    return FALSE;
  *state = (ScopeState){ .regions = g_steal_pointer (&regions), .parameters = parameters, .pin = read_pin (recipe, report),
                         .signature = signature != NULL ? smooth_signature_ref (signature) : NULL,
                         .files = files != NULL ? smooth_input_files_ref (files) : NULL,
                         .asked_scale = scope_session_read_scale (recipe) };
  read_analyses (recipe, &state->analyses, report);
  state->turn = turn;
  return TRUE;
}

static gint64
find_gene (const SmoothRecipe *recipe, const SmoothSection *section)
{
  const char *id = smooth_recipe_get_text (recipe, "look", "gene-id");
  const char *name = smooth_recipe_get_text (recipe, "look", "gene");

  for (gint64 g = 0; id != NULL && g < section->n_genes; g++)
    if (strcmp (section->gene_ids[g], id) == 0 && (name == NULL || strcmp (section->gene_names[g], name) == 0))
      return g;
  return name != NULL ? smooth_section_find_gene (section, name) : -1;
}

static gint64
find_type (const char *name, const SmoothSignature *signature)
{
  for (gint64 k = 0; name != NULL && signature != NULL && k < signature->n_types; k++)
    if (strcmp (signature->type_names[k], name) == 0)
      return k;
  return -1;
}

static void
read_layer (const SmoothRecipe *recipe, ScopeLook *look)
{
  const char *column = smooth_recipe_get_text (recipe, "look", "column");

  look->layer = g_intern_string (smooth_recipe_get_text (recipe, "look", "layer"));
  if (column == NULL || !g_ascii_string_to_signed (column, 10, 0, G_MAXINT32, &look->column, NULL))
    look->column = 0;
}

/* What is not there any more leaves its channel empty. */
static void
read_channels (const SmoothRecipe *recipe, const SmoothSection *section, const SmoothSignature *signature, ScopeLook *look)
{
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    {
      const char *text = smooth_recipe_get_text (recipe, "look", channel_names[c]);
      ScopeChannel channel = { SCOPE_CHANNEL_NONE, -1, NULL };
      if (text != NULL && g_str_has_prefix (text, "gene:"))
        channel = (ScopeChannel){ SCOPE_CHANNEL_GENE, smooth_section_find_gene (section, text + strlen ("gene:")), NULL };
      else if (text != NULL && g_str_has_prefix (text, "type:"))
        channel = (ScopeChannel){ SCOPE_CHANNEL_TYPE, find_type (text + strlen ("type:"), signature), NULL };
      else if (text != NULL && g_str_has_prefix (text, "layer:"))
        {
          g_auto (GStrv) parts = g_strsplit (text, ":", 3);
          if (g_strv_length (parts) == 3 && g_ascii_string_to_signed (parts[2], 10, 0, G_MAXINT32, &channel.index, NULL))
            channel = (ScopeChannel){ SCOPE_CHANNEL_LAYER, channel.index, g_intern_string (parts[1]) };
        }
      memset (&look->channels[c], 0, sizeof look->channels[c]); /* looks are compared as bytes */
      if (channel.index >= 0)
        {
          look->channels[c].kind = channel.kind;
          look->channels[c].index = channel.index;
          look->channels[c].layer = channel.layer;
        }
    }
}

/* What cannot be shown is not: a gene, type or layer that is not there any more. */
static void
check_choice (const SmoothRecipe *recipe, const SmoothSignature *signature, ScopeLook *look, SmoothReport *report)
{
  gboolean has_types = signature != NULL;
  const char *missing = NULL;

  if (look->by == SCOPE_BY_GENE && look->gene < 0)
    missing = "gene";
  if (look->by == SCOPE_BY_TYPE && look->type < 0)
    missing = "type";
  if (look->by == SCOPE_BY_LAYER && look->layer == NULL)
    missing = "layer";
  if (missing != NULL)
    smooth_report_add (report, SMOOTH_REPORT_WARNING, "%s: window.look.%s: expected the name of one that is there, found '%s'",
                       recipe->path, missing, smooth_recipe_get_text (recipe, "look", missing));
  if (missing != NULL || (!has_types && (look->by == SCOPE_BY_DOMINANT || look->by == SCOPE_BY_COMPOSITION)))
    look->by = has_types ? SCOPE_BY_DOMINANT : SCOPE_BY_COUNTS;
}

/**
 * scope_session_read_look:
 * @signature: (nullable)
 * @look: (out): as of a section that was just opened where @recipe says nothing
 * @report: told of what cannot be shown
 */
void
scope_session_read_look (const SmoothRecipe *recipe, const SmoothSection *section, const SmoothSignature *signature,
                         ScopeLook *look, SmoothReport *report)
{
  scope_look_init (look);
  if (!scope_session_is_in (recipe))
    {
      look->by = signature != NULL ? SCOPE_BY_DOMINANT : SCOPE_BY_COUNTS;
      return;
    }
  smooth_recipe_get_texts (recipe, "look", &scope_look_params, look, report);
  smooth_session_read_colours (recipe, &look->colours, &look->own, signature != NULL ? signature->type_names : NULL, report);
  look->gene = find_gene (recipe, section);
  look->type = find_type (smooth_recipe_get_text (recipe, "look", "type"), signature);
  look->genes = g_intern_string (smooth_recipe_get_text (recipe, "look", "genes"));
  read_channels (recipe, section, signature, look);
  read_layer (recipe, look);
  check_choice (recipe, signature, look, report);
}

/* Returns: FALSE where the recipe does not say where the canvas looked */
gboolean
scope_session_read_place (const SmoothRecipe *recipe, ScopePlace *place)
{
  g_autoptr (SmoothReport) report = smooth_report_new ();

  if (!smooth_recipe_has_texts (recipe, "view"))
    return FALSE;
  smooth_recipe_get_texts (recipe, "view", &place_table, place, report);
  return TRUE;
}
