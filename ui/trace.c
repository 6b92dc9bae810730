/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times are monotonic microseconds. The main loop is watched from within its poll function: what passes between two
 * polls is one iteration, so that nothing has to be sampled. */
#include "trace.h"

#include <stdio.h>
#include <time.h>

/* Iterations longer than this are reported. */
#define LONG_ITERATION_US 16000

static struct
{
  FILE *file;
  GPollFunc poll;
  gint64 iteration_start; /* 0 before the first */
  gint64 iteration_cpu;   /* what the thread had worked by then, us */
  gint64 longest;         /* of iterations without a frame */
  gint64 longest_frame;   /* of those with one */
  gboolean has_frame;     /* in this iteration */
  gint64 frame_cpu;       /* of the thread, us: when the frame began; 0: none has */

  guint64 requested;      /* generation */
  gint64 request_time;
  guint64 improved;       /* the newest generation whose first picture was reported */
  guint64 converged;
  gboolean has_picture;
} trace;

gboolean
scope_trace_is_on (void)
{
  return trace.file != NULL;
}

/**
 * scope_trace:
 * @event: its name
 * @detail: (nullable): further members of the object, as JSON: "\"spots\": 3"
 */
void
scope_trace (const char *event, const char *detail)
{
  if (trace.file == NULL)
    return;
  fprintf (trace.file, "{\"event\": \"%s\", \"us\": %" G_GINT64_FORMAT "%s%s}\n", event, g_get_monotonic_time (),
           detail != NULL ? ", " : "", detail != NULL ? detail : "");
  fflush (trace.file);
}

static void
end_iteration (gint64 now)
{
  gint64 took = now - trace.iteration_start;
  gint64 *longest = trace.has_frame ? &trace.longest_frame : &trace.longest;

  if (took > *longest)
    *longest = took;
  if (took > LONG_ITERATION_US)
    {
      g_autofree char *detail
        = g_strdup_printf ("\"took_us\": %" G_GINT64_FORMAT ", \"cpu_us\": %" G_GINT64_FORMAT ", \"frame\": %s", took,
                           scope_trace_cpu_time () - trace.iteration_cpu, trace.has_frame ? "true" : "false");
      scope_trace ("long-iteration", detail);
    }
  trace.has_frame = FALSE;
}

static gint
watching_poll (GPollFD *fds, guint n_fds, gint timeout)
{
  if (trace.iteration_start != 0)
    end_iteration (g_get_monotonic_time ());
  gint result = trace.poll (fds, n_fds, timeout);
  trace.iteration_start = g_get_monotonic_time ();
  trace.iteration_cpu = scope_trace_cpu_time ();
  return result;
}

/* To be called at the very start of main(). */
void
scope_trace_init (void)
{
  const char *path = g_getenv ("SMOOTHSCOPE_TRACE");

  if (path == NULL || *path == '\0')
    return;
  trace.file = fopen (path, "a");
  if (trace.file == NULL)
    {
      g_printerr ("SMOOTHSCOPE_TRACE: '%s' cannot be written\n", path);
      return;
    }
  trace.poll = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, watching_poll);
  scope_trace ("start", NULL);
}

/* Writes the longest iterations. */
void
scope_trace_finish (void)
{
  if (trace.file == NULL)
    return;
  g_autofree char *detail = g_strdup_printf ("\"longest_us\": %" G_GINT64_FORMAT ", \"longest_with_frame_us\": %" G_GINT64_FORMAT,
                                             trace.longest, trace.longest_frame);
  scope_trace ("end", detail);
  g_main_context_set_poll_func (NULL, trace.poll);
  fclose (trace.file);
  trace.file = NULL;
}

/* Something was asked of the engine. */
void
scope_trace_requested (guint64 generation)
{
  if (trace.file == NULL)
    return;
  trace.requested = generation;
  trace.request_time = g_get_monotonic_time ();
  g_autofree char *detail = g_strdup_printf ("\"generation\": %" G_GUINT64_FORMAT, generation);
  scope_trace ("parameter-changed", detail);
}

/**
 * scope_trace_step:
 * @event: what was done on the way from a request to its picture
 * @detail: (nullable): as for scope_trace()
 *
 * On any thread.
 */
void
scope_trace_step (const char *event, guint64 generation, const char *detail)
{
  if (trace.file == NULL)
    return;
  g_autofree char *text = g_strdup_printf ("\"generation\": %" G_GUINT64_FORMAT "%s%s", generation, detail != NULL ? ", " : "",
                                           detail != NULL ? detail : "");
  scope_trace (event, text);
}

static void
report_picture (const char *event, guint64 generation)
{
  g_autofree char *detail
    = g_strdup_printf ("\"generation\": %" G_GUINT64_FORMAT ", \"after_ms\": %.2f", generation,
                       (double) (g_get_monotonic_time () - trace.request_time) / 1e3);

  scope_trace (event, detail);
}

/* Returns: what the calling thread has worked, us; 0 where nothing is traced */
gint64
scope_trace_cpu_time (void)
{
  struct timespec time;

  if (trace.file == NULL || clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time) != 0)
    return 0;
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* To be called before a frame is laid out and painted. */
void
scope_trace_frame_begins (void)
{
  trace.frame_cpu = scope_trace_cpu_time ();
}

/* To be called after every frame: tells what it cost this thread. */
void
scope_trace_frame (void)
{
  trace.has_frame = TRUE;
  if (trace.file == NULL || trace.frame_cpu == 0)
    return;
  g_autofree char *detail = g_strdup_printf ("\"cpu_us\": %" G_GINT64_FORMAT, scope_trace_cpu_time () - trace.frame_cpu);
  trace.frame_cpu = 0;
  scope_trace ("frame", detail);
}

/**
 * scope_trace_painted:
 * @generation: of the outcome that the frame shows; 0: none
 * @outcome: (nullable): that outcome
 * @has_histology: whether the frame shows histology too
 *
 * To be called after a frame was painted that shows a section.
 */
void
scope_trace_painted (guint64 generation, const SmoothOutcome *outcome, gboolean has_histology)
{
  if (trace.file == NULL)
    return;
  if (!trace.has_picture)
    scope_trace ("first-picture", has_histology ? "\"histology\": true" : "\"histology\": false");
  trace.has_picture = TRUE;

  if (outcome == NULL || generation != trace.requested)
    return;
  gboolean is_final = outcome->result == NULL || outcome->result->info.status != SMOOTH_STATUS_IMPROVING;
  if (trace.improved != generation)
    report_picture ("first-improved-picture", generation);
  trace.improved = generation;
  if (is_final && trace.converged != generation)
    {
      report_picture ("converged-picture", generation);
      trace.converged = generation;
    }
}
