/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imputation of real sections, where they lie beside the project: a fifth of the spots is hidden and found again. */
#include "model/positions.h"
#include "precision/precision.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define MOST_GENES 2000

/* Log-normalised genes of a section, hidden spots and others. */
typedef struct
{
  SmoothPositions *positions; /* seen spots first */
  SmoothGraph *graph;
  SmoothMatrix *seen;   /* n_observed x n_genes */
  SmoothMatrix *hidden; /* the others x n_genes */
  gint32 *observed;     /* n_observed: 0, 1, 2, ... */
} Holdout;

/* How well hidden values were met. */
typedef struct
{
  double correlation; /* over hidden spots, mean over genes */
  double rmse;
} Score;

static double
get_cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

typedef struct
{
  double total;
  gint64 gene;
} Abundance;

static int
compare_abundances (gconstpointer a, gconstpointer b)
{
  const Abundance *x = a, *y = b;

  return x->total != y->total ? (x->total < y->total) - (x->total > y->total) : (x->gene > y->gene) - (x->gene < y->gene);
}

/* genes x positions: log (1 + counts scaled to 1,000 a spot), of the genes of most counts, split as the positions are. */
static void
make_values (Holdout *holdout, const SmoothSection *section)
{
  gint64 n_genes = MIN (section->n_genes, MOST_GENES), n_seen = holdout->positions->n_observed,
         n = holdout->positions->n_positions;
  g_autofree Abundance *abundances = g_new0 (Abundance, section->n_genes);
  g_autofree gint64 *places = g_new (gint64, section->n_genes);

  for (gint64 g = 0; g < section->n_genes; g++)
    {
      abundances[g].gene = g;
      places[g] = -1;
    }
  for (gint64 e = 0; e < smooth_sparse_get_nnz (section->counts); e++)
    abundances[section->counts->rows[e]].total += section->counts->values[e];
  qsort (abundances, (gsize) section->n_genes, sizeof (Abundance), compare_abundances);
  for (gint64 g = 0; g < n_genes; g++)
    places[abundances[g].gene] = g;
  holdout->seen = smooth_matrix_new (n_seen, n_genes, NULL);
  holdout->hidden = smooth_matrix_new (n - n_seen, n_genes, NULL);
  for (gint64 i = 0; i < n; i++)
    {
      gint32 spot = holdout->positions->spots[i];
      SmoothMatrix *to = i < n_seen ? holdout->seen : holdout->hidden;
      for (gint64 e = section->counts->starts[spot]; e < section->counts->starts[spot + 1]; e++)
        if (places[section->counts->rows[e]] >= 0)
          smooth_matrix_column (to, places[section->counts->rows[e]])[i < n_seen ? i : i - n_seen]
              = log1p (section->counts->values[e] / section->total_counts[spot] * 1000.0);
    }
}

