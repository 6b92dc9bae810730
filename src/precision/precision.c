/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Precision matrices of spatial priors from the weights W of a graph, negative weights taken as 0:
 *
 *     ICAR  Q = D - rho W,  D = diag (row sums of W)
 *     CAR   Q = I - rho W
 *     SAR   Q = (I - rho W)^T (I - rho W)
 *     ISAR  Q = (I - rho V)^T (I - rho V),  V = D^-1 W
 *     SMA   Q = [(I + rho W) (I + rho W)^T]^-1,  which is full and never formed: its inverse, the covariance, is sparse and kept
 *
 * (operator.c tells how products with Q are made then).
 *
 * Source: Su et al., Genome Biology 24 (2023) 291. Graphs store W^T by columns, so that row i of W is one run of memory;
 * each pass below goes over these runs once, in fixed blocks. Patterns follow those of W, zeros included: ICAR and CAR have
 * the pattern of the weights (where W is not symmetric: joined with its transpose), SAR and ISAR that of the product.
 */
#include "precision/precision-private.h"

#include "base/error.h"
#include "base/parallel.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Weights below this share of the largest one do not count as neighbours where rows are divided by their sums. */
#define NEGLIGIBLE 1e-12

/* Of I + rho W: below this, less than about six digits of a solution are right. */
#define WORST_RCOND 1e-10

static const char *const priors[] = { "icar", "car", "sar", "isar", "sma", NULL };

static const SmoothParam params[] = {
  { .name = "prior",
    .label = N_ ("Prior"),
    .type = SMOOTH_PARAM_CHOICE,
    .offset = G_STRUCT_OFFSET (SmoothPrecisionSettings, kind),
    .initial = SMOOTH_PRIOR_ICAR,
    .max = SMOOTH_PRIOR_SMA,
    .unit = "",
    .choices = priors,
    .help = N_ ("What counts as rough: differences between neighbours (icar, car), or departures from the mean of the "
                "neighbours (sar, isar), or what averages over neighbours would not give (sma)") },
  { .name = "rho",
    .label = N_ ("Correlation ρ"),
    .type = SMOOTH_PARAM_DOUBLE,
    .offset = G_STRUCT_OFFSET (SmoothPrecisionSettings, rho),
    .initial = 0.99,
    .max = 1,
    .unit = "",
    .help = N_ (
        "A larger value correlates spots over longer distances; at 0 spots are independent, at 1 only differences count"),
    .flags = SMOOTH_PARAM_TO_ONE },
  { .name = "standardise",
    .label = N_ ("Equal variances"),
    .type = SMOOTH_PARAM_BOOL,
    .offset = G_STRUCT_OFFSET (SmoothPrecisionSettings, standardise),
    .max = 1,
    .unit = "",
    .help = N_ ("Scales the prior so that it expects the same variance in every spot, at borders and in the middle of the tissue alike"),
    .flags = SMOOTH_PARAM_EXPERT },
};

const SmoothParamTable smooth_precision_params = {
  .name = "prior",
  .label = N_ ("Prior"),
  .size = sizeof (SmoothPrecisionSettings),
  .params = params,
  .n_params = G_N_ELEMENTS (params),
};

/* One pass over the rows of W: result, of the pattern of W^T, becomes diag - factor W. */
typedef struct
{
  const SmoothSparse *weights;
  SmoothSparse *result;
  gint kind;
  double rho;
  double negligible; /* smaller weights are dropped; ISAR only */
} Pass;

static void
pass_column (const Pass *pass, gint64 i)
{
  const SmoothSparse *w = pass->weights;
  gboolean is_scaled = pass->kind == SMOOTH_PRIOR_ISAR;
  double sum = 0.0;

  for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
    sum += w->values[e] >= pass->negligible ? w->values[e] : 0.0;

  gboolean is_lost = is_scaled && !(sum > 0.0); /* all neighbours were dropped: isolated, v_ii = 1 */
  double unit = is_scaled && !is_lost ? sum : 1.0;
  double diagonal = (pass->kind == SMOOTH_PRIOR_ICAR ? sum : 1.0) - (is_lost ? pass->rho : 0.0);
  for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
    {
      double value = w->values[e] >= pass->negligible ? w->values[e] : 0.0;
      pass->result->values[e] = (w->rows[e] == i ? diagonal : 0.0) - pass->rho * (is_lost ? 0.0 : value / unit);
    }
}

