/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of JSON documents with json-glib's builder: named members, and a file that appears only when complete. */
#pragma once

#include "base/report.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

void smooth_json_add_string (JsonBuilder *builder, const char *name, const char *value);
void smooth_json_add_int (JsonBuilder *builder, const char *name, gint64 value);
void smooth_json_add_double (JsonBuilder *builder, const char *name, double value);
void smooth_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value);
void smooth_json_add_report (JsonBuilder *builder, const SmoothReport *report);
gboolean smooth_json_save_node (JsonNode *root, const char *path, GError **error);
gboolean smooth_json_save (JsonBuilder *builder, const char *path, GError **error);

G_END_DECLS
