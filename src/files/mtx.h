/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix Market files, read and written, and the folder of three text files that Cell Ranger calls MEX. */
#pragma once

#include "base/run.h"
#include "files/counts.h"

G_BEGIN_DECLS

SmoothSparse *smooth_mtx_load (const char *path, SmoothRun *run, GError **error);
SmoothCounts *smooth_mex_load (const char *path, SmoothRun *run, GError **error);
char *smooth_mex_dup_matrix_path (const char *folder);
gboolean smooth_mtx_save (const SmoothSparse *matrix, gboolean is_symmetric, const char *comment, const char *path, GError **error);

gint64 smooth_i_mtx_count_entries (const char *path);

G_END_DECLS
