/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of files/json: typed access, messages, broken documents, numbers that read back to the bit. */
#include "base/error.h"
#include "files/json.h"

#include <math.h>
#include <string.h>

static SmoothJson *
parse (const char *text, GError **error)
{
  return smooth_json_new_from_text (text, strlen (text), "f.json", error);
}

#define assert_message(expression, expected_)                                                                           \
  do                                                                                                                   \
    {                                                                                                                  \
      g_autoptr (GError) failure_ = NULL;                                                                              \
      GError **error = &failure_;                                                                                      \
      g_assert_false (expression);                                                                                     \
      g_assert_error (failure_, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);                                                    \
      g_assert_cmpstr (failure_->message, ==, expected_);                                                              \
    }                                                                                                                  \
  while (0)

static void
test_access (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothJson) json = parse ("{\"a\": {\"b\": 1.5, \"s\": \"x\", \"n\": null, \"t\": true, \"list\": [1, {\"c\": 5.0}, 1e30]}}",
                                       &error);
  double number = -1.0;
  gint64 integer = -1;
  gboolean yes = FALSE;
  const char *string = "kept";
  JsonArray *array = NULL;
  JsonObject *object = NULL;

  g_assert_no_error (error);
  g_assert_true (smooth_json_get_number (json, "a.b", SMOOTH_JSON_REQUIRED, &number, NULL));
  g_assert_cmpfloat (number, ==, 1.5);
  g_assert_true (smooth_json_get_number (json, "a.list[0]", SMOOTH_JSON_REQUIRED, &number, NULL));
  g_assert_cmpfloat (number, ==, 1.0);
  g_assert_true (smooth_json_get_integer (json, "a.list[1].c", SMOOTH_JSON_REQUIRED, &integer, NULL));
  g_assert_cmpint (integer, ==, 5);
  g_assert_true (smooth_json_get_boolean (json, "a.t", SMOOTH_JSON_REQUIRED, &yes, NULL));
  g_assert_true (yes);
  g_assert_true (smooth_json_get_string (json, "a.n", SMOOTH_JSON_OPTIONAL, &string, NULL));
  g_assert_true (smooth_json_get_string (json, "a.no.such", SMOOTH_JSON_OPTIONAL, &string, NULL));
  g_assert_cmpstr (string, ==, "kept");
  g_assert_true (smooth_json_get_string (json, "a.s", SMOOTH_JSON_OPTIONAL, &string, NULL));
  g_assert_cmpstr (string, ==, "x");
  g_assert_true (smooth_json_get_array (json, "a.list", SMOOTH_JSON_REQUIRED, &array, NULL));
  g_assert_cmpuint (json_array_get_length (array), ==, 3);
  g_assert_true (smooth_json_get_object (json, "", SMOOTH_JSON_REQUIRED, &object, NULL));
  g_assert_null (smooth_json_get_node (json, "a.list[3]"));
  g_assert_null (smooth_json_get_node (json, "a[0]"));
}

static void
test_messages (void)
{
  g_autoptr (SmoothJson) json = parse ("{\"a\": {\"b\": 1.5, \"s\": \"x\", \"n\": null, \"big\": 1e999}}", NULL);
  double number;
  gint64 integer;
  gboolean yes;
  const char *string;
  JsonArray *array;
  JsonObject *object;

  assert_message (smooth_json_get_number (json, "a.s", SMOOTH_JSON_OPTIONAL, &number, error),
                  "f.json: member a.s: expected a number, found a string");
  assert_message (smooth_json_get_number (json, "a.n", SMOOTH_JSON_REQUIRED, &number, error),
                  "f.json: member a.n: expected a number, found null");
  assert_message (smooth_json_get_number (json, "a.x", SMOOTH_JSON_REQUIRED, &number, error),
                  "f.json: member a.x: expected a number, found no such member");
  assert_message (smooth_json_get_number (json, "a.big", SMOOTH_JSON_REQUIRED, &number, error),
                  "f.json: member a.big: expected a number, found one that is too large");
  assert_message (smooth_json_get_integer (json, "a.b", SMOOTH_JSON_REQUIRED, &integer, error),
                  "f.json: member a.b: expected a whole number, found another number");
  assert_message (smooth_json_get_boolean (json, "a.b", SMOOTH_JSON_REQUIRED, &yes, error),
                  "f.json: member a.b: expected true or false, found a number");
  assert_message (smooth_json_get_string (json, "a", SMOOTH_JSON_REQUIRED, &string, error),
                  "f.json: member a: expected a string, found an object");
  assert_message (smooth_json_get_array (json, "", SMOOTH_JSON_REQUIRED, &array, error),
                  "f.json: expected an array, found an object");
  assert_message (smooth_json_get_object (json, "a.s", SMOOTH_JSON_REQUIRED, &object, error),
                  "f.json: member a.s: expected an object, found a string");
}

