/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deconvolution problems whose optimum is known, and their objective computed from scratch. */
#pragma once

#include "base/rng.h"
#include "model/deconvolution.h"

#include <math.h>
#include <string.h>

/* A problem is built backwards: B* >= 0 and mu >= 0 with B* mu = 0 are chosen, then Y such that the gradient of
 * F = (n/2) objective at B* is mu. */
typedef struct
{
  gint64 n;
  gint n_types;
  gint64 n_genes;
  gboolean bias;
  double lambda;
  double *confidences;
  SmoothMatrix *signature;
  SmoothSparse *expression;
  SmoothPrecision *precision;
  SmoothMatrix *optimum;
  double *h;      /* n_types x n_types */
  double *r;      /* n_types x n */
  double *centre; /* n_types */
  double best;    /* objective of the optimum */
} Problem;

typedef struct
{
  double data, spatial, objective;
  double kkt, kkt_free; /* of abundances >= 0; of any sign */
} Values;

static inline double
problem_q (const Problem *problem, const double *b, gint k, gint64 i)
{
  const SmoothSparse *q = problem->precision->symmetric;
  double sum = 0;

  for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
    sum += q->values[e] * b[(gint64) q->rows[e] * problem->n_types + k];
  return sum;
}

/* The gradient of F without its data part R: H b + m Q b. */
static inline double
problem_hessian_times (const Problem *problem, const double *b, gint k, gint64 i)
{
  double sum = problem->lambda * problem->confidences[k] / problem->n_types * problem_q (problem, b, k, i);

  for (gint l = 0; l < problem->n_types; l++)
    sum += problem->h[k * problem->n_types + l] * b[i * problem->n_types + l];
  return sum;
}

/* Objective from the residual itself, G x n, with the best bias; KKT as info.h says. Plain loops. */
static inline Values
problem_evaluate (const Problem *problem, const double *b)
{
  gint n_types = problem->n_types;
  double n = (double) problem->n, genes = (double) problem->n_genes, largest = 0, worst = 0, steepest = 0;
  g_autofree double *residual = g_new (double, problem->n_genes);
  Values values = { 0 };

  for (gint64 i = 0; i < problem->n; i++)
    {
      double mean = 0;
      memset (residual, 0, (gsize) problem->n_genes * sizeof (double));
      for (gint64 e = problem->expression->starts[i]; e < problem->expression->starts[i + 1]; e++)
        residual[problem->expression->rows[e]] = problem->expression->values[e];
      for (gint64 g = 0; g < problem->n_genes; g++)
        {
          for (gint k = 0; k < n_types; k++)
            residual[g] -= problem->signature->values[g + k * problem->n_genes] * b[i * n_types + k];
          mean += residual[g] / genes;
        }
      for (gint64 g = 0; g < problem->n_genes; g++)
        {
          double d = residual[g] - (problem->bias ? mean : 0);
          values.data += d * d / (genes * n);
        }
      for (gint k = 0; k < n_types; k++)
        {
          double gradient = 2 / n * (problem_hessian_times (problem, b, k, i) - problem->r[i * n_types + k]);
          largest = fmax (largest, 2 / n * fabs (problem->r[i * n_types + k]));
          steepest = fmax (steepest, fabs (gradient));
          worst = fmax (worst, fabs (fmin (b[i * n_types + k], gradient)));
          values.spatial
              += problem->lambda * problem->confidences[k] / (n_types * n) * b[i * n_types + k] * problem_q (problem, b, k, i);
        }
    }
  values.objective = values.data + values.spatial;
  values.kkt = largest > 0 ? worst / largest : 0;
  values.kkt_free = largest > 0 ? steepest / largest : 0;
  return values;
}

