/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of JSON by json-glib behind a check of the nesting, since its parser recurses without a limit. */
#include "files/json.h"

#include "base/error.h"
#include "files/text.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MAX_BYTES ((gsize) 1 << 28)
#define MAX_DEPTH 64

struct _SmoothJson
{
  char *path;
  JsonNode *root;
};

/* How far the one value of a document has come, as seen outside of strings and brackets. */
typedef enum
{
  NO_VALUE,
  IN_SCALAR,
  AFTER_VALUE,
} Progress;

/* Takes note of a character outside of all brackets; FALSE where it begins a second value. */
static gboolean
follow_value (Progress *progress, char c)
{
  gboolean is_blank = g_ascii_isspace (c), is_delimited = c == '[' || c == '{' || c == '"';

  if (is_blank)
    *progress = *progress == IN_SCALAR ? AFTER_VALUE : *progress;
  else if (*progress == AFTER_VALUE || (*progress == IN_SCALAR && is_delimited))
    return FALSE;
  else
    *progress = is_delimited ? AFTER_VALUE : IN_SCALAR;
  return TRUE;
}

/* Refuses what json-glib's parser takes although it is no JSON (comments, single quotes, one value after another, all
 * but one of which it loses), so that strings are known here as there, and what is nested too deeply. */
static gboolean
check_shape (const char *text, const char *path, GError **error)
{
  gint64 line = 1;
  gint depth = 0;
  gboolean quoted = FALSE;
  Progress progress = NO_VALUE;

  for (const char *c = text; *c != '\0'; c++)
    {
      line += *c == '\n';
      if (depth <= 0 && !quoted && *c != ']' && *c != '}' && !follow_value (&progress, *c))
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": expected one JSON value, found more behind it",
                            path, line);
          return FALSE;
        }
      if (quoted && *c == '\\' && c[1] != '\0' && c[1] != '\n')
        c++;
      else if (*c == '"')
        quoted = !quoted;
      else if (!quoted && (*c == '\'' || *c == '/' || *c == '#'))
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%" PRId64 ": expected JSON, found the character %c", path, line,
                            *c);
          return FALSE;
        }
      else if (!quoted && (*c == '[' || *c == '{') && ++depth > MAX_DEPTH)
        {
          smooth_error_set (error, SMOOTH_ERROR_FORMAT,
                            "%s:%" PRId64 ": expected at most %d brackets inside each other, found more", path, line,
                            MAX_DEPTH);
          return FALSE;
        }
      else if (!quoted && (*c == ']' || *c == '}'))
        depth--;
    }
  return TRUE;
}

/* json-glib's message begins with '<data>:LINE:COLUMN: ' and quotes the text, cut anywhere, even within a letter. */
static void
set_parse_error (const GError *cause, const char *path, GError **error)
{
  g_autofree char *message = g_utf8_make_valid (cause->message, -1);
  gboolean placed = g_str_has_prefix (message, "<data>:");

  if (placed)
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s:%s", path, message + strlen ("<data>:"));
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: %s", path, message);
}

/**
 * smooth_json_new_from_text:
 * @text: @length bytes of UTF-8 and a NUL behind them; copied
 * @path: what errors name
 *
 * Returns: (transfer full): the document
 */
SmoothJson *
smooth_json_new_from_text (const char *text, gsize length, const char *path, GError **error)
{
  if (!smooth_i_text_check (text, length, path, 1, error) || !check_shape (text, path, error))
    return NULL;

  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) cause = NULL;
  if (!json_parser_load_from_data (parser, text, (gssize) length, &cause))
    {
      set_parse_error (cause, path, error);
      return NULL;
    }
  JsonNode *root = json_parser_steal_root (parser);
  if (root == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected JSON, found an empty file", path);
      return NULL;
    }

  SmoothJson *json = g_new0 (SmoothJson, 1);
  json->path = g_strdup (path);
  json->root = root;
  return json;
}

/**
 * smooth_json_load:
 * @path: a JSON file of up to 256 MB, once unpacked
 *
 * Returns: (transfer full): the document; the error names file and line
 */
