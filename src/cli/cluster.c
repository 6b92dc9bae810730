/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli cluster: groups of spots that are alike, in a table of scores or proportions, or of a section's components. */
#include "cli/embedding.h"
#include "cli/labels.h"

#include <glib/gi18n-lib.h>

static const CliFlag flags[] = {
  { "labels", "FILE", N_("labels to compare with: table with the columns barcode and label; clusters get the name of the label they match best"), FALSE },
  { "column", "NAME", N_("the column of the labels [default: the only other one]"), FALSE },
  CLI_GENE_FLAGS,
  CLI_REGIONS_FLAG,
  CLI_LIKENESS_FLAGS,
  CLI_JOB_FLAGS,
  CLI_END_OF_FLAGS,
};

static const SmoothParamTable *const tables[] = { &smooth_cluster_params, CLI_EMBEDDING_TABLES, NULL };

/* What is grouped. */
typedef struct
{
  CliSite site;           /* of a section */
  CliEmbedding embedding; /* of a section */
  SmoothColumns *columns; /* of a table */
  gint64 n;
  const char *const *barcodes;
  const SmoothMatrix *points; /* n_dims x n */
} Points;

static void
points_clear (Points *points)
{
  cli_embedding_clear (&points->embedding);
  cli_site_clear (&points->site);
  g_clear_pointer (&points->columns, smooth_columns_free);
}

/* A folder is a section, anything else a table. */
static gboolean
open_points (Points *points, CliJob *job, CliEmbeddingSettings *settings, GError **error)
{
  const char *path = cli_options_get_argument (job->options);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      if (!cli_site_open (&points->site, job, error) || !cli_embedding_compute (&points->embedding, job, &points->site, settings, error))
        return FALSE;
      points->n = points->site.n_spots;
      points->barcodes = points->site.barcodes;
      points->points = points->embedding.posterior;
      return TRUE;
    }
  smooth_recipe_add_input (job->recipe, "table", path, NULL);
  points->columns = smooth_columns_load (path, error);
  if (points->columns == NULL)
    return FALSE;
  points->n = points->columns->n_rows;
  points->barcodes = (const char *const *) points->columns->row_names;
  points->points = points->columns->values;
  smooth_json_add_int (job->numbers, "n_spots", points->n);
  return TRUE;
}

static void
add_numbers (CliJob *job, const SmoothClusters *clusters)
{
  JsonBuilder *numbers = job->numbers;

  smooth_json_add_int (numbers, "n_clusters", clusters->n_clusters);
  json_builder_set_member_name (numbers, "sizes");
  json_builder_begin_array (numbers);
  for (gint c = 0; c < clusters->n_clusters; c++)
    json_builder_add_int_value (numbers, clusters->sizes[c]);
  json_builder_end_array (numbers);
  smooth_json_add_double (numbers, "inertia", clusters->inertia);
  smooth_json_add_int (numbers, "iterations", clusters->n_iterations);
  job->is_converged = clusters->is_converged;
  job->status = smooth_status_get_name (clusters->is_converged ? SMOOTH_STATUS_CONVERGED : SMOOTH_STATUS_STOPPED);
  g_string_append_printf (job->summary, _("%d clusters, the largest of %" PRId64 " spots: %s after %d iterations\n"), clusters->n_clusters,
                          clusters->n_clusters > 0 ? clusters->sizes[0] : 0, _(job->status), clusters->n_iterations);
  if (clusters->report != NULL)
    smooth_report_append (job->report, clusters->report);
}

/* barcode, cluster (the largest is 1) and, with labels, the name of the best match; empty where a cluster has none. */
static gboolean
save_clusters (const CliJob *job, const Points *points, const SmoothClusters *clusters, const gint32 *aligned, char *const *names, GError **error)
{
  g_autofree char *path = cli_job_dup_path (job, "clusters.csv");
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  gint32 n_names = names != NULL ? (gint32) g_strv_length ((char **) names) : 0;

  if (output == NULL)
    return FALSE;
  smooth_output_text (output, aligned != NULL ? "barcode,cluster,label\n" : "barcode,cluster\n");
  for (gint64 i = 0; i < points->n; i++)
    {
      smooth_output_csv_field (output, points->barcodes[i]);
      smooth_output_printf (output, ",%d", clusters->labels[i] + 1);
      if (aligned != NULL)
        smooth_output_text (output, ",");
      if (aligned != NULL && aligned[i] >= 0 && aligned[i] < n_names)
        smooth_output_csv_field (output, names[aligned[i]]);
      smooth_output_text (output, "\n");
    }
  return smooth_output_commit (output, error);
}

static gboolean
save_with_labels (CliJob *job, const Points *points, const SmoothClusters *clusters, const char *path, GError **error)
{
  g_autoptr (GHashTable) labels = cli_labels_load (path, cli_job_get_word (job, "column"), error);
  g_auto (GStrv) names = NULL;

  if (labels == NULL)
    return FALSE;
  g_autofree gint32 *codes = cli_labels_dup_codes (labels, points->barcodes, points->n, &names);
  if (names[0] == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s: expected barcodes such as %s, found none of them", path,
                        points->n > 0 ? points->barcodes[0] : _("(none)"));
      return FALSE;
    }
  g_autofree gint32 *aligned = smooth_labels_dup_aligned (clusters->labels, codes, points->n);
  if (aligned == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected a label for each kind of spot, found %u different ones",
                        path, g_strv_length (names));
      return FALSE;
    }
  cli_labels_add_agreement (job, clusters->labels, codes, points->n);
  return cli_job_begin_output (job, error) && save_clusters (job, points, clusters, aligned, names, error);
}

static gboolean
group (CliJob *job, const Points *points, const SmoothClusterSettings *settings, GError **error)
{
  const char *path = cli_job_get_input (job, "labels");

  cli_job_begin_stage (job, "clusters");
  g_autoptr (SmoothClusters) clusters = smooth_clusters_new (points->points, NULL, settings, job->run, error);
  if (clusters == NULL)
    return FALSE;
  add_numbers (job, clusters);
  if (path != NULL)
    return save_with_labels (job, points, clusters, path, error);
  return cli_job_begin_output (job, error) && save_clusters (job, points, clusters, NULL, NULL, error);
}

static gboolean
compute (CliJob *job, GError **error)
{
  Points points = { .n = 0 };
  SmoothClusterSettings settings;
  CliEmbeddingSettings embedding;
  gboolean done = cli_job_get_settings (job, &smooth_cluster_params, &settings, error) && cli_embedding_get_settings (job, &embedding, error)
                  && open_points (&points, job, &embedding, error) && group (job, &points, &settings, error);

  points_clear (&points);
  return done;
}

const CliCommand cli_cluster_command = {
  .name = "cluster",
  .summary = N_("groups of spots that are alike, in a table or in spatial components"),
  .argument = "PATH|TABLE.csv",
  .role = "table",
  .flags = flags,
  .tables = tables,
  .without = cli_embedding_without,
  .compute = compute,
};
