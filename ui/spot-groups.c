/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of spots for plots and tables, on any thread. */
#include "spot-groups.h"

#include <glib/gi18n.h>
#include <math.h>

/* A layer numbers its categories; other numbers are outside. */
static void
group_by_layer (ScopeSpotGroups *groups, const SmoothOutcome *outcome, const SmoothLayer *layer)
{
  const double *values = smooth_layer_column (layer, 0);

  for (gint64 s = 0; s < outcome->n_spots; s++)
    {
      double value = values[outcome->spots[s]];
      groups->groups[s] = value >= 0.0 && value < (double) groups->n_groups ? (gint32) value : -1;
    }
}

/**
 * scope_spot_groups_new:
 * @layer: (nullable): of categories; NULL: regions, in the order of their list
 */
ScopeSpotGroups *
scope_spot_groups_new (const SmoothOutcome *outcome, const SmoothLayer *layer)
{
  ScopeSpotGroups *groups = g_new0 (ScopeSpotGroups, 1);
  char **names = layer != NULL ? layer->categories : outcome->categories;

  groups->n_spots = outcome->n_spots;
  groups->n_groups = g_strv_length (names);
  groups->groups = g_new (gint32, MAX (outcome->n_spots, 1));
  groups->names = g_new0 (char *, groups->n_groups + 2);
  for (gint64 g = 0; g < groups->n_groups; g++)
    groups->names[g] = g_strdup (names[g]);
  groups->names[groups->n_groups]
    = g_strdup (groups->n_groups == 0 ? _("All spots") : layer != NULL ? _("In no category") : _("Outside of all regions"));
  if (layer != NULL)
    group_by_layer (groups, outcome, layer);
  else
    for (gint64 s = 0; s < outcome->n_spots; s++)
      groups->groups[s] = outcome->labels[s];
  return groups;
}

void
scope_spot_groups_free (ScopeSpotGroups *groups)
{
  if (groups == NULL)
    return;
  g_free (groups->groups);
  g_strfreev (groups->names);
  g_free (groups);
}

/* Returns: (nullable): the spots of a group, n_groups for those outside of all; NULL where there are none */
ScopeSelection *
scope_spot_groups_select (const ScopeSpotGroups *groups, const SmoothOutcome *outcome, gint64 group)
{
  gint64 n_spots = outcome->inputs.section->n_spots;
  guint8 *flags = g_malloc0 ((gsize) MAX (n_spots, 1));

  for (gint64 s = 0; s < groups->n_spots; s++)
    if (groups->groups[s] == group || (group == groups->n_groups && groups->groups[s] < 0))
      flags[outcome->spots[s]] = 1;
  return scope_selection_new (flags, n_spots);
}

/* Returns: how many of the analysed spots are selected; @selection: (nullable) */
gint64
scope_spot_groups_count_selected (const SmoothOutcome *outcome, const ScopeSelection *selection)
{
  gint64 n = 0;

  for (gint64 s = 0; selection != NULL && s < outcome->n_spots; s++)
    n += scope_selection_has (selection, outcome->spots[s]);
  return n;
}
