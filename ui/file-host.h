/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host of the desktop program: everything comes from files and goes to files. */
#pragma once

#include "host.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_FILE_HOST (scope_file_host_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFileHost, scope_file_host, SCOPE, FILE_HOST, GObject)

ScopeHost *scope_file_host_new (const char *section, const char *signature, SmoothScale scale, const char *regions);

G_END_DECLS