SmoothJson *
smooth_json_load (const char *path, GError **error)
{
  gsize length = 0;
  g_autofree char *text = smooth_i_text_load (path, MAX_BYTES, &length, error);

  return text != NULL ? smooth_json_new_from_text (text, length, path, error) : NULL;
}

void
smooth_json_free (SmoothJson *json)
{
  if (json == NULL)
    return;
  json_node_unref (json->root);
  g_free (json->path);
  g_free (json);
}

const char *
smooth_json_get_path (const SmoothJson *json)
{
  return json->path;
}

/* Steps into the element or member whose name starts at *name, and moves *name behind it. */
static JsonNode *
step (JsonNode *node, const char **name)
{
  if (**name == '[')
    {
      guint64 i = g_ascii_strtoull (*name + 1, (char **) name, 10);
      (*name)++; /* the closing bracket */
      JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
      return array != NULL && i < json_array_get_length (array) ? json_array_get_element (array, (guint) i) : NULL;
    }

  *name += **name == '.';
  gsize length = strcspn (*name, ".[");
  g_autofree char *key = g_strndup (*name, length);
  *name += length;
  return JSON_NODE_HOLDS_OBJECT (node) ? json_object_get_member (json_node_get_object (node), key) : NULL;
}

/**
 * smooth_json_get_node:
 * @member: its name from the root
 *
 * Returns: (transfer none) (nullable): the node, NULL where there is none
 */
JsonNode *
smooth_json_get_node (const SmoothJson *json, const char *member)
{
  JsonNode *node = json->root;

  while (*member != '\0' && node != NULL)
    node = step (node, &member);
  return node;
}

/* Returns: what a node is, for messages: 'a number', 'an object' */
const char *
smooth_json_get_kind (JsonNode *node)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      return N_("an object");
    case JSON_NODE_ARRAY:
      return N_("an array");
    case JSON_NODE_NULL:
      return N_("null");
    case JSON_NODE_VALUE:
    default:
      break;
    }
  GType type = json_node_get_value_type (node);
  if (type == G_TYPE_STRING)
    return N_("a string");
  return type == G_TYPE_BOOLEAN ? N_("true or false") : N_("a number");
}

/* TRUE with the number of a node that is one; a whole number counts as one, an infinite one does not. */
gboolean
smooth_json_node_get_number (JsonNode *node, double *value)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return FALSE;

  GType type = json_node_get_value_type (node);
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  double number = type == G_TYPE_INT64 ? (double) json_node_get_int (node) : json_node_get_double (node);
  if (!isfinite (number))
    return FALSE;
  *value = number;
  return TRUE;
}

