/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choosing lambda and rho: the grid, the methods, and what is to be said of the outcome.
 *
 * The grid is one of strengths (strength.h), so that it suits any scale of the data. Lambda = 0 is always scored beside it.
 */
#include "model/choose.h"

#include "base/error.h"
#include "model/choose-private.h"
#include "model/strength.h"
#include "section/halves.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static const char *const methods[] = { "auto", "genes", "thinning", "evidence", "decay", NULL };

static const SmoothParam params[] = {
  { "method", N_ ("Method"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (SmoothChooseSettings, method), SMOOTH_CHOOSE_AUTO, 0, 4, "", methods,
    N_ ("How values are compared: genes fits one half of the genes and scores the other, thinning does so with halves of the counts, "
        "evidence asks how likely the data are under a Gaussian model; decay finds ρ alone, by the likeness of expression; auto takes the first of these that the data "
        "allow"), 0 },
  { "splits", N_ ("Splits"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothChooseSettings, splits), 3, 1, 1000, "", NULL,
    N_ ("Random splits into halves to average over: more take longer and make the curve steadier"), SMOOTH_PARAM_LOG, 1, 20 },
  { "seed", N_ ("Seed"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothChooseSettings, seed), 1, 0, G_MAXINT, "", NULL,
    N_ ("Another seed splits the data in another way"), SMOOTH_PARAM_EXPERT },
  { "strength-min", N_ ("Least strength"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothChooseSettings, strength_min), 1e-3, 1e-9, 1e9, "",
    NULL, N_ ("Where the grid of λ begins, as a strength: smaller tries less smoothing"), SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "strength-max", N_ ("Largest strength"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothChooseSettings, strength_max), 10, 1e-9, 1e9, "",
    NULL, N_ ("Where the grid of λ ends, as a strength: larger tries more smoothing"), SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "per-decade", N_ ("Values per decade"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothChooseSettings, per_decade), 4, 1, 100, "", NULL,
    N_ ("Values of λ to try within a factor of ten: more take longer and find the minimum more closely"), SMOOTH_PARAM_EXPERT },
  { "search-rho", N_ ("Search ρ too"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (SmoothChooseSettings, search_rho), 0, 0, 1, "", NULL,
    N_ ("Tries seven values of ρ from 0.5 to 0.999 for every λ, which takes seven times as long"), 0 },
};

const SmoothParamTable smooth_choose_params = {
  "choose", N_ ("Suggestion"), sizeof (SmoothChooseSettings), params, G_N_ELEMENTS (params),
};

#define SMALL_LOSS 1e-3 /* of a type's variance: not worth a warning */

static const double rho_grid[] = { 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999 };

void
smooth_choice_free (SmoothChoice *choice)
{
  if (choice == NULL)
    return;
  g_free (choice->points);
  g_strfreev (choice->type_names);
  g_free (choice->type_gains);
  g_free (choice->type_errors);
  g_free (choice->similarity);
  g_free (choice->correlations);
  smooth_report_unref (choice->report);
  g_free (choice);
}

static void
choosing_clear (SmoothChoosing *choosing)
{
  for (gint64 r = 0; choosing->precisions != NULL && r < choosing->n_rhos; r++)
    smooth_precision_unref (choosing->precisions[r]);
  g_free (choosing->precisions);
  smooth_reduced_unref (choosing->reduced);
  smooth_prepared_unref (choosing->prepared);
  smooth_choice_free (choosing->choice);
}

/* Copies of the settings, or the defaults; checked. */
static gboolean
take_settings (SmoothChoosing *choosing, const SmoothChooseSettings *settings, GError **error)
{
  const SmoothChooseInputs *inputs = choosing->inputs;

  smooth_params_init (&smooth_choose_params, &choosing->settings);
  smooth_params_init (&smooth_deconvolution_params, &choosing->model);
  smooth_params_init (&smooth_precision_params, &choosing->prior);
  if (settings != NULL)
    choosing->settings = *settings;
  if (inputs->model != NULL)
    choosing->model = *inputs->model;
  if (inputs->prior != NULL)
    choosing->prior = *inputs->prior;
  if (!smooth_params_check (&smooth_choose_params, &choosing->settings, error)
      || !smooth_params_check (&smooth_deconvolution_params, &choosing->model, error)
      || !smooth_params_check (&smooth_precision_params, &choosing->prior, error))
    return FALSE;
  if (choosing->settings.strength_min > choosing->settings.strength_max)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "strength-min: expected at most strength-max (%g), found %g",
                        choosing->settings.strength_max, choosing->settings.strength_min);
      return FALSE;
    }
  choosing->model.lambda_unit = SMOOTH_LAMBDA_REFERENCE;
  if (choosing->settings.method == SMOOTH_CHOOSE_DECAY)
    {
      choosing->rhos = smooth_i_choose_decay_rhos (&choosing->n_rhos);
      return TRUE;
    }
  choosing->rhos = choosing->settings.search_rho ? rho_grid : &choosing->prior.rho;
  choosing->n_rhos = choosing->settings.search_rho ? (gint64) G_N_ELEMENTS (rho_grid) : 1;
  return TRUE;
}

