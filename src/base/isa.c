/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which builds of inner loops this processor can run, and which of them it takes. */
#include "base/isa.h"

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
 * smooth_i_isa_list:
 *
 * Returns: (transfer none): names of the builds that this processor can run, the fastest last, NULL-terminated
 */
const char *const *
smooth_i_isa_list (void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once (&once, list_isas, NULL);
}

/**
 * smooth_i_isa_get_default:
 *
 * Returns: (transfer none): the fastest build; or the one that the environment variable SMOOTHSCOPE_ISA names, if
 *   this processor can run it
 */
const char *
smooth_i_isa_get_default (void)
{
  const char *const *list = smooth_i_isa_list ();
  const char *wanted = g_getenv ("SMOOTHSCOPE_ISA");

  if (wanted != NULL && g_strv_contains (list, wanted))
    return wanted;
  return list[g_strv_length ((char **) list) - 1];
}
