/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver as its callers see it: making one, giving it a prior, solving, taking the result. */
#include "model/deconvolution.h"

#include "base/error.h"
#include "base/isa.h"
#include "model/grid-private.h"
#include "model/strength.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define LEAST_UNMOVED 8 /* moves are worth telling while at most one spot in so many has moved */

static const char *const lambda_units[] = { "reference", "relative", NULL };

static const char *const models[] = { "nnls", "linear", "dwls", "nusvr", "lognormal", NULL };
static const char *const svr_losses[] = { "squared", "absolute", NULL };

static const SmoothParam params[] = {
  { "model", N_ ("Model"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, kind), SMOOTH_MODEL_NNLS, 0, 4, "", models,
    N_ ("What measures the misfit: squares (nnls; linear: abundances of any sign), weighted squares that let weakly expressed genes "
        "count (dwls), distances beyond a tube, which outlying genes move less (nusvr), squares of logarithms (lognormal)"), 0 },
  { "lambda", N_ ("Smoothing λ"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, lambda), 0.1, 0, 1e6, "", NULL,
    N_ ("Weight of agreement between neighbours against the fit of each spot: larger makes neighbours more alike, 0 treats each "
        "spot alone; 0.03 to 0.3 suits most sections on log-normalised counts, other scales need other values"), SMOOTH_PARAM_LOG, 0.001, 10 },
  { "lambda-unit", N_ ("Unit of λ"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, lambda_unit),
    SMOOTH_LAMBDA_REFERENCE, 0, 1, "", lambda_units,
    N_ ("What λ counts: as it stands in the objective (reference), or relative to how firmly the data hold a type, which means the "
        "same for any units, genes and section; 0.06 relative is a good start"), SMOOTH_PARAM_EXPERT },
  { "bias", N_ ("Constant per spot"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, bias), 1, 0, 1, "", NULL,
    N_ ("Fits a free constant in every spot, which takes up background that no cell type explains"), 0 },
  { "signed", N_ ("Negative abundances"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, is_signed), 0, 0, 1, "", NULL,
    N_ ("Lets dwls and nusvr give abundances below 0, as in the first publications of these models"), SMOOTH_PARAM_EXPERT },
  { "dwls-cap", N_ ("Largest weight"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, dwls_cap), 8, 1, 1e6, "", NULL,
    N_ ("dwls: larger lets weakly expressed genes count more, against those of a spot with the largest values"),
    SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT, 1, 100 },
  { "svr-loss", N_ ("Loss beyond the tube"), SMOOTH_PARAM_CHOICE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, svr_loss),
    SMOOTH_SVR_SQUARED, 0, 1, "", svr_losses,
    N_ ("nusvr: squares beyond the tube, or plain distances, which outlying genes move least"), SMOOTH_PARAM_EXPERT },
  { "svr-cost", N_ ("Cost of misfit"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, svr_cost), 1, 1e-6, 1e6, "", NULL,
    N_ ("nusvr: larger fits each spot more closely, against small abundances"), SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT, 0.01, 100 },
  { "svr-nu", N_ ("Cost of the tube"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, svr_nu), 0.1, 0, 1, "", NULL,
    N_ ("nusvr: larger makes the tube narrower, within which no misfit counts"), SMOOTH_PARAM_EXPERT },
  { "log-offset", N_ ("Offset of logarithms"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, log_offset), 1, 1e-6, 1e6,
    "", NULL, N_ ("lognormal: larger makes small values count less, and the model more like plain least squares"),
    SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT, 0.01, 100 },
  { "tolerance", N_ ("Tolerance"), SMOOTH_PARAM_DOUBLE, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, tolerance), 1e-6, 1e-14, 0.1, "",
    NULL, N_ ("Larger: stops further from the optimum; bounds both the relative gap and the KKT residual"),
    SMOOTH_PARAM_LOG | SMOOTH_PARAM_EXPERT },
  { "max-iterations", N_ ("Most iterations"), SMOOTH_PARAM_INT, G_STRUCT_OFFSET (SmoothDeconvolutionSettings, max_iterations), 10000,
    1, 1e9, "", NULL, N_ ("Larger: hard problems get more sweeps before the solver stops short of the tolerance"),
    SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_deconvolution_params = {
  "model", N_ ("Deconvolution"), sizeof (SmoothDeconvolutionSettings), params, G_N_ELEMENTS (params),
};

/* As parameters and reports write it. */
const char *
smooth_model_get_name (SmoothModelKind kind)
{
  g_return_val_if_fail (kind <= SMOOTH_MODEL_LOGNORMAL, "unknown");
  return models[kind];
}

/**
 * smooth_deconvolver_new:
 * @reduced: the data term; referenced
 *
 * Returns: (transfer full): a solver without prior that starts from 0
 */
SmoothDeconvolver *
smooth_deconvolver_new (SmoothReduced *reduced)
{
  SmoothDeconvolver *solver = g_new0 (SmoothDeconvolver, 1);

  solver->reduced = smooth_reduced_ref (reduced);
  solver->isa = smooth_i_isa_get_default ();
  solver->confidences = g_new (double, reduced->n_types);
  for (gint k = 0; k < reduced->n_types; k++)
    solver->confidences[k] = 1;
  solver->m = g_new0 (double, reduced->n_types);
  solver->lambda = -1;
  solver->current = -1;
  return solver;
}

static void
drop_precisions (SmoothDeconvolver *solver)
{
  for (gint k = 0; k < solver->n_precisions; k++)
    smooth_precision_unref (solver->precisions[k]);
  g_clear_pointer (&solver->precisions, g_free);
  solver->n_precisions = 0;
}

void
smooth_deconvolver_free (SmoothDeconvolver *solver)
{
  if (solver == NULL)
    return;
  for (gint kind = 0; kind < SMOOTH_N_LEVELS; kind++)
    {
      smooth_i_level_clear (&solver->levels[kind]);
      smooth_i_grid_free (solver->grids[kind]);
    }
  g_clear_pointer (&solver->reduced, smooth_reduced_unref);
  g_clear_pointer (&solver->priors, smooth_i_priors_free);
  g_clear_pointer (&solver->pattern, smooth_sparse_unref);
  drop_precisions (solver);
  smooth_i_coarse_free (solver->coarse);
  smooth_i_layout_free (solver->layout);
  g_free (solver->confidences);
  g_free (solver->m);
  g_free (solver->chunks);
  smooth_i_free (solver->values);
  smooth_i_free (solver->diagonal);
  smooth_i_free (solver->reach);
  smooth_i_free (solver->slack);
  smooth_i_free (solver->dirty);
  smooth_i_free (solver->visited);
  smooth_i_free (solver->unread);
  smooth_i_free (solver->picked);
  smooth_i_free (solver->moved);
  smooth_i_free (solver->shares);
  smooth_i_free (solver->changes);
  smooth_i_free (solver->changed);
  g_clear_pointer (&solver->abundances, smooth_matrix_unref);
  smooth_i_free (solver->bias);
  smooth_i_free (solver->scratch);
  g_free (solver);
}

/* n: 0, 1 or n_types; confidences: (nullable): 1 */
static void
take_prior (SmoothDeconvolver *solver, SmoothPrecision *const *precisions, gint n, const double *confidences)
{
  SmoothPrecision **taken = g_new (SmoothPrecision *, MAX (n, 1));

  for (gint k = 0; k < n; k++)
    taken[k] = smooth_precision_ref (precisions[k]);
  drop_precisions (solver);
  solver->precisions = taken;
  solver->n_precisions = n;

  for (gint k = 0; k < solver->reduced->n_types; k++)
    {
      double confidence = confidences != NULL ? confidences[k] : 1;
      if (solver->confidences[k] != confidence)
        solver->lambda = -1;
      solver->confidences[k] = confidence;
    }
}

static gboolean
check_confidences (const double *confidences, gint n_types, GError **error)
{
  for (gint k = 0; confidences != NULL && k < n_types; k++)
    if (!(confidences[k] >= 0) || !isfinite (confidences[k]))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE, "confidence of cell type %d: expected a number >= 0, found %g", k + 1,
                          confidences[k]);
        return FALSE;
      }
  return TRUE;
}

