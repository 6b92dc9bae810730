/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Antialiased discs and crisp squares, composed into a picture by bands of rows that threads share.
 *
 * For several threads spots are first sorted into bands (a counting sort that keeps their order); a band is drawn by one
 * thread, spots in their order, so that every pixel sees the same operations whatever the number of threads. Small discs
 * all have one radius, so their coverage masks are made once for a grid of sub-pixel positions - and for the smallest as
 * bare lists of pixels; large discs are filled row by row.
 * All blending is integer arithmetic: d <- s + d (255 - alpha_s) / 255, rounded, on premultiplied channels.
 */
#include "export/raster-private.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

#define BAND_ROWS 64
#define LIST_SIZE 4            /* masks of at most so many rows and columns are lists */
#define SCANLINES 8            /* that sample a row of pixels; each is exact along x */
#define MAX_MASK_RADIUS 24.0   /* pixels; larger discs have no masks */
#define FAR 1e9                /* pixels: outside of every picture */
#define SPOTS_PER_CHECK 2048   /* between two looks at the cancellation */

/* What one row of pixels sees of a disc: columns [from, to) are touched, [solid_from, solid_to) wholly covered. */
typedef struct
{
  gint from, solid_from, solid_to, to;
} Span;

/* The touched pixels of a small mask, as offsets into the target from its first pixel. */
typedef struct
{
  gint n;
  gint offsets[LIST_SIZE * LIST_SIZE];
  guint8 coverage[LIST_SIZE * LIST_SIZE];
} PixelList;

/* The masks of one radius: n_steps x n_steps sub-pixel positions, each size x size pixels from (first, first) on,
 * relative to the pixel that holds the centre. */
typedef struct
{
  gint n_steps;
  gint first;
  gint size;
  guint8 *coverage; /* n_steps^2 x size x size */
  Span *spans;      /* n_steps^2 x size; relative to the first column */
  PixelList *lists; /* (nullable) n_steps^2; where size <= LIST_SIZE */
} Masks;

struct _SmoothSpotOrder
{
  /* Of what it is. */
  const double *coords;
  gint64 n_spots;
  SmoothView view;
  double radius;
  gint width, height;

  gint64 *starts; /* (nullable) as those of the raster, which hold every spot that could be seen */
  gint64 *order;
};

typedef struct
{
  const SmoothSpotLayer *layer;
  const SmoothView *view;
  SmoothPicture *target;
  SmoothRun *run;
  double radius; /* target pixels */
  double hole;   /* the radius of what is left out of discs; 0: nothing */
  Masks masks;   /* of discs up to MAX_MASK_RADIUS; else coverage is NULL */
  const SmoothPies *pies; /* NULL where spots are too small for them */
  SmoothPieTable pie_table;

  const SmoothPicture *below; /* (nullable): bands are to begin as it is */
  const guint8 *is_wanted;    /* (nullable): n_bands: others are left as they are */

  gint n_bands, band_rows;
  gint64 *starts; /* n_bands + 1 */
  gint64 *order;  /* (nullable) spots of band b: order[starts[b]] ... order[starts[b + 1] - 1]; without it: all of them */
} Raster;

/* Rounds down; for numbers above -65536 that fit a gint. Much cheaper than floor() where that is a call. */
static inline gint
round_down (double x)
{
  return (gint) (x + 65536.0) - 65536;
}

static void
fill_span (guint32 *row, gint from, gint to, guint32 source)
{
  if (source >> 24 == 255)
    for (gint x = from; x < to; x++)
      row[x] = source;
  else
    for (gint x = from; x < to; x++)
      row[x] = smooth_i_over (source, row[x]);
}

/* Half the width of the disc at each scanline of the row whose upper edge is @y above its centre line; -1: not met. */
static void
half_widths (double y, double radius, double widths[SCANLINES])
{
  for (gint s = 0; s < SCANLINES; s++)
    {
      double dy = y + (s + 0.5) / SCANLINES;
      double square = radius * radius - dy * dy;
      widths[s] = square > 0.0 ? sqrt (square) : -1.0;
    }
}

