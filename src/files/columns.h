/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of numbers: rows are named in its first column, columns in its first row. */
#pragma once

#include "linalg/dense.h"

G_BEGIN_DECLS

/* Immutable once made; one owner. No two rows are of one name. */
typedef struct
{
  char *path;
  gint64 n_rows;
  char **row_names;    /* n_rows, NULL-terminated */
  gint64 n_columns;
  char **column_names; /* n_columns, NULL-terminated */
  SmoothMatrix *values; /* n_columns x n_rows, finite: column i holds row i of the table */
} SmoothColumns;

SmoothColumns *smooth_columns_load (const char *path, GError **error);
void smooth_columns_free (SmoothColumns *columns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothColumns, smooth_columns_free)

gint64 smooth_columns_find (const SmoothColumns *columns, const char *name);
SmoothMatrix *smooth_columns_dup_rows (const SmoothColumns *columns, const char *const *names, gint64 n_names, const char *what,
                                       GError **error);
gboolean smooth_columns_save (const char *path, const char *corner, const char *const *row_names, gint64 n_rows,
                              const char *const *column_names, gint64 n_columns, const double *values, GError **error);

G_END_DECLS
