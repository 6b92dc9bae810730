/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rho by decay: the prior whose correlation falls off with distance as the likeness of expression does.
 *
 * For degrees j = 1..20, r_j(rho) is the median over spots i of the prior's correlation of i with its j-th nearest neighbour,
 * S_ij / sqrt (S_ii S_jj) with S = Q^-1, and c_j the median of max (0, cosine) of their expression on 20 principal
 * components. The choice is the rho of least sum_j (r_j - c_j)^2. Medians over at most MOST_SPOTS spots, evenly taken.
 */
#include "base/error.h"
#include "graph/similarity.h"
#include "linalg/cholesky.h"
#include "model/choose-private.h"

#include <math.h>
#include <string.h>

#define N_DEGREES SMOOTH_CHOICE_DEGREES
#define N_COMPONENTS 20
#define MOST_SPOTS 400
#define BATCH 16 /* right-hand sides */

static const double rho_grid[] = { 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999 };

typedef struct
{
  SmoothChoosing *choosing;
  gint64 n_spots;
  gint n_degrees;    /* N_DEGREES, or one less than spots */
  gint64 n_taken;
  gint32 *taken;     /* n_taken spots */
  gint32 *nearest;   /* n_spots x n_degrees: neighbours by distance */
} Decay;

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (double *values, gint64 n)
{
  qsort (values, (gsize) n, sizeof (double), compare_doubles);
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

/* The neighbours of each spot by distance, of equal ones the smaller number, and how alike they are: @likeness has a value
 * for each, in the same place. */
static void
sort_neighbours (Decay *decay, const SmoothGraph *graph, const double *coords, const double *similarities, double *likeness)
{
  const SmoothSparse *w = graph->weights;
  gint n = decay->n_degrees;

  for (gint64 i = 0; i < decay->n_spots; i++)
    {
      double distances[N_DEGREES];
      gint n_found = 0;
      for (gint64 e = w->starts[i]; e < w->starts[i + 1]; e++)
        {
          double dx = coords[2 * w->rows[e]] - coords[2 * i], dy = coords[2 * w->rows[e] + 1] - coords[2 * i + 1];
          double distance = dx * dx + dy * dy;
          gint place = n_found;
          if (w->rows[e] == i || w->values[e] <= 0.0 || n_found == n)
            continue;
          for (; place > 0 && distances[place - 1] > distance * (1.0 + 1e-9); place--)
            {
              distances[place] = distances[place - 1];
              decay->nearest[i * n + place] = decay->nearest[i * n + place - 1];
              likeness[i * n + place] = likeness[i * n + place - 1];
            }
          distances[place] = distance;
          decay->nearest[i * n + place] = w->rows[e];
          likeness[i * n + place] = similarities[e];
          n_found++;
        }
      for (; n_found < n; n_found++)
        decay->nearest[i * n + n_found] = -1;
    }
}

/* The medians over the taken spots of the values at each degree. */
static void
take_medians (const Decay *decay, const double *values, gint64 stride_spot, gboolean by_spot, double *medians)
{
  g_autofree double *sorted = g_new (double, decay->n_taken + 1);

  for (gint j = 0; j < decay->n_degrees; j++)
    {
      gint64 n = 0;
      for (gint64 t = 0; t < decay->n_taken; t++)
        if (decay->nearest[decay->taken[t] * decay->n_degrees + j] >= 0)
          sorted[n++] = values[(by_spot ? decay->taken[t] : t) * stride_spot + j];
      medians[j] = n > 0 ? median (sorted, n) : 0.0;
    }
}

/* Finds neighbours and the medians of their likeness. */
static gboolean
look_at_expression (Decay *decay, GError **error)
{
  const SmoothChoosing *choosing = decay->choosing;
  const SmoothPrepared *prepared = choosing->prepared;
  SmoothGraphSettings settings;
  g_autofree double *coords = smooth_section_dup_coords_um (choosing->inputs->section, prepared->spots, prepared->n_spots);

  smooth_params_init (&smooth_graph_params, &settings);
  settings.k = decay->n_degrees;
  settings.ties = SMOOTH_TIES_STRICT;
  settings.mutual = FALSE;
  g_autoptr (SmoothGraph) graph = smooth_graph_new (coords, decay->n_spots, 2, choosing->inputs->section->pitch, &settings, choosing->run, error);
  if (graph == NULL)
    return FALSE;
  g_autoptr (SmoothFeatures) genes = smooth_features_new_from_sparse (prepared->expression, error);
  g_autoptr (SmoothFeatures) components
      = genes != NULL ? smooth_features_new_principal (genes, N_COMPONENTS, NULL, choosing->run, error) : NULL;
  if (components == NULL)
    return FALSE;
  g_autofree double *similarities
      = smooth_graph_dup_similarities (graph, components, SMOOTH_SIMILARITY_COSINE, NULL, 0.0, choosing->run, error);
  if (similarities == NULL)
    return FALSE;
  g_autofree double *likeness = g_new0 (double, decay->n_spots * decay->n_degrees);
  sort_neighbours (decay, graph, coords, similarities, likeness);
  take_medians (decay, likeness, decay->n_degrees, TRUE, choosing->choice->similarity);
  return TRUE;
}

/* The prior's correlations of the taken spots with their neighbours: n_taken x n_degrees. */
static gboolean
correlate (const Decay *decay, SmoothCholesky *cholesky, double *correlations, GError **error)
{
  gint n = decay->n_degrees;
  g_autoptr (SmoothMatrix) x = smooth_matrix_new (decay->n_spots, BATCH, error);
  double *variances = x != NULL ? smooth_cholesky_dup_inverse_diagonal (cholesky, error) : NULL;
  gboolean done = variances != NULL;

  for (gint64 first = 0; done && first < decay->n_taken; first += BATCH)
    {
      gint64 last = MIN (first + BATCH, decay->n_taken);
      memset (x->values, 0, (gsize) (decay->n_spots * BATCH) * sizeof (double));
      for (gint64 t = first; t < last; t++)
        smooth_matrix_column (x, t - first)[decay->taken[t]] = 1.0;
      done = smooth_run_check (decay->choosing->run, error) && smooth_cholesky_solve (cholesky, x, error);
      for (gint64 t = first; t < last && done; t++)
        for (gint j = 0; j < n; j++)
          {
            gint32 i = decay->taken[t], other = decay->nearest[i * n + j];
            correlations[t * n + j]
                = other >= 0 ? smooth_matrix_column (x, t - first)[other] / sqrt (variances[i] * variances[other]) : 0.0;
          }
    }
  smooth_i_free (variances);
  return done;
}

static gboolean
score_rho (Decay *decay, gint64 r, GError **error)
{
  const SmoothChoosing *choosing = decay->choosing;
  SmoothChoice *choice = choosing->choice;
  double *medians = choice->correlations + r * N_DEGREES;
  const SmoothPrecision *precision = choosing->precisions[r];
  gboolean is_definite = FALSE;

  choice->points[r].score = NAN;
  if (!precision->is_semidefinite)
    return TRUE;
  if (!smooth_precision_check_explicit (precision, "matching the decay", error))
    return FALSE;
  g_autoptr (SmoothCholesky) cholesky = smooth_cholesky_new (precision->symmetric, NULL, error);
  if (cholesky == NULL || !smooth_cholesky_factor (cholesky, precision->symmetric, &is_definite, error))
    return FALSE;
  if (!is_definite)
    return TRUE;
  g_autofree double *correlations = g_new0 (double, decay->n_taken * decay->n_degrees);
  if (!correlate (decay, cholesky, correlations, error))
    return FALSE;
  take_medians (decay, correlations, decay->n_degrees, FALSE, medians);
  choice->points[r].score = 0.0;
  for (gint j = 0; j < decay->n_degrees; j++)
    choice->points[r].score += (medians[j] - choice->similarity[j]) * (medians[j] - choice->similarity[j]);
  return TRUE;
}

/* The rhos that are tried: the grid. */
const double *
smooth_i_choose_decay_rhos (gint64 *n_rhos)
{
  *n_rhos = G_N_ELEMENTS (rho_grid);
  return rho_grid;
}

static gboolean
find_best (const Decay *decay, GError **error)
{
  SmoothChoice *choice = decay->choosing->choice;

  choice->best = -1;
  for (gint64 r = 0; r < choice->n_points; r++)
    if (isfinite (choice->points[r].score) && (choice->best < 0 || choice->points[r].score < choice->points[choice->best].score))
      choice->best = r;
  if (choice->best < 0)
    {
      g_set_error (error, SMOOTH_ERROR, SMOOTH_ERROR_NUMERIC, "the prior has no correlations at any rho that was tried: it is nowhere positive definite");
      return FALSE;
    }
  choice->chosen = choice->best;
  for (gint64 r = 0; r < choice->n_points; r++)
    choice->points[r].difference = choice->points[r].score - choice->points[choice->best].score;
  if (choice->best == 0 || choice->best == choice->n_points - 1)
    smooth_report_add (choice->report, SMOOTH_REPORT_WARNING,
                       "rho %g is at an end of the values tried: the prior cannot fall off as %s as the likeness of expression does",
                       choice->points[choice->best].rho, choice->best == 0 ? "fast" : "slowly");
  return TRUE;
}

/**
 * smooth_i_choose_by_decay:
 *
 * For each rho a factor, the diagonal of its inverse and MOST_SPOTS solves.
 */
gboolean
smooth_i_choose_by_decay (SmoothChoosing *choosing, GError **error)
{
  Decay decay = { .choosing = choosing, .n_spots = choosing->prepared->n_spots };
  SmoothChoice *choice = choosing->choice;

  decay.n_degrees = (gint) MIN (N_DEGREES, decay.n_spots - 1);
  decay.n_taken = MIN (MOST_SPOTS, decay.n_spots);
  decay.taken = g_new (gint32, decay.n_taken);
  for (gint64 t = 0; t < decay.n_taken; t++)
    decay.taken[t] = (gint32) (t * decay.n_spots / decay.n_taken);
  decay.nearest = g_new (gint32, decay.n_spots * decay.n_degrees);
  choice->similarity = g_new0 (double, N_DEGREES);
  choice->correlations = g_new0 (double, choice->n_points * N_DEGREES);
  gboolean good = look_at_expression (&decay, error);
  for (gint64 r = 0; r < choice->n_points && good; r++)
    {
      good = score_rho (&decay, r, error);
      smooth_run_report (choosing->run, (double) (r + 1) / (double) choice->n_points, "correlation of the prior");
    }
  g_free (decay.taken);
  g_free (decay.nearest);
  return good && find_best (&decay, error);
}