/* The span of a row, for a centre at column @x. */
static Span
row_span (double x, const double widths[SCANLINES])
{
  double widest = -1.0, narrowest = G_MAXDOUBLE;

  for (gint s = 0; s < SCANLINES; s++)
    {
      widest = MAX (widest, widths[s]);
      narrowest = MIN (narrowest, widths[s]);
    }
  if (widest <= 0.0)
    return (Span) { 0, 0, 0, 0 };

  /* Limited so that a view at any scale stays inside of integers. */
  Span span = { (gint) MAX (floor (x - widest), -FAR), 0, 0, (gint) MIN (ceil (x + widest), FAR) };
  span.solid_from = span.solid_to = span.to;
  if (narrowest > 0.0 && ceil (x - narrowest) < floor (x + narrowest))
    {
      span.solid_from = (gint) MAX (ceil (x - narrowest), -FAR);
      span.solid_to = (gint) MIN (floor (x + narrowest), FAR);
    }
  return span;
}

/* The part of pixel @column, 0..255, that the disc covers. */
static guint32
pixel_coverage (gint column, double x, const double widths[SCANLINES])
{
  double sum = 0.0;

  for (gint s = 0; s < SCANLINES; s++)
    {
      double left = MAX (column, x - widths[s]), right = MIN (column + 1.0, x + widths[s]);
      sum += MAX (right - left, 0.0);
    }
  return (guint32) (sum * (255.0 / SCANLINES) + 0.5);
}

/* What the hole of a ring covers is taken away. */
static guint32
ring_coverage (gint column, double x, const double widths[SCANLINES], const double hole_widths[SCANLINES])
{
  return pixel_coverage (column, x, widths) - pixel_coverage (column, x, hole_widths);
}

static void
make_mask (Masks *masks, gint position, double radius, double hole)
{
  double x = (double) (position % masks->n_steps) / masks->n_steps - masks->first;
  double y = (double) (position / masks->n_steps) / masks->n_steps - masks->first;

  for (gint row = 0; row < masks->size; row++)
    {
      gsize line = (gsize) position * (gsize) masks->size + (gsize) row;
      guint8 *coverage = masks->coverage + line * (gsize) masks->size;
      double widths[SCANLINES], hole_widths[SCANLINES];
      half_widths (row - y, radius, widths);
      half_widths (row - y, hole, hole_widths);
      Span span = row_span (x, widths);
      for (gint column = span.from; column < span.to; column++)
        coverage[column] = (guint8) ring_coverage (column, x, widths, hole_widths);
      if (hole > 0.0)
        span.solid_from = span.solid_to = span.to;
      masks->spans[line] = span;
    }
}

static void
make_list (Masks *masks, gint position, gsize row_length)
{
  PixelList *list = &masks->lists[position];
  const guint8 *coverage = masks->coverage + (gsize) position * (gsize) masks->size * (gsize) masks->size;

  list->n = 0;
  for (gint i = 0; i < masks->size * masks->size; i++)
    if (coverage[i] > 0)
      {
        list->offsets[list->n] = i / masks->size * (gint) row_length + i % masks->size;
        list->coverage[list->n++] = coverage[i];
      }
}

static gboolean
masks_init (Masks *masks, double radius, double hole, gsize row_length)
{
  masks->n_steps = radius <= 4.0 ? 8 : 4;
  masks->first = -(gint) ceil (radius);
  masks->size = (gint) floor (radius + 1.0) - masks->first + 1;

  gsize n = (gsize) masks->n_steps * (gsize) masks->n_steps, size = (gsize) masks->size;
  masks->coverage = g_try_malloc0 (n * size * size);
  masks->spans = g_try_new (Span, n * size);
  masks->lists = masks->size <= LIST_SIZE ? g_new (PixelList, n) : NULL;
  if (masks->coverage == NULL || masks->spans == NULL)
    return FALSE;
  for (gint position = 0; position < (gint) n; position++)
    {
      make_mask (masks, position, radius, hole);
      if (masks->lists != NULL)
        make_list (masks, position, row_length);
    }
  return TRUE;
}

