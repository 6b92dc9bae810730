/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the figure in the plane of the image: positions, regions and sizes are taken there first, and all else is as on pages. */
#include "export/overlay.h"

#include "export/figure-private.h"

#include <math.h>
#include <string.h>

#define FONT 0.017       /* of the image's longer side */
#define LEAST_FONT 9.0   /* pixels */
#define CARD 0xffffff    /* behind the legend */
#define CARD_ALPHA 0.88
#define PADDING 0.7      /* fonts, between a card and what is on it */
#define MARGIN 1.0       /* fonts, between a card and the image's border */
#define LONGEST_BAR 0.25 /* of the image's width */

static const char *const names[SMOOTH_N_OVERLAYS] = { "spots", "outlines", "legend", "scale bar" };

const char *
smooth_overlay_part_get_name (SmoothOverlayPart part)
{
  g_return_val_if_fail ((guint) part < SMOOTH_N_OVERLAYS, NULL);
  return names[part];
}

void
smooth_overlay_free (SmoothOverlay *overlay)
{
  if (overlay == NULL)
    return;
  smooth_picture_unref (overlay->picture);
  g_free (overlay);
}

/* The figure in the image's plane; what is new is owned here. */
typedef struct
{
  SmoothFigure figure;
  SmoothSection section; /* the same, with other positions and sizes */
  double *coords, *points;
  SmoothRegions *regions;
  gint width, height;    /* of the image */
  double font;
} Placed;

static double *
map_points (const double *points, gint64 n, const double m[6])
{
  double *mapped = g_new (double, MAX (2 * n, 1));

  for (gint64 i = 0; i < n; i++)
    {
      mapped[2 * i] = m[0] * points[2 * i] + m[1] * points[2 * i + 1] + m[2];
      mapped[2 * i + 1] = m[3] * points[2 * i] + m[4] * points[2 * i + 1] + m[5];
    }
  return mapped;
}

static void
placed_init (Placed *placed, const SmoothFigure *figure, const double m[6], gint width, gint height)
{
  double scale = sqrt (fabs (m[0] * m[4] - m[1] * m[3]));

  *placed = (Placed){ .figure = *figure, .section = *figure->section, .width = width, .height = height };
  placed->font = MAX (FONT * MAX (width, height), LEAST_FONT);
  placed->section.coords = placed->coords = map_points (figure->section->coords, figure->section->n_spots, m);
  placed->section.um_per_pixel = figure->section->um_per_pixel / scale;
  placed->section.picture = NULL;
  placed->figure.section = &placed->section;
  placed->figure.opacity = 1.0;
  placed->figure.edges = NULL; /* lines of the graph and pictures of two settings are no layers */
  placed->figure.left = NULL;
  if (figure->n_points > 0)
    placed->figure.points = placed->points = map_points (figure->points, figure->n_points, m);
  placed->figure.point_diameter *= scale;
  placed->regions = figure->regions != NULL ? smooth_regions_new_transformed (figure->regions, m) : NULL;
  placed->figure.regions = placed->regions;
}

static void
placed_clear (Placed *placed)
{
  g_free (placed->coords);
  g_free (placed->points);
  smooth_regions_unref (placed->regions);
}

/* ---- Drawing ---- */

/* A picture that is being drawn on; coordinates are those of the image. */
typedef struct
{
  SmoothOverlay *overlay;
  cairo_surface_t *surface;
  FigurePage page;
  FigureGround ground;
} Drawing;

static gboolean
drawing_begin (Drawing *drawing, const Placed *placed, SmoothOverlayPart part, const FigureBox *box, GError **error)
{
  SmoothPicture *picture = smooth_picture_new ((gint) box->width, (gint) box->height, error);

  if (picture == NULL)
    return FALSE;
  memset (drawing, 0, sizeof *drawing);
  drawing->overlay = g_new0 (SmoothOverlay, 1);
  *drawing->overlay = (SmoothOverlay){ part, (gint) box->x, (gint) box->y, picture, 1.0 };
  drawing->surface = cairo_image_surface_create_for_data ((guint8 *) picture->pixels, CAIRO_FORMAT_ARGB32, picture->width, picture->height,
                                                          (gint) picture->stride);
  drawing->page = (FigurePage){ .cairo = cairo_create (drawing->surface), .figure = &placed->figure, .font = placed->font,
                                .ink = 0x1c1c1e, .faint = 0x6e6e73, .paper = 0xffffff, .resolution = 1.0 };
  drawing->page.ground = &drawing->ground;
  cairo_translate (drawing->page.cairo, -box->x, -box->y);
  return TRUE;
}

/* Returns: (transfer full): what was drawn */
static SmoothOverlay *
drawing_end (Drawing *drawing, GPtrArray *overlays)
{
  cairo_destroy (drawing->page.cairo);
  cairo_surface_finish (drawing->surface);
  cairo_surface_destroy (drawing->surface);
  g_ptr_array_add (overlays, drawing->overlay);
  return drawing->overlay;
}