/* The first method that the data allow; one that was asked for and is not allowed is an error. */
static gboolean
take_method (SmoothChoosing *choosing, GError **error)
{
  SmoothReport *report = choosing->choice->report;
  gint method = choosing->settings.method;
  g_autoptr (GError) no_genes = NULL, no_counts = NULL;

  choosing->choice->method = method;
  if (method == SMOOTH_CHOOSE_GENES)
    return smooth_i_genes_can_be_split (choosing->prepared, error);
  if (method == SMOOTH_CHOOSE_THINNING)
    return smooth_halves_are_possible (choosing->inputs->section, error);
  if (method == SMOOTH_CHOOSE_EVIDENCE || method == SMOOTH_CHOOSE_DECAY)
    return TRUE;

  choosing->choice->method = SMOOTH_CHOOSE_GENES;
  if (smooth_i_genes_can_be_split (choosing->prepared, &no_genes))
    return TRUE;
  choosing->choice->method = SMOOTH_CHOOSE_THINNING;
  if (smooth_halves_are_possible (choosing->inputs->section, &no_counts))
    smooth_report_add (report, SMOOTH_REPORT_NOTE, "%s; the counts were split instead", smooth_error_say (no_genes));
  else
    {
      choosing->choice->method = SMOOTH_CHOOSE_EVIDENCE;
      smooth_report_add (report, SMOOTH_REPORT_WARNING, "%s, and %s; the evidence was used instead", smooth_error_say (no_genes),
                         smooth_error_say (no_counts));
    }
  return TRUE;
}

static gboolean
prepare (SmoothChoosing *choosing, GError **error)
{
  const SmoothChooseInputs *inputs = choosing->inputs;

  if (inputs->prepared != NULL)
    choosing->prepared = smooth_prepared_ref ((SmoothPrepared *) inputs->prepared);
  else
    choosing->prepared = smooth_prepared_new (inputs->section, inputs->signature, inputs->prepare, choosing->run, error);
  if (choosing->prepared == NULL)
    return FALSE;
  if (inputs->graph->n_spots != choosing->prepared->n_spots)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "the graph is over %" PRId64 " spots, the section has %" PRId64 " that can be analysed",
                        inputs->graph->n_spots, choosing->prepared->n_spots);
      return FALSE;
    }
  choosing->reduced
      = smooth_reduced_new (choosing->prepared->signature, choosing->prepared->expression, choosing->model.bias, choosing->run, error);
  choosing->precisions = g_new0 (SmoothPrecision *, choosing->n_rhos);
  for (gint64 r = 0; choosing->reduced != NULL && r < choosing->n_rhos; r++)
    {
      SmoothPrecisionSettings prior = choosing->prior;
      prior.rho = choosing->rhos[r];
      choosing->precisions[r] = smooth_precision_new (inputs->graph, &prior, choosing->run, error);
      if (choosing->precisions[r] == NULL)
        return FALSE;
    }
  return choosing->reduced != NULL;
}