static inline void
draw_list (const PixelList *list, guint32 *pixels, guint32 source)
{
  for (gint i = 0; i < list->n; i++)
    {
      guint32 *pixel = pixels + list->offsets[i];
      *pixel = smooth_i_over (smooth_i_scale_pixel (source, list->coverage[i]), *pixel);
    }
}

/* Rows [top, bottom) of a small disc. */
static void
draw_masked_disc (const Raster *raster, double x, double y, guint32 source, gint top, gint bottom)
{
  const Masks *masks = &raster->masks;
  gint steps = masks->n_steps, size = masks->size, width = raster->target->width;
  gint qx = round_down (x * steps + 0.5), qy = round_down (y * steps + 0.5);
  gint column = qx >> (steps == 8 ? 3 : 2), row = qy >> (steps == 8 ? 3 : 2);
  gsize position = (gsize) (qy - row * steps) * (gsize) steps + (gsize) (qx - column * steps);
  gint left = column + masks->first;
  gint first_row = row + masks->first;

  if (masks->lists != NULL && left >= 0 && left + size <= width && first_row >= top && first_row + size <= bottom)
    {
      guint32 *pixels = raster->target->pixels + (gsize) first_row * (raster->target->stride / 4) + left;
      draw_list (&masks->lists[position], pixels, source);
      return;
    }

  for (gint i = MAX (0, top - first_row); i < MIN (size, bottom - first_row); i++)
    {
      gsize line = position * (gsize) size + (gsize) i;
      const Span *span = &masks->spans[line];
      const guint8 *coverage = masks->coverage + line * (gsize) size;
      guint32 *pixels = raster->target->pixels + (gsize) (first_row + i) * (raster->target->stride / 4);
      gint from = MAX (span->from, -left), to = MIN (span->to, width - left);
      gint solid_from = CLAMP (span->solid_from, from, MAX (from, to)), solid_to = CLAMP (span->solid_to, solid_from, MAX (from, to));

      for (gint j = from; j < solid_from; j++)
        pixels[left + j] = smooth_i_over (smooth_i_scale_pixel (source, coverage[j]), pixels[left + j]);
      fill_span (pixels, left + solid_from, left + solid_to, source);
      for (gint j = solid_to; j < to; j++)
        pixels[left + j] = smooth_i_over (smooth_i_scale_pixel (source, coverage[j]), pixels[left + j]);
    }
}

/* Rows [top, bottom) of a disc of any size. */
static void
draw_large_disc (const Raster *raster, double x, double y, guint32 source, gint top, gint bottom)
{
  gint width = raster->target->width;
  double radius = raster->radius;

  /* Inside the picture by at most its size: no overflow in integers. */
  gint first = (gint) floor (MAX (y - radius, top)), last = (gint) ceil (MIN (y + radius, bottom));
  for (gint row = MAX (first, top); row < MIN (last, bottom); row++)
    {
      guint32 *pixels = raster->target->pixels + (gsize) row * (raster->target->stride / 4);
      double widths[SCANLINES], hole_widths[SCANLINES];
      half_widths (row - y, radius, widths);
      half_widths (row - y, raster->hole, hole_widths);
      Span span = row_span (x, widths);
      if (raster->hole > 0.0)
        span.solid_from = span.solid_to = span.to;
      gint from = MAX (span.from, 0), to = MIN (span.to, width);
      gint solid_from = CLAMP (span.solid_from, from, MAX (from, to)), solid_to = CLAMP (span.solid_to, solid_from, MAX (from, to));

      for (gint j = from; j < solid_from; j++)
        pixels[j] = smooth_i_over (smooth_i_scale_pixel (source, ring_coverage (j, x, widths, hole_widths)), pixels[j]);
      fill_span (pixels, solid_from, solid_to, source);
      for (gint j = solid_to; j < to; j++)
        pixels[j] = smooth_i_over (smooth_i_scale_pixel (source, ring_coverage (j, x, widths, hole_widths)), pixels[j]);
    }
}

