/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analysed spots in groups: regions, or the categories of a layer. */
#pragma once

#include "selection.h"

#include <smooth.h>

G_BEGIN_DECLS

/* One owner. The last name is that of spots outside of all groups. */
typedef struct
{
  gint64 n_spots;   /* analysed */
  gint32 *groups;   /* n_spots: -1: outside */
  gint64 n_groups;  /* without outside */
  char **names;     /* n_groups + 1, NULL-terminated */
} ScopeSpotGroups;

ScopeSpotGroups *scope_spot_groups_new (const SmoothOutcome *outcome, const SmoothLayer *layer);
void scope_spot_groups_free (ScopeSpotGroups *groups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSpotGroups, scope_spot_groups_free)

ScopeSelection *scope_spot_groups_select (const ScopeSpotGroups *groups, const SmoothOutcome *outcome, gint64 group);
gint64 scope_spot_groups_count_selected (const SmoothOutcome *outcome, const ScopeSelection *selection);

G_END_DECLS
