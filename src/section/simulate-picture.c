/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stained section as a picture: glass, eosin with its fibres, and over it what simulate-structures.c draws.
 *
 * Every pixel mixes the stains of the tissues at its place; fibres are noise that is stretched along the layers. Cells,
 * glands and vessels follow as vector drawing in the tissue's own frame.
 */
#include "section/simulate-private.h"

#include "base/parallel.h"

#include <math.h>

#define FINEST_UM 2.6      /* um of a pixel, above which the texture is drawn coarser */
#define ROWS_PER_BLOCK 16
#define GLASS 0xfff4f2f4
#define LEVEL_STEP 4       /* colours are rounded to multiples: half the file, and no eye sees it in a texture */

/* The ground colour of each tissue, and how strongly fibres show in it. */
static const struct { double rgb[3]; double fibres; } stains[SIM_N_ZONES] = {
  [SIM_MUCOSA] = { { 226, 178, 208 }, 0.5 },
  [SIM_STROMA] = { { 236, 184, 210 }, 1.0 },
  [SIM_MUSCLE] = { { 222, 142, 178 }, 0.8 },
  [SIM_FAT] = { { 232, 180, 206 }, 0.4 },
  [SIM_TUMOUR] = { { 205, 158, 205 }, 0.3 },
  [SIM_FOLLICLE] = { { 204, 172, 212 }, 0.1 },
  [SIM_MANTLE] = { { 184, 146, 198 }, 0.1 },
  [SIM_RIM] = { { 228, 166, 200 }, 0.9 },
};

static guint32
hash (guint64 seed, gint64 x, gint64 y)
{
  guint64 h = seed + (guint64) x * 0x9e3779b97f4a7c15 + (guint64) y * 0xc2b2ae3d27d4eb4f;

  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93;
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93;
  h ^= h >> 32;
  return (guint32) h;
}

static double
smoothstep (double t)
{
  return t * t * (3.0 - 2.0 * t);
}

/**
 * smooth_i_sim_noise:
 * @seed: another one for every use
 *
 * Returns: a smooth random surface, 0..1, whose features are one unit wide
 */
double
smooth_i_sim_noise (guint64 seed, double x, double y)
{
  double x0 = floor (x), y0 = floor (y), u = smoothstep (x - x0), v = smoothstep (y - y0);
  gint64 i = (gint64) x0, j = (gint64) y0;
  double a = hash (seed, i, j), b = hash (seed, i + 1, j), c = hash (seed, i, j + 1), d = hash (seed, i + 1, j + 1);

  return ((1.0 - v) * ((1.0 - u) * a + u * b) + v * ((1.0 - u) * c + u * d)) / 4294967296.0;
}

/**
 * smooth_i_sim_get_nest:
 *
 * Returns: 1 in the nests of tumour cells, 0 in the strands of stroma between them
 */
double
smooth_i_sim_get_nest (const SimCanvas *canvas, double x, double y)
{
  double width = 170.0 * canvas->zoom;
  double n = 0.7 * smooth_i_sim_noise (canvas->seed + 11, x / width, y / width)
             + 0.3 * smooth_i_sim_noise (canvas->seed + 12, 2.7 * x / width, 2.7 * y / width);

  return smoothstep (CLAMP ((fabs (n - 0.5) - 0.015) / 0.035, 0.0, 1.0));
}

/* -1..1: bundles of fibres along the layers. */
static double
get_fibres (const SimCanvas *canvas, double x, double y)
{
  double zoom = canvas->zoom;
  double wobble = 70.0 * zoom * smooth_i_sim_noise (canvas->seed + 21, x / (190.0 * zoom), y / (190.0 * zoom));
  double across = smooth_i_sim_anatomy_get_height (canvas->anatomy, x, y) + wobble;
  double coarse = smooth_i_sim_noise (canvas->seed + 22, x / (120.0 * zoom), across / (26.0 * zoom));
  double fine = smooth_i_sim_noise (canvas->seed + 23, x / (60.0 * zoom), across / (8.0 * zoom));

  return 2.0 * (0.5 * coarse + 0.5 * fine) - 1.0;
}

/* The tissue's edge as the knife left it: a little ragged. */
static gboolean
is_tissue (const SimCanvas *canvas, double x, double y)
{
  double width = 45.0 * canvas->zoom, shift = 26.0 * canvas->zoom;
  double dx = shift * (smooth_i_sim_noise (canvas->seed + 31, x / width, y / width) - 0.5);
  double dy = shift * (smooth_i_sim_noise (canvas->seed + 32, x / width, y / width) - 0.5);

  return smooth_i_sim_anatomy_contains (canvas->anatomy, x + dx, y + dy);
}

static void
add_stain (const SimCanvas *canvas, double x, double y, double rgb[3])
{
  double zones[SIM_N_ZONES], fibrous = 0.0;

  smooth_i_sim_anatomy_get_zones (canvas->anatomy, x, y, zones);
  double strands = zones[SIM_TUMOUR] * (1.0 - smooth_i_sim_get_nest (canvas, x, y));
  zones[SIM_TUMOUR] -= strands;
  zones[SIM_RIM] += strands;
  rgb[0] = rgb[1] = rgb[2] = 0.0;
  for (gint z = 0; z < SIM_N_ZONES; z++)
    {
      for (gint c = 0; c < 3; c++)
        rgb[c] += zones[z] * stains[z].rgb[c];
      fibrous += zones[z] * stains[z].fibres;
    }

  double wide = 420.0 * canvas->zoom;
  double thickness = 1.0 + 0.16 * (smooth_i_sim_noise (canvas->seed + 41, x / wide, y / wide) - 0.5);
  double fibres = fibrous * get_fibres (canvas, x, y);
  double gap = smoothstep (CLAMP ((fibres - 0.34) / 0.18, 0.0, 1.0)) * 0.75; /* between two bundles light shines through */
  static const double absorbed[3] = { 0.35, 1.0, 0.55 };                    /* by eosin, in red, green and blue */
  for (gint c = 0; c < 3; c++)
    {
      double absorbance = (246.0 - rgb[c]) * thickness * (1.0 - 0.55 * fibres * absorbed[c]);
      rgb[c] = 246.0 - absorbance * (1.0 - gap);
    }
}

