/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From names to panels: values of the core, one scale of colours for all or one for each, and what the legends say. */
#include "export/panels-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const maps[] = { "viridis", "magma", "cividis", "diverging", NULL };
static const char *const limits[] = { "auto", "percentile", "typed", NULL };
static const char *const comparisons[] = { "off", "split", "swipe", "difference", NULL };

#define FIELD(name) .offset = G_STRUCT_OFFSET (SmoothColourSettings, name)

static const SmoothParam params[] = {
  { .name = "map", .label = N_ ("Colour map"), .type = SMOOTH_PARAM_CHOICE, FIELD (map), .max = SMOOTH_N_COLOURMAPS - 1, .unit = "",
    .choices = maps, .help = N_ ("Colours from low to high values, in even steps to the eye; diverging has its middle where values change sign") },
  { .name = "reversed", .label = N_ ("Reversed"), .type = SMOOTH_PARAM_BOOL, FIELD (is_reversed), .max = 1, .unit = "",
    .help = N_ ("Gives the last colour of the map to the lowest value") },
  { .name = "log", .label = N_ ("Logarithmic"), .type = SMOOTH_PARAM_BOOL, FIELD (is_log), .max = 1, .unit = "",
    .help = N_ ("Spreads small values over more colours") },
  { .name = "limits", .label = N_ ("Limits"), .type = SMOOTH_PARAM_CHOICE, FIELD (limits), .max = SMOOTH_LIMITS_TYPED, .unit = "",
    .choices = limits, .help = N_ ("From 0 to a round number (auto), between percentiles of the values, or from low to high as typed") },
  { .name = "low-percentile", .label = N_ ("Lower percentile"), .type = SMOOTH_PARAM_DOUBLE, FIELD (percentiles[0]), .initial = 1, .max = 100,
    .unit = "%", .help = N_ ("A larger one gives the first colour to more spots") },
  { .name = "high-percentile", .label = N_ ("Upper percentile"), .type = SMOOTH_PARAM_DOUBLE, FIELD (percentiles[1]), .initial = 99, .max = 100,
    .unit = "%", .help = N_ ("A smaller one gives the last colour to more spots") },
  { .name = "low", .label = N_ ("Lower limit"), .type = SMOOTH_PARAM_DOUBLE, FIELD (typed[0]), .min = -1e300, .max = 1e300, .unit = "",
    .help = N_ ("The value of the first colour, with typed limits") },
  { .name = "high", .label = N_ ("Upper limit"), .type = SMOOTH_PARAM_DOUBLE, FIELD (typed[1]), .initial = 1, .min = -1e300, .max = 1e300, .unit = "",
    .help = N_ ("The value of the last colour, with typed limits") },
  { .name = "opacity", .label = N_ ("Spots"), .type = SMOOTH_PARAM_DOUBLE, FIELD (opacity), .initial = 0.85, .max = 1, .unit = "",
    .help = N_ ("Larger covers more of the tissue") },
  { .name = "spot-size", .label = N_ ("Size of spots"), .type = SMOOTH_PARAM_DOUBLE, FIELD (spot_scale), .initial = 1, .min = 0.05, .max = 20, .unit = "×",
    .help = N_ ("Times their true size: larger spots cover the gaps between them") },
  { .name = "spot-outlines", .label = N_ ("Outlines of spots"), .type = SMOOTH_PARAM_BOOL, FIELD (has_outlines), .max = 1, .unit = "",
    .help = N_ ("Draws a thin line around each spot, where spots are large enough") },
  { .name = "histology", .label = N_ ("Histology"), .type = SMOOTH_PARAM_DOUBLE, FIELD (histology_opacity), .initial = 1, .max = 1, .unit = "",
    .help = N_ ("Larger shows more of the tissue's picture; 0 leaves it out") },
  { .name = "brightness", .label = N_ ("Brightness"), .type = SMOOTH_PARAM_DOUBLE, FIELD (brightness), .min = -1, .max = 1, .unit = "",
    .help = N_ ("Larger makes the tissue’s picture lighter") },
  { .name = "contrast", .label = N_ ("Contrast"), .type = SMOOTH_PARAM_DOUBLE, FIELD (contrast), .min = -1, .max = 1, .unit = "",
    .help = N_ ("Larger makes dark tissue darker and pale tissue paler") },
  { .name = "off-tissue", .label = N_ ("Spots off the tissue"), .type = SMOOTH_PARAM_BOOL, FIELD (off_tissue), .max = 1, .unit = "",
    .help = N_ ("Shows spots beside the tissue too, in grey") },
  { .name = "edges", .label = N_ ("Edges of the graph"), .type = SMOOTH_PARAM_BOOL, FIELD (edges), .max = 1, .unit = "",
    .help = N_ ("Draws the edges between neighbours, darker where they weigh more and dashed where regions cut them") },
  { .name = "compare", .label = N_ ("Compare with A"), .type = SMOOTH_PARAM_CHOICE, FIELD (compare), .max = SMOOTH_COMPARE_DIFFERENCE, .unit = "",
    .choices = comparisons, .help = N_ ("Shows another setting, too: side by side (split), left of a line (swipe), or B − A as colours (difference)") },
  { .name = "line", .label = N_ ("Line"), .type = SMOOTH_PARAM_DOUBLE, FIELD (line), .min = -1e9, .max = 1e9, .unit = "px",
    .help = N_ ("Where A ends and B begins, in full-resolution pixels from the left, with a line between the two; 0 is the middle") },
};