/* Returns: FALSE, and the test is skipped, where the section is absent */
static gboolean
load (Holdout *holdout, const char *name)
{
  const char *shared = g_getenv ("SMOOTH_SHARED_DIR");
  g_autofree char *path = g_build_filename (shared != NULL ? shared : "../shared", "data", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *reason = g_strdup_printf ("%s is absent", path);
      g_test_skip (reason);
      return FALSE;
    }
  g_autoptr (SmoothSection) section = smooth_section_load (path, NULL, &error);
  g_assert_no_error (error);
  g_autofree gboolean *distrusted = g_new (gboolean, section->n_spots);
  for (gint64 i = 0; i < section->n_spots; i++)
    distrusted[i] = g_rand_double (rand) < 0.2;
  holdout->positions = smooth_positions_new (section, FALSE, distrusted, &error);
  g_assert_no_error (error);
  holdout->graph = smooth_positions_new_graph (holdout->positions, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  make_values (holdout, section);
  holdout->observed = g_new (gint32, holdout->positions->n_observed);
  for (gint64 i = 0; i < holdout->positions->n_observed; i++)
    holdout->observed[i] = (gint32) i;
  g_test_message ("%s: %" G_GINT64_FORMAT " spots, %" G_GINT64_FORMAT " of them hidden, %" G_GINT64_FORMAT " genes", name,
                  holdout->positions->n_positions, holdout->hidden->n_rows, holdout->hidden->n_cols);
  return TRUE;
}

static void
holdout_clear (Holdout *holdout)
{
  smooth_positions_unref (holdout->positions);
  smooth_graph_unref (holdout->graph);
  smooth_matrix_unref (holdout->seen);
  smooth_matrix_unref (holdout->hidden);
  g_free (holdout->observed);
}

/* @found: values of all positions (n x F). */
static Score
score (const Holdout *holdout, const SmoothMatrix *found, const char *what)
{
  Score result = { 0.0, 0.0 };
  gint64 n = holdout->hidden->n_rows, n_used = 0, n_seen = holdout->positions->n_observed;
  double count = (double) n;

  for (gint64 f = 0; f < holdout->hidden->n_cols; f++)
    {
      const double *truth = smooth_matrix_column (holdout->hidden, f), *x = smooth_matrix_column (found, f) + n_seen;
      double s[5] = { 0.0 };
      for (gint64 i = 0; i < n; i++)
        {
          s[0] += x[i];
          s[1] += truth[i];
          s[2] += x[i] * x[i];
          s[3] += truth[i] * truth[i];
          s[4] += x[i] * truth[i];
          result.rmse += (x[i] - truth[i]) * (x[i] - truth[i]);
        }
      double spread = (s[2] - s[0] * s[0] / count) * (s[3] - s[1] * s[1] / count);
      if (!(spread > 0.0))
        continue;
      result.correlation += (s[4] - s[0] * s[1] / count) / sqrt (spread);
      n_used++;
    }
  result.correlation /= (double) n_used;
  result.rmse = sqrt (result.rmse / (count * (double) holdout->hidden->n_cols));
  g_test_message ("%s: r %.4f, RMSE %.4f", what, result.correlation, result.rmse);
  return result;
}

/* What needs no method: the mean of the seen neighbours, of all seen spots where there is none. */
static Score
score_neighbours (const Holdout *holdout)
{
  gint64 n_seen = holdout->positions->n_observed;
  const SmoothSparse *w = holdout->graph->weights;
  g_autoptr (SmoothMatrix) found = smooth_matrix_new (holdout->positions->n_positions, holdout->seen->n_cols, NULL);

  for (gint64 f = 0; f < found->n_cols; f++)
    {
      const double *y = smooth_matrix_column (holdout->seen, f);
      double all = 0.0;
      for (gint64 i = 0; i < n_seen; i++)
        all += y[i] / (double) n_seen;
      for (gint64 i = n_seen; i < found->n_rows; i++)
        {
          double sum = 0.0, weight = 0.0;
          for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
            if (w->rows[e] < n_seen)
              {
                sum += w->values[e] * y[w->rows[e]];
                weight += w->values[e];
              }
          smooth_matrix_column (found, f)[i] = weight > 0.0 ? sum / weight : all;
        }
    }
  return score (holdout, found, "mean of neighbours");
}

/* @coverage: (out) (optional): mean over genes and hidden spots of the squared error over the told one, that of measuring included */
static Score
score_imputed (const Holdout *holdout, gint kind, gboolean fixed, gboolean centre, double lambda, double *coverage)
{
  SmoothPrecisionSettings prior = { .kind = kind, .rho = 0.99 };
  SmoothImputationSettings settings;
  SmoothInfo info;
  g_autoptr (GError) error = NULL;
  g_autoptr (SmoothRun) run = smooth_run_new (1);

  smooth_params_init (&smooth_imputation_params, &settings);
  settings.fixed = fixed;
  settings.lambda = lambda;
  settings.centre = centre;
  g_autoptr (SmoothPrecision) precision = smooth_precision_new (holdout->graph, &prior, NULL, &error);
  double start = get_cpu_seconds ();
  g_autoptr (SmoothImputer) imputer
      = smooth_imputer_new (precision, holdout->observed, holdout->positions->n_observed, &settings, NULL, run, &error);
  g_assert_no_error (error);
  double middle = get_cpu_seconds ();
  g_autoptr (SmoothMatrix) found = smooth_imputer_solve (imputer, holdout->seen, &info, run, &error);
  g_assert_no_error (error);
  g_assert_cmpint (info.status, ==, SMOOTH_STATUS_CONVERGED);
  double end = get_cpu_seconds ();
  g_autofree char *what =
      g_strdup_printf ("%s, %s, to %s, lambda %g (factor %.4f s, solve %.4f s)", kind == SMOOTH_PRIOR_ICAR ? "ICAR" : "ISAR",
                       fixed ? "kept" : "denoised", centre ? "mean" : "0", lambda, middle - start, end - middle);
  if (coverage != NULL)
    {
      start = get_cpu_seconds ();
      g_autofree double *deviations = smooth_imputer_dup_deviations (imputer, &error);
      g_autofree double *scales = smooth_imputer_dup_scales (imputer, holdout->seen, found, &error);
      g_assert_no_error (error);
      g_test_message ("standard deviations: %.4f s", get_cpu_seconds () - start);
      gint64 n = 0;
      *coverage = 0.0;
      for (gint64 f = 0; f < found->n_cols; f++)
        for (gint64 i = 0; scales[f] > 0.0 && i < holdout->hidden->n_rows; i++)
          {
            gint64 at = holdout->positions->n_observed + i;
            double miss = smooth_matrix_column (found, f)[at] - smooth_matrix_column (holdout->hidden, f)[i];
            *coverage += miss * miss / (scales[f] * scales[f] * (deviations[at] * deviations[at] + !fixed));
            n++;
          }
      *coverage /= (double) n;
      g_test_message ("squared errors over told ones: %.3f", *coverage);
    }
  return score (holdout, found, what);
}

/* Denoised and kept values meet hidden ones better than the mean of neighbours does, and err as much as they say. */
static void
test_section (gconstpointer data)
{
  Holdout holdout;
  double coverage;

  if (!load (&holdout, data))
    return;
  Score mean = score_neighbours (&holdout);
  Score kept = score_imputed (&holdout, SMOOTH_PRIOR_ICAR, TRUE, FALSE, 1.0, &coverage);
  g_assert_cmpfloat (kept.correlation, >, mean.correlation + 0.003);
  g_assert_cmpfloat (kept.rmse, <, mean.rmse);
  g_assert_cmpfloat (coverage, <, 1.4); /* values are taken to be without noise, which they are not */
  for (gint l = 0; l < 3; l++)
    {
      double lambda = (const double[]){ 1.0, 3.0, 10.0 }[l];
      Score zero = score_imputed (&holdout, SMOOTH_PRIOR_ICAR, FALSE, FALSE, lambda, &coverage);
      g_assert_cmpfloat (zero.correlation, >, mean.correlation + 0.02);
      g_assert_cmpfloat (fabs (coverage - 1.0), <, 0.16);
      Score level = score_imputed (&holdout, SMOOTH_PRIOR_ICAR, FALSE, TRUE, lambda, &coverage);
      g_assert_cmpfloat (level.correlation, >, mean.correlation + 0.02);
      g_assert_cmpfloat (level.rmse, <, MIN (mean.rmse - 0.015, zero.rmse));
      g_assert_cmpfloat (fabs (coverage - 1.0), <, 0.16);
    }
  holdout_clear (&holdout);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/holdout/cortex", "dlpfc_151673", test_section);
  g_test_add_data_func ("/holdout/placenta", "mouse_placenta_SR3", test_section);
  return g_test_run ();
}
