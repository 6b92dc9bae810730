/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two outcomes on one scale, and their difference. A colour must mean one value in both pictures: the limits are those of
 * the values of both. */
#include "colouring-private.h"

#include <glib/gi18n.h>
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
  ScopeColouring *both[2] = { scope_i_colouring_new_values (section, a, look, NULL), scope_i_colouring_new_values (section, b, look, NULL) };

  share_limits (both[0], both[1], look);
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    if (both[0]->channels[c] != NULL && both[1]->channels[c] != NULL)
      share_limits (both[0]->channels[c], both[1]->channels[c], look);
  for (gint side = 0; side < 2; side++)
    scope_i_colour (both[side], look);
  *colouring_a = both[0];
  *colouring_b = both[1];
}

/* Three values have no difference that one colour could tell. */
static ScopeColouring *
new_difference_of_channels (SmoothSection *section, const ScopeSource *b, const ScopeLook *look)
{
  ScopeColouring *colouring = scope_i_colouring_new_values (section, b, look, NULL);

  g_free (colouring->title);
  colouring->title = g_strdup (_("B − A: choose one value, not three"));
  for (gint c = 0; c < SCOPE_N_CHANNELS; c++)
    g_clear_pointer (&colouring->channels[c], scope_colouring_unref);
  colouring->is_difference = TRUE;
  scope_i_colour_values (colouring, look);
  return colouring;
}

/**
 * scope_colouring_new_difference:
 * @a: what belongs to the setting A
 * @b: what belongs to the present one
 *
 * Values as of smooth_values_new_difference(): with a sign they are coloured by the diverging map, with limits that lie as far
 * below 0 as above it.
 */
ScopeColouring *
scope_colouring_new_difference (SmoothSection *section, const ScopeSource *a, const ScopeSource *b, const ScopeLook *look)
{
  ScopeColouring *colouring;

  if (look->by == SCOPE_BY_RGB)
    colouring = new_difference_of_channels (section, b, look);
  else
    {
      g_autoptr (SmoothValues) before = scope_i_values_new (section, a, look, NULL);
      SmoothValues *now = scope_i_values_new (section, b, look, NULL);
      colouring = scope_i_colouring_new_of_values (section, b, look, smooth_values_new_difference (section, now, before));
      if (colouring->names != NULL)
        scope_i_colour_categories (colouring, look);
      else
        {
          if (colouring->is_difference)
            smooth_colour_scale_find_symmetric_limits (&colouring->scale, colouring->values, section->n_spots, colouring->kind,
                                                       (SmoothLimits) look->colours.limits, look->colours.percentiles, look->colours.typed);
          else
            scope_i_find_limits (colouring, look, colouring->values, section->n_spots);
          scope_i_colour_values (colouring, look);
        }
    }
  scope_i_finish_colours (colouring, look);
  return colouring;
}
