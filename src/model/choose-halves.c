/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda and rho by halves: what is fitted to one half of the data is judged by the other.
 *
 * For each split both halves take both parts. With B(1) the solution on half 1, Xt and Yt(2) the centred signature and spots
 * of half 2, the score is
 *
 *     S = 1/(G n) || Xt B(1) - Yt(2) ||^2,
 *
 * averaged over splits and directions. The free constant of a spot is the best one for half 2.
 *
 * Genes: each half has every second gene in a random order (choose-genes.c). The noise of different genes is independent,
 * whatever its law. Half of the genes average it half as well, and the best lambda is in proportion to the variance of the
 * mean (Gaussian noise and prior: lambda = K s^2 / (G var b)), so a half is fitted at G / G(1) times the strength that
 * it speaks for.
 *
 * Counts: binomial thinning at half the depth (section/halves.h), of Poisson noise. What both halves of a spot share though the
 * signature does not explain it (counts that vary more than Poisson, cells that differ) counts as signal here and favours a
 * small lambda; that the halves are noisier than the whole favours a large one. Neither is corrected.
 *
 * Models other than nnls and linear have abundances that are no prediction of squares: nusvr draws them to 0, dwls and lognormal let
 * weak genes count. What they are asked for are proportions P, and these are judged, each type in the scale a_k that suits half 2 best:
 *
 *     S = min over a of 1/(G n) || Xt diag (a) P(1) - Yt(2) ||^2.
 *
 * Standard errors are over blocks of spots (grouped jackknife), paired for differences. The choice is the largest lambda
 * within one standard error of the best: of equal scores the smoother map.
 *
 * The score of one type: o_k(2), row k of (Xt'Xt)^-1 Xt'Yt(2), all of half 2, is a noisy estimate of the type's abundance that
 * neither smoothing nor bounds have touched, and its noise is independent of half 1. So T_k, the variance over spots of
 * b_k(1) - o_k(2), is that of the error of b_k plus the same constant for every lambda. (The mean is left out: where signatures
 * resemble each other o_k is off by a level, which lambda does not move.) The gain of a type is T_k at 0 less T_k at the choice,
 * divided by the larger of the variances of b_k there.
 */
#include "model/choose-private.h"

#include "base/parallel.h"
#include "linalg/blas.h"
#include "model/deconvolution-private.h"
#include "model/strength.h"
#include "section/halves.h"

#include <math.h>
#include <string.h>

#define LEAST_CURVATURE 1e-9 /* of the largest */
#define N_BLOCKS 100 /* of spots, for standard errors */
#define LARGEST_GAIN 1.0 /* no error of b is larger than b varies unless o is no estimate of the same thing */

/* Of one type over a block of spots: b and its error b - o. */
typedef struct
{
  double b, b_square;
  double error, error_square;
} TypeSums;

typedef struct
{
  SmoothChoosing *choosing;
  gint64 n_spots;
  gint n_types;
  gint64 n_blocks;
  double *scores;      /* n_points x n_blocks: sums over spots, splits and directions */
  TypeSums *types;     /* n_points x n_blocks x n_types */
  gint64 n_done, n_solves;
  gint n_uses; /* of each point: splits x directions */
} Scoring;

/* One half as judge of the other. */
typedef struct
{
  const Scoring *scoring;
  const SmoothReduced *test;
  const double *plain;         /* (nullable): n_types x n_spots: o(2) */
  const SmoothMatrix *fitted;  /* B(1) */
  gint64 point;
} Judgement;

static void
judge_block (gint64 block, gint worker, gpointer data)
{
  const Judgement *judgement = data;
  const Scoring *scoring = judgement->scoring;
  const SmoothReduced *test = judgement->test;
  gint n = scoring->n_types;
  gint64 at = judgement->point * scoring->n_blocks + block;

  (void) worker;
  for (gint64 s = block * scoring->n_spots / scoring->n_blocks; s < (block + 1) * scoring->n_spots / scoring->n_blocks; s++)
    {
      const double *b = smooth_matrix_column (judgement->fitted, s), *r = test->r + s * n;
      for (gint k = 0; k < n; k++)
        {
          double product = 0.0;
          for (gint l = 0; l < n; l++)
            product += test->h[k * n + l] * b[l];
          scoring->scores[at] += b[k] * (product - 2.0 * r[k]);
          if (judgement->plain == NULL)
            continue;
          double error = b[k] - judgement->plain[s * n + k];
          TypeSums *sums = &scoring->types[at * n + k];
          sums->b += b[k];
          sums->b_square += b[k] * b[k];
          sums->error += error;
          sums->error_square += error * error;
        }
    }
}

/* H^-1 R: n_types x n_spots; NULL where types cannot be told apart. */
static double *
solve_plain (const SmoothReduced *reduced)
{
  int n = reduced->n_types, info = 0;
  g_autofree double *factor = g_memdup2 (reduced->h, (gsize) (n * n) * sizeof (double));

  if (reduced->sigma < 1e-10)
    return NULL;
  smooth_i_blas_init ();
  dpotrf_ ("L", &n, factor, &n, &info);
  if (info != 0)
    return NULL;
  double *plain = g_memdup2 (reduced->r, (gsize) reduced->n_spots * (gsize) n * sizeof (double));
  cblas_dtrsm (CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, (int) reduced->n_spots, 1.0, factor, n, plain, n);
  cblas_dtrsm (CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, (int) reduced->n_spots, 1.0, factor, n, plain, n);
  return plain;
}

static void
take_proportions (SmoothMatrix *fitted)
{
  for (gint64 s = 0; s < fitted->n_cols; s++)
    {
      double *b = smooth_matrix_column (fitted, s), total = 1e-8;
      for (gint64 k = 0; k < fitted->n_rows; k++)
        total += b[k] = MAX (b[k], 0.0);
      for (gint64 k = 0; k < fitted->n_rows; k++)
        b[k] /= total;
    }
}

/* Multiplies each type by what suits the test half best: (H o P P') a = sum over spots of p o r. */
static void
rescale_types (const SmoothReduced *test, SmoothMatrix *fitted)
{
  int n = test->n_types, one = 1, info = 0;
  g_autofree double *m = g_new0 (double, n * n), *a = g_new0 (double, n);
  double largest = 0.0;

  smooth_i_blas_init ();
  cblas_dsyrk (CblasColMajor, CblasLower, CblasNoTrans, n, (int) fitted->n_cols, 1.0, fitted->values, n, 0.0, m, n);
  for (gint64 s = 0; s < fitted->n_cols; s++)
    for (gint k = 0; k < n; k++)
      a[k] += smooth_matrix_column (fitted, s)[k] * test->r[s * n + k];
  for (gint k = 0; k < n; k++)
    for (gint l = k; l < n; l++)
      m[k * n + l] *= test->h[k * n + l];
  for (gint k = 0; k < n; k++)
    largest = MAX (largest, m[k * n + k]);
  for (gint k = 0; k < n; k++)
    m[k * n + k] += LEAST_CURVATURE * MAX (largest, G_MINDOUBLE); /* types that are nowhere, or alike */
  dpotrf_ ("L", &n, m, &n, &info);
  if (info != 0)
    return;
  cblas_dtrsv (CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, m, n, a, one);
  cblas_dtrsv (CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, n, m, n, a, one);
  for (gint64 s = 0; s < fitted->n_cols; s++)
    for (gint k = 0; k < n; k++)
      smooth_matrix_column (fitted, s)[k] *= a[k];
}

static gboolean
solve_point (Scoring *scoring, SmoothDeconvolver *solver, Judgement *judgement, double lambda, GError **error)
{
  const SmoothChoosing *choosing = scoring->choosing;
  SmoothDeconvolutionSettings settings = choosing->model;
  SmoothInfo info;

  settings.lambda = lambda;
  gboolean is_squares = settings.kind <= SMOOTH_MODEL_LINEAR;
  settings.tolerance = is_squares ? MIN (settings.tolerance, 1e-6) : MAX (settings.tolerance, 1e-5);
  if (!smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, choosing->run, error))
    return FALSE;
  g_autoptr (SmoothMatrix) fitted = smooth_deconvolver_dup_abundances (solver, error);
  if (fitted == NULL)
    return FALSE;
  if (!is_squares)
    {
      take_proportions (fitted);
      rescale_types (judgement->test, fitted);
    }
  judgement->fitted = fitted;
  smooth_i_parallel (smooth_run_get_n_threads (choosing->run), scoring->n_blocks, judge_block, judgement);
  smooth_run_report (choosing->run, (double) ++scoring->n_done / (double) scoring->n_solves, "fitting halves of the data");
  return TRUE;
}

