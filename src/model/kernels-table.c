/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which builds of the kernels there are, and which of them this processor takes. */
#include "model/kernels-private.h"

#include <string.h>

extern const SmoothKernels smooth_i_kernels_baseline_single, smooth_i_kernels_baseline_double;
#ifdef __x86_64__
extern const SmoothKernels smooth_i_kernels_v3_single, smooth_i_kernels_v3_double;
extern const SmoothKernels smooth_i_kernels_avx512_single, smooth_i_kernels_avx512_double;
#endif

static gboolean
has_v3 (void)
{
#ifdef __x86_64__
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && __builtin_cpu_supports ("bmi")
         && __builtin_cpu_supports ("bmi2");
#else
  return FALSE;
#endif
}

static gboolean
has_avx512 (void)
{
#ifdef __x86_64__
  return has_v3 () && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
         && __builtin_cpu_supports ("avx512cd") && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl");
#else
  return FALSE;
#endif
}

static const char *isas[4];

static gpointer
list_isas (gpointer unused)
{
  gsize n = 0;

  (void) unused;
  isas[n++] = "baseline";
  if (has_v3 ())
    isas[n++] = "v3";
  if (has_avx512 ())
    isas[n++] = "avx512";
  return isas;
}

/**
 * smooth_i_kernels_list:
 *
 * Returns: (transfer none): names of the builds that this processor can run, the fastest last, NULL-terminated
 */
const char *const *
smooth_i_kernels_list (void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once (&once, list_isas, NULL);
}

/**
 * smooth_i_kernels_get_default:
 *
 * Returns: (transfer none): the fastest build; or the one that the environment variable SMOOTHSCOPE_ISA names, if
 *   this processor can run it
 */
const char *
smooth_i_kernels_get_default (void)
{
  const char *const *list = smooth_i_kernels_list ();
  const char *wanted = g_getenv ("SMOOTHSCOPE_ISA");

  if (wanted != NULL && g_strv_contains (list, wanted))
    return wanted;
  return list[g_strv_length ((char **) list) - 1];
}

/**
 * smooth_i_kernels_get:
 * @single: single instead of double precision
 * @isa: one of smooth_i_kernels_list()
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
