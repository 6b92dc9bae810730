/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One parameter as a control: slider and entry, switch or choice, made from its declaration. */
#pragma once

#include <gtk/gtk.h>
#include <smooth.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_PARAM_ROW (scope_param_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeParamRow, scope_param_row, SCOPE, PARAM_ROW, GtkBox)

const char *scope_unit_text (const char *unit);
GtkWidget *scope_param_row_new (const SmoothParameterGroup *group, const SmoothParam *param);
const SmoothParameterGroup *scope_param_row_get_group (ScopeParamRow *row);
const SmoothParam *scope_param_row_get_param (ScopeParamRow *row);
void scope_param_row_hide_name (ScopeParamRow *row);
void scope_param_row_add_button (ScopeParamRow *row, const char *label, const char *name, const char *tip, const char *action);
void scope_param_row_set_value (ScopeParamRow *row, double value);

G_END_DECLS
