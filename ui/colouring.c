/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of all spots of a section, spread from the analysed ones; limits that do not jump while a slider moves. */
#include "colouring.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

void
scope_look_init (ScopeLook *look)
{
  *look = (ScopeLook){
    .by = SCOPE_BY_COUNTS,
    .gene = -1,
    .type = -1,
    .map = SMOOTH_COLOURMAP_VIRIDIS,
    .opacity = 0.85,
    .histology_opacity = 1.0,
    .show_regions = TRUE,
    .show_legend = TRUE,
  };
}

/* Whether both give the same colours. */
gboolean
scope_look_colours_equal (const ScopeLook *a, const ScopeLook *b)
{
  return a->by == b->by && a->gene == b->gene && a->type == b->type && a->map == b->map
         && a->show_off_tissue == b->show_off_tissue;
}

/* The next larger of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten. */
static double
round_up (double value)
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
  colouring->entries = g_new0 (SmoothLegendEntry, result->n_types);
}

/* Types are listed in the signature's order; those that dominate nowhere are left out. */
static void
colour_categories (ScopeColouring *colouring)
{
  const SmoothResult *result = colouring->outcome->result;
  g_autofree gboolean *seen = g_new0 (gboolean, result->n_types);

  for (gint64 i = 0; i < colouring->section->n_spots; i++)
    if (isnan (colouring->values[i]))
      colouring->colours[i] = SCOPE_MISSING_COLOUR;
    else
      {
        gint64 type = (gint64) colouring->values[i];
        seen[type] = TRUE;
        colouring->colours[i] = 0xff000000u | smooth_category_colour (type);
      }
  for (gint64 k = 0; k < result->n_types; k++)
    if (seen[k])
      colouring->entries[colouring->n_entries++]
        = (SmoothLegendEntry){ result->type_names[k], smooth_category_colour (k) & 0xffffff };
}

static void
colour_values (ScopeColouring *colouring)
{
  gint64 n_spots = colouring->section->n_spots;
  double low, high;

  smooth_value_limits (colouring->values, n_spots, 1.0, 99.0, &low, &high);
  colouring->low = 0.0;
  colouring->high = round_up (high);
  if (colouring->is_share)
    colouring->high = MIN (colouring->high, 1.0);
  smooth_colour_values (colouring->map, colouring->values, n_spots, colouring->low, colouring->high, SCOPE_MISSING_COLOUR,
                        colouring->colours);
}

/* Spots off the tissue are hidden, or all in one faint colour; missing ones are counted. */
static void
finish_colours (ScopeColouring *colouring, gboolean show_off_tissue)
{
  const SmoothSection *section = colouring->section;

  for (gint64 i = 0; i < section->n_spots; i++)
    if (!(section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE))
      colouring->colours[i] = show_off_tissue ? SCOPE_OFF_TISSUE_COLOUR : 0;
    else if (isnan (colouring->values[i]))
      colouring->n_missing++;
}

/**
 * scope_colouring_new:
 * @outcome: (nullable): needed for cell types
 *
 * A choice that cannot be shown yet (a cell type without a result) gives missing values, not an error. May be called
 * on any thread. O(n_spots), and the number of counts for a gene.
 */
ScopeColouring *
scope_colouring_new (SmoothSection *section, SmoothOutcome *outcome, const ScopeLook *look)
{
  ScopeColouring *colouring = g_new0 (ScopeColouring, 1);
  const SmoothResult *result = outcome != NULL ? outcome->result : NULL;

  g_atomic_ref_count_init (&colouring->ref_count);
  colouring->section = smooth_section_ref (section);
  colouring->outcome = outcome != NULL ? smooth_outcome_ref (outcome) : NULL;
  colouring->map = look->map;
  colouring->values = g_new (double, MAX (section->n_spots, 1));
  colouring->colours = g_new0 (guint32, MAX (section->n_spots, 1));
  for (gint64 i = 0; i < section->n_spots; i++)
    colouring->values[i] = NAN;

  if (look->by == SCOPE_BY_COUNTS)
    fill_counts (colouring);
  else if (look->by == SCOPE_BY_GENE && look->gene >= 0 && look->gene < section->n_genes)
    fill_gene (colouring, look->gene);
  else if (look->by == SCOPE_BY_TYPE && result != NULL && look->type >= 0 && look->type < result->n_types)
    fill_type (colouring, look->type);
  else if (look->by == SCOPE_BY_DOMINANT && result != NULL)
    fill_dominant (colouring);
  else
    colouring->title = g_strdup ("");

  if (colouring->entries != NULL)
    colour_categories (colouring);
  else
    colour_values (colouring);
  finish_colours (colouring, look->show_off_tissue);
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
  g_free (colouring->entries);
  g_clear_pointer (&colouring->outcome, smooth_outcome_unref);
  smooth_section_unref (colouring->section);
  g_free (colouring);
}

/* Returns: (transfer full): the value of a spot in words: '0.43', '12.5 %', 'B cells', 'no value' */
char *
scope_colouring_dup_value (const ScopeColouring *colouring, gint64 spot)
{
  double value = colouring->values[spot];

  if (isnan (value))
    return g_strdup (_("no value"));
  if (colouring->entries != NULL)
    return g_strdup (colouring->outcome->result->type_names[(gint64) value]);
  if (colouring->is_share)
    return g_strdup_printf ("%.1f %%", 100.0 * value);
  if (value == floor (value))
    return g_strdup_printf ("%'.0f", value);
  return g_strdup_printf ("%.3g", value);
}
