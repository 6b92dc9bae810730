/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clusters of scores, components or proportions; numbered so that they resemble those of the last picture. */
#include "pipeline/analysis-private.h"

#include "base/error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* The values of a layer at the analysed spots: n_columns x n. */
static SmoothMatrix *
gather (const SmoothLayer *layer, const SmoothOutcome *outcome, GError **error)
{
  SmoothMatrix *points = smooth_matrix_new (layer->n_columns, outcome->n_spots, error);

  for (gint64 s = 0; points != NULL && s < outcome->n_spots; s++)
    for (gint64 c = 0; c < layer->n_columns; c++)
      smooth_matrix_column (points, s)[c] = smooth_layer_column (layer, c)[outcome->spots[s]];
  return points;
}

/* Returns: (transfer full): what is grouped: one column an analysed spot */
static SmoothMatrix *
get_points (const SmoothAnalysisInputs *inputs, GError **error)
{
  gint source = inputs->settings->cluster_source.source;
  const char *key = source == SMOOTH_CLUSTER_SCORES ? "scores" : "components";

  if (source == SMOOTH_CLUSTER_PROPORTIONS && inputs->outcome->result != NULL)
    return smooth_matrix_ref (inputs->outcome->result->proportions);
  if (source == SMOOTH_CLUSTER_PROPORTIONS)
    smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected proportions of cell types, found none: they need a reference");
  else if (inputs->components == NULL || inputs->components->outcome->inputs.section != inputs->outcome->inputs.section)
    smooth_error_set (error, SMOOTH_ERROR_VALUE, "expected spatial components, found none: they have to be found first");
  else
    return gather (smooth_findings_get_layer (inputs->components, key), inputs->outcome, error);
  return NULL;
}

/* The numbers of the last picture, where it was of the same spots. */
static gint32 *
dup_labels (const SmoothClustersState *state, const SmoothAnalysing *analysing, const SmoothClusters *clusters)
{
  gint32 *aligned = NULL;

  if (state->labels != NULL && state->section == analysing->inputs->outcome->inputs.section && state->n == clusters->n_spots)
    aligned = smooth_labels_dup_aligned (clusters->labels, state->labels, clusters->n_spots);
  return aligned != NULL ? aligned : g_memdup2 (clusters->labels, (gsize) MAX (clusters->n_spots, 1) * sizeof (gint32));
}

static void
keep_labels (SmoothClustersState *state, const SmoothAnalysing *analysing, const gint32 *labels, gint64 n)
{
  g_clear_pointer (&state->section, smooth_section_unref);
  g_free (state->labels);
  state->section = smooth_section_ref (analysing->inputs->outcome->inputs.section);
  state->labels = g_memdup2 (labels, (gsize) MAX (n, 1) * sizeof (gint32));
  state->n = n;
}

/* Clusters are numbered from 1, as the command line does. */
static gboolean
add_layer (SmoothFindings *findings, const gint32 *labels, gint64 n, GError **error)
{
  static const char *const columns[] = { "cluster", NULL };
  SmoothLayer *layer = smooth_i_findings_add (findings, "clusters", N_ ("Clusters"), SMOOTH_LAYER_CATEGORIES, columns, error);
  gint32 last = -1;

  if (layer == NULL)
    return FALSE;
  for (gint64 s = 0; s < n; s++)
    {
      smooth_layer_column (layer, 0)[findings->outcome->spots[s]] = labels[s];
      last = MAX (last, labels[s]);
    }
  layer->categories = g_new0 (char *, last + 2);
  for (gint32 k = 0; k <= last; k++)
    layer->categories[k] = g_strdup_printf ("%d", k + 1);
  return TRUE;
}

SmoothFindings *
smooth_i_find_clusters (const SmoothAnalysing *analysing, GError **error)
{
  SmoothClustersState *state = &analysing->analyst->clusters;
  g_autoptr (SmoothMatrix) points = get_points (analysing->inputs, error);

  if (points == NULL)
    return NULL;
  smooth_run_report (analysing->run, -1.0, _("grouping spots"));
  g_autoptr (SmoothClusters) clusters
      = smooth_clusters_new (points, NULL, &analysing->inputs->settings->clusters, analysing->run, error);
  if (clusters == NULL)
    return NULL;
  g_autofree gint32 *labels = dup_labels (state, analysing, clusters);
  g_autoptr (SmoothFindings) findings = smooth_i_findings_new (analysing, TRUE);
  if (!add_layer (findings, labels, clusters->n_spots, error))
    return NULL;
  keep_labels (state, analysing, labels, clusters->n_spots);
  findings->certificate
      = g_strdup_printf (clusters->is_converged ? _("%d clusters, of %d to %d spots: no spot would change its cluster")
                                                : _("%d clusters, of %d to %d spots: stopped before they had settled"),
                         clusters->n_clusters, (gint) clusters->sizes[MAX (clusters->n_clusters - 1, 0)], (gint) clusters->sizes[0]);
  if (clusters->report != NULL)
    smooth_report_append (findings->report, clusters->report);
  return g_steal_pointer (&findings);
}
