/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values come from the core; here they become colours and a legend by the look. */
#include "colouring-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Returns: 0xFFRRGGBB */
guint32
scope_look_get_type_colour (const ScopeLook *look, gint64 type)
{
  if (type >= 0 && type < SMOOTH_N_OWN_COLOURS && look->own.types[type] != 0)
    return look->own.types[type];
  return smooth_category_colour (type);
}

/* The same for a category of a layer. */
guint32
scope_look_get_category_colour (const ScopeLook *look, gint64 category)
{
  if (category >= 0 && category < SMOOTH_N_OWN_COLOURS && look->own.categories[category] != 0)
    return look->own.categories[category];
  return smooth_category_colour (category);
}

/* Whether both give the same colours. */
gboolean
scope_look_colours_equal (const ScopeLook *a, const ScopeLook *b)
{
  const SmoothColourSettings *p = &a->colours, *q = &b->colours;

  return a->by == b->by && a->gene == b->gene && a->type == b->type && a->layer == b->layer && a->column == b->column
         && a->genes == b->genes && a->is_sum == b->is_sum && memcmp (a->channels, b->channels, sizeof a->channels) == 0
         && p->map == q->map && p->is_reversed == q->is_reversed
         && p->is_log == q->is_log && p->limits == q->limits && memcmp (p->percentiles, q->percentiles, sizeof p->percentiles) == 0
         && memcmp (p->typed, q->typed, sizeof p->typed) == 0 && a->own.missing == b->own.missing
         && memcmp (a->own.types, b->own.types, sizeof a->own.types) == 0
         && memcmp (a->own.categories, b->own.categories, sizeof a->own.categories) == 0 && p->off_tissue == q->off_tissue
         && p->compare == q->compare;
}

/* Regions of one category that differ in colour take that of the first. */
static guint32
category_colour (const ScopeColouring *colouring, const ScopeLook *look, gint64 category)
{
  const SmoothRegions *regions = colouring->outcome != NULL ? colouring->outcome->inputs.regions : NULL;

  if (look->by == SCOPE_BY_LAYER)
    return scope_look_get_category_colour (look, category);
  if (look->by != SCOPE_BY_REGION || regions == NULL)
    return scope_look_get_type_colour (look, category);
  for (gint64 i = 0; i < smooth_regions_get_n (regions); i++)
    if (g_str_equal (smooth_regions_get (regions, i)->name, colouring->names[category]))
      return 0xff000000u | smooth_regions_get (regions, i)->colour;
  return smooth_category_colour (category);
}

/* Categories are listed in their own order; those that no spot has are left out: of pies, those that are a sliver at most. */
void
scope_i_colour_categories (ScopeColouring *colouring, const ScopeLook *look)
{
  gint64 n_categories = g_strv_length (colouring->names);
  g_autofree gboolean *seen = g_new0 (gboolean, MAX (n_categories, 1));
  g_autofree guint32 *palette = g_new (guint32, MAX (n_categories, 1));

  for (gint64 k = 0; k < n_categories; k++)
    palette[k] = category_colour (colouring, look, k);
  for (gint64 i = 0; i < colouring->section->n_spots; i++)
    if (isnan (colouring->values[i]))
      colouring->colours[i] = look->own.missing;
    else
      {
        seen[(gint64) colouring->values[i]] = TRUE;
        colouring->colours[i] = 0xff000000u | palette[(gint64) colouring->values[i]];
      }
  if (colouring->pies != NULL)
    smooth_pies_find_seen (colouring->pies, colouring->section->n_spots, seen);
  colouring->scale.high = colouring->scale.low; /* no colour bar, even where no category is seen */
  colouring->entries = g_new0 (SmoothLegendEntry, MAX (n_categories, 1));
  for (gint64 k = 0; k < n_categories; k++)
    if (seen[k])
      colouring->entries[colouring->n_entries++] = (SmoothLegendEntry){ colouring->names[k], palette[k] & 0xffffff };
}

/* The scale of @n values, which may be those of several pictures. Where there is no range there is one to the right of it; a
 * logarithm needs limits above 0. */
void
scope_i_find_limits (ScopeColouring *colouring, const ScopeLook *look, const double *values, gint64 n)
{
  colouring->scale.is_log = look->colours.is_log;
  smooth_colour_scale_find_limits (&colouring->scale, values, n, colouring->kind, (SmoothLimits) look->colours.limits,
                                   look->colours.percentiles, look->colours.typed);
}

/* In the colours of the spots: points share their limits. */
static void
colour_points (ScopeColouring *colouring, const ScopeLook *look)
{
  const SmoothLayerPoints *points = colouring->layer->points;
  const double *values = smooth_layer_points_column (colouring->layer, look->column);

  colouring->point_colours = g_new (guint32, MAX (points->n_points, 1));
  for (gint64 i = 0; i < points->n_points; i++)
    {
      double place = smooth_colour_scale_get_place (&colouring->scale, values[i]);
      colouring->point_colours[i] = isnan (place) ? 0 : smooth_colour_scale_get_colour (&colouring->scale, place);
    }
}

