/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli evaluate: how near a table of results comes to the truth. */
#include "cli/labels.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  gboolean normalise;
  double present;
} Settings;

static const SmoothParam params[] = {
  { "normalise", N_("Proportions"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (Settings, normalise), 1, 0, 1, "", NULL,
    N_("Divides the numbers of each spot by their sum first, over the types that both tables have, so that abundances can be compared too"), 0 },
  { "present", N_("Present above"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (Settings, present), 0, 0, 1, "", NULL,
    N_("A type counts as present in a spot where its true number is larger than this, for the area under precision and recall"), 0 },
};

static const SmoothParamTable params_table = { "evaluation", N_("Evaluation"), sizeof (Settings), params, G_N_ELEMENTS (params) };
static const SmoothParamTable *const tables[] = { &params_table, NULL };

static const CliFlag flags[] = {
  { "truth", "FILE", N_("true numbers: table with the columns barcode and the types"), FALSE },
  { "labels", "FILE", N_("true labels: table with the columns barcode and label; compared with the clusters of RESULT.csv, or with its largest number in every spot"), FALSE },
  { "column", "NAME", N_("the column of the labels [default: the only other one]"), FALSE },
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

/* ---- Numbers ---- */

/* The names that both have, in the order of @a. */
static GPtrArray *
dup_common (char *const *a, char *const *b)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *common = g_ptr_array_new ();

  for (gsize i = 0; b[i] != NULL; i++)
    g_hash_table_add (known, b[i]);
  for (gsize i = 0; a[i] != NULL; i++)
    if (g_hash_table_contains (known, a[i]))
      g_ptr_array_add (common, a[i]);
  return common;
}

/* The common names, of types or spots: an error where there are none, a warning where some are missing. */
static GPtrArray *
match (CliJob *job, gboolean of_types, const SmoothColumns *result, char *const *found, const SmoothColumns *truth, char *const *wanted,
       GError **error)
{
  g_autoptr (GPtrArray) common = dup_common (found, wanted);
  guint n_found = g_strv_length ((char **) found), n_wanted = g_strv_length ((char **) wanted);

  if (common->len == 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        of_types ? N_("expected types that %s and %s have in common, found none: '%s' there, '%s' here")
                                 : N_("expected spots that %s and %s have in common, found none: '%s' there, '%s' here"),
                        result->path, truth->path, found[0], wanted[0]);
      g_ptr_array_unref (g_steal_pointer (&common));
      return NULL;
    }
  if (common->len < n_found || common->len < n_wanted)
    smooth_report_add (job->report, SMOOTH_REPORT_WARNING,
                       of_types ? N_("%u types are compared, of %u that were found and %u in the truth")
                                : N_("%u spots are compared, of %u that were found and %u in the truth"),
                       common->len, n_found, n_wanted);
  return g_steal_pointer (&common);
}

/* The numbers of @spots and @types; proportions if asked for. */
static SmoothMatrix *
dup_numbers (const SmoothColumns *columns, const GPtrArray *types, const GPtrArray *spots, gboolean normalise, GError **error)
{
  g_autoptr (SmoothMatrix) all = smooth_columns_dup_rows (columns, (const char *const *) spots->pdata, spots->len, "spot", error);
  SmoothMatrix *values = all != NULL ? smooth_matrix_new (types->len, spots->len, error) : NULL;

  for (gint64 k = 0; values != NULL && k < types->len; k++)
    {
      gint64 row = smooth_columns_find (columns, g_ptr_array_index (types, k));
      for (gint64 s = 0; s < spots->len; s++)
        smooth_matrix_column (values, s)[k] = smooth_matrix_column (all, s)[row];
    }
  for (gint64 s = 0; values != NULL && normalise && s < spots->len; s++)
    {
      double *column = smooth_matrix_column (values, s), sum = 0.0;
      for (gint64 k = 0; k < types->len; k++)
        sum += column[k];
      for (gint64 k = 0; sum > 0.0 && k < types->len; k++)
        column[k] /= sum;
    }
  return values;
}

static void
add_numbers (CliJob *job, const SmoothScores *all, gint64 n_spots, gint64 n_types)
{
  smooth_json_add_int (job->numbers, "n_spots", n_spots);
  smooth_json_add_int (job->numbers, "n_types", n_types);
  smooth_json_add_double (job->numbers, "r", all->r);
  smooth_json_add_double (job->numbers, "rmse", all->rmse);
  smooth_json_add_double (job->numbers, "jsd", all->jsd);
  smooth_json_add_double (job->numbers, "aupr", all->aupr);
  g_string_append_printf (job->summary, _("%" PRId64 " spots, %" PRId64 " types: r %.4f, RMSE %.4f, JSD %.4f, AUPR %.4f\n"),
                          n_spots, n_types, all->r, all->rmse, all->jsd, all->aupr);
}

static gboolean
evaluate_numbers (CliJob *job, const char *result_path, const char *truth_path, const Settings *settings, GError **error)
{
  static const char *const names[] = { "r", "rmse", "jsd", "aupr" };
  g_autoptr (SmoothColumns) result = smooth_columns_load (result_path, error);
  g_autoptr (SmoothColumns) truth = result != NULL ? smooth_columns_load (truth_path, error) : NULL;
  g_autofree char *path = cli_job_dup_path (job, "evaluation.csv");

  if (truth == NULL)
    return FALSE;
  g_autoptr (GPtrArray) types = match (job, TRUE, result, result->column_names, truth, truth->column_names, error);
  g_autoptr (GPtrArray) spots = types != NULL ? match (job, FALSE, result, result->row_names, truth, truth->row_names, error) : NULL;
  if (spots == NULL)
    return FALSE;

  cli_job_begin_stage (job, "score");
  g_autoptr (SmoothMatrix) found = dup_numbers (result, types, spots, settings->normalise, error);
  g_autoptr (SmoothMatrix) wanted = found != NULL ? dup_numbers (truth, types, spots, settings->normalise, error) : NULL;
  g_autofree SmoothScores *scores = g_new (SmoothScores, types->len + 1);
  if (wanted == NULL || !smooth_scores_compute (found, wanted, settings->present, scores, &scores[types->len], error))
    return FALSE;
  add_numbers (job, &scores[types->len], spots->len, types->len);
  g_ptr_array_add (types, (gpointer) "(all)");
  return cli_job_begin_output (job, error)
         && smooth_columns_save (path, "type", (const char *const *) types->pdata, types->len, names, 4, (const double *) scores, error);
}

/* ---- Labels ---- */

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The column with the largest number of every row. */
static GHashTable *
dup_largest (const SmoothColumns *columns)
{
  GHashTable *labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (gint64 row = 0; row < columns->n_rows; row++)
    {
      const double *values = smooth_matrix_column (columns->values, row);
      gint64 best = 0;
      for (gint64 col = 1; col < columns->n_columns; col++)
        best = values[col] > values[best] ? col : best;
      g_hash_table_insert (labels, g_strdup (columns->row_names[row]), g_strdup (columns->column_names[best]));
    }
  return labels;
}

/* The labels of a table of clusters, or the dominant types of a table of numbers. */
static GHashTable *
load_found (const char *path, GError **error)
{
  g_autoptr (SmoothTable) table = smooth_table_load (path, error);

  if (table == NULL)
    return NULL;
  smooth_table_take_header (table);
  if (smooth_table_get_n_cols (table) == 2 || smooth_table_find_column (table, "cluster") > 0)
    return cli_labels_load (path, smooth_table_get_n_cols (table) == 2 ? NULL : "cluster", error);
  g_autoptr (SmoothColumns) columns = smooth_columns_load (path, error);
  return columns != NULL ? dup_largest (columns) : NULL;
}

/* How many spots have each pair of labels. */
static gboolean
save_contingency (const CliJob *job, const gint32 *found, char *const *found_names, const gint32 *truth, char *const *truth_names, gint64 n,
                  GError **error)
{
  g_autofree char *path = cli_job_dup_path (job, "contingency.csv");
  gint64 n_found = g_strv_length ((char **) found_names), n_truth = g_strv_length ((char **) truth_names);
  g_autofree double *counts = g_new0 (double, MAX (n_found * n_truth, 1));

  for (gint64 i = 0; i < n; i++)
    if (found[i] >= 0 && truth[i] >= 0)
      counts[found[i] * n_truth + truth[i]] += 1.0;
  return smooth_columns_save (path, "found", (const char *const *) found_names, n_found, (const char *const *) truth_names, n_truth, counts,
                              error);
}

static gboolean
evaluate_labels (CliJob *job, const char *result_path, const char *labels_path, GError **error)
{
  g_autoptr (GHashTable) found = load_found (result_path, error);
  g_autoptr (GHashTable) truth = found != NULL ? cli_labels_load (labels_path, cli_job_get_word (job, "column"), error) : NULL;
  guint n;

  if (truth == NULL)
    return FALSE;
  /* In an order that does not depend on hashing. */
  g_autofree const char **barcodes = (const char **) g_hash_table_get_keys_as_array (found, &n);
  qsort (barcodes, n, sizeof *barcodes, compare_names);
  g_auto (GStrv) found_names = NULL, truth_names = NULL;
  g_autofree gint32 *found_codes = cli_labels_dup_codes (found, barcodes, n, &found_names);
  g_autofree gint32 *truth_codes = cli_labels_dup_codes (truth, barcodes, n, &truth_names);
  if (truth_names[0] == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "expected barcodes that %s and %s have in common, found none such as %s", result_path, labels_path,
                        n > 0 ? barcodes[0] : _("(none)"));
      return FALSE;
    }
  cli_labels_add_agreement (job, found_codes, truth_codes, n);
  return cli_job_begin_output (job, error) && save_contingency (job, found_codes, found_names, truth_codes, truth_names, n, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  const char *result = cli_options_get_argument (job->options);
  const char *truth = cli_job_get_input (job, "truth"), *labels = cli_job_get_input (job, "labels");
  Settings settings;

  if ((truth == NULL) == (labels == NULL))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "evaluate: expected --truth FILE or --labels FILE, found %s",
                        truth == NULL ? _("neither") : _("both"));
      return FALSE;
    }
  if (!cli_job_get_settings (job, &params_table, &settings, error))
    return FALSE;
  smooth_recipe_add_input (job->recipe, "result", result, NULL);
  return truth != NULL ? evaluate_numbers (job, result, truth, &settings, error) : evaluate_labels (job, result, labels, error);
}

const CliCommand cli_evaluate_command = {
  .name = "evaluate",
  .summary = N_("how near results come to a truth"),
  .argument = "RESULT.csv",
  .role = "result",
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
