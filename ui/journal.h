/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was done and not yet kept, in a recovery file of its own for each window: it outlives a crash. */
#pragma once

#include <smooth.h>

G_BEGIN_DECLS

typedef struct _ScopeJournal ScopeJournal;

/* Returns: (transfer full): the session as it is now. On the main loop. */
typedef SmoothRecipe *(*ScopeJournalMakeFunc) (gpointer data);

/* Told on the main loop when the journal cannot be written. */
typedef void (*ScopeJournalFunc) (const GError *error, gpointer data);

ScopeJournal *scope_journal_new (ScopeJournalMakeFunc make, ScopeJournalFunc failed, gpointer data);
void scope_journal_free (ScopeJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeJournal, scope_journal_free)

void scope_journal_follow (ScopeJournal *journal, gboolean at_once);
void scope_journal_flush (ScopeJournal *journal);
void scope_journal_discard (ScopeJournal *journal);

/* What a window left behind whose program did not end well. */
typedef struct
{
  SmoothRecipe *recipe; /* the session */
  char *session;        /* (nullable): the path under which it was saved before */
  GDateTime *saved;     /* when this was written */

  /*< private >*/
  char *id;
  int lock;
} ScopeRecovery;

GPtrArray *scope_recovery_find_all (void);
void scope_recovery_put_aside (ScopeRecovery *recovery);
void scope_recovery_delete (ScopeRecovery *recovery);
void scope_recovery_free (ScopeRecovery *recovery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeRecovery, scope_recovery_free)

char *scope_journal_dup_folder (void);
char *scope_journal_dup_aside (void);

G_END_DECLS
