/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Likelihoods of the genes of a spot; built once for each instruction set.
 *
 * Equations: likelihood.c. No branches, no fused products, sums in NET_LANES parts: every build gives the same bits. Logarithm
 * and exponential are by reduction and series whose rest is below 1e-16 of the value:
 *
 *   e^x = 2^n e^r, |r| <= log (2) / 2, 13 terms of Taylor's series
 *   log y = n log 2 + 2 artanh (u / (2 + u)), 1 + u = y / 2^n within sqrt (1/2) .. sqrt (2), 10 terms; for log (1 + x) u = x
 *   where n = 0, so that small x keep their digits
 */
#include "model/likelihood-kernels-private.h"
#include "model/kernels-vector-private.h"

#define TABLE_NAME_(isa) net_kernels_##isa
#define TABLE_NAME(isa) TABLE_NAME_ (isa)

extern const NetKernels TABLE_NAME (SMOOTH_KERNELS_ISA);

typedef guint64 Bits __attribute__ ((vector_size (VECTOR_BYTES)));

#define N_VECTORS (NET_LANES / LANES)
#define LOG2_HIGH 0x1.62e42fefa2p-1 /* its last 12 bits are 0: times a whole number it is exact */
#define LOG2_LOW 0x1.9ef35793c7673p-41
#define ROUND 0x1.8p52 /* added and taken away again: rounds to whole numbers */

/* Sums of NET_LANES parts. */
typedef struct
{
  Vec parts[N_VECTORS];
} Sum;

INLINE double
add_up (const Sum *sum)
{
  double parts[NET_LANES], whole = 0;

  memcpy (parts, sum, sizeof parts);
  for (int l = 0; l < NET_LANES; l++)
    whole += parts[l];
  return whole;
}

/* x at most 709; below -708 as there; NaN stays. */
INLINE Vec
exponential (Vec x)
{
  x = choose (x < -708.0, splat (-708.0), x);
  Vec shifted = x * 0x1.71547652b82fep+0 + ROUND, n = shifted - ROUND;
  Vec r = (x - n * LOG2_HIGH) - n * LOG2_LOW, s = r * r, q = s * s;
  Vec low = ((1.0 + r) + s * (1.0 / 2 + r * (1.0 / 6))) + q * ((1.0 / 24 + r * (1.0 / 120)) + s * (1.0 / 720 + r * (1.0 / 5040)));
  Vec high = ((1.0 / 40320 + r * (1.0 / 362880)) + s * (1.0 / 3628800 + r * (1.0 / 39916800))) + q * (1.0 / 479001600 + r * (1.0 / 6227020800));
  Bits scale = ((Bits) shifted << 52) + 0x3ff0000000000000u;
  return (low + q * q * high) * (Vec) scale;
}

/* log y; y: a normal number above 0; small: y - 1 where it is known better, for y within sqrt (1/2) .. sqrt (2); infinity and NaN
 * become NaN. */
INLINE Vec
logarithm (Vec y, Vec small)
{
  const guint64 half = 0x3fe6a09e667f3bcdu, one = 0x3ff0000000000000u; /* sqrt (1/2), 1 */
  Bits power = ((Bits) y + (one - half)) >> 52; /* 1023 more than n */
  Vec n = (Vec) (power | 0x4330000000000000u) - (0x1p52 + 1023.0);
  Vec u = (Vec) ((Bits) y - (power << 52) + one) - 1.0;
  u = choose (n == 0.0, small, u);
  Vec s = u / (2.0 + u), z = s * s, w = z * z;
  Vec rest = ((2.0 / 3 + z * (2.0 / 5)) + w * (2.0 / 7 + z * (2.0 / 9)))
             + w * w * (((2.0 / 11 + z * (2.0 / 13)) + w * (2.0 / 15 + z * (2.0 / 17))) + w * w * (2.0 / 19));
  return n * LOG2_HIGH + (2.0 * s + (s * (z * rest) + n * LOG2_LOW)) + (y - y);
}

/* x at least 0 */
INLINE Vec
log_of_one_and (Vec x)
{
  return logarithm (1.0 + x, x);
}

static double
exponentials (gint64 n, double largest, double *x)
{
  Sum sum = { { { 0 } } };

  for (gint64 g = 0; g < n; g += NET_LANES)
    for (int v = 0; v < N_VECTORS; v++)
      {
        Vec e = exponential (load (x + g + v * LANES) - largest);
        store (x + g + v * LANES, e);
        sum.parts[v] += e;
      }
  return add_up (&sum);
}

/* ---- A count of 0 ---- */

typedef struct
{
  Vec loss, by_log_mean, by_log_theta;
} Term;

