/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What signatures cannot tell: types without signal, and types that are alike.
 *
 * H scaled to unit diagonal holds the correlations of the signatures. Where its smallest eigenvalue is 0 some types add up
 * to nothing: abundances may be moved between them without any change of the fit, and only the bound at 0 and the prior
 * decide.
 */
#include "model/deconvolution-private.h"
#include "model/spectrum-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define COLLINEAR 1e-10 /* eigenvalues below this, of 1, are rounding and a few digits of counts */

/* The types with signal. Returns: how many */
static gint
list_types (const SmoothReduced *reduced, gint *types)
{
  gint n = 0;

  for (gint k = 0; k < reduced->n_types; k++)
    if (reduced->h[k * reduced->n_types + k] > 0.0)
      types[n++] = k;
  return n;
}

/* The pair of types whose correlation c is nearest to 1. Returns: 1 - c */
static double
find_pair (const double *correlations, gint n, gint pair[2])
{
  double least = INFINITY;

  for (gint i = 0; i < n; i++)
    for (gint j = i + 1; j < n; j++)
      if (1.0 - correlations[i * n + j] < least)
        {
          least = 1.0 - correlations[i * n + j];
          pair[0] = i;
          pair[1] = j;
        }
  return least;
}

/**
 * smooth_reduced_report:
 * @type_names: n_types
 * @report: gets a warning for types without signal, and one where types cannot be told apart
 *
 * O(n_types^3).
 */
void
smooth_reduced_report (const SmoothReduced *reduced, const char *const *type_names, SmoothReport *report)
{
  g_autofree gint *types = g_new (gint, reduced->n_types);
  g_autofree double *correlations = g_new (double, reduced->n_types * reduced->n_types);
  gint n = list_types (reduced, types), pair[2] = { 0 };
  double smallest, largest;

  if (n < reduced->n_types)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       reduced->bias ? N_("%d of %d types have no signal in the genes that are used (their signature is the same for "
                                          "every gene): their abundance is 0 everywhere")
                                     : N_("%d of %d types have no signal in the genes that are used (their signature is 0): their "
                                          "abundance is 0 everywhere"),
                       reduced->n_types - n, reduced->n_types);
  for (gint i = 0; i < n; i++)
    for (gint j = 0; j < n; j++)
      correlations[i * n + j] =
          reduced->h[types[i] * reduced->n_types + types[j]] / (reduced->scale[types[i]] * reduced->scale[types[j]]);
  if (n < 2 || !smooth_i_eigenvalue_range (correlations, n, &smallest, &largest, NULL) || smallest > COLLINEAR)
    return;
  if (find_pair (correlations, n, pair) <= COLLINEAR)
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       reduced->bias ? N_("types '%s' and '%s' have the same signature but for a factor and a constant: how much "
                                          "there is of each is not known, only of both")
                                     : N_("types '%s' and '%s' have the same signature but for a factor: how much there is of each "
                                          "is not known, only of both"),
                       type_names[types[pair[0]]], type_names[types[pair[1]]]);
  else
    smooth_report_add (report, SMOOTH_REPORT_WARNING,
                       "the signatures of the %d types are not independent (%" PRId64
                       " genes): some mixtures of types give the same "
                       "expression, and which of them it is is not known",
                       n, reduced->n_genes);
}
