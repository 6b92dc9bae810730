/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the window share. */
#pragma once

#include "analyses-panel.h"
#include "canvas.h"
#include "compare-panel.h"
#include "document.h"
#include "journal.h"
#include "look-panel.h"
#include "param-panel.h"
#include "plot-area.h"
#include "progress.h"
#include "reference-panel.h"
#include "regions-panel.h"
#include "status-bar.h"
#include "window.h"

G_BEGIN_DECLS

struct _ScopeWindow
{
  GtkApplicationWindow parent_instance;

  GtkWidget *open_button, *send_button, *title, *subtitle, *report_button, *report_label, *report_icon;
  GtkWidget *notice, *notice_icon, *notice_label, *notice_button, *notice_folder;
  GtkWidget *left_pane, *right_pane, *plot_pane, *left, *right;
  GtkWidget *canvas_stack, *toolbar, *drop_frame;
  GtkWidget *progress_box, *progress_label, *progress_bar;
  ScopeCanvas *canvas;
  ScopeLookPanel *look_panel;
  ScopeComparePanel *compare_panel;
  ScopeRegionsPanel *regions_panel;
  ScopeReferencePanel *reference_panel;
  ScopeParamPanel *param_panel;
  ScopePlotArea *plot_area;
  ScopeAnalysesPanel *analyses_panel;
  ScopeStatusBar *status_bar;

  ScopeHost *host;
  SmoothRegions *host_regions; /* (nullable): all that a live host gave so far: undo brings them back */
  gboolean host_is_asked, host_is_asked_again; /* for its regions */
  ScopeDocument *document;
  ScopeJournal *journal;
  ScopeProgress *progress;  /* of the section that is being read; NULL: none */
  GPtrArray *works;         /* of ScopeProgress: what else takes long: references that are read, results that are written */
  GQueue later;             /* of paths: to be opened when a section is there */
  guint64 load_serial;      /* answers of earlier loads are dropped */
  guint notice_timeout;
  guint note_timeout;       /* until a picture for the list of recent ones is taken */
  char *told_path;          /* (nullable): of the file that the notice tells of */
  gboolean notice_is_failure; /* the notice is about the computation */
  gboolean may_close;       /* what is not saved was asked about */
  char *session_path;       /* where Save writes; NULL: it asks */
  SmoothRecipe *opened;     /* (nullable): the session as it was read or written last */
};

/* window.c */
void scope_window_tell (ScopeWindow *window, const char *text);
void scope_window_tell_file (ScopeWindow *window, const char *text, const char *path);
void scope_window_tell_error (ScopeWindow *window, const char *text);
void scope_window_hide_notice (ScopeWindow *window);
void scope_window_offer_turn (ScopeWindow *window);

/* window-actions.c */
void scope_window_add_actions (ScopeWindow *window);
void scope_window_update_actions (ScopeWindow *window);

/* window-figure.c */
void scope_window_export_figure (ScopeWindow *window);
void scope_window_show_methods (ScopeWindow *window);
void scope_window_show_told_file (ScopeWindow *window);

/* window-session.c */
/* Told once how asking or saving ended. */
typedef void (*ScopeSavedFunc) (gboolean yes, gpointer data);

SmoothRecipe *scope_window_new_recipe (ScopeWindow *window);
char *scope_window_dup_session_text (ScopeWindow *window);
SmoothRecipe *scope_window_new_journal_recipe (gpointer window);
gboolean scope_window_is_modified (ScopeWindow *window);
void scope_window_follow_journal (ScopeWindow *window, guint changes);
void scope_window_update_title (ScopeWindow *window);
void scope_window_save (ScopeWindow *window, ScopeSavedFunc func, gpointer data);
void scope_window_save_as (ScopeWindow *window);
void scope_window_ask_to_save (ScopeWindow *window, ScopeSavedFunc func, gpointer data);

/* window-open.c */
void scope_window_open_session (ScopeWindow *window, const char *path);
void scope_window_open_recipe (ScopeWindow *window, SmoothRecipe *recipe);
void scope_window_recover (ScopeWindow *window, ScopeRecovery *recovery);

/* window-files.c */
void scope_window_set_progress (ScopeWindow *window, ScopeProgress *progress);
void scope_window_open (ScopeWindow *window, const char *path);
void scope_window_open_main (ScopeWindow *window, const char *path);
void scope_window_open_host (ScopeWindow *window);
void scope_window_open_signature (ScopeWindow *window, const char *path, SmoothScale scale);
void scope_window_open_picture (ScopeWindow *window, const char *path);
void scope_window_open_categories (ScopeWindow *window, const char *path);
void scope_window_add_categories (ScopeWindow *window, const char *path);
void scope_window_open_regions (ScopeWindow *window, const char *path);
void scope_window_save_regions (ScopeWindow *window, const char *path);
void scope_window_load_host_regions (ScopeWindow *window);
void scope_window_deliver (ScopeWindow *window, ScopeDeliveryKind kind);
void scope_window_begin_work (ScopeWindow *window, ScopeProgress *progress);
void scope_window_end_work (ScopeWindow *window, ScopeProgress *progress);
void scope_window_cancel_loading (ScopeWindow *window);
void scope_window_add_drop_target (ScopeWindow *window);

/* window-memory.c */
void scope_window_restore_size (ScopeWindow *window);
void scope_window_save_size (ScopeWindow *window);
void scope_window_note_recent (ScopeWindow *window);
void scope_window_note_opened (ScopeWindow *window);
void scope_window_show_plots (ScopeWindow *window, gboolean are_shown);

G_END_DECLS
