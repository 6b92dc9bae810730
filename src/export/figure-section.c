/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The section of a figure: the part of the histology around the tissue, spots at their true size, outlines of regions. */
#include "export/figure-private.h"

#include <math.h>

#define MARGIN 1.6 /* pitches, or spots, around the outermost spots */
#define MAX_LABELS 64
#define LARGEST 30000.0 /* pixels a side */
#define EDGE_UNIT 0.05 /* fonts: a pixel of the screen, for the widths of edges */

static void
extend (FigureBox *box, double x, double y)
{
  double right = MAX (box->x + box->width, x), lower = MAX (box->y + box->height, y);

  box->x = MIN (box->x, x);
  box->y = MIN (box->y, y);
  box->width = right - box->x;
  box->height = lower - box->y;
}

/* Around all spots with any of @flags; FALSE where there is none. */
static gboolean
bound_spots (const SmoothSection *section, guint flags, FigureBox *box)
{
  gboolean found = FALSE;

  for (gint64 s = 0; s < section->n_spots; s++)
    {
      double x = section->coords[2 * s], y = section->coords[2 * s + 1];
      if ((flags != 0 && (section->spot_flags[s] & flags) == 0) || !isfinite (x) || !isfinite (y))
        continue;
      if (!found)
        *box = (FigureBox) { x, y, 0.0, 0.0 };
      extend (box, x, y);
      found = TRUE;
    }
  return found;
}

static double
spot_diameter_pixels (const SmoothSection *section)
{
  return section->um_per_pixel > 0.0 ? section->spot_diameter / section->um_per_pixel : 0.0;
}

/* The tissue with some glass around it. */
static FigureBox
find_tissue (const SmoothSection *section)
{
  FigureBox box = { 0 };

  if (!bound_spots (section, SMOOTH_SPOT_IN_TISSUE, &box) && !bound_spots (section, 0, &box) && section->picture != NULL
      && section->picture_scale > 0.0)
    box = (FigureBox) { 0, 0, section->picture->width / section->picture_scale, section->picture->height / section->picture_scale };

  double pitch = section->um_per_pixel > 0.0 ? section->pitch / section->um_per_pixel : 0.0;
  double margin = MARGIN * MAX (MAX (pitch, spot_diameter_pixels (section)), 0.015 * MAX (box.width, box.height));
  margin = MAX (isfinite (margin) ? margin : 0.0, 1.0);
  return (FigureBox) { box.x - margin, box.y - margin, box.width + 2.0 * margin, box.height + 2.0 * margin };
}

/**
 * smooth_i_figure_find_crop:
 *
 * Returns: what a figure shows, in full-resolution pixels; never empty
 */
FigureBox
smooth_i_figure_find_crop (const SmoothFigure *figure)
{
  const double *crop = figure->crop;

  if (crop[2] > 0.0 && crop[3] > 0.0 && isfinite (crop[0] + crop[1] + crop[2] + crop[3]))
    return (FigureBox) { crop[0], crop[1], crop[2], crop[3] };
  return find_tissue (figure->section);
}

static void
draw_histology (const FigurePage *page, const FigureBox *crop, double scale)
{
  cairo_surface_t *surface = smooth_i_figure_get_ground (page, crop, scale);
  cairo_t *cairo = page->cairo;

  if (surface == NULL)
    return;
  const FigureBox *place = &page->ground->place;
  cairo_save (cairo);
  cairo_translate (cairo, place->x * scale, place->y * scale);
  cairo_scale (cairo, place->width * scale / cairo_image_surface_get_width (surface),
               place->height * scale / cairo_image_surface_get_height (surface));
  cairo_set_source_surface (cairo, surface, 0, 0);
  if (page->is_vector) /* files then hold the picture itself, once for all panels */
    cairo_paint (cairo);
  else
    {
      cairo_pattern_set_extend (cairo_get_source (cairo), CAIRO_EXTEND_PAD);
      cairo_rectangle (cairo, 0, 0, cairo_image_surface_get_width (surface), cairo_image_surface_get_height (surface));
      cairo_fill (cairo);
    }
  cairo_restore (cairo);
}

