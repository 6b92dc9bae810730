/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delimited text table as a whole: cells of text, numbers on demand, every error with its place. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Immutable but for smooth_table_take_header(); owned by one thread at a time. */
typedef struct _SmoothTable SmoothTable;

SmoothTable *smooth_table_load (const char *path, GError **error);
SmoothTable *smooth_table_new_from_text (char *text, gsize length, const char *path, GError **error);
void smooth_table_free (SmoothTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothTable, smooth_table_free)

void smooth_table_take_header (SmoothTable *table);
gint64 smooth_table_get_n_rows (const SmoothTable *table);
gint64 smooth_table_get_n_cols (const SmoothTable *table);
const char *smooth_table_get_path (const SmoothTable *table);
const char *smooth_table_get_column_name (const SmoothTable *table, gint64 col);
gint64 smooth_table_find_column (const SmoothTable *table, const char *name);
gint64 smooth_table_get_line (const SmoothTable *table, gint64 row);
const char *smooth_table_get_text (const SmoothTable *table, gint64 row, gint64 col);
gboolean smooth_table_get_number (const SmoothTable *table, gint64 row, gint64 col, double *value, GError **error);
char *smooth_table_dup_place (const SmoothTable *table, gint64 row, gint64 col);

SmoothTable *smooth_i_table_peek (const char *path, gint64 n_lines);
char smooth_i_table_detect_separator (char *text);
gboolean smooth_i_parse_number (const char *text, double *value);

G_END_DECLS
