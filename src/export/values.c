/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of all spots of a section, spread from the analysed ones; limits that do not jump while a slider moves. */
#include "export/values.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define LEAST_OF_LOG 1e-4 /* of the upper limit: where a logarithmic scale without a lower limit begins at the latest */

static gboolean
has_counts (const SmoothSection *section, gint64 spot)
{
  return (section->spot_flags[spot] & SMOOTH_SPOT_HAS_COUNTS) != 0;
}

static void
fill_counts (SmoothValues *values, const SmoothSection *section)
{
  for (gint64 i = 0; i < section->n_spots; i++)
    values->values[i] = has_counts (section, i) ? section->total_counts[i] : NAN;
  values->title = g_strdup (_("Total counts"));
  values->unit = g_strdup (_("counts"));
}

static void
fill_detected (SmoothValues *values, const SmoothSection *section)
{
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      gint64 n = 0;
      for (gint64 e = section->counts->starts[i]; e < section->counts->starts[i + 1]; e++)
        n += section->counts->values[e] > 0.0;
      values->values[i] = has_counts (section, i) ? (double) n : NAN;
    }
  values->title = g_strdup (_("Genes found"));
  values->unit = g_strdup (_("genes"));
}

/* By the names that man, mouse and rat have for them: MT-CO1, mt-Co1, Mt-co1. */
static void
fill_mitochondrial (SmoothValues *values, const SmoothSection *section)
{
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
        values->values[i] = sum / section->total_counts[i];
    }
  values->title = g_strdup (n > 0 ? _("Mitochondrial counts") : _("No gene is called MT-…"));
  values->unit = g_strdup (_("share"));
  values->kind = SMOOTH_VALUES_SHARES;
}

/* Returns: the depth that genes are shown at: that of the model, or what it would be; 0 for raw counts */
double
smooth_values_get_depth (const SmoothSection *section, const SmoothOutcome *outcome)
{
  SmoothParameters parameters;

  if (outcome != NULL && outcome->prepared != NULL)
    return outcome->prepared->depth;
  smooth_parameters_init (&parameters);
  if (outcome != NULL)
    parameters = outcome->parameters;
  return smooth_prepare_get_depth (section, NULL, &parameters.prepare);
}

/* On the scale that the model sees: log (1 + counts brought to the depth), or counts. */
static void
fill_gene (SmoothValues *values, const SmoothSection *section, const SmoothOutcome *outcome, gint64 gene)
{
  double depth = smooth_values_get_depth (section, outcome);
  g_autofree double *counts = smooth_section_dup_gene_values (section, gene);

  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double total = section->total_counts[i];
      if (!has_counts (section, i) || total <= 0.0)
        values->values[i] = NAN;
      else
        values->values[i] = depth > 0.0 ? log1p (counts[i] / total * depth) : counts[i];
    }
  values->title = g_strdup_printf (depth > 0.0 ? _("%s, log-normalised") : _("%s, counts"), section->gene_names[gene]);
  values->name = g_strdup (section->gene_names[gene]);
  values->unit = g_strdup (depth > 0.0 ? _("log-normalised") : _("counts"));
}

static void
name_type (SmoothValues *values, const SmoothOutcome *outcome, gint64 type)
{
  const SmoothResult *result = outcome->result;

  values->title = g_strdup_printf (_("%s, proportion"), result->type_names[type]);
  values->name = g_strdup (result->type_names[type]);
  values->unit = g_strdup (_("proportion"));
  values->kind = SMOOTH_VALUES_SHARES;
}

static void
fill_type (SmoothValues *values, const SmoothOutcome *outcome, gint64 type)
{
  for (gint64 s = 0; s < outcome->n_spots; s++)
    values->values[outcome->spots[s]] = smooth_matrix_column (outcome->result->proportions, s)[type];
  name_type (values, outcome, type);
}

static double
get_dominant (const SmoothOutcome *outcome, gint64 s)
{
  gint32 type = smooth_result_get_dominant (outcome->result, s);

  return type >= 0 ? (double) type : (double) NAN;
}

static void
name_dominant (SmoothValues *values, const SmoothOutcome *outcome)
{
  values->title = g_strdup (_("Dominant cell type"));
  values->names = outcome->result->type_names;
}

static void
fill_dominant (SmoothValues *values, const SmoothOutcome *outcome)
{
  for (gint64 s = 0; s < outcome->n_spots; s++)
    values->values[outcome->spots[s]] = get_dominant (outcome, s);
  name_dominant (values, outcome);
}