/* Fills problem->h and problem->r from signature and expression. */
static inline void
problem_reduce (Problem *problem)
{
  gint n_types = problem->n_types;
  gint64 n_genes = problem->n_genes;
  const double *x = problem->signature->values;

  g_free (problem->h);
  g_free (problem->r);
  g_free (problem->centre);
  problem->h = g_new0 (double, n_types * n_types);
  problem->r = g_new0 (double, problem->n * n_types);
  problem->centre = g_new0 (double, n_types);
  for (gint k = 0; problem->bias && k < n_types; k++)
    for (gint64 g = 0; g < n_genes; g++)
      problem->centre[k] += x[g + k * n_genes] / (double) n_genes;
  for (gint k = 0; k < n_types; k++)
    for (gint l = 0; l < n_types; l++)
      for (gint64 g = 0; g < n_genes; g++)
        problem->h[k * n_types + l] += (x[g + k * n_genes] - problem->centre[k]) * (x[g + l * n_genes] - problem->centre[l]) / (double) n_genes;
  for (gint64 i = 0; i < problem->n; i++)
    for (gint k = 0; k < n_types; k++)
      for (gint64 e = problem->expression->starts[i]; e < problem->expression->starts[i + 1]; e++)
        problem->r[i * n_types + k] += (x[problem->expression->rows[e] + k * n_genes] - problem->centre[k])
                                       * problem->expression->values[e] / (double) n_genes;
}

static inline void
problem_clear (Problem *problem)
{
  g_free (problem->confidences);
  g_clear_pointer (&problem->signature, smooth_matrix_unref);
  g_clear_pointer (&problem->expression, smooth_sparse_unref);
  g_clear_pointer (&problem->precision, smooth_precision_unref);
  g_clear_pointer (&problem->optimum, smooth_matrix_unref);
  g_free (problem->h);
  g_free (problem->r);
  g_free (problem->centre);
  memset (problem, 0, sizeof *problem);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Problem, problem_clear)

/* cols columns of length rows: orthonormal, and orthogonal to the constant one if @centred. */
static inline double *
problem_orthonormal (SmoothRng *rng, gint64 rows, gint cols, gboolean centred)
{
  double *u = g_new (double, rows * cols);

  for (gint c = 0; c < cols; c++)
    {
      double *column = u + c * rows;
      for (gint64 i = 0; i < rows; i++)
        column[i] = smooth_i_rng_normal (rng);
      for (gint pass = 0; pass < 3; pass++)
        {
          double mean = 0, norm = 0;
          for (gint64 i = 0; i < rows; i++)
            mean += column[i] / (double) rows;
          for (gint64 i = 0; centred && i < rows; i++)
            column[i] -= mean;
          for (gint b = 0; b < c; b++)
            {
              double dot = 0;
              for (gint64 i = 0; i < rows; i++)
                dot += column[i] * u[b * rows + i];
              for (gint64 i = 0; i < rows; i++)
                column[i] -= dot * u[b * rows + i];
            }
          for (gint64 i = 0; i < rows; i++)
            norm += column[i] * column[i];
          for (gint64 i = 0; i < rows; i++)
            column[i] /= sqrt (norm);
        }
    }
  return u;
}

