/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of export/methods: every choice is told in its words, what has no effect is not, and what is cited is listed. */
#include "export/methods.h"

#include <math.h>
#include <string.h>

/* An outcome that was not computed, but says what one would. */
typedef struct
{
  SmoothSection section;
  SmoothSignature signature;
  SmoothPrepared prepared;
  SmoothGraph graph;
  SmoothResult result;
  SmoothTypeConfidences confidences;
  guint8 flags[5];
  SmoothOutcome outcome;
} Made;

static void
made_init (Made *made)
{
  memset (made, 0, sizeof *made);
  made->section = (SmoothSection){ .name = (char *) "liver", .n_spots = 5, .n_genes = 18000, .pitch = 100.0, .spot_flags = made->flags };
  memset (made->flags, SMOOTH_SPOT_IN_TISSUE, 5);
  made->signature = (SmoothSignature){ .path = (char *) "/data/reference.csv", .scale = SMOOTH_SCALE_LOG1P };
  made->prepared = (SmoothPrepared){ .n_types = 8, .n_genes = 374, .depth = 5000.0 };
  made->graph = (SmoothGraph){ .n_edges = 1234567, .mean_degree = 5.912 };
  made->result.info = (SmoothInfo){ .status = SMOOTH_STATUS_CONVERGED, .objective = 0.25, .kkt_residual = 3e-7, .relative_gap = 1e-9, .iterations = 12 };
  smooth_parameters_init (&made->outcome.parameters);
  made->outcome.inputs.section = &made->section;
  made->outcome.inputs.signature = &made->signature;
  made->outcome.prepared = &made->prepared;
  made->outcome.graph = &made->graph;
  made->outcome.result = &made->result;
  made->outcome.n_spots = 5;
}

/* The form of any text: one paragraph of sentences, and a list that holds what is cited, all of it and once. */
static void
check_form (const char *text)
{
  const char *list = strstr (text, "\n\nReferences\n");
  g_assert_nonnull (list);
  g_autofree char *paragraph = g_strndup (text, (gsize) (list - text));

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_str_has_suffix (paragraph, "."));
  static const char *const wrong[] = { "  ", " .", " ,", "..", ",,", " ;", "\n", "(null)", "( ", " )", ". .", "nan", "inf ", " a ICAR" };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    if (strstr (paragraph, wrong[i]) != NULL)
      g_error ("'%s' in %s", wrong[i], paragraph);
  gint n = 0;
  for (gint i = 1; i < 20; i++)
    {
      g_autofree char *mark = g_strdup_printf (" [%d]", i), *entry = g_strdup_printf ("\n%d. ", i);
      g_assert_true ((strstr (paragraph, mark) != NULL) == (strstr (list, entry) != NULL));
      n += strstr (list, entry) != NULL;
      g_assert_true (strstr (list, entry) == NULL || n == i);
    }
  g_assert_cmpint (n, >=, 1);
  g_assert_nonnull (strstr (list, "Genome Biology 24, 291 (2023)"));
}

/* Checks the form, and that the text has @there and lacks @absent (nullable). */
static void
check (const Made *made, const char *there, const char *absent)
{
  g_autofree char *text = smooth_methods_dup_text (&made->outcome);

  g_test_message ("'%s' and not '%s' in: %s", there, absent != NULL ? absent : "", text);
  check_form (text);
  g_assert_nonnull (strstr (text, there));
  g_assert_true (absent == NULL || strstr (text, absent) == NULL);
}

static void
test_section (void)
{
  Made made;

  made_init (&made);
  check (&made, "The section liver was analysed with Smoothscope ", NULL);
  check (&made, "5 spots on the tissue and 18,000 genes; all of these spots had counts", "spots with counts were");
  made.outcome.n_spots = 4;
  check (&made, "; 4 spots with counts were analysed. ", "all of these");
  check (&made, "scaled to a total of 5000 and transformed by log(1 + x)", "Raw counts");
  check (&made, "mean log-normalised expression of 8 cell types (reference.csv)", "/data/");
  check (&made, "on 374 genes: those in which each type leads most, at most 75 per type", "share");
  made.outcome.parameters.prepare.markers_per_type = 0;
  made.prepared.depth = 0.0;
  made.signature.scale = SMOOTH_SCALE_COUNTS;
  check (&made, "Raw counts were used. ", "transformed");
  check (&made, "on 374 genes: all that section and reference share. ", "per type");
  check (&made, "mean expression in counts", NULL);
  made.signature.scale = SMOOTH_SCALE_LOG2;
  made.signature.path = NULL;
  made.prepared.n_types = 1;
  check (&made, "mean log2-normalised expression of 1 cell type (a table)", NULL);
}