/* By the scale that it has. */
void
scope_i_colour_values (ScopeColouring *colouring, const ScopeLook *look)
{
  for (gint64 i = 0; i < colouring->section->n_spots; i++)
    {
      double place = smooth_colour_scale_get_place (&colouring->scale, colouring->values[i]);
      colouring->colours[i] = isnan (place) ? look->own.missing : smooth_colour_scale_get_colour (&colouring->scale, place);
    }
  if (colouring->layer != NULL && colouring->layer->points != NULL && !colouring->is_difference)
    colour_points (colouring, look);
}

/* Spots off the tissue are hidden, or all in one faint colour; missing ones are counted. */
void
scope_i_finish_colours (ScopeColouring *colouring, const ScopeLook *look)
{
  const SmoothSection *section = colouring->section;

  for (gint64 i = 0; i < section->n_spots; i++)
    if (!(section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE))
      colouring->colours[i] = look->colours.off_tissue ? SMOOTH_OFF_TISSUE_COLOUR : 0;
    else
      {
        colouring->n_missing += isnan (colouring->values[i]);
        colouring->n_hatched += colouring->hatched != NULL && colouring->hatched[i];
      }
}

/* The choices are those of the core. */
G_STATIC_ASSERT ((int) SCOPE_BY_RGB == (int) SMOOTH_BY_RGB);
G_STATIC_ASSERT ((int) SCOPE_N_CHANNELS == (int) SMOOTH_N_CHANNELS);

/* Values by the look; by channels there are none yet. before: (nullable): by the same look, of an earlier outcome. */
SmoothValues *
scope_i_values_new (SmoothSection *section, const ScopeSource *source, const ScopeLook *look, const ScopeColouring *before)
{
  gint64 item = look->by == SCOPE_BY_GENE ? look->gene : look->by == SCOPE_BY_LAYER ? look->column : look->type;

  if (look->by == SCOPE_BY_GENES)
    return smooth_values_new_genes (section, source->outcome, look->genes, look->is_sum);
  return smooth_values_new_after (section, source->outcome, source->layer, (SmoothColourBy) look->by, item,
                                  before != NULL ? before->outcome : NULL, before != NULL ? before->values : NULL);
}

/* Takes over what the values hold. */
static void
take_values (ScopeColouring *colouring, SmoothValues *values, const ScopeLook *look)
{
  colouring->title = g_steal_pointer (&values->title);
  colouring->values = g_steal_pointer (&values->values);
  colouring->names = values->names;
  colouring->kind = values->kind;
  colouring->is_share = values->kind == SMOOTH_VALUES_SHARES;
  colouring->is_difference = values->is_difference;
  colouring->pies = values->names != NULL ? g_steal_pointer (&values->pies) : NULL;
  for (gint64 k = 0; colouring->pies != NULL && k < colouring->pies->n_parts; k++)
    ((guint32 *) colouring->pies->palette)[k] = scope_look_get_type_colour (look, k) & 0xffffff;
  smooth_values_free (values);
}

/* Title, values and names of @values: no colours yet. */
ScopeColouring *
scope_i_colouring_new_of_values (SmoothSection *section, const ScopeSource *source, const ScopeLook *look, SmoothValues *values)
{
  ScopeColouring *colouring = g_new0 (ScopeColouring, 1);
  SmoothOutcome *outcome = source->outcome;
  SmoothLayer *layer = source->layer;

  g_atomic_ref_count_init (&colouring->ref_count);
  colouring->section = smooth_section_ref (section);
  colouring->outcome = outcome != NULL ? smooth_outcome_ref (outcome) : NULL;
  if (look->by == SCOPE_BY_LAYER && layer != NULL && layer->n_spots == section->n_spots && look->column >= 0
      && look->column < layer->n_columns)
    colouring->layer = smooth_layer_ref (layer);
  take_values (colouring, values, look);
  if (colouring->layer != NULL && colouring->layer->points == NULL)
    colouring->hatched = colouring->layer->flags;
  colouring->scale = (SmoothColourScale){ (SmoothColourmap) look->colours.map, 0.0, 1.0, FALSE, look->colours.is_reversed };
  if (colouring->kind == SMOOTH_VALUES_SIGNED)
    colouring->scale.map = SMOOTH_COLOURMAP_DIVERGING;
  colouring->missing = look->own.missing;
  colouring->colours = g_new0 (guint32, MAX (section->n_spots, 1));
  return colouring;
}

/* The same of the values by the look. */
ScopeColouring *
scope_i_colouring_new_values (SmoothSection *section, const ScopeSource *source, const ScopeLook *look, const ScopeColouring *before)
{
  ScopeColouring *colouring = scope_i_colouring_new_of_values (section, source, look, scope_i_values_new (section, source, look, before));

  if (look->by == SCOPE_BY_RGB)
    scope_i_fill_channels (colouring, source, look);
  return colouring;
}

