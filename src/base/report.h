/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a user should know about something that was read or computed: counts by name, notes and warnings. */
#pragma once

#include <glib.h>

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
void smooth_report_add (SmoothReport *report, SmoothReportLevel level, const char *format, ...) G_GNUC_PRINTF (3, 4);
void smooth_report_append (SmoothReport *report, const SmoothReport *other);

gint64 smooth_report_get_count (const SmoothReport *report, const char *name);
guint smooth_report_get_n_lines (const SmoothReport *report);
const char *smooth_report_get_line (const SmoothReport *report, guint i, SmoothReportLevel *level);
guint smooth_report_get_n_counts (const SmoothReport *report);
const char *smooth_report_get_count_name (const SmoothReport *report, guint i);

G_END_DECLS
