/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Priors that are no one matrix: one for each type, or known by their products alone (SMA).
 *
 * The solver then multiplies by Q outside of its kernels, types that share a prior together. What else it wants to know of Q
 * are bounds and the diagonal, as in matrix.c, which all types share here. So that they may, each prior is divided by its
 * mean diagonal, which its type's confidence takes up:
 *
 *     c_k Q_k = (c_k a_k) Q'_k,  a_k = mean diagonal of Q_k;   slack_i = min_k slack of Q'_k
 */
#include "base/error.h"
#include "model/deconvolution-private.h"

#include <math.h>
#include <string.h>

/* The types of one prior, and room for their share of a vector. */
typedef struct
{
  SmoothPrecision *precision;
  double mean_diagonal;
  gint n;
  gint *types;
  SmoothMatrix *in, *out; /* n x n_spots */
} Group;

struct _SmoothPriors
{
  gint n_groups;
  Group *groups;
  GError *error; /* of a product: out of memory */
};

void
smooth_i_priors_free (SmoothPriors *priors)
{
  if (priors == NULL)
    return;
  for (gint g = 0; g < priors->n_groups; g++)
    {
      smooth_precision_unref (priors->groups[g].precision);
      g_free (priors->groups[g].types);
      smooth_matrix_unref (priors->groups[g].in);
      smooth_matrix_unref (priors->groups[g].out);
    }
  g_free (priors->groups);
  g_clear_error (&priors->error);
  g_free (priors);
}

/* One group for each prior that differs from those before. */
static SmoothPriors *
gather (SmoothPrecision *const *precisions, gint n_types, GError **error)
{
  SmoothPriors *priors = g_new0 (SmoothPriors, 1);

  priors->groups = g_new0 (Group, n_types);
  for (gint k = 0; k < n_types; k++)
    {
      gint g = 0;
      while (g < priors->n_groups && priors->groups[g].precision != precisions[k])
        g++;
      Group *group = &priors->groups[g];
      if (g == priors->n_groups)
        {
          priors->n_groups++;
          group->precision = smooth_precision_ref (precisions[k]);
          group->types = g_new (gint, n_types);
        }
      group->types[group->n++] = k;
    }
  for (gint g = 0; g < priors->n_groups; g++)
    {
      Group *group = &priors->groups[g];
      group->in = smooth_matrix_new (group->n, group->precision->n_spots, error);
      group->out = group->in != NULL ? smooth_matrix_new (group->n, group->precision->n_spots, error) : NULL;
      if (group->out == NULL)
        {
          smooth_i_priors_free (priors);
          return NULL;
        }
    }
  return priors;
}

static double
mean_diagonal (const SmoothPrecision *precision)
{
  double sum = 0;

  for (gint64 i = 0; i < precision->n_spots; i++)
    sum += precision->diagonal[i];
  double mean = sum / (double) precision->n_spots;
  return isfinite (mean) && mean > 0 ? mean : 1;
}

/* low: n_spots: Q - diag (low) is semidefinite. */
static void
bound (const SmoothPrecision *precision, double *low)
{
  const SmoothSparse *q = precision->symmetric;
  gint64 n = precision->n_spots;
  double smallest = 0;

  if (q == NULL)
    {
      double least = smooth_precision_get_lower_bound (precision);
      for (gint64 i = 0; i < n; i++)
        low[i] = least;
      return;
    }
  for (gint64 i = 0; i < n; i++)
    {
      double diagonal = 0, reach = 0;
      for (gint64 e = q->starts[i]; e < q->starts[i + 1]; e++)
        if (q->rows[e] == i)
          diagonal = q->values[e];
        else
          reach += fabs (q->values[e]);
      low[i] = smooth_i_round_slack (diagonal - reach, diagonal);
      smallest = MIN (smallest, low[i]);
    }
  for (gint64 i = 0; smallest < 0 && precision->is_semidefinite && i < n; i++)
    low[i] = 0;
}

