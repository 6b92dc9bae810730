/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of choosing the lambdas of spatial PCA: planted smooth patterns are found nearly as well as the best lambda finds them. */
#include "model/choose-pca.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

#define SIZE 24
#define N (SIZE * SIZE)
#define G 40
#define H 2

typedef struct
{
  SmoothPrecision *precision;
  SmoothSparse *expression; /* G x N */
  double truth[H][N];
} Problem;

static double
draw_normal (GRand *rand)
{
  double u = 1.0 - g_rand_double (rand), v = g_rand_double (rand);

  return sqrt (-2.0 * log (u)) * cos (2.0 * G_PI * v);
}

/* Two waves of @length spots, mixed into genes, and noise. */
static void
make_problem (Problem *problem, double length, double noise, double unit)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (SmoothMatrix) y = smooth_matrix_new (G, N, NULL);
  double coords[2 * N], loadings[G][H];
  SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = 0.99 };

  for (gint i = 0; i < N; i++)
    {
      coords[2 * i] = 100.0 * (i % SIZE + (i / SIZE % 2) * 0.5);
      coords[2 * i + 1] = 86.6 * (i / SIZE);
      problem->truth[0][i] = length > 0.0 ? sin (2.0 * G_PI * coords[2 * i] / (100.0 * length)) : 0.0;
      problem->truth[1][i] = length > 0.0 ? cos (2.0 * G_PI * coords[2 * i + 1] / (100.0 * length)) : 0.0;
    }
  for (gint g = 0; g < G; g++)
    for (gint k = 0; k < H; k++)
      loadings[g][k] = draw_normal (rand);
  for (gint i = 0; i < N; i++)
    for (gint g = 0; g < G; g++)
      smooth_matrix_column (y, i)[g] = unit
                                       * (5.0 + loadings[g][0] * problem->truth[0][i] + loadings[g][1] * problem->truth[1][i]
                                          + noise * draw_normal (rand));
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, 100.0, NULL, NULL, NULL);
  problem->precision = smooth_precision_new (graph, &prior, NULL, NULL);
  problem->expression = smooth_sparse_new_from_dense (y, NULL);
}

static void
problem_clear (Problem *problem)
{
  smooth_precision_unref (problem->precision);
  smooth_sparse_unref (problem->expression);
}

/* The share of the planted patterns that scores of that smoothness do not span, by Gram and Schmidt. */
static double
get_error (const Problem *problem, double lambda, double score_lambda)
{
  SmoothPcaSettings settings;
  double basis[H + 1][N], left = 0.0, all = 0.0;

  smooth_params_init (&smooth_pca_params, &settings);
  settings.n_components = H;
  settings.lambda = lambda;
  g_autoptr (SmoothGrams) grams =
      smooth_grams_new_from_precision (problem->expression, problem->precision, NULL, NULL, NULL);
  g_autoptr (SmoothPca) pca = smooth_pca_new (grams, &settings, 0.0, NULL, NULL);
  g_autoptr (SmoothMatrix) scores =
      smooth_posterior_scores (problem->precision, pca->scores, score_lambda, NULL, NULL, NULL);
  for (gint k = 0; k <= H; k++)
    {
      double norm = 0.0;
      for (gint i = 0; i < N; i++)
        basis[k][i] = k == 0 ? 1.0 : smooth_matrix_column (scores, i)[k - 1];
      for (gint l = 0; l < k; l++)
        {
          double product = 0.0;
          for (gint i = 0; i < N; i++)
            product += basis[k][i] * basis[l][i];
          for (gint i = 0; i < N; i++)
            basis[k][i] -= product * basis[l][i];
        }
      for (gint i = 0; i < N; i++)
        norm += basis[k][i] * basis[k][i];
      for (gint i = 0; i < N; i++)
        basis[k][i] /= sqrt (norm);
    }
  for (gint t = 0; t < H; t++)
    {
      double square = 0.0;
      for (gint i = 0; i < N; i++)
        square += problem->truth[t][i] * problem->truth[t][i];
      all += square;
      left += square;
      for (gint k = 0; k <= H; k++)
        {
          double product = 0.0;
          for (gint i = 0; i < N; i++)
            product += basis[k][i] * problem->truth[t][i];
          left -= product * product;
        }
    }
  return left / all;
}

static SmoothPcaChoice *
choose (const Problem *problem, gint seed, gint n_threads, gboolean scale)
{
  SmoothPcaSettings settings;
  SmoothPcaChooseSettings choose;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (n_threads);

  smooth_params_init (&smooth_pca_params, &settings);
  smooth_params_init (&smooth_pca_choose_params, &choose);
  settings.n_components = H;
  settings.scale = scale;
  choose.seed = seed;
  SmoothPcaChoice *choice = smooth_pca_choose (problem->expression, problem->precision, &settings, &choose, run, &error);
  g_assert_no_error (error);
  return choice;
}

