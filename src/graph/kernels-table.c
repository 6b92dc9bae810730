/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of neighbour searches for the instruction set that is used. */
#include "graph/kernels-private.h"

#include "base/isa.h"

#include <string.h>

extern const SmoothGraphKernels smooth_i_graph_kernels_baseline;
#ifdef __x86_64__
extern const SmoothGraphKernels smooth_i_graph_kernels_v3, smooth_i_graph_kernels_avx512;
#endif

const SmoothGraphKernels *
smooth_i_graph_kernels (void)
{
#ifdef __x86_64__
  const char *isa = smooth_i_isa_get_default ();

  if (strcmp (isa, "avx512") == 0)
    return &smooth_i_graph_kernels_avx512;
  if (strcmp (isa, "v3") == 0)
    return &smooth_i_graph_kernels_v3;
#endif
  return &smooth_i_graph_kernels_baseline;
}
