/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of a page: title above, panels in rows, one legend on their right or below, or one in each; scale bar below.
 *
 * Every part is measured before any is placed, and what does not fit a small page is left out rather than cut: first
 * the legend, then the scale bar, then the title.
 */
#include "export/page-private.h"

#include <math.h>

#define LARGEST_HEIGHT 700.0 /* pt: of a page that takes what it needs; a sheet of paper */
#define HIGHEST 1.15         /* of such a page, in its widths, where more columns make it lower */

#define LEAST_SECTION 1.0    /* of the width of its own legend; narrower sections have none */

/* What is left between title and lower margin. */
typedef struct
{
  double left, right, top, bottom;
  double bar_height; /* under the sections */
  double gap;        /* between sections and legend, and between panels */
} Space;

/* A way to put the panels, and how large it lets them be. */
typedef struct
{
  gint n_columns, n_rows;
  double scale;
  FigureLegend legend;
  gboolean is_below;
} Grid;

static Space
plan_title (const FigurePage *page, const SmoothPage *what, FigureLayout *layout)
{
  double font = page->font, width = layout->width, height = layout->height;
  double margin = MIN (1.0 * font, 0.05 * MIN (width, height));
  Space space = { margin, width - margin, margin, height - margin, 0.0, 1.4 * font };

  if (what->settings.scale_bar && height > 8.0 * font)
    space.bar_height = 2.6 * font;
  if (what->title == NULL || what->title[0] == '\0' || height <= 9.0 * font)
    return space;
  layout->title = smooth_i_figure_text (page->cairo, what->title, 1.2 * font, FIGURE_TEXT_BOLD, width - 2.0 * margin, 2);
  layout->title_y = margin;
  space.top += smooth_i_figure_text_height (layout->title) + 0.6 * font;
  return space;
}

/* The largest sections that leave so much room on their right and below. */
static double
find_scale (const FigureLayout *layout, const Space *space, const Grid *grid, double on_right, double below)
{
  double across = space->right - space->left - on_right - (grid->n_columns - 1) * space->gap;
  double down = space->bottom - space->top - space->bar_height - below - (grid->n_rows - 1) * 0.7 * space->gap;
  double width = across / grid->n_columns - layout->own_legend, height = down / grid->n_rows - layout->heading;

  return MAX (MIN (width / layout->crop.width, height / layout->crop.height), 1e-9);
}

/* How high all panels are, with what lies between them. */
static double
stack_height (const FigureLayout *layout, const Space *space, const Grid *grid)
{
  return grid->n_rows * (layout->heading + grid->scale * layout->crop.height) + (grid->n_rows - 1) * 0.7 * space->gap;
}

static double
take_right (const FigureLegend *legend, const Space *space)
{
  return legend->width > 0.0 ? legend->width + space->gap : 0.0;
}

/* Under the sections: as few rows of whole names as the width allows. */
static FigureLegend
plan_below (const FigurePage *page, double width, double max_height)
{
  gint64 n = smooth_i_figure_count_entries (page->figure);

  for (double height = 2.0 * page->font; height < max_height; height += page->font)
    {
      FigureLegend legend = smooth_i_figure_plan_legend (page, width, height);
      if (legend.width > 0.0 && legend.n_shown == n && !legend.is_cut && legend.font == page->font)
        return legend;
    }
  return smooth_i_figure_plan_legend (page, width, max_height);
}

/* The legend goes to the right - or below, where the sections become larger by it or more of it is seen. On a page that
 * takes what it needs the legend on the right is as high as the sections beside it. */
static void
plan_legend (const FigurePage *page, const Space *space, const FigureLayout *layout, gboolean is_free, Grid *grid)
{
  double width = space->right - space->left, height = space->bottom - space->top - space->bar_height;

  grid->scale = find_scale (layout, space, grid, 0.0, 0.0);
  if (width <= 13.0 * page->font)
    return;
  for (gint round = 0; round < (is_free ? 4 : 1); round++)
    {
      double room = is_free ? MAX (stack_height (layout, space, grid) - layout->heading, 9.0 * page->font) : height - layout->heading;
      grid->legend = smooth_i_figure_plan_legend (page, 0.4 * width, MIN (room, height));
      grid->scale = find_scale (layout, space, grid, take_right (&grid->legend, space), 0.0);
    }
  if (page->figure->n_entries == 0)
    return;

  FigureLegend below = plan_below (page, width, is_free ? height : 0.4 * height);
  double scale = find_scale (layout, space, grid, 0.0, below.height + space->gap);
  gboolean is_better = below.n_shown > grid->legend.n_shown
                       || (below.n_shown == grid->legend.n_shown && (scale > 1.15 * grid->scale || (grid->legend.is_cut && !below.is_cut)));
  if (below.width > 0.0 && is_better)
    {
      grid->is_below = TRUE;
      grid->legend = below;
      grid->scale = scale;
    }
}

static double
page_height (const FigureLayout *layout, const Space *space, const Grid *grid)
{
  double height = stack_height (layout, space, grid);

  if (grid->is_below)
    height += space->gap + grid->legend.height;
  else
    height = MAX (height, layout->heading + grid->legend.height);
  return space->top + height + space->bar_height + (layout->height - space->bottom);
}

static Grid
try_columns (const FigurePage *page, const Space *space, const FigureLayout *layout, gint64 n, gint n_columns, gboolean wants_legend,
             gboolean is_free)
{
  Grid grid = { .n_columns = n_columns, .n_rows = (gint) ((n + n_columns - 1) / n_columns) };

  if (wants_legend)
    plan_legend (page, space, layout, is_free, &grid);
  else
    grid.scale = find_scale (layout, space, &grid, 0.0, 0.0);
  return grid;
}

