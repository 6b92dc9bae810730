/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window: one section, its reference and regions, its parameters and its picture. */
#pragma once

#include "host.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_WINDOW (scope_window_get_type ())
G_DECLARE_FINAL_TYPE (ScopeWindow, scope_window, SCOPE, WINDOW, GtkApplicationWindow)

ScopeWindow *scope_window_new (GtkApplication *app, ScopeHost *host);
ScopeWindow *scope_window_new_empty (GtkApplication *app, ScopeHost *host);
void scope_window_open_sample (ScopeWindow *window, const char *path);

void scope_window_offer_recovery (ScopeWindow *window);

void scope_window_open_later (ScopeWindow *window, const char *path);

G_END_DECLS