/* The colours of values on their own scale, of categories or of channels. */
void
scope_i_colour (ScopeColouring *colouring, const ScopeLook *look)
{
  if (scope_colouring_is_mixed (colouring))
    scope_i_colour_channels (colouring, look);
  else if (colouring->names != NULL)
    scope_i_colour_categories (colouring, look);
  else
    scope_i_colour_values (colouring, look);
  scope_i_finish_colours (colouring, look);
}

/**
 * scope_colouring_new_of:
 * @source: what outcome and layers there are
 * @before: (nullable): the colouring of this kind that was made before by the same look: what has not changed is taken over
 *
 * A choice that cannot be shown yet (a cell type without a result) gives missing values, not an error. May be called
 * on any thread. O(n_spots), and the number of counts for genes.
 */
ScopeColouring *
scope_colouring_new_of (SmoothSection *section, const ScopeSource *source, const ScopeLook *look, const ScopeColouring *before)
{
  ScopeColouring *colouring = scope_i_colouring_new_values (section, source, look, before);

  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    if (colouring->channels[c] != NULL)
      scope_i_find_limits (colouring->channels[c], look, colouring->channels[c]->values, section->n_spots);
  if (colouring->names == NULL)
    scope_i_find_limits (colouring, look, colouring->values, section->n_spots);
  scope_i_colour (colouring, look);
  return colouring;
}

/**
 * scope_colouring_new:
 * @outcome: (nullable): needed for cell types
 * @layer: (nullable): the one that the look is by
 *
 * As scope_colouring_new_of(), where no channel is of a layer.
 */
ScopeColouring *
scope_colouring_new (SmoothSection *section, SmoothOutcome *outcome, SmoothLayer *layer, const ScopeLook *look)
{
  ScopeSource source = { .outcome = outcome, .layer = layer };

  return scope_colouring_new_of (section, &source, look, NULL);
}

/* Whether red, green and blue each show something of their own. */
gboolean
scope_colouring_is_mixed (const ScopeColouring *colouring)
{
  return colouring->channels[0] != NULL || colouring->channels[1] != NULL || colouring->channels[2] != NULL;
}

/* After a plain copy: so that both hold what they share. */
void
scope_source_ref (ScopeSource *source)
{
  if (source->outcome != NULL)
    smooth_outcome_ref (source->outcome);
  if (source->layer != NULL)
    smooth_layer_ref (source->layer);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    if (source->channels[c] != NULL)
      smooth_layer_ref (source->channels[c]);
}

void
scope_source_clear (ScopeSource *source)
{
  g_clear_pointer (&source->outcome, smooth_outcome_unref);
  g_clear_pointer (&source->layer, smooth_layer_unref);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    g_clear_pointer (&source->channels[c], smooth_layer_unref);
}

ScopeColouring *
scope_colouring_ref (ScopeColouring *colouring)
{
  g_atomic_ref_count_inc (&colouring->ref_count);
  return colouring;
}

void
scope_colouring_unref (ScopeColouring *colouring)
{
  if (!g_atomic_ref_count_dec (&colouring->ref_count))
    return;
  g_free (colouring->title);
  g_free (colouring->values);
  g_free (colouring->colours);
  g_free (colouring->point_colours);
  g_free (colouring->entries);
  smooth_pies_free (colouring->pies);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    g_clear_pointer (&colouring->channels[c], scope_colouring_unref);
  g_clear_pointer (&colouring->outcome, smooth_outcome_unref);
  g_clear_pointer (&colouring->layer, smooth_layer_unref);
  smooth_section_unref (colouring->section);
  g_free (colouring);
}

/* 'Pax6 0.43 · Tumour 12.5 %' */
static char *
dup_channels (const ScopeColouring *colouring, gint64 spot)
{
  GString *text = g_string_new (NULL);

  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    if (colouring->channels[c] != NULL)
      {
        g_autofree char *value = scope_colouring_dup_value (colouring->channels[c], spot);
        g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", value);
      }
  return g_string_free (text, FALSE);
}

/* Returns: (transfer full): the value of a spot in words: '0.43', '12.5 %', 'B cells', 'no value' */
char *
scope_colouring_dup_value (const ScopeColouring *colouring, gint64 spot)
{
  double value = colouring->values[spot];

  if (scope_colouring_is_mixed (colouring))
    return dup_channels (colouring, spot);
  if (isnan (value))
    return g_strdup (colouring->is_difference && colouring->names != NULL ? _("unchanged") : _("no value"));
  if (colouring->names != NULL)
    return g_strdup (colouring->names[(gint64) value]);
  if (colouring->is_share)
    return g_strdup_printf (colouring->is_difference ? "%+.1f %%" : "%.1f %%", 100.0 * value);
  if (colouring->is_difference)
    return g_strdup_printf ("%+.3g", value);
  if (value == floor (value))
    return g_strdup_printf ("%'.0f", value);
  return g_strdup_printf ("%.3g", value);
}
