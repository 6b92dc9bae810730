/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for the values of immutable objects, and lists of the places where two of them differ. */
#include "base/edit.h"

/* Names values that nobody else has. */
void
smooth_i_edit_init (SmoothEdit *edit)
{
  *edit = (SmoothEdit) { .version = g_atomic_rc_box_alloc0 (1) };
}

void
smooth_i_edit_clear (SmoothEdit *edit)
{
  g_clear_pointer (&edit->version, g_atomic_rc_box_release);
  g_clear_pointer (&edit->from, g_atomic_rc_box_release);
  g_clear_pointer (&edit->places, g_free);
  edit->n = 0;
}

/**
 * smooth_i_edit_set:
 * @edit: of the object at hand, whose values are new; what it said before is forgotten
 * @from: of the object that it was made of; not @edit
 * @places: n, ascending: all places where their values differ; copied
 */
void
smooth_i_edit_set (SmoothEdit *edit, const SmoothEdit *from, const gint32 *places, gint64 n)
{
  SmoothEdit old = *edit;

  smooth_i_edit_init (edit);
  edit->from = g_atomic_rc_box_acquire (from->version);
  edit->n = n;
  edit->places = g_memdup2 (places, (gsize) n * sizeof (gint32));
  smooth_i_edit_clear (&old);
}

/* Returns: (transfer full): see smooth_i_edit_unref_version() */
gpointer
smooth_i_edit_ref_version (const SmoothEdit *edit)
{
  return g_atomic_rc_box_acquire (edit->version);
}

/* @version: (nullable) */
void
smooth_i_edit_unref_version (gpointer version)
{
  if (version != NULL)
    g_atomic_rc_box_release (version);
}
