/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From names to panels: values of the core, one scale of colours for all or one for each, and what the legends say.
 *
 *     counts, detected, mitochondrial, dominant, region      one panel each
 *     gene:NAME, type:NAME, layer:KEY/COLUMN                 one panel each
 *     types, layer:KEY                                       a panel of every cell type, of every column
 */
#include "export/panels.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static const char *const maps[] = { "viridis", "magma", "cividis", "diverging", NULL };
static const char *const limits[] = { "auto", "percentile", "typed", NULL };

#define FIELD(name) .offset = G_STRUCT_OFFSET (SmoothColourSettings, name)

static const SmoothParam params[] = {
  { .name = "map", .label = N_ ("Colour map"), .type = SMOOTH_PARAM_CHOICE, FIELD (map), .max = SMOOTH_N_COLOURMAPS - 1, .unit = "",
    .choices = maps, .help = N_ ("Colours from low to high values, in even steps to the eye; diverging has its middle where values change sign") },
  { .name = "reversed", .label = N_ ("Reversed"), .type = SMOOTH_PARAM_BOOL, FIELD (is_reversed), .max = 1, .unit = "",
    .help = N_ ("Gives the last colour of the map to the lowest value") },
  { .name = "log", .label = N_ ("Logarithmic"), .type = SMOOTH_PARAM_BOOL, FIELD (is_log), .max = 1, .unit = "",
    .help = N_ ("Spreads small values over more colours") },
  { .name = "limits", .label = N_ ("Limits"), .type = SMOOTH_PARAM_CHOICE, FIELD (limits), .max = SMOOTH_LIMITS_TYPED, .unit = "",
    .choices = limits, .help = N_ ("From 0 to a round number (auto), between percentiles of the values, or from low to high as typed") },
  { .name = "low-percentile", .label = N_ ("Lower percentile"), .type = SMOOTH_PARAM_DOUBLE, FIELD (low_percentile), .initial = 1, .max = 100,
    .unit = "%", .help = N_ ("A larger one gives the first colour to more spots") },
  { .name = "high-percentile", .label = N_ ("Upper percentile"), .type = SMOOTH_PARAM_DOUBLE, FIELD (high_percentile), .initial = 99, .max = 100,
    .unit = "%", .help = N_ ("A smaller one gives the last colour to more spots") },
  { .name = "low", .label = N_ ("Lower limit"), .type = SMOOTH_PARAM_DOUBLE, FIELD (low), .min = -1e12, .max = 1e12, .unit = "",
    .help = N_ ("The value of the first colour, with typed limits") },
  { .name = "high", .label = N_ ("Upper limit"), .type = SMOOTH_PARAM_DOUBLE, FIELD (high), .initial = 1, .min = -1e12, .max = 1e12, .unit = "",
    .help = N_ ("The value of the last colour, with typed limits") },
  { .name = "opacity", .label = N_ ("Spots"), .type = SMOOTH_PARAM_DOUBLE, FIELD (opacity), .initial = 0.85, .max = 1, .unit = "",
    .help = N_ ("Larger covers more of the tissue") },
  { .name = "histology", .label = N_ ("Histology"), .type = SMOOTH_PARAM_DOUBLE, FIELD (histology_opacity), .initial = 1, .max = 1, .unit = "",
    .help = N_ ("Larger shows more of the tissue's picture; 0 leaves it out") },
  { .name = "off-tissue", .label = N_ ("Spots off the tissue"), .type = SMOOTH_PARAM_BOOL, FIELD (off_tissue), .max = 1, .unit = "",
    .help = N_ ("Shows spots beside the tissue too, in grey") },
};

const SmoothParamTable smooth_colour_params = {
  .name = "colours", .label = N_ ("Colours"), .size = sizeof (SmoothColourSettings), .params = params, .n_params = G_N_ELEMENTS (params),
};

/* ---- Names ---- */

/* One panel that is to be made. */
typedef struct
{
  SmoothColourBy by;
  gint64 item;
  const SmoothLayer *layer;
} Choice;

/**
 * smooth_panels_split:
 * @text: names with commas between them, or with semicolons where names have commas
 *
 * Returns: (transfer full): the names without spaces around them
 */
char **
smooth_panels_split (const char *text)
{
  char **names = g_strsplit (text, strchr (text, ';') != NULL ? ";" : ",", -1);
  gsize n = 0;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      char *name = names[i];
      if (*g_strstrip (name) == '\0')
        g_free (name);
      else
        names[n++] = name;
    }
  names[n] = NULL;
  return names;
}

static gboolean
fail (GError **error, const char *name, const char *found)
{
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "panel '%s': expected %s", name, found);
  return FALSE;
}

