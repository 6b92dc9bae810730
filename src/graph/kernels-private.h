/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of neighbour searches, one table of them for each instruction set. All give the same bits. */
#pragma once

#include "graph/neighbours.h"

G_BEGIN_DECLS

#define SMOOTH_GROUP_K 16           /* the most neighbours that lists of distances hold, in registers where there are enough */
#define SMOOTH_GROUP_LANES 8        /* the most points that are looked at side by side */
#define SMOOTH_GROUP_CANDIDATES 256 /* the most that these are compared with */
#define SMOOTH_GROUP_ROOM (SMOOTH_GROUP_CANDIDATES + 2 * SMOOTH_PADDING)

struct _SmoothGraphKernels
{
  gint n_lanes; /* how many points a group should have */

  /* For the points first .. first + n - 1, n <= n_lanes: limits: tie times the squared distance to the k-th nearest other
   * candidate, k <= SMOOTH_GROUP_K; counts: how many others are within that, where these can be more than @most. */
  void (*limit) (const SmoothPoints *points, gint64 first, gint n, const SmoothRuns *runs, gint k, double tie, gint64 most, double *limits,
                 gint64 *counts);

  /* The same points: lists: of each those candidates, itself among them, whose squared distance is within its limit and, if
   * @mutual, within their own; by their numbers, in no order. Each has SMOOTH_GROUP_ROOM. */
  void (*collect) (const SmoothPoints *points, gint64 first, gint n, const SmoothRuns *runs, const double *limits, gboolean mutual,
                   gint32 *lists, gint64 *counts);

  /* The same for one point and any number of candidates, but their positions are appended; there is room for all of them and
   * SMOOTH_PADDING more. Returns: the new length */
  gint64 (*append) (const SmoothPoints *points, gint64 p, const SmoothRuns *runs, double limit, const double *limits, gint32 *list,
                    gint64 length);

  /* sorted (room for 8) = the first n <= 8 of a list (readable up to 8), ascending */
  void (*sort) (const gint32 *list, gint64 n, gint32 *sorted);
};

const SmoothGraphKernels *smooth_i_graph_kernels (void);

G_END_DECLS
