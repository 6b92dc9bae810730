/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which step when: block Gauss-Seidel sweeps, conjugate gradients on the face, the certificate, single or double.
 *
 *     F(B) = sum_i [b_i'H b_i / 2 - r_i'b_i] + sum_k m_k beta_k'Q beta_k / 2,  m_k = lambda c_k / K,  B >= 0
 *
 * A sweep solves each spot's block exactly, colour by colour, and goes beyond its minimum by a factor that follows from
 * how strongly the spots are coupled (successive over-relaxation; Young, Iterative Solution of Large Linear Systems, 1971),
 * which the sweeps themselves tell. Where they are slow in spite of that, conjugate gradients on the face come in between.
 * The change of the last sweep predicts when a certificate is worth its gradient. What single precision cannot reach,
 * double does.
 *
 * A strong prior of differences, which hardly sees steps that all spots take together, is stiff: see run_stiff().
 *
 * Without B >= 0 that is a linear system, for conjugate gradients alone. They also serve where Q is known by its products,
 * on one face after the other.
 */
#include "base/error.h"
#include "model/deconvolution-private.h"
#include "model/spectrum-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define SHOW_INTERVAL 9000 /* us between calls of the improved function */
#define MOST_COUPLING 0.95 /* that sweeps over-relax for */
#define LESS_TO_START 1.5  /* short ways see less coupling than the last one ended with: so far from 1 they start */
#define LESS_NEXT 1.1      /* the same for the next sweep, when the factor was found to be too large */
#define SLOW 0.6           /* contraction of a sweep's squared change that is little */
#define MOST_SLOW 3        /* sweeps in a row with that, before steps on the face come in between */
#define SAFETY 0.5         /* a certificate is tried when the predicted bound is below this share of the tolerance */
#define FACE_ITERATIONS 12
#define REFINE_ITERATIONS 20
#define FREE_ITERATIONS 300    /* the same where nothing is cut off */
#define FIRST_ITERATIONS 3     /* on the first face, where sweeps cannot find the right one */
#define WELL_CONDITIONED 0.01  /* sigma from which on factors of few digits make good steps */
#define NEAR 2e-5              /* KKT residual from which on corrections are added in double precision */
#define SINGLE_NOISE 5e-15     /* squared change of an entry that is rounding */
#define MOST_STEPS 8           /* sweeps between certificates */
#define PATIENCE 12            /* certificates without progress before giving up in double precision */
#define STIFF 1000             /* stiffness from which on sweeps in single precision are not tried */
#define STIFF_SWEEPS 2         /* between steps on the face, where the prior is all but everything */
#define STIFF_ITERATIONS 2000  /* of such a step */
#define STIFF_PATIENCE 30      /* as PATIENCE */
#define LOCAL_MOVES 1.0        /* KKT tolerances: moves below it are left to the certificate */
#define LOCAL_SHARE 0.3        /* of the tolerance on the gap, that tiles of average gap may take */
#define LOCAL_MOST 1e-5        /* and never larger moves than this */
#define LOCAL_ROUNDS 3         /* of local steps and certificates in each precision */
#define EXACT 1e-12            /* an objective below this share of that of B = 0 is rounding */
#define KEEP_FACTORS (4 << 20) /* bytes of factors up to which keeping them beats making them again: they stay in cache */
#define MANY_TYPES 24          /* from which on making them costs more than fetching them from memory, up to */
#define KEEP_LARGE_FACTORS (64 << 20)

