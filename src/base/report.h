/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a user should know about something that was read or computed: counts by name, notes and warnings. */
#pragma once

#include "base/wording.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_REPORT_NOTE,    /* a fact: '2,898 of 4,992 spots lie on the tissue' */
  SMOOTH_REPORT_WARNING, /* a fact that may be unwanted: '3,039 spots on the tissue have no counts' */
} SmoothReportLevel;

typedef struct _SmoothReport SmoothReport;

SmoothReport *smooth_report_new (void);
SmoothReport *smooth_report_ref (SmoothReport *report);
void smooth_report_unref (SmoothReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothReport, smooth_report_unref)

void smooth_report_count (SmoothReport *report, const char *name, gint64 count);
void smooth_report_append (SmoothReport *report, const SmoothReport *other);
void smooth_report_append_line (SmoothReport *report, const SmoothReport *other, guint i);
gboolean smooth_report_has (const SmoothReport *report, const SmoothReport *other, guint i);

gint64 smooth_report_get_count (const SmoothReport *report, const char *name);
guint smooth_report_get_n_lines (const SmoothReport *report);
const char *smooth_report_get_line (const SmoothReport *report, guint i, SmoothReportLevel *level);
const char *smooth_report_get_plain (const SmoothReport *report, guint i);
guint smooth_report_get_n_counts (const SmoothReport *report);
const char *smooth_report_get_count_name (const SmoothReport *report, guint i);
char *smooth_report_dup_count_label (const SmoothReport *report, guint i);

void smooth_i_report_take (SmoothReport *report, SmoothReportLevel level, SmoothWording *wording);

/* Adds a line: a format, and its arguments, which are evaluated twice (see base/wording.h). */
#define smooth_report_add(report, level, ...)                                                                               \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    SmoothWording report_wording = { NULL };                                                                                \
    smooth_i_word (&report_wording, __VA_ARGS__);                                                                           \
    smooth_i_report_take (report, level, &report_wording);                                                                  \
  }                                                                                                                         \
  G_STMT_END
#define smooth_report_add_n(report, level, ...) /* n, format for one, format for more, arguments */                         \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    SmoothWording report_wording = { NULL };                                                                                \
    smooth_i_word_n (&report_wording, __VA_ARGS__);                                                                         \
    smooth_i_report_take (report, level, &report_wording);                                                                  \
  }                                                                                                                         \
  G_STMT_END

G_END_DECLS