const SmoothParamTable smooth_colour_params = {
  .name = "colours", .label = N_ ("Colours"), .size = sizeof (SmoothColourSettings), .params = params, .n_params = G_N_ELEMENTS (params),
};

/* ---- Panels ---- */

#define FEW_PAIRS 3 /* of A and B that stand below each other; more stand two in a row */

/* Panels of one kind can be compared: their values have one unit, or they have the same categories. */
static gboolean
are_alike (const GArray *choices)
{
  const PanelColumn *first = &g_array_index (choices, PanelChoice, 0).column;

  for (guint i = 1; i < choices->len; i++)
    {
      const PanelColumn *column = &g_array_index (choices, PanelChoice, i).column;
      if (column->by != first->by || column->layer != first->layer || column->by == SMOOTH_BY_RGB)
        return FALSE;
    }
  return TRUE;
}

/* From the least of the lower limits to the largest of the upper ones; a logarithm only where all have one. */
static void
join_scales (PanelItem *items, guint n)
{
  SmoothColourScale joined = items[0].scale;

  for (guint i = 1; i < n; i++)
    {
      joined.low = MIN (joined.low, items[i].scale.low);
      joined.high = MAX (joined.high, items[i].scale.high);
      joined.is_log = joined.is_log && items[i].scale.is_log;
    }
  for (guint i = 0; i < n; i++)
    items[i].scale = joined;
}

/* What is being made. */
typedef struct
{
  SmoothPanels *panels;
  const SmoothPanelSource *source;
  const SmoothPageSettings *page;
  GArray *choices;
  SmoothCompareMode compare;
  PanelItem *items; /* those of A before those of B, choice by choice, where both are shown */
  guint n_items;
} Making;

static gboolean
has_pairs (const Making *making)
{
  return making->compare == SMOOTH_COMPARE_SPLIT || making->compare == SMOOTH_COMPARE_SWIPE;
}

static void
item_clear (PanelItem *item)
{
  g_clear_pointer (&item->values, smooth_values_free);
  for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
    g_clear_pointer (&item->channels[c], smooth_values_free);
}