/* The choice finds what was planted much better than plain PCA does, nearly as well as the best of the grid; the surface is as it says. */
static void
test_planted (void)
{
  const double lengths[] = { 12.0, 24.0 }, noises[] = { 2.0, 4.0 };

  for (gint c = 0; c < 4; c++)
    {
      Problem problem;
      double least = INFINITY, best = INFINITY;
      make_problem (&problem, lengths[c % 2], noises[c / 2], 1.0);
      g_autoptr (SmoothPcaChoice) choice = choose (&problem, 1, 2, TRUE);
      const SmoothPcaChoicePoint *chosen = &choice->points[choice->chosen];
      for (gint64 p = 0; p < choice->n_points; p++)
        {
          const SmoothPcaChoicePoint *point = &choice->points[p];
          least = MIN (least, get_error (&problem, point->lambda, point->score_lambda));
          best = MIN (best, point->unexplained);
          g_assert_cmpfloat (fabs (point->difference - point->unexplained + choice->points[choice->best].unexplained), <,
                             1e-12);
          g_assert_cmpfloat (point->lambda, ==, choice->points[p - p % choice->n_score_lambdas].lambda);
          g_assert_true (p % choice->n_score_lambdas == 0 ? point->score_lambda == 0.0
                                                          : point->score_lambda > point[-1].score_lambda);
        }
      double error = get_error (&problem, chosen->lambda, chosen->score_lambda), plain = get_error (&problem, 0.0, 0.0);
      g_test_message (
          "waves of %g spots, noise %g: lambda %g and %g leave %.4f of the patterns, the best %.4f, plain PCA %.4f",
          lengths[c % 2], noises[c / 2], chosen->lambda, chosen->score_lambda, error, least, plain);
      g_assert_cmpfloat (choice->points[choice->best].unexplained, ==, best);
      g_assert_cmpfloat (chosen->difference, <=, chosen->difference_error);
      g_assert_cmpfloat (error, <, 0.6 * plain);
      g_assert_cmpfloat (error, <, 2.5 * least);
      g_assert_cmpfloat (choice->points[choice->best_lambda].score_lambda, ==, 0.0);
      g_assert_cmpfloat (choice->points[choice->best_score_lambda].lambda, ==, 0.0);
      problem_clear (&problem);
    }
}

/* What is left is |y - U z|^2 of spots that took no part: it can be told from the truth. Noise alone explains nothing. */
static void
test_level (void)
{
  Problem problem;

  make_problem (&problem, 12.0, 2.0, 1.0);
  g_autoptr (SmoothPcaChoice) choice = choose (&problem, 1, 1, FALSE);
  double signal = 0.0, total = 0.0;
  for (gint g = 0; g < G; g++)
    {
      double mean = 0.0, square = 0.0;
      for (gint i = 0; i < N; i++)
        mean += problem.expression->values[i * G + g] / N;
      for (gint i = 0; i < N; i++)
        square += pow (problem.expression->values[i * G + g] - mean, 2.0);
      total += square;
      signal += square - 4.0 * N; /* the noise is 2 */
    }
  g_test_message ("left at best %.3f, of noise alone %.3f", choice->points[choice->best].unexplained, 1.0 - signal / total);
  g_assert_cmpfloat (choice->points[choice->best].unexplained, >, 1.0 - signal / total);
  g_assert_cmpfloat (choice->points[choice->best].unexplained, <, 1.0 - signal / total + 0.06);
  problem_clear (&problem);

  make_problem (&problem, 0.0, 1.0, 1.0);
  g_autoptr (SmoothPcaChoice) noise = choose (&problem, 1, 1, TRUE);
  for (gint64 p = 0; p < noise->n_points; p++)
    g_assert_cmpfloat (noise->points[p].unexplained, >, 0.995);
  g_assert_cmpfloat (noise->points[noise->chosen].score_lambda, >=, 10.0);
  problem_clear (&problem);
}

/* The unit of expression and the number of threads change nothing; another seed hides other spots. */
static void
test_same (void)
{
  Problem a, b;

  make_problem (&a, 10.0, 2.0, 1.0);
  make_problem (&b, 10.0, 2.0, 1e-3);
  for (gint scale = 0; scale <= 1; scale++)
    {
      g_autoptr (SmoothPcaChoice) one = choose (&a, 1, 1, scale), three = choose (&a, 1, 3, scale),
                                  small = choose (&b, 1, 1, scale);
      g_autoptr (SmoothPcaChoice) other = choose (&a, 2, 1, scale);
      g_assert_cmpint (memcmp (one->points, three->points, sizeof (SmoothPcaChoicePoint) * (gsize) one->n_points), ==, 0);
      g_assert_cmpint (one->chosen, ==, small->chosen);
      g_assert_cmpfloat (one->points[5].unexplained, !=, other->points[5].unexplained);
      for (gint64 p = 0; p < one->n_points; p++)
        g_assert_cmpfloat (fabs (one->points[p].unexplained - small->points[p].unexplained), <, 1e-9);
    }
  problem_clear (&a);
  problem_clear (&b);
}

static void
test_bad_input (void)
{
  Problem problem;
  SmoothPcaChooseSettings settings;
  g_autoptr (GError) error = NULL;

  make_problem (&problem, 10.0, 1.0, 1.0);
  const gint32 few[] = { 0, 1, 2 };
  g_autoptr (SmoothSparse) part = smooth_sparse_new_columns (problem.expression, few, 3, NULL);
  g_assert_null (smooth_pca_choose (part, problem.precision, NULL, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "the 576 spots"));
  g_clear_error (&error);
  smooth_params_init (&smooth_pca_choose_params, &settings);
  settings.folds = 1;
  g_assert_null (smooth_pca_choose (problem.expression, problem.precision, NULL, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_autoptr (SmoothRun) run = smooth_run_new (1);
  smooth_run_cancel (run);
  g_assert_null (smooth_pca_choose (problem.expression, problem.precision, NULL, NULL, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  problem_clear (&problem);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/choose-pca/planted", test_planted);
  g_test_add_func ("/choose-pca/level", test_level);
  g_test_add_func ("/choose-pca/same", test_same);
  g_test_add_func ("/choose-pca/bad-input", test_bad_input);
  return g_test_run ();
}
