/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One byte a spot: the painter and every plot read it in one pass, whatever its size. */
#include "selection.h"

static gint64
count (const guint8 *flags, gint64 n_spots)
{
  gint64 n = 0;

  for (gint64 i = 0; i < n_spots; i++)
    n += flags[i];
  return n;
}

/**
 * scope_selection_new:
 * @flags: (transfer full): n_spots: 1 where a spot is selected, else 0
 *
 * O(n_spots).
 *
 * Returns: (nullable): NULL where no spot is selected
 */
ScopeSelection *
scope_selection_new (guint8 *flags, gint64 n_spots)
{
  gint64 n_selected = count (flags, n_spots);

  if (n_selected == 0)
    {
      g_free (flags);
      return NULL;
    }
  ScopeSelection *selection = g_new0 (ScopeSelection, 1);
  g_atomic_ref_count_init (&selection->ref_count);
  selection->n_spots = n_spots;
  selection->n_selected = n_selected;
  selection->flags = g_bytes_new_take (flags, (gsize) n_spots);
  return selection;
}

/**
 * scope_selection_combine:
 * @before: (nullable): what is selected
 * @spots: (nullable): what was pointed at
 *
 * Selections of different sections do not combine: the new one replaces the old.
 *
 * Returns: (transfer full) (nullable): what is selected then
 */
ScopeSelection *
scope_selection_combine (ScopeSelection *before, ScopeSelection *spots, ScopeSelectMode mode)
{
  if (before == NULL || mode == SCOPE_SELECT_ONLY || (spots != NULL && spots->n_spots != before->n_spots))
    return spots != NULL ? scope_selection_ref (spots) : NULL;
  if (spots == NULL)
    return scope_selection_ref (before);

  const guint8 *a = scope_selection_get_flags (before), *b = scope_selection_get_flags (spots);
  guint8 *flags = g_malloc ((gsize) before->n_spots);
  for (gint64 i = 0; i < before->n_spots; i++)
    flags[i] = mode == SCOPE_SELECT_ADD ? a[i] | b[i] : a[i] ^ b[i];
  return scope_selection_new (flags, before->n_spots);
}

ScopeSelection *
scope_selection_ref (ScopeSelection *selection)
{
  g_atomic_ref_count_inc (&selection->ref_count);
  return selection;
}

void
scope_selection_unref (ScopeSelection *selection)
{
  if (!g_atomic_ref_count_dec (&selection->ref_count))
    return;
  g_bytes_unref (selection->flags);
  g_free (selection);
}

/* Returns: n_spots bytes */
const guint8 *
scope_selection_get_flags (const ScopeSelection *selection)
{
  return g_bytes_get_data (selection->flags, NULL);
}

/* @selection: (nullable) */
gboolean
scope_selection_has (const ScopeSelection *selection, gint64 spot)
{
  return selection != NULL && spot >= 0 && spot < selection->n_spots && scope_selection_get_flags (selection)[spot] != 0;
}