/* Fits one half at every point, from weak to strong smoothing so that each solve starts near its end, and lets the other judge. */
static gboolean
fit_half (Scoring *scoring, SmoothReduced *train, const SmoothReduced *test, GError **error)
{
  const SmoothChoosing *choosing = scoring->choosing;
  const double *confidences = choosing->inputs->confidences;
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (train);
  g_autofree double *plain = solve_plain (test);
  Judgement judgement = { .scoring = scoring, .test = test, .plain = plain };
  gboolean by_genes = choosing->choice->method == SMOOTH_CHOOSE_GENES;
  double factor = by_genes ? (double) choosing->reduced->n_genes / (double) train->n_genes : 1.0;

  if (!solve_point (scoring, solver, &judgement, 0.0, error))
    return FALSE;
  for (gint64 r = 0; r < choosing->n_rhos; r++)
    {
      SmoothPrecision *precision = choosing->precisions[r];
      double unit = factor * smooth_strength_get_unit (train, &choosing->model, precision, confidences);
      if (!precision->is_semidefinite)
        continue;
      if (!smooth_deconvolver_set_precision (solver, precision, confidences, error))
        return FALSE;
      for (gint64 i = 0; i < choosing->n_strengths; i++)
        {
          judgement.point = smooth_i_choosing_point (choosing, r, i);
          if (!solve_point (scoring, solver, &judgement, choosing->choice->points[judgement.point].strength * unit, error))
            return FALSE;
        }
    }
  return TRUE;
}

