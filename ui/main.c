/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desktop program. */
#include "scope.h"
#include "smooth-config.h"
#include "trace.h"

#include <glib/gi18n.h>
#include <locale.h>

/* GTK draws by OpenGL. Where a processor has to do that in place of a graphics card, the first frame takes seconds and
 * every other one longer than with Cairo. */
static void
prefer_cairo_without_graphics_card (void)
{
  static const char *const signs[] = { "/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/nvidia0", "/dev/dxg", "/dev/mali0" };

  for (gsize i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_file_test (signs[i], G_FILE_TEST_EXISTS))
      return;
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
}

int
main (int argc, char **argv)
{
  const char *locale_dir = g_getenv ("SMOOTHSCOPE_LOCALE_DIR"); /* of a program that is not installed */

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : SMOOTH_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  scope_trace_init ();
  prefer_cairo_without_graphics_card ();

  g_autoptr (ScopeApp) app = scope_app_new ();
  int status = g_application_run (G_APPLICATION (app), argc, argv);
  scope_trace_finish ();
  return status;
}