static void
draw_ground (gint64 block, gint worker, gpointer data)
{
  const SimCanvas *canvas = data;
  SmoothPicture *picture = canvas->picture;
  gint first = (gint) block * ROWS_PER_BLOCK, last = MIN (first + ROWS_PER_BLOCK, picture->height);

  (void) worker;
  for (gint row = first; row < last && !smooth_run_is_cancelled (canvas->run); row++)
    for (gint column = 0; column < picture->width; column++)
      {
        double x, y, rgb[3];
        guint32 *pixel = &picture->pixels[(gsize) row * (picture->stride / 4) + (gsize) column];
        smooth_i_sim_frame_from_pixel (canvas->frame, (column + 0.5) / canvas->frame->hires_scale,
                                       (row + 0.5) / canvas->frame->hires_scale, &x, &y);
        *pixel = GLASS;
        if (!is_tissue (canvas, x, y))
          continue;
        add_stain (canvas, x, y, rgb);
        *pixel = 0xff000000 | (guint32) CLAMP (rgb[0], 0, 255) << 16 | (guint32) CLAMP (rgb[1], 0, 255) << 8
                 | (guint32) CLAMP (rgb[2], 0, 255);
      }
}

/* Rounds the channels of all but the glass. */
static void
round_levels (SmoothPicture *picture)
{
  for (gint y = 0; y < picture->height; y++)
    for (gint x = 0; x < picture->width; x++)
      {
        guint32 *pixel = &picture->pixels[(gsize) y * (picture->stride / 4) + (gsize) x];
        if (*pixel != GLASS)
          *pixel = 0xff000000 | ((*pixel & 0x00fcfcfc) + LEVEL_STEP / 2 * 0x00010101);
      }
}

static cairo_surface_t *
make_surface (const SmoothPicture *picture)
{
  return cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width, picture->height,
                                              (gint) picture->stride);
}

/**
 * smooth_i_sim_draw_tissue:
 * @anatomy: what lies where
 * @frame: the size of the picture, and where the tissue lies in it
 *
 * Returns: (transfer full): an H&E stained section on glass, in the size of the hires picture
 */
SmoothPicture *
smooth_i_sim_draw_tissue (const SimAnatomy *anatomy, const SimFrame *frame, guint64 seed, SmoothRun *run, GError **error)
{
  g_autoptr (SmoothPicture) picture = smooth_picture_new (frame->hires_width, frame->hires_height, error);

  if (picture == NULL)
    return NULL;
  double um_per_pixel = frame->um_per_pixel / frame->hires_scale, scale = 1.0 / um_per_pixel;
  SimCanvas canvas = { .anatomy = anatomy, .frame = frame, .seed = seed, .zoom = MAX (1.0, um_per_pixel / FINEST_UM),
                       .run = run, .picture = picture };
  gint64 n_blocks = (picture->height + ROWS_PER_BLOCK - 1) / ROWS_PER_BLOCK;
  smooth_i_parallel (smooth_run_get_n_threads (run), n_blocks, draw_ground, &canvas);
  if (!smooth_run_check (run, error))
    return NULL;

  cairo_surface_t *surface = make_surface (picture);
  cairo_t *cairo = cairo_create (surface);
  cairo_matrix_t matrix = { .xx = scale * frame->cosine, .yx = scale * frame->sine, .xy = -scale * frame->sine,
                            .yy = scale * frame->cosine, .x0 = 0.5 * frame->width * frame->hires_scale,
                            .y0 = 0.5 * frame->height * frame->hires_scale };
  cairo_set_matrix (cairo, &matrix);
  smooth_i_sim_draw_structures (&canvas, cairo);
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  round_levels (picture);
  return smooth_run_check (run, error) ? g_steal_pointer (&picture) : NULL;
}

/**
 * smooth_i_sim_shrink:
 *
 * Returns: (transfer full): @picture in another, smaller size
 */
SmoothPicture *
smooth_i_sim_shrink (const SmoothPicture *picture, gint width, gint height, GError **error)
{
  g_autoptr (SmoothPicture) small = smooth_picture_new (width, height, error);

  if (small == NULL)
    return NULL;
  cairo_surface_t *from = make_surface (picture), *to = make_surface (small);
  cairo_t *cairo = cairo_create (to);
  cairo_scale (cairo, (double) width / picture->width, (double) height / picture->height);
  cairo_set_source_surface (cairo, from, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cairo), CAIRO_FILTER_BEST);
  cairo_pattern_set_extend (cairo_get_source (cairo), CAIRO_EXTEND_PAD);
  cairo_paint (cairo);
  cairo_destroy (cairo);
  cairo_surface_destroy (from);
  cairo_surface_destroy (to);
  return g_steal_pointer (&small);
}
