/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desktop program. */
#include "scope.h"
#include "smooth-config.h"
#include "trace.h"

#include <glib/gi18n.h>
#include <locale.h>

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SMOOTH_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  scope_trace_init ();

  g_autoptr (ScopeApp) app = scope_app_new ();
  int status = g_application_run (G_APPLICATION (app), argc, argv);
  scope_trace_finish ();
  return status;
}
