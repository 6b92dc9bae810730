/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of all spots of a section, spread from the analysed ones; limits that do not jump while a slider moves. */
#include "colouring-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MISSING_COLOUR 0x5a909498u
#define LEAST_OF_LOG 1e-4 /* of the upper limit: where a logarithmic scale without a lower limit begins at the latest */

void
scope_look_init (ScopeLook *look)
{
  *look = (ScopeLook){
    .by = SCOPE_BY_COUNTS,
    .gene = -1,
    .type = -1,
    .map = SMOOTH_COLOURMAP_VIRIDIS,
    .percentiles = { 1.0, 99.0 },
    .typed = { 0.0, 1.0 },
    .missing = MISSING_COLOUR,
    .opacity = 0.85,
    .histology_opacity = 1.0,
    .show_regions = TRUE,
    .show_legend = TRUE,
    .swipe = 0.5,
  };
}

/* Returns: 0xFFRRGGBB */
guint32
scope_look_get_type_colour (const ScopeLook *look, gint64 type)
{
  if (type >= 0 && type < SCOPE_N_TYPE_COLOURS && look->type_colours[type] != 0)
    return look->type_colours[type];
  return smooth_category_colour (type);
}

/* The same for a category of a layer. */
guint32
scope_look_get_category_colour (const ScopeLook *look, gint64 category)
{
  if (category >= 0 && category < SCOPE_N_TYPE_COLOURS && look->category_colours[category] != 0)
    return look->category_colours[category];
  return smooth_category_colour (category);
}

/* Whether both give the same colours. */
gboolean
scope_look_colours_equal (const ScopeLook *a, const ScopeLook *b)
{
  return a->by == b->by && a->gene == b->gene && a->type == b->type && a->layer == b->layer && a->column == b->column
         && a->map == b->map && a->is_reversed == b->is_reversed
         && a->is_log == b->is_log && a->limits == b->limits && memcmp (a->percentiles, b->percentiles, sizeof a->percentiles) == 0
         && memcmp (a->typed, b->typed, sizeof a->typed) == 0 && a->missing == b->missing
         && memcmp (a->type_colours, b->type_colours, sizeof a->type_colours) == 0
         && memcmp (a->category_colours, b->category_colours, sizeof a->category_colours) == 0 && a->show_off_tissue == b->show_off_tissue
         && a->compare == b->compare;
}

/* A round number: the next larger of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten. */
double
scope_i_round_up (double value)
{
  const double steps[] = { 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0 };

  if (!(value > 0.0) || !isfinite (value))
    return 1.0;
  double power = pow (10.0, floor (log10 (value)));
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (value <= steps[i] * power * (1.0 + 1e-9))
      return steps[i] * power;
  return 10.0 * power;
}

static gboolean
has_counts (const SmoothSection *section, gint64 spot)
{
  return (section->spot_flags[spot] & SMOOTH_SPOT_HAS_COUNTS) != 0;
}

static void
fill_counts (ScopeColouring *colouring)
{
  const SmoothSection *section = colouring->section;

  for (gint64 i = 0; i < section->n_spots; i++)
    colouring->values[i] = has_counts (section, i) ? section->total_counts[i] : NAN;
  colouring->title = g_strdup (_("Total counts"));
}

static void
fill_detected (ScopeColouring *colouring)
{
  const SmoothSection *section = colouring->section;

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      gint64 n = 0;
      for (gint64 e = section->counts->starts[i]; e < section->counts->starts[i + 1]; e++)
        n += section->counts->values[e] > 0.0;
      colouring->values[i] = has_counts (section, i) ? (double) n : NAN;
    }
  colouring->title = g_strdup (_("Genes found"));
}

/* By the names that man, mouse and rat have for them: MT-CO1, mt-Co1, Mt-co1. */
static void
fill_mitochondrial (ScopeColouring *colouring)
{
  const SmoothSection *section = colouring->section;
  g_autofree guint8 *is_one = g_new0 (guint8, MAX (section->n_genes, 1));
  gint64 n = 0;

  for (gint64 g = 0; g < section->n_genes; g++)
    n += is_one[g] = g_ascii_strncasecmp (section->gene_names[g], "mt-", 3) == 0;
  for (gint64 i = 0; i < section->n_spots && n > 0; i++)
    {
      double sum = 0.0;
      for (gint64 e = section->counts->starts[i]; e < section->counts->starts[i + 1]; e++)
        if (is_one[section->counts->rows[e]])
          sum += section->counts->values[e];
      if (has_counts (section, i) && section->total_counts[i] > 0.0)
        colouring->values[i] = sum / section->total_counts[i];
    }
  colouring->title = g_strdup (n > 0 ? _("Mitochondrial counts") : _("No gene is called MT-…"));
  colouring->is_share = TRUE;
}

