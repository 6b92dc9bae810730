/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How smooth components and scores of spatial PCA should be: the whole surface of a score, and what it says. */
#pragma once

#include "model/pca.h"

G_BEGIN_DECLS

typedef struct
{
  gint folds;           /* parts of the spots, each of which is hidden once */
  gint seed;            /* of the parts */
  double lambda_max;    /* of components: the grid falls from here over two powers of ten, and has 0 */
  double score_max;     /* of scores: the grid falls from here over three powers of ten, and has 0 */
  gint per_decade;      /* values in a factor of ten, of both */
} SmoothPcaChooseSettings;

extern const SmoothParamTable smooth_pca_choose_params;

typedef struct
{
  double lambda, score_lambda;
  double unexplained;      /* share of the variance of hidden spots that their neighbours' scores leave */
  double difference;       /* less that of the best point */
  double difference_error; /* its standard error, paired over spots */
} SmoothPcaChoicePoint;

/* Immutable, one owner. */
typedef struct
{
  gint64 n_lambdas, n_score_lambdas;
  gint64 n_points;
  SmoothPcaChoicePoint *points; /* by lambda, and for each by score lambda: both rise from 0 */
  gint64 best;                  /* the point that leaves least */
  gint64 chosen;                /* the smoothest that is within one standard error of it: see choose-pca.c */
  gint64 best_lambda;           /* the best point with scores as they are: what suits spatial PCA alone */
  gint64 best_score_lambda;     /* the best point with components of plain PCA: what suits posterior scores alone */
  SmoothReport *report;
} SmoothPcaChoice;

SmoothPcaChoice *smooth_pca_choose (const SmoothSparse *expression, SmoothPrecision *precision, const SmoothPcaSettings *settings,
                                    const SmoothPcaChooseSettings *choose, SmoothRun *run, GError **error);
void smooth_pca_choice_free (SmoothPcaChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPcaChoice, smooth_pca_choice_free)

G_END_DECLS
