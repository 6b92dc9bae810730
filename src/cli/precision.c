/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli precision: the matrix of a spatial prior, the variances that it gives to spots, and whether it is sound. Of the
 * prior sma, whose matrix is full, the factor and the covariance, which are sparse. */
#include "cli/site.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define SINGULAR 1e-14 /* a reciprocal condition below this is rounding */

static const CliFlag flags[] = { CLI_SITE_FLAGS, CLI_JOB_FLAGS, CLI_END_OF_FLAGS };

#define MOST_FULL 3000 /* spots whose full matrix is written */

typedef struct
{
  gboolean all_entries;
} Settings;

static const SmoothParam params[] = {
  { "all-entries", N_("All entries"), SMOOTH_PARAM_BOOL, G_STRUCT_OFFSET (Settings, all_entries), 0, 0, 1, "", NULL,
    N_("Writes the full precision matrix of the prior sma too, of 3000 spots at most; other priors have a sparse one that is always written"), 0 },
};

static const SmoothParamTable params_table = { "precision", N_("Precision"), sizeof (Settings), params, G_N_ELEMENTS (params) };

static const SmoothParamTable *const tables[] = { &params_table, &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, NULL };

/* What is known of the inverse. */
typedef struct
{
  gboolean is_definite;
  double log_determinant; /* of Q; NAN where not definite, or not symmetric */
  double *variances;      /* n_spots: diag (Q^-1); NULL where not definite; smooth_i_free() */
} Inverse;

/* From the symmetric part of Q, or from the covariance where that is what there is. */
static gboolean
invert (const SmoothPrecision *precision, Inverse *inverse, SmoothRun *run, GError **error)
{
  gboolean is_explicit = smooth_precision_is_explicit (precision);
  const SmoothSparse *q = is_explicit ? precision->symmetric : precision->covariance;
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new_for (precision->symbolic, q, NULL, run, error);

  *inverse = (Inverse){ .log_determinant = NAN };
  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, q, &inverse->is_definite, run, error))
    return FALSE;
  inverse->is_definite = inverse->is_definite && smooth_cholesky_get_rcond (cholesky) > SINGULAR;
  if (!inverse->is_definite)
    return TRUE;
  inverse->log_determinant = smooth_cholesky_get_log_determinant (cholesky) * (is_explicit ? 1.0 : -1.0);
  if (is_explicit)
    inverse->variances = smooth_cholesky_dup_inverse_diagonal (cholesky, run, error);
  else
    inverse->variances = smooth_i_try_alloc (MAX (q->n_cols, 1), sizeof (double), "variances", error);
  for (gint64 i = 0; inverse->variances != NULL && !is_explicit && i < q->n_cols; i++)
    for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
      if (q->rows[e] == i)
        inverse->variances[i] = q->values[e];
  return inverse->variances != NULL;
}

static gint64
count_entries (const SmoothSparse *q)
{
  gint64 n = 0;

  for (gint64 e = 0; e < smooth_sparse_get_nnz (q); e++)
    n += q->values[e] != 0.0;
  return n;
}

static void
add_numbers (CliJob *job, const SmoothPrecision *precision, const Inverse *inverse)
{
  JsonBuilder *numbers = job->numbers;
  gboolean is_explicit = smooth_precision_is_explicit (precision);
  gint64 n_entries = count_entries (is_explicit ? precision->q : precision->covariance);

  smooth_json_add_int (numbers, is_explicit ? "n_entries" : "n_covariance_entries", n_entries);
  smooth_json_add_boolean (numbers, "is_symmetric", precision->q == precision->symmetric);
  smooth_json_add_boolean (numbers, "is_semidefinite", precision->is_semidefinite);
  smooth_json_add_boolean (numbers, "is_definite", inverse->is_definite);
  smooth_json_add_double (numbers, "rho_min", precision->rho_min);
  smooth_json_add_double (numbers, "rho_max", precision->rho_max);
  smooth_json_add_double (numbers, "log_determinant", inverse->log_determinant);
  const char *kind = inverse->is_definite ? _("positive definite") : precision->is_semidefinite ? _("singular") : _("indefinite");
  if (is_explicit)
    g_string_append_printf (job->summary, _("%" PRId64 " x %" PRId64 ", %" PRId64 " entries, %s, rho from %.4g to %.4g\n"),
                            precision->n_spots, precision->n_spots, n_entries, kind, precision->rho_min, precision->rho_max);
  else
    g_string_append_printf (job->summary,
                            _("%" PRId64 " x %" PRId64 ", %" PRId64 " entries of the covariance, %s, rho from %.4g to %.4g\n"),
                            precision->n_spots, precision->n_spots, n_entries, kind, precision->rho_min, precision->rho_max);
}

/* ---- Priors that are no matrix ---- */