/* Lambda = 0, then every strength of every rho. */
static void
lay_grid (SmoothChoosing *choosing)
{
  const SmoothChooseSettings *settings = &choosing->settings;
  SmoothChoice *choice = choosing->choice;
  double decades = log10 (settings->strength_max / settings->strength_min);

  choosing->n_strengths = 1 + (gint64) floor (decades * settings->per_decade + 1e-9);
  choice->n_points = 1 + choosing->n_rhos * choosing->n_strengths;
  choice->points = g_new0 (SmoothChoicePoint, choice->n_points);
  choice->points[0].rho = choosing->prior.rho;
  for (gint64 r = 0; r < choosing->n_rhos; r++)
    {
      double unit = smooth_strength_get_unit (choosing->reduced, &choosing->model, choosing->precisions[r], choosing->inputs->confidences);
      for (gint64 i = 0; i < choosing->n_strengths; i++)
        {
          SmoothChoicePoint *point = &choice->points[smooth_i_choosing_point (choosing, r, i)];
          point->rho = choosing->rhos[r];
          point->strength = settings->strength_min * pow (10.0, (double) i / settings->per_decade);
          point->lambda = point->strength * unit;
        }
    }
  for (gint64 p = 0; p < choice->n_points; p++)
    choice->points[p].score = choice->points[p].score_error = choice->points[p].difference_error = NAN;
}

/* Every rho, without lambda. */
static void
lay_rhos (SmoothChoosing *choosing)
{
  SmoothChoice *choice = choosing->choice;

  choice->n_points = choosing->n_rhos;
  choice->points = g_new0 (SmoothChoicePoint, choice->n_points);
  for (gint64 r = 0; r < choosing->n_rhos; r++)
    choice->points[r] = (SmoothChoicePoint){
      .rho = choosing->rhos[r], .lambda = NAN, .strength = NAN, .score = NAN, .score_error = NAN, .difference_error = NAN,
    };
}

/* A prior that rewards roughness has no optimum to compare: its points stay without score. */
static gboolean
any_definite (SmoothChoosing *choosing, GError **error)
{
  gint64 n_definite = 0;

  for (gint64 r = 0; r < choosing->n_rhos; r++)
    if (choosing->precisions[r]->is_semidefinite)
      n_definite++;
    else
      smooth_report_add (choosing->choice->report, SMOOTH_REPORT_WARNING,
                         "rho %g was left out: the prior of this graph is not positive definite there", choosing->rhos[r]);
  if (n_definite == 0)
    smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                      "no value of lambda can be suggested: at rho %g the prior of this graph is not positive definite "
                      "(admissible: %.4g to %.4g)",
                      choosing->prior.rho, choosing->precisions[0]->rho_min, choosing->precisions[0]->rho_max);
  return n_definite > 0;
}

/* In words: an end of the grid, a flat curve, lambda = 0, types that smoothing hurts. */
static void
report_best (SmoothChoosing *choosing)
{
  SmoothChoice *choice = choosing->choice;
  const SmoothChoicePoint *best = &choice->points[choice->best], *zero = &choice->points[0];
  gint64 place = (choice->best - 1) % choosing->n_strengths;

  if (choice->best == 0)
    smooth_report_add (choice->report, SMOOTH_REPORT_WARNING, "no smoothing (lambda = 0) scores best: this section does not gain from the prior");
  else if (choosing->n_strengths > 1 && place == choosing->n_strengths - 1)
    smooth_report_add (choice->report, SMOOTH_REPORT_WARNING,
                       "the score still falls at the largest lambda tried (%g): the best may be larger, raise strength-max", best->lambda);
  else if (choosing->n_strengths > 1 && place == 0)
    smooth_report_add (choice->report, SMOOTH_REPORT_WARNING,
                       "the smallest lambda tried (%g) scores best: the best may be smaller, lower strength-min", best->lambda);
  if (choosing->settings.search_rho && choice->best > 0
      && (best->rho == rho_grid[0] || best->rho == rho_grid[G_N_ELEMENTS (rho_grid) - 1]))
    smooth_report_add (choice->report, SMOOTH_REPORT_NOTE, "rho %g is at an end of the values tried", best->rho);
  if (choice->best > 0 && zero->difference <= 2.0 * zero->difference_error)
    smooth_report_add (choice->report, SMOOTH_REPORT_WARNING,
                       "the curve is flat: lambda = 0 scores within two standard errors of the best, so the choice hardly matters for the "
                       "fit");
  for (gint64 k = 0; k < choice->n_types; k++)
    if (choice->best > 0 && choice->type_gains[k] < -MAX (2.0 * choice->type_errors[k], SMALL_LOSS))
      smooth_report_add (choice->report, SMOOTH_REPORT_WARNING,
                         "smoothing lowers the score of '%s' (by %.2g of its variance, standard error %.2g): read its map at lambda = 0 too",
                         choice->type_names[k], -choice->type_gains[k], choice->type_errors[k]);
  if (choice->n_types == 1)
    smooth_report_add (choice->report, SMOOTH_REPORT_NOTE, "with one type all proportions are 1: lambda acts on its abundance alone");
}

