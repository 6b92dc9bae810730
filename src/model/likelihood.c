/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts x of a spot: their means are m = library x softmax (logits).
 *
 *   negative binomial   -log p = (x + t) log (t + m) - t log t - x log m - log G(x + t) + log G(t) + log x!
 *   zero-inflated       a zero is one of the counting with odds e^l to 1 against it: p = s(l) [x = 0] + (1 - s(l)) p_nb
 *   Poisson             -log p = m - x log m + log x!
 *
 * t: the inverse dispersion of the gene. For a count, log G(x + t) - log G(t) is the sum of log (t + j) over j < x, so that
 * zeros, which most counts are, need no gamma function. EPSILON is where scvi-tools has it, so that losses agree.
 *
 * Sources: R. Lopez and others, Nature Methods 15 (2018) 1053; M. Abramowitz, I. Stegun, 6.1.40 and 6.3.18 (asymptotic series).
 */
#include "model/likelihood-private.h"

#define EPSILON 1e-8
#define MOST_TERMS 32 /* of a sum, before series are taken */

/* log G(y) for y >= 8, to 1e-15. */
static double
log_gamma_series (double y)
{
  double r = 1.0 / (y * y);

  return (y - 0.5) * log (y) - y + 0.91893853320467274178
         + (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * (691.0 / 360360.0 - r / 156.0)))))) / y;
}

static double
digamma_series (double y)
{
  double r = 1.0 / (y * y);

  return log (y) - 0.5 / y
         - r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r * (1.0 / 132.0 - r * (691.0 / 32760.0 - r / 12.0))))));
}

/**
 * net_log_gamma_ratio:
 * @x: at least 0, whole or not
 * @theta: above 0
 *
 * Returns: log G(x + theta) - log G(theta)
 */
double
net_log_gamma_ratio (double x, double theta)
{
  double sum = 0.0;

  if (x <= MOST_TERMS && x == floor (x))
    {
      for (double j = 0.0; j < x; j += 1.0)
        sum += log (theta + j);
      return sum;
    }
  /* Both are brought to where the series holds. */
  double low = theta, high = x + theta;
  for (; low < 8.0; low += 1.0)
    sum += log (low);
  for (; high < 8.0; high += 1.0)
    sum -= log (high);
  return log_gamma_series (high) - log_gamma_series (low) + sum;
}

/* Returns: digamma (x + theta) - digamma (theta) */
double
net_digamma_difference (double x, double theta)
{
  double sum = 0.0;

  if (x <= MOST_TERMS && x == floor (x))
    {
      for (double j = 0.0; j < x; j += 1.0)
        sum += 1.0 / (theta + j);
      return sum;
    }
  double low = theta, high = x + theta;
  for (; low < 8.0; low += 1.0)
    sum += 1.0 / low;
  for (; high < 8.0; high += 1.0)
    sum -= 1.0 / high;
  return digamma_series (high) - digamma_series (low) + sum;
}

/* ---- One gene of one spot ---- */

/* -log p without log x!, and its derivatives by log m and log t. */
typedef struct
{
  double loss, by_log_mean, by_log_theta;
} Term;

static Term
measure_poisson (double x, double m)
{
  double share = m / (m + EPSILON);

  return (Term){ .loss = m - x * log (m + EPSILON), .by_log_mean = m - x * share };
}

static Term
measure_binomial (double x, double m, double t)
{
  double own = t + EPSILON, sum = own + m, ratio = log1p (m / own); /* log sum - log own, which loses digits where t is large */
  Term term = { .loss = t * ratio, .by_log_mean = m * (x + t) / sum, .by_log_theta = t * (ratio + (x * own - t * m) / (sum * own)) };

  if (x > 0.0)
    {
      term.loss += x * log (sum / (m + EPSILON)) - net_log_gamma_ratio (x, t);
      term.by_log_mean -= x * m / (m + EPSILON);
      term.by_log_theta -= t * net_digamma_difference (x, t);
    }
  return term;
}

static double
softplus (double l)
{
  return MAX (l, 0.0) + log1p (exp (-fabs (l)));
}

static double
sigmoid (double l)
{
  double e = exp (-fabs (l));

  return l >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

/* @zero: the odds that a zero is none of the counting, as a logarithm; becomes the derivative by it */
static Term
measure_inflated (double x, double m, double t, double *zero)
{
  Term term = measure_binomial (x, m, t);
  double l = *zero;

  *zero = sigmoid (l);
  if (x > 0.0)
    {
      term.loss += softplus (l);
      return term;
    }
  double counted = sigmoid (-term.loss - l); /* the share of the probability of a zero that counting has */
  double nothing = -term.loss > l ? -term.loss + log1p (exp (l + term.loss)) : l + log1p (exp (-term.loss - l));
  term.loss = softplus (l) - nothing;
  term.by_log_mean *= counted;
  term.by_log_theta *= counted;
  *zero -= 1.0 - counted;
  return term;
}

/**
 * net_count_loss:
 * @counts: n_genes
 * @library: the sum of the counts, which the means are scaled to; may be 0
 * @thetas: (nullable): n_genes: inverse dispersions; NULL for Poisson
 * @logits: n_genes: become the derivatives of the loss by them
 * @zeros: (nullable): n_genes: of the zero-inflated: log odds; become the derivatives by them
 * @shares: n_genes: become the shares of the genes in the spot: means over library
 * @d_log_thetas: n_genes: the derivatives by log theta are added
 *
 * Returns: -log p of the counts of a spot, without the sum of log x!, which no parameter changes
 */
double
net_count_loss (NetLikelihood kind, const double *counts, double library, gint64 n_genes, const double *thetas, NetReal *logits, NetReal *zeros,
                NetReal *shares, double *d_log_thetas)
{
  NetReal largest = logits[0];
  double sum = 0.0, loss = 0.0, total = 0.0;

  for (gint64 g = 1; g < n_genes; g++)
    largest = MAX (largest, logits[g]);
  for (gint64 g = 0; g < n_genes; g++)
    sum += exp ((double) (logits[g] - largest));
  double log_sum = log (sum);
  for (gint64 g = 0; g < n_genes; g++)
    {
      double share = exp ((double) (logits[g] - largest) - log_sum), m = library * share, zero = zeros != NULL ? (double) zeros[g] : 0.0;
      Term term = kind == NET_POISSON             ? measure_poisson (counts[g], m)
                  : kind == NET_NEGATIVE_BINOMIAL ? measure_binomial (counts[g], m, thetas[g])
                                                  : measure_inflated (counts[g], m, thetas[g], &zero);
      loss += term.loss;
      total += term.by_log_mean;
      if (kind != NET_POISSON)
        d_log_thetas[g] += term.by_log_theta;
      if (zeros != NULL)
        zeros[g] = (NetReal) zero;
      shares[g] = (NetReal) share;
      logits[g] = (NetReal) term.by_log_mean;
    }
  for (gint64 g = 0; g < n_genes; g++)
    logits[g] -= (NetReal) ((double) shares[g] * total);
  return loss;
}