static void
read_items (Making *making)
{
  const SmoothPanelSource *source = making->source;
  guint sides = has_pairs (making) ? 2 : 1;

  making->n_items = sides * making->choices->len;
  making->items = g_new0 (PanelItem, making->n_items);
  for (guint i = 0; i < making->choices->len; i++)
    {
      const PanelChoice *choice = &g_array_index (making->choices, PanelChoice, i);
      PanelItem *item = &making->items[sides * i], before = { NULL };
      if (making->compare != SMOOTH_COMPARE_OFF)
        smooth_i_panel_read (&before, source, choice, &source->before);
      smooth_i_panel_read (sides == 2 ? item + 1 : item, source, choice, &source->now);
      if (sides == 2)
        {
          *item = before;
          smooth_i_panel_find_scales (item + 1, item, source);
          item->scale = item[1].scale;
          memcpy (item->scales, item[1].scales, sizeof item->scales);
          continue;
        }
      if (making->compare == SMOOTH_COMPARE_DIFFERENCE)
        smooth_i_panel_subtract (item, source, &before);
      smooth_i_panel_find_scales (item, NULL, source);
      item_clear (&before);
    }
}

/* What all panels are drawn with. */
static SmoothFigure
figure_init (const Making *making, const PanelItem *item)
{
  const SmoothColourSettings *colours = &making->source->colours;
  SmoothFigure figure = {
    .section = making->source->section,
    .regions = making->page->outlines ? item->side->regions : NULL,
    .opacity = colours->opacity,
    .spot_scale = colours->spot_scale,
    .has_outlines = colours->has_outlines,
    .histology_opacity = colours->histology_opacity,
    .brightness = colours->brightness,
    .contrast = colours->contrast,
    .hides_labels = !making->page->labels,
    .missing = making->source->own.missing,
    .edges = colours->edges ? item->side->outcome : NULL,
  };

  memcpy (figure.crop, making->source->crop, sizeof figure.crop);
  return figure;
}

/* Where settings are compared the heading tells which. */
static const char *
find_title (const Making *making, const PanelItem *item)
{
  const SmoothPanelSource *source = making->source;
  const char *name = making->choices->len > 1 ? item->values->name : NULL, *a = source->before.title, *b = source->now.title;

  if (making->compare == SMOOTH_COMPARE_OFF || a == NULL || b == NULL)
    return name;
  const char *side = item->side == &source->before ? a : b;
  if (making->compare == SMOOTH_COMPARE_DIFFERENCE)
    return name != NULL ? name : smooth_i_panels_keep (making->panels, g_strdup_printf ("%s   %s", a, b));
  return name != NULL ? smooth_i_panels_keep (making->panels, g_strdup_printf ("%s   %s", name, side)) : side;
}

/* Over the colour bar: what the values are, or their unit alone where the heading names them. */
static const char *
find_value_name (const Making *making, const PanelItem *item)
{
  const SmoothValues *values = item->values;

  if (making->choices->len == 1 || (making->compare == SMOOTH_COMPARE_DIFFERENCE && *values->unit == '\0'))
    return values->title;
  if (making->compare != SMOOTH_COMPARE_DIFFERENCE)
    return values->unit;
  return smooth_i_panels_keep (making->panels, g_strdup_printf (_("B − A: %s"), values->unit));
}

static void
make_panel (const Making *making, SmoothFigure *figure, PanelItem *item)
{
  SmoothPanels *panels = making->panels;
  const SmoothLayer *layer = item->choice->column.layer;

  *figure = figure_init (making, item);
  figure->title = find_title (making, item);
  figure->value_name = find_value_name (making, item);
  smooth_i_panel_colour (panels, figure, item, making->source, panels->has_one_legend && making->n_items > 1);
  if (figure->hatched != NULL)
    figure->value_name = smooth_i_panels_keep (panels, g_strdup_printf (_("%s (hatched: %s)"), figure->value_name,
                                                                        g_dgettext (GETTEXT_PACKAGE, layer->flag)));
}

/* A left of the line, B right of it. */
static void
make_swiped (const Making *making, SmoothFigure *figure, PanelItem *items)
{
  SmoothFigure *left = smooth_i_panels_keep (making->panels, g_new0 (SmoothFigure, 1));

  make_panel (making, left, &items[0]);
  make_panel (making, figure, &items[1]);
  figure->left = left;
  figure->line = making->source->colours.line;
}

static void
values_free (gpointer values)
{
  smooth_values_free (values);
}

