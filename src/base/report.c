/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report is filled by its maker and not changed once it is shared. */
#include "base/report.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  SmoothReportLevel level;
  SmoothWording words;
} Line;

typedef struct
{
  char *name;
  gint64 count;
} Count;

struct _SmoothReport
{
  gatomicrefcount ref_count;
  GArray *lines;  /* of Line */
  GArray *counts; /* of Count, in the order of their first mention */
};

static void
clear_line (gpointer line)
{
  smooth_i_wording_clear (&((Line *) line)->words);
}

static void
clear_count (gpointer count)
{
  g_free (((Count *) count)->name);
}

SmoothReport *
smooth_report_new (void)
{
  SmoothReport *report = g_new0 (SmoothReport, 1);

  g_atomic_ref_count_init (&report->ref_count);
  report->lines = g_array_new (FALSE, FALSE, sizeof (Line));
  g_array_set_clear_func (report->lines, clear_line);
  report->counts = g_array_new (FALSE, FALSE, sizeof (Count));
  g_array_set_clear_func (report->counts, clear_count);
  return report;
}

SmoothReport *
smooth_report_ref (SmoothReport *report)
{
  g_atomic_ref_count_inc (&report->ref_count);
  return report;
}

void
smooth_report_unref (SmoothReport *report)
{
  if (report == NULL || !g_atomic_ref_count_dec (&report->ref_count))
    return;
  g_array_unref (report->lines);
  g_array_unref (report->counts);
  g_free (report);
}

static Count *
find_count (const SmoothReport *report, const char *name)
{
  for (guint i = 0; i < report->counts->len; i++)
    if (strcmp (g_array_index (report->counts, Count, i).name, name) == 0)
      return &g_array_index (report->counts, Count, i);
  return NULL;
}

/**
 * smooth_report_count:
 * @name: lower case, words joined by '_': it becomes a JSON key
 *
 * Sets the count of that name.
 */
void
smooth_report_count (SmoothReport *report, const char *name, gint64 count)
{
  Count *known = find_count (report, name);

  if (known != NULL)
    known->count = count;
  else
    g_array_append_val (report->counts, ((Count){ .name = g_strdup (name), .count = count }));
}

/* Adds a line of @wording, which it empties. */
void
smooth_i_report_take (SmoothReport *report, SmoothReportLevel level, SmoothWording *wording)
{
  Line line = { .level = level };

  line.words.shown = g_steal_pointer (&wording->shown);
  line.words.plain = g_steal_pointer (&wording->plain);
  g_array_append_val (report->lines, line);
}

/* Adds line number @i of @other. */
void
smooth_report_append_line (SmoothReport *report, const SmoothReport *other, guint i)
{
  const Line *line = &g_array_index (other->lines, Line, i);
  SmoothWording words = { .shown = g_strdup (line->words.shown), .plain = g_strdup (line->words.plain) };

  smooth_i_report_take (report, line->level, &words);
}

/* Returns: whether a line of @report says what line number @i of @other says */
gboolean
smooth_report_has (const SmoothReport *report, const SmoothReport *other, guint i)
{
  for (guint k = 0; k < report->lines->len; k++)
    if (strcmp (g_array_index (report->lines, Line, k).words.plain, g_array_index (other->lines, Line, i).words.plain) == 0)
      return TRUE;
  return FALSE;
}

/* Adds all that @other says behind what @report says. */
void
smooth_report_append (SmoothReport *report, const SmoothReport *other)
{
  for (guint i = 0; i < other->lines->len; i++)
    smooth_report_append_line (report, other, i);
  for (guint i = 0; i < other->counts->len; i++)
    {
      const Count *count = &g_array_index (other->counts, Count, i);
      smooth_report_count (report, count->name, count->count);
    }
}

/* Returns: the count of that name, or -1 where there is none */
gint64
smooth_report_get_count (const SmoothReport *report, const char *name)
{
  const Count *count = find_count (report, name);

  return count != NULL ? count->count : -1;
}

guint
smooth_report_get_n_lines (const SmoothReport *report)
{
  return report->lines->len;
}

/* Returns: line number @i in the user's language */
const char *
smooth_report_get_line (const SmoothReport *report, guint i, SmoothReportLevel *level)
{
  const Line *line = &g_array_index (report->lines, Line, i);

  if (level != NULL)
    *level = line->level;
  return line->words.shown;
}

/* Returns: line number @i as files hold it: in English */
const char *
smooth_report_get_plain (const SmoothReport *report, guint i)
{
  return g_array_index (report->lines, Line, i).words.plain;
}

guint
smooth_report_get_n_counts (const SmoothReport *report)
{
  return report->counts->len;
}

const char *
smooth_report_get_count_name (const SmoothReport *report, guint i)
{
  return g_array_index (report->counts, Count, i).name;
}

/* Returns: (transfer full): what count number @i counts, in the user's language: 'matched genes' */
char *
smooth_report_dup_count_label (const SmoothReport *report, guint i)
{
  const char *name = smooth_report_get_count_name (report, i), *label = g_dgettext (GETTEXT_PACKAGE, name);

  return label != name ? g_strdup (label) : g_strdelimit (g_strdup (name), "_-", ' ');
}
