/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A counter-based generator and the distributions that simulations need, in plain IEEE arithmetic.
 *
 * Philox 4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, 'Parallel random numbers: as easy as 1, 2, 3' (SC 2011). A
 * block of four words is a function of key and counter alone, so that any number of streams needs no state to be shared.
 * Rejection methods branch on logarithms; those of the C library differ in the last bit between systems, so that one
 * draw in 10^15 would differ and with it all that follow. Hence our own log and exp, of additions, products and
 * quotients alone.
 */
#include "base/rng.h"

#include <math.h>

#define LN2_HIGH 6.93147180369123816490e-01 /* 32 bits: times an exponent it is exact */
#define LN2_LOW 1.90821492927058770002e-10
#define SQRT_HALF 0.70710678118654752440

/**
 * smooth_i_philox:
 * @counter: 4 words
 * @key: 2 words
 * @out: (out): 4 words that look random
 */
void
smooth_i_philox (const guint32 counter[4], const guint32 key[2], guint32 out[4])
{
  guint32 c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  guint32 k0 = key[0], k1 = key[1];

  for (gint round = 0; round < 10; round++)
    {
      guint64 p0 = (guint64) 0xd2511f53 * c0, p1 = (guint64) 0xcd9e8d57 * c2;
      c0 = (guint32) (p1 >> 32) ^ c1 ^ k0;
      c1 = (guint32) p1;
      c2 = (guint32) (p0 >> 32) ^ c3 ^ k1;
      c3 = (guint32) p0;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * smooth_i_rng_init:
 * @rng: (out): the beginning of a stream
 * @seed: of the whole computation
 * @block: the stream's number; streams of one seed never overlap
 */
void
smooth_i_rng_init (SmoothRng *rng, guint64 seed, guint64 block)
{
  *rng = (SmoothRng) {
    .key = { (guint32) seed, (guint32) (seed >> 32) },
    .counter = { 0, 0, (guint32) block, (guint32) (block >> 32) },
  };
}

/**
 * smooth_i_rng_next:
 *
 * Returns: 32 random bits
 */
guint32
smooth_i_rng_next (SmoothRng *rng)
{
  if (rng->n_left == 0)
    {
      smooth_i_philox (rng->counter, rng->key, rng->buffer);
      if (++rng->counter[0] == 0)
        rng->counter[1]++;
      rng->n_left = 4;
    }
  return rng->buffer[--rng->n_left];
}

static guint64
next_64 (SmoothRng *rng)
{
  guint64 high = smooth_i_rng_next (rng);
  return high << 32 | smooth_i_rng_next (rng);
}

/**
 * smooth_i_rng_uniform:
 *
 * Returns: a number between 0 and 1, neither included, with 52 bits
 */
double
smooth_i_rng_uniform (SmoothRng *rng)
{
  return ((double) (next_64 (rng) >> 12) + 0.5) * 0x1p-52;
}

/**
 * smooth_i_rng_index:
 * @n: at least 1
 *
 * Returns: one of 0 .. @n - 1, each as likely as the others
 */
gint64
smooth_i_rng_index (SmoothRng *rng, gint64 n)
{
  guint64 range = (guint64) n;
  guint64 limit = G_MAXUINT64 - G_MAXUINT64 % range; /* a multiple of n */
  guint64 x;

  do
    x = next_64 (rng);
  while (x >= limit);
  return (gint64) (x % range);
}

/**
 * smooth_i_log:
 * @x: positive and finite
 *
 * Returns: the natural logarithm, within 2 units of the last place, the same on every machine
 */
double
smooth_i_log (double x)
{
  int exponent;
  double m = frexp (x, &exponent);

  if (m < SQRT_HALF)
    {
      m *= 2.0;
      exponent--;
    }

  /* log m = 2 artanh s; |s| < 0.172, so that the last term is below 1e-18. */
  double s = (m - 1.0) / (m + 1.0), z = s * s, sum = 0.0;
  for (gint k = 23; k >= 3; k -= 2)
    sum = (sum + 1.0 / k) * z;
  return exponent * LN2_HIGH + (2.0 * s + (2.0 * s * sum + exponent * LN2_LOW));
}

/**
 * smooth_i_exp:
 *
 * Returns: e^@x, within 2 units of the last place, the same on every machine
 */
double
smooth_i_exp (double x)
{
  if (x > 709.0 || x < -708.0)
    return x > 0.0 ? INFINITY : 0.0;

  double k = floor (x / (LN2_HIGH + LN2_LOW) + 0.5);
  double r = (x - k * LN2_HIGH) - k * LN2_LOW, sum = 1.0;
  for (gint i = 14; i >= 1; i--)
    sum = 1.0 + sum * r / i;
  return ldexp (sum, (int) k);
}

/**
 * smooth_i_rng_normal:
 *
 * Returns: a number of mean 0 and variance 1 (G. Marsaglia's polar method)
 */
double
smooth_i_rng_normal (SmoothRng *rng)
{
  if (rng->has_spare)
    {
      rng->has_spare = FALSE;
      return rng->spare;
    }

  double x, y, square;
  do
    {
      x = 2.0 * smooth_i_rng_uniform (rng) - 1.0;
      y = 2.0 * smooth_i_rng_uniform (rng) - 1.0;
      square = x * x + y * y;
    }
  while (square >= 1.0 || square == 0.0);

  double factor = sqrt (-2.0 * smooth_i_log (square) / square);
  rng->spare = y * factor;
  rng->has_spare = TRUE;
  return x * factor;
}

/**
 * smooth_i_rng_gamma:
 * @shape: positive
 * @scale: positive
 *
 * G. Marsaglia, W. Tsang, 'A simple method for generating gamma variables' (2000).
 *
 * Returns: a number of mean @shape x @scale and variance @shape x @scale^2
 */
double
smooth_i_rng_gamma (SmoothRng *rng, double shape, double scale)
{
  double boost = 1.0;

  if (shape < 1.0)
    {
      boost = smooth_i_exp (smooth_i_log (smooth_i_rng_uniform (rng)) / shape);
      shape += 1.0;
    }

  double d = shape - 1.0 / 3.0, c = 1.0 / sqrt (9.0 * d);
  for (;;)
    {
      double x = smooth_i_rng_normal (rng), v = 1.0 + c * x;
      double u = smooth_i_rng_uniform (rng);
      if (v <= 0.0)
        continue;
      v = v * v * v;
      if (smooth_i_log (u) < 0.5 * x * x + d - d * v + d * smooth_i_log (v))
        return boost * d * v * scale;
    }
}

/* log (k!); by Stirling's series from 10 on, where its error is below 1e-12. */
static double
log_factorial (double k)
{
  if (k < 10.0)
    {
      double product = 1.0;
      for (gint i = 2; i <= (gint) k; i++)
        product *= i;
      return smooth_i_log (product);
    }

  double x = k + 1.0, z = 1.0 / (x * x);
  return (x - 0.5) * smooth_i_log (x) - x + 0.91893853320467274178
         + (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z / 1680.0))) / x;
}

