/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values that are made of several: lists of genes, red, green and blue, and the difference of two settings. */
#include "export/values.h"

#include "section/gene-list.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static char *
dup_genes_title (gint n, gboolean is_sum, gboolean is_log)
{
  if (n == 0)
    return g_strdup (_("No gene of the list"));
  if (is_sum)
    return g_strdup_printf (is_log ? g_dngettext (GETTEXT_PACKAGE, "Sum of %d gene, log-normalised", "Sum of %d genes, log-normalised", (gulong) n)
                                   : g_dngettext (GETTEXT_PACKAGE, "Sum of %d gene, counts", "Sum of %d genes, counts", (gulong) n),
                            n);
  return g_strdup_printf (is_log ? g_dngettext (GETTEXT_PACKAGE, "Mean of %d gene, log-normalised", "Mean of %d genes, log-normalised", (gulong) n)
                                 : g_dngettext (GETTEXT_PACKAGE, "Mean of %d gene, counts", "Mean of %d genes, counts", (gulong) n),
                          n);
}

/**
 * smooth_values_new_genes:
 * @outcome: (nullable): tells the depth
 * @genes: (nullable): a list as of smooth_gene_list_find()
 *
 * Each gene on the scale of the model: log (1 + counts brought to the depth), or counts. O(nnz).
 *
 * Returns: (transfer full): their sum or mean; no value anywhere where no gene of the list is known
 */
SmoothValues *
smooth_values_new_genes (const SmoothSection *section, const SmoothOutcome *outcome, const char *genes, gboolean is_sum)
{
  SmoothValues *values = g_new0 (SmoothValues, 1);
  const SmoothSparse *counts = section->counts;
  gint64 n;
  g_autofree gint64 *listed = smooth_gene_list_find (section, genes, &n, NULL);
  g_autofree guint8 *is_listed = g_new0 (guint8, MAX (section->n_genes, 1));
  double depth = smooth_values_get_depth (section, outcome);

  values->values = g_new (double, MAX (section->n_spots, 1));
  for (gint64 i = 0; i < n; i++)
    is_listed[listed[i]] = 1;
  for (gint64 i = 0; i < section->n_spots; i++)
    {
      double total = section->total_counts[i], sum = 0.0;
      values->values[i] = NAN;
      if (n == 0 || !(section->spot_flags[i] & SMOOTH_SPOT_HAS_COUNTS) || total <= 0.0)
        continue;
      for (gint64 e = counts->starts[i]; e < counts->starts[i + 1]; e++)
        if (is_listed[counts->rows[e]])
          sum += depth > 0.0 ? log1p (counts->values[e] / total * depth) : counts->values[e];
      values->values[i] = is_sum ? sum : sum / (double) n;
    }
  values->title = dup_genes_title ((gint) n, is_sum, depth > 0.0);
  values->name = g_strdup (values->title);
  values->unit = g_strdup (depth > 0.0 ? _("log-normalised") : _("counts"));
  return values;
}

/* ---- Differences ---- */

/* The category of B where it is another one than in A; names may lie at other places in the two lists. */
static void
keep_changed (SmoothValues *b, const SmoothValues *a, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    if (!isnan (b->values[i]) && !isnan (a->values[i]) && g_str_equal (b->names[(gint64) b->values[i]], a->names[(gint64) a->values[i]]))
      b->values[i] = NAN;
}

/* How much of a spot is of another type than in A: half the sum of the differences of all proportions, 0..1. */
static void
find_composition_change (SmoothValues *b, const SmoothValues *a, gint64 n)
{
  const SmoothPies *now = b->pies, *before = a->pies;

  for (gint64 i = 0; i < n; i++)
    {
      b->values[i] = NAN;
      if (now->columns[i] < 0 || before->columns[i] < 0 || now->n_parts != before->n_parts)
        continue;
      b->values[i] = 0.0;
      for (gint64 k = 0; k < now->n_parts; k++)
        b->values[i] += 0.5 * fabs (now->shares[now->columns[i] * now->n_parts + k] - before->shares[before->columns[i] * before->n_parts + k]);
    }
  g_free (b->title);
  b->title = g_strdup (_("B − A: how much of a spot is of another type"));
  b->names = NULL;
  b->kind = SMOOTH_VALUES_SHARES;
}

