/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of base/rng: known answers, streams, moments of the distributions, our own log and exp. */
#include "base/rng.h"

#include <math.h>

/* From the paper's reference implementation: all zeros, all ones, digits of pi. */
static void
test_known_answers (void)
{
  static const guint32 cases[3][10] = {
    { 0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
    { G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
    { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint32 out[4];
      smooth_i_philox (cases[i], cases[i] + 4, out);
      g_assert_cmpmem (out, sizeof out, cases[i] + 6, sizeof out);
    }
}

static void
test_streams_differ (void)
{
  SmoothRng a, b, c, d;
  gint equal = 0;

  smooth_i_rng_init (&a, 1, 0);
  smooth_i_rng_init (&b, 1, 1);
  smooth_i_rng_init (&c, 2, 0);
  smooth_i_rng_init (&d, 1, 0);
  for (gint i = 0; i < 1000; i++)
    {
      guint32 x = smooth_i_rng_next (&a);
      equal += x == smooth_i_rng_next (&b);
      equal += x == smooth_i_rng_next (&c);
      g_assert_cmpuint (x, ==, smooth_i_rng_next (&d));
    }
  g_assert_cmpint (equal, <, 3);
}

static void
test_log_and_exp (void)
{
  for (double x = 1e-300; x < 1e300; x *= 1.37)
    g_assert_cmpfloat (fabs (smooth_i_log (x) - log (x)), <=, 5e-16 * MAX (fabs (log (x)), 0.3));
  for (double x = 0.5; x < 2.0; x += 0.00137)
    g_assert_cmpfloat (fabs (smooth_i_log (x) - log (x)), <=, 5e-16 * MAX (fabs (log (x)), 0.1));
  for (double x = -700.0; x < 700.0; x += 0.731)
    g_assert_cmpfloat (fabs (smooth_i_exp (x) / exp (x) - 1.0), <=, 6e-16);
  g_assert_cmpfloat (smooth_i_log (1.0), ==, 0.0);
  g_assert_cmpfloat (smooth_i_exp (0.0), ==, 1.0);
  g_assert_cmpfloat (smooth_i_exp (-1e4), ==, 0.0);
}

typedef double (*Draw) (SmoothRng *rng, double a, double b);

static double uniform (SmoothRng *rng, double a, double b) { (void) a; (void) b; return smooth_i_rng_uniform (rng); }
static double draw_index (SmoothRng *rng, double a, double b) { (void) b; return (double) smooth_i_rng_index (rng, (gint64) a); }
static double normal (SmoothRng *rng, double a, double b) { (void) a; (void) b; return smooth_i_rng_normal (rng); }
static double draw_gamma (SmoothRng *rng, double a, double b) { return smooth_i_rng_gamma (rng, a, b); }
static double poisson (SmoothRng *rng, double a, double b) { (void) b; return (double) smooth_i_rng_poisson (rng, a); }
static double negative_binomial (SmoothRng *rng, double a, double b) { return (double) smooth_i_rng_negative_binomial (rng, a, b); }

/* Mean, variance and skewness against the true ones, each within five standard errors of 200,000 draws. */
static void
check_moments (Draw draw, double a, double b, double mean, double variance, double skewness, double kurtosis)
{
  const gint n = 200000;
  SmoothRng rng;
  double m = 0.0, v = 0.0, s = 0.0;
  g_autofree double *x = g_new (double, n);

  smooth_i_rng_init (&rng, 7, (guint64) (a * 1000 + b));
  for (gint i = 0; i < n; i++)
    m += (x[i] = draw (&rng, a, b)) / n;
  for (gint i = 0; i < n; i++)
    {
      v += (x[i] - m) * (x[i] - m) / n;
      s += pow ((x[i] - m) / sqrt (variance), 3.0) / n;
    }
  g_test_message ("(%g, %g): mean %g of %g, variance %g of %g, skewness %g of %g", a, b, m, mean, v, variance, s, skewness);
  g_assert_cmpfloat (fabs (m - mean), <, 5.0 * sqrt (variance / n));
  g_assert_cmpfloat (fabs (v / variance - 1.0), <, 5.0 * sqrt ((kurtosis - 1.0) / n));
  g_assert_cmpfloat (fabs (s - skewness), <, 0.05 + 0.06 * fabs (skewness));
}

static void
test_moments (void)
{
  static const double shapes[] = { 0.3, 1.0, 4.5, 100.0 };
  static const double means[] = { 0.05, 1.0, 9.9, 10.1, 80.0, 12345.0 };

  check_moments (uniform, 0, 0, 0.5, 1.0 / 12.0, 0.0, 1.8);
  check_moments (draw_index, 7, 0, 3.0, 4.0, 0.0, 1.75);
  check_moments (normal, 0, 0, 0.0, 1.0, 0.0, 3.0);
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    check_moments (draw_gamma, shapes[i], 2.0, 2.0 * shapes[i], 4.0 * shapes[i], 2.0 / sqrt (shapes[i]), 3.0 + 6.0 / shapes[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (means); i++)
    {
      double mean = means[i], size = 2.0, p = mean / (mean + size), variance = mean + mean * mean / size;
      check_moments (poisson, mean, 0, mean, mean, 1.0 / sqrt (mean), 3.0 + 1.0 / mean);
      check_moments (negative_binomial, mean, size, mean, variance, (1.0 + p) / sqrt (p * size),
                     3.0 + 6.0 / size + (1.0 - p) * (1.0 - p) / (p * size));
    }
}

/* Numbers of today: a change of any of them would change every simulated section. */
static void
test_numbers_stay (void)
{
  SmoothRng rng;

  smooth_i_rng_init (&rng, 1, 2);
  g_assert_cmpuint (smooth_i_rng_next (&rng), ==, 168492509u);
  g_assert_cmpfloat (smooth_i_rng_normal (&rng), ==, -0.23442431632006192);
  g_assert_cmpfloat (smooth_i_rng_gamma (&rng, 0.7, 3.0), ==, 0.84095214281484454);
  g_assert_cmpint (smooth_i_rng_poisson (&rng, 55.5), ==, 58);
  g_assert_cmpint (smooth_i_rng_negative_binomial (&rng, 500.0, 1.5), ==, 444);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/rng/known-answers", test_known_answers);
  g_test_add_func ("/base/rng/streams-differ", test_streams_differ);
  g_test_add_func ("/base/rng/log-and-exp", test_log_and_exp);
  g_test_add_func ("/base/rng/moments", test_moments);
  g_test_add_func ("/base/rng/numbers-stay", test_numbers_stay);
  return g_test_run ();
}