/* Rows [top, bottom) of a pie: discs have the coverage of their masks, or, where they are large, of their own. */
static void
draw_pie (const Raster *raster, double x, double y, const SmoothPie *pie, gint top, gint bottom)
{
  const Masks *masks = &raster->masks;
  gboolean has_masks = masks->coverage != NULL, is_square = raster->layer->shape == SMOOTH_SPOT_SQUARE;
  gint steps = masks->n_steps, width = raster->target->width;

  if (has_masks) /* to where the mask has its centre */
    {
      x = round_down (x * steps + 0.5) / (double) steps;
      y = round_down (y * steps + 0.5) / (double) steps;
    }
  double half = is_square ? 0.5 : 0.0, rest = is_square ? 0.5 : 1.0; /* to the nearest pixel edge, or beyond what is touched */
  gint first = (gint) MAX (floor (y - raster->radius + half), top), last = (gint) MIN (floor (y + raster->radius + rest), bottom);
  gint column = has_masks ? (gint) floor (x) : 0, row_of_mask = has_masks ? (gint) floor (y) + masks->first : 0;
  gsize position = has_masks ? (gsize) ((y - floor (y)) * steps) * (gsize) steps + (gsize) ((x - floor (x)) * steps) : 0;
  for (gint row = first; row < last; row++)
    {
      guint32 *pixels = raster->target->pixels + (gsize) row * (raster->target->stride / 4);
      double widths[SCANLINES] = { 0.0 };
      const guint8 *coverage = NULL;
      gint from = (gint) MAX (floor (x - raster->radius + half), 0.0), to = (gint) MIN (floor (x + raster->radius + rest), width);
      if (has_masks)
        coverage = masks->coverage + (position * (gsize) masks->size + (gsize) (row - row_of_mask)) * (gsize) masks->size;
      else if (!is_square)
        {
          half_widths (row - y, raster->radius, widths);
          Span span = row_span (x, widths);
          from = MAX (span.from, 0);
          to = MIN (span.to, width);
        }
      for (gint j = from; j < to; j++)
        {
          guint32 part = is_square ? 255 : has_masks ? coverage[j - column - masks->first] : pixel_coverage (j, x, widths);
          if (part > 0)
            pixels[j] = smooth_i_over (smooth_i_scale_pixel (smooth_i_pie_get (pie, j + 0.5 - x, row + 0.5 - y), part), pixels[j]);
        }
    }
}

/* Rows [top, bottom) of a square. Its edges go to the nearest pixel edges: squares that share a side on the tissue share
 * it on the screen, without the seams that antialiasing would leave between them. */
static void
draw_square (const Raster *raster, double x, double y, guint32 source, gint top, gint bottom)
{
  double radius = raster->radius;
  gint from = round_down (MAX (x - radius, 0.0) + 0.5), to = round_down (MIN (x + radius, raster->target->width) + 0.5);
  gint first = round_down (MAX (y - radius, top) + 0.5), last = round_down (MIN (y + radius, bottom) + 0.5);
  double width = raster->target->width, height = raster->target->height, hole = raster->hole;
  gint hole_top = round_down (CLAMP (y - hole, -1.0, height) + 0.5), hole_bottom = round_down (CLAMP (y + hole, -1.0, height) + 0.5);
  gint hole_from = CLAMP (round_down (CLAMP (x - hole, -1.0, width) + 0.5), from, MAX (from, to));
  gint hole_to = CLAMP (round_down (CLAMP (x + hole, -1.0, width) + 0.5), hole_from, MAX (from, to));

  for (gint row = first; row < last; row++)
    {
      guint32 *pixels = raster->target->pixels + (gsize) row * (raster->target->stride / 4);
      gboolean has_hole = row >= hole_top && row < hole_bottom;
      fill_span (pixels, from, has_hole ? hole_from : to, source);
      if (has_hole)
        fill_span (pixels, hole_to, to, source);
    }
}

