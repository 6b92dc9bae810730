/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What haematoxylin shows, and what holds it: nuclei of each cell type, glands, vessels, fat cells, clefts. */
#include "section/simulate-private.h"

#include <math.h>

#define N_LOOKS 8

/* The nucleus of each of the first cell types: half axes in um, how much they vary, whether it lies along the fibres. */
static const struct
{
  double major, minor, spread;
  gboolean along;
  double rgb[3];
} looks[N_LOOKS] = {
  { 5.2, 4.0, 0.30, FALSE, { 0.42, 0.22, 0.56 } }, /* tumour: large, unequal */
  { 6.0, 1.7, 0.20, TRUE, { 0.47, 0.30, 0.58 } },  /* fibroblast: spindles */
  { 4.0, 3.0, 0.12, FALSE, { 0.44, 0.28, 0.60 } }, /* epithelium */
  { 2.9, 2.7, 0.10, FALSE, { 0.29, 0.18, 0.50 } }, /* T cell: small, round, dark */
  { 3.1, 2.9, 0.10, FALSE, { 0.32, 0.21, 0.53 } }, /* B cell */
  { 7.5, 1.8, 0.15, TRUE, { 0.45, 0.26, 0.55 } },  /* smooth muscle: cigars */
  { 4.4, 3.2, 0.25, FALSE, { 0.52, 0.38, 0.64 } }, /* macrophage: pale */
  { 4.6, 1.4, 0.20, TRUE, { 0.42, 0.26, 0.56 } },  /* endothelium */
};

/* How full of cells each tissue is; the glands of the mucosa are drawn on their own. */
static const double densities[SIM_N_ZONES] = {
  [SIM_MUCOSA] = 0.36, [SIM_STROMA] = 0.15, [SIM_MUSCLE] = 0.20, [SIM_FAT] = 0.06,
  [SIM_TUMOUR] = 0.62, [SIM_FOLLICLE] = 0.62, [SIM_MANTLE] = 0.98, [SIM_RIM] = 0.38,
};

typedef struct
{
  const SimCanvas *canvas;
  cairo_t *cairo;
  SmoothRng rng;
} Drawing;

static double
uniform (Drawing *drawing, double low, double high)
{
  return low + (high - low) * smooth_i_rng_uniform (&drawing->rng);
}

static void
add_ellipse (cairo_t *cairo, double x, double y, double major, double minor, double angle)
{
  cairo_save (cairo);
  cairo_translate (cairo, x, y);
  cairo_rotate (cairo, angle);
  cairo_scale (cairo, major, minor);
  cairo_new_sub_path (cairo);
  cairo_arc (cairo, 0, 0, 1, 0, 2.0 * G_PI);
  cairo_restore (cairo);
}

static void
draw_nucleus (Drawing *drawing, gint look, double x, double y, double angle, double paleness)
{
  double zoom = drawing->canvas->zoom, size = zoom * (1.0 + looks[look].spread * CLAMP (smooth_i_rng_normal (&drawing->rng), -1.8, 2.2));
  double tone = paleness + uniform (drawing, -0.05, 0.07);

  add_ellipse (drawing->cairo, x, y, size * looks[look].major, size * looks[look].minor, angle);
  cairo_set_source_rgba (drawing->cairo, looks[look].rgb[0] + tone, looks[look].rgb[1] + tone, looks[look].rgb[2] + 0.7 * tone,
                         uniform (drawing, 0.78, 0.95));
  cairo_fill (drawing->cairo);
}

/* The type of a cell at a place, drawn from the mixture of types that is true there. */
static gint
draw_type (Drawing *drawing, double x, double y)
{
  double shares[N_LOOKS], u = smooth_i_rng_uniform (&drawing->rng);
  gint k = 0;

  smooth_i_sim_anatomy_get_types (drawing->canvas->anatomy, x, y, N_LOOKS, shares);
  while (k < N_LOOKS - 1 && u >= shares[k])
    u -= shares[k++];
  return k;
}

static void
draw_cell (Drawing *drawing, double x, double y)
{
  const SimAnatomy *anatomy = drawing->canvas->anatomy;
  double zones[SIM_N_ZONES], density = 0.0;

  smooth_i_sim_anatomy_get_zones (anatomy, x, y, zones);
  double nest = zones[SIM_TUMOUR] > 0.05 ? smooth_i_sim_get_nest (drawing->canvas, x, y) : 1.0;
  for (gint z = 0; z < SIM_N_ZONES; z++)
    density += zones[z] * densities[z];
  density *= 1.0 - 0.7 * zones[SIM_TUMOUR] * (1.0 - nest);
  if (smooth_i_rng_uniform (&drawing->rng) >= density)
    return;

  gint type = draw_type (drawing, x, y);
  if (nest < 0.5 && type == 0)
    type = 1; /* strands between the nests are stroma */
  if (type == 2 && zones[SIM_MUCOSA] > 0.5)
    return; /* these line the glands */
  double angle = looks[type].along ? smooth_i_sim_anatomy_get_fibre_angle (anatomy, x, y) + uniform (drawing, -0.3, 0.3)
                                   : uniform (drawing, 0.0, G_PI);
  draw_nucleus (drawing, type, x, y, angle, 0.13 * zones[SIM_FOLLICLE]);
}

