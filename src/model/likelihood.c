/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts x of a spot: their means are m = library x softmax (logits).
 *
 *   negative binomial   -log p = t log (1 + m / t) + x log (1 + t / m) - log G(x + t) + log G(t) + log x!
 *   zero-inflated       a zero is one of the counting with odds e^l to 1 against it: p = s(l) [x = 0] + (1 - s(l)) p_nb
 *   Poisson             -log p = m - x log m + log x!
 *
 * or any numbers, with means that are the decoder's and a variance v of each gene:
 *
 *   Gaussian            -log p = (x - m)^2 / (2 v) + log (2 pi v) / 2
 *
 * t: the inverse dispersion of the gene. Most counts are 0, of which the first term alone is left: it is taken for all genes of
 * a spot, the second for the counts above 0, side by side (likelihood-kernels.c). Gamma functions depend on no spot: they are
 * taken once for each gene and different count, times the number of spots that have it. For a count, log G(x + t) - log G(t) is
 * the sum of log (t + j) over j < x. NET_EPSILON, added to means and t, is where scvi-tools has it, so that losses agree.
 *
 * Sources: R. Lopez and others, Nature Methods 15 (2018) 1053; M. Abramowitz, I. Stegun, 6.1.40 and 6.3.18 (asymptotic series).
 */
#include "model/likelihood-private.h"

#include "base/isa.h"

#include <stdlib.h>

#define MOST_TERMS 32 /* of a sum, before series are taken */

/* What Stirling's formula leaves: log G(y) - (y - 1/2) log y + y - log (2 pi) / 2 for y >= 8, to 1e-15. */
static double
log_gamma_rest (double y)
{
  double r = 1.0 / (y * y);

  return (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * (691.0 / 360360.0 - r / 156.0)))))) / y;
}

/* log y - digamma (y) */
static double
digamma_rest (double y)
{
  double r = 1.0 / (y * y);

  return 0.5 / y + r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r * (1.0 / 132.0 - r * (691.0 / 32760.0 - r / 12.0))))));
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
  /* The formula's own difference, in which nothing large is taken from its like. */
  double difference = high - low;
  return difference * (log (high) - 1.0) + (low - 0.5) * log1p (difference / low) + log_gamma_rest (high) - log_gamma_rest (low) + sum;
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
  return log1p ((high - low) / low) + digamma_rest (low) - digamma_rest (high) + sum;
}

/* ---- Gamma functions ---- */

static int
compare_levels (gconstpointer a, gconstpointer b)
{
  gint32 x = *(const gint32 *) a, y = *(const gint32 *) b;

  return (x > y) - (x < y);
}

/* Sorts the counts of a gene; returns how many different ones there are. */
static gint64
sort_levels (gint32 *values, gint64 n)
{
  gint64 n_levels = 0;

  qsort (values, (gsize) n, sizeof *values, compare_levels);
  for (gint64 e = 0; e < n; e++)
    n_levels += e == 0 || values[e] != values[e - 1];
  return n_levels;
}

/* @values: sorted */
static void
set_levels (const gint32 *values, gint64 n, double *levels, double *numbers)
{
  for (gint64 e = 0; e < n; e++)
    if (e == 0 || values[e] != values[e - 1])
      {
        *levels++ = values[e];
        *numbers++ = (double) (n - e);
      }
}

/**
 * net_tally_init:
 * @counts: genes x spots: whole numbers, 0 to 1e9
 *
 * O(entries x log (spots)); meanwhile 4 bytes an entry.
 */
gboolean
net_tally_init (NetTally *tally, const SmoothSparse *counts, GError **error)
{
  gint64 n_genes = counts->n_rows, n = counts->starts[counts->n_cols];
  g_autofree gint64 *ends = smooth_i_try_new (gint64, n_genes + 1, "the spots", error);
  g_autofree gint32 *sorted = ends != NULL ? smooth_i_try_new (gint32, n + 1, "the spots", error) : NULL;

  *tally = (NetTally){ 0 };
  if (sorted == NULL || (tally->starts = smooth_i_try_new (gint64, n_genes + 1, "the spots", error)) == NULL)
    return FALSE;
  for (gint64 e = 0; e < n; e++)
    ends[counts->rows[e] + 1] += counts->values[e] > 0.0;
  for (gint64 g = 0; g < n_genes; g++)
    ends[g + 1] += ends[g];
  for (gint64 e = 0; e < n; e++)
    if (counts->values[e] > 0.0)
      sorted[ends[counts->rows[e]]++] = (gint32) counts->values[e];
  for (gint64 g = 0; g < n_genes; g++)
    {
      gint64 start = g > 0 ? ends[g - 1] : 0;
      tally->starts[g + 1] = tally->starts[g] + sort_levels (sorted + start, ends[g] - start);
    }
  if ((tally->levels = smooth_i_try_new (double, tally->starts[n_genes] + 1, "the spots", error)) == NULL
      || (tally->numbers = smooth_i_try_new (double, tally->starts[n_genes] + 1, "the spots", error)) == NULL)
    return FALSE;
  for (gint64 g = 0; g < n_genes; g++)
    {
      gint64 start = g > 0 ? ends[g - 1] : 0, at = tally->starts[g];
      set_levels (sorted + start, ends[g] - start, tally->levels + at, tally->numbers + at);
    }
  return TRUE;
}