typedef enum
{
  CONTINUE,
  CONVERGED,
  STOPPED,
  INDEFINITE,
  INTERRUPTED, /* by the callback */
  FAILED,      /* error is set */
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
  gint64 start, last_shown;

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

/* ---- setting up ---- */

static void
set_lambda (SmoothDeconvolver *solver, double lambda)
{
  const SmoothReduced *reduced = solver->reduced;

  if (solver->lambda == lambda && solver->weights > 0)
    return;
  if (solver->coupling > 0 && lambda > 0 && solver->lambda > 0)
    {
      /* A block's diagonal is h + lambda d, its coupling lambda d: the square of lambda d / (h + lambda d). */
      double own = (1 / sqrt (solver->coupling) - 1) * solver->lambda / lambda;
      solver->coupling = 1 / ((1 + own) * (1 + own));
    }
  for (gint k = 0; k < reduced->n_types; k++)
    solver->m[k] = lambda * solver->confidences[k] * smooth_i_priors_get_scale (solver, k) / reduced->n_types
                   / (reduced->scale[k] * reduced->scale[k]);
  solver->lambda = lambda;
  solver->weights++;
  solver->is_settled = FALSE;
}

static gboolean
set_curvature (SmoothDeconvolver *solver, GError **error)
{
  const SmoothReduced *reduced = solver->reduced;
  gint n = reduced->n_types;
  double largest;

  solver->curvature = reduced->sigma;
  if (solver->shift == 0)
    return TRUE;
  g_autofree double *h = g_new (double, n *n);
  smooth_i_scale_symmetric (reduced->h, reduced->scale, n, h);
  for (gint k = 0; k < n; k++)
    h[k * n + k] += solver->shift * solver->m[k];
  return smooth_i_eigenvalue_range (h, n, &solver->curvature, &largest, error);
}

/* Brings a level up to date and makes it the one that holds the iterate. */
static gboolean
enter_level (Solve *solve, SmoothLevelKind kind)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevel *level = &solver->levels[kind];

  if (!smooth_i_level_prepare (solver, kind, solve->error))
    return FALSE;
  smooth_i_level_copy (solver, kind);
  solver->current = (gint) kind;
  /* Collinear signatures: a proximal term keeps the blocks well conditioned and leaves the optimum where it is. */
  double least = kind == SMOOTH_LEVEL_SINGLE ? 1e-5 : 1e-10;
  level->pass.ridge = solver->reduced->sigma < least ? least : 0;
  gsize bytes = level->kernels->factor_size (solver->reduced->n_types) * (gsize) solver->layout->n_tiles;
  gsize most = solver->reduced->n_types < MANY_TYPES ? KEEP_FACTORS : KEEP_LARGE_FACTORS;
  if (bytes <= most && !smooth_i_level_prepare_factors (solver, kind, TRUE, solve->error))
    return FALSE;
  solve->kind = kind;
  solve->n_sweeps = 0;
  return TRUE;
}

/* ---- what is known ---- */

/* What the objective is measured against: itself, but where the data are fitted exactly it is rounding alone. */
static double
objective_scale (const Solve *solve, double objective)
{
  return MAX (objective, 1e-14 * solve->solver->reduced->total / (double) solve->solver->reduced->n_spots);
}

static double
kkt_tolerance (const Solve *solve)
{
  return solve->solver->kkt_tolerance > 0 ? solve->solver->kkt_tolerance : solve->settings->tolerance;
}

/* The gap as info.h defines it. Where the data are fitted exactly, one that is below the rounding of the objective, a
 * difference of terms as large as the data, is none: of collinear types no smaller one can be shown. */
static double
relative_gap (const Solve *solve)
{
  const SmoothCertificate *certificate = &solve->certificate;
  double data = solve->solver->reduced->total / (double) solve->solver->reduced->n_spots;

  if (certificate->gap <= 0 || (certificate->objective <= EXACT * data && certificate->gap <= 4 * DBL_EPSILON * data))
    return 0;
  return certificate->gap / objective_scale (solve, certificate->objective);
}

/* The larger of gap and KKT residual, in tolerances. */
static double
excess (const Solve *solve)
{
  double gap = relative_gap (solve);

  /* A singular system: its residual is all that can be told. */
  if (solve->solver->is_free && !isfinite (gap))
    gap = 0;
  return MAX (gap / solve->settings->tolerance, solve->certificate.kkt / kkt_tolerance (solve));
}

static void
fill_info (const Solve *solve, SmoothStatus status)
{
  const SmoothCertificate *certificate = &solve->certificate;
  SmoothInfo *info = solve->info;

  info->status = status;
  info->objective = certificate->objective;
  info->data_term = certificate->data;
  info->spatial_term = certificate->spatial;
  info->kkt_residual = certificate->kkt;
  info->relative_gap = isfinite (certificate->gap) ? relative_gap (solve) : NAN;
  info->iterations = solve->n_iterations;
  info->seconds = (double) (g_get_monotonic_time () - solve->start) / G_USEC_PER_SEC;
}

