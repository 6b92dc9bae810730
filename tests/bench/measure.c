/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of one streaming read of memory, and the most memory that was used. */
#include "measure.h"

#include "linalg/dense.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double Wide __attribute__ ((vector_size (64)));

double
streaming_read_ms (gsize bytes)
{
  gint64 n = (gint64) (bytes / sizeof (Wide)) + 4;
  Wide *memory = smooth_i_try_alloc (n, sizeof (Wide), "the benchmark", NULL);
  double best = 1e30;
  volatile double sink;

  for (gint repeat = 0; repeat < 7; repeat++)
    {
      Wide sum[4] = { { 0 } };
      double start = thread_cpu_ms ();
      for (gint64 i = 0; i + 4 <= n; i += 4)
        for (gint k = 0; k < 4; k++)
          sum[k] += memory[i + k];
      sink = sum[0][0] + sum[1][0] + sum[2][0] + sum[3][0];
      best = MIN (best, thread_cpu_ms () - start);
    }
  (void) sink;
  smooth_i_free (memory);
  return best;
}

/* A line of /proc/self/status in bytes; 0 where there is none. */
static double
status_bytes (const char *name)
{
  g_autofree char *status = NULL;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;
  const char *line = strstr (status, name);
  return line != NULL ? strtod (line + strlen (name) + 1, NULL) * 1024 : 0;
}

double
reset_peak_memory (void)
{
  malloc_trim (0);
  FILE *file = fopen ("/proc/self/clear_refs", "w");
  if (file != NULL)
    {
      fputs ("5", file);
      fclose (file);
    }
  return status_bytes ("VmRSS");
}

double
peak_memory (void)
{
  return status_bytes ("VmHWM");
}
