/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neighbour graphs in the benchmarks. */
#pragma once

#include "bench.h"
#include "synthetic.h"

G_BEGIN_DECLS

typedef struct
{
  const double *coords; /* n x 2 */
  gint64 n;
  SmoothGraphSettings settings;
  SmoothGraph *graph; /* the last */
} NeighboursProblem;

void neighbours_build (gpointer problem, SmoothRun *run);
double *neighbours_random (gint64 n); /* n x 2: one spot in a unit of area */

G_END_DECLS