static void
add_region_path (cairo_t *cairo, const SmoothRegion *region, double scale)
{
  cairo_new_path (cairo);
  for (gint64 r = 0; r < region->n_rings; r++)
    {
      const SmoothRing *ring = &region->rings[r];
      for (gint64 i = 0; i < ring->n_points; i++)
        cairo_line_to (cairo, ring->points[2 * i] * scale, ring->points[2 * i + 1] * scale);
      cairo_close_path (cairo);
    }
}

static gboolean
overlap (const FigureBox *a, const FigureBox *b)
{
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height && b->y < a->y + a->height;
}

static gboolean
is_free (const FigureBox *label, const FigureBox *taken, gint n_taken, const FigureBox *inside)
{
  if (label->x < inside->x || label->y < inside->y || label->x + label->width > inside->x + inside->width
      || label->y + label->height > inside->y + inside->height)
    return FALSE;
  for (gint i = 0; i < n_taken; i++)
    if (overlap (label, &taken[i]))
      return FALSE;
  return TRUE;
}

/* Above the region, below it, or in it: where there is room. Names that would lie on others are left out. */
static gboolean
place_label (FigureBox *label, const FigureBox *region, const FigureBox *taken, gint n_taken, const FigureBox *inside)
{
  double gap = 0.2 * label->height;
  const double tops[] = { region->y - label->height - gap, region->y + region->height + gap, region->y + gap,
                          region->y + 0.5 * (region->height - label->height), region->y + region->height - label->height - gap };
  const double lefts[] = { region->x + 0.5 * (region->width - label->width), region->x, region->x + region->width - label->width };

  for (gsize i = 0; i < G_N_ELEMENTS (tops); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (lefts); j++)
      {
        label->x = CLAMP (lefts[j], inside->x, MAX (inside->x, inside->x + inside->width - label->width));
        label->y = tops[i];
        if (is_free (label, taken, n_taken, inside))
          return TRUE;
      }
  return FALSE;
}

static void
draw_regions (const FigurePage *page, const FigureBox *crop, double scale)
{
  cairo_t *cairo = page->cairo;
  FigureBox taken[MAX_LABELS];
  double gap = 0.2 * page->font;
  FigureBox inside = { crop->x * scale + gap, crop->y * scale + gap, crop->width * scale - 2.0 * gap, crop->height * scale - 2.0 * gap };
  gint n_taken = 0;

  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  for (gint64 i = 0; i < smooth_regions_get_n (page->figure->regions); i++)
    {
      add_region_path (cairo, smooth_regions_get (page->figure->regions, i), scale);
      smooth_i_figure_set_colour (cairo, 0xffffff, 0.9);
      cairo_set_line_width (cairo, 0.32 * page->font);
      cairo_stroke_preserve (cairo);
      smooth_i_figure_set_colour (cairo, smooth_regions_get (page->figure->regions, i)->colour, 1.0);
      cairo_set_line_width (cairo, 0.16 * page->font);
      cairo_stroke (cairo);
    }
  for (gint64 i = 0; !page->figure->hides_labels && i < smooth_regions_get_n (page->figure->regions) && n_taken < MAX_LABELS; i++)
    {
      const SmoothRegion *region = smooth_regions_get (page->figure->regions, i);
      double x1, y1, x2, y2;
      add_region_path (cairo, region, scale);
      cairo_path_extents (cairo, &x1, &y1, &x2, &y2);
      cairo_new_path (cairo);
      FigureBox bounds = { x1, y1, x2 - x1, y2 - y1 };
      if (region->name == NULL || !overlap (&bounds, &inside))
        continue;
      g_autoptr (PangoLayout) layout
        = smooth_i_figure_text (cairo, region->name, page->font, FIGURE_TEXT_BOLD, MIN (14.0 * page->font, inside.width), 1);
      FigureBox label = { 0, 0, smooth_i_figure_text_width (layout), smooth_i_figure_text_height (layout) };
      if (!place_label (&label, &bounds, taken, n_taken, &inside))
        continue;
      taken[n_taken++] = label;
      smooth_i_figure_show_outlined_text (cairo, layout, label.x, label.y, region->colour, 0xffffff);
    }
}

/* Pixels for a part of the page of that size, which becomes theirs: in pixels. */
static cairo_surface_t *
new_pixels (const FigurePage *page, double *width, double *height)
{
  *width = CLAMP (round (*width * page->resolution), 1.0, LARGEST);
  *height = CLAMP (round (*height * page->resolution), 1.0, LARGEST);
  return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) *width, (int) *height);
}

