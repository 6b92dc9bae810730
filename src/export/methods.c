/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences from an outcome. Only what had an effect is told; numbers are those of the outcome, not of the settings, where
 * these leave something open. The text is English whatever the language of the window: it goes into a paper. */
#include "export/methods.h"

#include "files/output.h"
#include "smooth-config.h"

#include <math.h>
#include <string.h>

/* What is cited, in the order of its first mention. */
typedef enum
{
  CITE_SMOOTHER,
  CITE_BESAG,
  CITE_WHITTLE,
  CITE_TAKAHASHI,
  CITE_LAWSON,
  CITE_DWLS,
  CITE_NUSVR,
  CITE_LOGNORMAL,
  N_CITATIONS
} Citation;

static const char *const citations[] = {
  "Su J, Reynier JB, Fu X, Zhong G, Jiang J, Escalante RS, Wang Y, Aparicio L, Izar B, Knowles DA, Rabadan R. Smoother: a unified and modular "
  "framework for incorporating structural dependency in spatial omics data. Genome Biology 24, 291 (2023).",
  "Besag J. Spatial interaction and the statistical analysis of lattice systems. Journal of the Royal Statistical Society B 36, 192-236 (1974).",
  "Whittle P. On stationary processes in the plane. Biometrika 41, 434-449 (1954).",
  "Takahashi K, Fagan J, Chin MS. Formation of a sparse bus impedance matrix and its application to short circuit study. PICA Conference "
  "Proceedings (1973).",
  "Lawson CL, Hanson RJ. Solving Least Squares Problems. Prentice-Hall (1974).",
  "Tsoucas D, Dong R, Chen H, Zhu Q, Guo G, Yuan GC. Accurate estimation of cell-type composition from gene expression data. Nature "
  "Communications 10, 2975 (2019).",
  "Sch\303\266lkopf B, Smola AJ, Williamson RC, Bartlett PL. New support vector algorithms. Neural Computation 12, 1207-1245 (2000).",
  "Danaher P, Kim Y, Nelson B, Griswold M, Yang Z, Piazza E, Beechem JM. Advances in mixed cell deconvolution enable quantification of cell "
  "types in spatial transcriptomic data. Nature Communications 13, 385 (2022).",
};

G_STATIC_ASSERT (G_N_ELEMENTS (citations) == N_CITATIONS);

/* The text as it grows. */
typedef struct
{
  const SmoothOutcome *outcome;
  GString *text;
  gint numbers[N_CITATIONS]; /* 0: not cited */
  gint n_cited;
} Text;

static void say (Text *text, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
say (Text *text, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_string_append_vprintf (text->text, format, arguments);
  va_end (arguments);
}

/* Shortest that reads back: '0.1', '1e-06'; with a point in every locale. */
static void
say_number (Text *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.6g", value);
  g_string_append (text->text, number);
}

static void
say_rounded (Text *text, const char *format, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, format, value);
  g_string_append (text->text, number);
}

/* '3,600'. */
static void
say_count (Text *text, gint64 count)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, count);
  gsize n = strlen (digits);

  for (gsize i = 0; i < n; i++)
    {
      if (i > 0 && (n - i) % 3 == 0 && digits[i - 1] != '-')
        g_string_append_c (text->text, ',');
      g_string_append_c (text->text, digits[i]);
    }
}

static void
say_counted (Text *text, gint64 count, const char *one, const char *many)
{
  say_count (text, count);
  say (text, " %s", count == 1 ? one : many);
}

static void
cite (Text *text, Citation citation)
{
  if (text->numbers[citation] == 0)
    text->numbers[citation] = ++text->n_cited;
  say (text, " [%d]", text->numbers[citation]);
}

/* ---- Section and expression ---- */

static void
tell_section (Text *text)
{
  const SmoothSection *section = text->outcome->inputs.section;
  gint64 n_tissue = 0;

  for (gint64 i = 0; i < section->n_spots; i++)
    n_tissue += (section->spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) != 0;
  say (text, "The section %s was analysed with Smoothscope %s, an implementation of the spatial priors of Smoother", section->name, SMOOTH_VERSION);
  cite (text, CITE_SMOOTHER);
  say (text, ". It had ");
  say_counted (text, n_tissue, "spot", "spots");
  say (text, " on the tissue and ");
  say_counted (text, section->n_genes, "gene", "genes");
  if (text->outcome->n_spots == n_tissue)
    say (text, "; all of these spots had counts and were analysed. ");
  else
    {
      say (text, "; ");
      say_count (text, text->outcome->n_spots);
      say (text, " spots with counts were analysed. ");
    }
}

