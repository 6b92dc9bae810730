/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a text file, plain or gzip, without a limit that real files reach. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file that is read line by line; owned by one thread. */
typedef struct _SmoothText SmoothText;

SmoothText *smooth_text_open (const char *path, GError **error);
gboolean smooth_text_next_line (SmoothText *text, char **line, gsize *length, GError **error);
gint64 smooth_text_get_line_number (const SmoothText *text);
const char *smooth_text_get_path (const SmoothText *text);
void smooth_text_close (SmoothText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothText, smooth_text_close)

gboolean smooth_i_text_refuse (const SmoothText *text, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);
char *smooth_i_text_load (const char *path, gsize limit, gsize *length, GError **error);
gboolean smooth_i_text_check (const char *text, gsize length, const char *path, gint64 line, GError **error);

G_END_DECLS