static void
pass_block (gint64 block, gint worker, gpointer data)
{
  const Pass *pass = data;
  gint64 last = MIN ((block + 1) * SMOOTH_COLUMN_BLOCK, pass->weights->n_cols);

  (void) worker;
  for (gint64 i = block * SMOOTH_COLUMN_BLOCK; i < last; i++)
    pass_column (pass, i);
}

/* Returns: (transfer full): the transpose of D - rho W, I - rho W, I - rho V or I + rho W */
static SmoothSparse *
run_pass (const SmoothGraph *graph, const SmoothPrecisionSettings *settings, SmoothRun *run, GError **error)
{
  const SmoothSparse *w = graph->weights;
  gint64 n = w->n_cols, nnz = smooth_sparse_get_nnz (w);
  Pass pass = { .weights = w, .kind = settings->kind, .rho = settings->kind == SMOOTH_PRIOR_SMA ? -settings->rho : settings->rho };

  pass.result = smooth_i_sparse_new_like (w, error);
  if (pass.result == NULL)
    return NULL;
  if (settings->kind == SMOOTH_PRIOR_ISAR)
    {
      for (gint64 e = 0; e < nnz; e++)
        pass.negligible = MAX (pass.negligible, w->values[e]);
      pass.negligible *= NEGLIGIBLE;
    }
  smooth_i_parallel (smooth_run_get_n_threads (run), (n + SMOOTH_COLUMN_BLOCK - 1) / SMOOTH_COLUMN_BLOCK, pass_block, &pass);
  return pass.result;
}

/* Sets q and symmetric. */
static gboolean
make_matrices (SmoothPrecision *precision, const SmoothGraph *graph, const SmoothPrecisionSettings *settings, SmoothRun *run,
               GError **error)
{
  g_autoptr (SmoothSparse) transposed = run_pass (graph, settings, run, error);
  gboolean is_product = settings->kind == SMOOTH_PRIOR_SAR || settings->kind == SMOOTH_PRIOR_ISAR;

  if (transposed == NULL)
    return FALSE;
  if (!is_product && !graph->is_symmetric)
    {
      precision->q = smooth_sparse_new_transpose (transposed, error);
      precision->symmetric = precision->q != NULL ? smooth_i_symmetric_part (transposed, error) : NULL;
      return precision->symmetric != NULL;
    }
  precision->q = is_product ? smooth_i_gram (transposed, run, error) : g_steal_pointer (&transposed);
  precision->symmetric = precision->q != NULL ? smooth_sparse_ref (precision->q) : NULL;
  return precision->q != NULL;
}

static void
diagonal_block (gint64 block, gint worker, gpointer data)
{
  SmoothPrecision *precision = data;
  const SmoothSparse *q = precision->symmetric;

  (void) worker;
  for (gint64 j = block * SMOOTH_COLUMN_BLOCK; j < MIN ((block + 1) * SMOOTH_COLUMN_BLOCK, q->n_cols); j++)
    for (gint64 e = q->starts[j]; e < q->starts[j + 1]; e++)
      if (q->rows[e] == j)
        precision->diagonal[j] = q->values[e];
}

static gboolean
take_diagonal (SmoothPrecision *precision, SmoothRun *run, GError **error)
{
  precision->diagonal = smooth_i_try_alloc (MAX (precision->n_spots, 1), sizeof (double), "the diagonal of a precision matrix", error);
  if (precision->diagonal != NULL)
    smooth_i_parallel (smooth_run_get_n_threads (run), (precision->n_spots + SMOOTH_COLUMN_BLOCK - 1) / SMOOTH_COLUMN_BLOCK,
                       diagonal_block, precision);
  return precision->diagonal != NULL;
}