/* Cells at a jittered grid's places: as even as cells that cannot overlap. */
static void
draw_cells (Drawing *drawing, double half_width, double half_height)
{
  double step = 7.6 * drawing->canvas->zoom;
  gint64 n_rows = (gint64) ceil (2.0 * half_height / step), n_cols = (gint64) ceil (2.0 * half_width / step);

  for (gint64 row = 0; row < n_rows && !smooth_run_is_cancelled (drawing->canvas->run); row++)
    {
      smooth_i_rng_init (&drawing->rng, drawing->canvas->seed, (guint64) (SIM_STREAM_NUCLEI + row));
      for (gint64 col = 0; col < n_cols; col++)
        {
          double x = ((double) col + uniform (drawing, 0.05, 0.95)) * step - half_width + 0.5 * (double) (row % 2) * step;
          double y = ((double) row + uniform (drawing, 0.05, 0.95)) * step - half_height;
          if (smooth_i_sim_anatomy_contains (drawing->canvas->anatomy, x, y))
            draw_cell (drawing, x, y);
        }
    }
}

/* A tube cut across: a wall of tall cells whose nuclei stand near its outside, around a lumen. */
static void
draw_gland (Drawing *drawing, double x, double y)
{
  cairo_t *cairo = drawing->cairo;
  double zoom = drawing->canvas->zoom, major = zoom * uniform (drawing, 55.0, 88.0), minor = major * uniform (drawing, 0.55, 0.95);
  double angle = 0.5 * G_PI + uniform (drawing, -0.7, 0.7), open = uniform (drawing, 0.16, 0.44);

  add_ellipse (cairo, x, y, major, minor, angle);
  cairo_set_source_rgb (cairo, 0.90, 0.70, 0.83);
  cairo_fill_preserve (cairo);
  cairo_set_source_rgba (cairo, 0.93, 0.80, 0.89, 0.8);
  cairo_set_line_width (cairo, 4.0 * zoom);
  cairo_stroke (cairo);
  add_ellipse (cairo, x, y, major * (open + 0.22), minor * (open + 0.22), angle);
  cairo_set_source_rgba (cairo, 0.95, 0.86, 0.93, 0.7);
  cairo_fill (cairo);
  add_ellipse (cairo, x, y, major * open, minor * open, angle);
  cairo_set_source_rgb (cairo, 0.965, 0.945, 0.96);
  cairo_fill (cairo);

  gint n = (gint) (2.0 * G_PI * 0.5 * (major + minor) * 0.8 / (7.2 * zoom));
  for (gint i = 0; i < n; i++)
    {
      double turn = 2.0 * G_PI * (i + uniform (drawing, -0.25, 0.25)) / n, out = uniform (drawing, 0.76, 0.87);
      double u = out * major * cos (turn), v = out * minor * sin (turn);
      draw_nucleus (drawing, 2, x + u * cos (angle) - v * sin (angle), y + u * sin (angle) + v * cos (angle),
                    angle + atan2 (v, u), 0.0);
    }
}

static void
draw_vessel (Drawing *drawing, double x, double y)
{
  cairo_t *cairo = drawing->cairo;
  double zoom = drawing->canvas->zoom, radius = zoom * (16.0 + 26.0 * pow (smooth_i_rng_uniform (&drawing->rng), 2.0));
  double flat = uniform (drawing, 0.55, 1.0), angle = uniform (drawing, 0.0, G_PI), wall = uniform (drawing, 0.25, 0.55);

  add_ellipse (cairo, x, y, radius * (1.0 + wall), radius * (flat + wall), angle);
  cairo_set_source_rgb (cairo, 0.87, 0.60, 0.74);
  cairo_fill (cairo);
  add_ellipse (cairo, x, y, radius, radius * flat, angle);
  cairo_set_source_rgb (cairo, 0.96, 0.94, 0.955);
  cairo_fill (cairo);
  if (smooth_i_rng_uniform (&drawing->rng) < 0.6) /* blood in it */
    {
      add_ellipse (cairo, x, y, radius * 0.85, radius * flat * 0.8, angle);
      cairo_set_source_rgba (cairo, 0.84, 0.38, 0.46, 0.85);
      cairo_fill (cairo);
    }
  for (gint i = 0, n = (gint) (5 + radius / zoom / 5.0); i < n; i++)
    {
      double turn = 2.0 * G_PI * (i + uniform (drawing, -0.3, 0.3)) / n;
      double u = 1.06 * radius * cos (turn), v = 1.06 * radius * flat * sin (turn);
      draw_nucleus (drawing, 7, x + u * cos (angle) - v * sin (angle), y + u * sin (angle) + v * cos (angle),
                    angle + turn + 0.5 * G_PI, 0.0);
    }
}

