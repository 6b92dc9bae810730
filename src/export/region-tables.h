/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of regions as CSV or as text for a clipboard: what they are made of, and how two of them differ. */
#pragma once

#include "result/statistics-comparison.h"
#include "result/statistics.h"

G_BEGIN_DECLS

char *smooth_group_table_dup_text (const SmoothGroupTable *table, const char *const *group_names, const char *const *type_names,
                                   const char *value_name, char separator);
gboolean smooth_export_group_table (const SmoothGroupTable *table, const char *const *group_names, const char *const *type_names,
                                    const char *value_name, const char *path, GError **error);
char *smooth_comparison_dup_text (const SmoothComparison *comparison, const char *corner, const char *const *names, char separator);
gboolean smooth_export_comparison (const SmoothComparison *comparison, const char *corner, const char *const *names, const char *path,
                                   GError **error);

G_END_DECLS