/* The data of both halves of the counts. */
static gboolean
split_counts (const SmoothChoosing *choosing, guint64 seed, SmoothReduced *reduced[2], GError **error)
{
  const SmoothChooseInputs *inputs = choosing->inputs;

  g_autoptr (SmoothHalves) halves
      = smooth_halves_new (inputs->section, inputs->signature, inputs->prepare, choosing->prepared, seed, choosing->run, error);
  for (gint h = 0; halves != NULL && h < 2; h++)
    {
      reduced[h] = smooth_reduced_new (halves->signature, halves->expression[h], choosing->model.bias, choosing->run, error);
      if (reduced[h] == NULL)
        return FALSE;
    }
  return halves != NULL;
}

/* Both directions of one split; adds each half's total to *total. */
static gboolean
use_split (Scoring *scoring, gint split, double *total, GError **error)
{
  const SmoothChoosing *choosing = scoring->choosing;
  guint64 seed = (guint64) choosing->settings.seed << 32 | (guint64) split;
  SmoothReduced *reduced[2] = { NULL, NULL };

  gboolean good = choosing->choice->method == SMOOTH_CHOOSE_GENES ? smooth_i_split_genes (choosing, seed, reduced, error)
                                                                  : split_counts (choosing, seed, reduced, error);
  good = good && fit_half (scoring, reduced[0], reduced[1], error) && fit_half (scoring, reduced[1], reduced[0], error);
  if (good)
    *total += reduced[0]->total + reduced[1]->total;
  smooth_reduced_unref (reduced[0]);
  smooth_reduced_unref (reduced[1]);
  return good;
}

/* Mean over spots of a point's block sums less those of another (or 0), and its standard error by leaving out blocks. */
static double
mean_difference (const Scoring *scoring, const double *sums, const double *other, double *error)
{
  double n_values = (double) scoring->n_spots * scoring->n_uses, mean = 0.0, square = 0.0, n = (double) scoring->n_blocks;

  for (gint64 b = 0; b < scoring->n_blocks; b++)
    mean += (sums[b] - (other != NULL ? other[b] : 0.0)) / n;
  for (gint64 b = 0; b < scoring->n_blocks; b++)
    {
      double d = sums[b] - (other != NULL ? other[b] : 0.0) - mean;
      square += d * d;
    }
  *error = n > 1.0 ? sqrt (square * n / (n - 1.0)) / n_values : NAN;
  return mean * n / n_values;
}

/* Whether a point was solved: its rho may have been left out. */
static gboolean
is_scored (const SmoothChoosing *choosing, gint64 point)
{
  return point == 0 || choosing->precisions[(point - 1) / choosing->n_strengths]->is_semidefinite;
}

static void
score_points (const Scoring *scoring, double total)
{
  const SmoothChoosing *choosing = scoring->choosing;
  SmoothChoice *choice = choosing->choice;
  double level = total / ((double) scoring->n_spots * scoring->n_uses);

  for (gint64 p = 0; p < choice->n_points; p++)
    if (is_scored (choosing, p))
      {
        SmoothChoicePoint *point = &choice->points[p];
        point->score = level + mean_difference (scoring, scoring->scores + p * scoring->n_blocks, NULL, &point->score_error);
        if (point->score < choice->points[choice->best].score)
          choice->best = p;
      }
  choice->chosen = choice->best;
  for (gint64 p = 0; p < choice->n_points; p++)
    if (is_scored (choosing, p))
      {
        SmoothChoicePoint *point = &choice->points[p];
        const double *best = scoring->scores + choice->best * scoring->n_blocks;
        point->difference = mean_difference (scoring, scoring->scores + p * scoring->n_blocks, best, &point->difference_error);
        if (choice->best > 0 && p > 0 && point->rho == choice->points[choice->best].rho && point->difference <= point->difference_error
            && point->lambda > choice->points[choice->chosen].lambda)
          choice->chosen = p;
      }
}

