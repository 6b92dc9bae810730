/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selected inverses in the benchmarks. */
#pragma once

#include "bench.h"
#include "linalg/cholesky.h"
#include "synthetic.h"

G_BEGIN_DECLS

typedef struct
{
  const SmoothSparse *q;
  const double *coords; /* n x 2 */
  SmoothSymbolic *symbolic;
  SmoothCholesky *cholesky;
} InverseProblem;

void inverse_analyse (gpointer problem, SmoothRun *run);
void inverse_solve (gpointer problem, SmoothRun *run);
void inverse_clear (InverseProblem *problem);
gsize inverse_bytes (const InverseProblem *problem); /* Q and its factor */

G_END_DECLS