static void
test_broken (void)
{
  g_autoptr (GString) deep = g_string_new (NULL);

  for (int i = 0; i < 100000; i++)
    g_string_append (deep, "[{\"a\":");
  assert_message (parse (deep->str, error), "f.json:1: expected at most 64 brackets inside each other, found more");
  assert_message (parse ("{\n/* \" */ }", error), "f.json:2: expected JSON, found the character /");
  assert_message (parse ("['a']", error), "f.json:1: expected JSON, found the character '");
  assert_message (parse ("0{\"a\":1}", error), "f.json:1: expected one JSON value, found more behind it");
  assert_message (parse ("{\"a\":1}\n{}", error), "f.json:2: expected one JSON value, found more behind it");
  assert_message (parse ("[1] 2", error), "f.json:1: expected one JSON value, found more behind it");
  assert_message (parse ("", error), "f.json: expected JSON, found an empty file");
  assert_message (parse ("{\"a\":\n \xff}", error), "f.json:2: expected UTF-8 text, found the byte 0xff");

  const char *others[] = { "{\"a\":\n NaN}", "{\"a\":\n 1", "{\"a\"\n 1}", "[1,\n 2,]", "{}\n x", "{\"a\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (parse (others[i], &error));
      g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_FORMAT);
      if (!g_str_has_prefix (error->message, "f.json:2:") && !g_str_has_prefix (error->message, "f.json:1:"))
        g_error ("no line in: %s", error->message);
    }
}

static void
test_unknown (void)
{
  const char *const known[] = { "b", "d", NULL };
  g_autoptr (SmoothJson) json = parse ("{\"z\": 1, \"b\": 2, \"a\": 3}", NULL);
  g_auto (GStrv) unknown = smooth_json_dup_unknown (json, "", known);
  g_auto (GStrv) none = smooth_json_dup_unknown (json, "b", known);

  g_assert_cmpuint (g_strv_length (unknown), ==, 2);
  g_assert_cmpstr (unknown[0], ==, "z");
  g_assert_cmpstr (unknown[1], ==, "a");
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

static void
test_numbers_round_trip (void)
{
  double values[2000] = { 0.1, 1.0 / 3.0, 1e20, 1e-5, 1e300, 5e-324, 123456789012345678.0, 5.0, -0.0, 1e15 };
  const int n = G_N_ELEMENTS (values);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (int i = 0; i < n; i++)
    {
      if (i >= 10)
        values[i] = g_test_rand_double_range (-1, 1) * pow (10, g_test_rand_int_range (-300, 300));
      json_builder_add_double_value (builder, values[i]);
    }
  json_builder_add_double_value (builder, NAN);
  json_builder_end_array (builder);

  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = smooth_json_dup_text (root);
  g_autoptr (SmoothJson) json = parse (text, NULL);
  g_assert_true (g_str_has_prefix (text, "[0.1, 0.3333333333333333, 1e20, 0.00001, 1e300, "));
  g_assert_true (g_str_has_suffix (text, ", null]\n"));
  JsonArray *array = json_node_get_array (smooth_json_get_node (json, ""));
  for (int i = 0; i < n; i++)
    {
      double value;
      g_assert_true (smooth_json_node_get_number (json_array_get_element (array, (guint) i), &value));
      g_assert_cmpfloat (value, ==, values[i]);
    }
}

static void
test_text (void)
{
  const char *text = "{\n"
                     "  \"a\\\"b\\\\\": \"\\u0001\\n\xc3\xa9\",\n"
                     "  \"empty\": {},\n"
                     "  \"list\": [1, true, null],\n"
                     "  \"deep\": [\n"
                     "    [1, 2],\n"
                     "    {\n"
                     "      \"x\": 0.5\n"
                     "    }\n"
                     "  ]\n"
                     "}\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothJson) json = parse (text, &error);
  g_assert_no_error (error);
  g_autofree char *again = smooth_json_dup_text (smooth_json_get_node (json, ""));

  g_assert_cmpstr (again, ==, text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/access", test_access);
  g_test_add_func ("/json/messages", test_messages);
  g_test_add_func ("/json/broken", test_broken);
  g_test_add_func ("/json/unknown", test_unknown);
  g_test_add_func ("/json/numbers-round-trip", test_numbers_round_trip);
  g_test_add_func ("/json/text", test_text);
  return g_test_run ();
}