void
net_tally_clear (NetTally *tally)
{
  g_free (tally->starts);
  g_free (tally->levels);
  g_free (tally->numbers);
}

/**
 * net_tally_measure:
 * @by_log_theta: the derivative is added
 *
 * Returns: the sum of -log G(x + theta) + log G(theta) over the counts x of the gene. From level to level: of consecutive ones
 *   each costs one logarithm.
 */
double
net_tally_measure (const NetTally *tally, gint64 gene, double theta, double *by_log_theta)
{
  double below = 0.0, sum = 0.0, slope = 0.0;

  for (gint64 e = tally->starts[gene]; e < tally->starts[gene + 1]; e++)
    {
      sum += tally->numbers[e] * net_log_gamma_ratio (tally->levels[e] - below, theta + below);
      slope += tally->numbers[e] * net_digamma_difference (tally->levels[e] - below, theta + below);
      below = tally->levels[e];
    }
  *by_log_theta -= theta * slope;
  return -sum;
}

/* ---- The genes ---- */

extern const NetKernels net_kernels_baseline;
#ifdef __x86_64__
extern const NetKernels net_kernels_v3, net_kernels_avx512;
#endif

/* @isa: one of smooth_i_isa_list() */
const NetKernels *
net_kernels_get (const char *isa)
{
#ifdef __x86_64__
  if (strcmp (isa, "avx512") == 0)
    return &net_kernels_avx512;
  if (strcmp (isa, "v3") == 0)
    return &net_kernels_v3;
#endif
  g_return_val_if_fail (strcmp (isa, "baseline") == 0, NULL);
  return &net_kernels_baseline;
}

gboolean
net_genes_init (NetGenes *genes, NetLikelihood kind, gint64 n_genes, GError **error)
{
  gint64 n = (n_genes + NET_LANES - 1) / NET_LANES * NET_LANES;

  *genes = (NetGenes){ .kind = kind, .kernels = net_kernels_get (smooth_i_isa_get_default ()), .n_genes = n_genes, .n = n };
  if ((genes->thetas = smooth_i_try_alloc (n, sizeof (double), "the network", error)) == NULL
      || (genes->inverses = smooth_i_try_alloc (n, sizeof (double), "the network", error)) == NULL)
    return FALSE;
  for (gint64 g = 0; g < n; g++)
    genes->thetas[g] = genes->inverses[g] = 1.0;
  return TRUE;
}

#define LEAST_VARIANCE 1e-4 /* added: genes that never vary have an end, too */

/* @log_thetas: n_genes; of the Gaussian logarithms of variances */
void
net_genes_set (NetGenes *genes, const NetReal *log_thetas)
{
  genes->log_variances = 0.0;
  for (gint64 g = 0; genes->kind == NET_GAUSSIAN && g < genes->n_genes; g++)
    {
      double grown = exp ((double) log_thetas[g]), variance = grown + LEAST_VARIANCE;
      genes->thetas[g] = grown / variance;
      genes->inverses[g] = 1.0 / variance;
      genes->log_variances += log (2.0 * G_PI * variance);
    }
  if (genes->kind == NET_GAUSSIAN)
    return;
  for (gint64 g = 0; g < genes->n_genes; g++)
    {
      genes->thetas[g] = exp ((double) log_thetas[g]);
      genes->inverses[g] = 1.0 / (genes->thetas[g] + NET_EPSILON);
    }
}

void
net_genes_clear (NetGenes *genes)
{
  smooth_i_free (genes->thetas);
  smooth_i_free (genes->inverses);
}

/* Doubles of what net_count_loss() needs for itself. */
gint64
net_genes_get_scratch_size (const NetGenes *genes)
{
  return 9 * genes->n;
}

/* Returns: (transfer full): for @n threads; by smooth_i_free() */
double *
net_genes_new_scratch (const NetGenes *genes, gint64 n, GError **error)
{
  return smooth_i_try_alloc (n * net_genes_get_scratch_size (genes), sizeof (double), "the network", error);
}

/* ---- A spot ---- */

/* What the counts above 0 add; returns -log p. */
static double
add_counted (const NetGenes *genes, const NetGenesRow *row, const gint32 *rows, const double *counts, gint64 n_counts, double *gathered,
             double *total, double *d_log_thetas)
{
  double *x = gathered, *means = x + genes->n, *thetas = means + genes->n, *by_log_mean = thetas + genes->n, *by_log_theta = by_log_mean + genes->n;
  gint64 n = 0;

  for (gint64 e = 0; e < n_counts; e++)
    {
      x[n] = counts[e];
      means[n] = row->shares[rows[e]] * row->factor;
      thetas[n++] = genes->thetas[rows[e]];
    }
  for (; n % NET_LANES != 0; n++)
    {
      x[n] = 0.0;
      means[n] = thetas[n] = 1.0;
    }
  NetCountedRow counted = { .n = n, .counts = x, .means = means, .thetas = thetas, .by_log_mean = by_log_mean, .by_log_theta = by_log_theta };
  double loss = genes->kind == NET_POISSON ? genes->kernels->counted_poisson (&counted) : genes->kernels->counted_binomial (&counted);
  for (gint64 e = 0; e < n_counts; e++)
    {
      row->by_log_mean[rows[e]] += by_log_mean[e];
      *total += by_log_mean[e];
      if (genes->kind != NET_POISSON)
        d_log_thetas[rows[e]] += by_log_theta[e];
    }
  return loss;
}

