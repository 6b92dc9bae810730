/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that is written beside its final name and renamed once it is complete: never half a file under that name. */
#pragma once

#include "base/run.h"

G_BEGIN_DECLS

typedef struct _SmoothOutput SmoothOutput;

SmoothOutput *smooth_output_new (const char *path, GError **error);
void smooth_output_write (SmoothOutput *output, const void *data, gsize length);
void smooth_output_printf (SmoothOutput *output, const char *format, ...) G_GNUC_PRINTF (2, 3);
void smooth_output_text (SmoothOutput *output, const char *text);
void smooth_output_number (SmoothOutput *output, double value);
void smooth_output_csv_field (SmoothOutput *output, const char *text);
const char *smooth_output_get_path (const SmoothOutput *output);
gboolean smooth_output_commit (SmoothOutput *output, GError **error);
void smooth_output_free (SmoothOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothOutput, smooth_output_free)

char *smooth_file_dup_sha256 (const char *path, gint64 *size, GError **error);
gboolean smooth_folder_make (const char *path, GError **error);

/* Writes files into @folder. */
typedef gboolean (*SmoothFolderFunc) (const char *folder, gpointer data, GError **error);
gboolean smooth_folder_write (const char *path, const char *marker, SmoothFolderFunc func, gpointer data, GError **error);
char *smooth_i_folder_find (const char *folder, const char *const *names);

G_END_DECLS