/* What a score is of, where that is not the model of least squares that was asked for. */
static void
report_model (SmoothChoosing *choosing)
{
  const char *name = smooth_model_get_name ((SmoothModelKind) choosing->model.kind);

  if (choosing->model.kind <= SMOOTH_MODEL_LINEAR)
    return;
  if (choosing->choice->method == SMOOTH_CHOOSE_EVIDENCE)
    smooth_report_add (choosing->choice->report, SMOOTH_REPORT_NOTE,
                       "the evidence is that of the linear model; lambda is of %s at the same strength", name);
  else
    smooth_report_add (choosing->choice->report, SMOOTH_REPORT_NOTE,
                       "the scores are of the proportions of %s, each type in the scale that suits the other half best", name);
}

static gboolean
choose (SmoothChoosing *choosing, GError **error)
{
  SmoothChoice *choice = choosing->choice;

  if (!prepare (choosing, error) || !take_method (choosing, error) || !any_definite (choosing, error))
    return FALSE;
  choice->n_types = choosing->prepared->n_types;
  choice->type_names = g_strdupv (choosing->prepared->type_names);
  choice->type_gains = g_new (double, choice->n_types);
  choice->type_errors = g_new (double, choice->n_types);
  for (gint64 k = 0; k < choice->n_types; k++)
    choice->type_gains[k] = choice->type_errors[k] = NAN;
  if (choice->method == SMOOTH_CHOOSE_DECAY)
    {
      lay_rhos (choosing);
      return smooth_i_choose_by_decay (choosing, error);
    }
  lay_grid (choosing);
  if (choice->method == SMOOTH_CHOOSE_EVIDENCE ? !smooth_i_choose_by_evidence (choosing, error)
                                               : !smooth_i_choose_by_halves (choosing, error))
    return FALSE;
  report_model (choosing);
  report_best (choosing);
  return TRUE;
}

/**
 * smooth_choose:
 * @settings: (nullable): NULL: the defaults
 * @run: (nullable): cancellation, progress and threads; threads change no bit
 *
 * Scores a grid of lambda (and of rho) on the section itself, by halves of its genes or counts (choose-halves.c) or by the
 * evidence (choose-evidence.c), or of rho alone by decay (choose-decay.c). A prior that is indefinite at some rho leaves its points without score (NAN) and is reported.
 *
 * Returns: (transfer full): the whole curve, the choice and warnings in words. Errors: those of preparation, graph and
 *   prior, genes or counts that cannot be split where that is asked for, cancellation
 */
SmoothChoice *
smooth_choose (const SmoothChooseInputs *inputs, const SmoothChooseSettings *settings, SmoothRun *run, GError **error)
{
  SmoothChoosing choosing = { .inputs = inputs, .run = run };

  if (!take_settings (&choosing, settings, error))
    return NULL;
  choosing.choice = g_new0 (SmoothChoice, 1);
  choosing.choice->report = smooth_report_new ();
  SmoothChoice *choice = choose (&choosing, error) ? g_steal_pointer (&choosing.choice) : NULL;
  choosing_clear (&choosing);
  return choice;
}