/* A triangular lattice with random weights in .6 .. 1, some spots isolated; Q = D - rho W. */
static inline SmoothPrecision *
problem_lattice (SmoothRng *rng, gint64 n, double rho, double isolated)
{
  gint64 side = (gint64) ceil (sqrt ((double) n));
  g_autofree gint32 *rows = g_new (gint32, 8 * n);
  g_autofree gint32 *cols = g_new (gint32, 8 * n);
  g_autofree double *values = g_new0 (double, 8 * n);
  g_autofree double *sums = g_new0 (double, n);
  g_autofree gint32 *order = g_new (gint32, n);
  gint64 nnz = 0;

  for (gint32 i = 0; i < n; i++)
    order[i] = i;
  for (gint64 i = n - 1; i > 0; i--)
    {
      gint64 j = smooth_i_rng_index (rng, i + 1);
      gint32 swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  for (gint64 i = 0; i < n; i++)
    {
      gint64 steps[] = { 1, side, side + 1 };
      gboolean alone = smooth_i_rng_uniform (rng) < isolated;
      for (gsize s = 0; s < G_N_ELEMENTS (steps); s++)
        {
          gint64 j = i + steps[s];
          if (j >= n || (s != 1 && (i + 1) % side == 0))
            continue;
          double w = alone ? 0 : 0.6 + 0.4 * smooth_i_rng_uniform (rng);
          rows[nnz] = cols[nnz + 1] = order[i];
          cols[nnz] = rows[nnz + 1] = order[j];
          values[nnz] = values[nnz + 1] = -rho * w;
          sums[order[i]] += w;
          sums[order[j]] += w;
          nnz += 2;
        }
    }
  for (gint32 i = 0; i < n; i++, nnz++)
    {
      rows[nnz] = cols[nnz] = i;
      values[nnz] = sums[i] > 0 ? sums[i] : 1 - rho;
    }
  g_autoptr (SmoothSparse) q = smooth_sparse_new_from_triplets (n, n, nnz, rows, cols, values, NULL);
  return smooth_precision_new_from_matrix (q, NULL);
}

typedef struct
{
  gint64 n;
  gint n_types;
  double lambda;
  double rho;
  double condition; /* of H */
  gboolean bias;
  double zeros;     /* share of the optimum that is 0 */
  double isolated;  /* share of spots whose edges to later ones are cut */
  guint64 seed;
  double multipliers; /* their size where the optimum is 0; 0: lambda */
} ProblemSpec;

/* Y = sqrt (G) (U S V'B* + U S^-1 V'v) + constants, v = M B* Q - mu: then Xt'Y / G = H B* + v for Xt = sqrt (G) U S V'. */
static inline void
problem_init (Problem *problem, const ProblemSpec *spec)
{
  SmoothRng rng;
  gint n_types = spec->n_types;
  gint64 n = spec->n, n_genes = n_types + 5;

  smooth_i_rng_init (&rng, spec->seed, 0);
  memset (problem, 0, sizeof *problem);
  problem->n = n;
  problem->n_types = n_types;
  problem->n_genes = n_genes;
  problem->bias = spec->bias;
  problem->lambda = spec->lambda;
  problem->confidences = g_new (double, n_types);
  for (gint k = 0; k < n_types; k++)
    problem->confidences[k] = 0.3 + 0.7 * smooth_i_rng_uniform (&rng);
  problem->precision = problem_lattice (&rng, n, spec->rho, spec->isolated);

  g_autofree double *u = problem_orthonormal (&rng, n_genes, n_types, TRUE);
  g_autofree double *v = problem_orthonormal (&rng, n_types, n_types, FALSE);
  g_autofree double *s = g_new (double, n_types);
  g_autofree double *d = g_new (double, n_types);
  problem->signature = smooth_matrix_new (n_genes, n_types, NULL);
  for (gint j = 0; j < n_types; j++)
    s[j] = n_types > 1 ? pow (spec->condition, -0.5 * j / (n_types - 1)) : 1;
  for (gint k = 0; k < n_types; k++)
    {
      double mean = spec->bias ? smooth_i_rng_uniform (&rng) : 0;
      for (gint64 g = 0; g < n_genes; g++)
        {
          double *x = &problem->signature->values[g + k * n_genes];
          *x = mean;
          for (gint j = 0; j < n_types; j++)
            *x += sqrt ((double) n_genes) * u[g + j * n_genes] * s[j] * v[k + j * n_types];
        }
    }

  problem->optimum = smooth_matrix_new (n_types, n, NULL);
  for (gint64 e = 0; e < n * n_types; e++)
    problem->optimum->values[e] = smooth_i_rng_uniform (&rng) < spec->zeros ? 0 : 0.1 + smooth_i_rng_uniform (&rng);

  g_autoptr (SmoothMatrix) y = smooth_matrix_new (n_genes, n, NULL);
  for (gint64 i = 0; i < n; i++)
    {
      const double *b = smooth_matrix_column (problem->optimum, i);
      double constant = spec->bias ? smooth_i_rng_normal (&rng) : 0;
      memset (d, 0, (gsize) n_types * sizeof (double));
      for (gint k = 0; k < n_types; k++)
        {
          double pull = spec->lambda * problem->confidences[k] / n_types * problem_q (problem, problem->optimum->values, k, i);
          if (b[k] == 0)
            pull -= 0.3 * smooth_i_rng_uniform (&rng) * (spec->multipliers > 0 ? spec->multipliers : spec->lambda);
          for (gint j = 0; j < n_types; j++)
            d[j] += v[k + j * n_types] * (b[k] * s[j] + pull / s[j]);
        }
      for (gint64 g = 0; g < n_genes; g++)
        {
          double *to = &y->values[g + i * n_genes];
          *to = constant;
          for (gint j = 0; j < n_types; j++)
            *to += sqrt ((double) n_genes) * u[g + j * n_genes] * d[j];
        }
    }
  problem->expression = smooth_sparse_new_from_dense (y, NULL);
  problem_reduce (problem);
  problem->best = problem_evaluate (problem, problem->optimum->values).objective;
}
