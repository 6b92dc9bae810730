/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The marks of a plot, and its files. Points are a raster on screens and pictures, and vectors in documents where there are
 * not too many. */
#include "export/document-private.h"
#include "export/figure-private.h"
#include "export/plot-private.h"
#include "export/raster.h"

#include "base/error.h"
#include "smooth-config.h"

#include <math.h>
#include <string.h>

#define POINTS_PER_MM (72.0 / 25.4)
#define FILE_FONT 7.0         /* points: of text in files */
#define MOST_VECTORS 20000    /* points that a document holds as vectors; more are a raster of 300 dpi */
#define RASTER_SCALE (300.0 / 72.0)
#define TEXT 11.0             /* the size of the text that sizes of points go with */
#define FAINTEST 0.22f         /* the opacity of a cell with hardly a point */
#define RING_WIDTH 1.4        /* as sizes of points */
#define MAX_SIDE 20000
#define SOFTWARE "Smoothscope " SMOOTH_VERSION

/* Bars stand on the lower end of the axis. */
static void
draw_bars (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  gboolean is_overlay = mark->kind == PLOT_OVERLAY;
  double bottom = frame->y + frame->height;

  for (gint64 i = 0; i < mark->n; i++)
    {
      double left = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->x[i]);
      double right = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->x[i + 1]);
      double top = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, mark->y[i]);
      double inset = is_overlay ? 0.25 * (right - left) : MIN (0.06 * (right - left), 0.5);
      if (isnan (left) || isnan (right) || isnan (top) || mark->y[i] <= 0.0)
        continue;
      cairo_rectangle (cairo, left + inset, top, right - left - 2.0 * inset, MAX (bottom - top, 0.0));
      smooth_i_figure_set_colour (cairo, is_overlay ? smooth_i_plot_colours (style).ink : mark->colours[i], is_overlay ? 0.85 : 1.0);
      cairo_fill (cairo);
    }
}

static void
draw_stacks (const SmoothPlot *plot, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  for (gint64 i = 0; i < mark->n; i++)
    {
      double top = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, (double) i + 0.1);
      double bottom = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, (double) i + 0.9);
      double sum = plot->axes[SMOOTH_PLOT_X].scale == SMOOTH_PLOT_LOG ? plot->axes[SMOOTH_PLOT_X].low : 0.0;
      for (gint64 p = 0; p < mark->n_parts; p++)
        {
          double part = mark->y[i * mark->n_parts + p];
          if (!(part > 0.0))
            continue;
          double next = mark->n_parts == 1 ? part : sum + part;
          double left = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, sum), right = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, next);
          cairo_rectangle (cairo, left, top, MAX (right - left, 0.0), bottom - top);
          smooth_i_figure_set_colour (cairo, mark->colours[mark->n_parts == 1 ? i : p], 1.0);
          cairo_fill (cairo);
          sum = next;
        }
    }
}

static void
draw_row_overlay (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  smooth_i_figure_set_colour (cairo, smooth_i_plot_colours (style).ink, 0.85);
  for (gint64 i = 0; i < mark->n; i++)
    {
      double top = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, (double) i + 0.35);
      double bottom = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, (double) i + 0.65);
      double right = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->y[i]);
      if (mark->y[i] > 0.0 && right > frame->x)
        cairo_rectangle (cairo, frame->x, top, right - frame->x, bottom - top);
    }
  cairo_fill (cairo);
}

static void
draw_line (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  gboolean is_down = FALSE;

  for (gint64 i = 0; i < mark->n; i++)
    {
      double x = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->x[i]);
      double y = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, mark->y[i]);
      if (isnan (x) || isnan (y))
        is_down = FALSE;
      else if (is_down)
        cairo_line_to (cairo, x, y);
      else
        {
          cairo_move_to (cairo, x, y);
          is_down = TRUE;
        }
    }
  smooth_i_figure_set_colour (cairo, mark->colour, 1.0);
  cairo_set_line_width (cairo, 0.18 * style->font);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke (cairo);
  for (gint64 i = 0; i < mark->n && mark->n <= 64; i++)
    {
      double x = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->x[i]);
      double y = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, mark->y[i]);
      if (isnan (x) || isnan (y))
        continue;
      cairo_new_sub_path (cairo);
      cairo_arc (cairo, x, y, 0.2 * style->font, 0.0, 2.0 * G_PI);
    }
  cairo_fill (cairo);
}

