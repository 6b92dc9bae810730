/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Likelihoods of counts given the decoder of a network, with their derivatives. */
#pragma once

#include "linalg/sparse.h"
#include "model/likelihood-kernels-private.h"
#include "model/net-private.h"

G_BEGIN_DECLS

typedef enum
{
  NET_NEGATIVE_BINOMIAL,
  NET_ZERO_INFLATED, /* negative binomial */
  NET_POISSON,
  NET_GAUSSIAN,
} NetLikelihood;

static inline gboolean
net_has_gamma (NetLikelihood kind)
{
  return kind == NET_NEGATIVE_BINOMIAL || kind == NET_ZERO_INFLATED;
}


double net_log_gamma_ratio (double x, double theta);
double net_digamma_difference (double x, double theta);

/* How many spots have how much of a gene: what gamma functions have to be taken of. */
typedef struct
{
  gint64 *starts;  /* n_genes + 1: levels of a gene, ascending */
  double *levels;  /* different counts above 0 */
  double *numbers; /* of spots that have this level or more */
} NetTally;

gboolean net_tally_init (NetTally *tally, const SmoothSparse *counts, GError **error);
void net_tally_clear (NetTally *tally);
double net_tally_measure (const NetTally *tally, gint64 gene, double theta, double *by_log_theta);

/* Inverse dispersions, in arrays that vectors fill. n: n_genes, filled up to a multiple of NET_LANES. Of the Gaussian: inverses has
 * 1 / variance, thetas how it changes with the parameter: e^parameter / variance. */
typedef struct
{
  NetLikelihood kind;
  const NetKernels *kernels;
  gint64 n_genes, n;
  double *thetas, *inverses; /* n */
  double log_variances;      /* of the Gaussian: sum over the genes of log (2 pi variance) */
} NetGenes;

gboolean net_genes_init (NetGenes *genes, NetLikelihood kind, gint64 n_genes, GError **error);
void net_genes_set (NetGenes *genes, const NetReal *log_thetas);
void net_genes_clear (NetGenes *genes);
double *net_genes_new_scratch (const NetGenes *genes, gint64 n, GError **error);
gint64 net_genes_get_scratch_size (const NetGenes *genes);

double net_gaussian_loss (const NetGenes *genes, const gint32 *rows, const double *values, gint64 n_values, double factor, NetReal *means,
                          double *d_log_variances);
double net_count_loss (const NetGenes *genes, double *scratch, const gint32 *rows, const double *counts, gint64 n_counts, double library, double factor,
                       NetReal *logits, NetReal *zeros, double *d_log_thetas);

G_END_DECLS
