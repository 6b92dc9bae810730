/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the scales of a signature, as on command lines and in recipes. */
#include "section/signature.h"

#include "base/error.h"

static const char *const names[] = {
  [SMOOTH_SCALE_GUESS] = "guess",
  [SMOOTH_SCALE_COUNTS] = "counts",
  [SMOOTH_SCALE_LOG1P] = "log1p",
  [SMOOTH_SCALE_LOG2] = "log2",
};

const char *
smooth_scale_get_name (SmoothScale scale)
{
  g_return_val_if_fail (scale < G_N_ELEMENTS (names), NULL);
  return names[scale];
}

/* Reads a name; another word is an error that lists the names. */
gboolean
smooth_scale_from_name (const char *name, SmoothScale *scale, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      {
        *scale = (SmoothScale) i;
        return TRUE;
      }
  smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected one of guess, counts, log1p, log2, found '%s'", name);
  return FALSE;
}