static gint64
find_name (char *const *names, const char *name)
{
  for (gint64 i = 0; names[i] != NULL; i++)
    if (g_ascii_strcasecmp (names[i], name) == 0)
      return i;
  return -1;
}

static gboolean
add_gene (const SmoothPanelSource *source, const char *name, const char *gene, GArray *choices, GError **error)
{
  Choice choice = { SMOOTH_BY_GENE, smooth_section_find_gene (source->section, gene), NULL };

  if (choice.item < 0)
    return fail (error, name, "a gene of the section by symbol or id, found none of that name");
  g_array_append_val (choices, choice);
  return TRUE;
}

/* @type: NULL for all. */
static gboolean
add_types (const SmoothPanelSource *source, const char *name, const char *type, GArray *choices, GError **error)
{
  const SmoothResult *result = source->outcome != NULL ? source->outcome->result : NULL;
  gint64 only = result != NULL && type != NULL ? find_name (result->type_names, type) : -1;

  if (result == NULL)
    return fail (error, name, "cell types, found no reference");
  if (type != NULL && only < 0)
    {
      g_autofree char *known = g_strjoinv (", ", result->type_names);
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "panel '%s': expected a cell type of the reference (%s), found none of that name", name, known);
      return FALSE;
    }
  for (gint64 k = 0; k < result->n_types; k++)
    if (type == NULL || k == only)
      {
        Choice choice = { SMOOTH_BY_TYPE, k, NULL };
        g_array_append_val (choices, choice);
      }
  return TRUE;
}

/* @text: 'KEY' or 'KEY/COLUMN'. */
static gboolean
add_layer (const SmoothPanelSource *source, const char *name, const char *text, GArray *choices, GError **error)
{
  const char *slash = strchr (text, '/');
  g_autofree char *key = slash != NULL ? g_strndup (text, (gsize) (slash - text)) : g_strdup (text);
  const SmoothLayer *layer = NULL;

  for (gint64 i = 0; i < source->n_layers; i++)
    if (g_str_equal (source->layers[i]->key, key))
      layer = source->layers[i];
  if (layer == NULL)
    return fail (error, name, "the key of a layer that was computed, found none of that name");
  gint64 only = slash != NULL ? smooth_layer_find_column (layer, slash + 1) : -1;
  if (slash != NULL && only < 0)
    return fail (error, name, "a column of the layer behind the slash, found none of that name");
  for (gint64 c = 0; c < layer->n_columns; c++)
    if (slash == NULL || c == only)
      {
        Choice choice = { SMOOTH_BY_LAYER, c, layer };
        g_array_append_val (choices, choice);
      }
  return TRUE;
}

static gboolean
add_choices (const SmoothPanelSource *source, const char *name, GArray *choices, GError **error)
{
  static const struct { const char *name; SmoothColourBy by; } words[] = {
    { "counts", SMOOTH_BY_COUNTS },     { "detected", SMOOTH_BY_DETECTED }, { "mitochondrial", SMOOTH_BY_MITOCHONDRIAL },
    { "dominant", SMOOTH_BY_DOMINANT }, { "region", SMOOTH_BY_REGION },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (name, words[i].name))
      {
        Choice choice = { words[i].by, -1, NULL };
        if (choice.by == SMOOTH_BY_DOMINANT && (source->outcome == NULL || source->outcome->result == NULL))
          return fail (error, name, "cell types, found no reference");
        g_array_append_val (choices, choice);
        return TRUE;
      }
  if (g_str_equal (name, "types"))
    return add_types (source, name, NULL, choices, error);
  if (g_str_has_prefix (name, "gene:"))
    return add_gene (source, name, name + 5, choices, error);
  if (g_str_has_prefix (name, "type:"))
    return add_types (source, name, name + 5, choices, error);
  if (g_str_has_prefix (name, "layer:"))
    return add_layer (source, name, name + 6, choices, error);
  return fail (error, name, "counts, detected, mitochondrial, dominant, region, types, gene:NAME, type:NAME or layer:KEY/COLUMN");
}

/* ---- Colours ---- */

/* Regions of one category that differ in colour take that of the first. */
static guint32
category_colour (const SmoothPanelSource *source, const Choice *choice, const char *name, gint64 category)
{
  const guint32 *own = choice->by == SMOOTH_BY_LAYER ? source->category_colours : source->type_colours;
  const SmoothRegions *regions = source->outcome != NULL ? source->outcome->inputs.regions : NULL;

  if (choice->by != SMOOTH_BY_REGION)
    return own != NULL && category < source->n_own_colours && own[category] != 0 ? own[category] : smooth_category_colour (category);
  for (gint64 i = 0; regions != NULL && i < smooth_regions_get_n (regions); i++)
    if (g_str_equal (smooth_regions_get (regions, i)->name, name))
      return 0xff000000u | smooth_regions_get (regions, i)->colour;
  return smooth_category_colour (category);
}

