/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dialogs that ask for a file, a folder or a decision: the one place that knows which of GTK's dialogs to use. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  SCOPE_DIALOG_SECTION_FOLDER,
  SCOPE_DIALOG_EXPORT_FOLDER,
  SCOPE_DIALOG_TABLE,
  SCOPE_DIALOG_REGIONS,
  SCOPE_DIALOG_SECTION_FILE, /* all that can be opened and is no folder */
  SCOPE_DIALOG_SESSION,
  SCOPE_DIALOG_PICTURE,
} ScopeDialogKind;

/* @path: NULL if the user called it off */
typedef void (*ScopePathFunc) (const char *path, gpointer data);
typedef void (*ScopeDecisionFunc) (gboolean yes, gpointer data);

typedef enum
{
  SCOPE_ANSWER_CANCEL,
  SCOPE_ANSWER_NO,
  SCOPE_ANSWER_YES,
} ScopeAnswer;

typedef void (*ScopeAnswerFunc) (ScopeAnswer answer, gpointer data);

void scope_dialog_open (GtkWindow *parent, const char *title, ScopeDialogKind kind, ScopePathFunc func, gpointer data);
void scope_dialog_save (GtkWindow *parent, const char *title, const char *name, ScopePathFunc func, gpointer data);
void scope_dialog_save_as (GtkWindow *parent, const char *title, ScopeDialogKind kind, const char *folder, const char *name,
                           ScopePathFunc func, gpointer data);
void scope_dialog_choose (GtkWindow *parent, const char *question, const char *explanation, const char *yes, const char *no,
                          gboolean no_destroys, ScopeAnswerFunc func, gpointer data);
void scope_dialog_ask (GtkWindow *parent, const char *question, const char *explanation, const char *yes, ScopeDecisionFunc func,
                       gpointer data);
void scope_dialog_offer (GtkWindow *parent, const char *question, const char *explanation, const char *yes, const char *no,
                         ScopeDecisionFunc func, gpointer data);

G_END_DECLS
