/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the schedule share: a solve at hand, and what is known about it. */
#pragma once

#include "model/deconvolution-private.h"

G_BEGIN_DECLS

typedef enum
{
  OUTCOME_CONTINUE,
  OUTCOME_CONVERGED,
  OUTCOME_STOPPED,
  OUTCOME_INDEFINITE,
  OUTCOME_INTERRUPTED, /* by the callback */
  OUTCOME_FAILED,      /* error is set */
} Outcome;

typedef struct
{
  SmoothDeconvolver *solver;
  const SmoothDeconvolutionSettings *settings;
  SmoothImprovedFunc improved;
  gpointer improved_data;
  SmoothInfo *info;
  GError **error;

  SmoothLevelKind kind;
  gint n_iterations;
  gint64 start, next_shown;
  gboolean has_shown;

  SmoothCertificate certificate; /* the last */
  gboolean has_certificate;
  double best_excess;    /* least of max (gap, kkt) over the tolerance */
  gint n_idle;           /* certificates since that fell */

  double change;      /* squared change of the last sweep */
  double contraction; /* of the last sweep against the one before, if it directly followed */
  double relaxation;  /* of the last sweep */
  gint n_slow;        /* sweeps in a row that contract little in spite of the most relaxation */
  gint n_plain;       /* sweeps without relaxation to start with */
  gint n_sweeps;      /* since the last step on the face */
  gint n_uncertified; /* sweeps since the last certificate */
  gboolean is_slow;   /* the face was needed before */
  gboolean knew_moves; /* solver->knows_moves as it was: local steps alone keep it */
} Solve;

#define SMOOTH_FREE_ITERATIONS 300 /* of conjugate gradients at once, where nothing is cut off */
#define SMOOTH_PATIENCE 12         /* certificates without progress before giving up in double precision */

/* schedule.c */
gboolean smooth_i_schedule_enter_level (Solve *solve, SmoothLevelKind kind);

/* schedule-progress.c */
double smooth_i_schedule_objective_scale (const Solve *solve, double objective);
double smooth_i_schedule_kkt_tolerance (const Solve *solve);
double smooth_i_schedule_relative_gap (const Solve *solve);
double smooth_i_schedule_excess (const Solve *solve);
void smooth_i_schedule_fill_info (const Solve *solve, SmoothStatus status);
Outcome smooth_i_schedule_judge (Solve *solve);
Outcome smooth_i_schedule_certify (Solve *solve);
Outcome smooth_i_schedule_show (Solve *solve);

/* schedule-sweeps.c */
void smooth_i_schedule_lower_coupling (SmoothDeconvolver *solver, double factor);
Outcome smooth_i_schedule_sweep (Solve *solve);
Outcome smooth_i_schedule_refine (Solve *solve);
Outcome smooth_i_schedule_run_blocks (Solve *solve);

/* schedule-faces.c */
gboolean smooth_i_schedule_is_stiff (const SmoothDeconvolver *solver);
Outcome smooth_i_schedule_run_faces (Solve *solve);
Outcome smooth_i_schedule_run_stiff (Solve *solve);
Outcome smooth_i_schedule_run_free (Solve *solve);
Outcome smooth_i_schedule_run_fista (Solve *solve);

G_END_DECLS
