/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of the likelihoods, one table of them for each instruction set; all of them give the same bits. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Lengths of arrays are multiples of this; sums are kept in as many parts, whatever the width of the vectors. */
#define NET_LANES 8

/* The genes of a spot. n: a multiple of NET_LANES; what fills up has share 0 (of the zero-inflated: log odds of -1000), theta 1. */
typedef struct
{
  gint64 n;
  const double *shares;           /* e^(logit - largest) */
  double factor;                  /* makes means of shares: library / sum of shares */
  const double *thetas, *inverses; /* of each gene; 1 / (theta + NET_EPSILON) */
  const double *counts;           /* of the zero-inflated alone, as zeros */
  double *zeros;                  /* log odds that a zero is none of the counting; become the derivatives by them */
  double *by_log_mean;            /* set */
  double *by_log_theta;           /* added to */
  double loss, total;             /* out: sums of -log p and of by_log_mean */
} NetGenesRow;

/* Counts above 0 of a spot, gathered: n: a multiple of NET_LANES; what fills up has a count of 0, mean and theta of 1. */
typedef struct
{
  gint64 n;
  const double *counts, *means, *thetas;
  double *by_log_mean, *by_log_theta; /* set */
} NetCountedRow;

typedef struct
{
  /* e^(x - largest) of n numbers, in place; returns their sum */
  double (*exponentials) (gint64 n, double largest, double *x);
  /* As if all counts were 0. */
  void (*binomial) (NetGenesRow *row);
  /* The whole of counts of 0, and of the others what does not depend on the count. */
  void (*inflated) (NetGenesRow *row);
  /* What counts above 0 add, but for gamma functions; returns -log p. */
  double (*counted_binomial) (const NetCountedRow *row);
  double (*counted_poisson) (const NetCountedRow *row);
  /* log (1 + x), x at least 0: for tests, as the loops above use it; out: n */
  void (*log1p) (gint64 n, const double *x, double *out);
} NetKernels;

#define NET_EPSILON 1e-8 /* where scvi-tools has it, so that losses agree */

const NetKernels *net_kernels_get (const char *isa);

G_END_DECLS