/* The centre of a spot in target pixels; FALSE where nothing could be seen of it, whatever its colour. */
static inline gboolean
place (const Raster *raster, gint64 spot, double *x, double *y)
{
  const SmoothSpotLayer *layer = raster->layer;
  double reach = raster->radius + 1.0; /* a pixel more for the rounding of positions */

  *x = (layer->coords[2 * spot] - raster->view->x) * raster->view->scale;
  *y = (layer->coords[2 * spot + 1] - raster->view->y) * raster->view->scale;
  /* Written so that a NaN is not seen. */
  return *x + reach > 0.0 && *x - reach < raster->target->width && *y + reach > 0.0 && *y - reach < raster->target->height;
}

/* The same; FALSE where the spot cannot be seen. */
static inline gboolean
locate (const Raster *raster, gint64 spot, double *x, double *y)
{
  return raster->layer->colours[spot] >> 24 != 0 && place (raster, spot, x, y);
}

/* The bands that a spot may touch. */
static inline void
find_bands (const Raster *raster, double y, gint *first, gint *last)
{
  double reach = raster->radius + 1.0, lowest = raster->target->height - 1;

  *first = (gint) MAX (y - reach, 0.0) / BAND_ROWS;
  *last = (gint) MIN (y + reach, lowest) / BAND_ROWS;
}

static void
restore_rows (const SmoothPicture *below, gint top, gint bottom, SmoothPicture *target)
{
  for (gint row = top; row < bottom; row++)
    memcpy (target->pixels + (gsize) row * (target->stride / 4), below->pixels + (gsize) row * (below->stride / 4),
            (gsize) target->width * sizeof *target->pixels);
}

static void
draw_band (gint64 band, gint worker, gpointer data)
{
  const Raster *raster = data;
  gint top = (gint) band * raster->band_rows, bottom = MIN (top + raster->band_rows, raster->target->height);
  guint32 opacity = (guint32) (CLAMP (raster->layer->opacity, 0.0, 1.0) * 255.0 + 0.5);

  (void) worker;
  if (raster->is_wanted != NULL && !raster->is_wanted[band])
    return;
  if (raster->below != NULL)
    restore_rows (raster->below, top, bottom, raster->target);
  for (gint64 i = raster->starts[band]; i < raster->starts[band + 1]; i++)
    {
      gint64 spot = raster->order != NULL ? raster->order[i] : i;
      double x, y;
      if ((i - raster->starts[band]) % SPOTS_PER_CHECK == 0 && smooth_run_is_cancelled (raster->run))
        return;
      if (!locate (raster, spot, &x, &y))
        continue;
      guint32 source = smooth_i_source_pixel (raster->layer->colours[spot], opacity);
      SmoothPie pie;
      if (raster->pies != NULL && smooth_i_pie_init (&pie, &raster->pie_table, raster->pies, spot, source >> 24))
        draw_pie (raster, x, y, &pie, top, bottom);
      else if (raster->layer->shape == SMOOTH_SPOT_SQUARE)
        draw_square (raster, x, y, source, top, bottom);
      else if (raster->masks.coverage != NULL)
        draw_masked_disc (raster, x, y, source, top, bottom);
      else
        draw_large_disc (raster, x, y, source, top, bottom);
    }
}