static gboolean
check_all_entries (const SmoothPrecision *precision, const Settings *settings, GError **error)
{
  if (!settings->all_entries || smooth_precision_is_explicit (precision) || precision->n_spots <= MOST_FULL)
    return TRUE;
  smooth_error_set (error, SMOOTH_ERROR_VALUE,
                    "--all-entries: the matrix of the prior sma is full: expected %d spots at most, found %" PRId64
                    "; without it factor.mtx and covariance.mtx, which are sparse, are written",
                    MOST_FULL, precision->n_spots);
  return FALSE;
}

/* Q itself, by products with unit vectors. */
static gboolean
save_all_entries (CliJob *job, const SmoothPrecision *precision, const char *comment, GError **error)
{
  gint64 n = precision->n_spots;
  g_autofree char *path = cli_job_dup_path (job, "precision.mtx");
  g_autoptr (SmoothMatrix) units = smooth_matrix_new (n, n, error);
  g_autoptr (SmoothMatrix) q = units != NULL ? smooth_matrix_new (n, n, error) : NULL;

  for (gint64 i = 0; q != NULL && i < n; i++)
    smooth_matrix_column (units, i)[i] = 1.0;
  if (q == NULL || !smooth_precision_apply (precision, units, q, job->run, error))
    return FALSE;
  for (gint64 j = 0; j < n; j++)
    for (gint64 i = 0; i < j; i++) /* the two triangles differ by rounding */
      smooth_matrix_column (q, j)[i] = smooth_matrix_column (q, i)[j];
  g_autoptr (SmoothSparse) entries = smooth_sparse_new_from_dense (q, error);
  return entries != NULL && smooth_mtx_save (entries, TRUE, comment, path, error);
}

static gboolean
save_factors (CliJob *job, const SmoothPrecision *precision, const Settings *settings, const char *comment, GError **error)
{
  g_autofree char *factor = cli_job_dup_path (job, "factor.mtx");
  g_autofree char *covariance = cli_job_dup_path (job, "covariance.mtx");

  smooth_report_add (job->report, SMOOTH_REPORT_NOTE,
                     settings->all_entries
                       ? N_("the matrix of the prior sma is full: factor.mtx has A and covariance.mtx A A^T, whose inverse it is; "
                            "precision.mtx has all of its entries")
                       : N_("the matrix of the prior sma is full: factor.mtx has A and covariance.mtx A A^T, whose inverse it is"));
  return smooth_mtx_save (smooth_lu_get_matrix (precision->factor), FALSE, comment, factor, error)
         && smooth_mtx_save (precision->covariance, TRUE, comment, covariance, error)
         && (!settings->all_entries || save_all_entries (job, precision, comment, error));
}

static gboolean
save (CliJob *job, const CliSite *site, const Settings *settings, const Inverse *inverse, GError **error)
{
  static const char *const column[] = { "variance", NULL };
  static const char comment[] = "row and column i belong to row i of spots.csv";
  const SmoothPrecision *precision = site->precision;
  g_autofree char *matrix = cli_job_dup_path (job, "precision.mtx");
  g_autofree char *spots = cli_job_dup_path (job, "spots.csv");
  g_autofree char *variances = cli_job_dup_path (job, "variances.csv");

  if (!cli_job_begin_output (job, error)
      || !(smooth_precision_is_explicit (precision) ? smooth_mtx_save (precision->q, precision->q == precision->symmetric, comment, matrix, error)
                                                    : save_factors (job, precision, settings, comment, error)))
    return FALSE;
  if (!smooth_columns_save (spots, "barcode", site->barcodes, site->n_spots, NULL, 0, NULL, error))
    return FALSE;
  return inverse->variances == NULL
         || smooth_columns_save (variances, "barcode", site->barcodes, site->n_spots, column, 1, inverse->variances, error);
}

static gboolean
compute_site (CliJob *job, CliSite *site, const SmoothParameters *parameters, const Settings *settings, GError **error)
{
  Inverse inverse = { 0 };

  if (!cli_site_open (site, job, error) || !cli_site_compute (site, job, parameters, error)
      || !check_all_entries (site->precision, settings, error))
    return FALSE;
  cli_job_begin_stage (job, "inverse");
  if (!invert (site->precision, &inverse, job->run, error))
    return FALSE;
  if (!inverse.is_definite)
    smooth_report_add (job->report, SMOOTH_REPORT_WARNING, "the prior is not positive definite: spots have no prior variance, and variances.csv is not written");
  add_numbers (job, site->precision, &inverse);
  gboolean done = save (job, site, settings, &inverse, error);
  smooth_i_free (inverse.variances);
  return done;
}

static gboolean
compute (CliJob *job, GError **error)
{
  CliSite site = { 0 };
  SmoothParameters parameters;
  Settings settings;
  gboolean done = cli_job_get_settings (job, &params_table, &settings, error) && cli_job_get_parameters (job, &parameters, error)
                  && compute_site (job, &site, &parameters, &settings, error);

  cli_site_clear (&site);
  return done;
}

const CliCommand cli_precision_command = {
  .name = "precision",
  .summary = N_("the matrix of a spatial prior and the variances it gives"),
  CLI_SITE_ARGUMENT,
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
