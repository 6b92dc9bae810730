/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain Adam on the solver's objective: what the benchmarks compare with. */
#pragma once

#include "smooth.h"

G_BEGIN_DECLS

typedef struct
{
  gint n_types;
  gint64 n_spots;
  const double *h; /* n_types x n_types */
  const double *r; /* n_types x n_spots */
  double total;    /* n_spots times the objective at 0 */
  double lambda;
  const double *confidences;
  const SmoothSparse *q;
} AdamProblem;

typedef struct
{
  gint n_epochs;
  double objective;      /* at the end */
  double cpu_ms;         /* until then */
  double ms_to_accuracy; /* first epoch whose objective is below the goal; NAN: never */
} AdamResult;

/* Starts at |least squares|. stop_rule: ends when the objective changes by less than 1e-5 in one epoch, as the reference
 * does; else after max_epochs. */
AdamResult adam_run (const AdamProblem *problem, double rate, gboolean stop_rule, gint max_epochs, double goal);

G_END_DECLS
