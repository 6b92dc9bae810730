/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choosing lambda and rho: halves of counts, the thinning curve, the evidence against dense algebra, strengths, warnings. */
#include "base/error.h"
#include "base/rng.h"
#include "model/choose.h"
#include "model/strength.h"
#include "section/halves.h"

#include "made-section.h"

#include <math.h>
#include <string.h>

#define SIDE 16
#define N_SPOTS (SIDE * SIDE)
#define N_GENES 24
#define N_TYPES 3

/* How the types of a made section vary. */
typedef enum
{
  ROUGH,    /* from spot to spot */
  SMOOTH,   /* over the section */
  ONE_ROUGH /* the last type from spot to spot, the others over the section */
} Texture;

/* A square of spots with Poisson counts. */
typedef struct
{
  SmoothSection *section;
  SmoothSignature *signature;
  SmoothGraph *graph;
  double *truth; /* N_TYPES x N_SPOTS */
} Made;

static SmoothSignature *
make_signature (const SmoothSection *section, const double *values, gint n_types)
{
  SmoothSignature *signature = g_new0 (SmoothSignature, 1);

  g_atomic_ref_count_init (&signature->ref_count);
  signature->n_genes = section->n_genes;
  signature->n_types = n_types;
  signature->gene_names = g_strdupv (section->gene_names);
  signature->type_names = g_new0 (char *, n_types + 1);
  for (gint k = 0; k < n_types; k++)
    signature->type_names[k] = g_strdup_printf ("type-%d", k);
  signature->values = smooth_matrix_new_from_values (section->n_genes, n_types, values, NULL);
  signature->scale = SMOOTH_SCALE_COUNTS;
  signature->report = smooth_report_new ();
  return signature;
}

static void
make (Made *made, double depth, Texture texture, gint n_types)
{
  g_autofree double *counts = g_new0 (double, N_SPOTS * N_GENES);
  g_autofree double *x = g_new0 (double, N_GENES * N_TYPES);
  char *barcodes[N_SPOTS + 1] = { NULL }, *genes[N_GENES + 1] = { NULL };
  SmoothRng rng;

  smooth_i_rng_init (&rng, 11, 0);
  made->truth = g_new0 (double, N_SPOTS * N_TYPES);
  for (gint e = 0; e < N_GENES * n_types; e++)
    x[e] = 0.2 + smooth_i_rng_uniform (&rng) + (e % N_GENES % n_types == e / N_GENES ? (texture == ONE_ROUGH && e / N_GENES == n_types - 1 ? 12.0 : 1.5) : 0.0);
  for (gint g = 0; g < N_GENES; g++)
    genes[g] = g_strdup_printf ("gene-%d", g);
  for (gint s = 0; s < N_SPOTS; s++)
    {
      double u = (double) (s % SIDE) / SIDE, v = (double) (s / SIDE) / SIDE, sum = 0.0;
      double *p = made->truth + s * n_types;
      barcodes[s] = g_strdup_printf ("spot-%d", s);
      for (gint k = 0; k < n_types; k++)
        {
          gboolean is_smooth = texture == SMOOTH || (texture == ONE_ROUGH && k < n_types - 1);
          p[k] = is_smooth ? exp (2.0 * cos (3.0 * (k == 0 ? u : k == 1 ? v : u + v) + k)) : -log (smooth_i_rng_uniform (&rng)) * (texture == ONE_ROUGH ? 2.0 : 1.0);
          sum += p[k];
        }
      for (gint k = 0; k < n_types; k++)
        p[k] /= sum;
      for (gint g = 0; g < N_GENES; g++)
        {
          double mean = 0.0;
          for (gint k = 0; k < n_types; k++)
            mean += x[g + k * N_GENES] * p[k];
          counts[s * N_GENES + g] = (double) smooth_i_rng_poisson (&rng, depth * mean);
        }
    }
  made->section = made_section_new ((const char *const *) barcodes, (const char *const *) genes, (const char *const *) genes, counts);
  for (gint s = 0; s < N_SPOTS; s++)
    {
      made->section->coords[2 * s] = 100.0 * (s % SIDE);
      made->section->coords[2 * s + 1] = 100.0 * (s / SIDE);
      g_free (barcodes[s]);
    }
  for (gint g = 0; g < N_GENES; g++)
    g_free (genes[g]);
  made->section->pitch = 100.0;
  made->section->um_per_pixel = 1.0;
  made->signature = make_signature (made->section, x, n_types);

  gint64 n;
  SmoothGraphSettings settings;
  g_autofree gint32 *spots = smooth_section_dup_analysed (made->section, &n);
  g_autofree double *coords = smooth_section_dup_coords_um (made->section, spots, n);
  smooth_params_init (&smooth_graph_params, &settings);
  made->graph = smooth_graph_new (coords, n, 2, 100.0, &settings, NULL, NULL);
}

static void
made_clear (Made *made)
{
  smooth_section_unref (made->section);
  smooth_signature_unref (made->signature);
  smooth_graph_unref (made->graph);
  g_free (made->truth);
}

static SmoothChoice *
choose (const Made *made, const SmoothChooseSettings *settings, SmoothRun *run, GError **error)
{
  SmoothPrepareSettings prepare;
  SmoothChooseInputs inputs = { .section = made->section, .signature = made->signature, .graph = made->graph, .prepare = &prepare };

  smooth_params_init (&smooth_prepare_params, &prepare);
  prepare.markers_per_type = 0;
  return smooth_choose (&inputs, settings, run, error);
}

