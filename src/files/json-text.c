/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing of JSON: json-glib's own generator prints 1e20 as '1e+20.0', which is no JSON, and 0.1 with 17 digits. */
#include "files/json.h"

#include "files/decimal.h"

#include <math.h>
#include <string.h>

static void add_node (GString *out, JsonNode *node, gint depth);

static void
add_break (GString *out, gint depth)
{
  g_string_append_printf (out, "\n%*s", 2 * depth, "");
}

/* What must not stand in a JSON string is escaped; all else is UTF-8 and stays. */
static void
add_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      guchar c = (guchar) *text;
      if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", c);
      else if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\t')
        g_string_append (out, "\\t");
      else if (c < 0x20 || c == 0x7f)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_c (out, (char) c);
    }
  g_string_append_c (out, '"');
}

/* JSON has no NaN and no infinity. */
static void
add_number (GString *out, double value)
{
  char text[SMOOTH_I_DECIMAL_SIZE] = "null";

  if (isfinite (value))
    smooth_i_format_number (value, text);
  g_string_append (out, text);
}

static void
add_value (GString *out, JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    add_string (out, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
  else if (type == G_TYPE_INT64)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
  else
    add_number (out, json_node_get_double (node));
}

static gboolean
is_container (JsonNode *node)
{
  return JSON_NODE_HOLDS_ARRAY (node) || JSON_NODE_HOLDS_OBJECT (node);
}

/* Arrays of plain values stay on one line. */
static void
add_array (GString *out, JsonArray *array, gint depth)
{
  guint n = json_array_get_length (array);
  gboolean broken = FALSE;

  g_string_append_c (out, '[');
  for (guint i = 0; i < n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (i > 0)
        g_string_append_c (out, ',');
      if (is_container (element))
        add_break (out, depth + 1);
      else if (i > 0)
        g_string_append_c (out, ' ');
      broken = is_container (element);
      add_node (out, element, depth + 1);
    }
  if (broken)
    add_break (out, depth);
  g_string_append_c (out, ']');
}

static void
add_object (GString *out, JsonObject *object, gint depth)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;
  gboolean first = TRUE;

  g_string_append_c (out, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      if (!first)
        g_string_append_c (out, ',');
      first = FALSE;
      add_break (out, depth + 1);
      add_string (out, name);
      g_string_append (out, ": ");
      add_node (out, member, depth + 1);
    }
  if (!first)
    add_break (out, depth);
  g_string_append_c (out, '}');
}

static void
add_node (GString *out, JsonNode *node, gint depth)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    add_object (out, json_node_get_object (node), depth);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    add_array (out, json_node_get_array (node), depth);
  else if (JSON_NODE_HOLDS_NULL (node))
    g_string_append (out, "null");
  else
    add_value (out, node);
}

/**
 * smooth_json_dup_text:
 * @root: as json_builder_get_root() gives it
 *
 * Members keep their order and are indented by two blanks. A double that is not finite becomes null.
 *
 * Returns: (transfer full): JSON with a line end behind it
 */
char *
smooth_json_dup_text (JsonNode *root)
{
  GString *out = g_string_new (NULL);

  add_node (out, root, 0);
  g_string_append_c (out, '\n');
  return g_string_free (out, FALSE);
}
