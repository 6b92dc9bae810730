/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where values are wanted: measured spots, and with them spots that were not measured, points of a finer lattice, or any points. */
#pragma once

#include "graph/likeness.h"
#include "model/imputation.h"
#include "section/regions.h"
#include "section/section.h"

G_BEGIN_DECLS

#define SMOOTH_FINEST_LATTICE 6

typedef struct
{
  gboolean with_missing; /* spots in the tissue that have no counts, too */
  gint refine;           /* steps of a finer lattice in one pitch; 1: none */
} SmoothPositionSettings;

extern const SmoothParamTable smooth_position_params;

/* Immutable. The measured spots come first, in their order, so that their numbers are 0 .. n_observed - 1. */
typedef struct
{
  gint64 n_positions;
  gint64 n_observed; /* with measured values */
  gint64 n_spots;    /* measured or not; points that are no spots come after these */
  gint n_dims;       /* 2 or 3 */
  double *coords;    /* n_positions x n_dims, row-major (x, y and perhaps z), um */
  gint32 *spots;     /* n_positions: the number of the spot in its section; -1 where the position is none */
  double pitch;      /* um between neighbouring spots */
  gint factor;       /* steps of the finer lattice in one pitch; 1 where there is none */
  double um_per_pixel;
  SmoothReport *report; /* how many positions there are of each sort */

  /*< private >*/
  gatomicrefcount ref_count;
} SmoothPositions;

/* How alike the positions are that are spots. All borrowed. */
typedef struct
{
  const SmoothLikeness *likeness;
  const char *const *names; /* n_positions */
  const SmoothSection *section; /* (nullable): whose other spots rows may be of */
  const SmoothScalingSettings *settings;
  SmoothReport *report;
} SmoothPositionLikeness;

SmoothPositions *smooth_positions_new (const SmoothSection *section, gboolean with_missing, const gboolean *distrusted, GError **error);
SmoothPositions *smooth_positions_new_from_coords (const double *coords, gint n_dims, gint64 n_observed, gint64 n_spots, double pitch,
                                                   GError **error);
SmoothPositions *smooth_positions_new_with (const SmoothPositions *positions, const double *coords, gint64 n_points, GError **error);
SmoothPositions *smooth_positions_new_finer (const SmoothPositions *positions, gint factor, SmoothRun *run, GError **error);
SmoothPositions *smooth_positions_ref (SmoothPositions *positions);
void smooth_positions_unref (SmoothPositions *positions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmoothPositions, smooth_positions_unref)

void smooth_positions_scale_settings (const SmoothPositions *positions, SmoothGraphSettings *graph, SmoothPrecisionSettings *prior,
                                      SmoothImputationSettings *imputation);
gint32 *smooth_positions_dup_labels (const SmoothPositions *positions, const SmoothRegions *regions, GError **error);
SmoothGraph *smooth_positions_new_graph (const SmoothPositions *positions, const SmoothGraphSettings *settings,
                                         const SmoothRegions *regions, SmoothRun *run, GError **error);
SmoothGraph *smooth_positions_new_graph_with (const SmoothPositions *positions, const SmoothGraphSettings *settings,
                                              const SmoothRegions *regions, const SmoothPositionLikeness *likeness, SmoothRun *run,
                                              GError **error);

G_END_DECLS