/* Each half has about half of every count, no molecule is lost, and threads change nothing. */
static void
test_halves (void)
{
  Made made = { 0 };
  SmoothPrepareSettings settings;
  g_autoptr (SmoothRun) many = smooth_run_new (3);

  make (&made, 30.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_prepare_params, &settings);
  settings.scale = SMOOTH_PREPARE_COUNTS;
  settings.markers_per_type = 0;
  g_autoptr (SmoothPrepared) whole = smooth_prepared_new (made.section, made.signature, &settings, NULL, NULL);
  g_autoptr (SmoothHalves) a = smooth_halves_new (made.section, made.signature, &settings, whole, 5, NULL, NULL);
  g_autoptr (SmoothHalves) b = smooth_halves_new (made.section, made.signature, &settings, whole, 5, many, NULL);
  g_autoptr (SmoothHalves) c = smooth_halves_new (made.section, made.signature, &settings, whole, 6, NULL, NULL);
  double sum = 0.0, square = 0.0, cells = 0.0, neighbours = 0.0, neighbours_square = 0.0;
  gboolean differs = FALSE;

  for (gint64 s = 0; s < N_SPOTS; s++)
    {
      double split[3][N_GENES] = { { 0 } };
      for (gint h = 0; h < 2; h++)
        for (gint64 e = a->expression[h]->starts[s]; e < a->expression[h]->starts[s + 1]; e++)
          split[h][a->expression[h]->rows[e]] = a->expression[h]->values[e];
      for (gint64 e = whole->expression->starts[s]; e < whole->expression->starts[s + 1]; e++)
        split[2][whole->expression->rows[e]] = whole->expression->values[e];
      for (gint g = 0; g < N_GENES; g++)
        {
          g_assert_cmpfloat (split[0][g] + split[1][g], ==, split[2][g]);
          double d = split[0][g] - split[1][g];
          sum += d;
          square += d * d;
          cells += split[2][g];
          if (g > 0)
            {
              neighbours += d * (split[0][g - 1] - split[1][g - 1]);
              neighbours_square += split[2][g] * split[2][g - 1];
            }
        }
    }
  g_assert_cmpfloat (fabs (sum), <, 4.0 * sqrt (cells)); /* fair coins: mean 0, variance the count */
  g_assert_cmpfloat_with_epsilon (square / cells, 1.0, 0.1);
  g_assert_cmpfloat (fabs (neighbours), <, 4.0 * sqrt (neighbours_square)); /* no toss counts twice */
  gint64 nnz = smooth_sparse_get_nnz (a->expression[0]);
  g_assert_cmpint (nnz, ==, smooth_sparse_get_nnz (b->expression[0]));
  for (gint64 e = 0; e < nnz; e++)
    g_assert_cmpfloat (a->expression[0]->values[e], ==, b->expression[0]->values[e]);
  for (gint64 e = 0; e < MIN (nnz, smooth_sparse_get_nnz (c->expression[0])); e++)
    differs = differs || a->expression[0]->values[e] != c->expression[0]->values[e];
  g_assert_true (differs);
  for (gint64 e = 0; e < whole->n_genes * whole->n_types; e++)
    g_assert_cmpfloat_with_epsilon (a->signature->values[e], 0.5 * whole->signature->values[e], 1e-12);
  made_clear (&made);
}

static double
get_error (const Made *made, double lambda)
{
  SmoothPrepareSettings prepare;
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;
  double sum = 0.0;

  smooth_params_init (&smooth_prepare_params, &prepare);
  prepare.markers_per_type = 0;
  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = lambda;
  g_autoptr (SmoothPrepared) prepared = smooth_prepared_new (made->section, made->signature, &prepare, NULL, NULL);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (made->graph, NULL, NULL, NULL);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (prepared->signature, prepared->expression, TRUE, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);
  g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, NULL));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, NULL));
  g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
  for (gint64 s = 0; s < N_SPOTS; s++)
    {
      double total = 1e-8;
      for (gint k = 0; k < N_TYPES; k++)
        total += b->values[s * N_TYPES + k];
      for (gint k = 0; k < N_TYPES; k++)
        sum += pow (b->values[s * N_TYPES + k] / total - made->truth[s * N_TYPES + k], 2.0);
    }
  return sqrt (sum / (N_SPOTS * N_TYPES));
}

/* On noisy, smooth sections all ways choose a lambda whose error is near the least and well below that of lambda = 0. */
static void
test_smooth_section (void)
{
  Made made = { 0 };
  double least = INFINITY;
  SmoothChooseSettings settings;
  g_autoptr (GError) error = NULL;

  make (&made, 3.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_choose_params, &settings);
  for (gint i = -12; i <= 6; i++)
    least = MIN (least, get_error (&made, pow (10.0, i / 4.0)));
  double plain = get_error (&made, 0.0);
  for (settings.method = SMOOTH_CHOOSE_GENES; settings.method <= SMOOTH_CHOOSE_EVIDENCE; settings.method++)
    {
      g_autoptr (SmoothChoice) choice = choose (&made, &settings, NULL, &error);
      g_assert_no_error (error);
      const SmoothChoicePoint *chosen = &choice->points[choice->chosen];
      double reached = get_error (&made, chosen->lambda);
      g_test_message ("method %d: lambda %g, strength %g: error %.4f, least %.4f, without prior %.4f", settings.method, chosen->lambda,
                      chosen->strength, reached, least, plain);
      g_assert_cmpint (choice->method, ==, settings.method);
      g_assert_cmpint (choice->n_points, ==, 18);
      g_assert_cmpfloat (choice->points[0].lambda, ==, 0.0);
      g_assert_cmpfloat (reached, <, (settings.method == SMOOTH_CHOOSE_THINNING ? 1.15 : 1.7) * least);
      g_assert_cmpfloat (reached, <, 0.5 * plain);
      for (gint64 p = 1; p < choice->n_points; p++)
        g_assert_cmpfloat (choice->points[p].score, >=, choice->points[choice->best].score);
      g_assert_false (report_has (choice->report, SMOOTH_REPORT_WARNING, ""));
    }
  made_clear (&made);
}

/* Where neighbours have nothing in common, hardly any smoothing is chosen. */
static void
test_rough_section (void)
{
  Made made = { 0 };

  make (&made, 200.0, ROUGH, N_TYPES);
  g_autoptr (SmoothChoice) choice = choose (&made, NULL, NULL, NULL);
  g_assert_cmpfloat (choice->points[choice->chosen].strength, <, 0.05);
  g_assert_cmpfloat (choice->points[choice->n_points - 1].difference, >, 10.0 * choice->points[choice->n_points - 1].difference_error);
  made_clear (&made);
}

