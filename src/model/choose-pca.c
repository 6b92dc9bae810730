/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda of components and of scores by hiding spots: what is found without a spot is judged by it.
 *
 * The spots are split at random into parts. Without one part, components U, means and factors of the genes are found, and scores
 * Z = argmin |Z - U^T Y|^2 + lambda z Q z^T over the seen spots' data give scores of all spots, the hidden ones by their neighbours.
 * With y a hidden spot, centred and scaled, z its score and s = U^T y (U is orthonormal), the judgement is the share of variance left,
 *
 *     sum |y - U z|^2 / sum |y|^2,     |y - U z|^2 = |y|^2 - 2 s z + |z|^2.
 *
 * All that is a spot's own, noise of counting and whatever its genes share by depth or normalising, tells nothing of its neighbours,
 * and so counts as noise; halves of the genes of the same spot would count the latter as signal. Lambda of scores at 0 is the limit: seen
 * scores are kept and hidden ones fill in. As a hidden spot is always a mean of neighbours, patterns only a few spots wide are
 * smoothed less than would suit spots that are seen.
 *
 * Standard errors are over spots, paired. Of the points within one standard error of the best the choice is the one of the smoothest
 * scores, and of these the one that leaves least: of equal maps the smoother one.
 */
#include "model/choose-pca.h"