/* One pass of the counting sort: counts where order is NULL, else places. */
static gboolean
sort_pass (Raster *raster, gint64 *next)
{
  for (gint64 spot = 0; spot < raster->layer->n_spots; spot++)
    {
      double x, y;
      gint first, last;
      if (spot % (16 * SPOTS_PER_CHECK) == 0 && smooth_run_is_cancelled (raster->run))
        return FALSE;
      if (raster->layer->order != NULL ? !place (raster, spot, &x, &y) : !locate (raster, spot, &x, &y))
        continue;
      find_bands (raster, y, &first, &last);
      for (gint band = first; band <= last; band++)
        {
          if (raster->is_wanted != NULL && raster->layer->order == NULL && !raster->is_wanted[band])
            continue;
          if (raster->order != NULL)
            raster->order[next[band]] = spot;
          next[band]++;
        }
    }
  return TRUE;
}

/* Whether the kept order is that of this picture. */
static gboolean
is_kept (const Raster *raster)
{
  const SmoothSpotOrder *kept = raster->layer->order;

  return kept != NULL && kept->order != NULL && kept->coords == raster->layer->coords && kept->n_spots == raster->layer->n_spots
         && kept->view.x == raster->view->x && kept->view.y == raster->view->y && kept->view.scale == raster->view->scale
         && kept->radius == raster->radius && kept->width == raster->target->width && kept->height == raster->target->height;
}

/* Gives what was sorted to who keeps it. */
static void
keep_order (const Raster *raster)
{
  SmoothSpotOrder *kept = raster->layer->order;

  g_free (kept->starts);
  g_free (kept->order);
  *kept = (SmoothSpotOrder) { raster->layer->coords, raster->layer->n_spots, *raster->view, raster->radius, raster->target->width,
                              raster->target->height, raster->starts, raster->order };
}

static gboolean
sort_spots (Raster *raster)
{
  if (is_kept (raster))
    {
      raster->starts = raster->layer->order->starts;
      raster->order = raster->layer->order->order;
      return TRUE;
    }
  g_autofree gint64 *next = g_new0 (gint64, (gsize) raster->n_bands);

  raster->starts = g_new0 (gint64, (gsize) raster->n_bands + 1);
  raster->starts[raster->n_bands] = raster->layer->n_spots;
  if (raster->n_bands <= 1)
    return TRUE;
  if (!sort_pass (raster, next))
    return FALSE;
  for (gint band = 0; band < raster->n_bands; band++)
    {
      raster->starts[band + 1] = raster->starts[band] + next[band];
      next[band] = raster->starts[band];
    }
  raster->order = g_try_new (gint64, (gsize) MAX (raster->starts[raster->n_bands], 1));
  return raster->order != NULL && sort_pass (raster, next);
}

static void
raster_init (Raster *raster, const SmoothSpotLayer *layer, const SmoothView *view, SmoothPicture *target, gint band_rows, SmoothRun *run)
{
  *raster = (Raster) { .layer = layer, .view = view, .target = target, .run = run };
  raster->radius = MAX (layer->diameter * view->scale, 1.0) / 2.0;
  raster->hole = CLAMP (layer->hole * view->scale / 2.0, 0.0, raster->radius);
  raster->band_rows = band_rows;
  raster->n_bands = (target->height + band_rows - 1) / band_rows;
  if (layer->pies != NULL && 2.0 * raster->radius >= SMOOTH_PIE_LEAST)
    {
      raster->pies = layer->pies;
      smooth_i_pie_table_init (&raster->pie_table);
    }
}

/* Draws the bands that are wanted, and clears up. */
static gboolean
raster_run (Raster *raster)
{
  gint n_threads = smooth_run_get_n_threads (raster->run);
  gboolean ok = sort_spots (raster);

  if (ok && raster->layer->order != NULL && raster->order != NULL && !is_kept (raster))
    keep_order (raster);
  if (ok && raster->layer->shape == SMOOTH_SPOT_DISC && raster->radius <= MAX_MASK_RADIUS)
    ok = masks_init (&raster->masks, raster->radius, raster->hole, raster->target->stride / 4);
  if (ok)
    smooth_i_parallel (n_threads, raster->n_bands, draw_band, raster);

  g_free (raster->masks.coverage);
  g_free (raster->masks.spans);
  g_free (raster->masks.lists);
  if (!is_kept (raster))
    {
      g_free (raster->starts);
      g_free (raster->order);
    }
  return ok && !smooth_run_is_cancelled (raster->run);
}