/* The values live as long as the panels, whose legends name them. */
static void
keep_values (SmoothPanels *panels, const PanelItem *item)
{
  g_ptr_array_add (panels->values, item->values);
  for (gint c = 0; c < SMOOTH_N_CHANNELS; c++)
    if (item->channels[c] != NULL)
      g_ptr_array_add (panels->values, item->channels[c]);
}

/* Spots without a value in any panel are in the one legend. */
static void
join_missing (SmoothPanels *panels)
{
  for (gint64 i = 0; i < panels->n_panels; i++)
    {
      const SmoothFigure *figure = &panels->panels[i];
      if (panels->panels[0].missing_name == NULL)
        panels->panels[0].missing_name = figure->missing_name != NULL ? figure->missing_name
                                         : figure->left != NULL       ? figure->left->missing_name
                                                                      : NULL;
    }
}

static void
make_panels (Making *making)
{
  SmoothPanels *panels = making->panels;
  gboolean is_swiped = making->compare == SMOOTH_COMPARE_SWIPE, are_categories = making->items[0].values->names != NULL;

  panels->has_one_legend = are_alike (making->choices)
                           && (making->page->same_limits || are_categories || (has_pairs (making) && making->choices->len == 1));
  panels->n_columns = making->compare != SMOOTH_COMPARE_SPLIT ? 0 : making->choices->len > FEW_PAIRS ? 4 : 2;
  if (panels->has_one_legend && !are_categories)
    join_scales (making->items, making->n_items);
  panels->n_panels = is_swiped ? making->choices->len : making->n_items;
  panels->panels = g_new0 (SmoothFigure, panels->n_panels);
  for (gint64 i = 0; i < panels->n_panels; i++)
    if (is_swiped)
      make_swiped (making, &panels->panels[i], &making->items[2 * i]);
    else
      make_panel (making, &panels->panels[i], &making->items[i]);
  for (guint i = 0; i < making->n_items; i++)
    keep_values (panels, &making->items[i]);
  if (panels->has_one_legend || is_swiped)
    join_missing (panels);
}

/**
 * smooth_panels_new:
 * @names: NULL-terminated names of panels, at least one; see the head of panels-names.c
 * @page: whether limits are shared, and what of the regions is shown
 *
 * Where two settings are compared and there is another outcome, each name gives a panel of both (one below the other setting's
 * line, two side by side, or their difference).
 *
 * Errors: a name that is not known, cell types without a reference. O(n_spots) a panel.
 *
 * Returns: (transfer full): the panels
 */
SmoothPanels *
smooth_panels_new (const SmoothPanelSource *source, const char *const *names, const SmoothPageSettings *page, GError **error)
{
  g_autoptr (GArray) choices = smooth_i_panel_choices_new (source, names, error);

  if (choices == NULL)
    return NULL;
  gpointer language = source->is_plain ? smooth_plain_begin () : NULL;
  SmoothPanels *panels = g_new0 (SmoothPanels, 1);
  Making making = { .panels = panels, .source = source, .page = page, .choices = choices };
  panels->values = g_ptr_array_new_with_free_func (values_free);
  panels->memory = g_ptr_array_new_with_free_func (g_free);
  if (source->before.outcome != NULL)
    making.compare = (SmoothCompareMode) source->colours.compare;
  read_items (&making);
  make_panels (&making);
  if (source->is_plain)
    smooth_plain_end (language);
  g_free (making.items);
  return panels;
}

/* Puts the panels on a page of these settings; what the page points to stays with the panels. */
void
smooth_panels_fill_page (const SmoothPanels *panels, const SmoothPageSettings *settings, SmoothPage *page)
{
  page->settings = *settings;
  page->panels = panels->panels;
  page->n_panels = panels->n_panels;
  page->has_one_legend = panels->has_one_legend;
  if (page->settings.columns == 0)
    page->settings.columns = panels->n_columns;
}

void
smooth_panels_free (SmoothPanels *panels)
{
  if (panels == NULL)
    return;
  g_free (panels->panels);
  g_ptr_array_unref (panels->values);
  g_ptr_array_unref (panels->memory);
  g_free (panels);
}
