/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report is filled by its maker and not changed once it is shared. */
#include "base/report.h"

#include <string.h>

typedef struct
{
  SmoothReportLevel level;
  char *text;
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
  g_free (((Line *) line)->text);
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

void
smooth_report_add (SmoothReport *report, SmoothReportLevel level, const char *format, ...)
{
  Line line = { .level = level };
  va_list args;

  va_start (args, format);
  line.text = g_strdup_vprintf (format, args);
  va_end (args);
  g_array_append_val (report->lines, line);
}

/* Adds all that @other says behind what @report says. */
void
smooth_report_append (SmoothReport *report, const SmoothReport *other)
{
  for (guint i = 0; i < other->lines->len; i++)
    {
      const Line *line = &g_array_index (other->lines, Line, i);
      smooth_report_add (report, line->level, "%s", line->text);
    }
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

const char *
smooth_report_get_line (const SmoothReport *report, guint i, SmoothReportLevel *level)
{
  const Line *line = &g_array_index (report->lines, Line, i);

  if (level != NULL)
    *level = line->level;
  return line->text;
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
