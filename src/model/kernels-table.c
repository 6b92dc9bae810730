/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which builds of the kernels there are. */
#include "model/kernels-private.h"

#include <string.h>

extern const SmoothKernels smooth_i_kernels_baseline_single, smooth_i_kernels_baseline_double;
#ifdef __x86_64__
extern const SmoothKernels smooth_i_kernels_v3_single, smooth_i_kernels_v3_double;
extern const SmoothKernels smooth_i_kernels_avx512_single, smooth_i_kernels_avx512_double;
#endif

/**
 * smooth_i_kernels_get:
 * @single: single instead of double precision
 * @isa: one of smooth_i_isa_list()
 */
const SmoothKernels *
smooth_i_kernels_get (gboolean single, const char *isa)
{
#ifdef __x86_64__
  if (strcmp (isa, "avx512") == 0)
    return single ? &smooth_i_kernels_avx512_single : &smooth_i_kernels_avx512_double;
  if (strcmp (isa, "v3") == 0)
    return single ? &smooth_i_kernels_v3_single : &smooth_i_kernels_v3_double;
#endif
  g_return_val_if_fail (strcmp (isa, "baseline") == 0, NULL);
  return single ? &smooth_i_kernels_baseline_single : &smooth_i_kernels_baseline_double;
}
