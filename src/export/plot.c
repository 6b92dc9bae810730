/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The description of a plot: what is added is copied, so that it outlives what it was made from. */
#include "export/plot-private.h"

#include <math.h>

#define INK_KEY TRUE

static void
mark_clear (gpointer data)
{
  PlotMark *mark = data;

  g_free (mark->x);
  g_free (mark->y);
  g_free (mark->z);
  g_free (mark->colours);
  g_clear_pointer (&mark->picture, smooth_picture_unref);
}

static void
key_clear (gpointer data)
{
  g_free (((PlotKey *) data)->name);
}

/* @title: (nullable): stands above the frame */
SmoothPlot *
smooth_plot_new (const char *title)
{
  SmoothPlot *plot = g_new0 (SmoothPlot, 1);

  g_atomic_ref_count_init (&plot->ref_count);
  plot->title = g_strdup (title);
  plot->axes[0].high = plot->axes[1].high = 1.0;
  plot->marks = g_array_new (FALSE, TRUE, sizeof (PlotMark));
  plot->keys = g_array_new (FALSE, TRUE, sizeof (PlotKey));
  g_array_set_clear_func (plot->marks, mark_clear);
  g_array_set_clear_func (plot->keys, key_clear);
  return plot;
}

SmoothPlot *
smooth_plot_ref (SmoothPlot *plot)
{
  g_atomic_ref_count_inc (&plot->ref_count);
  return plot;
}

void
smooth_plot_unref (SmoothPlot *plot)
{
  if (plot == NULL || !g_atomic_ref_count_dec (&plot->ref_count))
    return;
  for (gint side = 0; side < 2; side++)
    {
      g_free (plot->axes[side].name);
      g_strfreev (plot->axes[side].rows);
    }
  g_free (plot->title);
  g_array_unref (plot->marks);
  g_array_unref (plot->keys);
  g_free (plot);
}

const char *
smooth_plot_get_title (const SmoothPlot *plot)
{
  return plot->title;
}

/**
 * smooth_plot_set_axis:
 * @name: (nullable): with its unit
 * @low: the lower limit; limits that are no range are widened, those of a logarithm moved above 0
 */
void
smooth_plot_set_axis (SmoothPlot *plot, SmoothPlotSide side, const char *name, double low, double high, SmoothPlotScale scale)
{
  PlotAxis *axis = &plot->axes[side];

  if (!isfinite (low) || !isfinite (high))
    low = high = 0.0;
  if (scale == SMOOTH_PLOT_LOG && !(high > 0.0))
    high = 1.0;
  if (scale == SMOOTH_PLOT_LOG && !(low > 0.0))
    low = high / 1e4;
  if (!(high > low))
    {
      double slack = MAX (fabs (low) * 0.5, 1e-9);
      low = scale == SMOOTH_PLOT_LOG ? low / 2.0 : low - (low == 0.0 ? 0.0 : slack);
      high = high + (high == 0.0 ? 1.0 : slack);
    }
  g_free (axis->name);
  axis->name = g_strdup (name);
  axis->low = low;
  axis->high = high;
  axis->scale = scale;
}

/* The vertical axis gets named rows, from top to bottom. */
void
smooth_plot_set_rows (SmoothPlot *plot, const char *const *names, gint64 n_rows)
{
  PlotAxis *axis = &plot->axes[SMOOTH_PLOT_Y];

  g_strfreev (axis->rows);
  axis->rows = g_new0 (char *, n_rows + 1);
  for (gint64 i = 0; i < n_rows; i++)
    axis->rows[i] = g_strdup (names[i]);
  axis->n_rows = n_rows;
  axis->low = 0.0;
  axis->high = (double) MAX (n_rows, 1);
}

static PlotMark *
add_mark (SmoothPlot *plot, PlotMarkKind kind, gint64 n)
{
  PlotMark mark = { .kind = kind, .n = n, .n_parts = 1, .opacity = 1.0 };

  g_array_append_val (plot->marks, mark);
  return &g_array_index (plot->marks, PlotMark, plot->marks->len - 1);
}

static double *
copy_doubles (const double *values, gint64 n)
{
  return g_memdup2 (values, (gsize) n * sizeof *values);
}

static void
add_key (SmoothPlot *plot, const char *name, guint32 colour, gboolean is_ink)
{
  PlotKey key = { g_strdup (name), colour & 0xffffff, is_ink };

  g_array_append_val (plot->keys, key);
}

/**
 * smooth_plot_add_bars:
 * @edges: n_bars + 1, rising
 * @heights: n_bars; on a logarithmic scale those of 0 are not seen
 * @colours: n_bars: 0xRRGGBB
 */
void
smooth_plot_add_bars (SmoothPlot *plot, const double *edges, const double *heights, const guint32 *colours, gint64 n_bars)
{
  PlotMark *mark = add_mark (plot, PLOT_BARS, n_bars);

  mark->x = copy_doubles (edges, n_bars + 1);
  mark->y = copy_doubles (heights, n_bars);
  mark->colours = g_memdup2 (colours, (gsize) n_bars * sizeof *colours);
}

/* Narrower bars in the colour of the ink: the part of the bars that has @name (nullable). */
void
smooth_plot_add_overlay (SmoothPlot *plot, const char *name, const double *edges, const double *heights, gint64 n_bars)
{
  PlotMark *mark = add_mark (plot, PLOT_OVERLAY, n_bars);

  mark->x = copy_doubles (edges, n_bars + 1);
  mark->y = copy_doubles (heights, n_bars);
  if (name != NULL)
    add_key (plot, name, 0, INK_KEY);
}

/**
 * smooth_plot_add_stacks:
 * @parts: n_rows x n_parts, row-major: lengths from left to right
 * @colours: 0xRRGGBB: n_parts, one of each part; where there is one part alone, n_rows
 */