/**
 * smooth_deconvolver_set_precision:
 * @precision: (nullable): the prior's Q over the spots of the data; %NULL for none. Only its symmetric part counts
 * @confidences: (nullable): n_types weights of the prior by type, >= 0; %NULL for 1
 * @error: set where sizes do not match or a value is not finite; the solver is then unchanged
 *
 * The iterate is kept: the next solve starts from it. If the pattern of Q is that of before (edges that are cut stay
 * as explicit zeros), only values are replaced: O(nnz). Else spots are ordered and coloured anew.
 */
gboolean
smooth_deconvolver_set_precision (SmoothDeconvolver *solver, SmoothPrecision *precision, const double *confidences, GError **error)
{
  gint n = solver->reduced->n_types;

  if (precision == NULL || smooth_precision_is_explicit (precision))
    {
      if (!check_confidences (confidences, n, error) || !smooth_i_matrix_set (solver, precision, error))
        return FALSE;
      take_prior (solver, &precision, precision != NULL, confidences);
      return TRUE;
    }
  g_autofree SmoothPrecision **precisions = g_new (SmoothPrecision *, n);
  for (gint k = 0; k < n; k++)
    precisions[k] = precision;
  return smooth_deconvolver_set_precisions (solver, precisions, confidences, error);
}

/**
 * smooth_deconvolver_set_precisions:
 * @precisions: n_types, the prior of each type; the same one may stand for several
 *
 * As smooth_deconvolver_set_precision(), with a prior of its own for each type. Solves are slower by several times than
 * with one matrix for all: there are no block sweeps.
 */
