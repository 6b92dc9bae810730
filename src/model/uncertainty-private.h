/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gaussian posterior on the active set, and the ways to its entries. */
#pragma once

#include "model/deconvolution-private.h"
#include "model/uncertainty.h"

G_BEGIN_DECLS

#define SMOOTH_POSTERIOR_BLOCK 256 /* spots, in parallel work */

/* A = H x I + diag (m) x Q over the entries of B that are above 0; exp (-F / noise^2 * G) is the posterior. */
typedef struct
{
  SmoothReduced *reduced;
  SmoothPrecision *precision; /* (nullable): none */
  SmoothMatrix *abundances;   /* n_types x n_spots */
  double *m;                  /* n_types: lambda c_k / K */
  double noise;               /* variance of a gene */
} SmoothPosterior;

static inline double
smooth_i_posterior_diagonal (const SmoothPosterior *posterior, gint64 s)
{
  return posterior->precision != NULL ? posterior->precision->diagonal[s] : 0.0;
}

/* Takes the covariance of a spot's active entries for noise 1: n_active x n_active; NULL where it is not known. */
typedef void (*SmoothSpotFunc) (gint64 spot, const gint *active, gint n_active, const double *covariance, gpointer data);

gint smooth_i_posterior_active (const SmoothPosterior *posterior, gint64 spot, gint *active);
gboolean smooth_i_posterior_local (const SmoothPosterior *posterior, gint64 spot, const gint *active, gint n_active, double *block);
gboolean smooth_i_invert_small (double *a, gint n);
gboolean smooth_i_posterior_coupled (const SmoothPosterior *posterior, double most_entries, gboolean *fits, gboolean *is_definite,
                                     SmoothSpotFunc func, gpointer data, SmoothRun *run, GError **error);
gboolean smooth_i_posterior_blocks (const SmoothPosterior *posterior, gboolean *is_definite, SmoothSpotFunc func, gpointer data,
                                    SmoothRun *run, GError **error);
gboolean smooth_i_posterior_coupled_covariance (const SmoothPosterior *posterior, double most_entries, gboolean *fits,
                                                SmoothSpotFunc func, gpointer data, SmoothRun *run, GError **error);
gboolean smooth_i_posterior_invert_type_covariance (const SmoothPosterior *posterior, gint k, double *own, SmoothRun *run,
                                                    GError **error);
gboolean smooth_i_posterior_solve (const SmoothPosterior *posterior, const SmoothMatrix *right, SmoothMatrix *x, SmoothRun *run,
                                   GError **error);

G_END_DECLS
