/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desktop program. */
#include "scope.h"

int
main (int argc, char **argv)
{
  scope_app_prepare ();
  g_autoptr (ScopeApp) app = scope_app_new ();
  return scope_app_run (app, argc, argv);
}
