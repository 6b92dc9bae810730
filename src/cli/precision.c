/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smoothscope-cli precision: the matrix of a spatial prior, the variances that it gives to spots, and whether it is sound. */
#include "cli/site.h"

#include <math.h>

#define SINGULAR 1e-14 /* a reciprocal condition below this is rounding */

static const CliFlag flags[] = { CLI_SITE_FLAGS, CLI_FEATURES_FLAG, CLI_JOB_FLAGS, CLI_END_OF_FLAGS };

static const SmoothParamTable *const tables[] = { &smooth_graph_params, &smooth_scaling_params, &smooth_precision_params, NULL };

/* What is known of the inverse. */
typedef struct
{
  gboolean is_definite;
  double log_determinant; /* of Q; NAN where not definite, or not symmetric */
  double *variances;      /* n_spots: diag (Q^-1); NULL where not definite; smooth_i_free() */
} Inverse;

/* Of the symmetric part of Q. */
static gboolean
invert (const SmoothSparse *q, Inverse *inverse, GError **error)
{
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (q, NULL, error);

  *inverse = (Inverse){ .log_determinant = NAN };
  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, q, &inverse->is_definite, error))
    return FALSE;
  inverse->is_definite = inverse->is_definite && smooth_cholesky_get_rcond (cholesky) > SINGULAR;
  if (!inverse->is_definite)
    return TRUE;
  inverse->log_determinant = smooth_cholesky_get_log_determinant (cholesky);
  inverse->variances = smooth_cholesky_dup_inverse_diagonal (cholesky, error);
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

  smooth_json_add_int (numbers, "n_entries", count_entries (precision->q));
  smooth_json_add_boolean (numbers, "is_symmetric", precision->q == precision->symmetric);
  smooth_json_add_boolean (numbers, "is_semidefinite", precision->is_semidefinite);
  smooth_json_add_boolean (numbers, "is_definite", inverse->is_definite);
  smooth_json_add_double (numbers, "rho_min", precision->rho_min);
  smooth_json_add_double (numbers, "rho_max", precision->rho_max);
  smooth_json_add_double (numbers, "log_determinant", inverse->log_determinant);
  g_string_append_printf (job->summary, "%" G_GINT64_FORMAT " x %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " entries, %s, rho from %.4g to %.4g\n",
                          precision->n_spots, precision->n_spots, count_entries (precision->q),
                          inverse->is_definite         ? "positive definite"
                          : precision->is_semidefinite ? "singular"
                                                       : "indefinite",
                          precision->rho_min, precision->rho_max);
}

static gboolean
save (CliJob *job, const CliSite *site, const Inverse *inverse, GError **error)
{
  static const char *const column[] = { "variance", NULL };
  const SmoothPrecision *precision = site->precision;
  g_autofree char *matrix = cli_job_dup_path (job, "precision.mtx");
  g_autofree char *spots = cli_job_dup_path (job, "spots.csv");
  g_autofree char *variances = cli_job_dup_path (job, "variances.csv");

  if (!cli_job_begin_output (job, error)
      || !smooth_mtx_save (precision->q, precision->q == precision->symmetric, "row and column i belong to row i of spots.csv", matrix, error))
    return FALSE;
  if (!smooth_columns_save (spots, "barcode", site->barcodes, site->n_spots, NULL, 0, NULL, error))
    return FALSE;
  return inverse->variances == NULL
         || smooth_columns_save (variances, "barcode", site->barcodes, site->n_spots, column, 1, inverse->variances, error);
}

static gboolean
compute_site (CliJob *job, CliSite *site, const SmoothParameters *parameters, GError **error)
{
  Inverse inverse = { 0 };

  if (!cli_site_open (site, job, error) || !cli_site_compute (site, job, parameters, error)
      || !smooth_precision_check_explicit (site->precision, "writing it as a matrix", error))
    return FALSE;
  cli_job_begin_stage (job, "inverse");
  if (!invert (site->precision->symmetric, &inverse, error))
    return FALSE;
  if (!inverse.is_definite)
    smooth_report_add (job->report, SMOOTH_REPORT_WARNING, "the prior is not positive definite: spots have no prior variance, and variances.csv is not written");
  add_numbers (job, site->precision, &inverse);
  gboolean done = save (job, site, &inverse, error);
  smooth_i_free (inverse.variances);
  return done;
}

static gboolean
compute (CliJob *job, GError **error)
{
  CliSite site = { 0 };
  SmoothParameters parameters;
  gboolean done = cli_job_get_parameters (job, &parameters, error) && compute_site (job, &site, &parameters, error);

  cli_site_clear (&site);
  return done;
}

const CliCommand cli_precision_command = {
  .name = "precision",
  .summary = "the matrix of a spatial prior and the variances it gives",
  CLI_SITE_ARGUMENT,
  .flags = flags,
  .tables = tables,
  .compute = compute,
};