static void
draw_band (const SmoothPlot *plot, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  for (gint64 i = 0; i < mark->n; i++)
    cairo_line_to (cairo, smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->x[i]),
                   smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, mark->y[i]));
  for (gint64 i = mark->n - 1; i >= 0; i--)
    cairo_line_to (cairo, smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->x[i]),
                   smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, mark->z[i]));
  cairo_close_path (cairo);
  smooth_i_figure_set_colour (cairo, mark->colour, 0.2);
  cairo_fill (cairo);
}

static void
draw_rule (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  double place = smooth_plot_get_place (plot, mark->side, frame, mark->x[0]), unit = 0.1 * style->font;
  double dashes[] = { 4.0 * unit, 3.0 * unit };

  if (isnan (place))
    return;
  if (mark->side == SMOOTH_PLOT_X)
    {
      cairo_move_to (cairo, place, frame->y);
      cairo_line_to (cairo, place, frame->y + frame->height);
    }
  else
    {
      cairo_move_to (cairo, frame->x, place);
      cairo_line_to (cairo, frame->x + frame->width, place);
    }
  smooth_i_figure_set_colour (cairo, smooth_i_plot_colours (style).ink, 0.9);
  cairo_set_line_width (cairo, 1.3 * unit);
  cairo_set_dash (cairo, dashes, 2, 0.0);
  cairo_stroke (cairo);
  cairo_set_dash (cairo, NULL, 0, 0.0);
}

/* ---- Points ---- */

/* Places on the page of all points; NAN where one has none. */
static double *
dup_places (const SmoothPlot *plot, const SmoothPlotBox *frame, const PlotMark *mark)
{
  double *places = g_new (double, MAX (2 * mark->n, 1));

  for (gint64 i = 0; i < mark->n; i++)
    {
      places[2 * i] = smooth_plot_get_place (plot, SMOOTH_PLOT_X, frame, mark->x[2 * i]);
      places[2 * i + 1] = smooth_plot_get_place (plot, SMOOTH_PLOT_Y, frame, mark->x[2 * i + 1]);
    }
  return places;
}

/* ---- Density ---- */

/* What the points of a cell have in common. */
typedef struct
{
  float n, red, green, blue; /* sums of their opacity, and of their colours times it */
} Cell;

/* The cells of a grid with the points that lie in each. Returns: (transfer full): n_across x n_down, row by row */
static Cell *
count_points (const PlotMark *mark, const double *places, const SmoothPlotBox *frame, double cell, gint n_across, gint n_down)
{
  Cell *cells = g_new0 (Cell, (gsize) n_across * (gsize) n_down);

  for (gint64 i = 0; i < mark->n; i++)
    {
      double x = (places[2 * i] - frame->x) / cell, y = (places[2 * i + 1] - frame->y) / cell;
      guint32 colour = mark->colours[i];
      if (!(x >= 0.0 && y >= 0.0 && x < n_across && y < n_down) || colour >> 24 == 0)
        continue;
      Cell *at = &cells[(gsize) y * (gsize) n_across + (gsize) x];
      float weight = (float) (colour >> 24) / 255.0f;
      at->n += weight;
      at->red += weight * (float) (colour >> 16 & 255);
      at->green += weight * (float) (colour >> 8 & 255);
      at->blue += weight * (float) (colour & 255);
    }
  return cells;
}

/* A pixel, premultiplied: the mean colour of the points, as dense as they lie, on a scale of logarithms. */
static guint32
pixel_of (const Cell *cell, float most)
{
  float dense = FAINTEST + (1.0f - FAINTEST) * logf (1.0f + cell->n) / logf (1.0f + most);
  float alpha = MIN (dense, 1.0f), each = alpha / cell->n;

  return (guint32) (255.0f * alpha + 0.5f) << 24 | (guint32) (each * cell->red + 0.5f) << 16 | (guint32) (each * cell->green + 0.5f) << 8
         | (guint32) (each * cell->blue + 0.5f);
}