void
smooth_plot_add_stacks (SmoothPlot *plot, const double *parts, const guint32 *colours, gint64 n_rows, gint64 n_parts)
{
  PlotMark *mark = add_mark (plot, PLOT_STACKS, n_rows);

  mark->n_parts = n_parts;
  mark->y = copy_doubles (parts, n_rows * n_parts);
  mark->colours = g_memdup2 (colours, (gsize) (n_parts == 1 ? n_rows : n_parts) * sizeof *colours);
}

/* As smooth_plot_add_overlay(), for rows. */
void
smooth_plot_add_row_overlay (SmoothPlot *plot, const char *name, const double *lengths, gint64 n_rows)
{
  PlotMark *mark = add_mark (plot, PLOT_ROW_OVERLAY, n_rows);

  mark->y = copy_doubles (lengths, n_rows);
  if (name != NULL)
    add_key (plot, name, 0, INK_KEY);
}

/* Breaks where a number is missing. @name: (nullable): of the key */
void
smooth_plot_add_line (SmoothPlot *plot, const char *name, const double *x, const double *y, gint64 n, guint32 colour)
{
  PlotMark *mark = add_mark (plot, PLOT_LINE, n);

  mark->x = copy_doubles (x, n);
  mark->y = copy_doubles (y, n);
  mark->colour = colour;
  if (name != NULL)
    add_key (plot, name, colour, FALSE);
}

/* A faint area between two lines. */
void
smooth_plot_add_band (SmoothPlot *plot, const double *x, const double *low, const double *high, gint64 n, guint32 colour)
{
  PlotMark *mark = add_mark (plot, PLOT_BAND, n);

  mark->x = copy_doubles (x, n);
  mark->y = copy_doubles (low, n);
  mark->z = copy_doubles (high, n);
  mark->colour = colour;
}

/**
 * smooth_plot_add_points:
 * @xy: n x 2, row-major; points with a missing coordinate are not drawn
 * @colours: 0xAARRGGBB: n; alpha 0 is not drawn
 * @diameter: in units of a page whose text has the size 11; it grows and shrinks with the text
 */
void
smooth_plot_add_points (SmoothPlot *plot, const double *xy, const guint32 *colours, gint64 n, double diameter, double opacity)
{
  PlotMark *mark = add_mark (plot, PLOT_POINTS, n);

  mark->x = copy_doubles (xy, 2 * n);
  mark->colours = g_memdup2 (colours, (gsize) n * sizeof *colours);
  mark->size = diameter;
  mark->opacity = opacity;
}

/**
 * smooth_plot_add_density:
 * @colours: 0xAARRGGBB: n; alpha is the weight of a point, 0: none
 * @cell: side of a cell, as the diameter of points
 *
 * As points that are too many to be told from each other: each cell has the mean colour of its points, and is the denser the more
 * there are, by their logarithm.
 */
void
smooth_plot_add_density (SmoothPlot *plot, const double *xy, const guint32 *colours, gint64 n, double cell)
{
  smooth_plot_add_points (plot, xy, colours, n, cell, 1.0);
  g_array_index (plot->marks, PlotMark, plot->marks->len - 1).kind = PLOT_DENSITY;
}

/* Rings around points, in the colour of the ink. @colours: n: alpha 0: none */
void
smooth_plot_add_rings (SmoothPlot *plot, const double *xy, const guint32 *colours, gint64 n, double diameter)
{
  PlotMark *mark = add_mark (plot, PLOT_RINGS, n);

  mark->x = copy_doubles (xy, 2 * n);
  mark->colours = g_memdup2 (colours, (gsize) n * sizeof *colours);
  mark->size = diameter;
}

/* A line across the frame at a value of one axis. */
void
smooth_plot_add_rule (SmoothPlot *plot, SmoothPlotSide side, double value)
{
  PlotMark *mark = add_mark (plot, PLOT_RULE, 1);

  mark->x = copy_doubles (&value, 1);
  mark->side = side;
}

/* A line of the key: 0xRRGGBB. */
void
smooth_plot_add_key (SmoothPlot *plot, const char *name, guint32 colour)
{
  add_key (plot, name, colour, FALSE);
}

static double
transform (const PlotAxis *axis, double value)
{
  return axis->scale == SMOOTH_PLOT_LOG ? log (value) : value;
}

/**
 * smooth_plot_get_place:
 *
 * Returns: where a value of an axis lies, in units of the page; not limited to the frame; NAN where it has no place
 */
double
smooth_plot_get_place (const SmoothPlot *plot, SmoothPlotSide side, const SmoothPlotBox *frame, double value)
{
  const PlotAxis *axis = &plot->axes[side];
  double low = transform (axis, axis->low), high = transform (axis, axis->high);

  if (axis->scale == SMOOTH_PLOT_LOG && !(value > 0.0))
    return NAN;
  double t = (transform (axis, value) - low) / (high - low);
  if (side == SMOOTH_PLOT_X)
    return frame->x + t * frame->width;
  return axis->rows != NULL ? frame->y + t * frame->height : frame->y + (1.0 - t) * frame->height;
}

/* The other way round. */
double
smooth_plot_get_value (const SmoothPlot *plot, SmoothPlotSide side, const SmoothPlotBox *frame, double place)
{
  const PlotAxis *axis = &plot->axes[side];
  double low = transform (axis, axis->low), high = transform (axis, axis->high);
  double t = side == SMOOTH_PLOT_X ? (place - frame->x) / frame->width : (place - frame->y) / frame->height;

  if (side == SMOOTH_PLOT_Y && axis->rows == NULL)
    t = 1.0 - t;
  double value = low + t * (high - low);
  return axis->scale == SMOOTH_PLOT_LOG ? exp (value) : value;
}