/* What follows from a new certificate. */
static Outcome
judge (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;

  solve->has_certificate = TRUE;
  solve->n_uncertified = 0;

  /* Both terms are sums of squares if Q is semidefinite: below 0 there is no minimum. */
  double zero = -1e-9 * solver->reduced->total / (double) solver->reduced->n_spots;
  if (!isfinite (solve->certificate.objective) || solve->certificate.objective < zero)
    return INDEFINITE;
  double now = excess (solve);
  if (now <= 1)
    return CONVERGED;
  if (!(now > 0.9 * solve->best_excess))
    {
      solve->best_excess = now;
      solve->n_idle = 0;
    }
  else
    solve->n_idle++;
  return CONTINUE;
}

static Outcome
certify (Solve *solve)
{
  return smooth_i_certify (solve->solver, &solve->certificate, solve->error) ? judge (solve) : FAILED;
}

/* A certificate after a sweep tells how gap and residual follow from the sweep's change; the next ones are predicted. */
static Outcome
certify_sweep (Solve *solve)
{
  SmoothForecast *forecast = &solve->solver->forecast;
  Outcome outcome = certify (solve);

  if (outcome == FAILED || solve->change <= 0)
    return outcome;
  forecast->objective = solve->certificate.objective;
  forecast->gap_by_change = solve->certificate.gap / solve->change;
  forecast->kkt_by_root = solve->certificate.kkt / sqrt (solve->change);
  return outcome;
}

/* Whether the change of the last sweep suggests that a certificate will be good enough, to stop or to go on with
 * corrections. */
static gboolean
looks_good (const Solve *solve)
{
  const SmoothForecast *forecast = &solve->solver->forecast;
  const SmoothReduced *reduced = solve->solver->reduced;

  if (forecast->objective <= 0)
    return solve->n_sweeps >= 2;
  if (solve->n_uncertified >= MOST_STEPS)
    return TRUE;
  double gap = forecast->gap_by_change * solve->change / objective_scale (solve, forecast->objective);
  double kkt = forecast->kkt_by_root * sqrt (solve->change);
  double goal = SAFETY * kkt_tolerance (solve);
  if (solve->kind == SMOOTH_LEVEL_SINGLE)
    {
      /* Below this the change is rounding. */
      if (solve->change <= SINGLE_NOISE * (double) (reduced->n_spots * reduced->n_types))
        return TRUE;
      goal = MAX (goal, SAFETY * NEAR);
    }
  return gap <= SAFETY * solve->settings->tolerance && kkt <= goal;
}

/* Shows the iterate if it is time. What the clock says must not change the way to the optimum: the certificate that is
 * shown is used for nothing else. */
static Outcome
show (Solve *solve)
{
  if (solve->improved == NULL || g_get_monotonic_time () - solve->last_shown < SHOW_INTERVAL)
    return CONTINUE;
  SmoothCertificate kept = solve->certificate;
  if (solve->n_uncertified > 0 && !smooth_i_certify (solve->solver, &solve->certificate, solve->error))
    return FAILED;
  fill_info (solve, SMOOTH_STATUS_IMPROVING);
  solve->certificate = kept;
  gboolean go_on = solve->improved (solve->solver, solve->info, solve->improved_data);
  solve->last_shown = g_get_monotonic_time ();
  return go_on ? CONTINUE : INTERRUPTED;
}

/* ---- steps ---- */

static void
lower_coupling (SmoothDeconvolver *solver, double factor)
{
  solver->coupling = MAX (1 - factor * (1 - MIN (solver->coupling, MOST_COUPLING)), 0);
}

/* What a sweep's contraction tells of the coupling, by Young's relation (t + w - 1)^2 = t w^2 coupling between the
 * contraction t of the error and the factor w. At t <= w - 1 the factor is too large for it to tell anything. */
static void
learn_coupling (Solve *solve, double factor)
{
  SmoothDeconvolver *solver = solve->solver;
  double t = sqrt (solve->contraction), excess = t + factor - 1;

  if (factor != solve->relaxation || solve->n_sweeps < 3 || !(t > 0 && t < 1))
    return;
  if (t > factor - 1 + 0.01)
    solver->coupling = MIN (MAX (solver->coupling, excess * excess / (factor * factor * t)), MOST_COUPLING);
  else
    lower_coupling (solver, LESS_NEXT);
}

