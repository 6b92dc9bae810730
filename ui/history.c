/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two stacks of whole states; a state is small, since regions and pins are shared by reference. */
#include "history.h"

/* Moves of one slider by keys that follow each other within this time are one step, as are all of one drag. */
#define MERGE_US G_USEC_PER_SEC

typedef struct
{
  ScopeState state; /* to return to; its objects referenced */
  char *what;       /* the edit that lies between */
} Step;

struct _ScopeHistory
{
  GArray *past;   /* of Step, the latest last */
  GArray *future; /* of Step, the next last */
  gconstpointer merge_key;
  gint64 last_edit; /* us */
  gboolean is_held; /* a hand holds a slider */
};

/* After a plain copy: so that both hold what they share. */
void
scope_state_ref (ScopeState *state)
{
  smooth_regions_ref (state->regions);
  if (state->pin != NULL)
    scope_pin_ref (state->pin);
  if (state->signature != NULL)
    smooth_signature_ref (state->signature);
  if (state->files != NULL)
    smooth_input_files_ref (state->files);
}

void
scope_state_clear (ScopeState *state)
{
  g_clear_pointer (&state->regions, smooth_regions_unref);
  g_clear_pointer (&state->pin, scope_pin_unref);
  g_clear_pointer (&state->signature, smooth_signature_unref);
  g_clear_pointer (&state->files, smooth_input_files_unref);
}

static gboolean
pins_equal (const ScopePin *a, const ScopePin *b)
{
  return a == b || (a != NULL && b != NULL && scope_pin_fits (a, &b->parameters, b->regions));
}

/* Whether both hold the same; a reference is the same only if it was not read anew. */
gboolean
scope_state_equal (const ScopeState *a, const ScopeState *b)
{
  return smooth_regions_equal (a->regions, b->regions) && smooth_parameters_equal (&a->parameters, &b->parameters)
         && pins_equal (a->pin, b->pin) && a->signature == b->signature && a->files == b->files && a->turn == b->turn
         && smooth_analysis_settings_equal (&a->analyses, &b->analyses);
}

static void
clear_step (gpointer data)
{
  Step *step = data;

  scope_state_clear (&step->state);
  g_free (step->what);
}

static GArray *
stack_new (void)
{
  GArray *stack = g_array_new (FALSE, FALSE, sizeof (Step));

  g_array_set_clear_func (stack, clear_step);
  return stack;
}

static void
stack_push (GArray *stack, const ScopeState *state, const char *what)
{
  Step step = { *state, g_strdup (what) };

  scope_state_ref (&step.state);
  g_array_append_val (stack, step);
}

static const Step *
stack_top (const GArray *stack)
{
  return stack->len > 0 ? &g_array_index (stack, Step, stack->len - 1) : NULL;
}

ScopeHistory *
scope_history_new (void)
{
  ScopeHistory *history = g_new0 (ScopeHistory, 1);

  history->past = stack_new ();
  history->future = stack_new ();
  return history;
}

void
scope_history_free (ScopeHistory *history)
{
  g_array_unref (history->past);
  g_array_unref (history->future);
  g_free (history);
}

void
scope_history_clear (ScopeHistory *history)
{
  g_array_set_size (history->past, 0);
  g_array_set_size (history->future, 0);
  history->merge_key = NULL;
}

/* A hand has taken hold of a slider, or let it go: what it does between is one step of its own. */
void
scope_history_set_held (ScopeHistory *history, gboolean is_held)
{
  history->is_held = is_held;
  history->merge_key = NULL;
}

/**
 * scope_history_push:
 * @before: the state that undoing returns to; copied
 * @what: the edit, for the menu: 'rho'
 * @merge_key: (nullable): edits of one key that follow each other quickly, or while a slider is held, are one step
 * @now: monotonic time, us
 *
 * Forgets what could be redone.
 */
void
scope_history_push (ScopeHistory *history, const ScopeState *before, const char *what, gconstpointer merge_key, gint64 now)
{
  gboolean follows = history->is_held || now - history->last_edit < MERGE_US;
  gboolean merges = follows && merge_key != NULL && merge_key == history->merge_key && history->past->len > 0
                    && history->future->len == 0;

  if (!merges)
    stack_push (history->past, before, what);
  g_array_set_size (history->future, 0);
  history->merge_key = merge_key;
  history->last_edit = now;
}

static gboolean
step_back (ScopeHistory *history, GArray *from, GArray *to, ScopeState *state)
{
  const Step *step = stack_top (from);

  if (step == NULL)
    return FALSE;
  stack_push (to, state, step->what);
  scope_state_clear (state);
  *state = step->state;
  scope_state_ref (state);
  g_array_set_size (from, from->len - 1);
  history->merge_key = NULL;
  return TRUE;
}

/**
 * scope_history_undo:
 * @state: (inout): the present state; becomes the one before the last edit
 *
 * Returns: FALSE, and nothing changed, where there is nothing to undo
 */
gboolean
scope_history_undo (ScopeHistory *history, ScopeState *state)
{
  return step_back (history, history->past, history->future, state);
}

gboolean
scope_history_redo (ScopeHistory *history, ScopeState *state)
{
  return step_back (history, history->future, history->past, state);
}

/* Returns: (nullable): the edit that would be undone */
const char *
scope_history_get_undo (const ScopeHistory *history)
{
  const Step *step = stack_top (history->past);

  return step != NULL ? step->what : NULL;
}

/* Returns: (nullable): the edit that would be redone */
const char *
scope_history_get_redo (const ScopeHistory *history)
{
  const Step *step = stack_top (history->future);

  return step != NULL ? step->what : NULL;
}