/* What a node holds. Returns: (transfer none) (nullable): NULL where it holds another thing, or @node is NULL */
const char *
smooth_json_node_get_string (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

JsonArray *
smooth_json_node_get_array (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

JsonObject *
smooth_json_node_get_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static void
set_kind_error (const SmoothJson *json, const char *member, const char *expected, const char *found, GError **error)
{
  if (*member == '\0')
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: expected %s, found %s", json->path, _(expected), _(found));
  else
    smooth_error_set (error, SMOOTH_ERROR_FORMAT, "%s: member %s: expected %s, found %s", json->path, member, _(expected),
                      _(found));
}

/* The node of a member. *go_on is what the caller returns where there is no node to read. */
static JsonNode *
find (const SmoothJson *json, const char *member, SmoothJsonNeed need, const char *expected, gboolean *go_on, GError **error)
{
  JsonNode *node = smooth_json_get_node (json, member);
  gboolean absent = node == NULL || JSON_NODE_HOLDS_NULL (node);

  *go_on = absent && need == SMOOTH_JSON_OPTIONAL;
  if (!absent)
    return node;
  if (need == SMOOTH_JSON_REQUIRED)
    set_kind_error (json, member, expected, node != NULL ? N_("null") : N_("no such member"), error);
  return NULL;
}

/**
 * smooth_json_get_number:
 * @member: its name from the root
 * @value: (inout): the number, which is finite; untouched on error and where an optional member is absent
 * @error: 'FILE: member a.b: expected a number, found a string'
 *
 * The other smooth_json_get_...() below work alike.
 */
gboolean
smooth_json_get_number (const SmoothJson *json, const char *member, SmoothJsonNeed need, double *value, GError **error)
{
  gboolean go_on;
  JsonNode *node = find (json, member, need, N_("a number"), &go_on, error);

  if (node == NULL || smooth_json_node_get_number (node, value))
    return node != NULL || go_on;
  const char *found = smooth_json_get_kind (node);
  set_kind_error (json, member, N_("a number"), strcmp (found, "a number") == 0 ? N_("one that is too large") : found, error);
  return FALSE;
}

/* A number with a fraction is an error; 5.0 is 5. */
gboolean
smooth_json_get_integer (const SmoothJson *json, const char *member, SmoothJsonNeed need, gint64 *value, GError **error)
{
  gboolean go_on;
  JsonNode *node = find (json, member, need, N_("a whole number"), &go_on, error);
  double number = 0.5;

  if (node == NULL)
    return go_on;
  if (smooth_json_node_get_number (node, &number) && number == floor (number) && fabs (number) < 9007199254740992.0)
    {
      *value = (gint64) number;
      return TRUE;
    }
  const char *found = smooth_json_get_kind (node);
  set_kind_error (json, member, N_("a whole number"), strcmp (found, "a number") == 0 ? N_("another number") : found, error);
  return FALSE;
}

gboolean
smooth_json_get_boolean (const SmoothJson *json, const char *member, SmoothJsonNeed need, gboolean *value, GError **error)
{
  gboolean go_on;
  JsonNode *node = find (json, member, need, N_("true or false"), &go_on, error);

  if (node == NULL)
    return go_on;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      set_kind_error (json, member, N_("true or false"), smooth_json_get_kind (node), error);
      return FALSE;
    }
  *value = json_node_get_boolean (node);
  return TRUE;
}

/* @value is borrowed from the document. */
gboolean
smooth_json_get_string (const SmoothJson *json, const char *member, SmoothJsonNeed need, const char **value, GError **error)
{
  gboolean go_on;
  JsonNode *node = find (json, member, need, N_("a string"), &go_on, error);

  if (node == NULL)
    return go_on;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      set_kind_error (json, member, N_("a string"), smooth_json_get_kind (node), error);
      return FALSE;
    }
  *value = json_node_get_string (node);
  return TRUE;
}

/* @value is borrowed from the document. */
gboolean
smooth_json_get_array (const SmoothJson *json, const char *member, SmoothJsonNeed need, JsonArray **value, GError **error)
{
  gboolean go_on;
  JsonNode *node = find (json, member, need, N_("an array"), &go_on, error);

  if (node == NULL)
    return go_on;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      set_kind_error (json, member, N_("an array"), smooth_json_get_kind (node), error);
      return FALSE;
    }
  *value = json_node_get_array (node);
  return TRUE;
}

/* @value is borrowed from the document. */
gboolean
smooth_json_get_object (const SmoothJson *json, const char *member, SmoothJsonNeed need, JsonObject **value, GError **error)
{
  gboolean go_on;
  JsonNode *node = find (json, member, need, N_("an object"), &go_on, error);

  if (node == NULL)
    return go_on;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      set_kind_error (json, member, N_("an object"), smooth_json_get_kind (node), error);
      return FALSE;
    }
  *value = json_node_get_object (node);
  return TRUE;
}

/**
 * smooth_json_dup_unknown:
 * @member: the name of an object from the root
 * @known: NULL-terminated names
 *
 * Returns: (transfer full): the names in that object that are not in @known, NULL-terminated, in the order of the file
 */
char **
smooth_json_dup_unknown (const SmoothJson *json, const char *member, const char *const *known)
{
  JsonNode *node = smooth_json_get_node (json, member);
  g_autoptr (GStrvBuilder) unknown = g_strv_builder_new ();

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      const char *name;
      json_object_iter_init_ordered (&iter, json_node_get_object (node));
      while (json_object_iter_next_ordered (&iter, &name, NULL))
        if (!g_strv_contains (known, name))
          g_strv_builder_add (unknown, name);
    }
  return g_strv_builder_end (unknown);
}