static Outcome
sweep (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevel *level = &solver->levels[solve->kind];
  const SmoothLayout *layout = solver->layout;
  double previous = solve->change, n_bad = 0;
  SmoothPass pass = level->pass;

  pass.tiles = layout->all_tiles;
  pass.relaxation = solve->n_sweeps < solve->n_plain ? 1 : smooth_i_relaxation (solver);
  solve->change = 0;
  for (gint c = 0; c < layout->n_colours; c++)
    {
      SmoothSums sums = smooth_i_pass_run (solver, level->kernels->sweep, &pass, layout->colour_tiles[c],
                                           layout->colour_tiles[c + 1], SMOOTH_SWEEP_COST);
      if (!smooth_run_check (solver->run, solve->error))
        return FAILED;
      solve->change += sums.sums[0];
      n_bad += sums.sums[2];
    }
  solve->n_iterations++;
  solve->n_sweeps++;
  solve->n_uncertified++;
  solve->contraction = solve->n_sweeps > 1 && previous > 0 ? solve->change / previous : 0;
  solve->n_slow = solver->coupling >= MOST_COUPLING && solve->contraction > SLOW ? solve->n_slow + 1 : 0;
  learn_coupling (solve, pass.relaxation);
  solve->relaxation = pass.relaxation;
  return n_bad > 0 && solver->shift < 0 ? INDEFINITE : CONTINUE;
}

static gboolean
wants_face (const Solve *solve)
{
  if (solve->change == 0)
    return FALSE;
  return solve->is_slow || solve->n_slow >= MOST_SLOW;
}

static Outcome
step_on_face (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;

  if (!smooth_i_level_prepare_directions (solver, solve->kind, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, solve->kind, FALSE, solve->error))
    return FAILED;
  SmoothFaceResult result = smooth_i_face_solve (solver, solve->kind, FACE_ITERATIONS, 0, &solve->n_iterations);
  if (!smooth_run_check (solver->run, solve->error))
    return FAILED;
  solve->n_sweeps = 0;
  solve->n_plain = MAX (solve->n_plain, 1);
  solve->is_slow = TRUE;
  return result == SMOOTH_FACE_INDEFINITE && solver->shift < 0 ? INDEFINITE : CONTINUE;
}

/* ---- the loop ---- */

/* Whether sweeps along the face converge soon: the factors have few digits. */
static gboolean
can_sweep_face (const SmoothDeconvolver *solver)
{
  return !solver->is_free && solver->priors == NULL && solver->layout->n_colours > 0
         && solver->reduced->sigma >= WELL_CONDITIONED && solver->coupling < MOST_COUPLING;
}

/* Near the optimum: corrections from single precision, added in double. Goes on to sweeps in double precision when
 * they do not help any more. */
static Outcome
refine (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  gint n_poor = 0;

  if (!smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_SINGLE, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, SMOOTH_LEVEL_SINGLE, FALSE, solve->error)
      || !smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, TRUE, solve->error))
    return FAILED;
  solver->current = SMOOTH_LEVEL_DOUBLE; /* where certify() has copied it */
  Outcome outcome = solver->has_gradient ? CONTINUE : certify (solve);
  while (outcome == CONTINUE && n_poor < 2)
    {
      double before = excess (solve), wanted = CLAMP (0.2 / before, 1e-3, 0.2);

      outcome = show (solve);
      if (outcome == CONTINUE && solve->n_iterations >= solve->settings->max_iterations)
        outcome = STOPPED;
      if (outcome != CONTINUE)
        break;
      gboolean by_sweeps = n_poor == 0 && can_sweep_face (solver);
      gint most = solver->is_free ? FREE_ITERATIONS : REFINE_ITERATIONS;
      SmoothFaceResult result = smooth_i_face_refine (solver, by_sweeps, most, wanted * wanted, &solve->n_iterations);
      if (!smooth_run_check (solver->run, solve->error))
        return FAILED;
      outcome = certify (solve);
      n_poor += result != SMOOTH_FACE_MOVED ? 2 : excess (solve) > 0.5 * before;
    }
  if (outcome != CONTINUE)
    return outcome;
  solve->n_idle = 0;
  return enter_level (solve, SMOOTH_LEVEL_DOUBLE) ? CONTINUE : FAILED;
}