/* The depth of the model, or what it would be; 0 for raw counts. */
static double
get_depth (const ScopeColouring *colouring)
{
  SmoothParameters parameters;

  if (colouring->outcome != NULL && colouring->outcome->prepared != NULL)
    return colouring->outcome->prepared->depth;
  smooth_parameters_init (&parameters);
  if (colouring->outcome != NULL)
    parameters = colouring->outcome->parameters;
  return smooth_prepare_get_depth (colouring->section, NULL, &parameters.prepare);
}

/* On the scale that the model sees: log (1 + counts brought to the depth), or counts. */
static void
fill_gene (ScopeColouring *colouring, gint64 gene)
{
  const SmoothSection *section = colouring->section;
  double depth = get_depth (colouring);
  g_autofree double *counts = smooth_section_dup_gene_values (section, gene);

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double total = section->total_counts[i];
      if (!has_counts (section, i) || total <= 0.0)
        colouring->values[i] = NAN;
      else
        colouring->values[i] = depth > 0.0 ? log1p (counts[i] / total * depth) : counts[i];
    }
  colouring->title = depth > 0.0 ? g_strdup_printf (_("%s, log-normalised"), section->gene_names[gene])
                                 : g_strdup_printf (_("%s, counts"), section->gene_names[gene]);
}

static void
fill_type (ScopeColouring *colouring, gint64 type)
{
  const SmoothOutcome *outcome = colouring->outcome;
  const SmoothResult *result = outcome->result;

  for (gint64 s = 0; s < outcome->n_spots; s++)
    colouring->values[outcome->spots[s]] = smooth_matrix_column (result->proportions, s)[type];
  colouring->title = g_strdup_printf (_("%s, proportion"), result->type_names[type]);
  colouring->is_share = TRUE;
}

static void
fill_dominant (ScopeColouring *colouring)
{
  const SmoothOutcome *outcome = colouring->outcome;
  const SmoothResult *result = outcome->result;
  g_autofree gint32 *dominant = smooth_result_dup_dominant (result);

  for (gint64 s = 0; s < outcome->n_spots; s++)
    if (dominant[s] >= 0)
      colouring->values[outcome->spots[s]] = dominant[s];
  colouring->title = g_strdup (_("Dominant cell type"));
  colouring->names = result->type_names;
}

/* Spots outside of all regions have no value. */
static void
fill_region (ScopeColouring *colouring)
{
  const SmoothOutcome *outcome = colouring->outcome;

  for (gint64 s = 0; s < outcome->n_spots; s++)
    if (outcome->labels[s] >= 0)
      colouring->values[outcome->spots[s]] = outcome->labels[s];
  colouring->title = g_strdup (_("Region"));
  colouring->names = outcome->categories;
}

static void
fill_layer (ScopeColouring *colouring, gint64 column)
{
  const SmoothLayer *layer = colouring->layer;

  memcpy (colouring->values, smooth_layer_column (layer, column), (gsize) layer->n_spots * sizeof (double));
  colouring->is_share = layer->kind == SMOOTH_LAYER_SHARES || layer->kind == SMOOTH_LAYER_DEVIATIONS;
  if (layer->kind == SMOOTH_LAYER_CATEGORIES)
    colouring->names = layer->categories;
  if (layer->n_columns == 1)
    colouring->title = g_strdup (g_dgettext (GETTEXT_PACKAGE, layer->title));
  else if (layer->unit != NULL)
    colouring->title = g_strdup_printf ("%s: %s (%s)", g_dgettext (GETTEXT_PACKAGE, layer->title), layer->columns[column], layer->unit);
  else
    colouring->title = g_strdup_printf ("%s: %s", g_dgettext (GETTEXT_PACKAGE, layer->title), layer->columns[column]);
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

/* Categories are listed in their own order; those that no spot has are left out. */
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
      colouring->colours[i] = look->missing;
    else
      {
        seen[(gint64) colouring->values[i]] = TRUE;
        colouring->colours[i] = 0xff000000u | palette[(gint64) colouring->values[i]];
      }
  colouring->scale.high = colouring->scale.low; /* no colour bar, even where no category is seen */
  colouring->entries = g_new0 (SmoothLegendEntry, MAX (n_categories, 1));
  for (gint64 k = 0; k < n_categories; k++)
    if (seen[k])
      colouring->entries[colouring->n_entries++] = (SmoothLegendEntry){ colouring->names[k], palette[k] & 0xffffff };
}

static gboolean
is_signed (const ScopeColouring *colouring)
{
  return colouring->layer != NULL && colouring->layer->kind == SMOOTH_LAYER_SIGNED;
}

static double
least_positive (const double *values, gint64 n)
{
  double least = G_MAXDOUBLE;

  for (gint64 i = 0; i < n; i++)
    if (values[i] > 0.0)
      least = MIN (least, values[i]);
  return least;
}

/* The scale of @n values, which may be those of several pictures. Where there is no range there is one to the right of it; a
 * logarithm needs limits above 0. */
