/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of one streaming read of memory. */
#include "measure.h"

#include "linalg/dense.h"

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