/* After a certificate that is not good enough: goes on in double precision, or not at all. */
static Outcome
reconsider (Solve *solve)
{
  if (solve->n_iterations >= solve->settings->max_iterations)
    return STOPPED;
  if (solve->n_idle >= 1)
    solve->n_plain = G_MAXINT; /* each plain sweep lowers the objective */
  if (solve->kind == SMOOTH_LEVEL_SINGLE && (solve->n_idle >= 2 || solve->change == 0 || solve->certificate.kkt < NEAR))
    return refine (solve);
  return solve->n_idle >= PATIENCE || solve->change == 0 ? STOPPED : CONTINUE;
}

/* The level to sweep in from now on. */
static gboolean
enter_first_level (Solve *solve)
{
  gboolean alone = solve->solver->method == SMOOTH_METHOD_DOUBLE;

  return enter_level (solve, alone ? SMOOTH_LEVEL_DOUBLE : SMOOTH_LEVEL_SINGLE);
}

/* Local steps in one precision until the certificate holds, or until what is left is everywhere. */
static Outcome
step_locally (Solve *solve, double threshold)
{
  SmoothDeconvolver *solver = solve->solver;

  for (gint round = 0; round < LOCAL_ROUNDS; round++, threshold *= 0.1)
    {
      if (!smooth_i_local_sweep (solver, solve->kind, threshold, &solve->n_iterations, solve->error)
          || !smooth_i_certify_changes (solver, &solve->certificate, solve->error))
        return FAILED;
      Outcome outcome = judge (solve);
      double gap = objective_scale (solve, solve->certificate.objective) * solve->settings->tolerance;
      if (solver->n_dirty > 0) /* too many visits */
        smooth_i_local_clear (solver);
      else if (outcome == CONTINUE && smooth_i_certificate_find_worst (solver, 0.5 * kkt_tolerance (solve), LOCAL_SHARE * gap))
        continue;
      return outcome;
    }
  return CONTINUE;
}

/* From an optimum of which few rows of Q have changed: steps around these, in the precision that the iterate has, and where it
 * takes more in double. */
static Outcome
run_local (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  SmoothLevelKind kind = solver->current == SMOOTH_LEVEL_DOUBLE ? SMOOTH_LEVEL_DOUBLE : SMOOTH_LEVEL_SINGLE;
  /* A sweep contracts errors by the relaxation less 1 at best: so far beyond its last move the optimum is. */
  double threshold = (2 - smooth_i_local_relaxation (solver)) * MIN (LOCAL_MOVES * kkt_tolerance (solve), LOCAL_MOST);

  solver->knows_moves = solve->knew_moves;
  if (!enter_level (solve, kind))
    return FAILED;
  Outcome outcome = step_locally (solve, threshold);
  if (outcome == CONTINUE && kind == SMOOTH_LEVEL_SINGLE && solver->n_dirty > 0)
    {
      solver->current = SMOOTH_LEVEL_DOUBLE; /* where the certificate has copied it */
      if (!enter_level (solve, SMOOTH_LEVEL_DOUBLE))
        return FAILED;
      outcome = step_locally (solve, 0.1 * threshold);
    }
  if (outcome != CONTINUE)
    return outcome;
  smooth_i_local_clear (solver);
  solver->knows_moves = FALSE;
  if (!enter_first_level (solve))
    return FAILED;
  return solve->kind == SMOOTH_LEVEL_SINGLE && solve->certificate.kkt < NEAR ? refine (solve) : CONTINUE;
}

static Outcome
run_blocks (Solve *solve)
{
  Outcome outcome = CONTINUE;

  if (smooth_i_local_pays (solve->solver))
    outcome = run_local (solve);
  else if (!enter_first_level (solve))
    return FAILED;
  while (outcome == CONTINUE)
    {
      outcome = sweep (solve);
      if (outcome == CONTINUE)
        outcome = show (solve);
      if (outcome == CONTINUE && (looks_good (solve) || solve->n_iterations >= solve->settings->max_iterations))
        {
          outcome = certify_sweep (solve);
          if (outcome == CONTINUE)
            outcome = reconsider (solve);
        }
      if (outcome == CONTINUE && wants_face (solve))
        outcome = step_on_face (solve);
    }
  return outcome;
}