gboolean
smooth_deconvolver_set_precisions (SmoothDeconvolver *solver, SmoothPrecision *const *precisions, const double *confidences,
                                   GError **error)
{
  if (!check_confidences (confidences, solver->reduced->n_types, error) || !smooth_i_priors_set (solver, precisions, error))
    return FALSE;
  take_prior (solver, precisions, solver->reduced->n_types, confidences);
  solver->lambda = -1;
  return TRUE;
}

/* Log-normal: whether every value has a logarithm. O(nnz) */
static gboolean
check_logarithms (const SmoothReduced *reduced, double offset, GError **error)
{
  const SmoothSparse *y = reduced->expression;
  double least = 0;

  for (gint64 i = 0; i < reduced->n_spots; i++)
    for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
      least = MIN (least, y->values[e]);
  for (gint64 i = 0; i < reduced->n_spots && !(least > -offset); i++)
    for (gint64 e = y->starts[i]; e < y->starts[i + 1]; e++)
      if (!(y->values[e] > -offset))
        {
          smooth_error_set (
              error, SMOOTH_ERROR_VALUE,
              "the model lognormal: gene %d of spot %" PRId64 " has the value %g, of which there is no logarithm: expected "
              "values above -%g (log-offset), and the least is %g; choose a log-offset above %g, or another model",
              y->rows[e] + 1, i + 1, y->values[e], offset, least, -least);
          return FALSE;
        }
  return TRUE;
}

/* Makes the iterate one of the model. */
static gboolean
set_kind (SmoothDeconvolver *solver, SmoothModelKind kind, GError **error)
{
  if (solver->kind == kind && solver->current >= 0)
    return TRUE;
  if (!smooth_i_take_abundances (solver, error))
    return FALSE;
  SmoothMatrix *b = solver->abundances;
  for (gint64 e = 0; kind == SMOOTH_MODEL_NNLS && b != NULL && e < b->n_rows * b->n_cols; e++)
    b->values[e] = MAX (b->values[e], 0);
  if (solver->kind != kind)
    {
      solver->is_settled = FALSE;
      solver->forecast = (SmoothForecast) { 0 };
    }
  g_clear_pointer (&solver->bias, smooth_i_free);
  solver->kind = kind;
  solver->is_free = kind == SMOOTH_MODEL_LINEAR;
  return TRUE;
}

/* The models that reduce to H and R. */
gboolean
smooth_i_deconvolver_solve_squares (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings,
                                    SmoothImprovedFunc improved, gpointer improved_data, SmoothInfo *info, GError **error)
{
  return set_kind (solver, settings->kind, error)
         && smooth_i_schedule_solve (solver, settings, improved, improved_data, info, error);
}

/**
 * smooth_deconvolver_solve:
 * @settings: (nullable): %NULL for the defaults. The bias is that of the data: the setting is not looked at here
 * @improved: (nullable): called after improvements worth showing, at most about a hundred times a second
 * @info: (out): what was reached; objective, terms and residuals are computed afresh in double precision
 * @run: (nullable): cancellation, which is noticed within milliseconds, and the number of threads
 * @error: set on cancellation, settings out of range, values without a logarithm (lognormal) and lack of memory. The iterate then
 *   is some feasible one
 *
 * Minimises, from the present iterate,
 *
 *     nnls, linear  1/(G n) || X B + 1 b - Y ||^2
 *     dwls          1/(G n) sum u (X B + 1 b - Y)^2, u as dwls.c says
 *     nusvr         C (nu e + mean of max (|X B + 1 b - Y| - e, 0)^p) + mean (B^2)/2
 *     lognormal     mean of (log (X B + 1 b + eps) - log (Y + eps))^2
 *
 * plus lambda/(K n) sum_k c_k b_k'Q_k b_k, over the constants b and over B, which is >= 0 but in linear and where the settings
 * say so; with lambda_unit relative, settings->lambda is a strength and lambda follows from it (strength.h). The models of
 * the last three lines start from nnls under the same prior if the iterate is not their own. The result does not depend
 * on the number of threads.
 *
 * Returns: TRUE also where the tolerance was not met: see info->status
 */