static void
test_graph (void)
{
  Made made;
  char *one[] = { (char *) "Tumour", NULL }, *three[] = { (char *) "A", (char *) "B", (char *) "C", NULL };

  made_init (&made);
  SmoothGraphSettings *graph = &made.outcome.parameters.graph;
  check (&made, "with its 6 nearest neighbours (and those within 1% of the distance of the last), where both spots name each other. ", "bandwidth");
  check (&made, "The graph had 1,234,567 edges, 5.91 neighbours per spot on average. ", "without a neighbour");
  graph->k = 1;
  graph->ties = SMOOTH_TIES_STRICT;
  graph->mutual = FALSE;
  graph->row_scale = TRUE;
  made.graph.n_isolated = 1;
  made.graph.n_edges = 1;
  check (&made, "its 1 nearest neighbour (ties cut), in one direction; the weights of each spot were divided by their sum. ", NULL);
  check (&made, "1 edge, 5.91 neighbours per spot on average; 1 spot without a neighbour. ", NULL);
  graph->kind = SMOOTH_GRAPH_RADIUS;
  graph->row_scale = FALSE;
  check (&made, "within 150 um, with the weight exp(-d^2/(2h^2)) of their distance d at a bandwidth h of 100 um. ", "nearest");
  graph->radius = 220.5;
  graph->bandwidth = 0.2;
  graph->scaled_units = TRUE;
  check (&made, "within 220.5 um", NULL);
  check (&made, "h of 0.2 times the longest side of the section. ", NULL);

  made.outcome.categories = one;
  check (&made, "One region was outlined on the tissue (Tumour); edges across its border were removed. ", "their borders");
  made.outcome.categories = three;
  check (&made, "3 regions were outlined on the tissue (A, B and C); edges across their borders were removed. ", NULL);
  graph->boundary = 0.25;
  check (&made, "the weights of edges across their borders were multiplied by 0.25. ", "removed");
  graph->boundary_replaces = TRUE;
  check (&made, "edges across their borders got the weight 0.25. ", "multiplied by 0.25");
  graph->boundary_replaces = FALSE;
  graph->boundary = 1.0;
  check (&made, "smoothing went across their borders. ", "removed");
}

static void
test_scaling (void)
{
  Made made;

  made_init (&made);
  SmoothScalingSettings *scaling = &made.outcome.parameters.scaling;
  check (&made, "The graph had", "likeness");
  scaling->expression = SMOOTH_EXPRESSION_PCA;
  check (&made, "likeness of their spots in 10 principal components of expression (cosine similarity). ", "bandwidth");
  scaling->expression = SMOOTH_EXPRESSION_ALL;
  scaling->expression_metric = SMOOTH_SIMILARITY_EUCLIDEAN;
  scaling->expression_bandwidth = 0.1;
  check (&made, "the log-normalised expression of all genes (Gaussian of the Euclidean distance, bandwidth 0.1). ", "cosine");
  scaling->expression_bandwidth = 0.0;
  check (&made, "its bandwidth the median distance of neighbours). ", NULL);
  scaling->expression = SMOOTH_EXPRESSION_OFF;
  for (gint h = SMOOTH_HISTOLOGY_MEAN; h <= SMOOTH_HISTOLOGY_PIXELS; h++)
    {
      static const char *const words[] = { "", "the mean colour of", "3 principal components of the pixels of", "in the pixels of" };
      scaling->histology = h;
      check (&made, words[h], "expression of all genes");
    }
}