/* W. Hoermann, 'The transformed rejection method for generating Poisson random variables' (1993), algorithm PTRS. */
static gint64
large_poisson (SmoothRng *rng, double mean)
{
  double b = 0.931 + 2.53 * sqrt (mean), a = -0.059 + 0.02483 * b;
  double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), enough = 0.9277 - 3.6224 / (b - 2.0);
  double log_mean = smooth_i_log (mean);

  for (;;)
    {
      double u = smooth_i_rng_uniform (rng) - 0.5, v = smooth_i_rng_uniform (rng);
      double us = 0.5 - fabs (u);
      double k = floor ((2.0 * a / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= enough)
        return (gint64) k;
      if (k < 0.0 || (us < 0.013 && v > us))
        continue;
      if (smooth_i_log (v * inverse_alpha / (a / (us * us) + b)) <= k * log_mean - mean - log_factorial (k))
        return (gint64) k;
    }
}

/**
 * smooth_i_rng_poisson:
 * @mean: 0 .. 1e15
 *
 * Returns: a count of mean and variance @mean
 */
gint64
smooth_i_rng_poisson (SmoothRng *rng, double mean)
{
  if (mean >= 10.0)
    return large_poisson (rng, mean);

  double limit = smooth_i_exp (-mean), product = smooth_i_rng_uniform (rng);
  gint64 k = 0;
  while (product > limit)
    {
      product *= smooth_i_rng_uniform (rng);
      k++;
    }
  return k;
}

/**
 * smooth_i_rng_negative_binomial:
 * @mean: not negative
 * @size: positive; the smaller, the more the counts scatter
 *
 * Returns: a count of mean @mean and variance @mean + @mean^2 / @size
 */
gint64
smooth_i_rng_negative_binomial (SmoothRng *rng, double mean, double size)
{
  return mean > 0.0 ? smooth_i_rng_poisson (rng, smooth_i_rng_gamma (rng, size, mean / size)) : 0;
}
