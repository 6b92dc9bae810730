/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models that need every gene: gives each its problem and a start, and takes over what it finds.
 *
 * A solve starts from the iterate if that is of the same model, else from non-negative least squares under the same prior,
 * from wherever the solver was: so a model that is not convex ends at the same minimum whatever was solved before.
 */
#include "base/error.h"
#include "model/grid-private.h"

#include <string.h>

#define START_TOLERANCE 1e-8 /* of the least squares that a model starts from */

typedef gboolean (*ModelFunc) (const SmoothProblem *problem, const SmoothDeconvolutionSettings *settings,
                               SmoothIterate *iterate, SmoothIterateFunc improved, gpointer improved_data, SmoothInfo *info,
                               SmoothRun *run, GError **error);

static ModelFunc
find_model (SmoothModelKind kind)
{
  switch (kind)
    {
    case SMOOTH_MODEL_DWLS:
      return smooth_i_dwls_solve;
    case SMOOTH_MODEL_NUSVR:
      return smooth_i_nusvr_solve;
    case SMOOTH_MODEL_LOGNORMAL:
      return smooth_i_lognormal_solve;
    case SMOOTH_MODEL_NNLS:
    case SMOOTH_MODEL_LINEAR:
    default:
      g_return_val_if_reached (NULL);
    }
}

typedef struct
{
  SmoothDeconvolver *solver;
  SmoothImprovedFunc improved;
  gpointer improved_data;
} Telling;

/* Where the solver's callers read the iterate. */
static void
show (SmoothDeconvolver *solver, const SmoothIterate *iterate)
{
  gint64 n = solver->reduced->n_spots;

  if (iterate->abundances != solver->abundances)
    memcpy (solver->abundances->values, iterate->abundances->values,
            (gsize) (n * solver->reduced->n_types) * sizeof (double));
  if (iterate->bias != solver->bias)
    memcpy (solver->bias, iterate->bias, (gsize) n * sizeof (double));
}

static gboolean
on_iterate (const SmoothIterate *iterate, const SmoothInfo *info, gpointer data)
{
  const Telling *telling = data;

  show (telling->solver, iterate);
  return telling->improved (telling->solver, info, telling->improved_data);
}

/* Brings the iterate to abundances and bias. A model knows the caller's abundances from here on, or those of its last solve.
 */
static gboolean
find_start (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings, GError **error)
{
  SmoothDeconvolutionSettings start = *settings;
  SmoothInfo info;

  if (solver->kind == (SmoothModelKind) settings->kind && solver->bias != NULL)
    return TRUE;
  start.kind = SMOOTH_MODEL_NNLS;
  start.tolerance = START_TOLERANCE;
  if ((!solver->is_given && !smooth_i_deconvolver_solve_squares (solver, &start, NULL, NULL, &info, error))
      || !smooth_i_take_abundances (solver, error))
    return FALSE;
  /* What least squares needed on the way: the model at hand needs the memory. */
  smooth_i_level_clear (&solver->levels[SMOOTH_LEVEL_SINGLE]);
  for (gint kind = 0; kind < SMOOTH_N_LEVELS; kind++)
    g_clear_pointer (&solver->grids[kind], smooth_i_grid_free);
  solver->is_settled = FALSE;
  solver->bias = smooth_deconvolver_dup_bias (solver);
  if (solver->bias == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_MEMORY, "not enough memory for the constants of %" PRId64 " spots",
                        solver->reduced->n_spots);
      return FALSE;
    }
  solver->tube = 0;
  solver->kind = settings->kind;
  return TRUE;
}

/**
 * smooth_i_dispatch_solve:
 * @settings: of a model that needs every gene; lambda as in the objective
 *
 * See problem-private.h.
 */
gboolean
smooth_i_dispatch_solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings, SmoothImprovedFunc improved,
                         gpointer improved_data, SmoothInfo *info, GError **error)
{
  const SmoothReduced *reduced = solver->reduced;
  SmoothDeconvolutionSettings used = *settings;
  ModelFunc solve = find_model (settings->kind);
  Telling telling = { solver, improved, improved_data };

  solver->knows_moves = FALSE;
  if (!find_start (solver, settings, error))
    return FALSE;
  used.bias = reduced->bias;
  SmoothProblem problem = {
    .signature = reduced->signature,
    .expression = reduced->expression,
    .precisions = solver->precisions,
    .n_precisions = solver->n_precisions,
    .confidences = solver->confidences,
  };
  SmoothIterate iterate = { solver->abundances, solver->bias, solver->tube };
  gboolean done =
      solve (&problem, &used, &iterate, improved != NULL ? on_iterate : NULL, &telling, info, solver->run, error);
  show (solver, &iterate);
  solver->tube = iterate.tube;
  return done;
}