/* Whole pixels of the image; FALSE where nothing of the box is in it. */
static gboolean
clip (const Placed *placed, FigureBox *box)
{
  double left = MAX (floor (box->x), 0.0), top = MAX (floor (box->y), 0.0);
  double right = MIN (ceil (box->x + box->width), placed->width), bottom = MIN (ceil (box->y + box->height), placed->height);

  *box = (FigureBox){ left, top, right - left, bottom - top };
  return right > left && bottom > top;
}

/* Around all that is drawn of the spots, or of the points in place of them. */
static gboolean
find_spots (const Placed *placed, FigureBox *box)
{
  const SmoothFigure *figure = &placed->figure;
  gint64 n = figure->n_points > 0 ? figure->n_points : placed->section.n_spots;
  const double *coords = figure->n_points > 0 ? figure->points : placed->coords;
  const guint32 *colours = figure->n_points > 0 ? figure->point_colours : figure->colours;
  double diameter = figure->n_points > 0 ? figure->point_diameter : placed->section.spot_diameter / placed->section.um_per_pixel;
  double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
  double reach = 0.5 * diameter * (figure->spot_scale > 0.0 ? figure->spot_scale : 1.0) + 2.0;

  for (gint64 i = 0; colours != NULL && i < n; i++)
    if (colours[i] >> 24 != 0 && isfinite (coords[2 * i] + coords[2 * i + 1]))
      for (gint d = 0; d < 2; d++)
        {
          low[d] = MIN (low[d], coords[2 * i + d] - reach);
          high[d] = MAX (high[d], coords[2 * i + d] + reach);
        }
  *box = (FigureBox){ low[0], low[1], high[0] - low[0], high[1] - low[1] };
  return high[0] >= low[0] && clip (placed, box);
}

/* Spots or outlines: whichever the figure still has. */
static gboolean
add_section (const Placed *placed, SmoothOverlayPart part, const FigureBox *box, GPtrArray *overlays, GError **error)
{
  Drawing drawing;

  if (!drawing_begin (&drawing, placed, part, box, error))
    return FALSE;
  smooth_i_figure_draw_section (&drawing.page, box, box);
  drawing_end (&drawing, overlays);
  return TRUE;
}

static gboolean
add_spots (const Placed *placed, double opacity, GPtrArray *overlays, GError **error)
{
  Placed spots = *placed;
  FigureBox box;

  spots.figure.regions = NULL;
  if (!find_spots (placed, &box))
    return TRUE;
  if (!add_section (&spots, SMOOTH_OVERLAY_SPOTS, &box, overlays, error))
    return FALSE;
  ((SmoothOverlay *) overlays->pdata[overlays->len - 1])->opacity = opacity;
  return TRUE;
}

static gboolean
add_outlines (const Placed *placed, GPtrArray *overlays, GError **error)
{
  Placed outlines = *placed;
  FigureBox box = { 0, 0, placed->width, placed->height };

  outlines.figure.colours = NULL;
  outlines.figure.n_points = 0;
  outlines.figure.hatched = NULL;
  if (placed->regions == NULL || smooth_regions_get_n (placed->regions) == 0)
    return TRUE;
  return add_section (&outlines, SMOOTH_OVERLAY_OUTLINES, &box, overlays, error);
}

/* ---- Cards ---- */

static gint64
count_under (const Placed *placed, const FigureBox *box)
{
  gint64 n = 0;

  for (gint64 i = 0; i < placed->section.n_spots; i++)
    {
      double x = placed->coords[2 * i], y = placed->coords[2 * i + 1];
      n += (placed->section.spot_flags[i] & SMOOTH_SPOT_IN_TISSUE) != 0 && x >= box->x && x <= box->x + box->width && y >= box->y
           && y <= box->y + box->height;
    }
  return n;
}

static gboolean
overlap (const FigureBox *a, const FigureBox *b)
{
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height && b->y < a->y + a->height;
}

/* In the corner where it hides the fewest spots, and nothing of @taken. */
static void
place_card (const Placed *placed, const FigureBox *taken, const gint *corners, FigureBox *box)
{
  double margin = MARGIN * placed->font;
  gint64 least = G_MAXINT64;
  FigureBox best = *box;

  for (gint i = 0; i < 4; i++)
    {
      FigureBox here = *box;
      here.x = floor (corners[i] & 1 ? MAX (placed->width - margin - box->width, 0.0) : margin);
      here.y = floor (corners[i] & 2 ? MAX (placed->height - margin - box->height, 0.0) : margin);
      gint64 n = count_under (placed, &here) + (overlap (&here, taken) ? G_MAXINT32 : 0);
      if (n < least)
        {
          least = n;
          best = here;
        }
    }
  *box = best;
}

