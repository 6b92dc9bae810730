/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with all their digits and a decimal point whatever the locale; what is not told is empty. */
#include "export/region-tables.h"

#include "files/decimal.h"
#include "files/output.h"

#include <math.h>
#include <string.h>

static void
add_field (GString *text, const char *field, char separator)
{
  gboolean needs_quotes = strpbrk (field, "\",\t\n\r;") != NULL && separator == ',';

  if (!needs_quotes)
    {
      for (const char *c = field; *c != '\0'; c++)
        g_string_append_c (text, separator == '\t' && (*c == '\t' || *c == '\n' || *c == '\r') ? ' ' : *c);
      return;
    }
  g_string_append_c (text, '"');
  for (const char *c = field; *c != '\0'; c++)
    {
      if (*c == '"')
        g_string_append_c (text, '"');
      g_string_append_c (text, *c);
    }
  g_string_append_c (text, '"');
}

static void
add_number (GString *text, double value, char separator)
{
  char number[SMOOTH_I_DECIMAL_SIZE];

  g_string_append_c (text, separator);
  if (isfinite (value))
    g_string_append_len (text, number, (gssize) smooth_i_format_number (value, number));
}

/**
 * smooth_group_table_dup_text:
 * @group_names: one a row
 * @type_names: (nullable): table->n_types
 * @value_name: (nullable): NULL: no values were given
 * @separator: ',' or '\t'
 *
 * Returns: (transfer full): region, spots, mean, sd and median of the values, mean proportion of each type
 */
char *
smooth_group_table_dup_text (const SmoothGroupTable *table, const char *const *group_names, const char *const *type_names,
                             const char *value_name, char separator)
{
  static const char *const statistics[] = { "mean", "sd", "median" };
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "region%cspots", separator);
  for (gsize i = 0; value_name != NULL && i < G_N_ELEMENTS (statistics); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s, %s", value_name, statistics[i]);
      g_string_append_c (text, separator);
      add_field (text, name, separator);
    }
  for (gint64 k = 0; k < table->n_types; k++)
    {
      g_string_append_c (text, separator);
      add_field (text, type_names[k], separator);
    }
  g_string_append_c (text, '\n');
  for (gint64 g = 0; g < table->n_groups; g++)
    {
      add_field (text, group_names[g], separator);
      g_string_append_printf (text, "%c%" G_GINT64_FORMAT, separator, table->n_spots[g]);
      const double numbers[] = { table->values[g].mean, table->values[g].sd, table->values[g].median };
      for (gsize i = 0; value_name != NULL && i < G_N_ELEMENTS (numbers); i++)
        add_number (text, numbers[i], separator);
      for (gint64 k = 0; k < table->n_types; k++)
        add_number (text, table->proportions[g * table->n_types + k], separator);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

/**
 * smooth_comparison_dup_text:
 * @corner: what a row is: "gene"
 * @names: comparison->n_variables
 *
 * Returns: (transfer full): one row a variable
 */
char *
smooth_comparison_dup_text (const SmoothComparison *comparison, const char *corner, const char *const *names, char separator)
{
  static const char *const columns[] = { "mean_a", "mean_b", "difference", "effect", "effect_low", "effect_high", "p", "q", "n_effective",
                                         "p_spatial", "q_spatial" };
  const double *numbers[] = { comparison->mean_a, comparison->mean_b, comparison->difference, comparison->effect, comparison->effect_low,
                              comparison->effect_high, comparison->p, comparison->q, comparison->n_effective, comparison->p_spatial,
                              comparison->q_spatial };
  GString *text = g_string_new (corner);

  for (gsize c = 0; c < G_N_ELEMENTS (columns); c++)
    g_string_append_printf (text, "%c%s", separator, columns[c]);
  g_string_append_c (text, '\n');
  for (gint64 v = 0; v < comparison->n_variables; v++)
    {
      add_field (text, names[v], separator);
      for (gsize c = 0; c < G_N_ELEMENTS (numbers); c++)
        add_number (text, numbers[c][v], separator);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static gboolean
save (const char *text, const char *path, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL)
    return FALSE;
  smooth_output_text (output, text);
  return smooth_output_commit (output, error);
}

/* As a CSV file. */
gboolean
smooth_export_group_table (const SmoothGroupTable *table, const char *const *group_names, const char *const *type_names,
                           const char *value_name, const char *path, GError **error)
{
  g_autofree char *text = smooth_group_table_dup_text (table, group_names, type_names, value_name, ',');

  return save (text, path, error);
}

/* As a CSV file. */
gboolean
smooth_export_comparison (const SmoothComparison *comparison, const char *corner, const char *const *names, const char *path,
                          GError **error)
{
  g_autofree char *text = smooth_comparison_dup_text (comparison, corner, names, ',');

  return save (text, path, error);
}
