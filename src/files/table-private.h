/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables made of cells that other readers found. */
#pragma once

#include "files/table.h"

G_BEGIN_DECLS

SmoothTable *smooth_i_table_new_from_cells (char *text, const guint64 *offsets, gint64 n_rows, gint64 n_cols, const char *path,
                                            GError **error);
SmoothTable *smooth_i_parquet_read (const guint8 *data, gsize length, const char *path, GError **error);

G_END_DECLS