static void
draw_card (const Drawing *drawing, const FigureBox *box)
{
  cairo_t *cairo = drawing->page.cairo;
  double r = 0.4 * drawing->page.font, right = box->x + box->width, bottom = box->y + box->height;

  cairo_new_path (cairo);
  cairo_arc (cairo, right - r, box->y + r, r, -G_PI / 2.0, 0.0);
  cairo_arc (cairo, right - r, bottom - r, r, 0.0, G_PI / 2.0);
  cairo_arc (cairo, box->x + r, bottom - r, r, G_PI / 2.0, G_PI);
  cairo_arc (cairo, box->x + r, box->y + r, r, G_PI, 1.5 * G_PI);
  cairo_close_path (cairo);
  smooth_i_figure_set_colour (cairo, CARD, CARD_ALPHA);
  cairo_fill (cairo);
}

/* What fits on a card; measured on a surface of no size. */
static FigureLegend
plan_legend (const Placed *placed)
{
  cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, NULL);
  FigurePage page = { .cairo = cairo_create (surface), .figure = &placed->figure, .font = placed->font };
  double margins = 2.0 * (MARGIN + PADDING) * placed->font;
  FigureLegend legend = smooth_i_figure_plan_legend (&page, 0.5 * placed->width - margins,
                                                     MIN (placed->height - margins, placed->figure.n_entries > 0 ? G_MAXINT32 : 14.0 * placed->font));

  cairo_destroy (page.cairo);
  cairo_surface_destroy (surface);
  return legend;
}

/* @box: (out): where it lies */
static gboolean
add_legend (const Placed *placed, FigureBox *box, GPtrArray *overlays, GError **error)
{
  static const gint corners[] = { 1, 3, 0, 2 }; /* upper right first */
  static const FigureBox nothing = { -1, -1, 0, 0 };
  FigureLegend legend = plan_legend (placed);
  double padding = PADDING * placed->font;
  Drawing drawing;

  *box = nothing;
  if (!(legend.width > 0.0))
    return TRUE;
  *box = (FigureBox){ 0, 0, ceil (legend.width + 2.0 * padding), ceil (legend.height + 2.0 * padding) };
  place_card (placed, &nothing, corners, box);
  if (!drawing_begin (&drawing, placed, SMOOTH_OVERLAY_LEGEND, box, error))
    return FALSE;
  draw_card (&drawing, box);
  smooth_i_figure_draw_legend (&drawing.page, &legend, box->x + padding, box->y + padding);
  drawing_end (&drawing, overlays);
  return TRUE;
}

static gboolean
add_scale_bar (const Placed *placed, const FigureBox *legend, GPtrArray *overlays, GError **error)
{
  static const gint corners[] = { 2, 3, 0, 1 }; /* lower left first */
  double um = placed->section.um_per_pixel, longest = LONGEST_BAR * placed->width, padding = PADDING * placed->font;
  Drawing drawing;

  if (!(um > 0.0) || !placed->section.um_is_known || !isfinite (um * longest))
    return TRUE;
  double width = MAX (smooth_i_nice_length (um * longest) / um, 4.0 * placed->font);
  FigureBox box = { 0, 0, ceil (width + 2.0 * padding), ceil (2.0 * placed->font + 2.0 * padding) };
  place_card (placed, legend, corners, &box);
  if (!drawing_begin (&drawing, placed, SMOOTH_OVERLAY_SCALE_BAR, &box, error))
    return FALSE;
  draw_card (&drawing, &box);
  smooth_i_figure_draw_scale_bar (drawing.page.cairo, box.x + padding, box.y + box.height - padding, um, longest, placed->font, 0x1c1c1e, -1);
  drawing_end (&drawing, overlays);
  return TRUE;
}

/**
 * smooth_overlays_draw:
 * @figure: as for a page; its histology and crop are not used
 * @placement: where the section lies in the image: full-resolution pixel (x, y) at (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]);
 *   turns, mirrors, one scale for all directions
 * @width: of the image, pixels
 * @height: of the image, pixels
 *
 * Text is as large as the image asks for. Legend and scale bar lie where they hide the fewest spots; there is no scale bar where
 * the size of a pixel is not known.
 *
 * Returns: (transfer full): of SmoothOverlay, the lowest first; parts that would show nothing are left out
 */
GPtrArray *
smooth_overlays_draw (const SmoothFigure *figure, const double placement[6], gint width, gint height, GError **error)
{
  g_autoptr (GPtrArray) overlays = g_ptr_array_new_with_free_func ((GDestroyNotify) smooth_overlay_free);
  FigureBox legend;
  Placed placed;

  placed_init (&placed, figure, placement, width, height);
  gboolean done = add_spots (&placed, CLAMP (figure->opacity, 0.0, 1.0), overlays, error) && add_outlines (&placed, overlays, error)
                  && add_legend (&placed, &legend, overlays, error) && add_scale_bar (&placed, &legend, overlays, error);
  placed_clear (&placed);
  return done ? g_steal_pointer (&overlays) : NULL;
}
