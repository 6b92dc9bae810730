/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The prior of the outcome says how alike spots are; genes are compared on the scale of the model. */
#include "pipeline/region-comparison.h"

#include "base/error.h"
#include "section/expression.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The number of a name among the categories; their number for outside, -1 where there is none. */
static gint64
find_category (const SmoothOutcome *outcome, const char *name)
{
  gint64 n = g_strv_length (outcome->categories);

  for (gint64 i = 0; i < n; i++)
    if (strcmp (outcome->categories[i], name) == 0)
      return i;
  return strcmp (name, SMOOTH_OUTSIDE) == 0 ? n : -1;
}

static gint64
need_category (const SmoothOutcome *outcome, const char *name, GError **error)
{
  gint64 category = find_category (outcome, name);

  if (category < 0)
    {
      g_autofree char *names = g_strjoinv (", ", outcome->categories);
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "expected the name of a region (%s) or %s, found '%s'",
                        *names != '\0' ? names : _("there are none"), SMOOTH_OUTSIDE, name);
    }
  return category;
}

/**
 * smooth_outcome_dup_groups:
 * @a: the name of a region, or "outside"
 * @b: (nullable): the same; NULL: all other spots
 *
 * Returns: (transfer full): n_spots of the outcome: SmoothGroup; an error where a region is not there
 */
guint8 *
smooth_outcome_dup_groups (const SmoothOutcome *outcome, const char *a, const char *b, GError **error)
{
  gint64 n_categories = g_strv_length (outcome->categories), first = need_category (outcome, a, error);
  gint64 second = first >= 0 && b != NULL ? need_category (outcome, b, error) : -1;

  if (first < 0 || (b != NULL && second < 0))
    return NULL;
  if (first == second)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected two different regions to compare, found '%s' twice", a);
      return NULL;
    }
  guint8 *groups = g_new0 (guint8, MAX (outcome->n_spots, 1));
  for (gint64 s = 0; s < outcome->n_spots; s++)
    {
      gint64 category = outcome->labels[s] >= 0 ? outcome->labels[s] : n_categories;
      if (category == first)
        groups[s] = SMOOTH_GROUP_A;
      else if (b == NULL || category == second)
        groups[s] = SMOOTH_GROUP_B;
    }
  return groups;
}

/**
 * smooth_outcome_compare_types:
 * @groups: n_spots: SmoothGroup
 *
 * Returns: (transfer full): one variable a type of the result; an error without a result
 */
SmoothComparison *
smooth_outcome_compare_types (const SmoothOutcome *outcome, const guint8 *groups, SmoothRun *run, GError **error)
{
  if (outcome->result == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "types can be compared once there is a reference: there are no proportions");
      return NULL;
    }
  g_autoptr (SmoothSparse) by_spot = smooth_sparse_new_from_dense (outcome->result->proportions, error);
  g_autoptr (SmoothSparse) by_type = by_spot != NULL ? smooth_sparse_new_transpose (by_spot, error) : NULL;
  return by_type != NULL ? smooth_comparison_new (by_type, groups, outcome->precision, run, error) : NULL;
}

/* Returns: (transfer full): the genes that a spot of either group has, ascending */
gint32 *
smooth_outcome_dup_found_genes (const SmoothOutcome *outcome, const guint8 *groups, gint64 *n_genes)
{
  const SmoothSection *section = outcome->inputs.section;
  g_autofree guint8 *is_found = g_new0 (guint8, MAX (section->n_genes, 1));
  gint32 *genes = g_new (gint32, MAX (section->n_genes, 1));

  for (gint64 s = 0; s < outcome->n_spots; s++)
    if (groups[s] != SMOOTH_GROUP_NONE)
      for (gint64 e = section->counts->starts[outcome->spots[s]]; e < section->counts->starts[outcome->spots[s] + 1]; e++)
        if (section->counts->values[e] > 0.0)
          is_found[section->counts->rows[e]] = 1;
  *n_genes = 0;
  for (gint64 g = 0; g < section->n_genes; g++)
    if (is_found[g])
      genes[(*n_genes)++] = (gint32) g;
  return genes;
}

/**
 * smooth_outcome_compare_genes:
 * @groups: n_spots: SmoothGroup
 * @genes: n_genes of the section, ascending
 *
 * On the scale that the outcome was prepared with: log (1 + counts brought to the depth), or counts.
 *
 * Returns: (transfer full): one variable a gene
 */
SmoothComparison *
smooth_outcome_compare_genes (const SmoothOutcome *outcome, const guint8 *groups, const gint32 *genes, gint64 n_genes, SmoothRun *run,
                              GError **error)
{
  g_autoptr (SmoothExpression) expression
    = smooth_expression_new_of_genes (outcome->inputs.section, genes, n_genes, &outcome->parameters.prepare, run, error);

  if (expression == NULL)
    return NULL;
  g_return_val_if_fail (expression->n_spots == outcome->n_spots, NULL);
  g_autoptr (SmoothSparse) by_gene = smooth_sparse_new_transpose (expression->values, error);
  return by_gene != NULL ? smooth_comparison_new (by_gene, groups, outcome->precision, run, error) : NULL;
}
