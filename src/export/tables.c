/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV tables: spots as rows, numbers with all their digits and a decimal point whatever the locale. */
#include "export/tables.h"

#include "files/output.h"

static const char *
barcode_of (const SmoothOutcome *outcome, gint64 s)
{
  return outcome->inputs.section->barcodes[outcome->spots[s]];
}

/**
 * smooth_export_types:
 * @values: n_types x n_spots: the proportions or abundances of the outcome's result, or deviations; NAN is written as an empty cell
 * @path: of the CSV file: barcode, then one column a type; every analysed spot is a row
 *
 * O(n_types n_spots).
 */
gboolean
smooth_export_types (const SmoothOutcome *outcome, const SmoothMatrix *values, const char *path, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;

  smooth_output_text (output, "barcode");
  for (gint64 k = 0; k < values->n_rows; k++)
    {
      smooth_output_text (output, ",");
      smooth_output_csv_field (output, outcome->result->type_names[k]);
    }
  smooth_output_text (output, "\n");
  for (gint64 s = 0; s < values->n_cols; s++)
    {
      const double *column = smooth_matrix_column (values, s);
      smooth_output_csv_field (output, barcode_of (outcome, s));
      for (gint64 k = 0; k < values->n_rows; k++)
        {
          smooth_output_text (output, ",");
          if (column[k] == column[k])
            smooth_output_number (output, column[k]);
        }
      smooth_output_text (output, "\n");
    }
  return smooth_output_commit (output, error);
}

/**
 * smooth_export_edges:
 * @names: n_spots: barcodes
 * @path: of the CSV file: from, to, weight
 *
 * One row an edge of positive weight between different spots: once where the graph is symmetric, else once a
 * direction. O(edges).
 */
gboolean
smooth_export_edges (const SmoothGraph *graph, const char *const *names, const char *path, GError **error)
{
  const SmoothSparse *weights = graph->weights;
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;

  smooth_output_text (output, "from,to,weight\n");
  for (gint64 i = 0; i < graph->n_spots; i++)
    for (gint64 e = weights->starts[i]; e < weights->starts[i + 1]; e++)
      {
        gint32 j = weights->rows[e];
        if (weights->values[e] <= 0.0 || j == i || (graph->is_symmetric && j < i))
          continue;
        smooth_output_csv_field (output, names[i]);
        smooth_output_text (output, ",");
        smooth_output_csv_field (output, names[j]);
        smooth_output_text (output, ",");
        smooth_output_number (output, weights->values[e]);
        smooth_output_text (output, "\n");
      }
  return smooth_output_commit (output, error);
}

/* The edges of the outcome's graph, as smooth_export_edges(). */
gboolean
smooth_export_graph (const SmoothOutcome *outcome, const char *path, GError **error)
{
  g_autofree const char **names = smooth_outcome_dup_barcodes (outcome);

  return smooth_export_edges (outcome->graph, names, path, error);
}

/**
 * smooth_export_regions:
 * @path: of the CSV file: Barcode, Region, as Loupe Browser reads it; the region is empty outside of all
 */
gboolean
smooth_export_regions (const SmoothOutcome *outcome, const char *path, GError **error)
{
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);
  if (output == NULL)
    return FALSE;

  smooth_output_text (output, "Barcode,Region\n");
  for (gint64 s = 0; s < outcome->n_spots; s++)
    {
      smooth_output_csv_field (output, barcode_of (outcome, s));
      smooth_output_text (output, ",");
      if (outcome->labels[s] >= 0)
        smooth_output_csv_field (output, outcome->categories[outcome->labels[s]]);
      smooth_output_text (output, "\n");
    }
  return smooth_output_commit (output, error);
}