/* A type that is rough gains less than those that are smooth, by genes and by counts. */
static void
test_types (void)
{
  Made made = { 0 };
  SmoothChooseSettings settings;

  make (&made, 3.0, ONE_ROUGH, N_TYPES);
  smooth_params_init (&smooth_choose_params, &settings);
  for (settings.method = SMOOTH_CHOOSE_GENES; settings.method <= SMOOTH_CHOOSE_THINNING; settings.method++)
    {
      g_autoptr (SmoothChoice) choice = choose (&made, &settings, NULL, NULL);
      for (gint k = 0; k < N_TYPES; k++)
        g_test_message ("method %d, strength %g, %s: gain %.3f, standard error %.3f", settings.method,
                        choice->points[choice->chosen].strength, choice->type_names[k], choice->type_gains[k], choice->type_errors[k]);
      g_assert_cmpint (choice->chosen, >, 0);
      for (gint k = 0; k < N_TYPES - 1; k++)
        g_assert_cmpfloat (choice->type_gains[k], >, choice->type_gains[N_TYPES - 1] + 2.0 * choice->type_errors[k]);
    }
  made_clear (&made);
}

/* Where the whole grid is far too much, lambda = 0 is chosen, and it is said. */
static void
test_too_much (void)
{
  Made made = { 0 };
  SmoothChooseSettings settings;

  make (&made, 200.0, ROUGH, N_TYPES);
  smooth_params_init (&smooth_choose_params, &settings);
  settings.strength_min = settings.strength_max = 30.0;
  g_autoptr (SmoothChoice) choice = choose (&made, &settings, NULL, NULL);
  g_assert_cmpint (choice->n_points, ==, 2);
  g_assert_cmpint (choice->chosen, ==, 0);
  g_assert_true (report_has (choice->report, SMOOTH_REPORT_WARNING, "no smoothing"));
  for (gint k = 0; k < N_TYPES; k++)
    g_assert_cmpfloat (choice->type_gains[k], ==, 0.0);
  made_clear (&made);
}

/* Bits do not depend on threads; rho too. */
static void
test_threads (void)
{
  Made made = { 0 };
  SmoothChooseSettings settings;
  g_autoptr (SmoothRun) one = smooth_run_new (1);
  g_autoptr (SmoothRun) many = smooth_run_new (4);

  make (&made, 5.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_choose_params, &settings);
  settings.search_rho = TRUE;
  settings.per_decade = 1;
  settings.splits = 1;
  for (settings.method = SMOOTH_CHOOSE_GENES; settings.method <= SMOOTH_CHOOSE_EVIDENCE; settings.method++)
    {
      g_autoptr (SmoothChoice) a = choose (&made, &settings, one, NULL);
      g_autoptr (SmoothChoice) b = choose (&made, &settings, many, NULL);
      g_assert_cmpint (a->n_points, ==, 1 + 7 * 5);
      g_assert_cmpint (a->n_points, ==, b->n_points);
      g_assert_cmpint (memcmp (a->points, b->points, (gsize) a->n_points * sizeof (SmoothChoicePoint)), ==, 0);
      g_assert_cmpint (memcmp (a->type_gains, b->type_gains, N_TYPES * sizeof (double)), ==, 0);
      g_assert_cmpint (a->chosen, ==, b->chosen);
    }
  made_clear (&made);
}

