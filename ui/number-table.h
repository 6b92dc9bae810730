/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of names and numbers: sorted by any column, searched by name. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_NUMBER_TABLE (scope_number_table_get_type ())
G_DECLARE_FINAL_TYPE (ScopeNumberTable, scope_number_table, SCOPE, NUMBER_TABLE, GtkBox)

typedef enum
{
  SCOPE_NUMBER_COUNT,   /* 1,500 */
  SCOPE_NUMBER_PLAIN,   /* 0.4321 */
  SCOPE_NUMBER_SIGNED,  /* +0.4321 */
  SCOPE_NUMBER_SHARE,   /* 12.5 % */
  SCOPE_NUMBER_P,       /* 1.2e-05 */
  SCOPE_NUMBER_LIMITED, /* +0.43 (+0.21, +0.65): with the numbers of the next two columns, */
  SCOPE_NUMBER_LIMIT,   /* which are not shown by themselves */
} ScopeNumberFormat;

typedef struct
{
  const char *title;
  const char *tip;          /* (nullable) */
  ScopeNumberFormat format;
} ScopeNumberColumn;

GtkWidget *scope_number_table_new (const char *name);
void scope_number_table_set (ScopeNumberTable *table, const char *names_title, const char *const *names, gint64 n_rows,
                             const ScopeNumberColumn *columns, gint n_columns, const double *values);
void scope_number_table_sort (ScopeNumberTable *table, gint column);
void scope_number_table_search (ScopeNumberTable *table, const char *text);
guint scope_number_table_get_n_shown (ScopeNumberTable *table);

G_END_DECLS