/* The palette is filled in by who colours. */
static void
fill_composition (SmoothValues *values, const SmoothSection *section, const SmoothOutcome *outcome)
{
  const SmoothResult *result = outcome->result;
  gint32 *columns = g_new (gint32, MAX (section->n_spots, 1));

  fill_dominant (values, outcome);
  g_free (values->title);
  values->title = g_strdup (_("Cell types"));
  for (gint64 i = 0; i < section->n_spots; i++)
    columns[i] = -1;
  for (gint64 s = 0; s < outcome->n_spots; s++)
    columns[outcome->spots[s]] = (gint32) s;
  values->pies = g_new (SmoothPies, 1);
  *values->pies = (SmoothPies){ result->n_types, result->proportions->values, columns, g_new0 (guint32, MAX (result->n_types, 1)) };
}

/* Spots outside of all regions have no value. */
static void
fill_region (SmoothValues *values, const SmoothOutcome *outcome)
{
  for (gint64 s = 0; s < outcome->n_spots; s++)
    if (outcome->labels[s] >= 0)
      values->values[outcome->spots[s]] = outcome->labels[s];
  values->title = g_strdup (_("Region"));
  values->names = outcome->categories;
}

static void
fill_layer (SmoothValues *values, const SmoothLayer *layer, gint64 column)
{
  const char *title = g_dgettext (GETTEXT_PACKAGE, layer->title);
  const char *unit = layer->unit != NULL ? g_dgettext (GETTEXT_PACKAGE, layer->unit) : NULL;
  gboolean is_alone = layer->kind == SMOOTH_LAYER_CATEGORIES;

  memcpy (values->values, smooth_layer_column (layer, column), (gsize) layer->n_spots * sizeof (double));
  if (layer->kind == SMOOTH_LAYER_SHARES || layer->kind == SMOOTH_LAYER_DEVIATIONS)
    values->kind = SMOOTH_VALUES_SHARES;
  if (layer->kind == SMOOTH_LAYER_SIGNED)
    values->kind = SMOOTH_VALUES_SIGNED;
  if (layer->kind == SMOOTH_LAYER_CATEGORIES)
    values->names = layer->categories;
  if (is_alone)
    values->title = g_strdup (title);
  else if (unit != NULL)
    values->title = g_strdup_printf ("%s: %s (%s)", title, layer->columns[column], unit);
  else
    values->title = g_strdup_printf ("%s: %s", title, layer->columns[column]);
  values->name = g_strdup (is_alone ? title : layer->columns[column]);
  values->unit = g_strdup (unit != NULL ? unit : title);
}

static SmoothValues *
complete (SmoothValues *values)
{
  if (values->unit == NULL)
    values->unit = g_strdup ("");
  if (values->name == NULL)
    values->name = g_strdup (values->title);
  return values;
}

/**
 * smooth_values_new:
 * @outcome: (nullable): needed for cell types and regions; must outlive the values, whose categories it names
 * @layer: (nullable): the same, for SMOOTH_BY_LAYER
 * @by: neither SMOOTH_BY_GENES nor SMOOTH_BY_RGB, which need more than a number
 * @item: the gene, the cell type, or the column of the layer
 *
 * What is not there (a cell type without a result) gives missing values and an empty title, not an error. O(n_spots), and
 * the number of counts for genes.
 *
 * Returns: (transfer full): the values
 */
SmoothValues *
smooth_values_new (const SmoothSection *section, const SmoothOutcome *outcome, const SmoothLayer *layer, SmoothColourBy by, gint64 item)
{
  SmoothValues *values = g_new0 (SmoothValues, 1);
  const SmoothResult *result = outcome != NULL ? outcome->result : NULL;

  values->values = g_new (double, MAX (section->n_spots, 1));
  for (gint64 i = 0; i < section->n_spots; i++)
    values->values[i] = NAN;
  if (by == SMOOTH_BY_COUNTS)
    fill_counts (values, section);
  else if (by == SMOOTH_BY_DETECTED)
    fill_detected (values, section);
  else if (by == SMOOTH_BY_MITOCHONDRIAL)
    fill_mitochondrial (values, section);
  else if (by == SMOOTH_BY_GENE && item >= 0 && item < section->n_genes)
    fill_gene (values, section, outcome, item);
  else if (by == SMOOTH_BY_TYPE && result != NULL && item >= 0 && item < result->n_types)
    fill_type (values, outcome, item);
  else if (by == SMOOTH_BY_DOMINANT && result != NULL)
    fill_dominant (values, outcome);
  else if (by == SMOOTH_BY_REGION && outcome != NULL && outcome->labels != NULL)
    fill_region (values, outcome);
  else if (by == SMOOTH_BY_LAYER && layer != NULL && layer->n_spots == section->n_spots && item >= 0 && item < layer->n_columns)
    fill_layer (values, layer, item);
  else if (by == SMOOTH_BY_COMPOSITION && result != NULL)
    fill_composition (values, section, outcome);
  else
    values->title = g_strdup ("");
  return complete (values);
}