/* What cannot be answered is refused or said. */
static void
test_refused (void)
{
  Made made = { 0 };
  SmoothChooseSettings settings;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (1);

  make (&made, 5.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_choose_params, &settings);
  settings.strength_min = 2.0;
  settings.strength_max = 1.0;
  g_assert_null (choose (&made, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_clear_error (&error);

  smooth_params_init (&smooth_choose_params, &settings);
  smooth_run_cancel (run);
  g_assert_null (choose (&made, &settings, run, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_CANCELLED);
  g_clear_error (&error);

  made.section->counts->values[7] += 0.5;
  settings.method = SMOOTH_CHOOSE_THINNING;
  g_assert_null (choose (&made, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "whole numbers"));
  g_clear_error (&error);
  settings.method = SMOOTH_CHOOSE_AUTO;
  g_autoptr (SmoothChoice) choice = choose (&made, &settings, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (choice->method, ==, SMOOTH_CHOOSE_GENES);

  made.section->counts->values[7] = NAN;
  g_assert_null (choose (&made, &settings, NULL, &error));
  g_assert_nonnull (error);
  made_clear (&made);
}

/* One type; a spot that a half leaves empty; a grid that ends too early. */
static void
test_borders (void)
{
  Made made = { 0 }, sparse = { 0 };
  SmoothChooseSettings settings;
  g_autoptr (GError) error = NULL;

  make (&made, 5.0, SMOOTH, 1);
  g_autoptr (SmoothChoice) one = choose (&made, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (report_has (one->report, SMOOTH_REPORT_NOTE, "one type"));
  for (gint64 p = 0; p < one->n_points; p++)
    g_assert_true (isfinite (one->points[p].score));
  made_clear (&made);

  make (&sparse, 0.08, SMOOTH, N_TYPES); /* spots of about three counts */
  smooth_params_init (&smooth_choose_params, &settings);
  gint64 n_analysed;
  g_autofree gint32 *analysed = smooth_section_dup_analysed (sparse.section, &n_analysed);
  g_assert_cmpint (n_analysed, <, N_SPOTS); /* some have none at all */
  settings.strength_max = 0.01;
  g_autoptr (SmoothChoice) choice = choose (&sparse, &settings, NULL, &error);
  g_assert_no_error (error);
  for (gint64 p = 0; p < choice->n_points; p++)
    g_assert_true (isfinite (choice->points[p].score));
  g_assert_true (report_has (choice->report, SMOOTH_REPORT_WARNING, "raise strength-max"));
  made_clear (&sparse);
}

/* With few genes the counts are split; where they are no counts either, the evidence is taken, and it is said. */
static void
test_few_genes (void)
{
  Made made = { 0 };
  SmoothPrepareSettings prepare;
  SmoothChooseSettings settings;
  g_autoptr (GError) error = NULL;

  make (&made, 20.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_prepare_params, &prepare);
  smooth_params_init (&smooth_choose_params, &settings);
  prepare.markers_per_type = 3;
  SmoothChooseInputs inputs = { .section = made.section, .signature = made.signature, .graph = made.graph, .prepare = &prepare };
  g_autoptr (SmoothChoice) counts = smooth_choose (&inputs, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts->method, ==, SMOOTH_CHOOSE_THINNING);
  g_assert_true (report_has (counts->report, SMOOTH_REPORT_NOTE, "counts were split instead"));
  made.section->counts->values[7] += 0.5;
  g_autoptr (SmoothChoice) evidence = smooth_choose (&inputs, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (evidence->method, ==, SMOOTH_CHOOSE_EVIDENCE);
  g_assert_true (report_has (evidence->report, SMOOTH_REPORT_WARNING, "evidence was used instead"));
  settings.method = SMOOTH_CHOOSE_GENES;
  g_assert_null (smooth_choose (&inputs, &settings, NULL, &error));
  g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
  made_clear (&made);
}

/* The lower Cholesky factor of a dense matrix in place. Returns: log determinant */
static double
dense_factor (double *a, gint n)
{
  double log_determinant = 0.0;

  for (gint j = 0; j < n; j++)
    for (gint i = j; i < n; i++)
      {
        double sum = a[i + j * n];
        for (gint k = 0; k < j; k++)
          sum -= a[i + k * n] * a[j + k * n];
        a[i + j * n] = i == j ? sqrt (sum) : sum / a[j + j * n];
        log_determinant += i == j ? 2.0 * log (a[j + j * n]) : 0.0;
      }
  return log_determinant;
}

static void
dense_solve (const double *l, gint n, double *x)
{
  for (gint i = 0; i < n; i++)
    {
      for (gint j = 0; j < i; j++)
        x[i] -= l[i + j * n] * x[j];
      x[i] /= l[i + i * n];
    }
  for (gint i = n - 1; i >= 0; i--)
    {
      for (gint j = i + 1; j < n; j++)
        x[i] -= l[j + i * n] * x[j];
      x[i] /= l[i + i * n];
    }
}

/* - log p / n of all centred data by the covariance of all genes of all spots, the means integrated out (restricted
 * likelihood), noise at its best; up to a constant that is the same for all lambda and rho. */
static double
dense_evidence (const SmoothPrepared *prepared, const SmoothPrecision *precision, double lambda)
{
  gint n = (gint) prepared->n_spots, k_types = (gint) prepared->n_types, genes = (gint) prepared->n_genes, size = n * genes;
  g_autofree double *cov = g_new0 (double, (gsize) n * n), *v = g_new0 (double, (gsize) size * size), *y = g_new0 (double, size);
  g_autofree double *f = g_new0 (double, (gsize) size * k_types), *x = g_new0 (double, (gsize) genes * k_types);

  for (gint k = 0; k < k_types; k++)
    {
      double mean = 0.0;
      for (gint g = 0; g < genes; g++)
        mean += smooth_matrix_column (prepared->signature, k)[g] / genes;
      for (gint g = 0; g < genes; g++)
        x[g + k * genes] = smooth_matrix_column (prepared->signature, k)[g] - mean;
    }
  for (gint s = 0; s < n; s++)
    {
      double mean = 0.0;
      for (gint64 e = prepared->expression->starts[s]; e < prepared->expression->starts[s + 1]; e++)
        {
          y[s * genes + prepared->expression->rows[e]] = prepared->expression->values[e];
          mean += prepared->expression->values[e] / genes;
        }
      for (gint g = 0; g < genes; g++)
        y[s * genes + g] -= mean;
    }
  /* Drop the last gene of each spot: centred data have one dimension less; an orthonormal basis of the rest (Helmert). */
  gint rest = genes - 1, m = n * rest;
  g_autofree double *helmert = g_new0 (double, (gsize) rest * genes), *xr = g_new0 (double, (gsize) rest * k_types);
  g_autofree double *yr = g_new0 (double, m);
  for (gint i = 0; i < rest; i++)
    for (gint g = 0; g <= i + 1; g++)
      helmert[i * genes + g] = (g <= i ? 1.0 : -(i + 1.0)) / sqrt ((i + 1.0) * (i + 2.0));
  for (gint i = 0; i < rest; i++)
    for (gint g = 0; g < genes; g++)
      {
        for (gint k = 0; k < k_types; k++)
          xr[i + k * rest] += helmert[i * genes + g] * x[g + k * genes];
        for (gint s = 0; s < n; s++)
          yr[s * rest + i] += helmert[i * genes + g] * y[s * genes + g];
      }

  g_autofree double *q = g_new0 (double, (gsize) n * n);
  const SmoothSparse *known = smooth_precision_is_explicit (precision) ? precision->symmetric : precision->covariance;
  for (gint j = 0; j < n; j++)
    for (gint64 e = known->starts[j]; e < known->starts[j + 1]; e++)
      (known == precision->covariance ? cov : q)[known->rows[e] + j * n] = known->values[e];
  if (known != precision->covariance)
    dense_factor (q, n);
  for (gint j = 0; j < n && known != precision->covariance; j++)
    {
      cov[j + j * n] = 1.0;
      dense_solve (q, n, cov + j * n);
    }
  /* In units of the noise variance: V = I + K/(G lambda) sum_k x_k x_k' (x) Q^-1 */
  for (gint s = 0; s < n; s++)
    for (gint t = 0; t < n; t++)
      for (gint i = 0; i < rest; i++)
        for (gint j = 0; j < rest; j++)
          {
            double sum = 0.0;
            for (gint k = 0; k < k_types; k++)
              sum += xr[i + k * rest] * xr[j + k * rest];
            v[(s * rest + i) + (gsize) (t * rest + j) * m] = sum * cov[s + t * n] * k_types / (genes * lambda) + (s == t && i == j);
          }
  double logs = dense_factor (v, m);
  g_autofree double *solved = g_memdup2 (yr, (gsize) m * sizeof (double)), *inner = g_new0 (double, (gsize) k_types * k_types);
  g_autofree double *right = g_new0 (double, k_types);
  dense_solve (v, m, solved);
  double square = 0.0;
  for (gint e = 0; e < m; e++)
    square += yr[e] * solved[e];
  for (gint k = 0; k < k_types; k++)
    {
      for (gint s = 0; s < n; s++)
        for (gint i = 0; i < rest; i++)
          f[s * rest + i] = xr[i + k * rest];
      for (gint e = 0; e < m; e++)
        right[k] += f[e] * solved[e];
      dense_solve (v, m, f);
      for (gint l = 0; l < k_types; l++)
        for (gint s = 0; s < n; s++)
          for (gint i = 0; i < rest; i++)
            inner[l + k * k_types] += xr[i + l * rest] * f[s * rest + i];
    }
  logs += dense_factor (inner, k_types);
  g_autofree double *means = g_memdup2 (right, (gsize) k_types * sizeof (double));
  dense_solve (inner, k_types, means);
  for (gint k = 0; k < k_types; k++)
    square -= right[k] * means[k];
  double n_values = m - k_types;
  return 0.5 * (n_values * log (square / n_values) + logs) / n;
}

static void
test_evidence_oracle (void)
{
  enum { N = 9, G = 5, K = 2 };
  double counts[N * G], x[G * K];
  char *barcodes[N + 1] = { NULL }, *genes[G + 1] = { NULL };
  double coords[2 * N];
  SmoothGraphSettings graph_settings;
  SmoothChooseSettings settings;
  SmoothPrepareSettings prepare;
  g_autoptr (GError) error = NULL;
  SmoothRng rng;

  smooth_i_rng_init (&rng, 3, 0);
  for (gint e = 0; e < G * K; e++)
    x[e] = 1.0 + 4.0 * smooth_i_rng_uniform (&rng);
  for (gint e = 0; e < N * G; e++)
    counts[e] = (double) smooth_i_rng_poisson (&rng, 8.0);
  for (gint s = 0; s < N; s++)
    {
      barcodes[s] = g_strdup_printf ("spot-%d", s);
      coords[2 * s] = s % 3;
      coords[2 * s + 1] = s / 3;
    }
  for (gint g = 0; g < G; g++)
    genes[g] = g_strdup_printf ("gene-%d", g);
  g_autoptr (SmoothSection) section
      = made_section_new ((const char *const *) barcodes, (const char *const *) genes, (const char *const *) genes, counts);
  g_autoptr (SmoothSignature) signature = make_signature (section, x, K);
  smooth_params_init (&smooth_graph_params, &graph_settings);
  graph_settings.k = 4;
  smooth_params_init (&smooth_prepare_params, &prepare);
  prepare.markers_per_type = 0;
  smooth_params_init (&smooth_choose_params, &settings);
  settings.method = SMOOTH_CHOOSE_EVIDENCE;
  settings.search_rho = TRUE;
  settings.per_decade = 1;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, N, 2, 1.0, &graph_settings, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothPrepared) prepared = smooth_prepared_new (section, signature, &prepare, NULL, &error);
  g_assert_no_error (error);
  for (gint kind = SMOOTH_PRIOR_ICAR; kind <= SMOOTH_PRIOR_SMA; kind += SMOOTH_PRIOR_SMA)
    {
      SmoothPrecisionSettings prior = { .kind = kind, .rho = 0.2 };
      SmoothChooseInputs inputs = { .section = section, .signature = signature, .prepared = prepared, .graph = graph, .prior = &prior };
      settings.search_rho = kind == SMOOTH_PRIOR_ICAR;
      g_autoptr (SmoothChoice) choice = smooth_choose (&inputs, &settings, NULL, &error);
      g_assert_no_error (error);
      double offset = NAN;
      for (gint64 p = 1; p < choice->n_points; p++)
        {
          prior.rho = choice->points[p].rho;
          g_autoptr (SmoothPrecision) precision = smooth_precision_new (graph, &prior, NULL, NULL);
          double dense = dense_evidence (prepared, precision, choice->points[p].lambda);
          offset = p == 1 ? choice->points[p].score - dense : offset;
          g_assert_cmpfloat_with_epsilon (choice->points[p].score, dense + offset, 1e-9);
        }
    }
  for (gint s = 0; s < N; s++)
    g_free (barcodes[s]);
  for (gint g = 0; g < G; g++)
    g_free (genes[g]);
}

/* min over a of |X diag (a) P - Y|^2 / (G n), a constant of each spot free: normal equations from residuals, gene by gene. */
static double
proportion_score (const SmoothMatrix *x, const SmoothSparse *expression, const SmoothMatrix *b)
{
  gint genes = (gint) x->n_rows, k_types = (gint) x->n_cols;
  double normal[N_TYPES * N_TYPES] = { 0 }, a[N_TYPES] = { 0 }, right[N_TYPES], total = 0.0;

  for (gint64 s = 0; s < b->n_cols; s++)
    {
      double p[N_TYPES], sum = 1e-8, y[N_GENES] = { 0 }, mean_y = 0.0, part[N_TYPES][N_GENES];
      for (gint k = 0; k < k_types; k++)
        sum += p[k] = MAX (smooth_matrix_column (b, s)[k], 0.0);
      for (gint64 e = expression->starts[s]; e < expression->starts[s + 1]; e++)
        y[expression->rows[e]] = expression->values[e];
      for (gint g = 0; g < genes; g++)
        mean_y += y[g] / genes;
      for (gint k = 0; k < k_types; k++)
        {
          double mean = 0.0;
          for (gint g = 0; g < genes; g++)
            mean += smooth_matrix_column (x, k)[g] / genes;
          for (gint g = 0; g < genes; g++)
            part[k][g] = (smooth_matrix_column (x, k)[g] - mean) * p[k] / sum;
        }
      for (gint g = 0; g < genes; g++)
        {
          total += (y[g] - mean_y) * (y[g] - mean_y);
          for (gint k = 0; k < k_types; k++)
            {
              a[k] += part[k][g] * (y[g] - mean_y);
              for (gint l = 0; l < k_types; l++)
                normal[k + l * k_types] += part[k][g] * part[l][g];
            }
        }
    }
  memcpy (right, a, sizeof a);
  dense_factor (normal, k_types);
  dense_solve (normal, k_types, a);
  for (gint k = 0; k < k_types; k++)
    total -= a[k] * right[k];
  return total / (genes * (double) b->n_cols);
}

/* Models other than those of least squares are scored themselves, by their proportions. */
static void
test_models (void)
{
  Made made = { 0 };
  SmoothPrepareSettings prepare;
  SmoothChooseSettings settings;
  g_autoptr (GError) error = NULL;

  make (&made, 4.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_prepare_params, &prepare);
  prepare.markers_per_type = 0;
  smooth_params_init (&smooth_choose_params, &settings);
  settings.method = SMOOTH_CHOOSE_THINNING;
  settings.splits = 1;
  settings.per_decade = 1;
  g_autoptr (SmoothPrepared) prepared = smooth_prepared_new (made.section, made.signature, &prepare, NULL, &error);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (made.graph, NULL, NULL, NULL);
  g_autoptr (SmoothReduced) whole = smooth_reduced_new (prepared->signature, prepared->expression, TRUE, NULL, NULL);
  g_autoptr (SmoothHalves) halves
      = smooth_halves_new (made.section, made.signature, &prepare, prepared, (guint64) settings.seed << 32, NULL, &error);
  g_assert_no_error (error);
  for (gint kind = SMOOTH_MODEL_DWLS; kind <= SMOOTH_MODEL_LOGNORMAL; kind++)
    {
      SmoothDeconvolutionSettings model;
      SmoothInfo info;
      smooth_params_init (&smooth_deconvolution_params, &model);
      model.kind = kind;
      SmoothChooseInputs inputs
          = { .section = made.section, .signature = made.signature, .graph = made.graph, .prepare = &prepare, .model = &model };
      g_autoptr (SmoothChoice) choice = smooth_choose (&inputs, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (report_has (choice->report, SMOOTH_REPORT_NOTE, smooth_model_get_name (kind)));
      g_assert_cmpint (choice->best, >, 0);
      for (gint64 p = 0; p < choice->n_points; p++)
        {
          double score = 0.0, unit = smooth_strength_get_unit (whole, &model, precision, NULL);
          g_assert_cmpfloat_with_epsilon (choice->points[p].lambda, choice->points[p].strength * unit, 1e-9 * choice->points[p].lambda + 1e-30);
          for (gint t = 0; t < 2; t++)
            {
              g_autoptr (SmoothReduced) train = smooth_reduced_new (halves->signature, halves->expression[t], TRUE, NULL, NULL);
              g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (train);
              g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, NULL));
              model.lambda = choice->points[p].strength * smooth_strength_get_unit (train, &model, precision, NULL);
              model.tolerance = 1e-8;
              g_assert_true (smooth_deconvolver_solve (solver, &model, NULL, NULL, &info, NULL, NULL));
              g_autoptr (SmoothMatrix) b = smooth_deconvolver_dup_abundances (solver, NULL);
              score += proportion_score (halves->signature, halves->expression[1 - t], b) / 2.0;
            }
          g_assert_cmpfloat_with_epsilon (choice->points[p].score, score, 2e-4 * score);
          model.tolerance = 1e-6;
        }
    }
  made_clear (&made);
}

/* At rho = 1 the evidence drops the null vectors of Q, and is near to that of rho just below, up to the prior of the mean. */
static void
test_evidence_singular (void)
{
  Made made = { 0 };
  SmoothChooseSettings settings;
  SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = 1.0 };
  SmoothPrepareSettings prepare;
  SmoothChoice *choices[2];
  g_autoptr (GError) error = NULL;

  make (&made, 5.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_choose_params, &settings);
  smooth_params_init (&smooth_prepare_params, &prepare);
  settings.method = SMOOTH_CHOOSE_EVIDENCE;
  prepare.markers_per_type = 0;
  SmoothChooseInputs inputs = {
    .section = made.section, .signature = made.signature, .graph = made.graph, .prepare = &prepare, .prior = &prior,
  };
  for (gint i = 0; i < 2; i++)
    {
      choices[i] = smooth_choose (&inputs, &settings, NULL, &error);
      g_assert_no_error (error);
      prior.rho = 1.0 - 1e-7;
    }
  g_assert_cmpint (choices[0]->best, ==, choices[1]->best);
  for (gint64 p = 1; p < choices[0]->n_points; p++)
    g_assert_cmpfloat_with_epsilon (choices[0]->points[p].difference, choices[1]->points[p].difference, 1e-4);
  g_assert_cmpfloat_with_epsilon (choices[0]->points[1].score, choices[1]->points[1].score, 1e-4);
  smooth_choice_free (choices[0]);
  smooth_choice_free (choices[1]);
  made_clear (&made);
}

/* Graphs without edges and of several parts, rho at its ends: every score is a number, or it is said. */
static void
test_graphs (void)
{
  Made made = { 0 };
  SmoothPrepareSettings prepare;
  SmoothChooseSettings settings;
  SmoothGraphSettings graph_settings;
  const double rhos[] = { 0.0, 0.99, 1.0 };

  make (&made, 5.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_prepare_params, &prepare);
  smooth_params_init (&smooth_choose_params, &settings);
  smooth_params_init (&smooth_graph_params, &graph_settings);
  prepare.markers_per_type = 0;
  settings.per_decade = 1;
  for (gint part = 0; part < 2; part++)
    {
      gint64 n;
      g_autofree gint32 *spots = smooth_section_dup_analysed (made.section, &n);
      g_autofree double *coords = smooth_section_dup_coords_um (made.section, spots, n);
      for (gint64 i = n / 2; i < n && part == 1; i++)
        coords[2 * i] += 1e5; /* two parts */
      graph_settings.kind = part == 0 ? SMOOTH_GRAPH_RADIUS : SMOOTH_GRAPH_KNN;
      graph_settings.radius = part == 0 ? 10.0 : 0.0; /* no neighbours at all */
      g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, n, 2, 100.0, &graph_settings, NULL, NULL);
      g_assert_cmpint (smooth_graph_count_components (graph, NULL), ==, part == 0 ? n : 2);
      for (gsize r = 0; r < G_N_ELEMENTS (rhos); r++)
        for (settings.method = SMOOTH_CHOOSE_GENES; settings.method <= SMOOTH_CHOOSE_EVIDENCE; settings.method++)
          {
            SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = rhos[r] };
            SmoothChooseInputs inputs = {
              .section = made.section, .signature = made.signature, .graph = graph, .prepare = &prepare, .prior = &prior,
            };
            g_autoptr (GError) error = NULL;
            g_autoptr (SmoothChoice) choice = smooth_choose (&inputs, &settings, NULL, &error);
            g_assert_no_error (error);
            for (gint64 p = 1; p < choice->n_points; p++)
              g_assert_true (isfinite (choice->points[p].score));
          }
    }
  made_clear (&made);
}

/* Doubled confidences halve lambda and change nothing else. */
static void
test_confidences (void)
{
  Made made = { 0 };
  SmoothPrepareSettings prepare;
  SmoothChooseSettings settings;
  const double two[] = { 2.0, 2.0, 2.0 }, none[] = { 1.0, 0.0, 1.0 };
  g_autoptr (GError) error = NULL;

  make (&made, 5.0, SMOOTH, N_TYPES);
  smooth_params_init (&smooth_prepare_params, &prepare);
  smooth_params_init (&smooth_choose_params, &settings);
  prepare.markers_per_type = 0;
  settings.per_decade = 1;
  for (settings.method = SMOOTH_CHOOSE_GENES; settings.method <= SMOOTH_CHOOSE_EVIDENCE; settings.method++)
    {
      SmoothChooseInputs inputs = { .section = made.section, .signature = made.signature, .graph = made.graph, .prepare = &prepare };
      g_autoptr (SmoothChoice) a = smooth_choose (&inputs, &settings, NULL, &error);
      g_assert_no_error (error);
      inputs.confidences = two;
      g_autoptr (SmoothChoice) b = smooth_choose (&inputs, &settings, NULL, &error);
      g_assert_no_error (error);
      for (gint64 p = 1; p < a->n_points; p++)
        {
          g_assert_cmpfloat_with_epsilon (a->points[p].lambda, 2.0 * b->points[p].lambda, 1e-12 * a->points[p].lambda);
          g_assert_cmpfloat_with_epsilon (a->points[p].difference, b->points[p].difference, 2e-5);
        }
      inputs.confidences = none; /* a type that is not smoothed */
      g_autoptr (SmoothChoice) c = smooth_choose (&inputs, &settings, NULL, &error);
      g_assert_true ((c == NULL) == (settings.method == SMOOTH_CHOOSE_EVIDENCE));
      if (c == NULL)
        g_assert_error (error, SMOOTH_ERROR, SMOOTH_ERROR_VALUE);
    }
  made_clear (&made);
}

/* Rho by decay: the curves against a dense inverse, and smoother sections get a larger rho. */
static void
test_decay (void)
{
  Made made = { 0 }, rough = { 0 };
  SmoothChooseSettings settings;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) many = smooth_run_new (3);

  make (&made, 30.0, SMOOTH, N_TYPES);
  make (&rough, 30.0, ROUGH, N_TYPES);
  smooth_params_init (&smooth_choose_params, &settings);
  settings.method = SMOOTH_CHOOSE_DECAY;
  g_autoptr (SmoothChoice) choice = choose (&made, &settings, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SmoothChoice) again = choose (&made, &settings, many, &error);
  g_autoptr (SmoothChoice) other = choose (&rough, &settings, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (memcmp (choice->correlations, again->correlations, (gsize) choice->n_points * SMOOTH_CHOICE_DEGREES * sizeof (double)), ==, 0);
  g_test_message ("rho %g where smooth, %g where rough", choice->points[choice->chosen].rho, other->points[other->chosen].rho);
  g_assert_cmpfloat (choice->points[choice->chosen].rho, >, other->points[other->chosen].rho);
  g_assert_cmpfloat (choice->similarity[0], >, choice->similarity[SMOOTH_CHOICE_DEGREES - 1]);

  /* The nearest neighbour of a lattice: the median over spots of the correlation with the first of equal ones. */
  gint64 r = 6;
  SmoothPrecisionSettings prior = { .kind = SMOOTH_PRIOR_ICAR, .rho = choice->points[r].rho };
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (made.graph, &prior, NULL, NULL);
  g_autofree double *q = g_new0 (double, N_SPOTS * N_SPOTS), *s = g_new0 (double, N_SPOTS * N_SPOTS), *found = g_new (double, N_SPOTS);
  for (gint j = 0; j < N_SPOTS; j++)
    for (gint64 e = precision->symmetric->starts[j]; e < precision->symmetric->starts[j + 1]; e++)
      q[precision->symmetric->rows[e] + j * N_SPOTS] = precision->symmetric->values[e];
  dense_factor (q, N_SPOTS);
  for (gint j = 0; j < N_SPOTS; j++)
    {
      s[j + j * N_SPOTS] = 1.0;
      dense_solve (q, N_SPOTS, s + j * N_SPOTS);
    }
  for (gint i = 0; i < N_SPOTS; i++)
    {
      gint first = i >= SIDE ? i - SIDE : i % SIDE > 0 ? i - 1 : i + 1;
      found[i] = s[i + first * N_SPOTS] / sqrt (s[i + i * N_SPOTS] * s[first + first * N_SPOTS]);
    }
  for (gint i = 1; i < N_SPOTS; i++)
    for (gint j = i; j > 0 && found[j - 1] > found[j]; j--)
      {
        double swap = found[j];
        found[j] = found[j - 1];
        found[j - 1] = swap;
      }
  g_assert_cmpfloat_with_epsilon (choice->correlations[r * SMOOTH_CHOICE_DEGREES], 0.5 * (found[N_SPOTS / 2 - 1] + found[N_SPOTS / 2]), 1e-9);
  made_clear (&made);
  made_clear (&rough);
}

/* The abundances of a problem at a strength, after its parts were changed. */
static SmoothMatrix *
solve_relative (const SmoothMatrix *x, const SmoothMatrix *y, const SmoothSparse *q)
{
  SmoothDeconvolutionSettings settings;
  SmoothInfo info;
  g_autoptr (SmoothSparse) sparse = smooth_sparse_new_from_dense (y, NULL);
  g_autoptr (SmoothPrecision) precision = smooth_precision_new_from_matrix (q, NULL);
  g_autoptr (SmoothReduced) reduced = smooth_reduced_new (x, sparse, TRUE, NULL, NULL);
  g_autoptr (SmoothDeconvolver) solver = smooth_deconvolver_new (reduced);

  smooth_params_init (&smooth_deconvolution_params, &settings);
  settings.lambda = 0.3;
  settings.lambda_unit = SMOOTH_LAMBDA_RELATIVE;
  settings.tolerance = 1e-12;
  g_assert_true (smooth_deconvolver_set_precision (solver, precision, NULL, NULL));
  g_assert_true (smooth_deconvolver_solve (solver, &settings, NULL, NULL, &info, NULL, NULL));
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);

  /* The same as lambda times the unit in the reference's terms. */
  g_autoptr (SmoothDeconvolver) other = smooth_deconvolver_new (reduced);
  double objective = info.objective;
  settings.lambda_unit = SMOOTH_LAMBDA_REFERENCE;
  settings.lambda = 0.3 * smooth_strength_get_unit (reduced, NULL, precision, NULL);
  g_assert_true (smooth_deconvolver_set_precision (other, precision, NULL, NULL));
  g_assert_true (smooth_deconvolver_solve (other, &settings, NULL, NULL, &info, NULL, NULL));
  g_assert_cmpfloat_with_epsilon (info.objective, objective, 1e-9 * objective);
  return smooth_deconvolver_dup_abundances (solver, NULL);
}

