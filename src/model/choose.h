/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which lambda, and which rho, suit a section: the whole curve of a score, and what it says. */
#pragma once

#include "model/deconvolution.h"
#include "section/prepare.h"

G_BEGIN_DECLS

typedef enum
{
  SMOOTH_CHOOSE_AUTO,     /* the first of these that the data allow */
  SMOOTH_CHOOSE_GENES,    /* fit one half of the genes, score the other: lambda and rho */
  SMOOTH_CHOOSE_THINNING, /* the same with halves of the counts of every gene */
  SMOOTH_CHOOSE_EVIDENCE, /* marginal likelihood of the Gaussian model: lambda and rho */
  SMOOTH_CHOOSE_DECAY,    /* the prior's correlation against the likeness of expression: rho alone */
} SmoothChooseMethod;

typedef struct
{
  gint method;          /* SmoothChooseMethod */
  gint splits;          /* into halves; each is used in both directions */
  gint seed;            /* of the splits */
  double strength_min, strength_max; /* the grid of lambda, as strengths (strength.h) */
  gint per_decade;      /* values of lambda in a factor of ten */
  gboolean search_rho;  /* over a small grid; else the prior's own rho alone. Decay always searches */
} SmoothChooseSettings;

extern const SmoothParamTable smooth_choose_params;

/* What is chosen for. All borrowed. */
typedef struct
{
  const SmoothSection *section;
  const SmoothSignature *signature;
  const SmoothPrepareSettings *prepare;     /* (nullable): the defaults */
  const SmoothPrepared *prepared;           /* (nullable): by these settings; made where NULL */
  SmoothGraph *graph;                       /* of the analysed spots */
  const SmoothPrecisionSettings *prior;     /* (nullable): the defaults */
  const SmoothDeconvolutionSettings *model; /* (nullable): the defaults; lambda is not looked at */
  const double *confidences;                /* (nullable): n_types */
} SmoothChooseInputs;

#define SMOOTH_CHOICE_DEGREES 20

/* One point of the curve. Scores are to be small; NAN where a method has none. */
typedef struct
{
  double lambda, strength, rho;
  double score;            /* halves: mean square of what is unexplained in the other half; evidence: - log p / n_spots;
                              decay: mean squared difference */
  double score_error;      /* its standard error, halves only */
  double difference;       /* score less that of the best point */
  double difference_error; /* its standard error: paired over spots, so much smaller than the above; halves only */
} SmoothChoicePoint;

/* Immutable, one owner. */
typedef struct
{
  gint method; /* that was used: not SMOOTH_CHOOSE_AUTO */
  gint64 n_points;
  SmoothChoicePoint *points; /* lambda = 0 first; then by rho, and for each by lambda. Decay: by rho alone, lambda NAN */
  gint64 best;               /* the point of least score */
  gint64 chosen;             /* the choice: the largest lambda, at the rho of the best, within one standard error of it */
  gint64 n_types;
  char **type_names;
  double *type_gains;  /* n_types: by how much the choice lowers the error of the type against lambda = 0, see choose-halves.c; NAN: not told */
  double *type_errors; /* n_types: their standard errors */
  double *similarity;   /* (nullable): SMOOTH_CHOICE_DEGREES: decay only: of expression, by degree 1, 2, ... */
  double *correlations; /* (nullable): n_points x SMOOTH_CHOICE_DEGREES, row-major: decay only: of the prior */
  SmoothReport *report;
} SmoothChoice;

SmoothChoice *smooth_choose (const SmoothChooseInputs *inputs, const SmoothChooseSettings *settings, SmoothRun *run, GError **error);
void smooth_choice_free (SmoothChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothChoice, smooth_choice_free)

G_END_DECLS