/* The points as a grid of cells; NULL where there is no memory for it, or it was cancelled. */
static SmoothPicture *
density_new (const SmoothPlot *plot, const SmoothPlotStyle *style, const SmoothPlotBox *frame, const PlotMark *mark, double scale, SmoothRun *run)
{
  gint width = (gint) CLAMP (ceil (frame->width * scale), 1, MAX_SIDE), height = (gint) CLAMP (ceil (frame->height * scale), 1, MAX_SIDE);
  SmoothPicture *picture = smooth_picture_new (width, height, NULL);
  double cell = style->font / TEXT * mark->size;
  gint n_across = (gint) ceil (frame->width / cell), n_down = (gint) ceil (frame->height / cell);
  g_autofree double *places = dup_places (plot, frame, mark);
  g_autofree Cell *cells = count_points (mark, places, frame, cell, n_across, n_down);
  float most = 0.0f;

  for (gsize i = 0; i < (gsize) n_across * (gsize) n_down; i++)
    most = MAX (most, cells[i].n);
  for (gint y = 0; picture != NULL && y < height; y++)
    {
      guint32 *row = (guint32 *) (gpointer) ((guint8 *) picture->pixels + (gsize) y * (gsize) picture->stride);
      for (gint x = 0; x < width; x++)
        {
          const Cell *at = &cells[(gsize) MIN ((gint) (y / scale / cell), n_down - 1) * (gsize) n_across + (gsize) MIN ((gint) (x / scale / cell), n_across - 1)];
          row[x] = at->n > 0.0f ? pixel_of (at, most) : 0;
        }
      if (smooth_run_is_cancelled (run))
        g_clear_pointer (&picture, smooth_picture_unref);
    }
  return picture;
}

/* The points as pixels, @scale of them in a unit of the page; NULL where it was cancelled. */
static SmoothPicture *
picture_new (const SmoothPlot *plot, const SmoothPlotStyle *style, const SmoothPlotBox *frame, const PlotMark *mark, double scale,
             SmoothRun *run)
{
  gint width = (gint) CLAMP (ceil (frame->width * scale), 1, MAX_SIDE), height = (gint) CLAMP (ceil (frame->height * scale), 1, MAX_SIDE);

  if (mark->kind == PLOT_DENSITY)
    return density_new (plot, style, frame, mark, scale, run);
  SmoothPicture *picture = smooth_picture_new (width, height, NULL);
  g_autofree double *places = dup_places (plot, frame, mark);
  g_autofree guint32 *ink = NULL;
  SmoothView view = { frame->x, frame->y, scale };
  double unit = style->font / TEXT;
  SmoothSpotLayer layer = { mark->n, places, mark->colours, unit * mark->size, SMOOTH_SPOT_DISC, mark->opacity };

  if (mark->kind == PLOT_RINGS)
    {
      ink = g_new (guint32, MAX (mark->n, 1));
      for (gint64 i = 0; i < mark->n; i++)
        ink[i] = mark->colours[i] >> 24 != 0 ? 0xff000000u | smooth_i_plot_colours (style).ink : 0;
      layer.colours = ink;
      layer.hole = unit * mark->size;
      layer.diameter = unit * (mark->size + 2.0 * RING_WIDTH);
    }
  if (picture != NULL && !smooth_raster_spots (&layer, &view, picture, run))
    g_clear_pointer (&picture, smooth_picture_unref);
  return picture;
}

static gboolean
is_points (const PlotMark *mark)
{
  return mark->kind == PLOT_POINTS || mark->kind == PLOT_RINGS || mark->kind == PLOT_DENSITY;
}

/**
 * smooth_plot_render_points:
 * @scale: pixels in a unit of the page
 *
 * Makes the pictures of all points for a page of this size, so that drawing it takes no time that grows with their number.
 * To be called before the plot is shared.
 *
 * Returns: FALSE where it was cancelled
 */
gboolean
smooth_plot_render_points (SmoothPlot *plot, const SmoothPlotStyle *style, double width, double height, double scale, SmoothRun *run)
{
  SmoothPlotBox frame;

  smooth_plot_get_frame (plot, style, width, height, &frame);
  for (guint i = 0; i < plot->marks->len; i++)
    {
      PlotMark *mark = &g_array_index (plot->marks, PlotMark, i);
      if (!is_points (mark))
        continue;
      g_clear_pointer (&mark->picture, smooth_picture_unref);
      mark->picture = picture_new (plot, style, &frame, mark, scale, run);
      mark->picture_frame = frame;
      mark->picture_scale = scale;
      if (mark->picture == NULL)
        return FALSE;
    }
  return TRUE;
}