#include "base/error.h"
#include "base/rng.h"
#include "model/imputation.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define FIELD(name) G_STRUCT_OFFSET (SmoothPcaChooseSettings, name)
#define LAMBDA_DECADES 2
#define SCORE_DECADES 3
static const SmoothParam params[] = {
  { "pca-folds", N_ ("Parts"), SMOOTH_PARAM_INT, FIELD (folds), 5, 2, 100, "", NULL,
    N_ ("Parts of the spots, each of which is hidden once: more take longer and leave more neighbours to each hidden spot"),
    SMOOTH_PARAM_EXPERT },
  { "pca-seed", N_ ("Seed"), SMOOTH_PARAM_INT, FIELD (seed), 1, 0, G_MAXINT, "", NULL,
    N_ ("Another seed hides the spots in another order"), SMOOTH_PARAM_EXPERT },
  { "pca-lambda-max", N_ ("Largest λ of components"), SMOOTH_PARAM_DOUBLE, FIELD (lambda_max), 1, 1e-6, 1e6, "", NULL,
    N_ ("Where the grid of λ of components ends: larger tries smoother ones"), SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "score-lambda-max", N_ ("Largest λ of scores"), SMOOTH_PARAM_DOUBLE, FIELD (score_max), 100, 1e-6, 1e6, "", NULL,
    N_ ("Where the grid of λ of scores ends: larger tries smoother ones"), SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "pca-per-decade", N_ ("Values per decade"), SMOOTH_PARAM_INT, FIELD (per_decade), 2, 1, 20, "", NULL,
    N_ ("Values to try within a factor of ten: more take longer and find the best more closely"), SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_pca_choose_params = {
  "pca-choose", N_ ("Suggestion for spatial PCA"), sizeof (SmoothPcaChooseSettings), params, G_N_ELEMENTS (params),
};

typedef struct
{
  const SmoothSparse *expression;
  SmoothPrecision *precision;
  SmoothPcaSettings settings;
  SmoothPcaChooseSettings choose;
  SmoothPcaChoice *choice;
  gint32 *order; /* n_spots: in random order; every folds-th is hidden at once */
  double *left;  /* n_points x n_spots: |y - U z|^2 - |y|^2 */
  double *total; /* n_spots: |y|^2 */
  gint64 n_done, n_steps;
  SmoothRun *run;
} Choosing;

/* One part is hidden. */
typedef struct
{
  gint64 n_seen, n_hidden;
  gint32 *seen, *hidden; /* spots, ascending */
  SmoothSparse *expression; /* n_genes x n_seen */
  SmoothPrecision *precision; /* of the seen spots */
  gint64 n_components;   /* H */
  SmoothMatrix *scores;  /* n_spots x (n_lambdas H): U^T y of seen and hidden spots */
} Fold;

void
smooth_pca_choice_free (SmoothPcaChoice *choice)
{
  if (choice == NULL)
    return;
  g_free (choice->points);
  smooth_report_unref (choice->report);
  g_free (choice);
}

static void
fold_clear (Fold *fold)
{
  g_free (fold->seen);
  g_free (fold->hidden);
  smooth_sparse_unref (fold->expression);
  smooth_precision_unref (fold->precision);
  smooth_matrix_unref (fold->scores);
}

/* The i-th value of a grid that ends at @largest, 0 first. */
static double
get_grid_value (gint64 i, gint64 n, double largest, gint per_decade)
{
  return i == 0 ? 0.0 : largest * pow (10.0, (double) (i - n + 1) / per_decade);
}

static gboolean
make_points (Choosing *choosing, GError **error)
{
  SmoothPcaChoice *choice = choosing->choice;
  gint per_decade = choosing->choose.per_decade;

  choice->n_lambdas = 2 + LAMBDA_DECADES * per_decade;
  choice->n_score_lambdas = 2 + SCORE_DECADES * per_decade;
  choice->n_points = choice->n_lambdas * choice->n_score_lambdas;
  choice->points = g_new0 (SmoothPcaChoicePoint, choice->n_points);
  for (gint64 p = 0; p < choice->n_points; p++)
    {
      gint64 n = choice->n_score_lambdas;
      choice->points[p].lambda = get_grid_value (p / n, choice->n_lambdas, choosing->choose.lambda_max, per_decade);
      choice->points[p].score_lambda = get_grid_value (p % n, n, choosing->choose.score_max, per_decade);
    }
  choosing->left =
      smooth_i_try_new (double, choice->n_points * choosing->expression->n_cols, "the variances of spots", error);
  if (choosing->left != NULL)
    choosing->total = smooth_i_try_new (double, choosing->expression->n_cols, "the variances of spots", error);
  choosing->n_steps = choosing->choose.folds * (choice->n_lambdas + choice->n_score_lambdas);
  return choosing->total != NULL;
}

static gboolean
shuffle (Choosing *choosing, GError **error)
{
  gint64 n = choosing->expression->n_cols;
  SmoothRng rng;

  choosing->order = smooth_i_try_new (gint32, n, "an order of spots", error);
  smooth_i_rng_init (&rng, (guint64) choosing->choose.seed, 0);
  for (gint64 i = 0; choosing->order != NULL && i < n; i++)
    {
      gint64 swap = smooth_i_rng_index (&rng, i + 1);
      choosing->order[i] = choosing->order[swap];
      choosing->order[swap] = (gint32) i;
    }
  return choosing->order != NULL;
}

/* The prior of the seen spots: their rows and columns of Q, or of its inverse where that is what there is. */
static SmoothPrecision *
restrict_precision (const SmoothPrecision *precision, const gint32 *numbers, gint64 n_seen, GError **error)
{
  gboolean is_explicit = smooth_precision_is_explicit (precision);
  const SmoothSparse *q = is_explicit ? precision->symmetric : precision->covariance;
  gint64 next = 0;
  g_autoptr (SmoothSparse) part = smooth_sparse_new (n_seen, n_seen, smooth_sparse_get_nnz (q), error);

  for (gint64 j = 0; part != NULL && j < q->n_cols; j++)
    {
      for (gint64 e = q->starts[j]; e < q->starts[j + 1] && numbers[j] >= 0; e++)
        if (numbers[q->rows[e]] >= 0)
          {
            part->rows[next] = numbers[q->rows[e]];
            part->values[next++] = q->values[e];
          }
      if (numbers[j] >= 0)
        part->starts[numbers[j] + 1] = next;
    }
  if (part == NULL)
    return NULL;
  return is_explicit ? smooth_precision_new_from_matrix (part, error) : smooth_precision_new_from_covariance (part, error);
}

static gboolean
fold_init (Fold *fold, const Choosing *choosing, gint which, GError **error)
{
  gint64 n = choosing->expression->n_cols;
  g_autofree gint32 *numbers = smooth_i_try_new (gint32, n, "parts of the spots", error);

  fold->seen = numbers != NULL ? smooth_i_try_new (gint32, n, "parts of the spots", error) : NULL;
  fold->hidden = fold->seen != NULL ? smooth_i_try_new (gint32, n, "parts of the spots", error) : NULL;
  if (fold->hidden == NULL)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    numbers[choosing->order[i]] = i % choosing->choose.folds == which ? -1 : 0;
  for (gint64 i = 0; i < n; i++)
    if (numbers[i] < 0)
      fold->hidden[fold->n_hidden++] = (gint32) i;
    else
      {
        numbers[i] = (gint32) fold->n_seen;
        fold->seen[fold->n_seen++] = (gint32) i;
      }
  fold->expression = smooth_sparse_new_columns (choosing->expression, fold->seen, fold->n_seen, error);
  fold->precision =
      fold->expression != NULL ? restrict_precision (choosing->precision, numbers, fold->n_seen, error) : NULL;
  return fold->precision != NULL;
}

static void
report_step (Choosing *choosing)
{
  smooth_run_report (choosing->run, (double) ++choosing->n_done / (double) choosing->n_steps, "judging by hidden spots");
}

/* U^T y of all spots goes to columns first .. first + H - 1 of @scores. */
static gboolean
project (const SmoothSparse *expression, const SmoothPca *pca, gint64 first, SmoothMatrix *scores, GError **error)
{
  gint64 h = pca->n_components;
  g_autofree double *weights =
      smooth_i_try_new (double, (pca->n_genes + 2) * h, "loadings", error); /* by gene; then two rows */

  if (weights == NULL)
    return FALSE;
  double *start = weights + pca->n_genes * h, *sum = start + h;
  for (gint64 k = 0; k < h; k++)
    for (gint64 g = 0; g < pca->n_genes; g++)
      {
        weights[g * h + k] = smooth_matrix_column (pca->loadings, k)[g] * pca->factors[g];
        start[k] -= weights[g * h + k] * pca->means[g];
      }
  for (gint64 s = 0; s < expression->n_cols; s++)
    {
      memcpy (sum, start, (gsize) h * sizeof (double));
      for (gint64 e = expression->starts[s]; e < expression->starts[s + 1]; e++)
        for (gint64 k = 0; k < h; k++)
          sum[k] += weights[expression->rows[e] * h + k] * expression->values[e];
      for (gint64 k = 0; k < h; k++)
        smooth_matrix_column (scores, first + k)[s] = sum[k];
    }
  return TRUE;
}

/* |y|^2 of each hidden spot, by the means and factors of the seen ones. */
static void
measure_spots (const Choosing *choosing, const Fold *fold, const SmoothPca *pca)
{
  const SmoothSparse *y = choosing->expression;
  double zeros = 0.0;

  for (gint64 g = 0; g < pca->n_genes; g++)
    zeros += pca->factors[g] * pca->means[g] * pca->factors[g] * pca->means[g];
  for (gint64 i = 0; i < fold->n_hidden; i++)
    {
      gint32 s = fold->hidden[i];
      choosing->total[s] = zeros;
      for (gint64 e = y->starts[s]; e < y->starts[s + 1]; e++)
        {
          double factor = pca->factors[y->rows[e]], value = y->values[e];
          choosing->total[s] += factor * factor * value * (value - 2.0 * pca->means[y->rows[e]]);
        }
    }
}

/* Components of every lambda of the grid from the seen spots, and what they make of all spots. */
static gboolean
find_scores (Choosing *choosing, Fold *fold, GError **error)
{
  gint64 n_lambdas = choosing->choice->n_lambdas;
  g_autoptr (SmoothGrams) grams =
      smooth_grams_new_from_precision (fold->expression, fold->precision, NULL, choosing->run, error);

  for (gint64 l = 0; grams != NULL && l < n_lambdas; l++)
    {
      SmoothPcaSettings settings = choosing->settings;
      settings.lambda = choosing->choice->points[l * choosing->choice->n_score_lambdas].lambda;
      g_autoptr (SmoothPca) pca = smooth_pca_new (grams, &settings, 0.0, choosing->run, error);
      if (pca != NULL && l == 0)
        {
          fold->n_components = pca->n_components;
          fold->scores = smooth_matrix_new (choosing->expression->n_cols, n_lambdas * pca->n_components, error);
          if (fold->scores != NULL)
            measure_spots (choosing, fold, pca);
        }
      if (pca == NULL || fold->scores == NULL || !smooth_run_check (choosing->run, error)
          || !project (choosing->expression, pca, l * fold->n_components, fold->scores, error))
        return FALSE;
      report_step (choosing);
    }
  return grams != NULL;
}

/* Scores of all spots from those of the seen ones. */
static SmoothMatrix *
fill_in (const Choosing *choosing, const Fold *fold, double score_lambda, GError **error)
{
  SmoothImputationSettings settings;
  SmoothInfo info;
  g_autoptr (SmoothMatrix) seen = smooth_matrix_new (fold->n_seen, fold->scores->n_cols, error);

  if (seen == NULL)
    return NULL;
  for (gint64 k = 0; k < seen->n_cols; k++)
    for (gint64 i = 0; i < fold->n_seen; i++)
      smooth_matrix_column (seen, k)[i] = smooth_matrix_column (fold->scores, k)[fold->seen[i]];
  smooth_params_init (&smooth_imputation_params, &settings);
  settings.nonnegative = FALSE;
  settings.fixed = score_lambda == 0.0;
  if (score_lambda > 0.0) /* which imputation divides by the number of spots and multiplies by that of seen ones */
    settings.lambda = score_lambda * (double) choosing->expression->n_cols / (double) fold->n_seen;
  return smooth_impute (choosing->precision, fold->seen, seen, &settings, &info, NULL, choosing->run, error);
}

/* Adds z^2 - 2 s z of each hidden spot to @left. */
static void
judge (const Fold *fold, const double *z, const double *s, double *left)
{
  for (gint64 i = 0; i < fold->n_hidden; i++)
    {
      gint32 spot = fold->hidden[i];
      left[spot] += z[spot] * (z[spot] - 2.0 * s[spot]);
    }
}

static gboolean
use_fold (Choosing *choosing, Fold *fold, GError **error)
{
  SmoothPcaChoice *choice = choosing->choice;

  if (!find_scores (choosing, fold, error))
    return FALSE;
  for (gint64 m = 0; m < choice->n_score_lambdas; m++)
    {
      g_autoptr (SmoothMatrix) found = fill_in (choosing, fold, choice->points[m].score_lambda, error);
      if (found == NULL)
        return FALSE;
      for (gint64 k = 0; k < found->n_cols; k++)
        judge (fold, smooth_matrix_column (found, k), smooth_matrix_column (fold->scores, k),
               choosing->left + (k / fold->n_components * choice->n_score_lambdas + m) * choosing->expression->n_cols);
      report_step (choosing);
    }
  return TRUE;
}

/* The sum over spots of what a point leaves less what another does, and the standard error of that sum. */
static double
sum_differences (const Choosing *choosing, const double *left, const double *other, double *error)
{
  gint64 n = choosing->expression->n_cols;
  double sum = 0.0, square = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      double d = left[i] - (other != NULL ? other[i] : 0.0);
      sum += d;
      square += d * d;
    }
  *error = sqrt (MAX (square - sum * sum / (double) n, 0.0) * (double) n / (double) (n - 1));
  return sum;
}

/* Of the n points 0, step, 2 step, ...: the one that leaves least. */
static gint64
find_best (const SmoothPcaChoice *choice, gint64 step, gint64 n)
{
  gint64 best = 0;

  for (gint64 i = 1; i < n; i++)
    if (choice->points[i * step].unexplained < choice->points[best].unexplained)
      best = i * step;
  return best;
}

static void
score_points (const Choosing *choosing)
{
  SmoothPcaChoice *choice = choosing->choice;
  gint64 n = choosing->expression->n_cols;
  double total = 0.0, unused;

  for (gint64 i = 0; i < n; i++)
    total += choosing->total[i];
  for (gint64 p = 0; p < choice->n_points; p++)
    choice->points[p].unexplained = sum_differences (choosing, choosing->left + p * n, NULL, &unused) / total + 1.0;
  choice->chosen = choice->best = find_best (choice, 1, choice->n_points);
  choice->best_lambda = find_best (choice, choice->n_score_lambdas, choice->n_lambdas);
  choice->best_score_lambda = find_best (choice, 1, choice->n_score_lambdas);
  for (gint64 p = 0; p < choice->n_points; p++)
    {
      SmoothPcaChoicePoint *point = &choice->points[p];
      const SmoothPcaChoicePoint *chosen = &choice->points[choice->chosen];
      point->difference =
          sum_differences (choosing, choosing->left + p * n, choosing->left + choice->best * n, &point->difference_error)
          / total;
      point->difference_error /= total;
      gboolean is_smoother = point->score_lambda > chosen->score_lambda
                             || (point->score_lambda == chosen->score_lambda && point->unexplained < chosen->unexplained);
      if (point->difference <= point->difference_error && is_smoother)
        choice->chosen = p;
    }
}

/* What the surface says in words. */
static void
report_choice (SmoothPcaChoice *choice)
{
  const SmoothPcaChoicePoint *best = &choice->points[choice->best], *plain = &choice->points[0];

  if (choice->best / choice->n_score_lambdas == choice->n_lambdas - 1
      || choice->best % choice->n_score_lambdas == choice->n_score_lambdas - 1)
    smooth_report_add (
        choice->report, SMOOTH_REPORT_WARNING,
        "the best λ (%g of components, %g of scores) is at the end of what was tried: more may be better still",
        best->lambda, best->score_lambda);
  smooth_report_add (choice->report, SMOOTH_REPORT_NOTE,
                     "neighbours explain %.2f %% of the variance of hidden spots without smoothing and %.2f %% at best",
                     100.0 * (1.0 - plain->unexplained), 100.0 * (1.0 - best->unexplained));
}

static gboolean
check_inputs (const Choosing *choosing, GError **error)
{
  if (choosing->expression->n_cols != choosing->precision->n_spots
      || choosing->expression->n_cols < 4 * choosing->choose.folds)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "spatial PCA by hidden spots: expected expression of the %" PRId64
                        " spots of the prior, and 4 spots in each of %d parts, found expression of %" PRId64 " spots",
                        choosing->precision->n_spots, choosing->choose.folds, choosing->expression->n_cols);
      return FALSE;
    }
  return TRUE;
}

