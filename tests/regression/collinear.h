/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deconvolution problems with a known optimum whose signatures are collinear: one is another's double, or the sum of two. */
#pragma once

#include "../problem.h"

typedef enum
{
  AS_BUILT,
  DOUBLED, /* one type more, with the signature of the first, which shares its abundance with it */
  ADDED,   /* one type more, whose signature is the sum of the first two; without a prior */
} Signatures;

/* Replaces the types of a problem by one more: its signature is the sum of those of the first n_summed. */
static inline void
collinear_append_type (Problem *problem, gint n_summed)
{
  gint old = problem->n_types, n_types = old + 1;
  gint64 n_genes = problem->n_genes;
  SmoothMatrix *signature = smooth_matrix_new (n_genes, n_types, NULL);

  memcpy (signature->values, problem->signature->values, sizeof (double) * (gsize) (n_genes * old));
  for (gint64 g = 0; g < n_genes; g++)
    for (gint k = 0; k < n_summed; k++)
      signature->values[g + old * n_genes] += signature->values[g + k * n_genes];
  smooth_matrix_unref (problem->signature);
  problem->signature = signature;
  problem->n_types = n_types;
  problem->confidences = g_renew (double, problem->confidences, n_types);
  problem->confidences[old] = problem->confidences[0];
}

/* Halves the first type's abundance for its double: with twice the confidence both together cost what it did alone. */
static inline void
collinear_double_first_type (Problem *problem)
{
  gint old = problem->n_types;
  SmoothMatrix *optimum = smooth_matrix_new (old + 1, problem->n, NULL);

  collinear_append_type (problem, 1);
  for (gint k = 0; k <= old; k++)
    problem->confidences[k] *= (k == 0 || k == old ? 2.0 : 1.0) * (old + 1) / old;
  for (gint64 i = 0; i < problem->n; i++)
    for (gint k = 0; k <= old; k++)
      {
        double b = problem->optimum->values[k % old + i * old];
        optimum->values[k + i * (old + 1)] = k % old == 0 ? b / 2 : b;
      }
  smooth_matrix_unref (problem->optimum);
  problem->optimum = optimum;
}

/* The new type stays at 0: its multiplier is the sum of those of the first two. */
static inline void
collinear_add_first_types (Problem *problem)
{
  gint old = problem->n_types;
  SmoothMatrix *optimum = smooth_matrix_new (old + 1, problem->n, NULL);

  collinear_append_type (problem, 2);
  for (gint64 i = 0; i < problem->n; i++)
    memcpy (optimum->values + i * (old + 1), problem->optimum->values + i * old, sizeof (double) * (gsize) old);
  smooth_matrix_unref (problem->optimum);
  problem->optimum = optimum;
}

/* The built optimum is one: its own KKT residual is rounding. */
static inline void
collinear_build (Problem *problem, const ProblemSpec *spec, Signatures signatures)
{
  problem_init (problem, spec);
  if (signatures == DOUBLED)
    collinear_double_first_type (problem);
  else if (signatures == ADDED)
    collinear_add_first_types (problem);
  if (signatures != AS_BUILT)
    problem_reduce (problem);
  Values values = problem_evaluate (problem, problem->optimum->values);
  g_assert_cmpfloat (values.kkt, <=, 1e-12);
  problem->best = values.objective;
}