/* As if all counts were 0. */
static void
measure_zeros (const NetGenes *genes, NetGenesRow *row)
{
  if (genes->kind == NET_NEGATIVE_BINOMIAL)
    genes->kernels->binomial (row);
  else if (genes->kind == NET_ZERO_INFLATED)
    genes->kernels->inflated (row);
  else
    for (gint64 g = 0; g < genes->n_genes; g++)
      {
        row->by_log_mean[g] = row->shares[g] * row->factor;
        row->loss = row->total += row->by_log_mean[g];
      }
}

/**
 * net_gaussian_loss:
 * @rows: n_values: genes
 * @values: n_values: any numbers, those of other genes are 0
 * @factor: that derivatives by means are multiplied by
 * @means: n_genes: become the derivatives of the loss by them
 * @d_log_variances: n of genes: the derivatives by the parameters are added
 *
 * Returns: -log p of the values of a spot: 1/2 sum ((x - mean)^2 / variance + log (2 pi variance))
 */
double
net_gaussian_loss (const NetGenes *genes, const gint32 *rows, const double *values, gint64 n_values, double factor, NetReal *means,
                   double *d_log_variances)
{
  double loss = 0.0;

  for (gint64 e = 0; e < n_values; e++)
    means[rows[e]] -= (NetReal) values[e];
  for (gint64 g = 0; g < genes->n_genes; g++)
    {
      double rest = (double) means[g], slope = rest * genes->inverses[g];
      loss += rest * slope;
      d_log_variances[g] += 0.5 * (1.0 - rest * slope) * genes->thetas[g];
      means[g] = (NetReal) (slope * factor);
    }
  return 0.5 * (loss + genes->log_variances);
}

/* Derivatives by means become those by logits. */
static void
take_back_shares (const NetGenesRow *row, gint64 n_genes, double sum, double factor, NetReal *logits)
{
  double along = row->total / sum;

  for (gint64 g = 0; g < n_genes; g++)
    logits[g] = (NetReal) ((row->by_log_mean[g] - row->shares[g] * along) * factor);
}

/**
 * net_count_loss:
 * @scratch: of one thread, see net_genes_new_scratch(); what it has of counts is 0 before and after
 * @rows: n_counts: genes
 * @counts: n_counts: at least 0, those of other genes are 0
 * @library: the sum of the counts, which the means are scaled to; may be 0
 * @factor: that all derivatives but those by log theta are multiplied by
 * @logits: n_genes: become the derivatives of the loss by them
 * @zeros: (nullable): n_genes: of the zero-inflated: log odds; become the derivatives by them
 * @d_log_thetas: n of genes: the derivatives by log theta are added
 *
 * Returns: -log p of the counts of a spot, but for the sum of log x!, which no parameter changes, and for what
 *   net_tally_measure() gives of all spots
 */
double
net_count_loss (const NetGenes *genes, double *scratch, const gint32 *rows, const double *counts, gint64 n_counts, double library, double factor,
                NetReal *logits, NetReal *zeros, double *d_log_thetas)
{
  double *shares = scratch, *by_log_mean = shares + genes->n, *column = by_log_mean + genes->n, *odds = column + genes->n, *gathered = odds + genes->n;
  NetReal largest = logits[0];

  for (gint64 g = 1; g < genes->n_genes; g++)
    largest = MAX (largest, logits[g]);
  for (gint64 g = 0; g < genes->n; g++)
    shares[g] = g < genes->n_genes ? (double) logits[g] : -INFINITY;
  for (gint64 g = 0; zeros != NULL && g < genes->n; g++)
    odds[g] = g < genes->n_genes ? (double) zeros[g] : -1000.0;
  for (gint64 e = 0; zeros != NULL && e < n_counts; e++)
    column[rows[e]] = counts[e];
  double sum = genes->kernels->exponentials (genes->n, (double) largest, shares);
  NetGenesRow row = { .n = genes->n, .shares = shares, .factor = library / sum, .thetas = genes->thetas, .inverses = genes->inverses, .counts = column,
                      .zeros = odds, .by_log_mean = by_log_mean, .by_log_theta = d_log_thetas };
  measure_zeros (genes, &row);
  row.loss += add_counted (genes, &row, rows, counts, n_counts, gathered, &row.total, d_log_thetas);
  take_back_shares (&row, genes->n_genes, sum, factor, logits);
  for (gint64 g = 0; zeros != NULL && g < genes->n_genes; g++)
    zeros[g] = (NetReal) (odds[g] * factor);
  for (gint64 e = 0; zeros != NULL && e < n_counts; e++)
    column[rows[e]] = 0.0;
  return row.loss;
}