/* Joins the bounds of all priors in the solver's arrays; its m follows from the mean diagonals. */
static gboolean
take_bounds (SmoothDeconvolver *solver, GError **error)
{
  const SmoothLayout *layout = solver->layout;
  SmoothPriors *priors = solver->priors;
  gint64 n = layout->n_spots;
  double *low = smooth_i_try_alloc (n, sizeof (double), "the precision", error);

  if (low == NULL)
    return FALSE;
  for (gint64 p = 0; p < layout->n_positions; p++)
    {
      solver->diagonal[p] = 0;
      solver->slack[p] = layout->spots[p] >= 0 ? INFINITY : 0;
    }
  solver->shift = 0;
  for (gint g = 0; g < priors->n_groups; g++)
    {
      Group *group = &priors->groups[g];
      double mean = group->mean_diagonal = mean_diagonal (group->precision);

      bound (group->precision, low);
      for (gint64 i = 0; i < n; i++)
        {
          gint64 p = layout->positions[i];
          solver->diagonal[p] += group->precision->diagonal[i] / mean * group->n / solver->reduced->n_types;
          solver->slack[p] = MIN (solver->slack[p], low[i] / mean);
          solver->shift = MIN (solver->shift, low[i] / mean);
        }
    }
  for (gint64 p = 0; p < layout->n_positions; p++)
    if (layout->spots[p] >= 0)
      solver->slack[p] = MAX (solver->slack[p] - solver->shift, 0);
  smooth_i_free (low);
  return TRUE;
}

/**
 * smooth_i_priors_set:
 * @precisions: n_types, each for one type; referenced
 *
 * The solver's layout becomes one without neighbours. On error the solver is as it was where a precision is refused, and
 * without layout where memory ran out.
 */
gboolean
smooth_i_priors_set (SmoothDeconvolver *solver, SmoothPrecision *const *precisions, GError **error)
{
  const SmoothReduced *reduced = solver->reduced;

  for (gint k = 0; k < reduced->n_types; k++)
    if (!smooth_i_matrix_check_precision (solver, precisions[k], NULL, error))
      return FALSE;
  g_autoptr (SmoothSparse) empty = smooth_sparse_new (reduced->n_spots, reduced->n_spots, 0, error);
  SmoothPriors *priors = empty != NULL ? gather (precisions, reduced->n_types, error) : NULL;
  if (priors == NULL)
    return FALSE;
  if (solver->layout == NULL || solver->priors == NULL || !smooth_i_sparse_same_pattern (solver->pattern, empty))
    if (!smooth_i_matrix_take_pattern (solver, empty, error))
      {
        smooth_i_priors_free (priors);
        return FALSE;
      }
  smooth_i_priors_free (solver->priors);
  solver->priors = priors;
  solver->matrix++;
  smooth_i_local_clear (solver);
  return take_bounds (solver, error);
}

/* What a type's confidence takes up; 1 where there is one prior. */
double
smooth_i_priors_get_scale (const SmoothDeconvolver *solver, gint type)
{
  const SmoothPriors *priors = solver->priors;

  for (gint g = 0; priors != NULL && g < priors->n_groups; g++)
    for (gint t = 0; t < priors->groups[g].n; t++)
      if (priors->groups[g].types[t] == type)
        return priors->groups[g].mean_diagonal;
  return 1;
}

static void
multiply_group (SmoothDeconvolver *solver, Group *group, const double *from, gint stride, double *to)
{
  SmoothPriors *priors = solver->priors;
  const gint32 *positions = solver->layout->positions;
  gint64 n = solver->layout->n_spots;

  for (gint64 i = 0; i < n; i++)
    for (gint t = 0; t < group->n; t++)
      group->in->values[i * group->n + t] = from[(gint64) positions[i] * stride + group->types[t]];
  if (priors->error != NULL
      || !smooth_precision_apply (group->precision, group->in, group->out, solver->run, &priors->error))
    return;
  for (gint t = 0; t < group->n; t++)
    {
      double factor = solver->m[group->types[t]] / group->mean_diagonal;
      for (gint64 i = 0; i < n; i++)
        to[(gint64) positions[i] * stride + group->types[t]] = factor * group->out->values[i * group->n + t];
    }
}

/**
 * smooth_i_priors_multiply:
 * @pass: of double precision
 * @in: n_positions x stride
 *
 * Fills pass->product with m (Q in) for the pass that is run next; nothing to do where the kernels have Q. Lack of memory is
 * kept for smooth_i_priors_check().
 */
void
smooth_i_priors_multiply (SmoothDeconvolver *solver, const SmoothPass *pass, gconstpointer in)
{
  SmoothPriors *priors = solver->priors;

  for (gint g = 0; priors != NULL && g < priors->n_groups; g++)
    multiply_group (solver, &priors->groups[g], in, pass->stride, (double *) pass->product);
}

/* Whether all products since the last check were made. */
gboolean
smooth_i_priors_check (SmoothDeconvolver *solver, GError **error)
{
  if (solver->priors == NULL || solver->priors->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&solver->priors->error));
  return FALSE;
}