/* @scale_x, @scale_y: pixels of the picture in a unit of the page. */
static void
draw_picture (cairo_t *cairo, const SmoothPlotBox *frame, SmoothPicture *picture, double scale_x, double scale_y)
{
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guchar *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                                  picture->height, (int) picture->stride);
  static const cairo_user_data_key_t key;

  cairo_surface_set_user_data (surface, &key, smooth_picture_ref (picture), (cairo_destroy_func_t) smooth_picture_unref);
  cairo_save (cairo);
  cairo_translate (cairo, frame->x, frame->y);
  cairo_scale (cairo, 1.0 / scale_x, 1.0 / scale_y);
  cairo_set_source_surface (cairo, surface, 0.0, 0.0);
  cairo_paint (cairo);
  cairo_restore (cairo);
  cairo_surface_destroy (surface);
}

static void
draw_vectors (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  g_autofree double *places = dup_places (plot, frame, mark);

  double unit = style->font / TEXT;

  cairo_set_line_width (cairo, unit * RING_WIDTH);
  for (gint64 i = 0; i < mark->n; i++)
    {
      double alpha = (mark->colours[i] >> 24) / 255.0 * mark->opacity;
      if (alpha <= 0.0 || isnan (places[2 * i]) || isnan (places[2 * i + 1]))
        continue;
      cairo_new_path (cairo);
      cairo_arc (cairo, places[2 * i], places[2 * i + 1], unit * (mark->size / 2.0 + (mark->kind == PLOT_RINGS ? RING_WIDTH / 2.0 : 0.0)),
                 0.0, 2.0 * G_PI);
      smooth_i_figure_set_colour (cairo, mark->kind == PLOT_RINGS ? smooth_i_plot_colours (style).ink : mark->colours[i],
                                  mark->kind == PLOT_RINGS ? 1.0 : alpha);
      if (mark->kind == PLOT_RINGS)
        cairo_stroke (cairo);
      else
        cairo_fill (cairo);
    }
}

static gboolean
is_document (cairo_t *cairo)
{
  cairo_surface_type_t type = cairo_surface_get_type (cairo_get_target (cairo));

  return type == CAIRO_SURFACE_TYPE_PDF || type == CAIRO_SURFACE_TYPE_SVG;
}

/* A picture that was made for another size of the page is stretched until the one for this size comes. */
static void
draw_points (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame, const PlotMark *mark)
{
  double scale_x = 1.0, scale_y = 0.0;

  if (is_document (cairo) && mark->n <= MOST_VECTORS && mark->kind != PLOT_DENSITY)
    {
      draw_vectors (plot, style, cairo, frame, mark);
      return;
    }
  gboolean fits = mark->picture_frame.width == frame->width && mark->picture_frame.height == frame->height;
  if (mark->picture != NULL && !is_document (cairo) && (fits || style->may_stretch))
    {
      draw_picture (cairo, frame, mark->picture, mark->picture_scale * mark->picture_frame.width / frame->width,
                    mark->picture_scale * mark->picture_frame.height / frame->height);
      return;
    }
  cairo_user_to_device_distance (cairo, &scale_x, &scale_y);
  double scale = is_document (cairo) ? RASTER_SCALE : MAX (hypot (scale_x, scale_y), 0.1);
  g_autoptr (SmoothPicture) picture = picture_new (plot, style, frame, mark, scale, NULL);
  if (picture != NULL)
    draw_picture (cairo, frame, picture, scale, scale);
}

void
smooth_i_plot_draw_marks (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, const SmoothPlotBox *frame)
{
  cairo_save (cairo);
  cairo_rectangle (cairo, frame->x, frame->y, frame->width, frame->height);
  cairo_clip (cairo);
  for (guint i = 0; i < plot->marks->len; i++)
    {
      const PlotMark *mark = &g_array_index (plot->marks, PlotMark, i);
      cairo_new_path (cairo);
      if (mark->kind == PLOT_BARS || mark->kind == PLOT_OVERLAY)
        draw_bars (plot, style, cairo, frame, mark);
      else if (mark->kind == PLOT_STACKS)
        draw_stacks (plot, cairo, frame, mark);
      else if (mark->kind == PLOT_ROW_OVERLAY)
        draw_row_overlay (plot, style, cairo, frame, mark);
      else if (mark->kind == PLOT_LINE)
        draw_line (plot, style, cairo, frame, mark);
      else if (mark->kind == PLOT_BAND)
        draw_band (plot, cairo, frame, mark);
      else if (mark->kind == PLOT_RULE)
        draw_rule (plot, style, cairo, frame, mark);
      else
        draw_points (plot, style, cairo, frame, mark);
    }
  cairo_restore (cairo);
}

