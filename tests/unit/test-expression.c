/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of section/expression: the variability from its definition, which genes are chosen, threads, bad input. */
#include "base/error.h"
#include "base/rng.h"
#include "section/expression.h"

#include "made-section.h"

#include <math.h>

#define N_SPOTS 200
#define N_GENES 30

/* Poisson counts; every fifth gene differs between two halves of the spots, gene 7 is nowhere, gene 8 in two spots. */
static SmoothSection *
new_section (void)
{
  g_auto (GStrv) barcodes = g_new0 (char *, N_SPOTS + 1), genes = g_new0 (char *, N_GENES + 1);
  g_autofree double *counts = g_new0 (double, N_SPOTS * N_GENES);
  SmoothRng rng;

  smooth_i_rng_init (&rng, 5, 0);
  for (gint s = 0; s < N_SPOTS; s++)
    {
      double depth = 0.5 + smooth_i_rng_uniform (&rng);
      barcodes[s] = g_strdup_printf ("SPOT%03d-1", s);
      for (gint g = 0; g < N_GENES; g++)
        {
          double mean = depth * (1.0 + g % 4) * (g % 5 == 0 && s % 2 == g % 2 ? 5.0 : 1.0);
          counts[s * N_GENES + g] = g == 7 ? 0.0 : g == 8 ? 50.0 * (s < 2) : (double) smooth_i_rng_poisson (&rng, mean);
        }
    }
  for (gint g = 0; g < N_GENES; g++)
    genes[g] = g_strdup_printf ("G%d", g);
  return made_section_new ((const char *const *) barcodes, (const char *const *) genes, (const char *const *) genes, counts);
}

static void
test_variability (void)
{
  g_autoptr (SmoothSection) section = new_section ();
  gint64 n;
  g_autofree gint32 *spots = smooth_section_dup_analysed (section, &n);
  g_autofree double *variability = smooth_section_dup_variability (section, spots, n, NULL);
  double total = 0.0;

  for (gint64 s = 0; s < n; s++)
    total += section->total_counts[spots[s]];
  for (gint64 g = 0; g < N_GENES; g++)
    {
      g_autofree double *counts = smooth_section_dup_gene_values (section, g);
      double share = 0.0, sum = 0.0, squares = 0.0;
      for (gint64 s = 0; s < n; s++)
        share += counts[spots[s]] / total;
      for (gint64 s = 0; s < n && share > 0.0; s++)
        {
          double mu = share * section->total_counts[spots[s]];
          double z = CLAMP ((counts[spots[s]] - mu) / sqrt (mu + mu * mu / 100.0), -sqrt ((double) n), sqrt ((double) n));
          sum += z / (double) n;
          squares += z * z / (double) n;
        }
      g_assert_cmpfloat (fabs (variability[g] - (squares - sum * sum)), <, 1e-9 * (1.0 + squares));
      if (g % 5 == 0)
        g_assert_cmpfloat (variability[g], >, 1.5);
    }
}

/* The six genes that differ come first, with those that two spots have left out; values are those of all genes. */
static void
test_choice (void)
{
  g_autoptr (SmoothSection) section = new_section ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (3);
  SmoothExpressionSettings settings = { 6 };
  g_autoptr (SmoothExpression) few = smooth_expression_new (section, NULL, &settings, run, &error);

  g_assert_no_error (error);
  g_assert_cmpint (few->n_genes, ==, 6);
  for (gint64 i = 0; i < 6; i++)
    g_assert_cmpint (few->genes[i], ==, 5 * i);
  settings.n_genes = 0;
  g_autoptr (SmoothExpression) all = smooth_expression_new (section, NULL, &settings, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (all->n_genes, ==, N_GENES - 1);
  settings.n_genes = 1000;
  g_autoptr (SmoothExpression) most = smooth_expression_new (section, NULL, &settings, NULL, &error);
  g_assert_cmpint (most->n_genes, ==, N_GENES - 2);
  for (gint64 s = 0; s < few->n_spots; s++)
    for (gint64 e = few->values->starts[s]; e < few->values->starts[s + 1]; e++)
      {
        gint32 gene = few->genes[few->values->rows[e]];
        g_autofree double *counts = smooth_section_dup_gene_values (section, gene);
        double expected = log1p (counts[few->spots[s]] / section->total_counts[few->spots[s]] * few->depth);
        g_assert_cmpfloat (fabs (few->values->values[e] - expected), <, 1e-12);
      }
}

static void
test_bad_input (void)
{
  static const char *const barcodes[] = { "AAACCCGGGT-1", "CCCGGGTTTA-1", NULL };
  static const char *const genes[] = { "G1", NULL };
  static const double nothing[] = { 0, 0 }, something[] = { 0, 3 };
  g_autoptr (SmoothSection) empty = made_section_new (barcodes, genes, genes, nothing);
  g_autoptr (SmoothSection) one = made_section_new (barcodes, genes, genes, something);
  g_autoptr (GError) error = NULL;
  SmoothExpressionSettings settings = { -1 };

  g_assert_null (smooth_expression_new (empty, NULL, NULL, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_null (smooth_expression_new (one, NULL, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);
  g_autoptr (SmoothExpression) expression = smooth_expression_new (one, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (expression->n_spots, ==, 1);
  g_assert_cmpint (expression->n_genes, ==, 1);
  g_assert_cmpfloat (expression->variability[0], ==, 0.0);
}

/* Given genes have the very values that they have among all of them. */
static void
test_given (void)
{
  static const gint32 genes[] = { 2, 7, 21 };
  g_autoptr (SmoothSection) section = new_section ();
  g_autoptr (GError) error = NULL;
  SmoothExpressionSettings settings = { .n_genes = 0 };
  g_autoptr (SmoothExpression) all = smooth_expression_new (section, NULL, &settings, NULL, &error);
  g_autoptr (SmoothExpression) given = smooth_expression_new_of_genes (section, genes, 3, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (given->n_genes, ==, 3);
  g_assert_null (given->variability);
  g_assert_cmpfloat (given->depth, ==, all->depth);
  g_autofree double *found = g_new0 (double, 3 * N_SPOTS), *expected = g_new0 (double, 3 * N_SPOTS);
  for (gint64 s = 0; s < given->n_spots; s++)
    for (gint64 e = given->values->starts[s]; e < given->values->starts[s + 1]; e++)
      found[3 * s + given->values->rows[e]] = given->values->values[e];
  for (gint64 s = 0; s < all->n_spots; s++)
    for (gint64 e = all->values->starts[s]; e < all->values->starts[s + 1]; e++)
      for (gint64 i = 0; i < 3; i++)
        if (all->genes[all->values->rows[e]] == genes[i])
          expected[3 * s + i] = all->values->values[e];
  g_assert_cmpmem (found, 3 * N_SPOTS * sizeof (double), expected, 3 * N_SPOTS * sizeof (double));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/expression/variability", test_variability);
  g_test_add_func ("/expression/choice", test_choice);
  g_test_add_func ("/expression/given", test_given);
  g_test_add_func ("/expression/bad-input", test_bad_input);
  return g_test_run ();
}