static gpointer
keep (SmoothPanels *panels, gpointer memory)
{
  g_ptr_array_add (panels->memory, memory);
  return memory;
}

/* Categories are listed in their own order; with @all those too that no spot has, for a legend of several panels. */
static void
colour_categories (SmoothPanels *panels, SmoothFigure *figure, const SmoothPanelSource *source, const Choice *choice, const SmoothValues *values,
                   guint32 *colours, gboolean all)
{
  gint64 n = g_strv_length (values->names);
  g_autofree gboolean *seen = g_new0 (gboolean, MAX (n, 1));
  g_autofree guint32 *palette = g_new (guint32, MAX (n, 1));
  SmoothLegendEntry *entries = keep (panels, g_new0 (SmoothLegendEntry, MAX (n, 1)));

  for (gint64 k = 0; k < n; k++)
    palette[k] = category_colour (source, choice, values->names[k], k);
  for (gint64 i = 0; i < source->section->n_spots; i++)
    {
      double value = values->values[i];
      gboolean is_one = value >= 0.0 && value < (double) n;
      colours[i] = is_one ? 0xff000000u | palette[(gint64) value] : source->missing;
      if (is_one && (source->section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE))
        seen[(gint64) value] = TRUE;
    }
  figure->entries = entries;
  for (gint64 k = 0; k < n; k++)
    if (seen[k] || all)
      entries[figure->n_entries++] = (SmoothLegendEntry){ values->names[k], palette[k] & 0xffffff };
}

static void
colour_values (const SmoothColourScale *scale, const double *values, gint64 n, guint32 missing, guint32 *colours)
{
  for (gint64 i = 0; i < n; i++)
    {
      double place = smooth_colour_scale_get_place (scale, values[i]);
      colours[i] = isnan (place) ? missing : smooth_colour_scale_get_colour (scale, place);
    }
}

static void
colour_points (SmoothPanels *panels, SmoothFigure *figure, const SmoothColourScale *scale, const Choice *choice)
{
  const SmoothLayerPoints *points = choice->layer->points;
  guint32 *colours = keep (panels, g_new (guint32, MAX (points->n_points, 1)));

  colour_values (scale, smooth_layer_points_column (choice->layer, choice->item), points->n_points, 0, colours);
  figure->n_points = points->n_points;
  figure->points = points->coords;
  figure->point_colours = colours;
  figure->point_diameter = points->diameter;
}

/* Spots off the tissue are hidden, or all in one faint colour. Returns: how many on it have no value */
static gint64
finish_colours (const SmoothPanelSource *source, const double *values, guint32 *colours)
{
  gint64 n_missing = 0;

  for (gint64 i = 0; i < source->section->n_spots; i++)
    if (!(source->section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE))
      colours[i] = source->colours.off_tissue ? SMOOTH_OFF_TISSUE_COLOUR : 0;
    else
      n_missing += isnan (values[i]);
  return n_missing;
}

static SmoothColourScale
find_scale (const SmoothPanelSource *source, const SmoothValues *values)
{
  const SmoothColourSettings *settings = &source->colours;
  SmoothColourScale scale = { (SmoothColourmap) settings->map, 0.0, 1.0, settings->is_log, settings->is_reversed };

  if (values->kind == SMOOTH_VALUES_SIGNED)
    scale.map = SMOOTH_COLOURMAP_DIVERGING;
  smooth_colour_scale_find_limits (&scale, values->values, source->section->n_spots, values->kind, (SmoothLimits) settings->limits,
                                   (double[]){ settings->low_percentile, settings->high_percentile }, (double[]){ settings->low, settings->high });
  return scale;
}

/* ---- Panels ---- */

/* Panels of one kind can be compared: their values have one unit, or they have the same categories. */
static gboolean
are_alike (const GArray *choices)
{
  const Choice *first = &g_array_index (choices, Choice, 0);

  for (guint i = 1; i < choices->len; i++)
    {
      const Choice *choice = &g_array_index (choices, Choice, i);
      if (choice->by != first->by || choice->layer != first->layer)
        return FALSE;
    }
  return TRUE;
}

/* From the least of the lower limits to the largest of the upper ones; a logarithm only where all have one. */
static void
join_scales (SmoothColourScale *scales, guint n)
{
  SmoothColourScale joined = scales[0];

  for (guint i = 1; i < n; i++)
    {
      joined.low = MIN (joined.low, scales[i].low);
      joined.high = MAX (joined.high, scales[i].high);
      joined.is_log = joined.is_log && scales[i].is_log;
    }
  for (guint i = 0; i < n; i++)
    scales[i] = joined;
}

