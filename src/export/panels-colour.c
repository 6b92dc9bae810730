/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values, scales, colours and legends of panels. */
#include "export/panels-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

gpointer
smooth_i_panels_keep (SmoothPanels *panels, gpointer memory)
{
  g_ptr_array_add (panels->memory, memory);
  return memory;
}

/* ---- Values ---- */

static const SmoothLayer *
find_layer (const SmoothPanelSide *side, const char *key)
{
  for (gint64 i = 0; i < side->n_layers; i++)
    if (g_str_equal (side->layers[i]->key, key))
      return side->layers[i];
  return NULL;
}

/* Columns of layers go by their names: those of a setting may be others than those of the other one. */
static SmoothValues *
read_column (const PanelColumn *column, const SmoothPanelSource *source, const SmoothPanelSide *side)
{
  const SmoothLayer *layer = column->layer;
  gint64 item = column->item;

  if (column->by == SMOOTH_BY_GENES)
    return smooth_values_new_genes (source->section, side->outcome, column->genes, column->is_sum);
  if (layer != NULL && side != &source->now)
    {
      layer = find_layer (side, column->layer->key);
      item = layer != NULL ? smooth_layer_find_column (layer, column->layer->columns[item]) : -1;
    }
  return smooth_values_new (source->section, side->outcome, layer, column->by, item);
}

void
smooth_i_panel_read (PanelItem *item, const SmoothPanelSource *source, const PanelChoice *choice, const SmoothPanelSide *side)
{
  *item = (PanelItem){ .choice = choice, .side = side };
  item->values = read_column (&choice->column, source, side);
  if (choice->column.by != SMOOTH_BY_RGB)
    return;
  for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
    if (choice->has_channel[c])
      item->channels[c] = read_column (&choice->channels[c], source, side);
  g_free (item->values->title);
  g_free (item->values->name);
  item->values->title = g_strdup (_("Red, green and blue"));
  item->values->name = g_strdup (item->values->title);
}

/* Three values have no difference that one colour could tell: they stay those of B. */
void
smooth_i_panel_subtract (PanelItem *item, const SmoothPanelSource *source, const PanelItem *before)
{
  if (item->choice->column.by != SMOOTH_BY_RGB)
    item->values = smooth_values_new_difference (source->section, item->values, before->values);
}

/* ---- Scales ---- */

/* @other: (nullable): values that are on the same scale */
static SmoothColourScale
find_scale (const SmoothPanelSource *source, const SmoothValues *values, const SmoothValues *other)
{
  const SmoothColourSettings *settings = &source->colours;
  SmoothColourScale scale = { (SmoothColourmap) settings->map, 0.0, 1.0, settings->is_log, settings->is_reversed };
  gsize n = (gsize) source->section->n_spots;

  if (values->is_difference && values->names == NULL)
    {
      smooth_colour_scale_find_symmetric_limits (&scale, values->values, (gint64) n, values->kind, (SmoothLimits) settings->limits, settings->percentiles,
                                                 settings->typed);
      return scale;
    }
  g_autofree double *both = g_new (double, MAX (2 * n, 1));
  memcpy (both, values->values, n * sizeof *both);
  if (other != NULL)
    memcpy (both + n, other->values, n * sizeof *both);
  if (values->kind == SMOOTH_VALUES_SIGNED)
    scale.map = SMOOTH_COLOURMAP_DIVERGING;
  smooth_colour_scale_find_limits (&scale, both, (gint64) (other != NULL ? 2 * n : n), values->kind, (SmoothLimits) settings->limits, settings->percentiles,
                                   settings->typed);
  return scale;
}

void
smooth_i_panel_find_scales (PanelItem *item, const PanelItem *other, const SmoothPanelSource *source)
{
  item->scale = find_scale (source, item->values, other != NULL ? other->values : NULL);
  for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
    if (item->channels[c] != NULL)
      item->scales[c] = find_scale (source, item->channels[c], other != NULL ? other->channels[c] : NULL);
}

/* ---- Colours ---- */

/* Regions of one category that differ in colour take that of the first. */
static guint32
category_colour (const SmoothPanelSource *source, const PanelItem *item, const char *name, gint64 category)
{
  SmoothColourBy by = item->choice->column.by;
  const guint32 *own = by == SMOOTH_BY_LAYER ? source->own.categories : source->own.types;
  const SmoothRegions *regions = item->side->outcome != NULL ? item->side->outcome->inputs.regions : NULL;

  if (by != SMOOTH_BY_REGION)
    return category < SMOOTH_N_OWN_COLOURS && own[category] != 0 ? own[category] : smooth_category_colour (category);
  for (gint64 i = 0; regions != NULL && i < smooth_regions_get_n (regions); i++)
    if (g_str_equal (smooth_regions_get (regions, i)->name, name))
      return 0xff000000u | smooth_regions_get (regions, i)->colour;
  return smooth_category_colour (category);
}