static void
test_prior (void)
{
  static const char *const names[] = { "(ICAR)", "(CAR)", "(SAR)", "(ISAR)", "(SMA)" };
  Made made;

  made_init (&made);
  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_SMA; kind++)
    {
      made.outcome.parameters.prior.kind = kind;
      made.outcome.parameters.prior.rho = 0.1 * (kind + 1);
      check (&made, names[kind], kind == SMOOTH_PRIOR_ICAR || kind == SMOOTH_PRIOR_ISAR ? "variance of 1" : " and D their sums");
    }
  made.outcome.parameters.prior.standardise = TRUE;
  check (&made, "Q was scaled to a prior variance of 1 in every spot [", NULL);
  check (&made, "Takahashi", NULL);
  check (&made, "rho = 0.5, ", NULL);
}

static void
test_models (void)
{
  static const char *const words[] = { "non-negative least squares", "by least squares", "dampened weighted least squares", "nu support vector", "log-normal" };
  static const char *const sources[] = { "Lawson", "Smoother", "Tsoucas", "lkopf", "Danaher" };
  Made made;

  made_init (&made);
  SmoothDeconvolutionSettings *model = &made.outcome.parameters.model;
  for (gint kind = SMOOTH_MODEL_NNLS; kind <= SMOOTH_MODEL_LOGNORMAL; kind++)
    for (gint bias = 0; bias < 2; bias++)
      for (gint is_signed = 0; is_signed < 2; is_signed++)
        {
          model->kind = kind;
          model->bias = bias;
          model->is_signed = is_signed;
          gboolean can = kind == SMOOTH_MODEL_LINEAR || (is_signed && (kind == SMOOTH_MODEL_DWLS || kind == SMOOTH_MODEL_NUSVR));
          check (&made, words[kind], can ? "of 0 or more" : "of any sign");
          check (&made, sources[kind], bias ? NULL : "free constant");
          check (&made, can ? "negative ones taken as 0. " : "sum in the spot. ", NULL);
        }
  model->kind = SMOOTH_MODEL_NUSVR;
  model->svr_loss = SMOOTH_SVR_ABSOLUTE;
  check (&made, " with distances beyond the tube, C = 1 and nu = 0.1", "squared");
  check (&made, "with lambda = 0.1. ", "confidences");
  model->lambda_unit = SMOOTH_LAMBDA_RELATIVE;
  check (&made, "with lambda = 0.1 relative to the curvature of the data term. ", NULL);
  made.outcome.inputs.confidences = &made.confidences;
  check (&made, "; types were weighted by confidences estimated from how much each varies over the spots. ", "given");
  made.confidences.path = (char *) "c.csv";
  check (&made, "by given confidences. ", "estimated from");
  model->lambda = 0.0;
  check (&made, "lambda of the prior was 0: every spot was treated by itself. ", "penalty");
}

static void
test_certificate (void)
{
  Made made;

  made_init (&made);
  SmoothInfo *info = &made.result.info;
  check (&made, "The solver converged after 12 iterations, at an objective of 0.25, proven to be within a relative 1.0e-09 of the minimum (residual of "
                "the optimality conditions 3.0e-07).", "local");
  info->is_local = TRUE;
  info->relative_gap = NAN;
  check (&made, "which is a local minimum: the problem is not convex (residual", "proven");
  info->is_local = FALSE;
  info->status = SMOOTH_STATUS_STOPPED;
  check (&made, "was stopped after 12 iterations, before the tolerance of 1e-06 was met, at an objective", "converged");
  info->status = SMOOTH_STATUS_INDEFINITE;
  check (&made, "has no minimum that can be certified", "converged");
  info->status = SMOOTH_STATUS_CONVERGED;
  info->iterations = 1;
  check (&made, "after 1 iteration,", "iterations");
  made.outcome.result = NULL;
  made.outcome.prepared = NULL;
  made.outcome.inputs.signature = NULL;
  check (&made, "(ICAR)", "solver");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/methods/section", test_section);
  g_test_add_func ("/export/methods/graph", test_graph);
  g_test_add_func ("/export/methods/scaling", test_scaling);
  g_test_add_func ("/export/methods/prior", test_prior);
  g_test_add_func ("/export/methods/models", test_models);
  g_test_add_func ("/export/methods/certificate", test_certificate);
  return g_test_run ();
}