/* The number of columns that was asked for; else the largest sections, on a page that is not much higher than wide. */
static Grid
plan_grid (const FigurePage *page, const SmoothPage *what, const Space *space, const FigureLayout *layout, gboolean is_free)
{
  gint64 n = MAX (what->n_panels, 1);
  gboolean wants_legend = what->settings.legend && (n == 1 || what->has_one_legend);
  Grid best = { 0 };

  if (what->settings.columns > 0)
    return try_columns (page, space, layout, n, (gint) MIN (what->settings.columns, n), wants_legend, is_free);
  for (gint n_columns = 1; n_columns <= MIN (n, 40); n_columns++)
    {
      Grid grid = try_columns (page, space, layout, n, n_columns, wants_legend, is_free);
      if (best.n_columns == 0 || grid.scale > best.scale * (1.0 + 1e-9))
        best = grid;
      if (is_free)
        best = grid;
      if (is_free && page_height (layout, space, &grid) <= HIGHEST * layout->width)
        break;
    }
  return best;
}

/* The widest of the legends that panels have for themselves, and the room before it. */
static double
measure_own_legends (const FigurePage *page, const SmoothPage *what, const FigureLayout *layout)
{
  FigurePage panel = *page;
  double widest = 0.0;

  if (!what->settings.legend || what->n_panels < 2 || what->has_one_legend)
    return 0.0;
  for (gint64 i = 0; i < what->n_panels; i++)
    {
      panel.figure = &what->panels[i];
      FigureLegend legend = smooth_i_figure_plan_legend (&panel, 0.3 * layout->width, 14.0 * page->font);
      widest = MAX (widest, legend.width);
    }
  return widest > 0.0 ? widest + 0.6 * page->font : 0.0;
}

static gboolean
has_headings (const SmoothPage *what)
{
  gboolean any = what->settings.letters && what->n_panels > 0;

  for (gint64 i = 0; i < what->n_panels; i++)
    any |= what->panels[i].title != NULL && what->panels[i].title[0] != '\0';
  return any;
}

/* Onto whole pixels, so that pictures are not resampled once more. */
static double
snap (const FigurePage *page, double x)
{
  return page->resolution > 0.0 ? round (x * page->resolution) / page->resolution : x;
}

static void
place_parts (const FigurePage *page, const Space *space, const Grid *grid, FigureLayout *layout)
{
  double used, stack;

  layout->n_columns = grid->n_columns;
  layout->n_rows = grid->n_rows;
  layout->legend = grid->legend;
  layout->panel_width = MAX (snap (page, grid->scale * layout->crop.width), 1e-6);
  layout->panel_height = MAX (snap (page, grid->scale * layout->crop.height), 1e-6);
  layout->step_x = snap (page, layout->panel_width + layout->own_legend + space->gap);
  layout->step_y = snap (page, layout->panel_height + layout->heading + 0.7 * space->gap);
  used = grid->n_columns * layout->step_x - space->gap;
  stack = grid->n_rows * layout->step_y - 0.7 * space->gap;
  double all = used + (grid->is_below ? 0.0 : take_right (&grid->legend, space));
  layout->x = snap (page, MAX (0.5 * (layout->width - all), space->left));
  layout->y = snap (page, space->top + layout->heading);
  layout->bar_x = layout->x;
  layout->bar_y = space->top + stack + space->bar_height;
  layout->bar_width = space->bar_height > 0.0 ? 0.28 * layout->panel_width : 0.0;
  layout->legend_x = layout->x + used + space->gap;
  layout->legend_y = layout->y + 0.5 * MAX (stack - layout->heading - grid->legend.height, 0.0);
  if (grid->is_below)
    {
      layout->legend_x = MAX (MIN (layout->x, space->right - grid->legend.width), space->left);
      layout->legend_y = layout->bar_y + space->gap;
    }

  /* The title stands flush with the sections where it is short enough. */
  layout->title_x = space->left;
  if (layout->title != NULL && layout->x + smooth_i_figure_text_width (layout->title) <= space->right)
    layout->title_x = layout->x;
}

/**
 * smooth_i_page_plan:
 * @page: with the first panel
 * @width: of the page
 * @height: of the page; 0: as high as it needs
 *
 * Returns: where everything goes; its title is to be unreferenced
 */
FigureLayout
smooth_i_page_plan (const FigurePage *page, const SmoothPage *what, double width, double height)
{
  gboolean is_free = !(height > 0.0);
  FigureLayout layout = { .width = width, .height = is_free ? LARGEST_HEIGHT : height };

  layout.crop = smooth_i_figure_find_crop (page->figure);
  layout.heading = has_headings (what) ? 1.6 * page->font : 0.0;
  layout.own_legend = measure_own_legends (page, what, &layout);
  Space space = plan_title (page, what, &layout);
  Grid grid = plan_grid (page, what, &space, &layout, is_free);
  if (grid.scale * layout.crop.width < LEAST_SECTION * layout.own_legend)
    {
      layout.own_legend = 0.0;
      grid = plan_grid (page, what, &space, &layout, is_free);
    }
  if (is_free)
    {
      double needed = MIN (page_height (&layout, &space, &grid), LARGEST_HEIGHT);
      space.bottom -= layout.height - needed;
      layout.height = needed;
    }
  place_parts (page, &space, &grid, &layout);
  return layout;
}