/* One sentence for every prior whose rho depends on the graph: what is wrong, and the two ways out. */
static void
warn_beyond (SmoothPrecision *precision, const char *name, double rho, const char *property, const char *consequence, const char *instead)
{
  double digit = pow (10.0, floor (log10 (MAX (fabs (precision->rho_max), G_MINDOUBLE))) - 2.0);

  smooth_report_add (precision->report, SMOOTH_REPORT_WARNING,
                     "rho %g lies outside of the interval %.4g to %.4g in which the %s prior of this graph is %s: %s; choose a rho of at "
                     "most %.3g, or %s",
                     rho, precision->rho_min, precision->rho_max, name, _(property), _(consequence), floor (precision->rho_max / digit) * digit,
                     _(instead));
}

/* I + rho W may be inverted for any rho but a few, yet only below the first of them is it a moving average of noise that the
 * spots could tell back: beyond it some patterns over neighbours cost next to nothing or everything. */
static gboolean
check_invertible (SmoothPrecision *precision, const SmoothGraph *graph, double rho, SmoothRun *run, GError **error)
{
  SmoothInterval interval;
  double rcond = smooth_lu_get_rcond (precision->factor);

  if (rcond < WORST_RCOND)
    smooth_report_add (precision->report, SMOOTH_REPORT_WARNING,
                       "I + rho W of the SMA prior is nearly singular at rho %g (reciprocal condition about %.1g): digits of the "
                       "result are lost; choose another rho", rho, rcond);
  if (!graph->is_symmetric)
    return TRUE;
  if (!smooth_i_find_interval (graph, SMOOTH_PRIOR_CAR, &interval, run, error))
    return FALSE;
  precision->rho_min = MAX (-interval.rho_max, -G_MAXDOUBLE);
  precision->rho_max = MIN (-interval.rho_min, G_MAXDOUBLE);
  if (rho >= precision->rho_max)
    warn_beyond (precision, "SMA", rho, N_("a moving average that can be inverted"),
                 N_("patterns that alternate between neighbours may go unpunished"),
                 N_("divide the weights of every spot by their sum (row-scale), which allows any rho below 1"));
  return TRUE;
}

/* Sets factor, covariance and diagonal. */
static gboolean
make_factor (SmoothPrecision *precision, const SmoothGraph *graph, const SmoothPrecisionSettings *settings, SmoothRun *run,
             GError **error)
{
  g_autoptr (SmoothSparse) transposed = run_pass (graph, settings, run, error);

  if (transposed != NULL && settings->standardise)
    smooth_i_standardise_factor (transposed);
  g_autoptr (SmoothSparse) a = transposed != NULL ? smooth_sparse_new_transpose (transposed, error) : NULL;

  if (a == NULL)
    return FALSE;
  precision->factor = smooth_lu_new (a, error);
  if (precision->factor == NULL)
    {
      smooth_error_prefix (error, "SMA prior at rho %g: I + rho W: ", settings->rho);
      return FALSE;
    }
  precision->covariance = smooth_i_gram (a, run, error);
  if (precision->covariance == NULL)
    return FALSE;
  precision->diagonal = smooth_i_try_alloc (MAX (precision->n_spots, 1), sizeof (double), "the diagonal of a precision matrix", error);
  return precision->diagonal != NULL
         && smooth_i_invert_diagonal (precision, run, error)
         && check_invertible (precision, graph, settings->rho, run, error);
}

static gboolean
note_null_vectors (SmoothPrecision *precision, const SmoothGraph *graph, GError **error)
{
  gint64 n_components = smooth_graph_count_components (graph, error);

  if (n_components < 0)
    return FALSE;
  smooth_report_add (
      precision->report, SMOOTH_REPORT_NOTE,
      "rho = 1: the prior acts on differences between neighbours only and leaves the level of each of the %" PRId64
      " connected components free (one null vector each)",
      n_components);
  return TRUE;
}