SmoothSpotOrder *
smooth_spot_order_new (void)
{
  return g_new0 (SmoothSpotOrder, 1);
}

/* @order: (nullable) */
void
smooth_spot_order_free (SmoothSpotOrder *order)
{
  if (order == NULL)
    return;
  g_free (order->starts);
  g_free (order->order);
  g_free (order);
}

static gint
choose_band_rows (const SmoothSpotLayer *layer, const SmoothPicture *target, SmoothRun *run)
{
  return layer->order != NULL || smooth_run_get_n_threads (run) > 1 ? BAND_ROWS : MAX (target->height, 1);
}

/**
 * smooth_raster_spots:
 * @layer: the spots; later ones lie over earlier ones
 * @view: which part of the plane @target shows
 * @target: composed over; a fresh picture is transparent
 * @run: (nullable): threads and cancellation
 *
 * Discs are antialiased; their centres are rounded to 1/8 pixel (1/4 from a radius of 4 pixels on) up to a radius of 24
 * pixels and exact above. Squares end at the nearest pixel edges. Pies have no hole. Spots without a finite position are not drawn. The
 * result does not depend on the number of threads.
 *
 * O(n_spots + pixels drawn) time; 8 bytes a visible spot and 64 rows, which an order keeps.
 *
 * Returns: FALSE where it was cancelled (or memory ran out): @target is then unfinished
 */
gboolean
smooth_raster_spots (const SmoothSpotLayer *layer, const SmoothView *view, SmoothPicture *target, SmoothRun *run)
{
  Raster raster;

  g_return_val_if_fail (view->scale > 0.0, FALSE);
  raster_init (&raster, layer, view, target, choose_band_rows (layer, target, run), run);
  return raster_run (&raster);
}

/* Marks the bands in which a spot may look otherwise than before. */
static void
find_changed_bands (const Raster *raster, const guint32 *before, guint8 *is_wanted)
{
  const SmoothSpotLayer *layer = raster->layer;

  for (gint64 spot = 0; spot < layer->n_spots; spot++)
    {
      double x, y;
      gint first, last;
      if (layer->colours[spot] == before[spot] || !place (raster, spot, &x, &y))
        continue;
      find_bands (raster, y, &first, &last);
      memset (is_wanted + first, TRUE, (gsize) (last - first + 1));
    }
}

/**
 * smooth_raster_changed_spots:
 * @layer: the spots, without pies
 * @before: n_spots: the colours that they had
 * @below: what lies below them; as large as @target
 * @target: by smooth_raster_spots(): @below with the spots in their former colours over it
 *
 * Brings @target up to date: the same pixels as if all was drawn anew, at the cost of the rows that have changed and one look
 * at each spot.
 *
 * Returns: FALSE where it was cancelled (or memory ran out): @target is then unfinished
 */
gboolean
smooth_raster_changed_spots (const SmoothSpotLayer *layer, const guint32 *before, const SmoothPicture *below, const SmoothView *view,
                             SmoothPicture *target, SmoothRun *run)
{
  Raster raster;

  g_return_val_if_fail (view->scale > 0.0 && layer->pies == NULL, FALSE);
  g_return_val_if_fail (below->width == target->width && below->height == target->height, FALSE);
  raster_init (&raster, layer, view, target, BAND_ROWS, run);
  g_autofree guint8 *is_wanted = g_new0 (guint8, (gsize) MAX (raster.n_bands, 1));
  find_changed_bands (&raster, before, is_wanted);
  raster.is_wanted = is_wanted;
  raster.below = below;
  return raster_run (&raster);
}