/* Conjugate gradients in double precision on one face after the other: few iterations until the faces stay the same. */
static Outcome
run_faces (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  gint most = solver->is_free ? FREE_ITERATIONS : FIRST_ITERATIONS;

  if (!enter_level (solve, SMOOTH_LEVEL_DOUBLE)
      || !smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error))
    return FAILED;
  Outcome outcome = certify (solve);
  while (outcome == CONTINUE)
    {
      double before = excess (solve), wanted = CLAMP (0.2 / before, 1e-8, 0.2);

      outcome = show (solve);
      if (outcome == CONTINUE && (solve->n_iterations >= solve->settings->max_iterations || solve->n_idle >= PATIENCE))
        outcome = STOPPED;
      if (outcome != CONTINUE)
        break;
      SmoothFaceResult result = smooth_i_face_step (solver, most, wanted * wanted, &solve->n_iterations);
      solve->n_iterations++;
      if (result == SMOOTH_FACE_INDEFINITE && solver->shift < 0)
        return INDEFINITE;
      if (!smooth_run_check (solver->run, solve->error))
        return FAILED;
      outcome = certify (solve);
      if (excess (solve) < 0.5 * before || solve->n_idle >= 2)
        most = MIN (2 * most, FREE_ITERATIONS);
    }
  return outcome;
}

/* Where a strong prior leaves nothing but steps of all spots together: sweeps find the faces, conjugate gradients with constants
 * over the parts of the tissue minimise on them, all in double precision. */
static Outcome
run_stiff (Solve *solve)
{
  SmoothDeconvolver *solver = solve->solver;
  const SmoothLayout *layout = solver->layout;
  gboolean has_sweeps = !solver->is_free && layout->n_colours > 0;

  if (!enter_level (solve, SMOOTH_LEVEL_DOUBLE)
      || !smooth_i_level_prepare_directions (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error)
      || !smooth_i_level_prepare_factors (solver, SMOOTH_LEVEL_DOUBLE, FALSE, solve->error))
    return FAILED;
  smooth_i_coarse_free (solver->coarse);
  solver->coarse = smooth_i_coarse_new (layout->n_positions, solver->reduced->n_types, layout->starts, layout->cols, solver->values,
                                        solve->error);
  if (solver->coarse == NULL)
    return FAILED;
  solve->n_plain = G_MAXINT;
  solve->n_idle = 0;
  solve->best_excess = INFINITY;
  Outcome outcome = CONTINUE;
  while (outcome == CONTINUE)
    {
      for (gint i = 0; i < STIFF_SWEEPS && has_sweeps && outcome == CONTINUE; i++)
        outcome = sweep (solve);
      if (outcome == CONTINUE)
        outcome = certify (solve);
      if (outcome == CONTINUE)
        outcome = show (solve);
      if (outcome == CONTINUE && (solve->n_iterations >= solve->settings->max_iterations || solve->n_idle >= STIFF_PATIENCE))
        outcome = STOPPED;
      if (outcome != CONTINUE)
        break;
      double wanted = CLAMP (0.1 / excess (solve), 1e-8, 0.1);
      SmoothFaceResult result = smooth_i_face_step (solver, STIFF_ITERATIONS, wanted * wanted, &solve->n_iterations);
      solve->n_iterations++;
      if (result == SMOOTH_FACE_INDEFINITE && solver->shift < 0)
        return INDEFINITE;
      if (!smooth_run_check (solver->run, solve->error))
        return FAILED;
    }
  return outcome;
}

/* How much more the prior holds neighbours together than data, or what the prior has on top, hold a spot where it is. */
static double
stiffness (const SmoothDeconvolver *solver)
{
  double most = 0, diagonal = 0, slack = INFINITY;

  for (gint k = 0; k < solver->reduced->n_types; k++)
    most = MAX (most, solver->m[k]);
  for (gint64 i = 0; i < solver->reduced->n_spots; i++)
    {
      gint32 p = solver->layout->positions[i];
      diagonal = MAX (diagonal, solver->diagonal[p]);
      slack = MIN (slack, solver->slack[p]);
    }
  return most * diagonal / (1 + most * slack);
}