/* Categories are listed in their own order; with @all those too that no spot has, for a legend of several panels. */
static void
colour_categories (SmoothPanels *panels, SmoothFigure *figure, const PanelItem *item, const SmoothPanelSource *source, guint32 *colours, gboolean all)
{
  const SmoothValues *values = item->values;
  gint64 n = g_strv_length (values->names);
  g_autofree gboolean *seen = g_new0 (gboolean, MAX (n, 1));
  g_autofree guint32 *palette = g_new (guint32, MAX (n, 1));
  SmoothLegendEntry *entries = smooth_i_panels_keep (panels, g_new0 (SmoothLegendEntry, MAX (n, 1)));

  for (gint64 k = 0; k < n; k++)
    palette[k] = category_colour (source, item, values->names[k], k);
  for (gint64 i = 0; i < source->section->n_spots; i++)
    {
      double value = values->values[i];
      gboolean is_one = value >= 0.0 && value < (double) n;
      colours[i] = is_one ? 0xff000000u | palette[(gint64) value] : source->own.missing;
      if (is_one && (source->section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE))
        seen[(gint64) value] = TRUE;
    }
  if (values->pies != NULL)
    {
      for (gint64 k = 0; k < n; k++)
        ((guint32 *) values->pies->palette)[k] = palette[k] & 0xffffff;
      smooth_pies_find_seen (values->pies, source->section->n_spots, seen);
      figure->pies = values->pies;
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

/* Red, green and blue are listed with what they show. */
static void
colour_channels (SmoothPanels *panels, SmoothFigure *figure, PanelItem *item, const SmoothPanelSource *source, guint32 *colours)
{
  static const guint32 shown[SMOOTH_N_CHANNELS] = { 0xff0000, 0x00c000, 0x2040ff };
  SmoothLegendEntry *entries = smooth_i_panels_keep (panels, g_new0 (SmoothLegendEntry, SMOOTH_N_CHANNELS));
  const double *values[SMOOTH_N_CHANNELS] = { NULL };

  for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
    if (item->channels[c] != NULL)
      {
        values[c] = item->channels[c]->values;
        entries[figure->n_entries++] = (SmoothLegendEntry){ item->channels[c]->title, shown[c] };
      }
  figure->entries = entries;
  smooth_colour_channels (values, item->scales, source->section->n_spots, source->own.missing, colours, item->values->values);
}

static void
colour_points (SmoothPanels *panels, SmoothFigure *figure, const PanelItem *item)
{
  const PanelColumn *column = &item->choice->column;
  const SmoothLayerPoints *points = column->layer->points;
  guint32 *colours = smooth_i_panels_keep (panels, g_new (guint32, MAX (points->n_points, 1)));

  colour_values (&item->scale, smooth_layer_points_column (column->layer, column->item), points->n_points, 0, colours);
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

static const char *
name_missing (const PanelItem *item)
{
  if (item->values->is_difference && item->values->names != NULL)
    return _("unchanged");
  return item->choice->column.by == SMOOTH_BY_REGION ? _("outside") : _("no value");
}

/* Colours and legend, by the scales of the item. */
void
smooth_i_panel_colour (SmoothPanels *panels, SmoothFigure *figure, PanelItem *item, const SmoothPanelSource *source, gboolean all)
{
  guint32 *colours = smooth_i_panels_keep (panels, g_new0 (guint32, MAX (source->section->n_spots, 1)));
  const SmoothLayer *layer = item->side == &source->now ? item->choice->column.layer : NULL;

  figure->colours = colours;
  figure->map = item->scale.map;
  figure->low = item->scale.low;
  figure->high = item->scale.high;
  figure->is_log = item->scale.is_log;
  figure->is_reversed = item->scale.is_reversed;
  if (item->choice->column.by == SMOOTH_BY_RGB)
    colour_channels (panels, figure, item, source, colours);
  else if (item->values->names != NULL)
    colour_categories (panels, figure, item, source, colours, all);
  else
    colour_values (&item->scale, item->values->values, source->section->n_spots, source->own.missing, colours);
  if (layer != NULL && layer->points != NULL && item->values->names == NULL && !item->values->is_difference)
    colour_points (panels, figure, item);
  if (layer != NULL && layer->flags != NULL && layer->points == NULL)
    figure->hatched = layer->flags;
  if (finish_colours (source, item->values->values, colours) > 0 && source->own.missing >> 24 != 0 && figure->n_points == 0)
    figure->missing_name = name_missing (item);
}