/* Looks for a rho that leaves D - rho W indefinite, and says so in words. */
static gboolean
check_definite (SmoothPrecision *precision, const SmoothGraph *graph, const SmoothPrecisionSettings *settings,
                SmoothRun *run, GError **error)
{
  const char *name = settings->kind == SMOOTH_PRIOR_CAR ? "CAR" : "ICAR";
  SmoothInterval interval;

  if (!graph->is_symmetric)
    smooth_report_add (precision->report, SMOOTH_REPORT_NOTE,
                       "the weights are not symmetric (directed edges or scaled rows): the %s prior acts through the mean "
                       "of both directions",
                       name);
  if (settings->kind == SMOOTH_PRIOR_ICAR && graph->is_symmetric)
    return TRUE; /* diagonally dominant for rho <= 1 */
  if (!smooth_i_find_interval (graph, settings->kind, &interval, run, error))
    return FALSE;

  precision->rho_min = interval.rho_min;
  precision->rho_max = interval.rho_max;
  precision->is_semidefinite = settings->rho * interval.upper <= 1.0 + 1e-12;
  if (!precision->is_semidefinite)
    warn_beyond (precision, name, settings->rho, N_("positive definite"), N_("it may reward roughness without bound"),
                 settings->kind == SMOOTH_PRIOR_CAR ? N_("the prior icar, which allows any rho up to 1")
                                                    : N_("make a mutual graph without scaled rows"));
  return TRUE;
}

static SmoothPrecision *
precision_alloc (gint64 n_spots)
{
  SmoothPrecision *precision = g_new0 (SmoothPrecision, 1);

  g_atomic_ref_count_init (&precision->ref_count);
  precision->n_spots = n_spots;
  precision->is_semidefinite = TRUE;
  precision->rho_min = 0.0;
  precision->rho_max = 1.0;
  precision->report = smooth_report_new ();
  return precision;
}

/**
 * smooth_precision_new:
 * @settings: (nullable): NULL for the defaults
 *
 * ICAR and CAR: one pass over the weights, O(nnz). SAR and ISAR: a product with about three times the entries on a lattice.
 * CAR (and ICAR of a graph that is not symmetric) asks for the spectrum of the weights once a graph: up to 100
 * multiplications, remembered by the graph, so that moving rho costs one pass again. SMA: a sparse LU factor of I + rho W and
 * a Cholesky factor of its square. Standardised: a Cholesky factor and its selected inverse as well.
 *
 * Returns: (transfer full): the prior; one that is indefinite is no error but a warning in its report
 */
SmoothPrecision *
smooth_precision_new (const SmoothGraph *graph, const SmoothPrecisionSettings *settings, SmoothRun *run, GError **error)
{
  SmoothPrecisionSettings defaults;

  smooth_params_init (&smooth_precision_params, &defaults);
  settings = settings != NULL ? settings : &defaults;
  if (!smooth_params_check (&smooth_precision_params, settings, error) || !smooth_run_check (run, error))
    return NULL;

  g_autoptr (SmoothPrecision) precision = precision_alloc (graph->n_spots);
  precision->symbolic = smooth_symbolic_cache_ref (graph->symbolic);
  precision->settings = *settings;
  precision->weights = smooth_i_edit_ref_version (&graph->weights->edit);
  if (settings->kind == SMOOTH_PRIOR_SMA)
    return make_factor (precision, graph, settings, run, error) ? g_steal_pointer (&precision) : NULL;
  if (!make_matrices (precision, graph, settings, run, error) || !take_diagonal (precision, run, error))
    return NULL;
  if (settings->kind == SMOOTH_PRIOR_ICAR || settings->kind == SMOOTH_PRIOR_CAR)
    {
      if (!check_definite (precision, graph, settings, run, error))
        return NULL;
    }
  if (settings->rho == 1.0 && (settings->kind == SMOOTH_PRIOR_ICAR || settings->kind == SMOOTH_PRIOR_ISAR))
    if (!note_null_vectors (precision, graph, error))
      return NULL;
  if (settings->standardise && !smooth_i_standardise (precision, run, error))
    return NULL;
  return g_steal_pointer (&precision);
}