/* Whether steps of single spots are too slow from the start. */
static gboolean
is_stiff (const SmoothDeconvolver *solver)
{
  gboolean has_steps = solver->is_free || solver->layout->n_colours > 0;

  return has_steps && solver->priors == NULL && solver->method != SMOOTH_METHOD_FISTA && stiffness (solver) > STIFF;
}

/* A linear system. */
static Outcome
run_free (Solve *solve)
{
  if (solve->solver->priors != NULL || solve->solver->method == SMOOTH_METHOD_DOUBLE)
    return run_faces (solve);
  if (!enter_level (solve, SMOOTH_LEVEL_SINGLE) || !enter_level (solve, SMOOTH_LEVEL_DOUBLE))
    return FAILED;
  Outcome outcome = refine (solve);
  return outcome == CONTINUE ? run_faces (solve) : outcome;
}

static Outcome
run_fista (Solve *solve)
{
  gint batch = 25;

  if (!enter_level (solve, SMOOTH_LEVEL_DOUBLE))
    return FAILED;
  for (;;)
    {
      batch = MIN (batch, solve->settings->max_iterations - solve->n_iterations);
      if (!smooth_i_fista_run (solve->solver, batch, solve->error))
        return FAILED;
      solve->n_iterations += batch;
      Outcome outcome = certify (solve);
      if (outcome == CONTINUE && (solve->n_iterations >= solve->settings->max_iterations || solve->n_idle >= PATIENCE))
        outcome = STOPPED;
      if (outcome == CONTINUE)
        outcome = show (solve);
      if (outcome != CONTINUE)
        return outcome;
      batch = MIN (2 * batch, 400);
    }
}

static SmoothStatus
status_of (const Solve *solve, Outcome outcome)
{
  gboolean is_certain = solve->solver->shift == 0 || solve->solver->curvature > 0;

  if (outcome == INDEFINITE || !is_certain)
    return SMOOTH_STATUS_INDEFINITE;
  if (outcome == INTERRUPTED)
    return SMOOTH_STATUS_IMPROVING;
  return outcome == CONVERGED ? SMOOTH_STATUS_CONVERGED : SMOOTH_STATUS_STOPPED;
}

static Outcome
run (Solve *solve)
{
  const SmoothDeconvolver *solver = solve->solver;

  if (is_stiff (solver))
    return run_stiff (solve);
  if (solver->is_free)
    return run_free (solve);
  if (solver->priors != NULL)
    return run_faces (solve);
  gboolean has_blocks = solver->layout->n_colours > 0 && solver->method != SMOOTH_METHOD_FISTA;
  if (!has_blocks)
    return run_fista (solve);
  Outcome outcome = run_blocks (solve);
  gboolean is_short = outcome == STOPPED && solve->n_iterations < solve->settings->max_iterations;
  return is_short ? run_stiff (solve) : outcome;
}

/**
 * smooth_i_schedule_solve:
 *
 * Solves from the present iterate; the solver has a layout and Q.
 */
gboolean
smooth_i_schedule_solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings, SmoothImprovedFunc improved,
                         gpointer improved_data, SmoothInfo *info, GError **error)
{
  Solve solve = {
    .solver = solver,
    .settings = settings,
    .improved = improved,
    .improved_data = improved_data,
    .info = info,
    .error = error,
    .start = g_get_monotonic_time (),
    .best_excess = INFINITY,
    .n_plain = solver->coupling > 0 ? 0 : 2,
    .knew_moves = solver->knows_moves,
  };

  set_lambda (solver, settings->lambda);
  solver->knows_moves = FALSE;
  if (!smooth_i_local_pays (solver))
    {
      solver->has_shares = solver->has_gradient = FALSE;
      lower_coupling (solver, LESS_TO_START);
    }
  if (!set_curvature (solver, error) || !smooth_i_pass_prepare (solver, smooth_run_get_n_threads (solver->run), error))
    return FALSE;
  Outcome outcome = run (&solve);
  g_clear_pointer (&solver->coarse, smooth_i_coarse_free);
  smooth_i_local_clear (solver);
  solver->is_settled = outcome == CONVERGED;
  if (outcome == FAILED)
    return FALSE;
  if ((!solve.has_certificate || solve.n_uncertified > 0) && certify (&solve) == FAILED)
    return FALSE;
  fill_info (&solve, status_of (&solve, outcome));
  return TRUE;
}