static const char *
scale_words (SmoothScale scale)
{
  return scale == SMOOTH_SCALE_LOG1P ? "mean log-normalised expression" : scale == SMOOTH_SCALE_LOG2 ? "mean log2-normalised expression" : "mean expression in counts";
}

static void
tell_expression (Text *text)
{
  const SmoothOutcome *outcome = text->outcome;
  const SmoothPrepared *prepared = outcome->prepared;
  const SmoothSignature *signature = outcome->inputs.signature;

  if (prepared == NULL || signature == NULL)
    return;
  if (prepared->depth > 0.0)
    {
      say (text, "The counts of each spot were scaled to a total of ");
      say_number (text, prepared->depth);
      say (text, " and transformed by log(1 + x). ");
    }
  else
    say (text, "Raw counts were used. ");
  g_autofree char *file = signature->path != NULL ? g_path_get_basename (signature->path) : g_strdup ("a table");
  say (text, "Cell types were taken from a reference with the %s of ", scale_words (signature->scale));
  say_counted (text, prepared->n_types, "cell type", "cell types");
  say (text, " (%s), brought to the scale of the spots, on ", file);
  say_counted (text, prepared->n_genes, "gene", "genes");
  if (outcome->parameters.prepare.markers_per_type > 0)
    {
      say (text, ": those in which each type leads most, at most ");
      say_count (text, outcome->parameters.prepare.markers_per_type);
      say (text, " per type. ");
    }
  else
    say (text, ": all that section and reference share. ");
}

/* ---- Graph ---- */

static double
get_pitch (const Text *text)
{
  return text->outcome->inputs.section->pitch;
}

static void
tell_neighbours (Text *text)
{
  const SmoothGraphSettings *graph = &text->outcome->parameters.graph;

  if (graph->kind == SMOOTH_GRAPH_KNN)
    {
      say (text, "Each spot was joined with its ");
      say_counted (text, graph->k, "nearest neighbour", "nearest neighbours");
      say (text, graph->ties == SMOOTH_TIES_INCLUSIVE ? " (and those within 1%% of the distance of the last)" : " (ties cut)");
      say (text, graph->mutual ? ", where both spots name each other" : ", in one direction");
    }
  else
    {
      say (text, "Spots were joined within ");
      say_number (text, graph->radius > 0.0 ? graph->radius : 1.5 * get_pitch (text));
      say (text, " um, with the weight exp(-d^2/(2h^2)) of their distance d at a bandwidth h of ");
      if (graph->scaled_units)
        {
          say_number (text, graph->bandwidth > 0.0 ? graph->bandwidth : 0.1);
          say (text, " times the longest side of the section");
        }
      else
        {
          say_number (text, graph->bandwidth > 0.0 ? graph->bandwidth : get_pitch (text));
          say (text, " um");
        }
    }
  if (graph->row_scale)
    say (text, "; the weights of each spot were divided by their sum");
  say (text, ". ");
}

static void
tell_likeness (Text *text, const char *what, gint metric, double bandwidth)
{
  say (text, "Edges were multiplied by the likeness of their spots in %s (%s", what,
       metric == SMOOTH_SIMILARITY_COSINE ? "cosine similarity" : "Gaussian of the Euclidean distance");
  if (metric != SMOOTH_SIMILARITY_COSINE && bandwidth > 0.0)
    {
      say (text, ", bandwidth ");
      say_number (text, bandwidth);
    }
  else if (metric != SMOOTH_SIMILARITY_COSINE)
    say (text, ", its bandwidth the median distance of neighbours");
  say (text, "). ");
}

static void
tell_scaling (Text *text)
{
  const SmoothScalingSettings *scaling = &text->outcome->parameters.scaling;

  if (scaling->expression != SMOOTH_EXPRESSION_OFF)
    {
      g_autofree char *components = g_strdup_printf ("%d principal components of expression", scaling->expression_dims);
      tell_likeness (text, scaling->expression == SMOOTH_EXPRESSION_PCA ? components : "the log-normalised expression of all genes",
                     scaling->expression_metric, scaling->expression_bandwidth);
    }
  if (scaling->histology == SMOOTH_HISTOLOGY_OFF)
    return;
  g_autofree char *components = g_strdup_printf ("%d principal components of the pixels of the tissue image around them", scaling->histology_dims);
  tell_likeness (text,
                 scaling->histology == SMOOTH_HISTOLOGY_PCA    ? components
                 : scaling->histology == SMOOTH_HISTOLOGY_MEAN ? "the mean colour of the tissue image around them"
                                                               : "the pixels of the tissue image around them",
                 scaling->histology_metric, scaling->histology_bandwidth);
}

