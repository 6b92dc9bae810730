/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rho by decay: the prior whose correlation falls off with distance as the likeness of expression does.
 *
 * For degrees j = 1..20, r_j(rho) is the median over spots of the prior's correlation with the j-th nearest spot, c_j that of
 * the cosine of expression on 20 principal components (precision/decay.h). The choice is the rho of least mean (r_j - c_j)^2.
 */
#include "base/error.h"
#include "model/choose-private.h"
#include "precision/decay.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define N_COMPONENTS 20
#define MOST_SPOTS 500 /* that correlations of the prior are measured at */

static const double rho_grid[] = { 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999 };

/* The rhos that are tried. */
const double *
smooth_i_choose_decay_rhos (gint64 *n_rhos)
{
  *n_rhos = G_N_ELEMENTS (rho_grid);
  return rho_grid;
}

/* The medians of orders 1, 2, ... ; NAN for those that fewer spots than orders lack. */
static void
copy_medians (const SmoothDecay *decay, double *medians)
{
  for (gint j = 1; j <= SMOOTH_CHOICE_DEGREES; j++)
    medians[j - 1] = j < decay->n_orders ? decay->quantiles[j * SMOOTH_DECAY_N_QUANTILES + SMOOTH_DECAY_N_QUANTILES / 2] : NAN;
}

static SmoothDecay *
measure_expression (const SmoothChoosing *choosing, const double *coords, GError **error)
{
  g_autoptr (SmoothFeatures) genes = smooth_features_new_from_sparse (choosing->prepared->expression, error);
  g_autoptr (SmoothFeatures) components
      = genes != NULL ? smooth_features_new_principal (genes, N_COMPONENTS, NULL, choosing->run, error) : NULL;

  if (components == NULL)
    return NULL;
  return smooth_decay_new_of_features (components, coords, 2, SMOOTH_CHOICE_DEGREES, choosing->run, error);
}

/* One rho; a prior that is singular or indefinite there has no correlations and stays without score. */
static gboolean
score_rho (SmoothChoosing *choosing, gint64 r, const double *coords, const SmoothDecay *expression, GError **error)
{
  SmoothChoice *choice = choosing->choice;
  GError *failure = NULL;

  for (gint j = 0; j < SMOOTH_CHOICE_DEGREES; j++)
    choice->correlations[r * SMOOTH_CHOICE_DEGREES + j] = NAN;
  if (!choosing->precisions[r]->is_semidefinite)
    return TRUE;
  g_autoptr (SmoothDecay) prior = smooth_decay_new_of_prior (choosing->precisions[r], coords, 2, SMOOTH_CHOICE_DEGREES, MOST_SPOTS,
                                                             choosing->settings.seed, choosing->run, &failure);
  if (prior != NULL)
    {
      copy_medians (prior, choice->correlations + r * SMOOTH_CHOICE_DEGREES);
      choice->points[r].score = smooth_decay_get_mismatch (prior, expression, 1, SMOOTH_CHOICE_DEGREES);
      return TRUE;
    }
  if (g_error_matches (failure, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC))
    {
      smooth_report_add (choice->report, SMOOTH_REPORT_WARNING, "rho %g was left out: %s", choosing->rhos[r], smooth_error_say (failure));
      g_error_free (failure);
      return TRUE;
    }
  g_propagate_error (error, failure);
  return FALSE;
}

static gboolean
find_best (SmoothChoosing *choosing, GError **error)
{
  SmoothChoice *choice = choosing->choice;

  choice->best = -1;
  for (gint64 r = 0; r < choice->n_points; r++)
    if (isfinite (choice->points[r].score) && (choice->best < 0 || choice->points[r].score < choice->points[choice->best].score))
      choice->best = r;
  if (choice->best < 0)
    {
      smooth_error_set (error, SMOOTH_ERROR_NUMERIC,
                        "the prior has no correlations at any rho that was tried: it is nowhere positive definite");
      return FALSE;
    }
  choice->chosen = choice->best;
  for (gint64 r = 0; r < choice->n_points; r++)
    choice->points[r].difference = choice->points[r].score - choice->points[choice->best].score;
  if (choice->best == 0 || choice->best == choice->n_points - 1)
    smooth_report_add (choice->report, SMOOTH_REPORT_WARNING,
                       choice->best == 0 ? N_("rho %g is at an end of the values tried: no prior of this kind falls off as fast as "
                                              "the likeness of expression does")
                                         : N_("rho %g is at an end of the values tried: no prior of this kind falls off as slowly "
                                              "as the likeness of expression does"),
                       choice->points[choice->best].rho);
  return TRUE;
}

/**
 * smooth_i_choose_by_decay:
 *
 * For each rho a factor, the diagonal of its inverse and MOST_SPOTS solves.
 */
gboolean
smooth_i_choose_by_decay (SmoothChoosing *choosing, GError **error)
{
  const SmoothPrepared *prepared = choosing->prepared;
  SmoothChoice *choice = choosing->choice;
  g_autofree double *coords = smooth_section_dup_coords_um (choosing->inputs->section, prepared->spots, prepared->n_spots);
  g_autoptr (SmoothDecay) expression = measure_expression (choosing, coords, error);

  if (expression == NULL)
    return FALSE;
  choice->similarity = g_new (double, SMOOTH_CHOICE_DEGREES);
  choice->correlations = g_new (double, choice->n_points * SMOOTH_CHOICE_DEGREES);
  copy_medians (expression, choice->similarity);
  for (gint64 r = 0; r < choice->n_points; r++)
    {
      if (!smooth_run_check (choosing->run, error) || !score_rho (choosing, r, coords, expression, error))
        return FALSE;
      smooth_run_report (choosing->run, (double) (r + 1) / (double) choice->n_points, "correlation of the prior");
    }
  return find_best (choosing, error);
}
