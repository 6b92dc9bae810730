/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: command line, windows, sample. */
#pragma once

#include "host.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_APP_ID "org.smoothscope.Smoothscope"
#define SCOPE_TYPE_APP (scope_app_get_type ())
G_DECLARE_FINAL_TYPE (ScopeApp, scope_app, SCOPE, APP, GtkApplication)

void scope_app_prepare (void);
ScopeApp *scope_app_new (void);
ScopeApp *scope_app_new_for_host (ScopeHost *host);
int scope_app_run (ScopeApp *app, int argc, char **argv);

G_END_DECLS