static gboolean
choose_all (Choosing *choosing, GError **error)
{
  gboolean good = check_inputs (choosing, error) && make_points (choosing, error) && shuffle (choosing, error);

  for (gint f = 0; f < choosing->choose.folds && good; f++)
    {
      Fold fold = { 0 };
      good = fold_init (&fold, choosing, f, error) && use_fold (choosing, &fold, error);
      fold_clear (&fold);
    }
  if (!good)
    return FALSE;
  score_points (choosing);
  report_choice (choosing->choice);
  return TRUE;
}

/**
 * smooth_pca_choose:
 * @expression: n_genes x n_spots
 * @settings: (nullable): %NULL for the defaults; its two lambdas are not looked at
 * @choose: (nullable): %NULL for the defaults
 *
 * For each part: Gram matrices, n_lambdas eigenproblems, n_score_lambdas sparse factors; n_points n_spots doubles.
 *
 * Returns: (transfer full): the whole surface and the choice
 */
SmoothPcaChoice *
smooth_pca_choose (const SmoothSparse *expression, SmoothPrecision *precision, const SmoothPcaSettings *settings,
                   const SmoothPcaChooseSettings *choose, SmoothRun *run, GError **error)
{
  Choosing choosing = { .expression = expression, .precision = precision, .run = run };

  smooth_params_init (&smooth_pca_params, &choosing.settings);
  smooth_params_init (&smooth_pca_choose_params, &choosing.choose);
  choosing.settings = settings != NULL ? *settings : choosing.settings;
  choosing.choose = choose != NULL ? *choose : choosing.choose;
  if (!smooth_params_check (&smooth_pca_params, &choosing.settings, error)
      || !smooth_params_check (&smooth_pca_choose_params, &choosing.choose, error))
    return NULL;
  g_autoptr (SmoothPcaChoice) choice = choosing.choice = g_new0 (SmoothPcaChoice, 1);
  choice->report = smooth_report_new ();
  gboolean good = choose_all (&choosing, error);
  g_free (choosing.order);
  g_free (choosing.left);
  g_free (choosing.total);
  return good ? g_steal_pointer (&choice) : NULL;
}