static SmoothMatrix *
scaled (const SmoothMatrix *a, double factor, gint64 times_rows, gint64 times_cols)
{
  SmoothMatrix *b = smooth_matrix_new (times_rows * a->n_rows, times_cols * a->n_cols, NULL);

  for (gint64 j = 0; j < b->n_cols; j++)
    for (gint64 i = 0; i < b->n_rows; i++)
      smooth_matrix_column (b, j)[i] = factor * smooth_matrix_column (a, j % a->n_cols)[i % a->n_rows];
  return b;
}

static SmoothSparse *
scaled_blocks (const SmoothSparse *q, double factor, gint64 times)
{
  gint64 n = q->n_cols, nnz = smooth_sparse_get_nnz (q);
  SmoothSparse *result = smooth_sparse_new (times * n, times * n, times * nnz, NULL);

  for (gint64 t = 0; t < times; t++)
    {
      for (gint64 j = 0; j < n; j++)
        result->starts[t * n + j + 1] = t * nnz + q->starts[j + 1];
      for (gint64 e = 0; e < nnz; e++)
        {
          result->rows[t * nnz + e] = (gint32) (t * n) + q->rows[e];
          result->values[t * nnz + e] = factor * q->values[e];
        }
    }
  return result;
}

static void
assert_same_proportions (const SmoothMatrix *a, const SmoothMatrix *b)
{
  for (gint64 s = 0; s < b->n_cols; s++)
    {
      const double *p = smooth_matrix_column (a, s % a->n_cols), *q = smooth_matrix_column (b, s);
      double p_sum = 0.0, q_sum = 0.0;
      for (gint k = 0; k < N_TYPES; k++)
        {
          p_sum += p[k];
          q_sum += q[k];
        }
      g_assert_cmpfloat (p_sum, >, 0.0);
      for (gint k = 0; k < N_TYPES; k++)
        g_assert_cmpfloat_with_epsilon (p[k] / p_sum, q[k] / q_sum, 2e-6);
    }
}

