/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON has no NaN and no infinity: they become null. */
#include "files/json-write.h"

#include "files/json.h"
#include "files/output.h"

#include <math.h>

/* A %NULL text becomes null. */
void
smooth_json_add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
smooth_json_add_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
smooth_json_add_double (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
smooth_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_lines (JsonBuilder *builder, const SmoothReport *report, const char *name, SmoothReportLevel wanted)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < smooth_report_get_n_lines (report); i++)
    {
      SmoothReportLevel level;
      smooth_report_get_line (report, i, &level);
      if (level == wanted)
        json_builder_add_string_value (builder, smooth_report_get_plain (report, i));
    }
  json_builder_end_array (builder);
}

/* Adds the members counts (an object), notes and warnings (arrays of text) to the present object. */
void
smooth_json_add_report (JsonBuilder *builder, const SmoothReport *report)
{
  json_builder_set_member_name (builder, "counts");
  json_builder_begin_object (builder);
  for (guint i = 0; i < smooth_report_get_n_counts (report); i++)
    {
      const char *name = smooth_report_get_count_name (report, i);
      smooth_json_add_int (builder, name, smooth_report_get_count (report, name));
    }
  json_builder_end_object (builder);
  add_lines (builder, report, "notes", SMOOTH_REPORT_NOTE);
  add_lines (builder, report, "warnings", SMOOTH_REPORT_WARNING);
}

/**
 * smooth_json_save_node:
 * @path: written beside and renamed
 */
gboolean
smooth_json_save_node (JsonNode *root, const char *path, GError **error)
{
  g_autofree char *text = smooth_json_dup_text (root);
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL)
    return FALSE;
  smooth_output_text (output, text);
  smooth_output_text (output, "\n");
  return smooth_output_commit (output, error);
}

/* As smooth_json_save_node(), of the complete document that @builder holds. */
gboolean
smooth_json_save (JsonBuilder *builder, const char *path, GError **error)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return smooth_json_save_node (root, path, error);
}
