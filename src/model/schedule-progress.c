/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a solve at hand has reached: its certificates, whether they are good enough, showing the iterate meanwhile. */
#include "model/schedule-private.h"

#include <float.h>
#include <math.h>

#define SHOW_INTERVAL 9000 /* us between calls of the improved function, */
#define SHOW_SHARE 6       /* and at least so many times what a call takes */
#define EXACT 1e-12            /* an objective below this share of that of B = 0 is rounding */

/* What the objective is measured against: itself, but where the data are fitted exactly it is rounding alone. */
double
smooth_i_schedule_objective_scale (const Solve *solve, double objective)
{
  return MAX (objective, 1e-14 * solve->solver->reduced->total / (double) solve->solver->reduced->n_spots);
}

double
smooth_i_schedule_kkt_tolerance (const Solve *solve)
{
  return solve->solver->kkt_tolerance > 0 ? solve->solver->kkt_tolerance : solve->settings->tolerance;
}

/* The gap as info.h defines it. Where the data are fitted exactly, one that is below the rounding of the objective, a
 * difference of terms as large as the data, is none: of collinear types no smaller one can be shown. */
double
smooth_i_schedule_relative_gap (const Solve *solve)
{
  const SmoothCertificate *certificate = &solve->certificate;
  double data = solve->solver->reduced->total / (double) solve->solver->reduced->n_spots;

  if (certificate->gap <= 0 || (certificate->objective <= EXACT * data && certificate->gap <= 4 * DBL_EPSILON * data))
    return 0;
  return certificate->gap / smooth_i_schedule_objective_scale (solve, certificate->objective);
}

/* The larger of gap and KKT residual, in tolerances. */
double
smooth_i_schedule_excess (const Solve *solve)
{
  double gap = smooth_i_schedule_relative_gap (solve);

  /* A singular system: its residual is all that can be told. */
  if (solve->solver->is_free && !isfinite (gap))
    gap = 0;
  return MAX (gap / solve->settings->tolerance, solve->certificate.kkt / smooth_i_schedule_kkt_tolerance (solve));
}

void
smooth_i_schedule_fill_info (const Solve *solve, SmoothStatus status)
{
  const SmoothCertificate *certificate = &solve->certificate;
  SmoothInfo *info = solve->info;

  info->status = status;
  info->objective = certificate->objective;
  info->data_term = certificate->data;
  info->spatial_term = certificate->spatial;
  info->kkt_residual = certificate->kkt;
  info->relative_gap = isfinite (certificate->gap) ? smooth_i_schedule_relative_gap (solve) : NAN;
  info->iterations = solve->n_iterations;
  info->seconds = (double) (g_get_monotonic_time () - solve->start) / G_USEC_PER_SEC;
}

/* What follows from a new certificate. */
Outcome
smooth_i_schedule_judge (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;

  solve->has_certificate = TRUE;
  solve->n_uncertified = 0;

  /* Both terms are sums of squares if Q is semidefinite: below 0 there is no minimum. */
  double zero = -1e-9 * solver->reduced->total / (double) solver->reduced->n_spots;
  if (!isfinite (solve->certificate.objective) || solve->certificate.objective < zero)
    return OUTCOME_INDEFINITE;
  double now = smooth_i_schedule_excess (solve);
  if (now <= 1)
    return OUTCOME_CONVERGED;
  if (!(now > 0.9 * solve->best_excess))
    {
      solve->best_excess = now;
      solve->n_idle = 0;
    }
  else
    solve->n_idle++;
  return OUTCOME_CONTINUE;
}

Outcome
smooth_i_schedule_certify (Solve *solve)
{
  return smooth_i_certify (solve->solver, &solve->certificate, solve->error) ? smooth_i_schedule_judge (solve) : OUTCOME_FAILED;
}

static void
fill_info_on_the_way (const Solve *solve, gboolean is_certain)
{
  SmoothInfo *info = solve->info;

  smooth_i_schedule_fill_info (solve, SMOOTH_STATUS_IMPROVING);
  if (!is_certain)
    info->objective = info->data_term = info->spatial_term = info->kkt_residual = info->relative_gap = NAN;
}

/* Shows the iterate if it is time: the first one at once, those after it with a certificate, which costs as much as a step.
 * What the clock says must not change the way to the optimum: the certificate that is shown is used for nothing else. */
Outcome
smooth_i_schedule_show (Solve *solve)
{
  gint64 start = g_get_monotonic_time ();

  if (solve->improved == NULL || start < solve->next_shown)
    return OUTCOME_CONTINUE;
  SmoothCertificate kept = solve->certificate;
  gboolean is_certain = solve->n_uncertified == 0;
  if (!is_certain && solve->has_shown)
    {
      if (!smooth_i_certify (solve->solver, &solve->certificate, solve->error))
        return OUTCOME_FAILED;
      is_certain = TRUE;
    }
  fill_info_on_the_way (solve, is_certain);
  solve->certificate = kept;
  solve->has_shown = TRUE;
  gboolean go_on = solve->improved (solve->solver, solve->info, solve->improved_data);
  gint64 end = g_get_monotonic_time ();
  solve->next_shown = end + MAX (SHOW_INTERVAL, SHOW_SHARE * (end - start));
  return go_on ? OUTCOME_CONTINUE : OUTCOME_INTERRUPTED;
}
