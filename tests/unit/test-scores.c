/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of scores against numbers worked out by hand. */
#include "base/error.h"
#include "result/scores.h"

#include <math.h>

#define TIGHT 1e-14

static void
test_correlation (void)
{
  static const double x[] = { 1, 2, 3, 4 }, y[] = { 10, 8, 6, 4 }, z[] = { 1, 2, 3, 10 }, flat[] = { 2, 2, 2, 2 };

  g_assert_cmpfloat_with_epsilon (smooth_score_correlation (x, y, 4), -1.0, TIGHT);
  g_assert_cmpfloat_with_epsilon (smooth_score_correlation (x, z, 4), 14.0 / sqrt (5.0 * 50.0), TIGHT);
  g_assert_true (isnan (smooth_score_correlation (x, flat, 4)));
  g_assert_cmpfloat_with_epsilon (smooth_score_rmse (x, z, 4), 3.0, TIGHT);
  g_assert_true (isnan (smooth_score_rmse (x, z, 0)));
}

static void
test_divergence (void)
{
  static const double a[] = { 1, 0 }, b[] = { 0, 5 }, c[] = { 3, 3 }, d[] = { -1, 2 }, none[] = { 0, -3 };

  g_assert_cmpfloat_with_epsilon (smooth_score_divergence (a, b, 2), 1.0, TIGHT);
  g_assert_cmpfloat_with_epsilon (smooth_score_divergence (c, c, 2), 0.0, TIGHT);
  /* p = (1, 0), q = (1/2, 1/2), m = (3/4, 1/4) */
  g_assert_cmpfloat_with_epsilon (smooth_score_divergence (a, c, 2), 0.5 * log2 (4.0 / 3.0) + 0.25 * log2 (2.0 / 3.0) + 0.25, TIGHT);
  g_assert_cmpfloat_with_epsilon (smooth_score_divergence (d, b, 2), 0.0, TIGHT);
  g_assert_true (isnan (smooth_score_divergence (a, none, 2)));
}

static void
test_aupr (void)
{
  static const double found[] = { 0.9, 0.8, 0.7, 0.6, 0.5 }, truth[] = { 1, 0, 0.2, 0, 0.05 }, same[] = { 3, 3, 3, 3, 3 };
  static const double nowhere[] = { 0, 0, 0, 0, 0 };

  /* present: ranks 1, 3, 5 -> precisions 1, 2/3, 3/5 */
  g_assert_cmpfloat_with_epsilon (smooth_score_aupr (found, truth, 5, 0.0), (1.0 + 2.0 / 3.0 + 0.6) / 3.0, TIGHT);
  g_assert_cmpfloat_with_epsilon (smooth_score_aupr (found, truth, 5, 0.1), (1.0 + 2.0 / 3.0) / 2.0, TIGHT);
  g_assert_cmpfloat_with_epsilon (smooth_score_aupr (same, truth, 5, 0.0), 0.6, TIGHT);
  g_assert_true (isnan (smooth_score_aupr (found, nowhere, 5, 0.0)));
}

/* Two types x three spots; the second type is found nowhere, and the last spot holds nothing in truth. */
static void
test_compute (void)
{
  static const double f[] = { 0.5, 0, 1, 0, 0.25, 0 }, t[] = { 0.25, 0.75, 1, 0, 0, 0 };
  g_autoptr (SmoothMatrix) found = smooth_matrix_new_from_values (2, 3, f, NULL);
  g_autoptr (SmoothMatrix) truth = smooth_matrix_new_from_values (2, 3, t, NULL);
  g_autoptr (SmoothMatrix) other = smooth_matrix_new_from_values (3, 2, t, NULL);
  g_autoptr (GError) error = NULL;
  SmoothScores rows[2], all;
  static const double f0[] = { 0.5, 1, 0.25 }, t0[] = { 0.25, 1, 0 };

  g_assert_true (smooth_scores_compute (found, truth, 0.0, rows, &all, &error));
  g_assert_cmpfloat_with_epsilon (rows[0].r, smooth_score_correlation (f0, t0, 3), TIGHT);
  g_assert_cmpfloat_with_epsilon (rows[0].jsd, smooth_score_divergence (f0, t0, 3), TIGHT);
  g_assert_cmpfloat_with_epsilon (rows[0].aupr, 1.0, TIGHT);
  g_assert_true (isnan (rows[1].r) && isnan (rows[1].jsd));
  g_assert_cmpfloat_with_epsilon (rows[1].aupr, 1.0 / 3.0, TIGHT);
  g_assert_cmpfloat_with_epsilon (all.rmse, sqrt ((0.0625 + 0.5625 + 0.0625) / 6.0), TIGHT);
  g_assert_cmpfloat_with_epsilon (all.r, smooth_score_correlation (f, t, 6), TIGHT);
  g_assert_cmpfloat_with_epsilon (all.jsd, 0.5 * smooth_score_divergence (f, t, 2), TIGHT);
  g_assert_false (smooth_scores_compute (found, other, 0.0, rows, &all, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_MISMATCH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scores/correlation", test_correlation);
  g_test_add_func ("/scores/divergence", test_divergence);
  g_test_add_func ("/scores/aupr", test_aupr);
  g_test_add_func ("/scores/compute", test_compute);
  return g_test_run ();
}
