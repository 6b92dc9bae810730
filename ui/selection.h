/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spots that are selected, on the canvas and in all plots. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Immutable. No selection at all is NULL: one of no spots is never made. */
typedef struct
{
  gint64 n_spots;    /* of the section */
  gint64 n_selected; /* > 0 */
  GBytes *flags;     /* a byte a spot of the section: 1 where it is selected */

  /*< private >*/
  gatomicrefcount ref_count;
} ScopeSelection;

/* What becomes of spots that were selected before. */
typedef enum
{
  SCOPE_SELECT_ONLY,   /* the new ones alone are selected */
  SCOPE_SELECT_ADD,    /* all of both */
  SCOPE_SELECT_TOGGLE, /* new ones that were selected are not any more, the others are too */
} ScopeSelectMode;

ScopeSelection *scope_selection_new (guint8 *flags, gint64 n_spots);
ScopeSelection *scope_selection_combine (ScopeSelection *before, ScopeSelection *spots, ScopeSelectMode mode);
ScopeSelection *scope_selection_ref (ScopeSelection *selection);
void scope_selection_unref (ScopeSelection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSelection, scope_selection_unref)

const guint8 *scope_selection_get_flags (const ScopeSelection *selection);
gboolean scope_selection_has (const ScopeSelection *selection, gint64 spot);

G_END_DECLS
