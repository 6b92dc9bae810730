/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON documents: typed access whose errors name file and member, and text whose numbers read back to the bit. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A document and the path of its file. Immutable.
 *
 * Members are named from the root: "" is the root, "a.b" the member b of the object a, "a.b[2]" the third element of
 * the array b. */
typedef struct _SmoothJson SmoothJson;

typedef enum
{
  SMOOTH_JSON_REQUIRED, /* an absent member is an error */
  SMOOTH_JSON_OPTIONAL, /* an absent member, or null, leaves the value as it is */
} SmoothJsonNeed;

SmoothJson *smooth_json_load (const char *path, GError **error);
SmoothJson *smooth_json_new_from_text (const char *text, gsize length, const char *path, GError **error);
void smooth_json_free (SmoothJson *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothJson, smooth_json_free)

const char *smooth_json_get_path (const SmoothJson *json);
JsonNode *smooth_json_get_node (const SmoothJson *json, const char *member);
gboolean smooth_json_get_number (const SmoothJson *json, const char *member, SmoothJsonNeed need, double *value, GError **error);
gboolean smooth_json_get_integer (const SmoothJson *json, const char *member, SmoothJsonNeed need, gint64 *value, GError **error);
gboolean smooth_json_get_boolean (const SmoothJson *json, const char *member, SmoothJsonNeed need, gboolean *value, GError **error);
gboolean smooth_json_get_string (const SmoothJson *json, const char *member, SmoothJsonNeed need, const char **value,
                                 GError **error);
gboolean smooth_json_get_array (const SmoothJson *json, const char *member, SmoothJsonNeed need, JsonArray **value, GError **error);
gboolean smooth_json_get_object (const SmoothJson *json, const char *member, SmoothJsonNeed need, JsonObject **value,
                                 GError **error);
char **smooth_json_dup_unknown (const SmoothJson *json, const char *member, const char *const *known);

const char *smooth_json_get_kind (JsonNode *node);
gboolean smooth_json_node_get_number (JsonNode *node, double *value);
const char *smooth_json_node_get_string (JsonNode *node);
JsonArray *smooth_json_node_get_array (JsonNode *node);
JsonObject *smooth_json_node_get_object (JsonNode *node);
char *smooth_json_dup_text (JsonNode *root);

G_END_DECLS