/* The graph under the spots: shapes where shapes are kept, unless there are too many. */
static void
draw_edges (const FigurePage *page, const FigureBox *crop, double scale)
{
  const SmoothOutcome *outcome = page->figure->edges;
  SmoothEdgesPlace place = { { crop->x, crop->y, scale }, crop->width * scale, crop->height * scale, EDGE_UNIT * page->font, page->is_vector };

  if (outcome == NULL || outcome->inputs.section != page->figure->section)
    return;
  cairo_save (page->cairo);
  cairo_translate (page->cairo, crop->x * scale, crop->y * scale);
  if (!page->is_vector || smooth_edges_count (outcome, &place) <= page->max_vector_spots)
    smooth_edges_draw (outcome, &place, page->cairo, smooth_run_get_current ());
  else
    {
      cairo_surface_t *surface = new_pixels (page, &place.width, &place.height);
      cairo_t *cairo = cairo_create (surface);
      place.view.scale *= page->resolution;
      place.unit *= page->resolution;
      place.is_vector = FALSE;
      smooth_edges_draw (outcome, &place, cairo, smooth_run_get_current ());
      cairo_destroy (cairo);
      cairo_scale (page->cairo, 1.0 / page->resolution, 1.0 / page->resolution);
      cairo_set_source_surface (page->cairo, surface, 0, 0);
      cairo_paint (page->cairo);
      cairo_surface_destroy (surface);
    }
  cairo_restore (page->cairo);
}

/* One setting, in the plane of the section times @scale. */
static void
draw_setting (const FigurePage *page, const FigureBox *crop, double scale)
{
  draw_histology (page, crop, scale);
  draw_edges (page, crop, scale);
  smooth_i_figure_draw_spots (page, crop, scale);
  if (page->figure->regions != NULL)
    draw_regions (page, crop, scale);
}

/* The same of the part from @left to @right, full-resolution pixels. */
static void
draw_part (const FigurePage *page, const FigureBox *crop, double scale, double left, double right)
{
  cairo_save (page->cairo);
  cairo_rectangle (page->cairo, left * scale, crop->y * scale, (right - left) * scale, crop->height * scale);
  cairo_clip (page->cairo);
  draw_setting (page, crop, scale);
  cairo_restore (page->cairo);
}

/* Returns: where the line between two settings lies, full-resolution pixels, within what is shown */
double
smooth_i_figure_find_line (const SmoothFigure *figure, const FigureBox *crop)
{
  double line = figure->line != 0.0 ? figure->line : crop->x + 0.5 * crop->width;

  return CLAMP (line, crop->x, crop->x + crop->width);
}

/* A left of the line, B right of it. */
static void
draw_both (const FigurePage *page, const FigureBox *crop, double scale)
{
  double line = smooth_i_figure_find_line (page->figure, crop);
  FigurePage left = *page;

  left.figure = page->figure->left;
  draw_part (&left, crop, scale, crop->x, line);
  draw_part (page, crop, scale, line, crop->x + crop->width);
  cairo_move_to (page->cairo, line * scale, crop->y * scale);
  cairo_line_to (page->cairo, line * scale, (crop->y + crop->height) * scale);
  smooth_i_figure_set_colour (page->cairo, 0xffffff, 0.9);
  cairo_set_line_width (page->cairo, 0.32 * page->font);
  cairo_stroke_preserve (page->cairo);
  smooth_i_figure_set_colour (page->cairo, 0x202020, 1.0);
  cairo_set_line_width (page->cairo, 0.14 * page->font);
  cairo_stroke (page->cairo);
}

/**
 * smooth_i_figure_draw_section:
 * @crop: what to show, in full-resolution pixels
 * @box: where, in units of the page; of the same shape
 */
void
smooth_i_figure_draw_section (const FigurePage *page, const FigureBox *crop, const FigureBox *box)
{
  double scale = box->width / crop->width;

  cairo_save (page->cairo);
  cairo_rectangle (page->cairo, box->x, box->y, box->width, box->height);
  cairo_clip (page->cairo);
  cairo_translate (page->cairo, box->x - crop->x * scale, box->y - crop->y * scale);
  if (page->figure->left != NULL)
    draw_both (page, crop, scale);
  else
    draw_setting (page, crop, scale);
  cairo_restore (page->cairo);
}