static void
make_panel (SmoothPanels *panels, gint64 i, const SmoothPanelSource *source, const Choice *choice, const SmoothPageSettings *page,
            const SmoothColourScale *scale, gboolean is_single)
{
  const SmoothValues *values = g_ptr_array_index (panels->values, i);
  guint32 *colours = keep (panels, g_new0 (guint32, MAX (source->section->n_spots, 1)));
  SmoothFigure *figure = &panels->panels[i];

  *figure = (SmoothFigure){
    .section = source->section,
    .regions = page->outlines ? source->regions : NULL,
    .colours = colours,
    .opacity = source->colours.opacity,
    .histology_opacity = source->colours.histology_opacity,
    .hides_labels = !page->labels,
    .title = is_single ? NULL : values->name,
    .value_name = is_single ? values->title : values->unit,
    .map = scale->map,
    .low = scale->low,
    .high = scale->high,
    .is_log = scale->is_log,
    .is_reversed = scale->is_reversed,
    .missing = source->missing,
  };
  memcpy (figure->crop, source->crop, sizeof figure->crop);
  if (values->names != NULL)
    colour_categories (panels, figure, source, choice, values, colours, panels->has_one_legend && !is_single);
  else
    colour_values (scale, values->values, source->section->n_spots, source->missing, colours);
  if (choice->layer != NULL && choice->layer->points != NULL && values->names == NULL)
    colour_points (panels, figure, scale, choice);
  if (choice->layer != NULL && choice->layer->flags != NULL)
    {
      figure->hatched = choice->layer->flags;
      figure->value_name = keep (panels, g_strdup_printf (_("%s (hatched: %s)"), figure->value_name, g_dgettext (GETTEXT_PACKAGE, choice->layer->flag)));
    }
  if (finish_colours (source, values->values, colours) > 0 && source->missing >> 24 != 0 && figure->n_points == 0)
    figure->missing_name = choice->by == SMOOTH_BY_REGION ? _("outside") : _("no value");
}

static void
values_free (gpointer values)
{
  smooth_values_free (values);
}

/**
 * smooth_panels_new:
 * @names: NULL-terminated names of panels, at least one; see the head of this file
 * @page: whether limits are shared, and what of the regions is shown
 *
 * Errors: a name that is not known, cell types without a reference. O(n_spots) a panel.
 *
 * Returns: (transfer full): the panels
 */
SmoothPanels *
smooth_panels_new (const SmoothPanelSource *source, const char *const *names, const SmoothPageSettings *page, GError **error)
{
  g_autoptr (GArray) choices = g_array_new (FALSE, FALSE, sizeof (Choice));

  for (gsize i = 0; names[i] != NULL; i++)
    if (!add_choices (source, names[i], choices, error))
      return NULL;
  if (choices->len == 0)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE, "expected the name of a panel, found none");
      return NULL;
    }

  SmoothPanels *panels = g_new0 (SmoothPanels, 1);
  g_autofree SmoothColourScale *scales = g_new0 (SmoothColourScale, choices->len);
  panels->n_panels = choices->len;
  panels->panels = g_new0 (SmoothFigure, choices->len);
  panels->values = g_ptr_array_new_with_free_func (values_free);
  panels->memory = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < choices->len; i++)
    {
      const Choice *choice = &g_array_index (choices, Choice, i);
      SmoothValues *values = smooth_values_new (source->section, source->outcome, choice->layer, choice->by, choice->item);
      g_ptr_array_add (panels->values, values);
      scales[i] = find_scale (source, values);
    }
  gboolean are_categories = ((SmoothValues *) g_ptr_array_index (panels->values, 0))->names != NULL;
  panels->has_one_legend = are_alike (choices) && (page->same_limits || are_categories);
  if (panels->has_one_legend && !are_categories)
    join_scales (scales, choices->len);
  for (guint i = 0; i < choices->len; i++)
    make_panel (panels, i, source, &g_array_index (choices, Choice, i), page, &scales[i], choices->len == 1);
  if (panels->has_one_legend)
    for (guint i = 1; i < choices->len; i++) /* spots without a value in any panel are in the one legend */
      if (panels->panels[0].missing_name == NULL)
        panels->panels[0].missing_name = panels->panels[i].missing_name;
  return panels;
}

void
smooth_panels_free (SmoothPanels *panels)
{
  if (panels == NULL)
    return;
  g_free (panels->panels);
  g_ptr_array_unref (panels->values);
  g_ptr_array_unref (panels->memory);
  g_free (panels);
}
