/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two outcomes on one scale, and their difference. A colour must mean one value in both pictures: the limits are those of
 * the values of both. */
#include "colouring-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Those of the values of both. */
static void
share_limits (ScopeColouring *a, ScopeColouring *b, const ScopeLook *look)
{
  gsize n = (gsize) a->section->n_spots;
  g_autofree double *values = g_new (double, MAX (2 * n, 1));

  memcpy (values, a->values, n * sizeof *values);
  memcpy (values + n, b->values, n * sizeof *values);
  scope_i_find_limits (b, look, values, 2 * a->section->n_spots);
  a->scale = b->scale;
}

/**
 * scope_colouring_new_pair:
 * @a: what belongs to the setting A
 * @b: what belongs to the present one
 * @colouring_a: (out): with the scale of both
 * @colouring_b: (out): with the scale of both
 *
 * As scope_colouring_new(), twice.
 */
void
scope_colouring_new_pair (SmoothSection *section, const ScopeSource *a, const ScopeSource *b, const ScopeLook *look,
                          ScopeColouring **colouring_a, ScopeColouring **colouring_b)
{
  ScopeColouring *both[2] = { scope_i_colouring_new_values (section, a, look), scope_i_colouring_new_values (section, b, look) };

  share_limits (both[0], both[1], look);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    if (both[0]->channels[c] != NULL && both[1]->channels[c] != NULL)
      share_limits (both[0]->channels[c], both[1]->channels[c], look);
  for (gint side = 0; side < 2; side++)
    scope_i_colour (both[side], look);
  *colouring_a = both[0];
  *colouring_b = both[1];
}

/* The category of B where it is another one than in A; names may lie at other places in the two lists. */
static void
keep_changed (ScopeColouring *b, const ScopeColouring *a)
{
  for (gint64 i = 0; i < b->section->n_spots; i++)
    if (!isnan (b->values[i]) && !isnan (a->values[i])
        && g_str_equal (b->names[(gint64) b->values[i]], a->names[(gint64) a->values[i]]))
      b->values[i] = NAN;
}

/* Zero in the middle of the scale. */
static void
find_symmetric_limits (ScopeColouring *colouring, const ScopeLook *look)
{
  gint64 n = colouring->section->n_spots;
  g_autofree double *sizes = g_new (double, MAX (n, 1));
  double lowest, high = 0.0, largest = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      sizes[i] = fabs (colouring->values[i]);
      largest = sizes[i] > largest ? sizes[i] : largest; /* not a NaN */
    }
  if (look->limits == SCOPE_LIMITS_TYPED)
    high = MAX (fabs (look->typed[0]), fabs (look->typed[1]));
  else if (largest > 0.0)
    smooth_value_limits (sizes, n, 0.0, look->limits == SCOPE_LIMITS_PERCENTILE ? look->percentiles[1] : 99.0, &lowest, &high);
  if (look->limits == SCOPE_LIMITS_AUTO && high > 0.0)
    high = smooth_value_round_up (high);
  if (!(high > 0.0))
    high = colouring->is_share ? 0.01 : 1.0;
  colouring->scale = (SmoothColourScale){ SMOOTH_COLOURMAP_DIVERGING, -high, high, FALSE, look->is_reversed };
}

/* How much of a spot is of another type than in A: half the sum of the differences of all proportions, 0..1. */
static void
fill_composition_change (ScopeColouring *b, const ScopeColouring *a, const ScopeLook *look)
{
  const SmoothPies *now = b->pies, *before = a->pies;

  for (gint64 i = 0; i < b->section->n_spots; i++)
    {
      b->values[i] = NAN;
      if (now->columns[i] < 0 || before->columns[i] < 0 || now->n_parts != before->n_parts)
        continue;
      b->values[i] = 0.0;
      for (gint64 k = 0; k < now->n_parts; k++)
        b->values[i] += 0.5 * fabs (now->shares[now->columns[i] * now->n_parts + k] - before->shares[before->columns[i] * before->n_parts + k]);
    }
  b->title = g_strdup (_("B − A: how much of a spot is of another type"));
  b->names = NULL;
  b->is_share = TRUE;
  b->is_difference = FALSE;
  scope_i_find_limits (b, look, b->values, b->section->n_spots);
  scope_i_colour_values (b, look);
}

/**
 * scope_colouring_new_difference:
 * @a: what belongs to the setting A
 * @b: what belongs to the present one
 *
 * Of a composition: how much of a spot is of another type. Else B - A on the diverging map, with limits that lie as far below 0 as above it. Of categories: that of B where it differs,
 * missing where it does not. Without values in one of the two: missing.
 */
ScopeColouring *
scope_colouring_new_difference (SmoothSection *section, const ScopeSource *a, const ScopeSource *b, const ScopeLook *look)
{
  ScopeColouring *colouring = scope_i_colouring_new_values (section, b, look);
  g_autoptr (ScopeColouring) at_a = scope_i_colouring_new_values (section, a, look);
  g_autofree char *title = g_steal_pointer (&colouring->title);

  colouring->is_difference = TRUE;
  if (colouring->pies != NULL && at_a->pies != NULL)
    fill_composition_change (colouring, at_a, look);
  else if (scope_colouring_is_mixed (colouring))
    {
      colouring->title = g_strdup (_("B − A: choose one value, not three"));
      for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
        g_clear_pointer (&colouring->channels[c], scope_colouring_unref);
      scope_i_colour_values (colouring, look);
    }
  else if (colouring->names != NULL && at_a->names != NULL)
    {
      colouring->title = g_strdup_printf (_("B where it differs from A: %s"), title);
      keep_changed (colouring, at_a);
      scope_i_colour_categories (colouring, look);
    }
  else
    {
      colouring->title = *title != '\0' ? g_strdup_printf (_("B − A: %s"), title) : g_strdup ("");
      colouring->names = NULL;
      for (gint64 i = 0; i < section->n_spots; i++)
        colouring->values[i] -= at_a->values[i];
      find_symmetric_limits (colouring, look);
      scope_i_colour_values (colouring, look);
    }
  scope_i_finish_colours (colouring, look);
  return colouring;
}
