/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recipe within a figure: PNG text, PDF attachment, SVG metadata. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean smooth_metadata_is_figure (const char *path);
char *smooth_metadata_load (const char *path, GError **error);

G_END_DECLS
