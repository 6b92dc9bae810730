/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Undo and redo: states of the document, one step an edit. */
#pragma once

#include "pin.h"

G_BEGIN_DECLS

/* All that an edit may change. */
typedef struct
{
  SmoothRegions *regions;
  SmoothParameters parameters;
  ScopePin *pin; /* (nullable): the setting A */
  SmoothSignature *signature; /* (nullable): the reference */
  SmoothScale asked_scale;    /* what the user said about its scale */
  SmoothInputFiles *files;    /* (nullable): tables of likeness, confidences and priors by type */
  gint turn;                  /* of the spots on the picture: of smooth_section_new_turned() */
  SmoothAnalysisSettings analyses;
} ScopeState;

void scope_state_ref (ScopeState *state);
void scope_state_clear (ScopeState *state);
gboolean scope_state_equal (const ScopeState *a, const ScopeState *b);

typedef struct _ScopeHistory ScopeHistory;

ScopeHistory *scope_history_new (void);
void scope_history_free (ScopeHistory *history);
void scope_history_clear (ScopeHistory *history);

void scope_history_set_held (ScopeHistory *history, gboolean is_held);
void scope_history_push (ScopeHistory *history, const ScopeState *before, const char *what, gconstpointer merge_key, gint64 now);
gboolean scope_history_undo (ScopeHistory *history, ScopeState *state);
gboolean scope_history_redo (ScopeHistory *history, ScopeState *state);
const char *scope_history_get_undo (const ScopeHistory *history);
const char *scope_history_get_redo (const ScopeHistory *history);

G_END_DECLS