gboolean
smooth_deconvolver_solve (SmoothDeconvolver *solver, const SmoothDeconvolutionSettings *settings, SmoothImprovedFunc improved,
                          gpointer improved_data, SmoothInfo *info, SmoothRun *run, GError **error)
{
  SmoothDeconvolutionSettings used;
  gint64 start = g_get_monotonic_time ();

  if (settings != NULL)
    used = *settings;
  else
    smooth_params_init (&smooth_deconvolution_params, &used);
  if (!smooth_params_check (&smooth_deconvolution_params, &used, error)
      || (used.kind == SMOOTH_MODEL_LOGNORMAL && !check_logarithms (solver->reduced, used.log_offset, error)))
    return FALSE;

  if (solver->layout == NULL && !smooth_i_matrix_set (solver, NULL, error))
    return FALSE;
  if (used.lambda_unit == SMOOTH_LAMBDA_RELATIVE)
    {
      used.lambda *= smooth_i_deconvolver_get_unit (solver, &used);
      used.lambda_unit = SMOOTH_LAMBDA_REFERENCE;
    }
  solver->run = run;
  gboolean done = used.kind <= SMOOTH_MODEL_LINEAR
                      ? smooth_i_deconvolver_solve_squares (solver, &used, improved, improved_data, info, error)
                      : smooth_i_dispatch_solve (solver, &used, improved, improved_data, info, error);
  solver->run = NULL;
  solver->is_given = FALSE;
  info->is_local = used.kind == SMOOTH_MODEL_LOGNORMAL;
  info->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return done;
}

/**
 * smooth_deconvolver_reset:
 *
 * Forgets the iterate and all that was learnt: the next solve starts from 0 and gives the same bits as a new solver's.
 */
void
smooth_deconvolver_reset (SmoothDeconvolver *solver)
{
  solver->current = -1;
  solver->is_settled = FALSE;
  solver->knows_moves = FALSE;
  solver->kind = SMOOTH_MODEL_NNLS;
  solver->is_given = FALSE;
  g_clear_pointer (&solver->abundances, smooth_matrix_unref);
  g_clear_pointer (&solver->bias, smooth_i_free);
  solver->forecast = (SmoothForecast) { 0 };
  solver->coupling = 0;
}

/**
 * smooth_deconvolver_set_abundances:
 * @abundances: n_types x n_spots; copied
 *
 * The next solve starts from there, or from the nearest abundances that its model allows.
 */
gboolean
smooth_deconvolver_set_abundances (SmoothDeconvolver *solver, const SmoothMatrix *abundances, GError **error)
{
  const SmoothReduced *reduced = solver->reduced;
  gint64 n = reduced->n_types * reduced->n_spots;

  if (abundances->n_rows != reduced->n_types || abundances->n_cols != reduced->n_spots)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "the abundances are %" PRId64 " x %" PRId64 ", the data have %d types x %" PRId64 " spots",
                        abundances->n_rows, abundances->n_cols, reduced->n_types, reduced->n_spots);
      return FALSE;
    }
  for (gint64 e = 0; e < n; e++)
    if (!isfinite (abundances->values[e]))
      {
        smooth_error_set (error, SMOOTH_ERROR_VALUE,
                          "the abundance of type %" PRId64 " in spot %" PRId64 " is %g, expected a number",
                          e % reduced->n_types + 1, e / reduced->n_types + 1, abundances->values[e]);
        return FALSE;
      }
  if (solver->abundances == NULL)
    solver->abundances = smooth_matrix_new (reduced->n_types, reduced->n_spots, error);
  if (solver->abundances == NULL)
    return FALSE;
  for (gint64 e = 0; e < n; e++)
    solver->abundances->values[e] = abundances->values[e];
  g_clear_pointer (&solver->bias, smooth_i_free);
  solver->current = -1;
  solver->is_settled = FALSE;
  solver->knows_moves = FALSE;
  solver->is_given = TRUE;
  return TRUE;
}

/**
 * smooth_deconvolver_dup_abundances:
 *
 * Returns: (transfer full): n_types x n_spots: the iterate, zeros before the first solve
 */
