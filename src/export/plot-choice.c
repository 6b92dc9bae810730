/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line a rho; the choice is a filled point, the best a ring, the present lambda a dashed line. */
#include "export/plot-choice.h"

#include <math.h>

#define WORSE 0.5 /* of what smoothing gains: as far above no smoothing is shown; too much of it can do any harm */
#define MARK 9.0 /* diameter of points, in units of the page */

/* lambda, or its strength where that is what the model takes; NAN where the method has none */
double
smooth_choice_point_get_lambda (const SmoothChoicePoint *point, gint unit)
{
  return unit == SMOOTH_LAMBDA_RELATIVE ? point->strength : point->lambda;
}

typedef struct
{
  double low[2], high[2]; /* x above 0, and y */
} Range;

static Range
find_range (const SmoothChoice *choice, gint unit, double present)
{
  Range range = { { G_MAXDOUBLE, G_MAXDOUBLE }, { 0.0, -G_MAXDOUBLE } };

  for (gint64 i = 0; i < choice->n_points; i++)
    {
      double x = smooth_choice_point_get_lambda (&choice->points[i], unit), y = choice->points[i].score;
      if (x > 0.0)
        {
          range.low[0] = MIN (range.low[0], x);
          range.high[0] = MAX (range.high[0], x);
        }
      if (isfinite (y))
        {
          range.low[1] = MIN (range.low[1], y);
          range.high[1] = MAX (range.high[1], y);
        }
    }
  if (present > 0.0)
    {
      range.low[0] = MIN (range.low[0], present);
      range.high[0] = MAX (range.high[0], present);
    }
  if (choice->points[0].lambda == 0.0 && choice->points[0].score > range.low[1])
    range.high[1] = MIN (range.high[1], choice->points[0].score + WORSE * (choice->points[0].score - range.low[1]));
  double margin = 0.06 * (range.high[1] - range.low[1]);
  range.low[1] -= margin;
  range.high[1] += margin;
  range.low[0] /= 1.3;
  range.high[0] *= 1.3;
  return range;
}

/* The points of one rho, from *first on. Returns: how many, and the next rho's first in *first */
static gint64
take_rho (const SmoothChoice *choice, gint unit, gint64 *first, double *x, double *y, double *low, double *high)
{
  double rho = choice->points[*first].rho;
  gint64 n = 0;

  for (; *first < choice->n_points && choice->points[*first].rho == rho; ++*first)
    {
      const SmoothChoicePoint *point = &choice->points[*first];
      double error = isfinite (point->difference_error) ? point->difference_error : 0.0;
      x[n] = smooth_choice_point_get_lambda (point, unit);
      y[n] = point->score;
      low[n] = point->score - error;
      high[n] = point->score + error;
      n += x[n] > 0.0;
    }
  return n;
}

static void
add_mark (SmoothPlot *plot, const SmoothChoicePoint *point, gint unit, guint32 colour, gboolean is_filled)
{
  const double xy[2] = { smooth_choice_point_get_lambda (point, unit), point->score };

  if (!(xy[0] > 0.0))
    return;
  if (is_filled)
    smooth_plot_add_points (plot, xy, &colour, 1, MARK, 1.0);
  else
    smooth_plot_add_rings (plot, xy, &colour, 1, MARK + 4.0);
}

static void
add_scores (SmoothPlot *plot, const SmoothChoice *choice, gint unit, double present, const SmoothChoiceWords *words)
{
  gsize size = (gsize) choice->n_points;
  g_autofree double *x = g_new (double, size), *y = g_new (double, size), *low = g_new (double, size), *high = g_new (double, size);
  Range range = find_range (choice, unit, present);
  double ends[2] = { range.low[0], range.high[0] }, plain[2] = { choice->points[0].score, choice->points[0].score };
  gboolean has_plain = smooth_choice_point_get_lambda (&choice->points[0], unit) == 0.0 && isfinite (plain[0]);
  gint64 first = has_plain ? 1 : 0, n_rhos = 0;

  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, words->x, range.low[0], range.high[0], SMOOTH_PLOT_LOG);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, words->y, range.low[1], range.high[1], SMOOTH_PLOT_LINEAR);
  if (has_plain)
    smooth_plot_add_line (plot, words->plain, ends, plain, 2, 0xff909498u);
  while (first < choice->n_points)
    {
      g_autofree char *name = g_strdup_printf ("ρ %g", choice->points[first].rho);
      guint32 colour = 0xff000000u | smooth_category_colour (n_rhos++);
      gint64 n = take_rho (choice, unit, &first, x, y, low, high);
      smooth_plot_add_band (plot, x, low, high, n, colour);
      smooth_plot_add_line (plot, name, x, y, n, colour);
    }
  if (present > 0.0)
    smooth_plot_add_rule (plot, SMOOTH_PLOT_X, present);
  add_mark (plot, &choice->points[choice->best], unit, 0xffd55e00u, FALSE);
  add_mark (plot, &choice->points[choice->chosen], unit, 0xffd55e00u, TRUE);
}

/* The prior at the chosen rho is strong, at the others faint. */
static void
add_decay (SmoothPlot *plot, const SmoothChoice *choice, const SmoothChoiceWords *words)
{
  double degrees[SMOOTH_CHOICE_DEGREES], lowest = 0.0;

  for (gint j = 0; j < SMOOTH_CHOICE_DEGREES; j++)
    {
      degrees[j] = j + 1;
      lowest = MIN (lowest, choice->similarity[j]);
    }
  smooth_plot_set_axis (plot, SMOOTH_PLOT_X, words->x, 1.0, SMOOTH_CHOICE_DEGREES, SMOOTH_PLOT_LINEAR);
  smooth_plot_set_axis (plot, SMOOTH_PLOT_Y, words->y, lowest, 1.0, SMOOTH_PLOT_LINEAR);
  for (gint64 r = 0; r < choice->n_points; r++)
    if (r != choice->chosen)
      smooth_plot_add_line (plot, NULL, degrees, choice->correlations + r * SMOOTH_CHOICE_DEGREES, SMOOTH_CHOICE_DEGREES, 0xffc4c8ccu);
  g_autofree char *name = g_strdup_printf ("ρ %g", choice->points[choice->chosen].rho);
  smooth_plot_add_line (plot, name, degrees, choice->correlations + choice->chosen * SMOOTH_CHOICE_DEGREES, SMOOTH_CHOICE_DEGREES, 0xffd55e00u);
  smooth_plot_add_line (plot, words->data, degrees, choice->similarity, SMOOTH_CHOICE_DEGREES, 0xff0072b2u);
}

/**
 * smooth_plot_new_of_choice:
 * @unit: SmoothLambdaUnit: what lambda is given in
 * @present: the lambda that is set, in this unit; 0: none is drawn
 *
 * Returns: (transfer full): the scores over lambda, one line a rho; of decay the correlations over the degree
 */
SmoothPlot *
smooth_plot_new_of_choice (const SmoothChoice *choice, gint unit, double present, const SmoothChoiceWords *words)
{
  SmoothPlot *plot = smooth_plot_new (words->title);

  if (choice->method == SMOOTH_CHOOSE_DECAY && choice->similarity != NULL)
    add_decay (plot, choice, words);
  else
    add_scores (plot, choice, unit, present, words);
  return plot;
}