/* One strength, one result: whatever units, number of spots, number of genes, scale of Q. */
static void
test_strength (void)
{
  Made made = { 0 };
  g_autoptr (SmoothPrecision) precision = NULL;
  g_autoptr (SmoothMatrix) y = smooth_matrix_new (N_GENES, N_SPOTS, NULL);

  make (&made, 5.0, SMOOTH, N_TYPES);
  precision = smooth_precision_new (made.graph, NULL, NULL, NULL);
  const SmoothMatrix *x = made.signature->values;
  const SmoothSparse *q = precision->symmetric, *counts = made.section->counts;
  for (gint64 s = 0; s < N_SPOTS; s++)
    for (gint64 e = counts->starts[s]; e < counts->starts[s + 1]; e++)
      smooth_matrix_column (y, s)[counts->rows[e]] = counts->values[e];
  g_autoptr (SmoothMatrix) base = solve_relative (x, y, q);
  static const struct
  {
    double x, y, q;
    gint spots, genes;
  } changes[] = {
    { 1, 0.01, 1, 1, 1 }, { 0.01, 1, 1, 1, 1 }, { 100, 100, 1, 1, 1 }, { 1, 1, 37, 1, 1 }, { 1, 1, 1, 2, 1 }, { 1, 1, 1, 1, 2 }, { 3, 0.2, 0.1, 2, 3 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (SmoothMatrix) x2 = scaled (x, changes[i].x, changes[i].genes, 1);
      g_autoptr (SmoothMatrix) y2 = scaled (y, changes[i].y, changes[i].genes, changes[i].spots);
      g_autoptr (SmoothSparse) q2 = scaled_blocks (q, changes[i].q, changes[i].spots);
      g_autoptr (SmoothMatrix) again = solve_relative (x2, y2, q2);
      assert_same_proportions (base, again);
    }
  g_assert_cmpfloat (smooth_i_strength_unit (6.0, 3.0, NULL, 5), ==, 2.0);
  g_assert_cmpfloat (smooth_i_strength_unit (0.0, 3.0, NULL, 5), ==, 1.0);
  g_assert_cmpfloat (smooth_i_strength_unit (6.0, 0.0, NULL, 5), ==, 1.0);
  made_clear (&made);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/choose/halves", test_halves);
  g_test_add_func ("/choose/smooth-section", test_smooth_section);
  g_test_add_func ("/choose/rough-section", test_rough_section);
  g_test_add_func ("/choose/types", test_types);
  g_test_add_func ("/choose/too-much", test_too_much);
  g_test_add_func ("/choose/threads", test_threads);
  g_test_add_func ("/choose/refused", test_refused);
  g_test_add_func ("/choose/borders", test_borders);
  g_test_add_func ("/choose/few-genes", test_few_genes);
  g_test_add_func ("/choose/evidence-oracle", test_evidence_oracle);
  g_test_add_func ("/choose/models", test_models);
  g_test_add_func ("/choose/evidence-singular", test_evidence_singular);
  g_test_add_func ("/choose/graphs", test_graphs);
  g_test_add_func ("/choose/confidences", test_confidences);
  g_test_add_func ("/choose/decay", test_decay);
  g_test_add_func ("/choose/strength", test_strength);
  return g_test_run ();
}