SmoothMatrix *
smooth_deconvolver_dup_abundances (const SmoothDeconvolver *solver, GError **error)
{
  SmoothMatrix *abundances = smooth_matrix_new (solver->reduced->n_types, solver->reduced->n_spots, error);

  if (abundances != NULL)
    smooth_i_store_abundances (solver, abundances->values);
  return abundances;
}

/* Iterates are shown from so many us after the start of a solve on: what is solved by then is not worth two pictures. 0 at first. */
void
smooth_i_deconvolver_show_after (SmoothDeconvolver *solver, gint64 us)
{
  solver->show_after = us;
}

/* Writes the iterate of spots @begin .. @end - 1 to those columns of @abundances, n_types x n_spots; for several threads at once. */
void
smooth_i_deconvolver_read (const SmoothDeconvolver *solver, gint64 begin, gint64 end, SmoothMatrix *abundances)
{
  g_return_if_fail (abundances->n_rows == solver->reduced->n_types && abundances->n_cols == solver->reduced->n_spots);
  smooth_i_store_spots (solver, NULL, begin, end - begin, smooth_matrix_column (abundances, begin));
}

/* The caller has read the iterate as it is: what moves from here on can be told by smooth_i_deconvolver_dup_moved(). */
void
smooth_i_deconvolver_note_read (SmoothDeconvolver *solver)
{
  solver->knows_moves = solver->unread != NULL && solver->current >= 0;
  if (solver->unread != NULL)
    memset (solver->unread, 0, (gsize) solver->layout->n_tiles * sizeof *solver->unread);
}

static gint
compare_spots (const void *a, const void *b)
{
  gint32 x = *(const gint32 *) a, y = *(const gint32 *) b;
  return (x > y) - (x < y);
}

/**
 * smooth_i_deconvolver_dup_moved:
 * @spots: (out) (transfer full): numbers of spots, ascending
 *
 * For who has the iterate of the last smooth_i_deconvolver_note_read(): what solves have changed since, if that is little.
 *
 * Returns: (transfer full) (nullable): n_types x number of @spots: their abundances now; %NULL without @error where all
 *   are to be read
 */
SmoothMatrix *
smooth_i_deconvolver_dup_moved (SmoothDeconvolver *solver, gint32 **spots, GError **error)
{
  gint64 n = 0;

  if (!solver->knows_moves || solver->current < 0)
    return NULL;
  for (gint64 t = 0; t < solver->layout->n_tiles; t++)
    n += __builtin_popcount (solver->unread[t]);
  if (n * LEAST_UNMOVED > solver->reduced->n_spots)
    return NULL;
  g_autofree gint32 *moved = g_new (gint32, MAX (n, 1));
  n = 0;
  for (gint64 t = 0; t < solver->layout->n_tiles; t++)
    for (guint bits = solver->unread[t]; bits != 0; bits &= bits - 1)
      moved[n++] = solver->layout->spots[t * SMOOTH_TILE + __builtin_ctz (bits)];
  qsort (moved, (gsize) n, sizeof *moved, compare_spots);
  SmoothMatrix *abundances = smooth_matrix_new (solver->reduced->n_types, n, error);
  if (abundances == NULL)
    return NULL;
  smooth_i_store_spots (solver, moved, 0, n, abundances->values);
  *spots = g_steal_pointer (&moved);
  return abundances;
}

/**
 * smooth_deconvolver_dup_bias:
 *
 * Returns: (transfer full): n_spots: the best constant of each spot for the present iterate, mean (Y_i) - xbar'b_i in the
 *   models of least squares; zeros without bias; %NULL where there is not enough memory
 */
double *
smooth_deconvolver_dup_bias (const SmoothDeconvolver *solver)
{
  const SmoothReduced *reduced = solver->reduced;
  g_autoptr (SmoothMatrix) abundances = smooth_deconvolver_dup_abundances (solver, NULL);
  double *bias = abundances != NULL ? smooth_i_try_new (double, reduced->n_spots, "the constants of spots", NULL) : NULL;

  if (bias != NULL && solver->bias != NULL)
    memcpy (bias, solver->bias, (gsize) reduced->n_spots * sizeof (double));
  for (gint64 i = 0; bias != NULL && solver->bias == NULL && i < reduced->n_spots; i++)
    {
      const double *b = smooth_matrix_column (abundances, i);
      bias[i] = reduced->mean[i];
      for (gint k = 0; k < reduced->n_types; k++)
        bias[i] -= reduced->centre[k] * b[k];
    }
  return bias;
}