/**
 * smooth_values_new_difference:
 * @b: (transfer full): of the present setting
 * @a: of the setting A
 *
 * Of a composition: how much of a spot is of another type; that is no difference with a sign. Of categories: that of B where it
 * differs, missing where it does not. Else B - A. Without values in one of the two: missing. O(n_spots).
 *
 * Returns: (transfer full): the values
 */
SmoothValues *
smooth_values_new_difference (const SmoothSection *section, SmoothValues *b, const SmoothValues *a)
{
  g_autofree char *title = g_strdup (b->title);

  b->is_difference = b->pies == NULL || a->pies == NULL;
  if (!b->is_difference)
    {
      find_composition_change (b, a, section->n_spots);
      return b;
    }
  g_clear_pointer (&b->pies, smooth_pies_free);
  g_free (b->title);
  if (b->names != NULL && a->names != NULL)
    {
      b->title = g_strdup_printf (_("B where it differs from A: %s"), title);
      keep_changed (b, a, section->n_spots);
      return b;
    }
  b->title = *title != '\0' ? g_strdup_printf (_("B − A: %s"), title) : g_strdup ("");
  b->names = NULL;
  for (gint64 i = 0; i < section->n_spots; i++)
    b->values[i] -= a->values[i];
  return b;
}

/**
 * smooth_colour_scale_find_symmetric_limits:
 * @scale: (inout): becomes one of the diverging map, reversed or not as it was, with limits as far below 0 as above it
 *
 * As smooth_colour_scale_find_limits(), of differences of values of @kind. O(n).
 */
void
smooth_colour_scale_find_symmetric_limits (SmoothColourScale *scale, const double *values, gint64 n, SmoothValuesKind kind,
                                           SmoothLimits limits, const double percentiles[2], const double typed[2])
{
  g_autofree double *sizes = g_new (double, MAX (n, 1));
  double lowest, high = 0.0, largest = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      sizes[i] = fabs (values[i]);
      largest = sizes[i] > largest ? sizes[i] : largest; /* not a NaN */
    }
  if (limits == SMOOTH_LIMITS_TYPED)
    high = MAX (fabs (typed[0]), fabs (typed[1]));
  else if (largest > 0.0)
    smooth_value_limits (sizes, n, 0.0, limits == SMOOTH_LIMITS_PERCENTILE ? percentiles[1] : 99.0, &lowest, &high);
  if (limits == SMOOTH_LIMITS_AUTO && high > 0.0)
    high = smooth_value_round_up (high);
  if (!(high > 0.0))
    high = kind == SMOOTH_VALUES_SHARES ? 0.01 : 1.0;
  *scale = (SmoothColourScale){ SMOOTH_COLOURMAP_DIVERGING, -high, high, FALSE, scale->is_reversed };
}

/* ---- Red, green and blue ---- */

/**
 * smooth_colour_channels:
 * @values: (nullable): n each: those that are NULL are dark
 * @scales: of these; only their limits are looked at
 * @colours: (out): n: 0xAARRGGBB
 * @means: (out): n: the mean of the places on the scales, 0..1; NAN where missing
 *
 * Light adds: black where all are at their lower limit. A spot has to have a value in each channel that is shown. O(n).
 */
void
smooth_colour_channels (const double *const values[SMOOTH_N_CHANNELS], const SmoothColourScale scales[SMOOTH_N_CHANNELS], gint64 n,
                        guint32 missing, guint32 *colours, double *means)
{
  static const guint shifts[SMOOTH_N_CHANNELS] = { 16, 8, 0 };

  for (gint64 i = 0; i < n; i++)
    {
      guint32 colour = 0xff000000u;
      double sum = 0.0;
      gint n_shown = 0;
      for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
        {
          if (values[c] == NULL)
            continue;
          double place = CLAMP ((values[c][i] - scales[c].low) / (scales[c].high - scales[c].low), 0.0, 1.0);
          n_shown++;
          sum += isnan (values[c][i]) ? NAN : place;
          if (!isnan (values[c][i]))
            colour |= (guint32) (255.0 * place + 0.5) << shifts[c];
        }
      means[i] = sum / n_shown;
      colours[i] = isnan (means[i]) ? missing : colour; /* no channel: 0 / 0 */
    }
}