/* Draws the plot on its paper. */
void
smooth_plot_draw (const SmoothPlot *plot, const SmoothPlotStyle *style, cairo_t *cairo, double width, double height)
{
  SmoothPlotBox frame;

  smooth_plot_get_frame (plot, style, width, height, &frame);
  cairo_save (cairo);
  cairo_rectangle (cairo, 0.0, 0.0, width, height);
  smooth_i_figure_set_colour (cairo, smooth_i_plot_colours (style).paper, 1.0);
  cairo_fill (cairo);
  smooth_i_plot_draw_axes (plot, style, cairo, width, height, &frame);
  smooth_i_plot_draw_marks (plot, style, cairo, &frame);
  cairo_restore (cairo);
}

/* ---- Files ---- */

/* A plot as it is drawn in a file; the unit of the page is a point. */
typedef struct
{
  const SmoothPlot *plot;
  SmoothPlotStyle style;
  double width, height;
} Drawing;

static void
draw_document (cairo_t *cairo, gconstpointer data)
{
  const Drawing *drawing = data;

  smooth_plot_draw (drawing->plot, &drawing->style, cairo, drawing->width, drawing->height);
}

static gboolean
save_pixels (const Drawing *drawing, double dpi, const char *path, GError **error)
{
  SmoothPictureNotes notes = { .dpi = dpi, .title = drawing->plot->title, .software = SOFTWARE };
  g_autoptr (SmoothPicture) picture
    = smooth_picture_new ((gint) lround (drawing->width * dpi / 72.0), (gint) lround (drawing->height * dpi / 72.0), error);

  if (picture == NULL)
    return FALSE;
  cairo_surface_t *surface = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width,
                                                                  picture->height, (gint) picture->stride);
  cairo_t *cairo = cairo_create (surface);
  cairo_scale (cairo, picture->width / drawing->width, picture->height / drawing->height);
  draw_document (cairo, drawing);
  cairo_status_t status = cairo_status (cairo);
  cairo_destroy (cairo);
  cairo_surface_flush (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return smooth_picture_save_png_noted (picture, &notes, path, error);
  smooth_error_set (error, SMOOTH_ERROR_MEMORY, "%s: the plot could not be drawn: %s", path, cairo_status_to_string (status));
  return FALSE;
}

static const char *
kind_of (const char *path)
{
  static const char *const kinds[] = { "png", "pdf", "svg" };
  const char *dot = strrchr (path, '.');

  for (gsize i = 0; dot != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strcasecmp (dot + 1, kinds[i]) == 0)
      return kinds[i];
  return NULL;
}

/**
 * smooth_plot_save:
 * @dpi: of a PNG
 * @path: ends in .png, .pdf or .svg
 *
 * Replaces a file of that name once the new one is whole.
 */
gboolean
smooth_plot_save (const SmoothPlot *plot, gboolean dark, double width_mm, double height_mm, double dpi, const char *path, GError **error)
{
  double width = width_mm * POINTS_PER_MM, height = height_mm * POINTS_PER_MM;
  const char *kind = kind_of (path);

  if (kind == NULL)
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE, "%s: expected a name that ends in .png, .pdf or .svg", path);
      return FALSE;
    }
  if (!(width >= 10.0) || !(height >= 10.0) || !(MAX (width, height) * MAX (dpi, 72.0) / 72.0 <= MAX_SIDE))
    {
      smooth_error_set (error, SMOOTH_ERROR_VALUE,
                        "%s: a plot of %g x %g mm at %g dpi cannot be drawn: at most %d pixels a side", path, width_mm,
                        height_mm, dpi, MAX_SIDE);
      return FALSE;
    }
  Drawing drawing = { plot, { FILE_FONT, dark, FALSE, FALSE }, width, height };
  SmoothDocument document = { .draw = draw_document, .data = &drawing, .width = width, .height = height,
                              .title = plot->title != NULL ? plot->title : "Smoothscope" };
  if (g_str_equal (kind, "pdf"))
    return smooth_i_document_save_pdf (&document, path, error);
  if (g_str_equal (kind, "svg"))
    return smooth_i_document_save_svg (&document, path, error);
  return save_pixels (&drawing, dpi, path, error);
}
