/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks and memory traffic for the benchmarks. */
#pragma once

#include <glib.h>
#include <time.h>

static inline double
thread_cpu_ms (void)
{
  struct timespec t;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e3 + (double) t.tv_nsec * 1e-6;
}

static inline double
wall_ms (void)
{
  return (double) g_get_monotonic_time () * 1e-3;
}

/* Milliseconds to read so many bytes once, best of several. */
double streaming_read_ms (gsize bytes);