/* The sums of type k at a point over all blocks. */
static TypeSums
add_blocks (const Scoring *scoring, gint64 point, gint k)
{
  TypeSums sums = { 0 };

  for (gint64 b = 0; b < scoring->n_blocks; b++)
    {
      const TypeSums *block = &scoring->types[(point * scoring->n_blocks + b) * scoring->n_types + k];
      sums.b += block->b;
      sums.b_square += block->b_square;
      sums.error += block->error;
      sums.error_square += block->error_square;
    }
  return sums;
}

/* For each block: the sum of squared errors about their mean over all blocks, the mean held. */
static void
centre_errors (const Scoring *scoring, gint64 point, gint k, double *centred)
{
  double count = (double) scoring->n_spots * scoring->n_uses, mean = add_blocks (scoring, point, k).error / count;

  for (gint64 b = 0; b < scoring->n_blocks; b++)
    {
      const TypeSums *block = &scoring->types[(point * scoring->n_blocks + b) * scoring->n_types + k];
      double n_values = (double) ((b + 1) * scoring->n_spots / scoring->n_blocks - b * scoring->n_spots / scoring->n_blocks) * scoring->n_uses;
      centred[b] = block->error_square - 2.0 * mean * block->error + n_values * mean * mean;
    }
}

static void
score_types (const Scoring *scoring)
{
  SmoothChoice *choice = scoring->choosing->choice;
  double count = (double) scoring->n_spots * scoring->n_uses;
  gint n_untold = 0;
  g_autofree double *zero = g_new (double, scoring->n_blocks), *chosen = g_new (double, scoring->n_blocks);

  for (gint k = 0; k < scoring->n_types; k++)
    {
      double variance = 0.0, square = 0.0, error;
      for (gint i = 0; i < 2; i++)
        {
          TypeSums sums = add_blocks (scoring, i == 0 ? 0 : choice->chosen, k);
          variance = MAX (variance, (sums.b_square - sums.b * sums.b / count) / count);
          square = MAX (square, sums.b_square / count);
        }
      if (!(variance > 1e-12 * square))
        continue; /* the type is nowhere, or everywhere the same */
      centre_errors (scoring, 0, k, zero);
      centre_errors (scoring, choice->chosen, k, chosen);
      double gain = mean_difference (scoring, zero, chosen, &error) / variance;
      if (fabs (gain) > LARGEST_GAIN + 2.0 * error / variance)
        {
          n_untold++;
          continue;
        }
      choice->type_gains[k] = gain;
      choice->type_errors[k] = error / variance;
    }
  if (n_untold > 0)
    smooth_report_add (choice->report, SMOOTH_REPORT_NOTE,
                       "the signatures of %d types resemble others too much to tell whether smoothing helps them", n_untold);
}

/**
 * smooth_i_choose_by_halves:
 *
 * 2 splits (1 + n_rhos n_strengths) solves, each started from the one before; N_BLOCKS (1 + 4 K) doubles a point of memory.
 */
gboolean
smooth_i_choose_by_halves (SmoothChoosing *choosing, GError **error)
{
  SmoothChoice *choice = choosing->choice;
  Scoring scoring = { .choosing = choosing, .n_spots = choosing->prepared->n_spots, .n_types = (gint) choosing->prepared->n_types };
  double total = 0.0;

  scoring.n_blocks = MIN (N_BLOCKS, scoring.n_spots);
  scoring.n_uses = 2 * choosing->settings.splits;
  scoring.n_solves = scoring.n_uses * choice->n_points;
  scoring.scores = g_new0 (double, choice->n_points * scoring.n_blocks);
  scoring.types = g_new0 (TypeSums, choice->n_points * scoring.n_blocks * scoring.n_types);
  gboolean good = TRUE;
  for (gint split = 0; split < choosing->settings.splits && good; split++)
    good = use_split (&scoring, split, &total, error);
  if (good)
    {
      score_points (&scoring, total);
      if (choosing->reduced->sigma >= 1e-10)
        score_types (&scoring);
      else
        smooth_report_add (choice->report, SMOOTH_REPORT_NOTE,
                           "some types cannot be told apart by their signatures: whether smoothing helps each type is not told");
    }
  g_free (scoring.scores);
  g_free (scoring.types);
  return good;
}