/* t log (1 + m / t), which is (t + m) log (t + m) - ... without the loss of digits where t is large */
INLINE Term
measure_zero (const NetGenesRow *row, gint64 at)
{
  Vec t = load (row->thetas + at), inverse = load (row->inverses + at), m = load (row->shares + at) * row->factor;
  Vec r = m * inverse, log_ratio = log_of_one_and (r), share = r / (1.0 + r); /* m / (m + t) */

  return (Term){ t * log_ratio, t * share, t * (log_ratio - share * (t * inverse)) };
}

INLINE void
keep_term (const NetGenesRow *row, gint64 at, const Term *term)
{
  store (row->by_log_mean + at, term->by_log_mean);
  store (row->by_log_theta + at, load (row->by_log_theta + at) + term->by_log_theta);
}

static void
binomial (NetGenesRow *row)
{
  Sum loss = { { { 0 } } }, total = { { { 0 } } };

  for (gint64 g = 0; g < row->n; g += NET_LANES)
    for (int v = 0; v < N_VECTORS; v++)
      {
        Term term = measure_zero (row, g + v * LANES);
        keep_term (row, g + v * LANES, &term);
        loss.parts[v] += term.loss;
        total.parts[v] += term.by_log_mean;
      }
  row->loss = add_up (&loss);
  row->total = add_up (&total);
}

/* ---- Zeros that are none of the counting ---- */

/* 1 / (1 + e^-x) and log (1 + e^x) */
INLINE void
squash (Vec x, Vec *sigmoid, Vec *softplus)
{
  Vec e = exponential (-magnitude (x)), whole = 1.0 + e;

  *sigmoid = choose (x < 0.0, e, splat (1.0)) / whole;
  *softplus = choose (x < 0.0, splat (0.0), x) + logarithm (whole, e);
}

/* Its logarithm, for a count of 0, is that of e^l + p over 1 + e^l; for others it has 1 / (1 + e^l) more than that of counting. */
INLINE Term
inflate (Term term, Vec l, Vec count, Vec *by_zero)
{
  Mask is_counted = count > 0.0;
  Vec of_nothing, softplus, counted, beyond;

  squash (l, &of_nothing, &softplus);
  squash (-term.loss - l, &counted, &beyond); /* counted: the share of counting in the probability of a zero */
  counted = choose (is_counted, splat (1.0), counted);
  *by_zero = of_nothing - (1.0 - counted);
  return (Term){ softplus + choose (is_counted, term.loss, -(l + beyond)), term.by_log_mean * counted, term.by_log_theta * counted };
}

static void
inflated (NetGenesRow *row)
{
  Sum loss = { { { 0 } } }, total = { { { 0 } } };

  for (gint64 g = 0; g < row->n; g += NET_LANES)
    for (int v = 0; v < N_VECTORS; v++)
      {
        gint64 at = g + v * LANES;
        Vec by_zero;
        Term term = inflate (measure_zero (row, at), load (row->zeros + at), load (row->counts + at), &by_zero);
        store (row->zeros + at, by_zero);
        keep_term (row, at, &term);
        loss.parts[v] += term.loss;
        total.parts[v] += term.by_log_mean;
      }
  row->loss = add_up (&loss);
  row->total = add_up (&total);
}

/* ---- Counts above 0 ---- */

/* -x log (m / (m + t)), but for NET_EPSILON */
static double
counted_binomial (const NetCountedRow *row)
{
  Sum loss = { { { 0 } } };

  for (gint64 e = 0; e < row->n; e += NET_LANES)
    for (int v = 0; v < N_VECTORS; v++)
      {
        gint64 at = e + v * LANES;
        Vec x = load (row->counts + at), m = load (row->means + at), t = load (row->thetas + at), raised = m + NET_EPSILON;
        Vec part = x * (t / (t + raised)); /* how much of the count the dispersion explains */
        loss.parts[v] += x * log_of_one_and (t / raised);
        store (row->by_log_mean + at, -part * (m / raised));
        store (row->by_log_theta + at, part);
      }
  return add_up (&loss);
}

static double
counted_poisson (const NetCountedRow *row)
{
  Sum loss = { { { 0 } } };

  for (gint64 e = 0; e < row->n; e += NET_LANES)
    for (int v = 0; v < N_VECTORS; v++)
      {
        gint64 at = e + v * LANES;
        Vec x = load (row->counts + at), m = load (row->means + at), raised = m + NET_EPSILON;
        loss.parts[v] -= x * logarithm (raised, raised - 1.0);
        store (row->by_log_mean + at, -x * (m / raised));
      }
  return add_up (&loss);
}

static void
log1p_all (gint64 n, const double *x, double *out)
{
  for (gint64 e = 0; e < n; e += LANES)
    store (out + e, log_of_one_and (load (x + e)));
}

const NetKernels TABLE_NAME (SMOOTH_KERNELS_ISA) = {
  .exponentials = exponentials,
  .binomial = binomial,
  .inflated = inflated,
  .counted_binomial = counted_binomial,
  .counted_poisson = counted_poisson,
  .log1p = log1p_all,
};
