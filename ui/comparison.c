/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two outcomes on one scale, and their difference. A colour must mean one value in both pictures: the limits are those of
 * the values of both. */
#include "colouring-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

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
  ScopeColouring *both[2] = { scope_i_colouring_new_values (section, a->outcome, a->layer, look),
                              scope_i_colouring_new_values (section, b->outcome, b->layer, look) };
  gsize n = (gsize) section->n_spots;

  if (both[0]->names == NULL && both[1]->names == NULL)
    {
      g_autofree double *values = g_new (double, MAX (2 * n, 1));
      memcpy (values, both[0]->values, n * sizeof *values);
      memcpy (values + n, both[1]->values, n * sizeof *values);
      scope_i_find_limits (both[1], look, values, 2 * section->n_spots);
      both[0]->scale = both[1]->scale;
    }
  for (gint side = 0; side < 2; side++)
    {
      if (both[side]->names != NULL)
        scope_i_colour_categories (both[side], look);
      else
        scope_i_colour_values (both[side], look);
      scope_i_finish_colours (both[side], look);
    }
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

/**
 * scope_colouring_new_difference:
 * @a: what belongs to the setting A
 * @b: what belongs to the present one
 *
 * B - A on the diverging map, with limits that lie as far below 0 as above it. Of categories: that of B where it differs,
 * missing where it does not. Without values in one of the two: missing.
 */
ScopeColouring *
scope_colouring_new_difference (SmoothSection *section, const ScopeSource *a, const ScopeSource *b, const ScopeLook *look)
{
  ScopeColouring *colouring = scope_i_colouring_new_values (section, b->outcome, b->layer, look);
  g_autoptr (ScopeColouring) at_a = scope_i_colouring_new_values (section, a->outcome, a->layer, look);
  g_autofree char *title = g_steal_pointer (&colouring->title);

  colouring->is_difference = TRUE;
  if (colouring->names != NULL && at_a->names != NULL)
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
