/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks and memory for the benchmarks. */
#pragma once

#include <glib.h>
#include <time.h>

static inline double
clock_ms (clockid_t clock)
{
  struct timespec t;
  clock_gettime (clock, &t);
  return (double) t.tv_sec * 1e3 + (double) t.tv_nsec * 1e-6;
}

static inline double
thread_cpu_ms (void)
{
  return clock_ms (CLOCK_THREAD_CPUTIME_ID);
}

static inline double
process_cpu_ms (void)
{
  return clock_ms (CLOCK_PROCESS_CPUTIME_ID);
}

static inline double
wall_ms (void)
{
  return (double) g_get_monotonic_time () * 1e-3;
}

/* Milliseconds to read so many bytes once, best of several. */
double streaming_read_ms (gsize bytes);

/* Starts counting the most memory used anew; returns the bytes in use. */
double reset_peak_memory (void);
double peak_memory (void);
