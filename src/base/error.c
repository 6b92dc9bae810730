/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quark of the core's error domain, and the error of what cannot be read. */
#include "base/error.h"

G_DEFINE_QUARK (smooth-error-quark, smooth_error)

/**
 * smooth_i_refuse:
 * @place: file, and where in it
 * @format: what was expected and what was found
 *
 * Returns: FALSE, with an error that its content is not what its format says
 */
gboolean
smooth_i_refuse (const char *place, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT, "%s: %s", place, what);
  return FALSE;
}