void
scope_i_find_limits (ScopeColouring *colouring, const ScopeLook *look, const double *values, gint64 n)
{
  SmoothColourScale *scale = &colouring->scale;

  if (look->limits == SCOPE_LIMITS_PERCENTILE)
    smooth_value_limits (values, n, look->percentiles[0], look->percentiles[1], &scale->low, &scale->high);
  else if (look->limits == SCOPE_LIMITS_TYPED)
    {
      scale->low = look->typed[0];
      scale->high = look->typed[1];
    }
  else
    {
      smooth_value_limits (values, n, 1.0, 99.0, &scale->low, &scale->high);
      scale->high = scope_i_round_up (is_signed (colouring) ? MAX (fabs (scale->low), fabs (scale->high)) : scale->high);
      scale->low = is_signed (colouring) ? -scale->high : 0.0;
      if (colouring->is_share)
        scale->high = MIN (scale->high, 1.0);
    }
  scale->is_log = look->is_log && scale->high > 0.0 && !is_signed (colouring);
  if (scale->is_log && scale->low <= 0.0)
    scale->low = MAX (MIN (least_positive (values, n), scale->high / 10.0), LEAST_OF_LOG * scale->high);
  if (!(scale->high > scale->low))
    scale->high = scale->low + MAX (fabs (scale->low), 1e-9);
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
      colouring->colours[i] = isnan (place) ? look->missing : smooth_colour_scale_get_colour (&colouring->scale, place);
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
      colouring->colours[i] = look->show_off_tissue ? SCOPE_OFF_TISSUE_COLOUR : 0;
    else if (isnan (colouring->values[i]))
      colouring->n_missing++;
}

/* Values, title and names: no colours yet. */
ScopeColouring *
scope_i_colouring_new_values (SmoothSection *section, SmoothOutcome *outcome, SmoothLayer *layer, const ScopeLook *look)
{
  ScopeColouring *colouring = g_new0 (ScopeColouring, 1);
  const SmoothResult *result = outcome != NULL ? outcome->result : NULL;

  g_atomic_ref_count_init (&colouring->ref_count);
  colouring->section = smooth_section_ref (section);
  colouring->outcome = outcome != NULL ? smooth_outcome_ref (outcome) : NULL;
  if (look->by == SCOPE_BY_LAYER && layer != NULL && layer->n_spots == section->n_spots && look->column >= 0
      && look->column < layer->n_columns)
    colouring->layer = smooth_layer_ref (layer);
  colouring->scale = (SmoothColourScale){ is_signed (colouring) ? SMOOTH_COLOURMAP_DIVERGING : look->map, 0.0, 1.0, FALSE, look->is_reversed };
  colouring->missing = look->missing;
  colouring->values = g_new (double, MAX (section->n_spots, 1));
  colouring->colours = g_new0 (guint32, MAX (section->n_spots, 1));
  for (gint64 i = 0; i < section->n_spots; i++)
    colouring->values[i] = NAN;

  if (look->by == SCOPE_BY_COUNTS)
    fill_counts (colouring);
  else if (look->by == SCOPE_BY_DETECTED)
    fill_detected (colouring);
  else if (look->by == SCOPE_BY_MITOCHONDRIAL)
    fill_mitochondrial (colouring);
  else if (look->by == SCOPE_BY_GENE && look->gene >= 0 && look->gene < section->n_genes)
    fill_gene (colouring, look->gene);
  else if (look->by == SCOPE_BY_TYPE && result != NULL && look->type >= 0 && look->type < result->n_types)
    fill_type (colouring, look->type);
  else if (look->by == SCOPE_BY_DOMINANT && result != NULL)
    fill_dominant (colouring);
  else if (look->by == SCOPE_BY_REGION && outcome != NULL && outcome->labels != NULL)
    fill_region (colouring);
  else if (colouring->layer != NULL)
    fill_layer (colouring, look->column);
  else
    colouring->title = g_strdup ("");
  return colouring;
}

/**
 * scope_colouring_new:
 * @outcome: (nullable): needed for cell types
 * @layer: (nullable): the one that the look is by
 *
 * A choice that cannot be shown yet (a cell type without a result) gives missing values, not an error. May be called
 * on any thread. O(n_spots), and the number of counts for a gene.
 */
ScopeColouring *
scope_colouring_new (SmoothSection *section, SmoothOutcome *outcome, SmoothLayer *layer, const ScopeLook *look)
{
  ScopeColouring *colouring = scope_i_colouring_new_values (section, outcome, layer, look);

  if (colouring->names != NULL)
    scope_i_colour_categories (colouring, look);
  else
    {
      scope_i_find_limits (colouring, look, colouring->values, section->n_spots);
      scope_i_colour_values (colouring, look);
    }
  scope_i_finish_colours (colouring, look);
  return colouring;
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
  g_clear_pointer (&colouring->outcome, smooth_outcome_unref);
  g_clear_pointer (&colouring->layer, smooth_layer_unref);
  smooth_section_unref (colouring->section);
  g_free (colouring);
}

/* Returns: (transfer full): the value of a spot in words: '0.43', '12.5 %', 'B cells', 'no value' */
char *
scope_colouring_dup_value (const ScopeColouring *colouring, gint64 spot)
{
  double value = colouring->values[spot];

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