/* The fat was dissolved when the slide was made: what remains are thin walls around white. */
static void
draw_fat_cell (Drawing *drawing, double x, double y)
{
  double size = drawing->canvas->zoom * uniform (drawing, 20.0, 34.0);

  add_ellipse (drawing->cairo, x, y, size, size * uniform (drawing, 0.75, 1.0), uniform (drawing, 0.0, G_PI));
  cairo_set_source_rgb (drawing->cairo, 0.965, 0.95, 0.96);
  cairo_fill (drawing->cairo);
}

typedef void (*DrawThing) (Drawing *drawing, double x, double y);

/* Things at a jittered hexagonal lattice's places that lie well inside of one tissue. */
static void
scatter (Drawing *drawing, guint64 zones_wanted, double least, double step, double jitter, double chance, DrawThing draw)
{
  const SimCanvas *canvas = drawing->canvas;
  double half = 1.35 * canvas->anatomy->radius;
  gint64 n_rows = (gint64) ceil (2.0 * half / (0.87 * step)), n_cols = (gint64) ceil (2.0 * half / step);

  for (gint64 row = 0; row < n_rows && !smooth_run_is_cancelled (canvas->run); row++)
    for (gint64 col = 0; col < n_cols; col++)
      {
        double zones[SIM_N_ZONES], inside = 0.0, margin = 1.0 + 0.4 * step / canvas->anatomy->radius;
        double x = ((double) col + 0.5 * (double) (row % 2) + uniform (drawing, -jitter, jitter)) * step - half;
        double y = ((double) row + uniform (drawing, -jitter, jitter)) * 0.87 * step - half;
        double luck = smooth_i_rng_uniform (&drawing->rng);
        if (luck >= chance || !smooth_i_sim_anatomy_contains (canvas->anatomy, margin * x, margin * y)
            || !smooth_i_sim_anatomy_contains (canvas->anatomy, x, y))
          continue;
        smooth_i_sim_anatomy_get_zones (canvas->anatomy, x, y, zones);
        for (gint z = 0; z < SIM_N_ZONES; z++)
          inside += (zones_wanted >> z & 1) != 0 ? zones[z] : 0.0;
        if (inside > least)
          draw (drawing, x, y);
      }
}

/* Tears along the fibres, as every section has a few. */
static void
draw_cleft (Drawing *drawing, double x, double y)
{
  const SimCanvas *canvas = drawing->canvas;
  gint n = 4 + (gint) smooth_i_rng_index (&drawing->rng, 6);

  cairo_set_source_rgb (drawing->cairo, 0.955, 0.945, 0.955);
  cairo_set_line_cap (drawing->cairo, CAIRO_LINE_CAP_ROUND);
  for (gint i = 0; i < n; i++)
    {
      double angle = smooth_i_sim_anatomy_get_fibre_angle (canvas->anatomy, x, y) + uniform (drawing, -0.25, 0.25);
      double width = canvas->zoom * (2.0 + 7.0 * sin (G_PI * (i + 0.5) / n)), length = 26.0 * canvas->zoom;
      cairo_move_to (drawing->cairo, x, y);
      x += length * cos (angle);
      y += length * sin (angle);
      cairo_line_to (drawing->cairo, x, y);
      cairo_set_line_width (drawing->cairo, width);
      cairo_stroke (drawing->cairo);
    }
}

/**
 * smooth_i_sim_draw_structures:
 * @canvas: what is drawn on
 * @cairo: its context, in the tissue's frame (um)
 *
 * Draws over the ground. Everything has its own random stream, so that one kind of thing does not move another.
 */
void
smooth_i_sim_draw_structures (const SimCanvas *canvas, cairo_t *cairo)
{
  static const guint64 fibrous = 1 << SIM_STROMA | 1 << SIM_MUSCLE | 1 << SIM_RIM;
  double zoom = canvas->zoom, half = 1.35 * canvas->anatomy->radius;
  Drawing drawing = { .canvas = canvas, .cairo = cairo };

  cairo_set_tolerance (cairo, 0.2);
  smooth_i_rng_init (&drawing.rng, canvas->seed, SIM_STREAM_DRAWING);
  scatter (&drawing, fibrous, 0.8, 240.0 * zoom, 0.4, 0.35, draw_cleft);
  smooth_i_rng_init (&drawing.rng, canvas->seed, SIM_STREAM_DRAWING + 100);
  scatter (&drawing, 1 << SIM_FAT, 0.5, 58.0 * zoom, 0.16, 0.97, draw_fat_cell);
  draw_cells (&drawing, half, half);
  smooth_i_rng_init (&drawing.rng, canvas->seed, SIM_STREAM_DRAWING + 200);
  scatter (&drawing, 1 << SIM_MUCOSA, 0.72, 160.0 * zoom, 0.17, 0.96, draw_gland);
  smooth_i_rng_init (&drawing.rng, canvas->seed, SIM_STREAM_DRAWING + 300);
  scatter (&drawing, fibrous | 1 << SIM_FAT, 0.75, 330.0 * zoom, 0.3, 0.6, draw_vessel);
}
