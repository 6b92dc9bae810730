/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quadratic problems over spots: one small block for each spot, coupled by the prior, and the passes over genes that make
 * them. */
#pragma once

#include "model/problem-private.h"

G_BEGIN_DECLS

typedef struct _SmoothCoarse SmoothCoarse; /* coarse-private.h */

/* The unknowns are one vector: K abundances and, with bias, a constant for each spot, spot after spot; last the tube, which
 * all spots share, whether there is one or not.
 *
 *     A = [ blockdiag (H_i) + M o Q   border ]      M o Q: m_k Q_k between the abundances of type k, nothing for constants
 *         [ border'                   corner ]
 *
 * Everything is n times the objective: m_k = 2 lambda c_k / K. Symmetric blocks hold their lower triangle by columns. */
typedef struct
{
  const SmoothProblem *problem;
  SmoothRun *run; /* (nullable) */
  gint n_threads;
  gint n_types;
  gint size;           /* of a block: n_types, one more with bias */
  gint n_packed;       /* entries of a block's triangle */
  gint64 n;            /* spots */
  gint64 length;       /* of a vector: size n + 1 */
  gboolean is_bounded; /* abundances >= 0 */
  gboolean has_tube;

  double *m; /* n_types; all 0: no prior */
  gboolean has_prior;
  gint n_priors;      /* rows of the three below: 1, or n_types */
  double *diagonal;   /* n_priors x n: of Q */
  double *reach;      /* n_priors x n: diag (reach) - Q is positive semidefinite */
  double *slack;      /* n_priors x n: Q - diag (slack) is positive semidefinite */
  gboolean is_convex; /* no slack is negative */

  SmoothCoarse *coarse; /* (nullable): of a strong prior alone */

  double *blocks;  /* n_packed x n: H_i */
  double *factors; /* n_packed x n: Cholesky factors on the face */
  double *border;  /* length: with a tube */
  double corner;
  double *corrected; /* length: blocks^-1 border, with a tube */
  double schur;

  guint8 *is_free;                                                /* length: the face */
  double *step, *product, *residual, *direction, *scaled, *trial; /* length */
  SmoothMatrix *rows, *image;                                     /* for priors that are operators */
  double *sums;                                                   /* by chunk */
  double *scratch;                                                /* by worker */
  gint64 scratch_size;
} SmoothSpots;

/* spots.c */
SmoothSpots *smooth_i_spots_new (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings,
                                 gboolean is_bounded, gboolean has_tube, SmoothRun *run, GError **error);
void smooth_i_spots_free (SmoothSpots *spots);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothSpots, smooth_i_spots_free)
gboolean smooth_i_spots_add_prior (SmoothSpots *spots, const double *x, double *gradient, double *spatial, GError **error);
gboolean smooth_i_spots_apply (SmoothSpots *spots, const double *x, double *y, gboolean on_face, GError **error);
double smooth_i_spots_dot (SmoothSpots *spots, const double *x, const double *y);
void smooth_i_spots_load (const SmoothSpots *spots, const SmoothIterate *iterate, double *x);
void smooth_i_spots_store (const SmoothSpots *spots, const double *x, SmoothIterate *iterate);

static inline gint64
smooth_i_spots_count_chunks (const SmoothSpots *spots, gint64 n_in_chunk)
{
  return (spots->n + n_in_chunk - 1) / n_in_chunk;
}

/* One of diagonal, reach and slack, times m. */
static inline double
smooth_i_spots_prior_at (const SmoothSpots *spots, const double *values, gint k, gint64 i)
{
  return spots->has_prior ? spots->m[k] * values[i * spots->n_priors + (spots->n_priors == 1 ? 0 : k)] : 0;
}

static inline double
smooth_i_spots_sum (const double *sums, gint64 n)
{
  double sum = 0;

  for (gint64 i = 0; i < n; i++)
    sum += sums[i];
  return sum;
}

/* spots-face.c */
void smooth_i_block_factor (gint size, const guint8 *is_free, double *l);
void smooth_i_block_solve (gint size, const double *l, double *x);
void smooth_i_block_multiply (gint size, const double *block, const double *x, double *y);
gboolean smooth_i_spots_solve_face (SmoothSpots *spots, const double *gradient, double reduction, gint max_steps,
                                    gint *n_steps, GError **error);
gboolean smooth_i_spots_is_stiff (const SmoothSpots *spots);

/* spots-bounded.c */
double smooth_i_spots_measure (SmoothSpots *spots, const double *x, const double *gradient);
gboolean smooth_i_spots_minimise (SmoothSpots *spots, double *x, double *gradient, double *moved, double goal,
                                  gint max_iterations, gint *n_iterations, GError **error);
double smooth_i_spots_bound (SmoothSpots *spots, const double *x, const double *gradient);
double smooth_i_spots_kkt (const SmoothSpots *spots, const double *x, const double *gradient, double largest);

/* spots-misfit.c: how the data enter. A misfit is a sum over genes and spots of loss (fit, value), fit = X b + constant. */
#define SMOOTH_MISFIT_SUMS 6

/* Some spots at once: n_genes x n_spots each. */
typedef struct
{
  gint64 n_genes;
  gint64 first; /* spot */
  gint n_spots;
  const double *fit;
  const double *values;
  double tube;
  gboolean wants_curvature;        /* the curvature and the cross derivative are looked at */
  double *slope;                   /* (out): derivative of the loss by the fit */
  double *curvature;               /* (out): second derivative, >= 0 */
  double *cross;                   /* (out): derivative of the slope by the tube, where there is one */
  const double *change;            /* of the fit, where misfit->direction is set */
  double sums[SMOOTH_MISFIT_SUMS]; /* (out): as the model likes */
} SmoothMisfitBlock;

typedef void (*SmoothMisfitFunc) (SmoothMisfitBlock *block, gconstpointer data);

typedef struct
{
  SmoothSpots *spots;
  double *signature; /* n_genes x size: X, and ones with bias */
  double *pairs;     /* n_packed x n_genes: products of two columns of it */
  double *work;      /* by worker */
  double *sums;      /* SMOOTH_MISFIT_SUMS by chunk */
  gint n_in_chunk;
  const double *direction; /* (nullable): length: a direction of the unknowns that a pass is told the change of the fit along */
} SmoothMisfit;

typedef enum
{
  SMOOTH_MISFIT_SUMS_ONLY,
  SMOOTH_MISFIT_SLOPES,     /* sums and gradient */
  SMOOTH_MISFIT_CURVATURES, /* blocks and border as well */
} SmoothMisfitWant;

SmoothMisfit *smooth_i_misfit_new (SmoothSpots *spots, gboolean with_blocks, GError **error);
void smooth_i_misfit_free (SmoothMisfit *misfit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothMisfit, smooth_i_misfit_free)
gboolean smooth_i_misfit_run (SmoothMisfit *misfit, const double *x, SmoothMisfitFunc func, gconstpointer data,
                              SmoothMisfitWant want, double *gradient, double *sums, GError **error);

G_END_DECLS
