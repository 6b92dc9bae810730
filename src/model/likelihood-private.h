/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Likelihoods of counts given the decoder of a network, with their derivatives. */
#pragma once

#include "model/net-private.h"

G_BEGIN_DECLS

typedef enum
{
  NET_NEGATIVE_BINOMIAL,
  NET_ZERO_INFLATED, /* negative binomial */
  NET_POISSON,
} NetLikelihood;

double net_log_gamma_ratio (double x, double theta);
double net_digamma_difference (double x, double theta);

double net_count_loss (NetLikelihood kind, const double *counts, double library, gint64 n_genes, const double *thetas, NetReal *logits, NetReal *zeros,
                       NetReal *shares, double *d_log_thetas);

G_END_DECLS