/* Whether each row of Q follows from that row of the weights, and both are where @last left them but for an edit. */
static gboolean
can_edit (const SmoothPrecision *last, const SmoothGraph *graph, const SmoothPrecisionSettings *settings)
{
  return settings->kind == SMOOTH_PRIOR_ICAR && !settings->standardise && graph->is_symmetric
         && smooth_params_equal (&smooth_precision_params, settings, &last->settings)
         && smooth_i_edit_is_from (&graph->weights->edit, last->weights) && last->q == last->symmetric;
}

/* The diagonal of @last for the caller to change; that of @spare brought up to date, or a copy. */
static double *
take_spare_diagonal (const SmoothPrecision *last, SmoothPrecision *spare, gboolean is_usable, GError **error)
{
  gsize n = (gsize) MAX (last->n_spots, 1);
  double *diagonal = is_usable ? g_steal_pointer (&spare->diagonal) : NULL;

  if (diagonal != NULL)
    for (gint64 i = 0; i < last->symmetric->edit.n; i++)
      diagonal[last->symmetric->edit.places[i]] = last->diagonal[last->symmetric->edit.places[i]];
  else if ((diagonal = smooth_i_try_alloc ((gint64) n, sizeof (double), "the diagonal of a precision matrix", error)) != NULL)
    memcpy (diagonal, last->diagonal, n * sizeof (double));
  return diagonal;
}

/**
 * smooth_i_precision_new_edited:
 * @last: the prior before
 * @spare: (transfer full) (nullable): the one that @last was made of by this function: if nobody else holds it its memory is used
 * @graph: edited (smooth_i_graph_new_relabelled()) from that of @last
 *
 * As smooth_precision_new(); ICAR of an edited graph in the time of the columns that were changed, and that of a copy where
 * @spare does not serve.
 */
SmoothPrecision *
smooth_i_precision_new_edited (SmoothPrecision *last, SmoothPrecision *spare, const SmoothGraph *graph,
                               const SmoothPrecisionSettings *settings, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothPrecision) held = spare;

  if (!can_edit (last, graph, settings))
    return smooth_precision_new (graph, settings, run, error);
  gboolean is_usable = held != NULL && g_atomic_ref_count_compare (&held->ref_count, 1) && held->q == held->symmetric
                       && smooth_i_edit_is_from (&last->symmetric->edit, held->symmetric->edit.version);
  g_autoptr (SmoothPrecision) precision = precision_alloc (graph->n_spots);
  precision->symbolic = smooth_symbolic_cache_ref (graph->symbolic);
  precision->settings = *settings;
  precision->weights = smooth_i_edit_ref_version (&graph->weights->edit);
  precision->diagonal = take_spare_diagonal (last, held, is_usable, error);
  SmoothSparse *matrix = is_usable ? g_steal_pointer (&held->symmetric) : NULL;
  if (is_usable)
    g_clear_pointer (&held->q, smooth_sparse_unref);
  const SmoothEdit *edit = &graph->weights->edit;
  precision->q = smooth_i_sparse_new_edited (last->symmetric, matrix, edit->places, edit->n, error);
  if (precision->q == NULL || precision->diagonal == NULL)
    return NULL;
  precision->symmetric = smooth_sparse_ref (precision->q);
  Pass pass = { .weights = graph->weights, .result = precision->q, .kind = settings->kind, .rho = settings->rho };
  for (gint64 i = 0; i < edit->n; i++)
    {
      gint32 j = edit->places[i];
      pass_column (&pass, j);
      for (gint64 e = pass.weights->starts[j]; e < pass.weights->starts[j + 1]; e++)
        if (pass.weights->rows[e] == j)
          precision->diagonal[j] = precision->q->values[e];
    }
  if (settings->rho == 1.0 && !note_null_vectors (precision, graph, error))
    return NULL;
  return g_steal_pointer (&precision);
}

