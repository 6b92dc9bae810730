/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells OpenBLAS once to leave threads alone. */
#include "linalg/blas.h"

/**
 * smooth_i_blas_init:
 *
 * To be called before BLAS, LAPACK or CHOLMOD are used; cheap after the first time, safe from any thread. OpenBLAS's own
 * threads spin while they wait, which slows down everybody on a busy machine, and split sums differently by their number.
 */
void
smooth_i_blas_init (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done))
    {
      openblas_set_num_threads (1);
      g_once_init_leave (&done, 1);
    }
}

/* Before main() already: a caller of LAPACK that forgets the above would wake threads that then spin for all of the program's life. */
__attribute__ ((constructor)) static void
at_start (void)
{
  smooth_i_blas_init ();
}