static void
tell_regions (Text *text)
{
  const SmoothOutcome *outcome = text->outcome;
  const SmoothGraphSettings *graph = &outcome->parameters.graph;
  guint n = outcome->categories != NULL ? g_strv_length (outcome->categories) : 0;

  if (n == 0)
    return;
  say (text, n == 1 ? "One region was outlined on the tissue (" : "%u regions were outlined on the tissue (", n);
  for (guint i = 0; i < n; i++)
    say (text, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", outcome->categories[i]);
  say (text, "); ");
  if (graph->boundary <= 0.0)
    say (text, "edges across %s were removed. ", n == 1 ? "its border" : "their borders");
  else if (graph->boundary_replaces)
    {
      say (text, "edges across %s got the weight ", n == 1 ? "its border" : "their borders");
      say_number (text, graph->boundary);
      say (text, ". ");
    }
  else if (graph->boundary < 1.0)
    {
      say (text, "the weights of edges across %s were multiplied by ", n == 1 ? "its border" : "their borders");
      say_number (text, graph->boundary);
      say (text, ". ");
    }
  else
    say (text, "smoothing went across %s. ", n == 1 ? "its border" : "their borders");
}

static void
tell_graph (Text *text)
{
  const SmoothGraph *graph = text->outcome->graph;

  tell_neighbours (text);
  tell_scaling (text);
  tell_regions (text);
  if (graph == NULL)
    return;
  say (text, "The graph had ");
  say_counted (text, graph->n_edges, "edge", "edges");
  say (text, ", ");
  say_rounded (text, "%.3g", graph->mean_degree);
  say (text, " neighbours per spot on average");
  if (graph->n_isolated > 0)
    {
      say (text, "; ");
      say_counted (text, graph->n_isolated, "spot", "spots");
      say (text, " without a neighbour");
    }
  say (text, ". ");
}

/* ---- Prior and model ---- */

static void
tell_prior (Text *text)
{
  static const struct { const char *name, *formula; Citation source; } priors[] = {
    [SMOOTH_PRIOR_ICAR] = { "intrinsic conditional autoregressive (ICAR)", "Q = D - rho W", CITE_BESAG },
    [SMOOTH_PRIOR_CAR] = { "conditional autoregressive (CAR)", "Q = I - rho W", CITE_BESAG },
    [SMOOTH_PRIOR_SAR] = { "simultaneous autoregressive (SAR)", "Q = (I - rho W)'(I - rho W)", CITE_WHITTLE },
    [SMOOTH_PRIOR_ISAR] = { "intrinsic simultaneous autoregressive (ISAR)", "Q = (I - rho V)'(I - rho V) with V = D^-1 W", CITE_WHITTLE },
    [SMOOTH_PRIOR_SMA] = { "spatial moving average (SMA)", "Q = [(I + rho W)(I + rho W)']^-1", CITE_SMOOTHER },
  };
  const SmoothPrecisionSettings *prior = &text->outcome->parameters.prior;
  gboolean has_d = prior->kind == SMOOTH_PRIOR_ICAR || prior->kind == SMOOTH_PRIOR_ISAR;

  say (text, "The spatial prior was %s", priors[prior->kind].name);
  cite (text, priors[prior->kind].source);
  say (text, ", with the precision matrix %s and rho = ", priors[prior->kind].formula);
  say_number (text, prior->rho);
  say (text, ", where W holds the weights of the graph%s", has_d ? " and D their sums" : "");
  if (prior->standardise)
    {
      say (text, "; Q was scaled to a prior variance of 1 in every spot");
      cite (text, CITE_TAKAHASHI);
    }
  say (text, ". ");
}

static void
tell_lambda (Text *text)
{
  const SmoothDeconvolutionSettings *model = &text->outcome->parameters.model;

  if (model->lambda <= 0.0)
    {
      say (text, "The weight lambda of the prior was 0: every spot was treated by itself. ");
      return;
    }
  say (text, "The penalty was lambda times the mean over cell types of b'Qb/n (b: the abundances of a type over the n spots), with lambda = ");
  say_number (text, model->lambda);
  say (text, model->lambda_unit == SMOOTH_LAMBDA_RELATIVE ? " relative to the curvature of the data term" : "");
  if (text->outcome->inputs.confidences != NULL)
    say (text, "; types were weighted by %s",
         text->outcome->inputs.confidences->path != NULL ? "given confidences" : "confidences estimated from how much each varies over the spots");
  say (text, ". ");
}

/* What was minimised. */
static void
tell_model (Text *text)
{
  const SmoothDeconvolutionSettings *model = &text->outcome->parameters.model;
  gboolean is_signed = model->kind == SMOOTH_MODEL_LINEAR
                       || (model->is_signed && (model->kind == SMOOTH_MODEL_DWLS || model->kind == SMOOTH_MODEL_NUSVR));

  say (text, "Cell-type abundances were estimated jointly for all spots by ");
  if (model->kind == SMOOTH_MODEL_NNLS)
    {
      say (text, "non-negative least squares");
      cite (text, CITE_LAWSON);
    }
  else if (model->kind == SMOOTH_MODEL_LINEAR)
    say (text, "least squares");
  else if (model->kind == SMOOTH_MODEL_DWLS)
    {
      say (text, "dampened weighted least squares");
      cite (text, CITE_DWLS);
      say (text, " with weights of at most ");
      say_number (text, model->dwls_cap);
    }
  else if (model->kind == SMOOTH_MODEL_NUSVR)
    {
      say (text, "nu support vector regression");
      cite (text, CITE_NUSVR);
      say (text, " with %s beyond the tube, C = ", model->svr_loss == SMOOTH_SVR_SQUARED ? "squared distances" : "distances");
      say_number (text, model->svr_cost);
      say (text, " and nu = ");
      say_number (text, model->svr_nu);
    }
  else
    {
      say (text, "log-normal regression");
      cite (text, CITE_LOGNORMAL);
      say (text, " with an offset of ");
      say_number (text, model->log_offset);
    }
  gboolean says_sign = model->kind != SMOOTH_MODEL_NNLS;
  say (text, "%s%s%s. ", !says_sign ? "" : is_signed ? ", with abundances of any sign" : ", with abundances of 0 or more",
       !model->bias ? "" : says_sign ? " and" : ", with", model->bias ? " a free constant in every spot" : "");
  tell_lambda (text);
  say (text, "Proportions are abundances divided by their sum in the spot%s. ", is_signed ? ", negative ones taken as 0" : "");
}

/* What the solver can prove. */
static void
tell_certificate (Text *text)
{
  const SmoothInfo *info = &text->outcome->result->info;

  if (info->status == SMOOTH_STATUS_CONVERGED)
    say (text, "The solver converged after ");
  else if (info->status == SMOOTH_STATUS_INDEFINITE)
    say (text, "The problem has no minimum that can be certified, and the solver ended after ");
  else
    say (text, "The solver was stopped after ");
  say_counted (text, info->iterations, "iteration", "iterations");
  if (info->status == SMOOTH_STATUS_STOPPED || info->status == SMOOTH_STATUS_IMPROVING)
    {
      say (text, ", before the tolerance of ");
      say_number (text, text->outcome->parameters.model.tolerance);
      say (text, " was met");
    }
  if (isnan (info->objective))
    {
      say (text, "; how near it had come was not computed. ");
      return;
    }
  say (text, ", at an objective of ");
  say_rounded (text, "%.6g", info->objective);
  if (info->is_local)
    say (text, ", which is a local minimum: the problem is not convex");
  if (isfinite (info->relative_gap))
    {
      say (text, ", proven to be within a relative ");
      say_rounded (text, "%.1e", info->relative_gap);
      say (text, " of the minimum");
    }
  say (text, " (residual of the optimality conditions ");
  say_rounded (text, "%.1e", info->kkt_residual);
  say (text, "). ");
}

static void
tell_citations (Text *text)
{
  say (text, "\n\nReferences\n");
  for (gint number = 1; number <= text->n_cited; number++)
    for (gint i = 0; i < N_CITATIONS; i++)
      if (text->numbers[i] == number)
        say (text, "%d. %s\n", number, citations[i]);
}

/**
 * smooth_methods_dup_text:
 * @outcome: without a reference the text ends with the prior
 *
 * Returns: (transfer full): one paragraph of English, and the list of what it cites
 */
char *
smooth_methods_dup_text (const SmoothOutcome *outcome)
{
  Text text = { .outcome = outcome, .text = g_string_new (NULL) };

  tell_section (&text);
  tell_expression (&text);
  tell_graph (&text);
  tell_prior (&text);
  if (outcome->result != NULL)
    {
      tell_model (&text);
      tell_certificate (&text);
    }
  while (text.text->len > 0 && text.text->str[text.text->len - 1] == ' ')
    g_string_truncate (text.text, text.text->len - 1);
  tell_citations (&text);
  return g_string_free (text.text, FALSE);
}

/* The same as a file. */
gboolean
smooth_methods_save (const SmoothOutcome *outcome, const char *path, GError **error)
{
  g_autofree char *text = smooth_methods_dup_text (outcome);
  g_autoptr (SmoothOutput) output = smooth_output_new (path, error);

  if (output == NULL)
    return FALSE;
  smooth_output_text (output, text);
  return smooth_output_commit (output, error);
}