/**
 * smooth_precision_new_from_matrix:
 * @q: n x n, finite; referenced, not copied
 *
 * Takes any matrix as prior. Whether it is positive semidefinite is the caller's to know: it is not looked at.
 *
 * Returns: (transfer full): the prior; an error names the entry that is not finite
 */
SmoothPrecision *
smooth_precision_new_from_matrix (const SmoothSparse *q, GError **error)
{
  if (q->n_rows != q->n_cols)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "a precision matrix: expected as many rows as columns, found %" PRId64 " x %" PRId64, q->n_rows,
                        q->n_cols);
      return NULL;
    }
  if (!smooth_sparse_check (q, error))
    return NULL;

  g_autoptr (SmoothPrecision) precision = precision_alloc (q->n_cols);
  precision->q = smooth_sparse_ref ((SmoothSparse *) q);
  precision->symbolic = smooth_symbolic_cache_new (NULL, q->n_cols, 0, error);
  precision->symmetric = precision->symbolic != NULL ? smooth_i_symmetric_part (q, error) : NULL;
  return precision->symmetric != NULL && take_diagonal (precision, NULL, error) ? g_steal_pointer (&precision) : NULL;
}

/**
 * smooth_precision_new_from_covariance:
 * @covariance: n x n, finite, symmetric and positive definite, both triangles and the whole diagonal stored; referenced
 *
 * Takes any sparse covariance as prior: Q is its inverse, which is never formed. One sparse Cholesky factor and its selected
 * inverse.
 *
 * Returns: (transfer full): the prior; a covariance that is not positive definite is an error
 */
SmoothPrecision *
smooth_precision_new_from_covariance (const SmoothSparse *covariance, GError **error)
{
  gboolean is_definite = FALSE;

  if (covariance->n_rows != covariance->n_cols)
    {
      smooth_error_set (error, SMOOTH_ERROR_MISMATCH,
                        "a covariance matrix: expected as many rows as columns, found %" PRId64 " x %" PRId64,
                        covariance->n_rows, covariance->n_cols);
      return NULL;
    }
  if (!smooth_sparse_check (covariance, error))
    return NULL;

  g_autoptr (SmoothPrecision) precision = precision_alloc (covariance->n_cols);
  precision->covariance = smooth_sparse_ref ((SmoothSparse *) covariance);
  precision->symbolic = smooth_symbolic_cache_new (NULL, covariance->n_cols, 0, error);
  precision->cholesky = precision->symbolic != NULL ? smooth_cholesky_new_for (precision->symbolic, covariance, NULL, NULL, error) : NULL;
  if (precision->cholesky == NULL || !smooth_cholesky_factor (precision->cholesky, covariance, &is_definite, NULL, error))
    return NULL;
  if (!is_definite)
    {
      smooth_error_set (error, SMOOTH_ERROR_NUMERIC, "a covariance matrix of %" PRId64 " spots is not positive definite",
                        precision->n_spots);
      return NULL;
    }
  precision->diagonal = smooth_cholesky_dup_inverse_diagonal (precision->cholesky, NULL, error);
  return precision->diagonal != NULL ? g_steal_pointer (&precision) : NULL;
}

SmoothPrecision *
smooth_precision_ref (SmoothPrecision *precision)
{
  g_atomic_ref_count_inc (&precision->ref_count);
  return precision;
}

void
smooth_precision_unref (SmoothPrecision *precision)
{
  if (precision == NULL || !g_atomic_ref_count_dec (&precision->ref_count))
    return;
  smooth_sparse_unref (precision->q);
  smooth_sparse_unref (precision->symmetric);
  smooth_i_free (precision->diagonal);
  smooth_sparse_unref (precision->covariance);
  smooth_lu_free (precision->factor);
  smooth_cholesky_free (precision->cholesky);
  smooth_symbolic_cache_unref (precision->symbolic);
  smooth_report_unref (precision->report);
  smooth_i_edit_unref_version (precision->weights);
  g_free (precision);
}
