/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a section's counts and picture to the similarities that scale its graph. Scalings multiply, so that their order does
 * not matter; each starts from the graph as positions gave it.
 *
 * Source: Su et al., Genome Biology 24 (2023) 291.
 */
#include "graph/scaling.h"

#include "base/error.h"
#include "section/patches.h"
#include "section/prepare.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define TOO_MANY_ISOLATED 0.05 /* of the spots */

static const char *const expression_choices[] = { "off", "all", "pca", NULL };
static const char *const histology_choices[] = { "off", "mean", "pca", "pixels", NULL };
static const char *const metrics[] = { "cosine", "euclidean", NULL };

#define FIELD(name) .offset = G_STRUCT_OFFSET (SmoothScalingSettings, name)

static const SmoothParam params[] = {
  { .name = "scale-by-expression",
    .label = N_ ("By expression"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (expression),
    .initial = SMOOTH_EXPRESSION_OFF,
    .max = SMOOTH_EXPRESSION_PCA,
    .unit = "",
    .choices = expression_choices,
    .help = N_ ("Neighbours of unlike expression are smoothed less: compared by every gene (all), or by principal components (pca)") },
  { .name = "expression-metric",
    .label = N_ ("Expression metric"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (expression_metric),
    .initial = SMOOTH_SIMILARITY_COSINE,
    .max = SMOOTH_SIMILARITY_EUCLIDEAN,
    .unit = "",
    .choices = metrics,
    .help = N_ ("Whether directions of expression are compared (cosine) or distances (euclidean)"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "expression-dims",
    .label = N_ ("Expression components"),
    .type = SMOOTH_PARAM_INT,
    FIELD (expression_dims),
    .initial = 10,
    .min = 1,
    .max = 200,
    .unit = "",
    .help = N_ ("More principal components tell spots apart by finer differences, and by more noise"),
    .flags = SMOOTH_PARAM_EXPERT,
    .slider_min = 1,
    .slider_max = 50 },
  { .name = "expression-bandwidth",
    .label = N_ ("Expression bandwidth"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (expression_bandwidth),
    .initial = SMOOTH_SIMILARITY_BANDWIDTH,
    .max = 100,
    .unit = "",
    .help = N_ ("A larger value forgives larger distances of expression; 0 is the median distance of neighbours"),
    .flags = SMOOTH_PARAM_EXPERT,
    .slider_max = 1 },
  { .name = "scale-by-histology",
    .label = N_ ("By histology"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (histology),
    .initial = SMOOTH_HISTOLOGY_OFF,
    .max = SMOOTH_HISTOLOGY_PIXELS,
    .unit = "",
    .choices = histology_choices,
    .help = N_ ("Neighbours on unlike tissue are smoothed less: compared by mean colour (mean), by principal components of the pixels "
                "around them (pca), or pixel by pixel (pixels)") },
  { .name = "histology-metric",
    .label = N_ ("Histology metric"),
    .type = SMOOTH_PARAM_CHOICE,
    FIELD (histology_metric),
    .initial = SMOOTH_SIMILARITY_EUCLIDEAN,
    .max = SMOOTH_SIMILARITY_EUCLIDEAN,
    .unit = "",
    .choices = metrics,
    .help = N_ ("Whether directions of colour are compared (cosine) or distances (euclidean)"),
    .flags = SMOOTH_PARAM_EXPERT },
  { .name = "histology-dims",
    .label = N_ ("Histology components"),
    .type = SMOOTH_PARAM_INT,
    FIELD (histology_dims),
    .initial = 3,
    .min = 1,
    .max = 100,
    .unit = "",
    .help = N_ ("More principal components of the pixels tell spots apart by finer differences"),
    .flags = SMOOTH_PARAM_EXPERT,
    .slider_min = 1,
    .slider_max = 20 },
  { .name = "histology-bandwidth",
    .label = N_ ("Histology bandwidth"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (histology_bandwidth),
    .initial = SMOOTH_SIMILARITY_BANDWIDTH,
    .max = 100,
    .unit = "",
    .help = N_ ("A larger value forgives larger distances of colour; 0 is the median distance of neighbours"),
    .flags = SMOOTH_PARAM_EXPERT,
    .slider_max = 1 },
  { .name = "patch-radius",
    .label = N_ ("Patch radius"),
    .type = SMOOTH_PARAM_DOUBLE,
    FIELD (patch_radius),
    .initial = 0,
    .max = 1e5,
    .unit = "um",
    .help = N_ ("How far around a spot the picture counts; 0 is the radius of a spot"),
    .flags = SMOOTH_PARAM_EXPERT,
    .slider_max = 200 },
};

const SmoothParamTable smooth_scaling_params = {
  .name = "scaling",
  .label = N_ ("Likeness of neighbours"),
  .size = sizeof (SmoothScalingSettings),
  .params = params,
  .n_params = G_N_ELEMENTS (params),
};

/* Features, and what they were made of; kind 0 (off): none yet. */
typedef struct
{
  gint kind, n_dims;
  double radius;
  SmoothFeatures *features;
  SmoothReport *report; /* of making them */
} Kept;

struct _SmoothScaler
{
  SmoothSection *section;
  gint64 n_spots;
  gint32 *spots;
  Kept expression, histology;
};

/**
 * smooth_scaler_new:
 * @section: referenced
 * @spots: n_spots numbers in the section: the spots of the graphs to scale; copied
 *
 * Returns: (transfer full): a scaler without features yet; %NULL where there is not enough memory
 */
SmoothScaler *
smooth_scaler_new (const SmoothSection *section, const gint32 *spots, gint64 n_spots, GError **error)
{
  gint32 *copy = smooth_i_try_new (gint32, n_spots, "the numbers of spots", error);

  if (copy == NULL)
    return NULL;
  SmoothScaler *scaler = g_new0 (SmoothScaler, 1);
  scaler->section = smooth_section_ref ((SmoothSection *) section);
  scaler->n_spots = n_spots;
  scaler->spots = copy;
  if (n_spots > 0)
    memcpy (scaler->spots, spots, (gsize) n_spots * sizeof (gint32));
  return scaler;
}

static void
kept_clear (Kept *kept)
{
  smooth_features_unref (kept->features);
  smooth_report_unref (kept->report);
  *kept = (Kept){ 0 };
}

void
smooth_scaler_free (SmoothScaler *scaler)
{
  if (scaler == NULL)
    return;
  kept_clear (&scaler->expression);
  kept_clear (&scaler->histology);
  smooth_section_unref (scaler->section);
  g_free (scaler->spots);
  g_free (scaler);
}

static SmoothFeatures *
make_expression (const SmoothScaler *scaler, const SmoothScalingSettings *settings, SmoothReport *report, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothSparse) expression = smooth_section_dup_expression (scaler->section, scaler->spots, scaler->n_spots, 0.0, run, error);
  g_autoptr (SmoothFeatures) all = expression != NULL ? smooth_features_new_from_sparse (expression, error) : NULL;

  if (all == NULL || settings->expression == SMOOTH_EXPRESSION_ALL)
    return g_steal_pointer (&all);
  smooth_run_report (run, -1.0, "Principal components of the expression");
  return smooth_features_new_principal (all, settings->expression_dims, report, run, error);
}

static SmoothFeatures *
make_histology (const SmoothScaler *scaler, const SmoothScalingSettings *settings, SmoothReport *report, SmoothRun *run, GError **error)
{
  const SmoothSection *section = scaler->section;
  double radius = settings->patch_radius > 0.0 ? settings->patch_radius : section->spot_diameter / 2.0;
  SmoothPixels pixels;
  gint64 n_outside = 0;

  if (section->picture == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH, "%s has no tissue picture: neighbours cannot be compared by histology",
                        section->name);
      return NULL;
    }
  smooth_pixels_init_from_picture (&pixels, section->picture);
  g_autofree double *centres = smooth_i_try_new (double, 2 * scaler->n_spots, "places in the picture", error);
  if (centres == NULL)
    return NULL;
  for (gint64 i = 0; i < scaler->n_spots; i++)
    for (gint d = 0; d < 2; d++)
      centres[2 * i + d] = section->coords[2 * scaler->spots[i] + d] * section->picture_scale;
  gint half_width = (gint) MIN (radius / section->um_per_pixel * section->picture_scale, 1e6);
  g_autoptr (SmoothMatrix) patches = smooth_patches_new (&pixels, centres, scaler->n_spots, MAX (half_width, 1),
                                                         settings->histology == SMOOTH_HISTOLOGY_MEAN, &n_outside, run, error);
  g_autoptr (SmoothFeatures) all = patches != NULL ? smooth_features_new_from_matrix (patches, error) : NULL;
  if (n_outside > 0)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "%" PRId64 " spots lie outside of the picture and count as black in the comparison by histology",
                       n_outside);
  if (all == NULL || settings->histology != SMOOTH_HISTOLOGY_PCA)
    return g_steal_pointer (&all);
  smooth_run_report (run, -1.0, "Principal components of the picture");
  return smooth_features_new_principal (all, settings->histology_dims, report, run, error);
}

typedef SmoothFeatures *(*MakeFunc) (const SmoothScaler *scaler, const SmoothScalingSettings *settings, SmoothReport *report,
                                     SmoothRun *run, GError **error);

static gboolean
keep (Kept *kept, gint kind, gint n_dims, double radius, MakeFunc make, const SmoothScaler *scaler, const SmoothScalingSettings *settings,
      SmoothRun *run, GError **error)
{
  if (kept->kind == kind && kept->n_dims == n_dims && kept->radius == radius)
    return TRUE;
  g_autoptr (SmoothReport) report = smooth_report_new ();
  SmoothFeatures *features = make (scaler, settings, report, run, error);
  if (features == NULL)
    return FALSE;
  kept_clear (kept);
  *kept = (Kept){ kind, n_dims, radius, features, g_steal_pointer (&report) };
  return TRUE;
}

/* factors *= similarities. */
static gboolean
compare (const SmoothGraph *graph, const Kept *kept, gint metric, double bandwidth, const char *what, double *factors,
         SmoothReport *report, SmoothRun *run, GError **error)
{
  double h = bandwidth;
  g_autofree double *similarities = smooth_graph_dup_similarities (graph, kept->features, metric, &h, 0.0, run, error);
  const SmoothSparse *w = graph->weights;
  double sum = 0.0, n = 0.0;

  if (similarities == NULL)
    return FALSE;
  smooth_report_append (report, kept->report);
  for (gint64 i = 0; i < w->n_cols; i++)
    for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
      {
        if (w->rows[e] != i && w->values[e] > 0.0)
          {
            sum += similarities[e];
            n++;
          }
        factors[e] *= w->rows[e] == i ? 1.0 : similarities[e];
      }
  /* Translators: %s is expression or histology. */
  if (metric == SMOOTH_SIMILARITY_EUCLIDEAN)
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "neighbours are alike in %s by %.3f in the mean (bandwidth %.3g)",
                       _(what), n > 0 ? sum / n : 0.0, h);
  else
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "neighbours are alike in %s by %.3f in the mean", _(what),
                       n > 0 ? sum / n : 0.0);
  return TRUE;
}

/**
 * smooth_scaler_scale:
 * @graph: of the scaler's spots, not scaled by anything
 * @report: told how alike neighbours are, and of spots that end up alone
 *
 * Features are made when they are first asked for and kept until their own settings change.
 *
 * Returns: (transfer full): @graph itself where nothing scales it; rows are not scaled
 */
SmoothGraph *
smooth_scaler_scale (SmoothScaler *scaler, SmoothGraph *graph, const SmoothScalingSettings *settings, SmoothReport *report, SmoothRun *run,
                     GError **error)
{
  gint64 nnz = smooth_sparse_get_nnz (graph->weights);
  gboolean by_expression = settings->expression != SMOOTH_EXPRESSION_OFF, by_histology = settings->histology != SMOOTH_HISTOLOGY_OFF;

  if (!smooth_params_check (&smooth_scaling_params, settings, error))
    return NULL;
  if (!by_expression && !by_histology)
    return smooth_graph_ref (graph);

  g_autofree double *factors = smooth_i_try_new (double, nnz, "similarities of neighbours", error);
  if (factors == NULL)
    return NULL;
  for (gint64 e = 0; e < nnz; e++)
    factors[e] = 1.0;
  if (by_expression
      && (!keep (&scaler->expression, settings->expression, settings->expression_dims, 0.0, make_expression, scaler, settings, run, error)
          || !compare (graph, &scaler->expression, settings->expression_metric, settings->expression_bandwidth, N_("expression"), factors,
                       report, run, error)))
    return NULL;
  if (by_histology
      && (!keep (&scaler->histology, settings->histology, settings->histology_dims, settings->patch_radius, make_histology, scaler,
                 settings, run, error)
          || !compare (graph, &scaler->histology, settings->histology_metric, settings->histology_bandwidth, N_("histology"), factors, report,
                       run, error)))
    return NULL;

  SmoothGraph *scaled = smooth_graph_new_scaled (graph, factors, FALSE, error);
  if (scaled != NULL && (double) (scaled->n_isolated - graph->n_isolated) > TOO_MANY_ISOLATED * (double) scaled->n_spots)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "comparing neighbours left %" PRId64 " of %" PRId64 " spots without any: a larger bandwidth, or 0 "
                       "for the median distance, would keep them",
                       scaled->n_isolated - graph->n_isolated, scaled->n_spots);
  return scaled;
}