/**
 * smooth_values_new_after:
 * @before: (nullable): an earlier outcome
 * @before_values: (nullable): the values of smooth_values_new() for it, by the same
 *
 * As smooth_values_new(). Where the results tell in which spots they differ, those alone are looked at: a copy, and the number
 * of these spots.
 */
SmoothValues *
smooth_values_new_after (const SmoothSection *section, const SmoothOutcome *outcome, const SmoothLayer *layer, SmoothColourBy by, gint64 item,
                         const SmoothOutcome *before, const double *before_values)
{
  const SmoothResult *result = outcome != NULL ? outcome->result : NULL;
  gboolean is_type = by == SMOOTH_BY_TYPE && result != NULL && item >= 0 && item < result->n_types;
  const gint32 *changed;
  gint64 n;

  if ((!is_type && by != SMOOTH_BY_DOMINANT) || result == NULL || before == NULL || before->result == NULL || before_values == NULL
      || before->inputs.section != outcome->inputs.section || before->spots != outcome->spots
      || !smooth_result_get_changes (result, before->result, &changed, &n))
    return smooth_values_new (section, outcome, layer, by, item);

  SmoothValues *values = g_new0 (SmoothValues, 1);
  values->values = g_memdup2 (before_values, (gsize) MAX (section->n_spots, 1) * sizeof (double));
  for (gint64 i = 0; i < n; i++)
    values->values[outcome->spots[changed[i]]]
        = is_type ? smooth_matrix_column (result->proportions, changed[i])[item] : get_dominant (outcome, changed[i]);
  if (is_type)
    name_type (values, outcome, item);
  else
    name_dominant (values, outcome);
  return complete (values);
}

void
smooth_values_free (SmoothValues *values)
{
  if (values == NULL)
    return;
  g_free (values->title);
  g_free (values->name);
  g_free (values->unit);
  g_free (values->values);
  smooth_pies_free (values->pies);
  g_free (values);
}

/* Returns: a round number: the next larger of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten */
double
smooth_value_round_up (double value)
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

static double
least_positive (const double *values, gint64 n)
{
  double least = G_MAXDOUBLE;

  for (gint64 i = 0; i < n; i++)
    if (values[i] > 0.0)
      least = MIN (least, values[i]);
  return least;
}

/**
 * smooth_colour_scale_find_limits:
 * @scale: (inout): its limits are set; is_log is taken back where no value has a logarithm
 * @values: @n values, NAN where missing
 * @kind: of these: automatic limits of shares end at 1, those of signed values lie on both sides of 0
 * @percentiles: 0..100, for SMOOTH_LIMITS_PERCENTILE
 * @typed: for SMOOTH_LIMITS_TYPED
 *
 * Where there is no range there is one to the right of it; a logarithm needs limits above 0. O(n).
 */
void
smooth_colour_scale_find_limits (SmoothColourScale *scale, const double *values, gint64 n, SmoothValuesKind kind, SmoothLimits limits,
                                 const double percentiles[2], const double typed[2])
{
  gboolean is_signed = kind == SMOOTH_VALUES_SIGNED;

  if (limits == SMOOTH_LIMITS_PERCENTILE)
    smooth_value_limits (values, n, percentiles[0], percentiles[1], &scale->low, &scale->high);
  else if (limits == SMOOTH_LIMITS_TYPED)
    {
      scale->low = typed[0];
      scale->high = typed[1];
    }
  else
    {
      smooth_value_limits (values, n, 1.0, 99.0, &scale->low, &scale->high);
      scale->high = smooth_value_round_up (is_signed ? MAX (fabs (scale->low), fabs (scale->high)) : scale->high);
      scale->low = is_signed ? -scale->high : 0.0;
      if (kind == SMOOTH_VALUES_SHARES)
        scale->high = MIN (scale->high, 1.0);
    }
  scale->is_log = scale->is_log && scale->high > 0.0 && !is_signed;
  if (scale->is_log && scale->low <= 0.0)
    scale->low = MAX (MIN (least_positive (values, n), scale->high / 10.0), LEAST_OF_LOG * scale->high);
  if (!(scale->high > scale->low))
    scale->high = scale->low + MAX (fabs (scale->low), 1e-9);
}
